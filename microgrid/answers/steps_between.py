"""Formulas about two rounds, told of the earlier one alone: the new numbers are what the sheet's own rule makes them.

w  == before(w) − η·before(dL/dw)      with the rule  w ← w − η·∂L/∂w      is      w − η·∂L/∂w == w − η·∂L/∂w
"""

from __future__ import annotations

from collections.abc import Mapping

from microgrid.formula import Formula, Name, Number, free_names, substitute
from microgrid.formula.algebra import size
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.optimisers import STEPS
from microgrid.sheet import Update
from microgrid.sheet.other_rounds import NEXT, change, placed

from .equations import variables
from .follow_through import Pages
from .lines import LARGEST, name_of

__all__ = ["is_never_negative", "known_memory", "new_numbers", "of_the_round_before"]


def new_numbers(update: Update) -> dict[str, Formula]:
    """What each name comes to in the next round, over names of this one.

    >>> from microgrid import Sheet
    >>> from microgrid.formula import render
    >>> sheet = Sheet.parse("param w = 3\\nL = w^2\\nupdate momentum 0.1 0.9")
    >>> {name: render(formula) for name, formula in new_numbers(sheet.updates[0]).items()}
    {'velocity(w)': '0.9*velocity(w) + ∂L/∂w', 'w': 'w - 0.1*(0.9*velocity(w) + ∂L/∂w)'}
    """
    found: dict[str, Formula] = {}
    new: dict[str, Formula] = {}  # the same, by the names that formulas have for them
    for each in update.assignments:
        found[each.name] = new[NEXT + each.name] = substitute(each.formula, new)
    return found


def known_memory(pages: Pages, number: int) -> dict[str, Formula]:
    """What optimisers remember in a round whatever the leaves are: what they start with, and how many steps they took.

    number  of the round, from 0
    """
    memory, updates = pages.run.rounds[number].memory, pages.sheet.updates[:number]
    found: dict[str, Formula] = {}
    for name in pages.sheet.moments:
        last = next((each.by_name[name] for each in reversed(updates) if name in each.by_name), None)
        if name.startswith(f"{STEPS}(") or last is None or isinstance(last.formula, Number):
            found[name] = Number(memory[name])
    return found


def is_never_negative(name: str) -> bool:
    """Whether a number is what an optimiser remembers of squares.

    >>> is_never_negative("v(w)"), is_never_negative("v̂(W[1,2])"), is_never_negative("m(w)")
    (True, True, False)
    """
    return name.startswith(("v(", "v\u0302("))


def of_the_round_before(pages: Pages, number: int, formula: Formula) -> Formula | None:
    """A formula of a round, over the names of the round before; None where no short formula is one.

    number  of the round, from 0
    """
    if not number:
        return None
    formula = substitute(formula, {name: change(name) for name in variables(formula) if pages.is_change(name)})
    if number not in pages.rules:
        pages.rules[number] = new_numbers(pages.sheet.updates[number - 1])
    new = pages.rules[number]
    words: dict[str, Formula] = {}
    for name in variables(formula):
        told = told_before(pages, name, new)
        if told is None or size(told) > LARGEST:
            return None
        words[name] = told
    told = substitute(formula, words)
    return told if size(told) <= LARGEST else None


def told_before(pages: Pages, name: str, new: Mapping[str, Formula]) -> Formula | None:
    """A name of this round over those of the round before; None for a derivative of this round."""
    rounds, quantity = placed(name)
    if rounds < 0:
        return name_of(quantity)
    if quantity.by or quantity.of in pages.sheet.leading:
        return None
    if name not in pages.formulas:
        return new.get(name, Name(name))
    return written_out(pages, name, new)


def written_out(pages: Pages, name: str, new: Mapping[str, Formula]) -> Formula | None:
    """A quantity of this round by its equations, down to what is given; None where that is long."""
    found = {each: new.get(each, Name(each)) for each in pages.sources(name) if each not in pages.formulas}
    for each in pages.formulas:
        if each in pages.sources(name):
            inside = {word.name for word in free_names(pages.formulas[each])} - CONSTANTS.keys()
            if not inside <= found.keys():  # a derivative, or a number of another round
                return None
            found[each] = substitute(pages.formulas[each], found)
            if size(found[each]) > LARGEST:
                return None
    return found[name]
