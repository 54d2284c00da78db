"""Formulas about two rounds: what the sheet's own rule gives is proved, everything else refuted with a point."""

import re

import pytest

from microgrid import Sheet
from microgrid.answers import check

MODEL = """rate η = 0.1
input x = 1.5, y = 2
param w = 0.5, b = -0.25
state u = 0
p = w*x + b
L = (p - y)^2
"""

# What leads to the last round, and formulas of that: right ones, and wrong ones with how they are refuted.
CASES = {
    "update η": (
        ["Δw == -η*before(dL/dw)", "w == before(w) - η*before(dL/dw)", "w == before(w) + Δw", "x == before(x)",
         "before(L) == (before(p) - y)^2", "ΔL == L - before(L)", "w - before(w) == -η*before(dL/dw)",
         "L == (before(p) - η*(before(dL/dw)*x + before(dL/db)) - y)^2", "Δp == Δw*x + Δb",
         "Δw == -2*η*(before(p) - y)*x"],
        {"Δw == η*before(dL/dw)": "here it is 0.45, the formula gives −0.45",
         "Δw == -0.1*before(dL/dw)": "right here, but where before(dL/dw) = ",
         "w == before(w) - η*before(dL/db)*1.5": "right here, but where ",
         "w == before(w) + 0.45": "right here, but where before(w) = ",
         "Δp == Δw*x + Δw/1.5": "right here, but where "},
    ),
    "update adam 0.1 × 3": (
        ["m(w) == 0.9*before(m(w)) + 0.1*before(dL/dw)", "v(b) == 0.999*before(v(b)) + 0.001*before(dL/db)^2",
         "m̂(w) == m(w)/(1 - 0.9^t(w))", "t(w) == before(t(w)) + 1", "Δw == -0.1*m_hat(w)/(√(v_hat(w)) + 1e-8)"],
        {"m(w) == 0.9*before(m(w)) + 0.9*before(dL/dw)": "here it is", "m̂(w) == m(w)/(1 - 0.9²)": "here it is",
         "v(w) == 0.001*before(dL/dw)²": "here it is", "√v(w) == -√v(w)": "here it is",
         "m(w) == m(w) + before(m(w)) - before(m(b))*1.5": "right here, but where "},
    ),
    "update adam 0.1": (
        ["m(w) == 0.9*before(m(w)) + 0.1*before(dL/dw)", "m(w) == 0.1*before(dL/dw)", "m̂(w) == before(dL/dw)",
         "v̂(w) == before(dL/dw)²", "v(w) == 0.001*before(dL/dw)²", "t(w) == 1", "m̂(b) == m(b)/(1 - 0.9)"],
        {"m(w) == 0.2*before(dL/dw)": "here it is", "m̂(w) == before(dL/db)*1.5 + 0": "right here, but where ",
         "m(w) == before(dL/dw)": "here it is", "v̂(w) == -before(dL/dw)²": "here it is"},
    ),
    "update nesterov η 0.8 × 2": (
        ["velocity(w) == 0.8*before(velocity(w)) + before(dL/dw)", "Δw == -η*(before(dL/dw) + 0.8*velocity(w))"],
        {"Δw == -η*velocity(w)": "here it is"},
    ),
    "next u = 0.9*u + dL/dw\nnext w = w - η*next u\nround with x = 2": (
        ["u == 0.9*before(u) + before(dL/dw)", "Δw == -η*u", "x == before(x) + 2 - before(x)"],
        {"u == before(dL/dw)": "right here, but where ", "x == before(x) + 0.5": "right here, but where before(x) = "},
    ),
}  # fmt: skip


def answered(lines, formula):
    return check(Sheet.parse(f"{MODEL}{lines}\n{formula}").run())[0]


@pytest.mark.parametrize(("lines", "formula"), [(lines, each) for lines, (right, _) in CASES.items() for each in right])
def test_what_the_rule_gives_is_proved(lines, formula):
    answer = answered(lines, formula)
    assert (answer.verdict, answer.why) == ("proved", "by algebra")


@pytest.mark.parametrize(
    ("lines", "formula", "said"), [(lines, *each) for lines, (_, wrong) in CASES.items() for each in wrong.items()]
)
def test_what_it_does_not_give_is_refuted(lines, formula, said):
    answer = answered(lines, formula)
    assert answer.verdict == "refuted" and answer.why.startswith(said), answer.why
    names = re.findall(r"(?:where|,) (\S+) =", answer.why.partition(" it is ")[0])
    assert not {"before(η)", "before(y)"}.intersection(names)  # they are the same in both rounds


@pytest.mark.parametrize("formula", ["dL/dw == before(dL/dw) + 2*x*(Δw*x + Δb)", "dL/dw == before(dL/dw) + 2*x*Δp"])
def test_a_derivative_of_the_later_round_is_compared_here_alone(formula):
    answer = answered("update η", formula)
    assert (answer.verdict, answer.why) == (
        "holds here",
        "equal here; it is about two rounds, and not tried elsewhere",
    )


def test_what_is_remembered_in_the_first_round_has_no_round_before():
    assert answered("update adam 0.1", "at round 1: m(w) == 0*w").verdict == "holds here"


# What no run can reach refutes nothing: the memory that a first step begins with, the count of steps, squares below 0.
ALWAYS = [
    ("update adam 0.1", "m(w) == 0.5*before(m(w)) + 0.1*before(dL/dw)", "by algebra where before(m(w)) = 0, "),
    ("update adam 0.1 × 3", "t(w) == 2*before(t(w)) - 1", "by algebra where before(t(w)) = 2, "),
    ("update adam 0.1 × 3", "√(v(w)²) == v(w)", "equal here and at 16 other points; "),
    ("update rmsprop 0.1 × 2", "|v(b)| == v(b)", "equal here and at 16 other points; "),
]
FIRST = [
    ("update adam 0.1", "m̂(w) == before(dL/dw)"),
    ("update adam 0.1 × 2", "m̂(w) == m(w)/(1 - 0.9²)"),
    ("update adam 0.1 × 2", "v̂(w) == v(w)/(1 - 0.999^2)"),
    ("update adam 0.1 × 2\nrestart\nupdate adam 0.2", "m(w) == 0.1*before(dL/dw)"),
    ("update 0.1 × 2\nupdate momentum 0.1 0.9", "velocity(w) == before(dL/dw)"),
    ("update adagrad 0.1", "v(w) == before(dL/dw)^2"),
    ("update rmsprop 0.1 0.9", "v(b) == 0.1*before(dL/db)^2"),
]


@pytest.mark.parametrize(("lines", "formula", "said"), ALWAYS)
def test_what_holds_at_whatever_a_run_can_reach_holds_here(lines, formula, said):
    answer = answered(lines, formula)
    assert answer.verdict in ("holds here", "proved") and answer.why.startswith((said, "by algebra")), answer.why


@pytest.mark.parametrize(("lines", "formula"), FIRST)
def test_what_a_first_step_remembers_is_proved_there_and_refuted_one_step_later(lines, formula):
    assert answered(lines, formula).verdict == "proved"
    *_, last = lines.split("\n")
    later = f"{lines}\n{last.partition(' ×')[0]}"
    assert answered(later, formula).verdict == "refuted"


def test_an_array_is_told_of_its_first_step_too():
    text = "param w = [1, 2]\nL = sum(w ⊙ w)\nupdate adagrad 0.1\n"
    found = [check(Sheet.parse(text + line).run())[0].verdict for line in (
        "v(w) == before(dL/dw) ⊙ before(dL/dw)", "v(w) == before(dL/dw)", "v(w) == before(v(w)) + before(dL/dw)²",
    )]  # fmt: skip
    assert found == ["proved", "refuted", "proved"]
