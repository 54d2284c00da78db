"""What to do about an inf or nan: one line for the operation that made it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from microgrid.formula import number_text
from microgrid.formula.operation import no_formula

__all__ = ["BEYOND", "ENDLESS", "remedy"]

Number = Callable[[Any], float]
Named = Callable[[Any], str]

BEYOND = "beyond the largest double, 1.8e308"
DOMAINS = {
    "log": "log needs a number above 0",
    "log2": "log2 needs a number above 0",
    "log10": "log10 needs a number above 0",
    "log1p": "log1p needs a number above -1",
    "sqrt": "sqrt needs a number above 0, and is vertical at 0",
    "exp": "exp overflows above 709.78",
    "expm1": "expm1 overflows above 709.78",
    "sinh": "sinh overflows above 710.47",
    "cosh": "cosh overflows above 710.47",
    "asin": "asin needs a number from -1 to 1, and is vertical at both",
    "acos": "acos needs a number from -1 to 1, and is vertical at both",
    "acosh": "acosh needs a number above 1, and is vertical at 1",
    "atanh": "atanh needs a number between -1 and 1",
}
ENDLESS = {
    "mul": "0 · inf has no value; look at what made the inf",
    "div": "inf / inf has no value; look at what made each inf",
    "add": "inf - inf has no value; look at what made each inf",
    "sub": "inf - inf has no value; look at what made each inf",
    "sum": "inf - inf has no value; look at what made each inf",
    "affine": "0 · inf, or inf - inf, has no value; look at what made the inf",
}


def remedy(node: Any, number: Number, name: Named = lambda node: node.label or "z") -> str:
    """What to do where a node made an inf or nan, in its value or in its derivative; '' where it is not to blame.

    >>> from microgrid import Value
    >>> p = Value(-800.0, label="z").sigmoid()
    >>> remedy(p.log(), lambda node: node.data)
    'log of a saturated sigmoid: take logsigmoid(z)'

    number  of a node, now      name  of a node, in the answer
    """
    inputs, out, word = [number(each) for each in node.parents], number(node), node.op.name
    if node.op.forward is no_formula or any(map(math.isnan, inputs)):
        return ""
    if any(map(math.isinf, inputs)):
        endless = ENDLESS.get(word, f"{word} has no value at inf; look at what made the inf")
        return endless if math.isnan(out) else ""
    if word in ("log", "log2", "log10") and inputs[0] == 0:
        return saturated(node, word, name) or DOMAINS[word]
    if word == "div" and abs(inputs[1]) < 1e-300:
        return "the divisor is too near 0" if inputs[1] else "the divisor must not be 0"
    if word in ("pow", "power"):
        return of_power(inputs[0], node.op.settings["n"] if word == "pow" else inputs[1], out)
    return DOMAINS.get(word) or (BEYOND if math.isinf(out) else "")


def saturated(node: Any, word: str, name: Named) -> str:
    """Where the input of a logarithm is a probability that rounds to 0."""
    source = behind(node.parents[0])
    kind = source.op.name
    if kind == "sigmoid":
        return f"{word} of a saturated sigmoid: take {logarithm('logsigmoid', name(source.parents[0]), word)}"
    if kind == "softmax":
        logit = name(source.parents[int(source.op.settings["i"]) - 1])
        return f"{word} of a saturated softmax: take {logit} - logsumexp of the logits"
    if kind == "exp":
        return f"{word} of an exp that underflows: take {logarithm('', name(source.parents[0]), word)}"
    if kind == "sub" and is_one(source.parents[0]) and behind(source.parents[1]).op.name == "sigmoid":
        inside = name(behind(source.parents[1]).parents[0])
        minus = f"-{inside}" if inside.isidentifier() else f"-({inside})"
        return f"{word} of 1 - a saturated sigmoid: take {logarithm('logsigmoid', minus, word)}"
    return ""


def logarithm(function: str, argument: str, word: str) -> str:
    """`logsigmoid(z)`; for another base than e, divided by the logarithm of the base."""
    base = {"log": "", "log2": "/log(2)", "log10": "/log(10)"}[word]
    return f"{function}({argument}){base}" if function else f"{argument}{base}"


def behind(node: Any) -> Any:
    """What a value is another name for."""
    while node.op.name == "identity" and node.parents:
        node = node.parents[0]
    return node


def is_one(node: Any) -> bool:
    return bool(node.role == "constant" and node.data == 1)


def of_power(base: float, exponent: float, out: float) -> str:
    """What is wrong with a power."""
    if base == 0 and exponent < 0:
        return f"0 has no power {shown(exponent)}"
    if base == 0 and 0 < exponent < 1:
        return f"x ** {shown(exponent)} is vertical at 0"
    if base < 0 and math.isnan(out):
        return f"a negative number has no real power {shown(exponent)}"
    return BEYOND if math.isinf(out) else ""


def shown(exponent: float) -> str:
    """An exponent at 6 digits; in full where these would make it a whole number."""
    short = number_text(exponent, 6)
    return number_text(exponent) if float(short).is_integer() else short
