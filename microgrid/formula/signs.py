"""Signs as books print them: what each of them means, and which names are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

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
    "index_key",
    "plain_name",
    "power_text",
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
