"""Where each node of a graph is at home: in which variable's array it stands, and which one it leads to next."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .flow import Flow
from .holdings import Holding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Booleans = NDArray[np.bool_]

__all__ = ["NOWHERE", "Homes", "family_of"]

NOWHERE = -1


class Homes:
    """The arrays in which the nodes of a graph stand.

    all   the arrays, the largest first; a list of arrays after its elements, which say more
    of    of each node the number of its array; NOWHERE for a node in none
    spot  its place in that array, counted through
    near  of each node the next one on the way to the root that stands in an array
    """

    def __init__(self, flow: Flow, arrays: Iterable[Holding]) -> None:
        self.flow = flow
        single = [each for each in dict.fromkeys(arrays) if each.in_graph]
        lists = {each.name for each in single if any(one.name.startswith(f"{each.name}[") for one in single)}
        self.all = sorted(single, key=lambda each: (each.name in lists, -each.places.size, "[" not in each.name))
        self.of, self.spot = np.full(len(flow), NOWHERE), np.zeros(len(flow), np.intp)
        for k, array in enumerate(self.all):
            places = array.places.ravel()
            free = (places >= 0) & (self.of[places] == NOWHERE)
            self.of[places[free]], self.spot[places[free]] = k, np.flatnonzero(free)
        self.near = self.nearest()

    def nearest(self) -> NDArray[np.intp]:
        found = np.full(len(self.flow), NOWHERE)
        for level in self.flow.levels:
            child, parent = self.flow.child[level], self.flow.parent[level]
            free = found[parent] == NOWHERE
            found[parent[free]] = np.where(self.of[child] == NOWHERE, found[child], child)[free]
        return np.where(found == NOWHERE, self.flow.root, found)

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """Of each node its array, or else that of the next node that has one."""
        return np.where(self.of == NOWHERE, self.of[self.near], self.of)

    def array(self, node: int) -> Holding | None:
        """The array in which a node stands."""
        return self.all[self.of[node]] if self.of[node] != NOWHERE else None

    @cached_property
    def family(self) -> NDArray[np.intp]:
        """Of each array the first one that is called like it but for the last number: of h[3] that is h[1]."""
        first: dict[str, int] = {}
        return np.array([first.setdefault(family_of(each.name), k) for k, each in enumerate(self.all)], np.intp)

    def family_name(self, number: int) -> str:
        """What all arrays of a family are called: h, or h1 … h3."""
        if number == NOWHERE:
            return self.name(number)
        names = self.families[self.family[number]]
        stem, bracket, _ = names[0].rpartition("[")
        return names[0] if len(names) == 1 else stem if bracket else f"{names[0]} … {names[-1]}"

    @cached_property
    def families(self) -> dict[int, list[str]]:
        """The names in each family, by the number of its first array."""
        found: dict[int, list[str]] = {}
        for array, first in zip(self.all, self.family.tolist()):
            found[first] = sorted([*found.get(first, []), array.name])
        return found

    def is_other(self, nodes: NDArray[np.intp], array: Holding) -> bool:
        """Whether nodes are the elements of other arrays, each of them once."""
        there = len(np.unique(nodes)) == nodes.size and self.of[nodes].min() != NOWHERE
        return bool(there) and not np.isin(nodes, array.places).any()

    def name(self, number: int) -> str:
        """What an array is called; what leads to the root directly is called after it."""
        return self.all[number].name if number != NOWHERE else self.flow.graph.name(self.flow.graph.root)

    def between(self, places: NDArray[np.intp], stops: Booleans) -> tuple[Booleans, Booleans]:
        """The nodes on the way from some to the root, up to where it stops; and those where it does."""
        seen, ends = np.zeros(len(self.flow), bool), np.zeros(len(self.flow), bool)
        seen[places] = True
        for level in reversed(self.flow.levels):
            child, parent = self.flow.child[level], self.flow.parent[level]
            reached = child[seen[parent]]
            ends[reached[stops[reached]]] = True
            seen[reached[~stops[reached]]] = True
        return seen, ends


def family_of(name: str) -> str:
    """A name without its last number.

    >>> family_of("h[2]"), family_of("h2"), family_of("loss")
    ('h[#]', 'h#', 'loss')
    """
    return re.sub(r"\d+(?!.*\d)", "#", name)
