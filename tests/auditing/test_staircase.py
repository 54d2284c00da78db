"""Functions that are rounded inside: stairs are told from slopes, and their slopes are not called wrong."""

import math
import random

import numpy as np
import pytest

from microgrid import Value, gradcheck
from microgrid.auditing.differences import estimate
from microgrid.auditing.staircase import staircase


def half(number):
    return float(np.float16(number))


def brain(number):
    """The first 16 bits of a float32."""
    return float((np.float32(number).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32))


SMOOTH = {  # values and slopes
    "cube": (lambda x: x**3, lambda x: 3 * x * x),
    "line": (lambda x: 5 * x - 1, lambda x: 5.0),
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "falling": (lambda x: math.exp(-x), lambda x: -math.exp(-x)),
}
ROUNDED = {
    "half": half,
    "brain": brain,
    "1 decimal": lambda y: round(y, 1),
    "2 decimals": lambda y: round(y, 2),
    "3 decimals": lambda y: round(y, 3),
    "4 decimals": lambda y: round(y, 4),
    "cut off": lambda y: math.floor(50 * y) / 50,
}


def recorded(value, slope):
    """An operation that is recorded by hand."""
    return lambda x: Value(value(x.data), (x,), (slope(x.data),), label="y")


def ways(value, slope, rounded):
    """What is rounded at the end, at the start, beside something smooth, and before something smooth."""
    outside = recorded(lambda x: rounded(value(x)), slope)
    inside = recorded(lambda x: value(rounded(x)), slope)
    return outside, inside, lambda x: outside(x) + x.tanh(), lambda x: 3 * outside(x)


@pytest.mark.parametrize("rounding", ROUNDED)
@pytest.mark.parametrize("name", SMOOTH)
def test_the_right_slope_of_what_is_rounded_is_not_called_wrong(name, rounding):
    stairs, rng = 0, random.Random(f"{name} {rounding}")
    for x in (0.3, 0.7, 1.3, rng.uniform(-2, 2), rng.uniform(-2, 2)):
        for function in ways(*SMOOTH[name], ROUNDED[rounding]):
            (row,) = gradcheck(function, [x]).rows
            assert row.verdict in ("right", "unclear"), (x, row)
            if row.verdict == "unclear":
                stairs += 1
                assert "moves in steps of" in row.doubt, (x, row)
                assert abs(row.recorded - row.numeric) <= row.tolerance
    assert stairs >= 10


@pytest.mark.parametrize("rounding", [each for each in ROUNDED if each != "1 decimal"])
@pytest.mark.parametrize("name", SMOOTH)
def test_a_slope_that_is_far_off_is_wrong_all_the_same(name, rounding):
    (value, slope), rounded = SMOOTH[name], ROUNDED[rounding]
    for x in (0.7, 1.3):
        (row,) = gradcheck(recorded(lambda x: rounded(value(x)), lambda x: -3 * slope(x)), [x]).rows
        assert row.verdict == "wrong", (x, row)
        assert "y = recorded(x1)" in row.culprit


@pytest.mark.parametrize(
    ("function", "slope", "height"),
    [
        (lambda x: round(x, 3), 1.0, "0.001"),
        (lambda x: round(7 * x, 2), 7.0, "0.01"),
        (half, 1.0, "0.000977"),
        (lambda x: half(1024 * x), 1024.0, "1"),
        (lambda x: math.floor(4 * x) / 4, 1.0, "0.25"),
    ],
)
def test_the_height_of_a_step_is_said(function, slope, height):
    text = str(gradcheck(recorded(function, lambda x: slope), {"w": 1.27}))
    start = (
        f"unclear: the derivative by w is recorded as {slope:g}, which cannot be told: it moves in steps of {height},"
    )
    assert start in text and "check it unrounded" in text


@pytest.mark.parametrize(
    "function",
    [
        math.exp,
        lambda x: x**3,
        lambda x: max(0.0, x - 1.4),
        lambda x: max(0.0, x - 1.3000001),
        lambda x: abs(x - 1.31),
        lambda x: float(x > 1.4),
        lambda x: (x > 1.31) + (x > 1.36) + 0.0,
        lambda x: math.sin(1000 * x),
        lambda x: math.sin(1e5 * x) * 1e-3 + x,
        lambda x: math.tanh(1e4 * (x - 1.3)),
        lambda x: x * x if x < 1.35 else 2.0,
        lambda x: 4.0,
    ],
)
def test_what_is_no_staircase(function):
    for x in (1.3, 0.2):
        found = estimate(function, x, function(x), 1e-16)
        assert staircase(function, x, function(x), found) is None


# ── slopes that are a little wrong ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("off", [0.5, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_node_is_named_however_little_it_is_wrong(name, off):
    value, slope = SMOOTH[name]
    wrong = recorded(value, lambda x: slope(x) * (1 + off))
    for function in (wrong, lambda x: wrong(x.sin()), lambda x: wrong(x) * 3 + x):
        (row,) = gradcheck(function, [0.7]).rows
        assert row.verdict == "wrong"
        assert "y = recorded(" in row.culprit, (row, off)


def test_every_wrong_derivative_has_its_sentence():
    def function(x):  # another graph next to the number: no node can be named
        y = Value(x.data**2, (x,), (x.data * 2.0002,))
        return y if x.data == 0.5 else y + 0

    text = str(gradcheck(function, [0.5]))
    assert "wrong: the derivative by x1 is recorded as 1.0001, differences give 1 ±" in text
