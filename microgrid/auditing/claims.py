"""The gradients that somebody worked by hand: of which quantity each is, its numbers, and how precise they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from microgrid.engine import Graph, Value
from microgrid.errors import GraphError, did_you_mean
from microgrid.formula.regexes import regex

from .holdings import Holding, stacked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SINGLE", "Claim", "claims_of", "gradients_among", "is_single", "numbers_of"]

# How people call the gradient of X, the likeliest first.
FORMS = (
    r"(.+)", r"(.+)\.grad", r"d_?(.+)", r"grad_(.+)", r"(.+)_grad", r"∂(?:\w+/∂)?(.+)", r"d\w+?[/_]d(.+)", r"g_?(.+)",
    r"d\w+?d(.+)", r"(.+)_bar", r"delta_?(.+)",
)  # fmt: skip
GRADIENTS = regex(r"g|d|(\w+_)?grad(ient)?s?|d_?\w+|grads?_\w+")  # a dict of them: grads, dparams
VALUES = ("data", "value", "val", "values")  # beside which an object has its grad
DOUBLE, SINGLE, HALF = 2.0**-52, 2.0**-23, 2.0**-10
BRAIN = 2.0**-7  # of bfloat16, which NumPy does not have


@dataclass(frozen=True, eq=False)
class Claim:
    """A gradient that was worked by hand.

    key      as it is called                  quantity  of what it is the gradient
    numbers  as they were given               epsilon   the distance of 1 from the next number that is as precise
    place    where it was computed, where its Values know that
    """

    key: str
    quantity: Holding
    numbers: NDArray[np.float64]
    epsilon: float
    place: str = ""

    @property
    def fits(self) -> bool:
        """Whether it has the shape of its quantity, but for ones in front."""
        return squeezed(self.numbers.shape) == squeezed(self.quantity.shape)

    @property
    def fitted(self) -> NDArray[np.float64]:
        """Its numbers in the shape of the quantity."""
        return self.numbers.reshape(self.quantity.shape)


def squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without the ones in front, which broadcasting puts there."""
    while shape[:1] == (1,):
        shape = shape[1:]
    return shape


def claims_of(given: Any, held: Mapping[str, Holding], graph: Graph) -> list[Claim]:
    """What was given, each matched to a quantity by its key, or by the pair that it is."""
    if given is None:
        raise GraphError("no variable is called like the gradient of another, dW or grad_W; give them: {'dW': dW}")
    if not isinstance(given, Mapping):
        raise GraphError(f"audit needs the gradients by name, not a {type(given).__name__}; write {{'dW': dW}}")
    if not given:
        raise GraphError("audit of no gradient; give at least one, as in {'dW': dW}")
    found = []
    for key, thing in given.items():
        quantity, thing = matched(str(key), thing, held, graph)
        if not quantity.in_graph:
            raise GraphError(outside(str(key), quantity, graph))
        numbers, epsilon = numbers_of(thing, str(key))
        found.append(Claim(str(key), quantity, numbers, epsilon, place_of(thing)))
    return found


def gradients_among(names: Mapping[str, Any], held: Mapping[str, Holding]) -> dict[str, Any] | None:
    """The variables that are called like the gradient of another one that leads to the loss, and hold numbers."""
    found = {}
    for name, thing in names.items():
        of = next((held[each] for each in called(name) if each != name and each in held), None)
        if of and of.in_graph and holds_numbers(thing, held.get(name), of):
            found[name] = thing
    for name, thing in names.items():
        if isinstance(thing, Mapping) and not any(each.in_graph for each in inside(name, held)):
            found |= {f"{name}[{key!r}]": each for key, each in thing.items()
                      if is_gradient(str(key), each, held, GRADIENTS.fullmatch(name) is not None)
                      and all(each is not known for known in found.values())}  # fmt: skip
    for name, array in held.items():
        if (
            "." in name
            and not array.in_graph
            and (of := beside(name, held))
            and of.in_graph
            and of.shape == array.shape
        ):
            found[name] = array.things
    return found or None


def beside(name: str, held: Mapping[str, Holding]) -> Holding | None:
    """The array of the same object that a gradient in it is of: net.W of net.dW, layer.value of layer.grad, and of
    net.grads['W'] that of net.params."""
    key = re.fullmatch(r"(.+)\.(\w+)\['(\w+)'\]", name)
    if key and GRADIENTS.fullmatch(key[2]):
        known = [each for each in held if each.startswith(f"{key[1]}.") and each.endswith(f"['{key[3]}']")]
        return next((held[each] for each in known if held[each].in_graph), None)
    stem, _, last = name.rpartition(".")
    names = VALUES if last in ("grad", "gradient") else [each for each in called(last) if each != last]
    return next((held[f"{stem}.{each}"] for each in names if f"{stem}.{each}" in held), None)


def inside(name: str, held: Mapping[str, Holding]) -> Iterator[Holding]:
    """The arrays that a container of that name holds."""
    return (each for place, each in held.items() if place.startswith(f"{name}["))


def is_gradient(key: str, thing: Any, held: Mapping[str, Holding], are_gradients: bool) -> bool:
    """Whether what stands under a key, dW1, or W1 among gradients, is as large as what the graph has by that name."""
    of = quantity_called(key, held)
    if of and not are_gradients and of.name.endswith((key, f"['{key}']")):
        return False
    shape = np.shape(thing)
    return of is not None and of.in_graph and (shape == of.shape or squeezed(shape[::-1]) == squeezed(of.shape))


def holds_numbers(thing: Any, array: Holding | None, of: Holding) -> bool:
    """Whether a variable holds numbers, or Values beside the graph, that may be a gradient."""
    if array is None:
        return hasattr(thing, "detach") or (isinstance(thing, (int, float)) and of.shape == ())
    return not array.in_graph


# ── of what ────────────────────────────────────────────────────────────────────────────────


def matched(key: str, thing: Any, held: Mapping[str, Holding], graph: Graph) -> tuple[Holding, Any]:
    """The quantity that a gradient is of, and the gradient."""
    if isinstance(thing, tuple) and len(thing) == 2:
        first = stacked(thing[0])
        if first is not None and any(isinstance(each, Value) for each in first.flat):
            named = next((each for each in called(key) if each in held), key)
            return Holding(named if named != key else next(iter([*called(key)][1:]), key), first, graph), thing[1]
    found = quantity_called(key, held)
    if found is None:
        known = by_last_name(held)
        of = next(iter([*called(key)][1:]), key)
        pair = f"name it, names={{'{of}': …}}, or give the pair {{{key!r}: (array of Values, gradient)}}"
        raise GraphError(f"{key!r} is the gradient of no variable here{did_you_mean(of, known)}; {pair}")
    return found, thing


def by_last_name(held: Mapping[str, Holding]) -> dict[str, Holding]:
    """The arrays by their names, and by the last part of these: W of params['W'] and of self.W, before grads['W']."""
    order = sorted(held.items(), key=lambda pair: pair[1].in_graph)  # the later one counts
    known = {name.rpartition("[")[2].strip("'\"]"): each for name, each in order if name.endswith("']")}
    return known | {name.rpartition(".")[2]: each for name, each in order if "." in name} | dict(held)


def quantity_called(key: str, held: Mapping[str, Holding]) -> Holding | None:
    """The array that a gradient of that name is of; one that leads to the loss, if there is any."""
    if "." in key and (found := beside(key, held)):
        return found
    known, place = by_last_name(held), re.fullmatch(r"\w+\['(\w+)'\]", key)  # of grads['W1'], too
    options = [known[name] for name in called(place[1] if place else key) if name in known]
    return next((each for each in options if each.in_graph), next(iter(options), None))


def called(key: str) -> Iterator[str]:
    """What the quantity may be called of which this is the gradient.

    >>> [*called("dW1")], [*called("h.grad")][:2]
    (['dW1', 'W1'], ['h.grad', 'h'])
    """
    for form in FORMS:
        if name := re.fullmatch(form, key):
            yield name[1]


def outside(key: str, quantity: Holding, graph: Graph) -> str:
    """Why there is no gradient by a quantity."""
    if quantity.has_values:
        root = graph.name(graph.root)
        return f"{key!r}: {quantity.name} does not lead to {root}; audit what {root} was computed from"
    remedy = f"make it values_like({quantity.name}) before the forward pass"
    return f"{key!r}: {quantity.name} holds plain numbers, by which nothing was recorded; {remedy}"


# ── the numbers ────────────────────────────────────────────────────────────────────────────


def numbers_of(thing: Any, key: str) -> tuple[NDArray[np.float64], float]:
    """Numbers of an array, of nested lists or of a tensor, and their precision.

    >>> numbers_of([[1.0, 0.1]], "dW")[1] == 2**-52, numbers_of(np.float32([0.1]).tolist(), "dW")[1] == 2**-23
    (True, True)
    """
    epsilon = DOUBLE
    if hasattr(thing, "detach"):  # a tensor of PyTorch
        thing = thing.detach()
        if "bfloat16" in str(thing.dtype):
            thing, epsilon = thing.float(), BRAIN
        thing = thing.cpu().numpy()
    try:
        array = stacked(thing) if isinstance(thing, (list, tuple, Value)) else np.asarray(thing)
        if array is None or array.dtype.kind not in "fiubO" or any(each is None for each in array.flat):
            raise ValueError
        numbers = np.array([each.data if isinstance(each, Value) else each for each in array.flat], float)
    except (TypeError, ValueError):
        raise GraphError(
            f"{key!r} is no array of numbers but {kind_of(thing)}; give its numbers in one shape"
        ) from None
    if array.dtype.kind == "f":
        epsilon = max(epsilon, float(np.finfo(array.dtype).eps))
    return numbers.reshape(array.shape), max(epsilon, digits_of(numbers))


def kind_of(thing: Any) -> str:
    """What a thing is that holds no real numbers.

    >>> kind_of(np.array([1j])), kind_of([]), kind_of("0.5")
    ('one of complex128', '[]', "'0.5'")
    """
    if not isinstance(thing, np.ndarray):
        return brief(thing)
    return (
        "one of objects"
        if thing.dtype.kind == "O"
        else f"one of {thing.dtype.name if not thing.dtype.names else 'records'}"
    )


def place_of(thing: Any) -> str:
    """The last line that computed some of its Values; '' where no origins were recorded, and for plain numbers."""
    array = stacked(thing) if isinstance(thing, (list, tuple, Value, np.ndarray)) else None
    known = () if array is None or array.dtype != object else array.flat
    places = {each.origin for each in known if isinstance(each, Value) and each.parents and each.origin}
    return max(places, key=lambda each: int(each.rpartition(":")[2]), default="")


def brief(thing: Any) -> str:
    """A thing in a message."""
    text = repr(thing)
    return text if len(text) <= 40 else f"a {type(thing).__name__}"


def is_single(arrays: Iterable[Holding]) -> bool:
    """Whether the leaves of a graph were given in single precision: then so is what a script makes of them, even where
    an array of doubles beside them has turned it into doubles."""
    leaves = [
        each.data for each in arrays if all(isinstance(one, Value) and not one.parents for one in each.things.flat)
    ]
    with np.errstate(over="ignore"):
        fit = all((numbers == numbers.astype(np.float32)).all() for numbers in leaves)
    return fit and any(digits_of(numbers) == SINGLE for numbers in leaves)


def digits_of(numbers: NDArray[np.float64]) -> float:
    """The precision of numbers by their digits: lists of single precision keep no type."""
    with np.errstate(over="ignore"):
        short = [(numbers == numbers.astype(kind)) | ~np.isfinite(numbers) for kind in (np.float16, np.float32)]
    return SINGLE if short[1].all() and not short[0].all() else DOUBLE
