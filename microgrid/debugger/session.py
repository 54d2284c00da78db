"""A debugging session: a tape, a place on it, what it stops at, and what it shows.

No Value ever changes: what is tried out are other numbers on another tape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from microgrid.errors import GraphError, counted
from microgrid.formula import Formula, printable
from microgrid.formula.lettering import shortened
from microgrid.sheet import Run
from microgrid.tape import Cursor, Step, Tape, steps
from microgrid.tape.array_events import Together
from microgrid.tape.nonfinite import culprit
from microgrid.tape.wording import Wording
from microgrid.terminal.screen import GRADIENT, VALUE, Screen

from .array_lookup import Numbers, SheetLookup
from .beyond import beyond
from .lookup import NotYet
from .source import excerpt, passage
from .stops import Break, Catch, Hit, Stop, Stops, described

__all__ = ["Session"]

MOST = 10  # sentences that a move prints


class Change(NamedTuple):
    """What `undo` goes back to: the tape and the place before a change, and what the change was."""

    tape: Tape
    position: int
    text: str


class Session:
    """What a person steps through.

    tape, cursor   the steps and the place among them        lookup  names and formulas there
    words          the sentences                             screen  where they are printed
    stops          breakpoints and the like                  displays  what is shown after every move
    changes        what `undo` takes back                    run  the worked sheet, if it is one
    failed         whether a command went wrong              over  whether the session is
    """

    def __init__(self, target: Any, level: str | None = None, names: Mapping[str, Any] | None = None, digits: int = 6):
        self.run = target if isinstance(target, Run) else None
        self.screen = Screen(digits)
        self.stops = Stops(digits)
        self.displays: dict[str, Numbers | None] = {}
        self.changes: list[Change] = []
        self.failed = self.over = False
        self.load(target if isinstance(target, Tape) else steps(target, level, names=names))

    def load(self, tape: Tape, position: int = 0) -> None:
        """Step through a tape, from that place on."""
        cursor = Cursor(tape, min(position, len(tape)))
        words = Wording(tape, self.equations, digits=self.screen.digits)
        self.tape, self.cursor, self.words = tape, cursor, words
        self.lookup = SheetLookup(cursor, beyond(self.run, cursor, lambda: bool(self.changes)))

    def go_to_round(self, number: int) -> None:
        """To the start of a round, from 1."""
        if not 1 <= number <= len(self.tape.rounds):
            raise GraphError(f"no round {number:,} here; the tape has {counted(len(self.tape.rounds), 'round')}")
        self.cursor.go(self.tape.starts[number - 1] + (number > 1))

    @property
    def equations(self) -> Mapping[str, Formula]:
        """The author's own lines, of a sheet."""
        return self.run.sheet.formulas if self.run else {}

    @property
    def title(self) -> str:
        """Of a sheet."""
        return self.run.title if self.run else ""

    @property
    def prompt(self) -> str:
        """Where we are: `(bwd 7/23) `."""
        return f"({self.lookup.where()}) "

    def greet(self) -> None:
        """What there is to step through."""
        tape = self.tape
        if self.title:
            self.screen.line(printable(self.title), "bold")
        forward, back = (tape.events.phase(at)[2] for at in (0, len(tape.computed) + 1))
        once = f"{counted(forward, 'step')} forward, {back:,} back"
        rounds = f", in each of {len(tape.rounds)} rounds" if len(tape.rounds) > 1 else ""
        self.screen.line(f"{printable(tape.names[-1])}: {once}{rounds}; h is help, q leaves")
        for said in self.run.left_out(tape.graph) if self.run else ():
            self.screen.line(printable(said))
        given = [node for node in tape.graph.leaves if not math.isfinite(tape.graph.data[tape.graph.index[node]])]
        for node in given[:3]:
            name, number = tape.graph.name(node), tape.graph.data[tape.graph.index[node]]
            self.screen.line(
                f"{printable(name)} is given as {self.screen.number(number)}; set {name} = 1 tries another"
            )

    def fail(self, message: str) -> None:
        """Say what went wrong."""
        self.failed = True
        self.screen.error(printable(shortened(message, 1000)))

    # ── what a move shows ──

    def arrive(self, start: int, hit: Hit | None = None, every: bool = False) -> None:
        """Say where a move that began at `start` has come to; with `every`, what it passed."""
        forward = self.cursor.position >= start
        if not forward:
            self.say_back(start, every)
        elif every:
            self.say_passed(start)
        else:
            self.say_here()
        for number, stop, reason in hit.stops if hit else ():
            self.say_stop(number, stop, reason)
        if hit and not hit.stops:
            taken = self.tape.events.taken(self.cursor.position)
            self.screen.line(f"interrupted, after step {taken:,} of {len(self.tape.events):,}")
        if forward and self.cursor.position == len(self.tape):
            self.screen.line(f"the end of the tape, after {counted(len(self.tape.events), 'step')}")
        self.show_displays()

    def say(self, step: Step | Together, before: str = "") -> None:
        """The sentence about a step, or about an event of arrays."""
        style = VALUE if step.kind in ("forward", "update") else GRADIENT
        self.screen.equation(self.words(step), style, before)

    def say_here(self) -> None:
        """The sentence about the last step taken."""
        last = self.tape.events.last(self.cursor.position)
        if last is None:
            self.screen.line("the start of the tape: only the leaves have numbers")
        else:
            self.say(last)

    def say_passed(self, start: int) -> None:
        """What happened from a place to here; of much the first, and the last."""
        self.say_some(self.tape.events.between(start, self.cursor.position))

    def say_some(self, passed: Sequence[Step | Together], back: bool = False) -> None:
        """Some of what happened, the last first if it is taken back."""
        count, before = len(passed), "back: " * back
        order = range(count - 1, -1, -1) if back else range(count)
        for i in order if count <= MOST else order[: MOST - 2]:
            self.say(passed[i], before)
        if count > MOST:
            self.screen.line(f"… {count - MOST + 1:,} more")
            self.say(passed[order[-1]], before)

    def say_back(self, start: int, every: bool) -> None:
        """What is taken back; or how much, and where that leads."""
        passed = self.tape.events.between(self.cursor.position, start)
        if every:
            self.say_some(passed, back=True)
            return
        self.screen.line(f"back over {counted(len(passed), 'step')}")
        self.say_here()

    def say_stop(self, number: int, stop: Stop, reason: str) -> None:
        """What stops here, and why."""
        if isinstance(stop, Catch) and stop.text in ("nan", "inf"):
            self.say_culprit(stop.text)
        elif number:
            self.screen.line(f"stop {number}: {described(stop)}{f': {reason}' if reason else ''}", "bold")
            if isinstance(stop, Break) and stop.once:
                self.stops.numbered.pop(number, None)
        else:
            self.screen.line(f"caught {stop.text}: {reason}", "bold")

    def say_culprit(self, kind: str) -> None:
        """What made an inf or nan at the last step: how, where in the source, and what to do."""
        found = culprit(self.tape, self.tape[self.cursor.position - 1], kind, self.screen.digits)
        if found is None:
            return
        began = "" if found.kind == kind else "it begins with "
        self.screen.equation(found.fact, before=f"caught {kind}: {began}")
        self.say_source(found.node)
        if found.remedy:
            self.screen.line(f"  {found.remedy}", "bold")

    def say_source(self, node: Any) -> bool:
        """The line that computed a value, with carets under the expression; whether there is one."""
        origin = passage(node, self.run)
        if origin is None:
            return False
        self.screen.path(f"  {origin}")
        for line in excerpt(origin, self.screen.width - 4):
            self.screen.listed(f"    {line}")
        return True

    # ── displays ──

    def show_displays(self) -> None:
        """Every displayed formula, a star before one that has changed."""
        for text, before in self.displays.items():
            now = self.shown_now(text)
            known = before is not None and now is not None and not any(map(math.isnan, now.items))
            changed = known and now != before
            was = f" (was {self.shown(before)})" if changed else ""
            self.screen.listed(f"{'*' if changed else ' '} {text} = {self.shown(now)}{was}")
            self.displays[text] = now

    def shown(self, numbers: Numbers | None) -> str:
        """A number, or an array, as it is shown; a dash for none."""
        return self.screen.number(None) if numbers is None else self.screen.array(numbers.shape, numbers.items)

    def shown_now(self, text: str) -> Numbers | None:
        """What a displayed formula comes to here; None where a number of it is not there yet."""
        try:
            return self.lookup.arrays.any(text)
        except NotYet:
            return None

    # ── what if ──

    def change(self, tape: Tape, position: int, text: str) -> None:
        """Go on with another tape; `undo` comes back."""
        before = Change(self.tape, self.cursor.position, text)
        self.load(tape, position)
        self.changes.append(before)
