"""Pictures of coarser views: the same truth on fewer cards, and the marks on published numbers."""

from __future__ import annotations

import math
import random
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest
from drawings import (
    SVG,
    after_backward,
    cells,
    chain,
    drawn,
    each_direction,
    each_engine,
    labelled,
    leaves,
    network,
    said,
    scored,
    statements,
    tangle,
    texts,
    titles,
    tooltips,
    uses,
    wires,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from outside import written_alike
from sheets import DEMOS, worked

from microgrid import Graph, GraphError, Value, answers, nn
from microgrid.cli import main
from microgrid.engine import gradients, scope
from microgrid.picture import draw, levels, look
from microgrid.sheet import Run, Sheet

DEMO = DEMOS / "two_input_sigmoid.sheet"


def read_off(source: str) -> dict[str, tuple[float, float]]:
    """For each card, its grad and the sum over its outgoing wires of ∂ at the head × the head's grad."""
    shown = {name: cells(line) for name, line in statements(source).items() if name[0] == "v"} | leaves(source)
    sums = dict.fromkeys(shown, 0.0)
    for tail, head, port in uses(source):
        sums[tail] += shown[head][port] * shown[head]["grad"]
    return {name: (each["grad"], sums[name]) for name, each in shown.items() if "grad" in each}


SUBJECTS = {
    "sheet": lambda: worked(),
    "network": lambda: after_backward(network),
    "perceptron": scored,
    "expanded": lambda: scored(expanded=True),
    "samples": lambda: scored([2, 1], samples=3),
    **{f"tangle {seed}": lambda seed=seed: after_backward(lambda: tangle(seed)) for seed in range(3)},
}
each_subject = pytest.mark.parametrize("make", SUBJECTS.values(), ids=SUBJECTS)
each_exact = pytest.mark.parametrize("level", ["op", "named", "neuron"])
each_level = pytest.mark.parametrize("level", list(levels.EVERY_LEVEL))


# ── every exact level tells the truth ──────────────────────────────────────────────────────


@each_direction
@each_exact
@each_subject
def test_gradients_can_be_read_off_at_every_exact_level(make, level, direction, monkeypatch):
    monkeypatch.setattr(look, "DENSE", 1000)  # all digits
    found = read_off(draw(make(), level=level, direction=direction, digits=17).source)
    assert len(found) > 1
    last = max(found, key=lambda name: int(name[1:]))
    assert found.pop(last)[0] == 1.0
    for name in found:
        assert found[name][1] == pytest.approx(found[name][0], rel=1e-9, abs=1e-13), name


@each_exact
@each_subject
def test_tooltips_hold_the_composite_derivatives(make, level):
    subject = make()
    root = getattr(subject, "root", subject)
    view = Graph(root).view(level)
    found = tooltips(ET.fromstring(draw(subject, level=level).pipe()))
    assert len(found) == len(view) + len(view.edges)
    for edge in view.edges:
        text = found[f"e{view.index[edge.child]}_{edge.slot}"]
        assert float(re.search(r" = (\S+); sends", text)[1]) == edge.partial
        assert float(re.search(r" = (\S+) back$", text)[1]) == edge.partial * edge.child.grad


def test_parallel_wires_stay_visible():
    a = Value(3.0, label="a")
    s = labelled(a + a, "s")
    assert wires(draw(s, level="named").source) == [("v0", "v1", "i0"), ("v0", "v1", "i1")]


@each_level
@each_subject
def test_the_same_subject_gives_the_same_text(make, level):
    assert draw(make(), level=level).source == draw(make(), level=level).source


def test_other_processes_give_the_same_text():
    program = (
        "from drawings import scored; from sheets import worked; from microgrid import answers, draw;"
        "from microgrid.picture.levels import EVERY_LEVEL;"
        "print(ascii([draw(scored(), level=level).source for level in EVERY_LEVEL]"
        "+ [draw(worked(), marks=answers.check(worked())).source]))"
    )
    assert len(written_alike(program)) > 10_000


@each_engine
@each_direction
@each_level
@each_subject
def test_every_level_is_well_formed(make, level, direction, engine):
    subject = make()
    marks = answers.check(subject) if isinstance(subject, Run) else ()
    svg = drawn(draw(subject, level=level, direction=direction, marks=marks, id="p-"), engine)
    ids = [element.attrib["id"] for element in svg.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)) > 3 and all(re.match(r"(a_)?p-", each) for each in ids)
    assert all(element.tag.startswith(SVG) for element in svg.iter())


@given(st.text(max_size=30), st.text(max_size=30))
@settings(max_examples=30, deadline=None)
def test_any_scope_and_any_printed_text_make_a_picture(name, printed):
    x = Value(2.0, label="x")
    with scope(name):
        h = (x * Value(3.0, role="parameter")).tanh()
    loss = labelled(h * h, "L")
    loss.backward()
    mark = SimpleNamespace(quantity="dL/dx", verdict="slip", printed=printed, round=1)
    for level in levels.EVERY_LEVEL:
        ET.fromstring(draw(loss, level=level, marks=[mark]).pipe())


# ── by the names ───────────────────────────────────────────────────────────────────────────


def test_a_sheet_has_a_card_for_each_line_of_it():
    run = worked()
    source = draw(run).source
    assert source == draw(run, level="named").source != draw(run, level="op").source
    lines = ["z₁ = w₁₁·x₁ + w₁₂·x₂ + b₁", "a₁ = σ(z₁)", "L = −y·ln(ŷ) − (1 − y)·ln(1 − ŷ)"]
    assert {*lines} <= {*titles(draw(run))} and len(titles(draw(run))) == 9
    assert "One box for each line of the sheet: 9 boxes and 10 rows for 37 values." in said(source)
    assert "scope" not in source


def test_a_line_takes_its_inputs_in_the_order_in_which_it_names_them():
    run = Sheet.parse("param a = 2, b = 3, c = 5\nL = b*c + a^2*b").run()
    inputs = [edge.parent.label for edge in Graph(run.root).view("named").inputs(run.root)]
    assert inputs == ["b", "c", "a"]


def test_a_long_line_is_shortened_and_whole_in_the_tooltip():
    names = [f"w{i}" for i in range(10, 30)]
    run = Sheet.parse("\n".join([*(f"param {each} = 1" for each in names), f"L = {' + '.join(names)}"])).run()
    (title,) = (each for each in titles(draw(run)) if each.startswith("L"))
    assert title == "L = w₁₀ + … + w₂₉"
    whole = " + ".join(f"w₁{'₀₁₂₃₄₅₆₇₈₉'[i]}" for i in range(10))
    assert f"L = {whole} + w₂₀" in draw(run).source


def test_a_line_with_several_results_keeps_its_operation():
    run = Sheet.parse("param a = 1, b = 2\np, q = softmax(a, b)\nL = -log(q)").run()
    assert [each for each in titles(draw(run)) if "softmax" in each.lower()]


def test_names_of_python_values_are_put_together_from_their_operations():
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    loss = labelled((w * x + 1).sigmoid() - (w + Value(4.0)), "L")
    assert titles(draw(loss, level="named"))[-1] == "L = σ(w·x + 1) − (w + …)"
    long = x
    for _ in range(40):
        long = (long * w).tanh()
    assert titles(draw(labelled(long, "y"), level="named"))[-1] == "y"
    assert "y = f(x, w): data=" in draw(long, level="named").source


# ── by neurons ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("expanded", [False, True])
def test_a_neuron_is_one_card_with_its_parameters_inside(expanded):
    figure = draw(scored(expanded=expanded), level="neuron")
    assert repr(figure) == "<picture of loss: 13 cards, 33 wires>"
    shown = titles(figure)
    assert [re.sub("<.*", "", each) for each in shown if each.startswith("Layer")] == [
        f"Layer {layer} · neuron {i}" for layer, size in enumerate((4, 4, 1), 1) for i in range(1, size + 1)
    ]
    assert figure.source.count(">4 parameters<") == 4 and figure.source.count(">5 parameters<") == 5


def test_numbers_that_are_no_values_are_inputs_of_a_network():
    random.seed(1)
    out = nn.MLP(2, [2, 1])([0.25, -0.75])
    view = Graph((out - 3) ** 2).view("neuron")
    assert sorted(node.data for node in view.leaves) == [-0.75, 0.25]  # and not the 3


def test_neurons_of_one_layer_stand_in_one_row_in_their_order():
    figure = draw(scored(), level="neuron", id="p-")
    svg = ET.fromstring(figure.pipe())
    boxes = {}
    for group in svg.iter(f"{SVG}g"):
        if re.fullmatch(r"p-v\d+", group.get("id", "")):
            points = [
                tuple(map(float, p.split(",")))
                for each in group.iter(f"{SVG}polygon")
                for p in each.get("points").split()
            ]
            title = next(text for text in texts(group) if re.fullmatch(r"x.|Layer.*", text) or "loss" in text)
            boxes[title] = (
                sum(x for x, _ in points) / len(points),
                (min(y for _, y in points) + max(y for _, y in points)) / 2,
            )
    for row in (["x₀", "x₁", "x₂"], *([f"Layer {layer} · neuron {i}" for i in range(1, 5)] for layer in (1, 2))):
        across, down = zip(*(boxes[title] for title in row))
        assert list(across) == sorted(across) and max(down) - min(down) < 2


def test_samples_share_neurons_and_are_told_apart():
    shown = titles(draw(scored([2, 1], samples=2), level="neuron"))
    assert {re.sub("<.*", "", each) for each in shown} >= {"Layer 1 · neuron 2", "Layer 1 · neuron 2 #2"}


# ── by layers ──────────────────────────────────────────────────────────────────────────────


def test_a_layer_shows_ranges_and_the_rms_of_its_parameters():
    random.seed(3)
    model = nn.MLP(6, [5, 3])
    inputs = [Value(random.uniform(-1, 1)) for _ in range(6)]
    hidden = model.layers[0](inputs)
    loss = sum((out**2 for out in model.layers[1](hidden)), Value(0, role="constant"))
    loss.backward()
    source = draw(loss, level="layer", digits=17).source
    line = statements(source)["v1"]
    assert f"5 neurons, {len(model.layers[0].parameters())} parameters" in line
    grads = [each.grad for each in model.layers[0].parameters()]
    rms = math.sqrt(math.fsum(each**2 for each in grads) / len(grads))
    assert float(re.search(r"RMS of their grad (\S+?)<", line)[1]) == pytest.approx(rms, rel=1e-12)
    spans = dict(re.findall(r">(data|grad) ([^<]*)</FONT>", line))
    for word, numbers in (("data", [each.data for each in hidden]), ("grad", [each.grad for each in hidden])):
        low, high = (float(text.replace("−", "-")) for text in spans[word].split(" … "))
        assert (low, high) == pytest.approx((min(numbers), max(numbers)), rel=1e-15)
    found = gradients(hidden[0])
    assert "A summary" in source and "6 inputs" in source
    low, high = (float(each.replace("−", "-")) for each in re.search(r"∂ (.*?)<", line)[1].split(" … "))
    assert all(low <= found[x] <= high for x in inputs)
    wire = tooltips(ET.fromstring(draw(loss, level="layer").pipe()))["e1_0"]
    carried = [gradients(out)[x] * out.grad for out in hidden for x in inputs]
    rms = math.sqrt(math.fsum(each**2 for each in carried) / len(carried))
    assert float(re.search(r"sends (\S+) back \(RMS\)", wire)[1]) == pytest.approx(rms, rel=1e-12)


def test_layers_of_a_large_network():
    figure = draw(scored([32, 10], nin=64), level="layer")
    assert repr(figure) == "<picture of loss: 4 cards, 3 wires>"
    assert [re.sub("<.*", "", each) for each in titles(figure)] == ["64 inputs", "Layer 1", "Layer 2", "loss"]


def test_layers_over_several_samples():
    source = draw(scored([4, 2], samples=3), level="layer").source
    assert "4 neurons, 12 values, 16 parameters" in source


def test_a_layer_with_a_nan_says_so():
    random.seed(1)
    loss = nn.MLP(2, [3, 1])([math.nan, 1.0])
    loss.backward()
    assert ">data NaN<" in draw(loss, level="layer").source


def test_the_layer_view_keeps_what_leaves_each_layer_and_is_exact():
    loss = scored([4, 3, 1])
    view = Graph(loss).view("layer")
    scopes = [node.scope for node in view.nodes if node.parents and node.scope]
    assert sorted(scopes) == sorted(
        f"Layer {i} · neuron {j}" for i, size in enumerate([4, 3, 1], 1) for j in range(1, size + 1)
    )
    grads = dict.fromkeys(view.nodes, 0.0) | {loss: 1.0}
    for node in reversed(view.nodes):
        for edge in view.inputs(node):
            grads[edge.parent] += edge.partial * grads[node]
    for node, grad in grads.items():
        assert grad == pytest.approx(node.grad, rel=1e-12)


# ── which level it takes by itself ─────────────────────────────────────────────────────────

CHOICES = [
    (lambda: scored([4, 4, 1]), "", 23),
    (lambda: scored([6, 6, 6, 1], nin=6), "One box for each neuron (", 26),
    (lambda: scored([16, 16, 1], nin=2), "One box for each layer (", 5),
    (lambda: labelled(chain(151), "y"), "One box for each family of names and each stretch of operations (", 4),
    (lambda: chain(150), "", 149),
]


@pytest.mark.parametrize(("make", "words", "cards"), CHOICES, ids=range(len(CHOICES)))
def test_a_picture_takes_the_finest_level_that_can_be_read(make, words, cards):
    figure = draw(make())
    assert f": {cards} card{'s' * (cards > 1)}, " in repr(figure)
    assert words in said(figure.source) and ("One box for each" in said(figure.source)) == bool(words)


def test_what_nobody_could_read_is_refused_and_folded_unless_told():
    x = Value(1.0, label="x")
    for i in range(1300):
        x = labelled(x.tanh(), f"h{i}")
    with pytest.raises(GraphError, match="h1299 makes 1,300 boxes and 1,299 wires, "):
        draw(x, level="named")
    assert len(titles(draw(x))) > 4


@pytest.mark.parametrize(
    ("level", "message"),
    [
        ("neurons", "level 'neurons'; did you mean 'neuron'?"),
        ("zz", "level 'zz'; there are op, named, neuron, layer, vector, element, fold"),
    ],
)
def test_levels_that_are_not_there_are_named(level, message):
    with pytest.raises(GraphError) as caught:
        draw(network(), level=level)
    assert str(caught.value) == message


# ── marks ──────────────────────────────────────────────────────────────────────────────────


def by_name(source: str) -> dict[str, str]:
    return {
        re.search(r'tooltip="(\S+?)[ :]', line)[1]: line for name, line in statements(source).items() if name[0] == "v"
    }


@each_direction
@each_exact
def test_wrong_published_numbers_are_marked_where_they_stand(level, direction):
    run = worked()
    found = by_name(draw(run, marks=answers.check(run), level=level, direction=direction).source)
    assert "‼ data slip: printed 0.25<" in found["z₁"] and 'BORDER="3"' in found["z₁"]
    assert "→ data carried: printed 0.562<" in found["a₁"] and "‼ ∂a₁/∂z₁ slip: printed 0.247<" in found["a₁"]
    assert "‼ grad slip: printed −0.234<" in found["ŷ"]
    assert 'STYLE="dashed"' in found["a₂"] and 'BORDER="3"' not in found["a₂"]
    expected = {each.quantity for each in answers.check(run) if each.round == 1 and each.verdict in ("slip", "carried")}
    marks = sum(line.count("printed ") // 2 for line in found.values())  # on the card and in its tooltip
    hidden = {f"dL/d{name}" for name in ("b1", "b2", "w12", "w22")} & expected if level == "neuron" else set()
    assert marks == len(expected - hidden)


def test_the_legend_explains_the_marks_that_are_there():
    run = worked()
    assert "slip" not in draw(run).source and "carried" not in draw(run).source
    both = draw(run, marks=answers.check(run)).source
    assert "‼ slip (thick frame)" in both and "→ carried (dashed frame)" in both
    right = [each for each in answers.check(run) if each.verdict == "slip"]
    assert "(dashed frame)" not in draw(run, marks=right).source
    later = [SimpleNamespace(quantity="z1", verdict="slip", printed="7", round=2)]
    assert "thick frame" not in draw(run, marks=later).source


def test_right_sheets_have_no_marks():
    run = worked("two_relus")
    assert draw(run, marks=answers.check(run)).source == draw(run).source


# ── the command ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("level", [None, *levels.EVERY_LEVEL])
def test_the_command_draws_every_level_and_marks_a_sheet(level, tmp_path):
    file = tmp_path / "net.dot"
    assert main(["draw", str(DEMO), "-o", str(file), *(["--level", level] if level else [])]) == 0
    run = worked()
    assert file.read_text(encoding="utf-8") == draw(run, level=level, marks=answers.check(run)).source


def test_the_command_names_the_levels(capsys, tmp_path):
    with pytest.raises(SystemExit) as caught:
        main(["draw", str(DEMO), "-o", str(tmp_path / "net.dot"), "--level", "neurons"])
    assert caught.value.code == 2
    assert "invalid choice: 'neurons' (choose from" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("demo", "level", "words"),
    [
        ("two_relus_table", None, "1 wrong published number has"),
        ("two_input_sigmoid", "layer", "20 wrong published numbers have"),
    ],
)
def test_a_wrong_number_without_a_place_is_counted_in_the_legend(demo, level, words):

    from microgrid import Sheet, draw
    from microgrid.answers import check

    run = Sheet.read(Path(__file__).parents[2] / "demos" / f"{demo}.sheet").run()
    assert words in said(draw(run, marks=check(run), level=level).source)
    assert "wrong published" not in said(draw(run, level=level).source)
