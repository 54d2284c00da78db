"""The rows of the table as rules for arrays: what one call on many numbers computes, and its local derivatives.

A rule is the row with its fixed numbers put in, the rows that it mentions written out, and small whole
powers as products, which are many times faster than `power`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from microgrid.formula import OPS, Call, Formula, Name, Number, Op, Row, fold, free_names, substitute
from microgrid.formula.expression import OPERATORS
from microgrid.formula.floats import FLOATS, SMALLEST
from microgrid.formula.normal import DENSITY, DENSITY_REST, LEVELS, SERIES, TURN, TURN_REST, TURNED
from microgrid.formula.operation import constant_folded
from microgrid.formula.ops import ADDED, AFFINE

__all__ = [
    "ONE",
    "QUICK",
    "UFUNCS",
    "ZERO",
    "Shared",
    "helpers",
    "is_steep",
    "open_rule",
    "rule",
    "sharing",
    "slots_that_count",
    "times",
]

ONE, ZERO = Number(1.0), Number(0.0)
# Functions that take no longer than arithmetic does.
QUICK = {*OPERATORS, "neg", "abs", "max", "min", "step", "sign", "above", "where", "defined"}
MOST_INPUTS = 3  # of a row of the table; what has more is a sum

# ── from rows to rules ─────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=4096)
def rule(op: Op, inputs: int, exact: bool = False) -> Row:
    """The formulas of an operation over that many inputs, for arrays; exact ones are those of the scalar graph.

    >>> from microgrid.formula import render
    >>> square = rule(OPS["pow"].at(2.0), 1)
    >>> render(square.value), render(square.partials[0])
    ('x*x', '2*x')
    """
    if op is AFFINE or op is ADDED:
        return one_by_one(op, inputs)
    return simple_row(op.stable if exact else op.fast, op.settings, exact)


def simple_row(row: Row, settings: Mapping[str, float], exact: bool = False) -> Row:
    """The row in the words that arrays know, with those fixed numbers put in."""
    numbers: dict[str, Formula] = {name: Number(value) for name, value in settings.items()}
    formulas = (row.value, *row.partials)
    value, *partials = (simpler(written_out(substitute(each, numbers)), exact) for each in formulas)
    return Row(row.inputs, value, tuple(partials))


@lru_cache(maxsize=256)
def open_rule(op: Op) -> Row:
    """The rule with its fixed numbers left as names: one for all of them; of a small whole power its own.

    >>> from microgrid.formula import render
    >>> render(open_rule(OPS["pow"].at(0.3)).value), render(open_rule(OPS["pow"].at(3.0)).value)
    ('x^n', 'x*x*x')
    """
    is_product = op.name == "pow" and op.settings["n"] in POWERS
    return simple_row(op.fast, op.settings if is_product else {})


@lru_cache(maxsize=4096)
def slots_that_count(op: Op, inputs: int) -> tuple[int, ...]:
    """The arguments by which the operation has a derivative that is not 0 by its rule."""
    return tuple(k for k, partial in enumerate(rule(op, inputs).partials) if partial != ZERO)


def one_by_one(op: Op, inputs: int) -> Row:
    """A sum, or b + w·x, added up in the order in which a scalar graph adds."""
    names = tuple(f"x{i + 1}" for i in range(inputs))
    half = inputs // 2 if op is AFFINE else 0
    x: list[Formula] = [Name(each) for each in names]
    total = x[-1] if half else x[0]
    for term in map(times, x[:half], x[half:-1]) if half else x[1:]:
        total = Call("+", (total, term))
    partials = (*x[half:-1], *x[:half], ONE) if op is AFFINE else (ONE,) * inputs
    return Row(names, total, partials)


def written_out(formula: Formula) -> Formula:
    """The formula in the words that arrays know: other rows are put in, by their values."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        if node.function in FLOATS:
            return Call(node.function, tuple(arguments))
        row = OPS[node.function]
        return written_out(substitute(row.stable.value, dict(zip(row.stable.inputs, arguments))))

    return fold(formula, visit)  # type: ignore[no-any-return]


def times(a: Formula, b: Formula) -> Formula:
    """a · b, without what a factor of 1 or 0 would leave to do."""
    if ZERO in (a, b):
        return ZERO
    return b if a == ONE else a if b == ONE else Call("*", (a, b))


POWERS: Mapping[float, Callable[[Formula], Formula]] = {
    -1.0: lambda x: Call("/", (ONE, x)),
    0.0: lambda x: ONE,
    1.0: lambda x: x,
    2.0: lambda x: Call("*", (x, x)),
    3.0: lambda x: Call("*", (Call("*", (x, x)), x)),
}
SLOPES: Mapping[float, Callable[[Formula], Formula]] = {
    -1.0: lambda x: Call("/", (Call("/", (Number(-1.0), x)), x)),
    1.0: lambda x: ONE,
    2.0: lambda x: Call("*", (Number(2.0), x)),
    3.0: lambda x: Call("*", (Call("*", (Number(3.0), x)), x)),
}


ROUNDED = ("**", 3.0), ("power_slope", -1.0), ("power_slope", 3.0)  # where products may round otherwise


def simpler(formula: Formula, exact: bool = False) -> Formula:
    """Constants worked out, small whole powers as products; if exact, those that are the same to the bit."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        table = {"**": POWERS, "power_slope": SLOPES}.get(node.function, {})
        n = arguments[1].value if table and isinstance(arguments[1], Number) else math.nan
        if n in table and not (exact and (node.function, n) in ROUNDED):
            return table[n](arguments[0])
        return Call(node.function, tuple(arguments))

    return fold(constant_folded(formula), visit)  # type: ignore[no-any-return]


class Shared(NamedTuple):
    """A rule whose repeated parts have names: what is worked out once, then used again.

    early  parts of the value, kept for the way back        late  parts of the local derivatives only
    """

    early: tuple[tuple[str, Formula], ...]
    late: tuple[tuple[str, Formula], ...]
    value: Formula
    partials: Mapping[int, Formula]


def sharing(row: Row, wanted: tuple[int, ...]) -> Shared:
    """The rule with its repeated parts found, for the arguments whose local derivatives are wanted."""
    if len(row.inputs) > MOST_INPUTS:  # nothing stands there twice, and it may be too deep to be hashed
        return Shared((), (), row.value, {k: row.partials[k] for k in wanted})
    return parts_shared(row, wanted)


@lru_cache(maxsize=4096)
def parts_shared(row: Row, wanted: tuple[int, ...]) -> Shared:
    names = ["out", *map(str, wanted)]
    formulas = dict(zip(names, [row.value, *(row.partials[k] for k in wanted)]))
    while (part := repeated(formulas.values())) is not None:
        name = f"part{len(formulas) - len(names) + 1}"
        formulas = {name: part, **{key: replaced(each, part, Name(name)) for key, each in formulas.items()}}
    parts = [(key, each) for key, each in formulas.items() if key not in names]
    needed = {each.name for each in free_names(formulas["out"])}
    for key, each in reversed(parts):
        needed |= {other.name for other in free_names(each)} if key in needed else set()
    early = tuple(each for each in parts if each[0] in needed)
    late = tuple(each for each in parts if each[0] not in needed)
    return Shared(early, late, formulas["out"], {k: formulas[str(k)] for k in wanted})


def repeated(formulas: Iterable[Formula]) -> Formula | None:
    """The largest part with a function in it that stands there more than once, and does not need the result."""
    calls: Counter[Formula] = Counter()

    def count(node: Formula, functions: list[bool]) -> bool:
        function = isinstance(node, Call) and (node.function not in OPERATORS or any(functions))
        if function and "out" not in {each.name for each in free_names(node)}:
            calls[node] += 1
        return function

    for each in formulas:
        fold(each, count)
    found = [node for node, times in calls.items() if times > 1]
    return max(found, key=lambda node: fold(node, lambda _, sizes: 1 + sum(sizes)), default=None)


def replaced(formula: Formula, part: Formula, name: Name) -> Formula:
    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        node = Call(node.function, tuple(arguments)) if isinstance(node, Call) else node
        return name if node == part else node

    return fold(formula, visit)  # type: ignore[no-any-return]


# Rows whose slopes are finite for finite numbers. A new row is not among them until somebody has looked.
GENTLE = frozenset(
    "add sub mul neg identity sin cos atan tanh asinh erf sigmoid logsigmoid softplus relu leaky_relu abs max min step"
    " elu selu silu mish gelu clamp hardtanh where sum affine logsumexp softmax amax amin".split()
)


def is_steep(op: Op) -> bool:
    """Whether a slope of the operation may be infinite or nan at finite numbers: that of sqrt is, at 0."""
    return op.name not in GENTLE and not (op.name == "pow" and 1 <= op.settings["n"] <= 2)


# ── the words, over arrays ─────────────────────────────────────────────────────────────────

# Each word that NumPy and jax.numpy have, by the name it has there.
UFUNCS: Mapping[str, str] = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power", "neg": "negative",
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "log2": "log2", "log10": "log10", "sqrt": "sqrt",
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
    "hypot": "hypot", "abs": "absolute", "max": "maximum", "min": "minimum", "sign": "sign",
    "cbrt": "cbrt",
}  # fmt: skip


def scaled(xp: Any, a: Any, x: Any, n: Any) -> Any:
    """`scaled_power` of `formula/floats.py`, over arrays."""
    whole, half, size = xp.power(x, n), xp.power(x, n * 0.5), xp.power(abs(x), n * 0.5)
    out = xp.where((abs(a * whole) == xp.inf) & (abs(a) < 1), half * a * half, a * whole)
    is_tiny = (abs(whole) < SMALLEST) & (abs(a) > 1) & (abs(a) < xp.inf)
    return xp.where(is_tiny, xp.copysign(size * abs(a) * size, out), out)


def helpers(xp: Any, erf: Callable[[Any], Any]) -> dict[str, Callable[..., Any]]:
    """The words of `formula/floats.py` that no array library has, over arrays of `xp`: numpy, or jax.numpy."""
    words = (*kinks(xp), *tails(xp))
    return {"erf": erf, **{word.__name__: word for word in words}}


def kinks(xp: Any) -> Iterator[Callable[..., Any]]:
    """What decides at kinks and edges."""
    nan, where = xp.nan, xp.where

    def step(x: Any) -> Any:
        return xp.heaviside(x, 0.0)

    def above(x: Any, y: Any) -> Any:
        return where(x > y, 1.0, where(x < y, 0.0, where(x == y, 0.5, nan)))

    def defined(x: Any) -> Any:
        return where(x >= 0, abs(x), nan)

    def where_holds(condition: Any, x: Any, y: Any) -> Any:
        return where(condition == 0, y, where(condition == condition, x, nan))

    where_holds.__name__ = "where"

    def binade(x: Any) -> Any:
        size = xp.minimum(abs(x), xp.finfo(xp.asarray(x).dtype).max)
        return xp.ldexp(xp.ones_like(size), xp.frexp(size)[1] - 1)

    words: tuple[Callable[..., Any], ...] = (step, above, defined, where_holds, binade)
    yield from words


def tails(xp: Any) -> Iterator[Callable[..., Any]]:
    """What keeps its digits where the plain formula loses them; see `formula/floats.py`."""
    inf, nan, where = xp.inf, xp.nan, xp.where

    def gauss(x: Any) -> Any:
        head = xp.round(x * 64) / 64
        return where(abs(x) < 30, xp.exp(-head * head) * xp.exp((head - x) * (head + x)), where(x == x, 0.0, nan))

    def bell(x: Any) -> Any:
        head = xp.round(x * 64) / 64
        out = xp.exp(-head * head / 2)
        return where(abs(x) < 45, out + out * xp.expm1((head - x) * (head + x) / 2), where(x == x, 0.0, nan))

    def power_slope(x: Any, n: Any) -> Any:
        m = n - 1
        head = m + 1
        lost = (n - head) - (1 - (head - m))
        slope = scaled(xp, n, x, m)
        rest = where(lost != 0, xp.power(x, lost), 1.0)
        slope = where((abs(slope) > 0) & (abs(slope) < inf), slope * rest, where(rest < 0, -slope, slope))
        return where(n == 0, 0.0, slope)

    def exponent_slope(x: Any, n: Any) -> Any:
        at_0 = where(n >= 0, 0.0, where(n < 0, -inf, nan))
        return where(x == 0, at_0, scaled(xp, xp.log(x), x, n))

    words: tuple[Callable[..., Any], ...] = (gauss, bell, power_slope, exponent_slope, *normal_tails(xp))
    yield from words


def normal_tails(xp: Any) -> Iterator[Callable[..., Any]]:
    """What GELU is made of below 0; see `formula/normal.py`."""

    def pieces(t: Any, series: Sequence[tuple[float, float, Sequence[float]]], beyond: Any) -> Any:
        for end, centre, b in reversed(series):
            sum_of_terms = 0.0
            for each in reversed(b):
                sum_of_terms = sum_of_terms * (centre - t) + each
            beyond = xp.where(t < end, sum_of_terms, beyond)
        return beyond

    def below(t: Any) -> Any:
        out = t = xp.maximum(t, 1.0)  # nearer to 0 it is not asked for
        for k in range(LEVELS, 1, -1):
            out = t + k / out
        return 1 / out

    def gelu_tail(t: Any) -> Any:
        rest = below(t)
        far = DENSITY + (DENSITY_REST - DENSITY * (rest / (t + rest)))
        return pieces(t, [(end, centre, b) for end, centre, _, b in SERIES], far)

    def gelu_turn(t: Any) -> Any:
        tail = pieces(t, [(end, centre, b) for end, centre, b, _ in SERIES], DENSITY / (t + below(t)))
        d, whole = TURN - t + TURN_REST, 0.0
        for each in reversed(SERIES[0][2][1:]):
            whole = whole * d + each
        return xp.where(t < TURNED, d * (DENSITY + whole), tail - t * DENSITY)

    yield from (gelu_tail, gelu_turn)
