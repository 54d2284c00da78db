"""Rounds: the numbers of a forward and a backward pass, and of those that follow after updates.

Here is the chain rule edge by edge, `shares`: what each use of a value adds to its gradient, in the
order of `Value.backward`, over the numbers of a graph rather than over Values.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.errors import counted
from microgrid.formula.lettering import LABEL, plain
from microgrid.formula.operation import CLOSED
from microgrid.streams import carrying

from .events import Update

__all__ = ["Round", "Rule", "derivative", "rounds", "shares", "uses"]


class Rule(NamedTuple):
    """How a round ends: each of the parameters goes `rate` times its gradient of `loss` down."""

    rate: float
    loss: Any
    parameters: tuple[Any, ...]


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

    graph  every value        view  those that the steps are about
    """

    number: int
    graph: Graph
    view: Graph
    updates: tuple[Update, ...] = ()

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


def rounds(graph: Graph, look: Callable[[Graph], Graph], rules: Sequence[Rule], first: int = 1) -> Iterator[Round]:
    """Round after round, each computed from the parameters that the one before left; `look` takes the view."""
    for number, rule in enumerate(rules, first):
        part = graph if rule.loss is graph.root else graph.leading_to(rule.loss)
        slopes = {rule.loss: 1.0}
        slopes |= {part.nodes[share.parent]: share.after for share in shares(part, len(part) - 1)}
        updates = []
        for node in dict.fromkeys(rule.parameters):
            slope, old = slopes.get(node, 0.0), graph.data_of(node)
            loss, name = graph.name(rule.loss), graph.name(node)
            updates.append(Update(number, node, name, loss, rule.rate, slope, old, old - rule.rate * slope))
        yield Round(number, graph, look(graph), tuple(updates))
        graph = graph.replayed({update.node: update.after for update in updates})
    yield Round(first + len(rules), graph, look(graph))
