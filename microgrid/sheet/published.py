"""What a sheet publishes: its checks, in lines of their own, at rounds, in tables and in derivations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

from microgrid.errors import FormulaError, counted
from microgrid.formula import Formula, Name, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import OF_LAYERS, OF_MEAN, SECOND, SPELLED

from .array_checks import grid, in_numbers, is_typed, judged
from .arrays.one_sample import placed_at
from .arrays.registry import sampled
from .check_sides import EQUALS, closed_form, left_side
from .course import Course
from .demands import check_settings, check_single
from .derivations import local_slopes, sides
from .lines import Line
from .names import SheetNames
from .numbers import BLANK, PRINTED, check_range, count_of
from .other_rounds import is_elsewhere
from .printed_tables import Cell, Table, cells, is_row, is_rule, refused
from .rules import instead_of_step
from .sample_lines import SampleLines
from .statements import Check, Equation, Grid, Identity, Quantity, quantity_of

__all__ = ["SIGN", "Published"]

ANY = -1  # the place of a round that may have one before it
NUMBER = "0.24"  # such as a table has under a quantity
SIGN = regex(r"~=|≈|≃|≅|==")
AT_SAMPLE = regex(r"(.+?)\s+at\s+sample\s+(.+?)\s*")
PLACES = r"(?:\[[^\[\]]*\])*"
ARRAY_SLOPE = regex(rf"[d∂]{SPELLED}{PLACES}\s*/\s*[d∂]\s*{SPELLED}{PLACES}")
MEAN_SLOPE = regex(OF_MEAN.pattern + PLACES)
OF_SAMPLE = regex(r"(.+\S)\s+at\s+sample\s+[0-9]+")
DERIVATIVE = regex(rf"[d∂]({SPELLED})\s*/\s*[d∂]\s*({SPELLED})")


class Published:
    """The checks of a sheet, as its lines tell them.

    checks       in the order of the sheet            grids        those of them that belong together, of arrays
    expressions  what is checked and has no name, by its text
    rounds       that lines name, each with its place  steps        lines of the next round, read when all are known
    befores      where a number of the round before is asked for
    """

    def __init__(self, names: SheetNames, course: Course, equations: Sequence[Equation], samples: SampleLines) -> None:
        self.names, self.course, self.equations, self.samples = names, course, equations, samples
        self.line = Line(0, "", ())
        self.checks: list[Check | Identity] = []
        self.grids: list[Grid] = []
        self.expressions: dict[str, Equation] = {}
        self.table: Table | None = None
        self.round: int | None = None  # of what is checked, where the line says so
        self.rounds: list[tuple[Line, int, int, int]] = []
        self.befores: list[tuple[Line, int, int, int]] = []
        self.steps: list[tuple[Line, int]] = []

    def fail(self, message: str, start: int, end: int | None = None) -> NoReturn:
        raise FormulaError(message, start, end)

    def is_slope(self, left: str) -> bool:
        """Whether the left side of an equation is a derivative, which no equation defines."""
        said = left.strip()
        if self.names.find(said):
            return False
        if self.has_arrays and (match := OF_SAMPLE.fullmatch(said)):
            said = match[1]
        kinds = (OF_LAYERS, SECOND, *((ARRAY_SLOPE, MEAN_SLOPE) if self.has_arrays else ()))
        return any(each.fullmatch(said) for each in kinds)

    @property
    def has_arrays(self) -> bool:
        """Whether there are vectors, matrices or samples."""
        return bool(self.names.has_arrays or self.names.arrays.samples)

    def read(self, text: str) -> bool:
        """A check, if it is one."""
        sign = SIGN.search(text)
        if sign is None:
            return False
        around, match = self.names.sample, AT_SAMPLE.fullmatch(text[: sign.start()])
        try:
            if match and self.names.arrays.samples:
                self.samples.choose(text[: match.end(2)], match.start(2))
                text = match[1] + " " * (sign.start() - match.end(1)) + text[sign.start() :]
            if not self.of_array(text, sign):
                (self.identity if sign[0] == "==" else self.check)(text, sign)
        finally:
            self.names.sample = around
        return True

    def of_array(self, text: str, sign: re.Match[str]) -> bool:
        """A check of a vector or matrix, if it is one."""
        left = text[: sign.start()]
        if not self.has_arrays or not left.strip() or EQUALS.search(left):
            return False
        raw = self.names.raw(compact_slope(left), 0)
        self.names.check(raw, self.line)
        whole = judged(self.names, left, raw)
        if whole is None:
            return False
        self.check_before(raw)
        start = len(text) - len(text[sign.end() :].lstrip())
        self.grids.append(grid(self.names, whole, sign[0], text.replace("\u2013", "−"), start, self.here))
        self.checks += self.grids[-1].checks
        for each in self.grids[-1].checks:
            if isinstance(each, Identity):
                self.check_before(each.formula)
        self.expressions |= {each.text: each for each in whole.expressions}
        return True

    # ── checks ──

    @property
    def here(self) -> int:
        """The place of the round that a line is about, from 0."""
        return self.course.here if self.round is None else self.round

    def quantity(self, text: str, printed: str) -> Quantity:
        """The left side of a check: a name or a derivative; or an expression, which is a quantity without a name."""
        word = text.strip()
        start = len(text) - len(text.lstrip())
        match = DERIVATIVE.fullmatch(word)
        if match and word[1] not in "²2" and not self.names.find(word) and not self.names.arrays.samples:
            spans = [(start + match.start(i), start + match.end(i)) for i in (1, 2)]
            of, by = (self.names.known(text[begin:end], self.line, begin, end) for begin, end in spans)
            return Quantity(of, by)
        if not self.names.find(word) and (name := self.names.elsewhere(word)):
            self.names.check(self.names.formula(word, start), self.line)
            if self.names.needs_before(name):
                self.befores.append((self.line, self.here, start, start + len(word)))
            return Quantity(placed_at(name, self.names.sample, self.names.arrays))
        formula = left_side(self.names, text, printed)
        self.names.check(formula, self.line)
        self.check_before(formula)
        if isinstance(formula, Name) and formula.name not in CONSTANTS:
            return quantity_of(formula)
        check_settings(formula)
        check_single(formula)
        said = in_numbers(self.names, word).replace("∂", "d")  # what begins with a ∂ is a derivative
        word = sampled(said, self.names.sample)
        self.expressions.setdefault(word, Equation(self.line.number, (word,), formula, word))
        return Quantity(word)

    def check(self, text: str, sign: re.Match[str]) -> None:
        self.number(self.quantity(text[: sign.start()], text[sign.end() :].strip()), text[sign.end() :], sign.end())

    def number(self, quantity: Quantity, text: str, start: int) -> None:
        """What is printed for a quantity, from a column of the line on."""
        start += len(text) - len(text.lstrip())
        self.checks.append(Check(self.line.number, self.here, quantity, *self.printed(text.strip(), start)))

    def printed(self, printed: str, start: int) -> tuple[str, float | None]:
        """A printed number, and what it comes to where it is a closed form."""
        printed = printed.replace("\u2013", "−")  # the minus of pages that were never set
        if PRINTED.fullmatch(printed):
            check_range(printed, start)
            return printed.replace("−", "-"), None
        return printed, None if printed == BLANK else closed_form(self.names, printed, start)

    def identity(self, text: str, sign: re.Match[str]) -> None:
        said = text[sign.end() :].strip()
        quantity = self.quantity(text[: sign.start()], said)
        if said == BLANK:
            self.fail(f"a blank is for a number: {quantity} ~= {BLANK}", text.index(BLANK, sign.end()))
        formula = self.names.formula(text[sign.end() :], sign.end())
        self.names.check(formula, self.line)
        self.check_before(formula)
        check_settings(formula)
        self.checks.append(Identity(self.line.number, self.here, quantity, formula, in_numbers(self.names, said)))

    def derivation(self, text: str) -> None:
        """`∂L/∂w = ∂L/∂z · x = 0.2 · 3 = 0.6`: formulas and a number that are checked, and between them working."""
        (left, _), *right = sides(text)
        for match in OF_MEAN.finditer(text) if self.names.arrays.samples else ():
            self.samples.mean(self.names.find(match[2]))
        if self.has_arrays and self.is_array(left):
            for side, at in right:
                self.array_side(left, side, at)
            return
        quantity = self.quantity(left, right[-1][0].strip())
        for side, at in right:
            if PRINTED.fullmatch(side.strip()):
                self.number(quantity, side, at)
                continue
            formula = self.names.formula(side, at)
            if any(each.name not in CONSTANTS for each in free_names(formula)):
                self.names.check(formula, self.line)
                self.check_before(formula)
                here = local_slopes(formula, text, self.equations)
                self.checks.append(Identity(self.line.number, self.here, quantity, here, side.strip()))

    def is_array(self, left: str) -> bool:
        """Whether what stands on the left is a vector or a matrix."""
        return bool(self.names.whole(self.names.raw(compact_slope(left), 0)).shape)

    def array_side(self, left: str, side: str, at: int) -> None:
        """One side of an array's derivation, from a column on: numbers as they are typed, a formula, or working."""
        if "…" in side:  # a long array, of which some numbers are shown
            return
        if is_typed(side):
            sign = "≈"
        elif any(each.name not in CONSTANTS for each in free_names(self.names.raw(side, at))):
            sign = "=="
        else:
            return
        text = f"{left:{max(at - len(sign), len(left))}}{sign}{side}"
        self.of_array(text, SIGN.search(text))  # type: ignore[arg-type]

    # ── of other rounds, and in tables ──

    def postpone(self, text: str) -> None:
        """`w ← 0.2 − 0.1·0.6 = 0.14`, as a derivation has it: a number of the next round, once that is known."""
        (left, _), *_, (last, at) = sides(text)
        if not (PRINTED.fullmatch(last.strip()) or (self.has_arrays and is_typed(last))):
            self.fail(instead_of_step(left, text[len(left) + 1 :], self.names.keywords), 0, len(text))
        self.steps.append((self.line, self.place(str(self.course.here + 2), at, len(text))))

    def step(self, text: str) -> None:
        """The number of such a line."""
        (left, _), *_, (last, at) = sides(text)
        if self.has_arrays and is_typed(last):
            self.array_side(left, last, at)
        else:
            self.number(self.quantity(left, last.strip()), last, at)

    def amiss(self) -> Iterator[tuple[Line, FormulaError]]:
        """The lines that name a round which there is not, or the one before a first; known once all are read."""
        if self.course.is_broken:
            return
        for line, number, start, end in self.rounds:
            if number > self.course.here + 1:
                has = counted(self.course.here + 1, "round")
                yield line, FormulaError(f"there is no round {number:,}; the sheet has {has}", start, end)
        for line, place, start, end in dict.fromkeys(self.befores):
            if place in self.course.firsts:
                again = f"; a restart leads to round {place + 1}" if place else ""
                yield line, FormulaError(f"round {place + 1} has no round before it{again}", start, end)

    def at(self, match: re.Match[str], text: str) -> None:
        """`at round 3: w ~= 0.24`"""
        self.round = self.place(match[1], *match.span(1))
        try:
            said = " " * match.end() + text[match.end() :]
            equals = EQUALS.search(said)
            if equals and not SIGN.search(said) and self.is_slope(said[: equals.start()]):
                self.derivation(said)
            elif not self.read(said):
                self.fail("a check belongs here: at round 3: w ~= 0.24", match.end(), len(text))
        finally:
            self.round = None

    def place(self, number: str, start: int, end: int) -> int:
        """The place of a round, from 0; whether there is one is known in the end."""
        count = count_of(number, start)
        if not count:
            self.fail("rounds count from 1", start, end)
        self.rounds.append((self.line, count, start, end))
        return count - 1

    def check_before(self, formula: Formula) -> None:
        """Note down which numbers of the round before are asked for."""
        for each in free_names(formula):
            if is_elsewhere(each.name) or self.names.needs_before(each.name):
                self.befores.append((self.line, self.here, each.at, each.at + len(each.name)))

    def head_of_table(self, text: str, at: int) -> None:
        """`table round w b`"""
        self.skip_table()
        self.round = ANY
        try:
            columns = [self.quantity(" " * cell.start + cell.text, NUMBER) for cell in cells(text, at)]
        finally:
            self.round = None
        self.table = Table(tuple(columns))

    def skip_table(self) -> None:
        """Read over the rows of a table whose head is a mistake."""
        self.table = Table((), is_broken=True)

    def is_row(self, text: str) -> bool:
        """Whether a line goes on with a table, which ends where one does not."""
        self.table = self.table if is_row(text) or is_rule(text) else None
        return self.table is not None

    def row(self, text: str) -> None:
        """`3 0.24 . 0.26`"""
        if self.table is None or self.table.is_broken or is_rule(text):
            return
        number, printed = self.table.row(text)
        place = self.place(*number)
        for quantity, cell in printed:
            if self.names.needs_before(quantity.of):
                self.befores.append((self.line, place, cell.start, cell.end))
            self.checks.append(Check(self.line.number, place, quantity, *self.cell(cell)))

    def cell(self, cell: Cell) -> tuple[str, float | None]:
        """A printed number of a table."""
        try:
            return self.printed(cell.text, cell.start)
        except FormulaError as error:
            raise error if PRINTED.fullmatch(cell.text) else refused(cell) from None


def compact_slope(text: str) -> str:
    """`dL / dw` as a formula has it, as long as it was: `dL/dw`."""
    match = DERIVATIVE.fullmatch(text.strip())
    return text.replace(text.strip(), f"{match[0][0]}{match[1]}/{match[0][0]}{match[2]}", 1) if match else text
