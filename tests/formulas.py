"""Formulas drawn at random, and when two of them are the same."""

from __future__ import annotations

import math

from microgrid.formula import OPS, Call, Name, Number, fold

BINARY = "+ - * / **".split()
SEVERAL = ["max", "min", "hypot"]
ONE_ARGUMENT = [
    row.name for row in OPS.values() if row.takes == (1,) and not row.is_operator and row.name != "identity"
]
NUMBERS = (0.0, 1.0, 2.0, 3.0, 10.0, 0.5, 0.1, 123.25, 1e-7, 2.5e-11, 1e22, 1 / 3)


def drawn(rng, names, depth):
    """A formula over some names, of at most so many operations in each other."""
    if not depth or rng.random() < 0.2:
        return Name(rng.choice(names)) if rng.random() < 0.6 else Number(rng.choice(NUMBERS))
    kind = rng.random()
    if kind < 0.65:
        return Call(rng.choice(BINARY), (drawn(rng, names, depth - 1), drawn(rng, names, depth - 1)))
    if kind < 0.95:
        return Call(rng.choice(["neg", *ONE_ARGUMENT]), (drawn(rng, names, depth - 1),))
    return Call(rng.choice(SEVERAL), (drawn(rng, names, depth - 1), drawn(rng, names, depth - 1)))


def unsigned(formula):
    """The formula as a quotient of products, each without a sign, and the sign: −a·b is (−a)·b and −(a·b).

    2^x may be a power or a function of its own.
    """

    def visit(node, arguments):
        if not isinstance(node, Call):
            return (math.copysign(1, node.value), Number(abs(node.value))) if isinstance(node, Number) else (1, node)
        if node.function == "neg":
            return -arguments[0][0], arguments[0][1]
        if node.function in ("*", "/"):
            (one, left), (other, right) = arguments
            return one * other, Call(node.function, (left, right))
        if node.function == "exp2":
            return 1, Call("**", ((1.0, Number(2.0)), *arguments))
        return 1, Call(node.function, tuple(arguments))

    return fold(formula, visit)
