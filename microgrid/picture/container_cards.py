"""Values in lists and arrays as cards: one card for everything that a container holds, in a grid.

    W[0][1]   is in `W`, a matrix        attn[2][3][1]   is in `attn[2]`, a matrix        z[1]   is in `z`, a vector

This is a summary, as by layers: a wire says between which numbers the derivatives lie, and how much goes back in all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from microgrid.engine import Graph
from microgrid.formula.regexes import regex

from .card import Card, Grid, Range, Subject, card
from .layers import bundles

__all__ = ["Container", "container_cards", "containers"]

PLACE = regex(r"(?P<name>.+?)(?P<indices>(?:\[\d+\]){1,2})")  # the last two indices are those of a matrix


class Container(NamedTuple):
    """What one card shows: a vector, a matrix, or one value.

    members  the places of its elements in the view, row by row
    shape    of it; () for one value
    cells    for each place in it the place of that in `members`; None where nothing is, as above a diagonal
    """

    name: str
    members: tuple[int, ...]
    shape: tuple[int, ...] = ()
    cells: tuple[int | None, ...] = ()

    def grid(self, numbers: tuple[float, ...]) -> float | Grid:
        """Numbers of its elements, where they stand in it."""
        if not self.shape:
            return numbers[0]
        return Grid(self.shape, tuple(None if at is None else numbers[at] for at in self.cells))


def containers(view: Graph) -> list[Container]:
    """The containers of a view, by the names of what they hold; the root's last."""
    found: dict[str, dict[tuple[int, ...], int]] = {}
    for i, label in enumerate(view.labels):
        place = PLACE.fullmatch(label or "")
        name = f"{place['name']} {place['indices'].count('[')}" if place else f"{i} 0"
        indices = tuple(map(int, re.findall(r"\d+", place["indices"]))) if place else ()
        found.setdefault(name, {})[indices] = i
    groups = [container(name.rpartition(" ")[0], each, view) for name, each in found.items()]
    return sorted(groups, key=lambda group: max(group.members))


def container(name: str, held: dict[tuple[int, ...], int], view: Graph) -> Container:
    """The container of some values, by their indices."""
    if len(held) == 1:
        (i,) = held.values()
        return Container(view.labels[i], (i,))
    shape = tuple(1 + max(each) for each in zip(*held))
    width = shape[1] if len(shape) > 1 else 1
    members = tuple(held[each] for each in sorted(held))
    where = {each: at for at, each in enumerate(sorted(held))}
    every = (divmod(k, width) if len(shape) > 1 else (k,) for k in range(shape[0] * width))
    return Container(name, members, shape, tuple(where.get(each) for each in every))


def container_cards(subject: Subject, digits: int = 4) -> list[Card]:
    """One card for each container of a view by names."""
    view, groups = subject.view, containers(subject.view)
    place = {i: at for at, group in enumerate(groups) for i in group.members}
    made: list[Card] = []
    for at, group in enumerate(groups):
        first = card(subject, group.members[0], digits)
        wires = tuple(bundles(subject, group.members, at, place))
        if not group.shape:
            made.append(replace(first, inputs=tuple((tail, number_of(each)) for tail, each in wires)))
            continue
        data = group.grid(tuple(view.data[i] for i in group.members))
        grad = group.grid(tuple(view.grad[i] for i in group.members)) if subject.known else None
        made.append(replace(first, name=group.name, title=group.name, formula="", data=data, grad=grad, inputs=wires))
    return made


def number_of(wire: Range) -> float | Range:
    """The one derivative of a wire, if it is the only one."""
    return wire.low if wire.low == wire.high else wire
