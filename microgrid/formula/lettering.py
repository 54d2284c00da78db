"""Text in pictures: numbers, labels and formulas on one line, harmless whatever they hold."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from .expression import Call, Formula, Number
from .ops import ROW_UNICODE
from .printing import POWER, UNICODE, Form, Place, number_text, render, unicode_name
from .writing import TEXT_FORMS, printable

__all__ = [
    "LABEL",
    "WHOLE",
    "escaped",
    "font",
    "indexed",
    "number",
    "plain",
    "repeated",
    "shortened",
    "shown",
    "written",
]

TYPED = 40  # characters of what somebody typed, in a message
LABEL, WHOLE = 24, 300  # the longest label and formula that are shown, in characters
LANGUAGE = ROW_UNICODE.knowing({
    "neg": UNICODE.forms["neg"],
    **{sign: TEXT_FORMS[sign] for sign in ("*", "/", "·", "@", "⊙", "ᵀ", "list", "rows", "row")},
    **{over: Form(f"{over} of {{}}", POWER, (POWER,)) for over in ("mean over samples", "sum over samples")},
})  # fmt: skip


def number(value: float, digits: int | None) -> str:
    """A number as pictures have it, with a real minus.

    >>> number(-0.0239983, 4), number(1.0, 4), number(float("-inf"), 4)
    ('−0.024', '1', '−∞')
    """
    text = number_text(value, digits).replace("inf", "∞").replace("nan", "NaN")
    return text.replace("-", "−")


def written(formula: Formula, digits: int | None = None, name: Callable[[str], str] = str) -> str:
    """A formula as pictures have it; `name` says how its names are shown."""
    language = replace(LANGUAGE, name=name, number=lambda value: number(value, digits))
    return plain(indexed(formula, lambda each: render(each, language)))


def indexed(formula: Formula, write: Callable[[Formula], str]) -> str:
    """The formula written; of one result of softmax, of which input it is: `softmax(a, b) at b`."""
    if not (isinstance(formula, Call) and formula.function == "softmax"):
        return write(formula)
    *logits, which = formula.arguments
    if isinstance(which, Number) and 1 <= which.value <= len(logits):
        return f"{write(Call('softmax', tuple(logits)))} at {write(logits[int(which.value) - 1])}"
    return write(formula)


def shown(label: str, longest: int = LABEL) -> str:
    """A label as a picture has it: on one line, not too long, harmless, its index below the line.

    >>> shown("w11"), shown("a\\x00b\\nc"), shown("a" * 100_000 + "17")
    ('w₁₁', 'a\ufffdb c', 'aaaaaaaaaaaa…aaaaaaaaa₁₇')
    """
    text = plain(label, longest)
    return text if text[:1] == "∂" or isinstance(label, Place) else unicode_name(text)


def plain(text: str, longest: int = WHOLE) -> str:
    """The text on one line, its middle left out where it is too long; only what XML allows.

    >>> plain("first\\r\\nsecond\\n"), plain("a\\x00b"), plain(" ")
    ('first second', 'a\ufffdb', ' ')
    """
    kept = "".join(map(harmless, unicodedata.normalize("NFC", shortened(text, max(WHOLE, longest)))))
    kept = " ".join(kept.split()) or kept[:1]
    return shortened(kept or ("\ufffd" if text else ""), longest)


def harmless(character: str) -> str:
    """The character, unless XML forbids it or it changes the direction of the text around it."""
    if character.isspace():
        return " "
    category, place = unicodedata.category(character), ord(character)
    if category == "Cf" and character not in "\u200c\u200d":
        return ""
    forbidden = category in ("Cc", "Cs") or place & 0xFFFE == 0xFFFE or 0xFDD0 <= place <= 0xFDEF
    return "\ufffd" if forbidden else character


def shortened(text: str, longest: int) -> str:
    """The text, its middle left out where it is too long."""
    tail = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[: longest - 1 - tail]}…{text[-tail:]}"


def repeated(text: str) -> str:
    """What somebody typed, in a message: on one line, its middle left out where it is long."""
    return printable(shortened(text, TYPED))


def escaped(text: str) -> str:
    """Text for an HTML-like label: there `\\N` is the name of the node, and a `]` that comes first is no text."""
    return html.escape(text).replace("\\", "\\\\").replace("]", "&#93;")


def font(text: str, color: str, size: int = 0) -> str:
    """The text in that colour, for an HTML-like label; escaped."""
    points = f' POINT-SIZE="{size}"' if size else ""
    return f'<FONT{points} COLOR="{color}">{escaped(text)}</FONT>'
