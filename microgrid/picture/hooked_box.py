"""The box of a card whose numbers will change: each in a cell of its own, for the hooks that `svg` puts there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from microgrid.formula.lettering import escaped, font, number, plain

from .card import Card, Grid, Mark, Range, Slope, Words, is_closed
from .grid import DATA, GRAD, WORD, WRONG, cell, grid_table, lines

__all__ = ["DATA", "GRAD", "ROOM", "table"]

ROOM = 52

FRAMES = {"operation": "#5B6470", "parameter": "#8A6D00", "input": "#2F6C9E", "constant": "#767676", "loss": "#A33E00"}
FILLS = {"operation": "#FFFFFF", "parameter": "#FFF1CC", "input": "#DDEBF7", "constant": "#EEEEEE", "loss": "#FBE0D3"}
PARTIAL = "#4B5563"
VERDICTS = {
    "slip": ("‼", 'BORDER="3"'),
    "carried": ("→", 'BORDER="2" STYLE="dashed"'),
}  # a sign that every font has, and a frame


def table(
    card: Card, direction: str = "TB", digits: int = 4, words: bool = True, room: int = ROOM, slopes: bool = True
) -> str:
    """The card as an HTML-like label of Graphviz, with a port `i0`, `i1`, … for each input.

    words  whether "data" and "grad" are written above their numbers
    room   the least width of a number's cell, for numbers that will change
    slopes whether the local derivatives are on the card
    """
    card = card if slopes else replace(card, inputs=())
    border = 1 if card.role in ("parameter", "loss") else 0
    rows = (across if direction == "TB" or not card.inputs else beside)(card, digits, words, room)
    if card.role == "constant" and not isinstance(card.data, Grid):
        rows = [[cell(font(card.title, PARTIAL), BGCOLOR=FILLS["constant"])]]
    rows += [[mark_cell(mark, card, direction)] for mark in card.marks]
    frame = f'BORDER="{border}" CELLBORDER="1" CELLSPACING="0" CELLPADDING="3" COLOR="{FRAMES[card.role]}"'
    inside = f"<TABLE {frame}>{lines(rows)}</TABLE>"
    verdict = next((each for each in VERDICTS if any(mark.verdict == each for mark in card.marks)), "")
    if verdict:  # a second frame around the first
        outside = f'{VERDICTS[verdict][1]} CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{WRONG}"'
        inside = f"<TABLE {outside}>{lines([[cell(inside)]])}</TABLE>"
    return f"<{inside}>"


def across(card: Card, digits: int, words: bool, room: int) -> list[list[str]]:
    """Top-down: the local derivatives, the title below them, then data and grad."""
    n = max(len(card.inputs), 1)
    wider = {"WIDTH": room} if room > ROOM else {}
    rows = [
        [partial_cell(card, slot, digits, COLSPAN=2, **wider) for slot in range(len(card.inputs))],
        [title_cell(card, COLSPAN=2 * n)],
        [data_cell(card, digits, words, COLSPAN=n, WIDTH=room), grad_cell(card, digits, words, COLSPAN=n, WIDTH=room)],
    ]
    return [row for row in rows if row]


def beside(card: Card, digits: int, words: bool, room: int) -> list[list[str]]:
    """Left to right: the title, below it the local derivatives at the left, data over grad at the right."""
    n = len(card.inputs)
    height = max(n, 2)
    rows = [[partial_cell(card, slot, digits, "  ", ROWSPAN=2 if n == 1 else 1)] for slot in range(n)]
    rows += [[] for _ in range(height - n)]
    rows[0].append(data_cell(card, digits, words, ROWSPAN=(height + 1) // 2, WIDTH=room))
    rows[(height + 1) // 2].append(grad_cell(card, digits, words, ROWSPAN=height // 2, WIDTH=room))
    return [[title_cell(card, COLSPAN=2)], *rows]


def title_cell(card: Card, **span: int) -> str:
    text = escaped(card.title)
    notes = "".join("<BR/>" + font(note, WORD, 8) for note in card.notes)
    return cell((f"<B>{text}</B>" if card.named else text) + notes, **span, BGCOLOR=FILLS[card.role])


def mark_cell(mark: Mark, card: Card, direction: str) -> str:
    """`‼ data slip: printed 0.25`"""
    sign = VERDICTS[mark.verdict][0]
    where = plain(mark.what, 40) + index(card, mark)
    text = f"{sign} {where} {mark.verdict}: printed {plain(mark.printed, 24).replace('-', '−')}"
    columns = 2 * max(len(card.inputs), 1) if direction == "TB" or not card.inputs else 2
    return cell(font(text, WRONG, 9), COLSPAN=1 if card.role == "constant" else columns, BGCOLOR="white")


def index(card: Card, mark: Mark) -> str:
    """Where in a grid a number stands: ` [2,1]`."""
    if not isinstance(card.data, Grid) or mark.what not in ("data", "grad"):
        return ""
    row, column = divmod(mark.place, card.data.columns)
    return f" [{row + 1},{column + 1}]" if len(card.data.shape) > 1 else f" [{row + 1}]"


def partial_cell(card: Card, slot: int, digits: int, indent: str = "", /, **span: int) -> str:
    """The local derivative; indented where some versions of dot let the arrow head reach into the cell."""
    closed = ", closed" if is_closed(card, slot) else ""
    text = font(f"{indent}∂ {slope(card.inputs[slot][1], digits)}{closed}", PARTIAL, 9)
    return cell(text, PORT=f"i{slot}", **span, BGCOLOR="#EEF0F3")


def data_cell(card: Card, digits: int, words: bool, **span: int) -> str:
    if isinstance(card.data, Grid):
        return cell(grid_table(card.data, card.marks, "data", digits, words, room_of(span)), **span, BGCOLOR="white")
    word = font("data", WORD, 8) + "<BR/>" if words else ""
    return cell(word + font(numbers(card.data, digits), DATA), **span, BGCOLOR="white")


def grad_cell(card: Card, digits: int, words: bool, **span: int) -> str:
    if isinstance(card.grad, Grid):
        return cell(grid_table(card.grad, card.marks, "grad", digits, words, room_of(span)), **span, BGCOLOR="white")
    word = font("grad", WORD, 8) + "<BR/>" if words else ""
    text = "–" if card.grad is None else numbers(card.grad, digits)
    return cell(word + font(text, GRAD), **span, BGCOLOR="white")


def room_of(span: Mapping[str, int]) -> int:
    """The least width of a number of a grid, where numbers will change."""
    return 44 if span.get("WIDTH", ROOM) > ROOM else 0


def slope(value: Slope, digits: int) -> str:
    """A local derivative: a number, or what it multiplies by."""
    return value.text if isinstance(value, Words) else numbers(value, digits)


def numbers(value: float | Range, digits: int) -> str:
    """A number, or the smallest and the largest of many."""
    if not isinstance(value, Range):
        return number(value, digits)
    return " … ".join(dict.fromkeys(number(each, digits) for each in (value.low, value.high)))
