"""Numbers between two bounds, with more digits than doubles have, and exponents of any size.

Every operation gives bounds between which the true result surely is: what is apart there is apart, whatever was
rounded, too large or too small for a double on the way. A number that is typed is what it says, 0.1 one tenth; one of
so many digits that a double keeps only the first is anything that begins with these.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

from mpmath import mp  # type: ignore[import-untyped]
from mpmath.ctx_iv import MPIntervalContext  # type: ignore[import-untyped]
from mpmath.libmp import ComplexResult  # type: ignore[import-untyped]

from microgrid.formula import OPS

from .kernels import by_the_book, is_primitive

__all__ = ["Bounds", "Enclosed", "NoValue", "Unknown", "Unwritten"]

DIGITS = 15  # of a literal: so many a double keeps
WHOLE = 2.0**53  # beyond, it does not keep every whole number
LARGEST = 10**25  # what is larger has no exponential that anybody can write down, and no sine
GUARD = 8  # bits by which a function of numbers may be off

Bounds = Any  # an interval of mpmath
Word = Callable[..., Bounds]


class Unknown(ArithmeticError):
    """The bounds are too far apart to tell."""


class Unwritten(Unknown):
    """It is a derivative of a derivative, which only algebra writes out."""


class NoValue(ArithmeticError):
    """There is no such number: a division by 0, a logarithm of what is not above 0."""


class Enclosed:
    """The names of a sheet at one point, as a proof takes them, and words over their bounds.

    >>> words = Enclosed({"x": 0.3}, 30).words
    >>> nearly = words["/"](words["**"](0.3, 9999.0), words["**"](0.3, 9997.0))
    >>> bool(nearly.a > 0.0899999 and nearly.b < 0.0900001), bool(nearly.delta < 1e-25)
    (True, True)

    leaves  the number of each name      digits  with which is reckoned
    """

    def __init__(self, leaves: Mapping[str, float], digits: int) -> None:
        self.leaves, self.words = leaves, vocabulary(digits)
        self.typed = self.words["typed"]

    def variable(self, name: str) -> Bounds:
        """The number of a name. Raises Unknown where it has none, as a derivative that is not written out."""
        if name == "pi":
            return self.words["pi"]()
        if name not in self.leaves:
            raise Unknown(name)
        return self.typed(self.leaves[name])

    def hold(self, x: Any, is_positive: bool) -> None:
        """Raises Unknown where a number is not surely on that side of 0."""
        if not (self.typed(x).a > 0 if is_positive else self.typed(x).b < 0):
            raise Unknown

    def slope(self, _: Any, __: str) -> Bounds:
        """A number has no derivative. Raises Unwritten."""
        raise Unwritten

    def fraction(self, x: Fraction) -> Bounds:
        """A fraction, whatever its digits."""
        above, below = (self.words["whole"](each) for each in (x.numerator, x.denominator))
        return self.words["/"](above, below)


class Functions:
    """Functions of bounds, reckoned with so many digits; each raises Unknown, and NoValue where there is none."""

    def __init__(self, digits: int) -> None:
        self.context = MPIntervalContext()
        self.context.dps = digits
        self.zero, self.one, self.two = map(self.context.mpf, range(3))

    def typed(self, number: Any) -> Bounds:
        """A number as it is typed; bounds as they are."""
        if not isinstance(number, (float, int)):
            return number
        if not math.isfinite(number):
            raise Unknown
        found = self.context.mpf(repr(number))
        kept = repr(float(number)).partition("e")[0].replace(".", "").strip("-0")
        is_exact = len(kept) < DIGITS and abs(number) < WHOLE
        return found if is_exact else found + self.context.mpf([-1, 1]) * math.ulp(number)

    def lifting(self, word: Word) -> Word:
        """The word, which then takes numbers too."""

        def call(*x: Any) -> Bounds:
            try:
                return word(*map(self.typed, x))
            except ComplexResult:
                raise NoValue from None

        return call

    def over(self, x: Bounds, y: Bounds) -> Bounds:
        """x / y."""
        if is_zero(y):
            raise NoValue
        return x / sure(y, y.a > 0 or y.b < 0)

    def exp(self, x: Bounds) -> Bounds:
        """eˣ."""
        return self.context.exp(within_reach(x))

    def log(self, x: Bounds) -> Bounds:
        """The logarithm of what is above 0."""
        if x.b <= 0:
            raise NoValue
        return self.context.log(sure(x, x.a > 0))

    def sqrt(self, x: Bounds) -> Bounds:
        """The root of what is not below 0."""
        if x.b < 0:
            raise NoValue
        return self.context.sqrt(sure(x, x.a >= 0))

    def cbrt(self, x: Bounds) -> Bounds:
        """The root of third degree, also of what is below 0."""
        if is_zero(x):
            return self.zero
        return self.sign(x) * self.exp(self.log(abs(x)) / 3)

    def raised(self, x: Bounds, y: Bounds) -> Bounds:
        """A whole power; else e^(y · log x)."""
        if y.a != y.b or not mp.isint(exponent := mp.convert(y.a)):
            return self.zero if is_zero(x) and y.a > 0 else self.exp(y * self.log(x))
        n = int(sure(exponent, abs(exponent) < LARGEST))
        return self.over(self.one, x**-n) if n < 0 else x**n

    def step(self, x: Bounds) -> Bounds:
        """1 above 0, 0 below it; at 0 books differ."""
        sure(x, x.a > 0 or x.b < 0)
        return self.one if x.a > 0 else self.zero

    def sign(self, x: Bounds) -> Bounds:
        """1 or -1."""
        return self.step(x) - self.step(-x)

    def where(self, condition: Bounds, x: Bounds, y: Bounds) -> Bounds:
        """x, or y where the condition is 0."""
        return y if is_zero(condition) else x if sure(condition, condition.a > 0 or condition.b < 0) else y

    def larger(self, x: Bounds, y: Bounds) -> Bounds:
        """The larger one."""
        return self.context.mpf([max(map(mp.convert, (x.a, y.a))), max(map(mp.convert, (x.b, y.b)))])

    def smaller(self, x: Bounds, y: Bounds) -> Bounds:
        """The smaller one."""
        return -self.larger(-x, -y)

    def tanh(self, x: Bounds) -> Bounds:
        """1 - 2/(e²ˣ + 1)."""
        return self.one - self.two / (self.exp(self.two * x) + self.one)

    def angle(self, y: Bounds, x: Bounds) -> Bounds:
        """The angle of the point (x, y), where it is known on which side of an axis that lies."""
        quarter, atan = +self.context.pi / self.two, self.of_numbers("atan")
        if x.a > 0:
            return atan(y / x)
        sure(y, y.a > 0 or y.b < 0)
        return (quarter if y.a > 0 else -quarter) - atan(x / y)

    def softmax(self, *x: Bounds) -> Bounds:
        """eˣ of the one that the last argument counts, over the sum of all."""
        *inputs, which = x
        chosen = inputs[int(mp.convert(which.a)) - 1]
        return self.one / reduce(operator.add, (self.exp(each - chosen) for each in inputs))

    def of_numbers(self, name: str) -> Word:
        """A function of numbers that only rises, or only falls, over bounds."""

        def call(x: Bounds) -> Bounds:
            with mp.workprec(self.context.prec):
                ends = [getattr(mp, name)(mp.convert(each)) for each in (x.a, x.b)]
                if any(mp.im(each) for each in ends):
                    raise NoValue
                off = max(map(abs, ends)) * mp.mpf(2) ** (GUARD - self.context.prec)
                return self.context.mpf([min(ends) - off, max(ends) + off])

        return call


@lru_cache(maxsize=8)
def vocabulary(digits: int) -> Mapping[str, Word]:
    """Every operation over bounds: by itself, else by its textbook form."""
    of = Functions(digits)
    exp, one, two = of.exp, of.one, of.two
    words: dict[str, Word] = {
        "typed": lambda x: x, "pi": lambda: +of.context.pi,
        "+": operator.add, "-": operator.sub, "*": operator.mul, "neg": operator.neg, "/": of.over, "**": of.raised,
        "sum": lambda *x: reduce(operator.add, x), "affine": affine,
        "exp": exp, "log": of.log, "sqrt": of.sqrt, "cbrt": of.cbrt,
        "sin": lambda x: of.context.sin(within_reach(x)), "cos": lambda x: of.context.cos(within_reach(x)),
        "tan": lambda x: of.over(of.context.sin(within_reach(x)), of.context.cos(x)),
        "sinh": lambda x: (exp(x) - exp(-x)) / two, "cosh": lambda x: (exp(x) + exp(-x)) / two, "tanh": of.tanh,
        "asinh": lambda x: of.sign(x) * of.log(abs(x) + of.sqrt(x * x + one)),
        "acosh": lambda x: of.log(x + of.sqrt(x * x - one)),
        "atanh": lambda x: of.log(of.over(one + x, one - x)) / two,
        **{name: of.of_numbers(name) for name in ("asin", "acos", "atan", "erf")},
        "abs": abs, "step": of.step, "sign": of.sign, "above": lambda x, y: of.step(x - y), "where": of.where,
        "atan2": of.angle, "max": of.larger, "min": of.smaller,
        "amax": lambda *x: reduce(of.larger, x), "amin": lambda *x: reduce(of.smaller, x),
        "softmax": of.softmax, "logsumexp": lambda *x: of.log(reduce(operator.add, map(exp, x))),
    }  # fmt: skip
    called = {name: of.lifting(word) for name, word in words.items()}
    for name, row in OPS.items():
        if name not in called and row.book.inputs and not is_primitive(row):
            called[name] = by_the_book(row, called)
    return {**called, "whole": of.context.mpf}


def affine(*x: Bounds) -> Bounds:
    """w₁x₁ + w₂x₂ + … + b: the arguments are all w, then all x, then b."""
    half = len(x) // 2
    return reduce(operator.add, map(operator.mul, x[:half], x[half:-1]), x[-1])


def is_zero(x: Bounds) -> bool:
    return bool(x.a == 0 and x.b == 0)


def sure(x: Any, is_so: Any) -> Any:
    """The bounds, if something is so of all between them. Raises Unknown."""
    if not is_so:
        raise Unknown
    return x


def within_reach(x: Bounds) -> Bounds:
    """What an exponential or a sine can be taken of. Raises Unknown."""
    return sure(x, x.a > -LARGEST and x.b < LARGEST)
