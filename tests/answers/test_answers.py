"""Published numbers: how they were printed, and what is said of them."""

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microgrid import Sheet
from microgrid.answers import check, judge
from microgrid.answers.printed import Printed
from microgrid.answers.undefined import beginnings
from microgrid.terminal.report import as_json


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
    assert Printed(text).unit == float(Fraction(unit))


@pytest.mark.parametrize(
    ("printed", "value", "verdict", "alike"),
    [
        ("0.562", 0.5616, "exact", "0.562"),
        ("0.562", 0.5625, "exact", "0.563"),
        ("0.562", 0.5615, "exact", "0.562"),
        ("0.562", 0.56251, "rounding", "0.563"),
        ("0.562", 0.56299, "rounding", "0.563"),
        ("0.562", 0.563, "slip", "0.563"),
        ("0.562", 0.5614, "slip", "0.561"),
        ("-0.131", -0.13166, "rounding", "-0.132"),
        ("-0.131", 0.131, "slip", "0.131"),
        ("0.41", 0.42, "slip", "0.42"),
        ("0", 0.4, "slip", "0.4"),  # no digit of it is there
        ("1", 0.5646, "close", "1"),
        ("0", 0.9, "slip", "1"),
        ("0", -0.9, "slip", "-1"),
        ("2.080", 2.0809165621704553, "rounding", "2.081"),
        ("2.0809165621704553", 2.080916562170455, "exact", "2.0809165621704550"),
        ("1.2e-3", 0.00124, "exact", "1.2e-3"),
        ("1.2e-3", 0.00126, "rounding", "1.3e-3"),
        ("1.2e-3", 0.0031, "slip", "3.1e-3"),
        ("3e2", 449.0, "slip", "4e2"),
        ("3", math.inf, "undefined", "inf"),
        ("3", math.nan, "undefined", "nan"),
    ],
)
def test_verdicts_on_a_number_alone(printed, value, verdict, alike):
    assert judge(printed, value) == verdict
    assert Printed(printed).like(value) == alike


@given(st.floats(-1e6, 1e6), st.integers(0, 9))
def test_whatever_is_rounded_well_is_exact(value, decimals):
    assume(abs(value) >= 10 * 10**-decimals)
    assert judge(f"{value:.{decimals}f}", value) == "exact"


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_whatever_is_cut_off_is_never_a_slip(value, decimals):
    assume(abs(value * 10**decimals - round(value * 10**decimals)) > 1e-3)
    assume(abs(value) >= 10 * 10**-decimals)
    whole, _, fraction = f"{value:.25f}".partition(".")
    assert judge(f"{whole}.{fraction[:decimals]}", value) in ("exact", "rounding")


@given(st.floats(-1e6, 1e6), st.integers(1, 6), st.sampled_from([-2, 2]))
def test_two_units_off_is_always_a_slip(value, decimals, off):
    assert judge(f"{round(value, decimals) + off * 10**-decimals:.{decimals}f}", value) == "slip"


FORMULAS = "input x = 3\ntarget t = 1\nparam w1 = 0.01, w2 = -5, b = -1\nz1 = w1*x\na1 = relu(z1)\nz2 = w2*a1 + b\ny = sigmoid(z2)\nC = (y - t)^2/2\n"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("dy/dz2 == y*(1 - y)", "proved"),
        ("dy/dz2 == exp(-z2)/(1 + exp(-z2))^2", "proved"),
        ("dy/dz2 == 1 - 1/(1 + exp(-z2))", "refuted"),
        ("dC/dw1 == (y - t)*y*(1 - y)*w2*step(z1)*x", "proved"),
        ("dC/dw1 == (y - t)*y*(1 - y)*w2*x", "proved"),  # where z1 > 0, as it is here
        ("dC/dw1 == (y - 1)*y*(1 - y)*w2*x", "refuted"),  # right here, wrong where t = 0
        ("dC/dw1 == dC/dz2*dz2/dw1", "proved"),
        ("dC/dw1 == 2.0809165621704553", "holds here"),  # a number has no variables: nothing to try elsewhere
        ("C == (y - t)^2/2", "proved"),
        ("dC/db == dC/dz2", "proved"),
    ],
)
def test_published_formulas(line, verdict):
    (answer,) = check(Sheet.parse(FORMULAS + line).run())
    assert answer.verdict == verdict
    assert answer.wrong == (verdict == "refuted")


def formula(line):
    (answer,) = check(Sheet.parse(FORMULAS + line).run())
    return answer


def test_a_refuted_formula_shows_where():
    assert formula("dy/dz2 == 1 + y").why == "here it is 0.18265408, the formula gives 1.2404891"
    why = formula("dC/dw1 == (y - 1)*y*(1 - y)*w2*x").why
    assert re.match(r"right here, but where y = \S+, w2 = \S+, x = \S+, z1 = \S+ it is \S+, the formula gives", why)
    assert formula("dC/dw1 == (y - t)*y*(1 - y)*w2*x").why == "where z1 > 0, by algebra"


def test_a_known_mistake_is_called_by_its_name():
    assert formula("dy/dz2 == 1 - 1/(1 + exp(-z2))").why.endswith("; 1 − σ is not σ′; σ′ = σ(1 − σ)")
    assert formula("dy/dz2 == 1 - y").why.endswith("; 1 − σ is not σ′; σ′ = σ(1 − σ)")


def test_a_proof_says_how():
    assert formula("dC/dw1 == (y - t)*y*(1 - y)*w2*step(z1)*x").why == "by algebra"
    assert formula("y == sigmoid(asinh(sinh(z2)))").why == "equal here and at 16 other points; algebra finds no proof"


# ── several numbers: what follows from what ──


def verdicts(text):
    return {answer.quantity: answer for answer in check(Sheet.parse(text).run())}


CHAIN = "input x = 1.5\nparam w = 0.37, v = -0.81\nz = w*x\na = tanh(z)\nu = v*a\nL = (u - 1)^2\n"


def test_a_slip_is_where_the_arithmetic_went_wrong_and_the_rest_is_carried():
    found = verdicts(CHAIN + "z ~= 0.655\na ~= 0.575\nu ~= -0.466\nL ~= 2.149")
    assert [answer.verdict for answer in found.values()] == ["slip", "carried", "carried", "carried"]
    assert found["z"].why == "should be 0.555" and found["z"].follows == pytest.approx(0.555)
    assert found["a"].carried_from == ("z",) and found["u"].carried_from == ("a",)
    assert found["a"].follows == pytest.approx(math.tanh(0.655))
    assert found["a"].value == pytest.approx(math.tanh(0.555))


def test_what_follows_from_rounded_numbers_is_rounding():
    found = verdicts("input x = 0.3456\nz = x*1\na = 100*z\nz ~= 0.35\na ~= 35.00")
    assert [answer.verdict for answer in found.values()] == ["exact", "rounding"]
    assert found["a"].why == "35, rounded on the way" and found["a"].carried_from == ()


def test_an_author_who_works_past_a_misprint():
    found = verdicts(CHAIN + "z ~= 0.655\na ~= 0.504")
    assert [answer.verdict for answer in found.values()] == ["slip", "exact"]
    found = verdicts(CHAIN + "z ~= 0.56\na ~= 9.99\nu ~= -0.41")  # tanh(0.56) = 0.508
    assert [answer.verdict for answer in found.values()] == ["exact", "slip", "exact"]


def test_the_rounding_of_unprinted_steps_is_allowed_for():
    text = "input x = 0.0449\nz = x*1\na = 8*z\nb = a/2\nb ~= {}"
    assert verdicts(text.format("0.18"))["b"].verdict == "exact"
    assert verdicts(text.format("0.16"))["b"].verdict == "slip"  # nobody works with one digit
    assert verdicts(text.format("0.25"))["b"].verdict == "slip"
    shown = "u1 = x*7\nu2 = x*9\nu3 = x*11\nu1 ~= 0.31\nu2 ~= 0.40\nu3 ~= 0.49\n"  # an author of two decimals
    assert verdicts(text.format("0.16").replace("b = a/2", "b = a/2\n" + shown))["b"].verdict == "rounding"


def test_updates_follow_from_the_published_gradient_and_the_old_value():
    text = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2\ndL/dw ~= {}\nupdate 0.1\nw ~= {}\nL ~= {}\nupdate 0.1\nw ~= {}"
    found = check(Sheet.parse(text.format("-8", "1.3", "0.16", "1.46")).run())
    assert [answer.verdict for answer in found] == ["exact"] * 4
    found = check(Sheet.parse(text.format("-7", "1.2", "0.36", "1.44")).run())
    assert [answer.verdict for answer in found] == ["slip", "carried", "carried", "carried"]
    found = check(Sheet.parse(text.format("-8", "-0.3", "12.96", "1.14")).run())
    assert found[1].verdict == "slip" and found[1].why.endswith(
        "the step has the wrong sign: the gradient is subtracted"
    )
    assert found[1].round == 2 and [answer.verdict for answer in found[2:]] == ["carried", "carried"]


def test_softmax_and_repeated_uses_follow_too():
    text = "param z1 = 1, z2 = 2\np1, p2 = softmax(z1, z2)\nL = -log(p2)\np1 ~= {}\np2 ~= {}\nL ~= {}\ndL/dz1 ~= {}\ndp1/dz1 ~= 0.197"
    assert {a.verdict for a in verdicts(text.format("0.269", "0.731", "0.313", "0.269")).values()} == {"exact"}
    found = verdicts(text.format("0.269", "0.713", "0.338", "0.269"))
    assert found["p2"].verdict == "slip" and found["p2"].why.endswith("two digits have changed places")
    assert found["L"].verdict == "carried" and found["dL/dz1"].verdict == "exact"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dL/dz ~= -1.70", "; the sign is wrong"),
        ("dL/du ~= -1.41", "; it is half as large: the factor 2 is missing"),
        ("dL/du ~= -5.6", "should be −2.8"),
        ("dL/da ~= -2.82", "; the factor v is missing"),
        ("dL/dz ~= 2.28", "; ∂a/∂z = 1 − a² is missing"),
        ("dL/du ~= 2.28", "; this is dL/da, not dL/du"),
        ("z ~= 0.556", "; one unit off"),
        ("u ~= -0.480", "; two digits have changed places"),
        ("z ~= 1.802", "; it is upside down"),
        ("z ~= 0.7", "should be 0.6; one unit off"),
        ("z ~= 77", "should be 1"),
    ],
)
def test_hints(line, why):
    (answer,) = check(Sheet.parse(CHAIN + line).run())
    assert answer.verdict == "slip" and answer.why.endswith(why), answer


def test_the_lecture_example_reads_as_it_should():
    path = Path(__file__).parents[2] / "demos" / "two_input_sigmoid.sheet"
    found = check(Sheet.read(path).run())
    by_verdict = {}
    for answer in found:
        by_verdict.setdefault(answer.verdict, []).append(answer.quantity)
    assert by_verdict["slip"] == ["z1", "z2", "z", "dL/dŷ", "da1/dz1"]
    assert by_verdict["carried"] == [
        "a1", "a2", "ŷ", "L", "dL/dz", "dL/dz1", "da2/dz2", "dL/dz2",
        "dL/dw12", "dL/dw22", "dL/db1", "dL/db2", "c", "b1", "b2",
    ]  # fmt: skip
    assert by_verdict["rounding"] == ["dL/dv1", "dL/dv2", "dL/dw11", "v1", "v2", "w11"]
    assert by_verdict["exact"] == ["dL/dw21", "w12", "w21", "w22"]
    slips = {answer.quantity: answer.why for answer in found if answer.wrong}
    assert slips == {
        "z1": "should be 0.24; one unit off",
        "z2": "should be 0.42; one unit off",
        "z": "should be 1.178",
        "dL/dŷ": "should be −1.305; this is dL/dz, not dL/dŷ",
        "da1/dz1": "should be 0.246; one unit off",
    }


def test_a_long_sheet_is_examined_in_linear_time():
    lines = ["param w = 0.5", "a0 = w*1"] + [f"a{i} = a{i - 1}*w + 1" for i in range(1, 2000)]
    answers = check(Sheet.parse("\n".join([*lines, "a1999 ~= 2.0", "da1999/da1990 ~= 0.002"])).run())
    assert [answer.verdict for answer in answers] == ["exact", "exact"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("param w = 3\nL = log(-w)\nL ~= 3", "nan"),
        ("param w = 0\nL = 1/w\nL ~= 3\ndL/dw ~= 3", "inf"),
        ("param w = 9**9**9**9\nL = w^2\nL ~= 3", "inf"),
        ("param w = 1e200\nL = w*w\nupdate 1\nL ~= 3", "inf"),
    ],
)
def test_what_is_no_number_is_undefined_and_no_crash(text, value):
    answer, *_ = check(Sheet.parse(text).run())
    assert answer.verdict == "undefined" and answer.wrong and str(answer.value) == value
    assert answer.why.startswith("line ") or "of the round before" in answer.why


def test_a_wrong_derivative_of_softmax_is_judged():
    text = (
        "input z1 = 1, z2 = 2\np1, p2 = softmax(z1, z2)\nL = -log(p2)\ndp2/dz2 ~= {}\ndL/dz2 ~= -0.269\ndp1/dz2 ~= -0.2"
    )
    assert [answer.verdict for answer in check(Sheet.parse(text.format("0.197")).run())] == ["exact"] * 3
    found = check(Sheet.parse(text.format("0.591")).run())
    assert [answer.verdict for answer in found] == ["slip", "exact", "exact"] and found[0].why == "should be 0.197"


def test_a_calculator_that_rounds_only_what_it_shows():
    text = (
        "input x1 = 0.5, x2 = 0.1\ntarget t = 1\nparam w1 = 0.2, w2 = 0.4, b = 0.1, v = 0.7, c = -0.3\n"
        "z1 = w1*x1 + w2*x2 + b\na = tanh(z1)\nz2 = v*a + c\ny = sigmoid(z2)\nL = (y - t)^2/2\n"
        "z1 ~= 0.20\na ~= 0.197\nz2 ~= -0.162\ny ~= 0.460\nL ~= 0.146\ndL/dy ~= -0.540\ndL/dz2 ~= -0.134\ndL/da ~= -0.0939"
    )
    slips = [answer.quantity for answer in check(Sheet.parse(text).run()) if answer.wrong]
    assert slips == ["z1"]


def test_a_number_carried_over_a_round_says_from_which():
    text = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2\ndL/dw ~= -7\nupdate 0.1\nw ~= 1.2"
    answer = check(Sheet.parse(text).run())[1]
    assert answer.why == "from dL/dw of round 1: 1.2" and answer.carried_from == ("dL/dw of round 1",)


def test_algebra_speaks_before_points_that_cancel():
    (answer,) = check(Sheet.parse("input z = 30\np = sigmoid(z)\nL = softplus(z)\nL == -log(1 - p)").run())
    assert (answer.verdict, answer.why) == ("proved", "by algebra")


def test_a_false_formula_is_not_proved_where_far_points_have_no_value():
    leaves = ", ".join(f"x{i} = 1" for i in range(24))
    total = " + ".join(f"log(x{i})" for i in range(24))
    (answer,) = check(Sheet.parse(f"input {leaves}\nL = {total}\nL == x0 - 1").run())
    assert answer.verdict == "refuted"


def test_a_softmax_of_one():
    (answer,) = check(Sheet.parse("param z = 3\np = softmax(z)\nL = 2*p\nL ~= 7").run())
    assert (answer.verdict, answer.why) == ("slip", "should be 2")


def test_what_diverges_is_told_once_and_counted():
    run = Sheet.parse("param w = 3\nL = w^2\nupdate 2 × 400").run()
    rounds = [here.number for here in run.rounds if not math.isfinite(here["L"].data)]
    first, more = beginnings(run)
    assert first.startswith(f"round {rounds[0]}, line 2: w² = ")
    assert more == f"inf or nan in {len(rounds) - 1} rounds more"


def test_one_round_of_a_sheet_as_json():
    run = Sheet.parse("param w = 3\nL = w^2\nL ~= 9\nupdate 0.1\nL ~= 5.76").run()
    found = [as_json(run, check(run), only) for only in (None, 1, 2)]
    assert [[each["values"]["w"] for each in one["rounds"]] for one in found] == [[3, 2.4], [3], [2.4]]
    assert [[each["round"] for each in one["checks"]] for one in found] == [[1, 2], [1], [2]]
