"""The commands that move along the tape, forward and back."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from microgrid.debugger.session import Session
from microgrid.errors import GraphError, counted, did_you_mean
from microgrid.formula import printable
from microgrid.formula.lettering import repeated
from microgrid.formula.regexes import regex
from microgrid.tape.timetable import COMPLETE, FORWARD, UPDATE

__all__ = [
    "back_next",
    "back_step",
    "go_back",
    "go_on",
    "go_to",
    "next_node",
    "restart",
    "step",
    "to_end_of_pass",
    "until",
]

PLACE = regex(r"(?:(fwd|bwd|upd)\s*)?([0-9]{1,12})")
ROUND = regex(r"round\s*([0-9]{1,9})")


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C inside ends nothing in the middle: it is noted, for whoever asks."""
    pressed: list[bool] = []
    try:
        before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    except ValueError:  # not the main thread, which gets no Ctrl-C
        yield lambda: False
        return
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)


def move(session: Session, end: int, every: bool = False) -> None:
    """Go to a place, or to the first stop on the way there."""
    start = session.cursor.position
    if end == start:
        at_an_end(session)
        return
    with interruptible() as interrupted:
        hit = session.stops.between(session.lookup, start, end, interrupted)
        session.cursor.go(hit.position if hit else end)
    session.arrive(start, hit, every)


def at_an_end(session: Session) -> None:
    """There is no step that way."""
    if session.cursor.position:
        total = counted(len(session.tape.events), "step")
        session.screen.line(f"the tape ends here, after {total}: rs or goto goes back, update 0.1 goes on")
    else:
        session.screen.line("the tape begins here: s takes the first step")


def several(argument: str) -> int:
    """How many times: a number after the command, or once."""
    if not argument:
        return 1
    if not re.fullmatch(r"[0-9]{1,9}", argument) or not int(argument):
        raise GraphError(f"{repeated(argument)!r} is no number of times; s 3 takes three steps")
    return int(argument)


# ── forward ────────────────────────────────────────────────────────────────────────────────


def step(session: Session, argument: str) -> None:
    """One step, or several."""
    move(session, min(session.cursor.position + several(argument), len(session.tape)), every=True)


def next_node(session: Session, argument: str) -> None:
    """On to the step that finishes the next value, gradient or update."""
    found = session.lookup.arrays.finished(FORWARD, COMPLETE, UPDATE)
    ahead = found[found > session.cursor.position][: several(argument)]
    move(session, int(ahead[-1]) if len(ahead) else len(session.tape), every=True)


def go_on(session: Session, argument: str) -> None:
    """On to the next stop, or the end."""
    none(argument, "c")
    move(session, len(session.tape))


def to_end_of_pass(session: Session, argument: str) -> None:
    """On to the last step of this pass; at its end, of the next one."""
    none(argument, "r")
    ends = session.lookup.timetable.ends
    ahead = ends[ends > session.cursor.position]
    move(session, int(ahead[0]) if len(ahead) else len(session.tape))


def until(session: Session, argument: str) -> None:
    """On until a value is computed, or its gradient complete."""
    name, places = session.lookup.arrays.steps_of(argument)
    found = session.lookup.arrays.about(places, FORWARD, COMPLETE)
    ahead = found[found > session.cursor.position]
    if not len(ahead):
        raise GraphError(f"nothing ahead finishes {printable(name)}: its gradient is complete; rs, rn and rc go back")
    move(session, int(ahead[0]))


# ── backward ───────────────────────────────────────────────────────────────────────────────


def back_step(session: Session, argument: str) -> None:
    """Take back one step, or several."""
    move(session, max(session.cursor.position - several(argument), 0), every=True)


def back_next(session: Session, argument: str) -> None:
    """Back to the step that finished the value, gradient or update before."""
    found = session.lookup.arrays.finished(FORWARD, COMPLETE, UPDATE)
    behind = found[found < session.cursor.position][-several(argument) :]
    move(session, int(behind[0]) if len(behind) == several(argument) else 0, every=True)


def go_back(session: Session, argument: str) -> None:
    """Back to the stop before, or the start."""
    none(argument, "rc")
    move(session, 0)


# ── to a place ─────────────────────────────────────────────────────────────────────────────


def go_to(session: Session, argument: str) -> None:
    """To a place on the tape, whatever stops on the way."""
    tape, start = session.tape, session.cursor.position
    if match := ROUND.fullmatch(argument):
        session.go_to_round(int(match[1]))
        session.arrive(start)
        return
    position = {"start": 0, "end": len(tape)}.get(argument)
    if position is None:
        match = PLACE.fullmatch(argument)
        if match is None:
            near = did_you_mean(argument[:40], ("start", "end", "fwd 1", "bwd 1", "upd 1"))
            places = f"goto 8, bwd 3, round 2, start or end, of {len(tape.events):,} steps"
            raise GraphError(f"{repeated(argument)!r} is no place; {places}{near}")
        number = in_pass(session, match[1], int(match[2])) if match[1] else int(match[2])
        if number > len(tape.events):
            raise GraphError(f"no step {number:,} on this tape; it has {len(tape.events):,}")
        position = tape.events.ends[number - 1] if number else 0
    session.cursor.go(position)
    session.arrive(start)


def in_pass(session: Session, phase: str, number: int) -> int:
    """How many steps are taken after so many of a pass of this round."""
    tape, here = session.tape, session.cursor.round.number
    start = tape.starts[here - 1]
    places = [start, start + len(tape.computed) + (here > 1)]
    places += [places[-1] + len(tape.children) + 1, tape.starts[here]]
    places = list(map(tape.events.taken, places))
    i = ("fwd", "bwd", "upd").index(phase)
    if not 1 <= number <= places[i + 1] - places[i]:
        raise GraphError(f"no step {phase} {number:,} in round {here}; {phase} has {places[i + 1] - places[i]:,}")
    return places[i] + number


def restart(session: Session, argument: str) -> None:
    """Back to the start; stops, displays and changed numbers stay."""
    none(argument, "restart")
    start = session.cursor.position
    session.cursor.go(0)
    session.arrive(start)


def none(argument: str, command: str) -> None:
    """Refuse what a command makes nothing of."""
    if argument:
        raise GraphError(f"{command} takes nothing, not {repeated(argument)!r}; h {command} tells more")
