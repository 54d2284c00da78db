"""Where on a tape each kind of step stands, found without making the steps.

A position is the number of steps taken, as for a `Cursor`: after the first step it is 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .tape import COMPLETE as COMPLETED
from .tape import Tape

__all__ = ["BACKWARD", "COMPLETE", "FORWARD", "ROUND", "SEED", "UPDATE", "Positions", "Timetable"]

ROUND, FORWARD, SEED, BACKWARD, COMPLETE, UPDATE = range(6)
PASSES = np.array([0, 0, 1, 1, 1, 2])  # the pass that each kind belongs to

Positions = np.ndarray[Any, np.dtype[Any]]


class Timetable:
    """The steps of a tape as arrays.

    >>> from microgrid import Value
    >>> from microgrid import steps
    >>> x = Value(3.0, label="x")
    >>> table = Timetable(steps(x * x))
    >>> table.about(0), table.ends
    (array([4, 5, 6]), array([1, 6]))

    kinds     what each step is, from ROUND to UPDATE
    places    of the node that it is about, its place in the view; -1 where the view has left it out
    children  for a step BACKWARD the place of the child, else -1
    """

    def __init__(self, tape: Tape) -> None:
        view, index = tape.view, tape.view.index
        computed, children, slots = (
            np.array(each, dtype=np.intp) for each in (tape.computed, tape.children, tape.slots)
        )
        pairs = zip(tape.children, tape.slots)
        targets = (child if slot == COMPLETED else index[view.parents[child][slot]] for child, slot in pairs)
        places = np.fromiter(targets, np.intp, len(children))
        root = np.array([len(view) - 1])
        once = [
            (FORWARD, computed, None),
            (SEED, root, None),
            (np.where(slots == COMPLETED, COMPLETE, BACKWARD), places, np.where(slots == COMPLETED, -1, children)),
        ]
        rows: list[tuple[Any, Any, Any]] = []
        for each in tape.rounds:
            rows += [(ROUND, root, None)] * (each.number > 1) + once
            rows.append((UPDATE, np.array([index.get(update.node, -1) for update in each.updates], np.intp), None))
        nothing = [np.full(len(places), -1) if found is None else found for _, places, found in rows]
        self.kinds = np.concatenate([np.broadcast_to(kind, len(places)) for kind, places, _ in rows])
        self.places = np.concatenate([places for _, places, _ in rows])
        self.children = np.concatenate(nothing)

    def of_kind(self, *kinds: int) -> Positions:
        """After every step of these kinds."""
        return after(np.isin(self.kinds, kinds))

    def about(self, place: int, *kinds: int) -> Positions:
        """After every step about a node; of these kinds, if any are given."""
        wanted = np.isin(self.kinds, kinds) if kinds else self.kinds != ROUND
        return after(wanted & (self.places == place))

    def through(self, places: Iterable[int]) -> Positions:
        """After every step that computes one of the nodes, or takes a gradient through one."""
        found = list(places)
        computing = (self.kinds == FORWARD) & np.isin(self.places, found)
        return after(computing | ((self.kinds == BACKWARD) & np.isin(self.children, found)))

    def last_share(self, place: int) -> Positions:
        """After the steps that take a gradient through a node."""
        return after(self.children == place)

    def begins(self, kind: int) -> Positions:
        """After the first step of every run of that kind."""
        same = self.kinds == kind
        return after(same & ~np.concatenate([[False], same[:-1]]))

    @property
    def ends(self) -> Positions:
        """After the last step of every pass: forward, backward or update."""
        passes = PASSES[self.kinds]
        return after(np.concatenate([passes[:-1] != passes[1:], [True]])) if len(passes) else passes


def after(steps: Positions) -> Positions:
    """The positions after the steps for which it holds."""
    return np.flatnonzero(steps) + 1
