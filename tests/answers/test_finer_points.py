"""What doubles do not tell of a formula: differences far off or next to nothing, and numbers that overflow on the way."""

import json
import random
import re

import pytest
from disguised import MP, judged
from mpmath import mp, mpf

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.enclosures import Enclosed, vocabulary
from microgrid.answers.kernels import Kernels
from microgrid.cli import main
from microgrid.formula import OPS, Call, derivative, evaluate, number_text, parse, render
from microgrid.formula.words import WORDS
from microgrid.web.published import published
from microgrid.workbench.line_ends import line_ends

X = "param x = 0.5\n"
FALSE = [
    ("L = x\n", "x + relu(x - 1e9)"),
    ("L = x\n", "x + relu(x - 3)"),
    ("L = x\n", "x + max(0, -x - 1e6)"),
    ("L = x\n", "x + step(x - 7e10)"),
    ("L = x\n", "x + 1e-12"),
    ("L = x\n", "x + 1e-300"),
    ("L = x\n", "x*(1 - 1e-17)"),
    ("L = sin(x)^2\n", "sin(x)^2 + relu(-x - 1e5)"),
    ("L = sin(x)^2\n", "1 - cos(x)^2 + x^80/10^60"),
    ("L = sin(x)^200 + cos(x)^200\n", "cos(x)^200"),
    ("L = x^2\n", "x^2 + 1e-30"),
    ("L = x^2\n", "x^9999/x^9996"),
    ("L = exp(x)\n", "exp(x)*(1 + exp(-900*x)) - exp(-899*x) + 1e-50*x"),
]
EXACT = {name: lambda *x, word=word: word(*map(mpf, x)) for name, word in MP.items()}
POINT = re.compile(r"(?:where x = (\S+)|here) it is (\S+), the formula gives (\S+)(?: (more|less))?")


@pytest.mark.parametrize(("sheet", "formula"), FALSE, ids=[formula for _, formula in FALSE])
@mp.workdps(800)
def test_what_is_false_far_off_or_by_little_is_refuted_at_a_point_where_it_is(sheet, formula):
    answer = judged(f"{X}{sheet}L == {formula}")
    assert answer.verdict == "refuted" and answer.wrong
    x, value, _, more = POINT.search(answer.why.replace("−", "-")).groups()
    point = {"x": mpf(x or "0.5")}
    left, right = (evaluate(each, point, EXACT) for each in (parse(sheet[4:-1]), parse(formula)))
    assert left != right and (x is None or value == number_text(float(left), 4))
    assert more is None or (more == "more") == (right > left)


TRUE = [
    ("L = x^2\n", "x^9999/x^9997"),
    ("L = x^2\n", "x^2*exp(5000*x)/exp(5000*x)"),
    ("L = x^2\n", "(x^1000)^(1/500)"),
    ("L = x^2\n", "x^400/x^398"),
    ("L = x\n", "log(exp(4000*x))/4000"),
    ("L = x\n", "tan(atan(x*1e200))/1e200"),
    ("L = tanh(x)\n", "sinh(x)*exp(2000*x)/(cosh(x)*exp(2000*x))"),
    ("L = exp(x)\n", "exp(3001*x)/exp(3000*x)"),
    ("L = x\n", "cbrt(x^3000)/x^999"),
]


@pytest.mark.parametrize(("sheet", "formula"), TRUE, ids=[formula for _, formula in TRUE])
@pytest.mark.parametrize("number", [0.3, 2.0, 1e-3])
def test_no_true_formula_is_refuted_as_its_own_doubles_overflow(sheet, formula, number):
    answer = judged(f"param x = {number}\n{sheet}L == {formula}")
    assert not answer.wrong, answer


def test_what_nothing_tells_is_undecided_and_counts_as_neither():
    answer = judged(f"{X}L = x^2\nL == x^99999999999999999999/x^99999999999999999997")
    assert (answer.verdict, answer.right, answer.wrong) == ("undecided", False, False)
    assert answer.why.startswith("here its numbers are too large or too small for doubles") and "\n" not in answer.why


@pytest.mark.parametrize("formula", ["1.00000000000000000001*x", "x + 1e-2000", "x^1.00000000000000000000001"])
def test_a_number_that_no_double_keeps_proves_nothing(formula):
    answer = judged(f"{X}L = x\nL == {formula}")
    assert answer.verdict == "holds here" and "more digits than are kept" in answer.why
    assert judged("param x = 0.50000000000000000001\nL = x\nL == x").verdict == "proved"  # it may be any number
    (answer,) = check(Sheet.parse(f"{X}y = {formula}\nL = y\nL == x").run())
    assert answer.verdict == "holds here"


UNDEFINED = ["log(x - 2)", "sqrt(x - 1)", "1/(x - x)", "log(x - 0.5)", "x/(x - 0.5)", "acos(3*x)"]


@pytest.mark.parametrize("formula", UNDEFINED)
def test_an_undefined_formula_says_what_made_the_first_inf_or_nan(formula):
    for line in ("L {} 5", "dL/dx {} 5"):
        number, same = check(Sheet.parse(f"{X}L = {formula}\n{line.format('~=')}\n{line.format('==')}").run())
        assert number.verdict == same.verdict == "undefined"
        assert same.why == f"here it is inf or nan: {number.why}" and "line " in same.why


# ── the bounds ──

ONE = {
    name: getattr(mp, name)
    for name in "exp log sqrt sin cos tan sinh cosh tanh asinh acosh atanh asin acos atan erf".split()
}
ONE |= {
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "gelu": lambda x: x * (1 + mp.erf(x / mp.sqrt(2))) / 2,
    "expm1": lambda x: mp.exp(x) - 1,
}


@mp.workdps(300)
def test_what_is_true_lies_between_the_bounds():
    words, tried = vocabulary(60), 0
    for name, function in ONE.items():
        for number in (0.3, -0.7, 1.0, 4.25, -3.5, 1e-8, -1e-20, 700.0, 0.9999):
            true = function(mpf(repr(number)))
            if mp.im(true) or mp.isinf(true):
                continue
            found, tried = words[name](number), tried + 1
            low, high = mp.convert(found.a), mp.convert(found.b)
            assert low <= true <= high, (name, number)
            assert high - low <= mpf(10) ** -30 * abs(true), (name, number)
    assert tried > 120


def test_bounds_agree_with_doubles_in_every_row():
    words, missing = vocabulary(60), []
    for name, row in OPS.items():
        inputs = [0.4, 0.7, 0.2][: len(row.book.inputs)]
        if name not in words:
            missing.append(name)
            continue
        settings = {"n": 3.0, "low": -0.5, "high": 0.3}
        given = [*inputs, *(row.settings.get(each, settings.get(each)) for each in row.fixed)]
        if name == "acosh":
            given = [1.7]
        found = Enclosed({}, 60).typed(words[name](*given))
        assert float(mp.convert(found.mid.a)) == pytest.approx(WORDS[name](*given), rel=1e-12), name
    assert missing == []


@pytest.mark.parametrize(("y", "x"), [(0.3, 0.4), (0.3, -0.4), (-0.3, -0.4), (-0.3, 0.4), (0.3, 1e-30), (-2.0, -1e-30)])
def test_an_angle_lies_between_its_bounds(y, x):
    found = vocabulary(60)["atan2"](y, x)
    with mp.workdps(80):
        true = mp.atan2(mpf(repr(y)), mpf(repr(x)))
        assert mp.convert(found.a) <= true <= mp.convert(found.b)
        assert mp.convert(found.b) - mp.convert(found.a) < mpf(10) ** -50


LEFT_OUT = ("power",)  # of x^y algebra takes |x| for x, as it does for log


@pytest.mark.parametrize("name", [name for name, row in OPS.items() if not row.fixed and name not in LEFT_OUT])
def test_algebra_differentiates_every_row_as_the_table_does(name):
    row = OPS[name]
    inside = [parse("u*v"), parse("v + u^2"), parse("v")][: len(row.book.inputs)]
    formula = Call(name, tuple(inside)) if name in WORDS else row.book.value
    kernels = Kernels()
    names = {each: kernels.variable(each) for each in ("u", "v", "pi")}
    found = kernels.slope(evaluate(formula, names, kernels.words), "u")
    assert kernels.vanishes(kernels.words["-"](found, evaluate(derivative(formula, "u"), names, kernels.words)))


# ── derivatives of derivatives ──

FUNCTIONS = [
    "tanh({})",
    "sin({})",
    "exp(-{})",
    "sigmoid({})",
    "softplus({})",
    "log(1 + ({})^2)",
    "sqrt(2 + ({})^2)",
    "relu({})*x",
]


def expression(rng, depth):
    """A smooth expression over x and w, or nearly."""
    if not depth:
        return rng.choice(["x", "w", "x*w", "(x - 2*w)"])
    one, other = expression(rng, depth - 1), expression(rng, rng.randrange(depth))
    return rng.choice(
        [f"{one}*{other}", f"({one} + {other})", f"{one}/(1 + ({other})^2)", rng.choice(FUNCTIONS).format(one)]
    )


def test_second_derivatives_that_are_written_out_are_proved_and_changed_ones_refuted():
    proved = 0
    for seed in range(12):
        rng = random.Random(seed)
        formula = parse(expression(rng, 2))
        second = render(derivative(derivative(formula, "x"), "w"))
        sheet = f"param x = 0.7, w = 0.4\nL = {render(formula)} + x*w*sin(x)\ng = dL/dx\nH = d²L/dxdw\n"
        second += " + sin(x) + x*cos(x)"
        for quantity in ("H", "d²L/dxdw", "dg/dw"):
            answer = judged(f"{sheet}{quantity} == {second}")
            assert answer.verdict == "proved" or "not proved: it takes more than" in answer.why, (sheet, answer)
            proved += answer.verdict == "proved"
            false = rng.choice(
                [f"1.0001*({second})", f"{second} + 1e-3*x^2*w", f"{second} - x*cos(x)", f"{second} + relu(x - 90)"]
            )
            assert judged(f"{sheet}{quantity} == {false}").verdict == "refuted", (sheet, false)
    assert proved >= 33


def test_a_wrong_formula_of_an_array_that_computes_with_a_derivative_is_refuted():
    sheet = "param W = [0.1 0.2; 0.3 -0.4], x = [0.5, 0.7]\nz = W @ x\nL = sum(tanh(z))\nδ = dL/dz\n"
    for line in ("δ == 1 - tanh(z)^2 + 1e-30", "δ == 1 - tanh(z)^2 + 3*relu(x[1] - 40)", "dL/dW == δ @ xᵀ + 1e-40*W"):
        assert judged(sheet + line).verdict == "refuted"
    for line in ("δ == 1 - tanh(z)^2", "dL/dW == δ @ xᵀ", "dL/dx == Wᵀ @ δ"):
        assert judged(sheet + line).verdict == "proved"


# ── where verdicts are shown ──


def test_every_report_knows_what_is_undecided(tmp_path, capsys):
    text = f"{X}L = x^2\nL == x^99999999999999999999/x^99999999999999999997\nL == x*x\n"
    path, table = tmp_path / "a.sheet", tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path), "--csv", str(table)]) == 0 and main(["check", "--strict", str(path)]) == 1
    assert "1 undecided, 1 right" in capsys.readouterr().out
    assert table.read_text(encoding="utf-8-sig").splitlines()[1].endswith(",1,1,0,0,")
    assert main(["check", "--json", str(path)]) == 0
    assert [each["verdict"] for each in json.loads(capsys.readouterr().out)["checks"]] == ["undecided", "proved"]
    run = Sheet.parse(text).run()
    assert [each["verdict"] for each in published(run)] == ["undecided", "proved"]
    assert ("close", "~ undecided") in [part for end in line_ends(run, check(run)) for part in end.parts]
