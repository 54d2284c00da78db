"""The functions of formulas over exact products: what each is made of, and the laws that it keeps.

A kernel is what is taken for a variable. exp, sigmoid, tanh, softmax … share the kernels eˣ, one for each term
of x, so that e^(a + b) is e^a · e^b. log is taken for log|x|, which is log wherever that has a value, and falls
apart: log(x/y) = log x - log y. A kink is a step: relu(x) = x · step(x), and step(-x) = 1 - step(x), as it is
everywhere but on the kink itself. Three kinds of kernel know their square: step² = step, cos² = 1 - sin² and
√x² = x. What else a function may be, it is a kernel of its own, of which nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from microgrid.formula import OPS, Call, Op, evaluate
from microgrid.formula.budget import DEGREE, PROOF, Budget, kept, raised

from .kernel_slopes import Slopes
from .products import ONE, ZERO, Monomial, Product, Sum, minus, multiplied_out, number, plus, power, times

__all__ = ["Kernels"]

MINUS, TWO = number(-1.0), number(2.0)
LARGEST_NUMBER = 10**6

Word = Callable[..., Product]
Below = frozenset[tuple[Sum, int]]


class Kernels:
    """The kernels of one proof, or of several about one array, and the words of formulas over them.

    keys     what each kernel is, in the order in which they came: its arguments came before it
    squares  the square of each that knows it
    of_numbers  of the roots of numbers what they are taken of
    held     the steps that are known to be 0 or 1
    budget   how many terms may be written down
    """

    def __init__(self, proofs: int = 1, whole: Budget | None = None) -> None:
        self.keys: list[tuple[Hashable, ...]] = []
        self.numbers: dict[tuple[Hashable, ...], int] = {}
        self.squares: dict[int, Product] = {}
        self.of_numbers: dict[int, Fraction] = {}
        self.held: dict[int, Product] = {}
        self.slopes: dict[str, Slopes] = {}
        self.budget = Budget(PROOF * proofs, "products of terms", whole)
        self.words: Mapping[str, Callable[..., Any]] = vocabulary(self)

    def numbered(self, *key: Hashable) -> int:
        """The number of a kernel, by what it is."""
        if key not in self.numbers:
            self.numbers[key] = len(self.keys)
            self.keys.append(key)
        return self.numbers[key]

    def kernel(self, *key: Hashable) -> Product:
        """A kernel by what it is."""
        return Product(Fraction(1), ((self.numbered(*key), 1),))

    def variable(self, name: str) -> Product:
        """A name, of which nothing is known either."""
        return self.kernel("name", name)

    def lifting(self, word: Word) -> Word:
        """The word, which then takes numbers too, and counts what it writes down. Raises TooLong."""

        def call(*x: Any) -> Product:
            found = word(*(each if isinstance(each, Product) else number(float(each)) for each in x))
            found = self.reduced(found) if self.of_numbers else found
            self.budget.spend(1 + sum(len(each) for each, _ in found.sums))
            return found

        return call

    def slope(self, x: Product | float, name: str) -> Product:
        """The derivative of a product by a name. Raises TooLong, and ArithmeticError where a derivative is in it."""
        whole = x if isinstance(x, Product) else number(float(x))
        return self.slopes.setdefault(name, Slopes(self, name)).of(whole)

    def reduced(self, x: Product) -> Product:
        """The same, the squares of roots of numbers as the numbers that they are."""
        factor, powers = x.number, dict(x.kernels)
        for kernel in self.of_numbers.keys() & powers.keys():
            half = math.trunc(powers[kernel] / 2)
            factor, powers[kernel] = factor * raised(self.of_numbers[kernel], half), powers[kernel] - 2 * half
        return Product(kept(factor), tuple((kernel, n) for kernel, n in powers.items() if n), x.sums)

    # ── functions that keep laws ──

    def exp(self, x: Product) -> Product:
        """The product of the exponentials of the terms of x."""
        below = frozenset((each, n) for each, n in x.sums if n < 0)
        terms = multiplied_out(x._replace(sums=x.sums - below))
        return reduce(times, (self.exp_of_term(each, n, below) for each, n in terms.items() if n), ONE)

    def exp_of_term(self, term: Monomial, n: Fraction, below: Below) -> Product:
        """e^(n · term): a power of what the term is the logarithm of, else a kernel."""
        ((kernel, power_of_it), *others) = term or ((0, 0),)
        if power_of_it == 1 and n.denominator == 1 and abs(n) <= DEGREE and not (others or below):
            match self.keys[kernel]:
                case "log of number", int() as whole:
                    return Product(Fraction(whole) ** n.numerator)
                case "log", int() as each:
                    found = Product(Fraction(1), ((each, n.numerator),))
                    return self.abs(found) if n.numerator % 2 else found
                case "log", tuple() as each if self.is_positive(each):
                    return Product(Fraction(1), (), frozenset({(each, n.numerator)}))
        return Product(Fraction(1), ((self.numbered("exp", term, below), plain(n)),))

    def is_positive(self, each: Sum) -> bool:
        """Whether a sum is above 0, as each of its terms is."""
        return all(factor > 0 and all(self.keys[kernel][0] == "exp" for kernel, _ in term) for term, factor in each)

    def log(self, x: Product) -> Product:
        """The logarithms of the factors of x, added up."""
        parts = [self.log_of_whole(abs(x.number.numerator)), minus(ZERO, self.log_of_whole(x.number.denominator))]
        parts += [times(Product(Fraction(n)), self.log_of_kernel(each)) for each, n in x.kernels]
        parts += [times(Product(Fraction(n)), self.kernel("log", each)) for each, n in x.sums]
        return reduce(plus, parts)

    def log_of_kernel(self, each: int) -> Product:
        """The logarithm of a kernel: that of an exponential is the term it was made of."""
        if self.keys[each][0] != "exp":
            return self.kernel("log", each)
        _, monomial, below = self.keys[each]
        return Product(Fraction(1), monomial, below)  # type: ignore[arg-type]

    def log_of_whole(self, n: int) -> Product:
        """The logarithm of a whole number: those of its prime factors. Raises ZeroDivisionError for 0."""
        if n == 0:
            raise ZeroDivisionError
        if n > LARGEST_NUMBER:
            return self.kernel("log of number", n)
        return reduce(plus, (self.kernel("log of number", p) for p in primes(n)), ZERO)

    def sqrt(self, x: Product) -> Product:
        """What is squared in x, as it is without its sign; and the root of the rest, which knows its square."""
        if not x.number:
            return ZERO
        root, rest = root_of(abs(x.number))
        even = tuple(each for each in x.kernels if self.keys[each[0]][0] == "exp" or each[1] % 2 == 0)
        twice = frozenset(each for each in x.sums if each[1] % 2 == 0)
        sign = Fraction(1 if x.number > 0 else -1)
        inside = Product(sign, tuple(each for each in x.kernels if each not in even), x.sums - twice)
        number = times(Product(root), over(self.root_of_whole(rest.numerator), self.root_of_whole(rest.denominator)))
        outside = [Product(Fraction(1), ((kernel, plain(Fraction(n) / 2)),)) for kernel, n in even]
        outside += [Product(Fraction(1), (), frozenset({(each, n // 2)})) for each, n in twice]
        return reduce(times, map(self.abs, outside), times(number, self.root(inside)))

    def root_of_whole(self, n: int) -> Product:
        """The root of a whole number: those of its prime factors."""
        factors = primes(n) if n <= LARGEST_NUMBER else [n]
        return reduce(times, (self.root(Product(Fraction(each))) for each in factors), ONE)

    def root(self, x: Product) -> Product:
        """A kernel that knows its square."""
        if x == ONE:
            return ONE
        root = self.numbered("sqrt", x)
        self.squares[root] = x
        if not (x.kernels or x.sums):
            self.of_numbers[root] = x.number
        return Product(Fraction(1), ((root, 1),))

    def abs(self, x: Product) -> Product:
        """x, or -x where it is below 0."""
        return times(x, minus(times(TWO, self.step(x)), ONE))

    def step(self, x: Product) -> Product:
        """0 or 1, the same for every positive multiple of x; a step in x is there in what comes of it."""
        gates = tuple((kernel, n) for kernel, n in x.kernels if self.keys[kernel][0] == "step" and n > 0)
        signed = tuple(each for each in x.kernels if each not in gates and self.keys[each[0]][0] != "exp")
        sums = frozenset(each for each in x.sums if not self.is_positive(each[0]))
        through = Product(Fraction(1), gates)
        if not (signed or sums):
            return through if x.number > 0 else ZERO
        found = self.numbered("step", signed, sums)
        taken = self.held.get(found, Product(Fraction(1), ((found, 1),)))
        self.squares.setdefault(found, taken)
        return times(through, taken if x.number > 0 else minus(ONE, taken))

    def hold(self, x: Product, is_positive: bool) -> None:
        """From now on x is above 0, or below it, if that can be known of it."""
        upwards = x._replace(number=abs(x.number))
        match self.step(upwards).kernels:
            case ((kernel, 1),) if self.keys[kernel][0] == "step":
                self.held.setdefault(kernel, ONE if is_positive == (x.number > 0) else ZERO)

    def sin(self, x: Product) -> Product:
        """An odd function."""
        size = Product(Fraction(x.number > 0) * 2 - 1)
        return times(size, self.kernel("sin", x._replace(number=abs(x.number)))) if x.number else ZERO

    def cos(self, x: Product) -> Product:
        """An even function, whose square is 1 - sin²."""
        if not x.number:
            return ONE
        x = x._replace(number=abs(x.number))
        found = self.numbered("cos", x)
        self.squares[found] = minus(ONE, power(self.sin(x), 2))
        return Product(Fraction(1), ((found, 1),))

    def raised(self, x: Product, y: Product) -> Product:
        """A whole power, that of a root, or e^(y · log x)."""
        if not (y.kernels or y.sums) and y.number.denominator == 1:
            return power(x, int(y.number))
        if not (y.kernels or y.sums) and abs(y.number) <= DEGREE and y.number.denominator == 2:
            return power(self.sqrt(x), y.number.numerator)
        return self.exp(times(y, self.log(x)))

    def softmax(self, *x: Product) -> Product:
        """eˣ of the one that the last argument counts, over the sum of all."""
        powers = [self.exp(each) for each in x[:-1]]
        return times(powers[int(x[-1].number) - 1], power(reduce(plus, powers), -1))

    # ── what is 0 ──

    def vanishes(self, difference: Product) -> bool:
        """Whether a product is 0, by the squares that are known; False where that is not shown."""
        pending = [difference]
        while pending:
            product = pending.pop()
            if not product.number:
                continue
            sums = frozenset(each for each in product.sums if each[1] > 0)
            terms = multiplied_out(product._replace(sums=sums))
            known = {kernel for monomial in terms for kernel, _ in monomial if kernel in self.squares}
            if not known:
                return False
            terms = self.with_implied(terms, [each for each in known if self.keys[each][0] == "step"])
            pending += self.split(terms, max(known))
        return True

    def with_implied(self, terms: dict[Monomial, Fraction], steps: list[int]) -> dict[Monomial, Fraction]:
        """The same terms, beside each step those that follow from it: x > 2 is x > 2 and x > 1."""
        behind = {each: [other for other in steps if self.implies(each, other)] for each in steps}
        if not any(behind.values()):
            return terms
        found: dict[Monomial, Fraction] = {}
        for monomial, factor in terms.items():
            powers = dict(monomial)
            powers |= {other: 1 for each in monomial for other in behind.get(each[0], ())}
            key = tuple(sorted(powers.items()))
            found[key] = found.get(key, Fraction(0)) + factor
        return found

    def implies(self, one: int, other: int) -> bool:
        """Whether a step is 1 wherever another is: 1 + x/2 is above 0 where 1 + x is."""
        keys: list[Any] = [self.keys[one], self.keys[other]]
        forms = [dict(terms) for _, signed, sums in keys for terms, n in sums if n == 1 and not signed]
        if len(forms) != 2 or forms[0].keys() != forms[1].keys() or any(len(sums) > 1 for *_, sums in keys):
            return False
        first, second = forms
        ratios = {second[monomial] / first[monomial] for monomial in first if monomial}
        return first.get((), 0) == second.get((), 0) == 1 and len(ratios) == 1 and 0 < min(ratios) < 1

    def split(self, terms: Mapping[Monomial, Fraction], kernel: int) -> tuple[Product, Product]:
        """a and b, of a + b · kernel: a sum is 0 where both are."""
        parts = [ZERO, ZERO]
        square = self.squares[kernel]
        for monomial, factor in terms.items():
            powers = dict(monomial)
            n = powers.pop(kernel, 0)
            rest = Product(factor, tuple(powers.items()))
            odd, half = int(n) % 2, int(n) // 2
            if square.kernels == ((kernel, 1),):  # every power of the kernel is the kernel
                odd, half = int(n != 0), 0
            parts[odd] = plus(parts[odd], times(rest, power(square, half)))
        return parts[0], parts[1]


def root_of(number: Fraction) -> tuple[Fraction, Fraction]:
    """The root of a square, and 1; else 1, and what is no square."""
    above, below = math.isqrt(abs(number.numerator)), math.isqrt(number.denominator)
    square = Fraction(above, below)
    return (square, Fraction(1)) if square**2 == number else (Fraction(1), number)


def primes(n: int) -> Iterator[int]:
    """The prime factors of a whole number, each as often as it is one.

    >>> list(primes(60))
    [2, 2, 3, 5]
    """
    p = 2
    while n > 1:
        p = p if p * p <= n else n
        while n % p == 0:
            yield p
            n //= p
        p += 1


def plain(n: Fraction) -> int | Fraction:
    return n.numerator if n.denominator == 1 else n


# ── words ──────────────────────────────────────────────────────────────────────────────────


def vocabulary(kernels: Kernels) -> Mapping[str, Callable[..., Any]]:
    """Every operation over products: by its laws, else by its textbook form, else as a kernel."""
    step, exp = kernels.step, kernels.exp

    def larger(x: Product, y: Product) -> Product:
        return plus(y, times(minus(x, y), step(minus(x, y))))

    def smaller(x: Product, y: Product) -> Product:
        return minus(x, times(minus(x, y), step(minus(x, y))))

    words: dict[str, Word] = {
        "+": plus, "-": minus, "*": times, "neg": lambda x: times(MINUS, x), "sum": lambda *x: reduce(plus, x),
        "/": over, "**": kernels.raised,
        "exp": exp, "log": kernels.log, "sqrt": kernels.sqrt, "sin": kernels.sin, "cos": kernels.cos,
        "tan": lambda x: over(kernels.sin(x), kernels.cos(x)),
        "sinh": lambda x: over(minus(exp(x), power(exp(x), -1)), TWO),
        "cosh": lambda x: over(plus(exp(x), power(exp(x), -1)), TWO),
        "tanh": lambda x: over(minus(power(exp(x), 2), ONE), plus(power(exp(x), 2), ONE)),
        "step": step, "above": lambda x, y: step(minus(x, y)), "sign": lambda x: minus(times(TWO, step(x)), ONE),
        "max": larger, "min": smaller,
        "abs": kernels.abs,
        "amax": lambda *x: reduce(larger, x), "amin": lambda *x: reduce(smaller, x),
        "softmax": kernels.softmax, "logsumexp": lambda *x: kernels.log(reduce(plus, map(exp, x))),
        "affine": affine,
    }  # fmt: skip
    called = {name: kernels.lifting(word) for name, word in words.items()}
    for name, row in OPS.items():
        if name not in called and row.book.inputs:
            taken = kernels.lifting(by_itself(kernels, name)) if is_primitive(row) else by_the_book(row, called)
            called[name] = taken
    return called


def over(x: Product, y: Product) -> Product:
    return times(x, power(y, -1))


def affine(*x: Product) -> Product:
    """w₁x₁ + w₂x₂ + … + b: the arguments are all w, then all x, then b."""
    half = len(x) // 2
    return reduce(plus, map(times, x[:half], x[half:-1]), x[-1])


def is_primitive(row: Op) -> bool:
    """Whether a textbook has no other form of the operation than its name."""
    return isinstance(row.book.value, Call) and row.book.value.function == row.name


def by_itself(kernels: Kernels, name: str) -> Word:
    return lambda *x: kernels.kernel(name, *x)


def by_the_book(row: Op, words: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    names = (*row.book.inputs, *row.fixed)
    return lambda *x: evaluate(row.book.value, dict(zip(names, (*x, *row.settings.values()))), words)
