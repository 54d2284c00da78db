"""What GELU is made of below 0: the tail of the normal distribution, e^(t²/2)·Φ(-t) for t ≥ 0, to its last digits.

Up to 4 it is a Taylor series, beyond Laplace's continued fraction. Less t/√(2π) it is 0 at one t, and about that t a
series keeps its digits. Of Mills' ratio R(t) = √(2π)·e^(t²/2)·Φ(-t) the terms bₙ = (-1)ⁿ R⁽ⁿ⁾(t)/n! are positive and
obey bₙ₋₂ = n·bₙ + t·bₙ₋₁; it is the solution that grows least, so they are computed from the last on.

Source: Abramowitz and Stegun (1964), 26.2.13 and 26.2.14; Gautschi (1967).
"""

from __future__ import annotations

import math  # noqa: F401 - for the example
import operator
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

__all__ = [
    "DENSITY",
    "DENSITY_REST",
    "FAR",
    "LEVELS",
    "SERIES",
    "TURN",
    "TURNED",
    "TURN_REST",
    "gelu_tail",
    "gelu_turn",
    "terms",
]

DENSITY, DENSITY_REST = 0.3989422804014327, -2.49232720227773e-17  # 1/√(2π), in two doubles
TURN, TURN_REST = 0.7517915246935645, -1.4956759177009883e-17  # where R(t) = t, in two doubles
TURNED = 2.0  # up to where gelu_turn is the series about TURN
LEVELS = 40  # of the continued fraction


def terms(t: float, count: int, begin: int = 1000) -> list[float]:
    """b₀, b₁, … about t > 0, over √(2π), by their ratios, from far behind the last: bₙ₋₁/bₙ₋₂ = 1/(t + n·bₙ/bₙ₋₁).

    >>> b = terms(2.0, 3)
    >>> abs(b[0] - math.exp(2) * math.erfc(math.sqrt(2)) / 2) < 1e-15
    True
    """
    ratios = [0.0]
    for n in range(begin, 0, -1):
        ratios.append(1 / (t + n * ratios[-1]))
    ratios[-1] = float((Fraction(DENSITY) + Fraction(DENSITY_REST)) * Fraction(ratios[-1]))
    return list(accumulate(reversed(ratios[-count:]), operator.mul))


def times_t(centre: float, b: Sequence[float]) -> list[float]:
    """The terms of t times a series about a centre, in d = centre - t."""
    return [centre * each - before for each, before in zip(b, (0.0, *b))]


# Up to which t, about which centre, the terms of the tail, and of t times it.
FAR = 4.0
ENDS = ((1.3, TURN, terms(TURN, 45)), (2.9, 2.0, terms(2.0, 45)), (FAR, 4.0, terms(4.0, 45)))
SERIES = tuple((end, centre, b, times_t(centre, b)) for end, centre, b in ENDS)


def series(b: Sequence[float], d: float) -> float:
    """Σ bₙ dⁿ, by Horner's rule."""
    out = 0.0
    for n in range(len(b) - 1, -1, -1):  # which numba compiles, too
        out = out * d + b[n]
    return out


def below(t: float) -> float:
    """What stands beside t in the continued fraction R(t) = 1/(t + 1/(t + 2/(t + …)))."""
    out = t
    for k in range(LEVELS, 1, -1):
        out = t + k / out
    return 1 / out


def gelu_tail(t: float) -> float:
    """t·e^(t²/2)·Φ(-t) for t ≥ 0."""
    for end, centre, _, b in SERIES:
        if t < end:
            return series(b, centre - t)
    rest = below(t)
    return DENSITY + (DENSITY_REST - DENSITY * (rest / (t + rest)))


def gelu_turn(t: float) -> float:
    """e^(t²/2)·Φ(-t) - t/√(2π) for t ≥ 0, to the last digits where it is 0, too."""
    if t < TURNED:
        d = TURN - t + TURN_REST
        return d * (DENSITY + series(SERIES[0][2][1:], d))
    for end, centre, b, _ in SERIES[1:]:
        if t < end:
            return series(b, centre - t) - t * DENSITY
    return DENSITY / (t + below(t)) - t * DENSITY
