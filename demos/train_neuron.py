"""A single sigmoid neuron learns OR: forward, backward, update, in ten lines.

python demos/train_neuron.py
"""

import random

from microgrid import Value, gc_paused
from microgrid.engine.functions import affine

SAMPLES = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 1)]

random.seed(0)
weights = [Value(random.uniform(-1, 1), label=f"w{i + 1}", role="parameter") for i in range(2)]
bias = Value(0, label="b", role="parameter")
losses = []

with gc_paused():
    for _ in range(500):
        # -ln p for y = 1 and -ln(1 - p) for y = 0 are the softplus of -z and of z.
        loss = sum((affine(weights, x, bias) * (1 - 2 * y)).softplus() for x, y in SAMPLES) / len(SAMPLES)
        loss.backward()
        for parameter in (*weights, bias):
            parameter.data -= 1.0 * parameter.grad
            parameter.grad = 0.0
        losses.append(loss.data)

if __name__ == "__main__":
    print(f"loss {losses[0]:.4f} → {losses[-1]:.4f}")
    for x, y in SAMPLES:
        print(f"{x} → {affine(weights, x, bias).sigmoid():.3f} (wanted {y})")
