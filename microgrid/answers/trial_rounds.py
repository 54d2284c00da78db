"""What a sheet comes to at other numbers of its leaves: worked once, for all formulas that are looked at there."""

from __future__ import annotations

import math
import random
import sys
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import count, islice
from typing import Any

from microgrid.engine import FUNCTIONS, Value
from microgrid.formula import Formula, Name, evaluate
from microgrid.formula.algebra import size
from microgrid.formula.budget import Budget, patience
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Quantity, Round
from microgrid.sheet.evaluation import derivatives_in
from microgrid.sheet.statements import names_of, quantity_of

from .equations import variables
from .follow_through import Pages
from .kinks import Kinks, Words

__all__ = ["TrialRounds"]

FIRST = 16  # points, that are near and far; those behind them are near
PARTS = 10  # of a formula that are as long as one more number takes
OPERATIONS = 4  # of a derivative that has derivatives again, as long as one more number takes
KEPT = 200_000  # numbers of points that may be asked for again, of all formulas together


class TrialRounds:
    """The names that some quantities depend on, at points.

    asked  the quantities          given  the round of the sheet that they are asked in
    count  of the formulas that name them
    """

    def __init__(self, pages: Pages, given: Round, asked: Iterable[Quantity], count: int = 1) -> None:
        self.pages, self.given, self.asked, self.count = pages, given, tuple(asked), count
        self.kinks = Kinks(slopes=any(each.by for each in self.asked))
        self.words = self.kinks.watched(FUNCTIONS)
        self.works: dict[tuple[Any, ...], Any] = {}  # of proofs about them
        self._there: dict[int, tuple[Mapping[str, float], Round, bool]] = {}  # what those come to, each with its point

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that the quantities depend on, and what is computed along with it."""
        asked = {name for each in self.asked for name in names_of(each)}
        found = frozenset().union(*map(self.pages.sources, asked))
        together = (each.names for each in self.pages.sheet.equations if len(each.names) > 1)
        return found.union(*(names for names in together if not found.isdisjoint(names)))

    @cached_property
    def by(self) -> dict[str, list[str]]:
        """Of each quantity those that it is differentiated by."""
        found: dict[str, list[str]] = {}
        led = (variables(formula) for name, formula in self.equations.items() if name in self.pages.led)
        derivatives = (quantity_of(Name(name)) for names in led for name in names if name[0] == "∂")
        for each in (*self.asked, *derivatives):
            found.setdefault(each.of, []).append(each.by)
        return {of: list(filter(None, by)) for of, by in found.items()}

    @cached_property
    def computed(self) -> list[str]:
        """Those of them that have an equation, in the order of the sheet."""
        return [name for name in self.pages.formulas if name in self.names]

    @cached_property
    def equations(self) -> dict[str, Formula]:
        """The equations of those that have one, in the order of the sheet, also if derivatives are in it."""
        led = {each.names[0]: each.formula for each in self.pages.sheet.equations if len(each.names) == 1}
        led = {name: formula for name, formula in led.items() if name in self.pages.led}
        known = {**self.pages.formulas, **led}
        order = [name for each in self.pages.sheet.equations for name in each.names]
        return {name: known[name] for name in dict.fromkeys((*order, *known)) if name in known and name in self.names}

    @cached_property
    def weight(self) -> int:
        """How many numbers one point is, long formulas counted by their parts."""
        return len(self.names) + sum(size(formula) // PARTS for formula in self.equations.values())

    @cached_property
    def leaves(self) -> dict[str, float]:
        """Those of them that are given or remembered, with their numbers."""
        given = {leaf.name: self.given[leaf.name].data for leaf in self.pages.sheet.leaves if leaf.name in self.names}
        return given | {name: number for name, number in self.given.memory.items() if name in self.names}

    @cached_property
    def near(self) -> Drawn:
        """Other numbers for the leaves, the same for all formulas: near ones, then nearer and nearer."""
        return Drawn(near(self.leaves))

    @cached_property
    def far(self) -> Drawn:
        """More of them, and farther ones."""
        return Drawn(far(self.leaves))

    def at(self, leaves: Mapping[str, float], words: Words | None = None) -> Round:
        """The round where the leaves have these numbers, by other words than the usual where some are given.

        Afterwards `kinks` knows whether it is on a kink. Raises what its operations raise.
        """
        if words:
            return self.round(leaves, words)
        if id(leaves) in self._there:
            _, there, self.kinks.met = self._there[id(leaves)]
            return there
        there = self.known(leaves)
        if self.pages.points.spent < KEPT:
            self._there[id(leaves)] = leaves, there, self.kinks.met
        return there

    def known(self, leaves: Mapping[str, float]) -> Round:
        """The round where the leaves have these numbers; it may have been worked for another line."""
        kept, key = self.pages.kept, (self.given.number, self.kinks.slopes, self.names, *leaves.items())
        if key in kept:
            there, self.kinks.met = kept[key]
            return there  # type: ignore[no-any-return]
        there = self.round(leaves, self.words)
        if self.pages.points.spent < KEPT:
            kept[key] = there, self.kinks.met
        return there

    def round(self, leaves: Mapping[str, float], words: Words) -> Round:
        self.kinks.met = False
        self.pages.points.spent += self.weight
        slopes = Budget(sys.maxsize // patience(), "operations")
        with slopes.in_force():
            nodes = self.worked(leaves, words)
        self.pages.points.spent += slopes.spent // OPERATIONS
        return Round(self.pages.sheet, nodes, memory=self.given.memory)

    def worked(self, leaves: Mapping[str, float], words: Words, whole: bool = False) -> dict[str, Value]:
        """Every name that is needed, or the whole sheet, from the leaves: what `Sheet.at` computes, without words."""
        nodes = {name: Value(number) for name, number in leaves.items()}
        for equation in self.pages.sheet.equations:
            if whole or not self.names.isdisjoint(equation.names):
                known = ChainMap[str, Any](nodes, derivatives_in(equation, nodes), dict(CONSTANTS))
                result = evaluate(equation.formula, known, words)
                for name, each in zip(equation.names, result if isinstance(result, tuple) else (result,)):
                    nodes[name] = each * 1 if isinstance(each, Value) else Value(each)
        return nodes


class Drawn:
    """Points in the order in which they are drawn, each once."""

    def __init__(self, points: Iterator[Mapping[str, float]]) -> None:
        self.points, self.known = points, list[Mapping[str, float]]()

    def __getitem__(self, i: int) -> Mapping[str, float]:
        self.known += islice(self.points, max(i + 1 - len(self.known), 0))
        return self.known[i]


def near(leaves: Mapping[str, float]) -> Iterator[Mapping[str, float]]:
    """Other numbers for the leaves: near ones, ones of the same sign, far ones; then nearer and nearer."""
    rng = random.Random(0)
    for i in count():
        kind = i % 4 if i < FIRST else i % 2
        size = 0.05 if i < FIRST else 0.05 * 0.99 ** (i - FIRST)
        yield {name: drawn(number, kind, size, rng) for name, number in leaves.items()}


def far(leaves: Mapping[str, float]) -> Iterator[Mapping[str, float]]:
    """More of them, and farther ones: the other side of some kink is far away."""
    rng = random.Random(1)
    for i in count():
        sizes = {name: rng.choice((0.05, 1.0, 3.0, 10.0 ** (1 + i % 3))) for name in leaves}
        yield {name: number + sizes[name] * rng.gauss(0, 1 + abs(number)) for name, number in leaves.items()}


def drawn(number: float, kind: int, near: float, rng: random.Random) -> float:
    """Another number: near by, of the same sign, or anywhere."""
    if kind == 0:
        return number + near * rng.gauss(0, 1 + abs(number))
    if kind == 1 and number:
        return number * math.exp(rng.gauss(0, 14 * near))
    return number + rng.gauss(0, 1 + abs(number))
