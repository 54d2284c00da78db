"""A perceptron learns AND by its own rule, and goes round in circles on XOR: no line parts the two classes.

python demos/perceptron.py    prints the numbers, and draws pictures/perceptron.png
"""

from itertools import chain
from pathlib import Path

from microgrid import nn

CORNERS, AND, XOR = [(0, 0), (0, 1), (1, 0), (1, 1)], (0, 0, 0, 1), (0, 1, 1, 0)


def mistakes(model: nn.MLP, targets: tuple[int, ...]) -> int:
    return sum(model(x).data != t for x, t in zip(CORNERS, targets))


def learn(targets: tuple[int, ...]) -> tuple[nn.MLP, list[list[tuple[float, ...]]], list[int]]:
    """The perceptron, its (w1, w2, b) after each correction, pass by pass, and its mistakes after each.

    w ← w + (t - o) x and b ← b + (t - o), until nothing is wrong or a pass repeats the one before.
    """
    model = nn.MLP.from_arrays([[[0.75, -0.75]]], [[0.5]], "step")
    (w1, w2, b), passes, wrong = model.parameters(), [], [mistakes(model, targets)]
    while wrong[-1] and (len(passes) < 2 or passes[-1] != passes[-2]):
        passes.append([])
        for x, t in zip(CORNERS, targets):
            error = t - model(x).data
            if error:
                w1.data, w2.data, b.data = w1.data + error * x[0], w2.data + error * x[1], b.data + error
                passes[-1].append((w1.data, w2.data, b.data))
                wrong.append(mistakes(model, targets))
    return model, passes, wrong


and_model, and_passes, and_wrong = learn(AND)
_, xor_passes, xor_wrong = learn(XOR)
cycle = xor_passes[-1]  # a whole pass that comes again and again
best = [*chain(*xor_passes)][xor_wrong.index(min(xor_wrong)) - 1]  # the first with the fewest mistakes

if __name__ == "__main__":
    from matplotlib import pyplot

    from microgrid.training.plots import plot_boundary

    print(f"AND: right after {len(and_passes)} passes, (w1, w2, b) = {and_passes[-1][-1]}; mistakes: {and_wrong}")
    print(f"XOR: mistakes after each correction: {xor_wrong}, never below {min(xor_wrong)}")
    print(f"XOR: pass {len(xor_passes)} repeats the one before, for ever: {cycle}")
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.9), layout="constrained")
    for ax, (w1, w2, b), targets in zip(axes, (and_passes[-1][-1], best), (AND, XOR)):
        plot_boundary(nn.MLP.from_arrays([[[w1, w2]]], [[b]], "linear"), CORNERS, targets, ax)
    axes[0].get_legend().remove()  # that of the other is beside both
    for style, label in ("k-", f"best line, {min(xor_wrong)} wrong"), ("k--", "the pass that repeats"):
        axes[1].plot([], [], style, linewidth=1, label=label)
    for w1, w2, b in cycle:
        axes[1].axline((0, -b / w2), slope=-w1 / w2, color="black", linestyle="--", linewidth=1)
    axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    axes[0].set_title(f"AND: a line found in {len(and_passes)} passes")
    axes[1].set_title(f"XOR: round in circles, {min(xor_wrong)} wrong at best")
    figure.savefig(Path(__file__).parent / "pictures" / "perceptron.png", dpi=100)
