"""8×8 digits: a network of 32 hidden neurons reads handwriting, and stops when it starts to learn by heart.

python demos/digits.py     (the picture needs matplotlib; the data come with scikit-learn)

All 1797 digits, a fifth of them held back. A batch of 32 is a few array calls: see `history.how`.
"""

from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from microgrid import accuracy, fit, nn

SEED = 0


def split(seed):
    """Rows of 64 grey levels from 0 to 1, and the digit of each; every digit as often as in all of them."""
    images, digits = load_digits(return_X_y=True)
    X, held, y, answers = train_test_split(images / 16, digits, test_size=0.2, stratify=digits, random_state=seed)
    return X, y, (held, answers)


def train(seed):
    """The network, its history and the validation samples. Its outputs are logits: softmax is in the loss."""
    X, y, validation = split(seed)
    model = nn.MLP(64, [32, 10], init="he", seed=seed)
    settings = dict(batch_size=32, epochs=30, patience=3, seed=seed)
    history = fit(model, X, y, loss="cross_entropy", validation=validation, **settings)
    return model, history, validation


if __name__ == "__main__":
    from matplotlib import pyplot

    model, history, (X, y) = train(SEED)
    found = model.predict(X).argmax(axis=1)
    print(f"{len(history.epochs)} epochs, {history.how}; {history.stopped}")
    print(f"training loss {history.losses[0]:.3f} → {history.losses[-1]:.3f}")
    print(f"validation loss {history.validation_losses[0]:.3f} → {history.best_loss:.3f}")
    print(f"validation accuracy {accuracy(model, X, y):.1%} of {len(y)} digits")

    wrong = [i for i in range(len(y)) if found[i] != y[i]][:3]
    right = [i for i in range(len(y)) if found[i] == y[i]][: 12 - len(wrong)]
    figure, axes = pyplot.subplots(2, 6, figsize=(6.4, 2.8), layout="constrained")
    figure.suptitle(f"Digits that it never trained with: {sum(found == y)} of {len(y)} right")
    for ax, i in zip(axes.flat, right + wrong):
        ax.imshow(X[i].reshape(8, 8), cmap="gray_r")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_color("#BFBFBF")
        title, color = (f"{found[i]} (it is {y[i]})", "#D55E00") if found[i] != y[i] else (f"{found[i]}", "black")
        ax.set_title(title, color=color, size=10)
    figure.savefig(Path(__file__).parent / "pictures" / "digits.png", dpi=100)
