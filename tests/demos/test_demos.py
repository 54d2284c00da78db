"""The demos: each runs, and shows the numbers it is for."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from outside import PATIENCE, engine
from sheets import DEMOS

from microgrid import Sheet
from microgrid.answers import check

UNDER_JAX = ("data_parallel.py",)

LONGEST = {"microgpt.py": 160}  # lines; any other has 60 at most
SHOWS = {
    "two_input_sigmoid.py": [
        "z1  =  0.240000    dL/dz1  = -0.034783",
        "ŷ   =  0.764761    dL/dŷ   = -1.307598",
        "L   =  0.268191    dL/dL   =  1.000000",
        "w11 ← 0.2 - 0.01·(-0.017391) = 0.200174",
        "c   ← 0.3 - 0.01·(-0.235239) = 0.302352",
    ],
    "two_relus.py": [
        "ŷ = 1.2, J = 0.32, dJ/dw1 = -1.92, dJ/dw2 = -1.2",
        "dJ/dw1 = 0.5 · 1.6 · -1 · 1 · 0.8 · 1 · 3 = -1.92",
        "after one step: w1 = 0.692, w2 = 0.92, ŷ = 1.91, J = 0.004057",
    ],
    "microgpt.py": [
        "loss 3.412 → 1.585; by chance it is ln 27 = 3.296",
        "∂L/∂attn[2][3][1] = ∂L/∂mixed[3][8] · ∂mixed[3][8]/∂attn[2][3][1]",
        "                  = ∂L/∂mixed[3][8] · v[1][8] + ∂L/∂mixed[3][9] · v[1][9]",
    ],
    "train_neuron.py": ["loss 0.4576 → 0.0186"],
    "vector_form.py": [
        "C = 0.108068, a = [0.809327 0.424005]",
        "layer 1: δ = [ 0.000581 -0.011545  0.006295], ∂C/∂W is 3 × 2",
        "layer 2: δ = [-0.029424  0.103552], ∂C/∂W is 2 × 3",
        "the scalar graph and the vector form agree to 1e-12: True",
    ],
    "vanishing_gradient.py": [
        "    1  2.4e-01  6.6e-02  1.2e-05  3.3e-07",
        "    8  2.8e-01  2.4e-01  5.8e-02  1.3e-02",
        "first/last ReLU 9e-01, tanh 3e-01, sigmoid 2e-04, softmax 3e-05",
        "σ′(z): 2.5e-01 at 0, 1.0e-01 at 2, 6.6e-03 at 5, 4.5e-05 at 10",
    ],
    "perceptron.py": [
        "XOR: mistakes after each correction: [3, 1, 2, 2, 2, 2, 2, 2, 3, 2, 2, 2, 3, 2, 2, 2, 3], never below 1",
    ],
    "xor.py": [
        "loss 0.5092 → 0.0082, 100% right",
        "one sample in 45 steps: from forward to complete",
        "∂L/∂b1_1 = −0.01275 is complete",
    ],
    "iris.py": [],
    "digits.py": [],
    "outputs.py": [],
    "data_parallel.py": [
        "4 devices, 402 samples, 500 steps",
        "loss 0.6102 → 0.0187, 100% right",
        "the same as on a single device to 1e-10: True",
    ],
    "micrograd_demo.py": [],
    "moons.py": ["105 parameters, 100% of 100 samples right"],
    "zero_weights.py": ["all weights 0, sigmoid: loss 0.6931 → 0.4256, 60% right"],
    "saturation.py": [
        "   tanh, weights ×5: z of the order of 4.88, 62.6% saturated, mean slope 17% of the steepest",
    ],
    "topological_order.py": [
        "backward, b after both its uses in c: dc/da = 4; depth first: 2",
        "c c b b → 4, c b c b → 3, c b b c → 2, b c c b → 2, b c b c → 1, b b c c → 0",
    ],
    "early_stopping.py": [
        "round 1000: training 0.0114, validation 0.0559",
        "round 1100: training 0.0098, validation 0.0583",
        "stopped; the weights of round 1000 are kept",
        "all weights 0: 192 of 193 gradients are 0",
    ],
}

# What the checker says of each sheet, where it is not exact or proved, in the order of the lines.
VERDICTS = {
    "activations.sheet": {},
    "adam.sheet": {},
    "adam_written_out.sheet": {},
    "chain_rule.sheet": {},
    "two_input_matrices.sheet": {},
    "softmax_samples.sheet": {},
    "rnn.sheet": {},
    "convolution.sheet": {},
    "batch_norm.sheet": {},
    "attention.sheet": {},
    "chain_rule_three_levels.sheet": {},
    "curvature.sheet": {},
    "delta_identities.sheet": {},
    "gradient_penalty.sheet": {},
    "lecture_neuron.sheet": {},
    "logistic_regression.sheet": {},
    "loss_multi_class.sheet": {},
    "loss_squared.sheet": {},
    "loss_two_class.sheet": {},
    "micrograd_readme.sheet": {},
    "momentum.sheet": {},
    "newton_step.sheet": {},
    "output_layers.sheet": {},
    "perceptron.sheet": {},
    "sgd_update.sheet": {},
    "sigmoid_derivative.sheet": {"refuted": "da/dz"},
    "simple_network.sheet": {},
    "simple_network_student.sheet": {"rounding": "dC/dw1"},
    "softmax_nll.sheet": {},
    "structural_quiz.sheet": {},
    "topological_order.sheet": {},
    "two_input_sigmoid.sheet": {
        "slip": "z1 z2 z dL/dŷ da1/dz1",
        "carried": "a1 a2 ŷ L dL/dz dL/dz1 da2/dz2 dL/dz2 dL/dw12 dL/dw22 dL/db1 dL/db2 c b1 b2",
        "rounding": "dL/dv1 dL/dv2 dL/dw11 v1 v2 w11",
    },
    "two_relus.sheet": {},
    "two_relus_table.sheet": {"slip": "w1"},
}
RIGHT = ("exact", "proved", "holds here")
WRONG = ("slip", "refuted")


def test_every_demo_is_here():
    assert sorted(SHOWS) == sorted(path.name for path in DEMOS.glob("*.py"))
    assert sorted(VERDICTS) == sorted(path.name for path in DEMOS.glob("*.sheet"))


def rows():
    """The README's rows: demo → its verdicts."""
    text = (DEMOS / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| \[(\S+)\]\((\S+)\) \| .+ \| (.*)\|$", text, re.MULTILINE)
    assert all(shown == linked for shown, linked, _ in found)
    return {name: verdicts.strip() for name, _, verdicts in found}


def test_the_readme_tells_which_demos_draw():
    text = (
        (DEMOS / "README.md").read_text(encoding="utf-8").partition("## Networks that learn")[2].partition("\n## ")[0]
    )
    table = re.findall(r"^\| \[(\S+)\]", text, re.MULTILINE)
    silent = [name for name in table if "savefig" not in (DEMOS / name).read_text(encoding="utf-8")]
    assert re.findall(r"`(\w+\.py)`", text) == silent


def test_the_readme_lists_every_demo_and_no_other():
    assert sorted(rows()) == sorted([*SHOWS, *VERDICTS])


@pytest.mark.parametrize("name", VERDICTS)
def test_the_readme_tells_the_verdicts(name):
    found = VERDICTS[name]
    wrong = [quantity for verdict in WRONG for quantity in found.get(verdict, "").split()]
    told = rows()[name]
    assert told.startswith("all right") == (not wrong)
    assert re.findall(r"`(.+?)`", told) == (wrong or found.get("rounding", "").split())
    if "carried" in found:
        assert f"{len(wrong)} slips" in told and f"{len(found['carried'].split())} numbers carry" in told


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.engine) if name in UNDER_JAX else name for name in SHOWS]
)
def test_demo(name, tmp_path):
    if name in UNDER_JAX:
        engine("jax")
    path = Path(shutil.copy(DEMOS / name, tmp_path))  # its picture is drawn beside it
    shutil.copy(DEMOS / "names.txt", tmp_path)
    (tmp_path / "pictures").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(DEMOS.parent), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, encoding="utf-8", timeout=PATIENCE, env=environment
    )
    assert done.returncode == 0, done.stderr
    for line in SHOWS[name]:
        assert line in done.stdout.splitlines()
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST.get(name, 60)


TWINS = sorted({name.removesuffix(".py") for name in SHOWS} & {name.removesuffix(".sheet") for name in VERDICTS})
TWINS.remove("perceptron")  # the script learns what the sheet computes


@pytest.mark.parametrize("name", TWINS)
def test_sheets_by_hand_give_the_same_numbers(name):
    script, path = DEMOS / f"{name}.py", DEMOS / f"{name}.sheet"
    built = runpy.run_path(str(script), run_name="demo")
    here = Sheet.read(path).run().rounds[0]
    for quantity, node in here.nodes.items():
        assert built[quantity].data == node.data
        assert built[quantity].grad == pytest.approx(here.gradients[quantity], rel=1e-14)


TRUE = {
    "z1": 0.24, "z2": 0.42, "a1": 0.559713649267, "a2": 0.603483249865, "z": 1.17896311444, "ŷ": 0.764761317766,
    "L": 0.268191496759, "dL/dŷ": -1.30759751673, "dL/dz": -0.235238682234, "dL/dv1": -0.1316663013,
    "dL/dv2": -0.1419626044, "dL/dz1": -0.0347825251836, "dL/dz2": -0.0506614955011, "dL/dw11": -0.01739126259,
    "dL/dw12": -0.003478252518, "dL/dw21": -0.02533074775, "dL/dw22": -0.00506614955,
}  # fmt: skip


def test_the_two_input_network_has_its_true_values():
    answers = check(Sheet.read(DEMOS / "two_input_sigmoid.sheet").run())
    found = {answer.quantity: answer.value for answer in answers if answer.round == 1}
    for quantity, value in TRUE.items():
        assert found[quantity] == pytest.approx(value, rel=5e-10)


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name):
    sheet = Sheet.read(DEMOS / name)
    assert sheet.title and sheet.source
    answers = check(sheet.run())
    assert len(answers) >= 3
    found = {}
    for answer in answers:
        if answer.verdict not in RIGHT:
            found.setdefault(answer.verdict, []).append(answer.quantity)
    assert found == {verdict: quantities.split() for verdict, quantities in VERDICTS[name].items()}


@pytest.mark.parametrize(
    ("name", "quantity", "why"),
    [
        ("simple_network_student", "dC/dw1", "cut off, not rounded"),
        ("sigmoid_derivative", "da/dz", "1 − σ is not σ′"),
        ("two_relus_table", "w1", "should be 0.6920"),
        ("two_input_sigmoid", "z1", "should be 0.24"),
        ("two_input_sigmoid", "z2", "should be 0.42"),
        ("two_input_sigmoid", "z", "should be 1.178"),
        ("two_input_sigmoid", "dL/dŷ", "this is dL/dz, not dL/dŷ"),
        ("two_input_sigmoid", "da1/dz1", "should be 0.246"),
    ],
)
def test_why(name, quantity, why):
    answers = check(Sheet.read(DEMOS / f"{name}.sheet").run())
    told = [answer.why for answer in answers if answer.quantity == quantity and answer.verdict not in RIGHT]
    assert len(told) == 1 and why in told[0]


def test_adam_by_its_name_is_adam_written_out():
    named, written = (Sheet.read(DEMOS / name).run() for name in ("adam.sheet", "adam_written_out.sheet"))
    for one, other in zip(named.rounds, written.rounds, strict=True):
        assert one["w"].data == pytest.approx(other["w"].data, rel=1e-15)
        assert one.memory["v(w)"] == pytest.approx(other["v"].data, rel=1e-15)


def test_the_vector_form_agrees():
    assert 0 <= runpy.run_path(str(DEMOS / "vector_form.py"))["apart"] < 1e-12


def test_gradients_vanish_with_depth():
    table = runpy.run_path(str(DEMOS / "vanishing_gradient.py"))["table"]
    shrinks = {name: column[0] / column[-1] for name, column in table.items()}
    assert shrinks["softmax"] < shrinks["sigmoid"] < shrinks["tanh"] < shrinks["ReLU"]


def test_early_stopping_keeps_the_best_weights():
    run = runpy.run_path(str(DEMOS / "early_stopping.py"))
    losses = [validation for _, _, validation in run["history"]]
    assert losses[:-1] == sorted(losses[:-1], reverse=True) and losses[-1] > losses[-2]
    assert run["loss_on"](run["model"], run["validation"]).data == min(losses)
