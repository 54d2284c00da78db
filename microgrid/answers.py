"""Checking published numbers and formulas against the true ones.

A published number says how exactly it was printed: the unit u of `0.50` is 0.01. The verdicts:

    exact      within u/2 of the true value
    rounding   the true value cut off at that digit instead of rounded
    slip       neither
    proved     a published formula equals the quantity here and at points around
    refuted    it does not; the report shows where
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .formula import number_text
from .reader import Check, Identity
from .sheet import Round, Run

__all__ = ["WRONG", "Answer", "Printed", "check", "judge"]

WRONG = ("slip", "refuted")
POINTS = 16  # how many other points a formula is tried at
SAME = 1e-9  # two formulas for one number differ by rounding alone: relative


@dataclass(frozen=True)
class Answer:
    """A published number or formula with its verdict, and why."""

    line: int
    round: int
    quantity: str
    printed: str
    value: float
    verdict: str
    why: str

    @property
    def wrong(self) -> bool:
        return self.verdict in WRONG


class Printed:
    """A number as it was printed; its last digit sets the unit.

    >>> Printed("0.50").unit, Printed("-1.2e-3").unit, Printed("7").unit
    (Fraction(1, 100), Fraction(1, 10000), Fraction(1, 1))
    """

    def __init__(self, text: str) -> None:
        number = Decimal(text)
        self.text = text
        self.number = Fraction(number)
        self.exponent = int(number.as_tuple().exponent)
        self.unit = Fraction(10) ** self.exponent

    def rounds(self, value: float) -> bool:
        """Whether the value rounds to the printed number."""
        return math.isfinite(value) and abs(Fraction(value) - self.number) <= self.unit / 2 + self.slack(value)

    def truncates(self, value: float) -> bool:
        """Whether the value, cut off behind its last printed digit, is the printed number."""
        if not math.isfinite(value) or ((value < 0) != (self.number < 0) and self.number != 0):
            return False
        beyond = abs(Fraction(value)) - abs(self.number)
        return -self.slack(value) <= beyond < self.unit - self.slack(value)

    def like(self, value: float) -> str:
        """The value, printed to the same unit."""
        if not math.isfinite(value):
            return number_text(value)
        _, _, power = self.text.lower().partition("e")
        scaled = f"{value / 10.0 ** int(power or 0):.{max(0, int(power or 0) - self.exponent)}f}"
        return f"{scaled}e{power}" if power else scaled

    def slack(self, value: float) -> Fraction:
        """A few units in the last place of a double: books print 16 digits."""
        return 4 * Fraction(math.ulp(max(abs(value), float(abs(self.number)))))


def judge(printed: str, value: float) -> tuple[str, str]:
    """The verdict on one published number, and why.

    >>> judge("0.562", 0.5616)
    ('exact', '')
    >>> judge("2.080", 2.0809165621704553)
    ('rounding', 'cut off, not rounded')
    >>> judge("0.25", 0.24)
    ('slip', 'should be 0.24')
    """
    number = Printed(printed)
    if number.rounds(value):
        return "exact", ""
    if number.truncates(value):
        return "rounding", "cut off, not rounded"
    return "slip", f"should be {number.like(value)}"


def check(run: Run) -> list[Answer]:
    """Every published number and formula of a worked sheet, judged, in the order of its lines.

    >>> sheet = Sheet.parse("param w = 3\\nL = w^2\\ndL/dw ~= 6\\ndL/dw == w")
    >>> [(answer.quantity, answer.verdict) for answer in check(sheet.run())]
    [('dL/dw', 'exact'), ('dL/dw', 'refuted')]
    """
    return [judged(run, each) for each in run.sheet.checks]


def judged(run: Run, asked: Check | Identity) -> Answer:
    here = run.rounds[asked.round]
    value = here.value(asked.quantity)
    if isinstance(asked, Check):
        printed, (verdict, why) = asked.printed, judge(asked.printed, value)
    else:
        printed, (verdict, why) = asked.text, compared(here, asked)
    return Answer(asked.line, asked.round + 1, str(asked.quantity), printed, value, verdict, why)


def compared(here: Round, asked: Identity) -> tuple[str, str]:
    """Whether a formula gives the quantity, here and at other points."""
    tried = 0
    for place, point in (("here", here), *(("elsewhere", each) for each in around(here))):
        value, formula = point.value(asked.quantity), point.evaluate(asked.formula)
        if place == "elsewhere" and not (math.isfinite(value) and math.isfinite(formula)):
            continue
        if not same(value, formula):
            where = "here" if place == "here" else "where " + leaves_text(point)
            return "refuted", f"{where} it is {number_text(value, 8)}, the formula gives {number_text(formula, 8)}"
        tried += 1
    return "proved", f"equal here and at {tried - 1} other points"


def same(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=SAME, abs_tol=1e-14)


def around(here: Round) -> Iterator[Round]:
    """The same sheet with other numbers for its leaves: near, far and of the other sign."""
    rng = random.Random(0)
    for _ in range(POINTS):
        yield here.sheet.at(
            {name: number + rng.gauss(0, 1 + abs(number)) for name, number in leaf_numbers(here).items()}
        )


def leaf_numbers(here: Round) -> dict[str, float]:
    return {leaf.name: here[leaf.name].data for leaf in here.sheet.leaves}


def leaves_text(here: Round) -> str:
    return ", ".join(f"{name} = {number_text(number, 4)}" for name, number in leaf_numbers(here).items())
