"""The plan of a program: its groups in order with the rows that they read and write, there and back.

How a plan is run is another matter: as NumPy source, under JAX, or as ONNX.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from functools import cached_property

from microgrid.errors import counted
from microgrid.program.rules import slots_that_count
from microgrid.streams import carrying

from .groups import Group, Schedule, grouped, schedule
from .layout import Layout, Read, Rows, Step
from .record import Record
from .sums import Items, itemised
from .wayback import Pull, WayBack

__all__ = ["Plan"]

MOST_READS = 4  # arguments that a line of the table has room for


@carrying
class Plan:
    """Everything a program does, as rows and calls.

    record  the graph                            exact      whether every node and its order of operations is kept
    layout  the rows of every node               by_inputs  whether gradients by the inputs are wanted too
    steps   the way forward                      back       the way back
    root    the row of the root                  params, inputs  their gradients
    """

    def __init__(self, record: Record, exact: bool = False, by_inputs: bool = False) -> None:
        self.record, self.exact, self.by_inputs = record, exact, by_inputs
        leaves = [*record.params, *(record.inputs if by_inputs else ())]
        self.items, active, found = fewest_calls(record, exact, leaves)
        self.groups = grouped(self.items, found)
        self.layout = Layout(self.items, self.groups)
        self.steps = [step(self.layout, group, out) for group, out in zip(self.groups, self.layout.outputs)]
        self.root = self.layout.rows([record.root])
        self.back = WayBack(self.steps, record.root, self.items.batched, active, exact)
        self.params = self.back.pull(record.params, "E") if record.params else None
        self.inputs: Pull | None = self.back.pull(record.inputs, "D") if by_inputs and record.inputs else None

    @cached_property
    def calls(self) -> int:
        """About how many array calls a forward and a backward pass take."""
        pulls = [each.pull for each in self.back.backs]
        pushes = sum(push.own for each in self.back.backs for push in each.pushes)
        return 2 * len(self.steps) + 2 * pushes + sum(len(each.rounds) + len(each.tails) for each in pulls) + 4

    def __repr__(self) -> str:
        calls = counted(self.calls, "array call")
        return f"<Plan of {counted(len(self.record), 'node')} in {counted(len(self.groups), 'group')}: about {calls}>"

    def __str__(self) -> str:
        return "\n".join(lines(self))

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def fewest_calls(record: Record, exact: bool, leaves: Sequence[int]) -> tuple[Items, list[bool], Schedule]:
    """The sums flattened, or left as they were recorded: whichever runs in fewer groups. With what is active."""
    found = []
    for flatten in (False,) if exact else (True, False):
        items = itemised(record, flatten, exact)
        active = active_nodes(items, leaves)
        found.append((items, active, schedule(items, active)))
    return min(found, key=lambda each: len(each[2]))


def active_nodes(items: Items, leaves: Sequence[int]) -> list[bool]:
    """Whether each node has a derivative by one of the leaves that is more than 0 by its rule."""
    found = [False] * len(items.batched)
    for leaf in leaves:
        found[leaf] = True
    for node, item in items.of.items():
        reads = item.operands
        if item.kind == "map" and item.op is not None:
            found[node] = any(found[reads[k]] for k in slots_that_count(item.op, len(reads)))
        else:
            found[node] = any(found[each] for each in reads) or any(found[each] for each in item.weights)
    return found


def step(layout: Layout, group: Group, out: Rows) -> Step:
    """The rows of one group."""
    if group.kind in ("map", "spread"):
        return Step(group, out, tuple(argument(layout, nodes) for nodes in group.operands))
    terms = layout.rows(node for nodes in group.operands for node in nodes)
    if group.kind != "dense":
        return Step(group, out, (terms,))
    weights = layout.rows(node for row in group.weights for node in row)
    return Step(group, out, (terms,), weights, layout.read_as_it_stands(group) is not None)


def argument(layout: Layout, nodes: Sequence[int]) -> Read:
    """The rows of an argument; one number where all of it is the same constant."""
    found = {layout.items.record.numbers.get(node) for node in nodes}
    number = found.pop()
    same = number is not None and not found and not math.isnan(number)
    return number if same else layout.rows(nodes)  # type: ignore[return-value]


# ── for reading ────────────────────────────────────────────────────────────────────────────


def lines(plan: Plan) -> Iterator[str]:
    """The plan as a table: what each group does, the rows that it writes, and those that it reads."""
    record, sizes = plan.record, plan.layout.sizes
    rows = f"rows: {sizes['V']} of a number for each sample, {sizes['F']} of one number"
    yield f"{len(record)} nodes in {len(plan.groups)} groups; {rows}"
    table = [(each.group.title, described(each.out), each) for each in plan.steps]
    wide, wider = (max(len(line[column]) for line in table) for column in (0, 1)) if table else (0, 0)
    for k, (what, out, each) in enumerate(table, 1):
        reads = ", ".join(
            [described(read) for read in each.reads[:MOST_READS]] + ["…"] * (len(each.reads) > MOST_READS)
        )
        weights = f"; weights {described(each.weights)}" if each.weights else ""
        yield f"{k:>4}  {what:<{wide}}  {out:<{wider}}  from {reads}{weights}"


def described(read: Read) -> str:
    if not isinstance(read, Rows):
        return f"{read:g}"
    return repr(read) if read.contiguous else f"{len(read)} rows of {read.store}"
