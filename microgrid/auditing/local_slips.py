"""Mistakes in local derivatives: one left out, one taken twice, another array in a product, another layer's mask.

Each of these functions takes a line of the backward pass and gives what it would be with such a mistake in it, with
what the words of the catalogue, `causes`, name; or it takes what is changed, and gives such a function. A mistake is
made in all edges that are alike: those of one operation with one array, on the way to one array.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from microgrid.answers.wrong_slopes import written
from microgrid.formula import OPS, Formula, Op, evaluate
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.lettering import written as text_of
from microgrid.formula.words import WORDS

from .homes import NOWHERE, family_of
from .work import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = [
    "Edges", "Made", "Make", "exchanged", "is_function", "is_mask", "local", "masks", "mistaken", "of", "shifted",
    "slope", "slopes_shifted", "spelt",
]  # fmt: skip

Made = Iterator[tuple["Numbers", tuple[str, ...]]]
Make = Callable[[Line], Made]
MASKS = ("max", "relu", "where", "clamp", "min", "hardtanh", "abs")
PLAIN = ("add", "sub", "neg", "identity", "mul", "div", "sum", *MASKS)  # no functions with a slope of their own
ORDERED = ("sub", "div", "power")  # whose inputs are not alike


class Edges(NamedTuple):
    """Edges that are alike.

    op       the operation, and `slot` its input        partner  the array in which its other input stands
    child    the array that they lead to                parent   the array from which they come
    at       which edges of the flow
    """

    op: Op
    slot: int
    partner: int
    child: int
    parent: int
    at: NDArray[np.intp]


def alike_edges(line: Line) -> list[Edges]:
    """The edges between a gradient and those before it, those that are alike together."""
    return sorted_out(line, np.arange(len(line.homes.all) + 1))


def families(line: Line) -> list[Edges]:
    """The same, but of all steps together where there is one for each: of h[1], h[2] and h[3]."""
    apart = {tuple(each.at) for each in line.kept(alike_edges)}
    return [each for each in sorted_out(line, line.homes.family) if tuple(each.at) not in apart]


def sorted_out(line: Line, kind: NDArray[np.intp]) -> list[Edges]:
    """The edges that are alike.

    kind  of each array, which are taken for one
    """
    flow, homes = line.flow, line.homes
    found: dict[tuple[Any, ...], list[int]] = {}
    for at in np.flatnonzero(line.reach[0][flow.parent]).tolist():
        child, parent = int(flow.child[at]), int(flow.parent[at])
        op = flow.graph.nodes[child].op
        slot = int(flow.slot[at]) if op.name in ORDERED else 0
        where = homes.of[partner(line, at)], homes.owner[child], homes.of[parent]
        key = op, slot, *(NOWHERE if each == NOWHERE else int(kind[each]) for each in where)
        found.setdefault(key, []).append(at)
    return [Edges._make([*key, np.array(at)]) for key, at in found.items()]


def partner(line: Line, edge: int) -> int:
    """The other input of a node that has two; else its own."""
    parents = line.flow.graph.parents[line.flow.child[edge]]
    other = len(parents) - 1 - line.flow.slot[edge] if len(parents) == 2 else line.flow.slot[edge]
    return line.flow.graph.index[parents[other]]


def partners(line: Line, edges: Edges) -> NDArray[np.intp]:
    return np.array([partner(line, each) for each in edges.at.tolist()], np.intp)


def put(line: Line, *changes: tuple[Edges, Numbers]) -> Numbers:
    """What the line would be with other local derivatives at some edges."""
    partial = line.flow.partial.copy()
    for edges, numbers in changes:
        partial[edges.at] = numbers
    return line.after(partial)


# ── what is called how ─────────────────────────────────────────────────────────────────────


def slope_of(line: Line, edges: Edges) -> str:
    """∂h/∂z, or how else a local derivative is told."""
    homes, child, parent = line.homes, line.flow.child[edges.at], line.flow.parent[edges.at]
    of, by = called(line, homes.owner[child]), called(line, homes.of[parent])
    if edges.parent == NOWHERE or homes.of[child[0]] == NOWHERE:
        return f"{edges.op.name}′" + f" on the way to {of}" * bool(homes.owner[child[0]] != NOWHERE)
    return f"∂{of}/∂{by}"


def called(line: Line, homes: NDArray[np.intp]) -> str:
    """The array in which nodes stand, or the family of all these arrays."""
    several = len(set(homes.tolist())) > 1
    return line.homes.family_name(int(homes[0])) if several else line.homes.name(int(homes[0]))


def partner_name(line: Line, edges: Edges) -> str:
    """The array, the number or the operation that the other input is."""
    nodes = partners(line, edges)
    if edges.partner != NOWHERE:
        return called(line, line.homes.of[nodes])
    first = line.flow.graph.nodes[nodes[0]]
    if first.parents:
        return f"the {first.op.name}"
    return "the number" if len(set(line.flow.data[nodes])) > 1 else f"{first.data:.6g}"


# ── local derivatives by formulas ──────────────────────────────────────────────────────────


def of(*names: str, slot: int = 0) -> Callable[[Edges], bool]:
    """Whether edges are an input of one of these operations."""
    return lambda edges: edges.op.name in names and edges.slot == slot


def is_function(edges: Edges) -> bool:
    """Whether their operation is a function with a slope of its own."""
    return edges.op.name not in PLAIN


def is_mask(edges: Edges) -> bool:
    """Whether it lets through or does not."""
    return edges.op.name in MASKS


def local(where: Callable[[Edges], bool], change: Callable[[Numbers, Numbers], Any]) -> Make:
    """Local derivatives changed where they stand.

    where   of which edges        change  of the right ones and of the other input of a product
    """

    def made(line: Line) -> Made:
        for edges in filter(where, [*line.kept(alike_edges), *line.kept(families)]):
            numbers = change(line.flow.partial[edges.at], line.flow.data[partners(line, edges)])
            yield put(line, (edges, numbers)), (slope_of(line, edges), partner_name(line, edges))

    return made


def mistaken(line: Line) -> Made:
    """Another formula for the derivative of a function, as people write it: with z for a, or of another function."""
    for edges in filter(is_function, [*line.kept(alike_edges), *line.kept(families)]):
        if is_written(edges):
            right, *wrong = written(edges.op.name)
            x, out = line.flow.data[line.flow.parent[edges.at]], line.flow.data[line.flow.child[edges.at]]
            for formula in wrong:
                if (numbers := slope(formula, x, out)) is not None:
                    told = spelt((formula, right), *letters(line, edges))
                    yield put(line, (edges, numbers)), (f"{edges.op.name}′", *told)


def is_written(edges: Edges) -> bool:
    """Whether the slope of their operation is written as a formula of one number."""
    return edges.op.name in OPS and len(edges.op.stable.inputs) == 1 and not edges.op.fixed


def letters(line: Line, edges: Edges) -> tuple[str, str]:
    """How x and out are called in the formula of a slope."""
    parent, child = line.homes.of[line.flow.parent[edges.at]], line.homes.of[line.flow.child[edges.at]]
    x, out = (called(line, each) if each.min() != NOWHERE else "" for each in (parent, child))
    return x or "x", out or "out"


def spelt(formulas: Iterable[Formula], x: str, out: str) -> Iterator[str]:
    """Formulas of x and out in the names of the arrays."""
    names = {"x": x, "out": out}
    return (text_of(each, 4, name=lambda name: names.get(name, name)) for each in formulas)


def slope(formula: Formula, x: Numbers, out: Numbers) -> Numbers | None:
    """A formula of x and out at many places; None where it has no number."""
    try:
        pairs = zip(x.tolist(), out.tolist())
        found = [evaluate(formula, {**CONSTANTS, "x": each, "out": made}, WORDS) for each, made in pairs]
    except (ArithmeticError, ValueError):
        return None
    return np.array(found, float)


# ── another array ──────────────────────────────────────────────────────────────────────────


def masks(line: Line) -> Made:
    """The mask of another array of that shape."""
    homes = line.homes
    for edges in filter(is_mask, line.kept(alike_edges)):
        of_home = homes.array(int(line.flow.child[edges.at[0]]))
        options = [(each.data, each.name) for each in line.like(of_home)] if of_home else []
        options += [(line.sent(each), f"d{each.name}") for each in homes.all if of_home and each.shape == of_home.shape]
        for data, name in options:
            numbers = (data.ravel()[homes.spot[line.flow.child[edges.at]]] > 0).astype(float)
            yield put(line, (edges, numbers)), (name, slope_of(line, edges))


def exchanged(line: Line, turning: bool = False) -> Made:
    """Another array of that shape in a product; or the same transposed."""
    for edges in [*line.kept(alike_edges), *line.kept(families)]:
        nodes = partners(line, edges) if edges.op.name == "mul" and edges.partner != NOWHERE else edges.at[:0]
        if len(set(line.homes.of[nodes])) == 1:
            array, spots = line.homes.all[line.homes.of[nodes[0]]], line.homes.spot[nodes]
            if turning and len(array.shape) == 2 and array.shape[0] == array.shape[1]:
                yield put(line, (edges, array.data.T.ravel()[spots])), (array.name,)
            for other in () if turning else line.like(array):
                yield put(line, (edges, other.data.ravel()[spots])), (other.name, array.name)


def shifted(line: Line) -> Made:
    """In all products the array of the step before, or of the next: h[2] for h[1], h[3] for h[2]."""
    found = [each for each in line.kept(alike_edges) if each.op.name == "mul" and each.partner != NOWHERE]
    for step in (1, -1):
        moved = [(each, partners(line, each)) for each in found]
        changes = [(each, nodes, beside(line, nodes, step)) for each, nodes in moved]
        yield from together(line, changes + (list(from_the_first(line)) if step == 1 else []), step)


def from_the_first(line: Line) -> Iterator[tuple[Edges, NDArray[np.intp], Numbers | None]]:
    """In products of a matrix with the state before the first step, which is plain numbers, the first state."""
    homes, flow = line.homes, line.flow
    for edges in line.kept(alike_edges):
        if edges.op.name != "mul" or edges.partner != NOWHERE or flow.graph.nodes[partners(line, edges)[0]].parents:
            continue
        nodes = homes.near[flow.child[edges.at]]
        state, matrix = homes.array(int(nodes[0])), homes.array(int(flow.parent[edges.at[0]]))
        if state is None or matrix is None or matrix.shape != (*state.shape[1:], *state.shape[1:]):
            continue
        width = state.shape[1]
        rows, columns = homes.spot[nodes] // width, homes.spot[flow.parent[edges.at]] // width
        yield edges, nodes, state.data[rows, columns]


def slopes_shifted(line: Line) -> Made:
    """In all slopes the value of the step before, or of the next: 1 - h[0]² for 1 - h[1]²."""
    for step in (1, -1):
        moved = []
        for edges in filter(is_function, line.kept(alike_edges)):
            nodes, x = line.flow.child[edges.at], line.flow.data[line.flow.parent[edges.at]]
            out = beside(line, nodes, step) if is_written(edges) else None
            moved.append((edges, nodes, None if out is None else slope(written(edges.op.name)[0], x, out)))
        yield from together(line, moved, step)


def together(line: Line, moved: list[tuple[Edges, NDArray[np.intp], Numbers | None]], step: int) -> Made:
    """All changes to the arrays of one family at once."""
    homes = line.homes
    changes = [(homes.all[homes.of[nodes[0]]], edges, found) for edges, nodes, found in moved if found is not None]
    for family in dict.fromkeys(family_of(array.name) for array, _, _ in changes):
        some = [each for each in changes if family_of(each[0].name) == family]
        name = min(array.name for array, _, _ in some)
        if len(some) > 1:
            yield put(line, *((edges, found) for _, edges, found in some)), (renumbered(name, step), name)


def renumbered(name: str, step: int) -> str:
    """h[2] for h[1]."""
    return re.sub(r"-?\d+(?!.*\d)", lambda found: str(int(found[0]) + step), name)


def beside(line: Line, nodes: NDArray[np.intp], step: int) -> Numbers | None:
    """The numbers that stand where these nodes do in the array of another step; None where there is none."""
    array = line.homes.array(int(nodes[0]))
    known = {**line.work.arrays, **{each.name: each for each in line.homes.all}}
    other = known.get(renumbered(array.name, step)) if array else None
    if array is None or other is None or other is array or other.shape != array.shape:
        return None
    return other.data.ravel()[line.homes.spot[nodes]]
