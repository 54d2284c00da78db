"""Groups: nodes that do the same, each to numbers of its own, and so run as one array call.

List scheduling, as compilers do it: of everything whose operands are ready, the next group is all that
does the same as the node with the longest way still to go. On irregular graphs that makes half as many
groups as going level by level. Rows that must run together, a layer over the same x or all results of a
softmax, go through the schedule as one unit.

Source: Graham, Neubig et al. (2017), "On-the-fly operation batching in dynamic computation graphs", for the signatures.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import Any, NamedTuple

from microgrid.formula import Op
from microgrid.streams import carrying

from .sums import WHOLE, Item, Items

__all__ = ["Group", "Schedule", "grouped", "schedule"]

MOST_SHOWN = 8  # nodes of a group


class Unit(NamedTuple):
    """Nodes that run together: one, or the rows of a layer, or the results of a softmax.

    signature  the same for all that one call can do        reads  the nodes that all of them read
    """

    signature: tuple[Any, ...]
    nodes: tuple[int, ...]
    reads: tuple[int, ...]


Schedule = list[list[Unit]]


@carrying
@dataclass(frozen=True)
class Group:
    """Nodes that run as one call.

    kind      as in `Item`; where every operation is kept, an affine node or a sum is a "map" like any other
    op        the row, of a map
    nodes     row after row; a layer of m neurons over s columns has neuron 1 of every column first;
              -1 for a result of a softmax that nobody asked for
    operands  for each argument of a map, or term of a sum, as many nodes; for a layer the x, row after row
    weights   of a layer: for each neuron its w and the bias
    columns   how many sets of operands a layer or a softmax has
    batched   whether there is a number for each sample
    """

    kind: str
    op: Op | None
    nodes: tuple[int, ...]
    operands: tuple[tuple[int, ...], ...]
    batched: bool
    weights: tuple[tuple[int, ...], ...] = ()
    columns: int = 1

    def __repr__(self) -> str:
        shown = ", ".join([*map(str, self.nodes[:MOST_SHOWN]), *["…"] * (len(self.nodes) > MOST_SHOWN)])
        return f"<Group {self.title}: node{'s' * (len(self.nodes) > 1)} {shown}>"

    @property
    def title(self) -> str:
        """What it does, and how often."""
        if self.kind == "dense":
            m, k, s = len(self.weights), len(self.operands), self.columns
            return f"dense {m} × {k}" + (" + b" if self.biased else "") + (f", {s} columns" if s > 1 else "")
        terms = f" of {len(self.operands)}" if self.kind in ("sum", *WHOLE) else ""
        return f"{self.word}{terms}" + (f" × {len(self.nodes)}" if len(self.nodes) > 1 else "")

    @property
    def word(self) -> str:
        """What it does: the name of its row, or its kind."""
        return self.op.name if self.kind == "map" and self.op else self.kind

    @property
    def biased(self) -> bool:
        return any(len(row) > len(self.operands) for row in self.weights)


def schedule(items: Items, active: Sequence[bool]) -> Schedule:
    """What runs together, each after all that it reads; what gets a gradient apart from what gets none."""
    return scheduled(units_of(items, active))


def grouped(items: Items, schedule: Schedule) -> list[Group]:
    """The groups of a schedule, the rows of each in their order."""
    place: dict[int, int] = {}  # where a node will stand, among all rows of the program
    for i in range(len(items.record)):
        if i not in items.of:
            place[i] = len(place)
    uses = [0] * len(items.batched)
    for item in items.of.values():
        for each in item.operands:
            uses[each] += 1
    groups, rows = [], len(place)
    for units_together in schedule:
        group = arranged(items, units_together, place, uses)
        place.update((node, rows + row) for row, node in enumerate(group.nodes))
        rows += len(group.nodes)
        groups.append(group)
    return groups


# ── units ──────────────────────────────────────────────────────────────────────────────────


def units_of(items: Items, active: Sequence[bool]) -> list[Unit]:
    """Everything to be computed, in an order in which each unit comes after what it reads."""
    together: dict[Any, list[int]] = {}
    for node, item in items.of.items():
        together.setdefault(partners(items, node, item, together), []).append(node)
    known: dict[tuple[int, ...], int] = {}  # rows of weights, by number: signatures stay short
    units = []
    for nodes in together.values():
        item = items.of[nodes[0]]
        rows: tuple[int, ...] = ()
        if item.kind == "dense":
            nodes.sort(key=lambda node: items.of[node].weights)  # as the parameters stand, so that W is a slice of them
            rows = tuple(known.setdefault(items.of[node].weights, len(known)) for node in nodes)
        counts = any(active[node] for node in nodes)
        results = all_results(items, nodes) if item.kind == "softmax" else nodes
        units.append(Unit((*signature(items, nodes[0], item), rows, counts), tuple(results), item.operands))
    return units


def partners(items: Items, node: int, item: Item, together: Mapping[Any, Sequence[int]]) -> Any:
    """The same for nodes that run together."""
    if item.kind == "dense":
        return item.operands, len(item.weights), items.batched[node]
    if item.kind != "softmax":
        return node
    again = 0  # a softmax that was computed twice is two units
    while any(items.of[each].op is item.op for each in together.get((item.operands, again), ())):
        again += 1
    return item.operands, again


def all_results(items: Items, nodes: Sequence[int]) -> list[int]:
    """The results of a softmax, first to last, those that nobody asked for as -1."""
    found = [-1] * len(items.of[nodes[0]].operands)
    for node in nodes:
        found[which_result(items.of[node])] = node
    return found


def which_result(item: Item) -> int:
    """Which result of a softmax this is, from 0."""
    return int(item.op.settings["i"]) - 1 if item.op else 0


def signature(items: Items, node: int, item: Item) -> tuple[Any, ...]:
    """The same for what one call can do: the operation with its fixed numbers, and which arguments are batched."""
    if item.op is not None and item.kind == "map":
        spaces = tuple(items.batched[each] for each in item.operands)
        return item.op.name, tuple(item.op.fixed.values()), spaces
    return item.kind, len(item.operands), items.batched[node]


# ── the schedule ───────────────────────────────────────────────────────────────────────────


def scheduled(units: Sequence[Unit]) -> Schedule:
    """The units in groups of the same signature, the longest remaining way first."""
    readers, waits = dependencies(units)
    way = remaining_ways(units, readers)
    ready: dict[tuple[Any, ...], list[int]] = {}
    heap: list[tuple[int, int]] = []
    for u, count in enumerate(waits):
        if not count:
            ready.setdefault(units[u].signature, []).append(u)
            heappush(heap, (-way[u], u))
    found = []
    while heap:
        _, u = heappop(heap)
        if waits[u] < 0:  # done, beside another of its signature
            continue
        together = ready.pop(units[u].signature)
        found.append([units[each] for each in sorted(together)])
        for each in together:
            waits[each] = -1
            for reader in readers[each]:
                waits[reader] -= 1
                if not waits[reader]:
                    ready.setdefault(units[reader].signature, []).append(reader)
                    heappush(heap, (-way[reader], reader))
    return found


def dependencies(units: Sequence[Unit]) -> tuple[list[list[int]], list[int]]:
    """Which units read each unit, and for how many units each one waits."""
    unit_of = {node: u for u, unit in enumerate(units) for node in unit.nodes if node >= 0}
    readers: list[list[int]] = [[] for _ in units]
    waits = [0] * len(units)
    for u, unit in enumerate(units):
        for each in {unit_of[node] for node in unit.reads if node in unit_of}:
            readers[each].append(u)
            waits[u] += 1
    return readers, waits


def remaining_ways(units: Sequence[Unit], readers: Sequence[Sequence[int]]) -> list[int]:
    """How many units lie one after the other between each unit and the end."""
    way = [0] * len(units)
    for u in TopologicalSorter(dict(enumerate(readers))).static_order():  # each after its readers
        way[u] = 1 + max((way[each] for each in readers[u]), default=0)
    return way


# ── the order within a group ───────────────────────────────────────────────────────────────


def arranged(items: Items, units: Sequence[Unit], place: dict[int, int], uses: Sequence[int]) -> Group:
    """One group, its rows in the order in which what they read stands: then reading is a slice, not a gathering."""
    node = max(units[0].nodes)
    first, batched = items.of[node], items.batched[node]
    slots = sorted(range(len(first.operands)), key=lambda slot: first.operands[slot] not in items.of)  # leaves last
    ordered = sorted(units, key=lambda unit: [place[unit.reads[slot]] for slot in slots])
    if first.kind in ("dense", "softmax"):
        nodes = tuple(node for row in zip(*(unit.nodes for unit in ordered)) for node in row)
        weights = tuple(items.of[node].weights for node in ordered[0].nodes) if first.kind == "dense" else ()
        operands = tuple(zip(*(unit.reads for unit in ordered)))
        return Group(first.kind, first.op, nodes, operands, batched, weights, len(ordered))
    if not any(in_a_row([place[unit.reads[slot]] for unit in ordered]) for slot in range(len(first.operands))):
        ordered.sort(key=lambda unit: -uses[unit.nodes[0]])  # gathered anyway: those read most often come first
    operands = tuple(zip(*(unit.reads for unit in ordered)))
    return Group(first.kind, first.op, tuple(unit.nodes[0] for unit in ordered), operands, batched)


def in_a_row(places: Sequence[int]) -> bool:
    return all(b - a == 1 for a, b in itertools.pairwise(places))
