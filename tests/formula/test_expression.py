"""The small arithmetic language: what it reads, what it refuses, and that it prints what it read."""

from __future__ import annotations

import json
import math
import pickle
import re
import subprocess
from contextlib import suppress

import pytest
from doubles import same
from hypothesis import example, given, settings
from hypothesis import strategies as st
from outside import PATIENCE
from work import seconds

from microgrid.errors import FormulaError, MicrogridError
from microgrid.formula import (
    Call,
    Name,
    Number,
    Vocabulary,
    evaluate,
    fold,
    free_names,
    number_text,
    parse,
    render,
    substitute,
    unicode_name,
)
from microgrid.formula.derivative import derivative
from microgrid.formula.floats import FLOATS
from microgrid.formula.printing import JAVASCRIPT, LATEX, PYTHON, TEXT, UNICODE, latex_name

FUNCTIONS = {"sin": {1}, "exp": {1}, "max": {2}, "leaky_relu": {1, 2}, "sum": set(), "sigmoid": {1}}
VALUES = {"x": 1.25, "y": -0.5, "w1": 3.0, "b": 0.75}

numbers = st.builds(Number, st.floats(0, 1e308) | st.integers(0, 1000).map(float))
names = st.builds(Name, st.sampled_from(list(VALUES)))


def calls(inner):
    binary = st.builds(Call, st.sampled_from("+ - * / **".split()), st.tuples(inner, inner))
    unary = st.builds(Call, st.sampled_from(["neg", "sin", "exp", "abs"]), st.tuples(inner))
    return binary | unary | st.builds(Call, st.just("max"), st.tuples(inner, inner))


formulas = st.recursive(numbers | names, calls, max_leaves=12)


# ── read and print ─────────────────────────────────────────────────────────────────────────


@given(formulas)
@settings(deadline=None, max_examples=300)
@example(parse("-(-x)"))
@example(parse("(-x)^2 - -x^2"))
@example(parse("2^-x^-y"))
def test_what_is_printed_reads_back_the_same(formula):
    assert parse(render(formula, TEXT)) == formula
    assert parse(render(formula, PYTHON)) == formula
    assert parse(render(formula, TEXT.knowing({}))) == formula
    assert parse(typed(render(formula, UNICODE))) == formula


def typed(text):
    """What a person would type for a formula printed with indices and exponents off the line."""
    text = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: "^" + power[0].translate(LOWERED), text)
    return text.replace("w₁", "w1").replace("e−", "e-")


LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@given(formulas)
@settings(deadline=None, max_examples=200)
def test_every_pair_of_parentheses_is_needed(formula):
    """Without it the text reads as another formula, or as none. A second sign in a row is the one exception."""
    text = render(formula, TEXT)
    for start, end in pairs(text):
        if text[start - 1 : start].isalnum() or text[start - 1 : start + 2] == "-(-":
            continue
        bare = text[:start] + text[start + 1 : end] + text[end + 1 :]
        with suppress(FormulaError):
            assert parse(bare) != formula, (text, bare)


def pairs(text):
    """Where each '(' stands, and its ')'."""
    open_at = []
    for i, letter in enumerate(text):
        if letter == "(":
            open_at.append(i)
        elif letter == ")":
            yield open_at.pop(), i


def value(formula):
    return evaluate(formula, VALUES, FLOATS)


@given(formulas)
@settings(deadline=None, max_examples=300)
def test_python_reads_the_python_as_we_do(formula):
    vocabulary = {"sin": math.sin, "exp": math.exp, "abs": math.fabs, "max": FLOATS["max"], "__builtins__": {}}
    try:
        found = eval(render(formula, PYTHON), vocabulary, VALUES)
    except (ArithmeticError, TypeError, ValueError):  # where Python raises, and where its numbers turn complex
        return
    assert isinstance(found, complex) or same(found, value(formula))


def test_javascript_reads_the_javascript_as_we_do(node):
    """A few hundred formulas, in one call of node."""
    batch = []

    @given(formulas)
    @settings(deadline=None, max_examples=300, database=None)
    def collect(formula):
        batch.append(formula)

    collect()
    texts = ",\n".join(f"() => {render(each, JAVASCRIPT)}" for each in batch)
    program = (
        "const {sin, exp, abs, pow} = Math;\n"
        "const max = (x, y) => x > y || x !== x ? x : y;\n"
        f"const {{x, y, w1, b}} = {json.dumps(VALUES)};\n"
        f"console.log(JSON.stringify([{texts}].map(f => String(f()))));"
    )
    answer = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=True, timeout=PATIENCE)
    for formula, text in zip(batch, json.loads(answer.stdout)):
        found, wanted = float(text.replace("Infinity", "inf")), value(formula)
        if not touchy(formula):
            assert same(found, wanted) or found == pytest.approx(wanted, rel=1e-9, abs=1e-300), render(formula)


def touchy(formula):
    """Whether a last bit in sin, exp or ** may be blown up, or ** differs: JavaScript has 1 ** nan = nan."""
    return fold(
        formula,
        lambda node, inside: any(inside) or (isinstance(node, Call) and node.function in ("sin", "exp", "**")),
    ) and not simple(formula)


def simple(formula):
    return (
        isinstance(formula, Call)
        and all(not isinstance(each, Call) for each in formula.arguments)
        and math.isfinite(value(formula))
    )


SPELLINGS = [
    ("x^2", "x**2"),
    ("a·b", "a*b"),
    ("a×b", "a*b"),
    ("a−b", "a-b"),
    ("−x", "-x"),
    ("  a\t+ b ", "a+b"),
    ("a+b+c", "(a+b)+c"),
    ("a-b-c", "(a-b)-c"),
    ("a/b/c", "(a/b)/c"),
    ("a/b*c", "(a/b)*c"),
    ("a^b^c", "a^(b^c)"),
    ("-a^b", "-(a^b)"),
    ("a^-b", "a^(-b)"),
    ("a*-b", "a*(-b)"),
    ("-a*b", "(-a)*b"),
    (".5", "0.5"),
    ("5.", "5"),
    ("1E+2", "100"),
    ("y\u0302", "ŷ"),
    ("da/db", "(da)/(db)"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_and_precedence(one, other):
    assert parse(one) == parse(other)


PRINTED = [
    # text, as text, Unicode, Python, JavaScript, LaTeX
    ("w11*x1 + b", "w11*x1 + b", "w₁₁ × x₁ + b", "w11 * x1 + b", "w11 * x1 + b", r"w_{11} \cdot x_{1} + b"),
    ("a - (b - c)", "a - (b - c)", "a − (b − c)", "a - (b - c)", "a - (b - c)", r"a - \left(b - c\right)"),
    ("(-x)^2", "(-x)^2", "(−x)²", "(-x) ** 2.0", "pow(-x, 2.0)", r"\left(-x\right)^{2}"),
    ("-x^2", "-x^2", "−x²", "-x ** 2.0", "-pow(x, 2.0)", "-x^{2}"),
    ("-(-x)", "-(-x)", "−(−x)", "-(-x)", "-(-x)", r"-\left(-x\right)"),
    ("1/(2*n)", "1/(2*n)", "1 / (2 × n)", "1.0 / (2.0 * n)", "1.0 / (2.0 * n)", r"\frac{1}{2 \cdot n}"),
    ("2^(a+b)", "2^(a + b)", "2^(a + b)", "2.0 ** (a + b)", "pow(2.0, a + b)", "2^{a + b}"),
    ("(a/b)^2", "(a/b)^2", "(a / b)²", "(a / b) ** 2.0", "pow(a / b, 2.0)", r"\left(\frac{a}{b}\right)^{2}"),
    ("exp(-x, 1)", "exp(-x, 1)", "exp(−x, 1)", "exp(-x, 1.0)", "exp(-x, 1.0)", r"\operatorname{exp}\left(-x, 1\right)"),
]


@pytest.mark.parametrize("row", PRINTED, ids=[row[0] for row in PRINTED])
def test_printed_in_every_notation(row):
    formula = parse(row[0])
    assert tuple(render(formula, language) for language in (TEXT, UNICODE, PYTHON, JAVASCRIPT, LATEX)) == row[1:]


def test_numbers_that_no_one_can_type():
    """A fixed number may be negative or infinite; it is printed so that its sign is not misread."""
    minus = Number(-2.0)
    assert render(Call("**", (minus, Name("x"))), PYTHON) == "(-2.0) ** x"
    assert render(Call("-", (Name("x"), minus)), TEXT) == "x - -2"
    assert render(Call("neg", (minus,)), PYTHON) == "-(-2.0)"
    assert [render(Number(each), JAVASCRIPT) for each in (math.inf, -math.inf, math.nan)] == [
        "Infinity",
        "-Infinity",
        "NaN",
    ]
    assert [render(Number(each), LATEX) for each in (math.inf, 1.5e-7)] == [r"\infty", r"1.5 \cdot 10^{-7}"]


def test_a_power_of_a_number_with_an_exponent_in_latex():
    tiny = Number(1.5e-7)
    assert render(Call("**", (tiny, Number(2.0))), LATEX) == r"\left(1.5 \cdot 10^{-7}\right)^{2}"
    assert render(Call("*", (Name("x"), tiny)), LATEX) == r"x \cdot 1.5 \cdot 10^{-7}"
    assert render(Call("/", (tiny, tiny)), LATEX) == r"\frac{1.5 \cdot 10^{-7}}{1.5 \cdot 10^{-7}}"


NUMBERS = [
    (2.0, None, "2"),
    (-2.0, None, "-2"),
    (0.1, None, "0.1"),
    (-0.017391262, None, "-0.017391262"),
    (1e15, None, "1000000000000000"),
    (1e16, None, "1e16"),
    (123456789012345.0, None, "123456789012345"),
    (1e-7, None, "1e-7"),
    (0.5597136, 4, "0.5597"),
    (12345.6, 4, "12346"),
    (123456.0, 4, "123456"),
    (1.5e-10, 4, "1.5e-10"),
    (2.5e10, 4, "2.5e10"),
    (0.99999, 4, "1"),
    (math.inf, 4, "inf"),
    (math.nan, None, "nan"),
]


@pytest.mark.parametrize(("number", "digits", "text"), NUMBERS)
def test_numbers_as_books_print_them(number, digits, text):
    assert number_text(number, digits) == text


@given(st.floats(-1e308, 1e308))
@settings(deadline=None)
def test_a_number_in_full_reads_back_the_same(number):
    assert float(number_text(number)) == number
    assert abs(float(number_text(number, 4)) - number) <= 0.0005 * abs(number)


NAMES = [
    ("w11", "w₁₁", "w_{11}"),
    ("h_2", "h₂", "h_{2}"),
    ("x", "x", "x"),
    ("loss", "loss", r"\mathrm{loss}"),
    ("my_loss", "my_loss", r"\mathrm{my\_loss}"),
    ("ŷ", "ŷ", r"\hat{y}"),
    ("ŷ2", "ŷ₂", r"\hat{y}_{2}"),
    ("x̄", "x̄", r"\bar{x}"),
    ("sigma", "sigma", r"\sigma"),
    ("Delta1", "Delta₁", r"\Delta_{1}"),
    ("σ", "σ", r"\sigma"),
    ("_", "_", "_"),
    ("∂L/∂w1", "∂L/∂w₁", r"\frac{\partial L}{\partial w_{1}}"),
]


@pytest.mark.parametrize(("name", "unicode", "latex"), NAMES)
def test_names_as_books_print_them(name, unicode, latex):
    assert unicode_name(name) == unicode
    assert latex_name(name) in (latex, rf"\{latex}" if name == "_" else latex)


def test_derivatives_are_names_where_they_are_meant():
    known = {("L", "w1")}
    assert parse("dL/dw1 + 1", Vocabulary(derivatives=lambda y, x: (y, x) in known)) == parse("∂L/∂w1 + 1")
    assert parse("dL/dw1") == Call("/", (Name("dL"), Name("dw1")))
    assert parse("dL/db", Vocabulary(derivatives=lambda y, x: (y, x) in known)) == Call("/", (Name("dL"), Name("db")))
    assert parse("2*∂L/∂w1^2") == parse("2*(∂L/∂w1)^2")


# ── evaluate, substitute, free names ───────────────────────────────────────────────────────


def test_evaluate_over_any_vocabulary():
    assert evaluate(parse("-x^2 + 7/2"), {"x": 3}) == -5.5
    assert evaluate(parse("x + x"), {"x": "ab"}) == "abab"
    assert evaluate(parse("max(x, 2)"), {"x": 1}, {"max": max}) == 2
    assert evaluate(parse("9**9**9**9"), {}, FLOATS) == math.inf
    assert evaluate(parse("1/0"), {}, FLOATS) == math.inf


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a + zz2", "column 5: 'zz2' is not defined; did you mean 'z2'?"),
        ("a + qq", "column 5: 'qq' is not defined"),
        ("sigmod(a)", "column 1: 'sigmod' is not defined; did you mean 'sigmoid'?"),
        ("ｘ + 1", "column 1: 'ｘ' is U+FF58, fullwidth latin small letter x; type x"),
        ("__import__", "column 1: '__import__' is not defined"),
    ],
)
def test_what_is_not_defined_is_named(text, message):
    with pytest.raises(FormulaError) as caught:
        evaluate(parse(text), {"a": 1.0, "z2": 2.0}, {**FLOATS, "sigmoid": None})
    assert str(caught.value) == message


def test_substitute_and_free_names():
    formula = substitute(parse("x^2 + y*x"), {"x": parse("a + b"), "z": parse("1")})
    assert render(formula) == "(a + b)^2 + y*(a + b)"
    assert [each.name for each in free_names(formula)] == ["a", "b", "y"]
    assert [each.at for each in free_names(parse("1 + foo*x"))] == [4, 8]
    assert free_names(parse("1 + 2")) == []


# ── what it refuses ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("w.grad", ["w.grad"]),
        ("w11.data*x - ŷ.grad", ["w11.data", "x", "ŷ.grad"]),
        ("z#2 + z#12.grad", ["z#2", "z#12.grad"]),
        ("∂L#2/∂w#3 + dL/dz#2", ["∂L#2/∂w#3", "∂L/∂z#2"]),
        ("2.grad", None),
        ("w.gradient", None),
        ("w.data.grad", None),
        ("dL/dw.grad", None),
        ("z#", None),
    ],
)
def test_what_a_graph_is_asked_for_is_one_word(text, names):
    if names is None:
        with pytest.raises(FormulaError):
            parse(text, Vocabulary(derivatives=lambda y, x: True))
    else:
        formula = parse(text, Vocabulary(derivatives=lambda y, x: True))
        assert [each.name for each in free_names(formula)] == names


ERRORS = [
    # text, message, the part that the caret marks
    ("", "column 1: a formula is missing here", ""),
    ("  ", "column 3: a formula is missing here", ""),
    ("e^2x", "column 4: unexpected 'x' after '2'; write e^2*x, or e^(2*x)", "x"),
    ("e^-2x", "column 5: unexpected 'x' after '2'; write e^-2*x, or e^(-2*x)", "x"),
    ("1/2x", "column 4: a product is written 1/2*x, or 1/(2*x)", "x"),
    ("x 2", "column 3: unexpected '2' after 'x'; a product is written x*2", "2"),
    ("a b", "column 3: unexpected 'b' after 'a'; a product is written a*b", "b"),
    ("sin x", "column 5: unexpected 'x' after 'sin'; a function is written sin(...)", "x"),
    ("1_000", "column 2: unexpected '_000' after '1'; write 1000", "_000"),
    ("1e", "column 2: unexpected 'e' after '1'; a product is written 1*e", "e"),
    ("1..2", "column 2: unexpected '..' after '1'", ".."),
    ("x**", "column 4: something is missing after '**'", ""),
    ("x + ", "column 5: something is missing after '+'", ""),
    ("*x", "column 1: unexpected '*'", "*"),
    ("+1", "column 1: unexpected '+'", "+"),
    ("x + * y", "column 5: unexpected '*' after '+'", "*"),
    ("sin(", "column 5: something is missing after '('", ""),
    ("sin()", "column 5: unexpected ')' after '('", ")"),
    ("max(,1)", "column 5: unexpected ',' after '('", ","),
    ("max(1,)", "column 7: unexpected ')' after ','", ")"),
    ("(1, 2)", "column 1: a ',' belongs between the arguments of a function", "("),
    ("1, 2", "column 2: unexpected ',' after '1'", ","),
    ("1)", "column 2: unexpected ')'; no '(' is open here", ")"),
    ("x)))))", "column 2: unexpected ')'; no '(' is open here", ")"),
    ("-)", "column 2: unexpected ')' after '-'", ")"),
    ("(1", "column 1: this '(' is never closed", "("),
    ("2*(x + (1", "column 8: this '(' is never closed", "("),
    ("sin(1", "column 4: this '(' is never closed", "("),
    ("sin(1 2)", "column 7: unexpected '2' after '1'; a product is written 1*2", "2"),
    ("1e400", "column 1: 1e400 is beyond the largest double, 1.8e308", "1e400"),
    ("sigmod(1)", "column 1: no function is called 'sigmod'; did you mean 'sigmoid'?", "sigmod"),
    ("foo(1)", "column 1: no function is called 'foo'", "foo"),
    ("sin(1, 2)", "column 1: sin takes 1 argument, not 2", "sin"),
    ("1 + max(1)", "column 5: max takes 2 arguments, not 1", "max"),
    ("leaky_relu(1,2,3)", "column 1: leaky_relu takes 1 or 2 arguments, not 3", "leaky_relu"),
    ("a = b", "column 3: unexpected '='", "="),
    ("x.y", "column 2: unexpected '.'", "."),
    ("x[0]", "column 2: unexpected '[' after 'x'; an element is written x0", "["),
    ("'x'", 'column 1: unexpected "\'"', "'"),
    ("∂L", "column 1: unexpected '∂L'", "∂L"),
    ("x; y", "column 2: unexpected ';' after 'x'", ";"),
    ("x\ny", "column 2: unexpected '\\n'", "\n"),
    ("x + \0", "column 5: unexpected '\\x00'", "\0"),
    ("x\u2028", "column 2: unexpected '\\u2028', U+2028; type a new line", "\u2028"),
    ("٣ + 1", "column 1: unexpected '٣', U+0663; type 3", "٣"),
    ("（x）", "column 1: unexpected '（', U+FF08; type (", "（"),
    ("４２", "column 1: unexpected '４', U+FF14; type 4", "４"),
    ("__import__('os')", "column 1: no function is called '__import__'", "__import__"),
    ("__import__(os)", "column 1: no function is called '__import__'", "__import__"),
    ("lambda: 0", "column 7: unexpected ':' after 'lambda'", ":"),
    ("inf + nan + x nan", "column 15: unexpected 'nan' after 'x'; a product is written x*nan", "nan"),
]


@pytest.mark.parametrize(("text", "message", "marked"), ERRORS, ids=[ascii(each[0]) for each in ERRORS])
def test_a_mistake_is_named_with_its_column(text, message, marked):
    with pytest.raises(FormulaError) as caught:
        parse(text, Vocabulary(FUNCTIONS))
    assert str(caught.value) == message
    assert text[caught.value.start : caught.value.end] == marked
    assert caught.value.end > caught.value.start
    assert isinstance(caught.value, (ValueError, MicrogridError))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.start, again.end) == (message, caught.value.start, caught.value.end)


BOMBS = {
    "parentheses": "(" * 100_000 + "x" + ")" * 100_000,
    "open parentheses": "(" * 100_000,
    "closing parentheses": ")" * 100_000,
    "unary minuses": "-" * 100_000 + "x",
    "powers": "**".join(["9"] * 100_000),
    "nested calls": "sin(" * 100_000,
    "a long number": "1" * 100_000,
    "a long name and a space": "x" * 100_000 + " y",
    "commas": "max(" + "," * 100_000,
    "letters d": "d" * 100_000 + "!",
    "derivatives": "da/" * 30_000,
    "NULs": "\0" * 100_000,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=list(BOMBS))
def test_a_monster_ends_in_one_line_fast(text):
    with seconds(20), pytest.raises(FormulaError) as caught:  # quadratic, it would take minutes
        parse(text, Vocabulary(FUNCTIONS))
    assert "\n" not in str(caught.value)


@given(st.text(max_size=30) | st.text("x1e.+-*/^(), ∂d/", max_size=30))
@settings(deadline=None, max_examples=300)
def test_any_text_is_a_formula_or_a_formula_error(text):
    try:
        formula = parse(text)
    except FormulaError as problem:
        error = problem
    else:
        assert parse(render(formula)) == formula
        return
    assert re.match(r"column [0-9]+: .", str(error))
    assert len(str(error).splitlines()) == 1
    assert 0 <= error.start < error.end <= len(text) + 1


def test_nesting_has_a_limit_that_no_book_reaches():
    assert parse("(" * 60 + "x" + ")" * 60) == Name("x")
    with pytest.raises(FormulaError, match=r"column 65: nested deeper than 64 levels"):
        parse("(" * 65 + "x" + ")" * 65)


@pytest.mark.parametrize(("sign", "count"), [("+", 100_000), ("-", 10_000), ("*", 10_000), ("/", 10_000)])
def test_a_hundred_thousand_terms_are_read_computed_and_printed(sign, count):
    text = f" {sign} ".join(["x"] * count)
    with seconds(30):
        formula = parse(text)
        assert evaluate(formula, {"x": 1.0}) == {"+": count, "-": 2 - count, "*": 1.0, "/": 1.0}[sign]
        assert render(formula, PYTHON) == text
        assert [each.name for each in free_names(formula)] == ["x"]


def test_a_long_formula_is_rewritten_and_set_in_latex():
    formula = substitute(parse(" + ".join(["x"] * 10_000)), {"x": parse("y1^2")})
    assert render(formula, LATEX) == " + ".join(["y_{1}^{2}"] * 10_000)


def test_a_fixed_number_that_is_none_has_no_derivative():
    for text in ("clamp(a, x, 2)", "hardtanh(a, -1, 2x)"):
        assert derivative(parse(text), "b") == Number(0.0)
        with pytest.raises(FormulaError, match=r"has no derivative by .*x, which is to be a fixed number; min and max"):
            derivative(parse(text), "x")
