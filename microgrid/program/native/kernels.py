"""A row of the table as two loops in machine code: over numbers that stand side by side, there and back.

    forward(M, at, s, rows, width)           M[out + j] = value, and the local derivatives that are kept
    backward(M, at, s, rows, width, flags)   M[d + j] = or += partial · M[g + j], for each argument that counts

M is one array of doubles with rows of `width` numbers; `at` says which row each argument begins with, and `rows` how
many it has, one behind the other. s are the fixed numbers. A kernel is written as Python, compiled by numba, and kept
in the user's cache directory: a machine compiles each once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
from numba import cfunc, types

from microgrid.files import replace_file
from microgrid.formula import Formula, Op, Row, free_names
from microgrid.formula.expression import OPERATORS
from microgrid.formula.operation import functions_of, python
from microgrid.program.rules import ONE, open_rule, sharing

from .words import FAST, SOURCE, WORDS

__all__ = ["ADDS", "WRITES", "Kernel", "file_of", "kernel"]

NUMBERS, PLACES = types.CPointer(types.float64), types.CPointer(types.int64)
FORWARD = types.void(NUMBERS, PLACES, NUMBERS, types.int64, types.int64)
BACKWARD = types.void(NUMBERS, PLACES, NUMBERS, types.int64, types.int64, types.int64)
QUICK = {*OPERATORS, "neg", "abs", "max", "min", "step", "sign", "above", "where", "defined"}  # cheaper than keeping
WRITTEN_IN = "\n".join([SOURCE, numba.__version__, sys.version])  # what else a kernel depends on
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
        self.kept = tuple(k for k in slots if functions_of([self.row.partials[k]]) - QUICK)
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
    def is_cached(self) -> bool:
        """Whether this machine has compiled it before."""
        place = file_of(self.name, self.source)
        return any(place.parent.glob(f"__pycache__/{place.stem}.backward-*.nbi"))

    @cached_property
    def addresses(self) -> tuple[int, int]:
        """Where both begin, in the memory of this process."""
        self.compiled = compiled(self.name, self.source)
        return self.compiled[0].address, self.compiled[1].address


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


# ── compiling ──────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1024)
def compiled(name: str, source: str) -> tuple[Any, Any]:
    """Both loops in machine code, from the cache where they are there."""
    module = module_of(name, source)
    told: dict[str, Any] = {"cache": module.__file__ is not None, "error_model": "numpy", "fastmath": FAST}
    return cfunc(FORWARD, **told)(module.forward), cfunc(BACKWARD, **told)(module.backward)


def module_of(name: str, source: str) -> ModuleType:
    """The source as a module, in a file of the cache where one can be written: numba caches what stands in files."""
    place = file_of(name, source)
    try:
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(place, source.encode())
    except OSError:
        module = ModuleType(place.stem)
        module.__file__ = None
        code = compile(source, f"<microgrid kernel {name}>", "exec")
    else:
        spec = importlib.util.spec_from_file_location(place.stem, place)
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        code = compile(source, str(place), "exec")
    sys.modules[module.__name__] = module  # where numba looks for what it has cached
    vars(module).update(WORDS, inf=float("inf"), nan=float("nan"))
    exec(code, vars(module))
    return module


def file_of(name: str, source: str) -> Path:
    """Where a kernel stands: under a name that says everything it depends on."""
    told = "\n".join([source, WRITTEN_IN])
    return cache_directory() / f"{name}_{hashlib.sha256(told.encode()).hexdigest()[:16]}.py"


def cache_directory() -> Path:
    """MICROGRID_CACHE where it is set, else `microgrid` in the user's cache directory."""
    told = os.environ.get("MICROGRID_CACHE")
    if told:
        return Path(told)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "microgrid"
