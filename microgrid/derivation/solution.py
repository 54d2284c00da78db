"""A derivation as it is handed in: plain text, Markdown, LaTeX, JSON."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

from microgrid.formula import Call, Formula, Name, fold, printable
from microgrid.formula.writing import Write, columns, latex, markdown_text, text, wrapped
from microgrid.streams import carried, carries

from .chains import Factor
from .findings import ArrayStep, Findings, Step, in_lists
from .question import ArrayDescent, Descent

__all__ = ["as_json", "as_latex", "as_markdown", "as_text", "in_lines"]

ALL_SAMPLES = "sample all"  # as a sheet has it
MOST, FIRST_ONES = 12, 4  # rows or columns of an array that are written out; of more the first ones and the last
TOO_LONG = 480  # characters of numbers put in: nobody follows them
LATEX_WIDTH = 72  # characters to look at in a row of LaTeX, about the width of a page
NOTE = "{} is the whole derivative, over every way; ∂ the local one, other inputs held."
WHOLE, LOCAL = r"\text{ is the whole derivative, over every way; }", r"\text{ the local one, other inputs held.}"
LATEX_NOTE = rf"&\mathrm{{d}}{WHOLE}\partial{LOCAL}"
CLOSED_NOTE = "A closed branch passes nothing back: what is behind it counts 0, though its slope is ∞ or nan."
LATEX_CLOSED_NOTE = (
    r"&\text{A closed branch passes nothing back: what is behind it counts }0\text{, though its slope is }\infty"
    r"\text{ or nan.}"
)
ONLY_ELEMENTS, DERIVE_ONE = ", only each of its elements", "; derive one of its elements"
BY_ELEMENT_NOTE = "No formula over arrays says how {} comes about{}."
TIE_NOTE = "At a tie none is above the others: there 1{a > b} counts ½ of two, ⅓ of three, which share the gradient."
LATEX_TIE_NOTE = (
    r"&\text{At a tie none is above the others: there }\mathbf{1}\{a > b\}\text{ counts }\tfrac12\text{ of two, }"
    r"\tfrac13\text{ of three, which share the gradient.}"
)
LATEX_NOTES = {CLOSED_NOTE: LATEX_CLOSED_NOTE, TIE_NOTE: LATEX_TIE_NOTE}


def sides(step: Step | ArrayStep, write: Write) -> list[str]:
    """What a derivative equals, over and over, until it is a number; nothing twice."""
    shown = [(each, write(each)) for each in step.sides]
    followed = [text for each, text in shown if each is not step.inserted or step.has_closed or len(text) <= TOO_LONG]
    lines = [write(step.quantity), *followed]
    return [line for before, line in pairwise(lines) if line != before]


def descended(descent: Descent | ArrayDescent, write: Write) -> tuple[str, str]:
    """The name, and what it goes on to be: old − rate · slope = new."""
    sides = dict.fromkeys(map(write, (*descent.sides, descent.written)))
    return write(Name(descent.name)), " = ".join(sides)


def has_two_kinds(derivation: Findings) -> bool:
    """Whether total derivatives are told apart from local ones somewhere."""
    return any(isinstance(step.quantity, Call) and step.quantity.function == "d" for step in derivation.steps)


def notes(derivation: Findings, whole: str) -> list[str]:
    """What has to be said about the signs in a derivation."""
    closed = any(step.has_closed for step in derivation.steps)
    tie = any(step.has_tie for step in derivation.steps)
    found = (whole, has_two_kinds(derivation)), (CLOSED_NOTE, closed), (TIE_NOTE, tie)
    bare = [step for step in derivation.steps if isinstance(step, ArrayStep) and step.formula is None]
    names = ", ".join(dict.fromkeys(text(None)(step.quantity) for step in bare))
    derived = all(step.element is not None and step.element.formula is not None for step in bare)
    by_element = BY_ELEMENT_NOTE.format(names, ONLY_ELEMENTS if derived else DERIVE_ONE)
    return [note for note, has in (*found, (by_element, bare)) if has and note]


# ── text ───────────────────────────────────────────────────────────────────────────────────


def as_text(derivation: Findings, width: int, encoding: str) -> str:
    """Plain text that fits the width: a derivative in one line if it can be, else one equation a line."""
    has_local = any(isinstance(step, Step) for step in derivation.steps)  # of arrays every derivative is the whole one
    whole = "d" if carries("∂", encoding) or not has_local else "D"  # without a ∂ the local ones are written with a d
    formula = text(derivation.digits, whole=whole if has_two_kinds(derivation) else "d")

    def write(part: Formula) -> str:
        return carried(formula(folded(part)), encoding)

    said = [printable(each) for each in (derivation.title, derivation.remark) if each]
    blocks = [[line for each in said for line in remark(carried(each, encoding), width)]]
    blocks += [[derivation.sample]] if derivation.sample else []
    definitions = [f"{write(Name(each.name))} = {write(each.formula)}" for each in derivation.definitions]
    blocks += [[line for each in definitions for line in wrapped(each, width, 4)]]
    blocks += [block(step, write, width) for step in derivation.steps]
    two_kinds = NOTE.format(whole) if has_local or carries("∂", encoding) else ""
    blocks += [remark(carried(each, encoding), width) for each in notes(derivation, two_kinds)]
    blocks.append(descent_lines(derivation, write, carried("←", encoding), width))
    blocks += [[ALL_SAMPLES]] if derivation.sample else []
    return "\n\n".join("\n".join(block) for block in blocks if block)


def folded(formula: Formula) -> Formula:
    """The formula with the first and the last of what is in a long array; most formulas have none."""

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        if node.function not in ("list", "rows", "row") or len(inputs) <= MOST:
            return Call(node.function, tuple(inputs), node.at) if inputs else node
        return Call(node.function, (*inputs[:FIRST_ONES], Name("…"), inputs[-1]))

    return fold(formula, visit)  # type: ignore[no-any-return]


def block(step: Step | ArrayStep, write: Write, width: int) -> list[str]:
    """A derivative, and below that by an array one of its elements."""
    lines = in_lines(write(step.quantity), sides(step, write), width)
    element = step.element if isinstance(step, ArrayStep) else None
    return lines + (in_lines(write(element.quantity), sides(element, write), width) if element else [])


def remark(words: str, width: int) -> list[str]:
    """Words that are no equation: as a comment, for a sheet into which the text is pasted."""
    return [f"# {line}" for line in wrapped(words, width - 2, 0)]


def descent_lines(derivation: Findings, write: Write, arrow: str, width: int) -> list[str]:
    """A line for each step of gradient descent, their arrows in one column."""
    parts = [descended(each, write) for each in derivation.descents]
    longest = max((columns(name) for name, _ in parts), default=0)
    found: list[str] = []
    for name, right in parts:
        left = f"{name}{' ' * (longest - columns(name))} {arrow} "
        is_wide = columns(left) + columns(right) > width and "[" in right
        for each in right.split(" = ") if is_wide else [right]:  # of arrays each side has a line
            found += in_rows(left + each, width, columns(left) + 1)
            left = " " * (columns(left) - 2) + "= "
    return found


def in_lines(left: str, right: list[str], width: int) -> list[str]:
    """The sides of an equation, one below the other where they do not fit in a line."""
    line = " = ".join((left, *right))
    if columns(line) <= width:
        return [line]
    indent = columns(left) if columns(left) < width // 2 else 3
    lines = wrapped(f"{left} = {right[0]}", width, indent + 3)
    for each in right[1:]:
        lines += in_rows(" " * indent + " = " + each, width, indent + 4)
    return lines


def in_rows(line: str, width: int, indent: int) -> list[str]:
    """A side, broken before operators; an array that is too wide row by row, each below the first."""
    if line.strip(" =")[:1] != "[" or line[-1] != "]" or columns(line) <= width or "]" in line[:-1]:
        return wrapped(line, width, indent - 1)
    between = "; " if ";" in line else ", "
    pieces = line.split(between)
    lines = [pieces[0]]
    for each in pieces[1:]:
        row = between.rstrip()
        if between == ", " and columns(lines[-1]) + columns(each) + 3 <= width:
            lines[-1] += between + each
        else:
            lines[-1] += row
            lines.append(" " * indent + each)
    return lines


# ── LaTeX and Markdown ─────────────────────────────────────────────────────────────────────


def rows(derivation: Findings) -> list[str]:
    """The rows of an `aligned` block, step by step."""
    write = latex(derivation.digits)
    found = []
    for step in derivation.steps:
        element = step.element if isinstance(step, ArrayStep) else None
        for each in (step, element) if element else (step,):
            equal = " \\\\\n".join(f"&= {broken(line)}" for line in sides(each, write))
            found.append(f"{write(each.quantity)} {equal}")
    return found


def definition_rows(derivation: Findings) -> list[str]:
    write = latex(derivation.digits)
    return [f"{write(Name(each.name))} &= {broken(write(each.formula))}" for each in derivation.definitions]


def descent_rows(derivation: Findings) -> list[str]:
    write = latex(derivation.digits)
    return [r"{} &\leftarrow {}".format(*descended(each, write)) for each in derivation.descents]


def aligned(lines: list[str], between: str = r" \\[1ex]") -> str:
    inside = f"{between}\n".join(lines)
    return f"\\begin{{aligned}}\n{inside}\n\\end{{aligned}}"


def as_latex(derivation: Findings) -> str:
    """One block for the whole derivation."""
    said = [LATEX_NOTES.get(each, LATEX_NOTE) for each in notes(derivation, NOTE)]
    return aligned([*definition_rows(derivation), *rows(derivation), *descent_rows(derivation), *said])


def as_markdown(derivation: Findings) -> str:
    """A heading, a block for each step and one for the update."""
    head = [f"### {markdown_text(derivation.title)}"] if derivation.title else []
    head += [derivation.remark] if derivation.remark else []
    blocks = [aligned(definition_rows(derivation), r" \\")] if derivation.definitions else []
    blocks += [aligned([row]) for row in rows(derivation)]
    if derivation.descents:
        blocks.append(aligned(descent_rows(derivation), r" \\"))
    said = notes(derivation, NOTE.format("d"))
    return "\n\n".join([*head, *(f"$$\n{block}\n$$" for block in blocks), *said])


def broken(line: str) -> str:
    """A row of LaTeX, continued on the next before a + or − where it is too long to look at."""
    pieces, depth, start = [], 0, 0
    for match in re.finditer(r"\\[a-zA-Z]+|\\.|[{}()]| [+-] ", line):
        sign = match.group()
        depth += (sign in "{(") - (sign in "})")
        if sign in (" + ", " - ") and not depth:
            pieces.append(line[start : match.start()])
            start = match.start()
    shown = ""
    length = 0
    for piece in (*pieces, line[start:]):
        size = seen(piece)
        if shown and length + size > LATEX_WIDTH:
            shown, length = shown + r" \\" + "\n&\\quad", 0
        shown, length = shown + piece, length + size
    return shown


def seen(piece: str) -> int:
    """About how many characters of a piece of LaTeX are side by side: half of those in fractions."""
    bare = re.sub(r"\\(?:left|right|text|mathrm|hat|quad|partial)|[{}_]|\\cdot", "", piece)
    return len(bare) - bare.count(r"\frac") * 6


# ── JSON ───────────────────────────────────────────────────────────────────────────────────


def as_json(derivation: Findings) -> dict[str, Any]:
    """Everything, at full precision."""
    write = text(None)
    return {
        "target": derivation.target,
        "wrt": derivation.wrt,
        "level": derivation.level,
        "title": derivation.title,
        "definitions": {each.name: write(each.formula) for each in derivation.definitions},
        "steps": [step_json(step, write) for step in derivation.steps],
        "updates": [descent_json(each, write) for each in derivation.descents],
    }


def descent_json(descent: Descent | ArrayDescent, write: Write) -> dict[str, Any]:
    if isinstance(descent, ArrayDescent):
        found = {"old": descent.old, "slope": descent.slopes, "new": descent.new}
        return {
            "name": descent.name,
            "formula": write(descent.sides[0]),
            **{name: in_lists(each) for name, each in found.items()},
        }
    given = numbers(old=descent.old, **descent.numbers, new=descent.new)
    return {"name": descent.name, **formula_json(descent, write), **given}


def formula_json(descent: Descent, write: Write) -> dict[str, str]:
    """The rule of a sheet; plain gradient descent needs none."""
    return {} if descent.numbers or not descent.sides else {"formula": write(descent.sides[0])}


def array_json(step: ArrayStep, write: Write) -> dict[str, Any]:
    formula = None if step.formula is None else write(step.formula)
    found = {"quantity": write(step.quantity), "of": step.of, "by": step.by, "formula": formula}
    return {**found, "value": in_lists(step.value)}


def step_json(step: Step | ArrayStep, write: Write) -> dict[str, Any]:
    if isinstance(step, ArrayStep):
        element = {"element": array_json(step.element, write)} if step.element else {}
        return {**array_json(step, write), **element}
    chains = [write(each) for each in step.chains] or [""]
    return {
        "quantity": write(step.quantity),
        "of": step.of,
        "by": step.by,
        "chain": chains[0],
        "factored": chains[-1],
        "formulas": write(step.formulas),
        "inserted": write(step.inserted),
        "numbers": write(step.numbers),
        **numbers(value=step.value),
        "terms": [
            {
                "via": term.via,
                "upstream": term.upstream,
                "factors": [factor_json(each, write) for each in term.factors],
                **numbers(value=term.value),
            }
            for term in step.terms
        ],
    }


def factor_json(factor: Factor, write: Write) -> dict[str, Any]:
    formula = None if factor.formula is None else write(factor.formula)
    return {"of": factor.of, "by": factor.by, "formula": formula, **numbers(value=factor.value)}


def numbers(**values: float) -> dict[str, float | str]:
    """inf and nan, which JSON has not, as text."""
    return {name: float(value) if math.isfinite(value) else repr(float(value)) for name, value in values.items()}
