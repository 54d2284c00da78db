"""Lines about samples: their table, `sample 2`, and the loss that is the mean over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from microgrid.errors import FormulaError
from microgrid.formula import Call, Name, Number
from microgrid.formula.budget import spend
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import SPELLED

from .array_lines import ArrayLines, Left
from .arrays.expansion import ELEMENT
from .arrays.one_sample import sample_number
from .arrays.registry import sampled
from .arrays.samples import MOST, ROW, Column, Samples, from_file, head, instead_of_cell
from .lines import Line
from .names import SheetNames
from .numbers import PRINTED, check_range
from .statements import Equation, Leaf

__all__ = ["MEAN", "SampleLines"]

MEAN = "mean over samples of "
SHARE = regex(rf"\s*(?:mean|sum) over samples of ({SPELLED})\s*")


class SampleLines:
    """The samples of a sheet.

    table   the head of their table, while it goes on       closed  whether it has ended
    unread  the line whose samples could not be read, 0 for none
    shares  what the mean, or sum, over all samples is of: L of C
    """

    def __init__(self, names: SheetNames, whole: ArrayLines) -> None:
        self.names, self.whole = names, whole
        self.table: Samples | None = None
        self.closed = False
        self.unread = 0
        self.shares: dict[str, str] = {}

    def begin(self, text: str, start: int, sheet: str) -> None:
        """`samples x1 x2 | y`, or `samples FILE.csv`"""
        names = self.names
        self.unread = names.line.number
        if names.arrays.samples or self.table:
            raise FormulaError("the samples are given already", 0, len(text))
        if self.whole.equations:
            raise FormulaError("the samples stand above the first equation; move this line up", 0, len(text))
        file, columns = head(text, start)
        rows: Iterator[list[str]] = iter(())
        if file:
            found, rows = from_file(file, sheet, columns, start)
            columns = columns or [Column(name, "input", start) for name in found]
        try:
            self.table = Samples(tuple(map(self.column, columns)), names.line.number + 1)
        except FormulaError as error:
            if not file:
                raise
            fact = f"the first line of {file} names its columns, divided by commas: {error.message}"
            raise FormulaError(fact, error.start, error.end) from None
        for number, row in enumerate(rows, 1):
            wrong = next((cell for cell in row if not PRINTED.fullmatch(cell)), None)
            if wrong is not None:
                fact = f"{file}, sample {number:,}: {wrong!r} is no number"
                raise FormulaError(f"{fact}; {instead_of_cell(wrong)}", start, start + len(file))
            for cell in row:
                check_range(cell, start)
            self.add(row)
        if file:
            self.table = None
        self.unread = 0

    def explains(self, line: Line) -> bool:
        """Whether a mistake in a line only follows from one in the head of the table, or in its file."""
        return 0 < self.unread < line.number

    def column(self, column: Column) -> Column:
        """A quantity that varies with the samples."""
        spend(ELEMENT)
        left = self.whole.left(column.name, column.start) or Left(self.names.new(column.name, column.start))
        self.whole.define(left)
        self.names.arrays.varying[left.name] = None
        if left.base:
            self.names.arrays.varying[left.base] = None
        return column._replace(name=left.name)

    def row(self, table: Samples, text: str) -> None:
        """`0 1 | 1`"""
        self.table = table._replace(below=self.names.line.number + 1)
        before, self.unread = self.unread, 0 if self.names.arrays.samples else self.names.line.number
        self.add(table.row(text))
        self.unread = before

    def ends(self, text: str) -> bool:
        """Whether another line stands where a sample belongs; the first one ends the table."""
        is_early = bool(self.table and not self.names.arrays.samples and not self.unread)
        self.table, self.closed = None, self.closed or bool(self.table)
        return is_early or bool(self.closed and ROW.fullmatch(text))

    def refuse(self, text: str) -> NoReturn:
        """Raise FormulaError for such a line: the table has no sample yet, or this is one that stands apart."""
        if self.names.arrays.samples:
            raise FormulaError("a sample stands right below the others; move this line up", 0, len(text))
        self.unread = self.names.line.number
        raise FormulaError("a sample belongs here, below its columns: a line of numbers, such as 0 1", 0, len(text))

    def add(self, numbers: list[str]) -> None:
        """One more sample."""
        names, table = self.names, self.table
        if names.arrays.samples == MOST:
            raise FormulaError(f"more than {MOST:,} samples; fit(model, data) trains on any number", 0)
        spend(ELEMENT * len(numbers))
        names.arrays.samples += 1
        for column, cell in zip(table.columns if table else (), numbers):
            name = sampled(column.name, names.arrays.samples)
            names.define_elements([name], column.keyword)
            self.whole.leaves.append(Leaf(names.line.number, name, column.keyword, Number(float(cell))))

    def choose(self, text: str, start: int) -> None:
        """`sample 2`: from here on this one alone; `sample all` for all of them."""
        if text[start:].strip() == "all":
            self.names.sample = 0
            return
        self.names.sample = 0
        index = self.names.raw(text[start:], start)
        self.names.sample = sample_number(Call("sample", (), start), index, self.names.arrays)

    # ── the loss ──

    def defined(self, name: str, right: str) -> None:
        """Note down what `C = mean over samples of L` is of."""
        match = SHARE.fullmatch(right)
        if match:
            self.shares[name] = self.names.find(match[1])

    def share(self, loss: str, sample: int) -> str:
        """What an update descends: L at sample 2, where the loss is the mean of L; at sample 0 the mean."""
        if not sample:
            return self.mean(loss)
        base = self.shares.get(loss, loss.removeprefix(MEAN))
        return sampled(base, sample) if self.names.arrays.varies(base) else loss

    def mean(self, loss: str) -> str:
        """The loss of all samples: where a sheet gives none, the mean."""
        arrays, name = self.names.arrays, MEAN + loss
        if not (arrays.varies(loss) and arrays.samples):
            return loss
        if name in self.whole.numbers:
            return name
        terms = tuple(Name(sampled(loss, k)) for k in range(1, arrays.samples + 1))
        total = Call("sum", terms) if len(terms) > 1 else terms[0]
        formula = Call("/", (total, Number(float(len(terms)))))
        number = self.names.defined[arrays.owned(loss)]
        self.whole.equations.append(Equation(number, (name,), formula, name))
        self.names.define_elements([name])
        self.whole.numbers[name] = Call("mean", (Call("items", terms),))
        return name
