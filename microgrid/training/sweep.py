"""A whole batch of training as one call: a network and its loss, compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from microgrid.engine import Value
from microgrid.errors import GraphError, counted
from microgrid.formula.printing import told_apart
from microgrid.nn import MLP, Layer, Neuron
from microgrid.nn.samples import Sample
from microgrid.program import Program

from . import losses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from microgrid.program.array_code.runner import Run

__all__ = ["Found", "Sweep", "sweep"]

Found = tuple[list[float], list[list[float]]]  # the loss of each sample, and the outputs for each
CLOSE = 1e-9  # how far the program may be from the graph that it was made from
TRIED = 20  # samples that are tried before it is given up, where their loss is inf or nan


class Sweep:
    """A program whose inputs are those of the network and the targets, and whose outputs are the network's.

    samples  all that will be asked for, each under a name of its own
    """

    def __init__(self, program: Program, outputs: int, samples: Sequence[Sample]) -> None:
        import numpy as np

        self.program = program
        self.table = np.array([[*each.x, *numbers(each.target, outputs)] for each in samples])
        self.place = {each.name: row for row, each in enumerate(samples)}

    def rows(self, batch: Sequence[Sample]) -> NDArray[Any]:
        return self.table[[self.place[each.name] for each in batch]]

    def look(self, batch: Sequence[Sample]) -> Found | None:
        """The loss and the outputs of each sample; None where something is inf or nan.

        Node by node it may well be finite, where a branch that was not taken overflows; or it is not, and
        then the node can be named.
        """
        return self.finite(self.program.run(self.rows(batch)))

    def step(self, batch: Sequence[Sample]) -> Found | None:
        """The same, and in each parameter the sum of the gradients."""
        run = self.program.run(self.rows(batch))
        found = self.finite(run)
        if found:
            for parameter, grad in zip(self.program.params, run.gradient.tolist()):
                parameter.grad = grad
        return found

    def at(self, batch: Sequence[Sample], theta: NDArray[Any]) -> tuple[Found, NDArray[Any]] | None:
        """The same with these numbers as parameters, and the sum of the gradients by them; no Value changes."""
        run = self.program.run(self.rows(batch), theta)
        found = self.finite(run)
        return found and (found, run.gradient)

    def finite(self, run: Run) -> Found | None:
        import numpy as np

        fine = np.isfinite(run.values).all() and np.isfinite(run.gradient).all()
        return (run.values.tolist(), run.outputs.tolist()) if fine and run.outputs is not None else None


def sweep(model: Any, loss: Callable[[Any, Any], Value], samples: Sequence[Sample]) -> Sweep | str:
    """The network and the loss compiled; or why not, in words."""
    other = own_class(model)
    if other is not None:
        return f"{other.__name__} is a class of your own, and what it does may depend on the numbers"
    if loss not in losses.LOSSES.values():
        return f"{getattr(loss, '__name__', 'the loss')} is a function of your own, and may depend on the numbers"
    try:
        made = Sweep(*recorded(model, loss, samples[0]), samples)
        found = next(((each, run) for each in samples[:TRIED] if (run := made.look([each]))), None)
    except GraphError as problem:
        return str(problem).partition(";")[0]  # what to do there is for those who write programs
    if found is None:
        return f"arrays give inf or nan for the loss of {counted(len(samples[:TRIED]), 'sample')}"
    sample, (lost, _) = found
    eager = loss(model(sample.x), sample.target).data
    if abs(lost[0] - eager) > CLOSE * max(1.0, abs(eager)):
        loss_by_nodes, by_arrays = told_apart(eager, lost[0])
        return f"the loss of {sample.name} is {loss_by_nodes}, and {by_arrays} as arrays compute it"
    return made


def own_class(model: Any) -> type | None:
    """A class of the network, of one of its layers or of its neurons that is not nn's own."""
    layers = list(getattr(model, "layers", ()))
    neurons = [neuron for layer in layers for neuron in getattr(layer, "neurons", ())]
    parts = [(model, MLP), *((layer, Layer) for layer in layers), *((neuron, Neuron) for neuron in neurons)]
    return next((type(part) for part, known in parts if type(part) is not known), None)


def recorded(model: MLP, loss: Callable[[Any, Any], Value], sample: Sample) -> tuple[Program, int]:
    """The program of a network and its loss, whose inputs are those of a sample and its targets; its outputs."""
    x = [Value(number) for number in sample.x]
    out = model(x)
    outs = out if isinstance(out, list) else [out]
    targets = [Value(number) for number in numbers(sample.target, len(outs))]
    root = loss(out, targets if isinstance(out, list) else targets[0])
    shared = list(dict.fromkeys(model.parameters()))  # layers may share some
    return Program(root, [*x, *targets], shared, outputs=outs), len(outs)


def numbers(target: Any, outputs: int) -> list[float]:
    """A target as one number for each output; the index of a class as 1 there and 0 elsewhere."""
    if isinstance(target, int) and outputs > 1:
        return [float(k == target) for k in range(outputs)]
    return list(target) if isinstance(target, list) else [target]
