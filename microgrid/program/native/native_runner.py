"""Running a plan as a native tape: memory for it, and threads that share the samples."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.program.array_code.runner import Run, with_closed_branches
from microgrid.program.intake import narrowed
from microgrid.program.lowering.plan import Plan

from .machine import machine
from .tape import Tape

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NativeRunner"]

FEW = 48  # samples up to which what does the same runs together
PART = 1 << 28  # length of the code × samples that are followed in one go, at most
WORTH = 1 << 22  # … and that are worth a thread of their own
NONE, NO_COLUMNS = np.empty(0), np.empty((0, 0))


class NativeRunner:
    """The tapes of a plan, and the memory that they run in.

    plan   what they do                 dtype  of what is given back; the numbers in between are doubles
    threads  how many share the samples, where these are enough to be worth it
    """

    def __init__(self, plan: Plan, dtype: Any, threads: int = 1) -> None:
        self.plan, self.dtype, self.threads = plan, np.dtype(dtype), threads
        self.inputs = len(plan.record.inputs) if plan.by_inputs else 0
        self.columns = len(plan.record.outputs) + self.inputs
        self.tapes: dict[bool, Tape] = {}
        self.memories: dict[tuple[bool, int], NDArray[Any]] = {}
        self.pool: ThreadPoolExecutor | None = None
        self.lock = Lock()  # two threads of the caller would write to the same memory

    def tape(self, samples: int) -> Tape:
        """The tape for so many samples."""
        packed = samples <= FEW
        if packed not in self.tapes:
            self.tapes[packed] = Tape(self.plan, packed)
        return self.tapes[packed]

    def memory(self, tape: Tape, thread: int) -> NDArray[Any]:
        if (tape.packed, thread) not in self.memories:
            self.memories[tape.packed, thread] = tape.memory(FEW if tape.packed else tape.width)
        return self.memories[tape.packed, thread]

    def values(self, X: NDArray[Any], P: NDArray[Any]) -> NDArray[Any]:
        """The value of each sample."""
        return self.followed(X, P, None, False).values

    def run(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None) -> Run:
        """There and back, over all samples."""
        found = self.followed(X, P, weights, True)
        return with_closed_branches(found, self.plan, X, P, weights) if self.plan.record.masks else found

    def followed(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None, back: bool) -> Run:
        """The tape over all samples, part after part, or by several threads."""
        samples, X, P = len(X), doubles(X), doubles(P)
        scale = NONE if weights is None else doubles(weights)
        values = np.empty(samples)
        others = np.empty((samples, self.columns)) if self.columns or self.plan.by_inputs else NO_COLUMNS
        with self.lock:
            tape = self.tape(samples)
            table, follow = tape.table, machine()
            step = samples if samples <= tape.width else self.share(tape, samples)
            if samples <= step:
                gradient = np.empty(len(P))
                follow(table, self.memory(tape, 0), X, P, scale, values, gradient, others, back)
            else:
                parts = [slice(first, first + step) for first in range(0, samples, step)]
                gradient = self.in_parts(tape, parts, (X, P, scale, values, others), back)
        outputs = self.columns - self.inputs
        by_inputs = others[:, outputs:] if self.plan.by_inputs else None
        found = Run(values, gradient, by_inputs, others[:, :outputs] if outputs else None)
        if self.dtype == float:
            return found
        return Run(*(None if each is None else narrowed(each, self.dtype) for each in found))  # type: ignore[arg-type]

    def share(self, tape: Tape, samples: int) -> int:
        """How many samples are followed in one go: few enough to hear Ctrl-C in between, a share for each thread."""
        most = max(PART // max(len(tape.code), 1) // tape.width, 1)
        least = max(WORTH // max(len(tape.code), 1) // tape.width, 1)
        blocks = -(-samples // tape.width)
        return min(most, max(-(-blocks // self.threads), least)) * tape.width

    def in_parts(
        self, tape: Tape, parts: Sequence[slice], arrays: tuple[NDArray[Any], ...], back: bool
    ) -> NDArray[Any]:
        """The gradient of all parts, added up in their order; each thread has memory of its own."""
        X, P, scale, values, others = arrays
        gradients, table, follow = np.zeros((len(parts), len(P))), tape.table, machine()
        idle = SimpleQueue[Any]()
        for thread in range(min(self.threads, len(parts))):
            idle.put(self.memory(tape, thread))

        def one(k: int) -> None:
            part, memory = parts[k], idle.get()
            ours = others[part] if self.columns else NO_COLUMNS
            follow(table, memory, X[part], P, scale[part], values[part], gradients[k], ours, back)
            idle.put(memory)

        if self.threads == 1:
            for k in range(len(parts)):
                one(k)
        else:
            self.pool = self.pool or ThreadPoolExecutor(self.threads)
            list(self.pool.map(one, range(len(parts))))
        total: NDArray[Any] = gradients.sum(0)
        return total


def doubles(numbers: NDArray[Any]) -> NDArray[Any]:
    """The numbers as the machine takes them: doubles, one behind the other, in memory that is anybody's to write."""
    fits = numbers.flags.carray and numbers.dtype == float
    return numbers if fits else np.array(numbers, float, order="C")
