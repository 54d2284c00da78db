"""The key to a sheet with blanks: its text, each blank filled with the number that belongs there."""

from __future__ import annotations

import re

from microgrid.formula import number_text
from microgrid.sheet import Check, Run

from .precision import Habit
from .verdicts import Judge

__all__ = ["filled"]

OPEN = re.compile(r"(~=|≈)([ \t]*)\?")
DIGITS = 4  # significant ones, where the sheet's own numbers do not show how many


def filled(text: str, run: Run) -> str:
    """The text of a sheet, each `?` in it replaced by its number; all else as it was, to the byte.

    >>> from microgrid import Sheet
    >>> text = "param w = 0.3\\nL = w^2   # squared\\nL ~= ?"
    >>> print(filled(text, Sheet.parse(text).run()))
    param w = 0.3
    L = w^2   # squared
    L ~= 0.09

    run  the same sheet, worked
    Numbers have the digits that the author of the sheet's own numbers uses, else four significant ones.
    """
    judge = Judge(run)
    blanks = [each for each in run.sheet.checks if isinstance(each, Check) and each.is_blank]
    lines = text.splitlines(keepends=True)
    for each in blanks:
        number = written(run.rounds[each.round].value(each.quantity), judge.author)
        lines[each.line - 1] = OPEN.sub(rf"\g<1>\g<2>{number}", lines[each.line - 1], count=1)
    return "".join(lines)


def written(value: float, author: Habit) -> str:
    """A number as the author would print it."""
    if author.decimals is not None and f"{value:.{author.decimals}f}".strip("-0."):
        return f"{value:.{author.decimals}f}"
    significant = next((each.digits for each in author.precisions if each.significant), DIGITS)
    return number_text(value, significant)
