"""Shapes: what they are called, which of them fit, and what to say of those that do not.

A vector is a column; what has 1 row and 1 column is a number. So a shape is () of a number, (3,) of a vector of 3,
(2, 3) of a matrix of 2 rows and 3 columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

__all__ = [
    "Operand",
    "Shape",
    "columns_of",
    "described",
    "elementwise_rule",
    "product_rule",
    "rows_of",
    "tidy",
    "turned",
]

Shape = tuple[int, ...]
TURNED = "ᵀ"


class Operand(NamedTuple):
    """What an operation takes: how it is written, and its shape."""

    text: str
    shape: Shape

    @property
    def turned(self) -> Operand:
        """The same, transposed."""
        text = bracketed(self.text, (" ",))
        text = text.removesuffix(TURNED) if text.endswith(TURNED) else f"{text}{TURNED}"
        return Operand(text, turned(self.shape))

    @property
    def said(self) -> str:
        """`x has 2 rows`, `W is 2 × 3`, `c is a number`."""
        if len(self.shape) == 1:
            return f"{self.text} has {self.shape[0]:,} rows"
        return f"{self.text} is {described(self.shape)}"


def bracketed(text: str, signs: Sequence[str]) -> str:
    """The text in brackets, where one of some signs is in it outside any others.

    >>> bracketed("u + v", (" + ", " - ")), bracketed("σ(u + v)", (" + ", " - "))
    ('(u + v)', 'σ(u + v)')
    """
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if not depth and text.startswith(tuple(signs), at):
            return f"({text})"
    return text


def tidy(rows: int, columns: int) -> Shape:
    """The shape of so many rows and columns.

    >>> tidy(2, 3), tidy(3, 1), tidy(1, 3), tidy(1, 1)
    ((2, 3), (3,), (1, 3), ())
    """
    if columns == 1:
        return () if rows == 1 else (rows,)
    return rows, columns


def rows_of(shape: Shape) -> int:
    """How many rows it has; a number has 1."""
    return shape[0] if shape else 1


def columns_of(shape: Shape) -> int:
    """How many columns it has; a vector has 1."""
    return shape[1] if len(shape) == 2 else 1


def turned(shape: Shape) -> Shape:
    """The shape of the transpose."""
    return tidy(columns_of(shape), rows_of(shape))


def described(shape: Shape) -> str:
    """A shape in words.

    >>> described((2, 3)), described((3,)), described(())
    ('2 × 3', 'a vector of 3', 'a number')
    """
    if len(shape) == 2:
        return f"{shape[0]:,} × {shape[1]:,}"
    return f"a vector of {shape[0]:,}" if shape else "a number"


# ── which shapes fit ───────────────────────────────────────────────────────────────────────


def multiplies(left: Shape, right: Shape) -> bool:
    """Whether there is a product of matrices."""
    return columns_of(left) == rows_of(right)


def matches(left: Shape, right: Shape) -> bool:
    """Whether two go together element by element: they have one shape, or one is a number."""
    return left == right or () in (left, right)


def product_rule(left: Operand, right: Operand) -> str:
    """Why `left @ right` is no product, and what would be one; '' where it is.

    >>> print(product_rule(Operand("W1", (2, 3)), Operand("x", (2,))))
    W1 is 2 × 3 and x has 2 rows: W1 @ x needs as many columns in W1 as rows in x; W1ᵀ @ x would fit
    """
    if multiplies(left.shape, right.shape):
        return ""
    needs = f"{shown(left, right, '@')} needs as many columns in {left.text} as rows in {right.text}"
    return f"{left.said} and {right.said}: {needs}{instead(left, right, '@')}"


def elementwise_rule(left: Operand, right: Operand, sign: str) -> str:
    """Why `left + right` is no sum, and what would be one; '' where it is.

    >>> print(elementwise_rule(Operand("u", (2,)), Operand("v", (1, 2)), "+"))
    u has 2 rows and v is 1 × 2: u + v needs two of one shape, or a number; u + vᵀ would fit
    """
    if matches(left.shape, right.shape):
        return ""
    needs = f"{shown(left, right, sign)} needs two of one shape, or a number"
    return f"{left.said} and {right.said}: {needs}{instead(left, right, sign)}"


SIGNS = ("+", "-", "*", "/", "**", "⊙", "·", "==")
TIMES = ("*", "⊙", "·")


def instead(left: Operand, right: Operand, sign: str) -> str:
    """What would fit: the same with a transpose, or another product."""
    fits = multiplies if sign == "@" else matches
    pairs = ((left.turned, right), (left, right.turned))
    for one, other in (*(pairs if sign == "@" else pairs[::-1]), (left.turned, right.turned)):
        if fits(one.shape, other.shape):
            return f"; {shown(one, other, sign)} would fit"
    return next((f"; {shown(*pair, other)} would fit" for pair, other in others(left, right, sign)), "")


def shown(left: Operand, right: Operand, sign: str) -> str:
    one, other = left.text, right.text
    if sign in (*TIMES, "@", "/"):
        one, other = (bracketed(each, (" + ", " - ")) for each in (one, other))
    return f"{one} {sign} {other}" if sign in (*SIGNS, "@") else f"{sign}({one}, {other})"


def others(left: Operand, right: Operand, sign: str) -> Iterator[tuple[tuple[Operand, Operand], str]]:
    """The other products that there are."""
    tests: list[tuple[bool, str, Callable[[Shape, Shape], bool]]] = [
        (sign == "@", "⊙", matches),
        (sign in TIMES, "@", multiplies),
    ]
    for applies, other, fits in tests:
        for one, two in ((left, right), (right, left)) if other == "@" else ((left, right),):
            if applies and fits(one.shape, two.shape):
                yield (one, two), other
    if sign == "@" and multiplies(right.shape, left.shape):
        yield (right, left), "@"
