"""The table of samples: `samples x1 x2 | y` and a line of numbers for each, or `samples FILE.csv`."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from microgrid.errors import FormulaError, counted
from microgrid.files import file_content
from microgrid.formula.regexes import regex
from microgrid.look_alikes import foreign, instead_of_letter, look_alike, strange, unseen
from microgrid.sheet.numbers import PRINTED, check_range

__all__ = ["Column", "Samples", "from_file", "head", "instead_of_cell", "is_sample"]

MOST = 10_000  # samples
SHOWN = 20  # columns of a file that an error names
BAR = "|"
WORD = regex(r"[^\s|]+|\|")
CSV = ".csv"
ROW = regex(r"\s*[-+−.0-9|][^=~≈:]*")
KEYWORDS = ("input", "target")  # before the stroke, and behind it


class Word(NamedTuple):
    """A word of a line, and where it stands."""

    text: str
    start: int
    end: int


class Column(NamedTuple):
    """A quantity that each sample has a number of."""

    name: str
    keyword: str
    start: int


class Samples(NamedTuple):
    """The head of the table: its columns, and the line below which its next row stands."""

    columns: tuple[Column, ...]
    below: int

    def row(self, text: str) -> list[str]:
        """The numbers of a sample. Raises FormulaError for what is no row of the table."""
        words = words_of(text)
        numbers = [each for each in words if each.text != BAR]
        if len(numbers) != len(self.columns):
            has = counted(len(self.columns), "column")
            at = numbers[len(self.columns)] if len(numbers) > len(self.columns) else words[-1]
            raise FormulaError(f"a sample has a number for each of the {has}, and here are {len(numbers)}", *at[1:])
        inputs = [each.keyword for each in self.columns].count(KEYWORDS[0])
        for place, each in enumerate(words):
            if each.text == BAR and place != inputs:
                raise FormulaError(f"the stroke stands behind {counted(inputs, 'number')}, as in the head", *each[1:])
        for each in numbers:
            if not PRINTED.fullmatch(each.text):
                raise FormulaError(f"{each.text!r} is no number; a sample is of numbers alone", *each[1:])
            check_range(each.text, each.start)
        return [each.text.replace("−", "-") for each in numbers]


def words_of(text: str, start: int = 0) -> list[Word]:
    return [Word(match.group(), *match.span()) for match in WORD.finditer(text, start)]


def head(text: str, start: int) -> tuple[str, list[Column]]:
    """The file that a head names, '' for none, and its columns.

    >>> head("samples x1 x2 | y", 8)[1][2]
    Column(name='y', keyword='target', start=16)
    """
    file, *rest = words_of(text, start)
    words = rest if file.text.endswith(CSV) else [file, *rest]
    if comma := next((each for each in words if "," in each.text), None):
        said = f"samples {text[start:].strip().replace(',', ' ')}"
        raise FormulaError(f"columns stand beside each other without commas: {' '.join(said.split())}", *comma[1:])
    strokes = [place for place, each in enumerate(words) if each.text == BAR]
    if len(strokes) > 1:
        raise FormulaError("one stroke divides inputs and targets", *words[strokes[1]][1:])
    first = strokes[0] if strokes else len(words)
    places = [(place, each) for place, each in enumerate(words) if each.text != BAR]
    columns = [Column(each.text, KEYWORDS[place > first], each.start) for place, each in places]
    return file.text if file.text.endswith(CSV) else "", columns


def is_sample(table: Samples, number: int, text: str, lines: Sequence[str]) -> bool:
    """Whether a line goes on with the table: it has numbers, and no empty line is between."""
    between = lines[table.below - 1 : number - 1]
    return bool(ROW.fullmatch(text)) and all(each.strip() for each in between)


def from_file(file: str, sheet: str, columns: Sequence[Column], start: int) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns of a file beside the sheet, and its rows.

    file   its name                        sheet  the path of the sheet
    Raises FormulaError where there is no such file, or it lacks a column.
    """
    end = start + len(file)
    if Path(file).name != file:
        raise FormulaError(
            f"{file}: a file of samples lies beside the sheet, and is called by its name alone", start, end
        )
    names, *rows = rows_of(file, sheet, start, end) or [[]]
    wanted = [each.name for each in columns] or names
    places = {name: place for place, name in reversed(list(enumerate(names)))}
    twice = set(wanted) & {each for each, count in Counter(names).items() if count > 1}
    if twice:
        raise FormulaError(f"{file} has the column {min(twice)!r} twice; leave one of them out", start, end)
    missing = next((each for each in wanted if each not in places), "")
    if (missing or not columns) and (fact := unlike_names(names)):
        raise FormulaError(f"the first line of {file} names its columns, divided by commas: {fact}", start, end)
    if missing or not names:
        its = ", ".join(names[:SHOWN] + ["…"] * (len(names) > SHOWN)) or "none"
        raise FormulaError(f"{file} has no column {missing!r}; its columns are {its}", start, end)
    if not rows:
        raise FormulaError(f"{file} has no samples; below the names of its columns stands a line for each", start, end)
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            fact = f"{file}, sample {number:,} has {counted(len(row), 'cell')}, and its head {len(names):,}"
            raise FormulaError(f"{fact}; each has one for each column", start, end)
    chosen = [places[each] for each in wanted]
    return wanted, ([row[place].replace("−", "-") for place in chosen] for row in rows)


def unlike_names(names: Sequence[str]) -> str:
    """What to say of columns whose names nobody can type: other letters that look alike, or what cannot be seen.

    >>> unlike_names(["x", "y"]), unlike_names(["x;y"])
    ('', "'x;y' is divided by semicolons; save the file with commas between its columns")
    """
    for name in names:
        if letter := look_alike(name):
            return foreign(letter)
        if said := next(filter(None, map(unseen, name)), ""):
            return f"{name!r} has {said}"
        if apart := next(filter(name.__contains__, DIVIDED), ""):
            return f"{name!r} is divided by {DIVIDED[apart]}; save the file with commas between its columns"
    return ""


def rows_of(file: str, sheet: str, start: int, end: int) -> list[list[str]]:
    """The lines of a file as cells, one more than there may be at most. Raises FormulaError for no such file."""
    try:
        text = file_content(Path(sheet).parent / file).decode("utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""))
        found = [[cell.strip() for cell in row] for row in islice(filter(None, rows), MOST + 2)]
    except OSError as error:
        raise FormulaError(f"{file} cannot be read: {error.strerror}", start, end) from None
    except UnicodeDecodeError as error:
        fact = f"byte {error.object[error.start]:#x} is no UTF-8; save the file as UTF-8"
        raise FormulaError(f"{file} cannot be read: {fact}", start, end) from None
    except csv.Error as error:  # whose words are about Python
        long = f"it has a cell of more than {csv.field_size_limit():,} characters; look for the quotation mark in it"
        fact = long if "limit" in str(error) else "it is no text; save it as comma-separated values"
        raise FormulaError(f"{file} cannot be read: {fact}", start, end) from None
    return found


def instead_of_cell(cell: str) -> str:
    """What to do about a cell that is no number.

    >>> instead_of_cell("O.5"), instead_of_cell("")
    ("'O' is U+004F, latin capital letter o; type 0.5", 'leave the line out, or put a number there')
    """
    return strange(cell)[1] or instead_of_letter(cell) or "leave the line out, or put a number there"


DIVIDED = {";": "semicolons", "\t": "tabs", "|": "strokes"}
