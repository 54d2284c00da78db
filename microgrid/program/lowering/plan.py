"""The plan of a program: its groups in order with the rows that they read and write, there and back.

How a plan is run is another matter: as NumPy source, under JAX, or as ONNX.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

from microgrid.errors import counted
from microgrid.formula.tables import excerpt, html_table, more
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
    engine  which one runs it, in words
    """

    engine = ""

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
        """Its groups as a table; of very many the first and the last, as in `table`."""
        return "\n".join(lines(self, excerpt(len(self.steps))))

    def table(self) -> str:
        """All its groups as a table: what each does, the rows that it writes, and those that it reads."""
        return "\n".join(lines(self, range(len(self.steps))))

    def _repr_html_(self) -> str:
        """Its groups as a table."""
        columns = (">", "<group", "<writes", "<reads")
        return html_table(columns, len(self.steps), lambda i: (f"{i + 1:,}", *cells(self.steps[i])), sizes(self))


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


def lines(plan: Plan, some: Sequence[int | None]) -> Iterator[str]:
    """The plan as a table: its heading, and some of its groups; None stands for those that are left out."""
    yield sizes(plan)
    table = {i: cells(plan.steps[i]) for i in some if i is not None}
    wide, wider = (max((len(line[column]) for line in table.values()), default=0) for column in (0, 1))
    for i in some:
        if i is None:
            yield f"      {more(len(plan.steps))}"
        else:
            what, out, reads = table[i]
            yield f"{i + 1:>4}  {what:<{wide}}  {out:<{wider}}  from {reads}"
    if plan.engine:
        yield f"run by {plan.engine}"


def sizes(plan: Plan) -> str:
    """How many nodes, groups and rows there are."""
    count = plan.layout.sizes
    rows = f"rows: {count['V']} of a number for each sample, {count['F']} of one number"
    return f"{len(plan.record)} nodes in {len(plan.groups)} groups; {rows}"


def cells(step: Step) -> tuple[str, str, str]:
    """A line of the table: what a group does, the rows that it writes, and those that it reads."""
    reads = ", ".join([*map(described, step.reads[:MOST_READS])] + ["…"] * (len(step.reads) > MOST_READS))
    weights = f"; weights {described(step.weights)}" if step.weights else ""
    return step.group.title, described(step.out), reads + weights


def described(read: Read) -> str:
    if not isinstance(read, Rows):
        return f"{read:g}"
    return repr(read) if read.contiguous else f"{len(read)} rows of {read.store}"
