"""The backward pass over the arrays of a sheet: which formula each gradient has, in matrices.

It goes from the last line up; what the lines pass back to an array adds up. `array_slopes` says what an
operation passes back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce

from microgrid.formula import Call, Formula, Name, Number, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.registry import AT_SAMPLE, sampled, unsampled, without_sample
from microgrid.sheet.statements import names_of, quantity_of

from .array_slopes import onehot, passed_back

__all__ = ["OVER", "ArrayGradients", "agree", "gradient_name"]

OVER = "sum over samples"
ONE = Number(1.0)
CLOSE, LOST = 1e-9, 1e-12  # of the largest number, and at all: 1 − a² of a saturated a has lost its last digits
MOST_TERMS = 24  # contributions to one gradient that are written out


def gradient_name(of: str, by: str) -> str:
    """What the derivative of a number by an array is called.

    >>> gradient_name("L", "W1")
    '∂L/∂W1'
    """
    return f"∂{of}/∂{by}"


class ArrayGradients:
    """The backward pass of one number through the lines of a sheet.

    root       the number            lines  by what they define, the formula over arrays of each, in order
    gradients  of the root by each name, a formula over the derivatives before it; None where no formula over arrays
               says it
    """

    def __init__(self, sheet: Sheet, root: str) -> None:
        self.sheet, self.root, self.algebra, self.lines = sheet, root, sheet.algebra, sheet.lines_over_arrays

    @cached_property
    def gradients(self) -> dict[str, Formula | None]:
        """Of the root by each name, from the last line up."""
        shares: dict[str, list[Formula | None]] = {}  # what each line passes back, the last first
        found: dict[str, Formula | None] = {self.root: ONE}
        start, first = self.start
        for name in reversed(self.lines):
            if name != start and name not in shares:
                continue
            if name != self.root:
                found[name] = first if name == start else self.total(shares[name][::-1])
            upstream = ONE if name == self.root else Name(gradient_name(self.root, name))
            for by, share in self.shares(name, upstream).items():
                shares.setdefault(by, []).append(share)
        return found | {name: self.total(each[::-1]) for name, each in shares.items() if name not in found}

    @cached_property
    def totals(self) -> frozenset[str]:
        """What stands in the root's own line and moves others in it too: there d, the whole, and ∂ differ."""
        start, _ = self.start
        users: dict[str, set[str]] = {}
        for name in self.lines:
            own = free_names(self.lines[name]) if name in self.gradients else ()
            for by, _ in (pair for each in own for pair in self.reached(each.name, None)):
                users.setdefault(by, set()).add(name)
        return frozenset(by for by, own in users.items() if start in own and len(own) > 1)

    @property
    def start(self) -> tuple[str, Formula]:
        """The line of the root, and the derivative of the root by what it defines: of an element 1 in its place."""
        base, sample = unsampled(self.root)
        owner = self.algebra.arrays.owned(base)
        if owner == base:
            return self.root, ONE
        sizes, places = self.algebra.arrays.known[owner].shape, base.removeprefix(owner)[1:-1].split(",")
        column, *row = (onehot(int(place), size) for place, size in zip(places, sizes))
        first = self.algebra.product(column, self.algebra.turned(row[0])) if row else column
        return sampled(owner, sample), first

    def shares(self, name: str, upstream: Formula) -> dict[str, Formula | None]:
        """What a line passes back to each name in it, of `upstream`; None where no formula over arrays says it."""
        parts: dict[str, list[Formula | None]] = {}
        for by, part in self.passed(name, upstream):
            parts.setdefault(by, []).append(part)
        return {by: self.total(each) for by, each in parts.items()}

    def total(self, parts: list[Formula | None]) -> Formula | None:
        """The sum of what is passed back; None where there is no formula, or too long a one."""
        terms = [each for each in parts if each is not None]
        if len(terms) < len(parts):
            return None
        terms = self.over_samples(list(map(self.algebra.tidy, terms)))
        return self.algebra.tidy(reduce(plus, terms)) if len(terms) <= MOST_TERMS else None

    def over_samples(self, terms: list[Formula]) -> list[Formula]:
        """The terms with one for all samples where there is the same of each."""
        found: dict[Formula, list[Formula]] = {}
        for each in terms:
            found.setdefault(self.everywhere(each), []).append(each)
        samples = self.sheet.samples
        return [
            term
            for same, own in found.items()
            for term in ([Call(OVER, (same,))] if len(own) == len(set(own)) == samples > 1 else own)
        ]

    def everywhere(self, formula: Formula) -> Formula:
        """The formula of one sample as that of any: without the number of the sample, if it is of one."""
        own = [each.name for each in free_names(formula) if AT_SAMPLE.search(each.name)]
        samples = {sample for each in own for sample in AT_SAMPLE.findall(each)}
        varying = self.algebra.arrays.varying
        if len(samples) != 1 or any(AT_SAMPLE.sub("", each).split("/∂")[-1] not in varying for each in own):
            return formula
        return without_sample(formula)

    def passed(self, name: str, upstream: Formula) -> Iterator[tuple[str, Formula | None]]:
        """What a line passes back to each name in it."""
        pending: list[tuple[Formula, Formula | None, Formula]] = [(self.lines[name], upstream, Name(name))]
        while pending:
            node, passed, out = pending.pop()
            if isinstance(node, Name):
                yield from self.reached(node.name, passed)
            elif isinstance(node, Call) and passed is None:
                yield from (pair for each in free_names(node) for pair in self.reached(each.name, None))
            elif isinstance(node, Call):
                parts = passed_back(self.algebra, node, passed, out) if passed else ()
                pending += reversed([(each, part, each) for each, part in zip(node.arguments, parts)])

    def reached(self, name: str, passed: Formula | None) -> Iterator[tuple[str, Formula | None]]:
        """What comes back to a name, nothing to π; of an element, what comes back to its array."""
        if name in CONSTANTS:
            return
        if name[0] == "∂":  # a derivative that was computed with: what leads to it has no formula here
            yield from ((each, None) for each in names_of(quantity_of(Name(name))))
            return
        base, sample = unsampled(name)
        if base in self.algebra.arrays.families:  # which was taken for a vector
            members = self.algebra.arrays.families[base].values()
            yield from ((sampled(each, sample if each in self.algebra.arrays.varying else 0), None) for each in members)
            return
        owner = self.algebra.arrays.owned(base)
        if owner == base:
            yield name, passed
            return
        (size, *more), place = self.algebra.arrays.known[owner].shape, base.removeprefix(owner)[1:-1]
        only = None if more else onehot(int(place), size)
        yield sampled(owner, sample), self.algebra.times(passed, only) if passed and only else None


def agree(given: Sequence[float], graph: Sequence[float]) -> bool:
    """Whether what a formula comes to are the numbers of the graph, to rounding; nan is not judged.

    >>> agree([0.5, 1e-14], [0.5 + 1e-12, 0.0]), agree([0.5], [0.6]), agree([0.5], [0.5, 0.5])
    (True, False, False)
    """
    room = CLOSE * max((abs(each) for each in graph if math.isfinite(each)), default=0.0) + LOST
    pairs = zip(given, graph)
    return len(given) == len(graph) and all(a == b or abs(a - b) <= room or a != a or b != b for a, b in pairs)


def plus(left: Formula, right: Formula) -> Formula:
    if isinstance(right, Call) and right.function == "neg":
        return Call("-", (left, right.arguments[0]))
    return Call("+", (left, right))
