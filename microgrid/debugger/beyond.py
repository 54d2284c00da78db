"""What a sheet computes from its loss, or beside the steps: no step is about it, but it has a number in every round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from microgrid.sheet import Run
from microgrid.tape import Cursor

__all__ = ["NOTHING", "Beyond", "beyond", "worked"]


class Beyond(NamedTuple):
    """The names of a sheet that its tape leaves out, and how to find their numbers in the round at hand."""

    names: frozenset[str]
    numbers: Callable[[], Mapping[str, float]]


NOTHING = Beyond(frozenset(), dict)


def beyond(run: Run | None, cursor: Cursor, is_tried: Callable[[], bool]) -> Beyond:
    """What the tape of a cursor leaves out of its sheet.

    is_tried  whether the numbers are others than the sheet's
    """
    if run is None:
        return NOTHING
    names = run.outside(cursor.tape.graph)

    def numbers() -> Mapping[str, float]:
        here, number = worked(run, cursor, is_tried())
        return {name: here.rounds[number][name].data for name in names}

    return Beyond(frozenset(names), numbers)


def worked(run: Run, cursor: Cursor, is_tried: bool) -> tuple[Run, int]:
    """The sheet with the numbers of this round, and its place in it: as published, unless something is tried."""
    here = cursor.round
    if not is_tried and here.number <= len(run.rounds):
        return run, here.number - 1
    numbers = dict(run.sheet.start)
    for name in numbers:
        node = run.rounds[0].nodes[name]
        numbers[name] = here.graph.data_of(node) if node in here.graph else here.memory.get(name, numbers[name])
    sheet = replace(run.sheet, checks=(), updates=())
    return Run(sheet, (sheet.at(numbers, memory=here.memory),)), 0
