"""`Value`: the decisions at edges, what goes in and what does not, backward, copies, attributes."""

from __future__ import annotations

import copy
import gc
import itertools
import math
import pickle
import random
from decimal import Decimal
from fractions import Fraction

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive
from doubles import same
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from truth import MP
from work import seconds

import microgrid
from microgrid import OPS, AttributeNameError, Graph, GraphError, MicrogridError, NotRealError, RecordError, Value
from microgrid.engine import gradients, topological_order
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.engine.methods import SPECIAL, method_name
from microgrid.engine.misspelt import MISSPELT
from microgrid.formula import evaluate
from microgrid.formula.floats import FLOATS

inf, nan = math.inf, math.nan


# ── the decisions at the edges: guarantees.md, line by line ────────────────────────────────

DECISIONS = [
    # what is computed, at which inputs, its value, its gradients
    ("exp overflows", lambda x: x.exp(), [710], inf, [inf]),
    ("exp overflows far", lambda x: x.exp(), [1000], inf, [inf]),
    ("a product overflows", lambda x, y: x * y, [1e308, 10], inf, [10, 1e308]),
    ("a power overflows", lambda x: x**400, [10.0], inf, [inf]),
    ("a power overflows, both Values", lambda x, y: x**y, [10.0, 400], inf, [inf, inf]),
    ("log(0)", lambda x: x.log(), [0], -inf, [inf]),
    ("log(-1)", lambda x: x.log(), [-1], nan, [nan]),
    ("sqrt(-1)", lambda x: x.sqrt(), [-1], nan, [nan]),
    ("asin(2)", lambda x: x.asin(), [2], nan, [nan]),
    ("sqrt(0)", lambda x: x.sqrt(), [0], 0, [inf]),
    ("x**0.5 at 0", lambda x: x**0.5, [0], 0, [inf]),
    ("1/0", lambda x, y: x / y, [1, 0], inf, [inf, -inf]),
    ("-1/0", lambda x, y: x / y, [-1, 0], -inf, [inf, inf]),
    ("0/0", lambda x, y: x / y, [0, 0], nan, [inf, nan]),
    ("1/0, a constant above", lambda y: 1 / y, [0], inf, [-inf]),
    ("x/0, a constant below", lambda x: x / 0, [1], inf, [inf]),
    ("0/0, a constant below", lambda x: x / 0, [0], nan, [inf]),
    ("1e-310/1e-310", lambda x, y: x / y, [1e-310, 1e-310], 1, [inf, -inf]),
    ("relu(0)", lambda x: x.relu(), [0], 0, [0]),
    ("relu(-0.0)", lambda x: x.relu(), [-0.0], 0, [0]),
    ("relu(nan)", lambda x: x.relu(), [nan], nan, [nan]),
    ("abs(0)", abs, [0], 0, [0]),
    ("max(a, a)", lambda a: a.max(a), [3], 3, [1]),
    ("max of equals", lambda a, b: a.max(b), [3, 3], 3, [0.5, 0.5]),
    ("min of equals", lambda a, b: a.min(b), [3, 3], 3, [0.5, 0.5]),
    ("max with nan", lambda a, b: a.max(b), [nan, 1], nan, [nan, nan]),
    ("min with nan", lambda a, b: a.min(b), [1, nan], nan, [nan, nan]),
    ("leaky_relu(0)", lambda x: x.leaky_relu(0.2), [0], 0, [0.2]),
    ("leaky_relu(0), slope as it comes", lambda x: x.leaky_relu(), [0], 0, [0.01]),
    ("x**0 at 0", lambda x: x**0, [0], 1, [0]),
    ("0**1", lambda x: x**1, [0], 0, [1]),
    ("0**2", lambda x: x**2, [0], 0, [0]),
    ("0**0.5", lambda x: x**0.5, [0], 0, [inf]),
    ("0**-1", lambda x: x**-1, [0], inf, [-inf]),
    ("0**y, y > 0", lambda y: 0**y, [2], 0, [0]),
    ("0**y, y = 0", lambda y: 0**y, [0], 1, [0]),
    ("0**y, y < 0", lambda y: 0**y, [-1], inf, [-inf]),
    ("(-8)**(1/3)", lambda x: x ** (1 / 3), [-8], nan, [nan]),
    ("(-8)**(1/3), both Values", lambda x, y: x**y, [-8, 1 / 3], nan, [nan, nan]),
    ("(-2)**y at a whole y", lambda y: (-2) ** y, [3], -8, [nan]),
    ("(-2)**3, both Values", lambda x, y: x**y, [-2, 3], -8, [12, nan]),
    ("sigmoid(1000)", lambda x: x.sigmoid(), [1000], 1, [0]),
    ("sigmoid(-1000)", lambda x: x.sigmoid(), [-1000], 0, [0]),
    ("tanh(1000)", lambda x: x.tanh(), [1000], 1, [0]),
    ("tanh(-1000)", lambda x: x.tanh(), [-1000], -1, [0]),
    ("the tail of sigmoid", lambda x: x.sigmoid(), [40], 1, [4.248354255291589e-18]),
    ("the tail of tanh", lambda x: x.tanh(), [20], 1, [1.6993417021166355e-17]),
    ("log(sigmoid(-1000))", lambda x: x.sigmoid().log(), [-1000], -inf, [nan]),
    ("logsigmoid(-1000)", lambda x: x.logsigmoid(), [-1000], -1000, [1]),
    ("softplus(1000)", lambda x: x.softplus(), [1000], 1000, [1]),
    ("0·x**0.5 at 0", lambda x: 0 * x**0.5, [0], 0, [nan]),
    ("log(relu(x)) at -1", lambda x: x.relu().log(), [-1], -inf, [0]),
    ("sqrt(max(x, 0)) at -1", lambda x: x.max(0).sqrt(), [-1], 0, [0]),
    ("log of the smaller", lambda x, y: x.min(y).log(), [0, 1], -inf, [inf, 0]),
    ("nan**0", lambda x: x**0, [nan], 1, [0]),
    ("inf**0", lambda x: x**0, [inf], 1, [0]),
    ("1**nan", lambda y: 1**y, [nan], 1, [0]),
    ("step passes nothing on", lambda x: x.step().log(), [-1], -inf, [0]),
    ("logsumexp far out", lambda x, y: logsumexp([x, y]), [1e3, -1e3], 1000, [1, 0]),
]


@pytest.mark.parametrize(("compute", "at", "value", "grads"), [d[1:] for d in DECISIONS], ids=[d[0] for d in DECISIONS])
def test_the_decisions_at_the_edges(compute, at, value, grads):
    inputs = list(map(Value, at))
    out = compute(*inputs)
    out.backward()
    assert type(out.data) is float
    assert out.data == value or (out.data != out.data and value != value)
    for each, grad in zip(inputs, grads):
        assert each.grad == grad or (each.grad != each.grad and grad != grad), (inputs, grads)


@given(st.floats(), st.floats())
@settings(deadline=None)
def test_the_four_operations_give_pythons_bits(x, y):
    a, b = Value(x), Value(y)
    assert same((a + b).data, x + y)
    assert same((a - b).data, x - y)
    assert same((a * b).data, x * y)
    assert same((x * b).data, x * y)
    if y != 0:
        assert same((a / b).data, x / y)
        assert same((x / b).data, x / y)
    assert (Value(6) / 3).data == 2.0


# ── only real numbers go in ────────────────────────────────────────────────────────────────

OPERATORS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
}
COMPARISONS = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}
NOT_REAL = [
    ("2.5", "a real number belongs here, not str '2.5'; did you mean float('2.5')?"),
    (None, "a real number belongs here, not NoneType None; give a number"),
    (1j, "a real number belongs here, not complex 1j; microgrid is for real numbers"),
    ([1, 2], "a real number belongs here, not list [1, 2]; make one Value for each element"),
    ((1.0,), "a real number belongs here, not tuple (1.0,); make one Value for each element"),
    ({"a": 1}, "a real number belongs here, not dict {'a': 1}; make one Value for each element"),
    (b"1", "a real number belongs here, not bytes b'1'; did you mean float(b'1')?"),
    ("x" * 90, f"a real number belongs here, not str 'xxx{'x' * 33}...; did you mean float('xxx{'x' * 33}...)?"),
]
not_real = pytest.mark.parametrize(("thing", "message"), NOT_REAL, ids=[type(each[0]).__name__ for each in NOT_REAL])


@not_real
@pytest.mark.parametrize("sign", [*OPERATORS, *COMPARISONS])
def test_an_operator_refuses_what_is_no_number_on_either_side(sign, thing, message):
    operate = {**OPERATORS, **COMPARISONS}[sign]
    for both in ((Value(3.0), thing), (thing, Value(3.0))):
        with pytest.raises(NotRealError) as caught:
            operate(*both)
        assert str(caught.value) == message
        assert isinstance(caught.value, TypeError)
        assert isinstance(caught.value, MicrogridError)


@not_real
def test_data_and_methods_refuse_what_is_no_number(thing, message):
    x = Value(1.0)

    def set_data():
        x.data = thing

    attempts = [
        lambda: Value(thing),
        set_data,
        lambda: x.hypot(thing),
        lambda: x.max(thing),
        lambda: x.pow(thing),
        lambda: x.leaky_relu(thing),
        lambda: Value(1.0, (x,), (thing,)),
        lambda: total([x, thing]),
    ]
    for attempt in attempts:
        with pytest.raises(NotRealError) as caught:
            attempt()
        assert str(caught.value) == message
    assert x.data == 1.0


def test_an_array_and_a_value_are_no_data():
    with pytest.raises(NotRealError, match="not ndarray array"):
        Value(np.array([1.0, 2.0]))
    with pytest.raises(NotRealError, match="make one Value for each element"):
        Value(np.zeros((1, 1)))
    with pytest.raises(NotRealError, match=r"a plain number is its \.data"):
        Value(Value(1.0))
    with pytest.raises(NotRealError, match="microgrid is for real numbers"):
        Value(np.complex128(1j))


REAL = [
    True,
    7,
    -2.5,
    Fraction(1, 3),
    Decimal("0.1"),
    np.float64(1.5),
    np.float32(0.1),
    np.float16(0.5),
    np.int8(-3),
    np.uint64(2**64 - 1),
    np.bool_(True),
    np.array(2.5),
    np.array(3),
    np.array(True),
]


@pytest.mark.parametrize("number", REAL, ids=repr)
def test_every_real_number_goes_in_and_data_is_a_float(number):
    x = Value(number)
    assert type(x.data) is float
    assert x.data == float(number)
    x.data = 0
    x.data = number
    assert type(x.data) is float


@pytest.mark.parametrize("number", REAL, ids=repr)
@pytest.mark.parametrize("sign", OPERATORS)
def test_every_real_number_stands_on_either_side_of_an_operator(number, sign):
    operate, plain = OPERATORS[sign], float(number)
    right = operate(Value(3.0), number)
    left = operate(number, Value(3.0))
    assert type(right) is type(left) is Value
    assert right.data == FLOATS[sign](3.0, plain)
    assert left.data == FLOATS[sign](plain, 3.0)
    assert type(right.data) is type(left.data) is float


def test_numbers_beyond_the_doubles_are_infinite():
    assert Value(10**400).data == inf
    assert Value(-(10**400)).data == -inf
    assert Value(Fraction(10**400)).data == inf
    assert math.isnan(Value(Decimal("nan")).data)


# ── NumPy ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sign", OPERATORS)
def test_an_array_answers_for_itself_element_by_element(sign):
    operate, x, array = OPERATORS[sign], Value(3.0), np.array([[1.0, 2.0], [4.0, 5.0]])
    for found, wanted in ((operate(x, array), operate(3.0, array)), (operate(array, x), operate(array, 3.0))):
        assert found.dtype == object
        assert found.shape == (2, 2)
        assert all(type(each) is Value for each in found.flat)
        assert [each.data for each in found.flat] == list(wanted.flat)


def test_arrays_compare_element_by_element():
    x = Value(3.0)
    assert list(x > np.array([1.0, 5.0])) == [True, False]
    assert list(np.array([1.0, 5.0]) > x) == [False, True]
    assert np.float64(2.0) < x


UFUNCS = "exp expm1 log log1p log2 log10 sqrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh".split()


@pytest.mark.parametrize("name", UFUNCS)
def test_numpy_functions_work_on_values_and_on_arrays_of_them(name):
    ufunc = getattr(np, name)
    one, two = Value(0.3), Value(0.6)
    alone, several = ufunc(one), ufunc(np.array([one, two]))
    assert type(alone) is Value
    assert alone.data == pytest.approx(ufunc(0.3), rel=1e-14)
    assert [each.data for each in several] == pytest.approx(list(ufunc(np.array([0.3, 0.6]))), rel=1e-14)
    several.sum().backward()
    assert one.grad == alone.partials[0]


def test_numpy_functions_of_two_and_sums_and_products():
    a, b = np.array([Value(3.0), Value(5.0)]), np.array([Value(4.0), Value(12.0)])
    assert [each.data for each in np.hypot(a, b)] == [5.0, 13.0]
    assert np.arctan2(a, b)[0].data == math.atan2(3.0, 4.0)
    assert np.hypot(Value(3.0), 4).data == 5.0
    assert np.arctan2(Value(3.0), Value(4.0)).data == math.atan2(3.0, 4.0)
    assert np.arccosh(Value(2.0)).data == math.acosh(2.0)
    assert [each.data for each in np.abs(np.array([Value(-3.0), Value(2.0)]))] == [3.0, 2.0]
    assert np.abs(Value(-3.0)).data == 3.0
    assert (a @ b).data == 72.0
    assert a.sum().data == 8.0
    assert [each.data for each in np.maximum(a, b)] == [4.0, 12.0]
    assert sorted(a, reverse=True)[0].data == 5.0


# ── backward ───────────────────────────────────────────────────────────────────────────────


def test_backward_adds_to_the_leaves_and_renews_the_rest():
    x = Value(3.0)
    h = x * x
    y = h * x
    y.backward()
    assert (x.grad, h.grad, y.grad) == (27.0, 3.0, 1.0)
    y.backward()
    assert (x.grad, h.grad, y.grad) == (54.0, 3.0, 1.0)
    x.grad = 0.0
    y.backward()
    assert (x.grad, h.grad, y.grad) == (27.0, 3.0, 1.0)
    y.zero_grad()
    assert (x.grad, h.grad, y.grad) == (0.0, 0.0, 0.0)


def test_backward_from_an_inner_node_and_from_a_leaf():
    x = Value(2.0)
    h = x * x
    y = h.exp()
    y.backward()
    h.backward()
    assert (x.grad, h.grad) == (math.exp(4.0) * 4.0 + 4.0, 1.0)
    x = Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_two_roots_share_a_leaf():
    x = Value(2.0)
    (x * 3).backward()
    (x * x).backward()
    assert x.grad == 7.0


class Stops(float):
    """A local derivative that cannot be multiplied."""

    def __new__(cls, error):
        stops = super().__new__(cls, 1.0)
        stops.error = error
        return stops

    def __mul__(self, other):
        raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, MemoryError])
@pytest.mark.parametrize("differentiate", [Value.backward, gradients])
def test_an_error_in_the_middle_of_backward_changes_no_gradient(error, differentiate):
    x = Value(2.0, label="x")
    a = x * 3
    b = a * x
    c = (b + a) * x
    c.backward()
    b.partials = (b.partials[0], Stops(error))
    before = [node.grad for node in topological_order(c)]
    assert any(before)
    with pytest.raises(error):
        differentiate(c)
    assert [node.grad for node in topological_order(c)] == before


def test_gradients_answers_beside_the_nodes():
    x, y = Value(2.0), Value(5.0)
    h = x * y
    z = h * h
    x.grad = h.grad = z.grad = 7.0
    found = gradients(z)
    assert found[z] == 1.0
    assert (found[h], found[x], found[y]) == (20.0, 100.0, 40.0)
    assert set(found) == {x, y, h, z}
    assert (x.grad, y.grad, h.grad, z.grad) == (7.0, 0.0, 7.0, 7.0)
    assert gradients(x) == {x: 1.0}


def test_editing_data_changes_nothing_that_is_recorded():
    x = Value(3.0)
    y = x * x
    x.data = 100
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)
    y.replay()
    y.zero_grad()
    y.backward()
    assert (y.data, x.grad) == (10000.0, 200.0)


def test_a_node_recorded_by_hand_cannot_be_replayed():
    x = Value(3.0)
    y = Value(9.0, (x,), (6.0,)) + 1
    before = y.data
    with pytest.raises(GraphError, match=r"was recorded by hand: it has no formula to replay"):
        y.replay()
    assert y.data == before


# ── random graphs over every row ───────────────────────────────────────────────────────────

erf = primitive(math.erf)
defvjp(erf, lambda out, x: lambda grad: grad * 2 / math.sqrt(math.pi) * anp.exp(-x * x))

HIPS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "identity": lambda x: x * 1.0,
    "pow": lambda x: x**3,
    "power": lambda x, y: x**y,
    "asin": anp.arcsin,
    "acos": anp.arccos,
    "atan": anp.arctan,
    "atan2": anp.arctan2,
    "asinh": anp.arcsinh,
    "acosh": anp.arccosh,
    "atanh": anp.arctanh,
    "hypot": lambda x, y: anp.sqrt(x * x + y * y),
    "erf": erf,
    "sigmoid": lambda x: 1 / (1 + anp.exp(-x)),
    "logsigmoid": lambda x: -anp.logaddexp(0.0, -x),
    "softplus": lambda x: anp.logaddexp(0.0, x),
    "relu": lambda x: anp.where(x > 0, x, 0.0),
    "leaky_relu": lambda x: anp.where(x > 0, x, 0.01 * x),
    "exp2": lambda x: 2.0**x,
    "cbrt": lambda x: anp.sign(x) * anp.abs(x) ** (1 / 3),
    "elu": lambda x: anp.where(x > 0, x, anp.expm1(x)),
    "selu": lambda x: 1.0507009873554805 * anp.where(x > 0, x, 1.6732632423543772 * anp.expm1(x)),
    "silu": lambda x: x / (1 + anp.exp(-x)),
    "mish": lambda x: x * anp.tanh(anp.logaddexp(0.0, x)),
    "gelu": lambda x: x * (1 + erf(x / math.sqrt(2))) / 2,
    "clamp": lambda x: anp.clip(x, *BOUNDS),
    "hardtanh": lambda x: anp.clip(x, -1.0, 1.0),
    "where": lambda condition, x, y: anp.where(condition != 0, x, y),
    "max": anp.maximum,
    "min": anp.minimum,
    "step": lambda x: anp.where(x > 0, 1.0, 0.0) + 0 * x,
}
BOUNDS = (-0.7, 1.3)  # of clamp, in random graphs
# Where a row is not defined everywhere, its inputs are brought to where it is.
TAMED = {
    **dict.fromkeys(["log", "log2", "log10", "sqrt", "power"], lambda x: x * x + 0.5),
    "log1p": lambda x: x * x,
    **dict.fromkeys(["asin", "acos", "atanh"], lambda x: x / (x * x + 2.0)),
    "acosh": lambda x: x * x + 1.5,
    "div": lambda x: x * x + 0.5,
    "cbrt": lambda x: x * x + 0.5,
    **dict.fromkeys(["exp", "exp2", "expm1", "sinh", "cosh", "tan", "pow"], lambda x: 2.0 * x / (x * x + 2.0)),
}


@st.composite
def programs(draw):
    """A list of (row, operands) over two leaves; an operand is the place of an earlier node."""
    steps = []
    for at in range(2, 2 + draw(st.integers(1, 12))):
        name = draw(st.sampled_from(list(OPS)))
        count = len(OPS[name].stable.inputs)
        steps.append((name, draw(st.tuples(*[st.integers(max(0, at - 6), at - 1)] * count))))
    return steps


def run(program, leaves, functions):
    """All the nodes of a program, with its last nodes added up."""
    nodes = list(leaves)
    for name, places in program:
        tame = TAMED.get(name, lambda x: x)
        nodes.append(functions[name](*[tame(nodes[place]) for place in places]))
    whole = nodes[-1]
    for node in nodes[-4:-1]:
        whole = whole + node
    return nodes, whole


def own_functions():
    found = {row.name: getattr(Value, method_name(row)) for row in OPS.values()}
    return {**found, "pow": lambda x: x**3, "clamp": lambda x: x.clamp(*BOUNDS)}


def hips_functions():
    return {name: HIPS.get(name) or getattr(anp, name) for name in OPS}


USUAL = {"n": 3, "low": BOUNDS[0], "high": BOUNDS[1]}  # of fixed numbers that have to be given


def mp_functions():
    """Each row's textbook value over mpmath numbers."""

    def function(row):
        fixed = {name: mpf(USUAL[name] if value is None else value) for name, value in row.fixed.items()}
        return lambda *x: evaluate(row.book.value, {**dict(zip(row.book.inputs, x)), **fixed, "pi": mp.pi}, MP)

    return {row.name: function(row) for row in OPS.values()}


class Dual:
    """A number and its derivative, carried forward by the textbook's rules at high precision."""

    def __init__(self, value, slope=0):
        self.value, self.slope = mpf(value), mpf(slope)


def dual_functions():
    def apply(row, *x):
        x = [each if isinstance(each, Dual) else Dual(each) for each in x]
        fixed = {name: mpf(USUAL[name] if value is None else value) for name, value in row.fixed.items()}
        names = {**dict(zip(row.book.inputs, [each.value for each in x])), **fixed, "pi": mp.pi}
        names["out"] = evaluate(row.book.value, names, MP)
        slopes = [evaluate(each, names, MP) * x[i].slope for i, each in enumerate(row.book.partials) if x[i].slope]
        return Dual(names["out"], sum(slopes, mpf(0)))

    return {row.name: lambda *x, row=row: apply(row, *x) for row in OPS.values()}


for sign, name in (("add", "add"), ("mul", "mul"), ("truediv", "div")):
    setattr(Dual, f"__{sign}__", lambda x, y, name=name: dual_functions()[name](x, y))
    setattr(Dual, f"__r{sign}__", lambda x, y, name=name: dual_functions()[name](y, x))

near = st.floats(-2.5, 2.5).filter(lambda x: abs(x) > 1e-3)


def at_a_kink(root):
    """Whether some max, min, abs, relu or step stands where two answers are right."""
    kinky = {"max", "min", "abs", "relu", "leaky_relu", "step", "elu", "selu", "where"}
    for node in topological_order(root):
        data = [*(parent.data for parent in node.parents), 0.0]
        if node.op.name in kinky and abs(data[0] - data[1]) < 1e-9:
            return True
        if any(abs(data[0] - x) < 1e-9 for x in node.op.settings.values() if node.op.name in ("clamp", "hardtanh")):
            return True
        if node.op.name in ("atan2", "hypot") and abs(data[0]) + abs(data[1]) < 1e-3:
            return True
    return False


def ill_conditioned(root):
    """Whether a number on the way is so large that rounding it may show in the end."""
    found = gradients(root)
    return not all(abs(x) < 1e3 for node in found for x in (node.data, found[node], *node.partials))


@given(programs(), near, near)
@settings(max_examples=150, deadline=None)
def test_gradients_of_random_graphs_are_those_of_autograd(program, x, y):
    leaves = Value(x), Value(y)
    _, whole = run(program, leaves, own_functions())
    if at_a_kink(whole) or ill_conditioned(whole):
        return
    whole.backward()
    with np.errstate(all="ignore"):
        wanted = autograd.grad(lambda pair: run(program, (pair[0], pair[1]), hips_functions())[1])(np.array([x, y]))
    for leaf, grad in zip(leaves, wanted):
        assert leaf.grad == pytest.approx(grad, rel=1e-7, abs=1e-7)


@given(programs(), near, near)
@settings(max_examples=100, deadline=None)
def test_gradients_of_random_graphs_are_those_of_sixty_digits(program, x, y):
    leaves = Value(x), Value(y)
    _, whole = run(program, leaves, own_functions())
    if at_a_kink(whole) or ill_conditioned(whole):
        return
    whole.backward()
    scale = sum(abs(grad) for grad in gradients(whole).values() if math.isfinite(grad))
    with mp.workdps(60):
        for slot, leaf in enumerate(leaves):
            duals = Dual(x, slot == 0), Dual(y, slot == 1)
            _, true = run(program, duals, dual_functions())
            assert abs(mpf(leaf.grad) - true.slope) <= mpf(1e-9) * (1 + abs(true.slope) + scale)
            assert abs(mpf(whole.data) - true.value) <= mpf(1e-9) * (1 + abs(true.value))


@given(programs(), near, near)
@settings(max_examples=100, deadline=None)
def test_a_random_graph_keeps_its_promises(program, x, y):
    leaves = Value(x), Value(y)
    _, whole = run(program, leaves, own_functions())
    order = topological_order(whole)
    again = run(program, (Value(x), Value(y)), own_functions())[1]

    # each node once, after all its parents; the same in every build, to the bit
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is whole
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    assert [(node.op.name, node.data) for node in topological_order(again)] == [
        (node.op.name, node.data) for node in order
    ] or not math.isfinite(whole.data)

    # backward twice: inner nodes as before, leaves doubled; gradients() touches nothing
    beside = gradients(whole)
    assert not any(node.grad for node in order)
    whole.backward()
    once = [node.grad for node in order]
    assert all(map(same, once, [beside[node] for node in order]))
    whole.backward()
    for node, grad in zip(order, once):
        assert same(node.grad, grad if node.parents else grad + grad)
    again.backward()
    assert all(map(same, [node.grad for node in topological_order(again)], once))

    # the sum over all paths is the gradient
    graph = Graph(whole)
    for leaf in leaves:
        if leaf in graph and graph.count_paths(leaf) <= 2000 and math.isfinite(leaf.grad):
            products = [path.product for path in graph.paths(leaf)]
            assert len(products) == graph.count_paths(leaf)
            size = sum(map(abs, products))
            if math.isfinite(size):
                assert beside[leaf] == pytest.approx(math.fsum(products), rel=1e-9, abs=1e-9 * size)


@given(programs(), near, near, near, near)
@settings(max_examples=60, deadline=None)
def test_replay_is_a_fresh_build(program, x, y, new_x, new_y):
    leaves = Value(x), Value(y)
    _, whole = run(program, leaves, own_functions())
    for leaf, number in zip(leaves, (new_x, new_y)):
        leaf.data = number
    whole.replay()
    fresh = run(program, (Value(new_x), Value(new_y)), own_functions())[1]
    for node, other in zip(topological_order(whole), topological_order(fresh)):
        assert same(node.data, other.data)
        assert all(map(same, node.partials, other.partials))


rational = st.fractions(-3, 3, max_denominator=8)


@given(
    st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 9), st.integers(0, 9)), max_size=8), rational, rational
)
@settings(max_examples=80, deadline=None)
def test_polynomials_have_the_gradients_of_exact_fractions(steps, x, y):
    def polynomial(first, second):
        nodes = [first, second]
        for sign, i, j in steps:
            nodes.append(OPERATORS[sign](nodes[i % len(nodes)], nodes[j % len(nodes)]))
        return nodes[-1]

    a, b = Value(x), Value(y)
    polynomial(a, b).backward()
    exact = polynomial(FractionDual(x, 1, 0), FractionDual(y, 0, 1))
    for leaf, slope in zip((a, b), exact.slopes):
        if abs(slope) < 10**200:
            assert leaf.grad == pytest.approx(float(slope), rel=1e-6, abs=1e-6 * max(1.0, float(exact.size)))


class FractionDual:
    """An exact number, its two derivatives, and how large the terms in them were."""

    def __init__(self, value, *slopes, size=1):
        self.value, self.slopes, self.size = Fraction(value), slopes, min(size, Fraction(10) ** 250)

    def __add__(self, other):
        slopes = (p + q for p, q in zip(self.slopes, other.slopes))
        return FractionDual(self.value + other.value, *slopes, size=self.size + other.size)

    def __sub__(self, other):
        slopes = (p - q for p, q in zip(self.slopes, other.slopes))
        return FractionDual(self.value - other.value, *slopes, size=self.size + other.size)

    def __mul__(self, other):
        slopes = (p * other.value + q * self.value for p, q in zip(self.slopes, other.slopes))
        size = self.size * (abs(other.value) + 1) + other.size * (abs(self.value) + 1)
        return FractionDual(self.value * other.value, *slopes, size=size)


# ── size ───────────────────────────────────────────────────────────────────────────────────


def chain(nodes):
    x = leaf = Value(1.0)
    b, c = Value(0.999999), Value(1e-6)
    for _ in range(nodes // 2):
        x = x * b + c
    return leaf, x


def test_a_million_nodes_deep():
    with microgrid.gc_paused(), seconds(60):
        leaf, root = chain(1_000_000)
        root.backward()
        assert leaf.grad == pytest.approx(0.999999**500_000)
        assert len(gradients(root)) == 1_000_003
        root.replay()
        root.zero_grad()
        del leaf, root


def test_a_hundred_thousand_terms_wide():
    leaves = [Value(1.0) for _ in range(100_000)]
    for root in (sum(leaves), total(leaves), affine(leaves, leaves, 0.0)):
        root.backward()
        assert root.data == 100_000.0
    assert leaves[0].grad == leaves[-1].grad == 4.0


@pytest.mark.parametrize(
    "duplicate", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
def test_a_deep_graph_is_copied_whole(duplicate):
    _, root = chain(30_000)
    other = duplicate(root)
    assert other is not root
    assert other.data == root.data
    order = topological_order(other)
    assert len(order) == 30_003
    assert not set(order) & set(topological_order(root))
    other.backward()
    assert not any(node.grad for node in topological_order(root))


def test_a_graph_is_freed_at_once_without_the_collector():
    class Canary(Value):
        pass

    gc.collect()
    with microgrid.gc_paused():
        freed = []
        x = Canary(1.0)
        x.alarm = type("Alarm", (), {"__del__": lambda self: freed.append(True)})()
        y = x * 2 + x
        y.backward()
        del x, y
        assert freed == [True]


# ── copies ─────────────────────────────────────────────────────────────────────────────────

COPIES = [
    pytest.param(lambda x, protocol=protocol: pickle.loads(pickle.dumps(x, protocol)), id=f"pickle {protocol}")
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
]
copied = pytest.mark.parametrize("duplicate", [*COPIES, pytest.param(copy.deepcopy, id="deepcopy")])


@copied
def test_a_copy_has_everything_and_shares_nothing(duplicate):
    x = Value(3.0, label="x", role="parameter")
    y = (x**2).relu() + x.leaky_relu(0.2)
    y.label = "y"
    y.backward()
    other = duplicate(y)
    for node, twin in zip(topological_order(y), topological_order(other)):
        assert twin is not node
        for name in ("data", "grad", "label", "partials", "role", "scope", "origin"):
            assert getattr(twin, name) == getattr(node, name)
        assert twin.op is node.op
    leaf = topological_order(other)[0]
    leaf.data = 5
    other.replay()
    assert (other.data, y.data) == (30.0, 12.0)


@copied
def test_leaves_shared_by_several_roots_stay_shared(duplicate):
    w = Value(2.0)
    first, second, again = duplicate([w * 3, w * w, w])
    assert first.parents[0] is second.parents[0] is second.parents[1] is again
    assert again is not w
    second.backward()
    assert (again.grad, w.grad) == (4.0, 0.0)


@copied
def test_closed_branches_stay_closed_in_a_copy(duplicate):
    y = duplicate(Value(-1.0).relu().log())
    y.backward()
    assert topological_order(y)[0].grad == 0.0


@copied
def test_an_operation_recorded_by_hand_keeps_its_name_and_gains_no_formula(duplicate):
    x = Value(3.0)
    other = duplicate(Value(9.0, (x,), (6.0,), _op="exp"))
    assert other.op.name == "exp"
    with pytest.raises(GraphError, match="recorded by hand"):
        other.replay()


class Named(Value):
    """A subclass with attributes of its own, two of them under names that Value catches as misspelt."""

    value: int

    def __init__(self, data, name):
        super().__init__(data)
        self.name = name
        self.notes = []


class Slotted(Value):
    __slots__ = ("unit", "value")


@copied
def test_a_subclass_keeps_its_class_and_its_attributes(duplicate):
    weight = Named(2.0, "w")
    weight.notes.append("first")
    other = duplicate(weight * 3)
    assert type(other) is Named
    (twin, three) = other.parents
    assert (twin.name, twin.notes, type(three)) == ("w", ["first"], Named)
    assert twin.notes is not weight.notes
    length = Slotted(1.0)
    length.unit, length.value = "m", "one"
    assert (duplicate(length).unit, duplicate(length).value) == ("m", "one")


def test_copy_of_a_node_is_a_node_beside_it():
    x = Value(2.0)
    y = x * x
    other = copy.copy(y)
    assert other is not y
    assert other.parents == (x, x)
    assert copy.copy(x) is not x


# ── subclasses and attributes ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("row", OPS.values(), ids=list(OPS))
def test_every_row_keeps_the_subclass(row):
    class Mine(Value):
        pass

    arguments = [Mine(0.5), 0.25, 2.0][: len(row.stable.inputs)] + [2.0] * len(row.fixed)
    node = getattr(Mine, method_name(row))(*arguments)
    assert {type(each) for each in (node, *node.parents)} == {Mine}


def test_the_operators_keep_the_subclass_on_either_side():
    x = Named(2.0, "x")
    results = [x + 1, 1 + x, 2 - x, 2 / x, 3 * x, x**2, 2**x, -x, abs(x), x / Value(2.0), np.float64(2) * x]
    assert {type(each) for each in results} == {Named}
    assert +x is x


@pytest.mark.parametrize(("slip", "meant"), [(slip, meant) for meant, slips in MISSPELT.items() for slip in slips])
def test_a_misspelt_attribute_is_named_when_read_and_when_set(slip, meant):
    x = Value(1.0)
    message = f"Value has no attribute '{slip}'; did you mean '{meant}'?"
    with pytest.raises(AttributeNameError) as caught:
        getattr(x, slip)
    assert str(caught.value) == message
    with pytest.raises(AttributeError) as caught:
        setattr(x, slip, 1.0)
    assert str(caught.value) == message
    assert not hasattr(x, slip)


def test_attributes_are_closed():
    x = Value(1.0)
    for name in ("anything", "weights", "__dict__"):
        with pytest.raises(AttributeError):
            setattr(x, name, 1.0)
    for name in ("scope", "origin", "_prev", "_op"):
        with pytest.raises(AttributeError):
            setattr(x, name, 1.0)
    assert not hasattr(x, "__dict__")


def test_a_subclass_may_use_any_name():
    x = Named(2.0, "weight")
    assert x.name == "weight"
    x.value = 5
    assert x.value == 5
    with pytest.raises(AttributeNameError, match="did you mean 'grad'"):
        x.gard


# ── as a number, as an object ──────────────────────────────────────────────────────────────


def test_by_data_as_a_number():
    a, b, c = Value(3.0), Value(-1.5), Value(2.25)
    assert sorted([a, b, c]) == [b, c, a]
    assert max([a, b, c]) is a
    assert (a.item(), int(b), round(c), round(c, 1)) == (3.0, -1, 2, 2.2)
    assert (f"{c:.1f}", f"{c:>8.2f}", f"{a}") == ("2.2", "    2.25", "Value(data=3.0, grad=0.0)")
    assert a > b
    assert b < 0 < a
    assert a >= 3
    assert not a < nan
    assert (math.floor(c), math.ceil(c), math.trunc(b)) == (2, 3, -1)
    assert a == 3
    assert a == np.float64(3) == a
    assert np.array(3) == a
    assert a == Fraction(3)
    assert a != 3.5
    assert a not in ("3.0", None, 3j, [3.0])


def test_by_identity_as_an_object():
    a, b = Value(3.0), Value(3.0)
    assert a != b
    assert a == a
    assert len({a, b, a}) == 2
    assert {a: 1, 3.0: 2} == {a: 1, 3.0: 2}
    assert {a: 1, 3.0: 2}[a] == 1
    assert bool(Value(0.0))
    assert [a, b].index(b) == 1


def test_reprs():
    assert repr(Value(2)) == "Value(data=2.0, grad=0.0)"
    assert repr(Value(2, label="w")) == "Value(data=2.0, grad=0.0, label='w')"
    assert repr(Named(2, "n")) == "Named(data=2.0, grad=0.0)"


# ── operations recorded by hand, roles ─────────────────────────────────────────────────────


def test_an_operation_of_ones_own():
    x = Value(3.0)
    square = Value(x.data**2, (x,), (2 * x.data,), "square")
    assert (square.label, square.op.name, square.role) == ("square", "recorded", "operation")
    (square * 2).backward()
    assert x.grad == 12.0
    cube = Value(27, [x, x], [9, Fraction(18)], _op="cube")
    assert cube.op.name == cube._op == "cube"
    assert cube.partials == (9.0, 18.0)
    assert all(type(partial) is float for partial in cube.partials)
    assert Value(9.0, partials=(6.0,), _children=(x,)).parents == (x,)


RECORD_ERRORS = [
    (lambda x: Value(9.0, (x,)), "parents: 1, local derivatives: 0; each parent has one"),
    (lambda x: Value(9.0, (x,), "+"), "parents: 1, local derivatives: 0; each parent has one"),
    (lambda x: Value(9.0, (x, x), (6.0,)), "parents: 2, local derivatives: 1; each parent has one"),
    (lambda x: Value(9.0, (), (6.0,)), "parents: 0, local derivatives: 1; each parent has one"),
    (lambda x: Value(9.0, _children=(x,), _op="+"), "parents: 1, local derivatives: 0; each parent has one"),
]


@pytest.mark.parametrize(("record", "message"), RECORD_ERRORS)
def test_parents_without_local_derivatives_are_refused_and_shown_how(record, message):
    with pytest.raises(RecordError) as caught:
        record(Value(3.0))
    assert str(caught.value) == f"{message}, as in Value(9.0, (x,), (6.0,)) for x**2 at x = 3"
    assert isinstance(caught.value, TypeError)


def test_parents_are_values():
    with pytest.raises(RecordError) as caught:
        Value(9.0, (3.0,), (6.0,))
    assert str(caught.value) == "the parents are Values, not float; Value(9.0, (x,), (6.0,)) has one"


def test_roles():
    x, w = Value(1.0), Value(2.0, role="parameter")
    y = x * w + 3
    three = y.parents[1]
    assert (x.role, w.role, three.role, y.role) == ("input", "parameter", "constant", "operation")
    x.role = "constant"
    assert x.role == "constant"
    with pytest.raises(GraphError, match="was computed; only a leaf can be a parameter"):
        y.role = "parameter"
    with pytest.raises(GraphError) as caught:
        x.role = "paramter"
    assert str(caught.value) == "no leaf has the role 'paramter'; the roles are input, parameter, constant"


def test_names_of_micrograd():
    x = Value(2.0)
    signs = [x + 1, x - 1, x * 2, x / 2, -x, x**2, x**0.5, x**x, x.relu(), x.tanh(), x]
    assert [node._op for node in signs] == ["+", "-", "*", "/", "-", "**2", "**0.5", "**", "ReLU", "tanh", ""]
    assert (x * x)._prev == (x, x)
    assert Value(2.0, (), "", "x").label == "x"
    assert Value(data=2.0, _children=(), _op="", label="x").label == "x"


def test_special_methods_are_operators():
    assert set(SPECIAL) <= set(OPS)
    x, y = Value(3.0), Value(4.0)
    for name in ("add", "sub", "mul", "div"):
        assert not hasattr(Value, name)
    assert [(-x).data, abs(-x).data, (x - y).data, (x / y).data] == [-3.0, 3.0, -1.0, 0.75]


def test_shared_functions_at_every_arity():
    a, b = Value(1.0), Value(2.0)
    probabilities = softmax([a, b, 0.5])
    assert math.fsum(p.data for p in probabilities) == pytest.approx(1.0)
    probabilities[0].backward()
    assert a.grad == pytest.approx(probabilities[0].data * (1 - probabilities[0].data))


def test_the_same_program_gives_the_same_bits_in_every_order_of_memory():
    def build():
        rng = random.Random(5)
        nodes = [Value(rng.uniform(-1, 1)) for _ in range(5)]
        for _ in range(300):
            nodes.append((rng.choice(nodes[-9:]) * rng.choice(nodes) + rng.choice(nodes[-9:])).tanh())
        nodes[-1].backward()
        return [node.grad for node in nodes[:5] if node.grad]

    junk = [[object() for _ in range(n)] for n in range(50)]
    assert len({tuple(build()) for _ in itertools.repeat(junk, 5)}) == 1
