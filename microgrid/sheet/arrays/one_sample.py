"""What is of one sample, written out: `z at sample 2`, `mean over samples of L`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, fold
from microgrid.formula.array_parser import AT, OVER
from microgrid.sheet.other_rounds import opened

from .ranges import constant, nodes
from .registry import Arrays, sampled, unsampled
from .writing import written

__all__ = ["of_sample", "over_samples", "placed_at", "require_sample", "sample_number", "varies"]


def varies(formula: Formula, arrays: Arrays) -> bool:
    """Whether a formula has a number for each sample."""
    names = [node.name for node in leaves(formula)]
    return any(lacks_sample(part, arrays) for name in names for part in parts_of(name))


def leaves(formula: Formula) -> list[Name]:
    found: list[Name] = []
    fold(formula, lambda node, _: found.append(node) if isinstance(node, Name) else None)
    return found


def parts_of(name: str) -> list[str]:
    """The quantities in a name, as they are called there: L and w of ∂L/∂w, and of before(∂L/∂w)."""
    return opened(name)[1].lstrip("∂").split("/∂")


def lacks_sample(name: str, arrays: Arrays) -> bool:
    """Whether a quantity, or the array that it is an element of, has a number for each sample, and names none."""
    return arrays.varies(name) and not unsampled(name)[1]


def require_sample(formula: Formula, arrays: Arrays) -> None:
    """Raise FormulaError for what has a number for each sample, where one number is meant."""
    for node in leaves(formula):
        for name in parts_of(node.name):
            if lacks_sample(name, arrays):
                raise FormulaError(for_each(node.name, arrays.samples), node.at, node.at + len(node.name))


def for_each(name: str, samples: int) -> str:
    """What to say of a quantity, or a derivative, that has a number for each sample.

    >>> for_each("∂L/∂w", 4).partition("; ")[2]
    'write dL/dw at sample 1, or at sample k behind for k = 1..4:; or C = mean over samples of L, and dC/dw'
    >>> for_each("ΔL", 2).partition("; or ")[2]
    'C = mean over samples of L, and ΔC'
    """
    (front, _, end), (of, *by) = opened(name), parts_of(name)
    said = f"{front}d{of}/d{by[0]}{end}" if by else name
    other = f"{front}{f'dC/d{by[0]}' if by else 'C'}{end}"
    mean = f"mean over samples of {of}" if other == "C" else f"C = mean over samples of {of}, and {other}"
    each = f"write {said} at sample 1, or at sample k behind for k = 1..{samples}:"
    return f"{said} has a number for each sample; {each}; or {mean}"


def of_sample(formula: Formula, sample: int, arrays: Arrays) -> Formula:
    """The formula of one sample: what varies, at that sample."""
    names = {node.name for node in leaves(formula)}
    renamed = {name: placed_at(name, sample, arrays) for name in names}
    changed: Mapping[str, str] = {name: other for name, other in renamed.items() if other != name}

    def visit(node: Any, arguments: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return Name(changed.get(node.name, node.name), node.at)
        return Call(node.function, tuple(arguments), node.at) if isinstance(node, Call) else node

    return fold(formula, visit) if changed else formula


def placed_at(name: str, sample: int, arrays: Arrays) -> str:
    """A name as one sample has it: ∂L at sample 2/∂w."""
    if not sample:
        return name
    (front, inside, end), words = opened(name), parts_of(name)
    signs = inside[: len(inside) - len(inside.lstrip("∂"))]
    changed = "/∂".join(sampled(each, sample) if lacks_sample(each, arrays) else each for each in words)
    return front + signs + changed + end


def over_samples(formula: Formula, arrays: Arrays) -> Formula:
    """The formula with `z at sample 2` and `mean over samples of L` written out."""
    if not any(node.function in (AT, *OVER) for node in nodes(formula)):
        return formula

    def visit(node: Any, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node  # type: ignore[no-any-return]
        if node.function == AT:
            return of_sample(arguments[0], sample_number(node, arguments[1], arrays), arrays)
        if node.function in OVER:
            return everywhere(node, arguments[0], arrays)
        return Call(node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def sample_number(node: Call, index: Formula, arrays: Arrays) -> int:
    """The number of a sample that there is."""
    found = constant(index)
    if not arrays.samples:
        raise FormulaError("there are no samples; a line samples x | y begins their table", node.at)
    if found is None or not 1 <= found <= arrays.samples:
        fact = f"there is no sample {written(index)}; samples go from 1 to {arrays.samples:,}"
        raise FormulaError(fact, index.at, index.at + 1)
    return found


def everywhere(node: Call, body: Formula, arrays: Arrays) -> Formula:
    """The sum, or the mean, of a formula over all samples."""
    if not arrays.samples:
        raise FormulaError("there are no samples; a line samples x | y begins their table", node.at)
    if not varies(body, arrays):
        fact = f"{written(body)} is the same for every sample"
        raise FormulaError(fact, node.at, node.at + len(node.function))
    terms = tuple(of_sample(body, k, arrays) for k in range(1, arrays.samples + 1))
    function = "mean" if node.function.startswith("mean") else "sum"
    return Call(function, (Call("items", terms, node.at),), node.at)
