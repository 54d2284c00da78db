"""Second derivatives, and quantities computed with derivatives, follow from the numbers before them."""

import math
from random import Random

import pytest

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.printed import Printed
from microgrid.answers.sway import sway
from microgrid.formula.budget import Budget

EQUATIONS = [
    "z = w*x\na = tanh(z)\nL = (a - 1)^2",
    "L = w^3*x",
    "z = w*x + w^2\nL = z*w",
    "p1, p2 = softmax(w*x, w^2)\nL = -log(p1)",
    "z = w*x\ng = sigmoid(w*z)\nL = g*z/w + g^2",
    "h = relu(w*x)\nq = exp(-h/2)\nL = q*h - log(h + w)/3",
]


@pytest.mark.parametrize("equations", EQUATIONS)
@pytest.mark.parametrize("form", ["value", "argument", "factors", "fraction"])
def test_a_second_derivative_worked_through_is_a_difference_of_first_ones(equations, form):
    rng = Random(equations)
    w, x = rng.uniform(0.5, 1.5), rng.uniform(0.4, 1.2)
    text = "input x = {}\nparam w = {}\n" + equations
    pages = Pages(Sheet.parse(text.format(x, w)).run())
    item = Item(0, "∂L/∂w", "w")
    found = pages.follow(item, pages.order(pages.inputs(item)), {}, form)
    step = 1e-5
    slopes = [Sheet.parse(text.format(x, w + by)).run().rounds[0].derivative("L", "w") for by in (-step, step)]
    assert math.isclose(found, (slopes[1] - slopes[0]) / (2 * step), rel_tol=1e-6, abs_tol=1e-8)


NEURON = "input x = 0.7\nparam w = 1.3\nz = w*x\na = tanh(z)\nL = (a - 1)^2\nz ~= 0.910\na ~= 0.7211\n"
SLOPE = "da/dz ~= 0.4800\n"


@pytest.mark.parametrize(
    ("lines", "last", "blamed"),
    [
        ("dL/da ~= -0.5578\n" + SLOPE + "d²L/dw² ~= 0.4150", "rounding", ()),
        ("dL/da ~= -0.2789\n" + SLOPE + "d²L/dw² ~= 0.3204", "carried", ("dL/da",)),
        ("dL/da ~= -0.5578\n" + SLOPE + "d²L/dw² ~= 0.4510", "slip", ()),
        ("dL/da ~= -0.5578\n" + SLOPE + "d²L/dw² ~= -0.4150", "slip", ()),
        ("dL/da ~= -0.5578\nda/dz ~= 0.5800\nd²L/dw² ~= 0.5582", "carried", ("da/dz",)),
    ],
)
def test_a_second_derivative_is_judged_by_the_numbers_before_it(lines, last, blamed):
    answer = check(Sheet.parse(NEURON + lines).run())[-1]
    assert (answer.verdict, answer.carried_from) == (last, blamed)


@pytest.mark.parametrize(("printed", "verdict"), [("0.035", "exact"), ("0.009", "carried"), ("0.040", "slip")])
def test_a_quantity_computed_with_a_derivative_follows_from_it(printed, verdict):
    wrong = "dL/dw ~= -0.094\n" if verdict == "carried" else ""
    text = NEURON.replace("L = (a - 1)^2\n", "L = (a - 1)^2\ng = (dL/dw)^2\n")
    assert check(Sheet.parse(text + wrong + f"g ~= {printed}").run())[-1].verdict == verdict


def test_a_given_number_at_the_edge_of_its_domain_does_not_hide_what_the_others_sway():
    """√(1 − a) has no value where a is more than 1."""
    run = Sheet.parse("param a = 1, w = 2\nL = sqrt(1 - a) + w^3").run()
    assert math.isclose(sway(run, Item(0, "L", ""), Printed("8.00")), 8 * (1.005**3 - 1))


@pytest.mark.parametrize("tried", [1, 2, 3, 4])
def test_given_numbers_for_which_nobody_has_patience_sway_as_much_as_the_others(tried):
    run = Sheet.parse("param a = 1, b = 1, c = 1, d = 1\nL = a + b + c + d").run()
    with Budget(tried * run.sheet.work, "parts").in_force():
        assert math.isclose(sway(run, Item(0, "L", ""), Printed("4.00")), 4 * 0.005)
    with Budget(0, "parts").in_force():
        assert sway(run, Item(0, "L", ""), Printed("4.00")) == 0


@pytest.mark.parametrize("quantity", ["∂L/∂w by w", "∂L/∂p by w", "∂L/∂w by p", "∂x/∂x by x", "∂w/∂x by x"])
def test_which_derivatives_of_derivatives_have_equations(quantity):
    """Those of L, whatever it is derived by; x and w have no equation of their own."""
    pages = Pages(Sheet.parse("input x = 0.5, p = 2\nparam w = 3\nL = w^2*x").run())
    of, by = quantity.split(" by ")
    assert pages.is_second(Item(0, of, by)) == (of[1] == "L")
