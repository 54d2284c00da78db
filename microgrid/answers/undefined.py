"""Numbers that are not there: which operation made the first inf or nan on the way to them."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from microgrid.engine import Value
from microgrid.errors import counted
from microgrid.sheet import Quantity, Run
from microgrid.sheet.statements import names_of

from .follow_through import Item

if TYPE_CHECKING:
    from microgrid.tape.nonfinite import Culprit

__all__ = ["beginnings", "undefined"]

MOST = 50  # infs and nans that are looked into: the others follow from them


def undefined(run: Run, item: Item) -> str:
    """Where it starts that a number is inf or nan: the line, the operation, its numbers, and what to do.

    >>> from microgrid import Sheet
    >>> undefined(Sheet.parse("input x = 0\\nL = log(x - 2)").run(), Item(0, "L"))
    'line 2: log(x − 2) = log(−2) = nan, where x = 0; log needs a number above 0'
    """
    of, *_ = names_of(Quantity(item.of, item.by))
    is_computed = of in run.rounds[item.round].nodes or of in run.sheet.unnamed
    found = first(run.rounds[item.round].node(of)) if is_computed else None
    return said(found) if found else f"it follows from an inf or nan of the round before{began(run, item.round)}"


def began(run: Run, number: int) -> str:
    """Behind a word on the round before: in which round that began, and where; '' where that is further back.

    number  of the round that it is told in, from 0
    """
    for place in range(number - 1, max(number - 1 - MOST, -1), -1):
        here = run.rounds[place]
        if found := first(here.node(run.sheet.loss)) if run.sheet.loss else None:
            return f"; in round {place + 1}, {said(found)}"
        if all(map(isfinite, (*here.values.values(), *here.memory.values()))):  # the step itself made it
            break
    return ""


def first(root: Value) -> Culprit | None:
    """What made the first inf or nan on the way to a value and back; None where nothing did."""
    from microgrid.tape import steps
    from microgrid.tape.nonfinite import culprit, offences

    tape = steps(root, "named")
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
    """Where the infs and nans of a sheet start: of each operation the first round, then how many more rounds."""
    rounds = list(enumerate(run.rounds))
    made = [(number, name) for number, here in rounds for name, node in here.nodes.items() if not isfinite(node.data)]
    if run.sheet.loss:
        made += [(number, run.sheet.loss) for number, here in rounds if not all(map(isfinite, here.gradients.values()))]
    told: dict[str, tuple[int, str]] = {}  # by the operation, as it is written before its numbers
    for number, name in made[:MOST]:
        if culprit := first(run.rounds[number][name]):
            told.setdefault(said(culprit).partition(" = ")[0], (number, said(culprit)))
    more = len({number for number, _ in made} - {number for number, _ in told.values()})
    notes = [f"round {number + 1}, {each}" if number else each for number, each in told.values()]
    return [*notes, f"inf or nan in {counted(more, 'round')} more"] if notes and more else notes
