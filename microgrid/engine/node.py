"""How a node holds what it was computed from: one and two parents in slots of the node, more in tuples.

Most nodes have one parent or two. Without tuples they take two thirds of the memory, and of the time it takes to
record, walk and release them. So a node has four slots, and whoever is in no hurry reads `parents` and `partials`:

                 _a            _b       _da            _db
    a leaf       None          None     –              –
    f(x)         x             None     ∂f/∂x          –
    f(x, y)      x             y        ∂f/∂x          ∂f/∂y
    f(x, y, …)   (x, y, …)     MANY     (∂f/∂x, …)     –

What may not wait reads the slots: the walk below, the chain rule in `value.py`, and the methods that record.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import filterfalse
from typing import Any

from microgrid.errors import RecordError
from microgrid.formula import Op

__all__ = ["MANY", "NOTHING", "Node", "kept", "leaves_and_inner", "listed", "recorded"]

NOTHING: tuple[Any, ...] = ()
MANY: Any = ("more than two",)  # in the second slot: the first has all of them


class Node:
    """The four slots, and the two tuples that they stand for."""

    __slots__ = ("_a", "_b", "_da", "_db")

    _a: Any
    _b: Any
    _da: Any
    _db: Any

    @property
    def parents(self) -> tuple[Any, ...]:
        """What it was computed from, in order; () of a leaf."""
        a, b = self._a, self._b
        if b is MANY:
            return a  # type: ignore[no-any-return]
        return (a, b) if b is not None else (a,) if a is not None else ()

    @parents.setter
    def parents(self, parents: Sequence[Any]) -> None:
        kept(self, tuple(parents), self.partials if hasattr(self, "_da") else ())

    @property
    def partials(self) -> tuple[float, ...]:
        """d(self)/d(parent) for each of the parents."""
        b = self._b
        if b is MANY:
            return self._da  # type: ignore[no-any-return]
        return (self._da, self._db) if b is not None else (self._da,) if self._a is not None else ()

    @partials.setter
    def partials(self, partials: Sequence[float]) -> None:
        kept(self, self.parents, tuple(partials))


def kept(node: Any, parents: tuple[Any, ...], partials: tuple[float, ...]) -> None:
    """Put parents and local derivatives in their slots."""
    if len(parents) == len(partials) == 2:
        node._a, node._b = parents
        node._da, node._db = partials
    elif len(parents) == len(partials) == 1:
        node._a, node._b, node._da = *parents, None, *partials
    elif parents:
        node._a, node._b, node._da = parents, MANY, partials
    else:
        node._a = node._b = None


def leaves_and_inner(root: Any) -> tuple[list[Any], list[Any]]:
    """The leaves under `root`, in any order, and its other nodes, each after all its parents."""
    inner: list[Any] = []
    leaves: list[Any] = []
    seen = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node is None:  # stands above a node whose parents have all been visited
            inner.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            a, b = node._a, node._b
            if a is None:
                leaves.append(node)
                continue
            stack.append(node)
            stack.append(None)
            if b is MANY:
                if not seen.issuperset(a):
                    stack += filterfalse(seen.__contains__, a[::-1])
                continue
            if b is not None and b not in seen:
                stack.append(b)
            if a not in seen:
                stack.append(a)
    return leaves, inner


# ── recorded by hand ───────────────────────────────────────────────────────────────────────


def listed(things: Any) -> tuple[Any, ...]:
    """The parents, or the local derivatives, of a node recorded by hand."""
    try:
        return tuple(things)
    except TypeError:
        what = f"{type(things).__name__} where a tuple belongs"
        raise RecordError(f"a {what}; write them as in Value(9.0, (x,), (6.0,))") from None


def recorded(name: str, parents: Sequence[Any], partials: Sequence[float]) -> Op:
    """The operation of a node that a person records by hand."""
    for parent in parents:
        if not isinstance(parent, Node):
            raise RecordError(f"the parents are Values, not {type(parent).__name__}; Value(9.0, (x,), (6.0,)) has one")
    if len(parents) != len(partials):
        raise RecordError(
            f"parents: {len(parents)}, local derivatives: {len(partials)}; each parent has one, "
            "as in Value(9.0, (x,), (6.0,)) for x**2 at x = 3"
        )
    return Op(name or "recorded")
