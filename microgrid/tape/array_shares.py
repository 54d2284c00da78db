"""What a line over arrays passes back to what it was computed from, as a formula: `∂L/∂W1 += ∂L/∂z1 @ xᵀ`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from microgrid.derivation.array_chains import ArrayGradients, agree, gradient_name
from microgrid.engine import Graph
from microgrid.errors import MicrogridError
from microgrid.formula import Formula, Name, Number, evaluate, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.words import WORDS
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.wholes import Whole

__all__ = ["ArrayShares"]


class ArrayShares:
    """The shares of gradients between the numbers, vectors and matrices of a sheet, in one round.

    view  the values of the sheet          grad  the gradients of its root

    >>> from microgrid import Graph, Sheet
    >>> from microgrid.sheet.arrays.writing import written
    >>> run = Sheet.parse("param W = [1 2; 3 4]\\ninput x = [1, 2]\\nz = W @ x\\nL = z·z").run()
    >>> view = Graph(run.root).view("named")
    >>> print(written(ArrayShares(run.sheet, view, view.grad).formula("z", "W")))
    ∂L/∂z @ xᵀ
    """

    def __init__(self, sheet: Sheet, view: Graph, grad: Sequence[float]) -> None:
        self.sheet, self.view, self.grad = sheet, view, grad
        self.root = view.labels[-1]
        self._gradients = ArrayGradients(sheet, self.root)
        self._parts: dict[str, dict[str, Formula | None]] = {}
        self._found: dict[tuple[str, str], Formula | None] = {}

    @cached_property
    def wholes(self) -> dict[str, Whole]:
        """All that the sheet is about, by name, with its sample."""
        return {each.called: each for each in self.sheet.wholes}

    @cached_property
    def owners(self) -> dict[str, str]:
        """What each value of the view is part of: an array, or the number that it is."""
        return {element: each.called for each in self.sheet.wholes for element in each.elements}

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """What each number or array is used by, on ways to the root, in the order of the sheet."""
        found: dict[str, dict[str, None]] = {}
        for i in self._leading:
            child = self.owner(i)
            for parent in self.view.parents[i]:
                found.setdefault(self.owner(self.view.index[parent]), {})[child] = None
        return {name: list(each) for name, each in found.items()}

    @cached_property
    def _leading(self) -> list[int]:
        """The places of what leads to the root."""
        found = {len(self.view) - 1}
        for i in range(len(self.view) - 1, -1, -1):
            if i in found:
                found.update(self.view.index[parent] for parent in self.view.parents[i])
        return sorted(found)

    def owner(self, place: int) -> str:
        """What the value at a place is part of."""
        label = self.view.labels[place]
        return self.owners.get(label, label)

    def formula(self, child: str, parent: str) -> Formula | None:
        """What the line of `child` passes back to `parent`; None where no formula over arrays comes to it."""
        key = child, parent
        if key not in self._found:
            self._found[key] = self._confirmed(child, parent)
        return self._found[key]

    def shares(self, child: str, parent: str) -> list[float]:
        """What it passes back in numbers, as the graph has it."""
        elements = self.wholes[parent].elements
        found = dict.fromkeys(elements, 0.0)
        for element in self.wholes[child].elements:
            i = self._places[element]
            for by, partial in zip(self.view.parents[i], self.view.partials[i]):
                label = self.view.labels[self.view.index[by]]
                if label in found:
                    found[label] += partial * self.grad[i]
        return [found[each] for each in elements]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.view.labels)}

    def _confirmed(self, child: str, parent: str) -> Formula | None:
        if not self._has(child) or not self._has(parent):
            return None
        try:
            formula = self._made(child, parent)
            given = [] if formula is None else list(map(self.number, self._gradients.algebra.elements(formula)))
        except (MicrogridError, ArithmeticError, KeyError):  # nothing that can be written, or computed
            return None
        return formula if given and agree(given, self.shares(child, parent)) else None

    def _has(self, name: str) -> bool:
        """Whether the view has all of a number or an array."""
        return name in self.wholes and all(each in self._places for each in self.wholes[name].elements)

    def _made(self, child: str, parent: str) -> Formula | None:
        """The formula, as the rules of the operations give it."""
        if child not in self._parts:
            upstream = Number(1.0) if child == self.root else Name(gradient_name(self.root, child))
            known = child in self._gradients.lines
            self._parts[child] = self._gradients.shares(child, upstream) if known else {}
        return self._parts[child].get(parent)

    def number(self, formula: Formula) -> float:
        names = {each.name: self.of(each.name) for each in free_names(formula) if each.name not in CONSTANTS}
        return float(evaluate(formula, {**CONSTANTS, **names}, WORDS))

    def of(self, name: str) -> float:
        """A value of the view, or a gradient."""
        slope = gradient_name(self.root, "")
        if name.startswith(slope):
            return float(self.grad[self._places[name.removeprefix(slope)]])
        return float(self.view.data[self._places[name]])
