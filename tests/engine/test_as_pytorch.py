"""Activations and choices beside PyTorch's: values, slopes and kinks."""

import math

import numpy as np
import pytest
from outside import engine

from microgrid import Graph, Program, Sheet, Value, explain, values_like
from microgrid.engine import FUNCTIONS, derivative
from microgrid.engine.functions import where

POINTS = (
    0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    0.3,
    -0.3,
    -1.2784645,
    -1.1924312,
    -0.7517915,
    3.7,
    -3.7,
    6.0,
    -6.0,
    20.0,
    -20.0,
)
FUNCTIONAL = {
    "elu": (lambda x: x.elu(), lambda t, x: t.nn.functional.elu(x)),
    "elu of 0.3": (lambda x: x.elu(0.3), lambda t, x: t.nn.functional.elu(x, 0.3)),
    "selu": (Value.selu, lambda t, x: t.nn.functional.selu(x)),
    "silu": (Value.silu, lambda t, x: t.nn.functional.silu(x)),
    "mish": (Value.mish, lambda t, x: t.nn.functional.mish(x)),
    "gelu": (Value.gelu, lambda t, x: t.nn.functional.gelu(x)),
    "hardtanh": (lambda x: x.hardtanh(), lambda t, x: t.nn.functional.hardtanh(x)),
    "hardtanh from 0 to 2": (lambda x: x.hardtanh(0, 2), lambda t, x: t.nn.functional.hardtanh(x, 0.0, 2.0)),
    "clamp": (lambda x: x.clamp(-1, 2), lambda t, x: t.clamp(x, -1, 2)),
    "clamp between bounds that are crossed": (lambda x: x.clamp(2, -1), lambda t, x: t.clamp(x, 2, -1)),
    "exp2": (Value.exp2, lambda t, x: t.exp2(x)),
    "where": (lambda x: where(x > 0, x * x, -x), lambda t, x: t.where(x > 0, x * x, -x)),
    "where of a root": (
        lambda x: where(x > 0.1, x.max(0.01).sqrt(), 3 * x),
        lambda t, x: t.where(x > 0.1, t.sqrt(t.clamp(x, 0.01)), 3 * x),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_values_slopes_and_kinks_are_those_of_pytorch(name):
    torch = engine("torch")
    ours, theirs = FUNCTIONAL[name]
    for number in POINTS:
        x, there = Value(number), torch.tensor(number, dtype=torch.float64, requires_grad=True)
        y, out = ours(x), theirs(torch, there)
        y.backward()
        out.backward()
        assert y.data == pytest.approx(out.item(), rel=1e-13, abs=1e-16), number
        assert x.grad == pytest.approx(there.grad.item(), rel=1e-8 if abs(x.grad) < 1e-6 else 1e-13, abs=2e-16), number


@pytest.mark.parametrize("name", ["elu", "selu", "silu", "mish", "gelu", "exp2"])
def test_second_derivatives_are_those_of_pytorch(name):
    torch = engine("torch")
    ours, theirs = FUNCTIONAL[name]
    for number in (each for each in POINTS if 0 < abs(each) < 20):  # beyond, PyTorch subtracts 1 from 1
        x, there = Value(number), torch.tensor(number, dtype=torch.float64, requires_grad=True)
        (first,) = torch.autograd.grad(theirs(torch, there), there, create_graph=True)
        wanted = torch.autograd.grad(first, there)[0].item() if first.requires_grad else 0.0
        assert derivative(derivative(ours(x), x), x).data == pytest.approx(wanted, rel=1e-12, abs=1e-15), number


def test_the_branch_that_is_not_taken_gets_nothing():
    x = Value(0.0)
    where(x > 0, x.log(), 2 * x).backward()
    assert x.grad == 2.0
    x = Value(0.0)
    x.log().where(x > 0, 2 * x).backward()  # as PyTorch's method has it; there the gradient is nan
    assert x.grad == 2.0


def test_a_condition_is_computed_again_with_the_graph():
    x = Value(1.0)
    y = where((x - 2).step(), x * x, -x)
    assert y.data == -1.0
    x.data = 3.0
    y.replay()
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)


@pytest.mark.parametrize("condition", [True, 1, -2.0, 1e-300, math.inf])
def test_a_number_holds_where_it_is_not_0(condition):
    assert where(condition, 1.0, 2.0) == 1.0
    assert where(0, 1.0, 2.0) == where(-0.0, 1.0, 2.0) == where(False, 1.0, 2.0) == 2.0
    assert math.isnan(where(math.nan, 1.0, 2.0))


def test_of_several_that_tie_each_gets_the_same_share():
    """As torch.amax and torch.amin have it: recorded, computed for a batch, and in a sheet."""
    torch = engine("torch")
    X = np.array([[1.0, 2, 2, 0], [3, 3, 3, 3], [-1, -1, -1, 5], [0, -0.0, -2, 0], [4, 1, 2, 4]])
    for word, function in (("amax", np.max), ("amin", np.min)):
        there = torch.tensor(X, requires_grad=True)
        (getattr(there, word)(1) ** 2).sum().backward()
        here = values_like(X)
        L = (function(here, axis=1) ** 2).sum()
        L.backward()
        np.testing.assert_array_equal(here.grad, there.grad.numpy(), word)
        assert {node.op.name for node in Graph(L)} >= {word}
        x = list(values_like([1.0, 2.0, 3.0, 4.0]))
        program = Program(FUNCTIONS[word[1:]](*x) ** 2, x, [])
        for _, way in (("floats", X[:1]), ("arrays", X), ("arrays", np.tile(X, (20, 1)))):
            by_inputs = program.value_and_grad(way, by_inputs=True)[2]
            np.testing.assert_array_equal(by_inputs[: len(X)], there.grad.numpy()[: len(way)], word)
        run = Sheet.parse(f"param a = 1, b = 1, c = 1\nL = 2*{word[1:]}(a, b, c)\ndL/da ~= 0.667\n").run()

        found = explain(run, wrt="a")
        assert run.rounds[0]["a"].grad == pytest.approx(2 / 3, rel=1e-15)
        assert "= 2·0.333333 = 0.666667" in str(found)
        assert len(Graph(derivative(L, here[1, 0]))) > 1
