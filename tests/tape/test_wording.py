"""What the steps say: the right numbers in sentences of one line, whatever the names are."""

from __future__ import annotations

import math
import re
from functools import partial

import pytest
from drawings import labelled
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import COARSE, DEMOS, LEVELS, build, descent, each_demo, each_level, perceptron, tangles

from microgrid import Sheet, Value
from microgrid.engine import scope
from microgrid.formula import number_text, unicode_name
from microgrid.formula.writing import columns
from microgrid.tape import Assigned, Backward, Complete, Forward, Update, steps
from microgrid.tape.rounds import Rule
from microgrid.tape.wording import Wording, filled, mark

PRIVATE = re.compile("[\ue000-\uf8ff]")
MARKED = re.compile("\ue000([^\ue001]*)\ue001")
FIELDS = {
    "backward": {"p": "partial", "u": "upstream", "c": "contribution", "b": "before", "a": "after"},
    "complete": {"g": "gradient"},
    "update": {"r": "rate", "g": "gradient", "b": "before", "a": "after"},
}


def said(root, level=None, rules=(), **how):
    """Every sentence of a tape."""
    words = Wording(tape := steps(root, level, rules=rules), **how)
    return [words(step) for step in tape]


def signed(number, digits=4):
    """A number on its own, as sentences have it."""
    return number_text(number, digits).replace("inf", "∞").replace("-", "−")


def ending(step, uses):
    """How the sentence about a step must end."""
    if isinstance(step, Forward):
        return f"= {signed(step.value)}"
    if isinstance(step, Backward):
        return f", so far {signed(step.after)}" if uses > 1 else f"= {signed(step.contribution)}"
    if isinstance(step, Complete):
        return f"= {signed(step.gradient)} is complete" + (f": the sum of {uses} shares" if uses > 1 else "")
    if isinstance(step, Update | Assigned):
        return f"= {signed(step.after)}" if isinstance(step, Update) or step.numbers else f"← {signed(step.after)}"
    return " = 1" if step.kind == "seed" else " is computed again, and every gradient is 0"


def assert_well_said(tape, words):
    """One line for each step, with no mark left, that ends in its number."""
    leading = {tape.view.root}  # what stands beside them gets no gradient
    for node in reversed(tape.view.nodes):
        leading |= {edge.parent for edge in tape.view.inputs(node)} if node in leading else set()
    for step in tape:
        sentence = words(step)
        uses = sum(edge.parent is step.node and edge.child in leading for edge in tape.view.edges)
        assert sentence.isprintable() and not PRIVATE.search(sentence)
        assert sentence.endswith(ending(step, uses)), sentence
        assert filled(words.template(step), partial(number, tape, step), words.digits) == sentence


def number(tape, step, what):
    """The number that stands for a mark."""
    if what[0] == "d":
        return tape.rounds[step.round - 1].graph.data[int(what[1:])]
    if isinstance(step, Assigned) and what[0] == "n":
        return step.numbers[int(what[1:])][1]
    return getattr(step, FIELDS[step.kind][what])


# ── numbers in a template ──────────────────────────────────────────────────────────────────

FILLED = [
    # a template, the numbers of a and b, the sentence
    ("{a}", -2, 0, "−2"),
    ("{a} + {b}", -2, -3, "−2 + (−3)"),
    ("{a} + {b}", 2, 3, "2 + 3"),
    ("{a} − {b}", -2, -3, "−2 − (−3)"),
    ("−{a}", -2, 0, "−(−2)"),
    ("−{a}", 2, 0, "−2"),
    ("{a}·{b}", -2, -3, "−2·(−3)"),
    ("{a} · {b}", -2, -3, "−2 · (−3)"),
    ("{a}/{b}", -2, -3, "−2/(−3)"),
    ("{a}^{b}", -2, -3, "(−2)^(−3)"),
    ("{a}^{b}", 2, -3, "2^(−3)"),
    ("{a}²", -2, 0, "(−2)²"),
    ("{a}¹⁰ + {b}³", -2, 3, "(−2)¹⁰ + 3³"),
    ("{b} + {a}²", -2, -3, "−3 + (−2)²"),
    ("x = {a}·{b}", -2, -3, "x = −2·(−3)"),
    ("x = {a}² = {b}", -2, 4, "x = (−2)² = 4"),
    ("f({a}, {b})", -2, -3, "f(−2, −3)"),
    ("f({a})²", -2, -3, "f(−2)²"),
    ("({a} + {b})²", -2, -3, "(−2 + (−3))²"),
    ("x ← {a}", -2, 0, "x ← −2"),
    ("x ← y − {a}·{b} = {b}", 0.1, -3, "x ← y − 0.1·(−3) = −3"),
    ("so far {a}", -2, 0, "so far −2"),
    ("the sum: {a}", -2, 0, "the sum: −2"),
    ("x = {a}", -0.0, 0, "x = 0"),
    ("x = {a}·{b}", -math.inf, -math.inf, "x = −∞·(−∞)"),
    ("{a}² + {b}", -math.inf, math.inf, "(−∞)² + ∞"),
    ("{b}·{a}", math.nan, 2, "2·nan"),
    ("{b} + {a}", -1e-7, 2, "2 + (−1e−7)"),
    ("{b} + {a}", 1e-7, 2, "2 + 1e−7"),
    ("x = {a}", -0.0173912618, 0, "x = −0.01739"),
    ("L = {a} = {b}", 2, 2, "L = 2"),
    ("L = {a} = {b}", 2, 3, "L = 2 = 3"),
    ("L = {a} = {b}", 0.123411, 0.123409, "L = 0.1234"),
    ("L = {a} + {b} = 4", -2, 6, "L = −2 + 6 = 4"),
    ("{{{a}}} %s {{0}}", 5, 0, "{5} %s {0}"),
]


@pytest.mark.parametrize(("template", "a", "b", "sentence"), FILLED, ids=[f"{t[0]} {t[1:3]}" for t in FILLED])
def test_negative_numbers_stand_in_parentheses_where_they_must(template, a, b, sentence):
    marked = template.format(a=mark("a"), b=mark("b"))
    assert filled(marked, {"a": float(a), "b": float(b)}.__getitem__, 4) == sentence


@pytest.mark.parametrize(
    ("digits", "sentence"),
    [(None, "−0.01739126180000001 = 12345.678"), (2, "−0.017 = 12346"), (6, "−0.0173913 = 12345.7")],
)
def test_as_many_digits_as_are_asked_for(digits, sentence):
    assert filled(f"{mark('a')} = {mark('b')}", {"a": -0.01739126180000001, "b": 12345.678}.get, digits) == sentence


# ── every sentence ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("names", [str, unicode_name])
@each_level
@each_demo
def test_every_step_of_every_sheet_says_its_numbers_on_one_line(sheet, level, names):
    tape = steps(sheet.run(), level)
    words = Wording(tape, sheet.formulas, names)
    assert_well_said(tape, words)
    assert max(columns(words(step)) for step in tape) < (300 if sheet.has_arrays else 200)


@each_level
@given(tangles(most=20), st.integers(0, 1))
@settings(deadline=None, max_examples=40)
def test_every_step_of_a_random_graph_says_its_numbers_on_one_line(level, root, updates):
    tape = steps(root, level, rules=descent(root, updates))
    assert_well_said(tape, Wording(tape))


SHEET = """
param w1 = 0.5, b = -1
input x = -3
a = w1*x + b
L = (a - 2)^2 + b
update 0.1
"""
TOLD = [
    "a = w₁·x + b = 0.5·(−3) + (−1) = −2.5",
    "L = (a − 2)² + b = (−2.5 − 2)² + (−1) = 19.25",
    "backward begins: ∂L/∂L = 1",
    "∂L/∂L = 1 is complete",
    "∂L/∂a += ∂L/∂a · ∂L/∂L = −9 · 1 = −9",
    "∂L/∂a = −9 is complete",
    "∂L/∂b += ∂L/∂b · ∂L/∂L = 1 · 1 = 1, so far 1",
    "∂L/∂w₁ += ∂a/∂w₁ · ∂L/∂a = −3 · (−9) = 27",
    "∂L/∂w₁ = 27 is complete",
    "∂L/∂x += ∂a/∂x · ∂L/∂a = 0.5 · (−9) = −4.5",
    "∂L/∂x = −4.5 is complete",
    "∂L/∂b += ∂a/∂b · ∂L/∂a = 1 · (−9) = −9, so far −8",
    "∂L/∂b = −8 is complete: the sum of 2 shares",
    "w₁ ← w₁ − 0.1·∂L/∂w₁ = 0.5 − 0.1·27 = −2.2",
    "b ← b − 0.1·∂L/∂b = −1 − 0.1·(−8) = −0.2",
    "round 2 begins: L is computed again, and every gradient is 0",
    "a = w₁·x + b = −2.2·(−3) + (−0.2) = 6.4",
]


def test_every_sentence_of_a_sheet():
    sheet = Sheet.parse(SHEET)
    words = Wording(tape := steps(sheet.run()), sheet.formulas, unicode_name)
    assert [words(step) for step in tape][: len(TOLD)] == TOLD


COMPUTATIONS = [
    # the last line of a sheet over a = -2, b = 3, what the step that computes it says
    ("L = a", "L = a = −2"),
    ("L = -a", "L = −a = −(−2) = 2"),
    ("L = a*b", "L = a·b = −2·3 = −6"),
    ("L = b*a", "L = b·a = 3·(−2) = −6"),
    ("L = a - b", "L = a − b = −2 − 3 = −5"),
    ("L = b - a", "L = b − a = 3 − (−2) = 5"),
    ("L = b/a", "L = b/a = 3/(−2) = −1.5"),
    ("L = a^2", "L = a² = (−2)² = 4"),
    ("L = a^-2", "L = a^(−2) = (−2)^(−2) = 0.25"),
    ("L = b^a", "L = b^a = 3^(−2) = 0.1111"),
    ("L = 2*a", "L = 2·a = 2·(−2) = −4"),
    ("L = a*-2", "L = a·(−2) = −2·(−2) = 4"),
    ("L = (a + b)*a", "L = (a + b)·a = (−2 + 3)·(−2) = −2"),
    ("L = max(b, a)", "L = max(b, a) = max(3, −2) = 3"),
    ("L = abs(a)", "L = abs(a) = abs(−2) = 2"),
    ("L = log(a)", "L = log(a) = log(−2) = nan"),
    ("L = exp(-a*1000)", "L = exp((−a)·1000) = exp((−(−2))·1000) = ∞"),
    ("L = log(relu(a))", "L = log(relu(a)) = log(relu(−2)) = −∞"),
    ("L = a*pi", "L = a·pi = −2·pi = −6.283"),
]


@pytest.mark.parametrize(("line", "sentence"), COMPUTATIONS, ids=[each[0] for each in COMPUTATIONS])
def test_a_line_is_said_as_its_author_wrote_it(line, sentence):
    sheet = Sheet.parse(f"param a = -2, b = 3\n{line}")
    tape = steps(sheet.run())
    assert Wording(tape, sheet.formulas)(tape[0]) == sentence


def test_operations_are_said_one_by_one():
    sheet = Sheet.parse(SHEET)
    assert said(sheet.run(), "op", equations=sheet.formulas)[:5] == [
        "v2 = w1·x = 0.5·(−3) = −1.5",
        "a = v2 + b = −1.5 + (−1) = −2.5",
        "v3 = a − 2 = −2.5 − 2 = −4.5",
        "v4 = v3² = (−4.5)² = 20.25",
        "L = v4 + b = 20.25 + (−1) = 19.25",
    ]


def test_labelled_values_are_said_over_labelled_values():
    *_, L = build([0.5, -1.5, 2.0])
    assert said(L, "named")[:2] == [
        "h = a·b + max(c, b) = 0.5·(−1.5) + max(2, −1.5) = 1.25",
        "L = tanh(h·h − 3/a) + relu(h)·c = tanh(1.25·1.25 − 3/0.5) + relu(1.25)·2 = 1.5",
    ]


@pytest.mark.parametrize("level", ["neuron", "layer"])
def test_neurons_are_written_out_where_that_is_short(level):
    first, *_ = said(perceptron(1), level, names=unicode_name)
    assert re.match(r"n1_1 = relu\(\S+ \+ \S+·x₁ \+ \S+·x₂\) = relu\(\S+ \+ \S+·0\.5 \+ \S+·\(−1\)\) = ", first)
    inputs = [Value(float(i), label=f"x{i}") for i in range(40)]
    L = labelled(sum(inputs) * 2, "L")
    assert said(L, level)[0] == "L = f(x0, x1, x2, …) = f(0, 1, 2, …) = 1560"


def test_what_would_take_too_long_to_say():
    terms = [f"w{i}" for i in range(10, 50)]
    sheet = Sheet.parse("\n".join([*(f"param {each} = 1" for each in terms), f"L = {' + '.join(terms)}"]))
    tape = steps(sheet.run())
    assert Wording(tape, sheet.formulas)(tape[0]) == "L = f(w10, w11, w12, …) = f(1, 1, 1, …) = 40"
    short = Sheet.parse("\n".join([*(f"param {each} = 1" for each in terms), f"L = {' + '.join(terms[:30])}"]))
    tape = steps(short.run())
    assert Wording(tape, short.formulas)(tape[0]).endswith("+ w39 = " + " + ".join(["1"] * 30) + " = 30")


def test_infinities_and_nan():
    x = Value(0.0, label="x")
    assert said(labelled(x.log(), "L"))[0] == "L = log(x) = log(0) = −∞"
    assert said(labelled(x.log(), "L"))[3:5] == [
        "∂L/∂x += ∂L/∂x · ∂L/∂L = ∞ · 1 = ∞",
        "∂L/∂x = ∞ is complete",
    ]
    y = Value(math.nan, label="y")
    assert said(labelled(-y, "L"))[0] == "L = −y = −nan = nan"
    assert "∂L/∂y = nan is complete" in said(labelled(y * y, "L"))[-1]
    z = Value(-math.inf, label="z")
    assert said(labelled(z * z, "L"))[0] == "L = z·z = −∞·(−∞) = ∞"


def test_an_update_names_its_own_loss():
    w = Value(2.0, label="w 1", role="parameter")
    M = labelled(w * w, "M")
    L = labelled(M * 3, "my loss")
    rules = [Rule(0.25, M, (w,)), Rule(-1.0, L, (w,))]
    assert [each for each in said(L, rules=rules) if "←" in each] == [
        "w 1 ← w 1 − 0.25·∂M/∂(w 1) = 2 − 0.25·4 = 1",
        "w 1 ← w 1 − (−1)·∂(my loss)/∂(w 1) = 1 − (−1)·6 = 7",
    ]


@each_level
def test_the_sentences_stay_when_the_numbers_change(level):
    a, b, c, L = build([0.5, -1.5, 2.0])
    tape = steps(L, level, rules=[Rule(0.1, L, (a, b, c))])
    changed = tape.with_numbers({a: -0.25, b: 7.0})
    words, others = Wording(tape), Wording(changed)
    assert [words.template(step) for step in tape] == [others.template(step) for step in changed]
    assert_well_said(changed, others)
    assert [words(step) for step in tape] != [others(step) for step in changed]


def test_a_constant_has_the_number_of_the_tape():
    x = Value(3.0, label="x")
    L = labelled(x * 4, "L")
    tape = steps(L)
    four = L.parents[1]
    changed = tape.with_numbers({four: 5.0})
    assert Wording(changed)(changed[0]) == "L = x·5 = 3·5 = 15"
    four.data = 8.0
    assert Wording(tape)(tape[0]) == "L = x·4 = 3·4 = 12"


# ── names ──────────────────────────────────────────────────────────────────────────────────

NAMES = [
    # a label, how it is written, and how below ∂
    ("w11", "w11", "w11"),
    ("a b", "a b", "(a b)"),
    (" a  b ", "a b", "(a b)"),
    ("{0}", "{0}", "{0}"),
    ("{x!r} %s", "{x!r} %s", "({x!r} %s)"),
    ("{", "{", "{"),
    ("a\nb", "a b", "(a b)"),
    ("a\r\n\tb\u2028c", "a b c", "(a b c)"),
    ("</script>", "</script>", "</script>"),
    ("<!--", "<!--", "<!--"),
    ("\ue000d0\ue001", "\ufffdd0\ufffd", "\ufffdd0\ufffd"),
    ("\ue000", "\ufffd", "\ufffd"),
    ("x\ue001", "x\ufffd", "x\ufffd"),
    ("\x00", "\ufffd", "\ufffd"),
    ("\u202ex", "\ufffdx", "\ufffdx"),
    ("\\1\\g<0>", "\\1\\g<0>", "\\1\\g<0>"),
    ("名前", "名前", "名前"),
    ("ŷ", "ŷ", "ŷ"),
    ("d0", "d0", "d0"),
    ("z#2", "z#2", "z#2"),
]
each_name = pytest.mark.parametrize(("label", "name", "below"), NAMES, ids=[ascii(each[0]) for each in NAMES])


@each_name
def test_a_name_may_be_anything(label, name, below):
    x = Value(-2.0, label=label, role="parameter")
    L = labelled(x * x, "L")
    square = [
        f"L = {name}·{name} = −2·(−2) = 4",
        "backward begins: ∂L/∂L = 1",
        "∂L/∂L = 1 is complete",
        f"∂L/∂{below} += ∂L/∂{below} · ∂L/∂L = −2 · 1 = −2, so far −2",
        f"∂L/∂{below} += ∂L/∂{below} · ∂L/∂L = −2 · 1 = −2, so far −4",
        f"∂L/∂{below} = −4 is complete: the sum of 2 shares",
        f"{name} ← {name} − 0.5·∂L/∂{below} = −2 − 0.5·(−4) = 0",
    ]
    for level in ("op", "named"):
        assert said(L, level, [Rule(0.5, L, (x,))])[:7] == square


@each_name
def test_a_computed_value_and_a_loss_may_be_called_anything(label, name, below):
    x = Value(-2.0, label="x")
    with scope(label):
        h = labelled(x * 3, label)
    assert said(h)[:4] == [
        f"{name} = x·3 = −2·3 = −6",
        f"backward begins: ∂{below}/∂{below} = 1",
        f"∂{below}/∂{below} = 1 is complete",
        f"∂{below}/∂x += ∂{below}/∂x · ∂{below}/∂{below} = 3 · 1 = 3",
    ]
    L = labelled(h.tanh(), "L")
    for level in COARSE:
        sentences = said(L, level)
        assert f"∂L/∂x += ∂{below}/∂x · ∂L/∂{below} = 3 · " in sentences[6]


@pytest.mark.parametrize("label", ["a = a", "a = a = b"])
def test_a_name_may_hold_the_same_twice(label):
    x = Value(-2.0, label="x")
    assert said(labelled(x * x, label))[0] == f"{label} = x·x = −2·(−2) = 4"


@each_level
@given(st.lists(st.text(min_size=1, max_size=12), min_size=3, max_size=3))
@settings(deadline=None, max_examples=60)
def test_any_text_may_be_a_name(level, labels):
    x = Value(-2.0, label=labels[0], role="parameter")
    with scope(labels[2]):
        h = labelled(x * x + 3, labels[1])
    L = labelled(h.tanh() * x, labels[2])
    tape = steps(L, level, rules=[Rule(0.5, L, (x,))])
    assert_well_said(tape, Wording(tape, names=unicode_name))


OPERATIONS = [
    # the name of an operation recorded by hand, how it is written
    ("square", "square"),
    ("a b", "a b"),
    ("{0}", "{0}"),
    ("a\nb", "a b"),
    ("\ue000d0\ue001", "\ufffdd0\ufffd"),
    ("\ue000z\ue001", "\ufffdz\ufffd"),
    ("\ue000d9\ue001", "\ufffdd9\ufffd"),
]


@pytest.mark.parametrize(("operation", "name"), OPERATIONS, ids=[ascii(each[0]) for each in OPERATIONS])
def test_an_operation_recorded_by_hand_may_be_called_anything(operation, name):
    x = Value(-3.0, label="x")
    L = Value(9.0, (x,), (-6.0,), label="L", _op=operation)
    assert said(L)[0] == f"L = {name}(x) = {name}(−3) = 9"


def test_there_is_something_to_say():
    assert {*LEVELS} > {*COARSE} and sum(len(steps(sheet.run())) for sheet in DEMOS.values()) > 500
