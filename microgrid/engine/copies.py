"""Copies and pickles of graphs: whole, at any depth, because a graph travels as a flat list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from .graph import topological_order
from .node import Node, kept
from .origins import located

__all__ = ["flattened", "rebuilt"]


def flattened(root: Any) -> list[Any]:
    """What `rebuilt` makes the graph of: leaves as they are, so that those of several roots stay shared."""
    if not root.parents:
        return [state(root, ())]
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    return [state(node, [place[each] for each in node.parents]) if node.parents else node for node in order]


def state(node: Any, parents: Sequence[int]) -> tuple[Any, ...]:
    """Everything a node holds, its parents by their place in the list; of code, which cannot travel, its line."""
    held = ((name, getattr(node, name, None)) for name in slots(node.__class__))
    extra = {"partials": node.partials, **{name: value for name, value in held if value is not None}}
    if "_origin" in extra:
        extra["_origin"] = located(extra["_origin"])
    return type(node), tuple(parents), {**extra, **getattr(node, "__dict__", {})}


@lru_cache(maxsize=64)
def slots(kind: type) -> tuple[str, ...]:
    """The slots that a node of that type has besides those of its parents and local derivatives."""
    names = (name for base in kind.__mro__ if base is not Node for name in base.__dict__.get("__slots__", ()))
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


def rebuilt(states: Iterable[Any]) -> Any:
    """The root of the graph that the states describe."""
    nodes: list[Any] = []
    for each in states:
        if not isinstance(each, tuple):  # a leaf that is a node already
            nodes.append(each)
            continue
        kind, parents, held = each
        node = object.__new__(kind)
        kept(node, tuple(nodes[i] for i in parents), held["partials"])
        for name, value in held.items():
            if name != "partials":
                setattr(node, name, value)
        nodes.append(node)
    return nodes[-1]
