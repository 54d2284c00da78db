"""The numbers that stand in formulas: how large they are, and whether a double keeps all the digits that are typed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from microgrid.formula import Formula, Number, fold
from microgrid.formula.regexes import regex

__all__ = ["is_kept", "numbers_in"]

NUMBER = regex(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", 0)
SHORT, DIGITS = 6, 16  # of a text: such a number is always kept; of digits: fewer are, where the exponent is plain


def is_kept(text: str) -> bool:
    """Whether every number in a text is to a double what is typed.

    >>> is_kept("x*0.1 + 1e-30"), is_kept("1.00000000000000000001*x"), is_kept("x + 1e-2000")
    (True, False, False)
    """
    return all(map(is_whole, (match[0] for match in NUMBER.finditer(text) if len(match[0]) > SHORT)))


def is_whole(number: str) -> bool:
    """Whether nothing of a number is lost."""
    try:
        return Decimal(number) == Decimal(repr(float(number)))
    except InvalidOperation:  # an exponent beyond all reason
        return False


def numbers_in(formulas: Iterable[Formula]) -> Iterator[float]:
    """The numbers in formulas, without their signs; neither 0 nor inf."""
    found: list[float] = []

    def visit(node: Formula, _: Any) -> None:
        if isinstance(node, Number):
            found.append(abs(node.value))

    for formula in formulas:
        fold(formula, visit)
    return (each for each in found if each and math.isfinite(each))
