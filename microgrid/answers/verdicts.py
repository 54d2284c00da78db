"""Checking published numbers: which are right, where the arithmetic first went wrong, what follows.

The printed string sets the unit u: that of `0.50` is 0.01. A number has its true value, and the
values that follow from the published numbers before it. The verdicts, in this order:

    exact      within u/2 of the true value
    rounding   the true value cut off; or it follows from numbers that are all exact or rounding
    carried    it follows from numbers of which one is a slip, or carried itself
    slip       none of these: the arithmetic went wrong exactly here
    proved     a published formula equals the quantity
    refuted    it does not; the report shows where

What follows agrees within u/2, or cut off, and by what the rounding of unpublished numbers on the
way can change. A slip is tried as printed and as it should have been: authors work past misprints.
The numbers before are tried as printed, and as a calculator keeps them, rounding only what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

from microgrid.formula import number_text
from microgrid.sheet import Check, Identity, Run

from .follow_through import Item, Pages
from .hints import hint
from .identities import compared
from .printed import Printed

__all__ = ["WRONG", "Answer", "check", "judge"]

WRONG = ("slip", "refuted")
TAINTED = ("slip", "carried")
MOST_CHOICES = 64  # ways to read the slips before a number: as printed, or as they should have been


@dataclass(frozen=True)
class Answer:
    """A published number or formula with its verdict, and why.

    `follows` is the value that follows from the published numbers before it, where it was asked
    for; `carried_from` names those that were wrong.
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

    @property
    def wrong(self) -> bool:
        return self.verdict in WRONG


class Reading(NamedTuple):
    """One way to read a published number: its value, and which wrong numbers are behind it."""

    value: float
    tainted: tuple[Item, ...]


def named(item: Item, number: int) -> str:
    """A number's name, with its round where that is another."""
    return str(item) if item.round == number else f"{item} of round {item.round + 1}"


def judge(printed: str, value: float) -> str:
    """The verdict on one published number that nothing else was published before.

    >>> judge("0.562", 0.5616), judge("2.080", 2.0809165621704553), judge("0.25", 0.24)
    ('exact', 'rounding', 'slip')
    """
    number = Printed(printed)
    return "exact" if number.rounds(value) else "rounding" if number.truncates(value) else "slip"


def check(run: Run) -> list[Answer]:
    """Every published number and formula of a worked sheet, judged, in the order of its lines.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("param w = 3\\na = 2*w\\nL = a^2\\na ~= 5\\nL ~= 25\\ndL/da ~= 12")
    >>> [(answer.quantity, answer.verdict, answer.why) for answer in check(sheet.run())]
    [('a', 'slip', 'should be 6; one unit off'), ('L', 'carried', 'from a: 25'), ('dL/da', 'exact', '')]
    """
    numbers = [each for each in run.sheet.checks if isinstance(each, Check)]
    answers = Examiner(run, numbers).answers()
    for each in run.sheet.checks:
        if isinstance(each, Identity):
            verdict, why = compared(run, each)
            value = run.rounds[each.round].value(each.quantity)
            answers[each] = Answer(each.line, each.round + 1, str(each.quantity), each.text, value, verdict, why)
    return [answers[each] for each in run.sheet.checks]


class Examiner:
    """Judges the published numbers in the order in which they follow from each other."""

    def __init__(self, run: Run, checks: Sequence[Check]) -> None:
        self.pages = Pages(run)
        self.published: dict[Item, list[Check]] = {}
        for each in checks:
            item = Item(each.round, each.quantity.of, each.quantity.by)
            self.published.setdefault(item, []).append(each)
        self.printed = {item: float(Printed(each[0].printed).number) for item, each in self.published.items()}
        self.readings: dict[Item, list[Reading]] = {}
        self.unrounded: dict[Item, Reading] = {}
        self.judged: dict[Check | Identity, Answer] = {}

    def answers(self) -> dict[Check | Identity, Answer]:
        for item in self.pages.order(self.published):
            for each in self.published.get(item, ()):
                answer, readings = self.examine(item, each)
                self.judged[each] = answer
                self.readings.setdefault(item, []).extend(readings)
                self.unrounded.setdefault(item, self.kept(item, readings[0]))
        return self.judged

    def examine(self, item: Item, asked: Check) -> tuple[Answer, list[Reading]]:
        """The verdict on one published number, and how the numbers after it may read it."""
        printed, value = Printed(asked.printed), self.pages.true(item)
        answer = Answer(asked.line, asked.round + 1, str(item), asked.printed, value, "exact", "")
        as_printed = Reading(float(printed.number), ())
        if printed.rounds(value):
            return answer, [as_printed]
        if printed.truncates(value):
            return replace(answer, verdict="rounding", why="cut off, not rounded"), [as_printed]
        ways = list(self.followed(item, float(printed.unit)))
        agreeing = sorted(
            (reading for reading, slack in ways if printed.agrees(reading.value, slack)),
            key=lambda reading: bool(reading.tainted),
        )
        if not agreeing:
            return self.slip(answer, item, printed, [reading for reading, _ in ways])
        reading = agreeing[0]
        follows = number_text(reading.value, 6)
        if not reading.tainted:
            why = f"{follows}, rounded on the way"
            return replace(answer, verdict="rounding", why=why, follows=reading.value), [as_printed]
        sources = tuple(named(each, asked.round) for each in reading.tainted)
        why = f"from {', '.join(sources)}: {follows}"
        answer = replace(answer, verdict="carried", why=why, follows=reading.value, carried_from=sources)
        return answer, [as_printed._replace(tainted=(item,))]

    def slip(
        self, answer: Answer, item: Item, printed: Printed, ways: Sequence[Reading]
    ) -> tuple[Answer, list[Reading]]:
        """What it should be: of what follows from the numbers before it, the nearest to the print."""
        as_printed = float(printed.number)
        should = min(ways, key=lambda reading: abs(reading.value - as_printed))
        why = f"should be {printed.like(should.value)}{hint(self.pages, item, printed, should.value, self.printed)}"
        return replace(answer, verdict="slip", why=why, follows=should.value), [Reading(as_printed, (item,)), should]

    def followed(self, item: Item, unit: float) -> Iterator[tuple[Reading, float]]:
        """What follows from the published numbers before, in every way to read them, with its slack."""
        before, way = self.pages.way(item, self.readings.__contains__)
        for choice in self.choices(before):
            numbers = {each: reading.value for each, reading in zip(before, choice)}
            tainted = tuple(dict.fromkeys(source for reading in choice for source in reading.tainted))
            for by_value in (True, False):
                found = self.pages.follow(item, way, numbers, by_value)
                yield Reading(found.value, tainted), found.slack(unit)

    def kept(self, item: Item, read: Reading) -> Reading:
        """The number as a calculator keeps it, which rounds only what it shows; a slip as it was printed."""
        before, way = self.pages.way(item, self.unrounded.__contains__)
        tainted = any(self.unrounded[each].tainted for each in before)
        if len(self.readings[item]) > 1 or not tainted:
            return read if read.tainted else Reading(self.pages.true(item), ())
        numbers = {each: self.unrounded[each].value for each in before}
        return Reading(self.pages.follow(item, way, numbers, by_value=True).value, (item,))

    def choices(self, before: Sequence[Item]) -> Iterator[tuple[Reading, ...]]:
        """Every way to read the numbers before: all as printed first, then slips put right."""
        readings = [self.readings[item] for item in before]
        count = 1
        for each in readings:
            count *= len(each)
        calculator = tuple(self.unrounded[item] for item in before)
        if any(each.tainted for each in calculator):
            yield calculator
        if count <= MOST_CHOICES:
            yield from product(*readings)
            return
        first = tuple(each[0] for each in readings)
        yield first
        yield tuple(each[-1] for each in readings)
        for i, each in enumerate(readings):
            yield from ((*first[:i], other, *first[i + 1 :]) for other in each[1:])
