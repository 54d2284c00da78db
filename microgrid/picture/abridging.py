"""Long formulas made short enough for a title: whole terms are left out, and nothing is cut inside of one.

−(y₁·ln(a₁) + y₂·ln(a₂) + y₃·ln(a₃))      −(y₁·ln(a₁) + … + y₃·ln(a₃))      −(… + …)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from microgrid.formula import Call, Formula, Name, Number, fold
from microgrid.formula.algebra import is_larger
from microgrid.formula.lettering import written

__all__ = ["BLANK", "fitted"]

BLANK = "…"
GAP = Name(BLANK)
SUMS = ("+", "-")


def fitted(formula: Formula, digits: int | None, longest: int, name: Callable[[str], str] = str) -> str:
    """The formula as text of so many characters; a long one without some terms, the deepest first.

    >>> from microgrid.formula import parse
    >>> fitted(parse("-(a*log(b) + c*log(d) + f*log(g))"), None, 25)
    '−(a·ln(b) + … + f·ln(g))'
    """
    if not is_larger(formula, longest):  # every part has a sign of its own, or more
        text = written(formula, digits, name)
        if len(text) <= longest:
            return text
    for each in shorter(fold(formula, abridged), longest):
        text = written(each, digits, name)
        if len(text) <= longest:
            return text if "(" in text or any(map(str.isalnum, text)) else BLANK
    return BLANK


def shorter(formula: Formula, longest: int) -> Iterator[Formula]:
    """The formula, then without its deepest parts, and so on, those that have no more parts than so many signs."""
    found = fold(formula, lambda node, arguments: versions(node, arguments, longest))
    return (each for each in reversed(found) if not is_larger(each, longest))


def versions(node: Formula, arguments: list[list[Formula]], deepest: int) -> list[Formula]:
    """The formula down to each depth up to some, at which … stands for all that is below."""
    if not isinstance(node, Call):
        return [node]
    deepest = min(max(map(len, arguments), default=0), deepest)
    return [GAP, *(rebuilt(node, [each[min(k, len(each) - 1)] for each in arguments]) for k in range(deepest))]


def rebuilt(call: Call, arguments: list[Formula]) -> Formula:
    """The call of these; a sum of nothing that is left is nothing."""
    if call.function in SUMS and all(each == GAP for each in arguments):
        return GAP
    return Call(call.function, tuple(arguments))


def abridged(node: Formula, arguments: list[Any]) -> Formula:
    """A sum of more than two terms by its first and last; a call of many inputs by its first and last."""
    if not isinstance(node, Call):
        return node
    call = Call(node.function, tuple(arguments))
    if call.function in SUMS:
        return ends_of_sum(call)
    if call.function == "softmax" and isinstance(call.arguments[-1], Number):
        return ends_of_softmax(call)
    if len(call.arguments) > 2:
        return Call(call.function, (call.arguments[0], GAP, call.arguments[-1]))
    return call


def ends_of_sum(call: Call) -> Formula:
    """`a + … + c`: of what is abridged already, `a + … + c`, once more the first and the last term."""
    left, right = call.arguments[0], call.arguments[-1]
    if len(call.arguments) > 2:
        return Call("+", (Call("+", (left, GAP)), right))
    if not (isinstance(left, Call) and left.function in SUMS):
        return call
    first = left
    while isinstance(first, Call) and first.function in SUMS:
        first = first.arguments[0]  # type: ignore[assignment]
    return Call(call.function, (Call("+", (first, GAP)), right))


def ends_of_softmax(call: Call) -> Formula:
    """The first and the last of its inputs, and the one whose result it is."""
    *logits, which = call.arguments
    at = int(which.value) if isinstance(which, Number) else 0
    if len(logits) < 4 or not 1 <= at <= len(logits):
        return call
    if at in (1, len(logits)):
        return Call("softmax", (logits[0], GAP, logits[-1], Number(1.0 if at == 1 else 3.0)))
    return Call("softmax", (logits[0], GAP, logits[at - 1], GAP, logits[-1], Number(3.0)))
