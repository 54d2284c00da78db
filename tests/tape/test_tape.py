"""The tape: its order, its numbers to the bit, its size, and what changes when a number in it does."""

from __future__ import annotations

import math
import tracemalloc
from collections import Counter
from itertools import accumulate, groupby, pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from outside import written_alike
from tapes import (
    DEMOS,
    LEVELS,
    bits,
    build,
    chain,
    descent,
    each_coarse_level,
    each_demo,
    each_level,
    found,
    ladder,
    perceptron,
    tangles,
    told,
)

from microgrid import Graph, GraphError, Sheet, SheetError, Value
from microgrid.engine import gc_paused, gradients, scope, topological_order
from microgrid.formula import OPS, free_names
from microgrid.sheet import Run
from microgrid.tape import Backward, Complete, Forward, NextRound, Seed, Tape, Update, steps
from microgrid.tape.events import PHASES
from microgrid.tape.rounds import Rule, derivative
from microgrid.tape.timetable import BACKWARD, COMPLETE, FORWARD, ROUND, SEED, UPDATE, Timetable

# ── numbers to the bit ─────────────────────────────────────────────────────────────────────


def reach(graph):
    """For each node the sum over its paths of what each of them carries, without its sign."""
    sums = dict.fromkeys(graph, 0.0) | {graph.root: 1.0}
    for node in reversed(graph.nodes):
        for edge in graph.inputs(node):
            sums[edge.parent] += abs(edge.partial) * sums[node]
    return sums


def assert_close(gradient, wanted, size):
    """Equal but for the rounding of the terms that were added, which are of that size."""
    assert abs(gradient - wanted) <= 1e-12 * size + 1e-300, (gradient, wanted, size)


@given(tangles(most=25))
@settings(deadline=None, max_examples=300)
def test_a_round_ends_with_the_gradients_of_backward_to_the_bit(root):
    tape = steps(root)
    after = found(tape)
    root.backward()
    nodes = topological_order(root)
    assert tape.view.nodes == tuple(nodes)
    assert bits(after[node] for node in nodes) == bits(node.grad for node in nodes) == bits(tape.rounds[0].grad)


@each_coarse_level
@given(tangles(most=25, special=False))
@settings(deadline=None, max_examples=80)
def test_a_round_ends_with_the_gradients_of_backward_at_every_level(level, root):
    graph = Graph(root)
    size, wanted = reach(graph), gradients(root)
    assume(all(map(math.isfinite, size.values())))
    for node, gradient in found(steps(root, level)).items():
        assert_close(gradient, wanted[node], size[node])


@each_coarse_level
def test_a_branch_not_taken_stays_closed_at_every_level(level):
    x = Value(-1.0, label="x")
    with scope("first"):
        (h := 3 * x.relu()).label = "h"
    (L := h.log()).label = "L"
    assert gradients(L)[x] == 0.0
    assert found(steps(L, level))[x] == 0.0


@given(tangles(special=False), st.data())
@settings(deadline=None, max_examples=60)
def test_the_derivative_of_any_node_by_any_other(root, data):
    graph = Graph(root)
    of, by = (data.draw(st.sampled_from(graph.nodes)) for _ in range(2))
    size = reach(Graph(of)).get(by, 0.0)
    assume(math.isfinite(size))
    assert_close(derivative(graph, of, by), gradients(of).get(by, 0.0), size)


# ── the order ──────────────────────────────────────────────────────────────────────────────


def assert_in_order(tape):
    """Every promise about the order of the steps, round by round."""
    view = tape.view
    leading = {view.root}  # what stands beside them gets no gradient
    for node in reversed(view.nodes):
        leading |= {edge.parent for edge in view.inputs(node)} if node in leading else set()
    uses = Counter(edge.parent for edge in view.edges if edge.child in leading)
    for number, group in groupby(tape, lambda step: step.round):
        taken = list(group)
        if number > 1:
            first = taken.pop(0)
            assert isinstance(first, NextRound) and first.node is view.root
        kinds = [kind for kind, _ in groupby(PHASES[step.kind] for step in taken)]
        assert kinds in (["fwd", "bwd"], ["bwd"], ["fwd", "bwd", "upd"], ["bwd", "upd"])
        assert_forward([step for step in taken if isinstance(step, Forward)], view)
        assert_backward([step for step in taken if PHASES[step.kind] == "bwd"], view, uses, leading)
        assert [step for step in taken if step.kind == "update"] == list(tape.rounds[number - 1].updates)
    assert number == len(tape.rounds)


def assert_forward(taken, view):
    """One step for each computed value, after those of its inputs."""
    there = {node for node in view if not node.parents}
    for step in taken:
        assert step.node not in there
        assert {edge.parent for edge in view.inputs(step.node)} <= there
        assert [name for name, _ in step.inputs] == [view_name(view, e.parent, taken) for e in view.inputs(step.node)]
        there.add(step.node)
    assert there == set(view)


def view_name(view, node, taken):
    """The name that the steps have for a node; a leaf's is that of the graph."""
    return next((step.name for step in taken if step.node is node), view.name(node))


def assert_backward(taken, view, uses, leading):
    """The seed; a step for each use, slots in order, of complete gradients; and a gradient's last share completes it."""
    assert isinstance(taken[0], Seed) and taken[0].node is view.root
    assert (taken[0].before, taken[0].after) == (0.0, 1.0)
    complete, edges, shares = set(), [], Counter({view.root: 1})
    for before, step in pairwise(taken):
        if isinstance(step, Complete):
            assert before.node is step.node and shares[step.node] == uses[step.node] + (step.node is view.root)
            assert step.node not in complete
            complete.add(step.node)
        else:
            assert step.child in complete
            edges.append((step.child, step.node, step.slot))
            shares[step.node] += 1
    assert complete == leading
    assert [len(list(slots)) for _, slots in groupby(child for child, *_ in edges)] == [
        len(view.inputs(child)) for child in dict.fromkeys(child for child, *_ in edges)
    ]
    wanted = {
        edge.child: [(edge.child, edge.parent, edge.slot) for edge in view.inputs(edge.child)]
        for edge in view.edges
        if edge.child in leading
    }
    assert edges == [edge for child in dict.fromkeys(child for child, *_ in edges) for edge in wanted.pop(child)]
    assert not wanted


@each_level
@given(tangles(most=20), st.integers(0, 2))
@settings(deadline=None, max_examples=50)
def test_the_order_of_the_steps(level, root, updates):
    assert_in_order(steps(root, level, rules=descent(root, updates)))


@pytest.mark.parametrize("level", [None, *LEVELS])
@each_demo
def test_the_order_of_the_steps_of_a_sheet(sheet, level):
    assert_in_order(steps(sheet.run(), level or ("element" if sheet.has_arrays else None)))


@each_level
@given(tangles(most=20))
@settings(deadline=None, max_examples=50)
def test_the_numbers_of_every_step(level, root):
    tape = steps(root, level)
    view = tape.view
    complete = {step.node: step.gradient for step in tape if isinstance(step, Complete)}
    sums = dict.fromkeys(view, 0.0)
    for step in tape:
        if isinstance(step, Forward):
            assert bits([step.value]) == bits([step.node.data]) and step.operation is step.node.op
            assert bits(x for _, x in step.inputs) == bits(edge.parent.data for edge in view.inputs(step.node))
        elif isinstance(step, Backward):
            assert bits([step.partial]) == bits([view.inputs(step.child)[step.slot].partial])
            assert bits([step.upstream]) == bits([complete[step.child]])
            assert bits([step.contribution]) == bits([step.partial * step.upstream])
            assert bits([step.before]) == bits([sums[step.node]])
            assert bits([step.after]) == bits([step.before + step.partial * step.upstream])
            sums[step.node] += step.contribution
    assert bits(complete[node] for node in view) == bits((sums | {root: 1.0})[node] for node in view)


def test_every_step_of_the_square():
    x = Value(3.0, label="x")
    L = x * x
    L.label = "L"
    assert list(steps(L, rules=[Rule(0.5, L, (x,))]))[:8] == [
        Forward(1, L, "L", OPS["mul"], (("x", 3.0), ("x", 3.0)), 9.0),
        Seed(1, L, "L", 0.0, 1.0),
        Complete(1, L, "L", 1.0),
        Backward(1, x, "x", L, "L", 0, 3.0, 1.0, 3.0, 0.0, 3.0),
        Backward(1, x, "x", L, "L", 1, 3.0, 1.0, 3.0, 3.0, 6.0),
        Complete(1, x, "x", 6.0),
        Update(1, x, "x", "L", 0.5, 6.0, 3.0, 0.0),
        NextRound(2, L, "L"),
    ]


# ── sheets ─────────────────────────────────────────────────────────────────────────────────


@each_demo
def test_a_sheet_is_computed_in_the_order_of_its_lines(sheet):
    tape = steps(sheet.run())
    assert tape.level == ("vector" if sheet.has_arrays else "named")
    wanted = [name for name in sheet.quantities if name in tape.names and tape.view[name].parents]
    assert [step.name for step in tape if isinstance(step, Forward)] == wanted * len(tape.rounds)


def test_the_order_of_the_lines_is_not_the_order_of_the_formulas():
    sheet = Sheet.parse("input x = 2\na = x^2\nb = 3*x\nc = a*x\nL = c*a + b*(a + b)")
    assert [step.name for step in steps(sheet.run())][:4] == ["a", "b", "c", "L"]
    swapped = Sheet.parse("input x = 2\nb = 3*x\na = x^2\nc = a*x\nL = c*a + b*(a + b)")
    assert [step.name for step in steps(swapped.run())][:4] == ["b", "a", "c", "L"]


@each_demo
def test_the_rounds_of_a_sheet_are_those_of_its_run(sheet):
    run = sheet.run()
    exact, named = steps(run, "op"), steps(run)
    assert len(exact.rounds) == len(named.rounds) == len(run.rounds)
    for number, there in enumerate(run.rounds, 1):
        size = reach(exact.rounds[number - 1].graph)
        for tape in (exact, named):
            here = tape.rounds[number - 1]
            names = [name for name in tape.names if name in there.nodes]
            assert {*tape.names} == {*names} or tape is exact
            places = [tape.names.index(name) for name in names]
            assert bits(here.view.data[i] for i in places) == bits(there[name].data for name in names)
            for i, name in zip(places, names):
                wanted, gradient = there.derivative(sheet.loss, name), here.grad[i]
                assert_close(gradient, wanted, size[here.view.nodes[i]])
                assert tape is named or bits([gradient]) == bits([wanted])


@each_level
@each_demo
def test_the_updates_of_a_sheet_are_those_of_its_run(sheet, level):
    run = sheet.run()
    taken = [step for step in steps(run, level) if step.kind == "update"]
    wanted = [(update, name, *run.rounds[i : i + 2]) for i, update in enumerate(sheet.updates) for name in update.names]
    assert [(step.round, step.name) for step in taken] == [(before.number, name) for _, name, before, _ in wanted]
    for step, (update, name, before, after) in zip(taken, wanted):
        assert bits([step.before, step.after]) == bits([before.number_of(name), after.number_of(name)])
        descent = update.by_name[name].descent
        assert isinstance(step, Update) == bool(descent)
        if descent:
            gradient, rate = before.derivative(update.loss, name), before.evaluate(descent[0])
            assert step.loss == descent[1] and bits([step.gradient, step.rate]) == bits([gradient, rate])
        else:
            assert dict(step.numbers).keys() == {each.name for each in free_names(update.by_name[name].formula)}


def test_there_are_demos_with_updates():
    assert len(DEMOS) > 10 and sum(bool(sheet.updates) for sheet in DEMOS.values()) > 2


SHARES = "param a = 1\nq1 = 0.1*a\nq2 = 0.2*a\nq3 = 0.3*a\ns = q2 + q3\n"


def test_every_operation_of_a_sheet_has_the_gradients_of_backward_to_the_bit():
    run = Sheet.parse(SHARES + "L = s + q1").run()
    tape = steps(run, "op")
    assert bits(found(tape).values()) == bits(gradients(run.root)[node] for node in found(tape))


def test_an_update_of_another_loss_is_that_of_the_run_to_the_bit():
    run = Sheet.parse(SHARES + "M = s + q1\nL = q1*M\nupdate 1 of M").run()
    (update,) = (step for step in steps(run) if isinstance(step, Update))
    assert (update.loss, update.gradient) == ("M", run.rounds[0].derivative("M", "a"))
    assert update.after == run.rounds[1]["a"].data


UPDATES = [
    # the last lines of a sheet with M beside L and K above it, what is updated in each round
    ("update 1", [["a", "b", "c"], []]),
    ("update 1 of M", [["a", "b", "c"], []]),
    ("update 1 of K", [[]]),
    ("update 1\nupdate 1 of K\nupdate 1", [["a", "b", "c"], []]),
    ("update 1 b", [["b"], []]),
    ("update 1 c, a", [["c", "a"], []]),
    ("update 1 c", [["c"], []]),
    ("update 1 b\nupdate 2 of M a", [["b"], ["a"], []]),
]


@pytest.mark.parametrize(("lines", "names"), UPDATES, ids=[each[0] for each in UPDATES])
def test_updates_go_up_to_the_first_that_the_graph_does_not_know(lines, names):
    sheet = Sheet.parse(f"param a = 2, b = 3, c = 5\nM = a*b\nL = M^2\nK = L*c\nloss L\n{lines}")
    tape = steps(sheet.run())
    assert [[update.name for update in each.updates] for each in tape.rounds] == names
    assert_in_order(tape)


# ── nothing changes, nothing depends on chance ─────────────────────────────────────────────


@each_level
@given(tangles(), st.randoms())
@settings(deadline=None, max_examples=30)
def test_the_tape_changes_no_value(level, root, rng):
    nodes = topological_order(root)
    for node in nodes:
        node.grad = rng.choice([0.0, 7.0, -2.5, math.inf])
    before = [(bits([node.data, node.grad, *node.partials]), node.label, node.parents, node.op) for node in nodes]
    once = told(tape := steps(root, level, rules=descent(root)))
    told(tape.with_rule(Rule(0.5, root, ())))
    told(tape.with_numbers(dict.fromkeys(Graph(root).leaves, 0.25)))
    after = [(bits([node.data, node.grad, *node.partials]), node.label, node.parents, node.op) for node in nodes]
    assert before == after
    assert told(steps(root, level, rules=descent(root))) == told(tape) == once


def test_other_processes_give_the_same_steps():
    assert len(written_alike("from tapes import everything; print(everything())")) > 100_000


# ── what if ────────────────────────────────────────────────────────────────────────────────


numbers = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.5, 3.0, math.inf, math.nan, 1e308])
three = st.lists(numbers, min_size=3, max_size=3)


@each_level
@given(three, st.dictionaries(st.integers(0, 2), numbers), st.integers(0, 2))
@settings(deadline=None, max_examples=40)
def test_other_numbers_are_those_of_values_built_anew(level, old, new, updates):
    *leaves, L = build(old)
    tape = steps(L, level, rules=[Rule(0.1, L, tuple(leaves))] * updates)
    before = told(tape)
    changed = tape.with_numbers({leaves[i]: x for i, x in new.items()})
    *fresh, root = build([new.get(i, x) for i, x in enumerate(old)])
    assert told(changed) == told(steps(root, level, rules=[Rule(0.1, root, tuple(fresh))] * updates))
    assert told(tape) == before
    assert [each.number for each in changed.rounds] == list(range(1, updates + 2))


@given(three, st.dictionaries(st.integers(0, 2), numbers), st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_other_numbers_from_a_later_round_on(old, new, number):
    *leaves, L = build(old)
    rates = [0.1, 0.2]
    tape = steps(L, rules=[Rule(rate, L, tuple(leaves)) for rate in rates])
    changed = tape.with_numbers({leaves[i]: x for i, x in new.items()}, number)
    there = tape.rounds[number - 1].graph
    *fresh, root = build([new.get(i, there.data[there.index[leaf]]) for i, leaf in enumerate(leaves)])
    rest = steps(root, rules=[Rule(rate, root, tuple(fresh)) for rate in rates[number - 1 :]])
    until = tape.starts[number - 1]
    assert told(changed)[:until] == told(tape)[:until]
    shifted = [step | {"round": step["round"] + number - 1} for step in told(rest)]
    assert [step for step in told(changed)[until:] if step["round"] > number or step["kind"] != "round"] == shifted


@each_level
def test_one_more_update_is_the_tape_with_one_more_rule(level):
    a, b, c, L = build([0.5, 1.5, -1.0])
    h = Graph(L)["h"]
    rules = [Rule(0.1, L, (a, b, c)), Rule(0.5, h, (b,)), Rule(-1.0, L, ())]
    tape = steps(L, level)
    for count, rule in enumerate(rules, 1):
        before = told(tape)
        longer = tape.with_rule(rule)
        assert told(longer) == told(steps(L, level, rules=rules[:count]))
        assert told(tape) == before
        tape = longer
    assert len(tape.rounds) == 4 and tape.rules == tuple(rules)


def test_the_order_of_the_lines_stays_when_numbers_change():
    sheet = Sheet.parse("param x = 2\na = x^2\nb = 3*x\nL = b*a + a\nupdate 0.1")
    run = sheet.run()
    changed = steps(run).with_numbers({run.rounds[0]["x"]: 5.0}).with_rule(Rule(0.1, run.root, ()))
    names = [step.name for step in changed if isinstance(step, Forward)]
    assert names == ["a", "b", "L"] * 3
    assert changed[0].value == 25.0


def test_what_follows_a_value_recorded_by_hand_cannot_be_computed_again():
    x, w = Value(3.0, label="x"), Value(2.0, label="w", role="parameter")
    square = Value(9.0, (x,), (6.0,), label="s")
    L = square * w
    tape = steps(L)
    assert tape.with_numbers({w: 5.0})[1].value == 45.0
    assert tape.with_rule(Rule(1.0, L, (w,))).rounds[1].graph.data[-1] == (2.0 - 9.0) * 9.0
    for change in (lambda: tape.with_numbers({x: 1.0}), lambda: tape.with_rule(Rule(1.0, L, (x,)))):
        with pytest.raises(GraphError) as caught:
            change()
        assert str(caught.value) == "an operation recorded by hand has no formula to compute again"


def test_a_stranger_has_no_number_here():
    *_, L = build([0.5, 1.5, -1.0])
    with pytest.raises(GraphError) as caught:
        steps(L).with_numbers({Value(7.0, label="s"): 1.0})
    assert str(caught.value) == "Value(data=7.0, grad=0.0, label='s') does not lead to 'L'"


# ── a sequence, and how much of it there is ────────────────────────────────────────────────


def long_tape():
    *leaves, L = build([0.5, 1.5, -1.0])
    return steps(L, rules=[Rule(0.1, L, tuple(leaves))] * 2)


def test_a_tape_is_a_sequence():
    tape = long_tape()
    every = list(tape)
    size = len(every)
    assert len(tape) == size > 100
    assert [tape[i] for i in range(-size, size)] == every * 2
    cuts = (None, 0, 1, 5, size - 1, size, size + 9, -1, -5, -size, -size - 9)
    for start in cuts:
        for stop in cuts:
            for stride in (None, 1, 2, 7, -1, -3):
                assert tape[start:stop:stride] == every[start:stop:stride]
    assert list(reversed(tape)) == every[::-1]
    assert tape.index(every[50]) == 50 and every[-1] in tape


@pytest.mark.parametrize("position", [6, 7, 10**9, -7, -(10**9)])
def test_there_is_no_step_beyond_the_ends(position):
    x = Value(3.0)
    with pytest.raises(IndexError) as caught:
        steps(x * x)[position]
    assert str(caught.value) == f"step {position} of 6"


def test_reprs():
    x = Value(3.0, label="x")
    L = x * x
    L.label = "L"
    assert repr(steps(L)) == "<Tape of L: 6 steps>"
    assert repr(steps(x)) == "<Tape of x: 2 steps>"
    assert repr(steps(L, rules=[Rule(0.1, L, (x,))] * 2)) == "<Tape of L: 22 steps, 3 rounds>"
    assert repr(steps(chain(1000))) == "<Tape of v1000: 3,002 steps>"


PLACES = {
    "leaf": lambda: steps(Value(2.0, label="x")),
    "leaf in two rounds": lambda: steps(x := Value(2.0), rules=[Rule(0.1, x, (x,))]),
    "three rounds": long_tape,
    "an update of nothing": lambda: steps(L := chain(2), rules=[Rule(0.1, L, ())]),
    "sheet": lambda: steps(DEMOS["sgd_update"].run()),
    "neurons": lambda: steps(DEMOS["sgd_update"].run(), "neuron"),
}


@pytest.mark.parametrize("make", PLACES.values(), ids=PLACES)
def test_the_phase_and_the_round_of_every_position(make):
    tape = make()
    every = list(tape)
    totals = Counter((step.round, PHASES[step.kind]) for step in every)
    assert tape.phase(0) == ("fwd", 0, totals[1, "fwd"])
    taken = Counter()
    for position, step in enumerate(every):
        assert tape.rounds[tape.round_at(position)].number == step.round == tape.round_at(position) + 1
        phase = PHASES[step.kind]
        taken[step.round, phase] += 1
        assert tape.phase(position + 1) == (phase, taken[step.round, phase], totals[step.round, phase])
    assert tape.round_at(len(tape)) == len(tape.rounds) - 1
    assert tape.starts == [0, *accumulate(Counter(step.round for step in every).values())]


@pytest.mark.parametrize(("size", "reads"), [(20_000, False), (5_000, True)], ids=["made", "read"])
def test_a_step_costs_little_memory(size, reads):
    with gc_paused():
        root = ladder(size)
        tracemalloc.start()
        try:
            tape = steps(root)
            if reads:  # now the gradients are there
                assert {step.kind for step in tape[-size:]} == {"backward", "complete"}
            used = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    assert len(tape) == (size - 1) + 1 + 2 * (size - 1) + size
    assert used / len(tape) < 200


@pytest.mark.parametrize(("depth", "reads"), [(1_000_000, False), (100_000, True)], ids=["made", "read"])
def test_a_million_nodes_deep_is_as_good_as_ten(depth, reads):
    with gc_paused():
        root = x = Value(0.5, label="x")
        for _ in range(depth):
            root = -root
        tape = steps(root)
        assert len(tape) == 3 * depth + 2
        assert tape[depth - 1].value == root.data == 0.5
        assert not reads or tape[-1] == Complete(1, x, "x", 1.0)


# ── names ──────────────────────────────────────────────────────────────────────────────────


def test_names_from_a_mapping():
    x = Value(3.0)
    y = x * x
    assert steps(y, names={}).names == ("v1", "v2")
    assert steps(y).names == ("x", "y")
    assert steps(y, names={"x": x, "y": y}).names == ("x", "y")
    assert [step.name for step in steps(y, "named", names={"x": x})] == ["v1", "v1", "v1", "x", "x", "x"]


def test_neurons_are_called_after_their_layer_and_place():
    names = steps(perceptron(1), "neuron").names
    assert [*names] == ["x1", "x2", "n1_1", "n1_2", "n1_3", "n2_1", "n2_2", "n3_1", "loss"]
    several = steps(perceptron(2), "neuron").names
    assert len(set(several)) == len(several) == 17
    assert {"n1_1", "n3_1", "x1", "x1#2"} < set(several)


@each_level
@given(tangles(most=25))
@settings(deadline=None, max_examples=30)
def test_names_are_unique(level, root):
    tape = steps(root, level)
    assert len(set(tape.names)) == len(tape.names) == len(tape.view)


# ── mistakes ───────────────────────────────────────────────────────────────────────────────

x = Value(3.0, label="x")
MISTAKES = [
    (
        lambda: steps(3),
        "steps lead to a Value, or to a worked sheet, Sheet.run(), not to a int; max(0, v) is the plain 0 where v is below, v.max(0) a Value",
    ),
    (lambda: steps([x]), "steps lead to a Value, or to a worked sheet, Sheet.run(), not to a list"),
    (lambda: steps(None), "steps lead to a Value, or to a worked sheet, Sheet.run(), not to a NoneType"),
    (lambda: steps(DEMOS["two_relus"]), "steps lead to a Value, or to a worked sheet, Sheet.run(), not to a Sheet"),
    (lambda: steps(x, "neurons"), "no level is called 'neurons'; did you mean 'neuron'?"),
    (lambda: steps(x, "nmaed"), "no level is called 'nmaed'; did you mean 'named'?"),
    (lambda: steps(x, "zz"), "no level is called 'zz'; there are op, named, neuron, layer"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES, ids=[each[1][-24:] for each in MISTAKES])
def test_mistakes_are_named(mistake, message):
    with pytest.raises(GraphError) as caught:
        mistake()
    assert str(caught.value) == message


def test_a_sheet_without_an_equation_has_no_steps():
    with pytest.raises(SheetError, match="there is no equation to draw; write one"):
        steps(Sheet.parse("input x = 3", "bare.sheet").run())


def test_what_has_a_root_is_taken_by_its_root():
    run = DEMOS["two_relus"].run()
    assert isinstance(run, Run) and isinstance(steps(run), Tape)
    assert told(steps(Graph(run.root))) == told(steps(run.root))


def test_an_update_leaves_what_the_loss_does_not_depend_on():
    run = Sheet.parse("param w = 1, v = 2\nL = w^2\nu = v*3\nloss L\nupdate 0.5 × 2").run()
    updates = [(step.name, step.before, step.after) for step in steps(run) if step.kind == "update"]
    assert updates == [("w", 1.0, 0.0), ("v", 2.0, 2.0), ("w", 0.0, 0.0), ("v", 2.0, 2.0)]
    assert [each.values["v"] for each in run.rounds] == [2.0, 2.0, 2.0]


def test_a_timetable_has_a_kind_for_each_step_of_every_round():
    kinds = {"nextround": ROUND, "forward": FORWARD, "seed": SEED, "backward": BACKWARD, "complete": COMPLETE}
    for rounds in (1, 2, 3):
        tape = steps(Sheet.parse("input x = 2\nparam w = 1\ny = w*x\nL = y^2" + "\nupdate 0.1" * (rounds - 1)).run())
        assert len(tape.rounds) == rounds
        expected = [kinds.get(type(each).__name__.lower(), UPDATE) for each in tape]
        assert Timetable(tape).kinds.tolist() == expected


def test_an_update_of_what_a_view_leaves_out_stands_nowhere_in_its_timetable():
    root = perceptron()
    for level, places in (("op", range(len(Graph(root)))), ("layer", [-1])):
        table = Timetable(steps(root, level, rules=descent(root, 1)))
        found = table.places[table.kinds == UPDATE]
        assert len(found) == sum(each.role == "parameter" for each in Graph(root).leaves)
        assert set(found.tolist()) <= set(places)
