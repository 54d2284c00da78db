"""The slips that people make in one line of their work: in its formula, or in the digits they write down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from random import Random

from .formulas import Formula, Term, names, negative, renamed
from .habits import Habit, worked

__all__ = ["KINDS", "explanations", "slips"]

Numbers = Mapping[str, Decimal]


# ── in the formula ─────────────────────────────────────────────────────────────────────────


def sign(formula: Formula, numbers: Numbers) -> Iterator[Formula]:
    """The sign of one term, or of all."""
    yield negative(formula)
    for i in range(is_step(formula), len(formula)):
        yield formula[:i] + negative(formula[i : i + 1]) + formula[i + 1 :]


def factor(formula: Formula, numbers: Numbers) -> Iterator[Formula]:
    """A product without one of its factors; a step without the rate."""
    for i, term in enumerate(formula):
        for j in range(1 if is_step(formula) else len(term.factors)) if len(term.factors) > 1 else ():
            less = term._replace(factors=term.factors[:j] + term.factors[j + 1 :])
            yield (*formula[:i], less, *formula[i + 1 :])


def path(formula: Formula, numbers: Numbers) -> Iterator[Formula]:
    """A sum without one of its terms."""
    return (formula[:i] + formula[i + 1 :] for i in range(len(formula) if len(formula) > 1 else 0))


def name(formula: Formula, numbers: Numbers) -> Iterator[Formula]:
    """Another name of the same kind in one term: w12 for w11."""
    for i, term in enumerate(formula):
        for old in names((term,)):
            for new in numbers:
                if new != old and kind_of(new) == kind_of(old):
                    changed = renamed((term,), lambda each, old=old, new=new: new if each == old else each)
                    yield formula[:i] + changed + formula[i + 1 :]


def kind_of(name: str) -> str:
    """What a name has in common with others of its kind: w11 and w12 are w, and of the same round."""
    return re.sub(r"\d", "", name)


def twice(formula: Formula, numbers: Numbers) -> Iterator[Formula]:
    """Twice the number, or the step."""
    kept = is_step(formula)
    yield formula[:kept] + tuple(Term((Decimal(2), *term.factors), term.sign) for term in formula[kept:])


def is_step(formula: Formula) -> bool:
    """Whether it is a step of gradient descent: w - 0.1*dL/dw."""
    match formula:
        case (Term((str(),), 1), Term((Decimal(), str()), -1)):
            return True
    return False


# ── in the digits ──────────────────────────────────────────────────────────────────────────


def swapped(text: str) -> Iterator[str]:
    """Two neighbouring digits in the wrong order."""
    for i in places(text):
        j = i + 2 if text[i + 1 : i + 2] == "." else i + 1
        if j < len(text):
            yield text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :]


def lost(text: str) -> Iterator[str]:
    """A decimal left out, but not the last."""
    return (text[:i] + text[i + 1 :] for i in decimals(text) if i + 1 < len(text))


def doubled(text: str) -> Iterator[str]:
    """A decimal written twice."""
    return (text[:i] + text[i] + text[i:] for i in decimals(text))


def digit(text: str) -> Iterator[str]:
    """One digit wrong."""
    return (text[:i] + str(other) + text[i + 1 :] for i in places(text) for other in range(10) if str(other) != text[i])


def point(text: str) -> Iterator[str]:
    """The decimal point one place off."""
    return (f"{Decimal(text).scaleb(shift):f}" for shift in (1, -1))


def places(text: str) -> list[int]:
    """Where the digits stand, from the first that is no zero."""
    start = re.search("[1-9]", text)
    return [i for i in range(start.start() if start else len(text), len(text)) if text[i] != "."]


def decimals(text: str) -> list[int]:
    """Where those behind the point stand."""
    return [i for i in places(text) if "." in text[:i]]


# ── of a line ──────────────────────────────────────────────────────────────────────────────

OF_FORMULAS: Mapping[str, Callable[[Formula, Numbers], Iterator[Formula]]] = {
    each.__name__: each for each in (sign, factor, path, name, twice)
}
OF_DIGITS: Mapping[str, Callable[[str], Iterator[str]]] = {
    each.__name__: each for each in (swapped, lost, doubled, digit, point)
}
KINDS = (*OF_FORMULAS, *OF_DIGITS, "random")


def slips(
    kind: str, formula: Formula, numbers: Numbers, honest: Decimal, habit: Habit, rng: Random
) -> Iterator[tuple[Decimal, str]]:
    """What each slip of a kind gives in place of the honest number: as the work goes on with it, and as written."""
    if kind == "random":
        wrong = honest * Decimal(str(rng.choice((1, -1)) * rng.uniform(0.3, 3)))
        yield wrong, habit.printed(wrong)
    elif kind in OF_DIGITS:
        yield from ((Decimal(text), text) for text in OF_DIGITS[kind](habit.printed(honest)))
    else:
        for other in OF_FORMULAS[kind](formula, numbers):
            try:
                wrong = habit.note("line", worked(other, numbers, habit))
            except ArithmeticError:  # the logarithm of a negative number
                continue
            yield wrong, habit.printed(wrong)


def explanations(written: str, formula: Formula, numbers: Numbers, honest: Decimal, habit: Habit) -> set[str]:
    """The kinds of slip that lead to what is written."""
    rng, number = Random(0), Decimal(written)
    return {
        kind
        for kind in KINDS[:-1]
        if any(Decimal(text) == number for _, text in slips(kind, formula, numbers, honest, habit, rng))
    }
