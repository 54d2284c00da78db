"""Operations of PyTorch that are formulas of their arguments, element by element, over the rows of the table here.

The names are those of PyTorch's schemas; a fixed number, such as alpha, is put in before anything is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from microgrid.formula import Call as Applied
from microgrid.formula import Formula, Name, Number, evaluate, free_names, parse, substitute
from microgrid.formula.algebra import tidied
from microgrid.formula.expression import CONSTANTS

from .calls import Call
from .masks import OPEN, each

__all__ = ["FORMULAS", "by_formula"]

# fmt: off
FORMULAS: dict[str, str] = {
    "add": "self + alpha*other",      "sub": "self - alpha*other",      "rsub": "other - alpha*self",
    "mul": "self * other",            "neg": "-self",                   "abs": "abs(self)",
    "reciprocal": "1 / self",         "square": "self * self",          "sqrt": "sqrt(self)",
    "rsqrt": "1 / sqrt(self)",        "exp": "exp(self)",               "exp2": "exp2(self)",
    "expm1": "expm1(self)",           "log": "log(self)",               "log2": "log2(self)",
    "log10": "log10(self)",           "log1p": "log1p(self)",           "sin": "sin(self)",
    "cos": "cos(self)",               "tan": "tan(self)",               "asin": "asin(self)",
    "acos": "acos(self)",             "atan": "atan(self)",             "atanh": "atanh(self)",
    "sinh": "sinh(self)",             "cosh": "cosh(self)",             "tanh": "tanh(self)",
    "asinh": "asinh(self)",           "acosh": "acosh(self)",
    "hypot": "hypot(self, other)",    "erf": "erf(self)",               "erfc": "1 - erf(self)",
    "sigmoid": "sigmoid(self)",       "log_sigmoid_forward": "logsigmoid(self)",
    "relu": "relu(self)",             "silu": "silu(self)",             "mish": "mish(self)",
    "leaky_relu": "leaky_relu(self, negative_slope)",                   "hardtanh": "hardtanh(self, min_val, max_val)",
    "maximum": "max(self, other)",    "minimum": "min(self, other)",    "pow": "self ** exponent",
    "lerp": "self + weight*(end - self)",                               "logaddexp": "logsumexp(self, other)",
    "addcmul": "self + value*tensor1*tensor2",                          "addcdiv": "self + value*tensor1/tensor2",
    "where": "where(condition, self, other)",                           "masked_fill": "where(mask, value, self)",
    "_prelu_kernel": "max(self, 0) + weight*min(self, 0)",
}
# fmt: on
FACTORS = {"alpha", "value"}  # which are 1 as a rule, and are then left out


def by_formula(text: str) -> Callable[[Call], Any]:
    """The row of a formula."""
    formula = parse(text)
    names = list(dict.fromkeys(found.name for found in free_names(formula)))

    def row(call: Call) -> list[Any]:
        arrays = {name: call[name] for name in names if isinstance(call[name], np.ndarray)}
        numbers = tuple((name, float(call[name])) for name in names if name not in arrays)
        return [each(compiled(formula, numbers, tuple(arrays)), *arrays.values())]

    return row


@lru_cache(maxsize=1024)
def compiled(formula: Formula, numbers: tuple[tuple[str, float], ...], names: tuple[str, ...]) -> Callable[..., Any]:
    """A formula as a function of Values and numbers, its fixed numbers put in."""
    found = substitute(formula, {name: Number(number) for name, number in numbers})
    if any(name in FACTORS for name, _ in numbers) and all(number for _, number in numbers):  # 0 times nan is no 0
        found = tidied(found)
    if isinstance(found, Applied) and found.arguments == tuple(map(Name, names)):
        return OPEN[found.function]
    return lambda *elements: evaluate(found, {**CONSTANTS, **dict(zip(names, elements))}, OPEN)
