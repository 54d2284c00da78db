"""Numbers as a sheet prints them, and which of them a double can hold."""

from __future__ import annotations

from microgrid.errors import FormulaError
from microgrid.formula.regexes import regex

__all__ = ["BLANK", "LARGEST_POWER", "PRINTED", "check_range", "count_of", "is_in_range"]

LONGEST_NUMBER, LARGEST_POWER = 60, 290
LONGEST_COUNT = 100  # digits of a number that counts, far more than anything has rounds
PRINTED = regex(r"[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+−]?[0-9]+)?")
AMBIGUOUS = regex(r"[-+−]?([02-9]|[0-9]{2,})e\+([0-9])")  # a number, or a sum with the e of books
BLANK = "?"  # what is printed for a number that is asked for


def check_range(printed: str, start: int) -> None:
    """Numbers that a double cannot hold, or that no book prints."""
    if match := AMBIGUOUS.fullmatch(printed):
        remedy = f"write {match[1]}*e + {match[2]}, or {match[1]}.0e{match[2]} for the number"
        raise FormulaError(f"whether {printed} is a number is not to be told; {remedy}", start, start + len(printed))
    if not is_in_range(printed):
        fact = f"{printed} is out of range; numbers go from 1e-{LARGEST_POWER} to 1e{LARGEST_POWER}"
        raise FormulaError(fact, start, start + len(printed))


def count_of(typed: str, start: int) -> int:
    """How many are meant, in the digits that sheets have; 0 for what is no number, FormulaError for far too many."""
    if len(typed) > LONGEST_COUNT:
        fact = f"{typed} has {len(typed):,} digits, and no sheet has so many rounds"
        raise FormulaError(fact, start, start + len(typed))
    return int(typed) if typed.isascii() and typed.isdecimal() else 0


def is_in_range(printed: str) -> bool:
    """Whether a double holds the number, and a book may print it."""
    power = printed.lower().partition("e")[2].replace("−", "-") or "0"
    return len(printed) <= LONGEST_NUMBER and len(power) <= 4 and abs(int(power)) <= LARGEST_POWER
