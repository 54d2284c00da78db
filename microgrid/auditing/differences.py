"""Derivatives by differences, in any arithmetic: doubles, or numbers of as many digits as it takes.

    f′(x) ≈ (f(x + h) - f(x - h)) / 2h

A large h takes in what curves, a small one the rounding of f: so several are tried, and the one is taken
whose quotient moved least from that of the step before.
Source: Bishop (2006), sec. 5.3.3, eq. 5.69.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

__all__ = ["EPSILON", "Estimate", "Slopes", "best", "slopes"]

EPSILON = 2.0**-52  # from 1 to the next double


class Slopes(NamedTuple):
    """The difference quotients of one step, and what rounding may have added to them."""

    central: Any
    left: Any
    right: Any
    noise: Any


class Estimate(NamedTuple):
    """A derivative by differences: how good it is, the slopes at its sides, whether they differ at a kink."""

    numeric: float
    error: float
    left: float
    right: float
    kink: bool


def slopes(f: Callable[[Any], Any], x: Any, middle: Any, step: Any, noise: Any) -> Slopes:
    """The difference quotients of f at x, where it is `middle`; its numbers are sure to ± `noise`."""
    above, below = x + step, x - step
    if not below < x < above or middle - middle != 0:  # no step, or nothing finite to step from
        return Slopes(math.nan, math.nan, math.nan, math.nan)
    up, down = f(above), f(below)
    left, right = (middle - down) / (x - below), (up - middle) / (above - x)
    return Slopes((up - down) / (above - below), left, right, noise / step)


def best(steps: Sequence[Slopes]) -> Estimate:
    """The step whose quotient moved least from the step before, each a fraction of the one before.

    >>> steps = [slopes(lambda x: x * x, 3.0, 9.0, step, 1e-15) for step in (0.1, 0.01, 0.001)]
    >>> round(best(steps).numeric, 6)
    6.0
    """
    left, right = float(steps[-1].left), float(steps[-1].right)
    found = Estimate(math.nan, math.inf, left, right, False)
    for coarse, fine in pairwise(steps):
        error = float(abs(fine.central - coarse.central) + fine.noise)
        if error < found.error:
            found = Estimate(float(fine.central), error, left, right, bends(steps))
    return found


def bends(steps: Sequence[Slopes]) -> bool:
    """Whether the slopes on the two sides stay apart as the steps get smaller."""
    first, last = steps[-4:][0], steps[-1]
    before, gap = abs(first.right - first.left), abs(last.right - last.left)
    size = max(abs(last.right), abs(last.left))
    return bool(gap > before / 4 and gap > 100 * last.noise and gap > size / 10000)
