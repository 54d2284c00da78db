"""The verdict on each published number: is it right, where did the arithmetic first go wrong, what follows.

The printed string sets the unit u: that of `0.50` is 0.01. The verdicts, in this order:

    undefined  there is no such number: the true value is inf or nan
    exact      within u/2 of the true value
    rounding   the true value cut off; or working by hand gives it, from the numbers before it as printed,
               each step that is not printed rounded, or cut off, at the author's working precision
    carried    it follows from numbers before it that are wrong
    close      within a few units, and no working precision explains it: neither right nor wrong
    slip       none of these: the arithmetic went wrong exactly here

What is wrong before a number is read as printed; put right, every one of it; or all as printed but one:
authors work past misprints. A number that is right is read as it is printed. `handwork.py` works by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from microgrid.formula import number_text
from microgrid.formula.lettering import LABEL, plain
from microgrid.sheet import Check, Identity, Quantity, Run
from microgrid.streams import carrying

from .follow_through import Item, Pages
from .handwork import Accepted, Way, accepted
from .hints import hint
from .identities import compared
from .machine import machine_of
from .precision import Habit, habit
from .printed import Printed
from .undefined import undefined

__all__ = ["VERDICTS", "Answer", "Judge", "Verdict", "answer_alone", "check", "judge"]


class Verdict(NamedTuple):
    """What a verdict is: its mark in tables, and whether it counts as "right", "close", "carried" or "wrong"."""

    mark: str
    counts: str


VERDICTS: Mapping[str, Verdict] = {
    "exact": Verdict("✓", "right"),
    "rounding": Verdict("✓", "right"),
    "close": Verdict("~", "close"),
    "carried": Verdict("↳", "carried"),
    "slip": Verdict("✗", "wrong"),
    "undefined": Verdict("✗", "wrong"),
    "proved": Verdict("✓", "right"),
    "holds here": Verdict("✓", "right"),
    "refuted": Verdict("✗", "wrong"),
}
ROUGH = 0.05  # of a number: what is farther off has not two digits of it
FEW = 3  # units: what is farther off is no rounding


@carrying
@dataclass(frozen=True)
class Answer:
    """A published number or formula with its verdict, and why.

    follows       the value that follows from the published numbers before it, where it was asked for
    carried_from  those of them that were wrong
    accepted      from where to where working by hand leads, where it was asked for
    precision     at which working precision
    """

    line: int
    round: int
    quantity: str
    printed: str
    value: float
    verdict: str
    why: str
    follows: float | None = None
    carried_from: tuple[str, ...] = ()
    accepted: tuple[float, float] | None = None
    precision: str = ""

    def __repr__(self) -> str:
        found = f"{plain(self.quantity, LABEL)} = {plain(self.printed, LABEL)}"
        return f"<Answer in line {self.line:,}: {found}, {self.verdict}>"

    @property
    def wrong(self) -> bool:
        """Whether this is where something went wrong."""
        return VERDICTS[self.verdict].counts == "wrong"

    @property
    def right(self) -> bool:
        """Whether it is right."""
        return VERDICTS[self.verdict].counts == "right"


class Reading(NamedTuple):
    """How a published number is read by those after it.

    printed  as printed                             kept  as a calculator keeps it, which rounds only what it shows
    correct  as its author would have noted it      true  without a mistake
    verdict  what was said of it                    unit  of its last digit
    """

    printed: float
    kept: float
    correct: float
    true: float
    verdict: str
    unit: float

    @property
    def wrong(self) -> bool:
        return self.verdict in ("slip", "carried")

    @property
    def doubted(self) -> bool:
        return self.wrong or self.verdict == "close"


def judge(printed: str, value: float) -> str:
    """The verdict on one published number of which nothing is known but its true value.

    >>> judge("0.562", 0.5616), judge("2.080", 2.0809165621704553), judge("0.25", 0.24), judge("1", 0.56)
    ('exact', 'rounding', 'slip', 'close')
    """
    return answer_alone("", printed, value).verdict


def answer_alone(quantity: str, printed: str, value: float) -> Answer:
    """The same as an answer, which says what the number should be."""
    number = Printed(printed)
    verdict, why = alone(number, value, Habit())
    return Answer(
        0, 1, quantity, printed, value, verdict or "slip", why if verdict else f"should be {number.like(value)}"
    )


def alone(printed: Printed, value: float, author: Habit) -> tuple[str, str]:
    """The verdict that the true value alone decides, and why; '' where it does not."""
    if not math.isfinite(value):
        return "undefined", ""
    rounds = printed.rounds(value)
    if not rounds and not (printed.truncates(value) and printed.number):
        return "", ""
    enough = printed.error(value) <= (ROUGH if rounds else 2 * ROUGH) or author.decimals == printed.decimals
    if not enough:
        how = "rounds to" if rounds else "is cut off to"
        return "close", f"{number_text(value, 4)} {how} it, and it says little: print more digits"
    return ("exact", "") if rounds else ("rounding", "cut off, not rounded")


def check(run: Run) -> list[Answer]:
    """Every published number and formula of a worked sheet, judged, in the order of its lines.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("param w = 3\\na = 2*w\\nL = a^2\\na ~= 5\\nL ~= 25\\ndL/da ~= 12")
    >>> [(answer.quantity, answer.verdict, answer.why) for answer in check(sheet.run())]
    [('a', 'slip', 'should be 6; one unit off'), ('L', 'carried', 'from a: 25'), ('dL/da', 'exact', '')]
    """
    return Judge(run).answers()


class Judge:
    """Judges the published numbers of a sheet, in the order in which they follow from each other."""

    def __init__(self, run: Run) -> None:
        self.pages = Pages(run)
        self.published: dict[Item, list[Check]] = {}
        for each in run.sheet.checks:
            if isinstance(each, Check):
                item = Item(each.round, each.quantity.of, each.quantity.by)
                self.published.setdefault(item, []).append(each)
        self.printed = {item: float(Printed(each[0].printed).number) for item, each in self.published.items()}
        self.readings: dict[Item, Reading] = {}

    @cached_property
    def author(self) -> Habit:
        """How the author rounds, as his right numbers show it."""
        return habit(
            (Printed(each.printed), self.pages.true(item)) for item in self.published for each in self.published[item]
        )

    def answers(self) -> list[Answer]:
        """The verdicts, in the order of the sheet's lines."""
        found = dict(self.numbers)
        for each in self.pages.sheet.checks:
            if isinstance(each, Identity):
                verdict, why = compared(self.pages.run, each)
                value = self.pages.run.rounds[each.round].value(each.quantity)
                found[each] = Answer(each.line, each.round + 1, each.quantity.name, each.text, value, verdict, why)
        return [found[each] for each in self.pages.sheet.checks]

    @cached_property
    def numbers(self) -> dict[Check | Identity, Answer]:
        """The verdict on each published number."""
        found: dict[Check | Identity, Answer] = {}
        for item in self.pages.order(self.published):
            for each in self.published.get(item, ()):
                found[each] = answer = self.examine(item, each)
                self.readings.setdefault(item, self.read(item, answer))
        return found

    def ask(self, item: Item, printed: str) -> Answer:
        """The verdict on one more number, as if it stood in the sheet behind all others."""
        before = {each: self.readings[each] for each in self.published if each != item and self.numbers}
        asked = Judge(self.pages.run)
        asked.readings = before
        return asked.examine(item, Check(0, item.round, Quantity(item.of, item.by), printed))

    # ── one number ──

    def examine(self, item: Item, asked: Check) -> Answer:
        """The verdict on one published number."""
        printed, value = Printed(asked.printed), self.pages.true(item)
        answer = Answer(asked.line, asked.round + 1, str(item), asked.printed, value, "", "")
        verdict, why = alone(printed, value, self.author)
        if verdict == "undefined":
            why = undefined(self.pages.run, item)
        machine = "" if verdict else machine_of(self.pages, item, printed)
        if machine == "double" or (machine and not self.author.works_by_hand):
            verdict, why = ("exact", "") if machine == "double" else ("rounding", f"as a {machine} program computes it")
        if verdict:
            return replace(answer, verdict=verdict, why=why)
        return self.by_hand(answer, item, printed) or self.slip(answer, item, printed)

    def by_hand(self, answer: Answer, item: Item, printed: Printed) -> Answer | None:
        """What working by hand explains: exactly, or else rounded on the way; or nearly."""
        ways, precisions = self.ways(item), self.author.of(printed)
        doubtful = None
        for how in ((), precisions):
            for way in ways:
                found = accepted(self.pages, item, way, printed, how, self.author)
                if found.explains and (sources := self.to_blame(item, way, found.form)):
                    return self.carried(answer, item, found, sources)
                if found.explains and self.is_sound(answer, found, printed):
                    return self.rounded(answer, found, printed)
                doubtful = doubtful or (found if found.explains else None)
        return self.close(answer, doubtful, printed) or self.nearly(answer, item, printed, ways[min(1, len(ways) - 1)])

    def nearly(self, answer: Answer, item: Item, printed: Printed, way: Way) -> Answer | None:
        """What nearly follows from the numbers as they are printed."""
        found = accepted(self.pages, item, way, printed, self.author.of(printed), self.author)
        if not found.nearly:
            return None
        sources = self.to_blame(item, way, found.form)
        return self.carried(answer, item, found, sources) if sources else self.close(answer, found, printed)

    def carried(self, answer: Answer, item: Item, found: Accepted, sources: Sequence[Item]) -> Answer:
        """A number that follows from wrong ones."""
        names = tuple(named(each, item.round) for each in sources)
        why = f"from {', '.join(names)}: {number_text(found.exactly, 6)}"
        return replace(answer, verdict="carried", why=why, follows=found.exactly, carried_from=names)

    def is_sound(self, answer: Answer, found: Accepted, printed: Printed) -> bool:
        """Whether a number that rounding explains is right: of the true sign, and near, or exactly what follows."""
        near = abs(float(printed.number) - answer.value) <= FEW * printed.unit
        return same_sign(printed, answer.value) and (near or self.author.prints(printed, found.exactly))

    def rounded(self, answer: Answer, found: Accepted, printed: Printed) -> Answer:
        """A number that is right, but for rounding on the way."""
        why = span(found, printed) if found.precision else f"{number_text(found.exactly, 6)}, rounded on the way"
        return self.with_span(answer, found, "rounding", why)

    def close(self, answer: Answer, found: Accepted | None, printed: Printed) -> Answer | None:
        """A number that is nearly right, if it is."""
        if found is None or printed.number * Fraction(answer.value) < 0:
            return None
        if not printed.number and self.author.decimals != printed.decimals:  # 0 for what is not
            return None
        why = f"about {printed.like(found.exactly)}: working by hand gives {span(found, printed)}"
        return self.with_span(answer, found, "close", why)

    def with_span(self, answer: Answer, found: Accepted, verdict: str, why: str) -> Answer:
        """The answer with what working by hand accepts."""
        precision = str(found.precision or "")
        return replace(
            answer, verdict=verdict, why=why, follows=found.exactly, accepted=found.span, precision=precision
        )

    def slip(self, answer: Answer, item: Item, printed: Printed) -> Answer:
        """What it should be: what follows from the numbers before it, as printed or put right."""
        number, (sound, *mixed) = float(printed.number), self.ways(item)
        likely = [way for way in mixed if not way.tainted] + mixed[:1] or [sound]
        values = [self.pages.follow(item, way.steps, way.numbers) for way in likely]
        known = [each for each in values if not math.isnan(each)]  # formulas do not see that a branch is closed
        should = min(known or [answer.value], key=lambda value: abs(value - number))
        why = f"should be {printed.like(should)}{hint(self.pages, item, printed, should, self.printed)}"
        return replace(answer, verdict="slip", why=why, follows=should)

    # ── the numbers before it ──

    def ways(self, item: Item) -> list[Way]:
        """From right numbers alone; then, where wrong ones are before it, every way to read these."""
        right = {each: reading.printed for each, reading in self.readings.items() if not reading.wrong}
        before, steps = self.pages.way(item, right.__contains__)
        sound = Way({each: right[each] for each in before}, steps)
        before, steps = self.pages.way(item, self.readings.__contains__)
        choices = list(read_as({each: self.readings[each] for each in before if self.readings[each].doubted}))
        return [sound, *(self.mixed(before, steps, choice) for choice in choices)]

    def mixed(self, before: Sequence[Item], steps: Sequence[Item], choice: Mapping[Item, str]) -> Way:
        """The way on which each wrong number is read as chosen."""
        numbers = {each: getattr(self.readings[each], choice.get(each, "printed")) for each in before}
        tainted = tuple(
            each for each, how in choice.items() if how in ("printed", "kept") and self.readings[each].wrong
        )
        return Way(numbers, steps, tainted, {each: self.readings[each].unit / 2 for each in tainted})

    def to_blame(self, item: Item, way: Way, form: str) -> tuple[Item, ...]:
        """Those of the wrong numbers of a way that reach the number: put right, they change it."""
        found, blamed = self.pages.follow(item, way.steps, way.numbers, form), []
        for each in way.tainted:
            put_right = {**way.numbers, each: self.readings[each].true}
            if not math.isclose(found, self.pages.follow(item, way.steps, put_right, form), rel_tol=1e-12):
                blamed.append(each)
        return tuple(blamed)

    def read(self, item: Item, answer: Answer) -> Reading:
        """How the numbers after it may read this one."""
        number, verdict = float(Printed(answer.printed).number), answer.verdict
        kept, correct = number, self.author.noted(answer.value)
        before, steps = self.pages.way(item, self.readings.__contains__) if verdict in ("carried", "slip") else ([], [])
        if verdict == "carried":
            found = self.pages.follow(item, steps, {each: self.readings[each].kept for each in before})
            kept = found if Printed(answer.printed).agrees(found) else number  # what is printed is what was read
        elif verdict == "slip":
            follows = self.pages.follow(item, steps, {each: self.readings[each].printed for each in before})
            correct = self.author.noted(follows)
        return Reading(number, kept, correct, answer.value, verdict, float(Printed(answer.printed).unit))


def same_sign(printed: Printed, value: float) -> bool:
    """Whether a printed number has the sign of the true one, and is 0 only where that is."""
    return printed.number * Fraction(value) > 0 or value == 0


def span(found: Accepted, printed: Printed) -> str:
    """`−0.6867 … −0.6839 by three decimals`: from where to where rounding leads."""
    low, high = (number_text(each, printed.significant + 2) for each in found.span)
    by = f" by {found.precision}" if found.precision else ""
    return f"{low} … {high}{by}" if low != high else f"{low}{by}"


def read_as(doubted: Mapping[Item, Reading]) -> Iterator[dict[Item, str]]:
    """Wrong numbers as printed, as a calculator keeps them, with every slip put right, all as printed but one."""
    if not doubted:
        return
    as_printed = dict.fromkeys(doubted, "printed")
    slips = [each for each, reading in doubted.items() if reading.verdict == "slip"]
    tried: list[dict[Item, str]] = []
    for choice in (
        as_printed,
        dict.fromkeys(doubted, "kept"),
        *({**as_printed, **dict.fromkeys(slips, how)} for how in ("correct", "true")),
        *({**as_printed, each: "true"} for each in doubted),
        *({**as_printed, each: "correct"} for each in doubted),
    ):
        if choice not in tried:
            tried.append(choice)
            yield choice


def named(item: Item, number: int) -> str:
    """A number's name, with its round where that is another."""
    return str(item) if item.round == number else f"{item} of round {item.round + 1}"
