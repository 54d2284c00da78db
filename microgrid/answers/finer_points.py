"""Both sides of a formula where doubles do not tell: in many digits, and far away, with numbers of any size.

x² + 1e-30 is x² to every double, and x + relu(x - 1e9) is x at every point that anybody tries; x⁹⁹⁹⁹/x⁹⁹⁹⁷ is 0/0
though it is x². Between bounds (`enclosures`) what differs surely does, however little, and nothing overflows.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from mpmath import mp  # type: ignore[import-untyped]

from microgrid.formula.algebra import size

from .conditions import FREE, Case, Condition
from .enclosures import Enclosed, NoValue, Unwritten
from .kernel_values import value
from .kernels import Kernels
from .literals import numbers_in
from .products import Product
from .proof import GIVES_UP, Work
from .trial_points import Question, Trial

__all__ = ["apart_here", "apart_somewhere", "is_same_here"]

DIGITS, MOST_DIGITS = 100, 600  # that are reckoned with; where the formulas have very small or large numbers
SAME = 30  # digits: so many that agree are one number
POOLS = ((0, 1, 2, -1), (1, 2, 0.5), (0, 1, 2, 3, -1, -2, 0.5, -0.5))  # simple numbers
EACH = 4  # points of each
SIZES = (1e3, 1e6, 1e12, 1e-4, 1e-9)
PLAIN = 0.01, 100  # a number in a formula beyond these may be a kink that is as far away
KINKS, LAST = 3, 1e300  # of these; what is farther is left alone
FEW = 6  # names of a formula that are moved one by one
PATIENCE = 16  # points, one after the other, at which nothing can be said
WITH_SLOPES = 3  # times the work, where a derivative is to be worked out


def is_same_here(question: Question) -> bool | None:
    """Whether both sides are one number at the sheet's own point; None where that cannot be said."""
    try:
        question.pages.bounds.spend(weight(question))
        left, right = sides(question, question.leaves, digits(question))
        gap = right - left
        if gap.a > 0 or gap.b < 0:
            return False
        return True if mp.convert(gap.delta) <= abs(mp.convert(left.a)) * mp.mpf(10) ** -SAME else None
    except NoValue:
        return False
    except GIVES_UP:
        return None


def apart_here(question: Question) -> Trial | None:
    """The sheet's own point as it is in many digits, where both sides surely differ there."""
    try:
        question.pages.bounds.spend(weight(question))
        return trial_at(question, FREE, dict(question.leaves), {}, digits(question))
    except GIVES_UP:
        return None


def apart_somewhere(question: Question, condition: Condition = FREE) -> Trial | None:
    """A point under a condition at which both sides surely differ: of simple numbers, then of far ones.

    The first at which a double holds both sides, else the first.
    """
    found: Trial | None = None
    for trial in trials(question, condition):
        if trial.counts:
            return trial
        found = found or trial
    return found


def trials(question: Question, condition: Condition) -> Iterator[Trial]:
    """The points under a condition at which both sides surely differ, as long as the budget lasts."""
    budget, usual, parts, unknown = question.pages.bounds, digits(question), weight(question), 0
    tried = ((leaves, usual) for each in (simple(question, EACH), far(question)) for leaves in each)
    for i, (leaves, count) in enumerate((*tried, *((leaves, MOST_DIGITS) for leaves in simple(question, 1)))):
        if unknown == PATIENCE or budget.is_spent:
            return
        case, unknown = condition.cases[i % len(condition.cases)], unknown + 1
        try:
            budget.spend(parts)
            trial = trial_at(question, condition, condition.bent(leaves, i), case, count)
        except GIVES_UP:
            continue
        unknown = 0
        if trial:
            yield trial


def trial_at(
    question: Question, condition: Condition, leaves: Mapping[str, float], case: Case, count: int
) -> Trial | None:
    """The point, where both sides surely differ there; None where they may not. Raises Unknown and NoValue."""
    leaves = question.reachable(leaves)
    left, right = sides(question, leaves, count, condition, case)
    gap = right - left
    value, formula, off = (float(mp.convert(each.mid.a)) for each in (left, right, gap))
    if not (gap.a > 0 or gap.b < 0):
        return None
    off = off or (math.ulp(0) if gap.a > 0 else -math.ulp(0))
    return Trial(leaves, question.at(leaves).round, value, formula, on_kink=False, gap=off)


def sides(
    question: Question, leaves: Mapping[str, float], count: int, condition: Condition = FREE, case: Case | None = None
) -> tuple[Any, Any]:
    """The bounds of both sides at a point, in so many digits. Raises Unknown and NoValue."""
    enclosed = Enclosed(leaves, count)
    work = Work(question.points, case or {}, condition.gates, [*question.points.equations], frozenset(), enclosed)
    try:
        left, right = work.sides(question)
        return enclosed.typed(left), enclosed.typed(right)
    except Unwritten:
        there = question.at(leaves)
        if condition.gates or math.isnan(there.value) or math.isnan(there.formula):
            raise  # a branch, or a value that is not there, is not to be seen in exact products
    kernels, *products = exact(question, tuple((case or {}).items()))
    return tuple(value(kernels, each, enclosed) for each in products)


def exact(question: Question, case: tuple[tuple[str, Any], ...]) -> tuple[Kernels, Product, Product]:
    """Both sides as exact products of what is given, in one case of a condition. Raises TooLong."""
    works = question.points.works
    kernels = works.setdefault(("exact", *case), Kernels(question.points.count, question.pages.budget))
    key = ("sides", *case, question.left, question.formula)
    if key not in works:
        work = Work(question.points, dict(case), (), [*question.points.equations], frozenset(), kernels)
        works[key] = written_exactly(work, kernels, question)
    if isinstance(works[key], Exception):
        raise works[key]
    return kernels, *works[key]


def written_exactly(work: Work, kernels: Kernels, question: Question) -> tuple[Product, ...] | Exception:
    """Both sides as products; or what keeps them from being written out, which no other point changes."""
    try:
        with kernels.budget.in_force():
            return tuple(kernels.words["+"](each, 0.0) for each in work.sides(question))
    except GIVES_UP as error:
        return error


def weight(question: Question) -> int:
    """How many parts there are to be worked out at one point, those of derivatives among them."""
    parts = sum(map(size, (question.left, question.formula, *question.points.equations.values())))
    return parts * (WITH_SLOPES if any(each.by for each in question.asked) else 1)


def digits(question: Question) -> int:
    """How many digits are reckoned with: more where there are very large or very small numbers."""
    large = max((abs(math.log10(each)) for each in numbers(question)), default=0)
    return min(DIGITS * (1 + math.ceil(2 * large / DIGITS)), MOST_DIGITS) if large > DIGITS / 4 else DIGITS


def numbers(question: Question) -> list[float]:
    """The numbers in the formulas on both sides."""
    return [*numbers_in((question.left, question.formula, *question.points.equations.values()))]


def simple(question: Question, each: int) -> Iterator[dict[str, float]]:
    """Points of simple numbers, so many of each pool."""
    rng = random.Random(3)
    for pool in POOLS if question.leaves else ():
        for _ in range(each):
            yield {name: float(rng.choice(pool)) for name in question.leaves}


def far(question: Question) -> Iterator[dict[str, float]]:
    """Points of one size, small or large, on either side of 0: all of it; or one number, that the formula names.

    The others are then as they are, or as small as that is large, so that products with it stay as they are.
    """
    rng, names = random.Random(3), [*question.leaves]
    own = [name for name in question.named if name in question.leaves][:FEW] or names[:FEW]
    for far_off in sizes(question) if names else ():
        for sign in (1, -1):
            yield {name: far_off * rng.choice((1, 2, -1, -2) if sign < 0 else (1, 2)) for name in names}
            for name in own:
                yield {**question.leaves, name: sign * far_off}
                yield {**{each: rng.choice((1, 2, -1, -2)) / far_off for each in names}, name: sign * far_off}


def sizes(question: Question) -> list[float]:
    """How far points are from 0; on both sides of what the formulas themselves have far away."""
    low, high = PLAIN
    known = sorted({each for each in numbers(question) if not low < each < high and 1 / LAST < each < LAST})
    ends = dict.fromkeys((*known[:KINKS], *known[-KINKS:]))
    return [*(each * times for each in ends for times in (2, 0.5)), *SIZES]
