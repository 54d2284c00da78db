"""The operations as functions: the words of a formula, over numbers and over Values."""

from __future__ import annotations

import math

import pytest
from doubles import ROWS
from hypothesis import given, settings
from hypothesis import strategies as st

from microgrid import OPS, GraphError, NotRealError, Value
from microgrid.engine import FUNCTIONS, gradients
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.engine.methods import method_name
from microgrid.formula import EVERY_OP, evaluate, parse
from microgrid.formula.expression import OPERATORS
from microgrid.formula.floats import FLOATS
from microgrid.formula.ops import ROLES, VARIADIC

every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


class Mine(Value):
    pass


def arguments_of(row):
    return [0.5, 0.25, 0.75][: len(row.stable.inputs)], [2.0] * len(row.fixed)


def test_every_operation_and_every_sign_is_a_function():
    assert set(FUNCTIONS) == set(EVERY_OP) - set(ROLES) | set(OPERATORS)


@every_row
def test_a_function_of_numbers_is_a_number(row):
    inputs, fixed = arguments_of(row)
    found = FUNCTIONS[row.name](*inputs, *fixed)
    assert type(found) is float
    assert found == row.forward(*inputs, *fixed)[0] or math.isnan(found)


@every_row
def test_a_function_of_values_is_the_method(row):
    inputs, fixed = arguments_of(row)
    values = list(map(Mine, inputs))
    found = FUNCTIONS[row.name](*values, *fixed)
    wanted = getattr(Value, method_name(row))(*values, *fixed)
    assert type(found) is Mine
    assert repr(found) == repr(wanted)
    assert found.parents == wanted.parents
    assert repr(found.partials) == repr(wanted.partials)
    assert found.op is wanted.op


def test_a_fixed_number_may_be_left_out_where_it_has_a_value():
    assert FUNCTIONS["leaky_relu"](-2.0) == -0.02
    assert FUNCTIONS["leaky_relu"](-2.0, 0.5) == -1.0
    assert FUNCTIONS["leaky_relu"](Value(-2.0), 0.5).op.settings == {"slope": 0.5}


def test_a_power_takes_the_rule_of_its_exponent():
    x, y = Value(3.0), Value(2.0)
    assert FUNCTIONS["**"](x, 2).op is OPS["pow"].at(2.0)
    assert FUNCTIONS["**"](x, y).op is OPS["power"]
    assert FUNCTIONS["**"](2, y).op is OPS["power"]
    assert FUNCTIONS["**"](2, 3) == 8.0
    with pytest.raises(NotRealError, match="a plain number is its"):
        FUNCTIONS["pow"](x, y)


def test_functions_of_any_number_of_inputs():
    a, b = Value(1.0), Value(2.0)
    assert FUNCTIONS["sum"](a, b, 3).data == 6.0
    assert FUNCTIONS["affine"](a, b, 3.0, 4.0, 0.5).data == 11.5
    assert FUNCTIONS["logsumexp"](a, a).data == 1.0 + math.log(2)
    assert [p.data for p in FUNCTIONS["softmax"](a, a)] == [0.5, 0.5]
    assert {FUNCTIONS[name](a, b, 3.0).op.name for name in VARIADIC if name != "softmax"} == set(VARIADIC) - {"softmax"}


@pytest.mark.parametrize("call", [total, logsumexp, lambda x: softmax(x)[0], lambda x: affine([1.0], [x[1]], x[0])])
def test_a_number_in_front_does_not_lose_the_subclass(call):
    node = call([1.0, Mine(2.0)])
    assert {type(each) for each in (node, *node.parents)} == {Mine}
    assert [each.role for each in node.parents].count("constant") == len(node.parents) - 1


@pytest.mark.parametrize("call", [total, logsumexp, lambda x: softmax(x)[0], lambda x: affine([x[1]], [x[2]], x[0])])
def test_a_node_is_of_the_class_of_its_first_input_and_has_no_gradient_yet(call):
    for classes in ((Mine, Value, Value), (Value, Mine, Mine), (Value, Value, Mine)):
        node = call([kind(each) for kind, each in zip(classes, (1.0, 2.0, 4.0))])
        assert type(node) is type(node.parents[0]) and node.grad == 0.0 and node.label == "" and node.parents


def test_affine_needs_as_many_weights_as_inputs():
    with pytest.raises(GraphError) as caught:
        affine([1.0, 2.0], [Value(1.0)])
    assert str(caught.value) == "affine has 2 weights for 1 inputs; each input has one weight"
    with pytest.raises(NotRealError, match="not str 'a'"):
        affine(["a"], [Value(1.0)])


@given(st.iterables(st.floats(-5, 5), min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_terms_may_come_from_any_iterable(terms):
    data = list(terms)
    assert total(iter(data)).data == total(tuple(data)).data
    assert math.fsum(p.data for p in softmax(iter(data))) == pytest.approx(1.0)
    assert affine(iter(data), iter(data)).data == affine(data, data, 0).data


def test_a_formula_over_values_is_the_recorded_computation():
    formula = parse("-y*log(p) - (1 - y)*log(1 - p) + sum(p, p^2)/2")
    p, y = Value(0.8), Value(1.0)
    loss = evaluate(formula, {"p": p, "y": y}, FUNCTIONS)
    assert loss.data == evaluate(formula, {"p": 0.8, "y": 1.0}, {**FLOATS, "sum": lambda *x: math.fsum(x)})
    assert gradients(loss)[p] == pytest.approx(-1 / 0.8 + 0.5 + 0.8)
