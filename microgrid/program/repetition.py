"""A recorded graph once more, at other numbers: node by node, as the engine computes it."""

from __future__ import annotations

from collections.abc import Mapping

from microgrid.engine import Value, computed
from microgrid.engine.watch import advice, check_gradients, computation, finite
from microgrid.errors import NonFiniteError

from .lowering.record import Record

__all__ = ["culprit", "recomputed"]


def recomputed(record: Record, numbers: Mapping[int, float]) -> list[Value]:
    """Every node as a new Value, its leaves at these numbers, or as they were recorded."""
    made: list[Value] = []
    for i, (node, op) in enumerate(zip(record.nodes, record.ops)):
        if op is None:
            each = Value(numbers[i] if i in numbers else record.numbers.get(i, node.data), role=node.role)
        else:
            each = computed(op, [made[k] for k in record.parents[i]])
        each.label = node.label
        if node.origin:
            each._origin = node._origin
        made.append(each)
    return made


def culprit(record: Record, numbers: Mapping[int, float]) -> str:
    """What is the first to be inf or nan, a value or a gradient on the way to a parameter; "" for nothing."""
    nodes = recomputed(record, numbers)
    for node in nodes:
        where = f" ({node.origin})" if node.origin else ""
        if not finite(node._data):
            return f"{computation(node)} is {node._data}{where}{advice(node)}"
    on_the_way = record.reached_from(record.params)
    try:
        nodes[record.root].backward()
        check_gradients([node for node, reached in zip(nodes, on_the_way) if reached])
    except NonFiniteError as problem:
        return str(problem)
    return ""
