"""The terms of losses, one for each prediction or sample, and their means."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from microgrid.engine import Value
from microgrid.engine.functions import logsumexp, some, total
from microgrid.errors import GraphError

from .targets import (
    check_probability,
    check_target,
    class_of,
    class_weights,
    is_many,
    many,
    matched,
    pairs,
    without_row,
)

__all__ = [
    "at_most_1", "bent", "blended", "less", "logistic_terms", "mean", "over_samples", "sample_entropy",
    "sample_likelihood", "smoothed", "smoothed_entropy", "squares", "summed",
]  # fmt: skip


def bent(name: str, prediction: Any, target: Any, delta: float) -> list[Value]:
    """½ e² of each error up to delta, beyond it the tangent there."""
    errors = [y - t for y, t in pairs(name, prediction, target)]
    return [cut * (e - cut / 2) for e, cut in ((e, e.clamp(-delta, delta)) for e in errors)]


def squares(name: str, prediction: Any, target: Any) -> list[Value]:
    """The square of each error."""
    return [(y - t) ** 2 for y, t in pairs(name, prediction, target)]


def at_most_1(p: Value) -> Value:
    """A probability without what rounding has put on top of 1."""
    return p - (p.data - 1) if p.data > 1 else p


def logistic_terms(name: str, logits: Any, targets: Any, smoothing: float = 0.0) -> list[Value]:
    """t softplus(-z) + (1 - t) softplus(z) of each: a sum of positive terms, so that no tail cancels."""
    found = pairs(name, logits, targets)
    for _, t in found:
        check_target(name, t)
    found = [(z, smoothed(t, smoothing, 2)) for z, t in found]
    return [blended(t, (-z).softplus, z.softplus) for z, t in found]


def smoothed(target: Any, share: float, classes: int) -> Any:
    """A target moved towards one that knows nothing, by a share of the way."""
    if not 0 <= share <= 1:
        raise GraphError(f"label_smoothing = {share} is not in [0, 1]; 0.1 is usual")
    return target * (1 - share) + share / classes if share else target


def smoothed_entropy(share: float, logits: Any, target: Any) -> Value:
    """The cross-entropy of one sample against its smoothed target: of a class, its probabilities."""
    count = len(many(logits))
    target = without_row(target, count)
    if not is_many(target):
        true = class_of("cross_entropy", "logit", target, count)
        target = [float(i == true) for i in range(count)]
    else:
        class_weights("cross_entropy", "logit", some(many(logits), "cross_entropy"), target)
    return sample_entropy(logits, [smoothed(t, share, count) for t in many(target)])


def blended(t: Any, if_1: Callable[[], Value], if_0: Callable[[], Value]) -> Value:
    """t · if_1 + (1 - t) · if_0; for the numbers 0 and 1 the one term that counts."""
    if not isinstance(t, Value) and t in (0, 1):
        return if_1() if t else if_0()
    blend: Value = t * if_1() + (1 - t) * if_0()
    return blend


def over_samples(name: str, loss: Callable[[Any, Any], Value], outputs: Any, targets: Any) -> Value:
    """The loss of the outputs of one sample, or its mean over rows of them."""
    rows = many(outputs)
    if not any(map(is_many, rows)):
        return loss(rows, targets)
    return mean([loss(row, t) for row, t in matched(name, "sample", rows, targets)])


def sample_likelihood(probabilities: Any, target: Any) -> Value:
    """The terms that count: where the target is the number 0, no logarithm is taken."""
    values = some(many(probabilities), "nll")
    for p in values:
        check_probability("an nll", p.data, "cross_entropy")
    target = without_row(target, len(values))
    if not is_many(target):
        return -values[class_of("nll", "prediction", target, len(values))].log()
    weights, _ = class_weights("nll", "prediction", values, target)
    return -summed([t * p.log() for p, t in zip(values, weights) if isinstance(t, Value) or t])


def sample_entropy(logits: Any, target: Any) -> Value:
    """Σt · ln Σ e^dⱼ - Σ tⱼ dⱼ with dⱼ = zⱼ - z_c, c the class of the largest t: its terms hardly cancel.

    Targets that are Values may be another class the next time, so none is chosen: Σ tⱼ (ln Σ e^z - zⱼ). Nor is one
    where a difference is infinite: several of them would be equal, whatever the logits are.
    """
    values = some(many(logits), "cross_entropy")
    target = without_row(target, len(values))
    if not is_many(target):
        true = class_of("cross_entropy", "logit", target, len(values))
        return logsumexp(values) - values[true] if are_far(values, true) else logsumexp(less(values, true))
    weights, amounts = class_weights("cross_entropy", "logit", values, target)
    chosen, mass = amounts.index(max(amounts)), math.fsum(amounts)
    if any(isinstance(t, Value) for t in weights) or are_far(values, chosen):
        largest = logsumexp(values)
        return summed([t * (largest - z) for t, z in zip(weights, values) if isinstance(t, Value) or t])
    differences = less(values, chosen)
    loss = logsumexp(differences)
    loss = loss if mass == 1 else mass * loss
    shares = [t * d for i, (t, d) in enumerate(zip(weights, differences)) if i != chosen and t]
    return loss - summed(shares) if shares else loss


def are_far(values: Sequence[Value], chosen: int) -> bool:
    """Whether another logit is infinitely above the chosen one: that is -inf, or the difference overflows."""
    return any(not each.data - values[chosen].data < math.inf for i, each in enumerate(values) if i != chosen)


def less(values: Sequence[Value], chosen: int) -> list[Any]:
    """Each less the chosen one, which is 0 there: softmax is the same for them."""
    return [0.0 if i == chosen else each - values[chosen] for i, each in enumerate(values)]


def mean(terms: Sequence[Value]) -> Value:
    """Their mean; one alone is itself."""
    return summed(terms) / len(terms) if terms[1:] else terms[0]


def summed(terms: Sequence[Value]) -> Value:
    """Their sum; one alone is itself."""
    return total(terms) if terms[1:] else terms[0]
