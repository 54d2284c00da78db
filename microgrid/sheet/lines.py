"""The lines of a text: which belong together, and how a mistake in one is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microgrid.errors import FormulaError, Mistake, file_named
from microgrid.formula.regexes import regex
from microgrid.formula.writing import columns

__all__ = ["TABLE_RULE", "FollowingError", "Line", "logical", "mistake", "pieces", "pointed"]

CONTINUED = tuple("+-−*·×⋅∙/÷^√,=≈([@⊙")  # what a line cannot end with: the next one goes on
AWAITS = "+-−*·×⋅∙/÷^√,=≈(<>≤≥[{"  # behind these, or at the beginning, a bar opens; behind anything else it closes
LEADING = regex(r"[-+−*·×⋅/÷=@⊙](?=\s)(?!=)|\((?:via |directly\))")  # what a deeper line goes on with
TABLE_RULE = regex(r"\s*\|(?=[\s|:]*-)[\s|:-]*$")  # |---|---| below the head of a table
TABULAR = regex(  # ends with its line, be it with a bar or a dash
    rf"\s*table\s+round\s.*\|$|[\s|]*[0-9]+[\s|]+[-+−\u2013]?[0-9.?][^=~≈]*[|\s][-−|]$|{TABLE_RULE.pattern}"
)
OPENING, CLOSING = regex(r"\[|\\begin\{"), regex(r"\]|\\end\{")
ENDED = (",", ";", "[", "\\", "}")  # behind which a new line begins no new row of a matrix
STATEMENT = regex(r"(?<![<>])=|≈")
TEXTS = ("title", "source")  # words, not formulas, which may end with anything


class FollowingError(FormulaError):
    """A mistake that follows from one which is told already."""


class Line(NamedTuple):
    """A line that says something, without its comment; several, where one goes on in the next.

    number  of the first of them            text  of all of them
    parts   of each: where it begins in the text, its number, how much is cut off before it, and all of it
    """

    number: int
    text: str
    parts: tuple[tuple[int, int, int, str], ...]

    def place(self, column: int) -> tuple[int, str, int]:
        """The number of the line in which a column of the text is, that line, and the column there."""
        begin, number, cut, whole = next(part for part in reversed(self.parts) if part[0] <= column or not part[0])
        return number, whole, column - begin + cut


def logical(lines: Sequence[str]) -> Iterator[Line]:
    """The lines that say something, those joined that go on.

    >>> [(line.number, line.text) for line in logical(["z = w1*x1 +", "    w2*x2  # two", "", "a = z"])]
    [(1, 'z = w1*x1 + w2*x2'), (4, 'a = z')]
    """
    text, parts, depth = "", list[tuple[int, int, int, str]](), 0
    for number, whole in enumerate(lines, 1):
        said = whole.partition("#")[0].rstrip()
        if depth > 0 and whole.strip() and not said.strip():
            continue  # a comment between the rows of a matrix
        cut = len(said) - len(said.lstrip()) if parts else 0
        begin = len(text) + 1 if parts else 0
        if said.strip():
            between = ";" if depth > 0 and is_row(text, said[cut:]) else " "
            parts.append((begin, number, cut, whole))
            text = f"{text}{between}{said[cut:]}" if begin else said
            depth += len(OPENING.findall(said)) - len(CLOSING.findall(said))
        following = lines[number] if number < len(lines) else ""
        if parts and not (said.strip() and number < len(lines) and continues(text, following, depth)):
            yield Line(parts[0][1], text, tuple(parts))
            text, parts, depth = "", [], 0


def goes_on(text: str) -> bool:
    """Whether a line ends in the middle of something: with an operator, a comma, or what opens a bracket or bars."""
    if TABULAR.match(text):
        return False
    return (text.endswith(CONTINUED) or ends_in_opening_bar(text)) and not is_text(text)


def ends_in_opening_bar(text: str) -> bool:
    """Whether the last sign of a line is a bar, and opens: of `|w|` the second one closes.

    >>> [ends_in_opening_bar(text) for text in ("L = |", "L = |w|", "L = ||w| - |", "L = 2*|w|*|u|", "L = 2|")]
    [True, False, True, False, True]
    """
    if not text.rstrip().endswith("|"):  # most do not, and a line may go on for thousands
        return False
    opens, depth, last = False, 0, "="
    for letter in filter(str.strip, text):
        if letter == "|":
            opens = not depth or last in AWAITS or (last == "|" and opens)
            depth += 1 if opens else -1
        last = letter
    return opens


def leads_on(text: str, following: str) -> bool:
    """Whether a line goes on with the one that follows, which is indented deeper: it has an open bracket, or that
    begins with an operator, and a space behind it.

    >>> [leads_on("z = a", each) for each in ("  + b", "+ b", "  -1 ~= b", "  = 3", "  == 3")]
    [True, False, False, True, False]
    >>> leads_on("z = (a", "     b)"), leads_on("z = (a)", "     b")
    (True, False)
    """
    said = following.partition("#")[0].strip()
    deeper = len(following) - len(following.lstrip()) > len(text) - len(text.lstrip())
    if not (said and deeper) or text.split(None, 1)[0] in TEXTS:
        return False
    return bool(LEADING.match(said)) or sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))


def is_text(text: str) -> bool:
    """Whether it is a title, which may end with anything."""
    return text.split(None, 1)[0] in TEXTS


def continues(text: str, following: str, depth: int) -> bool:
    """Whether a line and the one that follows are one, inside so many square brackets."""
    return goes_on(text) or leads_on(text, following) or is_open(text, depth, following)


def is_open(text: str, depth: int, following: str) -> bool:
    """Whether a matrix goes on in the next line: a bracket is open, and the line defines and checks nothing."""
    inside = CLOSING.split(following.partition("#")[0])[0]
    return depth > 0 and not is_text(text) and not STATEMENT.search(inside)


def is_row(text: str, following: str) -> bool:
    """Whether a line inside a bracket begins a new row."""
    goes_on_here = following.startswith(("]", "\\", ";")) or LEADING.match(following)
    return not (text.endswith((*ENDED, *CONTINUED)) or goes_on_here)


def pieces(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The parts of a text between the commas that stand in no brackets, with their columns."""
    depth, begin = 0, start
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if text[at] == "," and depth <= 0:
            yield text[begin:at], begin
            begin = at + 1
    yield text[begin:], begin


def mistake(line: Line, message: str, start: int, end: int) -> Mistake:
    """What is wrong with a line, as it stands in the file; it may go on behind the end of its first part."""
    number, _, column = line.place(start)
    return Mistake(number, column, column + max(1, end - start), message)


def pointed(name: str, whole: str, wrong: Mistake) -> str:
    """The message with its file:line:column, the line itself, and a caret under the place."""
    number, column, end, message = wrong
    first = max(0, column - 40)
    shown = "".join(letter if letter.isprintable() else " " for letter in whole[first : first + 76])
    before = columns(shown[: column - first])
    carets = "^" * max(1, columns(shown[column - first : end - first]))
    return f"{file_named(name)}:{number}:{column + 1}: {message}\n    {shown}\n    {' ' * before}{carets}"
