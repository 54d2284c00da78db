"""Lines that somebody may type, which are read as they are meant, or refused with what to type instead."""

import pytest

from microgrid import Sheet, SheetError
from microgrid.answers import check
from microgrid.answers.key import filled

COMPARED = [
    "1{a<=b} == 1", "1{a>=b} ~= 0", "[a<=b] == 1", "L*1{a<=b} ~= 2", "1{a>b} + 1{a<=b} == 1", "v*1{a<=b} ~= [1, 2]", "1{a >= b} == 0",
    "for k = 1..2: v[k]*1{b<=a} ~= 0", "at round 1: 1{a<=b} ~= 1", "1{a ≤ b} ~= 1",
]  # fmt: skip


@pytest.mark.parametrize("line", COMPARED)
def test_a_comparison_stands_on_the_left_of_a_check(line):
    found = check(Sheet.parse(f"param a = 1, b = 2, v = [1, 2]\nL = a*b\n{line}").run())
    assert found and all(each.right for each in found)


FAMILY = """param w[1] = 0.3, w[2] = 0.5
param W[1] = [0.3 0.5], W[2] = [1, 2]
q = W[1] @ W[2]
L = w[1]*w[2]² + q
"""
ASKED = [
    ("velocity(w[1]) ~= ?", "0.25"), ("velocity(w) ~= ?", "[0.25, 0.3]"), ("velocity(W[1]) ~= ?", "[1 2]"), ("velocity(W[1])[1,2] ~= ?", "2"),
    ("velocity(W[1][1,2]) ~= ?", "2"), ("for l = 1..1: velocity(w[l+1]) ~= ?", "0.3"), ("2*velocity(w[2]) ~= ?", "0.6"),
    ("before(w[2]) ~= ?", "0.5"), ("Δw[1] ~= ?", "-0.025"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "answer"), ASKED)
def test_what_an_optimiser_remembers_of_members_of_a_family(line, answer):
    text = f"{FAMILY}update momentum 0.1 0.9\n{line}"
    assert filled(text, Sheet.parse(text).run()).splitlines()[-1] == line.replace("?", answer)


def test_and_of_the_round_before():
    text = f"{FAMILY}update momentum 0.1 0.9\nupdate momentum 0.1 0.9 w[1]\nbefore(velocity(w[2])) ~= 0.3\nvelocity(w[2]) ~= 0.3"
    assert all(each.right for each in check(Sheet.parse(text).run()))


SECOND = [
    ("for l = 1..2: d²L/dw[l]² ~= ?", ["0", "0.6"]), ("for l = 1..1: d²L/dw[l]dw[l+1] ~= ?", ["1"]), ("for i = 1..2: d²L/dv[i]² ~= ?", ["2", "24"]),
    ("for l = 1..2: d²L/dw[l]dv[1] + l ~= ?", ["1", "2"]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "numbers"), SECOND)
def test_second_derivatives_by_what_a_range_counts(line, numbers):
    run = Sheet.parse(f"param w[1] = 0.3, w[2] = 0.5, v = [1, 2]\nL = w[1]*w[2]² + v[1]² + 2*v[2]³\n{line}").run()
    assert [f"{each.value:g}" for each in check(run)] == numbers


REFUSED = [
    ("table round V L", "an element is a number, such as V[1,1]"),
    ("L ~= inf", "what is no finite number is asked for by a blank, ?"),
    ("L ~= −∞", "what is no finite number is asked for by a blank, ?"),
    ("w ~= ??", "'??' is no printed number; one ? is a blank"),
    ("before(w*w) ~= 3", "before takes a name or a derivative"),
    ("before(w) ~= 3", "round 1 has no round before it"),
    ("V == V*before(w)", "round 1 has no round before it"),
    ("dL/dw = 2·before(w) = 6", "round 1 has no round before it"),
    ("dL/dV == [Δw 1]", "round 1 has no round before it"),
    ("update 0.1\nbefore(π) ~= 3", "π is the same in every round"),
    ("for i = 1..2: d²L/dV[i,q]² ~= 1", "a second derivative is written"),
]


@pytest.mark.parametrize(("line", "message"), REFUSED)
def test_others_are_refused_once_with_what_to_do(line, message):
    with pytest.raises(SheetError) as told:
        Sheet.parse(f"param w = 3, V = [1 2]\nL = w^2 + V[1,1]\n{line}")
    [mistake] = told.value.mistakes
    assert message in mistake.message, mistake


def test_a_derivation_may_be_of_any_round():
    text = """param w = 3, v = [1, 2]
L = w^2 + v[1]*w
update 0.1
at round 1: ∂L/∂w = 2w + v[1] = 7
at round 1: dL/dv = [w, 0] = [3, 0]
at round 2: ∂L/∂w = 2w + v[1] = 5.3
at round 2: ∂L/∂w = 2w + 1 = 7
"""
    found = check(Sheet.parse(text).run())
    assert [(each.line, each.right) for each in found if not each.right] == [(7, False), (7, False)]
    assert len(found) == 8
    with pytest.raises(SheetError, match="there is no round 3"):
        Sheet.parse(text + "at round 3: ∂L/∂w = 2w = 6")
