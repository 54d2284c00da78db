"""Where the debugger stops: breakpoints, watched numbers, and what it catches.

Each stop knows the positions on a tape where it may hold, and says at one of them whether it does,
and why. A stop is after the step that it is about, in both directions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from microgrid.engine.views import left_out
from microgrid.errors import GraphError
from microgrid.formula import number_text, printable
from microgrid.formula.lettering import repeated
from microgrid.formula.regexes import regex
from microgrid.formula.writing import minus
from microgrid.sheet.arrays.grids import inline
from microgrid.sheet.arrays.shapes import Shape
from microgrid.tape import Assigned, Backward, Complete, Forward, Seed, Tape, Update
from microgrid.tape.nonfinite import offences, suspects
from microgrid.tape.timetable import BACKWARD, COMPLETE, FORWARD, SEED, UPDATE, Positions

from .array_lookup import SheetLookup
from .lookup import Comparison, is_number, nearest

__all__ = ["CATCHES", "ArrayWatch", "Break", "Catch", "Hit", "Stop", "Stops", "Watch", "breakpoint_of", "described"]

PHASES = {"forward": FORWARD, "backward": SEED, "update": UPDATE}
SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow", "**": "pow"}
CATCHES = ("nan", "inf", "zero", "explode")
BOUND = 1e3
CONDITION = regex(r"\s+if(?:\s+|$)")


class Stop(Protocol):
    """A reason to stop. `text` is how it was asked for."""

    @property
    def text(self) -> str: ...

    def candidates(self, lookup: SheetLookup) -> Positions:
        """The positions where it may hold."""

    def reason(self, lookup: SheetLookup, position: int) -> str | None:
        """Why it holds at a position; None where it does not."""


# ── breakpoints ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Break:
    """`b z1 if z1 > 0.5`: `where` has the positions of the steps; once for a temporary one."""

    text: str
    where: Callable[[SheetLookup], Positions] = field(repr=False)
    condition: Comparison | None = None
    once: bool = False

    def candidates(self, lookup: SheetLookup) -> Positions:
        return self.where(lookup)

    def reason(self, lookup: SheetLookup, position: int) -> str | None:
        if self.condition is not None:
            lookup.cursor.go(position)
            return "" if lookup.holds(self.condition) else None
        return ""


def breakpoint_of(text: str, lookup: SheetLookup, once: bool = False) -> Break:
    """What `b` is asked for: `NAME`, `op:tanh` or `phase:backward`, and a condition. Raises where it is none."""
    what, *conditions = CONDITION.split(text.strip(), maxsplit=1)
    condition = lookup.comparison(conditions[0]) if conditions else None
    kind, colon, word = (part.strip() for part in what.partition(":"))
    whole = f"{what} if {conditions[0]}" if conditions else what
    if colon and kind == "op":
        return Break(whole, by_operation(word, lookup), condition, once)
    if colon and kind == "phase":
        return Break(whole, by_phase(word), condition, once)
    _, places = lookup.arrays.steps_of(what)
    return Break(whole, lambda lookup: lookup.arrays.about(places), condition, once)


def by_operation(word: str, lookup: SheetLookup) -> Callable[[SheetLookup], Positions]:
    """The steps that compute by an operation, or take a gradient through it; inside a line too."""
    graph, view = lookup.tape.graph, lookup.tape.view
    name = SIGNS.get(word, word)
    present = dict.fromkeys(node.op.name for node in graph.nodes if node.parents)
    if name not in present:
        listed = ", ".join(sorted(map(printable, present))) or "no operation"
        raise GraphError(
            f"nothing here is computed by {printable(word)!r}{nearest(word, present, f'; there are {listed}')}"
        )
    places = [i for i, node in enumerate(view.nodes) if node.parents and name in operations(lookup.tape, node)]
    return lambda lookup: lookup.arrays.whole(lookup.timetable.through(places))


def operations(tape: Tape, node: Any) -> set[str]:
    """The operations that compute a value from those that steps are about."""
    graph = tape.graph
    inside = left_out(graph, graph.index[node], tape.view)
    return {node.op.name, *(graph.nodes[k].op.name for k in inside)}


def by_phase(word: str) -> Callable[[SheetLookup], Positions]:
    """The first step of a phase, in every round."""
    if word not in PHASES:
        near = nearest(word, PHASES, f"; there are {', '.join(PHASES)}")
        raise GraphError(f"no phase is called {repeated(word)!r}{near}")
    return lambda lookup: lookup.arrays.whole(lookup.timetable.begins(PHASES[word]))


# ── watched numbers ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ArrayWatch:
    """`watch W1.grad` of a vector or a matrix: wherever some element of it changes."""

    text: str
    places: tuple[int, ...]
    shape: Shape
    grad: bool
    digits: int | None = None

    def candidates(self, lookup: SheetLookup) -> Positions:
        return lookup.arrays.about(self.places, *((SEED, BACKWARD) if self.grad else (FORWARD, UPDATE)))

    def reason(self, lookup: SheetLookup, position: int) -> str | None:
        tape = lookup.tape
        start, _ = tape.events.span(tape.events.taken(position - 1))
        number = tape[position - 1].round
        if isinstance(tape[position - 1], Forward) and number > 1:
            before = self.written(tape.rounds[number - 2].view.data[i] for i in self.places)
        else:
            before = self.numbers(lookup, start)
        now = self.numbers(lookup, position)
        return None if before == now else f"{before} → {now}"

    def numbers(self, lookup: SheetLookup, position: int) -> str:
        """All numbers of it at a position."""
        cursor = lookup.cursor.go(position)
        shares = cursor.shares if self.grad else [1] * len(cursor.data)
        return self.written((cursor.grad if self.grad else cursor.data)[i] if shares[i] else None for i in self.places)

    def written(self, found: Iterable[float | None]) -> str:
        """Numbers as they are shown, dashes for those that are not there yet."""
        numbers = list(found)
        if not any(each is not None for each in numbers):
            return "–"
        return inline(self.shape, ["–" if each is None else shown(each, self.digits) for each in numbers])


@dataclass(frozen=True)
class Watch:
    """`watch z1.grad`: wherever it changes."""

    text: str
    place: int
    grad: bool
    digits: int | None = None

    def candidates(self, lookup: SheetLookup) -> Positions:
        return lookup.timetable.about(self.place, *((SEED, BACKWARD) if self.grad else (FORWARD, UPDATE)))

    def reason(self, lookup: SheetLookup, position: int) -> str | None:
        step = lookup.tape[position - 1]
        if isinstance(step, Forward):
            before = lookup.tape.rounds[step.round - 2].view.data[self.place] if step.round > 1 else None
            now = step.value
        elif isinstance(step, (Seed, Backward, Update, Assigned)):
            before, now = None if self.grad and self._is_first(lookup, position) else step.before, step.after
        else:
            return None
        same = before is not None and (before == now or (math.isnan(before) and math.isnan(now)))
        return None if same else f"{'–' if before is None else shown(before, self.digits)} → {shown(now, self.digits)}"

    def _is_first(self, lookup: SheetLookup, position: int) -> bool:
        """Whether no share came before, in its round."""
        found, start = self.candidates(lookup), lookup.tape.starts[lookup.tape.round_at(position - 1)]
        return bool(found[np.searchsorted(found, start, side="right")] == position)


def described(stop: Stop) -> str:
    """The command that makes a breakpoint, or watches a number."""
    word = "watch" if isinstance(stop, (Watch, ArrayWatch)) else "tb" if isinstance(stop, Break) and stop.once else "b"
    return f"{word} {printable(stop.text)}"


# ── what is caught ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Catch:
    """`catch nan`, `inf`, `zero` or `explode>1e3`: the step that makes one, not those that hand it on.

    nan, inf  a value, share or gradient that is not finite, though what it came of accounts for none
    zero      a gradient that is complete and 0
    explode   a value or gradient whose size crosses the bound
    """

    text: str
    bound: float = BOUND
    digits: int | None = None

    def candidates(self, lookup: SheetLookup) -> Positions:
        tape, table = lookup.tape, lookup.timetable
        if self.text == "zero":
            return table.of_kind(COMPLETE)
        if self.text == "explode":
            return table.of_kind(FORWARD, BACKWARD)
        found = table.of_kind(FORWARD, BACKWARD, UPDATE)
        spans = [(tape.starts[i], tape.starts[i + 1]) for i in suspects(tape)]
        within = [found[(found > start) & (found <= end)] for start, end in spans]
        return np.concatenate([found[:0], *within])

    def reason(self, lookup: SheetLookup, position: int) -> str | None:
        step = lookup.tape[position - 1]
        if self.text == "zero":
            return zero(lookup, step, self.digits) if isinstance(step, Complete) and step.gradient == 0 else None
        if self.text == "explode":
            return explosion(lookup, step, self.bound, self.digits)
        return "" if any(kind == self.text for kind, _ in offences(lookup.tape, step)) else None


def zero(lookup: SheetLookup, step: Complete, digits: int | None) -> str | None:
    """Why a gradient is 0, where that shows; None for a number that stood in a formula."""
    if is_number(step.node):
        return None
    view, here = lookup.tape.view, lookup.tape.rounds[step.round - 1]
    for use in here.view.consumers(step.node):
        child = view.index[use.child]
        if use.partial == 0 and here.grad[child] != 0:
            number = shown(here.view.data[view.index[step.node]], digits)
            return f"∂{lookup.tape.names[child]}/∂{step.name} = 0 at {step.name} = {number}"
    return "the gradient above it is 0"


def explosion(lookup: SheetLookup, step: Any, bound: float, digits: int | None) -> str | None:
    """A size that crosses the bound at a step."""
    if isinstance(step, Forward):
        number, sources = step.value, [value for _, value in step.inputs]
    elif isinstance(step, Backward):
        number, sources = step.after, [step.before, step.upstream]
    else:
        return None
    crosses = bound < abs(number) < math.inf and not any(abs(each) > bound for each in sources)
    return f"|{shown(number, digits)}| > {shown(bound, digits)}" if crosses else None


def shown(number: float, digits: int | None) -> str:
    return minus(number_text(number, digits))


# ── all of them ────────────────────────────────────────────────────────────────────────────


class Hit(NamedTuple):
    """A place to stop, and what stops there: for each its number, or 0, with the reason."""

    position: int
    stops: list[tuple[int, Stop, str]]


class Stops:
    """Everything that the debugger stops at.

    numbered  breakpoints and watched numbers, by the number that clears them
    catches   what is caught
    """

    def __init__(self, digits: int | None = None) -> None:
        self.numbered: dict[int, Stop] = {}
        self.catches = {kind: Catch(kind, digits=digits) for kind in ("nan", "inf")}
        self._last = 0
        self._known: tuple[SheetLookup | None, dict[Stop, Positions]] = None, {}

    def add(self, stop: Stop) -> int:
        """The number of a stop, which is new or was there."""
        for number, each in self.numbered.items():
            if described(each) == described(stop):
                self.numbered[number] = stop
                return number
        self._last += 1
        self.numbered[self._last] = stop
        return self._last

    def between(
        self, lookup: SheetLookup, start: int, end: int, interrupted: Callable[[], bool] = lambda: False
    ) -> Hit | None:
        """The first place after `start` where one holds, up to `end`; backward where `end` is less."""
        every: list[tuple[int, Stop]] = [*self.numbered.items(), *((0, each) for each in self.catches.values())]
        arrays = [self._positions(lookup, stop) for _, stop in every]
        at = start
        while not interrupted():
            following = [after(array, at, end) for array in arrays]
            if not any(following):
                return None
            at = min(filter(None, following), key=lambda each: abs(each - start))
            met = [pair for pair, position in zip(every, following) if position == at]
            reasons = [(number, stop, stop.reason(lookup, at)) for number, stop in met]
            if found := [(number, stop, reason) for number, stop, reason in reasons if reason is not None]:
                return Hit(at, found)
        return Hit(at, [])

    def _positions(self, lookup: SheetLookup, stop: Stop) -> Positions:
        """The candidates of a stop, kept as long as the tape is the same."""
        if self._known[0] is not lookup:
            self._known = lookup, {}
        known = self._known[1]
        if stop not in known:
            known[stop] = stop.candidates(lookup)
        return known[stop]


def after(positions: Positions, at: int, end: int) -> int:
    """The next of the positions on the way from one to another; 0 for none."""
    if end >= at:
        i = int(np.searchsorted(positions, at, side="right"))
        return int(positions[i]) if i < len(positions) and positions[i] <= end else 0
    i = int(np.searchsorted(positions, at, side="left")) - 1
    return int(positions[i]) if i >= 0 and positions[i] >= end else 0
