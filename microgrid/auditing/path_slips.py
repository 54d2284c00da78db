"""Mistakes in sums over paths: `=` where `+=` belongs, one path left out, with the wrong sign, or too large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

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


def parts(line: Line, array: Holding, key: Callable[[Line, int], str]) -> dict[str, Numbers]:
    """What comes to an array by each path, by what is said of the path; nothing where there is only one."""
    edges = np.flatnonzero(np.isin(line.flow.parent, array.places))
    said = [key(line, each) for each in edges.tolist()]
    kinds = list(dict.fromkeys(said))
    found = {}
    for kind in kinds if 1 < len(kinds) <= MANY else ():
        partial = line.flow.partial.copy()
        partial[edges[[each != kind for each in said]]] = 0.0
        found[kind] = array.of(line.flow.arrived(partial, line.held))
    return found


def to_array(line: Line, edge: int) -> str:
    """The array to which an edge leads."""
    return line.homes.name(line.homes.owner[line.flow.child[edge]])


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
    row = int(line.homes.spot[near]) // int(np.prod(array.shape[1:]))
    return f"{array.name}[{row}]"


KEYS: tuple[Callable[[Line, int], str], ...] = (to_array, by_operation, by_row)


def paths(change: Callable[[Numbers, Numbers], Numbers], least: int = 2) -> Make:
    """The sum over the paths from an array, changed.

    change  of the sum and of the part of one path        least  how many paths there are
    """

    def made(line: Line) -> Made:
        for array, right, found in forks(line):
            for kind, part in found.items() if len(found) >= least else ():
                yield line.holding(array, change(right, part)), (told(array, kind, part), array.name)

    return made


def forks(line: Line) -> Iterator[tuple[Holding, Numbers, dict[str, Numbers]]]:
    """The array of a line, and those between it and the gradients before, with the parts of their paths."""
    for array in (line.array, *line.inner):
        for key in KEYS:
            yield array, array.of(line.arrived), line.kept(parts, array, key)


def told(array: Holding, kind: str, part: Numbers) -> str:
    """What is said of a path: it is that of a regularisation if it is the array itself times a number."""
    there = np.abs(array.data) > 0
    with np.errstate(all="ignore"):
        ratio = part[there] / array.data[there] if part.shape == array.shape else part[:0].ravel()
    if ratio.size > 1 and np.isfinite(ratio).all() and ratio[0] and np.allclose(ratio, ratio.flat[0], rtol=1e-6):
        return f"the regularisation, {ratio.flat[0]:.4g}·{array.name},"
    return f"the path through {kind}"


def steps(line: Line) -> Made:
    """Of an array used again and again, only the first steps, or the last: the sum ends too early."""
    for array, right, found in forks(line):
        kinds = list(found)
        for k in range(2, len(kinds) - 1):
            for some in (kinds[:k], kinds[k:]):
                yield line.holding(array, right - sum(found[each] for each in some)), (", ".join(some), array.name)
