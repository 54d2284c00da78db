"""How far the rows of the table are from the truth, over all the doubles: the sweep, and what it found worst."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from doubles import ROWS, hostile
from mpmath import mp
from truth import NotReal, true_row, ulps

from microgrid.formula import Op

DIGITS = 400  # 1 - tanh(x)² of the textbook loses 300


class Worst(NamedTuple):
    """The number that is furthest from the truth: by how many ulps, at which arguments, and what it should be."""

    ulps: float
    at: tuple[float, ...] = ()
    found: float = math.nan
    true: float = math.nan


def worst_ulps(rounds: int = 1, rows: Iterable[Op] = ROWS) -> dict[str, list[Worst]]:
    """By the name of each row the worst of its value, then of each local derivative.

    rounds  how many times the points of `hostile` are drawn; the numbers are the same in every run
    """
    with mp.workdps(DIGITS):
        return {row.name: worst(row, (point for seed in range(rounds) for point in hostile(row, seed))) for row in rows}


def worst(row: Op, points: Iterable[Sequence[float]]) -> list[Worst]:
    """The worst of the value and of each local derivative over points; those without a real answer are left out."""
    found = [Worst(0.0)] * (1 + len(row.stable.inputs))
    for arguments in points:
        for k, each in enumerate(compared(row, tuple(arguments))):
            found[k] = max(found[k], each, key=lambda worst: worst.ulps)
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
