"""What a wrong number might be: the mistake that gives it, of all the mistakes that people make.

A hint is a mutation. Every mistake in the catalogue, `edits`, is made in the number's line of work and in those
before it that are not printed; if one of them gives the printed number to all its digits, and no simpler one
does, it is said. The fewer digits a number has, the fewer mistakes are tried: with many, one would fit by chance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from microgrid.errors import MicrogridError
from microgrid.formula import Formula, Name
from microgrid.sheet import Quantity
from microgrid.sheet.arrays.registry import AT_SAMPLE

from .changes import Shown
from .digits import EXACTLY, NEARLY, ROUGH, Meant, is_one_unit_off, is_slip_of_the_pen, meant_by
from .edits import Edit, edits, said
from .equations import variables
from .follow_through import Item, Pages
from .lines import Line, Steps, follows
from .precision import Habit
from .printed import Printed

__all__ = ["formula_hint", "hint", "rows"]

DIGITS = 3  # significant ones: fewer say too little
CHANCE = 0.2  # that one of the mistakes that are tried gives any number
GUESS = 10  # numbers at other points, as long as one guess at a mistake in a formula takes
CERTAIN, RANKS = 0, range(1, 8)
ELSEWHERE, OTHER_PASS = 2, 1  # ranks more for a mistake in a line before; and in the pass before
ROWS = 16  # of likely mistakes: with more, one would fit any answer of three digits
PATIENCE = 2  # ranks that something waits for a better one, if it fits but for rounding
FAR = 5  # times: so far from the right number a mistake has to lead, and no rounding
NEAR = 8  # units between what follows from the printed numbers and from the true ones
SAME = 1e-9  # of a number
SHARE = 0.001  # of what a mistake leads to: by so much rounding may move it, however little the right number is
TOGETHER = 70  # letters of two mistakes that give the same


class Guess(NamedTuple):
    """A mistake in a line of work, and how simple it is."""

    rank: int
    edit: Edit
    line: Line
    formula: Formula
    parts: tuple[Shown, ...]
    steps: Steps

    @property
    def loosest(self) -> int:
        """How loosely it may fit: rounding is not to blame for what is only copied.

        In the lines before, so many mistakes can be made that one of them nearly fits any number.
        """
        if isinstance(self.formula, Name) and self.steps.is_at_hand(self.line.at(self.formula.name)):
            return EXACTLY
        return ROUGH if self.elsewhere else NEARLY

    @property
    def elsewhere(self) -> bool:
        """Whether the mistake is in a line before the number's own."""
        return self.line.item != self.steps.item

    @property
    def words(self) -> str:
        """What is said of it."""
        if not self.elsewhere:
            return said(self.edit, self.parts)
        where = str(self.line.item)
        sample = AT_SAMPLE.search(where)  # it is told once
        words = said(self.edit, self.parts)
        return f"in {where}: {re.sub(rf'{sample[0]}(?![0-9])', '', words) if sample else words}"


def guesses(steps: Steps, rank: int, lines: Sequence[Line], kind: str = "") -> Iterator[Guess]:
    """All mistakes of a rank in some of the lines; in lines as if of a kind, if one is given."""
    for line in lines:
        elsewhere = line.item != steps.item
        more = elsewhere * ELSEWHERE + (bool(line.item.by) != bool(steps.item.by)) * OTHER_PASS
        for edit, formula, parts in edits(line, rank - more, kind or line.kind):
            if not is_circular(line, formula, elsewhere):
                yield Guess(rank, edit, line, formula, parts, steps)


def is_circular(line: Line, formula: Formula, elsewhere: bool) -> bool:
    """Whether a formula names what follows from the number that it gives: who works that out has no such number yet.

    Of the number itself another may have been copied; but nobody takes the loss for what it is computed from.
    """
    if isinstance(formula, Name) and not elsewhere:
        return formula.name == line.pages.sheet.loss != line.item.of
    return any(follows(line.pages, line.item, line.at(name)) for name in variables(formula))


# ── of a number ────────────────────────────────────────────────────────────────────────────


class Fit(NamedTuple):
    """How well a mistake fits: exactly, or but for rounding on the way; how far off; and what is said of it."""

    looseness: int
    distance: float
    words: str
    right: float


class Hint(NamedTuple):
    """The end of a sentence that says what a wrong number is; and what it should be, where that is the mistake."""

    words: str = ""
    should: float = math.nan


NOTHING = Hint()


def hint(
    pages: Pages, item: Item, printed: Printed, should: float, published: Mapping[Item, float], author: Habit
) -> Hint:
    """What the printed number is, where it is something else.

    should     what follows for it from the numbers before
    published  the numbers that are printed, read as printed
    author     how their author rounds
    """
    if not math.isfinite(should):
        return NOTHING
    steps = Steps(pages, item, {each: number for each, number in published.items() if each != item}, should)
    search = Search(steps, printed, author)
    enough, off = printed.significant >= DIGITS, is_one_unit_off(printed, should)
    usual = off and (author.fits(printed) or not enough)
    found = search.certain()
    if not found.words and enough and not usual:
        found = search.likely()
    if found.words:
        return found._replace(words=f"; {found.words}")
    return Hint("; one unit off", should) if off else NOTHING


class Attempt(NamedTuple):
    """A mistake that is tried: what is printed, or was meant, where these numbers come of it, instead of right ones."""

    printed: Printed
    results: list[float]
    rights: list[float]
    mistake: Meant | Guess

    @property
    def number(self) -> float:
        """What it leads to, to nine digits: mistakes that lead to the same are one."""
        number = self.printed.number if isinstance(self.mistake, Meant) else self.results[0]
        return float(f"{number:.9g}")


class Search:
    """The search for the mistake behind a printed number.

    author  how the author of the printed numbers rounds
    most    how many numbers may be tried before one of them fits any number
    lines   that may hold the mistake: the number's own, and those before where no slip of the pen explains it
    rooms   how far what is found may be off: by a unit, by as much as rounding on the way moves the right number;
            not at all where a slip of the pen explains the number to its last digit
    limits  how many numbers may be tried with these
    """

    def __init__(self, steps: Steps, printed: Printed, author: Habit) -> None:
        self.steps, self.printed, self.author, unit = steps, printed, author, printed.unit
        self.most = CHANCE * abs(printed.number) / unit
        rooms = (unit, max([unit, *steps.scatter(author.of(printed))]))
        slipped, off = is_slip_of_the_pen(printed, steps.right), abs(printed.number - steps.right)
        self.lines = [each for each in steps.lines if each.item == steps.item or not slipped]
        self.rooms = [each for each in rooms if FAR * each < off and not slipped]
        self.limits = [self.most * unit / (unit + 2 * room) for room in self.rooms]

    def certain(self) -> Hint:
        """What needs no three digits to be seen: a sign, a closed branch."""
        return chosen([found for each in self.attempts(CERTAIN) if (found := self.fit(each, 1))])

    def likely(self) -> Hint:
        """The simplest mistake that gives the number, of as many as can be told apart.

        What fits but for rounding has to wait whether something that is a little less simple fits better.
        """
        tried: set[float] = set()
        rough: list[Fit] = []
        waited = 0
        for rank in RANKS:
            found = self.fits(rank, tried)
            exact = [each for each in found if each.looseness < ROUGH]
            waited += bool(rough)
            if exact or waited == PATIENCE:
                return chosen(exact or rough)
            rough = min(filter(None, (rough, found)), key=nearest, default=[])
        return chosen(rough)

    def fits(self, rank: int, tried: set[float]) -> list[Fit]:
        """The mistakes of a rank that fit; the numbers that they lead to are `tried` from now on."""
        found = []
        for each in self.attempts(rank):
            tried.add(each.number)
            if len(tried) > self.most:
                break
            found.append(self.fit(each, len(tried)))
        return [each for each in found if each]

    def attempts(self, rank: int) -> Iterator[Attempt]:
        """Every slip of the pen and every mistake of a rank that changes the number."""
        rights = [self.steps.right, *self.steps.right_ones]
        for meant in meant_by(self.printed, rank, self.author, self.steps.right):
            yield Attempt(Printed(meant.text), rights, rights, meant)
        for guess in guesses(self.steps, rank, self.lines):
            results = list(self.steps.results(guess.line, guess.formula))
            if all(map(math.isfinite, results)) and not math.isclose(results[0], rights[1], rel_tol=SAME):
                yield Attempt(self.printed, results, rights[1:], guess)

    def fit(self, attempt: Attempt, tried: int) -> Fit | None:
        """How well an attempt fits: exactly, cut off, between two readings, or nearly; how many were tried before."""
        printed, results, rights, mistake = attempt
        number, unit, low, high = printed.number, printed.unit, min(results), max(results)
        distance, result, right = min((abs(each - number), each, right) for each, right in zip(results, rights))
        scale = max(unit / self.printed.unit, abs(result / right) if right else 1.0)
        limits = self.limits if mistake.loosest > ROUGH else ()
        most = SHARE * abs(result)
        rooms = [min(scale * room, max(most, room)) for room, limit in zip(self.rooms, limits) if tried <= limit]
        if distance > 1.01 * unit + max(rooms, default=0.0) and not low < number < high:
            return None
        for looseness, does in enumerate((
            any(map(printed.rounds, results)) and (number or 0.0 in results),
            True in self.author.manners and any(map(printed.truncates, results)) and number,
            high - low <= NEAR * unit and printed.lies_in(low, high, cuts=False) and number,
            *(printed.rounds(result, room) and number for room in rooms),
        )):  # fmt: skip
            if does and looseness < mistake.loosest:
                return Fit(looseness, distance, mistake.words, right)
        return None


def nearest(found: Sequence[Fit]) -> tuple[int, float]:
    """How well the best of them fits."""
    best = min(found)
    return best.looseness, float(f"{best.distance:.9g}")


def chosen(found: Sequence[Fit]) -> Hint:
    """The mistake that fits best; of two that give the same number both, of more none."""
    if not found:
        return NOTHING
    best = min(found)
    alike = [each for each in found if each[0] == best[0] and math.isclose(each.distance, best.distance, abs_tol=1e-12)]
    several = {each.words.split()[-1]: each.words for each in reversed(alike)}  # of two parts that are missing, one
    if len(several) > 1:
        several.pop("large", None)  # twice as large says less than what is missing
    words = ", or ".join(reversed(several.values()))
    return Hint(words, best.right) if len(several) == 1 or len(words) <= TOGETHER else NOTHING


def rows(pages: Pages, item: Item) -> list[tuple[float, str, bool]]:
    """The numbers that likely mistakes give instead of a true one, each with its words; the likeliest first.

    With each stands whether one digit is enough to see it: three it takes of the others.
    """
    return list(islice(other_numbers(Steps(pages, item, {}, pages.true(item))), ROWS))


def other_numbers(steps: Steps) -> Iterator[tuple[float, str, bool]]:
    """What every mistake leads to, each number once."""
    seen = [steps.right]
    for rank in (CERTAIN, *RANKS):
        for guess in guesses(steps, rank, steps.lines):
            number = next(steps.results(guess.line, guess.formula))
            if math.isfinite(number) and not any(math.isclose(number, each, rel_tol=SAME) for each in seen):
                seen.append(number)
                yield float(f"{number:.10g}"), guess.words, rank == CERTAIN


# ── of a formula ───────────────────────────────────────────────────────────────────────────


def formula_hint(pages: Pages, quantity: Quantity, formula: Formula, agrees: Callable[[Formula], bool]) -> str:
    """What a refuted formula is instead, `the sign is wrong`; '' where no single mistake explains it.

    pages     of the sheet
    quantity  what the formula is published for
    formula   as published, over the names of the sheet and derivatives, `∂L/∂z`
    agrees    whether a formula over such names is the published one, written otherwise
    """
    steps = Steps(pages, Item(0, quantity.of, quantity.by), {}, math.nan)
    try:
        here = pages.run.rounds[0].evaluate(formula)
    except MicrogridError:  # it has no value in the first round
        return ""
    for rank in (CERTAIN, *RANKS):
        for guess in guesses(steps, rank, steps.lines, "formula"):
            pages.points.spent += GUESS + len(pages.sheet.quantities)
            if pages.points.is_spent:
                return ""
            if bool(guess.line.item.by) != bool(quantity.by):
                continue
            number = next(steps.results(guess.line, guess.formula))
            if math.isclose(number, here, rel_tol=SAME) and agrees(steps.whole(guess.line, guess.formula)):
                return guess.words
    return ""
