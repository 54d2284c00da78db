"""Networks and their losses, as programs."""

from __future__ import annotations

import random
from operator import mul

from microgrid import nn
from microgrid.engine import Value
from microgrid.engine.functions import logsumexp, total
from microgrid.program import Program


def squared_loss():
    model, x, y = nn.MLP(2, [8, 8, 1], "tanh", seed=1), [Value(0.1), Value(0.2)], Value(1.0)
    return Program((model(x) - y) ** 2, [*x, y], model.parameters())


def whole_moons():
    """The loss of all samples and L2 as one graph, as in micrograd's demo: nobody said what a batch is."""
    rng, model = random.Random(0), nn.MLP(2, [4, 1], seed=1)
    samples = [([rng.uniform(-1, 1), rng.uniform(-1, 1)], rng.choice((-1, 1))) for _ in range(30)]
    losses = [(1 - y * model(x)).relu() for x, y in samples]
    return Program(total(losses) / 30 + 1e-4 * total(p * p for p in model.parameters()), [], model.parameters())


def digits_loss():
    model, x, y = nn.MLP(64, [32, 10], "relu", seed=1), [Value(0.1) for _ in range(64)], [Value(0.1) for _ in range(10)]
    z = model(x)
    return Program(logsumexp(z) - total(map(mul, y, z)), [*x, *y], model.parameters())
