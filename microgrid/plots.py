"""Plots of networks that learn, with matplotlib; each returns its Axes, so that a script can go on from there.

The colours are those of Okabe and Ito, which people with any colour vision tell apart; where lines
or points differ in meaning, they differ in dash or marker too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .activations import activated, activation_named, slopes
from .errors import GraphError, RenderError
from .history import History
from .optim import gradient_norm
from .samples import numbers, samples, sides

__all__ = [
    "plot_activation",
    "plot_activations",
    "plot_boundary",
    "plot_gradient_norms",
    "plot_losses",
]

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#5F5F5F"
PALETTE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, GREY)
MARKERS = "os^Dv*P"
GRID = 120  # points along each side of a boundary's map
SATURATED = 0.05  # a slope below this share of the steepest one counts as saturated


def axes(ax: Any, width: float = 6.4, height: float = 4.0) -> Any:
    """The Axes to draw in, new ones unless there are some. Raises RenderError without matplotlib."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise RenderError('plots need matplotlib; pip install "microgrid-autograd[plot]"') from None
    found = pyplot.subplots(figsize=(width, height), layout="constrained")[1] if ax is None else ax
    found.spines[["top", "right"]].set_visible(False)
    found.grid(color="#E4E4E4", linewidth=0.8)
    found.set_axisbelow(True)
    return found


# ── a training ─────────────────────────────────────────────────────────────────────────────


def plot_losses(history: History, ax: Any = None) -> Any:
    """The training loss and the validation loss, epoch by epoch; the best look is marked.

    history  what `fit` returned        ax  Axes to draw in; new ones without
    Returns the Axes. Raises GraphError for a history of no epoch, RenderError without matplotlib.
    """
    some_epochs(history)
    found = axes(ax)
    epochs = range(1, len(history.epochs) + 1)
    found.plot(epochs, history.losses, color=BLUE, label="training")
    if history.checks:
        marker = "o" if len(history.checks) <= 50 else ""
        line = dict(color=VERMILION, linestyle="--", marker=marker, markersize=4, label="validation")
        found.plot(history.checked, history.validation_losses, **line)
        best = f"lowest: {history.best_loss:.3g}, epoch {history.best_epoch}"
        found.plot([history.best_epoch], [history.best_loss], "*", color="black", markersize=12, label=best, zorder=3)
        found.legend(frameon=False)
    shown = [loss for loss in (*history.losses, *history.validation_losses) if loss > 0]
    if shown and max(shown) > 30 * min(shown):
        found.set_yscale("log")
    found.set(xlabel="epoch", ylabel="loss", title="Loss")
    return found


def some_epochs(history: History) -> None:
    if not history.epochs:
        raise GraphError(f"a history of no epoch has nothing to plot: {history.stopped or 'fit has not run'}")


def plot_gradient_norms(source: Any, ax: Any = None) -> Any:
    """The length of the gradient in each layer: over the epochs of a history, or after a network's last backward.

    source  a History, or a network whose gradients are set
    Returns the Axes; the scale is logarithmic. Raises GraphError where there are no gradients.
    """
    if isinstance(source, History):
        some_epochs(source)
        found = axes(ax)
        columns = list(zip(*source.gradient_norms))
        for i, column in enumerate(columns, 1):
            found.plot(range(1, len(column) + 1), column, color=shade(i, len(columns)), label=f"layer {i}")
        found.legend(frameon=False, ncols=1 + len(columns) // 7)
        found.set_xlabel("epoch")
    else:
        norms = [gradient_norm(layer.parameters()) for layer in getattr(source, "layers", ())]
        if not any(norms):
            raise GraphError("every gradient is 0, or there are no layers; call loss.backward() first")
        found = axes(ax)
        found.plot(range(1, len(norms) + 1), norms, color=BLUE, marker="o")
        found.set_xticks(range(1, len(norms) + 1))
        found.set_xlabel("layer")
    found.set_yscale("log")
    found.set(ylabel="‖∂C/∂θ‖", title="Length of the gradient by layer")
    return found


def shade(number: int, of: int) -> Any:
    """Colours of layers: apart while there are few, from dark to light where the palette ends."""
    from matplotlib import colormaps

    return PALETTE[number - 1] if of <= len(PALETTE) else colormaps["cividis"]((number - 1) / of)


# ── a network ──────────────────────────────────────────────────────────────────────────────


def plot_boundary(model: Any, X: Any, y: Any, ax: Any = None) -> Any:
    """What a network of two inputs answers over the plane, with the samples on top.

    X  shape (samples, 2)        y  a label for each: 0 and 1, -1 and 1, or the index of a class
    Returns the Axes. Raises GraphError for another number of inputs, RenderError without matplotlib.
    """
    import numpy as np

    points = np.array([each.x for each in samples(X, y)])
    if points.shape[1] != 2:
        raise GraphError(
            f"X has rows of {points.shape[1]}, and a boundary is drawn over two inputs; choose two columns"
        )
    labels = numbers(y, "y")
    labels = labels.argmax(axis=1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.ravel()
    found = axes(ax, 5.4, 4.4)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, 0.12 * (high - low), 1.0)
    xs, ys = (np.linspace(a, b, GRID) for a, b in zip(low - margin, high + margin))
    mesh = np.meshgrid(xs, ys)
    outs = np.asarray(model.predict(np.stack([each.ravel() for each in mesh], axis=1)))
    if outs.ndim == 1:
        two_classes(found, mesh, outs.reshape(GRID, GRID), level_of(model, labels))
    else:
        several_classes(found, mesh, outs.reshape(GRID, GRID, -1))
    for i, label in enumerate(sorted(set(labels.tolist()))):
        chosen = points[labels == label]
        dots = dict(c=PALETTE[i % 7], marker=MARKERS[i % 7], s=26, edgecolors="white", linewidths=0.7)
        found.scatter(chosen[:, 0], chosen[:, 1], label=f"y = {label:g}", **dots)
    found.legend(frameon=True, framealpha=0.9, edgecolor="none")
    found.grid(visible=False)
    found.set(xlabel="x₁", ylabel="x₂", title="Decision boundary", xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
    return found


def level_of(model: Any, labels: Any) -> float:
    """Where the answer changes: at ½ of a probability, at 0 of a logit or of a sign."""
    return 0.5 if sides(model)[1] in ("sigmoid", "step") and labels.min() >= 0 else 0.0


def two_classes(found: Any, mesh: Sequence[Any], outs: Any, level: float) -> None:
    """Shades on both sides of the level, and the line where the answer changes."""
    from matplotlib.colors import LinearSegmentedColormap

    width = min(max(abs(outs - level).max(), 1e-12), 0.5 if level else 3.0)
    colours: list[Any] = [light(BLUE, 0.45), "white", light(VERMILION, 0.45)]
    shades = LinearSegmentedColormap.from_list("", colours)
    found.pcolormesh(*mesh, outs, cmap=shades, vmin=level - width, vmax=level + width, shading="auto", rasterized=True)
    if outs.min() < level < outs.max():
        found.contour(*mesh, outs, levels=[level], colors="black", linewidths=1.4)


def several_classes(found: Any, mesh: Sequence[Any], outs: Any) -> None:
    """A colour for each class, and lines where its output and the largest other are equal."""
    import numpy as np
    from matplotlib.colors import ListedColormap

    count = outs.shape[-1]
    shades = ListedColormap([light(PALETTE[i % 7], 0.35) for i in range(count)])
    classes = outs.argmax(axis=-1)
    found.pcolormesh(*mesh, classes, cmap=shades, vmin=-0.5, vmax=count - 0.5, shading="auto", rasterized=True)
    for i in range(count):
        ahead = outs[..., i] - np.delete(outs, i, axis=-1).max(axis=-1)
        if ahead.min() < 0 < ahead.max():
            found.contour(*mesh, ahead, levels=[0], colors="black", linewidths=1.0)


def light(colour: str, amount: float) -> tuple[float, ...]:
    """The colour mixed with white."""
    from matplotlib.colors import to_rgb

    return tuple(1 - amount * (1 - each) for each in to_rgb(colour))


def plot_activations(model: Any, X: Any, ax: Any = None) -> Any:
    """How the activations of each hidden layer are spread over the samples, and which share is saturated.

    saturated: |g′(z)| below 5 % of its largest value. For ReLU: g′(z) = 0, the neuron is off

    X  shape (samples, inputs)        ax  Axes to draw in; new ones without
    Returns the Axes. Raises GraphError for a network without hidden layers, RenderError without matplotlib.
    """
    import numpy as np

    rows = [each.x for each in samples(X, [0.0] * len(X), sides(model)[0])]
    weights, biases, names = model.arrays()
    if len(names) < 2:
        raise GraphError("a network of one layer has no hidden activations; give it one, as in nn.MLP(2, [8, 1])")
    found = axes(ax)
    a = np.array(rows)
    for i, (w, b, name) in enumerate(zip(weights[:-1], biases, names), 1):
        z = a @ w.T + b
        a = activated(name, z)
        label = f"layer {i}, {name}: {saturation(name, z, a):.0%} saturated"
        bins = np.histogram_bin_edges(a.ravel(), bins=40)
        shares = dict(weights=np.full(a.size, 100 / a.size), histtype="step", linewidth=1.8)
        found.hist(a.ravel(), bins=bins, color=shade(i, len(names) - 1), label=label, **shares)
    found.legend(frameon=False)
    found.set(xlabel="activation a = g(z)", ylabel="% of neurons × samples", title="Activations of the hidden layers")
    return found


def saturation(name: str, z: Any, a: Any) -> float:
    """The share of neurons × samples whose slope is nearly 0; for softmax the slope a (1 − a), at most ¼."""
    steep = a * (1 - a) * 4 if name == "softmax" else slopes(name, z) * (4 if name == "sigmoid" else 1)
    return float((abs(steep) < SATURATED).mean())


def plot_activation(name: str, ax: Any = None) -> Any:
    """An activation and its derivative over [-6, 6].

    name  such as "tanh", "sigmoid" or "relu"
    Returns the Axes. Raises GraphError for softmax, and for a name that is not there.
    """
    import numpy as np

    z = np.linspace(-6, 6, 1201)
    slope = slopes(activation_named(name), z)
    found = axes(ax)
    found.axhline(0, color=GREY, linewidth=0.8)
    found.axvline(0, color=GREY, linewidth=0.8)
    found.plot(z, activated(name, z), color=BLUE, linewidth=2, label="g(z)")
    found.plot(z, slope, color=VERMILION, linewidth=2, linestyle="--", label="g′(z)")
    found.legend(frameon=False)
    found.set(xlabel="z", title=f"{name} and its derivative", xlim=(-6, 6))
    return found
