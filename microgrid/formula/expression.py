"""Formulas as trees: evaluate and substitute them.

A formula is a tree of `Number`, `Name` and `Call`; an operator is a call whose function is
its sign (`+ - * / **`, and `neg` for the unary minus). Whatever walks a tree is a `fold`,
without recursion, so a sum of 100,000 terms is as good as one of two. Nothing is `eval`ed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from microgrid.errors import FormulaError, did_you_mean
from microgrid.streams import carrying

__all__ = [
    "CONSTANTS",
    "OPERATORS",
    "Call",
    "Formula",
    "Name",
    "Number",
    "Prepared",
    "evaluate",
    "fold",
    "free_names",
    "substitute",
]


@dataclass(frozen=True)
class Number:
    """A literal number."""

    value: float
    at: int = field(default=0, compare=False, repr=False)


@carrying
@dataclass(frozen=True)
class Name:
    """A quantity: `x1`, `ŷ`, a derivative written `∂L/∂w`; where a graph is asked, also `w.grad` and `w#2`."""

    name: str
    at: int = field(default=0, compare=False, repr=False)


@carrying
@dataclass(frozen=True)
class Call:
    """A function or operator with its arguments."""

    function: str
    arguments: tuple[Formula, ...]
    at: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.function, self.arguments)))  # no recursion: theirs are known

    def __hash__(self) -> int:
        return self._hash  # type: ignore[attr-defined, no-any-return]

    def __setstate__(self, state: dict[str, Any]) -> None:
        for each in ("function", "arguments", "at"):
            object.__setattr__(self, each, state[each])
        self.__post_init__()  # the hash of a text is another in every process


Formula = Number | Name | Call

CONSTANTS: Mapping[str, float] = {"pi": math.pi, "π": math.pi}

# ── walk ───────────────────────────────────────────────────────────────────────────────────


def fold(formula: Formula, visit: Callable[[Any, list[Any]], Any]) -> Any:
    """`visit(node, results for its arguments)` from the leaves to the root; the root's result."""
    results: list[Any] = []
    stack = [(formula, False)]
    while stack:
        node, ready = stack.pop()
        if isinstance(node, Call) and not ready:
            stack.append((node, True))
            stack.extend((argument, False) for argument in reversed(node.arguments))
            continue
        first = len(results) - (len(node.arguments) if isinstance(node, Call) else 0)
        results[first:] = [visit(node, results[first:])]
    return results[0]


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "neg": operator.neg,
}


def evaluate(
    formula: Formula,
    names: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] = OPERATORS,
) -> Any:
    """What a formula comes to, over any vocabulary: floats, arrays, Values, symbols.

    >>> from microgrid.formula import parse
    >>> evaluate(parse("w*x + b"), {"w": 3, "x": 2, "b": 1})
    7

    names      what each name stands for
    functions  what each function and operator does
    Raises FormulaError for a name or function that is not there.
    """

    def visit(node: Formula, arguments: list[Any]) -> Any:
        if isinstance(node, Number):
            return node.value
        known: Mapping[str, Any] = names if isinstance(node, Name) else functions
        word = node.name if isinstance(node, Name) else node.function
        if word not in known:
            hint = did_you_mean(word, known)
            raise FormulaError(f"{word!r} is not defined{hint}", node.at, node.at + len(word))
        return known[word] if isinstance(node, Name) else known[word](*arguments)

    return fold(formula, visit)


class Prepared:
    """A formula made ready to be evaluated many times.

    >>> from microgrid.formula import parse
    >>> Prepared(parse("w*x + b"))({"w": 3, "x": 2, "b": 1}, OPERATORS)
    7

    names  the names in it, each once
    """

    def __init__(self, formula: Formula) -> None:
        order: list[Formula] = []
        fold(formula, lambda node, _: order.append(node))
        self.names = tuple(dict.fromkeys(node.name for node in order if isinstance(node, Name)))
        self._steps: list[tuple[Any, int]] = [
            (node.function, len(node.arguments)) if isinstance(node, Call)
            else (node.name if isinstance(node, Name) else node.value, 0)
            for node in order
        ]  # fmt: skip

    def __call__(self, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
        """What it comes to; every name and function is there."""
        stack: list[Any] = []
        for word, arity in self._steps:
            if arity == 2:
                right = stack.pop()
                stack[-1] = functions[word](stack[-1], right)
            elif arity:
                stack[-arity:] = [functions[word](*stack[-arity:])]
            else:
                stack.append(names[word] if isinstance(word, str) else word)
        return stack[0]


def substitute(formula: Formula, replacements: Mapping[str, Formula]) -> Formula:
    """The formula with names replaced by other formulas.

    >>> from microgrid.formula import parse
    >>> substitute(parse("-x"), {"x": parse("a")})
    Call(function='neg', arguments=(Name(name='a'),))
    """

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return replacements.get(node.name, node)
        return Call(node.function, tuple(arguments), node.at) if isinstance(node, Call) else node

    return fold(formula, visit)  # type: ignore[no-any-return]


def free_names(formula: Formula) -> list[Name]:
    """The names in a formula, each once, in the order of reading.

    >>> from microgrid.formula import parse
    >>> [each.name for each in free_names(parse("w*x + b - x"))]
    ['w', 'x', 'b']
    """
    found: dict[str, Name] = {}
    fold(formula, lambda node, _: isinstance(node, Name) and found.setdefault(node.name, node))
    return list(found.values())
