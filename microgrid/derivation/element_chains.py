"""The derivative by one element, over those by the numbers computed from it: where no formula over arrays says it.

z = conv(x, k)     ∂L/∂x[1,2] = ∂L/∂z[1,1]·k[1,2] + ∂L/∂z[1,2]·k[1,1]
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property, reduce

from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, Number, free_names, simplified
from microgrid.formula.derivative import derivative
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.registry import sampled, unsampled

from .array_chains import MOST_TERMS, gradient_name

__all__ = ["ElementChains"]


class ElementChains:
    """What the numbers of a sheet pass back to each number that they are computed from.

    root  the number that is derived        leading  the numbers on the way to it, or their arrays

    >>> from microgrid.formula import render
    >>> sheet = Sheet.parse("param k = [1, 2]\\ninput x = [1, 3, 5]\\nz = conv(x, k)\\nL = z·z")
    >>> print(render(ElementChains(sheet, "L", ["z", "L"]).formula("x[2]")))
    ∂L/∂z[1]*k[2] + ∂L/∂z[2]*k[1]
    """

    def __init__(self, sheet: Sheet, root: str, leading: Collection[str]) -> None:
        self.sheet, self.root, self.leading = sheet, root, leading

    @cached_property
    def users(self) -> dict[str, list[str]]:
        """For each number those that are computed from it, on the way to the root."""
        found: dict[str, list[str]] = {}
        for name, formula in self.sheet.formulas.items():
            base, sample = unsampled(name)
            if sampled(self.sheet.algebra.arrays.owned(base), sample) in self.leading:
                for each in dict.fromkeys(each.name for each in free_names(formula)):
                    found.setdefault(each, []).append(name)
        return found

    def formula(self, element: str) -> Formula | None:
        """The chain rule over its users; None for too many of them, and for what is in no row of the table."""
        users = self.users.get(element, ())
        try:
            terms = [self.term(name, element) for name in users[: MOST_TERMS + 1]]
        except FormulaError:
            return None
        return simplified(reduce(added, terms)) if 0 < len(terms) <= MOST_TERMS else None

    def term(self, user: str, element: str) -> Formula:
        """What one number passes back."""
        slope = derivative(self.sheet.formulas[user], element, user)
        return slope if user == self.root else Call("*", (Name(gradient_name(self.root, user)), slope))


def added(left: Formula, right: Formula) -> Formula:
    return Call("+", (left, right)) if left != Number(0.0) else right
