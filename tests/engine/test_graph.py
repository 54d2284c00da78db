"""The graph of a computation: its order, its names, its edges, its paths, its coarser views."""

from __future__ import annotations

import random
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import LEVELS, bits, tangles

from microgrid import Graph, GraphError, Value, nn
from microgrid.engine import gradients, scope, topological_order
from microgrid.engine.views import left_out


def diamond():
    x, y = Value(2.0, label="x"), Value(-3.0)
    h = x * y
    z = h * h + x
    return x, y, h, z


@st.composite
def graphs(draw, most=14):
    """A graph of + and * over three leaves, some of its nodes with labels."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    nodes = [Value(rng.choice([-2.0, -1.0, 0.5, 1.0, 3.0])) for _ in range(3)]
    for _ in range(draw(st.integers(1, most))):
        a, b = rng.choice(nodes[-5:]), rng.choice(nodes[-5:])
        nodes.append(rng.choice([lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b])(a, b))
    for node, label in zip(nodes, draw(st.lists(st.sampled_from(["", "", "a", "b", "v1", "v2", "a#2"]), min_size=17))):
        node.label = label
    return nodes[-1]


def test_the_parts_of_a_graph():
    x, y, h, z = diamond()
    graph = Graph(z)
    assert graph.nodes == (x, y, h, h2 := z.parents[0], z)
    assert list(graph) == list(graph.nodes)
    assert len(graph) == 5
    assert x in graph
    assert Value(1.0) not in graph
    assert graph.leaves == (x, y)
    assert [(e.child, e.parent, e.slot, e.partial) for e in graph.edges] == [
        (h, x, 0, -3.0),
        (h, y, 1, 2.0),
        (h2, h, 0, -6.0),
        (h2, h, 1, -6.0),
        (z, h2, 0, 1.0),
        (z, x, 1, 1.0),
    ]
    assert [e.slot for e in graph.consumers(h)] == [0, 1]
    assert [e.child for e in graph.consumers(x)] == [h, z]
    assert graph.consumers(z) == graph.inputs(x) == ()
    assert repr(graph) == "<Graph of v4: 5 values, 6 edges>"
    assert repr(Graph(x)) == "<Graph of x: 1 value, 0 edges>"


@given(graphs())
@settings(deadline=None, max_examples=80)
def test_the_order_is_topological_and_depends_on_the_graph_alone(root):
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    inner = [node for node in order if node.parents]
    assert order[len(order) - len(inner) :] == inner
    assert topological_order(root) == order


@given(graphs())
@settings(deadline=None, max_examples=80)
def test_names_are_unique_and_find_their_nodes(root):
    graph = Graph(root)
    assert len(set(graph.display_names)) == len(graph)
    for node in graph:
        assert graph[graph.name(node)] is node
        assert graph.label(node) == node.label
        if node.label:
            assert graph.name(node).startswith(node.label)
        else:
            assert graph.name(node).startswith(("v", "u", "t"))


def test_names():
    a, b, c, d = (Value(float(i), label=label) for i, label in enumerate(["a", "a", "", "v1"]))
    graph = Graph(a + b + c + d)
    names = [graph.name(node) for node in (d, c, b, a, *graph.nodes[4:])]
    assert names == ["v1", "u1", "a#2", "a", "u2", "u3", "u4"]  # v is taken by a person
    assert Graph(c).name(c) == "v1"


def test_names_from_a_mapping_stand_where_there_is_no_label():
    x, y, h, z = diamond()
    graph = Graph(
        z, {"x_other": x, "y": y, "y_too": y, "h": h, "number": 3, "text": "x", "stranger": Value(1.0), "a": [y]}
    )
    assert [graph.label(node) for node in (x, y, h, z)] == ["x", "y", "h", ""]
    assert graph["h"] is h


def test_what_is_not_there_is_named():
    x, _, h, z = diamond()
    h.label, z.label = "hidden", "loss"
    graph = Graph(z)
    with pytest.raises(GraphError) as caught:
        graph["hiden"]
    assert (
        str(caught.value) == "no value is called 'hiden' in <Graph of loss: 5 values, 6 edges>; did you mean 'hidden'?"
    )
    stranger = Value(7.0, label="s")
    for ask in (
        graph.name,
        graph.label,
        graph.inputs,
        graph.consumers,
        graph.count_paths,
        lambda n: list(graph.paths(n)),
    ):
        with pytest.raises(GraphError) as caught:
            ask(stranger)
        assert str(caught.value) == "Value(data=7.0, grad=0.0, label='s') does not lead to 'loss'"
        with pytest.raises(GraphError, match="does not lead to 'loss'"):
            ask([x])


def test_a_snapshot_is_of_its_moment():
    x, _, h, z = diamond()
    graph = Graph(z)
    z.backward()
    x.data, h.label = 9.0, "late"
    z.replay()
    assert graph.data[graph.index[x]] == 2.0
    assert set(graph.grad) == {0.0}
    assert graph.inputs(h)[1].partial == 2.0
    assert graph.label(h) == ""


@given(graphs())
@settings(deadline=None, max_examples=80)
def test_paths_are_counted_without_walking_and_their_sum_is_the_gradient(root):
    graph, found = Graph(root), gradients(root)
    for node in graph:
        paths = list(graph.paths(node))
        assert len(paths) == graph.count_paths(node) == len(set(paths))
        assert sum(path.product for path in paths) == pytest.approx(found[node], rel=1e-9, abs=1e-6)
        for path in paths:
            assert all(edge.child is after.parent for edge, after in pairwise(path))
            assert not path or (path[0].parent is node and path[-1].child is root)


def test_the_root_has_one_path_of_no_edges():
    _, _, _, z = diamond()
    assert [tuple(path) for path in Graph(z).paths(z)] == [()]
    assert Graph(z).count_paths(z) == 1


def test_more_paths_than_atoms_are_counted_and_given_one_at_a_time():
    x = leaf = Value(1.0)
    for _ in range(300):
        x = x + x
    graph = Graph(x)
    assert graph.count_paths(leaf) == 2**300
    assert len(next(graph.paths(leaf))) == 300


def test_a_deep_graph_needs_no_recursion():
    x = leaf = Value(1.0)
    for _ in range(20_000):
        x = x * 1.0
    graph = Graph(x)
    assert graph.count_paths(leaf) == 1
    (path,) = graph.paths(leaf)
    assert path.product == 1.0
    assert len(set(graph.display_names)) == 40_001
    view = graph.view(lambda node: node is leaf)
    assert [edge.partial for edge in view.edges] == [1.0]


# ── views ──────────────────────────────────────────────────────────────────────────────────


@given(graphs(most=25), st.randoms())
@settings(deadline=None, max_examples=100)
def test_the_chain_rule_over_a_view_gives_the_same_gradients(root, rng):
    graph, found = Graph(root), gradients(root)
    kept = {node for node in graph if rng.random() < 0.5}
    view = graph.view(lambda node: node in kept)
    assert set(view) == kept | {root}
    assert [view.name(node) for node in view] == [graph.name(node) for node in view]
    grads = dict.fromkeys(view, 0.0) | {root: 1.0}
    for edge in reversed(view.edges):
        grads[edge.parent] += edge.partial * grads[edge.child]
    for node, grad in grads.items():
        assert grad == pytest.approx(found[node], rel=1e-9, abs=1e-6)


def test_levels():
    x, _y, h, z = diamond()
    h.label = "h"
    graph = Graph(z)
    assert graph.view("op").edges == graph.edges
    named = graph.view("named")
    assert named.nodes == (x, h, z)
    assert [(e.child, e.parent, e.partial) for e in named.edges] == [(h, x, -3.0), (z, h, -12.0), (z, x, 1.0)]
    with pytest.raises(GraphError, match=r"no level is called 'nmaed'"):
        graph.view("nmaed")


def test_a_view_keeps_parallel_edges_and_the_order_of_a_formula():
    a, b, c = (Value(data, label=label) for data, label in ((2.0, "a"), (3.0, "b"), (5.0, "c")))
    twice = a + a
    assert [(e.parent, e.partial) for e in Graph(twice).view("named").edges] == [(a, 1.0), (a, 1.0)]
    mixed = c * b + (a * b + c) * a
    edges = Graph(mixed).view("named").inputs(mixed)
    assert [(e.parent, e.slot, e.partial) for e in edges] == [(c, 0, 3.0 + 2.0), (b, 1, 5.0 + 4.0), (a, 2, 11.0 + 6.0)]
    direct = a * b + a
    assert [(e.parent, e.partial) for e in Graph(direct).view("named").edges] == [(a, 3.0), (b, 2.0), (a, 1.0)]


@given(st.randoms(), st.booleans(), st.integers(1, 3))
@settings(deadline=None, max_examples=25)
def test_the_view_by_neurons_is_exact(rng, expanded, samples):
    model = nn.MLP(2, [3, 2, 1], expanded=expanded)
    weights = model.parameters()
    errors = [(model([Value(rng.uniform(-1, 1)), rng.uniform(-1, 1)]) - 1) ** 2 for _ in range(samples)]
    root = sum((w * w for w in weights), Value(0.0, role="constant")) * 0.1 + sum(errors, Value(0.0, role="constant"))
    view, found = Graph(root).view("neuron"), gradients(root)
    assert len(view) == samples * (2 + 3 + 2 + 1) + 1
    assert not {*view} & {*weights}
    grads = dict.fromkeys(view, 0.0) | {root: 1.0}
    for edge in reversed(view.edges):
        grads[edge.parent] += edge.partial * grads[edge.child]
    assert all(grad == pytest.approx(found[node], rel=1e-9, abs=1e-12) for node, grad in grads.items())


def test_the_view_by_neurons_keeps_what_leaves_a_scope_and_names_outside():
    x = Value(2.0, label="x")
    with scope("first"):
        (inner := x * 3).label = "inner"
        h = inner.tanh()
    (outside := h + 1).label = "outside"
    root = outside * 2 + 1
    assert Graph(root).view("neuron").nodes == (x, h, outside, root)


# ── other numbers ──────────────────────────────────────────────────────────────────────────

numbers = st.sampled_from([-2.0, -1.0, -0.0, 0.0, 0.5, 1.5, 3.0, float("inf"), float("nan"), 1e308])


def everything(graph):
    """All the numbers of a graph by their bits, and where they stand."""
    return graph.nodes, graph.parents, bits(graph.data), list(map(bits, graph.partials)), graph.display_names


@given(tangles(most=25), st.data())
@settings(deadline=None, max_examples=150)
def test_other_numbers_are_those_of_replay_to_the_bit(root, data):
    graph = Graph(root)
    changed = {leaf: data.draw(numbers) for leaf in graph.leaves if data.draw(st.booleans())}
    before = everything(graph), bits(node.data for node in graph)
    other = graph.replayed(changed)
    assert (everything(graph), bits(node.data for node in graph)) == before
    for leaf, number in changed.items():
        leaf.data = number
    root.replay()
    assert everything(other) == everything(Graph(root))
    for level in LEVELS:
        assert everything(other.view(level)) == everything(Graph(root).view(level))


def test_other_numbers_change_no_graph_that_was_there():
    x, y, h, z = diamond()
    graph = Graph(z)
    before = graph.edges, graph.consumers(h), graph.view("named").edges
    other = graph.replayed({x: 5, y: 1})
    assert other.data == (5.0, 1.0, 5.0, 25.0, 30.0)
    assert [edge.partial for edge in other.edges] == [1.0, 5.0, 5.0, 5.0, 1.0, 1.0]
    assert [edge.partial for edge in other.consumers(h)] == [5.0, 5.0]
    assert [edge.partial for edge in other.view("named").edges] == [10.0, 1.0]
    assert [path.product for path in other.paths(x)] == [5.0, 5.0, 1.0]
    assert before == (graph.edges, graph.consumers(h), graph.view("named").edges)
    assert graph.replayed({}).data == graph.data == (2.0, -3.0, -6.0, 36.0, 38.0)
    assert other.replayed({x: 2, y: -3}).edges == graph.edges
    assert [other.name(node) for node in other] == [graph.name(node) for node in graph]


def test_other_numbers_keep_the_order_of_a_view():
    x = Value(2.0, label="x")
    (b := x * 3).label, (a := x**2).label = "b", "a"
    (L := a * b).label = "L"
    views = [each.view("named", ["b", "a", "L"]) for each in (Graph(L), Graph(L).replayed({x: 5.0}))]
    assert [view.display_names for view in views] == [("x", "b", "a", "L")] * 2
    assert [view.data for view in views] == [(2.0, 6.0, 4.0, 24.0), (5.0, 15.0, 25.0, 375.0)]


def test_a_value_recorded_by_hand_keeps_its_number_where_nothing_reaches_it():
    x, w = Value(3.0, label="x"), Value(2.0, label="w")
    square = Value(9.0, (x,), (6.0,), label="s")
    z = square * w + x * w
    graph = Graph(z)
    other = graph.replayed({w: 5.0})
    assert (other.data[-1], other.inputs(square)[0].partial) == (60.0, 6.0)
    above = Graph(square * w).replayed({w: -1.0})
    assert above.data[-1] == -9.0
    with pytest.raises(GraphError) as caught:
        graph.replayed({w: 5.0, x: 1.0})
    assert str(caught.value) == "an operation recorded by hand has no formula to compute again"
    with pytest.raises(GraphError) as caught:
        graph.replayed({Value(7.0, label="s"): 1.0})
    assert str(caught.value) == "Value(data=7.0, grad=0.0, label='s') does not lead to 'v3'"


def test_what_a_view_leaves_out_stands_in_the_order_of_the_graph():
    x = Value(0.5, label="x")
    nodes = [x]
    for _ in range(40):
        nodes.append(nodes[-1].sin())
    graph = Graph(nodes[1] * nodes[-1])
    kept = set(graph.nodes) - {nodes[1], nodes[39], nodes[40]}
    assert left_out(graph, len(graph) - 1, kept) == [1, 39, 40]  # a set of them has another order
    assert left_out(graph, len(graph) - 1, {x}) == list(range(1, 41))


@pytest.mark.parametrize(("values", "is_drawn"), [(40, True), (41, False)])
def test_a_notebook_draws_graphs_of_forty_values(values, is_drawn, monkeypatch):
    monkeypatch.setattr("microgrid.picture.draw", lambda graph: SimpleNamespace(pipe=lambda *_, **__: "<svg/>"))
    root = Value(1.0)
    for _ in range(values - 1):
        root = root.tanh()
    assert len(Graph(root)) == values
    assert (Graph(root)._repr_svg_() == "<svg/>") == is_drawn
    assert ("<table" in (Graph(root)._repr_html_() or "")) != is_drawn
