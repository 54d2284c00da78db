"""Proofs by algebra: exact arithmetic with products first, sympy where it may know more.

A quantity is written out by the equations of the sheet, a derivative by the chain rule over them. Equations are put
in one after the other, from the last one on: where a formula follows from the last few, the others are not needed.
What is 0 as an expression is 0 everywhere.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from microgrid.errors import MicrogridError
from microgrid.formula import OPS, Formula, Number, evaluate
from microgrid.formula.algebra import size
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Quantity

from .conditions import Case, Condition
from .follow_through import variables
from .kernels import Kernels, by_the_book
from .kinks import Words
from .points import Question

__all__ = ["proved"]

Held = frozenset[Quantity]
GIVEN = Number(0.0)  # the equation of a name that has none: no names are in it

LARGEST = 400  # numbers, names and operations of both sides: beyond, sympy is not asked
SECONDS = 0.5  # for which it is

GIVES_UP = (MicrogridError, ArithmeticError, ValueError, TypeError, AttributeError, NotImplementedError, RecursionError)


def proved(question: Question, condition: Condition) -> bool:
    """Whether algebra shows that a formula is right wherever a condition is met."""
    return condition.is_complete and all(in_case(question, case) for case in condition.cases)


def in_case(question: Question, case: Case) -> bool:
    """Whether it shows that in one case of a condition."""
    kernels = Kernels()
    shown = (by_products(question, case, held, in_place, kernels) for held, in_place in attempts(question))
    return any(shown) or (kernels.unknown and by_sympy(question, case))


def by_products(question: Question, case: Case, held: Held, in_place: list[str], kernels: Kernels) -> bool:
    """Whether exact arithmetic shows it."""
    try:
        return kernels.vanishes(Work(question, case, in_place, held, kernels.words, kernels.variable).difference())
    except GIVES_UP:  # it has shown nothing; the points have
        return False


def attempts(question: Question) -> Iterator[tuple[Held, list[str]]]:
    """What is taken for a variable: derivatives that the formula names and the equations not put in."""
    equations = question.computed
    for held in (of_the_same(question), by_the_same(question)):
        if held:
            yield from ((held, []), (held, equations))
    last = 1
    yield frozenset(), []
    while last < 2 * len(equations):
        yield frozenset(), equations[-last:]
        last *= 2


def of_the_same(question: Question) -> Held:
    """The derivatives of what the quantity is one of: the chain rule from the last equation on comes by them."""
    return frozenset(each for each in question.named.values() if each.by and each.of == question.quantity.of)


def by_the_same(question: Question) -> Held:
    """The derivatives by what the quantity is one by: the chain rule from the first equation on comes by them."""
    return frozenset(each for each in question.named.values() if each.by and each.by == question.quantity.by)


class Work:
    """Both sides of a published formula in some algebra.

    case      leaves that follow from others      held      derivatives that are variables
    in_place  the names whose equations are used  words     what every operation is, `variable` what a name is
    """

    def __init__(
        self,
        question: Question,
        case: Case,
        in_place: Iterable[str],
        held: Held,
        words: Words,
        variable: Callable[[str], Any],
    ) -> None:
        self.question, self.pages, self.words = question, question.pages, words
        self.held = {each: variable(str(each)) for each in held if each != question.quantity}
        self.names: dict[str, Any] = {name: variable(name) for name in question.names}
        for name, value in CONSTANTS.items():
            self.names[name] = words["exp"](1.0) if value == math.e else variable("pi")
        for name, formula in case.items():
            self.names[name] = self.written(formula)
        for name in in_place:
            self.names[name] = self.written(self.pages.formulas[name])

    def written(self, formula: Formula) -> Any:
        """A formula over names in the algebra."""
        return evaluate(formula, self.names, self.words)

    def difference(self) -> Any:
        """The quantity minus what is said to be the same."""
        derivatives = {name: self.quantity(each) for name, each in self.question.named.items()}
        formula = evaluate(self.question.formula, {**self.names, **derivatives}, self.words)
        return self.words["-"](self.quantity(self.question.quantity), formula)

    def quantity(self, quantity: Quantity) -> Any:
        """A name, or a derivative by the chain rule over the equations."""
        if not quantity.by:
            return self.names[quantity.of]
        if quantity in self.held:
            return self.held[quantity]
        if any(each.by == quantity.by and each.of != quantity.of for each in self.held):
            return self.forward(quantity)
        return self.backward(quantity)

    def backward(self, quantity: Quantity) -> Any:
        """The chain rule from the last equation on: the derivatives of one name by those on the way to another."""
        of, by = quantity.of, quantity.by
        plus, times, before = self.words["+"], self.words["*"], self.pages.sources(of)
        held = {name: self.held[each] for name in before if (each := Quantity(of, name)) in self.held}
        way = reached(
            by, lambda name: [] if name in held else [each for each in self.pages.uses[name] if each in before]
        )
        found: dict[str, Any] = {of: 1.0, **held}
        for name in reversed(self.question.computed):
            if name in way and name != by:
                for source in way.intersection(variables(self.pages.formulas[name])):
                    share = times(found[name], self.slope(name, source))
                    found[source] = held.get(source, plus(found.get(source, 0.0), share))
        return found.get(by, 0.0)

    def forward(self, quantity: Quantity) -> Any:
        """The chain rule from the first equation on: the derivatives by one name of those on the way to another."""
        of, by = quantity.of, quantity.by
        plus, times = self.words["+"], self.words["*"]
        held = {name: self.held[each] for name in self.question.names if (each := Quantity(name, by)) in self.held}
        way = reached(
            of, lambda name: () if name in held or name == by else variables(self.pages.formulas.get(name, GIVEN))
        )
        found: dict[str, Any] = {**dict.fromkeys(way, 0.0), **held, by: 1.0}
        for name in self.question.computed:
            if name in way and name not in held and name != by:
                for source in variables(self.pages.formulas[name]):
                    found[name] = plus(found[name], times(found[source], self.slope(name, source)))
        return found[of]

    def slope(self, of: str, by: str) -> Any:
        """The derivative of one equation."""
        return self.written(self.pages.slope(of, by, by_value=True))


def reached(start: str, beyond: Callable[[str], Iterable[str]]) -> set[str]:
    """A name and all that is reached from it."""
    found: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += beyond(name)
    return found


# ── sympy ──────────────────────────────────────────────────────────────────────────────────


class TooSlow(BaseException):
    """Time is up: nothing between here and who asked may catch it."""


def by_sympy(question: Question, case: Case) -> bool:
    """Whether sympy shows it, in the time that it has."""
    formulas = [question.formula, *(question.pages.formulas[name] for name in question.computed)]
    if sum(map(size, formulas)) > LARGEST:
        return False
    import sympy

    symbols = {name: sympy.Symbol(f"q{i}", real=True) for i, name in enumerate(sorted(question.names))}
    try:
        with at_most(SECONDS):
            work = Work(
                question, case, question.computed, frozenset(), sympy_words(), {**symbols, "pi": sympy.pi}.__getitem__
            )
            difference = sympy.sympify(work.difference())
            tries = (difference, difference.rewrite(sympy.Heaviside), difference.rewrite(sympy.exp))
            return any(sympy.simplify(each) == 0 for each in tries)
    except (TooSlow, *GIVES_UP):
        return False


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises TooSlow in what takes longer, at the next call of a function in it; in any thread."""
    end, before = time.monotonic() + seconds, sys.getprofile()

    def watch(frame: object, event: str, argument: object) -> None:
        if time.monotonic() > end:
            raise TooSlow

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)


def sympy_words() -> Mapping[str, Callable[..., Any]]:
    """Every operation over sympy's expressions, by its textbook form where sympy has no word for it."""
    import sympy

    words = {name: getattr(sympy, name) for name, row in OPS.items() if hasattr(sympy, name) and not row.is_operator}
    words |= {"max": sympy.Max, "min": sympy.Min, "abs": sympy.Abs, "sign": sympy.sign}
    words |= {"step": sympy.Heaviside, "above": lambda x, y: sympy.Heaviside(x - y)}
    words |= {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y}
    words |= {"**": lambda x, y: x**y, "neg": lambda x: -x, "sum": lambda *x: sympy.Add(*x)}
    words |= {
        "relu": lambda x: x * sympy.Heaviside(x),
        "logsumexp": lambda *x: sympy.log(sympy.Add(*map(sympy.exp, x))),
    }
    words["softmax"] = lambda *x: sympy.exp(x[int(x[-1]) - 1]) / sympy.Add(*map(sympy.exp, x[:-1]))
    exact = {name: exactly(word) for name, word in words.items()}
    return exact | {name: by_the_book(row, exact) for name, row in OPS.items() if name not in exact and row.book.inputs}


def exactly(word: Callable[..., Any]) -> Callable[..., Any]:
    """The word, which takes numbers as they are typed: 0.1 is one tenth."""
    import sympy

    return lambda *x: word(*(sympy.Rational(repr(each)) if isinstance(each, float) else each for each in x))
