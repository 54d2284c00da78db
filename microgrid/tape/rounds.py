"""Rounds: the numbers of a forward and a backward pass, and of those that follow after updates.

Here is the chain rule edge by edge, `shares`: what each use of a value adds to its gradient, in the
order of `Value.backward`, over the numbers of a graph rather than over Values.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.errors import counted
from microgrid.formula.lettering import LABEL, plain
from microgrid.formula.operation import CLOSED
from microgrid.streams import carrying

from .events import Assigned, Update
from .transitions import Rule, Transition

__all__ = ["Round", "Rule", "derivative", "rounds", "shares", "uses"]


# ── the chain rule, edge by edge ───────────────────────────────────────────────────────────


class Share(NamedTuple):
    """What one use of a value adds to its gradient, by places in the graph."""

    child: int
    slot: int
    parent: int
    before: float
    after: float


def shares(graph: Graph, root: int) -> Iterator[Share]:
    """The backward pass from a node of the graph, in the order of `Value.backward`.

    Until an open branch adds to it, a gradient is `CLOSED`: 0, even times inf.
    """
    grads = {root: 1.0}
    for child in range(root, -1, -1):
        if child not in grads:
            continue
        grad = grads[child]
        for slot, (parent, partial) in enumerate(zip(graph.parents[child], graph.partials[child])):
            place = graph.index[parent]
            before, share = grads.get(place, CLOSED), partial * grad
            is_first = before is CLOSED and share is not CLOSED
            grads[place] = after = 0.0 + share if is_first else before + share  # the same, and faster
            yield Share(child, slot, place, before, after)


def derivative(graph: Graph, of: Any, by: Any) -> float:
    """d(of)/d(by) of two nodes of a graph; 0 where `of` does not depend on `by`.

    >>> from microgrid import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> derivative(Graph(2 * y), of=y, by=x)
    6.0
    """
    found = float(of is by)
    for share in shares(graph, graph.index[of]):
        if graph.nodes[share.parent] is by:
            found = share.after
    return found


# ── rounds ─────────────────────────────────────────────────────────────────────────────────


@carrying
@dataclass(frozen=True)
class Round:
    """The numbers of one forward and backward pass, and the updates that end it.

    graph   every value        view  those that the steps are about
    memory  the numbers at its start of what is no value of the graph: m(w)
    """

    number: int
    graph: Graph
    view: Graph
    updates: tuple[Update | Assigned, ...] = ()
    memory: Mapping[str, float] = field(default_factory=dict)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({"memory": {}, **state})  # pickles from before the wings have none

    def __repr__(self) -> str:
        updates = f", {counted(len(self.updates), 'update')}" if self.updates else ""
        root = plain(self.graph.name(self.graph.root), LABEL)
        return f"<Round {self.number} of {root}: {counted(len(self.view), 'value')}{updates}>"

    @cached_property
    def backward(self) -> array[float]:
        """For each step of the backward pass the gradient before it; for a complete one the gradient."""
        last = len(self.view) - 1
        waiting = uses(self.view)
        found = array("d", [1.0])
        for share in shares(self.view, last):
            found.append(share.before)
            waiting[share.parent] -= 1
            if not waiting[share.parent]:
                found.append(share.after)
        return found

    @cached_property
    def grad(self) -> list[float]:
        """The gradients when the round is over."""
        found = [0.0] * len(self.view)
        found[-1] = 1.0
        for share in shares(self.view, len(self.view) - 1):
            found[share.parent] = share.after
        return found


def uses(graph: Graph) -> list[int]:
    """How many uses each node has on its ways to the root; those that lead nowhere bring no gradient."""
    found = [0] * len(graph)
    for child in range(len(graph) - 1, -1, -1):
        if found[child] or child == len(graph) - 1:
            for parent in graph.parents[child]:
                found[graph.index[parent]] += 1
    return found


def rounds(
    graph: Graph,
    look: Callable[[Graph], Graph],
    rules: Sequence[Rule | Transition],
    first: int = 1,
    memory: Mapping[str, float] | None = None,
) -> Iterator[Round]:
    """Round after round, each computed from the numbers that the one before left; `look` takes the view."""
    memory = memory or {}
    for number, rule in enumerate(rules, first):
        updates, after = rule.updates(number, graph, memory, sloping(graph))
        yield Round(number, graph, look(graph), tuple(updates), memory)
        graph, memory = graph.replayed({each.node: each.after for each in updates if each.node in graph}), after
    yield Round(first + len(rules), graph, look(graph), (), memory)


def sloping(graph: Graph) -> Callable[[Any, Any], float]:
    """d(of)/d(by) for any two nodes; all of one `of` are worked out at once."""
    found: dict[Any, dict[Any, float]] = {}

    def slope(of: Any, by: Any) -> float:
        if of not in found:
            part = graph if of is graph.root else graph.leading_to(of)
            slopes = {part.nodes[share.parent]: share.after for share in shares(part, len(part) - 1)}
            found[of] = {of: 1.0} | slopes
        return found[of].get(by, 0.0)

    return slope
