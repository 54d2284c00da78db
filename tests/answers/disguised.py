"""Sheets with one published formula: judged, under other names, and worked out by mpmath."""

import re

from mpmath import mp, mpf

from microgrid import Sheet
from microgrid.answers import check
from microgrid.formula import Call, fold, render

MP = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: mpf(x) / y,
    "**": lambda x, y: mpf(x) ** y,
    "neg": lambda x: -x,
    **{name: getattr(mp, name) for name in "exp log sqrt sin cos tanh cosh sinh asinh asin sign".split()},
    "abs": abs,
    "max": max,
    "step": lambda x: mpf(x > 0),
    "relu": lambda x: max(mpf(x), mpf(0)),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "logsumexp": lambda *x: mp.log(sum(map(mp.exp, x))),
}


def judged(text):
    (answer,) = check(Sheet.parse(text).run())
    return answer


IDENTIFIER = re.compile(r"(?<![\w.])([^\W\d]\w*)(?!\w*\()")


def disguise(text, rng):
    """The same sheet under other names, its numbers given in another order, sums and products turned round; and how."""
    sheet = Sheet.parse(text)
    (asked,) = sheet.checks
    stems = sorted({name.rstrip("0123456789") for name in sheet.quantities})
    other = dict(zip(stems, rng.sample("αβγηθκλμνξρτφχψω", len(stems))))
    new = {name: other[stem := name.rstrip("0123456789")] + name[len(stem) :] for name in sheet.quantities}
    *lines, _ = [line for line in text.split("\n") if line.strip()]
    quantity = f"∂{asked.quantity.of}/∂{asked.quantity.by}" if asked.quantity.by else asked.quantity.of
    lines.append(f"{quantity} == {render(turned(asked.formula, rng))}")
    lines = [IDENTIFIER.sub(lambda match: new.get(match[1], match[1]), line) for line in lines]
    given = [line for line in lines if line.startswith(("input", "target", "param"))]
    return "\n".join([*rng.sample(given, len(given)), *lines[len(given) :]]), new


def turned(formula, rng):
    """The formula with its sums and products in another order."""

    def visit(node, arguments):
        if not isinstance(node, Call):
            return node
        turn = node.function in "+*" and rng.random() < 0.5
        return Call(node.function, tuple(reversed(arguments) if turn else arguments))

    return fold(formula, visit)


def renamed(words, new):
    """Names in a sentence or a list, as the disguised sheet has them."""
    return IDENTIFIER.sub(lambda match: new.get(match[1], match[1]), re.sub(r"\bd(\w+)/d(\w+)", r"∂\1/∂\2", words))
