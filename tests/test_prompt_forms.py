"""What shows at a prompt and in a notebook: one good line, and the beautiful form; harmless whatever a label says."""

from __future__ import annotations

import ast
import copy
import json
import os
import pickle
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from outside import ROOT

from microgrid import (
    Cursor,
    Graph,
    Program,
    Sheet,
    Value,
    audit,
    draw,
    explain,
    fit,
    gradcheck,
    matrices,
    nn,
    page,
    steps,
)
from microgrid.answers import check
from microgrid.training.history import Epoch, History

OLD = ROOT / "tests" / "data" / "before_wings"
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "closing": '</td></table></pre>"><img src=x onerror=alert(1)>',
    "backticks": "``` `a` | b |\n| - | - |\n# c",
    "newlines": "first\r\nsecond\u2028third",
    "markup": "[bold red]$x$ \\alpha{ & % #",
    "letters": "∂ŷ " * 40,
    "controls": "a\x00b\x1b[31mc\u202e",
}
LABELS = {"plain": "loss", **HOSTILE}


def computation(label):
    """A loss, a weight and an input of that name."""
    w, x = Value(2.0, label=f"{label} w"), Value(3.0, label=label)
    loss = (w * x).tanh() * w
    loss.label = f"{label} L"
    loss.backward()
    return w, loss


def audited(label):
    """A claimed gradient of that loss."""
    w, loss = computation(label)
    return audit(loss, {"dw": (w, 1.0)})


def derived(w, loss):
    return explain(loss, wrt=w)


def trained(label):
    model = nn.MLP(2, [3, 1], seed=1, labels=True)
    history = fit(model, [[0, 1], [1, 0]], [0.0, 1.0], epochs=30, validation=([[1, 1]], [1.0]))
    history.stopped += label
    return history


def network_in_matrices(sizes):
    model = nn.MLP(2, sizes, activation="sigmoid", seed=1)
    out = model([0.5, 0.1])
    (out**2).backward()
    return matrices(model)


def sheet(label):
    title = " ".join("".join(each for each in label if each.isprintable() or each == " ").split())
    name = f"/tmp/{label}.sheet"
    return Sheet.parse(f"title {title}\nparam w = 2\ninput x = 3\nŷ = w*x\nL = ŷ^2\ndL/dw ~= 36\nupdate 0.1\n", name)


def program(label):
    w, loss = computation(label)
    return Program(loss, [leaf for leaf in Graph(loss).leaves if leaf is not w], [w])


# What is looked at, by a word that its line says: made from a label.
THINGS = {
    "Derivation": lambda label: derived(*computation(label)),
    "Derivation of the backward pass": lambda label: explain(computation(label)[1]),
    "Sheet": sheet,
    "Run": lambda label: sheet(label).run(),
    "Round": lambda label: sheet(label).run().rounds[0],
    "Answer": lambda label: check(sheet(label).run())[0],
    "Graph": lambda label: Graph(computation(label)[1]),
    "Tape": lambda label: steps(computation(label)[1]),
    "Round 1": lambda label: steps(computation(label)[1]).rounds[0],
    "Cursor": lambda label: Cursor(steps(computation(label)[1]), 2),
    "Check": lambda label: gradcheck(lambda x: x * x, {label: 3.0}),
    "Report": audited,
    "Comparison": lambda label: gradcheck(lambda x: x * x, {label: 3.0}).rows[0],
    "History": trained,
    "History of no epoch": lambda label: History(stopped=label),
    "Program": program,
    "Plan": lambda label: program(label).plan,
    "matrices": lambda label: network_in_matrices([3, 1]),
    "matrices of a network": lambda label: network_in_matrices([2] * 30 + [1]),
    "matrices of layer": lambda label: network_in_matrices([3, 1])[0],
    "picture": lambda label: draw(computation(label)[1]),
    "page": lambda label: page(computation(label)[1]),
}
each_thing = pytest.mark.parametrize("thing", THINGS)
each_label = pytest.mark.parametrize("label", LABELS.values(), ids=list(LABELS))


# ── one line ───────────────────────────────────────────────────────────────────────────────


@each_label
@each_thing
def test_the_line_says_what_it_is(thing, label):
    line = repr(THINGS[thing](label))
    assert line.startswith(f"<{thing}")
    assert line.endswith(">")
    assert len(line) <= 100
    assert line.isprintable()


LINES = {
    "Derivation": "<Derivation of ∂loss L/∂loss w = 1.00014 at level named, 1 step>",
    "Derivation of the backward pass": "<Derivation of the backward pass of loss L at level named, 2 steps>",
    "Sheet": "<Sheet loss.sheet: 2 numbers, 2 equations, 1 check, 1 update>",
    "Run": "<Run of loss: 2 rounds, L = 36 → 23.04>",
    "Round": "<Round 1 of loss: 4 values, L = 36>",
    "Answer": "<Answer in line 6: dL/dw = 36, exact>",
    "Graph": "<Graph of loss L: 5 values, 5 edges>",
    "Tape": "<Tape of loss L: 14 steps>",
    "Round 1": "<Round 1 of loss L: 5 values>",
    "Cursor": "<Cursor at 2 of 14 on <Tape of loss L: 14 steps>>",
    "Check": "<Check of 1 derivative: 1 right>",
    "Comparison": "<Comparison by loss: right, recorded 6, differences 6>",
    "History of no epoch": "<History of no epoch: loss>",
    "matrices": "<matrices of a network: 2 → 3 → 1>",
    "matrices of a network": "<matrices of a network: 2 → 2 → 2 → 2 → 2 → 2 → 2 → … → 1>",
    "matrices of layer": "<matrices of layer 1: 2 → 3, sigmoid>",
    "picture": "<picture of loss L: 4 cards, 4 wires, 1 row>",
    "page": "<page 'loss L, step by step': op, named>",
}


@pytest.mark.parametrize(("thing", "line"), LINES.items())
def test_the_line_itself(thing, line):
    assert repr(THINGS[thing]("loss")) == line


@pytest.mark.parametrize(("updates", "lines"), [(0, [""]), (2, [" 1", " 2", " 3"])])
def test_a_round_says_which_it_is_where_a_sheet_has_several(updates, lines):
    run = Sheet.parse("param w = 2\nL = w^2\n" + "update 0.1\n" * updates, "a.sheet").run()
    assert [repr(each).partition(" of ")[0] for each in run.rounds] == [f"<Round{line}" for line in lines]
    assert repr(run.sheet.at({"w": 2.0})) == "<Round of a.sheet: 2 values, L = 4>"


# ── in a notebook ──────────────────────────────────────────────────────────────────────────

FORMS = {
    "_repr_html_": {"Run", "Round", "Graph", "Tape", "Check", "History", "History of no epoch", "Plan"},
    "_repr_svg_": {"Graph"},
    "_repr_markdown_": {"Derivation", "Derivation of the backward pass", "Report"},
    "_repr_latex_": {"Derivation", "Derivation of the backward pass", "matrices", "matrices of a network"},
    "_repr_mimebundle_": {"picture", "page"},
}


@pytest.mark.parametrize("form", FORMS)
def test_who_has_a_beautiful_form(form):
    assert {thing for thing in THINGS if hasattr(THINGS[thing]("loss"), form)} == FORMS[form]


def test_every_class_with_a_beautiful_form_is_looked_at():
    nodes = (node for path in (ROOT / "microgrid").rglob("*.py") for node in ast.walk(ast.parse(path.read_bytes())))
    there = {
        (kind.name, method.name)
        for kind in nodes
        if isinstance(kind, ast.ClassDef)
        for method in kind.body
        if isinstance(method, ast.FunctionDef) and method.name.startswith("_repr_")
    }
    seen = {(type(THINGS[thing]("loss")).__name__, form) for form in FORMS for thing in FORMS[form]}
    assert there == seen


EVERY_FORM = """
import json, sys
sys.path.insert(0, "tests")
from microgrid.engine import graph
from test_prompt_forms import FORMS, THINGS

found = {f"{thing} {form}": getattr(THINGS[thing]("∂ŷ → σ′ − 损"), form)() for form in FORMS for thing in FORMS[form]}
graph.PICTURED = 0
found["Graph in a table"] = THINGS["Graph"]("∂ŷ → σ′ − 损")._repr_html_()
for bundle in found.values():
    if isinstance(bundle, dict):  # its line is written on standard output, and PNG is made of bytes
        bundle.pop("text/plain"), bundle.pop("image/png")
print(json.dumps(found))
"""


@cache
def forms(encoding):
    """Every form of every thing, where standard output has that encoding."""
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-c", EVERY_FORM]
    return json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environment).stdout)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_a_notebook_shows_does_not_depend_on_standard_output(encoding):
    found, wanted = forms(encoding), forms("utf-8")
    assert {name for name in wanted if found[name] != wanted[name]} == set()
    assert "→" in wanted["History _repr_html_"] and "∂ŷ" in wanted["Graph in a table"]


@each_label
def test_a_small_graph_is_seen_as_its_picture(label):
    graph = THINGS["Graph"](label)
    root = ElementTree.fromstring(graph._repr_svg_())
    assert root.tag.endswith("svg") and not [each for each in root.iter() if each.tag.endswith("script")]
    assert graph._repr_html_() is None  # which would be shown instead
    changed = graph.replayed({graph.leaves[0]: 0.125})
    assert "0.125" in changed._repr_svg_() and "0.125" not in graph._repr_svg_()


def chain(length):
    y = Value(1.0, label="x")
    for _ in range(length - 1):
        y = y.tanh()
    return Graph(y)


def test_a_large_graph_is_seen_as_a_table():
    small, large = chain(40), chain(41)
    assert small._repr_svg_() and small._repr_html_() is None
    assert large._repr_svg_() is None and large._repr_html_().startswith("<table>")


def test_a_graph_that_nothing_can_draw_is_seen_as_a_table(monkeypatch):
    monkeypatch.setattr("microgrid.picture.render.engines", lambda: iter(()))
    graph = THINGS["Graph"]("loss")
    assert graph._repr_svg_() is None and graph._repr_html_().startswith("<table>")


@pytest.fixture
def no_pictures(monkeypatch):
    """Graphs are shown as tables."""
    monkeypatch.setattr("microgrid.engine.graph.PICTURED", 0)


class Tags(HTMLParser):
    """The tags of a text, each closed by its own; and the words between them."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.open += [tag] * (tag != "img")  # which has no end
        self.seen.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def parsed(text):
    tags = Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    return tags


@each_label
@pytest.mark.parametrize("thing", sorted(FORMS["_repr_html_"]))
def test_html_holds_a_table_and_no_markup_of_others(thing, label, no_pictures):
    tags = parsed(THINGS[thing](label)._repr_html_())
    assert set(tags.seen) <= {"table", "caption", "tr", "th", "td"}
    assert {name for name, _ in tags.attributes} <= {"style", "colspan"}
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u2028]", "".join(tags.words))


CELLS = {
    "Run": ("w", "param", "2", "36"),
    "Round": ("L", "ŷ²", "36", "1"),
    "Graph": ("v₁", "loss w, loss", "6", "4.91531e−5"),
    "Tape": ("2", "forward", "v₂ = tanh(v₁) = tanh(6) = 1"),
    "Check": ("loss", "6", "6"),
    "History": ("30",),
    "Plan": ("1", "mul", "V[1]", "F[0], V[0]"),
}


@pytest.mark.parametrize(("thing", "cells"), CELLS.items())
def test_a_row_of_the_table(thing, cells, no_pictures):
    text = THINGS[thing]("loss")._repr_html_()
    rows = [parsed(row).words for row in re.findall("<tr>.*</tr>", text)]
    assert any(tuple(row[: len(cells)]) == cells for row in rows), rows


def test_a_run_shows_a_table_for_each_round_and_of_many_only_some():
    text = "param w = 2\nL = w^2\n" + "update 0.1\n" * 9
    shown = Sheet.parse(text).run()._repr_html_()
    assert re.findall("round [0-9]+ of [0-9]+", shown) == [f"round {n} of 10" for n in (1, 2, 3, 10)]


def test_of_a_long_table_the_first_rows_and_the_last():
    history = History([Epoch(1 / n, 0.5, ()) for n in range(1, 1001)], stopped="all done")
    rows = re.findall("<tr>.*</tr>", history._repr_html_())
    numbers = [parsed(row).words[0] for row in rows]
    assert numbers == ["epoch", *map(str, range(1, 18)), "… 980 more", "998", "999", "1,000"]


def test_a_check_has_real_minus_signs():
    html = gradcheck(lambda x: -x * x / 1e6, {"x": 3.0})._repr_html_()
    assert ">−6e−6<" in html and "-6" not in html


def test_of_a_long_plan_the_first_groups_and_the_last():
    x = y = Value(1.0, label="x")
    for _ in range(500):
        y = (y * x).tanh()
    plan = Program(y, [x], [], native=False).plan
    heading, *lines, engine = str(plan).splitlines()
    assert engine == "run by NumPy"
    assert [line.split()[0] for line in lines] == [*map(str, range(1, 18)), "…", "998", "999", "1000"]
    assert (heading[:25], lines[17].strip()) == ("1001 nodes in 1000 groups", "… 980 more")
    rows = [parsed(row).words for row in re.findall("<tr>.*</tr>", plan._repr_html_())]
    assert [row[0] for row in rows[1:]] == [*map(str, range(1, 18)), "… 980 more", "998", "999", "1,000"]
    assert plan.table().splitlines()[:18] == [heading, *lines[:17]] and len(plan.table().splitlines()) == 1002


def test_a_long_tape_is_not_made_to_be_shown():
    x = y = Value(1.0, label="x")
    for _ in range(20_000):
        y = y * 0.5 + x
    tape = steps(y)
    assert len(tape) > 100_000
    assert len(parsed(tape._repr_html_()).seen) < 150


@each_label
def test_a_table_in_markdown_holds_no_markup(label):
    text = THINGS["Report"](label)._repr_markdown_()
    assert not re.search("(?<!\\\\)<[a-zA-Z/!?]", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u2028]", text)
    head, rule, row, blank, _ = text.split("\n")
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in (head, rule, row)] == [4, 4, 4] and not blank


@each_label
@pytest.mark.parametrize("thing", sorted(FORMS["_repr_markdown_"] - {"Report"}))
@pytest.mark.parametrize("form", ["_repr_markdown_", "_repr_latex_"])
def test_formulas_stand_in_blocks_and_hold_no_markup(thing, form, label):
    text = getattr(THINGS[thing](label), form)()
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    assert len(re.findall(r"(?<!\\)\$", text)) == 4 * len(blocks)
    assert not re.search("<[a-zA-Z/!?]", text)
    for block in blocks:
        assert block.startswith("\\begin{aligned}") and block.endswith("\\end{aligned}")
        depth = len(re.findall(r"(?<!\\)\{", block)) - len(re.findall(r"(?<!\\)\}", block))
        assert depth == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u2028]", text)


def test_less_and_greater_stand_in_latex_as_mathematics():
    w, loss = computation("a<b>")
    assert r"\text{a}{<}\text{b}{>}\text{ w}" in explain(loss, wrt=w).latex()


@each_label
@pytest.mark.parametrize("thing", sorted(FORMS["_repr_mimebundle_"]))
def test_pictures_are_svg_and_pages_are_frames(thing, label):
    bundle = THINGS[thing](label)._repr_mimebundle_()
    root = ElementTree.fromstring(bundle["image/svg+xml"])
    assert root.tag.endswith("svg")
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert bundle["text/plain"] == repr(THINGS[thing](label))
    if thing == "page":
        assert {tag for tag in parsed(bundle["text/html"]).seen if tag != "img"} == {
            "iframe",
            "script",
        }  # which tells the frame of the notebook's theme


# ── and what they are does not change ──────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["answers", "derivation", "gradcheck", "history", "matrices", "run", "sheet", "tape"])
def test_pickles_from_before_the_wings_have_their_line_too(name, no_pictures):
    found = pickle.loads((OLD / f"{name}.pickle").read_bytes())
    for each in found if isinstance(found, (list, tuple)) and not hasattr(found, "_repr_html_") else [found]:
        assert len(repr(each)) <= 100 and repr(each)[0] == "<"
        if hasattr(each, "_repr_html_"):
            assert parsed(each._repr_html_()).seen


@pytest.mark.parametrize("thing", [name for name in THINGS if name not in ("picture", "page")])
def test_copies_show_the_same(thing):
    it = THINGS[thing]("loss")
    assert repr(copy.copy(it)) == repr(it)


@pytest.mark.parametrize("thing", [name for name in THINGS if name not in ("Program", "Plan")])
def test_no_line_has_two_blanks_for_a_line_break(thing):
    """Nor one at the end of a label, which is no part of it to a reader."""
    for label in ("first\r\nsecond\n", "<script>alert(1)</script>\n"):
        line = repr(THINGS[thing](label))
        assert "  " not in line and " :" not in line and not line.endswith(" >")
