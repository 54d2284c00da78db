"""A published formula beside the quantity that it is to be: both computed where the sheet is, and elsewhere."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from microgrid.engine import FUNCTIONS
from microgrid.errors import MicrogridError
from microgrid.formula import Formula, Name, evaluate
from microgrid.formula.algebra import size
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Identity, Quantity, Round
from microgrid.sheet.statements import quantity_of

from .conditions import FREE, Condition, kept, with_inputs
from .equations import variables
from .follow_through import Pages
from .gates import gates
from .kinks import Words
from .lines import name_of
from .literals import is_kept
from .precision import WORDS
from .shaking import Shaking
from .steps_between import is_never_negative
from .trial_rounds import TrialRounds

__all__ = ["SAME", "Question", "Trial", "questions", "together"]

SAME = 1e-9  # two formulas for one number differ by rounding alone: relative
NOTHING, TINY = 1e-10, 1e-15  # what rounding leaves of numbers that cancel, and of what is 0
NEXT = 1e-7  # so far from the sheet's point its kinks are looked at
PARTS = 4  # of formulas, as long as one number takes
SHAKES = 4  # how often every step is shaken, to see what rounding can do
POINTS, MOST = 16, 300  # how many other points have to count, and how many are drawn for that
FAR = 96  # points that are tried besides where algebra proves nothing
ENOUGH, ALIKE = 8, 1e-7  # points, to see that one formula is another, and how near they come


class Trial(NamedTuple):
    """A point: what the quantity and the formula come to there, and whether it is on a kink.

    gap  by how much the formula is more, where that is known to more digits than the two have
    """

    leaves: Mapping[str, float]
    round: Round
    value: float
    formula: float
    on_kink: bool
    gap: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether the point says anything."""
        return math.isfinite(self.value) and math.isfinite(self.formula)


class Question:
    """Whether a quantity of a sheet is what a published formula says.

    left    what stands for the quantity; where it is given, both sides are told of the round before
    points  the names of the sheet at other numbers, where several questions are asked there
    """

    def __init__(
        self, pages: Pages, asked: Identity, left: Formula | None = None, points: TrialRounds | None = None
    ) -> None:
        self.pages = pages
        self.quantity, self.formula, self.is_told_before = asked.quantity, asked.formula, left is not None
        self.left = left or pages.sheet.unnamed.get(asked.quantity.of) or name_of(asked.quantity)
        self.given = pages.run.rounds[asked.round]
        self.points = points or TrialRounds(pages, self.given, self.asked)
        self.proofs: dict[Condition, bool] = {}  # whether it is proved under a condition, where that was tried
        self.is_kept = pages.are_literals_kept and is_kept(asked.text)  # by doubles, whatever numbers are typed
        self.general: Question | None = None  # the same of any round, where this is told of what one begins with
        self.too_long = ""  # the bound at which a proof was given up

    @cached_property
    def named(self) -> dict[str, Quantity]:
        """The quantities that the formula names."""
        return {name: quantity_of(Name(name)) for name in variables(self.formula)}

    @property
    def asked(self) -> list[Quantity]:
        """The quantities on both sides."""
        return [*self.judged, *self.named.values()]

    @property
    def names(self) -> frozenset[str]:
        """Everything that both sides depend on, and what is computed along with it."""
        return self.points.names

    @property
    def computed(self) -> list[str]:
        """Those of them that have an equation, in the order of the sheet."""
        return self.points.computed

    @property
    def leaves(self) -> dict[str, float]:
        """Those of them that are given or remembered, with their numbers."""
        return self.points.leaves

    @property
    def is_number(self) -> bool:
        """Whether a quantity is said to be a number, in which no name is."""
        return not self.named and isinstance(self.left, Name)

    @property
    def is_about_rounds(self) -> bool:
        """Whether it names numbers that come from the round before, so that it cannot be tried elsewhere."""
        return any(each.of in self.given.memory or self.pages.is_change(each.of) for each in self.asked)

    @property
    def changed(self) -> frozenset[str]:
        """What has another number in the next round."""
        updates = self.pages.sheet.updates[self.given.number - 1 : self.given.number]
        return frozenset(name for each in updates for name in each.names)

    @cached_property
    def judged(self) -> list[Quantity]:
        """The quantity; of an expression without a name, those in it."""
        return [quantity_of(Name(name)) for name in variables(self.left)]

    @cached_property
    def here(self) -> Trial:
        """The point of the sheet."""
        if self.is_over:  # the numbers are there; whether it is on a kink, nobody waits for
            value, formula = (self.formula_at(self.given, each, FUNCTIONS) for each in (self.left, self.formula))
            return Trial(self.leaves, self.given, value, formula, on_kink=False)
        return self.at(self.leaves)

    @cached_property
    def is_extreme_here(self) -> bool:
        """Whether a number on the way at the sheet's own point is so large or small that doubles may not hold it."""
        shaking = Shaking(0)
        shaken = self.at(self.leaves, shaking)
        return shaking.is_extreme or not math.isfinite(shaken.formula)

    @property
    def is_over(self) -> bool:
        """Whether no more points are tried, as nobody waits for that."""
        if self.pages.points.is_spent:
            self.too_long = self.pages.points.said
        return self.pages.points.is_spent

    @cached_property
    def parts(self) -> int:
        """How many parts both sides have."""
        return size(self.left) + size(self.formula)

    def at(self, leaves: Mapping[str, float], shaking: Shaking | None = None) -> Trial:
        """Both sides where the leaves have these numbers; every step shaken, if asked for."""
        self.pages.points.spent += self.parts // PARTS
        leaves = self.reachable(leaves)
        kinks = self.points.kinks
        shaken = kinks.watched(shaking.words(FUNCTIONS)) if shaking else None
        try:
            there = self.points.at(leaves, shaken)
            words = shaken or self.points.words
            value, formula = (self.formula_at(there, each, words) for each in (self.left, self.formula))
        except MicrogridError:  # an operation cannot take what it is given
            there, value, formula = self.given, math.nan, math.nan
        return Trial(leaves, there, value, formula, kinks.met)

    def reachable(self, leaves: Mapping[str, float]) -> Mapping[str, float]:
        """The point, or one that a run can reach: what an optimiser remembers of squares is never negative."""
        squares = {name: abs(leaves[name]) for name in filter(is_never_negative, leaves)} if self.is_told_before else {}
        return {**leaves, **squares} if squares else leaves

    def formula_at(self, there: Round, formula: Formula, words: Words) -> float:
        """What a formula over names and derivatives comes to."""
        names = {name: there.value(quantity_of(Name(name))) for name in variables(formula)}
        return float(evaluate(formula, {**CONSTANTS, **names}, words))

    def jumps_here(self) -> bool:
        """Whether the quantity jumps at the sheet's point, which has a kink on the way to it: others may differ there.

        A jump is as high from a hundredth of the distance; everything else is a hundredth, or nothing.
        """
        rng = random.Random(0)
        for _ in range(SHAKES if self.here.on_kink else 0):
            ways = {name: rng.choice((-1, 1)) * rng.uniform(0.5, 1) * (1 + abs(x)) for name, x in self.leaves.items()}
            wide, near = (
                abs(self.at({name: x + size * ways[name] for name, x in self.leaves.items()}).value - self.here.value)
                for size in (NEXT, NEXT / 100)
            )
            if wide > max(SAME * abs(self.here.value), TINY) and not near <= wide / 2:
                return True
        return False

    # ── other formulas ──

    def comes_to(self, other: Formula) -> bool:
        """Whether the formula is another one, written otherwise: here and elsewhere, as far as can be seen."""
        tried = 0
        for there, number in () if self.is_over else self.references:
            self.pages.points.spent += size(other) // PARTS
            found = self.formula_at(there, other, WORDS)
            if math.isfinite(number) and math.isfinite(found):
                tried += 1
                if not math.isclose(number, found, rel_tol=ALIKE, abs_tol=TINY):
                    return False
        return tried > 1

    @cached_property
    def references(self) -> list[tuple[Round, float]]:
        """The whole sheet here and at other points, where what adds to 1 still does, and what the formula is there."""
        sheet, start = self.pages.sheet, {leaf.name: self.given[leaf.name].data for leaf in self.pages.sheet.leaves}
        sums = Condition((), self.kept.sums)
        points = [*({**start, **each} for each in islice(self.around(sums), ENOUGH)), start]
        self.pages.points.spent += len(points) * sum(map(size, sheet.formulas.values())) // PARTS
        worked = (self.points.worked(leaves, FUNCTIONS, whole=True) for leaves in points)
        rounds = (Round(sheet, nodes, memory=self.given.memory) for nodes in worked)
        return [(each, self.formula_at(each, self.formula, FUNCTIONS)) for each in rounds]

    @cached_property
    def kept(self) -> Condition:
        """The strongest condition that the sheet's numbers meet."""
        return self.conditions[-1] if self.conditions else FREE

    @cached_property
    def conditions(self) -> list[Condition]:
        """Those that the sheet's numbers meet: first what targets keep to, then what ReLUs do, then what inputs do."""
        targets = kept(self.pages.sheet, self.leaves)
        used = with_inputs(targets, self.pages.sheet)
        inputs = replace(used, binary=tuple(name for name in used.binary if name in self.leaves))
        opened = gates(
            (*(self.pages.formulas[name] for name in self.computed), self.left),
            lambda inside: self.formula_at(self.given, inside, WORDS),
            self.formula,
        )
        found = [Condition(targets.binary), Condition((), targets.sums), targets]
        found += [Condition(gates=opened), replace(targets, gates=opened), inputs, replace(inputs, gates=opened)]
        return [each for each in dict.fromkeys(found) if each != FREE]

    def is_met(self, condition: Condition, trial: Trial) -> bool:
        """Whether every branch of a condition is taken at a point as it has to be."""
        return all(gate.keeps(self.formula_at(trial.round, gate.inside, WORDS)) for gate in condition.gates)

    # ── elsewhere ──

    def holds(self, condition: Condition = FREE) -> tuple[int, Trial | None]:
        """At how many points under a condition both sides agree, and a point at which they do not.

        Where a closed ReLU makes the quantity 0, agreeing says nothing.
        """
        tried, wanted = 0, max(POINTS, 2 * len(condition.cases))
        for leaves in self.around(condition):
            trial = self.at(leaves)
            agrees = self.agrees(trial) if trial.counts and self.is_met(condition, trial) else None
            if agrees is False:
                return tried, trial
            tried += agrees is True and not (condition.gates and trial.value == 0)
            if tried == wanted:
                break
        return tried, None

    def around(self, condition: Condition) -> Iterator[Mapping[str, float]]:
        """Other numbers for the leaves: near ones, ones of the same sign, far ones; then nearer and nearer."""
        for i in range(MOST if self.leaves else 0):
            if self.is_over:
                return
            yield condition.bent(self.points.near[i], i)

    def fails(self, condition: Condition) -> Trial | None:
        """A point under a condition at which both sides differ, near or far."""
        return self.holds(condition)[1] or self.fails_far_off(condition)

    def fails_far_off(self, condition: Condition) -> Trial | None:
        """A point at which both sides differ, of more and farther ones: the other side of some kink is far away."""
        for i in range(FAR if self.leaves else 0):
            if self.is_over:
                return None
            trial = self.at(condition.bent(self.points.far[i], i))
            if trial.counts and self.is_met(condition, trial) and self.agrees(trial) is False:
                return trial
        return None

    def agrees(self, trial: Trial) -> bool | None:
        """Whether both sides come to one number at a point; None where rounding hides it."""
        a, b = trial.value, trial.formula
        if math.isclose(a, b, rel_tol=SAME) or (math.isnan(a) and math.isnan(b)):
            return True
        if not self.is_rounding(trial):
            return False
        return True if abs(a - b) < NOTHING else None

    def is_rounding(self, trial: Trial) -> bool:
        """Whether rounding may explain a difference: where every step is shaken, it changes as much.

        Elsewhere also where doubles may not hold all numbers on the way; the sheet's own numbers are what they are.
        """
        gaps, shaking = [trial.value - trial.formula], Shaking(0)
        for _ in range(SHAKES):
            shaken = self.at({name: number * shaking.factor() for name, number in trial.leaves.items()}, shaking)
            gaps.append(shaken.value - shaken.formula)
        if shaking.is_extreme and trial is not self.here:
            return True
        finite = [gap for gap in gaps if math.isfinite(gap)]
        if len(finite) < len(gaps):
            return len(finite) > 0
        if trial.on_kink:  # on one side or the other, and nowhere between
            return min(gaps) <= 0 <= max(gaps)
        return not abs(gaps[0]) > 20 * (max(gaps) - min(gaps))


def questions(pages: Pages, asked: Sequence[Identity]) -> list[Question]:
    """The questions of the formulas of one line, of an array one for each element.

    At other points the sheet is worked once for all of them, and what is proved is proved once.
    """
    key = tuple(asked)
    if key not in pages.questions:
        found = [Question(pages, each) for each in asked]
        pages.questions[key] = together(found)
    return pages.questions[key]  # type: ignore[no-any-return]


def together(questions: list[Question]) -> list[Question]:
    """The same questions; at other points the sheet is worked once for all of them."""
    asked = dict.fromkeys(quantity for each in questions for quantity in each.asked)
    shared = TrialRounds(questions[0].pages, questions[0].given, asked, len(questions)) if questions else None
    for each in questions:
        each.points = shared or each.points
    return questions
