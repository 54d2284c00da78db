"""Hints for mistakes that are made in many places at once, by a cross-entropy's slope, and in steps by other rules."""

import math

import pytest

from microgrid import Sheet
from microgrid.answers import check


def values(numbers):
    """A small network by hand: h = tanh(w·x + b), o = v·h, a = σ(o)."""
    h = math.tanh(numbers["w"] * numbers["x"] + numbers["b"])
    o = numbers["v"] * h
    return h, o, 1 / (1 + math.exp(-o))


CASES = [
    {"x": 0.5, "w": 0.7, "b": 0.1, "v": 0.6, "y": 0.4},
    {"x": -1.3, "w": 0.45, "b": 0.27, "v": -0.83, "y": 0.85},
    {"x": 2.1, "w": -0.36, "b": 0.52, "v": 1.27, "y": 0.15},
]
CROSS_ENTROPY = """input x = {x}
target y = {y}
param w = {w}, b = {b}, v = {v}
h = tanh(w*x + b)
o = v*h
a = sigmoid(o)
L = -(y*log(a) + (1 - y)*log(1 - a))
"""
SQUARES = """input x = {x}
target t1 = {y}, t2 = 0.9, t3 = -0.3
param w = {w}, b = {b}, v = {v}
h = tanh(w*x + b)
o1 = v*h
o2 = w*h
o3 = b*h
L = ((o1 - t1)^2 + (o2 - t2)^2 + (o3 - t3)^2)/3
update 0.5
"""
ADAM = "rate α = 0.1\nparam w = {w}\nL = (w + 1)^2\nupdate adam α × 3\n"


def slip(text, line):
    """What is said of the one line."""
    (answer,) = check(Sheet.parse(f"{text}{line}\n").run())
    assert answer.verdict == "slip", (line, answer)
    return answer.why.partition("; ")[2]


each_case = pytest.mark.parametrize("case", CASES)


@each_case
@pytest.mark.parametrize(("log", "base"), [("log10", 10), ("log2", 2)])
def test_another_logarithm_in_both_places(case, log, base):
    _, _, a = values(case)
    loss = -(case["y"] * math.log(a, base) + (1 - case["y"]) * math.log(1 - a, base))
    assert slip(CROSS_ENTROPY.format(**case), f"L ~= {loss:.5f}") == f"this is {log}, not log"


@each_case
def test_a_slope_that_has_been_cancelled(case):
    _, _, a = values(case)
    text, number = CROSS_ENTROPY.format(**case), (a - case["y"]) * a * (1 - a)
    assert slip(text, f"dL/do ~= {number:.5f}") == "∂a/∂o = a(1 − a) is there once more: it cancels"
    (answer,) = check(Sheet.parse(f"{text}dL/do == (a - y)*a*(1 - a)").run())
    assert answer.verdict == "refuted" and answer.why.endswith("is there once more: it cancels")


@each_case
def test_two_over_n_forgotten(case):
    h, o, _ = values(case)
    text = "at round 1: dL/do{} ~= {:.5f}"
    assert slip(SQUARES.format(**case), text.format(1, o - case["y"])) == "the factor 2/3 is missing"
    assert slip(SQUARES.format(**case), text.format(3, case["b"] * h + 0.3)) == "the factor 2/3 is missing"


@each_case
def test_the_new_weight_in_the_backward_pass(case):
    h, o, _ = values(case)
    d1, d2, d3 = (2 / 3 * each for each in (o - case["y"], case["w"] * h - 0.9, case["b"] * h + 0.3))
    new = case["v"] - 0.5 * d1 * h
    number = d1 * new + d2 * case["w"] + d3 * case["b"]
    said = slip(SQUARES.format(**case), f"at round 1: dL/dh ~= {number:.6f}")
    assert said == "the new v stands where the old one belongs"


@pytest.mark.parametrize("w", [0.5, 0.73, -0.2])
def test_a_step_of_adam_that_is_added(w):
    said = "the step has the wrong sign: it is subtracted"
    assert slip(ADAM.format(w=w), f"at round 2: w ~= {w + 0.1:.5f}") == said  # the first step of Adam is the rate
    assert (
        slip(ADAM.format(w=w), f"at round 2: w ~= {w + 0.1:.1f}" if w == 0.5 else f"at round 2: w ~= {w + 0.1:.2f}")
        == said
    )


@pytest.mark.parametrize("w", [0.5, 0.73, -0.2])
def test_a_bias_correction_that_is_missing(w):
    first, second = 2 * (w + 1), 2 * (w - 0.1 + 1)
    moment = 0.9 * 0.1 * first + 0.1 * second
    assert slip(ADAM.format(w=w), f"at round 3: m̂(w) ~= {moment:.4f}") == "the bias correction 1/(1 − 0.9²) is missing"


@pytest.mark.parametrize(
    ("formula", "wrong", "said"),
    [
        ("w*x", lambda w, x: x / w, "divided by w, not multiplied"),
        ("w*x", lambda w, x: w / x, "divided by x, not multiplied"),
        ("w*x + 2", lambda w, x: x / w + 2, "divided by w, not multiplied"),
        ("x + w/x", lambda w, x: x + w * x, "1/x is on the wrong side of the fraction stroke"),
        ("5/w", lambda w, x: 5 * w, "1/w is on the wrong side of the fraction stroke"),
    ],
)
def test_a_fraction_stroke_is_spoken_of_where_there_is_one(formula, wrong, said):
    for w, x in ((1.3, 1.47), (0.83, 2.29)):
        assert slip(f"input x = {x}\nparam w = {w}\nz = {formula}\n", f"z ~= {wrong(w, x):.5f}") == said
