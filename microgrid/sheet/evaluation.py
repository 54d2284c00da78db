"""Evaluating the equations of a sheet: what the names in them stand for, and what is written above their operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from microgrid.engine import Value, derivative
from microgrid.formula import Name, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.printing import AT

from .statements import Equation, Quantity, names_of, quantity_of

__all__ = ["Words", "derivatives_in", "derived"]


class Words(dict[str, Any]):
    """What the names of formulas stand for: quantities, and what is made of them when it is asked for.

    A gradient by an element of an array is made with those by all the others, in one pass.
    """

    def __init__(self, nodes: Iterable[tuple[str, Value]], arrays: Mapping[str, tuple[str, ...]] = {}) -> None:
        super().__init__(nodes)
        self.arrays = arrays  # of each element all those of its array
        self.made: dict[str, Value] = {}

    def __missing__(self, name: str) -> Any:
        if name[:1] != "∂":
            return CONSTANTS[name]
        if name in self.made:
            return self.made[name]
        quantity = quantity_of(Name(name))
        base, at, sample = quantity.by.partition(AT)
        if base not in self.arrays:
            return derived(quantity, self)
        names = [each + at + sample for each in self.arrays[base]]
        for each, slope in zip(names, derivative(self[quantity.of], [self[each] for each in names])):
            self.made[f"∂{quantity.of}/∂{each}"] = slope
        return self.made[name]


def derivatives_in(equation: Equation, nodes: Mapping[str, Value]) -> dict[str, Value]:
    """The derivatives that an equation computes with."""
    wanted = [each for each in free_names(equation.formula) if each.name[0] == "∂"]
    return {each.name: derived(quantity_of(each), nodes) for each in wanted}


def derived(quantity: Quantity, nodes: Mapping[str, Value]) -> Value:
    """A derivative as a Value, which can be differentiated again."""
    of, *by = names_of(quantity)
    root = nodes[of]
    for name in by:
        root = derivative(root, nodes[name])
    return root
