"""Arithmetic that never raises: `math` where `math` answers, the limit or nan where it raises."""

from __future__ import annotations

import inspect
import math

import pytest
from doubles import SPECIAL, same
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.formula.floats import FLOATS, RAISING

inf, nan = math.inf, math.nan
anything = st.floats() | st.sampled_from(SPECIAL)
TAKES_TWO = {"+", "-", "*", "/", "**", "atan2", "hypot", "max", "min", "above", "power_slope", "exponent_slope"}


@pytest.mark.parametrize("name", FLOATS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_function_answers_every_double_with_a_double(name, data):
    arguments = data.draw(st.tuples(*[anything] * (3 if name == "where" else 1 + (name in TAKES_TWO))))
    assert type(FLOATS[name](*arguments)) is float


@pytest.mark.parametrize("name", RAISING)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_where_math_answers_the_answer_is_that_of_math(name, data):
    raw, careful = RAISING[name]
    arguments = data.draw(st.tuples(*[anything] * (3 if name == "where" else 1 + (name in TAKES_TWO))))
    try:
        expected = raw(*arguments)
    except (ArithmeticError, ValueError):
        return
    assert same(careful(*arguments), expected)


EDGES = [
    # function, arguments, answer
    ("/", (1.0, 0.0), inf),
    ("/", (1.0, -0.0), -inf),
    ("/", (-1.0, 0.0), -inf),
    ("/", (-inf, 0.0), -inf),
    ("/", (0.0, 0.0), nan),
    ("/", (nan, 0.0), nan),
    ("**", (10.0, 400.0), inf),
    ("**", (-10.0, 401.0), -inf),
    ("**", (-10.0, 400.0), inf),
    ("**", (0.0, -1.0), inf),
    ("**", (-0.0, -1.0), -inf),
    ("**", (-0.0, -2.0), inf),
    ("**", (0.0, -0.5), inf),
    ("**", (-8.0, 1 / 3), nan),
    ("**", (nan, 0.0), 1.0),
    ("**", (1.0, nan), 1.0),
    ("exp", (710.0,), inf),
    ("exp", (-inf,), 0.0),
    ("expm1", (1000.0,), inf),
    ("log", (0.0,), -inf),
    ("log", (-0.0,), -inf),
    ("log", (-1.0,), nan),
    ("log", (inf,), inf),
    ("log1p", (-1.0,), -inf),
    ("log1p", (-2.0,), nan),
    ("log2", (0.0,), -inf),
    ("log10", (0.0,), -inf),
    ("sqrt", (-1.0,), nan),
    ("sin", (inf,), nan),
    ("cos", (-inf,), nan),
    ("tan", (inf,), nan),
    ("asin", (2.0,), nan),
    ("acos", (-2.0,), nan),
    ("sinh", (-1000.0,), -inf),
    ("sinh", (1000.0,), inf),
    ("cosh", (-1000.0,), inf),
    ("acosh", (0.5,), nan),
    ("atanh", (1.0,), inf),
    ("atanh", (-1.0,), -inf),
    ("atanh", (2.0,), nan),
    ("max", (nan, 1.0), nan),
    ("max", (1.0, nan), nan),
    ("min", (1.0, nan), nan),
    ("max", (-inf, 1.0), 1.0),
    ("above", (1.0, 1.0), 0.5),
    ("above", (nan, 1.0), nan),
    ("step", (0.0,), 0.0),
    ("step", (nan,), nan),
    ("sign", (-0.0,), 0.0),
    ("sign", (nan,), nan),
    ("defined", (-0.0,), 0.0),
    ("defined", (-1e-300,), nan),
    ("gauss", (30.0,), 0.0),
    ("gauss", (-inf,), 0.0),
    ("gauss", (nan,), nan),
    ("power_slope", (nan, 0.0), 0.0),
    ("power_slope", (0.0, 0.0), 0.0),
    ("power_slope", (0.0, 1.0), 1.0),
    ("power_slope", (0.0, 0.5), inf),
    ("power_slope", (0.0, -1.0), -inf),
    ("power_slope", (3.0, inf), inf),
    ("exponent_slope", (0.0, 0.0), 0.0),
    ("exponent_slope", (0.0, -1.0), -inf),
    ("exponent_slope", (0.0, nan), nan),
    ("exponent_slope", (-2.0, 2.0), nan),
]


@pytest.mark.parametrize(("name", "arguments", "answer"), EDGES)
def test_edges(name, arguments, answer):
    assert same(FLOATS[name](*arguments), answer)


def test_every_helper_says_what_it_is():
    own = [function for name, function in FLOATS.items() if inspect.isfunction(function) and name not in RAISING]
    assert len(own) >= 9
    assert all(function.__doc__ for function in own)
