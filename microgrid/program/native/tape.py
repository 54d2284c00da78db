"""A plan as a native tape: which rows hold what, and what is done to them, there and back."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.program.lowering.plan import Plan

from .assembler import Assembler
from .kernels import Kernel
from .machine import (
    BACK,
    END,
    FREE,
    FREE_BACK,
    FREE_FRONT,
    FREE_GRAD,
    FRONT,
    GRADIENT,
    HEAD,
    INPUTS,
    LEAVES,
    MAP,
    MAP_BACK,
    OUTPUTS,
    PARAMS,
    PLACES,
    ROOT,
    SEED,
    SETTINGS,
    WIDTH,
    machine,
    machine_is_compiled,
)
from .space import Stores
from .units import units

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tape"]

MOST_SAMPLES, MOST_NUMBERS = 264, 1 << 24  # of a block
LINE = 8  # numbers of a line of the cache: who reads across two reads twice


class Tape:
    """Everything a program does, as instructions of the machine.

    stores  the rows that they work on, and the kernels that they call
    code    all of them, one list
    """

    def __init__(self, plan: Plan, packed: bool = False) -> None:
        self.plan, self.packed, self.stores = plan, packed, Stores(plan, packed)
        self.free, self.rows = self.stores.free, self.stores.rows
        halves = (
            Assembler(self.stores, self.free, units(plan, False, True)),
            Assembler(self.stores, self.rows, units(plan, True, packed)),
        )
        for half in halves:
            half.forward()
        self.reserve_gradients()
        self.seed = self.seeded()
        for half in reversed(halves):
            half.backward()
        self.free.reserve(-(len(self.stores.settings) + self.free.size) % LINE)  # so that rows begin with a line
        self.code = self.joined(*halves)

    def __repr__(self) -> str:
        return f"<Tape of {self.rows.size:,} rows{', packed' if self.packed else ''}>"

    def reserve_gradients(self) -> None:
        """Rows for the gradients of what no sample changes; they begin at 0, and everything is added."""
        nodes = [*self.plan.record.params, *(node for node in self.free.values if self.stores.active[node])]
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
        record, code = self.plan.record, [0] * len(HEAD)
        parts = {FREE_FRONT: free.front, FRONT: batched.front, BACK: batched.back}
        for place, part in {**parts, FREE_BACK: free.back}.items():
            code[place] = len(code)
            code += part
        code[END] = code[PLACES] = len(code)
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
            WIDTH: self.width,
            SEED: self.seed,
            ROOT: (self.free if is_free else self.rows).values[record.root],
            FREE_GRAD: self.free.grads[record.root] if is_free else 0,
            OUTPUTS: len(record.outputs),
            INPUTS: len(record.inputs) if self.plan.by_inputs else 0,
            PARAMS: len(record.params),
            LEAVES: len(record.params) + len(record.numbers),
            FREE: self.free.size,
            GRADIENT: self.free.grads[record.params[0]] if record.params else 0,
            SETTINGS: len(self.stores.settings),
        }

    @cached_property
    def width(self) -> int:
        """How many samples a block has at most."""
        return max(min(MOST_SAMPLES, MOST_NUMBERS // max(self.rows.size, 1)), 1)

    @cached_property
    def table(self) -> NDArray[Any]:
        """The code with the addresses of its kernels, which are compiled now if this machine never did."""
        compile_all(dict.fromkeys(self.stores.kernels))
        code, p = list(self.code), self.code[FREE_FRONT]
        while p < code[END]:
            if code[p] in (MAP, MAP_BACK):
                code[p + 2] = self.stores.kernels[code[p + 2]].addresses[code[p] == MAP_BACK]
            p += code[p + 1]
        return np.array(code, np.int64)

    def memory(self, samples: int) -> NDArray[Any]:
        """Room for blocks of so many samples, with the numbers that never change in it."""
        record, begin = self.plan.record, len(self.stores.settings)
        count = begin + self.free.size + self.rows.size * min(samples, self.width)
        room = np.zeros(count + LINE)
        first = -room.ctypes.data // room.itemsize % LINE
        found = room[first : first + count]
        found[:begin] = self.stores.settings
        begin += len(record.params)
        found[begin : begin + len(record.numbers)] = list(record.numbers.values())
        return found


def compile_all(kernels: Iterable[Kernel]) -> None:
    """Compile these, and the machine, or read them; what this computer has never compiled is said, in one line."""
    cold = [each.name for each in kernels if not each.is_compiled]
    names = [*["its machine"] * (not machine_is_compiled()), *sorted(set(cold))]
    if names and sys.stderr:
        sys.stderr.write(f"microgrid: compiling for the native tape, once on this computer: {', '.join(names)}\n")
    for each in kernels:
        _ = each.addresses
    machine()
