"""What a sheet computes from its loss, or beside the steps: no step is about it, but it has a number in every round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from microgrid.sheet import Run

__all__ = ["NOTHING", "Beyond", "beyond", "worked"]


class Beyond(NamedTuple):
    """The names of a sheet that its tape leaves out, and how to find their numbers in the round at hand."""

    names: frozenset[str]
    numbers: Callable[[], Mapping[str, float]]


NOTHING = Beyond(frozenset(), dict)


def beyond(session: Any) -> Beyond:
    """What the tape of a Session leaves out of its sheet."""
    run = session.run
    if run is None:
        return NOTHING
    names = run.outside(session.tape.graph)

    def numbers() -> Mapping[str, float]:
        here, number = worked(session, run)
        return {name: here.rounds[number][name].data for name in names}

    return Beyond(frozenset(names), numbers)


def worked(session: Any, run: Run) -> tuple[Run, int]:
    """The sheet with the numbers of this round, and its place in it: as published, unless something was tried."""
    here = session.cursor.round
    if not session.changes and here.number <= len(run.rounds):
        return run, here.number - 1
    numbers = dict(run.sheet.start)
    for name in numbers:
        node = run.rounds[0].nodes[name]
        numbers[name] = here.graph.data_of(node) if node in here.graph else here.memory.get(name, numbers[name])
    sheet = replace(run.sheet, checks=(), updates=())
    return Run(sheet, (sheet.at(numbers, memory=here.memory),)), 0
