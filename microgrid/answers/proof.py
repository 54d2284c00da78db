"""Proofs by algebra, in exact arithmetic.

A quantity is written out by the equations of the sheet, a derivative by the chain rule over them. Equations are put
in one after the other, from the last one on: where a formula follows from the last few, the others are not needed.
What is 0 as an expression is 0 everywhere.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from microgrid.errors import MicrogridError
from microgrid.formula import Formula, Name, Number, evaluate
from microgrid.formula.budget import TooLong
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Quantity
from microgrid.sheet.statements import names_of, quantity_of

from .conditions import Case, Condition
from .equations import variables
from .follow_through import Item
from .gates import Gate
from .kernels import Kernels
from .sampled import Sampled, differ
from .trial_points import Question
from .trial_rounds import TrialRounds

__all__ = ["GIVES_UP", "Work", "proved", "proved_alone"]

Held = frozenset[Quantity]


class Vocabulary(Protocol):
    """What formulas are worked out with: exact products, numbers drawn at random, or bounds."""

    words: Mapping[str, Callable[..., Any]]

    def variable(self, name: str) -> Any:
        """What a name is."""

    def hold(self, x: Any, is_positive: bool) -> None:
        """From now on x is above 0, or below it."""

    def slope(self, x: Any, name: str) -> Any:
        """The derivative of what was worked out, by a name. Raises ArithmeticError where it has none."""


GIVEN = Number(0.0)  # the equation of a name that has none: no names are in it

SAMPLES = 2  # of the numbers that names may be, before algebra is tried
GIVES_UP = (MicrogridError, ArithmeticError, ValueError)


def proved(question: Question, condition: Condition) -> bool:
    """Whether algebra shows that a formula is right wherever a condition is met."""
    if condition not in question.proofs:
        question.proofs[condition] = (
            question.is_kept
            and condition.is_complete
            and all(in_case(question, case, condition.gates) for case in condition.cases)
        )
    return question.proofs[condition]


def in_case(question: Question, case: Case, gates: tuple[Gate, ...]) -> bool:
    """Whether it shows that in one case of a condition."""
    works = question.points.works
    kernels = works.setdefault((*case.items(), *gates), Kernels(question.points.count, question.pages.budget))

    def work(held: Held, in_place: list[str], vocabulary: Any, key: Hashable) -> Work:
        full = (*case.items(), *gates, held, *in_place, key)
        if full not in works:
            works[full] = Work(question.points, case, gates, in_place, held, vocabulary)
        return works[full]  # type: ignore[no-any-return]

    for held, in_place in attempts(question):
        tried = (work(held, in_place, Sampled(seed), seed) for seed in range(0 if case or gates else SAMPLES))
        if not any(differs(each, question) for each in tried) and vanishes(
            work(held, in_place, kernels, ""), kernels, question
        ):
            return True
    return False


def proved_alone(question: Question) -> bool:
    """Whether algebra shows it without an equation of the sheet, whatever numbers its names and derivatives are.

    So it is of a formula that is an update's own rule, and of no other is it worth a look.
    """
    if not (question.is_told_before and question.is_kept):
        return False
    held = frozenset(each for each in question.asked if each.by)
    kernels = question.points.works.setdefault(("alone",), Kernels(question.points.count, question.pages.budget))
    if differs(Work(question.points, {}, (), [], held, Sampled(0)), question):
        return False
    return vanishes(Work(question.points, {}, (), [], held, kernels), kernels, question)


def differs(work: Work, question: Question) -> bool:
    """Whether both sides differ where names are numbers; False where they have none."""
    try:
        return differ(*work.sides(question))
    except GIVES_UP:
        return False


def vanishes(work: Work, kernels: Kernels, question: Question) -> bool:
    """Whether both sides are one; False where algebra gives up: it has shown nothing, the points have."""
    try:
        with kernels.budget.in_force():
            return kernels.vanishes(kernels.words["-"](*work.sides(question)))
    except TooLong as bound:
        question.too_long = str(bound)
    except GIVES_UP:
        pass
    return False


def attempts(question: Question) -> Iterator[tuple[Held, list[str]]]:
    """What is taken for a variable: derivatives that the formula names and the equations not put in."""
    equations = [*question.points.equations]
    for held in (of_the_same(question), by_the_same(question)):
        if held:
            yield from ((held, []), (held, equations))
    last = 1
    yield frozenset(), []
    for by in dict.fromkeys(each.by for each in question.asked if is_opaque(question, each) and each.by in equations):
        yield frozenset(), equations[equations.index(by) + 1 :]
    while last < 2 * len(equations):
        yield frozenset(), equations[-last:]
        last *= 2


def is_opaque(question: Question, quantity: Quantity) -> bool:
    return question.pages.is_opaque(Item(0, quantity.of, quantity.by))


def of_the_same(question: Question) -> Held:
    """The derivatives of what the quantity is one of: the chain rule from the last equation on comes by them."""
    of = {each.of for each in question.judged}
    return frozenset(each for each in question.named.values() if each.by and each.of in of) - {*question.judged}


def by_the_same(question: Question) -> Held:
    """The derivatives by what the quantity is one by: the chain rule from the first equation on comes by them."""
    by = {each.by for each in question.judged}
    return frozenset(each for each in question.named.values() if each.by and each.by in by) - {*question.judged}


class Variables(dict[str, Any]):
    """What names are: a variable each, made when it is first asked for, if nothing else is put in.

    variable  makes one      free  the names of those
    """

    def __init__(self, variable: Callable[[str], Any], free: frozenset[str]) -> None:
        super().__init__()
        self.variable, self.free = variable, free

    def __missing__(self, name: str) -> Any:
        if name not in self.free:
            raise KeyError(name)
        return self.setdefault(name, self.variable(name))


class Work:
    """The quantities of a sheet as products; it is the same for all formulas that are looked at together.

    case   leaves that follow from others           in_place  the names whose equations are used
    gates  ReLUs that are open or closed            held      derivatives that are variables
    """

    def __init__(
        self,
        points: TrialRounds,
        case: Case,
        gates: tuple[Gate, ...],
        in_place: list[str],
        held: Held,
        kernels: Vocabulary,
    ) -> None:
        self.points, self.pages, self.kernels = points, points.pages, kernels
        self.case, self.gates, self.in_place = case, gates, in_place
        self.held = {each: kernels.variable(str(each)) for each in held}
        self.names = Variables(kernels.variable, points.names.difference(in_place))
        self.is_written_out = False
        self.slopes: dict[str, dict[str, Any]] = {}  # of each quantity by those on the way to it

    def write_out(self) -> None:
        """Finds what each name is: a variable, what it is in this case, or what its equation gives."""
        if self.is_written_out:
            return
        words, variable, found = self.kernels.words, self.kernels.variable, self.names
        found |= {name: words["exp"](1.0) if value == math.e else variable("pi") for name, value in CONSTANTS.items()}
        for name, formula in self.case.items():
            found[name] = evaluate(formula, found, words)
        of_gates = [{*variables(gate.inside)} for gate in self.gates]
        for name, formula in self.points.equations.items():
            for gate, names in zip(self.gates, of_gates):
                if names.issubset(variables(formula)):
                    self.kernels.hold(evaluate(gate.inside, found, words), bool(gate.is_open))
            if name in self.in_place:
                found[name] = self.value(formula)
        for gate in self.gates:  # those of the published formula itself, too
            self.kernels.hold(evaluate(gate.inside, found, words), bool(gate.is_open))
        self.is_written_out = True

    def value(self, formula: Formula) -> Any:
        """What a formula over names and derivatives is."""
        asked = {name: self.quantity(quantity_of(Name(name))) for name in variables(formula) if name[0] == "∂"}
        return evaluate(formula, ChainMap(asked, self.names), self.kernels.words)

    def sides(self, question: Question) -> tuple[Any, Any]:
        """The quantity, and what is said to be the same."""
        self.write_out()
        return self.value(question.left), self.value(question.formula)

    def quantity(self, quantity: Quantity) -> Any:
        """A name, or a derivative by the chain rule over the equations."""
        if not quantity.by:
            return self.names[quantity.of]
        if quantity in self.held:
            return self.held[quantity]
        if self.pages.is_opaque(Item(0, quantity.of, quantity.by)):
            return self.again(quantity)
        if any(each.by == quantity.by and each.of != quantity.of for each in self.held):
            return self.forward(quantity)
        return self.backward(quantity)

    def again(self, quantity: Quantity) -> Any:
        """A derivative of what is computed with one, or of a derivative: by the rules for what its name is written out.

        A variable where names on the way are not written out: what they hide would not be differentiated.
        """
        of, *by = names_of(quantity)
        sources = self.pages.sources
        way = [name for name in sources(of) if name not in by and not sources(name).isdisjoint(by)]
        is_whole = all(name in self.in_place for name in way)
        if self.held or self.pages.too_many or not is_whole or any(each in self.in_place for each in by):
            return self.kernels.variable(str(quantity))
        found = self.names[of]
        for each in by:
            found = self.kernels.slope(found, each)
        return found

    def backward(self, quantity: Quantity) -> Any:
        """The chain rule from the last equation on: the derivatives of one name by those on the way to another."""
        if quantity.by not in self.slopes.get(quantity.of, ()):
            self.slopes[quantity.of] = self.slopes_of(quantity.of, {quantity.by, *self.points.by.get(quantity.of, ())})
        return self.slopes[quantity.of][quantity.by]

    def slopes_of(self, of: str, wanted: Collection[str]) -> dict[str, Any]:
        """The derivatives of a name by some others."""
        plus, times, before = self.kernels.words["+"], self.kernels.words["*"], self.pages.sources(of)
        held = {name: self.held[each] for name in before if (each := Quantity(of, name)) in self.held}
        way = reached(
            wanted, lambda name: [] if name in held else [each for each in self.pages.uses[name] if each in before]
        )
        found: dict[str, Any] = {**dict.fromkeys(wanted, 0.0), of: 1.0, **held}
        for name in reversed(self.points.computed):
            if name in way and name in found:
                for source in way.intersection(variables(self.pages.formulas[name])):
                    share = times(found[name], self.slope(name, source))
                    found[source] = held.get(source, plus(found.get(source, 0.0), share))
        return found

    def forward(self, quantity: Quantity) -> Any:
        """The chain rule from the first equation on: the derivatives by one name of those on the way to another."""
        of, by = quantity.of, quantity.by
        plus, times = self.kernels.words["+"], self.kernels.words["*"]
        held = {name: self.held[each] for name in self.points.names if (each := Quantity(name, by)) in self.held}
        way = reached(
            [of], lambda name: () if name in held or name == by else variables(self.pages.formulas.get(name, GIVEN))
        )
        found: dict[str, Any] = {**dict.fromkeys(way, 0.0), **held, by: 1.0}
        for name in self.points.computed:
            if name in way and name not in held and name != by:
                for source in variables(self.pages.formulas[name]):
                    found[name] = plus(found[name], times(found[source], self.slope(name, source)))
        return found[of]

    def slope(self, of: str, by: str) -> Any:
        """The derivative of one equation."""
        return evaluate(self.pages.slope(of, by, by_value=True), self.names, self.kernels.words)


def reached(starts: Iterable[str], beyond: Callable[[str], Iterable[str]]) -> set[str]:
    """Some names and all that is reached from them."""
    found: set[str] = set()
    pending = [*starts]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += beyond(name)
    return found
