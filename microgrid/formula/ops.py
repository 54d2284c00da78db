"""The table: every operation is one row, and everything else reads the row.

A row gives the value, then one local derivative for each input; these may use `out`. They are
written for doubles: right to the last few bits over the whole domain, tails included. Where a
textbook writes it otherwise, `book` holds the textbook's value and local derivatives; `fast` holds
a form for arrays that saves half the passes: there log has the slope of log|x| where it has no value,
and around the place where the slope of silu is 0 it has fewer digits; `again` holds the local derivatives
in a form that can be differentiated again (`slopes.py`). After a ';' stands a fixed number, which has no
derivative. A row may use the rows above it.

Kinks and edges are decided here, in the row:

    relu, leaky_relu, step at 0    the slope on the left: 0, slope, 0
    abs at 0                       0, halfway between the two slopes
    elu, selu at 0                 the slope on the left, too
    clamp, hardtanh at a bound     1, as inside; 0, as outside: so PyTorch has them
    max(a, a), min(a, a)           a tie shares the gradient, ½ and ½, of three ⅓ each (`above`): as torch.amax has it
    relu, leaky_relu of slope 0,   a branch that is not taken is closed: it passes no gradient on, not even
    max, min, step, clamp,         an infinite or undefined one, and what only closed branches lead to gets none
    hardtanh, where                (`masks`); the condition of where gets none either; any other slope
                                   of 0, abs at 0 and x·0 too, is a number: 0 · inf is nan
    log(-1), log1p(-2), atanh(2)   no value, so no slope: nan (`defined`)
    x ** 0 at x = 0                slope 0 (`power_slope`); 0 ** y has slope 0 by y (`exponent_slope`)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from .expression import Call, Formula, Name, Number
from .floats import FLOATS
from .operation import CLOSED, Forward, Op, Variadic, op
from .printing import ATOM, LATEX, POWER, UNICODE, Form
from .turns import GELU, GELU_SLOPE, MISH, MISH_SLOPE, SILU, SILU_FAST, SILU_SLOPE, SILU_SLOPE_FAST

__all__ = [
    "ADDED",
    "AFFINE",
    "AMAX",
    "AMIN",
    "CONSTANT",
    "EVERY_OP",
    "INPUT",
    "LOGSUMEXP",
    "OPS",
    "PARAMETER",
    "ROLES",
    "ROW_LATEX",
    "ROW_UNICODE",
    "SOFTMAX",
    "VARIADIC",
]

# x and y by the binade of the larger, which loses nothing: no square overflows, and the larger does not vanish.
LARGEST = "binade(max(abs(x), abs(y)))"
X, Y = f"x / {LARGEST}", f"y / {LARGEST}"
COSINE, SINE = (f"{side} / hypot({X}, {Y})" for side in (X, Y))
ATAN2_SLOPE, SLOPE_BY_X = (f"{side} / ({X} * ({X}) + {Y} * ({Y})) / {LARGEST}" for side in (X, Y))

# fmt: off
TABLE = [
    #  operation                    value             local derivatives                how it is written
    op("add(x, y)",                 "x + y",          "1", "1",                         symbol="+"),
    op("sub(x, y)",                 "x - y",          "1", "-1",                        symbol="−"),
    op("mul(x, y)",                 "x * y",          "y", "x",                         symbol="×"),
    op("div(x, y)",                 "x / y",          "1 / y", "-out / y",              symbol="÷", book=("x / y", "1 / y", "-x / y**2")),
    op("neg(x)",                    "-x",             "-1",                             symbol="−"),
    op("identity(x)",               "x",              "1",                              symbol="="),
    op("pow(x; n)",                 "x ** n",         "power_slope(x, n)",              symbol="^", book=("x ** n", "n * x ** (n - 1)")),
    op("power(x, y)",               "x ** y",         "power_slope(x, y)", "exponent_slope(x, y)", symbol="^",
                                                                                        book=("x ** y", "y * x ** (y - 1)", "x ** y * log(x)")),
    op("exp(x)",                    "exp(x)",         "out",                            latex="e^{{{}}}"),
    op("expm1(x)",                  "expm1(x)",       "exp(x)",                         book=("exp(x) - 1", "exp(x)")),
    op("exp2(x)",                   "2 ** x",         "2 ** (x / 2) * log(2) * 2 ** (x / 2)",  latex="2^{{{}}}", book=("2 ** x", "2 ** x * log(2)")),
    op("log(x)",                    "log(x)",         "1 / defined(x)",                 symbol="ln", latex=r"\ln\left({}\right)", book=("log(x)", "1 / x"), fast=("log(x)", "1 / x")),
    op("log1p(x)",                  "log1p(x)",       "1 / defined(1 + x)",             book=("log(1 + x)", "1 / (1 + x)"), fast=("log1p(x)", "1 / (1 + x)")),
    op("log2(x)",                   "log2(x)",        "1 / log(2) / defined(x)",        symbol="log₂", latex=r"\log_2\left({}\right)", book=("log(x) / log(2)", "1 / (x * log(2))"), fast=("log2(x)", "1 / log(2) / x")),
    op("log10(x)",                  "log10(x)",       "1 / log(10) / defined(x)",       symbol="log₁₀", latex=r"\log_{{10}}\left({}\right)", book=("log(x) / log(10)", "1 / (x * log(10))"), fast=("log10(x)", "1 / log(10) / x")),
    op("sqrt(x)",                   "sqrt(x)",        "0.5 / out",                      symbol="√", latex=r"\sqrt{{{}}}", book=("sqrt(x)", "1 / (2 * sqrt(x))")),
    op("cbrt(x)",                   "cbrt(x)",        "1 / (3 * out * out)",            latex=r"\sqrt[3]{{{}}}", book=("cbrt(x)", "1 / (3 * cbrt(x)**2)")),
    op("sin(x)",                    "sin(x)",         "cos(x)"),
    op("cos(x)",                    "cos(x)",         "-sin(x)"),
    op("tan(x)",                    "tan(x)",         "1 + out * out",                  book=("tan(x)", "1 + tan(x)**2")),
    op("asin(x)",                   "asin(x)",        "1 / sqrt((1 - x) * (1 + x))",    latex=r"\arcsin\left({}\right)", book=("asin(x)", "1 / sqrt(1 - x**2)"), again=("1 / sqrt(one_minus_square(x))",)),
    op("acos(x)",                   "acos(x)",        "-1 / sqrt((1 - x) * (1 + x))",   latex=r"\arccos\left({}\right)", book=("acos(x)", "-1 / sqrt(1 - x**2)"), again=("-1 / sqrt(one_minus_square(x))",)),
    op("atan(x)",                   "atan(x)",        "1 / hypot(1, x) / hypot(1, x)",  latex=r"\arctan\left({}\right)", book=("atan(x)", "1 / (1 + x**2)"), fast=("atan(x)", "1 / (1 + x * x)")),
    op("atan2(y, x)",               "atan2(y, x)",    ATAN2_SLOPE, f"-{SLOPE_BY_X}",    book=("atan2(y, x)", "x / (x**2 + y**2)", "-y / (x**2 + y**2)"), again=("atan2_slope(x, y)", "-atan2_slope(y, x)")),
    op("sinh(x)",                   "sinh(x)",        "cosh(x)"),
    op("cosh(x)",                   "cosh(x)",        "sinh(x)"),
    op("tanh(x)",                   "tanh(x)",        "4 * exp(-2 * abs(x)) / (1 + exp(-2 * abs(x)) * (2 + exp(-2 * abs(x))))", book=("tanh(x)", "1 - out**2"), again=("tanh_slope(x)",)),
    op("asinh(x)",                  "asinh(x)",       "1 / hypot(1, x)",                latex=r"\operatorname{{arsinh}}\left({}\right)", book=("asinh(x)", "1 / sqrt(x**2 + 1)")),
    op("acosh(x)",                  "acosh(x)",       "1 / (sqrt(x - 1) * sqrt(x + 1))", latex=r"\operatorname{{arcosh}}\left({}\right)", book=("acosh(x)", "1 / sqrt(x**2 - 1)")),
    op("atanh(x)",                  "atanh(x)",       "1 / (defined(1 - x) * defined(1 + x))", latex=r"\operatorname{{artanh}}\left({}\right)", book=("atanh(x)", "1 / (1 - x**2)"), again=("1 / defined(one_minus_square(x))",)),
    op("hypot(x, y)",               "hypot(x, y)",    COSINE, SINE,                     book=("sqrt(x**2 + y**2)", "x / out", "y / out"), again=("cosine(x, y)", "cosine(y, x)")),
    op("erf(x)",                    "erf(x)",         "2 / sqrt(pi) * gauss(x)",        book=("erf(x)", "2 * exp(-x**2) / sqrt(pi)")),
    op("sigmoid(x)",                "max(step(x), exp(-abs(x))) / (1 + exp(-abs(x)))",
                                    "exp(-abs(x)) / (1 + exp(-abs(x)) * (2 + exp(-abs(x))))",  symbol="σ", latex=r"\sigma\left({}\right)", book=("1 / (1 + exp(-x))", "out * (1 - out)"),
                                                                                        fast=("exp(min(x, 709)) / (1 + exp(min(x, 709)))", "out / (1 + exp(min(x, 709)))"), again=("sigmoid_slope(x)",)),
    op("logsigmoid(x)",             "min(x, 0) - log1p(exp(-abs(x)))", "sigmoid(-x)",   symbol="ln σ", latex=r"\ln\sigma\left({}\right)", book=("log(1 / (1 + exp(-x)))", "1 / (1 + exp(x))")),
    op("softplus(x)",               "max(x, 0) + log1p(exp(-abs(x)))", "sigmoid(x)",    book=("log(1 + exp(x))", "1 / (1 + exp(-x))")),
    op("relu(x)",                   "max(x, 0)",      "step(x)",                        symbol="ReLU", latex=r"\operatorname{{ReLU}}\left({}\right)", masks=True),
    op("leaky_relu(x; slope=0.01)", "max(x, 0) + slope * min(x, 0)", "step(x) + slope * (1 - step(x))", symbol="LeakyReLU", masks=True),
    op("elu(x; alpha=1)",           "max(x, 0) + alpha * expm1(min(x, 0))", "step(x) + (1 - step(x)) * (alpha * exp(min(x, 0)))", symbol="ELU", book=(
        "max(x, 0) + alpha * (exp(min(x, 0)) - 1)", "step(x) + (1 - step(x)) * alpha * exp(min(x, 0))")),
    op("selu(x)",                   "1.0507009873554805 * (max(x, 0) + 1.6732632423543772 * expm1(min(x, 0)))",
                                    "1.0507009873554805 * (step(x) + (1 - step(x)) * (1.6732632423543772 * exp(min(x, 0))))", symbol="SELU", book=(
        "1.0507009873554805 * (max(x, 0) + 1.6732632423543772 * (exp(min(x, 0)) - 1))",
        "1.0507009873554805 * (step(x) + (1 - step(x)) * 1.6732632423543772 * exp(min(x, 0)))")),
    op("silu(x)",                   SILU,             SILU_SLOPE,            symbol="SiLU", book=("x * sigmoid(x)", "sigmoid(x) + out * (1 - sigmoid(x))"), fast=(SILU_FAST, SILU_SLOPE_FAST), again=("silu_slope(x)",)),
    op("mish(x)",                   MISH,             MISH_SLOPE, symbol="Mish", book=(
        "x * tanh(softplus(x))", "tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x))**2)"), again=("mish_slope(x)",)),
    op("gelu(x)",                   GELU,             GELU_SLOPE, symbol="GELU", book=(
        "x * (1 + erf(x / sqrt(2))) / 2", "(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)"), again=("gelu_slope(x)",)),
    op("clamp(x; low, high)",       "min(max(x, low), high)", "(1 - step(low - x)) * (1 - step(x - high))", masks=True),
    op("hardtanh(x; low=-1, high=1)", "min(max(x, low), high)", "step(x - low) * step(high - x)", symbol="HardTanh", masks=True),
    op("abs(x)",                    "abs(x)",         "sign(x)",                        latex=r"\left|{}\right|"),
    op("max(x, y)",                 "max(x, y)",      "above(x, y)", "above(y, x)",     latex=r"\max\left({}, {}\right)", masks=True),
    op("min(x, y)",                 "min(x, y)",      "above(y, x)", "above(x, y)",     latex=r"\min\left({}, {}\right)", masks=True),
    op("where(condition, x, y)",    "where(condition, x, y)", "0", "where(condition, 1, 0)", "where(condition, 0, 1)", masks=True),
    op("step(x)",                   "step(x)",        "0",                              masks=True),
]
# fmt: on

OPS: Mapping[str, Op] = {row.name: row for row in TABLE}

# ── operations of any number of inputs ─────────────────────────────────────────────────────


def added(*x: float) -> tuple[float, tuple[float, ...]]:
    out = x[0]
    for term in x[1:]:
        out += term
    return out, (1.0,) * len(x)


def weighed(*data: float) -> tuple[float, tuple[float, ...]]:
    """b + w₁x₁ + w₂x₂ + …, added in this order; the inputs are all w, then all x, then b."""
    half = len(data) // 2
    w, x, out = data[:half], data[half:-1], data[-1]
    for wi, xi in zip(w, x):
        out += wi * xi
    return out, x + w + (1.0,)


def exponentials(x: Sequence[float]) -> tuple[float, list[float]]:
    """The largest x, and exp(x - largest) of each: none overflows, one is 1."""
    top = max(x)
    if math.isinf(top):  # inf - inf would be nan
        return top, [1.0 if each == top else 0.0 for each in x]
    return top, [exp_of_difference(each, top) for each in x]


def exp_of_difference(x: float, y: float) -> float:
    """exp(x - y); what rounding x - y lost is put back."""
    d = x - y
    if not -750 <= d < 700:
        return 1.0 if x == y else FLOATS["exp"](d)  # equal infinities too
    lost = (x - (d + (x - d))) + ((x - d) - y)
    return math.exp(d) * (1 + lost)


def log_sum_exp(*x: float) -> tuple[float, tuple[float, ...]]:
    if any(each != each for each in x):
        return math.nan, (math.nan,) * len(x)
    top, powers = exponentials(x)
    total, largest = added(*powers)[0], x.index(top)
    others = added(0.0, *powers[:largest], *powers[largest + 1 :])[0]
    return top + math.log1p(others), tuple(power / total for power in powers)


def soft_max(*data: float) -> tuple[float, tuple[float, ...]]:
    *x, which = data
    if any(each != each for each in x):
        return math.nan, (math.nan,) * len(x)
    _, powers = exponentials(x)
    total, chosen = added(*powers)[0], int(which) - 1
    out = powers[chosen] / total
    others = added(0.0, *powers[:chosen], *powers[chosen + 1 :])[0]
    slopes = [-out * (power / total) for power in powers]
    slopes[chosen] = out * (others / total)
    return out, tuple(slopes)


def write_softmax(names: Sequence[str], which: float) -> list[str]:
    total = " + ".join(f"exp({name})" for name in names)
    chosen = names[int(which) - 1]
    slopes = ["out * (1 - out)" if name == chosen else f"-out * exp({name}) / ({total})" for name in names]
    return [f"exp({chosen}) / ({total})", *slopes]


def differences(names: Sequence[str], largest: int) -> tuple[list[Formula], Formula]:
    """exp(x - largest) of each, and their sum. That of the largest itself is 1, whatever the inputs do: so 1 - out is
    the sum of the others, at every order, and never a difference."""
    top = Name(names[largest])
    powers: list[Formula] = [Call("exp_difference", (Name(each), top)) for each in names]
    powers[largest] = Number(1.0)
    return powers, Call("sum", tuple(powers))


def shares_of_logsumexp(names: Sequence[str], largest: int) -> list[Formula]:
    powers, total = differences(names, largest)
    return [Call("/", (power, total)) for power in powers]


def shares_of_softmax(names: Sequence[str], largest: int, which: float) -> list[Formula]:
    powers, total = differences(names, largest)
    chosen = int(which) - 1
    others = (*powers[:chosen], *powers[chosen + 1 :]) or (Number(0.0),)
    shares = [Call("*", (Call("neg", (Name("out"),)), Call("/", (power, total)))) for power in powers]
    shares[chosen] = Call("*", (Name("out"), Call("/", (Call("sum", others), total))))
    return list(shares)


def extreme(better: Callable[[float, float], float]) -> Forward:
    """The largest, or the smallest, of some numbers; those that are share the gradient, the others are closed."""

    def forward(*x: float) -> tuple[float, tuple[float, ...]]:
        out = reduce(better, x)
        tied = sum(each == out for each in x)
        return out, tuple((1 / tied if each == out else CLOSED) if tied else math.nan for each in x)

    return forward


def write_max(names: Sequence[str]) -> list[str]:
    return [nested("max", names), *(f"above({x}, {nested('max', others)})" for x, others in each_apart(names))]


def write_min(names: Sequence[str]) -> list[str]:
    return [nested("min", names), *(f"above({nested('min', others)}, {x})" for x, others in each_apart(names))]


def nested(word: str, names: Sequence[str]) -> str:
    """max(max(a, b), c): so the word takes two."""
    return reduce(lambda left, right: f"{word}({left}, {right})", names)


def each_apart(names: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Each name, and the others; alone it has nobody beside it, but itself."""
    return [(name, [*names[:i], *names[i + 1 :]] or [name]) for i, name in enumerate(names)]


def shares_of_max(names: Sequence[str], largest: int) -> list[Formula]:
    return [
        share_of_tie([Call("above", (Name(x), Name(y))) for y in others if y != x]) for x, others in each_apart(names)
    ]


def shares_of_min(names: Sequence[str], largest: int) -> list[Formula]:
    return [
        share_of_tie([Call("above", (Name(y), Name(x))) for y in others if y != x]) for x, others in each_apart(names)
    ]


def share_of_tie(wins: Sequence[Formula]) -> Formula:
    """1 by how many tie: from 1 where it is ahead of another, ½ where they tie, 0 where it is behind."""
    ties: Formula = Number(1.0)
    for win in wins:
        tie = Call("*", (Number(4.0), Call("*", (win, Call("-", (Number(1.0), win))))))
        ties = Call("+", (ties, tie))
    return reduce(lambda share, win: Call("*", (Call("step", (win,)), share)), wins, Call("/", (Number(1.0), ties)))


def write_affine(names: Sequence[str]) -> list[str]:
    weights, inputs, bias = parted(names)
    return [" + ".join([*products(weights, inputs), bias]), *inputs, *weights, "1"]


def unrolled_affine(names: Sequence[str]) -> str:
    weights, inputs, bias = parted(names)
    return " + ".join([bias, *products(weights, inputs)])


def parted(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str], str]:
    half = len(names) // 2
    return names[:half], names[half:-1], names[-1]


def products(weights: Sequence[str], inputs: Sequence[str]) -> list[str]:
    return [f"{w} * {x}" for w, x in zip(weights, inputs)]


def write_logsumexp(names: Sequence[str]) -> list[str]:
    total = " + ".join(f"exp({name})" for name in names)
    return [f"log({total})", *(f"exp({name}) / ({total})" for name in names)]


ADDED = Variadic(
    "sum", "+", forward=added, operator=True,
    write=lambda names: [" + ".join(names), *["1"] * len(names)],
)  # fmt: skip
AFFINE = Variadic(
    "affine", "w·x + b", forward=weighed, operator=True, write=write_affine, unrolled=unrolled_affine,
)  # fmt: skip
LOGSUMEXP = Variadic("logsumexp", "ln Σ exp", forward=log_sum_exp, write=write_logsumexp, shares=shares_of_logsumexp)
AMAX = Variadic("amax", "max", forward=extreme(FLOATS["max"]), write=write_max, shares=shares_of_max, masks=True)
AMIN = Variadic("amin", "min", forward=extreme(FLOATS["min"]), write=write_min, shares=shares_of_min, masks=True)
SOFTMAX = Variadic(
    "softmax", "softmax", forward=soft_max, write=write_softmax, shares=shares_of_softmax, fixed={"i": None}
)

# ── leaves ─────────────────────────────────────────────────────────────────────────────────

INPUT, PARAMETER, CONSTANT = Op("input"), Op("parameter"), Op("constant")
ROLES: Mapping[str, Op] = {leaf.name: leaf for leaf in (INPUT, PARAMETER, CONSTANT)}

VARIADIC: Mapping[str, Variadic] = {each.name: each for each in (ADDED, AFFINE, LOGSUMEXP, SOFTMAX, AMAX, AMIN)}
EVERY_OP: Mapping[str, Op] = {**OPS, **VARIADIC, **ROLES}

# ── notations that know the rows ───────────────────────────────────────────────────────────

LATEX_WORDS = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min")


def latex_form(row: Op) -> Form:
    inputs = ", ".join(["{}"] * (len(row.stable.inputs) + len(row.fixed)))
    word = "\\" + row.name if row.name in LATEX_WORDS else rf"\operatorname{{{{{row.symbol}}}}}"
    return Form(
        row.latex or rf"{word}\left({inputs}\right)", POWER if "^" in row.latex or " " in row.symbol else ATOM, ()
    )


ROW_LATEX = LATEX.knowing({
    **{row.name: latex_form(row) for row in OPS.values()},
    "step": Form(r"\mathbf{{1}}\{{{} > 0\}}", ATOM, ()),
    "amax": Form(r"\max\left({}\right)", ATOM, (), ", "),
    "amin": Form(r"\min\left({}\right)", ATOM, (), ", "),
    "above": Form(r"\mathbf{{1}}\{{{} > {}\}}", ATOM, ()),
})  # fmt: skip
ROW_UNICODE = UNICODE.knowing({
    row.name: Form(row.symbol + "({})", POWER if " " in row.symbol else ATOM, ())  # (ln σ(x))²
    for row in OPS.values() if row.takes == (1,) and not row.is_operator
})  # fmt: skip
