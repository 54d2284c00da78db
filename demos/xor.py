"""XOR by a small network: two tanh neurons learn what one perceptron cannot; then one sample, step by step.

python demos/xor.py    prints the numbers, and draws pictures/xor.png
"""

from pathlib import Path

from microgrid import accuracy, fit, nn, steps
from microgrid.tape.wording import Wording
from microgrid.training.losses import squared_error

X, y = [[-1, -1], [-1, 1], [1, -1], [1, 1]], [-1, 1, 1, -1]

model = nn.MLP(2, [2, 1], activation="tanh", output="tanh", seed=2, labels=True)
history = fit(model, X, y, loss="squared_error", optimizer="sgd", epochs=400)
answers = model.predict(X)
right = accuracy(model, X, y)

# The same loss for one sample, recorded: the tape has every step of its forward and backward pass.
loss = squared_error(model(X[1]), y[1])
loss.label = "L"
tape = steps(loss, "named")
words = Wording(tape)
sentences = [words(step) for step in tape]

if __name__ == "__main__":
    from matplotlib import pyplot

    from microgrid.training.plots import plot_boundary, plot_losses

    print(f"loss {history.losses[0]:.4f} → {history.losses[-1]:.4f}, {right:.0%} right")
    for x, answer, wanted in zip(X, answers, y):
        print(f"{x} → {answer:+.3f} (wanted {wanted:+})")
    print(f"one sample in {len(tape)} steps: from {tape[0].kind} to {tape[-1].kind}")
    print(*sentences[:3], "…", *sentences[-3:], sep="\n")

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.9), layout="constrained")
    plot_losses(history, axes[0])
    plot_boundary(model, X, y, axes[1])
    figure.savefig(Path(__file__).parent / "pictures" / "xor.png", dpi=100)
