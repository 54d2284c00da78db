"""A recorded graph computed again by its textbook formulas, at 60 digits or more.

Differences of so many digits settle what differences of doubles leave unclear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from microgrid.engine import Value, topological_order
from microgrid.errors import GraphError
from microgrid.formula import Formula, Op, evaluate
from microgrid.formula.expression import OPERATORS
from microgrid.formula.operation import no_formula

from .differences import EPSILON, Estimate, best, slopes

__all__ = ["Replay"]


class Replay:
    """The recorded graph over mpmath's numbers: as many digits as its largest and smallest number need."""

    def __init__(self, root: Value, recorded: Mapping[Value, float]) -> None:
        import mpmath  # type: ignore[import-untyped]

        self.order = topological_order(root)
        for node in self.order:
            if node.parents and node.op.forward is no_formula:
                raise GraphError(f"{node!r} was recorded by hand: it has no formula to replay; take gradcheck")
        numbers = [*(node.data for node in self.order), *recorded.values(), 1.0]
        numbers += [partial for node in self.order for partial in node.partials]
        exponents = [math.frexp(number)[1] for number in numbers if number and math.isfinite(number)]
        self.mp = mpmath.mp.clone()
        self.mp.prec = 200 + 2 * (max(exponents) - min(exponents))
        self.tiny = self.mp.ldexp(1, min(exponents))
        self.noise = self.mp.ldexp(1, max(exponents) - self.mp.prec + 4)
        self.words = vocabulary(self.mp)
        self.data: dict[Value, Any] = {}
        for node in self.order:
            self.data[node] = self.number(node, self.data) if node.parents else self.mp.mpf(node.data)
        self.weights = path_weights(self.order)

    def number(self, node: Value, moved: Mapping[Value, Any]) -> Any:
        """What the node's textbook formula comes to, some numbers having moved; nan where it is not real."""
        inputs, formula = textbook(node.op, len(node.parents))
        numbers = [moved[parent] if parent in moved else self.data[parent] for parent in node.parents]
        try:
            value = evaluate(formula, {"pi": self.mp.pi, **dict(zip(inputs, numbers))}, self.words)
        except (ArithmeticError, ValueError):
            return self.mp.nan
        return self.mp.nan if isinstance(value, self.mp.mpc) else self.mp.mpf(value)

    def at(self, leaf: Value, number: Any) -> Any:
        """The result with another number in one leaf."""
        moved = {leaf: number}
        for node in self.order:
            if node is not leaf and not moved.keys().isdisjoint(node.parents):
                moved[node] = self.number(node, moved)
        return moved.get(self.order[-1], self.data[self.order[-1]])

    def estimate(self, leaf: Value) -> Estimate:
        """The derivative by one leaf, from two steps that are small beside every number there is."""
        if leaf not in self.data:
            return Estimate(0.0, 0.0, 0.0, 0.0, False)
        x, middle = self.data[leaf], self.data[self.order[-1]]
        steps = [(abs(x) or self.tiny) / 2**k for k in (50, 66)]
        return best([slopes(lambda number: self.at(leaf, number), x, middle, step, self.noise) for step in steps])

    def rounding(self, leaf: Value) -> float:
        """What rounding may have done to the recorded derivative by it, in doubles."""
        return 64 * EPSILON * self.weights.get(leaf, 0.0)


@lru_cache(maxsize=256)
def textbook(operation: Op, inputs: int) -> tuple[tuple[str, ...], Formula]:
    row = operation.row(inputs)
    return row.inputs, row.value


def path_weights(order: Sequence[Value]) -> dict[Value, float]:
    """Of each node the sum of |product| over its paths to the root: what its gradient is rounded against."""
    weights = {**dict.fromkeys(order, 0.0), order[-1]: 1.0}
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials):
            part = abs(partial) * weights[node]
            weights[parent] += part if math.isfinite(part) else 0.0
    return weights


def vocabulary(mp: Any) -> dict[str, Callable[..., Any]]:
    """The words of the textbook's formulas, over mpmath's numbers."""
    words = "exp log sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh hypot erf".split()
    own = {"**": mp.power, "abs": abs, "max": max, "min": min, "step": lambda x: mp.mpf(x > 0)}
    return {**OPERATORS, **{word: getattr(mp, word) for word in words}, **own}
