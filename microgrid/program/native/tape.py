"""A plan as a native tape: which rows hold what, and what is done to them, there and back."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.program.lowering.plan import Plan

from . import machine
from .assembler import Assembler
from .kernels import Kernel, prepare
from .space import Space
from .units import units

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tape"]

MOST_SAMPLES, MOST_NUMBERS = 256, 1 << 24  # of a block


class Tape:
    """Everything a program does, as instructions of the machine.

    plan      what it does           packed  whether what does the same runs together: for few samples
    free      the rows of what no sample changes: parameters, constants, what follows from them, and their gradients
    rows      those of what has a number for each sample, the inputs first
    kernels   those that it calls    settings  the fixed numbers of its operations
    """

    def __init__(self, plan: Plan, packed: bool = False) -> None:
        self.plan, self.packed = plan, packed
        self.kernels: list[Kernel] = []
        self.settings: list[float] = []
        self.active, record = plan.back.active, plan.record
        self.free, self.rows = Space(), Space()
        for node in (*record.params, *record.numbers):
            self.free.values[node] = self.free.reserve()
        for node in record.inputs:
            self.rows.values[node] = self.rows.reserve()
        halves = (
            Assembler(self, self.free, units(plan, False, True)),
            Assembler(self, self.rows, units(plan, True, packed)),
        )
        for half in halves:
            half.forward()
        self.reserve_gradients()
        self.seed = self.seeded()
        for half in reversed(halves):
            half.backward()
        self.code = self.joined(*halves)

    def __repr__(self) -> str:
        return f"<Tape of {self.rows.size:,} rows{', packed' if self.packed else ''}>"

    def kernel(self, row: Kernel) -> tuple[int, int]:
        """The numbers of a kernel that is called, and of its settings."""
        self.kernels.append(row)
        self.settings += row.settings
        return len(self.kernels) - 1, len(self.settings) - len(row.settings)

    def reserve_gradients(self) -> None:
        """Rows for the gradients of what no sample changes; they begin at 0, and everything is added."""
        nodes = [*self.plan.record.params, *(node for node in self.free.values if self.active[node])]
        for node in dict.fromkeys(nodes):
            if node not in self.free.grads:
                self.free.grads[node] = self.free.reserve()
        self.free.touched.update(self.free.grads)

    def seeded(self) -> int:
        """The row of d(root)/d(root); -1 where the root is the same for all samples."""
        root = self.plan.record.root
        if root in self.rows.values:
            return self.rows.target(root)[0]
        if root not in self.free.grads:
            self.free.grads[root] = self.free.reserve()
        return -1

    def joined(self, free: Assembler, batched: Assembler) -> list[int]:
        """The heading and all instructions, one list: see `machine.py`. Kernels are still numbers."""
        record, code = self.plan.record, [0] * len(machine.HEAD)
        parts = {machine.FREE_FRONT: free.front, machine.FRONT: batched.front, machine.BACK: batched.back}
        for place, part in {**parts, machine.FREE_BACK: free.back}.items():
            code[place] = len(code)
            code += part
        code[machine.END] = code[machine.PLACES] = len(code)
        values, grads = self.rows.values, self.rows.grads
        code += [values[i] if i in values else -2 - self.free.values[i] for i in record.outputs]
        if self.plan.by_inputs:
            code += [grads[i] if i in self.rows.touched else -1 for i in record.inputs]
        for place, number in self.heading().items():
            code[place] = number
        return code

    def heading(self) -> dict[int, int]:
        """What the machine has to know, by its place in the heading."""
        record, is_free = self.plan.record, self.seed < 0
        return {
            machine.WIDTH: self.width,
            machine.SEED: self.seed,
            machine.ROOT: (self.free if is_free else self.rows).values[record.root],
            machine.FREE_GRAD: self.free.grads[record.root] if is_free else 0,
            machine.OUTPUTS: len(record.outputs),
            machine.INPUTS: len(record.inputs) if self.plan.by_inputs else 0,
            machine.PARAMS: len(record.params),
            machine.LEAVES: len(record.params) + len(record.numbers),
            machine.FREE: self.free.size,
            machine.GRADIENT: self.free.grads[record.params[0]] if record.params else 0,
            machine.SETTINGS: len(self.settings),
        }

    @property
    def width(self) -> int:
        """How many samples a block has at most."""
        return max(min(MOST_SAMPLES, MOST_NUMBERS // max(self.rows.size, 1)), 1)

    @cached_property
    def table(self) -> NDArray[Any]:
        """The code with the addresses of its kernels, which are compiled now if this machine never did."""
        prepare(self.kernels)
        code, p = list(self.code), self.code[machine.FREE_FRONT]
        while p < code[machine.END]:
            if code[p] in (machine.MAP, machine.MAP_BACK):
                code[p + 2] = self.kernels[code[p + 2]].addresses[code[p] == machine.MAP_BACK]
            p += code[p + 1]
        return np.array(code, np.int64)

    def memory(self, samples: int) -> NDArray[Any]:
        """Room for blocks of so many samples, with the numbers that never change in it."""
        record, begin = self.plan.record, len(self.settings)
        found = np.zeros(begin + self.free.size + self.rows.size * min(samples, self.width))
        found[:begin] = self.settings
        begin += len(record.params)
        found[begin : begin + len(record.numbers)] = list(record.numbers.values())
        return found
