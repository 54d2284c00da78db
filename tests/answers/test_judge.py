"""A judge one can trust: no ✓ that was not earned, no accusation of the innocent, and doubt that is said."""

import math

import pytest

from microgrid import Sheet
from microgrid.answers import VERDICTS, Judge, check
from microgrid.answers.follow_through import Item


def judged(text):
    return {answer.quantity: answer for answer in check(Sheet.parse(text).run())}


def verdicts(text):
    return {name: answer.verdict for name, answer in judged(text).items()}


NETWORK = """input x1 = 1, x2 = 2
target t = 1
param w11 = .1, w12 = .2, w21 = .3, w22 = .4, w31 = .5, w32 = .6, b1 = 0, b2 = 0, b3 = 0, v1 = 1, v2 = -1, v3 = .5, c = 0
z1 = w11*x1 + w12*x2 + b1
z2 = w21*x1 + w22*x2 + b2
z3 = w31*x1 + w32*x2 + b3
h1 = tanh(z1)
h2 = tanh(z2)
h3 = tanh(z3)
y = v1*h1 + v2*h2 + v3*h3 + c
L = 1/2*(y - t)^2
"""  # dL/dw11 = -0.684742

RNN = """input x1 = .5, x2 = -.3, x3 = .8
target t = .6
param wx = .7, wh = .4, v = 1.2
h1 = tanh(wx*x1)
h2 = tanh(wx*x2 + wh*h1)
h3 = tanh(wx*x3 + wh*h2)
y = v*h3
L = (y - t)^2
"""  # dL/dwh = -0.0018944


# ── a ✓ is earned ──


@pytest.mark.parametrize("printed", ["-0.5", "-0.9", "-0.65", "-0.72", "0", "0.7", "0.68", "1", "-0.687", "-0.6"])
def test_no_tick_for_a_number_that_no_working_gives(printed):
    answer = judged(NETWORK + f"dL/dw11 ~= {printed}")["dL/dw11"]
    assert not answer.right


@pytest.mark.parametrize("printed", ["-0.7", "-0.68", "-0.685", "-0.684", "-0.6847", "-0.684742"])
def test_what_is_right_is_right_to_any_digit(printed):
    assert judged(NETWORK + f"dL/dw11 ~= {printed}")["dL/dw11"].right


@pytest.mark.parametrize("printed", ["0.2", "0.1", "0.02", "-0.02", "0.002", "0.00"])
def test_cancelling_steps_give_no_tick_to_another_sign(printed):
    assert not judged(RNN + f"dL/dwh ~= {printed}")["dL/dwh"].right


def test_the_report_prints_what_was_accepted():
    answer = judged(NETWORK + "dL/dw11 ~= -0.69")["dL/dw11"]
    assert answer.verdict == "rounding" and answer.precision == "two decimals"
    low, high = answer.accepted
    assert low <= answer.value <= high and answer.why == f"{low:.3f} … {high:.3f} by two decimals".replace("-0", "−0")


def test_a_print_without_a_digit_of_the_number_is_only_close():
    assert verdicts("param a = .5646\nL = a*1\nL ~= 1") == {"L": "close"}
    tiny = "param a = 0.0003, b = 1.2345, c = 2.3456, d = 3.4567\ne = b*1\nf = c*1\ng = d*1\nL = a*1\n"
    assert verdicts(tiny + "L ~= 0.000") == {"L": "close"}
    habit = "e ~= 1.235\nf ~= 2.346\ng ~= 3.457\n"  # an author who prints three decimals of everything
    assert verdicts(tiny + habit + "L ~= 0.000")["L"] == "exact"


TERMS = "param a = {}, b = {}, u = {}, v = {}\nz = u*a + v*b\n"


@pytest.mark.parametrize(
    ("numbers", "printed"),
    [
        ((-0.11836, 0.10985, 0.1, -0.5), "-0.06677"),
        ((0.123, 0.456, 0.789, 0.321), "0.243"),  # 0.097 + 0.146
        ((1.05, 2.15, 0.3, 0.7), "1.83"),  # 0.32 + 1.51
    ],
)
def test_terms_of_a_sum_may_be_rounded_one_by_one(numbers, printed):
    assert judged(TERMS.format(*numbers) + f"z ~= {printed}")["z"].right


def test_the_working_precision_is_read_off_the_right_numbers():
    chain = "input x = 0.0449, y = 7.1\nz = x*1\na = 8*z\nb = a/2\nu1 = x*7\nu2 = x*9\nu3 = x*11\n"
    shown = "u1 ~= 0.31\nu2 ~= 0.40\nu3 ~= 0.49\n"
    assert verdicts(chain + "b ~= 0.16")["b"] == "slip"  # nobody works with a single digit
    found = judged(chain + shown + "b ~= 0.16")["b"]
    assert (found.verdict, found.precision) == ("rounding", "two decimals")


# ── carried needs a chain ──


@pytest.mark.parametrize(("h", "why"), [("7.5", "should be 6.0"), ("8.0", "should be 6.0")])
def test_a_number_that_agrees_with_its_own_print_is_read_as_printed(h, why):
    found = judged(f"param a = 0.2\np = 2*a\no = 3*p\nh = 5*o\np ~= 0.5\no ~= 1.2\nh ~= {h}")
    assert [answer.verdict for answer in found.values()] == ["slip", "exact", "slip"]
    assert found["h"].why.startswith(why)


def test_a_calculator_does_not_contradict_its_own_print():
    text = "param a = 0.2, b = 0.5, c = 0.9\nu = a + b\nv = a + c\ns = u*v\nt = 2*s\nu ~= 0.9\nv ~= 1.4\ns ~= 0.98\n"
    found = judged(text + "t ~= 2.52")
    assert [answer.verdict for answer in found.values()] == ["slip", "slip", "carried", "slip"]
    assert found["t"].why.startswith("should be 1.96") and found["s"].carried_from == ("v",)
    assert judged(text + "t ~= 1.96")["t"].carried_from == ("s",)


def test_a_zero_in_between_stops_the_blame():
    text = "param w = 1\ninput o = 0\nx = 3*w\nm = o*x\ny = m + 5\nk = 2*w\nz = y + k\n"
    found = judged(text + "x ~= 4\nm ~= 0\ny ~= 5\nk ~= 3\nz ~= 8")
    assert [answer.verdict for answer in found.values()] == ["slip", "exact", "exact", "slip", "carried"]
    assert found["z"].carried_from == ("k",)


def test_a_random_number_after_six_wrong_ones_is_hardly_ever_carried():
    names = [f"a{i}" for i in range(6)]
    given = ", ".join(f"{name} = {0.3 + 0.17 * i:.2f}" for i, name in enumerate(names))
    lines = [f"input {given}", *(f"p{i} = {1.1 + i}*{name}" for i, name in enumerate(names))]
    lines += ["L = " + " + ".join(f"p{i}" for i in range(6))]
    right = Sheet.parse("\n".join(lines)).run().rounds[0].values
    wrong = [f"p{i} ~= {right[f'p{i}'] + 0.111 * (i + 1):.3f}" for i in range(6)]
    numbers = [right["L"] + 0.013 * k for k in range(1, 201, 2)]
    carried = [verdicts("\n".join([*lines, *wrong, f"L ~= {number:.3f}"]))["L"] for number in numbers]
    assert carried.count("carried") <= 4  # eight ways to read them, three units each, in 2.6


# ── programs' numbers, undefined numbers ──

SUM = "param a = -123.456789, b = 247.5233, c = 30500.25\nL = a*b + sin(a)*c\n"


def in_steps(kind):
    a, b, c = kind(-123.456789), kind(247.5233), kind(30500.25)
    return a * b + kind(math.sin(float(a))) * c


@pytest.mark.parametrize("digits", [15, 16, 17])
def test_a_programs_doubles_are_judged_by_their_rounding_error(digits):
    value = in_steps(float)
    for units in (-2, -1, 0, 1, 2):
        near = value + units * math.ulp(value)
        assert judged(SUM + f"L ~= {near:.{digits}g}")["L"].verdict == "exact"
    assert judged(SUM + f"L ~= {value * (1 + 1e-11):.17g}")["L"].verdict == "slip"


@pytest.mark.parametrize("digits", [7, 8, 9, 16, 17])
def test_a_programs_float32_is_judged_by_its_rounding_error(digits):
    import numpy as np

    number = in_steps(np.float32)
    assert judged(SUM + f"L ~= {float(number):.{digits}g}")["L"].right
    assert not judged(SUM + f"L ~= {float(number) * 1.001:.{digits}g}")["L"].right


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("input x = 2\nparam w = 3\nL = -(x*log(w) + (1-x)*log(1-w))\nL ~= 0.5\ndL/dw ~= 0.3", "log(1 − w) = log(−2)"),
        ("param w = 0\nz = 1/w\nL = z*2\nL ~= 3", "line 2: 1/w = 1/0 = ∞"),
        ("param w = 0\nz = sqrt(w)\nL = z*2\ndL/dw ~= 3", "∂sqrt(w)/∂w = ∞"),
    ],
)
def test_an_undefined_number_is_named_by_where_it_starts(text, where):
    for answer in judged(text).values():
        assert answer.verdict == "undefined" and answer.wrong and where in answer.why, answer


# ── one judge ──


def test_every_verdict_has_a_mark_and_counts_as_something():
    assert {each.counts for each in VERDICTS.values()} == {"right", "close", "carried", "wrong", "open"}
    assert all(len(each.mark) == 1 for each in VERDICTS.values())


def test_asking_for_a_number_is_as_writing_it_below_the_sheet():
    text = NETWORK + "z1 ~= 0.5\nh1 ~= 0.47\ny ~= 0.13\n"
    judge = Judge(Sheet.parse(text).run())
    for quantity, printed in [("h1", "0.46"), ("h2", "0.80"), ("L", "0.378"), ("L", "0.4"), ("z2", "1.2")]:
        asked = judge.ask(Item(0, quantity), printed)
        assert (asked.line, asked.round, asked.printed) == (0, 1, printed)
        assert (
            asked.verdict
            == [
                a
                for a in check(Sheet.parse(text.replace(f"{quantity} ~=", "# ~=") + f"{quantity} ~= {printed}").run())
                if a.quantity == quantity
            ][-1].verdict
        )
