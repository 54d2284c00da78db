"""The operations as JavaScript: node computes what the engine computes, at every kind of double."""

import json
import math
import random
import subprocess
import sys
from itertools import product

import pytest
from doubles import ROWS, SPECIAL, hostile, inputs
from outside import PATIENCE

from microgrid.engine.functions import FUNCTIONS
from microgrid.formula import EVERY_OP, OPS, Call, Number, Op, render
from microgrid.formula.expression import OPERATORS
from microgrid.formula.floats import FLOATS
from microgrid.formula.javascript import expression, javascript
from microgrid.formula.operation import CLOSED, VOCABULARY, op
from microgrid.formula.ops import ROLES, VARIADIC
from microgrid.formula.printing import LATEX, PYTHON, TEXT, UNICODE
from microgrid.formula.words import WORDS
from microgrid.web.scripts import joined

ARITHMETIC = joined("arithmetic.js")
inf, nan = math.inf, math.nan

# ── the points ─────────────────────────────────────────────────────────────────────────────

EXTREME = [sys.float_info.max, sys.float_info.min, 1e-310, 1e160, -1e-160, 1e22, 709.78271289338397, 710.4, -745.1332]
EXTREME += [math.pi / 2, 1.9999999999999998, 2.0000000000000004, 5.9, 27.2, 1 + 2**-52, 3.0, 1 / 3]
VECTORS = [
    [1000.0, 1000.0], [-1000.0, 0.0, -1000.0], [1e308, 1e308], [-1e308, 1e308], [1e16, 1.0, -1e16], [5e-324, 5e-324],
    [inf, 1.0], [inf, inf, 1.0], [-inf, -inf], [-inf, 3.0], [inf, -inf], [nan, 1.0], [1.0, nan, inf],
    [-0.0], [-0.0, -0.0], [0.0, -0.0], [2.0], [2.0] * 300, [1e9 + 0.1, 1e9 - 0.3], [1e15 + 0.125, 1e15 - 20.375],
    [math.log(0.5), math.log(0.5)], [0.0, -40.0], [-300.0, 0.1], [nan], [inf],
]  # fmt: skip


def row_points(row):
    count = len(row.stable.inputs) + len(row.fixed)
    extreme = product([*SPECIAL, *EXTREME], repeat=count) if count < 3 else product(SPECIAL, repeat=count)
    return [*inputs(row, 300), *hostile(row)[::2], *extreme]


def vectors():
    rng = random.Random(0)
    lengths = [rng.randint(1, 7) for _ in range(150)]
    widths = [rng.choice([1e-5, 1.0, 30.0, 800.0]) for _ in lengths]
    return [*VECTORS, *([rng.uniform(-width, width) for _ in range(n)] for n, width in zip(lengths, widths))]


def variadic_points(name):
    rng = random.Random(name)
    if name == "affine":
        return [[*rng.sample(x, len(x)), *x, rng.choice(SPECIAL)] for x in vectors()]
    if name == "softmax":
        return [[*x, float(which + 1)] for x in vectors() for which in range(min(len(x), 4))]
    return vectors()


POINTS = {**{row.name: row_points(row) for row in ROWS}, **{name: variadic_points(name) for name in VARIADIC}}
TWINS = [name for name in FLOATS if name not in OPERATORS or name == "**"]

# Rows that the table does not have: any formula in the vocabulary, any name that JavaScript keeps for itself.
SWISH = op("swish(x)", "x * sigmoid(x)", "sigmoid(x) + x * sigmoid(x) * sigmoid(-x)")
RESERVED = [
    op("delete(new, var)", "new * var", "var", "new"),
    op("typeof(this)", "delete(this, this) + abs(this)", "2 * this + sign(this)"),
    op("OPS(Arithmetic)", "-Arithmetic ** 2 * pi", "-2 * Arithmetic * pi"),
    op("constructor(null; NaN)", "max(null, NaN)", "above(null, NaN)", masks=True),
]
STRANGE = [SWISH, *RESERVED]

# What closed branches come to: pairs of JavaScript, and the answers, CLOSED where it is null.
CLOSED_PAIRS = {
    "times": {
        "[null, Infinity]": CLOSED,
        "[null, NaN]": CLOSED,
        "[Infinity, null]": CLOSED,
        "[NaN, null]": CLOSED,
        "[null, null]": CLOSED,
        "[2, 3]": 6.0,
        "[0, Infinity]": nan,
    },
    "plus": {
        "[null, Infinity]": inf,
        "[null, null]": CLOSED,
        "[0, null]": 0.0,
        "[2, 3]": 5.0,
        "[null, NaN]": nan,
    },
}

# ── node ───────────────────────────────────────────────────────────────────────────────────


def block(operations, name, points):
    """What OPS[name] says at the points, where nothing but these operations is defined."""
    return f"{javascript(operations)}\nreturn {json.dumps(points)}.map(x => OPS[{json.dumps(name)}](...x));"


def strange_points(row):
    return list(product(SPECIAL, repeat=len(row.stable.inputs) + len(row.fixed)))


TRIPLES = [(x, y, 2 * x) for x, y in product([*SPECIAL, *EXTREME], repeat=2)]


def twin(name):
    """How many arguments Arithmetic's function takes, and what it says to them."""
    name = "power" if name == "**" else name
    return (
        f"const f = Arithmetic.{name}; return [f.length, {json.dumps(TRIPLES)}.map(x => f(...x.slice(0, f.length)))];"
    )


def blocks():
    yield from ((name, block([EVERY_OP[name]], name, points)) for name, points in POINTS.items())
    yield from ((f"strange {row.name}", block(STRANGE, row.name, strange_points(row))) for row in STRANGE)
    yield "swish alone", block([SWISH], "swish", [[0.7], [-800.0]])
    yield (
        "names",
        javascript(EVERY_OP.values()) + "\nreturn [Object.keys(OPS), 'valueOf' in OPS, Object.keys(OPS.pow)];",
    )
    yield from (
        (word, f"return [{', '.join(str(pair) for pair in pairs)}].map(x => Arithmetic.{word}(...x));")
        for word, pairs in CLOSED_PAIRS.items()
    )
    yield from ((f"twin {name}", twin(name)) for name in TWINS)


@pytest.fixture(scope="module")
def answers(node):
    """What every block returns, from one process of node in strict mode."""
    texts = ",\n".join(f"{json.dumps(name)}: (() => {{\n{body}\n}})()" for name, body in blocks())
    number = "(key, x) => typeof x === 'number' ? {number: Object.is(x, -0) ? '-0' : String(x)} : x"
    program = f'"use strict";\n{ARITHMETIC}\nconsole.log(JSON.stringify({{{texts}}}, {number}));'
    answer = subprocess.run([node, "-"], input=program, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return json.loads(answer.stdout, object_hook=lambda found: float(found["number"]) if "number" in found else found)


# ── what it has to say ─────────────────────────────────────────────────────────────────────


def near(found, wanted, absolute=0.0):
    """To 1e-14, or 20 units of a subnormal's last place; the same zero, infinity or nan, and closed together.

    The promise is 1e-12; libraries differ in the last bits only, and a bound so near finds more.
    """
    if wanted is CLOSED or found is None:
        return wanted is CLOSED and found is None
    if found == wanted or not math.isfinite(found) or not math.isfinite(wanted):
        same_sign = math.copysign(1, found) == math.copysign(1, wanted)
        return (found == wanted and same_sign) or (found != found and wanted != wanted)
    return abs(found - wanted) <= 1e-14 * abs(wanted) + 1e-322 + absolute


def wrong(operation, points, answer, absolute=lambda point: 0.0):
    """The points where node says something else than the engine."""
    assert len(points) == len(answer)
    found = []
    for point, (value, slopes) in zip(points, answer):
        wanted, partials = operation.forward(*point)
        right = near(value, wanted, absolute(point)) and len(slopes) == len(partials)
        if not right or not all(map(near, slopes, partials)):
            found.append((point, (value, slopes), (wanted, partials)))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_alone_is_the_engines(row, answers):
    assert wrong(row, POINTS[row.name], answers[row.name]) == []


def cancelled(point):
    """largest + log1p(…) near 0 keeps the rounding of its two terms."""
    return 4 * 2**-52 * abs(max(point)) if all(map(math.isfinite, point)) else 0.0


@pytest.mark.parametrize("name", VARIADIC)
def test_every_operation_of_any_number_of_inputs_is_the_engines(name, answers):
    absolute = cancelled if name == "logsumexp" else lambda point: 0.0
    assert wrong(VARIADIC[name], POINTS[name], answers[name], absolute) == []


@pytest.mark.parametrize("name", ["sum", "affine"])
def test_sums_have_the_same_bits(name, answers):
    values = [VARIADIC[name].forward(*point)[0] for point in POINTS[name]]
    assert list(map(repr, values)) == [repr(value) for value, _ in answers[name]]


@pytest.mark.parametrize("name", TWINS)
def test_every_word_of_the_vocabulary_has_its_twin(name, answers):
    takes, found = answers[f"twin {name}"]
    wanted = [(x, FLOATS[name](*x)) for x in (each[: int(takes)] for each in TRIPLES)]
    assert len(found) == len(wanted)
    assert [(*each, got) for each, got in zip(wanted, found) if not near(got, each[1])] == []


@pytest.mark.parametrize("row", STRANGE, ids=lambda row: row.name)
def test_a_new_row_follows_from_its_formulas_whatever_its_names(row, answers):
    assert wrong(row, strange_points(row), answers[f"strange {row.name}"]) == []


def test_a_new_row_brings_the_rows_that_it_uses(answers):
    assert wrong(SWISH, [(0.7,), (-800.0,)], answers["swish alone"]) == []


@pytest.mark.parametrize("word", CLOSED_PAIRS)
def test_a_closed_branch_passes_nothing_on(word, answers):
    assert list(map(near, answers[word], CLOSED_PAIRS[word].values())) == [True] * len(CLOSED_PAIRS[word])


def test_the_page_knows_the_operations_and_nothing_else(answers):
    assert answers["names"] == [[*OPS, *VARIADIC], False, []]


# ── what is written ────────────────────────────────────────────────────────────────────────


def test_a_name_is_written_once_and_fixed_numbers_are_arguments():
    powers = [OPS["pow"].at(2.0), OPS["pow"].at(-0.5), OPS["pow"]]
    assert javascript(powers) == javascript(powers[2:])
    assert javascript([OPS["leaky_relu"].at(0.3)]).count("($x, $slope) =>") == 1


def test_what_has_no_formula_is_left_out():
    by_hand = Op("mul")
    assert javascript([by_hand, *ROLES.values()]) == javascript([])
    assert javascript([OPS["mul"], by_hand]) == javascript([OPS["mul"]])


def test_the_vocabulary_takes_one_name_of_the_page():
    assert ARITHMETIC.startswith("const Arithmetic = (() => {\n") and ARITHMETIC.endswith("})();\n")


def test_both_fit_in_a_script_element():
    assert "</" not in ARITHMETIC + javascript(EVERY_OP.values()) and "<!--" not in ARITHMETIC


def test_fixed_numbers_may_be_left_out_in_every_notation():
    for row in (each for each in OPS.values() if each.settings):
        inputs, settings = len(row.stable.inputs), [*row.settings.values()]
        for count in row.takes:
            given = [0.4] * inputs + [0.5 * each for each in settings][: count - inputs]
            whole = given + settings[count - inputs :]
            for known in (WORDS, VOCABULARY, FUNCTIONS):
                assert known[row.name](*given) == row.forward(*whole)[0], (row, count)
            call = Call(row.name, tuple(map(Number, given)))
            assert expression(call) == expression(Call(row.name, tuple(map(Number, whole))))
            assert all(render(call, language) for language in (TEXT, UNICODE, LATEX, PYTHON))
