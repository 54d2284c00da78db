"""Two ReLU neurons in a row, built by hand, with one step of gradient descent and a replay.

python demos/two_relus.py
"""

from microgrid import Graph, Value

x, y = Value(3, label="x"), Value(2, label="y")
w1, w2 = Value(0.5, label="w1", role="parameter"), Value(0.8, label="w2", role="parameter")

z1 = w1 * x
a1 = z1.relu()
z2 = w2 * a1
ŷ = z2.relu()
J = (y - ŷ) ** 2 / 2
J.backward()

if __name__ == "__main__":
    print(f"ŷ = {ŷ:.4g}, J = {J:.4g}, dJ/dw1 = {w1.grad:.4g}, dJ/dw2 = {w2.grad:.4g}")

    graph = Graph(J, names=globals())
    for path in graph.paths(w1):
        factors = " · ".join(f"{edge.partial:.4g}" for edge in reversed(path))
        print(f"dJ/dw1 = {factors} = {path.product:.4g}")

    for parameter in (w1, w2):
        parameter.data -= 0.1 * parameter.grad
    J.replay()
    print(f"after one step: w1 = {w1:.4g}, w2 = {w2:.4g}, ŷ = {ŷ:.4g}, J = {J:.4g}")
