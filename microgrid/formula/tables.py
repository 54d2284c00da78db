"""Tables for a notebook: HTML in which a cell shows what it says, and does nothing else."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from .lettering import plain

__all__ = ["excerpt", "html_table", "more"]

MOST, LAST = 20, 3  # rows that are shown of more, and how many of these are the last ones


def excerpt(count: int) -> list[int | None]:
    """The numbers of the rows that are shown of so many; None stands for those that are left out.

    >>> excerpt(3), excerpt(1000)[15:]
    ([0, 1, 2], [15, 16, None, 997, 998, 999])
    """
    return [*range(count)] if count <= MOST + 1 else [*range(MOST - LAST), None, *range(count - LAST, count)]


def more(count: int) -> str:
    """What is said of the rows that are left out of so many: `… 980 more`."""
    return f"… {count - MOST:,} more"


def html_table(columns: Sequence[str], count: int, row: Callable[[int], Sequence[str]], caption: str = "") -> str:
    """An HTML table; of more than 20 rows the first ones and the last three.

    >>> print(html_table(["<name", ">value"], 1, lambda i: ("a<b", "0.5")))
    <table>
    <tr><th style="text-align:left">name</th><th style="text-align:right">value</th></tr>
    <tr><td style="text-align:left">a&lt;b</td><td style="text-align:right">0.5</td></tr>
    </table>

    columns  their names, each with the side it stands on before it: < or >
    row      the cells of a row, by its number from 0 to count - 1
    """
    sides = ["left" if name[0] == "<" else "right" for name in columns]

    def line(kind: str, cells: Sequence[str]) -> str:
        inside = (f'<{kind} style="text-align:{side}">{shown(cell)}</{kind}>' for side, cell in zip(sides, cells))
        return f"<tr>{''.join(inside)}</tr>"

    head = [f"<caption>{shown(caption)}</caption>"] if caption else []
    head.append(line("th", [name[1:] for name in columns]))
    gap = f'<tr><td colspan="{len(columns)}" style="text-align:left">{more(count)}</td></tr>'
    lines = (gap if i is None else line("td", row(i)) for i in excerpt(count))
    return "\n".join(["<table>", *head, *lines, "</table>"])


def shown(text: str) -> str:
    """Text on one line that holds no markup."""
    return html.escape(plain(text))
