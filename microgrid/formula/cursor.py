"""Where the reader of a formula stands in its words, and what to say of a word that cannot stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NoReturn

from microgrid.errors import FormulaError
from microgrid.look_alikes import instead_of_letter

from .tokens import TRANSPOSED, Token, Vocabulary, tokens

__all__ = ["CLOSING", "NUMBERS", "RELATIONS", "Cursor", "E", "misspelt"]

NUMBERS = ("number", "fraction")
SHORTEST = 4  # letters of a word that may be misspelt: of three, one is too many
E = "e"


CLOSING = (")", "]", "}")
RELATIONS = (">", "<", ">=", "<=")
SHORT = 40  # letters of what is shown as it should be typed
WORDS_OF_PYTHON = {
    "if": "what counts where something holds is written 1{w > 0}*w",
    "else": "what counts where something holds is written 1{w > 0}*w",
    "and": "where both hold is written 1{w > 0}*1{y > 0}",
    "or": "where one holds is written max(1{w > 0}, 1{y > 0})",
    "not": "where something does not hold is written 1 - 1{w > 0}",
}


def misspelt(word: str, known: Iterable[str]) -> str:
    """The word that has one letter more, less or other, or two of them changed about; '' where there is none.

    A digit is no slip: log3 is not log2.

    >>> misspelt("sigmod", ["sigmoid", "tanh"]), misspelt("fanh", ["tanh"]), misspelt("log3", ["log2"])
    ('sigmoid', 'tanh', '')
    """
    if not word.isalpha():
        return ""
    return next((each for each in known if len(min(each, word, key=len)) >= SHORTEST and is_near(word, each)), "")


def is_near(one: str, other: str) -> bool:
    """Whether one letter makes the difference, or the order of two."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    changed = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return changed or left[1:] == right[1:] or left[1:] == right or left == right[1:]


class Cursor:
    """A place in the words of one formula.

    text   what was typed        words     what it consists of
    depth  of what is open       position  of the word that comes next
    """

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.words = tokens(text, vocabulary)
        self.vocabulary = vocabulary
        self.position = 0
        self.depth = 0

    @property
    def word(self) -> Token:
        return self.words[self.position]

    @property
    def before(self) -> Token | None:
        return self.words[self.position - 1] if self.position else None

    def take(self) -> Token:
        self.position += 1
        return self.words[self.position - 1]

    def typed(self, word: Token) -> str:
        """A word as it stands in the text."""
        return self.text[word.start : word.end].strip() or word.text

    def has_no_e(self) -> bool:
        """Whether no quantity is called e, so that the number is meant."""
        return self.vocabulary.find is not None and not self.vocabulary.found(E)

    def function(self, word: str) -> str:
        """The function of that name, '' where a quantity has it or there is none."""
        if self.is_quantity(word) or self.vocabulary.functions is None:
            return ""
        name = word if word in self.vocabulary.functions else self.vocabulary.aliases.get(word, "")
        return name if name in self.vocabulary.functions else ""

    def is_quantity(self, word: str) -> bool:
        """Whether something that is no function has the name."""
        return bool(self.vocabulary.found(word))

    def unexpected(self) -> NoReturn:
        """Raise FormulaError for the word that cannot stand here, with what was meant."""
        word, before = self.word, self.before
        after = f" after {self.typed(before)!r}" if before else ""
        if word.kind == "end":
            raise FormulaError(f"something is missing{after}", word.start, word.end)
        if word.text == ")" and not self.depth:
            raise FormulaError("unexpected ')'; no '(' is open here", word.start, word.end)
        hint = self.meant()
        raise FormulaError(f"unexpected {self.typed(word)!r}{after}{hint and '; '}{hint}", word.start, word.end)

    def meant(self) -> str:
        """What to write instead of the word that comes next, and the one before it; '' where that is not known."""
        word, before = self.word, self.before
        if hint := self.as_in_python():
            return hint
        if word.text in RELATIONS and len(self.text.strip()) <= SHORT:
            return f"1 where it holds, else 0, is written 1{{{self.text.strip()}}}"
        if not before:
            return ""
        left = self.typed(before)
        if word.text == "[" and before.kind == "name" and self.words[self.position + 1].kind == "number":
            return f"an element is written {left}{self.words[self.position + 1].text}"
        if word.kind == "prime":
            behind = next(each for each in self.words[self.position :] if each.kind != "prime")
            if behind.text == "(" and not self.is_quantity(before.text):
                return f"no function is called {left!r}"
            if before.kind == "name" and self.vocabulary.times(f"{left}{TRANSPOSED}", left) == " @ ":
                return f"the transpose is written {left}{TRANSPOSED}"
            return f"{left}' is of a function; a name is written {left}_prime"
        if before.text in (self.vocabulary.functions or ()) and before.kind == "name":
            return f"a function is written {before.text}(...)"
        return self.product(word, before)

    def product(self, word: Token, before: Token) -> str:
        """How a product of two words is written; '' where they are none, and of 2O, which is 20, what is meant."""
        if said := self.with_letters(before, word):
            return said
        left, right = self.factor(before), self.typed(word)
        behind = self.words[min(self.position + 1, len(self.words) - 1)]
        right += TRANSPOSED if behind.kind == "transposed" else ""
        if "|" in (word.text, before.text) and word.text not in CLOSING:
            return f"a product is written {self.mended('*', before.end, word.start)}"
        if self.is_in_exponent() and word.kind in ("name", "number"):
            sign = self.words[self.position - 2]  # −2 of e^−2
            first = sign if sign.text == "-" else before
            inside = f"{self.text[first.start : before.end]}*{right}"
            whole = f"{self.text[: first.start]}({inside}){self.text[word.end :]}".strip()
            if self.function(word.text):
                return f"a product is written {self.mended('*', before.end, word.start)}"
            other = whole if len(whole) <= SHORT else f"^({inside})"
            return f"write {self.mended('*', before.end, word.start)}, or {other}"
        if word.kind in ("name", "number") and before.kind in ("name", "number", "transposed"):
            times = self.vocabulary.times(left, right)
            return f"a product is written {left}{times}{right}{'(...)' if self.function(word.text) else ''}"
        return ""

    def with_letters(self, before: Token, word: Token) -> str:
        """What to say of two words that touch, and are one number but for an O that stands for 0, or an l for 1."""
        letters = [each.text for each in (before, word) if each.kind == "name"]
        is_meant = before.end == word.start and letters and not any(map(self.is_quantity, letters))
        return instead_of_letter(self.text[before.start : word.end]) if is_meant else ""

    def mended(self, sign: str, end: int, start: int) -> str:
        """The formula with a sign in place of what stands between two columns; of a long one what is around it."""
        before, behind = self.text[:end].strip(), self.text[start:].strip()
        whole = f"{before}{sign}{behind}"
        return whole if len(whole) <= SHORT else f"...{before[-SHORT // 4 :]}{sign}{behind[: SHORT // 4]}..."

    def is_in_exponent(self) -> bool:
        """Whether the word before is an exponent without a bracket: what stands beside it may belong there, or not."""
        signs = [each.text for each in self.words[max(0, self.position - 3) : self.position - 1]]
        return signs[-1:] == ["**"] or signs == ["**", "-"]

    def as_in_python(self) -> str:
        """What to write instead of `w if w > 0` and `1_000`; '' where the next two words are none of these."""
        word, before = self.word, self.before
        for each in (word, *([before] if before else [])):
            if each.text in WORDS_OF_PYTHON and not self.is_quantity(each.text):
                return WORDS_OF_PYTHON[each.text]
        if before and re.match(r"(Σ|sum)_", before.text):
            return "a sum over a range is written sum(w[k]*x[k] for k in 1..4)"
        if before and before.kind == "number" and re.fullmatch(r"(_[0-9]+)+", self.typed(word)):
            return f"write {self.typed(before)}{self.typed(word).replace('_', '')}"
        return ""

    def factor(self, word: Token) -> str:
        """A factor as it is typed, with the sign of a transpose."""
        at = self.words.index(word)
        return self.typed(self.words[at - 1]) + TRANSPOSED if word.kind == "transposed" and at else self.typed(word)

    def function_beside(self, word: str) -> str:
        """What to write instead of xσ(w), of a quantity and a function; '' for any other word."""
        for at in range(1, min(len(word), SHORT)):
            if self.is_quantity(word[:at]) and self.function(word[at:]):
                return f"a product is written {word[:at]}*{word[at:]}(...)"
        return ""

    def without_bracket(self, word: Token) -> NoReturn:
        """Raise FormulaError for `sin x` and `exp -w`, and for a function that stands alone."""
        more = self.words[self.position + 1 : self.position + 2] if self.word.text == "-" else [self.word]
        touches = more and (more[0] is self.word or more[0].start == self.word.end)
        inside = "z"
        if touches and more[0].kind in ("name", "quantity", *NUMBERS):
            inside = self.text[self.word.start : more[0].end] + ("(...)" if self.function(more[0].text) else "")
        raise FormulaError(f"a function is written {self.typed(word)}({inside})", word.start, word.end)
