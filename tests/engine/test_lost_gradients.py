"""A gradient that would be lost is said; what a person means is done, or one line says what to type."""

from __future__ import annotations

import array  # noqa: F401  # in code that is text
import json
import linecache
import math
import operator
import re
import statistics
import struct
import sys
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import microgrid
from microgrid import (
    AttributeNameError,
    GraphError,
    NotRealError,
    Program,
    Value,
    draw,
    explain,
    gradcheck,
    steps,
    values_like,
)
from microgrid.engine import Graph
from microgrid.nn import MLP, Layer, Neuron
from microgrid.training.losses import bce, cross_entropy, mse, nll
from microgrid.training.optim import SGD, Adam, clip_by_norm, gradient_norm

v, w = Value(0.5), Value(-1.0)


def of_torch(make):
    """A case that PyTorch makes, where it is installed: a function of the package."""
    return pytest.param(make, marks=pytest.mark.engine)


@pytest.fixture
def case(request):
    """The case itself, made by PyTorch if it is one of its own."""
    made = request.param
    return made(request.getfixturevalue("torch")) if callable(made) else made


def each_case(*cases):
    return pytest.mark.parametrize("case", cases, indirect=True)


# ── a plain number in a computation ────────────────────────────────────────────────────────

LOST = {
    "math.exp(v)": "v.exp() to differentiate, v.data for the number",
    "math.sqrt(v * v)": "v.sqrt() to differentiate, v.data for the number",
    "math.tanh(v) + 1": "v.tanh() to differentiate, v.data for the number",
    "float(v)": "v.exp() to differentiate, v.data for the number",
    "math.fsum([v, v])": "sum(...) to differentiate, v.data for the number",
    "math.pow(v, 2)": "v ** n to differentiate, v.data for the number",
    "math.hypot(v, w)": "v.hypot(w) to differentiate, v.data for the number",
    "math.fmod(v, 1)": "v - n*w with the number n = np.trunc(v.data / w.data) to differentiate, v.data for the number",
    "math.lgamma(v)": "v.data for the number",
    "complex(v)": "v.exp() to differentiate, v.data for the number",
    "np.float64(v)": "v.exp() to differentiate, v.data for the number",
    "np.array([v, w], float)": "v.exp() to differentiate, v.data for the number",
    "np.array([v, w]).astype(float)": "v.exp() to differentiate, v.data for the number",
    "np.zeros(2).fill(v)": "v.exp() to differentiate, v.data for the number",
    "np.random.default_rng(0).normal(v)": "v.exp() to differentiate, v.data for the number",
    "array.array('d', [v])": "v.exp() to differentiate, v.data for the number",
    "struct.pack('d', v)": "v.exp() to differentiate, v.data for the number",
}


@pytest.mark.parametrize(("code", "remedy"), LOST.items())
def test_where_a_plain_number_is_wanted_it_says_what_to_write(code, remedy):
    linecache.cache["<typed>"] = (len(code), None, [code + "\n"], "<typed>")
    if sys.version_info < (3, 11):  # which does not know the expression
        remedy = "v.exp() to differentiate, v.data for the number"
    with pytest.raises((NotRealError, struct.error)) as caught:
        eval(compile(code, "<typed>", "eval"))
    if code[:6] != "struct":  # which tells its own story
        assert isinstance(caught.value, TypeError)
        assert str(caught.value).endswith(f" would be a plain number, and the gradient through it lost; {remedy}")


def test_every_numeric_method_of_python_records_or_gives_a_number_or_says_what_to_write():
    words = "add sub mul truediv pow floordiv mod divmod matmul lshift rshift and or xor"
    refused = "mod divmod matmul lshift rshift and or xor".split()
    for name in words.split():
        plain, turned = getattr(Value, f"__{name}__"), getattr(Value, f"__r{name}__")
        assert not hasattr(Value, f"__i{name}__"), name  # v += 1 makes a new Value, as v + 1 does
        for call, pair in product((plain, turned), ((v, 2), (v, w), (v, 2.5))):
            if name in refused:
                with pytest.raises(NotRealError, match=r"^[^\n]*; [^\n]+$"):
                    call(*pair)
            else:
                assert type(call(*pair)) is (float if name == "floordiv" else Value), name
        assert plain(v, np.ones(2)) is NotImplemented, name  # an array answers for itself
    for call in (operator.invert, operator.index, lambda x: pow(x, 2, 3), complex, float):
        with pytest.raises(NotRealError, match=r"^[^\n]*; [^\n]+$"):
            call(v)
    assert [type(call(v)) for call in (operator.neg, abs, operator.pos)] == [Value] * 3
    assert (v // 0.2, 7 // w, v // w, v // 0) == (0.5 // 0.2, -7.0, -1.0, math.inf)
    assert math.copysign(1, w // 0) == -1


def test_an_array_of_floats_says_how_to_begin_one_of_values():
    """What is added into an array of floats, as a backward pass does that begins with np.zeros: it holds no Value."""
    A, b = values_like([[1.0, -2.0], [3.0, 0.5]]), values_like([1.0, 2.0])
    into = ("out += A", "out[0] += b", "out[0] = b", "out[:, 1] = b", "np.add.at(out, [0, 1], A)", "out *= b[0]",
            "np.add(out, A, out=out)", "np.matmul(A, A, out=out)", "A.sum(0, out=out[0])", "np.maximum(A, 0, out=out)")  # fmt: skip
    for code in into:
        names = {"np": np, "A": A, "b": b, "out": np.zeros((2, 2))}
        with pytest.raises(NotRealError, match=r"^an array of floats holds no Value, .*np.zeros_like\(W\)"):
            exec(code, names)
        assert not names["out"].any()
        if "sum" not in code:
            exec(code, names | {"out": np.zeros_like(A)})
    assert (np.zeros_like(v), np.ones_like(v), np.polyval([1, 2, 3], v).grad) == (0.0, 1.0, 0.0)


def test_what_converts_on_the_way_tells_the_line_of_who_asked():
    if sys.version_info < (3, 11):
        pytest.skip("it does not know the expression")
    for code, shown in (("np.full(2, v, dtype=float)",) * 2, ("statistics.fmean([v, w])",) * 2,
                        ("1 + statistics.mean([v, w])", "statistics.mean([v, w])")):  # fmt: skip
        linecache.cache["<typed>"] = (len(code), None, [code + "\n"], "<typed>")
        with pytest.raises(NotRealError, match=f"^{re.escape(shown)} would be a plain number"):
            eval(compile(code, "<typed>", "eval"))


def test_what_only_asks_says_that_it_takes_numbers():
    if sys.version_info < (3, 11):
        pytest.skip("it does not know the expression")
    with pytest.raises(NotRealError, match=r"math.isnan\(v\) is of plain numbers, and a Value is none; v.data is its"):
        math.isnan(v)


def test_it_tells_the_call_where_python_knows_it():
    with pytest.raises(TypeError) as caught:
        (1 / (1 + math.exp(-w * 2)) - 1) ** 2 + 0.01 * w**2
    assert str(caught.value).startswith(("math.exp(-w * 2) would", "float(v) would"))


def test_an_element_of_an_array_of_floats_holds_no_value():
    out = np.zeros(2)
    with pytest.raises((TypeError, ValueError)):
        out[0] = w * 2
    assert out.tolist() == [0.0, 0.0]


def plotted():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg", force=False)
    from matplotlib.figure import Figure

    (line,) = Figure().subplots().plot([v, w])
    return line.get_ydata(orig=False).tolist()


STAYS = {
    "item": (lambda: v.item(), 0.5),
    "data": (lambda: v.data, 0.5),
    "format": (lambda: f"{v:.3f} {w:+.1e}", "0.500 -1.0e+00"),
    "str.format": (lambda: f"{v:6.2f}|", "  0.50|"),
    "percent": (lambda: "%.3f %5.1f %s %d" % (v, w, "x", w), "0.500  -1.0 x -1"),  # noqa: UP031
    "percent, one": (lambda: "%.3f" % v, "0.500"),  # noqa: UP031
    "int": (lambda: (int(w), math.floor(v), math.ceil(v), math.trunc(w)), (-1, 0, 1, -1)),
    "round": (lambda: (round(v), round(v, 1)), (0, 0.5)),
    "comparisons": (lambda: (v > w, v <= 0.5, 0 < v < 1, v == 0.5, w != 0, v == 0.5), (True,) * 6),
    "sorting": (lambda: [each.data for each in sorted([v, w])], [-1.0, 0.5]),
    "max of Values": (lambda: max(v, w).data, 0.5),
    "plot": (plotted, [0.5, -1.0]),
    "array of objects": (lambda: np.array([v, w]).tolist(), [v, w]),
    "isclose": (lambda: bool(np.isclose(v, 0.5)), True),
}


@pytest.mark.parametrize(("look", "wanted"), STAYS.values(), ids=list(STAYS))
def test_what_only_looks_at_the_number_stays(look, wanted):
    assert look() == wanted


def test_logging_shows_numbers(caplog):
    import logging

    logging.getLogger("losses").warning("loss %.2f", v)
    assert "loss 0.50" in caplog.text


def test_what_writes_a_value_refuses_it_by_itself():
    for write in (lambda: json.dumps(v), lambda: statistics.mean([v, w]), lambda: Decimal(v), lambda: range(v)):
        with pytest.raises(TypeError):
            write()


def test_equality_is_of_the_number_with_numbers_and_identity_between_values():
    a, b = Value(2.0), Value(2.0)
    assert a == 2.0 == a
    assert a == 2
    assert a == np.float64(2) == a
    assert (a == b, a != b, a == a) == (False, True, True)
    assert len({a, b}) == 2
    assert (np.array([a, Value(3.0)], object) == 2).tolist() == [True, False]
    assert (a == "2.0", a == None, a == [2.0], a == 2j) == (False,) * 4  # noqa: E711


# ── max(0, v) and other plain numbers where a Value belongs ────────────────────────────────

TAKES_A_VALUE = {
    "Graph": Graph,
    "draw": draw,
    "explain": lambda thing: explain(thing, v),
    "steps": steps,
    "Program": Program,
}


@pytest.mark.parametrize("take", TAKES_A_VALUE.values(), ids=list(TAKES_A_VALUE))
def test_a_plain_number_where_a_value_belongs(take):
    with pytest.raises(GraphError, match=r"max\(0, v\) is the plain 0 where v is below, v\.max\(0\) a Value"):
        take(max(0, w))


def test_a_value_on_the_larger_side_is_itself():
    assert max(0, v) is v
    assert w.max(0).data == 0


# ── gradients and parameters set by hand ───────────────────────────────────────────────────


def test_a_gradient_of_none_is_none_yet():
    x = Value(3.0)
    for _ in range(2):
        x.grad = None
        (x * x).backward()
        assert x.grad == 6.0
    x.grad = None
    assert Graph(x * x).grad == (0.0, 0.0)
    assert (gradient_norm([x]), clip_by_norm([x], 1.0)) == (0.0, 0.0)
    SGD([x], 0.1).step()
    assert x.data == 3.0


def test_a_plain_number_put_in_the_place_of_a_parameter_becomes_its_number():
    neuron = Neuron(2, nonlin=False)
    kept = neuron.parameters()
    neuron.w[0] = 0.5
    neuron.w[1:] = np.array([2])
    neuron.b = 0.25
    assert neuron.parameters() == kept
    assert [each.data for each in kept] == [0.5, 2.0, 0.25]
    out = neuron([1.0, 10.0])
    out.backward()
    assert (out.data, [each.grad for each in kept]) == (20.75, [1.0, 10.0, 1.0])
    neuron.w = [1, Fraction(1, 2)]
    assert neuron.parameters() == kept
    assert neuron([1.0, 10.0]).data == 6.25
    neuron.zero_grad()


def test_a_value_put_there_stands_there():
    neuron, shared = Neuron(2), Value(1.5, role="parameter")
    neuron.w[0] = neuron.b = shared
    assert neuron.w[0] is neuron.b is shared
    neuron.w = [1.0, 2.0, 3.0]
    assert [(each.data, each.role) for each in neuron.w] == [(x, "parameter") for x in (1.0, 2.0, 3.0)]
    for wrong in ("0.5", None):
        with pytest.raises(NotRealError):
            neuron.b = wrong
        with pytest.raises(NotRealError):
            neuron.w[0] = wrong


def test_an_activation_is_checked_where_it_is_set():
    model = MLP(2, [3, 1])
    with pytest.raises(GraphError, match="no activation is called 'tnah'; did you mean 'tanh'"):
        model.layers[0].neurons[0].activation = "tnah"
    with pytest.raises(GraphError, match="did you mean 'tanh'"):
        model.layers[0].activation = "tnah"
    model.layers[0].activation = "tanh"
    assert repr(model.layers[0]) == "Layer of [TanhNeuron(2), TanhNeuron(2), TanhNeuron(2)]"
    layer = Layer(2, 2)
    layer.activation = "softmax"
    assert (layer.activation, sum(each.data for each in layer([1, 2]))) == ("softmax", pytest.approx(1))
    layer.activation = "relu"
    assert (layer.activation, layer.softmax) == ("relu", False)
    with pytest.raises(GraphError, match="a neuron has no softmax"):
        Neuron(2).activation = "softmax"


# ── optimisers ─────────────────────────────────────────────────────────────────────────────


def test_the_settings_of_an_optimiser_have_their_names():
    optimiser = SGD([v], 0.1)
    for name in ("lr", "learning_rate", "eps"):
        with pytest.raises(AttributeNameError, match=f"SGD has no attribute '{name}'; did you mean '(rate|epsilon)'"):
            setattr(optimiser, name, 0.5)
    optimiser.rate = 0.5
    assert (optimiser.rate, repr(optimiser)) == (0.5, "SGD(1 parameter, rate=0.5)")
    with pytest.raises(GraphError, match="rate = -1 is no finite number above 0"):
        optimiser.rate = -1

    class Mine(SGD):
        """A class of somebody may call it as it likes."""

    own = Mine([v], 0.1)
    own.lr = 0.5
    assert own.lr == 0.5


def test_an_optimiser_moves_leaves():
    with pytest.raises(
        GraphError, match=r"an optimiser moves leaves, and Value.* is computed; give it what that comes"
    ):
        SGD([w * 3], 0.1)


@each_case(
    np.array([0.8, 0.9]), [0.8, 0.9], of_torch(lambda torch: torch.tensor([0.8, 0.9], dtype=torch.float64))
)  # fmt: skip
def test_betas_are_any_two_numbers(case):
    a, b = Value(1.0), Value(1.0)
    for each, given in ((a, case), (b, (0.8, 0.9))):
        (each * each).backward()
        Adam([each], betas=given).step()
    assert a.data == b.data
    for wrong, count in ((0.9, "1 number"), (np.array(0.9), "1 number"), ((0.1, 0.2, 0.3), "3 numbers")):
        with pytest.raises(GraphError, match=f"betas has {count};"):
            Adam([a], betas=wrong)


# ── numbers of other packages ──────────────────────────────────────────────────────────────

ODD = [
    np.array(2), np.array(2.0, np.longdouble), np.array(2, object), np.array(Fraction(2)), Fraction(2), Decimal(2),
    np.longdouble(2), np.float16(2), of_torch(lambda torch: torch.tensor(2.0)), of_torch(lambda torch: torch.tensor(2)),
    of_torch(lambda torch: torch.tensor(2.0, dtype=torch.float16)),
]  # fmt: skip


@each_case(*ODD)
def test_every_kind_of_number_is_one(case):
    number, two = case, Value(2.0)
    found = [
        Value(number),
        v * number * 2,
        number * v * 2,
        number + v - 0.5,
        v.max(number),
        v**number * 8,
        mse(v, number),
    ]
    assert [each.data for each in found] == pytest.approx([2, 2, 2, 2, 2, 2, 2.25])
    assert {type(each) for each in found} == {Value}
    assert (v < number, number > v, v == number, two == number) == (True, True, False, True)


def test_a_value_in_an_array_of_no_dimension_is_that_value():
    held = np.array(v)
    assert (v + held).parents == (v, v)
    assert (held * w).parents == (v, w)
    assert v.max(held).parents == (v, v)


def test_tensors_that_would_lose_a_gradient_or_hold_no_values_are_refused(torch):
    with pytest.raises(
        NotRealError, match=r"has a gradient of its own, which would end here; its number is \.item\(\)"
    ):
        v * torch.tensor(2.0, requires_grad=True)
    with pytest.raises(NotRealError, match=r"np\.asarray of it is an array, which holds Values"):
        v * torch.tensor([1.0, 2.0])
    assert [each.data for each in v * np.asarray(torch.tensor([1.0, 2.0]))] == [0.5, 1.0]


@pytest.mark.parametrize("kind", [int, Fraction, Decimal, np.int8])
def test_arrays_of_objects_are_arrays_of_numbers(kind):
    numbers = np.array([[kind(1), kind(2)], [kind(3), kind(4)]], object)
    model = MLP(2, [2, 1], seed=0)
    wanted = model.predict([[1, 2], [3, 4]])
    assert np.array_equal(model.predict(numbers), wanted)
    assert [model(row).data for row in numbers] == pytest.approx(wanted)
    assert np.array_equal([each.data for each in (v * numbers).ravel()], [0.5, 1, 1.5, 2])
    history = microgrid.fit(model, numbers, [kind(0), kind(1)], "mse", SGD(model.parameters(), 0.0001), epochs=1)
    assert math.isfinite(history.epochs[-1].loss)
    assert model.predict(np.array([[10**30, 1]], object)).shape == (1,)


# ── networks and losses ────────────────────────────────────────────────────────────────────


@each_case([[1, 2], [3, 4]], np.ones((2, 2)), [(Value(1.0), 2)], of_torch(lambda torch: torch.ones(2, 2)))
@pytest.mark.parametrize("module", [MLP(2, [2, 1]), MLP(2, [2, 1], labels=True), Layer(2, 2), Neuron(2)], ids=repr)
def test_a_table_where_one_sample_belongs(module, case):
    name, rows = type(module).__name__, f"{len(case)} row{'s' * (len(case) != 1)}"
    with pytest.raises(GraphError) as caught:
        module(case)
    assert str(caught.value) == (
        f"{name} takes one sample, and this is a table of {rows}; "
        "[model(x) for x in X] calls it on each, model.predict(X) gives the numbers"
    )


def test_gradcheck_takes_nested_lists_and_arrays_of_values():
    W = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    for given in (W, np.array(W), microgrid.values_like(np.ones((2, 2)))):
        check = gradcheck(lambda W: W[0][0] * W[1][1] + W[0][1], [given])
        assert (check.ok, len(check.rows)) == (True, 4)


@pytest.mark.parametrize("loss", [cross_entropy, lambda z, y: nll([[abs(p) / 2 for p in row] for row in z], y)])
@each_case(np.array([[0], [1]]), [[0], [1]], of_torch(lambda torch: torch.tensor([[0], [1]])))
def test_classes_in_a_column(loss, case):
    logits = [[v, w], [w, v]]
    assert loss(logits, case).data == loss(logits, [0, 1]).data
    assert cross_entropy([v, w], [1]).data == cross_entropy([v, w], 1).data
    assert cross_entropy([v], [1.0]).data == 0.0  # of one class its probability


CONTRADICTIONS = [
    (lambda: bce(Value(1 + 1e-12), 1), "1.000000000001, outside [0, 1]"),
    (lambda: bce(v, 1 + 1e-13), "1.0000000000001, outside [0, 1]"),
    (lambda: bce(v, -1e-13), "-1e-13, outside [0, 1]"),
    (lambda: cross_entropy([v, w], [0.5, 0.5 + 2e-6]), "add up to 1.000002, not 1"),
    (lambda: Adam([v], betas=(1 - 1e-17, 0.9)), "betas[0] = 1.0 is outside [0, 1)"),
]


@pytest.mark.parametrize(("call", "text"), CONTRADICTIONS, ids=[text for _, text in CONTRADICTIONS])
def test_no_message_contradicts_itself_through_rounding(call, text):
    with pytest.raises(GraphError) as caught:
        call()
    assert text in str(caught.value).replace("1.0000019999999998", "1.000002")
