"""Printed arrays, judged as a whole: the worst of their cells, and what is wrong with all of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from microgrid.sheet import Check, Grid, Identity, Sheet

from .answer import Answer
from .follow_through import Item, Pages
from .patterns import Pattern, Rows, patterns, rows_of
from .printed import Printed, printed_of

__all__ = ["Grids", "lines", "places"]

WORST = ("slip", "undefined", "carried", "close", "open", "rounding", "exact")  # the worst of its cells is what it is
NAMED = 3  # cells that are told one by one
DIGITS = 2  # significant ones, of all wrong cells: fewer say too little
HINTED = 4  # wrong numbers of an array of which is guessed what they are
NEAR, LONG = 2, 3  # units: so far rounding before a factor may lead, in numbers of so many digits


def places(grid: Grid) -> list[str]:
    """How the elements are told apart: [2,1].

    >>> places(Grid(1, 0, "W", "", (1, 2), ())), places(Grid(1, 0, "v", "", (2,), ()))
    (['[1,1]', '[1,2]'], ['[1]', '[2]'])
    """
    height, width = (*grid.shape, 0)[:2]
    columns = range(1, width + 1)
    return [f"[{i},{j}]" for i in range(1, height + 1) for j in columns] or [f"[{i}]" for i in range(1, height + 1)]


class Grids:
    """The printed arrays of a sheet."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.all = {each: found for each in pages.sheet.grids if len(found := numbers_in(each)) == len(each.checks)}

    @cached_property
    def patterns(self) -> dict[Grid, str]:
        """What is wrong with them as a whole, by the true numbers; not of those with nothing of the kind."""
        found = {grid: self.pattern(grid, [self.true(each) for each in checks]) for grid, checks in self.all.items()}
        return {grid: words for grid, words in found.items() if words}

    @cached_property
    def unhinted(self) -> frozenset[Item]:
        """Numbers of which nothing is guessed one by one: of arrays that are wrong as a whole, or at many places."""
        found: list[Item] = []
        for grid, checks in self.all.items():
            wrong = [each for each in checks if not (each.is_blank or self.is_right(each))]
            found += map(self.item, checks if grid in self.patterns else wrong[HINTED:])
        return frozenset(found)

    def item(self, asked: Check) -> Item:
        return self.pages.item(asked.round, asked.quantity)

    def true(self, asked: Check) -> float:
        return self.pages.true(self.item(asked))

    def is_right(self, asked: Check) -> bool:
        """Whether what is printed is the true number."""
        return printed_of(asked).agrees(self.true(asked))

    def answer(self, grid: Grid, cells: Sequence[Answer]) -> Answer:
        """The answer to a printed array, whose verdict is that of its worst cell.

        cells  the answers to its elements
        """
        verdict = min((each.verdict for each in cells), key=WORST.index)
        said = (self.patterns.get(grid, "") or self.pattern_behind(grid, cells)) if verdict == "slip" else ""
        why = said or "; ".join(told(grid, cells, verdict))
        at = grid.line, grid.round + 1
        return Answer(*at, grid.name, grid.text, math.nan, verdict, why, shape=grid.shape, cells=tuple(cells))

    # ── as a whole ──

    def pattern(self, grid: Grid, right: Sequence[float]) -> str:
        """What is wrong with the printed numbers as a whole; '' for nothing, or for too few to tell.

        right  the numbers as they should be
        """
        checks = self.all[grid]
        if any(each.is_blank for each in checks) or not all(map(math.isfinite, right)):
            return ""
        cells, rows = list(map(printed_of, checks)), rows_of(list(right), grid.shape)
        wrong = [cell for cell, number in zip(cells, right) if not cell.agrees(number)]
        if len(wrong) < 2 or sum(each.significant for each in wrong) < DIGITS:
            return ""
        found = list(patterns(self.pages.run, grid))
        return next((each.words for near in (0, NEAR) for each in found if fits(cells, each, rows, near)), "")

    def pattern_behind(self, grid: Grid, cells: Sequence[Answer]) -> str:
        """The same, where the right numbers are those that follow from wrong ones before."""
        should = [each.value if each.follows is None else each.follows for each in cells]
        return self.pattern(grid, should) if should != [each.value for each in cells] else ""


def lines(sheet: Sheet) -> Iterator[tuple[Grid | None, Sequence[Check | Identity]]]:
    """What a sheet publishes, line by line: all elements of an array, or one number or formula.

    >>> sheet = Sheet.parse("param v = [1, 2], w = 3\\nL = w*sum(v)\\nL ~= 9\\ndL/dv ~= [3, 3]\\ndL/dw == sum(v)")
    >>> [len(checks) for _, checks in lines(sheet)]
    [1, 2, 1]
    """
    grids = {grid.checks[0]: grid for grid in sheet.grids}
    checks = iter(sheet.checks)
    for each in checks:
        grid = grids.get(each)
        yield grid, grid.checks if grid else (each,)
        deque(islice(checks, len(grid.checks) - 1 if grid else 0), maxlen=0)  # its elements stand behind each other


def numbers_in(grid: Grid) -> list[Check]:
    """The printed numbers of an array."""
    return [each for each in grid.checks if isinstance(each, Check)]


def fits(cells: Sequence[Printed], pattern: Pattern, rows: Rows, near: int) -> bool:
    """Whether a mistake makes of the right numbers what is printed, up to so many units of long ones."""
    made = [number for row in pattern.made(rows) for number in row]
    slack = (near * each.unit if each.significant >= LONG else 0.0 for each in cells)
    return all(cell.agrees(*each) for cell, *each in zip(cells, made, slack))


def told(grid: Grid, cells: Sequence[Answer], verdict: str) -> Iterator[str]:
    """What is said of the cells that make an array what it is: the first ones, those alike together."""
    found = [(place, each) for place, each in zip(places(grid), cells) if each.verdict == verdict]
    count, alike = len(found), {each.why.partition("; ")[2] for _, each in found}
    if verdict in ("exact", "open"):
        return
    if count > NAMED and len(alike) == 1 and "" not in alike:
        yield f"{count} of {len(cells)} alike: {alike.pop()}"
        return
    for place, each in found[:NAMED]:
        yield f"{place} {each.why}" if each.why else f"{place} {verdict}"
    if count > NAMED:
        yield f"and {count - NAMED} more"
