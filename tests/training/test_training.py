"""Training: what networks learn, when it ends, what is restored, and what is wrong with the input."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from outside import PATIENCE
from work import calls

from microgrid import GraphError, NonFiniteError, Value, losses, nn
from microgrid.nn.activations import ACTIVATIONS
from microgrid.nn.samples import judge, level_of, samples, split
from microgrid.training import accuracy, fit
from microgrid.training.optim import SGD, Adam, Cosine, gradient_norm
from microgrid.training.progress import Bar
from microgrid.training.training import refuse_targets

CORNERS, XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
LINE = [[x / 4] for x in range(-8, 9)], [x / 2 + 1 for x in range(-8, 9)]


def moons(count, noise, seed):
    """Two half moons, each around the end of the other; labels -1 and 1."""
    rng = random.Random(seed)
    X, y = [], []
    for i in range(count):
        angle, label = math.pi * rng.random(), i % 2
        point = (1 - math.cos(angle), 0.5 - math.sin(angle)) if label else (math.cos(angle), math.sin(angle))
        X.append([each + rng.gauss(0, noise) for each in point])
        y.append(2 * label - 1)
    return X, y


def squares(prediction, target):
    """A loss of one's own."""
    return (prediction - target) ** 2


def data(model):
    return [p.data for p in model.parameters()]


# ── what networks learn ────────────────────────────────────────────────────────────────────


def test_xor():
    model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
    history = fit(model, CORNERS, XOR, optimizer=Adam(model.parameters(), 0.05), epochs=200)
    assert history.losses[-1] < 1e-4 < 0.1 < history.losses[0]
    assert model.predict(CORNERS) == pytest.approx(XOR, abs=0.05)
    assert history.accuracies[-1] == 1.0
    assert history.stopped == "all 200 epochs are done"
    assert len(history.losses) == len(history.gradient_norms) == len(history.accuracies) == 200
    assert all(len(norms) == 2 for norms in history.gradient_norms)
    assert history.seconds > 0


def test_two_moons():
    X, y = moons(100, noise=0.1, seed=1)
    model = nn.MLP(2, [12, 12, 1], seed=1)
    rate = Cosine(0.03, steps=250)
    history = fit(model, X, y, "hinge", Adam(model.parameters(), rate), epochs=25, batch_size=10, seed=1)
    assert accuracy(model, X, y) >= 0.99
    assert history.accuracies[-1] >= 0.99


def test_three_classes():
    rng = random.Random(2)
    X = [[rng.gauss(3 * (k == 0), 0.5), rng.gauss(3 * (k == 1), 0.5)] for k in range(3) for _ in range(15)]
    y = [k for k in range(3) for _ in range(15)]
    model = nn.MLP(2, [3], seed=0)
    history = fit(model, X, y, "cross_entropy", "adam", epochs=40, batch_size=5, validation=0.2, seed=0)
    assert history.validation_accuracies[-1] == 1.0
    one_hot = [[float(k == each) for k in range(3)] for each in y]
    assert accuracy(model, X, np.array(y)) == accuracy(model, X, one_hot) > 0.95


def test_classes_by_a_softmax_output():
    rng = random.Random(2)
    X = [[rng.gauss(3 * (k == 0), 0.5), rng.gauss(3 * (k == 1), 0.5)] for k in range(3) for _ in range(10)]
    y = [k for k in range(3) for _ in range(10)]
    models = [nn.MLP(2, [3], output=output, seed=0) for output in ("softmax", "linear")]
    by_nll = fit(models[0], X, y, "nll", epochs=30, batch_size=5, seed=0)
    by_logits = fit(models[1], X, y, "cross_entropy", epochs=30, batch_size=5, seed=0)
    assert by_nll.losses == pytest.approx(by_logits.losses, rel=1e-9)
    assert by_nll.losses[-1] < 0.7 * by_nll.losses[0]


def test_several_labels_at_once():
    model = nn.MLP(2, [2], output="sigmoid", seed=0)
    X, y = CORNERS, [[0, 1], [1, 1], [0, 0], [1, 0]]
    history = fit(model, X, y, "bce", SGD(model.parameters(), 2.0), epochs=60)
    assert history.accuracies[0] < accuracy(model, X, y) == 1.0


def test_a_step_is_the_mean_over_the_batch_and_the_penalty():
    X, y = LINE
    models = [nn.MLP(1, [3, 1], activation="tanh", seed=4) for _ in range(2)]
    history = fit(models[0], X, y, optimizer="sgd", epochs=3, regularisation=0.01)
    for number in range(3):
        loss = sum((models[1](x) - t) ** 2 for x, t in zip(X, y)) / len(X)
        penalty = sum(p * p for p in models[1].parameters()) * 0.01
        models[1].zero_grad()
        (loss + penalty).backward()
        norms = [gradient_norm(layer.parameters()) for layer in models[1].layers]
        assert history.losses[number] == pytest.approx(loss.data, rel=1e-12)
        assert history.gradient_norms[number] == pytest.approx(norms, rel=1e-12)
        for p in models[1].parameters():
            p.data -= 0.1 * p.grad
    assert data(models[0]) == pytest.approx(data(models[1]), rel=1e-12)


def test_a_clipped_step_is_as_long_as_clip():
    model = nn.MLP(1, [3, 1], activation="tanh", seed=4)
    before = data(model)
    history = fit(model, *LINE, optimizer=SGD(model.parameters(), 1.0), epochs=1, clip=0.01)
    assert math.dist(before, data(model)) == pytest.approx(0.01)
    assert math.hypot(*history.gradient_norms[0]) > 0.1  # told as it was before


def test_a_network_of_ones_own():
    class Line(nn.Module):
        def __init__(self):
            self.a, self.b = Value(0.0), Value(0.0)

        def parameters(self):
            return [self.a, self.b]

        def __call__(self, x):
            return self.a * x[0] + self.b

    line = Line()
    history = fit(line, *LINE, optimizer="sgd", epochs=200, validation=LINE)
    assert data(line) == pytest.approx([2.0, 1.0])
    assert len(history.gradient_norms[0]) == 1
    assert history.validation_losses[-1] < 1e-9


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad", None])
def test_optimisers_by_name(optimizer):
    history = fit(nn.MLP(1, [1], seed=0), *LINE, optimizer=optimizer, epochs=30)
    assert history.losses[-1] < history.losses[0]
    assert history.best_epoch == 30
    assert history.best_loss == history.losses[-1]


# ── from a seed ────────────────────────────────────────────────────────────────────────────


def run(seed):
    X, y = moons(40, 0.2, seed=5)
    model = nn.MLP(2, [5, 1], seed=9)
    history = fit(model, X, y, "hinge", "adam", epochs=4, batch_size=7, validation=0.25, seed=seed)
    return history.epochs, history.checks, data(model)


def test_the_same_seed_gives_the_same_bits():
    random.seed(1)
    first = run(3)
    random.seed(2)
    assert run(3) == first
    assert run(4) != first


def test_a_fraction_is_held_back_and_nothing_is_lost():
    found = samples([[k] for k in range(20)], list(range(20)))
    training, held = split(found, 0.3, random.Random(0))
    assert (len(training), len(held)) == (14, 6)
    assert sorted(training + held) == sorted(found)
    assert training == sorted(training, key=lambda each: each.target)


# ── early stopping ─────────────────────────────────────────────────────────────────────────


def overfit(**options):
    """A training whose validation loss falls, and then rises."""
    rng = random.Random(7)
    points = [(x / 5, math.sin(x / 2) + rng.gauss(0, 0.4)) for x in range(-10, 11)]
    X, y = [[x] for x, _ in points], [t for _, t in points]
    model = nn.MLP(1, [8, 8, 1], activation="tanh", seed=0)
    optimizer = Adam(model.parameters(), 0.02)
    return (
        model,
        (X[1::2], y[1::2]),
        fit(model, X[::2], y[::2], "mse", optimizer, 200, validation=(X[1::2], y[1::2]), **options),
    )


def test_early_stopping_restores_the_best():
    model, (X, y), history = overfit(patience=3, check_every=10)
    best = history.validation_losses.index(min(history.validation_losses))
    assert history.checked == list(range(10, 10 * len(history.checks) + 1, 10))
    assert len(history.checks) == best + 1 + 3  # three looks after the best
    assert len(history.losses) == history.checked[-1] < 200
    assert all(loss >= history.best_loss for loss in history.validation_losses[-3:])
    assert history.best_epoch == history.checked[best]
    assert np.mean((model.predict(X) - y) ** 2) == pytest.approx(history.best_loss, rel=1e-12)
    assert history.stopped == (
        f"the validation loss has not fallen for 3 looks, in epoch {history.checked[-1]}; "
        f"the parameters are those after epoch {history.best_epoch}, the best"
    )


def test_a_patience_of_1_ends_when_the_loss_starts_to_rise():
    _, _, history = overfit(patience=1, check_every=25)
    *falling, before, last = history.validation_losses
    assert sorted([*falling, before], reverse=True) == [*falling, before]
    assert last >= before == history.best_loss
    assert "has not fallen for 1 look, in epoch" in history.stopped


def test_without_patience_the_last_parameters_stay():
    model, (X, y), history = overfit(check_every=20)
    assert np.mean((model.predict(X) - y) ** 2) == pytest.approx(history.validation_losses[-1], rel=1e-12)
    assert history.validation_losses[-1] > history.best_loss
    assert history.stopped == "all 200 epochs are done"


def test_the_best_comes_back_when_the_epochs_are_over_first():
    model, (X, y), history = overfit(patience=100, check_every=20)
    assert np.mean((model.predict(X) - y) ** 2) == pytest.approx(history.best_loss, rel=1e-12)
    assert (
        history.stopped
        == f"all 200 epochs are done; the parameters are those after epoch {history.best_epoch}, the best"
    )
    assert repr(history).startswith("<History of 200 epochs, loss ")


def breaking(model, problem, after):
    """A loss that raises, or makes a nan, from its so many-th call on."""
    calls = 0

    def loss(prediction, target):
        nonlocal calls
        calls += 1
        if calls > after and problem is KeyboardInterrupt:
            raise KeyboardInterrupt
        found = losses.mse(prediction, target)
        return found * math.nan if calls > after else found

    return loss


@pytest.mark.parametrize("problem", [KeyboardInterrupt, NonFiniteError])
def test_the_best_comes_back_from_ctrl_c_and_from_a_nan(problem):
    model, other = (nn.MLP(1, [3, 1], activation="tanh", seed=0) for _ in range(2))
    X, y = LINE[0][:4], LINE[1][:4]
    rising = ([[x] for x in range(4)], [model([x]).data for x in range(4)])  # it knows these already
    settings = dict(optimizer="sgd", validation=rising, patience=50)
    fit(other, X, y, epochs=1, optimizer="sgd", compiled=False)
    loss = breaking(model, problem, after=(4 + 4) * 5 + 2)
    if problem is NonFiniteError:
        with pytest.raises(NonFiniteError) as caught:
            fit(model, X, y, loss, **settings)
        history = caught.value.history
        assert str(caught.value).endswith("the parameters are those after epoch 1, the best")
        assert history.stopped == "an inf or nan in epoch 6; the parameters are those after epoch 1, the best"
    else:
        history = fit(model, X, y, loss, **settings)
        assert history.stopped == "Ctrl-C in epoch 6, after 5 steps; the parameters are those after epoch 1, the best"
    assert len(history.epochs) == len(history.checks) == 5
    assert history.best_epoch == 1
    assert history.seconds > 0
    assert data(model) == data(other)
    assert all(p.grad == 0 for p in model.parameters())


def test_before_the_first_look_the_last_whole_step_stays():
    model, other = (nn.MLP(1, [1], seed=0) for _ in range(2))
    loss = breaking(model, KeyboardInterrupt, after=17 * 2)
    history = fit(model, *LINE, loss, "sgd", validation=LINE, patience=1, check_every=10)
    fit(other, *LINE, "mse", "sgd", epochs=2, compiled=False)
    assert history.stopped == "Ctrl-C in epoch 3, after 2 steps; the parameters are those after the last"
    assert data(model) == data(other)


# ── compiled, or node by node ──────────────────────────────────────────────────────────────

CLASSES = [[0.0, 0.3], [0.9, 0.1], [0.2, 0.8], [0.7, 0.6], [0.4, 0.9], [0.1, 0.1]], [0, 1, 2, 1, 2, 0]
WAYS = {  # by loss: the outputs, the activation of the last layer, the targets
    "squared_error": (1, "linear", [0.5, 1.0, -2.0, 0.1, 0.0, 3.0]),
    "mse": (2, "tanh", [[0.1, 0.2], [0.5, 0.6], [-0.3, 0.9], [0.0, 0.0], [1.0, -1.0], [0.7, 0.1]]),
    "mae": (1, "softplus", [0.5, 1.0, 2.0, 0.1, 0.0, 3.0]),
    "huber": (1, "linear", [0.5, 1.0, -2.0, 0.1, 0.0, 3.0]),
    "smooth_l1": (2, "tanh", [[0.1, 0.2], [0.5, 0.6], [-0.3, 0.9], [0.0, 0.0], [1.0, -1.0], [0.7, 2.1]]),
    "hinge": (1, "linear", [1, -1, 1, 1, -1, -1]),
    "bce": (1, "sigmoid", [0, 1, 1, 0, 1, 0]),
    "bce_with_logits": (1, "leaky_relu", [0, 1, 1, 0, 0.25, 0]),
    "cross_entropy": (3, "linear", CLASSES[1]),
    "nll": (3, "softmax", CLASSES[1]),
    "multilabel_bce": (2, "linear", [[0, 1], [1, 1], [1, 0], [0, 0], [0, 1], [1, 0]]),
}


@pytest.mark.parametrize("loss", losses.LOSSES)
@pytest.mark.parametrize("settings", [{}, {"batch_size": 4, "regularisation": 0.01, "clip": 0.5}])
def test_compiled_and_node_by_node_are_the_same_training(loss, settings):
    outputs, output, y = WAYS[loss]
    histories = []
    for compiled in (True, False):
        model = nn.MLP(2, [5, 4, outputs], ["tanh", "relu"], output, seed=3)
        found = fit(model, CLASSES[0], y, loss, epochs=12, validation=(CLASSES[0][:4], y[:4]), patience=9, seed=1,
                    compiled=compiled, **settings)  # fmt: skip
        histories.append((found, data(model)))
    (ours, theta), (eager, expected) = histories
    assert (ours.how, eager.how) == ("compiled", "node by node: as you wished")
    assert ours.losses == pytest.approx(eager.losses, rel=1e-10, abs=1e-12)
    assert ours.validation_losses == pytest.approx(eager.validation_losses, rel=1e-10, abs=1e-12)
    assert np.array(ours.gradient_norms) == pytest.approx(np.array(eager.gradient_norms), rel=1e-9, abs=1e-12)
    assert (ours.accuracies, ours.best_epoch, ours.stopped) == (eager.accuracies, eager.best_epoch, eager.stopped)
    assert theta == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_every_activation_is_compiled():
    for name in set(ACTIVATIONS) - {"softmax", "step"}:
        model = nn.MLP(1, [3, 1], activation=name, seed=0)
        assert fit(model, *LINE, epochs=1).how == "compiled"


class Other(nn.MLP):
    """A subclass may compute anything."""


@pytest.mark.parametrize(
    ("model", "loss", "why"),
    [
        (nn.MLP(1, [1], seed=0), lambda prediction, target: losses.mse(prediction, target), "function of your own"),
        (Other(1, [1], seed=0), "mse", "Other is a class of your own"),
    ],
)
def test_what_is_not_compiled_says_why(model, loss, why):
    assert why in fit(model, *LINE, loss, epochs=1).how
    with pytest.raises(GraphError, match=f"nothing to compile: .*{why}.*leave out compiled=True"):
        fit(model, *LINE, loss, epochs=1, compiled=True)


def test_what_cannot_be_compiled_goes_node_by_node_and_says_why(monkeypatch):
    def refuse(*arguments, **settings):
        raise GraphError("a parameter is there twice; leave one out")

    monkeypatch.setattr("microgrid.training.sweep.Program", refuse)
    history = fit(nn.MLP(1, [1], seed=0), *LINE, epochs=2)
    assert history.how == "node by node: a parameter is there twice"
    assert len(history.losses) == 2


@pytest.mark.parametrize("settings", [{}, {"batch_size": 5, "regularisation": 0.01, "seed": 1}])
def test_layers_that_share_their_weights(settings):
    found = []
    for compiled in (None, False):
        model = nn.MLP(1, [3, 3, 3, 1], "tanh", seed=2)
        model.layers[2] = model.layers[1]
        history = fit(model, *LINE, optimizer="sgd", epochs=5, compiled=compiled, **settings)
        found.append([*history.losses, *data(model)])
    assert found[0] == pytest.approx(found[1], rel=1e-10)
    assert history.losses[-1] < history.losses[0]


def test_after_a_training_the_layers_hold_the_first_sample_and_the_parameters_as_they_are():
    for compiled in (None, False):
        model = nn.MLP(1, [3, 1], "tanh", seed=2)
        fit(model, *LINE, epochs=3, compiled=compiled)
        assert model.layers[-1].a[0].data == model(LINE[0][0]).data


def test_a_first_sample_whose_loss_arrays_cannot_tell():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "sigmoid")
    history = fit(model, [[40.0], [1.0], [2.0]], [1, 0, 1], "bce", SGD(model.parameters(), 0.01), epochs=3)
    assert history.how == "compiled; 3 batches node by node, where arrays gave inf or nan"
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "sigmoid")
    history = fit(model, [[40.0]], [1], "bce", epochs=1)
    assert history.how == "node by node: arrays give inf or nan for the loss of 1 sample"


def test_what_overflows_in_a_batch_goes_node_by_node():
    """A bce of p = 1 and a target of 1 has no loss; the product 0 · log 0 of arrays would be nan."""
    histories = []
    for compiled in (True, False):
        model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "sigmoid")
        histories.append(fit(model, [[1.0], [40.0]], [0, 1], "bce", SGD(model.parameters(), 0.01), epochs=3,
                             compiled=compiled))  # fmt: skip
    assert histories[0].losses == pytest.approx(histories[1].losses, rel=1e-12)
    assert math.isfinite(histories[0].losses[-1])


# ── a network that cannot learn ────────────────────────────────────────────────────────────


def test_step_has_no_gradient():
    model = nn.MLP(2, [3, 1], "step", seed=0)
    told = "the gradient of layer 1 is exactly 0, so that it does not move: step has no gradient; take sigmoid or tanh"
    assert told in fit(model, CORNERS, XOR, epochs=3).stopped


TRY = "try other initial weights, leaky_relu or a smaller rate"


def test_a_network_of_dead_relus_is_told():
    model = nn.MLP.from_arrays([[[1.0]], [[1.0]]], [[-9.0], [-1.0]], "relu")
    history = fit(model, [[0], [1]], [0, 1], epochs=3)
    assert history.stopped == f"all 3 epochs are done; the gradient is exactly 0, so that nothing moves: {TRY}"
    assert history.stopped in str(history)


def test_a_dead_layer_is_told():
    model = nn.MLP.from_arrays([[[1.0]], [[1.0]]], [[-9.0], [0.0]], ["relu", "linear"])
    history = fit(model, [[0], [1]], [0, 1], epochs=3, validation=([[1]], [1]), patience=5)
    dead = f"the gradient of layer 1 is exactly 0, so that it does not move: {TRY}"
    assert history.stopped.startswith(f"all 3 epochs are done; {dead}; the parameters are those after epoch ")


def test_a_network_that_has_learned_may_stand_still():
    model = nn.MLP.from_arrays([[[1.0]]], [[-0.5]], "linear")
    history = fit(model, [[-9], [9]], [-1, 1], "hinge", epochs=3)
    assert history.losses[-1] == 0
    assert history.stopped == "all 3 epochs are done"
    assert fit(model, [[-9], [9]], [-1, 1], "hinge", epochs=1).stopped == "the 1 epoch is done"


# ── Ctrl-C ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("call", [0, 3, 4, 9, 10])
def test_ctrl_c_leaves_the_parameters_of_the_last_whole_step(call):
    X, y = LINE[0][:8], LINE[1][:8]
    calls = 0

    def loss(prediction, target):
        nonlocal calls
        calls += 1
        if calls == call + 1:
            raise KeyboardInterrupt
        return losses.mse(prediction, target)

    model, other = (nn.MLP(1, [3, 1], seed=0) for _ in range(2))
    history = fit(model, X, y, loss, "adam", epochs=5, batch_size=2, seed=1)
    steps = call // 2
    epoch = call // 8 + 1
    last = "the parameters are those after the last" if steps else "no parameter has moved"
    assert history.stopped == f"Ctrl-C in epoch {epoch}, after {steps} step{'s' * (steps != 1)}; {last}"
    assert len(history.epochs) == epoch - 1
    calls = -(10**9)
    optimizer, rng = Adam(other.parameters(), 0.01), random.Random(1)
    whole = []
    while len(whole) < steps:
        order = rng.sample(samples(X, y), 8)
        whole += [order[i : i + 2] for i in range(0, 8, 2)]
    for batch in whole[:steps]:
        optimizer.zero_grad()
        for sample in batch:
            loss(other(sample.x), sample.target).backward()
        for p in other.parameters():
            p.grad /= 2
        optimizer.step()
    assert data(model) == data(other)
    assert all(p.grad == 0 for p in model.parameters())


def test_ctrl_c_while_compiling(monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("microgrid.training.descent.sweep", interrupted)
    model = nn.MLP(1, [1], seed=0)
    before = data(model)
    history = fit(model, *LINE)
    assert repr(history) == "<History of no epoch: Ctrl-C before the first step; no parameter has moved>"
    assert data(model) == before


def test_a_history_of_no_epoch():
    def loss(prediction, target):
        raise KeyboardInterrupt

    history = fit(nn.MLP(1, [1]), [[1]], [1], loss)
    assert repr(history) == "<History of no epoch: Ctrl-C in epoch 1, after 0 steps; no parameter has moved>"
    assert (history.best_epoch, history.best_loss) == (0, math.inf)


# ── inf and nan ────────────────────────────────────────────────────────────────────────────

REMEDY = "or smaller inputs; the parameters before the last step are back"
FROM_THE_START = "so it is from the start, at any rate: look at the loss and the inputs"


def logarithm(prediction, target):
    return prediction.log() - target


def test_a_nan_names_the_sample_and_the_node():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    before = data(model)
    with pytest.raises(NonFiniteError) as caught:
        fit(model, [[2], [1], [0], [3]], [0, 0, 0, 0], logarithm)
    text = str(caught.value)
    assert text.startswith("the loss of sample 2 is -inf in epoch 1: log of 0.0 is -inf (")
    assert "test_training.py:" in text
    assert text.endswith(f"log needs a number above 0; {FROM_THE_START}; no parameter has moved")
    assert data(model) == before
    assert "\n" not in text


def test_the_parameters_of_the_last_finite_loss_come_back():
    model = nn.MLP(1, [1], seed=0)
    finite = []

    def loss(prediction, target):
        found = losses.mse(prediction, target)
        if math.isfinite(found.data):
            finite.append(data(model))
        return found

    with pytest.raises(NonFiniteError, match="in epoch") as caught:
        fit(model, [[100.0]], [1.0], loss, SGD(model.parameters(), 1.0), epochs=500)
    assert str(caught.value).endswith(f"try a rate below 1, {REMEDY}")
    assert data(model) == finite[-2]  # the last is that of the start, which the remedy asks for
    assert len(finite) > 5
    assert all(p.grad == 0 for p in model.parameters())


def test_an_infinite_gradient_of_a_finite_loss():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    with pytest.raises(NonFiniteError) as caught:
        fit(model, [[4], [0]], [0, 0], lambda p, t: p.sqrt(), "sgd")
    assert str(caught.value).startswith("the gradient is inf in epoch 1, sample 1: the derivative of sqrt of 0.0 by")


@pytest.mark.parametrize("compiled", [None, False])
@pytest.mark.parametrize("batch_size", [None, 1])
def test_finite_losses_whose_sum_is_not(compiled, batch_size):
    model = nn.MLP.from_arrays([[[1e-160]]], [[0.0]], "linear")
    optimizer = SGD(model.parameters(), 1e-320)
    settings = dict(batch_size=batch_size, seed=0, compiled=compiled)
    with pytest.raises(NonFiniteError, match="the sum of the losses is inf in epoch 1; ") as caught:
        fit(model, [[1e-3]] * 2, [1.1e154] * 2, "mse", optimizer, **settings)
    assert caught.value.history.epochs == []


def test_finite_validation_losses_whose_sum_is_not():
    model = nn.MLP.from_arrays([[[0.0]]], [[0.0]], "linear")
    with pytest.raises(NonFiniteError, match="the sum of the validation losses is inf in epoch 1; "):
        fit(model, [[0.0]], [0.0], "mse", validation=([[0.0]] * 2, [1.1e154] * 2))


@pytest.mark.parametrize("compiled", [None, False])
def test_an_overflow_in_a_wide_network_is_told_in_one_line(compiled):
    rng = random.Random(0)
    X = [[rng.gauss(0, 1e3) for _ in range(64)] for _ in range(20)]
    model = nn.MLP(64, [32, 10], seed=0)
    optimizer = SGD(model.parameters(), 1e3)
    with pytest.raises(NonFiniteError) as caught:
        fit(model, X, [i % 10 for i in range(20)], "cross_entropy", optimizer, batch_size=5, seed=0, compiled=compiled)
    text = str(caught.value)
    assert len(text) <= 250 and "\n" not in text and ".py" not in text
    assert "Layer 2 · neuron " in text and ": affine of 32 inputs, the largest " in text
    assert "beyond the largest double, 1.8e308; try a rate below 1000, or smaller inputs" in text


def test_a_step_out_of_range():
    model = nn.MLP.from_arrays([[[1e308]]], [[0.0]], "linear")
    with pytest.raises(NonFiniteError) as caught:
        fit(model, [[1]], [0], lambda p, t: -p, SGD(model.parameters(), 1e308), epochs=3)
    assert str(caught.value) == f"a parameter left the range of floats in epoch 1; try a rate below 1e+308, {REMEDY}"
    assert data(model) == [1e308, 0.0]


def test_only_steps_that_led_there_blame_the_rate():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    with pytest.raises(NonFiniteError) as caught:  # the first batch is fine, the second never was
        fit(model, [[4], [4], [0]], [0, 0, 0], lambda p, t: p.log() ** 2, "sgd", batch_size=1, seed=1)
    assert str(caught.value).endswith(f"{FROM_THE_START}; the parameters before the last step are back")
    assert caught.value.history.epochs == []


@pytest.mark.parametrize(
    ("loss", "output", "target", "other"),
    [
        ("bce", "sigmoid", [0], "bce_with_logits"),
        ("bce", "sigmoid", [1], "bce_with_logits"),
        ("nll", "softmax", [1], "cross_entropy"),
    ],
)
def test_probabilities_of_0_call_for_logits(loss, output, target, other):
    weights = [[[-1.0 if target == [1] else 1.0]]] if output == "sigmoid" else [[[1.0], [-1.0]]]
    model = nn.MLP.from_arrays(weights, [[0.0] * len(weights[0])], output)
    with pytest.raises(NonFiniteError) as caught:
        fit(model, [[1000]], target, loss)
    wanted = f"take loss='{other}' and a linear output, which is right in every tail; no parameter has moved"
    assert str(caught.value).endswith(wanted)


def test_inf_in_a_parameter_of_a_network_of_ones_own():
    class One:
        w = Value(math.inf)

        def parameters(self):
            return [self.w]

        def __call__(self, x):
            return self.w * x[0]

    with pytest.raises(GraphError, match="parameter 1 is inf before the first step; make the network anew, or set"):
        fit(One(), [[1]], [1])


def test_a_nan_among_the_validation_samples():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    with pytest.raises(
        NonFiniteError, match=r"the loss of validation sample 1 is nan in epoch 1: log of -1.0 is nan; log"
    ):
        fit(model, [[1]], [0], lambda p, t: p.log() ** 2, validation=([[1], [-1]], [0, 0]))


# ── accuracy ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("output", "y", "threshold", "share"),
    [
        ("linear", [0, 0, 1, 1], None, 1.0),  # logits of -0.2, 0, 0.2, 0.6
        ("linear", [0, 0, 0, 1], 0.5, 1.0),
        ("linear", [-1, -1, 1, 1], None, 1.0),
        ("tanh", [-1, 1, 1, 1], None, 0.75),
        ("sigmoid", [0, 1, 1, 1], None, 1.0),  # a probability of ½ counts as 1
        ("step", [0, 0, 1, 1], None, 1.0),
        ("sigmoid", [[0], [1], [1], [0]], None, 0.75),
    ],
)
def test_accuracy_of_one_output(output, y, threshold, share):
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], output)
    assert accuracy(model, [[-0.2], [0], [0.2], [0.6]], y, threshold) == share


def test_a_threshold_counts_for_every_label():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    assert accuracy(model, [[0.2], [0.6]], [-1, 1], threshold=0.5) == 1.0
    assert accuracy(model, [[0.2], [0.6]], [-1, 1]) == 0.5


@pytest.mark.parametrize(
    ("loss", "level", "share"),
    [("mse", 0.5, 1.0), ("squared_error", 0.5, 1.0), ("mae", 0.5, 1.0), ("bce_with_logits", 0.0, 1 / 3)],
)
def test_fit_and_accuracy_judge_alike(loss, level, share):
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    X, y = [[0.2], [0.4], [0.6]], [0, 0, 1]
    history = fit(model, X, y, loss, optimizer=SGD(model.parameters(), 1e-9), epochs=1)
    assert level_of(model) == model.level == level
    assert accuracy(model, X, y) == history.accuracies[0] == pytest.approx(share)


def test_a_level_is_for_labels_of_0_and_1():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    model.level = 0.3
    assert accuracy(model, [[0.2], [0.4]], [0, 1]) == 1.0
    for X, y, loss in [(*LINE, "mse"), ([[-1], [1]], [-1, 1], "mse"), ([[-1], [1]], [0, 1], squares)]:
        model.level = 0.3
        fit(model, X, y, loss, epochs=1)
        assert model.level is None  # what an earlier training said is stale
    assert level_of(model, [-1, 1]) == 0.0
    fit(model, [[-1], [1]], [0, 1], epochs=1)
    assert model.level == 0.5
    assert level_of(nn.MLP(1, [1], output="sigmoid")) == 0.5


def test_a_loss_of_ones_own_has_no_accuracy_unless_something_tells_the_threshold():
    X, y = [[0.2], [0.4], [0.6]], [0, 0, 1]

    def trained(output="linear", **settings):
        model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], output)
        settings = {"optimizer": SGD(model.parameters(), 1e-9), "epochs": 1, **settings}
        return model, fit(model, X, y, squares, validation=(X, y), **settings)

    model, history = trained()
    assert history.accuracies == history.validation_accuracies == [] and math.isnan(history.epochs[0].accuracy)
    assert model.level is None
    model, history = trained(threshold=0.5)
    assert history.accuracies == history.validation_accuracies == [accuracy(model, X, y)] == [1.0]
    assert model.level == 0.5
    assert trained("sigmoid")[1].accuracies == [pytest.approx(1 / 3)]
    model = nn.MLP(1, [2], seed=0)
    assert fit(model, X, y, lambda p, t: p[t] * 0 + 1, epochs=1).accuracies  # of classes the largest counts


def test_a_threshold_comes_before_what_the_loss_says():
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "linear")
    fit(model, [[0.2], [0.4], [0.6]], [0, 1, 1], "mse", SGD(model.parameters(), 1e-9), epochs=1, threshold=0.3)
    assert model.level == 0.3 and accuracy(model, [[0.2], [0.4], [0.6]], [0, 1, 1]) == 1.0
    with pytest.raises(
        GraphError, match=r"threshold = 0\.5 is for y of 0 and 1, and y has other numbers; leave it out"
    ):
        fit(model, [[0], [1]], [-1, 1], threshold=0.5)


def test_a_network_without_room_for_a_level_learns_too():
    class Tight:
        __slots__ = ("w",)

        def __init__(self):
            self.w = Value(0.0)

        def parameters(self):
            return [self.w]

        def __call__(self, x):
            return self.w * x[0]

    model = Tight()
    history = fit(model, [[0], [1]], [0, 1], optimizer="sgd", epochs=50)
    assert history.accuracies[-1] == accuracy(model, [[0], [1]], [0, 1]) == 1.0


def test_accuracy_is_for_labels():
    with pytest.raises(GraphError) as caught:
        accuracy(nn.MLP(1, [1]), *LINE)
    assert (
        str(caught.value)
        == "accuracy is for labels: y of 0 and 1, of -1 and 1, or the index of a class; look at the loss"
    )
    assert judge(nn.MLP(1, [2]), [[0.5, 2.0]], 2) is None
    history = fit(nn.MLP(1, [1], seed=0), *LINE, epochs=2, validation=0.2, seed=0)
    assert history.accuracies == history.validation_accuracies == []


# ── what is wrong with the input ───────────────────────────────────────────────────────────

TWO = nn.MLP(2, [1], seed=0)
THREE = nn.MLP(2, [3], seed=0)
SIGMOID = nn.MLP(2, [1], output="sigmoid", seed=0)
HINGE = "it is -1 or 1, for 0 and 1 take 2*y - 1"
NONE_LEFT = "leaves none to train or none to validate; give a fraction in (0, 1) such as 0.2, or validation=(X, y)"
Y = [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((TWO, [], []), "X is empty; give at least one sample, a row with a number for each input"),
        ((TWO, [[], []], [0, 1]), "X is empty; give at least one sample, a row with a number for each input"),
        (
            (TWO, [1, 2], [0, 1]),
            "X has the shape (2,), and (samples, inputs) belongs here; one input each is [[x] for x in X], one sample is [x]",
        ),
        (
            (TWO, np.zeros((2, 2, 2)), [0, 1]),
            "X has the shape (2, 2, 2), and (samples, inputs) belongs here; one input each is [[x] for x in X], one sample is [x]",
        ),
        ((TWO, [[1, 2, 3]], [0]), "X has rows of 3, and the network takes 2; a row has one number for each input"),
        ((TWO, CORNERS, [0, 1]), "X has 4 samples and y 2; each sample has one target"),
        ((TWO, CORNERS, 1), "X has 4 samples and y the shape (); each sample has one target"),
        (
            (TWO, [[0, 0], [0, math.nan]], [0, 1]),
            "X has nan in sample 1, column 1; leave the sample out, or put a number there",
        ),
        ((TWO, CORNERS, [0, 1, math.inf, 0]), "y has inf in sample 2; leave the sample out, or put a number there"),
        (
            (TWO, [[0, 0], [0]], [0, 1]),
            "X has rows of different lengths: sample 1 has 1 number, sample 0 has 2 numbers; every row has as many",
        ),
        (
            (TWO, [[0, 0], 5], [0, 1]),
            "X has rows of different lengths: sample 1 has 1 number, sample 0 has 2 numbers; every row has as many",
        ),
        (
            (TWO, [[0, 0], [0, "one"]], [0, 1]),
            "X holds something else than numbers: sample 1 has str 'one'; give a number for each",
        ),
        (
            (TWO, [[0, 0], [0, None]], [0, 1]),
            "X holds something else than numbers: sample 1 has NoneType 'None'; give a number for each",
        ),
        (
            (TWO, CORNERS, ["a", "b", "a", "b"]),
            "y holds something else than numbers: sample 0 has str 'a'; give a number for each",
        ),
        (
            (TWO, [[0, 0], [0, [1, 2]]], [0, 1]),
            "X holds something else than numbers: sample 1 has list '[1, 2]'; give a number for each",
        ),
        (
            (TWO, [[0, 0], [0, Value(1.0)]], [0, 1]),
            "X holds something else than numbers: sample 1 has Value 'Value(data=1.0, grad=0.0)'; give a number for each",
        ),
        ((TWO, {1: 2}, [0]), "X holds something else than numbers: a dict; give a list of rows"),
        ((TWO, "ab", [0, 1]), "X holds something else than numbers: sample 0 has str 'ab'; give a number for each"),
        (
            (TWO, CORNERS, [[0, 1]] * 4),
            "y has 2 numbers for each sample, and the network 1 output; give as many, or the index of the class",
        ),
        (
            (THREE, CORNERS, [[0, 1]] * 4),
            "y has 2 numbers for each sample, and the network 3 outputs; give as many, or the index of the class",
        ),
        (
            (THREE, CORNERS, [0, 1, 2, 3], "cross_entropy"),
            "sample 3 has the target 3, and the network 3 outputs; give a class from 0 to 2, or a number for each output",
        ),
        (
            (THREE, CORNERS, [0, 0.5, 2, 1], "cross_entropy"),
            "sample 1 has the target 0.5, and the network 3 outputs; give a class from 0 to 2, or a number for each output",
        ),
        ((TWO, CORNERS, Y, "msee"), "no loss is called 'msee'; did you mean 'mse'?"),
        (
            (TWO, CORNERS, Y, lambda prediction, target: 0.5),
            "the loss is a float, not a Value; write it with operations of Values",
        ),
        (
            (nn.MLP(2, [3], output="softmax"), CORNERS, Y, "cross_entropy"),
            "cross_entropy takes logits, and the output of the network is softmax; make it linear, or use loss='nll'",
        ),
        (
            (nn.MLP(2, [1], output="sigmoid"), CORNERS, Y, losses.bce_with_logits),
            "bce_with_logits takes logits, and the output of the network is sigmoid; make it linear, or use loss='bce'",
        ),
        (
            (nn.MLP(2, [1], output="sigmoid"), CORNERS, Y, "cross_entropy"),
            "cross_entropy takes logits, and the output of the network is sigmoid; make it linear",
        ),
        (
            (THREE, CORNERS, [0, 1, 2, 0], "mse"),
            "mse takes a number for each output, and y has the index of a class; make y one-hot as in np.eye(k)[y], or use loss='cross_entropy'",
        ),
        (
            (nn.MLP(2, [3], output="softmax"), CORNERS, [0, 1, 2, 0], "bce"),
            "bce takes a number for each output, and y has the index of a class; make y one-hot as in np.eye(k)[y], or use loss='nll'",
        ),
        (
            (THREE, CORNERS, [0, 1, 2, 0], "hinge"),
            "hinge takes a number for each output, and y has the index of a class; make y one-hot as in np.eye(k)[y], then 2*y - 1, or use loss='cross_entropy'",
        ),
        (
            (nn.MLP.from_arrays([[[1, math.nan]]], [[0]], "linear"), CORNERS, Y),
            "parameter w1_12 is nan before the first step; make the network anew, or set its data",
        ),
        (
            (TWO, CORNERS, Y, "mse", SGD),
            "SGD is a class, not an optimiser; make one: SGD(model.parameters(), rate=0.01)",
        ),
        ((TWO, CORNERS, Y, "mse", "adma"), "no optimiser is called 'adma'; did you mean 'adam'?"),
        ((TWO, CORNERS, Y, "mse", 0.1), "no optimiser is called 0.1; there are sgd, adam, adamw, rmsprop, adagrad"),
        (
            (TWO, CORNERS, Y, "mse", SGD(THREE.parameters(), 0.1)),
            "SGD(9 parameters, rate=0.1) moves parameters that are not the network's; give it model.parameters()",
        ),
        ((TWO, CORNERS, [1, -1, 1, 0], "hinge"), f"sample 3: a hinge target is 0; {HINGE}"),
        (
            (SIGMOID, CORNERS, [0, 1, 3, 0], "bce"),
            "sample 2: a bce target is 3, outside [0, 1]; it is 0, 1 or a probability",
        ),
        (
            (THREE, CORNERS, [[1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]], "cross_entropy"),
            "sample 2: the cross_entropy targets add up to 2, not 1; divide each by the sum, or use multilabel_bce for several labels at once",
        ),
        (
            (SIGMOID, CORNERS, Y, "hinge"),
            "hinge takes scores of both signs, and the output of the network is sigmoid; make it linear",
        ),
        (
            (nn.MLP(2, [3], output="sigmoid"), CORNERS, [0, 1, 2, 0], "nll"),
            "nll takes probabilities that add up to 1, and the output of the network is sigmoid; make it softmax",
        ),
        (
            (THREE, CORNERS, [0, 1, 2, 0], "nll"),
            "nll takes probabilities that add up to 1, and the output of the network is linear; make it softmax, or use loss='cross_entropy'",
        ),
        (
            (TWO, CORNERS, Y, "bce"),
            "bce takes probabilities, and the output of the network is linear; make it sigmoid, or use loss='bce_with_logits'",
        ),
        ((nn.MLP, CORNERS, Y), "MLP is a class, not a network; make one: model = MLP(2, [8, 1])"),
        ((TWO, CORNERS, Y, "mse", []), "no optimiser is called []; there are sgd, adam, adamw, rmsprop, adagrad"),
        (([1, 2], CORNERS, Y), "fit trains a network, not a list; give it nn.MLP(2, [8, 1])"),
    ],
)
def test_what_does_not_fit_is_named(arguments, text):
    with pytest.raises(GraphError) as caught:
        fit(*arguments)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (dict(epochs=0), "epochs = 0 is no whole number of at least 1; 100 is usual"),
        (dict(epochs=2.5), "epochs = 2.5 is no whole number of at least 1; 100 is usual"),
        (dict(batch_size=0), "batch_size = 0 is no whole number of at least 1; 16 is usual"),
        (dict(check_every=0), "check_every = 0 is no whole number of at least 1; 10 is usual"),
        (dict(regularisation=-1), "regularisation = -1 is no finite number of at least 0; 0.0001 is usual"),
        (dict(clip=0), "clip = 0 is no finite number above 0; 1.0 is usual"),
        (dict(epochs="3"), "epochs = '3' is no whole number of at least 1; 100 is usual"),
        (dict(patience=0, validation=0.5), "patience = 0 is no whole number of at least 1; 5 is usual"),
        (dict(patience=3), "patience = 3 needs samples to look at; give validation=0.2, or (X, y)"),
        (
            dict(check_every=100, epochs=50, validation=0.5),
            "check_every = 100 of 50 epochs never looks; give at most 50",
        ),
        (
            dict(validation=0.01),
            f"validation = 0.01 of 4 samples {NONE_LEFT}",
        ),
        (
            dict(validation=1),
            f"validation = 1 of 4 samples {NONE_LEFT}",
        ),
        (dict(seed=[1]), "seed = [1] is nothing to draw from; give a whole number such as 0"),
        (dict(epoch=3), "fit has no setting 'epoch'; did you mean 'epochs'?"),
        *(
            (
                {name: 0.1},
                f"fit has no setting {name!r}; a rate goes through optimizer=SGD(model.parameters(), rate=0.1), SGD from microgrid.optim",
            )
            for name in ("lr", "rate")
        ),
        (dict(validation="some"), "validation is a str; give (X, y), or a fraction such as 0.2"),
        (
            dict(validation=([[1, 2], [3, math.nan]], [0, 1])),
            "validation X has nan in sample 1, column 1; leave the sample out, or put a number there",
        ),
        (
            dict(validation=([[1, 2]], [0, 1])),
            "validation X has 1 sample and validation y 2; each sample has one target",
        ),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, text):
    before = data(TWO)
    with pytest.raises(GraphError) as caught:
        fit(TWO, CORNERS, Y, **settings)
    assert str(caught.value) == text
    assert data(TWO) == before


@pytest.mark.parametrize("compiled", [None, False])
def test_a_target_among_the_validation_samples_that_does_not_fit(compiled):
    model = nn.MLP(2, [1], seed=0)
    before = data(model)
    with pytest.raises(GraphError) as caught:
        fit(model, CORNERS, [1, -1, 1, -1], "hinge", validation=(CORNERS, [1, 1, 0, 1]), compiled=compiled)
    assert str(caught.value) == f"validation sample 2: a hinge target is 0; {HINGE}"
    assert data(model) == before


def test_targets_are_checked_in_no_time():
    """In a few calls for each of them: nothing is computed, no graph is built."""
    rng = np.random.default_rng(0)
    found = samples(rng.normal(size=(1800, 4)), rng.dirichlet(np.ones(10), 1800))
    out = nn.MLP(4, [10], seed=0)(found[0].x)
    assert calls(refuse_targets, losses.cross_entropy, out, found) < 1000 * len(found)


def test_inputs_of_any_kind():
    numbers = []
    for X, y in [
        (CORNERS, XOR),
        (np.array(CORNERS), np.array(XOR)),
        (CORNERS, [[t] for t in XOR]),
        (tuple(map(tuple, CORNERS)), tuple(XOR)),
        (iter(CORNERS), (t for t in XOR)),
    ]:
        model = nn.MLP(2, [3, 1], seed=0)
        fit(model, X, y, epochs=3)
        numbers.append(data(model))
    assert numbers == [numbers[0]] * 5


def test_a_fraction_of_numpy():
    histories = [
        fit(nn.MLP(1, [1], seed=0), *LINE, epochs=2, seed=0, validation=fraction)
        for fraction in (0.25, np.float32(0.25))
    ]
    assert histories[0].validation_losses == histories[1].validation_losses


def test_whole_numbers_of_numpy():
    model = nn.MLP(1, [1], seed=0)
    counts = dict(epochs=3, batch_size=4, patience=2, check_every=1)
    history = fit(model, *LINE, validation=0.2, seed=0, **{name: np.int64(n) for name, n in counts.items()})
    other = nn.MLP(1, [1], seed=0)
    assert fit(other, *LINE, validation=0.2, seed=0, **counts).losses == history.losses
    assert history.stopped.startswith("all 3 epochs are done")


# ── the progress bar ───────────────────────────────────────────────────────────────────────

PROGRAM = """
from microgrid import nn
from microgrid.training import fit
fit(nn.MLP(2, [2, 1], seed=0), [[0, 0], [1, 1]], [0, 1], epochs=40, validation=([[0, 1]], [1]), progress={})
"""


def piped(progress):
    command = [sys.executable, "-c", PROGRAM.format(progress)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE, encoding="utf-8")


def test_no_bar_in_a_pipe():
    done = piped(None)
    assert done.stdout == done.stderr == ""


def test_a_bar_shows_what_is_known():
    told = []
    shown = Bar(10, lambda **state: told.append(state))
    shown.prepare()
    assert told.pop() == {"loss": "– · compiling"}
    shown.step(0.5, 0.25, 16)
    shown.look(0.125)
    shown.step(10, 0.25, 16)
    assert (told[0]["loss"], told[0]["epoch"], told[0]["completed"]) == ("0.25", 1, 0.5)
    assert told[1] == {"validation": " · validation 0.125"}
    assert told[2]["epoch"] == 10


def test_a_bar_in_a_pipe_where_it_is_asked_for():
    text = piped(True).stdout
    assert "epoch 40/40" in text
    assert "validation 0." in text


@pytest.mark.parametrize(("progress", "columns"), [(None, 100), (None, 80), (None, 60), (False, 100)])
def test_a_bar_on_a_terminal(progress, columns):
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(columns)}
    with subprocess.Popen([sys.executable, "-c", PROGRAM.format(progress)], stdout=slave, env=environment) as process:
        os.close(slave)
        found = b""
        try:
            while chunk := os.read(master, 65536):
                found += chunk
        except OSError:  # the other end is closed
            pass
        assert process.wait(60) == 0
    os.close(master)
    text = found.decode()
    if progress is False:
        assert text == ""
    else:
        assert "epoch 40/40" in text
        assert "loss 0." in text
        assert "nan" not in text
        assert ("samples/s" in text) == (columns >= 100)
        assert ("0:00:00" in text) == (columns >= 80)
        assert "validation 0." in text and "…" not in text
