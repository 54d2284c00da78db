"""A graph of neurons as a network: which values stand in which column, and what each neuron is made of.

Everything is said by places in the graph, so that the page has the numbers of any moment. A network is shown
where each neuron was called once: over several samples it is a graph of many networks, which cards show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.formula import unicode_name
from microgrid.formula.ops import AFFINE
from microgrid.formula.regexes import regex
from microgrid.tape import Tape
from microgrid.tape.tape import NEURON
from microgrid.tape.wording import Wording, mark

from .scene import walked

__all__ = ["Neuron", "network", "network_scene", "neurons"]

SOFTMAX = regex(r"Layer (\d+) · softmax (\d+)")
MOST_VALUES, MOST_WIRES = 1000, 5000  # of a network that is shown as one


class Neuron(NamedTuple):
    """What one neuron is made of, by places in the graph.

    a  what it gives        z  its weighted sum; `a` itself of a linear one
    w, x  its weights and what they are applied to        b  its bias        fires  the operation from z to a
    """

    a: int
    z: int
    b: int
    w: list[int]
    x: list[int]
    fires: str


# ── neurons ────────────────────────────────────────────────────────────────────────────────


def neurons(graph: Graph) -> dict[tuple[int, int], Neuron]:
    """The neurons by layer and number; none where one was called more than once, or is of another kind."""
    scopes: dict[tuple[int, int], list[int]] = {}
    for i, node in enumerate(graph.nodes):
        match = NEURON.fullmatch(node.scope or "")
        if match and node.parents:
            scopes.setdefault((int(match[1]), int(match[2])), []).append(i)
    found = {key: neuron(graph, members) for key, members in sorted(scopes.items())}
    return {} if None in found.values() else found  # type: ignore[return-value]


def neuron(graph: Graph, members: Sequence[int]) -> Neuron | None:
    """The neuron of the operations of one scope, in their order; None where it is not one weighted sum and one more."""
    affine = [i for i in members if graph.nodes[i].op is AFFINE]
    sums = [weighed(graph, i) for i in affine] if affine else [expanded(graph, members)]
    if len(sums) != 1 or sums[0] is None:
        return None
    z, b, w, x = sums[0]
    rest = [i for i in members if i > z]
    if len(rest) > 1 or any(graph.parents[i][0] is not graph.nodes[z] for i in rest):
        return None
    return Neuron(rest[-1] if rest else z, z, b, w, x, graph.nodes[rest[-1]].op.name if rest else "")


def weighed(graph: Graph, i: int) -> tuple[int, int, list[int], list[int]]:
    """An affine operation: itself, its bias, its weights and what they are applied to."""
    *places, bias = (graph.index[parent] for parent in graph.parents[i])
    half = len(places) // 2
    return i, bias, places[:half], places[half:]


def expanded(graph: Graph, members: Sequence[int]) -> tuple[int, int, list[int], list[int]] | None:
    """The same of a sum that was written out: b + w₁ x₁ + w₂ x₂ …"""
    products = [i for i in members if graph.nodes[i].op.name == "mul"]
    added = [i for i in members if graph.nodes[i].op.name == "add"]
    if not products or len(products) != len(added):
        return None
    pairs = [[graph.index[parent] for parent in graph.parents[i]] for i in products]
    bias = graph.index[graph.parents[added[0]][0]]
    return added[-1], bias, [w for w, _ in pairs], [x for _, x in pairs]


# ── columns ────────────────────────────────────────────────────────────────────────────────


def network(graph: Graph) -> dict[str, Any] | None:
    """The columns of a network and its neurons, as plain data; None where the graph is not one that can be shown."""
    found = neurons(graph)
    view = graph.view("neuron") if found else None
    if view is None or len(view) > MOST_VALUES or sum(map(len, view.parents)) > MOST_WIRES:
        return None
    of = {each.a: key for key, each in found.items()}
    if any(graph.nodes[place] not in view for place in of):
        return None
    return {
        "columns": list(columns(graph, view, found, of)),
        "neurons": [list(each) for each in found.values()],
    }


def columns(
    graph: Graph, view: Graph, found: dict[tuple[int, int], Neuron], of: dict[int, Any]
) -> Iterator[dict[str, Any]]:
    """From the inputs to the loss: what kind each column is, its title, and the places of its values."""
    places = sorted_places(graph, view, found)
    fed = {x for each in found.values() for x in each.x} - of.keys()
    kinds = {place: kind_of(graph, place, of, fed) for place in places}
    yield {"kind": "input", "title": "inputs", "places": [i for i in places if kinds[i] == ("input", 0)]}
    for number in sorted({number for number, _ in found}):
        for kind in ("layer", "softmax"):
            members = [i for i in places if kinds[i] == (kind, number)]
            if members:
                fires = kind if kind == "softmax" else firing(found, number)
                yield {"kind": kind, "title": f"layer {number}", "fires": fires, "number": number, "places": members}
    rest = [i for i in places[:-1] if kinds[i][0] == "rest"]
    for kind, title in (("target", "targets"), ("value", "")):
        members = [i for i in rest if bool(graph.parents[i]) == (kind == "value")]
        if members:
            yield {"kind": kind, "title": title, "places": members}
    if places[-1] not in of and kinds[places[-1]][0] != "softmax":
        yield {"kind": "loss", "title": "loss", "places": places[-1:]}


def sorted_places(graph: Graph, view: Graph, found: dict[tuple[int, int], Neuron]) -> list[int]:
    """The values of a view as they stand in their columns: inputs and neurons as they are counted; the root last."""
    order = {place: i for i, place in enumerate(dict.fromkeys(x for each in found.values() for x in each.x))}
    order |= {each.a: len(order) + i for i, each in enumerate(found.values())}
    *places, root = (graph.index[node] for node in view.nodes)
    return [*sorted(places, key=lambda place: order.get(place, len(graph))), root]


def kind_of(graph: Graph, place: int, of: dict[int, Any], fed: set[int]) -> tuple[str, int]:
    if place in of:
        return "layer", of[place][0]
    match = SOFTMAX.fullmatch(graph.nodes[place].scope or "")
    return ("softmax", int(match[1])) if match else ("input", 0) if place in fed else ("rest", 0)


def firing(found: dict[tuple[int, int], Neuron], number: int) -> str:
    """By what the neurons of a layer fire."""
    names = {each.fires or "linear" for (layer, _), each in found.items() if layer == number}
    return names.pop() if len(names) == 1 else ""


# ── the scene ──────────────────────────────────────────────────────────────────────────────


def network_scene(tape: Tape, members: Sequence[Sequence[int]], like: int | None) -> dict[str, Any]:
    """What a level of neurons or of layers shows where the page draws it as a network.

    members  the places in the view of the values that each card stands for
    like     the place of a level with the same steps, whose data need not be there twice
    """
    view, card = tape.view, {i: at for at, group in enumerate(members) for i in group}
    bundles: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for child, parents in enumerate(view.parents):
        for slot, parent in enumerate(parents):
            bundles.setdefault((card[child], card[view.index[parent]]), []).append((child, slot))
    data: dict[str, Any] = {"like": like} if like is not None else walked(tape, Wording(tape, None, unicode_name))
    if like is None:
        data["says"]["forward"] = spoken(tape, data["says"]["forward"])
    return {
        "level": tape.level,
        "drawn": "network",
        "cards": members,
        "boxes": [None] * len(members),
        "derivations": {},
        "wires": [(head, 0, tail, some) for (head, tail), some in bundles.items()],
        **data,
    }


def spoken(tape: Tape, templates: Sequence[str]) -> list[str]:
    """What the steps forward say; of a neuron with many inputs that it is a weighted sum, rather than f of them."""
    found = {each.a: each for each in neurons(tape.graph).values()}
    places = (tape.graph.index[tape.view.nodes[i]] for i in tape.computed)
    names = [unicode_name(tape.names[i]) for i in tape.computed]
    return [
        weighted(name, found[place]) if place in found and f"{name} = f(" in template else template
        for place, name, template in zip(places, names, templates)
    ]


def weighted(name: str, neuron: Neuron) -> str:
    """`a³₁ = tanh(Σ w·x + b) = tanh(0.42) = 0.3969`, with marks for the numbers."""
    if not neuron.fires:
        return f"{name} = Σ w·x + b = {mark(f'd{neuron.a}')}"
    return f"{name} = {neuron.fires}(Σ w·x + b) = {neuron.fires}({mark(f'd{neuron.z}')}) = {mark(f'd{neuron.a}')}"
