"""The numbers of the work: what they are of, and in which round."""

from __future__ import annotations

from typing import NamedTuple

from microgrid.sheet import Quantity

__all__ = ["Item"]


class Item(NamedTuple):
    """One number of the work: a value, or the derivative of one by another, in a round.

    `local` is a derivative through one equation alone, all else held fixed.
    """

    round: int
    of: str
    by: str = ""
    local: bool = False

    def __str__(self) -> str:
        return Quantity(self.of, self.by).name
