"""Derivatives of formulas, as formulas: the chain rule over the rows of the table."""

from __future__ import annotations

from collections.abc import Callable

from microgrid.errors import FormulaError

from .expression import Call, Formula, Name, Number, fold, free_names, substitute
from .operation import Variadic
from .ops import EVERY_OP, OPS, SOFTMAX
from .printing import render
from .slopes import slope_rows

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
        slope = local(node, value)
        for k, (_, change) in enumerate(arguments):
            if change != Number(0.0):
                total = plus(total, times(slope(k), change))
        return node, total

    return fold(formula, visit)[1]  # type: ignore[no-any-return]


def partials(call: Call, value: Formula) -> tuple[Formula, ...]:
    """The local derivatives of a call by its arguments, `out` standing for its value."""
    count = len(call.arguments) - (call.function == "softmax")
    operation = OPS.get(row_name(call))
    return tuple(map(local(call, value), range(len(operation.book.inputs) if operation else count)))


def local(call: Call, value: Formula) -> Callable[[int], Formula]:
    """The same, each made when it is asked for: of softmax everyone names all the inputs.

    Raises FormulaError for a function that is not in the table.
    """
    name, arguments = row_name(call), call.arguments
    operation = EVERY_OP.get(name) or slope_rows().get(name)
    if name == "softmax":  # its last argument says which of the results is meant
        row = SOFTMAX.at(arguments[-1].value if isinstance(arguments[-1], Number) else 1.0)
        names = {**dict(zip(SOFTMAX.inputs(len(arguments) - 1), arguments)), "out": value}
        return lambda k: substitute(row.partial(len(arguments) - 1, k), names)
    if isinstance(operation, Variadic):
        many = operation
        names = {**dict(zip(many.inputs(len(arguments)), arguments)), "out": value}
        return lambda k: tidied(substitute(many.partial(len(arguments), k), names))
    if operation is None or not operation.stable.inputs:
        raise FormulaError(f"{call.function!r} is in no row of the table, so its derivative is not known", call.at)
    book = operation.book
    settings = (*arguments[len(book.inputs) :], *map(Number, list(operation.settings.values())))
    names = dict(zip((*book.inputs, *operation.fixed), (*arguments[: len(book.inputs)], *settings)))
    names["out"] = value
    short = {name: each for name, each in names.items() if isinstance(each, Number)}  # as is n in n·x^(n - 1)

    def partial(k: int) -> Formula:
        if k >= len(book.partials):
            fact = f"{call.function} has no derivative by {render(arguments[k])}, which is to be a fixed number"
            raise FormulaError(f"{fact}; min and max have one by both", call.at)
        return substitute(tidied(substitute(book.partials[k], short)), names)

    return partial


def row_name(call: Call) -> str:
    """The row of the table that a function or an operator has."""
    if call.function == "**":
        return "power" if free_names(call.arguments[1]) else "pow"
    return OPERATOR_ROWS.get(call.function, call.function)


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
