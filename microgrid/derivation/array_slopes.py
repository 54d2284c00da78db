"""The chain rule in matrices: what each operation over arrays passes back to what it was computed from.

    Z = A @ B      ∂L/∂A = ∂L/∂Z @ Bᵀ,  ∂L/∂B = Aᵀ @ ∂L/∂Z
    a = f(z)       ∂L/∂z = ∂L/∂a ⊙ f′(z)                          element by element
    s = sum(v)     ∂L/∂v = ∂L/∂s · ones(n)

One row of `BACKWARD` for each operation that is of arrays; what acts element by element has its local derivative from
the table of operations. Source: the identities of matrix calculus, as in M. Giles, "Collected matrix derivative results
for forward and reverse mode algorithmic differentiation" (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, Number
from microgrid.formula.array_parser import OF_BRACKET
from microgrid.formula.derivative import partials
from microgrid.sheet.arrays.algebra import Algebra
from microgrid.sheet.arrays.ranges import constant
from microgrid.sheet.arrays.registry import element_names, unsampled

__all__ = ["BACKWARD", "onehot", "passed_back"]

Passed = Sequence[Formula | None]
Rule = Callable[[Algebra, Call, Formula, Formula], Passed]
ONE = Number(1.0)
ALL = Call(":", ())


def passed_back(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """What a call passes back to each of its arguments; None where no formula over arrays says it.

    upstream  the derivative of the root by the call    out  how its value is written: a name, or the call itself
    """
    rule = BACKWARD.get(node.function)
    if rule is not None and (len(node.arguments) == 1 or node.function not in OF_SEVERAL):
        return rule(algebra, node, upstream, out)
    try:
        slopes = by_element(algebra, node, out)
    except FormulaError:
        return unknown(node)
    return [
        None if slope is None else narrowed(algebra, each, algebra.times(upstream, slope))
        for each, slope in zip(node.arguments, slopes)
    ]


OF_SEVERAL = ("max", "min", "sum", "mean", "softmax", "logsumexp")  # of several numbers, or several arrays


def unknown(node: Call) -> list[Formula | None]:
    return [None] * len(node.arguments)


def by_element(algebra: Algebra, node: Call, out: Formula) -> list[Formula | None]:
    """The local derivatives of what acts element by element, as arrays."""
    if node.function.removesuffix("'") in algebra.definitions or node.function.endswith("'"):
        primes = Call(f"{node.function}'", node.arguments)
        return [primes] if len(node.arguments) == 1 and not node.function.endswith("''") else unknown(node)
    found = partials(Call("*" if node.function in ("⊙", "·") else node.function, node.arguments), out)
    return [algebra.by_element(each) for each in found]


def narrowed(algebra: Algebra, argument: Formula, passed: Formula) -> Formula:
    """What comes back to a number that stood beside an array: the sum over its elements."""
    if algebra.shape(passed) and not algebra.shape(argument):
        return Call("sum", (passed,))
    if not algebra.shape(passed):
        return algebra.filled(passed, algebra.shape(argument))
    return passed


# ── the rows ───────────────────────────────────────────────────────────────────────────────


def of_product(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """Z = A @ B"""
    left, right = node.arguments
    if not algebra.shape(left) or not algebra.shape(right):
        return [
            narrowed(algebra, left, algebra.times(upstream, right)),
            narrowed(algebra, right, algebra.times(upstream, left)),
        ]
    return [algebra.product(upstream, algebra.turned(right)), algebra.product(algebra.turned(left), upstream)]


def of_transpose(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    return [algebra.turned(upstream)]


def of_sum(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    return [algebra.filled(upstream, algebra.shape(node.arguments[0]))]


def of_mean(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    shape = algebra.shape(node.arguments[0])
    return [algebra.filled(Call("/", (upstream, Number(float(algebra.count(shape))))), shape)]


def of_extreme(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """The largest of a vector: which it is, no formula over arrays says."""
    return unknown(node)


def of_dot(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """s = u·v"""
    left, right = node.arguments
    return [algebra.times(upstream, right), algebra.times(upstream, left)]


def of_outer(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """Z = u vᵀ"""
    left, right = node.arguments
    return [algebra.product(upstream, right), algebra.product(algebra.turned(upstream), left)]


def of_norm(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """s = ‖v‖, whose slope is v/s"""
    return [algebra.times(upstream, Call("/", (node.arguments[0], out)))]


def of_softmax(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """p = softmax(z): ∂pᵢ/∂zⱼ = pᵢ(1{i = j} − pⱼ), so ∂L/∂z = p ⊙ (∂L/∂p − p·∂L/∂p)"""
    if len(node.arguments) != 1:
        return unknown(node)
    rest = Call("-", (upstream, Call("dot", (out, upstream))))
    return [algebra.times(out, rest)]


def of_convolution(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """z = conv(x, k), zᵢ = Σⱼ kⱼ xᵢ₊ⱼ₋₁: a weight gathers from wherever it was used, so ∂L/∂k = conv(x, ∂L/∂z)"""
    x = node.arguments[0]
    return [None, Call("conv", (x, upstream)) if algebra.shape(upstream) else algebra.times(upstream, x)]


def of_literal(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """v = [a, b]: to each what comes back to its element, where that has a name"""
    shape = algebra.shape(node)
    if not isinstance(upstream, Name) or not shape:
        return unknown(node)
    base, sample = unsampled(upstream.name)
    return [Name(each) for each in element_names(base, shape, sample)]


def of_part(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    """r = W[2,:]: to the rest of W comes back nothing, so ∂L/∂W = onehot(2, m) @ ∂L/∂r; of a column the same"""
    base, *indices = node.arguments
    places = [None if each == ALL else constant(each) for each in indices]
    if any(place is None and each != ALL for place, each in zip(places, indices)):
        return unknown(node)  # x[1..3]
    found, sizes = upstream, algebra.shape(base)
    if len(places) == 1 and places[0]:
        found = algebra.times(upstream, onehot(places[0], sizes[0]))
    elif places[0]:
        factors = upstream.arguments if isinstance(upstream, Call) and upstream.function == "@" else (upstream,)
        found = reduce(algebra.product, factors, onehot(places[0], sizes[0]))  # from left to right, without a bracket
    if len(places) == 2 and places[1]:
        found = algebra.product(found, algebra.turned(onehot(places[1], sizes[1])))
    return [found, *unknown(node)[1:]]


def onehot(place: int, size: int) -> Formula:
    """The vector that is 1 at a place; of one element the number."""
    return Call("onehot", (Number(float(place)), Number(float(size)))) if size > 1 else ONE


def of_logsumexp(algebra: Algebra, node: Call, upstream: Formula, out: Formula) -> Passed:
    if len(node.arguments) != 1 or not algebra.shape(node.arguments[0]):  # of a number alone it is no array
        return unknown(node)
    return [algebra.times(upstream, Call("softmax", node.arguments))]


BACKWARD: Mapping[str, Rule] = {
    "@": of_product, "ᵀ": of_transpose, "sum": of_sum, "mean": of_mean, "dot": of_dot, "outer": of_outer,
    "max": of_extreme, "min": of_extreme, "norm": of_norm, "softmax": of_softmax, "logsumexp": of_logsumexp,
    "list": of_literal, "conv": of_convolution, "[]": of_part, OF_BRACKET: of_part,
}  # fmt: skip
