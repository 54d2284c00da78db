"""The gradient checks: what they pass, what they catch and name, what they leave open."""

from __future__ import annotations

import dataclasses
import math
import random
import re

import pytest
from doubles import ROWS

from microgrid import OPS, GraphError, MicrogridError, NotRealError, Value, errors
from microgrid.auditing import gradcheck
from microgrid.auditing.comparison import SHOWN
from microgrid.auditing.gradcheck import Check, Comparison, GradientError, gradcheck_exactly
from microgrid.engine import FUNCTIONS, gradients
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.formula.ops import VARIADIC
from microgrid.nn import MLP
from microgrid.training.losses import cross_entropy, mse

both = pytest.mark.parametrize("check", [gradcheck, gradcheck_exactly])


def verdicts(check):
    return [row.verdict for row in check.rows]


def at(function, x, check=gradcheck):
    """The one row of a function of one number."""
    (row,) = check(function, [x]).rows
    return row


def cube_with_wrong_slope(x):
    """x³ recorded by hand, its local derivative forgetting the 3."""
    return Value(x.data**3, (x,), (x.data**2,), label="cube")


# ── what is right ──────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("shift", [0.0, 0.125, -0.25])
def test_every_row_of_the_table_is_right_at_ordinary_points(check, row, shift):
    points = [0.5 + shift, 0.3 - shift, 0.7][: len(row.stable.inputs)]
    points = [1.5 + shift] if row.name == "acosh" else points
    fixed = [2.5, 3.5][: len(row.fixed)]
    found = check(lambda *values: FUNCTIONS[row.name](*values, *fixed), points)
    assert verdicts(found) == ["right"] * len(points), str(found)
    assert found.ok
    assert found.raise_if_wrong() is found


@both
def test_operations_of_any_number_of_inputs_are_right(check):
    calls = {
        "sum": lambda *x: total(x),
        "affine": lambda *x: affine(x[:2], x[2:4], x[4]),
        "logsumexp": lambda *x: logsumexp(x),
        "softmax": lambda *x: softmax(x)[1],
        "amax": lambda *x: FUNCTIONS["amax"](*x),
        "amin": lambda *x: FUNCTIONS["amin"](*x),
    }
    assert set(calls) == set(VARIADIC)
    for call in calls.values():
        assert verdicts(check(call, [0.3, -1.2, 0.8, 2.0, -0.4])) == ["right"] * 5


@both
def test_a_network_and_its_loss(check):
    random.seed(3)
    model = MLP(2, [3, 2])
    before = [(p.data, p.grad) for p in model.parameters()]
    samples, targets = [[0.5, -1.0], [1.5, 0.25]], [0, 1]
    found = check(lambda: cross_entropy([model(each) for each in samples], targets), parameters=model)
    assert len(found.rows) == len(model.parameters()) == 17
    assert found.ok
    assert set(verdicts(found)) <= {"right", "kink"}
    assert [(p.data, p.grad) for p in model.parameters()] == before


@both
def test_scales_from_tiny_to_huge(check):
    for x in (1e-300, 1e-10, 1e-3, 1.0, 1e3, 1e10, 1e300):
        assert at(Value.log, x, check).verdict == "right", x
        assert at(lambda v: v * 3 + 1, x, check).verdict == "right", x
    for x in (1e-10, 1e-100):
        assert at(lambda v: 1 / v, x, check).verdict == "right", x
    assert at(Value.exp, 700.0, check).verdict == "right"
    assert at(Value.sin, 1e6, check).verdict == "right"
    assert at(lambda v: v * v, 0.0, check).verdict == "right"
    assert at(lambda v: v * v - v * v, 0.3, check).verdict == "right"
    assert at(lambda v: v + 0.1 + 1e8 - 1e8, 0.3, check).verdict == "right"


@both
def test_what_does_not_reach_the_result_has_slope_0(check):
    x, unused = Value(1.0, label="x"), Value(2.0, label="unused")
    found = check(lambda: x * x, parameters=[x, unused])
    assert [(row.recorded, row.numeric) for row in found.rows[1:]] == [(0.0, 0.0)]
    assert verdicts(found) == ["right", "right"]
    assert at(lambda v: v, 2.0, check).recorded == 1.0


# ── what is wrong ──────────────────────────────────────────────────────────────────────────


def test_a_wrong_local_derivative_is_caught_and_named():
    x, y = Value(2.0, label="x"), Value(5.0, label="y")
    found = gradcheck(lambda x, y: cube_with_wrong_slope(x.exp().log()) * y + x, [x, y])
    assert verdicts(found) == ["wrong", "right"]
    assert not found.ok
    assert found.worst is found.rows[0]
    assert found.rows[0].culprit == "cube = recorded(v2), recorded by hand"
    assert (found.rows[0].recorded, found.rows[0].numeric) == pytest.approx((21.0, 61.0))
    with pytest.raises(GradientError) as caught:
        found.raise_if_wrong()
    assert str(caught.value).startswith("the derivative by x is recorded as 21, differences give 61 ± ")
    assert str(caught.value).endswith("; look at cube = recorded(v2), recorded by hand")
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, (MicrogridError, ArithmeticError))


@pytest.mark.parametrize("factor", [1 + 1e-6, 0.0, -1.0, 2.0, math.inf, math.nan])
def test_wrong_by_little_and_by_much(factor):
    row = at(lambda v: Value(v.data**2, (v,), (2 * v.data * factor,)), 3.0)
    assert row.verdict == "wrong"
    assert row.gravity[1] < -1


def test_an_operation_with_the_wrong_formula_is_caught_by_its_textbook():
    wrong = dataclasses.replace(OPS["tanh"], forward=lambda x: (math.tanh(x), (1 - math.tanh(x),)))

    def tanh(v):
        node = v.tanh()
        node.op, node.partials = wrong, wrong.forward(v.data)[1]
        return node

    assert at(tanh, 0.5, gradcheck).verdict == "wrong"
    assert at(tanh, 0.5, gradcheck).culprit == "v1 = tanh(x1)"
    assert at(tanh, 0.5, gradcheck_exactly).verdict == "wrong"


def test_a_naive_formula_that_lost_its_tail_is_wrong():
    row = at(lambda v: (1 - v.sigmoid()).log(), 40.0, gradcheck_exactly)
    assert (row.recorded, row.verdict) == (-math.inf, "wrong")
    assert row.numeric == pytest.approx(-1.0)
    assert at(lambda v: (-v).logsigmoid(), 40.0, gradcheck_exactly).verdict == "right"


def test_a_graph_that_changes_its_shape_has_no_culprit():
    def f(v):
        return Value(v.data**2, (v,), (0.0,)) if v.data >= 3 else v * v + 0

    assert at(f, 3.0).verdict == "wrong"
    assert at(f, 3.0).culprit == ""


# ── kinks ──────────────────────────────────────────────────────────────────────────────────

KINKS = {
    "relu": (Value.relu, 0.0, 1.0),
    "abs": (abs, -1.0, 1.0),
    "leaky_relu": (Value.leaky_relu, 0.01, 1.0),
    "max": (lambda v: v.max(2 * v), 1.0, 2.0),
    "min": (lambda v: v.min(0.0), 1.0, 0.0),
    "hinge": (lambda v: (v - 1e-3 * v).max(0), 0.0, 0.999),
}


@both
@pytest.mark.parametrize("name", KINKS)
def test_a_kink_is_no_failure(check, name):
    function, left, right = KINKS[name]
    row = at(function, 0.0, check)
    assert row.verdict == "kink"
    assert (row.left, row.right) == pytest.approx((left, right), rel=1e-5, abs=1e-5)
    assert min(left, right) <= row.recorded <= max(left, right)
    assert check(function, [0.0]).ok


@both
def test_a_slope_that_is_not_between_the_sides_of_a_kink_is_wrong(check):
    if check is gradcheck:
        assert at(lambda v: Value(abs(v.data), (v,), (3.0,)), 0.0).verdict == "wrong"
    steep = dataclasses.replace(OPS["abs"], forward=lambda x: (abs(x), (3.0,)))

    def f(v):
        node = abs(v)
        node.op, node.partials = steep, (3.0,)
        return node

    assert at(f, 0.0, check).verdict == "wrong"


@both
def test_a_jump_is_a_kink(check):
    assert at(Value.step, 0.0, check).verdict == "kink"
    assert at(Value.step, 0.3, check).verdict == "right"


def test_the_text_of_a_kink():
    row = at(Value.relu, 0.0)
    assert str(row) == "the derivative by x1 is recorded as 0, at a kink: 0 on the left, 1 on the right"


@both
def test_beside_a_kink_there_is_none(check):
    for x in (1e-10, -1e-10, 1e-3, -1e-3):
        assert at(Value.relu, x, check).verdict == "right", x
        assert at(abs, x, check).verdict == "right", x
    assert at(lambda v: abs(v) ** 1.5, 0.0, gradcheck).verdict != "wrong"


@both
@pytest.mark.parametrize("far", [1e-3, 1e-6, 1e-10, 1e-14])
def test_a_kink_near_by_is_none(check, far):
    for side in (-far, far):
        assert at(lambda v, side=side: (v - side).relu() + v, 0.0, check).verdict == "right", side


def test_a_check_is_true_where_none_is_wrong():
    assert gradcheck(lambda x: x * x, [3.0])
    assert not gradcheck(cube_with_wrong_slope, [2.0])


FLAT = {
    "a floor that starts at 1": lambda x, y: ((x * x + y * y).sqrt() - 1).relu(),
    "a floor that starts at 1e-10": lambda x, y: (x * x + y * y).sqrt().max(1e-10),
    "as flat as a square": lambda x, y: x * abs(x) + y * abs(y),
}


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_point_is_told_from_any_slope(name):
    assert verdicts(gradcheck(FLAT[name], [0.0, 0.0])) == ["right", "right"]
    for slope in (5.0, -1e-3):
        found = gradcheck(lambda x, y, slope=slope: Value(FLAT[name](x, y).data, (x, y), (slope, slope)), [0.0, 0.0])
        assert verdicts(found) == ["wrong", "wrong"], slope


@pytest.mark.parametrize("inputs", [[], [1.0], [1.0, 2.0, 3.0]])
def test_a_wrong_number_of_inputs_is_said(inputs):
    count = f"does not take {len(inputs)} input{'s' * (len(inputs) != 1)}: "
    with pytest.raises(GraphError, match=count):
        gradcheck(lambda x, y: x * y, inputs, {"w": Value(1.0)})


# ── what differences of doubles cannot tell ────────────────────────────────────────────────

SATURATED = {
    "tanh": (Value.tanh, 20.0),
    "sigmoid": (Value.sigmoid, 40.0),
    "beside a large number": (lambda v: 1e10 + v.exp(), -20.0),
    "minus its limit": (lambda v: v.tanh() - 1, 115.0),
    "softplus": (lambda v: 1 + v.softplus(), -300.0),
    "faster than doubles are dense": (lambda v: (1e13 * v).sin(), 1.234),
}


@both
@pytest.mark.parametrize("name", SATURATED)
def test_many_digits_tell_what_doubles_cannot(check, name):
    f, x = SATURATED[name]
    assert at(f, x, check).verdict == "right"
    wrong = at(lambda v: twice_as_steep(f(v)), x, check)
    assert wrong.verdict == "wrong"
    assert wrong.numeric == pytest.approx(wrong.recorded / 2, rel=1e-3)


def twice_as_steep(node):
    node.partials = tuple(2 * partial for partial in node.partials)
    return node


@pytest.mark.parametrize("name", SATURATED)
@pytest.mark.parametrize("factor", [-1.0, 1.0, 2.0])
def test_without_a_formula_they_leave_it_open(name, factor):
    f, x = SATURATED[name]
    slope = factor * gradients_of(f, x)
    row = at(lambda v: Value(f(Value(v.data)).data, (v,), (slope,)), x)
    assert row.verdict == "unclear"
    assert gradcheck(f, [x]).ok
    assert re.search(
        "which cannot be told: .*; compute it by operations of Values, and their formulas are replayed", str(row)
    )


def gradients_of(f, x):
    v = Value(x)
    return gradients(f(v))[v]


def test_rounding_inside_the_graph_is_named():
    row = at(lambda v: (1 - v.sigmoid()).log(), 36.0)
    assert row.verdict == "unclear"
    assert row.recorded == pytest.approx(-1.0446, rel=1e-4)
    text = "cannot be told: rounding inside the graph alone moves it by 0.045; write the formula so that it keeps its digits"
    assert text in str(row)


def test_a_kink_that_rounding_moved_here_is_one():
    f = lambda v: abs(v * (1 / 3) - 1)  # noqa: E731
    assert f(Value(3.0)).data == 0.0
    assert at(f, 3.0, gradcheck).verdict == "kink"
    assert at(f, 3.0, gradcheck_exactly).verdict == "kink"


@both
def test_where_there_is_no_value_there_is_no_verdict(check):
    for f in (Value.sqrt, Value.log, lambda v: v**0.5, lambda v: 1 / v, lambda v: (v - 1).log()):
        row = at(f, 0.0, check)
        assert row.verdict == "unclear"
        assert math.isnan(row.numeric)
        assert "cannot be told: the " in str(row)
    assert at(Value.exp, math.nan, check).verdict == "unclear"


DOUBTS = {
    "the result is -inf here; check it where it is finite": (Value.log, 0.0),
    "the result is nan here; check it where it is finite": (Value.log, -1.0),
    "the result has no finite value below 0.0; check it further inside": (Value.sqrt, 0.0),
    "the result jumps here; check it beside the jump": (
        lambda v: Value(1.0 * (v.data > 0) - (v.data < 0), (v,), (0.0,)),
        0.0,
    ),
    "the result has no finite value above 2.0; check it further inside (ValueError: too far)": (
        lambda v: no_further(v),
        2.0,
    ),
    "the slopes are -inf on the left, inf on the right; check it beside this kink": (lambda v: abs(v) ** 0.5, 0.0),
}


def no_further(v):
    if v.data > 2:
        raise ValueError("too far")
    return v * v


@pytest.mark.parametrize("doubt", DOUBTS)
def test_why_it_cannot_be_told(doubt):
    row = at(*DOUBTS[doubt])
    assert (row.verdict, re.sub(r"(\d+\.\d+|\d)e11", "inf", row.doubt)) == ("unclear", doubt)
    assert str(row).endswith(f"which cannot be told: {row.doubt}")


def test_doubts_and_culprits_stand_under_the_table():
    found = gradcheck(lambda x, y: x.sqrt() + cube_with_wrong_slope(y), {"x": 0.0, "y": 2.0})
    *_, counts, wrong, unclear = str(found).splitlines()
    assert counts == "1 unclear, 1 wrong"
    assert wrong.startswith("wrong: the derivative by y is recorded as 4, differences give 12 ± ")
    assert unclear.startswith(
        "unclear: the derivative by x is recorded as inf, which cannot be told: the result has no"
    )


def test_tails_below_the_doubles():
    assert at(Value.softplus, -1000.0, gradcheck_exactly).verdict == "right"
    assert at(Value.softplus, -700.0, gradcheck_exactly).verdict == "right"


def test_the_precision_of_others_is_left_alone():
    from mpmath import mp

    before = mp.prec
    at(Value.tanh, 300.0, gradcheck_exactly)
    assert mp.prec == before


def test_large_graphs_are_not_replayed_for_ever(monkeypatch):
    replays = []
    monkeypatch.setattr("microgrid.auditing.trial.Trial.moves_alike", lambda *told: replays.append(told))
    monkeypatch.setattr("microgrid.auditing.trial.PATIENCE", 100)

    def f(*values):
        node = total(values)
        node.partials = (2.0,) * len(values)
        return node

    assert verdicts(gradcheck(f, [1.0] * 5)) == ["wrong"] * 5
    assert len(replays) == 2  # 8 × 6 nodes each


# ── names ──────────────────────────────────────────────────────────────────────────────────


def names(check):
    return [row.name for row in check.rows]


@both
def test_names(check):
    w = Value(2.0, label="w")
    assert names(check(lambda x, y: x * y, [1.0, w])) == ["x1", "w"]
    assert names(check(lambda x, y: x * y, {"a": 1.0, "b": w})) == ["a", "b"]
    assert names(check(lambda x: x * w, 3.0, {"weight": w})) == ["x1", "weight"]
    assert names(check(lambda x: x * w, w, w)) == ["w", "w"]
    p = Value(1.0)
    assert names(check(lambda: p * w, parameters=iter([p, w]))) == ["p1", "w"]


def test_modules_name_their_parameters():
    class Named:
        def __init__(self):
            self.w = Value(1.5)

        def named_parameters(self):
            return [("layer.w", self.w)]

    class Plain:
        def parameters(self):
            return [w]

    model, w = Named(), Value(2.0)
    assert names(gradcheck(lambda: model.w * 2, parameters=model)) == ["layer.w"]
    assert names(gradcheck(lambda: w * 2, parameters=Plain())) == ["p1"]


# ── the result ─────────────────────────────────────────────────────────────────────────────


def row(name="w", recorded=1.0, numeric=1.0, verdict="right"):
    return Comparison(name, recorded, numeric, 1e-8, verdict, numeric, numeric)


def test_the_table():
    found = Check(
        (row("w11", 1.0, 1.0 + 1e-9), row("b", 2.0, 3.0, "wrong"), row("a name that goes on and on", 0.5, 0.5))
    )
    assert str(found).splitlines() == [
        "                         recorded      differences     apart   at most",
        "w11                             1                1      1e-9      1e-8  right",
        "b                               2                3         1      1e-8  wrong",
        "a name that goe…              0.5              0.5         0      1e-8  right",
        "2 right, 1 wrong",
        "wrong: the derivative by b is recorded as 2, differences give 3 ± 1e-8",
    ]


def test_no_line_is_too_long():
    numbers = [-1.7976931348623157e308, -2.2250738585072014e-308, -0.00012345678901234, math.inf, math.nan, -math.inf]
    rows = tuple(row("n" * 40, a, b, "unclear") for a in numbers for b in numbers)
    assert max(map(len, Check(rows).table().splitlines())) <= 80
    assert len(Check(rows).table().splitlines()) == 37
    assert len(str(Check(rows)).splitlines()) == 22


def test_the_gravest_come_first_where_only_some_are_shown():
    many = [row(f"r{i}") for i in range(30)]
    many[25:25] = [row("k", verdict="kink"), row("bad", 1.0, 2.0, "wrong"), row("worse", 1.0, 3.0, "wrong")]
    found = Check((*many, row("u", verdict="unclear")))
    shown = [line.split()[0] for line in str(found).splitlines()[1:5]]
    assert shown == ["worse", "bad", "u", "k"]
    assert found.worst.name == "worse"
    count, *told = str(found).splitlines()[-3:]
    assert count == "30 right, 1 kink, 1 unclear, 2 wrong"
    assert [each.partition(" recorded")[0] for each in told] == [
        f"wrong: the derivative by {each} is" for each in ("worse", "bad")
    ]
    assert [each.name for each in found.having("wrong")] == ["bad", "worse"]


def test_results_are_frozen():
    found = gradcheck(Value.exp, [1.0])
    for thing, name in ((found, "rows"), (found.rows[0], "verdict")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, ())


def test_its_error_stands_in_the_tree():
    assert issubclass(errors.GradientError, (MicrogridError, ArithmeticError)) and GradientError is errors.GradientError
    helpers = {
        "MicrogridError",
        "Mistake",
        "brief",
        "counted",
        "did_you_mean",
        "file_named",
        "other_name",
        "type_named",
    }
    assert {*errors.__all__} - helpers == {*re.findall(r"[├└]── (\w+)", errors.__doc__)}


def test_only_so_many_wrong_ones_are_listed():
    with pytest.raises(GradientError) as caught:
        Check(tuple(row(f"r{i}", 1.0, 2.0, "wrong") for i in range(30))).raise_if_wrong()
    assert len(str(caught.value).splitlines()) == SHOWN


# ── errors ─────────────────────────────────────────────────────────────────────────────────

fixed = Value(2.0) * 3
draws = random.Random(0)
ERRORS = [
    (
        lambda c: c(3, [1]),
        "gradcheck runs a function, not a int; give it a function of Values, such as lambda x: x.tanh()",
    ),
    (
        lambda c: c(MLP(2, [1], seed=0), [1.0, 2.0]),
        "a network takes one list, and gradcheck gives its function number by number; write gradcheck(lambda *x: model(x), inputs, model)",
    ),
    (lambda c: c(lambda: Value(1.0)), "gradcheck of nothing; give it inputs, or the parameters that the function uses"),
    (
        lambda c: c(lambda v: [v, v], [1.0]),
        "gradcheck needs one Value as the result, not list; add its outputs up, or check them one at a time",
    ),
    (
        lambda c: c(lambda v: v.data, [1.0]),
        "gradcheck needs one Value as the result, not float; v.data, v.item() and round(v, 3) are plain numbers, v.exp() and v stay linked",
    ),
    (
        lambda c: c(lambda v: fixed, [1.0]),
        "the function gave Value(data=6.0, grad=0.0) twice, not computed anew; compute it inside the function",
    ),
]


@both
@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[message[:40] for _, message in ERRORS])
def test_errors_say_what_is_wrong(check, call, message):
    with pytest.raises(GraphError) as caught:
        call(check)
    assert str(caught.value) == message


@both
def test_a_function_that_draws_random_numbers_is_refused(check):
    with pytest.raises(
        GraphError, match=r"the function gave \S+, then \S+ for the same numbers; let it draw no random"
    ):
        check(lambda v: v * draws.random(), [1.0])


def test_a_node_recorded_by_hand_cannot_be_replayed():
    with pytest.raises(GraphError) as caught:
        gradcheck_exactly(cube_with_wrong_slope, [2.0])
    text = "Value(data=8.0, grad=0.0, label='cube') was recorded by hand: it has no formula to replay; take gradcheck"
    assert str(caught.value) == text


@both
def test_only_numbers_go_in(check):
    with pytest.raises(NotRealError, match="not str 'a'"):
        check(lambda v: v, ["a"])


def test_an_error_on_the_way_gives_every_number_back():
    x = Value(1.0)

    def f(v):
        if v.data > 1:
            raise RuntimeError("a mistake in the function")
        return v * v

    with pytest.raises(RuntimeError, match="a mistake in the function"):
        gradcheck(f, [x])
    assert x.data == 1.0


def test_gradients_are_left_alone():
    x = Value(1.0)
    x.grad = 7.0
    gradcheck(lambda v: mse(v, 3.0), [x])
    gradcheck_exactly(lambda v: mse(v, 3.0), [x])
    assert (x.data, x.grad) == (1.0, 7.0)
