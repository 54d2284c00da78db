"""The functions that a sheet defines: `f(z) = 1/(1 + exp(-z))`."""

from __future__ import annotations

import re

from microgrid.errors import FormulaError
from microgrid.formula.definitions import Definition
from microgrid.formula.signs import PRIME
from microgrid.formula.tokens import NAME
from microgrid.look_alikes import foreign, look_alike

from .demands import check_settings
from .lines import Line
from .names import SheetNames
from .remedies import instead_of_equation

__all__ = ["function"]


def function(names: SheetNames, head: re.Match[str], right: str, at: int, line: Line) -> Definition:
    """The function that a line defines.

    head  what stands before the `=`: its name, and its parameters
    right what stands behind, from column `at` of the line on
    Raises FormulaError for what is none, and for `L(w) = …` of a quantity w that no line calls.
    """
    name, parameters = head[1], tuple(re.findall(NAME, head[2]))
    taken = (each for each in parameters if each not in names.coming_families)
    quantity = next(filter(names.find, taken), "")
    if quantity and name not in names.called:
        remedy = instead_of_equation(head[0], right)
        fact = f"{quantity!r} is a quantity, so {name} is none of its functions; {remedy}"
        raise FormulaError(fact, 0, head.end())
    check_parameters(name, parameters, head)
    names.new(name, head.start(1))
    if call := re.search(rf"(?<!\w){re.escape(name)}{PRIME}*\s*\(", right):
        start = at + call.start()
        raise FormulaError(
            f"{name!r} is defined by itself; it may call the functions above it", start, start + len(name)
        )
    formula = names.formula(right, at, besides=parameters)
    names.check(formula, line, parameters)
    check_settings(formula)
    return Definition(name, parameters, formula, line.number)


def check_parameters(name: str, parameters: tuple[str, ...], head: re.Match[str]) -> None:
    """Raise FormulaError for two of one name, and for a name that looks like another."""
    for i, each in enumerate(parameters):
        if each in parameters[:i]:
            raise FormulaError(f"{name} has two arguments that are called {each!r}", head.start(2), head.end(2))
        if letter := look_alike(each):
            raise FormulaError(foreign(letter), head.start(2) + head[2].index(letter))
