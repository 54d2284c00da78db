"""The two sides of a check: what is judged, and what is printed for it."""

from __future__ import annotations

import math

from microgrid.engine import FUNCTIONS
from microgrid.errors import FormulaError, MicrogridError
from microgrid.formula import Formula, evaluate, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import OF_MEAN

from .names import SheetNames
from .numbers import PRINTED
from .remedies import instead_of_number

__all__ = ["EQUALS", "NO_VALUE", "closed_form", "left_side"]

SLOPE = regex(r"[d∂]\s*\((.+)\)\s*/\s*[d∂]\s*(\w+)")
NO_VALUE = "{} has no value that could be printed"
EQUALS = regex("(?<![<>])=")  # no part of <= or >=
OPERATORS = regex(r"[-+*/^()√|−·×⋅÷]")


def left_side(names: SheetNames, text: str, printed: str) -> Formula:
    """What is judged: a quantity, a derivative, or an expression over these.

    text     of the line, up to the sign            printed  what stands behind it
    Raises FormulaError for what is none of them.
    """
    start, word = len(text) - len(text.lstrip()), text.strip()
    if equals := EQUALS.search(word):
        equation, check = word[: equals.start()].strip(), word[equals.end() :]
        fact = f"an equation and its check are two lines: {word}, then {equation} ~= {printed}"
        is_one = not EQUALS.search(check) and check.strip()
        raise FormulaError(fact if is_one else "a check has one sign, ~= or ==", start, start + len(word))
    if not word:
        raise FormulaError("what is checked is missing here; write a name or a derivative, such as dL/dw", start)
    if (match := SLOPE.fullmatch(word)) and not OF_MEAN.fullmatch(word):
        fact = f"only what has a name has a derivative: write q = {match[1]}, then dq/d{match[2]} ~= {printed}"
        raise FormulaError(fact, start, start + len(word))
    if word in names.definitions:
        names.refuse_function(word, start, start + len(word))
    formula = names.formula(word, start)
    if PRINTED.fullmatch(word):
        said = f"; the number stands on the right: {printed} ~= {word}" if not PRINTED.fullmatch(printed) else ""
        raise FormulaError(f"{word} is a number, so there is nothing to check{said}", start, start + len(word))
    return formula


def closed_form(names: SheetNames, printed: str, start: int) -> float:
    """What a number that is printed as a formula comes to: 13/35, √2/2, 1/(1 + e).

    start  the column where it begins
    Raises FormulaError for what is no number.
    """
    end = start + max(len(printed), 1)
    fact = f"{printed!r} is no printed number; {instead_of_number(printed)}"
    if not printed:
        raise FormulaError("a number is missing here", start, end)
    if printed[0] == "[":
        raise names.following(FormulaError(f"{printed} is an array, and what is checked is a number", start, end))
    if "," in fact.partition(";")[0] and "(" not in printed:
        raise FormulaError(fact, start, end)
    try:
        formula = names.formula(printed, start)
    except FormulaError as error:
        raise error if OPERATORS.search(printed.lstrip("-−")) else FormulaError(fact, start, end) from None
    if any(each.name not in CONSTANTS for each in free_names(formula)):
        raise FormulaError(fact, start, end)
    try:
        number = float(evaluate(formula, CONSTANTS, FUNCTIONS))
    except (MicrogridError, TypeError):  # a function has no value there, or several
        number = math.nan
    if not math.isfinite(number):
        raise FormulaError(NO_VALUE.format(printed), start, end)
    return number
