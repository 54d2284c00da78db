"""Where a value stands in its source: the line, and the very expression in it, of scripts and sheets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from microgrid.engine.origins import Origin
from microgrid.engine.watch import origin_of
from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, Vocabulary, parse
from microgrid.formula.definitions import ALIASES, FUNCTIONS
from microgrid.formula.regexes import regex
from microgrid.formula.signs import Names
from microgrid.formula.tokens import NAME
from microgrid.formula.writing import columns
from microgrid.sheet import Equation, Run
from microgrid.streams import carried

__all__ = ["excerpt", "passage"]

WORD = regex(NAME)
DIGITS = regex(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def passage(node: Any, run: Run | None = None) -> Origin | None:
    """The line that computed a value, and the expression in it; None where nobody recorded it.

    >>> from microgrid import Sheet
    >>> run = Sheet.parse("param p = 0.5\\nL = 1 - log(1 - p)").run()
    >>> log = run.root.parents[1]
    >>> passage(log, run).expression, passage(log.parents[0], run).expression
    ('log(1 - p)', '1 - p')

    run  the worked sheet that the value is of, if it is of one
    """
    origin = origin_of(node)
    if run is None:
        return origin
    if origin is None or origin.column is not None:
        return origin or given(node, run)
    for equation in run.sheet.equations:
        if equation.line == origin.line:
            span = spanned(equation, run, node)
            return origin._replace(column=span[0], end=span[1], expression=equation.text[slice(*span)])
    return origin


def given(node: Any, run: Run) -> Origin | None:
    """The line of a sheet that gives a leaf its number."""
    for leaf in run.sheet.leaves:
        if run.rounds[0].nodes[leaf.name] is node:
            return Origin(run.sheet.name, leaf.line, f"{leaf.keyword} {leaf.name} = {node.data!r}")
    return None


def spanned(equation: Equation, run: Run, node: Any) -> tuple[int, int]:
    """The columns in the line of an equation where a value of it is computed."""
    text = equation.text
    right = text.index("=") + 1
    formula = read_again(text, right, run)
    is_same = formula is not None and formula == equation.formula
    pairs = [paired(formula, run.rounds[0].nodes[name]) for name in equation.names] if formula and is_same else []
    for call, each in chain.from_iterable(pairs):
        if each is node and call is not formula:
            return balanced(text, *ends(call, text))
    return len(text) - len(text[right:].lstrip()), len(text)


def read_again(text: str, start: int, run: Run) -> Formula | None:
    """The right side of a line, each part at its column; None where functions of the sheet are written out in it."""
    vocabulary = Vocabulary(FUNCTIONS, find=Names(run.sheet.quantities).find, aliases=ALIASES)
    try:
        return parse(" " * start + text[start:], vocabulary)
    except FormulaError:
        return None


def paired(formula: Formula, root: Any) -> Iterator[tuple[Call, Any]]:
    """The operations of a formula, each with the node that it became."""
    pending = [(formula, root)]
    while pending:
        each, node = pending.pop()
        if isinstance(each, Call) and node.parents:
            yield each, node
            pending += zip(each.arguments, node.parents)


def ends(call: Call, text: str) -> tuple[int, int]:
    """Where a call begins in the text and where it ends, as far as its operands show."""
    start = end = call.at
    pending: list[Formula] = [call]
    while pending:
        each = pending.pop()
        start = min(start, each.at)
        if isinstance(each, Call):
            pending += each.arguments
            word = WORD.match(text, each.at)
            if word and text[word.end() :].lstrip().startswith("("):
                end = max(end, closing(text, text.index("(", each.at)))
        else:
            match = (WORD if isinstance(each, Name) else DIGITS).match(text, each.at)
            end = max(end, match.end() if match else each.at + 1)
    return start, end


def closing(text: str, opening: int) -> int:
    """The place after the parenthesis that closes the one there."""
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if not depth:
            return at + 1
    return len(text)


def balanced(text: str, start: int, end: int) -> tuple[int, int]:
    """The place, widened until every parenthesis in it has its other half."""
    depth = lowest = 0
    for letter in text[start:end]:
        depth += (letter == "(") - (letter == ")")
        lowest = min(lowest, depth)
    for _ in range(-lowest):
        start = text.rindex("(", 0, start)
    for _ in range(depth - lowest):
        end = text.index(")", end) + 1
    return start, end


def excerpt(origin: Origin, width: int) -> list[str]:
    """The line, and under it carets where the expression stands; in so many columns.

    >>> print(*excerpt(Origin("a.py", 1, "    L = p.log()", 8, 15), 40), sep="\\n")
    L = p.log()
        ^^^^^^^
    """
    line = "".join(letter if letter.isprintable() else " " for letter in origin.text)
    indent = len(line) - len(line.lstrip())
    if origin.column is None or origin.end is None:
        return [line.strip()[:width]] if line.strip() else []
    column, end = origin.column, origin.end
    first = max(indent, min(column - width // 4, end - width)) if len(line) - indent > width else indent
    shown = line[first : first + width].rstrip()
    parts = line[first:column], line[column : min(end, first + len(shown))]
    before, marked = (columns(carried(part)) for part in parts)
    return [shown, " " * before + "^" * max(1, marked)]
