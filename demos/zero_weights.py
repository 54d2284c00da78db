"""Why weights must not start at 0: neurons that start equal stay equal, so that four are worth one.

python demos/zero_weights.py    prints the numbers, and draws pictures/zero_weights.png
"""

from pathlib import Path

from microgrid import accuracy, fit, nn
from microgrid.training.history import History
from microgrid.training.optim import Adam

# A band: inside it 1, outside 0. One neuron has one edge, and a band has two.
X = [[x / 3] for x in range(-4, 6)]
y = [float(-1 <= x <= 1) for x in range(-4, 6)]


def train(activation: str, init: str) -> tuple[nn.MLP, History]:
    model = nn.MLP(1, [4, 1], activation, "linear", init=init, seed=1)
    return model, fit(model, X, y, loss="bce_with_logits", optimizer=Adam(model.parameters(), rate=0.1), epochs=200)


def apart(model: nn.MLP) -> float:
    """How far the hidden neurons are from the first of them, in their weights, biases and output weights."""
    hidden, output = (layer.neurons for layer in model.layers)
    rows = [[*(each.data for each in neuron.parameters()), v.data] for neuron, v in zip(hidden, output[0].w)]
    return max(abs(number - first) for row in rows for number, first in zip(row, rows[0]))


runs = {
    "random weights, sigmoid": train("sigmoid", "uniform"),
    "all weights 0, sigmoid": train("sigmoid", "zeros"),
    "all weights 0, tanh": train("tanh", "zeros"),
}
losses = {name: history.losses for name, (_, history) in runs.items()}
spreads = {name: apart(model) for name, (model, _) in runs.items()}
moved = {name: sum(each.data != 0 for each in model.parameters()) for name, (model, _) in runs.items()}
rights = {name: accuracy(model, X, y) for name, (model, _) in runs.items()}

if __name__ == "__main__":
    from matplotlib import pyplot

    for name in runs:
        print(f"{name}: loss {losses[name][0]:.4f} → {losses[name][-1]:.4f}, {rights[name]:.0%} right")
        print(f"    {moved[name]} of 13 parameters are not 0; the neurons are {spreads[name]:.2g} apart")

    figure, ax = pyplot.subplots(figsize=(6.4, 3.8), layout="constrained")
    for name, style, colour in zip(losses, ("-", "--", ":"), ("#0072B2", "#D55E00", "#009E73")):
        ax.plot(range(1, 201), losses[name], style, color=colour, linewidth=2, label=name)
    ax.set(xlabel="epoch", ylabel="loss", title="Equal neurons stay equal", ylim=(0, None))
    ax.grid(color="#E4E4E4")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    figure.savefig(Path(__file__).parent / "pictures" / "zero_weights.png", dpi=100)
