"""Arrays while a line is read: a shape, and a formula for each element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from microgrid.formula import Call, Formula, Name, Number

from .shapes import Shape, columns_of, turned

__all__ = [
    "ALL",
    "All",
    "Elements",
    "Family",
    "Items",
    "Products",
    "Range",
    "added",
    "number",
    "places",
    "settled",
    "total",
    "transposed",
    "wrapped",
]


class Products(NamedTuple):
    """w₁x₁ + w₂x₂ + …, of which a bias may still make one node."""

    weights: tuple[Formula, ...]
    inputs: tuple[Formula, ...]


class Elements(NamedTuple):
    """A number, vector or matrix.

    shape     of it                      items   its elements, row by row
    parts     how many parts the longest of them has at most, written out
    together  what computes all of them at once: a softmax
    """

    shape: Shape
    items: tuple[Formula | Products, ...]
    parts: int = 1
    together: Formula | None = None

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas of its elements."""
        return tuple(map(settled, self.items))

    @property
    def rows(self) -> list[tuple[Formula, ...]]:
        """The formulas row by row."""
        found, width = self.formulas, columns_of(self.shape)
        return [found[i : i + width] for i in range(0, len(found), width)]

    @property
    def columns(self) -> list[tuple[Formula, ...]]:
        """The formulas column by column."""
        found, width = self.formulas, columns_of(self.shape)
        return [found[i::width] for i in range(width)]


class Family(NamedTuple):
    """z[1], z[2] …: what its members are called, by their indices; `base` is what all are called.

    sample  whose members are meant; 0 for none
    around  what stands before and behind the name of each: `next `, `before(` and `)`
    """

    base: str
    members: Mapping[tuple[int, ...], str]
    sample: int = 0
    around: tuple[str, str] = ("", "")


def wrapped(found: Elements, before: str, behind: str) -> Elements:
    """An array of what rounds say of each element: next W[1,1], before(W[1,1])."""
    names = (f"{before}{each.name}{behind}" for each in found.items if isinstance(each, Name))
    return found._replace(items=tuple(map(Name, names))) if before else found


class Items(NamedTuple):
    """What a sum over a range adds up."""

    each: tuple[Elements, ...]


class Range(NamedTuple):
    """The places from one to another, both counted."""

    low: int
    high: int


class All(NamedTuple):
    """`:`, all places."""


ALL = All()


def number(formula: Formula, parts: int = 1) -> Elements:
    """A number as an array."""
    return Elements((), (formula,), parts)


def settled(item: Formula | Products) -> Formula:
    """The formula of an element: products and their sum.

    >>> from microgrid.formula import Name
    >>> settled(Products((Name("w"),), (Name("x"),)))
    Call(function='*', arguments=(Name(name='w'), Name(name='x')))
    """
    if not isinstance(item, Products):
        return item
    return total([Call("*", pair) for pair in zip(item.weights, item.inputs)])


def total(terms: Sequence[Formula], function: str = "sum") -> Formula:
    """The sum of some terms, as one node; the logarithm of the sum of their exponentials, the largest."""
    if not terms:
        return Number(0.0)
    return terms[0] if len(terms) == 1 else Call(function, tuple(terms))


def added(left: Formula | Products, right: Formula | Products, at: int) -> Formula | Products:
    """The sum of two elements: products and a bias are one node, as in a neuron."""
    if isinstance(left, Products) and isinstance(right, Products):
        return Products(left.weights + right.weights, left.inputs + right.inputs)
    if isinstance(left, Products) and not is_affine(right):
        return Call("affine", (*left.weights, *left.inputs, settled(right)), at)
    if isinstance(right, Products) and not is_affine(left):
        return Call("affine", (*right.weights, *right.inputs, settled(left)), at)
    return Call("+", (settled(left), settled(right)), at)


def is_affine(item: Formula | Products) -> bool:
    """Whether it has its bias already."""
    return isinstance(item, Call) and item.function == "affine"


def transposed(matrix: Elements) -> Elements:
    """Rows as columns."""
    items = matrix.items if len(matrix.shape) < 2 else tuple(each for column in matrix.columns for each in column)
    return matrix._replace(shape=turned(matrix.shape), items=items, together=None)


def places(shape: Shape) -> list[tuple[int, ...]]:
    """The places of an array, row by row.

    >>> places((2, 2)), places((2,)), places(())
    ([(1, 1), (1, 2), (2, 1), (2, 2)], [(1,), (2,)], [()])
    """
    if len(shape) < 2:
        return [(i,) for i in range(1, shape[0] + 1)] if shape else [()]
    return [(i, j) for i in range(1, shape[0] + 1) for j in range(1, shape[1] + 1)]
