"""What sheets say now and then: closed forms for numbers, derivatives times quantities, derivatives of what is given."""

import itertools

import pytest

from microgrid import Sheet, explain
from microgrid.answers import check
from microgrid.formula.operation import Variadic
from microgrid.formula.ops import EVERY_OP


def verdicts(text):
    return [each.verdict for each in check(Sheet.parse(text).run())]


@pytest.mark.parametrize("number", ["⅓", "1/3", "−2", "(0.3)", "½", "3⁻¹", "√2", "1e-1", "-.3", "2·3"])
def test_a_formula_of_numbers_is_judged(number):
    assert verdicts(f"param w = 0.33\nz = w\nL = z\nz == {number}") == ["refuted"]


@pytest.mark.parametrize("number", ["0.3", ".3", "3e-1", "0.33000001"])
def test_a_rounded_number_is_checked_otherwise(number):
    [found] = check(Sheet.parse(f"param w = 0.33\nz = w\nz == {number}").run())
    assert found.verdict == "refuted" and ("a rounded number is checked with" in found.why) == (len(number) < 6)


SLOPES = ["∂L/∂w·w", "∂L/∂w − 1", "w·∂L/∂w", "dL/dw*w", "∂L/∂w/∂L/∂b", "∂²L/∂w²·w", "∂L/∂v·v", "∂L/∂v·∂L/∂v"]


@pytest.mark.parametrize("said", SLOPES)
def test_a_derivative_among_others_is_an_expression(said):
    run = Sheet.parse(f"param w = 3, b = 2, v = [1, 2]\nL = w^2 + b + v[1]*w\n{said} ~= ?\n").run()
    [found] = check(run)
    assert found.verdict == "open" and "∂" not in str(found.quantity) and explain(run)


def test_the_numbers_of_such_expressions_are_right():
    text = "param w = 3, b = 2\nL = w^2 + b\n∂L/∂w·w ~= 18\n∂L/∂w − 1 ~= 5\n∂²L/∂w²·w ~= 6\n∂L/∂w·w == 2w²"
    assert verdicts(text) == ["exact", "exact", "exact", "proved"]


def rows():
    """A call of every row, with arguments at which it has a value."""
    for name, row in EVERY_OP.items():
        if isinstance(row, Variadic):
            yield name, "w, v" if name != "affine" else "w, v, 0.3"
        elif name == "where":
            yield name, "w > 0, w, v"
        elif row.takes and row.stable.inputs:
            given = ["w", "v"][: len(row.stable.inputs)]
            yield name, ", ".join([*given, *(["3"] if name == "pow" else ["-0.2", "1.4"] if name == "clamp" else [])])


CALLS = [each for each in rows() if each[0] != "softmax"]


@pytest.mark.parametrize(("name", "given"), CALLS, ids=[name for name, _ in CALLS])
def test_every_row_has_second_derivatives_to_be_judged(name, given):
    start = 1.3 if name == "acosh" else 0.3
    text = f"param w = {start}, v = 0.4\nz = {name}({given})\nL = z^2*w + v*w\n"
    names = [each for each in "wv" if each in given.split(", ")]
    seconds = [f"d²{of}/d{a}{'²' if a == b else f'd{b}'}" for of in "zL" for a, b in itertools.product(names, repeat=2)]
    run = Sheet.parse(text + "".join(f"{each} ~= 0.123\n{each} == {each}\n" for each in seconds)).run()
    found = check(run)
    assert len(found) == 2 * len(seconds)
    assert {each.verdict for each in found[1::2]} == {"proved"}, found
    assert explain(run)


LED = ["y = dm/dw\nL = w*y", "y = dm/dw\nL = tanh(w*y + m)/(x + x)", "y = dx/dm\nL = w^2*y + m"]


@pytest.mark.parametrize("equations", LED)
def test_rounds_go_through_what_is_computed_with_a_derivative(equations):
    text = f"param w = -1, m = 2\ninput x = 0.5\n{equations}\nm ~= 0.1\nw ~= 0.5\nupdate 0.1\nm ~= 0.1\nw ~= 0.5\nL ~= 0.3\n"
    assert len(verdicts(text)) == 5


UNWRITTEN = [  # second derivatives that only exact products have, of what is written with a jump or an angle
    "param p = 2, w = -2\nL = |selu(w)|\nd²L/dp² == 1{w < p}*3 - 1",
    "param p = 2, a = 3\nL = |erf(p)|\nd²L/dp² == max(a, atan2(a, p))",
    "param q = 0.1, a = 0.3\nL = 0.3\nd²L/dq² == 2*|a|",
]


@pytest.mark.parametrize("text", UNWRITTEN)
def test_a_second_derivative_is_compared_with_jumps_and_angles(text):
    assert verdicts(text) == ["refuted"]


def test_huge_numbers_are_no_shares_of_one():
    text = (
        "param n = 0.1\ninput θ1 = 1e308, θ2 = 1e308, θ3 = 1e308\nL = (θ1/1e308 + θ2/1e308 + θ3/1e308)^n\nd²L/dn² == n"
    )
    assert verdicts(text) == ["refuted"]


def test_a_true_number_is_right_however_small():
    text = "param w = 3\nθ = tanh(7*w)\nL = θ\nθ ~= 1\ndL/dw ~= {}"
    value = Sheet.parse(text.format(0)).run().rounds[0].derivative("L", "w")
    assert 0 < value < 1e-15
    for printed, verdict in ((f"{value:.3e}", "exact"), ("0", "exact"), (f"{2 * value:.3e}", "slip")):
        [_, found] = check(Sheet.parse(text.format(printed)).run())
        assert found.verdict == verdict, (printed, found, found.why)


@pytest.mark.parametrize("optimiser", ["adagrad 0.01", "adam 0.01", "momentum 0.1 0.9", "0.1"])
def test_a_change_is_compared_with_what_an_optimiser_remembers(optimiser):
    text = f"param q = 3\ninput z = 0.5\nL = 2*z\nupdate {optimiser} × 3\nΔq == 2"
    assert verdicts(text) == ["refuted"]


def test_another_function_takes_as_many_arguments():
    for formula in (
        "leaky_relu(12, leaky_relu(0)) + w",
        "max(w, max(w, 2))",
        "relu(w) + relu(2*w)",
        "sigmoid(leaky_relu(w, 0.2)) + sigmoid(w)",
    ):
        assert verdicts(f"param w = 3\nL = {formula}\nL ~= 0.123\ndL/dw ~= 77.7") == ["slip", "slip"], formula


NANS = [
    "param w = 1\nL = ln(w − 1)\nupdate 0.1\nL == 3",
    "param w = 1\nL = ln(w − 1)\nupdate 0.1 × 3\nL == 3",
    "param w = 1\nL = ln(w − 2)\nL == 3",
    "param w = [1, 1]\nL = sum(ln(w − 1))\nupdate 0.1\nL == 3",
    "param w = 1\nL = 1/(w − 1)\nupdate adam 0.1\nL == 3",
    "param w = 1\nL = ln(w − 1)\nupdate 0.1\nL == 1e300*1e300",
]


@pytest.mark.parametrize("text", NANS)
def test_a_nan_is_undefined_in_whatever_round_and_told_where_it_began(text):
    (found,) = check(Sheet.parse(text).run())
    assert found.verdict == "undefined"
    assert found.why.startswith(
        ("here it is inf or nan: line 2: ", "here it is inf or nan: it follows from an inf or nan")
    )


def test_what_the_formula_makes_of_a_nan_may_still_be_right():
    (found,) = check(Sheet.parse("param w = 1\nL = ln(w − 1)\nupdate 0.1\nL == ln(w − 1)").run())
    assert found.verdict == "proved"
