"""The native tape: every graph, row, engine option and size of a batch, against the scalar engine and NumPy."""

from __future__ import annotations

import copy
import importlib
import math
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from doubles import ROWS, SETTINGS, inputs
from outside import ROOT
from scalar_answers import case, largest

from microgrid import Value
from microgrid.engine import computed
from microgrid.engine.functions import FUNCTIONS, affine, logsumexp, softmax, total
from microgrid.errors import GraphError, NonFiniteError
from microgrid.program import Program
from microgrid.program import program as program_module

SEEDS, BLOCK = 2000, 100
SAME = 1e-12


@pytest.fixture
def tapes(numba, monkeypatch):
    """What makes programs run packed tapes, or unpacked ones, whatever the number of samples."""
    from microgrid.program.native import native_runner

    return lambda packed: monkeypatch.setattr(native_runner, "FEW", math.inf if packed else 0)


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_random_graphs_agree_with_the_scalar_engine(first, tapes):
    for seed in range(first, first + BLOCK):
        root, inputs, params, X, weights, true = case(seed)
        tapes(packed=seed % 2 == 0)
        table = X if inputs else None
        found = Program(root, inputs, params, native=True).value_and_grad(table, weights=weights, by_inputs=True)
        expected = true.values, weights @ true.by_params, weights[:, None] * true.by_inputs
        assert largest(found, expected) <= SAME * true.scale * len(X), seed


def close(found, expected):
    """Whether numbers are the same to 1e-12 of the larger; inf and nan where the other has them."""
    with np.errstate(all="ignore"):
        near = np.abs(found - expected) <= SAME * np.abs(expected) + 1e-300
    return near | (found == expected) | (np.isnan(found) & np.isnan(expected))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("packed", [False, True])
def test_every_row_is_what_numpy_makes_of_it(row, packed, tapes):
    tapes(packed)
    for settings in SETTINGS.get(row.name, [tuple(row.settings.values())]):
        op = row.at(*settings) if settings else row
        count = len(row.stable.inputs)
        X = np.array([each[:count] for each in inputs(row, 200)])
        leaves = [Value(0.5) for _ in range(count)]
        programs = [Program(computed(op, leaves), leaves, native=native) for native in (True, False)]
        (values, _, slopes), (same_values, _, same_slopes) = (
            each.value_and_grad(X, by_inputs=True) for each in programs
        )
        for x, *pair in zip(X, values, same_values):
            assert close(*pair), (x, pair)
        for x, *pair in zip(X, slopes, same_slopes):
            assert close(*pair).all(), (x, pair)


# ── operations of many inputs ──────────────────────────────────────────────────────────────

MANY = {
    "sum": total,
    "logsumexp": logsumexp,
    "softmax": lambda x: softmax(x)[1] * 2 + softmax(x)[0] * softmax(x)[0],
    "one of a softmax": lambda x: softmax(x)[2],
    "max": lambda x: FUNCTIONS["max"](*x),
    "min": lambda x: FUNCTIONS["min"](*x),
    "affine of computed weights": lambda x: affine([x[0] * x[1], x[1].exp()], [x[1], x[2]], x[0]),
    "affine of one x twice": lambda x: affine([x[0], x[0]], [x[1], x[0]], x[1] * 0.5),
}


@pytest.mark.parametrize("name", MANY)
@pytest.mark.parametrize("packed", [False, True])
def test_operations_of_many_inputs(name, packed, tapes):
    tapes(packed)
    x = [Value(number) for number in (0.3, -1.2, 0.7)]
    inf, nan = math.inf, math.nan
    X = np.array([[1, 2, 3], [2, 2, 1], [2, 2, 2], [-1e3, 0, 1e3], [709, 710, -5], [1e308, 1e308, 1], [-0.0, 0.0, 0.0]])
    both = [Program(MANY[name](x), x, native=native).value_and_grad(X, by_inputs=True) for native in (True, False)]
    for one, other in zip(*both):
        assert close(one, other).all(), (one, other)
    # Infinite terms are no inputs, but a graph may make them.
    made = [(each - 1).log() if packed else 1 / (each - 1) for each in x]
    table = [[1, 2, 3], [1, 1, 1], [2, 1, 2], [0, 1, 2]]
    one, other = (Program(MANY[name](made), x, native=native)(table) for native in (True, False))
    assert close(one, other).all(), (one, other, inf, nan)


# ── batches ────────────────────────────────────────────────────────────────────────────────


def network():
    """A network with everything: shared weights, a free part, a constant, two outputs, one of them free."""
    x, w = [Value(0.5), Value(-0.3)], [Value(0.1 * k - 0.4, role="parameter") for k in range(9)]
    hidden = [affine(w[3 * k : 3 * k + 2], x, w[3 * k + 2]).tanh() for k in range(2)]
    penalty = total(each * each for each in w)
    loss = (hidden[0] * w[6] + hidden[1] * x[0] - w[7]) ** 2 + penalty * 0.1 + (x[1] * w[8]).relu()
    return loss, x, w, [hidden[1], penalty]


SIZES = (1, 2, 3, 5, 48, 49, 64, 65, 263, 264, 265, 1000)


def test_every_size_of_a_batch_with_everything_wanted(numba):
    loss, x, w, outputs = network()
    native, numpy = (Program(loss, x, w, outputs=outputs, native=each) for each in (True, False))
    rng = np.random.default_rng(0)
    for size in SIZES:
        X, weights = rng.normal(size=(size, 2)), rng.normal(size=size)
        theta = rng.normal(size=len(w))
        for scale in (None, weights):
            for by_inputs in (False, True):
                one, other = (each.run(X, theta, scale, by_inputs=by_inputs) for each in (native, numpy))
                for found, expected in zip(one, other):
                    assert (found is None) == (expected is None)
                    assert found is None or np.abs(found - expected).max() <= 1e-11, (size, by_inputs)
        assert np.array_equal(native(X, theta), native.run(X, theta).values)


def test_the_same_bits_every_time_and_almost_the_same_by_threads(numba):
    loss, x, w, _ = network()
    X = np.random.default_rng(1).normal(size=(3000, 2))
    alone, again, four = (Program(loss, x, w, native=True, threads=threads) for threads in (1, 1, 4))
    first, second, third = (each.value_and_grad(X) for each in (alone, again, four))
    assert all(np.array_equal(*pair) for pair in zip(first, second))
    assert np.array_equal(first[0], third[0]) and np.abs(first[1] - third[1]).max() < 1e-11
    assert all(np.array_equal(*pair) for pair in zip(third, four.value_and_grad(X)))


def test_single_precision_is_rounded_at_the_end(numba):
    loss, x, w, _ = network()
    X = np.random.default_rng(2).normal(size=(100, 2)).astype("float32")
    single, double = (
        Program(loss, x, w, native=True, dtype=dtype).value_and_grad(X) for dtype in ("float32", "float64")
    )
    for one, other in zip(single, double):
        assert one.dtype == np.float32 and np.abs(one - other).max() <= 1e-5 * max(1, np.abs(other).max())


def test_a_root_that_no_sample_changes(numba):
    x, w = Value(1.0), Value(2.0, role="parameter")
    program = Program(w * w, [x], native=True)
    values, gradient, by_inputs = program.value_and_grad([[1.0], [2.0], [3.0]], weights=[1.0, 2.0, 3.0], by_inputs=True)
    assert values.tolist() == [4.0] * 3 and gradient.tolist() == [24.0] and by_inputs.tolist() == [[0.0]] * 3
    assert Program(w * w, native=True).value_and_grad()[1].tolist() == [4.0]
    assert Program(x * 1.0, [x], native=True)([[7.0]]).tolist() == [7.0]


def test_closed_branches_stay_closed(numba):
    x = Value(1.0)
    for root in (x.relu().log(), x.relu() ** 0.5, (x.relu() / x).relu()):
        y, one, zero = Value(0.0), np.ones((1, 1)), np.zeros(1)
        both = [Program(root + y, [y], [x], native=native).value_and_grad(one, zero) for native in (True, False)]
        assert all(close(*pair).all() for pair in zip(*both)), (root, both)
        table = [[-1.0], [2.0], [-3.0]]
        one, other = (
            Program(root, [x], native=native).value_and_grad(table, by_inputs=True) for native in (True, False)
        )
        assert all(close(*pair).all() for pair in zip(one, other)), (one, other)


def test_what_it_is_given_is_checked(numba):
    x = Value(1.0)
    program = Program(1 / x, [x], native=True, finite=True)
    with pytest.raises(GraphError, match="sample 1 has inf"):
        program([[1.0], [math.inf]])
    with pytest.raises(NonFiniteError, match="sample 1: "):
        program.value_and_grad([[1.0], [0.0]])


def test_copies_and_pickles_after_use(numba):
    loss, x, w, _ = network()
    program = Program(loss, x, w, native=True)
    expected = program.value_and_grad([[1.0, 2.0]])
    for other in (copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert all(np.array_equal(*pair) for pair in zip(other.value_and_grad([[1.0, 2.0]]), expected))


# ── which engine, and what is said of it ───────────────────────────────────────────────────


def irregular(operations):
    """Operations that no two of which are alike."""
    x, w = Value(0.3), Value(0.7, role="parameter")
    nodes = [x, w, x * w]
    for k in range(operations):
        a, b = nodes[-1 - k % 7 % len(nodes)], nodes[-1 - k % 5 % len(nodes)]
        nodes.append([(a * b).tanh, (a - b).sin, (a + b).sigmoid][k % 3]())
    return total(nodes[-9:]), [x], [w]


def layered(width):
    x, w = [Value(0.1) for _ in range(width)], [Value(0.1, role="parameter") for _ in range(width)]
    return total(affine(w, x, w[k]) for k in range(width)), x, w


def test_the_plan_says_what_runs_it(numba, monkeypatch):
    assert str(Program(*irregular(2000)).plan).splitlines()[-1].startswith("run by native tape, ")
    assert str(Program(*irregular(2000), native=False).plan).splitlines()[-1] == "run by NumPy"
    assert str(Program(*irregular(2000), exact=True).plan).splitlines()[-1] == "run by NumPy"
    assert str(Program(*layered(60)).plan).splitlines()[-1] == "run by NumPy, layers"
    assert "run by NumPy below " in str(Program(*irregular(5)).plan)
    monkeypatch.setattr(program_module, "find_spec", lambda name: None)
    assert str(Program(*irregular(2000)).plan).splitlines()[-1] == "run by NumPy"


def test_engines_that_cannot_be_had(monkeypatch):
    x = Value(1.0)
    monkeypatch.setattr(program_module, "find_spec", lambda name: None)
    for text, told in {
        'needs numba; pip install "microgrid-autograd': {"native": True},
        "exclude each other": {"native": True, "exact": True},
        "threads is 0; give a whole number, 1 or more": {"threads": 0},
    }.items():
        with pytest.raises(GraphError, match=text.replace("[", ".")):
            Program(x * x, [x], **told)
    assert Program(x * x, [x])([[3.0]]).tolist() == [9.0]


def test_every_module_has_what_it_says_is_public(numba):
    folder = ROOT / "microgrid" / "program" / "native"
    modules = [importlib.import_module(f"microgrid.program.native.{path.stem}") for path in folder.glob("*.py")]
    for module in modules:
        assert module.__doc__ and all(hasattr(module, each) for each in module.__all__), module
        assert all(getattr(module, each).__doc__ for each in module.__all__ if callable(getattr(module, each))), module


def test_a_numba_that_cannot_be_used_is_none(numba, monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert str(Program(*irregular(2000)).plan).splitlines()[-1] == "run by NumPy"
    with pytest.raises(GraphError, match="NUMBA_DISABLE_JIT turns off"):
        Program(*irregular(5), native=True)


def test_arrays_may_be_of_any_kind(numba):
    loss, x, w, _ = network()
    program, X = Program(loss, x, w, native=True), np.random.default_rng(3).normal(size=(7, 2))
    fixed = X.copy()
    fixed.flags.writeable = False
    expected = program.value_and_grad(X)
    for table in (fixed, np.asfortranarray(X), X.tolist(), np.repeat(X, 2, 0)[::2]):
        assert all(np.array_equal(*pair) for pair in zip(program.value_and_grad(table), expected))


def plain_network():
    x, w = [Value(0.5), Value(-0.3)], [Value(0.1 * k - 0.4, role="parameter") for k in range(9)]
    hidden = [affine(w[3 * k : 3 * k + 2], x, w[3 * k + 2]).tanh() for k in range(2)]
    return (affine(w[6:8], hidden, w[8]) - 0.3) ** 2, x, w


def test_the_shortest_way_gives_what_the_long_one_does(numba):
    loss, x, w = plain_network()
    program, rng = Program(loss, x, w, native=True), np.random.default_rng(4)
    assert program._at_once is not None
    theta, kept = rng.normal(size=9), []
    for size in (1, 2, 5, 48, 49, 300):
        X = rng.normal(size=(size, 2))
        values, gradient, *_ = program.run(X, theta)
        kept.append((program.value_and_grad(X, theta), (values.copy(), gradient.copy())))
        assert values.shape == (size,) and gradient.shape == (9,)
    for found, expected in kept:  # what was given belongs to whoever got it
        assert all(np.array_equal(*pair) for pair in zip(found, expected))
    X, few = rng.normal(size=(3, 2)), theta[:8]
    for given in (
        X.astype("float32"),
        np.asfortranarray(X),
        X.tolist(),
        X.view(type("Mine", (np.ndarray,), {})),
        X[::-1],
    ):
        here = np.asarray(given, float)
        assert all(
            np.array_equal(*pair) for pair in zip(program.value_and_grad(given, theta), program.run(here, theta))
        )
    for X, P, told in (
        ([[0.0, math.inf]], theta, "sample 0 has inf"),
        ([[0.0, 1.0], [math.nan, 0.0]], theta, "sample 1 has nan"),
        ([[0.0, 1.0]], few, r"params has the shape \(8,\)"),
        ([[0.0, 1.0, 2.0]], theta, "X has the shape"),
        (np.empty((0, 2)), theta, "X has no samples"),
    ):
        with pytest.raises(GraphError, match=told):
            program.value_and_grad(np.array(X), P)


def test_an_input_without_a_number_is_named_in_whichever_part_it_stands(numba, monkeypatch):
    from microgrid.program.native import native_runner

    monkeypatch.setattr(native_runner, "WORTH", 1)
    loss, x, w = plain_network()
    X = np.zeros((3000, 2))
    X[2500, 1] = math.nan
    for threads in (1, 3):
        program = Program(loss, x, w, native=True, threads=threads)
        with pytest.raises(GraphError, match="sample 2500 has nan"):
            program.value_and_grad(X)
        X[2500, 1], number = 0.0, X[2500, 1]
        assert np.isfinite(program.value_and_grad(X)[1]).all()
        X[2500, 1] = number


# ── compiling ──────────────────────────────────────────────────────────────────────────────

COLD = """
from microgrid import Value
from microgrid.program import Program
x = Value(1.0)
print(Program((x * x).tanh(), [x], native=True)([[0.5]] * 3).round(6).tolist())
"""


def cold(cache):
    done = subprocess.run(
        [sys.executable, "-c", COLD], cwd=ROOT, env={**os.environ, "MICROGRID_CACHE": str(cache)},
        capture_output=True, encoding="utf-8", timeout=600,
    )  # fmt: skip
    assert done.stdout == "[0.244919, 0.244919, 0.244919]\n", done.stderr
    return done.stderr


def test_a_computer_compiles_once_and_says_so(numba, tmp_path):
    assert (
        cold(tmp_path / "new")
        == "microgrid: compiling for the native tape, once on this computer: its machine, mul, tanh\n"
    )
    assert cold(tmp_path / "new") == ""
    for kept in (tmp_path / "new").glob("__pycache__/*.nbc"):
        kept.write_bytes(kept.read_bytes()[:100])
    for source in (tmp_path / "new").glob("mul_*.py"):
        source.write_text("def forw")
    cold(tmp_path / "new")
    assert cold(tmp_path / "new") == ""
    (tmp_path / "file").write_text("no directory")
    assert "mul, tanh" in cold(tmp_path / "file")
    assert {path.suffix for path in (tmp_path / "new").iterdir()} == {".py", ""}
