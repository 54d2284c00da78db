"""A round of a sheet with vectors, matrices or samples as tables: a row for each of them, with the author's formula.

z1  W1 @ x + b1       [0.24, 0.42]
W1  param                 [0.2 0.4;
                           0.3 0.7]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from microgrid.engine import Graph
from microgrid.formula import Call, Formula, free_names, number_text
from microgrid.formula.array_parser import OVER
from microgrid.sheet import Assignment, Equation, Round, Update
from microgrid.sheet.arrays.grids import block
from microgrid.sheet.arrays.registry import without_sample
from microgrid.sheet.arrays.shapes import described
from microgrid.sheet.arrays.wholes import Whole
from microgrid.sheet.arrays.writing import written
from microgrid.sheet.transitions import numbers_in
from microgrid.tape.array_events import Owners, inner
from microgrid.tape.array_shares import ArrayShares

from .inserted import inserted_text, with_numbers
from .tables import Table, plain, table

if TYPE_CHECKING:
    pass

__all__ = ["ArrayReport", "Row", "table_of"]

LONGEST = 300  # characters of a formula
LEAST = 24  # columns for the numbers of an array


class Row(NamedTuple):
    """A row of a table: what it is about, lines about how that comes about, and its numbers in lines.

    said  each with whether it is of names, or of numbers
    """

    name: str
    said: tuple[tuple[str, bool], ...]
    numbers: tuple[str, ...]


class ArrayReport:
    """The tables of one round.

    sample  the one whose numbers are shown, of what each has of its own
    every   whether all numbers of a large array are shown; else those in the middle are left out
    width   columns of the screen
    """

    def __init__(self, here: Round, digits: int, sample: int = 1, every: bool = False, width: int = 80) -> None:
        self.here, self.sheet, self.digits, self.sample, self.every = here, here.sheet, digits, sample, every
        self.room = max(LEAST, width // 2 - 4)

    @property
    def about(self) -> str:
        """Which sample is shown, of how many; '' where there are none."""
        count = self.sheet.samples
        return f" · sample {self.sample:,} of {count:,}" if count > 1 else ""

    @cached_property
    def shown(self) -> tuple[Whole, ...]:
        """What is shown: what is the same for all samples, and what is of this one."""
        return tuple(each for each in self.sheet.wholes if each.sample in (0, self.sample))

    def said(self, formula: Formula) -> str:
        """A formula as it is typed, of the sample at hand."""
        said = written(without_sample(formula, self.sample), LONGEST)
        return said.replace(f"∂{self.sheet.loss}/∂", f"∂{self.loss}/∂")

    @property
    def loss(self) -> str:
        """The loss, as it stands in the name of a derivative: of a mean without a name `(mean L)`."""
        name = self.sheet.loss
        return f"({name.replace(' over samples of ', ' ')})" if " " in name else name

    def slope(self, by: str) -> str:
        """What the gradient of a number or an array is called."""
        return f"d{self.loss}/d{by}"

    def numbers(self, whole: Whole, numbers: Iterable[float]) -> tuple[str, ...]:
        """The numbers of an array in lines."""
        return tuple(block(whole.shape, [number_text(each, self.digits) for each in numbers], self.room, self.every))

    def size(self, whole: Whole, lines: Sequence[str]) -> str:
        """The shape of what is not shown in full."""
        shape = described(whole.shape).removeprefix("a vector of ")
        return f" ({shape}{' numbers' * (len(whole.shape) == 1)})" if any("…" in line for line in lines) else ""

    @property
    def forward_table(self) -> Table:
        """Each number and array, with its formula."""
        return table_of(self.forward(), ("quantity", "computed from", "value"), "cyan")

    @property
    def backward_table(self) -> Table:
        """Each gradient, with what it is computed from."""
        return table_of(self.backward(), ("gradient", "computed from", "value"), "magenta")

    def update_table(self, after: Round, step: Update) -> Table:
        """Each number and array that goes on, with its rule."""
        return table_of(self.update(after, step), ("parameter" if step.descends else "number", "rule", "new"), "cyan")

    # ── forward ──

    @cached_property
    def arrays(self) -> frozenset[str]:
        """What is no number: vectors, matrices and families."""
        names = (each.name for each in self.sheet.wholes if each.shape)
        return frozenset([*names, *(base for base, _ in self.sheet.families)])

    def forward(self) -> Iterator[Row]:
        """Each number and array, with its formula."""
        equations = {name: each for each in self.sheet.equations for name in each.names}
        for each in self.shown:
            lines = self.numbers(each, (self.here[name].data for name in each.elements))
            size = self.size(each, lines)
            if each.formula is None:
                yield Row(each.name, ((f"{each.keyword}{size}", False),), lines)
                continue
            said = [in_total(self.said(each.formula))]
            if not each.shape and self.is_of_numbers(each.formula):
                said.append(self.inserted(equations[each.elements[0]]))
            shown = enumerate(dict.fromkeys(said))
            yield Row(each.name, tuple((text + size, i == 0) for i, text in shown), lines)

    def is_of_numbers(self, formula: Formula) -> bool:
        """Whether a formula names numbers alone, of one sample."""
        over = isinstance(formula, Call) and formula.function in OVER
        return not over and not any(each.name.partition("[")[0] in self.arrays for each in free_names(formula))

    def inserted(self, equation: Equation) -> str:
        """The equation with every name replaced by its number."""
        return with_numbers(equation, self.here, self.digits)

    # ── backward ──

    def backward(self) -> Iterator[Row]:
        """Each gradient, with what the lines that use the quantity pass back to it."""
        loss = self.sheet.loss
        shares = ArrayShares(self.sheet, view := Graph(self.here[loss]).view("named"), view.grad)
        for each in reversed(self.shown):
            if not any(self.here[name] in view for name in each.elements):
                continue
            lines = self.numbers(each, (self.here.derivative(loss, name) for name in each.elements))
            said = "where it starts" if each.called == loss else self.chain(shares, each)
            yield Row(self.slope(each.name), ((said + self.size(each, lines), True),), lines)

    def chain(self, shares: ArrayShares, whole: Whole) -> str:
        """The sum of the shares; of all samples that of any, where it is the same of each."""
        terms: dict[str, None] = {}
        for user in shares.users.get(whole.called, ()):
            sample = shares.wholes[user].sample
            if sample in (0, self.sample):
                term = self.share(shares, user, whole)
                terms[f"sum over samples of {bracketed(term)}" if sample and not whole.sample else term] = None
        return " + ".join(terms).replace("+ -", "- ")

    def share(self, shares: ArrayShares, user: str, whole: Whole) -> str:
        """What a line passes back."""
        formula = shares.formula(user, whole.called)
        if formula is not None:
            return in_total(self.said(formula))
        child, loss = shares.wholes[user], self.sheet.loss
        place = f"[{'i,j'[: 2 * len(child.shape) - 1]}]" if child.shape else ""
        local = f"∂{child.name}{place}/∂{whole.name}"
        return local if user == loss else f"{'Σ ' * bool(place)}{local}·{self.slope(child.name)}{place}"

    # ── updates ──

    def update(self, after: Round, step: Update) -> Iterator[Row]:
        """Each number and array that goes on, with its rule."""
        owners = Owners({name: each.called for each in self.sheet.wholes if each.shape for name in each.elements})
        shapes = {each.called: each.shape for each in self.sheet.wholes}
        groups: dict[str, list[Assignment]] = {}
        for each in step.assignments:
            groups.setdefault(owners(each.name), []).append(each)
        for called, some in groups.items():
            whole = Whole(called, 0, shapes.get(inner(called), ()), ())
            rule = owners.rule({each.name: each.formula for each in some})
            said = [in_total(self.said(rule))] if rule else []
            if not whole.shape:
                said.append(self.rule_inserted(some[0], after))
            lines = self.numbers(whole, (after.number_of(each.name) for each in some))
            yield Row(called, tuple((each, i == 0) for i, each in enumerate(dict.fromkeys(said))), lines)

    def rule_inserted(self, rule: Assignment, after: Round) -> str:
        """The rule of a number with its numbers."""
        return inserted_text(rule.formula, numbers_in(rule.formula, self.here.number_of, after.number_of), self.digits)


# ── as a table ─────────────────────────────────────────────────────────────────────────────


def table_of(rows: Iterable[Row], titles: Sequence[str], style: str) -> Table:
    """The rows as a table, whose numbers stand below each other to the right."""
    made = list(rows)
    width = max((len(line) for row in made for line in row.numbers), default=0)
    grid = table(*(f"<{title}" for title in titles[:-1]), f"<{titles[-1].rjust(width)}")
    grid.whole[-1] = True
    for row in made:
        block_width = max(map(len, row.numbers))
        numbers = [each.ljust(block_width).rjust(width) for each in row.numbers]
        *first, last = row.said or (("", True),)
        for i, (text, of_names) in enumerate([*first, last]):
            shown = "\n".join(numbers) if i == len(first) else ""
            grid.add_row(plain(row.name if i == 0 else ""), plain(text, "" if of_names else "dim"), plain(shown, style))
    return grid


def bracketed(term: str) -> str:
    """A sum in brackets; a product as it is.

    >>> bracketed("a + b"), bracketed("p*(1 - p)")
    ('(a + b)', 'p*(1 - p)')
    """
    depth = 0
    for i, letter in enumerate(term):
        depth += (letter in "([") - (letter in ")]")
        if not depth and term[i : i + 3] in (" + ", " - "):
            return f"({term})"
    return term


def in_total(text: str) -> str:
    """A formula with its derivatives as sheets have them: dL/dW."""
    return text.replace("∂", "d")
