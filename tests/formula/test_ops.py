"""The table: every row against high precision, its fast path against its careful one, its edges."""

from __future__ import annotations

import math
import pickle
import random
from dataclasses import replace
from pathlib import Path

import pytest
from accuracy import DIGITS, PROMISED, ROWS_APART, SUBNORMAL_GELU, SUMS_APART, compared, worst
from doubles import ROWS, SPECIAL, TINY, hostile, inputs, same
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from truth import NotReal, true_row, true_slope, true_value, ulps

from microgrid import OPS, Value
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.engine.methods import method_name
from microgrid.errors import GraphError
from microgrid.formula import EVERY_OP, Call, Name, Number, parse, render
from microgrid.formula.expression import OPERATORS
from microgrid.formula.operation import CLOSED, functions_of, generated, op, shared
from microgrid.formula.ops import LOGSUMEXP, ROLES, ROW_LATEX, ROW_UNICODE, SOFTMAX, VARIADIC
from microgrid.formula.printing import JAVASCRIPT, LATEX, TEXT, UNICODE
from microgrid.sheet import remarks

anything = st.floats() | st.sampled_from(SPECIAL)
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
nan, inf = math.nan, math.inf


@pytest.fixture(autouse=True)
def _precision():
    with mp.workdps(DIGITS):
        yield


def numbers_of(row):
    """Any doubles, as many as the row takes."""
    return st.tuples(*[anything] * (len(row.stable.inputs) + len(row.fixed)))


# ── the numbers are right ──────────────────────────────────────────────────────────────────


@every_row
def test_value_and_local_derivatives_are_right_over_the_whole_domain(row):
    value, slope = ROWS_APART.get(row.name, PROMISED)
    found = worst(row, [*inputs(row, 150), *hostile(row)[::31]])
    assert [each for each, most in zip(found, (value, slope, slope, slope)) if each.ulps > most] == []
    assert all(each.at for each in found)  # each was looked at somewhere


def test_the_readme_promises_what_is_measured():
    text = " ".join((Path(__file__).parents[2] / "README.md").read_text("utf-8").split())
    value, slope = PROMISED
    assert (
        f"are within {value} units in the last place of the true value, their local derivatives within {slope}" in text
    )
    mish, cbrt = ROWS_APART["mish"], ROWS_APART["cbrt"]
    assert {*ROWS_APART} == {"cbrt", "mish", "gelu"} and ROWS_APART["gelu"] == mish and cbrt[0] == value
    assert f"GELU and Mish are within {mish[0]} and {mish[1]}, cbrt′ is within {cbrt[1]}" in text
    assert f"of n numbers, are within n + {SUMS_APART}." in text and f"GELU′, within {SUBNORMAL_GELU}," in text


@every_row
def test_what_is_wrong_by_some_ulps_is_seen(row):
    """The truth is no nearer to its neighbours."""
    off = replace(row, forward=lambda *x: nudged(*row.forward(*x)))
    found = worst(off, inputs(row, 60))
    assert all(each.ulps > 2 for each in found), found


def nudged(out, partials):
    """Each number five doubles further."""
    return further(out), tuple(map(further, partials))


def further(number):
    for _ in range(5):
        number = math.nextafter(number, inf)
    return number


@every_row
def test_textbook_derivatives_are_those_of_the_textbook_value(row):
    """By difference quotient in 1,300 digits, so that a rule wrong in both forms is caught too."""
    rng, tried = random.Random(row.name), 0
    with mp.workdps(1300):
        for _ in range(25):
            x = rng.choice((1, 1, -1)) * 10 ** rng.uniform(-3, 1.3)
            y = rng.choice((1, 1, -1)) * 10 ** rng.uniform(-2, 0.8)
            arguments = (x, y, x + y)[: len(row.stable.inputs) + len(row.fixed)]
            try:
                _, slopes = true_row(row, arguments)
                quotients = [true_slope(row, arguments, slot) for slot in range(len(slopes))]
            except NotReal:
                continue
            tried += 1
            for slope, quotient in zip(slopes, quotients):
                assert abs(slope - quotient) <= mpf(10) ** -100 * (1 + abs(slope)), arguments
    assert tried >= 5


@every_row
def test_outside_its_domain_a_row_is_nan(row):
    for arguments in inputs(row, 100):
        names = dict(zip((*row.book.inputs, *row.fixed), map(mpf, arguments)))
        try:
            true_value(row.book.value, names)
        except NotReal as problem:
            if problem.args == ("complex",):
                out, partials = row.forward(*arguments)
                assert all(map(math.isnan, (out, *partials))), arguments


@pytest.mark.parametrize(
    ("x", "n", "slope"),
    [(-1.0, 1e17, -1e17), (1.0, 1e17, 1e17), (-1.0, 2.0**53, -(2.0**53)), (4.0, 1e-20, 2.5e-21), (0.0, 1.0, 1.0)],
)
def test_the_slope_of_a_power_survives_the_rounding_of_its_exponent(x, n, slope):
    assert OPS["pow"].forward(x, n)[1] == (slope,)


SURVIVORS = [
    ("power", 2.47781787712505e-254, -0.21676655313884985),
    ("power", 1.0 + 2.0**-40, 7.81e14),
    ("power", 1.5, 1751.0),
    ("power", 1e-309, 1e-10),
    ("power", 1.0000000000001041, -7.04e15),
    ("power", 0.5, 1070.0),
    ("power", 1.0 - 2.0**-40, 8.1e14),
    ("power", 1e-160, 2.0),
    ("power", 2e-308, -0.0014),
    ("pow", -5e-324, -1.246026546598542e16),
    ("pow", -1.5, 2.0**60),
    ("hypot", 1.7e308, -8.7e307),
    ("hypot", 5e-324, -5e-324),
    ("hypot", 3.5e-323, 1.7e308),
    ("atan2", -1.3e308, 1.7e308),
    ("atan2", 2.5e-308, 2.3e-308),
    ("atan2", 1e-300, 1e8),
    ("atan", 1.6e154),
    ("atan", -1.7e308),
    ("mish", -1.1924312145154952),
]


@pytest.mark.parametrize(("name", *"xy"), [(*each, None)[:3] for each in SURVIVORS])
def test_slopes_survive_what_over_or_underflows(name, x, y):
    arguments = (x,) if y is None else (x, y)
    found = list(compared(OPS[name], arguments))
    assert found and [each for each in found if each.ulps > PROMISED[1]] == []


def test_the_slope_of_a_power_next_to_0_keeps_its_sign():
    slope = OPS["power"].forward(0.5, 1070.0)[1][0]
    assert OPS["power"].forward(-0.5, 1070.0)[1][0] == -slope
    assert OPS["power"].forward(-0.5, 1071.0)[1][0] > 0


# ── the fast path and the careful path ─────────────────────────────────────────────────────


@every_row
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_careful_path_answers_everything_and_agrees_with_the_fast_one(row, data):
    arguments = data.draw(numbers_of(row))
    out, partials = row.forward(*arguments)
    if row.careful is None:
        return
    careful_out, careful_partials = row.careful(*arguments)
    assert same(out, careful_out)
    assert all(map(same, partials, careful_partials))
    try:
        fast_out, fast_partials = generated(row, row.body, row.slopes, None)(*arguments)
    except (ArithmeticError, ValueError):
        return
    assert same(fast_out, careful_out)
    assert all(map(same, fast_partials, careful_partials))


@every_row
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_doubles_give_doubles_and_the_method_gives_the_same(row, data):
    arguments = data.draw(numbers_of(row))
    count = len(row.stable.inputs)
    out, partials = row.forward(*arguments)
    values = list(map(Value, arguments[:count]))
    node = getattr(Value, method_name(row))(*values, *arguments[count:])
    assert type(node.data) is float
    assert all(isinstance(partial, float) for partial in node.partials)
    assert same(node.data, out)
    assert all(map(same, node.partials, partials))
    assert node.parents == tuple(values)
    assert node.op.settings == dict(zip(row.fixed, arguments[count:])) or nan != nan
    node.backward()
    assert all(isinstance(value.grad, float) for value in values)


@every_row
def test_nan_in_is_nan_out(row):
    """Except where the answer does not depend on the nan: nan ** 0 and 1 ** nan."""
    count = len(row.stable.inputs) + len(row.fixed)
    arguments = [nan, *[3.0] * (count - 1)]
    assert math.isnan(row.forward(*arguments)[0])


def test_rows_that_cannot_raise_have_no_careful_path():
    assert {row.name for row in ROWS if row.careful is None} >= {"add", "sub", "mul", "neg", "relu", "abs", "max"}
    assert {row.name for row in ROWS if row.careful} >= {"div", "pow", "log", "exp", "sigmoid"}


# ── the rows as rows ───────────────────────────────────────────────────────────────────────


@every_row
def test_a_row_can_be_printed_in_every_notation(row):
    for formula in (row.stable.value, *row.stable.partials, row.book.value, *row.book.partials):
        assert parse(render(formula, TEXT)) == formula
        for language in (UNICODE, JAVASCRIPT, LATEX, ROW_UNICODE, ROW_LATEX):
            text = render(formula, language)
            assert text.count("(") == text.count(")")
            assert text.count("{") == text.count("}")


@every_row
def test_a_row_says_what_it_is(row):
    assert OPS[row.name] is row
    assert row.symbol
    assert repr(row).startswith(f"<Op {row.name}")
    assert row.takes[-1] == len(row.stable.inputs) + len(row.fixed)
    assert len(row.partials if hasattr(row, "partials") else row.stable.partials) == len(row.stable.inputs)


@pytest.mark.parametrize("operation", EVERY_OP.values(), ids=list(EVERY_OP))
def test_an_operation_pickles_as_its_name(operation):
    copy = pickle.loads(pickle.dumps(operation))
    assert copy is operation or (copy is operation.at(*operation.settings.values()) and repr(copy) == repr(operation))


def test_fixed_numbers_travel_with_the_operation():
    cube = OPS["pow"].at(3.0)
    assert cube.forward(2.0) == (8.0, (12.0,))
    assert cube.settings == {"n": 3.0}
    assert pickle.loads(pickle.dumps(cube)) is cube
    assert repr(cube) == "<Op pow; n=3>"
    assert render(cube.row(1).value) == "x^3"
    assert [render(each) for each in cube.row(1).partials] == ["3*x^(3 - 1)"]
    assert render(cube.applied(parse("a + b"))) == "(a + b)^3"
    assert render(OPS["leaky_relu"].applied(parse("a"))) == "leaky_relu(a, 0.01)"


@pytest.mark.parametrize(
    "row",
    [
        ("f(x)", "x * y", "y"),
        ("f(x, y)", "x * y", "y"),
        ("f(x)", "x", "1", "1"),
        ("f(x)", "x", "out2"),
    ],
)
def test_a_mistake_in_a_row_is_found_when_it_is_read(row):
    late = op(*row)
    with pytest.raises(ValueError, match=r"the row f"):
        _ = late.stable.value
    with pytest.raises(ValueError, match=r"the row f"):
        late.forward(1.0)


def test_functions_of_finds_signs_and_words():
    assert functions_of([parse("-exp(x) + 2")]) == {"neg", "exp", "+"}


def test_a_closed_branch_is_zero_times_anything():
    assert [CLOSED * x for x in (inf, nan, 3.0)] == [inf * CLOSED for _ in range(3)] == [0.0] * 3
    assert pickle.loads(pickle.dumps(CLOSED)) is CLOSED
    assert CLOSED == 0.0


# ── operations of any number of inputs ─────────────────────────────────────────────────────

terms = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6)
tails = st.lists(st.floats(-800, 800) | st.floats(-1, 1), min_size=1, max_size=6)


@pytest.mark.parametrize("operation", VARIADIC.values(), ids=list(VARIADIC))
def test_variadic_operations_agree_with_what_they_write(operation):
    """The formulas that are printed are the formulas that are computed."""
    rng = random.Random(operation.name)
    for _ in range(40):
        bound = operation.at(float(rng.randint(1, 3))) if operation.fixed else operation
        data = [rng.uniform(-3, 3) for _ in range(7 if operation.name == "affine" else rng.randint(3, 6))]
        row = bound.row(len(data))
        names = dict(zip(row.inputs, map(mpf, data)))
        out, partials = bound.forward(*data)
        names["out"] = true_value(row.value, names)
        assert abs(mpf(out) - names["out"]) < mpf("1e-14")
        assert len(partials) == len(row.partials) == len(data)
        for partial, formula in zip(partials, row.partials):
            assert abs(mpf(partial) - true_value(formula, names)) < mpf("1e-14")


@given(terms)
@settings(deadline=None)
def test_a_sum_has_the_bits_of_python_additions(data):
    out = data[0]
    for each in data[1:]:
        out = out + each
    assert total(data).data == out
    assert total(data).partials == (1.0,) * len(data)


@given(terms, st.floats(-10, 10))
@settings(deadline=None)
def test_affine_has_the_bits_of_products_added_from_the_bias_on(data, bias):
    out = bias
    for each in data:
        out = out + each * 0.3
    node = affine([0.3] * len(data), data, bias)
    assert node.data == out
    assert node.partials == (*data, *[0.3] * len(data), 1.0)


@given(tails)
@example([0.0, -46.0])
@example([0.1, 700.3])
@example([-1000.0])
@settings(deadline=None, max_examples=150)
def test_logsumexp_and_softmax_keep_their_tails(data):
    powers = [mp.exp(mpf(x)) for x in data]
    whole = mp.fsum(powers)
    out, partials = LOGSUMEXP.forward(*data)
    # Two terms may cancel in the value (ln 2 - 0.693); it is right to the last bits of the larger one.
    assert abs(mpf(out) - mp.log(whole)) <= 2 * mpf(math.ulp(max(abs(out), abs(max(data)))))
    for i, power in enumerate(powers):
        assert close(partials[i], power / whole, len(data))
        value, slopes = SOFTMAX.at(float(i + 1)).forward(*data)
        assert close(value, power / whole, len(data))
        for j, other in enumerate(powers):
            slope = power * (whole - power) / whole**2 if i == j else -power * other / whole**2
            assert close(slopes[j], slope, len(data))


def close(got, true, count):
    return abs(mpf(got) - true) <= TINY or ulps(got, true) <= SUMS_APART + count


@pytest.mark.parametrize(
    ("data", "out", "partials"),
    [
        ((1000.0, -1000.0), 1000.0, (1.0, 0.0)),
        ((-1000.0,), -1000.0, (1.0,)),
        ((0.0, -46.0), 1.0530617357553812e-20, (1.0, 1.0530617357553812e-20)),
        ((-inf, -inf), -inf, (0.5, 0.5)),
        ((inf, 1.0), inf, (1.0, 0.0)),
        ((-inf, 1.0), 1.0, (0.0, 1.0)),
        ((1e308, -1e308), 1e308, (1.0, 0.0)),
        ((nan, 1.0), nan, (nan, nan)),
    ],
)
def test_logsumexp_at_its_edges(data, out, partials):
    found, slopes = LOGSUMEXP.forward(*data)
    assert same(found, out)
    assert all(map(same, slopes, partials))


@given(st.lists(anything, min_size=1, max_size=4))
@settings(deadline=None)
def test_variadic_operations_never_raise(data):
    for operation in (VARIADIC["sum"], LOGSUMEXP, SOFTMAX.at(1.0)):
        out, partials = operation.forward(*data)
        assert isinstance(out, float)
        assert len(partials) == len(data)


def test_softmax_at_nan_and_infinity():
    assert all(math.isnan(p.data) for p in softmax([nan, 1.0]))
    assert [p.data for p in softmax([inf, 1.0])] == [1.0, 0.0]


@pytest.mark.parametrize("function", [total, logsumexp, softmax])
def test_nothing_has_no_sum(function):
    with pytest.raises(GraphError, match=r"of nothing; give it at least one Value"):
        function([])


def test_roles_are_operations_without_inputs():
    assert {name: role.stable.inputs for name, role in ROLES.items()} == {"input": (), "parameter": (), "constant": ()}


def test_an_operator_is_known_by_the_signs_in_its_row():
    for name, row in OPS.items():
        value = row.stable.value
        is_sign = isinstance(value, Call) and value.function in OPERATORS
        is_sign = is_sign and all(isinstance(each, Name) for each in value.arguments)
        assert row.is_operator == (is_sign or isinstance(value, Name)), name


def test_what_no_small_change_moves_is_listed_for_sheets():
    flat = {name for name, row in OPS.items() if set(row.book.partials) == {Number(0.0)}}
    assert flat | {"above", "sign"} == remarks.FLAT


def test_what_formulas_of_a_row_have_in_common_is_computed_once():
    formulas = [parse("exp(x) + exp(-x)*out"), parse("exp(x)*2*sin(out) + sin(out)")]  # nothing of out: it comes later
    assert shared(formulas) == (["t0 = exp(x)"], ["t0 + exp(-x) * out", "t0 * 2.0 * sin(out) + sin(out)"])
    assert shared([parse("exp(x)"), parse("tanh(exp(x))*tanh(exp(x))")]) == (
        ["t0 = exp(x)", "t1 = tanh(t0)"],
        ["t0", "t1 * t1"],
    )
    assert shared([parse("exp(x)"), parse("2*x")]) == ([], ["exp(x)", "2.0 * x"])


def test_a_row_of_any_number_of_inputs_is_written_as_a_sign_or_as_a_function():
    found = {name: render(row.applied(*map(Name, "abc"))) for name, row in VARIADIC.items() if name != "affine"}
    signs = {"sum": "a + b + c", "amax": "max(a, b, c)", "amin": "min(a, b, c)"}
    assert found == {name: signs.get(name, f"{name}(a, b, c)") for name in found}
