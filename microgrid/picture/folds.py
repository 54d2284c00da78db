"""Any graph in a few cards: its leaves by the families of their names, all else by stretches of its operations.

A stretch is some values in a row, in the order in which they were computed: so what goes on leads to what comes after.
This is a summary, as by layers: the numbers are ranges, with counts of what they are of.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from microgrid.errors import counted
from microgrid.formula.lettering import LABEL, plain, shown

from .card import TITLE, Card, Subject, card
from .layers import bundles, spread

__all__ = ["fold_cards"]

FEWEST, MOST = 3, 8  # stretches
FAMILIES = 3  # of leaves of one role: with more they are one
KINDS = 3  # of operations in a title


def fold_cards(subject: Subject, digits: int = 4) -> list[Card]:
    """A card for each family of leaves, for each stretch of operations, and for the root."""
    groups = [*families(subject), *stretches(subject)]
    place = {i: at for at, members in enumerate(groups) for i in members}
    return [folded(subject, members, at, place, digits) for at, members in enumerate(groups)]


def families(subject: Subject) -> Iterator[list[int]]:
    """The leaves whose names differ only in their numbers; constants are parts of what uses them."""
    view = subject.view
    found: dict[str, dict[str, list[int]]] = {}
    for i, node in enumerate(view.nodes[:-1]):
        if not node.parents and node.role != "constant":  # a number in a formula is part of it
            stem = re.sub(r"[\d\[\],_ ]+", "", view.labels[i] or "")
            found.setdefault(str(node.role), {}).setdefault(stem, []).append(i)
    for stems in found.values():
        yield from stems.values() if len(stems) <= FAMILIES else [sorted(i for each in stems.values() for i in each)]


def stretches(subject: Subject) -> list[list[int]]:
    """The computed values cut into stretches of one length, the root by itself."""
    *computed, root = [i for i, node in enumerate(subject.view.nodes) if node.parents or i == len(subject.view) - 1]
    count = min(MOST, max(FEWEST, round(math.sqrt(len(computed)) / 4)))
    length = max(1, math.ceil(len(computed) / count))
    return [*(computed[i : i + length] for i in range(0, len(computed), length)), [root]]


def folded(subject: Subject, members: Sequence[int], at: int, place: dict[int, int], digits: int) -> Card:
    """The card of a group: that of its only member, or ranges over all of them."""
    view, first = subject.view, subject.view.nodes[members[0]]
    found = bundles(subject, members, at, {**dict.fromkeys(range(len(view)), at), **place})
    wires = tuple((tail, each.low if each.low == each.high else each) for tail, each in found)
    if len(members) == 1:
        single = card(subject, members[0], digits)
        return Card(single.name, single.title, single.role, single.data, single.grad, wires,
                    named=single.named, formula=single.formula, beside=single.beside, whole=single.whole)  # fmt: skip
    title = operations(subject, members) if first.parents else span(subject, members)
    return Card(
        name=title,
        title=title,
        role="operation" if first.parents else str(first.role),
        data=spread([view.data[i] for i in members]),
        grad=spread([view.grad[i] for i in members]) if subject.known else None,
        inputs=wires,
        named=not first.parents,
        notes=tuple(notes(subject, members)),
    )


def operations(subject: Subject, members: Sequence[int]) -> str:
    """`× (24), + (24), tanh (8)`: the operations of a stretch, the most frequent first."""
    nodes = [subject.view.nodes[i] for i in members]
    kinds = Counter(plain(node.op.symbol or node.op.name, LABEL) for node in nodes)
    words = [f"{kind} ({count:,})" for kind, count in kinds.most_common(KINDS)]
    return ", ".join(words + ["…"] * (len(kinds) > KINDS))


def span(subject: Subject, members: Sequence[int]) -> str:
    """`w₁₁ … w₃₂`; for leaves without names what they are."""
    names = [shown(subject.view.labels[i]) for i in members if subject.view.labels[i]]
    role = str(subject.view.nodes[members[0]].role)
    if not names:
        return counted(len(members), role)
    text = f"{names[0]} … {names[-1]}"
    return text if len(text) <= TITLE else names[0]


def notes(subject: Subject, members: Sequence[int]) -> Iterator[str]:
    """How many values a card is of, and the names among them."""
    first = subject.view.nodes[members[0]]
    names = [shown(subject.view.labels[i]) for i in members if subject.view.labels[i]]
    if first.parents and names:
        yield " … ".join(dict.fromkeys((names[0], names[-1])))
    yield f"{len(members):,} values" if first.parents else counted(len(members), str(first.role))
