"""Lines that are repeated: `for l = 1..3:` with its lines and `end`, and `for t = 1..3: h[t] = …` in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from microgrid.errors import FormulaError
from microgrid.formula import Formula, Name, Number, fold, parse, substitute
from microgrid.formula.budget import LINES, most, to_raise
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import NAME
from microgrid.look_alikes import foreign, look_alike
from microgrid.sheet.lines import FollowingError, Line

from .ranges import constant
from .registry import Arrays

__all__ = ["Counters", "Repetition", "following_range", "repeated"]

FOR = regex(rf"\s*for\s+({NAME})\s*(?:=|(?<=\s)in(?=\s))\s*([^:]+?)\s*:\s*")
LIKE_FOR = regex(rf"\s*for\s+{NAME}\s*(?:=|in\s)")
END = regex(r"\s*end\s*")
RANGE = regex(r"(.+?)(?:\.\.|…)(.+?)(?:\s+by\s+(.+))?")
USAGE = "write for l = 1..3: and lines, then end; or for t = 1..3: h[t] = ... in one line"
Counters = Mapping[str, int]
Note = Callable[[Line, FormulaError], None]


class Repetition(NamedTuple):
    """A line, and the numbers of the ranges that it stands in."""

    line: Line
    counters: Counters


class Loop(NamedTuple):
    """A `for` that is not ended: its line, the place of its first line, and the numbers still to come."""

    line: Line
    name: str
    first: int
    numbers: list[int]


class Loops:
    """Walks through the lines of a sheet, those of a range as often as it says.

    note   tells a mistake of a line              taken  whether a name is that of a quantity
    """

    def __init__(self, lines: Sequence[Line], note: Note, taken: Callable[[str], object]) -> None:
        self.lines, self.note, self.taken = lines, note, taken
        self.at = 0
        self.opened: list[Loop] = []

    @property
    def counters(self) -> dict[str, int]:
        """The numbers of the ranges around the present line."""
        return {each.name: each.numbers[0] for each in self.opened}

    def walk(self) -> Iterator[Repetition]:
        """Each line with the numbers of its ranges."""
        count = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            for each in self.repetitions(line):
                count += 1
                if count > most(LINES) and (self.opened or each.counters):
                    fact = f"written out, this sheet has more than {most(LINES):,} lines; {to_raise()}"
                    self.note(self.opened[0].line if self.opened else line, FormulaError(fact, 0, len(line.text)))
                    return
                if each.line.text:
                    yield each
        for loop in self.opened:
            fact = "this range has no end; a line end belongs behind its lines"
            self.note(loop.line, FormulaError(fact, 0, len(loop.line.text)))

    def repetitions(self, line: Line) -> Iterator[Repetition]:
        """What one line is; one that opens or ends a range counts, and says nothing."""
        nothing = Repetition(line._replace(text=""), {})
        try:
            match = FOR.match(line.text)
            if match and match.end() < len(line.text):
                self.at += 1
                yield from self.in_one_line(line)
            elif match:
                self.begin(line, match)
                yield nothing
            elif END.fullmatch(line.text):
                self.end(line)
                yield nothing
            elif LIKE_FOR.match(line.text):
                raise FormulaError(f"a range is no line of its own; {USAGE}", 0, len(line.text))
            else:
                self.at += 1
                yield Repetition(line, self.counters)
        except FormulaError as error:
            self.note(line, error)
            if self.lines[self.at : self.at + 1] == [line]:
                self.at += 1
                self.pass_over(line)

    def begin(self, line: Line, match: re.Match[str]) -> None:
        """`for l = 1..3:`"""
        numbers = self.numbers(line, match, self.counters)
        self.at += 1
        if numbers:
            self.opened.append(Loop(line, match[1], self.at, numbers))
        else:
            self.skip()

    def pass_over(self, line: Line) -> None:
        """Go behind the end of a range whose first line has a mistake in it; what is inside only follows."""
        first, is_range = self.at, LIKE_FOR.match(line.text)
        if is_range and first <= self.last_end:
            self.skip()
            for each in self.lines[first : self.at - 1]:
                self.note(each, FollowingError("its range is not known", 0))

    @cached_property
    def last_end(self) -> int:
        """The place of the last line that ends a range; -1 where none does."""
        return max((i for i, each in enumerate(self.lines) if END.fullmatch(each.text)), default=-1)

    def skip(self) -> None:
        """Go behind the end of a range that is empty."""
        depth = 1
        while self.at < len(self.lines) and depth:
            text = self.lines[self.at].text
            match = FOR.match(text)
            depth += bool(match and match.end() == len(text)) - bool(END.fullmatch(text))
            self.at += 1

    def end(self, line: Line) -> None:
        """`end`: the lines again, with the next number."""
        if not self.opened:
            raise FormulaError(f"nothing is ended here; {USAGE}", 0, len(line.text))
        loop = self.opened[-1]
        loop.numbers.pop(0)
        self.at = loop.first if loop.numbers else self.at + 1
        if not loop.numbers:
            self.opened.pop()

    def in_one_line(self, line: Line) -> Iterator[Repetition]:
        """`for i = 1..2: for j = 1..2: A[i,j] = i + j`"""
        pending = [Repetition(line, self.counters)]
        while pending:
            here = pending.pop()
            match = FOR.match(here.line.text)
            if match is None:
                yield here
                continue
            rest = here.line._replace(text=" " * match.end() + here.line.text[match.end() :])
            if not rest.text.strip():
                raise FormulaError(f"nothing is repeated here; {USAGE}", 0, match.end())
            numbers = self.numbers(here.line, match, here.counters)
            pending += [Repetition(rest, {**here.counters, match[1]: k}) for k in reversed(numbers)]

    def numbers(self, line: Line, match: re.Match[str], counters: Counters) -> list[int]:
        """The numbers that a range goes through: of 1..3, of 3..1 by -1, of 1, 2, 4."""
        name, start = match[1], match.start(2)
        if letter := look_alike(name):
            raise FormulaError(foreign(letter), match.start(1) + name.index(letter))
        if name in counters or self.taken(name):
            kind = "counts already" if name in counters else "is a quantity"
            raise FormulaError(f"{name!r} {kind}; a range needs a letter of its own", *match.span(1))
        if like := re.fullmatch(r"range\(.*\)|(.+)\s+to\s+(.+)", match[2]):
            remedy = f"{like[1]}..{like[2]}" if like[1] else "1..3"
            raise FormulaError(f"a range is written {remedy}, both ends counted", start, match.end(2))
        found = RANGE.fullmatch(match[2])
        if found is None:
            return [whole(piece, start, counters) for piece in match[2].split(",")]
        low, high = (whole(found[i], start + found.start(i), counters) for i in (1, 2))
        step = whole(found[3], start + found.start(3), counters) if found[3] else 1
        if not step or (high - low) // step > most(LINES):
            fact = f"written out, this sheet has more than {most(LINES):,} lines; {to_raise()}"
            raise FormulaError(fact, start, match.end(2))
        if not found[3] and high < low - 1:
            raise FormulaError(f"{match[2]} counts up, and is empty; write {match[2]} by -1", start, match.end(2))
        return list(range(low, high + (1 if step > 0 else -1), step))


def repeated(lines: Sequence[Line], note: Note, taken: Callable[[str], object]) -> Iterator[Repetition]:
    """The lines of a sheet, each as often as the ranges around it say.

    >>> lines = [Line(1, "for i = 1..2:", ()), Line(2, "x[i] = i", ()), Line(3, "end", ())]
    >>> [(each.line.number, dict(each.counters)) for each in repeated(lines, print, "".count)]
    [(2, {'i': 1}), (2, {'i': 2})]
    """
    return Loops(lines, note, taken).walk()


def whole(text: str, start: int, counters: Counters) -> int:
    """A bound of a range."""
    try:
        formula: Formula = parse(text)
    except FormulaError as error:
        raise FormulaError(error.message, start + error.start, start + error.end) from None
    found = constant(substitute(formula, {name: Number(float(k)) for name, k in counters.items()}))
    if found is None:
        fact = f"{text.strip()}: the bounds of a range are whole numbers that are known when the sheet is read"
        raise FormulaError(fact, start, start + len(text))
    return found


def following_range(name: str, formula: Formula, arrays: Arrays, at: int) -> range:
    """The range of an index that no `for` gives: that of the arrays which it stands behind."""
    found: dict[int, str] = {}

    def visit(node: Any, _: Any) -> None:
        if getattr(node, "function", "") == "[]" and isinstance(node.arguments[0], Name):
            for position, index in enumerate(node.arguments[1:]):
                size = length(node.arguments[0].name, position, arrays) if index == Name(name) else 0
                if size:
                    found.setdefault(size, node.arguments[0].name)

    fold(formula, visit)
    if len(found) > 1:
        said = " and ".join(f"{array} to {size:,}" for size, array in found.items())
        raise FormulaError(f"{name} goes in {said}; write for {name} = 1..{min(found)}: before it", at, at + len(name))
    if not found:
        fact = f"where {name} goes to follows from nothing here; write for {name} = 1..3: before it"
        raise FormulaError(fact, at, at + len(name))
    return range(1, next(iter(found)) + 1)


def length(name: str, position: int, arrays: Arrays) -> int:
    """How far an index of an array or family goes; 0 where that is not known."""
    if name in arrays.families:
        return max((place[position] for place in arrays.families[name] if position < len(place)), default=0)
    shape = arrays.known[name].shape if name in arrays.known else ()
    return shape[position] if position < len(shape) else 0
