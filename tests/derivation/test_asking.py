"""What may be asked of a derivation besides a name: second derivatives, formulas of lines, numbers of the rounds."""

import pytest

from microgrid import GraphError, Sheet, Value, explain
from microgrid.engine import derivative

SHEET = """
param w = 3, b = 1, θ = 2
f(z) = z²
a = f(w) + b
L = w⁴ − 2·a² + θ³
update momentum 0.01 0.9
update 0.1
"""
SECONDS = {
    # the derivatives of w⁴ − 2(w² + b)² + θ³ at 3, 1 and 2
    "d²L/dw²": 12 * 9 - 8 * 10 - 16 * 9,
    "d^2L/dw^2": -116,
    "d2L/dw2": -116,
    "∂²L/∂w²": -116,
    "d²L/dwdb": -24,
    "∂²L/∂b∂w": -24,
    "d²L/db²": -4,
    "d²L/dtheta²": 12,
    "d²a/dw²": 2,
}


@pytest.mark.parametrize(("asked", "number"), SECONDS.items(), ids=SECONDS)
@pytest.mark.parametrize("level", ["named", "op"])
def test_a_second_derivative_is_the_derivative_of_the_first(asked, number, level):
    found = explain(Sheet.parse(SHEET).run(), asked, level)
    assert found.value == pytest.approx(number)
    assert "∂∂" not in str(found) and (level == "op" or "²" in str(found).partition(" = ")[0])


def test_of_another_round_and_of_a_value():
    run = Sheet.parse(SHEET).run()
    here = run.rounds[1]
    wanted = derivative(derivative(here["L"], here["w"]), here["b"]).data
    assert explain(run, "d²L/dwdb", round_number=2).value == wanted != -24
    w = Value(3.0, label="w")
    L = w**4
    assert str(explain(L, "d²L/dw²", names={"L": L})) == "∂²L/∂w² = 12·w² = 12·3² = 108"


LINES = {"f(w) + b": "a", "dL/d(f(w) + b)": "a", "w² + b": "a", "theta": "θ", "dL/d\\theta": "θ", "dL/da": "a"}


@pytest.mark.parametrize(("asked", "name"), LINES.items(), ids=LINES)
def test_a_quantity_is_found_by_the_formula_of_its_line(asked, name):
    run = Sheet.parse(SHEET).run()
    assert str(explain(run, asked)) == str(explain(run, name))


REFUSED = {
    "m(w)": "no optimiser of the sheet remembers m(w)",
    "velocity(w)": "velocity(w) goes from round to round, so no derivative is by it; dL/dw is one",
    "dL/dvelocity(w)": "velocity(w) goes from round to round",
    "before(w)": "before(w) goes from round to round, so no derivative is by it",
    "before(dL/dw)": "before(dL/dw) goes from round to round",
    "Δw": "Δw goes from round to round, so no derivative is by it; dL/dw is one",
    "next w": "next w goes from round to round",
    "f(w)": "f(w) has no name in the sheet; a line q = f(w) gives it one",
    "L/w": "L/w has no name in the sheet",
    "d²L/dw": "a second derivative is written d²L/dw² or d²L/dw1dw2",
    "d³L/dw³": "write H = d²L/dw², then dH/dw",
    "d²L/dq²": "a second derivative is written",
    "q": "no quantity is called 'q'",
    "f(q q)": "no quantity is called 'f(q q)'",
}


@pytest.mark.parametrize(("asked", "said"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_derived_is_told_in_one_line(asked, said):
    with pytest.raises(GraphError) as caught:
        explain(Sheet.parse(SHEET).run(), asked)
    assert said in str(caught.value) and "\n" not in str(caught.value)
