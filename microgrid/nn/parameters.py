"""What goes into a neuron: its inputs as Values, and numbers that a person puts in the place of a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from reprlib import repr as brief
from typing import Any

from microgrid.engine import Value
from microgrid.errors import GraphError, counted
from microgrid.formula import real

__all__ = ["Values", "Weights", "in_a_row", "number", "parameter_like", "parameters_like", "sample"]


def in_a_row(x: Any) -> Iterator[Any]:
    """The inputs, one after the other. Raises GraphError for a single number."""
    try:
        return iter(x)
    except TypeError:
        fact = f"the input is {brief(x)}, and a list belongs here, one number for each input"
        raise GraphError(f"{fact}; give [x] where there is one") from None


class Values(list[Value]):
    """Inputs that are known to be Values, so that no neuron has to look again."""


class Weights(list[Value]):
    """The weights of a neuron: a number that is put in the place of one becomes its number."""

    def __setitem__(self, place: Any, new: Any) -> None:
        if isinstance(place, slice):
            super().__setitem__(place, parameters_like(self[place], new))
        else:
            super().__setitem__(place, parameter_like(self[place], new))


def parameter_like(held: Value | None, new: Any) -> Value:
    """The Value itself; for a number the parameter that stands there, with that number from now on."""
    if isinstance(new, Value):
        return new
    if held is None:
        return Value(new, role="parameter")
    held.data = new
    return held


def parameters_like(held: Sequence[Value], new: Any) -> Weights:
    """The same for a row of them: the parameters that stand there where the new ones are as many."""
    things = list(in_a_row(new))
    places: Sequence[Value | None] = held if len(held) == len(things) else [None] * len(things)
    return Weights(map(parameter_like, places, things))


def sample(x: Any, module: Any) -> list[Any]:
    """The inputs of a module in a row. Raises GraphError for a table of samples: a module takes one."""
    found = list(in_a_row(x))
    if found and all(hasattr(each, "__iter__") and not isinstance(each, str) for each in (found[0], found[-1])):
        raise GraphError(
            f"{type(module).__name__} takes one sample, and this is a table of {counted(len(found), 'row')}; "
            "[model(x) for x in X] calls it on each, model.predict(X) gives the numbers"
        )
    return found


def number(thing: Any) -> float:
    """The number of a Value, or the number itself."""
    return thing.data if isinstance(thing, Value) else real(thing)
