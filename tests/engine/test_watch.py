"""Watching computations: the first inf or nan is named, scopes mark nodes, the collector pauses."""

from __future__ import annotations

import gc
import inspect
import math
import re

import pytest

from microgrid import MicrogridError, NonFiniteError, Value, gc_paused, raise_nonfinite
from microgrid.engine import scope
from microgrid.engine.functions import affine, logsumexp, total
from microgrid.engine.value import inspectors, observers
from microgrid.nn import Neuron

HERE = re.escape(__file__)


@pytest.fixture(autouse=True)
def _nothing_left_watching():
    yield
    assert observers == []
    assert inspectors == []


def x(data=0.0, label="x"):
    return Value(data, label=label)


NAN = Value(math.nan)
CAUGHT = [
    # what is computed, message; `HERE` stands for the file and line
    (lambda: x(label="p").log(), "log of p = 0.0 is -inf (HERE); log needs a number above 0"),
    (lambda: x(-1.0).log(), "log of x = -1.0 is nan (HERE); log needs a number above 0"),
    (lambda: x(1.0) / 0, "div of x = 1.0, 0.0 is inf (HERE); the divisor must not be 0"),
    (lambda: x(1e308) * 10, "mul of x = 1e+308, 10.0 is inf (HERE); beyond the largest double, 1.8e308"),
    (lambda: Value(800.0).exp(), "exp of 800.0 is inf (HERE); exp overflows above 709.78"),
    (lambda: Value(math.inf, label="w"), "input w is inf (HERE)"),
    (lambda: Value(math.nan), "input is nan (HERE)"),
    (lambda: Value(math.nan, role="parameter"), "parameter is nan (HERE)"),
    (
        lambda: x().sqrt(),
        "the derivative of sqrt of x = 0.0 by x is inf (HERE); sqrt needs a number above 0, and is vertical at 0",
    ),
    (
        lambda: Value(0.0) ** 0.5,
        "the derivative of pow of 0.0 by its input 0.0 is inf (HERE); x ** 0.5 is vertical at 0",
    ),
    (lambda: Value(1.0, (x(),), (math.inf,), "own"), "the derivative of recorded of x = 0.0 (own) by x is inf (HERE)"),
    (
        lambda: affine([x(1e308)], [x(10.0, "i")], 0.0),
        "affine of x = 1e+308, i = 10.0, 0.0 is inf (HERE); beyond the largest double, 1.8e308",
    ),
    (
        lambda: affine([Value(1.2345e200)] * 9, [Value(k * 1e150) for k in range(9)], 0.5),
        "affine of 9 inputs, the largest 1.235e+200 is inf (HERE); beyond the largest double, 1.8e308",
    ),
    (lambda: logsumexp([NAN] * 9), "logsumexp of 9 inputs, one of them nan is nan (HERE)"),
    (lambda: Value(-0.123456789).log(), "log of -0.1235 is nan (HERE); log needs a number above 0"),
    (
        lambda: x(1.00000001).asin(),
        "asin of x = 1.00000001 is nan (HERE); asin needs a number from -1 to 1, and is vertical at both",
    ),
    (lambda: Value(-1.00001).log1p(), "log1p of -1.00001 is nan (HERE); log1p needs a number above -1"),
    (
        lambda: Value(0.0) ** 0.99999999,
        "the derivative of pow of 0.0 by its input 0.0 is inf (HERE); x ** 0.99999999 is vertical at 0",
    ),
    (lambda: x(1e10) / 1e-301, "div of x = 10000000000.0, 1e-301 is inf (HERE); the divisor is too near 0"),
    (
        lambda: Neuron(1, init="zeros", name="Layer 2 · neuron 1")([math.inf]),
        "Layer 2 · neuron 1: affine of 0.0, inf, 0.0 is nan (HERE); 0 · inf, or inf - inf, has no value; look at what made the inf",
    ),
    (lambda: logsumexp([x(1.0), math.inf]), "logsumexp of x = 1.0, inf is inf (HERE)"),
    (lambda: sum([x(1e308), 1.0, 1e308]), "add of 1e+308, 1e+308 is inf (HERE); beyond the largest double, 1.8e308"),
    (lambda: Neuron(1)([math.inf]), r"affine of W, inf, 0.0 is INF (HERE)"),
]


@pytest.mark.parametrize(("compute", "message"), CAUGHT, ids=[each[1].split(" (")[0] for each in CAUGHT])
def test_the_first_number_that_is_not_finite_is_named(compute, message):
    line = inspect.getsourcelines(compute)[1]
    pattern = re.escape(message).replace("W", "-?[0-9.]+").replace("INF", "-?inf")
    pattern = pattern.replace("HERE", f"{HERE}:{line}")  # last: the path may hold any letter
    with raise_nonfinite(), pytest.raises(NonFiniteError) as caught:
        compute()
    assert re.fullmatch(pattern, str(caught.value)), str(caught.value)
    assert isinstance(caught.value, (ArithmeticError, MicrogridError))
    compute()  # outside, nothing stops


def test_a_gradient_that_is_not_finite_is_named_and_changes_no_gradient():
    with raise_nonfinite():
        w = Value(1e-300, label="w")
        line = inspect.currentframe().f_lineno - 1
        h = w * 1e200
        y = h * 1e200
        h.grad = 7.0
        with pytest.raises(NonFiniteError) as caught:
            y.backward()
    assert str(caught.value) == f"the gradient of w is inf ({__file__}:{line}); look at the values after it"
    assert (w.grad, h.grad, y.grad) == (0.0, 7.0, 0.0)
    y.backward()
    assert w.grad == math.inf


def test_a_gradient_of_a_node_without_a_label_is_named_by_its_computation():
    y = Value(1e-300).exp().log()
    w = y * 1e200 * 1e200
    y.parents[0].partials = (1e300,)
    with raise_nonfinite(), pytest.raises(NonFiniteError) as caught:
        (w * 1e-100).backward()
    assert re.fullmatch(r"the gradient of .* is inf; look at the values after it", str(caught.value))


def test_a_node_without_a_label_is_named_by_its_scope():
    with scope("Layer 2 · neuron 1"):
        y = Value(1e-150) * 1e-150
    z = y * 1e200 * 1e200
    with raise_nonfinite(), pytest.raises(NonFiniteError) as caught:
        z.backward()
    text = "the gradient of mul of 1e-150, 1e-150 (Layer 2 · neuron 1) is inf; look at the values after it"
    assert str(caught.value) == text


def test_the_line_of_every_node_is_kept_while_watching():
    with raise_nonfinite():
        a = Value(2.0)
        b = (a
             * a)  # fmt: skip
    c = a * a
    assert a.origin.startswith(f"{__file__}:")
    assert b.origin.startswith(f"{__file__}:")
    assert int(b.origin.rsplit(":", 1)[1]) - int(a.origin.rsplit(":", 1)[1]) in (1, 2)
    assert c.origin is None


def test_numbers_that_are_finite_pass():
    with raise_nonfinite(), raise_nonfinite():
        a = Value(-1.0)
        y = a.relu() + a.sigmoid() * a.max(2.0) + a.step()
        y.backward()
    assert a.grad != 0


def test_an_error_inside_switches_the_watching_off():
    with pytest.raises(ZeroDivisionError), raise_nonfinite(), scope("s"):
        1 / 0
    assert Value(0.0).log().data == -math.inf
    assert Value(0.0).log().scope is None


def test_scopes_mark_what_is_computed_inside_the_inner_one_wins():
    before = Value(1.0)
    with scope("outer"):
        a = before * 2
        with scope("inner"):
            b = a * 2
        c = b * 2
    d = c * 2
    assert [node.scope for node in (before, a, b, c, d)] == [None, "outer", "inner", "outer", None]
    with scope("outer"):
        e = Neuron(1, name="mine")([1.0])
    assert e.scope == "mine"


def test_gc_paused_nests_and_survives_errors():
    assert gc.isenabled()
    with gc_paused():
        assert not gc.isenabled()
        with gc_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
        with pytest.raises(ZeroDivisionError), gc_paused():
            1 / 0
        assert not gc.isenabled()
    assert gc.isenabled()


def test_gc_paused_leaves_a_collector_that_was_off_off():
    gc.disable()
    try:
        with gc_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("count", "told"),
    [(4, "1.0, 1.0, 1.0, x = inf"), (5, "5 inputs, the largest inf"), (9, "9 inputs, the largest inf")],
)
def test_four_inputs_are_told_one_by_one_and_more_by_the_largest(count, told):
    terms = [*(Value(1.0) for _ in range(count - 1)), Value(math.inf, label="x")]
    with raise_nonfinite(), pytest.raises(NonFiniteError, match=f"^sum of {re.escape(told)}"):
        total(terms)
    with raise_nonfinite(), pytest.raises(NonFiniteError, match=f"^affine of {count} inputs, the largest inf"):
        affine([Value(1.0)] * count, terms)
