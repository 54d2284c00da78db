"""How each number of a worked sheet follows from the numbers before it.

An author works from the numbers already on the page, not from the true ones. This module knows
which numbers those are: a value follows from the values in its equation, a gradient from the
gradients of its consumers times their local derivatives, an updated parameter from its old value
and its gradient. `Pages.follow` computes a number again from printed ones, as a person would by hand.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any

from microgrid.formula import Formula, Name, Number
from microgrid.formula.budget import TooLong, of_bounds, of_following, of_rounds, of_sheet, spend
from microgrid.formula.expression import CONSTANTS, Prepared
from microgrid.sheet import Assignment, Quantity, Run
from microgrid.sheet.other_rounds import change, placed
from microgrid.sheet.statements import quantity_of

from .closed_forms import closed_forms
from .equations import Equations, variables
from .items import Item
from .literals import is_kept
from .precision import EXACTLY, WORDS, Arithmetic, Words
from .second_slopes import Share, second, shares_of
from .written_slopes import Term, as_formula, factors_of, marked

__all__ = ["BY_FACTORS", "Item", "Pages"]

USES = 400  # as many equations as are looked at while one number is followed
INPUTS = 10  # as many of a number as take as long as the number itself
BY_FACTORS = ("factors", "fraction")  # the forms in which a slope has no number of its own


class Pages(Equations):
    """The work of a sheet, round by round: what each number follows from."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.published: Mapping[tuple[str, str], Formula] = {}  # proved formulas of derivatives, if they are asked for
        self.questions: dict[tuple[Any, ...], Any] = {}  # about published formulas, kept by `trial_points`
        self.rules: dict[int, dict[str, Formula]] = {}  # what each round's names come from, kept by `steps_between`
        self.budget, self.points, self.hand = of_sheet(run.sheet.text)
        self.bounds = of_bounds(run.sheet.text)
        self.swaying = of_rounds(run.sheet.text)
        self.too_many = ""  # which bound was met, where so much is behind what is published that nobody follows it
        self.kept: dict[tuple[Any, ...], Any] = {}  # rounds at other points, kept by `trial_rounds`
        self._inputs: dict[Item, list[Item]] = {}
        self._terms: dict[Item, list[tuple[Item, ...]]] = {}
        self._factors: dict[tuple[str, str, bool], list[tuple[str, Prepared]]] = {}
        self._shares: dict[Item, list[Share]] = {}
        self._prepared: dict[tuple[str, str, str], Prepared] = {}
        self.inexact: dict[float, list[Any]] = {}  # the same work by machines of that precision, kept by `machine`
        self._opaque: dict[tuple[str, str], bool] = {}
        self.worked = 0  # parts of formulas that numbers were worked out by
        self._placed: dict[Prepared, list[tuple[str, int, str, str]]] = {}

    @cached_property
    def are_literals_kept(self) -> bool:
        """Whether doubles keep all digits of the numbers in the sheet's formulas."""
        given = {each.line for each in self.sheet.leaves} | {each.line for each in self.sheet.checks}
        lines = enumerate(self.sheet.text.split("\n"), 1)
        return all(is_kept(line.partition("#")[0]) for number, line in lines if number not in given)

    @cached_property
    def closed(self) -> dict[str, tuple[str, str]]:
        """The quantities by which the gradient of the loss is a p − t that people know by heart."""
        return closed_forms(self.run)

    def forms(self, items: Iterable[Item]) -> tuple[str, ...]:
        """The forms in which slopes may have been taken, for any of the numbers."""
        slopes = [each for each in items if each.by]
        if not slopes:
            return ("value",)
        by_heart = any(each.by in self.closed and each.of == self.sheet.loss for each in slopes)
        published = any((each.of, each.by) in self.published for each in slopes)
        written = filter(None, map(self.slope_terms, slopes))
        fraction = any(factors_of(each, as_fraction=True) != factors_of(each) for each in written)
        special = {"known": by_heart, "published": published, "fraction": fraction}
        return ("value", "argument", "factors", *(form for form, there in special.items() if there))

    def slope_terms(self, item: Item) -> Sequence[Term]:
        """The products in the slope that a number is; none if it is another number."""
        return self.written(item.of, item.by) if self.is_slope(item) else ()

    def true(self, item: Item) -> float:
        """The number, computed without a mistake."""
        return self.run.rounds[item.round].value(Quantity(item.of, item.by))

    def is_opaque(self, item: Item) -> bool:
        """Whether no equation says how a number follows: it is computed with a derivative, or through such a one.

        Or there is so much behind the published numbers that nobody follows it.
        """
        if self.too_many:
            return True
        key = item.of, item.by
        if key not in self._opaque:
            behind = item.by and not self.sources(item.of).isdisjoint(self.sheet.leading)
            self._opaque[key] = item.of in self.sheet.leading or item.of[0] == "∂" or bool(behind)
        return self._opaque[key]

    def is_second(self, item: Item) -> bool:
        """Whether it is the derivative of a derivative that has equations."""
        if item.of[0] != "∂":
            return False
        quantity = placed(item.of).quantity
        if quantity.of not in self.sheet.formulas or not {quantity.by, item.by} <= self.uses.keys():
            return False
        return not self.is_opaque(Item(item.round, quantity.of, quantity.by))

    def is_true(self, item: Item) -> bool:
        """Whether a number is taken as it truly is, as nothing says how it follows."""
        known = self.is_second(item) or (item.of in self.led and not item.by)
        return self.is_opaque(item) and not (known and not self.too_many)

    def shares(self, item: Item) -> list[Share]:
        """What each path adds to a second derivative."""
        if item not in self._shares:
            quantity = placed(item.of).quantity
            self._shares[item] = shares_of(self, item, Item(item.round, quantity.of, quantity.by))
        return self._shares[item]

    # ── rounds ──

    @cached_property
    def deltas(self) -> dict[str, Quantity]:
        """The names of derivatives: δ = dL/dz, which is judged as dL/dz is."""
        first = ((each.names, each.formula) for each in self.sheet.equations if isinstance(each.formula, Name))
        slopes = ((names[0], quantity_of(formula)) for names, formula in first)
        return {name: slope for name, slope in slopes if slope.by and slope.of[0] != "∂"}

    def item(self, number: int, quantity: Quantity) -> Item:
        """A quantity as it is meant in a round: before(w) is the w of the round before."""
        return Item(number, quantity.of, quantity.by) if quantity.by else self.named(number, quantity.of)

    def named(self, number: int, name: str) -> Item:
        """The number that a name in a formula of a round stands for."""
        rounds, quantity = placed(name)
        quantity = quantity if quantity.by else self.deltas.get(quantity.of, quantity)
        return Item(number + rounds, quantity.of, quantity.by)

    def step(self, item: Item) -> Assignment | None:
        """How a number comes from the round before; None where it is what it was there, or no such number."""
        is_own = item.by or item.local or not item.round or item.of in self.formulas or self.is_change(item.of)
        return None if is_own else self.sheet.updates[item.round - 1].by_name.get(item.of)

    def is_given(self, item: Item) -> bool:
        """Whether a number follows from nothing: a leaf at the start, or put in again."""
        return not (item.by or item.of in self.formulas or self.inputs(item))

    # ── what follows from what ──

    def consumers(self, item: Item) -> list[str]:
        """The equations through which `by` reaches `of`."""
        sources = self.sources(item.of)
        if item.by not in sources:
            return []
        there = self.reach.mask(item.by, self.uses) & sources.bits
        if there & (there - 1):
            spend(len(self.uses[item.by]) // USES)
            return [name for name in self.uses[item.by] if name in sources]
        return [self.reach.names[there.bit_length() - 1]] if there else []

    def inputs(self, item: Item) -> list[Item]:
        """The numbers that a number follows from."""
        if item not in self._inputs:
            self._inputs[item] = [] if self.is_true(item) else self.inputs_of(item)
            spend(1 + len(self._inputs[item]) // INPUTS)
        return self._inputs[item]

    def inputs_of(self, item: Item) -> list[Item]:
        if item.of in self.led:
            return [self.named(item.round, name) for name in variables(self.led[item.of])]
        if self.is_second(item):
            return [each for share in self.shares(item) for each in share.inputs(self, item.round)]
        if item.local:
            slopes = (self.slope(item.of, item.by, value) for value in (True, False))
            names = [name for each in (*slopes, as_formula(self.written(item.of, item.by))) for name in variables(each)]
            return [Item(item.round, name) for name in dict.fromkeys(names)]
        if item.by:
            closed = self.closed.get(item.by, ()) if item.of == self.sheet.loss else ()
            formula = self.published.get((item.of, item.by), Number(0.0))
            known = [Item(item.round, name) for name in closed]
            known += [self.named(item.round, name) for name in variables(formula)]
            return [*known, *(each for factors in self.terms(item) for each in factors)]
        if item.of in self.formulas:
            return [self.named(item.round, name) for name in variables(self.formulas[item.of])]
        if self.is_change(item.of):
            return [self.named(item.round, name) for name in variables(change(item.of))]
        if item.round == 0:
            return []
        if step := self.step(item):
            return [self.named(item.round - 1, name) for name in variables(step.formula)]
        return [item._replace(round=item.round - 1)]

    def terms(self, item: Item) -> list[tuple[Item, ...]]:
        """A derivative as a sum of products: for each consumer its gradient and its local derivative."""
        if item not in self._terms:
            self._terms[item] = self.terms_of(item)
        return self._terms[item]

    def terms_of(self, item: Item) -> list[tuple[Item, ...]]:
        if item.of == item.by or self.is_opaque(item):
            return []
        return [
            (self.through(item, name),)
            if name == item.of
            else (Item(item.round, item.of, name), self.through(item, name))
            for name in self.consumers(item)
        ]

    def through(self, item: Item, consumer: str) -> Item:
        """The derivative of a consumer by the quantity: local, and by its plain name where that is all of it."""
        whole = Item(item.round, consumer, item.by)
        there = self.reach.mask(item.by, self.uses) & self.sources(consumer).bits
        plain = whole != item and there == 1 << self.reach.place[consumer]
        return whole if plain else whole._replace(local=True)

    # ── following ──

    def reached(self, items: Iterable[Item]) -> list[Item]:
        """The items and all they follow from; where that is more than there may be, each is what it truly is."""
        published = list(items)
        try:
            with of_following(self.sheet.text).in_force():
                return self.order(published)
        except TooLong as error:
            self.too_many = str(error)
            self._inputs.clear()
            self._terms.clear()
            return published

    def order(self, items: Iterable[Item], stop: Callable[[Item], bool] = lambda item: False) -> list[Item]:
        """The items and all they follow from, each after what it follows from; not beyond `stop`."""
        found: dict[Item, None] = {}
        stack = [(item, False) for item in reversed(list(items))]
        while stack:
            item, ready = stack.pop()
            if item in found:
                continue
            inputs = [] if ready or stop(item) else self.inputs(item)
            if ready or not inputs:
                found[item] = None
                continue
            stack.append((item, True))
            stack += [(each, False) for each in reversed(inputs)]
        return list(found)

    def way(self, item: Item, printed: Callable[[Item], bool]) -> tuple[list[Item], list[Item]]:
        """The printed numbers that a number follows from, and the unprinted ones on the way."""
        order = self.order(self.inputs(item), printed)
        return [each for each in order if printed(each)], [each for each in order if not printed(each)]

    def number(self, item: Item, numbers: Mapping[Item, float], form: str, words: Words = WORDS) -> float:
        """The number from those it follows from, over floats; `words` may note down what they compute.

        form  of slopes: "value", by the own value, as a(1 − a); "argument", by that of z; "factors", as a(1 − a) one
              factor after the other, behind the gradient; "fraction", so too, and what divides comes last;
              "known", p − t by heart; "published", by the sheet's own formula
        """
        if item.of in self.led and not (item.by or self.too_many):
            return self.worked_out((item.of, "", ""), item.round, self.with_slopes(item, numbers, words), words)
        if self.is_second(item):
            return second(self, item, self.shares(item), self.with_slopes(item, numbers, words), words)
        if self.is_opaque(item):
            return self.true(item)
        if item.local:
            key = item.of, item.by, "argument" if form == "argument" else "value"
            return self.worked_out(key, item.round, numbers, words)
        if item.by and form == "known" and item.by in self.closed and item.of == self.sheet.loss:
            p, t = (numbers[Item(item.round, name)] for name in self.closed[item.by])
            return words["-"](p, t)
        if form == "published" and (item.of, item.by) in self.published:
            return self.worked_out((item.of, item.by, form), item.round, numbers, words)
        if item.by:
            products = (self.product(factors, numbers, form, words) for factors in self.terms(item))
            return reduce(words["+"], products, float(item.of == item.by))
        if item.of in self.formulas:
            has_slopes = item.of in self.sheet.unnamed or self.deltas
            known = self.with_slopes(item, numbers, words) if has_slopes else numbers
            return self.worked_out((item.of, "", ""), item.round, known, words)
        return self.gone_on(item, numbers, form, words)

    def gone_on(self, item: Item, numbers: Mapping[Item, float], form: str, words: Words) -> float:
        """A number that follows from those of the round before."""
        if self.is_change(item.of):
            return words["-"](*(numbers[each] for each in self.inputs(item)))
        if self.is_given(item):
            return self.true(item)
        if not (step := self.step(item)):
            return numbers[item._replace(round=item.round - 1)]
        known = self.with_slopes(item, numbers, words) if form in BY_FACTORS else numbers
        return self.evaluated_by(step.by_hand, item.round - 1, known, words)

    def product(self, factors: Iterable[Item], numbers: Mapping[Item, float], form: str, words: Words) -> float:
        """A product from left to right; by factors, a slope that has no number of its own is gone through by them."""
        if form not in BY_FACTORS:
            return reduce(words["*"], (numbers[each] for each in factors))
        found: list[tuple[str, float]] = []
        for each in factors:
            known = each in numbers
            found += [("*", numbers[each])] if known else self.slope_factors(each, numbers, form, words)
        (first, start), *others = found
        start = start if first == "*" else words["/"](1.0, start)
        return reduce(lambda total, factor: words[factor[0]](total, factor[1]), others, start)

    def with_slopes(self, item: Item, numbers: Mapping[Item, float], words: Words) -> Mapping[Item, float]:
        """The numbers, and the slopes that a formula names and that have none of their own."""
        missing = [each for each in self.inputs(item) if each not in numbers]
        found = {each: self.product([each], numbers, "factors", words) for each in missing}
        return ChainMap(found, numbers) if found else numbers  # type: ignore[arg-type]  # it is only read

    def slope_factors(
        self, item: Item, numbers: Mapping[Item, float], form: str, words: Words
    ) -> Iterator[tuple[str, float]]:
        """What a slope multiplies by, and divides by: a, and 1 − a."""
        key = item.of, item.by, form == "fraction"
        if key not in self._factors:
            found = factors_of(self.written(item.of, item.by), as_fraction=key[-1])
            self._factors[key] = [(word, Prepared(marked(each))) for word, each in found]
        return ((word, self.evaluated_by(each, item.round, numbers, words)) for word, each in self._factors[key])

    def is_slope(self, item: Item) -> bool:
        """Whether a derivative is that of one equation, which says how it follows."""
        if self.is_opaque(item):
            return False
        return item.local or (bool(item.by) and self.consumers(item) == [item.of])

    def worked_out(self, key: tuple[str, str, str], number: int, numbers: Mapping[Item, float], words: Words) -> float:
        """An equation, or with `by` its slope in a form, over the numbers of a round."""
        if key not in self._prepared:
            self._prepared[key] = Prepared(marked(self.equation(*key)))
        return self.evaluated_by(self._prepared[key], number, numbers, words)

    @property
    def parts_worked(self) -> int:
        """How many parts all the formulas have that numbers were worked out by so far."""
        return sum(map(len, self._prepared.values()))

    def equation(self, of: str, by: str, form: str) -> Formula:
        """The formula that a number is worked out by."""
        if not by:
            return self.led.get(of) or self.formulas[of]
        if form == "published":
            return self.published[of, by]
        return self.slope(of, by, False) if form == "argument" else as_formula(self.written(of, by))

    def evaluated_by(self, formula: Prepared, number: int, numbers: Mapping[Item, float], words: Words) -> float:
        """A formula over the numbers of a round."""
        self.worked += len(formula)
        if formula not in self._placed:
            meant = ((name, self.named(0, name)) for name in formula.names if name not in CONSTANTS)
            self._placed[formula] = [(name, each.round, each.of, each.by) for name, each in meant]
        names = {
            name: numbers[number + rounds, of, by, False]  # type: ignore[index]  # equal to the Item, and made faster
            for name, rounds, of, by in self._placed[formula]
        }
        return float(formula({**CONSTANTS, **names}, words))

    def follow(
        self,
        item: Item,
        way: Iterable[Item],
        printed: Mapping[Item, float],
        form: str = "value",
        working: Arithmetic = EXACTLY,
    ) -> float:
        """The number from printed ones, along the unprinted ones on the way as `working` notes them down."""
        return self.followed(item, way, dict(printed), form, working)

    def followed(
        self, item: Item, way: Iterable[Item], numbers: dict[Item, float], form: str, working: Arithmetic = EXACTLY
    ) -> float:
        """The same; the numbers on the way come to those that are known."""
        is_exact = working is EXACTLY
        for each in way:
            if form in BY_FACTORS and self.is_slope(each):
                continue
            found = self.number(each, numbers, form, working.words)
            numbers[each] = found if is_exact or not self.is_noted(each, working.notes) else working.noted(found)
        return self.number(item, numbers, form, working.words)

    def is_noted(self, item: Item, notes: str) -> bool:
        """Whether a number on the way is noted down: what is given stands there as it is."""
        given = self.is_true(item) or self.is_given(item)
        return notes == "everything" or not (given or (notes == "values" and item.by))
