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
    return lambda *numbers: row.forward(*numbers, *row.left_out(len(numbers)))[0]


# The last argument of softmax says which result is meant.
WORDS: Mapping[str, Callable[..., Any]] = {
    **FLOATS,
    **{name: computing(name) for name in OPS},
    **{name: lambda *x, row=row: row.forward(*x)[0] for name, row in VARIADIC.items()},
}
