"""Large graphs on the live page: folded by containers, families, scopes and order, and opened in place."""

import numpy as np
import pytest
from pages import close

from microgrid import Value, nn
from microgrid.engine import Graph, values_like
from microgrid.training import losses
from microgrid.web import page
from microgrid.web.folds import MOST_CHILDREN, folded_scene


def tables(rows=6, width=9):
    """Two layers of matrices, with names."""
    rng = np.random.default_rng(2)
    x, W, V = (values_like(rng.normal(size=shape)) for shape in ((rows, width), (width, width), (width, 3)))
    h = np.maximum(x @ W, 0)
    scores = h @ V
    loss = sum((each * each for each in scores.flat), Value(0.0))
    return loss, {"x": x, "W": W, "V": V, "h": h, "scores": scores}


def children_of(scene):
    """For each group, and -1 for the top, the groups and the operations in it."""
    groups = {k: [] for k in range(-1, len(scene["groups"]))}
    own = {k: [] for k in groups}
    for k, each in enumerate(scene["groups"]):
        assert each["in"] < k
        groups[each["in"]].append(k)
    for i, k in enumerate(scene["of"]):
        own[k].append(i)
    return groups, own


@pytest.mark.parametrize("kind", ["containers", "a chain", "families", "neurons"])
def test_a_graph_is_a_tree_of_few_children_each(kind):
    if kind == "containers":
        graph = Graph(*tables())
    elif kind == "neurons":
        model = nn.MLP(3, [40, 2], seed=0)
        graph = Graph(losses.mse(model([1.0, 2.0, 3.0]) + model([0.0, 1.0, 2.0]), [0.0] * 4))
    else:
        total = Value(0.5, label="x")
        for k in range(700):
            total = total.tanh() if k % 3 else total * 1.01
            if kind == "families":
                total.label = f"z{k}"
        graph = Graph(total)
    scene = folded_scene(graph)
    groups, own = children_of(scene)
    assert sum(map(len, own.values())) == len(graph) == len(scene["of"])
    sizes = {k: len(groups[k]) + len(own[k]) for k in groups}
    assert {k: (size, groups[k], own[k]) for k, size in sizes.items() if not 1 < size <= MOST_CHILDREN + 1} == {}
    for each in scene["groups"]:
        for place in each.get("cells", ()):
            assert place < 0 or graph.labels[place].startswith(each["title"][0])


def test_containers_are_matrices_with_all_that_only_they_need():
    loss, names = tables()
    scene = folded_scene(Graph(loss, names))
    tops = {each["title"]: each for each in scene["groups"] if each["in"] < 0}
    assert {"x", "W", "V", "h", "scores"} <= tops.keys()
    assert tuple(tops["h"]["shape"]) == (6, 9) and len(tops["h"]["cells"]) == 54
    graph = Graph(loss, names)
    assert [graph.nodes[i] for i in tops["scores"]["cells"]] == list(names["scores"].flat)


def test_a_folded_page_has_the_numbers_of_the_engine_and_opens_in_place(opened):
    loss, names = tables()
    loss.label = "L"
    made = page(loss, names=names)
    assert repr(made).endswith("folded>")
    tab = opened(made)
    loss.backward()
    numbers = tab.numbers()
    for name in ("x", "W", "h", "scores"):
        data, grad = ([getattr(each, kind) for each in names[name].flat] for kind in ("data", "grad"))
        for kind, of in (("data", data), ("grad", grad)):
            assert all(map(close, numbers[kind][name].split(), (min(of), max(of)))), (name, kind)
    count, before = tab.tab.locator(".card.fold").count(), tab.tab.locator("#where").inner_text()
    assert "f(" not in tab.message()
    fold(tab, "h 6 × 9")
    assert tab.tab.locator(".card.fold").count() == count + 5 and tab.tab.locator(".foldframe").count() == 1
    fold(tab, "h₀ 9")
    assert tab.tab.locator(".foldframe").count() == 2
    numbers = tab.numbers()
    last = names["h"][0, 8]
    assert close(numbers["data"]["h[1]"].split()[1], max(each.data for each in names["h"][1]))
    tab.press("Back")
    tab.press("Next")
    assert tab.tab.locator("[data-current]").count() == 1
    tab.tab.locator("details.group", has_text="parameter").first.evaluate_all(
        "(all) => all.forEach((each) => (each.open = true))"
    )
    tab.tab.locator('input[data-leaf="x[0][0]"]').evaluate(
        "(field) => { field.value = '2.5'; field.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    names["x"][0, 0].data = 2.5
    again, others = recomputed(names)
    assert close(tab.numbers()["data"]["L"], again) and close(tab.numbers()["data"]["h[1]"].split()[1], others)
    tab.tab.locator(".foldbar", has_text="h 6 × 9").focus()
    tab.tab.keyboard.press("Enter")
    assert tab.tab.locator(".card.fold").count() == count and tab.tab.locator("#where").inner_text() == before
    assert last.data >= 0


def recomputed(names):
    """The loss, and the largest of a row of h, from the leaves as they are."""
    x, W, V = (np.vectorize(lambda each: each.data)(names[name]) for name in "xWV")
    h = np.maximum(x @ W, 0)
    return float(np.sum((h @ V) ** 2)), float(h[1].max())


def fold(tab, title):
    """Open a card, by the keyboard."""
    tab.tab.locator(".card.fold", has_text=title).first.focus()
    tab.tab.keyboard.press("Enter")
    tab.tab.keyboard.press("Enter")
