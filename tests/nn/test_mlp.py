"""Neurons, layers and networks: one node a neuron or every node, the same bits."""

from __future__ import annotations

import copy
import math
import pickle
import random
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import Graph, GraphError, NotRealError, Value, explain
from microgrid.engine import scope, topological_order
from microgrid.nn import MLP, Layer, Module, Neuron
from microgrid.nn.activations import ACTIVATIONS, INITIALISERS, slopes
from microgrid.nn.checkpoint import parameter_names

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
    "inputs",
    [[1, -2], (1.0, -2.0), np.array([1.0, -2.0]), iter([1, -2]), [Value(1.0), -2]],
    ids=["list", "tuple", "array", "iterator", "values"],
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


def test_accuracy_is_a_method_too():
    model = MLP.from_arrays([[[1, 1]]], [[-1.5]], "linear")
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    assert model.accuracy(X, y) == 1
    assert model.accuracy(X, y, threshold=-1) == 0.5
    assert model.layers[0].accuracy(X, y) == 1
    with pytest.raises(GraphError, match="accuracy is for labels"):
        model.accuracy(X, [0.1, 2, 3, 4])


def test_a_neuron_needs_an_input():
    with pytest.raises(GraphError, match=r"a neuron with 0 inputs; give a whole number, at least 1"):
        Neuron(0)


@FORMS
def test_every_node_knows_its_neuron(expanded):
    model = MLP(2, [2, 1], expanded=expanded)
    out = model([1.0, 2.0])
    scopes = {node.scope for node in topological_order(out) if node.parents}
    assert scopes == {"Layer 1 · neuron 1", "Layer 1 · neuron 2", "Layer 2 · neuron 1"}
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


# ── activations ────────────────────────────────────────────────────────────────────────────

G = {
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * (np.exp(z) - 1)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "mish": lambda z: z * np.tanh(np.log(1 + np.exp(z))),
    "gelu": lambda z: z * (1 + np.array(list(map(math.erf, z / math.sqrt(2))))) / 2,
    "hardtanh": lambda z: np.clip(z, -1, 1),
    "step": lambda z: (z > 0) * 1.0,
    "linear": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(),
}
each_activation = pytest.mark.parametrize("activation", ACTIVATIONS)


def test_every_activation_is_tested():
    assert set(G) == set(ACTIVATIONS)


@FORMS
@each_activation
def test_forward_propagation_is_that_of_the_lecture(activation, expanded):
    """a¹ = x, z = W a + b, a = g(z), for any hidden activation and any output."""
    x = [0.3, -1.2, 0.7]
    for output in ACTIVATIONS:
        model = MLP(3, [4, 3], activation, output, seed=7, expanded=expanded)
        out = model(x)
        a = np.array(x)
        for W, b, name, layer in zip(*model.arrays(), model.layers):
            z = W @ a + b
            a = G[name](z)
            assert [each.data for each in layer.z] == pytest.approx(z, rel=1e-14, abs=1e-14)
            assert [each.data for each in layer.a] == pytest.approx(a, rel=1e-14, abs=1e-14)
        assert out == model.layers[-1].a and out is not model.layers[-1].a


@each_activation
def test_expanded_has_the_same_numbers_for_every_activation(activation):
    outs = [MLP(2, [3, 2], activation, "softmax", seed=3, expanded=each)([0.4, -0.9]) for each in (False, True)]
    assert [each.data for each in outs[0]] == [each.data for each in outs[1]]


def test_each_layer_has_its_own_activation():
    model = MLP(2, [3, 3, 2], ["tanh", "leaky_relu"], "softmax")
    assert [layer.activation for layer in model.layers] == ["tanh", "leaky_relu", "softmax"]
    assert MLP(2, [3, 1], ["tanh", "step"]).layers[1].activation == "step"
    assert MLP(2, [1], output="step").layers[0].activation == "step"
    assert MLP(2, [3, 1], "softmax").layers[0].softmax
    assert sum(each.data for each in model([1, 2])) == pytest.approx(1, abs=1e-15)


def test_reprs_of_activations():
    words = [
        "ReLU",
        "LeakyReLU",
        "Tanh",
        "Sigmoid",
        "Softplus",
        "ELU",
        "SELU",
        "SiLU",
        "Mish",
        "GELU",
        "Hardtanh",
        "Step",
        "Linear",
    ]
    found = [repr(Neuron(2, activation=name)) for name in ACTIVATIONS if name != "softmax"]
    assert found == [f"{word}Neuron(2)" for word in words]
    assert repr(Layer(1, 2, activation="softmax")) == "Layer of [LinearNeuron(1), LinearNeuron(1)] with softmax"


def test_a_perceptron_fires_above_its_threshold():
    both = MLP.from_arrays([[[1, 1]]], [[-1.5]], "step")
    assert [both([x, y]).data for x in (0, 1) for y in (0, 1)] == [0, 0, 0, 1]


def test_nonlin_is_read_and_set_as_in_micrograd():
    neuron = Neuron(2, activation="tanh")
    assert neuron.nonlin and not Neuron(2, nonlin=False).nonlin
    neuron.nonlin = False
    assert neuron.activation == "linear"
    neuron.nonlin = True
    assert neuron.activation == "relu"
    assert Layer(2, 2, nonlin=False).activation == "linear"


def test_the_softmax_of_a_layer_belongs_to_the_layer():
    out = MLP(2, [2, 2], "tanh", "softmax", seed=1)([1, 2])
    assert [each.scope for each in out] == ["Layer 2 · softmax 1", "Layer 2 · softmax 2"]
    assert {each.scope for each in out[0].parents} == {"Layer 2 · neuron 1", "Layer 2 · neuron 2"}


def mixed():
    model = MLP(2, [2, 1])
    model.layers[0].neurons[1].nonlin = False
    return model


REFUSED = [
    (lambda: MLP(2, [3, 1], "sigmod"), "no activation is called 'sigmod'; did you mean 'sigmoid'?"),
    (lambda: MLP(2, [3, 1], "Swish"), "no activation is called 'Swish'; did you mean 'silu'?"),
    (lambda: MLP(2, [3, 1], init="Kaiming_normal"), "no initialiser is called 'Kaiming_normal'; did you mean 'he'?"),
    (lambda: MLP(2, [3, 1], init="glorot"), "no initialiser is called 'glorot'; did you mean 'xavier'?"),
    (lambda: MLP(2, [3, 1], output="zzz"), "no activation is called 'zzz'; there are relu, leaky_relu, tanh, sigmoid, softplus, elu, selu, silu, mish, gelu, hardtanh, step, linear, softmax"),
    (lambda: MLP(2, [3, 1], [None]), "no activation is called None; there are relu, leaky_relu, tanh, sigmoid, softplus, elu, selu, silu, mish, gelu, hardtanh, step, linear, softmax"),
    (lambda: MLP(2, [3, 3, 1], ["relu"]), "1 activations for 3 layers; give 2, and the output apart, or 3"),
    (lambda: MLP(2, [1], ["relu", "tanh"]), "2 activations for 1 layer; give 1"),
    (lambda: MLP(2, [3, 1], ["relu", "tanh"], "step"), "the last layer is 'tanh' in the list and 'step' as output; leave one of them out"),
    (lambda: MLP(2, 3), "nouts is 3; it is a list, one number for each layer, as in MLP(2, [3])"),
    (lambda: MLP(2, np.int64(3)), "nouts is 3; it is a list, one number for each layer, as in MLP(2, [3])"),
    (lambda: MLP(2, [3, 0]), "a layer with 0 neurons; give a whole number, at least 1"),
    (lambda: MLP(2, ["3", 1]), "a layer with '3' neurons; give a whole number, at least 1"),
    (lambda: MLP("2", [1]), "a neuron with '2' inputs; give a whole number, at least 1"),
    (lambda: MLP(2.0, [1]), "a neuron with 2.0 inputs; give a whole number, at least 1"),
    (lambda: MLP(2, [3, 1])(3), "the input is 3, and a list belongs here, one number for each input; give [x] where there is one"),
    (lambda: MLP(2, [3, 1], labels=True)(Value(3)), "the input is Value(data=3.0, grad=0.0), and a list belongs here, one number for each input; give [x] where there is one"),
    (lambda: Neuron(1)(np.array(3)), "the input is array(3), and a list belongs here, one number for each input; give [x] where there is one"),
    (lambda: MLP(2, [1], init="xavjer"), "no initialiser is called 'xavjer'; did you mean 'xavier'?"),
    (lambda: MLP(2, [1], rng=3), "rng is a int, which cannot draw; give random.Random(0), or a seed"),
    (lambda: MLP(2, [1], rng=random.Random(1), seed=1), "an rng and the seed 1; give one of them"),
    (lambda: Neuron(2, activation="softmax"), "a neuron has no softmax of its own; Layer(nin, nout, activation='softmax') has"),
    (lambda: MLP(2, []).shape, "a network of 0 layers has no shape; MLP(2, [1]) has one layer"),
    (lambda: mixed().arrays(), "neurons of one layer fire by relu and linear; give all of them one activation"),
    (lambda: slopes("softmax", np.zeros(2)), "softmax has no g'(z): each output depends on every z; its Jacobian is diag(a) - a aᵀ"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), REFUSED, ids=[text[:40] for _, text in REFUSED])
def test_what_does_not_fit_is_named(make, text):
    with pytest.raises(GraphError) as caught:
        make()
    assert str(caught.value) == text


# ── where weights start ────────────────────────────────────────────────────────────────────


def weights(model):
    return [w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w]


@pytest.mark.parametrize(
    ("init", "limit", "variance"),
    [
        ("uniform", 1, 1 / 3),
        ("xavier", (6 / 120) ** 0.5, 2 / 120),
        ("he", None, 2 / 80),
        ("zeros", 0, 0),
    ],
)
def test_initialisers_have_their_range_and_variance(init, limit, variance):
    found = np.array(weights(MLP(80, [40], init=init, seed=5)))
    assert len(found) == 3200
    assert found.mean() == pytest.approx(0, abs=4 * (variance / 3200) ** 0.5)
    assert found.var() == pytest.approx(variance, rel=0.1)
    if limit is not None:
        assert abs(found).max() <= limit
        assert abs(found).max() >= 0.99 * limit


@pytest.mark.parametrize("init", INITIALISERS)
def test_biases_start_at_zero(init):
    assert all(neuron.b.data == 0 for layer in MLP(2, [3, 1], init=init).layers for neuron in layer.neurons)


def test_a_seed_draws_the_same_weights_and_leaves_the_module_alone():
    random.seed(11)
    state = random.getstate()
    first, second = MLP(2, [3, 1], seed=4), MLP(2, [3, 1], rng=random.Random(4))
    assert random.getstate() == state
    assert weights(first) == weights(second) != weights(MLP(2, [3, 1], seed=5))
    random.seed(4)
    assert weights(MLP(2, [3, 1])) == weights(first)


def test_equal_weights_stay_equal():
    """The lecture's warning: from zeros every neuron of a layer learns the same, here nothing at all."""
    model = MLP(2, [3, 1], "tanh", init="zeros")
    (model([1.0, -2.0]) - 1).pow(2).backward()
    assert sum(p.grad != 0 for p in model.parameters()) == 1


# ── names ──────────────────────────────────────────────────────────────────────────────────


def test_parameters_are_named_as_books_write_them():
    model = MLP(2, [3, 1])
    named = model.named_parameters()
    assert list(named) == "w1_11 w1_12 b1_1 w1_21 w1_22 b1_2 w1_31 w1_32 b1_3 w2_11 w2_12 w2_13 b2_1".split()
    assert list(named.values()) == model.parameters()
    assert named["w1_32"] is model.layers[0].neurons[2].w[1]
    assert list(Neuron(2).named_parameters()) == ["w1", "w2", "b"]
    assert list(Layer(1, 2).named_parameters()) == ["w11", "b1", "w21", "b2"]
    assert MLP(2, []).named_parameters() == {}


@given(st.lists(st.integers(1, 13), min_size=2, max_size=4))
def test_names_are_unique_at_any_size(shape):
    names = parameter_names(shape)
    assert len(set(names)) == len(names) == sum((n + 1) * m for n, m in pairwise(shape))


def test_a_module_of_ones_own_has_names_too():
    class Line(Module):
        def __init__(self):
            self.k, self.d = Value(2.0), Value(1.0)

        def parameters(self):
            return [self.k, self.d]

        def __call__(self, x):
            return self.k * x[0] + self.d

    line = Line()
    assert line.state_dict() == {"p1": 2.0, "p2": 1.0}
    line.load_state_dict({"p2": 5, "p1": -1})
    assert line.predict([[1], [2]]).tolist() == [4, 3]


def test_no_label_unless_it_is_asked_for():
    model = MLP(2, [3, 1])
    out = model([1, 2])
    assert {node.label for node in topological_order(out)} == {""}


@FORMS
def test_labels_read_as_a_book(expanded):
    model = MLP(2, [2, 1], "sigmoid", labels=True, expanded=expanded)
    out = model([0.5, 0.1])
    view = Graph(out).view("named")
    assert sorted(view.labels) == sorted(
        [*model.named_parameters(), "x1", "x2", "z1_1", "a1_1", "z1_2", "a1_2", "a2_1"]
    )
    derivative = explain(out, "w1_12", level="named")
    assert "∂a2_1/∂w1_12 = ∂a2_1/∂a1_1 · ∂a1_1/∂z1_1 · ∂z1_1/∂w1_12" in str(derivative)


def test_labels_do_not_touch_what_a_person_named():
    x = Value(1.0, label="mine"), Value(2.0)
    model = MLP(2, [1])
    model.label()
    model(x)
    assert [each.label for each in x] == ["mine", ""]


# ── predictions ────────────────────────────────────────────────────────────────────────────


@each_activation
@pytest.mark.parametrize("output", ACTIVATIONS)
def test_predictions_are_the_numbers_of_a_call(activation, output):
    X = np.random.default_rng(0).normal(0, 2, (7, 3))
    model = MLP(3, [4, 2], activation, output, seed=2)
    wanted = [[each.data for each in model(row)] for row in X]
    last = [layer.z for layer in model.layers]
    assert model.predict(X).tolist() == wanted
    assert [layer.z for layer in model.layers] == last


def test_one_output_is_one_number_a_sample():
    model = MLP(2, [3, 1], seed=1)
    assert model.predict([[1, 2], [3, 4]]).tolist() == [model([1, 2]).data, model([3, 4]).data]
    assert MLP(2, [3, 2]).predict(np.zeros((0, 2))).shape == (0, 2)
    assert mixed_prediction() == [1.0, -1.0]


def mixed_prediction():
    """A subclass may compute as it likes; predictions follow."""

    class Flipped(MLP):
        def __call__(self, x):
            return -super().__call__(x)

    return Flipped.from_arrays([[[1.0]]], [[0.0]], "linear").predict([[-1], [1]]).tolist()


def test_infinities_go_through_a_prediction_quietly():
    model = MLP(2, [2, 2], "tanh", seed=1)
    X = [[np.inf, 1], [np.nan, 1], [1e308, 1e308]]
    wanted = [[each.data for each in model(row)] for row in X]
    np.testing.assert_array_equal(model.predict(X), wanted)


SHAPES = [
    ([1, 2], "X has the shape (2,), and (samples, 2) belongs here; one sample is [x]"),
    (3, "X has the shape (), and (samples, 2) belongs here; one sample is [x]"),
    ([[1, 2, 3]], "X has the shape (1, 3), and (samples, 2) belongs here; a row has one number per input"),
    ([["a", "b"]], "X is no array of real numbers: it holds str_"),
    ([[Value(1), 2]], "X is no array of real numbers: it holds Value"),
]


@pytest.mark.parametrize(("X", "text"), SHAPES, ids=[text for _, text in SHAPES])
def test_samples_of_another_shape_are_refused(X, text):
    with pytest.raises(GraphError) as caught:
        MLP(2, [3, 1]).predict(X)
    assert str(caught.value) == text


def test_one_input_is_a_column():
    with pytest.raises(
        GraphError,
        match=re.escape("X has the shape (3,), and (samples, 1) belongs here; one input each is x.reshape(-1, 1)"),
    ):
        MLP(1, [1]).predict([1, 2, 3])
    with pytest.raises(GraphError, match="X is no array of real numbers"):
        MLP(2, [1]).predict([[1, 2], [3]])


# ── arrays ─────────────────────────────────────────────────────────────────────────────────


def test_there_and_back_by_arrays():
    model = MLP(3, [4, 2], ["tanh", "softmax"], seed=9)
    arrays = model.arrays()
    assert [w.shape for w in arrays.weights] == [(4, 3), (2, 4)] and [b.shape for b in arrays.biases] == [(4,), (2,)]
    other = MLP.from_arrays(*arrays, expanded=True, labels=True)
    assert other.state_dict() == model.state_dict() and other.shape == arrays.shape == (3, 4, 2)
    assert [each.data for each in other([1, 2, 3])] == [each.data for each in model([1, 2, 3])]
    arrays.weights[0][:] = 0
    assert other.state_dict() == model.state_dict()


ODD = [
    (([], [], []), "0 weight matrices, 0 biases and 0 activations; each layer has one of each, and there is at least one layer"),
    (([[[1]]], [[1], [2]], "relu"), "1 weight matrices, 2 biases and 1 activations; each layer has one of each, and there is at least one layer"),
    (([[1, 2]], [[1]], "relu"), "W of layer 1 has the shape (2,); (neurons, inputs) belongs here"),
    (([[[1, 2]]], [[1, 2]], "relu"), "b of layer 1 has the shape (2,) beside W of (1, 2); one bias for each neuron"),
    (([[[1, 2]]], [1], "relu"), "b of layer 1 has the shape () beside W of (1, 2); one bias for each neuron"),
    (([[[1, 2]], [[1, 2]]], [[1], [1]], "relu"), "W of layer 2 has the shape (1, 2), but layer 1 has 1 neurons; it needs one column for each"),
    (([[["a"]]], [[1]], "relu"), "W of layer 1 is no array of real numbers: it holds str_"),
    (([[[1]]], [[1]], "rel"), "no activation is called 'rel'; did you mean 'relu'?"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "text"), ODD, ids=[text[:50] for _, text in ODD])
def test_arrays_that_do_not_fit_are_refused(arguments, text):
    with pytest.raises(GraphError) as caught:
        MLP.from_arrays(*arguments)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: MLP(2, [3, 1], activation=math.tanh),
            "activation is a builtin_function_or_method, and a name belongs here; did you mean 'tanh'?",
        ),
        (
            lambda: MLP(2, [3, 1], activation=3),
            "activation is a int, and a name belongs here; give its name, such as 'tanh'",
        ),
        (lambda: MLP(2, [3, 1], activation="ReLU"), "no activation is called 'ReLU'; did you mean 'relu'?"),
        (lambda: MLP(2, [3, 1], output="Softmax"), "no activation is called 'Softmax'; did you mean 'softmax'?"),
        (
            lambda: MLP(2, [1]).load_state_dict(None),
            "a state is a mapping from names to numbers, not None; give it state_dict()",
        ),
    ],
)
def test_things_of_another_kind_are_refused(make, text):
    with pytest.raises(GraphError) as caught:
        make()
    assert str(caught.value) == text


# ── the last call ──────────────────────────────────────────────────────────────────────────


def test_a_copy_is_without_the_last_call():
    model = MLP(2, [3, 1], seed=1)
    assert model.layers[0].z == model.layers[0].a == model.layers[0].x == []
    model([1, 2])
    other = copy.deepcopy(model)
    assert other.layers[0].z == [] and len(model.layers[0].z) == 3
    assert [each.data for each in model.layers[0].x] == [1, 2]
    assert other([1, 2]).data == model([1, 2]).data
