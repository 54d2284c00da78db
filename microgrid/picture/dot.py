"""From cards to the text that Graphviz draws: cards, wires, frames and rows, below the title and above the legend."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from microgrid.errors import counted
from microgrid.formula.lettering import LABEL, escaped, plain

from .box import Cards, port, table
from .card import LINE, Card, Wire, wires
from .leaf_rows import LeafRows, leaf_rows
from .legend import GREY, heading, legend, stacked
from .look import LARGE, Look
from .metrics import SIZE, width
from .tooltips import attribute, of_card, of_use

if TYPE_CHECKING:
    from .figure import Figure

__all__ = ["LARGE", "Look", "drawn", "order_of_reading", "visible"]


def drawn(boxes: Sequence[Card], look: Look) -> Figure:
    """The figure of the cards; the last one is the root."""
    from .figure import Figure

    cards = layout(boxes, look)
    lines = [wire for wire in wires(boxes) if (wire.head, wire.slot) not in cards.rows.uses]
    figure = Figure(
        "microgrid",
        format="svg",
        graph_attr=graph_attributes(look),
        node_attr={"shape": "plain", "fontname": "Helvetica", "fontsize": f"{SIZE}", "fontcolor": "#1F2933"},
        edge_attr={"color": GREY, "arrowsize": "0.6"},
    )
    figure.summary = summary(cards, len(lines))
    inside = captioned(figure, cards)
    declare(inside, cards)
    for number, row in enumerate(rows(cards)):
        inside.subgraph(side_by_side(row, f"row_{number}"))
    largest = max((abs(wire.carries) for wire in lines if wire.carries and math.isfinite(wire.carries)), default=1.0)
    for wire in lines:
        inside.edge(*ends(wire, cards), **wire_attributes(wire, cards, largest))
    if inside is not figure:
        figure.subgraph(inside)
    return figure


def layout(boxes: Sequence[Card], look: Look) -> Cards:
    """The cards with the leaves that are rows of others."""
    rows = leaf_rows(boxes) if look.slopes else LeafRows({}, frozenset())
    return Cards(boxes, rows, look, Counter(tail for card in boxes for tail, _ in card.inputs))


def visible(boxes: Sequence[Card]) -> tuple[int, int]:
    """How many cards and wires are left where leaves are rows."""
    rows = leaf_rows(boxes)
    return len(boxes) - len(rows.hidden), sum(len(card.inputs) for card in boxes) - len(rows.uses)


def summary(cards: Cards, lines: int) -> str:
    """`picture of L: 8 cards, 9 wires, 11 rows`"""
    sizes = [counted(len(cards.boxes) - len(cards.rows.hidden), "card"), counted(lines, "wire")]
    if cards.rows.uses:
        sizes.append(counted(len(cards.rows.uses), "row"))
    return f"picture of {plain(cards.boxes[-1].name, LABEL)}: {', '.join(sizes)}"


def captioned(figure: Figure, cards: Cards) -> Figure:
    """Where the cards go: into the figure, or between its title and its legend, since a graph has one label alone."""
    from .figure import Figure

    room = expected_room(cards)
    shown = len(cards.boxes) - len(cards.rows.hidden)
    above, below = heading(cards.look, room), legend(cards.boxes, wires(cards.boxes), cards.look, room, shown)
    if not (above and below):
        figure.graph_attr.update({"label": above or below, "labelloc": "t" if above else "b"})
        return figure
    if cards.look.direction == "LR" and skips(cards):  # wires that go around cards would strike through what is below
        figure.graph_attr.update({"label": stacked([above[1:-1], below[1:-1]]), "labelloc": "t"})
        return figure
    figure.graph_attr.update({"label": above, "labelloc": "t"})
    name = {"id": f"{cards.look.id}legend", "label": below, "labelloc": "b", "labeljust": "l"}
    return Figure("cluster_picture", graph_attr={**name, "peripheries": "0", "margin": "0"})


def skips(cards: Cards) -> bool:
    """Whether a wire passes by other cards."""
    away = depths(cards)
    lines = [wire for wire in wires(cards.boxes) if (wire.head, wire.slot) not in cards.rows.uses]
    return any(away[wire.head] - away[wire.tail] > 1 for wire in lines)


def expected_room(cards: Cards) -> float:
    """About how wide the picture will be."""
    widths: dict[int, list[float]] = {}
    for i, depth in enumerate(depths(cards)):
        if i not in cards.rows.hidden:
            card = cards.boxes[i]
            title = card.name if cards.look.brief and card.named else card.title
            size = max(width(title, SIZE, bold=True) + 16, 130.0)
            widths.setdefault(depth, []).append(size)
    if cards.look.direction == "LR":
        return sum(max(each) + 72 * cards.look.ranksep for each in widths.values())
    return max(sum(each) + 72 * cards.look.nodesep * len(each) for each in widths.values())


def declare(figure: Figure, cards: Cards) -> None:
    """The cards, those of one scope inside its frame."""
    frames: dict[str, Figure] = {}
    for i in order_of_reading(cards.boxes):
        card, look = cards.boxes[i], cards.look
        inside = figure
        if i in cards.rows.hidden:
            continue
        if card.scope and look.frames:
            inside = frames.setdefault(card.scope, frame(card.scope, len(frames), i, look))
        name = {"id": f"{look.id}v{i}", "class": f"value {card.role}", "tooltip": of_card(card, look)}
        inside.node(f"v{i}", table(cards, i), **name)
    for each in frames.values():
        figure.subgraph(each)


def order_of_reading(boxes: Sequence[Card]) -> list[int]:
    """Every card before its consumer, inputs from left to right, then what has no wires. Graphviz keeps to it."""
    places: dict[int, None] = {}
    for i, card in enumerate(boxes):
        if card.inputs:
            places.update(dict.fromkeys([*(tail for tail, _ in card.inputs), i]))
    return [*dict.fromkeys([*places, *range(len(boxes))])]


def depths(cards: Cards) -> list[int]:
    """How many wires each card is away from the inputs."""
    found: list[int] = []
    for i, card in enumerate(cards.boxes):
        wired = [tail for slot, (tail, _) in enumerate(card.inputs) if (i, slot) not in cards.rows.uses]
        found.append(1 + max((found[tail] for tail in wired if tail < i), default=-1))
    return found


def rows(cards: Cards) -> list[list[int]]:
    """The cards that stand side by side: those of one row that are equally far from the inputs."""
    boxes, away = cards.boxes, depths(cards)
    takers: dict[int, int] = {}
    for wire in wires(boxes):
        takers[wire.tail] = min(takers.get(wire.tail, len(boxes)), away[wire.head])
    found: dict[tuple[str, int, int], list[int]] = {}
    for i in order_of_reading(boxes):
        card = boxes[i]
        if card.row and i not in cards.rows.hidden:  # inputs that only the loss takes stand next to it
            found.setdefault((card.row, away[i], 0 if card.inputs else takers.get(i, 0)), []).append(i)
    return [row for row in found.values() if len(row) > 1]


def side_by_side(row: Sequence[int], name: str) -> Figure:
    from .figure import Figure

    figure = Figure(name, graph_attr={"rank": "same"}, edge_attr={"style": "invis"})
    for tail, head in pairwise(row):
        figure.edge(f"v{tail}", f"v{head}")
    return figure


def frame(scope: str, i: int, first: int, look: Look) -> Figure:
    """The frame of a scope. From the top down its name is a box beside its first card: wires go around it."""
    from .figure import Figure

    line = {"style": "rounded", "color": GREY, "penwidth": "0.8", "margin": "8", "id": f"{look.id}scope{i}"}
    said = plain(scope, LINE)
    tooltip = {} if said == scope else {"tooltip": attribute(scope)}
    room = min(math.ceil(width(said)) + 2, 5000)
    text = f'<TD ALIGN="LEFT" WIDTH="{room}"><FONT COLOR="{GREY}">{escaped(said) or " "}</FONT></TD>'
    name = f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1"><TR>{text}</TR></TABLE>>'
    if look.direction == "LR":  # wires go from side to side
        place = "t" if look.direction == "LR" else "b"
        return Figure(
            f"cluster_{i}", graph_attr={**line, **tooltip, "label": name, "labelloc": place, "labeljust": "l"}
        )
    figure, beside = Figure(f"cluster_{i}", graph_attr={**line, "label": ""}), side_by_side([], f"scope_{i}")
    beside.node(f"s{i}", name, id=f"{look.id}s{i}", **tooltip)
    beside.edge(f"s{i}", f"v{first}")
    figure.subgraph(beside)
    return figure


def ends(wire: Wire, cards: Cards) -> tuple[str, str]:
    """Where the wire leaves the tail, and the cell it ends in."""
    leaves, arrives = ("s", "n") if cards.look.direction == "TB" else ("e", "w")
    cell = port(cards, wire.head, wire.slot)
    return f"v{wire.tail}:{leaves}", f"v{wire.head}:{cell + ':' if cell else ''}{arrives}"


def wire_attributes(wire: Wire, cards: Cards, largest: float) -> dict[str, str]:
    """The thickness of a wire, and what a pointer is told."""
    look = cards.look
    text = of_use(cards.boxes, wire.head, wire.slot, look)
    attributes = {"id": f"{look.id}e{wire.head}_{wire.slot}", "class": "local", "tooltip": text}
    thick = thickness(wire.carries if look.numbers else None, largest)
    attributes["penwidth"] = f"{thick if look.slopes else thick / 2:.2f}"
    if wire.carries == 0 and look.numbers:
        attributes["style"] = "dashed"
    if cards.boxes[wire.tail].inputs:
        attributes["weight"] = "8"  # keeps the spine straight
    return attributes


def thickness(carries: float | None, largest: float) -> float:
    """From 3.4 for the largest gradient to 0.8 for a thousandth of it and less."""
    if carries is None:
        return 1.0
    if carries == 0 or not math.isfinite(carries):
        return 0.8 if carries == 0 else 3.4
    return max(0.8, 3.4 - 2.6 * math.log10(largest / abs(carries)) / 3)


def graph_attributes(look: Look) -> dict[str, str]:
    """What holds for the whole picture."""
    attributes = {"rankdir": look.direction, "nodesep": f"{look.nodesep}", "ranksep": f"{look.ranksep}"}
    fonts = {"fontname": "Helvetica", "fontsize": f"{SIZE}", "fontcolor": GREY}
    name = {"id": f"{look.id}picture"} if look.id else {}
    if not look.slopes:
        attributes["splines"] = "line"  # many wires: curves would hide each other
    return {**attributes, **fonts, "bgcolor": "transparent", "pad": "0.15", "labeljust": "l", **name}
