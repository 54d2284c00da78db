"""Operations of PyTorch over some axes of an array: sums, averages, norms, softmax, and what layers normalise by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from microgrid.engine import Value

from .calls import Call
from .masks import OPEN, each, plain

__all__ = [
    "REDUCTIONS",
    "along",
    "average",
    "batch_norm",
    "group_norm",
    "layer_norm",
    "log_softmax",
    "number",
    "soft_max",
    "total",
    "variance",
]


def axes_of(dims: Any, ndim: int) -> tuple[int, ...]:
    """The axes that an argument `dim` means: all of them where it is None or empty."""
    found = dims if isinstance(dims, Iterable) else [] if dims is None else [dims]
    return tuple(sorted(dim % max(ndim, 1) for dim in found)) or tuple(range(ndim))


def along(call: Callable[[list[Any]], Any], array: Any, dims: Any, keep: bool = False) -> Any:
    """A function of many numbers for each place of the axes that are left."""
    axes = axes_of(dims, array.ndim) if array.ndim else ()
    rest = [axis for axis in range(array.ndim) if axis not in axes]
    shape = [array.shape[axis] for axis in rest]
    rows = array.transpose(*rest, *axes).reshape(math.prod(shape), -1)
    found = np.empty(len(rows), object)
    for k, row in enumerate(rows):
        found[k] = call(list(row))
    if keep:
        shape = [1 if axis in axes else size for axis, size in enumerate(array.shape)]
    return found.reshape(shape)


# ── of many numbers one ────────────────────────────────────────────────────────────────────


def total(terms: Sequence[Any]) -> Any:
    """x₁ + x₂ + … as one node; a single term as it is."""
    return terms[0] if len(terms) == 1 else OPEN["sum"](*terms) if terms else 0.0


def average(terms: Sequence[Any]) -> Any:
    """The sum by how many there are."""
    return OPEN["div"](total(terms), float(len(terms)) if terms else 0.0)


def product(terms: Iterable[Any]) -> Any:
    found: Any = 1.0
    for k, term in enumerate(terms):
        found = found * term if k else term
    return found


def variance(terms: Sequence[Any], correction: float = 0.0) -> Any:
    """The sum of the squared distances from the mean, by how many there are, less a correction."""
    mean = average(terms)
    squares = [OPEN["pow"](OPEN["sub"](term, mean), 2.0) for term in terms]
    return OPEN["div"](total(squares), float(max(len(terms) - correction, 0.0)))


def root(square: Any) -> Any:
    """The square root of a sum of squares; at 0 a number, since PyTorch sends 0 back there."""
    return 0.0 if number(square) == 0 else OPEN["sqrt"](square)


def norm(terms: Sequence[Any], order: float) -> Any:
    sizes = [OPEN["abs"](term) for term in terms]
    if order == 0:
        return float(sum(number(term) != 0 for term in terms))
    if math.isinf(order):
        return extreme("amax" if order > 0 else "amin")(sizes)
    if order == 1:
        return total(sizes)
    if order == 2:
        return root(total([OPEN["pow"](term, 2.0) for term in terms]))
    powers = total([OPEN["pow"](size, order) for size in sizes])
    return 0.0 if number(powers) == 0 else OPEN["pow"](powers, 1 / order)


def extreme(word: str) -> Callable[[Sequence[Any]], Any]:
    """The largest or the smallest; where several are, each gets its part of the gradient."""
    return lambda terms: terms[0] if len(terms) == 1 else OPEN[word](*terms)


def number(thing: Any) -> float:
    """The number of a Value, or the number itself."""
    return thing.data if isinstance(thing, Value) else float(thing)


def distances(one: Call) -> list[Any]:
    """Between each row of one array and each of another."""
    first, second = one["x1"][..., :, None, :], one["x2"][..., None, :, :]
    return [along(lambda terms: norm(terms, float(one["p"])), each(OPEN["sub"], first, second), -1)]


# ── of many numbers as many ────────────────────────────────────────────────────────────────


def each_row(call: Callable[[list[Any]], Sequence[Any]], array: Any, dim: int) -> Any:
    """A function that gives as many numbers as it takes, along an axis."""
    turned = np.moveaxis(array, dim, -1) if array.ndim else array.reshape(1)
    found = np.empty(turned.shape, object)
    for place in np.ndindex(turned.shape[:-1]):
        found[place] = np.array([*call(list(turned[place])), None], object)[:-1]
    return np.moveaxis(found, -1, dim) if array.ndim else found.reshape(())


def soft_max(terms: Sequence[Any]) -> Sequence[Any]:
    """Shares that add up to 1; of logits that are all −∞ PyTorch makes nan, by ∞ − ∞."""
    top = max(map(number, terms), default=0.0)
    if math.isfinite(top) and not any(math.isnan(number(term)) for term in terms):
        return OPEN["softmax"](*terms)  # type: ignore[no-any-return]
    powers = [OPEN["exp"](OPEN["sub"](term, top)) for term in terms]
    whole = total(powers)
    return [OPEN["div"](power, whole) for power in powers]


def log_sum_exp(terms: Sequence[Any]) -> Any:
    """ln(e^x₁ + e^x₂ + …); of nothing but −∞ its gradient is nan in PyTorch, as 0 · ∞."""
    if math.isfinite(max(map(number, terms), default=0.0)):
        return OPEN["logsumexp"](*terms)
    return OPEN["log"](total([OPEN["exp"](term) for term in terms]))


def log_softmax(terms: Sequence[Any]) -> Sequence[Any]:
    """The logarithms of these shares."""
    whole = OPEN["logsumexp"](*terms)
    return [OPEN["sub"](term, whole) for term in terms]


def products(terms: Sequence[Any]) -> list[Any]:
    return list(accumulate(terms, OPEN["mul"]))


def log_sums(terms: Sequence[Any]) -> list[Any]:
    return [log_sum_exp(terms[: k + 1]) for k in range(len(terms))]


# ── what layers normalise by ───────────────────────────────────────────────────────────────


def normalised(array: Any, axes: Sequence[int], eps: float) -> list[Any]:
    """(x − mean) / √(variance + eps), with the mean and the reciprocal of the root."""
    mean = along(average, array, axes, keep=True)
    apart = each(OPEN["sub"], array, mean)
    spread = along(average, each(lambda x: OPEN["pow"](x, 2.0), apart), axes, keep=True)
    scale = each(lambda x: OPEN["div"](1.0, OPEN["sqrt"](OPEN["add"](x, eps))), spread)
    return [each(OPEN["mul"], apart, scale), mean, scale]


def scaled(array: Any, weight: Any, bias: Any, shape: Sequence[int]) -> Any:
    """The array times a weight, plus a bias, where they are there, each brought to that shape."""
    if weight is not None:
        array = each(OPEN["mul"], array, weight.reshape(shape))
    return array if bias is None else each(OPEN["add"], array, bias.reshape(shape))


def layer_norm(call: Call) -> list[Any]:
    """Over the last axes, for each place of the others."""
    array, shape = call["input"], call["normalized_shape"]
    out, mean, scale = normalised(array, range(array.ndim - len(shape), array.ndim), call["eps"])
    return [scaled(out, call["weight"], call["bias"], shape), mean, scale]


def batch_norm(call: Call) -> list[Any]:
    """By the numbers of the batch while it trains, else by those that it has gathered."""
    array = call["input"]
    shape = [1, -1, *[1] * (array.ndim - 2)]
    if call.given.get("training", "no_training" not in call.name):
        axes = [axis for axis in range(array.ndim) if axis != 1]
        out, mean, scale = normalised(array, axes, call["eps"])
        return [scaled(out, call["weight"], call["bias"], shape), mean.ravel(), scale.ravel()]
    mean, spread = (plain(call[name]).reshape(shape) for name in ("running_mean", "running_var"))
    scale = each(lambda x: 1.0 / math.sqrt(number(x) + call["eps"]), spread)
    out = each(OPEN["mul"], each(OPEN["sub"], array, mean), scale)
    return [scaled(out, call["weight"], call["bias"], shape), None, None]


def group_norm(call: Call) -> list[Any]:
    """Over groups of channels, for each sample."""
    array, many, channels = call["input"], call["N"], call["C"]
    parts = array.reshape(many, call["group"], -1)
    out, mean, scale = normalised(parts, [2], call["eps"])
    shape = [1, channels, *[1] * (array.ndim - 2)]
    return [scaled(out.reshape(array.shape), call["weight"], call["bias"], shape), mean[..., 0], scale[..., 0]]


# ── the rows ───────────────────────────────────────────────────────────────────────────────


def reducing(call: Callable[[Sequence[Any]], Any]) -> Callable[[Call], list[Any]]:
    """The row of an operation that has `dim` and `keepdim`, if it has any."""

    def row(one: Call) -> list[Any]:
        return [along(call, one["self"], one.given.get("dim"), one.given.get("keepdim") or False)]

    return row


def spread(one: Call) -> float:
    """How many are taken off the count, in a variance: `correction`, or `unbiased`."""
    if "correction" in one.given:
        return 1.0 if one["correction"] is None else float(one["correction"])
    return float(one.given.get("unbiased", True))


REDUCTIONS: dict[str, Callable[[Call], list[Any]]] = {
    "sum": reducing(total),
    "mean": reducing(average),
    "prod": reducing(product),
    "amax": reducing(extreme("amax")),
    "amin": reducing(extreme("amin")),
    "logsumexp": reducing(log_sum_exp),
    "var": lambda one: reducing(lambda terms: variance(terms, spread(one)))(one),
    "std": lambda one: reducing(lambda terms: root(variance(terms, spread(one))))(one),
    "linalg_vector_norm": lambda one: reducing(lambda terms: norm(terms, float(one["ord"])))(one),
    "_cdist_forward": distances,
    "cumprod": lambda one: [each_row(products, one["self"], one["dim"])],
    "logcumsumexp": lambda one: [each_row(log_sums, one["self"], one["dim"])],
    "_softmax": lambda one: [each_row(soft_max, one["self"], one["dim"])],
    "_log_softmax": lambda one: [each_row(log_softmax, one["self"], one["dim"])],
    "native_layer_norm": layer_norm,
    "native_batch_norm": batch_norm,
    "_native_batch_norm_legit": batch_norm,
    "_native_batch_norm_legit_no_training": batch_norm,
    "native_group_norm": group_norm,
}
