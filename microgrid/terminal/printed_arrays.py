"""Printed arrays in the report of a check: their numbers in a grid, and below the wrong ones what they should be."""

from __future__ import annotations

from typing import Any

from microgrid.answers import VERDICTS, Answer
from microgrid.answers.printed import Printed
from microgrid.formula import number_text
from microgrid.sheet.numbers import PRINTED

from .tables import plain

__all__ = ["ARRAY", "grid_of"]

ARRAY = 44  # characters of an array in its line
ROWS, COLUMNS = 12, 8  # that are shown of a large one
DIGITS = 6


def grid_of(answer: Answer) -> Any:
    """The printed numbers row by row, what is not right marked, and below it the right one in brackets.

    A vector is one row, as it is typed.
    """
    width = answer.shape[1] if len(answer.shape) > 1 else len(answer.cells)
    rows = [answer.cells[i : i + width] for i in range(0, len(answer.cells), width)]
    lines = [line for row in rows[:ROWS] for line in lines_of(row[:COLUMNS])]
    widths = [max(map(len, column)) for column in zip(*lines)]
    beyond = " …" if width > COLUMNS else ""
    text = [" ".join(cell.ljust(size) for cell, size in zip(line, widths)).rstrip() + beyond for line in lines]
    return plain("\n".join([*text, "…"] if len(rows) > ROWS else text), "dim")


def lines_of(row: tuple[Answer, ...]) -> list[tuple[str, ...]]:
    """One row: what is printed, and if something in it is not right, what it should be."""
    printed = tuple(f" {each.printed} {'' if each.right else VERDICTS[each.verdict].mark}" for each in row)
    is_right = all(each.right or each.is_open for each in row)
    return [printed] if is_right else [printed, tuple("" if each.right else f"({should(each)})" for each in row)]


def should(cell: Answer) -> str:
    """The right number, in as many digits as are printed."""
    value = cell.value if cell.follows is None else cell.follows
    return Printed(cell.printed).like(value) if PRINTED.fullmatch(cell.printed) else number_text(value, DIGITS)
