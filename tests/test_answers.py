"""Published numbers: how they were printed, and what is said of them."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microgrid import Sheet
from microgrid.answers import Printed, check, judge


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("0.50", "1/100"),
        ("0.5", "1/10"),
        ("7", "1"),
        ("7.", "1"),
        (".25", "1/100"),
        ("-1.2e-3", "1/10000"),
        ("3e2", "100"),
        ("+0.0", "1/10"),
    ],
)
def test_the_last_printed_digit_is_the_unit(text, unit):
    assert Printed(text).unit == Fraction(unit)


@pytest.mark.parametrize(
    ("printed", "value", "verdict", "why"),
    [
        ("0.562", 0.5616, "exact", ""),
        ("0.562", 0.5625, "exact", ""),
        ("0.562", 0.5615, "exact", ""),
        ("0.562", 0.56251, "rounding", "cut off, not rounded"),
        ("0.562", 0.56299, "rounding", "cut off, not rounded"),
        ("0.562", 0.563, "slip", "should be 0.563"),
        ("0.562", 0.5614, "slip", "should be 0.561"),
        ("-0.131", -0.13166, "rounding", "cut off, not rounded"),
        ("-0.131", 0.131, "slip", "should be 0.131"),
        ("0.41", 0.42, "slip", "should be 0.42"),
        ("0", 0.4, "exact", ""),
        ("0", 0.9, "rounding", "cut off, not rounded"),
        ("0", -0.9, "rounding", "cut off, not rounded"),
        ("2.080", 2.0809165621704553, "rounding", "cut off, not rounded"),
        ("2.0809165621704553", 2.080916562170455, "exact", ""),
        ("1.2e-3", 0.00124, "exact", ""),
        ("1.2e-3", 0.00126, "rounding", "cut off, not rounded"),
        ("1.2e-3", 0.0031, "slip", "should be 3.1e-3"),
        ("3", math.inf, "slip", "should be inf"),
        ("3", math.nan, "slip", "should be nan"),
    ],
)
def test_verdicts(printed, value, verdict, why):
    assert judge(printed, value) == (verdict, why)


@given(st.floats(-1e6, 1e6), st.integers(0, 9))
def test_whatever_is_rounded_well_is_exact(value, decimals):
    assert judge(f"{value:.{decimals}f}", value)[0] == "exact"


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_whatever_is_cut_off_is_never_a_slip(value, decimals):
    assume(abs(value * 10**decimals - round(value * 10**decimals)) > 1e-6)
    whole, _, fraction = f"{value:.25f}".partition(".")
    assert judge(f"{whole}.{fraction[:decimals]}", value)[0] in ("exact", "rounding")


@given(st.floats(-1e6, 1e6), st.integers(1, 6), st.sampled_from([-2, 2]))
def test_two_units_off_is_always_a_slip(value, decimals, off):
    assert judge(f"{round(value, decimals) + off * 10**-decimals:.{decimals}f}", value)[0] == "slip"


FORMULAS = "input x = 3\ntarget t = 1\nparam w1 = 0.01, w2 = -5, b = -1\nz1 = w1*x\na1 = relu(z1)\nz2 = w2*a1 + b\ny = sigmoid(z2)\nC = (y - t)^2/2\n"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("dy/dz2 == y*(1 - y)", "proved"),
        ("dy/dz2 == exp(-z2)/(1 + exp(-z2))^2", "proved"),
        ("dy/dz2 == 1 - 1/(1 + exp(-z2))", "refuted"),
        ("dC/dw1 == (y - t)*y*(1 - y)*w2*step(z1)*x", "proved"),
        ("dC/dw1 == (y - t)*y*(1 - y)*w2*x", "refuted"),  # right here, wrong where z1 < 0
        ("dC/dw1 == dC/dz2*dz2/dw1", "proved"),
        ("dC/dw1 == 2.0809165621704553", "refuted"),  # a number is no formula: wrong elsewhere
        ("C == (y - t)^2/2", "proved"),
        ("dC/db == dC/dz2", "proved"),
    ],
)
def test_published_formulas(line, verdict):
    (answer,) = check(Sheet.parse(FORMULAS + line).run())
    assert answer.verdict == verdict
    assert answer.wrong == (verdict == "refuted")


def test_a_refuted_formula_shows_where():
    (answer,) = check(Sheet.parse(FORMULAS + "dy/dz2 == 1 - y").run())
    assert answer.why == "here it is 0.18265408, the formula gives 0.75951092"
    (answer,) = check(Sheet.parse(FORMULAS + "dC/dw1 == (y - t)*y*(1 - y)*w2*x").run())
    assert answer.why.startswith("where x = ") and "it is 0, the formula gives" in answer.why
