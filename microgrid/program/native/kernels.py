"""A row of the table as two loops in machine code: over numbers that stand side by side, there and back.

    forward(M, at, s, rows, width)           M[out + j] = value, and the local derivatives that are kept
    backward(M, at, s, rows, width, flags)   M[d + j] = or += partial · M[g + j], for each argument that counts

M is one array of doubles with rows of `width` numbers; `at` says which row each argument begins with, and `rows` how
many it has, one behind the other. s are the fixed numbers. A kernel is written as Python, compiled by numba, and kept
in the user's cache directory: a machine compiles each once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any

from numba import cfunc, types

from microgrid.formula import Formula, Op, Row, free_names
from microgrid.formula.operation import functions_of, python
from microgrid.program.rules import ONE, QUICK, open_rule, sharing

from .cache import compiled, is_compiled
from .words import WORDS

__all__ = ["ADDS", "WRITES", "Kernel", "kernel"]

NUMBERS, PLACES = types.CPointer(types.float64), types.CPointer(types.int64)
FORWARD = types.void(NUMBERS, PLACES, NUMBERS, types.int64, types.int64)
BACKWARD = types.void(NUMBERS, PLACES, NUMBERS, types.int64, types.int64, types.int64)
WRITES, ADDS = 1, 2  # what a backward kernel does with the gradient of an argument: two bits for each


class Kernel:
    """One row of the table, there and back.

    inputs   how many arguments            settings  its fixed numbers, those that are no part of its source
    kept     the arguments whose local derivatives are worked out on the way there
    reads    for every other one the arguments that its local derivative needs, -1 for the result
    ones     those whose local derivative is 1: they get the gradient as it is
    """

    def __init__(self, op: Op) -> None:
        self.name, self.row = op.name, open_rule(op)
        self.inputs = len(self.row.inputs)
        names = [name for name in op.fixed if any(uses(each, name) for each in formulas(self.row))]
        self.names, self.settings = names, [op.settings[name] for name in names]
        slots = range(self.inputs)
        self.kept = tuple(k for k in slots if functions_of([self.row.partials[k]]) - QUICK)  # dearer than keeping
        self.ones = tuple(k for k in slots if self.row.partials[k] == ONE)
        places = {"out": -1, **{name: k for k, name in enumerate(self.row.inputs)}}
        self.reads = {
            k: [] if k in self.kept else [place for name, place in places.items() if uses(self.row.partials[k], name)]
            for k in slots
        }

    @cached_property
    def source(self) -> str:
        """Both loops as Python."""
        heads = "def forward(M, at, s, rows, width):", "def backward(M, at, s, rows, width, flags):"
        parts = list(self.forward()), list(self.backward())
        return "\n".join(line for head, lines in zip(heads, parts) for line in (head, *indented(lines), ""))

    def forward(self) -> Iterator[str]:
        found = sharing(self.row, self.kept)
        yield from places([*range(self.inputs), "out", *(f"kept{k}" for k in self.kept)])
        yield from self.fixed()
        yield "for j in range(rows * width):"
        lines = [f"{name} = M[at{k} + j]" for k, name in enumerate(self.row.inputs)]
        lines += [f"{name} = {python(part)}" for name, part in found.early]
        lines += [f"out = {python(found.value)}", "M[atout + j] = out"]
        lines += [f"{name} = {python(part)}" for name, part in found.late]
        lines += [f"M[atkept{k} + j] = {python(partial)}" for k, partial in found.partials.items()]
        yield from indented(lines)

    def backward(self) -> Iterator[str]:
        slots = range(self.inputs)
        yield from places([*slots, "out", *(f"kept{k}" for k in self.kept), "g", *(f"d{k}" for k in slots)])
        yield from self.fixed()
        for k in slots:
            yield f"mode = flags >> {2 * k} & 3"
            for mode, sign in ((WRITES, "="), (ADDS, "+=")):
                yield f"{'el' * (mode != WRITES)}if mode == {mode}:"
                yield from indented(["for j in range(rows * width):", *indented(self.share(k, sign))])

    def share(self, k: int, sign: str) -> Iterator[str]:
        """What one argument gets."""
        for place in self.reads[k]:
            name = "out" if place < 0 else self.row.inputs[place]
            yield f"{name} = M[at{'out' if place < 0 else place} + j]"
        partial = f"M[atkept{k} + j]" if k in self.kept else f"({python(self.row.partials[k])})"
        yield f"M[atd{k} + j] {sign} {partial} * M[atg + j]"

    def fixed(self) -> Iterator[str]:
        yield from (f"{name} = s[{i}]" for i, name in enumerate(self.names))

    @property
    def is_compiled(self) -> bool:
        """Whether this computer has compiled it before."""
        return is_compiled(self.name, self.source)

    @cached_property
    def loops(self) -> tuple[Any, Any]:
        """Both loops in machine code."""
        return compiled(self.name, self.source, WORDS, both)  # type: ignore[no-any-return]

    @property
    def addresses(self) -> tuple[int, int]:
        """Where both begin, in the memory of this process."""
        return self.loops[0].address, self.loops[1].address


@lru_cache(maxsize=1024)
def kernel(op: Op) -> Kernel:
    """The kernel of an operation with its fixed numbers; those that share a source are compiled once."""
    return Kernel(op)


def formulas(row: Row) -> tuple[Formula, ...]:
    return row.value, *row.partials


def uses(formula: Formula, name: str) -> bool:
    return any(each.name == name for each in free_names(formula))


def places(names: Sequence[Any]) -> Iterator[str]:
    yield from (f"at{name} = at[{i}] * width" for i, name in enumerate(names))


def indented(lines: Any) -> list[str]:
    return [f"    {line}" for line in lines]


def both(module: ModuleType, is_kept: bool) -> tuple[Any, Any]:
    """Both loops in machine code."""
    told: dict[str, Any] = {"cache": is_kept, "error_model": "numpy"}
    return cfunc(FORWARD, **told)(module.forward), cfunc(BACKWARD, **told)(module.backward)
