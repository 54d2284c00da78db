"""What a sheet says besides its steps: its functions, and what it computes from its loss or beside them in a round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from microgrid.errors import GraphError
from microgrid.formula import Formula
from microgrid.formula.definitions import Definition
from microgrid.sheet import Quantity, Round, Run
from microgrid.tape import Cursor

__all__ = ["NOTHING", "Beyond", "beyond", "worked"]


def nowhere() -> Round:
    """Raise GraphError: a tape without a sheet has no more than its steps."""
    raise GraphError("a tape has first derivatives alone; derivative(L, w) makes a Value of one")


class Beyond(NamedTuple):
    """What a sheet has and its tape leaves out.

    names  that no step is about        here         the round at hand
    lines  the formulas of its values   definitions  its functions, by name
    """

    names: frozenset[str] = frozenset()
    here: Callable[[], Round] = nowhere
    lines: Mapping[str, Formula] = {}
    definitions: Mapping[str, Definition] = {}

    def number(self, name: str) -> float:
        """The number of a name that no step is about."""
        return float(self.here()[name].data)

    def second(self, asked: Quantity) -> float:
        """A second derivative, which no tape has. Raises GraphError where there is no sheet."""
        return self.here().value(asked)

    def computed_by(self, formula: Formula) -> str:
        """The value whose line is that formula: a, of f(z) where a = f(z); '' for none."""
        return next((name for name, line in self.lines.items() if line == formula), "")


NOTHING = Beyond()


def beyond(run: Run | None, cursor: Cursor, is_tried: Callable[[], bool]) -> Beyond:
    """What the tape of a cursor leaves out of its sheet.

    is_tried  whether the numbers are others than the sheet's
    """
    if run is None:
        return NOTHING

    def here() -> Round:
        found, number = worked(run, cursor, is_tried())
        return found.rounds[number]

    definitions = {each.name: each for each in run.sheet.definitions}
    return Beyond(frozenset(run.outside(cursor.tape.graph)), here, run.sheet.formulas, definitions)


def worked(run: Run, cursor: Cursor, is_tried: bool) -> tuple[Run, int]:
    """The sheet with the numbers of this round, and its place in it: as published, unless something is tried."""
    here = cursor.round
    if not is_tried and here.number <= len(run.rounds):
        return run, here.number - 1
    numbers = dict(run.sheet.start)
    for name in numbers:
        node = run.rounds[0].nodes[name]
        numbers[name] = here.graph.data_of(node) if node in here.graph else here.memory.get(name, numbers[name])
    sheet = replace(run.sheet, checks=(), grids=(), updates=())
    return Run(sheet, (sheet.at(numbers, memory=here.memory),)), 0
