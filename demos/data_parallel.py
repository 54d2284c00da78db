"""Data-parallel training: a batch of two moons shared among four devices, their gradients added up in one all-reduce.

python demos/data_parallel.py     (needs jax; here four devices are one CPU, and nothing changes on four GPUs)

The graph of one sample is recorded once, and compiled. Every step each device sees a quarter of the samples; the
gradient is the sum over all of them, so training is that of a single device, to the last few bits.
"""

import math
import os
import random

import numpy as np

from microgrid import Program, Value, nn
from microgrid.program.exports.jax_program import to_jax

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=4")  # counts until jax is imported

SAMPLES, STEPS, RATE = 402, 500, 2.0  # 402 is no multiple of 4: that is seen to


def two_moons(samples, noise, rng):
    """Rows of x1, x2 and the moon, 1 or 0."""
    rows = []
    for i in range(samples):
        angle, moon = rng.uniform(0, math.pi), i % 2
        x1, x2 = (math.cos(angle), math.sin(angle)) if moon else (1 - math.cos(angle), 0.5 - math.sin(angle))
        rows.append([x1 + rng.gauss(0, noise), x2 + rng.gauss(0, noise), moon])
    return np.array(rows)


def train(value_and_grad, theta, data):
    """The parameters and the losses of gradient descent with the whole batch."""
    losses = []
    for _ in range(STEPS):
        values, gradient = value_and_grad(data, theta)
        losses.append(values.mean())
        theta = theta - RATE / len(data) * gradient
    return theta, losses


model = nn.MLP(2, [16, 1], "tanh", init="xavier", seed=0)
x, moon = [Value(0.5), Value(0.5)], Value(1.0)
z = model(x)
loss = z.softplus() - moon * z  # the cross-entropy of σ(z)
one = Program(loss, [*x, moon], model.parameters())
four = to_jax(one, devices=4)

data, start = two_moons(SAMPLES, 0.1, random.Random(0)), np.array([p.data for p in model.parameters()])
theta, losses = train(four.value_and_grad, start, data)
alone, _ = train(one.value_and_grad, start, data)
scores = Program(z, x, model.parameters())(data[:, :2], theta)

if __name__ == "__main__":
    print(f"{len(four.devices)} devices, {SAMPLES} samples, {STEPS} steps")
    print(f"loss {losses[0]:.4f} → {losses[-1]:.4f}, {np.mean((scores > 0) == data[:, 2]):.0%} right")
    print(f"the same as on a single device to 1e-10: {np.abs(theta - alone).max() < 1e-10}")
