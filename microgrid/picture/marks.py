"""Marks in pictures: which card a published number that is wrong belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Protocol

from microgrid.formula.lettering import shown
from microgrid.formula.regexes import regex

from .card import Card, Mark

__all__ = ["Judged", "Verdicts", "marked", "single", "unmarked"]

MARKED = ("slip", "carried")
DERIVATIVE = regex(r"d(.+)/d(.+)")


class Judged(Protocol):
    """The verdict on a published number, such as an `Answer` of `microgrid.answers.check`."""

    @property
    def quantity(self) -> str:
        """`a1`, or `dL/da1`"""

    @property
    def verdict(self) -> str:
        """Only "slip" and "carried" are marked."""

    @property
    def printed(self) -> str:
        """The number as it was published."""

    @property
    def round(self) -> int:
        """One round is drawn at a time."""


def marked(
    boxes: Sequence[Card], places: Mapping[str, tuple[int, int]], loss: str, judged: Iterable[Judged]
) -> list[Card]:
    """The cards of a round, those with marks whose value, gradient or local derivative is wrong.

    places  of each label its card, and its place in the grid there
    """
    found: dict[int, dict[Mark, None]] = {}
    for each in judged:
        if each.verdict in MARKED:
            name, what = home(each.quantity, loss)
            if name in places:
                card, place = places[name]
                found.setdefault(card, {})[Mark(what, each.verdict, each.printed, place)] = None
    return [replace(card, marks=(*found.get(i, ()),)) if i in found else card for i, card in enumerate(boxes)]


Verdicts = Callable[[], tuple[Judged, ...]]


def single(judged: Iterable[Judged]) -> Verdicts:
    """The verdicts on single numbers, asked for as late as they can be: whoever gives them may work them out."""
    return cache(lambda: tuple(one for each in judged for one in getattr(each, "cells", ()) or (each,)))


def unmarked(boxes: Sequence[Card], judged: Iterable[Judged], number: int = 1) -> tuple[str, ...]:
    """A line for the legend where a wrong number has no place: in another round, or without a card of its own."""
    hidden = sum(each.verdict in MARKED for each in judged) - sum(len(card.marks) for card in boxes)
    if hidden <= 0:
        return ()
    numbers = "number has" if hidden == 1 else "numbers have"
    here = f"This is round {number} of the sheet"
    return (f"{here}: {hidden} wrong published {numbers} no place here; `check` lists them.",)


def home(quantity: str, loss: str) -> tuple[str, str]:
    """The label of the card that shows a quantity, and which of its numbers that is."""
    match = DERIVATIVE.fullmatch(quantity)
    if not match:
        return quantity, "data"
    of, by = match[1], match[2]
    return (by, "grad") if of == loss else (of, f"∂{shown(of)}/∂{shown(by)}")
