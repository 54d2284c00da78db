"""Formulas for derivatives that a sheet publishes and that hold: who writes them down works with them."""

from __future__ import annotations

from microgrid.formula import Formula
from microgrid.sheet import Identity, Run

from .conditions import FREE
from .equations import variables
from .follow_through import Item, Pages
from .proof import proved
from .trial_points import Question

__all__ = ["published_forms"]


def published_forms(pages: Pages) -> dict[tuple[str, str], Formula]:
    """For each derivative the first of its published formulas that is proved, over numbers that come before it.

    >>> from microgrid import Sheet
    >>> from microgrid.formula import render
    >>> sheet = Sheet.parse("param w = 3\\nL = w^2\\ndL/dw == w*w\\ndL/dw == 2*w")
    >>> {key: render(formula) for key, formula in published_forms(Pages(sheet.run())).items()}
    {('L', 'w'): '2*w'}
    """
    found: dict[tuple[str, str], Formula] = {}
    for each in pages.sheet.checks:
        if isinstance(each, Identity) and each.quantity.by and comes_after(pages, each) and is_proved(pages.run, each):
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


def is_proved(run: Run, asked: Identity) -> bool:
    """Whether algebra proves a formula, without any condition."""
    question = Question(Pages(run), asked)
    if not question.named or question.is_about_rounds or question.agrees(question.here) is not True:
        return False
    return not question.holds()[1] and proved(question, FREE)
