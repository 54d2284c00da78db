"""The commands that look: at numbers, at the tape, at the source."""

from __future__ import annotations

import re

from microgrid.debugger.lookup import Found, NotYet
from microgrid.debugger.places import grid
from microgrid.debugger.session import Session
from microgrid.engine.variables import held_in, members
from microgrid.errors import GraphError
from microgrid.formula import printable
from microgrid.formula.lettering import repeated
from microgrid.formula.printing import text_name
from microgrid.sheet.lines import pieces
from microgrid.streams import carried
from microgrid.tape import Complete, Step, Update
from microgrid.tape.array_events import Together
from microgrid.tape.wording import MARK
from microgrid.terminal.screen import GRADIENT, VALUE

__all__ = ["asked_for", "display", "list_steps", "origin", "show", "undisplay"]

MEMBERS = 12  # values that are shown of a container that is no table
AROUND = 5  # steps before and after this one that `l` lists


# ── numbers ────────────────────────────────────────────────────────────────────────────────


def show(session: Session, argument: str) -> None:
    """What a name or a formula comes to here."""
    if not argument:
        raise GraphError("p what? p z1, p z1.grad, p dL/dw1 or any formula over them")
    for piece, _ in pieces(argument, 0):
        show_one(session, piece.strip())


def show_one(session: Session, text: str) -> None:
    try:
        session.screen.equation(*line_about(session, text))
    except NotYet as answer:
        session.screen.line(str(answer))


def line_about(session: Session, text: str) -> tuple[str, str]:
    """What a name or formula comes to, and the colour of that."""
    found, attribute = asked_for(session, text)
    if found is None and session.lookup.arrays.is_over_arrays(text):
        return array_line(session, text)
    if found is None and (held := held_by(session, text)):
        return container_line(session, text, held)
    if found is not None and attribute == "grad":
        return gradient_line(session, found), GRADIENT
    number = session.lookup.number(text) if found is None else session.lookup.value(found)
    left = left_side(session, text) if found is None else printable(found.name)
    return f"{left} = {session.screen.number(number)}", GRADIENT if left[0] == "∂" else VALUE


def array_line(session: Session, text: str) -> tuple[str, str]:
    """What a name or formula over arrays comes to: `z1 = [0.24, 0.42]`"""
    lookup, screen = session.lookup.arrays, session.screen
    array = lookup.find(text.removesuffix(".grad"))
    if array is None:
        found = lookup.numbers(text)
        return f"{text} = {screen.array(found.shape, found.items)}", VALUE
    if not text.endswith(".grad"):
        return f"{array.called} = {screen.array(array.shape, lookup.numbers(text).items)}", VALUE
    shares = [session.lookup.shares(session.lookup.find(each)) for each in array.elements]
    so_far = " so far" if any(have < needed for have, needed in shares) else ""
    numbers = screen.array(array.shape, lookup.gradient(array).items)
    return f"{session.words.gradient(array.called)} = {numbers}{so_far}", GRADIENT


def held_by(session: Session, text: str) -> list[str]:
    """The values in a container that a text names; none for a formula."""
    return members(re.sub(r"\.(grad|data)$", "", text), session.lookup.names)


def container_line(session: Session, text: str, held: list[str]) -> tuple[str, str]:
    """What stands in a list or table: `W[0] = [0.5, 0.25]`; in anything else each by its name."""
    lookup, screen, name = session.lookup, session.screen, re.sub(r"\.(grad|data)$", "", text)
    is_gradient = text.endswith(".grad")
    left = session.words.gradient(name) if is_gradient else printable(name)
    read = lookup.gradient if is_gradient else lookup.value
    stem = held_in(name, held[0])
    shape = grid(stem, held)
    shown = held if shape else held[:MEMBERS]
    numbers = [read(lookup.find(each)) for each in shown]
    if shape:
        return f"{left} = {screen.array(shape, numbers)}", GRADIENT if is_gradient else VALUE
    each = [f"{printable(one.removeprefix(stem))} {screen.number(number)}" for one, number in zip(shown, numbers)]
    more = f", and {len(held) - MEMBERS:,} more" if len(held) > MEMBERS else ""
    return f"{left}: {', '.join(each)}{more}", ""


def asked_for(session: Session, text: str) -> tuple[Found | None, str]:
    """The value that a text names, and whether its gradient is meant; no value for a formula."""
    names = session.lookup.names
    for suffix in ("", ".grad", ".data"):
        if text.endswith(suffix) and text.removesuffix(suffix) in names:
            return session.lookup.find(text.removesuffix(suffix)), suffix[1:]
    return None, ""


def left_side(session: Session, text: str) -> str:
    """A derivative as it is written, a formula as it was typed."""
    by = session.lookup.formula(text)
    name = getattr(by, "name", "")
    return text_name(name) if name[:1] == "∂" else text


def gradient_line(session: Session, found: Found) -> str:
    """`∂L/∂x1 = −0.0152 so far, 1 of 2 shares`"""
    number = session.screen.number(session.lookup.gradient(found))
    have, needed = session.lookup.shares(found)
    so_far = f" so far, {have} of {needed} shares" if have < needed else ""
    return f"{session.words.gradient(found.name)} = {number}{so_far}"


def display(session: Session, argument: str) -> None:
    """Show a formula after every move."""
    if argument:
        if session.lookup.arrays.is_over_arrays(argument):
            session.lookup.arrays.formula(argument)
        elif asked_for(session, argument)[0] is None:
            session.lookup.formula(argument)
        session.displays[argument] = None
    elif not session.displays:
        session.screen.line("nothing is displayed; display z1.grad shows it after every move")
    session.show_displays()


def undisplay(session: Session, argument: str) -> None:
    """Show it no more; without a name, nothing."""
    if argument and argument not in session.displays:
        there = ", ".join(map(printable, session.displays)) or "nothing"
        raise GraphError(f"{repeated(argument)} is not displayed; there is {there}")
    for each in [argument] if argument else list(session.displays):
        session.displays.pop(each)


# ── the tape ───────────────────────────────────────────────────────────────────────────────


def list_steps(session: Session, argument: str) -> None:
    """The steps around here, or around another place; an arrow at the last one taken."""
    events, position = session.tape.events, session.cursor.position
    here, last = events.taken(position), len(events)
    if argument and not re.fullmatch("[0-9]{1,9}", argument):
        raise GraphError(f"{repeated(argument)!r} is no step; l 12 lists the steps around the 12th")
    centre = min(int(argument), last) if argument else here
    size, arrow = len(str(min(centre + AROUND, last))), carried("→")
    for number in range(max(0, centre - AROUND), min(centre + AROUND, last) + 1):
        what = sentence(session, number, taken=number <= here) if number else "the start"
        session.screen.listed(f"{arrow if number == here else ' ' * len(arrow)} {number:>{size}}  {what}")


def sentence(session: Session, number: int, taken: bool) -> str:
    """What a step does; its numbers only when it is taken."""
    step = session.tape.events[number - 1]
    if not taken:
        return plan(session, step)
    words = session.words(step)
    left, *right = words.split(" = ")
    whole = len(words) <= session.screen.width - 12
    return words if whole or len(right) < 2 else f"{left} = {right[-1]}"


def plan(session: Session, step: Step | Together) -> str:
    """What a step will do, without the numbers that nobody has computed yet."""
    template = session.words.plan(step)
    if isinstance(step, Together):
        return template
    left, *right = template.split(" = ")
    if not isinstance(step, Complete):
        template = " = ".join([left, *(side for side in right if not MARK.search(side))])
    rate = session.screen.number(step.rate) if isinstance(step, Update) else ""
    return MARK.sub(lambda match: rate if match[1] == "r" else "…", template)


# ── the source ─────────────────────────────────────────────────────────────────────────────


def origin(session: Session, argument: str) -> None:
    """The line that made a value, and the expression in it."""
    array = session.lookup.arrays.find(argument)
    found = session.lookup.find(array.elements[0] if array else argument)
    if session.say_source(found.node):
        return
    name = printable(found.name)
    if found.node.role == "constant":
        session.screen.line(f"{name} is the number {session.screen.number(found.node.data)}, written in a formula")
    else:
        raise GraphError(f"nobody recorded which line made {name}; compute it inside `with record_origins():`")
