"""Networks as sheets, and sheets as networks: the same numbers, to the bit."""

import pytest
from microgrid.losses import bce, bce_with_logits, cross_entropy, mse, nll
from sheets import DEMOS

from microgrid import Sheet, matrices, nn
from microgrid.answers import check
from microgrid.errors import GraphError
from microgrid.nn.sheets import SHEET_LOSSES

SHAPES = ([2, 3, 1], [1, 1], [1, 4, 2], [3, 1, 2], [2, 2, 2, 3], [4, 1, 1])
CASES = [
    (shape, activation, output)
    for shape in SHAPES
    for activation, output in (("tanh", "linear"), ("relu", "sigmoid"), ("sigmoid", "softmax"))
    if output != "softmax" or shape[-1] > 1
]


def network(shape, activation, output, seed=3):
    return nn.MLP(shape[0], shape[1:], activation, output, seed=seed)


@pytest.mark.parametrize(("shape", "activation", "output"), CASES)
def test_a_network_and_its_sheet_have_the_same_numbers(shape, activation, output):
    model = network(shape, activation, output)
    x, y = [0.3 * k - 0.5 for k in range(1, shape[0] + 1)], [0.25 * k for k in range(shape[-1])]
    here = model.sheet(x, y, loss="half").run().rounds[0]
    out = model(x)
    outputs = out if isinstance(out, list) else [out]
    last = f"a{len(shape) - 1}"
    names = [f"{last}[{k}]" for k in range(1, shape[-1] + 1)] if shape[-1] > 1 else [last]
    assert [here[name].data for name in names] == [each.data for each in outputs]
    loss = sum((a - t) ** 2 for a, t in zip(outputs, y)) / 2
    model.zero_grad()
    loss.backward()
    slopes = {name: here.derivative("L", name) for name in here.sheet.params}
    theirs = [parameter.grad for layer in model.layers for parameter in in_sheet_order(layer)]
    assert list(slopes.values()) == pytest.approx(theirs, rel=1e-12, abs=1e-15)


def in_sheet_order(layer):
    """W row by row, then b."""
    return [w for neuron in layer.neurons for w in neuron.w] + [neuron.b for neuron in layer.neurons]


@pytest.mark.parametrize(("shape", "activation", "output"), CASES)
def test_a_sheet_comes_back_as_the_network(shape, activation, output):
    model = network(shape, activation, output)
    back = model.sheet([0.5] * shape[0], [0.0] * shape[-1]).model()
    assert repr(back) == repr(model)
    assert [each.data for each in back.parameters()] == [each.data for each in model.parameters()]


@pytest.mark.parametrize(("shape", "activation", "output"), CASES[::2])
def test_matrices_as_a_sheet_are_all_right(shape, activation, output):
    model = network(shape, activation, output)
    out = model([0.4 * k - 0.7 for k in range(1, shape[0] + 1)])
    loss = sum((a - 0.3) ** 2 for a in (out if isinstance(out, list) else [out]))
    loss.backward()
    verdicts = [answer.verdict for answer in check(matrices(model).sheet().run())]
    assert set(verdicts) <= {"exact", "proved"} and verdicts.count("proved") >= 3 * (len(shape) - 1)


LOSSES = {"mse": mse, "bce": bce, "bce_with_logits": bce_with_logits, "nll": nll, "cross_entropy": cross_entropy}
OUTPUTS = {"bce": "sigmoid", "nll": "softmax"}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_those_of_training(name):
    wide = name in ("nll", "cross_entropy")
    model = nn.MLP(2, [3, 3 if wide else 1], "tanh", OUTPUTS.get(name, "linear"), seed=5)
    X, Y = [[0.5, -1.0], [0.2, 0.4], [1.0, 1.0]], [1, 0, 2] if wide else [1, 0, 1]
    run = model.sheet(X, Y, loss=name).run()
    mean = sum(LOSSES[name](model(x), y) for x, y in zip(X, Y)) / 3
    assert run.rounds[0][run.sheet.loss].data == pytest.approx(mean.data, rel=1e-14)
    assert {*LOSSES, "half"} == SHEET_LOSSES.keys()


def test_the_layers_of_a_worked_example_are_a_network():
    model = Sheet.read(DEMOS / "delta_identities.sheet").model(labels=True)
    assert [layer.activation for layer in model.layers] == ["sigmoid"] * 3
    run = Sheet.read(DEMOS / "two_input_matrices.sheet").run()
    assert run.sheet.model()([0.5, 0.1]).data == run.rounds[0]["ŷ"].data
    assert Sheet.read(DEMOS / "softmax_samples.sheet").model().shape == (2, 3)


def test_the_first_layer_takes_what_is_put_together_and_an_activation_may_stand_in_the_next_line():
    text = (
        "samples x1 x2 | y\n0.5 0.1 | 1\n1 -2 | 0\n\nparam W = [0.2 0.4; 0.3 0.7; 1 2], b = [0.1, 0.2, 0], v = [0.5 1 -1], c = 1\n"
        "z = W @ [x1, x2] + b\np = σ(v @ tanh(z) + c)\nL = (p − y)²"
    )
    run = Sheet.parse(text).run()
    model = run.sheet.model()
    assert (model.shape, [layer.activation for layer in model.layers]) == ((2, 3, 1), ["tanh", "sigmoid"])
    assert model([1, -2]).data == run.rounds[0]["p at sample 2"].data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("param w = 2\nL = w^2", "s is no network of layers: no line is like z = W @ x + b, with params W and b"),
        (
            "input x = [1, 2]\nparam W = [1 2; 3 4], b = [0, 0], c = 1\nz = W @ x + b\nL = c*sum(z)",
            "s is no network of layers alone: c is a param of none",
        ),
        (
            "input x = [1, 2]\nparam W = [1 2; 3 4], b = [0, 0]\nz = W @ x + b\na = tanh(z)\nq = W @ x + b\nL = a·q",
            "s is no network of layers one after the other: q takes x, and what the layer before gives is a",
        ),
        (
            "input x = [1, 2]\nparam W = [1 2; 3 4], b = [0, 0]\nz = W @ x + b\na = tanh(z)\nh = relu(a)\nL = h·h",
            "s is no network of layers one after the other: h is relu of a, which is tanh already; a layer has one activation",
        ),
    ],
)
def test_other_sheets_are_no_networks(text, message):
    with pytest.raises(GraphError) as error:
        Sheet.parse(text, "s").model()
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("x", "y", "loss", "message"),
    [
        ([1, 2], 1, "mea", "no loss of a sheet is called 'mea'; did you mean 'mse'?"),
        ([1, 2, 3], 1, "mse", "X has the shape (1, 3), and (samples, 2) belongs here; a row has one number per input"),
        ([1, 2], "a", "mse", "y is 'a', and 1 × 1 numbers belong here, a row for each sample"),
        ([1, 2], [1, 2], "mse", "y has 2 numbers, and 1 × 1 belong here, a row for each sample"),
    ],
)
def test_what_does_not_fit_is_said(x, y, loss, message):
    with pytest.raises(GraphError) as error:
        nn.MLP(2, [1], seed=0).sheet(x, y, loss)
    assert str(error.value) == message
