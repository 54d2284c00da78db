"""Numbers of which nothing is known but what they should be: what the true value alone says of a print."""

from __future__ import annotations

import math

from microgrid.formula import number_text
from microgrid.sheet import Check, Quantity

from .answer import Answer
from .precision import Habit
from .printed import Printed, printed_of

__all__ = ["alone", "answer_alone", "judge"]

ROUGH = 0.05  # of a number: what is farther off has not two digits of it


def judge(printed: str, value: float) -> str:
    """The verdict on one published number of which nothing is known but its true value.

    >>> judge("0.562", 0.5616), judge("2.080", 2.0809165621704553), judge("0.25", 0.24), judge("1", 0.56)
    ('exact', 'rounding', 'slip', 'close')
    """
    return answer_alone("", Check(0, 0, Quantity(""), printed), value).verdict


def answer_alone(quantity: str, asked: Check, value: float) -> Answer:
    """The same as an answer, which says what the number should be."""
    number = printed_of(asked)
    verdict, why = alone(number, value, Habit())
    should = f"should be {number.like(value)}"
    return Answer(0, 1, quantity, asked.printed, value, verdict or "slip", why if verdict else should)


def alone(printed: Printed, value: float, author: Habit) -> tuple[str, str]:
    """The verdict that the true value alone decides, and why; '' where it does not."""
    if not math.isfinite(value):
        return "undefined", ""
    rounds = printed.rounds(value)
    if not rounds and not (printed.truncates(value) and printed.number):
        return "", ""
    if value and not printed.number and not printed.decimals and author.decimals != 0:  # 0 for what is not
        return "", ""
    enough = printed.error(value) <= (ROUGH if rounds else 2 * ROUGH) or author.decimals == printed.decimals
    if not enough:
        how = "rounds to" if rounds else "is cut off to"
        return "close", f"{number_text(value, 4)} {how} it, and it says little: print more digits"
    return ("exact", "") if rounds else ("rounding", "cut off, not rounded")
