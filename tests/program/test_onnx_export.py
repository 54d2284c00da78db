"""Programs as ONNX: checked models that give the program's numbers in another runtime."""

import random
import sys
from operator import mul

import numpy as np
import pytest
from doubles import ROWS, SETTINGS
from graphs import random_graph
from networks import squared_loss, whole_moons
from outside import engine

from microgrid import GraphError, Value, nn
from microgrid.engine import FUNCTIONS, computed
from microgrid.engine.functions import logsumexp, softmax, total
from microgrid.program import Program
from microgrid.program.exports.onnx_export import OPERATORS, WRITTEN, to_onnx

GRAPHS = 300
REFUSED = {"atan2": "atan2"}  # by row, the word that ONNX has not
SINGLE = {"asin", "acos", "atan", "erf", "gelu"}  # onnxruntime computes them in singles only
GRAPH_ROWS = [row for row in ROWS if row.name not in SINGLE | REFUSED.keys()]


@pytest.fixture
def run(onnx):
    """What onnxruntime makes of a model, or of a file, by the names of its results."""
    _, runtime = onnx
    quiet = runtime.SessionOptions()
    quiet.log_severity_level = 3  # it would say of `params` that a number which may be given is no constant

    def found(model, **inputs):
        content = model if isinstance(model, str) else model.SerializeToString()
        session = runtime.InferenceSession(content, quiet, providers=["CPUExecutionProvider"])
        return dict(zip([each.name for each in session.get_outputs()], session.run(None, inputs)))

    return found


def agree(found, expected, tolerance=1e-12):
    assert found.shape == expected.shape and found.dtype == expected.dtype
    assert np.array_equal(np.isnan(found), np.isnan(expected))  # outside of a domain both are
    off, size = np.abs(found - expected), np.abs(expected)
    return np.nanmax(off) <= tolerance * max(1, np.nanmax(size))


# ── graphs ─────────────────────────────────────────────────────────────────────────────────


def test_random_graphs(run):
    exported = 0
    for seed in range(GRAPHS):
        rng = random.Random(seed)
        root, inputs, params = random_graph(rng, 25, GRAPH_ROWS if seed % 3 == 0 else None)
        program = Program(root, inputs, params, exact=seed % 4 == 0)
        if {op.name for op in program.record.ops if op} & (SINGLE | REFUSED.keys()):
            continue
        count = rng.randint(1, 5) if inputs else 1
        X = np.array([[x.data + (row and rng.uniform(-0.02, 0.02)) for x in inputs] for row in range(count)])
        expected = program(X if inputs else None)
        assert agree(run(to_onnx(program), **({"X": X} if inputs else {}))["value"], expected), seed
        exported += 1
    assert exported > GRAPHS / 2


def digits_loss():
    model, x, y = nn.MLP(64, [32, 10], "relu", seed=1), [Value(0.1) for _ in range(64)], [Value(0.1) for _ in range(10)]
    z = model(x)
    outputs = [*softmax(z), z[3]]
    loss = logsumexp(z) - total(map(mul, y, z)) + 0 * total(outputs)
    return Program(loss, [*x, *y], model.parameters(), outputs=outputs)


@pytest.mark.parametrize("make", [squared_loss, digits_loss, whole_moons])
def test_networks(run, make):
    program = make()
    model, inputs = to_onnx(program), len(program.record.inputs)
    for samples in (1, 7, 32):
        X = np.random.default_rng(samples).normal(size=(samples, inputs))
        given = {"X": X} if inputs else {}
        found, expected = run(model, **given), program.run(X if inputs else None)
        assert agree(found["value"], expected.values)
        if expected.outputs is not None:
            assert agree(found["outputs"], expected.outputs)
    theta = np.linspace(-1, 1, len(program.params))
    assert agree(run(model, **given, params=theta)["value"], program(X if inputs else None, theta))


def test_layers_become_matrix_products(run):
    names = [node.op_type for node in to_onnx(squared_loss()).graph.node]
    assert names.count("MatMul") == 3 and names.count("Tanh") == 2 and len(names) < 40


def test_a_root_and_outputs_that_no_sample_changes(run):
    w, x = Value(0.3, role="parameter"), Value(1.0)
    y = w.exp()
    found = run(to_onnx(Program(y, [x], [w], outputs=[y, w])), X=np.zeros((3, 1)))
    assert found["value"].tolist() == [y.data] * 3
    assert found["outputs"].tolist() == [[y.data, 0.3]] * 3


def test_constants_alone(run):
    c = Value(2.0, role="constant")
    assert run(to_onnx(Program(c.tanh() * c)))["value"].tolist() == [(c.tanh() * c).data]


# ── rows ───────────────────────────────────────────────────────────────────────────────────


def row_program(row, dtype="float64"):
    inputs = [Value(0.3) for _ in row.stable.inputs]
    at = row.at(*SETTINGS[row.name][0]) if row.fixed else row
    return Program(computed(at, inputs), inputs, dtype=dtype)


def points(count):
    """Numbers of every size, on both sides of 0, and the edges."""
    rng = np.random.default_rng(0)
    spans = [rng.uniform(0, 1, (40, count)), rng.uniform(1, 9, (40, count)), np.exp(rng.uniform(-30, 0, (40, count)))]
    return np.concatenate([*spans, *(-each for each in spans), *(np.full((1, count), x) for x in (0.0, 1.0, -1.0))])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_exported_or_refused(run, row):
    dtype = "float32" if row.name in SINGLE else "float64"
    program, X = row_program(row, dtype), points(len(row.stable.inputs)).astype(dtype)
    if row.name in REFUSED:
        message = f"ONNX has no operator for {REFUSED[row.name]}, which 'a {row.name}' needs; export a root before it"
        with pytest.raises(GraphError, match=f"^{message}$"):
            to_onnx(program)
        return
    found, expected = run(to_onnx(program), X=X)["value"], program(X)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, expected, rtol=1e-12 if dtype == "float64" else 2e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", sorted(SINGLE))
def test_in_doubles_the_model_is_right_whatever_a_runtime_can(name):
    reference = engine("onnx.reference")
    program, X = row_program(next(row for row in ROWS if row.name == name)), np.linspace(-0.9, 0.9, 50)[:, None]
    (found,) = reference.ReferenceEvaluator(to_onnx(program)).run(None, {"X": X})
    assert agree(found, program(X), 1e-7 if name in ("erf", "gelu") else 1e-12)  # the reference rounds erf to singles


@pytest.mark.parametrize("name", ["asinh", "acosh", "log", "sqrt", "log2", "log1p", "softplus", "abs", "cbrt", "tanh"])
def test_what_has_a_value_at_the_largest_doubles_has_it_there_too(run, name):
    x = Value(2.0)
    program = Program(FUNCTIONS[name](x), [x], [])
    X = np.array([[1e30], [1e200], [8.9e307], [9.1e307], [1.7e308]])
    found, expected = run(to_onnx(program), X=X)["value"], program(X)
    assert np.isfinite(expected).all() and found == pytest.approx(expected, rel=1e-14)


def test_a_program_in_singles(run):
    x, w = Value(0.5), Value(2.0, role="parameter")
    program = Program((w * x).softplus() + FUNCTIONS["hypot"](w, x), [x], dtype="float32")
    X = np.linspace(-3, 3, 20, dtype="float32")[:, None]
    assert agree(run(to_onnx(program), X=X)["value"], program(X), 1e-6)


def test_no_word_is_written_twice():
    assert not OPERATORS.keys() & WRITTEN.keys()


# ── files ──────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_written_whole_or_not_at_all(run, tmp_path, monkeypatch):
    path = tmp_path / "net.onnx"
    model = to_onnx(squared_loss(), path)
    X = np.ones((2, 3))
    assert np.array_equal(run(str(path), X=X)["value"], run(model, X=X)["value"])
    before = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        to_onnx(digits_loss(), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_what_is_refused_leaves_no_file(run, tmp_path):
    x = Value(0.5, label="x")
    angle = FUNCTIONS["atan2"](x, 2.0)
    angle.label = "angle"
    with pytest.raises(GraphError, match="which 'angle' needs"):
        to_onnx(Program(angle + 1, [x]), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_without_onnx_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(GraphError, match=r'to_onnx needs onnx; pip install "microgrid-autograd\[onnx\]"'):
        to_onnx(squared_loss())
