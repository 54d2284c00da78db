"""Derivations against their sources, against the graph's own numbers, and as text, LaTeX and JSON."""

import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outside import PATIENCE, ROOT, microgrid
from sheets import worked
from work import calls, is_linear, seconds

from microgrid import Graph, GraphError, Sheet, Value, explain, page
from microgrid.derivation import Derivation
from microgrid.derivation.array_slopes import onehot
from microgrid.derivation.solution import folded
from microgrid.engine.functions import softmax, total
from microgrid.formula import Call, Name, Number, evaluate, parse, render, simplified
from microgrid.formula.algebra import size, tidied, unshifted
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.operation import VOCABULARY
from microgrid.formula.simplification import by_sympy
from microgrid.formula.writing import columns, text, wrapped
from microgrid.nn import MLP
from microgrid.training.losses import cross_entropy

WORDS = {**VOCABULARY, "logsumexp": lambda *x: math.log(math.fsum(map(math.exp, x)))}


def sheet(*lines):
    return Sheet.parse("\n".join(lines)).run()


def squeezed(derivation):
    """The lines of a derivation in one, each equation after the other."""
    return " ".join(derivation.text(10_000).split())


def formula_of(derivation):
    write = text(6)
    return write(derivation.steps[-1].formulas)


# ── the sources' own derivations ──


def test_example_a_the_chain_of_five():
    found = explain(worked("simple_network"), wrt="w1")
    assert squeezed(found) == (
        "∂C/∂w1 = ∂C/∂y · ∂y/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂w1"
        " = (y − t) · y(1 − y) · w2 · 1{z1 > 0} · x"
        " = (0.240489 − 1) · 0.240489·(1 − 0.240489) · (−5) · 1{0.03 > 0} · 3"
        " = −0.759511 · 0.182654 · (−5) · 1 · 3"
        " = 2.08092"
    )
    assert found.value == pytest.approx(2.0809165621704553, rel=1e-14)


@pytest.mark.parametrize(
    ("quantity", "formulas", "value"),
    [
        ("w2", "(y − t) · y(1 − y) · a1", -0.00416183312434091),
        ("b", "(y − t) · y(1 − y) · 1", -0.13872777081136367),
        ("dy/dz2", "y(1 − y)", 0.1826542),
        ("da1/dz1", "1{z1 > 0}", 1.0),
    ],
)
def test_example_a_the_others(quantity, formulas, value):
    found = explain(worked("simple_network"), wrt=quantity)
    assert formula_of(found) == formulas
    assert found.value == pytest.approx(value, rel=1e-6)


C = {
    "dJ/dŷ": ("ŷ − y", -0.8), "dŷ/dz2": ("1{z2 > 0}", 1), "dz2/da1": ("w2", 0.8), "dz2/dw2": ("a1", 1.5),
    "da1/dz1": ("1{z1 > 0}", 1), "dz1/dw1": ("x", 3), "dJ/dz2": ("(ŷ − y) · 1{z2 > 0}", -0.8),
    "dJ/dw2": ("(ŷ − y) · 1{z2 > 0} · a1", -1.2), "dJ/da1": ("(ŷ − y) · 1{z2 > 0} · w2", -0.64),
    "dJ/dz1": ("(ŷ − y) · 1{z2 > 0} · w2 · 1{z1 > 0}", -0.64),
    "dJ/dw1": ("(ŷ − y) · 1{z2 > 0} · w2 · 1{z1 > 0} · x", -1.92),
}  # fmt: skip


@pytest.mark.parametrize("quantity", C)
def test_example_c_every_line(quantity):
    found = explain(worked("two_relus"), quantity)
    assert (formula_of(found), found.value) == (C[quantity][0], pytest.approx(C[quantity][1], rel=1e-12))


def test_example_d_the_whole_backward_pass():
    found = explain(worked("two_input_sigmoid"))
    order = [step.by for step in found.steps]
    assert order == "ŷ z a2 a1 z2 z1 x1 x2 y w11 w12 b1 w21 w22 b2 v1 v2 c".split()
    steps = {step.by: step for step in found.steps}
    write = text(4)
    for name, formulas, value in [
        ("ŷ", "−y/ŷ + (1 − y)/(1 − ŷ)", -1.30759751673),
        ("z", "∂L/∂ŷ · ŷ(1 − ŷ)", -0.235238682234),
        ("v1", "∂L/∂z · a1", -0.1316663013),
        ("z1", "∂L/∂a1 · a1(1 − a1)", -0.0347825251836),
        ("w11", "∂L/∂z1 · x1", -0.01739126259),
        ("x1", "∂L/∂z1 · w11 + ∂L/∂z2 · w21", -0.02215495369),
    ]:
        assert (write(steps[name].formulas), steps[name].value) == (formulas, pytest.approx(value, rel=1e-9))
    lines = found.text().splitlines()
    assert lines[0].startswith("# Two-input sigmoid network with binary cross-entropy: the backward pass, round")
    assert "w11 ← 0.2 − 0.01·(−0.0173913) = 0.200174" in lines
    assert "∂L/∂w11 = ∂L/∂z1 · ∂z1/∂w11 = ∂L/∂z1 · x1 = −0.0347825 · 0.5 = −0.0173913" in lines
    short = explain(worked("two_input_sigmoid"), digits=3).text()
    assert "w11 ← 0.2 − 0.01·(−0.0174) = 0.2" in short


def test_later_rounds_have_their_own_numbers_and_no_update():
    run = worked("two_input_sigmoid")
    second = explain(run, round_number=2)
    assert second.descents == () and "round 2" in second.title
    assert {step.by: step.value for step in second.steps} == {
        name: pytest.approx(number, rel=1e-12) for name, number in run.rounds[1].gradients.items() if name != "L"
    }


@pytest.fixture
def quiz():
    """c gets inputs from a and x2; d from a, b and x2; e from d; y from c, d and e; a and b from x1."""
    x1, x2 = Value(0.5, label="x1"), Value(-0.3, label="x2")

    def neuron(label, *inputs):
        node = sum(0.2 * (i + 1) * each for i, each in enumerate(inputs)).tanh()
        node.label = label
        return node

    a, b = neuron("a", x1), neuron("b", x1)
    c, d = neuron("c", a, x2), neuron("d", a, b, x2)
    return neuron("y", c, d, neuron("e", d))


def test_example_d_the_quiz(quiz):
    sums = [[text(4)(each) for each in explain(quiz, name, paths=True).steps[0].chains] for name in ("x2", "x1")]
    assert squeezed(explain(quiz, "x1", paths=True)).count("=") == 6
    assert sums[0] == [
        "∂y/∂c · ∂c/∂x2 + ∂y/∂d · ∂d/∂x2 + ∂y/∂e · ∂e/∂d · ∂d/∂x2",
        "∂y/∂c · ∂c/∂x2 + (∂y/∂d + ∂y/∂e · ∂e/∂d) · ∂d/∂x2",
    ]
    assert sums[1][0].count("+") == 4
    assert sums[1][1] == ("∂y/∂c · ∂c/∂a · ∂a/∂x1 + (∂y/∂d + ∂y/∂e · ∂e/∂d) · (∂d/∂a · ∂a/∂x1 + ∂d/∂b · ∂b/∂x1)")


def test_contributions_are_grouped_by_consumer(quiz):
    found = explain(quiz, "x1", digits=4)
    chains = [text(4)(step.chains[0]) for step in found.steps]
    assert chains == [
        "∂y/∂d (directly) + ∂y/∂e · ∂e/∂d (via e)",
        "∂y/∂c · ∂c/∂a (via c) + dy/dd · ∂d/∂a (via d)",
        "∂y/∂a · ∂a/∂x1 (via a) + dy/dd · ∂d/∂b · ∂b/∂x1 (via b)",
    ]
    assert found.text().endswith("d is the whole derivative, over every way; ∂ the local one, other inputs held.")
    quiz.backward()
    assert found.value == pytest.approx(explain(quiz, "x1", paths=True).value, rel=1e-14)


def test_two_outputs_share_a_hidden_value():
    run = sheet("input h1 = 0.5", "o1 = tanh(2*h1)", "o2 = sigmoid(3*h1)", "E = (o1 - 1)^2/2 + o2^2/2")
    assert "∂E/∂h1 = ∂E/∂o1 · ∂o1/∂h1 (via o1) + ∂E/∂o2 · ∂o2/∂h1 (via o2)" in explain(run, "h1").text()


# ── any graph ──

ACTIVATIONS = ["tanh({})", "sigmoid({})", "relu({})", "{}", "softplus({})", "exp(-({})^2)", "1/(1 + exp(-({})))"]


@st.composite
def sheets(draw):
    """A random sheet whose every line uses some of the lines before it."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    names = [f"x{i}" for i in range(rng.randint(1, 3))]
    lines = [f"param {name} = {rng.choice((-1, 1)) * rng.randint(1, 30) / 16}" for name in names]
    for i in range(rng.randint(1, 9)):
        terms = [rng.choice(("{0}", "{0}*{1}", "0.5*{0}", "{0}^2/2", "{0}/(1 + {1}^2)", "max({0}, {1})")) for _ in "12"]
        inside = rng.choice((" + ", " - ")).join(
            term.format(rng.choice(names[-4:]), rng.choice(names[-4:])) for term in terms[: rng.randint(1, 2)]
        )
        lines.append(f"n{i} = {rng.choice(ACTIVATIONS).format(inside)}")
        names.append(f"n{i}")
    return "\n".join(lines)


def factors(found):
    return [each for step in found.steps for term in step.terms for each in term.factors]


def same(a, b):
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


@settings(max_examples=150, deadline=None)
@given(sheets(), st.sampled_from(["named", "op"]))
def test_formulas_and_contributions_come_to_the_numbers(script, level):
    run = sheet(script)
    here = run.rounds[0]
    found = explain(run, level=level)
    numbers = {**CONSTANTS, **here.values}
    for each in found.definitions:
        numbers[each.name] = evaluate(each.formula, numbers, VOCABULARY)
    for each in factors(found):
        assert each.formula is None or same(evaluate(each.formula, numbers, VOCABULARY), each.value), each
    for step in found.steps:
        assert same(sum(term.value for term in step.terms), step.value)
        if step.by in here.nodes:
            assert same(step.value, here.derivative(run.sheet.loss, step.by))
    for leaf in here.nodes:
        if leaf != run.sheet.loss and any(step.by == leaf for step in found.steps):
            assert same(explain(run, leaf, level=level).value, here.derivative(run.sheet.loss, leaf))


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_path_sums_and_factored_forms_come_to_the_same(script):
    run = sheet(script)
    here = run.rounds[0]
    for leaf in run.sheet.params:
        try:
            step = explain(run, leaf, paths=True).steps[-1]
        except GraphError:
            continue
        known = {text(4)(parse_local(each)): each.value for each in factors(explain(run))}
        for chain in step.chains:
            assert same(value_of(chain, known), here.derivative(run.sheet.loss, leaf))


def parse_local(factor):
    from microgrid.formula.path_sums import local

    return local(factor.of, factor.by)


def value_of(chain, known):
    from microgrid.formula import fold

    signs = {"·": lambda a, b: a * b, "+": lambda a, b: a + b}
    return fold(
        chain,
        lambda node, inputs: node.name if isinstance(node, Name)
        else known["∂{}/∂{}".format(*inputs)] if node.function == "∂" else signs[node.function](*inputs),
    )  # fmt: skip


def test_any_two_quantities():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    a = (w * x).tanh()
    a.label = "a"
    assert str(explain(a, wrt=w)) == "∂a/∂w = (1 − a²)·x = (1 − 0.999988²)·3 = 7.37296e−5"
    assert str(explain(a, wrt=a)) == "∂a/∂a = 1"
    assert explain((a * 2) + w, names={"L": None}, wrt=a).value == 2


@pytest.mark.parametrize("wrt", ["w¹₁₂", "∂a2_1/∂w¹₁₂", "∂a²₁/∂w1_12"])
def test_names_as_pictures_write_them(wrt):
    model = MLP(2, [2, 1], activation="tanh", seed=0, labels=True)
    out = model([1.0, 2.0])
    assert explain(out, wrt=wrt).value == explain(out, wrt="w1_12").value != 0
    assert explain(Graph(out), wrt=wrt).value == explain(out, wrt="w1_12").value
    with pytest.raises(GraphError, match=r"no value is called 'w¹₉₉'"):
        explain(out, wrt="w¹₉₉")


def test_names_from_locals_and_nodes_without():
    p, q = Value(2.0), Value(3.0)
    r = p * q
    s = r + 1
    assert str(explain(s, wrt=p, names=locals())) == "∂s/∂p = ∂s/∂r · ∂r/∂p = 1 · q = 1 · 3 = 3"
    assert explain(s, wrt=p).value == 3
    assert "v" in str(explain(s, level="op", names={}))
    assert str(explain(s, wrt=p)) == str(explain(s, wrt=p, names=locals()))


def test_softmax_by_its_own_results():
    run = sheet("param u = 1, v = 2", "p, q = softmax(u, 3*v)", "L = -log(q)")
    assert formula_of(explain(run, "dp/du")) == "p(1 − p)"
    assert formula_of(explain(run, "dp/dv")) == "−3·p·q"
    assert formula_of(explain(run, "dq/dv")) == "3·q(1 − q)"
    logits = [Value(1.0, label="u"), Value(6.0, label="v")]
    q = softmax(logits)[1]
    q.label = "q"
    assert explain(q, wrt=logits[0]).value == pytest.approx(explain(run, "dq/du").value, rel=1e-14)


SUM = "exp(z0) + exp(z1) + exp(z2)"
BY_LOGITS = [  # a class or probabilities, the logit, what remains of p - t
    (1, "z1", f"exp(z1)/({SUM}) − 1"),
    (1, "z0", f"exp(z0)/({SUM})"),
    (2, "z2", f"exp(z2)/({SUM}) − 1"),
    ([0.25, 0.5, 0.25], "z1", f"exp(z1)/({SUM}) − 0.5"),
    ([0.25, 0.5, 0.25], "z0", f"exp(z0)/({SUM}) − 0.25"),
]


@pytest.mark.parametrize(("target", "logit", "formula"), BY_LOGITS)
def test_cross_entropy_has_the_slopes_p_minus_t(target, logit, formula):
    numbers = {"z0": 0.5, "z1": 1.25, "z2": -2.0}
    L = cross_entropy([Value(number, label=name) for name, number in numbers.items()], target)
    L.label = "L"
    found = explain(L, wrt=logit)
    assert formula_of(found) == formula
    powers = {name: math.exp(number) for name, number in numbers.items()}
    t = target if isinstance(target, list) else [float(i == target) for i in range(3)]
    assert found.value == pytest.approx(powers[logit] / sum(powers.values()) - t[int(logit[1])], rel=1e-13)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("logsumexp(a - c, 0, b - c)", "logsumexp(a, c, b) - c"),
        ("(logsumexp(0, x*y - 2*z) + 1)/2", "(logsumexp(2*z, x*y) - 2*z + 1)/2"),
        ("logsumexp(a - c, b - d)", None),
        ("logsumexp(a - c, 0, 1)", None),
        ("logsumexp(0, 0)", None),
    ],
)
def test_what_all_terms_are_less_stands_outside(before, after):
    found = unshifted(parse(before))
    assert found == parse(after or before)
    point = dict(a=0.3, b=-1.0, c=0.7, d=2.0, x=1.5, y=-0.4, z=0.2)
    assert evaluate(found, point, WORDS) == pytest.approx(evaluate(parse(before), point, WORDS), rel=1e-13)


# The lines, the derivative, its number: what is left where the terms cancel is written as 0, what is small as it is.
CANCELLED = [
    (("y = x*0.1 + x*0.2 - x*0.3",), 0.0),
    (("u = x*0.1", "v = x*0.2", "w = x*0.3", "y = u + v - w"), 0.0),
    (("u = x*0.1 + x*0.2", "y = 3*(u - x*0.3)"), 0.0),
    (("u = x*0.1 + x*0.2 - x*0.3", "y = 5*u - u"), 0.0),
    (("y = (x + 0.2 - 0.3)*(x + 0.2 - 0.3)",), 0.0),
    (("y = (x + 0.2 - 0.3)^2",), 0.0),
    (("u = x + 0.2 - 0.3", "y = u*u"), 0.0),
    (("u = x + 0.2 - 0.3", "v = 3*u", "y = v^2 + x"), 1.0),
    (("u = x + 0.2 - 0.3", "y = u*sin(x)"), 0.09983341664682815),
    (("y = x*1e-20",), 1e-20),
    (("u = 1e-10*x", "y = 1e-10*u - 1e-21*x"), 9e-21),
    (("y = x*0.1 + x*0.2 - x*0.2999999",), 1e-7),
]


@pytest.mark.parametrize("level", ["op", "named"])
@pytest.mark.parametrize(("lines", "slope"), CANCELLED)
def test_terms_that_cancel_leave_no_rounding(lines, slope, level):
    run = sheet("param x = 0.1", *lines)
    for found in (
        explain(run, "x", level=level),
        explain(run, "x", level=level, paths=True),
        explain(run, level=level),
    ):
        assert found.steps[-1].value == pytest.approx(slope, rel=1e-8, abs=0)
        assert slope or not re.search("e[-−]1[5-9]", str(found)), str(found)


TIES = {  # what is derived by x where it is 2, and what its line says: max and min share a tie
    "max(x, 2)": "1{x > 2} = 0.5",
    "max(2, x)": "1{x > 2} = 0.5",
    "min(x, 2)": "1{2 > x} = 0.5",
    "3*max(x, 4/2)": "3·1{x > 2} = 3·0.5 = 1.5",
    "max(x, 1, 2)": "1{x > max(1, 2)} = 0.5",
    "max(2, x, 2)": "1{x > max(2, 2)} = 0.333333",
    "max(x, x*1)": "1{x > x",
    "max(x, 3)": "1{x > 3} = 1{2 > 3} = 0",
    "relu(x - 2)": "1{x − 2 > 0} = 1{2 − 2 > 0} = 0",
}


@pytest.mark.parametrize("formula", TIES)
def test_a_tie_reads_as_the_table_decides(formula):
    found = explain(sheet("param x = 2", f"y = {formula}"), "x")
    assert TIES[formula] in str(found)
    assert found.value == Sheet.parse(f"param x = 2\ny = {formula}").run().rounds[0].derivative("y", "x")
    is_tie = any(share in str(found).partition("At a")[0] for share in ("0.5", "0.333333"))
    assert ("At a tie" in str(found)) == is_tie == ("tfrac12" in found.latex()) == ("At a tie" in found.markdown())


def test_no_zero_stands_in_parentheses():
    run = sheet("param a = 0, b = -2", "y = a/b", "z = 3*y - relu(-y*1e-300)*b")
    for level in ("op", "named"):
        for found in (explain(run, level=level), explain(run, "b", level=level, paths=True)):
            assert "(0)" not in found.text() and r"\left(0\right)" not in found.latex()
    assert text(4)(parse("a*x")) == "a·x"
    zero, none = (Call("·", (Number(each), Name("x"))) for each in (-0.0, -math.nan))
    assert (text(4)(zero), text(4)(none)) == ("0 · x", "nan · x")


def test_an_operation_recorded_by_hand_has_a_number_and_no_formula():
    x = Value(2.0, label="x")
    y = Value(8.0, (x,), (12.0,), label="y")
    assert str(explain(y, wrt=x)) == "∂y/∂x = 12"
    z = (y * x).relu()
    z.label = "z"
    assert "∂y/∂x" in str(explain(z, wrt=x))


def test_an_update_of_an_array_is_its_rule_and_its_numbers():
    run = Sheet.parse("param W = [1 2; 3 4]\nL = sum(W ⊙ W)\nupdate 0.25").run()
    [update] = explain(run).json()["updates"]
    assert update == {
        "name": "W", "formula": "W − 0.25·∂L/∂W", "old": [[1, 2], [3, 4]], "slope": [[2, 4], [6, 8]], "new": [[0.5, 1], [1.5, 2]],
    }  # fmt: skip


def test_behind_a_closed_branch_the_numbers_stand_in_the_formula_and_are_not_worked_out():
    text = str(explain(Sheet.parse("param w = 1, x = -2\nz = w*x\na = relu(z)\nL = log(a)").run(), "dL/dw"))
    line, _, note = text.partition("\n\n")
    assert line == "∂L/∂w = ∂L/∂a · ∂a/∂z · ∂z/∂w = 1/a · 1{z > 0} · x = 1/0 · 1{−2 > 0} · (−2) = 0"
    assert note.startswith("# A closed branch")


def test_a_closed_branch_stops_an_infinite_slope():
    run = sheet("param x = -1", "r = relu(x)", "L = log(r)")
    assert explain(run, "x").value == 0
    behind = explain(sheet("param x = 0", "u = sqrt(x)", "L = max(u, 1e-10)"), "x")
    equations, _, note = behind.text().partition("\n\n")
    assert (
        equations.endswith("= 0") and "∞" not in equations and note.startswith("# A closed branch passes nothing back")
    )
    assert "A closed branch" in behind.latex() and "A closed branch" in behind.markdown()


def test_a_slope_that_is_not_its_formula_has_a_number_alone():
    found = explain(sheet("param w = 0", "r = 0*sqrt(w)", "L = r + w"), "w").text()
    assert "= 1 + 1 · ∂r/∂w\n" in found and "= 1 + 1 · nan\n" in found and "A closed branch" not in found


def test_long_unlabelled_computations_have_numbers():
    x = node = Value(0.5, label="x")
    for _ in range(5000):
        node = (node * 1.0001).tanh()
    found = explain(node, wrt=x)
    node.backward()
    assert found.value == pytest.approx(x.grad) and found.steps[0].terms[0].factors[0].formula is None


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("depth", [40, 150, 400, 1500])
def test_deep_chains(depth, labelled):
    x = node = Value(0.5, label="x")
    for i in range(depth):
        node = node.sin()
        node.label = f"n{i}" if labelled else ""
    with seconds(10):
        found = explain(node, wrt=x)
        assert max(map(columns, found.text().splitlines())) <= 80
        assert json.dumps(found.json()) and found.latex() and explain(node, wrt=x, paths=True).text()
    node.backward()
    assert found.value == pytest.approx(x.grad)


# ── what cannot be written ──


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (dict(wrt="w9"), "no quantity is called 'w9'; did you mean 'w2'?"),
        (dict(wrt="dJ/dw9"), "no quantity is called 'w9'; did you mean 'w2'?"),
        (dict(wrt="dw1/dJ"), "'J' does not lead to 'w1'; did you mean dJ/dw1?"),
        (dict(wrt="da1/dw2"), "'w2' does not lead to 'a1'; nodes that do: "),
        (dict(level="neurone"), "no level is called 'neurone'"),
        (dict(round_number=7), "the sheet has no round 7; it has 2"),
        (dict(wrt=3), "a derivative is by a Value or a name, not by a int"),
    ],
)
def test_errors_say_what_there_is(ask, message):
    with pytest.raises(GraphError) as caught:
        explain(worked("two_relus"), **ask)
    assert str(caught.value).startswith(message)


def test_other_things_than_values():
    with pytest.raises(GraphError, match=r"explain takes a Value, a worked sheet, Sheet\.run\(\), or a Graph, not str"):
        explain("L")
    with pytest.raises(GraphError, match=r"was computed from nothing that has a name$"):
        explain(Value(1.0, label="x"))
    with pytest.raises(GraphError, match="label some"):
        explain(Value(1.0) * 2 + Value(2.0))
    with pytest.raises(GraphError, match="no equation to derive"):
        explain(sheet("param w = 1"))


def test_paths_are_counted_before_they_are_walked():
    x = node = Value(1.0, label="x")
    for i in range(200):
        node = node * 0.5 + (node.tanh() if i % 2 else node.sin())
        node.label = f"n{i}"
        a, b = node * 0.1, node * 0.2
        a.label, b.label = f"a{i}", f"b{i}"
        node = a + b
    node.label = "L"
    with pytest.raises(
        GraphError, match="1,606,938,044,258,990,275,541,962,092,341,162,602,522,202,993,782,792,835,301,376 paths"
    ):
        explain(node, wrt=x, paths=True)
    found = explain(node, wrt=x)
    node.backward()
    assert found.value == pytest.approx(x.grad)
    assert len(found.steps) < 500


def test_more_than_anybody_would_read_is_refused():
    x = node = Value(1.0, label="x")
    for i in range(3000):
        node = node + x
        node.label = f"n{i}"
    with pytest.raises(GraphError, match="too many to write out"):
        explain(node)


# ── algebra ──


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1/2*2*(y - t)", "y - t"),
        ("-(y - t)", "t - y"),
        ("x*2", "x*2"),
        ("y*(1 - y)", "y*(1 - y)"),
        ("x + x", "2*x"),
        ("x*x/x", "x"),
        ("0.1*3*x", "0.3*x"),
        ("x/(1 + x^2) + x*x*x/(1 + x^2)", "x"),
        ("exp(-z)*-1*-1/(1 + exp(-z))^2", "exp(-z)/(1 + exp(-z))^2"),
        ("x/0", "x/0"),
        ("x - x", "0"),
        ("1/2 + -10/f^2", "1/2 - 10/f^2"),
    ],
)
def test_simplified(before, after):
    assert render(simplified(parse(before))) == after


def test_what_sympy_would_multiply_out_to_many_terms_it_is_not_given(monkeypatch):
    import sympy

    given = []
    expand = sympy.expand
    monkeypatch.setattr(sympy, "expand", lambda each: given.append(each) or expand(each))
    assert by_sympy(parse("(a + b)/(u + v + w)")) and given
    given.clear()
    for many in (
        "(a + b + c + d + e + f)/(u + v + w + x + y + z)",
        "(a + b + c)^7",
        "(a + b)*(c + d)*(e + f)*(u + v)*(x + y)",
    ):
        formula = parse(many)
        assert by_sympy(formula) is formula and not given


def test_formulas_beyond_reason_are_left_alone():
    long = parse(" + ".join(f"x{i}*x{i + 1}" for i in range(2000)))
    with seconds(10):
        assert simplified(long) is long
        nested = parse("1/(1 + " * 30 + "x" + ")" * 30)
        assert size(simplified(nested)) <= size(nested) and size(tidied(nested)) <= size(nested)


# ── how it is written ──


@pytest.mark.parametrize("name", ["simple_network", "two_relus", "two_input_sigmoid"])
@pytest.mark.parametrize("width", [30, 80, 120])
@pytest.mark.parametrize("ask", [dict(), dict(paths=True), dict(level="op"), dict(digits=17)])
def test_text_fits_its_width(name, width, ask):
    lines = explain(worked(name), **ask).text(width).splitlines()
    assert max(map(columns, lines)) <= width, max(lines, key=columns)
    assert all(line == line.rstrip() for line in lines)


@given(st.text(alphabet="ab ·+−(){}∂/=ŷ漢", max_size=60), st.integers(1, 40), st.integers(0, 12))
def test_wrapping_loses_nothing(line, width, indent):
    pieces = wrapped(line, width, indent)
    assert "".join("".join(pieces).split()) == "".join(line.split())


@pytest.mark.parametrize(("width", "pieces"), [(3, ["abc", "  def gh"]), (4, ["abcd", "  ef", "  gh"])])
def test_a_line_is_left_whole_where_hardly_a_letter_fits(width, pieces):
    assert wrapped("abcdef gh", width, 2) == pieces


def test_json_is_plain():
    found = explain(worked("two_input_sigmoid")).json()
    assert json.loads(json.dumps(found)) == found
    first = found["steps"][0]
    assert first["quantity"] == "∂L/∂ŷ" and first["value"] == pytest.approx(-1.30759751673)
    assert found["updates"][0]["name"] == "w11"
    assert first["terms"][0]["factors"][0]["formula"] == "−y/ŷ + (1 − y)/(1 − ŷ)"
    infinite = explain(sheet("param x = 0", "L = log(x)")).json()
    assert infinite["steps"][0]["value"] == "inf"


def test_notebooks_show_it():
    found = explain(worked("simple_network"), "w1")
    assert isinstance(found, Derivation)
    assert found._repr_latex_().startswith("$$\n\\begin{aligned}\n\\frac{\\partial C}{\\partial w_{1}} &= ")
    assert found._repr_markdown_() == found.markdown()
    assert r"y \left(1 - y\right)" in found.latex() and r"\mathbf{1}\{z_{1} > 0\}" in found.latex()


KATEX = """
const katex = require('katex');
const blocks = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const block of blocks)
  try { katex.renderToString(block, {displayMode: true, throwOnError: true, strict: 'ignore'}); }
  catch (error) { console.log(error.message + '\\n' + block); process.exitCode = 1; }
"""


@pytest.fixture(scope="session")
def katex(node, tmp_path_factory):
    """A folder where Node finds KaTeX."""
    folder = tmp_path_factory.mktemp("katex")
    npm = shutil.which("npm")
    done = npm and subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "katex@0.16"],
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    if not done or done.returncode:
        reason = f"KaTeX cannot be had: {done.stderr if done else 'there is no npm'}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def test_latex_compiles(katex, quiz):
    runs = [worked(name) for name in ("simple_network", "two_relus", "two_input_sigmoid")]
    found = [explain(run, **ask) for run in runs for ask in (dict(), dict(paths=True), dict(level="op"))]
    found += [explain(quiz, "x1"), explain(quiz, "x1", paths=True)]
    odd = Value(-1e-7, label="a_b $x^2 {\\ & #~%"), Value(math.inf, label="漢字 ŵ_1"), Value(0.5, label="λ2")
    result = odd[0].sin() * odd[1].sqrt() - odd[2].log() / odd[0].exp() + abs(odd[2]).atan().erf().leaky_relu()
    found += [explain(result), explain(result, level="op")]
    rows = [
        f"v{i} = {word}(x)"
        for i, word in enumerate("tan asin acos sinh cosh tanh log2 log1p logsigmoid softplus".split())
    ]
    found += [
        explain(
            sheet(
                "param x = 0.3, y = 0.4",
                *rows,
                "L = " + " + ".join(f"v{i}" for i in range(len(rows))) + " + x^y + max(x, y)",
            )
        )
    ]
    blocks = [each.latex() for each in found]
    blocks += [part for each in found for part in each.markdown().split("$$")[1::2]]
    done = subprocess.run(
        ["node", "-e", KATEX], input=json.dumps(blocks), cwd=katex, capture_output=True, encoding="utf-8", timeout=PATIENCE,
    )  # fmt: skip
    assert done.stdout == "" and done.returncode == 0, done.stdout + done.stderr


# ── the command ──


def test_the_command_prints_what_explain_writes():
    run = worked("two_relus")
    one = microgrid("explain", "demos/two_relus.sheet", "dJ/dw1", "--digits", "4")
    assert (one.returncode, one.stderr, one.stdout) == (0, "", f"{explain(run, 'dJ/dw1', digits=4)}\n")
    two = microgrid("explain", "demos/two_relus.sheet", "dJ/dw1", "∂ŷ/∂w2", "--format", "json")
    assert [each["target"] for each in json.loads(two.stdout)] == ["J", "ŷ"]
    script = microgrid("explain", "demos/two_relus.py:J", "w1", "--format", "latex", "--level", "op", "--paths")
    assert script.stdout.startswith("\\begin{aligned}")
    assert microgrid("explain", "demos/two_relus.sheet", "--format", "markdown").stdout.count("$$") == 2 * 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["demos/two_relus.sheet", "dJ/dw3"],
            "microgrid: demos/two_relus.sheet: no quantity is called 'w3'; did you mean",
        ),
        (["demos/two_relus.sheet", "--level", "x"], "microgrid: demos/two_relus.sheet: no level is called 'x'"),
        (["demos/two_relu.sheet"], "microgrid: there is no file demos/two_relu.sheet; did you mean"),
        (["demos/two_relus.py:K"], "microgrid: demos/two_relus.py has no 'K'"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message):
    done = microgrid("explain", *arguments)
    assert done.returncode == 2 and done.stderr.startswith(message) and done.stdout == ""


# ── how long it takes ──


def test_a_sheet_of_fifty_lines_takes_less_than_a_second():
    """That is less than three million calls, and as many for each line of any sheet."""

    def explained(count):
        lines = ["param w = 0.5, x = 0.25", "v0 = tanh(w*x)"]
        lines += [f"v{i} = (exp(v{i - 1}) - exp(-w))/(exp(v{i - 1}) + exp(-w) + x^2*v{i - 1})" for i in range(1, count)]
        assert explain(Sheet.parse("\n".join(lines)).run()).text()

    assert is_linear(explained, 25, 50)
    assert calls(explained, 50) < 4_000_000


def test_ordinary_sheets_need_no_sympy():
    program = "import sys; from microgrid import *; explain(Sheet.read('demos/two_input_sigmoid.sheet').run()).text(); print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n"


# ── the numbers that a graph holds ─────────────────────────────────────────────────────────


def test_a_graph_is_explained_with_its_own_numbers():
    x, w = Value(3.0, label="x"), Value(2.0, label="w")
    z = w * x
    z.label = "z"
    loss = (z - 1) ** 2
    loss.label = "L"
    graph = Graph(loss)
    assert str(explain(graph, wrt=w)) == str(explain(loss, wrt=w))
    other = graph.replayed({w: 1.0})
    assert explain(other, wrt="w").value == 12.0 and explain(loss, wrt="w").value == 30.0
    assert str(explain(other, wrt="dz/dw")) == "∂z/∂w = x = 3"
    assert str(explain(other, wrt="dL/dz")) == "∂L/∂z = 2·(z − 1) = 2·(3 − 1) = 4"
    with pytest.raises(GraphError, match="'w' does not lead to 'x'"):
        explain(other, wrt="dx/dw")


def test_a_part_of_a_graph_keeps_numbers_and_names():
    x = Value(3.0, label="x")
    a, b = x * 2, x * 5
    graph = Graph(a + b).replayed({x: 4.0})
    part = graph.leading_to(b)
    assert part.root is b and part.nodes == (x, b.parents[1], b)
    assert part.data == (4.0, 5.0, 20.0) and part.name(b) == graph.name(b) and len(part.edges) == 2
    assert graph.leading_to(graph.root).nodes == graph.nodes and part.leading_to(x).nodes == (x,)
    with pytest.raises(GraphError):
        part.leading_to(a)


VANISHED = {
    "s": (lambda s, q: (s * q).log(), "∂L/∂s = 1/(s·q)·q = 1/(16·0)·0 = nan"),
    "a": (lambda a, b: a / b * b, "∂L/∂a = b(1/b) = 0·(1/0) = nan"),
    "x": (lambda x, y: (x + 800.0).exp().log() + y, "∂L/∂x = 1/exp(x + 800)·exp(x + 800) = 1/exp(16 + 800)·exp(16 + 800) = nan"),
}  # fmt: skip


@pytest.mark.parametrize("name", VANISHED)
def test_what_makes_a_nan_is_not_cancelled(name):
    """1/(s·q) · q is 1/s, and nan where q is 0: the formula that is shown has to come to what stands behind it."""
    compute, shown = VANISHED[name]
    first, second = Value(16.0, label=name), Value(0.0, label={"s": "q", "a": "b", "x": "y"}[name])
    loss = compute(first, second)
    found = explain(loss, wrt=first, names={"L": loss}, level="named")
    assert found.value != found.value and " ".join(found.text().split()) == shown


@pytest.mark.parametrize(("count", "shown"), [(12, 12), (13, 6)])
def test_of_a_long_array_four_are_shown_and_the_last(count, shown):
    row = Call("row", tuple(Name(f"x{i}") for i in range(count)))
    found = folded(row).arguments
    assert len(found) == shown and found[:4] == row.arguments[:4] and found[-1] == row.arguments[-1]
    assert (Name("…") in found) == (count > 12)


def test_a_hundred_paths_are_written_out_and_no_more():
    for count, refused in ((100, nullcontext()), (101, pytest.raises(GraphError, match=r"^101 paths lead from 'x'"))):
        x = Value(0.5, label="x")
        root = total(x * float(i + 2) for i in range(count))
        with refused:
            assert len(explain(root, x, level="op", paths=True).steps[-1].terms) == count


@pytest.mark.parametrize(("length", "is_whole"), [(16, True), (17, False)])
def test_a_derivation_told_in_one_line_has_sixteen_letters_of_a_name(length, is_whole):
    x = Value(2.0, label="x" * length)
    L = Value(3.0) * x
    L.label = "L" * length
    for said in (repr(explain(L)), repr(explain(L, x))):
        assert ("L" * length in said) == is_whole and ("…" in said) != is_whole


def test_the_only_one_of_one_is_1():
    assert onehot(1, 1) == Number(1.0) and render(onehot(2, 3)) == "onehot(2, 3)"


LIKE_A_SHEETS = ["∂", "∂L/∂w", "∂∂L/∂w/∂b", " at sample ", "w at sample 2", "b at sample 2q", "w at sample ²", "mean over samples of L", "dL/dw",
                 "before(w)", "next w", "Δw", "m(w)", "w[1][2]", "w["]  # fmt: skip


@pytest.mark.parametrize("label", LIKE_A_SHEETS)
def test_a_label_may_look_like_what_sheets_write(label):
    for others in (("x", "L"), (label, "L"), ("x", label), (label, label)):
        x, y = Value(2.0, label=label), Value(3.0, label=others[0])
        root = (x * y).tanh() * x
        root.label = others[1]
        found = explain(root, paths=True)
        assert all((str(found), found.latex(), found.markdown(), found.json()))
        assert page(root)
