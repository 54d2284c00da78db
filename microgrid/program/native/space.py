"""The rows of the arrays of a tape: who has which, and which are free again."""

from __future__ import annotations

from collections.abc import Sequence

from microgrid.program.lowering.plan import Plan

from .kernels import Kernel

__all__ = ["Space", "Stores", "in_a_row"]


class Space:
    """Rows for values and for gradients.

    size     how many rows there are          values, grads  by node its row
    touched  the nodes whose gradient has got a contribution: the first one is written, not added
    """

    def __init__(self) -> None:
        self.size = 0
        self.values: dict[int, int] = {}
        self.grads: dict[int, int] = {}
        self.touched: set[int] = set()
        self.unused: list[int] = []
        self.scratches: dict[int, tuple[int, int]] = {}  # rows to work in, by number: the first one, and how many

    def allocate(self, count: int = 1) -> int:
        """The first of some rows, one behind the other."""
        return self.unused.pop() if count == 1 and self.unused else self.reserve(count)

    def reserve(self, count: int = 1) -> int:
        """Rows that nobody had before."""
        self.size += count
        return self.size - count

    def release(self, row: int) -> None:
        """Nobody needs that row any more."""
        self.unused.append(row)

    def scratch(self, number: int, count: int) -> int:
        """Rows that an instruction works in; the next one may use them too."""
        first, most = self.scratches.get(number, (0, 0))
        if count > most:
            first, most = self.scratches[number] = self.reserve(count), count
        return first

    def target(self, node: int) -> tuple[int, int]:
        """The row of a gradient, and 1 where this is the first contribution to it."""
        if node in self.touched:
            return self.grads[node], 0
        self.touched.add(node)
        if node not in self.grads:
            self.grads[node] = self.allocate()
        return self.grads[node], 1


def in_a_row(rows: Sequence[int]) -> bool:
    """Whether each row follows the one before."""
    return all(row == rows[0] + k for k, row in enumerate(rows))


class Stores:
    """What the instructions of a tape work on.

    plan      what it does           packed  whether what does the same runs together: for few samples
    free      the rows of what no sample changes: parameters, constants, what follows from them, and their gradients
    rows      those of what has a number for each sample, the inputs first
    kernels   those that are called  settings  the fixed numbers of the operations
    active    whether each node counts: the others get no gradient
    """

    def __init__(self, plan: Plan, packed: bool) -> None:
        self.plan, self.packed, self.active = plan, packed, plan.back.active
        self.kernels: list[Kernel] = []
        self.settings: list[float] = []
        self.free, self.rows = Space(), Space()
        for node in (*plan.record.params, *plan.record.numbers):
            self.free.values[node] = self.free.reserve()
        for node in plan.record.inputs:
            self.rows.values[node] = self.rows.reserve()

    def kernel(self, row: Kernel) -> tuple[int, int]:
        """The numbers of a kernel that is called, and of its settings."""
        self.kernels.append(row)
        self.settings += row.settings
        return len(self.kernels) - 1, len(self.settings) - len(row.settings)
