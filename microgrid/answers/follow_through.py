"""How each number of a worked sheet follows from the numbers before it.

An author works from the numbers already on the page, not from the true ones. This module knows
which numbers those are: a value follows from the values in its equation, a gradient from the
gradients of its consumers times their local derivatives, an updated parameter from its old value
and its gradient. `Pages.follow` computes a number again from printed ones, as a person would by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, reduce

from microgrid.formula import Formula, Number, derivative, free_names
from microgrid.formula.expression import CONSTANTS, Prepared
from microgrid.sheet import Assignment, Quantity, Run, Sheet
from microgrid.sheet.other_rounds import CHANGE, change, parts, placed

from .closed_forms import closed_forms
from .items import Item
from .precision import EXACTLY, WORDS, Arithmetic, Words
from .second_slopes import Share, second, shares_of
from .written_slopes import Term, as_formula, factors_of, marked, softmax_slope, terms_of, written_slope

__all__ = ["Item", "Pages"]


class Pages:
    """The work of a sheet, round by round: what each number follows from."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sheet: Sheet = run.sheet
        self.formulas = {**run.sheet.formulas, **run.sheet.unnamed}
        self.published: Mapping[tuple[str, str], Formula] = {}  # proved formulas of derivatives, if they are asked for
        self._slopes: dict[tuple[str, str, bool], Formula] = {}
        self._sources: dict[str, frozenset[str]] = {}
        self._inputs: dict[Item, list[Item]] = {}
        self._terms: dict[Item, list[tuple[Item, ...]]] = {}
        self._factors: dict[tuple[str, str, bool], list[tuple[str, Prepared]]] = {}
        self._shares: dict[Item, list[Share]] = {}
        self._written: dict[tuple[str, str], list[Term]] = {}
        self._prepared: dict[tuple[str, str, bool], Prepared] = {}

    @cached_property
    def uses(self) -> dict[str, list[str]]:
        """For each quantity, the quantities whose equations name it."""
        found: dict[str, list[str]] = {name: [] for name in self.sheet.quantities}
        for name, formula in self.sheet.formulas.items():
            for each in free_names(formula):
                if each.name in found:
                    found[each.name].append(name)
        return found

    def sources(self, of: str) -> frozenset[str]:
        """Everything that a quantity depends on, itself included."""
        if of not in self._sources:
            found, pending = set(), [of]
            while pending:
                name = pending.pop()
                if name not in found:
                    found.add(name)
                    pending += self.names_in(name)
            self._sources[of] = frozenset(found)
        return self._sources[of]

    def names_in(self, name: str) -> list[str]:
        """The quantities in the equation of a quantity, and what the derivatives in it are of and by."""
        if self.is_change(name):
            return [name.removeprefix(CHANGE)]
        words = variables(self.formulas.get(name) or self.sheet.leading.get(name, Number(0.0)))
        return [part for each in words for part in ([each] if each[0] != "∂" else parts(each))]

    def slope(self, of: str, by: str, by_value: bool) -> Formula:
        """The local derivative of an equation by a quantity in it; `by_value` uses its own value, a(1 - a)."""
        key = of, by, by_value
        if key not in self._slopes:
            several = by_value and self.siblings.get(of)
            self._slopes[key] = (
                softmax_slope(self.formulas[of], several, of, by)
                if several
                else derivative(self.formulas[of], by, out=of if by_value else "")
            )
        return self._slopes[key]

    def written(self, of: str, by: str) -> list[Term]:
        """The local derivative as people write it: a sum of products."""
        if (of, by) not in self._written:
            several = self.siblings.get(of)
            self._written[of, by] = (
                terms_of(self.slope(of, by, True)) if several else written_slope(self.formulas[of], by, of)
            )
        return self._written[of, by]

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
        return self.written(item.of, item.by) if not self.is_opaque(item) and self.is_slope(item) else ()

    @cached_property
    def siblings(self) -> dict[str, tuple[str, ...]]:
        """For each result of a softmax, all results of it."""
        return {name: each.names for each in self.sheet.equations for name in each.names if len(each.names) > 1}

    def true(self, item: Item) -> float:
        """The number, computed without a mistake."""
        return self.run.rounds[item.round].value(Quantity(item.of, item.by))

    def is_opaque(self, item: Item) -> bool:
        """Whether no equation says how a number follows: it is computed with a derivative, or through such a one."""
        if item.of in self.sheet.leading or item.of[0] == "∂":
            return True
        return bool(item.by) and not self.sources(item.of).isdisjoint(self.sheet.leading)

    def is_second(self, item: Item) -> bool:
        """Whether it is the derivative of a derivative that has equations."""
        quantity = placed(item.of).quantity
        known = quantity.of in self.sheet.formulas and quantity.by in self.uses and item.by in self.uses
        return bool(quantity.by) and known and not self.is_opaque(Item(item.round, quantity.of, quantity.by))

    @cached_property
    def led(self) -> dict[str, Formula]:
        """The equations of the quantities that are computed with a derivative."""
        return {e.names[0]: e.formula for e in self.sheet.equations if e.names[0] in self.sheet.leading}

    def is_true(self, item: Item) -> bool:
        """Whether a number is taken as it truly is, as nothing says how it follows."""
        return self.is_opaque(item) and not (self.is_second(item) or (item.of in self.led and not item.by))

    def shares(self, item: Item) -> list[Share]:
        """What each path adds to a second derivative."""
        if item not in self._shares:
            quantity = placed(item.of).quantity
            self._shares[item] = shares_of(self, item, Item(item.round, quantity.of, quantity.by))
        return self._shares[item]

    # ── rounds ──

    def item(self, number: int, quantity: Quantity) -> Item:
        """A quantity as it is meant in a round: before(w) is the w of the round before."""
        rounds, meant = placed(quantity.of) if not quantity.by else (0, quantity)
        return Item(number + rounds, meant.of, meant.by)

    def named(self, number: int, name: str) -> Item:
        """The number that a name in a formula of a round stands for."""
        rounds, quantity = placed(name)
        return Item(number + rounds, quantity.of, quantity.by)

    def is_change(self, name: str) -> bool:
        """Whether it is a Δw that the sheet does not define itself."""
        return name.startswith(CHANGE) and name not in self.run.rounds[0].nodes

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
        return [name for name in self.uses[item.by] if name in sources] if item.by in sources else []

    def inputs(self, item: Item) -> list[Item]:
        """The numbers that a number follows from."""
        if item not in self._inputs:
            self._inputs[item] = [] if self.is_true(item) else self.inputs_of(item)
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
        plain = whole != item and self.consumers(whole) == [consumer]
        return whole if plain else whole._replace(local=True)

    # ── following ──

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
        if item.of in self.led and not item.by:
            formula = Prepared(marked(self.led[item.of]))
            return self.evaluated_by(formula, item.round, self.with_slopes(item, numbers, words), words)
        if self.is_second(item):
            return second(self, item, self.shares(item), self.with_slopes(item, numbers, words), words)
        if self.is_opaque(item):
            return self.true(item)
        if item.local:
            return self.worked_out((item.of, item.by, form != "argument"), item.round, numbers, words)
        if item.by and form == "known" and item.by in self.closed and item.of == self.sheet.loss:
            p, t = (numbers[Item(item.round, name)] for name in self.closed[item.by])
            return words["-"](p, t)
        if form == "published" and (item.of, item.by) in self.published:
            formula = Prepared(marked(self.published[item.of, item.by]))
            return self.evaluated_by(formula, item.round, numbers, words)
        if item.by:
            products = (self.product(factors, numbers, words, form == "fraction") for factors in self.terms(item))
            return reduce(words["+"], products, float(item.of == item.by))
        if item.of in self.formulas:
            known = self.with_slopes(item, numbers, words) if item.of in self.sheet.unnamed else numbers
            return self.worked_out((item.of, "", True), item.round, known, words)
        return self.gone_on(item, numbers, words)

    def gone_on(self, item: Item, numbers: Mapping[Item, float], words: Words) -> float:
        """A number that follows from those of the round before."""
        if self.is_change(item.of):
            return words["-"](*(numbers[each] for each in self.inputs(item)))
        if self.is_given(item):
            return self.true(item)
        if not (step := self.step(item)):
            return numbers[item._replace(round=item.round - 1)]
        return self.evaluated_by(step.by_hand, item.round - 1, self.with_slopes(item, numbers, words), words)

    def product(self, factors: Iterable[Item], numbers: Mapping[Item, float], words: Words, as_fraction: bool) -> float:
        """A product from left to right; a slope that has no number of its own is gone through by its factors."""
        found: list[tuple[str, float]] = []
        for each in factors:
            found += (
                [("*", numbers[each])] if each in numbers else self.slope_factors(each, numbers, words, as_fraction)
            )
        (first, start), *others = found
        start = start if first == "*" else words["/"](1.0, start)
        return reduce(lambda total, factor: words[factor[0]](total, factor[1]), others, start)

    def with_slopes(self, item: Item, numbers: Mapping[Item, float], words: Words) -> Mapping[Item, float]:
        """The numbers, and the slopes that a formula names and that have none of their own."""
        missing = [each for each in self.inputs(item) if each not in numbers]
        return (
            {**numbers, **{each: self.product([each], numbers, words, False) for each in missing}}
            if missing
            else numbers
        )

    def slope_factors(
        self, item: Item, numbers: Mapping[Item, float], words: Words, as_fraction: bool
    ) -> Iterator[tuple[str, float]]:
        """What a slope multiplies by, and divides by: a, and 1 − a."""
        key = item.of, item.by, as_fraction
        if key not in self._factors:
            found = factors_of(self.written(item.of, item.by), as_fraction)
            self._factors[key] = [(word, Prepared(marked(each))) for word, each in found]
        return ((word, self.evaluated_by(each, item.round, numbers, words)) for word, each in self._factors[key])

    def is_slope(self, item: Item) -> bool:
        """Whether a derivative is that of one equation."""
        return item.local or (bool(item.by) and self.consumers(item) == [item.of])

    def worked_out(self, key: tuple[str, str, bool], number: int, numbers: Mapping[Item, float], words: Words) -> float:
        """An equation, or with `by` its slope, over the numbers of a round."""
        of, by, by_value = key
        if key not in self._prepared:
            slope = by and (as_formula(self.written(of, by)) if by_value else self.slope(*key))
            self._prepared[key] = Prepared(marked(slope or self.formulas[of]))
        return self.evaluated_by(self._prepared[key], number, numbers, words)

    def evaluated_by(self, formula: Prepared, number: int, numbers: Mapping[Item, float], words: Words) -> float:
        """A formula over the numbers of a round."""
        names = {
            name: CONSTANTS[name] if name in CONSTANTS else numbers[self.named(number, name)] for name in formula.names
        }
        return float(formula(names, words))

    def follow(
        self,
        item: Item,
        way: Iterable[Item],
        printed: Mapping[Item, float],
        form: str = "value",
        working: Arithmetic = EXACTLY,
    ) -> float:
        """The number from printed ones, along the unprinted ones on the way as `working` notes them down."""
        numbers = dict(printed)
        for each in way:
            if form in ("factors", "fraction") and self.is_slope(each):
                continue
            found = self.number(each, numbers, form, working.words)
            numbers[each] = working.noted(found) if self.is_noted(each, working.notes) else found
        return self.number(item, numbers, form, working.words)

    def is_noted(self, item: Item, notes: str) -> bool:
        """Whether a number on the way is noted down: what is given stands there as it is."""
        given = self.is_true(item) or self.is_given(item)
        return notes == "everything" or not (given or (notes == "values" and item.by))


@lru_cache(maxsize=4096)
def variables(formula: Formula) -> tuple[str, ...]:
    """The quantities in a formula."""
    return tuple(each.name for each in free_names(formula) if each.name not in CONSTANTS)
