"""Networks to PyTorch and back: the same outputs, the same gradients."""

import sys

import numpy as np
import pytest

from microgrid import GraphError, nn
from microgrid.nn.activations import ACTIVATIONS
from microgrid.nn.torch_export import MODULES, from_torch, to_torch


def network(name):
    """Two hidden layers and an output, the activation in the middle; softmax at the end."""
    if name == "softmax":
        return nn.MLP(3, [4, 5, 2], ["tanh", "relu"], "softmax", seed=3)
    return nn.MLP(3, [4, 5, 2], ["tanh", name], seed=3)


X = np.random.default_rng(0).normal(size=(20, 3)) * 3


@pytest.mark.parametrize("name", [*MODULES, "linear"])
def test_outputs_and_gradients_are_the_same(torch, name):
    model = network(name)
    there = to_torch(model.arrays())
    x = torch.from_numpy(X)
    assert np.abs(there(x).detach().numpy() - model.predict(X)).max() < 1e-14

    (there(x) ** 2).sum().backward()
    for row in X.tolist():
        sum(out**2 for out in model(row)).backward()
    grads = [p.grad.numpy() for p in there.parameters()]
    ours = [np.array([[w.grad for w in neuron.w] for neuron in layer.neurons]) for layer in model.layers]
    biases = [np.array([neuron.b.grad for neuron in layer.neurons]) for layer in model.layers]
    for theirs, mine in zip(grads, [each for pair in zip(ours, biases) for each in pair]):
        assert np.abs(theirs - mine).max() < 1e-11 * max(1, np.abs(mine).max())


@pytest.mark.parametrize("name", [*MODULES, "linear"])
def test_there_and_back_is_a_copy(torch, name):
    model = network(name)
    back = nn.MLP.from_arrays(*from_torch(to_torch(model.arrays())))
    assert repr(back) == repr(model)
    assert back.state_dict() == model.state_dict()


def test_every_activation_has_a_module_or_a_reason(torch):
    for name in ACTIVATIONS.keys() - MODULES.keys() - {"linear"}:
        with pytest.raises(GraphError, match=f"^PyTorch has no module for '{name}'; there is one for relu, "):
            to_torch(nn.MLP(2, [1], output=name).arrays())


def test_softplus_is_exact_beyond_the_threshold_of_pytorch(torch):
    model = nn.MLP.from_arrays([[[1.0]]], [[0.0]], "softplus")
    z = np.array([[20.5], [30.0], [39.9], [40.1], [800.0], [-800.0]])
    there = to_torch(model.arrays())(torch.from_numpy(z)).detach().numpy()[:, 0]
    assert there == pytest.approx(model.predict(z), rel=1e-15)


def test_nothing_is_drawn_at_random(torch):
    torch.manual_seed(1)
    first = torch.rand(1)
    torch.manual_seed(1)
    to_torch(nn.MLP(2, [3]).arrays())
    assert torch.rand(1) == first


def test_their_numbers_are_copies(torch):
    model = nn.MLP(2, [1], seed=0)
    there = to_torch(model.arrays())
    with torch.no_grad():
        there[0].weight.zero_()
    assert all(p.data for p in model.layers[0].neurons[0].w)


def test_floats_and_missing_biases_are_read(torch):
    module = torch.nn.Sequential(torch.nn.Linear(2, 3, bias=False), torch.nn.LeakyReLU(), torch.nn.Linear(3, 1))
    model = nn.MLP.from_arrays(*from_torch(module))
    assert model.arrays().activations == ["leaky_relu", "linear"]
    assert model.arrays().biases[0].tolist() == [0, 0, 0]
    there = module(torch.from_numpy(X[:, :2]).float()).detach().numpy()[:, 0]
    assert model.predict(X[:, :2]) == pytest.approx(there, rel=1e-5, abs=1e-6)


def test_what_is_no_network_here_is_refused_with_its_place(torch):
    n = torch.nn
    cases = [
        (n.Linear(2, 1), "a Linear is no torch.nn.Sequential; put its layers in one, one by one"),
        (n.Sequential(), "the Sequential has no Linear, so no layer; give it at least one"),
        (n.Sequential(n.Linear(2, 1), n.Dropout(0.5)), "module 1 is Dropout(p=0.5, inplace=False); a network here is made of"),
        (n.Sequential(n.ReLU()), "module 0 is ReLU(), and no Linear stands before it"),
        (n.Sequential(n.Linear(2, 1), n.ReLU(), n.Tanh()), "module 2 is Tanh(), and no Linear stands before it"),
        (n.Sequential(n.Linear(2, 1), n.LeakyReLU(0.2)), "module 1 is LeakyReLU(negative_slope=0.2), but leaky_relu here is LeakyReLU(negative_slope=0.01)"),
        (n.Sequential(n.Linear(2, 1), n.Softplus(beta=2)), "but softplus here is Softplus(beta=1, threshold=40)"),
        (n.Sequential(n.Linear(2, 1), n.ELU(0.5)), "module 1 is ELU(alpha=0.5), but elu here is ELU(alpha=1)"),
        (n.Sequential(n.Linear(2, 1), n.GELU("tanh")), "module 1 is GELU(approximate='tanh'), but gelu here is GELU(approximate=none)"),
        (n.Sequential(n.Linear(2, 1), n.Softmax(dim=0)), "module 1 is Softmax(dim=0), but softmax here is Softmax(dim=-1)"),
        (n.Sequential(n.Linear(2, 3), n.Linear(2, 1)), "W of layer 2 has the shape (1, 2), but layer 1 has 3 neurons"),
    ]  # fmt: skip
    for module, message in cases:
        with pytest.raises(GraphError) as refused:
            nn.MLP.from_arrays(*from_torch(module))
        assert message in str(refused.value) and "\n" not in str(refused.value)


def test_a_network_of_no_layers_is_refused(torch):
    with pytest.raises(GraphError, match="a network of 0 layers has no shape"):
        to_torch(nn.MLP(2, []).arrays())


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(GraphError, match=r'need torch; pip install "microgrid-autograd\[torch\]"'):
        from_torch(None)
