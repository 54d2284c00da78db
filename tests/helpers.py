"""What several test modules share: points over the doubles, mpmath as a vocabulary, ulps, random graphs."""

from __future__ import annotations

import importlib
import math
import os
import random
import sys
from functools import partial
from itertools import product
from operator import mul

import mpmath
import pytest
from mpmath import mp, mpf

from microgrid import nn
from microgrid.engine import Value, computed
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.engine.value import lift
from microgrid.formula import OPS, evaluate
from microgrid.program import Program

TINY = sys.float_info.min  # below it a result may flush to 0
SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e308, -1e308, 0.5, -0.5, 2.0, -2.0]

# ── the true answers ───────────────────────────────────────────────────────────────────────


class NotReal(Exception):
    """There is no finite real answer at this point."""


def kink(at_zero):
    return lambda x: mpf(1) if x > 0 else mpf(at_zero) if x == 0 else mpf(0)


MP = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": mp.power,
    "neg": lambda x: -x,
    **{name: getattr(mp, name) for name in "exp log sqrt sin cos tan asin acos atan sinh cosh tanh".split()},
    **{name: getattr(mp, name) for name in "asinh acosh atanh atan2 hypot erf sign".split()},
    "log2": lambda x: mp.log(x, 2),
    "log10": lambda x: mp.log(x, 10),
    "expm1": lambda x: mp.exp(x) - 1,
    "log1p": lambda x: mp.log(1 + x),
    "abs": abs,
    "max": lambda x, y: max(x, y),
    "min": lambda x, y: min(x, y),
    "step": kink(at_zero=0),
    "above": lambda x, y: kink(at_zero=0.5)(x - y),
}


def true_value(formula, names):
    """The formula in mpmath's arithmetic, at the precision now set. Raises NotReal."""
    try:
        answer = evaluate(formula, {**names, "pi": mp.pi}, MP)
    except (ZeroDivisionError, ValueError, OverflowError) as problem:
        raise NotReal from problem
    if not isinstance(answer, (mpf, mpmath.mp.constant, float, int)):
        if answer.imag != 0:
            raise NotReal("complex")
        answer = answer.real
    if not mp.isfinite(answer):
        raise NotReal
    return mpf(answer)


def true_row(row, arguments):
    """The textbook's value and local derivatives, in mpmath's arithmetic."""
    if any(x == 0 and math.copysign(1, x) < 0 for x in arguments):
        raise NotReal  # mpmath has no -0.0
    names = dict(zip((*row.book.inputs, *row.fixed), map(mpf, arguments)))
    names["out"] = true_value(row.book.value, names)
    return names["out"], [true_value(partial, names) for partial in row.book.partials]


def true_slope(row, arguments, slot):
    """The derivative of the textbook's value by one input, as a difference quotient: no rule used."""
    h = mpf(10) ** -150 * (min(1, abs(mpf(arguments[slot]))) or mpf(10) ** -330)

    def at(shift):
        shifted = [mpf(x) + (shift if i == slot else 0) for i, x in enumerate(arguments)]
        return true_value(row.book.value, dict(zip((*row.book.inputs, *row.fixed), shifted)))

    return (at(h) - at(-h)) / (2 * h)


def ulps(got, true):
    """How far a double is from the true real number, in units of its last place (of 1e-320, if that is more)."""
    if math.isnan(got):
        return math.inf
    rounded = float(true) if abs(true) < mpf(2) ** 1025 else math.copysign(math.inf, true)
    if got == rounded:
        return 0.0 if math.isinf(got) else float(abs(mpf(got) - true) / place(got))
    if math.isinf(got) or math.isinf(rounded):
        got, rounded = (max(min(x, sys.float_info.max), -sys.float_info.max) for x in (got, rounded))
        true = mpf(rounded)
    return float(min(abs(mpf(got) - true) / place(rounded), mpf(10) ** 300))


def place(number):
    return mpf(max(math.ulp(number), 1e-320))


# ── the points ─────────────────────────────────────────────────────────────────────────────


def any_double(rng):
    """A normal double, every exponent as likely as any other."""
    return rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), rng.randint(-1022, 1023))


def points(rng, count):
    """Doubles over the whole line, dense where functions turn, saturate, overflow and cancel."""
    fixed = [0.0, 1e-300, 1e300, 1e-8, 1e-16, 1e-5, 0.5, 1.0, 1.5, 2.0, 3.0, 20.0, 40.0, 700.0, 709.7, 745.0, 1e16]
    fixed += [1.0 + sign * 2.0**-k for k in (1, 4, 10, 20, 30, 45, 52) for sign in (1, -1)]
    found = [sign * x for x in fixed for sign in (1, -1)]
    found += [x + rng.gauss(0, 0.01) for x in (-1, 1) for _ in range(count // 16)]
    for width in (1, 6, 30, 710, 800):
        found += [rng.uniform(-width, width) for _ in range(count // 8)]
    found += [any_double(rng) for _ in range(max(0, count - len(found)))]
    return found


def inputs(row, count, seed=0):
    """Points for all the numbers that a row takes."""
    rng = random.Random(f"{row.name}{seed}")
    first = points(rng, count)
    settings = {
        "pow": [2.0, 3.0, -1.0, 0.5, 1 / 3, -2.5, 1.0, 0.0, 7.0, 100.0, -33.0, 1e-5, 1e-12, 1e15],
        "leaky_relu": [0.01, 0.3, 0.0, -1.0],
    }
    if row.name in settings:
        return [(x, rng.choice(settings[row.name])) for x in first]
    if len(row.stable.inputs) == 1:
        return [(x,) for x in first]
    second = points(rng, count)
    rng.shuffle(second)
    pairs = list(zip(first, second)) + [(x, x) for x in first[::8]]
    pairs += [(x, x * rng.uniform(-2, 2)) for x in first[::4]]
    return pairs + list(product((-2.0, -1.0, 0.5, 1.0, 3.0), repeat=2))


ROWS = list(OPS.values())


# ── random graphs ──────────────────────────────────────────────────────────────────────────

SETTINGS = {"pow": (-1.0, 0.0, 1.0, 2.0, 3.0, 0.5, 2.5, -1.5), "leaky_relu": (0.01, 0.3, 0.0, -1.0)}
KINKED = {"relu": 0, "leaky_relu": 0, "abs": 0, "step": 0, "max": 1, "min": 1}  # which argument stands at the kink


def random_graph(rng, size, rows=None):
    """A root, inputs and parameters: anything that can be recorded, kept where numbers are of ordinary size.

    rows  the rows of the table to choose from; None is all of them, sums, layers, logsumexp and softmax too
    """
    inputs = [Value(rng.uniform(-2, 2)) for _ in range(rng.randint(0, 4))]
    params = [Value(rng.uniform(-2, 2), role="parameter") for _ in range(rng.randint(1, 6))]
    pool = [*inputs, *params, Value(rng.uniform(-2, 2), role="constant")]

    def pick():
        return rng.choice(pool[-8:] if rng.random() < 0.6 else pool)

    def some(most):
        return [pick() for _ in range(rng.randint(1, most))]

    makers = VARIETY if rows is None else [partial(one_row, rows)]
    for _ in range(rng.randint(0, size)):
        pool += [node for node in rng.choice(makers)(rng, pick, some, params) if is_tame(node)]
    root = rng.choice((pool[-1], rng.choice(pool), total(pool[-12:]), sum(map(mul, pool[-6:], pool[-12:-6]), pool[-1])))
    return root if rows is None else pool[-1], inputs, params


def is_tame(node):
    """Whether a node is of ordinary size, slopes too, and well away from a kink."""
    slot = KINKED.get(node.op.name)
    if slot is not None:
        x, y = node.parents[0], node.parents[slot] if slot else None
        if x is not y and abs(x.data - (y.data if y else 0)) < 0.05:
            return False
    return abs(node.data) < 100 and all(abs(slope) < 100 for slope in node.partials)


def one_row(rows, rng, pick, some, params):
    row = rng.choice(rows)
    at = row.at(rng.choice(SETTINGS[row.name])) if row.fixed else row
    return [computed(at, [pick() for _ in row.stable.inputs])]


def an_operator(rng, pick, some, params):
    number = rng.choice((rng.uniform(-2, 2), 0.0, 1.0, -1.0))
    ways = (lambda: pick() + pick(), lambda: pick() * pick(), lambda: pick() - pick(), lambda: pick() * number,
            lambda: pick() + number, lambda: number - pick(), lambda: -pick())  # fmt: skip
    return [rng.choice(ways)()]


def a_square(rng, pick, some, params):
    x = pick()
    return [x * x]


def a_layer(rng, pick, some, params):
    """A few neurons over the same x, each one node, or products and a chain of additions."""
    x, nodes = some(4), []
    for _ in range(rng.randint(1, 3)):
        w = [rng.choice(params) if rng.random() < 0.9 else pick() for _ in x]
        bias = rng.choice((rng.choice(params), pick(), 0.0))
        nodes.append(affine(w, x, bias) if rng.random() < 0.6 else sum(map(mul, w, x), lift(bias, Value)))
    return nodes


def tied(rng, pick, some, params):
    """The same neuron over several x: the columns of a matrix product."""
    w, bias = [rng.choice(params) for _ in range(rng.randint(1, 3))], rng.choice(params)
    return [affine(w, [pick() for _ in w], bias) for _ in range(rng.randint(2, 4))]


def a_sum(rng, pick, some, params):
    terms = some(6)
    return [total(terms) if rng.random() < 0.5 else sum(terms, Value(0.0, role="constant"))]


def a_softmax(rng, pick, some, params):
    terms = some(4)
    found = softmax(terms)
    return rng.choice((found, found[:1], [found[0], softmax(terms)[0]]))


def the_same_twice(rng, pick, some, params):
    """An operation beside another of its kind, so that they make a group."""
    row = rng.choice([row for row in ROWS if not row.fixed])
    return [computed(row, [pick() for _ in row.stable.inputs]) for _ in range(rng.randint(2, 6))]


VARIETY = [
    *[partial(one_row, ROWS)] * 5, partial(one_row, [OPS[name] for name in SETTINGS]), *[an_operator] * 4,
    *[a_layer] * 3, a_square, tied, a_sum, a_softmax, the_same_twice,
    lambda rng, pick, some, params: [logsumexp(some(4))],
]  # fmt: skip


# ── networks and their losses ─────────────────────────────────────────────────────────────


def squared_loss():
    model, x, y = nn.MLP(2, [8, 8, 1], "tanh", seed=1), [Value(0.1), Value(0.2)], Value(1.0)
    return Program((model(x) - y) ** 2, [*x, y], model.parameters())


def whole_moons():
    """The loss of all samples and L2 as one graph, as in micrograd's demo: nobody said what a batch is."""
    rng, model = random.Random(0), nn.MLP(2, [4, 1], seed=1)
    samples = [([rng.uniform(-1, 1), rng.uniform(-1, 1)], rng.choice((-1, 1))) for _ in range(30)]
    losses = [(1 - y * model(x)).relu() for x, y in samples]
    return Program(total(losses) / 30 + 1e-4 * total(p * p for p in model.parameters()), [], model.parameters())


# ── optional engines ───────────────────────────────────────────────────────────────────────


def engine(name):
    """The module; where it is not installed the test is skipped, or fails if every engine is required."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("MICROGRID_ENGINES") == "required":
            raise
        return pytest.skip(f"needs {name}")
