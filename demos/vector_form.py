"""The vector form of backpropagation, held against a scalar graph of 2, 3 and 2 sigmoid neurons.

python demos/vector_form.py
"""

import random
from itertools import pairwise

import numpy as np

from microgrid import matrices, nn
from microgrid.training.losses import squared_error

SIZES = (2, 3, 2)
X, Y = [0.5, -0.2], np.array([1.0, 0.0])

random.seed(0)
uniform = np.vectorize(lambda _: random.uniform(-1, 1))
weights = [uniform(np.empty((rows, columns))) for columns, rows in pairwise(SIZES)]
biases = [uniform(np.empty(rows)) for rows in SIZES[1:]]

# Every weight, z and a is a scalar Value; the matrices are read off their graph, layer by layer.
model = nn.MLP.from_arrays(weights, biases, "sigmoid")
C = squared_error(model(X), Y)
C.backward()
layers = matrices(model)

# The same gradients by the lecture's formulas, on plain numbers.
g = [layer.a * (1 - layer.a) for layer in layers]  # g′(z)
δ = [(layers[-1].a - Y) * g[-1]]
for layer, slope in zip(layers[:0:-1], g[-2::-1]):
    δ.insert(0, layer.W.T @ δ[0] * slope)
dW = [np.outer(each, layer.before) for each, layer in zip(δ, layers)]
db = δ

apart = max(
    np.abs(scalar - vector).max()
    for layer, *vectors in zip(layers, δ, dW, db)
    for scalar, vector in zip((layer.delta, layer.dW, layer.db), vectors)
)

if __name__ == "__main__":
    print(f"{layers}\n")
    print(f"C = {C:.6f}, a = {layers[-1].a.round(6)}")
    for i, (layer, slope) in enumerate(zip(δ, dW), 1):
        print(f"layer {i}: δ = {layer.round(6)}, ∂C/∂W is {slope.shape[0]} × {slope.shape[1]}")
    print(f"the scalar graph and the vector form agree to 1e-12: {apart < 1e-12}")
