"""Walking the tape in both directions, with every number as it stood."""

from __future__ import annotations

from microgrid.errors import GraphError
from microgrid.streams import carrying

from .events import Assigned, Backward, Forward, NextRound, Seed, Step, Update
from .rounds import Round, uses
from .tape import COMPLETE, Tape

__all__ = ["Cursor"]

NEAR = 1000  # steps


@carrying
class Cursor:
    """A place on a tape, and every number as it stood there.

    >>> from microgrid import Value
    >>> from microgrid import steps
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

    def __repr__(self) -> str:
        return f"<Cursor at {self.position:,} of {len(self.tape):,} on {self.tape!r}>"

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
        self._update(here, len(here.updates))

    def _update(self, here: Round, taken: int) -> None:
        """So many updates of a round, of the values that are in the view."""
        for update in here.updates[:taken]:
            if update.node in here.view:
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
        elif isinstance(step, (Update, Assigned)):
            self.data[place] = step.after if taken else step.before
        elif isinstance(step, (Seed, Backward)):
            self.grad[place] = step.after if taken else step.before
            self.shares[place] += direction
            if taken and self.is_complete(place):
                self.grad[place] = self.round.grad[place]  # the same number, and whether it is CLOSED

    def go(self, position: int) -> Cursor:
        """Go to a position, from 0 to len(tape). Raises GraphError for one that is not on the tape.

        A near one is walked to; the numbers at a far one are worked out, without the steps between.
        """
        if not 0 <= position <= len(self.tape):
            raise GraphError(f"no position {position} on this tape; it has 0 to {len(self.tape)}")
        if abs(position - self.position) > max(NEAR, len(self.tape.view) // 10):
            self._jump(position)
        while self.position < position:
            self.forward()
        while self.position > position:
            self.back()
        return self

    def _jump(self, position: int) -> None:
        """The numbers at a position, worked out from those of its round."""
        tape = self.tape
        here = tape.rounds[tape.round_at(max(position - 1, 0))]
        self.position = position
        self._begin(here)
        taken = position - tape.starts[here.number - 1] - (here.number > 1)
        for i in tape.computed[: max(taken, 0)]:
            self.data[i] = here.view.data[i]
        taken -= len(tape.computed) + 1
        if taken >= len(tape.children):
            self.grad, self.shares = list(here.grad), list(self._needed)
        elif taken >= 0:
            self.grad[-1], self.shares[-1] = 1.0, 1
            self._share(here, taken)
        self._update(here, max(taken - len(tape.children), 0))

    def _share(self, here: Round, taken: int) -> None:
        """So many steps of the backward pass, those after the seed."""
        view, index = here.view, here.view.index
        for at in range(taken):
            child, slot = self.tape.children[at], self.tape.slots[at]
            if slot != COMPLETE:
                place = index[view.parents[child][slot]]
                self.grad[place] = here.backward[self.tape.turns[at]] + view.partials[child][slot] * here.grad[child]
                self.shares[place] += 1
                if self.is_complete(place):
                    self.grad[place] = here.grad[place]
