"""The box of a card, as an HTML-like label of Graphviz: the title, a row for each input, then data and grad.

A wired input has the port of its wire; a leaf that is used here is a row with its number, ∂ and gradient. From left to
right wires end at the left of the rows; from the top down the wired inputs stand side by side above the title. All
text begins at the left of a cell that is wide enough for any font, so that it stays inside whatever draws it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from microgrid.errors import counted
from microgrid.formula.lettering import escaped, font, number, plain

from .card import Card, Grid, Mark, Numbers, Range, Words, carried, is_closed
from .grid import DATA, GRAD, INKS, WORD, WRONG, cell, grid_table, lines
from .leaf_rows import LeafRows
from .look import Look
from .metrics import SIZE, width
from .tooltips import of_card, of_use

__all__ = ["Cards", "port", "table"]

INK = "#1F2933"
FRAMES = {"operation": "#5B6470", "parameter": "#8A6D00", "input": "#2F6C9E", "constant": "#767676", "loss": "#A33E00"}
FILLS = {"operation": "#FFFFFF", "parameter": "#FFF1CC", "input": "#DDEBF7", "constant": "#EEEEEE", "loss": "#FBE0D3"}
PARTIAL = "#4B5563"
VERDICTS = {
    "slip": ("‼", 'BORDER="3"'),
    "carried": ("→", 'BORDER="2" STYLE="dashed"'),
}  # a sign that every font has, and a frame
ROWS, FIRST, LAST = 16, 8, 7  # of a card; of one with more inputs the first and the last are shown
NAME, SHORT = 16, 6  # characters of a name in a row
ALIKE = 170  # points of a card whose inputs have no rows: straight wires pass by its neighbours
BLANK = 44  # points to write a number in
INDENT = "\u00a0\u00a0"  # some versions of dot let the arrow head reach into the cell
WHITE, BAND, TINT = "#FFFFFF", "#F3F5F7", "#EEF0F3"


class Cards(NamedTuple):
    """The cards of a picture, which leaves are rows of which, and the look of it all."""

    boxes: Sequence[Card]
    rows: LeafRows
    look: Look
    uses: Counter[int]

    def tail(self, i: int, slot: int) -> Card:
        """What an input comes from."""
        return self.boxes[self.boxes[i].inputs[slot][0]]

    def share(self, i: int, slot: int) -> float | None:
        """What goes back to an input."""
        return carried(self.boxes[i].inputs[slot][1], self.boxes[i].grad)


def table(cards: Cards, i: int) -> str:
    """Card i as an HTML-like label, with a port for each input that has a wire."""
    card = cards.boxes[i]
    border = 2 if card.role == "loss" else 1
    brief = cards.look.brief
    rows = [*rows_of(cards, i), *([mark_cell(each, card, brief)] for each in card.marks)]
    frame = f'BORDER="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" COLOR="{FRAMES[card.role]}"'
    inside = f'<TABLE {frame} BGCOLOR="{WHITE}">{lines(rows)}</TABLE>'
    verdict = next((each for each in VERDICTS if any(mark.verdict == each for mark in card.marks)), "")
    if verdict:  # a second frame around the first
        outside = f'{VERDICTS[verdict][1]} CELLBORDER="0" CELLSPACING="0" CELLPADDING="2" COLOR="{WRONG}"'
        inside = f"<TABLE {outside}>{lines([[cell(inside)]])}</TABLE>"
    return f"<{inside}>"


def port(cards: Cards, i: int, slot: int) -> str:
    """The port at which a wire ends; "" for the card itself, where no row is for one input alone."""
    if not cards.look.slopes:
        return ""
    return f"i{slot}" if slot in shown_slots(len(cards.boxes[i].inputs)) else "more"


def shown_slots(count: int) -> list[int]:
    """The inputs with a row: all, or the first and the last of very many."""
    return [*range(count)] if count <= ROWS else [*range(FIRST), *range(count - LAST, count)]


def rows_of(cards: Cards, i: int) -> Iterator[list[str]]:
    """The rows of a card, each of up to four columns: name, value, ∂ and grad."""
    card, look = cards.boxes[i], cards.look
    if card.role == "constant" and not isinstance(card.data, Grid):
        yield [text_cell(card.title, PARTIAL, FILLS["constant"])]
        return
    if not card.inputs and not isinstance(card.data, (Grid, Range)):
        yield from leaf(cards, i)
        return
    slots = shown_slots(len(card.inputs)) if look.slopes else []
    wired = [slot for slot in slots if (i, slot) not in cards.rows.uses]
    if look.direction == "TB" and wired:
        yield [above(cards, i, wired)]
    yield title(card, look.brief)
    if card.inputs and not look.slopes:
        yield [all_inputs(cards, i)]
    yield from inputs(cards, i, slots if look.direction == "LR" else [each for each in slots if each not in wired])
    if look.numbers or not isinstance(card.data, Grid):
        yield last(card, look)


def leaf(cards: Cards, i: int) -> Iterator[list[str]]:
    """A leaf in one row; of one that is a row of many cards also how many those are."""
    card, look = cards.boxes[i], cards.look
    fill = FILLS[card.role]
    row = [text_cell(card.title, INK, fill, bold=card.named)]
    if look.numbers:
        row.append(text_cell(short(card.data, look), INKS["data"], fill))
    yield [*row, grad_cell(card.grad, look)]
    if i in cards.rows.uses.values():
        yield [text_cell(f"a row of {cards.uses[i]:,} cards", WORD, WHITE, COLSPAN=4)]


def title(card: Card, brief: bool) -> list[str]:
    """The title with the notes below it."""
    shown = card.name if brief and card.named else card.title
    room = max([width(shown, SIZE, card.named), *(width(each) for each in card.notes)])
    text = f"<B>{escaped(shown)}</B>" if card.named else escaped(shown)
    notes = "".join('<BR ALIGN="LEFT"/>' + font(each, WORD) for each in card.notes) + '<BR ALIGN="LEFT"/>'
    fill = BAND if card.role == "operation" else FILLS[card.role]
    return [cell(text + (notes if card.notes else ""), COLSPAN=4, ALIGN="LEFT", WIDTH=roomy(room), BGCOLOR=fill)]


def above(cards: Cards, i: int, slots: Sequence[int]) -> str:
    """The wired inputs side by side, for wires from above."""
    hidden = set(range(len(cards.boxes[i].inputs))).difference(shown_slots(len(cards.boxes[i].inputs)))
    many = any((i, slot) not in cards.rows.uses for slot in hidden)
    row = [wired(cards, i, slot, "T" if k == 0 else "L") for k, slot in enumerate(slots)]
    if many:
        row.insert(min(FIRST, len(row)), more(cards, i, PORT="more"))
    inside = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3">{lines([row])}</TABLE>'
    return cell(inside, COLSPAN=4, CELLPADDING=0, BORDER=0)


def wired(cards: Cards, i: int, slot: int, sides: str) -> str:
    """`x₁ · ∂ 0.2`, where a wire from above ends."""
    name = called(cards.tail(i, slot), cards.look)
    words = " · ".join(filter(None, (name, slope(cards, i, slot))))
    side: dict[str, Any] = {"BORDER": 1, "SIDES": "L"} if sides == "L" else {}
    return text_cell(words, PARTIAL, TINT, PORT=f"i{slot}", **side)


def inputs(cards: Cards, i: int, slots: Sequence[int]) -> Iterator[list[str]]:
    """A row for each of these inputs."""
    card, previous = cards.boxes[i], -1
    for slot in slots:
        if slot - previous > 1 and previous == FIRST - 1 and len(card.inputs) > ROWS:
            yield [more(cards, i, COLSPAN=4, **({"PORT": "more"} if cards.look.direction == "LR" else {}))]
        previous = slot
        is_leaf = (i, slot) in cards.rows.uses
        yield leaf_row(cards, i, slot) if is_leaf else wire_row(cards, i, slot)
        if is_leaf:
            tail = cards.tail(i, slot)
            yield from ([mark_cell(each, tail, cards.look.brief)] for each in tail.marks)


def wire_row(cards: Cards, i: int, slot: int) -> list[str]:
    """`x₁ | ∂ 0.2`, at whose left a wire ends."""
    name, partial = called(cards.tail(i, slot), cards.look), slope(cards, i, slot)
    if not name:
        return [text_cell(INDENT + partial, PARTIAL, TINT, PORT=f"i{slot}", COLSPAN=4)]
    left = text_cell(INDENT + name, INK, TINT, PORT=f"i{slot}", COLSPAN=2)
    return [left, slope_cell(cards, i, slot, TINT, COLSPAN=2)]


def leaf_row(cards: Cards, i: int, slot: int) -> list[str]:
    """`w₁₁ | 0.2 | ∂ 0.5 | grad −0.0174`; of a leaf with rows elsewhere what this use adds to grad."""
    tail, look = cards.tail(i, slot), cards.look
    place = cards.boxes[i].inputs[slot][0]
    own: dict[str, Any] = {"ID": f"{look.id}v{place}"} if place in cards.rows.hidden and cards.uses[place] == 1 else {}
    fill = FILLS[tail.role]
    name = "" if tail.role == "constant" and not tail.named else called(tail, look)
    value = tail.title if tail.role == "constant" and not name else short(tail.data, look)
    known = tail if place in cards.rows.hidden else replace(tail, whole="")  # the whole of its name is on its card
    said: dict[str, Any] = {
        "HREF": "",
        "TITLE": of_card(known, look, escaped),
        "COLSPAN": 1 if name and look.numbers else 2,
    }
    first = text_cell(name or value, INK if name else INKS["data"], fill, **own, **said)
    row = [first, text_cell(value, INKS["data"], fill)] if name and look.numbers else [first]
    use: dict[str, Any] = {
        "ID": f"{look.id}e{i}_{slot}",
        "HREF": "",
        "TITLE": of_use(cards.boxes, i, slot, look, escaped),
    }
    row.append(slope_cell(cards, i, slot, WHITE, **use))
    if tail.role == "constant":
        return [*row, text_cell("", GRAD, WHITE)]
    if cards.uses[place] > 1 and tail.grad is not None and look.numbers:
        return [*row, text_cell(f"grad += {short(cards.share(i, slot), look)}", GRAD, WHITE)]
    return [*row, grad_cell(tail.grad, look)]


def more(cards: Cards, i: int, **attributes: Any) -> str:
    """`… 113 more`: where the wires of the inputs without a row end."""
    card = cards.boxes[i]
    kept = set(shown_slots(len(card.inputs)))
    hidden = [each for slot, (_, each) in enumerate(card.inputs) if slot not in kept]
    text = f"… {len(hidden):,} more"
    found = [each for each in hidden if isinstance(each, float)]
    if found and cards.look.numbers:
        text += f": ∂ {numbers(Range.of(found), cards.look.digits)}"
    return text_cell(text, PARTIAL, TINT, **attributes)


def all_inputs(cards: Cards, i: int) -> str:
    """`16 inputs: ∂ −0.9 … 1.2`, where no input has a row."""
    found = [each for _, each in cards.boxes[i].inputs if isinstance(each, float)]
    text = counted(len(cards.boxes[i].inputs), "input")
    if found and cards.look.numbers:
        text += f": ∂ {numbers(Range.of(found), cards.look.digits)}"
    return text_cell(text, PARTIAL, TINT, more=max(0, ALIKE - round(width(text))), COLSPAN=4)


def called(card: Card, look: Look) -> str:
    """What a row calls a card: the name that it was given, if that is short."""
    return card.name if card.named and len(card.name) <= (SHORT if look.brief else NAME) else ""


def slope(cards: Cards, i: int, slot: int) -> str:
    """`∂ 0.2`; on an array what the gradient is multiplied by."""
    card, partial = cards.boxes[i], cards.boxes[i].inputs[slot][1]
    if isinstance(partial, Words):
        return f"∂ {partial.text}"
    if not cards.look.numbers:
        return "∂"
    return f"∂ {numbers(partial, cards.look.digits)}{', closed' if is_closed(card, slot) else ''}"


def slope_cell(cards: Cards, i: int, slot: int, fill: str, **attributes: Any) -> str:
    """The cell of a local derivative."""
    more = 0 if cards.look.numbers else BLANK
    return text_cell(slope(cards, i, slot), PARTIAL, fill, more=more, **attributes)


# ── data and grad ──────────────────────────────────────────────────────────────────────────


def last(card: Card, look: Look) -> list[str]:
    """data and grad, side by side."""
    line: dict[str, Any] = {"COLSPAN": 2, "BORDER": 1, "SIDES": "T"}
    if isinstance(card.data, Grid):
        row = [cell(grid_table(card.data, card.marks, "data", look.digits, look.words, 0), **line, BGCOLOR=WHITE)]
        if isinstance(card.grad, Grid):
            grid = grid_table(card.grad, card.marks, "grad", look.digits, look.words, 0)
            return [*row, cell(grid, **line, BGCOLOR=WHITE)]
        return [*row, grad_cell(None, look, **line)]
    if not look.numbers:
        return [text_cell("data", DATA, WHITE, more=BLANK, **line), grad_cell(None, look, **line)]
    data = f"{'data ' * look.words}{short(card.data, look)}"
    return [text_cell(data, DATA, WHITE, **line), grad_cell(card.grad, look, **line)]


def grad_cell(grad: Numbers | None, look: Look, **attributes: Any) -> str:
    """`grad −0.0174`; `–` for what backward has not yet found, and blank for an exercise."""
    if not look.numbers:
        return text_cell("grad", GRAD, WHITE, more=BLANK, **attributes)
    return text_cell("grad " * look.words + short(grad, look), GRAD, WHITE, **attributes)


def short(value: Numbers | None, look: Look) -> str:
    """A number as a card has it; `–` where there is none."""
    return "–" if value is None or isinstance(value, Grid) else numbers(value, look.digits)


# ── marks and cells ────────────────────────────────────────────────────────────────────────


def mark_cell(mark: Mark, card: Card, brief: bool) -> str:
    """`‼ data slip: printed 0.25`, in brief `‼ data 0.25`"""
    sign = VERDICTS[mark.verdict][0]
    where = plain(mark.what, 40) + index(card, mark)
    how = "" if brief else f" {mark.verdict}: printed"
    text = f"{sign} {where}{how} {plain(mark.printed, 24).replace('-', '−')}"
    return text_cell(text, WRONG, WHITE, COLSPAN=4)


def text_cell(text: str, ink: str, fill: str, bold: bool = False, more: int = 0, **attributes: Any) -> str:
    """One line of text from the left of a cell that has room for it in any font, and for some points more."""
    inside = font(text, ink) if text else ""
    inside = f"<B>{inside}</B>" if bold and text else inside
    return cell(inside, **attributes, ALIGN="LEFT", WIDTH=roomy(width(text, SIZE, bold) + more), BGCOLOR=fill)


def roomy(points: float) -> int:
    """The width of a cell with that much text: Graphviz takes 65,535 at most."""
    return min(math.ceil(points) + 8, 5000)


def index(card: Card, mark: Mark) -> str:
    """Where in a grid a number stands: ` [2,1]`."""
    if not isinstance(card.data, Grid) or mark.what not in ("data", "grad"):
        return ""
    row, column = divmod(mark.place, card.data.columns)
    return f" [{row + 1},{column + 1}]" if len(card.data.shape) > 1 else f" [{row + 1}]"


def numbers(value: float | Range, digits: int) -> str:
    """A number, or the smallest and the largest of many."""
    if not isinstance(value, Range):
        return number(value, digits)
    return " … ".join(dict.fromkeys(number(each, digits) for each in (value.low, value.high)))
