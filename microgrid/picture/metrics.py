"""How wide a text is, whatever font will draw it: the widths of DejaVu Sans, the widest of the usual ones.

An engine measures text with a font of its machine, or with a table of Helvetica, and whoever looks at the picture may
have neither. What has room for DejaVu Sans has room for Helvetica, Arial, Liberation Sans and Verdana as well.
"""

# ruff: noqa: RUF001 - letters that look like others are what this is about

from __future__ import annotations

import unicodedata

__all__ = ["SIZE", "width", "wrapped"]

SIZE = 11  # points of the text on cards
BOLD, WIDEST = 1.17, 1.0  # of a bold letter to its plain one, in the mean of a title; of a letter not in the table

# The letters of each width, in hundredths of the size of the font.
LETTERS = {
    18: "ₗᵢⱼ", 28: "'ijl", 32: " ,.·IJₜ", 36: "/:;\\|ιf-ₛ", 40: "ᵀ()[]tₐₙ", 42: "!²³⁰¹⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉ₕrₑₒ",
    45: "ₖₚₓ\"", 50: "‼*_`–", 53: "∂sz₊₋ẑ", 56: "?cεζLνξΓ", 60: "Fkυχκςvxyγλŷ",
    64: "Pπτ TYaeoδθâéₘ$0123456789ESbdghnpqu{}βημρσΞΣ√ñ", 67: "Kαφψ∇", 70: "ABVXZΔΛCR", 76: "UNHΠ", 79: "Ω&DGOQΘΦΨ",
    84: "w#+<=>^~ω∞−×⊙≈≤≥≠→←↳✓✗", 87: "M", 98: "%½m", 100: "W@…—",
}  # fmt: skip
WIDTHS = {letter: hundredths / 100 for hundredths, letters in reversed(LETTERS.items()) for letter in letters}


def width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """The width in points of a text on one line.

    >>> round(width("z₁ = w₁ × x"), 1)
    63.5
    """
    return sum(map(letter_width, text)) * size * (BOLD if bold else 1.0)


def letter_width(letter: str) -> float:
    known = WIDTHS.get(letter)
    if known is None:
        known = 0.0 if unicodedata.combining(letter) or unicodedata.category(letter) == "Cf" else WIDEST
    return known


def wrapped(text: str, room: float, size: float = SIZE) -> list[str]:
    """The lines of a text, none wider than the room unless one word is.

    >>> wrapped("a picture of two boxes", 70)
    ['a picture of', 'two boxes']
    """
    lines: list[str] = []
    for word in text.split():
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
