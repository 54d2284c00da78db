"""Networks as files: to the bit and back, whole or not at all, and every refusal in words."""

from __future__ import annotations

import json
import math
import random
import stat
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import GraphError, NotRealError
from microgrid.nn import MLP, checkpoint

SHAPES = st.lists(st.integers(1, 4), min_size=2, max_size=4)


@given(SHAPES, st.data())
@settings(deadline=None, max_examples=60)
def test_there_and_back_to_the_bit(tmp_path_factory, shape, data):
    path = tmp_path_factory.mktemp("net") / "net.json"
    model = MLP(shape[0], shape[1:], "tanh", "softmax", seed=0)
    for p in model.parameters():
        p.data = data.draw(st.floats(allow_nan=False))
    model.save(path)
    other = MLP.load(path)
    assert [struct.pack("d", p.data) for p in other.parameters()] == [
        struct.pack("d", p.data) for p in model.parameters()
    ]
    assert repr(other) == repr(model) and other.arrays().activations == model.arrays().activations


def test_a_file_is_readable_json(tmp_path):
    model = MLP.from_arrays([[[0.1, -2], [3, 1e-300]], [[math.inf, math.nan]]], [[1, 2], [-0.0]], ["tanh", "sigmoid"])
    path = tmp_path / "net.json"
    model.save(str(path))
    assert path.read_text() == (
        '{\n "format": "microgrid network",\n "version": 1,\n "shape": [2, 2, 1],\n'
        ' "activations": ["tanh", "sigmoid"],\n "parameters": {\n'
        '  "w1_11": 0.1,\n  "w1_12": -2.0,\n  "b1_1": 1.0,\n  "w1_21": 3.0,\n  "w1_22": 1e-300,\n  "b1_2": 2.0,\n'
        '  "w2_11": "inf",\n  "w2_12": "nan",\n  "b2_1": -0.0\n }\n}\n'
    )
    found = MLP.load(path, expanded=True, labels=True)
    assert found.layers[0].neurons[0].expanded and found.parameters()[0].label == "w1_11"
    assert [*map(repr, found.state_dict().values())] == [*map(repr, model.state_dict().values())]
    assert json.loads(path.read_text())["shape"] == [2, 2, 1]


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "net.json"
    MLP(2, [1], seed=1).save(path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        MLP(2, [1], seed=2).save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_saving_replaces_and_follows_links(tmp_path):
    MLP(2, [1], seed=1).save(tmp_path / "net.json")
    (tmp_path / "latest").symlink_to("net.json")
    model = MLP(2, [1], seed=2)
    model.save(tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert MLP.load(tmp_path / "net.json").state_dict() == model.state_dict()
    assert stat.S_IMODE((tmp_path / "net.json").stat().st_mode) & 0o400
    with pytest.raises(FileNotFoundError):
        model.save(tmp_path / "nowhere" / "net.json")
    with pytest.raises(FileNotFoundError):
        MLP.load(tmp_path / "nothing.json")


GOOD = {
    "format": "microgrid network",
    "version": 1,
    "shape": [1, 1],
    "activations": ["relu"],
    "parameters": {"w1_11": 0.5, "b1_1": 1},
}
N = "100000000000000000...0000000000000000000"
REFUSED = [
    ({"format": "other"}, "F is no microgrid network; give a file that save() wrote"),
    ({"version": 2}, "F has version 2, and this microgrid reads version 1; install a newer microgrid"),
    ({"version": True}, "F has version True, and this microgrid reads version 1; save the network again"),
    ({"version": None}, "F has version None, and this microgrid reads version 1; save the network again"),
    ({"shape": [1]}, "F has the shape [1]; a shape is like [2, 3, 1], every number at least 1"),
    ({"shape": [1, 0]}, "F has the shape [1, 0]; a shape is like [2, 3, 1], every number at least 1"),
    ({"shape": [1, 1.0]}, "F has the shape [1, 1.0]; a shape is like [2, 3, 1], every number at least 1"),
    ({"shape": "11"}, "F has the shape '11'; a shape is like [2, 3, 1], every number at least 1"),
    ({"shape": [1, 10**12]}, "F has 2 parameters, but the shape [1, 1000000000000] has 2000000000000"),
    ({"shape": [2, 1]}, "F has 2 parameters, but the shape [2, 1] has 3"),
    ({"activations": ["relu", "tanh"]}, "F has the activations ['relu', 'tanh'] for 1 layers; each layer has one"),
    ({"activations": ["rely"]}, "F: no activation is called 'rely'; did you mean 'relu'?"),
    ({"activations": [["relu"]]}, "F: no activation is called ['relu']; there are relu, leaky_relu, tanh, sigmoid, softplus, elu, selu, silu, mish, gelu, hardtanh, step, linear, softmax"),
    ({"activations": ["x" * 10**6]}, "F: no activation is called 'xxxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxxxxx'; there are relu, leaky_relu, tanh, sigmoid, softplus, elu, selu, silu, mish, gelu, hardtanh, step, linear, softmax"),
    ({"activations": ["relu"] * 10**6}, "F has the activations ['relu', 'relu', 'relu', 'relu', 'relu', 'relu', ...] for 1 layers; each layer has one"),
    ({"shape": [1] * 10**6, "activations": ["relu"] * (10**6 - 1)}, "F has 2 parameters, but the shape [1, 1, 1, 1, 1, 1, ...] has 1999998"),
    ({"shape": [10**4000] * 3, "activations": ["relu"] * 2}, f"F has 2 parameters, but the shape [{N}, {N}, {N}] has more than 10^15"),
    ({"shape": "1" * 10**6}, "F has the shape '111111111111...1111111111111'; a shape is like [2, 3, 1], every number at least 1"),
    ({"level": "1"}, "F has the level '1'; it is a finite number, or there is none"),
    ({"level": True}, "F has the level True; it is a finite number, or there is none"),
    ({"level": math.nan}, "F has the level nan; it is a finite number, or there is none"),
    ({"level": 10**400}, f"F has the level {N}; it is a finite number, or there is none"),
    ({"parameters": {"w1_11": math.nan, "b1_1": 1}}, 'F has nan for w1_11, which is no finite double; if that is meant, write "nan"'),
    ({"parameters": {"w1_11": 1, "b1_1": -math.inf}}, 'F has -inf for b1_1, which is no finite double; if that is meant, write "-inf"'),
    ({"parameters": {"w1_11": 10**400, "b1_1": 1}}, f'F has {N} for w1_11, which is no finite double; if that is meant, write "inf"'),
    ({"parameters": {"w1_11": [1] * 10**6, "b1_1": 1}}, "F has [1, 1, 1, 1, 1, 1, ...] for w1_11; a parameter is a number"),
    ({"parameters": {"w1_11": 0.5, "b" * 10**6: 1}}, f"F has 2 parameters for a network of 2: 1 missing (b1_1) and 1 unknown ({'b' * 20}…{'b' * 19})"),
    ({"parameters": None}, "F has no parameters; they are an object of names and numbers"),
    ({"parameters": {"w1_11": 0.5, "b1_1": "1"}}, "F has '1' for b1_1; a parameter is a number"),
    ({"parameters": {"w1_11": 0.5, "b1_1": True}}, "F has True for b1_1; a parameter is a number"),
    ({"parameters": {"w1_11": 0.5, "b1_2": 1}}, "F has 2 parameters for a network of 2: 1 missing (b1_1) and 1 unknown (b1_2)"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "text"), REFUSED, ids=[text[:50] for _, text in REFUSED])
def test_what_does_not_fit_is_refused(tmp_path, monkeypatch, change, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "F").write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(GraphError) as caught:
        MLP.load("F")
    assert str(caught.value) == text


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "3", "null", "[" * 100_000, "\N{SNOWMAN}", '{"format": "x"}'])
def test_what_is_no_checkpoint_is_refused(tmp_path, text):
    path = tmp_path / "net.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        GraphError, match=r"net\.json is no (JSON \(|microgrid network).*; give a file that save\(\) wrote"
    ):
        MLP.load(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GraphError, match="is no JSON"):
        MLP.load(path)


@pytest.mark.parametrize(("old", "new", "text"), [
    ("0.5", "1e999", 'F has inf for w1_11, which is no finite double; if that is meant, write "inf"'),
    ("0.5", "-Infinity", 'F has -inf for w1_11, which is no finite double; if that is meant, write "-inf"'),
    ("0.5", '0.5, "w1_11": 0.25', "F has w1_11 twice; leave one of the two out"),
    ('"version"', '"version": 1, "version"', "F has version twice; leave one of the two out"),
])  # fmt: skip
def test_what_json_lets_pass_is_refused(tmp_path, monkeypatch, old, new, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "F").write_text(json.dumps(GOOD).replace(old, new))
    with pytest.raises(GraphError) as caught:
        MLP.load("F")
    assert str(caught.value) == text


def test_a_huge_shape_takes_no_memory(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps({**GOOD, "shape": [10**6, 10**6]}))
    tracemalloc.start()
    with pytest.raises(GraphError, match="has 1000001000000"):
        MLP.load(path)
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


def test_the_level_comes_back(tmp_path):
    model, path = MLP(2, [1], seed=1), tmp_path / "net.json"
    assert model.level is None
    for level in (None, 0.5, np.float32(2)):
        model.level = level
        model.save(path)
        assert ('"level"' in path.read_text()) == (level is not None)
        assert MLP.load(path).level == level
    model.level = math.nan
    with pytest.raises(GraphError, match="the network has the level nan; it is a finite number, or there is none"):
        model.save(path)
    assert MLP.load(path).level == 2 and MLP.level is None


@pytest.mark.parametrize(("place", "kind"), [
    ("nowhere/net.json", FileNotFoundError), ("here", IsADirectoryError), ("file/net.json", NotADirectoryError),
])  # fmt: skip
def test_a_path_where_no_file_can_be_is_named_as_it_was_given(tmp_path, monkeypatch, place, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(kind) as caught:
        MLP(2, [1], seed=1).save(place)
    assert str(caught.value).endswith(f": {place!r}") and "tmp" not in str(caught.value)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "here"]


def test_the_good_file_is_good(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(GOOD))
    assert MLP.load(path)([2]).data == 2


# ── the numbers alone ──────────────────────────────────────────────────────────────────────


def test_a_state_is_a_copy_to_come_back_to():
    random.seed(3)
    model = MLP(2, [3, 1])
    state, out = model.state_dict(), model([1, 2]).data
    for p in model.parameters():
        p.data += 1
    assert model([1, 2]).data != out
    model.load_state_dict(state)
    assert model([1, 2]).data == out


def test_a_state_that_does_not_fit_changes_nothing():
    model = MLP(2, [3, 1], seed=1)
    before = model.state_dict()
    with pytest.raises(GraphError) as caught:
        model.load_state_dict(MLP(2, [1], seed=2).state_dict())
    assert str(caught.value) == ("the state has 3 parameters for a network of 13: 10 missing (w1_21, w1_22, b1_2, …)")
    with pytest.raises(GraphError, match=r"14 parameters for a network of 13: 1 unknown \(w9\)"):
        model.load_state_dict({**before, "w9": 1})
    with pytest.raises(NotRealError):
        model.load_state_dict({**before, "w1_11": 5, "b2_1": "1"})
    assert model.state_dict() == before
