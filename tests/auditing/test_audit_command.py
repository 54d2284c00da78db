"""`microgrid audit`: exit codes, gradients of a file or of the script, JSON, and one line for what is amiss."""

from __future__ import annotations

import json
import linecache

import numpy as np
import pytest

from microgrid import audit, record_origins, values_like
from microgrid.cli import main

SCRIPT = """
import numpy as np
from microgrid import values_like

X = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]])
W = values_like([[0.5, -1.0], [0.25, 2.0]])
z = X @ W
loss = (z ** 2).sum()
dz = 2 * z
dW = X.T @ dz
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A script, and files of right and wrong gradients."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    X = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]])
    dz = 2 * X @ np.array([[0.5, -1.0], [0.25, 2.0]])
    np.savez("right.npz", dz=dz, dW=(X.T @ dz).astype(np.float32))
    np.savez("wrong.npz", dz=dz, dW=(X.T @ dz).T)
    np.savez("objects.npz", dz=np.array([None, {}], object))
    np.savez("other.npz", dV=dz)
    np.save("array.npy", dz)
    (tmp_path / "text.npz").write_text("dz = 1", encoding="utf-8")
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "a.sheet").write_text("param w = 1\nL = w^2\n", encoding="utf-8")
    return tmp_path


def run(capsys, *arguments):
    """The exit code, and what stands on both streams."""
    code = main(["audit", *arguments])
    return code, *capsys.readouterr()


def test_right_ones_end_with_0(folder, capsys):
    lines = "✓ dz  right\n✓ dW  right\nall 2 are right\n"
    assert run(capsys, "script.py:loss", "--given", "right.npz") == (0, lines, "")
    assert run(capsys, "script.py:loss") == (0, lines, "")


def test_a_wrong_one_ends_with_1(folder, capsys):
    code, out, err = run(capsys, "script.py:loss", "--given", "wrong.npz")
    assert (code, err) == (1, "")
    assert out.splitlines()[1:] == [
        "✗ dW  wrong: transposed; it follows your dz, which is right",
        "the first wrong one is dW: transposed",
    ]


def test_it_tells_the_lines_of_the_script(folder, capsys):
    """Where the array is computed and changed; values that know their origin say it without the command, too."""
    text = SCRIPT.replace("dz = 2 * z\n", "dz = 2 * z\nif True:\n    dz[0] *= 3.0\n")
    (folder / "changed.py").write_text(text, encoding="utf-8")
    code, out, _ = run(capsys, "changed.py:loss")
    told = "2 of 6 numbers, dz[0][0] is 6, not 2"
    assert code == 1
    assert out.splitlines()[0] == f"✗ dz  wrong: {told} (changed.py:9, 11)"
    assert out.splitlines()[-1] == f"the first wrong one is dz (changed.py:9, 11): {told}"
    with record_origins():
        W = values_like([[0.5, -1.0]])
        loss = (W**2).sum()
        dW = 3 * W
    place = audit(loss, {"dW": dW}).first.place
    assert (
        place.startswith(__file__)
        and linecache.getline(__file__, int(place.rpartition(":")[2])).strip() == "dW = 3 * W"
    )


def test_gradients_in_a_dict_are_found(folder, capsys):
    """Under the keys of the parameters where the dict is called like gradients, or under their own; no momentum."""
    text = SCRIPT.replace("z = X @ W", "params, velocity = {'W': W}, {'W': 0 * X[:2]}\nz = X @ W")
    text = text.replace("dW = X.T @ dz", "grads = {'W': X.T @ dz}\nother = {'dW': grads['W'] * 2, 'dz': dz}")
    (folder / "dicts.py").write_text(text, encoding="utf-8")
    _, out, _ = run(capsys, "dicts.py:loss")
    shown = [line.split("  ")[0] for line in out.splitlines()[:-1]]
    assert shown == ["✓ dz", "✓ grads['W']", "✗ other['dW']"]
    assert out.splitlines()[-1].startswith("the first wrong one is other['dW'] (dicts.py:12): ")


OBJECTS = """
import numpy as np
from microgrid import values_like

class Parameter:
    def __init__(self, numbers):
        self.value = values_like(numbers)
        self.grad = None

class Layer:
    def __init__(self, W):
        self.W, self.b, self.memory = values_like(W), Parameter(np.zeros(2)), np.zeros((3, 2))
    def forward(self, x):
        self.x, self.z = x, x @ self.W + self.b.value
        return np.tanh(self.z)
    def backward(self, d):
        dz = d * (1 - np.tanh(self.z) ** 2)
        self.dW = self.x.T @ dz
        self.b.grad = dz.mean(0)
        return dz

class Net:
    def __init__(self):
        self.layers = [Layer(np.random.default_rng(0).normal(size=(3, 2)))]
        self.params, self.grads, self.cache = {"g": values_like([1.0, 2.0])}, {}, {"g": np.ones(2)}

net, X = Net(), np.random.default_rng(1).normal(size=(5, 3))
h = net.layers[0].forward(X)
loss = ((h * net.params["g"]) ** 2).sum()
d = 2 * h * net.params["g"]
net.grads["g"] = (d * h).sum(0)
net.layers[0].backward(d * net.params["g"])
"""


def test_gradients_in_objects_are_found(folder, capsys):
    """net.dW of net.W, layer.grad of layer.value, net.grads['g'] of net.params['g']; a memory or a cache is none."""
    (folder / "objects.py").write_text(OBJECTS, encoding="utf-8")
    code, out, _ = run(capsys, "objects.py:loss")
    cause = "divided by 5, the number of samples, once too often (objects.py:19)"
    assert (code, [line.split("  ")[0] for line in out.splitlines()[:-1]]) == (
        1, ["✓ net.grads['g']", "✗ net.layers[0].b.grad", "✓ net.layers[0].dW"],
    )  # fmt: skip
    assert f"✗ net.layers[0].b.grad  wrong: {cause}" in out


RECURRENT = """
import numpy as np
from microgrid import values_like

rng = np.random.default_rng(0)
xs, ys = rng.normal(size=(3, 2, 3)), rng.integers(0, 2, (3, 2))
Wx, Wh, Wy = (values_like(rng.normal(size=s) * 0.4) for s in ((3, 4), (4, 4), (4, 2)))
hs, ps, loss = {-1: np.zeros((2, 4))}, {}, 0
for t in range(3):
    hs[t] = np.tanh(xs[t] @ Wx + hs[t - 1] @ Wh)
    y = hs[t] @ Wy
    ps[t] = np.exp(y) / np.sum(np.exp(y), 1, keepdims=True)
    loss += -np.log(ps[t][np.arange(2), ys[t]]).sum()
dWx, dWh, dWy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy)
dhnext = np.zeros_like(hs[0])
for t in reversed(range(3)):
    dy = np.copy(ps[t])
    dy[np.arange(2), ys[t]] -= 1
    dWy += hs[t].T @ dy
    dhraw = (1 - hs[t] * hs[t]) * (dy @ Wy.T + dhnext)
    dWx += xs[t].T @ dhraw
    dWh += hs[t - 1].T @ dhraw
    dhnext = dhraw @ Wh.T
"""


def test_what_two_loops_have_left_belongs_together(folder, capsys):
    """After the loops y is that of the last step and dy that of the first, as in everybody's recurrent network."""
    (folder / "loops.py").write_text(RECURRENT, encoding="utf-8")
    assert run(capsys, "loops.py:loss")[:2] == (
        0,
        "✓ dy   right\n✓ dWy  right\n✓ dWx  right\n✓ dWh  right\nall 4 are right\n",
    )
    (folder / "loops.py").write_text(RECURRENT.replace("] -= 1", "] -= 0.5"), encoding="utf-8")
    assert run(capsys, "loops.py:loss")[1].startswith("✗ dy   wrong: ")
    (folder / "loops.py").write_text(RECURRENT.replace("hs[t - 1].T @ dhraw", "hs[t].T @ dhraw"), encoding="utf-8")
    shifted = run(capsys, "loops.py:loss")[1].splitlines()[-1]
    assert shifted == "the first wrong one is dWh (loops.py:14, 22): hs[1] stands where hs[0] belongs"
    (folder / "loops.py").write_text(RECURRENT.replace("1 - hs[t] * hs[t]", "1 - hs[t]"), encoding="utf-8")
    last = run(capsys, "loops.py:loss")[1].splitlines()[-1]
    assert (
        last
        == "the first wrong one is dWx (loops.py:14, 21): tanh′ is taken as 1 − hs, not as 1 − hs²; the same in dWh"
    )


def test_json_is_one_object(folder, capsys):
    code, out, _ = run(capsys, "script.py:loss", "--given", "wrong.npz", "--json")
    found = json.loads(out)
    assert (code, found["first"], found["gradients"][1]["cause"]) == (1, "dW", "transposed")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("script.py:loss", "--given", "none.npz"), "there is no file none.npz"),
        (
            ("script.py:loss", "--given", "objects.npz"),
            "objects.npz: it holds objects, not numbers; write it with np.savez('grads.npz', dW=dW.data)",
        ),
        (("script.py:loss", "--given", "array.npy"), "array.npy: it is no .npz file of arrays; write it with np.savez"),
        (("script.py:loss", "--given", "text.npz"), "text.npz: it is no .npz file of arrays; write it with np.savez"),
        (("script.py:loss", "--given", "empty.npz"), "empty.npz: it is no .npz file of arrays; write it with np.savez"),
        (("script.py:loss", "--given", "other.npz"), "script.py:loss: 'dV' is the gradient of no variable here"),
        (("script.py:los", "--given", "right.npz"), "script.py has no 'los'; did you mean 'loss'?"),
        (("script.py:z",), "z in script.py is a ValueArray, no Value; Values there: loss"),
        (("script.py",), "which Value of script.py? It has loss; write script.py:loss"),
        (("a.sheet",), "a.sheet is no script.py:name; the gradients of a sheet are judged by check"),
    ],
)
def test_what_is_amiss_is_one_line_and_ends_with_2(folder, capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "") and err.startswith(f"microgrid: {message}") and err.count("\n") == 1
