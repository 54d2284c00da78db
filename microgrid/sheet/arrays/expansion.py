"""A formula over arrays, written out: a formula over numbers for each element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, Number, fold
from microgrid.formula.algebra import size
from microgrid.formula.array_parser import OF_BRACKET
from microgrid.formula.budget import PARTS, most, spend, too_many_parts
from microgrid.formula.definitions import Definition, written_out
from microgrid.formula.regexes import regex

from .elements import ALL, All, Elements, Family, Items, Products, Range, added, number, settled, wrapped
from .functions import FUNCTIONS, broadcast, elementwise, sized, slope, whole
from .indexing import indexed, vector_of
from .registry import Arrays
from .shapes import columns_of, described, rows_of
from .writing import written

__all__ = ["expand", "scalar"]

ELEMENT = 8  # as many parts as a quantity takes besides its formula: its name, its number and its place
PLAIN = {"·": "*", "⊙": "*"}  # signs of two numbers
INVERSE = Call("neg", (Number(1.0),))
WRAPPED = regex(r"(next |Δ|[^()\s]+\()(.+?)(\)?)")  # what rounds say of a name: next W, before(W), m(W)


def expand(formula: Formula, arrays: Arrays, definitions: Mapping[str, Definition]) -> Elements:
    """The formula with its arrays and functions written out.

    formula      ranges and samples written out already
    arrays       what there is so far
    definitions  the functions of the sheet, by name
    Raises FormulaError for shapes that do not fit, TooLong where that is more than the sheet may have.
    """
    expansion = Expansion(arrays, definitions)
    found: Elements = expansion.array(formula, fold(formula, expansion.visit))
    each = 1 if found.together else found.parts
    spend(len(found.items) * (each + ELEMENT))
    return found


def scalar(formula: Formula, found: Elements) -> Formula:
    """The formula of a number. Raises FormulaError for anything larger."""
    if found.shape:
        text = written(formula)
        element = "an element is a number" + (
            f", such as {text}[{','.join('1' * len(found.shape))}]" if text.isidentifier() else ""
        )
        raise FormulaError(f"{text} is {described(found.shape)}, and a number belongs here; {element}", formula.at)
    return settled(found.items[0])


class Expansion:
    """Writes one formula out, from its leaves to its root."""

    def __init__(self, arrays: Arrays, definitions: Mapping[str, Definition]) -> None:
        self.arrays, self.definitions = arrays, definitions

    def visit(self, node: Any, arguments: Sequence[Any]) -> Any:
        if isinstance(node, Name):
            return self.meaning(node, node.name)
        if isinstance(node, Number):
            return number(node)
        if node.function == OF_BRACKET:
            node, base = self.behind_bracket(node, arguments[0])
            arguments = [base, *arguments[1:]]
        match node.function:
            case "[]":
                is_part = any(isinstance(each, All | Range) for each in arguments[1:])
                base = self.array(node.arguments[0], arguments[0]) if is_part else self.single(node, arguments[0])
                places = [self.index(raw, each) for raw, each in zip(node.arguments[1:], arguments[1:])]
                return indexed(node, [base, *places], self.arrays)
            case ":":
                return ALL
            case "items":
                parts = (each.each if isinstance(each, Items) else (each,) for each in arguments)  # for i … for j …
                return Items(tuple(self.array(node, each) for part in parts for each in part))
        if len(arguments) == 1 and isinstance(arguments[0], Items):
            return self.of_range(node, arguments[0])
        found = [self.array(raw, each) for raw, each in zip(node.arguments, arguments)]
        match node.function:
            case "..":
                low, high = (whole(node, raw, each) for raw, each in zip(node.arguments, found))
                return Range(low, high)
            case "∂":
                return slope(node, *found)
        return self.called(node, found)

    def behind_bracket(self, node: Call, base: Any) -> tuple[Call, Any]:
        """`softmax(z)[1]`: of a number, as ever, a product."""
        base = self.array(node.arguments[0], base)
        return Call("[]" if base.shape else "*", node.arguments, node.at), base

    def array(self, raw: Formula, found: Any) -> Any:
        """What is no part of an index: an array, or what a range gives."""
        if isinstance(found, Family):
            return vector_of(raw, found, self.arrays)
        if isinstance(found, (All, Range)):
            raise FormulaError("a range stands in brackets behind a name: W[2,:], x[1..3]", raw.at, raw.at + 1)
        return self.single(raw, found)

    def index(self, raw: Formula, found: Any) -> Any:
        """A place in an array."""
        if isinstance(found, Family):
            raise FormulaError(f"{written(raw)} is a family, and an index is a whole number", raw.at)
        return self.single(raw, found)

    def single(self, raw: Formula, found: Any) -> Any:
        """What is not given for each place of a range."""
        if isinstance(found, Items):
            raise FormulaError("a range belongs to a function: sum(w[i] for i in 1..3)", raw.at)
        return found

    def meaning(self, node: Name, name: str) -> Elements | Family:
        """What a name stands for."""
        found = self.arrays.elements(name)
        if found is not None:
            return found
        node = node if node.name == name else Name(name, node.at)
        if name[0] == "∂":
            of, _, by = name.rpartition("/∂")
            above, below = (self.meaning(node, part) for part in (of[1:], by))
            if isinstance(below, Family) and isinstance(above, Elements) and not above.shape:
                return within(below, f"∂{of[1:]}/∂", "")
            above, below = (self.array(node, each) for each in (above, below))
            return slope(node, above, below) if above.shape or below.shape else number(node)
        match = WRAPPED.fullmatch(name) if self.arrays.known or self.arrays.families else None
        inside = self.meaning(node, match[2]) if match else number(node)
        if match and isinstance(inside, Family):
            return within(inside, match[1], match[3])
        if match is None or not isinstance(inside, Elements) or not inside.shape:
            return number(node)
        found = wrapped(inside, match[1], match[3])
        return found._replace(items=tuple(Name(each.name, node.at) for each in found.items if isinstance(each, Name)))

    def called(self, node: Call, arguments: list[Any]) -> Elements:
        """A function or an operator of arrays, or of numbers alone."""
        refuse_inverse(node, arguments[0])
        function = FUNCTIONS.get(node.function)
        large = any(each.shape for each in arguments)
        own = node.function in self.definitions
        if function and not own and (large or node.function not in SCALAR):
            return function.made(node, arguments)
        if node.function in ("+", "-") and len(arguments) == 2 and has_products(arguments):
            return self.plus(node, arguments)
        if node.function == "log" and arguments[0].together:
            return logarithm(arguments[0])
        if not large:
            return number(*self.of_numbers(node, [settled(each.items[0]) for each in arguments], arguments))
        found = elementwise(node, arguments, node.function, lambda *each: self.of_numbers(node, each, ())[0])
        grows = own or node.function.endswith("'")
        return sized(node, found._replace(parts=max(map(size, found.formulas)))) if grows else found

    def of_numbers(self, node: Call, items: Sequence[Formula], arguments: Sequence[Elements]) -> tuple[Formula, int]:
        """A function of numbers, written out, and how many parts it has."""
        call = Call(PLAIN.get(node.function, node.function), tuple(items), node.at)
        found = written_out(call, call.arguments, self.definitions)
        grows = node.function in self.definitions or node.function.endswith("'")
        parts = size(found) if grows else 1 + sum(each.parts for each in arguments)
        if parts > most(PARTS) and grows:
            raise FormulaError(too_many_parts(), node.at)
        return found, parts

    def plus(self, node: Call, arguments: list[Elements]) -> Elements:
        """A sum with products in it: `W @ x + b` is one node for each element."""
        shape = broadcast(node, arguments, node.function)
        left, right = (spread(each, shape) for each in arguments)
        if node.function == "-" and not any(isinstance(each, Products) for each in right):
            right = [Call("neg", (settled(each),), node.at) for each in right]
        elif node.function == "-":
            return elementwise(node, arguments, "-", lambda a, b: Call("-", (a, b), node.at))
        items = tuple(added(a, b, node.at) for a, b in zip(left, right))
        return sized(node, Elements(shape, items, 1 + sum(each.parts for each in arguments)))

    def of_range(self, node: Call, items: Any) -> Elements:
        """A function of what a range gives: of all together, or of them as a vector."""
        if node.function in ("sum", "mean", "max", "min"):
            return FUNCTIONS[node.function].made(node, [items])
        if node.function == "neg":
            self.single(node.arguments[0], items)
        if node.function not in FUNCTIONS or any(each.shape for each in items.each):
            raise FormulaError(f"{node.function} takes no range", node.at, node.at + len(node.function))
        return FUNCTIONS[node.function].made(node, [FUNCTIONS["list"].made(node, items.each)])


def refuse_inverse(node: Call, found: Elements) -> None:
    """Raise FormulaError for W⁻¹ of a matrix, which every reader takes for its inverse."""
    if node.function == "**" and len(found.shape) > 1 and node.arguments[1] == INVERSE:
        remedy = f"element by element it is 1/{written(node.arguments[0])}"
        raise FormulaError(f"the power −1 of a matrix is its inverse, which sheets have not; {remedy}", node.at)


def within(family: Family, before: str, behind: str) -> Family:
    """A family of what is said of each member: next W[1], before(∂L/∂W[1])."""
    return family._replace(around=(before + family.around[0], family.around[1] + behind))


# Words of numbers too, which stay calls of their own: sum(a, b) is one node.
SCALAR = ("sum", "mean", "max", "min", "softmax", "logsumexp", "·")


def has_products(arguments: Sequence[Elements]) -> bool:
    return any(isinstance(item, Products) for each in arguments for item in each.items[:1])


def spread(found: Elements, shape: tuple[int, ...]) -> Sequence[Any]:
    """The elements; a number as often as it is needed."""
    return found.items if found.shape else found.items * (rows_of(shape) * columns_of(shape))


def logarithm(found: Elements) -> Elements:
    """ln softmax(z), which is z − logsumexp z."""
    items = tuple(each.arguments[0] for each in found.items if isinstance(each, Call))
    return Elements(found.shape, items, found.parts)
