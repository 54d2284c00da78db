"""What a wrong number might be: the mistake that gives it, of all the mistakes that people make.

A hint is a mutation. Every mistake in the catalogue, `edits`, is made in the number's line of work and in those
before it that are not printed; if one of them gives the printed number to all its digits, and no simpler one
does, it is said. The fewer digits a number has, the fewer mistakes are tried: with many, one would fit by chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from microgrid.formula import Formula, number_text
from microgrid.sheet import Quantity

from .changes import Shown
from .digits import Meant, is_one_unit_off, meant_by
from .edits import Edit, edits, said
from .follow_through import Item, Pages
from .lines import Line, Steps
from .precision import habit
from .printed import Printed

__all__ = ["formula_hint", "hint", "rows"]

DIGITS = 3  # significant ones: fewer say too little
CHANCE = 0.15  # that one of the mistakes that are tried gives any number
CERTAIN, SIMPLE, RANKS = 0, range(1, 5), range(1, 7)
ELSEWHERE, OTHER_PASS = 2, 1  # ranks more for a mistake in a line before; and in the pass before
ROWS = 16  # of likely mistakes: with more, one would fit any answer of three digits
NEAR = 8  # units between what follows from the printed numbers and from the true ones
SAME = 1e-9  # of a number
TOGETHER = 70  # letters of two mistakes that give the same


class Guess(NamedTuple):
    """A mistake in a line of work, and how simple it is."""

    rank: int
    edit: Edit
    line: Line
    formula: Formula
    parts: tuple[Shown, ...]
    elsewhere: bool

    @property
    def roughly(self) -> bool:
        """Whether rounding may be to blame as well."""
        return True

    @property
    def words(self) -> str:
        """What is said of it."""
        where = f"in {self.line.item}: " if self.elsewhere else ""
        return where + said(self.edit, self.parts)


def guesses(steps: Steps, rank: int, kind: str = "") -> Iterator[Guess]:
    """All mistakes of a rank, those in the number's own line first; in lines as if of a kind, if one is given."""
    for line in steps.lines:
        elsewhere = line.item != steps.item
        more = elsewhere * ELSEWHERE + (bool(line.item.by) != bool(steps.item.by)) * OTHER_PASS
        for edit, formula, parts in edits(line, rank - more, kind or line.kind):
            yield Guess(rank, edit, line, formula, parts, elsewhere)


# ── of a number ────────────────────────────────────────────────────────────────────────────


class Fit(NamedTuple):
    """How well a mistake fits: exactly, or but for rounding on the way; how far off; and what is said of it."""

    looseness: int
    distance: float
    words: str


def hint(pages: Pages, item: Item, printed: Printed, should: float, published: Mapping[Item, float]) -> str:
    """The end of a sentence that says what the printed number is, where it is something else.

    should     what follows for it from the numbers before
    published  the numbers that are printed, read as printed
    """
    if not math.isfinite(should):
        return ""
    steps = Steps(pages, item, {each: number for each, number in published.items() if each != item}, should)
    search = Search(steps, printed)
    enough, off = printed.significant >= DIGITS, is_one_unit_off(printed, should)
    usual = off and (search.author.fits(printed) or not enough)
    words = search.certain() or ("one unit off" if usual else search.likely() if enough else "")
    return f"; {words or 'one unit off'}" if words or off else ""


class Attempt(NamedTuple):
    """A mistake that is tried: what should be printed where these numbers come of it."""

    printed: Printed
    results: list[float]
    mistake: Meant | Guess

    @property
    def number(self) -> float:
        """What it leads to, to nine digits: mistakes that lead to the same are one."""
        number = float(self.printed.number) if isinstance(self.mistake, Meant) else self.results[0]
        return float(f"{number:.9g}")


class Search:
    """The search for the mistake behind a printed number.

    author  how the author of the printed numbers rounds
    rooms   how far what is found may be off: not at all, by a unit, by as much as rounding moves the right number
    limits  how many numbers may be tried with each of these before one of them fits any number
    """

    def __init__(self, steps: Steps, printed: Printed) -> None:
        self.steps, self.printed, unit = steps, printed, float(printed.unit)
        self.author = habit((Printed(number_text(each)), steps.pages.true(at)) for at, each in steps.printed.items())
        self.rooms = (0.0, unit, max(unit, steps.scatter(self.author.of(printed))))
        self.limits = [CHANCE * abs(float(printed.number)) / (unit + 2 * room) for room in self.rooms]

    def certain(self) -> str:
        """What needs no three digits to be seen: a sign, a closed branch."""
        return chosen([self.fit(each, 1) for each in self.attempts(CERTAIN)])

    def likely(self) -> str:
        """The simplest mistake that gives the number, of as many as can be told apart."""
        tried: set[float] = set()
        for rank in RANKS:
            found = []
            for each in self.attempts(rank):
                tried.add(each.number)
                if len(tried) > self.limits[0]:
                    break
                found.append(self.fit(each, len(tried)))
            if any(found):
                return chosen(found)
        return ""

    def attempts(self, rank: int) -> Iterator[Attempt]:
        """Every slip of the pen and every mistake of a rank that changes the number."""
        rights = [self.steps.right, *self.steps.right_ones]
        for meant in meant_by(self.printed, rank, self.author):
            yield Attempt(meant.number, rights, meant)
        for guess in guesses(self.steps, rank):
            results = [each for each in self.steps.results(guess.line, guess.formula) if math.isfinite(each)]
            if results and not math.isclose(results[0], rights[1], rel_tol=SAME):
                yield Attempt(self.printed, results, guess)

    def fit(self, attempt: Attempt, tried: int) -> Fit | None:
        """How well an attempt fits: exactly, cut off, between two readings, or nearly; how many were tried before."""
        printed, results, mistake = attempt
        if not (printed.number or 0.0 in results):
            return None
        low, high, number = min(results), max(results), float(printed.number)
        scale = max(1.0, abs(low), abs(high)) / max(1.0, abs(self.steps.right))
        rooms = [scale * room for room, limit in zip(self.rooms[1:], self.limits[1:]) if tried <= limit]
        for looseness, does in enumerate((
            any(map(printed.rounds, results)),
            any(map(printed.truncates, results)),
            high - low <= NEAR * float(printed.unit) and printed.lies_in(low, high, cuts=False),
            *(mistake.roughly and any(printed.rounds(each, room) for each in results) for room in rooms),
        )):  # fmt: skip
            if does:
                return Fit(looseness, min(abs(each - number) for each in results), mistake.words)
        return None


def chosen(tried: Iterable[Fit | None]) -> str:
    """The mistake that fits best; of two that give the same number both, of more none."""
    found = [each for each in tried if each]
    if not found:
        return ""
    best = min(found)
    alike = [each for each in found if each[0] == best[0] and math.isclose(each.distance, best.distance, abs_tol=1e-12)]
    several = {each.words.split()[-1]: each.words for each in reversed(alike)}  # of two parts that are missing, one
    words = ", or ".join(reversed(several.values()))
    return words if len(several) == 1 or len(words) <= TOGETHER else ""


def rows(pages: Pages, item: Item) -> list[tuple[float, str]]:
    """The numbers that likely mistakes give instead of a true one, each with its words; the likeliest first."""
    true = pages.true(item)
    steps, found = Steps(pages, item, {}, true), {true: ""}
    for rank in (CERTAIN, *SIMPLE):
        for guess in guesses(steps, rank):
            number = next(steps.results(guess.line, guess.formula))
            if math.isfinite(number) and not any(math.isclose(number, each, rel_tol=SAME) for each in found):
                found[float(f"{number:.10g}")] = guess.words
            if len(found) > ROWS:
                break
    return list(found.items())[1 : ROWS + 1]


# ── of a formula ───────────────────────────────────────────────────────────────────────────


def formula_hint(pages: Pages, quantity: Quantity, formula: Formula, agrees: Callable[[Formula], bool]) -> str:
    """What a refuted formula is instead, `the sign is wrong`; '' where no single mistake explains it.

    pages     of the sheet
    quantity  what the formula is published for
    formula   as published, over the names of the sheet and derivatives, `∂L/∂z`
    agrees    whether a formula over such names is the published one, written otherwise
    """
    steps = Steps(pages, Item(0, quantity.of, quantity.by), {}, math.nan)
    here = pages.run.rounds[0].evaluate(formula)
    for rank in (CERTAIN, *SIMPLE):
        for guess in guesses(steps, rank, "formula"):
            if bool(guess.line.item.by) != bool(quantity.by):
                continue
            number = next(steps.results(guess.line, guess.formula))
            if math.isclose(number, here, rel_tol=SAME) and agrees(steps.whole(guess.line, guess.formula)):
                return guess.words
    return ""
