"""A recorded graph as flat lists, ready to be lowered: what each node does, to which, and where it lives.

There are two spaces. A node is *batched* if an input leads to it: it has one number for each sample.
Everything else is *free*: the parameters, the constants and what follows from them alone have one number,
however many samples there are.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from microgrid.engine import Value, topological_order
from microgrid.engine.node import leaves_and_inner
from microgrid.errors import GraphError, counted, type_named
from microgrid.formula import Op
from microgrid.formula.operation import no_formula
from microgrid.program.rules import is_steep

__all__ = ["Record", "record"]


@dataclass(frozen=True)
class Record:
    """A graph, node by node: a node is a number from 0, and comes after all its parents.

    ops      the operation of each node, None for a leaf        parents  the nodes it is computed from
    nodes    the Values themselves                              root     the node that everything leads to
    inputs   leaves with a number for each sample               params   leaves with one, the same for all
    batched  whether a node has a number for each sample        outputs  nodes whose numbers are wanted too
    numbers  those of the constants, as they were when all this was recorded
    """

    nodes: Sequence[Value]
    ops: list[Op | None]
    parents: list[tuple[int, ...]]
    root: int
    inputs: tuple[int, ...]
    params: tuple[int, ...]
    batched: list[bool]
    outputs: tuple[int, ...]
    numbers: Mapping[int, float]

    @cached_property
    def trained(self) -> frozenset[int]:
        """The parameters, to look up."""
        return frozenset(self.params)

    @cached_property
    def masks(self) -> bool:
        """Whether there are branches, such as that of a relu, which may be closed."""
        return any(op is not None and op.masks for op in self.ops)

    @cached_property
    def is_steep(self) -> bool:
        """Whether a slope, or the number itself, may be infinite or nan where all numbers before are finite."""
        return any(op is not None and is_steep(op) for op in self.ops)

    def __len__(self) -> int:
        return len(self.nodes)

    def __repr__(self) -> str:
        return f"<Record of {counted(len(self), 'node')}; {self.leaves}>"

    @property
    def leaves(self) -> str:
        """How many of each kind there are, in words."""
        return f"inputs: {len(self.inputs)}, parameters: {len(self.params)}, constants: {len(self.numbers)}"

    def reached_from(self, leaves: Iterable[int]) -> list[bool]:
        """Whether each node is one of these leaves, or computed from one."""
        found = [False] * len(self)
        for leaf in leaves:
            found[leaf] = True
        for i, parents in enumerate(self.parents):
            if parents:
                found[i] = any(found[each] for each in parents)
        return found

    @property
    def constants(self) -> list[int]:
        """The leaves whose number is that of the recording."""
        return list(self.numbers)

    def name(self, i: int) -> str:
        """What a person calls a node, as far as anybody named it."""
        node = self.nodes[i]
        return node.label or (f"a {node.op.name}" if node.parents else f"a leaf of {node.data:g}")


def record(
    root: Value, inputs: Sequence[Value], params: Sequence[Value] | None, outputs: Sequence[Value] = ()
) -> Record:
    """The graph under `root`, its leaves first.

    inputs, params  leaves, each named once; those that do not lead to the root are recorded too; params None are
                    all leaves with the role "parameter", in the order in which a reader meets them
    outputs         nodes on the way whose numbers are wanted too
    Raises GraphError for what is no leaf, stands twice, or was recorded by hand, which nobody can compute again;
    and for outputs that are not on the way.
    """
    if not isinstance(root, Value):
        raise GraphError(f"a program computes a Value, not a {type_named(root)}; give it the loss, or an output")
    if params is None:
        params = [each for each in topological_order(root) if each.role == "parameter"]
    check_leaves(inputs, params)
    leaves, inner = leaves_and_inner(root)
    given = dict.fromkeys([*inputs, *params])
    nodes: list[Value] = [*given, *(leaf for leaf in leaves if leaf not in given), *inner]
    index = {node: i for i, node in enumerate(nodes)}
    index.update(twins(nodes, index, given))
    parents = [tuple(index[each] for each in node.parents) for node in nodes]
    ops = [node.op if node.parents else None for node in nodes]
    for node, op in zip(nodes, ops):
        if op is not None and op.forward is no_formula:
            raise GraphError(f"{node!r} was recorded by hand: it has no formula to compile; write it with operations")
    places = tuple(index[each] for each in inputs), tuple(index[each] for each in params)
    for each in outputs:
        if each not in index:
            raise GraphError(f"the output {each!r} does not lead to the root; leave it out")
    numbers = {i: node.data for i, node in enumerate(nodes) if not node.parents and node not in given}
    found = Record(nodes, ops, parents, index[root], *places, [], tuple(index[each] for each in outputs), numbers)
    found.batched.extend(found.reached_from(places[0]))
    return found


def twins(nodes: Sequence[Value], index: Mapping[Value, int], given: Container[Value]) -> dict[Value, int]:
    """Constants that nobody named and that are the same number, under one number: weights stay tied over them."""
    first: dict[tuple[float, float], int] = {}
    found = {}
    for node in nodes:
        if node.role == "constant" and not node.label and node not in given:
            found[node] = first.setdefault((node.data, math.copysign(1.0, node.data)), index[node])
    return found


def check_leaves(inputs: Sequence[Any], params: Sequence[Any]) -> None:
    """Raise GraphError for an input or a parameter that is no leaf, or stands there twice."""
    seen: set[Any] = set()
    for what, group in (("input", inputs), ("parameter", params)):
        for k, each in enumerate(group, 1):
            if not isinstance(each, Value):
                raise GraphError(f"{what} {k} is a {type(each).__name__}, not a Value; make it a leaf, as Value(0.5)")
            if each.parents:
                raise GraphError(f"{what} {k} is {each!r}, which was computed; give the leaves that it came from")
            if each in seen:
                raise GraphError(f"{what} {k}, {each!r}, is there twice; each leaf is one input or one parameter")
            seen.add(each)
