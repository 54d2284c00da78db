"""Working by hand: where it leads from the numbers before, when unprinted steps are rounded on the way.

Nobody knows what an author noted down between two printed numbers: values alone, every line, every
product in a sum. So all of it is tried, and what lies between the results is accepted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from .follow_through import Item, Pages
from .precision import Habit, Precision, Working, workings
from .printed import Printed

__all__ = ["Accepted", "Way", "accepted", "span"]

NEARLY = 0.5  # of the width of a span
FAR = 8  # units, and times what rounding moved the number when it was tried


class Way(NamedTuple):
    """One way to a number.

    numbers  those before it that are read as printed, or put right
    steps    the unprinted ones between, each after what it follows from
    tainted  those of the numbers that are wrong, and read as printed
    rooms    by how much each of these may be off, as its author had more digits of it than he printed
    """

    numbers: Mapping[Item, float]
    steps: Sequence[Item]
    tainted: tuple[Item, ...] = ()
    rooms: Mapping[Item, float] = MappingProxyType({})


class Accepted(NamedTuple):
    """What working by hand leads to.

    exactly    the number that follows, nothing rounded on the way
    span       from where to where rounding leads
    precision  the working precision that explains the print, else the last that was tried; None if none was needed
    explains   whether the print lies in the span
    nearly     whether it lies no farther from it than half the width of the span
    form       in which slopes were taken, where that made the difference
    """

    exactly: float
    span: tuple[float, float]
    precision: Precision | None
    explains: bool
    nearly: bool
    form: str = "value"


def accepted(
    pages: Pages, item: Item, way: Way, printed: Printed, precisions: Iterable[Precision], author: Habit
) -> Accepted:
    """What follows on a way, and whether it is the printed number at one of the working precisions."""
    exact = [pages.follow(item, way.steps, way.numbers, form) for form in pages.forms]
    for value, form in zip(exact, pages.forms):
        if author.prints(printed, value):
            return Accepted(value, (value, value), None, explains=True, nearly=True, form=form)
    exact += unrounded(pages, item, way)
    found = Accepted(exact[0], (exact[0], exact[0]), None, explains=False, nearly=False)
    for precision in precisions if author.fits(printed) else ():
        if is_out_of_reach(pages, item, way, precision, exact, printed):
            continue
        for cuts in author.manners:
            low, high = span(pages, item, way, precision, cuts, exact)
            if printed.lies_in(low, high, cuts):
                return Accepted(exact[0], (low, high), precision, explains=True, nearly=True)
            room = NEARLY * (high - low)
            nearly = room > 0 and printed.lies_in(low - room, high + room, cuts=False)
            if not found.nearly:
                found = Accepted(exact[0], (low, high), precision, explains=False, nearly=nearly)
    return found


def unrounded(pages: Pages, item: Item, way: Way) -> Iterator[float]:
    """Where someone gets to who has more digits of the wrong numbers than he printed."""
    for each, room in way.rooms.items():
        for shift in (-room, room):
            yield pages.follow(item, way.steps, {**way.numbers, each: way.numbers[each] + shift})


def is_out_of_reach(
    pages: Pages, item: Item, way: Way, precision: Precision, exact: Sequence[float], printed: Printed
) -> bool:
    """Whether a print is so far off that no rounding can explain it: much farther than two ways to round lead."""
    far = min(abs(float(printed.number) - value) for value in exact) - FAR * float(printed.unit)
    if far <= 0:
        return False
    tried = (Working(precision, False, "operations"), Working(precision, True, "line"))
    moved = (abs(pages.follow(item, way.steps, way.numbers, "value", each) - exact[0]) for each in tried)
    return far > FAR * max(moved)


def span(
    pages: Pages, item: Item, way: Way, precision: Precision, cuts: bool, exact: Iterable[float]
) -> tuple[float, float]:
    """From where to where every way to work at that precision leads, the exact numbers among them."""
    every = [*exact, *worked(pages, item, way, workings(precision, cuts))]
    finite = [each for each in every if math.isfinite(each)] or [math.nan]
    return min(finite), max(finite)


def worked(pages: Pages, item: Item, way: Way, how: Iterable[Working]) -> Iterator[float]:
    """The number as each of them works it out, by slopes in every form."""
    for working in how:
        for form in pages.forms:
            yield pages.follow(item, way.steps, way.numbers, form, working)
