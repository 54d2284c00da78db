"""The words of the table for numba: those of `formula/floats.py`, compiled as they stand, over total functions.

The functions that networks are made of are written out here, so that a loop over them becomes vector instructions,
which a call into the C library prevents: exp, expm1, log, log1p and tanh, right to 3 units in the last place.

Source: the reduction of exp and the polynomial of log are those of FreeBSD's msun, e_exp.c and e_log.c.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from microgrid.formula import floats, normal

__all__ = ["FAST", "WORDS"]

FAST = {"contract"}  # a·b + c in one rounding; anything more would break the reductions below
LOG2_E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
SHIFT = 6755399441055744.0  # 1.5·2⁵²: a number less this, plus this, is rounded to a whole one
TAYLOR = tuple(1 / math.factorial(k) for k in range(14))
SERIES = (6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
          1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01)  # fmt: skip


@intrinsic
def bits_of(typing: Any, x: Any) -> Any:
    """The 64 bits of a double as a whole number."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), build


@intrinsic
def double_of(typing: Any, bits: Any) -> Any:
    """The double that has these 64 bits."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), build


compiled = njit(error_model="numpy", fastmath=FAST)


@compiled
def power_of_2(k: float) -> Any:
    """2ᵏ for a whole k from -1022 to 1023."""
    return double_of((bits_of(k + SHIFT) << 52) + (1023 << 52))


@compiled
def reduced(x: float) -> tuple[Any, Any]:
    """k and e^r - 1, where x = k·ln 2 + r, for x between ±750."""
    k = (x * LOG2_E + SHIFT) - SHIFT
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    sum_of_terms = TAYLOR[13]
    sum_of_terms = sum_of_terms * r + TAYLOR[12]
    sum_of_terms = sum_of_terms * r + TAYLOR[11]
    sum_of_terms = sum_of_terms * r + TAYLOR[10]
    sum_of_terms = sum_of_terms * r + TAYLOR[9]
    sum_of_terms = sum_of_terms * r + TAYLOR[8]
    sum_of_terms = sum_of_terms * r + TAYLOR[7]
    sum_of_terms = sum_of_terms * r + TAYLOR[6]
    sum_of_terms = sum_of_terms * r + TAYLOR[5]
    sum_of_terms = sum_of_terms * r + TAYLOR[4]
    sum_of_terms = sum_of_terms * r + TAYLOR[3]
    sum_of_terms = sum_of_terms * r + TAYLOR[2]
    return k, sum_of_terms * r * r + r


@compiled
def exp(x: float) -> Any:
    k, less_1 = reduced(750.0 if x > 750.0 else -750.0 if x < -750.0 else x)  # noqa: FURB136 - nan stays nan
    half = (k * 0.5 + SHIFT) - SHIFT  # 2ᵏ in two factors, each of which is a double
    return (1.0 + less_1) * power_of_2(half) * power_of_2(k - half)


@compiled
def expm1(x: float) -> Any:
    k, less_1 = reduced(750.0 if x > 750.0 else -60.0 if x < -60.0 else x)  # noqa: FURB136
    half = (k * 0.5 + SHIFT) - SHIFT
    grown = power_of_2(half)
    out = (grown * less_1 + (grown - power_of_2(half - k))) * power_of_2(k - half)
    return x if x == 0.0 else out


@compiled
def log(x: float) -> Any:
    small = x < floats.SMALLEST
    bits = bits_of(x * 18014398509481984.0 if small else x)  # 2⁵⁴
    bits += 0x3FF0000000000000 - 0x3FE6A09E00000000
    k = double_of((bits >> 52 & 0x7FF) | 0x4330000000000000) - 4503599627370496.0 - 1023.0 - (54.0 if small else 0.0)
    f = double_of((bits & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E00000000) - 1.0
    s = f / (2.0 + f)
    z = s * s
    rest = SERIES[6]
    rest = rest * z + SERIES[5]
    rest = rest * z + SERIES[4]
    rest = rest * z + SERIES[3]
    rest = rest * z + SERIES[2]
    rest = rest * z + SERIES[1]
    rest = (rest * z + SERIES[0]) * z
    half = 0.5 * f * f
    out = k * LN2_HIGH - ((half - (s * (half + rest) + k * LN2_LOW)) - f)
    return out if 0.0 < x < math.inf else x if x > 0.0 else -math.inf if x == 0.0 else math.nan


@compiled
def log1p(x: float) -> Any:
    one_more = 1.0 + x
    added = one_more - 1.0
    is_far = x > 1e16  # where 1 is lost, and inf / inf would be nan
    out = log(x if is_far else one_more) * (1.0 if is_far else x / added)
    return x if added == 0.0 else out


@compiled
def tanh(x: float) -> Any:
    size = abs(x)
    k, less_1 = reduced(-2.0 * (20.0 if size > 20.0 else size))  # noqa: FURB136
    grown = power_of_2(k)
    grown_less_1 = grown * less_1 + (grown - 1.0)
    return math.copysign(-grown_less_1 / (2.0 + grown_less_1), x)


# ── what the C library has, and what the table adds ────────────────────────────────────────

LIBRARY = (
    "sqrt sin cos tan asin acos atan atan2 sinh cosh asinh acosh atanh hypot erf log2 log10".split()  # total in numba
)
HELPERS: Sequence[Any] = (
    floats.above, floats.step, floats.sign, floats.defined, floats.where, floats.gauss, floats.bell, floats.cbrt,
    floats.binade,
    floats.scaled_power, floats.power_slope, floats.exponent_slope, normal.series, normal.below, normal.gelu_tail,
    normal.gelu_turn,
)  # fmt: skip


def vocabulary() -> dict[str, Any]:
    """The words by name: a helper is compiled from its own code, over these words as its globals."""
    words: dict[str, Any] = {
        "abs": abs, "power": math.pow, "exp": exp, "expm1": expm1, "log": log, "log1p": log1p, "tanh": tanh,
        "max": as_it_stands(floats.maximum, {"__name__": __name__}),
        "min": as_it_stands(floats.minimum, {"__name__": __name__}),
        **{name: getattr(math, name) for name in LIBRARY},
    }  # fmt: skip
    constants = {name: getattr(normal, name) for name in normal.__all__ if name.isupper()}
    series = tuple((end, centre, tuple(b), tuple(c)) for end, centre, b, c in normal.SERIES)  # numba knows no lists
    space = {"__name__": __name__, "math": math, "inf": math.inf, "nan": math.nan, **words, **constants}
    space |= {"SERIES": series, "SMALLEST": floats.SMALLEST, "LARGEST": floats.LARGEST}
    for each in HELPERS:
        space[each.__name__] = words[each.__name__] = as_it_stands(each, space)
    return words


def as_it_stands(function: Any, space: dict[str, Any]) -> Any:
    """A function compiled from its own code, over other globals."""
    return compiled(FunctionType(function.__code__, space, function.__name__))


WORDS = vocabulary()
