"""Saturation: where z is far from 0, sigmoid and tanh are flat, and hardly any gradient comes through.

python demos/saturation.py    prints the numbers, and draws pictures/saturation.png
"""

import random
from pathlib import Path

import numpy as np

from microgrid import nn
from microgrid.nn.activations import slopes

INPUTS, NEURONS, SAMPLES = 8, 50, 100
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}  # the slope at z = 0
SCALES = (1, 5)

rng = random.Random(0)
X = [[rng.uniform(-1, 1) for _ in range(INPUTS)] for _ in range(SAMPLES)]


def network(name: str, scale: float) -> nn.MLP:
    """One hidden layer, its weights uniform in (-scale, scale)."""
    model = nn.MLP(INPUTS, [NEURONS, 1], activation=name, seed=0)
    for weight in model.layers[0].parameters():
        weight.data *= scale
    return model


models = {(name, scale): network(name, scale) for name in STEEPEST for scale in SCALES}
table = {}  # for each: the size of z, the share of neurons × samples that is saturated, the mean slope
for (name, scale), model in models.items():
    weights, biases, _ = model.arrays()
    z = np.array(X) @ weights[0].T + biases[0]
    steep = slopes(name, z) / STEEPEST[name]
    table[name, scale] = float(np.sqrt((z**2).mean())), float((steep < 0.05).mean()), float(steep.mean())

if __name__ == "__main__":
    from matplotlib import pyplot

    from microgrid.training.plots import plot_activation, plot_activations

    for (name, scale), (size, share, steep) in table.items():
        told = f"z of the order of {size:.2f}, {share:.1%} saturated, mean slope {steep:.0%} of the steepest"
        print(f"{name:>7}, weights ×{scale}: {told}")

    figure, axes = pyplot.subplots(2, 3, figsize=(10, 5.2), layout="constrained")
    for row, name in zip(axes, STEEPEST):
        plot_activation(name, row[0])
        for ax, scale in zip(row[1:], SCALES):
            plot_activations(models[name, scale], X, ax)
            ax.set(title=f"weights ×{scale}: {table[name, scale][1]:.0%} saturated", ylim=(0, 40), ylabel="")
            ax.get_legend().remove()
        row[1].set_ylabel("% of neurons × samples")
    figure.savefig(Path(__file__).parent / "pictures" / "saturation.png", dpi=90)
