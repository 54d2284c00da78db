"""micrograd's demo with only the import changed: two moons, two layers of 16 ReLUs, hinge loss and L2.

python demos/micrograd_demo.py      (the data come with scikit-learn)

Its seeds give the losses that micrograd's notebook printed, to 14 digits. Not more, because micrograd
adds gradients up in the order of sets, by where objects lie in memory: its own runs differ in the last
digits. Made to take parents in the order of the arguments, it has the same bits as microgrid.
"""

import random

import numpy as np
from sklearn.datasets import make_moons

from microgrid import Value, gc_paused, nn


def train(steps, samples=100, Value=Value, nn=nn):
    """The notebook's loop; the network, and the loss and the accuracy before each step."""
    np.random.seed(1337)
    random.seed(1337)
    X, y = make_moons(n_samples=samples, noise=0.1)
    y = y * 2 - 1  # make y be -1 or 1
    model = nn.MLP(2, [16, 16, 1])  # 2-layer neural network
    history = []
    for k in range(steps):
        # forward the model to get scores
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))

        # svm "max-margin" loss, and L2 regularization
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores)]
        history.append((float(total_loss.data), float(sum(accuracy) / len(accuracy))))

        model.zero_grad()
        total_loss.backward()

        # update (sgd)
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    return model, history


if __name__ == "__main__":
    with gc_paused():
        _, history = train(steps=100)
    for k, (loss, accuracy) in enumerate(history):
        if k % 10 == 0 or k == 99:
            print(f"step {k} loss {loss}, accuracy {accuracy * 100}%")
