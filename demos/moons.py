"""Two moons, as in the demo of micrograd: a small network with hinge loss and L2 draws the line between them.

python demos/moons.py    prints the numbers, and draws pictures/moons.png
"""

import math
import random
from pathlib import Path

from microgrid import accuracy, fit, nn
from microgrid.training.optim import Adam

SAMPLES, NOISE, EPOCHS = 100, 0.1, 60

rng = random.Random(1337)
X, y = [], []
for i in range(SAMPLES // 2):
    angle = math.pi * i / (SAMPLES // 2 - 1)
    for moon, x1, x2 in ((1, math.cos(angle), math.sin(angle)), (-1, 1 - math.cos(angle), 0.5 - math.sin(angle))):
        X.append([x1 + rng.gauss(0, NOISE), x2 + rng.gauss(0, NOISE)])
        y.append(moon)

model = nn.MLP(2, [8, 8, 1], seed=1337)  # ReLU, and a linear output: its sign is the answer
settings = dict(optimizer=Adam(model.parameters(), rate=0.03), epochs=EPOCHS, batch_size=10, seed=1337)
history = fit(model, X, y, loss="hinge", regularisation=1e-4, **settings)
right = accuracy(model, X, y)

if __name__ == "__main__":
    from matplotlib import pyplot

    from microgrid.training.plots import plot_boundary, plot_losses

    for number in (1, 10, EPOCHS):
        epoch = history.epochs[number - 1]
        print(f"epoch {number:2}: hinge loss {epoch.loss:.4f}, {epoch.accuracy:.0%} right")
    print(f"{len(model.parameters())} parameters, {right:.0%} of {SAMPLES} samples right")

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.9), layout="constrained", width_ratios=(2, 3))
    plot_losses(history, axes[0])
    plot_boundary(model, X, y, axes[1])
    figure.savefig(Path(__file__).parent / "pictures" / "moons.png", dpi=100)
