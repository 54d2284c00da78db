"""Running a plan: its source compiled, arrays for each number of samples, long batches in blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .numpy_code import NumPyCode, logsumexp, softmax, softmax_slopes
from .plan import Plan
from .rules import helpers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Runner"]

BLOCK, NARROWEST = 1 << 20, 512  # bytes that the arrays of a block of samples take, and its fewest samples
BOUND = 4  # numbers of samples for which arrays are kept


class Runner:
    """The NumPy program of a plan; see `numpy_code.py` for what `bind`, `forward` and `backward` are."""

    def __init__(self, plan: Plan, dtype: Any) -> None:
        import numpy as np

        self.plan, self.dtype = plan, np.dtype(dtype)
        code = NumPyCode(plan)
        self.source = code.source
        constants = [plan.record.nodes[i].data for i in plan.record.constants]
        space: dict[str, Any] = {
            **helpers(np, np.vectorize(math.erf, otypes=[float])),
            **{function.__name__: function for function in (logsumexp, softmax, softmax_slopes)},
            **{name: np.array(rows) for name, rows in code.indices.items()},
            "np": np, "dtype": self.dtype, "constants": np.array(constants),
        }  # fmt: skip
        exec(compile(self.source, "<microgrid program>", "exec"), space)
        self.bind: Callable[[int], Any] = space["bind"]
        self.bound: dict[int, Any] = {}
        rows = plan.layout.sizes["V"] + plan.back.sizes["D"]
        self.width = max(NARROWEST, BLOCK // (self.dtype.itemsize * max(rows, 1)))

    def at(self, samples: int) -> Any:
        """`forward`, `backward` and the stores for that many samples; those used last are kept."""
        found = self.bound.pop(samples, None) or self.bind(samples)
        self.bound[samples] = found
        if len(self.bound) > BOUND:
            del self.bound[next(iter(self.bound))]
        return found

    def blocks(self, samples: int) -> Iterator[slice]:
        """The samples in blocks, so that memory is bounded, and close to the processor."""
        for first in range(0, samples, self.width):
            yield slice(first, min(first + self.width, samples))

    def values(self, X: NDArray[Any], P: NDArray[Any]) -> NDArray[Any]:
        """The value of each sample."""
        import numpy as np

        found = np.empty(len(X), self.dtype)
        with np.errstate(all="ignore"):
            for block in self.blocks(len(X)):
                found[block] = self.at(block.stop - block.start)[0](X[block], P)
        return found

    def value_and_grad(self, X: NDArray[Any], P: NDArray[Any], weights: NDArray[Any] | None) -> tuple[Any, Any, Any]:
        """Values, the gradient by the parameters and, if the plan has it, by the inputs."""
        import numpy as np

        values, gradient = np.empty(len(X), self.dtype), np.zeros(len(P), self.dtype)
        by_inputs = np.zeros(X.shape, self.dtype) if self.plan.inputs else None
        with np.errstate(all="ignore"):
            for block in self.blocks(len(X)):
                forward, backward, *_ = self.at(block.stop - block.start)
                values[block] = forward(X[block], P)
                d_theta, d_x = backward(self.seed(weights, block))
                if d_theta is not None:
                    gradient += d_theta
                if by_inputs is not None:
                    by_inputs[block] = d_x.T
        return values, gradient, by_inputs

    def seed(self, weights: NDArray[Any] | None, block: slice) -> Any:
        """d(what is summed)/d(root): a weight for each sample; their sum, where the root is the same for all."""
        if self.plan.back.seed.store == "D":
            return 1.0 if weights is None else weights[block]
        return float(block.stop - block.start) if weights is None else weights[block].sum()
