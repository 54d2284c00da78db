"""Where the cards and wires of a page lie: their sizes from their words, their places from Graphviz.

The page draws them itself. There are two layouts of each level, from left to right and from the top down; the page
takes the one that its window has more room for. All lengths are pixels at full size, at a text of 13 pixels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from microgrid.formula.regexes import regex
from microgrid.picture.card import Card, Grid, Range, Words
from microgrid.picture.dot import order_of_reading
from microgrid.picture.grid import is_folded, is_shaded
from microgrid.picture.leaf_rows import leaf_rows
from microgrid.picture.render import rendered

__all__ = ["GEOMETRY", "places"]

# What places.py and the page's own drawing agree on.
GEOMETRY = {"title": 26, "row": 21, "foot": 40, "note": 15, "pad": 8, "cell": [58, 20], "small": 9, "caption": 16}
CHARACTER, BOLD, SMALL = 7.2, 7.6, 6.8  # widths of the widest of the usual fonts
NUMBER, SLOPE, GRADIENT = 60, 76, 66  # widths of the columns of a row
FOOT = 156  # the least width of a card with a number and a gradient
MOST_ROWS = 12  # inputs of a card: with more they are one row
SLOPE_LENGTH, NAME_LENGTH = 26, 18  # characters
BY_NUMBERS, BY_CELLS, BY_RANGE = range(3)  # how a grid is shown, as cards.js has it
TAG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Line:
    """One input of a card: a wire that ends there, or a leaf that stands there.

    kind  "wire", "leaf", or "shared" for a leaf that has a card of its own besides
    says  the local derivative, where it is no number
    """

    name: str
    kind: str
    says: str = ""


def places(boxes: Sequence[Card]) -> dict[str, Any]:
    """The cards as data, and both layouts: the place of each card's middle, and the path of each wire."""
    rows = leaf_rows(boxes)
    uses = {use: leaf for use, leaf in rows.uses.items() if len(boxes[use[0]].inputs) <= MOST_ROWS}
    shown = Counter(uses.values())
    hidden = {
        leaf for leaf in rows.hidden if shown[leaf] == sum(tail == leaf for box in boxes for tail, _ in box.inputs)
    }
    lined = [list(lines(boxes, i, uses, hidden)) for i in range(len(boxes))]
    sizes = [size(box, each) for box, each in zip(boxes, lined)]
    kept = [i for i in range(len(boxes)) if i not in hidden]
    wires = [
        (head, slot, tail)
        for head in kept
        for slot, (tail, _) in enumerate(boxes[head].inputs)
        if (head, slot) not in uses
    ]
    return {
        "boxes": [
            None if i in hidden else written(box, each, *sizes[i]) for i, (box, each) in enumerate(zip(boxes, lined))
        ],
        "layouts": {direction: layout(boxes, kept, wires, sizes, direction) for direction in ("LR", "TB")},
    }


def lines(boxes: Sequence[Card], i: int, uses: dict[tuple[int, int], int], hidden: set[int]) -> Iterator[Line]:
    """What stands in the rows of a card; nothing where there are too many."""
    inputs = boxes[i].inputs
    if len(inputs) > MOST_ROWS:
        return
    for slot, (tail, slope) in enumerate(inputs):
        kind = "wire" if (i, slot) not in uses else "leaf" if tail in hidden else "shared"
        name = "" if boxes[tail].role == "constant" and not boxes[tail].named else boxes[tail].name
        yield Line(name, kind, slope.text if isinstance(slope, Words) else "")


def written(box: Card, rows: Sequence[Line], width: int, height: int) -> dict[str, Any]:
    """A card as data."""
    found: dict[str, Any] = {
        "title": box.title, "role": box.role, "w": width, "h": height,
        "rows": [[each.name, each.kind, each.says] for each in rows],
    }  # fmt: skip
    if slope_width(rows) > SLOPE:
        found["slope"] = round(slope_width(rows))
    if len(box.inputs) > MOST_ROWS:
        found["many"] = len(box.inputs)
    if isinstance(box.data, Grid):
        found["grid"] = [*((*box.data.shape, 1)[:2]), shade_of(box.data)]
    if box.named:
        found["named"] = 1
    if box.notes:
        found["notes"] = list(box.notes)
    if box.formula and box.formula not in box.title:
        found["formula"] = f"{box.name} = {box.formula}"
    return found


def shade_of(grid: Grid) -> int:
    """How its numbers are shown."""
    if not is_shaded(grid):
        return BY_RANGE
    return BY_CELLS if is_folded(grid) else BY_NUMBERS


# ── sizes ──────────────────────────────────────────────────────────────────────────────────


def size(box: Card, rows: Sequence[Line]) -> tuple[int, int]:
    """The width and the height of a card."""
    g: Any = GEOMETRY
    several = len(box.inputs) > MOST_ROWS
    foot, width = footing(box)
    slope = slope_width(rows)
    for each in rows:
        name = CHARACTER * min(len(each.name), NAME_LENGTH) + 18
        width = max(width, name + slope + (0 if each.kind == "wire" else NUMBER + GRADIENT * (each.kind == "leaf")))
    width = max(width, BOLD * len(box.title) + 2 * g["pad"], *(SMALL * len(note) + 16 for note in (*box.notes, "")))
    height = g["title"] + g["note"] * len(box.notes) + g["row"] * (len(rows) or several) + foot
    return 2 * round(width / 2), 2 * round(height / 2)


def slope_width(rows: Sequence[Line]) -> float:
    """The width of the column of local derivatives."""
    return max([SLOPE, *(CHARACTER * min(len(each.says), SLOPE_LENGTH) + 24 for each in rows if each.says)])


def footing(box: Card) -> tuple[int, float]:
    """The height of what stands below the rows of a card, and its least width."""
    g: Any = GEOMETRY
    if isinstance(box.data, Range):
        return g["foot"] + 16, 2 * 22 * SMALL
    if not isinstance(box.data, Grid):
        return (0, 44) if box.role == "constant" and not box.inputs else (g["foot"], FOOT)
    rows, columns = (*box.data.shape, 1)[:2]
    kind = shade_of(box.data)
    across, down = [(g["cell"][0], g["cell"][1]), (g["small"], g["small"]), (0, 0)][kind]
    caption = g["caption"] * (2 if kind else 1)
    return caption + rows * down + g["pad"] + 6, max(
        FOOT, 2 * (columns * across + 2 * g["pad"]), 2 * 20 * SMALL if kind else 0
    )


# ── layouts ────────────────────────────────────────────────────────────────────────────────


def layout(
    boxes: Sequence[Card], kept: Sequence[int], wires: Sequence[tuple[int, int, int]], sizes: Sequence[tuple[int, int]],
    direction: str,
) -> dict[str, Any]:  # fmt: skip
    """The places of the cards and the paths of the wires, drawn by Graphviz in one direction."""
    source = "\n".join(dot(boxes, kept, wires, sizes, direction))
    root = ElementTree.fromstring(rendered(source, "svg"))
    groups = {group.get("id"): group for group in root.iter(f"{TAG}g")}
    left, top = corner(root, groups)
    middles = [middle(groups[f"v{i}"], left, top) if f"v{i}" in groups else None for i in range(len(boxes))]
    paths = [path(groups.get(f"e{head}_{slot}"), left, top) for head, slot, _ in wires]
    extent = [
        max((spot[axis] + sizes[i][axis] / 2 for i, spot in enumerate(middles) if spot), default=0) for axis in (0, 1)
    ]
    return {"size": [round(each) for each in extent], "cards": middles, "paths": paths}


def dot(
    boxes: Sequence[Card], kept: Sequence[int], wires: Sequence[tuple[int, int, int]], sizes: Sequence[tuple[int, int]],
    direction: str,
) -> Iterator[str]:  # fmt: skip
    """The cards as tables of that size, whose cells are where wires end."""
    gap, rank = (18, 44) if direction == "LR" else (26, 44)
    yield f"digraph {{ graph [rankdir={direction}, nodesep={gap / 72:.3f}, ranksep={rank / 72:.3f}]"
    yield "node [shape=plain, margin=0, fontsize=1]; edge [arrowhead=none, headclip=true]"
    wired = {head: [slot for at, slot, _ in wires if at == head] for head in kept}
    for i in reading_order(boxes, kept):
        yield f'v{i} [id="v{i}", label=<{table(boxes[i], wired[i], sizes[i], direction)}>]'
    for row in side_by_side(boxes, kept):
        yield "{ rank=same; " + "; ".join(f"v{i}" for i in row) + " }"
        yield from (f"v{a} -> v{b} [style=invis]" for a, b in pairwise(row)) if len(row) < 40 else ()
    leaves, arrives = ("e", "w") if direction == "LR" else ("s", "n")
    for head, slot, tail in wires:
        weight = ", weight=6" if boxes[tail].inputs else ""
        port = f":i{slot}" if len(boxes[head].inputs) <= MOST_ROWS else ""
        yield f'v{tail}:{leaves} -> v{head}{port}:{arrives} [id="e{head}_{slot}"{weight}]'
    yield "}"


def table(box: Card, wired: Sequence[int], size: tuple[int, int], direction: str) -> str:
    """A card for Graphviz: cells of the heights of its rows, or across its top a cell for each wire."""
    width, height = size
    if direction == "TB" or len(box.inputs) > MOST_ROWS or not wired:
        tops = "".join(cell(width // len(wired), 2, f"i{slot}") for slot in wired) if wired else ""
        rows = [tops, cell(width, height - 2 * bool(wired), span=max(1, len(wired)))]
    else:
        g: Any = GEOMETRY
        head = g["title"] + g["note"] * len(box.notes)
        body = [cell(width, g["row"], f"i{slot}") for slot in range(len(box.inputs))]
        rest = height - head - g["row"] * len(body)
        rows = [cell(width, head), *body, cell(width, rest) if rest > 0 else ""]
    inside = "".join(f"<TR>{row}</TR>" for row in rows if row)
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="0">{inside}</TABLE>'


def cell(width: int, height: int, port: str = "", span: int = 1) -> str:
    name = f' PORT="{port}"' if port else ""
    return f'<TD{name} COLSPAN="{span}" FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"></TD>'


def reading_order(boxes: Sequence[Card], kept: Sequence[int]) -> list[int]:
    """The order of reading of a picture, of the cards that are kept."""
    those = set(kept)
    return [i for i in order_of_reading(boxes) if i in those]


def side_by_side(boxes: Sequence[Card], kept: Sequence[int]) -> list[list[int]]:
    """The cards that stand in one rank: those of one row that are equally far from the inputs."""
    depths: dict[int, int] = {}
    for i, box in enumerate(boxes):
        depths[i] = 1 + max((depths.get(tail, -1) for tail, _ in box.inputs), default=-1)
    found: dict[tuple[str, int], list[int]] = {}
    for i in reading_order(boxes, kept):
        if boxes[i].row and boxes[i].inputs:
            found.setdefault((boxes[i].row, depths[i]), []).append(i)
    return [row for row in found.values() if len(row) > 1]


# ── what Graphviz drew ─────────────────────────────────────────────────────────────────────

POINT = regex(r"(-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)")


def bounds(group: Any) -> tuple[float, float, float, float]:
    """From left to right and from top to bottom, of the cells of a card."""
    points = [
        (float(x), float(y)) for cell in group.iter(f"{TAG}polygon") for x, y in POINT.findall(cell.get("points", ""))
    ]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), max(xs), min(ys), max(ys)


def corner(root: Any, groups: dict[Any, Any]) -> tuple[float, float]:
    """The left and upper end of everything."""
    edges = [bounds(group) for name, group in groups.items() if re.fullmatch(r"v\d+", name or "")]
    return min(each[0] for each in edges), min(each[2] for each in edges)


def middle(group: Any, left: float, top: float) -> list[float]:
    low, high, upper, lower = bounds(group)
    return [round((low + high) / 2 - left, 1), round((upper + lower) / 2 - top, 1)]


def path(group: Any, left: float, top: float) -> str:
    """The path of a wire, in whole pixels; a curve of Graphviz is one M and one C with many points."""
    drawn = group.find(f"{TAG}path") if group is not None else None
    if drawn is None:
        return ""
    return POINT.sub(lambda at: f"{float(at[1]) - left:.0f},{float(at[2]) - top:.0f}", drawn.get("d", ""))
