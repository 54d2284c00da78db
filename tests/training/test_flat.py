"""Compiled training over one array of parameters: the same as over Values, and these have their numbers when it counts."""

import math
import random

import numpy as np
import pytest

from microgrid import GraphError, NonFiniteError, nn
from microgrid.formula.optimisers import OPTIMISERS
from microgrid.program import Program
from microgrid.training import fit, optim
from microgrid.training.flat import FEW, Flat, length

pytestmark = pytest.mark.once

RNG = random.Random(0)
X = [[RNG.gauss(0, 1) for _ in range(3)] for _ in range(24)]
Y = [int(row[0] + row[1] * row[2] > 0) + (row[2] > 1) for row in X]


def network(**settings):
    return nn.MLP(3, [16, 3], "tanh", seed=2, **settings)


def data(model):
    return [parameter.data for parameter in model.parameters()]


def slower(taken):
    """A schedule of one's own."""
    return 0.05 / (1 + taken)


WAYS = {
    "sgd": lambda p: optim.SGD(p, 0.2, weight_decay=0.01),
    "momentum": lambda p: optim.SGD(p, optim.Cosine(0.1, steps=9), momentum=0.9),
    "nesterov": lambda p: optim.SGD(p, slower, momentum=0.5, nesterov=True),
    "adam": lambda p: optim.Adam(p, optim.StepDecay(0.05, every=5, factor=0.5), weight_decay=0.1),
    "adamw": lambda p: optim.AdamW(p, 0.05),
    "rmsprop": lambda p: optim.RMSprop(p, 0.01, weight_decay=0.01),
    "adagrad": lambda p: optim.Adagrad(p, 0.1),
    "some of them": lambda p: optim.Adam(p[5:9] + p[:3], 0.05),
    "a class of one's own": type("Own", (optim.SGD,), {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_arrays_and_nodes_are_the_same_training(way):
    """Histories, parameters, gradients and what the optimiser remembers, with everything that bears on a step."""
    found = []
    for compiled in (True, False):
        model = network()
        assert len(model.parameters()) > FEW
        make = WAYS[way]
        mover = make(model.parameters(), 0.1) if isinstance(make, type) else make(model.parameters())
        history = fit(model, X, Y, "cross_entropy", mover, epochs=4, batch_size=7, validation=0.25, patience=3, seed=1,
                      regularisation=0.001, clip=0.8, compiled=compiled)  # fmt: skip
        state = [list(each) for each in mover.state]
        assert all(type(number) is float for each in state for number in each)
        grads = [parameter.grad for parameter in model.parameters()]
        assert all(type(number) is float for number in (*grads, *data(model)))
        numbers = [history.losses, history.validation_losses, np.ravel(history.gradient_norms), data(model), grads]
        found.append((np.concatenate([*numbers, *state]), history.accuracies, history.stopped, mover.taken))
    (ours, *rest), (eager, *others) = found
    assert rest == others
    assert np.abs(ours - eager).max() <= 1e-10


def test_a_rule_over_arrays_gives_the_bits_of_the_one_over_lists():
    rng = random.Random(3)
    for name, rule in OPTIMISERS.items():
        settings = [0.1 if value is None else value for value in rule.settings.values()]
        theta, g, *memory = ([rng.gauss(0, 10.0 ** rng.randint(-9, 9)) for _ in range(50)] for _ in range(5))
        memory = [[abs(each) for each in kept] for kept in memory[: len(rule.lists)]]
        g[:3] = 0.0, -0.0, 1e-320
        new, kept = rule.moved(theta, g, memory, 7, *settings)
        arrays, kept_arrays = rule.moved_arrays(np.array(theta), np.array(g), list(map(np.array, memory)), 7, *settings)
        assert arrays.tolist() == new, name
        assert [each.tolist() for each in kept_arrays] == list(kept)


def test_a_length_neither_overflows_nor_vanishes():
    for size in (1e-200, 1e-320, 1.0, 1e200, 0.0, math.inf):
        for count in (1, FEW, FEW + 1, 1000):
            grad = np.full(count, size)
            with np.errstate(over="ignore"):
                assert length(grad) == pytest.approx(math.hypot(*grad), rel=1e-13)
    assert math.isnan(length(np.full(FEW + 1, math.nan)))


# ── when the Values have their numbers ─────────────────────────────────────────────────────


def test_no_value_is_touched_between_two_looks(monkeypatch):
    """Steps and epochs by the dozen, and the parameters are written once; with validation once a look."""
    given = []
    give = Flat.give
    monkeypatch.setattr(Flat, "give", lambda self, theta: given.append(1) or give(self, theta))
    fit(network(), X, Y, "cross_entropy", epochs=12, batch_size=4)
    assert len(given) == 1
    fit(network(), X, Y, "cross_entropy", epochs=12, batch_size=4, validation=0.5, check_every=4)
    assert len(given) == 1 + 3


def test_a_schedule_that_looks_sees_the_parameters_as_they_are():
    seen = {True: [], False: []}
    for compiled, found in seen.items():
        model = network()

        def rate(taken, model=model, found=found):
            found.append(data(model))
            return 0.1

        fit(model, X, Y, "cross_entropy", optim.SGD(model.parameters(), rate), epochs=2, batch_size=8, seed=1,
            compiled=compiled)  # fmt: skip
    assert len(seen[True]) == len(seen[False])
    assert np.array(seen[True]) == pytest.approx(np.array(seen[False]), rel=1e-10, abs=1e-12)
    assert seen[True][0] != seen[True][-1]


@pytest.mark.parametrize("after", [0, 1, 4])
def test_ctrl_c_among_arrays_leaves_the_last_whole_step(monkeypatch, after):
    """In the middle of a batch, and while the numbers are written back."""
    model, expected = network(), network()
    if after:
        mover = optim.Adam(expected.parameters(), 0.01)
        fit(expected, X, Y, "cross_entropy", mover, epochs=after)
    run, give, calls, torn = Program.run, Flat.give, [], []

    def interrupted(self, X, *theta):
        if theta:
            calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return run(self, X, *theta)

    def halfway(self, theta):
        if not torn:
            torn.append(1)
            self.parameters[0].data = theta[0]
            raise KeyboardInterrupt
        give(self, theta)

    monkeypatch.setattr(Program, "run", interrupted)
    history = fit(model, X, Y, "cross_entropy", epochs=9)
    assert data(model) == data(expected)
    assert history.stopped.startswith(f"Ctrl-C in epoch {after + 1}, after {after} step")
    assert all(parameter.grad == 0 for parameter in model.parameters())
    if after:
        monkeypatch.setattr(Flat, "give", halfway)
        calls.clear()
        with pytest.raises(KeyboardInterrupt):
            fit(other := network(), X, Y, "cross_entropy", epochs=9)
        assert data(other) == data(expected)


def test_an_error_of_ones_own_leaves_the_last_whole_step():
    model, expected = network(), network()
    fit(expected, X, Y, "cross_entropy", optim.SGD(expected.parameters(), 0.1), epochs=3)
    mover = optim.SGD(model.parameters(), lambda taken: 0.1 if taken < 3 else -1.0)
    with pytest.raises(GraphError, match="rate = -1"):
        fit(model, X, Y, "cross_entropy", mover, epochs=9)
    assert data(model) == data(expected)
    assert mover.taken == 3


def test_an_optimiser_goes_on_where_it_stood():
    """Two trainings with one optimiser are one training, in arrays and in Values by turns."""
    found = []
    for ways in ((True, True), (True, False), (False, True), (False, False)):
        model = network()
        mover = optim.Adam(model.parameters(), 0.05)
        for compiled in ways:
            fit(model, X, Y, "cross_entropy", mover, epochs=3, compiled=compiled)
        assert mover.taken == 6
        found.append(data(model))
    assert np.abs(np.array(found) - found[0]).max() <= 1e-12


def test_a_nan_says_which_parameters_are_back():
    model = network()
    before = data(model)
    with pytest.raises(NonFiniteError, match=r"in epoch 2: .*try a rate below 1e\+308") as problem:
        fit(model, X, Y, "cross_entropy", optim.SGD(model.parameters(), 1e308), epochs=3)
    assert problem.value.history.how == "compiled; 1 batch node by node, where arrays gave inf or nan"
    assert data(model) == before
