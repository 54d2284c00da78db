"""What a tape does, piece by piece: the groups of a plan taken apart again, or as they are for a few samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from microgrid.formula.ops import ADDED, AFFINE
from microgrid.program.lowering.groups import Group
from microgrid.program.lowering.plan import Plan
from microgrid.program.rules import slots_that_count

from .kernels import kernel

__all__ = ["Unit", "units"]


class Unit(NamedTuple):
    """What one instruction computes.

    kind      as in `Group`, or "affine", of which a w or an x is no leaf
    nodes     of a map as many as it does side by side; of a softmax all results, -1 for those nobody asked for
    operands  for each argument of a map as many nodes; of anything else each of its terms: of an affine w, x and b
    weights   of a dense row the w, and behind them the bias if it has one
    """

    kind: str
    op: Any  # an Op, of a map or a softmax
    nodes: tuple[int, ...]
    operands: tuple[tuple[int, ...], ...]
    weights: tuple[int, ...] = ()

    @property
    def terms(self) -> tuple[int, ...]:
        """The terms of a sum, the x of a dense row."""
        return tuple(node for nodes in self.operands for node in nodes)

    def live(self, active: Sequence[bool]) -> list[int]:
        """The arguments of a map by which it has a derivative that somebody wants."""
        counting = slots_that_count(self.op, len(self.operands))
        return [k for k in counting if any(active[node] for node in self.operands[k])]

    def kept_values(self, active: Sequence[bool]) -> set[int]:
        """The nodes whose numbers the way back reads."""
        if not any(active[node] for node in self.nodes if node >= 0):
            return set()
        if self.kind == "dense":
            return {x for x, w in zip(self.terms, self.weights) if active[w]}
        if self.kind == "affine":
            return set(self.terms[:-1])
        if self.kind in ("amax", "amin"):
            return {*self.terms, *self.nodes}
        if self.kind != "map":
            return set()
        reads = kernel(self.op).reads
        slots = {place for k in self.live(active) for place in reads[k]}
        return {node for place in slots for node in (self.nodes if place < 0 else self.operands[place])}


def units(plan: Plan, batched: bool, packed: bool) -> list[Unit]:
    """Everything that has a number for each sample, or all that has one number, in an order in which it can run.

    packed  True keeps what does the same together, which pays for a few samples; else all is apart, and in the
            order in which it was recorded, so that a number is read soon after it was written
    """
    found = [unit for group in plan.groups if group.batched == batched for unit in parted(group, packed)]
    if packed:
        return found
    rank = {node: k for k, node in enumerate(plan.items.of)}
    return sorted(found, key=lambda unit: min(rank[node] for node in unit.nodes if node >= 0))


def parted(group: Group, packed: bool) -> Iterator[Unit]:
    """The units of a group."""
    kind = group.op.name if group.op in (ADDED, AFFINE) else group.kind  # as they were recorded
    if kind == "map" and packed:
        yield Unit("map", group.op, group.nodes, group.operands)
    elif group.kind in ("dense", "softmax"):
        columns = group.columns
        for column in range(columns):
            operands = tuple((nodes[column],) for nodes in group.operands)
            nodes = group.nodes[column::columns]
            if group.kind == "softmax":
                yield Unit("softmax", group.op, nodes, operands)
            else:
                yield from (Unit("dense", None, (node,), operands, w) for node, w in zip(nodes, group.weights))
    else:
        for k, node in enumerate(group.nodes):
            yield Unit(kind, group.op, (node,), tuple((nodes[k],) for nodes in group.operands))
