"""Published formulas: refuted by a point where they fail, or proved by algebra where it can."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

from microgrid.errors import MicrogridError
from microgrid.formula import OPS, Call, Formula, Name, evaluate, fold, free_names, number_text, parse, substitute
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Identity, Quantity, Round, Run
from microgrid.sheet.statements import quantity_of

from .follow_through import Item, Pages

__all__ = ["compared"]

POINTS = 16  # how many other points a formula is tried at
SAME = 1e-9  # two formulas for one number differ by rounding alone: relative
LARGEST = 200  # operations: beyond, algebra could take minutes

# Formulas that people write for the derivative of an activation; x is its input, out its value.
MISTAKEN = {
    "sigmoid": ("1 - out", "1 - σ is not σ′; σ′ = σ(1 - σ)"),
    "tanh": ("1 - out", "1 - tanh is not tanh′; tanh′ = 1 - tanh²"),
    "relu": ("max(x, 0)", "that is ReLU itself; ReLU′ is 1 where its input is above 0, else 0"),
}


def compared(run: Run, asked: Identity) -> tuple[str, str]:
    """The verdict on a published formula, and why: algebra has the first word, then points."""
    here = run.rounds[asked.round]
    value, formula = here.value(asked.quantity), here.evaluate(asked.formula)
    right_here = same(value, formula)
    if (right_here or math.isclose(value, formula, rel_tol=0.1)) and proved(run, asked):
        return "proved", "by algebra"
    if not right_here:
        return "refuted", f"here {differs(value, formula)}{mistaken(run, asked)}"
    tried = 0
    for point in around(here):
        value, formula = point.value(asked.quantity), point.evaluate(asked.formula)
        if not (math.isfinite(value) and math.isfinite(formula)):
            continue
        if not same(value, formula):
            where = leaves_text(point)
            return "refuted", f"right here, but where {where} {differs(value, formula)}{mistaken(run, asked)}"
        tried += 1
    if not tried:
        return "exact", "equal here; it could be tried nowhere else"
    return "proved", f"equal here and at {tried} other points"


def differs(value: float, formula: float) -> str:
    return f"it is {number_text(value, 8)}, the formula gives {number_text(formula, 8)}"


def same(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=SAME, abs_tol=1e-14)


def around(here: Round) -> Iterator[Round]:
    """The same sheet with other numbers for its leaves: near ones, far ones and of the other sign."""
    rng = random.Random(0)
    for i in range(POINTS):
        far = 1.0 if i % 2 == 0 else 0.05  # near ones stay inside the domain of a logarithm
        moved = {name: number + far * rng.gauss(0, 1 + abs(number)) for name, number in leaf_numbers(here).items()}
        yield here.sheet.at(moved)


def leaf_numbers(here: Round) -> dict[str, float]:
    return {leaf.name: here[leaf.name].data for leaf in here.sheet.leaves}


def leaves_text(here: Round) -> str:
    shown = [f"{name} = {number_text(number, 4)}" for name, number in leaf_numbers(here).items()]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:6], "…"])


def mistaken(run: Run, asked: Identity) -> str:
    """The name of a known mistake, where the formula is one."""
    equation = Pages(run).formulas.get(asked.quantity.of)
    if not isinstance(equation, Call) or equation.function not in MISTAKEN or not asked.quantity.by:
        return ""
    wrong, remark = MISTAKEN[equation.function]
    guess = substitute(parse(wrong), {"out": Name(asked.quantity.of), "x": equation.arguments[0]})
    points = [run.rounds[asked.round], *around(run.rounds[asked.round])]
    return f"; {remark}" if all(same(each.evaluate(asked.formula), each.evaluate(guess)) for each in points) else ""


# ── algebra ────────────────────────────────────────────────────────────────────────────────


def proved(run: Run, asked: Identity) -> bool:
    """Whether algebra shows that the formula and the quantity are one."""
    pages = Pages(run)
    item = Item(0, asked.quantity.of, asked.quantity.by)  # the algebra is the same in every round
    if operations(asked.formula) > LARGEST or pages_size(pages, item) > LARGEST:
        return False
    import sympy

    symbols = Algebra(pages)
    try:
        difference = symbols.quantity(asked.quantity) - symbols.formula(asked.formula)
        if sympy.expand(difference) == 0:
            return True
        difference = symbols.inlined(difference)
        tries = (difference, difference.rewrite(sympy.Heaviside), difference.rewrite(sympy.exp))
        return any(sympy.simplify(each) == 0 for each in tries)
    except (
        MicrogridError,
        ArithmeticError,
        ValueError,
        TypeError,
        AttributeError,
        NotImplementedError,
        RecursionError,
    ):
        return False  # algebra that gives up has shown nothing; the points have


def operations(formula: Formula) -> int:
    return int(fold(formula, lambda node, counts: 1 + sum(counts)))


def pages_size(pages: Pages, item: Item) -> int:
    return sum(operations(pages.formulas[name]) for name in pages.sources(item.of) if name in pages.formulas)


class Algebra:
    """Formulas of a sheet as SymPy expressions over the names in it."""

    def __init__(self, pages: Pages) -> None:
        import sympy

        self.pages = pages
        self.sympy = sympy
        self.names = {name: sympy.Symbol(f"q{i}", real=True) for i, name in enumerate(pages.sheet.quantities)}
        self.vocabulary = vocabulary()

    def formula(self, formula: Formula) -> Any:
        """A published formula, which may name derivatives."""
        return self.expression(formula, {each.name: self.quantity(quantity_of(each)) for each in variables(formula)})

    def plain(self, formula: Formula) -> Any:
        """A formula over quantities alone."""
        return self.expression(formula, {each.name: self.names[each.name] for each in variables(formula)})

    def expression(self, formula: Formula, names: Mapping[str, Any]) -> Any:
        constants = dict.fromkeys(CONSTANTS, self.sympy.pi)
        return self.sympy.nsimplify(evaluate(formula, {**constants, **names}, self.vocabulary), rational=True)

    def quantity(self, quantity: Quantity) -> Any:
        """A name is its symbol; a derivative the chain rule over the equations."""
        if not quantity.by:
            return self.names[quantity.of]
        grads = {quantity.of: self.sympy.Integer(1)}
        order = [item.of for item in self.pages.order([Item(0, quantity.of)])]
        for name in reversed(order):
            grad = grads.get(name, 0)
            if name == quantity.by or grad == 0:
                continue
            for source in self.pages.names_in(name):
                slope = self.plain(self.pages.slope(name, source, by_value=True))
                grads[source] = grads.get(source, 0) + grad * slope
        return grads.get(quantity.by, self.sympy.Integer(0))

    def inlined(self, expression: Any) -> Any:
        """The expression with every equation put in, down to the leaves."""
        for name in reversed([item.of for item in self.pages.order(Item(0, name) for name in self.names)]):
            if name in self.pages.formulas:
                expression = expression.subs(self.names[name], self.plain(self.pages.formulas[name]))
        return expression


def variables(formula: Formula) -> list[Name]:
    return [each for each in free_names(formula) if each.name not in CONSTANTS]


def vocabulary() -> Mapping[str, Any]:
    """Every operation over SymPy expressions, by its textbook form where SymPy has no word for it."""
    import sympy

    words = {name: getattr(sympy, name) for name, row in OPS.items() if hasattr(sympy, name) and not row.is_operator}
    words |= {"max": sympy.Max, "min": sympy.Min, "abs": sympy.Abs, "sign": sympy.sign}
    words |= {"step": sympy.Heaviside, "above": lambda x, y: sympy.Heaviside(x - y)}
    words |= {"+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y}
    words |= {"**": lambda x, y: x**y, "neg": lambda x: -x, "sum": lambda *x: sympy.Add(*x)}
    words |= {"relu": lambda x: x * words["step"](x)}
    for name, row in OPS.items():
        if name not in words and row.book.inputs:
            words[name] = lambda *x, row=row: evaluate(
                row.book.value, dict(zip((*row.book.inputs, *row.fixed), (*x, *row.settings.values()))), words
            )
    words["logsumexp"] = lambda *x: sympy.log(sympy.Add(*map(sympy.exp, x)))
    words["softmax"] = lambda *x: sympy.exp(x[int(x[-1]) - 1]) / sympy.Add(*map(sympy.exp, x[:-1]))
    return words
