"""Numbers as they were printed: the last digit sets the unit."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from microgrid.formula import number_text
from microgrid.sheet import Check

__all__ = ["ALMOST", "Exact", "Printed", "printed_of"]

SAME, SMALLEST = 1e-12, 1e-15  # of a number, and of 0: what rounding makes of a double
LONGER = 12  # digits more than the printed number has, which nobody reads
LARGEST = 999  # numerator and denominator of a fraction that is simple

ALMOST = 1e-9  # of a unit: the doubles next to a half, and to a whole


class Printed:
    """A number as it was printed; its last digit sets the unit.

    >>> Printed("0.50").unit, Printed("-1.2e-3").unit, Printed("7").unit
    (0.01, 0.0001, 1.0)
    """

    is_exact = False

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

    def units_off(self, value: float) -> float:
        """How many units of its last digit it is off."""
        return max(0.0, abs(self.number - value) - self.noise(value)) / self.unit

    def has_sign_of(self, value: float) -> bool:
        """Whether it has the sign of the true number, and is 0 only where that is."""
        return value == 0 or (self.number != 0 and (self.number > 0) == (value > 0))

    def like(self, value: float) -> str:
        """The value, printed to the same unit; one of far more digits with a power of ten.

        >>> Printed("0.50").like(2 / 3), Printed("0.5").like(1e30), Printed("2e3").like(1234.5)
        ('0.67', '1e30', '1e3')
        """
        if not math.isfinite(value):
            return number_text(value)
        _, _, power = self.text.lower().partition("e")
        if not value:
            return number_text(value)
        unit = Decimal(1).scaleb(min(0, self.exponent - int(power or 0)))
        scaled = f"{rounded_off(Decimal(repr(value)).scaleb(-int(power or 0)), unit):f}"
        if not float(scaled):  # the unit hides the number
            return number_text(value, 2)
        if len(scaled) > len(self.text) + LONGER:
            return number_text(value, 6)
        return f"{scaled}e{power}" if power else scaled


class Exact(Printed):
    """A number that is printed as a closed form, which no rounding explains.

    >>> Exact("13/35", 13 / 35).rounds(0.3714), Exact("1/3", 1 / 3).like(13 / 35)
    (False, '0.371429 = 13/35')
    """

    is_exact = True

    def __init__(self, text: str, number: float) -> None:
        self.text, self.number = text, number
        self.unit = max(SAME * abs(number), SMALLEST)

    @property
    def decimals(self) -> int:
        """As many as a double."""
        return 17

    @property
    def significant(self) -> int:
        """As many as a double."""
        return 17

    def truncates(self, value: float, slack: float = 0.0) -> bool:
        """Nothing is cut off."""
        return False

    def like(self, value: float) -> str:
        """The value as a decimal, and as a fraction where that is a simple one."""
        fraction = simple(value)
        return number_text(value, 6) + (f" = {fraction}" if fraction else "")


def rounded_off(number: Decimal, unit: Decimal) -> Decimal:
    """The number to a unit, as at school: of a decimal, half a unit goes up."""
    return number.quantize(unit, ROUND_HALF_UP, Context(prec=400))  # the digits of any double


def simple(value: float) -> str:
    """The fraction of small whole numbers that a value is; '' for none, and for a whole number.

    >>> simple(13 / 35), simple(-0.5), simple(3.0), simple(0.123456789)
    ('13/35', '-1/2', '', '')
    """
    if not math.isfinite(value):
        return ""
    found = Fraction(value).limit_denominator(LARGEST)
    near = abs(value - float(found)) <= max(SAME * abs(value), SMALLEST)
    return str(found) if near and found.denominator > 1 and abs(found.numerator) <= LARGEST else ""


def printed_of(check: Check) -> Printed:
    """What is printed in a check."""
    return Printed(check.printed) if check.number is None else Exact(check.printed, check.number)
