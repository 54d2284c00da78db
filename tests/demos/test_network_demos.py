"""The demos of networks: the numbers that each is for, without drawing; one of them is drawn too."""

import runpy
import shutil
from functools import cache

import pytest
from sheets import DEMOS

from microgrid.nn.activations import slopes

NAMES = [
    "moons",
    "outputs",
    "perceptron",
    "saturation",
    "topological_order",
    "vanishing_gradient",
    "xor",
    "zero_weights",
]


@cache
def run(name):
    """What a demo computes; the part that prints and draws does not run."""
    return runpy.run_path(str(DEMOS / f"{name}.py"), run_name="demo")


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_need_no_matplotlib_and_the_picture_is_small(name):
    numbers, main, drawing = (DEMOS / f"{name}.py").read_text(encoding="utf-8").partition("\nif __name__")
    assert main and "matplotlib" in drawing and "plot" not in numbers
    assert f'"{name}.png"' in drawing and f"pictures/{name}.png" in numbers
    assert len((numbers + main + drawing).splitlines()) <= 60
    picture = (DEMOS / "pictures" / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) <= 80 * 1024


def test_a_demo_draws(tmp_path, capsys):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    script = shutil.copy(DEMOS / "perceptron.py", tmp_path)
    (tmp_path / "pictures").mkdir()
    runpy.run_path(str(script), run_name="__main__")
    matplotlib.pyplot.close("all")
    picture = (tmp_path / "pictures" / "perceptron.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000
    assert capsys.readouterr().out.splitlines() == [
        "AND: right after 6 passes, (w1, w2, b) = (1.75, 1.25, -2.5); mistakes: [2, 2, 1, 1, 1, 2, 1, 2, 1, 1, 1, 1, 2, 0]",
        "XOR: mistakes after each correction: [3, 1, 2, 2, 2, 2, 2, 2, 3, 2, 2, 2, 3, 2, 2, 2, 3], never below 1",
        f"XOR: pass 5 repeats the one before, for ever: {run('perceptron')['cycle']}",
    ]


def test_a_perceptron_learns_and():
    demo = run("perceptron")
    assert demo["and_wrong"][-1] == 0 and len(demo["and_passes"]) == 6
    assert [demo["and_model"](x).data for x in demo["CORNERS"]] == [0, 0, 0, 1]


def test_a_perceptron_goes_round_in_circles_on_xor():
    demo = run("perceptron")
    assert min(demo["xor_wrong"]) == 1
    assert demo["xor_passes"][-1] == demo["xor_passes"][-2] != demo["xor_passes"][-3]
    w1, w2, b = demo["best"]  # the solid line of the picture
    assert sum((w1 * x[0] + w2 * x[1] + b > 0) != t for x, t in zip(demo["CORNERS"], demo["XOR"])) == 1
    assert demo["cycle"] == [(-1.25, -0.75, -0.5), (-1.25, 0.25, 0.5), (-0.25, 0.25, 1.5), (-1.25, -0.75, 0.5)]
    # From the same weights the rule does the same again: this is for ever.
    w1, w2, b = demo["cycle"][-1]
    for x, t in zip(demo["CORNERS"], demo["XOR"]):
        error = t - (w1 * x[0] + w2 * x[1] + b > 0)
        w1, w2, b = w1 + error * x[0], w2 + error * x[1], b + error
    assert (w1, w2, b) == demo["cycle"][-1]


def test_a_network_learns_xor():
    demo = run("xor")
    assert demo["right"] == 1.0
    assert demo["answers"] * demo["y"] == pytest.approx([0.86, 0.89, 0.89, 0.86], abs=0.01)
    assert demo["history"].losses[0] == pytest.approx(0.5092, abs=5e-5)
    assert demo["history"].losses[-1] == pytest.approx(0.0082, abs=5e-5)


def test_one_sample_of_xor_step_by_step():
    demo = run("xor")
    assert len(demo["sentences"]) == len(demo["tape"]) == 45
    assert demo["sentences"][0] == "z1_1 = w1_11·x1 + w1_12·x2 + b1_1 = 1.329·(−1) + 1.328·1 + 1.154 = 1.153"
    assert demo["sentences"][-1] == "∂L/∂b1_1 = −0.01275 is complete"


def test_moons_are_parted():
    demo = run("moons")
    assert len(demo["X"]) == demo["SAMPLES"] == 100 and sorted(set(demo["y"])) == [-1, 1]
    assert demo["right"] >= 0.99
    assert demo["history"].losses[0] == pytest.approx(0.7010, abs=5e-5)
    assert demo["history"].losses[-1] < 0.01


def test_equal_neurons_stay_equal():
    demo = run("zero_weights")
    chance, zeros, dead = "random weights, sigmoid", "all weights 0, sigmoid", "all weights 0, tanh"
    assert demo["spreads"][zeros] == demo["spreads"][dead] == 0 < demo["spreads"][chance]
    assert demo["moved"] == {chance: 13, zeros: 13, dead: 1}
    assert demo["rights"] == {chance: 1.0, zeros: 0.6, dead: 0.7}
    last = {name: losses[-1] for name, losses in demo["losses"].items()}
    assert last == pytest.approx({chance: 0.0160, zeros: 0.4256, dead: 0.6109}, abs=2e-4)


def test_large_weights_saturate():
    table = run("saturation")["table"]
    shares = {key: share for key, (_, share, _) in table.items()}
    expected = {("sigmoid", 1): 0.001, ("sigmoid", 5): 0.354, ("tanh", 1): 0.031, ("tanh", 5): 0.626}
    assert shares == pytest.approx(expected, abs=6e-4)
    for name in ("sigmoid", "tanh"):
        (size, _, steep), (five, _, flat) = table[name, 1], table[name, 5]
        assert size == pytest.approx(0.98, abs=0.005) and five == pytest.approx(5 * size)
        assert flat < steep / 2


def test_gradients_vanish_with_depth():
    demo = run("vanishing_gradient")
    shrinks = {name: column[0] / column[-1] for name, column in demo["table"].items()}
    assert shrinks["softmax"] < shrinks["sigmoid"] < 1e-3 < 0.1 < shrinks["tanh"] < shrinks["ReLU"]
    for z, slope in demo["slopes"].items():
        assert slope == slopes("sigmoid", run("saturation")["np"].array([z]))[0]


def test_only_topological_order_gives_4():
    demo = run("topological_order")
    assert demo["a"].grad == 4 and demo["depth_first"] == 2
    assert demo["orders"] == {"c c b b": 4, "c b c b": 3, "c b b c": 2, "b c c b": 2, "b c b c": 1, "b b c c": 0}
