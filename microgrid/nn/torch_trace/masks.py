"""The operations as PyTorch passes gradients back through them: a branch not taken is sent a plain 0.

The engine closes a branch that is not taken, and what lies behind it gets 0, whatever its slope. PyTorch sends 0 on,
and 0 · inf behind it is nan. Who looks for that nan has to see it, so values that are traced do as PyTorch does. It
also has slopes where there is no value: that of log is 1/x below 0, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from microgrid.engine import FUNCTIONS, Value, computed
from microgrid.engine.functions import lifted
from microgrid.engine.value_arrays import as_array
from microgrid.formula import OPS, Op, real
from microgrid.formula.ops import AMAX, AMIN

__all__ = ["OPEN", "STOPPED", "each", "opened"]


class Stopped(float):
    """The local derivative of a branch not taken: what it sends back is 0, even of inf or nan."""

    __slots__ = ()

    def __mul__(self, other: Any) -> float:
        return 0.0

    __rmul__ = __mul__

    def __reduce__(self) -> str:
        return "STOPPED"


STOPPED = Stopped(0.0)
BEYOND: Mapping[str, Callable[[float], float]] = {  # the slopes that PyTorch has outside of the domain, and at nan
    **{name: lambda x: 1.0 for name in ("relu", "hardtanh", "elu")},
    **{name: lambda x: 0.0 for name in ("clamp", "abs")},
    "log": lambda x: 1 / x,
    "log2": lambda x: 1 / (x * math.log(2)),
    "log10": lambda x: 1 / (x * math.log(10)),
    "log1p": lambda x: 1 / (1 + x),
    "atanh": lambda x: 1 / (1 - x * x),
    "acosh": lambda x: math.inf if x == -1 else 1 / math.sqrt(x * x - 1) if x < -1 else math.nan,
}


@lru_cache(maxsize=1024)
def opened(operation: Op) -> Op:
    """The operation with PyTorch's slopes: a closed branch of it is left open.

    >>> STOPPED * float("inf"), opened(OPS["relu"]).forward(-1.0), opened(OPS["log"]).forward(-4.0)
    (0.0, (0.0, (0.0,)), (nan, (-0.25,)))
    """
    forward, beyond = operation.forward, BEYOND.get(operation.name)

    def open_forward(*data: float) -> tuple[float, tuple[float, ...]]:
        out, slopes = forward(*data)
        if beyond and math.isnan(slopes[0]):
            slopes = (beyond(*data),)
        return out, tuple(slope or STOPPED for slope in slopes) if operation.masks else slopes

    return replace(operation, masks=False, forward=open_forward)


def function(operation: Op) -> Callable[..., Any]:
    """The open operation as a function of Values and numbers; a number where all of them are."""
    inputs = len(operation.stable.inputs)

    def call(*arguments: Any) -> Any:
        if not any(isinstance(each, Value) for each in arguments):
            return FUNCTIONS[operation.name](*arguments)
        settings = [real(each) for each in arguments[inputs:]] or list(operation.settings.values())
        return computed(opened(operation.at(*settings) if operation.fixed else operation), lifted(arguments[:inputs]))

    return call


def function_of_several(operation: Op) -> Callable[..., Any]:
    """The same of an operation of any number of inputs."""

    def call(*terms: Any) -> Any:
        found = computed(opened(operation), lifted(terms))
        return found if any(isinstance(each, Value) for each in terms) else found.data

    return call


# The words of a formula, for Values that are traced.
OPEN: dict[str, Callable[..., Any]] = {
    **FUNCTIONS,
    **{name: function(row) for name, row in OPS.items() if row.masks or name in BEYOND},
    **{row.name: function_of_several(row) for row in (AMAX, AMIN)},
}


def each(call: Callable[..., Any], *arrays: Any) -> Any:
    """A function of Values and numbers for each element of arrays, which are broadcast as NumPy does."""
    with np.errstate(all="ignore"):  # inf and nan are numbers here, as everywhere in a graph
        return plain(np.frompyfunc(call, len(arrays), 1)(*map(plain, arrays)))


def plain(thing: Any) -> Any:
    """An array of objects, of no dimension for a single one; numbers in it are Python's."""
    if isinstance(thing, np.ndarray):
        return thing.view(np.ndarray).astype(object, copy=False)
    return np.asarray(as_array(thing), object).view(np.ndarray)
