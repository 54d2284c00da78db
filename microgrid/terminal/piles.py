"""Many sheets at once: one line for each, in the terminal and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from microgrid.answers import VERDICTS, Answer
from microgrid.errors import file_named
from microgrid.files import replace_file
from microgrid.formula import printable
from microgrid.formula.regexes import regex

from .printing import Pipe, emit
from .tables import plain, table

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Marked", "print_pile", "write_csv"]

WIDEST = 30  # characters of a path
BEGIN = regex(r"[/\\]|(?<=[-_ .])")  # a folder, or a word of a name
COUNTED = {"right": "right", "close": "close", "carried": "carried", "wrong": "slips"}  # each with its head


class Marked(NamedTuple):
    """A sheet with the verdicts on its numbers, or with what kept it from being read."""

    file: str
    answers: Sequence[Answer]
    error: str = ""

    def count(self, kind: str) -> int:
        """How many of its numbers are "right", "close", "carried", "wrong" or "open"."""
        return sum(VERDICTS[each.verdict].counts == kind for each in self.answers)

    def has_wrong(self, strict: bool) -> bool:
        """Whether a number is wrong; to be `strict`, or only close."""
        return bool(self.count("wrong") or (strict and self.count("close")))

    @property
    def first(self) -> str:
        """The first number that is wrong, and what is to be said of it."""
        wrong = next((each for each in self.answers if each.wrong), None)
        if self.error or wrong is None:
            return self.unread or ("" if self.answers else "nothing published to check")
        return f"line {wrong.line}, {wrong.quantity}: {wrong.why or wrong.verdict}"

    @property
    def unread(self) -> str:
        """What kept it from being read, in a line, without its name, which stands beside."""
        said, _, _ = self.error.removeprefix(f"{file_named(self.file)}:").lstrip().partition("\n")
        return re.sub(r"^(\d+):(\d+:)? ", r"line \1: ", said)

    def row(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """Its line in the table, which counts some kinds of answers."""
        return (self.file, *("" if self.error else str(self.count(kind)) for kind in kinds), self.first)


def counted(pile: Sequence[Marked]) -> dict[str, str]:
    """What the table counts, each with its head: open questions only where there are some."""
    return COUNTED | ({"open": "open"} if any(each.count("open") for each in pile) else {})


def heads(kinds: Mapping[str, str]) -> tuple[str, ...]:
    """The first line of the table."""
    return ("file", *kinds.values(), "first slip")


def print_pile(out: Console | Pipe, pile: Sequence[Marked]) -> None:
    """One line for each sheet."""
    kinds = counted(pile)
    head, *counts, first = heads(kinds)
    grid = table(f"<{head}", *(f">{each}" for each in counts), f"<{first}")
    grid.whole[0] = True
    for each in pile:
        file, *numbers, said = each.row(kinds)
        style = "red" if each.error or each.count("wrong") else "dim"
        grid.add_row(plain(ending(printable(file))), *numbers, plain(printable(said), style))
    emit(out, grid)


def ending(file: str) -> str:
    """The end of a long path, from where a word begins: its beginning is what the files of a pile have in common.

    >>> ending("/home/ann/teaching/2026/sheets/week_three/perceptron.sheet")
    '…/week_three/perceptron.sheet'
    """
    begins = [match.start() for match in BEGIN.finditer(file) if len(file) - match.start() < WIDEST]
    return file if len(file) <= WIDEST else "…" + file[begins[0] if begins else 1 - WIDEST :]


def write_csv(path: str, pile: Sequence[Marked]) -> None:
    """The same table as comma-separated values, written whole or not at all; Excel reads it as UTF-8."""
    text, kinds = io.StringIO(newline=""), counted(pile)
    csv.writer(text).writerows([heads(kinds), *(each.row(kinds) for each in pile)])
    replace_file(path, text.getvalue().encode("utf-8-sig", "backslashreplace"))
