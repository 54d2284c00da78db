"""Published formulas: refuted by a point where they fail, or proved by algebra where it can.

    proved      right everywhere, or wherever the sheet's own condition is met, which is named: by algebra
    holds here  right at the sheet's numbers: the formula has no variables, or could be tried nowhere else; or at
                other points too, and algebra finds no proof, or not as soon as anybody waits for
    undefined   the number is inf or nan here, or rounding leaves no digit of it, and it could be tried nowhere else
    undecided   the formula's numbers are too large or too small for doubles here, and more digits do not tell
    refuted     wrong here; or right here and wrong at a point of simple numbers

Read `trial_points` first, both sides at a point; then `conditions`, what the given numbers keep to; then `proof`.
`finer_points` tells what doubles do not; `counterexample` finds the point that is easiest to check by hand.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from microgrid.errors import SheetError, counted, file_named
from microgrid.formula import Call, Formula, Name, number_text, parse, substitute
from microgrid.formula.operation import functions_of
from microgrid.sheet import Identity, Run
from microgrid.sheet.numbers import PRINTED
from microgrid.sheet.other_rounds import placed

from .conditions import FREE, Condition
from .counterexample import clearest, differs, shown
from .domains import domain
from .follow_through import Pages
from .hints import formula_hint
from .printed import Printed
from .proof import proved, proved_alone
from .steps_between import known_memory, of_the_round_before
from .trial_points import SAME, Question, Trial, questions
from .undefined import undefined

__all__ = [
    "BY_ALGEBRA", "Found", "compared", "is_wrong_here", "refuse_several", "right_here", "told_before", "wrong_here",
]  # fmt: skip

SMALLEST = sys.float_info.min  # below it a double has few digits
FEW = 4  # points: fewer prove nothing
NOT_HERE = "here it is inf or nan"
BY_ALGEBRA = "by algebra"
UNDECIDED = "here its numbers are too large or too small for doubles; more digits do not tell"
TOO_MANY_DIGITS = "not proved: a number has more digits than are kept of it"
NO_PROOF = "algebra finds no proof"
EQUAL = {True: "equal here", None: "equal here but for much rounding", False: "here is a kink"}

# Formulas that people write for the derivative of an activation; x is its input, out its value.
MISTAKEN = {
    "sigmoid": ("1 - out", "1 - σ is not σ′; σ′ = σ(1 - σ)"),
    "tanh": ("1 - out", "1 - tanh is not tanh′; tanh′ = 1 - tanh²"),
    "relu": ("max(x, 0)", "that is ReLU itself; ReLU′ is 1 where its input is above 0, else 0"),
}


class Found(NamedTuple):
    """The verdict on a formula, why, and where it is right, if not everywhere."""

    verdict: str
    why: str
    where: Condition = FREE

    @property
    def said(self) -> str:
        """Where and why."""
        return f"where {self.where}, {self.why}" if self.where != FREE else self.why


def compared(pages: Pages, asked: Identity) -> Found:
    """The verdict on a published formula: points have the first word, then algebra.

    Raises SheetError for a formula that has several results.
    """
    refuse_several(pages.run, asked)
    (question,) = questions(pages, [asked])
    if is_wrong_here(question):
        return wrong_here(question, asked)
    return right_here(question, asked, told_before(question, asked) if question.is_about_rounds else None)


def is_wrong_here(question: Question) -> bool:
    """Whether both sides differ at the sheet's numbers, and no kink is to blame."""
    is_there = math.isfinite(question.here.value) and not question.here.on_kink
    return is_there and agreement(question) is False


def agreement(question: Question) -> bool | None:
    """Whether both sides are one number at the sheet's numbers; where doubles overflow, by more digits than those."""
    agrees = question.agrees(question.here)
    if agrees is False and question.is_extreme_here:
        from .finer_points import is_same_here  # which loads mpmath

        return is_same_here(question)
    return agrees


def right_here(question: Question, asked: Identity, before: Question | None) -> Found:
    """The verdict on a formula that is not wrong at the sheet's numbers.

    before  the same question told of the round before, where it is about rounds and that can be told
    """
    agrees = agreement(question)
    if question.is_about_rounds and before is None:
        return Found("holds here", f"{EQUAL[agrees]}; it is about two rounds, and not tried elsewhere")
    found = elsewhere(before or question, asked, agrees)
    if before and before.general and found.verdict == "proved" and not proved(before.general, FREE):
        names = assumed(question, known_memory(question.pages, asked.round - 1))
        numbers = ", ".join(f"{name} = {number_text(question.given.memory[name], 6)}" for name in names)
        return Found("holds here", f"{BY_ALGEBRA} where {numbers}, as always in this round", found.where)
    return found


def told_before(question: Question, asked: Identity) -> Question | None:
    """The same question told of the round before, by the rule that leads from there; None where that is too long."""
    left, right = (of_the_round_before(question.pages, asked.round, each) for each in (question.left, question.formula))
    if left is None or right is None:
        return None
    known = known_memory(question.pages, asked.round - 1)
    earlier, pages = replace(asked, round=asked.round - 1, formula=right), question.pages
    told = Question(pages, replace(earlier, formula=substitute(right, known)), substitute(left, known))
    told.general = Question(pages, earlier, left) if assumed(question, known) else None
    return told


def assumed(question: Question, known: Mapping[str, Formula]) -> list[str]:
    """What a formula itself names of what an optimiser remembered, where that is the same whatever the leaves are."""
    names = [each.of for each in question.asked if not each.by]
    return [each for each in dict.fromkeys(names) if placed(each).rounds < 0 and placed(each).quantity.of in known]


def elsewhere(question: Question, asked: Identity, agrees: bool | None) -> Found:
    """The verdict on a formula that is not wrong here: whether it is right elsewhere too, and under which condition."""
    if proved_alone(question):
        return Found("proved", BY_ALGEBRA, narrower(question, FREE))
    is_there, condition, (tried, against) = math.isfinite(question.here.value), FREE, question.holds()
    if not against and proved(question, FREE):
        return Found("proved", BY_ALGEBRA, narrower(question, FREE))
    if against := against or question.fails_far_off(FREE) or finer(question, FREE):
        condition, tried = weakest(question)
        if condition == FREE and question.is_number:
            return judged_here(question, asked, agrees)
        if condition == FREE and not question.named and agrees:
            return here_alone(question, question.fails(question.kept) or against)
        if condition == FREE:
            return wrong_elsewhere(question, question.fails(question.kept) or against)
    is_given_up = question.is_over and not proved(question, condition)
    where = condition if is_given_up else narrower(question, condition)
    if proved(question, replace(where, gates=tuple(each for each in where.gates if each.is_open is not None))):
        return Found("proved", BY_ALGEBRA, where)
    if agrees is None and question.is_extreme_here and not math.isnan(question.here.value):
        return Found("undecided", f"{UNDECIDED}; {not_proved(question) or NO_PROOF}")
    if tried < FEW:
        return judged_here(question, asked, agrees, tried)
    here = f"{EQUAL[agrees]} and" if agrees else f"{EQUAL[agrees] if is_there else not_here(question)}; equal"
    points = f"{here} at {counted(tried, 'other point')}"
    return Found("holds here", f"{points}; {not_proved(question) or NO_PROOF}", where)


def narrower(question: Question, condition: Condition) -> Condition:
    """Where a formula is right: under a condition, and where both sides have a value if one of them has."""
    return replace(condition, gates=(*condition.gates, *domain(question, condition)))


def judged_here(question: Question, asked: Identity, agrees: bool | None, tried: int = 0) -> Found:
    """The verdict where there is nothing but the sheet's own numbers."""
    if not math.isfinite(question.here.value):
        return Found("undefined", not_here(question))
    if agrees is None and question.here.on_kink:
        return Found("holds here", f"{EQUAL[False]}, and this is one of its slopes")
    if agrees is None:
        says = differs(question.here.value, question.here.formula)
        return Found("undefined", f"{says}; rounding alone moves it as much")
    if not agrees:
        return wrong_here(question, asked)
    why = f"{EQUAL[agrees]}; it has no variables" if question.is_number else only_here(question, agrees, tried)
    return Found("holds here", why)


def not_here(question: Question) -> str:
    """That there is no such number here, and which operation made the first inf or nan on the way to it."""
    item = question.pages.item(question.given.number - 1, question.quantity)
    return f"{NOT_HERE}: {undefined(question.pages.run, item)}"


def refuse_several(run: Run, asked: Identity) -> None:
    """Softmax has a result for each of its inputs."""
    if "softmax" in functions_of([asked.formula]):
        raise SheetError(
            f"{file_named(run.sheet.name)}:{asked.line}: softmax gives several results; give it a line of its own, "
            "p1, p2 = softmax(z1, z2), and name one of them"
        )


def only_here(question: Question, agrees: bool | None, tried: int) -> str:
    """Why a formula holds here, and no more is said."""
    others = f" and at {counted(tried, 'other point')}" if tried else ""
    return f"{EQUAL[agrees]}{others}; {not_proved(question) or 'it could be tried nowhere else'}"


def not_proved(question: Question) -> str:
    """What kept a formula from being proved, where that was patience, or what is typed is not what is kept."""
    if not question.is_kept:
        return TOO_MANY_DIGITS
    return question.too_long and f"not proved: {question.too_long}"


def weakest(question: Question) -> tuple[Condition, int]:
    """The weakest condition under which a formula is right, and at how many points; the free one if it never is.

    It is the first of the sheet's own that will do, without what is not needed of it.
    """
    for condition in question.conditions:
        if is_met(question, condition):
            while found := next((each for each in condition.weaker() if is_met(question, each)), None):
                condition = found
            return condition, question.holds(condition)[0]
    return FREE, 0


def is_met(question: Question, condition: Condition) -> bool:
    """Whether the formula is right at points where a condition is met."""
    is_right = question.holds(condition)[0] >= FEW and not question.fails(condition)
    return is_right and not finer(question, condition)


def finer(question: Question, condition: Condition) -> Trial | None:
    """A point under a condition at which both sides differ by less than doubles show, or far away."""
    if question.is_number or proved(question, condition):
        return None
    from .finer_points import apart_somewhere  # which loads mpmath

    return apart_somewhere(question, condition)


# ── refuted ────────────────────────────────────────────────────────────────────────────────


def wrong_here(question: Question, asked: Identity, said: str | None = None) -> Found:
    """The verdict on a formula that is wrong at the sheet's numbers.

    said  what it is instead, where that is known
    """
    kink = "; here is a kink, where books differ" if question.jumps_here() else ""
    here = in_digits(question) or question.here
    says = differs(here.value, here.formula)
    return Found("refuted", f"here {says}{kink}{rounded(question, asked)}{hinted(said) or explained(question)}")


def in_digits(question: Question) -> Trial | None:
    """The sheet's own point by more digits than doubles have, where these overflow on the way."""
    if math.isfinite(question.here.formula) and not question.is_extreme_here:
        return None
    from .finer_points import apart_here  # which loads mpmath

    return apart_here(question)


def wrong_elsewhere(question: Question, against: Trial) -> Found:
    """The verdict on one that is right there by chance."""
    found = clearest(question, question.kept, against)
    where = f"where {shown(question, found)} " if shown(question, found) else "elsewhere "
    here = "right here, but " if question.agrees(question.here) else ""
    here = here if math.isfinite(question.here.value) else f"{not_here(question)}; "
    hint = "" if against.gap and question.comes_to(question.left) else explained(question)
    return Found("refuted", f"{here}{where}{how_far(found)}{hint}")


def how_far(found: Trial) -> str:
    """What both sides come to; where that looks the same, by how much they differ."""
    if not (found.gap and math.isclose(found.value, found.formula, rel_tol=SAME)):
        return differs(found.value, found.formula, 4)
    value = number_text(found.value, 4) if math.isfinite(found.value) else "beyond all doubles"
    return f"it is {value}, the formula gives {how_much(abs(found.gap))} {'more' if found.gap > 0 else 'less'}"


def how_much(gap: float) -> str:
    """A difference, also one that doubles hardly hold."""
    return number_text(gap, 4) if SMALLEST <= gap < math.inf else "a little" if gap < 1 else "much"


def here_alone(question: Question, against: Trial) -> Found:
    """The verdict on an expression that is said to be a number, and is that number here."""
    found = clearest(question, question.kept, against)
    value = number_text(found.value, 4)
    return Found("holds here", f"equal here alone: where {shown(question, found)} it is {value}")


def rounded(question: Question, asked: Identity) -> str:
    """What to do with a number that is right to its last digit."""
    text = asked.text.replace("−", "-")
    is_rounded = PRINTED.fullmatch(text) and Printed(text).agrees(question.here.value)
    return f"; a rounded number is checked with {asked.quantity} ~= {asked.text}" if is_rounded else ""


def explained(question: Question) -> str:
    """What the formula is instead: a known mistake, or the right one with one thing changed."""
    if question.is_about_rounds or question.is_told_before:
        return ""
    return mistaken(question) or hinted(
        formula_hint(question.pages, question.quantity, question.formula, question.comes_to)
    )


def hinted(words: str | None) -> str:
    return f"; {words}" if words else ""


def mistaken(question: Question) -> str:
    """The name of a known mistake, where the formula is one."""
    equation = question.pages.formulas.get(question.quantity.of)
    if not isinstance(equation, Call) or equation.function not in MISTAKEN or not question.quantity.by:
        return ""
    wrong, remark = MISTAKEN[equation.function]
    guess = substitute(parse(wrong), {"out": Name(question.quantity.of), "x": equation.arguments[0]})
    return f"; {remark}" if question.comes_to(guess) else ""
