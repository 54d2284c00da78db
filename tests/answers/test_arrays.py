"""Printed arrays and formulas of arrays are judged as a whole: what is wrong with all of it is said, in one line."""

import json

import numpy as np
import pytest
from outside import microgrid

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.trial_rounds import TrialRounds
from microgrid.picture import draw

NET = """samples  x1   x2 | y
         0.5 -0.2 | 1
         0.1  0.7 | 0
         -0.3 0.4 | 1
param W = [0.3 -0.5; 0.2 0.8], b = [0.1, -0.2], v = [0.7, -0.4], c = 0.2
x = [x1, x2]
z = W @ x + b
a = tanh(z)
p = σ(v·a + c)
L = −y ln p − (1 − y) ln(1 − p)
C = mean over samples of L
"""
X, Y = np.array([[0.5, 0.1, -0.3], [-0.2, 0.7, 0.4]]), np.array([1, 0, 1])
W, B, V, C = np.array([[0.3, -0.5], [0.2, 0.8]]), np.array([0.1, -0.2]), np.array([0.7, -0.4]), 0.2


def worked():
    """The gradients by W, sample by sample, and the a of the first sample, over NumPy."""
    a = np.tanh(W @ X + B[:, None])
    delta = V[:, None] * (1 / (1 + np.exp(-(V @ a + C))) - Y) * (1 - a * a)
    return np.einsum("ik,jk->kij", delta, X), a[:, 0]


def literal(numbers):
    rows = np.asarray(numbers)
    if rows.ndim == 1:
        return "[" + ", ".join(f"{each:.5f}" for each in rows) + "]"
    return "[" + "; ".join(" ".join(f"{each:.5f}" for each in row) for row in rows) + "]"


SHARES, A1 = worked()
MEAN = SHARES.mean(axis=0)
MISTAKES = [  # what is printed for dC/dW, and what is said of it
    (MEAN.T, "transposed"),
    (MEAN[::-1], "rows 1 and 2 have changed places"),
    (MEAN[:, ::-1], "columns 1 and 2 have changed places"),
    (-MEAN, "each has the wrong sign"),
    (3 * MEAN, "not averaged over the 3 samples"),
    (MEAN / 3, "divided by 3, the number of samples, once too often"),
    (SHARES[1], "of sample 2 alone"),
    (2 * MEAN, "each is twice as large"),
    (W, "that is W"),
]


@pytest.mark.parametrize(("numbers", "words"), MISTAKES, ids=[words for _, words in MISTAKES])
def test_what_is_wrong_with_a_whole_matrix_is_said(numbers, words):
    (answer,) = check(Sheet.parse(f"{NET}dC/dW ~= {literal(numbers)}").run())
    assert (answer.verdict, answer.why, answer.quantity) == ("slip", words, "dC/dW")
    assert answer.shape == (2, 2) and len(answer.cells) == 4
    for cell, number, right in zip(answer.cells, np.ravel(numbers), np.ravel(MEAN)):
        assert cell.right == (abs(number - right) < 5e-6), cell


def test_a_right_matrix_is_one_line_and_so_is_one_with_a_wrong_number():
    right = check(Sheet.parse(f"{NET}dC/dW ~= {literal(MEAN)}\na at sample 1 ~= {literal(A1)}").run())
    assert [(each.verdict, each.why) for each in right] == [("exact", ""), ("exact", "")]
    wrong = MEAN.copy()
    wrong[1, 0] += 0.1
    (answer,) = check(Sheet.parse(f"{NET}dC/dW ~= {literal(wrong)}").run())
    assert (
        answer.verdict == "slip"
        and answer.why.startswith("[2,1] should be ")
        and f"{MEAN[1, 0]:.5f}".replace("-", "−") in answer.why
    )
    assert [cell.verdict for cell in answer.cells] == ["exact", "exact", "slip", "exact"]


VECTORS = [
    ("u ~= [1, 3, 2]", "slip", "elements 2 and 3 have changed places"),
    ("u ~= [3, 2, 1]", "slip", "elements 1 and 3 have changed places"),
    ("u4 ~= [4, 3, 2, 1]", "slip", "the elements are in the reverse order"),
    ("u ~= [1, ?, 3]", "open", ""),
    ("u ~= [1, ?, 4]", "slip", "[3] should be 3; one unit off"),
    ("r ~= [3 1 2]", "slip", "[1,1] should be 1; [1,2] should be 2; one unit off"),
    ("r ~= [1 3 2]", "slip", "elements 2 and 3 have changed places"),
    ("u ~= [10, 20, 30]", "slip", "each is 10 times as large"),
    ("q ~= [4, 5, 6]", "exact", ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "verdict", "words"), VECTORS, ids=[line for line, _, _ in VECTORS])
def test_vectors(line, verdict, words):
    text = "param u = [1.0, 2.0, 3.0], u4 = [1, 2, 3, 4], r = [1 2 3]\nq = u + 3\nL = sum(q²) + sum(u4²) + sum(r)\n"
    (answer,) = check(Sheet.parse(text + line).run())
    assert answer.verdict == verdict
    assert answer.why == words or words in answer.why, answer.why


def test_an_array_may_have_the_same_element_twice():
    text = "param c = 2, u = [1, 2]\nL = c²\n[c, c] ~= [2, 2]\nfor k = 1..2: [L, c] ~= [4, 2]\n[c, c] == [2, 2]\nL ~= 4"
    found = check(Sheet.parse(text).run())
    assert [(each.verdict, len(each.cells)) for each in found] == [
        ("exact", 2), ("exact", 2), ("exact", 2), ("holds here", 0), ("exact", 0),
    ]  # fmt: skip


def test_what_follows_from_a_wrong_array_is_carried():
    text = "param W = [1 2; 3 4], x = [1, 1]\nz = W @ x\na = 2*z\nL = sum(a)\nz ~= [3, 8]\na ~= [6, 16]\nL ~= 22"
    found = check(Sheet.parse(text).run())
    assert [each.verdict for each in found] == ["slip", "carried", "carried"]
    assert "from z[2]: 16" in found[1].why


FORMULAS = [
    ("dC/dW == mean over samples of (dL/dz @ xᵀ)", "proved", "by algebra"),
    ("dC/dW == mean over samples of (x @ (dL/dz)ᵀ)", "refuted", "transposed"),
    ("dC/dW == sum over samples of (dL/dz @ xᵀ)", "refuted", "not averaged over the 3 samples"),
    ("dC/dW == -mean over samples of (dL/dz @ xᵀ)", "refuted", "each has the wrong sign"),
    ("dL/dz at sample 1 == v*(p - y) ⊙ (1 - a²)", "proved", "by algebra"),
    ("dL/dz at sample 1 == v*(p - y) ⊙ (1 - a)", "refuted", "at [1] and 1 more of 2"),
    ("da/dz at sample 2 == diag(1 - a²)", "proved", "by algebra"),
    ("dL/dz at sample 1 == v*(p - y)*cosh(z)**-2", "proved", ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "verdict", "words"), FORMULAS, ids=[line for line, _, _ in FORMULAS])
def test_a_formula_of_an_array_holds_for_all_elements_or_not(line, verdict, words):
    (answer,) = check(Sheet.parse(NET + line).run())
    assert answer.verdict == verdict and words in answer.why, answer.why
    assert answer.is_formula and not answer.cells and len(answer.shape) in (1, 2)


CONDITIONS = [
    ("a == z", "where z[1] > 0 and z[2] > 0, by algebra"),
    ("dL/dz == dL/da", "where z[1] > 0 and z[2] > 0, by algebra"),
    ("dL/dz == dL/da ⊙ step(z)", "by algebra"),
]


@pytest.mark.parametrize(("line", "why"), CONDITIONS, ids=[line for line, _ in CONDITIONS])
def test_conditions_of_elements_are_those_of_the_array(line, why):
    text = "param W = [1 2; 3 4], x = [1, 1]\nz = W @ x\na = relu(z)\nL = sum(a)\n"
    (answer,) = check(Sheet.parse(text + line).run())
    assert (answer.verdict, answer.why) == ("proved", why)


STEPS = """param W = [1 2; 3 4], x = [1, 2]
L = sum((W @ x)²)
rate η = 0.01
update η
W == before(W) - η*before(dL/dW)
ΔW == -η*before(dL/dW)
W == before(W) + η*before(dL/dW)
before(W[1,2]) ~= 2
"""


def test_formulas_about_two_rounds():
    found = check(Sheet.parse(STEPS).run())
    assert [each.verdict for each in found] == ["proved", "proved", "refuted", "exact"]


def test_the_report_has_a_grid_with_the_wrong_cells_marked(tmp_path):
    sheet = tmp_path / "net.sheet"
    sheet.write_text(f"{NET}dC/dW ~= {literal(3 * MEAN)}\na at sample 1 ~= {literal(A1)}\n", encoding="utf-8")
    lines = microgrid("check", str(sheet)).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("✗"))
    assert "dC/dW ~= [" in lines[at] and lines[at].rstrip().endswith("slip")
    assert lines[at + 1].strip() == "not averaged over the 3 samples"
    assert lines[at + 2].split() == [part for each in 3 * MEAN[0] for part in (f"{each:.5f}", "✗")]
    assert lines[at + 3].split() == [f"({each:.5f})" for each in MEAN[0]]
    assert "1 slip (dC/dW), 1 right" in lines[-1]
    (whole, _) = json.loads(microgrid("check", "--json", str(sheet)).stdout)["checks"]
    assert whole["shape"] == [2, 2] and [each["verdict"] for each in whole["cells"]] == ["slip"] * 4
    assert [each["value"] for each in whole["cells"]] == pytest.approx(np.ravel(MEAN).tolist(), rel=1e-12)


def test_pictures_mark_the_elements():
    run = Sheet.parse("param W = [1 2; 3 4], x = [1, 1]\nz = W @ x\nL = sum(z²)\nz ~= [3, 8]").run()
    assert "printed 8" in draw(run, marks=check(run)).source


def homework(width, layers, seed=0):
    """Layers of ReLUs with printed gradients, each wrong by a factor, and a formula for each."""
    rng = np.random.default_rng(seed)
    text = ["input a[0] = " + literal(rng.normal(0, 1, width)), "target t = 1"]
    text += [f"param W[{k}] = {literal(rng.normal(0, 1, (width, width)))}" for k in range(1, layers + 1)]
    text += [f"for l = 1..{layers}: z[l] = W[l] @ a[l-1]", f"for l = 1..{layers}: a[l] = relu(z[l])"]
    text = [*text[:-2], f"for l = 1..{layers}:", "z[l] = W[l] @ a[l-1]", "a[l] = relu(z[l])", "end"]
    text += [f"L = (sum(a[{layers}]) - t)²"]
    run = Sheet.parse("\n".join(text)).run()
    for array in run.sheet.arrays:
        if array.name[0] == "W":
            slopes = [run.rounds[0].derivative("L", each) for each in array.elements]
            text.append(f"dL/d{array.name} ~= {literal(2 * np.reshape(slopes, array.shape))}")
    text.append(f"for l = 1..{layers}: dL/dW[l] == dL/dz[l] @ a[l-1]ᵀ")
    text.append(f"for l = 1..{layers}: dL/dW[l] == 2*dL/dz[l] @ a[l-1]ᵀ")
    return "\n".join(text)


def test_a_homework_of_matrices():
    found = check(Sheet.parse(homework(4, 3)).run())
    assert [each.verdict for each in found] == ["slip"] * 3 + ["proved"] * 3 + ["refuted"] * 3
    assert all("twice as large" in each.why for each in found if each.verdict != "proved")


def test_the_sheet_is_worked_at_a_point_for_all_elements_of_an_array(monkeypatch):
    worked, counted = TrialRounds.worked, []
    monkeypatch.setattr(TrialRounds, "worked", lambda *asked, **how: counted.append(1) or worked(*asked, **how))
    points = []
    for width in (2, 4):  # four times as many elements
        counted.clear()
        check(Sheet.parse(homework(width, 2)).run())
        points.append(len(counted))
    assert points[1] <= points[0]


WRONG_ELEMENTS = {
    "a == [x[1], x[2]^2]": "[1]: right here, but where x[1] = 2 it is 4, the formula gives 2; the factor x[1] is missing",
    "a == [x[1]^2, x[2]]": "[2]: right here, but where x[2] = 2 it is 4, the formula gives 2; the factor x[2] is missing",
    "a == [x[1]^2, x[2]^2 + 1]": "at [2]: here it is 1, the formula gives 2",
}


@pytest.mark.parametrize("line", WRONG_ELEMENTS)
def test_the_element_that_a_formula_has_wrong_is_named(line):
    [found] = check(Sheet.parse(f"param x = [1, 1]\na = x ⊙ x\nL = sum(a)\n{line}").run())
    assert (found.verdict, found.why) == ("refuted", WRONG_ELEMENTS[line])


@pytest.mark.parametrize("cells", ["5.00 15.00; 10.00 20.00", "4.00 12.00; 8.00 16.00"])
def test_an_array_is_transposed_of_what_follows_from_a_wrong_number_too(cells):
    text = "param W = [1 2; 3 4], x = 2\ns = 2*x\nA = s*W\nL = sum(A)\ns ~= 5.00\n"
    _, found = check(Sheet.parse(f"{text}A ~= [{cells}]").run())
    assert (found.verdict, found.why) == ("slip", "transposed")


@pytest.mark.parametrize(
    ("wrong", "end"),
    [
        (2, "[2] should be 5.8564"),
        (3, "[3] should be 12.8164"),
        (4, "[3] should be 12.8164; and 1 more"),
        (5, "and 2 more"),
    ],
)
def test_three_wrong_cells_are_told_and_of_more_how_many(wrong, end):
    right, off = (1.8769, 5.8564, 12.8164, 21.4369, 27.9841), (0.11, 0.23, -0.37, 0.53, -0.71)
    printed = [number + (by if at < wrong else 0) for at, (number, by) in enumerate(zip(right, off))]
    text = f"param a = [1.37, 2.42, 3.58, 4.63, 5.29]\nv = a ⊙ a\nv ~= [{', '.join(f'{each:.4f}' for each in printed)}]"
    [answer] = check(Sheet.parse(text).run())
    assert answer.why.startswith("[1] should be 1.8769; [2]") and answer.why.endswith(end)
