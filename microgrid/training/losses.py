"""Losses: how far predictions are from their targets, as one scalar Value to run backward from.

    regression      squared_error (½ Σ), mse, mae, huber, smooth_l1
    two classes     hinge (targets ±1), bce (of a probability), bce_with_logits
    many classes    cross_entropy (of logits), nll (of probabilities); softmax and log_softmax beside them
    many labels     multilabel_bce (of logits): any number of them at once

A prediction is a Value or a number, or a sequence of them with as many targets; a sequence of samples is
averaged, except in `squared_error`, which is a sum as in the books. Whatever takes logits is right in all
tails, value and gradient: nothing is written as 1 - p there, and nothing large is subtracted from its like.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from microgrid.engine import Value
from microgrid.engine.functions import logsumexp, softmax, some, total
from microgrid.errors import GraphError, did_you_mean
from microgrid.formula import number_text
from microgrid.nn.parameters import number

from .schedules import above_zero
from .targets import check_probability, check_target, is_many, pairs
from .terms import (
    at_most_1,
    bent,
    blended,
    less,
    logistic_terms,
    mean,
    over_samples,
    sample_entropy,
    sample_likelihood,
    smoothed,
    smoothed_entropy,
    squares,
    summed,
)

__all__ = [
    "LOSSES",
    "bce",
    "bce_with_logits",
    "cross_entropy",
    "hinge",
    "huber",
    "log_softmax",
    "loss_named",
    "mae",
    "mse",
    "multilabel_bce",
    "nll",
    "smooth_l1",
    "softmax",
    "squared_error",
]

# ── regression ─────────────────────────────────────────────────────────────────────────────


def squared_error(prediction: Any, target: Any) -> Value:
    """Half the sum of the squared errors, in squared units of the target.

    L = ½ Σ (ŷ - y)²,  ∂L/∂ŷ = ŷ - y

    >>> squared_error([Value(3.0), Value(1.0)], [1.0, 2.0]).data
    2.5

    prediction  a Value or number, or a sequence of n, or of samples with m outputs each
    target      a number each, in the same shape
    Returns a scalar Value: a sum, never a mean. Raises GraphError where the shapes differ.
    Source: Bishop (2006), sec. 5.2, eq. 5.11.
    """
    return total(squares("squared_error", prediction, target)) * 0.5


def mse(prediction: Any, target: Any) -> Value:
    """The mean squared error, in squared units of the target.

    L = (1/n) Σ (ŷ - y)²,  ∂L/∂ŷ = 2 (ŷ - y) / n

    >>> mse([Value(3.0), Value(1.0)], [1.0, 2.0]).data
    2.5

    prediction  a Value or number, or a sequence of n, or of samples with m outputs each
    target      a number each, in the same shape
    Returns a scalar Value: the mean over all numbers. Raises GraphError where the shapes differ.
    Source: Goodfellow, Bengio, Courville (2016), sec. 5.1.4.
    """
    return mean(squares("mse", prediction, target))


def mae(prediction: Any, target: Any) -> Value:
    """The mean absolute error, in units of the target.

    L = (1/n) Σ |ŷ - y|,  ∂L/∂ŷ = sign(ŷ - y) / n, and 0 where ŷ = y

    >>> mae([Value(3.0), Value(1.0)], [1.0, 2.0]).data
    1.5

    prediction  a Value or number, or a sequence of n, or of samples with m outputs each
    target      a number each, in the same shape
    Returns a scalar Value: the mean over all numbers. Raises GraphError where the shapes differ.
    Source: Goodfellow, Bengio, Courville (2016), sec. 6.2.1.2.
    """
    return mean([abs(y - t) for y, t in pairs("mae", prediction, target)])


def huber(prediction: Any, target: Any, delta: float = 1.0) -> Value:
    """The mean Huber loss, in squared units of the target: a square up to an error of δ, a straight line beyond it.

    L = (1/n) Σ c (e - c/2),  e = ŷ - y,  c = e cut to [-δ, δ],  ∂L/∂ŷ = c / n

    >>> huber([Value(3.0), Value(1.5)], [1.0, 1.0]).data
    0.8125

    prediction  a Value or number, or a sequence of n, or of samples with m outputs each
    target      a number each, in the same shape
    delta       above 0
    Returns a scalar Value: the mean over all numbers. Raises GraphError where the shapes differ, or
    delta is not above 0.
    Source: Huber (1964); PyTorch's `HuberLoss`.
    """
    above_zero("delta", delta, "1.0")
    return mean(bent("huber", prediction, target, delta))


def smooth_l1(prediction: Any, target: Any, beta: float = 1.0) -> Value:
    """The mean absolute error with its corner rounded up to an error of β, in units of the target: huber / β.

    L = (1/n) Σ c (e - c/2) / β,  e = ŷ - y,  c = e cut to [-β, β],  ∂L/∂ŷ = c / (β n)

    >>> smooth_l1([Value(3.0), Value(1.5)], [1.0, 1.0], beta=0.5).data
    1.0

    prediction  a Value or number, or a sequence of n, or of samples with m outputs each
    target      a number each, in the same shape
    beta        above 0; at 0 it would be `mae`
    Returns a scalar Value: the mean over all numbers. Raises GraphError where the shapes differ, or
    beta is not above 0.
    Source: Girshick (2015), eq. 3; PyTorch's `SmoothL1Loss`.
    """
    above_zero("beta", beta, "1.0")
    return mean([each / beta for each in bent("smooth_l1", prediction, target, beta)])


# ── two classes ────────────────────────────────────────────────────────────────────────────


def hinge(score: Any, target: Any) -> Value:
    """The hinge loss of a score, without unit: 0 from a margin of 1 on.

    L = max(0, 1 - y s),  ∂L/∂s = -y where y s < 1, else 0

    >>> hinge(Value(0.5), -1).data
    1.5

    score   a Value or number of any size, or a sequence of n of them
    target  -1 or 1 each
    Returns a scalar Value: over a sequence the mean. Raises GraphError for another target, or
    where the shapes differ.
    Source: Bishop (2006), sec. 7.1.2, eq. 7.45.
    """
    found = pairs("hinge", score, target)
    for _, t in found:
        if abs(number(t)) != 1:
            raise GraphError(f"a hinge target is {number_text(number(t))}; it is -1 or 1, for 0 and 1 take 2*y - 1")
    return mean([(1 - s * t).relu() for s, t in found])


def bce(probability: Any, target: Any, label_smoothing: float = 0.0) -> Value:
    """Binary cross-entropy of a predicted probability, in nats.

    L = -(t log p + (1 - t) log(1 - p)),  ∂L/∂p = (p - t) / (p (1 - p))

    >>> round(bce(Value(0.8), 1).data, 4)
    0.2231

    probability  a Value or number in [0, 1], or a sequence of n of them
    target       0, 1 or a number between, each
    label_smoothing  ε in [0, 1]: the target is (1 - ε) t + ε/2
    Returns a scalar Value: over a sequence the mean. It is inf at p = 0 for t > 0 and at p = 1 for t < 1, where its
    gradient is infinite too; and 1 - p has lost its digits long before p rounds to 1: `bce_with_logits` has neither
    trouble. For the number 0 or 1 only the logarithm that counts is recorded; a target that is a Value gets its slope.
    Raises GraphError for a probability or target outside [0, 1], or where the shapes differ.
    Source: Bishop (2006), sec. 4.3.2, eq. 4.90; Goodfellow, Bengio, Courville (2016), sec. 6.2.2.2.
    """
    found = pairs("bce", probability, target)
    for p, t in found:
        check_probability("a bce", number(p), "bce_with_logits")
        check_target("bce", t)
    found = [(p, smoothed(t, label_smoothing, 2)) for p, t in found]
    return mean([-blended(t, p.log, (-at_most_1(p)).log1p) for p, t in found])


def bce_with_logits(logit: Any, target: Any, label_smoothing: float = 0.0) -> Value:
    """Binary cross-entropy of the logit z of p = σ(z), in nats; right in all tails.

    L = t softplus(-z) + (1 - t) softplus(z) = softplus(z) - t z,  ∂L/∂z = σ(z) - t

    >>> bce_with_logits(Value(1000.0), 0).data, bce_with_logits(Value(-1000.0), 0).data
    (1000.0, 0.0)

    logit   a Value or number of any size, or a sequence of n of them
    target  0, 1 or a number between, each
    label_smoothing  ε in [0, 1]: the target is (1 - ε) t + ε/2
    Returns a scalar Value: over a sequence, taken as samples, the mean.
    Raises GraphError for a target outside [0, 1], or where the shapes differ.
    Source: Goodfellow, Bengio, Courville (2016), sec. 6.2.2.2.
    """
    return mean(logistic_terms("bce_with_logits", logit, target, label_smoothing))


# ── many classes, many labels ──────────────────────────────────────────────────────────────


def log_softmax(logits: Iterable[Any]) -> list[Value]:
    """The logarithms of the softmax probabilities, in nats; right where softmax under- and overflows.

    ln pᵢ = zᵢ - ln Σ e^zⱼ,  ∂(ln pᵢ)/∂zⱼ = [i = j] - pⱼ

    >>> [each.data for each in log_softmax([Value(1000.0), Value(-1000.0)])]
    [0.0, -2000.0]

    logits  Values or numbers of any size, one for each of the k classes, k ≥ 1
    Returns a list of k Values. Each is (zᵢ - z*) - ln Σ e^(zⱼ - z*), with z* the largest logit, so
    that a log-probability near 0 keeps its digits. Raises GraphError for no logits.
    Source: Goodfellow, Bengio, Courville (2016), sec. 6.2.2.3, eq. 6.30.
    """
    values = some(logits, "log_softmax")
    largest = max(range(len(values)), key=lambda i: values[i].data)
    differences = less(values, largest)
    normaliser = logsumexp(differences)
    return [each - normaliser for each in differences]


def cross_entropy(logits: Any, target: Any, label_smoothing: float = 0.0) -> Value:
    """Cross-entropy of the softmax of logits against a class, in nats; right in all tails.

    L = -Σ tᵢ ln pᵢ = ln Σ e^zⱼ - Σ tᵢ zᵢ,  ∂L/∂zᵢ = pᵢ - tᵢ,  p = softmax(z)

    >>> round(cross_entropy([Value(0.0), Value(3.0), Value(-2.0), Value(1.0)], 3).data, 6)
    2.175515

    logits  k Values or numbers of any size, k ≥ 1, or a sequence of n such samples
    target  a class from 0 to k - 1, or k probabilities that add up to 1 (one-hot, or smoothed);
            for n samples n of these; a class may stand in a row of its own, as in y of shape (n, 1)
    label_smoothing  ε in [0, 1], as PyTorch has it: tᵢ becomes (1 - ε) tᵢ + ε/k
    Returns a scalar Value: over samples the mean. For a class c it is ln Σ e^(zⱼ - z_c), recorded so.
    Raises GraphError for a class that is not there, for targets that are no probabilities, or where shapes differ.
    Source: Bishop (2006), sec. 4.3.4, eq. 4.108; Goodfellow, Bengio, Courville (2016), sec. 6.2.2.3.
    """
    if not is_many(logits):
        raise GraphError("cross_entropy takes a sequence of logits, not 1 number; a single logit has bce_with_logits")
    if not label_smoothing:
        return over_samples("cross_entropy", sample_entropy, logits, target)
    return over_samples("cross_entropy", partial(smoothed_entropy, label_smoothing), logits, target)


def nll(probabilities: Any, target: Any) -> Value:
    """Negative log-likelihood of a class by its predicted probabilities, such as those of a softmax output, in nats.

    L = -Σ tᵢ ln pᵢ = -ln p_c for a class c,  ∂L/∂pᵢ = -tᵢ / pᵢ

    >>> round(nll([Value(0.7), Value(0.2), Value(0.1)], 1).data, 4)
    1.6094

    probabilities  k Values or numbers in [0, 1], or a sequence of n such samples
    target         as in `cross_entropy`
    Returns a scalar Value: over samples the mean. It is inf where the class has p = 0, as softmax gives for
    logits far apart: `cross_entropy` has not that trouble. Raises GraphError as it does, and outside [0, 1].
    Source: Bishop (2006), sec. 4.3.4, eq. 4.108.
    """
    if not is_many(probabilities):
        raise GraphError("nll takes a sequence of probabilities, not 1 number; a single probability has bce")
    return over_samples("nll", sample_likelihood, probabilities, target)


def multilabel_bce(logits: Any, targets: Any) -> Value:
    """Binary cross-entropy of a sample that may have any number of labels at once, in nats.

    L = Σ (softplus(zᵢ) - tᵢ zᵢ),  ∂L/∂zᵢ = σ(zᵢ) - tᵢ

    >>> round(multilabel_bce([Value(2.0), Value(-1.0)], [1, 0]).data, 4)
    0.4402

    logits   a Value or number of any size for each of the k labels, or a sequence of n such samples
    targets  0, 1 or a number between for each
    Returns a scalar Value: the sum over the labels of a sample, and over samples the mean.
    Raises GraphError for a target outside [0, 1], or where the shapes differ.
    Source: Bishop (2006), sec. 5.2, eq. 5.23.
    """
    return over_samples("multilabel_bce", lambda z, t: summed(logistic_terms("multilabel_bce", z, t)), logits, targets)


# ── by name ────────────────────────────────────────────────────────────────────────────────

LOSSES: Mapping[str, Callable[[Any, Any], Value]] = {
    loss.__name__: loss
    for loss in (
        squared_error,
        mse,
        mae,
        huber,
        smooth_l1,
        hinge,
        bce,
        bce_with_logits,
        cross_entropy,
        nll,
        multilabel_bce,
    )
}


def loss_named(name: str) -> Callable[[Any, Any], Value]:
    """The loss of that name: a function of a prediction and a target.

    >>> loss_named("mse")(Value(3.0), 1).data
    4.0

    Raises GraphError for a name that is not in `LOSSES`.
    """
    if name not in LOSSES:
        hint = did_you_mean(str(name), LOSSES, of_field=True) or f"; there are {', '.join(LOSSES)}"
        raise GraphError(f"no loss is called {name!r}{hint}")
    return LOSSES[name]
