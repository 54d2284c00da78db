"""Formulas for derivatives that a sheet publishes and that hold: who writes them down works with them."""

from __future__ import annotations

import math

from microgrid.formula import Formula
from microgrid.sheet import Identity

from .conditions import FREE
from .equations import variables
from .follow_through import Item, Pages
from .grids import lines
from .proof import proved
from .trial_points import Question, questions

__all__ = ["published_forms"]

SAME = 1e-9  # what rounding leaves between two formulas of one number: relative


def published_forms(pages: Pages) -> dict[tuple[str, str], Formula]:
    """For each derivative the first of its published formulas that is proved, over numbers that come before it.

    >>> from microgrid import Sheet
    >>> from microgrid.formula import render
    >>> sheet = Sheet.parse("param w = 3\\nL = w^2\\ndL/dw == w*w\\ndL/dw == 2*w")
    >>> {key: render(formula) for key, formula in published_forms(Pages(sheet.run())).items()}
    {('L', 'w'): '2*w'}
    """
    found: dict[tuple[str, str], Formula] = {}
    for _, checks in lines(pages.sheet):
        asked = [each for each in checks if isinstance(each, Identity) and each.quantity.by]
        if not any(comes_after(pages, each) for each in asked):
            continue
        line = questions(pages, asked)
        if not all(map(is_right_here, line)):  # of an array, a formula is right where it is for every element
            continue
        for each, question in zip(asked, line):
            if not comes_after(pages, each):
                continue
            if not is_proved(question):  # nor are the other elements
                break
            found.setdefault((each.quantity.of, each.quantity.by), each.formula)
    return found


def comes_after(pages: Pages, asked: Identity) -> bool:
    """Whether no derivative in a formula follows from the one that it is of."""
    of, by = asked.quantity.of, asked.quantity.by
    named = [pages.named(0, name) for name in variables(asked.formula)]
    return not pages.is_opaque(Item(0, of, by)) and all(
        not each.round
        and each.of in pages.sources(of)
        and (not each.by or (by in pages.sources(each.by) and (each.of, each.by) != (of, by)))
        for each in named
    )


def is_right_here(question: Question) -> bool:
    """Whether both sides come to one number in the sheet."""
    return math.isclose(question.here.value, question.here.formula, rel_tol=SAME)


def is_proved(question: Question) -> bool:
    """Whether algebra proves a formula, without any condition."""
    if not question.named or question.is_about_rounds:
        return False
    return not question.holds()[1] and proved(question, FREE)
