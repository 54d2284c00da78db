"""Tables without lines, and text without markup.

A table is printed in pages: of a long one the first lines are there before the last are made, and no more than a page
is held. Columns keep their widths from page to page, unless something wider comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from microgrid.look_alikes import harmless
from microgrid.streams import carried

__all__ = ["GAP", "Cell", "Plain", "Table", "plain", "table"]

PAGE = 400  # rows
GAP = 2  # blanks between columns


class Plain(NamedTuple):
    """Text that holds no markup, and a style for all of it."""

    plain: str
    style: str = ""

    def __rich__(self) -> Any:
        from rich.text import Text

        return Text(self.plain, self.style)

    def __str__(self) -> str:
        return self.plain


Cell = Any  # a Plain, or a text without markup


def plain(text: str, style: str = "") -> Plain:
    """Text that holds no markup and no command, whatever it says, and that the terminal has the signs for."""
    return Plain(carried(harmless(text)), style)


class Table:
    """Rows below each other, the same on a screen and in a file; those that an iterator makes are made page by page."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        self.heads = tuple(carried(each[1:]) for each in columns)
        self.sides = ["right" if each[0] == ">" else "left" for each in columns]
        self.whole = [False] * len(columns)  # whether a column is never broken
        self.made, self.rows = rows, list[Sequence[Cell]]()

    def add_row(self, *cells: Cell) -> None:
        self.rows.append(cells)

    def pages(self) -> Iterator[tuple[list[tuple[Cell, ...]], bool]]:
        """The rows in pages, and whether that is all of them; the first page may be empty."""
        count = len(self.heads)
        filled = ((*row, *[""] * (count - len(row))) for row in chain(self.made, self.rows))
        page, after = list(islice(filled, PAGE)), list(islice(filled, 1))
        yield page, not after
        while after:
            page = [*after, *islice(filled, PAGE - 1)]
            after = list(islice(filled, 1))
            yield page, False


def table(*columns: str, rows: Iterable[Sequence[Cell]] = ()) -> Table:
    """A table without lines. A column is named `<` or `>` first, for the side it stands on."""
    return Table(columns, rows)
