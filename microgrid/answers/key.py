"""The key of a sheet: its text with every blank filled, and nothing else changed."""

from __future__ import annotations

import math

from microgrid.formula import number_text
from microgrid.formula.regexes import regex
from microgrid.formula.writing import minus
from microgrid.sheet import Check, Run
from microgrid.sheet.lines import logical
from microgrid.sheet.numbers import BLANK

from .follow_through import Pages
from .precision import Habit
from .undefined import undefined
from .verdicts import Judge

__all__ = ["filled", "left_blank", "written"]

DIGITS = 4  # significant ones, where the sheet's other numbers do not show how many
LEAST, MOST = 1e-4, 1e15  # outside of this a number is written with a power of ten
MARK = "\ufeff"  # with which some editors begin a file
END = regex(r"(\r\n|\r|\n)")


def filled(text: str, run: Run) -> str:
    """The text of a sheet with the number in the place of every `?`.

    >>> from microgrid import Sheet
    >>> text = "param w = 3\\nL = w^2/7\\nL ~= ?  # of what?"
    >>> print(filled(text, Sheet.parse(text).run()))
    param w = 3
    L = w^2/7
    L ~= 1.286  # of what?

    text  that the sheet was read from, as it stands in its file
    A number that is inf or nan leaves its blank: `left_blank` says which.
    """
    author, mark = Judge(run).author, MARK if text.startswith(MARK) else ""
    parts = END.split(text.removeprefix(MARK))
    lines = {line.number: line for line in logical(parts[::2])}
    left = {line.number: line.text for line in lines.values()}
    for each in reversed(blanks(run)):  # the last one of a line first: those before it stay where they are
        line, value = lines[each.line], run.rounds[each.round].value(each.quantity)
        at = left[each.line].rindex(BLANK)
        left[each.line] = left[each.line][:at]
        number, _, column = line.place(at)
        whole = parts[2 * (number - 1)]
        parts[2 * (number - 1)] = whole[:column] + written(value, author) + whole[column + len(BLANK) :]
    return mark + "".join(parts)


def blanks(run: Run) -> list[Check]:
    """The numbers that a sheet asks for, in the order in which they stand there."""
    return [each for each in run.sheet.checks if isinstance(each, Check) and each.is_blank]


def left_blank(run: Run) -> list[str]:
    """Which blanks have no number to be filled with, and why.

    >>> from microgrid import Sheet
    >>> left_blank(Sheet.parse("input x = -2\\nL = log(x)\\nL ~= ?").run())
    ['line 3: L = ? stays, for it is nan: line 2: log(x) = log(−2) = nan; log needs a number above 0']
    """
    pages, found = Pages(run), list[str]()
    for each in blanks(run):
        value = run.rounds[each.round].value(each.quantity)
        if not math.isfinite(value):
            why = undefined(run, pages.item(each.round, each.quantity))
            found.append(f"line {each.line}: {each.quantity} = ? stays, for it is {minus(number_text(value))}: {why}")
    return found


def written(value: float, author: Habit) -> str:
    """A number as the author of a sheet would print it, and never 0 for what is not.

    >>> written(2 / 3, Habit()), written(0.5, Habit()), written(-31.25e-9, Habit()), written(123456.7, Habit())
    ('0.6667', '0.5', '-3.125e-8', '123457')
    """
    if not math.isfinite(value):
        return BLANK
    decimals, noted = author.decimals, author.noted(value)
    if decimals is not None and (noted or not value):
        return f"{noted + 0.0:.{decimals}f}"
    return in_digits(value, max((each.digits for each in author.precisions if each.significant), default=DIGITS))


def in_digits(value: float, digits: int) -> str:
    """A number in so many significant digits, or all of a whole number; without zeros that say nothing."""
    if not value:
        return "0"
    if not LEAST <= abs(value) < MOST:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{without_zeros(mantissa)}e{int(power)}"
    text = f"{value:.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
    return without_zeros(text) if math.isclose(float(text), value, rel_tol=1e-12) else text


def without_zeros(text: str) -> str:
    """0.5 of 0.500."""
    return text.rstrip("0").rstrip(".") if "." in text else text
