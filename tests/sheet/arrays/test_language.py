"""Vectors, matrices, families and samples as books write them: each way to type them, and what becomes of it."""

import numpy as np
import pytest
from sheets import worked
from work import is_linear

from microgrid import Sheet, SheetError, explain, page, steps
from microgrid.answers import check
from microgrid.formula.printing import latex_name, unicode_name
from microgrid.picture import draw
from microgrid.program import Program
from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.record import record

NETWORK = """title   Two-input sigmoid network with binary cross-entropy
input   x = [0.5, 0.1]                          # a vector is a column
target  y = 1
param   W1 = [0.2 0.4; 0.3 0.7], b1 = [0.1, 0.2]
param   W2 = [0.6 0.9], b2 = 0.3
z1 = W1 @ x + b1
a1 = σ(z1)
z2 = W2 @ a1 + b2
ŷ  = σ(z2)
L  = -y*ln(ŷ) - (1 - y)*ln(1 - ŷ)
"""
PRINTED = """z1      ~= [0.25, 0.41]
a1      ~= [0.562, 0.601]
z2      ~= 1.185
ŷ       ~= 0.766
L       ~= 0.267
dL/dŷ   ~= -0.234
dL/dz2  ~= -0.234
dL/dW2  ~= [-0.131 -0.141]
da1[1]/dz1[1] ~= 0.247
dL/dz1[1] ~= -0.0346
da1[2]/dz1[2] ~= 0.240
dL/dz1[2] ~= -0.0505
dL/dW1  ~= [-0.0173 -0.00346; -0.0253 -0.00505]
dL/db1  ~= [-0.0346, -0.0505]
update 0.01
W2      ~= [0.60131 0.90141]
b2      ~= 0.30234
W1      ~= [0.200173 0.400035
            0.300253 0.700051]
b1      ~= [0.100346, 0.200505]
"""
FORMULAS = """W1[2,1] ~= 0.3
W1[2,:] ~= [0.3 0.7]
W1[:,1] ~= [0.2, 0.3]
δ1 = dL/dz1
δ1      == W2ᵀ @ dL/dz2 ⊙ a1 ⊙ (1 - a1)
δ1      == W2.T @ dL/dz2 .* σ'(z1)
dL/dW1  == δ1 @ xᵀ
dL/dW1  == outer(δ1, x)
da1/dz1 == diag(a1 ⊙ (1 - a1))
dL/dW1ᵀ == x @ δ1ᵀ
∂L/∂W1  == δ1 @ x^T
"""


def verdicts(text):
    return [answer.verdict for answer in check(Sheet.parse(text).run())]


def test_a_network_in_matrices_is_judged_as_the_same_one_in_numbers():
    names = {  # as the sheet over numbers calls them
        "z1": "z1[1]", "z2": "z1[2]", "a1": "a1[1]", "a2": "a1[2]", "z": "z2", "w11": "W1[1,1]", "w12": "W1[1,2]",
        "w21": "W1[2,1]", "w22": "W1[2,2]", "b1": "b1[1]", "b2": "b1[2]", "v1": "W2[1,1]", "v2": "W2[1,2]", "c": "b2",
    }  # fmt: skip
    answers = check(Sheet.parse(NETWORK + PRINTED).run())
    ours = {(each.quantity, each.round): each for answer in answers for each in answer.numbers}
    theirs = check(worked("two_input_sigmoid"))
    assert len(ours) == len(theirs) == 30
    for each in theirs:
        quantity = "/".join(part[0] * ("/" in each.quantity) + names.get(part[1:], part[1:]) if "/" in each.quantity
                            else names.get(part, part) for part in each.quantity.split("/"))  # fmt: skip
        other = ours[quantity, each.round]
        assert (other.verdict, other.printed) == (each.verdict, each.printed), quantity
        assert other.value == pytest.approx(each.value, rel=1e-14), quantity


def test_formulas_over_arrays_are_proved():
    found = verdicts(NETWORK + FORMULAS)
    assert found == ["exact"] * 3 + ["proved"] * 7


def test_what_a_sheet_knows_of_its_arrays():
    sheet = Sheet.parse(NETWORK + FORMULAS)
    arrays = {each.name: each for each in sheet.arrays}
    assert {name: each.shape for name, each in arrays.items()} == {
        "x": (2,), "W1": (2, 2), "b1": (2,), "W2": (1, 2), "z1": (2,), "a1": (2,), "δ1": (2,),
    }  # fmt: skip
    assert arrays["W1"].elements == ("W1[1,1]", "W1[1,2]", "W1[2,1]", "W1[2,2]") and arrays["W1"].keyword == "param"
    assert arrays["z1"].line == 6 and arrays["z1"].text == "z1 = W1 @ x + b1" and sheet.loss == "L"
    neuron = next(each for each in sheet.equations if each.names == ("z1[1]",))
    assert neuron.formula.function == "affine" and len(neuron.formula.arguments) == 5


WAYS = [
    "[0.2 0.4; 0.3 0.7]", "[0.2 0.4;\n  0.3 0.7]", "[0.2 0.4\n 0.3 0.7]", "[0.2 0.4  # one\n  # two\n 0.3 0.7\n]", "[[0.2, 0.4], [0.3, 0.7]]",
    "[[0.2, 0.4],\n [0.3, 0.7]]", "[0.2, 0.4; 0.3, 0.7]", r"\begin{bmatrix} 0.2 & 0.4 \\ 0.3 & 0.7 \end{bmatrix}",
    "\\begin{pmatrix}\n 0.2 & 0.4 \\\\\n 0.3 & 0.7\n\\end{pmatrix}", "[[0.2 0.4], [0.3 0.7]]", "[1/5 2/5; 3/10 0.7]", "[[0.2, 0.3], [0.4, 0.7]]ᵀ",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_type_a_matrix_is_one(way):
    here = Sheet.parse(f"param W = {way}, b = 1\nL = sum(W) + b").run().rounds[0]
    assert [here[f"W[{i},{j}]"].data for i in (1, 2) for j in (1, 2)] == [0.2, 0.4, 0.3, 0.7]


LITERALS = [
    ("[0.5, 0.1]", (2,)), ("[0.6 0.9]", (1, 2)), ("[0.6; 0.9]", (2,)), ("[[0.5, 0.1]]", (1, 2)), ("[0.5 -0.1]", (1, 2)), ("[1 -2 3]", (1, 3)),
    ("[1 - 2 3]", (1, 2)), ("[-1 -2]", (1, 2)), ("[0.5]", ()), ("[c]", ()), ("[c + 1]", ()), ("[c -1]", ()), ("[c > 0]", ()), ("2[c + 1]", ()),
    ("[c -c 1]", (1, 3)), ("[c, -c]", (2,)), ("[σ(c), (c + 1)(c - 1)]", (2,)), ("[[[c]]]", ()), ("[2 c]", ()), ("-[c ln c]", ()),
    ("[c d]", (1, 2)), (r"\begin{bmatrix} c \\ d \end{bmatrix}", (2,)), (r"\begin{bmatrix} c & d \end{bmatrix}", (1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("literal", "shape"), LITERALS, ids=[literal for literal, _ in LITERALS])
def test_what_a_bracket_holds(literal, shape):
    sheet = Sheet.parse(f"param c = 2, d = 3\nq = {literal}")
    assert next((each.shape for each in sheet.arrays), ()) == shape


BEHIND = [("softmax(u)[2]", 0.731058579), ("(V @ u)[1]", 5), ("(V @ u)ᵀ[1,2]", 11), ("(V)[2,1]", 3), ("sum((V)[:,2])", 6), ("(c + 1)[2]", 8),
          ("(c)[c + 1]", 12), ("2(c)[2]^2", 24), ("sum((V @ u)[1..2])", 16), ("(c + 1)[c > 2]", 4)]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), BEHIND, ids=[text for text, _ in BEHIND])
def test_a_place_behind_a_bracket(text, number):
    assert verdicts(f"param V = [1 2; 3 4], u = [1, 2], c = 3\nL = {text}\nL ~= {number}") == ["exact"]


def test_strokes_stand_beside_a_factor_as_brackets_do():
    text = "param u = [3, 4], c = 2\nq = ½‖u − c‖² + c‖u‖ + (1 − c)‖u‖‖2u‖\nL = q"
    assert Sheet.parse(text).run().rounds[0]["q"].data == 2.5 + 10 - 50


NAMES = [
    ("W₂₁", 3),
    ("W21", 3),
    ("w21", 3),
    ("W_{21}", 3),
    ("w_21", 3),
    ("W[2,1]", 3),
    ("u3", 7),
    ("u₃", 7),
    ("v12", 9),
    ("V1₂₁", 13),
    ("V121", 13),
]
CALLED = "param W = [1 2; 3 4], u = [5, 6, 7], V = [8 8; 8 8], v12 = 9, V1 = [11 12; 13 14]\n"


@pytest.mark.parametrize(("word", "number"), NAMES)
def test_an_element_is_found_where_nothing_else_is_called_so(word, number):
    assert verdicts(f"{CALLED}L = {word} + 1\n{word} ~= {number}\ndL/d{word} ~= 1") == ["exact", "exact"]


def test_elements_are_written_as_books_write_them():
    written = {
        "W1[2,1]": ("W1₂₁", "W^{(1)}_{21}"), "W[2,1]": ("W₂₁", "W_{21}"), "x[2]": ("x₂", "x_{2}"), "z[2][1]": ("z₁⁽²⁾", "z^{(2)}_{1}"),
        "W[10,2]": ("W₁₀,₂", "W_{10,2}"), "ŷ[3]": ("ŷ₃", r"\hat{y}_{3}"), "∂L/∂W[2,1]": ("∂L/∂W₂₁", r"\frac{\partial L}{\partial W_{21}}"),
        "z[1] at sample 2": ("z₁ at sample 2", r"z_{1} \text{ at sample 2}"),
    }  # fmt: skip
    assert {name: (unicode_name(name), latex_name(name)) for name in written} == written


FAMILY = """f(z) = 1/(1 + e^(-z))
input a[0] = [0.5, 0.1]
param W[1] = [0.2 0.4; 0.3 0.7], W[2] = [0.6 0.9; 0.1 -0.2], W[3] = [1 2]
param b[1] = [0.1, 0.2], b[2] = [0.3, 0.1], b[3] = 0.5
for l = 1..3:
    z[l] = W[l] @ a[l-1] + b[l]
    a[l] = f(z[l])
end
C = (1 - a[3])²
for l = 1..2: dC/dz[l] == W[l+1]ᵀ @ dC/dz[l+1] ⊙ f'(z[l])
for l = 1..3: dC/dW[l] == dC/dz[l] @ a[l-1]ᵀ
"""
RECURRENT = """input x = [1, 2, 3]
param wx = 0.5, wh = 0.2, b = 0.1
h[0] = 0
for t = 1..3: h[t] = tanh(wx*x[t] + wh*h[t-1] + b)
g[3] = 1
for t = 2..1 by -1: g[t] = g[t+1]·wh·(1 - h[t+1]²)
L = h[3]
h₃ ~= 0.9433
for t = 1..3: dL/dh[t] == g[t]
"""
SUMS = """param w = [1 2 3 4; 5 6 7 8], x = [1, 2, 3, 4], v = [2, 1]
s[i] = sum(w[i,k]*x[k] for k in 1..4)
A[i,j] = v[i]·x[j]
s ~= [30, 70]
A ~= [2 4 6 8; 1 2 3 4]
q = sum(sum(w[i,k] for k in 1..i) for i in 1..2) + Σ(x[k]^2 for k in 1..4) + max(x[k] - 1 for k in 2..3)
q ~= 44
L = sum(w[:,k]·v for k in 1..4)
L ~= 46
dL/dv ~= [10, 26]
n = sum(x[k] for k in 3..2)
n ~= 0
"""


@pytest.mark.parametrize("text", [FAMILY, RECURRENT, SUMS], ids=["layers", "time", "sums"])
def test_families_and_sums(text):
    found = verdicts(text)
    assert found and set(found) <= {"exact", "proved", "holds here"}


def test_a_family_is_written_out():
    sheet = Sheet.parse(FAMILY)
    assert dict(sheet.families)["z"] == ("z[1]", "z[2]", "z[3]")
    assert {each.name: each.shape for each in sheet.arrays if each.name[0] == "W"} == {
        "W[1]": (2, 2),
        "W[2]": (2, 2),
        "W[3]": (1, 2),
    }


XOR = """samples  x1   x2 | y
         0    0  | 0
         0    1  | 1
         1    0  | 1
         1    1  | 0

rate  η = 1/2
param W = [0.5 -0.3; 0.2 0.8], b = [0.1, -0.1], v = [0.7 -0.4], c = 0.2
x = [x1, x2]
z = W @ x + b
p = σ(v @ tanh(z) + c)
L = −y ln p − (1 − y) ln(1 − p)
"""


def xor(W, b, v, c, only=None):
    """The network over NumPy: the losses, and the gradient of their mean by v."""
    x, y = np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), np.array([0, 1, 1, 0])
    h = np.tanh(W @ x + b[:, None])
    p = 1 / (1 + np.exp(-(v @ h + c)))
    losses = -y * np.log(p) - (1 - y) * np.log(1 - p)
    chosen = slice(None) if only is None else slice(only, only + 1)
    return losses, ((p - y) * h)[:, chosen].mean(axis=1)


START = np.array([[0.5, -0.3], [0.2, 0.8]]), np.array([0.1, -0.1]), np.array([0.7, -0.4]), 0.2


def test_samples():
    run = Sheet.parse(
        XOR + "C = mean over samples of L\nS = sum over samples of (p - y)²\nloss C\nupdate η of C v"
    ).run()
    losses, slope = xor(*START)
    here = run.rounds[0]
    assert run.sheet.samples == 4 and {"x1", "z", "p", "L"} <= set(run.sheet.varying) and "C" not in run.sheet.varying
    assert [here[f"L at sample {k}"].data for k in range(1, 5)] == pytest.approx(losses, rel=1e-14)
    assert here["C"].data == pytest.approx(losses.mean(), rel=1e-14)
    assert [here.derivative("C", f"v[1,{k}]") for k in (1, 2)] == pytest.approx(slope, rel=1e-12)
    assert [run.rounds[1][f"v[1,{k}]"].data for k in (1, 2)] == pytest.approx(START[2] - 0.5 * slope, rel=1e-12)


def test_without_such_a_line_the_loss_is_the_mean():
    run = Sheet.parse(XOR + "mean over samples of L ~= 0.7").run()
    assert run.sheet.loss == "mean over samples of L" and run.root.data == pytest.approx(xor(*START)[0].mean())


ONE_BY_ONE = """C = mean over samples of L
{}
sample 2
{}
sample 3
{}
v ~= [{:.6f} {:.6f}]
"""


@pytest.mark.parametrize(
    "ways",
    [
        ("", "update η of C v", "update η of C v"),
        ("", "update η of L v", "update η of L v"),
        ("sample 1\nnext v = v - η*dL/dv", "round", "round"),
    ],
    ids=["of the mean", "of the share", "by a rule"],
)
def test_one_sample_at_a_time(ways):
    W, b, v, c = START
    for k in (1, 2):
        v = v - 0.5 * xor(W, b, v, c, k)[1]
    assert verdicts(XOR + ONE_BY_ONE.format(*ways, *v)) == ["exact"]


def test_checks_of_one_sample():
    lines = "z at sample 2 ~= [-0.2, 0.7]\nW @ x at sample 3 ~= [0.5, 0.2]\nx1 - x2 at sample 3 ~= 1\nx1 - x2 at sample 2 ~= -1"
    formulas = "dL/dv at sample 2 == (p - y)*tanh(z)ᵀ\nC = mean over samples of L\ndC/dz at sample 2 == (p - y)/4*vᵀ ⊙ (1 - tanh(z)²)"
    found = check(Sheet.parse(f"{XOR}{lines}\n{formulas}\n4·dC/dL at sample 3 ~= 1").run())
    assert [each.verdict for each in found] == ["exact"] * 4 + ["proved"] * 2 + ["exact"]
    assert [each.quantity for each in found][4:6] == ["dL/dv at sample 2", "dC/dz at sample 2"]


def test_samples_from_a_file(tmp_path):
    (tmp_path / "xor.csv").write_text("x1,x2,y\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n", encoding="utf-8")
    for head in ("samples xor.csv", "samples xor.csv x1 x2 | y"):
        sheet = tmp_path / "a.sheet"
        sheet.write_text(head + "\n" + XOR.partition("\n\n")[2], encoding="utf-8")
        run = Sheet.read(sheet).run()
        assert [run.rounds[0][f"L at sample {k}"].data for k in range(1, 5)] == pytest.approx(xor(*START)[0], rel=1e-14)
    (tmp_path / "xor.csv").write_text("x1;x2;y\n0;0;0\n", encoding="utf-8")
    sheet.write_text("samples xor.csv\nL = x1", encoding="utf-8")
    with pytest.raises(
        SheetError,
        match=r"the first line of xor\.csv names its columns, divided by commas: .x1;x2;y. is divided by semi",
    ):
        Sheet.read(sheet)


STATES = """rate η = 0.1
input x = [1, 2]
param W = [1 2; 3 4]
state m = zeros(2, 2)
L = sum((W @ x)²)
next m = 0.9m + dL/dW
next W = W − η·next m
round with x = [0, 1]
m ~= [10 20; 22 44]
W ~= [0 0; 0.8 -0.4]
ΔW == −η·m
before(W) ~= [1 2; 3 4]
before(dL/dW) ~= [10 20; 22 44]
at round 1: W ~= [1 2; 3 4]
update adam 0.1
W[1,2] ~= 0
m(W) ~= [0 0; 0 -0.08]
m(W[2,2]) ~= -0.08
m̂(W[2,:]) ~= [0 -0.8]
restart with W = [1 0; 0 1], x = [3, 4]
L ~= 25
update 0.1 of L W[1,2]
restart
W ~= [1 2; 3 4]
"""


def test_rounds_of_arrays():
    assert set(verdicts(STATES)) <= {"exact", "holds here", "proved"}


@pytest.mark.parametrize(
    "text", [NETWORK + FORMULAS, FAMILY, RECURRENT, XOR], ids=["matrices", "layers", "time", "samples"]
)
def test_every_reader_takes_them(text):
    run = Sheet.parse(text).run()
    assert draw(run).source and len(steps(run)) > 10 and page(run) is not None
    name = next(leaf.name for leaf in run.sheet.leaves if leaf.keyword == "param")
    assert explain(run, f"d{run.sheet.loss}/d{name}" if " " not in run.sheet.loss else name).text()


def test_layers_are_found_in_what_becomes_of_a_sheet():
    run = Sheet.parse(XOR).run()
    params = [run.rounds[0][name] for name in run.sheet.params]
    dense = [each for each in Plan(record(run.root, [], params)).groups if each.kind == "dense"]
    assert [(len(each.weights), len(each.operands), each.columns) for each in dense] == [(2, 2, 4), (1, 2, 4)]
    assert Program(run.root)() == run.root.data


def digits(count, width, seed=1):
    """A network of two inputs, two layers and ten classes, and so many samples."""
    rng = np.random.default_rng(seed)

    def literal(*shape):
        numbers = rng.normal(0, 0.3, shape).round(6)
        if len(shape) == 1:
            return str(numbers.tolist())
        return "[" + "; ".join(" ".join(map(str, row)) for row in numbers.tolist()) + "]"

    targets = [f"t{k}" for k in range(10)]
    rows = [
        " ".join(f"{x:.4f}" for x in rng.normal(0, 1, 2)) + " | " + " ".join(map(str, row))
        for row in np.eye(10, dtype=int)[rng.integers(0, 10, count)]
    ]
    return "\n".join([
        f"samples x1 x2 | {' '.join(targets)}", *rows, "",
        f"param W1 = {literal(width, 2)}, b1 = {literal(width)}",
        f"param W2 = {literal(width, width)}, b2 = {literal(width)}",
        f"param W3 = {literal(10, width)}, b3 = {literal(10)}",
        "a1 = tanh(W1 @ [x1, x2] + b1)", "a2 = tanh(W2 @ a1 + b2)", "p = softmax(W3 @ a2 + b3)",
        f"L = −[{', '.join(targets)}]·ln(p)", "C = mean over samples of L",
    ])  # fmt: skip


def test_time_and_size_are_linear_in_the_samples():
    texts = {count: digits(count, 24) for count in (2, 10, 40)}
    for count in (10, 40):
        run = Sheet.parse(texts[count]).run()
        assert len(run.sheet.equations) == count * (24 + 24 + 10 + 1) - count * 9 + 1
    assert is_linear(lambda count: Sheet.parse(texts[count]).run(), 10, 40)


SECOND = [("d²L/dv[1]²", 4), ("d2L/dv[1]2", 4), ("∂²L/∂v[1]∂v[2]", 2), ("d²L/dv[1]^2", 4), ("d²L/dv[1]dw", 0), ("d²L/dW[2,1]²", 18), ("d²L/dW[1, 1]dw", 120)]  # fmt: skip


@pytest.mark.parametrize(("left", "number"), SECOND, ids=[left for left, _ in SECOND])
def test_second_derivatives_by_elements(left, number):
    text = f"param v = [1, 2], W = [1 2; 3 4], w = 3\nL = v[1]²*v[2] + sum(W)²*w²\n{left} ~= {number}\nq = {left} + 1"
    run = Sheet.parse(text).run()
    assert [each.verdict for each in check(run)] == ["exact"] and run.rounds[0]["q"].data == number + 1


LAYERS = """param W[1] = [1 2; 3 4], W[2] = [1 2]
input a[0] = [1, 2]
state m[1] = zeros(2, 2), m[2] = zeros(1, 2)
rate η = 0.001
for l = 1..2: a[l] = W[l] @ a[l-1]
L = a[2]²
for l = 1..2: next m[l] = 0.9*m[l] + dL/dW[l]
for l = 1..2: next W[l] = W[l] - η*next m[l]
round × 2
for l = 1..2: W[l] == before(W[l]) - η*m[l]
for l = 1..2: m[l] == 0.9*before(m[l]) + before(dL/dW[l])
for l = 1..2: ΔW[l] == -η*m[l]
for l = 1..2: 2*W[l] - W[l] == W[l]
at round 2: before(W[1][2,1]) ~= 3
"""


def test_rules_of_the_members_of_a_family():
    run = Sheet.parse(LAYERS).run()
    assert [each.verdict for each in check(run)] == ["proved"] * 8 + ["exact"]
    ranged = "for l = 1..1: param W[l] = [1 2; 3 4]\nfor l = 2..2: param W[l] = [1 2]"
    again = LAYERS.replace("param W[1] = [1 2; 3 4], W[2] = [1 2]", ranged)
    assert [each.verdict for each in check(Sheet.parse(again).run())] == ["proved"] * 8 + ["exact"]
    assert Sheet.parse(LAYERS.replace("round × 2", "update η of L W")).run().sheet.updates[0].assignments
    W1, W2, x = np.array([[1.0, 2], [3, 4]]), np.array([[1.0, 2]]), np.array([1.0, 2])
    m1, m2 = np.zeros((2, 2)), np.zeros((1, 2))
    for _ in range(2):
        slope = 2 * (W2 @ W1 @ x)
        m1, m2 = 0.9 * m1 + np.outer(W2.T @ slope, x), 0.9 * m2 + np.outer(slope, W1 @ x)
        W1, W2 = W1 - 0.001 * m1, W2 - 0.001 * m2
    there = run.rounds[2]
    assert [there[f"W[1][{i},{j}]"].data for i in (1, 2) for j in (1, 2)] == pytest.approx(W1.ravel(), rel=1e-13)
    assert [there[f"W[2][1,{j}]"].data for j in (1, 2)] == pytest.approx(W2.ravel(), rel=1e-13)


def test_members_of_a_family_at_a_sample():
    text = "samples x y\n1 2\n3 4\n\na[0] = [x, y]\nparam W[1] = [1 2; 3 4]\na[1] = W[1] @ a[0]\nL = sum(a[1]²)\n"
    lines = "a[1] at sample 2 ~= [11, 25]\nfor l = 1..1: dL/dW[l] at sample 1 == dL/da[l] @ a[l-1]ᵀ\nfor k = 1..2: k*x at sample 2 ~= 3"
    assert verdicts(text + lines) == ["exact", "proved", "exact", "slip"]


@pytest.mark.parametrize(
    ("formula", "number"), [("∂a[1]/∂w + 1", 7), ("∂a[2]/∂x[2]", 36), ("da[1]/dw + 1", 7), ("da[2]/dx[2]", 36)]
)
def test_a_derivative_of_an_element_stands_in_a_formula_in_either_letter(formula, number):
    run = Sheet.parse(f"param w = 3\ninput x = [1, 2]\na = w²*x ⊙ x\nL = sum(a)\nq = {formula}").run()
    assert run.rounds[0].values["q"] == number
    with pytest.raises(SheetError, match=r"that of an element da\[1\]/dw"):
        Sheet.parse("input x = [1, 2]\na = 2*x\nL = sum(a)\nq = ∂a[1]")
