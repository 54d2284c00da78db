"""Copies and pickles of graphs: whole, at any depth, because a graph travels as a flat list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .graph import topological_order

__all__ = ["flattened", "rebuilt"]


def flattened(root: Any) -> list[Any]:
    """What `rebuilt` makes the graph of: leaves as they are, so that those of several roots stay shared."""
    if not root.parents:
        return [state(root, ())]
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    return [state(node, [place[each] for each in node.parents]) if node.parents else node for node in order]


def state(node: Any, parents: Sequence[int]) -> tuple[Any, ...]:
    """Everything a node holds, its parents by their place in the list."""
    extra = {
        name: getattr(node, name)
        for kind in type(node).__mro__
        for name in kind.__dict__.get("__slots__", ())
        if name not in ("parents", "__dict__", "__weakref__") and getattr(node, name, None) is not None
    }
    return type(node), tuple(parents), {**extra, **getattr(node, "__dict__", {})}


def rebuilt(states: Iterable[Any]) -> Any:
    """The root of the graph that the states describe."""
    nodes: list[Any] = []
    for each in states:
        if not isinstance(each, tuple):  # a leaf that is a node already
            nodes.append(each)
            continue
        kind, parents, held = each
        node = object.__new__(kind)
        node.parents = tuple(nodes[i] for i in parents)
        for name, value in held.items():
            setattr(node, name, value)
        nodes.append(node)
    return nodes[-1]
