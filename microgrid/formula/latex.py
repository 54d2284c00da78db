"""The words of LaTeX in a formula, as the signs of books: \\theta, \\hat{y}, \\frac{1}{2}, w\\cdot x."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from .regexes import regex
from .signs import LOWERED, RAISED, TO_RAISED
from .tokens import SPELLED

__all__ = ["plain_text", "too_deep"]

ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
SIGNS = {
    "cdot": "·", "times": "×", "div": "÷", "ast": "*", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "lvert": "|",
    "rvert": "|", "left": "", "right": "", "quad": " ", "varepsilon": "ε", "vartheta": "ϑ", "varphi": "φ",
    **{name: f"{name} " for name in "exp ln log sin cos tan arcsin arccos arctan sinh cosh tanh max min".split()},
}  # fmt: skip
TO_LOWERED = str.maketrans("0123456789", LOWERED)
SQUARED = r"(?:²|\^2|\^\{2\})?"
SLOPE = regex(rf"[d∂]{SQUARED}{SPELLED}/[d∂]{SPELLED}{SQUARED}(?:[d∂]{SPELLED})?")
INSIDE = r"((?:[^{}]|[\^_]\{[^{}]*\})*)"  # of braces: what has none but in a power or an index
DEEPEST = 20  # fractions and roots in each other


def plain_text(text: str) -> tuple[str, list[int]]:
    r"""A formula with the simple words of LaTeX as signs, and the column of `text` where each letter of it comes from.

    >>> [plain_text(each)[0] for each in (r"\hat{y}\cdot\theta_1", r"\frac{1}{2}w", r"\frac{\partial L}{\partial w}")]
    ['ŷ·θ_1', '((1)/(2))w', '∂L/∂w']

    text  of any letters; what is no such word stays as it is, for the reader of formulas to refuse
    """
    columns = list(range(len(text) + 1))
    for pattern, sign in (SPACE, *PRINTED, WORD, ACCENT, ABOVE, BELOW):
        text, columns = replaced(text, columns, pattern, sign)
    for _ in range(DEEPEST):
        before = text
        for pattern, sign in (ROOT, FRACTION, POWER):
            text, columns = replaced(text, columns, pattern, sign)
        if text == before:
            break
    return text, columns


def too_deep(text: str) -> tuple[int, str]:
    r"""Where in such a text, and what is to be said of it, fractions and roots stand too deep in each other to be read.

    >>> too_deep("((1)/(2))"), too_deep(plain_text(r"\sqrt{" * 30 + "x" + "}" * 30)[0])[0]
    ((0, ''), 0)
    """
    if not any(pattern.search(text) for pattern, _ in (ROOT, FRACTION)):
        return 0, ""
    fact = f"fractions and roots stand more than {DEEPEST} deep in each other"
    return text.index("\\"), f"{fact}; give one of the inner ones a line and a name of its own"


def replaced(
    text: str, columns: list[int], pattern: re.Pattern[str], sign: Callable[[re.Match[str]], str]
) -> tuple[str, list[int]]:
    """The text and its columns with a sign for each match."""
    parts, places, end = [], list[int](), 0
    for match in pattern.finditer(text):
        found = sign(match)
        parts += [text[end : match.start()], found]
        places += [*columns[end : match.start()], *[columns[match.start()]] * len(found)]
        end = match.end()
    return "".join([*parts, text[end:]]), places + columns[end:]


def word(match: re.Match[str]) -> str:
    """A Greek letter or a sign; what else begins with a backslash stays as it is."""
    before, name = match[1] or "", match[2]
    if name == "partial":
        return f"{before}∂"
    if name in SIGNS:
        return before + SIGNS[name]
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        letter = unicodedata.lookup(f"GREEK {case} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    except KeyError:
        return match[0]
    apart = " " if before and before not in "d∂" else ""  # two letters side by side are two names
    return f"{before}{apart}{letter}{match[3] or ' ' * (match.string[match.end() : match.end() + 1] == chr(92))}"


def accented(match: re.Match[str]) -> str:
    """ŷ of \\hat{y}"""
    return unicodedata.normalize("NFC", (match[2] or match[3]) + ACCENTS[match[1]])


def fraction(match: re.Match[str]) -> str:
    """A derivative where it is one, else a quotient in brackets."""
    above, below = (match[1], match[2]) if match[1] is not None else (match[3], match[4])
    names = ["".join(each.split()) for each in (above, below)]
    if SLOPE.fullmatch("/".join(names)):
        return "/".join(names)
    return f"(({above})/({below}))"


def root(match: re.Match[str]) -> str:
    """√(x) of \\sqrt{x}, cbrt(x) of \\sqrt[3]{x}"""
    degree, inside = match[1] or "2", match[2]
    return {"2": f"√({inside})", "3": f"cbrt({inside})"}.get(degree, f"(({inside})^(1/{degree}))")


def number(match: re.Match[str]) -> str:
    """1.5e-7 of 1.5 \\cdot 10^{-7}"""
    return f"{match[1]}{'' if '.' in match[1] else '.0'}e{match[2]}"


# What `latex` prints besides: words in letters that stand upright, an indicator, logarithms, large numbers.
PRINTED = (
    (regex(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)\s*\\cdot\s*10\^\{(-?[0-9]+)\}"), number),
    (regex(r"\\math(?:bf|bb|rm)\{1\}\s*\\\{"), lambda match: "["),
    (regex(r"\\\}"), lambda match: "]"),
    (regex(r"\\log_\{?(2|10)\}?(?![0-9])"), lambda match: f"log{match[1]} "),
    (regex(r"\\(?:operatorname|mathrm)\{((?:\w|\\_)+)\}"), lambda match: match[1].replace("\\_", "_")),
)
# The layer of a weight stands above its index; and it is a name, not a power, only in brackets.
ABOVE = regex(r"(?<=[wbzaδ])\^\{([0-9]+)\}(?=_\{[0-9,]+\})"), lambda match: match[1].translate(TO_RAISED)
BELOW = regex(rf"(?<=[{RAISED}])_\{{([0-9,]+)\}}"), lambda match: match[1].translate(TO_LOWERED)
POWER = regex(rf"\^\{{(?![(\[]\w+[)\]]\}}){INSIDE}\}}"), lambda match: f"^(({match[1]}))"
SPACE = regex(r"\\[,;:! ]"), lambda match: " "
WORD = regex(r"([^\W\d_])?\\([a-zA-Z]+)(\s*)"), word
ACCENT = regex(r"\\(hat|bar|tilde|dot)\s*(?:\{\s*([^\W\d_])\s*\}|([^\W\d_]))"), accented
ROOT = regex(rf"\\sqrt\s*(?:\[\s*([0-9]+)\s*\]\s*)?\{{{INSIDE}\}}"), root
FRACTION = regex(rf"\\[dt]?frac\s*(?:\{{{INSIDE}\}}\s*\{{{INSIDE}\}}|(\d)\s*(\d))"), fraction
