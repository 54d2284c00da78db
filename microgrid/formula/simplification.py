"""Simplifying formulas: tidied by hand, and by sympy where they are long enough for that to help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, NamedTuple

from microgrid.errors import FormulaError

from .algebra import size, tidied
from .budget import DEGREE, TERMS_OF_SYMPY, raised, within
from .expression import CONSTANTS, OPERATORS, Call, Formula, Name, Number, evaluate, fold, free_names, substitute
from .operation import VOCABULARY, functions_of

__all__ = ["agree", "simplified"]

LONG, TOO_LONG = 14, 24  # in nodes: sympy is asked about what lies between
GAIN = 2 / 3  # sympy's form is taken where it is at most so much of ours
LONG_FRACTION = 1000  # above or below the stroke of a fraction in an exponent
SMALL = 12  # the degree and the numbers of a formula of angles: sin(12x) is a polynomial in sin(x)
SIGNS = tuple(Call(sign, ()) for sign in OPERATORS)  # any of them may come into a simplified formula
POINTS = (0.37, 1.31, 2.17, 0.73, 1.87)  # where the two forms must agree, all names shifted through them


def simplified(formula: Formula) -> Formula:
    """The shortest of the formula, the same tidied, and what sympy makes of it.

    >>> from microgrid.formula import parse
    >>> from microgrid.formula import render
    >>> print(render(simplified(parse("1/2*2*(y - t)"))))
    y - t
    >>> print(render(simplified(parse("(a + b)*(a - b)*c/(a*a - b*b)"))))
    c
    """
    if size(formula) > 6 * TOO_LONG:  # also, hashing a formula recurses
        return formula
    names = [each.name for each in free_names(formula) if each.name not in CONSTANTS]
    there: dict[str, Formula] = {name: Name(f"q{i}") for i, name in enumerate(names)}
    back: dict[str, Formula] = {f"q{i}": Name(name) for i, name in enumerate(names)}
    return substitute(shortest(substitute(formula, there)), back)


@lru_cache(maxsize=4096)
def shortest(formula: Formula) -> Formula:
    """The same over names q0, q1, …, in their order: formulas of one shape are worked on once."""
    best = tidied(formula)
    if not LONG < size(best) <= TOO_LONG:
        return best
    shorter = by_sympy(best)
    taken = size(shorter) <= GAIN * size(best) and functions_of([shorter]) <= functions_of([best, *SIGNS])
    return shorter if taken and agree(formula, shorter) else best


def agree(one: Formula, other: Formula) -> bool:
    """Whether two formulas come to the same at points where the first has a value; of arrays that is not tried."""
    if not functions_of([one, other]) <= VOCABULARY.keys():
        return False
    names = [each.name for each in free_names(one) if each.name not in CONSTANTS]
    if not {each.name for each in free_names(other)} <= {*names, *CONSTANTS}:
        return False
    tried = False
    for shift in range(len(POINTS)):
        point = {name: POINTS[(i + shift) % len(POINTS)] + i / 7 for i, name in enumerate(names)}
        a, b = (evaluate(each, {**CONSTANTS, **point}, VOCABULARY) for each in (one, other))
        if math.isfinite(a) and not math.isclose(a, b, rel_tol=1e-7, abs_tol=1e-9):
            return False
        tried = tried or math.isfinite(a)
    return tried


# ── by sympy ───────────────────────────────────────────────────────────────────────────────

SHARED = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan")  # sympy's words and ours


def by_sympy(formula: Formula) -> Formula:
    """The shortest form that sympy finds; the formula itself where sympy finds none."""
    import sympy

    names = [each.name for each in free_names(formula)]
    symbols = {name: sympy.Symbol(f"q{i:04}", real=True) for i, name in enumerate(names)}
    back: dict[Any, Formula] = {symbol: Name(name) for name, symbol in symbols.items()}
    try:
        above, below, degree = fold(formula, extent)
        within(above * below, TERMS_OF_SYMPY, "terms for sympy")
        within(degree, DEGREE, "for the degree of a polynomial")
        given = fold(formula, lambda node, inputs: to_sympy(node, inputs, symbols))
        ways = [sympy.expand, sympy.cancel, sympy.factor]
        if {"sin", "cos", "tan"} & functions_of([formula]) and max(degree, largest(formula)) <= SMALL:
            ways.append(sympy.trigsimp)
        found = [way(given) for way in ways]
        return min([formula, *(tidied(from_sympy(each, back)) for each in found)], key=size)
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError, FormulaError):
        return formula  # sympy meets something that it or we have no word for
    except sympy.PolynomialError:
        return formula


class Extent(NamedTuple):
    """At most how many terms stand above and below one fraction stroke when all is multiplied out, and their degree."""

    above: int
    below: int
    degree: int


def extent(node: Formula, inputs: list[Extent]) -> Extent:
    """That of a formula, from those of its arguments."""
    degrees = sum(each.degree for each in inputs)
    match node.function if isinstance(node, Call) else "", inputs:
        case "+" | "-", [a, b]:
            return Extent(a.above * b.below + b.above * a.below, a.below * b.below, degrees)
        case "*", [a, b]:
            return Extent(a.above * b.above, a.below * b.below, degrees)
        case "/", [a, b]:
            return Extent(a.above * b.below, a.below * b.above, degrees)
        case "**", [a, b]:
            n = min(constant(node), 2 * DEGREE)
            inside = b.above * b.below
            above, below = (math.comb(each + n - 1, n) * inside for each in (a.above, a.below))
            return Extent(above, below, degrees * n)
        case _, [_, *_]:
            return Extent(math.prod(each.above * each.below for each in inputs), 1, degrees)
    return Extent(1, 1, isinstance(node, Name))


def largest(formula: Formula) -> float:
    """The largest number that a formula is typed with: sin(20x) is multiplied out to powers of the sine."""

    def visit(node: Formula, inputs: list[float]) -> float:
        return max([abs(node.value) if isinstance(node, Number) else 0.0, *inputs])

    return float(fold(formula, visit))


def constant(power: Formula) -> int:
    """The size of an exponent, as a whole number; 1 where it is no number: then nothing is multiplied out."""
    exponent = power.arguments[1] if isinstance(power, Call) else power
    size = math.nan if free_names(exponent) else abs(evaluate(exponent, {}, VOCABULARY))
    return max(1, math.ceil(size)) if math.isfinite(size) else 1 if math.isnan(size) else DEGREE + 1


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
            refuse_long(b)
            if a.is_Rational and b.is_Rational:
                raised(Fraction(a.p, a.q), math.ceil(abs(b)))
            return a**b
        case "exp", [a]:
            refuse_long(a)
        case "neg", [a]:
            return -a
        case "sqrt", [a]:
            return sympy.sqrt(a)
    kind = getattr(sympy, node.function) if node.function in SHARED else sympy.Function(node.function)
    return kind(*inputs)


def refuse_long(exponent: Any) -> None:
    """Raise ArithmeticError for a fraction in an exponent that makes a polynomial of a huge degree for sympy.

    x^0.123 is the 123rd power of x^(1/1000) there, and e^0.30000000000000004 that of a root of e likewise.
    """
    import sympy

    longest = max((max(abs(each.p), each.q) for each in exponent.atoms(sympy.Rational)), default=1)
    if longest > LONG_FRACTION:
        raise ArithmeticError


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
        sign = "+" if node.is_Add else "*"
        return reduce(lambda total, each: Call(sign, (total, each)), map(done.__getitem__, parts))
    if node.is_Pow:
        half = node.exp.is_Rational and node.exp.q == 2 and abs(node.exp.p) == 1
        root = Call("sqrt", (done[node.base],))
        if half:
            return root if node.exp.p == 1 else Call("/", (Number(1.0), root))
        if node.exp.is_Integer and node.exp < 0:
            return Call("/", (Number(1.0), Call("**", (done[node.base], Number(float(-node.exp))))))
        return Call("**", (done[node.base], done[node.exp]))
    if not node.args:
        raise ValueError(f"{node} is no real number")  # that of a negative base is not, nor is 1/0
    return Call(type(node).__name__, tuple(done[each] for each in node.args))


def place(expression: Any) -> str:
    """Where in the formula the first name of an expression came; a number stands last in a sum."""
    return min((each.name for each in expression.free_symbols), default="")
