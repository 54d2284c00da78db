"""What the maker of a picture may choose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from microgrid.errors import GraphError, did_you_mean

from .legend import LEGENDS
from .levels import EVERY_LEVEL
from .look import Look
from .theme import THEMES

__all__ = ["DIRECTIONS", "Options"]

DIRECTIONS = ("TB", "LR")


@dataclass(frozen=True)
class Options:
    """What `draw` was told; None where it chooses.

    remarks  lines of the legend about the choice that was made
    close    whether cards stand close, with fewer digits and words, so that they fit
    brief    whether the formulas are left to the tooltips as well
    """

    direction: str | None
    digits: int | None
    id: str
    level: str | None
    round: int
    sample: int
    theme: str
    legend: str | None
    numbers: bool
    fit: tuple[float, float] | None
    remarks: tuple[str, ...] = ()
    close: bool = False
    brief: bool = False

    def check(self) -> None:
        """Raise GraphError for what there is not."""
        if self.direction not in (None, *DIRECTIONS):
            hint = did_you_mean(str(self.direction).upper(), DIRECTIONS)
            said = hint or "; there are TB (top down) and LR (left to right)"
            raise GraphError(f"direction {self.direction!r}{said}")
        if self.digits is not None and (not isinstance(self.digits, int) or not 1 <= self.digits <= 17):
            raise GraphError(f"{self.digits!r} digits; a number is shown with 1 to 17")
        if not re.fullmatch(r"([A-Za-z_][\w.-]*)?", self.id, re.ASCII):
            rule = "a letter comes first, then letters, digits, '-', '_' and '.'"
            raise GraphError(f"{self.id!r} cannot begin an id; {rule}")
        for word, value, known in (("level", self.level, EVERY_LEVEL), ("theme", self.theme, THEMES)):
            self.one_of(word, value, known)
        self.one_of("legend", self.legend, LEGENDS)
        self.check_fit()

    @staticmethod
    def one_of(word: str, value: Any, known: Any) -> None:
        if value is not None and value not in known:
            hint = did_you_mean(str(value), known) or f"; there are {', '.join(known)}"
            raise GraphError(f"{word} {value!r}{hint}")

    def check_fit(self) -> None:
        sides = self.fit if isinstance(self.fit, (tuple, list)) else ()
        right = len(sides) == 2 and all(isinstance(each, (int, float)) and 1 <= each <= 200 for each in sides)
        if self.fit is not None and not right:
            raise GraphError(f"fit {self.fit!r} is no size; it is (width, height) in inches from 1 to 200: (13.3, 7.5)")

    def closeness(self, look: Look) -> dict[str, Any]:
        """What a look changes where cards stand close."""
        if not self.close:
            return {}
        digits = look.digits if self.digits else min(look.digits, 3)
        return {
            "words": False,
            "nodesep": 0.1,
            "ranksep": min(look.ranksep, 0.24),
            "digits": digits,
            "brief": self.brief,
        }
