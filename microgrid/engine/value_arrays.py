"""Arrays of Values, and NumPy's functions on them and on a Value: what each does is in `numpy_functions`.

NumPy's own arrays of objects ask a Value for what it has a method or an operator for. Of `np.maximum(0, A)` they
keep one of the two as it is, and of `np.isnan(A)` they know nothing. A `ValueArray` records all that can be; what
comes from a Value and an array is one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.errors import MicrogridError, NotRealError

from .array_sums import gathered
from .functions import lifted
from .numpy_functions import NUMPY, OPERATORS, chosen, recorder, refusal
from .refusals import INTO_FLOATS, OperatorError
from .value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ValueArray", "array_of_values", "as_array", "by_function", "by_ufunc"]


OBJECTS = np.dtype(object)
CONSTANT = (np.zeros_like, np.ones_like, np.empty_like)


class ValueArray(np.ndarray):
    """An array of Values, and of numbers among them, on which NumPy's functions record.

    >>> from microgrid import values_like
    >>> A = values_like([[1.0, -2.0]])
    >>> L = np.maximum(0, A).sum()
    >>> L.backward()
    >>> A.grad
    array([[1., 0.]])
    """

    @property
    def grad(self) -> NDArray[Any]:
        """The gradient of each Value, as numbers in the same shape; 0 for what is a number."""
        found = [each.grad or 0.0 if isinstance(each, Value) else 0.0 for each in self.flat]
        return np.array(found, float).reshape(self.shape)

    @property  # type: ignore[misc]
    def real(self) -> Any:
        """The array itself: Values are real."""
        return self

    @property  # type: ignore[misc]
    def imag(self) -> Any:
        """Zeros, which no Value changes."""
        return np.zeros(self.shape)

    @property  # type: ignore[override]
    def data(self) -> NDArray[Any]:
        """The number of each Value in the same shape, to look at, and to set: `W.data -= 0.1 * W.grad`.

        >>> from microgrid import values_like
        >>> W = values_like([1.0, 2.0])
        >>> W.data -= 0.5
        >>> W.data, W[0]
        (array([0.5, 1.5]), Value(data=0.5, grad=0.0))
        """
        return np.asarray(numbers_of(self), float)

    @data.setter
    def data(self, numbers: Any) -> None:
        given = np.broadcast_to(numbers, self.shape)
        for place in np.ndindex(self.shape):
            each: Any = self[place]
            if isinstance(each, Value):
                each.data = given[place]
            else:
                self[place] = given[place]

    def round(self, decimals: Any = 0, out: Any = None) -> Any:
        """`np.round(self)`: plain numbers, for the slope is 0."""
        return self.data.round(decimals, undressed(out))

    def dot(self, other: Any, out: Any = None) -> Any:
        """`np.dot(self, other)`."""
        return np.dot(self, other) if out is None else super().dot(other, out)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        return by_ufunc(ufunc, method, inputs, settings)

    def __array_function__(self, function: Any, types: Any, inputs: Any, settings: Any) -> Any:
        return by_function(function, inputs, settings)


def array_of_values(numbers: Any, role: str) -> ValueArray:
    """What `values_like` makes."""
    given = np.asarray(numbers)
    found = np.empty(given.shape, object)
    for place, each in zip(np.ndindex(given.shape), given.flat):
        found[place] = each if isinstance(each, Value) else Value(each, role=role)
    return found.view(ValueArray)


# ── what NumPy asks ────────────────────────────────────────────────────────────────────────


def by_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """What a universal function, or a method of it such as `reduce`, makes of Values."""
    name = ufunc.__name__
    if is_of_python(ufunc):
        found = getattr(ufunc, method)(*map(undressed, inputs), **with_plain_out(settings))
        return tuple(map(with_values, found)) if isinstance(found, tuple) else with_values(found)
    kind = NUMPY[name].kind if name in NUMPY else "refused"
    if kind not in ("recorded", "number"):
        raise refusal(name)
    if kind == "number":
        return getattr(ufunc, method)(*map(numbers_of, inputs), **with_plain_out(settings))
    targets = (*settings.get("out", ()), *inputs[: method == "at"])
    if any(getattr(each, "dtype", OBJECTS).kind != "O" for each in targets):
        raise NotRealError(INTO_FLOATS)
    if method == "__call__" and not settings and all(isinstance(each, (Value, float, int)) for each in inputs):
        return recorder(name)(*inputs)
    found = gathered(name, method, tuple(map(undressed, inputs)), settings)
    if found is not None:
        return dressed(found)
    settings = with_plain_out(settings)
    loop = ufunc if name in OPERATORS else loop_of(name, ufunc.nin)
    with np.errstate(all="ignore"):  # inf and nan are numbers here, as everywhere in a graph
        return dressed(getattr(loop, method)(*map(undressed, inputs), **settings))


def by_function(function: Any, inputs: tuple[Any, ...], settings: dict[str, Any]) -> Any:
    """What any other function of NumPy makes of Values: what it is made of, universal functions, records."""
    if function is np.where and len(inputs) == 3:
        return where(*inputs)
    if function is np.dot and len(inputs) == 2 and all(np.ndim(each) in (1, 2) for each in inputs):
        return np.matmul(*inputs)
    if function in CONSTANT and inputs and np.ndim(inputs[0]) == 0:
        return function(0.0, *inputs[1:], **settings)
    inside = {name: as_array(each) for name, each in settings.items()}
    try:
        return dressed(function.__wrapped__(*map(as_array, inputs), **inside))
    except (AttributeError, TypeError) as problem:
        said = isinstance(problem, MicrogridError) and not isinstance(problem, OperatorError)
        if said or not takes_numbers(function, inputs, settings):
            raise
        raise refusal(f"{function.__module__}.{function.__name__}".removeprefix("numpy.")) from problem


def takes_numbers(function: Any, inputs: tuple[Any, ...], settings: dict[str, Any]) -> bool:
    """Whether a call is right but for the Values in it."""
    try:
        function(*map(as_numbers, inputs), **{name: as_numbers(each) for name, each in settings.items()})
    except Exception:  # of any kind: it is only asked
        return False
    return True


def where(condition: Any, x: Any, y: Any) -> Any:
    """np.where: what is chosen is a Value, a constant where it is a number."""
    held = np.asarray(numbers_of(condition)) != 0
    found = np.frompyfunc(lambda *each: lifted([chosen(*each), *each[1:]])[0], 3, 1)
    return dressed(found(held, undressed(x), undressed(y)))


def is_of_python(ufunc: Any) -> bool:
    """Whether `np.frompyfunc`, or `np.vectorize`, made it of a function that takes what the elements are."""
    return list(ufunc.types) == ["O" * ufunc.nin + "->" + "O" * ufunc.nout]


def with_plain_out(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a universal function, with plain arrays to write to: it would ask a `ValueArray` again."""
    return {**settings, "out": tuple(map(undressed, settings["out"]))} if "out" in settings else settings


@cache
def loop_of(name: str, inputs: int) -> Any:
    """A universal function over objects, which records."""
    return np.frompyfunc(recorder(name), inputs, 1, identity=None)  # in any order


# ── Values in arrays and out of them ───────────────────────────────────────────────────────


def as_array(thing: Any) -> Any:
    """A Value as an array of no dimension, so that NumPy's functions find the methods of an array; in lists, too."""
    if isinstance(thing, Value):
        return np.array(thing, object).view(ValueArray)
    return type(thing)(map(as_array, thing)) if type(thing) in (list, tuple) else thing


def undressed(thing: Any) -> Any:
    """The same numbers and Values as a plain array, whose functions are NumPy's own."""
    return np.asarray(as_array(thing)).view(np.ndarray) if isinstance(thing, (Value, ValueArray)) else thing


def dressed(found: Any) -> Any:
    """What came out: a Value, or an array of them on which functions record; all else as it is."""
    if not isinstance(found, np.ndarray) or found.dtype != object:
        return found
    return found.view(ValueArray) if found.ndim else found.item()


def with_values(found: Any) -> Any:
    """The same, dressed where a Value is in it."""
    has_values = isinstance(found, np.ndarray) and any(isinstance(each, Value) for each in found.flat)
    return dressed(found) if has_values else found


def as_numbers(thing: Any) -> Any:
    """`numbers_of`, in lists, too."""
    return type(thing)(map(as_numbers, thing)) if type(thing) in (list, tuple) else numbers_of(thing)


def numbers_of(thing: Any) -> Any:
    """The numbers of Values, and of an array of objects."""
    if isinstance(thing, Value):
        return thing.data
    if not isinstance(thing, np.ndarray) or thing.dtype.kind != "O":
        return undressed(thing)
    plain = [each.data if isinstance(each, Value) else each for each in thing.flat]
    return np.array(plain, float).reshape(thing.shape)
