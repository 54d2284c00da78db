"""Numbers as they were printed: the last digit sets the unit."""

from __future__ import annotations

import math
from decimal import Decimal

from microgrid.formula import number_text

__all__ = ["Printed"]

ALMOST = 1e-9  # of a unit: the doubles next to a half, and to a whole


class Printed:
    """A number as it was printed; its last digit sets the unit.

    >>> Printed("0.50").unit, Printed("-1.2e-3").unit, Printed("7").unit
    (0.01, 0.0001, 1.0)
    """

    def __init__(self, text: str) -> None:
        _, self.digits, exponent = Decimal(text).as_tuple()
        self.text, self.number, self.exponent = text, float(text), int(exponent)
        self.unit = float(f"1e{exponent}")

    @property
    def decimals(self) -> int:
        """How many digits it has behind the point; 1.2e-3 has four."""
        return max(0, -self.exponent)

    @property
    def significant(self) -> int:
        """How many significant digits it has: 0.0120 has three, and 0.000 none."""
        return len(self.digits) if any(self.digits) else 0

    def rounds(self, value: float, slack: float = 0.0) -> bool:
        """Whether the value, give or take `slack`, rounds to the printed number."""
        if not (math.isfinite(value) and math.isfinite(slack)):
            return False
        return abs(value - self.number) <= self.unit / 2 + self.noise(value) + slack

    def truncates(self, value: float, slack: float = 0.0) -> bool:
        """Whether the value, cut off behind its last printed digit, is the printed number."""
        if not (math.isfinite(value) and math.isfinite(slack)) or (
            (value < 0) != (self.number < 0) and self.number != 0
        ):
            return False
        beyond, room = abs(value) - abs(self.number), slack
        return -self.noise(value) - room <= beyond < self.unit - self.noise(value) + room

    def agrees(self, value: float, slack: float = 0.0) -> bool:
        """Whether the value rounds to the printed number or is cut off to it."""
        return self.rounds(value, slack) or self.truncates(value, slack)

    def error(self, value: float) -> float:
        """How far the value is off, as a part of itself."""
        return abs(value - self.number) / abs(value) if value else 0.0

    def lies_in(self, low: float, high: float, cuts: bool) -> bool:
        """Whether a number from `low` to `high` is printed like this, rounded, or where it `cuts` cut off."""
        if not low <= high:
            return False
        noise = self.noise(max(abs(low), abs(high)))
        below = above = self.unit / 2 + noise
        if cuts:
            below, above = (self.unit - noise, noise) if self.number >= 0 else (noise, self.unit - noise)
        return low - below <= self.number <= high + above

    def is_whole(self, value: float) -> bool:
        """Whether the value needed no rounding to be printed."""
        return abs(value - self.number) <= self.noise(value)

    def noise(self, value: float) -> float:
        """How far a double may be off: a few units in its last place, and where numbers cancelled, of theirs."""
        return max(4 * math.ulp(max(abs(value), abs(self.number))), ALMOST * self.unit)

    def like(self, value: float) -> str:
        """The value, printed to the same unit."""
        if not math.isfinite(value):
            return number_text(value)
        _, _, power = self.text.lower().partition("e")
        if not value:
            return number_text(value)
        scaled = f"{value / 10.0 ** int(power or 0):.{max(0, int(power or 0) - self.exponent)}f}"
        if not float(scaled):  # the unit hides the number
            return number_text(value, 2)
        return f"{scaled}e{power}" if power else scaled
