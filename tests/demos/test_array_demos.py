"""The demos over arrays against NumPy with HIPS autograd: values and every gradient, and that they are short."""

import autograd.numpy as np
import pytest
from autograd import grad
from sheets import DEMOS

from microgrid import Sheet
from microgrid.answers import check

CLOSE = 1e-12


def logistic(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


def layers(p):
    a = p["a[0]"]
    for k in (1, 2, 3):
        a = logistic(p[f"W[{k}]"] @ a + p[f"b[{k}]"])
    return np.sum((a - p["t"]) ** 2) / 2


def two_inputs(p):
    out = np.sum(logistic(p["W2"] @ logistic(p["W1"] @ p["x"] + p["b1"]) + p["b2"]))
    return -p["y"] * np.log(out) - (1 - p["y"]) * np.log(1 - out)


def three_samples(p):
    features, classes = [[1, 2], [0.5, -1], [-1, 1.5]], [0, 1, 2]
    losses = [-np.log(softmax(p["W"] @ np.array(x) + p["b"])[c]) for x, c in zip(features, classes)]
    return sum(losses) / 3


def through_time(p):
    h = 0.0
    for k in range(3):
        h = np.tanh(p["w"] * p["x"][k] + p["u"] * h + p["b"])
    return (p["v"] * h - p["t"]) ** 2 / 2


def filtered(p):
    x, k = p["x"], p["k"]
    z = np.array([[np.sum(x[i : i + 2, j : j + 2] * k) for j in range(3)] for i in range(3)]) + p["b"]
    return (np.mean(np.maximum(z, 0)) - p["t"]) ** 2 / 2


def normalised(p):
    centred = p["x"] - np.mean(p["x"])
    return np.sum(p["c"] * (p["γ"] * centred / np.sqrt(np.mean(centred**2) + 1e-5) + p["β"]))


def attended(p):
    q, k, v = p["X"] @ p["Wq"], p["X"] @ p["Wk"], p["X"] @ p["Wv"]
    outputs = [softmax(k @ q[i] / np.sqrt(2)) @ v for i in range(3)]
    return sum(np.sum((o - 1) ** 2) for o in outputs) / 2


# What each computes, and how many lines the source takes for it: its equations, its numbers and its identities.
ORACLES = {
    "delta_identities": (layers, 56), "two_input_matrices": (two_inputs, 40), "softmax_samples": (three_samples, 40),
    "rnn": (through_time, 30), "convolution": (filtered, 31), "batch_norm": (normalised, 31), "attention": (attended, 38),
}  # fmt: skip


def given(sheet):
    """The leaves that the loss is computed from, arrays as arrays."""
    arrays = [each for each in sheet.arrays if each.keyword]
    found = {each.name: np.reshape([sheet.start[name] for name in each.elements], each.shape) for each in arrays}
    inside = {name for each in arrays for name in each.elements}
    numbers = [leaf.name for leaf in sheet.leaves if leaf.keyword != "rate" and " at sample " not in leaf.name]
    return found | {name: sheet.start[name] for name in numbers if name not in inside}


@pytest.mark.parametrize("name", ORACLES)
def test_values_and_gradients_are_those_of_numpy(name):
    loss, lines = ORACLES[name]
    path = DEMOS / f"{name}.sheet"
    sheet = Sheet.read(path)
    here, start = sheet.run().rounds[0], given(sheet)
    assert here[sheet.loss].data == pytest.approx(loss(start), rel=CLOSE)
    arrays = {each.name: each for each in sheet.arrays}
    compared = 0
    for by in start:
        slopes = grad(lambda value: loss({**start, by: value}))(start[by])  # noqa: B023
        names = arrays[by].elements if by in arrays else (by,)
        for element, slope in zip(names, np.ravel(slopes), strict=True):
            assert abs(here.derivative(sheet.loss, element) - slope) <= CLOSE * max(1, abs(slope)), (by, element)
            compared += 1
    assert compared >= 4
    said = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert len(said) <= lines


@pytest.mark.parametrize("name", ORACLES)
def test_each_is_judged_with_formulas_and_numbers(name):
    answers = check(Sheet.read(DEMOS / f"{name}.sheet").run())
    assert {answer.verdict for answer in answers} <= {"exact", "proved"}
    assert sum(answer.verdict == "proved" for answer in answers) >= 2
