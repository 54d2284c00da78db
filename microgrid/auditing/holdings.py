"""What variables hold as a whole: arrays of Values, lists of them, and arrays of plain numbers, each by its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.engine import Graph, Value
from microgrid.engine.variables import elements, is_container, is_told

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Holding", "holdings", "stacked"]

MOST, LARGEST, DEEPEST = 10_000, 1_000_000, 6  # things that are looked at, elements of one, containers in containers


class Holding:
    """An array that a variable holds.

    name    what Python finds it by: W1, hs[2], params['b']
    things  its elements: Values, or numbers, or both
    places  where each stands in the graph; -1 for what does not
    """

    def __init__(self, name: str, things: NDArray[Any], graph: Graph) -> None:
        self.name, self.things = name, things
        at = [graph.index.get(each, -1) if isinstance(each, Value) else -1 for each in things.flat]
        self.places = np.array(at, np.intp).reshape(things.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.things.shape

    @cached_property
    def data(self) -> NDArray[np.float64]:
        """Its numbers."""
        plain = [each.data if isinstance(each, Value) else each for each in self.things.flat]
        return np.array(plain, float).reshape(self.shape)

    @cached_property
    def in_graph(self) -> bool:
        """Whether any of it leads to the root."""
        return bool((self.places >= 0).any())

    @cached_property
    def has_values(self) -> bool:
        """Whether there is a Value in it at all."""
        return any(isinstance(each, Value) for each in self.things.flat)

    def of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Those of the numbers of a graph that are its own, in its shape; 0 for Values that do not lead to the root,
        nan for plain numbers."""
        return np.where(self.places >= 0, numbers[self.places], self.outside)

    @cached_property
    def outside(self) -> NDArray[np.float64]:
        """The gradient of what does not stand in the graph: 0 of a Value, none of a number."""
        none = [0.0 if isinstance(each, Value) else np.nan for each in self.things.flat]
        return np.array(none, float).reshape(self.shape)

    def __repr__(self) -> str:
        return f"<Holding {self.name}, {self.shape}>"


def holdings(names: Mapping[str, Any], graph: Graph) -> dict[str, Holding]:
    """The arrays that variables hold, alone or in lists, dicts and objects, by name.

    >>> from microgrid import values_like
    >>> params, hs = {"W": values_like([[1.0, 2.0]])}, [values_like([1.0]), values_like([2.0])]
    >>> graph = Graph(params["W"].sum() + hs[1].sum())
    >>> holdings({"params": params, "hs": hs}, graph)
    {'hs': <Holding hs, (2, 1)>, "params['W']": <Holding params['W'], (1, 2)>, 'hs[0]': <Holding hs[0], (1,)>, \
'hs[1]': <Holding hs[1], (1,)>}
    """
    found: dict[str, Holding] = {}
    level = [(name, thing) for name, thing in names.items() if is_told(name)]
    seen: set[int] = set()
    for _ in range(DEEPEST):
        deeper: list[tuple[str, Any]] = []
        for name, thing in level[:MOST]:
            array = stacked(thing)
            if array is not None:
                found.setdefault(name, Holding(name, array, graph))
            if id(thing) not in seen and is_container(thing) and not isinstance(thing, np.ndarray):
                seen.add(id(thing))
                deeper += [(name + place, each) for place, each in elements(thing) if not isinstance(each, Value)]
        level = deeper
    return found


def stacked(thing: Any) -> NDArray[Any] | None:
    """A Value, an array, or a list of such, as one array; None for what is none of numbers or has no one shape."""
    if isinstance(thing, Value):
        return np.array(thing, object)
    if isinstance(thing, (list, tuple)) and thing:
        try:
            thing = np.array(thing, object)
        except ValueError:  # rows of different lengths
            return None
    if not isinstance(thing, np.ndarray) or thing.size > LARGEST or not thing.size:
        return None
    if thing.dtype.kind == "O":
        thing = thing.view(np.ndarray)
        return thing if all(isinstance(each, (Value, float, int, np.number)) for each in thing.flat) else None
    return thing if thing.dtype.kind in "fiub" else None
