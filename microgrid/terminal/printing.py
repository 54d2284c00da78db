"""Where text and tables are printed: a terminal, which rich knows, or a pipe, for which it is not needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, repeat
from typing import Any

from .tables import GAP, Cell, Plain, Table
from .widths import collapsed, whole_columns

__all__ = ["Pipe", "console", "emit", "printer"]

ASKED = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "JUPYTER_COLUMNS")  # what rich asks beside the stream


def console(stderr: bool = False) -> Any:
    """The terminal, as wide as it is; a pipe has 80 columns and no colour."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # for the command line to end quietly; rich would end with code 1

    return Terminal(highlight=False, stderr=stderr)


def printer() -> Any:
    """The same, without rich where nobody sees what it is for."""
    is_seen = sys.stdout.isatty() or any(map(os.environ.get, ASKED))
    return console() if is_seen else Pipe()


class Pipe:
    """Standard output that is no terminal. What does not fit is left to rich, which breaks it in the same places."""

    is_terminal = False

    @property
    def file(self) -> Any:
        return sys.stdout

    @cached_property
    def rich(self) -> Any:
        return console()

    @cached_property
    def width(self) -> int:
        """The columns that are asked for, or those of a terminal that reads or tells of errors; else 80."""
        asked = os.environ.get("COLUMNS", "")
        if asked.isdigit() and int(asked):
            return int(asked)
        return int(self.rich.width) if any(map(os.isatty, (0, 2))) else 80

    def fits(self, text: Cell) -> bool:
        """Whether a text is one line as it is."""
        return str(text).isprintable() and cells(str(text)) <= self.width

    def print(self, *things: Cell, sep: str = " ", soft_wrap: bool = False) -> None:
        """Print texts side by side."""
        text = sep.join(map(str, things))
        if all(isinstance(each, Plain) for each in things) and text.isprintable() and (soft_wrap or self.fits(text)):
            self.file.write(text + "\n")
            return
        self.rich.print(*things, sep=sep, soft_wrap=soft_wrap)


def cells(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def emit(out: Any, *tables: Table) -> None:
    """Print tables page by page, without the blanks at the ends of lines when nobody sees them."""
    for each in tables:
        widths = [0] * len(each.heads)
        for number, (rows, is_whole) in enumerate(each.pages()):
            columns = [list(map(str, column)) for column in zip(*rows)] or [[] for _ in each.heads]
            kept = whole_columns(columns, GAP, out.width)
            kept = [one or other for one, other in zip(kept, each.whole)]
            head = ("",) * len(each.heads) if number else each.heads
            widths = needed(widths, [[*column, title] for column, title in zip(columns, head)])
            room = out.width - GAP * (len(widths) - 1)
            is_plain = not out.is_terminal and sum(widths) <= room and all(map(is_one_line, chain(*columns)))
            if sum(widths) > room and not is_whole:
                widths = collapsed(widths, kept, room)
            if is_plain:
                written(out, lines(each, head, columns, widths))
            else:
                folded(out, grid(each, rows, None if is_whole else widths, kept, has_head=not number))


def needed(widths: Sequence[int], columns: Iterable[Sequence[str]]) -> list[int]:
    """The widths that columns need, and no less than they had."""
    return [
        max(width, *(cells(line) for each in column for line in each.split("\n")))
        for width, column in zip(widths, columns)
    ]


def is_one_line(text: str) -> bool:
    return text.isprintable()


def lines(of: Table, head: Sequence[str], columns: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """The lines of a page that fits: its head, where it has one, and its rows."""
    for row in chain([head] if any(head) else [], zip(*columns)):
        blanks = (" " * (width - cells(each)) for each, width in zip(row, widths))
        sides = (
            blank + each.rstrip() if side == "right" else each + blank
            for each, blank, side in zip(row, blanks, of.sides)
        )
        yield (" " * GAP).join(sides)


def written(out: Any, lines: Iterable[str]) -> None:
    """Write lines without the blanks at their ends."""
    out.file.write("".join(line.rstrip() + "\n" for line in lines))
    out.file.flush()


def grid(
    of: Table, rows: Iterable[Sequence[Cell]], widths: Sequence[int] | None, kept: Sequence[bool], has_head: bool
) -> Any:
    """A page as rich folds it; it finds the widths of the columns where they are not given."""
    from rich.table import Table as Grid

    found = Grid(box=None, pad_edge=False, header_style="dim", padding=(0, GAP, 0, 0), show_header=has_head)
    for head, side, width, is_whole in zip(of.heads, of.sides, widths or repeat(None), kept):
        found.add_column(head, justify=side, overflow="fold", width=width, no_wrap=is_whole)  # type: ignore[arg-type]
    for row in rows:
        found.add_row(*row)
    return found


def folded(out: Any, page: Any) -> None:
    """Print what rich folds."""
    console = getattr(out, "rich", out)
    if console.is_terminal:
        console.print(page)
        return
    with console.capture() as printed:
        console.print(page)
    written(out, printed.get().splitlines())
