"""Neurons, layers, and what everything with parameters can do.

A neuron is one `affine` node (w·x + b) and its activation; `expanded=True` builds every product
and every sum as a node of its own, for looking inside. The numbers are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import index
from reprlib import repr as brief
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value
from microgrid.engine.functions import softmax, weighing
from microgrid.engine.value import lift
from microgrid.errors import GraphError, NonFiniteError
from microgrid.formula import real

from .activations import ACTIVATIONS, FIRE, activation_named, initialiser
from .arrays import as_table
from .checkpoint import parameter_names, refuse_other_names
from .parameters import Values, number, parameter_like, parameters_like, sample
from .samples import accuracy

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Layer", "Module", "Neuron"]


def at_least_one(number: Any, what: str) -> int:
    """How many things there are. Raises GraphError for less than 1, and for what is no whole number."""
    try:
        found = index(number)
    except TypeError:
        found = 0
    if found < 1:
        raise GraphError(f"{what.format(brief(number))}; give a whole number, at least 1")
    return found


class Module:
    """Anything with parameters: a subclass says which, and what it computes when it is called.

    level  from which number on an output means 1; None: ½ after sigmoid or step, else 0. `fit` sets it anew each time,
           files keep it
    """

    level: float | None = None

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def parameters(self) -> list[Value]:
        """The weights and biases, in a fixed order."""
        return []

    def named_parameters(self) -> dict[str, Value]:
        """Each parameter by its name, in the order of `parameters()`; p1, p2, … where nobody named them."""
        return {f"p{i}": parameter for i, parameter in enumerate(self.parameters(), 1)}

    def state_dict(self) -> dict[str, float]:
        """The number of each parameter by its name: a copy, to come back to."""
        return {name: parameter.data for name, parameter in self.named_parameters().items()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter to the number of that name.

        Raises GraphError unless the names are those of `named_parameters()`, NotRealError for what is
        no number; then nothing has changed.
        """
        if not isinstance(state, Mapping):
            raise GraphError(f"a state is a mapping from names to numbers, not {brief(state)}; give it state_dict()")
        parameters = self.named_parameters()
        refuse_other_names(list(state), list(parameters), "the state")
        numbers = {name: real(number) for name, number in state.items()}
        for name, parameter in parameters.items():
            parameter.data = numbers[name]

    def predict(self, X: Any) -> NDArray[Any]:
        """What comes out for each row of X, as numbers: shape (samples,), or (samples, outputs) for several.

        X  an array of shape (samples, inputs); one sample is [x]
        Raises GraphError for another shape.
        """
        import numpy as np

        outs = [self(row) for row in as_table(X, None)]  # type: ignore[operator]
        return np.array([list(map(number, out)) if isinstance(out, list) else number(out) for out in outs])

    def accuracy(self, X: Any, y: Any, threshold: float | None = None) -> float:
        """The share of samples that it answers rightly, from 0 to 1: `samples.accuracy`, which says how.

        X, y       as in `fit`
        threshold  from which number on an output means 1; unless told, `level` says it
        Raises GraphError for y that are no labels, and for shapes that do not fit.
        """
        return accuracy(self, X, y, threshold)


class Neuron(Module):
    """w·x + b, through its activation: a ReLU unless it is told another.

    >>> import random
    >>> random.seed(1337)
    >>> Neuron(2)([1, -2])
    Value(data=0.102443419482938, grad=0.0)
    >>> Neuron(2, activation="tanh", init="zeros")([1, -2]).data
    0.0

    nin         how many inputs it takes, at least 1
    nonlin      False is short for activation="linear"
    activation  "relu", "leaky_relu", "elu", "selu", "silu", "mish", "gelu", "softplus", "tanh", "hardtanh", "sigmoid",
                "step" (the perceptron's) or "linear"
    init        "uniform" in (-1, 1), "xavier", "he" or "zeros"; the bias starts at 0. See `initialiser`
    nout        how many neurons its layer has, for "xavier"
    rng         what draws the weights: a random.Random; else the module `random`
    expanded    True records every product and every sum as a node of its own
    Its weights are `w`, its bias `b`; a number put in the place of one, as in `n.w[0] = 0.5`, becomes its number.
    Raises GraphError for names that are not there.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str = "",
        init: str = "uniform",
        nout: int = 1,
        rng: Any = None,
        expanded: bool = False,
        name: str = "",
    ) -> None:
        nin = at_least_one(nin, "a neuron with {} inputs")
        self.activation = activation or ("relu" if nonlin else "linear")
        draw = initialiser(init, nin, nout, rng)
        self.w = [Value(draw(), role="parameter") for _ in range(nin)]
        self.b = Value(0, role="parameter")
        self.expanded = expanded
        self.name = name

    def __setattr__(self, name: str, new: Any) -> None:
        if name == "activation" and activation_named(new) == "softmax":
            raise GraphError("a neuron has no softmax of its own; Layer(nin, nout, activation='softmax') has")
        if name == "w":
            new = parameters_like(vars(self).get("w", ()), new)
        if name == "b":
            new = parameter_like(vars(self).get("b"), new)
        super().__setattr__(name, new)

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation; False takes it away, True makes it a ReLU."""
        return self.activation != "linear"

    @nonlin.setter
    def nonlin(self, nonlin: bool) -> None:
        self.activation = "relu" if nonlin else "linear"

    def __call__(self, x: Iterable[Any]) -> Value:
        return self.fire(self.weigh(x))

    def weigh(self, x: Iterable[Any]) -> Value:
        """z = w·x + b: what it does before it fires."""
        inputs = x if type(x) is Values else Values(map(lift, sample(x, self)))
        if len(inputs) != len(self.w):
            raise GraphError(f"{self} takes {len(self.w)} inputs, not {len(inputs)}")
        try:
            if self.expanded:
                z = self._expanded(inputs)
            else:
                parents = (*self.w, *inputs, self.b)
                z = weighing[len(parents)](parents)
        except NonFiniteError as problem:  # the node has no scope yet, by which it could be named
            raise NonFiniteError(": ".join(filter(None, (self.name, str(problem))))) from None
        if self.name:
            z._scope = self.name
        return z

    def fire(self, z: Value) -> Value:
        """a = g(z); of a linear neuron z itself."""
        if self.activation == "linear":
            return z
        a = FIRE[self.activation](z)
        if self.name:
            a._scope = self.name
        return a

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

    def named_parameters(self) -> dict[str, Value]:
        """w1, w2, … and b."""
        return {**{f"w{k}": w for k, w in enumerate(self.w, 1)}, "b": self.b}

    def __repr__(self) -> str:
        return f"{ACTIVATIONS[self.activation]}Neuron({len(self.w)})"


class Layer(Module):
    """A row of neurons that all see the same inputs.

    >>> import random
    >>> random.seed(1337)
    >>> layer = Layer(2, 3)
    >>> [round(out.data, 4) for out in layer([1, -2])]
    [0.1024, 0.0, 0.0]
    >>> [round(z.data, 4) for z in layer.z]
    [0.1024, -0.6115, -1.9661]

    nout        how many neurons, at least 1
    activation  that of its neurons; or "softmax", by which the outputs add up to 1
    The rest is as in Neuron. `x`, `z` and `a` are the Values of the last call: its inputs, and what each
    neuron made of them; empty before the first call.
    """

    def __init__(self, nin: int, nout: int, *, activation: str = "", name: str = "", **kwargs: Any) -> None:
        nout = at_least_one(nout, "a layer with {} neurons")
        self.softmax = activation == "softmax"
        one = "linear" if self.softmax else activation
        self.name = name
        names = [f"{name} · neuron {i}" if name else "" for i in range(1, nout + 1)]
        self.neurons = [Neuron(nin, activation=one, nout=nout, name=each, **kwargs) for each in names]
        self.x: list[Value] = []
        self.z: list[Value] = []
        self.a: list[Value] = []

    @property
    def activation(self) -> str:
        """What its neurons fire by. Raises GraphError where someone made them differ."""
        found = list(dict.fromkeys(neuron.activation for neuron in self.neurons))
        if len(found) > 1:
            raise GraphError(f"neurons of one layer fire by {' and '.join(found)}; give all of them one activation")
        return "softmax" if self.softmax else found[0]

    @activation.setter
    def activation(self, name: str) -> None:
        self.softmax = activation_named(name) == "softmax"
        for neuron in self.neurons:
            neuron.activation = "linear" if self.softmax else name

    def __call__(self, x: Iterable[Any]) -> Any:
        inputs = x if type(x) is Values else Values(map(lift, sample(x, self)))
        self.x = list(inputs)
        self.z = [neuron.weigh(inputs) for neuron in self.neurons]
        self.a = self._softmax() if self.softmax else [neuron.fire(z) for neuron, z in zip(self.neurons, self.z)]
        return self.a[0] if len(self.a) == 1 else list(self.a)

    def _softmax(self) -> list[Value]:
        found = softmax(self.z)
        for i, each in enumerate(found, 1):
            if self.name:
                each._scope = f"{self.name} · softmax {i}"
        return found

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def named_parameters(self) -> dict[str, Value]:
        """w12 from input 2 to neuron 1, and b1; as in a network, without the number of the layer."""
        names = parameter_names([len(self.neurons[0].w), len(self.neurons)])
        return {name[0] + name.partition("_")[2]: each for name, each in zip(names, self.parameters())}

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]{' with softmax' if self.softmax else ''}"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "x": [], "z": [], "a": []}  # a copy or a pickle is the layer, without its last call
