"""From a graph to a plan: what becomes one call, which layers are found, and that it takes linear time."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest
from graphs import random_graph

from microgrid import Value, nn
from microgrid.engine.functions import affine, logsumexp, softmax, total
from microgrid.errors import GraphError
from microgrid.program import Program
from microgrid.program.array_code.numpy_code import NumPyCode
from microgrid.program.lowering import groups
from microgrid.program.lowering.groups import Group
from microgrid.program.lowering.layout import Rows
from microgrid.program.lowering.plan import Plan
from microgrid.program.lowering.record import record
from microgrid.program.lowering.sums import itemised

# ── what a record holds ────────────────────────────────────────────────────────────────────


def test_a_record_has_parents_first_and_knows_what_each_sample_changes():
    w, x, spare = Value(2.0, role="parameter", label="w"), Value(1.0), Value(0.0)
    found = record((w * w) * x + 3, [x, spare], [w])
    assert all(parent < i for i, parents in enumerate(found.parents) for parent in parents)
    assert [found.nodes[i] for i in (*found.inputs, *found.params)] == [x, spare, w]
    names = {found.name(i): batched for i, batched in enumerate(found.batched) if found.ops[i]}
    assert names == {"a mul": True, "a add": True}
    assert [found.batched[i] for i in (*found.inputs, *found.params, *found.constants)] == [True, True, False, False]
    assert sum(found.batched) == 4  # two inputs, the product with x, and the sum
    assert [found.nodes[i].data for i in found.constants] == [3.0]
    assert found.root == len(found) - 1


def test_names_that_people_gave_are_kept():
    found = record(Value(2.0, label="w") * 3.0, [], [])
    assert sorted(map(found.name, range(len(found)))) == ["a leaf of 3", "a mul", "w"]


def test_a_node_that_was_recorded_by_hand_is_refused():
    x = Value(3.0)
    with pytest.raises(GraphError, match="recorded by hand"):
        record(Value(9.0, (x,), (6.0,)) + 1, [x], [])


# ── layers that are found ──────────────────────────────────────────────────────────────────


def groups_of(root, inputs=(), params=(), exact=False):
    return Plan(record(root, inputs, params), exact=exact).groups


def layers(found):
    """Of every layer how many neurons, how many inputs, and over how many columns."""
    return [(len(each.weights), len(each.operands), each.columns) for each in found if each.kind == "dense"]


def leaves(count, role="input"):
    return [Value(0.1 * (i + 1), role=role) for i in range(count)]


@pytest.mark.parametrize("expanded", [False, True], ids=["affine", "expanded"])
def test_a_network_and_its_loss_are_seven_groups(expanded):
    model = nn.MLP(2, [16, 16, 1], seed=0, expanded=expanded)
    *x, target = leaves(3)
    found = groups_of((model(x) - target) ** 2, [*x, target], model.parameters())
    assert [each.kind for each in found] == ["dense", "map", "dense", "map", "dense", "map", "map"]
    assert layers(found) == [(16, 2, 1), (16, 16, 1), (1, 16, 1)]
    assert all(each.batched for each in found)


@pytest.mark.parametrize(
    ("read", "step", "first"), [((0, 1, 2, 3), 1, 0), ((0, 2, 5), None, 5)], ids=["neighbours", "from all over"]
)
def test_neighbours_are_read_as_they_stand_and_others_with_the_most_read_first(read, step, first):
    """A slice of what stands side by side takes no gathering; what is gathered anyway is put where most read it."""
    x = leaves(6)
    sines = [x[i].sin() for i in read]
    plan = Plan(record(total([*sines, sines[2] * sines[2], sines[2] * sines[1]]), x, []))
    [rows] = plan.steps[0].reads
    assert (rows.step, len(rows)) == (step, len(read))
    assert plan.groups[0].operands[0][0] == plan.record.inputs[first]


@pytest.mark.parametrize("turned", [False, True])
def test_what_has_the_longest_way_to_go_comes_first_so_that_the_others_join_it(turned):
    x, y = leaves(2)
    longer, shorter = (x, y) if not turned else (y, x)
    longer, shorter = longer.sin().cos().sin().cos(), shorter.cos().sin().cos()
    root = longer * shorter if not turned else shorter * longer
    assert [len(group.nodes) for group in Plan(record(root, [x, y], [])).groups] == [1, 2, 2, 2, 1]


def test_written_out_or_not_a_network_has_the_same_plan():
    plans = []
    for expanded in (False, True):
        model = nn.MLP(2, [16, 16, 1], seed=0, expanded=expanded)
        x = leaves(2)
        plan = Plan(record(model(x), x, model.parameters()))
        plans.append([line for line in str(plan).split("\n") if "nodes in" not in line])
    assert plans[0] == plans[1]


def moons_loss(samples, expanded=False):
    """Karpathy's loss, sample by sample, as nobody would compile it."""
    rng = random.Random(0)
    model = nn.MLP(2, [16, 16, 1], seed=1, expanded=expanded)
    terms = []
    for _ in range(samples):
        x = [Value(rng.uniform(-2, 2), role="constant") for _ in range(2)]
        terms.append((1 + -rng.choice((-1, 1)) * model(x)).relu())
    data = sum(terms, Value(0.0, role="constant")) * (1 / samples)
    return data + 1e-4 * sum(p * p for p in model.parameters()), model


def function_lines(source):
    """The lines of forward and backward: all but names and arrays."""
    functions = source[source.index("def forward(") : source.index("\nvalues = ")]
    return [line for line in functions.strip().split("\n") if line.strip() and "#" not in line]


@pytest.mark.parametrize(("samples", "expanded"), [(100, False), (12, True)])
def test_the_batch_in_a_loss_is_found(samples, expanded):
    loss, model = moons_loss(samples, expanded)
    program = Program(loss, [], model.parameters())
    assert layers(program.plan.groups)[:3] == [(16, 2, samples), (16, 16, samples), (1, 16, samples)]
    assert len(program.plan.groups) <= 14
    assert len(function_lines(program.source)) <= 60
    values, gradient = program.value_and_grad()
    loss.backward()
    expected = np.array([each.grad for each in model.parameters()])
    assert abs(values.item() - loss.data) <= 1e-14 * abs(loss.data)
    assert np.abs(gradient - expected).max() <= 1e-12 * np.abs(expected).max()


def convolution():
    w, b = leaves(3, "parameter"), Value(0.1, role="parameter")
    x = leaves(8)
    return total(affine(w, x[i : i + 3], b).tanh() for i in range(6)), x, [*w, b]


def convolution_written_out():
    w, b = leaves(3, "parameter"), Value(0.1, role="parameter")
    x = leaves(8)
    windows = (w[0] * x[i] + w[1] * x[i + 1] + w[2] * x[i + 2] + b for i in range(6))
    return total(each.tanh() for each in windows), x, [*w, b]


def two_filters():
    w = [leaves(4, "parameter") for _ in range(2)]
    x = leaves(6)
    windows = (affine(each[:3], x[i : i + 3], each[3]) for each in w for i in range(4))
    return total(each.tanh() for each in windows), x, [p for each in w for p in each]


def convolution_without_bias():
    w, x = leaves(3, "parameter"), leaves(8)
    return total(affine(w, x[i : i + 3]).tanh() for i in range(6)), x, w


def recurrent_network():
    """The same weights for every step, the inputs of all steps at once."""
    w, u = [leaves(2, "parameter") for _ in range(3)], [leaves(3, "parameter") for _ in range(3)]
    x = [leaves(2) for _ in range(4)]
    state = [Value(0.0, role="constant")] * 3
    for each in x:
        state = [(affine(w[k], each) + affine(u[k], state)).tanh() for k in range(3)]
    return total(state), [each for step in x for each in step], [p for row in (*w, *u) for p in row]


def shared_input():
    w, x = [leaves(4, "parameter") for _ in range(5)], leaves(4)
    return total(affine(each, x).relu() for each in w), x, [p for row in w for p in row]


DENSE = [
    # graph, its layers
    (convolution, [(1, 3, 6)]),
    (convolution_written_out, [(1, 3, 6)]),
    (convolution_without_bias, [(1, 3, 6)]),
    (two_filters, [(2, 3, 4)]),
    (shared_input, [(5, 4, 1)]),
]


@pytest.mark.parametrize(("built", "expected"), DENSE, ids=lambda each: getattr(each, "__name__", ""))
def test_what_is_tied_becomes_one_matrix_product(built, expected):
    root, inputs, params = built()
    found = groups_of(root, inputs, params)
    assert layers(found) == expected
    agree(root, inputs, params)


def test_a_step_of_a_recurrent_network_is_one_layer_over_its_inputs_and_its_state():
    root, inputs, params = recurrent_network()
    assert layers(groups_of(root, inputs, params)).count((3, 5, 1)) == 3
    agree(root, inputs, params)


def agree(root, inputs, params):
    """The gradient of the recorded sample, from a program and from the engine."""
    for leaf in params:
        leaf.grad = 0.0
    root.backward()
    _, gradient = Program(root, inputs, params).value_and_grad([[x.data for x in inputs]], weights=[1.0])
    assert np.allclose(gradient, [p.grad for p in params], rtol=1e-13, atol=1e-15)


def test_a_short_sum_without_a_partner_stays_as_it_was_recorded():
    w, x, y = Value(2.0, role="parameter"), *leaves(2)
    assert [each.kind for each in groups_of(w * x + y, [x, y], [w])] == ["map", "map"]


def test_what_no_sample_changes_is_added_up_apart():
    w, u, x, y = *leaves(2, "parameter"), *leaves(2)
    found = itemised(record(total([w.sin(), x.sin(), u.sin(), y.sin()]), [x, y], [w, u]))
    first, second = found.of[found.record.root].operands
    assert {found.batched[first], found.batched[second]} == {True, False}
    for each in (first, second):
        assert {found.batched[term] for term in found.of[each].operands} == {found.batched[each]}


def test_results_of_a_softmax_are_one_group_and_computed_twice_they_are_two_columns():
    x = leaves(3)
    p = softmax(x)
    found = [each for each in groups_of(p[0] * p[2], x) if each.kind == "softmax"]
    assert [(len(each.nodes), each.nodes.count(-1), each.columns) for each in found] == [(3, 1, 1)]
    again = softmax(x)
    found = [each for each in groups_of(p[0] * again[0], x) if each.kind == "softmax"]
    assert [(len(each.nodes), each.nodes.count(-1), each.columns) for each in found] == [(6, 4, 2)]


def test_a_number_for_all_is_spread_where_others_vary_and_only_once():
    w, x, y = Value(2.0, role="parameter"), *leaves(2)
    found = groups_of(logsumexp([w, x]) + logsumexp([w, y]), [x, y], [w])
    assert [(each.kind, len(each.nodes)) for each in found] == [("spread", 1), ("logsumexp", 2), ("map", 1)]


def test_what_gets_a_gradient_is_apart_from_what_gets_none():
    w, x = Value(2.0, role="parameter"), Value(1.0)
    found = groups_of(x.sin() * (w * x).sin(), [x], [w])
    assert [each.op.name for each in found].count("sin") == 2


def test_exact_keeps_every_node():
    for seed in range(40):
        root, inputs, params = random_graph(random.Random(seed), 20)
        found = record(root, inputs, params)
        kept = [node for each in Plan(found, exact=True).groups for node in each.nodes]
        assert {node for node in kept if 0 <= node < len(found)} == {i for i, op in enumerate(found.ops) if op}


# ── groups, rows and their order ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("exact", [False, True], ids=["fast", "exact"])
def test_every_group_comes_after_what_it_reads_and_every_row_is_one_nodes(exact):
    for seed in range(120):
        root, inputs, params = random_graph(random.Random(seed), 30)
        plan = Plan(record(root, inputs, params), exact=exact, by_inputs=True)
        done = {*plan.record.params, *plan.record.inputs, *plan.record.constants}
        for group in plan.groups:
            reads = {node for nodes in (*group.operands, *group.weights) for node in nodes}
            assert reads <= done, seed
            assert len({len(nodes) for nodes in group.operands}) <= 1, seed
            assert not done.intersection(group.nodes), seed
            done.update(node for node in group.nodes if node >= 0)
        assert plan.record.root in done
        places = [(rows.store, rows.start) for rows in map(plan.layout.rows, ([node] for node in done))]
        assert len(places) == len(set(places)), seed
        assert all(row < plan.layout.sizes[store] for store, row in places)


def test_rows_know_how_far_apart_they_are():
    cases = [((3,), 1), ((3, 4, 5), 1), ((3, 3, 3), 0), ((9, 7, 5), -2), ((1, 3, 4), None), ((0, 2, 0), None)]
    assert [(index, Rows("V", index).step) for index, _ in cases] == cases
    assert Rows("V", ()).step is None


def test_the_samples_of_a_layer_are_read_as_they_stand():
    model = nn.MLP(4, [8, 3], seed=0)
    x, spare = leaves(4), Value(1.0)
    z = model(x)
    plan = Plan(record(total(z) * spare, [spare, *x], model.parameters()))
    first, second = (step for step in plan.steps if step.group.kind == "dense")
    assert first.ones and second.ones
    assert first.weights.contiguous and second.weights.contiguous
    assert sorted(k for _, places in plan.layout.inputs for k in places) == [0, 1, 2, 3, 4]


# ── what is printed ────────────────────────────────────────────────────────────────────────


def test_a_plan_reads_well():
    for seed in range(200):
        root, inputs, params = random_graph(random.Random(seed), 30)
        plan = Plan(record(root, inputs, params))
        title, *lines = plan.table().split("\n")
        assert title.startswith(f"{len(plan.record)} node")
        assert len(lines) == len(plan.groups)
        assert max(map(len, (title, *lines))) <= 120
        assert all(line == line.rstrip() for line in lines)


def test_how_a_plan_reads():
    model = nn.MLP(2, [3, 1], seed=0)
    x = leaves(2)
    lines = str(Plan(record(model(x) * 2, x, model.parameters()))).split("\n")
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "1 dense 3 × 2 + b V[3:6] from V[0:2]; weights F[0:9]",
        "2 relu × 3 V[6:9] from V[3:6]",
        "3 dense 1 × 3 + b V[10] from V[6:9]; weights F[9:13]",
        "4 mul V[11] from V[10], 2",
    ]


def test_the_source_is_what_runs():
    """Executed as it is printed, it gives the numbers of the program."""
    model = nn.MLP(3, [4, 2], activation="relu", seed=0)
    x = leaves(3)
    root = total(model(x))
    program = Program(root, x, model.parameters())
    constants = np.array([program.record.nodes[i].data for i in program.record.constants])
    indices = {name: np.array(rows) for name, rows in NumPyCode(program.plan).indices.items()}
    space = {"np": np, "dtype": float, "constants": constants, **indices, "B": 2}
    exec(program.source, space)
    X = np.array([[0.1, 0.2, 0.3], [0.3, -0.1, 0.5]])
    values, gradient = program.value_and_grad(X, weights=[1.0, 1.0])
    assert np.array_equal(space["forward"](X, np.array([p.data for p in model.parameters()])).ravel(), values)
    assert np.array_equal(space["backward"](1.0)[0], gradient)
    running = program._runner().at(2)
    for name in ("forward", "backward"):
        assert getattr(running, name).__code__.co_code == space[name].__code__.co_code


def test_the_float_source_is_what_runs():
    w, x = Value(2.0, role="parameter"), Value(0.5)
    code = Program((w * x).tanh(), [x])._floats
    lines = code.source.split("\n")
    assert lines[0] == "def value(X, P):"
    assert "    v2 = v1 * v0" in lines
    assert code.value([0.5], [2.0]) == (w * x).tanh().data


# ── linear time ────────────────────────────────────────────────────────────────────────────


def tangle(size):
    """An irregular graph: every node reads two of the last hundred."""
    rng = random.Random(0)
    pool = [Value(0.5), *leaves(20, "parameter")]
    for _ in range(size):
        a, b = rng.choice(pool[-100:]), rng.choice(pool[-100:])
        pool.append(rng.choice((a * b, a + b, a.tanh(), a - b, affine([a, b], [b, a]))))
    return pool[-1] + total(pool[-100:]), pool[:1], pool[1:21]


def long_chain(size):
    """One node after the other: as many groups as nodes."""
    w, x = Value(0.5, role="parameter"), Value(1.0)
    root = x
    for _ in range(size // 2):
        root = (root * w).sin()
    return root, [x], [w]


def fan(size):
    """One leaf that everybody reads."""
    w, x = Value(0.5, role="parameter"), Value(1.0)
    return total((w * x + float(i)).sin() for i in range(size // 4)), [x], [w]


@pytest.mark.parametrize("built", [tangle, long_chain, fan])
def test_scheduling_takes_steps_in_proportion_to_the_graph(built, monkeypatch):
    """Counted, not timed: what goes through the heap of the schedule, and what the way back leaves and gathers."""
    counts = Counter()

    def pushed(heap, item, push=groups.heappush):
        counts["pushed"] += 1
        push(heap, item)

    monkeypatch.setattr(groups, "heappush", pushed)
    for size in (400, 3000):
        counts.clear()
        root, inputs, params = built(size)
        found = record(root, inputs, params)
        edges = sum(map(len, found.parents))
        plan = Plan(found)
        assert counts["pushed"] <= 2 * 2 * len(found)
        pulls = [back.pull for back in plan.back.backs]
        gathered = sum(len(rows) for pull in pulls for _, rows in (*pull.rounds, *pull.tails))
        assert gathered <= 3 * edges
        assert sum(plan.back.sizes.values()) <= 3 * edges
        assert plan.calls <= 12 * len(found)


# ── what is shown of it ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("shown", "most"),
    [
        (lambda count: repr(Group("map", None, tuple(range(count)), (), False)), 8),
        (lambda count: repr(Rows("V", tuple(range(0, 2 * count, 2)))), 8),
    ],
    ids=["nodes of a group", "rows"],
)
def test_of_many_the_first_are_shown(shown, most):
    assert shown(most).count(",") == most - 1 and "…" not in shown(most)
    assert shown(most + 1).count(",") == most and "…" in shown(most + 1)
