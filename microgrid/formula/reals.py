"""What counts as a real number, and what to say of what does not."""

from __future__ import annotations

import numbers
from typing import Any

from microgrid.errors import NotRealError

__all__ = ["real"]


def real(number: Any) -> float:
    """The number as a double, or NotRealError; beyond the doubles it is inf."""
    if type(number) is float:
        return number
    known = isinstance(number, numbers.Real) or (
        isinstance(number, numbers.Number) and not isinstance(number, numbers.Complex)
    )
    if known or (getattr(number, "ndim", None) == 0 and number.dtype.kind in "biuf"):
        try:
            return float(number)
        except OverflowError:
            return float("inf") if number > 0 else float("-inf")
    raise NotRealError(not_real(number))


def not_real(thing: Any) -> str:
    """Why the thing is no real number, and what to do."""
    shown = repr(thing)
    shown = shown if len(shown) <= 40 else shown[:37] + "..."
    if hasattr(thing, "partials"):
        remedy = "a plain number is its .data; two Values have x ** y, not x.pow(y)"
    elif isinstance(thing, (str, bytes)):
        remedy = f"did you mean float({shown})?"
    elif isinstance(thing, complex):
        remedy = "microgrid is for real numbers"
    elif hasattr(thing, "__len__"):
        remedy = "make one Value for each element"
    else:
        remedy = "give a number"
    return f"a real number belongs here, not {type(thing).__name__} {shown}; {remedy}"
