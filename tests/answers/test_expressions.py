"""Checks of what has no name: expressions, judged as a quantity would be; and numbers printed as closed forms."""

import random
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from mpmath import mp, mpf

from microgrid import Sheet
from microgrid.answers import check
from microgrid.formula import number_text


def answers(text):
    return check(Sheet.parse(text).run())


def last(text):
    return answers(text)[-1]


NUMBERS = {"x": "0.5", "y": "-1.25", "w": "0.73", "b": "0.3", "v": "-2.4"}
SHEET = "input x = 0.5, y = -1.25\nparam w = 0.73, b = 0.3, v = -2.4\nz = w*x + b\na = z^2\nL = (v*a - y)^2\n"


def exactly(python):
    """The expression over fractions, derivatives by the chain rule as typed here."""
    given = {name: Fraction(number) for name, number in NUMBERS.items()}
    z = given["w"] * given["x"] + given["b"]
    a = z**2
    out = 2 * (given["v"] * a - given["y"])
    derivatives = {"Lz": out * given["v"] * 2 * z, "Lw": out * given["v"] * 2 * z * given["x"], "Lv": out * a}
    return eval(python, {**given, "z": z, "a": a, "L": (given["v"] * a - given["y"]) ** 2, **derivatives})


EXPRESSIONS = [  # as typed in a sheet, and in Python
    ("w*x", "w*x"),
    ("w * x + b", "w*x + b"),
    ("z²", "z**2"),
    ("v·a − y", "v*a - y"),
    ("-z", "-z"),
    ("1/2*(v*a - y)", "(v*a - y)/2"),
    ("w*dL/dz", "w*Lz"),
    ("dL/dz*x - dL/dw", "Lz*x - Lw"),
    ("-dL/dw", "-Lw"),
    ("w - 0.1*dL/dw", "w - Lw/10"),
    ("|v|*a", "-v*a"),
    ("max(z, y, b)", "z"),
    ("dL/dv*v", "Lv*v"),
    ("b(x - y)", "b*(x - y)"),
]


@pytest.mark.parametrize(("typed", "python"), EXPRESSIONS, ids=[typed for typed, _ in EXPRESSIONS])
def test_an_expression_is_judged_by_its_value(typed, python):
    value = exactly(python)
    sheet = Sheet.parse(f"{SHEET}{typed} ~= 1")
    assert sheet.run().rounds[0].value(sheet.checks[0].quantity) == pytest.approx(float(value), rel=1e-14, abs=1e-15)
    for digits in (2, 3, 5, 8):
        unit = Decimal(1).scaleb(-digits)
        number = Decimal(value.numerator) / Decimal(value.denominator)
        rounded, cut = (number.quantize(unit, how) for how in (ROUND_HALF_UP, ROUND_DOWN))
        for sign in ("~=", "≈"):
            answer = last(f"{SHEET}{typed} {sign} {rounded}")
            assert (answer.quantity, answer.verdict) == (typed, "exact")
        assert last(f"{SHEET}{typed} ~= {cut}").right
        if value:
            wrong = last(f"{SHEET}{typed} ~= {-rounded}")
            assert wrong.verdict == "slip" and wrong.why.endswith("the sign is wrong")
            assert last(f"{SHEET}{typed} ~= {rounded * Decimal('1.31'):.{digits}f}").verdict == "slip"


def test_an_expression_is_judged_as_if_it_had_a_name():
    """The same checks, once of `q` and once of what q is: the verdicts say the same."""
    kinds = set()
    for seed in range(60):
        rng = random.Random(seed)
        numbers = {name: rng.choice([-1, 1]) * round(rng.uniform(0.2, 2), 3) for name in ("x1", "x2", "w1", "w2", "b")}
        head = f"input x1 = {numbers['x1']}, x2 = {numbers['x2']}\n"
        head += f"param w1 = {numbers['w1']}, w2 = {numbers['w2']}, b = {numbers['b']}\n"
        head += "z = w1*x1 + w2*x2 + b\na = tanh(z)\nL = (a - 1)^2\nloss L\n"
        expression = rng.choice(["w1*x1 + b", "a*(1 - a)", "w2*x2*a", "z - b", "(a - x1)^2/2"])
        here = Sheet.parse(f"{head}q = {expression}").run().rounds[0].values
        printed = [f"{name} ~= {here[name] * rng.choice([1, 1, 1.1, 1.004, -1]):.3f}" for name in ("z", "a")]
        number = f"{here['q'] * rng.choice([1, 1.002, 1.1, -1, 2, 0.5]):.{rng.choice([2, 3])}f}"
        before = "\n".join(rng.sample(printed, rng.choice([0, 1, 2]))) + "\n"
        named = last(f"{head}q = {expression}\n{before}q ~= {number}")
        bare = last(f"{head}{before}{expression} ~= {number}")
        kinds.add(bare.verdict)
        if "this is" not in named.why + bare.why:  # nobody mistakes a name for what has none
            assert (bare.verdict, bare.why, bare.carried_from) == (named.verdict, named.why, named.carried_from)
    assert kinds >= {"exact", "rounding", "carried", "slip"}


@pytest.mark.parametrize(
    ("lines", "verdict", "why"),
    [
        # each product is noted down: -0.01184 - 0.05493
        ("param p = -0.11836, q = 0.10985, r = 0.1, s = -0.5\nr*p + s*q ~= -0.06677", "rounding", ""),
        ("z ~= 0.8\nz*v ~= -1.92", "carried", "from z: −1.92"),
        ("dL/dz ~= -1.4\nw*dL/dz ~= -1.022", "carried", "from dL/dz: −1.022"),
        ("z ~= 0.6\nw*x + b ~= 0.665", "exact", ""),  # from w, x and b, not from z
        ("w*x ~= 0.356", "slip", "should be 0.365; two digits have changed places"),
        ("w*x*v ~= -1.752", "slip", "should be −0.876; the factor x is missing"),
        ("w*x + b ~= 0.365", "slip", "should be 0.665; the term b is missing"),
        ("w*dL/dz ~= -1.204", "slip", "should be −0.879; the factor w is missing"),
        ("w*x ~= 0.4", "close", None),
        ("1/(x - x) ~= 3", "undefined", "line 7: 1/(x − x) = 1/0 = ∞, where x = 0.5"),
        ("z + log(y) ~= 3", "undefined", "line 7: log(y) = log(−1.25) = nan"),
    ],
)
def test_an_expression_follows_from_what_is_printed(lines, verdict, why):
    answer = last(SHEET + "loss L\n" + lines)
    assert answer.verdict == verdict
    assert why is None or answer.why.startswith(why)


def test_nothing_follows_from_an_expression():
    rest = "z ~= 0.665\na ~= 0.442\ndL/dz ~= -0.606\n"
    alone = [(each.verdict, each.why) for each in answers(SHEET + rest)]
    beside = answers(f"{SHEET}w*x ~= 0.9\nw*dL/dz ~= 7\n{rest}")
    assert [(each.verdict, each.why) for each in beside[2:]] == alone
    assert [each.verdict for each in beside[:2]] == ["slip", "slip"]


def test_an_expression_in_a_later_round_is_of_that_round():
    text = "param w = 3\nL = w^2\n2*w ~= 6.00\nupdate 0.1\n2*w ~= 4.80\nw*dL/dw ~= 11.52\n2*w ~= 6.00"
    assert [each.verdict for each in answers(text)] == ["exact", "exact", "exact", "slip"]


def test_what_is_equal_here_alone_is_told_to_four_digits_elsewhere():
    answer = last("param w = 0\ninput x = 1\nL = w*x\nsigmoid(w) == 0.5")
    assert (answer.verdict, answer.why) == ("holds here", "equal here alone: where w = 1 it is 0.7311")


@pytest.mark.parametrize(
    ("line", "verdict", "why"),
    [
        ("w*x == z - b", "proved", "by algebra"),
        ("w*dL/dz == w*dL/dw/x", "proved", "where x ≠ 0, by algebra"),
        ("dL/dz*dz/dw == dL/dw", "proved", "by algebra"),
        ("dL/dv*v == 2*(v*a - y)*v*a", "proved", "by algebra"),
        ("v*a - y == (v*a - y)^2/(v*a - y)", "proved", "where v*a ≠ y, by algebra"),
        ("4*x == 2", "holds here", "equal here alone: where x = "),
        ("2*x == 1", "holds here", "equal here alone: where x = "),
        ("x*x == 1/5", "refuted", "here it is 0.25, the formula gives 0.2"),
        ("2*x*w == w", "refuted", "right here, but where w = "),
        ("-dL/dw == dL/dw", "refuted", "here it is "),
    ],
)
def test_a_formula_may_be_published_for_an_expression(line, verdict, why):
    answer = last(SHEET + line)
    assert answer.verdict == verdict and answer.why.startswith(why), answer
    assert answer.quantity == line.partition(" ==")[0]


@pytest.mark.parametrize(
    ("line", "verdict", "why"),
    [
        ("w*g ~= -0.086", "exact", ""),
        ("g ~= -0.1\nw*g ~= -0.03", "carried", "from g: −0.03"),
        ("w*d²L/dw² == w*dg/dw", "proved", "by algebra"),
        ("d²L/dw² == dg/dw", "proved", "by algebra"),
        ("new - w == -0.1*g", "proved", "by algebra"),
        ("2*dg/dw == dg/dw + dg/dw", "proved", "by algebra"),
        ("w*dg/dw == dg/dw", "refuted", "here it is "),
    ],
)
def test_an_expression_may_be_over_what_computes_with_a_derivative(line, verdict, why):
    head = "input x = 2, t = 1\nparam w = 0.3, b = 0.5\nz = w*x + b\na = tanh(z)\nL = (a - t)^2\n"
    answer = last(f"{head}g = dL/dw\nnew = w - 0.1*g\nloss L\n{line}")
    assert answer.verdict == verdict and answer.why.startswith(why), answer


# ── closed forms ───────────────────────────────────────────────────────────────────────────

CLOSED = {  # as typed, and what it is
    "13/35": lambda: mpf(13) / 35,
    "-7/9": lambda: -mpf(7) / 9,
    "−7/9": lambda: -mpf(7) / 9,
    "1 + 1/3": lambda: mpf(4) / 3,
    "⅓": lambda: mpf(1) / 3,
    "2³/7": lambda: mpf(8) / 7,
    "√2": lambda: mp.sqrt(2),
    "√(3/4)": lambda: mp.sqrt(mpf(3) / 4),
    "√2/2": lambda: mp.sqrt(2) / 2,
    "π": lambda: +mp.pi,
    "2*π/3": lambda: 2 * mp.pi / 3,
    "e": lambda: +mp.e,
    "e²": lambda: mp.e**2,
    "e^-1": lambda: 1 / mp.e,
    "1/(1 + e)": lambda: 1 / (1 + mp.e),
    "e/(2*e + 1)": lambda: mp.e / (2 * mp.e + 1),
    "ln 2": lambda: mp.log(2),
    "-ln(1/3)": lambda: mp.log(3),
    "σ(2)": lambda: 1 / (1 + mp.exp(-2)),
    "tanh(1/2)": lambda: mp.tanh(mpf(1) / 2),
    "10^-3/7": lambda: mpf(10) ** -3 / 7,
    "1e3/7": lambda: mpf(1000) / 7,
}


@pytest.mark.parametrize("printed", CLOSED)
def test_a_closed_form_is_what_it_is(printed):
    with mp.workdps(40):
        value = float(CLOSED[printed]())
    sheet = Sheet.parse(f"param w = {value!r}\nL = w\nL ~= {printed}")
    assert sheet.checks[0].number == pytest.approx(value, rel=4e-16)
    (answer,) = check(sheet.run())
    assert (answer.verdict, answer.printed, answer.why) == ("exact", printed, "")
    for off in (1e-9, -1e-6, 1e-3, 0.01, -0.3):  # what a decimal may be off, a closed form may not
        assert last(f"param w = {value * (1 + off)!r}\nL = w\nL ~= {printed}").verdict == "slip"


def test_fractions_are_exact_or_slips_and_the_right_one_is_told():
    for seed in range(150):
        rng = random.Random(seed)
        (p, q), (r, s) = ((rng.choice([-1, 1]) * rng.randint(1, 12), rng.randint(1, 12)) for _ in range(2))
        operation, value = rng.choice([
            ("a*b", Fraction(p, q) * Fraction(r, s)),
            ("a + b", Fraction(p, q) + Fraction(r, s)),
            ("a - 2*b", Fraction(p, q) - 2 * Fraction(r, s)),
            ("a/b", Fraction(p, q) / Fraction(r, s)),
        ])  # fmt: skip
        head = f"input a = {p}/{q}, b = {r}/{s}\nz = {operation}\nL = z^2\n"
        if value.denominator > 1:
            assert last(f"{head}z ~= {value}").verdict == "exact"
            assert last(f"{head}z ~= {value.numerator * 3}/{value.denominator * 3}").verdict == "exact"
            shown = f"{number_text(float(value), 6)} = {value}"
        else:
            shown = number_text(float(value), 6)
        other = value + Fraction(rng.choice([-1, 1]), rng.randint(20, 2000))
        if other.denominator > 1:
            answer = last(f"{head}z ~= {other}")
            assert (
                answer.verdict == "slip" and answer.why.partition(";")[0] == f"should be {shown.replace('-', '−')}"
            ), answer


@pytest.mark.parametrize(
    ("lines", "verdict", "why"),
    [
        ("z ~= -3/10", "slip", "should be 0.3 = 3/10; the sign is wrong"),
        ("z ~= 6/10", "slip", "should be 0.3 = 3/10; the factor x is missing"),
        ("z ~= 1/2\na ~= 1/4", "carried", "from z: 0.25"),
        ("z ~= 0.4\na ~= 4/25", "carried", "from z: 0.16"),
        ("z ~= 1/2\na ~= 0.25", "carried", "from z: 0.25"),
        ("z ~= 1/2\na ~= 9/100", "exact", ""),
        ("z ~= 0.3\na ~= 1/11", "slip", "should be 0.09 = 9/100"),
        ("u ~= 0.33\nu/2 ~= 33/200", "slip", "should be 0.166667 = 1/6"),  # of a number that was rounded
    ],
)
def test_no_rounding_explains_a_closed_form(lines, verdict, why):
    answer = last("input x = 1/2\nparam w = 3/5\nu = x/1.5\nz = w*x\na = z^2\nL = (a - 1)^2\n" + lines)
    assert (answer.verdict, answer.why) == (verdict, why)


def test_a_closed_form_does_not_show_how_its_author_rounds():
    text = "input x = 0.5\nz = x*0.666\nL = z*3\nz ~= 333/1000\nL ~= {}"
    for printed in ("1.0", "1.00", "0.999", "0.998"):
        assert last(text.format(printed)).verdict == last(text.replace("z ~= 333/1000\n", "").format(printed)).verdict


MIXED = [
    ("L ~= 9/25", "exact"), ("L ~= 0.36", "exact"), ("L ~= 1/3", "slip"), ("a ~= 3/5", "exact"), ("a ~= √9/5", "exact"),
    ("e1 ~= e", "exact"), ("e1 ~= e^1 ", "exact"), ("p ~= 2π", "exact"), ("p ~= 2*π", "exact"),
    ("a + L ~= 24/25", "exact"), ("3*a ~= 1.8", "exact"), ("3*a ~= 1.9", "slip"), ("dL/dw*2 ~= 4.8", "exact"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "verdict"), MIXED)
def test_closed_forms_and_expressions(line, verdict):
    sheet = f"param w = 0.3\na = 2*w\nL = a^2\ne1 = exp(1)\np = 2*pi\nloss L\n{line}"
    (answer,) = check(Sheet.parse(sheet).run())
    assert answer.verdict == verdict, answer.why
    if line == "L ~= 1/3":
        assert "9/25" in answer.why and Fraction(9, 25) == Fraction("0.36")


def test_expressions_with_derivatives_powers_and_no_value():
    sheet = "param w = 0.3, v = 0.5\nL = (w*v - 1)^2\ng = dL/dw\nz = w + v\nloss L\n{}"
    for line, verdict in {
        "dL/dv*v ~= -0.255": "exact", "z² ~= 0.64": "exact", "d²L/dw² == dg/dw": "proved", "1/(w - w) ~= 3": "undefined",
    }.items():  # fmt: skip
        (answer,) = check(Sheet.parse(sheet.format(line)).run())
        assert answer.verdict == verdict, (line, answer.why)
