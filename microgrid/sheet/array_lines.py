"""Lines over arrays as statements over numbers: leaves, equations and checks, one for each element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from microgrid.errors import FormulaError
from microgrid.formula import Formula, Number, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import NAME, SPELLED

from .arrays.elements import Elements, settled
from .arrays.expansion import scalar
from .arrays.families import following_range
from .arrays.one_sample import of_sample, varies
from .arrays.registry import element_names, sampled, unsampled
from .demands import check_results, check_settings
from .lines import pieces
from .names import SheetNames
from .other_rounds import earlier
from .statements import Array, Equation, Leaf, usual_loss

__all__ = ["ArrayLines", "Left"]

INDEXED = regex(rf"\s*({SPELLED})\s*\[(.+)\]\s*")


class Left(NamedTuple):
    """What a line defines: `z`, or `z[2]`, a member of a family at a place."""

    name: str
    base: str = ""
    place: tuple[int, ...] = ()


class ArrayLines:
    """Makes statements of the lines that define arrays, members of families, and what varies with the samples."""

    def __init__(self, names: SheetNames, leaves: list[Leaf], equations: list[Equation]) -> None:
        self.names, self.leaves, self.equations = names, leaves, equations
        self.numbers: dict[str, Formula] = {}  # what is computed and no array, and its formula as it is written

    # ── what is defined ──

    def left(self, piece: str, start: int) -> Left | None:
        """The member of a family that a left side names: `z[l]`; None for any other left side."""
        match = INDEXED.fullmatch(piece)
        if match is None:
            return None
        base = self.names.base(match[1], start + match.start(1))
        place = self.names.place(match[2], start + match.start(2))
        name = f"{base}[{','.join(map(str, place))}]"
        self.names.once(name, start + match.start(1), start + match.end())
        return Left(name, base, place)

    def free_indices(self, piece: str) -> dict[str, int]:
        """The indices of a left side that no range counts, each with its column: i of `s[i]`."""
        match = INDEXED.fullmatch(piece)
        found: dict[str, int] = {}
        for part, start in pieces(match[2], 0) if match else ():
            word = part.strip()
            if re.fullmatch(NAME, word) and word not in self.names.counters and not self.names.find(word):
                found[word] = match.start(2) + start if match else 0
        return found

    def define(self, left: Left, keyword: str = "") -> None:
        """Note down that there is a quantity, or an array."""
        names = self.names
        names.define(left.name, names.line.number, keyword)
        if left.base:
            names.defined.setdefault(left.base, names.line.number)
            names.arrays.belong(left.base, left.place, left.name)

    def array(self, left: Left, found: Elements, raw: Formula, text: str, keyword: str = "") -> Array:
        """Note down that there is an array."""
        names = self.names
        made = Array(
            names.line.number, left.name, found.shape, element_names(left.name, found.shape), keyword, raw, text.strip()
        )
        names.arrays.add(made)
        self.define(left)
        return made

    def loss(self) -> str:
        """The usual loss, which is a number."""
        return unsampled(usual_loss(self.equations, lambda name: unsampled(name)[0] in self.numbers))[0]

    @property
    def records(self) -> tuple[tuple[Array, ...], tuple[tuple[str, tuple[str, ...]], ...], int, tuple[str, ...]]:
        """What a script keeps of arrays, families and samples."""
        arrays = self.names.arrays
        families = tuple((base, tuple(members.values())) for base, members in arrays.families.items())
        return tuple(arrays.known.values()), families, arrays.samples, tuple(arrays.varying)

    @property
    def over_arrays(self) -> tuple[tuple[str, Formula], ...]:
        """The numbers of a sheet of arrays, and what computes them as it is written."""
        return tuple(self.numbers.items()) if self.names.arrays.known or self.names.arrays.samples else ()

    # ── leaves ──

    def leaf(self, keyword: str, left: Left, raw: Formula, found: Elements, text: str) -> None:
        """`param W = [1 2; 3 4]`"""
        for each in free_names(raw):
            if each.name not in CONSTANTS:
                fact = f"{keyword} {left.name} is of numbers; {each.name!r} makes it an equation"
                raise FormulaError(fact, each.at, each.at + len(each.name))
        if not found.shape:
            self.define(left, keyword)
            self.leaves.append(Leaf(self.names.line.number, left.name, keyword, found.formulas[0]))
            return
        made = self.array(left, found, raw, text, keyword)
        self.names.define_elements(made.elements, keyword)
        number = self.names.line.number
        self.leaves += [Leaf(number, name, keyword, each) for name, each in zip(made.elements, found.formulas)]

    # ── equations ──

    def ranges(self, text: str, equals: re.Match[str]) -> Iterator[None]:
        """Once for any equation; `s[i] = sum(w[i,k]*x[k] for k in 1..4)` for every i that w has."""
        names, free = self.names, self.free_indices(text[: equals.start()])
        if not free:
            yield
            return
        raw = names.raw(text[equals.end() :], equals.end(), free)
        ranges = [following_range(name, raw, names.arrays, at) for name, at in free.items()]
        around = names.counters
        try:
            for numbers in product(*ranges):
                names.counters = {**around, **{name: Number(float(k)) for name, k in zip(free, numbers)}}
                yield
        finally:
            names.counters = around

    def check_right(self, defined: tuple[str, ...], formula: Formula) -> None:
        """What a right side may not name: itself, what is of another round, what is not defined yet."""
        for each in free_names(formula):
            end = each.at + len(each.name)
            if self.names.needs_before(each.name) or self.names.moment(each.name):
                name = earlier(each.name[1:]) if self.names.is_change(each.name) else each.name
                fact = f"{name} is of another round, and every round computes the same; carry it in a state"
                raise FormulaError(fact, each.at, end)
            if each.name in defined:
                raise FormulaError(f"{each.name!r} is defined by itself", each.at, end)
        self.names.check(formula, self.names.line)
        check_settings(formula)

    def equation(self, names: tuple[str, ...], member: Left | None, raw: Formula, text: str) -> None:
        """`z[1] = W @ x + b`, once for each sample where it varies with them."""
        arrays = self.names.arrays
        if len(names) > 1:
            self.several(names, raw, text)
            return
        left = member or Left(names[0])
        if not varies(raw, arrays):
            self.computed(left, raw, self.names.whole(raw, several=True), 0, text)
            return
        for sample in range(1, arrays.samples + 1):
            here = of_sample(raw, sample, arrays)
            self.computed(left, raw, self.names.whole(here, several=True), sample, text)
        arrays.varying |= dict.fromkeys(filter(None, (left.name, left.base)))

    def several(self, names: tuple[str, ...], raw: Formula, text: str) -> None:
        """`p1, p2 = softmax(z1, z2)`, once for each sample."""
        arrays, number = self.names.arrays, self.names.line.number
        for sample in range(1, arrays.samples + 1):
            here = of_sample(raw, sample, arrays)
            formula = scalar(here, self.names.whole(here, several=True))
            check_results(names, formula)
            elements = tuple(sampled(name, sample) for name in names)
            self.names.define_elements(elements)
            self.equations.append(Equation(number, elements, formula, text.strip()))
        self.names.has_equations = True
        for name in names:
            self.names.define(name, number)
            arrays.varying[name] = None
            self.numbers[name] = raw

    def computed(self, left: Left, raw: Formula, found: Elements, sample: int, text: str) -> None:
        """The equations of one array, or of a number, at one sample."""
        number, text = self.names.line.number, text.strip()
        if sample <= 1 and found.shape:
            self.array(left, found, raw, text)
        elif sample <= 1:
            self.define(left)
            self.numbers[left.name] = raw
        elements = element_names(left.name, found.shape, sample) if found.shape else (sampled(left.name, sample),)
        whole = [sampled(each, sample) for each in (left.name, left.base) if each]
        self.names.define_elements((*elements, *whole))
        self.names.has_equations = True
        if found.together is not None:
            self.equations.append(Equation(number, elements, found.together, text))
            return
        for name, item in zip(elements, found.items):
            formula = settled(item)
            check_results((name,), formula)
            self.equations.append(Equation(number, (name,), formula, text))
