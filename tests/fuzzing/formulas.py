"""Formulas in every notation, written by a grammar: as they are typed, as books print them, in LaTeX."""

from __future__ import annotations

import random
from collections.abc import Sequence

from .signs import FUNCTIONS, NUMBERS, SIGNS, WORDS, mutated

__all__ = ["NOTATIONS", "formula", "written"]

NOTATIONS = ("plain", "books", "latex")
DIGITS = dict(zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
BOOKS = {"sigmoid": "σ", "log": "ln", "sqrt": "√", "relu": "ReLU", "atan": "arctan", "exp": "exp"}
LATEX = {"sigmoid": r"\sigma", "log": r"\ln", "sqrt": r"\sqrt", "exp": r"\exp", "tanh": r"\tanh", "sin": r"\sin"}
SPELT = {"plain": {}, "books": BOOKS, "latex": LATEX}
NAMES = ("w", "b", "x", "z", "w11", "ŷ", "δ", "a1", "w_{12}", "z^{(2)}", "e", "π", "θ₁")


def formula(rng: random.Random) -> str:
    """A formula as it may be typed, one time in three with mistakes in it."""
    text = written(rng, NAMES, rng.choice((1, 2, 3, 4, 6)), rng.choice(NOTATIONS))
    if rng.random() < 0.1:
        text = rng.choice(("", " ")).join(rng.choices(WORDS, k=rng.randrange(1, 12)))
    return mutated(rng, text, SIGNS, 5) if rng.random() < 0.35 else text


def written(rng: random.Random, names: Sequence[str], depth: int, notation: str) -> str:
    """A formula over some names, of at most so many operations in each other."""
    if depth <= 0 or rng.random() < 0.15:
        return rng.choice(names) if names and rng.random() < 0.7 else rng.choice(NUMBERS).replace("-", "")

    def inside() -> str:
        return written(rng, names, depth - 1 - rng.randrange(2), notation)

    return rng.choice(MAKERS)(rng, inside, notation)


def total(rng, inside, notation):
    return f"{inside()} {rng.choice('+-' if notation == 'plain' else '+−')} {inside()}"


def product(rng, inside, notation):
    sign = {"plain": "*", "books": rng.choice("·×⋅"), "latex": rng.choice((r" \cdot ", r" \times "))}[notation]
    return f"{braced(inside())}{sign}{braced(inside())}"


def quotient(rng, inside, notation):
    if notation == "latex":
        return rf"\frac{{{inside()}}}{{{inside()}}}"
    return f"{braced(inside())}{rng.choice('/÷') if notation == 'books' else '/'}{braced(inside())}"


def power(rng, inside, notation):
    exponent = rng.choice(("2", "3", "-1", "0", "10", "0.5"))
    if notation == "plain":
        return f"{braced(inside())}{rng.choice(('^', '**'))}{rng.choice((exponent, '(' + inside() + ')'))}"
    if notation == "latex":
        return f"{braced(inside())}^{{{rng.choice((exponent, inside()))}}}"
    return braced(inside()) + "".join(DIGITS.get(each, "") for each in exponent)


def negative(rng, inside, notation):
    return f"{'-' if notation == 'plain' else '−'}{braced(inside())}"


def called(rng, inside, notation):
    name = rng.choice(FUNCTIONS)
    name = SPELT[notation].get(name, name)
    if name == r"\sqrt":
        return rf"\sqrt{{{inside()}}}"
    return f"{name}{rng.choice(('', '', '', chr(39)))}({inside()})"


def several(rng, inside, notation):
    name = rng.choice(
        ("max", "min", "sum", "mean", "logsumexp", "hypot", "atan2", "clamp", "where", "softmax", "leaky_relu")
    )
    if name == "where":
        return f"where({inside()} > {inside()}, {inside()}, {inside()})"
    return f"{name}({', '.join(inside() for _ in range(rng.choice((1, 2, 2, 3))))})"


def indicator(rng, inside, notation):
    relation = f"{inside()} {rng.choice(('>', '<', '≥', '≤', '>=', '<='))} {inside()}"
    return f"1{{{relation}}}" if rng.random() < 0.7 else f"[{relation}]"


def bars(rng, inside, notation):
    return f"|{inside()}|"


def beside(rng, inside, notation):
    """A product without a sign, as books have it."""
    return f"{rng.choice(('2', '½', '3', '(1 − x)'))}{braced(inside())}"


def braced(text: str) -> str:
    return text if text.isalnum() else f"({text})"


MAKERS = [total, total, product, product, quotient, power, negative, called, called, several, indicator, bars, beside]
