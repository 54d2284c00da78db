"""The operations as functions of Values and numbers: the words a sheet may use, and neurons."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from reprlib import repr as brief
from typing import Any

from microgrid.errors import GraphError
from microgrid.formula import OPS, Op, real
from microgrid.formula.ops import ADDED, AFFINE, AMAX, AMIN, LOGSUMEXP, SOFTMAX

from . import value
from .methods import made, unrolled
from .value import Value, computed, lift

__all__ = ["FUNCTIONS", "affine", "lifted", "logsumexp", "softmax", "some", "total", "values_like", "weighing", "where"]


UNROLLED = 260  # parents, at most, for which code without a loop is written: 130 kB


def total(terms: Iterable[Any]) -> Value:
    """The sum of any number of terms, as one node.

    >>> total([Value(1.0), 2, Value(3.0)]).data
    6.0
    """
    return computed(ADDED, some(terms, "total"))


def affine(weights: Iterable[Any], inputs: Iterable[Any], bias: Any = 0.0) -> Value:
    """w₁x₁ + w₂x₂ + … + b as one node, added from b on: what a neuron does before it fires.

    >>> affine([Value(2.0), Value(-3.0)], [1.0, 2.0], 0.5).data
    -3.5

    Raises GraphError where there are not as many weights as inputs.
    """
    w, x = list(weights), list(inputs)
    if len(w) != len(x):
        raise GraphError(f"affine has {len(w)} weights for {len(x)} inputs; each input has one weight")
    parents = tuple(lifted([*w, *x, bias]))
    return weighing[len(parents)](parents)


class Weighing(dict[int, Callable[[tuple[Value, ...]], Value]]):
    """What records w·x + b, by how many parents there are: the node that `computed` gives, in a third of its time."""

    def __missing__(self, parents: int) -> Callable[[tuple[Value, ...]], Value]:
        if parents > UNROLLED:
            return partial(computed, AFFINE)
        names = {**vars(value), "affine_op": AFFINE}
        self[parents] = made(unrolled(AFFINE, parents), f"<microgrid affine {parents}>", names)
        return self[parents]


weighing = Weighing()


def logsumexp(terms: Iterable[Any]) -> Value:
    """ln(e^x₁ + e^x₂ + …) as one node, without overflow.

    >>> round(logsumexp([Value(1000.0), Value(1000.0)]).data, 6)
    1000.693147
    """
    return computed(LOGSUMEXP, some(terms, "logsumexp"))


def softmax(logits: Iterable[Any]) -> list[Value]:
    """e^xᵢ / (e^x₁ + e^x₂ + …) for each i, each one node.

    >>> [round(p.data, 4) for p in softmax([Value(1.0), Value(2.0), Value(3.0)])]
    [0.09, 0.2447, 0.6652]
    """
    values = some(logits, "softmax")
    return [computed(SOFTMAX.at(float(i + 1)), values) for i in range(len(values))]


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds, else y; the one that is not taken gets no gradient, not even an infinite one.

    >>> x = Value(0.0)
    >>> y = where(x > 0, x.sqrt(), x)
    >>> y.backward()
    >>> y.data, x.grad
    (0.0, 1.0)

    condition  a bool, such as x > 0, or a number, which holds where it is not 0; a Value, where it is computed again
    """
    return FUNCTIONS["where"](condition, x, y)


def values_like(numbers: Any, role: str = "input") -> Any:
    """An array of new Values, one for each number; a NumPy computation with it is recorded.

    >>> W = values_like([[2.0, -1.0], [0.5, 3.0]])
    >>> L = ((W @ [1.0, 2.0]) ** 2).mean()
    >>> L.backward()
    >>> L.data, W.grad.tolist()
    (21.125, [[0.0, 0.0], [6.5, 13.0]])

    numbers  an array, or nested lists, of any shape        role  "input", "parameter" or "constant"
    Values among the numbers stay the Values they are. Raises NotRealError for what is no number.
    """
    from .value_arrays import array_of_values

    return array_of_values(numbers, role)


def some(terms: Iterable[Any], name: str) -> list[Value]:
    """The terms as Values. Raises GraphError for a single number, and for none."""
    if not hasattr(terms, "__iter__"):
        raise GraphError(f"{name} takes several numbers, and {brief(terms)} is one; give it a list")
    values = lifted(terms)
    if not values:
        raise GraphError(f"{name} of nothing; give it at least one Value")
    return values


def lifted(things: Iterable[Any]) -> list[Value]:
    """The things as Values; numbers become constants of the class that the first Value has."""
    found = list(things)
    if set(map(type, found)) == {Value}:  # as almost always
        return found
    kind = next((type(each) for each in found if isinstance(each, Value)), Value)
    return [lift(each, kind) for each in found]


def function(operation: Op) -> Callable[..., Any]:
    """The operation as a function of Values and numbers: a number where all of them are."""
    inputs = len(operation.stable.inputs)

    def call(*arguments: Any) -> Any:
        settings = [real(each) for each in arguments[inputs:]] or list(operation.settings.values())
        return valued(operation.at(*settings), arguments[:inputs])

    return call if operation.fixed else lambda *arguments: valued(operation, arguments)


def valued(operation: Op, arguments: Sequence[Any]) -> Any:
    """The node of an operation over Values and numbers; a number where all of them are."""
    node = computed(operation, lifted(arguments))
    return node if Value in map(type, arguments) or any(isinstance(each, Value) for each in arguments) else node._data


def numbers_of_numbers(call: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with a number for a result where all its arguments are numbers."""

    def either(*terms: Any) -> Any:
        found = call(*terms)
        if any(isinstance(each, Value) for each in terms):
            return found
        return tuple(each._data for each in found) if isinstance(found, tuple) else found._data

    return either


def several(pair: Callable[..., Any], operation: Op) -> Callable[..., Any]:
    """The largest, or the smallest, of any number of inputs: of more than two as one node, whose ties share alike."""
    whole = numbers_of_numbers(lambda *terms: computed(operation, lifted(terms)))
    return lambda *terms: pair(*terms) if len(terms) == 2 else whole(*terms) if len(terms) != 1 else terms[0]


def power(base: Any, exponent: Any) -> Any:
    """base ** exponent: by the fixed exponent's rule where the exponent is a number."""
    return (FUNCTIONS["power"] if isinstance(exponent, Value) else FUNCTIONS["pow"])(base, exponent)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{row.name: function(row) for row in OPS.values()},
    "amax": numbers_of_numbers(lambda *terms: computed(AMAX, lifted(terms))),
    "amin": numbers_of_numbers(lambda *terms: computed(AMIN, lifted(terms))),
    "sum": numbers_of_numbers(lambda *terms: total(terms)),
    "logsumexp": numbers_of_numbers(lambda *terms: logsumexp(terms)),
    "affine": numbers_of_numbers(lambda *terms: affine(terms[: (n := len(terms) // 2)], terms[n:-1], terms[-1])),
    "softmax": numbers_of_numbers(lambda *logits: tuple(softmax(logits))),
}
FUNCTIONS |= {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": FUNCTIONS["div"]}  # 1/0 is inf
FUNCTIONS |= {"max": several(FUNCTIONS["max"], AMAX), "min": several(FUNCTIONS["min"], AMIN)}
FUNCTIONS |= {"neg": FUNCTIONS["neg"], "**": power}
