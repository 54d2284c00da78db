"""Tables for a notebook: HTML in which a cell shows what it says, and does nothing else."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from .lettering import plain

__all__ = ["html_table"]

MOST, LAST = 20, 3  # rows that are shown of more, and how many of these are the last ones


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
    if count <= MOST + 1:
        lines = [line("td", row(i)) for i in range(count)]
    else:
        lines = [line("td", row(i)) for i in range(MOST - LAST)]
        lines.append(f'<tr><td colspan="{len(columns)}" style="text-align:left">… {count - MOST:,} more</td></tr>')
        lines += (line("td", row(i)) for i in range(count - LAST, count))
    return "\n".join(["<table>", *head, *lines, "</table>"])


def shown(text: str) -> str:
    """Text on one line that holds no markup."""
    return html.escape(plain(text))
