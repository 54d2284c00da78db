"""From cards to the text that Graphviz draws: wires, frames, rows, tooltips and the legend."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from microgrid.errors import counted
from microgrid.formula.lettering import LABEL, escaped, font, plain

from .box import DATA, GRAD, ROOM, table
from .card import UNSAID, Card, Grid, Numbers, Range, Slope, Wire, Words, is_closed, wires
from .grid import is_folded

if TYPE_CHECKING:
    from .figure import Figure

__all__ = ["LARGE", "Look", "counted", "drawn"]

LARGE = 150  # cards: more are hard to read
GREY = "#767676"


@dataclass(frozen=True)
class Look:
    """How a picture looks; `words` on cards are "data" and "grad", `frames` are those of scopes.

    remarks  lines of the legend about this picture
    room     the least width of a number's cell
    slopes   whether the local derivatives are on the cards
    whole    whether every use of a card is drawn: not where one of many samples is
    """

    direction: str
    digits: int
    id: str
    words: bool
    frames: bool
    nodesep: float
    ranksep: float
    heading: str = ""
    remarks: tuple[str, ...] = ()
    room: int = ROOM
    slopes: bool = True
    whole: bool = True


def drawn(boxes: Sequence[Card], look: Look) -> Figure:
    """The figure of the cards; the last one is the root."""
    from .figure import Figure

    lines = wires(boxes)
    figure = Figure(
        "microgrid",
        format="svg",
        graph_attr=graph_attributes(boxes, lines, look),
        node_attr={"shape": "plain", "fontname": "Helvetica", "fontsize": "11", "fontcolor": "#1F2933"},
        edge_attr={"color": GREY, "arrowsize": "0.6"},
    )
    sizes = f"{counted(len(boxes), 'card')}, {counted(len(lines), 'wire')}"
    figure.summary = f"picture of {plain(boxes[-1].name, LABEL)}: {sizes}"
    declare(figure, boxes, look)
    for number, row in enumerate(rows(boxes)):
        figure.subgraph(side_by_side(row, number))
    largest = max((abs(wire.carries) for wire in lines if wire.carries and math.isfinite(wire.carries)), default=1.0)
    for wire in lines:
        figure.edge(*ends(wire, look), **wire_attributes(wire, boxes, largest, look))
    return figure


def declare(figure: Figure, boxes: Sequence[Card], look: Look) -> None:
    """The cards, those of one scope inside its frame."""
    frames: dict[str, Figure] = {}
    for i in order_of_reading(boxes):
        card = boxes[i]
        inside = figure
        if card.scope and look.frames:
            inside = frames.setdefault(card.scope, frame(card.scope, len(frames), look))
        box = table(card, look.direction, look.digits, look.words, look.room, look.slopes)
        inside.node(f"v{i}", box, **card_attributes(card, i, look))
    for each in frames.values():
        figure.subgraph(each)


def order_of_reading(boxes: Sequence[Card]) -> list[int]:
    """Every card before its consumer, inputs from left to right, then what has no wires. Graphviz keeps to it."""
    places: dict[int, None] = {}
    for i, card in enumerate(boxes):
        if card.inputs:
            places.update(dict.fromkeys([*(tail for tail, _ in card.inputs), i]))
    return [*dict.fromkeys([*places, *range(len(boxes))])]


def rows(boxes: Sequence[Card]) -> list[list[int]]:
    """The cards that stand side by side: those of one row that are equally far from the inputs."""
    depths: list[int] = []
    for card in boxes:
        depths.append(1 + max((depths[tail] for tail, _ in card.inputs if tail < len(depths)), default=-1))
    takers: dict[int, int] = {}
    for wire in wires(boxes):
        takers[wire.tail] = min(takers.get(wire.tail, len(boxes)), depths[wire.head])
    found: dict[tuple[str, int, int], list[int]] = {}
    for i in order_of_reading(boxes):
        card = boxes[i]
        if card.row:  # inputs that only the loss takes stand next to it
            found.setdefault((card.row, depths[i], 0 if card.inputs else takers.get(i, 0)), []).append(i)
    return [row for row in found.values() if len(row) > 1]


def side_by_side(row: Sequence[int], number: int) -> Figure:
    from .figure import Figure

    figure = Figure(f"row_{number}", graph_attr={"rank": "same"}, edge_attr={"style": "invis"})
    for tail, head in pairwise(row):
        figure.edge(f"v{tail}", f"v{head}")
    return figure


def frame(scope: str, i: int, look: Look) -> Figure:
    from .figure import Figure

    line = {"style": "rounded", "color": GREY, "penwidth": "0.8", "margin": "8"}
    name = {"id": f"{look.id}scope{i}", "label": f"<{escaped(scope)}>", "labelloc": "b", "labeljust": "l"}
    return Figure(f"cluster_{i}", graph_attr={**line, **name})


def card_attributes(card: Card, i: int, look: Look) -> dict[str, str]:
    formula = f"{card.name} = {card.formula}" if card.formula else card.name
    text = f"{formula}: data={exact(card.data)} grad={exact(card.grad)}"
    text += "".join(f"; {plain(mark.what)} {mark.verdict}: printed {plain(mark.printed)}" for mark in card.marks)
    return {"id": f"{look.id}v{i}", "class": f"value {card.role}", "tooltip": tooltip(text)}


def exact(value: Numbers | Slope | None) -> str:
    """A number in full; many as the smallest and the largest; those of a small grid one by one."""
    if isinstance(value, Grid):
        if not is_folded(value):
            return f"[{', '.join('' if each is None else repr(each) for each in value.numbers)}]"
        value = value.range
    if value is None or isinstance(value, Words):
        return value.text if value else "–"
    return f"{value.low!r} … {value.high!r}" if isinstance(value, Range) else repr(float(value))


def ends(wire: Wire, look: Look) -> tuple[str, str]:
    """Where the wire leaves the tail, and the ∂ cell it ends in."""
    leaves, arrives = ("s", "n") if look.direction == "TB" else ("e", "w")
    cell = f"i{wire.slot}:" if look.slopes else ""
    return f"v{wire.tail}:{leaves}", f"v{wire.head}:{cell}{arrives}"


def wire_attributes(wire: Wire, boxes: Sequence[Card], largest: float, look: Look) -> dict[str, str]:
    tail, head = boxes[wire.tail], boxes[wire.head]
    text = f"d({head.name})/d({tail.name})"
    if not isinstance(wire.partial, Words):
        text += f" = {exact(wire.partial)}"
    elif wire.partial.text != UNSAID:
        text += f": grad is multiplied by {wire.partial.text}"
    if wire.carries is not None and isinstance(wire.partial, (Range, Words)):
        text += f"; sends {float(wire.carries)!r} back (RMS)"
    elif head.beside and wire.carries is not None:
        text += "; it does not lead to the loss, and nothing comes back"
    elif is_closed(head, wire.slot):
        text += "; the branch is closed and sends nothing back"
    elif wire.carries is not None:
        text += f"; sends {exact(wire.partial)} * {exact(head.grad)} = {float(wire.carries)!r} back"
    attributes = {"id": f"{look.id}e{wire.head}_{wire.slot}", "class": "local", "tooltip": tooltip(text)}
    attributes["penwidth"] = f"{thickness(wire.carries, largest):.2f}"
    if wire.carries == 0:
        attributes["style"] = "dashed"
    if tail.inputs:
        attributes["weight"] = "8"  # keeps the spine straight
    return attributes


def thickness(carries: float | None, largest: float) -> float:
    """From 3.4 for the largest gradient to 0.8 for a thousandth of it and less."""
    if carries is None:
        return 1.0
    if carries == 0 or not math.isfinite(carries):
        return 0.8 if carries == 0 else 3.4
    return max(0.8, 3.4 - 2.6 * math.log10(largest / abs(carries)) / 3)


def tooltip(text: str) -> str:
    r"""Text for an attribute; Graphviz would replace `\N` by the name of the node, in two rounds."""
    return escaped(text).replace("\\", "\\\\")


# ── the legend ─────────────────────────────────────────────────────────────────────────────


def graph_attributes(boxes: Sequence[Card], lines: Sequence[Wire], look: Look) -> dict[str, str]:
    attributes = {"rankdir": look.direction, "nodesep": f"{look.nodesep}", "ranksep": f"{look.ranksep}"}
    fonts = {"fontname": "Helvetica", "fontsize": "12", "fontcolor": GREY}
    place = {"bgcolor": "transparent", "pad": "0.15", "labelloc": "b", "labeljust": "l"}
    name = {"id": f"{look.id}picture"} if look.id else {}
    return {**attributes, **fonts, **place, **name, "label": legend(boxes, lines, look)}


def legend(boxes: Sequence[Card], lines: Sequence[Wire], look: Look) -> str:
    """The heading, two lines on how to read the picture, and a line for whatever is unusual."""
    loss = boxes[-1].name if boxes[-1].named else "loss"
    run = boxes[-1].grad is not None
    words = [
        font("data: forward value", DATA, 10),
        font(f"  grad: d {loss} / d node" if run else "  grad: – until backward() has run", GRAD, 10),
        font("  ∂: local derivative of the box by the input wired to it", GREY, 10),
    ]
    rows = ["".join(f'<TD ALIGN="LEFT">{word}</TD>' for word in words)]
    if look.heading:
        rows.insert(0, wide(f"<B>{font(look.heading, GREY, 13)}</B>"))
    found = remarks(boxes, lines, look.whole)
    rows += [wide(font(line, GREY, 10)) for line in (*reading(boxes, lines), *look.remarks, *found)]
    inside = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{inside}</TABLE>>'


def reading(boxes: Sequence[Card], lines: Sequence[Wire]) -> tuple[str, ...]:
    """How to read the picture."""
    if any(isinstance(card.data, Grid) for card in boxes):
        return OF_GRIDS, SHADES
    return (SUMMARY if any(isinstance(wire.partial, Range) for wire in lines) else READING,)


READING = (
    "grad of a box = sum over its outgoing wires of  ∂ at the arrow head × grad of that box.   "
    "Thick wire: large gradient; dashed: zero."
)


SUMMARY = (
    "A summary: each box shows the smallest and the largest of its numbers (RMS: root mean square).   "
    "Thick wire: large gradient; dashed: zero."
)
OF_GRIDS = (
    "∂ of a vector or matrix: what grad of the box is multiplied by, on its way back along the wire.   "
    "Thick wire: large gradient; dashed: zero."
)
SHADES = "Green: above 0; purple: below; the darker, the larger in its grid."
SLIP = "‼ slip (thick frame): the published number is wrong, the arithmetic went wrong here."
CARRIED = "→ carried (dashed frame): the published number follows from a slip before it."


def wide(content: str) -> str:
    return f'<TD COLSPAN="3" ALIGN="LEFT">{content}</TD>'


def remarks(boxes: Sequence[Card], lines: Sequence[Wire], whole: bool) -> Iterator[str]:
    """What a reader would otherwise stumble over."""
    verdicts = {mark.verdict for card in boxes for mark in card.marks}
    yield from (text for verdict, text in (("slip", SLIP), ("carried", CARRIED)) if verdict in verdicts)
    if len(boxes) > LARGE:
        yield f"This picture is large: {len(boxes)} boxes. Any value inside it can be drawn by itself."
    others = [card for card in unexplained(boxes, lines) if card.role != "constant" and whole]
    if others:
        some = [card.name for card in others if card.named][:3]
        more = counted(len(others) - len(some), "more box" if some else "box") if len(others) > len(some) else ""
        which = " and ".join(filter(None, (", ".join(some), more)))
        yield f"{which}: grad also holds another backward pass, or a use outside this picture."


def unexplained(boxes: Sequence[Card], lines: Sequence[Wire]) -> list[Card]:
    """The cards whose grad is not the sum over their outgoing wires, to rounding; none of a summary."""
    if any(isinstance(wire.partial, (Range, Words)) for wire in lines):
        return []
    sums, sizes = [0.0] * len(boxes), [0.0] * len(boxes)
    for wire in lines:
        if wire.carries is not None:
            sums[wire.tail] += wire.carries
            sizes[wire.tail] += abs(wire.carries)
    return [
        card
        for card, total, size in list(zip(boxes, sums, sizes))[:-1]
        if card.grad is not None
        and not isinstance(card.grad, (Range, Grid))
        and abs(card.grad - total) > 1e-9 * max(size, abs(card.grad))
    ]
