"""The SVG of a picture made ready for numbers that change: hooks on its cards, wires and numbers.

A card's group gets `data-card`, its numbers `data-value-of`, `data-grad-of` and `data-partial`, a
wire's group `data-wire`. Each number is centred in its cell, so that it may become longer. What only
a viewer of the file alone would need goes: titles, links, fonts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from .card import Card, Grid, Words
from .grid import is_folded

__all__ = ["hooked"]

NAMESPACE = "http://www.w3.org/2000/svg"
TAG = f"{{{NAMESPACE}}}"
UNUSED = ("font-family", "{http://www.w3.org/XML/1998/namespace}space")
Element = ElementTree.Element


def hooked(image: bytes, boxes: Sequence[Card], names: Sequence[Sequence[str]], prefix: str) -> str:
    """The picture of the cards, as drawn with that prefix of ids, as text to stand in a page.

    names  for the hooks: one for each card, for each element of a grid
    """
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(image)
    for element in list(root.iter()):
        flatten(element)
    groups = {group.get("id", "").removeprefix(prefix): group for group in root.iter(f"{TAG}g")}
    for i, (card, own) in enumerate(zip(boxes, names)):
        hook_card(groups[f"v{i}"], i, card, own)
        for slot in range(len(card.inputs)):
            hook_wire(groups[f"e{i}_{slot}"], f"{i}_{slot}")
    for side in ("width", "height"):  # of points, 72 to the inch; a page has 96 pixels to it
        root.set(side, str(math.ceil(float(root.get(side, "0").removesuffix("pt")) * 4 / 3)))
    root.attrib.pop("style", None)
    return ElementTree.tostring(root, encoding="unicode")


def flatten(element: Element) -> None:
    """Without titles, with the inside of links in the place of the links, and with one polygon a cell."""
    children: list[Element] = []
    pending = list(element)[::-1]
    while pending:
        child = pending.pop()
        link = child.tag == f"{TAG}a" or child.get("id", "").startswith("a_")
        if link:
            pending += list(child)[::-1]
        elif child.tag != f"{TAG}title" and not joined(children, child):
            children.append(child)
            for name in UNUSED:
                child.attrib.pop(name, None)
    element[:] = children
    element.tail = None
    if element.tag != f"{TAG}text":
        element.text = None


def joined(children: Sequence[Element], child: Element) -> bool:
    """Whether the child is the frame of the cell before it, which then gets its line."""
    before = children[-1] if children else child
    frame = child.tag == before.tag == f"{TAG}polygon" and child.get("points") == before.get("points")
    if frame and child is not before and child.get("fill") == "none":
        before.set("stroke", child.get("stroke", "none"))
        return True
    return False


def hook_card(group: Element, i: int, card: Card, names: Sequence[str]) -> None:
    group.set("data-card", str(i))
    group.set("tabindex", "0")
    group.set("role", "button")
    texts = list(centred(group))
    for slot, text in enumerate(texts[: len(card.inputs)]):
        if (text.text or "").startswith("∂ ") and not isinstance(card.inputs[slot][1], Words):
            text.set("data-partial", str(slot))
    if isinstance(card.data, Grid):
        hook_grid(card.data, texts[len(card.inputs) + 1 :], [each for each in group.iter() if is_cell(each)], names)
        return
    (name,) = names
    if card.role == "constant":
        texts[-1].set("data-value-of", name)
        return
    *_, last = texts
    last.set("data-grad-of", name)
    last.text = ""
    words = texts[-2].text == "grad"
    value = texts[-3 if words else -2]
    value.set("data-value-of", name)
    for number in (value, last) if words else ():  # small pictures let it touch the word above
        number.set("y", f"{float(number.get('y', '0')) + 1.5:g}")


def is_cell(element: Element) -> bool:
    """Whether it is a cell of a grid, which has no frame."""
    return element.tag == f"{TAG}polygon" and element.get("stroke", "none") in ("none", "transparent")


def hook_grid(grid: Grid, texts: Sequence[Element], cells: Sequence[Element], names: Sequence[str]) -> None:
    """Hooks on the numbers of a grid and of its gradient; on the cells where there are no numbers.

    texts  those below the title: the captions and numbers of the one, then those of the other
    """
    for each in cells:
        each.attrib.pop("stroke", None)
        each.set("class", "cell")
        each.set("fill", "none")
    for k, hook in enumerate(("data-value-of", "data-grad-of")):
        half = texts[k * len(texts) // 2 : (k + 1) * len(texts) // 2]
        own = cells[k * len(cells) // 2 : (k + 1) * len(cells) // 2]
        if not is_folded(grid):
            for text, name in zip(half[-len(names) :], names):
                text.set(hook, name)
        elif own:
            half[-1].set("data-range", hook[5:-3])
            for cell, name in zip(own, names):
                cell.set(hook, name)
        else:
            half[-1].set(hook, names[0].rpartition("[")[0])


def centred(group: Element) -> Iterator[Element]:
    """The texts of a card, each in the middle of the cell that it stands in."""
    cells: list[tuple[float, float, float, float]] = []
    for element in group.iter():
        if element.tag == f"{TAG}polygon":
            points = [tuple(map(float, pair.split(","))) for pair in element.get("points", "").split()]
            xs, ys = [x for x, _ in points], [y for _, y in points]
            cells.append((min(xs), max(xs), min(ys), max(ys)))
        elif element.tag == f"{TAG}text":
            x, y = float(element.get("x", "0")), float(element.get("y", "0"))
            around = [cell for cell in cells if cell[0] - 1 <= x <= cell[1] and cell[2] <= y <= cell[3] + 1]
            if around:
                left, right, *_ = min(around, key=lambda cell: (cell[1] - cell[0]) * (cell[3] - cell[2]))
                element.set("text-anchor", "middle")
                element.set("x", f"{(left + right) / 2:g}")
                element.set("data-room", f"{right - left:g}")
            yield element


def hook_wire(group: Element, name: str) -> None:
    """A wire, with a wider and invisible one for the pointer."""
    group.set("data-wire", name)
    group.set("tabindex", "-1")
    group.set("role", "img")
    path = group.find(f"{TAG}path")
    if path is not None:
        grip = ElementTree.Element(f"{TAG}path", {"d": path.get("d", ""), "class": "grip", "fill": "none"})
        group.insert(0, grip)
