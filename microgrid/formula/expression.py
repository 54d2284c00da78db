"""The small arithmetic language: parse, evaluate and substitute formulas.

A formula is a tree of `Number`, `Name` and `Call`; an operator is a call whose function is
its sign (`+ - * / **`, and `neg` for the unary minus). Whatever walks a tree is a `fold`,
without recursion, so a sum of 100,000 terms is as good as one of two. Nothing is `eval`ed.
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from microgrid.errors import FormulaError, did_you_mean
from microgrid.streams import carrying

__all__ = [
    "CONSTANTS",
    "NAME",
    "OPERATORS",
    "QUANTITY",
    "Call",
    "Formula",
    "Name",
    "Number",
    "Prepared",
    "evaluate",
    "fold",
    "free_names",
    "parse",
    "substitute",
]

MAX_DEPTH = 64


@dataclass(frozen=True)
class Number:
    """A literal number."""

    value: float
    at: int = field(default=0, compare=False, repr=False)


@carrying
@dataclass(frozen=True)
class Name:
    """A quantity: `x1`, `ŷ`, a derivative written `∂L/∂w`; where a graph is asked, also `w.grad` and `w#2`."""

    name: str
    at: int = field(default=0, compare=False, repr=False)


@carrying
@dataclass(frozen=True)
class Call:
    """A function or operator with its arguments."""

    function: str
    arguments: tuple[Formula, ...]
    at: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.function, self.arguments)))  # no recursion: theirs are known

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]

    def __setstate__(self, state: dict[str, Any]) -> None:
        for each in ("function", "arguments", "at"):
            object.__setattr__(self, each, state[each])
        self.__post_init__()  # the hash of a text is another in every process


Formula = Number | Name | Call

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi}

# ── parse ──────────────────────────────────────────────────────────────────────────────────

# The first letter is no digit of any script; combining marks make the ŷ that two keystrokes typed.
NAME = r"(?:[^\W\d]|_)[\w\u0300-\u036f]*"
QUANTITY = rf"{NAME}(?:\#[0-9]+)?"  # a graph calls the second value of one label `z#2`
TOKEN = re.compile(
    rf"""(?P<derivative>∂{QUANTITY}/∂{QUANTITY}|d{QUANTITY}/d{QUANTITY})
      |  (?P<name>{QUANTITY}(?:\.(?:grad|data)(?!\w))?)
      |  (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
      |  (?P<operator>\*\*|[-+*/^(),−·×])
      |  (?P<space>[ \t]+)""",
    re.VERBOSE,
)
SPELLINGS = {"^": "**", "−": "-", "·": "*", "×": "*"}
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2}  # how tightly the left-associative operators bind


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def parse(
    text: str,
    functions: Mapping[str, Collection[int]] | None = None,
    derivatives: Callable[[str, str], bool] = lambda y, x: False,
) -> Formula:
    """The tree of a formula written as a person writes it.

    >>> parse("w*x + b")
    Call(function='+', arguments=(Call(function='*', arguments=(Name(name='w'), Name(name='x'))), Name(name='b')))
    >>> parse("2x")
    Traceback (most recent call last):
    microgrid.errors.FormulaError: column 2: unexpected 'x' after '2'; a product is written 2*x

    text         numbers, names (Unicode letters too), + - * / ^ **, parentheses, calls
    functions    the known functions with the numbers of arguments each takes (an empty
                 collection means any number from one); None knows them all
    derivatives  says whether `dY/dX` means the derivative of Y by X; `∂Y/∂X` always does,
                 and both are then the Name "∂Y/∂X"
    Returns a Formula. Raises FormulaError with the column.
    """
    return Parser(list(tokens(text, derivatives)), functions).parse()


def tokens(text: str, derivatives: Callable[[str, str], bool]) -> list[Token]:
    """The words of a formula; the last one is the end."""
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise FormulaError(f"unexpected {text[at]!r}", at)
        end = match.end()
        kind, word = str(match.lastgroup), unicodedata.normalize("NFC", match.group())
        if kind == "derivative":
            y, x = (part[1:] for part in word.split("/"))
            if word[0] == "∂" or derivatives(y, x):
                kind, word = "name", f"∂{y}/∂{x}"
            else:  # two names that begin with d, divided: the first of them
                kind, end = "name", text.index("/", at)
                word = unicodedata.normalize("NFC", text[at:end])
        if kind != "space":
            found.append(Token(kind, SPELLINGS.get(word, word), at, end))
        at = end
    return [*found, Token("end", "the end", len(text), len(text) + 1)]


class Parser:
    """Precedence climbing over the tokens of one formula."""

    def __init__(self, words: list[Token], functions: Mapping[str, Collection[int]] | None) -> None:
        self.words = words
        self.functions = functions
        self.position = 0
        self.depth = 0

    @property
    def word(self) -> Token:
        return self.words[self.position]

    def take(self) -> Token:
        self.position += 1
        return self.words[self.position - 1]

    def parse(self) -> Formula:
        if self.word.kind == "end":
            raise FormulaError("a formula is missing here", self.word.start)
        formula = self.sum(1)
        if self.word.kind != "end":
            self.unexpected()
        return formula

    def unexpected(self) -> None:
        word, before = self.word, self.words[self.position - 1] if self.position else None
        after = f" after {before.text!r}" if before else ""
        hint = ""
        if word.text == ")" and not self.depth:
            after, hint = "", "; no '(' is open here"
        elif before and before.text in (self.functions or ()):
            hint = f"; a function is written {before.text}(...)"
        elif before and word.kind in ("name", "number") and before.kind in ("name", "number"):
            hint = f"; a product is written {before.text}*{word.text}"
        if word.kind == "end":
            raise FormulaError(f"something is missing{after}", word.start, word.end)
        raise FormulaError(f"unexpected {word.text!r}{after}{hint}", word.start, word.end)

    def sum(self, level: int) -> Formula:
        """Operators that bind at least as tightly as `level`, from the left."""
        left = self.unary()
        while LEVELS.get(self.word.text, 0) >= level:
            sign = self.take()
            left = Call(sign.text, (left, self.sum(LEVELS[sign.text] + 1)), sign.start)
        return left

    def unary(self) -> Formula:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(f"nested deeper than {MAX_DEPTH} levels", self.word.start)
        if self.word.text == "-":
            sign = self.take()
            formula: Formula = Call("neg", (self.unary(),), sign.start)
        else:
            formula = self.power()
        self.depth -= 1
        return formula

    def power(self) -> Formula:
        base = self.atom()
        if self.word.text != "**":
            return base
        sign = self.take()
        return Call("**", (base, self.unary()), sign.start)

    def atom(self) -> Formula:
        word = self.word
        if word.kind == "number":
            return self.number()
        if word.kind == "name":
            self.take()
            return self.call(word) if self.word.text == "(" else Name(word.text, word.start)
        if word.text != "(":
            self.unexpected()
        inside = self.bracketed()
        if len(inside) > 1:
            raise FormulaError("a ',' belongs between the arguments of a function", word.start)
        return inside[0]

    def number(self) -> Number:
        word = self.take()
        if math.isinf(float(word.text)):
            raise FormulaError(f"{word.text} is beyond the largest double, 1.8e308", word.start, word.end)
        return Number(float(word.text), word.start)

    def bracketed(self) -> list[Formula]:
        """What stands between '(' and ')', separated by commas."""
        opening = self.take()
        inside = [self.sum(1)]
        while self.word.text == ",":
            self.take()
            inside.append(self.sum(1))
        if self.word.kind == "end":
            raise FormulaError("this '(' is never closed", opening.start)
        if self.word.text != ")":
            self.unexpected()
        self.take()
        return inside

    def call(self, word: Token) -> Call:
        if self.functions is not None and word.text not in self.functions:
            hint = did_you_mean(word.text, self.functions)
            raise FormulaError(f"no function is called {word.text!r}{hint}", word.start, word.end)
        arguments = tuple(self.bracketed())
        takes = self.functions[word.text] if self.functions is not None else ()
        if takes and len(arguments) not in takes:
            wanted = " or ".join(map(str, takes))
            plural = "" if wanted == "1" else "s"
            message = f"{word.text} takes {wanted} argument{plural}, not {len(arguments)}"
            raise FormulaError(message, word.start, word.end)
        return Call(word.text, arguments, word.start)


# ── walk ───────────────────────────────────────────────────────────────────────────────────


def fold(formula: Formula, visit: Callable[[Any, list[Any]], Any]) -> Any:
    """`visit(node, results for its arguments)` from the leaves to the root; the root's result."""
    results: list[Any] = []
    stack = [(formula, False)]
    while stack:
        node, ready = stack.pop()
        if isinstance(node, Call) and not ready:
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node.arguments))
            continue
        first = len(results) - (len(node.arguments) if isinstance(node, Call) else 0)
        results[first:] = [visit(node, results[first:])]
    return results[0]


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
}


def evaluate(
    formula: Formula,
    names: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] = OPERATORS,
) -> Any:
    """What a formula comes to, over any vocabulary: floats, arrays, Values, symbols.

    >>> evaluate(parse("w*x + b"), {"w": 3, "x": 2, "b": 1})
    7

    names      what each name stands for
    functions  what each function and operator does
    Raises FormulaError for a name or function that is not there.
    """

    def visit(node: Formula, arguments: list[Any]) -> Any:
        if isinstance(node, Number):
            return node.value
        known: Mapping[str, Any] = names if isinstance(node, Name) else functions
        word = node.name if isinstance(node, Name) else node.function
        if word not in known:
            hint = did_you_mean(word, known)
            raise FormulaError(f"{word!r} is not defined{hint}", node.at, node.at + len(word))
        return known[word] if isinstance(node, Name) else known[word](*arguments)

    return fold(formula, visit)


class Prepared:
    """A formula made ready to be evaluated many times.

    >>> Prepared(parse("w*x + b"))({"w": 3, "x": 2, "b": 1}, OPERATORS)
    7

    names  the names in it, each once
    """

    def __init__(self, formula: Formula) -> None:
        order: list[Formula] = []
        fold(formula, lambda node, _: order.append(node))
        self.names = tuple(dict.fromkeys(node.name for node in order if isinstance(node, Name)))
        self._steps: list[tuple[Any, int]] = [
            (node.function, len(node.arguments)) if isinstance(node, Call)
            else (node.name if isinstance(node, Name) else node.value, 0)
            for node in order
        ]  # fmt: skip

    def __call__(self, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
        """What it comes to; every name and function is there."""
        stack: list[Any] = []
        for word, arity in self._steps:
            if arity == 2:
                right = stack.pop()
                stack[-1] = functions[word](stack[-1], right)
            elif arity:
                stack[-arity:] = [functions[word](*stack[-arity:])]
            else:
                stack.append(names[word] if isinstance(word, str) else word)
        return stack[0]


def substitute(formula: Formula, replacements: Mapping[str, Formula]) -> Formula:
    """The formula with names replaced by other formulas.

    >>> substitute(parse("-x"), {"x": parse("a")})
    Call(function='neg', arguments=(Name(name='a'),))
    """

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return replacements.get(node.name, node)
        return Call(node.function, tuple(arguments), node.at) if isinstance(node, Call) else node

    return fold(formula, visit)  # type: ignore[no-any-return]


def free_names(formula: Formula) -> list[Name]:
    """The names in a formula, each once, in the order of reading.

    >>> [each.name for each in free_names(parse("w*x + b - x"))]
    ['w', 'x', 'b']
    """
    found: dict[str, Name] = {}
    fold(formula, lambda node, _: isinstance(node, Name) and found.setdefault(node.name, node))
    return list(found.values())
