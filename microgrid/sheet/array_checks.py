"""Checks of vectors and matrices, as a whole and one for each element: `z1 ~= [0.25, 0.41]`, `dL/dW == δ @ xᵀ`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from microgrid.errors import FormulaError
from microgrid.formula import Formula, Name, free_names, render
from microgrid.formula.algebra import size
from microgrid.formula.array_parser import Cells, parse_cells
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.regexes import regex

from .arrays.elements import Elements
from .arrays.ranges import constant
from .arrays.registry import element_names, sampled
from .arrays.shapes import Operand, Shape, described, tidy, turned
from .arrays.writing import written
from .check_sides import closed_form
from .names import SheetNames
from .numbers import BLANK, PRINTED, check_range
from .statements import Check, Equation, Grid, Identity, Quantity, quantity_of

__all__ = ["Judged", "grid", "in_numbers", "is_typed", "judged"]

TYPED = regex(r"\s*\[[-+−0-9.eE,;\s]+\]\s*")
LONGEST = 60  # parts of a formula that is shown for an element
INSIDE = regex(r"(?<=\[)[^\[\]]+(?=\])")


class Judged(NamedTuple):
    """The left side of a check: its text, its shape, what its elements are called, and those that have no name."""

    text: str
    found: Elements
    quantities: tuple[Quantity, ...]
    expressions: tuple[Equation, ...]


def judged(names: SheetNames, text: str, raw: Formula) -> Judged | None:
    """What a check is about, where that is an array; None where it is a number."""
    found = names.whole(raw)
    if not found.shape:
        return None
    said = in_numbers(names, text.strip())
    if all(isinstance(each, Name) for each in found.items):
        quantities = tuple(quantity_of(each) for each in found.items if isinstance(each, Name))
        return Judged(said, found, quantities, ())
    words = element_names(f"({said})", found.shape, names.sample)
    number = names.line.number
    expressions = tuple(Equation(number, (word,), each, word) for word, each in zip(words, found.formulas))
    return Judged(said, found, tuple(map(Quantity, words)), expressions)


def grid(names: SheetNames, left: Judged, sign: str, text: str, start: int, place: int) -> Grid:
    """What is published for an array, and with it that for each of its elements.

    text  the line, from `start` on what is published       place  of the round, from 0
    """
    kind = identities if sign == "==" else checks
    name, said = sampled(left.text, names.sample), in_numbers(names, text[start:].strip())
    found = tuple(kind(names, left, text, start, place))
    return Grid(names.line.number, place, name, said, left.found.shape, found)  # type: ignore[arg-type]


def in_numbers(names: SheetNames, text: str) -> str:
    """The text with numbers for what ranges count: `2*W[2]` for `l*W[l]`, `W[2]` for `W[l+1]`."""

    def number(match: re.Match[str]) -> str:
        pieces = [(piece, constant(names.raw(piece, 0))) for piece in match[0].split(",")]
        return ",".join(piece if found is None else str(found) for piece, found in pieces)

    if not names.counters:
        return text
    with suppress(FormulaError):  # what stands in some brackets is no formula
        text = INSIDE.sub(number, text)
    words = "|".join(map(re.escape, names.counters))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda match: render(names.counters[match[0]]), text)


def is_typed(text: str) -> bool:
    """Whether it is an array of printed numbers: [0.25, −0.41].

    >>> is_typed("[0.25 −0.41; 1 2]"), is_typed("[a, b]"), is_typed("2·[1, 2]")
    (True, False, False)
    """
    return bool(TYPED.fullmatch(text))


# ── numbers ────────────────────────────────────────────────────────────────────────────────


def checks(names: SheetNames, left: Judged, text: str, start: int, place: int) -> Iterator[Check]:
    """A check for each element, of what is printed for it.

    text  the line, from `start` on what is printed       place  of the round, from 0
    """
    said = text[start:].strip()
    if said == BLANK:
        for each in left.quantities:
            yield Check(names.line.number, place, each, BLANK)
        return
    cells = cells_of(names, text, start)
    if cells is None:
        yield from of_formula(names, left, text, start, place)
        return
    shape = shape_of(cells, start)
    same(names, left, said, shape, start)
    for quantity, (begin, end) in zip(left.quantities, (span for row in cells.rows for span in row)):
        yield printed(names, quantity, text[begin:end], begin, place)


def cells_of(names: SheetNames, text: str, start: int) -> Cells | None:
    """The cells of what is printed, if it is a literal; a blank stands for a number."""
    words = names.vocabulary()
    numbers = " " * start + text[start:].replace(BLANK, "0")
    return parse_cells(numbers, words)


def shape_of(cells: Cells, start: int) -> Shape:
    """The shape of a literal."""
    lengths = {len(row) for row in cells.rows}
    if len(lengths) > 1:
        raise FormulaError("the rows of a matrix are as long as each other", start)
    width = lengths.pop()
    return tidy(width, 1) if cells.is_column else tidy(len(cells.rows), width)


def same(names: SheetNames, left: Judged, said: str, shape: Shape, start: int) -> None:
    """Raise FormulaError where what is printed has another shape."""
    if left.found.shape == shape:
        return
    fact = f"{left.text} is {described(left.found.shape)} and {said} is {described(shape)}"
    remedy = instead(left, said, shape)
    raise names.following(FormulaError(f"{fact}: a check has one shape on both sides; {remedy}", start))


def instead(left: Judged, said: str, shape: Shape) -> str:
    """What to type, where what is published has another shape."""
    wanted = left.found.shape
    if turned(shape) == wanted and len(wanted) == 1 and re.fullmatch(r"\[[^;,\[\]]+\]", said):
        return f"a vector is a column: [{', '.join(said.strip('[]').split())}] would fit"
    if turned(shape) == wanted:
        return f"{Operand(left.text, wanted).turned.text} on the left would fit, if the transpose is published"
    if len(wanted) == 1 and wanted[0] < 5:
        return f"a vector is written [{', '.join('…' * wanted[0])}]"
    return "a vector is a column, [0.1, 0.2]; a row is [0.1 0.2]; rows end at ; or with their line"


def printed(names: SheetNames, quantity: Quantity, said: str, start: int, place: int) -> Check:
    """The check of one element."""
    number, text = None, said.strip()
    if PRINTED.fullmatch(text):
        check_range(text, start)
        text = text.replace("−", "-")
    elif text != BLANK:
        number = closed_form(names, text, start)
    return Check(names.line.number, place, quantity, text, number)


def of_formula(names: SheetNames, left: Judged, text: str, start: int, place: int) -> Iterator[Check]:
    """Checks of numbers that a formula gives: `z ~= 2*[1, 2]`."""
    raw = names.raw(text[start:], start)
    if any(each.name not in CONSTANTS for each in free_names(raw)):
        raise FormulaError(
            f"{text[start:].strip()!r} is no printed number; a formula is checked with ==", start, len(text)
        )
    found = names.whole(raw)
    same(names, left, written(raw), found.shape, start)
    for quantity, each in zip(left.quantities, found.formulas):
        said = render(each)
        yield Check(names.line.number, place, quantity, said, closed_form(names, said, 0))


# ── formulas ───────────────────────────────────────────────────────────────────────────────


def identities(names: SheetNames, left: Judged, text: str, start: int, place: int) -> Iterator[Identity]:
    """A published formula for each element."""
    raw = names.raw(text[start:], start)
    names.check(raw, names.line)
    found = names.whole(raw)
    same(names, left, written(raw), found.shape, start)
    said = text[start:].strip()
    for quantity, formula in zip(left.quantities, found.formulas):
        shown = render(formula) if size(formula) <= LONGEST else said
        yield Identity(names.line.number, place, quantity, formula, shown)
