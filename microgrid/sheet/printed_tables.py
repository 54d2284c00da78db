"""Printed tables: `table round w b` and a line of numbers for each round; `.` where none is printed, `?` for blanks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from microgrid.errors import FormulaError, counted
from microgrid.formula.regexes import regex

from .lines import TABLE_RULE
from .remedies import with_point
from .statements import Quantity

__all__ = ["Cell", "Table", "cells", "instead_of_head", "is_row", "is_rule", "refused"]

NOTHING = "."
EMPTY = frozenset(".-−\u2013\u2014")  # as books print nothing
ROW = regex(r"[\s|]*[0-9]+[\s|,][^=~≈≃≅]*[^\s=~≈≃≅]\s*$")
CELL = regex(r"(?![|,](?:\s|$))\S+?(?=,?(?:\s|$))")  # between spaces; a | or a comma may stand there too


class Cell(NamedTuple):
    """A word of a table, and where it stands."""

    text: str
    start: int
    end: int


class Table(NamedTuple):
    """The head of a table: what its columns hold.

    is_broken  whether the head is a mistake, and its rows are skipped
    """

    columns: tuple[Quantity, ...]
    is_broken: bool = False

    def row(self, text: str) -> tuple[Cell, list[tuple[Quantity, Cell]]]:
        """The number of the round, and what is printed of it. Raises FormulaError for what is no row."""
        number, *found = cells(text.replace("|", " "))
        if len(found) > len(self.columns):
            extra = found[len(self.columns)]
            fact = f"a number too many: the table has {counted(len(self.columns), 'column')} besides the round"
            raise FormulaError(fact, extra.start, extra.end)
        if len(found) < len(self.columns):
            missing = ", ".join(map(str, self.columns[len(found) :]))
            fact = f"nothing stands here for {missing}; write {NOTHING} where nothing is printed"
            raise FormulaError(fact, len(text), len(text) + 1)
        printed = [(quantity, cell) for quantity, cell in zip(self.columns, found) if cell.text not in EMPTY]
        return number, printed


def cells(text: str, start: int = 0) -> Iterator[Cell]:
    """The words of a line; a bar behind one, which closes nothing there, is none of it.

    >>> [cell.text for cell in cells("| w | |u| L| M·|u|")]
    ['w', '|u|', 'L', 'M·|u|']
    """
    for match in CELL.finditer(text, start):
        word = match.group()
        closes = word.endswith("|") and word.count("|") % 2
        yield Cell(word[:-1] if closes else word, match.start(), match.end() - closes)


def is_rule(text: str) -> bool:
    """Whether a line only sets the head of a table off, as Markdown does.

    >>> is_rule("|---|:-:|"), is_rule("| 3 | - |"), is_rule("||")
    (True, False, False)
    """
    return bool(TABLE_RULE.match(text))


def is_row(text: str) -> bool:
    """Whether a line is one of a table's: it begins with a number, and says nothing else.

    >>> is_row("3  0.24  . 1/2"), is_row("| 3 | 0.24 |"), is_row("3*w ~= 0.24")
    (True, True, False)
    """
    return bool(ROW.match(text))


def refused(cell: Cell) -> FormulaError:
    """What to say of a word in a row that is no number."""
    remedy = with_point(cell.text) or f"write {NOTHING} where nothing is printed"
    return FormulaError(f"{cell.text!r} is no printed number; {remedy}", cell.start, cell.end)


def instead_of_head(text: str) -> str:
    """What to type instead of the head of a table whose rows are not called rounds.

    >>> instead_of_head("table epoch w b"), instead_of_head("table")
    ('a table counts rounds, from 1: write table round w b; epoch 0 is round 1', '')
    """
    _, *heads = (cell.text for cell in cells(text))
    if not heads:
        return ""
    columns = " ".join(heads[1:] or heads)
    called = f"; {heads[0]} 0 is round 1" if heads[1:] else ""
    return f"a table counts rounds, from 1: write table round {columns}{called}"
