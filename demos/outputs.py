"""Four kinds of output side by side, each with its loss: ∂L/∂z of an output is always output − target.

python demos/outputs.py    prints the numbers, and draws pictures/outputs.png

An output fires by what its targets are: numbers (z itself), yes or no (σ of one z), any number of labels (σ of each
z), one class of several (softmax of all z). With the loss that belongs to it, everything in between cancels. The
networks end in z; what they fire by is in the loss, so that logits of any size have their gradient.
"""

from pathlib import Path

from microgrid import Value, nn
from microgrid.training.losses import bce_with_logits, cross_entropy, multilabel_bce, softmax, squared_error


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
    out = nn.MLP(2, [3, outputs], activation="tanh", seed=1)([0.5, -0.2])
    z = [out] if isinstance(out, Value) else out
    L = loss(out, target)
    L.backward()
    table += [(kind, loss.__name__, L.data, each.data, a.data, t, each.grad) for each, a, t in zip(z, fire(z), targets)]
apart = max(abs(grad - (a - t)) for *_, a, t, grad in table)

if __name__ == "__main__":
    from matplotlib import pyplot

    print(f"{'output':11}  {'loss':15}  {'L':>6}  {'z':>7}  {'a':>7}  {'t':>4}  {'a − t':>7}  {'∂L/∂z':>7}")
    figure, axes = pyplot.subplots(1, 4, figsize=(9, 3.2), layout="constrained", sharey=True)
    for ax, kind in zip(axes, KINDS):
        rows = [row for row in table if row[0] == kind]
        for k, (_, loss, L, z, a, t, grad) in enumerate(rows, 1):
            head = f"{kind:11}  {loss:15}  {L:6.4f}" if k == 1 else " " * 36
            print(f"{head}  {z:7.4f}  {a:7.4f}  {t:4g}  {a - t:7.4f}  {grad:7.4f}")
            ax.plot([k, k], [t, a], color="#5F5F5F", linestyle=":", label="∂L/∂z = a − t" if k == 1 else None)
            ax.annotate(f"{grad:+.2f}".replace("-", "−"), (k, (a + t) / 2), (5, 0), textcoords="offset points", size=8)
        ax.plot(range(1, len(rows) + 1), [row[4] for row in rows], "o", color="#0072B2", label="output a")
        ax.plot(range(1, len(rows) + 1), [row[5] for row in rows], "s", color="#D55E00", label="target t")
        ax.set(title=f"{kind}\n{loss}", xlabel="output", xlim=(0.5, len(rows) + 0.9), xticks=range(1, len(rows) + 1))
        ax.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    print(f"∂L/∂z is output − target to 1e-15: {apart < 1e-15}")
    figure.savefig(Path(__file__).parent / "pictures" / "outputs.png", dpi=100)
