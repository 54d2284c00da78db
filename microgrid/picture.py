"""The picture of a recorded computation: one card per value, one wire per use of it.

Each wire ends in the cell that holds its local derivative ∂, so that the gradient of a card can
be read off: it is the sum over its outgoing wires of ∂ at the arrow head × that card's grad.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .card import DATA, GRAD, Card, Wire, cards, escaped, font, plain, table, wires
from .engine import Value
from .errors import GraphError, did_you_mean
from .graph import Graph, topological_order

if TYPE_CHECKING:
    from .figure import Figure

__all__ = ["draw", "draw_dot", "save", "trace"]

DENSE, LARGE, MOST = 60, 150, 1000  # cards: drawn closer together; hard to read; not drawn
MOST_WIRES = 5000
GREY = "#767676"
DIRECTIONS = ("TB", "LR")


def draw(
    target: Any,
    *,
    names: Mapping[str, Any] | None = None,
    direction: str = "TB",
    digits: int = 4,
    id: str = "",
) -> Figure:
    """The picture of everything that `target` was computed from.

    grad of a card = Σ over its outgoing wires of  ∂ at the arrow head × grad of that card

    >>> x = Value(3.0)
    >>> y = (x * x).tanh()
    >>> y.backward()
    >>> draw(y, names=locals())
    <picture of y: 3 cards, 3 wires>

    target     a Value, or anything whose `root` is one; its `title`, if any, is the heading
    names      labels for values that have none: a mapping such as `locals()`
    direction  "TB", from the top down, or "LR", from left to right
    digits     significant digits, 1 to 17; a picture of more than 60 cards has at most 3
    id         begins the id of every element, so that several pictures can share a page
    Returns a `graphviz.Digraph`: `.save("net.svg")`, `.source`, `.render()`, `.pipe()`; a notebook
    shows it. Raises GraphError above 1000 cards, where nobody could read the picture.
    """
    root = root_of(target)
    check(direction, digits, id)
    refuse_unreadable(root)
    graph = Graph(root, names)
    heading = getattr(target, "title", None)
    look = looks(len(graph), direction, digits, id, heading if isinstance(heading, str) else "")
    return drawn(cards(graph, look.digits), look)


def draw_dot(root: Any, format: str = "svg", rankdir: str = "LR") -> Figure:
    """micrograd's `draw_dot`: the picture of `root`, whose `.render()` writes that format."""
    from .render import known_format

    figure = draw(root, direction=rankdir)
    figure.format = known_format(format)
    return figure


def save(picture: Figure, path: Any) -> str:
    """Write a picture to a file, in the format of its suffix: svg, png, pdf, dot or gv; the path."""
    return picture.save(path)


def trace(root: Any) -> tuple[set[Any], set[tuple[Any, Any]]]:
    """micrograd's `trace`: the nodes that lead to `root`, and the pairs (parent, child).

    >>> a = Value(2.0)
    >>> nodes, edges = trace(a + a)
    >>> len(nodes), len(edges)
    (2, 1)
    """
    nodes = topological_order(root)
    return set(nodes), {(parent, node) for node in nodes for parent in node.parents}


# ── what may be drawn ──────────────────────────────────────────────────────────────────────


def root_of(target: Any) -> Value:
    root = target if isinstance(target, Value) else getattr(target, "root", None)
    if not isinstance(root, Value):
        several = "; draw its elements one by one" if isinstance(target, (list, tuple)) else ""
        raise GraphError(f"a Value can be drawn, or what has one as its root, not {type(target).__name__}{several}")
    return root


def check(direction: str, digits: int, id: str) -> None:
    if direction not in DIRECTIONS:
        hint = did_you_mean(str(direction).upper(), DIRECTIONS)
        raise GraphError(f"direction {direction!r}{hint or '; there are TB (top down) and LR (left to right)'}")
    if not isinstance(digits, int) or not 1 <= digits <= 17:
        raise GraphError(f"{digits!r} digits; a number is shown with 1 to 17")
    if not re.fullmatch(r"([A-Za-z_][\w.-]*)?", id, re.ASCII):
        raise GraphError(f"{id!r} cannot begin an id; a letter comes first, then letters, digits, '-', '_' and '.'")


def refuse_unreadable(root: Value) -> None:
    nodes = topological_order(root)
    uses = sum(len(node.parents) for node in nodes)
    if len(nodes) > MOST or uses > MOST_WIRES:
        raise GraphError(
            f"{plain(root.label, 40) or 'the graph'} has {len(nodes):,} values and {uses:,} wires, and a picture "
            f"holds at most {MOST:,} and {MOST_WIRES:,}; draw a part of it: any value inside can be the target"
        )


@dataclass(frozen=True)
class Look:
    """How a picture looks; `words` on cards are "data" and "grad", `frames` are those of scopes."""

    direction: str
    digits: int
    id: str
    heading: str
    words: bool
    frames: bool
    nodesep: float
    ranksep: float


def looks(size: int, direction: str, digits: int, id: str, heading: str) -> Look:
    """The look for so many cards: closer together above 60."""
    heading = plain(heading, 120)
    if size > DENSE:
        return Look(direction, min(digits, 3), id, heading, False, False, 0.12, 0.3)
    return Look(direction, digits, id, heading, True, True, 0.22, 0.38)


# ── from cards to DOT ──────────────────────────────────────────────────────────────────────


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
    figure.summary = f"picture of {boxes[-1].name}: {counted(len(boxes), 'card')}, {counted(len(lines), 'wire')}"
    declare(figure, boxes, look)
    largest = max((abs(wire.carries) for wire in lines if wire.carries and math.isfinite(wire.carries)), default=1.0)
    for wire in lines:
        figure.edge(*ends(wire, look), **wire_attributes(wire, boxes, largest, look))
    return figure


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "es" if noun.endswith("x") else "s")


def declare(figure: Figure, boxes: Sequence[Card], look: Look) -> None:
    """The cards, those of one scope inside its frame."""
    frames: dict[str, Figure] = {}
    for i in order_of_reading(boxes):
        card = boxes[i]
        inside = figure
        if card.scope and look.frames:
            inside = frames.setdefault(card.scope, frame(card.scope, len(frames), look))
        inside.node(f"v{i}", table(card, look.direction, look.digits, look.words), **card_attributes(card, i, look))
    for each in frames.values():
        figure.subgraph(each)


def order_of_reading(boxes: Sequence[Card]) -> list[int]:
    """Every card before its consumer, inputs from left to right: Graphviz keeps to this where it can."""
    places: dict[int, None] = {}
    for i, card in enumerate(boxes):
        if card.inputs:
            places.update(dict.fromkeys([*(tail for tail, _ in card.inputs), i]))
    return [*places] or [0]


def frame(scope: str, i: int, look: Look) -> Figure:
    from .figure import Figure

    line = {"style": "rounded", "color": GREY, "penwidth": "0.8", "margin": "8"}
    name = {"id": f"{look.id}scope{i}", "label": f"<{escaped(scope)}>", "labelloc": "b", "labeljust": "l"}
    return Figure(f"cluster_{i}", graph_attr={**line, **name})


def card_attributes(card: Card, i: int, look: Look) -> dict[str, str]:
    formula = f"{card.name} = {card.formula}" if card.formula else card.name
    grad = "–" if card.grad is None else repr(float(card.grad))
    text = f"{formula}: data={float(card.data)!r} grad={grad}"
    return {"id": f"{look.id}v{i}", "class": f"value {card.role}", "tooltip": tooltip(text)}


def ends(wire: Wire, look: Look) -> tuple[str, str]:
    """Where the wire leaves the tail, and the ∂ cell it ends in."""
    leaves, arrives = ("s", "n") if look.direction == "TB" else ("e", "w")
    return f"v{wire.tail}:{leaves}", f"v{wire.head}:i{wire.slot}:{arrives}"


def wire_attributes(wire: Wire, boxes: Sequence[Card], largest: float, look: Look) -> dict[str, str]:
    tail, head = boxes[wire.tail], boxes[wire.head]
    text = f"d({head.name})/d({tail.name}) = {float(wire.partial)!r}"
    if wire.carries is not None and head.grad is not None:
        text += f"; sends {float(wire.partial)!r} * {float(head.grad)!r} = {float(wire.carries)!r} back"
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
    rows += [wide(font(line, GREY, 10)) for line in (READING, *remarks(boxes, lines))]
    inside = "".join(f"<TR>{row}</TR>" for row in rows)
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{inside}</TABLE>>'


READING = (
    "grad of a box = sum over its outgoing wires of  ∂ at the arrow head × grad of that box.   "
    "Thick wire: large gradient; dashed: zero."
)


def wide(content: str) -> str:
    return f'<TD COLSPAN="3" ALIGN="LEFT">{content}</TD>'


def remarks(boxes: Sequence[Card], lines: Sequence[Wire]) -> Iterator[str]:
    """What a reader would otherwise stumble over."""
    if len(boxes) > LARGE:
        yield f"This picture is large: {len(boxes)} boxes. Any value inside it can be drawn by itself."
    others = [card for card in unexplained(boxes, lines) if card.role != "constant"]
    if others:
        some = [card.name for card in others if card.named][:3]
        more = counted(len(others) - len(some), "more box" if some else "box") if len(others) > len(some) else ""
        which = " and ".join(filter(None, (", ".join(some), more)))
        yield f"{which}: grad also holds another backward pass, or a use outside this picture."


def unexplained(boxes: Sequence[Card], lines: Sequence[Wire]) -> list[Card]:
    """The cards whose grad is not the sum over their outgoing wires, to rounding."""
    sums, sizes = [0.0] * len(boxes), [0.0] * len(boxes)
    for wire in lines:
        if wire.carries is not None:
            sums[wire.tail] += wire.carries
            sizes[wire.tail] += abs(wire.carries)
    return [
        card
        for card, total, size in list(zip(boxes, sums, sizes))[:-1]
        if card.grad is not None and abs(card.grad - total) > 1e-9 * max(size, abs(card.grad))
    ]
