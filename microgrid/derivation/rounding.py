"""Sums that cancel: 0.1 + 0.2 - 0.3 is written as 0, not as the 5.55112e-17 that rounding leaves of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy

from microgrid.engine import Graph
from microgrid.formula.operation import CLOSED
from microgrid.formula.words import WORDS

__all__ = ["settled", "sizes_of", "without_rounding", "without_signs"]

ROUNDING = 8 * 2.0**-52  # what rounding may leave, in parts of the terms
SUMS = ("add", "sub", "neg", "identity", "sum")


def without_rounding(number: float, size: float) -> float:
    """A sum, or 0 where its terms, of that size without their signs, cancel but for rounding.

    >>> without_rounding(0.1 + 0.2 - 0.3, 0.6), without_rounding(1e-17, 1e-17)
    (0.0, 1e-17)
    """
    return 0.0 if 0 < abs(number) <= ROUNDING * size < math.inf else number


def settled(numbers: Mapping[int, float], sizes: Mapping[int, float]) -> dict[int, float]:
    """The same for each of several sums."""
    return {j: without_rounding(number, sizes[j]) for j, number in numbers.items()}


def without_signs(graph: Graph) -> Graph:
    """The graph with the sizes of its local derivatives: nothing cancels in it."""
    other, sizes = copy(graph), sizes_of(graph)
    other.partials = tuple(slopes(graph, i, sizes) for i in range(len(graph)))
    return other


def sizes_of(graph: Graph) -> list[float]:
    """What each value would be if nothing cancelled in sums, and in products of them.

    >>> from microgrid import Value
    >>> sizes_of(Graph((Value(0.5) - 0.5) * 3.0))
    [0.5, 0.5, 3.0, 1.0, 3.0]
    """
    found: list[float] = []
    for node, data, parents in zip(graph.nodes, graph.data, graph.parents):
        inputs = [found[graph.index[each]] for each in parents]
        sums = node.op.name in SUMS
        found.append(sum(inputs) if sums and inputs else math.prod(inputs) if node.op.name == "mul" else abs(data))
    return found


def slopes(graph: Graph, i: int, sizes: Sequence[float]) -> tuple[float, ...]:
    """The sizes of the local derivatives of a node: in a product, and a power, those of the factors."""
    node = graph.nodes[i]
    inputs = [sizes[graph.index[each]] for each in graph.parents[i]]
    if node.op.name == "mul":
        return inputs[1], inputs[0]
    if node.op.name == "pow" and inputs[0] != abs(graph.data[graph.index[graph.parents[i][0]]]):
        (n,) = node.op.settings.values()
        return (abs(n) * WORDS["**"](inputs[0], n - 1) if n > 1 else abs(graph.partials[i][0]),)
    return tuple(each if each is CLOSED else abs(each) for each in graph.partials[i])
