"""The backward pass over the arrays of a sheet: which formula each gradient has, in matrices.

Numbers and arrays are passed from the loss down, a line at a time; what a line passes back to an array adds up with what
the other lines pass back to it. `array_slopes` says what one operation passes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, reduce

from microgrid.formula import Call, Formula, Name, Number, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Round, Sheet
from microgrid.sheet.arrays.one_sample import of_sample
from microgrid.sheet.arrays.registry import sampled, unsampled

from .array_slopes import passed_back

__all__ = ["ArrayPass", "gradient_name"]

MOST_TERMS = 24  # contributions to one gradient that are written out


def gradient_name(of: str, by: str) -> str:
    """What the derivative of a number by an array is called.

    >>> gradient_name("L", "W1")
    '∂L/∂W1'
    """
    return f"∂{of}/∂{by}"


class ArrayPass:
    """The backward pass of one number through the lines of a sheet.

    root       the number            lines  by what they define, the formula over arrays of each, in order
    gradients  by name, what the derivative of the root by it is: a formula over the derivatives before it. None where no
               formula over arrays says it
    """

    def __init__(self, sheet: Sheet, root: str) -> None:
        self.sheet, self.root, self.algebra = sheet, root, sheet.algebra

    @cached_property
    def lines(self) -> dict[str, Formula]:
        """What each line defines, of each sample its own."""
        found: dict[str, Formula] = {}
        arrays, algebra = self.algebra.arrays, self.algebra
        raw = {each.name: each.formula for each in self.sheet.arrays if not each.keyword} | dict(self.sheet.over_arrays)
        for equation in self.sheet.equations:
            name, sample = unsampled(equation.names[0])
            name = algebra.arrays.owned(name)
            key = sampled(name, sample)
            if key not in found and name in raw and (len(equation.names) == 1 or equation.names[0] != name):
                found[key] = algebra.resolved(of_sample(raw[name], sample, arrays) if sample else raw[name])
        return found

    @cached_property
    def gradients(self) -> dict[str, Formula | None]:
        parts: dict[str, list[Formula | None]] = {}
        found: dict[str, Formula | None] = {self.root: Number(1.0)}
        for name in reversed(self.lines):
            if name != self.root and name not in parts:
                continue
            if name != self.root:
                found[name] = self.total(parts[name])
            upstream = Number(1.0) if name == self.root else Name(gradient_name(self.root, name))
            for by, part in self.passed(name, upstream):
                parts.setdefault(by, []).append(part)
        return found | {name: self.total(each) for name, each in parts.items() if name not in found}

    def total(self, parts: list[Formula | None]) -> Formula | None:
        """The sum of what the lines pass back."""
        terms = [each for each in parts if each is not None]
        if len(terms) < len(parts) or len(terms) > MOST_TERMS:
            return None
        return self.algebra.tidy(reduce(plus, terms))

    def passed(self, name: str, upstream: Formula) -> Iterator[tuple[str, Formula | None]]:
        """What a line passes back to each name in it."""
        pending: list[tuple[Formula, Formula | None, Formula]] = [(self.lines[name], upstream, Name(name))]
        while pending:
            node, passed, out = pending.pop()
            if isinstance(node, Name):
                yield from self.reached(node.name, passed) if node.name not in CONSTANTS else ()
            elif isinstance(node, Call) and passed is None:
                yield from (pair for each in free_names(node) for pair in self.reached(each.name, None))
            elif isinstance(node, Call):
                parts = passed_back(self.algebra, node, passed, out) if passed else ()
                pending += reversed([(each, part, each) for each, part in zip(node.arguments, parts)])

    def reached(self, name: str, passed: Formula | None) -> Iterator[tuple[str, Formula | None]]:
        """What comes back to a name; of an element, what comes back to its array."""
        base, sample = unsampled(name)
        owner = self.algebra.arrays.owned(base)
        if owner == base:
            yield name, passed
            return
        (size, *more), place = self.algebra.arrays.known[owner].shape, base.removeprefix(owner)[1:-1]
        only = None if more else Call("onehot", (Number(float(place)), Number(float(size))))
        yield sampled(owner, sample), self.algebra.times(passed, only) if passed and only else None

    def step_formula(self, by: str) -> Formula | None:
        return self.gradients.get(by)

    def numbers(self, formula: Formula, here: Round) -> Formula:
        return self.algebra.literal(formula, here.evaluate)


def plus(left: Formula, right: Formula) -> Formula:
    if isinstance(right, Call) and right.function == "neg":
        return Call("-", (left, right.arguments[0]))
    return Call("+", (left, right))
