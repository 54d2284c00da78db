"""The true answers: a formula in mpmath's arithmetic, and how far a double is from it."""

from __future__ import annotations

import math
import sys

import mpmath
from mpmath import mp, mpf

from microgrid.formula import evaluate


class NotReal(Exception):
    """There is no finite real answer at this point."""


def kink(at_zero):
    return lambda x: mpf(1) if x > 0 else mpf(at_zero) if x == 0 else mpf(0)


MP = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": mp.power,
    "neg": lambda x: -x,
    **{name: getattr(mp, name) for name in "exp log sqrt sin cos tan asin acos atan sinh cosh tanh".split()},
    **{name: getattr(mp, name) for name in "asinh acosh atanh atan2 hypot erf sign".split()},
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "where": lambda condition, x, y: x if condition != 0 else y,
    "log2": lambda x: mp.log(x, 2),
    "log10": lambda x: mp.log(x, 10),
    "expm1": lambda x: mp.exp(x) - 1,
    "log1p": lambda x: mp.log(1 + x),
    "abs": abs,
    "max": lambda x, y: max(x, y),
    "min": lambda x, y: min(x, y),
    "step": kink(at_zero=0),
    "above": lambda x, y: kink(at_zero=0.5)(x - y),
}


def true_value(formula, names):
    """The formula in mpmath's arithmetic, at the precision now set. Raises NotReal."""
    try:
        answer = evaluate(formula, {**names, "pi": mp.pi}, MP)
    except (ZeroDivisionError, ValueError, OverflowError) as problem:
        raise NotReal from problem
    if not isinstance(answer, (mpf, mpmath.mp.constant, float, int)):
        if answer.imag != 0:
            raise NotReal("complex")
        answer = answer.real
    if not mp.isfinite(answer):
        raise NotReal
    return mpf(answer)


def true_row(row, arguments):
    """The textbook's value and local derivatives, in mpmath's arithmetic."""
    if any(x == 0 and math.copysign(1, x) < 0 for x in arguments):
        raise NotReal  # mpmath has no -0.0
    names = dict(zip((*row.book.inputs, *row.fixed), map(mpf, arguments)))
    names["out"] = true_value(row.book.value, names)
    return names["out"], [true_value(partial, names) for partial in row.book.partials]


def true_slope(row, arguments, slot):
    """The derivative of the textbook's value by one input, as a difference quotient: no rule used."""
    h = mpf(10) ** -150 * (min(1, abs(mpf(arguments[slot]))) or mpf(10) ** -330)

    def at(shift):
        shifted = [mpf(x) + (shift if i == slot else 0) for i, x in enumerate(arguments)]
        return true_value(row.book.value, dict(zip((*row.book.inputs, *row.fixed), shifted)))

    return (at(h) - at(-h)) / (2 * h)


def ulps(got, true):
    """How far a double is from the true real number, in units of its last place."""
    if math.isnan(got):
        return math.inf
    rounded = float(true) if abs(true) < mpf(2) ** 1025 else math.copysign(math.inf, true)
    if got == rounded:
        return 0.0 if math.isinf(got) else float(abs(mpf(got) - true) / place(got))
    if math.isinf(got) or math.isinf(rounded):
        got, rounded = (max(min(x, sys.float_info.max), -sys.float_info.max) for x in (got, rounded))
        true = mpf(rounded)
    return float(min(abs(mpf(got) - true) / place(rounded), mpf(10) ** 300))


def place(number):
    return mpf(math.ulp(number))
