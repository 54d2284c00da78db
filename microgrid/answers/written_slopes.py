"""Slopes as people write them: a sum of products, each with one number in front and its factors in reading order.

Of w·a·b·c by w that is a·b·c; of (x − m)²/(2·s²) by s it is −(x − m)²/s³; of (…)²/3 it has one 2/3 in front. What is
worked out by hand from left to right depends on that order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import reduce
from typing import NamedTuple, TypeVar

from microgrid.formula import Call, Formula, Name, Number, derivative, substitute
from microgrid.formula.algebra import size
from microgrid.formula.budget import BITS, bits, spend
from microgrid.formula.expression import fold

from .parts import sums

__all__ = [
    "SLOPES",
    "Term",
    "as_formula",
    "common",
    "factors_of",
    "is_long",
    "marked",
    "softmax_slope",
    "steps",
    "terms_of",
    "weight",
    "written_slope",
]

Power = int | Fraction
LARGEST_BITS = 1000  # of a whole number that is a double
SLOPES, FACTORS = 4, 40  # parts of slopes, and factors of terms, as much work as one number that is followed
ALONE = 3  # factors that are as much work as a term without any
LARGEST = 1000  # denominator of a simple fraction
DIGITS = 6  # of a number that is noted down as it is; 2/3 has more


class Term(NamedTuple):
    """A number times powers of factors, in reading order.

    Whatever is computed with terms raises OverflowError where a number or an exponent would be no double.
    """

    number: Fraction = Fraction(1)
    powers: tuple[tuple[Formula, Power], ...] = ()

    def __mul__(self, other: object) -> Term:
        if not isinstance(other, Term):
            return NotImplemented
        found = dict(self.powers)
        for base, n in other.powers:
            found[base] = double(found.get(base, 0) + n)
        return Term(double(self.number * other.number), tuple((base, n) for base, n in found.items() if n))

    def to(self, n: Power) -> Term:
        """The term to a power; its number has to be 1 if that is not whole."""
        if abs(Fraction(n)) * bits(self.number) > BITS:
            raise OverflowError(f"{self.number} to the power of {n}")
        number = self.number ** int(n) if self.number != 1 else self.number
        return Term(double(number), tuple((base, double(m * n)) for base, m in self.powers))

    def scaled(self, number: Power) -> Term:
        """So many times the term."""
        return self._replace(number=double(self.number * number))


Exact = TypeVar("Exact", bound=Power)


def double(number: Exact) -> Exact:
    """The number, as it is. Raises OverflowError where it is too long to be kept, or beyond the largest double."""
    if bits(number) > BITS or math.isinf(float(number)):
        raise OverflowError(f"{number} is no double")
    return number


ONE = Term()


def written_slope(formula: Formula, by: str, out: str = "") -> list[Term]:
    """The derivative of a formula by a name; `out` is what the formula is called, for a(1 − a).

    >>> from microgrid.formula import parse, render
    >>> for text, by in [("w*a*b*c", "w"), ("(x - m)^2/(2*s^2)", "s"), ("sigmoid(w*x + b)", "w"), ("z*z*z", "z")]:
    ...     print(render(as_formula(written_slope(parse(text), by, "h"))))
    a*b*c
    -((x - m)^2/s^3)
    h*(1 - h)*x
    3*z^2
    """

    def visit(node: Formula, arguments: list[tuple[Term, list[Term]]]) -> tuple[Term, list[Term]]:
        if not isinstance(node, Call):
            return product_of(node, []), [ONE] if node == Name(by) else []
        value = product_of(node, [each for each, _ in arguments])
        return value, gathered(slopes_of(node, arguments, Name(out) if out and node is formula else node))

    try:
        return fold(formula, visit)[1]  # type: ignore[no-any-return]
    except OverflowError:  # nobody writes such numbers out; the rule of the book leaves them where they stand
        return [Term(Fraction(1), ((derivative(formula, by, out), 1),))]


def slopes_of(node: Call, arguments: list[tuple[Term, list[Term]]], value: Formula) -> Iterator[Term]:
    """The terms of the derivative of a call, from those of its arguments."""
    if not any(slopes for _, slopes in arguments):
        return
    match node.function, arguments:
        case (("+" | "-" | "neg") as sign, [*_]):
            for i, (_, slopes) in enumerate(arguments):
                minus = sign == "neg" or (sign == "-" and i > 0)
                yield from (each.scaled(-1 if minus else 1) for each in slopes)
        case ("*", [(a, by_a), (b, by_b)]):
            yield from (each * b for each in by_a)
            yield from (a * each for each in by_b)
        case ("/", [(a, by_a), (b, by_b)]) if b.number:
            yield from (each * b.to(-1) for each in by_a)
            yield from ((a * b.to(-2) * each).scaled(-1) for each in by_b)
        case _:
            if (n := exponent(node)) and arguments[0][0].number == 1:
                base, slopes = arguments[0]
                yield from (base.to(n - 1).scaled(n) * each for each in slopes)
                return
            for i, (_, slopes) in enumerate(arguments):
                yield from (partial(node, i, value) * each for each in slopes)


def partial(node: Call, i: int, value: Formula) -> Term:
    """The derivative of a function by its i-th argument."""
    others = [Name(f" {j}") for j in range(len(node.arguments))]  # no name of a sheet has a blank
    kept = tuple(each if isinstance(each, Number) else name for name, each in zip(others, node.arguments))
    rule = derivative(Call(node.function, kept), others[i].name, out=" out")
    meant = {**{name.name: each for name, each in zip(others, node.arguments)}, " out": value}
    return fold(substitute(rule, meant), product_of)  # type: ignore[no-any-return]


def terms_of(formula: Formula) -> list[Term]:
    """A formula as a sum of products."""
    for place, found in sums(formula):
        if not place.path:
            return [fold(each.formula, product_of).scaled(each.sign) for each in found]
    return [fold(formula, product_of)]


def product_of(node: Formula, arguments: list[Term]) -> Term:
    """A formula as one product, from those of its arguments."""
    if isinstance(node, Number) and math.isfinite(node.value):
        return Term(fraction(node.value) if is_long(node.value) else Fraction(repr(node.value)))
    if isinstance(node, Call):
        with suppress(OverflowError):  # then it stays as it stands
            return product_of_call(node, arguments)
    return Term(Fraction(1), ((node, 1),))


def product_of_call(node: Call, arguments: list[Term]) -> Term:
    """The same of a product, a quotient or a power. Raises OverflowError."""
    match node.function, arguments:
        case ("neg", [a]):
            return a.scaled(-1)
        case ("*", [a, b]):
            return a * b
        case ("/", [a, b]) if b.number:
            return a * b.to(-1)
        case ("**", [a, _]) if (n := exponent(node)) and (a.number == 1 or n == int(n)) and a.number:
            return a.to(n)
    return Term(Fraction(1), ((node, 1),))


def exponent(node: Call) -> Power:
    """The exponent of a power, if that is a number; else 0."""
    last = node.arguments[-1]
    if node.function != "**" or not isinstance(last, Number) or not math.isfinite(last.value):
        return 0
    found = Fraction(repr(last.value))
    return int(found) if found.denominator == 1 else found


def gathered(terms: Iterable[Term]) -> list[Term]:
    """The terms, those made one that differ in nothing but their number."""
    found: dict[tuple[tuple[Formula, Power], ...], Fraction] = {}
    seen = 0
    for each in terms:
        seen += ALONE + len(each.powers)
        found[each.powers] = double(found.get(each.powers, Fraction(0)) + each.number)
        if seen > FACTORS:
            spend(seen // FACTORS)
            seen = 0
    return [Term(number, powers) for powers, number in found.items() if number]


def weight(terms: Iterable[Term]) -> int:
    """How many parts a sum of products has."""
    sizes: dict[int, int] = {}
    total = 0
    for each in terms:
        for base, _ in each.powers:
            if id(base) not in sizes:
                sizes[id(base)] = 1 + size(base)
            total += sizes[id(base)]
    return total


def common(terms: Iterable[Term]) -> Fraction:
    """The number that all terms have in front, but for their sign."""
    numbers = {abs(each.number) for each in terms}
    return numbers.pop() if len(numbers) == 1 else Fraction(1)


# ── worked out from left to right ──────────────────────────────────────────────────────────


def steps(term: Term, as_fraction: bool = False) -> list[tuple[str, Formula]]:
    """What is multiplied and divided, one after the other.

    as_fraction  whether all that divides comes last: (2·e)/3, not 2/3·e
    """
    found: list[tuple[str, Formula]] = []
    for base, n in term.powers:
        power = base if abs(n) == 1 else Call("**", (base, Number(abs(float(n)))))
        found.append(("*" if n > 0 else "/", power))
    is_split = as_fraction and bits(term.number) < LARGEST_BITS
    front, below = (Fraction(term.number.numerator), term.number.denominator) if is_split else (term.number, 1)
    found = [("*", Number(float(front)))] * (front != 1) + found + [("/", Number(float(below)))] * (below != 1)
    return sorted(found, key=lambda step: step[0] == "/") if as_fraction else found


def as_formula(terms: Iterable[Term]) -> Formula:
    """The sum of the products."""
    found: Formula | None = None
    for each in terms:
        word = "-" if each.number < 0 and found else "+"
        term = one(steps(each.scaled(-1) if word == "-" else each))
        found = Call(word, (found, term)) if found else term
    return found or Number(0.0)


def one(factors: list[tuple[str, Formula]]) -> Formula:
    """A product, from left to right; a sign before all of it."""
    if len(factors) > 1 and factors[0] == ("*", Number(-1.0)):
        return Call("neg", (one_without_sign(factors[1:]),))
    return one_without_sign(factors)


def one_without_sign(factors: list[tuple[str, Formula]]) -> Formula:
    if not factors or factors[0][0] == "/":
        factors = [("*", Number(1.0)), *factors]
    return reduce(lambda found, step: Call(step[0], (found, step[1])), factors[1:], factors[0][1])


def factors_of(terms: Sequence[Term], as_fraction: bool = False) -> list[tuple[str, Formula]]:
    """What a gradient is multiplied and divided by, from left to right; a sum is one factor."""
    if len(terms) == 1:
        [term] = terms
        return steps(term, as_fraction) or [("*", Number(1.0))]
    shared = common(terms)
    above, below = steps(Term(shared), as_fraction)[:1], steps(Term(shared), as_fraction)[1:]
    rest = ("*", as_formula([each.scaled(1 / shared) for each in terms]))
    return [*above, rest, *below]


def softmax_slope(formula: Formula, results: Sequence[str], of: str, by: str) -> Formula:
    """The derivative of a result of softmax as it is worked by hand, from the results: p1(1 − p1), or −p1·p3."""
    arguments = formula.arguments[:-1] if isinstance(formula, Call) else ()
    terms: list[Formula] = []
    for name, argument in zip(results, arguments):
        inner = derivative(argument, by)
        if inner == Number(0.0):
            continue
        own = Call("*", (Name(of), Call("-", (Number(1.0), Name(of)))))
        slope = own if name == of else Call("neg", (Call("*", (Name(of), Name(name))),))
        terms.append(slope if inner == Number(1.0) else Call("*", (slope, inner)))
    return reduce(lambda left, right: Call("+", (left, right)), terms) if terms else Number(0.0)


# ── numbers with many digits ───────────────────────────────────────────────────────────────


def marked(formula: Formula) -> Formula:
    """The formula with `constant` around each number, or quotient of two, that nobody writes with all its digits."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if isinstance(node, Number):
            return Call("constant", (node,)) if is_long(node.value) else node
        if not isinstance(node, Call):
            return node
        match node.function, arguments:
            case ("/", [Number(a), Number(b)]) if b and is_long(a / b):
                return Call("constant", (Number(a / b),))
        return Call(node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def is_long(number: float) -> bool:
    """Whether a number is a fraction, such as 2/3, that has more digits than people write.

    >>> is_long(2 / 3), is_long(0.375), is_long(2.699993333)
    (True, False, False)
    """
    is_short = not math.isfinite(number) or float(f"{number:.{DIGITS}g}") == number
    return not is_short and math.isclose(fraction(number), number, rel_tol=1e-15)


def fraction(number: float) -> Fraction:
    """The simple fraction that is nearest to a number."""
    return Fraction(number).limit_denominator(LARGEST)
