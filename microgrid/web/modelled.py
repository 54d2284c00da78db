"""A model with its samples as one graph: the loss of one sample, whose leaves are set to those of any other.

The page shows that graph, and trains on all samples: what it needs besides is here as plain data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from microgrid.engine import Graph, Value
from microgrid.errors import GraphError, type_named
from microgrid.nn import MLP
from microgrid.nn.samples import Sample
from microgrid.training.losses import LOSSES
from microgrid.training.training import prepared

__all__ = ["Modelled", "modelled"]

MOST_SAMPLES = 2000


class Modelled(NamedTuple):
    """The loss of the first sample, its leaves, and all samples.

    loss     the root of the graph         inputs, targets  its leaves
    samples  what stands in the leaves for each sample, the inputs first
    labels   what each sample is, for its colour: a class, or a number
    """

    loss: Value
    inputs: list[Value]
    targets: list[Value]
    outputs: list[Value]
    samples: list[tuple[list[float], list[float]]]
    labels: list[float]
    level: float | None
    name: str

    def data(self, graph: Graph) -> dict[str, Any]:
        """All of it for the page, by places in the graph."""
        place = graph.index
        return {
            "inputs": [place[each] for each in self.inputs],
            "targets": [place[each] for each in self.targets],
            "outputs": [place[each] for each in self.outputs],
            "X": [x for x, _ in self.samples],
            "y": [y for _, y in self.samples],
            "labels": self.labels,
            "level": self.level,
            "loss": self.name,
        }


def modelled(model: Any, X: Any, y: Any, loss: str | Callable[[Any, Any], Value] = "mse") -> Modelled:
    """A network's loss at its first sample, recorded once, with books' names.

    Raises GraphError for another model than an MLP, and for samples and targets that do not fit it or the loss.
    """
    if not isinstance(model, MLP):
        raise GraphError(f"a page of samples is that of an nn.MLP, not of {type_named(model)}; give it loss alone")
    copy = MLP.from_arrays(*model.arrays(), labels=True)
    found, measure, level = prepared(copy, X, y, loss)
    if len(found) > MOST_SAMPLES:
        raise GraphError(f"{len(found):,} samples; a page holds at most {MOST_SAMPLES:,}; give it some of them")
    inputs = [Value(x, label=f"x{k}", role="input") for k, x in enumerate(found[0].x, 1)]
    outputs = copy(inputs)
    rows = [(each.x, row_of(each, outputs)) for each in found]
    several = len(rows[0][1]) > 1
    targets = [Value(t, label=f"y{k}" if several else "y", role="input") for k, t in enumerate(rows[0][1], 1)]
    root = measured(measure, outputs, targets, found[0])
    return Modelled(
        root, inputs, targets, outputs if isinstance(outputs, list) else [outputs], rows, labels(found),
        level, getattr(measure, "__name__", "loss"),
    )  # fmt: skip


def row_of(sample: Sample, outputs: Any) -> list[float]:
    """What stands in the leaves of a target: of a class one 1 among 0s."""
    if isinstance(sample.target, list):
        return [float(each) for each in sample.target]
    if isinstance(outputs, list):
        return [float(k == sample.target) for k in range(len(outputs))]
    return [float(sample.target)]


def measured(measure: Callable[[Any, Any], Value], outputs: Any, targets: list[Value], sample: Sample) -> Value:
    """The loss over leaves for the target, whatever it is."""
    if isinstance(sample.target, int) and measure not in LOSSES.values():
        raise GraphError("a loss of your own cannot be set to another class; make y one-hot as in np.eye(k)[y]")
    root = measure(outputs, targets if isinstance(outputs, list) else targets[0])
    if not isinstance(root, Value):
        raise GraphError(f"the loss gives {type_named(root)}, and a Value belongs here")
    root.label = "L"
    return root


def labels(found: Sequence[Sample]) -> list[float]:
    """What each sample is, for its colour: the class, the number, or of several numbers the largest's place."""
    targets = (each.target for each in found)
    return [float(t.index(max(t)) if isinstance(t, list) else t) for t in targets]
