"""The GPT among the demos: number by number, compiled, and by an oracle of NumPy with HIPS autograd."""

import runpy
from html import unescape
from types import SimpleNamespace

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from outside import ROOT

from microgrid import draw, explain

demo = SimpleNamespace(**runpy.run_path(str(ROOT / "demos" / "microgpt.py"), run_name="microgpt"))
EMMA = ("emma", "ada", "rosalie")  # names of several lengths


@pytest.fixture(scope="module")
def parameters():
    return demo.tables(seed=3)


@pytest.fixture(scope="module")
def program(parameters):
    return demo.compiled(parameters)


def oracle(tables, name):
    """The loss of a name, written over whole arrays."""
    letters, following, _ = demo.spelt(name)
    norm = lambda x: x / anp.sqrt(anp.mean(x**2, axis=1, keepdims=True) + 1e-5)  # noqa: E731
    x = norm(tables["wte"][letters] + tables["wpe"][: len(letters)])
    q, k, v = (norm(x) @ tables[each] for each in ("wq", "wk", "wv"))
    later, mixed = np.triu(np.full((len(letters), len(letters)), -np.inf), 1), []
    for head in np.split(np.arange(16), 4):
        powers = anp.exp(q[:, head] @ k[:, head].T / 2 + later)
        mixed.append(powers / anp.sum(powers, axis=1, keepdims=True) @ v[:, head])
    y = x + anp.concatenate(mixed, axis=1) @ tables["wo"]
    scores = (y + anp.maximum(norm(y) @ tables["w1"], 0) @ tables["w2"]) @ tables["head"]
    chances = scores - anp.log(anp.sum(anp.exp(scores), axis=1, keepdims=True))
    return -anp.mean(chances[np.arange(len(letters)), following])


@pytest.mark.parametrize("name", EMMA)
def test_one_recording_serves_names_of_every_length(name, parameters, program):
    tables = {key: np.array([[each.data for each in row] for row in table]) for key, table in parameters.items()}
    expected, slopes = autograd.value_and_grad(oracle)(tables, name)
    slopes = np.concatenate([slopes[key].ravel() for key in parameters])
    values, gradient = program.value_and_grad([demo.row(name)])
    assert values[0] == pytest.approx(expected, rel=1e-12) and gradient == pytest.approx(slopes, rel=1e-9, abs=1e-13)
    for each in demo.parameters(parameters):
        each.grad = 0.0
    L, _ = demo.recorded(parameters, name)
    L.backward()
    assert L.data == pytest.approx(expected, rel=1e-12)
    assert [each.grad for each in demo.parameters(parameters)] == pytest.approx(slopes, rel=1e-9, abs=1e-13)


def test_it_trains_as_node_by_node():
    losses, program = demo.train(demo.tables(seed=0), steps=3, batch=2)
    p, rng = demo.tables(seed=0), np.random.default_rng(0)
    leaves, found = demo.parameters(p), []
    mean, square = np.zeros(len(leaves)), np.zeros(len(leaves))
    for step in range(1, 4):
        for each in leaves:
            each.grad = 0.0
        names = [demo.NAMES[i] for i in rng.integers(len(demo.NAMES), size=2)]
        L = sum(demo.recorded(p, name)[0] for name in names) / 2
        L.backward()
        found.append(L.data)
        g = np.array([each.grad for each in leaves])
        mean, square = 0.85 * mean + 0.15 * g, 0.99 * square + 0.01 * g**2
        rate = 0.01 * (1 - (step - 1) / 3)
        for each, m, v in zip(leaves, mean / (1 - 0.85**step), square / (1 - 0.99**step)):
            each.data -= rate * m / (v**0.5 + 1e-8)
    assert losses == pytest.approx(found, rel=1e-9)
    assert len(demo.invented(program, np.random.default_rng(0))) <= demo.BLOCK - 1


def test_its_stages_are_explained_and_drawn(parameters):
    L, stages = demo.recorded(parameters, "ada")
    L.backward()
    names = {"L": L, **stages}
    look = stages["attn"][2][3][1]
    derivation = explain(L, wrt=look, names=names)
    assert "∂L/∂mixed[3][8] · v[1][8]" in derivation.text(200)
    assert derivation.value == pytest.approx(look.grad, rel=1e-9)
    assert derivation.text().startswith("# The last step of the chain rule;")
    cards = [card for card in names if card != "attn"] + [f"attn[{head}]" for head in range(4)]
    source = unescape(draw(L, names=names).source)
    assert [card for card in cards if f">{card}<" not in source] == []
