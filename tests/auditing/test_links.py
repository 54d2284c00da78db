"""Where a Value becomes a plain number its link to the result is lost: gradcheck says where, and what keeps it."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from microgrid import Value, gradcheck
from microgrid.auditing.links import READERS, REMEDY, lost_link
from microgrid.auditing.trial import Trial

COLUMNS = sys.version_info >= (3, 11)  # before, a line is known, and not the expression in it


def exponential(w):
    return (1 / (1 + math.exp(-w.data * 2)) - 1) ** 2 + 0.01 * w * w


def copied(w):
    half = w * 0.5
    again = Value(half.data)
    return again * again + w


def through_numpy(w):
    return np.array([w.data, 1.0]) @ np.array([w, 2.0])


def halfway(w):
    for _ in range(3):
        w = w * w.data
    return w


def at_the_end(w):
    return Value((w * w).data) * 1


LOST = {
    "math.exp": (exponential, "w.data"),
    "a Value of data": (copied, "half.data"),
    "an array of data": (through_numpy, "w.data"),
    "in a loop": (halfway, "w.data"),
    "at the end": (at_the_end, "(w * w).data"),
    "nothing recorded": (lambda w: Value(3.0) * w.data, "w.data"),
}


@pytest.mark.parametrize("name", LOST)
def test_the_line_that_lost_the_link(name):
    function, expression = LOST[name]
    row = gradcheck(function, {"w": 1.3}).rows[0]
    assert row.verdict == "wrong"
    place, _, where = row.culprit.partition(", where ")
    file, _, line = place.rpartition(":")
    assert file == __file__
    code = function.__code__
    assert code.co_firstlineno <= int(line) <= max(line for *_, line in code.co_lines() if line)
    assert where.endswith(f" is a plain number: {REMEDY}")
    assert where.startswith(f"{expression} is") if COLUMNS else expression in where
    assert f"; look at {file}:{line}, where " in str(row)


@pytest.mark.parametrize("name", LOST)
def test_a_line_that_has_run_often_is_found_as_a_new_one_is(name):
    """Python compiles it anew, and then tells another place in the same instruction."""
    function = LOST[name][0]
    told = [gradcheck(function, {"w": 1.3}).rows[0].culprit for _ in range(20)]
    assert told[0] and set(told) == {told[0]}


CONVERSIONS = {
    "item": lambda w: w * w.item(),
    "array": lambda w: w * np.array([w.data], float)[0],
}


@pytest.mark.parametrize("way", CONVERSIONS.values(), ids=list(CONVERSIONS))
def test_conversions_that_lose_it(way):
    row = gradcheck(way, {"w": 1.3}).rows[0]
    assert row.verdict == "wrong"
    assert row.culprit.startswith(f"{__file__}:")


def test_a_lost_link_that_differences_cannot_weigh():
    """A staircase of 1e-12 beside the slope of w."""
    row = gradcheck(lambda w: w + 3 * round(w.data, 12), {"w": 1.3}).rows[0]
    assert row.verdict == "unclear"
    assert row.culprit.endswith(f"is a plain number: {REMEDY}")


def test_the_input_that_lost_it_is_told_from_the_others():
    def f(a, b):
        shift = a.data + 1
        weight = b.data
        return a * b * weight + a * 0 * shift

    found = gradcheck(f, {"a": 2.0, "b": 3.0})
    assert [row.verdict for row in found.rows] == ["right", "wrong"]
    assert ("b.data is" if COLUMNS else "weight = b.data is") in found.rows[1].culprit


def test_a_link_that_is_cut_on_purpose_is_no_mistake():
    def f(x, y):
        top = max(x.data, y.data)
        return ((x - top).exp() + (y - top).exp()).log() + top

    assert [row.verdict for row in gradcheck(f, [1.0, 2.0]).rows] == ["right", "right"]


def test_numbers_that_are_only_looked_at_are_not_blamed():
    seen = []

    def f(w):
        seen.append(w.data)
        sign = 1 if w.data > 0 else -1
        return w * sign * w.data

    row = gradcheck(f, {"w": 1.3}).rows[0]
    assert row.verdict == "wrong"
    assert row.culprit.startswith(f"{__file__}:{f.__code__.co_firstlineno + 3}, where ")


def test_a_node_by_hand_that_is_wrong_is_no_lost_link():
    row = gradcheck(lambda w: Value(w.data**2, (w,), (w.data,)) + w, {"w": 3.0}).rows[0]
    assert row.culprit == "v1 = recorded(w), recorded by hand"


def test_a_number_that_nobody_was_seen_to_read():
    def f(w):
        return w * w._data

    row = gradcheck(f, {"w": 3.0}).rows[0]
    assert row.culprit == f"v2 = mul(w, v1), where a plain number follows from it: {REMEDY}"


def test_a_graph_of_another_shape_is_not_compared():
    w = Value(1.0)
    trial = Trial(lambda w: w * w.data if w.data <= 1 else w * w.data + 1, [w], ())
    assert lost_link(trial, w, 0.5) == ""


def test_a_line_that_raises_when_it_is_told_more():
    def f(w):
        once = w.data
        if once != w.data:
            raise ValueError("two numbers of one Value")
        return w * once

    row = gradcheck(f, {"w": 3.0}).rows[0]
    assert (row.verdict, row.recorded) == ("wrong", 3.0)
    assert "plain number" in row.culprit


def test_value_is_left_as_it_was():
    before = {name: vars(Value).get(name) for name in READERS}
    w = Value(2.0)
    gradcheck(lambda w: w * w.data, [w])

    def breaks(w):
        if w.data not in (2.0, 2.5):
            raise RuntimeError("told more than there is")
        return w * w.data

    with pytest.raises(RuntimeError, match="told more than there is"):
        lost_link(Trial(breaks, [w], ()), w, 0.5)
    assert {name: vars(Value).get(name) for name in READERS} == before
    assert w.data == 2.0
