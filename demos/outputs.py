"""Four kinds of output side by side, each with its loss: ∂L/∂z of an output is always output − target.

python demos/outputs.py

An output fires by what its targets are: numbers (z itself), yes or no (σ of one z), any number of
labels (σ of each z), one class of several (softmax of all z). With the loss that belongs to it,
everything in between cancels. The networks end in z; what they fire by is in the loss, so that
logits of any size have their gradient.
"""

from microgrid import Value, nn
from microgrid.losses import bce_with_logits, cross_entropy, multilabel_bce, softmax, squared_error

X = [0.5, -0.2]


def themselves(z):
    return z


def sigmoids(z):
    return [each.sigmoid() for each in z]


# kind: outputs, what they fire by, loss, target as the loss takes it, target of each output
KINDS = {
    "regression": (2, themselves, squared_error, [1.5, -0.3], [1.5, -0.3]),
    "binary": (1, sigmoids, bce_with_logits, 1, [1]),
    "multi-label": (3, sigmoids, multilabel_bce, [1, 0, 1], [1, 0, 1]),
    "multi-class": (3, softmax, cross_entropy, 2, [0, 0, 1]),
}

table = []  # (kind, loss, L, z, output, target, ∂L/∂z)
for kind, (outputs, fire, loss, target, targets) in KINDS.items():
    model = nn.MLP(2, [3, outputs], activation="tanh", seed=1)
    out = model(X)
    z = [out] if isinstance(out, Value) else out
    L = loss(out, target)
    L.backward()
    for each, a, t in zip(z, fire(z), targets):
        table.append((kind, loss.__name__, L.data, each.data, a.data, t, each.grad))

apart = max(abs(grad - (a - t)) for *_, a, t, grad in table)

if __name__ == "__main__":
    print(f"{'output':11}  {'loss':15}  {'L':>6}  {'z':>7}  {'a':>7}  {'t':>4}  {'a − t':>7}  {'∂L/∂z':>7}")
    last = ""
    for kind, loss, L, z, a, t, grad in table:
        head = f"{kind:11}  {loss:15}  {L:6.4f}" if kind != last else " " * 36
        print(f"{head}  {z:7.4f}  {a:7.4f}  {t:4g}  {a - t:7.4f}  {grad:7.4f}")
        last = kind
    print(f"∂L/∂z is output − target to 1e-15: {apart < 1e-15}")
