"""Slips of the pen: a printed number, and what its author may have meant to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from .precision import Habit
from .printed import Printed

__all__ = ["Meant", "is_one_unit_off", "meant_by"]

FEW = 3  # digits: a number of less may be meant to be any


class Meant(NamedTuple):
    """What may have been meant, what then went wrong, and whether rounding may be to blame as well."""

    text: str
    words: str
    roughly: bool


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
    Pen(1, 1, 4, "two digits have changed places",  swapped_back),
    Pen(1, 1, 4, "the decimal point is misplaced",  shifted_back),
    Pen(1, 1, 7, "a digit is written twice: {}",    once,          more=-1),
    Pen(3, 7, 7, "a digit is lost: {}",             found_again,   more=1),
    Pen(6, 6, 7, "one digit is wrong",              put_right),
]
# fmt: on
LAST = 6  # rank: what is so unlikely has to fit exactly


def meant_by(printed: Printed, rank: int, author: Habit) -> Iterator[Meant]:
    """Every number that may have been meant, if a slip of the pen of that rank was made."""
    text = f"{Decimal(printed.text):f}"
    for pen in PENS:
        found = list(pen.undone(text)) if rank in (pen.rank, pen.unknown, pen.otherwise) else []
        usual = any(author.fits(Printed(each)) for each in found[:2]) and not (pen.more and author.fits(printed))
        fitting = pen.unknown if not author.precisions else pen.rank if usual else pen.otherwise
        few = FEW + (pen.undone == put_right) - (usual and pen.more < 0)
        for each in found if rank == fitting else ():
            if len(each.lstrip("-0.").replace(".", "")) >= few:
                yield Meant(each, pen.words.format(each), roughly=rank < LAST)


def is_one_unit_off(printed: Printed, right: float) -> bool:
    """Whether a number is one unit of its last digit away from the right one."""
    like = Printed(printed.like(right))
    return like.unit == printed.unit and abs(printed.number - like.number) <= printed.unit
