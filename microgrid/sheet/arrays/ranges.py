"""Sums over a range, written out: `sum(w[k]*x[k] for k in 1..4)`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, Number, evaluate, fold, parse, substitute
from microgrid.formula.algebra import size
from microgrid.formula.budget import PARTS, most, too_many_parts
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import POWER_OF_D

from .writing import written

__all__ = ["constant", "counted", "nodes", "unrolled"]

SECOND = regex(rf"[d∂]{POWER_OF_D}")
INDEX = regex(r"(?<=\[)[^\[\]]+(?=\])")
DEEPEST = 64  # ranges inside each other


def constant(formula: Formula) -> int | None:
    """The whole number that a formula without names comes to; None where it is none.

    >>> constant(Call("-", (Number(3.0), Number(1.0)))), constant(Name("n"))
    (2, None)
    """
    try:
        value = float(evaluate(formula, {}))
    except (FormulaError, ArithmeticError, TypeError):
        return None
    return int(value) if value == value and abs(value) < 1e15 and value == int(value) else None


def counted(text: str, counters: Mapping[str, Formula]) -> str:
    """A second derivative with numbers for the indices that ranges count, by which it is known; others stay.

    >>> counted("d²L/dw[l+1]² + w[l]", {"l": Number(2.0)}), counted("dL/dw[l]", {"l": Number(2.0)})
    ('d²L/dw[3  ]² + w[2]', 'dL/dw[l]')
    """

    def number(piece: str) -> str:
        try:
            value = constant(substitute(parse(piece), counters))
        except FormulaError:
            value = None
        return piece if value is None else f"{value:<{len(piece)}}"

    return INDEX.sub(lambda found: ",".join(map(number, found[0].split(","))), text) if SECOND.search(text) else text


def unrolled(formula: Formula) -> Formula:
    """The formula with a term for each number of a range, the outermost range first.

    >>> print(written(unrolled(Call("sum", (Call("for", (Name("k"), Name("k"), Number(1.0), Number(3.0))),)))))
    sum(items(1, 2, 3))
    """
    for _ in range(DEEPEST):
        waiting = [node for node in nodes(formula) if node.function == "for"]
        if not waiting:
            return formula
        ready = {id(each) for each in waiting if None not in map(constant, each.arguments[2:])}
        if not ready:
            break
        formula = fold(formula, partial(step, ready))
        if size(formula) > most(PARTS):
            raise FormulaError(too_many_parts(), waiting[0].at)
    at = waiting[0].arguments[2].at
    bounds = "..".join(map(written, waiting[0].arguments[2:]))
    fact = f"{bounds}: the bounds of a range are whole numbers that are known when the sheet is read"
    raise FormulaError(fact, at, at + 1)


def nodes(formula: Formula) -> list[Call]:
    """The calls in a formula."""
    found: list[Call] = []
    fold(formula, lambda node, _: found.append(node) if isinstance(node, Call) else None)
    return found


def step(ready: set[int], node: Any, arguments: list[Formula]) -> Formula:
    """A node, its range written out where its bounds are known."""
    if not isinstance(node, Call):
        return node  # type: ignore[no-any-return]
    if id(node) not in ready:
        return Call(node.function, tuple(arguments), node.at)
    body, variable = arguments[:2]
    low, high = (constant(each) or 0 for each in node.arguments[2:])
    if (high - low + 1) * size(body) > most(PARTS):
        raise FormulaError(too_many_parts(), node.at)
    name = variable.name if isinstance(variable, Name) else ""
    terms = (substitute(body, {name: Number(float(k), node.at)}) for k in range(low, high + 1))
    return Call("items", tuple(terms), node.at)
