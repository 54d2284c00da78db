"""Arithmetic on Python floats that never raises and never becomes complex.

The names are those of `math`; where `math` raises, the limit or nan is the answer, as IEEE 754
and every array library have it. To them come the few helpers that the rows of the table need
for their kinks and tails. This is the vocabulary for which every row is written.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping

from .normal import gelu_tail, gelu_turn

__all__ = ["FLOATS", "RAISING", "SMALLEST", "added"]

inf, nan = math.inf, math.nan
LARGEST = sys.float_info.max
SMALLEST = sys.float_info.min  # below it doubles have fewer digits


def total(
    function: Callable[[float], float],
    overflow: Callable[[float], float] = lambda x: inf,
    poles: Mapping[float, float] | None = None,
) -> Callable[[float], float]:
    """A function of `math` made total: its limits at overflow and at its poles, nan elsewhere."""
    limits = poles or {}

    def answer(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return limits.get(x, nan)

    return answer


def added(numbers: Iterable[float]) -> float:
    """The sum of some numbers, rounded once; where the doubles end inf or nan.

    >>> added([0.1] * 10), added([1e308, 1e308, -1e308]), added([inf, -inf])
    (1.0, inf, nan)
    """
    terms = list(numbers)
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return sum(terms)


def divide(x: float, y: float) -> float:
    """x / y; 1/0 is inf, 0/0 is nan."""
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0 or x != x else math.copysign(inf, x) * math.copysign(1.0, y)


def power(x: float, n: float) -> float:
    """x to the n; nan, never complex, for a fractional power of a negative number."""
    try:
        return math.pow(x, n)
    except OverflowError:
        return -inf if x < 0 and n % 2 == 1 else inf
    except ValueError:
        if x != 0:
            return nan
        return math.copysign(inf, x) if n % 2 == 1 else inf


def maximum(x: float, y: float) -> float:
    """The larger of the two; nan if either is."""
    return x if x > y or x != x else y


def minimum(x: float, y: float) -> float:
    """The smaller of the two; nan if either is."""
    return x if x < y or x != x else y


def above(x: float, y: float) -> float:
    """1 where x > y, ½ where they are equal, 0 where x < y: a tie shares the gradient."""
    return 1.0 if x > y else 0.0 if x < y else 0.5 if x == y else nan


def step(x: float) -> float:
    """1 where x > 0, else 0."""
    return 1.0 if x > 0 else 0.0 if x <= 0 else nan


def sign(x: float) -> float:
    """-1, 0 or 1."""
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else nan


def defined(x: float) -> float:
    """|x| where x ≥ 0, nan elsewhere: the derivative of a logarithm ends where the logarithm does."""
    return abs(x) if x >= 0 else nan


def gauss(x: float) -> float:
    """exp(-x²) to the last bit in the tails: x² is split so that its rounding is not blown up."""
    if not abs(x) < 30:
        return nan if x != x else 0.0
    head = round(x * 64) / 64  # 11 bits, so that its square is exact
    return math.exp(-head * head) * math.exp((head - x) * (head + x))


def bell(x: float) -> float:
    """exp(-x²/2), as `gauss` is exp(-x²)."""
    if not abs(x) < 45:
        return nan if x != x else 0.0
    head = round(x * 64) / 64
    out = math.exp(-head * head / 2)
    return out + out * math.expm1((head - x) * (head + x) / 2)


def cbrt(x: float) -> float:
    """The cube root, of a negative number too: a step of Halley's from a root of 23 bits, whose square is exact."""
    size = abs(x)
    if not 0 < size < inf:
        return x
    root = math.pow(size, 1 / 3)
    high = root * 1073741825.0
    head = high - (high - root)
    rest = size / (head * head)
    return math.copysign(head + head * ((rest - head) / (head + head + rest)), x)


def where(condition: float, x: float, y: float) -> float:
    """x where the condition holds, which is where it is not 0, else y."""
    return x if condition < 0 or condition > 0 else y if condition == 0 else nan


def binade(x: float) -> float:
    """The power of two at |x| or next below it: to divide by it loses nothing. Of inf the largest, of 0 ½."""
    return math.ldexp(1.0, math.frexp(min(abs(x), LARGEST))[1] - 1)


def power_slope(x: float, n: float) -> float:
    """n · x^(n-1), and 0 for n = 0 whatever x is; what rounding n - 1 lost is put back."""
    if n == 0:
        return 0.0
    m = n - 1
    slope = scaled_power(n, x, m)
    head = m + 1
    lost = (n - head) - (1 - (head - m))
    rest = power(x, lost) if lost else 1.0
    return slope * rest if 0 < abs(slope) < inf else -slope if rest < 0 else slope


log = total(math.log, poles={0.0: -inf})


def exponent_slope(x: float, n: float) -> float:
    """x^n · log x: the derivative by the exponent; at x = 0 it is 0 for n ≥ 0, -inf for n < 0."""
    if x == 0:
        return 0.0 if n >= 0 else -inf if n < 0 else nan
    return scaled_power(log(x), x, n)


def scaled_power(a: float, x: float, n: float) -> float:
    """a · x^n, also where x^n overflows, or loses digits as it is next to 0, and the product does not."""
    whole = power(x, n)
    out = a * whole
    if abs(out) == inf and abs(a) < 1:
        half = power(x, n / 2)
        return half * a * half
    if abs(whole) < SMALLEST and 1 < abs(a) < inf:
        half = power(abs(x), n / 2)
        return math.copysign(half * abs(a) * half, out)
    return out


def odd(x: float) -> float:
    """The infinity on x's side: where an odd function overflows."""
    return math.copysign(inf, x)


# What `math` and Python's own operators raise at, with the total function that stands in for each.
RAISING: Mapping[str, tuple[Callable[..., float], Callable[..., float]]] = {
    "/": (operator.truediv, divide),
    "**": (math.pow, power),
    "exp": (math.exp, total(math.exp)),
    "expm1": (math.expm1, total(math.expm1)),
    "log": (math.log, log),
    "log1p": (math.log1p, total(math.log1p, poles={-1.0: -inf})),
    "log2": (math.log2, total(math.log2, poles={0.0: -inf})),
    "log10": (math.log10, total(math.log10, poles={0.0: -inf})),
    "sqrt": (math.sqrt, total(math.sqrt)),
    "sin": (math.sin, total(math.sin)),
    "cos": (math.cos, total(math.cos)),
    "tan": (math.tan, total(math.tan)),
    "asin": (math.asin, total(math.asin)),
    "acos": (math.acos, total(math.acos)),
    "sinh": (math.sinh, total(math.sinh, overflow=odd)),
    "cosh": (math.cosh, total(math.cosh)),
    "acosh": (math.acosh, total(math.acosh)),
    "atanh": (math.atanh, total(math.atanh, poles={-1.0: -inf, 1.0: inf})),
}

FLOATS: Mapping[str, Callable[..., float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "neg": operator.neg,
    **{name: careful for name, (_, careful) in RAISING.items()},
    "atan": math.atan,
    "atan2": math.atan2,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "hypot": math.hypot,
    "erf": math.erf,
    "abs": abs,
    "max": maximum,
    "min": minimum,
    "step": step,
    "sign": sign,
    "above": above,
    "defined": defined,
    "gauss": gauss,
    "bell": bell,
    "gelu_tail": gelu_tail,
    "gelu_turn": gelu_turn,
    "cbrt": cbrt,
    "binade": binade,
    "where": where,
    "power_slope": power_slope,
    "exponent_slope": exponent_slope,
}
