"""Mistakes that only follow from another one: what a broken line would have defined is asked for no more."""

from __future__ import annotations

from microgrid.formula.regexes import regex
from microgrid.formula.signs import plain_name
from microgrid.formula.tokens import NAME, SPELLED

from .names import CALLED, ROLE_OF

__all__ = ["Cascade"]

FUNCTION = regex(rf"\s*({NAME})\s*\(([^()=]*)\)\s*=(?!=)")
FIRST = regex(rf"\s*(?:{NAME}\s+)?({SPELLED})")
LEAF = regex(rf"\s*({SPELLED})")
MOVES = regex(r"\s*(?:update|next|round|restart|repeat)\b")
MOMENTS = ("m", "v", "velocity", "m̂", "v̂", "t", "m_hat", "v_hat", "mhat", "vhat")


class Cascade:
    """What the mistakes so far have left undefined.

    functions   that a line would have defined
    has_rounds  whether a line would have led to another round, or told how
    """

    def __init__(self) -> None:
        self.functions: set[str] = set()
        self.has_rounds = False

    def explains(self, text: str) -> bool:
        """Whether a line calls a function whose definition is a mistake already told."""
        called = set(CALLED.findall(text))
        own = {match[1]} if (match := FUNCTION.match(text)) else set()
        return not (called - own).isdisjoint(self.functions)

    def noted(self, text: str) -> list[str]:
        """The quantities that a line with a mistake in it might have defined, besides the left side of its equation.

        >>> Cascade().noted("param w 0.5, b := 0.1"), Cascade().noted("loss L = w²")
        (['w', 'b'], ['L'])
        """
        keyword, _, rest = text.strip().partition(" ")
        if MOVES.match(text):
            self.has_rounds = True
            self.functions.update(MOMENTS)
        if match := FUNCTION.match(text):
            self.functions.add(match[1])
        if keyword in ROLE_OF:
            return [plain_name(first[1]) for each in rest.split(",") if (first := LEAF.match(each))]
        if keyword == "loss" and (first := FIRST.match(rest)):
            return [plain_name(first[1])]
        return []
