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
    if not isinstance(number, numbers.Real) and getattr(number, "ndim", None) == 0:
        number = scalar(number)
    if isinstance(number, numbers.Real) or (
        isinstance(number, numbers.Number) and not isinstance(number, numbers.Complex)
    ):
        try:
            return float(number)  # type: ignore[arg-type]
        except OverflowError:
            return float("inf") if number > 0 else float("-inf")  # type: ignore[operator]
    raise NotRealError(not_real(number))


def scalar(array: Any) -> Any:
    """What a 0-d array or tensor holds, where that can be a number; else the array itself."""
    if getattr(array, "requires_grad", False):
        raise NotRealError(f"{array!r} has a gradient of its own, which would end here; its number is .item()")
    return array.item() if getattr(array.dtype, "kind", "f") in "biufO" else array


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
    elif type(thing).__module__.partition(".")[0] in ("torch", "jax", "jaxlib", "tensorflow"):
        remedy = "np.asarray of it is an array, which holds Values"
    elif hasattr(thing, "__len__"):
        remedy = "make one Value for each element"
    else:
        remedy = "give a number"
    return f"a real number belongs here, not {type(thing).__name__} {shown}; {remedy}"
