"""Formulas read as a person types or a book prints them: precedence climbing over the words.

sum      product, then + or − and a product, again and again
product  sign, then * or / and a sign, again and again; also a factor beside another: y(1 − y), 2x, t ln y
sign     − and a sign, or a power
power    an atom, then ^ and a sign, or a power above the line
atom     a number, a name, a call f(x, y), a bracket (a + b), [a + b], |x|, √x, 1{z > 0}, ln x
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from microgrid.errors import FormulaError

from .cursor import CLOSING, NUMBERS, RELATIONS, Cursor, E, misspelt
from .expression import Call, Formula, Name, Number, fold
from .latex import plain_text, too_deep
from .signs import power_text
from .tokens import PLAIN, Token, Vocabulary

__all__ = ["LEVELS", "Parser", "parse", "read_by"]

MAX_DEPTH = 64
SHORT = 60  # letters of a formula that is shown as it should be typed
LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2}  # how tightly the left-associative operators bind
CONDITIONAL = "where"  # the function whose first argument may compare: where(y > z, y, z)
SPACED = "log"  # the function whose argument may follow it without a bracket: ln z
FACTORS = ("name", "quantity", "power", *NUMBERS)  # kinds of words that a bracket may stand beside
INVERSES = {"exp": "log", "log": "exp", "expm1": "log1p", "log1p": "expm1"}  # of others it is called asin, atanh
MINUSES = str.maketrans("−\u2013", "--")
ZERO, ONE = Number(0.0), Number(1.0)


def parse(text: str, vocabulary: Vocabulary = PLAIN) -> Formula:
    """The tree of a formula written as a person writes it.

    >>> parse("w*x + b")
    Call(function='+', arguments=(Call(function='*', arguments=(Name(name='w'), Name(name='x'))), Name(name='b')))
    >>> parse("½·(y − t)²") == parse("0.5*(y - t)^2"), parse("√x + |x|") == parse("sqrt(x) + abs(x)")
    (True, True)
    >>> parse("w x")
    Traceback (most recent call last):
    microgrid.errors.FormulaError: column 3: unexpected 'x' after 'w'; a product is written w*x

    text        numbers, names (Unicode letters too), + - * / ^ **, parentheses, calls, and the signs of books
    vocabulary  what its words may mean
    Returns a Formula. Raises FormulaError with the column.
    """
    return read_by(Parser, text, vocabulary)


def read_by(parser: type[Parser], text: str, vocabulary: Vocabulary) -> Formula:
    """The tree of a formula by one parser or another, its words of LaTeX read as signs."""
    if "\\" not in text and "}_{" not in text:
        return parser(text, vocabulary).parse()
    plain, columns = plain_text(text)
    at, said = too_deep(plain)
    if said:
        raise FormulaError(said, columns[at])
    try:
        formula = parser(plain, vocabulary).parse()
    except FormulaError as error:
        start, last = (columns[min(each, len(plain))] for each in (error.start, error.end - 1))
        raise FormulaError(error.message, start, max(last, start) + 1) from None
    return moved(formula, columns)


def moved(formula: Formula, columns: list[int]) -> Formula:
    """The formula with other columns of its parts."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        at = columns[node.at]
        return Call(node.function, tuple(arguments), at) if isinstance(node, Call) else replace(node, at=at)

    return fold(formula, visit)  # type: ignore[no-any-return]


class Parser(Cursor):
    """Precedence climbing over the tokens of one formula."""

    levels: Mapping[str, int] = LEVELS

    def parse(self) -> Formula:
        if self.word.kind == "end":
            raise FormulaError("a formula is missing here", self.word.start)
        formula = self.sum(1)
        if self.word.kind != "end":
            self.unexpected()
        return formula

    # ── operators ──

    def sum(self, level: int) -> Formula:
        """Operators that bind at least as tightly as `level`, from the left."""
        begin = self.word.start
        left, divided, first = self.unary(), False, self.word
        while True:
            if self.levels.get(self.word.text, 0) >= level:
                sign = self.take()
                first = self.word
                left = Call(self.operator(sign), (left, self.sum(self.levels[sign.text] + 1)), sign.start)
                divided = sign.text == "/"
            elif level <= LEVELS["*"] and self.is_beside():
                left = self.beside(left, self.text[begin : first.start] if divided else "", first)
            else:
                return left

    def operator(self, sign: Token) -> str:
        """The function that a sign between two stands for."""
        return sign.text

    def is_beside(self) -> bool:
        """Whether a factor stands beside another, without a sign, where nobody can misread it.

        A bracket behind a name, number, power or bracket: y(1 − y); a name, a root or [ behind a number, a power above
        the line or a bracket: 2x, w²x; a derivative or a root behind a name: η dL/dw; a function behind any: t ln y.
        """
        word, before = self.word, self.before
        if before is None or (before.text not in CLOSING and before.kind not in FACTORS):
            return False
        if word.text == "(":
            return True
        if self.is_in_exponent():
            return False
        is_name = word.kind in ("name", "quantity") and word.text[0] != "_"
        if is_name and self.function(word.text):
            return before.text[-1] != "."
        is_number = before.kind in NUMBERS and before.text[-1] != "."
        if word.text == E:  # 2e, but neither where a quantity has the name, nor the 1e of 1e -3
            is_number = is_number and before.text != "1" and self.has_no_e()
        if before.kind == "power" or is_number or before.text in CLOSING:
            return is_name or word.text in ("√", "[")
        return before.kind == "name" and (word.text == "√" or word.kind == "quantity")

    def beside(self, left: Formula, divided: str, first: Token) -> Formula:
        """A product without a sign; what of it would be below a stroke before it is not to be told.

        divided  what stands before and with the stroke, '' where there is none
        first    the first word behind it
        """
        opening, end = self.word, self.words[self.position - 1].end
        inside = self.deeper(self.power)
        if divided:
            product = f"{self.text[first.start : end]}*{self.text[opening.start : self.words[self.position - 1].end]}"
            whole = f"{self.text[:end]}*{self.text[opening.start :]}".strip()
            shown = whole if len(whole) <= SHORT else product
            raise FormulaError(f"a product is written {shown}, or {divided.strip()}({product})", opening.start)
        return Call("*", (left, inside), opening.start)

    def unary(self) -> Formula:
        if self.word.text != "-":
            return self.deeper(self.power)
        sign = self.take()
        return Call("neg", (self.deeper(self.unary),), sign.start)

    def deeper(self, read: Callable[[], Formula]) -> Formula:
        """What is read one level further inside."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaError(f"nested deeper than {MAX_DEPTH} levels", self.word.start)
        formula = read()
        self.depth -= 1
        return formula

    def power(self) -> Formula:
        base = self.atom()
        if self.word.kind == "power":
            sign = self.take()
            return self.raised(base, above_the_line(sign), sign.start)
        if self.word.text != "**":
            return base
        sign = self.take()
        return self.raised(base, self.exponent(), sign.start)

    def exponent(self) -> Formula:
        """What stands behind ^; the braces of LaTeX are a bracket there."""
        if self.word.text == "T" and self.vocabulary.find is not None and not self.is_quantity("T"):
            fact = "a sheet is of numbers, so nothing is transposed; write w1*x1 + w2*x2"
            raise FormulaError(fact, self.word.start, self.word.end)
        if self.word.text != "{":
            return self.unary()
        opening = self.take()
        inside = self.sum(1)
        self.close("}", opening)
        return inside

    def raised(self, base: Formula, exponent: Formula, start: int) -> Formula:
        """A power; of e, where nothing is called so, the exponential function."""
        if base == Name(E) and self.has_no_e():
            return Call("exp", (exponent,), start)
        return Call("**", (base, exponent), start)

    # ── atoms ──

    def atom(self) -> Formula:
        word = self.word
        if word.kind in NUMBERS:
            return self.number()
        if word.kind == "quantity":
            return self.derived(self.take())
        if word.kind == "name":
            self.take()
            return self.named(word)
        if word.kind == "indicator":
            return self.indicator("}")
        match word.text:
            case "(":
                return self.one(self.bracketed(), word)
            case "|":
                return self.between_bars()
            case "√":
                self.take()
                return Call("sqrt", (self.root(word),), word.start)
            case "[":
                return self.indicator("]")
        return self.unexpected()

    def number(self) -> Number:
        word = self.take()
        return number_of(word.text.translate(MINUSES), word)

    def named(self, word: Token) -> Formula:
        """A name, or the call of a function."""
        function = self.function(word.text)
        is_power = self.word.kind == "power" or self.word.text == "**"
        if self.word.text == "(" and (function or not self.is_quantity(word.text)):
            return self.call(function or word.text, word)
        if self.word.kind == "prime" and (function or self.vocabulary.functions is None):
            return self.call(f"{function or word.text}{self.primes(word)}", word)
        if function == SPACED and self.word.kind in ("name", "number", "quantity") and not self.is_quantity(word.text):
            return self.spaced(function, word)
        if function and self.vocabulary.find is not None:
            return self.to_a_power(function, word) if is_power else self.without_bracket(word)
        if word.text == E and self.has_no_e() and not is_power:
            return Call("exp", (ONE,), word.start)
        return Name(word.text, word.start)

    def derived(self, word: Token) -> Formula:
        """A derivative."""
        return Name(word.text, word.start)

    def to_a_power(self, function: str, word: Token) -> Formula:
        """`sin²(w)` and `sin^2(w)`, which are sin(w)²; but tanh^-1(z) may be atanh(z), or 1/tanh(z)."""
        sign = self.take()
        minus = self.take().text if self.word.text == "-" else ""
        if sign.kind == "power":
            power = power_text(sign.text)
        else:
            power = minus + (self.take().text if self.word.kind == "number" else "n")
        name = self.typed(word)
        if power.isdecimal() and float(power) > 1 and self.word.text == "(":
            return Call("**", (self.call(function, word), number_of(power, sign)), sign.start)
        inverse = INVERSES.get(function, f"a{function}")
        remedy = f"{name}(z)^{power}"
        if power == "-1":
            remedy = f"{inverse}(z), or 1/{name}(z)" if self.function(inverse) else f"1/{name}(z)"
        raise FormulaError(f"a power of a function stands behind its bracket; write {remedy}", word.start, sign.end)

    def primes(self, word: Token) -> str:
        """The ' of f'(z), behind which a bracket must stand; '' is the second derivative."""
        last = word
        while self.word.kind == "prime":
            last = self.take()
        signs = "".join(self.text[word.end : last.end].split())
        if self.word.text != "(":
            begin = f"{self.typed(word)}{signs}"
            raise FormulaError(f"{begin} is written {begin}(z)", word.start, last.end)
        return "'" * (len(signs) + signs.count("″"))

    def spaced(self, function: str, word: Token) -> Formula:
        """`ln z`: the next atom alone, and nothing that it might or might not end before."""
        inside = self.deeper(self.atom)
        self.refuse_more(word, "inside the function")
        if isinstance(inside, Call) and inside.function == "sigmoid":
            return Call("logsigmoid", inside.arguments, word.start)
        return Call(function, (inside,), word.start)

    def root(self, sign: Token) -> Formula:
        """What stands below a root: the next atom; a power behind its bracket is one of the root."""
        if self.word.text == "(":
            return self.one(self.bracketed(), self.word)
        inside = self.deeper(self.atom)
        self.refuse_more(sign, "below the root")
        return inside

    def refuse_more(self, word: Token, where: str) -> None:
        """Raise FormulaError for a power, or a factor, that may or may not belong to the inside."""
        inside, begin = self.text[word.end : self.word.start].strip(), self.text[word.start : word.end]
        if self.word.kind == "power" or self.word.text == "**":
            remedy = f"write {begin}({inside}^2) or {begin}({inside})^2"
            raise FormulaError(f"whether the power is {where} is not to be told; {remedy}", self.word.start)
        if self.is_beside():
            more = {"(": "(...)", "√": "√(...)"}.get(self.word.text, self.typed(self.word))
            remedy = f"write {begin}({inside}*{more}) or {begin}({inside})*{more}"
            raise FormulaError(f"whether {self.word.text!r} is {where} is not to be told; {remedy}", self.word.start)

    def between_bars(self) -> Formula:
        """|x|"""
        opening = self.take()
        inside = self.sum(1)
        self.close("|", opening)
        return Call("abs", (inside,), opening.start)

    def indicator(self, closing: str) -> Formula:
        """1{z > 0}, [z > 0]: 1 where that holds, else 0; [a + b], which compares nothing, is a bracket."""
        opening = self.take()
        left = self.sum(1)
        if closing == self.word.text == "]":
            self.take()
            return left
        if self.word.text not in RELATIONS:
            sign = self.take()
            fact = f"{self.typed(sign)!r} compares nothing; 1 where something holds, else 0, is written 1{{z > 0}}"
            raise FormulaError(fact, sign.start, sign.end)
        found = self.compared(left, opening.start)
        self.close(closing, opening)
        return found

    def compared(self, left: Formula, at: int) -> Formula:
        """1 where what was read and what comes behind a relation compare so, else 0."""
        sign = self.take()
        right = self.sum(1)
        low, high = (left, right) if sign.text[0] == "<" else (right, left)
        if len(sign.text) == 1:
            return above(high, low, at)
        return Call("-", (ONE, above(low, high, at)), at)

    # ── brackets ──

    def close(self, closing: str, opening: Token) -> None:
        if self.word.kind == "end":
            raise FormulaError(f"this {self.typed(opening)!r} is never closed", opening.start)
        if self.word.text != closing:
            self.unexpected()
        self.take()

    def bracketed(self, condition: bool = False) -> list[Formula]:
        """What stands between '(' and ')', separated by commas; the first may be a condition: where(y > z, y, z)."""
        opening = self.take()
        inside = [self.sum(1)]
        if condition and self.word.text in RELATIONS:
            inside = [self.compared(inside[0], opening.start)]
        while self.word.text == ",":
            self.take()
            inside.append(self.sum(1))
        self.close(")", opening)
        return inside

    def one(self, inside: list[Formula], opening: Token) -> Formula:
        if len(inside) > 1:
            raise FormulaError("a ',' belongs between the arguments of a function", opening.start)
        return inside[0]

    def call(self, function: str, word: Token) -> Call:
        functions = self.vocabulary.functions
        if functions is not None and function not in functions and function.rstrip("'") not in functions:
            meant = self.vocabulary.hints.get(word.text.lower())
            close = f"did you mean {near!r}?" if (near := misspelt(word.text, functions)) else ""
            hint = meant or self.function_beside(word.text) or close
            fact = hint if hint.startswith(word.text) else f"no function is called {word.text!r}{hint and '; '}{hint}"
            raise FormulaError(fact, word.start, word.end)
        arguments = tuple(self.bracketed(condition=function == CONDITIONAL))
        takes = functions[function] if functions is not None and function in functions else ()
        if takes and len(arguments) not in takes:
            wanted = " or ".join(map(str, takes))
            plural = "" if wanted == "1" else "s"
            raise FormulaError(
                f"{word.text} takes {wanted} argument{plural}, not {len(arguments)}", word.start, word.end
            )
        return Call(function, arguments, word.start)


# ── signs ──────────────────────────────────────────────────────────────────────────────────


def number_of(digits: str, word: Token) -> Number:
    """The number that a word is. Raises FormulaError for one that no double is."""
    number = float(digits)
    if math.isinf(number):
        raise FormulaError(f"{word.text} is beyond the largest double, 1.8e308", word.start, word.end)
    return Number(number, word.start)


def above_the_line(sign: Token) -> Formula:
    """The exponent that stands above the line: −1 of ⁻¹, n of ⁿ."""
    text = power_text(sign.text)
    exponent: Formula = Name("n", sign.start) if text[-1] == "n" else number_of(text.lstrip("-"), sign)
    return Call("neg", (exponent,), sign.start) if text[0] == "-" else exponent


def above(high: Formula, low: Formula, at: int) -> Call:
    """1 where the one is above the other, else 0."""
    if ZERO in (low, high):
        return Call("step", (high if low == ZERO else Call("neg", (low,), at),), at)
    return Call("step", (Call("-", (high, low), at),), at)
