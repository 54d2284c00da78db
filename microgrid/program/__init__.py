"""`Program`: a recorded scalar graph, compiled once, then run on whole batches as array calls.

Read `program` first; `intake` checks what it is given, `repetition` and `verification` compute the recording once
more, to name an inf, and to find what the recording has frozen. `rules` are the rows of the table for arrays. The
compiler is in `lowering/`, a module for each stage; `estimate` says which engine is faster; `passes/` walk a plan over
arrays, `array_code/` writes it out as what runs, `native/` makes it a tape for a machine that is compiled once, and
`exports/` take it to other engines: each folder knows only those before it. Others use `Program`.

Here is one graph on its way through all of it: two neurons over one input, their sum, and its squared error.

>>> from microgrid import Value
>>> x, t = Value(1.0), Value(0.5)
>>> params = w1, b1, w2, b2 = [Value(number, role="parameter") for number in (0.5, 0.1, -0.3, 0.2)]
>>> loss = ((w1 * x + b1).tanh() + (w2 * x + b2).tanh() - t) ** 2
>>> program = Program(loss, inputs=[x, t], native=False)
>>> plan = program.plan

record    The graph as flat lists. A node is a number, and comes after all its parents; x is 0, w1 is 2. What an
          input leads to is *batched*: a number for each sample. Everything else is *free*: one number for all.

>>> plan.record
<Record of 15 nodes; inputs: 2, parameters: 4, constants: 0>
>>> plan.record.ops[6:9], plan.record.parents[6:9]
([<Op mul>, <Op add>, <Op tanh>], [(2, 0), (6, 3), (7,)])

sums      Sums of products, of weights that are free, are rows of layers. The sum 7 has swallowed the product 6.

>>> plan.items
<Items of 15 nodes: 2 dense, 5 map>
>>> plan.items.of[7], 6 in plan.items.of
(Item(kind='dense', op=None, operands=(0,), weights=(2, 3)), False)

groups    What does the same to numbers of its own runs as one call: here is the layer that nobody wrote down.

>>> plan.groups[:3]
[<Group dense 2 × 1 + b: nodes 7, 10>, <Group tanh × 2: nodes 8, 11>, <Group add: node 12>]

layout    Where the numbers live: batched ones in rows of V, free ones in F. Neighbours are read as a slice. A row of
          ones stands behind x, so that the bias is one more column of the weights.

>>> plan.layout
<Layout: 10 rows of V, 4 rows of F>
>>> plan.layout.rows([7, 10]), plan.layout.rows([0]), plan.layout.ones
(V[3:5], V[0], [V[1]])

wayback   How gradients come back, to D and E: each group pulls the gradient of its rows from where its readers have
          left it, and nothing is scattered. Both tanh find theirs in one row: an addition hands it on uncopied.

>>> plan.back
<WayBack through 5 groups: 3 rows of D, 4 rows of E>
>>> plan.back.backs[3].pull.rows, plan.back.backs[4].pushes
(D[0, 0], [Push(slot=0, rows=E[0:4], own=True, in_place=False)])

plan      All of that in one piece.

>>> print(plan)
15 nodes in 5 groups; rows: 10 of a number for each sample, 4 of one number
   1  dense 2 × 1 + b  V[3:5]  from V[0]; weights F[0:4]
   2  tanh × 2         V[5:7]  from V[3:5]
   3  add              V[7]    from V[5], V[6]
   4  sub              V[8]    from V[7], V[2]
   5  pow              V[9]    from V[8]
run by NumPy, layers

source    The plan as NumPy, for reading and for running.

>>> print(program.source)  # doctest: +ELLIPSIS
# given: np, the dtype, B samples, the numbers of the constants
<BLANKLINE>
def forward(X, P):
    ...
    # 1 dense 2 × 1 + b
    np.dot(dense1_w, dense1_x, out=dense1)
    # 2 tanh × 2
    np.tanh(dense1, out=tanh1)
    ...
    # 5 pow
    np.multiply(sub1, sub1, out=pow1)
    return pow1
<BLANKLINE>
def backward(w):
    ...
    # 1 dense 2 × 1 + b
    np.dot(d_dense1, dense1_x_t, out=dense1_w_d)
    return d_theta, None
...

It computes what the scalar graph computes; over a thousand samples alike, the gradient is a thousand times theirs.

>>> values, gradient = program.value_and_grad([[1.0, 0.5]] * 1000)
>>> loss.backward()
>>> max(abs(each / 1000 - param.grad) for each, param in zip(gradient.tolist(), params)) < 1e-15
True
"""

from .program import Program

__all__ = ["Program"]
