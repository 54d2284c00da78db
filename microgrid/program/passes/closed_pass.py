"""The way back through a plan where a closed branch stays closed: what passes it is 0, even times inf or nan.

Arrays multiply, and the 0 of a branch not taken times the slope of sqrt at 0 is nan. Here each gradient carries
whether an open branch reaches it, as the engine's `CLOSED` does. That takes longer than the plain way back, so a
program goes this way only after that one has come to nan.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.wayback import Back, Push

from .array_pass import ArrayPass

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ClosedPass", "gradients"]

OPEN = 1j  # the mark of a gradient: its imaginary part counts the open branches that reach it


class ClosedPass(ArrayPass):
    """One pass in which gradients are complex: the number, and beside it the mark; what is closed is 0 in both."""

    def gradient(self, weights: Any) -> Any:
        return super().gradient(weights + OPEN).real

    def share(self, partial: Any, grad: Any, masks: bool = False) -> Any:
        """partial × gradient where both are open."""
        is_open = (grad.imag > 0) & (partial != 0) if masks else grad.imag > 0
        return self.marked(is_open, partial * grad.real)

    def marked(self, is_open: Any, number: Any) -> Any:
        return self.xp.where(is_open, number + OPEN, 0.0)

    def push_dense(self, back: Back, push: Push, grad: Any) -> Any:
        """As matrix products; a sample that is closed for the whole layer is left out of them."""
        group, kept = back.step.group, self.kept[back.step.out]
        grad = grad.reshape(len(group.weights), -1)
        is_open, number = grad.imag > 0, self.xp.where(grad.imag > 0, grad.real, 0.0)
        if push.slot == 1:
            by_x = self.marked(is_open.any(0), self.dot(kept["W"].T, number))
            return self.as_rows(by_x, len(push.rows), group.batched)
        x = self.xp.where(is_open.any(0), kept["X"], 0.0)
        by_weights = self.marked(is_open.any(1)[:, None], self.dot(number, x.T))
        if group.biased:
            by_weights = self.xp.concatenate([by_weights, grad.sum(1, keepdims=True)], axis=1)
        return by_weights.reshape(-1)

    def push_softmax(self, back: Back, push: Push, grad: Any) -> Any:
        """pᵢ (gᵢ - Σ pⱼ gⱼ), over the results that are open."""
        shares = self.kept[back.step.out]["shares"]
        grad = grad.reshape(shares.shape)
        total = self.share(shares, grad).sum(0)
        number = shares * (self.xp.where(grad.imag > 0, grad.real, 0.0) - total.real)
        return self.as_rows(self.marked(total.imag > 0, number), len(push.rows), back.step.group.batched)


def gradients(
    plan: Plan, X: NDArray[Any], theta: NDArray[Any], weights: NDArray[Any] | None
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The gradients by the parameters and, where the plan has them, by the inputs, shape (samples, inputs)."""
    import numpy as np

    found = ClosedPass(plan, np, np.vectorize(math.erf, otypes=[theta.dtype]), theta, X)
    found.values()
    gradient = found.gradient(np.ones(len(X), theta.dtype) if weights is None else weights)
    by_inputs = found.pull(plan.inputs).real.T if plan.inputs else None
    return gradient.astype(theta.dtype), None if by_inputs is None else by_inputs.astype(theta.dtype)
