"""A plan over arrays of a library like NumPy in which nothing is written twice: there, and back.

The way back is the plan's own: each group pulls the gradient of its rows together, then leaves what it
contributes to what it has read. Nothing is scattered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgrid.formula import evaluate
from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.wayback import Back, Pull, Push
from microgrid.program.rules import UFUNCS, helpers, rule

from .forward_pass import ForwardPass

__all__ = ["ArrayPass"]


class ArrayPass(ForwardPass):
    """One pass over some samples: `values`, then `gradient`.

    xp, erf  the library, as `jax.numpy`, and the error function that it has elsewhere
    theta    the parameters, shape (params,); all is computed in their precision
    X        the samples, shape (samples, inputs)
    """

    def __init__(self, plan: Plan, xp: Any, erf: Callable[[Any], Any], theta: Any, X: Any) -> None:
        super().__init__(plan, {word: getattr(xp, name) for word, name in UFUNCS.items()} | helpers(xp, erf))
        self.xp, self.dtype, self.samples = xp, theta.dtype, X.shape[0]
        record = plan.record
        constants = xp.array(list(record.numbers.values()), self.dtype)
        given = (record.params, theta), (record.constants, constants), (record.inputs, X.T.astype(self.dtype))
        for nodes, array in given:
            if nodes:
                self.write(plan.layout.rows(nodes), array)

    # ── the calls ──

    def part(self, array: Any, rows: slice) -> Any:
        return array[rows]

    def take(self, array: Any, index: Sequence[int]) -> Any:
        if len(set(index)) == 1:  # XLA copies nothing then
            return self.xp.broadcast_to(array[index[0]], (len(index), *array.shape[1:]))
        return self.xp.take(array, self.xp.array(index), axis=0, mode="clip")

    def join(self, arrays: Sequence[Any]) -> Any:
        return self.xp.concatenate(arrays)

    def reshape(self, array: Any, *shape: int) -> Any:
        return array.reshape(shape)

    def split(self, matrix: Any, column: int) -> tuple[Any, Any]:
        return matrix[:, :column], matrix[:, column:]

    def dot(self, a: Any, b: Any) -> Any:
        return self.xp.dot(a, b)

    def highest(self, array: Any) -> Any:
        return array.max(0)

    def lowest(self, array: Any) -> Any:
        return array.min(0)

    def total(self, array: Any) -> Any:
        return array.sum(0)

    def full(self, array: Any, rows: int, batched: bool) -> Any:
        shape = (rows, self.samples) if batched else (rows,)
        return self.xp.broadcast_to(self.xp.asarray(array, self.dtype), shape)

    def powers(self, terms: Any, top: Any) -> Any:
        """exp(term - top); of the top itself 1, also where it is infinite."""
        return self.xp.where(terms == top, 1.0, super().powers(terms, top))

    # ── there and back ──

    def values(self) -> Any:
        """The value of each sample; where the root is the same for all, that."""
        return self.xp.broadcast_to(self.run().reshape(-1), (self.samples,))

    def gradient(self, weights: Any) -> Any:
        """The gradient by the parameters of the weighted sum of the values; `values` comes first."""
        self.go_back(weights)
        return self.pull(self.plan.params) if self.plan.params else self.xp.zeros(0, self.dtype)

    def go_back(self, weights: Any) -> None:
        """Every contribution to every group, from d(root)/d(root) down."""
        plan = self.plan
        seed = weights if plan.back.seed.store == "D" else weights.sum()
        self.write(plan.back.seed, seed.reshape(1, *seed.shape))
        kinds = {"map": self.push_map, "dense": self.push_dense, "spread": self.push_spread}
        kinds |= {"logsumexp": self.push_logsumexp, "softmax": self.push_softmax}
        kinds |= dict.fromkeys(("amax", "amin"), self.push_extreme)
        for back in plan.back.backs:
            grad = self.pull(back.pull)
            for push in back.pushes:
                if push.own:
                    self.write(push.rows, kinds[back.step.group.kind](back, push, grad))

    def pull(self, pull: Pull) -> Any:
        """The gradient of some rows: the contributions to them, added up."""
        count = len(pull.rows)
        if pull.stands and not pull.rounds and not pull.tails:
            return self.read(pull.rows)
        terms = [self.read(pull.rows)] if pull.stands else []
        terms += [self.among(which, self.read(rows), count) for which, rows in pull.rounds]
        if pull.tails:
            sums = self.xp.stack([self.read(rows).sum(0) for _, rows in pull.tails])
            terms.append(self.among([i for i, _ in pull.tails], sums, count))
        grad = sum(terms[1:], terms[0]) if terms else self.full(0.0, count, pull.rows.store == "D")
        self.write(pull.rows, grad)
        return grad

    def among(self, which: Sequence[int] | None, array: Any, count: int) -> Any:
        """The rows of an array as some of so many rows, the others 0; gathered, for scattering is slow."""
        if which is None:
            return array
        place = {i: k for k, i in enumerate(which)}
        padded = self.join([array, self.xp.zeros((1, *array.shape[1:]), self.dtype)])
        return self.ordered(padded, len(which) + 1, [place.get(i, len(which)) for i in range(count)])

    def push_map(self, back: Back, push: Push, grad: Any) -> Any:
        """partial × gradient; for a free argument of a batched group summed over the samples."""
        group = back.step.group
        formula = rule(group.op, len(group.operands), self.plan.exact).partials[push.slot]
        partial = evaluate(formula, self.kept[back.step.out], self.words)
        share = self.share(partial, grad, group.op is not None and group.op.masks)
        return share.sum(1) if group.batched and push.rows.store == "E" else share

    def share(self, partial: Any, grad: Any, masks: bool = False) -> Any:
        """partial × gradient; where the row masks, nothing comes through a partial of 0, not even of inf."""
        return self.xp.where(partial == 0, 0.0, partial * grad) if masks else partial * grad

    def push_dense(self, back: Back, push: Push, grad: Any) -> Any:
        """G Xᵀ for the weights, and G summed for the biases; Wᵀ G for the x."""
        group, kept = back.step.group, self.kept[back.step.out]
        grad = grad.reshape(len(group.weights), -1)
        if push.slot == 1:
            return self.as_rows(self.dot(kept["W"].T, grad), len(push.rows), group.batched)
        by_weights = self.dot(grad, kept["X"].T)
        if group.biased:
            by_weights = self.xp.concatenate([by_weights, grad.sum(1, keepdims=True)], axis=1)
        return by_weights.reshape(-1)

    def push_spread(self, back: Back, push: Push, grad: Any) -> Any:
        return grad.sum(1)

    def push_logsumexp(self, back: Back, push: Push, grad: Any) -> Any:
        kept = self.kept[back.step.out]
        shares = self.share(kept["powers"] / kept["total"], grad.reshape(-1))
        return self.as_rows(shares, len(push.rows), back.step.group.batched)

    def push_extreme(self, back: Back, push: Push, grad: Any) -> Any:
        """An equal share for each term that is the largest; the others are closed."""
        kept = self.kept[back.step.out]
        tied = self.xp.where(kept["terms"] == kept["out"], 1.0, 0.0)
        shares = self.share(tied / tied.sum(0), grad.reshape(-1), masks=True)
        return self.as_rows(shares, len(push.rows), back.step.group.batched)

    def push_softmax(self, back: Back, push: Push, grad: Any) -> Any:
        """pᵢ (gᵢ - Σ pⱼ gⱼ)."""
        shares = self.kept[back.step.out]["shares"]
        grad = grad.reshape(shares.shape)
        return self.as_rows(shares * (grad - (shares * grad).sum(0)), len(push.rows), back.step.group.batched)
