"""The words of formulas over Values: those of the engine, and the helpers of the table, which have no slope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microgrid.engine import FUNCTIONS, Value
from microgrid.formula.floats import FLOATS

__all__ = ["VOCABULARY", "lifted"]

# The table's helpers have no derivative of their own.
VOCABULARY: Mapping[str, Callable[..., Any]] = {
    **FUNCTIONS,
    "softmax": lambda *x: FUNCTIONS["softmax"](*x[:-1])[int(float(x[-1])) - 1],  # the last says which
    **{name: (lambda function: lambda *x: function(*map(float, x)))(FLOATS[name]) for name in ("sign", "above")},
}


def lifted(number: Any) -> Value:
    """A node of its own, whatever the formula gave."""
    return number * 1 if isinstance(number, Value) else Value(number)
