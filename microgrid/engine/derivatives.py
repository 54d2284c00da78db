"""Derivatives as Values: the gradient as a graph, which can be used in further computation and differentiated again.

The chain rule of `value.py`, in Values instead of numbers: each local derivative is the formula in its row, evaluated
over the recorded nodes. So a derivative is a computation like any other, and has a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from typing import Any

from microgrid.errors import GraphError
from microgrid.formula import OPS
from microgrid.formula.operation import CLOSED, no_formula
from microgrid.formula.ops import ADDED, AFFINE
from microgrid.formula.slopes import slope_rows, slopes

from .functions import FUNCTIONS, function
from .node import leaves_and_inner
from .value import Value, computed, constant, lift

__all__ = ["derivative"]

FEW = 3  # terms that are added one by one; more are a single node
Term = tuple[Any, Any]  # a local derivative and the derivative by the node itself: Values or numbers


def derivative(root: Value, wrt: Any) -> Any:
    """d(root)/d(wrt) as a Value, whose graph is the gradient.

    d(root)/d(node) = Σ d(child)/d(node) · d(root)/d(child), over the children of the node

    >>> x = Value(3.0, label="x")
    >>> slope = derivative(x ** 3, x)
    >>> slope.data, derivative(slope, x).data, derivative(derivative(slope, x), x).data
    (27.0, 18.0, 6.0)
    >>> w = Value(2.0, label="w")
    >>> [each.data for each in derivative(w * x, [w, x])]
    [3.0, 2.0]

    root  a Value
    wrt   a Value, any node of the graph; or an iterable of them, for a list of derivatives from one pass
    Returns a new Value without a label, or a list of them; a constant 0 where wrt does not lead to root. Its number is
    the gradient of `backward()`; no `.grad` changes. Made in linear time, in a number of nodes linear in the graph's.
    At kinks it has the slope in the table, whose own derivative is 0; a closed branch contributes nothing.
    Raises GraphError for what is no Value, for a node recorded by hand between wrt and root, whose local derivatives
    are mere numbers, and where a number was changed after the graph had used it.
    Source: Baydin, Pearlmutter, Radul, Siskind (2018), Automatic differentiation in machine learning, sec. 3.2;
    Griewank and Walther (2008), Evaluating Derivatives, ch. 5.
    """
    require(root, "derivative takes the derivative of")
    is_list = isinstance(wrt, Iterable) and not isinstance(wrt, str)
    targets = list(wrt) if is_list else [wrt]
    for each in targets:
        require(each, "derivative takes the derivative by")
    found = by_chain_rule(root, targets)
    results = [of_its_own(found.get(each, 0.0), type(root)) for each in targets]
    if is_list:
        return results
    [result] = results
    return result


def require(thing: Any, what: str) -> None:
    if not isinstance(thing, Value):
        raise GraphError(f"{what} a Value, not a {type(thing).__name__}; Value(2.0) is one")


def by_chain_rule(root: Value, targets: Sequence[Value]) -> dict[Value, Any]:
    """d(root)/d(target) for each target that leads to root: a Value, or a number where no Value is needed."""
    _, inner = leaves_and_inner(root)
    wanted, between = set(targets), leading(inner, targets)
    terms: dict[Value, list[Term]] = {root: [(1.0, 1.0)]} if root in between else {}
    found = {}
    for node in reversed(inner):
        if node in terms:
            adjoint = added(terms.pop(node))
            if node in wanted:
                found[node] = adjoint
            for parent, slope in local_derivatives(node, between):
                terms.setdefault(parent, []).append((slope, adjoint))
    return found | {leaf: added(terms[leaf]) for leaf in wanted & terms.keys()}


def leading(inner: Iterable[Value], targets: Iterable[Value]) -> set[Value]:
    """The targets, and the nodes that were computed from them."""
    found = set(targets)
    for node in inner:
        if not found.isdisjoint(node.parents):
            found.add(node)
    return found


def local_derivatives(node: Value, between: Collection[Value]) -> Iterator[Term]:
    """Each parent that counts, with d(node)/d(parent) as a Value or a number, and without what is always closed."""
    slots = tuple(k for k, parent in enumerate(node.parents) if parent in between)
    if not slots:
        return
    operation, numbers = node.op, [parent.data for parent in node.parents]
    if operation.forward is no_formula:
        raise GraphError(
            f"{node!r} was recorded by hand: its local derivatives are numbers, which have no derivative of their own; "
            "compute it with methods of Value, or ask backward() for a gradient in numbers"
        )
    require_unchanged(node, numbers)
    largest = numbers.index(max(numbers)) if getattr(operation, "shares", None) else 0
    rule = slopes(operation, len(numbers), slots, largest)
    names = {**operation.settings, **dict(zip(rule.inputs, node.parents)), "out": node}
    for k, slope in zip(slots, rule(names, words())):
        if operation.masks:
            slope = computed(slope_rows()["gate"], [slope]) if isinstance(slope, Value) else slope or CLOSED
        if slope is not CLOSED:
            yield node.parents[k], slope


def require_unchanged(node: Value, numbers: Sequence[float]) -> None:
    """The record is of the numbers that were there; a formula would take those that are there now."""
    recorded, now = (node.data, *node.partials), node.op.forward(*numbers)
    if recorded != (now[0], *now[1]) and repr(recorded) != repr((now[0], *now[1])):
        raise GraphError(
            f"{node!r} no longer follows from its inputs, of which it makes {now[0]}: a number was changed after it "
            "was computed; call replay() on the root first"
        )


# ── sums and products ──────────────────────────────────────────────────────────────────────


def added(terms: Sequence[Term]) -> Any:
    """Σ slope · adjoint, in the order of the terms: the sum that `backward` makes."""
    if len(terms) <= FEW:
        return reduce(lambda a, b: a + b, (times(*term) for term in terms))
    weights, adjoints = zip(*terms)
    kind = next((type(each) for each in (*adjoints, *weights) if isinstance(each, Value)), Value)
    if all(type(each) is float and each == 1.0 for each in weights):
        return computed(ADDED, [lift(each, kind) for each in adjoints])
    nothing = constant(CLOSED, kind)  # the 0 that leaves a closed sum closed
    return computed(AFFINE, [*(lift(each, kind) for each in (*weights, *adjoints)), nothing])


def times(slope: Any, adjoint: Any) -> Any:
    """slope · adjoint, without a product by 1 or -1."""
    for factor, other in ((slope, adjoint), (adjoint, slope)):
        if type(factor) is float and abs(factor) == 1.0:
            return other if factor == 1.0 else -other
    return slope * adjoint


def of_its_own(found: Any, kind: type[Value]) -> Value:
    """A node that nothing else has, so that a label belongs to it alone."""
    if not isinstance(found, Value):
        return constant(found, kind)
    node = computed(OPS["identity"], [found])
    node._data = float(node._data)  # `CLOSED` is for sums and products inside
    return node


# ── the words of the formulas, over Values ─────────────────────────────────────────────────


@cache
def words() -> Mapping[str, Callable[..., Any]]:
    own = {name: function(row) for name, row in slope_rows().items()}
    return {**FUNCTIONS, **own, "power_slope": power_slope}


def power_slope(x: Any, n: Any) -> Any:
    """n · x^(n - 1); for a whole or half number n, whose n - 1 is exact, as a plain product."""
    if isinstance(n, Value) or not (2 * n).is_integer() or abs(n) > 2.0**50:
        return function(slope_rows()["power_slope"])(x, n)
    if n in (0.0, 1.0):
        return n
    return n * (x if n == 2 else FUNCTIONS["pow"](x, n - 1))
