"""Second derivatives by hand: the product rule over the paths of the first.

∂L/∂z = Σ ∂L/∂n · ∂n/∂z, so by w it is Σ (∂(∂L/∂n)/∂w · ∂n/∂z + ∂L/∂n · Σ ∂(∂n/∂z)/∂m · ∂m/∂w), m the names in ∂n/∂z.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from microgrid.formula import Formula, Number, derivative, free_names
from microgrid.formula.algebra import size
from microgrid.formula.budget import spend
from microgrid.formula.expression import CONSTANTS, Prepared

from .items import Item
from .precision import Words
from .written_slopes import SLOPES, Term, as_formula, marked

__all__ = ["Share", "second", "shares_of"]


class Pages(Protocol):
    """What has to be known of the work; `follow_through.Pages` knows it."""

    @property
    def uses(self) -> Mapping[str, Sequence[str]]:
        """For each quantity, those whose equations name it."""

    def sources(self, of: str) -> Collection[str]:
        """Everything that a quantity depends on."""

    def terms(self, item: Item) -> list[tuple[Item, ...]]:
        """A derivative as a sum of products."""

    def written(self, of: str, by: str) -> list[Term]:
        """A local derivative as people write it."""

    def named(self, number: int, name: str) -> Item:
        """The number that a name stands for in a round."""

    def evaluated_by(self, formula: Prepared, number: int, numbers: Mapping[Item, float], words: Words) -> float:
        """A formula over the numbers of a round."""


class Share(NamedTuple):
    """What one path adds to a second derivative.

    gradient  ∂L/∂n, and how that changes; None where the path is at its end
    slope     ∂n/∂z
    bends     by each name in the slope: how the slope changes, and how the name does; None where that is the one meant
    """

    gradient: tuple[Item, Item] | None
    slope: Item
    bends: tuple[tuple[Prepared, Item | None], ...]

    def inputs(self, pages: Pages, number: int) -> list[Item]:
        """The numbers that it follows from."""
        named = [name for bend, _ in self.bends for name in bend.names if name not in CONSTANTS]
        items = [
            *(self.gradient or ()),
            *([self.slope] if self.gradient else ()),
            *(each for _, each in self.bends if each),
        ]
        return [*items, *(pages.named(number, name) for name in named)]


def shares_of(pages: Pages, item: Item, first: Item) -> list[Share]:
    """A second derivative as a sum over the paths of the first."""
    found = []
    for *gradient, slope in pages.terms(first):
        formula = as_formula(pages.written(slope.of, slope.by))
        changed = item._replace(of=f"∂{first.of}/∂{gradient[0].by}") if gradient else item
        behind = (gradient[0], changed) if gradient else None
        found.append(Share(behind, slope, tuple(bends(pages, item, formula))))
    return found


def bends(pages: Pages, item: Item, slope: Formula) -> list[tuple[Prepared, Item | None]]:
    """How a slope changes with each of its names that depends on the quantity."""
    found: list[tuple[Prepared, Item | None]] = []
    for each in free_names(slope):
        if each.name in pages.uses and item.by in pages.sources(each.name):
            bend = derivative(slope, each.name)
            spend(size(bend) // SLOPES)
            moved = None if each.name == item.by else item._replace(of=each.name)
            found += [(Prepared(marked(bend)), moved)] if bend != Number(0.0) else []
    return found


def second(pages: Pages, item: Item, shares: list[Share], numbers: Mapping[Item, float], words: Words) -> float:
    """A second derivative from the numbers that it follows from."""
    total = 0.0
    for gradient, slope, bending in shares:
        change = 0.0
        for bend, moved in bending:
            by_name = pages.evaluated_by(bend, item.round, numbers, words)
            change = words["+"](change, words["*"](by_name, numbers[moved]) if moved else by_name)
        if gradient:
            behind, changed = gradient
            change = words["+"](words["*"](numbers[changed], numbers[slope]), words["*"](numbers[behind], change))
        total = words["+"](total, change)
    return total
