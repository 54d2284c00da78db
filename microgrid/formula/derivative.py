"""Derivatives of formulas, as formulas: the chain rule over the rows of the table."""

from __future__ import annotations

from microgrid.errors import FormulaError

from .expression import Call, Formula, Name, Number, fold, free_names, substitute
from .ops import EVERY_OP, OPS, SOFTMAX

__all__ = ["derivative", "partials"]

OPERATOR_ROWS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "neg": "neg"}


def derivative(formula: Formula, name: str, out: str = "") -> Formula:
    """d(formula)/d(name), in textbook form, with nothing but zeros and ones tidied away.

    >>> from microgrid.formula import parse
    >>> from microgrid.formula import render
    >>> print(render(derivative(parse("sigmoid(w*x + b)"), "w", out="a")))
    a*(1 - a)*x
    >>> print(render(derivative(parse("(y - t)^2/2"), "y")))
    1/2*(2*(y - t))

    formula  over the functions and operators of the table
    out      what the whole formula is called, for textbook forms that use its value: a·(1 - a)
    Raises FormulaError for a function that is not in the table.
    """

    def visit(node: Formula, arguments: list[tuple[Formula, Formula]]) -> tuple[Formula, Formula]:
        """The node, and its derivative."""
        if not isinstance(node, Call):
            return node, Number(float(node == Name(name)))
        value = Name(out) if out and node is formula else node
        total: Formula = Number(0.0)
        slopes = partials(node, value)
        for (_, change), slope in zip(arguments, slopes):
            if change != Number(0.0):
                total = plus(total, times(slope, change))
        return node, total

    return fold(formula, visit)[1]  # type: ignore[no-any-return]


def partials(call: Call, value: Formula) -> tuple[Formula, ...]:
    """The local derivatives of a call by its arguments, `out` standing for its value."""
    function, arguments = call.function, call.arguments
    if function == "softmax":  # its last argument says which of the results is meant
        which = arguments[-1].value if isinstance(arguments[-1], Number) else 1.0
        row = SOFTMAX.at(which).row(len(arguments) - 1)
        return tuple(substitute(each, {**dict(zip(row.inputs, arguments)), "out": value}) for each in row.partials)
    if function == "**":
        function = "power" if free_names(arguments[1]) else "pow"
    operation = EVERY_OP.get(OPERATOR_ROWS.get(function, function))
    if operation is None or not (operation.takes == () or operation.stable.inputs):
        raise FormulaError(f"{function!r} is in no row of the table, so its derivative is not known", call.at)
    if function in OPS or function in OPERATOR_ROWS:
        row = operation.book
        settings = (*arguments[len(row.inputs) :], *map(Number, list(operation.settings.values())))
        names = dict(zip((*row.inputs, *operation.fixed), (*arguments[: len(row.inputs)], *settings)))
    else:
        row = operation.row(len(arguments))
        names = dict(zip(row.inputs, arguments))
    return tuple(tidied(substitute(partial, {**names, "out": value})) for partial in row.partials)


def tidied(formula: Formula) -> Formula:
    """Without powers of one and sums of two numbers, as in n·x^(n - 1) for n = 2."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        match node.function, arguments:
            case ("neg", [Number(a)]):
                return Number(-a)
            case ("-", [Number(a), Number(b)]):
                return Number(a - b)
            case ("**", [base, Number(1.0)]):
                return base
            case ("*", [a, b]):
                return times(a, b)
        return Call(node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def times(a: Formula, b: Formula) -> Formula:
    match a, b:
        case (Number(0.0), _) | (_, Number(0.0)):
            return Number(0.0)
        case (Number(1.0), _):
            return b
        case (_, Number(1.0)):
            return a
        case (Number(-1.0), _):
            return Call("neg", (b,))
        case (_, Number(-1.0)):
            return Call("neg", (a,))
    return Call("*", (a, b))


def plus(a: Formula, b: Formula) -> Formula:
    match a, b:
        case (Number(0.0), _):
            return b
        case (_, Call("neg", (inner,))):
            return Call("-", (a, inner))
    return Call("+", (a, b))
