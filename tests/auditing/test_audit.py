"""`audit`: right backward passes are right, in one wrong line the array and the cause are found."""

from __future__ import annotations

import json
import math
import pickle
import re

import autograd
import autograd.numpy
import numpy as np
import pytest
from backward_passes import BATCH_NORM, NETWORKS, RECURRENT, SOFTMAX, arrays_for, backward, forward, recorded
from planted_passes import PLANTED

from microgrid import GraphError, Value, audit, values_like
from microgrid.auditing.causes import CAUSES
from microgrid.auditing.findings import Finding, Report

each_network = pytest.mark.parametrize("network", NETWORKS, ids=lambda each: each.name)
each_precision = pytest.mark.parametrize("kind", [np.float64, np.float32])


def audited(network, line="", instead="", kind=np.float64, seed=3, only=None, **sizes):
    """The report on a backward pass of a network, all its variables given."""
    arrays = arrays_for(network, np.random.default_rng(seed), kind, **sizes)
    values = recorded(network, arrays)
    given = backward(network, forward(network, arrays), line, instead)
    return audit(values["loss"], {key: given[key] for key in only or given}, names=values)


# ── right ones ─────────────────────────────────────────────────────────────────────────────


@each_network
def test_the_right_passes_are_those_of_autograd(network):
    """The oracle is NumPy by hand; HIPS autograd differentiates the same forward pass."""
    arrays = arrays_for(network, np.random.default_rng(0))
    given = backward(network, forward(network, arrays))

    def loss(*leaves):
        return forward(network, {**arrays, "np": autograd.numpy, **dict(zip(network.leaves, leaves))})["loss"]

    places = tuple(range(len(network.leaves)))
    wanted = autograd.grad(loss, places)(*(arrays[name] for name in network.leaves))
    for name, gradient in zip(network.leaves, wanted):
        if f"d{name}" in given:
            np.testing.assert_allclose(given[f"d{name}"], gradient, rtol=1e-9, atol=1e-12)


@each_network
def test_a_forward_pass_runs_unchanged_on_values(network):
    arrays = arrays_for(network, np.random.default_rng(0))
    assert recorded(network, arrays)["loss"].data == pytest.approx(forward(network, arrays)["loss"], rel=1e-12)


@each_precision
@each_network
def test_no_right_pass_is_called_wrong(network, kind):
    """Of 240 in all, of any shape and scale."""
    for seed in range(30):
        rng = np.random.default_rng(seed)
        sizes = {name: int(rng.integers(least, 6)) for name, least in (("N", 2), ("D", 1), ("H", 1), ("C", 2))}
        arrays = arrays_for(network, rng, kind, **sizes)
        scale = kind(10.0 ** rng.uniform(-2, 0.5))
        arrays |= {name: arrays[name] * scale for name in network.leaves}
        values = recorded(network, arrays)
        report = audit(values["loss"], backward(network, forward(network, arrays)), names=values)
        assert report.is_right, f"{seed}, {sizes}, {scale}\n{report}"


def test_any_slope_at_a_kink_is_right():
    z = values_like([[0.0, 1.0], [-1.0, 0.0]])
    h = np.maximum(0, z)
    loss = (h * [[1.0, 2.0], [3.0, 4.0]]).sum()
    for slope in (0.0, 0.5, 1.0):
        assert audit(loss, {"dz": [[slope, 2.0], [0.0, 4 * slope]]}).is_right
    assert not audit(loss, {"dz": [[0.25, 2.0], [0.0, 1.0]]}).is_right


# ── wrong ones ─────────────────────────────────────────────────────────────────────────────


@each_precision
@pytest.mark.parametrize(("network", "line", "instead", "wrong", "cause"), PLANTED)
def test_a_planted_mistake_is_found(network, line, instead, wrong, cause, kind):
    """The array, alone, and the cause; what comes of it is carried, and the rest is right."""
    report = audited(network, line, instead, kind)
    assert report.first.name == wrong
    assert [each.name for each in report.findings if each.verdict == "wrong"] == [wrong]
    assert report.first.cause == cause or (kind is np.float32 and report.first.cause)
    astray = {each.name for each in report.findings if not each.is_right}
    assert all(each.is_right or astray.issuperset(each.astray) for each in report.findings)
    assert all(each.astray for each in report.findings if each.verdict == "carried")


def test_the_mistakes_are_many():
    assert len(PLANTED) >= 90
    assert len({(line, instead) for _, line, instead, *_ in PLANTED}) >= 85


def test_a_cause_is_found_behind_gradients_that_were_not_given():
    """Of the leaves alone: what was mistaken between them and the loss, in all of them."""
    for network, line, instead, cause in (
        (SOFTMAX, "dh * (z1 > 0)", "dh", "∂h/∂z1 is missing"),
        (SOFTMAX, "dz2 /= N * 1\n".replace(" * 1", ""), "\n", "the division by 5 is missing"),
        (BATCH_NORM, "da * (1 - a ** 2)", "da * (1 - out ** 2)", "tanh′ is taken as 1 − out², not as 1 − a²"),
        (BATCH_NORM, "dz = dxc + dmu / N", "dz = dxc", "the path through mu is missing"),
        (RECURRENT, "dh[k + 1] * (1 - h[k + 1] ** 2)", "dh[k + 1]", "∂h/∂z is missing"),
        (RECURRENT, "dh_next = dz[k] @ Wh.T", "dh_next = dz[k] @ Wh", "Wh is transposed in the product, or has to be"),
    ):
        leaves = [f"d{name}" for name in network.leaves if f"d{name}" in network.given]
        report = audited(network, line, instead, only=leaves)
        assert cause in {each.cause for each in report.findings}, line
        assert all(each.cause for each in report.findings if each.verdict == "wrong")


# name: a function of x, and what is claimed of its slope at x = 0.7 by the exponential e and its mistake
def exponential(f):
    return lambda x: f(x.exp())


SMALL = {
    "exp′ has the wrong sign": (lambda x: (3 * x).exp(), lambda x: -3 * math.exp(3 * x), "each has the wrong sign"),
    "a difference": (exponential(lambda e: e - e * e), lambda x: math.exp(x) + 2 * math.exp(2 * x), "wrong sign"),
    "a quotient": (
        exponential(lambda e: e / (1 + e)),
        lambda x: math.exp(x) / (1 + math.exp(x)) + math.exp(2 * x) / (1 + math.exp(x)) ** 2,
        "wrong sign",
    ),
    "atan′ turned": (
        exponential(lambda e: e * e.atan()),
        lambda x: math.exp(x) * (math.atan(math.exp(x)) - math.exp(x) / (1 + math.exp(2 * x))),
        "atan′ has the wrong sign",
    ),
    "sin′ doubled": (
        exponential(lambda e: e * e.sin()),
        lambda x: math.exp(x) * (math.sin(math.exp(x)) + 2 * math.exp(x) * math.cos(math.exp(x))),
        "twice as large",
    ),
    "sin′ halved": (
        exponential(lambda e: e * e.sin()),
        lambda x: math.exp(x) * (math.sin(math.exp(x)) + math.exp(x) * math.cos(math.exp(x)) / 2),
        "half as large",
    ),
    "z for a": (lambda x: x.tanh(), lambda x: 1 - x**2, "tanh′ is taken as 1 − x²"),
    "left out": (lambda x: 3 * x.tanh(), lambda x: 3.0, "tanh′ is missing"),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_mistake_in_a_formula_without_names(name):
    function, claimed, cause = SMALL[name]
    report = audit(function, 0.7, claimed)
    assert cause in report.first.cause, report


def test_only_the_first_steps_in_time():
    """A sum over time that ends too early."""
    w = values_like(np.array([0.3, -0.2]))
    h = [values_like(np.array([1.0, 2.0]))]
    for _ in range(5):
        h.append(np.tanh(w * h[-1] + 0.1))
    loss = h[-1].sum()
    numbers, slopes = [np.array([each.data for each in step]) for step in h], np.array([each.data for each in w])
    dw, dh = np.zeros(2), np.ones(2)
    for k in reversed(range(3, 5)):
        dz = dh * (1 - numbers[k + 1] ** 2)
        dw, dh = dw + dz * numbers[k], dz * slopes
    report = audit(loss, {"dw": dw}, names={"w": w, "h": h})
    assert report.first.cause == "of w, the paths through h[1], h[2], h[3] are missing"


def test_a_column_for_a_row_of_sums():
    """A sum along the wrong axis of a square array has the right shape."""
    report = audited(SOFTMAX, "db1 = dz1.sum(axis=0)", "db1 = dz1.sum(axis=1)", N=4, H=4)
    assert report.first.cause == "this is the sum of dz1 over axis 1"


def test_a_second_mistake_is_told_apart_from_what_the_first_carries():
    wrong = SOFTMAX._replace(backward=SOFTMAX.backward.replace("dz2 /= N\n", "").replace("h.T @ dz2", "z1.T @ dz2"))
    report = audited(wrong)
    assert [each.name for each in report.findings if each.verdict == "wrong"] == ["dz2", "dW2"]
    assert report["dW2"].cause == "z1 stands where h belongs"
    assert report["W2"].astray == ("dz2",)
    assert "besides, it follows your dz2, which is wrong" in str(report["dW2"])


def test_numbers_that_nothing_explains_are_told():
    report = audited(SOFTMAX, "db1 = dz1.sum(axis=0)", "db1 = dz1.sum(axis=0); db1[2] = 0.123")
    assert report.first.name == "db1" and not report.first.cause
    assert report.first.detail.startswith("1 of 4 numbers, db1[2] is 0.123, not ")


def test_every_row_of_the_catalogue_is_the_cause_of_something(monkeypatch):
    """Of a planted mistake here, or of one in a formula without names."""
    reached = set()

    def watched(row):
        def make(line):
            for numbers, shown in row.make(line):
                if line.is_made(numbers):
                    reached.add(row)
                yield numbers, shown

        return row._replace(make=make)

    monkeypatch.setattr("microgrid.auditing.causes.CAUSES", [watched(row) for row in CAUSES])
    for network, line, instead, *_ in PLANTED:
        audited(network, line, instead)
    for function, claimed, _ in SMALL.values():
        audit(function, 0.7, claimed)
    test_only_the_first_steps_in_time()
    test_a_column_for_a_row_of_sums()
    assert [row.words for row in CAUSES if row not in reached] == []


# ── what is given ──────────────────────────────────────────────────────────────────────────


def square():
    """X, W, z, loss and the right gradients."""
    X = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]])
    W = values_like([[0.5, -1.0], [0.25, 2.0]])
    z = X @ W
    dz = np.array([[2 * each.data for each in row] for row in z])
    return X, W, z, (z**2).sum(), dz, X.T @ dz


@pytest.mark.parametrize(
    "key", ["dW", "d_W", "grad_W", "W.grad", "W_grad", "W", "dL_dW", "dL/dW", "∂L/∂W", "gW", "W_bar"]
)
def test_a_key_says_of_what_it_is(key):
    _, W, _, loss, _, dW = square()
    assert audit(loss, {key: dW}, names={"W": W}).findings[0].quantity == "W"


def test_a_pair_says_of_what_it_is():
    _, W, z, loss, dz, dW = square()
    report = audit(loss, {"error": (z, dz), "dW": (W, dW.T)}, names={})
    assert [(each.name, each.quantity, each.verdict) for each in report.findings] == [
        ("error", "error", "right"),
        ("dW", "W", "wrong"),
    ]


def test_the_variables_of_the_caller_are_taken():
    X, W, z, loss, dz, dW = square()
    assert audit(loss, {"dz": dz, "dW": dW}).is_right
    assert [each.name for each in audit(loss).findings] == ["dz", "dW"]
    assert X.shape == (3, 2) and W.shape == (2, 2) and z.shape == (3, 2)


def test_values_stand_in_lists_and_dicts_and_objects():
    class Model:
        def __init__(self):
            self.w = values_like([1.0, 2.0])
            self.parts = {"b": values_like([0.5, 0.5])}

    model, rows = Model(), [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    loss = (model.w * model.parts["b"]).sum() + rows[0][1] * rows[1][0]
    given = {"w": [0.5, 0.5], "b": [1.0, 2.0], "drows": [[0, 3], [2, 0]]}
    report = audit(loss, given)
    assert {each.quantity for each in report.findings} == {"model.w", "model.parts['b']", "rows"}
    assert report.is_right


class Tensor:
    """As much of a tensor of PyTorch as is asked for."""

    def __init__(self, numbers, dtype):
        self.numbers, self.dtype = np.asarray(numbers, np.float32), dtype

    def detach(self):
        return self

    cpu = detach

    def float(self):
        return Tensor(self.numbers, "torch.float32")

    def numpy(self):
        if "bfloat16" in self.dtype:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.numbers


def rounded(numbers, bits):
    """Numbers of so many bits."""
    fractions, exponents = np.frexp(numbers)
    return np.ldexp(np.round(fractions * 2.0**bits), exponents - bits)


@pytest.mark.parametrize(
    "made",
    [
        lambda numbers: numbers,
        lambda numbers: numbers.tolist(),
        lambda numbers: numbers.astype(np.float32),
        lambda numbers: numbers.astype(np.float32).tolist(),
        lambda numbers: numbers.astype(np.float16),
        lambda numbers: Tensor(numbers, "torch.float32"),
        lambda numbers: Tensor(rounded(numbers, 8), "torch.bfloat16"),
        lambda numbers: values_like(numbers),
    ],
)
def test_numbers_come_as_arrays_lists_and_tensors_of_any_precision(made):
    W = square()[1] * (1 / 3)  # not Values that a short number could hold
    loss = (W**2).sum() / 7
    right = np.array([[2 * each.data / 7 for each in row] for row in W])
    assert audit(loss, {"dW": made(right)}, names={"W": W}).is_right
    assert not audit(loss, {"dW": made(right * 1.3)}, names={"W": W}).is_right


def test_tensors_of_torch(torch):
    _, W, _, loss, _, dW = square()
    for kind in (torch.float64, torch.float32, torch.bfloat16):
        assert audit(loss, {"dW": torch.tensor(dW, dtype=kind, requires_grad=True)}, names={"W": W}).is_right


def test_a_tolerance_is_that_of_the_precision():
    _, W, _, loss, _, dW = square()
    for kind, off, right in ((np.float64, 1e-9, False), (np.float32, 1e-7, True), (np.float32, 1e-3, False)):
        assert audit(loss, {"dW": (dW * (1 + off)).astype(kind)}, names={"W": W}).is_right == right


def test_a_shape_with_ones_in_front_holds_the_same():
    b = values_like([1.0, 2.0])
    loss = (np.ones((3, 2)) * b).sum()
    assert audit(loss, {"db": np.full((1, 2), 3.0)}).is_right
    assert (
        audit(loss, {"db": np.full((2, 1), 3.0)}).first.cause
        == "of shape (2, 1), not (2,): in a difference it is broadcast"
    )


def test_what_does_not_lead_to_the_loss_has_the_gradient_zero():
    E = values_like(np.eye(3))
    loss = (E[[0, 2]] ** 2).sum()
    right = np.diag([2.0, 0.0, 2.0])
    assert audit(loss, {"dE": right}).is_right
    assert not audit(loss, {"dE": right + np.diag([0, 1.0, 0])}).is_right


def test_an_undefined_gradient_is_said():
    z = values_like([0.0, 1.0])
    report = audit(np.sqrt(z).sum(), {"dz": [0.0, 0.5]})
    assert report.first.verdict == "undefined"
    assert report.first.detail == "the recorded gradient of z[0] is itself inf; it begins at v1 = sqrt(z[0])"


def test_a_nan_that_was_given_is_wrong():
    _, W, _, loss, _, dW = square()
    dW[0, 1] = np.nan
    assert audit(loss, {"dW": dW}, names={"W": W}).first.detail == "1 of 4 numbers, dW[0][1] is nan, not 44"


X = np.ones((2, 2))
ERRORS = [
    (lambda W, loss: audit(loss, {}), "audit of no gradient; give at least one, as in {'dW': dW}"),
    (lambda W, loss: audit(loss, [1.0]), "audit needs the gradients by name, not a list; write {'dW': dW}"),
    (lambda W, loss: audit(loss, {"dV": X}, names={"W": W}), "'dV' is the gradient of no variable here"),
    (lambda W, loss: audit(loss, {"dWw": X}, names={"W": W}), "did you mean 'W'?"),
    (lambda W, loss: audit(loss, {"dX": X}, names={"X": X}), "'dX': X holds plain numbers, by which nothing was"),
    (lambda W, loss: audit(loss, {"dX": X}, names={"X": X}), "; make it values_like(X) before the forward pass"),
    (lambda W, loss: audit(loss, {"dV": X}, names={"V": values_like(X), "loss": loss}), "'dV': V does not lead to loss"),
    (lambda W, loss: audit(loss, {"dW": "abc"}), "'dW' is no array of numbers but 'abc'; give its numbers in one shape"),
    (lambda W, loss: audit(loss, {"dW": [[1.0], [2.0, 3.0]]}), "give its numbers in one shape"),
    (lambda W, loss: audit(loss, {"dW": None}), "'dW' is no array of numbers but None"),
    (lambda W, loss: audit(W, {"dW": X}), "audit needs the loss as a Value, not a ValueArray"),
    (lambda W, loss: audit(3.0, {"dW": X}), "audit needs the loss as a Value, not a float"),
    (lambda W, loss: audit(loss, {"dW": X}, X), "audit(f, x, g) takes a function first"),
    (lambda W, loss: audit(loss, names={"W": W}), "no variable is called like the gradient of another"),
    (lambda W, loss: audit(lambda x: x, 1.0), "needs the gradient g that is claimed of f at x"),
    (lambda W, loss: audit(lambda x, y: x * y, (1.0, 2.0), 1.0), "the function has 2 arguments, and 1 gradient claimed"),
    (lambda W, loss: audit(lambda p: p["a"][0], {"p": {"a": [1.0]}}, {"p": [1.0]}), "nested otherwise than p"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), ERRORS)
def test_bad_usage_is_one_line(call, message):
    W = values_like(X)
    with pytest.raises(GraphError) as raised:
        call(W, (W**2).sum())
    assert message in str(raised.value) and "\n" not in str(raised.value)


# ── a function and its claimed gradient ────────────────────────────────────────────────────


def layer(W):
    return (np.tanh(X3 @ W) ** 2).sum()


def slope_of_layer(W):
    a = np.tanh(X3 @ W)
    return X3.T @ (2 * a * (1 - a**2))


X3 = np.array([[1.0, 2.0, -1.0], [0.3, -0.5, 2.0]])
W3 = np.array([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]])


def test_a_function_and_its_gradient():
    assert audit(layer, W3, slope_of_layer(W3)).is_right
    assert audit(layer, W3, slope_of_layer).is_right
    assert audit(layer, W3, slope_of_layer(W3).astype(np.float32)).is_right
    assert audit(layer, W3, 2 * slope_of_layer(W3)).first.cause == "each is twice as large"
    assert audit(layer, W3, X3.T @ (2 * np.tanh(X3 @ W3))).first.cause == "tanh′ is missing"
    assert audit(layer, W3, slope_of_layer(W3).T).first.cause == "transposed"


def test_several_arguments_and_nested_ones():
    report = audit(lambda w, b: (X3 @ w + b).sum(), (W3[:, 0], 1.0), (X3.sum(0), 2.0))
    assert report.is_right and {each.name for each in report.findings} == {"dw", "db"}
    report = audit(lambda p: (p["w"] * p["b"]).sum(), {"p": {"w": W3, "b": 2 * W3}}, {"p": {"w": 2 * W3, "b": -W3}})
    assert report.first.name == "dp['b']" and report["dp['w']"].is_right
    assert report.first.cause == "each has the wrong sign"


def test_differences_are_the_witness_where_a_link_was_lost():
    report = audit(lambda x: x * x.data, 3.0, 6.0)
    assert report.is_right
    assert re.search(r"x\.data.* is a plain number", report.remarks[0])  # before Python 3.11 the whole line is told
    assert not audit(lambda x: x * x.data, 3.0, 3.0).is_right


def test_at_a_kink_any_slope_between_is_right():
    for slope, right in ((3.0, True), (0.0, True), (-3.0, True), (4.0, False)):
        assert audit(lambda x: abs(x) * 3, 0.0, slope).is_right == right


# ── the report ─────────────────────────────────────────────────────────────────────────────


def test_the_report_is_read_in_one_piece():
    report = audited(SOFTMAX, "dW1 = X.T @ dz1 + 0.1 * W1", "dW1 = (X.T @ dz1 + 0.1 * W1).T", H=3, only=["dz1", "dW1"])
    assert str(report) == (
        "✓ dz1  right\n"
        "✗ dW1  wrong: transposed; it follows your dz1, which is right\n"
        "the first wrong one is dW1: transposed"
    )
    assert repr(report) == "<Report on 2 gradients of loss: the first wrong one is dW1: transposed>"
    assert repr(report.first) == "<Finding dW1: wrong: transposed; it follows your dz1, which is right>"
    assert not report.is_right and report.first is report["dW1"] is report["W1"]
    assert report.markdown().splitlines()[2:4] == [
        "| ✓ | dz1 | right |",
        "| ✗ | dW1 | wrong: transposed; it follows your dz1, which is right |",
    ]
    plain = json.loads(json.dumps(report.json()))
    assert (plain["loss"], plain["right"], plain["first"], plain["notes"]) == ("loss", False, "dW1", [])
    assert plain["gradients"][1] == {
        "name": "dW1", "quantity": "W1", "shape": [3, 3], "verdict": "wrong", "cause": "transposed",
        "detail": plain["gradients"][1]["detail"], "follows": ["dz1"], "astray": [], "place": "",
    }  # fmt: skip
    assert pickle.loads(pickle.dumps(report)) == report


def test_what_is_right_is_said_in_a_line():
    assert str(audited(SOFTMAX, only=["dz2"])).endswith("\nit is right")
    assert str(audited(SOFTMAX)).endswith("\nall 7 are right")
    assert audited(SOFTMAX).first is None


def test_findings_are_frozen():
    for thing in (Finding("dW", "W", (), "right"), Report("L", ())):
        with pytest.raises(AttributeError):
            thing.name = "x"


def test_nothing_is_changed_by_an_audit():
    _, W, z, loss, dz, dW = square()
    loss.backward()
    before = [(each.data, each.grad) for each in [*W.flat, *z.flat]]
    audit(loss, {"dz": dz, "dW": dW.T})
    assert [(each.data, each.grad) for each in [*W.flat, *z.flat]] == before


@each_network
def test_what_no_mistake_makes_is_given_no_cause(network):
    """Random numbers, one number changed, all changed a little: none of them is explained by chance."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        arrays = arrays_for(network, rng, (np.float64, np.float32)[seed % 2])
        values, given = recorded(network, arrays), backward(network, forward(network, arrays))
        key = list(given)[rng.integers(len(given))]
        right = np.array(given[key])
        one = right.copy()
        one.flat[rng.integers(right.size)] += right.dtype.type(rng.uniform(1, 2))
        for wrong in (rng.normal(size=right.shape).astype(right.dtype), one, right * (1 + rng.normal() / 10)):
            found = audit(values["loss"], {**given, key: wrong}, names=values)[key]
            assert (found.verdict, found.cause) == ("wrong", ""), (key, found)


def test_a_loss_that_is_a_leaf():
    a = Value(2.0)
    assert audit(a, {"da": 1.0}).is_right
    assert audit(a, {"da": 2.0}).first.cause == "each is twice as large"


def test_a_script_in_single_precision_with_labels_in_double_is_right():
    """What is made of single precision has its rounding, even as doubles; a mistake is found there as ever."""
    rng = np.random.default_rng(3)
    X, y, w = (
        rng.normal(size=(5, 4)).astype(np.float32),
        np.array([0.0, 1, 1, 0, 1]),
        rng.normal(size=4).astype(np.float32),
    )
    W = values_like(w)
    loss = ((np.tanh(X @ W) - y) ** 2).mean()
    h = np.tanh(X @ w)
    dh = 2 * (h - y) / 5
    dz = dh * (1 - h**2)
    assert dz.dtype == np.float64
    names = {"W": W}
    assert audit(loss, {"dW": X.T @ dz}, names=names).is_right
    assert (
        audit(loss, {"dW": X.T @ (dh * (1 - h) ** 2)}, names=names).first.cause
        == "tanh′ is taken as (1 − out)², not as 1 − out²"
    )
    X, w = X.astype(float), w.astype(float)
    double = values_like(w + 1e-9)
    loss = ((X @ double) ** 2).sum()
    assert not audit(loss, {"dW": X.T @ (2 * X @ w)}, names={"W": double}).is_right
