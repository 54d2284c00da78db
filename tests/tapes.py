"""Tapes and the graphs they are made of: the demos, random tangles, a perceptron; and what a tape tells."""

from __future__ import annotations

import random

import pytest
from doubles import SPECIAL
from hypothesis import strategies as st
from outside import ROOT

from microgrid import Graph, Sheet, Value, nn
from microgrid.engine import computed, scope
from microgrid.formula import OPS
from microgrid.formula.ops import VARIADIC
from microgrid.tape import Backward, Forward, Seed, steps
from microgrid.tape.rounds import Rule

SHEETS = {path.stem: Sheet.read(path) for path in sorted((ROOT / "demos").glob("*.sheet"))}
DEMOS = {name: sheet for name, sheet in SHEETS.items() if sheet.loss}
LEVELS = ["op", "named", "neuron", "layer"]
COARSE = LEVELS[1:]
each_demo = pytest.mark.parametrize("sheet", DEMOS.values(), ids=DEMOS)
each_level = pytest.mark.parametrize("level", LEVELS)
each_coarse_level = pytest.mark.parametrize("level", COARSE)

# ── random graphs ──────────────────────────────────────────────────────────────────────────

SMOOTH = [OPS[name] for name in "add sub mul add sub mul tanh sigmoid relu max min softplus abs neg sin".split()]
EVERY = [
    *SMOOTH,
    *(
        each.at(*(2.0 if x is None else x for x in each.fixed.values())) if each.fixed else each
        for each in OPS.values()
    ),
    *(each.at(1.0) if each.fixed else each for each in VARIADIC.values()),
]
LABELS = ["", "", "", "a", "b", "c", "v1", "v2", "a#2"]
SCOPES = ["", "", "first", "Layer 1 · neuron 1", "Layer 1 · neuron 2", "Layer 2 · neuron 1"]


def tangle(rng, size, *, special=True):
    """Some operations, the last of them the root, over five leaves, each of which may be used again and again.

    special  every operation there is, over infinities, nan and -0.0 too
    """
    numbers = [*SPECIAL, -2.0, 0.5, 1.5, 3.0] if special else [-2.0, -1.0, 0.5, 1.5, 3.0]
    operations = EVERY if special else SMOOTH
    nodes = [Value(rng.choice(numbers), role=rng.choice(["input", "parameter", "constant"])) for _ in range(5)]
    for node in nodes[:3]:
        node.label = rng.choice(LABELS)
    for _ in range(size):
        operation = rng.choice(operations)
        inputs = len(operation.stable.inputs) or rng.choice([3, 5])
        with scope(rng.choice(SCOPES)):
            nodes.append(computed(operation, [rng.choice(nodes[-6:]) for _ in range(inputs)]))
        nodes[-1].label = rng.choice(LABELS)
    return nodes[-1]


@st.composite
def tangles(draw, most=14, *, special=True):
    """A random graph: shared operands, unused branches, masks, labels, roles and scopes."""
    return tangle(random.Random(draw(st.integers(0, 10**9))), draw(st.integers(0, most)), special=special)


def perceptron(samples=2):
    """The squared error of a perceptron over some samples."""
    random.seed(1337)
    model = nn.MLP(2, [3, 2, 1], expanded=True)
    errors = [(model([Value(0.5 + i, label="x1"), Value(-1.0, label="x2")]) - 1) ** 2 for i in range(samples)]
    (loss := sum(errors, Value(0.0, role="constant"))).label = "loss"
    return loss


def chain(depth):
    x = Value(0.5, label="x")
    for _ in range(depth):
        x = x.tanh()
    return x


def ladder(size):
    """A graph of exactly that many values, each used by the next and some again and again."""
    rng = random.Random(3)
    nodes = [Value(0.5, label="x")]
    while len(nodes) < size:
        nodes.append(rng.choice([Value.__add__, Value.__sub__, Value.max])(nodes[-1], rng.choice(nodes[-50:])))
    return nodes[-1]


def descent(root, rounds=2):
    """As many updates of every parameter."""
    parameters = [leaf for leaf in Graph(root).leaves if leaf.role == "parameter" and leaf is not root]
    return [Rule(0.1, root, tuple(parameters))] * rounds


def bits(numbers):
    """Numbers to compare by their bits, -0.0 apart from 0.0, every nan the same."""
    return [None if x is None else "nan" if x != x else float(x).hex() for x in numbers]


def plain(step):
    """What a step says, without the Values that it is about."""
    fields = {**step._asdict(), "kind": step.kind, "node": None, "child": None}
    if isinstance(step, Forward):
        fields |= {"operation": repr(step.operation), "inputs": [(name, bits([x])) for name, x in step.inputs]}
    return {name: bits([each])[0] if isinstance(each, float) else each for name, each in fields.items()}


def told(tape):
    return list(map(plain, tape))


def found(tape, number=1):
    """The gradients that the backward steps of a round leave."""
    taken = (step for step in tape if step.round == number)
    return {step.node: step.after for step in taken if isinstance(step, (Seed, Backward))}


def everything():
    """The tapes of the demos, of a perceptron and of some random graphs, as text."""
    roots = [*(sheet.run() for sheet in DEMOS.values()), perceptron()]
    roots += [tangle(random.Random(seed), 30) for seed in range(10)]
    return ascii([told(steps(root, level)) for root in roots for level in LEVELS])


def build(numbers):
    """A graph over leaves with these numbers, the leaves first."""
    leaves = [Value(x, label=label, role="parameter") for x, label in zip(numbers, "abc")]
    a, b, c = leaves
    (h := a * b + c.max(b)).label = "h"
    (L := (h * h - 3 / a).tanh() + h.relu() * c).label = "L"
    return [*leaves, L]
