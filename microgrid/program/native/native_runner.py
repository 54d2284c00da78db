"""Running a plan as a native tape: memory for it, and threads that share the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from math import isnan
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
NONE = np.empty(0)
Follower = Callable[..., bool]  # X, params, weights, what is found, whether to go back → whether inputs are finite


class NativeRunner:
    """The tapes of a plan, and the memory that they run in.

    plan    what they do                dtype  of what is given back; the numbers in between are doubles
    refuse  raises an error for samples with an inf or nan, the second argument being the number of the first of them
    threads how many share the samples, where these are enough to be worth it
    """

    def __init__(self, plan: Plan, dtype: Any, refuse: Callable[[NDArray[Any], int], None], threads: int = 1) -> None:
        self.plan, self.dtype, self.refuse, self.threads = plan, np.dtype(dtype), refuse, threads
        self.is_double, self.masks = self.dtype == float, plan.record.masks
        self.params, self.outputs = len(plan.record.params), len(plan.record.outputs)
        self.columns = self.outputs + (len(plan.record.inputs) if plan.by_inputs else 0)
        self.others = bool(self.outputs or plan.by_inputs)
        self.inputs, self.shape = len(plan.record.inputs), (self.params,)
        self.is_plain = self.is_double and not self.others  # what `at_once` is made for
        self.followers: dict[int, Follower] = {}
        self.pool: ThreadPoolExecutor | None = None
        self.lock = Lock()  # two threads of the caller would write to the same memory

    @cached_property
    def tape(self) -> Tape:
        """The tape for many samples."""
        return Tape(self.plan)

    @cached_property
    def few(self) -> Follower:
        """What follows the tape for few samples."""
        return follower(Tape(self.plan, packed=True), FEW)

    def follower(self, thread: int) -> Follower:
        """What follows the tape for many samples, in memory of its own."""
        if thread not in self.followers:
            self.followers[thread] = follower(self.tape, self.tape.width)
        return self.followers[thread]

    def values(self, X: NDArray[Any], P: NDArray[Any]) -> NDArray[Any]:
        """The value of each sample. Raises what `refuse` does."""
        return self.followed(X, P, None, False).values

    def run(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None) -> Run:
        """There and back, over all samples. Raises what `refuse` does."""
        found = self.followed(X, P, weights, True)
        return with_closed_branches(found, self.plan, X, P, weights) if self.masks else found

    def at_once(self, X: Any, P: Any) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Values and gradient of a few samples, on the shortest way; None where something needs a second look."""
        if type(X) is not np.ndarray or type(P) is not np.ndarray or X.ndim != 2 or P.shape != self.shape:
            return None
        samples, inputs = X.shape
        if inputs != self.inputs or not 0 < samples <= FEW:
            return None
        found = np.empty(samples + self.params)
        try:
            with self.lock:
                is_finite = self.few(X, P, NONE, found, True)
        except TypeError:
            return None
        if not is_finite or (self.masks and isnan(found.dot(found))):
            return None
        return found[:samples], found[samples:]

    def followed(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None, back: bool) -> Run:
        """The tape over all samples: those of a block, or as many parts as it takes."""
        scale, samples = NONE if weights is None else weights, len(X)
        with self.lock:
            if samples <= FEW:
                found = self.part(self.few, X, P, scale, back)
            elif samples <= self.tape.width:
                found = self.part(self.follower(0), X, P, scale, back)
            else:
                found = self.in_parts(self.share(samples), X, P, scale, back)
        if self.is_double:
            return found
        return Run(*(None if each is None else narrowed(each, self.dtype) for each in found))  # type: ignore[arg-type]

    def part(
        self, follow: Follower, X: NDArray[Any], P: NDArray[Any], scale: NDArray[Any], back: bool, first: int = 0
    ) -> Run:
        """Samples one after the other, from that number on."""
        samples = len(X)
        gradient = samples + self.params
        found = np.empty(gradient + samples * self.columns)
        try:
            is_finite = follow(X, P, scale, found, back)
        except TypeError:  # which is numba's word for what it would have to convert
            is_finite = follow(*map(doubles, (X, P, scale)), found, back)
        if not is_finite:
            self.refuse(X, first)
        if not self.others:
            return Run(found[:samples], found[samples:])
        others, outputs = found[gradient:].reshape(samples, self.columns), self.outputs
        by_inputs = others[:, outputs:] if self.plan.by_inputs else None
        return Run(found[:samples], found[samples:gradient], by_inputs, others[:, :outputs] if outputs else None)

    def share(self, samples: int) -> int:
        """How many samples are followed in one go: few enough to hear Ctrl-C in between, a share for each thread."""
        length, width = max(len(self.tape.code), 1), self.tape.width
        most, least = (max(each // length // width, 1) for each in (PART, WORTH))
        return min(most, max(-(-samples // width // self.threads), least)) * width

    def in_parts(self, step: int, X: NDArray[Any], P: NDArray[Any], scale: NDArray[Any], back: bool) -> Run:
        """So many samples in one go, all put together in their order; each thread has memory of its own."""
        parts, idle = [slice(first, first + step) for first in range(0, len(X), step)], SimpleQueue[Follower]()
        for thread in range(min(self.threads, len(parts))):
            idle.put(self.follower(thread))

        def one(part: slice) -> Run:
            follow = idle.get()
            try:
                return self.part(follow, X[part], P, scale[part], back, part.start)
            finally:
                idle.put(follow)

        if self.threads == 1:
            return joined(list(map(one, parts)))
        self.pool = self.pool or ThreadPoolExecutor(self.threads)
        return joined(list(self.pool.map(one, parts)))


def follower(tape: Tape, samples: int) -> Follower:
    """What follows a tape, in memory of its own for blocks of so many samples."""
    table = tape.table  # which says what has to be compiled, the machine too
    return partial(machine(), table, tape.memory(samples))


def joined(runs: Sequence[Run]) -> Run:
    """The runs of all parts as one."""
    values, gradients, *others = zip(*runs)
    by_inputs, outputs = (None if each[0] is None else np.concatenate(each) for each in others)
    return Run(np.concatenate(values), np.sum(gradients, 0), by_inputs, outputs)


def doubles(numbers: NDArray[Any]) -> NDArray[Any]:
    """The numbers as the machine takes them: doubles, one behind the other, in memory that is anybody's to write."""
    fits = numbers.flags.carray and numbers.dtype == float
    return numbers if fits else np.array(numbers, float, order="C")
