"""How those after it read a published number: an author reads what stands there, or what he knows to be right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .follow_through import Item

__all__ = ["PUT_RIGHT", "Reading", "read_as"]

PUT_RIGHT = ("correct", "true", "least", "most")  # what a slip is read as by those who work past it


class Reading(NamedTuple):
    """How a published number may be read by those after it.

    printed  as printed                             kept  as a calculator keeps it, which rounds only what it shows
    correct  as its author would have noted it      true  without a mistake
    least    put right, the least and the most      most  that working by hand gives for it
    verdict  what was said of it                    unit  of its last digit
    loose    whether it is right only as one of the numbers that rounding may lead to
    """

    printed: float
    kept: float
    correct: float
    true: float
    least: float
    most: float
    verdict: str
    unit: float
    loose: bool

    @property
    def wrong(self) -> bool:
        """Whether it is wrong, by itself or by what it follows from."""
        return self.verdict in ("slip", "carried")

    @property
    def keeps_true(self) -> bool:
        """Whether a calculator keeps the true number."""
        return math.isclose(self.kept, self.true, rel_tol=1e-12)

    def is_shorter_than(self, unit: float) -> bool:
        """Whether a right number is printed to a larger unit than that, and has more digits."""
        return not self.doubted and self.unit > unit and not math.isclose(self.printed, self.true, rel_tol=1e-12)

    @property
    def doubted(self) -> bool:
        """Whether those after it may have been worked past it."""
        return self.wrong or self.verdict == "close"


def read_as(before: Mapping[Item, Reading], put_right: Sequence[str] = PUT_RIGHT) -> Iterator[dict[Item, str]]:
    """Wrong numbers as printed, all as a calculator keeps them, every slip put right, all as printed but one.

    At last what is right with all its digits, as a calculator keeps it, and what is wrong as printed.
    """
    doubted = [each for each, reading in before.items() if reading.doubted]
    if not doubted and all(reading.keeps_true for reading in before.values()):
        return
    as_printed = dict.fromkeys(doubted, "printed")
    slips = [each for each in doubted if before[each].verdict == "slip"]
    close = [each for each in doubted if before[each].verdict == "close"]
    tried: list[dict[Item, str]] = []
    for choice in (
        as_printed,
        dict.fromkeys(before, "kept"),
        *({**as_printed, **dict.fromkeys(slips, how)} for how in put_right),
        *({**as_printed, **dict.fromkeys((*slips, *close), how)} for how in put_right if close),
        *({**as_printed, each: "true"} for each in doubted),
        *({**as_printed, each: "correct"} for each in doubted),
        {**dict.fromkeys(before, "true"), **as_printed},
    ):
        if choice not in tried:
            tried.append(choice)
            yield choice
