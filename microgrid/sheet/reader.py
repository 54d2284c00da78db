"""Reading a worked-example sheet: what it says, and where each mistake in it stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NoReturn

from microgrid.errors import FormulaError, Mistake, SheetError, did_you_mean, file_named
from microgrid.formula import Number, free_names
from microgrid.formula.budget import TooLong, of_writing
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import NAME
from microgrid.look_alikes import hidden, instead_of_letter, strange

from .array_lines import ArrayLines, Left
from .arrays.expansion import scalar
from .arrays.families import repeated
from .arrays.one_sample import varies
from .arrays.samples import is_sample
from .cascade import Cascade
from .check_sides import EQUALS
from .course import Course
from .demands import check_results, check_rule
from .derivations import ARROW
from .functions import function
from .line_kinds import USAGE, kind_of
from .lines import FollowingError, Line, logical, mistake, pieces, pointed
from .names import ROLE_OF, WORDS, SheetNames
from .printed_tables import instead_of_head
from .published import SIGN, Published
from .remedies import instead_of_equation, missing_comma
from .rules import NEW, instead_of_again, instead_of_new, instead_of_sign, unlike_any
from .sample_lines import SampleLines
from .statements import Equation, Leaf, Script

__all__ = ["read"]

LONGEST_LINE = 100_000
MOST, ENOUGH = 20, 10_000  # mistakes that are told at once, and behind which nothing is read
ALIKE = 3  # mistakes of which nothing but the line is another; more of them are one

# ── reading ────────────────────────────────────────────────────────────────────────────────

DIRECTIVE = regex(rf"\s*({NAME})(?=\s|$)(?!\s*(?:=|:=|[~≈≃≅\u223c,←]))")
WORDY = regex(r"[\w.]+")
FUNCTION = regex(rf"\s*({NAME})\s*\(\s*({NAME}(?:\s*,\s*{NAME})*)\s*\)\s*")


def read(text: str, name: str) -> Script:
    """What the text of a sheet says. Raises SheetError with name:line:column and a caret for each mistake in it."""
    return Reader(text.removeprefix("\ufeff"), name).script()


class Reader:
    """Reads one sheet, line by line; every mistake that it meets is told at the end, with its place."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.text = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.lines = list(logical(self.text))
        self.names = SheetNames(self.lines)
        self.line = Line(0, "", ())
        self.mistakes: list[tuple[int, Mistake]] = []
        self.unclean: set[int] = set()  # lines with a character that is no text
        self.head: dict[str, str] = {}
        self.loss_place = self.line, 0
        self.leaves: list[Leaf] = []
        self.equations: list[Equation] = []
        self.whole = ArrayLines(self.names, self.leaves, self.equations)
        self.samples = SampleLines(self.names, self.whole)
        self.course = Course(self.names, self.leaves, check_rule)
        self.cascade = Cascade()
        self.published = Published(self.names, self.course, self.equations, self.samples)

    def script(self) -> Script:
        self.read_lines()
        if not (self.names.defined or self.mistakes):
            fact = "nothing is defined; a sheet has lines such as `z = w*x + b`"
            raise SheetError(f"{file_named(self.name)}: {fact}", [Mistake(0, 0, 0, fact)])
        loss = self.samples.mean(self.loss())
        updates = self.course.updates(loss, self.samples.share)  # which may write a mean over the samples
        for line, error in (*self.published.amiss(), *(() if self.mistakes else self.course.aimless(loss))):
            self.note(line, error)
        self.refuse()
        return Script(
            self.name,
            self.head.get("title", ""),
            self.head.get("source", ""),
            loss,
            tuple(self.leaves),
            tuple(self.equations),
            tuple(sorted(self.published.checks, key=lambda each: each.line)),
            updates,
            tuple(self.course.moments),
            tuple(self.names.asked),
            tuple(self.published.expressions.values()),
            self.course.idle,
            *self.whole.records,
            tuple(self.published.grids),
            definitions=tuple(self.names.definitions.values()),
            over_arrays=self.whole.over_arrays,
            text="\n".join(self.text),
        )

    def read_lines(self) -> None:
        """Read line by line; then what is checked of rounds that come later."""
        with of_writing("\n".join(self.text)).in_force():
            self.read_all()

    def read_all(self) -> None:
        """The same; a sheet that is too long, or that nothing is right in, is read no further."""
        self.note_hidden()
        for line, counters in repeated(self.lines, self.note, self.names.find):
            self.line = self.published.line = self.names.line = line
            self.names.counters = {name: Number(float(k)) for name, k in counters.items()}
            self.attempt(line, self.read)
        for line, place in self.published.steps:
            self.published.line, self.published.round = line, place
            self.names.line = line
            self.attempt(line, self.published.step)

    def note_hidden(self) -> None:
        """Note down what is no text, be it in a title or in a comment; of its lines nothing else is told."""
        for number, whole in enumerate(self.text, 1) if hidden("".join(self.text))[1] else ():
            at, said = hidden(whole)
            if said:
                self.unclean.add(number)
                self.mistakes.append((number, Mistake(number, at, at + 1, said)))

    def refuse(self) -> None:
        """Raise SheetError for the mistakes there are, in the order of their lines."""
        if self.mistakes:
            mistakes = [wrong for _, wrong in sorted(self.mistakes, key=lambda each: each[0])]
            shown = different(mistakes)[:MOST]
            told = (pointed(self.name, self.text[each.line - 1], each) for each in shown)
            least = "at least " * (len(mistakes) == ENOUGH)
            rest = len(mistakes) - len(shown)
            more = f"\n{file_named(self.name)}: and {least}{rest:,} more" if rest else ""
            raise SheetError("\n".join(told) + more, mistakes)

    def attempt(self, line: Line, read: Callable[[str], object]) -> None:
        """Read a line, or note down what is wrong with it; what it would have defined is asked for no more."""
        try:
            read(line.text)
        except FormulaError as error:
            self.note(line, error)
        except TooLong as error:
            self.mistakes.append((line.number, mistake(line, str(error), 0, len(line.text))))
            self.refuse()

    def note(self, line: Line, error: FormulaError) -> None:
        """Note down a mistake, with the line as it should be typed where that is known."""
        error = self.looking_alike(line, error)
        is_told = self.names.counters and any(number == line.number for number, _ in self.mistakes)
        is_told = is_told or any(number in self.unclean for _, number, _, _ in line.parts)
        keyword = line.text.split(None, 1)[0]
        mended = missing_comma(line.text) if keyword in ROLE_OF else ""
        message = f"numbers have a point, and a comma between them: {mended}" if mended else error.message
        follows = isinstance(error, FollowingError) or self.samples.explains(line) or self.cascade.explains(line.text)
        if not (is_told or follows):
            self.mistakes.append((line.number, mistake(line, message, error.start, error.end)))
        if len(self.mistakes) == ENOUGH:
            self.refuse()
        self.names.break_line(line)
        self.names.broken.update(self.cascade.noted(line.text))
        self.course.is_broken |= self.cascade.has_rounds

    def looking_alike(self, line: Line, error: FormulaError) -> FormulaError:
        """The mistake, or what only looks like another sign in its line: a letter, be it an O for a 0."""
        at, said = strange(line.text)
        if said and ("U+" not in error.message or said in error.message):
            return FormulaError(said, at)
        around = (each[0] for each in WORDY.finditer(line.text) if each.start() <= error.start < each.end())
        letter = instead_of_letter(word := next(around, ""))
        if letter and "U+" not in error.message and ("number" in error.message or not word.isidentifier()):
            return FormulaError(f"{error.message.partition(';')[0]}; {letter}", error.start, error.end)
        return error

    def loss(self) -> str:
        """The quantity that `loss` names, anywhere in the sheet, or the usual one."""
        if "loss" not in self.head:
            return self.whole.loss()
        (line, start), word = self.loss_place, self.head["loss"]
        try:
            return self.names.known_number(word, line._replace(number=len(self.lines)), start, start + len(word))
        except FormulaError as error:
            self.note(line, error)
            return ""

    def fail(self, message: str, start: int, end: int | None = None) -> NoReturn:
        raise FormulaError(message, start, end)

    def read(self, text: str) -> None:
        """One line that says something."""
        if len(text) > LONGEST_LINE:
            self.fail(f"a line of {len(text):,} characters; the longest may have {LONGEST_LINE:,}", LONGEST_LINE)
        kind, directive = kind_of(text), DIRECTIVE.match(text)
        samples = self.samples.table
        if self.published.is_row(text):
            self.published.row(text)
        elif samples and is_sample(samples, self.line.number, text, self.text):
            self.samples.row(samples, text)
        elif self.samples.ends(text):
            self.samples.refuse(text)
        elif kind:
            self.of_rounds(*kind, text)
        elif directive and self.is_directive(directive[1], text):
            self.directive(directive[1], text, directive.end())
        elif not self.published.read(text):
            self.defined(text)

    def is_directive(self, word: str, text: str) -> bool:
        """Whether a line that begins with a word is meant as a line of its kind; `w*x ~= 1` is no such line."""
        return word in WORDS or (word in USAGE and not self.names.find(word)) or not SIGN.search(text)

    def defined(self, text: str) -> None:
        """An equation, or a function."""
        match = EQUALS.search(text)
        if remedy := instead_of_sign(text, self.names.keywords):
            self.fail(remedy, len(text) - len(text.lstrip()), len(text))
        if ARROW in text:
            self.published.postpone(text)
        elif match and self.published.is_slope(text[: match.start()]):
            self.published.derivation(text)
        elif match and (head := FUNCTION.fullmatch(text[: match.start()])):
            self.names.define_function(function(self.names, head, text[match.end() :], match.end(), self.line))
        elif match:
            for _ in self.whole.ranges(text, match):
                self.equation(text, match)
        else:
            start = len(text) - len(text.lstrip())
            self.fail(unlike_any(text.strip()), start, len(text))

    def directive(self, word: str, text: str, at: int) -> None:
        rest = text[at:].strip()
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if word not in WORDS[:-1]:
            self.unlike(word, text)
        elif not rest:
            self.fail(f"{word} what? something has to follow", start)
        elif word in ("title", "source"):
            self.head[word] = f"{self.head[word]} {rest}" if word in self.head else rest
        elif word in ROLE_OF:
            self.given(word, text, start)
        elif word == "loss":
            if "loss" in self.head:
                self.fail(f"the loss is already named on line {self.loss_place[0].number}", start, len(text))
            if "=" in rest:
                name = rest.partition("=")[0].strip()
                self.fail(f"the loss is named behind its equation: {rest}, then loss {name}", start)
            self.head["loss"] = rest
            self.loss_place = self.line, start
        else:
            self.course.update(self.line, start)

    def unlike(self, word: str, text: str) -> NoReturn:
        """Tell what is wrong with a line that begins with a word and is none of its kind."""
        begin = text.index(word)
        if word == "table" and (remedy := instead_of_head(text)):
            self.published.skip_table()
            self.fail(remedy, begin, len(text))
        if word == "next" and (new := NEW.match(text, begin)) and SIGN.search(text):
            check = text[new.start(1) :].strip()
            self.fail(f"what is next is checked in its round: write round, and then {check}", begin, len(text))
        if word in USAGE:
            self.fail(f"{word} what? write {USAGE[word]}", begin, len(text))
        close = did_you_mean(word, (*WORDS[:-1], *USAGE)) or "; an equation has an = in it"
        self.fail(f"no line begins with {word!r}{close}", begin, begin + len(word))

    # ── definitions ──

    def given(self, keyword: str, text: str, start: int) -> None:
        """`input x = 3, y = 4`"""
        for piece, begin in pieces(text, start):
            self.leaf(keyword, text[begin : begin + len(piece)], begin)

    def leaf(self, keyword: str, piece: str, start: int) -> None:
        left, equals, right = piece.partition("=")
        if not equals:
            self.fail(
                f"{keyword} needs a number: {keyword} {left.strip() or 'x'} = 0.5", start, start + len(piece.rstrip())
            )
        member = self.whole.left(left, start)
        name = member.name if member else self.new_name(left, right, start)
        raw = self.names.raw(right, start + len(left) + 1)
        found = self.names.whole(raw)
        if member or found.shape:
            self.whole.leaf(keyword, member or Left(name), raw, found, piece)
            return
        formula = scalar(raw, found)
        for each in free_names(formula):
            if each.name not in CONSTANTS:
                letter = instead_of_letter(right.strip())
                fact = f"{keyword} {name} is a number; {letter or f'{each.name!r} makes it an equation'}"
                self.fail(fact, each.at, each.at + len(each.name))
        self.names.define(name, self.line.number, keyword)
        self.leaves.append(Leaf(self.line.number, name, keyword, formula))

    def equation(self, text: str, equals: re.Match[str]) -> None:
        left, right = text[: equals.start()], text[equals.end() :]
        member = self.whole.left(left, 0)
        names = (
            (member.name,) if member else tuple(self.new_name(piece, right, start) for piece, start in pieces(left, 0))
        )
        if (new := NEW.search(right)) and not self.names.find("next"):
            start = equals.end() + new.start()
            self.fail(instead_of_new(new[1], text.strip()), start, start + len(new[0]))
        raw = self.names.raw(right, equals.end())
        self.whole.check_right(names, raw)
        self.samples.defined(names[0], right)
        if member or varies(raw, self.names.arrays):
            self.whole.equation(names, member, raw, text)
            return
        found = self.names.whole(raw, several=True)
        if found.shape and len(names) == 1:
            self.whole.computed(Left(*names), raw, found, 0, text)
            return
        formula = scalar(raw, found)
        check_results(names, formula)
        for i, name in enumerate(names):
            if name in names[:i]:
                self.fail(f"{name!r} is already defined on line {self.line.number}", 0, len(text))
            self.names.define(name, self.line.number)
        self.names.has_equations = True
        self.whole.numbers |= dict.fromkeys(names, raw)
        self.equations.append(Equation(self.line.number, names, formula, text.strip()))

    def new_name(self, piece: str, right: str, start: int) -> str:
        """A name that can be defined here."""
        begin = start + len(piece) - len(piece.lstrip())
        end = begin + len(piece.strip())
        if remedy := instead_of_equation(piece, right):
            self.fail(f"{piece.strip()!r} is no name; {remedy}", begin, end)
        if remedy := instead_of_again(piece, right, self.names.defined, self.names.keywords):
            self.fail(remedy, begin, end)
        name = self.names.new(piece, start)
        if self.course.drafts:
            first = self.course.drafts[0].line
            fact = f"every round computes the same; move this above the update on line {first}"
            self.fail(fact, begin, begin + len(name))
        return name

    # ── rounds ──

    def of_rounds(self, kind: str, match: re.Match[str], text: str) -> None:
        """A line of a kind that is known by how it begins."""
        if kind in ROLE_OF:
            self.given(kind, text, match.end())
        elif kind == "at":
            self.published.at(match, text)
        elif kind == "table":
            self.published.head_of_table(text, match.end())
        elif kind == "samples":
            self.samples.begin(text, match.end(), self.name)
        elif kind == "sample":
            self.samples.choose(text, match.end())
            self.course.reread()
        else:
            self.course.read(kind, match, self.line)


def different(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """The mistakes, of many that say the same only the first."""
    times = Counter(each.message for each in mistakes)
    first = {each.message: each for each in reversed(mistakes)}
    return [each for each in mistakes if times[each.message] <= ALIKE or first[each.message] is each]
