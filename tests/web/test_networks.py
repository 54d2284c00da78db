"""Networks on the live page: discs, heat maps, an open neuron, and a model that trains on its samples."""

import re

import numpy as np
import pytest
from pages import agrees, close
from test_accessibility import AXE, SERIOUS
from test_screen import READABLE, SIZES, WALK

from microgrid import GraphError, Value, nn
from microgrid.engine import Graph
from microgrid.tape import steps
from microgrid.training import fit, losses
from microgrid.training.optim import SGD
from microgrid.web import page
from microgrid.web.modelled import modelled
from microgrid.web.networks import network, neurons

RATE = 0.5


def two_blobs(count=24):
    """Points of two kinds, one about (1, 1) and one about (−1, −1)."""
    rng = np.random.default_rng(5)
    y = np.arange(count) % 2
    return rng.normal(size=(count, 2)) + (2 * y - 1)[:, None], y


def model_of(*sizes, **settings):
    return nn.MLP(2, [*sizes], "tanh", seed=4, **settings)


# ── what a network is ──


def test_the_neurons_of_a_graph_are_those_of_its_layers():
    for expanded in (False, True):
        model = model_of(3, 2, expanded=expanded)
        x = [Value(0.5), Value(-1.0)]
        graph = Graph(losses.mse(model(x), [0.0, 1.0]))
        found, layers = neurons(graph), {layer: model.layers[layer - 1] for layer in (1, 2)}
        assert list(found) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
        for (layer, number), each in found.items():
            own = layers[layer].neurons[number - 1]
            assert [graph.nodes[i] for i in each.w] == own.w and graph.nodes[each.b] is own.b
            assert [graph.nodes[i] for i in each.x] == layers[layer].x
            assert graph.nodes[each.z] is layers[layer].z[number - 1]
            assert graph.nodes[each.a] is layers[layer].a[number - 1]
        columns = [(each["kind"], len(each["places"])) for each in network(graph)["columns"]]
        assert columns == [("input", 2), ("layer", 3), ("layer", 2), ("loss", 1)]


def test_a_network_called_twice_and_a_graph_without_neurons_are_none():
    model = model_of(3, 1)
    both = model([0.1, 0.2]) + model([0.3, 0.4])
    assert network(Graph(both)) is None and network(Graph(Value(2.0) * 3)) is None
    assert network(Graph(model([0.1, 0.2])))["columns"][-1]["kind"] == "layer"  # the last neuron is the root


@pytest.mark.parametrize("name", losses.LOSSES)
def test_the_graph_of_a_model_has_the_loss_of_its_first_sample_whatever_the_loss(name):
    X, y = two_blobs(6)
    many = name in ("cross_entropy", "nll", "multilabel_bce")
    model = model_of(3, 2 if many else 1, output={"bce": "sigmoid", "nll": "softmax"}.get(name, "linear"))
    targets = 2 * y - 1 if name == "hinge" else np.eye(2)[y] if name == "multilabel_bce" else y
    found = modelled(model, X, targets, name)
    target = targets[0].tolist() if name == "multilabel_bce" else targets[0]
    assert close(found.loss.data, losses.LOSSES[name](model(X[0].tolist()), target).data)
    assert not any(parameter.label for parameter in model.parameters())  # the page has names for a copy


def test_what_is_no_model_or_does_not_fit_is_told():
    X, y = two_blobs(4)
    with pytest.raises(GraphError, match=r"nn\.MLP"):
        page(Value(1.0), X, y)
    with pytest.raises(GraphError, match="rows of 2, and the network takes 3"):
        page(nn.MLP(3, [1]), X, y)
    with pytest.raises(GraphError, match="bce takes probabilities"):
        page(model_of(1), X, y, loss="bce")
    with pytest.raises(GraphError, match="one-hot"):
        page(model_of(2), X, y, loss=lambda out, target: out[0] - out[1])


# ── in the browser ──


def test_discs_heat_maps_and_an_open_neuron_have_the_numbers_of_the_engine(opened):
    model = model_of(4, 3, 1, labels=True)
    loss = losses.mse(model([0.6, -1.1]), 0.25)
    loss.label = "L"
    made = page(loss)
    assert "network" in made.html and [each["level"] for each in made._scenes][-2:] == ["neuron", "layer"]
    tab, tape = opened(made), steps(loss, "neuron")
    for position in range(0, len(tape) + 1, 3):
        tab.go(position)
        assert agrees(tab, tape, position)
        assert position == 0 or is_in_view(tab)
    tab.tab.locator("[data-sight=layer]").click()
    for position in range(1, len(tape) + 1, 7):
        tab.go(position)
        assert agrees(tab, tape, position) and is_in_view(tab)
    tab.tab.locator("[data-sight=neuron]").click()
    tab.go(len(tape))
    neuron = model.layers[1].neurons[1]
    disc = tab.tab.locator(f'[data-card="{tape.names.index("a2_2")}"]')
    disc.focus()
    tab.tab.keyboard.press("Enter")
    tab.tab.keyboard.press("Enter")
    loss.backward()
    numbers = tab.numbers()
    for weight in neuron.parameters():
        assert close(numbers["data"][weight.label], weight.data) and close(numbers["grad"][weight.label], weight.grad)
    z = model.layers[1].z[1]
    assert close(numbers["data"]["z2_2"], z.data) and close(numbers["grad"]["z2_2"], z.grad)
    assert agrees(tab, tape, len(tape))
    assert tab.tab.locator("#derivation dd").count() >= 2
    tab.tab.keyboard.press("Enter")
    assert "z2_2" not in tab.numbers()["data"]


def test_a_network_is_on_one_screen_step_by_step_at_every_size(opened):
    X, y = two_blobs(10)
    tab = opened(page(model_of(9, 4, 1, output="sigmoid"), X, y, loss="bce"), reduced_motion="reduce")
    for width, height in SIZES:
        tab.tab.set_viewport_size({"width": width, "height": height})
        tab.settle()
        found = tab.tab.evaluate(WALK)
        assert found["faults"] == [] and found["seen"] == found["steps"] > 20, (width, height)
        looks = tab.tab.evaluate(READABLE.replace('("#world text")', '("#world :not(.tiny) > text")'))
        assert looks == {"small": [], "low": [], "scrolls": False}, (width, height)
    tab.tab.evaluate(AXE)
    assert tab.tab.evaluate(SERIOUS) == []
    tab.tab.set_viewport_size({"width": 1280, "height": 800})
    shown = '() => document.querySelector("[data-sight][aria-pressed=true]").textContent'
    box = tab.tab.locator("#stage").bounding_box()
    tab.tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    for way, words in ((1, "Layers"), (-1, "Neurons")):  # from far away one sees layers, from near neurons
        for _ in range(12):
            if tab.tab.evaluate(shown) != words:
                tab.tab.mouse.wheel(0, 80 * way)
                tab.settle()
        assert tab.tab.evaluate(shown) == words
    tab.tab.locator("[data-sight=layer]").click()
    assert tab.tab.evaluate(SERIOUS) == []


def is_in_view(tab):
    """Whether nine tenths of the current card or cell are on the stage."""
    return tab.tab.evaluate(
        """() => {
            const at = document.querySelector("[data-current]").getBoundingClientRect();
            const stage = document.getElementById("stage").getBoundingClientRect();
            const across = Math.min(at.right, stage.right) - Math.max(at.left, stage.left);
            const down = Math.min(at.bottom, stage.bottom) - Math.max(at.top, stage.top);
            return across > 0 && down > 0 && across * down >= 0.9 * at.width * at.height;
        }"""
    )


def test_training_on_the_page_is_that_of_fit(opened):
    X, y = two_blobs()
    model = model_of(5, 4, 1, output="sigmoid")
    tab = opened(page(model, X, y, loss="bce"))
    tab.tab.locator("#rate").fill(str(RATE))
    tab.press("Apply update")
    history = follow(model, X, y, 1)
    compare(tab, model, 1e-12)
    assert f"C {history.epochs[0].loss:.4}" in tab.tab.locator("#progress").inner_text()

    tab.press("Play updates")  # in a worker
    tab.until("() => Number(document.getElementById('epoch').max) >= 40")
    tab.press("Pause updates")
    last = int(tab.tab.locator("#epoch").get_attribute("max"))
    slide(tab, 2)
    follow(model, X, y, 1)
    compare(tab, model, 1e-12)
    slide(tab, 40)
    follow(model, X, y, 38)
    compare(tab, model, 1e-9)
    slide(tab, last)
    assert int(tab.tab.locator("#epoch").input_value()) == last
    assert not [each for each in tab.complaints if "worker" in each.lower()]

    slide(tab, 40)  # a sample that is clicked is what the graph computes
    tab.tab.locator("#dots > *").nth(7).click(force=True)
    chosen = int(tab.tab.locator("#sample-number").input_value()) - 1
    tape = steps(losses.bce(model(X[chosen].tolist()), float(y[chosen])), "neuron")
    assert np.hypot(*(X[chosen] - X[7])) < 0.4 and math_close(tab.value("L"), tape.view.root.data, 1e-9)

    tab.press("Reset")
    start = model_of(5, 4, 1, output="sigmoid")
    compare(tab, start, 0.0)
    answers = tab.tab.locator("#sample-says").inner_text()
    assert f"{start.predict([X[0]])[0]:.3g}"[:4] in answers


def follow(model, X, y, epochs):
    return fit(model, X, y, loss="bce", optimizer=SGD(model.parameters(), rate=RATE), epochs=epochs, progress=False)


def compare(tab, model, tolerance):
    """The parameters of the page are those of the model."""
    tab.tab.evaluate("() => document.querySelectorAll('#leaves details').forEach((each) => (each.open = true))")
    found = tab.tab.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#leaves input[data-leaf]")].map((each) => {
            each.focus();
            return [each.dataset.leaf, Number(each.value)];
        }))"""
    )
    for name, parameter in model.named_parameters().items():
        assert math_close(found[name], parameter.data, tolerance), name


def math_close(one, other, tolerance):
    return abs(float(one) - float(other)) <= tolerance * max(1.0, abs(other))


def slide(tab, epoch):
    tab.tab.locator("#epoch").evaluate(
        "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input', {bubbles: true})); }", epoch
    )


def test_the_page_of_a_large_network_is_small_and_trains_under_its_own_policy():
    X, y = two_blobs(100)
    made = page(model_of(16, 16, 1, output="sigmoid"), X, y, loss="bce")
    assert len(made.html.encode()) <= 450_000
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made.html)[1]
    assert "worker-src blob:" in policy and "default-src 'none'" in policy
    assert repr(made) == "<page 'MLP 2 → 16 → 16 → 1': neuron, layer>"
