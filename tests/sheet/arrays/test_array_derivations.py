"""Derivatives by arrays: the formulas in matrices against the scalar graph, and what is printed of them."""

import pytest
from array_sheets import LECTURE
from programs import Program
from sheets import DEMOS

from microgrid import Sheet, explain
from microgrid.answers import check
from microgrid.derivation.array_derivation import ArrayDerivation
from microgrid.errors import GraphError, SheetError

EACH, QUICK = 25, 12
CHUNKS = [pytest.param(0, marks=pytest.mark.quick), *(pytest.param(k, marks=pytest.mark.once) for k in range(1, 4))]

LAYERS = """
param W[1] = [0.2 0.4; 0.3 0.7], W[2] = [0.1 0.9; 0.5 -0.3], W[3] = [0.7 -0.2]
param b[1] = [0.1, 0.2], b[2] = [0.1, 0.2]
input a[0] = [0.5, 0.1]
f(z) = 1/(1 + e^(-z))
for l = 1..2:
  z[l] = W[l] @ a[l-1] + b[l]
  a[l] = f(z[l])
end
y = W[3] @ a[2]
C = (y - 1)^2/2
"""
CLASSES = """
input x = [1, 2, -1], t = onehot(2, 3)
param W = [0.2 0.4 0.1; 0.3 0.7 -0.3; 0.5 0.1 0.9]
z = W @ x
p = softmax(z)
u = x / norm(x)
m = mean(z)
L = -sum(t ⊙ ln p) + u·z + sum(z²)/4 + m*logsumexp(z)
"""
GATES = """
input x = [1, -2], y = [3, 1]
param W = [0.2 0.4; 0.3 -0.7]
h = relu(W @ x)
o = outer(h, y)
q = max(h, 0.1)*y - y/(1 + h)
L = sum(tanh(o)) + q·x
"""
SAMPLES = """
samples  x1   x2 | y
         0    0  | 0
         0    1  | 1
         1    0  | 1
         1    1  | 0
param W = [0.2 0.4; 0.3 0.7], b = [0.1, -0.2], v = [0.6, 0.9]
x = [x1, x2]
h = tanh(W @ x + b)
p = σ(v·h)
L = -y ln p - (1 - y) ln(1 - p)
C = mean over samples of L
"""
PARTS = """
param W = [1 2 0.5; 3 4 -1], V = [2 1 3], x = [0.3, -0.2, 0.7], y = [1, 2]
a = tanh(W[2,:] @ x)
b = W[:,2]·y
c = (W @ x)[2] + V[1,:] @ x
d = tanh(W[1,:]ᵀ)·x
L = a + b² + c² + d² + x[3]²
"""
SHEETS = {"lecture": LECTURE, "layers": LAYERS, "classes": CLASSES, "gates": GATES, "parts": PARTS}


def formulas(text):
    """What is printed of each gradient: its name and the first thing it is equal to, where that is a formula."""
    for block in str(explain(Sheet.parse(text).run(), digits=17)).split("\n\n"):
        if block[0] in "∂d" and block.count("\n"):
            left, right = "".join(" " + line.strip() for line in block.splitlines()).split("=")[:2]
            yield left.strip(), right.strip()


@pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")
@pytest.mark.parametrize("chunk", CHUNKS)
def test_each_formula_comes_to_the_gradients_of_the_graph(chunk):
    known = unknown = 0
    for seed in range(chunk * EACH, chunk * EACH + (EACH if chunk else QUICK)):
        text = Program(seed, 3).grow(lines=6) if seed % 4 == 0 else Program(seed).grow()
        here = Sheet.parse(text).run().rounds[0]
        derivation = ArrayDerivation(here, here.sheet.loss)
        for name, formula in derivation.array_gradients.gradients.items():
            assert formula is None or derivation.confirmed(name, formula) is not None, (text, name)
            known, unknown = known + (formula is not None), unknown + (formula is None)
        derivation.steps(None)
    assert known > 4 * unknown


@pytest.mark.parametrize("name", SHEETS)
def test_what_is_printed_can_be_pasted_and_is_proved(name):
    lines = [f"{left} == {right}" for left, right in formulas(SHEETS[name])]
    assert len(lines) >= 4
    pasted = Sheet.parse(SHEETS[name] + "\n".join(lines))
    verdicts = {answer.verdict for answer in check(pasted.run())}
    assert verdicts <= {"proved", "holds here"}, lines


def test_the_lecture_network_in_both_faces():
    run = Sheet.parse(LECTURE).run()
    assert str(explain(run, wrt="dL/dW1", digits=4)) == "\n".join([
        "∂L/∂ŷ = −y/ŷ + (1 − y)/(1 − ŷ) = −1/0.7648 + (1 − 1)/(1 − 0.7648) = −1.308",
        "",
        "∂L/∂a1 = W2ᵀ·∂L/∂ŷ·ŷ(1 − ŷ)",
        "       = [0.6, 0.9]·(−1.308)·0.7648·(1 − 0.7648)",
        "       = [−0.1411, −0.2117]",
        "∂L/∂a1[2] = W2[1,2]·∂L/∂ŷ·ŷ(1 − ŷ) = 0.9·(−1.308)·0.7648·(1 − 0.7648) = −0.2117",
        "",
        "∂L/∂z1 = ∂L/∂a1 ⊙ a1 ⊙ (1 − a1)",
        "       = [−0.1411, −0.2117] ⊙ [0.5597, 0.6035] ⊙ (1 − [0.5597, 0.6035])",
        "       = [−0.03478, −0.05066]",
        "∂L/∂z1[2] = ∂L/∂a1[2]·a1[2]·(1 − a1[2]) = −0.2117·0.6035·(1 − 0.6035) = −0.05066",
        "",
        "∂L/∂W1 = ∂L/∂z1 @ xᵀ",
        "       = [−0.03478, −0.05066] @ [0.5 0.1]",
        "       = [−0.01739 −0.003478; −0.02533 −0.005066]",
        "∂L/∂W1[2,1] = ∂L/∂z1[2]·x[1] = −0.05066·0.5 = −0.02533",
    ])  # fmt: skip
    assert str(explain(run, wrt="dL/dW1[2,1]")).startswith("∂L/∂W1[2,1] = ∂L/∂ŷ · ∂ŷ/∂a1[2] · ∂a1[2]/∂z1[2]")


def test_what_is_of_samples_is_told_of_the_first_and_added_up_over_all():
    text = str(explain(Sheet.parse(SAMPLES).run(), wrt="W", digits=4))
    assert text.startswith("# Of the first of 4 samples; what is added up over all of them says so.\n\nsample 1\n")
    assert text.endswith("\n\nsample all")
    assert "∂C/∂W = sum over samples of ∂C/∂h ⊙ (1 − h²) @ xᵀ\n" in text
    assert "∂C/∂h[2] = ∂C/∂p·p(1 − p)·v[2] = " in text
    assert text.count("at sample") == 0


def test_python_and_other_formats_have_the_numbers():
    run = Sheet.parse(LECTURE).run()
    found = explain(run, wrt="W1")
    assert found.value[1][0] == run.rounds[0].derivative("L", "W1[2,1]")
    assert found.json()["steps"][-1]["element"]["by"] == "W1[2,1]"
    assert found.json()["steps"][-1]["formula"] == "∂L/∂z1 @ xᵀ"
    assert r"\begin{bmatrix} 0.5 & 0.1 \end{bmatrix}" in found.latex()
    assert r"\frac{\partial L}{\partial z_{1}} \, x^\top" in found.markdown()
    assert repr(found) == "<Derivation of ∂L/∂W1 at level vector, 4 steps>"
    assert len(explain(run, level="element").steps) > len(explain(run).steps)


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        ("dz1/dx", "z1 is an array: derive one of its elements, dz1[1]/dx"),
        ("dL/dW3", "no quantity is called 'W3'; did you mean 'W2'?"),
        ("dz1[1]/dW2", "'W2' does not lead to 'z1[1]'"),
    ],
)
def test_what_cannot_be_derived_is_said(wrt, message):
    with pytest.raises(GraphError) as error:
        explain(Sheet.parse(LECTURE).run(), wrt=wrt)
    assert str(error.value) == message


def test_an_array_has_no_chain_at_other_levels():
    with pytest.raises(GraphError, match=r"^W1 is an array: derive one of its elements, dL/dW1\[1,1\]$"):
        explain(Sheet.parse(LECTURE).run(), wrt="W1", level="op")


def test_what_no_formula_says_is_told_in_numbers():
    text = str(explain(Sheet.parse("param v = [1, 3, 2]\nL = max(v)^2").run(), wrt="v"))
    assert text.startswith("∂L/∂v = [0, 6, 0]\n∂L/∂v[2] = 2·max(")
    assert text.endswith("# No formula over arrays says how ∂L/∂v comes about, only each of its elements.")
    many = "param v = ones(30)\nfor k = 1..30: z[k] = max(v)*k\nL = sum(z)"
    assert str(explain(Sheet.parse(many).run(), wrt="v")).endswith("comes about; derive one of its elements.")


def test_one_element_is_derived_where_no_formula_over_arrays_says_it():
    text = (DEMOS / "convolution.sheet").read_text(encoding="utf-8")
    found = str(explain(Sheet.parse(text).run(), wrt="x", digits=17)).partition("\n#")[0]
    assert "∂L/∂x[2,3] = ∂L/∂z[1,2]·k[2,2] + ∂L/∂z[1,3]·k[2,1] + ∂L/∂z[2,2]·k[1,2]\n" in found
    assert "∂L/∂z[1,2] = ∂L/∂a[1,2]·1{z[1,2] > 0}\n" in found
    pasted = check(Sheet.parse(text.partition("\nz      ~=")[0] + "\n\n" + found).run())
    assert len(pasted) > 10 and {each.verdict for each in pasted} <= {"proved", "holds here", "exact"}


PASTED = [
    (SAMPLES, "dC/dh", 3, "# Of sample 3 of 4; what is added up over all of them says so.\n\nsample 3\n\n∂C/∂L = 1/4 = 0.25\n"),
    (SAMPLES, "dL/dW", 2, "sample 2\n\n∂L/∂p = "),
    (SAMPLES, "dL at sample 4/dx", 1, "sample 4\n\n∂L/∂p = "),
    (SAMPLES, "dh[2]/dx", 3, "sample 3\n\n∂h[2]/∂h = onehot(2, 2) = [0, 1]\n"),
    (LECTURE, "dz1[2]/dx", 1, "∂z1[2]/∂z1 = onehot(2, 2) = [0, 1]\n"),
    (LECTURE, "da1[1]/dW1", 1, "∂a1[1]/∂a1 = onehot(1, 2) = [1, 0]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "sample", "start"), PASTED, ids=[wrt for _, wrt, *_ in PASTED])
def test_what_is_of_one_sample_and_what_is_of_one_element_is_derived_and_can_be_pasted(text, wrt, sample, start):
    found = str(explain(Sheet.parse(text).run(), wrt=wrt, sample=sample, digits=17))
    assert found.startswith(start)
    verdicts = {each.verdict for each in check(Sheet.parse(f"{text}\n{found}").run())}
    assert verdicts <= {"proved", "holds here", "exact", "rounding"} and len(verdicts) > 1


@pytest.mark.parametrize("seed", [2, 3, 24, 28, 36])
def test_whatever_a_random_program_has_is_pasted_and_right(seed):
    text = Program(seed, 3).grow(lines=6) if seed % 4 == 0 else Program(seed).grow()
    found = explain(Sheet.parse(text).run(), digits=9).text(width=72)
    again = check(Sheet.parse(f"{text.rstrip()}\n{found}").run())
    assert again and all(each.right for each in again), [each for each in again if not each.right]


def test_there_is_no_other_sample():
    with pytest.raises(SheetError, match="there is no sample 5; samples go from 1 to 4"):
        explain(Sheet.parse(SAMPLES).run(), wrt="W", sample=5)


@pytest.mark.parametrize("width", [40, 64, 80])
def test_a_derivation_is_broken_where_a_sheet_goes_on(width):
    text = (DEMOS / "softmax_samples.sheet").read_text(encoding="utf-8").partition("\nz at sample 1")[0] + "\n"
    found = explain(Sheet.parse(text).run(), digits=17)
    for broken in (found.text(width), explain(Sheet.parse(PARTS).run(), digits=17).text(width)):
        whole = PARTS if "sample" not in broken else text
        assert {each.line for each in Sheet.parse(whole + broken).checks}
