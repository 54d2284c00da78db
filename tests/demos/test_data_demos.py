"""The demos that learn from data, four kinds of output, micrograd's own demo, and the shortest first network."""

from __future__ import annotations

import doctest
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import micrograd.engine
import micrograd.nn
import pytest
from outside import PATIENCE
from pages import held
from sheets import DEMOS

from microgrid import nn, page
from microgrid.training import accuracy, fit

needs_data = pytest.mark.skipif(
    find_spec("sklearn") is None and not os.environ.get("CI"), reason="the data come with scikit-learn"
)


def built(name):
    """What a demo defines, its printing and pictures left out."""
    return runpy.run_path(str(DEMOS / name), run_name="demo")


def printed(name, folder):
    """The lines that a demo prints; its picture is drawn into the folder."""
    path = Path(shutil.copy(DEMOS / name, folder))
    (folder / "pictures").mkdir()
    settings = {"PYTHONPATH": str(DEMOS.parent), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        env={**os.environ, **settings},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def percent(lines):
    return next(float(found[1]) for line in lines if (found := re.match(r"validation accuracy ([\d.]+)%", line)))


# ── iris and digits ────────────────────────────────────────────────────────────────────────


@needs_data
@pytest.mark.parametrize(("name", "least"), [("iris", 95), ("digits", 95)])
def test_flowers_and_digits(name, least, tmp_path):
    lines = printed(f"{name}.py", tmp_path)
    assert percent(lines) >= least
    assert "the validation loss has not fallen for" in lines[0]
    picture = (tmp_path / "pictures" / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) <= 80_000


@needs_data
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_iris_from_other_seeds(seed):
    model, history, (X, y) = built("iris.py")["train"](seed)
    assert accuracy(model, X, y) >= 0.95
    best = history.checked.index(history.best_epoch)
    assert history.validation_accuracies[best] == accuracy(model, X, y)
    assert history.validation_losses[best] == min(history.validation_losses)


@needs_data
def test_the_split_keeps_flowers_apart_and_does_not_look_at_those_held_back():
    X, y, (held, answers) = built("iris.py")["split"](0)
    assert X.shape == (100, 4) and held.shape == (50, 4)
    assert X.mean(axis=0) == pytest.approx([0] * 4, abs=1e-12) and X.std(axis=0) == pytest.approx([1] * 4)
    assert abs(held.mean(axis=0)).max() > 1e-6
    assert all(31 <= sum(y == each) <= 36 and 14 <= sum(answers == each) <= 19 for each in range(3))


# ── four kinds of output ───────────────────────────────────────────────────────────────────


def test_the_gradient_of_an_output_is_output_minus_target(tmp_path):
    found = built("outputs.py")
    kinds = [kind for kind, *_ in found["table"]]
    assert list(dict.fromkeys(kinds)) == ["regression", "binary", "multi-label", "multi-class"]
    assert len(kinds) == 2 + 1 + 3 + 3
    assert found["apart"] < 1e-15
    lines = printed("outputs.py", tmp_path)
    assert "binary       bce_with_logits  0.6703   0.0463   0.5116     1  -0.4884  -0.4884" in lines
    assert "multi-class  cross_entropy    1.8598   0.0463   0.2946     0   0.2946   0.2946" in lines
    assert lines[-1] == "∂L/∂z is output − target to 1e-15: True"


# ── micrograd's demo ───────────────────────────────────────────────────────────────────────

NOTEBOOK = {  # what its notebook printed: step, loss, accuracy in percent
    0: (0.8958441028683222, 50), 10: (0.24507023853658053, 91), 20: (0.18977522856087634, 91),
    30: (0.11731297569011848, 95), 40: (0.06016009895234464, 100), 50: (0.09875114765619622, 96),
    60: (0.0325971115781023, 99), 70: (0.014229870065926908, 100), 80: (0.012318500800515763, 100),
    90: (0.010984458327280174, 100), 99: (0.010978370135492717, 100),
}  # fmt: skip


class InOrder(dict):
    """A set that keeps the order in which things came."""

    def __init__(self, things=()):
        super().__init__(dict.fromkeys(things))

    def add(self, thing):
        self[thing] = None


class Backwards(InOrder):
    def __init__(self, things=()):
        super().__init__(reversed(tuple(things)))


def theirs(steps, samples):
    model, history = built("micrograd_demo.py")["train"](steps, samples, micrograd.engine.Value, micrograd.nn)
    return [float(p.data) for p in model.parameters()], history


def ours(steps, samples):
    model, history = built("micrograd_demo.py")["train"](steps, samples)
    return [p.data for p in model.parameters()], history


@needs_data
def test_the_notebook_of_micrograd(tmp_path):
    lines = printed("micrograd_demo.py", tmp_path)
    found = {int(line.split()[1]): re.search(r"loss (\S+), accuracy (\S+)%", line).groups() for line in lines}
    assert list(found) == list(NOTEBOOK)
    for step, (loss, share) in NOTEBOOK.items():
        assert float(found[step][0]) == pytest.approx(loss, rel=1e-14 if step else 1e-15)
        assert float(found[step][1]) == share


@needs_data
def test_the_first_loss_has_the_bits_of_micrograd():
    assert ours(1, 12)[1] == theirs(1, 12)[1]


@needs_data
def test_ten_steps_have_the_bits_of_micrograd_in_the_order_of_its_arguments(monkeypatch):
    """Forward passes agree as they are; what micrograd leaves open is the order in which gradients add up."""
    monkeypatch.setattr(micrograd.engine, "set", InOrder, raising=False)
    assert theirs(11, 12) == ours(11, 12)


@needs_data
def test_micrograd_in_another_order_differs_from_itself_in_the_last_digits(monkeypatch):
    monkeypatch.setattr(micrograd.engine, "set", Backwards, raising=False)
    (parameters, history), (wanted, course) = theirs(6, 12), ours(6, 12)
    assert parameters != wanted
    assert parameters == pytest.approx(wanted, rel=1e-11, abs=1e-13)
    assert [loss for loss, _ in history] == pytest.approx([loss for loss, _ in course], rel=1e-12)


# ── a first network ────────────────────────────────────────────────────────────────────────

FIVE_LINES = """
>>> from microgrid import explain, nn
>>> from microgrid.training.training import fit
>>> model = nn.MLP(2, [3, 1], activation="tanh", seed=1, labels=True)
>>> fit(model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], loss="bce_with_logits", epochs=300)
<History of 300 epochs, loss 0.6938 → 0.04937: all 300 epochs are done>
>>> print(explain(model([0, 1]), wrt="w1_12", digits=3))
∂a2_1/∂w1_12 = ∂a2_1/∂a1_1 · ∂a1_1/∂z1_1 · ∂z1_1/∂w1_12
             = w2_11 · (1 − a1_1²) · x2
             = 3.09 · (1 − 0.868²) · 1
             = 3.09 · 0.246 · 1
             = 0.762
"""


def test_a_first_network_in_five_lines():
    state = random.getstate()
    test = doctest.DocTestParser().get_doctest(FIVE_LINES, {}, "five lines", None, None)
    assert len(test.examples) == 5
    assert doctest.DocTestRunner().run(test).failed == 0
    assert random.getstate() == state


def test_the_first_network_as_a_page(tmp_path):
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1, labels=True)
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    fit(model, X, y, loss="bce_with_logits", epochs=300)
    assert accuracy(model, X, y) == 1
    page(model([0, 1])).save(tmp_path / "xor.html")
    assert "w1_12" in held((tmp_path / "xor.html").read_text(encoding="utf-8"))
