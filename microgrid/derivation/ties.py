"""Ties: where two numbers are equal, none is above the other; max and min share the gradient: ½ and ½, of three ⅓."""

from __future__ import annotations

from microgrid.errors import MicrogridError
from microgrid.formula import Call, Formula, Number, evaluate, fold
from microgrid.formula.definitions import EXTREME, together
from microgrid.formula.words import WORDS

__all__ = ["has_tie", "with_ties"]

ABOVE = "above"  # as the rows of max and min have it: 1{x > y}


def with_ties(formula: Formula) -> Formula:
    """A formula of numbers with ½ for every 1{a > b} of equal ones, which would read as if it were false.

    >>> from microgrid.formula import Number, parse, render, substitute
    >>> tie = Call("above", (Number(1.0), Number(1.0)))
    >>> print(render(with_ties(Call("*", (Number(2.0), tie)))))
    2*0.5
    """

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        return share(node) if is_tie(node) else Call(node.function, tuple(inputs), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def share(call: Call) -> Number:
    """Of two ½; of x above the largest of several, the others counted that are as large."""
    numbers = [[float(evaluate(part, {}, WORDS)) for part in parts(each)] for each in call.arguments]
    top = float(evaluate(call.arguments[0], {}, WORDS))
    return Number(1 / sum(each == top for part in numbers for each in part))


def parts(formula: Formula) -> tuple[Formula, ...]:
    whole = together(formula)
    is_extreme = isinstance(whole, Call) and whole.function in EXTREME
    return whole.arguments if is_extreme else (whole,)  # type: ignore[union-attr]


def is_tie(call: Call) -> bool:
    """Whether a call asks which of two equal numbers is above the other."""
    if call.function != ABOVE:
        return False
    try:
        one, other = (float(evaluate(each, {}, WORDS)) for each in call.arguments)
    except MicrogridError:  # a name in it has no number
        return False
    return one == other


def has_tie(formula: Formula, inserted: Formula) -> bool:
    """Whether some 1{a > b} of a formula has become ½, where its numbers were put in."""
    return count(formula) > count(inserted)


def count(formula: Formula) -> int:
    """How often a formula asks which of two numbers is above the other."""
    return int(fold(formula, lambda node, found: sum(found) + (isinstance(node, Call) and node.function == ABOVE)))
