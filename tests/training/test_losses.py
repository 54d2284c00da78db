"""Losses: against HIPS autograd at ordinary points, against many digits of mpmath in the tails."""

from __future__ import annotations

import math
from functools import cache, partial
from itertools import product

import autograd.numpy as anp
import micrograd.engine
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from outside import engine

from microgrid import GraphError, NotRealError, Value
from microgrid import losses as module
from microgrid.auditing import gradcheck
from microgrid.auditing.gradcheck import gradcheck_exactly
from microgrid.engine import FUNCTIONS, gradients
from microgrid.engine.functions import softmax as softmax_of_functions
from microgrid.training.losses import (
    LOSSES,
    bce,
    bce_with_logits,
    cross_entropy,
    hinge,
    log_softmax,
    loss_named,
    mae,
    mse,
    multilabel_bce,
    nll,
    softmax,
    squared_error,
)

# ── the textbook, over any arithmetic; `np` has exp, log, sum, abs and maximum ─────────────

ORACLES = {
    "squared_error": lambda np, y, t: np.sum((y - t) ** 2) / 2,
    "mse": lambda np, y, t: np.sum((y - t) ** 2) / len(y),
    "mae": lambda np, y, t: np.sum(np.abs(y - t)) / len(y),
    "huber": lambda np, y, t: np.sum(np.abs(y - t) ** 2 - np.maximum(np.abs(y - t) - 1, 0) ** 2) / 2 / len(y),
    "smooth_l1": lambda np, y, t: np.sum(np.abs(y - t) ** 2 - np.maximum(np.abs(y - t) - 1, 0) ** 2) / 2 / len(y),
    "hinge": lambda np, y, t: np.sum(np.maximum(0, 1 - t * y)) / len(y),
    "bce": lambda np, y, t: -np.sum(t * np.log(y) + (1 - t) * np.log(1 - y)) / len(y),
    "bce_with_logits": lambda np, y, t: np.sum(np.log(1 + np.exp(y)) - t * y) / len(y),
    "cross_entropy": lambda np, y, t: -np.sum(t * np.log(np.exp(y) / np.sum(np.exp(y)))),
    "nll": lambda np, y, t: -np.sum(t * np.log(y)),
    "multilabel_bce": lambda np, y, t: np.sum(np.log(1 + np.exp(y)) - t * y),
}

# ordinary predictions and targets of each loss
ORDINARY = {
    "squared_error": ([0.3, -1.5, 2.0], [1.0, 0.5, -2.0]),
    "mse": ([0.3, -1.5, 2.0], [1.0, 0.5, -2.0]),
    "mae": ([0.3, -1.5, 2.0], [1.0, 0.5, -2.0]),
    "huber": ([0.3, -1.5, 2.0], [1.0, 0.5, -2.0]),
    "smooth_l1": ([0.3, -1.5, 2.0], [1.0, 0.5, -2.0]),
    "hinge": ([0.3, -1.5, 2.0, 0.7], [1, -1, -1, 1]),
    "bce": ([0.3, 0.9, 0.55, 0.2], [1, 1, 0, 0.25]),
    "bce_with_logits": ([0.3, -1.5, 2.0, 0.7], [1, 0, 0, 0.25]),
    "cross_entropy": ([0.3, -1.5, 2.0, 0.7], [0.1, 0.2, 0.0, 0.7]),
    "nll": ([0.4, 0.15, 0.25, 0.2], [0.1, 0.2, 0.0, 0.7]),
    "multilabel_bce": ([0.3, -1.5, 2.0, 0.7], [1, 0, 1, 0.25]),
}
each_loss = pytest.mark.parametrize("name", LOSSES)


def value_and_slopes(loss, predictions, targets):
    values = list(map(Value, predictions))
    root = loss(values, targets)
    found = gradients(root)
    return root.data, [found.get(value, 0.0) for value in values]


class Exact:
    """What `ORACLES` ask of `np`, in mpmath's arithmetic, over arrays of mpf."""

    exp = staticmethod(np.vectorize(lambda x: mp.exp(x), otypes=[object]))
    log = staticmethod(np.vectorize(lambda x: mp.log(x), otypes=[object]))
    maximum = staticmethod(np.maximum)
    abs, sum = staticmethod(np.abs), staticmethod(np.sum)


@cache
def truth(name, predictions, targets):
    """The textbook's loss and its derivatives as difference quotients, no rule used: e^-1000 has its digits in 600."""
    with mp.workdps(600):
        y = np.array(list(map(mpf, predictions)), dtype=object)
        t = np.array(list(map(mpf, targets)), dtype=object)
        slopes = []
        for i in range(len(y)):
            h = np.array([mpf(0)] * len(y), dtype=object)
            h[i] = (abs(y[i]) or mpf(1)) * mpf(10) ** -60
            difference = ORACLES[name](Exact, y + h, t) - ORACLES[name](Exact, y - h, t)
            slopes.append(difference / (2 * h[i]))
        return ORACLES[name](Exact, y, t), slopes


def true_value_and_slopes(name, predictions, targets):
    return truth(name, tuple(predictions), tuple(targets))


def off(got, true, scale=0.0):
    """The relative error; `scale` is the size of the numbers that may cancel in it."""
    return float(abs(mpf(got) - true) / max(abs(true), mpf(scale), mpf(10) ** -300))


# ── oracles ────────────────────────────────────────────────────────────────────────────────


@each_loss
def test_the_loss_is_the_textbooks_at_ordinary_points(name):
    predictions, targets = ORDINARY[name]
    value, slopes = value_and_slopes(LOSSES[name], predictions, targets)
    y, t = np.array(predictions), np.array(targets, dtype=float)
    assert value == pytest.approx(float(ORACLES[name](anp, y, t)), rel=1e-14)
    wanted = grad(lambda each: ORACLES[name](anp, each, t))(y)
    assert slopes == pytest.approx(list(wanted), rel=1e-14, abs=1e-15)


@each_loss
def test_gradients_are_those_of_differences(name):
    predictions, targets = ORDINARY[name]
    for check in (gradcheck, gradcheck_exactly):
        found = check(lambda *values: LOSSES[name](values, targets), predictions)
        assert {row.verdict for row in found.rows} == {"right"}, found


LOGITS = [0.0, 1e-300, -1e-300, 0.3, -0.3, 20.0, -20.0, 40.0, -40.0, 300.0, -300.0, 700.0, -700.0, 1000.0, -1000.0]


@pytest.mark.parametrize("name", ["bce_with_logits", "multilabel_bce"])
@pytest.mark.parametrize("target", [0, 1, 0.25, 1 - 2**-40])
def test_logistic_losses_are_right_in_every_tail(name, target):
    for logit in LOGITS:
        value, slopes = value_and_slopes(LOSSES[name], [logit], [target])
        true, true_slopes = true_value_and_slopes(name, [logit], [target])
        assert off(value, true) < 5e-16, logit  # softplus is within 2 ulp, its weights add 1 ulp
        # σ(z) - t cancels where the prediction is right: it is good to an ulp of its terms
        scale = 0 if target in (0, 1) else min(target, 1 - target)
        assert off(slopes[0], true_slopes[0], scale) < 5e-16, logit


@pytest.mark.parametrize("target", [0, 1, 0.25])
def test_bce_is_right_near_0_and_1(target):
    for p in (1e-300, 1e-16, 1e-5, 0.3, 0.5, 0.9, 1 - 1e-9, 1 - 2**-53):
        value, slopes = value_and_slopes(bce, [p], [target])
        true, true_slopes = true_value_and_slopes("bce", [p], [target])
        assert off(value, true) < 5e-16, p
        assert off(slopes[0], true_slopes[0], target / p + (1 - target) / (1 - p)) < 5e-16, p


SAMPLES = [(z, *rest) for z, *rest in product([0.0, 1e-300, 0.3, -40.0, 40.0, 300.0, -1000.0, 1000.0], repeat=3)]


def tail(logits):
    """z_j - z_c is rounded once, and exp of it is off by as much: |z| ulp where it is not 0 in double."""
    return 1e-14 + 2**-53 * min(800.0, max(logits) - min(logits))


def test_cross_entropy_is_right_in_every_tail():
    for logits in SAMPLES[::13]:
        for target in range(3):
            value, slopes = value_and_slopes(cross_entropy, logits, target)
            one_hot = [1 if i == target else 0 for i in range(3)]
            true, true_slopes = true_value_and_slopes("cross_entropy", logits, one_hot)
            assert off(value, true) < tail(logits), (logits, target)
            for got, wanted in zip(slopes, true_slopes):
                assert off(got, wanted) < tail(logits), (logits, target)
            assert value_and_slopes(cross_entropy, logits, one_hot) == (value, slopes)


def test_cross_entropy_against_probabilities_is_right_in_every_tail():
    for logits in SAMPLES[::23]:
        for targets in ([0.25, 0.25, 0.5], [0.9, 0.1, 0.0], [0.0, 0.5, 0.5]):
            value, slopes = value_and_slopes(cross_entropy, logits, targets)
            true, true_slopes = true_value_and_slopes("cross_entropy", logits, targets)
            assert off(value, true, 1e-300) < tail(logits), (logits, targets)
            for got, wanted in zip(slopes, true_slopes):
                assert off(got, wanted, 1.0) < tail(logits), (logits, targets)  # p - t cancels


def test_log_softmax_is_right_in_every_tail():
    for logits in SAMPLES[::17]:
        values = list(map(Value, logits))
        for chosen, out in enumerate(log_softmax(values)):
            one_hot = [1 if i == chosen else 0 for i in range(3)]
            true, true_slopes = true_value_and_slopes("cross_entropy", logits, one_hot)
            found = gradients(out)
            assert off(-out.data, true) < tail(logits), (logits, chosen)
            for value, wanted in zip(values, true_slopes):
                # of the largest logit 1 - (p₁ + p₂ + …) remains, which is at least 1/k
                assert off(-found.get(value, 0.0), wanted) < tail(logits), (logits, chosen)


E_80 = math.exp(-80)


def test_the_edges():
    assert value_and_slopes(bce_with_logits, [1000.0], [0]) == (1000.0, [1.0])
    assert value_and_slopes(bce_with_logits, [1000.0], [1]) == (0.0, [0.0])
    assert value_and_slopes(bce_with_logits, [-1000.0], [1]) == (1000.0, [-1.0])
    assert value_and_slopes(cross_entropy, [1e3, -1e3], 1) == (2000.0, [1.0, -1.0])
    assert value_and_slopes(cross_entropy, [1e3, -1e3], 0) == (0.0, [0.0, 0.0])
    assert value_and_slopes(cross_entropy, [40.0, -40.0], 0) == (E_80, [-E_80, E_80])
    assert value_and_slopes(bce, [0.0], [1]) == (math.inf, [-math.inf])
    assert value_and_slopes(bce, [1.0], [0]) == (math.inf, [math.inf])
    assert value_and_slopes(bce, [1.0], [1]) == (0.0, [-1.0])
    assert value_and_slopes(bce, [0.0], [0]) == (0.0, [1.0])
    assert value_and_slopes(hinge, [1.0], [1]) == (0.0, [0.0])
    assert value_and_slopes(mae, [2.0], [2.0]) == (0.0, [0.0])
    assert value_and_slopes(cross_entropy, [0.0, -math.inf, 0.0], 0) == (math.log(2), [-0.5, 0.0, 0.5])


INF = math.inf
FAR = [  # logits, a class or probabilities
    ([-INF, 2.0, 3.0], 0),
    ([-INF, 2.0, 3.0], 2),
    ([-INF, 2.0, 3.0], [0.5, 0.25, 0.25]),
    ([2.0, -INF, -INF, 3.0], 1),
    ([1e308, -1e308], 0),
    ([1e308, -1e308], 1),
    ([1e308, -1e308, 1.5e308, 1.5e308], 1),
    ([1e308, -1e308, 0.0], [0.25, 0.5, 0.25]),
    ([INF, 2.0, 1.0], 1),
    ([INF, 2.0, 1.0], 0),
]


@pytest.mark.parametrize(("logits", "target"), FAR, ids=str)
def test_logits_far_apart_have_the_slopes_p_minus_t(logits, target):
    """-inf too, and differences beyond the largest double: the loss may be infinite, its slopes are not."""
    top = max(logits)
    powers = [1.0 if z == top else math.exp(max(z / 2 - top / 2, -1000.0) * 2) for z in logits]
    t = target if isinstance(target, list) else [float(i == target) for i in range(len(logits))]
    wanted = [power / sum(powers) - each for power, each in zip(powers, t)]
    value, slopes = value_and_slopes(cross_entropy, logits, target)
    assert slopes == pytest.approx(wanted, rel=1e-15, abs=0)
    assert value == (INF if any(each and z < top - 1e300 for z, each in zip(logits, t)) else pytest.approx(value))
    assert not math.isnan(value)


@pytest.mark.parametrize("parts", [[0.1] * 10, [0.7, 0.1, 0.1, 0.1], [1 / 3] * 3, [0.5, 0.5000000000000002]])
def test_a_mixture_of_probabilities_may_miss_1_by_a_rounding(parts):
    p = math.fsum(parts) if len(parts) == 2 else sum(parts)
    assert abs(p - 1) < 1e-15
    assert bce(p, 1).data == pytest.approx(0, abs=1e-15) == nll([p, 0.0], 0).data
    assert bce(p, 0).data > 34  # to p = 1 only roundings are missing, or none
    assert bce_with_logits(2.0, p).data == pytest.approx(bce_with_logits(2.0, 1).data, rel=1e-14)
    assert cross_entropy([1.0, 2.0], [p, 1 - p]).data == pytest.approx(cross_entropy([1.0, 2.0], 0).data, rel=1e-14)


def test_a_probability_beyond_1_by_a_rounding_is_1():
    assert value_and_slopes(bce, [1.0000000000000002], [0]) == value_and_slopes(bce, [1.0], [0])
    value, slopes = value_and_slopes(bce, [1.0000000000000002], [1])
    assert (value, *slopes) == pytest.approx((0.0, -1.0), abs=1e-15)


@pytest.mark.parametrize("loss", [mse, mae, bce, bce_with_logits, squared_error])
def test_nan_goes_on(loss):
    assert math.isnan(loss(Value(math.nan), 0.5).data)
    assert math.isnan(cross_entropy([Value(math.nan), 1.0], 1).data)
    assert math.isnan(nll([Value(math.nan), 1.0], 0).data)
    assert math.isnan(log_softmax([1.0, Value(math.nan)])[0].data)


# ── worked numbers ─────────────────────────────────────────────────────────────────────────


def test_softmax_with_negative_log_likelihood():
    value, slopes = value_and_slopes(cross_entropy, [0.0, 3.0, -2.0, 1.0], 3)
    wanted = [0.041772570515350445, 0.8390245074625319, 0.005653302662216329, -0.8864503806400986]
    assert value == pytest.approx(2.1755153626167147, rel=1e-15)
    assert slopes == pytest.approx(wanted, rel=1e-15, abs=0)


@pytest.mark.parametrize("with_logits", [True, False])
def test_the_two_input_sigmoid_network(with_logits):
    x1, x2 = 0.5, 0.1
    w11, w12, b1, w21, w22, b2, v1, v2, c = leaves = list(map(Value, (0.2, 0.4, 0.1, 0.3, 0.7, 0.2, 0.6, 0.9, 0.3)))
    a1, a2 = (w11 * x1 + w12 * x2 + b1).sigmoid(), (w21 * x1 + w22 * x2 + b2).sigmoid()
    z = v1 * a1 + v2 * a2 + c
    loss = bce_with_logits(z, 1) if with_logits else bce(z.sigmoid(), 1)
    assert loss.data == pytest.approx(0.268191496759, rel=1e-11)
    found = gradients(loss)
    wanted = [-0.01739126259, -0.003478252518, -0.0347825251836, -0.02533074775, -0.00506614955, -0.0506614955011]
    wanted += [-0.1316663013, -0.1419626044, -0.235238682234]
    assert [found[leaf] for leaf in leaves] == pytest.approx(wanted, rel=1e-9)
    if not with_logits:
        p = loss.parents[0].parents[0]
        assert found[p] == pytest.approx(-1.30759751673, rel=1e-11)


def test_squared_error_of_the_homework():
    w1, w2, b = Value(0.01), Value(-5), Value(-1)
    loss = squared_error((w2 * (w1 * 3).relu() + b).sigmoid(), 1)
    found = gradients(loss)
    assert loss.data == pytest.approx(0.28842841648243966, rel=1e-15)
    wanted = [2.0809165621704553, -0.00416183312434091, -0.13872777081136367]
    assert [found[each] for each in (w1, w2, b)] == pytest.approx(wanted, rel=1e-14)


def test_a_hinge_has_the_bits_of_micrograd():
    for score, target in product((0.3, -1.7, 1.0, 0.1), (-1, 1)):
        theirs = micrograd.engine.Value(score)
        loss = (1 + -target * theirs).relu()
        loss.backward()
        assert value_and_slopes(hinge, [score], [target]) == (loss.data, [theirs.grad])


# ── properties ─────────────────────────────────────────────────────────────────────────────

logit = st.floats(-1000, 1000)
logits_of_a_sample = st.lists(logit, min_size=1, max_size=6)


@given(logits_of_a_sample, st.data())
@settings(deadline=None)
def test_cross_entropy_is_minus_the_log_softmax_of_the_target(logits, data):
    target = data.draw(st.integers(0, len(logits) - 1))
    assert cross_entropy(logits, target).data == pytest.approx(-log_softmax(logits)[target].data, rel=1e-13, abs=1e-300)


@given(logits_of_a_sample)
@settings(deadline=None)
def test_softmax_sums_to_1_and_log_softmax_is_its_logarithm(logits):
    probabilities, logarithms = softmax(logits), log_softmax(logits)
    assert math.fsum(p.data for p in probabilities) == pytest.approx(1.0, rel=1e-15)
    assert [math.exp(each.data) for each in logarithms] == pytest.approx([p.data for p in probabilities], rel=1e-12)


@given(st.lists(st.integers(-500, 500), min_size=2, max_size=5), st.integers(-(10**6), 10**6))
@settings(deadline=None)
def test_only_differences_of_logits_matter(logits, shift):
    shifted = [z + shift for z in logits]
    assert value_and_slopes(cross_entropy, logits, 0) == value_and_slopes(cross_entropy, shifted, 0)
    assert [each.data for each in log_softmax(logits)] == [each.data for each in log_softmax(shifted)]


@given(logits_of_a_sample, st.data())
@settings(deadline=None)
def test_the_slopes_of_cross_entropy_add_up_to_0(logits, data):
    _, slopes = value_and_slopes(cross_entropy, logits, data.draw(st.integers(0, len(logits) - 1)))
    assert math.fsum(slopes) == pytest.approx(0.0, abs=1e-15)


@given(logit, st.floats(0, 1))
@settings(deadline=None)
def test_one_logit_is_two_with_the_other_at_0(z, target):
    one, two = bce_with_logits(z, target).data, cross_entropy([z, 0.0], [target, 1 - target]).data
    assert one == pytest.approx(two, rel=1e-12, abs=1e-12)
    assert multilabel_bce([z], [target]).data == one


@pytest.mark.parametrize("logits", [[0.0, 3.0, -2.0, 1.0], [-20.0, 5.0, 0.1, 12.0]])
@pytest.mark.parametrize("target", [1, 3, [0, 1, 0, 0], [0.25, 0.25, 0.5, 0]])
def test_nll_after_softmax_is_cross_entropy(logits, target):
    value, slopes = value_and_slopes(lambda z, t: nll(softmax(z), t), logits, target)
    wanted, wanted_slopes = value_and_slopes(cross_entropy, logits, target)
    assert value == pytest.approx(wanted, rel=1e-9)
    assert slopes == pytest.approx(wanted_slopes, rel=1e-9, abs=1e-12)


def test_nll_of_a_class_is_of_its_one_hot_target():
    predictions = [0.2, 0.7, 0.1]
    assert value_and_slopes(nll, predictions, 1) == value_and_slopes(nll, predictions, [0, 1, 0])
    assert value_and_slopes(nll, predictions, 1) == (-math.log(0.7), [0.0, -1 / 0.7, 0.0])
    assert value_and_slopes(nll, [0.0, 1.0], 0) == (math.inf, [-math.inf, 0.0])
    assert value_and_slopes(nll, [0.0, 1.0], [0, 1]) == (0.0, [0.0, -1.0])
    assert nll([predictions, [0.5, 0.5, 0.0]], [1, 0]).data == pytest.approx((-math.log(0.7) - math.log(0.5)) / 2)


# ── one, many, and samples ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["mse", "mae", "hinge", "bce", "bce_with_logits"])
def test_a_sequence_is_the_mean_of_its_samples(name):
    predictions, targets = ORDINARY[name]
    singles = [LOSSES[name](Value(y), t).data for y, t in zip(predictions, targets)]
    assert LOSSES[name](predictions, targets).data == pytest.approx(math.fsum(singles) / len(singles), rel=1e-15)
    assert LOSSES[name]([predictions[0]], [targets[0]]).data == singles[0]
    assert LOSSES[name]([predictions[0]], targets[0]).data == singles[0]
    assert LOSSES[name](predictions, [[t] for t in targets]).data == LOSSES[name](predictions, targets).data


def test_samples_with_several_outputs():
    predictions, targets = [[1.0, 2.0], [3.0, 5.0]], [[0.0, 0.0], [3.0, 3.0]]
    assert mse(predictions, targets).data == 9 / 4
    assert mae(predictions, targets).data == 5 / 4
    assert squared_error(predictions, targets).data == 9 / 2


@pytest.mark.parametrize("name", ["cross_entropy", "multilabel_bce"])
def test_rows_are_samples(name):
    loss = LOSSES[name]
    rows, targets = [[0.3, -1.5], [2.0, 0.7], [0.1, 0.2]], [[0, 1], [1, 0], [0.5, 0.5]]
    singles = [loss(row, t).data for row, t in zip(rows, targets)]
    assert loss(rows, targets).data == pytest.approx(math.fsum(singles) / 3, rel=1e-15)
    assert loss(np.array(rows), np.array(targets)).data == loss(rows, targets).data
    assert loss(rows[:1], targets[:1]).data == singles[0]


def test_classes_by_index_of_any_kind():
    rows = [[0.3, -1.5], [2.0, 0.7]]
    wanted = cross_entropy(rows, [[0, 1], [1, 0]]).data
    for targets in ([1, 0], [1.0, 0.0], [True, False], np.array([1, 0]), (Value(1), Value(0)), [[0, 1], 0]):
        assert cross_entropy(rows, targets).data == wanted


def test_any_kind_of_sequence_and_number():
    wanted = mse([1.0, 2.0], [0.0, 1.5]).data
    objects = np.array([Value(1.0), Value(2.0)], dtype=object)
    for predictions in ((1, 2), iter([Value(1), 2]), np.array([1.0, 2.0]), objects):
        assert mse(predictions, np.array([0.0, 1.5])).data == wanted
    assert type(mse(1, 2)) is Value
    assert mse(np.array(1.0), np.float32(3)).data == 4.0


class Mine(Value):
    pass


@each_loss
def test_a_subclass_stays_one(name):
    predictions, targets = ORDINARY[name]
    assert type(LOSSES[name]([*predictions[:-1], Mine(predictions[-1])], targets)) is Mine


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "hinge"])  # its targets are -1 or 1
def test_a_target_that_is_a_value_has_its_derivative(name):
    predictions, targets = ORDINARY[name]
    values = list(map(Value, targets))
    found = gradients(LOSSES[name](predictions, values))
    y, t = np.array(predictions), np.array(targets, dtype=float)
    wanted = grad(lambda each: ORACLES[name](anp, y, each))(t)
    assert [found[each] for each in values] == pytest.approx(list(wanted), rel=1e-13, abs=1e-14)


def test_probabilities_may_be_a_little_off():
    logits, targets = [0.3, -1.5, 2.0], [0.2, 0.3, 0.5 + 1e-7]
    true, _ = true_value_and_slopes("cross_entropy", logits, targets)
    assert off(cross_entropy(logits, targets).data, true) < 1e-15


def test_a_class_is_one_logsumexp():
    loss = cross_entropy([Value(0.1), Value(0.2), Value(0.3)], 1)
    assert loss.op.name == "logsumexp"
    assert [each.op.name for each in loss.parents] == ["sub", "constant", "sub"]


# ── by name ────────────────────────────────────────────────────────────────────────────────


def test_losses_by_name():
    assert set(LOSSES) == set(ORACLES) == set(module.__all__) - {"LOSSES", "loss_named", "softmax", "log_softmax"}
    assert all(loss_named(name) is loss is getattr(module, name) for name, loss in LOSSES.items())
    assert softmax is softmax_of_functions
    assert FUNCTIONS.keys().isdisjoint(LOSSES)


# ── errors ─────────────────────────────────────────────────────────────────────────────────

NAMES = "squared_error, mse, mae, huber, smooth_l1, hinge, bce, bce_with_logits, cross_entropy, nll, multilabel_bce"
ERRORS = [
    (lambda: loss_named("cross_entropi"), "no loss is called 'cross_entropi'; did you mean 'cross_entropy'?"),
    (lambda: loss_named("zzz"), f"no loss is called 'zzz'; there are {NAMES}"),
    (lambda: mse([1, 2, 3], [1, 2]), "mse has 3 predictions for 2 targets; each prediction has one target"),
    (lambda: mae(Value(1.0), [1, 2]), "mae has 1 prediction for 2 targets; each prediction has one target"),
    (
        lambda: squared_error([[1, 2], [3, 4]], [[1, 2], [3]]),
        "squared_error has 2 predictions for 1 target in sample 1; each prediction has one target",
    ),
    (lambda: mse([], []), "mse of nothing; give it at least one prediction"),
    (lambda: hinge([1, 2], [1, 0]), "a hinge target is 0; it is -1 or 1, for 0 and 1 take 2*y - 1"),
    (lambda: bce(0.5, 1.5), "a bce target is 1.5, outside [0, 1]; it is 0, 1 or a probability"),
    (lambda: bce(2, 1), "a bce probability is 2, outside [0, 1]; for logits use bce_with_logits"),
    (lambda: bce_with_logits(2, -1), "a bce_with_logits target is -1, outside [0, 1]; it is 0, 1 or a probability"),
    (
        lambda: multilabel_bce([2, 3], [0, math.nan]),
        "a multilabel_bce target is nan, outside [0, 1]; it is 0, 1 or a probability",
    ),
    (
        lambda: multilabel_bce([[2, 3]], [[0, 1], [1, 1]]),
        "multilabel_bce has 1 sample for 2 targets; each sample has one target",
    ),
    (lambda: cross_entropy([1, 2, 3], 3), "cross_entropy of 3 logits has no class 3; the classes are 0 to 2"),
    (lambda: cross_entropy([1, 2, 3], -1), "cross_entropy of 3 logits has no class -1; the classes are 0 to 2"),
    (lambda: cross_entropy([1, 2, 3], 0.5), "cross_entropy of 3 logits has no class 0.5; the classes are 0 to 2"),
    (lambda: cross_entropy([1, 2], math.nan), "cross_entropy of 2 logits has no class nan; the classes are 0 to 1"),
    (lambda: cross_entropy([1], 1), "cross_entropy of 1 logit has no class 1; the only class is 0"),
    (
        lambda: cross_entropy(Value(1.0), 1),
        "cross_entropy takes a sequence of logits, not 1 number; a single logit has bce_with_logits",
    ),
    (
        lambda: cross_entropy([1, 2], [0.5, 0.4]),
        "the cross_entropy targets add up to 0.9, not 1; divide each by the sum, or use multilabel_bce for several labels at once",
    ),
    (
        lambda: cross_entropy([1, 2], [-0.5, 1.5]),
        "the cross_entropy target of class 0 is -0.5, outside [0, 1]; give probabilities, or the index of the class",
    ),
    (
        lambda: cross_entropy([1, 2], [1, 0, 0]),
        "cross_entropy has 2 logits for 3 targets; each logit has one target",
    ),
    (
        lambda: cross_entropy([[1, 2], [3, 4]], [0]),
        "cross_entropy has 2 samples for 1 target; each sample has one target",
    ),
    (lambda: cross_entropy([], 0), "cross_entropy of nothing; give it at least one Value"),
    (lambda: bce(1.00001, 1), "a bce probability is 1.00001, outside [0, 1]; for logits use bce_with_logits"),
    (
        lambda: bce(0.5, 1.0000001),
        "a bce target is 1.0000001, outside [0, 1]; it is 0, 1 or a probability",
    ),
    (lambda: hinge(0.5, 1.0000000001), "a hinge target is 1.0000000001; it is -1 or 1, for 0 and 1 take 2*y - 1"),
    (
        lambda: nll([0.5, 0.5], [0.5, 0.50001]),
        "the nll targets add up to 1.00001, not 1; divide each by the sum, or use multilabel_bce for several labels at once",
    ),
    (
        lambda: cross_entropy([1, 2], 0.9999999999),
        "cross_entropy of 2 logits has no class 0.9999999999; the classes are 0 to 1",
    ),
    (lambda: nll([0.2, 0.8], 2), "nll of 2 predictions has no class 2; the classes are 0 to 1"),
    (lambda: nll(Value(0.5), 1), "nll takes a sequence of probabilities, not 1 number; a single probability has bce"),
    (lambda: nll([1.5, -0.5], 1), "an nll probability is 1.5, outside [0, 1]; for logits use cross_entropy"),
    (
        lambda: nll([0.5, 0.5], [0.5, 0.4]),
        "the nll targets add up to 0.9, not 1; divide each by the sum, or use multilabel_bce for several labels at once",
    ),
    (lambda: nll([0.5, 0.5], [1, 0, 0]), "nll has 2 predictions for 3 targets; each prediction has one target"),
    (lambda: nll([], 0), "nll of nothing; give it at least one Value"),
    (lambda: softmax_of_functions(3), "softmax takes several numbers, and 3 is one; give it a list"),
    (lambda: log_softmax(3.5), "log_softmax takes several numbers, and 3.5 is one; give it a list"),
    (lambda: log_softmax([]), "log_softmax of nothing; give it at least one Value"),
]


@pytest.mark.parametrize(("call", "message"), ERRORS, ids=[message[:40] for _, message in ERRORS])
def test_errors_say_what_is_wrong(call, message):
    with pytest.raises(GraphError) as caught:
        call()
    assert str(caught.value) == message


@each_loss
def test_only_numbers_go_in(name):
    predictions, targets = ORDINARY[name]
    with pytest.raises(NotRealError, match="not str 'a'"):
        LOSSES[name](["a", *predictions[1:]], targets)
    with pytest.raises(NotRealError, match="not str 'a'"):
        LOSSES[name](predictions, ["a", *targets[1:]])


# ── as PyTorch has them ────────────────────────────────────────────────────────────────────

ERRORS_OF = (0.3, -1.5, 2.0, 1.0, -1.0, 0.0, 0.5, -0.5)  # the corners of both among them
AS_PYTORCH = {
    "huber": (lambda y: module.huber(y, [0.0] * 8), lambda f, y: f.huber_loss(y, y * 0)),
    "huber of 0.5": (
        lambda y: module.huber(y, [0.0] * 8, 0.5),
        lambda f, y: f.huber_loss(y, y.detach() * 0, delta=0.5),
    ),
    "smooth_l1": (lambda y: module.smooth_l1(y, [0.0] * 8), lambda f, y: f.smooth_l1_loss(y, y.detach() * 0)),
    "smooth_l1 of 2": (
        lambda y: module.smooth_l1(y, [0.0] * 8, beta=2),
        lambda f, y: f.smooth_l1_loss(y, y.detach() * 0, beta=2.0),
    ),
    "mae": (lambda y: mae(y, [0.0] * 8), lambda f, y: f.l1_loss(y, y.detach() * 0)),
    "cross_entropy of a class": (
        lambda y: cross_entropy(y, 3, label_smoothing=0.1),
        lambda f, y: f.cross_entropy(y, y.new_tensor(3).long(), label_smoothing=0.1),
    ),
    "cross_entropy of probabilities": (
        lambda y: cross_entropy(y, [0.125] * 6 + [0.25, 0.0], label_smoothing=0.3),
        lambda f, y: f.cross_entropy(y, y.new_tensor([0.125] * 6 + [0.25, 0.0]), label_smoothing=0.3),
    ),
    "bce_with_logits, smoothed": (
        lambda y: bce_with_logits(y, [1, 0] * 4, label_smoothing=0.2),
        lambda f, y: f.binary_cross_entropy_with_logits(y, y.new_tensor([0.9, 0.1] * 4)),
    ),
}


@pytest.mark.parametrize("name", AS_PYTORCH)
def test_losses_that_turn_and_labels_that_are_smoothed_are_pytorchs(name):
    torch = engine("torch")
    ours, theirs = AS_PYTORCH[name]
    y = torch.tensor(ERRORS_OF, dtype=torch.float64, requires_grad=True)
    wanted = theirs(torch.nn.functional, y)
    wanted.backward()
    value, slopes = value_and_slopes(lambda predictions, _: ours(predictions), ERRORS_OF, None)
    assert value == pytest.approx(wanted.item(), rel=1e-14)
    assert slopes == pytest.approx(y.grad.tolist(), rel=1e-13, abs=1e-16)


def test_label_smoothing_of_bce_is_that_of_its_logits():
    (one, slopes), (other, there) = (
        value_and_slopes(partial(loss, label_smoothing=0.3), [number], [1])
        for loss, number in ((bce, 0.8), (bce_with_logits, math.log(4)))
    )
    assert one == pytest.approx(other, rel=1e-14)
    assert slopes[0] * 0.8 * 0.2 == pytest.approx(there[0], rel=1e-13)


@pytest.mark.parametrize("share", [-0.1, 1.5, math.nan])
def test_a_share_of_smoothing_is_a_share(share):
    for loss, y, t in ((cross_entropy, [0.0, 1.0], 1), (bce_with_logits, 0.0, 1), (bce, 0.5, 1)):
        with pytest.raises(GraphError, match=r"label_smoothing = .* is not in .0, 1.; 0.1 is usual"):
            loss(y, t, label_smoothing=share)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("l1", "mae"), ("L2", "mse"), ("HuberLoss", "huber"), ("SmoothL1Loss", "smooth_l1"), ("bce_loss", "bce"),
     ("CrossEntropyLoss", "cross_entropy"), ("categorical_crossentropy", "cross_entropy"), ("NLLLoss", "nll"),
     ("BCEWithLogitsLoss", "bce_with_logits"), ("svm", "hinge"), ("sse", "squared_error")],
)  # fmt: skip
def test_what_the_field_calls_a_loss_is_known(name, meant):
    with pytest.raises(GraphError, match=f"did you mean '{meant}'"):
        loss_named(name)


@pytest.mark.parametrize("name", ["kl_div", "focal", "triplet", "cosine", "poisson"])
def test_a_loss_that_is_not_here_is_like_none(name):
    with pytest.raises(GraphError, match="there are squared_error, mse"):
        loss_named(name)
