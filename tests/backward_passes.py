"""Three networks in NumPy with backward passes written by hand, line by line: right, or with one line another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microgrid import values_like

__all__ = [
    "BATCH_NORM",
    "LOOKED_UP",
    "NETWORKS",
    "RECURRENT",
    "SOFTMAX",
    "Network",
    "arrays_for",
    "backward",
    "forward",
    "recorded",
]


class Network(NamedTuple):
    """A forward pass and its backward pass as Python; the leaves with their shapes, other arrays, what is given."""

    name: str
    forward: str
    backward: str
    leaves: dict[str, str]
    constants: dict[str, str]
    given: tuple[str, ...]


SOFTMAX = Network(
    "softmax",
    """
z1 = X @ W1 + b1
h = np.maximum(0, z1)
z2 = h @ W2 + b2
e = np.exp(z2 - z2.max(axis=1, keepdims=True))
p = e / e.sum(axis=1, keepdims=True)
data_loss = -np.log(p[np.arange(N), y]).mean()
reg = 0.05 * (W1 * W1).sum() + 0.05 * (W2 * W2).sum()
loss = data_loss + reg
""",
    """
dz2 = p.copy()
dz2[np.arange(N), y] -= 1
dz2 /= N
dW2 = h.T @ dz2 + 0.1 * W2
db2 = dz2.sum(axis=0)
dh = dz2 @ W2.T
dz1 = dh * (z1 > 0)
dW1 = X.T @ dz1 + 0.1 * W1
db1 = dz1.sum(axis=0)
""",
    {"W1": "D, H", "b1": "H", "W2": "H, C", "b2": "C"},
    {"X": "N, D", "y": "classes"},
    ("dz2", "dW2", "db2", "dh", "dz1", "dW1", "db1"),
)

BATCH_NORM = Network(
    "batch norm",
    """
z = X @ W
mu = z.mean(axis=0)
xc = z - mu
var = (xc ** 2).mean(axis=0)
std = np.sqrt(var + 1e-5)
xhat = xc / std
out = gamma * xhat + beta
a = np.tanh(out)
pred = a @ v
err = pred - t
loss = (err ** 2).mean()
""",
    """
dpred = 2 * err / N
dv = a.T @ dpred
da = np.outer(dpred, v)
dout = da * (1 - a ** 2)
dgamma = (dout * xhat).sum(axis=0)
dbeta = dout.sum(axis=0)
dxhat = dout * gamma
dstd = -(dxhat * xc).sum(axis=0) / std ** 2
dvar = dstd * 0.5 / std
dxc = dxhat / std + 2 * xc * dvar / N
dmu = -dxc.sum(axis=0)
dz = dxc + dmu / N
dW = X.T @ dz
""",
    {"W": "D, H", "gamma": "H", "beta": "H", "v": "H"},
    {"X": "N, D", "t": "N"},
    ("dpred", "dv", "da", "dout", "dgamma", "dbeta", "dxhat", "dstd", "dvar", "dxc", "dmu", "dz", "dW"),
)

RECURRENT = Network(
    "recurrent",
    """
z, h, o = [], [h0], []
for k in range(3):
    z.append(x[k] @ Wx + h[k] @ Wh + b)
    h.append(np.tanh(z[k]))
    o.append(h[k + 1] @ Wy + c)
loss = 0.5 * sum(((o[k] - t[k]) ** 2).sum() for k in range(3)) / N
""",
    """
dWx, dWh, dWy = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wy)
db, dc = np.zeros_like(b), np.zeros_like(c)
do, dh, dz = [0] * 3, [0] * 4, [0] * 3
dh_next = np.zeros_like(h0)
for k in reversed(range(3)):
    do[k] = (o[k] - t[k]) / N
    dWy += h[k + 1].T @ do[k]
    dc += do[k].sum(axis=0)
    dh[k + 1] = do[k] @ Wy.T + dh_next
    dz[k] = dh[k + 1] * (1 - h[k + 1] ** 2)
    dWx += x[k].T @ dz[k]
    dWh += h[k].T @ dz[k]
    db += dz[k].sum(axis=0)
    dh_next = dz[k] @ Wh.T
dh[0] = dh_next
""",
    {"h0": "N, H", "Wx": "D, H", "Wh": "H, H", "b": "H", "Wy": "H, C", "c": "C"},
    {"x": "3, N, D", "t": "3, N, C"},
    ("do", "dWy", "dc", "dh", "dz", "dWx", "dWh", "db"),
)

LOOKED_UP = Network(
    "looked up",
    """
x = E[y]
z1 = x @ W1
h1 = np.maximum(0, z1)
z2 = h1 @ W2
h2 = np.maximum(0, z2)
q = h2 @ W3
s = 1 / (1 + np.exp(-q))
p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
loss = ((p - t) ** 2).sum()
""",
    """
dp = 2 * (p - t)
ds = p * (dp - (dp * p).sum(axis=1, keepdims=True))
dq = ds * s * (1 - s)
dW3 = h2.T @ dq
dh2 = dq @ W3.T
dz2 = dh2 * (z2 > 0)
dW2 = h1.T @ dz2
dh1 = dz2 @ W2.T
dz1 = dh1 * (z1 > 0)
dW1 = x.T @ dz1
dx = dz1 @ W1.T
dE = np.zeros_like(E)
np.add.at(dE, y, dx)
""",
    {"E": "C, D", "W1": "D, H", "W2": "H, H", "W3": "H, K"},
    {"y": "classes", "t": "N, K"},
    ("dp", "ds", "dq", "dW3", "dh2", "dz2", "dW2", "dh1", "dz1", "dW1", "dx", "dE"),
)

NETWORKS = (SOFTMAX, BATCH_NORM, RECURRENT, LOOKED_UP)


def arrays_for(network: Network, rng: Any, kind: Any = np.float64, **sizes: int) -> dict[str, Any]:
    """Random leaves and other arrays of a network; N, D, H and C are its sizes."""
    sizes = {"N": 5, "D": 3, "H": 4, "C": 3, "K": 2, **sizes}
    found: dict[str, Any] = {"np": np, "N": sizes["N"]}
    for name, shape in {**network.leaves, **network.constants}.items():
        if shape == "classes":
            found[name] = rng.integers(0, sizes["C"], sizes["N"])
        else:
            found[name] = rng.normal(size=[sizes.get(each) or int(each) for each in shape.split(", ")]).astype(kind)
    return found


def forward(network: Network, arrays: dict[str, Any]) -> dict[str, Any]:
    """All variables after the forward pass."""
    found = dict(arrays)
    exec(network.forward, found)
    return found


def recorded(network: Network, arrays: dict[str, Any]) -> dict[str, Any]:
    """The same, over Values."""
    return forward(network, {**arrays, **{name: values_like(arrays[name]) for name in network.leaves}})


def backward(network: Network, numbers: dict[str, Any], line: str = "", instead: str = "") -> dict[str, Any]:
    """The gradients by hand, from the numbers of the forward pass.

    line, instead  a line of the backward pass, or a part of one, and what stands there by mistake
    """
    assert line in network.backward
    found = dict(numbers)
    exec(network.backward.replace(line, instead) if line else network.backward, found)
    return {name: found[name] for name in network.given}
