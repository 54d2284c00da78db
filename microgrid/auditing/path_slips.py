"""Mistakes in sums over paths: `=` where `+=` belongs, one path left out, with the wrong sign, or too large."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .holdings import Holding
from .homes import NOWHERE
from .local_slips import Made, Make
from .work import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["paths", "steps"]

MANY = 64  # paths that are told apart


def to_array(line: Line, edge: int) -> str:
    """The array to which an edge leads."""
    return line.homes.name(line.homes.owner[line.flow.child[edge]])


def to_family(line: Line, edge: int) -> str:
    """The list of arrays, or the numbered variables, of which it is one."""
    return line.homes.family_name(int(line.homes.owner[line.flow.child[edge]]))


def by_operation(line: Line, edge: int) -> str:
    """The operation by which an array is used."""
    node = line.flow.graph.nodes[line.flow.child[edge]]
    places = ("first", "second")
    place = f" as its {places[line.flow.slot[edge]]} input" if node.op.name in ("sub", "div") else ""
    return f"{node.op.name}{place}"


def by_row(line: Line, edge: int) -> str:
    """The row of an array to which an edge leads: a sample, or a step in time."""
    near = line.flow.child[edge]
    near = near if line.homes.of[near] != NOWHERE else line.homes.near[near]
    array = line.homes.array(int(near))
    if array is None or len(array.shape) < 2:
        return ""
    row = int(line.homes.spot[near]) // math.prod(array.shape[1:])
    return f"row {row} of {array.name}"


KEYS: tuple[Callable[[Line, int], str], ...] = (to_array, to_family, by_operation, by_row)


def paths(one: float, others: float = 1.0, least: int = 2) -> Make:
    """What comes by one path times a number, and by the others times another.

    least  how many paths there are at least
    """

    def made(line: Line) -> Made:
        for array, edges, said in forks(line):
            kinds = list(dict.fromkeys(said))
            for kind in kinds if least <= len(kinds) <= MANY else ():
                factors = [one if each == kind else others for each in said]
                numbers = line.after(scaled(line, edges, np.where(is_fork(line, edges, said), factors, 1.0)))
                yield numbers, (told(line, kind, numbers, one) if array is line.array else through(kind), array.name)

    return made


def forks(line: Line) -> Iterator[tuple[Holding, NDArray[np.intp], list[str]]]:
    """The array of a line, and those between it and the gradients before, with the edges that leave it, as told."""
    for array in (line.array, *line.inner):
        edges = np.flatnonzero(np.isin(line.flow.parent, array.places))
        for key in KEYS:
            said = [key(line, each) for each in edges.tolist()]
            if "" not in said:
                yield array, edges, said


def is_fork(line: Line, edges: NDArray[np.intp], said: list[str]) -> NDArray[np.bool_]:
    """Of edges whether several paths leave the node from which they come: of a single one nothing is left out."""
    kinds: dict[int, set[str]] = {}
    for node, kind in zip(line.flow.parent[edges].tolist(), said):
        kinds.setdefault(node, set()).add(kind)
    return np.array([len(kinds[node]) > 1 for node in line.flow.parent[edges].tolist()], bool)


def scaled(line: Line, edges: NDArray[np.intp], factors: Any) -> Numbers:
    """The local derivatives, some of them times numbers."""
    partial = line.flow.partial.copy()
    partial[edges] *= factors
    return partial


def through(kind: str) -> str:
    """A path in words."""
    return f"the path through {kind}"


def told(line: Line, kind: str, numbers: Numbers, factor: float) -> str:
    """What is said of a path: it is that of a regularisation if it gives the array itself times a number."""
    there, data = np.abs(line.array.data) > 0, line.array.data
    rates = (numbers - line.right)[there] / (factor - 1) / data[there]
    if rates.size > 1 and np.isfinite(rates).all() and rates[0] and np.allclose(rates, rates[0], rtol=1e-6):
        return f"the regularisation, {rates[0]:.4g}·{line.array.name},"
    return through(kind)


def steps(line: Line) -> Made:
    """Of an array that is used again and again only the first uses, or the last: the sum ends too early."""
    for array, edges, said in forks(line):
        kinds = list(dict.fromkeys(said))
        for k in range(2, len(kinds) - 1) if len(kinds) <= MANY else ():
            for some in (kinds[:k], kinds[k:]):
                factors = [0.0 if each in some else 1.0 for each in said]
                yield line.after(scaled(line, edges, factors)), (", ".join(sorted(some)), array.name)
