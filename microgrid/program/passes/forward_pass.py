"""The way forward through a plan where no array can be changed, as under JAX or in an ONNX graph.

NumPy fills rows of arrays that are there before (`array_code/numpy_code.py`). Here each group makes a new array, and
who reads rows puts them together from the arrays that hold them. A subclass says what the few calls are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microgrid.formula import Number, evaluate
from microgrid.program.lowering.layout import Read, Rows, Step
from microgrid.program.lowering.plan import Plan
from microgrid.program.rules import rule

__all__ = ["ForwardPass"]


class ForwardPass:
    """One pass over arrays of any kind; what is written later stands instead of what was there.

    plan   what to do          words  the functions of formulas, over these arrays
    kept   by the rows of a group, what its way back needs
    """

    def __init__(self, plan: Plan, words: Mapping[str, Callable[..., Any]]) -> None:
        self.plan, self.words = plan, words
        self.kept: dict[Rows, dict[str, Any]] = {}
        self.arrays: list[tuple[Any, int]] = []  # each with its number of rows
        self.place: dict[tuple[str, int], tuple[int, int]] = {}  # by row: which array, and which row of it

    # ── the calls, over the first axis ──

    def part(self, array: Any, rows: slice) -> Any:
        raise NotImplementedError

    def take(self, array: Any, index: Sequence[int]) -> Any:
        raise NotImplementedError

    def join(self, arrays: Sequence[Any]) -> Any:
        raise NotImplementedError

    def reshape(self, array: Any, *shape: int) -> Any:
        raise NotImplementedError

    def split(self, matrix: Any, column: int) -> tuple[Any, Any]:
        """The columns before that one, and the others."""
        raise NotImplementedError

    def dot(self, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def highest(self, array: Any) -> Any:
        raise NotImplementedError

    def lowest(self, array: Any) -> Any:
        raise NotImplementedError

    def total(self, array: Any) -> Any:
        raise NotImplementedError

    def full(self, array: Any, rows: int, batched: bool) -> Any:
        """A number, or numbers, stretched over so many rows."""
        raise NotImplementedError

    # ── rows ──

    def write(self, rows: Rows, array: Any) -> None:
        self.place.update(((rows.store, row), (len(self.arrays), k)) for k, row in enumerate(rows.index))
        self.arrays.append((array, len(rows)))

    def read(self, rows: Rows) -> Any:
        """The rows as one array: the parts of arrays where they are, one behind the other, then put in order."""
        places = [self.place[rows.store, row] for row in rows.index]
        spans: dict[int, tuple[int, int]] = {}
        for number, k in places:
            first, last = spans.get(number, (k, k))
            spans[number] = min(first, k), max(last, k)
        parts, length, moved = [], 0, {}
        for number, (first, last) in spans.items():
            array, count = self.arrays[number]
            whole = last - first + 1 == count
            parts.append(array if whole else self.part(array, slice(first, last + 1)))
            moved[number] = length - first
            length += last - first + 1
        together = self.join(parts) if len(parts) > 1 else parts[0]
        return self.ordered(together, length, [k + moved[number] for number, k in places])

    def ordered(self, array: Any, length: int, index: Sequence[int]) -> Any:
        step = Rows("", tuple(index)).step
        if step == 1 and len(index) == length:
            return array
        return self.part(array, slice(index[0], index[-1] + 1, step)) if step and step > 0 else self.take(array, index)

    def as_rows(self, array: Any, rows: int, batched: bool) -> Any:
        return self.reshape(array, rows, -1) if batched else self.reshape(array, rows)

    def table(self, rows: Rows, terms: int) -> Any:
        """The terms of sums, each of them a row."""
        return self.reshape(self.read(rows), terms, -1)

    # ── groups ──

    def run(self) -> Any:
        """The numbers of the root: a row of one for each sample, or a single one."""
        kinds = {"map": self.map, "dense": self.dense, "sum": self.sum, "spread": self.spread}
        kinds |= {"logsumexp": self.logsumexp, "softmax": self.softmax, "amax": self.extreme, "amin": self.extreme}
        for step in self.plan.steps:
            self.write(step.out, kinds[step.group.kind](step))
        return self.read(self.plan.root)

    def argument(self, read: Read, batched: bool) -> Any:
        """An argument as it can stand in a formula: free rows are a column where they meet samples."""
        if not isinstance(read, Rows):
            return read
        array = self.read(read)
        return self.reshape(array, len(read), 1) if batched and read.store == "F" else array

    def map(self, step: Step) -> Any:
        """The value formula of the row."""
        group = step.group
        row = rule(group.op, len(group.operands), self.plan.exact)
        names = dict(zip(row.inputs, (self.argument(each, group.batched) for each in step.reads)))
        out = evaluate(row.value, names, self.words)
        if isinstance(row.value, Number) or not any(isinstance(each, Rows) for each in step.reads):
            out = self.full(out, len(step.out), group.batched)
        self.kept[step.out] = {**names, "out": out}
        return out

    def dense(self, step: Step) -> Any:
        """W X + b, samples and columns side by side."""
        group, m, x = step.group, len(step.group.weights), len(step.group.operands)
        matrix, bias = self.reshape(self.read(step.weights), m, -1), None
        if group.biased:
            matrix, bias = self.split(matrix, x)
        terms = self.table(step.terms, x)
        self.kept[step.out] = {"W": matrix, "X": terms}
        out = self.dot(matrix, terms)
        out = out if bias is None else self.words["+"](out, bias)
        return self.as_rows(out, len(step.out), group.batched)

    def sum(self, step: Step) -> Any:
        terms = self.table(step.terms, len(step.group.operands))
        return self.as_rows(self.total(terms), len(step.out), step.group.batched)

    def spread(self, step: Step) -> Any:
        return self.full(self.argument(step.reads[0], True), len(step.out), True)

    def exponentials(self, step: Step) -> tuple[Any, Any, Any]:
        """exp(term - top) of each term, their sum, and the top."""
        terms = self.table(step.terms, len(step.group.operands))
        top = self.highest(terms)
        powers = self.powers(terms, top)
        return powers, self.total(powers), top

    def powers(self, terms: Any, top: Any) -> Any:
        return self.words["exp"](self.words["-"](terms, top))

    def logsumexp(self, step: Step) -> Any:
        powers, total, top = self.exponentials(step)
        self.kept[step.out] = {"powers": powers, "total": total}
        out = self.words["+"](self.words["log"](total), top)
        return self.as_rows(out, len(step.out), step.group.batched)

    def softmax(self, step: Step) -> Any:
        powers, total, _ = self.exponentials(step)
        shares = self.words["/"](powers, total)
        self.kept[step.out] = {"shares": shares}
        return self.as_rows(shares, len(step.out), step.group.batched)

    def extreme(self, step: Step) -> Any:
        terms = self.table(step.terms, len(step.group.operands))
        out = self.highest(terms) if step.group.kind == "amax" else self.lowest(terms)
        self.kept[step.out] = {"terms": terms, "out": out}
        return self.as_rows(out, len(step.out), step.group.batched)
