"""Derivatives as quantities of a sheet: defined, differentiated again, judged, explained, drawn, stepped through."""

import pytest
import sympy

from microgrid import Sheet, SheetError, explain, page, steps
from microgrid.answers import check
from microgrid.picture import draw

NEWTON = """title  A step of Newton's
param  w = 3
L = w^4 − 2·w²
g = dL/dw
H = d²L/dw²
Δ = −g/H
T = dH/dw
loss L
g ~= 96
d²L/dw² ~= 104
dg/dw ~= 104
Δ ~= −0.923
T == 24w
g == 4·w(w² − 1)
update 0.01
g ~= 25.8
""".replace("24w", "24*w")
MIXED = """input x = 0.3
param w = 0.8, b = −0.2
a = σ(w·x + b)
M = ½(a − 1)²
P = {}
"""
FORMS = ["d²M/dwdb", "d²M/dw²", "d2M/dw2", "∂²M/∂b∂w", "∂²M/∂b²", "dM/dw·dM/db", "(dM/dw)² + |∂M/∂b|", "dM/da·da/dw"]


def test_a_sheet_computes_with_derivatives():
    run = Sheet.parse(NEWTON).run()
    assert [answer.verdict for answer in check(run)] == ["exact"] * 4 + ["proved"] * 2 + ["exact"]
    assert run.rounds[0].values["T"] == 72 and run.rounds[0].derivative("Δ", "w") == pytest.approx(-0.36094674556213)


@pytest.mark.parametrize("form", FORMS)
def test_every_derivative_is_sympys(form):
    w, b, x = symbols = sympy.symbols("w b x")
    at = dict(zip(symbols, (sympy.Rational(4, 5), sympy.Rational(-1, 5), sympy.Rational(3, 10))))
    a = 1 / (1 + sympy.exp(-(w * x + b)))
    M = (a - 1) ** 2 / 2
    dw, db = sympy.diff(M, w), sympy.diff(M, b)
    wanted = {
        "d²M/dwdb": sympy.diff(dw, b), "d²M/dw²": sympy.diff(dw, w), "d2M/dw2": sympy.diff(dw, w),
        "∂²M/∂b∂w": sympy.diff(db, w), "∂²M/∂b²": sympy.diff(db, b), "dM/dw·dM/db": dw * db,
        "(dM/dw)² + |∂M/∂b|": dw**2 - db, "dM/da·da/dw": dw,
    }[form]  # fmt: skip
    here = Sheet.parse(MIXED.format(form)).run().rounds[0]
    assert here["P"].data == pytest.approx(float(wanted.evalf(30, at)), rel=1e-13)
    for name, symbol in zip("wbx", symbols):
        assert here.derivative("P", name) == pytest.approx(float(sympy.diff(wanted, symbol).evalf(30, at)), rel=1e-12)


def test_a_formula_for_what_computes_with_a_derivative_is_tried_elsewhere():
    (answer,) = check(Sheet.parse(NEWTON.partition("loss L")[0] + "H == 12*w^2 - 4 + (w - 3)").run())
    assert answer.verdict == "refuted"


def test_a_number_that_follows_from_a_derivative_is_judged_by_its_true_value_alone():
    sheet = MIXED.format("M + 5*(dM/dw)²") + "a ~= 0.51\nM ~= 0.121\nP ~= 0.1363\ndP/dw ~= -0.0552\n"
    answers = {answer.quantity: answer for answer in check(Sheet.parse(sheet).run())}
    assert answers["a"].verdict == "exact" and not {"carried"} & {each.verdict for each in answers.values()}


@pytest.mark.parametrize("round_number", [1, 2])
def test_it_is_explained_drawn_and_stepped_through(round_number):
    run = Sheet.parse(NEWTON).run()
    found = explain(run, "dΔ/dw", round_number=round_number)
    assert found.value == pytest.approx(run.rounds[round_number - 1].derivative("Δ", "w"))
    assert "24·w" in found.text() and "∂Δ/∂g" in found.text()
    assert "∂²L/∂w²" in draw(run).source or "g" in draw(run).source
    penalised = Sheet.parse(MIXED.format("M + (dM/dw)²") + "\nloss P").run()
    tape = steps(penalised)
    assert len(tape) > 5 and page(penalised) is not None
    assert "(∂M/∂w)²" in draw(penalised).source


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("g = dL/dq", "'q' is not defined"),
        ("g = d²q/dw²", "a second derivative is written d²L/dw² or d²L/dw1dw2"),
        ("g = dg/dw", "'g' is not defined yet"),
        ("input k = dL/dw", "input k is a number"),
    ],
)
def test_what_is_no_derivative(line, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"param w = 2\nL = w^2\n{line}")
    assert message in str(caught.value)
