"""A graph as plain data: every operation with its inputs, and the numbers of the leaves.

This is all that anybody else needs to compute it again, such as the script of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.engine import Graph
from microgrid.formula import printable, unicode_name
from microgrid.formula.operation import no_formula
from microgrid.formula.ops import AFFINE
from microgrid.tape.tape import NEURON

__all__ = ["is_given", "recipe"]


def recipe(graph: Graph, order: Sequence[str] = ()) -> dict[str, Any]:
    """Every operation with its inputs, and the numbers of the leaves, by place in the graph.

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
