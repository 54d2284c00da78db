"""The demos: each runs, and shows the numbers it is for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from microgrid import Sheet
from microgrid.answers import check

DEMOS = Path(__file__).parent.parent / "demos"

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
    "train_neuron.py": ["loss 0.4576 → 0.0186"],
}


def test_every_demo_is_here():
    assert sorted(SHOWS) == sorted(path.name for path in DEMOS.glob("*.py"))


@pytest.mark.parametrize("name", SHOWS)
def test_demo(name):
    path = DEMOS / name
    environment = {**os.environ, "PYTHONPATH": str(DEMOS.parent), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, encoding="utf-8", timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    for line in SHOWS[name]:
        assert line in done.stdout.splitlines()
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("path", sorted(DEMOS.glob("*.sheet")), ids=lambda path: path.name)
def test_sheets_by_hand_give_the_same_numbers(path):
    script = path.with_suffix(".py")
    if script.name not in SHOWS:
        pytest.skip("has no twin in Python")
    import runpy

    built = runpy.run_path(str(script), run_name="demo")
    here = Sheet.read(path).run().rounds[0]
    for name, node in here.nodes.items():
        assert built[name].data == node.data
        assert built[name].grad == pytest.approx(here.gradients[name], rel=1e-14)


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


@pytest.mark.parametrize("name", ["two_relus", "simple_network"])
def test_published_numbers_are_reproduced_to_their_digits(name):
    answers = check(Sheet.read(DEMOS / f"{name}.sheet").run())
    assert answers
    assert {answer.verdict for answer in answers} <= {"exact", "proved"}
