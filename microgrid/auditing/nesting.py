"""Arguments of any nesting: numbers become Values, in lists, tuples, dicts and arrays, and each has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from microgrid.engine import Value
from microgrid.engine.value import lift

__all__ = ["arguments_of", "filled", "named", "parameters_of"]

Named = list[tuple[str, Value]]


def filled(thing: Any, name: str) -> tuple[Any, Named]:
    """The thing with a Value for each number in it, and these Values with their names.

    >>> whole, found = filled([[1.0, 2.0], {"b": 3.0}], "W")
    >>> whole[0][1].data, [name for name, _ in found]
    (2.0, ['W[0][0]', 'W[0][1]', "W[1]['b']"])

    thing  a number or Value, or a list, tuple, dict or array of such; Values stay what they are
    Returns containers of the same kinds; an array becomes one of Values, as of `values_like`.
    """
    whole, found, tuples = [thing], Named(), list[tuple[Any, Any, Any]]()
    work: list[tuple[Any, Any, str]] = [(whole, 0, name)]
    while work:
        place, key, name = work.pop()
        inner = place[key]
        if not is_nested(inner):
            place[key] = lift(inner)
            found.append((name, place[key]))
            continue
        place[key], keys = opened(inner)
        if isinstance(inner, tuple):
            tuples.append((place, key, getattr(type(inner), "_make", tuple)))
        array = hasattr(inner, "ndim")
        work += reversed([(place[key], each, name + subscript(each, array)) for each in keys])
    for place, key, make in reversed(tuples):  # the innermost first: a tuple is made of what it holds
        place[key] = make(place[key])
    return whole[0], found


def is_nested(thing: Any) -> bool:
    return isinstance(thing, (list, tuple, Mapping)) or getattr(thing, "ndim", 0) > 0


def opened(thing: Any) -> tuple[Any, Iterable[Any]]:
    """A container as one whose places can be filled, and its keys."""
    if isinstance(thing, Mapping):
        return dict(thing), thing
    if isinstance(thing, (list, tuple)):
        return list(thing), range(len(thing))
    import numpy as np

    from microgrid.engine.value_arrays import ValueArray

    array = np.asarray(thing).astype(object).view(ValueArray)
    return array, np.ndindex(array.shape)


def subscript(key: Any, array: bool) -> str:
    """[0] or ['b'], and of a place in an array [0][1]."""
    return "".join(f"[{each}]" for each in key) if array else f"[{key!r}]"


def arguments_of(function: Callable[..., Any], inputs: Any) -> tuple[list[Any], Named]:
    """What the function is called with, and the Values in it with their names.

    A mapping names them. Else their labels do; numbers are x1, x2, …, and those in a container are named after the
    parameter that it is for.
    """
    if isinstance(inputs, Mapping):
        wholes = [filled(thing, str(name)) for name, thing in inputs.items()]
        return [whole for whole, _ in wholes], [each for _, found in wholes for each in found]
    one = not hasattr(inputs, "__iter__") or getattr(inputs, "ndim", 1) != 1
    things = [inputs] if one else list(inputs)
    names = parameters_of(function) if any(map(is_nested, things)) else []
    wholes = []
    for i, thing in enumerate(things):
        known = is_nested(thing) and i < len(names)
        wholes.append(filled(thing, names[i] if known else f"x{i + 1}"))
    return [whole for whole, _ in wholes], [each for _, found in wholes for each in by_label(found)]


def parameters_of(function: Callable[..., Any]) -> list[str]:
    """What a function calls its arguments, as far as it says so."""
    from inspect import Parameter, signature

    try:
        found = signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [each.name for each in found if each.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]


def named(things: Any, stem: str) -> Named:
    """The Values of a module, a mapping or a sequence, with names: theirs, else their labels, else p1, p2, …"""
    if hasattr(things, "named_parameters"):
        things = dict(things.named_parameters())
    elif hasattr(things, "parameters"):
        things = things.parameters()
    if isinstance(things, Mapping):
        return [each for name, thing in things.items() for each in filled(thing, str(name))[1]]
    things = things if hasattr(things, "__iter__") else [things]
    return [each for i, thing in enumerate(things) for each in by_label(filled(thing, f"{stem}{i + 1}")[1])]


def by_label(found: Named) -> Named:
    return [(value.label or name, value) for name, value in found]
