"""Plots of networks that learn, with matplotlib; each returns its Axes, so that a script can go on from there.

The colours are those of Okabe and Ito, which people with any colour vision tell apart; where lines
or points differ in meaning, they differ in dash or marker too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.errors import GraphError, RenderError
from microgrid.nn.activations import activated, activation_named, slopes
from microgrid.nn.samples import answers, level_of, numbers, samples, sides

from .history import History
from .optim import gradient_norm

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
DASHES = ("-.", "-", "--", ":")  # of layers, from 1
GRID = 120  # points along each side of a boundary's map
SATURATED = 0.05  # a slope below this share of the steepest one counts as saturated
FLAT = {"relu": "off", "linear": "", "leaky_relu": "", "step": ""}  # what flat parts are called, unless saturated
DECADE = 30  # numbers further apart have a logarithmic scale


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
    Returns the Axes; the scale is logarithmic where losses are far apart.
    Raises GraphError for a history of no epoch, RenderError without matplotlib.
    """
    some_epochs(history, "plot_losses")
    found = axes(ax)
    epochs = range(1, len(history.epochs) + 1)
    found.plot(epochs, history.losses, color=BLUE, marker=dots(history.losses), markersize=4, label="training")
    if history.checks:
        line = dict(color=VERMILION, linestyle="--", marker=dots(history.checks), markersize=4, label="validation")
        found.plot(history.checked, history.validation_losses, **line)
        best = f"lowest: {history.best_loss:.3g}, epoch {history.best_epoch}"
        found.plot([history.best_epoch], [history.best_loss], "*", color="black", markersize=12, label=best, zorder=3)
        found.legend(frameon=False)
    scale(found, (*history.losses, *history.validation_losses))
    whole_ticks(found, len(epochs))
    found.set(xlabel="epoch", ylabel="loss", title="Loss")
    return found


def some_epochs(history: Any, plot: str) -> None:
    if not isinstance(history, History):
        raise GraphError(f"{plot} draws a History, not a {type(history).__name__}; give it what fit returned")
    if not history.epochs:
        raise GraphError(f"a history of no epoch has nothing to plot: {history.stopped or 'fit has not run'}")


def dots(points: Sequence[Any]) -> str:
    """A dot for each of a few points: a line through one alone has no length."""
    return "o" if len(points) <= 20 else ""


def scale(found: Any, shown: Sequence[float]) -> None:
    """A logarithmic scale for positive numbers far apart, with exact zeros below them, and labels one can read."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    positive = [number for number in shown if number > 0]
    if not positive or max(positive) <= DECADE * min(positive) or min(shown) < 0:
        return
    if min(shown) == 0:
        smallest = max(min(positive), 1e-6 * max(positive))
        found.set_yscale("symlog", linthresh=smallest)
        found.set_ylim(bottom=-smallest / 10)  # so that a line along 0 is seen
        return
    found.set_yscale("log")
    if max(positive) < 1000 * min(positive):
        found.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        found.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
        found.yaxis.set_minor_formatter(NullFormatter())


def whole_ticks(found: Any, count: int) -> None:
    """Epochs and layers are counted: no tick lies between two of them."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    found.xaxis.set_major_locator(
        FixedLocator([1]) if count == 1 else MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True)
    )


def key_beside(found: Any) -> None:
    """The legend to the right of the Axes, off what is drawn; inside where nothing makes room for it."""
    if found.figure.get_layout_engine() is None:
        found.legend(loc="upper right", framealpha=0.9, edgecolor="none")  # "best" may take its time
    else:
        found.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def plot_gradient_norms(source: Any, ax: Any = None) -> Any:
    """The length of the gradient in each layer: over the epochs of a history, or after a network's last backward.

    source  a History, or a network whose gradients are set
    Returns the Axes; the scale is logarithmic where lengths are far apart. Raises GraphError where there are none.
    """
    if isinstance(source, History):
        some_epochs(source, "plot_gradient_norms")
        found = axes(ax)
        columns = list(zip(*source.gradient_norms))
        for i, column in enumerate(columns, 1):
            line = dict(color=shade(i, len(columns)), linestyle=DASHES[i % 4], marker=dots(column), markersize=4)
            found.plot(range(1, len(column) + 1), column, label=f"layer {i}", **line)
        key_beside(found)
        scale(found, [norm for column in columns for norm in column])
        whole_ticks(found, len(source.epochs))
        found.set_xlabel("epoch")
    else:
        norms = [gradient_norm(layer.parameters()) for layer in getattr(source, "layers", ())]
        if not any(norms):
            raise GraphError("every gradient is 0, or there are no layers; call loss.backward() first")
        found = axes(ax)
        found.plot(range(1, len(norms) + 1), norms, color=BLUE, marker="o")
        scale(found, norms)
        whole_ticks(found, len(norms))
        found.set_xlabel("layer")
    found.set(ylabel="‖∂C/∂θ‖", title="Length of the gradient by layer")
    return found


def shade(number: int, of: int) -> Any:
    """Colours of layers: apart while there are few, from dark to light where the palette ends."""
    from matplotlib import colormaps

    return PALETTE[number - 1] if of <= len(PALETTE) else colormaps["cividis"]((number - 1) / of)


# ── a network ──────────────────────────────────────────────────────────────────────────────


def plot_boundary(model: Any, X: Any, y: Any, ax: Any = None, threshold: float | None = None) -> Any:
    """What a network of two inputs answers over the plane, with the samples on top.

    model      a network, or a function of a row [x₁, x₂]; it is asked at 14,400 points
    X          shape (samples, 2)        y  a label for each: 0 and 1, -1 and 1, or the index of a class
    threshold  from which output on the answer is 1, where the line is drawn; unless told as in `accuracy`
    Returns the Axes. Raises GraphError for another number of inputs, RenderError without matplotlib.
    """
    import numpy as np

    table, labels = numbers(X, "X"), numbers(y, "y")
    points = np.array([each.x for each in samples(table, labels)])
    refuse_other_inputs(model, points.shape[1])
    labels = labels.argmax(axis=1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.ravel()
    found = axes(ax, 5.4, 4.4)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.where(high > low, 0.12 * (high - low), 1.0)
    xs, ys = (np.linspace(a, b, GRID) for a, b in zip(low - margin, high + margin))
    mesh = np.meshgrid(xs, ys)
    rows = samples(np.stack([each.ravel() for each in mesh], axis=1), np.zeros(GRID**2))
    outs = np.array(answers(model, rows))
    if outs.shape[1] == 1:
        level = level_of(model, labels.tolist()) if threshold is None else threshold
        two_classes(found, mesh, outs.reshape(GRID, GRID), level)
    else:
        several_classes(found, mesh, outs.reshape(GRID, GRID, -1))
    for i, label in enumerate(sorted(set(labels.tolist()))):
        chosen = points[labels == label]
        style = dict(c=PALETTE[i % 7], marker=MARKERS[i % 7], s=30, edgecolors="white", linewidths=0.7, zorder=3)
        found.scatter(chosen[:, 0], chosen[:, 1], label=f"y = {label:g}".replace("-", "−"), **style)
    found.grid(visible=False)
    found.set(xlabel="x₁", ylabel="x₂", title="Decision boundary", xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
    key_beside(found)
    return found


def refuse_other_inputs(model: Any, columns: int) -> None:
    """Raise GraphError for what does not answer over a plane."""
    if isinstance(model, type) or not callable(model):
        name = f"the class {model.__name__}" if isinstance(model, type) else f"a {type(model).__name__}"
        raise GraphError(f"a boundary is that of a network or a function, not of {name}; give it nn.MLP(2, [8, 1])")
    if columns != 2:
        raise GraphError(f"X has rows of {columns}, and a boundary is drawn over two inputs; choose two columns")
    inputs = sides(model)[0]
    if inputs not in (None, 2):
        remedy = f"give a function of two, such as lambda x: model([*x{', 0' * (inputs - 2)}])" if inputs > 2 else ""
        fact = f"the network has {inputs} input{'s' * (inputs != 1)}, and a boundary is drawn over two"
        raise GraphError(f"{fact}; {remedy or 'plot what comes out for each x'}")


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
    """How the activations of each hidden layer are spread over the samples, and which share lets no gradient through.

    saturated: |g′(z)| below 5 % of its largest value        off, of a ReLU: g′(z) = 0

    X  shape (samples, inputs)        ax  Axes to draw in; new ones without
    Returns the Axes. Raises GraphError for a network without hidden layers, RenderError without matplotlib.
    """
    import numpy as np

    table = numbers(X, "X")
    rows = [each.x for each in samples(table, np.zeros(len(np.atleast_1d(table))), sides(model)[0])]
    if not hasattr(model, "arrays"):
        raise GraphError(f"activations are those of an nn.MLP, not of a {type(model).__name__}; plot its outputs")
    weights, biases, names = model.arrays()
    if len(names) < 2:
        raise GraphError("a network of one layer has no hidden activations; give it one, as in nn.MLP(2, [8, 1])")
    found = axes(ax)
    a = np.array(rows)
    for i, (w, b, name) in enumerate(zip(weights[:-1], biases, names), 1):
        with np.errstate(all="ignore"):
            z = a @ w.T + b
            a = activated(name, z)
        if not np.isfinite(a).all():
            raise GraphError(f"layer {i} has activations of inf or nan; smaller weights or inputs have finite ones")
        word = FLAT.get(name, "saturated")
        label = f"layer {i}, {name}" + (f": {saturation(name, z, a):.0%} {word}" if word else "")
        bins = np.histogram_bin_edges(a.ravel(), bins=40)
        shares = dict(weights=np.full(a.size, 100 / a.size), histtype="step", linewidth=1.8)
        found.hist(a.ravel(), bins=bins, color=shade(i, len(names) - 1), label=label, **shares)
    key_beside(found)
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
    found.set(xlabel="z", ylabel="g(z), g′(z)", title=f"{name} and its derivative", xlim=(-6, 6))
    return found
