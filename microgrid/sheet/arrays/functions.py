"""The functions of vectors and matrices: what each takes, and what becomes of its elements.

Each is a row of `FUNCTIONS`: how many arguments it takes, and a function of the call and the arrays in it. What is
not in the table acts element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import product as pairs
from typing import NamedTuple

from microgrid.errors import FormulaError, counted
from microgrid.formula import Call, Formula, Name, Number, evaluate
from microgrid.formula.budget import ELEMENTS, most, to_raise
from microgrid.formula.expression import CONSTANTS

from .elements import Elements, Items, Products, number, total, transposed
from .shapes import Operand, Shape, columns_of, described, elementwise_rule, product_rule, rows_of, tidy
from .writing import operand, written

__all__ = ["FUNCTIONS", "Function", "broadcast", "elementwise", "matrix", "product", "sized", "slope", "whole"]

ONE, NOTHING = Number(1.0), Number(0.0)


class Function(NamedTuple):
    """takes  how many arguments          made  (call, arguments) → what it comes to."""

    takes: tuple[int, ...]
    made: Callable[[Call, Sequence[Elements]], Elements]


def refuse(node: Call, fact: str) -> FormulaError:
    return FormulaError(fact, node.at, node.at + len(node.function))


def sized(node: Call, made: Elements) -> Elements:
    """The array, unless it is too long to be written out."""
    if made.parts * max(1, rows_of(made.shape) * columns_of(made.shape)) > most(ELEMENTS):
        raise refuse(node, f"written out, this has more than {most(ELEMENTS):,} parts; give some a name; {to_raise()}")
    return made


# ── element by element ─────────────────────────────────────────────────────────────────────


def broadcast(node: Call, arguments: Sequence[Elements], sign: str) -> Shape:
    """The shape that all the arguments have, numbers apart. Raises FormulaError where there are two."""
    found = Operand("", ())
    for raw, each in zip(node.arguments, arguments):
        here = operand(raw, each)
        if fact := elementwise_rule(found, here, sign) if found.shape else "":
            raise refuse(node, fact)
        found = here if each.shape else found
    return found.shape


def elementwise(node: Call, arguments: Sequence[Elements], sign: str, make: Callable[..., Formula]) -> Elements:
    """The array of what `make` gives for the elements at each place."""
    shape = broadcast(node, arguments, sign)
    count, parts = rows_of(shape) * columns_of(shape), 1 + sum(each.parts for each in arguments)
    sized(node, Elements(shape, (), parts))
    columns = [each.formulas if each.shape else each.formulas * count for each in arguments]
    return Elements(shape, tuple(make(*each) for each in zip(*columns)), parts)


# ── products ───────────────────────────────────────────────────────────────────────────────


def product(node: Call, arguments: Sequence[Elements]) -> Elements:
    """`W @ x`: each element the products of a row and a column."""
    left, right = arguments
    if fact := product_rule(*map(operand, node.arguments, arguments)):
        raise refuse(node, fact)
    shape = tidy(rows_of(left.shape), columns_of(right.shape))
    parts = columns_of(left.shape) * (left.parts + right.parts + 1) + 1
    sized(node, Elements(shape, (), parts))
    items = tuple(Products(row, column) for row, column in pairs(left.rows, right.columns))
    return Elements(shape, items, parts)


def dot(node: Call, arguments: Sequence[Elements]) -> Elements:
    """u·v of two vectors; a number times anything."""
    left, right = arguments
    if () in (left.shape, right.shape):
        return elementwise(node, arguments, "*", lambda a, b: Call("*", (a, b), node.at))
    one, other = map(operand, node.arguments, arguments)
    if len(left.shape) > 1 or len(right.shape) > 1:
        fact = f"{one.said} and {other.said}: · is of two vectors"
        raise refuse(node, f"{fact}; a product of matrices is written {one.text} @ {other.text}")
    if fact := elementwise_rule(one, other, "·"):
        raise refuse(node, fact)
    parts = left.shape[0] * (left.parts + right.parts + 1) + 1
    return sized(node, Elements((), (Products(left.formulas, right.formulas),), parts))


def outer(node: Call, arguments: Sequence[Elements]) -> Elements:
    """u vᵀ"""
    for raw, each in zip(node.arguments, arguments):
        vector(node, raw, each)
    left, right = arguments
    return product(Call("@", (node.arguments[0], Call("ᵀ", (node.arguments[1],))), node.at), [left, transposed(right)])


def vector(node: Call, raw: Formula, found: Elements) -> None:
    """Raise FormulaError for what is a matrix."""
    if len(found.shape) > 1:
        remedy = f"; {written(raw)}ᵀ would fit" if found.shape[0] == 1 else ""
        if not remedy and isinstance(raw, Name) and node.function in ("softmax", "logsumexp"):
            rows = f"for i = 1..{found.shape[0]}: p[i] = {node.function}({raw.name}[i,:]ᵀ)"
            remedy = f"; of each row it is {rows}"
        raise refuse(node, f"{operand(raw, found).said}, and {node.function} is of vectors, which are columns{remedy}")


# ── sums and the like ──────────────────────────────────────────────────────────────────────


def stacked(node: Call, arguments: Sequence[Elements | Items]) -> tuple[Shape, list[tuple[Formula, ...]], int] | None:
    """What is summed up at each place: one vector's elements, or those of a range; None for several arguments."""
    if len(arguments) > 1:
        return None
    (found,) = arguments
    if isinstance(found, Elements):
        return (), [found.formulas], found.parts * max(1, len(found.items)) + 1
    shapes = {each.shape for each in found.each}
    if len(shapes) > 1:
        said = " and ".join(sorted(map(described, shapes)))
        raise refuse(node, f"{node.function} over a range is of one shape, and here are {said}")
    parts = sum(each.parts for each in found.each) + 1
    return shapes.pop() if shapes else (), list(zip(*(each.formulas for each in found.each))), parts


def summed(node: Call, arguments: Sequence[Elements]) -> Elements:
    """The sum of the elements; of products, one which a bias may still join."""
    terms = stacked(node, arguments)
    if terms is None:
        raise refuse(node, several(node, arguments))
    shape, columns, parts = terms
    return sized(node, Elements(shape, tuple(map(of_products, columns or [()])), parts))


def of_products(terms: Sequence[Formula]) -> Formula | Products:
    """The sum of some terms; where all are products of two, as such."""
    factors = [each.arguments for each in terms if isinstance(each, Call) and each.function == "*"]
    return Products(*map(tuple, zip(*factors))) if len(factors) == len(terms) > 1 else total(terms)


def mean(node: Call, arguments: Sequence[Elements]) -> Elements:
    found = stacked(node, arguments)
    if found is None:
        raise refuse(node, several(node, arguments))
    shape, columns, parts = found
    if not columns:
        raise refuse(node, "a mean of nothing has no value")
    items = tuple(Call("/", (total(terms), Number(float(len(terms)))), node.at) for terms in columns)
    return sized(node, Elements(shape, items, parts + 2))


def extreme(node: Call, arguments: Sequence[Elements]) -> Elements:
    """The largest element of a vector, or of several at each place."""
    name, found = node.function, stacked(node, arguments)
    if found is None:
        return elementwise(node, arguments, name, lambda *each: reduced(name, each, node.at))
    shape, columns, parts = found
    if not columns:
        raise refuse(node, f"the {name} of nothing has no value")
    return sized(node, Elements(shape, tuple(reduced(name, terms, node.at) for terms in columns), parts * 2))


def reduced(name: str, terms: Sequence[Formula], at: int) -> Formula:
    return reduce(lambda left, right: Call(name, (left, right), at), terms)


def several(node: Call, arguments: Sequence[Elements]) -> str:
    """What to say of sum(u, v)."""
    one, other = (operand(raw, each) for raw, each in zip(node.arguments[:2], arguments))
    plus = f"; {one.text} + {other.text} adds them" if node.function == "sum" else ""
    return f"{one.said} and {other.said}: {node.function} is of one vector, or of numbers{plus}"


def norm(node: Call, arguments: Sequence[Elements]) -> Elements:
    (found,) = arguments
    if not found.shape:
        return number(Call("abs", found.formulas, node.at), found.parts + 1)
    squares = total([Call("**", (each, Number(2.0)), node.at) for each in found.formulas])
    return sized(node, number(Call("sqrt", (squares,), node.at), len(found.items) * (found.parts + 2) + 2))


def logsumexp(node: Call, arguments: Sequence[Elements]) -> Elements:
    for raw, each in zip(node.arguments, arguments):
        vector(node, raw, each)
    terms = [each for found in arguments for each in found.formulas]
    return sized(node, number(Call("logsumexp", tuple(terms), node.at), sum_of_parts(arguments)))


def sum_of_parts(arguments: Sequence[Elements]) -> int:
    return sum(each.parts * len(each.items) for each in arguments) + 1


def softmax(node: Call, arguments: Sequence[Elements]) -> Elements:
    """All of them at once where they have a name; inside a formula e^(zᵢ − logsumexp z)."""
    (found,) = arguments if len(arguments) == 1 else [concat(node, arguments)]
    vector(node, node.arguments[0], found)
    terms = found.formulas
    whole_sum = Call("logsumexp", terms, node.at)
    items = tuple(Call("exp", (Call("-", (each, whole_sum), node.at),), node.at) for each in terms)
    parts = sum_of_parts([found]) + found.parts + 2
    return Elements(found.shape, items, parts, Call("softmax", terms, node.at))  # a line of its own has only that


# ── made and put together ──────────────────────────────────────────────────────────────────


def whole(node: Call, raw: Formula, found: Elements, least: int = 1) -> int:
    """A whole number that is known when the sheet is read."""
    try:
        value = float(evaluate(found.formulas[0], CONSTANTS)) if not found.shape else 0.5
    except (FormulaError, ArithmeticError):
        value = 0.5
    if value != int(value) or value < least:
        fact = f"{written(raw)} is no whole number from {least} on that is known when the sheet is read"
        raise FormulaError(fact, raw.at, raw.at + 1)
    return int(value)


def filled(value: Callable[[int, int], Formula]) -> Callable[[Call, Sequence[Elements]], Elements]:
    """ones(2, 3), ones(3): `value` gives each element by its place."""

    def made(node: Call, arguments: Sequence[Elements]) -> Elements:
        sizes = [whole(node, raw, each) for raw, each in zip(node.arguments, arguments)]
        rows, columns = (sizes * 2 if node.function == "eye" else [*sizes, 1])[:2]
        shape = tidy(rows, columns)
        if rows * columns > most(ELEMENTS):
            fact = f"{node.function} of {rows:,} × {columns:,} has more than {most(ELEMENTS):,} elements"
            raise refuse(node, f"{fact}; {to_raise()}")
        return Elements(shape, tuple(value(i, j) for i in range(rows) for j in range(columns)))

    return made


def onehot(node: Call, arguments: Sequence[Elements]) -> Elements:
    """0 everywhere but at place k, where it is 1."""
    k, n = (whole(node, raw, each) for raw, each in zip(node.arguments, arguments))
    if k > n:
        raise refuse(node, f"onehot({k}, {n}) has no place {k}; places go from 1 to {n}")
    return filled(lambda i, _: ONE if i + 1 == k else NOTHING)(
        Call("onehot", node.arguments[1:], node.at), arguments[1:]
    )


def diagonal(node: Call, arguments: Sequence[Elements]) -> Elements:
    """The matrix with a vector on its diagonal; of a matrix, its diagonal."""
    (found,) = arguments
    if not found.shape:
        return found
    if len(found.shape) == 1:
        terms, width = found.formulas, range(found.shape[0])
        items = tuple(terms[i] if i == j else NOTHING for i in width for j in width)
        return sized(node, Elements(found.shape * 2, items, found.parts))
    if found.shape[0] != found.shape[1]:
        said = operand(node.arguments[0], found).said
        raise refuse(node, f"{said}, and only a square matrix has a diagonal")
    return Elements(found.shape[:1], tuple(row[i] for i, row in enumerate(found.rows)), found.parts)


def concat(node: Call, arguments: Sequence[Elements]) -> Elements:
    """Vectors and numbers, one below the other."""
    for raw, each in zip(node.arguments, arguments):
        vector(node, raw, each)
    items = tuple(item for each in arguments for item in each.formulas)
    return Elements(tidy(len(items), 1), items, max(each.parts for each in arguments))


def convolved(node: Call, arguments: Sequence[Elements]) -> Elements:
    """yᵢ = Σ kⱼ·xᵢ₊ⱼ₋₁ wherever the kernel lies inside: the convolution of networks, which turns nothing around."""
    found, kernel = arguments
    one, other = map(operand, node.arguments, arguments)
    flat = len(found.shape) < 2 and len(kernel.shape) < 2
    height, width = (rows_of(found.shape) - rows_of(kernel.shape), columns_of(found.shape) - columns_of(kernel.shape))
    if min(height, width) < 0 or not (flat or len(found.shape) == len(kernel.shape)):
        needs = f"conv({one.text}, {other.text}) needs a kernel that lies inside, vectors both or matrices both"
        swapped = f"; conv({other.text}, {one.text}) would fit" if max(height, width) <= 0 and flat else ""
        raise refuse(node, f"{one.said} and {other.said}: {needs}{swapped}")
    rows, weights = found.rows, [each for row in kernel.rows for each in row]
    spots = list(pairs(range(rows_of(kernel.shape)), range(columns_of(kernel.shape))))
    items = tuple(
        Products(tuple(weights), tuple(rows[i + k][j + m] for k, m in spots))
        for i in range(height + 1) for j in range(width + 1)
    )  # fmt: skip
    parts = len(weights) * (found.parts + kernel.parts + 1) + 1
    return sized(node, Elements(tidy(height + 1, width + 1), items, parts))


# ── literals and derivatives ───────────────────────────────────────────────────────────────


def matrix(node: Call, arguments: Sequence[Elements]) -> Elements:
    """`[1, 2]`, and `[[1, 2], [3, 4]]`: a list of numbers is a column, a list of lists a matrix, row by row."""
    lengths = {len(each.items) for each in arguments}
    parts = max(each.parts for each in arguments)
    if all(not each.shape for each in arguments):
        return Elements(tidy(len(arguments), 1), tuple(each.formulas[0] for each in arguments), parts)
    if len(lengths) > 1:
        raise FormulaError(uneven(arguments), node.at, node.at + 1)
    for raw, each in zip(node.arguments, arguments):
        if min(rows_of(each.shape), columns_of(each.shape)) > 1:
            fact = f"{operand(raw, each).said}, and the rows of a matrix are lists of numbers"
            raise FormulaError(fact, raw.at, raw.at + 1)
    items = tuple(item for each in arguments for item in each.formulas)
    return Elements(tidy(len(arguments), lengths.pop()), items, parts)


def rows(node: Call, arguments: Sequence[Elements]) -> Elements:
    """`[1 2; 3 4]`"""
    lengths = {len(each.items) for each in arguments}
    if len(lengths) > 1:
        raise FormulaError(uneven(arguments), node.at, node.at + 1)
    items = tuple(item for each in arguments for item in each.items)
    return Elements(tidy(len(arguments), lengths.pop()), items, max(each.parts for each in arguments))


def uneven(found: Sequence[Elements]) -> str:
    """What to say of rows of several lengths."""
    first = len(found[0].items)
    k = next(k for k, each in enumerate(found, 1) if len(each.items) != first)
    fact = f"row 1 has {counted(first, 'number')} and row {k} has {len(found[k - 1].items):,}"
    return f"{fact}; all rows of a matrix are as long"


def row(node: Call, arguments: Sequence[Elements]) -> Elements:
    """One row of it, of numbers."""
    for raw, each in zip(node.arguments, arguments):
        if each.shape:
            remedy = "concat(…) puts vectors together" if len(each.shape) == 1 else "name its elements"
            fact = f"{operand(raw, each).said}, and what stands in a row of a matrix are numbers; {remedy}"
            raise FormulaError(fact, raw.at, raw.at + 1)
    parts = max(each.parts for each in arguments)
    return Elements((1, len(arguments)), tuple(each.formulas[0] for each in arguments), parts)


def slope(node: Formula, of: Elements, by: Elements) -> Elements:
    """∂of/∂by: of the shape of by where `of` is a number; of two vectors the Jacobian, [i,j] = ∂ofᵢ/∂byⱼ."""
    if of.shape and by.shape and max(len(of.shape), len(by.shape)) > 1:
        fact = f"a derivative of {described(of.shape)} by {described(by.shape)} has more than two indices"
        raise FormulaError(f"{fact}; name an element of one of them", node.at, node.at + 1)
    shape = (*of.shape, *by.shape)
    if rows_of(shape) * columns_of(shape) > most(ELEMENTS):
        raise FormulaError(
            f"a Jacobian of {described(shape)} has more than {most(ELEMENTS):,} elements; {to_raise()}",
            node.at,
            node.at + 1,
        )
    for each in (*of.items, *by.items):
        if not isinstance(each, Name):
            raise FormulaError("only what has a name has a derivative", node.at, node.at + 1)
    names = [f"∂{y.name}/∂{x.name}" for y, x in pairs(of.items, by.items)]  # type: ignore[union-attr]
    return Elements(shape, tuple(Name(name, node.at) for name in names))


def turned(node: Call, arguments: Sequence[Elements]) -> Elements:
    return transposed(arguments[0])


FUNCTIONS: Mapping[str, Function] = {
    "@": Function((2,), product), "ᵀ": Function((1,), turned), "·": Function((2,), dot),
    "list": Function((), matrix), "rows": Function((), rows), "row": Function((), row),
    "sum": Function((), summed), "mean": Function((), mean), "max": Function((), extreme), "min": Function((), extreme),
    "norm": Function((1,), norm), "dot": Function((2,), dot), "outer": Function((2,), outer),
    "softmax": Function((), softmax), "logsumexp": Function((), logsumexp), "diag": Function((1,), diagonal),
    "ones": Function((1, 2), filled(lambda i, j: ONE)), "zeros": Function((1, 2), filled(lambda i, j: NOTHING)),
    "eye": Function((1,), filled(lambda i, j: ONE if i == j else NOTHING)), "onehot": Function((2,), onehot),
    "concat": Function((), concat), "conv": Function((2,), convolved),
}  # fmt: skip
