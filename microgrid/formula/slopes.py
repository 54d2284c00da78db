"""Local derivatives as operations: the forms in which they are recorded, so that they can be differentiated again.

A local derivative is recorded by the formula in its row; `again` in the row stands for it where that formula, right as
it is, would lose digits in its own derivative: (1 - x)·(1 + x) changes by -2x, which its two factors know only as a
difference. The words that rows use for their kinks and tails are operations here, with derivatives of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any

from .expression import Call, Formula, Name
from .operation import CLOSED, Forward, Op, Variadic, constant_folded, op
from .ops import ATAN2_SLOPE, COSINE, OPS, exp_of_difference
from .parser import parse
from .turns import GELU_SLOPE, MISH_SLOPE, SILU_SLOPE

__all__ = ["Together", "slope_rows", "slopes"]


def exp_difference(x: float, y: float) -> tuple[float, tuple[float, ...]]:
    out = exp_of_difference(x, y)
    return out, (out, -out)


def gate(x: float) -> tuple[float, tuple[float, ...]]:
    """The local derivative of a row that masks, as a value: 0 is `CLOSED`, and so is what is multiplied by it."""
    return x or CLOSED, (1.0,)


def computing(forward: Forward, *row: str) -> Op:
    """A row that floats compute otherwise than by its formula, which is for arrays and for people."""
    return replace(op(*row), forward=forward, careful=None)


# ── the rows, read when the first of them is needed ────────────────────────────────────────

SIGMOID, TANH = (vars(OPS[name].stable)["written"][1] for name in ("sigmoid", "tanh"))
HYPOT = "hypot(x, y)"
SINE = f"(y / {HYPOT})"
TANH_OF = "tanh(softplus(x))"


def bent(tanh_slope: str, sigmoid_slope: str) -> str:
    """The second derivative of mish, x·tanh(softplus(x)), by the slopes of its parts."""
    return f"{tanh_slope} * (2 * sigmoid(x) + x * ({sigmoid_slope} - 2 * {TANH_OF} * sigmoid(x) * sigmoid(x)))"


# fmt: off
ROWS: list[Callable[[], Op]] = [
    #             operation               value                local derivatives
    partial(op,   "sign(x)",              "sign(x)",           "0", masks=True,
            book=("step(x) - step(-x)", "0")),
    partial(op,   "above(x, y)",          "above(x, y)",       "0", "0", masks=True,
            book=("step(x - y)", "0", "0")),
    partial(op,   "defined(x)",           "defined(x)",        "1",
            book=("x", "1")),
    partial(op,   "gauss(x)",             "gauss(x)",          "-2 * out * x",
            book=("exp(-x**2)", "-2 * x * out")),
    partial(op,   "power_slope(x, y)",    "power_slope(x, y)", "y * power_slope(x, y - 1)",
                                                               "x ** (y - 1) + y * exponent_slope(x, y - 1)",
            book=("y * x ** (y - 1)", "y * (y - 1) * x ** (y - 2)", "x ** (y - 1) * (1 + y * log(x))")),
    partial(op,   "exponent_slope(x, y)", "exponent_slope(x, y)", "x ** (y - 1) + y * exponent_slope(x, y - 1)",
                                                                  "out * log(x)",
            book=("x ** y * log(x)", "x ** (y - 1) * (1 + y * log(x))", "out * log(x)")),
    partial(op,   "tanh_slope(x)",        TANH,                "-2 * out * tanh(x)", symbol="tanh′",
            book=("1 - tanh(x)**2", "-2 * tanh(x) * out")),
    partial(op,   "sigmoid_slope(x)",     SIGMOID,             "-out * tanh(x / 2)", symbol="σ′",
            book=("sigmoid(x) * (1 - sigmoid(x))", "out * (1 - 2 * sigmoid(x))")),
    partial(op,   "silu_slope(x)",        SILU_SLOPE,          f"{SIGMOID} * (2 - x * tanh(x / 2))", symbol="SiLU′",
            again=("sigmoid_slope(x) * (2 - x * tanh(x / 2))",),
            book=("sigmoid(x) * (1 + x * (1 - sigmoid(x)))",
                  "sigmoid(x) * (1 - sigmoid(x)) * (2 + x * (1 - 2 * sigmoid(x)))")),
    partial(op,   "mish_slope(x)",        MISH_SLOPE,
            bent(TANH.replace("abs(x)", "softplus(x)"), SIGMOID), symbol="Mish′",
            again=(bent("tanh_slope(softplus(x))", "sigmoid_slope(x)"),),
            book=(f"{TANH_OF} + x * sigmoid(x) * (1 - {TANH_OF}**2)",
                  bent(f"(1 - {TANH_OF}**2)", "sigmoid(x) * (1 - sigmoid(x))"))),
    partial(op,   "gelu_slope(x)",        GELU_SLOPE,          "bell(x) / sqrt(2 * pi) * (2 - x * x)", symbol="GELU′",
            book=("(1 + erf(x / sqrt(2))) / 2 + x * exp(-x**2 / 2) / sqrt(2 * pi)",
                  "exp(-x**2 / 2) / sqrt(2 * pi) * (2 - x**2)")),
    partial(op,   "bell(x)",              "bell(x)",           "-out * x",
            book=("exp(-x**2 / 2)", "-x * out")),
    partial(op,   "one_minus_square(x)",  "(1 - x) * (1 + x)", "-2 * x",
            book=("1 - x**2", "-2 * x")),
    partial(op,   "cosine(x, y)",         COSINE,              f"{SINE} * {SINE} / hypot(x, y)",
                                                               f"-out * {SINE} / hypot(x, y)",
            again=("cosine(y, x) * cosine(y, x) / hypot(x, y)", "-out * cosine(y, x) / hypot(x, y)"),
            book=("x / hypot(x, y)", "y**2 / hypot(x, y)**3", "-x * y / hypot(x, y)**3")),
    partial(op,   "atan2_slope(x, y)",    ATAN2_SLOPE,
            f"(y - x) / {HYPOT} * ((y + x) / {HYPOT}) / {HYPOT} / {HYPOT}", f"-2 * out * {SINE} / {HYPOT}",
            again=("(cosine(y, x) * cosine(y, x) - cosine(x, y) * cosine(x, y)) / hypot(x, y) / hypot(x, y)",
                   "-2 * out * cosine(y, x) / hypot(x, y)"),
            book=("x / (x**2 + y**2)", "(y**2 - x**2) / (x**2 + y**2)**2", "-2 * x * y / (x**2 + y**2)**2")),
    partial(computing, exp_difference, "exp_difference(x, y)", "exp(x - y)", "out", "-out"),
    partial(computing, gate, "gate(x)",   "x",                 "1"),
]
# fmt: on


@cache
def slope_rows() -> Mapping[str, Op]:
    """The operations that only local derivatives are written with, by name."""
    return {row.name: replace(row, is_slope=True) for row in (read() for read in ROWS)}


@lru_cache(maxsize=4096)
def slopes(operation: Op, inputs: int, slots: tuple[int, ...], largest: int = 0) -> Together:
    """The local derivatives by the inputs in those slots, ready to be evaluated over Values.

    >>> from microgrid.formula.ops import OPS
    >>> from microgrid.formula.printing import render
    >>> [render(each) for each in slopes(OPS["tanh"], 1, (0,)).formulas]
    ['tanh_slope(x)']

    inputs   how many there are
    largest  the place of the largest of them, from which logsumexp and softmax take differences
    """
    if isinstance(operation, Variadic):
        names: tuple[str, ...] = tuple(f"x{i + 1}" for i in range(inputs))
        settings = operation.settings.values()
        found = operation.shares(names, largest, *settings) if operation.shares else operation.row(inputs).partials
        return Together(names, [found[k] for k in slots])
    written = tuple(map(parse, operation.again)) or operation.stable.partials
    return Together(operation.stable.inputs, [constant_folded(written[k]) for k in slots])


class Together:
    """Several formulas made ready to be evaluated together: what they share is worked out once.

    >>> from microgrid.formula.floats import FLOATS
    >>> Together(("x",), [parse("exp(x) - 1"), parse("exp(x)")])({"x": 0.0}, FLOATS)
    [0.0, 1.0]

    inputs    the names of the inputs of the operation whose slopes they are
    formulas  in the order of their results
    """

    def __init__(self, inputs: Sequence[str], formulas: Sequence[Formula]) -> None:
        self.inputs, self.formulas = tuple(inputs), tuple(formulas)
        places: dict[Formula, int] = {}
        waiting = list(reversed(formulas))
        while waiting:
            formula = waiting.pop()
            if formula in places:
                continue
            arguments = formula.arguments if isinstance(formula, Call) else ()
            missing = [each for each in arguments if each not in places]
            if missing:
                waiting += [formula, *reversed(missing)]
            else:
                places[formula] = len(places)
        self._steps: list[tuple[Any, tuple[int, ...] | None]] = [
            (each.function, tuple(places[argument] for argument in each.arguments)) if isinstance(each, Call)
            else (each.name if isinstance(each, Name) else each.value, None)
            for each in places
        ]  # fmt: skip
        self._places = [places[each] for each in formulas]

    def __call__(self, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> list[Any]:
        """What each comes to; every name and function is there."""
        found: list[Any] = []
        for word, arguments in self._steps:
            if arguments is not None:
                found.append(functions[word](*[found[k] for k in arguments]))
            else:
                found.append(names[word] if isinstance(word, str) else word)
        return [found[k] for k in self._places]
