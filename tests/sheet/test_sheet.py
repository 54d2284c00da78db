"""Sheets: what they say, what they come to, and where each mistake in them stands."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from work import seconds

from microgrid import Sheet, SheetError
from microgrid.engine.watch import origin_of
from microgrid.sheet import Run

HEAD = "input x1 = 0.5, x2 = 0.1\nparam w = 2\nz1 = w*x1\nz2 = z1 + x2\n"


def worked(text: str) -> Run:
    return Sheet.parse(text).run()


# ── what a sheet comes to ──


def test_everything_a_sheet_can_say():
    run = worked(
        "title  A title, with = and ≈ in it   # and a comment\n"
        "source Somewhere\n"
        "input  x = 1/4, k = 2\n"
        "target y = 1\n"
        "param  w = -5e-1 , b = 2^-1\n"
        "loss   L\n"
        "p1, p2 = softmax(w*x, b)\n"
        "s = sum(p1, p2) + logsumexp(x, y) + affine(w, b, x, y, 1)\n"
        "L = (p1 - y)**2\n"
        "after = L·3 − 1 × 1\n"
        "p1 ≈ 0.3486\n"
        "∂L/∂w == 2*(p1 - y)*dp1/dw\n"
    )
    assert run.sheet.title == "A title, with = and ≈ in it"
    assert run.sheet.source == "Somewhere"
    assert run.sheet.loss == "L"
    assert run.sheet.quantities == ("x", "k", "y", "w", "b", "p1", "p2", "s", "L", "after")
    values = run.rounds[0].values
    assert values["x"] == 0.25 and values["w"] == -0.5 and values["b"] == 0.5
    p1 = 1 / (1 + math.exp(0.5 + 0.125))
    assert values["p1"] == pytest.approx(p1, rel=1e-15)
    assert values["p1"] + values["p2"] == pytest.approx(1, rel=1e-15)
    assert values["s"] == pytest.approx(1 + math.log(math.exp(0.25) + math.e) - 0.125 + 0.5 + 1)
    assert values["after"] == pytest.approx(3 * values["L"] - 1)
    assert run.rounds[0].derivative("L", "w") == pytest.approx(2 * (p1 - 1) * p1 * (1 - p1) * 0.25, rel=1e-14)


def test_the_loss_is_the_last_equation_where_none_is_named():
    assert worked("param w = 3\na = w^2\nb = a + 1").sheet.loss == "b"
    assert worked("loss a\nparam w = 3\na = w^2\nb = a + 1").rounds[0].gradients == {"w": 6, "a": 1, "b": 0}


def test_a_quantity_that_another_does_not_depend_on_has_derivative_0():
    here = worked("param w = 3\na = 2*w\nb = w + 1").rounds[0]
    assert here.derivative("a", "b") == 0.0
    assert here.derivative("w", "a") == 0.0
    assert here.derivative("w", "w") == 1.0


def test_a_copy_and_a_constant_are_quantities_of_their_own():
    here = worked("param w = 3\na = w\nhalf = 1/2\nc = a*half*pi").rounds[0]
    assert here.values == {"w": 3.0, "a": 3.0, "half": 0.5, "c": 1.5 * math.pi}
    assert here.derivative("c", "w") == here.derivative("c", "a") == 0.5 * math.pi


def test_updates_go_on_from_round_to_round():
    run = worked("param w = 3, v = 1\nL = w^2 + v^2\nM = w*v\nupdate 0.1\nupdate 0.5 of M v\nw ~= 2.4\nv ~= -0.4\n")
    assert len(run.rounds) == 3
    w, v = 3 - 0.1 * run.rounds[0].derivative("M", "w"), 1 - 0.1 * run.rounds[0].derivative("M", "v")
    assert run.rounds[1].values["w"] == w and run.rounds[1].values["v"] == v
    assert run.rounds[2].values["w"] == w and run.rounds[2].values["v"] == v - 0.5 * w
    assert [check.round for check in run.sheet.checks] == [2, 2]


def test_letters_of_any_script_and_both_ways_to_type_a_hat():
    here = worked("input ŷ = 1, δ1 = 2, w_ij = 3\nz = y\u0302 + δ1*w_ij").rounds[0]
    assert here.values["z"] == 7.0


@pytest.mark.parametrize(
    "text", ["\ufeff" + HEAD, HEAD.replace("\n", "\r\n"), HEAD.replace("\n", "\r"), HEAD + "\n\n  \t\n"]
)
def test_line_ends_and_byte_order_marks_change_nothing(text, tmp_path):
    path = tmp_path / "a.sheet"
    path.write_bytes(text.encode())
    assert Sheet.read(path).run().rounds[0].values == worked(HEAD).rounds[0].values


def test_line_separators_inside_a_line_are_no_line_ends():
    with pytest.raises(SheetError, match=r"<sheet>:1:6: .* is U\+2028, line separator; type a new line"):
        Sheet.parse("a = 1\u2028b = 2")


def test_a_large_sheet_is_read_in_time():
    lines = ["param w = 0.5", "a0 = w"] + [f"a{i} = a{i - 1}*w + 1   # {'x' * 300}" for i in range(1, 30_000)]
    text = "\n".join(lines)
    assert len(text) > 9_000_000
    with seconds(60):
        run = worked(text)
    assert run.rounds[0].values["a29999"] == pytest.approx(2.0)


def test_every_value_of_an_equation_knows_its_line():
    here = Sheet.parse("param w = 2\nz = w\n\nL = 1/(1 + exp(-z))\np = pi", "worked.sheet").run().rounds[0]
    assert [here[name].origin for name in "wzLp"] == [None, "worked.sheet:2", "worked.sheet:4", None]
    inside = here["L"].parents[1].parents[1]
    assert (inside.op.name, inside.origin) == ("exp", "worked.sheet:4")
    assert origin_of(inside).text == "L = 1/(1 + exp(-z))"
    assert here["p"].data == math.pi


# ── mistakes ──

MISTAKES = [
    (
        "h2 = sigmoid(zz)",
        "5:14: 'zz' is not defined yet; did you mean 'z2'?\n    h2 = sigmoid(zz)\n                 ^^",
    ),
    (
        "h2 = sigmod(z2)",
        "5:6: no function is called 'sigmod'; did you mean 'sigmoid'?\n    h2 = sigmod(z2)\n         ^^^^^^",
    ),
    ("h2 = sigmoid(z1, z2)", "5:6: sigmoid takes 1 argument, not 2\n    h2 = sigmoid(z1, z2)\n         ^^^^^^^"),
    ("h2 = z1 z1", "5:9: unexpected 'z1' after 'z1'; a product is written z1*z1\n    h2 = z1 z1\n            ^^"),
    ("h2 = (z1 + 1", "5:6: this '(' is never closed\n    h2 = (z1 + 1\n         ^"),
    ("h2 = z1)", "5:8: unexpected ')'; no '(' is open here\n    h2 = z1)\n           ^"),
    ("h2 = ", "5:5: a formula is missing here\n    h2 = \n        ^"),
    (
        "h2 = __import__('os')",
        "5:6: no function is called '__import__'\n    h2 = __import__('os')\n         ^^^^^^^^^^",
    ),
    ("h2 = z1.data", "5:6: 'z1.data' is Python; write z1\n    h2 = z1.data\n         ^^^^^^^"),
    (
        "h2 = 1 - z1.grad",
        "5:10: 'z1.grad' is Python; a gradient in a sheet is written dL/dz1\n    h2 = 1 - z1.grad\n             ^^^^^^^",
    ),
    ("h2 = z1.gradient", "5:8: unexpected '.'\n    h2 = z1.gradient\n           ^"),
    (
        "input k = w.grad",
        "5:11: 'w.grad' is Python; a gradient in a sheet is written dL/dw\n    input k = w.grad\n              ^^^^^^",
    ),
    (
        "z2 == z1.grad",
        "5:7: 'z1.grad' is Python; a gradient in a sheet is written dL/dz1\n    z2 == z1.grad\n          ^^^^^^^",
    ),
    (
        "z1.grad ~= 1",
        "5:1: 'z1.grad' is Python; a gradient in a sheet is written dL/dz1\n    z1.grad ~= 1\n    ^^^^^^^",
    ),
    ("h2 = h2 + 1", "5:6: 'h2' is defined by itself\n    h2 = h2 + 1\n         ^^"),
    ("h = g + 1\ng = 2", "5:5: 'g' is defined only on line 6; move that line up\n    h = g + 1\n        ^"),
    (
        "h = g + 1\ng = h",
        "5:5: 'g' is defined only on line 6, which needs this line: a circle\n    h = g + 1\n        ^",
    ),
    ("z2 = 3", "5:1: 'z2' is already defined on line 4; a published number is written z2 ~= 3\n    z2 = 3\n    ^^"),
    ("exp = 3", "5:1: 'exp' is the name of a function; choose another\n    exp = 3\n    ^^^"),
    ("pi = 3", "5:1: 'pi' is the name of a constant; choose another\n    pi = 3\n    ^^"),
    ("loss = 3", "5:1: 'loss' is no name; write L = 3, and then loss L\n    loss = 3\n    ^^^^"),
    ("1a = 3", "5:1: '1a' is no name; a name is letters, digits and _\n    1a = 3\n    ^^"),
    ("= 3", "5:1: a name is missing here\n    = 3\n    ^"),
    ("parm v = 3", "5:1: no line begins with 'parm'; did you mean 'param'?\n    parm v = 3\n    ^^^^"),
    ("hello world", "5:1: no line begins with 'hello'; an equation has an = in it\n    hello world\n    ^^^^^"),
    ("z1", "5:1: no line begins with 'z1'; an equation has an = in it\n    z1\n    ^^"),
    ("title", "5:6: title what? something has to follow\n    title\n         ^"),
    ("param v", "5:7: param needs a number: param v = 0.5\n    param v\n          ^"),
    ("param v = w", "5:11: param v is a number; 'w' makes it an equation\n    param v = w\n              ^"),
    ("loss q", "5:6: 'q' is not defined yet\n    loss q\n         ^"),
    (
        "p = softmax(z1, z2)",
        "5:1: the right side gives 2 results, the left side has 1 name\n    p = softmax(z1, z2)\n    ^",
    ),
    ("a, b = z1", "5:1: the right side gives 1 result, the left side has 2 names\n    a, b = z1\n    ^"),
    (
        "p = 1 + softmax(z1)",
        "5:9: softmax gives several results; give it a line of its own: p1, p2 = softmax(z1, z2)\n    p = 1 + softmax(z1)\n            ^^^^^^^",
    ),
    (
        "h = leaky_relu(z1, z2)",
        "5:5: the slope of leaky_relu is a fixed number, such as 0.1\n    h = leaky_relu(z1, z2)\n        ^^^^^^^^^^",
    ),
    (
        "h = affine(w, z1)",
        "5:5: affine takes the weights, as many inputs, then the bias: affine(w1, w2, x1, x2, b)\n    h = affine(w, z1)\n        ^^^^^^",
    ),
    ("z1 ~= w/3", "5:7: 'w/3' is no printed number; a formula is checked with ==\n    z1 ~= w/3\n          ^^^"),
    ("z1 ~= 1/0", "5:7: 1/0 has no value that could be printed\n    z1 ~= 1/0\n          ^^^"),
    ("z1 ~= (1 + 2", "5:7: this '(' is never closed\n    z1 ~= (1 + 2\n          ^"),
    ("z1 == ?", "5:7: a blank is for a number: z1 ~= ?\n    z1 == ?\n          ^"),
    ("z1 ~=", "5:6: a number is missing here\n    z1 ~=\n         ^"),
    ("z1 ~= −6,05", "5:7: '−6,05' is no printed number; write −6.05\n    z1 ~= −6,05\n          ^^^^^"),
    (
        "z1 ~= nan",
        "5:7: 'nan' is no printed number; what is no finite number is asked for by a blank, ?\n    z1 ~= nan\n          ^^^",
    ),
    ("z1 ~= ١", "5:7: '١' is U+0661, arabic-indic digit one; type 1\n    z1 ~= ١\n          ^"),
    ("z1 ~= 1_0", "5:7: '1_0' is no printed number; a formula is checked with ==\n    z1 ~= 1_0\n          ^^^"),
    ("3 ~= 2", "5:1: 3 is a number, so there is nothing to check\n    3 ~= 2\n    ^"),
    (
        "−3 ~= y",
        "5:1: −3 is a number, so there is nothing to check; the number stands on the right: y ~= −3\n    −3 ~= y\n    ^^",
    ),
    ("~= 2", "5:1: what is checked is missing here; write a name or a derivative, such as dL/dw\n    ~= 2\n    ^"),
    ("zz*2 ~= 1", "5:1: 'zz' is not defined yet; did you mean 'z2'?\n    zz*2 ~= 1\n    ^^"),
    ("z1 2 ~= 1", "5:4: unexpected '2' after 'z1'; a product is written z1*2\n    z1 2 ~= 1\n       ^"),
    (
        "z3 = 2*z1 ~= 1",
        "5:1: an equation and its check are two lines: z3 = 2*z1, then z3 ~= 1\n    z3 = 2*z1 ~= 1\n    ^^^^^^^^^",
    ),
    (
        "d(2*z1)/dw ~= 1",
        "5:1: only what has a name has a derivative: write q = 2*z1, then dq/dw ~= 1\n    d(2*z1)/dw ~= 1\n    ^^^^^^^^^^",
    ),
    (
        "softmax(z1, z2) ~= 1",
        "5:1: softmax gives several results; give it a line of its own: p1, p2 = softmax(z1, z2)\n    softmax(z1, z2) ~= 1\n    ^^^^^^^",
    ),
    ("dz2/dq ~= 1", "5:6: 'q' is not defined yet\n    dz2/dq ~= 1\n         ^"),
    ("z1 == q", "5:7: 'q' is not defined yet\n    z1 == q\n          ^"),
    ("update", "5:7: update what? something has to follow\n    update\n          ^"),
    ("update fast", "5:8: 'fast' is no learning rate; write update 0.01\n    update fast\n           ^^^^"),
    ("update 0.1 x1", "5:12: 'x1' is no param, and only params are updated\n    update 0.1 x1\n               ^^"),
    ("update 0.1\nq = 3", "6:1: every round computes the same; move this above the update on line 5\n    q = 3\n    ^"),
    ("z1 ~= 1e400", "5:7: 1e400 is out of range; numbers go from 1e-290 to 1e290\n    z1 ~= 1e400\n          ^^^^^"),
    (
        "z1 ~= 1e-9999999",
        "5:7: 1e-9999999 is out of range; numbers go from 1e-290 to 1e290\n    z1 ~= 1e-9999999\n          ^^^^^^^^^^",
    ),
    ("update 1e400", "5:8: 1e400 is out of range; numbers go from 1e-290 to 1e290\n    update 1e400\n           ^^^^^"),
    ("update 0.1 w, w", "5:15: 'w' is named twice; it takes one step\n    update 0.1 w, w\n                  ^"),
    ("loss z1\nloss z2", "6:6: the loss is already named on line 5\n    loss z2\n         ^^"),
    ("a = 1\0", "5:6: a NUL character; this is no text file\n    a = 1 \n         ^"),
]


@pytest.mark.parametrize(("line", "message"), MISTAKES, ids=[repr(line) for line, _ in MISTAKES])
def test_every_mistake_is_shown_in_its_place(line, message):
    with pytest.raises(SheetError) as caught:
        Sheet.parse(HEAD + line, "worked.sheet")
    assert str(caught.value) == f"worked.sheet:{message}"


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing", "title only"])
def test_a_sheet_that_defines_nothing(text):
    with pytest.raises(SheetError, match=r"^<sheet>: nothing is defined; a sheet has lines such as"):
        Sheet.parse(text)


@pytest.mark.parametrize("nested", ["(" * 100_000 + "1" + ")" * 100_000, "-" * 100_000 + "1", "2^" * 50_000 + "2"])
def test_bottomless_formulas_end_at_once(nested):
    with seconds(10), pytest.raises(SheetError, match=r"nested deeper than|a line of"):
        Sheet.parse(f"a = {nested}")


def test_towers_of_powers_end_at_once():
    assert worked("a = 9^9^9^9").rounds[0].values["a"] == math.inf


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "latin.sheet"
    path.write_bytes(b"param w = 1\ntitle caf\xe9\n")
    with pytest.raises(SheetError, match=r"latin.sheet:2: byte 0xe9 is no UTF-8; save the file as UTF-8"):
        Sheet.read(path)


def test_the_caret_stands_under_wide_letters_and_marks():
    with pytest.raises(SheetError) as caught:
        Sheet.parse("a = 東京 + y\u0302 + q")
    lines = str(caught.value).split("\n")
    assert lines[1:] == ["    a = 東京 + y\u0302 + q", "        ^^^^"]


def test_a_long_line_is_shown_around_its_mistake():
    with pytest.raises(SheetError) as caught:
        Sheet.parse("a = " + " + ".join(["1"] * 500) + " + qq")
    _, line, caret = str(caught.value).split("\n")
    assert len(line) <= 80 and line[caret.index("^") :].startswith("qq")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("abzdLx12 .,=~≈+-*/^()∂#\n\tŷ_e'\"\0"), max_size=60))
def test_any_text_is_a_sheet_or_a_sheet_error(text):
    with suppress(SheetError):
        Sheet.parse(text).run()
