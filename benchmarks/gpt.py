"""A GPT of 4,064 parameters, number by number: this library beside two others' ways to be a Value, and compiled.

    python benchmarks/gpt.py [--rounds N]

A step is forward and backward for one name, 'emma'. The same code runs on Values of three kinds: ones with a closure
for each operation, as in micrograd; ones that keep their children and local gradients, as in microgpt; and ours. The
figures are medians over rounds that run every contestant once, and each is first checked to give the same loss and
gradients.
"""

from __future__ import annotations

import argparse
import gc
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from local_grads import LocalGrads

from microgrid import Value, draw, explain

sys.path.insert(0, str(Path(__file__).parents[1] / "demos"))
import microgpt

NAME, ROUNDS = "emma", 5
SAME = 1e-9  # how far a loss or a gradient may be from ours, relative to the largest


# ── a way to be a Value; another is in `local_grads.py` ────────────────────────────────────


class Closures:
    """As in micrograd: each node has a function that adds to the gradients of the nodes before it."""

    def __init__(self, data: float, children: tuple[Any, ...] = ()) -> None:
        self.data, self.grad = data, 0.0
        self._prev: set[Any] = set(children)
        self._backward: Callable[[], None] = lambda: None

    def by(self, data: float, children: tuple[Any, ...], slopes: Callable[[], tuple[float, ...]]) -> Closures:
        out = Closures(data, children)

        def backward() -> None:
            for child, slope in zip(children, slopes()):
                child.grad += slope * out.grad

        out._backward = backward
        return out

    def __add__(self, other: Any) -> Closures:
        other = other if isinstance(other, Closures) else Closures(other)
        return self.by(self.data + other.data, (self, other), lambda: (1.0, 1.0))

    def __mul__(self, other: Any) -> Closures:
        other = other if isinstance(other, Closures) else Closures(other)
        return self.by(self.data * other.data, (self, other), lambda: (other.data, self.data))

    def __pow__(self, n: float) -> Closures:
        return self.by(self.data**n, (self,), lambda: (n * self.data ** (n - 1),))

    def __neg__(self) -> Any:
        return self * -1

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def exp(self) -> Closures:
        e = math.exp(self.data)
        return self.by(e, (self,), lambda: (e,))

    def log(self) -> Closures:
        return self.by(math.log(self.data), (self,), lambda: (1 / self.data,))

    def relu(self) -> Closures:
        return self.by(max(0.0, self.data), (self,), lambda: (float(self.data > 0),))

    def backward(self) -> None:
        order: list[Closures] = []
        visited: set[Closures] = set()

        def visit(node: Closures) -> None:
            if node not in visited:
                visited.add(node)
                for child in node._prev:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


# ── the same code for all of them ──────────────────────────────────────────────────────────


def linear(x: Sequence[Any], W: Any) -> list[Any]:
    return [sum((x[i] * W[i][j] for i in range(1, len(x))), x[0] * W[0][j]) for j in range(len(W[0]))]


def normed(x: Sequence[Any]) -> list[Any]:
    scale = (sum((each * each for each in x[1:]), x[0] * x[0]) / len(x) + 1e-5) ** -0.5
    return [each * scale for each in x]


def softmax(logits: Sequence[Any]) -> list[Any]:
    largest = max(each.data for each in logits)
    powers = [(each - largest).exp() for each in logits]
    total = sum(powers[1:], powers[0])
    return [each / total for each in powers]


def loss(p: Any, name: str) -> Any:
    """The loss of a name, as one writes it number by number."""
    letters, following, _ = microgpt.spelt(name)
    keys, values, losses = [], [], []
    for t, (letter, target) in enumerate(zip(letters, following)):
        x = normed([a + b for a, b in zip(p["wte"][letter], p["wpe"][t])])
        n = normed(x)
        q = linear(n, p["wq"])
        keys.append(linear(n, p["wk"]))
        values.append(linear(n, p["wv"]))
        mixed: list[Any] = []
        size = microgpt.WIDTH // microgpt.HEADS
        for at in range(0, microgpt.WIDTH, size):
            part = range(at, at + size)
            attn = softmax([sum((q[i] * k[i] for i in part[1:]), q[at] * k[at]) / size**0.5 for k in keys])
            mixed += [sum((a * v[i] for a, v in zip(attn[1:], values[1:])), attn[0] * values[0][i]) for i in part]
        x = [a + b for a, b in zip(x, linear(mixed, p["wo"]))]
        h = [each.relu() for each in linear(normed(x), p["w1"])]
        scores = linear([a + b for a, b in zip(x, linear(h, p["w2"]))], p["head"])
        losses.append(-softmax(scores)[target].log())
    return sum(losses[1:], losses[0]) / len(losses)


def of_kind(kind: type, p: Any) -> Any:
    """The same parameters as Values of a kind."""
    return {name: [[kind(each.data) for each in row] for row in table] for name, table in p.items()}


# ── the contest ────────────────────────────────────────────────────────────────────────────

Step = Callable[[], tuple[float, Any]]


def scalar(p: Any) -> Step:
    leaves = [each for table in p.values() for row in table for each in row]

    def step() -> tuple[float, Any]:
        for each in leaves:
            each.grad = 0.0
        L = loss(p, NAME)
        L.backward()
        return L.data, np.array([each.grad for each in leaves])

    return step


def contestants(p: Any) -> dict[str, Step]:
    leaves = microgpt.parameters(p)

    def ours() -> tuple[float, Any]:
        for each in leaves:
            each.grad = 0.0
        L, _ = microgpt.recorded(p, NAME)
        L.backward()
        return L.data, np.array([each.grad for each in leaves])

    program, one, many = microgpt.compiled(p), [microgpt.row(NAME)], [microgpt.row(NAME)] * microgpt.BATCH

    def compiled(rows: Any) -> Step:
        def step() -> tuple[float, Any]:
            values, gradient = program.value_and_grad(rows)
            return values[0], gradient / len(rows)

        return step

    return {
        "a closure each, as in micrograd": scalar(of_kind(Closures, p)),
        "local gradients, as in microgpt": scalar(of_kind(LocalGrads, p)),
        "microgrid, the same code": scalar(of_kind(Value, p)),
        "microgrid, demos/microgpt.py": ours,
        "compiled, one name": compiled(one),
        f"compiled, {microgpt.BATCH} names, each": compiled(np.array(many)),
    }


def timed(steps: dict[str, Step], rounds: int) -> dict[str, float]:
    """Seconds for one name, the median over rounds."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            runs = 20 if name.startswith("compiled") else 1
            gc.collect()  # what another one has left
            start = time.perf_counter()
            for _ in range(runs):
                step()
            names = microgpt.BATCH if name.endswith("each") else 1
            found[name].append((time.perf_counter() - start) / runs / names)
    return {name: statistics.median(each) for name, each in found.items()}


def checked(steps: dict[str, Step]) -> None:
    """Every contestant gives the same loss and gradients. Raises ValueError for one that does not."""
    value, gradient = steps["microgrid, demos/microgpt.py"]()
    for name, step in steps.items():
        found, slopes = step()
        off = max(abs(found - value) / abs(value), np.abs(slopes - gradient).max() / np.abs(gradient).max())
        if not off < SAME:
            raise ValueError(f"{name} is off by {off:.2g}")


def looked(p: Any) -> dict[str, float]:
    """Seconds to explain one number, and to draw the whole by its stages."""
    L, stages = microgpt.recorded(p, NAME)
    L.backward()
    names, found = {"L": L, **stages}, {}
    start = time.perf_counter()
    explain(L, wrt=stages["attn"][2][3][1], names=names).text()
    found["explain one look of a head"] = time.perf_counter() - start
    start = time.perf_counter()
    draw(L, names=names)
    found["draw it by its stages"] = time.perf_counter() - start
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each runs; {ROUNDS} unless told")
    rounds = parser.parse_args().rounds
    p = microgpt.tables(seed=0)
    steps = contestants(p)
    checked(steps)
    found = timed(steps, rounds)
    eager = found["microgrid, demos/microgpt.py"]
    print(f"{'forward and backward of ' + repr(NAME):34}{'ms':>9}{'× faster than eager':>22}")
    for name, seconds in found.items():
        print(f"{name:34}{1000 * seconds:9.3f}{eager / seconds:22.2f}")
    for name, seconds in looked(p).items():
        print(f"{name:34}{1000 * seconds:9.0f}")


if __name__ == "__main__":
    main()
