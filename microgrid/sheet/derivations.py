"""Lines as a derivation has them: `∂L/∂w = ∂L/∂z · ∂z/∂w = ∂L/∂z · x = 0.2 · 3 = 0.6`, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microgrid.formula import Formula, Name, derivative, free_names, substitute
from microgrid.formula.regexes import regex

from .statements import Equation, has_derivative, names_in, quantity_of

__all__ = ["ARROW", "local_slopes", "sides"]

ARROW = "←"
EQUALS = regex(r"(?<![<>=~])=(?!=)|←")
REMARK = regex(r"\((?:via [^()]*(?:\([^()]*\))?[^()]*|directly)\)")


def sides(text: str) -> Iterator[tuple[str, int]]:
    """The sides of an equation, each with its column; their remarks are left out.

    >>> list(sides("dL/db = 2*b (via z) = 6"))
    [('dL/db ', 0), (' 2*b         ', 7), (' 6', 21)]
    """
    start = 0
    whole = REMARK.sub(lambda match: " " * len(match[0]), text)
    for match in EQUALS.finditer(whole, start):
        yield whole[start : match.start()], start
        start = match.end()
    yield whole[start:], start


def local_slopes(formula: Formula, text: str, equations: Sequence[Equation]) -> Formula:
    """The formula with ∂a/∂b for what it is in a derivation: the slope of a's own equation, where b is in it.

    Elsewhere dL/dw and ∂L/∂w are both the whole derivative; they are the same wherever only one way leads from b to a.

    text  of the line, which says what is written with a ∂
    """
    found: dict[str, Formula] = {}
    for each in free_names(formula):
        if each.name[0] == "∂" and text[each.at : each.at + 1] == "∂":
            slope = local_slope(each, equations)
            if slope is not None:
                found[each.name] = slope
    return substitute(formula, found) if found else formula


def local_slope(name: Name, equations: Sequence[Equation]) -> Formula | None:
    """∂a/∂b with the other quantities in a's equation held; None where that is the whole derivative."""
    quantity = quantity_of(name)
    equation = next((each for each in equations if each.names == (quantity.of,)), None)
    if equation is None or has_derivative(equation.formula) or quantity.by not in names_in(equation.formula):
        return None
    others = {each for each in names_in(equation.formula) if each != quantity.by}
    if others.isdisjoint(computed_from(quantity.by, equations)):
        return None
    return derivative(equation.formula, quantity.by, quantity.of)


def computed_from(name: str, equations: Sequence[Equation]) -> set[str]:
    """The quantities that a quantity is needed for."""
    found = {name}
    for each in equations:
        if not found.isdisjoint(names_in(each.formula)):
            found.update(each.names)
    return found - {name}
