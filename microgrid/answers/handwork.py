"""Working by hand: where it leads from the numbers before, when unprinted steps are rounded on the way.

Nobody knows what an author noted down between two printed numbers: values alone, every line, every
product in a sum. So all of it is tried: what one of these ways gives is right, and what lies between is close.
Where thousands of lines are between, a program went there, which rounds nothing but what it prints.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from microgrid.formula import number_text
from microgrid.formula.floats import added

from .follow_through import Item, Pages
from .precision import Habit, Precision, Working, workings
from .printed import Printed

__all__ = ["Accepted", "Way", "accepted", "by_hand", "extent", "span"]

NEARLY = 0.25  # of the width of a span
FEW = 3  # units
FAR = 8  # units, and times what rounding moved the number when it was tried
PARTS = 4  # of formulas, as long as one step takes
LONGEST = 1000  # steps that someone goes by hand from one printed number to the next
WIDEST = 0.01  # of a number: what may be anywhere in a wider range follows from nothing
APART = 0.05  # of a number: so far apart are forms that lead elsewhere


@dataclass(frozen=True, eq=False)
class Way:
    """One way to a number.

    numbers  those before it that are read as printed, or put right
    steps    the unprinted ones between, each after what it follows from
    tainted  those of the numbers that are wrong, and read as printed
    rooms    from where to where each of these may be, as its author had more digits of it than he printed
    """

    numbers: Mapping[Item, float]
    steps: Sequence[Item]
    tainted: tuple[Item, ...] = ()
    rooms: Mapping[Item, tuple[float, float]] = field(default_factory=dict)
    _starts: dict[tuple[Item, str], list[float]] = field(init=False, default_factory=dict, repr=False)

    @property
    def is_by_hand(self) -> bool:
        """Whether someone may have gone it by hand."""
        return len(self.steps) <= LONGEST

    def forms(self, pages: Pages, item: Item) -> tuple[str, ...]:
        """The forms in which slopes may have been taken: one by a program, which rounds nothing between them."""
        return pages.forms((item, *self.steps)) if self.is_by_hand else ("value",)

    def exactly(self, pages: Pages, item: Item, form: str = "value") -> float:
        """The number at its end, nothing rounded on the way."""
        found = self._starts.setdefault((item, form), [])
        if not found:
            found.append(self.followed(pages, item, self.numbers, form))
        return found[0]

    def starts(self, pages: Pages, item: Item, form: str) -> list[float]:
        """The same, and where someone gets to who has more digits of the wrong numbers than he printed.

        Of one of them, or of all: then what each of them moves adds up.
        """
        first = self.exactly(pages, item, form)
        found = self._starts[item, form]
        if len(found) == 1 and not pages.hand.is_spent:
            for each, ends in self.rooms.items():
                found += [self.followed(pages, item, {**self.numbers, each: number}, form) for number in ends]
            if len(self.rooms) > 1:
                moved = [sorted((low - first, high - first, 0.0)) for low, high in zip(found[1::2], found[2::2])]
                together = [added(each[end] for each in moved) for end in (0, -1)]
                found += [first + each for each in together if abs(each) <= WIDEST * abs(first)]
        return found

    def followed(self, pages: Pages, item: Item, numbers: Mapping[Item, float], form: str) -> float:
        """The number at its end from these; what comes before all of them is as it should be."""
        first = min((each.round for each in numbers), default=math.inf)
        if not (numbers or item.local):
            return pages.true(item)
        steps = [each for each in self.steps if each.round >= first or each.local]
        with by_hand(pages, len(steps)):
            return pages.followed(item, steps, Known(pages, first, numbers), form)


@contextmanager
def by_hand(pages: Pages, steps: int) -> Iterator[None]:
    """What is worked out in here is spent of what is worked by hand: its steps, and the parts of their formulas."""
    before = pages.worked
    yield
    pages.hand.spent += steps + (pages.worked - before) // PARTS


class Known(dict[Item, float]):
    """The numbers of a way; those of the rounds before the first of them are the true ones."""

    def __init__(self, pages: Pages, first: float, numbers: Mapping[Item, float]) -> None:
        super().__init__(numbers)
        self.pages, self.first = pages, first

    def __contains__(self, item: object) -> bool:
        return super().__contains__(item) or (isinstance(item, Item) and item.round < self.first)

    def __missing__(self, item: Item) -> float:
        return self.pages.true(Item(*item))


class Span(NamedTuple):
    """From where to where working by hand leads: the numbers that it gives, and whether digits are cut off."""

    results: tuple[float, ...]
    cuts: bool

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest."""
        return min(self.results), max(self.results)

    def holds(self, printed: Printed) -> bool:
        """Whether a print lies between the ends."""
        return printed.lies_in(*self.ends, self.cuts)

    def gives(self, printed: Printed) -> bool:
        """Whether one of the numbers is printed like this."""
        return any(printed.lies_in(each, each, self.cuts) for each in self.results)

    def is_near(self, printed: Printed) -> bool:
        """Whether a print lies beside it, by a part of its width and a few units at most."""
        low, high = self.ends
        room = min(NEARLY * (high - low), FEW * printed.unit)
        return room > printed.noise(high) and printed.lies_in(low - room, high + room, cuts=False)


class Accepted(NamedTuple):
    """What working by hand leads to.

    exactly    the number that follows, nothing rounded on the way
    span       from where to where rounding leads
    precision  the working precision that explains the print, else the last that was tried; None if none was needed
    explains   whether the print lies in the span
    gives      whether one way to work gives just this print
    nearly     whether it lies no farther from it than a part of its width, and a few units
    form       in which slopes were taken, where that made the difference
    nearest    of the numbers that working by hand gives, the one that is nearest to the print
    """

    exactly: float
    span: tuple[float, float]
    precision: Precision | None
    explains: bool = False
    gives: bool = False
    nearly: bool = False
    form: str = "value"
    nearest: float = math.nan


def accepted(
    pages: Pages, item: Item, way: Way, printed: Printed, precisions: Iterable[Precision], author: Habit
) -> Accepted:
    """What follows on a way, and whether it is the printed number at one of the working precisions."""
    exact = {form: way.exactly(pages, item, form) for form in way.forms(pages, item)}
    for form, value in exact.items():
        if author.prints(printed, value):
            return Accepted(value, (value, value), None, explains=True, gives=True, nearly=True, form=form)
    first = exact["value"]
    found = Accepted(first, (first, first), None)
    if not author.fits(printed):
        return found
    starts, precisions = {form: way.starts(pages, item, form) for form in exact}, tuple(precisions)
    for form, start in starts.items() if precisions and way.rooms else ():
        kept = min(start), max(start)
        if any(printed.lies_in(*kept, cuts) for cuts in author.manners):
            return Accepted(exact[form], kept, None, explains=True, gives=True, nearly=True, form=form)
    nearest = first
    for precision in precisions:
        if is_out_of_reach(pages, item, way, precision, [each for start in starts.values() for each in start], printed):
            continue
        for span in spans(pages, item, way, precision, author.manners, starts, printed):
            holds = span.holds(printed)
            nearest = min(nearest, *span.results, key=lambda each: abs(each - printed.number))
            if span.gives(printed):
                return Accepted(first, span.ends, precision, explains=True, gives=True, nearly=True)
            if not found.nearly or (holds and not found.explains):
                found = Accepted(first, span.ends, precision, explains=holds, nearly=holds or span.is_near(printed))
    return found._replace(nearest=nearest)


def is_out_of_reach(
    pages: Pages, item: Item, way: Way, precision: Precision, exact: Sequence[float], printed: Printed
) -> bool:
    """Whether a print is so far off that no rounding can explain it: much farther than two ways to round lead."""
    far = min(abs(printed.number - value) for value in exact) - FAR * printed.unit
    if far <= 0 or not way.is_by_hand:
        return False
    tried = (Working(precision, False, "operations"), Working(precision, True, "line"))
    moved = (abs(noted(pages, item, way, "value", each) - exact[0]) for each in tried)
    return far > FAR * max(moved)


def spans(
    pages: Pages, item: Item, way: Way, precision: Precision, manners: Iterable[bool],
    starts: Mapping[str, Sequence[float]], printed: Printed,
) -> Iterator[Span]:  # fmt: skip
    """Where every way to work at that precision leads; apart for forms of slopes that lead elsewhere."""
    gap = max(FEW * printed.unit, APART * abs(printed.number))
    for cuts in manners:
        found = []
        for form, start in starts.items():
            how = workings(precision, cuts) if way.is_by_hand else ()
            worked = (noted(pages, item, way, form, each) for each in how if not pages.hand.is_spent)
            finite = tuple(each for each in (*start, *worked) if math.isfinite(each))
            found += [Span(finite, cuts)] if finite else []
        yield from joined(found, gap)


def noted(pages: Pages, item: Item, way: Way, form: str, working: Working) -> float:
    """The number at the end of a way, as a way to work notes down what is on it."""
    with by_hand(pages, len(way.steps)):
        return pages.follow(item, way.steps, way.numbers, form, working)


def extent(pages: Pages, item: Item, way: Way, printed: Printed, author: Habit) -> tuple[float, float]:
    """The least and the most that someone who prints like this may come to on a way."""
    starts = {form: [way.exactly(pages, item, form)] for form in way.forms(pages, item)}
    found = [
        each
        for precision in author.of(printed)
        for span in spans(pages, item, way, precision, author.manners, starts, printed)
        for each in span.ends
    ]
    return (min(found), max(found)) if found else (math.nan, math.nan)


def joined(spans: Iterable[Span], gap: float) -> list[Span]:
    """The spans, those made one that overlap or have but a gap between them."""
    found: list[Span] = []
    for each in sorted(spans, key=lambda span: span.ends):
        if found and each.ends[0] <= found[-1].ends[1] + gap:
            each = each._replace(results=found.pop().results + each.results)
        found.append(each)
    return found


def span(found: Accepted, printed: Printed) -> str:
    """`−0.6867 … −0.6839 by three decimals`: from where to where rounding leads."""
    low, high = (number_text(each, printed.significant + 2) for each in found.span)
    by = f" by {found.precision}" if found.precision else ""
    return f"{low} … {high}{by}" if low != high else f"{low}{by}"
