"""How long an epoch of `fit` takes, beside a loop that a person writes in NumPy and one in PyTorch.

    python -m pip install scikit-learn torch && python benchmarks/training.py [--rounds N]

The handwritten digits of scikit-learn, 1,797 of 64 pixels; a network of 32 rectifiers and 10 outputs, cross-entropy and
Adam. All three start from the same parameters and see the samples in orders drawn alike; the losses of the last epoch
stand beside. Each figure is the median over rounds in which the contestants take turns, of processor time a step, on
one thread; the first epoch, with what is compiled in it, is left out, and told.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy starts them
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import copy
import random
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from microgrid import fit, nn, optim

ROUNDS, EPOCHS, RATE = 5, 61, 0.001
SIZES = 64, [32, 10]
B1, B2, EPSILON = 0.9, 0.999, 1e-8
Epochs = Callable[[int, int], float]  # batch size, epochs → the loss of the last


def digits() -> tuple[Any, Any]:
    found = load_digits()
    return found.data / 16, found.target


def shuffled(count: int, batch: int, rng: random.Random) -> Iterator[list[int]]:
    """The places of the samples of each batch of an epoch."""
    order = rng.sample(range(count), count)
    return (order[i : i + batch] for i in range(0, count, batch))


def by_fit(model: Any, X: Any, y: Any) -> Epochs:
    def run(batch: int, epochs: int) -> float:
        chosen = copy.deepcopy(model)
        adam = optim.Adam(chosen.parameters(), RATE)
        return float(fit(chosen, X, y, "cross_entropy", adam, epochs, batch, seed=1).losses[-1])

    return run


def by_hand(model: Any, X: Any, y: Any) -> Epochs:
    """What a person writes: two layers forward, two back, and Adam over four arrays."""

    def run(batch: int, epochs: int) -> float:
        (W1, W2), (b1, b2), _ = model.arrays()
        theta = [W1.T.copy(), b1.copy(), W2.T.copy(), b2.copy()]
        m, v = [np.zeros_like(each) for each in theta], [np.zeros_like(each) for each in theta]
        rng, t, lost = random.Random(1), 0, 0.0
        for _ in range(epochs):
            lost = 0.0
            for rows in shuffled(len(X), batch, rng):
                t += 1
                x, labels, at = X[rows], y[rows], np.arange(len(rows))
                h = np.maximum(x @ theta[0] + theta[1], 0)
                z = h @ theta[2] + theta[3]
                z -= z.max(1, keepdims=True)
                p = np.exp(z)
                p /= p.sum(1, keepdims=True)
                lost -= np.log(p[at, labels]).sum()
                p[at, labels] -= 1
                p /= len(rows)
                dh = p @ theta[2].T * (h > 0)
                grads = [x.T @ dh, dh.sum(0), h.T @ p, p.sum(0)]
                for i, g in enumerate(grads):
                    m[i] += (1 - B1) * (g - m[i])
                    v[i] = B2 * v[i] + (1 - B2) * g * g
                    theta[i] -= RATE / (1 - B1**t) * m[i] / (np.sqrt(v[i]) / (1 - B2**t) ** 0.5 + EPSILON)
        return float(lost / len(X))

    return run


def by_torch(model: Any, X: Any, y: Any) -> Epochs | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    inputs, labels = torch.tensor(X), torch.tensor(y)
    start = model.to_torch()

    def run(batch: int, epochs: int) -> float:
        net = copy.deepcopy(start)
        adam, loss = torch.optim.Adam(net.parameters(), RATE), torch.nn.CrossEntropyLoss()
        rng, lost = random.Random(1), 0.0
        for _ in range(epochs):
            lost = 0.0
            for rows in shuffled(len(X), batch, rng):
                adam.zero_grad()
                mean = loss(net(inputs[rows]), labels[rows])
                mean.backward()
                adam.step()
                lost += mean.item() * len(rows)
        return lost / len(X)

    return run


def seconds(run: Epochs, batch: int, epochs: int) -> tuple[float, float]:
    start = time.process_time()
    loss = run(batch, epochs)
    return time.process_time() - start, loss


def compare(runs: dict[str, Epochs], batch: int, samples: int, rounds: int) -> None:
    """A line for each contestant: a step, how many times as long as by hand, the first epoch, and the last loss."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    losses = {}
    steps = -(-samples // batch) * (EPOCHS - 1)
    for run in runs.values():
        run(batch, 1)
    for _ in range(rounds):
        for name, run in runs.items():
            (first, _), (all_of_them, losses[name]) = seconds(run, batch, 1), seconds(run, batch, EPOCHS)
            found[name].append((first, (all_of_them - first) / steps))
    for name, times in found.items():
        step = statistics.median(each for _, each in times)
        ratio = [each / hand for (_, each), (_, hand) in zip(times, found["by hand"])]
        spread = f"{statistics.median(ratio):5.2f} ({min(ratio):.2f}–{max(ratio):.2f})"
        first = statistics.median(each for each, _ in times)
        print(f"{batch:>6}  {name:12}{1e6 * step:9.0f} µs{spread:>20}{1e3 * first:9.0f} ms{losses[name]:12.6f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="An epoch of fit beside loops in NumPy and PyTorch.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    X, y = digits()
    model = nn.MLP(*SIZES, init="he", seed=1)
    runs = {"by hand": by_hand(model, X, y), "fit": by_fit(model, X, y), "torch": by_torch(model, X, y)}
    print(f"{'batch':>6}  {'':12}{'a step':>12}{'÷ by hand':>20}{'first epoch':>12}{'loss':>12}")
    for batch in (32, 256):
        compare({name: run for name, run in runs.items() if run}, batch, len(X), rounds)


if __name__ == "__main__":
    main()
