"""The two-input sigmoid network, built by hand: the same network as two_input_sigmoid.sheet.

python demos/two_input_sigmoid.py
microgrid draw demos/two_input_sigmoid.py:L -o network.svg
"""

from microgrid import Value
from microgrid.engine import scope


def parameter(number: float, label: str) -> Value:
    return Value(number, label=label, role="parameter")


x1, x2, y = Value(0.5, label="x1"), Value(0.1, label="x2"), Value(1, label="y")
w11, w12, b1 = parameter(0.2, "w11"), parameter(0.4, "w12"), parameter(0.1, "b1")
w21, w22, b2 = parameter(0.3, "w21"), parameter(0.7, "w22"), parameter(0.2, "b2")
v1, v2, c = parameter(0.6, "v1"), parameter(0.9, "v2"), parameter(0.3, "c")

with scope("hidden a1"):
    z1 = w11 * x1 + w12 * x2 + b1
    a1 = z1.sigmoid()
with scope("hidden a2"):
    z2 = w21 * x1 + w22 * x2 + b2
    a2 = z2.sigmoid()
with scope("output ŷ"):
    z = v1 * a1 + v2 * a2 + c
    ŷ = z.sigmoid()
with scope("cross-entropy"):
    L = -y * ŷ.log() - (1 - y) * (1 - ŷ).log()

for name, node in (("z1", z1), ("z2", z2), ("a1", a1), ("a2", a2), ("z", z), ("ŷ", ŷ), ("L", L)):
    node.label = name
L.backward()

if __name__ == "__main__":
    for node in (z1, z2, a1, a2, z, ŷ, L):
        print(f"{node.label:<3} = {node.data:9.6f}    dL/d{node.label:<3} = {node.grad:9.6f}")
    for node in (w11, w12, b1, w21, w22, b2, v1, v2, c):
        step = node.data - 0.01 * node.grad
        print(f"{node.label:<3} ← {node.data:.1f} - 0.01·({node.grad:9.6f}) = {step:.6f}")
