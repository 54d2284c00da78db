"""Reading a worked-example sheet: what it says, and where each mistake in it stands."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NoReturn

from microgrid.errors import FormulaError, SheetError, counted, did_you_mean
from microgrid.formula import EVERY_OP, Call, Formula, Name, fold, free_names
from microgrid.formula.definitions import Definition
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.tokens import NAME, SPELLED

from .check_sides import closed_form, left_side
from .lines import Line, logical, pieces, pointed
from .names import ROLE_OF, WORDS, SheetNames
from .remedies import instead_of_equation, missing_comma
from .statements import BLANK, Check, Equation, Identity, Leaf, Quantity, Script, Update, quantity_of

__all__ = ["PRINTED", "is_in_range", "read"]

MANY_RESULTS = "softmax"
LONGEST_LINE = 100_000
LONGEST_NUMBER, LARGEST_POWER = 60, 290
MOST = 20  # mistakes that are told at once

# ── reading ────────────────────────────────────────────────────────────────────────────────

PRINTED = re.compile(r"[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+−]?[0-9]+)?")
UPDATE = re.compile(rf"(\S+)(?:\s+of\s+({SPELLED}))?")
DIRECTIVE = re.compile(rf"\s*({NAME})(?=\s|$)(?!\s*(?:=|~|≈|,))")
FUNCTION = re.compile(rf"\s*({NAME})\s*\(\s*({NAME}(?:\s*,\s*{NAME})*)\s*\)\s*")
DERIVATIVE = re.compile(rf"[d∂]({SPELLED})\s*/\s*[d∂]\s*({SPELLED})")


def read(text: str, name: str) -> Script:
    """What the text of a sheet says. Raises SheetError with name:line:column and a caret for each mistake in it."""
    return Reader(text.removeprefix("\ufeff"), name).script()


class Reader:
    """Reads one sheet, line by line; every mistake that it meets is told at the end, with its place."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = list(logical(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))
        self.names = SheetNames(self.lines)
        self.line = Line(0, "", ())
        self.mistakes: list[str] = []
        self.head: dict[str, str] = {}
        self.loss_place = self.line, 0
        self.leaves: list[Leaf] = []
        self.equations: list[Equation] = []
        self.checks: list[Check | Identity] = []
        self.updates: list[Update] = []
        self.expressions: dict[str, Equation] = {}

    def script(self) -> Script:
        for line in self.lines:
            self.line = line
            self.attempt(line)
        if not (self.names.defined or self.mistakes):
            raise SheetError(f"{self.name}: nothing is defined; a sheet has lines such as `z = w*x + b`")
        loss = self.loss()
        if self.mistakes:
            more = f"\n{self.name}: and {len(self.mistakes) - MOST:,} more" if len(self.mistakes) > MOST else ""
            raise SheetError("\n".join(self.mistakes[:MOST]) + more)
        return Script(
            self.name,
            self.head.get("title", ""),
            self.head.get("source", ""),
            loss,
            tuple(self.leaves),
            tuple(self.equations),
            tuple(self.checks),
            tuple(each if each.loss else replace(each, loss=loss) for each in self.updates),
            expressions=tuple(self.expressions.values()),
        )

    def attempt(self, line: Line) -> None:
        """Read a line, or note down what is wrong with it; what it would have defined is asked for no more."""
        try:
            self.read(line.text)
        except FormulaError as error:
            self.note(line, error)

    def note(self, line: Line, error: FormulaError) -> None:
        """Note down a mistake, with the line as it should be typed where that is known."""
        keyword = line.text.split(None, 1)[0]
        mended = missing_comma(line.text) if keyword in ROLE_OF else ""
        message = f"numbers have a point, and a comma between them: {mended}" if mended else error.message
        self.mistakes.append(pointed(self.name, line, message, error.start, error.end))
        self.names.break_line(line)

    def loss(self) -> str:
        """The quantity that `loss` names, anywhere in the sheet, or the last equation's."""
        if "loss" not in self.head:
            return self.equations[-1].names[-1] if self.equations else ""
        (line, start), word = self.loss_place, self.head["loss"]
        try:
            return self.names.known(word, line._replace(number=len(self.lines)), start, start + len(word))
        except FormulaError as error:
            self.note(line, error)
            return ""

    def fail(self, message: str, start: int, end: int | None = None) -> NoReturn:
        raise FormulaError(message, start, end)

    def read(self, text: str) -> None:
        """One line that says something."""
        if len(text) > LONGEST_LINE:
            self.fail(f"a line of {len(text):,} characters; the longest may have {LONGEST_LINE:,}", LONGEST_LINE)
        if "\0" in text:
            self.fail("a NUL character; this is no text file", text.index("\0"))
        directive = DIRECTIVE.match(text)
        sign = re.search(r"~=|≈|==", text)
        if directive and not (sign and directive[1] not in WORDS):
            self.directive(directive[1], text, directive.end())
        elif sign:
            (self.identity if sign[0] == "==" else self.check)(text, sign)
        elif (match := re.search(r"(?<![<>])=", text)) and (function := FUNCTION.fullmatch(text[: match.start()])):
            self.function(function, text, match.end())
        elif match:
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
                self.fail(f"the loss is already named on line {self.loss_place[0].number}", start, len(text))
            self.head["loss"] = rest
            self.loss_place = self.line, start
        else:
            self.update(text, start)

    # ── definitions ──

    def leaf(self, keyword: str, piece: str, start: int) -> None:
        left, equals, right = piece.partition("=")
        if not equals:
            self.fail(
                f"{keyword} needs a number: {keyword} {left.strip() or 'x'} = 0.5", start, start + len(piece.rstrip())
            )
        name = self.new_name(left, right, start)
        formula = self.names.formula(right, start + len(left) + 1)
        for each in free_names(formula):
            if each.name not in CONSTANTS:
                end = each.at + len(each.name)
                self.fail(f"{keyword} {name} is a number; {each.name!r} makes it an equation", each.at, end)
        self.names.define(name, self.line.number)
        self.leaves.append(Leaf(self.line.number, name, keyword, formula))

    def equation(self, text: str, equals: re.Match[str]) -> None:
        left, right = text[: equals.start()], text[equals.end() :]
        names = tuple(self.new_name(piece, right, start) for piece, start in pieces(left, 0))
        formula = self.names.formula(right, equals.end())
        for each in free_names(formula):
            if each.name in names:
                self.fail(f"{each.name!r} is defined by itself", each.at, each.at + len(each.name))
        self.names.check(formula, self.line)
        check_settings(formula)
        check_results(names, formula)
        for i, name in enumerate(names):
            if name in names[:i]:
                self.fail(f"{name!r} is already defined on line {self.line.number}", 0, len(text))
            self.names.define(name, self.line.number)
        self.equations.append(Equation(self.line.number, names, formula, text.strip()))

    def function(self, head: re.Match[str], text: str, at: int) -> None:
        """`f(z) = 1/(1 + exp(-z))`"""
        name, parameters = head[1], tuple(re.findall(NAME, head[2]))
        for each in parameters:
            if self.names.find(each):
                remedy = instead_of_equation(head[0], text[at:])
                self.fail(f"{each!r} is a quantity, so {name} is none of its functions; {remedy}", 0, head.end())
        self.names.new(name, head.start(1))
        formula = self.names.formula(text[at:], at, besides=parameters)
        self.names.check(formula, self.line, parameters)
        check_settings(formula)
        self.names.define_function(Definition(name, parameters, formula, self.line.number))

    def new_name(self, piece: str, right: str, start: int) -> str:
        """A name that can be defined here."""
        remedy = instead_of_equation(piece, right)
        if remedy:
            begin = start + len(piece) - len(piece.lstrip())
            self.fail(f"{piece.strip()!r} is no name; {remedy}", begin, begin + len(piece.strip()))
        name = self.names.new(piece, start)
        if self.updates:
            begin = start + len(piece) - len(piece.lstrip())
            first = self.updates[0].line
            self.fail(
                f"every round computes the same; move this above the update on line {first}", begin, begin + len(name)
            )
        return name

    # ── checks and updates ──

    def quantity(self, text: str, printed: str) -> Quantity:
        """The left side of a check: a name or a derivative; or an expression, which is a quantity without a name."""
        word = text.strip()
        start = len(text) - len(text.lstrip())
        match = DERIVATIVE.fullmatch(word)
        if match and word[1] not in "²2" and not self.names.find(word):
            spans = [(start + match.start(i), start + match.end(i)) for i in (1, 2)]
            of, by = (self.names.known(text[begin:end], self.line, begin, end) for begin, end in spans)
            return Quantity(of, by)
        formula = left_side(self.names, text, printed)
        self.names.check(formula, self.line)
        if isinstance(formula, Name):
            return quantity_of(formula)
        check_settings(formula)
        check_single(formula)
        self.expressions.setdefault(word, Equation(self.line.number, (word,), formula, word))
        return Quantity(word)

    def check(self, text: str, sign: re.Match[str]) -> None:
        printed = text[sign.end() :].strip()
        quantity = self.quantity(text[: sign.start()], printed)
        start, number = len(text) - len(text[sign.end() :].lstrip()), None
        if PRINTED.fullmatch(printed):
            check_range(printed, start)
            printed = printed.replace("−", "-")
        elif printed != BLANK:
            number = closed_form(self.names, printed, start)
        self.checks.append(Check(self.line.number, len(self.updates), quantity, printed, number))

    def identity(self, text: str, sign: re.Match[str]) -> None:
        said = text[sign.end() :].strip()
        quantity = self.quantity(text[: sign.start()], said)
        if said == BLANK:
            self.fail(f"a blank is for a number: {quantity} ~= {BLANK}", text.index(BLANK, sign.end()))
        formula = self.names.formula(text[sign.end() :], sign.end())
        self.names.check(formula, self.line)
        check_settings(formula)
        self.checks.append(Identity(self.line.number, len(self.updates), quantity, formula, said))

    def update(self, text: str, start: int) -> None:
        match = UPDATE.match(text, start)
        if match is None or not PRINTED.fullmatch(match[1]):
            rate = text[start:].split()[0]
            self.fail(f"{rate!r} is no learning rate; write update 0.01", start, start + len(rate))
        check_range(match[1], start)
        loss = self.names.known(match[2], self.line, match.start(2), match.end(2)) if match[2] else ""
        if not self.equations:
            self.fail("there is no loss to descend yet; write an equation first", start)
        params = [leaf.name for leaf in self.leaves if leaf.keyword == "param"]
        names = tuple(self.param(piece, begin, params) for piece, begin in pieces(text, match.end()) if piece.strip())
        for name in names:
            if names.count(name) > 1:
                begin = text.rindex(name)
                self.fail(f"{name!r} is named twice; it takes one step", begin, begin + len(name))
        if not (names or params):
            self.fail("there is no param to update; write one, such as param w = 0.5", start)
        step = float(match[1].replace("−", "-"))
        self.updates.append(Update(self.line.number, step, loss, names or tuple(params)))

    def param(self, piece: str, start: int, params: list[str]) -> str:
        begin = start + len(piece) - len(piece.lstrip())
        end = begin + len(piece.strip())
        name = self.names.known(piece.strip(), self.line, begin, end)
        if name not in params:
            self.fail(f"{name!r} is no param, and only params are updated", begin, end)
        return name


# ── what a formula of a sheet has to be ─────────────────────────────────────────────────────


def check_results(names: tuple[str, ...], formula: Formula) -> None:
    """softmax gives one result for each input; everything else gives one."""
    gives = len(formula.arguments) if isinstance(formula, Call) and formula.function == MANY_RESULTS else 1
    if softmax_in(formula) is not formula:
        check_single(formula)
    if gives != len(names):
        left = counted(len(names), "name")
        raise FormulaError(f"the right side gives {counted(gives, 'result')}, the left side has {left}")


def check_single(formula: Formula) -> None:
    """What is one number has no softmax in it."""
    inside = softmax_in(formula)
    if inside is not None:
        fact = "softmax gives several results; give it a line of its own: p1, p2 = softmax(z1, z2)"
        raise FormulaError(fact, inside.at, inside.at + len(MANY_RESULTS))


def softmax_in(formula: Formula) -> Any:
    """The innermost softmax, if there is one."""
    return fold(formula, lambda node, found: next(filter(None, found), None) or many(node))


def many(node: Any) -> Any:
    return node if isinstance(node, Call) and node.function == MANY_RESULTS else None


def check_settings(formula: Formula) -> None:
    """What has no derivative is a number; and affine pairs its weights with its inputs."""

    def visit(node: Any, _: Any) -> None:
        if not isinstance(node, Call):
            return
        operation, end = EVERY_OP.get(node.function), node.at + len(node.function)
        for argument in node.arguments[len(operation.stable.inputs) :] if operation and operation.takes else ():
            if free_names(argument):
                setting = next(iter(operation.fixed)) if operation else ""
                raise FormulaError(f"the {setting} of {node.function} is a fixed number, such as 0.1", node.at, end)
        if node.function == "affine" and len(node.arguments) % 2 == 0:
            fact = "affine takes the weights, as many inputs, then the bias: affine(w1, w2, x1, x2, b)"
            raise FormulaError(fact, node.at, end)

    fold(formula, visit)


def check_range(printed: str, start: int) -> None:
    """Numbers that a double cannot hold, or that no book prints."""
    if not is_in_range(printed):
        fact = f"{printed[:20]} is out of range; numbers go from 1e-{LARGEST_POWER} to 1e{LARGEST_POWER}"
        raise FormulaError(fact, start, start + len(printed))


def is_in_range(printed: str) -> bool:
    """Whether a double holds the number, and a book may print it."""
    power = printed.lower().partition("e")[2].replace("−", "-") or "0"
    return len(printed) <= LONGEST_NUMBER and len(power) <= 4 and abs(int(power)) <= LARGEST_POWER
