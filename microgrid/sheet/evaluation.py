"""Evaluating the equations of a sheet: what the names in them stand for, and what is written above their operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from microgrid.engine import Value, derivative
from microgrid.engine.node import leaves_and_inner
from microgrid.errors import Mistake, SheetError, file_named
from microgrid.formula import Name, free_names
from microgrid.formula.algebra import size
from microgrid.formula.budget import TooLong, in_line, of_rounds, spend
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.printing import AT

from .statements import Equation, Quantity, names_of, quantity_of

__all__ = ["STEP", "Words", "derivatives_in", "derived", "gone_back", "in_budget", "work"]

STEP = 1  # as many operations as it takes to give one number to the next round
SLOPE = 4  # as many operations as a local derivative is that has derivatives again
GRAPH = 8  # as many operations as it takes to go back through one of a derivative, and to show it
INPUTS = 8  # as many inputs of a softmax as take the time of one operation


@contextmanager
def in_budget(name: str, text: str) -> Iterator[None]:
    """Until the block ends, what rounds compute is counted. Raises SheetError where that is more than they may.

    name, text  of the sheet
    """
    try:
        with of_rounds(text).in_force():
            yield
    except TooLong as error:
        place = f"{file_named(name)}:{error.line}" if error.line else file_named(name)
        raise SheetError(f"{place}: {error}", [Mistake(error.line, 0, 0, str(error))]) from None


def work(equation: Equation) -> int:
    """How many operations and numbers an equation is; each result of a softmax has all the inputs."""
    parts, results = size(equation.formula), len(equation.names)
    return parts if results == 1 else parts + results + parts * results // INPUTS


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
        for each, slope in zip(names, slopes(self[quantity.of], [self[each] for each in names])):
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
        (root,) = slopes(root, [nodes[name]])
    return root


def slopes(of: Value, by: Sequence[Value]) -> list[Value]:
    """Derivatives as Values; their graph is several times as large as that of which they are.

    Raises TooLong where a budget is in force, and that is beyond it.
    """
    spend(SLOPE * sum(len(node.parents) for node in leaves_and_inner(of)[1]))
    return list(derivative(of, by))


def gone_back(loss: Value, equations: Sequence[Equation]) -> None:
    """Work out the gradients of a loss; where derivatives lead to it, no formula shows how many operations these are.

    equations  of the sheet, if derivatives are in some
    """
    with in_line(next((each.line for each in equations if loss.label in each.names), 0)):
        spend(GRAPH * len(leaves_and_inner(loss)[1]) if equations else 0)
    loss.backward()
