"""Derivatives by differences of doubles: how near they come, and that they know it. Truth is mpmath's."""

from __future__ import annotations

import math
import struct
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp

from microgrid import Value, gradcheck
from microgrid.auditing.differences import EPSILON, estimate

WORDS = ("exp", "log", "sqrt", "sin", "tanh")
FLOATS = SimpleNamespace(**{word: getattr(math, word) for word in WORDS}, abs=abs, max=max)
DIGITS = SimpleNamespace(**{word: getattr(mp, word) for word in WORDS}, abs=abs, max=max)


def true_slope(function, x):
    """By a difference of 120 digits over a step that is small beside x, and beside every width here."""
    with mp.workdps(120):
        x, h = mp.mpf(x), mp.mpf(10) ** -40 * max(abs(mp.mpf(x)), mp.mpf(10) ** -20)
        return float((function(x + h, DIGITS) - function(x - h, DIGITS)) / (2 * h))


def by_differences(function, x):
    def f(y):
        try:
            value = function(y, FLOATS)
        except (ArithmeticError, ValueError):
            return math.nan
        return value if isinstance(value, float) else math.nan  # a root of a negative number is complex

    return estimate(f, x, f(x), 4 * EPSILON * abs(f(x)))


def recorded_by_hand(function, x, slope):
    return gradcheck(lambda v: Value(function(v.data, FLOATS), (v,), (slope,)), [x]).rows[0]


# ── what fixed steps get wrong ─────────────────────────────────────────────────────────────


def bell(s, m=1.0):
    return lambda x, w: w.exp(-0.5 * ((m + s / 2 - x) / s) ** 2)


NARROW = {
    "a bell of width 1e-3": (bell(1e-3), 1.0),
    "a bell of width 1e-4": (bell(1e-4), 1.0),
    "beside a pole": (lambda x, w: 1 / (x - 1), 1.0001),
    "a steep sigmoid": (lambda x, w: 1 / (1 + w.exp(-1e5 * (x - 1))), 1.000005),
    "beside a kink": (lambda x, w: w.abs(x - 1.000002) + 3 * x, 1.0),
    "beside the minimum of a square": (lambda x, w: (x - 2) ** 2, 2 + 1e-14),
    "the square of a small number": (lambda x, w: x * x, 1e-11),
    "a fast wave": (lambda x, w: w.sin(1e5 * x), 1.0),
    "a wide bell": (lambda x, w: w.exp(-0.5 * (x / 1e6) ** 2), 1.0),
    "a wide bell on a floor": (lambda x, w: 1 + w.exp(-0.5 * (x / 1e6) ** 2), 1.0),
}


@pytest.mark.parametrize("name", NARROW)
def test_functions_narrower_or_wider_than_their_number(name):
    function, x = NARROW[name]
    slope = true_slope(function, x)
    found = by_differences(function, x)
    assert abs(found.numeric - slope) <= found.error <= 1e-5 * abs(slope)
    assert not found.kink and not found.doubt
    for factor, verdict in ((1.0, "right"), (1.01, "wrong"), (-1.0, "wrong"), (2.0, "wrong"), (0.0, "wrong")):
        assert recorded_by_hand(function, x, factor * slope).verdict == verdict, factor


SHAPES = {
    "bell": lambda x, w: w.exp(-0.5 * x * x),
    "sigmoid": lambda x, w: 1 / (1 + w.exp(-x)),
    "pole": lambda x, w: 1 / (x + 4),
    "corner": lambda x, w: w.abs(x + 2) + 3 * x,
    "wave": lambda x, w: w.sin(x),
    "square": lambda x, w: x * x,
    "root": lambda x, w: w.sqrt(x + 4),
    "logarithm": lambda x, w: w.log(x + 4),
}


@pytest.mark.parametrize("name", SHAPES)
def test_any_width_at_any_place(name):
    for width in (1e-8, 1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e4, 1e6):
        for place in (0.0, 1.0, -3.7, 1e-3, 412.5, width, -1e3 * width):
            if abs(place) * 1e-10 > width:  # no more than a few thousand doubles would lie in it
                continue
            for t in (-1.3, 0.3, 1.7):
                function, x = lambda x, w, c=place, s=width: SHAPES[name]((x - c) / s, w), place + t * width
                slope, found = true_slope(function, x), by_differences(function, x)
                assert abs(found.numeric - slope) <= found.error + 1e-8 * abs(slope), (width, place, t)
                assert found.error <= 1e-3 * abs(slope), (width, place, t)
                assert not found.kink


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    shapes=st.lists(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=3),
    widths=st.tuples(*[st.floats(-6, 6)] * 3),
    heights=st.tuples(*[st.floats(-2, 2)] * 3),
    place=st.one_of(st.just(0.0), st.floats(-2, 2), st.floats(-1000, 1000)),
    t=st.floats(-1.5, 1.5),
)
def test_the_error_is_honest(shapes, widths, heights, place, t):
    """A sum of features of very different widths and heights around one point."""
    parts = [(SHAPES[shape], 10**w, 10**h) for shape, w, h in zip(shapes, widths, heights)]
    x = place + t * min(s for _, s, _ in parts)
    assume(all(s > 1e-8 * abs(x) for _, s, _ in parts))

    def function(y, w):
        return sum(a * shape((y - place) / s, w) for shape, s, a in parts)

    slope, found = true_slope(function, x), by_differences(function, x)
    assume(not found.doubt)
    scale = math.fsum(a / s for _, s, a in parts)
    assert abs(found.numeric - slope) <= found.error + 1e-8 * abs(slope) + 1e-14 * scale


# ── noise ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("big", [1e2, 1e5, 1e8])
def test_noise_that_nobody_told_of_is_found(big):
    for x in (0.3, 1.0, 17.0):
        for function in (lambda y, w: w.sin(y) + big - big, lambda y, w: w.sin(y * big) / big):
            slope, found = true_slope(function, x), by_differences(function, x)
            assert abs(found.numeric - slope) <= found.error <= 1e-3 * abs(slope)


def test_a_function_of_single_precision():
    def single(number):
        return struct.unpack("f", struct.pack("f", number))[0]

    for x in (0.3, 1.0, 2.7):
        found = by_differences(lambda y, w: single(single(y) * single(y)), x)
        assert found.numeric == pytest.approx(2 * x, rel=1e-5)
        assert abs(found.numeric - 2 * x) <= found.error <= 1e-3 * x


def test_more_noise_than_function():
    for function in (lambda x, w: w.sin(1e13 * x), bell(1e-14)):
        found = by_differences(function, 1.0)
        assert found.doubt.startswith("the result moves by 0.") or found.doubt.startswith("the result moves by 1 ")
        assert "from one double to the next" in found.doubt


# ── kinks and jumps ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", [0.0, 1.0, -1e-9, 1e6])
@pytest.mark.parametrize("steep", [1e-6, 1.0, 1e6])
def test_a_kink_at_the_point_has_two_slopes(place, steep):
    found = by_differences(lambda x, w: steep * w.abs(x - place) + 2 * steep * x, place)
    assert found.kink
    assert (found.left, found.right) == pytest.approx((steep, 3 * steep), rel=1e-4)
    assert found.numeric == pytest.approx(2 * steep, rel=1e-4)


@pytest.mark.parametrize("far", [10.0**-k for k in range(1, 11)])
def test_a_kink_near_by_is_none(far):
    for side in (-far, far):
        found = by_differences(lambda x, w, side=side: w.abs(x - (1 + side)) + 3 * x, 1.0)
        assert not found.kink
        assert abs(found.numeric - (3 - math.copysign(1, side))) <= found.error < 0.1


def test_what_bends_without_a_kink():
    for power in (1.5, 2.0, 3.0):
        found = by_differences(lambda x, w, power=power: w.abs(x) ** power, 0.0)
        assert (found.kink, found.numeric) == (False, 0.0)
    assert not by_differences(lambda x, w: 1 - x * x, 0.0).kink
    assert not by_differences(lambda x, w: w.sin(x), math.pi / 2).kink


@pytest.mark.parametrize("x", [0.0, 1.0, -300.0])
def test_jumps(x):
    right = by_differences(lambda y, w: float(y > x), x)
    assert (right.kink, right.left, right.right) == (True, 0.0, math.inf)
    left = by_differences(lambda y, w: float(y >= x), x)
    assert (left.kink, left.left, left.right) == (True, math.inf, 0.0)
    both = by_differences(lambda y, w: math.copysign(1.0, y - x) if y != x else 0.0, x)
    assert not both.kink and both.doubt == "the result jumps here; check it beside the jump"
    assert by_differences(lambda y, w: float(y > x + 0.1), x).numeric == 0.0


# ── where there is little to find ──────────────────────────────────────────────────────────


def test_where_doubles_get_twice_as_dense():
    """x ± h are no longer at the same distance, and 1e10 times as much as that is the bend of a bell."""
    for place, beside in ((-1.0, 1e-12), (1.0, -1e-12), (2.0, -1e-12), (4.0, 2e-12)):
        function, x = bell(1e-5, place - 5e-6), place + beside
        found = by_differences(function, x)
        assert abs(found.numeric - true_slope(function, x)) <= found.error <= 1e-5


def test_constants_and_edges():
    for value in (0.0, 3.0, 1e300, -1e-300):
        assert by_differences(lambda x, w, value=value: value, 1.0)[0] == 0.0
    for x in (1e-300, 1e-10, 1e3, 1e300):
        assert by_differences(lambda y, w: 3 * y + 1, x).numeric == pytest.approx(3.0)
        assert by_differences(lambda y, w: w.log(y), x).numeric == pytest.approx(1 / x)
    assert by_differences(lambda y, w: w.exp(y), 709.7).numeric == pytest.approx(math.exp(709.7))
    assert by_differences(lambda y, w: w.sqrt(y), 0.0).doubt.startswith("the result has no finite value below 0.0")
    assert by_differences(lambda y, w: w.sqrt(-y), 0.0).doubt.startswith("the result has no finite value above 0.0")
    assert by_differences(lambda y, w: 1 / y - 1 / y if y else 1.0, 1e308).numeric == 0.0
    assert by_differences(lambda y, w: y * math.inf, 1.0).doubt.startswith("the result is inf here")
    assert by_differences(lambda y, w: 1.0 if y == 2 else math.nan, 2.0).doubt.startswith("the result has no finite")


def test_it_asks_no_more_than_it_needs():
    ordinary = [
        (lambda y, w: w.sin(y), 0.7),
        (lambda y, w: y * y, 3.0),
        (lambda y, w: 5.0, 1.0),
        (lambda y, w: w.tanh(y), 0.0),
    ]
    for most, pairs in ((36, ordinary), (60, NARROW.values())):
        for function, x in pairs:
            asked = []

            def counting(y, w, function=function, asked=asked):
                asked.append(y)
                return function(y, w)

            by_differences(counting, x)
            assert len(asked) <= most
