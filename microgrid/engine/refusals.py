"""What Python asks of a number that no operation here records, and what to write instead.

Remainders have a slope, but where they jump is a choice; bits and whole numbers have none. What is said of NumPy's
function of the same meaning, in `numpy_functions`, is said here too. `x // y` is a plain number, as `np.floor` is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dis import opname
from types import FrameType
from typing import Any

from microgrid.errors import NotRealError
from microgrid.formula import OPS, real
from microgrid.formula.floats import FLOATS

from .origins import PACKAGE, instruction, located

__all__ = ["INTO_FLOATS", "OperatorError", "Refusing", "lost_gradient", "of_user", "package_of"]

# Python's operators with no operation of their own: how each is written, and which function of NumPy means the same.
REFUSED = {
    "mod": ("{} % {}", "remainder"),
    "divmod": ("divmod({}, {})", "divmod"),
    "and": ("{} & {}", "bitwise_and"),
    "or": ("{} | {}", "bitwise_or"),
    "xor": ("{} ^ {}", "bitwise_xor"),
    "lshift": ("{} << {}", "left_shift"),
    "rshift": ("{} >> {}", "right_shift"),
}
MEANT = {
    "and": "(x > 0) & (y > 0) is of comparisons, each in parentheses",
    "or": "(x > 0) | (y > 0) is of comparisons, each in parentheses",
    "xor": "x ** y is the power",
    "lshift": "x * 2 ** y scales it",
    "rshift": "x / 2 ** y scales it",
}


class OperatorError(NotRealError):
    """An operator that no Value takes: within a function of NumPy, that function says so instead."""


class Refusing:
    """The numeric methods of Python's that give no Value: `x // y`, which is a plain number, and what is refused."""

    __slots__ = ()

    _data: float

    def __floordiv__(self, other: Any) -> Any:
        return NotImplemented if getattr(other, "ndim", 0) else whole_quotient(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return NotImplemented if getattr(other, "ndim", 0) else whole_quotient(other, self)

    def __invert__(self) -> Any:
        raise OperatorError("~x is about bits, and a Value is a real number; -x is its opposite, x <= 0 a comparison")

    def __index__(self) -> int:
        raise OperatorError("an index is a whole number, and no gradient goes through it; write int(x.data)")

    def as_integer_ratio(self) -> Any:
        """What `statistics`, fractions and decimals ask for."""
        raise OperatorError(lost_gradient(sys._getframe(1)))

    def __matmul__(self, other: Any) -> Any:
        if getattr(other, "ndim", 0):
            return NotImplemented
        raise OperatorError("@ is of arrays, and a Value is one number; x * y is the product, values_like makes arrays")

    __rmatmul__ = __matmul__


def whole_quotient(x: Any, y: Any) -> float:
    """x // y as a plain number: its slope is 0."""
    left, right = (each._data if isinstance(each, Refusing) else real(each) for each in (x, y))
    return float(left // right) if right else FLOATS["/"](left, right)


def refusing(name: str) -> Callable[..., Any]:
    """An operator that says why it takes no Value; an array answers for itself, element by element."""

    def method(self: Any, other: Any) -> Any:
        if getattr(other, "ndim", 0):
            return NotImplemented
        raise OperatorError(refusal(name))

    return method


def refusal(name: str) -> str:
    from .numpy_functions import NUMPY

    form, ufunc = REFUSED[name]
    answer, written = NUMPY[ufunc], form.format("x", "y")
    if answer.kind == "meaningless":
        return f"{written} is about {answer.text}, and a Value is a real number; {MEANT[name]}"
    return f"{written} of a Value is not recorded, and its gradient would be lost; write {answer.text}"


for word in REFUSED:
    setattr(Refusing, f"__{word}__", refusing(word))
    setattr(Refusing, f"__r{word}__", refusing(word))


# ── functions that take plain numbers ──────────────────────────────────────────────────────

INTO_FLOATS = (
    "an array of floats holds no Value, and its gradient would be lost; "
    "begin with np.zeros_like(W) of an array of Values, or with np.zeros(shape, object)"
)
ON_THE_WAY = {"numpy", "pandas", "statistics"}  # they convert for whoever called them
ASKING = ("isclose",)  # beside those of NumPy that give plain numbers
WRITTEN = {"fsum": "sum(...)", "erfc": "1 - v.erf()", "dist": "(a - b).hypot(c - d)", "pow": "v ** n", "fabs": "abs(v)"}


def of_user(frame: FrameType) -> FrameType:
    """The code that has asked, by way of this package, of NumPy or of what Python has for means."""
    asking: FrameType | None = frame
    while asking and (asking.f_code.co_filename.startswith(PACKAGE) or package_of(asking) in ON_THE_WAY):
        asking = asking.f_back
    return asking or frame


def package_of(frame: FrameType) -> str:
    """The package whose code a frame runs."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def lost_gradient(frame: FrameType) -> str:
    """What would be lost by the call that the frame has come to, and what to write instead."""
    frame = of_user(frame)
    code, at = instruction((frame.f_code, frame.f_lasti))[:2]
    if opname[code.co_code[at]].startswith(("STORE_SUBSCR", "STORE_SLICE")):  # type: ignore[union-attr]
        return INTO_FLOATS
    call = located((frame.f_code, frame.f_lasti)).expression
    function = re.match(r"(?:math|np|numpy|cmath)\.(\w+)\(", call)
    shown = call if 0 < len(call) <= 60 else "float(v)"
    name = function[1] if function else ""
    if name in ASKING or kind_of(name) == "number":
        return f"{shown} is of plain numbers, and a Value is none; v.data is its number"
    differentiable = remedy(name)
    way = f"{differentiable} to differentiate, " if differentiable else ""
    return f"{shown} would be a plain number, and the gradient through it lost; {way}v.data for the number"


def kind_of(name: str) -> str:
    from .numpy_functions import NUMPY

    return NUMPY[name].kind if name in NUMPY and name not in OPS else ""


def remedy(name: str) -> str:
    """What a function is with a gradient; the exponential where it is not known what was meant."""
    from .numpy_functions import NUMPY

    if name in WRITTEN:
        return WRITTEN[name]
    if name in OPS:
        return f"v.{name}()" if OPS[name].takes == (1,) else f"v.{name}(w)"
    if kind_of(name) in ("recorded", "refused"):
        return re.sub(r"\by\b", "w", re.sub(r"\bx\b", "v", NUMPY[name].text))
    return "" if name in ("gamma", "lgamma") else "v.exp()"
