"""The commands that say where to stop: breakpoints, watched numbers, and what is caught."""

from __future__ import annotations

import re

from microgrid.debugger.lookup import nearest
from microgrid.debugger.session import Session
from microgrid.debugger.stops import BOUND, CATCHES, ArrayWatch, Catch, Watch, breakpoint_of, described
from microgrid.errors import GraphError, counted
from microgrid.formula import parse, printable
from microgrid.formula.lettering import repeated

__all__ = ["break_at", "break_once", "catch", "clear", "watch"]

ABOUT = {
    "nan": "a nan that is made here, not handed on",
    "inf": "an inf that is made here, not handed on",
    "zero": "a gradient that is complete and 0",
    "explode": "a value or gradient that crosses a bound",
}


def break_at(session: Session, argument: str, once: bool = False) -> None:
    """Stop at the steps about a value, an operation, or the first of a phase."""
    if not argument:
        listed(session)
        return
    stop = breakpoint_of(argument, session.lookup, once)
    number = session.stops.add(stop)
    count = len(stop.candidates(session.lookup))
    holds = ", where that holds" if stop.condition else ""
    session.screen.line(f"stop {number}: {described(stop)}, at {counted(count, 'step')} of the tape{holds}")


def break_once(session: Session, argument: str) -> None:
    """The same, once."""
    break_at(session, argument, once=True)


def listed(session: Session) -> None:
    """Every breakpoint and watched number."""
    if not session.stops.numbered:
        session.screen.line("no stops; b z1 stops at the steps about z1, catch lists what is caught")
    for number, stop in session.stops.numbered.items():
        session.screen.line(f"stop {number}: {described(stop)}")


def watch(session: Session, argument: str) -> None:
    """Stop wherever a value or its gradient changes."""
    if not argument:
        listed(session)
        return
    lookup = session.lookup
    owner, dot, part = argument.rpartition(".")
    if dot and owner in lookup.names and argument not in lookup.names and part not in ("grad", "data"):
        raise GraphError(
            f"{printable(owner)} has no {repeated(part)!r}; watch {printable(owner)}.grad has its gradient"
        )
    grad = argument.endswith(".grad") and argument not in lookup.names
    name = argument.removesuffix(".grad") if grad else argument
    array = lookup.arrays.find(name)
    if array is not None:
        text = f"{array.called}{'.grad' if grad else ''}"
        places = tuple(lookup.arrays.steps_of(name)[1])
        add_watch(session, ArrayWatch(text, places, array.shape, grad, session.screen.digits))
        return
    place = lookup.step_of(name if name in lookup.names else name.removesuffix(".data"))
    text = f"{session.tape.names[place]}{'.grad' if grad else ''}"
    add_watch(session, Watch(text, place, grad, session.screen.digits))


def add_watch(session: Session, stop: Watch | ArrayWatch) -> None:
    """One more watched number, or array."""
    if not len(stop.candidates(session.lookup)):
        text = printable(stop.text)
        raise GraphError(f"{text} is a leaf that no step changes; watch {text}.grad would stop")
    session.screen.line(f"stop {session.stops.add(stop)}: {described(stop)}")


def clear(session: Session, argument: str) -> None:
    """Take away a stop, all of them, or what is caught."""
    numbered = session.stops.numbered
    if not argument:
        session.screen.line(
            f"{counted(len(numbered), 'stop')} cleared; catches stay" if numbered else "no stops to clear"
        )
        numbered.clear()
    elif argument in CATCHES:
        switch_off(session, argument)
    elif re.fullmatch("[0-9]{1,9}", argument) and int(argument) in numbered:
        session.screen.line(f"stop {int(argument)} cleared: {described(numbered.pop(int(argument)))}")
    else:
        there = ", ".join(map(str, numbered)) or "none"
        raise GraphError(f"no stop {repeated(argument)}; there are {there}, and cl nan switches a catch off")


def catch(session: Session, argument: str) -> None:
    """What is caught: list it, switch it on, or off."""
    if not argument:
        for kind, about in ABOUT.items():
            found = session.stops.catches.get(kind)
            bound = f", {session.screen.number(found.bound)}" if found and kind == "explode" else ""
            session.screen.line(f"{kind:<8} {'on ' if found else 'off'}  {about}{bound}")
        return
    word, _, rest = argument.partition(" ")
    if word == "off" and rest.strip():
        switch_off(session, rest.strip())
        return
    kind, sign, bound = (part.strip() for part in re.sub(r"^explode\s+(?=[0-9.])", "explode>", argument).partition(">"))
    known(kind)
    if sign and kind != "explode":
        raise GraphError(f"{kind} has no bound; catch explode>1e3 has one")
    limit = number(bound) if sign else BOUND
    session.stops.catches[kind] = Catch(kind, limit, session.screen.digits)
    session.screen.line(f"catching {ABOUT[kind]}{f', {session.screen.number(limit)}' if kind == 'explode' else ''}")


def number(text: str) -> float:
    """A bound, as it is typed."""
    found = parse(text)
    value = getattr(found, "value", None)
    if value is None:
        raise GraphError(f"{repeated(text)!r} is no bound; catch explode>1e3 has one")
    return float(value)


def known(kind: str) -> None:
    if kind not in CATCHES:
        there = f"; there are {', '.join(CATCHES)}"
        raise GraphError(f"nothing is caught by the name {repeated(kind)!r}{nearest(kind, CATCHES, there)}")


def switch_off(session: Session, kind: str) -> None:
    known(kind)
    session.stops.catches.pop(kind, None)
    session.screen.line(f"{kind} is not caught any more; catch {kind} switches it on")
