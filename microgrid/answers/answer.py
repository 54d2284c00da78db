"""What the judge says of a published number or formula: its verdict, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from microgrid.formula.lettering import LABEL, plain
from microgrid.formula.regexes import regex
from microgrid.streams import carrying

__all__ = ["VERDICTS", "Answer", "Verdict", "sentence"]


class Verdict(NamedTuple):
    """What a verdict is: its mark in tables, and as what it counts: "right", "close", "carried", "wrong" or "open"."""

    mark: str
    counts: str


VERDICTS: Mapping[str, Verdict] = {
    "exact": Verdict("✓", "right"),
    "rounding": Verdict("✓", "right"),
    "close": Verdict("~", "close"),
    "carried": Verdict("↳", "carried"),
    "slip": Verdict("✗", "wrong"),
    "undefined": Verdict("✗", "wrong"),
    "open": Verdict("?", "open"),
    "proved": Verdict("✓", "right"),
    "holds here": Verdict("✓", "right"),
    "undecided": Verdict("~", "close"),
    "refuted": Verdict("✗", "wrong"),
}


@carrying
@dataclass(frozen=True)
class Answer:
    """A published number or formula with its verdict, and why: a sentence, with − for every minus.

    follows       the value that follows from the published numbers before it, where it was asked for
    carried_from  those of them that were wrong
    accepted      from where to where working by hand leads, where it was asked for
    precision     at which working precision
    is_formula    whether a formula was published, not a number
    shape         of what was published; () for a number
    cells         of a printed array the answers to its elements, row by row
    """

    line: int
    round: int
    quantity: str
    printed: str
    value: float
    verdict: str
    why: str
    follows: float | None = None
    carried_from: tuple[str, ...] = ()
    accepted: tuple[float, float] | None = None
    precision: str = ""
    is_formula: bool = False
    shape: tuple[int, ...] = ()
    cells: tuple[Answer, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "why", sentence(self.why))

    def __repr__(self) -> str:
        found = f"{plain(self.quantity, LABEL)} = {plain(self.printed, LABEL)}"
        return f"<Answer in line {self.line:,}: {found}, {self.verdict}>"

    @property
    def numbers(self) -> tuple[Answer, ...]:
        """The answers to the elements of a printed array; the answer itself where none is."""
        return self.cells or (self,)

    @property
    def wrong(self) -> bool:
        """Whether this is where something went wrong."""
        return VERDICTS[self.verdict].counts == "wrong"

    @property
    def is_open(self) -> bool:
        """Whether the number is asked for, and not told."""
        return VERDICTS[self.verdict].counts == "open"

    @property
    def right(self) -> bool:
        """Whether it is right."""
        return VERDICTS[self.verdict].counts == "right"


HYPHEN = regex(r"(?<![^\W\d_])-|-(?![^\W\d_])")  # but not between two letters


def sentence(text: str) -> str:
    """The text with the sign of subtraction for every minus.

    >>> sentence("should be -0.5, the cross-entropy at 1e-5 is 1 - w")
    'should be −0.5, the cross-entropy at 1e−5 is 1 − w'
    """
    return HYPHEN.sub("−", text)
