"""Formulas over arrays, as a person types or a book prints them: what `parser` reads, and besides

product     also @ ⊙ .*; the signs · and ⊙ stay what they are, for vectors have two products
atom        also W[2,1], W[2,:], x[1..3], Wᵀ, W.T, W^T, ‖v‖; [1, 2], [0.6 0.9], [1 2; 3 4], [[1, 2], [3, 4]],
            \\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}; sum(w[k]*x[k] for k in 1..4)
            mean over samples of L, z at sample 2

Each is a call, whose function no text can name: `@ ᵀ · ⊙ [] ∂ list rows row for ..`. The shapes are not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from microgrid.errors import FormulaError

from .cursor import NUMBERS, RELATIONS
from .expression import Call, Formula, Name
from .parser import FACTORS, LEVELS, Parser, read_by
from .tokens import Token, Vocabulary

__all__ = ["AT", "OF_BRACKET", "OVER", "RANGES", "Cells", "parse_arrays", "parse_cells"]

AT, OVER = "at sample", ("mean over samples", "sum over samples")
OPENING = ("[", r"\begin{bmatrix}", r"\begin{pmatrix}", r"\begin{matrix}")
CLOSING = {"(": ")", "{": "}", "1{": "}", **{sign: sign.replace("begin", "end") for sign in OPENING}, "[": "]"}
CLOSED = (")", "]", "}", "‖")
NEXT_CELL, NEXT_ROW = (",", "&"), (";", r"\\")
RANGES = ("..", ":")
OF_BRACKET = "()[]"  # softmax(z)[1]: of a number, the product
DOTS = "·⋅∙"
SIGNS = ("+", "-")  # which may stand before a number, or between two
INFIX = (*LEVELS, "@", "⊙", ".*", "**", ">", "<", ">=", "<=", "..", ":")


class Cells(NamedTuple):
    """The cells of a literal as they are written: from where to where each stands, row by row."""

    rows: tuple[tuple[tuple[int, int], ...], ...]
    is_column: bool  # [0.5, 0.1], whose one row stands for a column


def parse_arrays(text: str, vocabulary: Vocabulary) -> Formula:
    """The tree of a formula, which may have arrays in it.

    >>> parse_arrays("W @ xᵀ", Vocabulary())
    Call(function='@', arguments=(Name(name='W'), Call(function='ᵀ', arguments=(Name(name='x'),))))
    """
    return read_by(ArrayParser, text.replace("\\\\", "; "), vocabulary)


def parse_cells(text: str, vocabulary: Vocabulary) -> Cells | None:
    """Where the cells of a literal stand, if the text is nothing else.

    >>> parse_cells("[0.25, 0.41]", Vocabulary())
    Cells(rows=(((1, 5), (7, 11)),), is_column=True)
    """
    parser = ArrayParser(text.replace("\\\\", "; "), vocabulary)
    formula = parser.parse()
    return parser.cells.get(formula.at) if isinstance(formula, Call) and formula.function in ("list", "rows") else None


class ArrayParser(Parser):
    """Reads one formula; `cells` are those of its literals, by where each begins."""

    levels: Mapping[str, int] = {**LEVELS, "@": LEVELS["*"], "⊙": LEVELS["*"], ".*": LEVELS["*"]}

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        super().__init__(text, vocabulary)
        self.cells: dict[int, Cells] = {}
        self.span = 0, 0
        self.strokes = 0  # that are open
        self.literals: dict[int, bool] = {}  # whether a bracket holds an array, by where it stands

    def operator(self, sign: Token) -> str:
        if self.text[sign.start] in DOTS:
            return "·"
        return "⊙" if sign.text == ".*" else sign.text

    def is_beside(self) -> bool:
        before = self.before
        if self.word.text == "‖":  # 3‖v‖, λ‖w‖²
            return not self.strokes and before is not None and (before.text in CLOSED or before.kind in FACTORS)
        return not self.is_word("for", "at") and super().is_beside()

    def is_word(self, *words: str) -> bool:
        """Whether the next word is one of the language, and no name of a quantity."""
        return self.word.text in words and self.word.kind == "name" and not self.is_quantity(self.word.text)

    # ── atoms and what stands behind them ──

    def atom(self) -> Formula:
        if self.word.text == "‖":
            found = self.between_strokes()
        elif self.word.text in OPENING and self.is_literal():
            found = self.literal()
        elif self.word.kind == "partial":
            found = self.slope(self.take())
        elif self.word.text in ("mean", "sum") and self.says("over", "samples", "of"):
            return self.over_samples()
        else:
            found = super().atom()
        while True:
            if self.word.kind == "transposed":
                found = Call("ᵀ", (found,), self.take().start)
            elif self.is_word("at") and self.says("sample"):
                at = self.take().start
                self.take()
                found = Call(AT, (found, self.deeper(self.atom)), at)
            elif self.is_place():
                found = self.indexed(found, OF_BRACKET)
            else:
                return found

    def is_place(self) -> bool:
        """Whether a place stands behind a bracket: softmax(z)[1], (W @ x)[1,:]; but not (x + 1)[x + y], a product."""
        before = self.before
        if self.word.text != "[" or before is None or before.end != self.word.start:
            return False
        if before.text != ")" and before.kind != "transposed":
            return False
        places = self.inside()
        words = [self.words[at] for at in places]
        if any(each.text in (",", *RANGES) for each in words):
            return True
        following = self.words[min(places[-1] + 2, len(self.words) - 1)] if places else self.word
        return [each.kind for each in words] == ["number"] and following.kind != "power" and following.text != "**"

    def says(self, *words: str) -> bool:
        """Whether these words follow behind the next one."""
        following = self.words[self.position + 1 : self.position + 1 + len(words)]
        return [each.text for each in following] == list(words)

    def over_samples(self) -> Formula:
        """`mean over samples of L`: of the next term alone."""
        word = self.take()
        self.position += 3
        return Call(f"{word.text} over samples", (self.deeper(self.term),), word.start)

    def term(self) -> Formula:
        return self.sum(LEVELS["*"])

    def exponent(self) -> Formula:
        if self.word.text == "T" and not self.is_quantity("T"):
            return Name("T", self.take().start)
        return super().exponent()

    def raised(self, base: Formula, exponent: Formula, start: int) -> Formula:
        if exponent == Name("T") and not self.is_quantity("T"):
            return Call("ᵀ", (base,), start)
        return super().raised(base, exponent, start)

    def between_strokes(self) -> Formula:
        """‖v‖"""
        opening = self.take()
        self.strokes += 1
        inside = self.sum(1)
        self.strokes -= 1
        self.close("‖", opening)
        return Call("norm", (inside,), opening.start)

    # ── elements ──

    def named(self, word: Token) -> Formula:
        if self.word.text != "[" or self.word.start != word.end or self.function(word.text):
            return super().named(word)
        if word.text[0] in "d∂" and not self.is_quantity(word.text) and self.is_quantity(word.text[1:]):
            return self.slope(word)
        return self.indexed(Name(word.text, word.start))

    def indexed(self, found: Formula, function: str = "[]") -> Formula:
        """W[2,1], W[1][2,1]"""
        while self.word.text == "[" and self.word.start == self.words[self.position - 1].end:
            opening = self.take()
            indices = [self.index()]
            while self.word.text == ",":
                self.take()
                indices.append(self.index())
            self.close("]", opening)
            found = Call(function if len(indices) == 1 else "[]", (found, *indices), found.at)
        return found

    def index(self) -> Formula:
        """A number, `:` for all, or 1..3."""
        if self.word.text == ":":
            return Call(":", (), self.take().start)
        first = self.sum(1)
        if self.word.text not in RANGES:
            return first
        sign = self.take()
        if sign.text == ":":
            raise FormulaError("a part of a vector is written x[1..3], both ends counted", sign.start)
        return Call("..", (first, self.sum(1)), sign.start)

    def slope(self, word: Token) -> Formula:
        """`dz[2]/dw`, from its element on."""
        of = self.indexed(Name(self.vocabulary.named(word.text[1:]), word.start))
        opening, below = self.word, self.words[min(self.position + 1, len(self.words) - 1)]
        if opening.text != "/" or below.kind not in ("name", "partial") or below.text[0] not in "d∂":
            slope = f"d{word.text[1:]}/dw"
            fact = f"a derivative is written {slope}, that of an element d{word.text[1:]}[1]/dw"
            if opening.text == "at":
                fact = f"a sample stands behind the derivative: {slope} at sample 1"
            raise FormulaError(fact, word.start, opening.end)
        self.position += 2
        name = Name(self.vocabulary.named(below.text[1:]), below.start + 1)
        return Call("∂", (of, self.indexed(name)), word.start)

    def derived(self, word: Token) -> Formula:
        """∂C/∂z, or ∂C/∂z[2], which is by z[2]."""
        of, _, by = word.text.rpartition("/∂")
        if self.word.text != "[" or self.word.start != word.end or of.startswith("∂∂"):
            return Name(word.text, word.start)
        return Call("∂", (Name(of[1:], word.start), self.indexed(Name(by, word.start))), word.start)

    # ── literals ──

    def is_literal(self) -> bool:
        """Whether a bracket holds an array; [a + b] and [z > 0] are none."""
        start = self.word.start
        if start not in self.literals:
            self.literals[start] = self.tried()
        return self.literals[start]

    def tried(self) -> bool:
        """The same, by reading what is inside."""
        opening = self.word
        marks = [self.words[at] for at in self.inside() if self.words[at].text in (*NEXT_CELL, *NEXT_ROW)]
        if marks or opening.text != "[":
            return True
        position, depth = self.position, self.depth
        self.take()
        inside: Formula | None = None
        try:
            inside = self.sum(1)
            closed = self.word.text
        except FormulaError:
            closed = ""
        self.position, self.depth = position, depth
        if closed == "]":
            return is_list(inside) or self.is_row()
        return closed not in RELATIONS and bool(self.gaps())

    def is_row(self) -> bool:
        """Whether [1 -2] is meant as a row of numbers: nobody writes a difference of two so."""
        words = [self.words[at] for at in self.inside()]
        return bool(self.gaps()) and all(each.kind in NUMBERS or each.text in SIGNS for each in words)

    def inside(self) -> list[int]:
        """The places of the words in the bracket that opens here, those in brackets inside it left out."""
        found, closing = list[int](), list[str]()
        for at in range(self.position, len(self.words) - 1):
            text = self.words[at].text
            if closing and text == closing[-1]:
                closing.pop()
                if not closing:
                    break
            elif len(closing) == 1:
                found.append(at)
            if text in CLOSING:
                closing.append(CLOSING[text])
        return found

    def gaps(self) -> list[int]:
        """The places of the words that begin a new cell by the space before them alone: 0.2 -0.4, but not a - b."""
        found = list[int]()
        for at in self.inside():
            word, previous = self.words[at], self.words[at - 1]
            spaced = word.start > previous.end
            following = self.words[at + 1]
            is_sign = word.text in SIGNS and following.start == word.end
            if spaced and at > self.position + 1 and previous.text not in (*INFIX, *NEXT_CELL, *NEXT_ROW) and (
                is_sign or word.text not in (*INFIX, *NEXT_CELL, *NEXT_ROW)
            ):  # fmt: skip
                found.append(at)
        return found

    def literal(self) -> Formula:
        """[1, 2], [1 2; 3 4]: rows of cells."""
        opening = self.word
        marks = {self.words[at].text for at in self.inside()}
        if marks.isdisjoint(NEXT_CELL):
            self.separate()
        self.take()
        closing = CLOSING[opening.text]
        rows, spans = [[self.deeper(self.cell)]], [[self.span]]
        while self.word.text in (*NEXT_CELL, *NEXT_ROW):
            sign = self.take()
            if sign.text in NEXT_ROW:
                if self.word.text == closing:
                    break
                rows.append([])
                spans.append([])
            rows[-1].append(self.deeper(self.cell))
            spans[-1].append(self.span)
        self.close(closing, opening)
        first, *others = rows
        is_column = not others and ("," in marks or is_list(first[0]))
        self.cells[opening.start] = Cells(tuple(map(tuple, spans)), is_column)
        if is_column:
            return Call("list", tuple(first), opening.start)
        return Call("rows", tuple(Call("row", tuple(row), opening.start) for row in rows), opening.start)

    def cell(self) -> Formula:
        """One cell; `span` is from where to where it stands."""
        first = self.word
        found = self.sum(1)
        self.span = first.start, self.words[self.position - 1].end
        return found

    def separate(self) -> None:
        """Put commas where only spaces stand between the cells."""
        gaps = self.gaps()
        if gaps:
            self.words[gaps[0] :] = self.with_commas(gaps)

    def with_commas(self, gaps: list[int]) -> list[Token]:
        """The words from the first gap on, a comma in each."""
        places, found = set(gaps), list[Token]()
        for at in range(gaps[0], len(self.words)):
            if at in places:
                start = self.words[at].start
                found.append(Token("operator", ",", start, start))
            found.append(self.words[at])
        return found

    # ── sums over a range ──

    def bracketed(self, condition: bool = False) -> list[Formula]:
        return super().bracketed(condition) if not self.has_range() else [self.ranged()]

    def has_range(self) -> bool:
        """Whether a bracket has a `for` in it that belongs to no other."""
        words = [self.words[at] for at in self.inside()]
        return any(each.text == "for" and each.kind == "name" and not self.is_quantity("for") for each in words)

    def ranged(self) -> Formula:
        """(w[k]*x[k] for k in 1..4)"""
        opening = self.take()
        body = self.sum(1)
        ranges: list[tuple[Token, Formula, Formula]] = []
        while self.is_word("for"):
            self.take()
            variable, sign = self.word, self.words[min(self.position + 1, len(self.words) - 1)]
            if variable.kind != "name" or sign.text not in ("in", "="):
                self.refuse_range(opening)
            self.position += 2
            low = self.sum(1)
            if self.word.text != "..":
                self.refuse_range(opening)
            self.take()
            ranges.append((variable, low, self.sum(1)))
        self.close(")", opening)
        for variable, low, high in reversed(ranges):
            body = Call("for", (body, Name(variable.text, variable.start), low, high), variable.start)
        return body

    def refuse_range(self, opening: Token) -> NoReturn:
        """Raise FormulaError for a range that is not said in full."""
        fact = "a sum over a range is written sum(w[k]*x[k] for k in 1..4)"
        raise FormulaError(fact, opening.start, self.word.end)


def is_list(formula: Formula | None) -> bool:
    """Whether it is [1, 2], so that one more bracket makes a row of it: [[1, 2]]."""
    return isinstance(formula, Call) and formula.function == "list"
