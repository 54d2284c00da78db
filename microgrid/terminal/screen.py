"""What the debugger shows, and how: equations, tables and messages that fit the terminal.

Values are cyan and gradients magenta, as in the reports; in a pipe there is no colour, and nothing
is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from microgrid.derivation.solution import in_lines
from microgrid.formula import number_text
from microgrid.formula.regexes import regex
from microgrid.formula.writing import columns, fitting, minus, wrapped
from microgrid.sheet.arrays.grids import inline
from microgrid.sheet.arrays.shapes import Shape
from microgrid.streams import carried

from .printing import console, emit
from .tables import plain, table

__all__ = ["GRADIENT", "NOTHING", "VALUE", "Screen"]

VALUE, GRADIENT = "cyan", "magenta"
NOTHING = "–"  # stands for a number that is not there yet
NARROWEST = 20
RESULT = regex(r"(?<== )[−\-\w.∞]+")


class Screen:
    """Where everything is printed.

    digits  significant digits of numbers
    """

    def __init__(self, digits: int) -> None:
        self.digits = digits
        self.out, self.errors = console(), console(stderr=True)

    @property
    def width(self) -> int:
        return int(self.out.width)

    def number(self, number: float | None) -> str:
        """A number as it is shown; a dash for none."""
        return NOTHING if number is None else minus(number_text(number, self.digits))

    def array(self, shape: Shape, numbers: Sequence[float]) -> str:
        """A vector or a matrix on one line."""
        return inline(shape, list(map(self.number, numbers)))

    def line(self, text: str, style: str = "") -> None:
        """Words, broken between words."""
        for each in words(harmless(text), self.width):
            self.out.print(plain(each, style), soft_wrap=True)

    def path(self, text: str) -> None:
        """The name of a file and what stands beside it, never broken, so that it can be clicked."""
        self.out.print(plain(harmless(text)), soft_wrap=True)

    def equation(self, text: str, style: str = "", before: str = "") -> None:
        """An equation, broken before its signs; `before` are words in front of it."""
        left, *right = harmless(text).split(" = ")
        room = self.width - len(before)
        lines = in_lines(left, right, room) if right else wrapped(left, room, 2)
        for i, line in enumerate(lines):
            shown = plain((" " * len(before) if i else before) + line).__rich__()
            found = list(RESULT.finditer(shown.plain)) if i == len(lines) - 1 else []
            if found and style:
                shown.stylize(style, *found[-1].span())
            self.out.print(shown, soft_wrap=True)

    def listed(self, text: str, style: str = "") -> None:
        """One line, cut off where the terminal ends."""
        text = harmless(text)
        if columns(text) > self.width:
            dots = carried("…")
            text = text[: fitting(text, self.width - len(dots))].rstrip() + dots
        self.out.print(plain(text, style), soft_wrap=True)

    def rows(self, names: Sequence[str], rows: Iterable[Sequence[tuple[str, str] | str]]) -> None:
        """A table. A column's name begins with < or >, the side it stands on; a cell may have a style."""
        grid: Any = table(*names)
        for row in rows:
            cells = (cell if isinstance(cell, tuple) else (cell, "") for cell in row)
            grid.add_row(*(plain(harmless(text), style) for text, style in cells))  # those missing stay empty
        emit(self.out, grid)

    def error(self, message: str) -> None:
        """What went wrong, where errors go."""
        self.out.file.flush()
        for each in words(harmless(f"*** {message}"), self.width):
            self.errors.print(plain(each), soft_wrap=True)
        self.errors.file.flush()


def words(text: str, width: int) -> list[str]:
    """The text in lines that fit, each indented as the first one is; a word is cut where it does not fit alone."""
    width = max(width, NARROWEST)
    if columns(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    lines = [indent]
    for word in text.split():
        if lines[-1].strip():
            if columns(f"{lines[-1]} {word}") <= width:
                lines[-1] += f" {word}"
                continue
            lines.append(indent)
        lines[-1] += word
        while (fits := fitting(lines[-1], width)) < len(lines[-1]):
            lines[-1:] = [lines[-1][:fits], indent + lines[-1][fits:]]
    return lines


def harmless(text: str) -> str:
    """The text without what a terminal would obey, or could not show."""
    return carried("".join(letter if letter.isprintable() else "\ufffd" for letter in text))
