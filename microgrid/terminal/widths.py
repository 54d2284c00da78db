"""What fits into the width of a terminal, and how: numbers stay whole, paragraphs end with more than a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microgrid.regexes import regex

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["keep_whole", "tell"]

NUMBER = regex(r"([-−+]?[\d.]+(e[-+]?\d+)?|nan|[-−]?inf)?")  # or nothing
NARROWEST = 10  # columns of a screen for each column of text beside numbers


def keep_whole(grid: Any, width: int) -> None:
    """Break no column of a table that has nothing but numbers, where there is room for the others beside these."""
    columns = [(each, [str(cell) for cell in each.cells]) for each in getattr(grid, "columns", ())]
    numbers = [each for each, cells in columns if any(cells) and all(map(NUMBER.fullmatch, cells))]
    longest = [(each, max(map(len, cells), default=0)) for each, cells in columns]
    least = [size if each in numbers else min(size, NARROWEST) for each, size in longest]
    if sum(least) + 2 * len(least) <= width:
        for each in numbers:
            each.no_wrap = True


def tell(out: Console, text: Text) -> None:
    """Print a paragraph, without blanks at the ends of its lines, and if it can be without a last line of one word."""
    lines = text.wrap(out, out.width)
    for narrower in range(out.width - 1, out.width // 2, -1):
        if len(lines) < 2 or " " in lines[-1].plain.strip():
            break
        other = text.wrap(out, narrower)
        if len(other) > len(lines):
            break
        lines = other
    for line in lines:
        line.rstrip()
        out.print(line)
