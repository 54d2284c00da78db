"""Samples: rows of numbers with their targets, what fits a network, and which answers are right."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from microgrid.errors import GraphError, NotRealError, counted
from microgrid.formula import number_text, real

from .parameters import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Judge",
    "Sample",
    "accuracy",
    "answers",
    "as_numbers",
    "for_outputs",
    "is_real",
    "judge",
    "labels_of",
    "level_of",
    "numbers",
    "samples",
    "sides",
    "split",
]


class Sample(NamedTuple):
    """One row of X and its target: a number, the index of a class, or a number for each output."""

    name: str
    x: list[float]
    target: Any


# ── what fits ──────────────────────────────────────────────────────────────────────────────


def samples(X: Any, y: Any, inputs: int | None = None, name: str = "") -> list[Sample]:
    """The rows of X with their targets, checked.

    >>> samples([[0, 1], [1, 1]], [0, 1])[1]
    Sample(name='sample 1', x=[1.0, 1.0], target=1.0)

    X       shape (samples, inputs)      y  shape (samples,), or (samples, outputs)
    inputs  how many inputs there must be, if that is known
    name    "validation " where errors should say so
    Raises GraphError for another shape, and for what is no number, or is inf or nan, with its sample.
    """
    table, targets = numbers(X, f"{name}X"), numbers(y, f"{name}y")
    if not table.size:
        raise GraphError(f"{name}X is empty; give at least one sample, a row with a number for each input")
    if table.ndim != 2:
        remedy = "one input each is [[x] for x in X], one sample is [x]"
        raise GraphError(f"{name}X has the shape {table.shape}, and (samples, inputs) belongs here; {remedy}")
    if inputs is not None and table.shape[1] != inputs:
        rows = f"{name}X has rows of {table.shape[1]}"
        raise GraphError(f"{rows}, and the network takes {inputs}; a row has one number for each input")
    if targets.ndim not in (1, 2) or len(targets) != len(table):
        found = len(targets) if targets.ndim in (1, 2) else f"the shape {targets.shape}"
        raise GraphError(f"{name}X has {counted(len(table), 'sample')} and {name}y {found}; each sample has one target")
    flat = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
    return [Sample(f"{name}sample {i}", x, t) for i, (x, t) in enumerate(zip(table.tolist(), flat.tolist()))]


def numbers(thing: Any, name: str) -> NDArray[Any]:
    """An array of finite doubles."""
    import numpy as np

    if isinstance(thing, Iterator):
        thing = list(thing)
    try:
        found = np.asarray(thing)
    except ValueError:
        found = np.empty(0, object)
    if found.dtype == object and found.size and all(map(is_real, found.flat)):  # fractions, decimals, mixed numbers
        found = np.array(list(map(real, found.flat))).reshape(found.shape)
    if found.dtype.kind not in "biuf":
        raise GraphError(f"{name} {culprit(thing)}")
    found = np.array(found, float)
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        where, number = tuple(bad[0].tolist()), found[tuple(bad[0])]
        place = f"sample {where[0]}" + "".join(f", column {k}" for k in where[1:]) if where else "it"
        raise GraphError(f"{name} has {number} in {place}; leave the sample out, or put a number there")
    return found


def culprit(thing: Any) -> str:
    """What keeps a thing from being an array of numbers, with its sample."""
    rows = list(thing) if length(thing) else [thing]
    for i, row in enumerate(rows):
        if length(row) != length(rows[0]):
            here, there = (counted(length(each) or 1, "number") for each in (row, rows[0]))
            return f"has rows of different lengths: sample {i} has {here}, sample 0 has {there}; every row has as many"
        for each in row if length(row) else [row]:
            if not is_real(each):
                what = f"{type(each).__name__} {str(each)[:40]!r}"
                return f"holds something else than numbers: sample {i} has {what}; give a number for each"
    return f"holds something else than numbers: a {type(thing).__name__}; give a list of rows"


def is_real(thing: Any) -> bool:
    """Whether a target is one real number."""
    try:
        real(thing)
    except NotRealError:
        return False
    return True


def length(row: Any) -> int:
    """How many things it holds; 0 of a number or a text."""
    return (
        len(row) if hasattr(row, "__len__") and getattr(row, "ndim", True) and not isinstance(row, (str, bytes)) else 0
    )


def for_outputs(found: Sequence[Sample], outputs: int) -> list[Sample]:
    """The samples for that many outputs: a single number as target is a class where there are several."""
    width = len(found[0].target) if isinstance(found[0].target, list) else 1
    if width == outputs:
        return list(found)
    if width > 1:
        fact = f"y has {width} numbers for each sample, and the network {counted(outputs, 'output')}"
        raise GraphError(f"{fact}; give as many, or the index of the class")
    for each in found:
        if each.target not in range(outputs):
            raise GraphError(
                f"{each.name} has the target {number_text(each.target)}, and the network {outputs} outputs; "
                f"give a class from 0 to {outputs - 1}, or a number for each output"
            )
    return [each._replace(target=int(each.target)) for each in found]


def split(found: Sequence[Sample], fraction: float, rng: random.Random) -> tuple[list[Sample], list[Sample]]:
    """The samples for training, and that fraction of them, drawn by `rng`, for validation; both in order.

    Raises GraphError for a fraction that leaves no sample to one of them.
    """
    held = round(len(found) * fraction) if 0 < fraction < 1 else 0
    if not 0 < held < len(found):
        given = f"validation = {number_text(fraction)} of {counted(len(found), 'sample')}"
        fact = f"{given} leaves none to train or none to validate"
        raise GraphError(f"{fact}; give a fraction in (0, 1) such as 0.2, or validation=(X, y)")
    chosen = set(rng.sample(range(len(found)), held))
    return (
        [each for i, each in enumerate(found) if i not in chosen],
        [each for i, each in enumerate(found) if i in chosen],
    )


# ── which answers are right ────────────────────────────────────────────────────────────────

BETWEEN_0_AND_1 = ("sigmoid", "step")
Judge = Callable[[Sequence[float], Any], float]  # (outputs, target) → 1 if right, 0 if wrong


def judge(
    model: Any, targets: Sequence[Any], outputs: int, threshold: float | None = None, guess: bool = True
) -> Judge | None:
    """What tells right answers from wrong ones; None where the targets are no labels.

    guess  False is None too where neither the threshold nor the activation says which outputs mean 1
    """
    if outputs > 1 and not isinstance(targets[0], list):
        return lambda outs, target: float(largest(outs) == target)
    labels = labels_of(targets)
    if labels <= {0, 1} and outputs > 1 and all(sum(row) == 1 for row in targets):
        return lambda outs, target: float(outs[largest(outs)] == outs[largest(target)])
    if not (labels <= {0, 1} or labels <= {-1, 1}):
        return None
    if not guess and threshold is None and min(labels) >= 0 and sides(model)[1] not in BETWEEN_0_AND_1:
        return None
    level = level_of(model, labels) if threshold is None else real(threshold)

    def share(outs: Sequence[float], target: Any) -> float:
        wanted = target if isinstance(target, list) else [target]
        return math.fsum(above(out, level) == (number > 0) for out, number in zip(outs, wanted)) / len(wanted)

    return share


def labels_of(targets: Iterable[Any]) -> set[float]:
    """All the numbers among the targets."""
    return {number for target in targets for number in (target if isinstance(target, list) else [target])}


def level_of(model: Any, labels: Iterable[float] = (0, 1)) -> float:
    """From which output on the answer of a network is 1.

    >>> from microgrid import nn
    >>> level_of(nn.MLP(2, [1])), level_of(nn.MLP(2, [1], output="sigmoid"))
    (0.0, 0.5)

    labels  what the answers are: of -1 and 1 they part at 0
    For 0 and 1 it is `model.level` where that is set, as `fit` does; else ½ after sigmoid or step, else 0.
    """
    if min(labels) < 0:
        return 0.0
    told = getattr(model, "level", None)
    return 0.5 * (sides(model)[1] in BETWEEN_0_AND_1) if told is None else real(told)


def largest(numbers: Sequence[float]) -> int:
    return max(range(len(numbers)), key=numbers.__getitem__)


def above(out: float, level: float) -> bool:
    return out >= level if level else out > 0


def sides(model: Any) -> tuple[int | None, str]:
    """How many inputs a network takes, and the activation of its output, as far as it says."""
    layers = getattr(model, "layers", None) or [None]
    neurons = getattr(layers[0], "neurons", None) or [None]
    weights = getattr(neurons[0], "w", None)
    return len(weights) if weights else None, getattr(layers[-1], "activation", "")


def accuracy(model: Any, X: Any, y: Any, threshold: float | None = None) -> float:
    """The share of samples that a network answers rightly, from 0 to 1.

        one output, y of 0 and 1     its answer is 1 from `model.level` on: see `level_of`
        one output, y of −1 and 1    its answer is the sign
        several outputs, a class     its answer is the largest; y may be one-hot
        several outputs of 0 and 1   each output counts by itself

    >>> from microgrid import nn
    >>> model = nn.MLP.from_arrays([[[1, 1]]], [[-1.5]], "linear")
    >>> accuracy(model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    1.0

    X, y       as in `fit`
    threshold  from which number on an output means 1; unless told `level_of(model)`, which `plot_boundary` draws too
    Raises GraphError for y that are no labels, and for shapes that do not fit.
    """
    found = samples(X, y, sides(model)[0])
    outs = answers(model, found)
    found = for_outputs(found, len(outs[0]))
    right = judge(model, [each.target for each in found], len(outs[0]), threshold)
    if right is None:
        raise GraphError("accuracy is for labels: y of 0 and 1, of -1 and 1, or the index of a class; look at the loss")
    return math.fsum(right(out, each.target) for out, each in zip(outs, found)) / len(found)


def answers(model: Any, found: Sequence[Sample]) -> list[list[float]]:
    """What a network gives for each sample: a list of its outputs."""
    rows = [each.x for each in found]
    outs = model.predict(rows).tolist() if hasattr(model, "predict") else [as_numbers(model(row)) for row in rows]
    return [out if isinstance(out, list) else [out] for out in outs]


def as_numbers(out: Any) -> list[float]:
    """The targets as plain numbers."""
    return list(map(number, out)) if isinstance(out, (list, tuple)) else [number(out)]
