"""Sheets as books print them, and every mistake of one at once, each with what to type instead."""

import re

import pytest
from work import seconds

from microgrid import Sheet, SheetError
from microgrid.answers import check
from microgrid.sheet.lines import logical

BOOK = """title  Two inputs, as a book prints them
f(z) = 1/(1 + e^(-z))          # a function of the sheet
input  x₁ = ½, x₂ = 0.1
target y = 1
param  w₁₁⁽¹⁾ = 0.2, w₁₂⁽¹⁾ = 0.4, w₁⁽²⁾ = 0.6, b = 1/5
z₁ = w_{11}^{(1)} × x₁ + w_{12}^{(1)} × x_2 +
     b
a₁ = σ(z₁)
ŷ  = f(w_{1}^{(2)}·a₁)
δ  = ŷ − y
L  = −y·ln ŷ − (1 − y)·ln(1 − ŷ)
dL/dŷ == −y/ŷ + (1 − y)/(1 − ŷ)
da1/dz1 == a₁(1 − a₁)
∂L/∂z_1 == δ·w₁⁽²⁾·σ'(z₁)
dL/db ≈ −0.0602
"""


def test_a_sheet_as_a_book_prints_it():
    run = Sheet.parse(BOOK).run()
    assert [answer.verdict for answer in check(run)] == ["proved", "proved", "proved", "exact"]
    assert run.sheet.quantities == (
        "x₁", "x₂", "y", "w₁₁⁽¹⁾", "w₁₂⁽¹⁾", "w₁⁽²⁾", "b", "z₁", "a₁", "ŷ", "δ", "L",
    )  # fmt: skip


def test_a_line_goes_on_where_it_ends_in_the_middle():
    lines = ["title ends with -", "z = a +  # one", "", "y = (1,", "     2)", "x = 2 *"]
    assert [(each.number, each.text) for each in logical(lines)] == [
        (1, "title ends with -"), (2, "z = a +"), (4, "y = (1, 2)"), (6, "x = 2 *"),
    ]  # fmt: skip
    with pytest.raises(SheetError) as caught:
        Sheet.parse("param w = 3\nL = w +\n    w + w +\n        w + 2*q")
    assert str(caught.value) == "<sheet>:4:15: 'q' is not defined yet\n            w + 2*q\n                  ^"


BARS = ("|w|", "2*|w|", "|w| + |u|", "||w| - |u||", "|w*|u||", "(u + |w|)^2 + |u|", "|-|w||", "|w - u|")


@pytest.mark.parametrize("formula", BARS)
def test_bars_that_are_closed_end_a_line(formula):
    text = "param w = -3, u = 2\nL = {}\nz = L^2\nL ~= 0\n"
    sheet = Sheet.parse(text.format(formula))
    assert sheet.quantities == ("w", "u", "L", "z")
    for at, letter in enumerate(formula):
        parts = formula[: at + 1], formula[at + 1 :]
        opens = letter == "|" and (not parts[0][:-1].strip() or parts[0][:-1].rstrip()[-1] in "+-*/(")
        if opens:
            broken = Sheet.parse(text.format("\n    ".join(parts)))
            assert broken.run().rounds[0]["z"].data == sheet.run().rounds[0]["z"].data


ENDS = ("w²", "w'", "√w", "[w > 0]", "1{w > 0}", "(w)", "w", "2", "½", "sigma", "w_{1}")


@pytest.mark.parametrize("end", ENDS)
def test_what_may_end_a_line_does_not_swallow_the_next(end):
    assert [line.text for line in logical([f"L = 3 + {end}", "z = L^2"])] == [f"L = 3 + {end}", "z = L^2"]


def test_functions_of_the_sheet():
    sheet = "param w = 2\nhalf(z) = z/2\ng(u, v) = half(u)*v + w\nL = g(w, 3) + half'(w)"
    here = Sheet.parse(sheet).run().rounds[0]
    assert here["L"].data == 5.5 and here.derivative("L", "w") == 2.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("f(z) = q*z", "'q' is not defined yet"),
        ("f(z) = f(z - 1)", "'f' is defined by itself"),
        ("exp(z) = 2*z", "'exp' is the name of a function"),
        ("f(z) = z\nf(z) = 2*z", "'f' is already defined on line 4, as a function"),
        ("f(z) = z\nf = 3", "'f' is already defined on line 4, as a function"),
        ("f(z) = z\nL = f(w, w)", "f takes 1 argument, not 2"),
        ("g(u, v) = u*v\nL = g'(w)", "g' needs a function of one argument"),
        ("f(z) = z*z\n" + "L = " + "f(" * 30 + "w" + ")" * 30, "written out, this has more than 100,000 parts"),
    ],
)
def test_what_is_no_function(line, message):
    with pytest.raises(SheetError, match=re.escape(message)):
        Sheet.parse(f"param w = 2\na = w\nb = a\n{line}\nM = w")


TYPED = [
    # what people type, where the caret stands, what they are told
    ("L(w) = (w*x)^2", 1, "a quantity is written L = (w*x)^2"),
    ("\\theta = 3", 1, "write theta = 3, or θ = 3"),
    ("w[1] = 3", 1, "'w' is already defined on line 2"),
    ("z = 1/2 (w - x)^2", 9, "a product is written 1/2*(w - x)^2, or 1/(2*(w - x)^2)"),
    ("z = wx", 5, "a product is written w*x"),
    ("z = w w", 7, "a product is written w*w"),
    ("z = w x", 7, "a product is written w*x"),
    ("input k = 0,5", 13, "numbers have a point, and a comma between them: input k = 0.5"),
    ("input p = 1 q = 2", 15, "numbers have a point, and a comma between them: input p = 1, q = 2"),
    ("z = crossentropy(w)", 5, "of one class it is -log(p)"),
    ("z = mse(w)", 5, "write (y - t)^2"),
    ("z = ReLu(w)", 5, "write relu"),
    ("z = logistic(w)", 5, "write sigmoid"),
    ("z = wсx", 6, "'с' is U+0441, cyrillic small letter es"),
    ("z = w\u200b*x", 6, "an invisible character, U+200B (zero width space); delete it"),
    ("f(w) = w^2", 1, "a quantity is written f = w^2"),
    ("g(u, u) = u", 3, "g has two arguments that are called 'u'"),
    ("g(u) = g(u) + 1", 8, "'g' is defined by itself; it may call the functions above it"),
    ("\\hat{y} = 3", 1, "write ŷ = 3"),
    ("z = w + \\frac{1}{r}", 9, "'r' is not defined yet"),
    ("z = floor(w)", 5, "no function is called 'floor'; the table has no such function"),
    ("z = velocity(w)", 5, "`update momentum` remembers it"),
    ("y* = 3", 1, "write y_star"),
    ("x' = 3", 1, "write x_prime"),
    ("x_{n+1} = 3", 1, "write x_n1"),
    ("а = 3", 1, "U+0430, cyrillic small letter a; type the Latin a"),
    ("ｘ = 3", 1, "U+FF58, fullwidth latin small letter x; type x"),
    ("param 𝑤 = 3", 7, "U+1D464, mathematical italic small w; type w"),
    ("h(В) = 3", 3, "U+0412, cyrillic capital letter ve; type the Latin B"),
    ("Β = 3", 1, "U+0392, greek capital letter beta; type the Latin B"),
    ("z = d³L/dw³", 5, "write H = d²L/dw², then dH/dw"),
    ("w ~= 2e+1", 6, "write 2*e + 1, or 2.0e1 for the number"),
    ("loss = w^2", 1, "'loss' is no name; write L = w^2, and then loss L"),
]


DEFINED = {
    # what is typed, and what one of its quantities is then called and comes to
    "δ^(2) = 3": ("δ⁽²⁾", 3),
    "w_11^(2) = 3": ("w_11⁽²⁾", 3),
    "param w_11^(2) = 3\nq = w₁₁⁽²⁾": ("q", 3),
    "param w_{1,2} = 3, b = 1\nq = w_{1,2} + b": ("q", 4),
    "a^{[1]} = 3\nq = a^[1] + a^(1)": ("q", 6),
    "вес = 3": ("вес", 3),
    "θ = 3\nq = 2\\theta^2 + \\frac{dL}{dw}": ("q", 19),
    "q = w dL/dx": ("q", 4),
    "ŷ = 3\nL2 = ŷ^2\nq = \\frac{dL2}{d\\hat{y}}": ("q", 6),
    "f(w) = w^2\nq = f(3) + w": ("q", 11),
    "f(L) = 3*L\nq = f'(w) + f(w)": ("q", 9),
    "σ(k) = k^2\nq = σ(w)": ("q", 4),
    "f(u) = u^3\nq = f''(w) + f″(w)": ("q", 24),
    "M = w^3\nq = d^2M/dw^2": ("q", 12),
    "M = w^3\nq = ∂^{2}M/∂w^{2}": ("q", 12),
}


@pytest.mark.parametrize("lines", DEFINED, ids=lambda each: ascii(each))
def test_what_people_type_is_read_as_they_mean_it(lines):
    name, number = DEFINED[lines]
    assert Sheet.parse(f"input x = 1\nparam w = 2\nL = w*x\n{lines}").run().rounds[0][name].data == number


def test_a_function_is_checked_at_a_number():
    lines = "σ'(0) ~= 0.25\nf(3) ~= 9\nReLU'(0) ~= 0\nstep'(w) ~= 0\nf''(w) == 2\nf(1) ~= 2"
    run = Sheet.parse(f"f(u) = u^2\nparam w = 2\nL = f(w)\n{lines}").run()
    assert [answer.verdict for answer in check(run)] == ["exact", "exact", "exact", "exact", "proved", "slip"]


def test_a_function_is_no_quantity():
    for line in ("f ~= 9", "f == w", "df/dw ~= 4"):
        with pytest.raises(
            SheetError, match=re.escape("'f' is a function; write f(u, v), or define the quantity, f = ...")
        ):
            Sheet.parse(f"f(u, v) = u*v\nparam w = 2\nL = f(w, w)\n{line}")


@pytest.mark.parametrize(("line", "column", "message"), TYPED, ids=[ascii(line) for line, *_ in TYPED])
def test_what_people_type_is_told_as_it_should_be_typed(line, column, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"input x = 1\nparam w = 2\nL = w*x\n{line}", "a.sheet")
    first, *_ = str(caught.value).splitlines()
    assert first.startswith(f"a.sheet:4:{column}: ") and message in first


def test_every_mistake_is_told_in_its_order():
    for start in range(0, len(TYPED), 20):  # so many are told at once
        typed = TYPED[start : start + 20]
        sheet = "input x = 1\nparam w = 2\nL = w*x\n" + "\n".join(line for line, *_ in typed)
        with pytest.raises(SheetError) as caught:
            Sheet.parse(sheet, "a.sheet")
        lines = [line for line in str(caught.value).splitlines() if line.startswith("a.sheet:")]
        assert [int(line.split(":")[1]) for line in lines] == list(range(4, 4 + len(typed)))
        assert all(message in line for line, (_, _, message) in zip(lines, typed))


def test_what_a_wrong_line_would_have_defined_is_missed_by_no_other():
    with pytest.raises(SheetError) as caught:
        Sheet.parse("param w = 2\nz = w w\na = z + 1\nL = a*z\nL ~= q\ndL/dz ~= 3")
    assert [line.split(":")[1] for line in str(caught.value).splitlines() if line.startswith("<sheet>")] == ["2", "5"]


def test_of_many_mistakes_the_first_are_told():
    with pytest.raises(SheetError, match="and 5 more"):
        Sheet.parse("param w = 2\n" + "\n".join(f"a{i} = v{i}" for i in range(25)))


LONG = {
    "a sum": "L = " + "+".join(["w"] * 20_000),
    "a product": "L = " + "*".join(["w"] * 20_000),
    "powers side by side": "L = " + "w²" * 20_000,
    "names": f"{'x' * 200} = w\nL = " + "+".join([f"{'x' * 200}(1 - w)"] * 400),
    "words of LaTeX": "L = " + "+".join([r"\frac{w}{2}"] * 8_000),
    "brackets side by side": "L = " + "+".join(["w(1 - w)"] * 4_000),
    "calls of the sheet's own": "L = " + "+".join(["f(w)"] * 8_000),
    "slopes": "L = " + "+".join(["f'(w)"] * 6_000),
    "a mean": f"L = mean({','.join(['w'] * 20_000)})",
    "a largest": f"L = max({','.join(['w'] * 20_000)})",
    "derivatives": "L = w^2\nG = " + "+".join(["dL/dw"] * 6_000),
    "an expression that is checked": "L = w\n" + "+".join(["w"] * 20_000) + " ~= 1",
    "a formula that is checked": "L = w\nL == " + "+".join(["w"] * 20_000),
    "a closed form": "L = w\nL ~= " + "+".join(["1"] * 20_000),
}


@pytest.mark.parametrize("kind", LONG)
def test_the_longest_lines_are_read_in_time_that_grows_with_their_length(kind):
    with seconds(15):  # 17 s and more where each part was counted at each part, in a quiet moment
        assert Sheet.parse(f"param w = 2\nf(z) = z^2 + z\n{LONG[kind]}").loss
