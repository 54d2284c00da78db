"""A number's line of work: the formula that gives it from the numbers before, as it is written on paper.

A value's line is its equation; a gradient's is the sum over all paths of the gradient behind times the local
derivative, written out where that is not printed itself; an updated parameter's is old − rate · gradient.
`Steps` are a number's line and those of the steps before it that are not printed: a mistake may be in any of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from itertools import product
from typing import NamedTuple

from microgrid.formula import Call, Formula, Name, Number, substitute
from microgrid.formula.algebra import size
from microgrid.formula.expression import CONSTANTS, Prepared
from microgrid.sheet import Quantity
from microgrid.sheet.other_rounds import change

from .follow_through import Item, Pages
from .handwork import LONGEST as BY_HAND
from .parts import called
from .precision import WORDS, Precision, Working

__all__ = ["LARGEST", "Line", "Path", "Steps", "follows", "lines_of", "name_of", "summed"]

MOST = 24  # steps that are looked at
FARTHEST = 400  # numbers between one and another that follows from it; farther off, what is between is taken as true
LARGEST = 300  # operations of a formula that is looked at


class Path(NamedTuple):
    """One path of a gradient, through an equation that names the quantity.

    of, by    the quantity that the equation computes, and the one in it
    gradient  of that, as a name; None where that is the end of the path
    slope     the local derivative as it stands in the line: written out, or the name of a printed one
    rule      the same written out
    """

    of: str
    by: str
    gradient: Formula | None
    slope: Formula
    rule: Formula

    def product(self, slope: Formula) -> Formula:
        """What the path adds to the gradient, if its local derivative is that."""
        return slope if self.gradient is None else called("*", (self.gradient, slope))


class Line(NamedTuple):
    """One line of work: a number, and the formula that gives it from the numbers of a round."""

    pages: Pages
    item: Item
    round: int
    formula: Formula
    paths: tuple[Path, ...] = ()

    @property
    def kind(self) -> str:
        """ "value", "gradient", "heart" for one that people know by heart, or "step" of gradient descent."""
        if self.item.by:
            return "gradient" if self.paths else "heart"
        step = self.pages.step(self.item)
        return "step" if step and step.descent else "value"

    def at(self, name: str) -> Item:
        """The number that a name in the formula stands for."""
        return self.pages.named(self.round, name)


def lines_of(pages: Pages, item: Item, printed: Container[Item] = ()) -> Iterator[Line]:
    """The lines that give a number: none for one that is given, two for a gradient that people know by heart."""
    if item.by:
        if item.of == pages.sheet.loss and item.by in pages.closed and not item.local:
            yield Line(pages, item, item.round, Call("-", tuple(map(Name, pages.closed[item.by]))))
        paths = tuple(paths_of(pages, item, printed))
        if paths:
            yield Line(pages, item, item.round, summed([path.product(path.slope) for path in paths]), paths)
    elif item.of in pages.formulas:
        yield Line(pages, item, item.round, written_out(pages.formulas[item.of]))
    elif pages.is_change(item.of):
        yield Line(pages, item, item.round, change(item.of))
    elif (step := pages.step(item)) and not pages.is_given(item):
        yield Line(pages, item, item.round - 1, step.formula)


def written_out(formula: Formula) -> Formula:
    """The equation; softmax as the quotient that it is."""
    if not (isinstance(formula, Call) and formula.function == "softmax" and isinstance(formula.arguments[-1], Number)):
        return formula
    powers = [Call("exp", (each,)) for each in formula.arguments[:-1]]
    below = reduce(lambda left, right: Call("+", (left, right)), powers)
    return Call("/", (powers[int(formula.arguments[-1].value) - 1], below))


def paths_of(pages: Pages, item: Item, printed: Container[Item]) -> Iterator[Path]:
    if item.local:
        slope = pages.slope(item.of, item.by, True)
        yield Path(item.of, item.by, None, slope, slope)
        return
    for *gradient, through in pages.terms(item):
        rule = pages.slope(through.of, through.by, True)
        slope = name_of(through) if through in printed and through != item else rule
        yield Path(through.of, through.by, name_of(gradient[0]) if gradient else None, slope, rule)


def summed(terms: Sequence[Formula]) -> Formula:
    """Paths, added; a sum of them is no `+`, which an equation may have."""
    return terms[0] if len(terms) == 1 else Call("sum", tuple(terms))


def name_of(item: Item | Quantity) -> Name:
    """The name of a number in a formula."""
    return Name(f"∂{item.of}/∂{item.by}" if item.by else item.of)


def follows(pages: Pages, item: Item, other: Item) -> bool:
    """Whether a number follows from another one, the first, or is it."""
    if other.round != item.round or other == item:
        return other.round > item.round or other == item
    if not item.by:
        return item.of in pages.sources(other.of)
    return other.of == item.of and other.by in pages.sources(item.by)


# ── steps ──────────────────────────────────────────────────────────────────────────────────


class Steps:
    """A number and the unprinted steps that lead to it from printed ones.

    printed  the numbers that are read as printed; all others are true ones, or follow from these
    right    what the number itself should be, where others are asked that follow from it
    """

    def __init__(self, pages: Pages, item: Item, printed: Mapping[Item, float], right: float) -> None:
        self.pages, self.item, self.printed, self.right = pages, item, printed, right
        before, between = pages.way(item, printed.__contains__)
        self.between = [*between[-MOST:], item]
        self.readings = [self.numbers(before, between, printed)]
        if before:
            self.readings.append(self.numbers(before, between, {each: pages.true(each) for each in before}))
        self.way = {each: printed[each] for each in before}, between
        self.right_ones = [pages.number(item, each, "value") for each in self.readings]

    def numbers(self, before: list[Item], between: list[Item], known: Mapping[Item, float]) -> dict[Item, float]:
        """The numbers on the way, from those that are known; of a long one those of its last rounds."""
        found: dict[Item, float] = {each: known[each] for each in before}
        for each in between:
            found[each] = self.pages.number(each, found, "value")
        last = min(each.round for each in self.between) - 1
        return {each: number for each, number in found.items() if each.round >= last} if between[MOST:] else found

    @cached_property
    def lines(self) -> list[Line]:
        """The lines that may hold a mistake: the number's own first, then the nearest."""
        found = (line for each in self.steps() for line in lines_of(self.pages, each, self.printed))
        return [each for each in found if size(each.formula) <= LARGEST]

    def steps(self) -> Iterator[Item]:
        """The number, and the steps before it but for local derivatives, which are written out in other lines."""
        derivatives = [each for each in self.between if each.by]
        inside = {factors[-1] for each in derivatives for factors in self.pages.terms(each)}
        return (each for each in reversed(self.between) if each == self.item or each not in inside)

    # ── what comes of a line ──

    def results(self, line: Line, formula: Formula) -> Iterator[float]:
        """What the number comes to with a formula in place of the line's: by the printed numbers, and the true ones."""
        prepared = Prepared(formula)
        for i, numbers in enumerate(self.readings):
            names = {
                name: CONSTANTS[name] if name in CONSTANTS else self.known(line.at(name), i) for name in prepared.names
            }
            yield self.followed(line.item, float(prepared(names, WORDS)), numbers)

    def scatter(self, precisions: Iterable[Precision]) -> list[float]:
        """How far each way of rounding by hand, at one of these precisions, moves the number; none for a long way."""
        numbers, between = self.way
        by_hand = product(precisions, (False, True), ("line", "operations")) if len(between) <= BY_HAND else ()
        ways = (Working(*how) for how in by_hand)
        moved = (self.pages.follow(self.item, between, numbers, "value", each) for each in ways)
        return [abs(each - self.right_ones[0]) for each in moved]

    def is_at_hand(self, item: Item) -> bool:
        """Whether a number is printed, or given."""
        return item in self.printed or not self.pages.inputs(item)

    def known(self, item: Item, reading: int) -> float:
        """A number that a line may name."""
        numbers = self.readings[reading]
        if item not in numbers:
            numbers[item] = self.elsewhere(item, reading)
        return numbers[item]

    def elsewhere(self, item: Item, reading: int) -> float:
        """A number that is not on the way; one that follows from the number itself does so from the right one."""
        if reading == 0 and self.printed and self.follows(item):
            seen: dict[Item, bool] = {}  # and whether it is taken as known

            def is_known(each: Item) -> bool:
                if each not in seen:
                    seen[each] = len(seen) >= FARTHEST or self.is_before(each)
                return seen[each]

            before, between = self.pages.way(item, is_known)
            return self.pages.follow(item, between, {each: self.before(each) for each in before})
        return self.printed[item] if reading == 0 and item in self.printed else self.pages.true(item)

    def before(self, item: Item) -> float:
        """A number where this one is known: the right one itself, or as printed; too far behind it, the true one."""
        if item == self.item:
            return self.right
        return self.printed[item] if self.is_before(item) else self.pages.true(item)

    def is_before(self, other: Item) -> bool:
        """Whether another number is known where this one is: printed, and not what follows from it; or it itself."""
        return other == self.item or (other in self.printed and not self.follows(other))

    def follows(self, other: Item) -> bool:
        """Whether another number follows from this one, or is it."""
        return follows(self.pages, self.item, other)

    def followed(self, step: Item, value: float, numbers: Mapping[Item, float]) -> float:
        """What the number comes to if a step before it comes to that."""
        if step == self.item:
            return value
        known = {**numbers, step: value}
        for each in self.after[step]:
            known[each] = self.pages.number(each, known, "value")
        return known[self.item]

    @cached_property
    def after(self) -> dict[Item, list[Item]]:
        """For each step those that follow from it, up to the number."""
        inputs = {each: set(self.pages.inputs(each)) for each in self.between}
        found = {}
        for i, step in enumerate(self.between):
            changed = {step}
            for each in self.between[i + 1 :]:
                if not changed.isdisjoint(inputs[each]):
                    changed.add(each)
            found[step] = [each for each in self.between[i + 1 :] if each in changed]
        return found

    def whole(self, line: Line, formula: Formula) -> Formula:
        """The number's formula with another in place of a line's: every step in between written out."""
        formulas: dict[str, Formula] = {name_of(line.item).name: formula}
        lines = {each.item: each for each in self.lines}
        for step in self.after[line.item]:
            if step in lines:
                formulas[name_of(step).name] = substitute(lines[step].formula, formulas)
        own = name_of(self.item)
        return formulas.get(own.name, own)  # of what is computed with a derivative no line is known
