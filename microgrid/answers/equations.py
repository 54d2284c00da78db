"""What the equations of a sheet say of each other: what uses what, and with which slope."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from microgrid.formula import Formula, Number, derivative, free_names
from microgrid.formula.algebra import size
from microgrid.formula.budget import spend
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Run, Sheet
from microgrid.sheet.other_rounds import CHANGE, parts

from .reach import Reach, Sources
from .written_slopes import SLOPES, Term, softmax_slope, terms_of, weight, written_slope

__all__ = ["Equations", "variables"]

PARTS = 10  # of a formula whose slope is taken, as long as it takes to follow one number


class Equations:
    """The equations of a sheet, and their slopes."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sheet: Sheet = run.sheet
        self.formulas = {**run.sheet.formulas, **run.sheet.unnamed}
        self._slopes: dict[tuple[str, str, bool], Formula] = {}
        self._parts: dict[str, int] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._written: dict[tuple[str, str], list[Term]] = {}

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """For each quantity, the quantities whose equations name it."""
        found: dict[str, list[str]] = {name: [] for name in self.sheet.quantities}
        for name, formula in self.sheet.formulas.items():
            for each in free_names(formula):
                if each.name in found:
                    found[each.name].append(name)
        return found

    def sources(self, of: str) -> Sources:
        """Everything that a quantity depends on, itself included."""
        return self.reach.sources(of)

    @cached_property
    def reach(self) -> Reach:
        """What each quantity depends on."""
        return Reach(self.names_in)

    def names_in(self, name: str) -> tuple[str, ...]:
        """The quantities in the equation of a quantity, and what the derivatives in it are of and by."""
        if name not in self._names:
            self._names[name] = tuple(self.named_in(name))
        return self._names[name]

    def named_in(self, name: str) -> Iterator[str]:
        if self.is_change(name):
            return iter([name.removeprefix(CHANGE)])
        words = variables(self.formulas.get(name) or self.sheet.leading.get(name, Number(0.0)))
        return (part for each in words for part in ([each] if each[0] != "∂" else parts(each)))

    def slope(self, of: str, by: str, by_value: bool) -> Formula:
        """The local derivative of an equation by a quantity in it; `by_value` uses its own value, a(1 - a)."""
        key = of, by, by_value
        if key not in self._slopes:
            self.weigh(of)
            several = by_value and self.siblings.get(of)
            self._slopes[key] = (
                softmax_slope(self.formulas[of], several, of, by)
                if several
                else derivative(self.formulas[of], by, out=of if by_value else "")
            )
            spend(size(self._slopes[key]) // SLOPES)
        return self._slopes[key]

    def weigh(self, of: str) -> None:
        """Count the work of one slope: of a long formula it is much, and of that each name has one."""
        if of not in self._parts:
            self._parts[of] = size(self.formulas[of])
        spend(self._parts[of] // PARTS)

    def written(self, of: str, by: str) -> list[Term]:
        """The local derivative as people write it: a sum of products."""
        if (of, by) not in self._written:
            self.weigh(of)
            several = self.siblings.get(of)
            self._written[of, by] = (
                terms_of(self.slope(of, by, True)) if several else written_slope(self.formulas[of], by, of)
            )
            spend(weight(self._written[of, by]) // SLOPES)
        return self._written[of, by]

    @cached_property
    def led(self) -> dict[str, Formula]:
        """The equations of the quantities that are computed with a derivative."""
        return {e.names[0]: e.formula for e in self.sheet.equations if e.names[0] in self.sheet.leading}

    @cached_property
    def siblings(self) -> dict[str, tuple[str, ...]]:
        """For each result of a softmax, all results of it."""
        return {name: each.names for each in self.sheet.equations for name in each.names if len(each.names) > 1}

    def is_change(self, name: str) -> bool:
        """Whether it is a Δw that the sheet does not define itself."""
        return name.startswith(CHANGE) and name not in self.run.rounds[0].nodes


@lru_cache(maxsize=4096)
def variables(formula: Formula) -> tuple[str, ...]:
    """The quantities in a formula."""
    return tuple(each.name for each in free_names(formula) if each.name not in CONSTANTS)
