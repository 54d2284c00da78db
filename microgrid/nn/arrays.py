"""Networks and samples as NumPy arrays: what fits, and what to say of what does not."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Number
from typing import TYPE_CHECKING, Any, NamedTuple

from microgrid.errors import GraphError
from microgrid.formula import real

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Arrays", "as_table", "checked", "numeric"]


class Arrays(NamedTuple):
    """A network in numbers, layer by layer: W of shape (nout, nin), b of shape (nout,), and the activation."""

    weights: list[NDArray[Any]]
    biases: list[NDArray[Any]]
    activations: list[str]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of inputs, then of the neurons in each layer."""
        return (self.weights[0].shape[1], *(len(b) for b in self.biases))


def numeric(thing: Any, what: str) -> NDArray[Any]:
    """The thing as an array of doubles. Raises GraphError where it holds something else, or rows differ in length."""
    import numpy as np

    try:
        found = np.asarray(thing)
        if found.dtype == object and found.size and all(isinstance(each, Number) for each in found.flat):
            found = np.array([real(each) for each in found.flat]).reshape(found.shape)  # fractions, decimals
        if found.dtype.kind not in "biuf":
            raise TypeError(f"it holds {type(found.flat[0]).__name__}" if found.size else "it is empty")
    except (TypeError, ValueError) as problem:
        raise GraphError(f"{what} is no array of real numbers: {problem}") from None
    return np.array(found, float)


def as_table(X: Any, inputs: int | None) -> NDArray[Any]:
    """The samples as an array of shape (samples, inputs); `inputs` is how many there must be, if that is known."""
    found = numeric(X, "X")
    wanted = f"(samples, {'inputs' if inputs is None else inputs})"
    if found.ndim != 2:
        remedy = "one sample is [x]" if inputs != 1 else "one input each is x.reshape(-1, 1)"
        raise GraphError(f"X has the shape {found.shape}, and {wanted} belongs here; {remedy}")
    if inputs is not None and found.shape[1] != inputs:
        raise GraphError(f"X has the shape {found.shape}, and {wanted} belongs here; a row has one number per input")
    return found


def checked(weights: Sequence[Any], biases: Sequence[Any], activations: Sequence[str] | str) -> Arrays:
    """The arrays of a network. Raises GraphError where the shapes of two of them do not fit together."""
    layers = len(weights)
    names = [activations] * layers if isinstance(activations, str) else list(activations)
    if not layers == len(biases) == len(names) or not layers:
        raise GraphError(
            f"{layers} weight matrices, {len(biases)} biases and {len(names)} activations; "
            "each layer has one of each, and there is at least one layer"
        )
    found = Arrays(
        [numeric(each, f"W of layer {i}") for i, each in enumerate(weights, 1)],
        [numeric(each, f"b of layer {i}") for i, each in enumerate(biases, 1)],
        names,
    )
    for i, (w, b) in enumerate(zip(found.weights, found.biases), 1):
        if w.ndim != 2 or not w.size:
            raise GraphError(f"W of layer {i} has the shape {w.shape}; (neurons, inputs) belongs here")
        if b.shape != w.shape[:1]:
            raise GraphError(f"b of layer {i} has the shape {b.shape} beside W of {w.shape}; one bias for each neuron")
        before = found.weights[i - 2].shape[0] if i > 1 else w.shape[1]
        if w.shape[1] != before:
            fact = f"W of layer {i} has the shape {w.shape}, but layer {i - 1} has {before} neurons"
            raise GraphError(f"{fact}; it needs one column for each")
    return found
