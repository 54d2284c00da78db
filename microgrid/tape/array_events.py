"""Events of vectors and matrices: the steps about all elements of one array, taken together.

The tape stays what it is, a step for every element. At the level "vector" its backward pass goes from array to array:
what one line passes back to one array stands together, in the order in which each element gets its shares at any level,
so that every number is the same to the bit.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from microgrid.engine import Graph
from microgrid.formula import Call, Formula, Name, fold
from microgrid.formula.printing import PART
from microgrid.streams import carrying

from .events import Assigned, Backward, Step, Update
from .rounds import Round, uses

if TYPE_CHECKING:
    from .tape import Tape

__all__ = ["Events", "Owners", "Together", "by_array", "gathered", "inner"]

REMEMBERED = re.compile(r"(.+?\()(.+)(\))")  # m(W[1,1])
ELEMENT = re.compile(PART)
COMPLETE = -1


class Owners:
    """Which array an element belongs to; what is no element belongs to itself."""

    def __init__(self, arrays: Mapping[str, str]) -> None:
        self.arrays = arrays

    def __call__(self, name: str) -> str:
        """The array of an element, m(W) of m(W[1,1])."""
        if name in self.arrays:
            return self.arrays[name]
        match = REMEMBERED.fullmatch(name) if self.arrays else None
        return f"{match[1]}{self.arrays[match[2]]})" if match and match[2] in self.arrays else name

    def in_word(self, word: str) -> str:
        """A word of a rule with arrays in place of their elements: ∂L/∂W, next m(W)."""
        return ELEMENT.sub(lambda match: self.arrays.get(match[0], match[0]), word) if self.arrays else word

    def in_formula(self, formula: Formula) -> Formula:
        """A rule of an element with arrays in place of their elements."""

        def visit(node: Formula, arguments: list[Formula]) -> Formula:
            if isinstance(node, Name):
                return Name(self.in_word(node.name))
            return Call(node.function, tuple(arguments)) if isinstance(node, Call) else node

        return fold(formula, visit)  # type: ignore[no-any-return]

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


class Events(Sequence["Step | Together"]):
    """What happens on a tape, an event for each array; where there are none, its steps.

    ends  how many steps are taken after each event
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.ends: Sequence[int] = range(1, len(tape) + 1)
        if tape.owners.arrays:
            self.ends = array("q", self._ends())

    def _ends(self) -> Iterator[int]:
        """Round after round: its passes are the same in each, its updates may be others."""
        tape = self.tape
        passes = len(tape.computed) + 1 + len(tape.children)
        once = list(lengths(tape.owners.of(tape[at]) for at in range(passes)))
        at = 0
        for here in tape.rounds:
            updates = lengths(tape.owners.of(each) for each in here.updates)
            for length in (*[1] * (here.number > 1), *once, *updates):
                at += length
                yield at

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        start, end = self.span(k if k >= 0 else k + len(self))
        return self.made(start, end)

    def made(self, start: int, end: int) -> Step | Together:
        """The event of the steps from one position to another."""
        steps = tuple(self.tape[start:end])
        first, owner = steps[0], self.tape.owners
        if len(steps) == 1:
            return first
        above = owner(first.child_name) if isinstance(first, Backward) else ""
        return Together(steps, owner(first.name), above)

    def span(self, k: int) -> tuple[int, int]:
        """The positions before and after an event."""
        if not 0 <= k < len(self):
            raise IndexError(f"event {k} of {len(self)}")
        return (self.ends[k - 1] if k else 0), self.ends[k]

    def taken(self, position: int) -> int:
        """How many whole events are taken at a position."""
        return bisect_right(self.ends, position)

    def inside(self, position: int) -> tuple[int, int]:
        """How many steps of the event at hand are taken, and of how many; (0, 0) between two events."""
        k = self.taken(position)
        start = self.ends[k - 1] if k else 0
        return (position - start, self.ends[k] - start) if position > start else (0, 0)

    def last(self, position: int) -> Step | Together | None:
        """What was last taken at a position: an event, or inside one a step."""
        if not position:
            return None
        k = bisect_left(self.ends, position)
        return self[k] if self.ends[k] == position else self.tape[position - 1]

    def between(self, start: int, end: int) -> Passed:
        """What happens from one position to another."""
        return Passed(self, start, end)

    def phase(self, position: int) -> tuple[str, int, int]:
        """Where a position is, in events, as `Tape.phase` says it in steps."""
        name, taken, steps = self.tape.phase(position)
        before = self.taken(position - taken)
        return name, self.taken(position) - before, self.taken(position - taken + steps) - before


class Passed(Sequence["Step | Together"]):
    """What happens from one position to another: whole events, and at either end the steps inside one."""

    def __init__(self, events: Events, start: int, end: int) -> None:
        self.events = events
        first = bisect_left(events.ends, start) + 1 if start else 0  # the first event that is whole
        begins = events.ends[first - 1] if first else 0
        last = events.taken(end)
        self.head = range(start, min(begins, end))
        self.whole = range(first, max(first, last))
        self.tail = range(events.ends[last - 1], end) if last > first else range(max(begins, start), end)

    def __len__(self) -> int:
        return len(self.head) + len(self.whole) + len(self.tail)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        i += len(self) if i < 0 else 0
        if i < len(self.head):
            return self.events.tape[self.head[i]]
        i -= len(self.head)
        return self.events[self.whole[i]] if i < len(self.whole) else self.events.tape[self.tail[i - len(self.whole)]]


def lengths(keys: Iterable[Any]) -> Iterator[int]:
    """How many stand together that are the same."""
    return (sum(1 for _ in some) for _, some in groupby(keys))
