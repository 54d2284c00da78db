"""Optimisers against the formulas of their papers in NumPy, schedules, clipping, and the tape."""

from __future__ import annotations

import copy
import math
import pickle
import random

import numpy as np
import pytest

from microgrid import GraphError, NotRealError, Value, nn
from microgrid.tape import steps
from microgrid.training.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, clip_by_norm, gradient_norm
from microgrid.training.schedules import Constant, Cosine, StepDecay

STEPS, SIZE = 50, 7


def valley(x):
    """The gradient of a narrow, curved valley."""
    return np.array([4.0, 0.1, 1.0, 9.0, 0.01, 2.0, 0.5]) * x + 0.3 * np.sin(3 * x)


def start():
    return np.random.default_rng(3).normal(size=SIZE)


def taken_by(make):
    """The parameters after each step of an optimiser."""
    parameters = [Value(x) for x in start()]
    optimizer = make(parameters)
    course = []
    for _ in range(STEPS):
        for parameter, g in zip(parameters, valley(np.array([p.data for p in parameters]))):
            parameter.grad = g
        optimizer.step()
        course.append([p.data for p in parameters])
    return np.array(course)


def sgd_of_the_paper(rate, momentum=0.0, nesterov=False, decay=0.0):
    x, b, course = start(), np.zeros(SIZE), []
    for t in range(STEPS):
        g = valley(x) + decay * x
        b = momentum * b + g
        x = x - (rate(t) if callable(rate) else rate) * (g + momentum * b if nesterov else b)
        course.append(x)
    return np.array(course)


def adam_of_the_paper(rate=0.001, betas=(0.9, 0.999), epsilon=1e-8, decay=0.0, decoupled=False):
    x, m, v, course = start(), np.zeros(SIZE), np.zeros(SIZE), []
    for t in range(1, STEPS + 1):
        eta = rate(t - 1) if callable(rate) else rate
        g = valley(x) + (0 if decoupled else decay * x)
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        step = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + epsilon)
        x = x - eta * step - (eta * decay * x if decoupled else 0)
        course.append(x)
    return np.array(course)


def divided_by_the_paper(rate, mean, epsilon, decay=0.0):
    """RMSprop and Adagrad: `mean` of the squares so far and the next."""
    x, v, course = start(), np.zeros(SIZE), []
    for _ in range(STEPS):
        g = valley(x) + decay * x
        v = mean(v, g**2)
        x = x - rate * g / (np.sqrt(v) + epsilon)
        course.append(x)
    return np.array(course)


PAPERS = {
    "sgd": (lambda p: SGD(p, 0.05), sgd_of_the_paper(0.05)),
    "momentum": (lambda p: SGD(p, 0.02, momentum=0.9), sgd_of_the_paper(0.02, 0.9)),
    "nesterov": (lambda p: SGD(p, 0.02, 0.9, nesterov=True), sgd_of_the_paper(0.02, 0.9, True)),
    "decay": (lambda p: SGD(p, 0.02, weight_decay=0.1), sgd_of_the_paper(0.02, decay=0.1)),
    "all": (lambda p: SGD(p, 0.02, 0.8, True, 0.1), sgd_of_the_paper(0.02, 0.8, True, 0.1)),
    "step decay": (lambda p: SGD(p, StepDecay(0.05, 20, 0.3)), sgd_of_the_paper(lambda t: 0.05 * 0.3 ** (t // 20))),
    "adam": (Adam, adam_of_the_paper()),
    "adam, told": (
        lambda p: Adam(p, 0.1, (0.8, 0.95), 1e-3, 0.2),
        adam_of_the_paper(0.1, (0.8, 0.95), 1e-3, 0.2),
    ),
    "rmsprop": (RMSprop, divided_by_the_paper(0.01, lambda v, s: 0.99 * v + 0.01 * s, 1e-8)),
    "rmsprop, told": (
        lambda p: RMSprop(p, 0.1, 0.8, 1e-3, 0.2),
        divided_by_the_paper(0.1, lambda v, s: 0.8 * v + 0.2 * s, 1e-3, 0.2),
    ),
    "adagrad": (Adagrad, divided_by_the_paper(0.01, lambda v, s: v + s, 1e-10)),
    "adagrad, told": (lambda p: Adagrad(p, 0.1, 1e-3, 0.2), divided_by_the_paper(0.1, lambda v, s: v + s, 1e-3, 0.2)),
    "adamw": (lambda p: AdamW(p, 0.05), adam_of_the_paper(0.05, decay=0.01, decoupled=True)),
    "adamw, cosine": (
        lambda p: AdamW(p, Cosine(0.1, 40, 0.01), weight_decay=0.3),
        adam_of_the_paper(
            lambda t: 0.01 + 0.09 * (1 + math.cos(math.pi * min(t, 40) / 40)) / 2, decay=0.3, decoupled=True
        ),
    ),
}


@pytest.mark.parametrize(("make", "paper"), PAPERS.values(), ids=PAPERS)
def test_fifty_steps_are_those_of_the_paper(make, paper):
    np.testing.assert_allclose(taken_by(make), paper, rtol=1e-11, atol=1e-13)


def test_weight_decay_and_a_gradient_of_0():
    parameters = [Value(2.0), Value(-2.0)]
    for make in (lambda p: SGD(p, 0.1, weight_decay=0.5), lambda p: AdamW(p, 0.1, weight_decay=0.5)):
        for parameter, data in zip(parameters, (2.0, -2.0)):
            parameter.data = data
        make(parameters).step()
        assert [p.data for p in parameters] == pytest.approx([1.9, -1.9], rel=1e-15)


def test_zero_grad():
    w = Value(1.0)
    w.grad = 3.0
    SGD([w], 0.1).zero_grad()
    assert w.grad == 0.0


# ── a step is whole ────────────────────────────────────────────────────────────────────────


class Stubborn(Value):
    """A Value that refuses new data once."""

    __slots__ = ("refuses",)

    @property
    def data(self):
        return self._data

    @data.setter
    def data(self, number):
        if self.refuses:
            self.refuses = False
            raise KeyboardInterrupt
        self._data = number


@pytest.mark.parametrize(
    "make", [lambda p: SGD(p, 0.1, momentum=0.9), lambda p: Adam(p, Cosine(0.1, 9))], ids=["sgd", "adam"]
)
def test_a_step_interrupted_halfway_has_not_happened(make):
    def course(interrupt):
        last = Stubborn(1.0)
        last.refuses = False
        parameters = [Value(0.5), last]
        optimizer = make(parameters)
        for number in range(4):
            for p in parameters:
                p.grad = p.data
            if interrupt and number == 2:
                before = [p.data for p in parameters], optimizer.state, optimizer.taken
                last.refuses = True
                with pytest.raises(KeyboardInterrupt):
                    optimizer.step()
                assert ([p.data for p in parameters], optimizer.state, optimizer.taken) == before
            optimizer.step()
        return [p.data for p in parameters]

    assert course(interrupt=True) == course(interrupt=False)


# ── schedules ──────────────────────────────────────────────────────────────────────────────


def test_schedules():
    assert [Constant(0.3)(t) for t in (0, 5)] == [0.3, 0.3]
    assert [StepDecay(1.0, 3)(t) for t in range(7)] == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01])
    cosine = Cosine(0.2, 10, 0.1)
    assert (cosine(0), cosine(5), cosine(10), cosine(11)) == pytest.approx((0.2, 0.15, 0.1, 0.1), rel=1e-14)
    assert all(cosine(t) > cosine(t + 1) for t in range(10))


def test_a_schedule_counts_the_steps():
    optimizer = SGD([Value(1.0)], StepDecay(0.1, every=2, factor=0.5))
    rates = []
    for _ in range(5):
        rates.append(optimizer.rate)
        optimizer.step()
    assert rates == [0.1, 0.1, 0.05, 0.05, 0.025]
    assert SGD([Value(1.0)], lambda taken: 1 / (1 + taken)).rate == 1.0


# ── clipping ───────────────────────────────────────────────────────────────────────────────


def test_clipping_keeps_the_direction():
    rng = random.Random(0)
    parameters = [Value(0.0) for _ in range(9)]
    for p in parameters:
        p.grad = rng.gauss(0, 5)
    before = [p.grad for p in parameters]
    norm = clip_by_norm(parameters, 2.0)
    assert norm == pytest.approx(math.sqrt(sum(g * g for g in before)))
    assert gradient_norm(parameters) == pytest.approx(2.0)
    assert [p.grad / g for p, g in zip(parameters, before)] == pytest.approx([2 / norm] * 9)
    same = [p.grad for p in parameters]
    assert clip_by_norm(parameters, 5.0) == pytest.approx(2.0)
    assert [p.grad for p in parameters] == same


def test_clipping_does_not_overflow():
    parameters = [Value(0.0), Value(0.0)]
    for p, g in zip(parameters, (3e200, 4e200)):
        p.grad = g
    assert clip_by_norm(parameters, 1.0) == pytest.approx(5e200)
    assert [p.grad for p in parameters] == pytest.approx([0.6, 0.8])


# ── on the tape ────────────────────────────────────────────────────────────────────────────


def test_a_step_of_sgd_is_an_update_on_the_tape():
    a, b = Value(2.0, label="a"), Value(-1.0, label="b")
    loss = a * a * b
    optimizer = SGD([a, b], StepDecay(0.1, 1))
    updates = [step for step in steps(loss, rules=[optimizer.rule(loss)]) if step.kind == "update"]
    loss.backward()
    optimizer.step()
    assert [each.after for each in updates] == [a.data, b.data]
    assert optimizer.rule(loss).rate == pytest.approx(0.01)


def test_only_plain_sgd_is_on_the_tape():
    w = Value(1.0)
    for optimizer, text in {
        SGD(
            [w], 0.1, momentum=0.9
        ): "momentum = 0.9 is not on the tape, which shows old − rate · gradient; set it to 0",
        SGD(
            [w], 0.1, weight_decay=1
        ): "weight_decay = 1 is not on the tape, which shows old − rate · gradient; set it to 0",
        Adam(
            [w]
        ): "Adam(1 parameter, rate=0.001) is no plain descent, and the tape shows new = old − rate · gradient; take SGD",
    }.items():
        with pytest.raises(GraphError) as caught:
            optimizer.rule(w)
        assert str(caught.value) == text


# ── settings out of range ──────────────────────────────────────────────────────────────────

W = [Value(1.0)]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: SGD(W, 0), "rate = 0 is no finite number above 0; 0.01 is usual"),
        (lambda: SGD(W, -0.1), "rate = -0.1 is no finite number above 0; 0.01 is usual"),
        (lambda: SGD(W, math.nan), "rate = nan is no finite number above 0; 0.01 is usual"),
        (lambda: Adam(W, math.inf), "rate = inf is no finite number above 0; 0.01 is usual"),
        (lambda: SGD(W, lambda t: -1.0).step(), "rate = -1 is no finite number of at least 0; 0.01 is usual"),
        (lambda: SGD(W, 0.1, momentum=1), "momentum = 1 is outside [0, 1); 0.9 is usual"),
        (lambda: SGD(W, 0.1, weight_decay=-1), "weight_decay = -1 is no finite number of at least 0; 0.0001 is usual"),
        (
            lambda: SGD(W, 0.1, nesterov=True),
            "nesterov=True with momentum = 0 has nothing to look ahead by; momentum=0.9 is usual",
        ),
        (lambda: Adam(W, betas=(0.9, 1.0)), "betas[1] = 1.0 is outside [0, 1); 0.999 is usual"),
        (lambda: Adam(W, betas=(-0.1, 0.9)), "betas[0] = -0.1 is outside [0, 1); 0.9 is usual"),
        (lambda: Adam(W, betas=(0.9,)), "betas has 1 number; (0.9, 0.999) has the two that Adam takes"),
        (lambda: Adam(W, betas=0.9), "betas has 1 number; (0.9, 0.999) has the two that Adam takes"),
        (lambda: SGD(W, lr=0.1), "SGD has no setting 'lr'; it has rate, momentum, nesterov, weight_decay"),
        (lambda: SGD(W), "SGD has no rate; give one, such as rate=0.1"),
        (lambda: Constant(lr=0.1), "Constant has no setting 'lr'; it has rate"),
        (lambda: Cosine(lr=0.1, steps=9), "Cosine has no setting 'lr'; it has rate, steps, least"),
        (lambda: StepDecay(0.1, step_size=9), "StepDecay has no setting 'step_size'; it has rate, every, factor"),
        (lambda: Adam(W, epsilon=0), "epsilon = 0 is no finite number above 0; 1e-8 is usual"),
        (lambda: AdamW(W, weight_decay=-0.5), "weight_decay = -0.5 is no finite number of at least 0; 0.01 is usual"),
        (lambda: SGD([], 0.1), "an optimiser without parameters; give it model.parameters()"),
        (lambda: SGD([1.0], 0.1), "an optimiser moves Values, not float; give it model.parameters()"),
        (lambda: SGD(5, 0.1), "an optimiser moves Values, not int; give it model.parameters()"),
        (lambda: SGD([[1.0]], 0.1), "an optimiser moves Values, not list; give it model.parameters()"),
        (lambda: SGD(nn.MLP(2, [1]), 0.1), "an optimiser moves Values, not MLP; give it model.parameters()"),
        (
            lambda: SGD(W, 0.1, lr=0.1),
            "SGD has no setting 'lr'; it has rate, momentum, nesterov, weight_decay",
        ),
        (lambda: Adam(W, lr=0.1), "Adam has no setting 'lr'; it has rate, betas, epsilon, weight_decay"),
        (lambda: AdamW(W, decay=0.1), "AdamW has no setting 'decay'; it has rate, betas, epsilon, weight_decay"),
        (lambda: StepDecay(0.1, 0), "every = 0 is no whole number of at least 1; 100 is usual"),
        (lambda: StepDecay(0.1, 2.5), "every = 2.5 is no whole number of at least 1; 100 is usual"),
        (
            lambda: StepDecay(0.1, 2, 1.5),
            "factor = 1.5, which a rate is multiplied with, is outside (0, 1]; 0.1 is usual",
        ),
        (lambda: Cosine(0.1, 0), "steps = 0 is no whole number of at least 1; 1000 is usual"),
        (lambda: Cosine(0.1, 9, 0.2), "least = 0.2 is outside [0, rate] = [0, 0.1]; 0 is usual"),
        (lambda: clip_by_norm(W, 0), "largest = 0 is no finite number above 0; 1.0 is usual"),
    ],
)
def test_settings_out_of_range_are_named(make, text):
    with pytest.raises(GraphError) as caught:
        make()
    assert str(caught.value) == text


def test_schedules_are_copied_and_pickled():
    for made in (Constant(0.1), StepDecay(0.1, 9), Cosine(rate=0.1, steps=9)):
        assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made


def test_whole_numbers_of_numpy():
    assert StepDecay(0.1, np.int64(2))(2) == StepDecay(0.1, 2)(2)
    assert Cosine(0.1, np.int64(4))(1) == Cosine(0.1, 4)(1)


def test_what_is_no_number_is_named():
    with pytest.raises(NotRealError, match="not str 'fast'"):
        SGD(W, "fast")
    w = Value(1.0)
    w.grad = math.nan
    with pytest.raises(GraphError, match=r"the gradient has length nan and cannot be clipped; raise_nonfinite\(\)"):
        clip_by_norm([w], 1.0)


def test_a_parameter_given_twice_moves_once():
    w = Value(1.0)
    w.grad = 1.0
    optimizer = SGD([w, w], 0.1)
    optimizer.step()
    assert w.data == 0.9
    assert repr(optimizer) == "SGD(1 parameter, rate=0.1)"
    with pytest.raises(NotImplementedError):
        Optimizer([w], 0.1).step()
