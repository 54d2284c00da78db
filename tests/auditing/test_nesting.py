"""Arguments in containers: the function gets the same nesting, and every number has a name."""

from __future__ import annotations

from collections import namedtuple
from itertools import product

import numpy as np
import pytest

from microgrid import NotRealError, Value, gradcheck
from microgrid.auditing.gradcheck import gradcheck_exactly
from microgrid.auditing.nesting import filled

Pair = namedtuple("Pair", "left right")

W, B = [[0.1, -0.2], [0.3, 0.4]], [0.5, -0.6]


def names(check):
    return [row.name for row in check.rows]


def layer(w, b):
    """Σ tanh(w x + b) of nested numbers, whatever holds them."""
    x = (1.5, -0.5)
    return sum((sum((w[i][j] * x[j] for j in range(2)), b[i])).tanh() for i in range(2))


WAYS = {
    "nested lists": (W, B),
    "arrays": (np.array(W), np.array(B)),
    "tuples": (tuple(map(tuple, W)), tuple(B)),
    "arrays of Values": (np.array([[Value(each) for each in row] for row in W]), [Value(each) for each in B]),
    "a list of arrays": ([np.array(row) for row in W], B),
}
EXPECTED = [f"w[{i}][{j}]" for i, j in product(range(2), repeat=2)] + ["b[0]", "b[1]"]


@pytest.mark.parametrize("check", [gradcheck, gradcheck_exactly])
@pytest.mark.parametrize("way", WAYS)
def test_each_number_is_checked_under_its_name(check, way):
    found = check(layer, WAYS[way])
    assert names(found) == EXPECTED
    assert [row.verdict for row in found.rows] == ["right"] * 6
    x = np.array([1.5, -0.5])
    slopes = 1 - np.tanh(np.array(W) @ x + B) ** 2
    assert [row.recorded for row in found.rows] == pytest.approx([*np.outer(slopes, x).flat, *slopes])


def test_the_function_gets_the_same_nesting():
    got = []

    def f(*things):
        got.append(things)
        return Value(1.0) * 2

    array = np.arange(6.0).reshape(2, 3)
    gradcheck(f, [array, [1.0, (2.0, Pair(3, 4.0))], {"b": [5.0]}, 6.0])
    a, b, c, d = got[0]
    assert isinstance(a, np.ndarray) and a.shape == (2, 3) and a.dtype == object
    assert [value.data for value in a.flat] == list(array.flat)
    assert isinstance(b, list) and isinstance(b[1], tuple) and isinstance(b[1][1], Pair)
    assert (b[0].data, b[1][0].data, b[1][1].left.data, b[1][1].right.data) == (1.0, 2.0, 3.0, 4.0)
    assert (c["b"][0].data, d.data) == (5.0, 6.0)
    assert array.dtype == float


def test_arrays_compute_as_arrays():
    found = gradcheck(lambda W, b: (W @ np.array([1.0, 2.0]) + b).sum().tanh(), [np.array(W), np.array(B)])
    assert found.ok and names(found)[:2] == ["W[0][0]", "W[0][1]"]
    found = gradcheck(lambda W: (W * W).sum(), np.array(W))
    assert names(found) == ["W[0][0]", "W[0][1]", "W[1][0]", "W[1][1]"] and found.ok


def test_a_tensor_is_an_array(torch):
    found = gradcheck(lambda W: (W * W).sum(), [torch.tensor([[1.0, 2.0]], dtype=torch.float64)])
    assert [(row.name, row.recorded, row.verdict) for row in found.rows] == [
        ("W[0][0]", 2, "right"),
        ("W[0][1]", 4, "right"),
    ]


def test_a_sequence_of_numbers_is_still_the_arguments():
    for inputs in ([0.5, 2.0], (0.5, 2.0), np.array([0.5, 2.0]), iter([0.5, 2.0])):
        assert names(gradcheck(lambda a, b: a * b, inputs)) == ["x1", "x2"]


def test_who_names_what():
    labelled = [[Value(1.0, label="w11"), Value(2.0)]]
    f = lambda W: W[0][0] * W[0][1]  # noqa: E731
    assert names(gradcheck(f, [labelled])) == ["w11", "W[0][1]"]
    assert names(gradcheck(f, {"weights": labelled})) == ["weights[0][0]", "weights[0][1]"]
    assert names(gradcheck(lambda *W: f(*W), [labelled])) == ["w11", "x1[0][1]"]
    assert names(gradcheck(lambda a, W: f(W) * a, [3.0, [[1.0, 2.0]]])) == ["x1", "W[0][0]", "W[0][1]"]
    assert names(gradcheck(lambda p: p["w"] * p["c"][0], [{"w": 1.0, "c": [2.0]}])) == ["p['w']", "p['c'][0]"]
    assert names(gradcheck(lambda: f(labelled), parameters=[labelled])) == ["w11", "p1[0][1]"]
    assert names(gradcheck(lambda: f(labelled), parameters={"W": labelled})) == ["W[0][0]", "W[0][1]"]


def test_values_stay_what_they_are_and_get_their_numbers_back():
    values = np.array([[Value(1.0), Value(2.0)]])
    gradcheck(lambda W: W[0][0] * W[0][1], [values])
    assert [value.data for value in values.flat] == [1.0, 2.0]
    assert filled(values, "W")[0][0][0] is values[0][0]


def test_a_wrong_one_among_many_is_named():
    def f(W):
        squares = [[Value(v.data**2, (v,), (2 * v.data,)) for v in row] for row in W]
        squares[1][0].partials = (0.0,)
        return sum(map(sum, squares))

    found = gradcheck(f, [W])
    assert [row.name for row in found.having("wrong")] == ["W[1][0]"]
    assert found.rows[2].culprit.endswith("= recorded(W[1][0]), recorded by hand")


def test_nesting_of_any_depth():
    deep = 1.0
    for _ in range(5000):
        deep = [deep]
    whole, found = filled(deep, "x")
    assert len(found) == 1 and found[0][0] == "x" + "[0]" * 5000
    while isinstance(whole, list):
        (whole,) = whole
    assert whole is found[0][1]


@pytest.mark.parametrize("thing", [[["a"]], [[None]], np.array([["a"]]), [[1j]]])
def test_only_numbers_go_in(thing):
    with pytest.raises(NotRealError):
        gradcheck(lambda W: W[0][0] * 1, [thing])
