"""The picture: that it tells the truth, that every label is harmless, that every size can be drawn."""

from __future__ import annotations

import copy
import html
import itertools
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import graphviz
import pytest
from drawings import (
    SVG,
    after_backward,
    cells,
    chain,
    drawn,
    each_direction,
    each_engine,
    kinks,
    labelled,
    leaves,
    network,
    parameter,
    perceptron,
    said,
    statements,
    tangle,
    texts,
    titles,
    tooltips,
    twice,
    uses,
    wires,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from outside import written_alike

from microgrid import Graph, GraphError, RenderError, Sheet, Value, nn
from microgrid.engine import computed, scope
from microgrid.formula import OPS
from microgrid.formula.ops import ADDED
from microgrid.picture import Snapshot, box, card, dot, draw, draw_dot, leaf_rows, look, render, save, trace

PNG = b"\x89PNG\r\n"


GRAPHS = {
    "network": network,
    "perceptron": perceptron,
    "expanded": lambda: perceptron(expanded=True),
    "twice": twice,
    "leaf": lambda: Value(2.5, label="x"),
    "constant": lambda: Value(2.5, role="constant"),
    "softmax": lambda: nn.MLP(2, [3])([1.0, 2.0])[1] / chain(3),
    **{f"tangle {seed}": lambda seed=seed: tangle(seed) for seed in range(5)},
}  # fmt: skip
each_graph = pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS)


# ── the picture tells the truth ────────────────────────────────────────────────────────────


@each_direction
@each_graph
def test_grad_is_the_sum_over_the_wires_of_the_numbers_that_are_shown(make, direction, monkeypatch):
    monkeypatch.setattr(look, "DENSE", 1000)  # all digits, and the words to find them by
    source = draw(after_backward(make), direction=direction, digits=17).source
    shown = {name: cells(line) for name, line in statements(source).items() if name[0] == "v"}
    shown |= leaves(source)
    sums = dict.fromkeys(shown, 0.0)
    for tail, head, port in uses(source):
        sums[tail] += shown[head][port] * shown[head]["grad"]
    sums[max(shown, key=lambda name: int(name[1:]))] = 1.0  # the root
    for name, total in sums.items():
        if "grad" in shown[name]:  # a constant has no room for it
            assert total == pytest.approx(shown[name]["grad"], rel=1e-12, abs=1e-15), name


@each_engine
@each_graph
def test_tooltips_hold_the_exact_numbers(make, engine):
    root = after_backward(make)
    graph = Graph(root)
    found = tooltips(drawn(draw(root, id="p-"), engine))
    assert len(found) == len(graph) + len(graph.edges)
    for i, node in enumerate(graph):
        assert found[f"p-v{i}"].endswith(f": data={node.data!r} grad={node.grad!r}")
    sums = dict.fromkeys(graph.nodes[:-1], 0.0)
    for edge in graph.edges:
        text = found[f"p-e{graph.index[edge.child]}_{edge.slot}"]
        partial, times, grad, product = map(
            float, re.search(r" = (\S+); sends (\S+) \* (\S+) = (\S+) back$", text).groups()
        )
        assert (partial, times, grad, product) == (
            edge.partial,
            edge.partial,
            edge.child.grad,
            edge.partial * edge.child.grad,
        )
        sums[edge.parent] += product
    assert all(sums[node] == pytest.approx(node.grad, rel=1e-12, abs=1e-15) for node in sums)


@each_direction
@each_graph
def test_every_wire_ends_in_the_cell_of_its_input(make, direction):
    root = make()
    graph = Graph(root)
    expected = [(f"v{graph.index[e.parent]}", f"v{graph.index[e.child]}", f"i{e.slot}") for e in graph.edges]
    assert uses(draw(root, direction=direction).source) == expected


def test_a_value_used_twice_has_two_wires():
    assert wires(draw(twice()).source) == [("v0", "v1", "i0"), ("v0", "v1", "i1")]


@each_direction
def test_a_dash_stands_for_every_grad_until_backward_has_run(direction):
    source = draw(network(), direction=direction).source
    grads = re.findall(r">grad ([^:<]*)</FONT>", source)
    assert set(grads) == {"–"} and len(grads) == 28
    assert "until backward() has run" in said(source)
    assert "dashed]" not in source and "style=dashed" not in source and "sends" not in source
    assert "–" not in draw(after_backward(network), direction=direction).source


def test_a_wire_is_thick_where_the_gradient_is_large_and_dashed_where_it_is_zero():
    root = after_backward(lambda: perceptron(expanded=True))
    graph = Graph(root)
    lines = statements(draw(root).source)
    drawn_as = []
    for edge in graph.edges:
        if not (line := lines.get(f"e{graph.index[edge.child]}_{edge.slot}")):
            continue  # a row
        carries = abs(edge.partial * edge.child.grad)
        drawn_as.append((carries, float(re.search(r"penwidth=(\S+)", line)[1])))
        assert ("style=dashed" in line) == (carries == 0)
    widths = [width for _, width in sorted(drawn_as)]
    assert widths == sorted(widths) and widths[0] == 0.8 and widths[-1] == 3.4 and len(set(widths)) > 10


def test_three_decades_of_gradient_span_the_widths():
    widths = [dot.thickness(carries, 2.0) for carries in (2.0, -0.2, 0.02, 0.002, 2e-9, 0.0, math.nan, -math.inf, None)]
    assert widths == pytest.approx([3.4, 3.4 - 2.6 / 3, 3.4 - 5.2 / 3, 0.8, 0.8, 0.8, 3.4, 3.4, 1.0])


def test_the_legend_says_when_a_grad_holds_more_than_the_picture_shows():
    remark = "another backward pass"
    root = after_backward(network)
    assert remark not in draw(root).source
    root.backward()
    assert f"x₂, x₁, w₁₂ and 8 more boxes: grad also holds {remark}" in sorted_remark(draw(root).source)
    x = Value(2.0, label="x")
    (h := x * 3).label = "h"
    (h * x).backward()
    assert f"x: grad also holds {remark}" in draw(h).source  # x is used outside


def sorted_remark(source: str) -> str:
    """The remark with any three labels put in one order: which come first is the graph's affair."""
    return re.sub(r">[^<>]*? and 8 more boxes", ">x₂, x₁, w₁₂ and 8 more boxes", source)


# ── words on the cards ─────────────────────────────────────────────────────────────────────

x, y = Value(2.0, label="x1"), Value(3.0, label="y")
_nameless = Value(4.0)


TITLES = [
    (lambda: x, "x₁"),
    (lambda: x * y, "x₁·y"),
    (lambda: labelled(x * y, "z1"), "z₁ = x₁·y"),
    (lambda: labelled((x * y) + y, "z"), "z = … + y"),
    (lambda: labelled(x * y + x.tanh(), "z"), "z = … + …"),
    (lambda: labelled(x.sigmoid(), "h1"), "h₁ = σ(x₁)"),
    (lambda: x.log(), "ln(x₁)"),
    (lambda: -x, "−x₁"),
    (lambda: labelled(-(x * y), "L"), "L = −(…)"),
    (lambda: _nameless + _nameless, "+"),
    (lambda: _nameless.relu(), "ReLU"),
    (lambda: (x * y).tanh(), "tanh"),
    (lambda: labelled((x * y).tanh(), "t"), "t = tanh(…)"),
    (lambda: x + 2.5, "x₁ + 2.5"),
    (lambda: 0.1234567 * x, "0.1235·x₁"),
    (lambda: x**2, "x₁²"),
    (lambda: _nameless**2, "(…)²"),
    (lambda: x.identity(), "x₁"),
    (lambda: _nameless, "input"),
    (lambda: Value(1.0, role="parameter"), "parameter"),
    (lambda: computed(ADDED, (x, y, x)), "x₁ + y + x₁"),
    (lambda: computed(ADDED, (x, _nameless, _nameless)), "+"),
    (lambda: computed(ADDED, [x] * 20 + [y]), "x₁ + … + y"),
    (lambda: nn.Neuron(3)([x, y, _nameless]).parents[0], "w·x + b"),
    (lambda: Value(9.0, (x,), (6.0,)), "recorded(x₁)"),
    (lambda: Value(9.0, (x, y), (1.0, 1.0), _op="+"), "+(x₁, y)"),
    (lambda: labelled(Value(1.0), "a" * 100_000 + "17"), "aaaaaaaaaaaa…aaaaaaaaa₁₇"),
    (lambda: Value(1.0, label="∂a/bc2"), "∂a/bc2"),
    (lambda: Value(1.0, label="y\u0302"), "ŷ"),
]


@pytest.mark.parametrize(("make", "title"), TITLES, ids=[title for _, title in TITLES])
def test_titles(make, title):
    assert titles(draw(make()))[-1] == title


def test_the_whole_formula_of_a_long_title_is_in_the_tooltip():
    source = draw(computed(ADDED, [x] * 8 + [y])).source
    assert "x₁ + … + y" in source
    assert f"v₁ = {' + '.join(['x₁'] * 8)} + y: data=19.0" in source
    assert "v₂ = 0.1·x₁: data=0.2 " in draw(0.1 * x).source


def test_a_constant_is_one_grey_cell_with_its_number():
    two = Value(2.5, role="constant")
    figure = draw(x * two + two, names={})
    (line,) = (line for line in statements(figure.source).values() if 'class="value constant"' in line)
    assert line.count("<TD") == 1 and ">2.5<" in line
    row = draw(after_backward(lambda: x * 2.5)).source
    assert (
        row.count(">2.5<") == 1 and 'class="value constant"' not in row and len(re.findall(">grad [^a-z]+<", row)) == 2
    )
    named = said(draw(x * Value(2.5, label="k", role="constant")).source)
    assert "k 2.5 ∂ 2 data 5" in named


def test_roles():
    w, three = parameter(1.0, "w"), Value(3.0, role="constant")
    lines = statements(draw(w * x + three * w * x + three).source)
    classes = [re.search(r'class="value (\w+)"', line)[1] for name, line in lines.items() if name[0] == "v"]
    assert sorted(set(classes)) == ["constant", "input", "loss", "operation", "parameter"]
    root = [line for line in lines.values() if 'class="value loss"' in line]
    assert len(root) == 1 and "#A33E00" in root[0]
    assert 'class="value input"' in draw(x).source  # a root that was not computed is no loss


def test_numbers_have_a_real_minus_and_the_digits_asked_for():
    root = after_backward(lambda: Value(-1.23456789, label="x") * Value(1.0, role="parameter", label="w"))
    assert ">−1.235<" in draw(root).source and ">−1.23456789<" in draw(root, digits=9).source
    assert ">1<" in draw(root).source and "data=-1.23456789 " in draw(root).source


def test_names_label_what_has_no_label():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    assert titles(draw(c, names=locals()))[-1] == "c = a·b"
    assert titles(draw(c, names={}))[-1] == "×"
    assert titles(draw(c))[-1] == "c = a·b"


def test_cards_are_declared_in_the_order_of_reading():
    declared = titles(draw((x * y + _nameless) / Value(7.0, label="n")))
    assert declared == ["x₁·y", "+", "…/n"]
    again = titles(draw((x * y + y) / x))
    assert again == ["x₁", "y", "x₁·y", "… + y", "…/x₁"]


@each_engine
def test_cards_of_a_scope_stand_in_one_frame(engine):
    svg = drawn(draw(network(), id="p-"), engine)
    frames = [group for group in svg.iter(f"{SVG}g") if group.get("class") == "cluster"]
    assert sorted(text for text in texts(svg) if text in ("Hidden h₁", "Hidden h₂", "Output")) == [
        "Hidden h₁",
        "Hidden h₂",
        "Output",
    ]
    assert {str(frame.get("id")) for frame in frames} == {"p-scope0", "p-scope1", "p-scope2"}
    inputs = [line for line in statements(draw(network()).source).values() if 'class="value input"' in line]
    assert inputs and all(line.startswith("\tv") for line in inputs)  # frames hold computed values only


@each_engine
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_the_whole_name_of_a_frame_is_in_its_tooltip(engine, direction):
    names = [f"block {'a' * length} {end}" for length, end in ((40, "one"), (40, "two"), (100_000, "<three>"))]
    root = Value(1.0, label="x")
    for name in names:
        with scope(name):
            root = (root * 2).tanh()
    found = drawn(draw(root, level="op", direction=direction), engine)
    told = [each for each in tooltips(found).values() if each.startswith("block")]
    assert sorted(set(told)) == sorted(names)
    shown = [text for text in texts(found) if text.startswith("block")]
    assert len(shown) == 3 and all("…" in text and len(text) < 50 for text in shown)


def test_a_worked_sheet_is_drawn_with_its_title():
    run = SimpleNamespace(root=network(), title="Two <b>inputs</b> & one loss")
    assert "Two &lt;b&gt;inputs&lt;/b&gt; &amp; one loss</FONT></B>" in draw(run).source
    assert draw(SimpleNamespace(root=run.root)).source == draw(run.root).source


# ── sizes ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cards", [1, 2, 60, 61, 150, 151, 1000])
def test_every_size_is_drawn_and_large_ones_say_so(cards):
    root = after_backward(lambda: chain(cards + 1))  # whose leaf is a row
    figure = draw(root, level="op")
    assert f"{cards:,} card{'s' * (cards > 1)}, {cards - 1:,} wire{'s' * (cards != 2)}, 1 row>" in repr(figure)
    assert ("nodesep=0.12" in figure.source) == (cards > 60)
    assert bool(re.search(r"ranksep=0\.35\b", figure.source)) == (cards > 60)
    assert bool(re.search(">data [^:]*<", figure.source)) == (cards <= 60)
    assert (f"This picture is large: {cards:,} boxes." in said(figure.source)) == (cards > 150)
    assert len(tooltips(ET.fromstring(figure.pipe()))) == 2 * cards + 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: labelled(chain(1202), "deep"), "deep makes 1,201 boxes and 1,200 wires, "),
        (lambda: chain(100_000), "the graph makes 99,999 boxes"),
        (lambda: computed(ADDED, [chain(2)] * 5001), "the graph makes 2 boxes and 5,001 wires, "),
    ],
)
def test_what_nobody_could_read_is_refused(make, message):
    with pytest.raises(GraphError, match=f"^{message}.*at most 1,200 and 5,000; draw a part of it: any value inside"):
        draw(make(), level="op")


@each_direction
@each_engine
def test_a_leaf_with_very_many_uses_has_rows_and_no_wires(engine, direction):
    w = parameter(1.001, "w")
    y = Value(0.5, label="x")
    for _ in range(1000):
        y = y * w
    y.backward()
    figure = draw(y, level="op", direction=direction)
    assert repr(figure) == "<picture of y: 1,001 cards, 999 wires, 1,001 rows>"
    shares = [float(each.replace("−", "-")) for each in re.findall(r"grad \+= (\S+?)<", figure.source)]
    assert len(shares) == 1000 and sum(shares) == pytest.approx(w.grad, rel=5e-3)
    assert "a row of 1,000 cards" in texts(drawn(figure, engine))


def test_a_card_with_very_many_inputs_folds_those_in_its_middle():
    leaf = Value(2.0, label="x")
    figure = draw(computed(ADDED, [leaf] * 5001))
    assert figure.source.count("grad +=") + figure.source.count("grad –") > 15 and "… 4,986 more: ∂ 1" in said(
        figure.source
    )
    tanhs = [Value(float(i), label=f"x{i}").tanh() for i in range(20)]
    for direction, ports in (("LR", "w"), ("TB", "n")):
        source = draw(computed(ADDED, tanhs), direction=direction).source
        assert len(re.findall(rf"-> v40:i\d+:{ports} ", source)) == 15
        assert len(re.findall(rf"-> v40:more:{ports} ", source)) == 5 and source.count('PORT="more"') == 1


# ── every label is harmless ────────────────────────────────────────────────────────────────

NASTY = [
    "", " ", "\x00", "a\x00b\x1f", "<b>bold</b>", "</script><script>alert(1)</script>", "&nosuch;", "&#0;", "&amp;lt;", '"', "'",
    "\\", "\\N \\G \\L \\n", '\\"', "a\\", "{a|b}", "%s {0} {} %(x)d", "]]>", "-->", "--", "<>", "<", "javascript:alert(1)", "\ud800",
    "\ufffe\uffff\ufdd0", "\u202eevil\u2066", "\u2028\u2029\x85\x0b", "é\u0301\u0301" * 50, "x" * 100_000, "\n" * 100, "日本語🙂👩‍👩‍👧", "שלום عربى",
    "$(id) `id`", "digraph { a -> b }", "\t]; x [label=\"", "∂", "∂L", "∂/", "…", "(…)", "graph", "v0", "\U0010ffff",
]  # fmt: skip
LABELS = st.text(st.characters() | st.sampled_from("\\\"<>&;{}|#'\n\x00%-]"), max_size=40)


def with_labels(first: str, second: str) -> Value:
    """A graph that shows labels wherever one can stand."""
    a, b = Value(2.0, label=first), parameter(3.0, second)
    with scope(first):
        c = labelled(a * b, second)
    with scope(second):
        d = (c + a).tanh()
    root = labelled(Value(1.0, (d, b), (0.5, 2.0), _op=first), first)
    root.backward()
    return root


@each_engine
@given(first=LABELS, second=LABELS)
@settings(max_examples=60, deadline=None)
@example("&nosuch;\\N", "</script>")
@example("", "]")
def test_every_label_makes_a_picture(engine, first, second):
    root = with_labels(first, second)
    for direction in ("TB", "LR"):
        svg = drawn(draw(SimpleNamespace(root=root, title=second), direction=direction), engine)
        assert len([each for each in tooltips(svg) if each[0] != "s"]) == 6 + 7  # but for those of frames
        assert all(element.tag.startswith(SVG) and "script" not in element.tag for element in svg.iter())


@each_engine
@pytest.mark.parametrize("label", NASTY, ids=range(len(NASTY)))
def test_nasty_labels_make_a_picture(label, engine):
    svg = drawn(draw(SimpleNamespace(root=with_labels(label, label * 2), title=label)), engine)
    assert len([each for each in tooltips(svg) if each[0] != "s"]) == 6 + 7  # but for those of frames
    assert not [text for text in texts(svg) if len(text) > 1000]


@each_engine
@pytest.mark.parametrize(
    "label", ["<b>", "{x|y}", "a & b", "&amp;", '"q"', "\\N", "a\\\\b", "%s{0}", "</script>", "ŷ", "日本"]
)
def test_a_label_is_shown_as_it_was_given(label, engine):
    svg = drawn(draw(Value(1.0, label=label)), engine)
    assert label in texts(svg)
    assert tooltips(svg)["v0"] == f"{label}: data=1.0 grad=–"


@each_engine
def test_a_shortened_name_stands_whole_and_once_where_a_pointer_asks(engine):
    """That of a leaf, too, be it a row or a card: escaped, and in no other place."""
    longer = ("x" * 100_000, "<" * 3000, "&" * 2000 + "END", "é\u0301" * 500, "\U0001f9e0" * 300, "]\\G'\"" * 300)
    for ending in ("goes_on_and_on_" * 12, '</title><script>alert("x")</script>&amp; \\N ' * 4, *longer):
        names = {each: f"{each} {ending}{each}".strip() for each in ("row", "shared", "inner", "loss")}
        row, shared = (Value(2.0, label=names[each]) for each in ("row", "shared"))
        inner = row * shared
        inner.label = names["inner"]
        root = (inner + shared).tanh()
        root.label = names["loss"]
        for level in ("op", "named", "fold"):
            svg = drawn(draw(root, level=level), engine)
            said = list(tooltips(svg).values())
            for name in names.values():
                assert [each.startswith((f"{name}:", f"{name} =")) for each in said].count(True) == 1, (level, name)
                assert not [each for each in texts(svg) if name in each]


@given(LABELS)
@example("\ud800\ufffe\x00 a\u202e")
def test_text_on_cards_is_text_that_xml_allows(label):
    for text in (card.shown(label), card.plain(label)):
        ET.fromstring(f"<a>{html.escape(text)}</a>".encode())
        assert not {*text} & {
            *"\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f"
        }  # would turn what stands around it
        assert len(text) <= 300 and bool(text) == bool(label) and len(text.splitlines()) <= 1


@each_engine
@each_direction
def test_infinities_and_nan_are_drawn(engine, direction):
    svg = drawn(draw(after_backward(kinks), direction=direction), engine)
    assert {"∞", "NaN", "∂ NaN", "∂ ∞", "−∞"} & {*texts(svg)} >= {"NaN", "∂ ∞"}


@pytest.mark.parametrize("name", OPS)
def test_every_operation_is_drawn(name):
    operation = OPS[name]
    values = [Value(0.5, label=f"x{i + 1}") for i in range(len(operation.stable.inputs))]
    settings = [2.0 if value is None else value for value in operation.fixed.values()]
    root = computed(operation.at(*settings) if settings else operation, values)
    root.backward()
    assert len(uses(draw(root).source)) == len(values)
    assert "x₁" in titles(draw(root))[-1]


# ── DOT text ───────────────────────────────────────────────────────────────────────────────


@each_graph
def test_the_same_graph_gives_the_same_text(make):
    root = make()
    texts = [draw(each, names={}).source for each in (root, root, copy.deepcopy(root))]
    assert texts[0] == texts[1] == texts[2]


def test_other_processes_give_the_same_text():
    program = "from drawings import network; from microgrid import draw; print(ascii(draw(network()).source))"
    assert written_alike(program) == (ascii(draw(network()).source) + os.linesep).encode()


@each_engine
@each_graph
def test_pictures_with_ids_of_their_own_can_share_a_page(make, engine):
    one, other = (
        [element.attrib["id"] for element in drawn(draw(make(), id=id), engine).iter() if "id" in element.attrib]
        for id in ("one-", "other.")
    )
    assert len(one) == len(set(one)) == len(other) and not {*one} & {*other}
    assert all(re.match(r"(a_)?one-", each) for each in one)


@each_engine
def test_only_presentation_attributes_on_a_transparent_ground(engine):
    svg = drawn(draw(after_backward(network)), engine)
    assert not [
        element for element in svg.iter() if element.tag in (f"{SVG}style", f"{SVG}script") or "style" in element.attrib
    ]
    (ground,) = svg.findall(f"{SVG}g")
    assert not ground.findall(f"{SVG}polygon")


# ── the figure: files, notebooks, micrograd's names ────────────────────────────────────────


def test_it_is_the_conventional_digraph():
    figure = draw(network())
    assert isinstance(figure, graphviz.Digraph) and figure.format == "svg"
    assert figure.source.startswith("digraph microgrid {") and str(figure) == figure.source
    assert figure.copy().source == figure.source
    assert figure.pipe().startswith(b"<?xml") and figure.pipe(encoding="utf-8").startswith("<?xml")
    assert figure.pipe("png").startswith(PNG) and figure.pipe(format="png").startswith(PNG)
    assert repr(figure) == "<picture of L: 19 cards, 20 wires, 9 rows>"


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.svg", b"<?xml"),
        ("a.PNG", PNG),
        ("new/a.svg", b"<?xml"),
        ("a.dot", b"digraph"),
        ("a.gv", b"digraph"),
        ("a", b"digraph"),
    ],
)
def test_save_knows_the_format_by_the_suffix(tmp_path, name, start):
    figure = draw(network())
    for path in (tmp_path / name, str(tmp_path / name)):
        assert Path(save(figure, path)) == Path(path)
        assert Path(path).read_bytes().startswith(start)
    assert figure.save(name, tmp_path) == str(tmp_path / name)


@pytest.mark.graphviz
def test_pdf(tmp_path):
    assert Path(save(draw(network()), tmp_path / "a.pdf")).read_bytes().startswith(b"%PDF")


def test_save_refuses_other_suffixes(tmp_path):
    with pytest.raises(RenderError, match=r"^a picture is saved as svg, png, pdf, dot or gv, not as jpg: .*a\.jpg$"):
        save(draw(network()), tmp_path / "a.jpg")
    assert list(tmp_path.iterdir()) == []


def test_render_writes_the_text_and_the_picture_beside_it(tmp_path):
    figure = draw(network())
    assert Path(figure.render("net", tmp_path)) == tmp_path / "net.svg"
    assert (tmp_path / "net").read_text(encoding="utf-8") == figure.source
    assert Path(figure.render(tmp_path / "other.gv", format="png", cleanup=True)) == tmp_path / "other.gv.png"
    assert Path(figure.render(outfile=tmp_path / "out.png")).read_bytes().startswith(PNG)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["net", "net.svg", "other.gv.png", "out.gv", "out.png"]


def test_a_notebook_gets_svg_and_png_and_text():
    figure = draw(network())
    bundle = figure._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<?xml") and bundle["image/png"].startswith(PNG)
    assert bundle["text/plain"] == repr(figure) and len(bundle) == 3
    assert list(figure._repr_mimebundle_(include=["image/png"])) == ["image/png"]
    assert set(figure._repr_mimebundle_(exclude=["image/png"])) == {"image/svg+xml", "text/plain"}


def test_a_notebook_without_an_engine_gets_the_reason(monkeypatch):
    monkeypatch.setattr(render, "engines", lambda: iter(["/no/such/engine"]))
    bundle = draw(network())._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert re.match(
        r"<picture of L: 19 cards, 20 wires, 9 rows>\nno Graphviz engine could draw the (svg|png)", bundle["text/plain"]
    )


def test_draw_dot_is_the_picture_from_left_to_right(tmp_path):
    root = network()
    assert draw_dot(root).source == draw(root, direction="LR").source
    assert draw_dot(root, rankdir="TB").source == draw(root).source
    assert Path(draw_dot(root, format="png").render(tmp_path / "gout")).read_bytes().startswith(PNG)
    with pytest.raises(RenderError, match="'pngg'; did you mean 'png'"):
        draw_dot(root, "pngg")


@each_graph
def test_trace_is_the_one_of_micrograd(make):
    root = make()
    nodes, edges = set(), set()

    def build(value):  # as in micrograd's notebook
        if value not in nodes:
            nodes.add(value)
            for child in value._prev:
                edges.add((child, value))
                build(child)

    build(root)
    assert trace(root) == (nodes, edges)


# ── mistakes ───────────────────────────────────────────────────────────────────────────────

MISTAKES = [
    (dict(direction="lr"), "direction 'lr'; did you mean 'LR'?"),
    (dict(direction="sideways"), "direction 'sideways'; there are TB (top down) and LR (left to right)"),
    (dict(theme="drak"), "theme 'drak'; did you mean 'dark'?"),
    (dict(legend="x"), "legend 'x'; there are full, compact, none"),
    (dict(fit=(0, 7)), "fit (0, 7) is no size; it is (width, height) in inches from 1 to 200: (13.3, 7.5)"),
    (dict(digits=0), "0 digits; a number is shown with 1 to 17"),
    (dict(digits=2.5), "2.5 digits; a number is shown with 1 to 17"),
    (dict(id="1st"), "'1st' cannot begin an id; a letter comes first, then letters, digits, '-', '_' and '.'"),
    (dict(id='a"b'), "'a\"b' cannot begin an id; a letter comes first, then letters, digits, '-', '_' and '.'"),
    (
        dict(target=3.0),
        "a Value can be drawn, or what has one as its root, not float; max(0, v) is the plain 0 where v is below, v.max(0) a Value",
    ),
    (dict(target=[x]), "a Value can be drawn, or what has one as its root, not list; draw its elements one by one"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistakes_are_named(arguments, message):
    with pytest.raises(GraphError) as caught:
        draw(**{"target": x, **arguments})
    assert str(caught.value) == message


def test_importing_the_picture_does_not_import_graphviz():
    program = "import sys, microgrid, microgrid.picture; print('graphviz' in sys.modules)"
    folder = Path(__file__).parents[2]
    assert (
        subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


@pytest.mark.parametrize("marked", [(), ("slip",), ("carried", "slip")])
@pytest.mark.parametrize(("direction", "words", "inputs"), [*itertools.product(["TB", "LR"], [True, False], range(7))])
def test_every_card_is_a_table_that_graphviz_reads(direction, words, inputs, marked):
    marks = tuple(card.Mark("data", verdict, "<1>") for verdict in marked)
    leaf, inner = card.Card("x", "x", "input", 1.0, 2.0, marks=marks), card.Card("h", "h", "operation", 1.0)
    slots = tuple((i % 2, float(i)) for i in range(inputs))
    shown = card.Card("n", "t", "operation", 1.0, 2.0, slots, notes=("4 parameters",), marks=marks)
    rows = leaf_rows.LeafRows({(2, slot): 0 for slot in range(0, inputs, 2)}, frozenset({0}))
    chosen = look.Look(direction, 4, "", words, True, 0.2, 0.4)
    table = ET.fromstring(box.table(box.Cards([leaf, inner, shown], rows, chosen, Counter({0: 1})), 2)[1:-1])
    if marks:  # a frame around the card
        assert ("dashed" in table.attrib.values()) == ("slip" not in marked)
        table = table[0][0][0]
    assert len([each for each in table.iter("TD") if each.get("PORT")]) == inputs // 2
    assert len([each for each in table.iter("TD") if each.get("ID", "").startswith("e2_")]) == (inputs + 1) // 2
    assert all(each.get("WIDTH") for each in table.iter("TD") if each.text or (len(each) and each[0].tag != "TABLE"))
    for each in [table, *table.iter("TABLE")]:
        lines = [list(row) for row in each]
        assert all(lines)
        widths = {sum(int(cell.get("COLSPAN", 1)) for cell in row) for row in lines}
        assert len(widths) == 1 or inputs == 0  # neither holes nor overlaps; a leaf is one row above its marks


def test_a_graph_is_drawn_with_the_numbers_it_holds():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    graph = Graph(y)
    assert draw(graph).source == draw(y).source
    other = draw(graph.replayed({x: 7.0})).source
    assert ">data 49<" in other and ">data 9<" not in other and x.data == 3.0
    assert draw(Snapshot(graph, None, "A square")).source == draw(SimpleNamespace(root=y, title="A square")).source


# ── what nothing uses, and what is closed ──────────────────────────────────────────────────


@pytest.mark.parametrize("level", ["op", "named"])
@pytest.mark.parametrize("keyword", ["input", "target", "param"])
def test_an_input_that_nothing_uses_is_drawn(keyword, level):
    run = Sheet.parse(f"param w = 2\n{keyword} spare = 3\nrate η = 0.1\na = 2*w\nL = a^2\nb = L*3\nupdate η").run()
    figure = draw(run, level=level)
    assert "spare" in titles(figure) and "spare: data=3.0 grad=0.0" in figure.source
    assert "spare" not in "".join(run.outside(Graph(run.root, beside=run.beside)))
    assert "η" not in figure.source  # it stands where it is used
    assert figure.source.count('class="value') + len(leaves(figure.source)) == len(
        Graph(run.root, beside=run.beside).view(level)
    )


def test_a_closed_branch_says_so_where_its_slope_is_no_number():
    closed = {
        "param v = 0\nu = sqrt(v)\nm = max(u, 0.1)\nL = 3*m": "∂ ∞, closed",
        "param v = 0\nu = log(-1 - v)\nm = relu(-1)*2 + v\nr = step(u)\nL = m + r": "∂ NaN, closed",
    }
    for lines, words in closed.items():
        figure = draw(Sheet.parse(lines).run(), level="op")
        assert words in figure.source and "the branch is closed and sends nothing back" in figure.source
    opened = draw(Sheet.parse("param v = 0\nu = sqrt(v)\nL = 3*u").run(), level="op").source
    assert "∂ ∞" in opened and "closed" not in opened
    beside = draw(Sheet.parse("param v = 0\nu = sqrt(v)\nm = 2*u\nL = 3*v\nloss L").run(), level="op").source
    assert "∂ ∞" in beside and "closed" not in beside and "it does not lead to the loss" in beside
