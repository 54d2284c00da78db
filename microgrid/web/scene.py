"""What the live page shows at one level: cards, wires, steps and sentences, as plain data.

Numbers are not in it: the page computes them, as the engine does, in JavaScript made from the same
table. Here is what it computes them for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from microgrid.engine import Graph
from microgrid.engine.views import inputs, left_out
from microgrid.formula import Formula, printable, unicode_name
from microgrid.picture import Subject
from microgrid.picture.array_cards import Group, array_cards, bundled, grouped_by_name
from microgrid.picture.card import TITLE, Card, cards
from microgrid.picture.layers import grouped, keys, layer_cards
from microgrid.picture.multipliers import Multipliers
from microgrid.sheet import Sheet
from microgrid.tape import Backward, Complete, Forward, NextRound, Seed, Tape
from microgrid.tape.wording import Wording

from .derivations import workings
from .places import places

__all__ = ["BY_NAME", "SCOPED", "Scene", "array_scene", "scene", "walked"]

MOST_DERIVED = 80  # cards: nobody asks for the derivation of each of more
MOST_WRITTEN = 40_000  # characters of the derivations of elements: the longest are said in matrices alone
MOST_EVENTS = 5000  # of a page that steps from array to array; with more it steps from number to number
SCOPED = ("neuron", "layer")
BY_NAME = ("vector", "element")  # the levels of sheets with arrays: their steps are those of the named values


class Scene:
    """A level of a page that was pickled when pages still held pictures; its `data` says which it was."""

    data: dict[str, Any]


# ── one level ──────────────────────────────────────────────────────────────────────────────


def scene(tape: Tape, equations: Mapping[str, Formula] | None, order: Sequence[str]) -> dict[str, Any]:
    """The page's data about a tape: what it shows of it, where, and what it says.

    equations  the author's own, by the name that each defines; None where there is no sheet
    order      the names of a sheet's quantities, in their order
    """
    lines = equations if equations and tape.level != "op" else {}
    subject = Subject(tape.graph, tape.view, lines, equations is None and tape.level in SCOPED)
    boxes, members = boxed(subject, tape.level)
    words = Wording(tape, equations, unicode_name, symbols=True)
    data = {
        "level": tape.level,
        **walked(tape, words),
        "cards": members,
        "wires": wires(boxes, members, tape.view),
        "derivations": workings(tape, lines, order) if len(tape.view) <= MOST_DERIVED else {},
    }
    return data | places(boxes)


def array_scene(tape: Tape, level: str, sheet: Sheet, order: Sequence[str], like: int | None) -> dict[str, Any]:
    """The same of a sheet with arrays: a card for each array, or for each element, of one sample at a time.

    like  the place of a level with the same steps, whose data need not be there twice
    """
    lines, names = sheet.formulas, [printable(name) for name in tape.names]
    subject = Subject(tape.graph, tape.view, lines)
    groups = grouped_by_name(sheet, tape.view, level == "vector")
    boxes = array_cards(sheet, subject, groups)
    data: dict[str, Any] = {
        "level": level,
        **by_sample(groups, tape.view),
        "gradients": gradients(sheet, groups, names),
    }
    if like is None:
        derived = shortest(workings(tape, lines, order)) if len(tape.view) <= MOST_DERIVED else {}
        data |= {**walked(tape, Wording(tape, lines, unicode_name, symbols=True)), "derivations": derived}
    else:
        data["like"] = like
    if level == "vector" and len(tape.events) <= MOST_EVENTS:
        data["ends"] = list(tape.events.ends)
    return data | places(boxes)


def shortest(derived: Mapping[int, list[list[str]]]) -> dict[int, list[list[str]]]:
    """The shortest derivations, as many as a page has room for."""
    lengths = {i: sum(map(len, chain(*steps))) for i, steps in derived.items()}
    kept, total = set(), 0
    for i in sorted(lengths, key=lambda i: (lengths[i], i)):
        total += lengths[i]
        if total <= MOST_WRITTEN:
            kept.add(i)
    return {i: steps for i, steps in derived.items() if i in kept}


def by_sample(groups: Sequence[Group], view: Graph) -> dict[str, Any]:
    """The values that each card shows and the uses that each wire stands for, at each sample."""
    count = max(len(group.members) for group in groups)
    samples = range(1, count + 1)
    bundles = [bundled(groups, view, sample) for sample in samples]
    wires = [
        (head, slot, tail, [each[head][slot][1] for each in bundles])
        for head, into in enumerate(bundles[0])
        for slot, (tail, _) in enumerate(into)
    ]
    return {"samples": [[group.at(sample) for group in groups] for sample in samples], "wires": wires}


def gradients(sheet: Sheet, groups: Sequence[Group], names: Sequence[str]) -> dict[int, str]:
    """The formula of the gradient of each card that shows an array, by its place: `∂L/∂z₁ @ xᵀ`."""
    multipliers = Multipliers(sheet, names[-1])
    found = {at: multipliers.gradient(group.name) for at, group in enumerate(groups) if group.shape}
    return {at: text for at, text in found.items() if text}


def walked(tape: Tape, words: Wording) -> dict[str, Any]:
    """What all levels with the same steps share."""
    return {
        "names": [printable(name) for name in tape.names],
        "shown": [words.name(name) for name in tape.names],
        **structure(tape),
        "says": sentences(tape, words),
    }


def structure(tape: Tape) -> dict[str, Any]:
    """The values by their places in the graph, what each goes back to, and the order of the steps."""
    view, graph = tape.view, tape.graph
    nodes = [graph.index[node] for node in view.nodes]
    return {
        "nodes": nodes,
        "parents": [[view.index[parent] for parent in parents] for parents in view.parents],
        "inputs": [[(graph.index[parent], slot) for parent, slot in inputs(graph, i, view.index)] for i in nodes],
        "inside": [left_out(graph, i, view.index)[::-1] for i in nodes],
        "computed": list(tape.computed),
        "children": list(tape.children),
        "slots": list(tape.slots),
    }


def boxed(subject: Subject, level: str) -> tuple[list[Card], list[list[int]]]:
    """The cards, and the places in the view of the values that each shows."""
    if level == "layer":
        return layer_cards(subject, 3), grouped(keys(subject))
    boxes = cards(subject)
    return [written_out(box) for box in boxes] if level == "op" else boxes, [[i] for i in range(len(boxes))]


def written_out(box: Card) -> Card:
    """A card whose title has its name and those of its inputs, where that is short: the sentences use them."""
    title = f"{box.name} = {box.formula}"
    return replace(box, title=title) if box.formula and len(title) <= TITLE else box


def wires(boxes: Sequence[Card], members: Sequence[Sequence[int]], view: Graph) -> list[tuple[Any, ...]]:
    """For each wire its head, slot and tail, and the uses that it stands for, each a child and a slot of it."""
    place = {i: number for number, group in enumerate(members) for i in group}
    summary = len(members) < len(view)  # else each card is a value, and each wire one use of it
    found = []
    for head, box in enumerate(boxes):
        for slot, (tail, _) in enumerate(box.inputs):
            bundle = [
                (child, each)
                for child in members[head]
                for each, parent in enumerate(view.parents[child])
                if place[view.index[parent]] == tail
            ]
            uses = bundle if summary else [(head, slot)]
            found.append((head, slot, tail, uses))
    return found


# ── sentences ──────────────────────────────────────────────────────────────────────────────


def sentences(tape: Tape, words: Wording) -> dict[str, Any]:
    """What each kind of step says, as templates: those of a round are the same in every round."""
    found: dict[str, Any] = {"forward": [], "seed": "", "backward": [], "updates": [], "next": []}
    for step in tape[: tape.starts[1]]:
        if isinstance(step, Forward):
            found["forward"].append(words.template(step))
        elif isinstance(step, Seed):
            found["seed"] = words.template(step)
        elif isinstance(step, (Backward, Complete)):
            found["backward"].append(words.template(step))
    kinds = {each: i for i, each in enumerate(dict.fromkeys(map(id, tape.rules)))}
    found["rules"] = [kinds[id(each)] for each in tape.rules]
    for each in tape.rounds:
        if found["rules"][each.number - 1 : each.number] == [len(found["updates"])]:  # the first round of a rule
            found["updates"].append([words.template(update) for update in each.updates])
        found["next"].append(words.template(NextRound(each.number, tape.view.root, tape.names[-1])))
    return found
