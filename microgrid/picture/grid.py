"""Grids: the numbers of a vector or a matrix in an HTML-like label of Graphviz, shaded by sign and size.

A large one is folded: its shape and its range, above small cells without numbers; the largest have no cells at all.
The shades are a green and a purple that colour-blind readers tell apart (C. Brewer, ColorBrewer 2.0, scheme PRGn).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from microgrid.formula.lettering import font, number

from .card import Grid, Mark
from .metrics import width

__all__ = [
    "ABOVE", "ALONE", "BELOW", "DATA", "GRAD", "INKS", "WORD", "WRONG",
    "cell", "grid_table", "is_folded", "is_shaded", "lines", "tint",
]  # fmt: skip

DATA, GRAD, WORD, WRONG = "#0072B2", "#C24E00", "#6B7280", "#7A0F3C"
SIGNS = {"slip": "‼ ", "carried": "→ ", "": ""}
INKS = {"data": "#00527F", "grad": "#8A3800"}  # darker: they stand on shades
ABOVE, BELOW = (27, 120, 55), (118, 42, 131)
LIGHTEST, BEHIND_NUMBERS, ALONE = 0.06, 0.28, 0.85  # of the shades: of 0, of the largest number, without numbers
ROWS, COLUMNS, NUMBERS = 12, 6, 36  # of a grid that shows its numbers
CAPTION = 11  # points
CELLS, SIDE = 1024, 9  # small cells at most, and their side in points


def is_folded(grid: Grid) -> bool:
    """Whether a grid is too large for its numbers to be read."""
    return grid.shape[0] > ROWS or grid.columns > COLUMNS or len(grid.numbers) > NUMBERS


def is_shaded(grid: Grid) -> bool:
    """Whether a folded grid has small cells."""
    return len(grid.numbers) <= CELLS


def tint(value: float | None, largest: float, darkest: float = BEHIND_NUMBERS) -> str:
    """The shade of a number in a grid whose largest number has that size; of nothing, white.

    >>> tint(0.5, 0.5), tint(-0.5, 0.5), tint(0.0, 0.5)
    ('#BFD9C7', '#D9C3DC', '#FFFFFF')
    """
    if not value or math.isnan(value):
        return "#FFFFFF"
    share = 1.0 if math.isinf(value) or not largest else min(abs(value) / largest, 1.0)
    strength = LIGHTEST + (darkest - LIGHTEST) * share
    mixed = (round(255 - strength * (255 - each)) for each in (ABOVE if value > 0 else BELOW))
    return "#" + "".join(f"{each:02X}" for each in mixed)


def grid_table(grid: Grid, marks: Sequence[Mark], kind: str, digits: int, words: bool, room: int) -> str:
    """The grid as a table inside a cell.

    kind   "data" or "grad"               words  whether that is written above the numbers
    room   the least width of a number    marks  of the card; those of this kind stand on their cells
    """
    folded, columns = is_folded(grid), grid.columns
    rows = [[cell(font(caption, WORD, CAPTION))] for caption in captions(grid, kind, digits, words)]
    if not folded or is_shaded(grid):
        cells = cells_of(grid, marks, kind, digits, room)
        inside = [cells[i : i + columns] for i in range(0, len(cells), columns)]
        rows.append([cell(inner_table(inside, 0 if folded else 1, 0 if folded else 2))])
    return inner_table(rows, 0, 1)


def inner_table(rows: Sequence[Sequence[str]], spacing: int, padding: int) -> str:
    """A table without a frame."""
    space = f'CELLSPACING="{spacing}" CELLPADDING="{padding}"'
    return f'<TABLE BORDER="0" CELLBORDER="0" {space}>{lines(rows)}</TABLE>'


def cells_of(grid: Grid, marks: Sequence[Mark], kind: str, digits: int, room: int) -> list[str]:
    """Its numbers on their shades, as wide as the widest; of a folded grid the shades alone."""
    wrong = {mark.place: mark.verdict for mark in marks if mark.what == kind}
    largest = max((abs(each) for each in grid.numbers if each is not None and math.isfinite(each)), default=0.0)
    if is_folded(grid):
        return [small_cell(each, largest, wrong.get(i, "")) for i, each in enumerate(grid.numbers)]
    texts = [
        None if each is None else SIGNS[wrong.get(i, "")] + number(each, digits) for i, each in enumerate(grid.numbers)
    ]
    widest = max(width(each or "") for each in texts)
    size = {"WIDTH": max(room, math.ceil(widest) + 5), "ALIGN": "LEFT"}
    return [
        cell(
            font(text, WRONG if i in wrong else INKS[kind]) if text else "",
            **size, **framed(i in wrong), BGCOLOR=tint(each, largest),
        )
        for i, (each, text) in enumerate(zip(grid.numbers, texts))
    ]  # fmt: skip


def captions(grid: Grid, kind: str, digits: int, words: bool) -> list[str]:
    """What stands above a grid: of a folded one its shape and its range."""
    found = [kind] if words else []
    if is_folded(grid):
        ends = grid.range
        shape = " × ".join(map(str, grid.shape)) if len(grid.shape) > 1 else f"{grid.shape[0]} rows"
        found += [shape, " … ".join(number(each, digits) for each in (ends.low, ends.high))]
    return found


def small_cell(value: float | None, largest: float, verdict: str) -> str:
    """A shade alone."""
    size = {"WIDTH": SIDE, "HEIGHT": SIDE, "FIXEDSIZE": "TRUE"}
    return cell("", **size, **framed(bool(verdict)), BGCOLOR=tint(value, largest, ALONE))


def framed(is_wrong: bool) -> dict[str, object]:
    return {"BORDER": 2, "COLOR": WRONG} if is_wrong else {}


# ── rows and cells ─────────────────────────────────────────────────────────────────────────


def lines(rows: Sequence[Sequence[str]]) -> str:
    """The rows of a table."""
    return "".join(f"<TR>{''.join(row)}</TR>" for row in rows)


def cell(content: str, **attributes: object) -> str:
    """A cell of a table."""
    words = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<TD {words}>{content}</TD>"
