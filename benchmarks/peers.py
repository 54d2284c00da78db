"""The same losses under other libraries, each as its users write it, for `compiled.py`.

A task is data, parameters and a loss in three styles: `scalar` for one sample, number by number;
`arrays` for a batch; `hand` with its gradients worked out by a person. A contestant makes a step of a
task: called without arguments, it gives the value of each sample and the gradients of their sum as
NumPy arrays, in the shapes in which its users keep parameters.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from local_grads import LocalGrads

from microgrid import losses
from microgrid.engine import Value
from microgrid.nn import MLP
from microgrid.program import Program

__all__ = ["CONTESTANTS", "Digits", "Irregular", "Moons", "NotWritten", "Regression", "TwoInput", "program_of"]

Step = Callable[[], tuple[Any, Any]]


class NotWritten(Exception):
    """Nobody would write this task that way, or wait for it; says why."""


class Scalars(NamedTuple):
    """What a library for single numbers calls its functions."""

    relu: Any
    sigmoid: Any
    tanh: Any
    exp: Any
    log: Any


class Arrays(NamedTuple):
    """What a library for arrays calls its functions; the last two are losses, one value for each sample."""

    linear: Any
    relu: Any
    sigmoid: Any
    tanh: Any
    cross_entropy: Any
    bce: Any


MICROGRID = Scalars(Value.relu, Value.sigmoid, Value.tanh, Value.exp, Value.log)

# ── tasks ──────────────────────────────────────────────────────────────────────────────────


class Network:
    """Layers, of which the last is linear, and a loss of it.

    X, Y     as the libraries take them: samples and targets
    table    as a program takes them, side by side
    theta    the parameters of microgrid as one array, [w…, b] of one neuron after the other
    eager    how many samples the eager engines run; their time is scaled to all
    """

    sizes: tuple[int, ...]
    activation = "relu"
    eager = 20

    def __init__(self, X: Any, Y: Any, expanded: bool = False) -> None:
        nin, *nouts = self.sizes
        self.X, self.Y, self.table = X, Y, np.column_stack([X, Y])
        self.model = MLP(nin, nouts, self.activation, seed=1, expanded=expanded)
        self.parameters = self.model.parameters()
        self.theta = np.array([each.data for each in self.parameters])

    @property
    def params(self) -> list[Any]:
        """W and b of each layer, one after the other."""
        weights, biases, _ = self.model.arrays()
        return [each for pair in zip(weights, biases) for each in pair]

    def flat(self, gradients: Any) -> Any:
        """Gradients by these, in the order of theta."""
        pairs = zip(gradients[::2], gradients[1::2])
        return np.concatenate([np.column_stack(pair).ravel() for pair in pairs])

    def recorded(self, x: Sequence[Value]) -> Value:
        """The loss of one sample, recorded by microgrid."""
        return self.scalar(MICROGRID, self.parameters, x)

    def scalar(self, f: Scalars, p: Sequence[Any], x: Sequence[Any]) -> Any:
        nin = self.sizes[0]
        return self.scalar_loss(f, neurons(getattr(f, self.activation), self.sizes, p, x[:nin]), x[nin:])

    def arrays(self, f: Arrays, params: Any, X: Any, Y: Any) -> Any:
        return self.loss(f, outputs(f, self.activation, params, X), Y)

    def hand(self) -> Step:
        params, act, slope = self.params, *BY_HAND[self.activation]

        def step() -> tuple[Any, Any]:
            outs = forward(params, self.X, act)
            values, d = self.loss_by_hand(outs[-1], self.Y)
            return values, backward(params, outs, d, slope)

        return step

    def scalar_loss(self, f: Scalars, z: Sequence[Any], y: Sequence[Any]) -> Any:
        raise NotImplementedError

    def loss(self, f: Arrays, z: Any, Y: Any) -> Any:
        raise NotImplementedError

    def loss_by_hand(self, z: Any, Y: Any) -> tuple[Any, Any]:
        """The value of each sample, and its derivative by z."""
        raise NotImplementedError


class Regression(Network):
    """The squared loss of micrograd's network."""

    sizes = 2, 16, 16, 1

    def __init__(self, samples: int, expanded: bool = False) -> None:
        rng = np.random.default_rng(0)
        super().__init__(rng.standard_normal((samples, 2)), rng.standard_normal((samples, 1)), expanded)

    def recorded(self, x: Sequence[Value]) -> Value:
        return (self.model(x[:2]) - x[2]) ** 2

    def scalar_loss(self, f: Scalars, z: Sequence[Any], y: Sequence[Any]) -> Any:
        return (z[0] - y[0]) ** 2

    def loss(self, f: Arrays, z: Any, Y: Any) -> Any:
        return ((z - Y) ** 2)[:, 0]

    def loss_by_hand(self, z: Any, Y: Any) -> tuple[Any, Any]:
        error = z - Y
        return (error * error)[:, 0], 2 * error


class Digits(Network):
    """Ten classes of 8 × 8 pixels, cross-entropy of the softmax against one-hot targets."""

    sizes = 64, 32, 10
    eager = 2

    def __init__(self, samples: int) -> None:
        rng = np.random.default_rng(0)
        super().__init__(rng.random((samples, 64)), np.eye(10)[rng.integers(0, 10, samples)])

    def recorded(self, x: Sequence[Value]) -> Value:
        return losses.cross_entropy(self.model(x[:64]), x[64:])

    def scalar_loss(self, f: Scalars, z: Sequence[Any], y: Sequence[Any]) -> Any:
        return f.log(total(map(f.exp, z))) - total(map(operator.mul, z, y))

    def loss(self, f: Arrays, z: Any, Y: Any) -> Any:
        return f.cross_entropy(z, Y)

    def loss_by_hand(self, z: Any, Y: Any) -> tuple[Any, Any]:
        z = z - z.max(1, keepdims=True)
        e = np.exp(z)
        sums = e.sum(1, keepdims=True)
        return np.log(sums[:, 0]) - (z * Y).sum(1), e / sums - Y


class TwoInput(Network):
    """Two inputs, two sigmoid neurons, a sigmoid output: the network that is worked on paper."""

    sizes = 2, 2, 1
    activation = "sigmoid"
    eager = 500

    def __init__(self, samples: int) -> None:
        rng = np.random.default_rng(0)
        super().__init__(rng.random((samples, 2)), rng.integers(0, 2, (samples, 1)).astype(float))

    def scalar_loss(self, f: Scalars, z: Sequence[Any], y: Sequence[Any]) -> Any:
        p = f.sigmoid(z[0])
        return -y[0] * f.log(p) - (1 - y[0]) * f.log(1 - p)

    def loss(self, f: Arrays, z: Any, Y: Any) -> Any:
        return f.bce(f.sigmoid(z), Y)[:, 0]

    def loss_by_hand(self, z: Any, Y: Any) -> tuple[Any, Any]:
        p = sigmoid(z)
        return (-Y * np.log(p) - (1 - Y) * np.log(1 - p))[:, 0], p - Y


class Irregular:
    """A random graph: no layers, no repetition; 20 inputs, 50 parameters, the sum of what nothing else uses."""

    eager = 2

    def __init__(self, samples: int, operations: int = 5000) -> None:
        self.lines, self.loose = tangle(operations, 70)
        rng = np.random.default_rng(0)
        self.X, self.Y, self.theta = rng.uniform(-1, 1, (samples, 20)), None, rng.uniform(-1, 1, 50)
        self.table, self.params = self.X, [self.theta]
        self.parameters = [Value(each, role="parameter") for each in self.theta.tolist()]

    def flat(self, gradients: Any) -> Any:
        return gradients[0]

    def recorded(self, x: Sequence[Value]) -> Value:
        return self.scalar(MICROGRID, self.parameters, x)

    def scalar(self, f: Any, p: Sequence[Any], x: Sequence[Any]) -> Any:
        pool = [*x, *p]
        for name, a, b in self.lines:
            pool.append(BINARY[name](pool[a], pool[b]) if name in BINARY else getattr(f, name)(pool[a]))
        return total(pool[each] for each in self.loose)

    def arrays(self, f: Arrays, params: Any, X: Any, Y: Any) -> Any:
        return self.scalar(f, params[0], X.T)

    def hand(self) -> Step:
        raise NotWritten("nobody writes 5,000 operations by hand")


class Moons:
    """micrograd's demo as one loss: the hinges of 100 samples, which are constants, and L2."""

    sizes = 2, 16, 16, 1
    eager = 1

    def __init__(self, samples: int = 100) -> None:
        rng = np.random.default_rng(0)
        angle, self.Y = rng.uniform(0, np.pi, samples), np.where(np.arange(samples) % 2, 1.0, -1.0)[:, None]
        inner = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
        outer = np.column_stack([np.cos(angle), np.sin(angle)])
        self.X = np.where(self.Y > 0, inner, outer) + rng.normal(0, 0.1, (samples, 2))
        self.model = MLP(2, [16, 16, 1], seed=1, expanded=True)
        self.parameters, self.table = self.model.parameters(), np.empty((1, 0))
        self.theta = np.array([each.data for each in self.parameters])

    params, flat, recorded = Network.params, Network.flat, Network.recorded

    def scalar(self, f: Scalars, p: Sequence[Any], x: Sequence[Any]) -> Any:
        kind = type(p[0])
        inputs = [list(map(kind, row)) for row in self.X.tolist()]
        scores = [neurons(f.relu, self.sizes, p, row)[0] for row in inputs]
        hinges = [f.relu(1 + -y * score) for y, score in zip(self.Y[:, 0].tolist(), scores)]
        return sum(hinges) * (1.0 / len(hinges)) + 1e-4 * sum(each * each for each in p)

    def arrays(self, f: Arrays, params: Any, X: Any, Y: Any) -> Any:
        hinges = f.relu(1 - Y * outputs(f, "relu", params, X))
        return (hinges.mean() + 1e-4 * sum((each * each).sum() for each in params)).reshape(1)

    def hand(self) -> Step:
        params, act, slope, y = self.params, *BY_HAND["relu"], self.Y

        def step() -> tuple[Any, Any]:
            outs = forward(params, self.X, act)
            margins = 1 - y * outs[-1]
            value = np.maximum(margins, 0).mean() + 1e-4 * sum((each * each).sum() for each in params)
            gradients = backward(params, outs, -y * (margins > 0) / len(y), slope)
            return np.array([value]), [d + 2e-4 * each for d, each in zip(gradients, params)]

        return step


BINARY: dict[str, Callable[[Any, Any], Any]] = {"*": operator.mul, "+": operator.add, "-": operator.sub}


def tangle(operations: int, leaves: int) -> tuple[list[tuple[str, int, int]], list[int]]:
    """Lines (operation, a, b) over what came before, and those to add up in the end; so many operations in all."""
    rng, lines, loose, size = random.Random(0), list[tuple[str, int, int]](), set[int](), leaves
    while len(lines) + len(loose) - 1 < operations:
        a = rng.randrange(max(0, size - 200) if rng.random() < 0.7 else 0, size)
        b = rng.randrange(size)
        name = rng.choices(["*", "+", "-", "tanh", "sigmoid"], [35, 35, 10, 10, 10])[0]
        loose -= {a, b} if name in BINARY else {a}
        lines.append((name, a, b))
        loose.add(size)
        size += 1
    return lines, sorted(loose)


def total(terms: Any) -> Any:
    return reduce(operator.add, terms)


def neurons(activation: Any, sizes: Sequence[int], p: Sequence[Any], x: Sequence[Any]) -> Sequence[Any]:
    """What the neurons of the last layer give, number by number."""
    rest = iter(p)
    z = layer(rest, sizes[1], x)
    for nout in sizes[2:]:
        z = layer(rest, nout, list(map(activation, z)))
    return z


def layer(rest: Iterator[Any], nout: int, x: Sequence[Any]) -> list[Any]:
    """b + w1 x1 + w2 x2 + … of each neuron, the parameters taken from the rest."""
    found = []
    for _ in range(nout):
        products = [next(rest) * each for each in x]
        found.append(sum(products, next(rest)))
    return found


def outputs(f: Arrays, activation: str, params: Any, X: Any) -> Any:
    """What the last layer gives, one row for each sample."""
    last = len(params) - 2
    for k in range(0, last, 2):
        X = getattr(f, activation)(f.linear(X, params[k], params[k + 1]))
    return f.linear(X, params[last], params[last + 1])


# ── by hand ────────────────────────────────────────────────────────────────────────────────


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


BY_HAND = {
    "relu": (lambda z: np.maximum(z, 0), lambda a: a > 0),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}


def forward(params: list[Any], X: Any, act: Any) -> list[Any]:
    """What each layer gives, the samples first."""
    outs = [X]
    for W, b in zip(params[:-2:2], params[1:-2:2]):
        outs.append(act(outs[-1] @ W.T + b))
    return [*outs, outs[-1] @ params[-2].T + params[-1]]


def backward(params: list[Any], outs: list[Any], d: Any, slope: Any) -> list[Any]:
    """The gradients by W and b of each layer; d is that by what the last one gave."""
    gradients = [d.sum(0), d.T @ outs[-2]]
    for W, a, below in zip(params[-2:1:-2], outs[-2:0:-1], outs[-3::-1]):
        d = d @ W * slope(a)
        gradients += [d.sum(0), d.T @ below]
    return gradients[::-1]


# ── contestants ────────────────────────────────────────────────────────────────────────────


def program_of(task: Any, native: bool | None = False) -> Program:
    """The loss of the first sample, recorded and compiled."""
    inputs = list(map(Value, task.table[0].tolist()))
    return Program(task.recorded(inputs), inputs, task.parameters, native=native)


def with_program(task: Any) -> Step:
    program = program_of(task)
    return lambda: program.value_and_grad(task.table, task.theta)


def with_native_tape(task: Any) -> Step:
    if find_spec("numba") is None:
        raise ModuleNotFoundError("numba")
    program, X = program_of(task, native=True), np.ascontiguousarray(task.table)
    return lambda: program.value_and_grad(X, task.theta)


def by_hand(task: Any) -> Step:
    return task.hand()


def with_autograd(task: Any) -> Step:
    import autograd.numpy as anp
    from autograd import make_vjp
    from autograd.scipy.special import logsumexp

    f = numpy_like(
        anp,
        relu=lambda z: anp.maximum(z, 0),
        sigmoid=lambda z: 1 / (1 + anp.exp(-z)),
        cross_entropy=lambda z, Y: logsumexp(z, axis=1) - anp.sum(z * Y, axis=1),
    )
    params = task.params

    def step() -> tuple[Any, Any]:
        pull, values = make_vjp(lambda params: task.arrays(f, params, task.X, task.Y))(params)
        return values, pull(np.ones(len(values)))

    return step


def numpy_like(np: Any, relu: Any, sigmoid: Any, cross_entropy: Any) -> Arrays:
    """The functions of a library with NumPy's names."""

    def bce(p: Any, Y: Any) -> Any:
        return -Y * np.log(p) - (1 - Y) * np.log(1 - p)

    return Arrays(lambda X, W, b: X @ W.T + b, relu, sigmoid, np.tanh, cross_entropy, bce)


def with_torch(task: Any) -> Step:
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    f = Arrays(
        linear=F.linear,
        relu=torch.relu,
        sigmoid=torch.sigmoid,
        tanh=torch.tanh,
        cross_entropy=lambda z, Y: F.cross_entropy(z, Y, reduction="none"),
        bce=lambda p, Y: F.binary_cross_entropy(p, Y, reduction="none"),
    )
    params = [torch.tensor(each, requires_grad=True) for each in task.params]

    def step() -> tuple[Any, Any]:
        data = [each if each is None else torch.from_numpy(each) for each in (task.X, task.Y)]
        values = task.arrays(f, params, *data)
        gradients = torch.autograd.grad(values.sum(), params)
        return values.detach().numpy(), [each.numpy() for each in gradients]

    return step


def with_jax(task: Any) -> Step:
    import jax

    if isinstance(task, Irregular):
        raise NotWritten("jit takes minutes to compile 5,000 operations")
    jax.config.update("jax_enable_x64", True)
    f = numpy_like(
        jax.numpy,
        relu=jax.nn.relu,
        sigmoid=jax.nn.sigmoid,
        cross_entropy=lambda z, Y: -(Y * jax.nn.log_softmax(z)).sum(1),
    )

    @jax.jit
    def both(params: Any, X: Any, Y: Any) -> Any:
        values, pull = jax.vjp(lambda params: task.arrays(f, params, X, Y), params)
        return values, pull(jax.numpy.ones_like(values))[0]

    params = list(map(jax.numpy.asarray, task.params))

    def step() -> tuple[Any, Any]:
        values, gradients = jax.block_until_ready(both(params, task.X, task.Y))
        return np.asarray(values), list(map(np.asarray, gradients))

    return step


def with_ddx(task: Any) -> Step:
    """The loss of one sample as a graph, compiled by LLVM for the whole batch; parameters are rows like inputs."""
    import ddx

    count, (samples, inputs) = len(task.theta), task.table.shape
    f = Scalars(lambda z: ddx.max(z, ddx.Expression(0.0)), lambda z: 1 / (1 + ddx.exp(-z)), ddx.tanh, ddx.exp, ddx.log)
    equation = ddx.equation(
        lambda: task.scalar(f, [ddx.var(f"p{i}") for i in range(count)], [ddx.param(f"x{i}") for i in range(inputs)])
    )
    if not isinstance(task, Moons):  # for which LLVM takes a minute: it is walked
        equation.compile(points=samples, veclib=ddx.VecLib.AUTO)
    call = equation.buffer(np.empty((count + inputs, samples)))

    def step() -> tuple[Any, Any]:
        call.x[:count] = task.theta[:, None]
        call.x[count:] = task.table.T
        call()
        return call.value.copy(), call.jacobian.sum(1)

    return step


def with_casadi(task: Any) -> Step:
    """The loss of one sample and its gradient as one graph, followed by CasADi's virtual machine, sample by sample."""
    import casadi

    if isinstance(task, Moons):
        raise NotWritten("CasADi makes its graph of the moons in minutes")
    f = Scalars(lambda z: casadi.fmax(z, 0), lambda z: 1 / (1 + casadi.exp(-z)), casadi.tanh, casadi.exp, casadi.log)
    samples, inputs = task.table.shape
    p, x = casadi.SX.sym("p", len(task.theta)), casadi.SX.sym("x", inputs)
    loss = task.scalar(f, casadi.vertsplit(p), casadi.vertsplit(x))
    both = casadi.Function("both", [p, x], [loss, casadi.gradient(loss, p)])
    over_all = both.map("over_all", "serial", samples, [0], [1])  # the same p for all, the gradients summed
    X = casadi.DM(np.ascontiguousarray(task.table.T))

    def step() -> tuple[Any, Any]:
        values, gradient = over_all(task.theta, X)
        return values.full().ravel(), gradient.full().ravel()

    return step


def with_local_grads(task: Any) -> Step:
    """microgpt's Value, in the same way as micrograd's."""
    if isinstance(task, TwoInput):
        raise NotWritten("microgpt's Value knows no 1 - p")

    def unary(x: Any, value: float, slope: float) -> Any:
        return LocalGrads(value, (x,), (slope,))

    f = recording(LocalGrads, unary)
    params = list(map(LocalGrads, task.theta.tolist()))
    return eager(LocalGrads, params, lambda x: task.scalar(f, params, x), task)


def with_microgrid(task: Any) -> Step:
    return eager(Value, task.parameters, task.recorded, task)


def with_micrograd(task: Any) -> Step:
    from micrograd.engine import Value as Peer

    def unary(x: Any, value: float, slope: float) -> Any:
        """What micrograd has no method for, recorded as its methods do it."""
        out = Peer(value, (x,))

        def back() -> None:
            x.grad += slope * out.grad

        out._backward = back
        return out

    f = recording(Peer, unary)
    params = list(map(Peer, task.theta.tolist()))
    return eager(Peer, params, lambda x: task.scalar(f, params, x), task)


def recording(kind: Any, unary: Callable[[Any, float, float], Any]) -> Scalars:
    """The functions that a way to be a Value has no method for."""

    def through(function: Any, slope: Any) -> Any:
        return lambda x: unary(x, y := float(function(x.data)), float(slope(x.data, y)))

    return Scalars(
        kind.relu,
        through(sigmoid, lambda x, y: y * (1 - y)),
        through(np.tanh, lambda x, y: 1 - y * y),
        through(np.exp, lambda x, y: y),
        through(np.log, lambda x, y: 1 / x),
    )


def eager(kind: Any, params: Any, record: Any, task: Any) -> Step:
    """One sample after the other: record, backward, forget."""
    rows = task.table[: task.eager].tolist()

    def step() -> tuple[Any, Any]:
        for each in params:
            each.grad = 0.0
        values = []
        for row in rows:
            loss = record(list(map(kind, row)))
            loss.backward()
            values.append(loss.data)
        return np.array(values), np.array([each.grad for each in params])

    return step


CONTESTANTS: dict[str, Callable[[Any], Step]] = {
    "program": with_program,
    "hand": by_hand,
    "native": with_native_tape,
    "autograd": with_autograd,
    "torch": with_torch,
    "jax": with_jax,
    "ddx-ad": with_ddx,
    "CasADi": with_casadi,
    "microgrid": with_microgrid,
    "microgpt": with_local_grads,
    "micrograd": with_micrograd,
}
