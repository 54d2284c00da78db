"""Words for numbers of another round than the one they stand in: before(w), before(dL/dw), Δw, next t."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from microgrid.formula import Call, Formula, Name
from microgrid.formula.optimisers import NEXT

from .statements import Quantity, names_of, quantity_of

__all__ = ["CHANGE", "HINTS", "NEXT", "Placed", "change", "earlier", "is_elsewhere", "parts", "placed"]

CHANGE = "Δ"
HINTS = {  # what to write instead, in small letters
    "before": "before takes a name or a derivative, before(w) or before(dL/dw), and once; give a formula a name first",
    "δ": "the change of w is written Δw, of a name and without a bracket",
}
BEFORE = re.compile(r"before\((.+)\)")


class Placed(NamedTuple):
    """A quantity, and how many rounds after this one it is meant: −1, 0 or 1."""

    rounds: int
    quantity: Quantity


@lru_cache(maxsize=4096)
def placed(name: str) -> Placed:
    """What a name in a formula means, and of which round.

    >>> placed("before(∂L/∂w)"), placed("next t").rounds, placed("w").rounds
    (Placed(rounds=-1, quantity=Quantity(of='L', by='w')), 1, 0)
    """
    if match := BEFORE.fullmatch(name):
        return Placed(-1, quantity_of(Name(match[1])))
    rounds = int(name.startswith(NEXT))
    return Placed(rounds, quantity_of(Name(name.removeprefix(NEXT))))


def earlier(name: str) -> str:
    """The word for the number of the round before."""
    return f"before({name})"


def change(name: str, at: int = 0) -> Formula:
    """`w − before(w)` of Δw.

    >>> change("Δw")
    Call(function='-', arguments=(Name(name='w'), Name(name='before(w)')))
    """
    inside = name.removeprefix(CHANGE)
    return Call("-", (Name(inside, at), Name(earlier(inside), at)), at)


def parts(name: str) -> list[str]:
    """The quantities that a word is about: w of before(w), L and w of ∂L/∂w."""
    return names_of(placed(name).quantity)


def is_elsewhere(name: str) -> bool:
    """Whether it is a number of another round."""
    return placed(name).rounds != 0
