"""Where a formula has a value and the other side has none: what a logarithm or a root is taken of is above 0.

log(w·y) has a value where w and y are both below 0, and log w + log y has none: they are one where w > 0 and y > 0.
w·x/w has none where w is 0, and x has: they are one where w ≠ 0.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from microgrid.formula import Call, Formula, Number, evaluate, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Quantity

from .conditions import Condition
from .equations import variables
from .gates import Gate
from .parts import multiplied, places, products
from .precision import WORDS
from .trial_points import Question, Trial

__all__ = ["domain"]

PARTIAL = ("log", "log2", "log10", "sqrt")
Parts = Callable[[Formula], Iterator[Formula]]
MOST = 8  # numbers that a divisor comes from
LARGE = 1e6  # what stays below it beside a divisor of 0 is divided by nothing
DRAWS = 64  # points: of three names that have to be below 0 at once, one in eight
BELOW = -1e-9  # what rounding does not make of 0


def domain(question: Question, condition: Condition) -> tuple[Gate, ...]:
    """What has to be above 0 so that both sides have a value wherever one of them has, under a condition."""
    left = list(dict.fromkeys(taken_of(question, question.left, question.judged)))
    right = list(dict.fromkeys(taken_of(question, question.formula, list(question.named.values()))))
    alone = [each for each in left if each not in right], [each for each in right if each not in left]
    found: dict[Formula, Gate] = {}
    order = [*question.pages.sheet.quantities, *question.names]
    for trial in signs(question, condition) if any(alone) else ():
        if math.isnan(trial.value) != math.isnan(trial.formula):
            for inside in alone[math.isnan(trial.formula)]:
                if question.formula_at(trial.round, inside, WORDS) < BELOW:
                    found[inside] = Gate(inside, True)
    found.update((each, Gate(each, None)) for each in divisors_at_zero(question, condition) if each not in found)
    return tuple(sorted(found.values(), key=lambda gate: min(map(order.index, variables(gate.inside)), default=0)))


def divisors_at_zero(question: Question, condition: Condition) -> Iterator[Formula]:
    """What one side is divided by, so that it has no value where that is 0, and the other side has one."""
    asked = question.judged, list(question.named.values())
    left, right = (
        dict.fromkeys(within(question, formula, names, divisors))
        for formula, names in zip((question.left, question.formula), asked)
    )
    for each in {**left, **right}:
        trials = zeros(question, condition, each) if (each in left) != (each in right) else ()
        others = (trial.formula if each in left else trial.value for trial in trials)
        if any(abs(other) < LARGE for other in others):
            yield each


def zeros(question: Question, condition: Condition, divisor: Formula) -> Iterator[Trial]:
    """Points at which a divisor is 0: one of the numbers that it comes from is, or is where a straight line leads."""
    leaves = question.leaves
    names = [name for each in variables(divisor) for name in sorted(question.pages.sources(each)) if name in leaves]

    def at(name: str, number: float, i: int) -> tuple[Trial, float]:
        trial = question.at(condition.bent({**leaves, name: number}, i))
        return trial, question.formula_at(trial.round, divisor, WORDS)

    for i, name in enumerate(list(dict.fromkeys(names))[:MOST]):
        here, there = at(name, leaves[name], i)[1], at(name, leaves[name] + 1, i)[1]
        crossing = leaves[name] - here / (there - here) if there != here else 0.0
        is_crossed = here * at(name, 2 * crossing - leaves[name], i)[1] < 0  # no exponential is ever 0
        for trial, number in (at(name, 0.0, i), *([at(name, crossing, i)] if is_crossed else [])):
            if abs(number) < -BELOW and question.is_met(condition, trial):
                yield trial


def signs(question: Question, condition: Condition) -> Iterator[Trial]:
    """Points near the sheet's, with any signs."""
    rng = random.Random(2)
    for i in range(DRAWS):
        moved = {name: rng.choice((-1, 1)) * (1 + abs(x)) * rng.uniform(0.3, 1) for name, x in question.leaves.items()}
        trial = question.at(condition.bent(moved, i))
        if question.is_met(condition, trial):
            yield trial


def taken_of(question: Question, formula: Formula, asked: list[Quantity]) -> Iterator[Formula]:
    """What has to be above 0 in a formula, and in the equations of the values that it names."""
    return within(question, formula, asked, insides)


def within(question: Question, formula: Formula, asked: list[Quantity], parts: Parts) -> Iterator[Formula]:
    """Parts of a formula, and of the equations of the values that it names."""
    yield from parts(formula)
    values = {name for each in asked if not each.by for name in question.pages.sources(each.of)}
    for name in question.computed:
        if name in values:
            yield from parts(question.pages.formulas[name])


def divisors(formula: Formula) -> Iterator[Formula]:
    """What a formula is divided by, factor by factor, if there are names in it.

    >>> from microgrid.formula import parse, render
    >>> [render(each) for each in divisors(parse("x/(w*y^2) + 1/(3*u) + v^-1 + 2/z^0"))]
    ['w', 'y', 'u', 'v', 'z^0']
    """
    for place in places(formula):
        match place.formula:
            case Call("/", (_, below)):
                factors = ([each.formula for each in parts] for at, parts in products(below) if not at.path)
                yield from filter(variables, map(base, next(factors, [below])))
            case Call("**", (inside, power)) if variables(inside) and number_in(power) < 0:
                yield inside


def base(formula: Formula) -> Formula:
    """w of w^2."""
    match formula:
        case Call("**", (inside, Number(power))) if power > 0:
            return inside
    return formula


def insides(formula: Formula) -> Iterator[Formula]:
    """What each logarithm, root and broken power in a formula is taken of, if there are names in it.

    >>> from microgrid.formula import parse, render
    >>> [render(each) for each in insides(parse("log(w*y) + sqrt(2*u) + v^1.5 + z^2 + log(3)"))]
    ['w*y', 'u', 'v']
    """
    for place in places(formula):
        match place.formula:
            case Call(function, (inside,)) if function in PARTIAL and variables(inside):
                yield without_numbers(inside)
            case Call("**", (inside, power)) if variables(inside) and not is_whole(power):
                yield without_numbers(inside)


def without_numbers(formula: Formula) -> Formula:
    """What has the sign of a formula: w of 7·w."""
    for place, parts in products(formula):
        if not place.path:
            is_above = (isinstance(each.formula, Number) and each.formula.value > 0 for each in parts)
            return multiplied([each for each, above in zip(parts, is_above) if not above])
    return formula


def is_whole(power: Formula) -> bool:
    """Whether an exponent is a whole number."""
    number = number_in(power)
    return number == round(number) if math.isfinite(number) else False


def number_in(power: Formula) -> float:
    """The number that an exponent is; nan if there are names in it."""
    if any(each.name not in CONSTANTS for each in free_names(power)):
        return math.nan
    return power.value if isinstance(power, Number) else float(evaluate(power, CONSTANTS, WORDS))
