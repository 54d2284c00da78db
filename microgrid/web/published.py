"""What a source printed, as the page says it: in the notation of the picture and of the sentences, with its verdict."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from microgrid.answers import check
from microgrid.formula import OPS, unicode_name
from microgrid.formula.printing import PART
from microgrid.formula.tokens import TRANSPOSED
from microgrid.sheet import Run

__all__ = ["as_books_write", "published"]

NAMES = re.compile(rf"[d∂](?P<of>{PART})/[d∂](?P<by>{PART})|(?P<name>{PART})")
SIGNS = (("**", "^"), ("*", "·"), ("-", "−"), ("^2", "²"), ("^3", "³"))


def published(run: Run | None) -> list[dict[str, Any]]:
    """Every published number and formula of a sheet with its verdict; `shown`, `says` and `why` are to be read."""
    if run is None:
        return []
    names = {name.partition("[")[0] for name in run.sheet.quantities}
    return [
        {
            "round": each.round,
            "quantity": each.quantity,
            "printed": each.printed,
            "shown": as_books_write(signs(each.quantity), names),
            "says": as_books_write(signs(each.printed), names),
            "verdict": each.verdict,
            "why": as_books_write(each.why, names),
        }
        for answer in check(run)
        for each in answer.numbers
    ]


def as_books_write(text: str, names: Collection[str]) -> str:
    """The text with those names in it, and derivatives of them by them, as books write them.

    >>> as_books_write("dL/dz1*a1 + d1", {"L", "z1", "a1"}), as_books_write("dW/dx and dt", {"x"})
    ('∂L/∂z₁*a₁ + d1', 'dW/dx and dt')
    >>> as_books_write("sigmoid(z1)·(1 − log(exp(z1)))", {"z1"})
    'σ(z₁)·(1 − ln(exp(z₁)))'
    >>> as_books_write("W2ᵀ @ δ2", {"W2", "δ2"})
    'W₂ᵀ @ δ₂'
    """

    def write(match: re.Match[str]) -> str:
        of, by, name = match["of"], match["by"], match["name"]
        if name:
            bare, after = name.rstrip(TRANSPOSED), text[match.end() : match.end() + 1]
            return unicode_name(bare) + name[len(bare) :] if stem(bare) in names else symbol(name, after)
        return unicode_name(f"∂{of}/∂{by}") if {stem(of), stem(by)} <= set(names) else match[0]

    return NAMES.sub(write, text)


def symbol(name: str, after: str) -> str:
    """The sign of a function that is called, where that is a word."""
    sign = OPS[name].symbol if after == "(" and name in OPS else name
    return sign if sign[:1].isalpha() else name


def stem(name: str) -> str:
    """The array of an element; the name itself of what is none."""
    return name.partition("[")[0].partition(" at ")[0]


def signs(text: str) -> str:
    """The signs of a formula as books have them.

    >>> signs("-2*w^2 + x**3 - e^25")
    '−2·w² + x³ − e^25'
    """
    for typed, sign in SIGNS:
        text = sign.join(text.split(typed)) if typed[0] != "^" else re.sub(rf"\^{typed[1]}(?![\w.])", sign, text)
    return text
