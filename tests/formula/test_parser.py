"""Formulas in the signs of books are read, what is printed in any notation is read back, and the rest is refused."""

import math
import re

import pytest
from formulas import unsigned
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid.errors import FormulaError
from microgrid.formula import Call, Name, Number, Vocabulary, evaluate, free_names, parse, render
from microgrid.formula.definitions import ALIASES, FUNCTIONS, HINTS, Definition, expanded
from microgrid.formula.lettering import shown, written
from microgrid.formula.ops import OPS, ROW_UNICODE
from microgrid.formula.printing import LATEX, PYTHON, TEXT, UNICODE
from microgrid.formula.signs import Names, index_key, plain_name
from microgrid.formula.words import WORDS
from microgrid.formula.writing import latex, text
from microgrid.look_alikes import PASTED

NAMES = ["x", "y", "z1", "h_2", "w11", "w1_12", "ŷ", "δ1", "w_11⁽²⁾", "t", "b"]
spellings = Names(NAMES)
BOOK = Vocabulary(FUNCTIONS, lambda y, x: True, spellings.find, ALIASES, HINTS)


def read(written):
    return expanded(parse(written, BOOK))


# ── what books print ──

ALIKE = [
    ("x²", "x^2"),
    ("x⁻¹ + x³", "x^-1 + x^3"),
    ("(x − y)²", "(x - y)^2"),
    ("½·x + ¼", "0.5*x + 0.25"),
    ("½(x − y)²", "0.5*(x - y)^2"),
    ("x × y ÷ b · t", "x*y/b*t"),
    ("x ⋅ y ∗ b", "x*y*b"),
    ("√x + √(x + 1)²", "sqrt(x) + sqrt(x + 1)^2"),
    ("|x − |y||", "abs(x - abs(y))"),
    ("e^x + e^(-x) + e", "exp(x) + exp(-x) + exp(1)"),
    ("e²", "exp(2)"),
    ("ln x + ln(y) + ln σ(x)", "log(x) + log(y) + logsigmoid(x)"),
    ("σ(z₁) + ReLU(z1) + arctan(x)", "sigmoid(z1) + relu(z1) + atan(x)"),
    ("1{x > 0} + [x > 0]", "step(x) + step(x)"),
    ("1{x > y} + 1{x < y}", "step(x - y) + step(y - x)"),
    ("1{x >= 0} + [x ≤ y]", "1 - step(-x) + (1 - step(x - y))"),
    ("y(1 − y)", "y*(1 - y)"),
    ("x·y(1 − y)²·t", "x*y*(1 - y)^2*t"),
    ("2(x + 1)", "2*(x + 1)"),
    ("2x + ½z₁² − 0.9 t", "2*x + 0.5*z1^2 - 0.9*t"),
    ("-2x² + y·3x", "-2*x^2 + y*3*x"),
    ("(x + 1)(y + 1)x", "(x + 1)*(y + 1)*x"),
    ("σ(x)(1 − σ(x))", "sigmoid(x)*(1 - sigmoid(x))"),
    ("−[t ln y + (1 − t) ln(1 − y)]", "-(t*log(y) + (1 - t)*log(1 - y))"),
    ("½[x > 0] + ½[x + y]t", "0.5*step(x) + 0.5*(x + y)*t"),
    ("2σ(x) + 3√x + 2ln y + 2x(1 − y)", "2*sigmoid(x) + 3*sqrt(x) + 2*log(y) + 2*x*(1 - y)"),
    ("w₁₁ + w_{11} + w_11 + w11", "w11 + w11 + w11 + w11"),
    ("w¹₁₂ + w1_12", "w1_12 + w1_12"),
    ("w_{11}^{(2)} + w₁₁⁽²⁾ + w_11^(2)", "w_11⁽²⁾ + w_11⁽²⁾ + w_11⁽²⁾"),
    ("h₂² + h_2^(2)", "h_2^2 + h_2^2"),
    ("mean(x, y, t)", "sum(x, y, t)/3"),
    ("mean(x)", "x/1"),
    ("max(x, y, t)", "max(max(x, y), t)"),
    ("σ'(x) + tanh′(x)", "sigmoid(x)*(1 - sigmoid(x)) + (1 - tanh(x)^2)"),
    ("tanh''(x) + tanh″(x)", "-(2*tanh(x)*(1 - tanh(x)^2)) + -(2*tanh(x)*(1 - tanh(x)^2))"),
    ("2e*x + 3e^x + e/(2e + 1)", "2*exp(1)*x + 3*exp(x) + exp(1)/(2*exp(1) + 1)"),
    ("1e5 + 2e3 + 2.5e+10 + 1e+00 + 2e-05 + 3E+1 + 5e-4", "100000 + 2000 + 25000000000 + 1 + 0.00002 + 30 + 0.0005"),
    ("e^x + 1e-8 + 2.0e-1 + 2e5", "exp(x) + 0.00000001 + 0.2 + 200000"),
    ("sin²(x) + sin^2(x) + σ²(x)·y", "sin(x)^2 + sin(x)^2 + sigmoid(x)^2*y"),
    ("ln²(x)/2 + tanh²(x)^y", "log(x)^2/2 + (tanh(x)^2)^y"),
    ("w_{11}^{[2]} + w_11^[2] + w₁₁⁽²⁾", "w_11⁽²⁾ + w_11⁽²⁾ + w_11⁽²⁾"),
    (r"\hat{y}\cdot x + \sigma(x) - \frac{1}{2}t", "ŷ*x + sigmoid(x) - (1/2)*t"),
    (r"\ln\left(1 + e^{-x}\right) + \frac{1}{1 + e^{-\delta1}}", "log(1 + exp(-x)) + 1/(1 + exp(-δ1))"),
    (r"\sqrt{x + \frac12}\,y - \tanh(w_{11}^{(2)})", "sqrt(x + 1/2)*y - tanh(w_11⁽²⁾)"),
    (r"t \frac{dy}{dx} + t\frac{\partial y}{\partial x}", "t*dy/dx + t*dy/dx"),
    ("t dy/dx + 2x ∂y/∂x", "t*dy/dx + 2*x*dy/dx"),
    ("1{x > 0}y² + x√y + x²y² + 2x²y√t", "step(x)*y^2 + x*sqrt(y) + x^2*y^2 + 2*x^2*y*sqrt(t)"),
    ("x – 2 + 1e–3", "x - 2 + 0.001"),
    ("e^{-x} + x^{2} + 10^{-3} + x^{y + 1}", "exp(-x) + x^2 + 10^-3 + x^(y + 1)"),
    ("x\u00a0+\u2009y", "x + y"),
    ("1e−3*x", "1e-3*x"),
]


@pytest.mark.parametrize(("written", "typed"), ALIKE, ids=lambda each: ascii(each))
def test_what_books_print_is_what_is_typed(written, typed):
    assert read(written) == read(typed)


def test_a_name_wins_where_there_is_one():
    own = Vocabulary(FUNCTIONS, find=Names(["x²", "e", "σ", "y"]).find, aliases=ALIASES)
    assert parse("x² + e^y + y/σ", own) == Call(
        "+",
        (
            Call("+", (Name("x²"), Call("**", (Name("e"), Name("y"))))),
            Call("/", (Name("y"), Name("σ"))),
        ),
    )


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("w_{11}", "w11"),
        ("w₁₁", "w11"),
        ("w_11", "w11"),
        ("w¹₁₂", "w1_12"),
        ("w1_12", "w1_12"),
        ("w²₁₀,₃", "w2_10_3"),
        ("w_{11}^{(2)}", "w11⁽2⁾"),
        ("w^{(2)}_{11}", "w11⁽2⁾"),
        ("w⁽²⁾₁₁", "w11⁽2⁾"),
        ("w₁₁⁽²⁾", "w11⁽2⁾"),
    ],
)
def test_spellings_of_a_name_have_one_key(name, key):
    assert index_key(name) == key and index_key(plain_name(name)) == key


def test_two_names_of_one_key_are_found_by_their_own_spelling_alone():
    both = Names(["w11", "w_11"])
    assert (both.find("w11"), both.find("w_11"), both.find("w_{11}"), both.find("w₁₁")) == ("w11", "w_11", "w_11", "")


@pytest.mark.parametrize(
    ("names", "typed", "meant"),
    [
        ("x x2", "x²", "x^2"), ("w1 w12", "w₁² + w12", "w1^2 + w12"), ("x y x2y", "x²y", "x^2*y"), ("w w10", "w¹⁰", "w^10"),
        ("x x2", "x₂", "x2"), ("x x2", "x₂²", "x2^2"), ("w2", "w²", "w2"), ("w w2_1", "w²₁", "w2_1"), ("x x² x2", "x²", "x²"),
    ],
)  # fmt: skip
def test_a_power_of_what_has_a_name_is_no_index(names, typed, meant):
    vocabulary = Vocabulary(FUNCTIONS, find=Names(names.split()).find)
    assert render(parse(typed, vocabulary)) == render(parse(meant, vocabulary))
    assert {each.name for each in free_names(parse(typed, vocabulary))} <= {*names.split()}


# ── what is printed reads back ──

numbers = st.builds(Number, st.floats(0, 1e300) | st.integers(0, 1000).map(float))
leaves = numbers | st.builds(Name, st.sampled_from([*NAMES, "∂L/∂x"]))
ONE_ARGUMENT = [
    row.name for row in OPS.values() if row.takes == (1,) and not row.is_operator and row.name != "identity"
]


def calls(inner):
    binary = st.builds(Call, st.sampled_from("+ - * / **".split()), st.tuples(inner, inner))
    unary = st.builds(Call, st.sampled_from(["neg", *ONE_ARGUMENT]), st.tuples(inner))
    return binary | unary | st.builds(Call, st.sampled_from(["max", "min", "hypot"]), st.tuples(inner, inner))


formulas = st.recursive(leaves, calls, max_leaves=12)
NOTATIONS = {
    "text": lambda formula: render(formula, TEXT),
    "unicode": lambda formula: render(formula, UNICODE),
    "rows": lambda formula: render(formula, ROW_UNICODE),
    "python": lambda formula: render(formula, PYTHON),
    "pictures": lambda formula: written(formula, name=shown),
    "derivations": text(None),
    "latex": lambda formula: render(formula, LATEX),
    "derivations in latex": latex(17),
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_what_is_printed_in_any_notation_is_read_back(notation):
    write = NOTATIONS[notation]

    @given(formulas)
    @settings(deadline=None, max_examples=500)
    def reads_back(formula):
        line = write(formula)
        if "…" in line:  # a picture leaves out the middle of what is too long
            return
        found = read(line)
        assert unsigned(found) == unsigned(formula), line

    reads_back()


# ── what is refused, and what to type instead ──


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("w x", "a product is written w*x"),
        ("x 2", "a product is written x*2"),
        ("1/2x", "a product is written 1/2*x, or 1/(2*x)"),
        ("e^2x", "write e^2*x, or e^(2*x)"),
        ("ln 2x", "write ln(2*x) or ln(2)*x"),
        ("ln x(1 − x)", "write ln(x*(...)) or ln(x)*(...)"),
        ("√2x", "write √(2*x) or √(2)*x"),
        ("x² ln x y", "a product is written x*y"),
        ("x^2 ln y", "a product is written x^2*ln y"),
        ("1/(x)(y)", "a product is written 1/(x)*(y), or 1/((x)*(y))"),
        ("x[0]", "unexpected '[' after 'x'"),
        ("1/2 (y-t)^2", "a product is written 1/2*(y-t)^2, or 1/(2*(y-t)^2)"),
        ("x/y(1 - y)", "a product is written x/y*(1 - y), or x/(y*(1 - y))"),
        ("√x²", "write √(x^2) or √(x)^2"),
        ("ln x²", "write ln(x^2) or ln(x)^2"),
        ("|x", "this '|' is never closed"),
        ("1{x}", "'}' compares nothing"),
        ("1{x > 0", "this '1{' is never closed"),
        ("ReLu(x)", "write relu"),
        ("SoftPlus(x)", "write softplus"),
        ("mse(x)", "write (y - t)^2"),
        ("crossentropy(x)", "-log(p)"),
        ("mae(x)", "write |y - t|"),
        ("swish(x)", "write silu"),
        ("σ'", "σ' is written σ'(z)"),
        ("x + tanh'", "tanh' is written tanh'(z)"),
        ("tanh' + 1", "tanh' is written tanh'(z)"),
        ("(tanh′)", "tanh′ is written tanh′(z)"),
        ("tanh'' x", "tanh'' is written tanh''(z)"),
        ("tanh'''(x)", "write g(z) = tanh''(z), then g'(z)"),
        (r"x + \foo", r"\foo is no word of a formula; write foo"),
        (r"\mathbf{x}", r"\mathbf is no word of a formula; write what stands in its braces"),
        ("q''(x)", "no function is called 'q'"),
        ("ln x√y", "write ln(x*√(...)) or ln(x)*√(...)"),
        (r"\alpha\beta", "a product is written"),
        ("xσ(y)", "a product is written x*σ(...)"),
        ("xsin(y)", "a product is written x*sin(...)"),
        ("x if x > 0", "what counts where something holds is written 1{w > 0}*w"),
        ("not x", "is written 1 - 1{w > 0}"),
        ("1{x > 0 and y > 0}", "where both hold is written 1{w > 0}*1{y > 0}"),
        ("x > 0", "1 where it holds, else 0, is written 1{x > 0}"),
        ("1_000 x", "write 1000"),
        ("x^T y", "a sheet is of numbers, so nothing is transposed; write w1*x1 + w2*x2"),
        ("1/2x²y", "a product is written 1/2*x²y, or 1/(2*x²)"),
        ("math.exp(x)", "Python; write exp"),
        ("np.maximum(x, y)", "Python; write max"),
        *((f"x {sign} y", f"; type {typed}") for sign, typed in PASTED.items() if sign != "′"),
        *((f"x {sign} y", f"U+{ord(sign):04X}") for sign in PASTED if sign != "′"),
        ("x ＋ y", "U+FF0B; type +"),
        ("（x）", "U+FF08; type ("),
        ("tanh^-1(x)", "write atanh(z), or 1/tanh(z)"),
        ("sin⁻¹(x)", "write asin(z), or 1/sin(z)"),
        ("ln⁻¹(x)", "write exp(z), or 1/ln(z)"),
        ("σ^-1(x)", "write 1/σ(z)"),
        ("sin² x", "write sin(z)^2"),
        ("exp -x", "a function is written exp(-x)"),
        ("exp − x", "a function is written exp(z)"),
        ("sin x", "a function is written sin(x)"),
        ("tanh σ(x)", "a function is written tanh(σ(...))"),
        ("tanh + 1", "a function is written tanh(z)"),
        ("x'", "a name is written x_prime"),
        ("d³x/dy³", "write H = d²x/dy², then dH/dy"),
        ("d^3x/dy^3", "write H = d²x/dy², then dH/dy"),
        ("e/(2e+1)", "write 2*e + 1, or 2.0e1 for the number"),
        ("x + 2e+1", "write 2*e + 1, or 2.0e1 for the number"),
        ("e^x/(2e-1)", "write 2*e - 1, or 2.0e-1 for the number"),
        ("(3e−10)e", "write 3*e − 10, or 3.0e−10 for the number"),
        ("1e -3", "a product is written 1*e"),
        ("x^{2", "this '{' is never closed"),
        ("x + ^2", "unexpected '^' after '+'"),
        ("x^", "something is missing after '^'"),
        ("x ≥ 2", "unexpected '≥' after 'x'"),
        ("max'(x)", "needs a function of one argument"),
        ("x + \u200bх", "U+200B (zero width space)"),
        ("х + 1", "U+0445, cyrillic small letter ha"),
        ("xу", "U+0443"),
        ("ｘ", "U+FF58"),
        ("𝑥 + 1", "U+1D465, mathematical italic small x"),
        ("x\u202e + 1", "U+202E (right-to-left override)"),
    ],
)
def test_what_cannot_be_read_is_told_what_to_type(written, message):
    with pytest.raises(FormulaError, match=re.escape(message)):
        read(written)


@pytest.mark.parametrize("word", ["вес", "Σx", "ϕ", "ℓ", "größe", "δx", "Δw", "학습률"])
def test_names_in_any_script_are_names(word):
    assert parse(word) == Name(word)


OTHER_FUNCTIONS = """celu prelu floor ceil round argmax argmin velocity grad softsign std var softmin coth csch
    acoth acot sine cosine log3 norm dot prod clip median gamma erfc sinc tg foo bar lo zeta soft
    """.split()


@pytest.mark.parametrize("word", OTHER_FUNCTIONS)
def test_another_function_is_never_suggested_for_its_spelling(word):
    with pytest.raises(FormulaError) as caught:
        read(f"{word}(x)")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "meant"), [("sigmod", "sigmoid"), ("tahn", "tanh"), ("sofplus", "softplus"), ("sqrtt", "sqrt")]
)
def test_a_function_with_one_wrong_letter_is_suggested(word, meant):
    with pytest.raises(FormulaError, match=f"did you mean '{meant}'"):
        read(f"{word}(x)")


@pytest.mark.parametrize("word", HINTS)
def test_every_hint_can_be_typed(word):
    remedy = HINTS[word].partition("write ")[2].partition(", of")[0]
    if remedy and "..." not in remedy and remedy not in FUNCTIONS:
        anything = Vocabulary(
            FUNCTIONS, find=lambda name: name if re.fullmatch("[a-z][12]?", name) else "", aliases=ALIASES
        )
        assert math.isfinite(
            evaluate(parse(remedy, anything), dict.fromkeys([*"yptze", "y1", "y2", "z1", "z2"], 0.5), WORDS)
        )


@pytest.mark.parametrize("nested", ["√" * 100, "|" * 100, "ln " * 100, "-" * 100, "(" * 100, "[" * 100, "x(" * 100])
def test_nothing_is_nested_too_deep_to_be_read(nested):
    with pytest.raises(FormulaError):
        read(nested + "x")


def test_functions_inside_each_other_are_written_out_until_that_is_too_long():
    twice = {"f": Definition("f", ("z",), parse("z*z + z"))}
    with pytest.raises(FormulaError, match="written out, this has more than 100,000 parts"):
        expanded(parse("f(" * 12 + "w" + ")" * 12, Vocabulary({"f": (1,)})), twice)
    assert render(expanded(parse("f(f(w))", Vocabulary({"f": (1,)})), twice)) == "(w*w + w)*(w*w + w) + (w*w + w)"
