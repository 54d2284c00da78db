"""Leaves as rows: a leaf that is used once is a line of the card that uses it, and needs no card and no wire.

A leaf with many uses has a row in each card that uses it as well, and one card of its own, without wires, which says
how many there are: wires from one place to everywhere hide all others, and take a Graphviz very long to lay out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from .card import Card, Grid, Range, wires

__all__ = ["MOST_WIRES", "LeafRows", "leaf_rows"]

LONGEST = 1500  # characters of a whole name in a cell: escaped, Graphviz reads 16,384 bytes
MOST_WIRES = 8  # of a leaf with a card of its own: with more uses it is a row everywhere
LEAVES = ("input", "parameter", "constant")


class LeafRows(NamedTuple):
    """The uses that are rows, each a card and a slot of it, with the leaf there; and the leaves without a card."""

    uses: dict[tuple[int, int], int]
    hidden: frozenset[int]


def leaf_rows(boxes: Sequence[Card], most: int = MOST_WIRES) -> LeafRows:
    """Which leaves of a picture are rows of other cards.

    most  wires that a leaf with a card of its own may have; with more it has rows alone
    """
    found = wires(boxes)
    uses = Counter(wire.tail for wire in found)
    rows = {
        (wire.head, wire.slot): wire.tail
        for wire in found
        if is_number(boxes[wire.tail]) and (uses[wire.tail] == 1 or uses[wire.tail] > most)
    }
    once = frozenset(tail for tail in rows.values() if uses[tail] == 1 or boxes[tail].role == "constant")
    return LeafRows(rows, once)


def is_number(card: Card) -> bool:
    """Whether a card is a leaf that holds one number, with a name that Graphviz reads in a cell."""
    is_one = card.role in LEAVES and not card.inputs and not isinstance(card.data, (Grid, Range))
    return is_one and len(card.whole) <= LONGEST
