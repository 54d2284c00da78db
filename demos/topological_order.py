"""Why the backward pass needs topological order: b = a + a, c = b + b, and every order of its four steps.

python demos/topological_order.py    prints the numbers, and draws pictures/topological_order.png
"""

from itertools import permutations
from pathlib import Path

from microgrid import Value

a = Value(1)
b = a + a
c = b + b
a.label, b.label, c.label = "abc"
c.backward()


def follow(order: tuple[Value, ...]) -> float:
    """dc/da when the uses pay in this order: each time a node comes, one of its uses pays (partial · grad)."""
    grad = {a: 0.0, b: 0.0, c: 1.0}
    uses = {node: list(zip(node.parents, node.partials)) for node in (b, c)}
    for node in order:
        parent, partial = uses[node].pop(0)
        grad[parent] += partial * grad[node]
    return grad[a]


depth_first = follow((c, b, b, c))  # b hurries on to a when c has paid once; the rest never arrives
orders = {" ".join(node.label for node in order): follow(order) for order in permutations((c, c, b, b))}

if __name__ == "__main__":
    from matplotlib import pyplot

    print(f"backward, b after both its uses in c: dc/da = {a.grad:g}; depth first: {depth_first:g}")
    print(", ".join(f"{order} → {total:g}" for order, total in orders.items()))
    figure, ax = pyplot.subplots(figsize=(6, 3.2), layout="constrained")
    ax.bar_label(ax.barh(list(orders), orders.values(), color=["#0072B2", *["#BBBBBB"] * 5]), fmt="%g", padding=4)
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    ax.set(xlabel="dc/da", ylabel="who pays, in order", title="dc/da is 4 only if b waits for both its uses in c")
    figure.savefig(Path(__file__).parent / "pictures" / "topological_order.png", dpi=100)
