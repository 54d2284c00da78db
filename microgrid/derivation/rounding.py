"""Sums that cancel: 0.1 + 0.2 - 0.3 is written as 0, not as the 5.55112e-17 that rounding leaves of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy

from microgrid.engine import Graph
from microgrid.formula.operation import CLOSED

__all__ = ["settled", "without_rounding", "without_signs"]

ROUNDING = 8 * 2.0**-52  # what rounding may leave, in parts of the terms


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
    other = copy(graph)
    other.partials = tuple(tuple(each if each is CLOSED else abs(each) for each in some) for some in graph.partials)
    return other
