"""The rows of silu, mish and gelu, which turn below 0: right to the last bits in the tail and around the turn.

Where a slope is 0 it would have no right digit as a difference. So left of -½ each is an expression in the distance
from that place, which is given in two doubles, and its terms have one sign. All are over |x|, cut where e^-|x| is 0,
so that ±inf has its limit.

    silu   σ(x)·(1 + x·(1 - σ(x))) = σ′(x)·(e^x + x + 1);  e^c + c + 1 = 0 at the turn c, so with d = x - c
           e^x + x + 1 = e^c·(e^d - 1) + d
    mish   e^x·(e^3x + 4e^2x + 6e^x + 4 + 4x·(1 + e^x)) / (e^2x + 2e^x + 2)², in the same way
    gelu   φ(x)·(R(-x) + x), with R from `normal.py`
"""

from __future__ import annotations

__all__ = ["GELU", "GELU_SLOPE", "MISH", "MISH_SLOPE", "SILU", "SILU_FAST", "SILU_SLOPE", "SILU_SLOPE_FAST"]

SIZE = "min(abs(x), 800)"
GROWN, SHRUNK = f"exp(min({SIZE}, 700))", f"exp(-{SIZE})"  # e^|x| where that is a double, e^-|x|
BEYOND = f"exp(min(700 - {SIZE}, 0))"  # … and what is left of it where it is none
FALLEN, TAIL = "exp(min(-x, 700))", "exp(min(x + 700, 0))"  # the same for e^-x

SILU = f"max(x, -800) / (1 + {FALLEN}) * {TAIL}"
SILU_TURN = f"(1.2784645427610737 - {SIZE} + 1.0946994183093437e-16)"
SILU_LEFT = f"(0.2784645427610738 * expm1({SILU_TURN}) + {SILU_TURN}) / (2 + 2 * cosh(min({SIZE}, 700))) * {BEYOND}"
SILU_RIGHT = f"sigmoid(x) + min(x, 800) * ({SHRUNK} / (1 + {SHRUNK} * (2 + {SHRUNK})))"
SILU_SLOPE = f"where(step(x + 0.5), {SILU_RIGHT}, {SILU_LEFT})"
RISEN = "exp(min(x, 709))"  # for arrays: e^x, as for sigmoid
SILU_FAST = f"max(x, -800) * ({RISEN} / (1 + {RISEN}))"
SILU_SLOPE_FAST = f"{RISEN} / (1 + {RISEN}) * (1 + min(max(x, -800), 800) / (1 + {RISEN}))"

COTH = f"({FALLEN} + (0.5 + 0.5 / (1 + 2 * {FALLEN})))"  # 1 / tanh(softplus(x))
MISH = f"max(x, -800) / {COTH} * {TAIL}"
MISH_TURN = f"(1.1924312145154952 - {SIZE} + 4.8484829848031044e-17)"
MISH_LEFT = (
    f"(0.3034825352815289 * expm1({MISH_TURN}) * ({SHRUNK} * ({SHRUNK} + 4.303482535281529) + 2.536306932285039)"
    f" + 4 * {MISH_TURN} * (1 + {SHRUNK}))"
    f" / (4 * {GROWN} + (8 + {SHRUNK} * (8 + {SHRUNK} * (4 + {SHRUNK})))) * {BEYOND}"
)
MISH_RIGHT = (
    f"({COTH} + min(x, 800) * ({FALLEN} - {FALLEN} / (1 + 2 * {FALLEN}) / (1 + 2 * {FALLEN}))) / {COTH} / {COTH}"
)
MISH_SLOPE = f"where(step(x + 0.5), {MISH_RIGHT}, {MISH_LEFT})"

NORMAL = "(0.5 + 0.5 * erf(x / sqrt(2)))"
GELU = f"where(step(x + 0.75), x * {NORMAL}, -bell(x) * gelu_tail({SIZE}))"
GELU_SLOPE = f"where(step(x + 0.45), {NORMAL} + min(x, 800) * (bell(x) / sqrt(2 * pi)), bell(x) * gelu_turn({SIZE}))"
