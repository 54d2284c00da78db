"""Formulas over the arrays of a sheet that is read: their shapes, products of them, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from microgrid.formula import Call, Formula, Name, Number, fold, simplified
from microgrid.formula.definitions import Definition
from microgrid.sheet.statements import Script

from .elements import Elements
from .expansion import expand
from .one_sample import of_sample, over_samples
from .ranges import constant
from .registry import Arrays, sampled, unsampled
from .shapes import Shape, columns_of, rows_of

__all__ = ["Algebra", "literal", "transposed_literal"]

OF_ALL, WHOLE = ("sum", "mean", "max", "min"), " of all"


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
            self._shapes[formula] = self.expanded(formula).shape
        return self._shapes[formula]

    def lines(self, script: Script) -> dict[str, Formula]:
        """What each line of a sheet computes, by the name of a number or an array; of each sample its own."""
        found: dict[str, Formula] = {}
        raw = {each.name: each.formula for each in script.arrays if not each.keyword} | dict(script.over_arrays)
        for equation in script.equations:
            for name, sample in map(unsampled, equation.names):
                name = self.arrays.owned(name)
                is_one = name in self.arrays.known or len(equation.names) == 1
                formula = (
                    raw.get(name, equation.formula) if is_one else Call("", (equation.formula,))
                )  # p, q = softmax(…)
                formula = of_sample(formula, sample, self.arrays) if sample else formula
                found.setdefault(sampled(name, sample), self.resolved(formula))
        return found

    def count(self, shape: Shape) -> int:
        """How many elements an array has."""
        return rows_of(shape) * columns_of(shape)

    def resolved(self, formula: Formula) -> Formula:
        """The formula with the name of each member of a family, and of each element, in place of its index."""

        def visit(node: Formula, arguments: list[Formula]) -> Formula:
            if not isinstance(node, Call):
                return node
            call = Call(node.function, tuple(arguments), node.at)
            if call.function in ("sum", "mean") and isinstance(call.arguments[0], Call):
                return self.of_items(call, call.arguments[0])
            return self.place(call) if node.function == "[]" else call

        return fold(formula, visit)  # type: ignore[no-any-return]

    def place(self, call: Call) -> Formula:
        """`z[2]` as a name; a row or a part stays what it is."""
        base, *indices = call.arguments
        places = [constant(each) for each in indices]
        if not isinstance(base, Name) or None in places:
            return call
        name, sample = unsampled(base.name)
        place = f"{name}[{','.join(map(str, places))}]"
        own = sample if self.arrays.varies(place) else 0  # of a family not every member may vary
        return Name(sampled(place, own)) if self.arrays.owner(place) else call

    def of_items(self, call: Call, inside: Call) -> Formula:
        """A sum over a range, or over samples, as one of its terms."""
        if inside.function != "items":
            return call
        terms = inside.arguments
        total = (
            reduce(lambda left, right: Call("+", (left, right)), terms) if self.shape(terms[0]) else Call("sum", terms)
        )
        total = total if len(terms) > 1 else terms[0]
        return Call("/", (total, Number(float(len(terms))))) if call.function == "mean" else total

    def tidy(self, formula: Formula) -> Formula:
        """The same in a form that is easier to read: what acts element by element is tidied like numbers."""

        def like_numbers(node: Formula, arguments: list[Formula]) -> Formula:
            if not isinstance(node, Call):
                return node
            of_all = node.function in OF_ALL and len(arguments) == 1  # of one number they are nothing
            return Call(
                node.function + WHOLE if of_all else "*" if node.function == "⊙" else node.function, tuple(arguments)
            )

        return self.by_element(simplified(fold(formula, like_numbers)))

    def by_element(self, formula: Formula) -> Formula:
        """A formula of numbers with its products element by element where both are arrays."""

        def visit(node: Formula, arguments: list[Formula]) -> Formula:
            if not isinstance(node, Call):
                return node
            function = node.function.removesuffix(WHOLE)
            return self.times(*arguments) if function == "*" else Call(function, tuple(arguments))

        return fold(formula, visit)  # type: ignore[no-any-return]

    # ── what is made of two ──

    def times(self, left: Formula, right: Formula) -> Formula:
        """The product of two numbers, of a number and an array, or of two arrays element by element."""
        factors, is_negative = factors_of(right)
        found = reduce(self.joined, factors, left)  # from left to right, without a bracket
        return Call("neg", (found,)) if is_negative else found

    def joined(self, left: Formula, right: Formula) -> Formula:
        """The product of two factors."""
        if Number(1.0) in (left, right):
            return right if left == Number(1.0) else left
        for one, other in ((left, right), (right, left)):
            if is_call(one, "ones") and self.shape(other):
                return other
        if isinstance(left, Call) and is_call(left, "*") and is_call(left.arguments[1], "ones") and self.shape(right):
            return Call("*", (left.arguments[0], right))  # g·ones(n) ⊙ v
        return Call("⊙" if self.shape(left) and self.shape(right) else "*", (left, right))

    def product(self, left: Formula, right: Formula) -> Formula:
        """The product of two matrices; of numbers too, as any."""
        if not (self.shape(left) and self.shape(right)):
            return self.times(left, right)
        return Call("@", (left, right))

    def turned(self, formula: Formula) -> Formula:
        """The transpose."""
        pieces = formula.arguments if isinstance(formula, Call) and formula.function == "@" else (formula,)
        turned = [self.turned_one(each) for each in reversed(pieces)]  # (A B)ᵀ is Bᵀ Aᵀ
        return self.product(*turned) if len(turned) > 1 else turned[0]

    def turned_one(self, formula: Formula) -> Formula:
        """The transpose of what is no product of matrices."""
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

    def elements(self, formula: Formula) -> tuple[Formula, ...]:
        """The formulas of its elements, row by row."""
        return self.expanded(formula).formulas

    def expanded(self, formula: Formula) -> Elements:
        return expand(over_samples(formula, self.arrays), self.arrays, self.definitions)

    def typed(self, formula: Formula, evaluate: Callable[[Formula], float]) -> Formula:
        """What a formula comes to, as one that is typed: [0.25, 0.41]."""
        found = self.expanded(formula)
        return literal(found.shape, [evaluate(each) for each in found.formulas])


def factors_of(formula: Formula) -> tuple[list[Formula], bool]:
    """The factors of a product, and whether a sign stands before it."""
    found, is_negative = list[Formula](), False
    while isinstance(formula, Call) and formula.function in ("⊙", "*", "neg"):
        if formula.function == "neg":
            is_negative = not is_negative
        else:
            found.insert(0, formula.arguments[1])
        formula = formula.arguments[0]
    return [formula, *found], is_negative


def is_call(formula: Formula, function: str) -> bool:
    return isinstance(formula, Call) and formula.function == function


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


def transposed_literal(formula: Formula) -> Formula:
    """The transpose of an array that is typed.

    >>> transposed_literal(literal((2,), [0.25, 0.41]))
    Call(function='rows', arguments=(Call(function='row', arguments=(Number(value=0.25), Number(value=0.41))),))
    """
    if not isinstance(formula, Call) or formula.function not in ("list", "rows"):
        return Call("ᵀ", (formula,))
    if formula.function == "list":
        return Call("rows", (Call("row", formula.arguments),))
    columns = list(zip(*(each.arguments for each in formula.arguments if isinstance(each, Call))))
    if len(formula.arguments) == 1:
        return Call("list", tuple(column[0] for column in columns))
    return Call("rows", tuple(Call("row", column) for column in columns))
