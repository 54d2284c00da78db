"""Stairs: a function that is rounded inside, to so many decimals or to half precision, and its slope over many of them.

round(x³, 3) stands still almost everywhere, and jumps by 0.001 in between. Its slope is 0, and 3x² is what anybody
wants to hear of it. Both are right, so neither is wrong: what differences of small steps say is no verdict.

    jump      what f rises by in the smallest of all intervals that are halved, and the steeper half halved again:
              nothing, if it is continuous
    window    an interval around x with jumps in many of its parts
    slope     that of the line through the window; a stair, and what bends, are its error
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from microgrid.formula import number_text
from microgrid.formula.floats import added

from .differences import EPSILON, Estimate

__all__ = ["staircase"]

NEAR, FAR = (-20, -16, -12, -8), (-5, -2, 1)  # powers of 2, relative to x: a jump is looked for within such steps
APART = 1e-3  # of the slope next to x: where that is the slope within a near step, too, no jump is there
REMAINS = 2.0**-18  # of the rise over an interval: where so little is left of it in a small one, f is continuous
POINTS, MANY = 32, 4  # parts of a window, and jumps in it: fewer are no staircase
FEW, DOUBLINGS, LARGEST = 8, 9, 4.0  # stairs in the narrowest window; wider ones; the widest, relative to x
SURE = 6  # times as far off as f is from the line, the line may be
LIKE, CALM = 1 / 4, 3 / 4  # of a stair: what is lower is none; of all points: next to so many no stair is
DOUBT = (
    "it moves in steps of {}, as what is rounded does; over many of them differences give {} ± {}; check it unrounded"
)

Function = Callable[[float], float]


class Window(NamedTuple):
    """The slope of the line through f from x - width to x + width, and how far off that may be."""

    error: float
    width: float
    slope: float


def staircase(f: Function, x: float, middle: float, found: Estimate) -> Estimate | None:
    """The slope over many stairs, where f has such around x; else None.

    >>> flat = Estimate(0.0, 1e-9)
    >>> stairs = staircase(lambda x: round(x * x, 3), 1.5, 2.25, flat)
    >>> round(stairs.numeric, 1), "steps of 0.001," in stairs.doubt
    (3.0, True)
    >>> staircase(lambda x: max(x - 1.6, 0.0), 1.5, 0.0, flat) is None
    True

    found  what differences of small steps say of f, which is `middle` at x
    """
    unit = max(abs(x), 1.0)
    noise = 64 * EPSILON * max(abs(middle), 1e-300)
    for tilted, height, steep in jumps_near(f, x, unit, noise, found):
        widths = (FEW * height / steep * 2.0**k for k in range(DOUBLINGS))
        tried = (window(f, x, each, height) for each in widths if each <= LARGEST * unit)
        windows = [each for each in tried if each]
        if windows and is_staircase(tilted, x, windows, height, noise):
            return settled(windows, height)
    return None


def jumps_near(
    f: Function, x: float, unit: float, noise: float, found: Estimate
) -> Iterator[tuple[Function, float, float]]:
    """The heights of jumps near x, each with the slope over the step within which it was seen, and the function.

    That is f; or f without its slope next to x, which may hide them where it goes the other way.
    """
    steady = next((each for each in (found.numeric, found.left, found.right) if math.isfinite(each)), 0.0)
    tilted = lambda y: f(y) - steady * (y - x)  # noqa: E731
    for power in (*NEAR, *FAR):
        low, high = x - unit * 2.0**power, x + unit * 2.0**power
        steep = (f(high) - f(low)) / (high - low)
        if math.isfinite(steep) and (power in FAR or abs(steep - steady) > APART * abs(steady)):
            for function in (f, tilted) if steady else (f,):
                rising = abs(steep) if function is f else abs(steep - steady)
                height = jump(function, low, high, noise)
                if height and rising:
                    yield function, height, rising


def jump(f: Function, low: float, high: float, noise: float) -> float:
    """How high the steepest part of an interval is, however small it is; 0 where f is continuous there."""
    at_low, at_high = f(low), f(high)
    height = highest = abs(at_high - at_low)
    while low < (middle := (low + high) / 2) < high:
        at_middle = f(middle)
        left, right = abs(at_middle - at_low), abs(at_high - at_middle)
        if left > right:
            high, at_high, height = middle, at_middle, left
        else:
            low, at_low, height = middle, at_middle, right
        highest = max(highest, height)
        if not height > max(REMAINS * highest, noise):
            return 0.0
    return height


def window(f: Function, x: float, width: float, height: float) -> Window | None:
    """The slope of the line that is nearest to f at points around x; its error by how far off f is there, or a stair.

    What bends the same way on both sides of x does not count: it leaves the slope as it is.
    """
    offsets = [width * (2 * i + 1) / POINTS for i in range(POINTS // 2)]
    rises = [(f(x + each) - f(x - each)) / 2 for each in offsets]
    if not all(map(math.isfinite, rises)):
        return None
    slope = added(map(float.__mul__, offsets, rises)) / added(each * each for each in offsets)
    if not math.isfinite(slope):
        return None
    off = max(abs(rise - slope * each) for each, rise in zip(offsets, rises))
    return Window(SURE * max(off, height) / width, width, slope)


def is_staircase(f: Function, x: float, windows: list[Window], height: float, noise: float) -> bool:
    """Whether there are jumps of such a height in many parts of a window, and next to nothing between them."""
    width, slope = windows[min(1, len(windows) - 1)][1:]
    edges = [x + width * (2 * i / POINTS - 1) for i in range(POINTS + 1)]
    small = min(height / abs(slope) if slope else width, width / POINTS) / POINTS
    calm = sum(abs(f(each + small) - f(each)) < LIKE * height for each in edges)
    jumps = (LIKE * height < jump(f, low, high, noise) for low, high in pairwise(edges))
    return small > POINTS * math.ulp(x) and calm >= CALM * POINTS and sum(islice(filter(None, jumps), MANY)) == MANY


def settled(windows: list[Window], height: float) -> Estimate:
    """The slope over the window that is best: many stairs, and little that bends."""
    error, width, slope = min(windows)
    doubt = DOUBT.format(number_text(height, 3), number_text(slope, 4), number_text(error, 2))
    return Estimate(slope, error, slope, slope, step=width, around=abs(slope), doubt=doubt)
