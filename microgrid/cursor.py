"""Walking the tape in both directions, with every number as it stood."""

from __future__ import annotations

from .errors import GraphError
from .events import Backward, Forward, NextRound, Seed, Step, Update
from .rounds import Round, uses
from .steps import Tape

__all__ = ["Cursor"]


class Cursor:
    """A place on a tape, and every number as it stood there.

    >>> from microgrid import Value
    >>> from .steps import steps
    >>> x = Value(3.0, label="x")
    >>> cursor = Cursor(steps(x * x))
    >>> cursor.data
    [3.0, None]
    >>> cursor.go(4).data, cursor.grad
    ([3.0, 9.0], [3.0, 1.0])
    >>> cursor.forward().kind, cursor.grad
    ('backward', [6.0, 1.0])
    >>> cursor.back().kind, cursor.grad
    ('backward', [3.0, 1.0])

    position  how many steps are taken, from 0 to len(tape)
    data      the values, by place in `tape.view`; None for what is not computed yet
    grad      the gradients; shares, how many of its shares each one has
    A step in either direction takes the same time wherever it is.
    """

    def __init__(self, tape: Tape, position: int = 0) -> None:
        self.tape = tape
        self._needed = uses(tape.view)
        self._needed[-1] += 1  # the seed
        self._begin(tape.rounds[0])
        self.position = 0
        self.go(position)

    def _begin(self, here: Round) -> None:
        """The numbers at the start of a round."""
        view = here.view
        self.data = [None if node.parents else data for node, data in zip(view.nodes, view.data)]
        self.grad = [0.0] * len(view)
        self.shares = [0] * len(view)

    def _end(self, here: Round) -> None:
        """The numbers at the end of a round."""
        self.data = list(here.view.data)
        self.grad = list(here.grad)
        self.shares = list(self._needed)
        for update in here.updates:
            self.data[here.view.index[update.node]] = update.after

    @property
    def round(self) -> Round:
        """The round of the last step taken."""
        return self.tape.rounds[self.tape.round_at(max(self.position - 1, 0))]

    @property
    def last(self) -> Step | None:
        """The last step taken."""
        return self.tape[self.position - 1] if self.position else None

    @property
    def next(self) -> Step | None:
        """The step to take next."""
        return self.tape[self.position] if self.position < len(self.tape) else None

    def is_complete(self, place: int) -> bool:
        """Whether a gradient has all its shares."""
        return self.shares[place] == self._needed[place]

    def forward(self) -> Step:
        """Take the next step. Raises GraphError at the end of the tape."""
        if self.position == len(self.tape):
            raise GraphError(f"the tape ends here, after {len(self.tape):,} steps")
        step = self.tape[self.position]
        place = self.tape.view.index.get(step.node)
        self.position += 1
        if isinstance(step, NextRound):
            self._begin(self.tape.rounds[step.round - 1])
        elif place is not None:
            self._set(place, step, 1)
        return step

    def back(self) -> Step:
        """Take the last step back. Raises GraphError at the start of the tape."""
        if self.position == 0:
            raise GraphError("the tape begins here")
        self.position -= 1
        step = self.tape[self.position]
        place = self.tape.view.index.get(step.node)
        if isinstance(step, NextRound):
            self._end(self.tape.rounds[step.round - 2])
        elif place is not None:
            self._set(place, step, -1)
        return step

    def _set(self, place: int, step: Step, direction: int) -> None:
        """The number that a step changes, as it is after the step, or before it."""
        taken = direction > 0
        if isinstance(step, Forward):
            self.data[place] = step.value if taken else None
        elif isinstance(step, Update):
            self.data[place] = step.after if taken else step.before
        elif isinstance(step, (Seed, Backward)):
            self.grad[place] = step.after if taken else step.before
            self.shares[place] += direction

    def go(self, position: int) -> Cursor:
        """Walk to a position, from 0 to len(tape). Raises GraphError for one that is not on the tape."""
        if not 0 <= position <= len(self.tape):
            raise GraphError(f"no position {position} on this tape; it has 0 to {len(self.tape)}")
        while self.position < position:
            self.forward()
        while self.position > position:
            self.back()
        return self
