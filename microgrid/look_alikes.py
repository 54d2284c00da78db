"""Letters and signs that only look like others, or cannot be seen: which they are, and what is to be typed.

Whatever repeats a word that it does not know asks here: sheets, the command line, the files of networks and samples.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from itertools import islice

__all__ = [
    "PASTED",
    "digits_meant",
    "foreign",
    "harmless",
    "hidden",
    "instead_of_letter",
    "instead_of_sign",
    "look_alike",
    "on_no_letter",
    "strange",
    "twin_of",
    "unseen",
]

LATIN_TWINS = {
    **dict(zip("аеорсухіјѕһԁԛԝкАВЕКМНОРСТХІЈЅԜԚ", "aeopcyxijshdqwkABEKMHOPCTXIJSWQ")),  # Cyrillic
    **dict(zip("օոսհց", "onuhg")),  # Armenian
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo")),  # Greek
}
STROKES = "д"  # an italic one is taken for ∂: where the others of its word are Latin
# Letters that look alike, all of them letters of their own: told only where one stands for another that is known.
ALIKE = (
    "aαɑ", "yγ", "iιı", "Kκ", "vν", "pρϱ", "uυ", "xχ", "wω", "πϖ", "oσς", "lℓI1", "AÅ", "εϵɛє", "φϕɸ", "θϑ", "κϰ",
    "βϐß", "0O", "nη",
)  # fmt: skip
OTHER_FORMS = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>", "<compat>")  # of a letter, as in 𝑥, ｘ, ⓧ and ﬁ
OWN = "\u03d0", "\u0400"  # between these are ϕ and ϵ, which books have; ℓ, too, is a letter of its own


def look_alike(word: str) -> str:
    """The first letter of a name that only looks like another one; '' for none.

    A name in a script of its own is as good as any; one that has only letters which look Latin, or that mixes
    Latin with them, is read otherwise by whoever sees it.
    """
    if word.isascii():
        return ""
    for letter in word:
        form = unicodedata.decomposition(letter).partition(" ")[0]
        is_own = OWN[0] <= letter < OWN[1] or "\u2100" <= letter < "\u2150"
        if (form in OTHER_FORMS and not is_own) or letter in BLANK or letter in APOSTROPHES:
            return letter
    letters = [letter for letter in word if letter.isalpha()]
    foreign = [letter for letter in letters if letter in LATIN_TWINS or letter in STROKES]
    latin = [letter for letter in letters if is_latin(letter)]
    if len(foreign) + len(latin) < len(letters) or not (latin or set(foreign) - {*STROKES}):
        return ""
    return next(iter(foreign), "")


def foreign(letter: str) -> str:
    """What to say of a letter that only looks like another one.

    >>> foreign("\\u0441").partition("is ")[2]
    'U+0441, cyrillic small letter es; type the Latin c'
    """
    if said := unseen(letter):
        return said
    plain = PASTED.get(letter, unicodedata.normalize("NFKC", letter))
    remedy = f"the Latin {LATIN_TWINS[letter]}" if letter in LATIN_TWINS else "∂" if letter in STROKES else plain
    return f"{letter!r} is U+{ord(letter):04X}, {unicodedata.name(letter).lower()}; type {remedy}"


def twin_of(word: str, known: Container[str]) -> str:
    """What to say of a word that is not known where one is that looks like it; '' for any other.

    >>> twin_of("\u03b11", ["a1"])
    "it has U+03B1, greek small letter alpha; 'a1' is defined"
    >>> twin_of("\u03b5", ["\u03f5"])
    "it has U+03B5, greek small letter epsilon; '\u03f5', with U+03F5, is defined"
    """
    found = (word.translate({ord(letter): other}) for letter, other in likenesses(word))
    other = next((each for each in found if each in known), "")
    if not other:
        return ""
    letter, instead = next((mine, theirs) for mine, theirs in zip(word, other) if mine != theirs)
    with_it = "" if instead.isascii() else f", with U+{ord(instead):04X},"
    return f"it has U+{ord(letter):04X}, {unicodedata.name(letter).lower()}; {other!r}{with_it} is defined"


def likenesses(word: str) -> Iterator[tuple[str, str]]:
    """The letters of a word that are taken for others, each with one of these."""
    for group in ALIKE:
        for letter in sorted({*group} & {*word}):
            yield from ((letter, other) for other in group if other != letter)


def digits_meant(text: str) -> str:
    """The number that a text would be, were its letters the digits that they look like; '' for any other.

    >>> digits_meant("O.5"), digits_meant("1O"), digits_meant("l"), digits_meant("0.5"), digits_meant("I2e3")
    ('0.5', '10', '1', '', '12e3')
    """
    number = text.translate(DIGITS)
    return number if number != text and NUMBER.fullmatch(number) else ""


def instead_of_letter(text: str) -> str:
    """What to say of a text that is a number but for such letters; '' for any other.

    >>> instead_of_letter("O.5")
    "'O' is U+004F, latin capital letter o; type 0.5"
    """
    number = digits_meant(text)
    letter = next((mine for mine, digit in zip(text, number) if mine != digit), "")
    return f"{letter!r} is U+{ord(letter):04X}, {unicodedata.name(letter).lower()}; type {number}" if letter else ""


DIGITS = str.maketrans("OoОоΟοlIІӀ", "0000001111")
NUMBER = re.compile(r"[-+−–]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def is_latin(letter: str) -> bool:
    """Whether a letter is of the Latin alphabet."""
    return unicodedata.name(letter, "").startswith("LATIN")


BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))  # not seen
APOSTROPHES = "\u02bc\u02b9\u02c6"  # letters to Python, as they are to those who write languages with them
PASTED = {
    **dict.fromkeys("—‑‐‒―➖‾¯", "-"), **dict.fromkeys("•∘★☆✕✖⨯⨉╳", "*"), **dict.fromkeys("∕⁄∶", "/"),
    **dict.fromkeys("`´\u02bc\u02b9", "'"), "\u02c6": "^", "∣": "|", "،": ",", "؛": ";", "\u037e": ";",
    "∑": "sum(a, b)", **dict.fromkeys("٫。｡․", "."), **dict.fromkeys("⊤⊺", "ᵀ"), **dict.fromkeys("≔꞊≝≜", "="),
    **dict.fromkeys("\u2028\u2029\x0b\x0c\x85", "a new line"), **dict.fromkeys("𝜕𝛛𝝏𝞉", "∂"),
    "≡": "= to define, == to check", "≐": "~=",
    "∏": "a*b", "∇": "dL/dw", "∛": "cbrt(z)", "∆": "Δ", "′": "'", "\u2018": "'", "≠": "1 - 1{a >= b}*1{a <= b}",
}  # fmt: skip


def instead_of_sign(letter: str) -> str:
    """What to type instead of a sign that was pasted; '' where that is not known.

    >>> instead_of_sign("•"), instead_of_sign("∇"), instead_of_sign("\\uff0b"), instead_of_sign("?")
    ('type *', 'type dL/dw', 'type +', '')
    """
    plain = unicodedata.normalize("NFKC", letter)
    digit = "" if letter.isascii() else str(unicodedata.decimal(letter, ""))
    usual = digit or (plain if plain != letter and plain.isascii() and plain.isprintable() else "")
    meant = PASTED.get(letter, "a space" if usual == " " else usual)
    return f"type {meant}" if meant else ""


def unseen(letter: str) -> str:
    """What to say of a character that cannot be seen, or turns the text around; '' for any other.

    >>> unseen("\\u200b"), unseen("a")
    ('an invisible character, U+200B (zero width space); delete it', '')
    """
    category = unicodedata.category(letter)
    if (category == "Cc" and letter not in "\t\0\n\r" and letter not in PASTED) or category in ("Cs", "Co"):
        return f"a character that is no text, U+{ord(letter):04X}; delete it"
    if category != "Cf" and letter not in BLANK:
        return ""
    name = unicodedata.name(letter, "of no name").lower()
    return f"an invisible character, U+{ord(letter):04X} ({name}); delete it"


KNOWN = "…′\u2018\u00a0\u202f\u205f⁻" + "".join(map(chr, range(0x2000, 0x200B)))  # signs that a sheet may have


def strange(text: str) -> tuple[int, str]:
    """Where in a text, and how, the first sign or letter only looks like another, or cannot be seen; '' for none.

    >>> strange("a ~= 2"), strange("upd\u0430te 0.1")
    ((0, ''), (3, "'\u0430' is U+0430, cyrillic small letter a; type the Latin a"))
    """
    if text.isascii() and text.isprintable():
        return 0, ""
    found = ((match.start() + match[0].index(letter), foreign(letter)) for match, letter in alike_words(text))
    signs = ((at, said) for at, sign in enumerate(text) if (said := strange_sign(sign) or on_no_letter(text, at)))
    return min([*islice(found, 1), *islice(signs, 1)], default=(0, ""))


def on_no_letter(text: str, at: int) -> str:
    """What to say of a mark, such as the stroke of =\u0338, that stands on no letter; '' for any other sign.

    >>> on_no_letter("=\u0338", 1), on_no_letter("y\u0302", 1)
    ('a mark on the sign before it, U+0338 (combining long solidus overlay); delete it', '')
    """
    sign = text[at]
    if not unicodedata.combining(sign) or text[:at].rstrip(sign)[-1:].isalnum():
        return ""
    return f"a mark on the sign before it, U+{ord(sign):04X} ({unicodedata.name(sign).lower()}); delete it"


def alike_words(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """The words that a person takes for others, each with the letter that makes it so."""
    return ((match, letter) for match in WORD.finditer(text) if (letter := look_alike(match[0])))


WORD = re.compile(r"[^\W\d_]+")


def strange_sign(sign: str) -> str:
    """What to say of a sign that is not meant; '' for any other."""
    if (sign.isascii() and sign.isprintable()) or sign in "\t\0" or sign in KNOWN or sign.isalpha():
        return ""
    is_raised = unicodedata.decomposition(sign).startswith(("<super>", "<sub>", "<fraction>"))
    remedy = "" if is_raised else instead_of_sign(sign)
    name = unicodedata.name(sign, "a control character").lower()
    return unseen(sign) or (f"{sign!r} is U+{ord(sign):04X}, {name}; {remedy}" if remedy else "")


# What a terminal obeys, or turns around: control characters but the tab, what embeds and overrides the direction of a
# text, what ends a line, half a character. Sheets have them nowhere, be it in a title or in a comment.
HIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def hidden(text: str) -> tuple[int, str]:
    """Where in a text, and how, the first character does something to whoever shows it; '' for none.

    >>> hidden("a\\tb"), hidden("red \\x1b[31m")
    ((0, ''), (4, 'a character that is no text, U+001B; delete it'))
    """
    found = HIDDEN.search(text)
    if not found:
        return 0, ""
    if found[0] == "\0":
        return found.start(), "a NUL character; this is no text file"
    return found.start(), strange_sign(found[0]) or f"a character that is no text, U+{ord(found[0]):04X}; delete it"


def harmless(text: str) -> str:
    """The text with a mark in place of each of these characters; what is as it was may be shown anywhere.

    >>> harmless("red \\x1b[31m")
    'red \ufffd[31m'
    """
    return HIDDEN.sub("\ufffd", text)
