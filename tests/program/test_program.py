"""`Program`: any recorded graph, run on batches, against the scalar engine; what it refuses, and its memory."""

from __future__ import annotations

import copy
import math
import pickle
import random
import re
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from operator import mul

import numpy as np
import pytest
from doubles import ROWS, SETTINGS
from graphs import random_graph
from scalar_answers import Answers, case, largest, on, repeated

from microgrid import Value, nn
from microgrid.engine import topological_order
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.errors import GraphError, NonFiniteError
from microgrid.formula import OPS
from microgrid.formula.ops import VARIADIC
from microgrid.program import Program
from microgrid.program.array_code.numpy_code import FORWARD
from microgrid.program.lowering.layout import Rows
from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.record import record

SEEDS, BLOCK = 2000, 100
ALWAYS, NEVER = 99, 0  # up to how many samples a program runs on floats

# ── random graphs, against the scalar engine ───────────────────────────────────────────────


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_random_graphs_agree_with_the_scalar_engine(first):
    for seed in range(first, first + BLOCK):
        root, inputs, params, X, weights, true = case(seed)
        summed = true.values, true.by_params.sum(0)
        weighed = true.values, weights @ true.by_params, weights[:, None] * true.by_inputs
        program, table = Program(root, inputs, params), X if inputs else None
        ways = {
            "arrays, weighed": (program.value_and_grad(table, weights=weights, by_inputs=True), weighed),
            "floats": (on(program, floats=True).value_and_grad(table), summed),
        }
        if seed % 3 == 0:
            ways["arrays"] = on(program, floats=False).value_and_grad(table), summed
        if seed % 3 == 1:
            exact = Program(root, inputs, params, exact=True)
            ways["exact"] = exact.value_and_grad(table, weights=weights, by_inputs=True), weighed
        for way, (found, expected) in ways.items():
            assert largest(found, expected) <= 1e-12 * true.scale * len(X), (seed, way)


def stands(read, *steps):
    return isinstance(read, Rows) and len(read) > 1 and read.step in steps


# What graphs, steps, steps back and gradients have to be like somewhere.
GRAPHS = {
    "no inputs": lambda root, inputs, params, nodes: not inputs,
    "root is a leaf": lambda root, inputs, params, nodes: not root.parents,
    "root is free": lambda root, inputs, params, nodes: inputs and nodes.isdisjoint(inputs),
    "unused input": lambda root, inputs, params, nodes: not nodes.issuperset(inputs),
    "unused parameter": lambda root, inputs, params, nodes: not nodes.issuperset(params),
    "a square": lambda root, inputs, params, nodes: any(
        node.op.name == "mul" and node.parents[0] is node.parents[1] for node in nodes
    ),
    "computed weights": lambda root, inputs, params, nodes: any(
        node.op.name == "affine" and any(w.parents for w in node.parents[: len(node.parents) // 2]) for node in nodes
    ),
}
STEPS = {
    "a layer with bias": lambda step: step.group.biased,
    "a layer without": lambda step: step.group.kind == "dense" and not step.group.biased,
    "columns": lambda step: step.group.kind == "dense" and step.group.columns > 1,
    "ones as they stand": lambda step: step.ones,
    "ones under gathered x": lambda step: step.group.biased and not step.ones,
    "W as it stands": lambda step: step.weights and step.weights.contiguous,
    "W gathered": lambda step: step.weights and not step.weights.contiguous,
    "a softmax asked for in part": lambda step: -1 in step.group.nodes,
    "softmaxes side by side": lambda step: step.group.kind == "softmax" and step.group.columns > 1,
    "one number for all": lambda step: any(not isinstance(read, Rows) for read in step.reads),
    "one row for all": lambda step: any(stands(read, 0) for read in step.reads),
    "neighbours": lambda step: any(stands(read, 1) for read in step.reads),
    "rows at distances": lambda step: any(stands(read, -3, -2, -1, 2, 3) for read in step.reads),
    "rows from all over": lambda step: any(stands(read, None) for read in step.reads),
    "free beside batched": lambda step: (
        step.group.batched
        and step.group.kind == "map"
        and any(isinstance(read, Rows) and read.store == "F" for read in step.reads)
    ),
}
BACKS = {
    "over the gradient": lambda back: any(push.in_place for push in back.pushes),
    "the gradient as it is": lambda back: any(not push.own for push in back.pushes),
    "several pushes": lambda back: sum(push.own for push in back.pushes) > 1,
    "summed over samples": lambda back: back.step.group.batched and any(push.rows.store == "E" for push in back.pushes),
}
PULLS = {
    "rounds": lambda pull: len(pull.rounds) > 2,
    "rounds of some rows": lambda pull: any(which is not None for which, _ in pull.rounds[1:]),
    "tails of samples": lambda pull: pull.tails and pull.rows.store == "D",
    "free tails": lambda pull: pull.tails and pull.rows.store == "E",
    "zeros": lambda pull: pull.zeros,
    "standing already": lambda pull: pull.stands and len(pull.rows) > 1,
    "at distances": lambda pull: len(pull.rows) > 1 and pull.rows.step not in (0, 1),
    "one for all": lambda pull: len(pull.rows) > 1 and pull.rows.step == 0,
}


def test_random_graphs_take_every_path():
    """Else the test above would be empty."""
    seen, facts = set(), Counter()
    for seed in range(400):
        root, inputs, params, X, _, _ = case(seed)
        plan = Plan(record(root, inputs, params), by_inputs=True)
        nodes = set(topological_order(root))
        seen.update((node.op.name, *node.op.settings.values()) for node in nodes if node.parents)
        seen.update((group.kind, group.batched) for group in plan.groups)
        seen.add(len(X))
        facts.update(name for name, holds in GRAPHS.items() if holds(root, inputs, params, nodes))
        facts.update(name for step in plan.steps for name, holds in STEPS.items() if holds(step))
        facts.update(name for back in plan.back.backs for name, holds in BACKS.items() if holds(back))
        pulls = [*(back.pull for back in plan.back.backs), *filter(None, (plan.params, plan.inputs))]
        facts.update(name for pull in pulls for name, holds in PULLS.items() if holds(pull))
    wanted = {(row.name,) for row in ROWS if not row.fixed} | {(name,) for name in VARIADIC if name != "softmax"}
    wanted |= {(name, *numbers) for name, choices in SETTINGS.items() for numbers in choices}
    wanted |= {("softmax", float(i)) for i in range(1, 5)} | {1, 2, 3, 4, 5}
    wanted |= {(kind, batched) for kind in FORWARD for batched in (True, False)} - {("spread", False)}
    assert wanted - seen == set()
    assert {name: facts[name] for name in (*GRAPHS, *STEPS, *BACKS, *PULLS) if facts[name] < 8} == {}


# ── small graphs that once went wrong ──────────────────────────────────────────────────────


def leaves(*numbers, role="parameter"):
    return [Value(number, role=role) for number in numbers]


def read_again_and_again(times):
    """More contributions than there are rounds, all from the same row."""
    w, x = Value(0.7, role="parameter"), Value(0.3)
    return total([(w * x).sin()] * times), [x], [w]


def gradients_apart(rows):
    """np.negative of NumPy 2.4 takes neighbours for rows that stand 64 bytes apart."""
    a, b = leaves(0.3, 0.5)
    between = [(a * (i + 2.0)).cos() for i in range(rows - 1)]
    return total([(-a).sin(), *between, (-b).exp()]), [], [a, b]


def layer_read_as_columns(neurons):
    """The same rows as two matrices, of different shapes."""
    w, b, *rest = leaves(0.7, 0.1, *(0.2 * i for i in range(neurons)))
    x = [Value(0.3), Value(0.4)]
    hidden = [affine([each], [one], b) for one in x for each in rest]
    return total(affine([w], [each], b).tanh() for each in hidden), x, [w, b, *rest]


def free_layer_read_as_columns(neurons):
    w, b, *rest = leaves(0.7, 0.1, *(0.2 * i for i in range(neurons)))
    hidden = [affine([each], [w], b) for each in rest]
    return total(affine([w], [each], b).tanh() for each in hidden), [], [w, b, *rest]


@pytest.mark.parametrize(
    "built", [read_again_and_again, gradients_apart, layer_read_as_columns, free_layer_read_as_columns]
)
def test_small_graphs_that_once_went_wrong(built):
    for size in range(1, 12):
        root, inputs, params = built(size)
        X = np.array([[leaf.data for leaf in inputs], [leaf.data + 0.1 for leaf in inputs]][: 2 if inputs else 1])
        true, table = Answers(root, inputs, params, X), X if inputs else None
        found = Program(root, inputs, params).value_and_grad(table, weights=np.ones(len(X)), by_inputs=True)
        assert largest(found, (true.values, true.by_params.sum(0), true.by_inputs)) <= 1e-13 * true.scale, size


# ── exact ──────────────────────────────────────────────────────────────────────────────────


def test_exact_is_the_engine_to_the_bit():
    """On sums, products and relu: values of every sample, gradients of one."""
    rows = [OPS[name] for name in ("add", "mul", "relu", "sub", "neg")]
    for seed in range(300):
        rng = random.Random(seed)
        root, inputs, params = random_graph(rng, 40, rows)
        X = np.array([[rng.uniform(-2, 2) for _ in inputs] for _ in range(4 if inputs else 1)])
        true, table = Answers(root, inputs, params, X), X if inputs else None
        program = Program(root, inputs, params, exact=True)
        assert np.array_equal(program(table), true.values), seed
        for k in range(len(X)):
            _, by_params, by_inputs = program.value_and_grad(X[k : k + 1] if inputs else None, by_inputs=True)
            assert np.array_equal(by_params, true.by_params[k]), seed
            assert np.array_equal(by_inputs, true.by_inputs[k : k + 1]), seed


# ── the numbers of all nodes ───────────────────────────────────────────────────────────────


def test_values_has_every_labelled_node_of_every_sample():
    labelled = 0
    for seed in range(150):
        root, inputs, params, X, _, _ = case(seed)
        nodes = list(topological_order(root))
        for i, node in enumerate(nodes):
            node.label = f"n{i}" if i % 3 else ""
        found = Program(root, inputs, params).values(X if inputs else None)
        for k, x in enumerate(X):
            again = repeated(root, dict(zip(inputs, x)))
            for node in nodes:
                if node.label:
                    labelled += 1
                    assert abs(found[node.label][k] - again[node].data) <= 1e-12 * max(1.0, abs(again[node].data)), seed
    assert labelled > 5000


def test_labels_that_stand_twice_get_a_number_and_free_nodes_a_number_for_each_sample():
    w, x = Value(2.0, label="a", role="parameter"), Value(1.0, label="a")
    free = w * w
    free.label = "free"
    root = free * x
    root.label = "a"
    found = Program(root, [x]).values([[3.0], [4.0]])
    assert {name: row.tolist() for name, row in found.items()} == {
        "a": [3.0, 4.0], "a#2": [2.0, 2.0], "free": [4.0, 4.0], "a#3": [12.0, 16.0],
    }  # fmt: skip


# ── what it is given, and what it refuses ──────────────────────────────────────────────────


class Frame:
    """As pandas has it: something that can be made an array."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.numbers, dtype)


@pytest.fixture
def two():
    """w·x + b·y with w = 2 and b = ½."""
    w, b = Value(2.0, role="parameter", label="w"), Value(0.5, role="parameter")
    x, y = Value(1.0, label="x"), Value(2.0)
    return Program(w * x + b * y, [x, y])


SAME_SAMPLES = [
    [[1, 0], [0, 2]], [(True, False), (False, 2)], np.array([[1, 0], [0, 2]]), np.array([[1, 0], [0, 2]], "float32"),
    np.array([[1, 0], [0, 2]], "uint8"), np.array([[0, 2.0], [1, 0]])[::-1], np.asfortranarray([[1.0, 0], [0, 2]]),
    Frame([[1.0, 0], [0, 2]]), np.ma.array([[1.0, 0], [0, 2]]), np.array([[1.0, 9, 0, 9], [0, 9, 2, 9]])[:, ::2],
]  # fmt: skip


@pytest.mark.parametrize("X", SAME_SAMPLES, ids=lambda X: type(X).__name__)
def test_samples_may_be_anything_that_numpy_reads_as_real_numbers(two, X):
    assert two(X).tolist() == [2.0, 1.0]
    assert [each.tolist() for each in two.value_and_grad(X)] == [[2.0, 1.0], [1.0, 2.0]]


def test_it_keeps_nothing_that_it_was_given_and_gives_nothing_that_it_keeps(two):
    X, theta, weights = np.ones((2, 2)), np.array([2.0, 0.5]), np.ones(2)
    first = two.value_and_grad(X, theta, weights, by_inputs=True)
    kept = [each.copy() for each in first]
    two.value_and_grad(5 * X, -theta, 2 * weights, by_inputs=True)
    assert all(map(np.array_equal, first, kept))
    for each in first:
        each[...] = 7.0
    assert all(map(np.array_equal, two.value_and_grad(X, theta, weights, by_inputs=True), kept))
    assert (X == 1).all() and theta.tolist() == [2.0, 0.5] and (weights == 1).all()


def test_parameters_are_read_when_it_is_called(two):
    before = two([[1.0, 1.0]]).item()
    two.params[0].data = 3.0
    assert two([[1.0, 1.0]]).item() == before + 1
    assert two([[1.0, 1.0]], [0.0, 1.0]).item() == 1.0


nan, inf = math.nan, math.inf
WRONG_CALLS = [
    # what is done with the program, what the error says
    (lambda p: p(), "the program has inputs: 2; give X of shape (samples, 2)"),
    (lambda p: p([1.0, 2.0]), "X has the shape (2,), and (samples, 2) belongs here; one sample is [x]"),
    (lambda p: p(3.0), "X has the shape (), and (samples, 2) belongs here"),
    (lambda p: p(np.zeros((2, 2, 2))), "X has the shape (2, 2, 2), and (samples, 2) belongs here"),
    (lambda p: p([[1.0, 2.0, 3.0]]), "X has the shape (1, 3), and (samples, 2) belongs here; a row has one number per"),
    (lambda p: p(np.zeros((0, 2))), "X has no samples; give at least one, shape (samples, 2)"),
    (lambda p: p([["1", "2"]]), "X is no array of real numbers: it holds str"),
    (lambda p: p([[1.0, 2.0], [3.0]]), "X is no array of real numbers: "),
    (lambda p: p([[1j, 2.0]]), "X is no array of real numbers: it holds complex"),
    (lambda p: p([[None, 2.0]]), "X is no array of real numbers: it holds NoneType"),
    (lambda p: p([[Value(1.0), Value(2.0)]]), "X is no array of real numbers: it holds Value"),
    (lambda p: p({"x": 1.0}), "X is no array of real numbers: it holds dict"),
    (lambda p: p(Frame([["a", "b"]])), "X is no array of real numbers: it holds str"),
    (lambda p: p([[1.0, 2.0], [nan, 2.0]]), "sample 1 has nan for x, column 0; leave the sample out, or put a number"),
    (lambda p: p([[1.0, -inf]]), "sample 0 has -inf for a leaf of 2, column 1; leave the sample out"),
    (lambda p: p([[1.0, 2.0]], [1.0]), "params has the shape (1,), and (2,) belongs here; one for each parameter"),
    (lambda p: p([[1.0, 2.0]], [[1.0, 2.0]]), "params has the shape (1, 2), and (2,) belongs here"),
    (lambda p: p([[1.0, 2.0]], "ab"), "params is no array of real numbers: it holds str"),
    (lambda p: p([[1.0, 2.0]], list(p.params)), "params is no array of real numbers: it holds Value"),
    (lambda p: p.value_and_grad([[1.0, 2.0]], weights=[1.0, 2.0]), "weights has the shape (2,), and (1,) belongs here"),
    (lambda p: p.value_and_grad([[1.0, 2.0]], weights=2.0), "weights has the shape (), and (1,) belongs here; one for"),
    (lambda p: p.value_and_grad([[1.0, 2.0]], weights=["a"]), "weights is no array of real numbers: it holds str"),
    (lambda p: p.values([[1.0]]), "X has the shape (1, 1), and (samples, 2) belongs here"),
]


@pytest.mark.parametrize(("call", "text"), WRONG_CALLS, ids=range(len(WRONG_CALLS)))
def test_what_it_refuses_to_run_on(two, call, text):
    with pytest.raises(GraphError, match=re.escape(text)):
        call(two)


w, v = Value(2.0, role="parameter", label="w"), Value(0.25, role="parameter")
x, y = Value(1.0, label="x"), Value(3.0, label="y")
WRONG_PROGRAMS = [
    # what is compiled, what the error says
    (
        lambda: Program(3.0),
        "a program computes a Value, not a float; max(0, v) is the plain 0 where v is below, v.max(0) a Value; give it the loss, or an output",
    ),
    (lambda: Program([w * x], [x]), "a program computes a Value, not a list"),
    (lambda: Program(None, [], []), "a program computes a Value, not a NoneType"),
    (lambda: Program(w * x, [1.0]), "input 1 is a float, not a Value; make it a leaf, as Value(0.5)"),
    (lambda: Program(w * x, [x, x + 1]), "input 2 is Value(data=2.0, grad=0.0), which was computed; give the leaves"),
    (lambda: Program(w * x, [x], [w * 2]), "parameter 1 is Value(data=4.0, grad=0.0), which was computed"),
    (lambda: Program(w * x, [x, x]), "input 2, Value(data=1.0, grad=0.0, label='x'), is there twice"),
    (lambda: Program(w * x, [x], [w, x]), "parameter 2, Value(data=1.0, grad=0.0, label='x'), is there twice"),
    (lambda: Program(w * x * y, [x]), "captured as constants: 'y'; add them to inputs or params, or give them role="),
    (lambda: Program(total(Value(k) for k in range(5)) * x, [x]), " and 2 more; add them to inputs or params"),
    (lambda: Program(Value(9.0, (x,), (6.0,), label="mine") * 2, [x]), "label='mine') was recorded by hand: it has no"),
    (lambda: Program(w * x, [x], dtype="float16"), "the dtype is float16; a program computes in float64 or float32"),
    (lambda: Program(w * x, [x], dtype=int), "the dtype is int64; a program computes in float64 or float32"),
    (lambda: Program(w * x, [x], dtype="foo"), "no dtype is called 'foo'; a program computes in float64 or float32"),
    (lambda: Program(w * x, [x], outputs=[y * 2]), "the output Value(data=6.0, grad=0.0) does not lead to the root"),
    (lambda: Program(w * x, [x], dtype="float32")([[1e300]]), "sample 0 has inf for x, column 0"),
]


@pytest.mark.parametrize(("build", "text"), WRONG_PROGRAMS, ids=range(len(WRONG_PROGRAMS)))
def test_what_it_refuses_to_compile(build, text):
    with pytest.raises(GraphError, match=re.escape(text)):
        build()


NOT_FINITE = [
    # root, X, what the error says
    (lambda: (w * x).log(), [[1.0], [0.0]], "sample 1: log of 0.0 is -inf; log needs a number above 0"),
    (lambda: (w * x).sqrt(), [[4.0], [1.0], [0.0]], "sample 2: the gradient of mul of w = 2.0, x = 0.0 is inf"),
    (lambda: 1 / (w * x), [[1.0], [2.0], [0.0]], "sample 2: div of "),
    (lambda: w * x, [[1e308], [1.0]], "sample 0: mul of w = 2.0, x = 1e+308 is inf"),
    (lambda: v * x, [[1.7e308], [1.7e308]], "the sum over the samples is not finite; give smaller weights"),
]


@pytest.mark.parametrize("floats", [True, False], ids=["floats", "arrays"])
@pytest.mark.parametrize(("root", "X", "text"), NOT_FINITE, ids=range(len(NOT_FINITE)))
def test_finite_names_the_sample_and_the_node(root, X, text, floats):
    with pytest.raises(NonFiniteError, match=re.escape(text)):
        on(Program(root(), [x], finite=True), floats).value_and_grad(X)


def test_values_alone_are_refused_only_where_they_are_not_finite():
    assert Program((w * x).sqrt(), [x], finite=True)([[0.0]]).item() == 0.0
    with pytest.raises(NonFiniteError, match="sample 1: log of 0"):
        Program((w * x).log(), [x], finite=True)([[1.0], [0.0]])
    assert Program((w * x).log(), [x])([[0.0]]).item() == -inf


# ── single precision ───────────────────────────────────────────────────────────────────────


def test_single_precision_all_the_way():
    for seed in range(120):
        root, inputs, params, X, weights, true = case(seed)
        program = Program(root, inputs, params, dtype="float32")
        found = program.value_and_grad(X if inputs else None, weights=weights, by_inputs=True)
        assert all(each.dtype == np.float32 for each in (program(X if inputs else None), *found)), seed
        if true.scale < 100:
            expected = true.values, weights @ true.by_params, weights[:, None] * true.by_inputs
            assert largest(found, expected) <= 1e-5 * true.scale * len(X), seed


# ── outputs ────────────────────────────────────────────────────────────────────────────────


def test_outputs_are_numbers_on_the_way():
    for exact in (False, True):
        w, x = Value(2.0, role="parameter"), Value(1.0)
        hidden, free = (w * x + w).tanh(), w * w
        program = Program(hidden * hidden + free * hidden, [x], outputs=[hidden, free], exact=exact)
        found = program.run([[0.0], [0.5]])
        assert np.allclose(found.outputs, [[math.tanh(2.0), 4.0], [math.tanh(3.0), 4.0]], rtol=1e-15)


# ── long batches ───────────────────────────────────────────────────────────────────────────


def test_a_long_batch_is_the_same_as_its_parts():
    for seed in range(12):
        root, inputs, params, _, _, _ = case(seed)
        program = Program(root, inputs, params, native=False)
        runner = program._runner(by_inputs=True)
        runner.width = 16
        rng = np.random.default_rng(seed)
        X = np.array([leaf.data for leaf in inputs]) + rng.uniform(-0.02, 0.02, (53, len(inputs)))
        weights = rng.uniform(-1, 1, 53)
        whole = program.value_and_grad(X, weights=weights, by_inputs=True)
        assert {*runner.bound} == {16, 53 % 16}
        parts = [
            program.value_and_grad(X[k : k + 7], weights=weights[k : k + 7], by_inputs=True) for k in range(0, 53, 7)
        ]
        values, by_params, by_inputs = zip(*parts)
        together = np.concatenate(values), np.sum(by_params, 0), np.concatenate(by_inputs)
        keep = [np.isfinite(each) for each in together]
        pairs = ([one[k] for one, k in zip(each, keep)] for each in (whole, together))
        scale = max(np.abs(one[k]).max(initial=1) for one, k in zip(together, keep))
        assert all(np.array_equal(np.isfinite(one), k) for one, k in zip(whole, keep))
        assert largest(*pairs) <= 1e-12 * scale * 53, seed


def test_a_million_samples_take_no_more_memory_than_their_numbers():
    w, b, x = Value(2.0, role="parameter"), Value(0.5, role="parameter"), Value(1.0)
    program = Program((w * x + b).tanh() * (w * x).sigmoid(), [x], native=False)
    X = np.linspace(-1, 1, 1_000_000).reshape(-1, 1)
    program.value_and_grad(X[:10])
    tracemalloc.start()
    try:
        values, _ = program.value_and_grad(X)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(values) == 1_000_000
    assert peak < 40e6  # 8 MB of values, twice while they are joined, and a few blocks
    assert max(program._runner().bound) <= program._runner().width


def test_arrays_are_kept_for_a_few_numbers_of_samples():
    x = Value(1.0)
    program = on(Program(x.sin(), [x]), floats=False)
    for samples in range(1, 30):
        program([[0.5]] * samples)
    assert len(program._runner().bound) <= 4


def test_the_numbers_of_all_nodes_leave_no_wide_arrays_behind():
    x = Value(1.0, label="x")
    program = Program(x.sin(), [x])
    runner = program._runner(exact=True)
    runner.width = 16
    assert program.values(np.ones((100, 1)))["x"].tolist() == [1.0] * 100
    assert max(runner.bound) <= 16


# ── extreme shapes ─────────────────────────────────────────────────────────────────────────


def wide_sum(x, w):
    return total(x) * w[0]


def wide_layer(x, w):
    return affine(w, x)


def wide_chain(x, w):
    return sum(map(mul, w, x), Value(0.0, role="constant"))


def wide_logsumexp(x, w):
    return logsumexp(x) * w[0]


def wide_softmax(x, w):
    return softmax(x)[1] * w[0]


@pytest.mark.parametrize("built", [wide_sum, wide_layer, wide_chain, wide_logsumexp, wide_softmax])
def test_a_node_may_read_thousands(built):
    x = [Value(math.sin(i)) for i in range(1200)]
    w = [Value(math.cos(i), role="parameter") for i in range(1200)]
    root = built(x, w)
    root.label = "root"
    X = np.array([[each.data for each in x]])
    root.backward()
    for exact in (False, True):
        program = Program(root, x, w, exact=exact)
        value, gradient = program.value_and_grad(X)
        assert abs(value.item() - root.data) <= 1e-12 * max(1.0, abs(root.data))
        assert np.allclose(gradient, [each.grad for each in w], rtol=1e-12, atol=1e-12)
        assert program.values(X)["root"].item() == pytest.approx(root.data, rel=1e-12)


NO_ORDINARY_NUMBER = [
    lambda z: z * inf, lambda z: z * nan, lambda z: z.min(inf), lambda z: z.max(-inf), lambda z: z**inf,
    lambda z: z**-inf, lambda z: z**nan, lambda z: z.leaky_relu(inf), lambda z: affine([z], [z], inf),
    lambda z: z * -0.0, lambda z: z * 5e-324, lambda z: z * 1e308 * 10,
]  # fmt: skip


@pytest.mark.parametrize("function", NO_ORDINARY_NUMBER, ids=range(len(NO_ORDINARY_NUMBER)))
def test_constants_may_be_any_number(function):
    w, x = Value(0.25, role="parameter"), Value(2.0)
    root = function(w * x)
    root.backward()
    for exact, floats in ((False, False), (True, False), (False, True)):
        program = on(Program(root, [x], exact=exact), floats)
        value, gradient = program.value_and_grad([[2.0]])
        assert np.array_equal([*value, *gradient], [root.data, w.grad], equal_nan=True)


def test_a_node_of_hundreds_runs_on_floats():
    x = [Value(math.sin(i), role="parameter") for i in range(499)]
    root = total(x)
    assert on(Program(root), floats=True).value_and_grad()[0].item() == root.data


def test_a_graph_may_be_deep():
    w, x = Value(0.5, role="parameter"), Value(1.0)
    root = x
    for _ in range(1500):
        root = (root * w).sin()
    root.backward()
    for floats in (False, True):
        _, gradient = on(Program(root, [x]), floats).value_and_grad([[1.0]])
        assert gradient.item() == pytest.approx(w.grad, rel=1e-12)


def test_floats_are_for_a_few_samples_of_small_graphs():
    w, x = Value(0.5, role="parameter"), Value(1.0)
    small, large = (w * x).tanh(), total((w * x + float(i)).tanh() for i in range(300))
    assert Program(small, [x])._few > 1
    assert Program(small, [x], exact=True)._few == 0
    assert Program(small, [x], dtype="float32")._few == 0
    assert Program(small, [x], outputs=[small])._few > 1
    assert Program(large, [x])._few == 0


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_floats_have_the_bits_of_the_scalar_engine(first):
    for seed in range(first, first + BLOCK):
        root, inputs, params = random_graph(random.Random(seed), 25)
        program = Program(root, inputs, params, outputs=[root, *params])
        X, theta = (np.array([each.data for each in leaves]) for leaves in (inputs, params))
        run = program._floats.run(X.reshape(1, -1), theta)
        root.backward()
        if run is not None:  # where `math` raises, arrays answer
            assert run.values.tolist() == [root.data] and run.outputs.tolist() == [[root.data, *theta.tolist()]]
            assert run.gradient.tolist() == [each.grad for each in params], seed


# ── what a recording keeps ─────────────────────────────────────────────────────────────────


def test_constants_are_those_of_the_recording():
    w, x, c = Value(2.0, role="parameter"), Value(1.0), Value(3.0, role="constant")
    program = Program(w * x * c, [x])
    c.data = 10.0
    assert program([[1.0]]).tolist() == [6.0] == program.value_and_grad([[1.0]])[0].tolist()
    assert program.value_and_grad([[1.0]], weights=[1.0])[0].tolist() == [6.0]
    assert Program(w * x * c, [x], exact=True).values([[1.0]], names={}) == {}


def test_exact_has_the_slopes_of_the_scalar_graph_where_there_is_no_value():
    w, x = Value(0.5, role="parameter"), Value(1.0)
    for exact, slope in ((True, math.nan), (False, 2.0)):
        values, gradient = Program((w * x).log(), [x], exact=exact).value_and_grad([[-1.0]], weights=[1.0])
        assert math.isnan(values[0]) and gradient[0] == pytest.approx(slope, nan_ok=True)


def test_what_reads_an_input_again_and_again_adds_up():
    x = Value(1.0)
    for times in range(1, 12):
        _, _, slopes = Program(total([x] * times) * x, [x], native=False).value_and_grad([[1.0], [3.0]], by_inputs=True)
        assert slopes.tolist() == [[2.0 * times], [6.0 * times]]


@pytest.mark.parametrize("exact", [False, True])
def test_a_step_of_no_number_is_none(exact):
    x = Value(1.0)
    program = Program(x.log().step(), [x], exact=exact)
    for samples in (1, 40):
        assert np.isnan(program([[-1.0]] * samples)).all()
        assert program([[0.5], [2.0]] * samples).tolist() == [0.0, 1.0] * samples


def test_infinite_terms_of_logsumexp_and_softmax():
    b, c = Value(800.0), Value(0.0)
    for root, leaf, number in ((softmax([b.exp(), b * 0])[0], b, 800.0), (logsumexp([c.log(), (c * 2).log()]), c, 0.0),
                               (logsumexp([b.exp(), b * 0]), b, 800.0)):  # fmt: skip
        program = Program(root, [leaf], [])
        assert program.value_and_grad([[number]], weights=[1.0])[0].tolist() == [root.data]


def test_what_is_beyond_float32_is_said_so():
    w, x = Value(2.0, role="parameter"), Value(1.0)
    program = Program((w * x).exp(), [x], dtype="float32", finite=True)
    with pytest.raises(NonFiniteError, match="beyond float32, and not beyond float64; give dtype='float64'"):
        program([[50.0]])


def test_threads_take_turns():
    model = nn.MLP(2, [8, 1], seed=0)
    x = [Value(0.1), Value(0.2)]
    program = Program(model(x), x, model.parameters())
    tables = [np.random.default_rng(seed).normal(size=(300, 2)) for seed in range(4)]
    expected = [program.value_and_grad(table) for table in tables]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(program.value_and_grad, tables * 50))
    for k, (values, gradient) in enumerate(found):
        assert (values == expected[k % 4][0]).all() and (gradient == expected[k % 4][1]).all()


def test_copies_and_pickles_after_use():
    w, x = Value(2.0, role="parameter", label="w"), Value(1.0, label="x")
    program = Program((w * x).tanh(), [x])
    program.value_and_grad([[1.0]])
    program([[1.0]] * 200)
    for other in (pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        assert other([[0.3]]).tolist() == program([[0.3]]).tolist()
        assert other.value_and_grad([[0.3]])[1].tolist() == program.value_and_grad([[0.3]])[1].tolist()


def test_a_sum_that_begins_with_0_is_a_layer_all_the_same():
    model, x = nn.MLP(2, [3, 1], seed=0), [Value(0.1), Value(0.2)]
    hidden = [sum(w * each for w, each in zip(neuron.w, x)) + neuron.b for neuron in model.layers[0].neurons]
    out = sum(w * each.relu() for w, each in zip(model.layers[1].neurons[0].w, hidden)) + model.layers[1].neurons[0].b
    kinds = [(step.group.kind, step.group.biased) for step in Program(out, x, model.parameters()).plan.steps]
    assert kinds == [("dense", True), ("map", False), ("dense", True)]


@pytest.mark.parametrize("name", ["inputs", "params", "outputs"])
def test_a_leaf_without_a_list(name):
    x = Value(1.0, role="parameter")
    with pytest.raises(GraphError, match=rf"{name} is a Value; give a list of Values, as {name}=\[x1, x2\]"):
        Program(x * 2, **{name: x})


# ── the user's Python, run again ───────────────────────────────────────────────────────────


def recorded_from(function, count=2):
    x = [Value(0.5, label=f"x{k}") for k in range(1, count + 1)]
    return Program(function(x), x, [])


FROZEN = "what decides that in Python is frozen: write it with relu, max, min or step, or as an input"


@pytest.mark.parametrize(
    ("function", "row", "text"),
    [
        (lambda x: x[0].relu() if x[0] > 0 else -x[0], [-1, 1], f"the recording has relu, the function neg; {FROZEN}"),
        (lambda x: x[0] * x[1] if x[0] > 0 else x[0], [-1, 1], f"has mul, the function input 1 'x1'; {FROZEN}"),
        (lambda x: x[0] * x[int(x[1] > 0)], [1, -1], f"has input 2 'x2', the function input 1 'x1'; {FROZEN}"),
        (lambda x: x[0] ** (2 if x[1] > 0 else 3), [1, -1], f"has pow with n = 2, the function pow with n = 3; {FROZEN}"),
        (lambda x: x[0] * x[1].data, [1, 2], "has the constant 0.5, the function the constant 2; a number was captured"),
        (lambda x: sum(x[: 1 + (x[0] > 0)], x[1] * 2), [-1, 1], "sample 1: the recording has"),
    ],
)  # fmt: skip
def test_what_python_has_frozen_is_named(function, row, text):
    program = recorded_from(function)
    assert program.verify(function, [[0.5, 0.5]]) <= 1e-15
    with pytest.raises(GraphError) as caught:
        program.verify(function, [[0.5, 0.5], row])
    assert str(caught.value).startswith("sample 1: ") and text in str(caught.value)


def test_what_is_the_same_for_every_sample_is_verified():
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    x = [Value(0.1), Value(0.2)]
    program = Program(model(x), x, model.parameters())
    assert program.verify(model, np.random.default_rng(0).normal(size=(20, 2))) <= 1e-15


def test_a_function_that_gives_no_value():
    with pytest.raises(GraphError, match="the function gave a float, not a Value"):
        recorded_from(lambda x: x[0] * x[1]).verify(lambda x: 1.0, [[1, 2]])
