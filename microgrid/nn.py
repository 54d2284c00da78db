"""Neurons, layers and multi-layer perceptrons, as in micrograd: same numbers, same names.

A neuron is one `affine` node (w·x + b) and its activation; `expanded=True` builds every product
and every sum as a node of its own, for looking inside. The numbers are the same to the bit.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from .engine import Value, computed, lift
from .errors import GraphError
from .ops import AFFINE

__all__ = ["MLP", "Layer", "Module", "Neuron"]


class Values(list[Value]):
    """Inputs that are known to be Values, so that no neuron has to look again."""


class Module:
    """Anything with parameters."""

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def parameters(self) -> list[Value]:
        """The weights and biases, in a fixed order."""
        return []


class Neuron(Module):
    """w·x + b, through a ReLU unless it is linear.

    >>> random.seed(1337)
    >>> Neuron(2)([1, -2])
    Value(data=0.102443419482938, grad=0.0)

    nin       how many inputs it takes, at least 1; each weight starts uniform in (-1, 1), b at 0
    nonlin    False leaves the ReLU out
    expanded  True records every product and every sum as a node of its own
    """

    def __init__(self, nin: int, nonlin: bool = True, *, expanded: bool = False, name: str = "") -> None:
        if nin < 1:
            raise GraphError(f"a neuron with {nin} inputs; it takes at least 1")
        self.w = [Value(random.uniform(-1, 1), role="parameter") for _ in range(nin)]
        self.b = Value(0, role="parameter")
        self.nonlin = nonlin
        self.expanded = expanded
        self.name = name

    def __call__(self, x: Iterable[Any]) -> Value:
        inputs = x if type(x) is Values else Values(map(lift, x))
        if len(inputs) != len(self.w):
            raise GraphError(f"{self} takes {len(self.w)} inputs, not {len(inputs)}")
        out = self._expanded(inputs) if self.expanded else computed(AFFINE, (*self.w, *inputs, self.b))
        if self.name:
            out._scope = self.name
        if self.nonlin:
            out = out.relu()
            if self.name:
                out._scope = self.name
        return out

    def _expanded(self, inputs: Sequence[Value]) -> Value:
        out = self.b
        for w, x in zip(self.w, inputs):
            product = w * x
            out = out + product
            if self.name:
                product._scope = out._scope = self.name
        return out

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """A row of neurons that all see the same inputs.

    >>> random.seed(1337)
    >>> [round(out.data, 4) for out in Layer(2, 3)([1, -2])]
    [0.1024, 0.0, 0.0]
    """

    def __init__(self, nin: int, nout: int, *, name: str = "", **kwargs: Any) -> None:
        names = [f"{name} · neuron {i}" if name else "" for i in range(nout)]
        self.neurons = [Neuron(nin, name=each, **kwargs) for each in names]

    def __call__(self, x: Iterable[Any]) -> Any:
        inputs = x if type(x) is Values else Values(map(lift, x))
        out = [neuron(inputs) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers one after the other, the last one linear.

    >>> model = MLP(3, [4, 4, 1])
    >>> len(model.parameters())
    41

    nin       how many inputs
    nouts     how many neurons each layer has
    expanded  True records every product and every sum as a node of its own
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, expanded: bool = False) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != last, expanded=expanded, name=f"Layer {i}")
            for i in range(len(nouts))
        ]

    def __call__(self, x: Iterable[Any]) -> Any:
        out: Any = x
        for layer in self.layers:
            out = layer([out] if isinstance(out, Value) else out)
        return out

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
