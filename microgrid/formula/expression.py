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

    def __hash__(self) -> int:
        return hash(self.name)


@carrying
@dataclass(frozen=True)
class Call:
    """A function or operator with its arguments."""

    function: str
    arguments: tuple[Formula, ...]
    at: int = field(default=0, compare=False, repr=False)

    def __post_init__(self) -> None:
        if Call in map(type, self.arguments):  # no recursion: theirs are known, or of names and numbers alone
            object.__setattr__(self, "_hash", hash((self.function, self.arguments)))

    def __hash__(self) -> int:
        if "_hash" not in self.__dict__:
            object.__setattr__(self, "_hash", hash((self.function, self.arguments)))
        return self._hash  # type: ignore[attr-defined, no-any-return]

    def __eq__(self, other: object) -> bool:
        """Part by part, without recursion: a sum of 100,000 terms is as deep."""
        pending: list[tuple[object, object]] = [(self, other)]
        while pending:
            one, two = pending.pop()
            if one is two:
                continue
            if not isinstance(one, Call) or not isinstance(two, Call):
                if isinstance(one, Call) or isinstance(two, Call) or one != two:
                    return False
            elif one.function != two.function or len(one.arguments) != len(two.arguments) or hash(one) != hash(two):
                return False
            else:
                pending += zip(one.arguments, two.arguments)
        return True

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
    stack: list[tuple[Formula, bool]] = [(formula, False)]
    while stack:
        node, ready = stack.pop()
        if not isinstance(node, Call):
            results.append(visit(node, []))
        elif ready:
            first = len(results) - len(node.arguments)
            results[first:] = [visit(node, results[first:])]
        else:
            stack.append((node, True))
            stack.extend([(argument, False) for argument in node.arguments[::-1]])
    [result] = results
    return result


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

    results: list[Any] = []
    stack: list[tuple[Formula, bool]] = [(formula, False)]
    while stack:
        node, ready = stack.pop()
        if not isinstance(node, Call):
            results.append(node.value if isinstance(node, Number) else looked_up(names, node.name, node.at))
            continue
        is_flat = not ready and Call not in map(type, node.arguments)
        if not (ready or is_flat):
            stack.append((node, True))
            stack.extend([(argument, False) for argument in node.arguments[::-1]])
            continue
        if is_flat:
            found = of_leaves(node.arguments, names)
        else:
            first = len(results) - len(node.arguments)
            found = results[first:]
            del results[first:]
        results.append(looked_up(functions, node.function, node.at)(*found))
    [result] = results
    return result


def of_leaves(arguments: tuple[Any, ...], names: Mapping[str, Any]) -> list[Any]:
    """What names and numbers come to: most arguments are nothing else."""
    try:
        return [names[each.name] if type(each) is Name else each.value for each in arguments]
    except KeyError:
        return [looked_up(names, each.name, each.at) if isinstance(each, Name) else each.value for each in arguments]


def looked_up(known: Mapping[str, Any], word: str, at: int) -> Any:
    """What a word means. Raises FormulaError where it is not known."""
    try:
        return known[word]
    except KeyError:
        raise FormulaError(f"{word!r} is not defined{did_you_mean(word, known)}", at, at + len(word)) from None


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

    def __len__(self) -> int:
        """How many numbers, names and operations it has."""
        return len(self._steps)

    def __call__(self, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
        """What it comes to. Raises FormulaError for a name or function that is not there."""
        try:
            return self._evaluated(names, functions)
        except KeyError as unknown:
            raise FormulaError(f"{unknown.args[0]!r} is not defined") from None

    def _evaluated(self, names: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
        stack: list[Any] = []
        for word, arity in self._steps:
            if arity == 2:
                right = stack.pop()
                stack[-1] = functions[word](stack[-1], right)
            elif arity:
                stack[-arity:] = [functions[word](*stack[-arity:])]
            else:
                stack.append(names[word] if isinstance(word, str) else word)
        [result] = stack
        return result


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
    pending = [formula]
    while pending:
        node = pending.pop()
        if isinstance(node, Call) and Call in map(type, node.arguments):
            pending += node.arguments[::-1]
            continue
        for each in node.arguments if isinstance(node, Call) else (node,):
            if type(each) is Name and each.name not in found:
                found[each.name] = each
    return list(found.values())
