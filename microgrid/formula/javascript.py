"""The operations as JavaScript, from the same table: a page computes a graph as the engine does.

The vocabulary of the rows is `assets/arithmetic.js`, the twin of `floats.py`: the page holds
that file first, then what `javascript` writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from .expression import Call, Formula, Number, fold
from .floats import FLOATS
from .operation import Op, Variadic, constant_folded, functions_of
from .ops import OPS
from .printing import ATOM, JAVASCRIPT, Form, Language, render

__all__ = ["expression", "javascript"]

# A $ before each name keeps an input apart from the words of JavaScript, and from the page's own names.
LANGUAGE = replace(
    JAVASCRIPT.knowing({"**": Form("Arithmetic.power({}, {})", ATOM, (0, 0))}),
    call="Arithmetic.{}({})",
    name=lambda name: f"${name}",
)


def javascript(operations: Iterable[Op]) -> str:
    """The statement that defines OPS: by name, a function numbers → [value, [local derivative, …]].

    >>> print(javascript([OPS["mul"], OPS["exp"]]))
    const OPS = {
      __proto__: null,
      "mul": ($x, $y) => { const $out = $x * $y; return [$out, [$y, $x]]; },
      "exp": ($x) => { const $out = Arithmetic.exp($x); return [$out, [$out]]; },
    };

    operations  each name is written once, rows that it uses with it; what has no formula is left out
    Fixed numbers are arguments after the inputs: `OPS["pow"](x, n)`. A local derivative is null where
    the engine has `CLOSED`; `Arithmetic.times(partial, grad)` and `plus(sum, share)` know what that does.
    """
    used = needed(operations)
    language = LANGUAGE.knowing({name: row_form(each) for name, each in used.items() if name not in FLOATS})
    lines = [f"  {json.dumps(name)}: {written(each, language)},\n" for name, each in used.items()]
    return "const OPS = {\n  __proto__: null,\n" + "".join(lines) + "};"


def expression(formula: Formula) -> str:
    """A formula as a JavaScript expression; its names are JavaScript already.

    >>> from .parser import parse
    >>> print(expression(parse("0.9*m + relu(z)^2")))
    0.9 * m + Arithmetic.power(OPS["relu"](z)[0], 2.0)
    """
    rows = {name: row_form(OPS[name]) for name in functions_of([formula]) & OPS.keys() if name not in FLOATS}
    return render(completed(formula), replace(LANGUAGE.knowing(rows), name=str))


def completed(formula: Formula) -> Formula:
    """The formula with the fixed numbers that its calls leave out: leaky_relu(z, 0.01)."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        row = OPS.get(node.function)
        left_out = row.left_out(len(arguments)) if row else []
        return Call(node.function, (*arguments, *map(Number, left_out)), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def needed(operations: Iterable[Op]) -> dict[str, Op]:
    """The operations that have formulas, and the rows that these use, by name."""
    given = {each.name: each for each in operations if each.body or isinstance(each, Variadic)}
    known = {**OPS, **given}
    found: dict[str, Op] = {}
    waiting = list(reversed(given.values()))
    while waiting:
        row = waiting.pop()
        if row.name not in found:
            found[row.name] = row
            used = functions_of(formulas_of(row)) - FLOATS.keys()
            waiting += (known[name] for name in sorted(used))
    return found


def formulas_of(row: Op) -> list[Formula]:
    """The value and the local derivatives, as they are computed."""
    return [constant_folded(each) for each in (row.stable.value, *row.stable.partials)]


def row_form(row: Op) -> Form:
    """How a row calls another one: for its value."""
    arguments = ", ".join(["{}"] * (len(row.stable.inputs) + len(row.fixed)))
    return Form(f"OPS[{json.dumps(row.name)}]({arguments})[0]", ATOM, ())


def written(row: Op, language: Language) -> str:
    """An operation as a JavaScript function; those of any number of inputs are in the vocabulary's file."""
    if isinstance(row, Variadic):
        return f"Arithmetic.{row.name}"
    arguments = ", ".join(map(language.name, (*row.stable.inputs, *row.fixed)))
    value, *partials = (render(each, language) for each in formulas_of(row))
    slopes = ", ".join(f"Arithmetic.closed({each})" if row.masks else each for each in partials)
    return f"({arguments}) => {{ const $out = {value}; return [$out, [{slopes}]]; }}"
