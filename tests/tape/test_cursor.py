"""The cursor: at every position of the tape, from either side, every number as it stood there."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tapes import DEMOS, LEVELS, bits, chain, descent, each_demo, each_level, found, ladder, perceptron, tangle, tangles

import microgrid.tape.cursor
from microgrid import Graph, GraphError, Value
from microgrid.engine import FUNCTIONS, gradients
from microgrid.formula import evaluate
from microgrid.tape import Complete, Cursor, Update, steps
from microgrid.tape.rounds import Rule

jumps = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)


def state(cursor):
    """Every number of a cursor, by its bits."""
    return bits(cursor.data), bits(cursor.grad), list(cursor.shares)


def replayed(tape):
    """The state at every position, from what the steps say alone, one after another."""
    view = tape.view
    data = {node: None if node.parents else number for node, number in zip(view.nodes, view.data)}
    grad, shares = dict.fromkeys(view, 0.0), dict.fromkeys(view, 0)
    states = [(bits(data.values()), bits(grad.values()), [*shares.values()])]
    for step in tape:
        if step.kind == "forward":
            data[step.node] = step.value
        elif step.kind == "seed":
            grad[step.node] = 1.0
            shares[step.node] += 1
        elif step.kind == "backward":
            grad[step.node] += step.contribution
            shares[step.node] += 1
        elif step.kind == "update" and step.node in data:
            data[step.node] = updated(step, data[step.node])
        elif step.kind == "round":
            data |= {node: None for node in view if node.parents}
            grad, shares = dict.fromkeys(view, 0.0), dict.fromkeys(view, 0)
        states.append((bits(data.values()), bits(grad.values()), [*shares.values()]))
    return states


def updated(step, number):
    """The new number of a step, by its own formula."""
    if isinstance(step, Update):
        return number - step.rate * step.gradient
    assert evaluate(step.formula, dict(step.numbers), FUNCTIONS) == pytest.approx(step.after, rel=1e-12)
    return step.after


# ── random walks ───────────────────────────────────────────────────────────────────────────


def assert_exact_everywhere(tape, jumps):
    """The numbers after each jump are those that the steps say, walked to or worked out."""
    wanted = replayed(tape)
    for near in (math.inf, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(microgrid.tape.cursor, "NEAR", near)
            cursor = Cursor(tape)
            for jump in jumps:
                position = jump % (len(tape) + 1)
                assert cursor.go(position) is cursor
                assert cursor.position == position
                assert state(cursor) == state(Cursor(tape, position)) == wanted[position]


@each_level
@given(tangles(), st.integers(0, 2), jumps)
@settings(deadline=None, max_examples=60)
def test_every_position_is_exact_from_either_side(level, root, updates, jumps):
    assert_exact_everywhere(steps(root, level, rules=descent(root, updates)), jumps)


@each_level
@each_demo
def test_every_position_of_a_sheet_is_exact_from_either_side(sheet, level):
    tape = steps(sheet.run(), level)
    size = len(tape)
    assert_exact_everywhere(tape, [size, size // 2, size // 3, size - 1, 0, size, 1, size // 2 + 1])


@each_level
@given(tangles(), jumps)
@settings(deadline=None, max_examples=40)
def test_a_walk_over_one_round_is_exact_at_every_level(level, root, jumps):
    assert_exact_everywhere(steps(root, level), jumps)


def test_what_is_worked_out_on_a_long_tape_is_what_a_walk_finds(monkeypatch):
    root = ladder(1500)
    tape = steps(root, rules=[Rule(0.1, root, Graph(root).leaves)])
    first, second = tape.starts[1:]
    places = [0, 1, 700, 1499, 1500, 1501, 4000, *range(first - 2, first + 3), 9000, second - 1, second]
    monkeypatch.setattr(microgrid.tape.cursor, "NEAR", math.inf)
    cursor = Cursor(tape)
    walked = {position: state(cursor.go(position)) for position in places}
    monkeypatch.undo()
    assert second - first > 5 * microgrid.tape.cursor.NEAR
    for position in [*places[::2], *places[::-3], *places]:
        assert state(cursor.go(position)) == walked[position]
        assert state(Cursor(tape, position)) == walked[position]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_position_is_exact_where_numbers_change_in_a_later_round(number):
    root = tangle(random.Random(2), 12, special=False)
    leaf = Graph(root).leaves[0]
    tape = steps(root, rules=descent(root, 2)).with_numbers({leaf: 0.125}, number)
    states = [state(Cursor(tape, position)) for position in range(len(tape) + 1)]
    cursor = Cursor(tape, len(tape))
    for position in reversed(range(len(tape))):
        cursor.back()
        assert state(cursor) == states[position]
    place = tape.view.index[leaf]
    seen = [states[start + (start > 0)][0][place] for start in tape.starts[:-1]]
    assert seen[number - 1] == (0.125).hex() and seen.count((0.125).hex()) <= 4 - number


@pytest.mark.parametrize("level", ["neuron", "layer"])
def test_a_parameter_inside_a_neuron_is_updated_unseen(level):
    w, x = Value(2.0, label="w", role="parameter"), Value(3.0, label="x")
    L = w * x
    tape = steps(L, level, rules=[Rule(0.1, L, (w,))])
    assert w not in tape.view
    cursor = Cursor(tape, len(tape))
    assert cursor.data == [3.0, (2.0 - 0.1 * 3.0) * 3.0]
    while cursor.position:
        cursor.back()
    assert cursor.data == [3.0, None]


@each_level
@given(tangles(most=20))
@settings(deadline=None, max_examples=60)
def test_the_end_of_a_round_holds_the_gradients_of_backward(level, root):
    tape = steps(root, level)
    cursor = Cursor(tape, len(tape))
    root.backward()
    assert bits(cursor.data) == bits(node.data for node in tape.view)
    assert bits(cursor.grad) == bits(found(tape)[node] for node in tape.view)
    if level == "op":
        assert bits(cursor.grad) == bits(node.grad for node in tape.view)
    assert all(map(cursor.is_complete, range(len(tape.view))))


# ── one step ───────────────────────────────────────────────────────────────────────────────


@given(tangles(), st.integers(0, 2), st.randoms())
@settings(deadline=None, max_examples=50)
def test_steps_come_one_by_one_in_both_directions(root, updates, rng):
    tape = steps(root, rules=descent(root, updates))
    cursor, position = Cursor(tape), 0
    for _ in range(60):
        assert cursor.position == position
        if position < len(tape) and (position == 0 or rng.random() < 0.6):
            upcoming = cursor.next
            assert cursor.forward().kind == upcoming.kind == cursor.last.kind
            position += 1
        else:
            gone = cursor.last
            assert cursor.back().kind == gone.kind == cursor.next.kind
            position -= 1


def test_the_steps_around_a_position():
    x = Value(3.0, label="x")
    tape = steps(L := x * x, rules=[Rule(0.1, L, (x,))])
    every = list(tape)
    cursor = Cursor(tape)
    for position in [*range(len(tape) + 1), *reversed(range(len(tape)))]:
        cursor.go(position)
        assert cursor.last == (every[position - 1] if position else None)
        assert cursor.next == (every[position] if position < len(tape) else None)
        assert cursor.round is tape.rounds[every[max(position - 1, 0)].round - 1]
    assert [cursor.forward() for _ in every] == every
    assert [cursor.back() for _ in every] == every[::-1]


@each_level
def test_a_gradient_is_complete_from_its_last_share_on(level):
    tape = steps(perceptron(), level)
    completed = {tape[i].node: i for i in range(len(tape)) if isinstance(tape[i], Complete)}
    cursor = Cursor(tape)
    for position in range(len(tape) + 1):
        cursor.go(position)
        for place, node in enumerate(tape.view):
            assert cursor.is_complete(place) == (position >= completed[node])
            if cursor.is_complete(place):
                assert cursor.grad[place] == tape[completed[node]].gradient


def test_an_update_changes_the_number_and_the_next_round_forgets_the_rest():
    x = Value(3.0, label="x")
    L = x * x
    tape = steps(L, rules=[Rule(0.25, L, (x,))])
    cursor = Cursor(tape, tape.starts[1])
    assert (cursor.data, cursor.grad) == ([1.5, 9.0], [6.0, 1.0])
    assert cursor.back().kind == "update"
    assert (cursor.data, cursor.grad) == ([3.0, 9.0], [6.0, 1.0])
    cursor.go(tape.starts[1] + 1)
    assert (cursor.data, cursor.grad, cursor.shares) == ([1.5, None], [0.0, 0.0], [0, 0])
    assert cursor.forward().value == 2.25
    cursor.go(tape.starts[1])
    assert (cursor.data, cursor.grad, cursor.shares) == ([1.5, 9.0], [6.0, 1.0], [2, 1])


@pytest.mark.parametrize("level", LEVELS)
def test_the_updates_of_a_sheet_arrive_in_its_parameters(level):
    run = DEMOS["sgd_update"].run()
    tape = steps(run, level)
    for start, before, after in zip(tape.starts[1:], run.rounds, run.rounds[1:]):
        cursor, wanted = Cursor(tape, start), gradients(before[run.sheet.loss])
        for place, (node, name) in enumerate(zip(tape.view, tape.names)):
            if node.role == "parameter":
                assert cursor.data[place] == after[name].data
                assert cursor.grad[place] == wanted[before[name]]


def test_walking_changes_neither_the_tape_nor_the_values():
    root = perceptron(1)
    root.backward()
    tape = steps(root)
    before = [(node.data, node.grad) for node in tape.view], list(tape)
    first, second = Cursor(tape), Cursor(tape, 10)
    first.go(len(tape)).go(3)
    assert state(second) == state(Cursor(tape, 10))
    assert before == ([(node.data, node.grad) for node in tape.view], list(tape))


# ── mistakes ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("position", [-1, 7, -7, 10**9])
def test_a_position_that_is_not_there(position):
    x = Value(3.0)
    cursor = Cursor(steps(x * x), 2)
    for ask in (cursor.go, lambda position: Cursor(cursor.tape, position)):
        with pytest.raises(GraphError) as caught:
            ask(position)
        assert str(caught.value) == f"no position {position} on this tape; it has 0 to 6"
    assert cursor.position == 2


def test_the_tape_has_two_ends():
    root = tangle(random.Random(0), 400, special=False)
    cursor = Cursor(steps(root, rules=[Rule(0.1, root, ())] * 5))
    with pytest.raises(GraphError) as caught:
        cursor.back()
    assert str(caught.value) == "the tape begins here"
    cursor.go(len(cursor.tape))
    before = state(cursor)
    with pytest.raises(GraphError) as caught:
        cursor.forward()
    assert str(caught.value) == f"the tape ends here, after {len(cursor.tape):,} steps"
    assert "," in str(caught.value)[25:] and state(cursor) == before and cursor.position == len(cursor.tape)


@pytest.mark.parametrize(("far", "jumps"), [(1000, 0), (1001, 1)])
def test_a_thousand_steps_are_walked_and_more_are_jumped_over(far, jumps, monkeypatch):
    """Counted: a jump takes the time of the tape, a walk that of its steps."""
    counted, jump = [], Cursor._jump
    monkeypatch.setattr(Cursor, "_jump", lambda self, position: counted.append(position) or jump(self, position))
    cursor = Cursor(steps(chain(1000)))
    cursor.go(far)
    assert cursor.position == far and len(counted) == jumps
