"""Words for numbers of another round than the one they stand in: before(w), before(dL/dw), Δw, next t."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from microgrid.formula import Call, Formula, Name
from microgrid.formula.optimisers import NEXT
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import DERIVATIVE, REMEMBERED, SPELLED

from .statements import Quantity, names_of, quantity_of

__all__ = [
    "CHANGE", "HINTS", "NEXT", "Placed", "change", "change_of", "earlier", "earlier_of", "further_back", "is_elsewhere",
    "opened", "parts", "placed", "with_hat",
]  # fmt: skip

CHANGE = "Δ"
HINTS = {  # what to write instead, in small letters
    "before": "before takes a name or a derivative, before(w) or before(dL/dw), and once; give a formula a name first",
    "δ": "the change of w is written Δw, of a name and without a bracket; of others it is dL/dw - before(dL/dw)",
}
BEFORE = regex(r"before\((.+)\)")
TYPED = regex(rf"before\s*\(\s*(?:{DERIVATIVE}|({REMEMBERED}))\s*\)")
HAT = regex(r"([mv])_?hat(?=\()")
AROUND = (("before(", ")"), (CHANGE, ""), (NEXT, ""))  # a name of another round

FURTHER = regex(rf"(?:before\s*\(\s*|Δ)(before\s*\(\s*{SPELLED}\s*\)|Δ[²2]?{SPELLED})|Δ[²2]{SPELLED}")
BEFORE_SECOND = regex(rf"before\s*\(\s*([d∂][²2]{SPELLED}\s*/[^()]*)\)")
CHANGE_OF_SLOPE = regex(rf"Δ({DERIVATIVE})")


def further_back(text: str, at: int) -> str:
    """What to type instead of a word about two rounds back, or about the change of what has no name; '' for others.

    >>> further_back("before(before(w)) ~= 3", 0)
    'before and Δ go one round back; what was in an earlier one is checked there: at round 3: w ~= 0.24'
    >>> further_back("ΔdL/dw", 0), further_back("before(d²L/dw²)", 7), further_back("2*w", 2)
    ('write dL/dw - before(dL/dw)', 'give it a name: H = d²L/dw², and then before(H)', '')
    """
    if match := FURTHER.match(text, at):
        inside = (match[1] or match[0][:1] + match[0][2:]).strip()
        asked = inside if inside[0] == CHANGE else inside.partition("(")[2].strip(") \t")
        there = "what was in an earlier one is checked there"
        return f"before and Δ go one round back; {there}: at round 3: {asked} ~= 0.24"
    if match := CHANGE_OF_SLOPE.match(text, at):
        return f"write {match[1]} - before({match[1]})"
    second = next((each for each in BEFORE_SECOND.finditer(text) if each.start() <= at < each.end()), None)
    return f"give it a name: H = {second[1].strip()}, and then before(H)" if second else ""


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


def change_of(word: str, find: Callable[[str], str]) -> str:
    """The name Δw of a word that means it; '' for any other.

    find  the name that a word inside means, '' for none
    """
    name = find(word[1:]) if word[:1] == CHANGE else ""
    return CHANGE + name if name else ""


def earlier_of(word: str, find: Callable[[str], str]) -> str:
    """The name before(w) of a word that means it, before(∂L/∂w) too; '' for any other.

    >>> earlier_of("before( dL/dw )", str), earlier_of("before(w)", str), earlier_of("w", str)
    ('before(∂L/∂w)', 'before(w)', '')

    find  the name that a word inside means
    """
    match = TYPED.fullmatch(word)
    if match is None:
        return ""
    of, by, name = (each and find(each) for each in match.groups())
    return earlier(name or f"∂{of}/∂{by}")


def with_hat(word: str) -> str:
    """m̂(w) of m_hat(w); another word without its spaces.

    >>> with_hat("v_hat( w )") == "v̂(w)", with_hat("m (w)")
    (True, 'm(w)')
    """
    return HAT.sub("\\1\u0302", "".join(word.split()))


def opened(name: str) -> tuple[str, str, str]:
    """A name without what says of which round it is, and that: what stands in front of it, and what behind.

    >>> opened("before(∂L/∂w)"), opened("Δw"), opened("next t"), opened("m(w)")
    (('before(', '∂L/∂w', ')'), ('Δ', 'w', ''), ('next ', 't', ''), ('', 'm(w)', ''))
    """
    found = (each for each in AROUND if name.startswith(each[0]) and name.endswith(each[1]))
    front, end = next(found, ("", ""))
    return front, name[len(front) : len(name) - len(end)], end


def parts(name: str) -> list[str]:
    """The quantities that a word is about: w of before(w), L and w of ∂L/∂w."""
    return names_of(placed(name).quantity)


def is_elsewhere(name: str) -> bool:
    """Whether it is a number of another round."""
    return placed(name).rounds != 0
