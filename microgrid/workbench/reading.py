"""A text read as a sheet, for an editor: its mistakes in their places, or its numbers at the ends of its lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.answers import check
from microgrid.answers.undefined import beginnings
from microgrid.errors import MicrogridError, Mistake, SheetError, file_named
from microgrid.formula import number_text, printable
from microgrid.formula.writing import minus
from microgrid.sheet import Run, Sheet

from .line_ends import DIGITS, line_ends

__all__ = ["Reader", "first_line"]

MOST_MISTAKES, MOST_LINES, MOST_NAMES = 100, 5000, 2000  # that an editor shows


class Reader:
    """Reads a text again and again, and remembers the last sheet without mistakes.

    >>> reader = Reader("a.sheet")
    >>> reader.read("param w = 3\\nL = sigmod(w)")["mistakes"]
    [{'line': 2, 'start': 4, 'end': 10, 'message': "no function is called 'sigmod'; did you mean 'sigmoid'?"}]
    >>> reader.read("param w = 3\\nL = w^2")["ends"][1]
    {'line': 2, 'parts': [['data', '9'], ['grad', '∂L 1']], 'said': 'L = 9, ∂L/∂L = 1'}
    >>> reader.draw()["page"][:15]
    '<!doctype html>'

    name  of the file, for messages
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.run: Run | None = None

    def read(self, text: str) -> dict[str, Any]:
        """The mistakes in a text, columns in UTF-16 as a browser counts; where there are none its numbers."""
        try:
            run = Sheet.parse(text, self.name).run()
            answers = check(run)
        except MicrogridError as error:
            return {"mistakes": placed(mistakes_of(error, self.name), text), "ends": [], "names": [], "notes": []}
        self.run = run
        ends = line_ends(run, answers)[:MOST_LINES]
        return {
            "mistakes": [],
            "ends": [{"line": each.line, "parts": [*map(list, each.parts)], "said": each.said} for each in ends],
            "names": names_of(run),
            "notes": [*run.sheet.remarks, *beginnings(run)],
        }

    def draw(self) -> dict[str, str]:
        """The live page of the last sheet without mistakes, or why there is none."""
        from microgrid.web import page

        if self.run is None:
            return {"problem": "nothing was read yet that could be drawn"}
        try:
            return {"page": page(self.run).html}
        except MicrogridError as error:
            return {"problem": first_line(error).removeprefix(f"{file_named(self.name)}: ")}


def names_of(run: Run) -> list[list[str]]:
    """The quantities, each with its number in the first round; of arrays the names as they are typed."""
    first = run.rounds[0]
    names = run.sheet.as_arrays(run.sheet.quantities)[:MOST_NAMES]
    return [
        [name, minus(number_text(first[name].data, DIGITS)) if name in first.nodes else "array"]
        for name in names
        if name == printable(name)
    ]


def mistakes_of(error: MicrogridError, name: str) -> Sequence[Mistake]:
    """What is wrong, each in its place; of an error without places one of the text as a whole."""
    found = error.mistakes[:MOST_MISTAKES] if isinstance(error, SheetError) else ()
    return found or [Mistake(0, 0, 0, first_line(error).removeprefix(f"{file_named(name)}: "))]


def first_line(error: BaseException) -> str:
    """What an error says, on one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def placed(mistakes: Sequence[Mistake], text: str) -> list[dict[str, Any]]:
    """The mistakes as a browser finds them: at least one character each, within their lines."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [{**each._asdict(), **place(each, lines)} for each in mistakes]


def place(wrong: Mistake, lines: Sequence[str]) -> dict[str, int]:
    """From where to where a mistake is underlined: a whole line from its first word to its comment."""
    line = lines[wrong.line - 1] if 1 <= wrong.line <= len(lines) else ""
    start, end = wrong.start, min(wrong.end, len(line))
    if not wrong.end:
        start, end = len(line) - len(line.lstrip()), len(line.partition("#")[0].rstrip())
    if end <= start:  # behind the last word, where something is missing
        start, end = max(0, min(start, len(line) - 1)), min(len(line), max(0, min(start, len(line) - 1)) + 1)
    return {"start": utf16(line[:start]), "end": utf16(line[:end])}


def utf16(text: str) -> int:
    """How long JavaScript finds a text: a letter beyond U+FFFF is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
