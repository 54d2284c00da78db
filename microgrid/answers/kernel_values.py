"""What exact products come to at a point, between bounds: with derivatives of derivatives, which only algebra has.

log is taken for log|x| in them; here it has a value only where x is above 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from .enclosures import Bounds, Enclosed
from .kernel_slopes import inside, kernels_behind
from .kernels import Kernels
from .products import Monomial, Product

__all__ = ["value"]


def value(kernels: Kernels, x: Product, enclosed: Enclosed) -> Bounds:
    """The bounds of a product where its names have numbers. Raises Unknown and NoValue."""
    known: dict[int, Bounds] = {}
    for kernel in sorted(kernels_behind(kernels.keys, x)):  # what a kernel is made of came before it
        kind, *given = kernels.keys[kernel]
        known[kernel] = (
            enclosed.variable(str(given[0])) if kind == "name" else of_kernel(str(kind), given, known, enclosed)
        )
    return of_product(x, known, enclosed)


def of_kernel(kind: str, given: list[Any], known: Mapping[int, Bounds], enclosed: Enclosed) -> Bounds:
    """The bounds of a kernel, of which those that it is made of are known."""
    words = enclosed.words
    if kind == "log of number":
        return words["log"](float(given[0]))
    return words[kind](*(of_product(each, known, enclosed) for each in inside(kind, *given)))


def of_product(x: Product, known: Mapping[int, Bounds], enclosed: Enclosed) -> Bounds:
    """The bounds of a number times powers of kernels and of sums."""
    words = enclosed.words
    found = of_monomial(x.kernels, x.number, known, enclosed)
    for terms, n in x.sums:
        parts = (of_monomial(monomial, factor, known, enclosed) for monomial, factor in terms)
        found = words["*"](found, words["**"](reduce(words["+"], parts), float(n)))
    return found


def of_monomial(monomial: Monomial, factor: Fraction, known: Mapping[int, Bounds], enclosed: Enclosed) -> Bounds:
    """The bounds of a number times powers of kernels."""
    words = enclosed.words
    found = enclosed.fraction(factor)
    for kernel, n in monomial:
        found = words["*"](found, words["**"](known[kernel], enclosed.fraction(Fraction(n))))
    return found
