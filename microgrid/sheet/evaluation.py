"""Evaluating the equations of a sheet: what the names in them stand for, and what is written above their operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from microgrid.engine import Value, derivative
from microgrid.formula import Call, Formula, Name, free_names, render, unicode_name
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.ops import ROW_UNICODE
from microgrid.formula.printing import AT

from .statements import Equation, Quantity, names_of, quantity_of

__all__ = ["Words", "derivatives_in", "derived", "title_of"]

LONG = 40  # names in a formula that is written out above its operations


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


def title_of(equation: Equation) -> str:
    """What a frame around its operations is called, where they are several: the equation, or its line if it is long."""
    if operations(equation.formula) < 2:
        return ""
    left = ", ".join(map(unicode_name, equation.names))
    return (
        f"{left} = {render(equation.formula, ROW_UNICODE)}"
        if len(free_names(equation.formula)) <= LONG
        else equation.text
    )


def derived(quantity: Quantity, nodes: Mapping[str, Value]) -> Value:
    """A derivative as a Value, which can be differentiated again."""
    of, *by = names_of(quantity)
    root = nodes[of]
    for name in by:
        root = derivative(root, nodes[name])
    return root


def operations(formula: Formula) -> int:
    """How many operations a formula takes."""
    count, pending = 0, [formula] if isinstance(formula, Call) else []
    while pending:
        count += 1
        pending += [each for each in pending.pop().arguments if isinstance(each, Call)]
    return count
