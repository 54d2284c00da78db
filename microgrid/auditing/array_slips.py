"""Mistakes in whole arrays: transposed, not averaged, softmax's p − y multiplied again, another array's gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from microgrid.answers.patterns import changed_places, rows_of, scales, transposed
from microgrid.answers.wrong_slopes import written
from microgrid.formula import OPS

from .holdings import Holding
from .local_slips import Made, Make, slope, spelt
from .work import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = [
    "averages",
    "beside",
    "constant",
    "elsewhere",
    "extra",
    "mirrored",
    "of_another",
    "places",
    "products",
    "share",
    "skipped",
    "stage",
    "stages_mistaken",
    "summed",
    "sums",
    "targets",
    "whole",
]  # fmt: skip
KNOWN = ("sigmoid", "tanh", "relu", "softplus", "exp", "sqrt", "log", "gelu", "silu")  # that people write out
ALIKE = 1e-6  # relative: two arrays are the same, computed in whatever precision


# ── of the right numbers alone ─────────────────────────────────────────────────────────────


def constant(number: float) -> Make:
    """That number everywhere, exactly."""

    def made(line: Line) -> Made:
        if (line.given == number).all():
            yield np.full_like(line.right, number), ()

    return made


def mirrored(line: Line) -> Made:
    """A square array transposed."""
    if len(line.array.shape) == 2 and line.array.shape[0] == line.array.shape[1]:
        yield np.array(transposed(line.right.tolist())), ()


def averages(line: Line) -> Made:
    """Divided by how many samples there are, or not; the judge's own patterns, for each count that it may be."""
    for count in counts(line):
        _, undivided, divided, *_ = scales(count)
        for each in (undivided, divided) if is_divided(line, count) else (divided,):
            yield reshaped(line, each.made), (each.words,)


def is_divided(line: Line, count: int) -> bool:
    """Whether something is divided by a count, or by a multiple of it; or multiplied by its inverse."""
    return any(number % count == 0 if by == "div" else number * count == 1 for by, number in line.kept(divisors))


def divisors(line: Line) -> set[tuple[str, float]]:
    """The numbers by which something is divided, or multiplied."""
    graph = line.flow.graph
    found = set()
    for node, parents in zip(graph.nodes, graph.parents):
        for slot, parent in enumerate(parents) if node.op.name in ("mul", "div") else ():
            if not parent.parents and parent.data and (node.op.name == "mul" or slot):
                found.add((node.op.name, graph.data_of(parent)))
    return found


def counts(line: Line) -> list[int]:
    """How many samples there may be: lengths and sizes of the arrays that it leads to; how often its nodes are used."""
    shapes = [each.shape for each in line.arrays if each.shape]
    found = [shape[0] for shape in shapes if len(shape) > 1] + [n for shape in shapes for n in shape]
    found += [math.prod(shape) for shape in shapes]
    found += np.unique(np.bincount(line.flow.parent, minlength=len(line.flow))[line.array.places]).tolist()
    return [count for count in dict.fromkeys(found) if count > 1]


def whole(line: Line) -> Made:
    """All times a number: −1, 2, ½, 10; the judge's own patterns."""
    for each in scales():
        yield reshaped(line, each.made), (each.words,)


def places(line: Line) -> Made:
    """Rows or columns in each other's place; the judge's own patterns."""
    shape = line.array.shape
    if len(shape) in (1, 2):
        for each in changed_places(*(*shape, 1)[:2]):
            yield reshaped(line, each.made), (each.words,)


def reshaped(line: Line, made: Callable[[list[list[float]]], list[list[float]]]) -> Numbers:
    """What a pattern of rows makes of the right numbers."""
    shape = line.array.shape
    rows = rows_of(line.right.ravel().tolist(), (shape[0], math.prod(shape[1:])) if len(shape) > 1 else shape)
    return np.array(made(rows)).reshape(shape)


# ── of an array and the next one of that shape ─────────────────────────────────────────────


def stages(line: Line) -> Iterator[tuple[Holding, NDArray[np.intp]]]:
    """Each array whose gradient is worked in this line, with the nodes to which its own lead, one to one."""
    for array in (line.array, *line.inner):
        if array.places.min() >= 0:
            beyond = line.homes.near[array.places]
            if line.homes.is_other(beyond, array):
                yield array, beyond


def stage(change: Callable[[Numbers, Numbers, Numbers], Numbers]) -> Make:
    """The gradient of an array, made of that of the next one.

    change  of the gradient of the next array, of what the array holds, and of what the next one holds
    """

    def made(line: Line) -> Made:
        for array, beyond in stages(line):
            numbers = change(line.gradients[beyond], array.data, line.flow.data[beyond])
            yield line.holding(array, numbers), (name_of(line, beyond), array.name)

    return made


def name_of(line: Line, nodes: NDArray[np.intp]) -> str:
    """The array in which nodes stand, or the family of arrays."""
    found = np.unique(line.homes.of[nodes]).tolist()
    return line.homes.name(found[0]) if len(found) == 1 else line.homes.family_name(found[0])


def stages_mistaken(line: Line) -> Made:
    """Another formula for the slope of a function that was written out, such as 1/(1 + exp(-z))."""
    for array, beyond in stages(line):
        x, out = array.data.ravel(), line.flow.data[beyond].ravel()
        for name in KNOWN:
            there = slope(OPS[name].book.value, x, out)
            if there is not None and np.allclose(there, out, rtol=ALIKE, atol=0):
                right, *wrong = written(name)
                for formula in wrong:
                    told = spelt((formula, right), array.name, name_of(line, beyond))
                    numbers = slope(formula, x, out)
                    if numbers is not None:
                        numbers = line.gradients[beyond] * numbers.reshape(array.shape)
                        yield line.holding(array, numbers), (f"{name}′", *told)


def skipped(line: Line) -> Made:
    """The gradient of the array behind that which belongs: X.T @ dh for X.T @ dz."""
    for claim in line.before:
        beyond = line.homes.near[claim.quantity.places]
        if claim.quantity.places.min() >= 0 and line.homes.is_other(beyond, claim.quantity):
            held = line.work.holding({claim.quantity: line.gradients[beyond]}, line.held)
            yield line.array.of(line.flow.arrived(held=held)), (f"d{name_of(line, beyond)}", claim.key)


# ── of shares, as softmax and sigmoid give them ────────────────────────────────────────────


def shares(line: Line) -> Iterator[tuple[Holding, Holding]]:
    """Each array whose gradient is worked in this line, with those of its shape that hold numbers from 0 to 1."""
    for array in (line.array, *line.inner):
        for other in line.like(array):
            if other.shape and (other.data >= 0).all() and (other.data <= 1).all() and (other.data % 1).any():
                yield array, other


def share(change: Callable[[Numbers, Numbers, Numbers], Numbers]) -> Make:
    """The gradient of an array, changed by shares.

    change  of the right one, of that of the shares, and of the shares
    """

    def made(line: Line) -> Made:
        for array, other in shares(line):
            numbers = change(array.of(line.arrived), line.sent(other), other.data)
            yield line.holding(array, numbers), (other.name, array.name)

    return made


def targets(change: Callable[[Numbers, Numbers], Numbers]) -> Make:
    """Softmax's p − y with another y.

    change  of p and of the right y, for what is put in the place of p − y
    """

    def made(line: Line) -> Made:
        for array, other in shares(line):
            right = array.of(line.arrived)
            for count in (array.shape[0], 1) if len(array.shape) == 2 else ():
                hot = np.round(other.data - count * right)
                if np.allclose(hot.sum(1), 1.0) and np.allclose(other.data - hot, count * right, atol=ALIKE):
                    yield line.holding(array, change(other.data, hot) / count), (other.name, array.name)

    return made


# ── of other arrays ────────────────────────────────────────────────────────────────────────


def products(line: Line) -> Made:
    """Another array, another gradient, or a transposed one, in the matrix product that gives the gradient."""
    found = [each for each in options(line) if each[0].any()]
    factors = (float((line.right * numbers).sum() / (numbers * numbers).sum()) for numbers, _ in found)
    pairs = zip(factors, found)
    scale, right = next(((k, words) for k, (numbers, words) in pairs if k and line.is_right(k * numbers)), (0.0, ""))
    for numbers, words in found if right else ():
        yield scale * numbers, (words, right)


def options(line: Line) -> Iterator[tuple[Numbers, str]]:
    """The matrix products of two arrays, or of an array and a gradient, that have the shape of the line."""
    if len(line.array.shape) != 2 or not all(line.array.shape):
        return
    arrays = [(each.data, each.name) for each in line.matrices]
    slopes = [(line.sent(each), f"d{each.name}") for each in line.matrices if each.places.min() >= 0]
    turned = [(slope_.T, f"{of}.T") for slope_, of in slopes]
    for slope_, of in (*slopes, *turned, *arrays):
        for array, name in arrays:
            for left, right, words in (
                (array.T, slope_, f"{name}.T @ {of}"), (array, slope_, f"{name} @ {of}"),
                (slope_, array.T, f"{of} @ {name}.T"), (slope_, array, f"{of} @ {name}"),
            ):  # fmt: skip
                if left.shape[1] == right.shape[0] and (left.shape[0], right.shape[1]) == line.array.shape:
                    yield left @ right, words


def of_another(line: Line) -> Made:
    """The gradient of another array of that shape."""
    for other in line.homes.all:
        if other.shape == line.array.shape and other is not line.array and other.places.min() >= 0:
            yield line.sent(other), (other.name, line.array.name)


def sums(line: Line) -> Made:
    """The gradient of an array added up along another axis, or one row of it."""
    for numbers, words in summed(line):
        if numbers.size == line.right.size:
            yield numbers.reshape(line.right.shape), (words,)


def summed(line: Line) -> Iterator[tuple[Numbers, str]]:
    """The gradients that the line leads to, added up along each axis; and their rows."""
    for other in line.arrays:
        if len(other.shape) == 2:
            slopes = line.sent(other)
            yield from ((slopes.sum(axis), f"the sum of d{other.name} over axis {axis}") for axis in (0, 1))
            yield from ((row, f"row {i} of d{other.name} alone") for i, row in enumerate(slopes))


def beside(change: Callable[[Numbers, Numbers], Numbers]) -> Make:
    """The right gradient, changed by an array of that shape."""

    def made(line: Line) -> Made:
        for other in (line.array, *line.like(line.array)):
            yield change(line.right, other.data), (other.name, line.array.name)

    return made


def extra(line: Line) -> Made:
    """The array itself times a number besides: a regularisation that the loss does not have."""
    data, more = line.array.data, line.given - line.right
    rate = float((more * data).sum() / (data * data).sum())
    if line.array.places.size > 1 and math.isfinite(rate):
        yield line.right + rate * data, (f"{rate:.4g}·{line.array.name}",)


def elsewhere(line: Line) -> Made:
    """Of a node that stands in several places, only what is given in the last one: `=` for `+=` at an index."""
    for claim in line.work.claims:
        if claim is not line.claim and claim.fits and np.isin(claim.quantity.places, line.array.places).all():
            last, there = np.zeros(len(line.flow)), claim.quantity.places >= 0
            last[claim.quantity.places[there]] = claim.fitted[there]
            yield line.array.of(last), (claim.key, line.array.name)
