"""Running a plan as a native tape: memory for it, and threads that share the samples."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.program.array_code.runner import Run, opened
from microgrid.program.lowering.plan import Plan

from .machine import run as run_tape
from .tape import Tape

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NativeRunner"]

FEW = 48  # samples up to which what does the same runs together
NONE, NO_COLUMNS = np.empty(0), np.empty((0, 0))


class NativeRunner:
    """The tapes of a plan, and the memory that they run in.

    plan   what they do                 dtype  of what is given back; the numbers in between are doubles
    threads  how many share the samples: each takes so many blocks of its own, and the gradients are added in order
    """

    def __init__(self, plan: Plan, dtype: Any, threads: int = 1) -> None:
        self.plan, self.dtype, self.threads = plan, np.dtype(dtype), threads
        self.inputs = len(plan.record.inputs) if plan.by_inputs else 0
        self.columns = len(plan.record.outputs) + self.inputs
        self.tapes: dict[bool, Tape] = {}
        self.memories: dict[tuple[bool, int], NDArray[Any]] = {}
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
        found, record = self.followed(X, P, weights, True), self.plan.record
        return opened(found, self.plan, X, P, weights) if record.masks and found.is_nan(record.is_steep) else found

    def followed(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None, back: bool) -> Run:
        """The tape over all samples."""
        samples, X, P = len(X), doubles(X), doubles(P)
        scale = NONE if weights is None else doubles(weights)
        values, others = np.empty(samples), np.empty((samples, self.columns)) if self.columns else NO_COLUMNS
        with self.lock:
            tape = self.tape(samples)
            if self.threads == 1 or samples <= tape.width:
                gradient = np.empty(len(P))
                run_tape(tape.table, self.memory(tape, 0), X, P, scale, values, gradient, others, back)
            else:
                gradient = self.shared_out(tape, X, P, scale, values, others, back)
        outputs = self.columns - self.inputs
        by_inputs = others[:, outputs:] if self.plan.by_inputs else None
        found = Run(values, gradient, by_inputs, others[:, :outputs] if outputs else None)
        return found if self.dtype == float else narrowed(found, self.dtype)

    def shared_out(self, tape: Tape, X: Any, P: Any, scale: Any, values: Any, others: Any, back: bool) -> NDArray[Any]:
        """The samples shared out over threads, whole blocks to each; their gradients added up, first to last."""
        blocks = -(-len(X) // tape.width)
        share = -(-blocks // self.threads) * tape.width
        parts = [slice(first, first + share) for first in range(0, len(X), share)]
        gradients = np.zeros((len(parts), len(P)))

        def follow(k: int) -> None:
            part = parts[k]
            arrays = X[part], P, scale[part], values[part], gradients[k], others[part]
            run_tape(tape.table, self.memory(tape, k), *arrays, back)

        tape.table  # noqa: B018 - compiled before the threads start
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(follow, range(len(parts))))
        total: NDArray[Any] = gradients.sum(0)
        return total


def doubles(numbers: NDArray[Any]) -> NDArray[Any]:
    """The numbers as doubles that stand one behind the other."""
    return numbers if numbers.flags.c_contiguous and numbers.dtype == float else np.ascontiguousarray(numbers, float)


def narrowed(found: Run, dtype: np.dtype[Any]) -> Run:
    """The numbers in another precision; inf where they are too large for it."""
    with np.errstate(over="ignore"):
        return Run(*(None if each is None else each.astype(dtype) for each in found))  # type: ignore[arg-type]
