"""Programs under JAX: the numbers of the NumPy program, on one device and on several."""

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from descents import RATE, STEPS, agree, batch, random_case, trained
from doubles import TINY, hostile
from networks import digits_loss, squared_loss, whole_moons
from outside import PATIENCE, ROOT

from microgrid import OPS, GraphError, NonFiniteError, Value, nn
from microgrid.engine import FUNCTIONS
from microgrid.program import Program
from microgrid.program.exports.jax_program import to_jax
from microgrid.program.passes.array_pass import ArrayPass

GRAPHS, COMPILED = 300, 12
erf = np.vectorize(math.erf, otypes=[float])


# ── the numbers ────────────────────────────────────────────────────────────────────────────


def test_random_graphs_over_any_array_library():
    """NumPy stands in for JAX, which takes half a second for each new graph."""
    for seed in range(GRAPHS):
        program, X, weights, expected = random_case(seed)
        if expected:
            with np.errstate(all="ignore"):
                each = ArrayPass(program.plan, np, erf, program.intake.parameters(None), program.intake.samples(X))
                assert agree((each.values(), each.gradient(np.array(weights))), expected), seed


def test_random_graphs_compiled(jax):
    for seed in range(COMPILED):
        program, X, weights, expected = random_case(seed)
        if expected:
            assert agree(to_jax(program).value_and_grad(X, weights=weights), expected), seed


@pytest.mark.parametrize("make", [squared_loss, digits_loss, whole_moons])
def test_networks(jax, make):
    program = make()
    inputs = len(program.record.inputs)
    X = np.random.default_rng(0).normal(size=(17, inputs)) if inputs else None
    there = to_jax(program)
    assert agree(there.value_and_grad(X), program.value_and_grad(X))
    assert agree([there(X)], [program(X)])
    theta = np.linspace(-1, 1, len(program.params))
    assert agree(there.value_and_grad(X, theta), program.value_and_grad(X, theta))


def test_kinks_are_those_of_the_engine(jax):
    x, w = Value(0.0), Value(0.0, role="parameter")
    one, two = ("relu", "leaky_relu", "abs", "step"), ("max", "min", "power")
    for root in (*(FUNCTIONS[name](w * x) for name in one), *(FUNCTIONS[name](w, w * x) for name in two), w**0):
        program = Program(root, [x], [w])
        assert agree(to_jax(program).value_and_grad([[0.0], [0.0]]), program.value_and_grad([[0.0], [0.0]]), 0)


REWRITTEN = [  # XLA would compute these otherwise, and come to something else
    (lambda x, y, z: x / y / z, (1e-300, 1e-200, 1e-200), "float64"),
    (lambda x: x.exp().log(), (800.0,), "float64"),
    (lambda x: x.exp().log(), (89.0,), "float32"),
    (lambda x: (x * x).sqrt(), (1e-200,), "float64"),
    (lambda x: (x * x).sqrt(), (1e-25,), "float32"),
    (lambda x: (x**2) ** 0.5, (1e200,), "float64"),
    (lambda x, y: x * y / y, (1e300, 1e300), "float64"),
    (lambda y, x: y.atan2(x), (3e-20, 4e-20), "float32"),
    (lambda x, y: x.log() - y.log(), (1e-300, 1e300), "float64"),
    (lambda x: (x + 1) - 1, (1e-17,), "float64"),
]


@pytest.mark.parametrize("case", range(len(REWRITTEN)))
def test_what_over_or_underflows_on_the_way_does_so_there_too(jax, case):
    make, numbers, dtype = REWRITTEN[case]
    leaves = [Value(each, role="parameter") for each in numbers]
    program = Program(make(*leaves), params=leaves, dtype=dtype)
    here, there = program.value_and_grad(), to_jax(program).value_and_grad()
    for ours, theirs in zip(here, there):
        assert theirs == pytest.approx(ours, rel=1e-12 if dtype == "float64" else 1e-6, nan_ok=True)


BEYOND = {"hypot": (1.7e308, -8.7e307), "atan2": (6e-308, 5e-308), "power": (1.0000000000001041, -7.04e15)}


@pytest.mark.parametrize("name", BEYOND)
def test_slopes_survive_what_over_or_underflows_there_too(jax, name):
    """Where no number is subnormal: these are 0 there."""
    leaves, tried = [Value(0.5, role="parameter") for _ in "xy"], 0
    there = to_jax(Program(FUNCTIONS[name](*leaves), params=leaves))
    for arguments in hostile(OPS[name])[::11]:
        out, slopes = OPS[name].forward(*arguments)
        if all(4 * TINY < abs(each) < math.inf for each in (*arguments, out, *slopes)):
            (value,), gradient = there.value_and_grad(params=np.array(arguments))
            assert [value, *gradient] == pytest.approx([out, *slopes], rel=1e-12, abs=0), arguments
            tried += 1
    _, gradient = there.value_and_grad(params=np.array(BEYOND[name]))
    assert tried > 50 and gradient.tolist() == pytest.approx(OPS[name].forward(*BEYOND[name])[1], rel=1e-12, abs=0)


def test_a_root_that_no_sample_changes(jax):
    w, x = Value(0.3, role="parameter"), Value(1.0)
    program = Program(w.exp(), [x], [w])
    found = to_jax(program).value_and_grad([[1.0], [2.0], [3.0]], weights=[1.0, 2.0, 4.0])
    assert found[0].tolist() == pytest.approx([math.exp(0.3)] * 3) and found[1] == pytest.approx(7 * math.exp(0.3))


def test_no_parameters(jax):
    x = Value(1.0)
    values, gradient = to_jax(Program(x.sin(), [x], [])).value_and_grad([[1.0], [2.0]])
    assert values == pytest.approx(np.sin([1.0, 2.0])) and gradient.shape == (0,)


# ── precision ──────────────────────────────────────────────────────────────────────────────


def test_doubles_inside_and_nothing_changed_outside(jax):
    there = to_jax(squared_loss())
    values, gradient = there.value_and_grad([[0.1, 0.2, 0.3]])
    assert values.dtype == gradient.dtype == np.float64
    assert type(values) is type(gradient) is np.ndarray and values.flags.writeable
    assert jax.numpy.ones(1).dtype == np.float32 and not jax.config.jax_enable_x64


def test_a_program_in_singles_stays_in_singles(jax):
    model, x = nn.MLP(2, [3, 1], "tanh", seed=0), [Value(0.1), Value(0.2)]
    program = Program(model(x) ** 2, x, model.parameters(), dtype="float32")
    X = np.random.default_rng(0).normal(size=(5, 2))
    found = to_jax(program).value_and_grad(X)
    assert found[0].dtype == found[1].dtype == np.float32
    assert agree(found, program.value_and_grad(X), 1e-5)


def test_pure_is_for_a_loop_of_ones_own(jax):
    program = squared_loss()
    there, X = to_jax(program), np.random.default_rng(0).normal(size=(6, 3)).astype("float32")

    @jax.jit
    def descend(theta, X):
        return theta - 0.01 * there.pure(theta, X)[1]

    theta = jax.numpy.asarray(program.intake.parameters(None), "float32")
    assert theta.dtype == descend(theta, X).dtype == np.float32
    assert descend(theta, X) == pytest.approx(
        program.intake.parameters(None) - 0.01 * program.value_and_grad(X)[1], abs=1e-5
    )
    weights = np.arange(6.0, dtype="float32")
    expected = program.value_and_grad(X, weights=weights)
    assert there.pure(theta, X, weights)[1] == pytest.approx(expected[1], abs=1e-4)


# ── what it refuses ────────────────────────────────────────────────────────────────────────


def test_what_a_program_refuses(jax):
    there = to_jax(squared_loss())
    with pytest.raises(GraphError, match=r"X has the shape \(1, 2\)"):
        there([[1.0, 2.0]])
    with pytest.raises(GraphError, match=r"weights has the shape \(1,\)"):
        there.value_and_grad([[1.0, 2.0, 3.0]] * 2, weights=[1.0])
    w, x = Value(1.0, role="parameter"), Value(1.0)
    careful = to_jax(Program((w * x).log(), [x], finite=True))
    for call in (careful, careful.value_and_grad):
        with pytest.raises(NonFiniteError, match="sample 1"):
            call([[1.0], [0.0]])


def test_devices_that_are_not_there(jax):
    there = len(jax.devices())
    message = f"{there + 1} devices are wanted, and JAX has {there}; give 1 to {there}, or set XLA_FLAGS="
    for count in (there + 1, 0):
        with pytest.raises(GraphError, match=message.replace(str(there + 1), str(count), 1)):
            to_jax(squared_loss(), count)
    with pytest.raises(GraphError, match="devices are some of those that JAX has"):
        to_jax(squared_loss(), [])
    assert to_jax(squared_loss(), jax.devices()[:1]).devices == jax.devices()[:1]
    assert repr(to_jax(squared_loss())) == "<JaxProgram of 7 groups on 1 cpu>"


def test_without_jax_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(GraphError, match=r'to_jax needs jax; pip install "microgrid-autograd\[jax\]"'):
        to_jax(squared_loss())


# ── several devices ────────────────────────────────────────────────────────────────────────


def on_four_devices(script):
    """What a script prints, as JSON, where JAX has four CPUs; that is settled before it is imported."""
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, env=env, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SHARED = """
import json, re
import numpy as np, jax
from microgrid.program.exports.jax_program import precision
from descents import agree, random_case
from microgrid import Program, Value
from microgrid.program.exports.jax_program import to_jax
from networks import digits_loss, squared_loss, whole_moons

for seed in range(100, 105):
    program, X, weights, expected = random_case(seed)
    assert expected is None or agree(to_jax(program, 4).value_and_grad(X, weights=weights), expected), seed

for make in (squared_loss, digits_loss, whole_moons):
    program, there = make(), to_jax(make(), 4)
    for samples in (1, 8, 13):
        inputs = len(program.record.inputs)
        X = np.random.default_rng(samples).normal(size=(samples, inputs)) if inputs else None
        assert agree(there.value_and_grad(X), program.value_and_grad(X)), samples
        assert agree([there(X)], [program(X)])

w, u, x = Value(0.3, role="parameter"), Value(0.7, role="parameter"), Value(1.0)
for program in (Program(w.exp(), [x], [w]), Program(w * x, [x], [w, u]), Program(x.sin(), [x], []), Program(w, [x], [w, u])):
    X, weights = [[1.0], [2.0], [3.0]], [1.0, 2.0, 4.0]
    assert agree(to_jax(program, 4).value_and_grad(X, weights=weights), program.value_and_grad(X, weights=weights))

there = to_jax(squared_loss(), 4)
with precision(True):
    arguments = there.program.intake.parameters(None), np.ones((8, 3)), np.ones(8)
    traced = str(there.compiled.trace(*arguments).jaxpr)
    text = there.compiled.lower(*arguments).compile().as_text()
others = re.findall(r" (all-gather|all-to-all|reduce-scatter|collective-permute)\\(", text)
print(json.dumps({
    "devices": len(there.devices), "psum": traced.count("psum"), "all-reduce": text.count(" all-reduce("),
    "others": others, "repr": repr(there),
}))
"""


def test_a_batch_shared_among_four_devices_with_one_all_reduce(jax):
    found = on_four_devices(SHARED)
    assert found == {
        "devices": 4, "psum": 1, "all-reduce": 1, "others": [], "repr": "<JaxProgram of 7 groups on 4 cpu>",
    }  # fmt: skip


def test_a_sample_without_a_gradient_is_no_padding(jax):
    """A batch is filled up with its last sample, so that 1 / x of a sample of zeros is never asked for."""
    found = on_four_devices("""
import json
from microgrid import Value
from microgrid import Program
from microgrid.program.exports.jax_program import to_jax
w, x = Value(2.0, role="parameter"), Value(1.0)
values, gradient = to_jax(Program((w / x).log(), [x]), 4).value_and_grad([[1.0], [2.0], [4.0]])
print(json.dumps([len(values), gradient.tolist()]))
""")
    assert found == [3, [1.5]]


# ── training ───────────────────────────────────────────────────────────────────────────────

TRAINED = """
import json
from descents import trained
from microgrid.program.exports.jax_program import to_jax
from networks import squared_loss
print(json.dumps(trained(to_jax(squared_loss(), 4).value_and_grad)))
"""


def trained_by_hand():
    """The same with the scalar engine, node by node."""
    model = nn.MLP(2, [8, 8, 1], "tanh", seed=1)
    for _ in range(STEPS):
        model.zero_grad()
        for *x, y in batch().tolist():
            ((model(x) - y) ** 2).backward()
        for parameter in model.parameters():
            parameter.data -= RATE / len(batch()) * parameter.grad
    return [parameter.data for parameter in model.parameters()]


def test_four_ways_to_train_end_at_the_same_numbers(jax):
    by_hand = np.array(trained_by_hand())
    assert np.abs(by_hand - squared_loss().intake.parameters(None)).max() > 0.01
    compiled, on_one = squared_loss(), to_jax(squared_loss())
    for way in (trained(compiled.value_and_grad), trained(on_one.value_and_grad), on_four_devices(TRAINED)):
        assert np.abs(np.array(way) - by_hand).max() < 1e-10
