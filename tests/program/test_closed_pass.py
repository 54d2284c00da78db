"""The way back that knows what is closed: against the plain one, and against the engine where that comes to nan."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from graphs import random_graph

from microgrid import Value, nn
from microgrid.engine import FUNCTIONS
from microgrid.engine.value import gradients
from microgrid.program import Program
from microgrid.program.passes import closed_pass

GRAPHS = 400


def close(found, expected, scale=1.0):
    """Equal to 1e-12 of the scale, or infinite or nan together."""
    return np.allclose(found, expected, rtol=1e-12, atol=1e-12 * scale, equal_nan=True)


def test_random_graphs_come_to_the_same_as_by_the_plain_way():
    """Every kind of group, and every way in which contributions are added up."""
    for seed in range(GRAPHS):
        rng = random.Random(seed)
        root, inputs, params = random_graph(rng, 25)
        program = Program(root, inputs, params, exact=seed % 3 == 0)
        X = [[leaf.data + (row and rng.uniform(-0.02, 0.02)) for leaf in inputs] for row in range(3 if inputs else 1)]
        weights = np.array([rng.choice((rng.uniform(-2, 2), 1.0, 0.0)) for _ in X])
        _, *expected = program.value_and_grad(X if inputs else None, weights=weights, by_inputs=True)
        table, theta = program.intake.samples(X if inputs else None), program.intake.parameters(None)
        with np.errstate(all="ignore"):
            by_params, by_inputs = closed_pass.gradients(program._runner(by_inputs=True).plan, table, theta, weights)
        found = by_params, np.zeros(table.shape) if by_inputs is None else by_inputs
        scale = max(np.abs(each[np.isfinite(each)]).max(initial=1) for each in expected)
        for one, other in zip(found, expected):
            finite = np.isfinite(other)  # where terms are infinite, inf - inf depends on how they are grouped
            assert close(one[finite], other[finite], scale * len(X)), seed


# ── where the plain way comes to nan ───────────────────────────────────────────────────────


def distances():
    """A margin loss of two points on the plane, moved by two parameters."""
    w = [Value(0.5, role="parameter"), Value(2.0, role="parameter")]
    x = [Value(0.1) for _ in range(4)]
    d = ((w[0] * x[0] - w[0] * x[2]) ** 2 + (w[1] * x[1] - w[1] * x[3]) ** 2).sqrt()
    return (d - 1).relu() ** 2 + 0.1 * d.max(1e-6), x, w


def network():
    """A layer whose outputs go through sqrt, and a branch that is closed in some samples."""
    layer = nn.Layer(2, 3, activation="relu", rng=random.Random(1))
    x = [Value(0.1), Value(0.2)]
    hidden = [each.sqrt().max(0.5) for each in layer(x)]
    return FUNCTIONS["logsumexp"](*hidden) - hidden[0].log() * 0.1, x, layer.parameters()


def probabilities():
    w, x = Value(1.0, role="parameter"), [Value(0.1), Value(0.2)]
    p = FUNCTIONS["softmax"]((w * x[0]).relu().sqrt(), w * x[1], x[0])
    return p[0].max(1.0) + p[1] * p[2].min(-1.0), x, [w]


MODELS = [distances, network, probabilities]
NUMBERS = (0.0, 0.0, 1.0, -1.0, 2.0, 0.25)


def samples(inputs, count, seed=0):
    rng = random.Random(seed)
    return [[rng.choice(NUMBERS) for _ in inputs] for _ in range(count)]


def by_engine(root, inputs, params, X, weights):
    by_params, by_inputs = np.zeros(len(params)), []
    for row, weight in zip(X, weights):
        for leaf, number in zip(inputs, row):
            leaf.data = number
        root.replay()
        found = gradients(root)
        by_params += [weight * found.get(each, 0.0) for each in params]
        by_inputs.append([weight * found.get(each, 0.0) for each in inputs])
    return by_params, np.array(by_inputs)


@pytest.mark.parametrize("width", [7, 1000], ids=["in blocks", "in one block"])
@pytest.mark.parametrize("exact", [False, True], ids=["fast", "exact"])
@pytest.mark.parametrize("make", MODELS)
def test_a_batch_with_closed_samples_is_the_engines(make, exact, width):
    root, inputs, params = make()
    X = samples(inputs, 40)
    weights = [1.0 + k % 3 for k in range(40)]
    by_params, by_inputs = by_engine(root, inputs, params, X, weights)
    assert np.isfinite(by_params).all()
    program = Program(root, inputs, params, exact=exact)
    for wanted in (True, False):
        program._runner(by_inputs=wanted).width = width
        found = program.value_and_grad(X, weights=weights, by_inputs=wanted)
        assert close(found[1], by_params)
        assert not wanted or close(found[2], by_inputs)


@pytest.mark.parametrize("make", MODELS)
def test_the_plain_way_comes_to_nan_there(make):
    """Else the samples would test nothing."""
    root, inputs, params = make()
    runner = Program(root, inputs, params)._runner()
    runner.masks = False
    X = np.array(samples(inputs, 40))
    assert np.isnan(runner.run(X, np.array([each.data for each in params]), None).gradient).any()


@pytest.mark.parametrize("make", MODELS)
def test_single_precision_stays_single(make):
    root, inputs, params = make()
    X = samples(inputs, 40)
    by_params, by_inputs = by_engine(root, inputs, params, X, [1.0] * 40)
    found = Program(root, inputs, params, dtype="float32").value_and_grad(X, by_inputs=True)
    assert {each.dtype for each in found} == {np.dtype("float32")}
    assert np.allclose(found[1], by_params, rtol=1e-5, atol=1e-5)
    assert np.allclose(found[2], by_inputs, rtol=1e-5, atol=1e-5)


def test_what_is_finite_the_plain_way_goes_no_other(monkeypatch):
    monkeypatch.setattr(closed_pass, "gradients", lambda *_: pytest.fail("the plain way was enough"))
    root, inputs, params = distances()
    program = Program(root, inputs, params)
    program.value_and_grad([[0.0, 1.0, 2.0, 3.0]] * 3, by_inputs=True)
    model, x = nn.MLP(2, [4, 1], "relu", seed=0), [Value(0.0), Value(0.0)]
    Program(model(x) ** 2, x, model.parameters()).value_and_grad([[0.0, 0.0]] * 50)
    log = Value(0.0, role="parameter")
    assert math.isnan(Program(log.sqrt() * 0).value_and_grad()[1].item())  # no branch, so nothing to close


@pytest.mark.parametrize("make", MODELS)
def test_under_jax_too(jax, make):
    root, inputs, params = make()
    X = samples(inputs, 40)
    by_params, _ = by_engine(root, inputs, params, X, [1.0] * 40)
    assert close(Program(root, inputs, params).to_jax().value_and_grad(X)[1], by_params)


def test_a_loop_of_ones_own_under_jax_too(jax):
    root, inputs, params = distances()
    there = Program(root, inputs, params).to_jax()
    X = np.array(samples(inputs, 40))
    _, gradient = jax.jit(there.pure)(np.array([each.data for each in params]), X)
    by_params, _ = by_engine(root, inputs, params, X, [1.0] * 40)
    assert np.allclose(gradient, by_params, rtol=1e-4, atol=1e-4)


def test_infinite_terms_under_jax(jax):
    w = [Value(0.0, role="parameter"), Value(1.0, role="parameter")]
    root = FUNCTIONS["logsumexp"](w[0].log(), w[1], w[0].log()).max(3.0)
    assert Program(root).to_jax().value_and_grad()[1].tolist() == [0.0, 0.0]
    root = FUNCTIONS["softmax"](w[0].log(), (w[0].log()) * 2)[0]
    assert Program(root).to_jax()().tolist() == [root.data]
