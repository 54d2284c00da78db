"""Working habits: how many digits a person notes down, of what, and how the others are dropped."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from .formulas import FUNCTIONS, Factor, Formula

__all__ = ["NOTES", "Habit", "worked"]

NOTED = {
    "operation": ("operation", "product", "line"),
    "product":   ("product", "line"),
    "line":      ("line",),
    "nothing":   (),
}  # fmt: skip
NOTES = ("line", "product", "operation")


class Habit(NamedTuple):
    """So many decimals, or significant digits, rounded as at school or cut off. Decimals: a half is a half.

    notes   what is noted down to that precision: the result of every "operation", every "product" in a sum,
            every "line"; or "nothing": a calculator keeps it all, and only what is printed is rounded
    plain   0.5 is written for 0.500
    """

    digits: int
    significant: bool = False
    cuts: bool = False
    notes: str = "line"
    plain: bool = False

    def rounded(self, number: Decimal) -> Decimal:
        """The number to the working precision."""
        if not number:
            return Decimal(0)
        unit = Decimal(1).scaleb(number.adjusted() + 1 - self.digits if self.significant else -self.digits)
        found = number.quantize(unit, ROUND_DOWN if self.cuts else ROUND_HALF_UP)
        if self.significant and found.adjusted() > number.adjusted():  # 0.9996 is 1.00
            return found.quantize(unit.scaleb(1))
        return found or abs(found)

    def printed(self, number: Decimal) -> str:
        """The number as it is written down."""
        text = f"{self.rounded(number):f}"
        return text.rstrip("0").rstrip(".") if self.plain and "." in text else text

    def note(self, what: str, number: Decimal) -> Decimal:
        """A result as the work goes on with it."""
        return self.rounded(number) if what in NOTED[self.notes] else number


def worked(formula: Formula, numbers: Mapping[str, Decimal], habit: Habit) -> Decimal:
    """The value of a formula, worked out term by term, each from left to right."""
    total = Decimal(0)
    for i, term in enumerate(formula):
        found = Decimal(term.sign)
        for j, factor in enumerate(term.factors):
            found = times(found, factor, numbers, habit)
            if j:
                found = habit.note("operation", found)
        if len(formula) > 1 and len(term.factors) > 1:
            found = habit.note("product", found)
        total = habit.note("operation", total + found) if i else found
    return total


def times(found: Decimal, factor: Factor, numbers: Mapping[str, Decimal], habit: Habit) -> Decimal:
    """A product and one factor more."""
    if isinstance(factor, str):
        return found * numbers[factor]
    if isinstance(factor, Decimal):
        return found * factor
    inner = worked(factor.argument, numbers, habit)
    if factor.function == "reciprocal":
        return found / inner
    result = FUNCTIONS[factor.function].value(inner)
    return found * (habit.note("operation", result) if factor.function else result)
