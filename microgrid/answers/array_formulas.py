"""Published formulas of arrays: proved or refuted for all elements at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import islice

from microgrid.formula import Call, Formula, Name, substitute
from microgrid.sheet import Grid, Identity

from .answer import Answer
from .conditions import FREE, Condition
from .equations import variables
from .follow_through import Pages
from .grids import places
from .identities import BY_ALGEBRA, Found, is_wrong_here, refuse_several, right_here, told_before, wrong_here
from .patterns import Pattern, Rows, moved, rows_of
from .proof import proved_alone
from .trial_points import Question, together
from .trial_points import questions as questions_of

__all__ = ["formula_of_array"]

WORST = ("undecided", "holds here", "proved")  # of a line, where no element refutes it
POINTS = 3  # at which a formula that is another one's transpose has to be that
SAME, TINY = 1e-9, 1e-12  # two formulas for one number: relative, and where it is 0
PLAIN = 1e-6  # how far they differ where everybody sees it


def formula_of_array(pages: Pages, grid: Grid) -> Answer:
    """The answer to a published formula of an array: it is right where it is for every element."""
    asked = [each for each in grid.checks if isinstance(each, Identity)]
    for each in asked:
        refuse_several(pages.run, each)
    found = judged(pages, grid, asked)
    return Answer(
        grid.line, grid.round + 1, grid.name, grid.text, math.nan, found.verdict, found.said,
        is_formula=True, shape=grid.shape,
    )  # fmt: skip


def judged(pages: Pages, grid: Grid, asked: Sequence[Identity]) -> Found:
    """The verdict on all elements."""
    questions = questions_of(pages, asked)
    first = next((i for i, each in enumerate(questions) if is_wrong_here(each)), None)
    if first is not None:
        return refuted(pages, grid, questions, first, asked[first])
    about_rounds = any(each.is_about_rounds for each in questions)
    before = [told_before(*each) for each in zip(questions, asked)] if about_rounds else [None] * len(asked)
    together([each for each in before if each])
    found: list[Found] = []
    known: set[Formula] = set()
    for place, question, each, told in zip(places(grid), questions, asked, before):
        if told and (alike := without_names(told)) in known:
            continue
        found.append(right_here(question, each, told))
        if told and found[-1] == Found("proved", BY_ALGEBRA) and proved_alone(told):
            known.add(alike)
        if found[-1].verdict in ("refuted", "undefined"):
            return found[-1]._replace(why=f"{place}: {found[-1].why}")
    return least(found)


def without_names(question: Question) -> Formula:
    """Both sides with the same numbers for names, one after the other: what is proved of one so written is of all."""
    sides = Call("==", (question.left, question.formula))
    return substitute(sides, {name: Name(str(at)) for at, name in enumerate(variables(sides))})


def least(found: Sequence[Found]) -> Found:
    """What is right of all elements: where it is of each, and no better shown than of any."""
    verdict = next(each for each in WORST if any(one.verdict == each for one in found))
    words = [each.why for each in found if each.verdict == verdict]
    return Found(verdict, min(words, key=BY_ALGEBRA.__eq__), reduce(both, (each.where for each in found)))


def both(one: Condition, other: Condition) -> Condition:
    """Two conditions at once."""
    pairs = ((one.binary, other.binary), (one.sums, other.sums), (one.gates, other.gates))
    return Condition(*(tuple(dict.fromkeys((*a, *b))) for a, b in pairs))


def refuted(pages: Pages, grid: Grid, questions: Sequence[Question], first: int, asked: Identity) -> Found:
    """The verdict on a formula that is wrong at the sheet's numbers: what it is instead, and where it is seen.

    first  of the elements at which it is wrong         asked  what is published for that
    """
    found = wrong_here(questions[first], asked, instead(pages, grid, questions))
    trials = [each.here for each in questions]
    count = sum(not math.isclose(each.value, each.formula, rel_tol=PLAIN, abs_tol=PLAIN) for each in trials)
    several = f" and {count - 1} more of {len(questions)}" if count > 1 else ""
    return found._replace(why=f"at {places(grid)[first]}{several}: {found.why}")


def instead(pages: Pages, grid: Grid, questions: Sequence[Question]) -> str:
    """What the right side is as a whole, if it is the left one's transpose or the like, here and elsewhere."""
    points = [questions[0].leaves, *islice(questions[0].around(FREE), POINTS)]
    sides = [
        list(zip(*((trial.value, trial.formula) for trial in (each.at(at) for each in questions)))) for at in points
    ]
    known = [(rows_of(list(left), grid.shape), right) for left, right in sides if all(map(math.isfinite, left + right))]
    found = (each.words for each in moved(pages.run, grid) if all(comes_to(each, *two) for two in known))
    return next(found, "") if len(known) > 1 else ""


def comes_to(pattern: Pattern, rows: Rows, numbers: Sequence[float]) -> bool:
    """Whether a mistake makes these numbers of the right ones."""
    made = [number for row in pattern.made(rows) for number in row]
    return all(math.isclose(*pair, rel_tol=SAME, abs_tol=TINY) for pair in zip(made, numbers))
