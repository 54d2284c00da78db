"""The vector form of backpropagation, held against a scalar graph of 2, 3 and 2 sigmoid neurons.

python demos/vector_form.py
"""

import random
from itertools import pairwise

import numpy as np

from microgrid import Value

SIZES = (2, 3, 2)
X, Y = np.array([0.5, -0.2]), np.array([1.0, 0.0])


@np.vectorize
def parameter(_: float) -> Value:
    return Value(random.uniform(-1, 1), role="parameter")


sigmoid = np.vectorize(Value.sigmoid, otypes=[object])
data = np.vectorize(lambda value: value.data, otypes=[float])
grad = np.vectorize(lambda value: value.grad, otypes=[float])

# Every weight, z and a is a scalar Value; the arrays only hold them. Lists are one entry a layer.
random.seed(0)
weights = [parameter(np.empty((rows, columns))) for columns, rows in pairwise(SIZES)]
biases = [parameter(np.empty(rows)) for rows in SIZES[1:]]
zs, activations = [], [X]
for W, b in zip(weights, biases):
    zs.append(W @ activations[-1] + b)
    activations.append(sigmoid(zs[-1]))
C = ((activations[-1] - Y) ** 2).sum() / 2
C.backward()

# The same gradients by the lecture's formulas, on plain numbers.
a = [X, *map(data, activations[1:])]
g = [out * (1 - out) for out in a[1:]]  # g′(z)
δ = [(a[-1] - Y) * g[-1]]
for W, slope in zip(reversed(weights), reversed(g[:-1])):
    δ.insert(0, data(W).T @ δ[0] * slope)
dW = [np.outer(*pair) for pair in zip(δ, a)]
db = δ

apart = max(
    np.abs(grad(scalar) - vector).max()
    for scalars, vectors in ((zs, δ), (weights, dW), (biases, db))
    for scalar, vector in zip(scalars, vectors)
)

if __name__ == "__main__":
    print(f"C = {C:.6f}, a = {a[-1].round(6)}")
    for i, layer in enumerate(δ):
        print(f"layer {i + 2}: δ = {layer.round(6)}, ∂C/∂W is {dW[i].shape[0]} × {dW[i].shape[1]}")
    print(f"the scalar graph and the vector form agree to 1e-12: {apart < 1e-12}")
