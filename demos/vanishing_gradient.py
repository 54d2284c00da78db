"""How the gradient shrinks with depth: the mean |∂L/∂z| of each hidden layer, by its activation.

python demos/vanishing_gradient.py    prints the numbers, and draws pictures/vanishing_gradient.png
"""

import random
from functools import partial
from pathlib import Path

from microgrid import Value, gc_paused
from microgrid.engine.functions import affine, softmax, total

DEPTH, WIDTH, NETWORKS = 8, 6, 20
ACTIVATIONS = {
    "ReLU": lambda z: [each.relu() for each in z],
    "tanh": lambda z: [each.tanh() for each in z],
    "sigmoid": lambda z: [each.sigmoid() for each in z],
    "softmax": softmax,
}
uniform = partial(random.uniform, -1, 1)


def gradients(activate) -> list[float]:
    """The mean |∂L/∂z| in each hidden layer of one random network; L = ½ a² of its linear output."""
    a = [Value(uniform()) for _ in range(WIDTH)]
    layers = []
    for _ in range(DEPTH):
        layers.append([affine([uniform() for _ in a], a, uniform()) for _ in range(WIDTH)])
        a = activate(layers[-1])
    (affine([uniform() for _ in a], a) ** 2 / 2).backward()
    return [total(abs(z.grad) for z in layer).data / WIDTH for layer in layers]


table = {}
with gc_paused():
    for name, activate in ACTIVATIONS.items():
        random.seed(1)
        networks = [gradients(activate) for _ in range(NETWORKS)]
        table[name] = [sum(layer) / NETWORKS for layer in zip(*networks)]

# Saturation: one sigmoid neuron, its input ever larger.
slopes = {number: Value(number).sigmoid().partials[0] for number in (0, 2, 5, 10)}

if __name__ == "__main__":
    from matplotlib import pyplot

    print("layer", *(f"{name:>8}" for name in table))
    for depth in range(DEPTH):
        print(f"{depth + 1:5}", *(f"{column[depth]:8.1e}" for column in table.values()))
    print("first/last", ", ".join(f"{name} {column[0] / column[-1]:.0e}" for name, column in table.items()))
    print("σ′(z):", ", ".join(f"{slope:.1e} at {number}" for number, slope in slopes.items()))

    figure, ax = pyplot.subplots(figsize=(6.4, 4), layout="constrained")
    for (name, column), marker, colour in zip(table.items(), "os^D", ("#E69F00", "#0072B2", "#009E73", "#D55E00")):
        ax.semilogy(range(1, DEPTH + 1), column, marker=marker, color=colour, label=name)
    ax.set(xlabel="hidden layer", ylabel="mean |∂L/∂z|", title="The gradient by depth")
    ax.legend(frameon=False)
    ax.grid(color="#E4E4E4")
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(Path(__file__).parent / "pictures" / "vanishing_gradient.png", dpi=100)
