"""One sample at a time: floats in, floats out, and the numbers of a batch of one."""

import math
import random

import numpy as np
import pytest
from graphs import random_graph
from microgrid.losses import bce

from microgrid import GraphError, NonFiniteError, NotRealError, Program, Value, nn

pytestmark = pytest.mark.once


def network():
    model = nn.MLP(2, [2, 1], "sigmoid", "sigmoid", seed=1)
    inputs = [Value(0.5), Value(0.1), Value(1.0)]
    return Program(bce(model(inputs[:2]), inputs[2]), inputs, model.parameters())


@pytest.mark.quick
def test_one_gives_the_bits_of_a_batch_of_one():
    program, rng = network(), random.Random(2)
    for _ in range(20):
        x = [rng.gauss(0, 3), rng.gauss(0, 3), rng.random()]
        theta = [rng.gauss(0, 2) for _ in program.params]
        for params in (None, theta, np.array(theta)):
            values, gradient = program.value_and_grad([x], params)
            value, slopes = program.one(x, params)
            assert (value, slopes) == (values[0], gradient.tolist())
            assert {type(value), *map(type, slopes)} == {float}
    program.params[0].data = 7
    assert program.one(x) == (program([x])[0], program.value_and_grad([x])[1].tolist())


def test_one_of_any_graph():
    for seed in range(60):
        rng = random.Random(seed)
        root, inputs, params = random_graph(rng, 25)
        program = Program(root, inputs, params, exact=seed % 3 == 0)
        x = [leaf.data for leaf in inputs]
        values, gradient = program.value_and_grad([x] if x else None)
        value, slopes = program.one(x)
        assert repr([value, *slopes]) == repr([float(values[0]), *gradient.tolist()])


def test_one_takes_any_numbers_and_no_array_is_made(monkeypatch):
    program = network()
    expected = program.one([1.0, 0.0, 1.0])
    monkeypatch.setattr(np, "array", None)
    for x in ([1, False, 1.0], (1.0, 0.0, 1.0), np.float32([1, 0, 1]), iter([1.0, 0, 1])):
        assert program.one(x) == expected


@pytest.mark.parametrize(
    ("x", "params", "error", "text"),
    [
        ([1.0, 2.0], None, GraphError, "3"),
        ([1.0, 2.0, 1.0, 4.0], None, GraphError, "3"),
        ([1.0, math.inf, 1.0], None, GraphError, "inf"),
        ([1.0, math.nan, 1.0], None, GraphError, "nan"),
        ([1.0, 2.0, 1.0], [1.0], GraphError, r"\(9,\)"),
        ([1.0, "two", 1.0], None, NotRealError, "two"),
    ],
)
def test_what_does_not_fit_is_told_as_of_a_batch(x, params, error, text):
    with pytest.raises(error, match=text) as problem:
        network().one(x, params)
    assert "\n" not in str(problem.value)


def test_what_floats_cannot_compute_goes_by_arrays():
    x = Value(1.0)
    program = Program(x.log() + x.exp(), [x], [])
    assert program.one([0.0]) == (-math.inf, [])
    assert program.one([1000.0]) == (math.inf, [])
    with pytest.raises(NonFiniteError):
        Program(x.log(), [x], [], finite=True).one([0.0])


def test_one_without_inputs_and_of_a_graph_too_large_for_floats():
    w = Value(3.0, role="parameter")
    assert Program(w * w, [], [w]).one() == (9.0, [6.0])
    xs = [Value(float(i)) for i in range(3000)]
    program = Program(sum(x * w for x in xs), xs, [w])
    value, (slope,) = program.one([1.0] * 3000)
    assert (value, slope) == pytest.approx((9000.0, 3000.0))
