"""Exact arithmetic with formulas: products of powers, whose sums have no common factor.

    number · k₁^n₁ · k₂^n₂ · … · (a + b + …)^m₁ · …

A kernel k is whatever is taken for a variable: a name, exp(x), log(x); it has a number. Numbers are fractions,
so what comes to 0 here is 0 everywhere. Only an addition multiplies out, and only what its terms do not share:
p·(1 - p) of p = e/(1 + e) is e·(1 + e)⁻² at once, with no common divisor to be sought.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

from microgrid.formula.budget import DEGREE, TERMS, TooLong, kept, raised, spend, within

__all__ = [
    "ONE",
    "ZERO",
    "Power",
    "Product",
    "Sum",
    "TooLong",
    "minus",
    "normalised",
    "number",
    "plus",
    "power",
    "times",
]

Power = int | Fraction
Monomial = tuple[tuple[int, Power], ...]  # kernels by their numbers, in order, each with its power
Sum = tuple[tuple[Monomial, Fraction], ...]  # terms in order: of no common factor, the first with the number 1


KERNELS = 8  # of all terms of a sum, that take as long as a product of two terms


class Product(NamedTuple):
    """A number times powers of kernels times powers of sums."""

    number: Fraction
    kernels: Monomial = ()
    sums: frozenset[tuple[Sum, int]] = frozenset()


ZERO, ONE = Product(Fraction(0)), Product(Fraction(1))


def number(value: float) -> Product:
    """A number as it is typed: 0.1 is one tenth. Raises ValueError for inf and nan."""
    return Product(Fraction(repr(value)))


def times(a: Product, b: Product) -> Product:
    """a · b."""
    if not (a.number and b.number):
        return ZERO
    return Product(
        kept(a.number * b.number), multiplied(a.kernels, b.kernels), frozenset(merged(a.sums, b.sums).items())
    )


def power(a: Product, n: int) -> Product:
    """aⁿ. Raises ZeroDivisionError for 0 to a negative power."""
    if n == 0:
        return ONE
    sums = frozenset((each, m * n) for each, m in a.sums)
    return Product(raised(a.number, n), tuple((kernel, m * n) for kernel, m in a.kernels), sums)


def plus(a: Product, b: Product) -> Product:
    """a + b."""
    if not (a.number and b.number):
        return a if a.number else b
    kernels, sums = smaller(dict(a.kernels), dict(b.kernels)), smaller(dict(a.sums), dict(b.sums))
    shared = Product(Fraction(1), tuple(sorted(kernels.items())), frozenset(sums.items()))
    rest = power(shared, -1)
    total = multiplied_out(times(a, rest))
    for monomial, factor in multiplied_out(times(b, rest)).items():
        total[monomial] = total.get(monomial, 0) + factor
    return times(shared, normalised(total))


def minus(a: Product, b: Product) -> Product:
    """a - b."""
    return plus(a, b._replace(number=-b.number))


def normalised(terms: Mapping[Monomial, Fraction]) -> Product:
    """A sum of terms as a product: its common factor in front."""
    terms = {monomial: factor for monomial, factor in terms.items() if factor}
    if not terms:
        return ZERO
    spend(sum(map(len, terms)) // KERNELS)
    common = reduce(smaller, map(dict, terms))
    outside = tuple(sorted(common.items()))
    inverse = tuple((kernel, -n) for kernel, n in outside)
    inside = sorted((multiplied(monomial, inverse), factor) for monomial, factor in terms.items())
    (_, lead), *others = inside
    if not others:
        return Product(lead, outside)
    return Product(lead, outside, frozenset({(tuple((monomial, factor / lead) for monomial, factor in inside), 1)}))


def multiplied_out(a: Product) -> dict[Monomial, Fraction]:
    """The terms of a product whose sums have no negative powers."""
    terms = {a.kernels: a.number}
    for each, n in a.sums:
        within(n, DEGREE, "factors of one sum")
        for _ in range(n):
            terms = distributed(terms, each)
    return terms


def distributed(terms: Mapping[Monomial, Fraction], other: Sum) -> dict[Monomial, Fraction]:
    """The terms of one sum times those of another."""
    within(len(terms) * len(other), TERMS, "terms of one sum")
    spend(len(terms) * len(other))
    found: dict[Monomial, Fraction] = {}
    for a, x in terms.items():
        for b, y in other:
            monomial = multiplied(a, b)
            found[monomial] = found.get(monomial, 0) + x * y
    return found


def multiplied(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    return tuple(sorted(merged(a, b).items())) if a and b else a or b


def merged(a: Any, b: Any) -> dict[Any, Any]:
    """Powers added up, without those that come to 0."""
    found = dict(a)
    for base, n in b:
        found[base] = found.get(base, 0) + n
    return {base: n for base, n in found.items() if n}


def smaller(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> dict[Any, Any]:
    """The powers that two products share: the smaller of the two, and 0 for what is not there."""
    found = {base: min(a.get(base, 0), b.get(base, 0)) for base in (*a, *b)}
    return {base: n for base, n in found.items() if n}
