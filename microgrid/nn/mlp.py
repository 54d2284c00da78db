"""Multi-layer perceptrons: micrograd's names and numbers, and what lectures add.

Their neurons and layers are in `neurons.py`, and are here too, as in micrograd.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value
from microgrid.errors import GraphError, did_you_mean

from .activations import ACTIVATIONS, activated, activation_named
from .arrays import Arrays, as_table, checked
from .checkpoint import Checkpoint, parameter_names, read, write
from .neurons import Layer, Module, Neuron
from .parameters import sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MLP", "Layer", "Module", "Neuron"]


class MLP(Module):
    """Layers one after the other, the last one linear unless it is told another output.

    a⁰ = x,  z = W a + b and a = g(z) for each layer

    >>> model = MLP(3, [4, 4, 1])
    >>> len(model.parameters())
    41
    >>> MLP(2, [3, 2], activation="tanh", output="softmax", seed=0).predict([[1, -1]]).round(4).tolist()
    [[0.4204, 0.5796]]

    nin         how many inputs
    nouts       how many neurons each layer has
    activation  that of every layer but the last; or a list, one name for each of them (or for every layer)
    output      that of the last layer
    init        what weights start from: "uniform" in (-1, 1), "xavier", "he" or "zeros"
    rng, seed   draw the weights by a random.Random of your own, or a new one; else by the module `random`
    expanded    True records every product and every sum as a node of its own
    labels      True gives parameters and results their names in books, as `label()` does
    Without options the network is micrograd's, to the bit.
    Raises GraphError for names that are not there, and for a list of another length.
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: str | Sequence[str] = "relu",
        output: str = "linear",
        *,
        init: str = "uniform",
        rng: Any = None,
        seed: int | None = None,
        expanded: bool = False,
        labels: bool = False,
    ) -> None:
        if rng is not None and seed is not None:
            raise GraphError(f"an rng and the seed {seed}; give one of them")
        if not isinstance(nouts, Iterable):
            raise GraphError(f"nouts is {nouts}; it is a list, one number for each layer, as in MLP({nin}, [{nouts}])")
        settings = {"init": init, "rng": rng if seed is None else random.Random(seed), "expanded": expanded}
        sizes = [nin, *nouts]
        names = [activation_named(each) for each in per_layer(activation, output, len(sizes) - 1)]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], activation=each, name=f"Layer {i + 1}", **settings)
            for i, each in enumerate(names)
        ]
        self.labelled = False
        if labels:
            self.label()

    def __call__(self, x: Iterable[Any]) -> Any:
        out: Any = named_inputs(sample(x, self)) if self.labelled else sample(x, self)
        for number, layer in enumerate(self.layers, 1):
            out = layer([out] if isinstance(out, Value) else out)
            if self.labelled:
                name_results(layer, number)
        return out

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of inputs, then of the neurons in each layer."""
        if not self.layers:
            raise GraphError("a network of 0 layers has no shape; MLP(2, [1]) has one layer")
        return (len(self.layers[0].neurons[0].w), *(len(layer.neurons) for layer in self.layers))

    def named_parameters(self) -> dict[str, Value]:
        """Each parameter by its name in books: w1_12 of layer 1 leads from input 2 to neuron 1.

        >>> list(MLP(2, [1, 1]).named_parameters())
        ['w1_11', 'w1_12', 'b1_1', 'w2_11', 'b2_1']

        Layers, neurons and inputs are counted from 1; from 10 on they stand apart, as in w1_10_2.
        """
        return dict(zip(parameter_names(self.shape), self.parameters())) if self.layers else {}

    def label(self) -> None:
        """Give each parameter its name as label; from now on also x1 to inputs that are numbers, z1_2 and a1_2.

        A picture or a derivation by level "named" then shows the network line by line, as a book does.
        """
        self.labelled = True
        for name, parameter in self.named_parameters().items():
            parameter.label = name

    def predict(self, X: Any) -> NDArray[Any]:
        """What comes out for each row of X, as numbers: shape (samples,), or (samples, outputs) for several.

        >>> MLP.from_arrays([[[2, -1]]], [[0.5]], "linear").predict([[1, 2], [3, 4]]).tolist()
        [0.5, 2.5]

        X  an array of shape (samples, inputs); one sample is [x]
        The numbers are those of calling the network, to the bit; nothing is recorded, so `z` and `a` of the
        layers stay those of the last call. Raises GraphError for another shape.
        """
        if type(self) is not MLP or not self.layers or {type(each) for each in self.layers} != {Layer}:
            return super().predict(X)
        import numpy as np

        a = as_table(X, self.shape[0])
        with np.errstate(all="ignore"):
            for w, b, name in zip(*self.arrays()):
                z = np.tile(b, (len(a), 1))
                for k in range(w.shape[1]):  # one input after the other, as `affine` adds them
                    z += a[:, k : k + 1] * w[:, k]
                a = activated(name, z)
        return a[:, 0] if a.shape[1] == 1 else a

    # ── as arrays and as files ──

    def arrays(self) -> Arrays:
        """Copies of the weights, W of shape (nout, nin), the biases and the activations, layer by layer."""
        import numpy as np

        return Arrays(
            [np.array([[w.data for w in neuron.w] for neuron in layer.neurons]) for layer in self.layers],
            [np.array([neuron.b.data for neuron in layer.neurons]) for layer in self.layers],
            [layer.activation for layer in self.layers],
        )

    @classmethod
    def from_arrays(
        cls, weights: Sequence[Any], biases: Sequence[Any], activations: str | Sequence[str], **options: Any
    ) -> MLP:
        """The network with these numbers; `MLP.from_arrays(*model.arrays())` is a copy.

        >>> model = MLP.from_arrays([[[0.2, 0.4], [0.3, 0.7]], [[0.6, 0.9]]], [[0.1, 0.2], [0.3]], "sigmoid")
        >>> round(model([0.5, 0.1]).data, 4)
        0.7648

        weights      for each layer W of shape (neurons, inputs)     biases  for each layer b of shape (neurons,)
        activations  a name for each layer, the last one too; one name is for all of them
        options      `expanded` and `labels`, as in MLP
        Raises GraphError for shapes that do not fit together, with the layer.
        """
        found = checked(weights, biases, activations)
        nin, *nouts = found.shape
        model = cls(nin, nouts, found.activations, init="zeros", **options)
        numbers = (x for w, b in zip(found.weights, found.biases) for row, last in zip(w, b) for x in (*row, last))
        for parameter, number in zip(model.parameters(), numbers):
            parameter.data = number
        return model

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a file of readable JSON, whole or not at all; what was there before is replaced.

        Raises GraphError for a `level` that is no finite number, OSError for a path where no file can be.
        """
        write(path, Checkpoint(self.shape, tuple(self.arrays().activations), self.state_dict(), self.level))

    @classmethod
    def load(cls, path: str | os.PathLike[str], **options: Any) -> MLP:
        """The network that `save` wrote, its numbers to the bit; nothing in the file is run.

        options  `expanded` and `labels`, as in MLP
        Raises GraphError for a file of another kind or version, or whose names, shape and numbers do not fit.
        """
        found = read(path)
        nin, *nouts = found.shape
        model = cls(nin, nouts, found.activations, init="zeros", **options)
        model.load_state_dict(found.parameters)
        model.level = found.level
        return model

    # ── as a sheet and back ──

    def sheet(self, x: Any, y: Any = None, loss: str = "mse") -> Any:
        """The network as a sheet: its numbers, its layers in the lecture's notation, and its loss.

        >>> model = MLP.from_arrays([[[0.2, 0.4], [0.3, 0.7]], [[0.6, 0.9]]], [[0.1, 0.2], [0.3]], "sigmoid")
        >>> sheet = model.sheet([0.5, 0.1], 1, loss="bce")
        >>> print(sheet.text)
        title   A network of 2 → 2 → 1
        <BLANKLINE>
        input   x = [0.5, 0.1]
        target  y = 1
        param   W1 = [0.2 0.4; 0.3 0.7], b1 = [0.1, 0.2]
        param   W2 = [0.6 0.9], b2 = 0.3
        <BLANKLINE>
        z1 = W1 @ x + b1
        a1 = sigmoid(z1)
        z2 = W2 @ a1 + b2
        a2 = sigmoid(z2)
        <BLANKLINE>
        L = −y ln a2 − (1 − y) ln(1 − a2)
        <BLANKLINE>

        x     the inputs of one sample, or an array of shape (samples, inputs)
        y     targets, likewise; classes from 0 for "nll" and "cross_entropy". None for a sheet without a loss
        loss  "mse", "half" (½ of the squares), "bce", "bce_with_logits", "nll" or "cross_entropy"
        Returns a Sheet, whose `text` can be saved; run it, explain it, check it. Raises GraphError for other shapes.
        """
        from .sheets import sheet_of

        return sheet_of(self.arrays(), x, y, loss)

    @classmethod
    def from_sheet(cls, sheet: Any, **options: Any) -> MLP:
        """The network of a sheet whose lines are layers, one after the other; `Sheet.model()` is the same.

        >>> sheet = MLP(2, [3, 1], "tanh", seed=0).sheet([1, 2])
        >>> MLP.from_sheet(sheet)
        MLP of [Layer of [TanhNeuron(2), TanhNeuron(2), TanhNeuron(2)], Layer of [LinearNeuron(3)]]

        options  `expanded` and `labels`, as in MLP
        Raises GraphError where it is no network of layers alone.
        """
        from .sheets import arrays_of

        return cls.from_arrays(*arrays_of(sheet), **options)

    # ── to PyTorch and back ──

    def to_torch(self) -> Any:
        """A `torch.nn.Sequential` of doubles with the same outputs and gradients; see `torch_export.to_torch`."""
        from .torch_export import to_torch

        return to_torch(self.arrays())

    @classmethod
    def from_torch(cls, module: Any, **options: Any) -> MLP:
        """The network of a `torch.nn.Sequential` of Linear layers and activations; see `torch_export.from_torch`.

        options  `expanded` and `labels`, as in MLP
        """
        from .torch_export import from_torch

        return cls.from_arrays(*from_torch(module), **options)

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def per_layer(activation: Any, output: str, layers: int) -> list[str]:
    """One name for each layer. Raises GraphError for another number of names, or two for the last layer."""
    if isinstance(activation, str):
        return [*[activation_named(activation)] * (layers - 1), output][:layers]
    if not isinstance(activation, Iterable):
        hint = (
            did_you_mean(getattr(activation, "__name__", ""), ACTIVATIONS, of_field=True)
            or "; give its name, such as 'tanh'"
        )
        raise GraphError(f"activation is a {type(activation).__name__}, and a name belongs here{hint}")
    names = list(activation)
    if len(names) == layers - 1:
        names.append(output)
    if len(names) != layers:
        remedy = f"give {layers - 1}, and the output apart, or {layers}" if layers > 1 else "give 1"
        raise GraphError(f"{len(names)} activations for {layers} layer{'s' * (layers != 1)}; {remedy}")
    if layers and output not in ("linear", names[-1]):
        raise GraphError(f"the last layer is {names[-1]!r} in the list and {output!r} as output; leave one of them out")
    return names


def named_inputs(x: Iterable[Any]) -> list[Value]:
    """The inputs, those that are numbers as Values called x1, x2, …"""
    return [each if isinstance(each, Value) else Value(each, label=f"x{k}") for k, each in enumerate(x, 1)]


def name_results(layer: Layer, number: int) -> None:
    """z1_2 and a1_2 for neuron 2 of layer 1; what a neuron without activation gives is its a."""
    for letter, values in (("z", layer.z), ("a", layer.a)):
        for j, each in enumerate(values, 1):
            each.label = f"{letter}{number}_{j}"
