"""The picture of a recorded computation: one card per value, one wire per use of it.

Each wire ends in the cell that holds its local derivative ∂, so that the gradient of a card can
be read off: it is the sum over its outgoing wires of ∂ at the arrow head × that card's grad.
A coarser level has fewer cards, and the same holds; only a picture by layers is a summary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from microgrid.engine import Graph, Value, topological_order
from microgrid.engine.variables import given
from microgrid.errors import GraphError, counted, did_you_mean, type_named
from microgrid.formula import Formula
from microgrid.formula.lettering import plain
from microgrid.sheet import Run, Sheet

from .array_cards import array_cards, grouped_by_name, homes
from .card import Card, Subject, cards
from .container_cards import container_cards, containers
from .dot import LARGE, Look, drawn
from .layers import layer_cards
from .marks import Judged, marked, single, unmarked

if TYPE_CHECKING:
    from .figure import Figure

__all__ = [
    "Snapshot",
    "check_sample",
    "draw",
    "draw_dot",
    "equations",
    "readable",
    "save",
    "trace",
]

DENSE, MOST = 60, 1000  # cards: drawn closer together; not drawn
MOST_WIRES = 5000
FAN = 6  # inputs of a neuron: where there are more, the wires hide each other
DIRECTIONS = ("TB", "LR")
EVERY_LEVEL = {
    "op": "one box for each operation",
    "named": "one box for each value with a name",
    "neuron": "one box for each neuron",
    "layer": "one box for each layer",
    "vector": "one box for each vector or matrix",
    "element": "one box for each element",
}
BY_NAME = ("named", "vector", "element")
SCOPED = ("neuron", "layer")  # the levels whose titles are those of scopes
FIGURES = {"op": 4, "neuron": 3, "layer": 3, **dict.fromkeys(BY_NAME, 4)}  # significant digits, unless told


def draw(
    target: Any,
    *,
    names: Mapping[str, Any] | None = None,
    direction: str = "TB",
    digits: int | None = None,
    id: str = "",
    level: str | None = None,
    marks: Iterable[Judged] = (),
    round_number: int = 1,
    sample: int = 1,
) -> Figure:
    """The picture of everything that `target` was computed from.

    grad of a card = Σ over its outgoing wires of  ∂ at the arrow head × grad of that card

    >>> x = Value(3.0)
    >>> y = (x * x).tanh()
    >>> y.backward()
    >>> draw(y, names=locals())
    <picture of y: 3 cards, 3 wires>

    target     a Value, a worked sheet, or anything whose `root` is a Value; its `title` is the heading.
               Of a Graph, the numbers that it holds are drawn
    names      what holds values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are
               then W[0][1]; unless told, the variables of the caller
    direction  "TB", from the top down, or "LR", from left to right
    digits     significant digits, 1 to 17: 4 unless told, 3 in a picture by neurons or layers; a
               picture of more than 60 cards has at most 3
    id         begins the id of every element, so that several pictures can share a page
    level      "op", a card for every value; "named", for every value with a label; "neuron"; or
               "layer", a summary; "vector", a card for every array of a sheet, or for every list or array
               that holds Values, a summary too; of a sheet "element", for every element of one. Unless
               told, a sheet with arrays has a card for every array, any other for every line; anything
               else a card for every value up to 150, and above that the finest level one can read
    marks      verdicts on published numbers, from `microgrid.answers.check`: slips, and what was
               carried from them, are marked where they stand
    round_number  of a sheet: which of its rounds, from 1
    sample     of a sheet with samples: which one is drawn, from 1
    Returns a `graphviz.Digraph`: `.save("net.svg")`, `.source`, `.render()`, `.pipe()`; a notebook
    shows it. Raises GraphError above 1000 cards, where nobody could read the picture.
    """
    target = target.only(round_number) if isinstance(target, Run) else target
    subject = snapshot(target, names)
    graph, lines, heading, sheet = subject
    check(direction, digits, id, level)
    check_sample(sample, sheet)
    shown = level or usual(subject)
    figures = digits or FIGURES[shown]
    judged = single(marks)
    boxes = boxed(subject, shown, figures, lambda: [each for each in judged() if each.round == round_number], sample)
    look = looks(len(boxes), direction, figures, id, shown)
    about = remarks(graph, len(boxes), shown, lines is not None, told=level is not None)
    if sheet and sheet.samples and shown in ("vector", "element"):
        look = replace(look, whole=False)
        about += (OF_SAMPLES.format(sample, sheet.samples),)
    about += absent(graph, lines, sheet) + unmarked(boxes, judged(), round_number)
    several = f", round {round_number}" if heading and round_number > 1 else ""
    title = plain(heading, 120) + several if isinstance(heading, str) else ""
    return drawn(boxes, replace(look, heading=title, remarks=about))


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


class Snapshot(NamedTuple):
    """What is drawn: a graph with the numbers that it holds; of a sheet also its lines, and itself; and the heading."""

    graph: Graph
    lines: Mapping[str, Formula] | None = None
    title: Any = None
    sheet: Sheet | None = None


def snapshot(target: Any, names: Mapping[str, Any] | None) -> Snapshot:
    if isinstance(target, Snapshot):
        return target
    graph = target if isinstance(target, Graph) else Graph(root_of(target), given(names), getattr(target, "beside", ()))
    sheet = target.sheet if isinstance(target, Run) else None
    return Snapshot(graph, equations(target), getattr(target, "title", None), sheet)


def root_of(target: Any) -> Value:
    root = target if isinstance(target, Value) else getattr(target, "root", None)
    if not isinstance(root, Value):
        several = "; draw its elements one by one" if isinstance(target, (list, tuple)) else ""
        raise GraphError(f"a Value can be drawn, or what has one as its root, not {type_named(target)}{several}")
    return root


def check(direction: str, digits: int | None, id: str, level: str | None) -> None:
    if direction not in DIRECTIONS:
        hint = did_you_mean(str(direction).upper(), DIRECTIONS)
        raise GraphError(f"direction {direction!r}{hint or '; there are TB (top down) and LR (left to right)'}")
    if digits is not None and (not isinstance(digits, int) or not 1 <= digits <= 17):
        raise GraphError(f"{digits!r} digits; a number is shown with 1 to 17")
    if not re.fullmatch(r"([A-Za-z_][\w.-]*)?", id, re.ASCII):
        raise GraphError(f"{id!r} cannot begin an id; a letter comes first, then letters, digits, '-', '_' and '.'")
    if level is not None and level not in EVERY_LEVEL:
        hint = did_you_mean(str(level), EVERY_LEVEL) or f"; there are {', '.join(EVERY_LEVEL)}"
        raise GraphError(f"level {level!r}{hint}")


def check_sample(sample: int, sheet: Sheet | None) -> None:
    """Raise GraphError where there is no such sample."""
    count = sheet.samples if sheet else 0
    if not isinstance(sample, int) or not 1 <= sample <= max(count, 1):
        has = f"samples go from 1 to {count:,}" if count else "there are no samples"
        raise GraphError(f"there is no sample {sample}; {has}")


def refuse_unreadable(graph: Graph, size: int, uses: int) -> None:
    if size > MOST or uses > MOST_WIRES:
        raise GraphError(
            f"{plain(graph.root.label, 40) or 'the graph'} has {size:,} values and {uses:,} wires, and a picture "
            f"holds at most {MOST:,} and {MOST_WIRES:,}; draw a part of it: any value inside can be the target"
        )


# ── levels ─────────────────────────────────────────────────────────────────────────────────


def usual(subject: Snapshot) -> str:
    """The level of a picture unless told."""
    if subject.sheet is not None and subject.sheet.has_arrays:
        return "vector"
    return "named" if subject.lines is not None else readable(subject.graph)


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


def boxed(drawn: Snapshot, level: str, digits: int, marks: Callable[[], Iterable[Judged]], sample: int) -> list[Card]:
    """The cards of that level. Raises GraphError where nobody could read so many."""
    graph, lines, _, sheet = drawn
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
    refuse_unreadable(graph, len(view), sum(map(len, view.parents)))
    places = {label: (i, 0) for i, label in enumerate(view.labels) if label}
    return marked(cards(subject, digits), places, view.labels[-1], marks())


def equations(target: Any) -> dict[str, Formula] | None:
    """The lines of a sheet, by the name that each defines; softmax defines several by one."""
    if not isinstance(target, Run):
        return None
    return {each.names[0]: each.formula for each in target.sheet.equations if len(each.names) == 1}


def remarks(graph: Graph, boxes: int, level: str, sheet: bool, told: bool) -> tuple[str, ...]:
    """What the legend says of the level: nothing where every value has a card."""
    if boxes == len(graph):
        return ()
    what = "one box for each line of the sheet" if sheet and level == "named" else EVERY_LEVEL[level]
    why = "" if told or sheet else f" ({len(graph):,} would be too many)"
    lines = f"{what[0].upper()}{what[1:]}{why}: {counted(boxes, 'box')} for {len(graph):,} values."
    exact = "" if level in ("layer", "vector") else "   Here ∂ goes through all that a box stands for."
    return (lines + exact,)


OF_SAMPLES = "Sample {} of {} is shown; what all samples share has its gradient over all of them."


def absent(graph: Graph, lines: Mapping[str, Formula] | None, sheet: Sheet | None) -> tuple[str, ...]:
    """A line for the legend where a sheet goes on from its loss: what follows from that is not drawn."""
    names = [name for name in lines or () if name not in graph.labels]
    names = sheet.as_arrays(names) if sheet else names
    return (f"Not drawn, since computed from {graph.name(graph.root)}: {', '.join(names)}.",) if names else ()


# ── looks ──────────────────────────────────────────────────────────────────────────────────


def looks(size: int, direction: str, digits: int, id: str, level: str) -> Look:
    """The look for so many cards: closer together above 60, and where neurons have many wires."""
    if size > DENSE:
        return Look(direction, min(digits, 3), id, words=False, frames=False, nodesep=0.12, ranksep=0.3)
    if level == "neuron":
        return Look(direction, digits, id, words=False, frames=False, nodesep=0.15, ranksep=0.8)
    return Look(direction, digits, id, words=True, frames=True, nodesep=0.22, ranksep=0.38)
