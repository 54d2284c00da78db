"""Random graphs: anything that can be recorded, where numbers are of ordinary size."""

from __future__ import annotations

from functools import partial
from operator import mul

from doubles import ROWS, SETTINGS

from microgrid.engine import Value, computed
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.engine.value import lift
from microgrid.formula import OPS
from microgrid.formula.ops import AMAX, AMIN

KINKED = {
    "relu": 0,
    "leaky_relu": 0,
    "abs": 0,
    "step": 0,
    "max": 1,
    "min": 1,
    "elu": 0,
    "selu": 0,
    "where": 0,
}  # which argument stands at the kink


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
    if node.op in (AMAX, AMIN) and len({each for each in node.parents if abs(each.data - node.data) < 0.05}) > 1:
        return False
    if node.op.name in ("clamp", "hardtanh") and any(
        abs(node.parents[0].data - x) < 0.05 for x in node.op.settings.values()
    ):
        return False
    return abs(node.data) < 100 and all(abs(slope) < 100 for slope in node.partials)


def one_row(rows, rng, pick, some, params):
    row = rng.choice(rows)
    at = row.at(*rng.choice(SETTINGS[row.name])) if row.fixed else row
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
    lambda rng, pick, some, params: [computed(rng.choice((AMAX, AMIN)), some(4))],
]  # fmt: skip
