"""The chain rule over a recorded graph, level by level, with some gradients held at numbers that a person gave.

    arrived  what comes to a node from those that use it: Σ partial × what is sent on from there
    sent     the same, but where it is held: there it is the number given

So a gradient that was worked by hand is followed from the gradients before it as they stand on the paper.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from microgrid.engine import Graph
from microgrid.formula.operation import CLOSED, no_formula

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NOTHING", "Flow", "Held"]

STRAIGHT = ("add", "sum", "sub", "neg", "mul", "identity", "div")  # their slopes lose no more digits than their inputs
KINKS = ("max", "min", "relu", "abs")
LOST, LOST_IN_SINGLE = 1e-154, 1e-19  # where a square is below the smallest number
SHAKEN = 2.0**-40  # so much at least numbers are moved, for what follows to be seen
ROUNDS = 6
SLACK, SLACK_OF_FEW = 16.0, 4.0  # times as far rounding may lead; where there are few digits, less of them is left
FEW = 1e-4


class Held(NamedTuple):
    """Nodes by their place in the graph, and the gradients at which they are held."""

    places: NDArray[np.intp]
    numbers: NDArray[np.float64]


NOTHING = Held(np.array([], np.intp), np.array([], np.float64))


class Flow:
    """The edges of a graph as arrays, those nearer to the root first.

    >>> from microgrid import Value
    >>> x = Value(3.0, label="x")
    >>> y = 2 * x
    >>> flow = Flow(Graph(y * y))
    >>> at, of_y = flow.graph.index[x], flow.graph.index[y]
    >>> held = Held(np.array([of_y]), np.array([5.0]))
    >>> print(flow.arrived()[at], flow.arrived(held=held)[at])
    24.0 10.0

    child, parent  the ends of each edge      partial  its local derivative      slot  which input of the child it is
    height         of each node: the edges on its longest way to the root
    kinks          the slope at kinks, which a person may take as 0 or as 1; without it the recorded one
    """

    def __init__(self, graph: Graph, kinks: float | None = None) -> None:
        self.graph, self.kinks = graph, kinks
        uses = [
            (i, graph.index[parent], slot, partial)
            for i, (parents, partials) in enumerate(zip(graph.parents, graph.partials))
            for slot, (parent, partial) in enumerate(zip(parents, partials))
        ]
        child, parent, slot, partial = zip(*uses) if uses else ((), (), (), ())
        self.height = heights(len(graph), child, parent)
        ends = np.array(child, np.intp)
        self.order = np.argsort(self.height[ends], kind="stable")
        self.child, self.parent = ends[self.order], np.array(parent, np.intp)[self.order]
        self.slot, self.partial = np.array(slot, np.intp)[self.order], np.array(partial, float)[self.order]
        self._shaken: dict[float, list[NDArray[np.float64]]] = {}
        self.partial = self.decided(self.partial)
        self.is_closed = np.array([each is CLOSED for each in partial], bool)[self.order]
        steps = np.flatnonzero(np.diff(self.height[self.child])) + 1
        self.levels = [slice(*each) for each in zip([0, *steps], [*steps, len(uses)])] if uses else []

    def __len__(self) -> int:
        return len(self.graph)

    def arrived(self, partial: NDArray[np.float64] | None = None, held: Held = NOTHING) -> NDArray[np.float64]:
        """The gradient that comes to each node.

        partial  the local derivatives of the edges, if they are not the recorded ones
        held     the nodes from which other gradients are sent on
        """
        partial = self.partial if partial is None else partial
        found, sent, is_held = np.zeros(len(self)), np.zeros(len(self)), np.zeros(len(self), bool)
        found[self.root] = 1.0
        sent[held.places], is_held[held.places] = held.numbers, True
        with np.errstate(all="ignore"):
            for level in self.levels:
                ends = self.child[level]
                passed = np.where(is_held[ends], sent[ends], found[ends])
                shut = self.is_closed[level] & (partial[level] == 0)  # 0, even times inf
                np.add.at(found, self.parent[level], np.where(shut, 0.0, partial[level] * passed))
        return found

    @cached_property
    def data(self) -> NDArray[np.float64]:
        """The number of each node."""
        return np.array(self.graph.data, float)

    @cached_property
    def root(self) -> int:
        return self.graph.index[self.graph.root]

    @cached_property
    def at_kinks(self) -> dict[int, str]:
        """Nodes whose operation has a kink just there, such as max(0, z) at 0, and of which kind."""
        found, index = {}, self.graph.index
        for i, (node, parents) in enumerate(zip(self.graph.nodes, self.graph.parents)):
            numbers = [self.graph.data[index[each]] for each in parents] if node.op.name in KINKS else []
            if numbers == [0.0] or (len(numbers) == 2 and numbers[0] == numbers[1]):
                with_number = any(not each.parents for each in parents)
                found[i] = node.op.name if len(numbers) == 1 else "relu" if with_number else "max"
        return found

    def decided(self, partial: NDArray[np.float64]) -> NDArray[np.float64]:
        """The local derivatives with those at kinks as a person may take them."""
        if self.kinks is None or not self.at_kinks:
            return partial
        slopes = {"relu": (self.kinks,) * 2, "max": (self.kinks, 1 - self.kinks), "abs": (2 * self.kinks - 1,)}
        found = partial.copy()
        for at in np.flatnonzero(np.isin(self.child, [*self.at_kinks])):
            found[at] = slopes[self.at_kinks[int(self.child[at])]][self.slot[at]]
        return found

    # ── rounding ──

    def rounding(self, epsilon: float, held: Held = NOTHING) -> NDArray[np.float64]:
        """How far rounding may lead the gradient of each node from what arrives there.

        epsilon  of the numbers that the gradients were worked in: 2⁻²³ for single precision
        The graph is worked again a few times with every number moved by as much at random, and so is each local
        derivative: where digits cancel, what is left moves more. The terms of each sum are rounded besides.
        """
        size = max(epsilon, SHAKEN)
        right = self.arrived(held=held)
        moved = np.zeros(len(self))
        with np.errstate(all="ignore"):
            for partial in self.shaken(size):
                moved = np.fmax(moved, np.abs(self.arrived(partial, held) - right))
        return self.grain(epsilon, held) + slack_of(epsilon) * epsilon / size * moved

    def grain(self, epsilon: float, held: Held = NOTHING) -> NDArray[np.float64]:
        """The same, where no digits cancel: by the terms of the sums alone."""
        weights = self.arrived(np.abs(self.partial), Held(held.places, np.abs(held.numbers)))
        return slack_of(epsilon) * epsilon * weights + (LOST if epsilon < SHAKEN else LOST_IN_SINGLE)

    def shaken(self, size: float) -> list[NDArray[np.float64]]:
        """The local derivatives of graphs whose numbers are moved by so much, relatively, at random."""
        if size not in self._shaken:
            self._shaken[size] = [self.moved(size, np.random.default_rng(i)) for i in range(ROUNDS)]
        return self._shaken[size]

    def moved(self, size: float, rng: np.random.Generator) -> NDArray[np.float64]:
        """The local derivatives of one such graph."""
        by = (size * rng.uniform(-1, 1, len(self))).tolist()  # of Python: 1/0 is no warning there
        data, partials, index = list(self.graph.data), list(self.graph.partials), self.graph.index
        for i, (node, parents) in enumerate(zip(self.graph.nodes, self.graph.parents)):
            if parents and node.op.forward is not no_formula:
                data[i], partials[i] = node.op.forward(*(data[index[each]] for each in parents))
            data[i] *= 1 + by[i]
        partial = self.decided(np.array([partials[i][k] for i, k in zip(self.child, self.slot)], float))
        turns = size * rng.uniform(-1, 1, len(partial))
        with np.errstate(all="ignore"):
            return np.where(self.is_closed & (partial == 0), 0.0, partial + turns * (np.abs(partial) + self.is_curved))

    @cached_property
    def is_curved(self) -> NDArray[np.float64]:
        """1 at an edge whose slope is of size 1 and computed from other numbers, such as 1 - a²: it loses digits."""
        names = [node.op.name for node in self.graph.nodes]
        return np.array([names[i] not in STRAIGHT for i in self.child], float)


def slack_of(epsilon: float) -> float:
    """How many times as far as it is seen to lead rounding may lead."""
    return SLACK if epsilon < FEW else SLACK_OF_FEW


def heights(count: int, child: tuple[int, ...], parent: tuple[int, ...]) -> NDArray[np.intp]:
    """The edges on the longest way from each node to the root; the edges stand in the order of their children."""
    found = [0] * count
    for i, k in zip(reversed(child), reversed(parent)):
        found[k] = max(found[k], found[i] + 1)
    return np.array(found, np.intp)
