"""Products of matrices and sums along axes of arrays of Values: each sum is one node, however many terms it has."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .functions import FUNCTIONS, total

__all__ = ["gathered"]

OF_SUMS = {"axis", "keepdims"}  # the settings of a sum that is one node


def gathered(name: str, method: str, inputs: tuple[Any, ...], settings: Mapping[str, Any]) -> Any:
    """What NumPy's product, or its sum along axes, comes to; None for any other function, and for other settings."""
    if name == "matmul" and method == "__call__" and not settings:
        return product(*inputs)
    if name not in REDUCED or method != "reduce":
        return None
    told = {key: each for key, each in settings.items() if not is_usual(key, each)}
    if told.keys() <= OF_SUMS:
        return reduced(REDUCED[name], inputs[0], told.get("axis", 0), told.get("keepdims", False))
    return None


def is_usual(key: str, setting: Any) -> bool:
    """Whether NumPy gives a setting where nobody has said anything."""
    if key == "out" and isinstance(setting, tuple):
        setting = setting[0]
    return (setting is None and key != "axis") or setting is np._NoValue or (key == "where" and setting is True)


def product(left: Any, right: Any) -> Any:
    """Rows times columns, as `@` has it; None where NumPy has to say what does not fit."""
    rows, columns = np.asarray(left), np.asarray(right)
    if not rows.ndim or not columns.ndim or rows.shape[-1] != columns.shape[-2 if columns.ndim > 1 else 0]:
        return None
    if columns.ndim > 1:
        columns = columns.swapaxes(-1, -2)
        if rows.ndim > 1:
            rows, columns = rows[..., :, None, :], columns[..., None, :, :]
    shape = np.broadcast_shapes(rows.shape[:-1], columns.shape[:-1])
    rows, columns = (np.broadcast_to(each, (*shape, each.shape[-1])) for each in (rows, columns))
    found = np.empty(shape, object)
    for place in np.ndindex(*shape):
        found[place] = sum_of([x * y for x, y in zip(rows[place], columns[place])])
    return found


def reduced(call: Callable[[Any], Any], array: Any, axis: Any, keepdims: bool) -> Any:
    """What a function of many terms gives along one axis, several, or all; None where NumPy says what is wrong."""
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if not all(-array.ndim <= each < array.ndim for each in axes):
        return None
    if not array.size and call is not sum_of:
        return None
    along = {each % array.ndim for each in axes}
    kept = [i for i in range(array.ndim) if i not in along]
    shape, count = [array.shape[i] for i in kept], math.prod(array.shape[i] for i in along)
    found = np.empty(shape, object)
    terms = array.transpose(*kept, *sorted(along)).reshape(*shape, count)
    for place in np.ndindex(*shape):
        found[place] = call(terms[place])
    return found.reshape([1 if i in along else n for i, n in enumerate(array.shape)]) if keepdims else found


def extreme_of(word: str) -> Callable[[Any], Any]:
    """The largest or the smallest of some terms, as one node; of none NumPy has to say what is wrong."""
    return lambda terms: FUNCTIONS[word](*terms)


def sum_of(terms: Any) -> Any:
    """One node for many terms; of one the term itself, of none 0."""
    return total(terms) if len(terms) > 1 else terms[0] if len(terms) else 0.0


REDUCED = {"add": sum_of, "maximum": extreme_of("max"), "minimum": extreme_of("min")}
