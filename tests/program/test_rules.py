"""The rows of the table over arrays: as rules, as NumPy source and as Python on floats, against `Op.forward`."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from doubles import ROWS, SETTINGS, SPECIAL, TINY, hostile, inputs

from microgrid import OPS, Value
from microgrid.engine import computed
from microgrid.engine.functions import affine, total
from microgrid.formula import evaluate, render
from microgrid.formula.floats import FLOATS
from microgrid.formula.operation import functions_of
from microgrid.formula.ops import ADDED, AFFINE
from microgrid.program import Program
from microgrid.program.rules import ONE, UFUNCS, ZERO, helpers, is_steep, rule, sharing

inf, nan = math.inf, math.nan
HELPERS = helpers(np, np.vectorize(math.erf, otypes=[float]))
WORDS = {**{word: getattr(np, name) for word, name in UFUNCS.items()}, **HELPERS}
NUMBERS = {**SETTINGS, "pow": [*SETTINGS["pow"], *[(n,) for n in (1 / 3, 7.0, 100.0, 1e-5)]]}
EVERY_OP = [row.at(*numbers) for row in ROWS for numbers in NUMBERS.get(row.name, ())]
EVERY_OP += [row for row in ROWS if not row.fixed]
every_op = pytest.mark.parametrize("op", EVERY_OP, ids=repr)


def root(x):
    with np.errstate(invalid="ignore"):
        return float(np.power(np.array([x]), 0.5)[0])


# Where a form for arrays departs from the row: operation, 0 for its value or which local derivative, where, its answer.
DEPARTURES = [
    ("log", 1, lambda x: x < 0, lambda x: 1 / x),
    ("log2", 1, lambda x: x < 0, lambda x: 1 / math.log(2) / x),
    ("log10", 1, lambda x: x < 0, lambda x: 1 / math.log(10) / x),
    ("log1p", 1, lambda x: x < -1, lambda x: 1 / (1 + x)),
    *((name, 1, lambda x: x == 0 and math.copysign(1, x) < 0, lambda x: -inf) for name in ("log", "log2", "log10")),
    ("pow; n=0.5", 0, lambda x: x == -inf, root),  # where np.power takes a square root, as from NumPy 2.3 on, it is nan
]


def points(op):
    """Ordinary and extreme numbers for every input."""
    count = len(op.stable.inputs)
    row = OPS[op.name]
    return [each[:count] for each in (*inputs(row, 200), *hostile(row)[::5])] + list(product(SPECIAL, repeat=count))


def departure(op, which, arguments):
    """The documented answer, where there is one."""
    names = (op.name, repr(op)[4:-1])
    rows = (answer for name, k, where, answer in DEPARTURES if name in names and k == which and where(*arguments))
    return next((answer(*arguments) for answer in rows), None)


FEWER = {"silu": 1e-15}  # around the place where its slope is 0 the form for arrays has so much of it


def close(found, expected, absolute=0.0):
    if abs(found - expected) <= absolute or found == expected or (math.isnan(found) and math.isnan(expected)):
        return True
    tiny = abs(found) <= TINY and abs(expected) <= TINY
    return tiny or abs(found - expected) <= 1e-13 * abs(expected) < inf


def check(op, arguments, found, exact=False):
    """The value and the local derivatives at one point, each as the engine has it, or as documented of the fast forms."""
    out, slopes = op.forward(*arguments)
    for which, (number, expected) in enumerate(zip(found, (out, *slopes), strict=True)):
        documented = None if exact and op.name != "pow" else departure(op, which, arguments)
        wanted = expected if documented is None else documented
        absolute = 0.0 if exact else FEWER.get(op.name, 0.0)
        assert close(number, wanted, absolute), (arguments, which, number, wanted)


# ── the rules ──────────────────────────────────────────────────────────────────────────────


def over_arrays(op, columns):
    """Value and local derivatives of the rule, evaluated in NumPy's words."""
    row = rule(op, len(op.stable.inputs))
    names = dict(zip(row.inputs, columns))
    with np.errstate(all="ignore"):
        names["out"] = evaluate(row.value, names, WORDS)
        slopes = [evaluate(partial, names, WORDS) for partial in row.partials]
    return [np.broadcast_to(each, columns[0].shape).tolist() for each in (names["out"], *slopes)]


@every_op
def test_a_rule_over_arrays_is_the_row_over_floats(op):
    where = points(op)
    for arguments, *found in zip(where, *over_arrays(op, list(map(np.array, zip(*where))))):
        check(op, arguments, found)


@pytest.mark.parametrize("row", DEPARTURES, ids=lambda row: row[0])
def test_what_is_documented_does_depart(row):
    name, which, where, _ = row
    op = next(op for op in EVERY_OP if name in (op.name, repr(op)[4:-1]))
    departing = [
        (*op.forward(*arguments)[:1], *op.forward(*arguments)[1])[which]
        for arguments in points(op)
        if where(*arguments)
    ]
    assert departing
    assert all(math.isnan(answer) or answer == inf for answer in departing)


@every_op
def test_a_rule_is_written_in_words_that_arrays_know(op):
    row = rule(op, len(op.stable.inputs))
    assert functions_of([row.value, *row.partials]) <= {*UFUNCS, *HELPERS}


def test_every_word_of_floats_is_one_of_arrays():
    assert {*FLOATS} == {*UFUNCS, *HELPERS}


WRITTEN = [
    # operation, how many inputs, value, local derivatives
    (OPS["pow"].at(-1.0), 1, "1/x", ["-1/x/x"]),
    (OPS["pow"].at(0.0), 1, "1", ["power_slope(x, 0)"]),
    (OPS["pow"].at(1.0), 1, "x", ["1"]),
    (OPS["pow"].at(2.0), 1, "x*x", ["2*x"]),
    (OPS["pow"].at(3.0), 1, "x*x*x", ["3*x*x"]),
    (OPS["pow"].at(2.5), 1, "x^2.5", ["power_slope(x, 2.5)"]),
    (OPS["log2"], 1, "log2(x)", ["1.4426950408889634/x"]),
    (ADDED, 3, "x1 + x2 + x3", ["1", "1", "1"]),
    (ADDED, 1, "x1", ["1"]),
    (AFFINE, 1, "x1", ["1"]),
    (AFFINE, 5, "x5 + x1*x3 + x2*x4", ["x3", "x4", "x1", "x2", "1"]),
]


@pytest.mark.parametrize(("op", "inputs", "value", "partials"), WRITTEN, ids=repr)
def test_how_a_rule_is_written(op, inputs, value, partials):
    row = rule(op, inputs)
    assert render(row.value) == value
    assert list(map(render, row.partials)) == partials


@every_op
def test_sharing_computes_the_same(op):
    """Parts with names, worked out in their order, give bit for bit what the formulas give."""
    where = points(op)
    columns = list(map(np.array, zip(*where)))
    row = rule(op, len(columns))
    wanted = tuple(k for k, partial in enumerate(row.partials) if partial != ZERO)
    found = sharing(row, wanted)
    names = dict(zip(row.inputs, columns))
    with np.errstate(all="ignore"):
        for name, part in found.early:
            names[name] = evaluate(part, names, WORDS)
        names["out"] = evaluate(found.value, names, WORDS)
        for name, part in found.late:
            names[name] = evaluate(part, names, WORDS)
        slopes = {k: evaluate(partial, names, WORDS) for k, partial in found.partials.items()}
    expected = over_arrays(op, columns)
    for k, each in {0: names["out"], **{k + 1: slope for k, slope in slopes.items()}}.items():
        assert np.array_equal(np.broadcast_to(each, len(where)), expected[k], equal_nan=True)


def test_what_is_computed_twice_is_shared():
    found = sharing(rule(OPS["sigmoid"], 1), (0,))
    assert [(name, render(part)) for name, part in found.early] == [
        ("part2", "exp(min(x, 709))"),
        ("part1", "1 + part2"),
    ]
    assert (render(found.value), render(found.partials[0])) == ("part2/part1", "out/part1")
    found = sharing(rule(OPS["tanh"], 1), (0,))
    assert not found.early
    assert [render(part) for _, part in found.late] == ["exp(-2*abs(x))"]
    assert sharing(rule(OPS["mul"], 2), ()).partials == {}
    assert sharing(rule(OPS["add"], 2), (0, 1)).partials == {0: ONE, 1: ONE}


# ── the source that is written from them ───────────────────────────────────────────────────


@every_op
@pytest.mark.parametrize("exact", [False, True], ids=["fast", "exact"])
def test_the_numpy_source_of_a_row(op, exact):
    where = [each for each in points(op) if all(map(math.isfinite, each))]
    x = [Value(0.5) for _ in op.stable.inputs]
    program = Program(computed(op, x), x, exact=exact)
    values, _, slopes = program.value_and_grad(where, by_inputs=True)
    for arguments, value, slope in zip(where, values.tolist(), slopes.tolist()):
        check(op, arguments, (value, *slope), exact)


@every_op
def test_the_float_source_of_a_row(op):
    """Where `math` raises, arrays answer."""
    where = [each for each in points(op) if all(map(math.isfinite, each))]
    x = [Value(0.5, role="parameter") for _ in op.stable.inputs]
    program, ran = Program(computed(op, x)), 0
    program.__dict__["_few"] = inf
    for arguments in where:
        ran += program._floats.run(np.empty((1, 0)), np.array(arguments)) is not None
        (value,), slopes = program.value_and_grad(params=np.array(arguments))
        check(op, arguments, (float(value), *slopes.tolist()))
    assert ran >= 40


# What closes a branch, and what has only a number of 0 there: the slopes that arrays drop by rule are closed too.
CLOSING = {"relu", "leaky_relu", "max", "min", "step", "clamp", "hardtanh", "where"}


def test_the_rows_that_close_a_branch():
    assert {op.name for op in EVERY_OP if op.masks} == CLOSING
    dropped = {op.name for op in OPS.values() if any(each == ZERO for each in rule(op, len(op.stable.inputs)).partials)}
    assert dropped == {"step", "where"}


@every_op
def test_a_gentle_row_is_finite_with_its_slopes_at_finite_numbers(op):
    """Up to where numbers overflow: half of the exponents."""
    steep = False
    for arguments in points(op):
        if all(x == 0 or 1e-150 < abs(x) < 1e150 for x in arguments):
            out, slopes = op.forward(*arguments)
            steep |= not all(map(math.isfinite, (out, *slopes)))
    assert is_steep(op) or not steep


def test_a_sum_and_a_layer_are_added_in_the_order_of_the_engine():
    x = [Value(number) for number in (1e16, 1.0, -1e16, 3.0, 0.1)]
    for root in (total(x), affine(x[:2], x[2:4], x[4])):
        assert Program(root, x, exact=True)([[each.data for each in x]]).item() == root.data
