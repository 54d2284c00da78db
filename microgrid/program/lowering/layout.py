"""Where numbers live while a program runs: rows of a few arrays, group after group.

    V  batched values, a row of B numbers each        D  gradients by batched values
    F  free values, one number each                   E  gradients by free values, summed over the samples

Samples are columns: gathering rows costs a fifth of gathering columns. A layer reads its x as one block;
where a block is read like that, rows of ones follow it, so that the bias is one more column of W.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from microgrid.streams import carrying

from .groups import Group
from .sums import Items

__all__ = ["Layout", "Read", "Rows", "Step"]

MOST_SHOWN = 8  # rows that are no slice


@carrying
@dataclass(frozen=True)
class Rows:
    """Some rows of a store, in this order."""

    store: str
    index: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.index)

    def __repr__(self) -> str:
        several = self.contiguous and len(self) > 1
        shown = ", ".join([*map(str, self.index[:MOST_SHOWN]), *["…"] * (len(self) > MOST_SHOWN)])
        return f"{self.store}[{f'{self.start}:{self.stop}' if several else shown}]"

    @property
    def start(self) -> int:
        return self.index[0]

    @property
    def stop(self) -> int:
        return self.index[-1] + 1

    @property
    def step(self) -> int | None:
        """How far each row is from the one before, if that is the same for all: 0 for one row again and again."""
        index = self.index
        if len(index) < 2:
            return 1 if index else None
        step = index[1] - index[0]
        regular = index[-1] - index[0] == step * (len(index) - 1) and all(
            b - a == step for a, b in itertools.pairwise(index)
        )
        return step if regular else None

    @property
    def contiguous(self) -> bool:
        return self.step == 1


Read = Rows | float  # what an argument is: rows, or one number for all


class Step(NamedTuple):
    """A group with its rows.

    reads    for each argument of a map its rows; for anything else its terms or x, all in one
    weights  of a layer: for each neuron its w and the bias
    ones     whether rows of ones follow the x of a layer as they stand
    """

    group: Group
    out: Rows
    reads: tuple[Read, ...]
    weights: Rows = Rows("F", ())
    ones: bool = False

    @property
    def terms(self) -> Rows:
        """What anything but a map reads, all in one."""
        (rows,) = self.reads
        return rows  # type: ignore[return-value]


class Block:
    """Nodes whose numbers stand together, and how many rows of ones follow them."""

    def __init__(self, store: str, nodes: Sequence[int]) -> None:
        self.store, self.nodes, self.ones, self.base = store, nodes, 0, 0


class Layout:
    """The rows of every node.

    sizes      how many rows each store of values has
    ones       the rows that are 1
    constants  the rows of the constants
    inputs     the blocks of inputs, as (rows, which inputs), for copying samples in
    outputs    the rows of each group
    """

    def __init__(self, items: Items, groups: Sequence[Group]) -> None:
        record = items.record
        self.items = items
        self.blocks = [Block("F", record.params), Block("F", record.constants)]
        input_blocks = [Block("V", nodes) for nodes in split_inputs(items, groups)]
        self.blocks += input_blocks
        self.blocks += (Block("V" if each.batched else "F", each.nodes) for each in groups)
        self.where = {node: (block, row) for block in self.blocks for row, node in enumerate(block.nodes) if node >= 0}
        self.reserve_ones(groups)
        self.sizes = {"V": 0, "F": 0}
        for block in self.blocks:
            block.base = self.sizes[block.store]
            self.sizes[block.store] += len(block.nodes) + block.ones
        place = {node: k for k, node in enumerate(record.inputs)}
        self.inputs = [(self.block_rows(each), [place[node] for node in each.nodes]) for each in input_blocks]
        self.constants = self.block_rows(self.blocks[1])
        self.outputs = [self.block_rows(block) for block in self.blocks[-len(groups) :]] if groups else []

    def __repr__(self) -> str:
        return f"<Layout: {', '.join(f'{size} rows of {store}' for store, size in self.sizes.items())}>"

    def reserve_ones(self, groups: Sequence[Group]) -> None:
        """Rows of ones behind each block that a layer with a bias reads as it stands."""
        for group in groups:
            block = self.read_as_it_stands(group)
            if block and group.biased:
                block.ones = max(block.ones, group.columns)

    def read_as_it_stands(self, group: Group) -> Block | None:
        """The block whose last rows are the x of a layer, one after the other."""
        if group.kind != "dense":
            return None
        nodes = [node for row in group.operands for node in row]
        block, first = self.where[nodes[0]]
        fits = block.store == ("V" if group.batched else "F") and first + len(nodes) == len(block.nodes)
        return block if fits and list(block.nodes[first:]) == nodes else None

    def rows(self, nodes: Iterable[int]) -> Rows:
        """The rows of some nodes, all of one space."""
        found = [self.where[node] for node in nodes]
        return Rows(found[0][0].store, tuple(block.base + row for block, row in found))

    def block_rows(self, block: Block) -> Rows:
        return Rows(block.store, tuple(range(block.base, block.base + len(block.nodes))))

    @property
    def ones(self) -> list[Rows]:
        ends = ((each, each.base + len(each.nodes)) for each in self.blocks if each.ones)
        return [Rows(block.store, tuple(range(end, end + block.ones))) for block, end in ends]


def split_inputs(items: Items, groups: Sequence[Group]) -> list[list[int]]:
    """The inputs in blocks: those that a layer reads together, and the others."""
    waiting = dict.fromkeys(items.record.inputs)
    blocks = []
    for group in groups:
        if group.kind == "dense" and group.batched:
            nodes = [node for row in group.operands for node in row]
            if all(node in waiting for node in nodes) and len(set(nodes)) == len(nodes):
                blocks.append(nodes)
                for node in nodes:
                    del waiting[node]
    return [*blocks, list(waiting)] if waiting else blocks
