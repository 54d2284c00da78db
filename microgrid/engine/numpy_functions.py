"""What NumPy's functions do with a Value: a row for each that NumPy has.

recorded     it gives a Value: by the formula in the row, over the table's operations and x, y, z for the arguments
number       it gives plain numbers, and no gradient is lost: its slope is 0, or it only asks
refused      it has a slope that no operation here records; the row says what to write
meaningless  it is about bits, whole numbers or dates

>>> NUMPY["square"], NUMPY["isnan"].kind, NUMPY["fmod"].text
(Answer(kind='recorded', text='x * x'), 'number', 'x - n*y with the number n = np.trunc(x.data / y.data)')

python -m microgrid.engine.numpy_functions > docs/numpy.md    lists all of them; after a new row

An operation under NumPy's own name stands before the formula: a row `cbrt` in the table makes `np.cbrt` recorded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from microgrid.errors import NotRealError
from microgrid.formula import OPS, Call, Name, evaluate, parse
from microgrid.formula.expression import CONSTANTS

from .functions import FUNCTIONS
from .methods import numpy_name
from .value import Value

__all__ = ["NUMPY", "OPERATORS", "Answer", "chosen", "recorder", "refusal", "written"]

# What an operator does is for the elements to say: NumPy's own loops over objects ask them.
OPERATORS = "add subtract multiply divide negative absolute power matmul vecdot matvec vecmat".split()
PRODUCTS = "the sum of x * y"

UFUNCS = {each.__name__ for each in vars(np).values() if isinstance(each, np.ufunc)}

FORMULAS = {
    "add": "x + y", "subtract": "x - y", "multiply": "x * y", "divide": "x / y", "negative": "-x", "positive": "x",
    "absolute": "abs(x)", "fabs": "abs(x)", "square": "x * x", "reciprocal": "1 / x", "conjugate": "x",
    "power": "x ** y", "float_power": "x ** y", "ldexp": "x * 2 ** y",
    "maximum": "max(x, y)", "minimum": "min(x, y)", "clip": "min(max(x, y), z)",
    "deg2rad": "pi / 180 * x", "radians": "pi / 180 * x", "rad2deg": "180 / pi * x", "degrees": "180 / pi * x",
    "logaddexp": "logsumexp(x, y)", "logaddexp2": "logsumexp(log(2) * x, log(2) * y) / log(2)",
    "matmul": PRODUCTS, "vecdot": PRODUCTS, "matvec": PRODUCTS, "vecmat": PRODUCTS,
}  # fmt: skip
NUMBERS = """
    isnan isinf isfinite signbit sign floor ceil trunc rint floor_divide
    equal not_equal less less_equal greater greater_equal
""".split()
REFUSED = {
    "fmax": "np.maximum(x, y); where nan is to be left out, choose by np.isnan",
    "fmin": "np.minimum(x, y); where nan is to be left out, choose by np.isnan",
    "remainder": "x - n*y with the number n = np.floor(x.data / y.data)",
    "fmod": "x - n*y with the number n = np.trunc(x.data / y.data)",
    "divmod": "n = np.floor(x.data / y.data), and x - n*y",
    "modf": "n = np.trunc(x.data), and x - n",
    "frexp": "np.frexp(x.data)",
    "copysign": "abs(x) * s with the number s = np.sign(y.data)",
    "heaviside": "x.step(), which is 0 at 0",
    "nextafter": "np.nextafter(x.data, y.data)",
    "spacing": "np.spacing(x.data)",
}
MEANINGLESS = {
    **dict.fromkeys("bitwise_and bitwise_or bitwise_xor bitwise_count invert left_shift right_shift".split(), "bits"),
    **dict.fromkeys("logical_and logical_or logical_xor logical_not".split(), "truth: compare x with a number"),
    "gcd": "whole numbers", "lcm": "whole numbers", "isnat": "dates",
}  # fmt: skip


class Answer(NamedTuple):
    """What a function of NumPy does with a Value.

    kind  "recorded", "number", "refused" or "meaningless"
    text  the formula that is recorded; what to write instead; what the function is about
    """

    kind: str
    text: str


def rows() -> dict[str, str]:
    """The operations of the table that NumPy has too, each by NumPy's name."""
    named = {numpy_name(name) or name: row for name, row in OPS.items()}
    calls = {name: f"{row.name}({', '.join('xyz'[: len(row.stable.inputs)])})" for name, row in named.items()}
    return {name: call for name, call in calls.items() if name in UFUNCS}


NUMPY: dict[str, Answer] = {
    **{name: Answer("meaningless", about) for name, about in MEANINGLESS.items()},
    **{name: Answer("refused", remedy) for name, remedy in REFUSED.items()},
    **{name: Answer("number", "") for name in NUMBERS},
    **{name: Answer("recorded", call) for name, call in {**rows(), **FORMULAS}.items()},
    **{name: Answer("recorded", call) for name, call in rows().items() if name in ("exp2", "square", "reciprocal")},
}


def refusal(name: str) -> NotRealError:
    """Why a function of NumPy takes no Value, and what to write."""
    answer = NUMPY.get(name, Answer("refused", f"np.{name}(x.data)"))
    if answer.kind == "meaningless":
        return NotRealError(f"np.{name} is about {answer.text}, and a Value is a real number")
    return NotRealError(f"np.{name} of a Value is not recorded, and its gradient would be lost; write {answer.text}")


@cache
def recorder(name: str) -> Callable[..., Any]:
    """The function of Values and numbers that a function of NumPy is; a number where all of them are.

    >>> recorder("square")(Value(3.0)).data, recorder("square")(3.0)
    (9.0, 9.0)
    """
    if name == "clip":
        return clipped
    formula = parse(NUMPY[name].text)
    if isinstance(formula, Call) and formula.arguments == tuple(map(Name, "xyz"[: len(formula.arguments)])):
        return FUNCTIONS[formula.function]
    return lambda *inputs: evaluate(formula, {**CONSTANTS, **dict(zip("xyz", inputs))}, FUNCTIONS)


def clipped(x: Any, low: Any, high: Any) -> Any:
    """x between two bounds; a single operation where the table has one, whose bounds are fixed numbers."""
    if "clamp" in FUNCTIONS and not isinstance(low, Value) and not isinstance(high, Value):
        return FUNCTIONS["clamp"](x, low, high)
    return FUNCTIONS["min"](FUNCTIONS["max"](x, low), high)


def chosen(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds, else y."""
    if "where" in FUNCTIONS:
        return FUNCTIONS["where"](float(condition), x, y)
    return x if condition else y


def written() -> str:
    """The rows as a page: a table for what is recorded and what is refused, a line for the rest."""
    kinds = {kind: [name for name in sorted(NUMPY) if NUMPY[name].kind == kind] for kind in ("number", "meaningless")}
    lines = [
        "# NumPy's functions on Values",
        "",
        "What each does with a `Value` and with an array of them that `values_like` made. NumPy's own array of objects",
        "asks its elements: there `np.maximum(0, A)` keeps one of the two as it is, and `np.isnan(A)` is refused.",
        "Functions that are made of these, such as `np.mean`, `np.var` or `np.einsum`, do as these do.",
        "",
        "A plain number, and no gradient is lost, for the slope is 0 or there is none: "
        + ticked(kinds["number"])
        + ".",
        "",
        "Not about real numbers, and refused: " + ticked(kinds["meaningless"]) + ".",
        *table("recorded", "it records"),
        *table("refused", "it is refused; write"),
    ]
    return "\n".join(lines) + "\n"


def ticked(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def table(kind: str, heading: str) -> list[str]:
    rows = [f"| `np.{name}` | `{answer.text}` |" for name, answer in sorted(NUMPY.items()) if answer.kind == kind]
    return ["", f"| of x, y, z | {heading} |", "|---|---|", *rows]


if __name__ == "__main__":
    sys.stdout.write(written())
