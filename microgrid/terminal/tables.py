"""Tables without lines, and text without markup."""

from __future__ import annotations

from typing import Any

from microgrid.streams import carried

__all__ = ["plain", "table"]


def table(*columns: str) -> Any:
    """A table without lines: the same on a screen and in a file. A column is named `<` or `>` first."""
    from rich.table import Table

    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in columns:
        grid.add_column(carried(column[1:]), justify="right" if column[0] == ">" else "left", overflow="fold")
    return grid


def plain(text: str, style: str = "") -> Any:
    """Text that holds no markup, whatever it says, and that the terminal has the signs for."""
    from rich.text import Text

    return Text(carried(text), style)
