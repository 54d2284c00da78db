"""Levels: which cards a picture has, from one for each operation to one for each layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from microgrid.engine import Graph
from microgrid.errors import GraphError, counted
from microgrid.formula import Formula
from microgrid.formula.lettering import plain, shown
from microgrid.sheet import Sheet

from .array_cards import array_cards, grouped_by_name, homes
from .card import Card, Subject, cards
from .container_cards import container_cards, containers
from .dot import visible
from .folds import fold_cards
from .layers import layer_cards
from .leaf_rows import MOST_WIRES as ROWS_FROM
from .look import FAN, LARGE
from .marks import Judged, marked
from .snapshot import Snapshot

__all__ = ["EVERY_LEVEL", "FIGURES", "OF_SAMPLES", "absent", "boxed", "coarser", "readable", "remarks", "usual"]

MOST = 1200  # cards: more are not drawn
MOST_WIRES = 5000
EVERY_LEVEL = {
    "op": "one box for each operation",
    "named": "one box for each value with a name",
    "neuron": "one box for each neuron",
    "layer": "one box for each layer",
    "vector": "one box for each vector or matrix",
    "element": "one box for each element",
    "fold": "one box for each family of names and each stretch of operations",
}
FEWEST = 3  # computed values of a large graph that have a name: fewer say nothing of it
BY_NAME = ("named", "vector", "element")
SCOPED = ("neuron", "layer")  # the levels whose titles are those of scopes
FIGURES = {"op": 4, "neuron": 3, "layer": 3, "fold": 2, **dict.fromkeys(BY_NAME, 4)}  # significant digits, unless told


def usual(subject: Snapshot) -> str:
    """The level of a picture unless told."""
    if subject.sheet is not None and subject.sheet.has_arrays:
        return "vector"
    if subject.lines is not None:
        return "named"
    found, graph = readable(subject.graph), subject.graph
    named = sum(1 for node, label in zip(graph.nodes, graph.labels) if node.parents and label)
    poor = found == "op" or (found == "named" and named < FEWEST)
    return "fold" if poor and len(graph) > LARGE else found


def readable(graph: Graph) -> str:
    """The finest level at which a person can read the picture; if there is none, "op"."""
    if len(graph) <= LARGE:
        return "op"
    if any(node.scope for node in graph.nodes if node.parents):
        view = graph.view("neuron")
        if len(view) <= LARGE and max(map(len, view.parents[:-1]), default=0) <= FAN:
            return "neuron"
        if len(layer_cards(Subject(graph, view, neurons=True))) <= LARGE:
            return "layer"
    view = graph.view("named")
    if 1 < len(view) <= LARGE and len(view.edges) <= 2 * LARGE:
        return "named"
    return "vector" if 1 < len(containers(view)) <= LARGE else "op"


def coarser(subject: Snapshot, level: str) -> tuple[str, ...]:
    """The levels with fewer cards than that one, the finest first."""
    scoped = any(node.scope for node in subject.graph.nodes if node.parents)
    arrays = subject.sheet is not None and subject.sheet.has_arrays
    order = ["op", "element", *["vector"] * arrays, "named", *["neuron", "layer"] * scoped, "fold"]
    order = [each for each in order if each != "element" or arrays]
    return tuple(order[order.index(level) + 1 :]) if level in order else ("fold",)


def boxed(drawn: Snapshot, level: str, digits: int, marks: Callable[[], Iterable[Judged]], sample: int) -> list[Card]:
    """The cards of that level. Raises GraphError where nobody could read so many."""
    graph, lines, _, sheet = drawn
    if level == "fold":
        return fold_cards(Subject(graph, graph), digits)
    view = graph.view("named" if level in BY_NAME else level)
    subject = Subject(graph, view, (lines or {}) if level != "op" else {}, lines is None and level in SCOPED)
    if level == "layer":
        boxes = layer_cards(subject, digits)
        refuse_unreadable(graph, len(boxes), sum(len(each.inputs) for each in boxes))
        return boxes
    if sheet is not None and sheet.has_arrays and level in ("vector", "element"):
        groups = grouped_by_name(sheet, view, level == "vector")
        refuse_unreadable(graph, len(groups), 0)
        boxes = array_cards(sheet, subject, groups, sample, digits)
        return marked(boxes, homes(groups, view.labels, sample), view.labels[-1], marks())
    if sheet is None and level == "vector":
        boxes = container_cards(subject, digits)
        refuse_unreadable(graph, len(boxes), sum(len(each.inputs) for each in boxes))
        return boxes
    refuse_many(graph, view)
    places = {label: (i, 0) for i, label in enumerate(view.labels) if label}
    return marked(cards(subject, digits), places, view.labels[-1], marks())


def remarks(graph: Graph, boxes: Sequence[Card], level: str, sheet: bool, told: bool) -> tuple[str, ...]:
    """What the legend says of the level: nothing where every value has a card, or a row."""
    if len(boxes) == len(graph):
        return ()
    what = "one box for each line of the sheet" if sheet and level == "named" else EVERY_LEVEL[level]
    why = "" if told or sheet else f" ({len(graph):,} would be too many)"
    rows = len(boxes) - visible(boxes)[0]
    sizes = counted(len(boxes) - rows, "box") + f" and {counted(rows, 'row')}" * bool(rows)
    lines = f"{what[0].upper()}{what[1:]}{why}: {sizes} for {len(graph):,} values."
    exact = "" if level in ("layer", "vector", "fold") else " Here ∂ goes through all that a box stands for."
    return (lines + exact,)


OF_SAMPLES = "Sample {} of {} is shown; what all samples share has its gradient over all of them."


def absent(graph: Graph, lines: Mapping[str, Formula] | None, sheet: Sheet | None) -> tuple[str, ...]:
    """A line for the legend where a sheet goes on from its loss: what follows from that is not drawn."""
    names = [name for name in lines or () if name not in graph.labels]
    names = sheet.as_arrays(names) if sheet else names
    return (
        (f"Not drawn, since computed from {shown(graph.name(graph.root))}: {', '.join(map(shown, names))}.",)
        if names
        else ()
    )


def refuse_unreadable(graph: Graph, boxes: int, wires: int) -> None:
    if boxes > MOST or wires > MOST_WIRES:
        raise GraphError(
            f"{plain(graph.root.label, 40) or 'the graph'} makes {boxes:,} boxes and {wires:,} wires, and a picture "
            f"holds at most {MOST:,} and {MOST_WIRES:,}; draw a part of it: any value inside can be the target"
        )


def refuse_many(graph: Graph, view: Graph) -> None:
    """Refuse a view before there is a card for each value: what is used once, or very often, is rows."""
    uses = Counter(view.index[parent] for parents in view.parents for parent in parents)
    rows = [count for i, count in uses.items() if not view.parents[i] and (count == 1 or count > ROWS_FROM)]
    refuse_unreadable(graph, len(view) - rows.count(1), sum(uses.values()) - sum(rows))
