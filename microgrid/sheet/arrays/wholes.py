"""What a sheet is about, as its author has it: numbers, vectors and matrices, each with the formula that was typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from microgrid.formula import Call, Formula, fold
from microgrid.sheet.statements import Script

from .algebra import Algebra
from .one_sample import of_sample
from .registry import element_names, sampled, unsampled, without_sample
from .shapes import Shape

__all__ = ["Whole", "wholes"]


class Whole(NamedTuple):
    """A number, a vector or a matrix; of a sheet with samples that of one sample, where each has its own.

    name      without its sample                              sample  from 1; 0 for what is the same for all
    elements  what its numbers are called, row by row         shape   () of a number
    keyword   what it is given as; '' for what is computed
    formula   what computes it, over arrays, without samples; None for what is given
    """

    name: str
    sample: int
    shape: Shape
    elements: tuple[str, ...]
    keyword: str = ""
    formula: Formula | None = None

    @property
    def called(self) -> str:
        """Its name, with its sample."""
        return sampled(self.name, self.sample)


def wholes(script: Script, algebra: Algebra) -> Iterator[Whole]:
    """All that a sheet is about, in the order of its lines.

    >>> from microgrid import Sheet
    >>> [each.name for each in Sheet.parse("input x = [1, 2]\\nparam w = 3\\nz = w*x\\nL = z·z").wholes]
    ['x', 'w', 'z', 'L']
    """
    given = {leaf.name: leaf.keyword for leaf in script.leaves}
    raw = {each.name: each.formula for each in script.arrays if not each.keyword} | dict(script.over_arrays)
    written = {name: plain_products(algebra.resolved(averaged(each, algebra)), algebra) for name, each in raw.items()}
    formulas = {name: each.formula for each in script.equations for name in each.names}
    seen: set[str] = set()
    for element in (*given, *formulas):
        base, sample = unsampled(element)
        name = algebra.arrays.owned(base)
        if (called := sampled(name, sample)) in seen:
            continue
        seen.add(called)
        shape = algebra.arrays.known[name].shape if name in algebra.arrays.known else ()
        elements = element_names(name, shape, sample) if shape else (element,)
        formula = None if element in given else written.get(name, formulas.get(element))
        yield Whole(name, sample, shape, elements, given.get(element, ""), formula)


def averaged(formula: Formula, algebra: Algebra) -> Formula:
    """The formula with `mean over samples of L` where that was written out."""
    count = algebra.arrays.samples

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        inside = arguments[0] if arguments else None
        if count and node.function in ("mean", "sum") and isinstance(inside, Call) and inside.function == "items":
            same = {without_sample(each, k) for k, each in enumerate(inside.arguments, 1)}
            (first, *others) = same
            if not others and of_sample(first, 1, algebra.arrays) == inside.arguments[0] != first:
                return Call(f"{node.function} over samples", (first,), node.at)
        return Call(node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def plain_products(formula: Formula, algebra: Algebra) -> Formula:
    """The formula with the usual product where both factors are numbers: in books both are `·`."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        of_numbers = node.function == "·" and not any(map(algebra.shape, arguments))
        return Call("*" if of_numbers else node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]
