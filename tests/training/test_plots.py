"""The plots: what they show, what they are labelled with, and what is wrong with their input."""

from __future__ import annotations

import subprocess
import sys

import pytest
from outside import PATIENCE

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

from matplotlib import pyplot  # noqa: E402  the backend is chosen first

from microgrid import GraphError, nn  # noqa: E402
from microgrid.nn.activations import ACTIVATIONS  # noqa: E402
from microgrid.training.history import Check, Epoch, History  # noqa: E402
from microgrid.training.plots import (  # noqa: E402
    plot_activation,
    plot_activations,
    plot_boundary,
    plot_gradient_norms,
    plot_losses,
)
from microgrid.training.training import accuracy  # noqa: E402

CORNERS, XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


@pytest.fixture(autouse=True)
def _figures():
    yield
    pyplot.close("all")


def history(looks=3):
    epochs = [Epoch(1 / n, 0.5, (0.1 / n, 0.01 / n)) for n in range(1, 7)]
    return History(epochs, [Check(2 * n, abs(n - 2) + 0.5, 0.5) for n in range(1, looks + 1)], "done")


def drawn(ax, path):
    """The picture is drawn, and has its labels."""
    ax.figure.savefig(path / "plot.png")
    assert (path / "plot.png").stat().st_size > 2000
    assert ax.get_xlabel()
    assert ax.get_title()
    return [text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else []


def test_losses(tmp_path):
    ax = plot_losses(history())
    assert drawn(ax, tmp_path) == ["training", "validation", "lowest: 0.5, epoch 4"]
    training, validation, best = ax.get_lines()
    assert list(training.get_xdata()) == [1, 2, 3, 4, 5, 6]
    assert list(validation.get_xdata()) == [2, 4, 6]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (4, 0.5)
    assert drawn(plot_losses(history(looks=0)), tmp_path) == []


def test_losses_over_decades_have_a_logarithmic_scale():
    assert plot_losses(history(0)).get_yscale() == "linear"
    assert plot_losses(History([Epoch(10.0**-n, 0, (1.0,)) for n in range(5)])).get_yscale() == "log"


def labels_in_sight(axis):
    axis.figure.draw_without_rendering()
    low, high = axis.get_view_interval()
    return [tick.label1.get_text() for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


def test_a_logarithmic_scale_has_labels_to_read():
    ax = plot_losses(History([Epoch(each, 0, (1.0,)) for each in (0.55, 0.2, 0.016)]))
    assert labels_in_sight(ax.yaxis) == ["0.03", "0.1", "0.3"]
    ax = plot_gradient_norms(History([Epoch(1.0, 0, (each,)) for each in (0.31, 0.33, 0.38)]))
    assert ax.get_yscale() == "linear"
    assert len(labels_in_sight(ax.yaxis)) >= 3


def test_exact_zeros_lie_below_the_smallest_positive_loss():
    ax = plot_losses(History([Epoch(each, 0, (1.0,)) for each in (1.0, 0.1, 0.0, 1e-3, 0.0)]))
    assert ax.get_yscale() == "symlog"
    zero, *_, thousandth = (ax.transData.transform((0, y))[1] for y in (0.0, 1.0, 1e-3))
    assert ax.bbox.y0 < zero < thousandth - 5
    assert plot_losses(History([Epoch(0.0, 0, (0.0,))] * 3)).get_yscale() == "linear"


def test_a_training_of_one_epoch_can_be_seen():
    short = History(history().epochs[:1], stopped="Ctrl-C in epoch 2")
    assert repr(short) == "<History of 1 epoch, loss 1 → 1: Ctrl-C in epoch 2>"
    for plot in (plot_losses, plot_gradient_norms):
        ax = plot(short)
        assert ax.get_lines()[0].get_marker() == "o"
        assert labels_in_sight(ax.xaxis) == ["1"]


@pytest.mark.parametrize("source", [[1, 2], 3, None])
def test_only_a_history_has_losses_to_plot(source):
    with pytest.raises(GraphError) as caught:
        plot_losses(source)
    what = type(source).__name__
    assert str(caught.value) == f"plot_losses draws a History, not a {what}; give it what fit returned"


def test_axes_of_ones_own_are_used():
    ax = pyplot.subplots()[1]
    assert plot_losses(history(), ax=ax) is ax


def test_gradient_norms_of_a_history(tmp_path):
    ax = plot_gradient_norms(history())
    assert drawn(ax, tmp_path) == ["layer 1", "layer 2"]
    assert list(ax.get_lines()[1].get_ydata()) == pytest.approx([0.01 / n for n in range(1, 7)])
    deep = History([Epoch(1.0, 0, tuple(range(1, 13)))] * 2)
    assert len(drawn(plot_gradient_norms(deep), tmp_path)) == 12


def test_gradient_norms_of_a_network(tmp_path):
    model = nn.MLP(2, [3, 1], activation="tanh", seed=0)
    with pytest.raises(GraphError, match=r"every gradient is 0, or there are no layers; call loss.backward\(\) first"):
        plot_gradient_norms(model)
    model([1, 2]).backward()
    ax = plot_gradient_norms(model)
    drawn(ax, tmp_path)
    expected = [sum(p.grad**2 for p in layer.parameters()) ** 0.5 for layer in model.layers]
    assert list(ax.get_lines()[0].get_ydata()) == pytest.approx(expected)


@pytest.mark.parametrize("output", ["linear", "sigmoid", "tanh"])
@pytest.mark.parametrize("labels", [XOR, [-1, 1, 1, -1]], ids=["0 and 1", "-1 and 1"])
def test_a_boundary_between_two_classes(output, labels, tmp_path):
    model = nn.MLP(2, [4, 1], activation="tanh", output=output, seed=0)
    ax = plot_boundary(model, CORNERS, labels)
    assert drawn(ax, tmp_path) == ["y = 0" if 0 in labels else "y = −1", "y = 1"]
    assert len(ax.collections) >= 3


def test_the_boundary_is_where_the_answer_changes():
    model = nn.MLP.from_arrays([[[1, 0]]], [[-0.25]], "linear")  # x₁ = 0.25
    lines = plot_boundary(model, CORNERS, [0, 0, 1, 1]).collections[1].get_paths()
    assert [x for path in lines for x, _ in path.vertices] == pytest.approx(
        [0.25] * sum(len(path.vertices) for path in lines)
    )


def line_of(ax):
    """Where the line between two classes is, along x₁."""
    return {round(x, 6) for path in ax.collections[1].get_paths() for x, _ in path.vertices}


def test_the_boundary_is_that_of_fit_and_accuracy():
    model = nn.MLP.from_arrays([[[1, 0]]], [[0.25]], "linear")
    assert line_of(plot_boundary(model, CORNERS, [0, 0, 1, 1], threshold=0.75)) == {0.5}
    model.level = 0.5
    assert line_of(plot_boundary(model, CORNERS, [0, 0, 1, 1])) == {0.25}
    assert accuracy(model, CORNERS, [0, 0, 1, 1]) == 1.0
    model = nn.MLP.from_arrays([[[1, 0]]], [[-0.25]], "linear")
    model.level = 0.5
    assert line_of(plot_boundary(model, CORNERS, [-1, -1, 1, 1])) == {0.25}


def overlap(ax):
    """Whether the legend lies over the Axes."""
    ax.figure.draw_without_rendering()
    return ax.get_legend().get_window_extent().overlaps(ax.get_window_extent())


def test_a_legend_covers_no_samples_where_there_is_room_beside():
    model = nn.MLP(2, [1], seed=0)
    assert not overlap(plot_boundary(model, CORNERS, XOR))
    assert not overlap(plot_gradient_norms(history()))
    assert not overlap(plot_activations(nn.MLP(2, [4, 1], seed=0), iter(CORNERS)))
    assert overlap(plot_boundary(model, CORNERS, XOR, pyplot.subplots()[1]))  # it would be cut off


def test_a_boundary_between_several_classes(tmp_path):
    model = nn.MLP(2, [3], seed=0)
    assert drawn(plot_boundary(model, CORNERS, [0, 1, 2, 2]), tmp_path) == ["y = 0", "y = 1", "y = 2"]
    one_hot = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    assert drawn(plot_boundary(model, CORNERS, one_hot), tmp_path) == ["y = 0", "y = 1", "y = 2"]


def test_a_boundary_of_a_network_that_never_changes_its_answer(tmp_path):
    drawn(plot_boundary(nn.MLP(2, [1], init="zeros"), [[1, 1], [1, 2]], [0, 1]), tmp_path)


def test_a_boundary_of_a_function():
    model = nn.MLP.from_arrays([[[1, 0, 5]]], [[-0.25]], "linear")
    ax = plot_boundary(lambda x: model([*x, 0]), CORNERS, [0, 0, 1, 1])
    assert line_of(ax) == {0.25}
    assert plot_boundary(lambda x: x[0] - x[1], iter(CORNERS), (t for t in XOR)).get_title()


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (
            nn.MLP(3, [1], seed=0),
            "the network has 3 inputs, and a boundary is drawn over two; give a function of two, such as lambda x: model([*x, 0])",
        ),
        (
            nn.MLP(1, [1], seed=0),
            "the network has 1 input, and a boundary is drawn over two; plot what comes out for each x",
        ),
        (nn.MLP, "a boundary is that of a network or a function, not of the class MLP; give it nn.MLP(2, [8, 1])"),
        (3, "a boundary is that of a network or a function, not of a int; give it nn.MLP(2, [8, 1])"),
    ],
)
def test_a_boundary_of_something_else(model, text):
    with pytest.raises(GraphError) as caught:
        plot_boundary(model, CORNERS, XOR)
    assert str(caught.value) == text


def test_a_boundary_has_two_inputs():
    with pytest.raises(GraphError) as caught:
        plot_boundary(nn.MLP(3, [1]), [[1, 2, 3]], [1])
    assert str(caught.value) == "X has rows of 3, and a boundary is drawn over two inputs; choose two columns"


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_activations(activation, tmp_path):
    model = nn.MLP(2, [5, 4, 1], activation=activation, seed=0)
    first, second = drawn(plot_activations(model, CORNERS), tmp_path)
    assert first.startswith(f"layer 1, {activation}")
    word = {"relu": "% off", "leaky_relu": "leaky_relu", "linear": "linear", "step": "step"}
    assert second.endswith(word.get(activation, "% saturated"))


def test_the_share_that_is_saturated():
    weights = [[[1.0]], [[1.0]]]
    for activation, share in {
        "tanh": ": 50% saturated",
        "sigmoid": ": 50% saturated",
        "relu": ": 25% off",
        "leaky_relu": "",
        "step": "",
    }.items():
        model = nn.MLP.from_arrays(weights, [[0.0], [0.0]], [activation, "linear"])
        ax = plot_activations(model, [[-9.0], [0.5], [1.0], [9.0]])
        assert ax.get_legend().get_texts()[0].get_text() == f"layer 1, {activation}{share}"


def test_activations_need_a_hidden_layer():
    with pytest.raises(GraphError, match="a network of one layer has no hidden activations"):
        plot_activations(nn.MLP(2, [1]), CORNERS)


@pytest.mark.parametrize("activation", ["relu", "softplus"])
def test_activations_that_overflow(activation):
    model = nn.MLP(2, [3, 3, 1], activation=activation, seed=0)
    for parameter in model.parameters():
        parameter.data = abs(parameter.data) * 1e200
    with pytest.raises(GraphError, match="layer 2 has activations of inf or nan; smaller weights or inputs have"):
        plot_activations(model, CORNERS[1:])


def test_activations_of_a_function():
    with pytest.raises(GraphError, match=r"activations are those of an nn.MLP, not of a function; plot its outputs"):
        plot_activations(lambda x: x, CORNERS)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS.keys() - {"softmax"}))
def test_an_activation_with_its_derivative(name, tmp_path):
    ax = plot_activation(name)
    assert drawn(ax, tmp_path) == ["g(z)", "g′(z)"]
    assert ax.get_ylabel() == "g(z), g′(z)"
    assert ax.get_xlim() == (-6, 6)


def test_no_such_activation():
    with pytest.raises(GraphError, match="no activation is called 'tanhh'; did you mean 'tanh'"):
        plot_activation("tanhh")
    with pytest.raises(GraphError, match="softmax"):
        plot_activation("softmax")


def test_a_history_of_no_epoch():
    for plot in (plot_losses, plot_gradient_norms):
        with pytest.raises(GraphError) as caught:
            plot(History(stopped="Ctrl-C"))
        assert str(caught.value) == "a history of no epoch has nothing to plot: Ctrl-C"


def test_without_matplotlib():
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from microgrid.training.plots import plot_activation\n"
        "try:\n    plot_activation('tanh')\n"
        "except RuntimeError as problem:\n    print(problem)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == 'plots need matplotlib; pip install "microgrid-autograd[plot]"'
