"""The words of formulas over floats: every function and operator as a number, without a node or a slope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .floats import FLOATS
from .ops import OPS, VARIADIC

__all__ = ["WORDS"]


def computing(name: str) -> Callable[..., float]:
    """The operation of that name over floats, the numbers that it may leave out put in."""
    row = OPS[name]
    inputs = len(row.stable.inputs)

    def compute(*numbers: float) -> float:
        settings = numbers[inputs:] or tuple(row.settings.values())
        return row.forward(*numbers[:inputs], *settings)[0] if row.fixed else row.forward(*numbers)[0]

    return compute


# The last argument of softmax says which result is meant.
WORDS: Mapping[str, Callable[..., Any]] = {
    **FLOATS,
    **{name: computing(name) for name in OPS},
    **{name: lambda *x, row=row: row.forward(*x)[0] for name, row in VARIADIC.items()},
}
