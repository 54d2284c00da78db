"""What a pointer is told about a card and a wire: whole names and formulas, and numbers in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microgrid.formula.lettering import escaped, plain

from .card import UNSAID, Card, Grid, Numbers, Range, Slope, Words, carried, is_closed
from .grid import is_folded
from .look import Look

__all__ = ["attribute", "exact", "of_card", "of_use"]


def attribute(text: str) -> str:
    r"""Text for an attribute; Graphviz would replace `\N` by the name of the node, in two rounds."""
    return escaped(text).replace("\\", "\\\\")


def of_card(card: Card, look: Look, write: Callable[[str], str] = attribute) -> str:
    """`a₁ = σ(z₁): data=0.5597 grad=-0.1411`; `write` makes it the text of an attribute, or of one of a cell."""
    name = card.whole or card.name
    text = f"{name} = {card.formula}" if card.formula else name
    if look.numbers:
        text += f": data={exact(card.data)} grad={exact(card.grad)}"
        text += "".join(f"; {plain(mark.what)} {mark.verdict}: printed {plain(mark.printed)}" for mark in card.marks)
    return write(text)


def of_use(boxes: Sequence[Card], head: int, slot: int, look: Look, write: Callable[[str], str] = attribute) -> str:
    """`∂z₁/∂w₁₁ = 0.5; sends 0.5 * -0.0348 = -0.0174 back`"""
    above, (place, partial) = boxes[head], boxes[head].inputs[slot]
    text = f"∂{above.name}/∂{boxes[place].name}"
    if not look.numbers and not isinstance(partial, Words):
        return write(text)
    if not isinstance(partial, Words):
        text += f" = {exact(partial)}"
    elif partial.text != UNSAID:
        text += f": grad is multiplied by {partial.text}"
    return write(text + (sent(above, slot) if look.numbers else ""))


def sent(head: Card, slot: int) -> str:
    """What goes back along a wire."""
    partial = head.inputs[slot][1]
    carries = carried(partial, head.grad)
    if carries is not None and isinstance(partial, (Range, Words)):
        return f"; sends {float(carries)!r} back (RMS)"
    if head.beside and carries is not None:
        return "; it does not lead to the loss, and nothing comes back"
    if is_closed(head, slot):
        return "; the branch is closed and sends nothing back"
    return "" if carries is None else f"; sends {exact(partial)} * {exact(head.grad)} = {float(carries)!r} back"


def exact(value: Numbers | Slope | None) -> str:
    """A number in full; many as the smallest and the largest; those of a small grid one by one."""
    if isinstance(value, Grid):
        if not is_folded(value):
            return f"[{', '.join('' if each is None else repr(each) for each in value.numbers)}]"
        value = value.range
    if value is None or isinstance(value, Words):
        return value.text if value else "–"
    return f"{value.low!r} … {value.high!r}" if isinstance(value, Range) else repr(float(value))
