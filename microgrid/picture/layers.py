"""A network layer by layer: one card for all the values that leave a layer.

This is a summary, for networks whose neurons nobody could read one by one. A card shows the range
of its values, of their gradients and of the local derivatives by the layer before, with the root
mean square of its parameters' gradients. The numbers in the ranges are exact; but what one wire
carries cannot be read off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from microgrid.engine.views import layer_of
from microgrid.formula.lettering import number, plain, shown

from .card import TITLE, Card, Range, Subject, card

__all__ = ["grouped", "keys", "layer_cards", "rms"]

Key = tuple[str, Any]


def layer_cards(subject: Subject, digits: int = 4) -> list[Card]:
    """One card for each layer of a view by neurons, and one for the inputs; the root is in the last."""
    groups = grouped(keys(subject))
    place = {i: number for number, members in enumerate(groups) for i in members}
    return [merged(subject, members, number, place, digits) for number, members in enumerate(groups)]


def keys(subject: Subject) -> list[Key]:
    """What each node belongs to: its layer; for inputs, those that the same layers take; or itself alone."""
    view = subject.view
    layers: list[Key] = [
        ("layer", layer_of(subject.heading(i))) if subject.heading(i) else ("", i) for i in range(len(view))
    ]
    for i, node in enumerate(view.nodes):
        if not node.parents:
            takers = {layers[view.index[edge.child]] for edge in view.consumers(node)}
            layers[i] = "inputs", frozenset(takers)
    return layers


def grouped(layers: Sequence[Key]) -> list[list[int]]:
    """The places of each group, the group of the last member last."""
    found: dict[Key, list[int]] = {}
    for i, key in enumerate(layers):
        found.setdefault(key, []).append(i)
    return sorted(found.values(), key=max)


def merged(subject: Subject, members: Sequence[int], at: int, place: dict[int, int], digits: int) -> Card:
    """The card of a group: that of its only member, or ranges over all of them."""
    view, first = subject.view, subject.view.nodes[members[0]]
    single = card(subject, members[0], digits)
    scope = plain(layer_of(subject.heading(members[0])), TITLE)
    count = members_of(subject, members)
    one = len(members) == 1
    return Card(
        name=scope or (single.name if one else count),
        title=scope or (single.title if one else count),
        role=single.role if one else "operation" if first.parents else "input",
        data=spread([view.data[i] for i in members]),
        grad=spread([view.grad[i] for i in members]) if subject.known else None,
        inputs=tuple(bundles(subject, members, at, place)),
        named=single.named or not one,
        formula=single.formula if one else f"{single.whole or shown(single.name)} and {len(members) - 1} more",
        whole=single.whole if one and not scope else "",
        notes=tuple(notes(subject, members, count if scope and not one else "", digits)),
    )


def members_of(subject: Subject, members: Sequence[int]) -> str:
    """`4 neurons`; over several samples, `4 neurons, 32 values`."""
    headings = {subject.heading(i) for i in members}
    if not subject.view.nodes[members[0]].parents:
        return f"{len(members)} inputs"
    values = f"{len(members)} values"
    neurons = f"{len(headings)} neuron{'s' * (len(headings) > 1)}"
    one_each = len(headings) == len(members)
    return neurons if one_each else f"{neurons}, {values}" if " · " in min(headings) else values


def spread(numbers: Sequence[float]) -> float | Range:
    return numbers[0] if len(numbers) == 1 else Range.of(numbers)


def bundles(subject: Subject, members: Sequence[int], at: int, place: dict[int, int]) -> Iterator[tuple[int, Range]]:
    """For each group that this one takes something from, the range of its derivatives by it."""
    view = subject.view
    partials: dict[int, list[float]] = {}
    products: dict[int, list[float]] = {}
    for i in members:
        for parent, partial in zip(view.parents[i], view.partials[i]):
            tail = place[view.index[parent]]
            if tail != at:
                partials.setdefault(tail, []).append(partial)
                products.setdefault(tail, []).append(partial * view.grad[i])
    for tail, found in partials.items():
        yield tail, Range.of(found, rms(products[tail]) if subject.known else None)


def rms(numbers: Iterable[float]) -> float:
    """The root mean square, for any magnitude."""
    found = list(numbers)
    return math.hypot(*found) / math.sqrt(len(found))


def notes(subject: Subject, members: Sequence[int], count: str, digits: int) -> Iterator[str]:
    graph = subject.graph
    places = {k for i in members for k in subject.inside(i) if graph.nodes[k].role == "parameter"}
    parameters = f"{len(places)} parameter{'s' * (len(places) != 1)}" if places else ""
    if count or parameters:
        yield ", ".join(filter(None, (count, parameters)))
    if places and subject.known:
        yield f"RMS of their grad {number(rms(graph.grad[k] for k in sorted(places)), digits)}"
