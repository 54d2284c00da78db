"""The catalogue of mistakes, row by row: each is made, changes the line, and is said in words; and what it is made of."""

import math
import random
from fractions import Fraction
from functools import cache

import pytest
from planted import differ_in_one_digit, slips_of_the_pen
from sheets import SHEETS

from microgrid import Sheet
from microgrid.answers.digits import is_one_unit_off, meant_by
from microgrid.answers.edits import EDITS, edits, said
from microgrid.answers.follow_through import Item, Pages
from microgrid.answers.kin import MOST, kin_of
from microgrid.answers.lines import Steps, lines_of
from microgrid.answers.parts import added, multiplied, places, products, replaced, sums
from microgrid.answers.paths import own_term
from microgrid.answers.precision import Habit, Precision
from microgrid.answers.printed import Printed
from microgrid.answers.substitutes import gradients
from microgrid.formula import OPS, Call, Number, evaluate, free_names, parse, render
from microgrid.formula.floats import FLOATS
from microgrid.formula.writing import columns
from microgrid.sheet.statements import quantity_of

SHEET = """input x1 = 0.5, x2 = -1.5, u = 0.3
target t = 1
param w11 = 0.7, w12 = -0.3, w21 = 0.45, w22 = 0.9, b1 = 0.15, b2 = 2.25, v1 = 0.6, v2 = -0.8, v3 = 0.4, c = 0.35
param w31 = 0.2, w32 = 0.6, w33 = 0.1, w99 = 3, k = 0.2
z1 = w11*x1 + w12*x2 + b1
z2 = w21*x1 + w22*x2 + b2
h1 = sigmoid(z1)
h2 = relu(z2 + 3*u)
h3 = sin(z1*x2)
s = v1*h1 + v2*h2 + v3*(h3 + u)
r = 1/2*(s - t)^2 + log(h1)
o = 1/2*h1^2
q = 2*r*h2
y = sigmoid(s + c)
m = (h1 + h2 + h3)/6
L = -t*log(y) - (1 - t)*log(1 - y) + q/4 + o + w33 + w99 + m + k*z1^2
update 0.1
"""


SQUARES = "param w = 0.4, v = 0.3\ntarget t1 = 1, t2 = 2, t3 = 4\ny1 = w*v\ny2 = w\ny3 = v\n"
SQUARES += "L = ((y1 - t1)^2 + (y2 - t2)^2 + (y3 - t3)^2)/3\n"
ADAM = "param w = 1\nL = (w - 3)^2\nupdate adam 0.1 × 3\n"


@cache
def lines(text=SHEET):
    """Every line of the working of each number of a sheet, with the steps it is taken from."""
    pages = Pages(Sheet.parse(text).run())
    items = [Item(0, name) for name in pages.sheet.formulas]
    items += [Item(0, pages.sheet.loss, name) for name in pages.sheet.quantities]
    items += [Item(1, name) for name in pages.sheet.params if len(pages.run.rounds) > 1]
    items += [Item(2, "m̂(w)")] if text == ADAM else []
    every = [(item, Steps(pages, item, {}, pages.true(item))) for item in items]
    return [(steps, line) for item, steps in every for line in steps.lines if line.item == item]


def kinds(edit):
    return edit.of.split()


# ── the catalogue ──


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.words)
def test_a_mistake_can_be_made(edit):
    made = 0
    for steps, line in (*lines(), *lines(SQUARES), *lines(ADAM)):
        if line.kind not in kinds(edit) and "formula" not in kinds(edit):
            continue
        right = next(steps.results(line, line.formula))
        for formula, parts in edit.make(line):
            wrong = next(steps.results(line, formula))
            words = said(edit, parts)
            assert isinstance(wrong, float) and 0 < columns(words) <= 70 and "∂L" not in words
            elsewhere = kinds(edit) == ["formula"] and formula != line.formula  # with the same number here
            made += elsewhere or (math.isfinite(wrong) and not math.isclose(wrong, right, rel_tol=1e-9))
    assert made > 0


def test_every_mistake_is_made_once():
    for _, line in lines():
        for kind in ("value", "gradient", "step", "formula", "heart"):
            for rank in range(7):
                found = [formula for _, formula, _ in edits(line, rank, kind)] if kind in (line.kind, "formula") else []
                assert len(found) == len(set(found)) and line.formula not in found


def test_the_catalogue_is_in_order():
    assert all(0 <= edit.rank <= 5 for edit in EDITS)
    assert {kind for edit in EDITS for kind in kinds(edit)} == {"value", "gradient", "step", "formula", "heart"}
    assert len({(edit.of, edit.rank, edit.words) for edit in EDITS}) >= len(EDITS) - 2


# ── lines of work ──


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_a_line_gives_what_the_engine_gives(path):
    run = Sheet.read(path).run()
    pages, loss = Pages(run), run.sheet.loss
    items = [Item(0, name) for name in run.sheet.formulas]
    items += [Item(0, loss, name) for name in run.sheet.quantities if loss and name in pages.sources(loss)]
    items += [Item(1, name) for name in run.sheet.params if run.sheet.updates]
    for item in items:
        true = pages.true(item)
        steps = Steps(pages, item, {}, true)
        for line in steps.lines:
            (found,) = steps.results(line, line.formula)
            assert math.isclose(found, true, rel_tol=1e-9, abs_tol=1e-12) or not math.isfinite(true), (item, line.item)
            if line.item.by and item.by:
                whole = steps.whole(line, line.formula)
                assert math.isclose(
                    run.rounds[0].evaluate(whole), true, rel_tol=1e-9, abs_tol=1e-12
                ) or "step" in render(whole)


def test_a_printed_local_derivative_stands_in_the_line():
    text = "param w = .5\nz = w*2\na = tanh(z)\nL = a^2\n"
    pages = Pages(Sheet.parse(text).run())
    item, slope = Item(0, "L", "z"), Item(0, "a", "z")
    (line,) = [each for each in Steps(pages, item, {slope: 0.42}, 1.0).lines if each.item == item]
    assert render(line.formula) == "∂L/∂a*∂a/∂z"
    (line,) = [each for each in Steps(pages, item, {}, 1.0).lines if each.item == item]
    assert render(line.formula) == "∂L/∂a*(1 - a^2)"


# ── the parts of a formula ──

FORMULAS = ("w*x + b", "-y*log(p) - (1 - y)*log(1 - p)/2", "a - (b - (c + d))", "a/(b/c)*-d", "-(a + b)*c", "x^2/(2*n)", "-(-a)*b", "exp(-z)/(1 + exp(-z))")  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_what_is_taken_apart_is_put_together_again(text):
    formula, rng = parse(text), random.Random(text)
    names = {each.name: rng.uniform(0.2, 0.9) for each in free_names(formula)}
    value = evaluate(formula, names, FLOATS)
    for found, whole in ((sums, added), (products, multiplied)):
        for place, parts in found(formula):
            again = replaced(formula, place.path, whole(parts))
            assert math.isclose(evaluate(again, names, FLOATS), value, rel_tol=1e-12)
            shuffled = replaced(formula, place.path, whole(rng.sample(parts, len(parts))))
            assert math.isclose(evaluate(shuffled, names, FLOATS), value, rel_tol=1e-12)


def test_every_place_is_where_it_says():
    for formula in map(parse, FORMULAS):
        for place in places(formula):
            node = formula
            for i in place.path:
                node = node.arguments[i]
            assert node == place.formula
            assert replaced(formula, place.path, place.formula) == formula


def test_nothing_is_left_of_nothing():
    assert added([]) == Number(0.0) and multiplied([]) == Number(1.0)
    assert replaced(parse("a*x + b"), (0, 1), Number(1.0)) == parse("a + b")
    assert replaced(parse("a*x + b"), (0,), Number(0.0)) == parse("b")


def test_a_long_sum_is_no_deeper_than_a_short_one():
    total = parse(" + ".join(["x"] * 5000))
    ((_, parts),) = sums(total)
    assert len(parts) == 5000 and isinstance(added(parts[1:]), Call)


# ── names ──


@pytest.mark.parametrize(
    ("name", "likely", "unlikely"),
    [
        ("w12", {"w21", "w11"}, {"x1", "b1", "w12", "t"}),
        ("x1", {"x2"}, {"x1", "w11"}),
        ("h1", {"h2", "h3", "z1"}, {"z3"}),
        ("z1", {"z2", "h1"}, set()),
        ("v2", {"v1", "v3"}, {"w21"}),
        ("∂L/∂z1", {"∂L/∂z2"}, {"∂L/∂z1", "∂L/∂L", "∂L/∂x1"}),
        ("∂h1/∂z1", set(), {"∂h1/∂z1"}),
    ],
)
def test_names_that_are_taken_for_each_other(name, likely, unlikely):
    kin = kin_of(Pages(Sheet.parse(SHEET).run()))
    near = set(kin.alike(name, (), near=True))
    assert likely <= near and not (near | set(kin.alike(name, (), near=False))) & unlikely
    assert not near & set(kin.alike(name, (), near=False))


def test_a_target_is_taken_for_the_output():
    kin = kin_of(Pages(Sheet.parse("target y = 1\nparam w = .5, v = 2\nŷ = w*v\nL = (ŷ - y)^2").run()))
    assert kin.alike("ŷ", (), near=True) == ["y"] and kin.alike("y", (), near=True) == ["ŷ"]
    assert kin.alike("w", ("v",), near=True) == ["v"]


def test_of_a_large_kind_as_many_are_tried_as_anybody_waits_for():
    names = [f"w{i}" for i in range(10, 50)]
    kin = kin_of(Pages(Sheet.parse(f"param {' = 1, '.join(names)} = 1\nL = {' + '.join(names)}").run()))
    beside = ["w15", "w35", "w24", "w26"]
    near = [*dict.fromkeys([*beside, *names[20:]][:MOST])]
    assert kin.alike("w25", names[20:], near=True) == near
    assert kin.alike("w25", (), near=False) == [each for each in names if each not in ("w25", *beside)][:MOST]


def test_gradients_are_taken_for_others_the_nearest_first():
    names = [f"w{i}" for i in range(10, 60)]
    squared = " + ".join(f"{i}*{name}" for i, name in enumerate(names, 1))
    pages = Pages(Sheet.parse(f"param {' = 1, '.join(names)} = 1\nL = ({squared})^2").run())
    for name, nearest in {
        "w30": ["w29", "w31", "w28"],
        "w10": ["w11", "w12", "w13"],
        "w58": ["w57", "w59", "w56"],
    }.items():
        [line] = lines_of(pages, Item(0, "L", name))
        found = [quantity_of(shown).by for shown, _ in gradients(line)]
        assert found[:3] == nearest and len(found) in (23, 24)  # of the last ones the loss itself is one


OWN_TERMS = {
    "w^2 + u": "w^2", "u - w^2": "w^2", "(w^2 + 3*u)/u": "w^2", "-(w^2 + u)*3": "w^2",
    "u/(w^2 + 3)": None, "w/u": None, "u*w + w^2": None,
}  # fmt: skip


@pytest.mark.parametrize("formula", OWN_TERMS)
def test_a_term_of_its_own_stands_in_a_sum_and_nowhere_below(formula):
    pages = Pages(Sheet.parse(f"param w = 1.5, u = 2\nL = {formula}").run())
    [line] = lines_of(pages, Item(0, "L", "w"))
    found = own_term(line, line.paths[0])
    assert (found and render(found)) == OWN_TERMS[formula]


GATES = """input x = 0.8, h0 = 0.31, c0 = 0.47
param wf = 0.52, uf = -0.3, bf = 0.1, wi = 0.7, ui = 0.24, bi = -0.2, w_o = 0.9, w_g = -0.65, lam = 0.01
f = sigmoid(wf*x + uf*h0 + bf)
i = sigmoid(wi*x + ui*h0 + bi)
g = tanh(w_g*x)
L = f*c0 + i*g + w_o + lam*wf^2
"""


@pytest.mark.parametrize(
    ("name", "likely", "unlikely"),
    [
        ("wf", {"wi", "uf", "bf"}, {"x", "lam", "w_o", "w_g"}),
        ("bi", {"bf", "wi", "ui"}, {"uf", "lam"}),
        ("w_o", {"w_g"}, {"wf", "lam"}),
        ("lam", set(), {"wf", "w_o", "bi"}),
        ("f", set(), {"i", "g", "L", "wf"}),
        ("∂L/∂wf", {"∂L/∂wi", "∂L/∂uf", "∂L/∂bf"}, {"∂L/∂x", "∂L/∂lam"}),
    ],
)
def test_a_letter_is_an_index_beside_another_one(name, likely, unlikely):
    kin = kin_of(Pages(Sheet.parse(GATES).run()))
    near = set(kin.alike(name, (), near=True))
    assert likely <= near and not (near | set(kin.alike(name, (), near=False))) & unlikely


# ── digits ──


@pytest.mark.parametrize("text", ["0.562", "-12.340", "1.07", "0.00346", "-0.5", "0.809998"])
def test_slips_of_the_pen_are_undone(text):
    for wrong, said_of_it in slips_of_the_pen(text):
        if wrong == text or Fraction(wrong) == 0:
            continue
        found = {
            (each.text, each.words.partition(":")[0])
            for rank in range(1, 8)
            for each in meant_by(Printed(wrong), rank, Habit())
        }
        significant = len(text.replace(".", "").lstrip("-0"))
        meant = {Fraction(each) for each, words in found if said_of_it in words}
        assert significant < 3 or Fraction(text) in meant, (wrong, said_of_it)


def test_an_author_of_three_decimals_has_lost_no_fourth():
    author = Habit((Precision(3),))

    def said(text, right=math.nan):
        return [each.words for rank in range(8) for each in meant_by(Printed(text), rank, author, right)]

    assert "a digit is lost: 0.5362" not in said("0.562")
    assert "a digit is lost: 0.536" in said("0.56")
    assert "a digit is written twice: 0.56" not in said("0.566")
    assert "a digit is written twice: 0.56" in said("0.566", 0.5602)  # 0.560, its zero left out
    assert "a digit is written twice: 0.566" in said("0.5566")


def test_one_digit_is_wrong_of_four():
    found = [each.text for each in meant_by(Printed("1.234"), 6, Habit())]
    assert len(found) == len(set(found)) and all(differ_in_one_digit(each, "1.234") for each in found)
    assert not list(meant_by(Printed("1.23"), 6, Habit()))


@pytest.mark.parametrize(
    ("printed", "right", "off"),
    [("0.25", 0.24, True), ("0.25", 0.2449, True), ("0.25", 0.22, False), ("-0.25", 0.25, False), ("7", 8.2, True)],
)
def test_one_unit_off(printed, right, off):
    assert is_one_unit_off(Printed(printed), right) is off


def test_the_table_of_operations_is_known():
    """A function that sheets may use can stand in a line, and its derivative can be mistaken."""
    for name, row in OPS.items():
        if 1 in row.takes:
            text = f"param a = .4, w = .7\nz = a*w\nh = {name}(z)\nL = h*a\nupdate 0.1\n"
            for steps, line in lines(text):
                for rank in range(6):
                    for _, formula, parts in edits(line, rank, line.kind):
                        assert isinstance(next(steps.results(line, formula)), float) and parts is not None


@pytest.mark.parametrize(
    ("formula", "parts"),
    [
        ("-a*b", "+-1 +a +b"),
        ("-(a*b)/c", "+-1 +a +b -c"),
        ("a/(b/c)", "+a -b +c"),
        ("a/(-b)", "+a +-1 -b"),
        ("2*a*1", "+2 +a"),
    ],
)
def test_a_sign_is_a_factor(formula, parts):
    found = next(factors for place, factors in products(parse(formula)) if not place.path)
    assert " ".join(f"{'+' if each.sign == 1 else '-'}{render(each.formula)}" for each in found) == parts
    assert {each.sign for each in found} <= {1, -1}
