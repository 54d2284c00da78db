"""The words of a formula, as a person types or a book prints them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from microgrid.errors import FormulaError
from microgrid.look_alikes import foreign, instead_of_sign, look_alike, on_no_letter, unseen

from .regexes import regex
from .signs import (
    FRACTION,
    PRIME,
    RAISED,
    SUPERSCRIPT,
    TO_RAISED,
    base_and_power,
    plain_name,
)  # fmt: skip

__all__ = [
    "DEFINED", "DERIVATIVE", "INDEXED", "NAME", "OF_LAYERS", "OF_MEAN", "PLAIN", "POWER_OF_D", "QUANTITY", "REMEMBERED",
    "SECOND", "SPELLED", "TRANSPOSED", "Token", "Vocabulary", "tokens",
]  # fmt: skip

# The first letter is no digit of any script; combining marks make the ŷ that two keystrokes typed.
NAME = r"[^\W\d][\w\u0300-\u036f]*"
QUANTITY = rf"{NAME}(?:\#[0-9]+)?"  # a graph calls the second value of one label `z#2`
INDEX = r"(?<=_)\{\w+(?:,\w+)*\}|(?<=[₀-₉]),[₀-₉]+"
LAYER = r"(?:\^\{(?:\(\w+\)|\[\w+\])\}|⁽\w+⁾)(?:[₀-₉]+|_(?=\{))?"
INDEXED = rf"{NAME}(?:{INDEX}|{LAYER})*"
SPELLED = rf"{INDEXED}(?:\#[0-9]+)?"  # also w_{{11}}^{{(2)}}, w₁₁⁽²⁾, w²₁₀,₃
TYPED_LAYER = r"\^(?:\(\w+\)|\[\w+\])[₀-₉]*"
DEFINED = rf"{SPELLED}(?:{TYPED_LAYER})?"  # where a name is defined, nothing else can be meant by δ^(2)
DERIVATIVE = rf"[d∂]({SPELLED})\s*/\s*[d∂]({SPELLED})"
OF_LAYERS = regex(rf"[d∂]({DEFINED})\s*/\s*[d∂]\s*({DEFINED})")  # dM/dδ^(2), where there is such a δ^(2)
TOKEN = regex(
    rf"""(?P<derivative>∂{SPELLED}\s*/\s*∂{SPELLED}|d{SPELLED}/d{SPELLED})
      |  (?P<partial>∂{SPELLED})
      |  (?P<transposed>ᵀ|\.T(?!\w))
      |  (?P<fraction>{FRACTION})
      |  (?P<power>{SUPERSCRIPT})
      |  (?P<name>{SPELLED}(?:\.(?:grad|data)(?!\w)|{SUPERSCRIPT})?)
      |  (?P<indicator>1\{{)
      |  (?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][-+−–]?[0-9]+)?)
      |  (?P<relation>>=|<=|[<>≥≤])
      |  (?P<prime>{PRIME})
      |  (?P<operator>\*\*|\.\.|…|\.\*|[-+*/^(),−–·×⋅∙∗÷√|\[\]{{}}@⊙‖;&:]|\\\\|\\(?:begin|end)\{{[bp]?matrix\}})
      |  (?P<space>[ \t\u00a0\u2000-\u200a\u202f\u205f]+)""",
    re.VERBOSE,
)
TYPED_POWER = regex(r"\^\{?([23])\}?")
POWER_OF_D = r"(?:[²³23]|\^[23]|\^\{[23]\})"
PLACE = r"(?:\[[ ]*[0-9]+[ ]*(?:,[ ]*[0-9]+[ ]*)?\])*"  # of v[2], W[1][2,1]
BELOW = rf"[d∂]{SPELLED}{PLACE}(?:{TYPED_POWER.pattern}|[²³]|[d∂]{SPELLED}{PLACE}|2(?!\w))?"
SECOND = regex(rf"[d∂]{POWER_OF_D}{SPELLED}{PLACE}\s*/\s*{BELOW}")
OF_MEAN = regex(rf"[d∂]\((mean over samples of )({SPELLED})\)\s*/\s*[d∂]({SPELLED})")  # that has no name
# Part of a name only where there is one: the layer of δ^(2), what stands behind m of m(w), before and `next t`.
REMEMBERED = rf"{SPELLED}(?:[ \t]*\([ \t]*{SPELLED}[ \t]*\))?"  # w, or m(w)
BRACKETED = rf"[ \t]*\([ \t]*(?:{DERIVATIVE}|{REMEMBERED})[ \t]*\)"
MORE = tuple(map(regex, (TYPED_LAYER, BRACKETED, rf"[ \t]+{SPELLED}")))
POWER_INSIDE = regex(rf"[{RAISED}ⁿ][^\W\d{RAISED}ⁿ]")  # w²x, x²y²
FACTOR = regex(rf"([^⁻{RAISED}ⁿ]+)({SUPERSCRIPT})?")
TRANSPOSED = "ᵀ"  # a letter to Python, so the end of a name
SPELLINGS = {
    "^": "**", "…": "..", "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/",
    "≥": ">=", "≤": "<=",
}  # fmt: skip


class Token(NamedTuple):
    """A word of a formula: the group of TOKEN that it is, and from where to where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Vocabulary(NamedTuple):
    """What the words of a formula may mean.

    functions    the known functions with the numbers of arguments each takes (an empty collection means any number
                 from one); None knows them all
    derivatives  says whether `dY/dX` means the derivative of Y by X; `∂Y/∂X` always does
    find         the name of the quantity that a word means, '' for none; None where every word is a name
    aliases      what functions are called besides: {"ln": "log"}
    hints        what to write instead of words that are no functions, in small letters
    times        the sign between two factors, where it is told: " @ " for two arrays
    """

    functions: Mapping[str, Collection[int]] | None = None
    derivatives: Callable[[str, str], bool] = lambda y, x: False
    find: Callable[[str], str] | None = None
    aliases: Mapping[str, str] = {}
    hints: Mapping[str, str] = {}
    times: Callable[[str, str], str] = lambda left, right: "*"

    def found(self, word: str) -> str:
        """The quantity that a word means; '' where that is not known."""
        return self.find(word) if self.find else ""

    def named(self, word: str) -> str:
        """The same, or the word itself: it is told later that it means nothing."""
        return self.found(word) or plain_name(word)


PLAIN = Vocabulary()


def tokens(text: str, vocabulary: Vocabulary = PLAIN) -> list[Token]:
    """The words of a formula; the last one is the end. Raises FormulaError for what is no word."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        words, at = words_at(text, at, vocabulary)
        found += words
    for number in found:
        if number.kind == "number" and "e" in number.text:
            refuse_e(number, found, vocabulary)
    return [*found, Token("end", "the end", len(text), len(text) + 1)]


def words_at(text: str, at: int, vocabulary: Vocabulary) -> tuple[list[Token], int]:
    """The words that begin at a place, of which spaces are none, and where they end."""
    second = SECOND.match(text, at)
    if second and (word := second_derivative(second, vocabulary)):
        return [Token("quantity", word, at, second.end())], second.end()
    if layers := OF_LAYERS.match(text, at):
        of, by = map(vocabulary.found, layers.groups())
        if of and by and layers[0].endswith((")", "]")) and (text[at] == "∂" or vocabulary.derivatives(of, by)):
            return [Token("quantity", f"∂{of}/∂{by}", at, layers.end())], layers.end()
    if mean := OF_MEAN.match(text, at):
        of, by = map(vocabulary.named, mean.groups()[1:])
        return [Token("quantity", f"∂{mean[1]}{of}/∂{by}", at, mean.end())], mean.end()
    match = TOKEN.match(text, at)
    if match is None:
        raise FormulaError(unexpected(text, at, vocabulary), at)
    kind, word, end = str(match.lastgroup), unicodedata.normalize("NFC", match.group()), match.end()
    if kind == "derivative":
        kind, word, end = derivative(text, match, vocabulary)
    if kind == "space":
        return [], end
    if kind == "name":
        words = list(name(word, text, at, end, vocabulary))
        return words, words[-1].end
    word = repr(unicodedata.numeric(word)) if kind == "fraction" else SPELLINGS.get(word, word)
    return [Token(kind, word, at, end)], end


def refuse_e(number: Token, words: list[Token], vocabulary: Vocabulary) -> None:
    """Raise FormulaError for 2e+1 and 2e-1 where the e of books may be meant.

    Nobody writes 1e for e, and who writes 2.0e-1 means a number. No program prints one digit behind e+, and people
    type 2e1; so 2e+1 is refused always, 2e-1 and 2e-10 where the formula has an e of its own.
    """
    digits, _, power = number.text.partition("e")
    if digits == "1" or "." in digits or (vocabulary.find is None and power[0] != "+"):
        return
    has_e = vocabulary.found("e") or any(word.kind == "name" and word.text == "e" for word in words)
    if (power[0] == "+" and len(power) == 2) or (power[0] in "+-−–" and has_e):
        remedy = f"write {digits}*e {power[0]} {power[1:]}, or {digits}.0e{power.lstrip('+')} for the number"
        raise FormulaError(f"whether {number.text} is a number is not to be told; {remedy}", number.start, number.end)


def unexpected(text: str, at: int, vocabulary: Vocabulary) -> str:
    """What to say of a character that begins no word."""
    letter = text[at]
    if said := unseen(letter) or on_no_letter(text, at):
        return said
    if remedy := of_arrays(text, at):
        return f"unexpected {letter!r}; {remedy}"
    if command := re.compile(r"\\[a-zA-Z]+").match(text, at):
        return unlike_command(command[0], text[command.end() :])
    if letter == "." and (call := re.compile(rf"\.({NAME})\s*\(").match(text, at)):
        meant = vocabulary.hints.get(call[1].lower(), f"write {call[1]}")
        meant += "(...)" if meant == f"write {call[1]}" else ""
        return f"what stands before the point is Python; {meant}"
    if remedy := instead_of_sign(letter):
        return f"unexpected {letter!r}, U+{ord(letter):04X}; {remedy}"
    foreign = not letter.isascii() and unicodedata.category(letter)[0] in "LNP"
    return f"unexpected {letter!r}{f', U+{ord(letter):04X}' if foreign else ''}"


TAKES = {"\\sqrt": "\\sqrt{x}", **{f"\\{size}frac": f"\\{size}frac{{1}}{{2}}" for size in ("", "d", "t")}}


def unlike_command(command: str, behind: str) -> str:
    r"""What to say of a word of LaTeX that is none, or not written as it has to be, and of what stands behind it.

    >>> unlike_command(r"\sqrt", "{x"), unlike_command(r"\frac", "{1}x")
    ('the { behind \\sqrt is never closed; a } is missing', '\\frac is written \\frac{1}{2}')
    """
    braces = behind.lstrip().startswith("{")
    if braces and behind.count("{") > behind.count("}"):
        return f"the {{ behind {command} is never closed; a }} is missing"
    if command in TAKES:
        return f"{command} is written {TAKES[command]}"
    return f"{command} is no word of a formula; write {'what stands in its braces' if braces else command[1:]}"


def of_arrays(text: str, at: int) -> str:
    """What to write instead of signs that other languages have for arrays; '' for any other.

    >>> of_arrays("mean(W, axis=0)", 12), of_arrays("u ⊗ v", 2)
    ('a mean is of all elements; of a column it is mean(W[:,1])', 'u ⊗ v is written outer(u, v), or u @ vᵀ')
    """
    if text[at] == "⊗":
        return "u ⊗ v is written outer(u, v), or u @ vᵀ"
    if text[at] == "=" and re.search(r"\b(?:axis|dim|keepdims)\s*$", text[:at]):
        return "a mean is of all elements; of a column it is mean(W[:,1])"
    return "a sum over a range is written sum(w[k]*x[k] for k in 1..4)" if text[at] == "=" and ".." in text[at:] else ""


def second_derivative(match: re.Match[str], vocabulary: Vocabulary) -> str:
    """d²L/dw², d^2L/dw^2, d2L/dw2 or d²L/dw1dw2 as the name ∂∂L/∂w1/∂w2; '' where these are no names."""
    word = TYPED_POWER.sub(lambda power: power[1].translate(TO_RAISED), "".join(match.group().split()))
    above, below = (unicodedata.normalize("NFC", part.strip()) for part in word.split("/"))
    of, below = vocabulary.found(above[2:]), below[1:]
    if above[1] in "³3":
        by = below.rstrip("³")
        if above[1] == "³" and of:
            fact = f"a third derivative is that of a second one: write H = d²{above[2:]}/d{by}², then dH/d{by}"
            raise FormulaError(fact, match.start(), match.end())
        return ""
    pairs = [(below[:-1], below[:-1])] if below[-1] in "²2" else []
    pairs += [(below[: sign.start()], below[sign.end() :]) for sign in re.finditer("[d∂]", below)]
    for one, other in pairs:
        x, y = vocabulary.found(one), vocabulary.found(other)
        if of and x and y:
            return f"∂∂{of}/∂{x}/∂{y}"
    return ""


def derivative(text: str, match: re.Match[str], vocabulary: Vocabulary) -> tuple[str, str, int]:
    """A derivative as the name ∂Y/∂X; or two names that begin with d, divided: the first of them."""
    word = unicodedata.normalize("NFC", match.group())
    y, x = (part.strip()[1:] for part in word.split("/"))
    below, power = ("", "") if vocabulary.found(x) else base_and_sign(x)
    y, x = vocabulary.named(y), vocabulary.named(below or x)
    if y[0] in "²⁰¹³":
        raise FormulaError("a second derivative is written d²L/dw² or d²L/dw1dw2, of what is defined", match.start())
    if word[0] == "∂" or vocabulary.derivatives(y, x):
        return "quantity", f"∂{y}/∂{x}", match.end() - len(power)
    end = text.index("/", match.start())
    return "name", unicodedata.normalize("NFC", text[match.start() : end]), end


def name(word: str, text: str, start: int, end: int, vocabulary: Vocabulary) -> Iterator[Token]:
    """A name; or one and a power: x² where nothing is called so."""
    if letter := look_alike(word):
        at = start + max(0, text[start:end].find(letter))
        raise FormulaError(foreign(letter), at)
    for more in MORE if vocabulary.find else ():
        longer = more.match(text, end)
        if longer and (quantity := vocabulary.found(word + longer.group())):
            yield Token("name", quantity, start, longer.end())
            return
    base, sign = base_and_sign(word)
    if POWER_INSIDE.search(word) and vocabulary.found(word) != plain_name(word):
        factors = list(FACTOR.finditer(word))
        if all(vocabulary.found(each[1]) for each in factors):
            for each in factors:
                yield Token("name", vocabulary.found(each[1]), start + each.start(1), start + each.end(1))
                if each[2]:
                    yield Token("power", each[2], start + each.start(2), start + each.end(2))
            return
    if not sign or vocabulary.found(word):
        yield Token("name", vocabulary.named(word), start, end)
        return
    yield Token("name", vocabulary.named(base), start, end - len(sign))
    yield Token("transposed" if sign == TRANSPOSED else "power", sign, end - len(sign), end)


def base_and_sign(word: str) -> tuple[str, str]:
    """The word without the power or the ᵀ that ends it, and that sign; '' for none.

    >>> base_and_sign("W1ᵀ"), base_and_sign("h1²")
    (('W1', 'ᵀ'), ('h1', '²'))
    """
    return (word[:-1], TRANSPOSED) if word[-1] == TRANSPOSED and len(word) > 1 else base_and_power(word)
