"""The matrix view: every identity of backpropagation on random networks, against the scalar graph."""

from __future__ import annotations

import copy
import random
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from outside import PATIENCE

from microgrid import GraphError, Value, accuracy
from microgrid.engine import gradients
from microgrid.engine.functions import logsumexp
from microgrid.nn import MLP, Neuron, matrices
from microgrid.nn.activations import ACTIVATIONS, activated, slopes
from microgrid.nn.matrices import LayerMatrices


def squared(outs, targets):
    """½ Σ (a - y)²"""
    return sum(0.5 * (a - y) ** 2 for a, y in zip(outs, targets))


def likelihood(outs, targets):
    """-ln softmax_c: from logits, c the largest target."""
    return logsumexp(outs) - outs[targets.index(max(targets))]


LOSSES = {"squared": squared, "likelihood": likelihood}
SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)
NAMES = st.lists(st.sampled_from(list(ACTIVATIONS)), min_size=4, max_size=4)


def trained_once(nin, sizes, names, seed, loss=squared, **options):
    """A network after one call and one backward pass."""
    rng = random.Random(seed)
    model = MLP(nin, sizes, names[: len(sizes)], rng=rng, **options)
    for p in model.parameters():
        p.data = rng.uniform(-1, 1)
    out = model([rng.uniform(-2, 2) for _ in range(nin)])
    outs = out if isinstance(out, list) else [out]
    cost = loss(outs, [rng.uniform(-1, 1) for _ in outs])
    cost.backward()
    return model, cost


@given(st.integers(1, 4), SIZES, NAMES, st.integers(0, 10**6), st.sampled_from(list(LOSSES)), st.booleans())
@settings(deadline=None, max_examples=150)
def test_the_vector_formulas_hold_on_any_network(nin, sizes, names, seed, loss, expanded):
    model, cost = trained_once(nin, sizes, names, seed, LOSSES[loss], expanded=expanded)
    assume(any(each.grad for each in model.layers[-1].a))  # the likelihood of one output is 1, whatever it is
    found = matrices(model)
    assert found.check() <= 1e-12
    true = gradients(cost)
    for layer, each, part in zip(found, found.formulas(), model.layers):
        wanted = np.array([[true[w] for w in neuron.w] for neuron in part.neurons])
        np.testing.assert_allclose(each.dW, wanted, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(each.db, [true[neuron.b] for neuron in part.neurons], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(layer.W @ layer.before + layer.b, layer.z, rtol=1e-13, atol=1e-13)
        np.testing.assert_array_equal(activated(layer.activation, layer.z), layer.a)


@given(st.integers(1, 4), SIZES, NAMES, st.integers(0, 10**6))
@settings(deadline=None, max_examples=100)
def test_every_identity_of_the_homework_neuron_by_neuron(nin, sizes, names, seed):
    """δ_j^l = Σ_k w_kj^(l+1) δ_k^(l+1) f'(z_j^l), ∂C/∂w_jk^l = a_k^(l-1) δ_j^l, ∂C/∂b_j^l = δ_j^l."""
    names = [name if name != "softmax" else "sigmoid" for name in names]
    model, _ = trained_once(nin, sizes, names, seed)
    layers = matrices(model)
    close = dict(rel=1e-12, abs=1e-12)
    last = layers[-1]
    for j, slope in enumerate(slopes(last.activation, last.z)):
        assert last.delta[j] == pytest.approx(last.grad_a[j] * slope, **close)
    for here, above in pairwise(layers):
        for j, slope in enumerate(slopes(here.activation, here.z)):
            total = sum(above.W[k, j] * above.delta[k] for k in range(len(above.delta)))
            assert here.delta[j] == pytest.approx(total * slope, **close)
    for layer in layers:
        for j, delta in enumerate(layer.delta):
            assert layer.db[j] == pytest.approx(delta, **close)
            for k, a in enumerate(layer.before):
                assert layer.dW[j, k] == pytest.approx(a * delta, **close)


def test_the_package_gives_the_function_and_numpy_waits_until_it_is_used():
    import microgrid

    assert microgrid.matrices is matrices
    assert microgrid.accuracy is accuracy
    program = "import sys, microgrid; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "False"


def test_the_lecture_s_formula_for_sigmoid_and_squared_loss():
    """On a 2-3-2 network: δ^L = (a^L - y) ⊙ g(z^L) ⊙ (1 - g(z^L)), and so on."""
    y = [1.0, 0.0]
    model = MLP(2, [3, 2], "sigmoid", "sigmoid", seed=8)
    squared(model([0.6, -0.4]), y).backward()
    first, last = matrices(model)
    delta = (last.a - y) * last.a * (1 - last.a)
    np.testing.assert_allclose(last.delta, delta, rtol=1e-12)
    np.testing.assert_allclose(last.dW, np.outer(delta, first.a), rtol=1e-12)
    np.testing.assert_allclose(first.delta, last.W.T @ delta * first.a * (1 - first.a), rtol=1e-12)
    np.testing.assert_allclose(first.dW, np.outer(first.delta, [0.6, -0.4]), rtol=1e-12)


def two_inputs():
    """The two-input sigmoid network of the lecture, one backward pass done."""
    model = MLP.from_arrays([[[0.2, 0.4], [0.3, 0.7]], [[0.6, 0.9]]], [[0.1, 0.2], [0.3]], "sigmoid")
    (-model([0.5, 0.1]).log()).backward()
    return model


def test_the_numbers_of_the_two_input_network():
    first, last = matrices(two_inputs())
    close = dict(rtol=1e-9)
    np.testing.assert_allclose(first.z, [0.24, 0.42], **close)
    np.testing.assert_allclose(first.a, [0.559713649267, 0.603483249865], **close)
    np.testing.assert_allclose(last.delta, [-0.235238682234], **close)
    np.testing.assert_allclose(last.dW, [[-0.1316663013, -0.1419626044]], **close)
    np.testing.assert_allclose(first.delta, [-0.0347825251836, -0.0506614955011], **close)
    np.testing.assert_allclose(first.dW, [[-0.01739126259, -0.003478252518], [-0.02533074775, -0.00506614955]], **close)


def test_a_wrong_formula_would_be_found():
    found = matrices(two_inputs())
    wrong = copy.deepcopy(found)
    wrong[0].W[:] += 0.1
    assert wrong.check() <= 1e-12  # no formula has W¹
    wrong[1].W[:] += 0.1
    assert wrong.check() > 1e-3
    model = two_inputs()
    model.zero_grad()
    (model([0.5, 0.1]) + 0.1 * sum(w * w for w in model.layers[0].neurons[0].w)).backward()
    assert matrices(model).check() == pytest.approx(0.968, rel=0.01)


# ── what is refused ────────────────────────────────────────────────────────────────────────


def uncalled():
    return MLP(2, [1], seed=1)


def moved():
    model = two_inputs()
    model.parameters()[2].data += 0.5
    return model


def before_backward():
    model = MLP(2, [2, 1], seed=1)
    model([1, 2])
    return model


def emptied():
    model = two_inputs()
    model.zero_grad()
    return model


def emptied_and_called():
    model = emptied()
    model([0.5, 0.1])
    return model


def twice():
    model = two_inputs()
    (-model([0.5, 0.1]).log()).backward()
    return model


REFUSED = [
    (lambda: Neuron(2), "matrices are those of an MLP, not of a Neuron"),
    (uncalled, "the network was not called yet; call it with one sample, then backward() on its loss"),
    (lambda: MLP(2, []), "the network was not called yet; call it with one sample, then backward() on its loss"),
    (before_backward, ("every gradient of the last call is 0: no backward() came after it, or its loss is flat there; "
            "loss.backward() first, then matrices(model)")),
    (emptied_and_called, ("every gradient of the last call is 0: no backward() came after it, or its loss is flat "
            "there; loss.backward() first, then matrices(model)")),
    (emptied, ("the gradients of all 9 parameters are 0: zero_grad() came after backward(); "
            "zero_grad(), one call, one backward()")),
    (moved, ("z1_1 is 0.24, but W a + b is 0.74: the parameters have changed since the last call; "
            "call the network again, then backward()")),
    (twice, ("the gradient of b1_1 is -0.06957, but that of z1_1 in the last call is -0.03478, "
            "and one sample has them equal; zero_grad(), one call, one backward()")),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text"), REFUSED, ids=[make.__name__ for make, _ in REFUSED])
def test_what_is_not_one_sample_is_refused(make, text):
    with pytest.raises(GraphError) as caught:
        matrices(make())
    assert str(caught.value) == text


def test_a_perceptron_has_a_backward_pass_that_ends_at_its_step():
    model = MLP.from_arrays([[[1, 1]]], [[0.5]], "step")
    (model([1, 2]) - 3).backward()
    (layer,) = matrices(model)
    assert layer.grad_a.tolist() == [1] and not layer.dW.any()


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9, 1e-290])
def test_a_check_is_relative_at_any_size(scale):
    model = MLP(3, [4, 4, 2], "tanh", "softmax", seed=3)
    (squared(model([0.3, -0.5, 0.8]), [1, 0]) * scale).backward()
    found = matrices(model)
    assert found.check() <= 1e-12
    found[1].dW[2, 1] *= 2
    assert 0.05 < found.check() <= 1
    found[1].dW[2, 1] = np.nan
    assert np.isnan(found.check())


def test_a_check_bears_that_much_cancels():
    w = [[1e8, -1e8 * (1 + 1e-9)], [3e7, 2e7]]
    model = MLP.from_arrays([[[0.3, 0.7], [0.2, 0.9]], w, [[1e8, -1e8], [1e8, 1e8]]], [[0, 0]] * 3, "linear")
    squared(model([1.0, 0.7]), [1, 0]).backward()
    assert matrices(model).check() <= 1e-12


# ── as text and LaTeX ──────────────────────────────────────────────────────────────────────


def test_the_table():
    found = matrices(two_inputs())
    assert len(found) == 2 and isinstance(found[0], LayerMatrices)
    assert repr(found) == "<matrices of a network: 2 → 2 → 1>"
    assert str(found) == found.table(digits=4)
    assert found.table(3).split("\n\n")[:3] == [
        "Layer 1: 2 → 2, sigmoid",
        ("j  w_j1  w_j2    b     z      a\n"
        "1   0.2   0.4  0.1  0.24   0.56\n"
        "2   0.3   0.7  0.2  0.42  0.603"),
        ("j  δ = ∂C/∂b  ∂C/∂w_j1  ∂C/∂w_j2\n"
        "1    -0.0348   -0.0174  -0.00348\n"
        "2    -0.0507   -0.0253  -0.00507"),
    ]  # fmt: skip


@pytest.mark.parametrize("digits", [1, 4, 17])
@pytest.mark.parametrize("nin", [1, 3, 8, 40])
def test_a_table_fits_80_columns(nin, digits):
    model, _ = trained_once(nin, [30, 20], ["tanh", "softmax"], 1)
    lines = str(matrices(model).table(digits)).splitlines()
    if digits < 17:
        assert max(map(len, lines)) <= 80
    assert any(line.strip() == "…" for line in lines)
    assert [line.split()[0] for line in lines[2:15]] == ["j", *map(str, range(1, 11)), "…", "30"]


def test_the_latex():
    text = matrices(two_inputs()).latex(digits=3)
    assert text.splitlines()[1:4] == [
        r"\delta^{2} &= \nabla_{a^{2}} C \odot \sigma'\left(z^{2}\right) = \begin{pmatrix} -0.235 \end{pmatrix} \\",
        (
            r"\frac{\partial C}{\partial W^{2}} &= \delta^{2} \left(a^{1}\right)^{\top} = "
            r"\begin{pmatrix} -0.132 & -0.142 \end{pmatrix} \\"
        ),
        r"\frac{\partial C}{\partial b^{2}} &= \delta^{2} = \begin{pmatrix} -0.235 \end{pmatrix} \\",
    ]
    assert text.splitlines()[4].startswith(
        r"\delta^{1} &= \left(W^{2}\right)^{\top} \delta^{2} \odot \sigma'\left(z^{1}\right) = "
    )


@pytest.mark.parametrize("output", ACTIVATIONS)
def test_the_latex_of_every_activation_is_whole(output):
    model, _ = trained_once(12, [20, 2], ["leaky_relu", output], 3)
    found = matrices(model)
    text = found.latex()
    assert text.count("{") == text.count("}") and text.count(r"\left(") == text.count(r"\right)")
    assert r"\operatorname{LeakyReLU}'\left(z^{1}\right)" in text and r"\vdots" in text and r"\cdots" in text
    assert (r"\operatorname{diag}" in text) == (output == "softmax")
    assert found._repr_latex_() == f"$$\n{text}\n$$"
    rows = text.splitlines()[1:-1]
    assert len(rows) == 6 and all(row.count("&=") == 1 for row in rows)


def test_nothing_heavy_is_imported():
    program = "import sys, microgrid.matrices; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert not {"rich", "matplotlib", "sympy", "graphviz"} & set(done.stdout.split())


def test_matrices_of_values_as_inputs():
    model = MLP(1, [1], "tanh", "tanh", seed=1)
    x = Value(0.5)
    model([x]).backward()
    (layer,) = matrices(model)
    assert layer.before.tolist() == [0.5] and (layer.W.T @ layer.delta).item() == pytest.approx(x.grad, rel=1e-15)
