"""What a recording has frozen: the user's Python, run again on other samples, beside the program.

A program is one recording, so a branch that Python took and a number that was no Value stay as they were.
The function is called again for each sample; what it records is laid beside what the program was made
from, node by node from the root down, and the first difference is named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from microgrid.engine import Value
from microgrid.errors import GraphError
from microgrid.formula import number_text

from .lowering.record import Record, record

__all__ = ["first_difference", "recorded_for"]


FROZEN = "what decides that in Python is frozen: write it with relu, max, min or step, or as an input"


class Difference(NamedTuple):
    """Where two records part: what stands in the one, what in the other, and what to do."""

    recorded: str
    now: str
    remedy: str


def recorded_for(program: Any, function: Callable[[list[Value]], Any], row: list[float]) -> Record:
    """What the function records for one sample. Raises GraphError for what is no Value."""
    known = program.record
    x = [Value(number, label=known.nodes[i].label) for i, number in zip(known.inputs, row)]
    root = function(x)
    if not isinstance(root, Value):
        raise GraphError(f"the function gave a {type(root).__name__}, not a Value; it takes the inputs, gives the root")
    return record(root, x, program.params)


def first_difference(known: Record, now: Record) -> Difference | None:
    """The first place, from the root down, where two records do not do the same."""
    seen = set()
    pending = [(known.root, now.root)]
    while pending:
        pair = a, b = pending.pop()
        if pair in seen:
            continue
        seen.add(pair)
        found = compared(known, a, now, b)
        if found:
            return found
        pending += zip(known.parents[a], now.parents[b])
    return None


def compared(known: Record, a: int, now: Record, b: int) -> Difference | None:
    """What differs between two nodes, their parents apart."""
    first, second = known.ops[a], now.ops[b]
    same_shape = len(known.parents[a]) == len(now.parents[b])
    if first is None and second is None:
        return compared_leaves(known, a, now, b)
    same_op = first is not None and second is not None and first.name == second.name and first.fixed == second.fixed
    if same_op and same_shape:
        return None
    return Difference(described(known, a), described(now, b), FROZEN)


def compared_leaves(known: Record, a: int, now: Record, b: int) -> Difference | None:
    first, second = role(known, a), role(now, b)
    if first != second:
        return Difference(described(known, a), described(now, b), FROZEN)
    if first == "constant" and known.numbers[a] != now.numbers[b]:
        remedy = "a number was captured; make it an input, a Value leaf"
        return Difference(described(known, a), described(now, b), remedy)
    return None


def role(found: Record, i: int) -> str:
    """Which input or parameter a leaf is; "constant" for any other."""
    if i in found.numbers:
        return "constant"
    inputs = len(found.inputs)  # leaves are numbered as they were given: inputs, then parameters
    return f"input {i + 1}" if i < inputs else f"parameter {i + 1 - inputs}"


def described(found: Record, i: int) -> str:
    node = found.nodes[i]
    name = f" {node.label!r}" if node.label else ""
    where = f" ({node.origin})" if node.origin else ""
    if found.ops[i] is None:
        which = role(found, i)
        return f"the constant {number_text(node.data)}{name}" if which == "constant" else f"{which}{name}"
    settings = "".join(f" with {key} = {number_text(value)}" for key, value in node.op.settings.items())
    return f"{node.op.name}{settings}{name}{where}"
