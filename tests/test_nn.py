"""Neurons, layers and networks: one node a neuron or every node, the same bits."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import GraphError, NotRealError, Value
from microgrid.graph import topological_order
from microgrid.nn import MLP, Layer, Module, Neuron
from microgrid.watch import scope

FORMS = pytest.mark.parametrize("expanded", [False, True], ids=["affine", "expanded"])


@given(
    st.integers(0, 10**6),
    st.lists(st.floats(-3, 3), min_size=2, max_size=2),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
@settings(deadline=None, max_examples=60)
def test_expanded_and_affine_have_the_same_bits(seed, x, sizes):
    numbers = []
    for expanded in (False, True):
        random.seed(seed)
        model = MLP(2, sizes, expanded=expanded)
        inputs = list(map(Value, x))
        out = model(inputs)
        outs = out if isinstance(out, list) else [out]
        for each in outs:
            each.backward()
        numbers.append(([o.data for o in outs], [p.data for p in model.parameters()]))
        grads = [p.grad for p in (*model.parameters(), *inputs)]
        numbers.append(grads)
    assert numbers[0] == numbers[2]
    assert numbers[1] == pytest.approx(numbers[3], rel=1e-12, abs=1e-12)


@FORMS
def test_a_network_learns(expanded):
    random.seed(0)
    model = MLP(1, [8, 1], expanded=expanded)
    data = [(x / 4, abs(x / 4)) for x in range(-4, 5)]

    def loss():
        return sum((model([x]) - y) ** 2 for x, y in data) / len(data)

    first = loss().data
    for _ in range(60):
        model.zero_grad()
        loss().backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
    assert loss().data < first / 10


@FORMS
@pytest.mark.parametrize(
    "inputs", [[1, -2], (1.0, -2.0), np.array([1.0, -2.0]), iter([1, -2]), [Value(1.0), -2]], ids=str
)
def test_inputs_of_any_kind(expanded, inputs):
    random.seed(1337)
    inputs = [1, -2] if not isinstance(inputs, (list, tuple, np.ndarray)) else inputs
    assert Neuron(2, expanded=expanded)(iter(inputs)).data == 0.102443419482938


def test_the_parts_of_a_network():
    model = MLP(3, [4, 4, 1])
    assert len(model.parameters()) == 41
    assert {p.role for p in model.parameters()} == {"parameter"}
    assert all(layer.neurons[0].nonlin for layer in model.layers[:-1])
    assert not model.layers[-1].neurons[0].nonlin
    assert [len(layer.neurons) for layer in model.layers] == [4, 4, 1]
    assert [p.data for p in model.parameters()].count(0.0) == 9
    assert all(-1 < p.data < 1 for p in model.parameters())
    assert Module().parameters() == []


def test_one_output_comes_alone_and_several_in_a_list():
    assert isinstance(MLP(2, [3, 1])([1, 2]), Value)
    assert len(MLP(2, [1, 3])([1, 2])) == 3
    assert isinstance(Layer(2, 1)([1, 2]), Value)
    assert isinstance(MLP(1, [1, 1, 1])([0.5]), Value)


def test_reprs():
    assert repr(MLP(2, [2, 1])) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"


@FORMS
def test_the_wrong_number_of_inputs_is_named(expanded):
    model = MLP(2, [3, 1], expanded=expanded)
    for inputs in ([1], [1, 2, 3], []):
        with pytest.raises(GraphError) as caught:
            model(inputs)
        assert str(caught.value) == f"ReLUNeuron(2) takes 2 inputs, not {len(inputs)}"
    with pytest.raises(NotRealError, match="not str 'a'"):
        model([1, "a"])


def test_a_neuron_needs_an_input():
    with pytest.raises(GraphError, match=r"a neuron with 0 inputs; it takes at least 1"):
        Neuron(0)


@FORMS
def test_every_node_knows_its_neuron(expanded):
    model = MLP(2, [2, 1], expanded=expanded)
    out = model([1.0, 2.0])
    scopes = {node.scope for node in topological_order(out) if node.parents}
    assert scopes == {"Layer 0 · neuron 0", "Layer 0 · neuron 1", "Layer 1 · neuron 0"}
    assert all(p.scope is None for p in model.parameters())


@FORMS
def test_a_neuron_without_a_name_belongs_to_the_scope_around_it(expanded):
    with scope("mine"):
        inside = Neuron(2, expanded=expanded)([1, 2])
    outside = Neuron(2, expanded=expanded)([1, 2])
    assert inside.scope == "mine"
    assert outside.scope is None


def test_a_model_pickles():
    random.seed(5)
    model = MLP(2, [3, 1])
    other = pickle.loads(pickle.dumps(model))
    assert other([1, 2]).data == model([1, 2]).data
    assert not set(model.parameters()) & set(other.parameters())
