"""Derivatives of exact products: the product rule over the kernels, and the chain rule into what each is made of.

A jump has the slope 0, as it has everywhere but where it jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, Protocol

from microgrid.formula import OPS, evaluate
from microgrid.formula.budget import spend

from .products import ONE, ZERO, Monomial, Product, Sum, number, plus, power, times

__all__ = ["Slopes", "inside", "kernels_behind"]

TWO = number(2.0)


class Known(Protocol):
    """What has to be known of kernels: what each is, and the words over them."""

    keys: list[tuple[Any, ...]]
    words: Mapping[str, Callable[..., Any]]

    def variable(self, name: str) -> Product:
        """The kernel of a name."""


class Slopes:
    """The derivatives of products by one name.

    kernels  what the products are made of      name  by which is differentiated
    """

    def __init__(self, kernels: Known, name: str) -> None:
        self.kernels, self.name = kernels, name
        self.known: dict[int, Product] = {}  # the derivative of each kernel, over the kernel

    def of(self, x: Product) -> Product:
        """The derivative of a product. Raises TooLong, and ArithmeticError where names are hidden in it."""
        for kernel in sorted(kernels_behind(self.kernels.keys, x, {"step"})):  # what a kernel is made of came before it
            if kernel not in self.known:
                spend(1)
                found = self.of_kernel(Product(ONE.number, ((kernel, 1),)), *self.kernels.keys[kernel])
                self.known[kernel] = times(found, Product(ONE.number, ((kernel, -1),)))
        return self.by_factors(x)

    def by_factors(self, x: Product) -> Product:
        """The derivative of a product: itself times the sum of what each factor adds."""
        shares = [self.of_monomial(x.kernels)]
        shares += [times(number(n), self.of_sum(each)) for each, n in x.sums]
        return times(x, added(shares))

    def of_monomial(self, monomial: Monomial) -> Product:
        """The derivative of a product of kernels, over the product."""
        return added(times(Product(Fraction(n)), self.known[kernel]) for kernel, n in monomial)

    def of_sum(self, terms: Sum) -> Product:
        """The derivative of a sum, over the sum."""
        slopes = (times(Product(factor, monomial), self.of_monomial(monomial)) for monomial, factor in terms)
        return times(added(slopes), Product(ONE.number, (), frozenset({(terms, -1)})))

    def of_kernel(self, out: Product, kind: str, *given: Any) -> Product:
        """The derivative of a kernel, by what it is. Raises ArithmeticError for what hides names."""
        if kind == "name":
            if given[0][0] == "∂":
                raise ArithmeticError("nobody knows what is in a derivative that is not written out")
            return ONE if given == (self.name,) else ZERO
        if kind == "step":
            return ZERO
        words, slopes = self.kernels.words, [self.by_factors(each) for each in inside(kind, *given)]
        if not any(each.number for each in slopes):
            return ZERO
        match kind:
            case "exp":
                return times(out, slopes[0])
            case "log":
                return times(slopes[0], power(inside(kind, *given)[0], -1))
            case "sqrt":
                return times(slopes[0], power(times(TWO, out), -1))
            case "sin":
                return times(slopes[0], words["cos"](*given))
            case "cos":
                return times(slopes[0], words["neg"](words["sin"](*given)))
        return self.by_the_table(out, kind, given, slopes)

    def by_the_table(self, out: Product, function: str, given: Sequence[Any], slopes: Sequence[Product]) -> Product:
        """The derivative of an operation of which nothing else is known: the chain rule over its row."""
        row, words = OPS[function], self.kernels.words
        names = dict(zip((*row.book.inputs, *row.fixed), (*given, *row.settings.values())))
        names |= {"out": out, "pi": self.kernels.variable("pi")}
        pairs = zip(row.book.partials, slopes)
        return added(words["*"](evaluate(each, names, words), slope) for each, slope in pairs)


def inside(kind: str, *given: Any) -> Sequence[Product]:
    """What a kernel is made of."""
    match kind, given:
        case (("name" | "log of number"), _):
            return ()
        case "step", (kernels, sums):
            return (Product(ONE.number, kernels, sums),)
        case "exp", (monomial, below):
            return (Product(ONE.number, monomial, below),)
        case "log", (int(kernel),):
            return (Product(ONE.number, ((kernel, 1),)),)
        case "log", (terms,):
            return (Product(ONE.number, (), frozenset({(terms, 1)})),)
    return given


def kernels_behind(keys: Sequence[Any], x: Product, closed: Collection[str] = ()) -> set[int]:
    """The kernels in a product, and in what these are made of, but for some kinds."""
    found: set[int] = set()
    pending = [x]
    while pending:
        for kernel in kernels_in(pending.pop()) - found:
            found.add(kernel)
            pending += inside(*keys[kernel]) if keys[kernel][0] not in closed else ()
    return found


def kernels_in(x: Product) -> set[int]:
    """The kernels of a product and of its sums."""
    return {kernel for kernel, _ in x.kernels} | {
        kernel for terms, _ in x.sums for each, _ in terms for kernel, _ in each
    }


def added(terms: Iterable[Product]) -> Product:
    """The sum of some products."""
    return reduce(plus, terms, ZERO)
