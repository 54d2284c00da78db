"""Lost links: where a Value became a plain number on the way to the result.

    math.exp(v.data)   v.item()   int(v)   round(v, 2)   Value(v.data)   np.array([v.data, …])

A leaf of the graph that is no input, and moves all the same when an input does, has lost its link to it. Which line
lost it, an experiment tells: the readings of numbers that follow from the input answer, one after the other, a
little more than they should; the first that moves the leaf is the one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from microgrid.engine import Graph, Value, topological_order
from microgrid.engine.origins import here, instruction, located

from .trial import Trial, described

__all__ = ["lost_link", "reading"]

READERS = ("data", "__int__", "__floor__", "__ceil__", "__round__", "item")
NUDGE = 2.0**-20
MOST = 40  # lines that are tried
REMEDY = "write v.exp() for math.exp(v.data), and v for v.data or v.item()"

Mark = Any  # a place in running code, as `here` has it and `located` reads it
Answer = Callable[[Mark, float], float]


def lost_link(trial: Trial, leaf: Value, step: float) -> str:
    """Where the link from a leaf to the result was lost, and what keeps it; "" where none was.

    >>> w = Value(2.0, label="w")
    >>> trial = Trial(lambda w: w * w.data, [w], ())
    >>> "is a plain number: write v.exp()" in lost_link(trial, w, 1e-6)
    True

    step  how far the leaf is moved
    """
    moved = leaf.data + step
    before, after = topological_order(trial.root), nodes_of(lambda: trial.at(leaf, moved))
    inputs = {value for _, value in trial.leaves}
    pairs = enumerate(zip(before, after)) if len(before) == len(after) else ()
    strays = [i for i, (a, b) in pairs if not a.parents and a not in inputs and a.data != b.data and a.data == a.data]
    if not strays:
        return ""
    for mark in followers(trial, leaf, moved):
        order = nudged(trial, mark)
        if len(order) == len(before) and order[strays[0]].data != before[strays[0]].data:
            place = located(mark)
            return f"{place}, where {place.expression or place.text.strip()} is a plain number: {REMEDY}"
    graph = Graph(trial.root, dict(trial.leaves))
    users = [described(graph, node) for node in before if before[strays[0]] in node.parents]
    return f"{users[0] if users else 'the result'}, where a plain number follows from it: {REMEDY}"


def followers(trial: Trial, leaf: Value, moved: float) -> list[Mark]:
    """The lines that read a number which moves with the leaf, in the order of their first reading."""
    base, other = readings(trial, leaf, leaf.data), readings(trial, leaf, moved)
    found = (mark for (mark, number), (_, follows) in zip(base, other) if number != follows)
    return list(dict.fromkeys(found))[:MOST]


def readings(trial: Trial, leaf: Value, number: float) -> list[tuple[Mark, float]]:
    """Every number that the function reads off a Value, and the line that does."""
    found: list[tuple[Mark, float]] = []

    def note(mark: Mark, number: float) -> float:
        found.append((mark, number))
        return number

    with trial.with_number(leaf, number), reading(note):
        trial.run()
    return found


def nudged(trial: Trial, where: Mark) -> Sequence[Value]:
    """The nodes of a run in which one line reads a little more than there is."""
    with reading(lambda mark, number: number + NUDGE * (abs(number) or 1) if mark == where else number):
        return nodes_of(trial.run)


def nodes_of(run: Callable[[], Value]) -> Sequence[Value]:
    """The nodes that a run records; none where the function has no value."""
    try:
        return topological_order(run())
    except (ArithmeticError, ValueError):
        return ()


@contextmanager
def reading(answer: Answer) -> Iterator[None]:
    """Ask `answer` what each reading of a Value's number comes to, told the line and the number."""
    owners = {name: next(each for each in Value.__mro__ if name in vars(each)) for name in READERS}
    kept = {name: vars(owner)[name] for name, owner in owners.items()}
    try:
        for name, reader in kept.items():
            setattr(owners[name], name, listening(reader, answer))
        yield
    finally:
        for name, reader in kept.items():
            setattr(owners[name], name, reader)


def listening(reader: Any, answer: Answer) -> Any:
    """An attribute or a method of Value that asks before it answers."""
    if isinstance(reader, property):
        return property(lambda self: answer(instruction(here()), reader.__get__(self)), reader.fset)

    def method(self: Value, *settings: Any) -> Any:
        number = reader(self, *settings)
        return type(number)(answer(instruction(here()), number))

    return method
