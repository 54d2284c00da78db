"""What a coarser view of a graph keeps, and the derivatives through what it leaves out.

Exact: over every level, or any choice of nodes, each kept node has its derivatives by the kept
nodes it depends on, and the chain rule gives the same gradients as over every node. The level
"layer" keeps what leaves each layer; a picture shows these values as one card, a summary that
`picture/layers.py` makes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

from microgrid.errors import GraphError, did_you_mean

from .graph import Graph

__all__ = ["LEVELS", "composite", "inputs", "keeper", "layer_of", "left_out", "view"]

Keeper = Callable[[Any], object]


def view(graph: Graph, level: str | Keeper, order: Sequence[str] = ()) -> Graph:
    """The graph with the nodes that a level keeps, in an order if one is given; `Graph.view` says what that means."""
    keep = keeper(graph, level)
    kept = [i for i, node in enumerate(graph.nodes) if node is graph.root or keep(node)]
    place = {label: i for i, label in enumerate(order)}
    if order and all(not graph.parents[i] or graph.labels[i] in place for i in kept):
        *others, root = kept
        others.sort(key=lambda i: place[graph.labels[i]] if graph.parents[i] else -1)
        kept = [*others, root]
    elif len(kept) == len(graph):
        return graph
    coarse = graph.keeping(kept)
    edges = [composite(graph, i, coarse.index) for i in kept]
    coarse.parents = tuple(tuple(parent for parent, _ in each) for each in edges)
    coarse.partials = tuple(tuple(partial for _, partial in each) for each in edges)
    return coarse


def keeper(graph: Graph, level: str | Keeper) -> Keeper:
    """Which nodes a level keeps. Raises GraphError for a level that is not there."""
    if callable(level):
        return level
    if level not in LEVELS:
        hint = did_you_mean(str(level), LEVELS) or f"; there are {', '.join(LEVELS)}"
        raise GraphError(f"no level is called {level!r}{hint}")
    return LEVELS[level](graph).__contains__


def named(graph: Graph) -> set[Any]:
    """The nodes with a label."""
    return {node for node, label in zip(graph.nodes, graph.labels) if label}


def leaving(graph: Graph, group: Callable[[Any], str]) -> set[Any]:
    """What leaves each group of nodes, the inputs, and what has a label outside all groups.

    Parameters and the steps inside a group are left out. A number that weights are applied to is
    an input, whether or not it was made a Value.
    """
    kept = {node for node, label in zip(graph.nodes, graph.labels) if is_input(node) or (label and is_free(node))}
    for child, parents in zip(graph.nodes, graph.parents):
        inside = group(child)
        weighted = any(parent.role == "parameter" for parent in parents)
        for parent in parents:
            if not parent.parents:
                if weighted and parent.role == "constant" and not parent.label:
                    kept.add(parent)
            elif group(parent) and group(parent) != inside:
                kept.add(parent)
    return kept


def is_input(node: Any) -> bool:
    return not node.parents and node.role == "input"


def is_free(node: Any) -> bool:
    """Whether a node was computed outside all scopes."""
    return bool(node.parents) and not scope_of(node)


def scope_of(node: Any) -> str:
    return getattr(node, "scope", None) or ""


def layer_of(scope: str) -> str:
    """`Layer 1` of `Layer 1 · neuron 2`."""
    return scope.partition(" · ")[0]


LEVELS: dict[str, Callable[[Graph], set[Any]]] = {
    "op": lambda graph: set(graph.nodes),
    "named": named,
    "neuron": lambda graph: leaving(graph, scope_of),
    "layer": lambda graph: leaving(graph, lambda node: layer_of(scope_of(node))),
}


# ── through what is left out ───────────────────────────────────────────────────────────────


def left_out(graph: Graph, i: int, kept: Container[Any]) -> list[int]:
    """The places of the nodes between node i and the kept nodes above it, each after its parents."""
    found: set[int] = set()
    pending = [i]
    while pending:
        for parent in graph.parents[pending.pop()]:
            k = graph.index[parent]
            if parent not in kept and k not in found:
                found.add(k)
                pending.append(k)
    return sorted(found)


def composite(graph: Graph, i: int, kept: Container[Any]) -> list[tuple[Any, float]]:
    """The kept nodes that node i depends on, from left to right, and its derivative by each.

    A node that it uses directly comes once for each use; one that reaches it through nodes left
    out comes once, for all those ways together.
    """
    totals = swept(graph, i, kept)
    partials = graph.partials[i]
    return [(parent, totals[parent] if slot is None else partials[slot]) for parent, slot in inputs(graph, i, kept)]


def inputs(graph: Graph, i: int, kept: Container[Any]) -> list[tuple[Any, int | None]]:
    """The kept nodes that node i depends on, from left to right, and its slot for each that it uses directly."""
    found: list[tuple[Any, int | None]] = []
    seen = set()
    for k, slot, parent in uses(graph, i, kept):
        if k == i:
            found.append((parent, slot))
        elif parent not in seen:
            seen.add(parent)
            found.append((parent, None))
    return found


def swept(graph: Graph, i: int, kept: Container[Any]) -> dict[Any, float]:
    """The derivatives of node i through nodes left out: a reverse sweep, each node once."""
    found: dict[Any, float] = {}
    grads = {i: 1.0}
    pending = [-i]
    while pending:
        j = -heappop(pending)
        grad = grads.pop(j)
        for parent, partial in zip(graph.parents[j], graph.partials[j]):
            k = graph.index[parent]
            if parent not in kept:
                if k not in grads:
                    heappush(pending, -k)
                grads[k] = grads[k] + partial * grad if k in grads else partial * grad
            elif j != i:
                found[parent] = found[parent] + partial * grad if parent in found else partial * grad
    return found


def uses(graph: Graph, i: int, kept: Container[Any]) -> Iterator[tuple[int, int, Any]]:
    """Every use of a kept node on the way to node i, in the order in which a formula would name it."""
    seen = {i}
    stack = [uses_by(graph, i)]
    while stack:
        use = next(stack[-1], None)
        if use is None:
            stack.pop()
        elif use[2] in kept:
            yield use
        elif graph.index[use[2]] not in seen:
            seen.add(graph.index[use[2]])
            stack.append(uses_by(graph, graph.index[use[2]]))


def uses_by(graph: Graph, k: int) -> Iterator[tuple[int, int, Any]]:
    return ((k, slot, parent) for slot, parent in enumerate(graph.parents[k]))
