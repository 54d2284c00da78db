"""Training as the lecture advises: random weights, never all 0, and early stopping.

python demos/early_stopping.py
"""

import math
import random

from microgrid import Value, nn

ROUNDS, EVERY, RATE = 6000, 100, 0.05

random.seed(7)
points = [(x / 10, math.sin(x / 3) + random.gauss(0, 0.3)) for x in range(-10, 11)]
training, validation = points[::2], points[1::2]


def loss_on(model: nn.MLP, samples: list[tuple[float, float]]) -> Value:
    """The mean of (out - y)² over the samples."""
    return sum((model([x]) - y) ** 2 for x, y in samples) / len(samples)


def step(loss: Value, model: nn.MLP) -> None:
    """One step downhill."""
    model.zero_grad()
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= RATE * parameter.grad


model = nn.MLP(1, [12, 12, 1])  # weights uniform in (-1, 1)
loss, checked = loss_on(model, training), loss_on(model, validation)
history, best = [], (math.inf, 0, [])
for number in range(ROUNDS + 1):
    loss.replay()  # the graph is recorded once; only its numbers change
    if number % EVERY == 0:
        checked.replay()
        history.append((number, loss.data, checked.data))
        if checked.data > best[0]:
            break
        best = checked.data, number, [parameter.data for parameter in model.parameters()]
    step(loss, model)
for parameter, number in zip(model.parameters(), best[2]):
    parameter.data = number

zero = nn.MLP(1, [12, 12, 1])
for parameter in zero.parameters():
    parameter.data = 0.0
loss_on(zero, training).backward()
stuck = sum(parameter.grad == 0 for parameter in zero.parameters())

if __name__ == "__main__":
    for row in history:
        print("round {:4}: training {:.4f}, validation {:.4f}".format(*row))
    print(f"stopped; the weights of round {best[1]} are kept")
    print(f"all weights 0: {stuck} of {len(zero.parameters())} gradients are 0")
