"""What fits into the width of a terminal, and how: numbers stay whole, paragraphs end with more than a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.formula.regexes import regex

__all__ = ["collapsed", "tell", "whole_columns"]

NUMBER = regex(r"([-−+]?[\d.]+(e[-+]?\d+)?|nan|[-−]?inf)?")  # or nothing
NARROWEST = 10  # columns of a screen for each column of text beside numbers


def whole_columns(columns: Sequence[Sequence[str]], gap: int, width: int) -> list[bool]:
    """Which columns of a table have nothing but numbers, where there is room for the others beside these.

    >>> whole_columns([["1.25", "-3"], ["w*x + b", "w"]], gap=2, width=20)
    [True, False]
    """
    numbers = [any(cells) and all(map(NUMBER.fullmatch, cells)) for cells in columns]
    longest = [max(map(len, cells), default=0) for cells in columns]
    least = [size if each else min(size, NARROWEST) for each, size in zip(numbers, longest)]
    fit = sum(least) + gap * len(least) <= width
    return [fit and each for each in numbers]


def collapsed(widths: Sequence[int], whole: Sequence[bool], room: int) -> list[int]:
    """The widths of columns where they have so much room together: the widest give way, those that are whole last.

    >>> collapsed([5, 30, 60], [True, False, False], room=55)
    [5, 25, 25]
    """
    found = list(widths)
    for kind in (False, True):
        giving = [i for i, each in enumerate(whole) if each == kind]
        while sum(found) > room and any(found[i] > 1 for i in giving):
            widest = max(giving, key=lambda i: (found[i], i))
            found[widest] -= 1
    return found


def tell(out: Any, text: Any) -> None:
    """Print a paragraph, without blanks at the ends of its lines, and if it can be without a last line of one word."""
    if hasattr(out, "fits") and out.fits(text):
        out.print(text)
        return
    text = text.__rich__()
    console = getattr(out, "rich", out)
    lines = text.wrap(console, out.width)
    for narrower in range(out.width - 1, out.width // 2, -1):
        if len(lines) < 2 or " " in lines[-1].plain.strip():
            break
        other = text.wrap(console, narrower)
        if len(other) > len(lines):
            break
        lines = other
    for line in lines:
        line.rstrip()
        console.print(line)
