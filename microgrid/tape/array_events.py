"""Events of vectors and matrices: the steps about all elements of one array, taken together.

The tape stays what it is, a step for every element. At the level "vector" its backward pass goes from array to array:
what one line passes back to one array stands together, in the order in which each element gets its shares at any level,
so that every number is the same to the bit.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.formula import Formula, Name, free_names, substitute
from microgrid.formula.printing import PART
from microgrid.formula.regexes import regex
from microgrid.streams import carrying

from .events import Assigned, Step, Update
from .rounds import Round, uses

__all__ = ["Owners", "Together", "by_array", "gathered", "inner"]

REMEMBERED = regex(r"(.+?\()(.+)(\))")  # m(W[1,1])
ELEMENT = regex(PART)
COMPLETE = -1


class Owners:
    """Which array an element belongs to; what is no element belongs to itself."""

    def __init__(self, arrays: Mapping[str, str]) -> None:
        self.arrays, self.sizes = arrays, Counter(arrays.values())

    def __call__(self, name: str) -> str:
        """The array of an element, m(W) of m(W[1,1])."""
        if name in self.arrays:
            return self.arrays[name]
        match = REMEMBERED.fullmatch(name) if self.arrays else None
        return f"{match[1]}{self.arrays[match[2]]})" if match and match[2] in self.arrays else name

    def in_word(self, word: str) -> str:
        """A word of a rule with arrays in place of their elements: ∂L/∂W, next m(W)."""
        return ELEMENT.sub(lambda match: self.arrays.get(match[0], match[0]), word) if self.arrays else word

    def rule(self, rules: Mapping[str, Formula]) -> Formula | None:
        """The rule of all elements of an array, by its elements; None where it is not the same for each.

        >>> from microgrid.formula import Call
        >>> V, U = ([f"{name}[{k}]" for k in (1, 2)] for name in "VU")
        >>> owners = Owners({**dict.fromkeys(V, "V"), **dict.fromkeys(U, "U")})
        >>> owners.rule({v: Call("*", (Name(v), Name(u))) for v, u in zip(V, U)})
        Call(function='*', arguments=(Name(name='V'), Name(name='U')))
        >>> owners.rule({v: Call("*", (Name(v), Name("U[1]"))) for v in V})
        Call(function='*', arguments=(Name(name='V'), Name(name='U[1]')))
        """
        if not any(self(name) != name for name in rules):
            return next(iter(rules.values())) if len(rules) == 1 else None
        names = [{each.name for each in free_names(formula)} for formula in rules.values()]
        shared = set.intersection(*names) if len(names) > 1 else set()
        found = {substitute(rule, self.wholes(name, rule, shared)) for name, rule in rules.items()}
        return found.pop() if len(found) == 1 else None

    def wholes(self, element: str, formula: Formula, shared: set[str]) -> dict[str, Formula]:
        """The arrays for the names of elements that stand at the same place as this one, ∂L/∂W for ∂L/∂W[1,1]."""
        found: dict[str, Formula] = {}
        place, size = self.place(element)
        for each in {each.name for each in free_names(formula)} - shared:
            above, sign, below = each.rpartition("/∂")
            if self(below) != below and self.place(below) == (place, size):
                found[each] = Name(above + sign + self(below))
        return found

    def place(self, element: str) -> tuple[str, int]:
        """Where an element stands in its array, and how many there are."""
        inside, whole = inner(element), self.arrays.get(inner(element), "")
        return inside.removeprefix(whole), self.sizes[whole]

    def of(self, step: Step) -> tuple[Any, ...]:
        """What consecutive steps of one event have in common; a step about numbers alone is an event of its own."""
        owner = self(step.name)
        child = getattr(step, "child_name", "")
        above = self(child)
        alone = () if owner != step.name or above != child else (step,)
        return step.kind, step.round, owner, above, *alone


def inner(name: str) -> str:
    """W of m(W); any other name itself."""
    match = REMEMBERED.fullmatch(name)
    return match[2] if match else name


# ── the order of the steps ─────────────────────────────────────────────────────────────────


def gathered(here: Round, owners: Owners) -> Round:
    """The round with the updates of each array together, where the first of them stood."""
    found: dict[str, list[Update | Assigned]] = {}
    for each in here.updates:
        found.setdefault(owners(each.name), []).append(each)
    updates = tuple(each for some in found.values() for each in some)
    return here if updates == here.updates else replace(here, updates=updates)


def by_array(view: Graph, owned: Sequence[str], steps: Sequence[tuple[int, int]]) -> array[int]:
    """The steps of a backward pass in another order, by their places: what an array passes to another stands together.

    owned  the array of each value of the view      steps  a child and a slot each, COMPLETE where a gradient is
    """
    waiting, members = Counter[str](), dict[str, list[int]]()
    for owner, count in zip(owned, uses(view)):
        waiting[owner] += count
    for at, (child, slot) in enumerate(steps):
        if slot == COMPLETE:
            members.setdefault(owned[child], []).append(at)
    order = array("i", [0])
    shares = ((at, child, slot) for at, (child, slot) in enumerate(steps) if slot != COMPLETE)
    for _, passed in groupby(shares, key=lambda each: owned[each[1]]):
        to: dict[str, list[int]] = {}
        for at, child, slot in passed:
            to.setdefault(owned[view.index[view.parents[child][slot]]], []).append(at)
        for owner, some in to.items():
            order.extend(some)
            waiting[owner] -= len(some)
            order.extend(() if waiting[owner] else members[owner])
    return order


# ── events ─────────────────────────────────────────────────────────────────────────────────


@carrying
class Together(NamedTuple):
    """The steps about the elements of one array, which are one event.

    name        of the array, or of a number that an array passes something back to
    child_name  of the array or number that passes something back; '' for what is no share
    """

    steps: tuple[Step, ...]
    name: str
    child_name: str = ""

    @property
    def kind(self) -> str:
        return self.steps[0].kind

    @property
    def round(self) -> int:
        return self.steps[0].round

    @property
    def node(self) -> Any:
        """The first of its elements."""
        return self.steps[0].node
