"""The key of a sheet: its text with every blank filled, and nothing else changed."""

from __future__ import annotations

import math
from itertools import chain
from typing import NamedTuple

from microgrid.formula import number_text
from microgrid.formula.regexes import regex
from microgrid.formula.writing import minus
from microgrid.sheet import Check, Run
from microgrid.sheet.lines import logical
from microgrid.sheet.numbers import BLANK, LARGEST_POWER, is_in_range

from .follow_through import Pages
from .precision import Habit
from .undefined import undefined
from .verdicts import Judge

__all__ = ["filled", "left_blank", "written"]

DIGITS = 4  # significant ones, where the sheet's other numbers do not show how many
LEAST, MOST = 1e-4, 1e15  # outside of this a number is written with a power of ten
SHOWN = 4  # of the numbers that one blank asks for
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
    A blank stays whose number is inf or nan, or that asks for several: `left_blank` says which.
    """
    author, mark = Judge(run).author, MARK if text.startswith(MARK) else ""
    parts = END.split(text.removeprefix(MARK))
    lines = {line.number: line for line in logical(parts[::2])}
    for line, asked in blanks(run).items():
        left, answers = lines[line].text, [answer(run, each, author) for each in asked]
        for said in reversed(fitting(answers, left) or []):  # the last one first: those before it stay where they are
            left = left[: left.rindex(BLANK)]
            number, _, column = lines[line].place(len(left))
            whole = parts[2 * (number - 1)]
            parts[2 * (number - 1)] = whole[:column] + said + whole[column + len(BLANK) :]
    return mark + "".join(parts)


class Blank(NamedTuple):
    """A `?` of a sheet: the number that it asks for, or those of a whole array."""

    checks: tuple[Check, ...]
    shape: tuple[int, ...] = ()
    name: str = ""


def blanks(run: Run) -> dict[int, list[Blank]]:
    """What a sheet asks for, by the lines that do, in the order in which it stands there."""
    arrays = [each for each in run.sheet.grids if each.text == BLANK]
    whole = {id(each.checks[0]): Blank(each.checks, each.shape, each.name) for each in arrays}  # type: ignore[arg-type]
    inside = {id(check) for each in arrays for check in each.checks[1:]}
    found: dict[int, list[Blank]] = {}
    for each in run.sheet.checks:
        if isinstance(each, Check) and each.is_blank and id(each) not in inside:
            found.setdefault(each.line, []).append(whole.get(id(each)) or Blank((each,), (), str(each.quantity)))
    return found


def answer(run: Run, blank: Blank, author: Habit) -> str:
    """What stands in the place of a blank."""
    numbers = [written(run.rounds[each.round].value(each.quantity), author) for each in blank.checks]
    if len(blank.shape) == 1:
        return f"[{', '.join(numbers)}]"
    width = blank.shape[-1] if blank.shape else 1
    rows = [" ".join(numbers[at : at + width]) for at in range(0, len(numbers), width)]
    return f"[{'; '.join(rows)}]" if blank.shape else numbers[0]


def fitting(answers: list[str], line: str) -> list[str] | None:
    """The answers, one for each `?` of a line; None where a range asks for several numbers by one `?`."""
    marks = line.count(BLANK)
    if len(answers) == marks:
        return answers
    return answers[:1] if marks == 1 and len({*answers}) == 1 else None


def left_blank(run: Run) -> list[str]:
    """Which blanks have no number to be filled with, and why.

    >>> from microgrid import Sheet
    >>> left_blank(Sheet.parse("input x = -2\\nL = log(x)\\nL ~= ?").run())
    ['line 3: L = ? stays, for it is nan: line 2: log(x) = log(−2) = nan; log needs a number above 0']
    >>> left_blank(Sheet.parse("x[1] = 3\\nx[2] = 4\\nL = x[1]\\nfor k = 1..2: x[k] ~= ?").run())
    ['line 4: one ? stays for 2 numbers: x[1] = 3, x[2] = 4']
    """
    pages, found, author = Pages(run), list[str](), Judge(run).author
    lines = {line.number: line.text for line in logical(run.sheet.text.split("\n"))}
    for line, asked in blanks(run).items():
        answers = [answer(run, each, author) for each in asked]
        if not fitting(answers, lines[line]):
            said = [f"{each.name} = {number}" for each, number in zip(asked[:SHOWN], answers)]
            more = f", and {len(asked) - SHOWN:,} more" if len(asked) > SHOWN else ""
            found.append(f"line {line}: one ? stays for {len(asked):,} numbers: {', '.join(said)}{more}")
            continue
        for each in chain.from_iterable(blank.checks for blank in asked):
            value = run.rounds[each.round].value(each.quantity)
            if not is_printable(value):
                size = f"numbers that are printed go from 1e-{LARGEST_POWER} to 1e{LARGEST_POWER}"
                why = size if math.isfinite(value) else undefined(run, pages.item(each.round, each.quantity))
                is_what = minus(number_text(value))
                found.append(f"line {each.line}: {each.quantity} = ? stays, for it is {is_what}: {why}")
    return found


def written(value: float, author: Habit) -> str:
    """A number as the author of a sheet would print it, and never 0 for what is not.

    >>> written(2 / 3, Habit()), written(0.5, Habit()), written(-31.25e-9, Habit()), written(123456.7, Habit())
    ('0.6667', '0.5', '-3.125e-8', '123457')
    """
    if not is_printable(value):
        return BLANK
    decimals, noted = author.decimals, author.noted(value)
    if decimals is not None and (noted or not value) and abs(value) < MOST:
        return f"{noted + 0.0:.{decimals}f}"
    return in_digits(value, max((each.digits for each in author.precisions if each.significant), default=DIGITS))


def is_printable(value: float) -> bool:
    """Whether it is a number, and of a size that is printed."""
    return math.isfinite(value) and is_in_range(f"{value:.0e}")


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
