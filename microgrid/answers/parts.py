"""The parts of a formula: its sums and products taken apart, one part changed, and put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microgrid.formula import Call, Formula, Number

__all__ = [
    "MINUS",
    "ONE",
    "Part",
    "Parts",
    "Place",
    "added",
    "called",
    "multiplied",
    "places",
    "products",
    "replaced",
    "sums",
]

SUM, PRODUCT = ("+", "-", "sum"), ("*", "/")
NOTHING, ONE, MINUS = Number(0.0), Number(1.0), Number(-1.0)


class Place(NamedTuple):
    """Where something stands in a formula: which argument to take, from the whole inwards; and what it is inside of."""

    path: tuple[int, ...]
    formula: Formula
    inside: str


class Part(NamedTuple):
    """A term with its sign, or a factor with its power: 1 or -1."""

    sign: int
    formula: Formula


Parts = list[Part]


def places(formula: Formula) -> Iterator[Place]:
    """Every part of a formula, from the whole inwards, in the order of reading."""
    stack = [Place((), formula, "")]
    while stack:
        place = stack.pop()
        yield place
        if isinstance(place.formula, Call):
            inner = enumerate(place.formula.arguments)
            stack += reversed([Place((*place.path, i), each, place.formula.function) for i, each in inner])


def replaced(formula: Formula, path: Sequence[int], part: Formula) -> Formula:
    """The formula with another part at a place."""
    calls: list[Call] = []
    for i in path:
        if isinstance(formula, Call):
            calls.append(formula)
            formula = formula.arguments[i]
    for call, i in zip(reversed(calls), reversed(path)):
        part = called(call.function, (*call.arguments[:i], part, *call.arguments[i + 1 :]))
    return part


def called(function: str, arguments: tuple[Formula, ...]) -> Formula:
    """A call, or what it comes to where an argument adds nothing."""
    match function, arguments:
        case ("*" | "/", (a, Number(1.0))) | ("+" | "-", (a, Number(0.0))) | ("*", (Number(1.0), a)):
            return a
        case ("+", (Number(0.0), a)):
            return a
        case ("*", (_, Number(0.0))) | ("*", (Number(0.0), _)):
            return NOTHING
    return Call(function, arguments)


# ── taken apart ────────────────────────────────────────────────────────────────────────────


def sums(formula: Formula) -> Iterator[tuple[Place, Parts]]:
    """Every sum in a formula, with its terms."""
    return taken_apart(formula, SUM)


def products(formula: Formula) -> Iterator[tuple[Place, Parts]]:
    """Every product in a formula, with its factors; ones are left out."""
    for place, found in taken_apart(formula, PRODUCT):
        factors = [each for each in found if each.formula != ONE]
        if factors:
            yield place, factors


def taken_apart(formula: Formula, functions: Sequence[str]) -> Iterator[tuple[Place, Parts]]:
    for place in places(formula):
        node = place.formula
        if isinstance(node, Call) and node.function in functions and place.inside not in functions:
            yield place, list(parts_of(node, functions))


def parts_of(whole: Formula, functions: Sequence[str]) -> Iterator[Part]:
    """The terms of a sum, or the factors of a product."""
    stack = [Part(1, whole)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Call) and node.function == "neg":
            if functions == PRODUCT:
                yield Part(1, MINUS)
            stack.append(Part(sign if functions == PRODUCT else -sign, node.arguments[0]))
        elif isinstance(node, Call) and node.function in functions:
            turned = -1 if node.function in "-/" else 1
            stack += reversed([Part(turned * sign if i else sign, each) for i, each in enumerate(node.arguments)])
        else:
            yield Part(sign, node)


# ── put together ───────────────────────────────────────────────────────────────────────────


def added(terms: Sequence[Part]) -> Formula:
    """A sum of terms; 0 of none."""
    return joined("+-", terms, NOTHING)


def multiplied(factors: Sequence[Part]) -> Formula:
    """A product of factors; 1 of none."""
    return joined("*/", factors, ONE)


def joined(signs: str, parts: Sequence[Part], nothing: Formula) -> Formula:
    whole = None
    for sign, each in parts:
        if whole is not None:
            whole = called(signs[sign < 0], (whole, each))
        else:
            whole = each if sign > 0 else Call("neg", (each,)) if signs == "+-" else Call("/", (ONE, each))
    return nothing if whole is None else whole
