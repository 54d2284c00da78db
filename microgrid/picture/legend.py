"""The title of a picture, and the legend below it: how to read the picture, and what a reader would stumble over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microgrid.errors import counted
from microgrid.formula.lettering import font

from .card import Card, Grid, Range, Wire, Words
from .grid import DATA, GRAD
from .look import LARGE, Look
from .metrics import SIZE, width, wrapped

__all__ = ["GREY", "HEADING", "LEGENDS", "heading", "legend", "stacked"]

GREY = "#767676"
HEADING = 14  # points of the title
LEGENDS = ("full", "compact", "none")
NARROWEST, WIDEST = 330.0, 900.0  # of its lines, in points
BETWEEN = "   "  # the keys
GAP = 8  # between the cards and the legend

READING = "grad of a box = the sum, over its uses, of ∂ there × grad of the box that uses it."
WIRES = "Thick wire: large gradient; dashed: zero."
SUMMARY = "A summary: each box shows the smallest and the largest of its numbers (RMS: root mean square)."
OF_GRIDS = "∂ of a vector or matrix: what grad of the box is multiplied by, on its way back along the wire."
SHADES = "Green: above 0; purple: below; the darker, the larger in its grid."
SLIP = "‼ slip (thick frame): the published number is wrong, the arithmetic went wrong here."
CARRIED = "→ carried (dashed frame): the published number follows from a slip before it."


def heading(look: Look, room: float) -> str:
    """The title as an HTML-like label; "" where there is none."""
    lines = wrapped(look.heading, max(room, NARROWEST), HEADING)
    widest = max((width(line, HEADING, bold=True) for line in lines), default=0.0)
    return stacked([f"<B>{font(line, GREY, HEADING)}</B>" for line in lines], widest) if lines else ""


def legend(boxes: Sequence[Card], lines: Sequence[Wire], look: Look, room: float, shown: int) -> str:
    """The legend as an HTML-like label, in lines no wider than the picture; "" where none is wanted.

    shown  how many of the boxes are not rows of others
    """
    if look.legend == "none":
        return ""
    room = min(max(room, NARROWEST), WIDEST)
    about = [*look.remarks, *remarks(boxes, lines, look.whole, shown)]
    if look.legend == "full" and look.numbers:
        about[:0] = reading(boxes, lines)
    words = keys(boxes, look)
    together = width(BETWEEN.join(words)) <= room
    texts = [BETWEEN.join(words)] if together else [*words]
    rows = [font(text, ink, SIZE) for text, ink in words.items()]
    rows = ["&#160;&#160; ".join(rows)] if together else rows
    for line in (line for each in about for line in wrapped(each, room)):
        texts.append(line)
        rows.append(font(line, GREY, SIZE))
    return stacked(rows, max(map(width, texts)), GAP)


def keys(boxes: Sequence[Card], look: Look) -> dict[str, str]:
    """What data, grad and ∂ are, each with its colour."""
    loss = boxes[-1].name if boxes[-1].named else "loss"
    run = boxes[-1].grad is not None or not look.numbers
    return {
        "data: value": DATA,
        f"grad: ∂{loss}/∂box" if run else "grad: – until backward() has run": GRAD,
        "∂: local derivative by that input": GREY,
    }


def reading(boxes: Sequence[Card], lines: Sequence[Wire]) -> tuple[str, ...]:
    """How to read the picture."""
    if any(isinstance(card.data, Grid) for card in boxes):
        return f"{OF_GRIDS} {WIRES}", SHADES
    return (f"{SUMMARY if any(isinstance(wire.partial, Range) for wire in lines) else READING} {WIRES}",)


def stacked(rows: Sequence[str], room: float = 0, gap: int = 0) -> str:
    """Lines one below the other, from the left, with a gap above them."""
    inside = "".join(f'<TR><TD ALIGN="LEFT" WIDTH="{min(int(room) + 1, 5000)}">{row}</TD></TR>' for row in rows)
    above = f'<TR><TD HEIGHT="{gap}"></TD></TR>' if gap else ""
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{above}{inside}</TABLE>>'


def remarks(boxes: Sequence[Card], lines: Sequence[Wire], whole: bool, shown: int) -> Iterator[str]:
    """What a reader would otherwise stumble over."""
    verdicts = {mark.verdict for card in boxes for mark in card.marks}
    yield from (text for verdict, text in (("slip", SLIP), ("carried", CARRIED)) if verdict in verdicts)
    if shown > LARGE:
        yield f"This picture is large: {shown:,} boxes. Any value inside it can be drawn by itself."
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
