"""The functions that a sheet defines, wherever the debugger reads a formula; and its second derivatives."""

import math

import pytest

from microgrid import Sheet, Value
from microgrid.debugger.prompt import converse
from microgrid.debugger.session import Session

SHEET = """
param w = 0.3, b = 0.1
f(z) = 1/(1 + e^(-z))
g(u, v) = u*v + b
a = f(w) + b
L = g(a, w)²
update 0.1
"""


def f(z):
    return 1 / (1 + math.exp(-z))


A = f(0.3) + 0.1
AFTER = 0.3 - 0.1 * 2 * (A * 0.3 + 0.1) * (A + 0.3 * f(0.3) * (1 - f(0.3)))  # w in round 2; b moves f(w) not at all
NUMBERS = {
    "f(w)": f(0.3),
    "f(0)": 0.5,
    "f'(w)": f(0.3) * (1 - f(0.3)),
    "f′(0)": 0.25,
    "f''(0)": 0.0,
    "g(a, 2)": 2 * A + 0.1,
    "g(f(w), w) + 1": f(0.3) * 0.3 + 1.1,
    "f(a)/a": f(A) / A,
}


def told(capsys, typed, target=None):
    converse(Session(target or Sheet.parse(SHEET).run()), typed)
    said = capsys.readouterr()
    return said.out + said.err


@pytest.mark.parametrize(("formula", "number"), NUMBERS.items(), ids=NUMBERS)
@pytest.mark.parametrize("command", ["p", "display"])
def test_what_a_function_comes_to_is_shown(command, formula, number, capsys):
    said = told(capsys, f"n; {command} {formula}").replace("−", "-")
    assert f"{formula} = {number:.6g}" in said


SAID = {
    "set w = f(0)": "w: 0.3 → 0.5",
    "set w = f'(0) + 1": "w: 0.3 → 1.25",
    "watch f(w) + b": "watch a",
    "watch g(a, w)^2": "watch L",
    "goto round 2; p f(w) - before(w)": f"f(w) - before(w) = {f(AFTER) - 0.3:.6g}",
    "b a if f(w) > 0.5": "b a if f(w) > 0.5, at",
    "p f(w, b)": "f takes 1 argument, not 2",
    "p f": "a function is written f(z)",
    "p h(w)": "no function is called 'h'",
    "watch f(w)": "no value is called 'f(w)'",
}


@pytest.mark.parametrize(("typed", "said"), SAID.items(), ids=SAID)
def test_a_function_is_read_wherever_a_formula_is(typed, said, capsys):
    assert said in told(capsys, typed).replace("\n", " ")


def test_a_second_derivative_is_that_of_the_numbers_at_hand(capsys):
    sheet = Sheet.parse("param w = 3, b = 1\nL = w⁴*b\nupdate 0.01").run()
    number = "{:.6g}".format
    after = sheet.rounds[1]
    said = told(capsys, "p d²L/dw²; p d²L/dwdb - 1; goto round 2; p d2L/dw2; set w = 1; p d²L/dw²", sheet)
    assert "∂²L/∂w² = 108\n" in said and "d²L/dwdb - 1 = 107" in said
    assert f"∂²L/∂w² = {number(12 * after['w'].data ** 2 * after['b'].data)}" in said
    assert said.rstrip().endswith(number(12 * after["b"].data)), said


def test_without_a_sheet_there_are_first_derivatives(capsys):
    w = Value(3.0, label="w")
    L = w**2
    L.label = "L"
    assert "derivative(L, w) makes a Value of one" in told(capsys, "p d²L/dw²", L).replace("\n", " ")
