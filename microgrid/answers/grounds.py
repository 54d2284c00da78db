"""What has to be known besides the names of a formula to see that a quantity is something else.

∂L/∂z2 == p2 − 1 is refuted by a point; who checks it needs t2 too, for ∂L/∂z2 is p2 − t2. Which names these are is
seen from numbers: the quantity moves with the formula's names and these alone, whatever else is moved.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from microgrid.formula import Formula, Name, Number
from microgrid.formula.floats import added
from microgrid.sheet import Quantity
from microgrid.sheet.statements import quantity_of

from .conditions import Condition
from .equations import variables
from .follow_through import Item
from .gates import Gate
from .trial_points import Question, Trial

__all__ = ["grounds"]

FEW, MOST, LEAVES = 3, 16, 40  # names that are added; that are tried for it; that are given
STEP = 1e-5  # of a difference, relative
REST = 1e-5  # of a slope, relative: what is smaller is rounding
GIVEN = ("target", "input", "param")

Vector = list[float]


@lru_cache(maxsize=4)
def grounds(question: Question) -> list[Quantity]:
    """The names to be shown besides a formula's: as few as determine the quantity; else those of its own equation."""
    if not isinstance(question.left, Name):
        return question.judged
    if not question.quantity.by:
        return own(question)
    known = [each for each in question.named.values() if each != question.quantity]
    found = fewest(question, known)
    found = own(question) if found is None else found
    return [*found, *turning(question, [*known, *found])]


def own(question: Question) -> list[Quantity]:
    """The names in the quantity's equation; in the slope of an equation, where the quantity is no more than that."""
    of, by, pages = question.quantity.of, question.quantity.by, question.pages
    formula: Formula = Number(0.0)
    if not by:
        formula = pages.formulas.get(of, formula)
    elif pages.consumers(Item(0, of, by)) == [of]:
        formula = pages.slope(of, by, by_value=True)
    return [quantity_of(Name(name)) for name in variables(formula)]


def turning(question: Question, known: Sequence[Quantity]) -> list[Quantity]:
    """What the branches turn on that a derivative leads through, unless a known derivative has it in itself."""
    asked, pages = question.quantity, question.pages

    behind = [each.by for each in known if each.of == asked.of and each.by]
    behind = [name for name in behind if asked.by in pages.sources(name)]

    def is_open(gate: Gate) -> bool:
        ways = [name for name in variables(gate.inside) if name in pages.sources(asked.of)]
        ways = [name for name in ways if asked.by in pages.sources(name)]
        return not all(any(each in pages.sources(name) for each in behind) for name in ways)

    names = (name for gate in question.kept.gates if is_open(gate) for name in variables(gate.inside))
    return [each for name in dict.fromkeys(names) if (each := quantity_of(Name(name))) not in known]


# ── the fewest names that determine a derivative ────────────────────────────────────────────


def fewest(question: Question, known: Sequence[Quantity]) -> list[Quantity] | None:
    """The fewest names that determine the quantity, together with those known; None where they are many."""
    others = candidates(question, known)
    asked = [question.quantity, *known, *others]
    slopes = moved(question, asked) if len(question.leaves) <= LEAVES else None
    if slopes is None:
        return None
    own_slope, *slopes = slopes
    basis, size = spanned([], slopes[: len(known)]), norm(own_slope)
    free = dict(zip(others, slopes[len(known) :]))
    for count in range(FEW + 1):
        for some in combinations(others, count):
            if norm(rest(own_slope, spanned(basis, [free[each] for each in some]))) <= REST * size:
                return list(some)
    return None


def candidates(question: Question, known: Sequence[Quantity]) -> list[Quantity]:
    """Names that may determine it: those of its own slope, what is given, targets first, then what is computed."""
    sources, sheet = question.pages.sources(question.quantity.of), question.pages.sheet
    given = sorted(sheet.leaves, key=lambda leaf: GIVEN.index(leaf.keyword) if leaf.keyword in GIVEN else len(GIVEN))
    names = [*(leaf.name for leaf in given), *reversed(question.computed)]
    found = [*own(question), *(quantity_of(Name(name)) for name in names if name in sources)]
    return [each for each in dict.fromkeys(found) if each not in known and each.of != question.quantity.of][:MOST]


def moved(question: Question, asked: Sequence[Quantity]) -> list[Vector] | None:
    """How each quantity moves with each of the leaves, where what adds to 1 still does; None if that is not known."""
    condition = Condition((), question.kept.sums)
    for leaves in question.around(condition):
        if smooth(here := question.at(leaves)):
            break
    else:
        return None
    columns = [[*difference(question, condition, here, name, asked)] for name in question.leaves]
    rows = [list(row) for row in zip(*columns)]
    return rows if all(math.isfinite(each) for row in rows for each in row) else None


def smooth(trial: Trial) -> bool:
    """Whether a point has slopes."""
    return trial.counts and not trial.on_kink


def difference(
    question: Question, condition: Condition, here: Trial, name: str, asked: Sequence[Quantity]
) -> Iterator[float]:
    """How each quantity moves with one leaf."""
    size = STEP * (1 + abs(here.leaves[name]))
    low, high = (
        question.at(condition.bent({**here.leaves, name: here.leaves[name] + side * size}, 0)).round for side in (-1, 1)
    )
    return ((high.value(each) - low.value(each)) / (2 * size) for each in asked)


# ── vectors ─────────────────────────────────────────────────────────────────────────────────


def dot(a: Vector, b: Vector) -> float:
    return added(x * y for x, y in zip(a, b))


def norm(a: Vector) -> float:
    return math.sqrt(dot(a, a))


def rest(a: Vector, basis: Sequence[Vector]) -> Vector:
    """What is left of a vector beside an orthonormal basis."""
    for each in basis:
        share = dot(a, each)
        a = [x - share * y for x, y in zip(a, each)]
    return a


def spanned(basis: Sequence[Vector], vectors: Sequence[Vector]) -> list[Vector]:
    """An orthonormal basis of what a basis and some vectors span."""
    found = list(basis)
    for each in vectors:
        left = rest(each, found)
        if norm(left) > REST * norm(each) > 0:
            found.append([x / norm(left) for x in left])
    return found
