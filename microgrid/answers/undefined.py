"""Numbers that are not there: which operation made the first inf or nan on the way to them."""

from __future__ import annotations

from itertools import chain

from microgrid.sheet import Run
from microgrid.tape import Tape, steps
from microgrid.tape.nonfinite import Culprit, culprit, offences

from .follow_through import Item

__all__ = ["beginnings", "undefined"]


def undefined(run: Run, item: Item) -> str:
    """Where it starts that a number is inf or nan: the line, the operation, its numbers, and what to do.

    >>> from microgrid import Sheet
    >>> undefined(Sheet.parse("input x = 0\\nL = log(x - 2)").run(), Item(0, "L"))
    'line 2: log(x − 2) = log(−2) = nan, where x = 0; log needs a number above 0'
    """
    found = first(steps(run.rounds[item.round][item.of], "named"))
    return said(found) if found else "it follows from an inf or nan of the round before"


def first(tape: Tape) -> Culprit | None:
    """What made the first inf or nan on a tape; None where nothing did."""
    for step in tape:
        for kind, _ in offences(tape, step):
            return culprit(tape, step, kind)
    return None


def said(found: Culprit) -> str:
    """The line, the fact and the remedy in one sentence."""
    origin = found.node.origin or ""
    line = f"line {origin.rpartition(':')[2]}: " if origin else ""
    return f"{line}{found.fact}{'; ' if found.remedy else ''}{found.remedy}"


def beginnings(run: Run) -> list[str]:
    """Where the infs and nans of a sheet start, each said once, in the order of its rounds and lines."""
    names = [name for equation in run.sheet.equations for name in equation.names]
    used = set(chain.from_iterable(((run.sheet.loss,), *([update.loss] for update in run.sheet.updates))))
    ends = [name for name in names if name in used] or names[-1:]
    found = (
        undefined(run, Item(number, name))
        for number, here in enumerate(run.rounds)
        for name in ends
        if first(steps(here[name], "named"))
    )
    return list(dict.fromkeys(found))
