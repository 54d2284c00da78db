"""Slips of the pen: a printed number, and what its author may have meant to write."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from .precision import Habit
from .printed import Printed

__all__ = ["EXACTLY", "NEARLY", "ROUGH", "Meant", "is_one_unit_off", "is_slip_of_the_pen", "meant_by"]

EXACTLY, ROUGH, NEARLY = 1, 3, 5  # how loosely a number may fit: rounded; cut off as well; give or take some units
FEW = 3  # digits: a number of less may be meant to be any
NEVER = 99  # rank: who prints so many digits has lost none, and added none


class Meant(NamedTuple):
    """What may have been meant, what then went wrong, and how loosely the right number may fit that."""

    text: str
    words: str
    loosest: int


def places(text: str) -> list[int]:
    """Where the digits of a number stand, from the one before the first that is no 0."""
    digits = [i for i, letter in enumerate(text) if letter.isdigit()]
    first = next((at for at, i in enumerate(digits) if text[i] != "0"), 0)
    return digits[max(0, first - 1) :]


def decimals(text: str) -> list[int]:
    """Where those behind the point stand."""
    return [i for i in places(text) if "." in text[:i]]


def swapped_back(text: str) -> Iterator[str]:
    """With two neighbouring digits exchanged, unless that is a 0 that nobody writes."""
    first, *_ = digits = places(text)
    for i, j in pairwise(digits):
        if text[i] != text[j] and (text[j] != "0" or i > first):
            yield text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :]


def shifted_back(text: str) -> Iterator[str]:
    return (f"{Decimal(text).scaleb(by):f}" for by in (1, -1))


def found_again(text: str) -> Iterator[str]:
    """With a decimal more, but not behind the last."""
    return (text[:i] + digit + text[i:] for i in decimals(text) for digit in "0123456789")


def once(text: str) -> Iterator[str]:
    """With one of two equal decimals."""
    return (text[:i] + text[j:] for i, j in pairwise(decimals(text)) if text[i] == text[j])


def put_right(text: str) -> Iterator[str]:
    """With another digit in one place."""
    return (text[:i] + digit + text[i + 1 :] for i in places(text) for digit in "0123456789" if digit != text[i])


class Pen(NamedTuple):
    """One kind of slip.

    rank       how simple it is, as in the catalogue of mistakes, if its author prints numbers like the one meant
    unknown    the same, if it is not known how he prints
    otherwise  the same, if he prints otherwise
    words      what is said of it
    undone     what may have been meant
    more       how many digits more than the number has what was meant
    """

    rank: int
    unknown: int
    otherwise: int
    words: str
    undone: Callable[[str], Iterator[str]]
    more: int = 0


# fmt: off
PENS = [
    Pen(1, 1, 4,     "two digits have changed places",  swapped_back),
    Pen(1, 1, 4,     "the decimal point is misplaced",  shifted_back),
    Pen(1, 1, NEVER, "a digit is written twice: {}",    once,          more=-1),
    Pen(3, 7, NEVER, "a digit is lost: {}",             found_again,   more=1),
    Pen(6, 6, 7,     "one digit is wrong",              put_right),
]
# fmt: on
LAST = 6  # rank of what is so unlikely


def meant_by(printed: Printed, rank: int, author: Habit, right: float = math.nan) -> Iterator[Meant]:
    """Every number that may have been meant, if a slip of the pen of that rank was made.

    author  how the other numbers are printed
    right   what the number should be, if that is known
    """
    if printed.is_exact:
        return
    text = f"{Decimal(printed.text):f}"
    for pen in PENS:
        for each in pen.undone(text) if rank in (pen.rank, pen.unknown, pen.otherwise) else ():
            usual = is_usual(pen, printed, Printed(each), right, author)
            fitting = pen.unknown if not author.precisions else pen.rank if usual else pen.otherwise
            few = FEW + (pen.undone == put_right) - (usual and pen.more < 0)
            if rank == fitting and len(each.lstrip("-0.").replace(".", "")) >= few:
                yield Meant(each, pen.words.format(each), NEARLY if rank < LAST else EXACTLY)


def is_usual(pen: Pen, printed: Printed, meant: Printed, right: float, author: Habit) -> bool:
    """Whether the author prints numbers like the one meant, or 0.5 for 0.500.

    If he prints numbers like this one, it has no digit too few; and too many only if he meant 0.5.
    """
    short = float(meant.number) in {how(right) for each in author.precisions for how in (each.rounded, each.cut)}
    if pen.more and author.fits(printed):
        return short and pen.more < 0 and not author.fits(meant)
    return short or author.fits(meant)


def is_slip_of_the_pen(printed: Printed, right: float) -> bool:
    """Whether any slip of the pen makes a number of the right one, to its last digit."""
    text = "" if printed.is_exact else f"{Decimal(printed.text):f}"
    return bool(text) and any(Printed(each).rounds(right) for pen in PENS for each in pen.undone(text))


def is_one_unit_off(printed: Printed, right: float) -> bool:
    """Whether a number is one unit of its last digit away from the right one."""
    if printed.is_exact:
        return False
    like = Printed(printed.like(right))
    return like.unit == printed.unit and abs(printed.number - like.number) <= printed.unit + printed.noise(like.number)
