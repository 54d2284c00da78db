"""What an engine must agree with: random programs, and some steps of gradient descent."""

from __future__ import annotations

import random

import numpy as np
from graphs import random_graph
from networks import squared_loss

from microgrid.program import Program

STEPS, RATE = 20, 0.05


def batch():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(13, 2))
    return np.column_stack([x, np.sin(x.sum(1))])


def trained(value_and_grad):
    """The parameters after some steps of gradient descent."""
    theta, X = squared_loss().intake.parameters(None), batch()
    for _ in range(STEPS):
        theta = theta - RATE / len(X) * value_and_grad(X, theta)[1]
    return theta.tolist()


def agree(found, expected, tolerance=1e-12):
    """Whether both are the same arrays, up to a rounding error in the largest numbers."""
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        assert np.abs(one - other).max(initial=0) <= tolerance * max(1, np.abs(other).max(initial=0))
    return True


def random_case(seed):
    """A program of a random graph, samples around the recorded one, weights, and what NumPy makes of them."""
    rng = random.Random(seed)
    root, inputs, params = random_graph(rng, 25)
    program = Program(root, inputs, params, exact=seed % 3 == 0)
    count = rng.randint(1, 5) if inputs else 1
    X = [[leaf.data + (row and rng.uniform(-0.02, 0.02)) for leaf in inputs] for row in range(count)]
    weights = [rng.choice((rng.uniform(-2, 2), 1.0, 0.0)) for _ in X]
    found = program.value_and_grad(X if inputs else None, weights=weights)
    finite = all(np.isfinite(each).all() for each in found)
    return program, X if inputs else None, weights, found if finite else None
