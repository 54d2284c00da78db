"""What a derivation prints can be pasted back into a sheet: every line is read, and comes out right."""

import math

import pytest
from sheets import SHEETS

from microgrid import Sheet, explain
from microgrid.answers import check
from microgrid.sheet import Check

SEVERAL = """param a = 0.7, w = −1.2
c = a²
b = a·c
L = (b + w·c − a)²
M = L + 2·b
update 0.1
"""


def pasted(text, run, **how):
    """The sheet with its derivation behind its first round, and which checks are the derivation's."""
    lines = text.split("\n")
    first = run.sheet.updates[0].line - 1 if run.sheet.updates else len(lines)
    found = explain(run, **how).text(width=80)
    added = len(found.split("\n"))
    again = Sheet.parse("\n".join([*lines[:first], found, *lines[first:]]), run.sheet.name).run()
    return again, [each for each in check(again) if first < each.line <= first + added]


def assert_right(text):
    run = Sheet.parse(text).run()
    again, found = pasted(text, run, digits=9)
    assert found and all(each.right for each in found), [each for each in found if not each.right]
    assert any(isinstance(each, Check) for each in again.sheet.checks)
    for name, node in run.rounds[-1].nodes.items():
        assert math.isclose(node.data, again.rounds[-1][name].data, rel_tol=1e-15)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_every_line_of_a_derivation_is_read_and_right(path):
    assert_right(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("loss", "LM")
def test_a_local_derivative_that_is_not_the_whole_one_is_right_too(loss):
    assert_right(SEVERAL.replace("update", f"loss {loss}\nupdate"))


def test_what_a_derivation_has_wrong_is_refuted():
    text = "param a = 0.7\nc = a²\nb = a·c\nL = b²\n"
    lines = ["∂L/∂a = ∂L/∂b·∂b/∂a + ∂L/∂c·2·a", "∂L/∂a = ∂L/∂b·∂b/∂a (via b)", "dL/da = 2·b·db/da = 1.5"]
    found = [each.right for each in check(Sheet.parse(text + "\n".join(lines)).run())]
    assert found == [True, False, True, False]


DIRECT = """input x = [1, 2]
param W = [1 2; 3 4], a = 0.5
h = W @ x
g = W @ h
L = sum(g ⊙ g) + sum(h ⊙ h) + a*h[1]
"""
RECURRENT = """input x = [0.5, -0.3, 0.8], t = [0.1, 0.4, -0.2]
param W = [0.3 -0.2; 0.1 0.5], U = [0.7, -0.4]
input h[0] = [0.1, 0.2]
for i = 1..3: h[i] = tanh(W @ h[i-1] + U*x[i])
L = sum(½(sum(h[i]) − t[i])² for i in 1..3)
"""
LINEAR = """samples x | t
1 | 2
2 | 3
param w = 0.5
y = w*x
L = (y − t)²
C = mean over samples of L
"""
NEURON = """samples x | t
1 | 2
2 | 3
param w = 0.5, b = 0.1, v = 0.7
z = w*x + b
a = σ(z)
y = v*a + z
L = (y − t)² + a² + 0.1*w²
C = mean over samples of L
R = C + 0.1*w²
"""
UNNAMED = """samples x | t
0.5 | 0
2 | 1
param w = 0.5, b = 0.1
p = σ(w*x + b)
L = −t ln p − (1 − t) ln(1 − p)
"""
LAYER = """samples x | t
0.5 | 0
2 | 1
param W = [0.5, 0.3], b = 0.1
h = tanh(W*x + b)
p = σ(sum(h) + b)
L = (p − t)²
C = mean over samples of L
J = C + sum(W ⊙ W) + b²
"""
ONE_SAMPLE = "samples x | t\n1 | 2\n" + LINEAR.partition("2 | 3\n")[2]
HIGHER = """input x = 0.7
param w = 0.5, b = 0.2
z = w*x + b
a = tanh(z)
L = a² + w*a
g = dL/dw
H = dg/db
J = g² + a*H + w
loss J
"""
SEVERAL_WAYS = "param a = 0.7, w = −1.2\nc = a²\nb = a·c\nL = (b + w·c − a)²\nM = L + 2·b\n"
ASKED = [
    (DIRECT, (None, "dL/dx", "dL/dW", "dL/dh[1]", "dL/dW[1,2]", "d²L/dx[1]dW[1,2]", "d²L/dW[1,1]da")),
    (RECURRENT, (None, "dL/dU", "dL/dh[1]", "dL/dU[2]", "d²L/dU[1]²")),
    (LINEAR, (None, "dC/dw", "dC/dy", "dL/dw", "dy/dw", "d²C/dw²", "dC/dx at sample 2", "dL at sample 2/dw")),
    (NEURON, (None, "dR/dw", "dC/dv", "dL/dw", "d²R/dwdv", "dR/dz at sample 1")),
    (UNNAMED, (None, "dL/dw", "w", "b")),
    (LAYER, (None, "dJ/db", "dJ/dW", "dJ/dW[2]", "d²J/dW[1]db")),
    (ONE_SAMPLE, (None, "dC/dw", "d²C/dw²")),
    (HIGHER, (None, "dJ/dw", "dg/db", "dH/dw", "d²L/dwdb", "d²L/dw²", "dJ/da")),
    (SEVERAL_WAYS, (None, "dM/da", "d²M/da²", "d²M/dadw", "d²M/dw²")),
]
ASKED = [pytest.param(text, wrt, id=f"{at}-{wrt}") for at, (text, asked) in enumerate(ASKED) for wrt in asked]


@pytest.mark.parametrize(("text", "wrt"), ASKED)
def test_whatever_is_derived_is_read_back_and_right(text, wrt):
    run = Sheet.parse(text).run()
    is_array = (wrt or "").rpartition("/d")[2] in run.sheet.algebra.arrays.known
    ways = [{}, *([] if is_array else [{"paths": True}, {"level": "named"}])]
    for how in (*ways, *([{"sample": 2}] if run.sheet.samples > 1 else ())):
        _, found = pasted(text.rstrip("\n"), run, wrt=wrt, digits=9, **how)
        assert found and all(each.right for each in found), [each for each in found if not each.right]


@pytest.mark.parametrize("text", [DIRECT, RECURRENT, LINEAR])
def test_what_is_derived_of_arrays_is_read_back_from_ascii_too(text):
    found = explain(Sheet.parse(text).run()).text(encoding="ascii")
    assert found.isascii() and "D" not in found.replace("# D", "")
    assert all(each.right for each in check(Sheet.parse(f"{text}\n{found}").run()))


def test_the_sample_that_is_asked_for_is_told_where_there_are_no_arrays():
    found = str(explain(Sheet.parse(LINEAR).run(), wrt="dL/dw", sample=2))
    assert found == "sample 2\n\n∂L/∂y = 2·(y − t) = 2·(1 − 3) = −4\n\n∂L/∂w = ∂L/∂y·x = −4·2 = −8\n\nsample all"
    whole = str(explain(Sheet.parse(LINEAR).run(), wrt="dC/dw"))
    assert "∂C/∂w = sum over samples of ∂C/∂y·x = −5.5\n" in whole


def test_a_second_derivative_by_elements_is_written_as_books_do():
    found = explain(Sheet.parse(DIRECT).run(), wrt="d²L/dx[1]dW[1,2]")
    assert "d²L/dx[1]dh[1] = " in str(found) and "∂∂" not in str(found)
    assert r"\frac{\mathrm{d}^2 L}{\mathrm{d} x_{1} \, \mathrm{d} W_{12}}" in found.latex()


WRONG = [
    (DIRECT, "∂L/∂x[1] = W[1,1]·dL/dh[1] − W[2,1]·dL/dh[2]"),
    (DIRECT, "∂L/∂x[1] = W[1,1]·∂L/∂h[1] + W[2,1]·∂L/∂h[2]"),  # where h also leads to g: the local ones
    (DIRECT, "∂L/∂x = W @ dL/dh"),
    (LINEAR, "∂C/∂y at sample 2 = ∂C/∂L at sample 2 · ∂L/∂y at sample 1"),
    (LINEAR, "sample 2\n∂C/∂y = ∂C/∂L·2·(t − y)"),
    (LINEAR, "∂C/∂w = ∂C/∂y at sample 1 · ∂y/∂w at sample 1 (via y at sample 1)"),
    (UNNAMED, "∂(mean over samples of L)/∂w = sum over samples of ∂(mean over samples of L)/∂p·t"),
    (SEVERAL_WAYS, "∂²M/∂a∂w = −2·c + 2·c² + 2·a(2·(b + w·c) + 2·w·c + 2·a·c)"),
    (SEVERAL_WAYS, "d²M/dw² = 2·c"),
]


@pytest.mark.parametrize(("text", "line"), WRONG, ids=[line for _, line in WRONG])
def test_a_wrong_line_of_a_derivation_stays_wrong(text, line):
    assert {each.verdict for each in check(Sheet.parse(text + line).run())} == {"refuted"}
