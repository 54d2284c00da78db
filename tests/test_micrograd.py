"""Code written for micrograd runs with only the import changed, and finds the same numbers."""

from __future__ import annotations

import inspect
import random
import types

import autograd
import graphviz
import micrograd.engine
import micrograd.nn
import numpy as np
import pytest

import microgrid.nn
from microgrid import Value
from microgrid.engine import Value as EngineValue
from microgrid.engine import topological_order

PEERS = [(micrograd.engine.Value, micrograd.nn), (Value, microgrid.nn)]


def relu(x):
    return (x > 0) * x if isinstance(x, (float, np.floating)) or hasattr(x, "_value") else x.relu()


def sanity(x):
    z = 2 * x + 2 + x
    q = relu(z) + z * x
    h = relu(z * z)
    return h + q + q * x


def more_operations(a, b):
    c = a + b
    d = a * b + b**3
    c = c + (c + 1)
    c = c + (1 + c + (-a))
    d = d + (d * 2 + relu(b + a))
    d = d + (3 * d + relu(b - a))
    e = c - d
    f = e**2
    g = f / 2.0
    return g + 10.0 / f


@pytest.mark.parametrize(("compute", "at"), [(sanity, [-4.0]), (more_operations, [-4.0, 2.0])])
def test_the_expressions_that_micrograd_is_tested_with(compute, at):
    """Against HIPS autograd, where micrograd's own tests ask PyTorch."""
    leaves = list(map(Value, at))
    root = compute(*leaves)
    root.backward()
    wanted = autograd.grad(lambda x: compute(*x))(np.array(at))
    assert root.data == pytest.approx(compute(*at), rel=1e-15)
    assert [leaf.grad for leaf in leaves] == pytest.approx(list(wanted), rel=1e-12)


def test_the_numbers_of_the_readme():
    a, b = Value(-4.0), Value(2.0)
    g = more_operations(a, b)
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_the_neuron_of_the_notebook():
    random.seed(1337)
    neuron = microgrid.nn.Neuron(2)
    y = neuron([Value(1.0), Value(-2.0)])
    assert y.data == 0.102443419482938
    y.backward()
    assert [p.grad for p in neuron.parameters()] == [1.0, -2.0, 1.0]


# ── their graph drawing ────────────────────────────────────────────────────────────────────


def traced(root):
    """All nodes and edges, walked as micrograd's users walk them: sets, recursion, `_prev`."""
    nodes, edges = set(), set()

    def build(node):
        if node not in nodes:
            nodes.add(node)
            for child in node._prev:
                edges.add((child, node))
                build(child)

    build(root)
    return nodes, edges


def drawn(root):
    """One record a node and one oval an operation, from `data`, `grad` and `_op` alone."""
    nodes, edges = traced(root)
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    for node in nodes:
        name = str(id(node))
        dot.node(name=name, label=f"{{ data {node.data:.4f} | grad {node.grad:.4f} }}", shape="record")
        if node._op:
            dot.node(name=name + node._op, label=node._op)
            dot.edge(name + node._op, name)
    for child, node in edges:
        dot.edge(str(id(child)), str(id(node)) + node._op)
    return dot


def test_the_walk_of_microgpt():
    """Children and local gradients, given by position and read by those names, as in its own `backward`."""
    a, b = Value(2.0), Value(-3.0)
    square = Value(a.data**2, (a,), (2 * a.data,))
    L = (square * b + 20).relu() + (a - b).log() * b.exp() + sum([a * 2, b / a]) ** 2
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)

    visit(L)
    grads = dict.fromkeys(order, 0.0) | {L: 1.0}
    for node in reversed(order):
        for child, local in zip(node._children, node._local_grads):
            grads[child] += local * grads[node]
    L.backward()
    assert (grads[a], grads[b]) == pytest.approx((a.grad, b.grad), rel=1e-15)


def test_drawing_code_written_for_micrograd():
    pictures = []
    for kind, _ in PEERS:
        x = kind(1.0)
        y = (x * 2 + 1).relu()
        y.backward()
        source = drawn(y).source
        words = sorted(line.split("[", 1)[1] for line in source.splitlines() if "label" in line)
        pictures.append((words, len(source.splitlines())))
    assert pictures[0] == pictures[1]
    assert 'label="{ data 3.0000 | grad 1.0000 }" shape=record]' in pictures[1][0]
    assert {"label=ReLU]", 'label="+"]', 'label="*"]'} <= set(pictures[1][0])


# ── their networks and their demo ──────────────────────────────────────────────────────────


def moons(count=30):
    """Two interleaving half circles, as the demo draws them."""
    rng = np.random.default_rng(3)
    angles = rng.uniform(0, np.pi, count)
    upper = np.c_[np.cos(angles), np.sin(angles)]
    lower = np.c_[1 - np.cos(angles), 0.5 - np.sin(angles)]
    points = np.r_[upper, lower] + rng.normal(0, 0.1, (2 * count, 2))
    return points, np.r_[np.full(count, -1), np.full(count, 1)]


def demo(kind, nn, steps=2, size=4):
    """The demo's model, its hinge loss with L2, and SGD with a falling rate; every number on the way."""
    random.seed(1337)
    model = nn.MLP(2, [size, size, 1])
    points, labels = moons()
    numbers = []
    for k in range(steps):
        inputs = [list(map(kind, row)) for row in points]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(labels, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        total = data_loss + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        data = [float(total.data), *(float(score.data) for score in scores)]
        grads = [float(p.grad) for p in model.parameters()]
        numbers.append((data, grads))
        rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= rate * p.grad
    return numbers


def test_the_demo_has_the_same_bits_and_the_same_gradients():
    theirs, ours = (demo(*peer, steps=1, size=16) for peer in PEERS)
    assert ours[0][0] == theirs[0][0]
    assert ours[0][1] == pytest.approx(theirs[0][1], rel=1e-12, abs=1e-12)


def test_the_demo_trains_alike():
    theirs, ours = (demo(*peer, steps=5) for peer in PEERS)
    for (their_data, their_grads), (our_data, our_grads) in zip(theirs, ours):
        assert our_data == pytest.approx(their_data, rel=1e-9, abs=1e-12)
        assert our_grads == pytest.approx(their_grads, rel=1e-9, abs=1e-12)


def test_their_networks_run_on_our_values():
    """micrograd's own `nn`, with only the import changed."""
    source = inspect.getsource(micrograd.nn).replace("micrograd.engine", "microgrid.engine")
    borrowed = types.ModuleType("borrowed")
    exec(compile(source, "borrowed", "exec"), borrowed.__dict__)
    assert borrowed.Value is EngineValue
    theirs, ours = demo(*PEERS[0], steps=1), demo(Value, borrowed, steps=1)
    assert ours[0][0] == theirs[0][0]
    assert ours[0][1] == pytest.approx(theirs[0][1], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("nonlin", [True, False])
@pytest.mark.parametrize("nin", [1, 2, 7])
def test_networks_have_the_same_numbers_and_reprs(nin, nonlin):
    found = []
    for kind, nn in PEERS:
        random.seed(nin)
        for model in (
            nn.Neuron(nin, nonlin),
            nn.Neuron(nin, nonlin=nonlin),
            nn.Layer(nin, 3, nonlin=nonlin),
            nn.MLP(nin, [4, 3, 2]),
        ):
            out = model([kind(0.25 * i - 0.4) for i in range(nin)])
            several = out if isinstance(out, list) else [out]
            sum(several).backward()
            found.append((repr(model), [each.data for each in several], [p.data for p in model.parameters()]))
            found.append(([p.grad for p in model.parameters()],))
            model.zero_grad()
            assert not any(p.grad for p in model.parameters())
    assert found[: len(found) // 2] == found[len(found) // 2 :]


def test_reprs_and_attributes_are_those_of_micrograd():
    for compute in (lambda x: x * 2 + 1, lambda x: (x - 3).relu(), lambda x: x**2):
        theirs, ours = (compute(kind(-4.0)) for kind, _ in PEERS)
        assert ours._op == theirs._op
        assert {type(each) for each in ours._prev} == {Value}
        assert len(ours._prev) == len(theirs._prev)
        assert float(theirs.data) == ours.data
    assert repr(Value(2.5)) == repr(micrograd.engine.Value(2.5)).replace("grad=0", "grad=0.0")


def test_a_second_backward_is_right_where_micrograd_counts_twice():
    grads = []
    for kind, _ in PEERS:
        x = kind(3.0)
        y = x * x * x
        y.backward()
        x.grad = 0.0
        y.backward()
        grads.append(x.grad)
    assert grads == [45.0, 27.0]


def test_every_node_of_the_graph_is_theirs_too():
    sizes = []
    for kind, _ in PEERS:
        a, b = kind(-4.0), kind(2.0)
        sizes.append(len(traced(a * b + b.relu() + a)[0]))
    assert sizes[0] == sizes[1] == len(topological_order(a * b + b.relu() + a))
