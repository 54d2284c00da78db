"""Formulas with numbers in place of their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from microgrid.formula import Formula, Number, free_names, number_text, render, substitute
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.printing import LOOSE, TEXT
from microgrid.sheet import Equation, Round
from microgrid.sheet.statements import quantity_of

__all__ = ["inserted_text", "with_numbers"]


def with_numbers(equation: Equation, here: Round, digits: int) -> str:
    """The equation with every name replaced by its number."""
    names = (each for each in free_names(equation.formula) if each.name not in CONSTANTS)
    return inserted_text(equation.formula, {each.name: here.value(quantity_of(each)) for each in names}, digits)


def inserted_text(formula: Formula, numbers: Mapping[str, float], digits: int) -> str:
    """A formula with numbers for its names."""
    notation = replace(TEXT, number=lambda number: number_text(number, digits), negative=LOOSE)
    return render(substitute(formula, {name: Number(number) for name, number in numbers.items()}), notation)
