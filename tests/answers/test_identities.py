"""Published formulas: what is proved and under which condition, what holds here, and at which point the rest fails."""

import math
import random
import re
import subprocess
import sys

import pytest
from disguised import MP, disguise, judged, renamed

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.conditions import FREE
from microgrid.answers.follow_through import Pages
from microgrid.answers.grounds import difference, spanned
from microgrid.answers.trial_points import Question, Trial
from microgrid.errors import SheetError
from microgrid.formula import evaluate

# ── sheets, and what is true of them ───────────────────────────────────────────────────────

RELU = """input x = 3
target t = 1
param w1 = 0.01, w2 = -5, b = -1
z1 = w1*x
a1 = relu(z1)
z2 = w2*a1 + b
y = sigmoid(z2)
C = (y - t)^2/2
"""
WORD = """input x = 0.7
target y1 = 0, y2 = 1, y3 = 0
param w1 = 0.3, w2 = -0.2, w3 = 0.5
z1 = w1*x
z2 = w2*x
z3 = w3*x
p1, p2, p3 = softmax(z1, z2, z3)
L = -(y1*log(p1) + y2*log(p2) + y3*log(p3))
"""
TYPED = WORD.replace(
    "p1, p2, p3 = softmax(z1, z2, z3)",
    "\n".join(f"p{i} = exp(z{i})/(exp(z1) + exp(z2) + exp(z3))" for i in (1, 2, 3)),
)
TWO_CLASS = """input x = 2
target y = 1
param w = 0.4, b = -0.1
z = w*x + b
a = sigmoid(z)
L = -y*log(a) - (1 - y)*log(1 - a)
"""
TWO_WORDS = """target y = 1, s = 0
param u = 0.4, v = -0.3
a = sigmoid(u)
b = sigmoid(v)
L = -log(y*a + (1 - y)*(1 - a)) - log(s*b + (1 - s)*(1 - b))
"""
ENTROPY = """input q1 = 0.2, q2 = 0.3, q3 = 0.5
param u1 = 0.1, u2 = 0.4, u3 = -0.2
r1, r2, r3 = softmax(u1, u2, u3)
D = q1*log(q1/r1) + q2*log(q2/r2) + q3*log(q3/r3)
"""
KINKS = """input x = 0
param w = 2
u = w*x
r = relu(u)
m = abs(x - w)
n = max(x, w)
L = r + m + n
"""
LOGS = """input x = 2, y = 3, s = 0.5
l = log(x*y)
e = exp(-(x - y)^2/(2*s^2))
r = sqrt(x^2 + y^2)
g = x^0.5
L = l + e + r + g
"""
SAME_INPUTS = """input z1 = 1, z2 = 0, z3 = 1
a1, a2, a3 = softmax(z1, z2, z3)
L = -log(a1)
"""
GATES = """input x1 = 1, x2 = 0
target y = 1
param w11 = 0.5, w21 = 0.4, b1 = -0.1, w12 = -0.7, w22 = 0.9, b2 = 0.05, v1 = 1.1, v2 = -0.6
z1 = w11*x1 + w21*x2 + b1
z2 = w12*x1 + w22*x2 + b2
h1 = relu(z1)
h2 = max(0, z2)
h3 = leaky_relu(z2, 0.1)
o = v1*h1 + v2*h2
L = (o - y)^2/2
"""
PAIR = """input x1 = 0.5, x2 = 1
target y = 1
param w1 = 0.3, w2 = -0.4, b = 0.1
z = w1*x1 + w2*x2 + b
a = sigmoid(z)
L = -y*log(a) - (1 - y)*log(1 - a)
"""
ABSOLUTE = """input x = 2
target t = 3
param w = 0.5, v = 0.3
z = w*x
a = relu(z)
y = v*a
L = abs(y - t)
"""
POSITIVE = """param w = 3, y = 2
a = log(w^2)
b = log(w*y)
c = log(w/y)
d = sqrt(w^2)
g = w^0.5*w^0.5
h = log(w^3)
q = sqrt(w*y)
L = a + b + c + d + g + h + q
"""
SUM = "where y1 + y2 + y3 = 1, by algebra"
HOT = "where one of y1, y2, y3 is 1 and the others are 0, by algebra"

RIGHT = [
    (RELU, "dy/dz2 == y*(1 - y)", "by algebra"),
    (RELU, "dy/dz2 == exp(-z2)/(1 + exp(-z2))^2", "by algebra"),
    (RELU, "dC/dw1 == (y - t)*y*(1 - y)*w2*step(z1)*x", "by algebra"),
    (RELU, "dC/dw1 == dC/dz2*dz2/dw1", "by algebra"),
    (RELU, "dC/dz1 == w2*dC/dz2*da1/dz1", "by algebra"),
    (RELU, "C == (t - y)^2/2", "by algebra"),
    (RELU, "a1 == (z1 + abs(z1))/2", "by algebra"),
    (RELU, "C == t^2/2 - t*y + 0.5*y^2", "by algebra"),
    (RELU, "y == (1 + tanh(z2/2))/2", "by algebra"),
    (RELU, "dC/dw1 == (y - t)*y*(1 - y)*w2*x", "where z1 > 0, by algebra"),
    (RELU, "dC/dz1 == w2*dC/dz2", "where z1 > 0, by algebra"),
    (RELU, "a1 == w1*x", "where z1 > 0, by algebra"),
    (GATES, "o == v1*z1", "where z1 > 0 and z2 < 0, by algebra"),
    (GATES, "dL/dw11 == (o - y)*v1*x1", "where z1 > 0, by algebra"),
    (GATES, "dL/dw11 == (o - y^2)*v1*x1", "where y is 0 or 1 and z1 > 0, by algebra"),
    (GATES, "dL/dw11 == (o - y)*v1*x1^2", "where x1 is 0 or 1 and z1 > 0, by algebra"),
    (GATES, "dL/db1 == (o - y)*v1*step(z1)", "by algebra"),
    (GATES, "h3 == z2/10", "where z2 < 0, by algebra"),
    *((sheet, f"dL/dz{i} == p{i} - y{i}", SUM) for sheet in (WORD, TYPED) for i in (1, 2, 3)),
    *((sheet, "dL/dz1 == (y1 + y2 + y3)*p1 - y1", "by algebra") for sheet in (WORD, TYPED)),
    *((sheet, "dL/dw2 == (p2 - y2)*x", SUM) for sheet in (WORD, TYPED)),
    *((sheet, "dL/dz2 == p2 - y2^2", HOT) for sheet in (WORD, TYPED)),
    *((sheet, "L == -log(y1*p1 + y2*p2 + y3*p3)", HOT) for sheet in (WORD, TYPED)),
    *((sheet, "dL/dp1 == -y1/p1", "by algebra") for sheet in (WORD, TYPED)),
    *((sheet, "dL/dp1 == -y1^2/p1", "where y1 is 0 or 1, by algebra") for sheet in (WORD, TYPED)),
    *((sheet, "p1 == 1 - p2 - p3", "by algebra") for sheet in (WORD, TYPED)),
    *((sheet, "p1 == 1/(1 + exp(z2 - z1) + exp(z3 - z1))", "by algebra") for sheet in (WORD, TYPED)),
    (WORD, "dp1/dz2 == -p1*p2", "by algebra"),
    (WORD, "L == logsumexp(z1, z2, z3) - y1*z1 - y2*z2 - y3*z3", SUM),
    (TWO_CLASS, "dL/dz == a - y", "by algebra"),
    (TWO_CLASS, "dL/da == (a - y)/(a*(1 - a))", "by algebra"),
    (TWO_CLASS, "L == -log(y*a + (1 - y)*(1 - a))", "where y is 0 or 1, by algebra"),
    (TWO_CLASS, "dL/dz == a - y + y*(1 - y)", "where y is 0 or 1, by algebra"),
    (TWO_CLASS, "L == softplus((1 - 2*y)*z)", "where y is 0 or 1, by algebra"),
    (TWO_CLASS, "L == softplus(z) - y*z", "by algebra"),
    (TWO_WORDS, "dL/du == a - y", "where y is 0 or 1, by algebra"),
    (TWO_WORDS, "dL/dv == b - s", "where s is 0 or 1, by algebra"),
    (
        TWO_WORDS,
        "L == -y*log(a) - (1 - y)*log(1 - a) - s*log(b) - (1 - s)*log(1 - b)",
        "where y and s are 0 or 1, by algebra",
    ),
    (ENTROPY, "dD/du1 == r1 - q1", "where q1 + q2 + q3 = 1, by algebra"),
    (ENTROPY, "dD/dr1 == -q1/r1", "by algebra"),
    (ENTROPY, "D == q1*log(q1) + q2*log(q2) + q3*log(q3) - q1*log(r1) - q2*log(r2) - q3*log(r3)", "by algebra"),
    (KINKS, "dL/dx == w*step(u) - 1 + 2*step(x - w) + step(x - w)", "by algebra"),
    (KINKS, "dr/dx == w*(1 - step(-u))", "by algebra"),  # 2 here, where r is on its kink and dr/dx is 0
    (KINKS, "n == (x + w + m)/2", "by algebra"),
    (KINKS, "r == u*step(u)", "by algebra"),
    (LOGS, "l == log(x) + log(y)", "where x > 0 and y > 0, by algebra"),
    (LOGS, "dl/dx == 1/x", "by algebra"),
    (LOGS, "de/ds == e*(x - y)^2/s^3", "by algebra"),
    (LOGS, "dr/dx == x/r", "by algebra"),
    (LOGS, "dg/dx == 1/(2*g)", "by algebra"),
    (LOGS, "dg/dx == 0.5*x^-0.5", "by algebra"),
    (LOGS, "l == log(7*x) + log(y/7)", "where x > 0 and y > 0, by algebra"),
    ("param w = 2\ninput x = 3\nL = w*x\n", "L == x*w", "by algebra"),
    ("param w = 2\ninput x = 3\nL = w/w*x\n", "w/w == 1", "where w ≠ 0, by algebra"),
    ("param w = 2\ninput x = 3\nL = w/w*x\n", "w^2*x/w == w*x", "where w ≠ 0, by algebra"),
    ("param w = 2\ninput x = 3\nL = w/w*x\n", "w*x/(1 + w^2) == w*x*(1 + w^2)^-1", "by algebra"),
    (WORD, "p1 + p2 + p3 == 1", "by algebra"),
    (TWO_CLASS, "y*(1 - y) == 0", "where y is 0 or 1, by algebra"),
    (TWO_CLASS + "g = y*(1 - y)\n", "g == 0", "where y is 0 or 1, by algebra"),
    (KINKS, "m == w - x", "where x < w, by algebra"),
    (ABSOLUTE, "L == t - y", "where y < t, by algebra"),
    (ABSOLUTE, "dL/dv == -a", "where y < t, by algebra"),
    (ABSOLUTE, "dL/dw == -v*x", "where z > 0 and y < t, by algebra"),
    (POSITIVE, "a == 2*log(w)", "where w > 0, by algebra"),
    (POSITIVE, "2*log(w) == log(w^2)", "where w > 0, by algebra"),
    (POSITIVE, "b == log(w) + log(y)", "where w > 0 and y > 0, by algebra"),
    (POSITIVE, "c == log(w) - log(y)", "where w > 0 and y > 0, by algebra"),
    (POSITIVE, "d == w", "where w > 0, by algebra"),
    (POSITIVE, "g == w", "where w > 0, by algebra"),
    (POSITIVE, "h == 3*log(w)", "by algebra"),
    (POSITIVE, "db/dw == 1/w", "by algebra"),
    ("input z = 30\np = sigmoid(z)\nL = softplus(z)\n", "L == -log(1 - p)", "by algebra"),
]

HERE = [
    (SAME_INPUTS, "a1 == exp(1)/(2*exp(1) + 1)", "equal here; it has no variables"),
    (SAME_INPUTS, "dL/dz1 == exp(1)/(2*exp(1) + 1) - 1", "equal here; it has no variables"),
    (RELU, "dC/dw1 == 2.0809165621704553", "equal here; it has no variables"),
    (
        "input x = 1\nL = 3 + sqrt(-(x - 1)^2)\n",
        "L == 3*x + sqrt(-(x - 1)^2)",
        "equal here; it could be tried nowhere else",
    ),
]

WRONG = [  # and what is said; each gives the name of what is shown, where it is right here
    (RELU, "dy/dz2 == 1 + y", None),
    (RELU, "dC/dy == y - 1", "y t"),
    (RELU, "C == (1 - y)^2/2", "y t"),
    *((sheet, "dL/dz1 == p1", "p1 y1") for sheet in (WORD, TYPED)),
    *((sheet, "dL/dz2 == p2 - 1", "p2 y2") for sheet in (WORD, TYPED)),
    *((sheet, "dL/dz1 == p1 + y1", "p1 y1") for sheet in (WORD, TYPED)),
    *((sheet, "dL/dz1 == p1 - y3", "p1 y3 y1") for sheet in (WORD, TYPED)),
    *((sheet, "dL/dp2 == -1/p2", "p2 y2") for sheet in (WORD, TYPED)),
    *((sheet, "L == -log(p2)", "p2 y1 p1 y2 y3 p3") for sheet in (WORD, TYPED)),
    (TWO_CLASS, "L == -log(a)", "a y"),
    (GATES, "dL/dw11 == (o - 1)*v1*x1", "o v1 x1 y z1"),
    (GATES, "dL/dw12 == (o - y)*v2*x1*step(z2)*h2", "o y v2 x1 z2 h2"),  # 0 where it is closed, whatever else it says
    (GATES, "dL/dw11 == (o - y)*v1", "o y v1 x1 z1"),
    (TWO_CLASS, "dL/dz == y - a", None),
    (KINKS, "dr/dx == w", "w"),
    (PAIR, "dL/dw1 == dL/dw2*x1", "dL/dw2 x1 x2"),
    (PAIR, "dL/dw2 == a - y", "a y x2"),
    (PAIR, "dL/dw2 == a - 1", "a y x2"),
    (ABSOLUTE, "dL/dv == -x/2", "x w y t"),
    (LOGS, "l == log(x)*log(y)", None),
    (SAME_INPUTS, "a1 == exp(1)/(2*exp(1) + 2)", None),
    (SAME_INPUTS, "a1 == a3", "a3 z1 z2 z3"),
]


RIGHT += [
    ("param x = 2, y = 3\nL = x*y\n", "L == exp(log(x) + log(y))", "where x > 0 and y > 0, by algebra"),
    ("param x = 2, y = 3\nL = x*y\n", "L == x*y*sqrt(6)/(sqrt(2)*sqrt(3))", "by algebra"),
    ("param x = 2\nL = 1{x > 1}\n", "L == 1{x > 1}*1{x > 0.5}", "by algebra"),
]
UNPROVED = "equal here and at 16 other points; algebra finds no proof"
TRIED = [
    (RELU, "y == sigmoid(asinh(sinh(z2)))", UNPROVED),
    ("input x = 0.3\na = asin(x)\nL = cos(a)\n", "L == sqrt(1 - x^2)", UNPROVED),
    (POSITIVE, "q == sqrt(w)*sqrt(y)", f"where w > 0 and y > 0, {UNPROVED}"),
]


# ── the table ──


def ids(rows):
    return [f"{i} {line}" for i, (_, line, _) in enumerate(rows)]


@pytest.mark.parametrize(("sheet", "line", "why"), RIGHT, ids=ids(RIGHT))
def test_what_is_true_is_proved_under_the_weakest_condition(sheet, line, why):
    answer = judged(sheet + line)
    assert (answer.verdict, answer.why) == ("proved", why) and answer.right
    for seed in range(2):
        text, new = disguise(sheet + line, random.Random(seed))
        answer = judged(text)
        assert (answer.verdict, answer.why) == ("proved", renamed(why, new)), text


@pytest.mark.parametrize(("sheet", "line", "why"), HERE, ids=ids(HERE))
def test_what_can_be_tried_nowhere_else_holds_here(sheet, line, why):
    for seed in range(4):
        answer = judged(disguise(sheet + line, random.Random(seed))[0] if seed else sheet + line)
        assert (answer.verdict, answer.why) == ("holds here", why) and answer.right


@pytest.mark.parametrize(("sheet", "line", "why"), TRIED, ids=ids(TRIED))
def test_what_is_only_tried_at_points_holds_here_and_is_not_proved(sheet, line, why):
    for seed in range(3):
        text, new = disguise(sheet + line, random.Random(seed)) if seed else (sheet + line, {})
        answer = judged(text)
        assert (answer.verdict, answer.why) == ("holds here", renamed(why, new)) and answer.right, text


WHERE = re.compile(r"where (.+) it is (\S+), the formula gives ([^;\s]+)")


@pytest.mark.parametrize(("sheet", "line", "names"), WRONG, ids=ids(WRONG))
def test_what_is_wrong_is_refuted_at_a_point_that_can_be_checked(sheet, line, names):
    for seed in range(3):
        text, new = disguise(sheet + line, random.Random(seed)) if seed else (sheet + line, {})
        answer = judged(text)
        assert answer.verdict == "refuted" and answer.wrong
        if names is None:
            assert re.match(r"here it is \S+, the formula gives \S+", answer.why)
            continue
        shown, value, formula = WHERE.search(answer.why.replace("−", "-")).groups()
        pairs = [pair.split(" = ") for pair in shown.split(", ")]
        wanted = renamed(names, new).replace("∂", "d").split()
        assert sorted(name for name, _ in pairs) == sorted(wanted) and "…" not in answer.why
        assert seed or [name for name, _ in pairs] == wanted  # in the order of the formula, then of the quantity's own
        assert all(len(number.strip("-").replace(".", "").lstrip("0")) <= 4 for _, number in pairs), answer.why
        assert worked_out(Sheet.parse(text).checks[0].formula, pairs) == pytest.approx(
            float(formula), rel=5e-3, abs=5e-3
        )
        assert value != formula


def worked_out(formula, pairs):
    """The formula at the numbers that the report shows."""
    point = {name: float(number) for name, number in pairs}
    point |= {re.sub(r"^d(\w+)/d(\w+)$", r"∂\1/∂\2", name): number for name, number in point.items()}
    return float(evaluate(formula, point, MP))


# ── what else is promised ──


def test_a_formula_that_has_several_results_is_refused():
    with pytest.raises(SheetError, match="softmax gives several results"):
        judged(SAME_INPUTS + "a1 == softmax(z1, z2, z3)")


def test_a_rounded_number_is_no_formula():
    assert judged(SAME_INPUTS + "a1 == 0.42232").why.endswith("; a rounded number is checked with a1 ~= 0.42232")
    assert "0.42231879825151815, the formula gives 0.4223187982515182" not in judged(SAME_INPUTS + "a1 == 0.42231").why


def test_a_difference_is_shown_to_as_many_digits_as_it_takes():
    why = judged("param w = 3\nL = w*1\nL == 1.000000003*w").why
    value, formula = re.search(r"it is (\S+), the formula gives ([^;\s]+)", why).groups()
    assert value != formula and float(value) == 3 and float(formula) == pytest.approx(3.000000009, rel=1e-12)


@pytest.mark.parametrize("line", ["dr/dx == 3*step(x) - step(x)", "dr/dx == w - w*step(-x)", "dr/dx == 2*step(x)"])
def test_a_point_on_a_kink_refutes_nothing(line):
    answer = judged("input x = 0\nparam w = 2\nr = relu(x)*w\n" + line)
    assert answer.verdict == ("proved" if "w" in line else "refuted")
    assert answer.right or WHERE.search(answer.why)


def test_neither_points_nor_exact_algebra_need_sympy():
    text = WORD + "dL/dz1 == p1 - y1\ndL/dz1 == p1 + y1\nL == -log(y1*p1 + y2*p2 + y3*p3)\ndp1/dz2 == -p1*p2\n"
    code = f"import sys, microgrid; microgrid.answers.check(microgrid.Sheet.parse({text!r}).run()); print('sympy' in sys.modules)"
    code = code.replace("microgrid;", "microgrid, microgrid.answers;")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("zero", ["dL/dz1 + dL/dz2 + dL/dz3", "p1*dp1/dz2 + p1^2*p2", "dL/dz1 - p1 + y1"])
def test_a_formula_with_all_its_names_on_the_left_is_tried_and_proved(zero):
    assert judged(f"{WORD}{zero} == 0").verdict == "proved"
    alone = judged(f"{WORD}{zero} + y1*p1 == 0")  # y1 is 0 here
    assert alone.verdict == "holds here" and re.match(r"equal here alone: where .*y1 = \S+ .*it is", alone.why)
    assert judged(f"{WORD}{zero} + y2*p1 == 0").verdict == "refuted"


@pytest.mark.parametrize("wrong", ["L == -log(1 - w)", "L == log(1 - w) + u", "L == w*log(1 - w)"])
def test_nothing_is_right_where_it_is_nan(wrong):
    answer = judged("param w = 3, u = 0\nL = -(log(1 - w) + u)\n" + wrong)
    assert answer.verdict == "refuted" and answer.why.startswith(
        "here it is inf or nan: line 2: log(1 − w) = log(−2) = nan, where w = 3; log needs a number above 0; where w = "
    )


@pytest.mark.parametrize(
    ("sheet", "wrong", "hint"),
    [
        (WORD, "dL/dz2 == p2 - 1", "1 stands where y2 belongs"),
        (WORD, "dL/dz1 == p1 - 0", ""),  # that is p1: the term is missing
        (WORD, "dL/dp2 == -1/p2", "the factor y2 is missing"),
        (TWO_CLASS, "dL/dz == a - 1", "1 stands where y belongs"),
        (PAIR, "dL/dw1 == (a - y)*0.5", "0.5 stands where x1 belongs"),
    ],
)
def test_a_number_in_the_place_of_a_name_is_named(sheet, wrong, hint):
    answer = judged(sheet + wrong)
    assert answer.verdict == "refuted" and hint in answer.why


def test_a_long_sheet_takes_no_longer_than_it_is_long():
    lines = ["param w = 0.5", "input a0 = 0.3", *(f"a{i} = tanh(a{i - 1}*w + 1)" for i in range(1, 400))]
    lines += [
        "da399/da398 == (1 - a399^2)*w",
        "da399/dw == (1 - a399^2)*(a398 + w*da398/dw)",
        "a399 == a399 + 1 - step(a0 + 9)",
    ]
    assert [each.verdict for each in check(Sheet.parse("\n".join(lines)).run())] == ["proved", "proved", "refuted"]


KINKED = "input x = 0, t = 1\nparam w = 2, v = 3, c = 2\nz = v*x\nh = relu(z)\ns = step(z)\nm = max(v, 3)\n"
KINKED += "L = (w*t - h)^2 + c*m + s*t"


@pytest.mark.parametrize(
    ("formula", "differ"),
    [
        ("dL/dz == 5", True),  # the slope of relu at 0 is part of it
        ("dL/dx == 5", True),
        ("dm/dv == 3", True),
        ("s == 3", True),
        ("dL/dw == 5", False),  # it goes another way
        ("dL/dh == 3", False),  # it stands behind the kink
        ("dL/dm == 3", False),
        ("h == 3", False),  # its value has no jump
        ("m == 2", False),
        ("w == 5", False),
    ],
)
def test_a_kink_is_mentioned_where_it_is_part_of_the_number(formula, differ):
    (answer,) = check(Sheet.parse(f"{KINKED}\n{formula}").run())
    assert answer.verdict == "refuted"
    assert ("here is a kink, where books differ" in answer.why) == differ


def test_what_is_0_on_the_sheet_is_tried_far_off_too():
    """Near 0 no input closes the ReLU, which is open on the sheet."""
    [answer] = check(Sheet.parse("input x = 0\ny = relu(x + 20)\ny == x + 20").run())
    assert answer.why == "where x + 20 > 0, by algebra"


def test_a_slope_at_0_is_found_by_a_difference_too():
    run = Sheet.parse("input x = 0\nparam w = 2\ny = x*w + w\ny == w").run()
    question = Question(Pages(run), run.sheet.checks[0])
    slopes = [[*difference(question, FREE, question.here, name, question.judged)] for name in ("x", "w")]
    assert [round(slope, 6) for [slope] in slopes] == [2, 1]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_what_vectors_span_does_not_hang_on_how_long_they_are(scale):
    vectors = [[scale, 0.0, 0.0], [2 * scale, 1e-7 * scale, 0.0], [0.0, 0.0, 0.0], [scale, 0.0, 3 * scale]]
    assert spanned([], vectors) == [[1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("value", "formula", "counts"),
    [(1.0, 2.0, True), (math.inf, 2.0, False), (1.0, math.nan, False), (math.nan,) * 2 + (False,)],
)
def test_a_point_counts_where_both_sides_have_a_value(value, formula, counts):
    assert Trial({}, None, value, formula, on_kink=False).counts == counts
