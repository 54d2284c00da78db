"""The levels of a page: which are offered, and what each shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.engine import Graph
from microgrid.picture import Subject
from microgrid.picture.array_cards import grouped_by_name
from microgrid.picture.layers import grouped, keys
from microgrid.picture.picture import readable
from microgrid.sheet import Sheet
from microgrid.tape import Tape

from .folds import folded_scene
from .networks import network_scene
from .scene import BY_NAME, SCOPED, array_scene, scene

__all__ = ["FOLDED", "WORDS", "finest", "offered", "pictured", "usual", "walk_of"]

MOST = 150  # cards of a level that is offered besides the one asked for; with arrays wires too
FOLDED = "folded"
MOST_LOOKED_AT = 5000  # operations of a graph whose other levels are counted: of more, no other can be read
MOST_BEHIND = 40  # operations behind a card, on average: with more it would say f(…)
MOST_OF_NETWORK = 60  # of another level of a network, whose neurons open besides
MOST_OPERATIONS = 40  # the same of the operations of a sheet with arrays, which has levels enough
ORDER = ("op", "named", "element", "vector", "folded", "neuron", "layer")
WORDS = {
    "op": "every operation",
    "named": "named values",
    "element": "every element",
    "vector": "vectors and matrices",
    "folded": "folded",
    "neuron": "neurons",
    "layer": "layers",
}


def usual(sheet: Sheet) -> str:
    """The level to begin with for a sheet."""
    return "vector" if sheet.has_arrays else "named"


def walk_of(level: str) -> str:
    """The level of the tape that a level of the page steps along."""
    return "vector" if level in BY_NAME else "op" if level == FOLDED else level


def pictured(
    levels: Sequence[str], tapes: Sequence[Tape], sheet: Sheet | None, order: Sequence[str], is_network: bool = False
) -> list[dict[str, Any]]:
    """What each level shows."""
    scenes: list[dict[str, Any]] = []
    for level, tape in zip(levels, tapes):
        if level == FOLDED:
            scenes.append(folded_scene(tape.graph))
        elif is_network and level in SCOPED:
            before = (i for i, each in enumerate(tapes[: len(scenes)]) if walks_like(each, tape))
            scenes.append(network_scene(tape, members_of(tape), next(before, None)))
        elif sheet and sheet.has_arrays and level in BY_NAME:
            like = next((i for i, each in enumerate(levels[: len(scenes)]) if each in BY_NAME), None)
            scenes.append(array_scene(tape, level, sheet, order, like))
        else:
            scenes.append(scene(tape, sheet.formulas if sheet else None, order))
    return scenes


def walks_like(one: Tape, other: Tape) -> bool:
    """Whether two tapes by neurons or layers have the same steps."""
    return one.level in SCOPED and one.view.nodes == other.view.nodes and one.children == other.children


def members_of(tape: Tape) -> list[list[int]]:
    """The values of a view that each card of a network stands for: by neurons one, by layers all of one."""
    if tape.level == "neuron":
        return [[i] for i in range(len(tape.view))]
    return grouped(keys(Subject(tape.graph, tape.view, neurons=True)))


def finest(graph: Graph) -> str:
    """The level to begin with: by neurons, where these are not too many, rather than by layers; folded, if all are."""
    if len(graph) > MOST_LOOKED_AT:
        return FOLDED
    level = readable(graph)
    level = "neuron" if level == "layer" and size(graph, "neuron") <= MOST else level
    if len(graph) <= MOST:
        return level
    count = 0 if level in BY_NAME else size(graph, level)
    return level if len(graph) < MOST_BEHIND * count and count <= MOST else FOLDED


def offered(graph: Graph, first: str, sheet: Sheet | None, is_network: bool = False) -> list[str]:
    """The levels of the page: the one to begin with, and those besides it that differ and can be read."""
    sizes = {first: 0 if first == FOLDED else size(graph, first, sheet)} | (
        dict.fromkeys(SCOPED, -1) if is_network else {}
    )
    most = MOST_OF_NETWORK if is_network else MOST
    of_sheet = ("op", *BY_NAME) if sheet and sheet.has_arrays else ("op", "named")
    if not sheet and not is_network and len(graph) > MOST:
        sizes[FOLDED] = 0
    if len(graph) > MOST_LOOKED_AT and not sheet:
        return sorted(sizes, key=ORDER.index)
    for level in of_sheet if sheet else (each for each in ORDER if each not in (*BY_NAME, FOLDED)):
        count = size(graph, level, sheet)
        is_new = level not in sizes and count not in sizes.values()
        if is_new and 1 < count <= most and not (sheet and is_tangled(graph, level, sheet)):
            sizes[level] = count
    return sorted(sizes, key=ORDER.index)


def is_tangled(graph: Graph, level: str, sheet: Sheet) -> bool:
    """Whether a sheet with arrays is better read by these than at a level with so many cards or wires."""
    view = graph.view("named" if level in BY_NAME else level)
    cards = MOST_OPERATIONS if level == "op" else MOST
    wires = len(view.edges) // max(sheet.samples, 1)  # about those of one
    return sheet.has_arrays and level != "vector" and (size(graph, level, sheet) > cards or wires > MOST)


def size(graph: Graph, level: str, sheet: Sheet | None = None) -> int:
    """How many cards a level has; 0 for one by neurons or layers of a graph that has none."""
    view = graph.view("named" if level in BY_NAME else level)
    if sheet and level in BY_NAME:
        return len(grouped_by_name(sheet, view, level == "vector"))
    if level in SCOPED and not any(node.scope for node in view.nodes):
        return 0
    return len(grouped(keys(Subject(graph, view, neurons=True)))) if level == "layer" else len(view)
