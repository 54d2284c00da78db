"""Working precision: how many digits an author keeps of each number on the way, and how he drops the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol

from microgrid.formula.words import WORDS as OPERATIONS

from .printed import ALMOST, Printed

__all__ = [
    "EXACTLY",
    "MOST_BY_HAND",
    "WORDS",
    "Arithmetic",
    "Author",
    "Habit",
    "Precision",
    "Words",
    "Working",
    "habit",
    "workings",
]

ENOUGH = 2  # numbers that show how their author works
MOST = 2 / 3  # of them, that have to agree
ALSO, FEWER = 0.9, 3  # of as many, or so few fewer, that may be in decimals as well as in significant digits
FEWEST_OF_A_PROGRAM = 7  # digits
MOST_BY_HAND = 9  # digits, where nothing shows that an author works with more
SHOWN = 7  # numbers that show whether he cuts digits off: each may have come out so by chance
SURE = 3  # significant digits that everybody keeps, where nothing shows how many
NAMES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS: Mapping[str, Callable[..., Any]] = {**OPERATIONS, "constant": float}  # a number with many digits: 2/3
LARGEST = 22  # the largest power of ten that is a double


class Precision(NamedTuple):
    """So many decimals, or so many significant digits, of every number; at least `least` significant digits.

    >>> Precision(3).rounded(0.12345), Precision(3, significant=True).rounded(0.012345), Precision(2).cut(-0.129)
    (0.123, 0.0123, -0.12)
    """

    digits: int
    significant: bool = False
    least: int = 0

    def __str__(self) -> str:
        count = NAMES[self.digits] if self.digits < len(NAMES) else str(self.digits)
        kind = "significant digit" if self.significant else "decimal"
        return f"{count} {kind}{'s' * (self.digits != 1)}"

    def places(self, number: float) -> int:
        """The decimals that a number keeps."""
        first = -math.floor(math.log10(abs(number)))  # the decimal of the first digit that is no 0
        return first + self.digits - 1 if self.significant else max(self.digits, first + self.least - 1)

    def rounded(self, number: float) -> float:
        """The number as it is noted down: half a unit goes up, as at school."""
        return self._noted(number, 0.5)

    def cut(self, number: float) -> float:
        """The number without the digits that are not noted down."""
        return self._noted(number, 0.0)

    def is_of(self, printed: Printed, value: float) -> bool:
        """Whether a number has as many digits, or fewer because the others are zeros: 0.5 for 0.500."""
        more = self.digits - (printed.significant if self.significant else printed.decimals)
        return not more or (more > 0 and printed.number in (self.rounded(value), self.cut(value)))

    def _noted(self, number: float, half: float) -> float:
        if number == 0 or not math.isfinite(number):
            return number
        places = self.places(number)
        if not -290 < places < 290:
            return number
        scaled = abs(number) * 10.0**places
        if not math.isfinite(scaled):  # all its digits stand before the decimals that are kept
            return number
        units = math.floor(scaled + half + ALMOST)
        exact = 0 <= places <= LARGEST and units < 2**53  # the quotient of two doubles without error is the nearest one
        return math.copysign(units / 10.0**places if exact else float(f"{units}e{-places}"), number)


class Habit(NamedTuple):
    """How an author works, as far as his numbers show it.

    precisions  that his numbers have in common; none where that is not to tell
    manners     whether he cuts digits off: (False,) for one who rounds, (True,) for one who cuts; both, if unknown
    is_plain    whether he leaves out the zeros at the end: 0.5 for 0.500
    """

    precisions: tuple[Precision, ...] = ()
    manners: tuple[bool, ...] = (False, True)
    is_plain: bool = False

    def of(self, printed: Printed) -> list[Precision]:
        """The precisions that may be behind a printed number: the author's, else that of the number itself."""
        if printed.is_exact:
            return []
        own = (Precision(printed.decimals, least=SURE), Precision(max(printed.significant, SURE), True))
        fine = [each for each in self.precisions if each.digits >= own[each.significant].digits]
        is_short = printed.significant <= MOST_BY_HAND
        return fine or [each for each in own if is_short and each.digits <= MOST_BY_HAND]

    def fits(self, printed: Printed) -> bool:
        """Whether a number has as many digits as his others, if these have anything in common."""
        digits = (printed.decimals, printed.significant)
        if printed.is_exact:
            return False
        return not self.precisions or any(each.digits == digits[each.significant] for each in self.precisions)

    def prints(self, printed: Printed, value: float) -> bool:
        """Whether he would print a value like this; to other digits than usual, nobody cuts off."""
        if not self.fits(printed):
            return printed.rounds(value)
        return any(printed.truncates(value) if cuts else printed.rounds(value) for cuts in self.manners)

    def noted(self, number: float) -> float:
        """A number as he would note it down, so far as that is known."""
        if not self.precisions:
            return number
        return self.precisions[0].cut(number) if self.manners == (True,) else self.precisions[0].rounded(number)

    def padded(self, printed: Printed) -> Printed:
        """A number with the zeros that he left out at its end."""
        if not (self.is_plain and printed.number) or printed.is_exact or "e" in printed.text.lower():
            return printed
        first = self.precisions[0]
        zeros = first.digits - (printed.significant if first.significant else printed.decimals)
        point = "" if "." in printed.text else "."
        return Printed(printed.text + point + "0" * zeros) if zeros > 0 else printed

    @property
    def works_by_hand(self) -> bool:
        """Whether these are a person's numbers, of fewer digits than a program prints."""
        return any(each.digits < FEWEST_OF_A_PROGRAM for each in self.precisions)

    @property
    def decimals(self) -> int | None:
        """The decimals that he prints, where that is what his numbers have in common."""
        return next((each.digits for each in self.precisions if not each.significant), None)


class Evidence:
    """A printed number and its true value: what they show of how the author works, found once for all who ask.

    needed  whether it was rounded at all    shown  whether rounding and cutting off give it, and its size
    """

    def __init__(self, printed: Printed, value: float) -> None:
        self.printed, self.value = printed, value
        self.kept: dict[Precision, bool] = {}

    @cached_property
    def needed(self) -> bool:
        known = not self.printed.is_exact and self.printed.number and math.isfinite(self.value)
        return bool(known) and not self.printed.is_whole(self.value)

    @cached_property
    def shown(self) -> tuple[bool, bool, float]:
        return self.printed.rounds(self.value), self.printed.truncates(self.value), abs(self.printed.number)

    @cached_property
    def digits(self) -> tuple[int, int]:
        """Its decimals, and its significant digits."""
        return self.printed.decimals, self.printed.significant

    def is_of(self, precision: Precision) -> bool:
        if precision not in self.kept:
            self.kept[precision] = precision.is_of(self.printed, self.value)
        return self.kept[precision]

    def leaves_zeros(self, precision: Precision) -> bool:
        """Whether it has fewer digits because the others are zeros."""
        return self.digits[precision.significant] < precision.digits and self.is_of(precision)


def habit(numbers: Iterable[Evidence]) -> Habit:
    """What the printed numbers of an author show of how he works, those left out that needed no rounding.

    >>> author = habit(Evidence(Printed(text), float(text) + 0.0004) for text in ("0.562", "1.308", "12.040"))
    >>> [str(each) for each in author.precisions], author.manners
    (['three decimals'], (False, True))

    numbers  each with its true value; a wrong one shows how many digits are printed, but not how
    """
    return Author(numbers).beside()


class Author:
    """The numbers that an author printed, counted once: what they show beside one of them is soon found."""

    def __init__(self, numbers: Iterable[Evidence]) -> None:
        self.needed = [each for each in numbers if each.needed]
        self.digits = [Counter(each.digits[significant] for each in self.needed) for significant in (False, True)]
        self.shown = Counter(each.shown for each in self.needed)
        self.fitting: dict[Precision, int] = {}
        self.plain: dict[tuple[Precision, ...], int] = {}

    def beside(self, *numbers: Evidence) -> Habit:
        """What the numbers show but for some of them."""
        left = [each for each in numbers if each.needed]
        count = len(self.needed) - len(left)
        if count < ENOUGH:
            return Habit()
        shares = [self.most_usual(significant, left, count) for significant in (False, True)]
        best = max(share for _, share in shares)
        least = max(MOST, min(ALSO * best, best - FEWER / count))
        found = [each for each, share in shares if share >= least and (share == best or share > MOST)]
        return Habit(tuple(found), self.manners(left), bool(found) and self.is_plain(tuple(found), left))

    def most_usual(self, significant: bool, left: Sequence[Evidence], count: int) -> tuple[Precision, float]:
        """The precision that most of the numbers have in common, and how many of 1."""
        digits = self.digits[significant] - Counter(each.digits[significant] for each in left)
        found: dict[Precision, float] = {}
        for precision in (Precision(each, significant) for each in sorted(digits, reverse=True)):
            if precision not in self.fitting:
                self.fitting[precision] = sum(each.is_of(precision) for each in self.needed)
            found[precision] = (self.fitting[precision] - sum(each.is_of(precision) for each in left)) / count
        most = max(found, key=found.__getitem__)
        return most, found[most]

    def manners(self, left: Sequence[Evidence]) -> tuple[bool, ...]:
        """Whether they are cut off: False, True, or either; a copy shows no more than the number."""
        gone = Counter(each.shown for each in left)
        last = [shown for shown, times in gone.items() if times == self.shown[shown]]
        seen = self.seen - Counter(cuts for rounds, cuts, _ in last if rounds != cuts)
        return tuple(cuts for cuts in (False, True) if seen[cuts] or seen.total() < SHOWN)

    @cached_property
    def seen(self) -> Counter[bool]:
        return Counter(cuts for rounds, cuts, _ in self.shown if rounds != cuts)

    def is_plain(self, found: tuple[Precision, ...], left: Sequence[Evidence]) -> bool:
        """Whether a number has fewer digits because the others are zeros."""
        if found not in self.plain:
            self.plain[found] = sum(all(map(each.leaves_zeros, found)) for each in self.needed)
        return self.plain[found] > sum(all(map(each.leaves_zeros, found)) for each in left)


# ── working by hand ────────────────────────────────────────────────────────────────────────

Words = Mapping[str, Callable[..., float]]


class Arithmetic(Protocol):
    """A way to compute: its operations, and how what they give is noted down; `Working` says of which numbers."""

    @property
    def notes(self) -> str:
        """Which numbers are noted down."""

    @property
    def words(self) -> Words:
        """The operations over floats."""

    def noted(self, number: float) -> float:
        """A number as it is noted down."""


class Working(NamedTuple):
    """A way to work by hand.

    precision  of every number that is noted down; None keeps them all as they are
    cuts       whether digits are cut off instead of rounded
    notes      what is noted down: "values" of the forward pass, every "line", "constants" such as 2/3, or "products"
               too, or all "operations"
    """

    precision: Precision | None = None
    cuts: bool = False
    notes: str = "line"

    def noted(self, number: float) -> float:
        """The number as it is noted down."""
        if self.precision is None:
            return number
        return self.precision.cut(number) if self.cuts else self.precision.rounded(number)

    @property
    def words(self) -> Words:
        """The operations, with what each of them notes down."""
        return noting(self) if self.notes in ("constants", "products", "operations") else WORDS


EXACTLY = Working()
NOTES = ("values", "line", "constants", "products", "operations")


@lru_cache(maxsize=256)
def noting(working: Working) -> Words:
    """The operations of someone who notes down products, or the result of every operation."""

    def then(word: Callable[..., float]) -> Callable[..., float]:
        return lambda *numbers: working.noted(word(*numbers))

    def softmax(*numbers: float) -> float:
        """Each power noted down, then their sum, then the quotient."""
        *logits, which = numbers
        powers = [working.noted(WORDS["exp"](each)) for each in logits]
        return working.noted(WORDS["/"](powers[int(which) - 1], working.noted(sum(powers))))

    if working.notes == "constants":
        return {**WORDS, "constant": working.noted}
    chosen = WORDS if working.notes == "operations" else ("*", "/", "**", "mul", "div", "pow", "power", "constant")
    return {**WORDS, **{name: then(WORDS[name]) for name in chosen if name in WORDS}, "softmax": softmax}


def workings(precision: Precision, cuts: bool) -> Iterator[Working]:
    """Every way to work with that precision."""
    return (Working(precision, cuts, notes) for notes in NOTES)
