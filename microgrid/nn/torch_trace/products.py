"""Products of matrices, convolutions, and the few operations that no formula and no axis describes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from microgrid.engine import Value

from .calls import Call
from .masks import OPEN, each, plain
from .reductions import REDUCTIONS, along, average, number, total
from .shadows import numbers_of

__all__ = ["PRODUCTS", "matmul", "neuron"]


def neuron(weights: Sequence[Any], inputs: Sequence[Any], bias: Any = 0.0) -> Any:
    """w₁x₁ + w₂x₂ + … + b as one node."""
    return OPEN["affine"](*weights, *inputs, bias)


def matmul(a: Any, b: Any, bias: Any = None) -> Any:
    """The product of matrices, or of as many as the axes before the last two tell; each number is a neuron."""
    found = np.empty((*a.shape[:-1], b.shape[-1]), object)
    added = np.broadcast_to(plain(0.0 if bias is None else bias), found.shape)
    for place in np.ndindex(found.shape):
        *batch, i, j = place
        found[place] = neuron(b[(*batch, slice(None), j)], a[(*batch, i)], added[place])
    return found


def added(first: str, second: str, turn: Callable[[Any, Any], tuple[Any, Any]] = lambda a, b: (a, b)) -> Any:
    """The row of beta·self + alpha·(first @ second)."""

    def row(call: Call) -> list[Any]:
        a, b = turn(call[first], call[second])
        shape = call.results[0].shape
        if call["alpha"] == call["beta"] == 1 and np.ndim(call["self"]):
            bias = call["self"][..., None] if b.shape[-1] == 1 and len(shape) == 1 else call["self"]
            return [matmul(a, b, bias).reshape(shape)]
        weighed = each(lambda x: OPEN["mul"](call["alpha"], x), matmul(a, b).reshape(shape))
        return [weighed if not call["beta"] else each(lambda x, y: call["beta"] * x + y, call["self"], weighed)]

    return row


def trilinear(call: Call) -> list[Any]:
    """The product of three arrays, each with axes put in, summed over some."""
    found: Any = None
    for k in "123":
        array = call[f"i{k}"]
        for axis in call[f"expand{k}"]:
            array = np.expand_dims(array, axis)
        found = array if found is None else each(OPEN["mul"], found, array)
    return [along(total, found, call["sumdim"])]


# ── convolutions ───────────────────────────────────────────────────────────────────────────


def taps(call: Call, inside: Sequence[int], kernel: Sequence[int], outside: Sequence[int]) -> Iterator[Any]:
    """Which place of the input meets which place of the kernel, for which place of the output."""
    stride, padding, dilation = (list(call[name]) for name in ("stride", "padding", "dilation"))
    wide, narrow = (inside, outside) if call["transposed"] else (outside, inside)
    for at in product(*map(range, wide)):
        for k in product(*map(range, kernel)):
            other = tuple(a * s - p + b * d for a, b, s, p, d in zip(at, k, stride, padding, dilation))
            if all(0 <= place < size for place, size in zip(other, narrow)):
                yield (at, k, other) if call["transposed"] else (other, k, at)


def convolution(call: Call) -> list[Any]:
    """Each number of the output is a neuron over the numbers that its kernel covers; what is padded is left out."""
    x, w = call["input"], call["weight"]
    found = np.empty(call.results[0].shape, object)
    met: dict[Any, list[Any]] = {place: [] for place in np.ndindex(found.shape[2:])}
    for source, k, target in taps(call, x.shape[2:], w.shape[2:], found.shape[2:]):
        met[target].append((source, k))
    groups, turned = call["groups"], call["transposed"]
    ins, outs = x.shape[1] // groups, found.shape[1] // groups
    for n, channel, *target in np.ndindex(found.shape):
        group, out = divmod(channel, outs)
        weights, inputs = [], []
        for c, (source, k) in product(range(ins), met[tuple(target)]):
            weights.append(w[(group * ins + c, out, *k)] if turned else w[(channel, c, *k)])
            inputs.append(x[(n, group * ins + c, *source)])
        bias = 0.0 if call["bias"] is None else call["bias"][channel]
        found[(n, channel, *target)] = neuron(weights, inputs, bias) if weights else bias
    return [found]


# ── element by element, with a choice ──────────────────────────────────────────────────────


def clamp(call: Call) -> list[Any]:
    """Between two bounds, numbers or arrays, of which one may be missing."""
    low: Any = call.given.get("min")
    high: Any = call.given.get("max")
    if isinstance(low, np.ndarray) or isinstance(high, np.ndarray):
        found = call["self"]
        found = found if low is None else each(lambda x, y: x if number(x) >= number(y) else y, found, low)
        return [found if high is None else each(lambda x, y: x if number(x) <= number(y) else y, found, high)]
    if low is not None and high is not None:
        return [each(lambda x: OPEN["clamp"](x, float(low), float(high)), call["self"])]
    bound = float(low if high is None else high)

    def one(x: Any) -> Any:
        if math.isnan(number(x)):
            return OPEN["clamp"](x, bound, bound)
        beyond = number(x) < bound if high is None else number(x) > bound
        return OPEN["where"](not beyond, x, bound)

    return [each(one, call["self"])]


def softplus(call: Call) -> list[Any]:
    """PyTorch's softplus is x itself above a threshold."""
    beta, threshold = float(call["beta"]), float(call["threshold"])

    def one(x: Any) -> Any:
        if number(x) * beta > threshold:
            return x
        return OPEN["softplus"](x) if beta == 1 else OPEN["softplus"](x * beta) / beta

    return [each(one, call["self"])]


def elu(call: Call) -> list[Any]:
    alpha, scale, inner = (float(call[name]) for name in ("alpha", "scale", "input_scale"))

    def one(x: Any) -> Any:
        if inner != 1:
            return x * scale if number(x) > 0 else OPEN["expm1"](x * inner) * (alpha * scale)
        return OPEN["elu"](x, alpha) if scale == 1 else OPEN["elu"](x, alpha) * scale

    return [each(one, call["self"])]


def gelu(call: Call) -> list[Any]:
    if call["approximate"] == "none":
        return [each(OPEN["gelu"], call["self"])]
    factor = math.sqrt(2 / math.pi)
    return [each(lambda x: 0.5 * x * (1 + OPEN["tanh"](factor * (x + 0.044715 * x**3))), call["self"])]


def leaky_at_random(call: Call) -> list[Any]:
    """A slope below 0 that PyTorch has drawn, and left in `noise`; once trained that halfway between the bounds."""
    if not call["training"]:
        halfway = (float(call["lower"]) + float(call["upper"])) / 2
        return [each(lambda x: OPEN["leaky_relu"](x, halfway), call["self"])]
    drawn = numbers_of(call.tensors["noise"]).astype(object)
    return [each(lambda x, slope: x if number(x) > 0 else x * float(slope), call["self"], drawn)]


def angle(call: Call) -> list[Any]:
    """atan2; at the origin a number, since PyTorch sends 0 back there."""

    def one(y: Any, x: Any) -> Any:
        found = OPEN["atan2"](y, x)
        return number(found) if number(x) == number(y) == 0 else found

    return [each(one, call["self"], call["other"])]


def divide(call: Call) -> list[Any]:
    """A quotient; one that is rounded has no slope."""
    return [None] if call.given.get("rounding_mode") else [each(OPEN["div"], call["self"], call["other"])]


def remainder(call: Call) -> list[Any]:
    """x − n·y with a whole n, that has no slope."""
    whole = math.trunc if call.name == "fmod" else math.floor

    def one(x: Any, y: Any) -> Any:
        return x - float(whole(number(x) / number(y))) * y

    return [each(one, call["self"], call["other"])]


def binary_cross_entropy(call: Call) -> list[Any]:
    """−t ln p − (1 − t) ln(1 − p), where PyTorch keeps the logarithms above −100 and the divisor above 1e-12."""

    def one(p: Any, t: Any) -> Any:
        if number(p) * (1 - number(p)) > 1e-12:
            return -(t * OPEN["log"](p)) - (1 - t) * OPEN["log"](1 - p)
        target, logs = number(t), [max(math.log(q), -100.0) if q > 0 else -100.0 for q in (number(p), 1 - number(p))]
        loss = -target * logs[0] - (1 - target) * logs[1]
        slope = (number(p) - target) / max(number(p) * (1 - number(p)), 1e-12)
        return Value(loss, (p,), (slope,), call.name) if isinstance(p, Value) else loss

    found = each(one, call["self"], call["target"])
    if call["weight"] is not None:
        found = each(OPEN["mul"], found, call["weight"])
    reduced = {0: lambda: found, 1: lambda: plain(average(list(found.flat))), 2: lambda: plain(total(list(found.flat)))}
    return [reduced[call["reduction"]]()]


PRODUCTS: dict[str, Callable[[Call], list[Any]]] = {
    "mm": lambda call: [matmul(call["self"], call["mat2"])],
    "bmm": lambda call: [matmul(call["self"], call["mat2"])],
    "dot": lambda call: [plain(neuron(call["self"], call["tensor"]))],
    "mv": lambda call: [matmul(call["self"], call["vec"][:, None])[:, 0]],
    "addmm": added("mat1", "mat2"),
    "baddbmm": added("batch1", "batch2"),
    "addmv": added("mat", "vec", lambda a, b: (a, b[:, None])),
    "_trilinear": trilinear,
    "convolution": convolution,
    "atan2": angle,
    "div": divide,
    "clamp": clamp,
    "clamp_min": clamp,
    "clamp_max": clamp,
    "softplus": softplus,
    "elu": elu,
    "gelu": gelu,
    "rrelu_with_noise": leaky_at_random,
    "rrelu_with_noise_functional": leaky_at_random,
    "fmod": remainder,
    "remainder": remainder,
    "binary_cross_entropy": binary_cross_entropy,
    "threshold": lambda call: [
        each(
            lambda x: OPEN["where"](number(x) > call["threshold"] or number(x) != number(x), x, call["value"]),
            call["self"],
        )
    ],
    "std_mean": lambda call: [REDUCTIONS[word](call)[0] for word in ("std", "mean")],
    "var_mean": lambda call: [REDUCTIONS[word](call)[0] for word in ("var", "mean")],
}
