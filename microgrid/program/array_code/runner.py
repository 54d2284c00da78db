"""Running a plan: its source compiled, arrays for each number of samples, long batches in blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from microgrid.program.lowering.layout import Rows
from microgrid.program.lowering.plan import Plan
from microgrid.program.rules import helpers

from .numpy_code import NumPyCode, logsumexp, softmax, softmax_slopes, tied

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Run", "Runner", "with_closed_branches"]

BLOCK, NARROWEST = 1 << 20, 512  # bytes that the rows of a block of samples take, and its fewest samples …
MOST = 1 << 28  # … unless they take more bytes than this
BOUND = 4  # numbers of samples for which arrays are kept


class Run(NamedTuple):
    """What a run there and back gives: None where it was not asked for.

    values     shape (samples,)               gradient  shape (params,), of the weighted sum of the values
    by_inputs  shape (samples, inputs)        outputs   shape (samples, outputs)
    """

    values: NDArray[Any]
    gradient: NDArray[Any]
    by_inputs: NDArray[Any] | None = None
    outputs: NDArray[Any] | None = None

    def is_nan(self, values: bool) -> bool:
        """Whether a gradient is nan somewhere, or one of the values if these count too."""
        if math.isnan(self.gradient.dot(self.gradient)):  # the fastest look at all numbers
            return True
        if self.by_inputs is not None and math.isnan(np.vdot(self.by_inputs, self.by_inputs)):
            return True
        return values and math.isnan(self.values.dot(self.values))


def with_closed_branches(found: Run, plan: Plan, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None) -> Run:
    """A run; where its gradients may be nan because a closed branch met an inf, they are computed more carefully."""
    if not found.is_nan(plan.record.is_steep):
        return found
    from microgrid.program.passes.closed_pass import gradients

    with np.errstate(all="ignore"):
        gradient, by_inputs = gradients(plan, X, P, weights)
    return found._replace(gradient=gradient, by_inputs=found.by_inputs if by_inputs is None else by_inputs)


class Bound(NamedTuple):
    """A program with its arrays, for one number of samples: see `numpy_code.py`."""

    forward: Callable[..., NDArray[Any]]
    backward: Callable[..., tuple[NDArray[Any] | None, NDArray[Any] | None]]
    values: NDArray[Any]
    free: NDArray[Any]


class Runner:
    """The NumPy program of a plan, and the arrays that it runs on."""

    def __init__(self, plan: Plan, dtype: Any) -> None:
        self.plan, self.dtype = plan, np.dtype(dtype)
        self.masks = plan.record.masks
        code = NumPyCode(plan)
        self.source = code.source
        constants = list(plan.record.numbers.values())
        self.space: dict[str, Any] = {
            **helpers(np, np.vectorize(math.erf, otypes=[float])),
            **{function.__name__: function for function in (logsumexp, softmax, softmax_slopes, tied)},
            **{name: np.array(rows) for name, rows in code.indices.items()},
            "np": np, "inf": math.inf, "nan": math.nan, "dtype": self.dtype, "constants": np.array(constants),
        }  # fmt: skip
        self.code = compile(self.source, "<microgrid program>", "exec")
        self.bound: dict[int, Bound] = {}
        self.lock = Lock()  # two threads would write to the same arrays
        self.outputs = [plan.layout.rows([node]) for node in plan.record.outputs] or None
        rows = plan.layout.sizes["V"] + plan.back.sizes["D"]
        sample = self.dtype.itemsize * max(rows, 1)
        self.width = max(BLOCK // sample, min(NARROWEST, MOST // sample), 1)

    def at(self, samples: int) -> Bound:
        """The program with arrays for that many samples; those used last are kept."""
        found = self.bound.pop(samples, None) or self.bind(samples)
        self.bound[samples] = found
        if len(self.bound) > BOUND:
            del self.bound[next(iter(self.bound))]
        return found

    def bind(self, samples: int) -> Bound:
        space = {**self.space, "B": samples}
        exec(self.code, space)
        return Bound(*(space[name] for name in Bound._fields))

    def blocks(self, samples: int) -> list[slice]:
        """The samples in blocks, so that memory is bounded, and close to the processor."""
        return [slice(first, min(first + self.width, samples)) for first in range(0, samples, self.width)]

    def values(self, X: NDArray[Any], P: NDArray[Any]) -> NDArray[Any]:
        """The value of each sample."""
        found = np.empty(len(X), self.dtype)
        with self.lock, np.errstate(all="ignore"):
            for block in self.blocks(len(X)):
                found[block] = self.at(block.stop - block.start).forward(X[block], P)
        return found

    def run(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None) -> Run:
        """There and back, over all samples."""
        with self.lock, np.errstate(all="ignore"):
            if len(X) <= self.width:
                return self.block(X, P, weights)
            found = self.empty(X, P)
            for block in self.blocks(len(X)):
                part = None if weights is None else weights[block]
                for whole, piece in zip(found, self.block(X[block], P, part)):
                    if whole is found.gradient:
                        whole += piece
                    elif whole is not None:
                        whole[block] = piece
        return found

    def empty(self, X: NDArray[Any], P: NDArray[Any]) -> Run:
        """Room for what a run gives."""
        by_inputs = np.empty(X.shape, self.dtype) if self.plan.by_inputs else None
        outputs = None if self.outputs is None else np.empty((len(X), len(self.outputs)), self.dtype)
        return Run(np.empty(len(X), self.dtype), np.zeros(len(P), self.dtype), by_inputs, outputs)

    def block(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None) -> Run:
        """One block there and back; what it gives is nobody else's."""
        bound, values = self.at(len(X)), np.empty(len(X), self.dtype)
        values[:] = bound.forward(X, P)
        d_theta, d_x = bound.backward(self.seed(weights, len(X)))
        gradient = np.zeros(len(P), self.dtype) if d_theta is None else d_theta.copy()
        by_inputs = d_x.T.copy() if d_x is not None else np.zeros(X.shape, self.dtype) if self.plan.by_inputs else None
        found = Run(values, gradient, by_inputs, self.outputs and self.held(bound, self.outputs, len(X)).T)
        return with_closed_branches(found, self.plan, X, P, weights) if self.masks else found

    def held(self, bound: Bound, rows: Sequence[Rows], samples: int) -> NDArray[Any]:
        """The numbers that the stores hold now, shape (rows, samples)."""
        found = np.empty((len(rows), samples), self.dtype)
        for numbers, each in zip(found, rows):
            numbers[:] = (bound.values if each.store == "V" else bound.free)[each.start]
        return found

    def numbers(self, nodes: Sequence[int], X: NDArray[Any], P: NDArray[Any]) -> NDArray[Any]:
        """The numbers of some nodes, shape (nodes, samples)."""
        rows = [self.plan.layout.rows([node]) for node in nodes]
        found = np.empty((len(nodes), len(X)), self.dtype)
        with self.lock, np.errstate(all="ignore"):
            for block in self.blocks(len(X)):
                bound = self.at(block.stop - block.start)
                bound.forward(X[block], P)
                found[:, block] = self.held(bound, rows, block.stop - block.start)
        return found

    def seed(self, weights: NDArray[Any] | None, samples: int) -> Any:
        """d(what is summed)/d(root): a weight for each sample; their sum, where the root is the same for all."""
        if self.plan.back.seed.store == "D":
            return 1.0 if weights is None else weights
        return float(samples) if weights is None else weights.sum()
