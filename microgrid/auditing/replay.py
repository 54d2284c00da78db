"""A recorded graph computed again by its textbook formulas, at 60 digits or more.

Differences of so many digits settle what differences of doubles leave unclear. Two derivatives are taken:

    estimate   of the formula as a whole: what the derivative is
    doubles    the chain rule over the slopes of each node at its recorded number: what backward can give

Where they differ, the numbers of the graph are rounded so much that its derivative is another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from microgrid.engine import Value, topological_order
from microgrid.errors import GraphError
from microgrid.formula import Formula, Op, evaluate
from microgrid.formula.expression import OPERATORS
from microgrid.formula.operation import no_formula

from .differences import Estimate

__all__ = ["Replay"]

SMALL = 64  # powers of 2 that a step is below the range of all the numbers
EDGE = "the formulas have no finite value next to it; check it further inside"
LIKE = 2.0**-30  # relative: two slopes of so many digits that are as near are one


class Replay:
    """The recorded graph over mpmath's numbers: as many digits as its largest and smallest number need."""

    def __init__(self, root: Value, recorded: Mapping[Value, float]) -> None:
        import mpmath  # type: ignore[import-untyped]

        self.order: list[Value] = topological_order(root)
        for node in self.order:
            if node.parents and node.op.forward is no_formula:
                raise GraphError(f"{node!r} was recorded by hand: it has no formula to replay; take gradcheck")
        numbers = [*(node.data for node in self.order), *recorded.values(), 1.0]
        numbers += [partial for node in self.order for partial in node.partials]
        exponents = [math.frexp(number)[1] for number in numbers if number and math.isfinite(number)]
        self.range = max(exponents) - min(exponents)
        self.mp = mpmath.mp.clone()
        self.mp.prec = 4 * (SMALL + self.range)
        self.tiny = self.mp.ldexp(1, min(exponents))
        self.noise = self.mp.ldexp(1, max(exponents) - self.mp.prec + 4)
        self.words = vocabulary(self.mp)
        self.data: dict[Value, Any] = {}
        for node in self.order:
            self.data[node] = self.number(node, self.data) if node.parents else self.mp.mpf(node.data)

    def number(self, node: Value, numbers: Mapping[Value, Any]) -> Any:
        """What the node's textbook formula comes to; of its inputs, those that are not told stay as they are."""
        return self.formula(node, [numbers[each] if each in numbers else self.data[each] for each in node.parents])

    def formula(self, node: Value, numbers: Sequence[Any]) -> Any:
        """The node's textbook formula of these numbers; nan where it is not real."""
        inputs, formula = textbook(node.op, len(numbers))
        try:
            value = evaluate(formula, {"pi": self.mp.pi, **dict(zip(inputs, numbers))}, self.words)
        except (ArithmeticError, ValueError):
            return self.mp.nan
        return self.mp.nan if isinstance(value, self.mp.mpc) else self.mp.mpf(value)

    def at(self, leaf: Value, number: Any) -> Any:
        """The result with another number in one leaf."""
        moved = {leaf: self.mp.mpf(number)}
        for node in self.order:
            if node is not leaf and not moved.keys().isdisjoint(node.parents):
                moved[node] = self.number(node, moved)
        return moved.get(self.order[-1], self.data[self.order[-1]])

    def step(self, number: Any) -> Any:
        """A step from a number that is small beside every number there is."""
        return self.mp.ldexp(abs(number) or self.tiny, -SMALL - self.range)

    def estimate(self, leaf: Value) -> Estimate:
        """The derivative by one leaf, from two steps: what the smaller one moves is the error."""
        if leaf not in self.data:
            return Estimate(0.0, 0.0, 0.0, 0.0)
        x, middle = self.data[leaf], self.data[self.order[-1]]
        step = self.step(x)
        coarse, fine = (slopes(lambda y: self.at(leaf, y), x, middle, each) for each in (step, step / 65536))
        left, right = fine
        if any(not self.mp.isfinite(slope) for slope in (*coarse, *fine)):
            return Estimate(math.nan, math.inf, float(left), float(right), doubt=EDGE)
        error = abs(sum(fine) - sum(coarse)) / 2 + 65536 * self.noise / step
        gap, before, size = abs(right - left), abs(coarse[1] - coarse[0]), max(abs(left), abs(right))
        kink = bool(gap > before / 4 and gap > size * LIKE)
        return Estimate(float((left + right) / 2), float(error), float(left), float(right), kink, around=float(size))

    # ── what backward can give, from the numbers that it has ──

    def sides(self, node: Value, slot: int) -> tuple[Any, Any]:
        """The slopes of one node by one of its inputs, at its recorded inputs: left and right."""
        inputs = [self.mp.mpf(each.data) for each in node.parents]
        middle, x = self.formula(node, inputs), inputs[slot]
        moved = lambda number: self.formula(node, [*inputs[:slot], number, *inputs[slot + 1 :]])  # noqa: E731
        return slopes(moved, x, middle, self.step(x))

    @cached_property
    def local(self) -> dict[Value, list[tuple[Any, Any]]]:
        """Of each node and each of its inputs the slopes on both sides, the smaller first, at its recorded inputs."""
        found = {}
        for node in self.order:
            pairs = (sorted(self.sides(node, slot)) for slot in range(len(node.parents)))
            whole = (-self.mp.inf, self.mp.inf)  # where there is no slope, any is as good
            found[node] = [(a, b) if self.mp.isfinite(a + b) else whole for a, b in pairs]
        return found

    @cached_property
    def doubles(self) -> dict[Value, tuple[float, float]]:
        """d(result)/d(node), from … to, by the chain rule over the slopes of the nodes."""
        zero = (self.mp.zero, self.mp.zero)
        reach = {**dict.fromkeys(self.order, zero), self.order[-1]: (self.mp.one, self.mp.one)}
        for node in reversed(self.order):
            for parent, ends in zip(node.parents, self.local[node]):
                products = [a * b if a and b else self.mp.zero for a in reach[node] for b in ends]
                low, high = reach[parent]
                reach[parent] = low + min(products), high + max(products)
        return {node: (float(low), float(high)) for node, (low, high) in reach.items()}

    def culprit(self, leaf: Value) -> Value | None:
        """The first node on the way from the leaf whose recorded local derivative is not its slope."""
        reached = {leaf}
        for node in self.order:
            if reached.isdisjoint(node.parents):
                continue
            reached.add(node)
            for (low, high), partial in zip(self.local[node], node.partials):
                slack = LIKE * max(abs(low), abs(high)) if self.mp.isfinite(high - low) else 0
                if not low - slack <= partial <= high + slack:
                    return node
        return None


def slopes(f: Callable[[Any], Any], x: Any, middle: Any, step: Any) -> tuple[Any, Any]:
    """The difference quotients of f at x, where it is `middle`: left and right."""
    return (middle - f(x - step)) / step, (f(x + step) - middle) / step


@lru_cache(maxsize=256)
def textbook(operation: Op, inputs: int) -> tuple[tuple[str, ...], Formula]:
    names, value = operation.value(inputs)
    return tuple(names), value


def vocabulary(mp: Any) -> dict[str, Callable[..., Any]]:
    """The words of the textbook's formulas, over mpmath's numbers."""
    words = "exp log sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot erf".split()
    own = {"**": mp.power, "abs": abs, "max": max, "min": min, "step": lambda x: mp.mpf(x > 0)}
    own |= {
        "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
        "where": lambda condition, x, y: x if condition else y,
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "softplus": lambda x: mp.log(1 + mp.exp(x)),
    }
    return {**OPERATORS, **{word: getattr(mp, word) for word in words}, **own}
