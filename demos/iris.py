"""Iris: three kinds of flowers by four lengths, learned until the validation loss stops falling.

python demos/iris.py       (the picture needs matplotlib; the data come with scikit-learn)
"""

from pathlib import Path

from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from microgrid import accuracy, fit, nn
from microgrid.training.optim import Adam

SEED = 0
DATA = load_iris()


def split(seed):
    """100 flowers to train with and 50 to validate with, each kind as often; lengths in standard units."""
    lengths, kinds = DATA.data, DATA.target
    X, held, y, answers = train_test_split(lengths, kinds, test_size=50, stratify=kinds, random_state=seed)
    mean, deviation = X.mean(axis=0), X.std(axis=0)  # of the training flowers: the others are not known yet
    return (X - mean) / deviation, y, ((held - mean) / deviation, answers)


def train(seed):
    """The network, its history and the validation samples. Its outputs are logits: softmax is in the loss."""
    X, y, validation = split(seed)
    model = nn.MLP(4, [6, 3], activation="tanh", init="xavier", seed=seed)
    settings = dict(optimizer=Adam(model.parameters(), rate=0.03), batch_size=10, epochs=100, patience=8, seed=seed)
    history = fit(model, X, y, loss="cross_entropy", validation=validation, **settings)
    return model, history, validation


if __name__ == "__main__":
    from matplotlib import pyplot

    from microgrid.training.losses import softmax
    from microgrid.training.plots import plot_losses

    model, history, (X, y) = train(SEED)
    print(f"{len(history.epochs)} epochs; {history.stopped}")
    print(f"training loss {history.losses[0]:.3f} → {history.losses[-1]:.3f}")
    print(f"validation loss {history.validation_losses[0]:.3f} → {history.best_loss:.3f}")
    print(f"validation accuracy {accuracy(model, X, y):.0%} of {len(y)} flowers")
    names = [str(name) for name in DATA.target_names]
    for kind in range(3):
        first = X[list(y).index(kind)]
        chances = [f"{p:.2f} {name}" for p, name in zip(softmax(model(first)), names)]
        print(f"a {names[kind]}: {', '.join(chances)}")

    plot_losses(history).set_title("Iris: cross-entropy of 100 training and 50 validation flowers")
    pyplot.savefig(Path(__file__).parent / "pictures" / "iris.png", dpi=100)
