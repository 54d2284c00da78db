"""A Value where a plain number belongs: its number to look at, and an error where its gradient would be lost.

To compare, to round and to print, a Value is its number. `float(v)` and `math.exp(v)` have no place for a gradient:
what is computed from them would be differentiated as if v were a constant, so they raise, as in micrograd. What
only shows numbers may ask for them: `%` on a text, and the packages in `SHOWING`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dis import opname
from math import ceil, floor
from numbers import Number
from types import FrameType
from typing import Any

from microgrid.errors import NotRealError
from microgrid.formula import OPS, real

from .methods import numpy_name
from .origins import instruction
from .refusals import Refusing, lost_gradient, of_user, package_of

__all__ = ["SHOWING", "AsNumber"]

SHOWING = {"matplotlib", "mpl_toolkits", "seaborn", "plotly", "bokeh", "altair", "rich", "tabulate"}

# The methods that answer at once to functions of NumPy; `value_arrays` knows all of them.
OWN = {"add": "__radd__", "subtract": "__rsub__", "multiply": "__rmul__", "divide": "__rtruediv__"}
OWN |= {numpy_name(row.name) or row.name: row.name for row in OPS.values() if row.takes == (1,)}


class AsNumber(Refusing):
    """What a Value is as a number, by its data; as an object it is itself, and equal to no other Value."""

    __slots__ = ()

    def item(self) -> float:
        """The number it holds: `data`, under the name that arrays and tensors have for it.

        >>> from microgrid import Value
        >>> Value(2.0).item()
        2.0
        """
        return self._data

    def conjugate(self) -> AsNumber:
        """Itself, being real: NumPy's `var` asks for it."""
        return self

    def __float__(self) -> float:
        frame = sys._getframe(1)
        if not is_shown(frame):
            raise NotRealError(lost_gradient(frame))
        return self._data

    def __int__(self) -> int:
        return int(self._data)

    __trunc__ = __int__

    def __floor__(self) -> int:
        return floor(self._data)

    def __ceil__(self) -> int:
        return ceil(self._data)

    def __round__(self, digits: int | None = None) -> float:
        return round(self._data, digits)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __eq__(self, other: object) -> bool:
        """Whether the number is that number; of another Value, whether it is that very one."""
        return self._data == real(other) if is_number(other) else NotImplemented

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> bool:
        return compared(self, other, float.__lt__)

    def __le__(self, other: Any) -> bool:
        return compared(self, other, float.__le__)

    def __gt__(self, other: Any) -> bool:
        return compared(self, other, float.__gt__)

    def __ge__(self, other: Any) -> bool:
        return compared(self, other, float.__ge__)

    # ── to NumPy ──

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        own = OWN.get(ufunc.__name__)
        if own and method == "__call__" and not settings:
            if len(inputs) == 1:
                return getattr(self, own)()
            if getattr(inputs[0], "ndim", 1) == 0:  # a scalar of NumPy, on the left
                return getattr(self, own)(inputs[0].item())
        from .value_arrays import by_ufunc

        return by_ufunc(ufunc, method, inputs, settings)

    def __array_function__(self, function: Any, types: Any, inputs: Any, settings: Any) -> Any:
        from .value_arrays import by_function

        return by_function(function, inputs, settings)


def is_number(thing: object) -> bool:
    """Whether it is a number as `real` takes one."""
    if not isinstance(thing, Number) and getattr(thing, "ndim", None) != 0:
        return False
    try:
        real(thing)
    except NotRealError:
        return False
    return True


def compared(node: AsNumber, other: Any, relation: Callable[[float, float], bool]) -> bool:
    if getattr(other, "ndim", 0):
        return NotImplemented  # type: ignore[no-any-return]
    return relation(node._data, other._data if isinstance(other, AsNumber) else real(other))


# ── who asks for the number ────────────────────────────────────────────────────────────────


def is_shown(frame: FrameType) -> bool:
    """Whether the code that asks for a float only shows it."""
    code, at = instruction((frame.f_code, frame.f_lasti))  # type: ignore[misc]
    if opname[code.co_code[at]].startswith(("BINARY_", "INPLACE_")):  # of the operators, only text % v asks
        return True
    return package_of(of_user(frame)) in SHOWING
