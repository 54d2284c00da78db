"""What a word asks for that is no name: a second derivative, the formula of a line, a number of the rounds."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from microgrid.engine import FUNCTIONS, derivative
from microgrid.errors import FormulaError, GraphError, brief, did_you_mean
from microgrid.formula import Formula, Name, Vocabulary, parse, printable
from microgrid.formula.definitions import ALIASES, HINTS, expanded, functions
from microgrid.formula.regexes import regex
from microgrid.formula.signs import Names
from microgrid.formula.tokens import SPELLED, tokens
from microgrid.sheet import Run, Sheet
from microgrid.sheet.other_rounds import CHANGE, NEXT, with_hat
from microgrid.sheet.statements import names_of, quantity_of

__all__ = ["second_end", "second_of", "sheet_name"]

HIGHER = regex(r"\s*[d∂](?:\^?\{?[23]|[²³])")
REMEMBERED = regex(r"(\w[\u0300-\u036f]?\w*)\((.+)\)")


def second_of(text: str, names: Collection[str]) -> tuple[str, str, str] | None:
    """Of what a second derivative is, by what, and by what again; None for any other text.

    >>> second_of("d²L/dw²", ["L", "w"]), second_of("∂^2L/∂w∂b", ["L", "w", "b"]), second_of("dL/dw", ["L", "w"])
    (('L', 'w', 'w'), ('L', 'w', 'b'), None)

    Raises GraphError for a third one, and for one that is written otherwise.
    """
    if text in names or not HIGHER.match(text):
        return None
    try:
        word, *more = tokens(text.strip(), Vocabulary(find=Names(names).find))
    except FormulaError as error:
        raise GraphError(error.message) from None
    if len(more) != 1 or not word.text.startswith("∂∂"):
        if text.strip()[1] in "²^³":
            raise GraphError("a second derivative is written d²L/dw² or d²L/dw1dw2, of what is defined")
        return None
    return tuple(names_of(quantity_of(Name(word.text))))  # type: ignore[return-value]


def second_end(nodes: Mapping[str, Any], of: str, by: str) -> Any:
    """d(of)/d(by) as a Value of its own, that is called so: the top of a second derivative."""
    slope = FUNCTIONS["identity"](derivative(nodes[of], nodes[by]))
    slope.label = f"∂{of}/∂{by}"
    return slope


def sheet_name(text: str, run: Run) -> str:
    """The quantity of a sheet that a text means: a name, or the formula of its line.

    Raises GraphError for what has no name, with what to do instead.
    """
    sheet = run.sheet
    if text in sheet.quantities:
        return text
    if re.fullmatch(SPELLED, text):
        change = text[:1] == CHANGE and Names(sheet.quantities).find(text[1:])
        raise GraphError(of_rounds(text, change) if change else unknown(text, sheet))
    if said := remembered(text, sheet):
        raise GraphError(said)
    try:
        formula = read(text, sheet)
    except FormulaError:
        raise GraphError(unknown(text, sheet)) from None
    if isinstance(formula, Name) and formula.name in sheet.quantities:
        return formula.name
    name = next((name for name, line in sheet.formulas.items() if line == formula), "")
    if not name:
        shown = printable(text)
        raise GraphError(f"{shown} has no name in the sheet; a line q = {shown} gives it one")
    return name


def unknown(name: str, sheet: Sheet) -> str:
    """What to say of a name that the sheet does not have."""
    names = (*sheet.quantities, *sheet.algebra.arrays.known)
    return brief(f"no quantity is called {name!r}{did_you_mean(name, names)}")


def read(text: str, sheet: Sheet) -> Formula:
    """A formula in the words of a sheet, its functions written out."""
    vocabulary = Vocabulary(functions(sheet.definitions), lambda *_: True, Names(sheet.quantities).find, ALIASES, HINTS)
    return expanded(parse(text, vocabulary), {each.name: each for each in sheet.definitions})


def remembered(text: str, sheet: Sheet) -> str:
    """What to say of a number that the rounds carry on; '' for any other text."""
    if text.startswith(NEXT):
        return of_rounds(text, Names(sheet.quantities).find(text.removeprefix(NEXT).strip()) or "w")
    match = REMEMBERED.fullmatch(word := with_hat(text))
    if match and (word in sheet.moments or match[1] == "before"):
        return of_rounds(text, match[2])
    moments = {each.partition("(")[0] for each in sheet.moments}
    if match and match[1] in ("velocity", "m", "v", "m\u0302", "v\u0302") and match[1] not in moments:
        return (
            f"no optimiser of the sheet remembers {printable(text)}; update adam has m and v, update momentum velocity"
        )
    return ""


def of_rounds(text: str, name: str) -> str:
    """What to say of a number that goes from round to round, and is in no graph."""
    remedy = f"dL/d{printable(name)} is one, and the whole pass, asked for without a derivative, ends with the steps"
    return f"{printable(text)} goes from round to round, so no derivative is by it; {remedy}"
