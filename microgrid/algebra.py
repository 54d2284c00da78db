"""Tidying formulas: what a person would cross out before writing the line down.

`tidied` works out numbers, signs, fractions and like terms, and keeps the order it was given;
`simplified` asks sympy as well, where the formula is long enough for that to help.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from .errors import FormulaError
from .formula import CONSTANTS, OPERATORS, Call, Formula, Name, Number, evaluate, fold, free_names, render
from .operation import VOCABULARY, functions_of

__all__ = ["simplified", "size", "tidied"]

LONG, TOO_LONG = 14, 60  # in nodes: sympy is asked about what lies between
GAIN = 2 / 3  # sympy's form is taken where it is at most so much of ours
SIGNS = tuple(Call(sign, ()) for sign in OPERATORS)  # any of them may come into a simplified formula
POINTS = (0.37, 1.31, 2.17, 0.73, 1.87)  # where the two forms must agree, all names shifted through them

Monomial = tuple[tuple[Formula, int], ...]  # the factors and their powers, in order
Terms = dict[frozenset[tuple[Formula, int]], tuple[Fraction, Monomial]]


def size(formula: Formula) -> int:
    """How many numbers, names and operations a formula is made of."""
    return int(fold(formula, lambda node, sizes: 1 + sum(sizes)))


@lru_cache(maxsize=4096)
def simplified(formula: Formula) -> Formula:
    """The shortest of the formula, the same tidied, and what sympy makes of it.

    >>> from .formula import parse, render
    >>> print(render(simplified(parse("1/2*2*(y - t)"))))
    y - t
    >>> print(render(simplified(parse("(a + b)*(a - b)*c/(a*a - b*b) + (a + b)*(a - b)*d/(a*a - b*b)"))))
    c + d
    """
    best = tidied(formula)
    if not LONG < size(best) <= TOO_LONG:
        return best
    shorter = by_sympy(best)
    taken = size(shorter) <= GAIN * size(best) and functions_of([shorter]) <= functions_of([best, *SIGNS])
    return shorter if taken and agree(formula, shorter) else best


def agree(one: Formula, other: Formula) -> bool:
    """Whether two formulas come to the same at points where the first has a value."""
    names = [each.name for each in free_names(one) if each.name not in CONSTANTS]
    if not {each.name for each in free_names(other)} <= {*names, *CONSTANTS}:
        return False
    tried = 0
    for shift in range(len(POINTS)):
        point = {name: POINTS[(i + shift) % len(POINTS)] + i / 7 for i, name in enumerate(names)}
        a, b = (evaluate(each, {**CONSTANTS, **point}, VOCABULARY) for each in (one, other))
        if math.isfinite(a) and not math.isclose(a, b, rel_tol=1e-7, abs_tol=1e-9):
            return False
        tried += math.isfinite(a)
    return tried > 0


# ── by hand ────────────────────────────────────────────────────────────────────────────────


def tidied(formula: Formula) -> Formula:
    """Numbers multiplied out, signs in front, like terms together; as it was if no shorter.

    >>> from .formula import parse, render
    >>> print(render(tidied(parse("(-y)*(1/p) - (1 - y)*(1/(1 - p)*-1)"))))
    -(y/p) + (1 - y)/(1 - p)
    >>> print(render(tidied(parse("x*2"))), render(tidied(parse("x + x"))), render(tidied(parse("x*x/x"))))
    x*2 2*x x
    """
    before = size(formula)
    if before > 50 * TOO_LONG:
        return formula
    decimals = fold(formula, lambda node, found: any(found) or (isinstance(node, Number) and node.value % 1 != 0))
    try:
        after = written(fold(formula, lambda node, inputs: collected(node, inputs, decimals)), decimals)
    except (ArithmeticError, ValueError):  # inf, nan, a division by 0
        return formula
    return after if weight(after) < weight(formula) else formula


def weight(formula: Formula) -> tuple[int, int, int]:
    """What the eye has to take in: the parts of a formula, its names, its parentheses."""
    names = fold(formula, lambda node, counts: isinstance(node, Name) + sum(counts))
    return size(formula), int(names), len(render(formula))


def collected(node: Formula, inputs: list[Terms], decimals: bool) -> Terms:
    """The node as a sum of terms, each a number times powers of whatever is no sum or product."""
    if isinstance(node, Number):
        return single(Fraction(repr(node.value)), ())
    if isinstance(node, Name):
        return single(Fraction(1), ((node, 1),))
    match node.function, inputs:
        case "+", [a, b]:
            return added(a, b, 1)
        case "-", [a, b]:
            return added(a, b, -1)
        case "neg", [a]:
            return added({}, a, -1)
        case "*", [a, b]:
            return multiplied(a, b, 1, decimals)
        case "/", [a, b]:
            return multiplied(a, b, -1, decimals)
        case "**", [a, b] if (n := whole(b)) is not None:
            return multiplied(single(Fraction(1), ()), a, n, decimals)
    call = Call(node.function, tuple(written(each, decimals) for each in inputs))
    return single(Fraction(1), ((call, 1),))


def single(number: Fraction, factors: Monomial) -> Terms:
    return {frozenset(factors): (number, factors)} if number else {}


def added(a: Terms, b: Terms, sign: int) -> Terms:
    total = dict(a)
    for key, (number, factors) in b.items():
        number = sign * number + (total[key][0] if key in total else 0)
        total[key] = number, factors
        if not number:
            del total[key]
    return total


def multiplied(a: Terms, b: Terms, power: int, decimals: bool) -> Terms:
    """a · b^power; a sum among the two stays together, as one factor."""
    (x, first), (y, second) = as_product(a, decimals), as_product(b, decimals)
    powers: dict[Formula, int] = dict(first)
    for base, n in second:
        powers[base] = powers.get(base, 0) + n * power
    return single(x * y**power, tuple((base, n) for base, n in powers.items() if n))


def as_product(terms: Terms, decimals: bool) -> tuple[Fraction, Monomial]:
    if len(terms) == 1:
        return next(iter(terms.values()))
    return (Fraction(1), ((written(terms, decimals), 1),)) if terms else (Fraction(0), ())


def whole(terms: Terms) -> int | None:
    """The small whole number that the terms are, if they are one."""
    number, factors = as_product(terms, False)
    return int(number) if not factors and number.denominator == 1 and abs(number) <= 20 else None


# ── writing terms down ─────────────────────────────────────────────────────────────────────


def written(terms: Terms, decimals: bool) -> Formula:
    """The terms as a formula, in their order."""
    total: Formula | None = None
    for number, factors in terms.values():
        negative, positive = term(number, factors, decimals)
        if total is None:
            total = negated(positive) if negative else positive
        else:
            total = Call("-" if negative else "+", (total, positive))
    return Number(0.0) if total is None else total


def negated(formula: Formula) -> Formula:
    return Number(-formula.value) if isinstance(formula, Number) else Call("neg", (formula,))


def term(number: Fraction, factors: Monomial, decimals: bool) -> tuple[bool, Formula]:
    """Whether a term is negative, and the term without its sign: -(a - b) is b - a."""
    negative = number < 0
    above, below = number_parts(abs(number), decimals)
    for base, n in factors:
        turned = turned_round(base) if negative and n == 1 else None
        if turned is not None:
            negative, base = False, turned
        power = base if abs(n) == 1 else Call("**", (base, Number(float(abs(n)))))
        (above if n > 0 else below).append(power)
    numerator = product(above)
    return negative, Call("/", (numerator, product(below))) if below else numerator


def number_parts(number: Fraction, decimals: bool) -> tuple[list[Formula], list[Formula]]:
    """A number as what stands above and below the fraction stroke; ones are left out."""
    if decimals:
        return ([] if number == 1 else [Number(float(number))]), []
    top, bottom = float(number.numerator), float(number.denominator)
    return [Number(top)] if top != 1 else [], [Number(bottom)] if bottom != 1 else []


def turned_round(formula: Formula) -> Formula | None:
    """b - a, of a - b."""
    if isinstance(formula, Call) and formula.function == "-":
        a, b = formula.arguments
        lone = not (isinstance(a, Call) and a.function in "+-") and not isinstance(a, Number)
        return Call("-", (b, a)) if lone and not (isinstance(b, Call) and b.function == "neg") else None
    return None


def product(factors: list[Formula]) -> Formula:
    total = factors[0] if factors else Number(1.0)
    for each in factors[1:]:
        total = Call("*", (total, each))
    return total


# ── by sympy ───────────────────────────────────────────────────────────────────────────────

SHARED = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan")  # sympy's words and ours


def by_sympy(formula: Formula) -> Formula:
    """The shortest form that sympy finds; the formula itself where sympy finds none."""
    import sympy

    names = [each.name for each in free_names(formula)]
    symbols = {name: sympy.Symbol(f"q{i:04}", real=True) for i, name in enumerate(names)}
    back: dict[Any, Formula] = {symbol: Name(name) for name, symbol in symbols.items()}
    try:
        given = fold(formula, lambda node, inputs: to_sympy(node, inputs, symbols))
        ways = [sympy.expand, sympy.cancel, sympy.factor]
        if {"sin", "cos", "tan"} & functions_of([formula]):
            ways.append(sympy.trigsimp)
        found = [way(given) for way in ways]
        return min([formula, *(tidied(from_sympy(each, back)) for each in found)], key=size)
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError, FormulaError):
        return formula  # sympy meets something that it or we have no word for
    except sympy.PolynomialError:
        return formula


def to_sympy(node: Formula, inputs: list[Any], symbols: Mapping[str, Any]) -> Any:
    import sympy

    if isinstance(node, Number):
        return sympy.Rational(repr(node.value))
    if isinstance(node, Name):
        return symbols[node.name]
    match node.function, inputs:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b]:
            return a / b
        case "**", [a, b]:
            return a**b
        case "neg", [a]:
            return -a
        case "sqrt", [a]:
            return sympy.sqrt(a)
    kind = getattr(sympy, node.function) if node.function in SHARED else sympy.Function(node.function)
    return kind(*inputs)


def from_sympy(expression: Any, back: Mapping[Any, Formula]) -> Formula:
    """sympy's expression as a formula; terms in the order in which their names first came."""
    import sympy

    done: dict[Any, Formula] = {**back, sympy.pi: Name("pi"), sympy.E: Call("exp", (Number(1.0),))}
    for node in sympy.postorder_traversal(expression):
        if node not in done:
            done[node] = one_from_sympy(node, done)
    return done[expression]


def one_from_sympy(node: Any, done: Mapping[Any, Formula]) -> Formula:
    if node.is_Integer or node.is_Float:
        return Number(float(node))
    if node.is_Rational:
        return Call("/", (Number(float(node.p)), Number(float(node.q))))
    if node.is_Add or node.is_Mul:
        parts = sorted(node.args, key=lambda each: (place(each), str(each)))
        total = done[parts[0]]
        for each in parts[1:]:
            total = Call("+" if node.is_Add else "*", (total, done[each]))
        return total
    if node.is_Pow:
        half = node.exp.is_Rational and node.exp.q == 2 and abs(node.exp.p) == 1
        root = Call("sqrt", (done[node.base],))
        if half:
            return root if node.exp.p == 1 else Call("/", (Number(1.0), root))
        if node.exp.is_Integer and node.exp < 0:
            return Call("/", (Number(1.0), Call("**", (done[node.base], Number(float(-node.exp))))))
        return Call("**", (done[node.base], done[node.exp]))
    return Call(type(node).__name__, tuple(done[each] for each in node.args))


def place(expression: Any) -> str:
    """Where in the formula the first name of an expression came; a number stands last in a sum."""
    return min((each.name for each in expression.free_symbols), default="")
