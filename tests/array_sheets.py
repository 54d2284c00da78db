"""Sheets with vectors, matrices, families and samples, as lectures write them."""

__all__ = ["ARRAY_SHEETS", "LECTURE", "SLIPS", "STEPPED_SHEETS"]

LECTURE = """title   Two inputs, two hidden neurons
input   x = [0.5, 0.1]
target  y = 1
param   W1 = [0.2 0.4; 0.3 0.7], b1 = [0.1, 0.2]
param   W2 = [0.6 0.9], b2 = 0.3
z1 = W1 @ x + b1
a1 = σ(z1)
ŷ  = σ(W2 @ a1 + b2)
L  = −y·ln ŷ − (1 − y)·ln(1 − ŷ)
"""
SLIPS = """z1 ~= [0.24, 0.43]
a1 ~= [0.56, 0.6059]
dL/dW1 ~= [-0.0174 0.0035; -0.0253 -0.0051]
"""
ARRAY_SHEETS = {
    "lecture": LECTURE,
    "softmax": """input x = [0.5, -0.1, 2]
target y = onehot(2, 3)
param W1 = [0.2 0.4 1; 0.3 0.7 -1; 0.1 0.1 0.4; 1 1 -2], b1 = [0.1, 0.2, 0, -1]
param W2 = [0.6 0.9 1 0; 0 1 1 1; -1 0.3 0.2 0.1], b2 = [0.3, 0, -0.3]
z1 = W1 @ x + b1
a1 = tanh(z1)
z2 = W2 @ a1 + b2
p = softmax(z2)
L = -sum(y ⊙ log(p))
""",
    "samples": """samples x1 x2 | y
0 0 | 0
0 1 | 1
1 0 | 1
1 1 | 0

param W1 = [0.2 0.4; 0.3 0.7], b1 = [0.1, 0.2], W2 = [0.6 0.9], b2 = 0.3
x = [x1, x2]
z1 = W1 @ x + b1
a1 = σ(z1)
ŷ = σ(W2 @ a1 + b2)
L = (ŷ - y)^2
C = mean over samples of L
""",
    "layers": """input x = [0.5, -0.1]
param W[1] = [1 2; 3 4; -1 0.5], W[2] = [0.1 0.2 0.3; -0.3 0.4 1; 0.2 0.5 -0.1], W[3] = [1 -1 0.5]
param b[1] = [0, 1, 0.2], b[2] = [1, 0, -1], b[3] = 0.5
a[0] = x
for l = 1..2:
    z[l] = W[l] @ a[l-1] + b[l]
    a[l] = tanh(z[l])
end
z[3] = W[3] @ a[2] + b[3]
C = (z[3] - 1)^2/2
""",
    "convolution": """input x = [1 2 0 1 1 0 2 1; 0 1 3 1 1 1 0 0; 2 2 1 0 0 1 1 1; 1 0 1 2 3 0 1 0; 1 1 0 0 1 2 1 0; 0 0 1 1 2 1 0 1; 1 0 1 0 1 0 1 0; 2 1 0 1 2 1 0 1]
param k = [1 0 0.5; -1 0.5 0; 0 -0.5 1]
z = conv(x, k)
a = relu(z)
L = sum(a)/9
""",
}
# With their updates, to run and to step through.
STEPPED_SHEETS = {
    "network": f"{LECTURE}update 0.1\n",
    "softmax": """input x = [1, 2], t = [0, 1, 0]
param W = [0.1 0.2; 0.3 -0.4; 0.5 0.6], b = [0, 0.1, -0.2]
z = W @ x + b
p = softmax(z)
L = -t·ln(p)
update momentum 0.1 0.9 × 2
""",
    "samples": """samples  x1   x2 | y
         0    0  | 0
         0    1  | 1
         1    1  | 0
rate  η = 0.5
param W = [0.5 -0.3; 0.2 0.8], b = [0.1, -0.1], v = [0.7 -0.4], c = 0.2
z = W @ [x1, x2] + b
p = σ(v @ tanh(z) + c)
L = −y ln p − (1 − y) ln(1 − p)
C = mean over samples of L
update η
""",
    "family": """f(z) = 1/(1 + e^(-z))
input a[0] = [0.5, 0.1]
param W[1] = [0.2 0.4; 0.3 0.7], W[2] = [0.6 0.9]
param b[1] = [0.1, 0.2], b[2] = 0.3
for l = 1..2:
    z[l] = W[l] @ a[l-1] + b[l]
    a[l] = f(z[l])
end
C = (1 − a[2])²
update adam 0.1
""",
    "convolution": """input x = [1, 2, -1, 0.5, 3, 1]
param k = [0.2, -0.1, 0.4], c = 0.1
h = relu(conv(x, k) + c)
s = max(h[1..2])
L = (sum(h) + s - 1)²/2
""",
    "recurrence": """input x = [1, -1, 0.5]
param w = [0.5, -0.3], U = [0.1 0.2; -0.2 0.3]
state m = [0, 0]
rate η = 0.1
h[0] = zeros(2)
for t = 1..3: h[t] = tanh(U @ h[t-1] + w*x[t])
L = h[3]·h[3] + norm(w)
next m = 0.9*m + dL/dw
next w = w - η*next m
next U = U - η*dL/dU
round × 2
""",
    "mixed": """input x1 = 0.5, x2 = 0.1
param W = [1 2; 3 4], u = 0.5
z1, z2 = softmax(u*x1, x2)
q = W @ [z1, z2] + u
L = sum(q²) + W[1,1]*W[1,2]
g = dL/dq
G = g·g
""",
    "large": """input x = ones(20)
param W = 0.01*ones(12, 20), b = zeros(12), v = 0.1*ones(1, 12)
h = tanh(W @ x + b)
L = (v @ h - 1)²/2
""",
}
