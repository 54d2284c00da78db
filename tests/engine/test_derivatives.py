"""Derivatives as Values: the numbers of `backward`, and right again at the second and third order.

The oracle is a difference quotient of the textbook's value in some hundred digits: it knows no rule of any row.
"""

from __future__ import annotations

import copy
import itertools
import math
import pickle
import random
from collections import Counter

import pytest
from doubles import ROWS, inputs, same
from graphs import random_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from outside import engine
from test_closed import CASES, case_of
from truth import MP, NotReal, true_value

from microgrid import Graph, GraphError, NonFiniteError, Program, Value, derivative, explain, nn, raise_nonfinite, steps
from microgrid.engine import computed, gradients
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.formula import OPS, evaluate, parse, render
from microgrid.formula.ops import VARIADIC
from microgrid.formula.slopes import slope_rows, slopes

ORDERS = (1, 2, 3)
LARGEST, SMALLEST = 1e300, 1e-290  # beyond, a true derivative is hardly a double any more
MP_WORDS = {**MP, "sum": lambda *x: sum(x), "exp_difference": lambda x, y: mp.exp(x - y)}

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
each_variadic = pytest.mark.parametrize("row", VARIADIC.values(), ids=list(VARIADIC))
each_slope = pytest.mark.parametrize("row", slope_rows().values(), ids=list(slope_rows()))


# ── the oracle ─────────────────────────────────────────────────────────────────────────────


def quotient(f, x, way):
    """The derivative of f by the inputs in `way`, one after the other, as a central difference."""
    if not way:
        return f(x)
    h = (abs(x[way[0]]) or 1) * mpf(10) ** -40
    left, right = ([each + (sign * h if i == way[0] else 0) for i, each in enumerate(x)] for sign in (-1, 1))
    return (quotient(f, right, way[1:]) - quotient(f, left, way[1:])) / (2 * h)


def textbook(row, count, fixed=()):
    """The textbook's value of a row as a function of its inputs."""
    bound = row.at(*fixed) if fixed else row
    formulas = bound.row(count)
    return lambda x: true_value(formulas.value, dict(zip(formulas.inputs, x)))


def ways(count):
    """Every derivative up to the third order by that many inputs, lower orders first: (0,), …, (0, 0, 1), …"""
    return [way for order in ORDERS for way in itertools.combinations_with_replacement(range(count), order)]


def is_right(got, true, f, x, way):
    """Within 1e-10 of itself; or as far off as the true derivative is where the inputs differ in the 14th digit."""
    if abs(true) > LARGEST:
        return True
    if not math.isfinite(got):
        return False
    error = abs(mpf(got) - true)
    if error <= mpf("1e-10") * abs(true) + SMALLEST:
        return True
    sensitivity = sum(abs(each * quotient(f, x, (*way, i))) for i, each in enumerate(x))
    return error <= mpf("1e-14") * sensitivity


def derivatives(root, leaves):
    """The derivatives up to the third order, by the way to them."""
    made = {(): root}
    for way in ways(len(leaves)):
        made[way] = derivative(made[way[:-1]], leaves[way[-1]])
    return made


def wrong(operation, numbers, f):
    """The ways whose derivative is not what differences say, and how many there are in all."""
    leaves = list(map(Value, numbers))
    made, x, found, tried = derivatives(computed(operation, leaves), leaves), list(map(mpf, numbers)), [], 0
    for way in ways(len(numbers)):
        try:
            true = quotient(f, x, way)
        except NotReal:
            continue
        tried += 1
        if not is_right(made[way].data, true, f, x, way):
            found.append((way, made[way].data, float(true)))
    return found, tried


# ── every row, at every order ──────────────────────────────────────────────────────────────


def at_a_kink(row, x, fixed):
    return (row.name in ("max", "min") and x[0] == x[1]) or (row.name in ("clamp", "hardtanh") and x[0] in fixed)


@each_row
def test_the_first_three_derivatives_are_right_over_the_domain_and_in_its_tails(row):
    count, tried = len(row.stable.inputs), 0
    with mp.workdps(500):
        for arguments in inputs(row, 32 if count == 1 else 10):
            x, fixed = arguments[:count], arguments[count:]
            if any(not 1e-9 < abs(each) < 1e9 for each in x) or at_a_kink(row, x, fixed):
                continue
            operation = row.at(*fixed) if fixed else row
            found, points = wrong(operation, x, textbook(row, count, fixed))
            assert found == [], arguments
            tried += points
    assert tried > 30


@each_row
def test_the_first_derivative_has_the_bits_of_the_gradient(row):
    """Over all the doubles, infinities and kinks too."""
    count = len(row.stable.inputs)
    for arguments in [*inputs(row, 100), *itertools.product((0.0, -0.0, 1.0, -1.0, math.inf, -math.inf), repeat=count)]:
        operation = row.at(*(arguments[count:] or (3.0, 4.0)[: len(row.fixed)])) if row.fixed else row
        leaves = list(map(Value, arguments[:count]))
        root = computed(operation, leaves)
        assert [repr(each.data + 0.0) for each in derivative(root, leaves)] == [
            repr(partial + 0.0) for partial in root.partials
        ], arguments


AT_ZERO = {
    "tanh": (1, 0, -2), "sigmoid": (1 / 4, 0, -1 / 8), "softplus": (1 / 2, 1 / 4, 0), "logsigmoid": (1 / 2, -1 / 4, 0),
    "asin": (1, 0, 1), "acos": (-1, 0, -1), "atan": (1, 0, -2), "asinh": (1, 0, -1), "atanh": (1, 0, 2),
    "erf": (2 / math.sqrt(math.pi), 0, -4 / math.sqrt(math.pi)), "tan": (1, 0, 2), "sin": (1, 0, -1), "cos": (0, -1, 0),
    "exp": (1, 1, 1), "expm1": (1, 1, 1), "log1p": (1, -1, 2), "sinh": (1, 0, 1), "cosh": (0, 1, 0),
    "relu": (0, 0, 0), "abs": (0, 0, 0), "step": (0, 0, 0), "log": (math.inf, -math.inf, math.inf),
    "neg": (-1, 0, 0), "identity": (1, 0, 0), "sqrt": (math.inf, -math.inf, math.inf),
}  # fmt: skip
POWERS_AT_ZERO = {0.0: (0, 0, 0), 1.0: (1, 0, 0), 2.0: (0, 2, 0), 3.0: (0, 0, 6), 2.5: (0, 0, math.inf)}
TAILS = [("sigmoid", 40.0), ("sigmoid", -340.0), ("tanh", 20.0), ("tanh", -150.0), ("softplus", 40.0), ("softplus", -300.0),
         ("logsigmoid", -45.0), ("erf", 15.0), ("sigmoid", 1e-12), ("tanh", 1e-12), ("asin", 1e-12), ("acos", 1e-12),
         ("atanh", 1e-12), ("asin", 1 - 2**-50), ("atanh", 1 - 2**-50), ("atan", 1e40), ("asinh", 1e60), ("acosh", 1e60)]  # fmt: skip


@pytest.mark.parametrize("name", AT_ZERO)
def test_at_zero(name):
    x = Value(0.0)
    made = derivatives(computed(OPS[name], [x]), [x])
    assert [made[way].data for way in ways(1)] == pytest.approx(AT_ZERO[name], rel=1e-15, abs=0)


@pytest.mark.parametrize("n", POWERS_AT_ZERO)
def test_powers_at_zero(n):
    x = Value(0.0)
    made = derivatives(x**n, [x])
    assert tuple(made[way].data for way in ways(1)) == POWERS_AT_ZERO[n]
    if n > 1:
        made = derivatives(x ** Value(n), [x])
        assert tuple(made[way].data for way in ways(1)) == POWERS_AT_ZERO[n]


@pytest.mark.parametrize(("name", "x"), TAILS)
def test_higher_derivatives_keep_their_digits_in_tails_and_where_they_vanish(name, x):
    """To the last few bits: the second derivative of sigmoid at 40 is −4.2e-18, and none is 0 there by cancelling."""
    leaf = Value(x)
    made = derivatives(computed(OPS[name], [leaf]), [leaf])
    with mp.workdps(600):
        f = textbook(OPS[name], 1)
        for way in ways(1):
            true = quotient(f, [mpf(x)], way)
            assert abs(mpf(made[way].data) - true) <= mpf("4e-15") * abs(true), (way, made[way].data, float(true))


# ── operations of any number of inputs ─────────────────────────────────────────────────────

LOGITS = [(0.3, -1.2, 0.8), (0.0, 40.0, -3.0), (1000.0, 960.5, 1000.25), (-700.0, 5.0, -30.0), (2.0, 2.0, 2.0), (1.5,)]
LAYERS = [(0.3, -1.2, 0.8, 2.5, -0.4), (1e5, 3.0, -1e-6, 7.0, 0.1)]


@each_variadic
def test_the_first_three_derivatives_by_any_number_of_inputs_are_right(row):
    with mp.workdps(600):
        for numbers in LAYERS if row.name == "affine" else LOGITS:
            if row.masks and len({*numbers}) < len(numbers):  # differences see a kink there
                continue
            for which in range(1, len(numbers) + 1) if row.fixed else ((),):
                operation = row.at(float(which)) if row.fixed else row
                assert wrong(operation, numbers, textbook(operation, len(numbers)))[0] == [], (numbers, which)


@each_variadic
@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-800, 800) | st.sampled_from([-math.inf, 0.0, 0.5]), min_size=1, max_size=5), st.randoms())
def test_the_first_derivative_by_any_number_of_inputs_has_the_bits_of_the_gradient(row, numbers, rng):
    if row.name == "affine":
        numbers = [*numbers, *numbers[::-1], 1.0]
    leaves = list(map(Value, numbers))
    root = computed(row.at(float(rng.randint(1, len(numbers)))) if row.fixed else row, leaves)
    if all(map(math.isfinite, root.partials)):
        assert [each.data for each in derivative(root, leaves)] == list(root.partials)


# ── the rows that only slopes are written with ─────────────────────────────────────────────


@each_slope
def test_a_row_of_a_slope_is_its_textbook_form_and_so_are_its_slopes(row):
    rng, tried = random.Random(row.name), 0
    with mp.workdps(60):
        for _ in range(60):
            data = [rng.choice((1, 1, -1)) * rng.uniform(0.01, 4) for _ in row.stable.inputs]
            names = dict(zip(row.book.inputs, map(mpf, data)))
            out, partials = row.forward(*data)
            try:
                names["out"] = written_out(row.book.value, names)
                true = [names["out"], *(written_out(each, names) for each in row.book.partials)]
            except NotReal:
                continue
            if row.name == "defined" and data[0] < 0:
                assert math.isnan(out)
                continue
            tried += 1
            for got, wanted in zip((out, *partials), true):
                assert abs(mpf(got) - wanted) <= mpf("1e-13") * max(1, abs(wanted)), (data, got, wanted)
    assert tried > 10


def written_out(formula, names):
    """A textbook formula, which may use sigmoid, in mpmath's arithmetic."""
    words = {**MP_WORDS, "sigmoid": lambda x: 1 / (1 + mp.exp(-x))}
    try:
        found = evaluate(formula, {**names, "pi": mp.pi}, words)
    except ZeroDivisionError as problem:
        raise NotReal from problem
    if isinstance(found, mp.mpc):
        raise NotReal
    return mpf(found)


@each_slope
def test_a_row_of_a_slope_is_pickled_by_name_and_written_by_its_formula(row):
    assert pickle.loads(pickle.dumps(row)) is row
    arguments = [parse(name) for name in row.stable.inputs]
    text = render(row.applied(*arguments))
    assert row.name not in text
    assert text == render(parse(text))


def test_what_stands_in_a_row_to_be_differentiated_again_is_there():
    """Every word of a slope is known, and is the number that the row computes."""
    rng = random.Random(1)
    for row in (*ROWS, *slope_rows().values()):
        if row.again:
            assert len(row.again) == len(row.stable.inputs)
        leaves = [Value(rng.uniform(0.1, 0.9)) for _ in row.stable.inputs]
        root = computed(row.at(*(2.5, 3.0)[: len(row.fixed)]) if row.fixed else row, leaves)
        assert [each.data for each in derivative(root, leaves)] == pytest.approx(
            list(root.partials), rel=1e-14, abs=0, nan_ok=True
        )


def test_what_slopes_share_is_recorded_once():
    x, y = Value(0.6), Value(0.8)
    slope = derivative(y.atan2(x), x)
    both = total(derivative(slope, [x, y]))
    assert [node.op.name for node in Graph(both)].count("hypot") == 1
    rule = slopes(OPS["atan2"], 2, (0, 1))
    assert [render(each) for each in rule.formulas] == ["atan2_slope(x, y)", "-atan2_slope(y, x)"]


# ── graphs ─────────────────────────────────────────────────────────────────────────────────


def some_graph(seed, size=200):
    rng = random.Random(seed)
    while True:
        root, numbers, params = random_graph(rng, size)
        leaves = [leaf for leaf in (*numbers, *params) if leaf in Graph(root)]
        if leaves and root.parents:
            return root, leaves


@pytest.mark.parametrize("seed", range(60))
def test_the_gradient_as_a_graph_has_the_bits_of_the_gradient(seed):
    root, _ = some_graph(seed)
    nodes = list(Graph(root))
    assert [each.data for each in derivative(root, nodes)] == [gradients(root)[node] for node in nodes]


def replayed(root, leaves):
    """The root as a function of its leaves, in mpmath's arithmetic, by the textbook's formulas."""
    nodes = Graph(root).nodes
    rows = {node: node.op.row(len(node.parents)) for node in nodes if node.parents}

    def f(x):
        found = {**{node: mpf(node.data) for node in nodes if not node.parents}, **dict(zip(leaves, x))}
        for node, row in rows.items():
            found[node] = true_value(row.value, dict(zip(row.inputs, (found[each] for each in node.parents))))
        return found[root]

    return f


@pytest.mark.parametrize("seed", range(12))
def test_second_derivatives_of_random_graphs_are_right(seed):
    root, leaves = some_graph(seed)
    leaves = leaves[:2]
    first = derivative(root, leaves)
    f = replayed(root, leaves)
    with mp.workdps(160):
        x = [mpf(leaf.data) for leaf in leaves]
        for i, j in itertools.product(range(len(leaves)), repeat=2):
            got = derivative(first[i], leaves[j]).data
            assert is_right(got, quotient(f, x, (i, j)), f, x, (i, j)), (seed, i, j, got)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_derivatives_of_sums_and_mixed_derivatives(seed):
    root, leaves = some_graph(seed, size=30)
    other = (root * leaves[0]).sin()
    a, b = leaves[0], leaves[-1]
    whole = derivative(root + other, a).data
    parts = [derivative(each, a).data for each in (root, other)]
    assert whole == pytest.approx(sum(parts), rel=1e-12, abs=1e-12 * sum(map(abs, parts)), nan_ok=True)
    one, two = derivative(derivative(other, a), b).data, derivative(derivative(other, b), a).data
    scale = sum(abs(each) for node in Graph(derivative(other, b)) for each in (node.data, *node.partials))
    assert one == pytest.approx(two, rel=1e-11, abs=1e-13 * scale, nan_ok=True)


def test_a_network_as_pytorch_differentiates_it_twice():
    torch = engine("torch")
    model = nn.MLP(2, [5, 4, 1], "tanh", seed=3)
    x, y = [0.3, -0.7], 0.4
    loss = (model(x).sigmoid() - y) ** 2
    params = model.parameters()
    first = derivative(loss, params)
    norm = total(each * each for each in first)
    second = derivative(norm, params)

    leaves = {p: torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in params}
    found = {node: leaves.get(node, torch.tensor(node.data, dtype=torch.float64)) for node in Graph(loss).leaves}
    for node in Graph(loss):
        if node.parents:
            found[node] = TORCH[node.op.name](node, *(found[each] for each in node.parents))
    theirs = torch.autograd.grad(found[loss], list(leaves.values()), create_graph=True)
    again = torch.autograd.grad(sum(each * each for each in theirs), list(leaves.values()))
    assert [each.data for each in first] == pytest.approx([each.item() for each in theirs], rel=1e-12, abs=1e-15)
    assert [each.data for each in second] == pytest.approx([each.item() for each in again], rel=1e-12, abs=1e-15)


TORCH = {
    "affine": lambda node, *x: sum((a * b for a, b in zip(x[: len(x) // 2], x[len(x) // 2 :])), x[-1]),
    "tanh": lambda node, x: x.tanh(),
    "sigmoid": lambda node, x: x.sigmoid(),
    "sub": lambda node, x, y: x - y,
    "pow": lambda node, x: x ** node.op.settings["n"],
}


# ── kinks and closed branches ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("x", [-1.0, -0.0, 0.0, 2.0])
def test_the_slope_at_a_kink_has_the_slope_0(x):
    for function in (Value.relu, abs, Value.leaky_relu, Value.step):
        leaf = Value(x)
        first = derivative(function(leaf), leaf)
        assert first.data == function(leaf).partials[0]
        assert derivative(first, leaf).data == 0.0
        assert derivative(first * leaf, leaf).data == first.data


def test_a_tie_shares_and_stays_shared():
    a, b = Value(2.0), Value(2.0)
    first = derivative(a.max(b) * a, a)
    assert first.data == 2.0 + 0.5 * 2.0
    assert derivative(first, a).data == 1.0
    assert derivative(first, b).data == 0.5


@pytest.mark.parametrize("name", CASES)
def test_behind_a_closed_branch_every_derivative_is_finite_where_the_first_is_0(name):
    leaves, root = case_of(name)
    for leaf in leaves:
        first = derivative(root, leaf)
        if first.data == 0:
            assert derivative(first, leaf).data == 0.0
            assert type(first.data) is float


def test_a_derivative_is_of_all_branches_not_only_of_those_taken():
    """It is replayed, and compiled, at other numbers than those at which it was made."""
    x, w = Value(-1.0, label="x"), Value(2.0, label="w", role="parameter")
    slope = derivative((w * x).relu() ** 2 + (w * x).max(x) * w, w)
    program = Program(slope, [x], [w])
    wanted = []
    for number in (-1.0, 0.5, 3.0):
        here = Value(number), Value(2.0)
        again = derivative((here[1] * here[0]).relu() ** 2 + (here[1] * here[0]).max(here[0]) * here[1], here[1])
        wanted.append(again.data)
        x.data = number
        slope.replay()
        assert slope.data == again.data
    assert program([[-1.0], [0.5], [3.0]]).tolist() == pytest.approx(wanted, rel=1e-14)


# ── its size ───────────────────────────────────────────────────────────────────────────────


def moons(count):
    rng, model = random.Random(0), nn.MLP(2, [8, 8, 1], seed=1)
    samples = [([rng.uniform(-1, 1), rng.uniform(-1, 1)], rng.choice((-1, 1))) for _ in range(count)]
    loss = total((1 - y * model(x)).relu() for x, y in samples) / count
    return loss + 1e-4 * total(p * p for p in model.parameters()), model.parameters()


def test_the_gradient_of_a_network_is_a_graph_of_the_size_of_the_network():
    sizes = []
    for count in (20, 40):
        loss, params = moons(count)
        slopes = derivative(loss, params)
        assert [each.data for each in slopes] == [gradients(loss)[p] for p in params]
        sizes.append((len(Graph(loss)), len(Graph(total(slopes)))))
        assert sizes[-1][1] <= 5 * sizes[-1][0]
    (small, its), (large, theirs) = sizes
    assert theirs - its <= 5 * (large - small)


@pytest.mark.parametrize("function", [logsumexp, total, lambda x: affine(x, x, 1.0), lambda x: softmax(x)[0]])
def test_derivatives_by_many_inputs_take_as_many_edges(function):
    edges = []
    for count in (50, 100):
        x = [Value(0.01 * i) for i in range(count)]
        edges.append(len(Graph(total(derivative(function(x), x))).edges))
    assert edges[1] <= 2.1 * edges[0] <= 2.1 * 12 * 50


def test_a_deep_graph_needs_no_recursion():
    x = y = Value(0.5)
    for _ in range(5_000):
        y = y.sin()
    slope = derivative(y, x)
    assert slope.data == gradients(y)[x]
    assert derivative(slope, x).data < 0


# ── in use ─────────────────────────────────────────────────────────────────────────────────


def test_newton_doubles_its_digits():
    """x − f(x)/f′(x), and for a least point x − f′(x)/f″(x): each error is of the size of the square of the last."""
    x, errors = 1.0, []
    for _ in range(6):
        at = Value(x)
        first = derivative((at - 1) * at.exp() - at**2, at)  # f′ = x·eˣ − 2x, 0 at ln 2
        x -= first.data / derivative(first, at).data
        errors.append(abs(x - math.log(2)))
    assert errors[0] < 0.5
    assert all(later <= 2 * error**2 + 1e-15 for error, later in itertools.pairwise(errors))
    assert errors[-1] < 1e-15


def test_one_pass_gives_a_list_and_one_value_a_value():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    z = w * x
    loss = z**2
    assert [each.data for each in derivative(loss, [w, x, z, w])] == [36.0, 24.0, 12.0, 36.0]
    assert [each.data for each in derivative(loss, iter((w, z)))] == [36.0, 12.0]
    assert derivative(loss, []) == []
    assert derivative(loss, z).data == 12.0
    assert derivative(loss, loss).data == 1.0
    assert [node.grad for node in Graph(loss)] == [0.0] * len(Graph(loss))


def test_what_does_not_lead_there_has_the_derivative_0():
    x, other = Value(3.0), Value(4.0)
    for nothing in (derivative(x * 2, other), derivative(x, other), derivative(x.step() + other, x)):
        assert (nothing.data, nothing.parents, nothing.role) == (0.0, (), "constant")


def test_a_derivative_is_a_node_of_its_own():
    """So that a label belongs to it alone: d(w·x)/dw is x, and not the leaf x itself."""
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    slope, again = derivative(w * x, w), derivative(w * x, w)
    slope.label = "g"
    assert x.label == "x" and again.label == "" and slope is not again
    assert {node.label for node in Graph(derivative((w * x).tanh(), w))} == {"", "w", "x"}


def test_a_derivative_keeps_the_class_of_its_values():
    class Marked(Value):
        pass

    x = Marked(0.5)
    slope = derivative((x * 3).tanh() + x**2.5 + x.hypot(2), x)
    assert {type(node) for node in Graph(slope)} == {Marked}
    assert type(derivative(x * 1, Marked(2.0))) is Marked


@each_row
def test_the_graph_of_a_derivative_is_read_like_any_other(row):
    """Copied, replayed, run as a program, explained, and walked."""
    leaves = [Value(number, label=name) for number, name in zip((0.6, 0.7, 0.8), "abc")][: len(row.stable.inputs)]
    shifted = [leaf + 0.9 for leaf in leaves] if row.name == "acosh" else leaves
    root = computed(row.at(*(2.25, 3.0)[: len(row.fixed)]) if row.fixed else row, shifted) * leaves[0]
    second = derivative(derivative(root, leaves[0]), leaves[-1])
    second.label = "second"
    assert same(pickle.loads(pickle.dumps(second)).data, second.data)
    assert same(copy.deepcopy(second).data, second.data)
    wanted = second.data
    if second.parents:
        found = [leaf for leaf in leaves if leaf in Graph(second)]
        program = Program(second, found, []) if found else Program(second, [], [])
        batch = [[leaf.data for leaf in found]] * 2 if found else None
        assert program(batch).tolist() == pytest.approx([wanted] * len(program(batch)), rel=1e-13, abs=1e-15)
        tape = steps(second)
        for leaf in found:
            assert same(tape.rounds[0].grad[tape.view.index[leaf]] + 0.0, gradients(second)[leaf] + 0.0)
            assert explain(second, wrt=leaf).value == pytest.approx(gradients(second)[leaf], rel=1e-12, abs=1e-15)
            leaf.data = leaf.data + 0.05
        second.replay()
        for leaf in found:
            leaf.data = leaf.data - 0.05
        second.replay()
        assert second.data == pytest.approx(wanted, rel=1e-12, abs=1e-15)


def test_infinite_slopes_are_stopped_at_where_they_are_to_be():
    x = Value(0.0, label="x")
    root = x * 2
    with raise_nonfinite():
        assert derivative(root.exp(), x).data == 2.0
    root = x.sqrt()
    with raise_nonfinite(), pytest.raises(NonFiniteError):
        derivative(root, x)


# ── what is refused ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("root", "wrt", "message"),
    [
        (2.0, Value(1.0), r"derivative takes the derivative of a Value, not a float"),
        (Value(2.0), 1.0, r"derivative takes the derivative by a Value, not a float; Value\(2\.0\) is one"),
        (Value(2.0), "w", r"derivative takes the derivative by a Value, not a str"),
        (Value(2.0), [Value(1.0), None], r"derivative takes the derivative by a Value, not a NoneType"),
    ],
)
def test_what_is_no_value_is_refused(root, wrt, message):
    with pytest.raises(GraphError, match=message):
        derivative(root, wrt)


def test_a_node_recorded_by_hand_has_no_formula_to_differentiate():
    x, y = Value(3.0, label="x"), Value(1.0, label="y")
    square = Value(9.0, (x,), (6.0,), label="square")
    with pytest.raises(GraphError, match=r"label='square'\) was recorded by hand: .* compute it with methods of Value"):
        derivative(square * y, x)
    assert derivative(square * y, y).data == 9.0
    assert derivative(square * y, square).data == 1.0


def test_numbers_changed_after_they_were_used_are_refused():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    z = y + 1
    x.data = 5
    with pytest.raises(GraphError, match=r"label='y'\) no longer follows from its inputs, .* 25\.0: .* replay\(\)"):
        derivative(z, x)
    assert derivative(z, y).data == 1.0
    z.replay()
    assert derivative(z, x).data == 10.0
    nothing = Value(math.nan)
    assert math.isnan(derivative(nothing * nothing, nothing).data)


def test_a_few_terms_are_added_one_by_one_and_more_are_one_node():
    found = {}
    for count in (2, 3, 4, 5):
        w, x = Value(2.0), [Value(1.0 + i) for i in range(count)]
        slope = derivative(total((w * each).sin() for each in x), w)
        found[count] = Counter(node.op.name for node in Graph(slope) if node.op.name in ("add", "affine"))
    assert found == {2: {"add": 1}, 3: {"add": 2}, 4: {"affine": 1}, 5: {"affine": 1}}
