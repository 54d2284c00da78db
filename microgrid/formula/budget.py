"""How much algebra anybody waits for: every bound on work that grows faster than what is typed, in one place.

Work is counted and never timed: the same text is answered alike on every machine, and it is stopped in between two
steps. What is over a bound ends in TooLong, which says what was met; MICROGRID_PATIENCE=10 lets ten times as much
through.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

__all__ = [
    "BITS", "DEGREE", "ELEMENTS", "LINES", "MOST_TIMES", "PARTS", "PROOF", "SUGGESTED", "TERMS",
    "TERMS_OF_SYMPY", "WRITTEN", "Budget", "TooLong", "bits", "in_line", "kept", "most", "of_bounds", "of_following",
    "of_rounds", "of_sheet", "of_writing", "patience", "raised", "spend", "to_raise", "too_many_parts", "within",
]  # fmt: skip

TERMS = 1000  # of a sum that is multiplied out
TERMS_OF_SYMPY = 30  # of what sympy is asked to make shorter, at most, when it is multiplied out
DEGREE = 64  # of a power that is multiplied out
BITS = 4096  # of a number that is kept as a fraction
PROOF = 60_000  # products of two terms that are written down for one proof
SHEET, KILOBYTE = 80_000, 1024  # the same for all proofs of a sheet, by every so many characters of it
POINTS = 50_000  # numbers that are worked out for formulas at other points than the sheet's, by every so many, too
BOUNDS = 25_000  # parts of formulas that are worked out between bounds, in many digits, by every so many, too
HAND = 60_000  # numbers that are worked by hand, in every way to round, by every so many characters, too
WRITTEN, MOST_WRITTEN = 600_000, 4_000_000  # parts of all formulas of a sheet, with every array written out; at most
ROUNDS, MOST_ROUNDS = 600_000, 1_800_000  # parts that all rounds of a sheet have, by every so many, too; at most
FOLLOWED, MOST_FOLLOWED = 40_000, 120_000  # numbers that published ones follow from, by every so many, too; at most
SUGGESTED = 100  # names that a sheet does not define for which a near one is sought
LINES = 6000  # of a sheet that repeats some, those counted each time
PARTS = 100_000  # of one formula, written out
ELEMENTS = 2_000_000  # of one array, its parts written out
MOST_TIMES = 100_000  # rounds of a sheet, however short they are
PATIENCE = "MICROGRID_PATIENCE"


class TooLong(ArithmeticError):
    """More work than anybody waits for; the message names the bound that was met.

    line  of the sheet, that met it; 0 where it is not known
    """

    line = 0


class Budget:
    """What may be spent, and of it what has been; what is spent of one is spent of all that it is a part of.

    >>> with Budget(10, "terms").in_force():
    ...     spend(11)
    Traceback (most recent call last):
    microgrid.formula.budget.TooLong: it takes more than 10 terms; MICROGRID_PATIENCE=10 allows 10 times as many
    """

    def __init__(self, most: int, what: str, whole: Budget | None = None) -> None:
        self.most, self.what, self.whole = most * patience(), what, whole
        self.spent = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.spent > self.most or (self.whole is not None and self.whole.is_spent)

    @property
    def said(self) -> str:
        """Which bound it is, and how to raise it."""
        return str(too_long(self.most, self.what))

    def spend(self, work: int) -> None:
        """Counts some work. Raises TooLong where that is more than there was."""
        self.spent += work
        if self.whole:
            self.whole.spend(work)
        if self.spent > self.most:
            raise too_long(self.most, self.what)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Until the block ends, `spend` spends of this budget."""
        before = IN_FORCE.set(self)
        try:
            yield
        finally:
            IN_FORCE.reset(before)


IN_FORCE: ContextVar[Budget | None] = ContextVar("budget", default=None)


def spend(work: int) -> None:
    """Counts some work towards the budget in force, if there is one. Raises TooLong."""
    budget = IN_FORCE.get()
    if budget is not None:
        budget.spend(work)


@contextmanager
def in_line(line: int) -> Iterator[None]:
    """Until the block ends, a bound is met by that line of the sheet, where nothing inside is known to meet it."""
    try:
        yield
    except TooLong as error:
        error.line = error.line or line
        raise


def of_sheet(text: str) -> tuple[Budget, Budget, Budget]:
    """The budgets of all that a sheet publishes: of proofs, of other points, and of working by hand."""
    proofs = Budget(grown(SHEET, text), "products of terms for all formulas of the sheet")
    points = Budget(grown(POINTS, text), "numbers at other points for all formulas of the sheet")
    return proofs, points, Budget(grown(HAND, text), "numbers worked by hand for all that the sheet publishes")


def grown(bound: int, text: str) -> int:
    """The bound of a short sheet, once more for every four kilobytes: so none takes longer than a second a kilobyte."""
    return bound + bound * (len(text) // KILOBYTE) // 4


def of_bounds(text: str) -> Budget:
    """The budget of working between bounds, for all formulas that a sheet publishes."""
    return Budget(grown(BOUNDS, text), "parts worked out between bounds for all formulas of the sheet")


def of_writing(text: str) -> Budget:
    """The budget of writing out all formulas of a sheet."""
    return Budget(min(grown(WRITTEN, text), MOST_WRITTEN), "parts of all formulas, written out")


def of_following(text: str) -> Budget:
    """The budget of finding out what all that a sheet publishes follows from."""
    most = min(grown(FOLLOWED, text), MOST_FOLLOWED)
    return Budget(most, "steps back from what the sheet publishes")


def of_rounds(text: str) -> Budget:
    """The budget of all the rounds that a sheet has."""
    most = min(ROUNDS * (1 + len(text) // KILOBYTE), MOST_ROUNDS)
    return Budget(most, "operations and numbers in all rounds of the sheet")


def most(bound: int) -> int:
    """How many a bound lets through that grows with patience."""
    return bound * patience()


def to_raise() -> str:
    """The end of a message about such a bound: how to raise it."""
    return f"{PATIENCE}={10 * patience()} allows 10 times as many"


def too_many_parts() -> str:
    """What is said of a formula that has more parts than one may have, written out."""
    return f"written out, this has more than {most(PARTS):,} parts; give some a name; {to_raise()}"


def within(number: int, most: int, what: str) -> None:
    """Raises TooLong for what is larger than it may be."""
    if number > most * patience():
        raise too_long(most * patience(), what)


def kept(number: Fraction) -> Fraction:
    """A number that is not too long to be kept. Raises TooLong."""
    within(bits(number), BITS, "binary digits of one number")
    return number


def raised(number: Fraction, n: int) -> Fraction:
    """A power of a number. Raises TooLong, and ZeroDivisionError for 0 to a negative power."""
    within(abs(n) * bits(number), BITS, "binary digits of one number")
    return number**n


def bits(number: Fraction | int) -> int:
    """How long a number is, in binary digits; 0 for 1 and -1."""
    return max(abs(number.numerator), number.denominator).bit_length() - 1


def too_long(most: int, what: str) -> TooLong:
    """The error of a bound that was met."""
    return TooLong(f"it takes more than {most:,} {what}; {to_raise()}")


def patience() -> int:
    """How many times the usual is allowed: what the environment says, if that is a whole number of at least 1."""
    said = os.environ.get(PATIENCE, "")
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 7 else 1
