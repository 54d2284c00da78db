"""Where the reader of a formula stands in its words, and what to say of a word that cannot stand there."""

from __future__ import annotations

from typing import NoReturn

from microgrid.errors import FormulaError

from .tokens import Token, Vocabulary, tokens

__all__ = ["NUMBERS", "Cursor", "E"]

NUMBERS = ("number", "fraction")
E = "e"


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
        hint = ""
        if word.text == ")" and not self.depth:
            after, hint = "", "; no '(' is open here"
        elif before and word.kind == "prime":
            hint = f"; {self.typed(before)}' is of a function; a name is written {self.typed(before)}_prime"
        elif before and before.text in (self.vocabulary.functions or ()):
            hint = f"; a function is written {before.text}(...)"
        elif before and word.kind in ("name", "number") and before.kind in ("name", "number"):
            product = f"{self.typed(before)}*{self.typed(word)}"
            hint = f"; a product is written {product}{'(...)' if self.function(word.text) else ''}"
        if word.kind == "end":
            raise FormulaError(f"something is missing{after}", word.start, word.end)
        raise FormulaError(f"unexpected {self.typed(word)!r}{after}{hint}", word.start, word.end)

    def without_bracket(self, word: Token) -> NoReturn:
        """Raise FormulaError for `sin x` and `exp -w`, and for a function that stands alone."""
        more = self.words[self.position + 1 : self.position + 2] if self.word.text == "-" else [self.word]
        touches = more and (more[0] is self.word or more[0].start == self.word.end)
        inside = "z"
        if touches and more[0].kind in ("name", "quantity", *NUMBERS):
            inside = self.text[self.word.start : more[0].end] + ("(...)" if self.function(more[0].text) else "")
        raise FormulaError(f"a function is written {self.typed(word)}({inside})", word.start, word.end)
