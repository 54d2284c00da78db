"""Printed arrays in the report of a check: their numbers in a grid, and below the wrong ones what they should be."""

from __future__ import annotations

from typing import Any

from microgrid.answers import VERDICTS, Answer
from microgrid.answers.printed import Printed
from microgrid.formula import number_text
from microgrid.formula.lettering import shortened
from microgrid.sheet.arrays.grids import inline
from microgrid.sheet.numbers import BLANK, PRINTED

from .tables import plain

__all__ = ["grid_of", "in_line"]

ARRAY = 44  # characters of an array in its line
ROWS, COLUMNS = 12, 8  # that are shown of a large one
DIGITS = 6


def in_line(answer: Answer) -> str:
    """What is printed, on one line; of a long matrix whole rows, the first and the last of them.

    >>> from microgrid import Sheet
    >>> from microgrid.answers import check
    >>> rows = "; ".join(["0.125 0.125 0.125"] * 4)
    >>> in_line(check(Sheet.parse(f"W = ones(4, 3)/8\\nL = sum(W)\\nW ~= [{rows}]").run())[0])
    '[0.125 0.125 0.125; …; 0.125 0.125 0.125]'
    """
    sign = "−" if "−" in answer.printed else "-"
    shape, printed = answer.shape, [each.printed.replace("-", sign) for each in answer.cells]
    ways = (inline(shape, printed, most) for most in (24, 2 * shape[-1], 8, 6, 4))
    fitting = (each for each in ways if len(each) <= ARRAY and answer.printed[0] == "[")
    return answer.printed if len(answer.printed) <= ARRAY else next(fitting, shortened(answer.printed, ARRAY))


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
    marks = ("" if each.right or each.printed == BLANK else VERDICTS[each.verdict].mark for each in row)
    printed = tuple(f" {each.printed} {mark}" for each, mark in zip(row, marks))
    is_right = all(each.right or each.is_open for each in row)
    return [printed] if is_right else [printed, tuple("" if each.right else f"({should(each)})" for each in row)]


def should(cell: Answer) -> str:
    """The right number, in as many digits as are printed."""
    value = cell.value if cell.follows is None else cell.follows
    return Printed(cell.printed).like(value) if PRINTED.fullmatch(cell.printed) else number_text(value, DIGITS)
