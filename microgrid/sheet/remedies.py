"""What people type that is no sheet, and what to type instead."""

from __future__ import annotations

import re
from collections.abc import Callable

from microgrid.formula.latex import plain_text
from microgrid.formula.regexes import regex
from microgrid.formula.signs import GREEK_NAMES, PRIME, RAISED, power_text
from microgrid.formula.tokens import SPELLED, TRANSPOSED

from .numbers import PRINTED

__all__ = [
    "instead_of_equation", "instead_of_name", "instead_of_number", "missing_comma", "of_e", "split_product",
    "transposed_product",
]  # fmt: skip

LONGEST = 40  # letters of a word that is taken apart
DERIVATIVE = regex(rf"\s*([d∂]{SPELLED}\s*/\s*[d∂]{SPELLED})\s*")
FUNCTION = regex(rf"\s*({SPELLED})\s*\(.*\)\s*")
COMMAND = regex(r"\s*\\([a-zA-Z]+)\s*")
NO_NUMBERS = ("inf", "nan", "∞", "infinity")


RAISED_E = regex(rf"e([{RAISED}]+)(\w+)")


def of_e(word: str) -> str:
    """What to write instead of e²x, where the x may be in the exponent; '' for any other word.

    >>> of_e("e²x"), of_e("w²x")
    ('e^2*x, or e^(2*x)', '')
    """
    match = RAISED_E.fullmatch(word)
    power = power_text(match[1]) if match else ""
    return f"e^{power}*{match[2]}, or e^({power}*{match[2]})" if match else ""


def split_product(word: str, is_name: Callable[[str], object]) -> str:
    """`w*x`, where a word that nobody defined is names side by side; '' where it is none.

    >>> [split_product(word, ["w", "x", "w1", "x1"].count) for word in ("wx", "w1x1", "wz")]
    ['w*x', 'w1*x1', '']
    """
    if len(word) > LONGEST:
        return ""
    found: dict[int, str] = {0: ""}  # up to each letter, the names before it
    for end in range(1, len(word) + 1):
        for begin, before in list(found.items()):
            if is_name(word[begin:end]):
                found[end] = f"{before}*{word[begin:end]}".lstrip("*")
    whole = found.get(len(word), "")
    return whole if len(set(whole.split("*"))) > 1 else ""


def transposed_product(word: str, is_name: Callable[[str], object]) -> str:
    """`Wᵀ*δ`, where two names stand side by side, and the sign of a transpose behind one; '' for any other word.

    >>> [transposed_product(word, ["W", "δ", "x"].count) for word in ("Wᵀδ", "δxᵀ", "δx", "Wᵀ")]
    ['Wᵀ*δ', 'δ*xᵀ', '', '']
    """
    if TRANSPOSED not in word or len(word) > LONGEST:
        return ""
    ways = ((word[:at], word[at:]) for at in range(1, len(word)))
    found = (f"{a}*{b}" for a, b in ways if all(is_name(each.removesuffix(TRANSPOSED)) for each in (a, b)))
    return next(found, "")


def instead_of_equation(left: str, right: str) -> str:
    """What to type instead of an equation whose left side is no name; '' where that is not known.

    >>> instead_of_equation("dL/dw ", " 6"), instead_of_equation("dL/dw", "2*x")
    ('a published number is written dL/dw ~= 6', 'a published formula is written dL/dw == 2*x')
    >>> instead_of_equation("L(w)", "w^2"), instead_of_equation("\\\\theta", "3")
    ('a quantity is written L = w^2', 'write theta = 3, or θ = 3')
    """
    right = right.strip()
    if left.strip() == "loss":
        return f"write loss {right}" if re.fullmatch(SPELLED, right) else f"write L = {right}, and then loss L"
    if match := DERIVATIVE.fullmatch(left):
        kind, sign = ("number", "~=") if PRINTED.fullmatch(right) else ("formula", "==")
        return f"a published {kind} is written {match[1]} {sign} {right}"
    if match := FUNCTION.fullmatch(left):
        return f"a quantity is written {match[1]} = {right}"
    if match := COMMAND.fullmatch(left):
        letter = GREEK.get(match[1], "")
        return f"write {match[1]} = {right}" + (f", or {letter} = {right}" if letter else "")
    plain = plain_text(left)[0].strip() if "\\" in left else "\\"
    return "" if "\\" in plain else f"write {plain} = {right}"


def instead_of_name(word: str) -> str:
    """What to type instead of what is no name.

    >>> instead_of_name("y*"), instead_of_name("x'"), instead_of_name("x_{n+1}")
    ('write y_star', 'write x_prime', 'an index is letters and digits; write x_n1')
    >>> instead_of_name("2x")
    'a name is letters, digits and _'
    """
    if match := re.fullmatch(rf"({SPELLED})(\*|{PRIME})", word):
        return f"write {match[1]}_{'star' if match[2] == '*' else 'prime'}"
    if match := re.fullmatch(rf"({SPELLED})_\{{(.*\w.*)\}}", word):
        return f"an index is letters and digits; write {match[1]}_{re.sub(r'[^A-Za-z0-9]', '', match[2])}"
    return "a name is letters, digits and _"


GREEK = {name: letter for letter, name in GREEK_NAMES.items()}


def instead_of_number(printed: str) -> str:
    """What to type instead of what is no printed number.

    >>> instead_of_number("−6,05"), instead_of_number("a*b"), instead_of_number("−∞")
    ('write −6.05', 'a formula is checked with ==', 'what is no finite number is asked for by a blank, ?')
    """
    if printed.strip("?") == "" or printed.strip("+-−").lower() in NO_NUMBERS:
        return "what is no finite number is asked for by a blank, ?" if printed.strip("?") else "one ? is a blank"
    return with_point(printed) or "a formula is checked with =="


def with_point(printed: str) -> str:
    """What to type instead of a number with a decimal comma; '' for any other word."""
    return f"write {printed.replace(',', '.')}" if re.fullmatch(r"[-+−]?\d*,\d+", printed) else ""


def missing_comma(text: str) -> str:
    """The line with a comma between the leaves that have none; with a point where a number has a comma; else ''.

    >>> missing_comma("input x1 = 1 x2 = 2"), missing_comma("input x = 0,5"), missing_comma("input x = 1, y = 2")
    ('input x1 = 1, x2 = 2', 'input x = 0.5', '')
    """
    if "[" in text:  # a row of a matrix has spaces between its numbers, a vector commas
        return ""
    mended = re.sub(rf"(?<=[\w.)])\s+(?={SPELLED}\s*=)", ", ", text.strip().partition(" ")[2])
    mended = re.sub(r"(?<=\d),(?=\d+\s*(?:,|$))", ".", mended)
    whole = f"{text.split(None, 1)[0]} {mended}"
    return whole if whole.split() != text.split() else ""
