"""What the live page shows at one level: cards, wires, steps and sentences, as plain data.

Numbers are not in it, but for those of the leaves: the page computes all others, as the engine
does, in JavaScript made from the same table. Here is what it computes them for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .card import TITLE, Card, Subject, cards
from .chains import Network
from .derivation import Step as Derived
from .derivation import derived, quantity, replaced
from .dot import Look, drawn
from .errors import GraphError
from .events import Backward, Complete, Forward, NextRound, Seed
from .formula import Formula, Name, Number, substitute
from .graph import Graph
from .language import unicode_name
from .layers import grouped, keys, layer_cards
from .notation import printable, text
from .operation import no_formula
from .ops import AFFINE
from .paths import local
from .steps import NEURON, Tape
from .svg import hooked
from .views import inputs, left_out
from .wording import Wording, mark

__all__ = ["Scene", "program", "scene"]

MOST_DERIVED = 80  # cards: nobody asks for the derivation of each of more
TOO_LONG = 480  # characters of numbers put in: nobody follows them
SCOPED = ("neuron", "layer")
DENSE, FAN = 60, 10  # cards, and wires into a card: with more there are fewer words and numbers


# ── the graph ──────────────────────────────────────────────────────────────────────────────


def program(graph: Graph, order: Sequence[str] = ()) -> dict[str, Any]:
    """Every operation with its inputs, and the numbers of the leaves: what there is to compute.

    `recorded` holds the numbers of operations recorded by hand, which no formula can compute again;
    what leads to one of them cannot be edited. `order` are the names of leaves in an author's order.
    """
    index, place = graph.index, {name: i for i, name in enumerate(order)}
    recorded = {i for i, node in enumerate(graph.nodes) if node.parents and node.op.forward is no_formula}
    fixed = set(recorded)
    for i in range(len(graph) - 1, -1, -1):
        if i in fixed:
            fixed.update(index[parent] for parent in graph.parents[i])
    return {
        "names": [printable(name) for name in graph.display_names],
        "shown": [unicode_name(printable(name)) for name in graph.display_names],
        "ops": [node.op.name if node.parents else None for node in graph.nodes],
        "parents": [[index[parent] for parent in parents] for parents in graph.parents],
        "settings": {i: [*node.op.settings.values()] for i, node in enumerate(graph.nodes) if node.op.settings},
        "roles": ["input" if node.role == "constant" and is_given(graph, i) else node.role
                  for i, node in enumerate(graph.nodes)],
        "data": [None if node.parents and i not in recorded else data
                 for i, (node, data) in enumerate(zip(graph.nodes, graph.data))],
        "recorded": {i: graph.partials[i] for i in recorded},
        "editable": sorted(
            (i for i, node in enumerate(graph.nodes) if i not in fixed and is_given(graph, i)),
            key=lambda i: place.get(graph.labels[i], len(place)),
        ),
    }  # fmt: skip


def is_given(graph: Graph, i: int) -> bool:
    """Whether a node is a leaf that a person gave, and no number that stood in a formula.

    What a neuron's weights are applied to is an input, whether or not it was made a Value.
    """
    node = graph.nodes[i]
    if node.parents or node.role != "constant" or graph.labels[i]:
        return not node.parents
    return any(use.child.op is AFFINE or NEURON.fullmatch(use.child.scope or "") for use in graph.consumers(node))


# ── one level ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Scene:
    """One level of the page: its data, and its picture as SVG."""

    data: dict[str, Any]
    picture: str


def scene(tape: Tape, equations: Mapping[str, Formula] | None, order: Sequence[str]) -> Scene:
    """The page's data about a tape, and the picture to go with it.

    equations  the author's own, by the name that each defines; None where there is no sheet
    order      the names of a sheet's quantities, in their order
    """
    lines = equations if equations and tape.level != "op" else {}
    subject = Subject(tape.graph, tape.view, lines, equations is None and tape.level in SCOPED)
    boxes, members = boxed(subject, tape.level)
    names = [printable(name) for name in tape.names]
    data = {
        "level": tape.level,
        "names": names,
        "shown": [unicode_name(name) for name in names],
        **structure(tape),
        "says": sentences(tape, equations),
        "cards": members,
        "wires": wires(boxes, members, tape.view),
        "derivations": derivations(tape, lines, order) if len(tape.view) <= MOST_DERIVED else {},
    }
    hooks = [names[group[0]] if len(group) == 1 else box.name for box, group in zip(boxes, members)]
    return Scene(data, picture(boxes, hooks, tape.level))


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


def picture(boxes: Sequence[Card], names: Sequence[str], level: str) -> str:
    """The picture, with hooks for its numbers and room for longer ones, and without a legend.

    Where many wires enter a card, its local derivatives are left to the wires.
    """
    dense = len(boxes) > DENSE or level in SCOPED
    fan = max(len(box.inputs) for box in boxes)
    look = Look(
        "TB", 4, f"{level}-", words=not dense, frames=not dense, nodesep=0.15 if dense else 0.22,
        ranksep=1.2 if fan > FAN else 0.8 if level == "neuron" else 0.42, room=100 if level == "layer" else 58,
        slopes=fan <= FAN,
    )  # fmt: skip
    figure = drawn(boxes, look)
    figure.graph_attr["label"] = ""
    return hooked(figure.pipe("svg"), boxes, names, look.id)


# ── sentences ──────────────────────────────────────────────────────────────────────────────


def sentences(tape: Tape, equations: Mapping[str, Formula] | None) -> dict[str, Any]:
    """What each kind of step says, as templates: those of a round are the same in every round."""
    words = Wording(tape, equations, unicode_name)
    found: dict[str, Any] = {"forward": [], "seed": "", "backward": [], "updates": [], "next": []}
    for step in tape[: tape.starts[1]]:
        if isinstance(step, Forward):
            found["forward"].append(words.template(step))
        elif isinstance(step, Seed):
            found["seed"] = words.template(step)
        elif isinstance(step, (Backward, Complete)):
            found["backward"].append(words.template(step))
    for each in tape.rounds:
        found["updates"].append([words.template(update) for update in each.updates])
        found["next"].append(words.template(NextRound(each.number, tape.view.root, tape.names[-1])))
    return found


# ── derivations ────────────────────────────────────────────────────────────────────────────


def derivations(tape: Tape, equations: Mapping[str, Formula], order: Sequence[str]) -> dict[int, list[list[str]]]:
    """For each value the steps of the derivation of its gradient; each step a list of lines, as templates."""
    found = {}
    for i, node in enumerate(tape.view.nodes):
        if not is_given(tape.graph, tape.graph.index[node]) and not node.parents:
            continue
        network = Network(tape.graph, tape.view, equations if tape.level == "named" else {}, {}, node)
        try:
            found[i] = [lines(tape, network, step) for step in derived(network, i, False, order)]
        except GraphError:  # nothing that has a name leads there, or it is too long for anybody
            continue
    return found


def lines(tape: Tape, network: Network, step: Derived) -> list[str]:
    """One derivative: its name, the chain, in the names of the network, in numbers, its value."""
    names = {name: Name(mark(f"d{tape.graph.index[node]}")) for name, node in zip(network.names, tape.view.nodes)}
    symbols: dict[Formula, Formula] = {}
    numbers: dict[Formula, Formula] = {}
    formulas: dict[Formula, Formula] = {}
    for term in step.terms:
        for each in term.factors:
            of, by = network.places[each.of], network.places[each.by]
            symbol = local(each.of, each.by)
            numbers[symbol] = symbols[symbol] = Name(mark(f"p{of}_{by}"))
            if each.formula is not None and not hides_leaves(tape, of):
                formulas[symbol] = each.formula
                symbols[symbol] = substitute(each.formula, names)
        if term.upstream:
            above = network.places[term.upstream]
            numbers[quantity(network, above)] = symbols[quantity(network, above)] = Name(mark(f"g{above}"))
    chain = step.chains[-1] if step.chains else Number(1.0)
    write, put = text(6, shown), text(6, str)
    inserted = put(replaced(chain, symbols))
    return [
        write(step.quantity),
        *(write(each) for each in step.chains),
        write(replaced(chain, formulas)),
        *([inserted] if len(inserted) <= TOO_LONG else []),
        put(replaced(chain, numbers)),
        mark(f"g{network.places[step.by]}"),
    ]


def shown(name: str) -> str:
    return unicode_name(printable(name))


def hides_leaves(tape: Tape, i: int) -> bool:
    """Whether a card stands for leaves besides its own value, which a formula over cards does not name."""
    inside = left_out(tape.graph, tape.graph.index[tape.view.nodes[i]], tape.view.index)
    return any(is_given(tape.graph, k) for k in inside)
