"""What happens on a tape, an event for each vector and matrix; where there are none, its steps."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from .array_events import Owners, Together
from .events import Backward, Step
from .rounds import Round

__all__ = ["Events", "Passed"]


class Events(Sequence["Step | Together"]):
    """What happens on a tape, an event for each array; where there are none, its steps.

    steps   of the tape        owners  of the elements        rounds  of the tape
    passes  how many steps its first two passes have          ends    how many steps are taken after each event
    """

    def __init__(
        self,
        steps: Sequence[Step],
        owners: Owners,
        passes: int,
        rounds: Sequence[Round],
        phase: Callable[[int], tuple[str, int, int]],
    ) -> None:
        self.steps, self.owners, self._phase = steps, owners, phase
        self.ends: Sequence[int] = range(1, len(steps) + 1)
        if owners.arrays:
            self.ends = array("q", self._ends(passes, rounds))

    def _ends(self, passes: int, rounds: Sequence[Round]) -> Iterator[int]:
        """Round after round: its passes are the same in each, its updates may be others."""
        once = list(lengths(self.owners.of(self.steps[at]) for at in range(passes)))
        at = 0
        for here in rounds:
            updates = lengths(self.owners.of(each) for each in here.updates)
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
        steps = tuple(self.steps[start:end])
        first, owner = steps[0], self.owners
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
        if k == len(self):
            return 0, 0
        start, end = self.span(k)
        return (position - start, end - start) if position > start else (0, 0)

    def last(self, position: int) -> Step | Together | None:
        """What was last taken at a position: an event, or inside one a step."""
        if not position:
            return None
        k = bisect_left(self.ends, position)
        return self[k] if self.ends[k] == position else self.steps[position - 1]

    def between(self, start: int, end: int) -> Passed:
        """What happens from one position to another."""
        return Passed(self, start, end)

    def phase(self, position: int) -> tuple[str, int, int]:
        """Where a position is, in events, as `Tape.phase` says it in steps."""
        name, taken, steps = self._phase(position)
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
            return self.events.steps[self.head[i]]
        i -= len(self.head)
        return self.events[self.whole[i]] if i < len(self.whole) else self.events.steps[self.tail[i - len(self.whole)]]


def lengths(keys: Iterable[Any]) -> Iterator[int]:
    """How many stand together that are the same."""
    return (sum(1 for _ in some) for _, some in groupby(keys))
