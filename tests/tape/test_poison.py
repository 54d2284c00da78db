"""The way of an inf or nan through a graph: to where it was made, and on from there; the smallest part that does the same."""

from __future__ import annotations

import math

import pytest

from microgrid import GraphError, Sheet, Value, hunt, nn, record_origins
from microgrid.engine.functions import affine, logsumexp
from microgrid.tape import Poison


def x(data=0.0, label="x", role="input"):
    return Value(data, label=label, role=role)


def named(value, label):
    value.label = label
    return value


def guarded():
    """A distance whose gradient is 0 · ∞: the 0 is a factor, for a closed branch would end it."""
    a, b = x(1.0, "a", "parameter"), x(1.0, "b", "parameter")
    apart = named((a - b) ** 2, "apart")
    return named(0 * named(apart.sqrt(), "d"), "L")


WAYS = {
    # a computation: what is told of the way forward, the way back, and the remedy
    "0 times ∞": (
        guarded,
        ["d = sqrt(apart) = sqrt(0) = 0"],
        [
            "0 comes back to d, and ∂sqrt(apart)/∂apart = ∞ at apart = 0: 0 · ∞ = nan",
            "so ∂L/∂a is nan, by way of apart → v2",
            "of 2 parameters 2 have no finite gradient",
        ],
        "sqrt needs a number above 0, and is vertical at 0",
    ),
    "a slope alone": (
        lambda: named(x().sqrt(), "L"),
        ["L = sqrt(x) = sqrt(0) = 0"],
        ["1 comes back to L, and ∂sqrt(x)/∂x = ∞ at x = 0: 1 · ∞ = ∞", "so ∂L/∂x is ∞"],
        "sqrt needs a number above 0, and is vertical at 0",
    ),
    "a saturated sigmoid": (
        lambda: named(named(x(-800.0, "z").sigmoid(), "p").log() * -1, "L"),
        ["v2 = log(p) = log(0) = −∞", "it goes on: v2 → L = ∞"],
        [
            "−1 comes back to v2, and its local derivative is ∞: −1 · ∞ = −∞",
            "−∞ comes back to p, and its local derivative is 0: −∞ · 0 = nan",
            "so ∂L/∂z is nan, by way of p",
        ],
        "log of a saturated sigmoid: take logsigmoid(z)",
    ),
    "inf and then nan": (
        lambda: named(named(x(800.0).exp(), "e") * named(x(-800.0, "y").exp(), "u"), "L"),
        ["e = exp(x) = exp(800) = ∞", "L = e·u = ∞·0 = nan"],
        ["0 comes back to e, and its local derivative is ∞: 0 · ∞ = nan", "so ∂L/∂x is nan"],
        "exp overflows above 709.78",
    ),
    "what is given": (
        lambda: named(x(math.inf, "w") * 2, "L"),
        ["L = w·2 = ∞·2 = ∞"],
        [],
        "give a finite number",
    ),
    "a sum of shares": (
        lambda: named(x(1e-300, "w") * 1e200 * 1e200, "L"),
        ["v3 = w·1e200 = 1e−300·1e200 = 1e−100"],
        ["1e200 comes back to v3, and its local derivative is 1e200: 1e200 · 1e200 = ∞", "so ∂L/∂w is ∞"],
        "beyond the largest double, 1.8e308",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_its_way_is_told(name):
    make, forward, backward, remedy = WAYS[name]
    found = hunt(make(), {})
    assert [*found.forward] == forward
    assert [*found.backward] == backward
    assert found.remedy == remedy
    assert str(found).splitlines()[0] == f"forward {forward[0]}" and repr(found).startswith(f"<Poison {found.kind}: ")


@pytest.mark.parametrize("name", WAYS)
def test_the_smallest_part_does_the_same(name):
    """In the sheet either the loss is not finite, or the gradient of one of its inputs."""
    found = hunt(WAYS[name][0](), {})
    sheet = found.sheet()
    run = sheet.run()
    run.root.backward()
    here = run.rounds[0]
    numbers = [run.root.data, *(here[each].grad for each in sheet.quantities if each[0] == "x")]
    assert not all(map(math.isfinite, numbers))
    assert math.isfinite(run.root.data) == (found.edge is not None)
    assert Sheet.parse(sheet.text).run().root.data == pytest.approx(run.root.data, nan_ok=True)


def test_where_all_is_finite_there_is_nothing_to_find():
    assert hunt(guarded().parents[1].parents[0]) is None
    model = nn.MLP(2, [3, 1], seed=0)
    assert hunt(model([1.0, 2.0])) is None


def test_a_branch_that_is_closed_is_no_way():
    assert hunt(x().sqrt().max(1.0)) is None


def test_operations_of_many_inputs_are_written_out():
    terms = [x(math.inf, "a"), x(2.0, "b")]
    found = hunt(named(logsumexp(terms) - affine([x(1.0, "w")], [x(math.inf, "c")], 0.5), "L"), {})
    assert "z1 = logsumexp(x1, x2)  # " in found.sheet().text and "z2 = x3*x4 + 0.5  # " in found.sheet().text
    assert math.isnan(found.sheet().run().root.data)


def test_its_line_is_told_where_it_was_recorded():
    with record_origins():
        y = x(0.0)
        loss = y.log() + 1
    found = hunt(loss)
    assert found.origin.startswith(f"{__file__}:") and f"({found.origin})" in found.forward[0]
    assert f"# at {found.origin}" in found.sheet().text


def test_names_are_those_that_are_given():
    W = [[Value(0.0)]]
    assert hunt(W[0][0].log(), {"W": W}).forward[0].endswith("= log(W[0][0]) = log(0) = −∞")


def test_what_is_no_computation_is_refused():
    with pytest.raises(GraphError, match=r"^hunt takes a Value, or a module that was traced, not an? "):
        hunt([1.0])
    by_hand = Value(math.nan, (x(1.0),), (1.0,), "L")
    with pytest.raises(GraphError, match=r"^L was recorded by hand: there is no operation to show in a sheet$"):
        hunt(by_hand).sheet()
    with pytest.raises(GraphError, match=r"^w was given: there is no operation to show in a sheet$"):
        hunt(x(math.nan, "w")).sheet()
    assert isinstance(hunt(by_hand), Poison)


def test_a_part_that_is_too_large_for_a_sheet_is_counted():
    terms = [x(math.inf if k == 7 else float(k), f"x{k}") for k in range(300)]
    loss = sum(terms[1:], terms[0] * 1) - math.inf
    with pytest.raises(GraphError, match=r"has \d+ values, and a sheet at most 200$"):
        hunt(loss).sheet()


def test_the_node_is_the_last_that_makes_it_worse():
    assert hunt(WAYS["inf and then nan"][0]()).node.label == "L"


@pytest.mark.parametrize(
    ("z", "m", "goes_on", "is_masked"),
    [
        (-math.inf, -math.inf, Value.exp, True),
        (-math.inf, -math.inf, Value.tanh, False),
        (math.inf, math.inf, Value.exp, False),
    ],
)
def test_a_softmax_of_nothing_but_masks_is_told_from_other_differences(z, m, goes_on, is_masked):
    found = hunt(named(goes_on(x(z, "z") - x(m, "m")), "L"))
    assert (
        found.remedy == "a softmax of nothing but −∞ has no value: leave one place of the row unmasked"
    ) == is_masked
