"""Formulas: sums of products, and their derivatives.

A formula is a sum of terms, a term a product of factors, a factor a name, a number or a function of a formula.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

__all__ = [
    "FUNCTIONS",
    "Apply",
    "Factor",
    "Formula",
    "Term",
    "local",
    "names",
    "negative",
    "parse",
    "product",
    "renamed",
]


class Apply(NamedTuple):
    """A function of a formula; "" are parentheses."""

    function: str
    argument: Formula


class Term(NamedTuple):
    """A product, and its sign."""

    factors: tuple[Factor, ...]
    sign: int = 1


Factor = str | Decimal | Apply
Formula = tuple[Term, ...]


class Function(NamedTuple):
    """What a function gives, and its slope: in x, its argument, or in y, what it gave."""

    value: Callable[[Decimal], Decimal]
    slope: str


FUNCTIONS = {
    "":           Function(lambda x: x,                           "1"),
    "sigmoid":    Function(lambda x: 1 / (1 + (-x).exp()),        "y*(1 - y)"),
    "tanh":       Function(lambda x: 1 - 2 / ((2 * x).exp() + 1), "1 - y^2"),
    "relu":       Function(lambda x: x if x > 0 else Decimal(0),  "step(x)"),
    "step":       Function(lambda x: Decimal(int(x > 0)),         "0"),
    "exp":        Function(lambda x: x.exp(),                     "y"),
    "log":        Function(lambda x: x.ln(),                      "1/x"),
    "square":     Function(lambda x: x * x,                       "2*x"),
    "reciprocal": Function(lambda x: 1 / x,                       "-1/x^2"),
}  # fmt: skip


# ── from text ──────────────────────────────────────────────────────────────────────────────


@cache
def parse(text: str) -> Formula:
    """The formula that a text writes down."""
    return terms(ast.parse(text.replace("^", "**"), mode="eval").body)


def terms(node: ast.expr) -> Formula:
    """A formula as a sum of terms."""
    match node:
        case ast.UnaryOp(ast.USub(), operand):
            return negative(terms(operand))
        case ast.BinOp(left, ast.Add(), right):
            return terms(left) + terms(right)
        case ast.BinOp(left, ast.Sub(), right):
            return terms(left) + negative(terms(right))
    return (Term(tuple(factors(node))),)


def factors(node: ast.expr) -> Iterator[Factor]:
    """A term as a product of factors."""
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            yield from factors(left)
            yield from factors(right)
        case ast.BinOp(left, ast.Div(), right):
            yield from factors(left)
            yield Apply("reciprocal", terms(right))
        case ast.BinOp(left, ast.Pow(), ast.Constant(2)):
            yield Apply("square", terms(left))
        case ast.Call(ast.Name(name), [argument]):
            yield Apply(name, terms(argument))
        case ast.Name(name):
            yield name
        case ast.Constant(number):
            yield Decimal(str(number))
        case _:
            yield Apply("", terms(node))


# ── as a whole ─────────────────────────────────────────────────────────────────────────────


def negative(formula: Formula) -> Formula:
    """The formula with the sign of every term turned."""
    return tuple(term._replace(sign=-term.sign) for term in formula)


def renamed(formula: Formula, new: Callable[[str], Factor]) -> Formula:
    """The formula with another factor for each name."""

    def change(factor: Factor) -> Factor:
        if isinstance(factor, Apply):
            return factor._replace(argument=renamed(factor.argument, new))
        return new(factor) if isinstance(factor, str) else factor

    return tuple(term._replace(factors=tuple(map(change, term.factors))) for term in formula)


@lru_cache(maxsize=10_000)
def names(formula: Formula) -> tuple[str, ...]:
    """The names in a formula, in the order of their first use."""
    found: dict[str, str] = {}
    renamed(formula, lambda name: found.setdefault(name, name))
    return tuple(found)


# ── the chain rule ─────────────────────────────────────────────────────────────────────────


def local(formula: Formula, name: str, result: str = "") -> Formula:
    """The derivative of a line by one of its names; `result` is what the line is called."""
    found: list[Term] = []
    for term in formula:
        for i, factor in enumerate(term.factors):
            rest = term._replace(factors=term.factors[:i] + term.factors[i + 1 :])
            if factor == name:
                found.append(rest)
            if isinstance(factor, Apply) and (inner := local(factor.argument, name)):
                whole = result if result and formula == (Term((factor,)),) else factor
                meant = {"x": argument(factor), "y": whole}
                slope = renamed(parse(FUNCTIONS[factor.function].slope), meant.__getitem__)
                found += product((rest,), slope, inner)
    return tuple(found)


def argument(factor: Apply) -> Factor:
    """The argument of a function, as a factor."""
    first, *others = factor.argument
    alone = not others and first.sign == 1 and len(first.factors) == 1
    return first.factors[0] if alone else Apply("", factor.argument)


def product(*formulas: Formula) -> Formula:
    """A product of formulas, as one term: numbers in front, made one; 1 is left out."""
    number, sign, found = Decimal(1), 1, []
    for formula in formulas:
        term = formula[0] if len(formula) == 1 else Term((Apply("", formula),))
        sign *= term.sign
        for each in term.factors:
            if isinstance(each, Decimal):
                number *= each
            elif each == HALF:
                number /= 2
            else:
                found.append(each)
    return (Term((*([number] if number != 1 or not found else []), *found), sign),)


HALF = Apply("reciprocal", parse("2"))
