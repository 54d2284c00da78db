"""Reading a worked-example sheet: what it says, and where each mistake in it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NoReturn

from microgrid.errors import FormulaError, SheetError, counted, did_you_mean
from microgrid.formula import EVERY_OP, Call, Formula, Vocabulary, fold, free_names, parse
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.ops import ROLES
from microgrid.formula.tokens import NAME

from .statements import Check, Equation, Identity, Leaf, Quantity, Script, Update, quantity_of

__all__ = ["KNOWN_FUNCTIONS", "PRINTED", "ROLE_OF", "is_in_range", "pieces", "read", "width"]

ROLE_OF = {"input": "input", "target": "input", "param": "parameter"}
WORDS = ("title", "source", *ROLE_OF, "loss", "update", "of")
KNOWN_FUNCTIONS = {name: op.takes for name, op in EVERY_OP.items() if name not in ROLES}
MANY_RESULTS = "softmax"
LONGEST_LINE = 100_000
LONGEST_NUMBER, LARGEST_POWER = 60, 290


# ── reading ────────────────────────────────────────────────────────────────────────────────

PRINTED = re.compile(r"[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+−]?[0-9]+)?")
UPDATE = re.compile(rf"(\S+)(?:\s+of\s+({NAME}))?")
DIRECTIVE = re.compile(rf"\s*({NAME})(?=\s|$)(?!\s*(?:=|~|≈))")
DEFINED = re.compile(rf"^[ \t]*(?:(?:{'|'.join(ROLE_OF)})[ \t][^#\n]*?\b)?({NAME})[ \t]*=(?!=)", re.MULTILINE)


def read(text: str, name: str) -> Script:
    """What the text of a sheet says. Raises SheetError with name:line:column and a caret."""
    return Reader(text.removeprefix("\ufeff"), name).script()


class Reader:
    """Reads one sheet, line by line; every mistake it meets is a SheetError that shows the place."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.number = 0
        self.line = ""
        self.head: dict[str, str] = {}
        self.loss_place = 0, "", 0
        self.defined: dict[str, int] = {}
        self.leaves: list[Leaf] = []
        self.equations: list[Equation] = []
        self.checks: list[Check | Identity] = []
        self.updates: list[Update] = []

    def script(self) -> Script:
        for number, line in enumerate(self.lines, 1):
            self.number, self.line = number, line
            text = self.line.partition("#")[0].rstrip()
            if len(text) > LONGEST_LINE:
                self.fail(f"a line of {len(text):,} characters; the longest may have {LONGEST_LINE:,}", LONGEST_LINE)
            if "\0" in text:
                self.fail("a NUL character; this is no text file", text.index("\0"))
            if text.strip():
                self.read(text)
        if not self.defined:
            raise SheetError(f"{self.name}: nothing is defined; a sheet has lines such as `z = w*x + b`")
        loss = self.loss()
        return Script(
            self.name,
            self.head.get("title", ""),
            self.head.get("source", ""),
            loss,
            tuple(self.leaves),
            tuple(self.equations),
            tuple(self.checks),
            tuple(each if each.loss else replace(each, loss=loss) for each in self.updates),
        )

    def loss(self) -> str:
        """The quantity that `loss` names, anywhere in the sheet, or the last equation's."""
        if "loss" not in self.head:
            return self.equations[-1].names[-1] if self.equations else ""
        self.number, self.line, start = self.loss_place
        return self.known(self.head["loss"], start)

    def fail(self, message: str, start: int, end: int | None = None) -> NoReturn:
        raise SheetError(pointed(self.name, self.number, self.line, message, start, end))

    def read(self, text: str) -> None:
        """One line that says something."""
        directive = DIRECTIVE.match(text)
        if directive:
            self.directive(directive[1], text, directive.end())
        elif match := re.search(r"~=|≈", text):
            self.check(text, match)
        elif match := re.search(r"==", text):
            self.identity(text, match)
        elif match := re.search(r"=", text):
            self.equation(text, match)
        else:
            start = len(text) - len(text.lstrip())
            self.fail(
                f"a line is an equation, a check (~= or ==), or begins with {', '.join(WORDS[:-1])}", start, len(text)
            )

    def directive(self, word: str, text: str, at: int) -> None:
        rest = text[at:].strip()
        start = at + len(text[at:]) - len(text[at:].lstrip())
        if word not in WORDS[:-1]:
            begin = text.index(word)
            close = did_you_mean(word, WORDS[:-1])
            self.fail(
                f"no line begins with {word!r}{close or '; an equation has an = in it'}", begin, begin + len(word)
            )
        elif not rest:
            self.fail(f"{word} what? something has to follow", start)
        elif word in ("title", "source"):
            self.head[word] = f"{self.head[word]} {rest}" if word in self.head else rest
        elif word in ROLE_OF:
            for piece, begin in pieces(text, start):
                self.leaf(word, text[begin : begin + len(piece)], begin)
        elif word == "loss":
            if "loss" in self.head:
                self.fail(f"the loss is already named on line {self.loss_place[0]}", start, len(text))
            self.head["loss"] = rest
            self.loss_place = self.number, self.line, start
        else:
            self.update(text, start)

    # ── definitions ──

    def leaf(self, keyword: str, piece: str, start: int) -> None:
        left, equals, right = piece.partition("=")
        if not equals:
            self.fail(
                f"{keyword} needs a number: {keyword} {left.strip() or 'x'} = 0.5", start, start + len(piece.rstrip())
            )
        name = self.new_name(left, start)
        formula = self.formula(right, start + len(left) + 1)
        for each in free_names(formula):
            if each.name not in CONSTANTS:
                self.fail(
                    f"{keyword} {name} is a number; {each.name!r} makes it an equation",
                    each.at,
                    each.at + len(each.name),
                )
        self.define(name)
        self.leaves.append(Leaf(self.number, name, keyword, formula))

    def equation(self, text: str, equals: re.Match[str]) -> None:
        names = tuple(self.new_name(piece, start) for piece, start in pieces(text[: equals.start()], 0))
        formula = self.formula(text[equals.end() :], equals.end())
        for each in free_names(formula):
            if each.name[0] == "∂":
                self.fail("a derivative can be checked, not computed with", each.at, each.at + len(each.name))
            if each.name in names:
                self.fail(f"{each.name!r} is defined by itself", each.at, each.at + len(each.name))
            if each.name not in CONSTANTS:
                self.known(each.name, each.at)
        self.fixed_numbers(formula)
        self.count_results(names, formula)
        for name in names:
            self.define(name)
        self.equations.append(Equation(self.number, names, formula, text.strip()))

    def count_results(self, names: tuple[str, ...], formula: Formula) -> None:
        """softmax gives one result for each input; everything else gives one."""
        gives = len(formula.arguments) if isinstance(formula, Call) and formula.function == MANY_RESULTS else 1
        inside = fold(formula, lambda node, found: next(filter(None, found), None) or many(node))
        if inside is not None and inside is not formula:
            self.fail(
                "softmax gives several results; give it a line of its own: p1, p2 = softmax(z1, z2)",
                inside.at,
                inside.at + 7,
            )
        if gives != len(names):
            self.fail(
                f"the right side gives {counted(gives, 'result')}, the left side has {counted(len(names), 'name')}", 0
            )

    def fixed_numbers(self, formula: Formula) -> None:
        """What has no derivative is a number; and affine pairs its weights with its inputs."""

        def visit(node: Any, _: Any) -> None:
            if not isinstance(node, Call):
                return
            operation, end = EVERY_OP.get(node.function), node.at + len(node.function)
            for argument in node.arguments[len(operation.stable.inputs) :] if operation and operation.takes else ():
                if free_names(argument):
                    setting = next(iter(operation.fixed)) if operation else ""
                    self.fail(f"the {setting} of {node.function} is a fixed number, such as 0.1", node.at, end)
            if node.function == "affine" and len(node.arguments) % 2 == 0:
                self.fail(
                    "affine takes the weights, as many inputs, then the bias: affine(w1, w2, x1, x2, b)", node.at, end
                )

        fold(formula, visit)

    def new_name(self, piece: str, start: int) -> str:
        """A name that can be defined here."""
        name = unicodedata.normalize("NFC", piece.strip())
        begin = start + len(piece) - len(piece.lstrip())
        end = begin + max(len(piece.strip()), 1)
        if not re.fullmatch(NAME, name) or name[0].isnumeric():
            self.fail(
                f"{name!r} is no name; a name is letters, digits and _" if name else "a name is missing here",
                begin,
                end,
            )
        if name in WORDS:
            self.fail(f"{name!r} is a word of the sheet language; choose another name", begin, end)
        if name in KNOWN_FUNCTIONS or name in CONSTANTS:
            kind = "function" if name in KNOWN_FUNCTIONS else "constant"
            self.fail(f"{name!r} is the name of a {kind}; choose another", begin, end)
        if name in self.defined:
            self.fail(f"{name!r} is already defined on line {self.defined[name]}", begin, end)
        if self.updates:
            self.fail(
                f"every round computes the same; move this above the update on line {self.updates[0].line}", begin, end
            )
        return name

    def define(self, name: str) -> None:
        if name in self.defined:
            self.fail(f"{name!r} is already defined on line {self.defined[name]}", 0, len(self.line))
        self.defined[name] = self.number

    def known(self, name: str, start: int) -> str:
        """A name that is defined by now."""
        name = unicodedata.normalize("NFC", name)
        if name not in self.defined:
            self.undefined(name, start, start + len(name))
        return name

    def undefined(self, name: str, start: int, end: int) -> NoReturn:
        rest = "\n".join(self.lines[self.number :])
        for match in DEFINED.finditer(rest):
            if match[1] == name:
                line = self.number + 1 + rest.count("\n", 0, match.start(1))
                self.fail(f"{name!r} is defined only on line {line}{self.circle(line)}", start, end)
        self.fail(f"{name!r} is not defined yet{did_you_mean(name, self.defined)}", start, end)

    def circle(self, later: int) -> str:
        """Whether the later line needs this one, or could just move up."""
        mine = set(re.findall(NAME, self.line.partition("=")[0]))
        theirs = set(re.findall(NAME, self.lines[later - 1].partition("=")[2]))
        return ", which needs this line: a circle" if mine & theirs else "; move that line up"

    def formula(self, text: str, start: int) -> Formula:
        """A formula that begins at a column of this line."""
        try:
            formula = parse(" " * start + text, Vocabulary(KNOWN_FUNCTIONS, self.is_derivative))
        except FormulaError as error:
            self.fail(error.message, error.start, error.end)
            raise
        for each in free_names(formula):
            name, _, attribute = each.name.partition(".")
            if attribute:
                remedy = f"a gradient in a sheet is written dL/d{name}" if attribute == "grad" else f"write {name}"
                self.fail(f"{each.name!r} is Python; {remedy}", each.at, each.at + len(each.name))
        return formula

    def is_derivative(self, of: str, by: str) -> bool:
        """Whether dA/dB is a derivative: A and B are quantities, and it is no quotient of two others."""
        quotient = f"d{of}" in self.defined and f"d{by}" in self.defined
        return not quotient and of in self.defined and by in self.defined

    # ── checks and updates ──

    def quantity(self, text: str) -> Quantity:
        """The left side of a check: a name or a derivative."""
        word = text.strip()
        start = len(text) - len(text.lstrip())
        match = re.fullmatch(rf"[d∂]({NAME})\s*/\s*[d∂]({NAME})", word)
        if match and word not in self.defined:
            of, by = match[1], match[2]
            return Quantity(self.known(of, start + match.start(1)), self.known(by, start + match.start(2)))
        if not re.fullmatch(NAME, word):
            self.fail(
                "the left side of a check is a name or a derivative, such as dL/dw", start, start + max(len(word), 1)
            )
        return Quantity(self.known(word, start))

    def check(self, text: str, sign: re.Match[str]) -> None:
        quantity = self.quantity(text[: sign.start()])
        printed = text[sign.end() :].strip()
        start = len(text) - len(text[sign.end() :].lstrip())
        if not PRINTED.fullmatch(printed):
            comma = re.fullmatch(r"[-+−]?\d*,\d+", printed)
            remedy = f"write {printed.replace(',', '.')}" if comma else "a formula is checked with =="
            fact = f"{printed!r} is no printed number; {remedy}" if printed else "a number is missing here"
            self.fail(fact, start, len(text))
        self.in_range(printed, start)
        self.checks.append(Check(self.number, len(self.updates), quantity, printed.replace("−", "-")))

    def in_range(self, printed: str, start: int) -> None:
        """Numbers that a double cannot hold, or that no book prints."""
        if not is_in_range(printed):
            end = start + len(printed)
            self.fail(
                f"{printed[:20]} is out of range; numbers go from 1e-{LARGEST_POWER} to 1e{LARGEST_POWER}", start, end
            )

    def identity(self, text: str, sign: re.Match[str]) -> None:
        quantity = self.quantity(text[: sign.start()])
        formula = self.formula(text[sign.end() :], sign.end())
        for each in free_names(formula):
            asked = quantity_of(each)
            for name in filter(None, (asked.of, asked.by)):
                if name not in CONSTANTS:
                    self.known(name, each.at)
        self.fixed_numbers(formula)
        self.checks.append(Identity(self.number, len(self.updates), quantity, formula, text[sign.end() :].strip()))

    def update(self, text: str, start: int) -> None:
        match = UPDATE.match(text, start)
        if match is None or not PRINTED.fullmatch(match[1]):
            rate = text[start:].split()[0]
            self.fail(f"{rate!r} is no learning rate; write update 0.01", start, start + len(rate))
        self.in_range(match[1], start)
        loss = self.known(match[2], match.start(2)) if match[2] else ""
        if not self.equations:
            self.fail("there is no loss to descend yet; write an equation first", start)
        params = [leaf.name for leaf in self.leaves if leaf.keyword == "param"]
        names = tuple(self.param(piece, begin, params) for piece, begin in pieces(text, match.end()) if piece.strip())
        names = self.once(names, text)
        if not (names or params):
            self.fail("there is no param to update; write one, such as param w = 0.5", start)
        self.updates.append(Update(self.number, float(match[1].replace("−", "-")), loss, names or tuple(params)))

    def param(self, piece: str, start: int, params: list[str]) -> str:
        begin = start + len(piece) - len(piece.lstrip())
        name = self.known(piece.strip(), begin)
        if name not in params:
            self.fail(f"{name!r} is no param, and only params are updated", begin, begin + len(name))
        return name

    def once(self, names: tuple[str, ...], text: str) -> tuple[str, ...]:
        """The names of an update; a parameter takes one step."""
        for name in names:
            if names.count(name) > 1:
                begin = text.rindex(name)
                self.fail(f"{name!r} is named twice; it takes one step", begin, begin + len(name))
        return names


def is_in_range(printed: str) -> bool:
    """Whether a double holds the number, and a book may print it."""
    power = printed.lower().partition("e")[2].replace("−", "-") or "0"
    return len(printed) <= LONGEST_NUMBER and len(power) <= 4 and abs(int(power)) <= LARGEST_POWER


def many(node: Any) -> Any:
    return node if isinstance(node, Call) and node.function == MANY_RESULTS else None


def pieces(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The parts of a text between the commas that stand in no parentheses, with their columns."""
    depth, begin = 0, start
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if text[at] == "," and depth <= 0:
            yield text[begin:at], begin
            begin = at + 1
    yield text[begin:], begin


def pointed(name: str, number: int, line: str, message: str, start: int, end: int | None) -> str:
    """The message with its file:line:column, the line itself, and a caret under the place."""
    end = start + 1 if end is None else end
    first = max(0, start - 40)
    shown = "".join(letter if letter.isprintable() else " " for letter in line[first : first + 76])
    before = width(shown[: start - first])
    carets = "^" * max(1, width(shown[start - first : end - first]))
    return f"{name}:{number}:{start + 1}: {message}\n    {shown}\n    {' ' * before}{carets}"


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(1 for letter in text if unicodedata.combining(letter))
