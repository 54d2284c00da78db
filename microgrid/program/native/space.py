"""The rows of one array: who has which, and which are free again."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Space"]


class Space:
    """Rows for values and for gradients.

    size     how many rows there are          values, grads  by node its row
    touched  the nodes whose gradient has got a contribution: the first one is written, not added
    """

    def __init__(self) -> None:
        self.size = 0
        self.values: dict[int, int] = {}
        self.grads: dict[int, int] = {}
        self.touched: set[int] = set()
        self.unused: list[int] = []
        self.rooms: dict[int, tuple[int, int]] = {}  # rows to work in, by number: the first one, and how many

    def allocate(self, count: int = 1) -> int:
        """The first of some rows, one behind the other."""
        return self.unused.pop() if count == 1 and self.unused else self.reserve(count)

    def reserve(self, count: int = 1) -> int:
        """Rows that nobody had before."""
        self.size += count
        return self.size - count

    def release(self, row: int) -> None:
        """Nobody needs that row any more."""
        self.unused.append(row)

    def room(self, number: int, count: int) -> int:
        """Rows that an instruction works in; the next one may use them too."""
        first, most = self.rooms.get(number, (0, 0))
        if count > most:
            first, most = self.rooms[number] = self.reserve(count), count
        return first

    def target(self, node: int) -> tuple[int, int]:
        """The row of a gradient, and 1 where this is the first contribution to it."""
        if node in self.touched:
            return self.grads[node], 0
        self.touched.add(node)
        if node not in self.grads:
            self.grads[node] = self.allocate()
        return self.grads[node], 1


def in_a_row(rows: Sequence[int]) -> bool:
    return all(row == rows[0] + k for k, row in enumerate(rows))
