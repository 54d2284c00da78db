"""Formulas over the arrays of a sheet that is read: their shapes, products of them, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from microgrid.formula import Call, Formula, Name, Number, fold
from microgrid.formula.definitions import Definition

from .expansion import expand
from .ranges import constant
from .registry import Arrays
from .shapes import Shape, columns_of, rows_of

__all__ = ["Algebra", "literal"]


class Algebra:
    """Puts formulas over arrays together, and knows their shapes.

    >>> from microgrid import Sheet
    >>> algebra = Sheet.parse("param W = [1 2; 3 4]\\ninput x = [1, 2]\\nz = W @ x\\nL = z·z").algebra
    >>> algebra.shape(algebra.product(Name("z"), algebra.turned(Name("x"))))
    (2, 2)
    """

    def __init__(self, arrays: Arrays, definitions: Mapping[str, Definition]) -> None:
        self.arrays, self.definitions = arrays, definitions
        self._shapes: dict[Formula, Shape] = {}

    def shape(self, formula: Formula) -> Shape:
        """The shape of what a formula comes to."""
        if isinstance(formula, Number):
            return ()
        if formula not in self._shapes:
            self._shapes[formula] = expand(formula, self.arrays, self.definitions).shape
        return self._shapes[formula]

    def count(self, shape: Shape) -> int:
        """How many elements an array has."""
        return rows_of(shape) * columns_of(shape)

    def resolved(self, formula: Formula) -> Formula:
        """The formula with the name of each member of a family, and of each element, in place of its index."""

        def visit(node: Formula, arguments: list[Formula]) -> Formula:
            if not isinstance(node, Call):
                return node
            call = Call(node.function, tuple(arguments), node.at)
            return self.place(call) if node.function == "[]" else call

        return fold(formula, visit)  # type: ignore[no-any-return]

    def place(self, call: Call) -> Formula:
        """`z[2]` as a name; a row or a part stays what it is."""
        base, *indices = call.arguments
        places = [constant(each) for each in indices]
        if not isinstance(base, Name) or None in places:
            return call
        name, at, sample = base.name.partition(" at sample ")
        place = f"{name}[{','.join(map(str, places))}]"
        return Name(place + at + sample) if self.arrays.owner(place) else call

    # ── what is made of two ──

    def times(self, left: Formula, right: Formula) -> Formula:
        """The product of two numbers, of a number and an array, or of two arrays element by element."""
        if Number(1.0) in (left, right):
            return right if left == Number(1.0) else left
        shapes = self.shape(left), self.shape(right)
        for one, other in ((left, right), (right, left)):
            if is_filled(one) and self.shape(other):
                return self.times(one.arguments[0], other)  # type: ignore[union-attr]
        for sign in ("neg",):
            if isinstance(right, Call) and right.function == sign:
                return Call("neg", (self.times(left, right.arguments[0]),))
        return Call("⊙" if all(shapes) else "*", (left, right))

    def product(self, left: Formula, right: Formula) -> Formula:
        """The product of two matrices; of numbers too, as any."""
        if not (self.shape(left) and self.shape(right)):
            return self.times(left, right)
        return Call("@", (left, right))

    def turned(self, formula: Formula) -> Formula:
        """The transpose."""
        if isinstance(formula, Call) and formula.function == "ᵀ":
            return formula.arguments[0]
        return Call("ᵀ", (formula,)) if self.shape(formula) else formula

    def filled(self, value: Formula, shape: Shape) -> Formula:
        """An array that has the same number everywhere."""
        if not shape:
            return value
        ones = Call("ones", tuple(Number(float(each)) for each in shape))
        return Call("*", (value, ones))

    # ── numbers ──

    def literal(self, formula: Formula, evaluate: Callable[[Formula], float]) -> Formula:
        """What a formula comes to, as one that is typed: [0.25, 0.41]."""
        found = expand(formula, self.arrays, self.definitions)
        return literal(found.shape, [evaluate(each) for each in found.formulas])


def is_filled(formula: Formula) -> bool:
    """Whether it is a number times ones."""
    match formula:
        case Call("*", (_, Call("ones"))):
            return True
    return False


def literal(shape: Shape, numbers: Sequence[float]) -> Formula:
    """Numbers as a formula that is typed.

    >>> literal((2,), [0.25, 0.41])
    Call(function='list', arguments=(Number(value=0.25), Number(value=0.41)))
    """
    items = tuple(map(Number, numbers))
    if not shape:
        return items[0]
    if len(shape) == 1:
        return Call("list", items)
    width = columns_of(shape)
    return Call("rows", tuple(Call("row", items[i : i + width]) for i in range(0, len(items), width)))
