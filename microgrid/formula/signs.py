"""Signs as books print them: what each of them means, which names are the same, and what only looks like a letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from functools import lru_cache
from itertools import islice

from .regexes import regex

__all__ = [
    "FRACTION",
    "GREEK",
    "GREEK_NAMES",
    "LOWERED",
    "PRIME",
    "RAISED",
    "SUPERSCRIPT",
    "TO_RAISED",
    "Names",
    "base_and_power",
    "foreign",
    "index_key",
    "instead_of_sign",
    "look_alike",
    "plain_name",
    "power_text",
    "strange",
    "twin_of",
    "unseen",
]

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED = "₀₁₂₃₄₅₆₇₈₉"
TO_DIGITS = {**{ord(sign): str(i) for line in (RAISED, LOWERED) for i, sign in enumerate(line)}, ord("⁻"): "-"}
TO_RAISED = str.maketrans("0123456789", RAISED)
SUPERSCRIPT = rf"⁻?[{RAISED}]+|⁻?ⁿ"  # as in x², x⁻¹, xⁿ
PRIME = "['′\u2019″]"  # as in f'(z)
GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega"
).split()
GREEK_NAMES = dict(zip("αβγδεζηθικλμνξπρστυφχψω", GREEK))
FRACTION = "[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]"


def power_text(sign: str) -> str:
    """`-1` of ⁻¹, `n` of ⁿ: what stands above the line, on the line."""
    return sign.translate(TO_DIGITS).replace("ⁿ", "n")


BEFORE_POWER = regex(rf"(.*?[^⁻{RAISED}])({SUPERSCRIPT})")


@lru_cache(maxsize=4096)
def base_and_power(word: str) -> tuple[str, str]:
    """The word without the power that ends it, and that power; '' for none.

    >>> base_and_power("h1²"), base_and_power("x⁻¹"), base_and_power("w¹₁₂")
    (('h1', '²'), ('x', '⁻¹'), ('w¹₁₂', ''))
    """
    match = BEFORE_POWER.fullmatch(word)
    return (match[1], match[2]) if match else (word, "")


# ── names ──────────────────────────────────────────────────────────────────────────────────

LAYER = regex(r"\^\{?[(\[](\w+)[)\]]\}?|⁽(\w+)⁾")
BRACES = regex(r"_\{([^{}]*)\}")


@lru_cache(maxsize=4096)
def plain_name(word: str) -> str:
    """A name without the braces and brackets of LaTeX: what it is called where it is defined.

    >>> plain_name("w_{11}"), plain_name("w_{11}^{(2)}"), plain_name("δ^(2)"), plain_name("w₁₁")
    ('w_11', 'w_11⁽²⁾', 'δ⁽²⁾', 'w₁₁')
    """
    word = unicodedata.normalize("NFC", BRACES.sub(r"_\1", word))
    layer = LAYER.search(word)
    if layer is None:
        return word
    return f"{word[: layer.start()]}{word[layer.end() :]}⁽{(layer[1] or layer[2]).translate(TO_RAISED)}⁾"


@lru_cache(maxsize=4096)
def index_key(name: str) -> str:
    """What a name has in common with the same one written otherwise: w_{11}, w_11, w₁₁ and w11.

    >>> index_key("w_{11}"), index_key("w¹₁₂"), index_key("w1_12"), index_key("w^{(1)}_{12}"), index_key("y_hat")
    ('w11', 'w1_12', 'w1_12', 'w12⁽1⁾', 'y_hat')
    """
    name = plain_name(name)
    name = re.sub(rf"([{RAISED}])(?=[{LOWERED}])", r"\1_", name).translate(TO_DIGITS)
    name = re.sub(r"(?<=\d),(?=\d)", "_", name)
    return re.sub(r"(?<=[^\W\d_])_(?=\d)", "", name)


SPELT_OUT = regex(rf"^(?:{'|'.join(GREEK)})(?![^\W\d_])")
LETTERS = {name: letter for letter, name in GREEK_NAMES.items() if name not in ("pi", "sigma")}  # π and σ are no names


def common_key(name: str) -> str:
    """What a name has in common with the same one written otherwise, in Greek letters too.

    >>> common_key("theta_1"), common_key("θ₁"), common_key("thetas")
    ('θ1', 'θ1', 'thetas')
    """
    return SPELT_OUT.sub(lambda match: LETTERS.get(match[0], match[0]), index_key(name))


class Names:
    """Names that may be written otherwise than they are.

    >>> names = Names(["w11", "x", "theta"])
    >>> names.find("w_{11}"), names.find("w₁₁"), names.find("w12"), names.find("θ")
    ('w11', 'w11', '', 'theta')
    >>> Names(["x", "x2", "w2"]).find("x²"), Names(["x", "x2", "w2"]).find("w²")
    ('', 'w2')
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._spelled: dict[str, list[str]] = {}
        self._known: set[str] = set()
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """One more name."""
        if name not in self._known:
            self._known.add(name)
            self._spelled.setdefault(common_key(name), []).append(name)

    def find(self, word: str) -> str:
        """The one that a word means; '' where there is none, or more than one, or where it is a power of one."""
        plain = plain_name(word)
        base, power = base_and_power(plain)
        if power and plain not in self._known and self._spelled_so(base):
            return ""  # x² is the square of x, though something is called x2
        return self._spelled_so(plain)

    def _spelled_so(self, plain: str) -> str:
        if plain in self._known:
            return plain
        same, *others = self._spelled.get(common_key(plain), [""])
        return "" if others else same


# ── what only looks like a letter ───────────────────────────────────────────────────────────

LATIN_TWINS = {
    **dict(zip("аеорсухіјѕһԁԛԝкАВЕКМНОРСТХІЈЅԜԚ", "aeopcyxijshdqwkABEKMHOPCTXIJSWQ")),  # Cyrillic
    **dict(zip("օոսհց", "onuhg")),  # Armenian
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo")),  # Greek
}
GREEK_TWINS = dict(
    zip("αγικνρυχωςıℓÅ", "ayiKvpuxwoilA")
)  # also letters of their own: told only where the other is known
OTHER_FORMS = ("<font>", "<wide>", "<narrow>", "<circle>", "<square>", "<compat>")  # of a letter, as in 𝑥, ｘ, ⓧ and ﬁ
OWN = "\u03d0", "\u0400"  # between these are ϕ and ϵ, which books have; ℓ, too, is a letter of its own


def look_alike(word: str) -> str:
    """The first letter of a name that only looks like another one; '' for none.

    A name in a script of its own is as good as any; one that has only letters which look Latin, or that mixes
    Latin with them, is read otherwise by whoever sees it.
    """
    for letter in word:
        form = unicodedata.decomposition(letter).partition(" ")[0]
        is_own = OWN[0] <= letter < OWN[1] or "\u2100" <= letter < "\u2150"
        if (form in OTHER_FORMS and not is_own) or letter in BLANK or letter in APOSTROPHES:
            return letter
    letters = [letter for letter in word if letter.isalpha()]
    foreign = [letter for letter in letters if letter in LATIN_TWINS]
    if foreign and all(letter in LATIN_TWINS or is_latin(letter) for letter in letters):
        return foreign[0]
    return ""


def foreign(letter: str) -> str:
    """What to say of a letter that only looks like another one.

    >>> foreign("\\u0441").partition("is ")[2]
    'U+0441, cyrillic small letter es; type the Latin c'
    """
    if said := unseen(letter):
        return said
    plain = PASTED.get(letter, unicodedata.normalize("NFKC", letter))
    remedy = f"the Latin {LATIN_TWINS[letter]}" if letter in LATIN_TWINS else plain
    return f"{letter!r} is U+{ord(letter):04X}, {unicodedata.name(letter).lower()}; type {remedy}"


def twin_of(word: str, known: Container[str]) -> str:
    """What to say of a word that is not known where one is that looks like it; '' for any other.

    >>> twin_of("\u03b11", ["a1"])
    "it has U+03B1, greek small letter alpha; 'a1' is defined"
    """
    for alike in (GREEK_TWINS, {latin: greek for greek, latin in GREEK_TWINS.items()}):
        other = "".join(alike.get(letter, letter) for letter in word)
        if other != word and other in known:
            letter = next(each for each in word if each in alike)
            return f"it has U+{ord(letter):04X}, {unicodedata.name(letter).lower()}; {other!r} is defined"
    return ""


def is_latin(letter: str) -> bool:
    """Whether a letter is of the Latin alphabet."""
    return unicodedata.name(letter, "").startswith("LATIN")


BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))  # not seen
APOSTROPHES = "\u02bc\u02b9\u02c6"  # letters to Python, as they are to those who write languages with them
PASTED = {
    **dict.fromkeys("—‑‐‒―➖‾¯", "-"), **dict.fromkeys("•∘★☆✕✖⨯⨉╳", "*"), **dict.fromkeys("∕⁄∶", "/"),
    **dict.fromkeys("`´\u02bc\u02b9", "'"), "\u02c6": "^", "∣": "|", "،": ",", "؛": ";", "\u037e": ";",
    "∑": "sum(a, b)",
    **dict.fromkeys("\u2028\u2029\x0b\x0c\x85", "a new line"), **dict.fromkeys("𝜕𝛛𝝏𝞉", "∂"), "≔": "=",
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


KNOWN = "′\u2018\u00a0\u202f\u205f⁻" + "".join(map(chr, range(0x2000, 0x200B)))  # signs that a sheet may have


def strange(text: str) -> tuple[int, str]:
    """Where in a text, and how, the first sign or letter only looks like another, or cannot be seen; '' for none.

    >>> strange("a ~= 2"), strange("upd\u0430te 0.1")
    ((0, ''), (3, "'\u0430' is U+0430, cyrillic small letter a; type the Latin a"))
    """
    found = ((match.start() + match[0].index(letter), foreign(letter)) for match, letter in alike_words(text))
    signs = ((at, said) for at, sign in enumerate(text) if (said := strange_sign(sign)))
    return min([*islice(found, 1), *islice(signs, 1)], default=(0, ""))


def alike_words(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """The words that a person takes for others, each with the letter that makes it so."""
    return ((match, letter) for match in WORD.finditer(text) if (letter := look_alike(match[0])))


WORD = regex(r"[^\W\d_]+")


def strange_sign(sign: str) -> str:
    """What to say of a sign that is not meant; '' for any other."""
    if (sign.isascii() and sign.isprintable()) or sign in "\t\0" or sign in KNOWN or sign.isalpha():
        return ""
    is_raised = unicodedata.decomposition(sign).startswith(("<super>", "<sub>", "<fraction>"))
    remedy = "" if is_raised else instead_of_sign(sign)
    name = unicodedata.name(sign, "a control character").lower()
    return unseen(sign) or (f"{sign!r} is U+{ord(sign):04X}, {name}; {remedy}" if remedy else "")
