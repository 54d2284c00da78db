"""The small arithmetic language: parse, evaluate, substitute and print formulas.

A formula is a tree of `Number`, `Name` and `Call`; an operator is a call whose function is
its sign (`+ - * / **`, and `neg` for the unary minus). Whatever walks a tree is a `fold`,
without recursion, so a sum of 100,000 terms is as good as one of two. Nothing is `eval`ed.
"""

from __future__ import annotations

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from .errors import FormulaError, did_you_mean

__all__ = [
    "CONSTANTS",
    "JAVASCRIPT",
    "LATEX",
    "OPERATORS",
    "PYTHON",
    "TEXT",
    "UNICODE",
    "Call",
    "Formula",
    "Language",
    "Name",
    "Number",
    "evaluate",
    "fold",
    "free_names",
    "latex_name",
    "number_text",
    "parse",
    "render",
    "substitute",
    "unicode_name",
]

MAX_DEPTH = 64


@dataclass(frozen=True)
class Number:
    """A literal number."""

    value: float
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Name:
    """A quantity: `x1`, `ŷ`, or a derivative written `∂L/∂w`."""

    name: str
    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Call:
    """A function or operator with its arguments."""

    function: str
    arguments: tuple[Formula, ...]
    at: int = field(default=0, compare=False, repr=False)


Formula = Number | Name | Call

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi}

# ── parse ──────────────────────────────────────────────────────────────────────────────────

# The first letter is no digit of any script; combining marks make the ŷ that two keystrokes typed.
NAME = r"(?:[^\W\d]|_)[\w\u0300-\u036f]*"
TOKEN = re.compile(
    rf"""(?P<derivative>∂{NAME}/∂{NAME}|d{NAME}/d{NAME})
      |  (?P<name>{NAME})
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
        text = word.text if word.kind == "end" else repr(word.text)
        raise FormulaError(f"unexpected {text}{after}{hint}", word.start, word.end)

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


def substitute(formula: Formula, replacements: Mapping[str, Formula]) -> Formula:
    """The formula with names replaced by other formulas.

    >>> render(substitute(parse("2*x"), {"x": parse("a + b")}), TEXT)
    '2*(a + b)'
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


# ── print ──────────────────────────────────────────────────────────────────────────────────

SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 6)


def number_text(number: float, digits: int | None = None) -> str:
    """A number as a book prints it: significant digits, whole numbers without a point.

    >>> number_text(-0.017391262), number_text(0.5597136, 4), number_text(2.0), number_text(1.5e-7)
    ('-0.017391262', '0.5597', '2', '1.5e-7')

    digits  how many significant digits; None for all that the double holds
    """
    number = float(number)
    if not math.isfinite(number):
        return repr(number)
    if number == int(number) and abs(number) < 10 ** max(digits or 16, 6):
        return str(int(number))
    text = repr(number) if digits is None else f"{number:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text
    if digits is not None and 0 < int(exponent) < 7:  # 12345.6 at 4 digits is 12346, no 1.235e+04
        return f"{number:.0f}"
    return f"{mantissa}e{int(exponent)}"


SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
DERIVATIVE = re.compile(rf"∂{NAME}/∂{NAME}")
INDEXED = re.compile(r"(.*[^\W\d_][\u0300-\u036f]*)_?([0-9]+)")
GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega"
).split()
ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0303": r"\tilde", "\u0307": r"\dot"}


def unicode_name(name: str) -> str:
    """A name with its index written below the line.

    >>> unicode_name("w11"), unicode_name("h_2"), unicode_name("∂L/∂z1"), unicode_name("loss")
    ('w₁₁', 'h₂', '∂L/∂z₁', 'loss')
    """
    if DERIVATIVE.fullmatch(name):
        return "/".join("∂" + unicode_name(part[1:]) for part in name.split("/"))
    match = INDEXED.fullmatch(name)
    return match[1] + match[2].translate(SUBSCRIPTS) if match else name


def latex_name(name: str) -> str:
    r"""A name as LaTeX sets it: Greek letters, hats and indices.

    >>> print(latex_name("w11"), latex_name("ŷ"), latex_name("delta1"), latex_name("loss"))
    w_{11} \hat{y} \delta_{1} \mathrm{loss}
    """
    if DERIVATIVE.fullmatch(name):
        top, bottom = (latex_name(part[1:]) for part in name.split("/"))
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
    match = INDEXED.fullmatch(name)
    stem, index = (match[1], match[2]) if match else (name, "")
    letters = unicodedata.normalize("NFD", stem)
    if len(letters) == 2 and letters[1] in ACCENTS:
        word = f"{ACCENTS[letters[1]]}{{{letters[0]}}}"
    elif stem.lower() in GREEK:
        word = "\\" + stem
    elif len(stem) == 1:
        word = stem
    else:
        word = r"\mathrm{" + stem.replace("_", r"\_") + "}"
    return f"{word}_{{{index}}}" if index else word


class Form(NamedTuple):
    """How one function or operator is written: a template, how tightly the whole binds,
    and how tightly each argument must bind to stand there without parentheses."""

    template: str
    binds: int
    needs: tuple[int, ...]


@dataclass(frozen=True)
class Language:
    """A notation that formulas can be printed in."""

    forms: Mapping[str, Form]
    call: str = "{}({})"
    parentheses: str = "({})"
    name: Callable[[str], str] = str
    number: Callable[[float], str] = number_text
    negative: int = SIGN  # how tightly a negative number binds; 0 puts it in parentheses
    superscripts: bool = False  # whether a whole exponent is written above the line

    def knowing(self, forms: Mapping[str, Form]) -> Language:
        """The same notation with more functions written their own way."""
        return replace(self, forms={**self.forms, **forms})


def operator_forms(plus: str, minus: str, times: str, over: str, power: Form, neg: str) -> dict[str, Form]:
    """The forms of the six operators; a second sign in a row always gets parentheses."""
    return {
        "+": Form(plus, SUM, (SUM, PRODUCT)),
        "-": Form(minus, SUM, (SUM, PRODUCT)),
        "*": Form(times, PRODUCT, (PRODUCT, SIGN)),
        "/": Form(over, PRODUCT, (PRODUCT, SIGN)),
        "**": power,
        "neg": Form(neg, SIGN, (POWER,)),
    }


def latex_number(number: float) -> str:
    mantissa, _, exponent = number_text(number).partition("e")
    named = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{NaN}"}
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else named.get(mantissa, mantissa)


TEXT = Language(operator_forms("{} + {}", "{} - {}", "{}*{}", "{}/{}", Form("{}^{}", POWER, (ATOM, SIGN)), "-{}"))
UNICODE = Language(
    operator_forms("{} + {}", "{} − {}", "{} × {}", "{} / {}", Form("{}^{}", POWER, (ATOM, SIGN)), "−{}"),
    name=unicode_name,
    number=lambda number: number_text(number).replace("-", "−"),
    superscripts=True,
)
PYTHON = Language(
    operator_forms("{} + {}", "{} - {}", "{} * {}", "{} / {}", Form("{} ** {}", POWER, (ATOM, SIGN)), "-{}"),
    number=lambda number: repr(float(number)),
)
# JavaScript refuses -x ** 2, so a power is a call there.
JAVASCRIPT = Language(
    operator_forms("{} + {}", "{} - {}", "{} * {}", "{} / {}", Form("pow({}, {})", ATOM, (0, 0)), "-{}"),
    number=lambda number: repr(float(number)).replace("inf", "Infinity").replace("nan", "NaN"),
)
LATEX = Language(
    {
        **operator_forms("{} + {}", "{} - {}", r"{} \cdot {}", "", Form("{}^{{{}}}", POWER, (ATOM, 0)), "-{}"),
        "/": Form(r"\frac{{{}}}{{{}}}", POWER, (0, 0)),
    },
    call=r"\operatorname{{{}}}\left({}\right)",
    parentheses=r"\left({}\right)",
    name=latex_name,
    number=latex_number,
)


def whole(formula: Formula) -> bool:
    return isinstance(formula, Number) and abs(formula.value) < 100 and formula.value == int(formula.value)


def render(formula: Formula, language: Language = TEXT) -> str:
    """The formula in a notation, with no more parentheses than its meaning needs.

    >>> formula = parse("((w1*x1) + b)^2 / -(2*n)")
    >>> print(render(formula), render(formula, PYTHON), sep="   ")
    (w1*x1 + b)^2/-(2*n)   (w1 * x1 + b) ** 2.0 / -(2.0 * n)
    >>> print(render(formula, LATEX))
    \\frac{\\left(w_{1} \\cdot x_{1} + b\\right)^{2}}{-\\left(2 \\cdot n\\right)}
    """

    def visit(node: Formula, arguments: Sequence[tuple[str, int]]) -> tuple[str, int]:
        if isinstance(node, Number):
            text, signed = language.number(node.value), math.copysign(1, node.value) < 0
            return text, language.negative if signed else SIGN if r"\cdot" in text else ATOM  # 1.5 · 10⁻⁷
        if isinstance(node, Name):
            return language.name(node.name), ATOM
        form = language.forms.get(node.function)
        if form is None:
            inside = ", ".join(text for text, _ in arguments)
            return language.call.format(node.function, inside), ATOM
        if language.superscripts and node.function == "**" and whole(node.arguments[1]):
            base, binds = arguments[0]
            base = base if binds >= ATOM else language.parentheses.format(base)
            return base + arguments[1][0].translate(SUPERSCRIPTS), POWER
        needs = form.needs or (0,) * len(arguments)
        texts = [
            text if binds >= need else language.parentheses.format(text)
            for (text, binds), need in zip(arguments, needs)
        ]
        return form.template.format(*texts), form.binds

    return fold(formula, visit)[0]  # type: ignore[no-any-return]
