"""What each quantity of a sheet depends on, all the way down: a bit for each name, so that a long sheet has room.

No equation leads back to itself: each uses what stands above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from operator import or_
from typing import Any

__all__ = ["Reach", "Sources"]


class Sources(Set[str]):
    """A set of names: those at the places of the bits."""

    __slots__ = ("bits", "names", "place")

    def __init__(self, bits: int, place: dict[str, int], names: Sequence[str]) -> None:
        self.bits, self.place, self.names = bits, place, names

    @classmethod
    def _from_iterable(cls, names: Iterable[Any]) -> frozenset[Any]:
        return frozenset(names)

    def __contains__(self, name: object) -> bool:
        at = self.place.get(name)  # type: ignore[call-overload]
        return at is not None and bool(self.bits >> at & 1)

    def __iter__(self) -> Iterator[str]:
        return (self.names[at] for at, bit in enumerate(reversed(f"{self.bits:b}")) if bit == "1")

    def __len__(self) -> int:
        return f"{self.bits:b}".count("1")

    __hash__ = Set._hash


class Reach:
    """What names depend on, by what stands in the equation of each.

    >>> reach = Reach({"L": ["a", "t"], "a": ["x"]}.get)
    >>> sorted(reach.sources("L")), "t" in reach.sources("a"), sorted(reach.sources("L") - {"L"})
    (['L', 'a', 't', 'x'], False, ['a', 't', 'x'])

    inputs  name → the names in its equation, if it has one; each name is asked for once
    """

    def __init__(self, inputs: Callable[[str], Iterable[str] | None]) -> None:
        self.inputs = inputs
        self.place: dict[str, int] = {}
        self.names: list[str] = []
        self.bits: dict[str, int] = {}
        self.masks: dict[str, int] = {}

    def mask(self, name: str, uses: Mapping[str, Sequence[str]]) -> int:
        """The bits of the names that use a name.

        uses  for each name, those in whose equations it stands
        """
        if not self.masks:
            for each in uses:
                self.sources(each)  # so that each has its place
        if name not in self.masks:
            self.masks[name] = reduce(or_, (1 << self.place[each] for each in uses.get(name, ())), 0)
        return self.masks[name]

    def sources(self, of: str) -> Sources:
        """Everything that a name depends on, itself included."""
        if of not in self.bits:
            self.search(of)
        return Sources(self.bits[of], self.place, self.names)

    def search(self, of: str) -> None:
        """Find the sources of a name and of all behind it, each after what it depends on."""
        behind: dict[str, list[str]] = {}
        pending = [of]
        while pending:
            name = pending[-1]
            if name not in behind:
                behind[name] = list(self.inputs(name) or ())
                self.place[name] = self.place.get(name, len(self.names))
                if self.place[name] == len(self.names):
                    self.names.append(name)
                pending += [each for each in behind[name] if each not in self.bits and each not in behind]
                continue
            pending.pop()
            if name not in self.bits:
                self.bits[name] = 1 << self.place[name]
                for each in behind[name]:
                    self.bits[name] |= self.bits.get(each, 0)
