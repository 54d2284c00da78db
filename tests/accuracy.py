"""How far the rows of the table are from the truth, over all the doubles: the sweep, and what it found worst."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from doubles import ROWS, TINY, hostile, inputs
from mpmath import mp
from truth import NotReal, true_row, ulps

from microgrid.formula import Op

DIGITS = 400  # 1 - tanh(x)² of the textbook loses 300

# What is promised, in ulps: of a value, and of a local derivative. The README has it in words.
PROMISED = (2.5, 3.5)
ROWS_APART = {"cbrt": (2.5, 5), "mish": (3, 4), "gelu": (3, 4)}
SUMS_APART = 3  # and one more for each number of softmax, and of a slope of logsumexp
SUBNORMAL_GELU = 20  # its local derivative where it is below TINY


class Worst(NamedTuple):
    """The number that is furthest from the truth: by how many ulps, at which arguments, and what it should be."""

    ulps: float
    at: tuple[float, ...] = ()
    found: float = math.nan
    true: float = math.nan


def worst_ulps(rounds: int = 1, rows: Iterable[Op] = ROWS) -> dict[str, list[Worst]]:
    """By the name of each row the worst of its value, then of each local derivative, as far as it is promised.

    rounds  how many times points are drawn for each row; they are the same in every run
    """
    with mp.workdps(DIGITS):
        return {row.name: worst(row, (each for seed in range(rounds) for each in points(row, seed))) for row in rows}


def points(row: Op, seed: int = 0) -> Iterator[tuple[float, ...]]:
    """Ordinary ones and hostile ones, for all the numbers that a row takes."""
    yield from inputs(row, 1000, seed)
    yield from hostile(row, seed)


def worst(row: Op, where: Iterable[Sequence[float]]) -> list[Worst]:
    """The worst of the value and of each local derivative; points without a real answer are left out."""
    found = [Worst(0.0)] * (1 + len(row.stable.inputs))
    for arguments in where:
        for k, each in enumerate(compared(row, tuple(arguments))):
            if not (k and is_apart(row, each)):
                found[k] = max(each, found[k], key=lambda worst: worst.ulps)
    return found


def compared(row: Op, arguments: tuple[float, ...]) -> Iterator[Worst]:
    """The value and the local derivatives at one point beside the truth; nothing where there is none."""
    try:
        value, slopes = true_row(row, arguments)
    except NotReal:
        return
    out, partials = row.forward(*arguments)
    for found, true in zip((out, *partials), (value, *slopes), strict=True):
        yield Worst(ulps(found, true), arguments, float(found), float(true))


def is_apart(row: Op, slope: Worst) -> bool:
    """Whether the promise leaves a local derivative out: it divides a subnormal number, or it is one and GELU's."""
    if row.name == "gelu":
        return abs(slope.true) < TINY and slope.ulps <= SUBNORMAL_GELU
    numerators = {"div": slope.at[:1], "atan2": slope.at}.get(row.name, ())
    return any(0 < abs(each) < TINY for each in numerators)
