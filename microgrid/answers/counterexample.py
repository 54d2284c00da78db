"""The point at which a wrong formula is best seen to be wrong: that of the simplest numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping

from microgrid.formula import number_text
from microgrid.sheet import Quantity
from microgrid.sheet.other_rounds import earlier

from .conditions import Condition
from .grounds import grounds
from .trial_points import Question, Trial

__all__ = ["clearest", "differs", "shown"]

POOLS = ((0, 1), (0, 1, 2, -1), (1, 2, 0.5), (0, 1, 2, 3, -1, -2, 0.5, -0.5))  # simple numbers, simplest first
DRAWS, WORK = 24, 2000  # points from each; names that are computed for all of one
DIGITS, ALL = 4, 17


def differs(value: float, formula: float, digits: int = 8) -> str:
    """`it is 2, the formula gives 3`, to as many digits as show the difference.

    >>> differs(1/3, 0.5)
    'it is 0.33333333, the formula gives 0.5'
    >>> differs(1/3, 1/3 + 1e-9)
    'it is 0.3333333333, the formula gives 0.3333333343'
    """
    pairs = ((number_text(value, n), number_text(formula, n)) for n in (digits, 10, 12, ALL))
    a, b = next((pair for pair in pairs if pair[0] != pair[1]), (repr(value), repr(formula)))
    return f"it is {a}, the formula gives {b}"


def shown(question: Question, trial: Trial) -> str:
    """The names in a formula, and those that the quantity is determined by besides, with their numbers."""
    numbers = named(question, trial)
    return ", ".join(f"{name} = {number_text(number, DIGITS)}" for name, number in numbers.items())


def named(question: Question, trial: Trial) -> dict[str, float]:
    """What is needed to work out both sides by hand."""
    asked = (*question.named.values(), *(question.judged if question.is_told_before else grounds(question)))
    numbers = {said(question, each): trial.round.value(each) for each in asked}
    numbers.pop(str(question.quantity), None)
    return numbers


def said(question: Question, quantity: Quantity) -> str:
    """What a quantity is called in the round that the formula was published for."""
    stays = quantity.of in question.leaves and quantity.of not in question.changed and not quantity.by
    return earlier(str(quantity)) if question.is_told_before and not stays else str(quantity)


# ── simple numbers ─────────────────────────────────────────────────────────────────────────


def clearest(question: Question, condition: Condition, against: Trial) -> Trial:
    """Of the points under a condition at which both sides differ, the one of the simplest numbers.

    against  one that is known
    """
    best, least = against, effort(question, against)
    for leaves in simple(question, condition, against):
        trial = question.at(leaves)
        allowed = trial.counts and is_plain(trial) and not trial.on_kink and question.is_met(condition, trial)
        found = effort(question, trial) if allowed else least
        if found < least and question.agrees(trial) is False:
            best, least = trial, found
    return best


def simple(question: Question, condition: Condition, against: Trial) -> Iterator[Mapping[str, float]]:
    """Points of simple numbers; then, should none of them do, the known one rounded."""
    rng, draws = random.Random(0), max(4, min(DRAWS, WORK // len(question.names)))
    for pool in POOLS:
        for i in range(0 if question.is_over else draws):
            yield condition.bent({name: float(rng.choice(pool)) for name in question.leaves}, i)
    for digits in (1, 2):
        yield {name: float(f"{number:.{digits}g}") for name, number in against.leaves.items()}


def is_plain(trial: Trial) -> bool:
    """Whether the difference is seen at first sight."""
    return not math.isclose(trial.value, trial.formula, rel_tol=0.02)


def effort(question: Question, trial: Trial) -> int:
    """How much there is to read, and to put up with."""
    return sum(map(length, (*named(question, trial).values(), trial.value, trial.formula)))


def length(number: float) -> int:
    """The signs of a number; one that is cut off counts for more, and most where that does not show."""
    text = number_text(number, DIGITS)
    if math.isclose(float(text), number, rel_tol=1e-12):
        return len(text)
    return len(text) + (5 if len(text.lstrip("-0.")) >= DIGITS - 1 and "e" not in text else 20)
