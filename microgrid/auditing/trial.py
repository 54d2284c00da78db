"""A function at a point: its recorded gradients, and its values around that point."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import Any

from microgrid.engine import Graph, Value, gradients, topological_order
from microgrid.errors import GraphError, counted
from microgrid.formula.floats import added
from microgrid.formula.operation import no_formula

from .differences import EPSILON, Estimate, estimate
from .nesting import arguments_of, named
from .replay import Replay
from .staircase import staircase

__all__ = ["Trial", "described"]

PATIENCE = 200_000  # nodes that replays may compute before differences alone have to do


class Trial:
    """A function, its arguments, the leaves to move, and what it recorded."""

    def __init__(self, function: Any, inputs: Any, parameters: Any) -> None:
        if not callable(function):
            remedy = "give it a function of Values, such as lambda x: x.tanh()"
            raise GraphError(f"gradcheck runs a function, not a {type(function).__name__}; {remedy}")
        if hasattr(function, "parameters"):
            remedy = "write gradcheck(lambda *x: model(x), inputs, model)"
            raise GraphError(f"a network takes one list, and gradcheck gives its function number by number; {remedy}")
        self.function = function
        self.arguments, leaves = arguments_of(function, inputs)
        self.leaves = leaves + named(parameters, "p")
        if not self.leaves:
            raise GraphError("gradcheck of nothing; give it inputs, or the parameters that the function uses")
        self.bind_arguments()
        self.root = self.run()
        self.compare_with_another_run()
        self.recorded = gradients(self.root)
        self.patience = PATIENCE
        self.problem = ""

    def bind_arguments(self) -> None:
        """Raise GraphError where the function takes another number of arguments, as far as that is known."""
        try:
            signature = inspect.signature(self.function)
        except (TypeError, ValueError):  # a function of C
            return
        try:
            signature.bind(*self.arguments)
        except TypeError as problem:
            given = counted(len(self.arguments), "input")
            raise GraphError(f"the function does not take {given}: {problem}; give one for each argument") from None

    def compare_with_another_run(self) -> None:
        """Raise GraphError where the function does not compute the same anew each time."""
        again = self.run()
        if again is self.root and again.parents:
            raise GraphError(f"the function gave {again!r} twice, not computed anew; compute it inside the function")
        if again.data != self.root.data and again.data == again.data:
            numbers = f"{self.root.data!r}, then {again.data!r}"
            raise GraphError(f"the function gave {numbers} for the same numbers; let it draw no random ones")

    def run(self) -> Value:
        root: Any = self.function(*self.arguments)
        if isinstance(root, Value):
            return root
        remedy = "add its outputs up, or check them one at a time"
        if isinstance(root, (int, float)):
            remedy = "v.data, v.item() and round(v, 3) are plain numbers, v.exp() and v stay linked"
        raise GraphError(f"gradcheck needs one Value as the result, not {type(root).__name__}; {remedy}")

    @contextmanager
    def with_number(self, leaf: Value, number: float) -> Iterator[None]:
        """Another number in one leaf; its own is back afterwards."""
        before = leaf.data
        try:
            leaf.data = number
            yield
        finally:
            leaf.data = before

    def at(self, leaf: Value, number: float) -> Value:
        """The result with another number in one leaf."""
        with self.with_number(leaf, number):
            return self.run()

    @contextmanager
    def moving(self, leaf: Value) -> Iterator[Callable[[float], float]]:
        """The result as a function of one leaf: nan where the function raises, as `math.log(-1)` does."""

        def result(y: float) -> float:
            leaf.data = y
            try:
                number: float = self.run().data
                return number
            except (ArithmeticError, ValueError) as problem:
                self.problem = f"{type(problem).__name__}: {problem}"
                return math.nan

        with self.with_number(leaf, leaf.data), quiet():
            yield result

    @cached_property
    def noise(self) -> float:
        """What rounding every node may do to the result."""
        parts = [size_of(node) * abs(grad) for node, grad in self.recorded.items() if node.parents]
        return 4 * EPSILON * added(part for part in parts if math.isfinite(part))

    @cached_property
    def weights(self) -> dict[Value, float]:
        return path_weights(topological_order(self.root))

    def rounding(self, leaf: Value) -> float:
        """What rounding may have done to the recorded derivative by a leaf."""
        return 64 * EPSILON * self.weights.get(leaf, 0.0)

    def estimate(self, leaf: Value) -> Estimate:
        """The derivative by a leaf, by differences of the function's doubles."""
        self.problem = ""
        with self.moving(leaf) as f:
            found = estimate(f, leaf.data, self.root.data, self.noise)
        return found._replace(doubt=f"{found.doubt} ({self.problem})") if found.doubt and self.problem else found

    def stairs(self, leaf: Value, found: Estimate) -> Estimate | None:
        """The derivative by a leaf over many stairs, where the function has such; by differences there is another."""
        with self.moving(leaf) as f:
            return staircase(f, leaf.data, self.root.data, found)

    # ── the recorded graph as a witness ──

    @cached_property
    def replay(self) -> Replay | None:
        """The graph at 60 digits; None where something in it was recorded by hand."""
        if any(node.parents and node.op.forward is no_formula for node in self.recorded):
            return None
        return Replay(self.root, self.recorded)

    def replay_of(self, leaf: Value, step: float) -> Replay | None:
        """The graph at 60 digits, where it moves by a step from the leaf as the function does."""
        self.patience -= 8 * len(self.recorded)
        replay = self.replay if self.patience >= 0 else None
        return replay if replay and all(self.moves_alike(replay, leaf, each) for each in (-step, step)) else None

    def moves_alike(self, replay: Replay, leaf: Value, step: float) -> bool:
        """Whether the graph, with another number in the leaf, comes to what the function does: no link is lost."""
        moved = leaf.data + step
        with self.moving(leaf) as f:
            found = f(moved)
        exact = float(replay.at(leaf, moved))
        return math.isfinite(found) and abs(exact - found) <= 4 * self.noise + 64 * EPSILON * abs(found)

    # ── who is to blame ──

    def culprit(self, leaf: Value, step: float, least: float) -> str:
        """The first node that moves otherwise than its inputs and its local derivatives say; by `least` of it."""
        graph = Graph(self.root, dict(self.leaves))
        wide, narrow = self.moved(leaf, step, graph), self.moved(leaf, step / 2, graph)
        if not (wide and narrow):
            return ""
        moved = {node: (8 * narrow[node] - wide[node]) / 3 for node in graph.nodes}  # without what bends
        for node in graph.nodes:
            parts = [partial * moved[parent] for parent, partial in zip(node.parents, node.partials)]
            apart = abs(moved[node] - sum(parts)) - 32 * EPSILON * abs(node.data)
            if parts and not apart <= least * max(map(abs, (moved[node], *parts))):
                return described(graph, node)
        return ""

    def moved(self, leaf: Value, step: float, graph: Graph) -> dict[Value, float]:
        """How far each node moves from a step below the leaf to one above; nothing where another graph comes of it."""
        try:
            below, above = (topological_order(self.at(leaf, leaf.data + each)) for each in (-step, step))
        except (ArithmeticError, ValueError):
            return {}
        if not len(below) == len(above) == len(graph):
            return {}
        return {node: b.data - a.data for node, a, b in zip(graph.nodes, below, above)} | {leaf: 2 * step}


def described(graph: Graph, node: Value) -> str:
    """`v2 = tanh(v1)`, for a message."""
    inputs = ", ".join([graph.name(parent) for parent in node.parents[:4]] + ["…"] * (len(node.parents) > 4))
    by_hand = ", recorded by hand" if node.op.forward is no_formula else ""
    return f"{graph.name(node)} = {node.op.name}({inputs}){by_hand}"


def size_of(node: Value) -> float:
    """The largest number that was rounded on the way to a node's own: of a sum of products each product."""
    products = zip(node.partials, node.parents) if len(node.parents) > 2 else ()
    size: float = abs(node.data) + sum(abs(partial * parent.data) for partial, parent in products)
    return size


def path_weights(order: Sequence[Value]) -> dict[Value, float]:
    """Of each node the sum of |product| over its paths to the root: what its gradient is rounded against."""
    weights = {**dict.fromkeys(order, 0.0), order[-1]: 1.0}
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials):
            part = abs(partial) * weights[node]
            weights[parent] += part if math.isfinite(part) else 0.0
    return weights


def quiet() -> AbstractContextManager[Any]:
    """Around the point a function may overflow, or leave its domain: NumPy need not warn of it."""
    numpy = sys.modules.get("numpy")
    return numpy.errstate(all="ignore") if numpy else nullcontext()
