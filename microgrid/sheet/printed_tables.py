"""Printed tables: `table round w b` and a line of numbers for each round, `.` where nothing is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microgrid.errors import FormulaError, counted

from .lines import Line
from .numbers import PRINTED, check_range
from .statements import Quantity

__all__ = ["Cell", "Table", "cells", "is_row"]

NOTHING = "."
ROW = re.compile(r"\s*[0-9]+(?:\s+[^\s=~≈]+)+\s*$")


class Cell(NamedTuple):
    """A word of a table, and where it stands."""

    text: str
    start: int
    end: int


class Table(NamedTuple):
    """The head of a table: what its columns hold, and where in the sheet its next row may be.

    is_broken  whether the head is a mistake, and its rows are skipped
    """

    columns: tuple[Quantity, ...]
    below: int
    is_broken: bool = False

    def row(self, text: str) -> tuple[Cell, list[tuple[Quantity, Cell]]]:
        """The number of the round, and what is printed of it. Raises FormulaError for what is no row."""
        number, *found = cells(text)
        if len(found) > len(self.columns):
            extra = found[len(self.columns)]
            fact = f"a number too many: the table has {counted(len(self.columns), 'column')} besides the round"
            raise FormulaError(fact, extra.start, extra.end)
        if len(found) < len(self.columns):
            missing = ", ".join(map(str, self.columns[len(found) :]))
            fact = f"nothing stands here for {missing}; write {NOTHING} where nothing is printed"
            raise FormulaError(fact, len(text), len(text) + 1)
        printed = [(quantity, cell) for quantity, cell in zip(self.columns, found) if cell.text != NOTHING]
        for _, cell in printed:
            if not PRINTED.fullmatch(cell.text):
                fact = f"{cell.text!r} is no printed number; write {NOTHING} where nothing is printed"
                raise FormulaError(fact, cell.start, cell.end)
            check_range(cell.text, cell.start)
        return number, printed


def cells(text: str, start: int = 0) -> Iterator[Cell]:
    """The words of a line."""
    for match in re.compile(r"\S+").finditer(text, start):
        yield Cell(match.group(), *match.span())


def is_row(table: Table, line: Line, lines: Sequence[str]) -> bool:
    """Whether a line goes on with a table: it begins with a number, and no empty line is between.

    lines  of the sheet
    """
    between = lines[table.below - 1 : line.number - 1]
    return bool(ROW.match(line.text)) and all(each.strip() for each in between)
