"""Derivatives of exact products: the product rule over the kernels, and the chain rule into what each is made of.

A jump has the slope 0, as it has everywhere but where it jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, Protocol

from microgrid.formula import OPS, evaluate
from microgrid.formula.budget import spend

from .products import ONE, ZERO, Product, Sum, number, plus, power, times

__all__ = ["Slopes"]

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
        self.known: dict[int, Product] = {}  # of each kernel, over the kernel

    def of(self, x: Product) -> Product:
        """The derivative of a product: itself times the sum of what each factor adds."""
        shares = [times(Product(n), self.of_kernel(each)) for each, n in x.kernels]  # type: ignore[arg-type]
        shares += [times(number(n), self.of_sum(each)) for each, n in x.sums]
        return times(x, added(shares)) if x.number else ZERO

    def of_sum(self, terms: Sum) -> Product:
        """The derivative of a sum, over the sum."""
        slope = added(self.of(Product(factor, monomial)) for monomial, factor in terms)
        return times(slope, Product(ONE.number, (), frozenset({(terms, -1)})))

    def of_kernel(self, kernel: int) -> Product:
        """The derivative of a kernel, over the kernel."""
        if kernel not in self.known:
            spend(1)
            found = self.found(Product(ONE.number, ((kernel, 1),)), *self.kernels.keys[kernel])
            self.known[kernel] = times(found, Product(ONE.number, ((kernel, -1),))) if found.number else ZERO
        return self.known[kernel]

    def found(self, out: Product, kind: str, *inside: Any) -> Product:
        """The derivative of a kernel, by what it is. Raises ArithmeticError for what hides names."""
        words = self.kernels.words
        match kind, inside:
            case "name", (str(name),):
                if name[0] == "∂":
                    raise ArithmeticError("nobody knows what a derivative comes from that is not written out")
                return ONE if name == self.name else ZERO
            case "exp", (monomial, below):
                return times(out, self.of(Product(ONE.number, monomial, below)))
            case "log", (each,):
                return self.of_kernel(each) if isinstance(each, int) else self.of_sum(each)
            case (("log of number" | "step"), _):
                return ZERO
            case "sqrt", (x,):
                return times(self.of(x), power(times(TWO, out), -1))
            case "sin", (x,):
                return times(self.of(x), words["cos"](x))
            case "cos", (x,):
                return times(self.of(x), words["neg"](words["sin"](x)))
        return self.by_the_table(out, kind, inside)

    def by_the_table(self, out: Product, function: str, arguments: Iterable[Product]) -> Product:
        """The derivative of an operation of which nothing else is known: the chain rule over its row."""
        row, given = OPS[function], tuple(arguments)
        names = dict(zip((*row.book.inputs, *row.fixed), (*given, *row.settings.values())))
        words, names = self.kernels.words, {**names, "out": out, "pi": self.kernels.variable("pi")}
        inside = [self.of(each) for each in given]
        pairs = zip(row.book.partials, inside)
        return added(times(evaluate(partial, names, words), slope) for partial, slope in pairs if slope.number)


def added(terms: Iterable[Product]) -> Product:
    return reduce(plus, terms, ZERO)
