"""What a maker may choose: themes, a size to fit, legends, exercises; and that no text leaves its box or is struck."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from drawings import (
    LINK,
    SVG,
    after_backward,
    drawn,
    each_direction,
    each_engine,
    labelled,
    network,
    said,
    scored,
    statements,
    texts,
    titles,
)
from sheets import DEMOS, worked

from microgrid import Graph, GraphError, RenderError, Sheet, Value, answers
from microgrid.cli import main
from microgrid.formula import parse
from microgrid.picture import draw, fitting, metrics, render, theme
from microgrid.picture.abridging import fitted

SHEETS = sorted(DEMOS.glob("*.sheet"))


@cache
def run(path: Path):
    return Sheet.read(path).run()


# ── themes ──


def colours(source: str) -> set[str]:
    return set(re.findall(r'="(#[0-9A-Fa-f]{6})"', source))


def test_a_dark_picture_has_the_dark_partner_of_every_colour():
    light, dark = (draw(worked(), theme=each, marks=answers.check(worked())).source for each in ("light", "dark"))
    assert colours(dark) == {theme.dark(each) for each in colours(light)} and not colours(dark) & colours(light)
    assert re.sub("#[0-9A-F]{6}", "", dark) == re.sub("#[0-9A-F]{6}", "", light)


def test_what_a_person_wrote_keeps_its_letters_in_the_dark():
    x = Value(2.0, label='color="#FFFFFF"')
    svg = ET.fromstring(draw(x * x, theme="dark").pipe())
    assert 'color="#FFFFFF"' in texts(svg)


@each_engine
def test_one_that_follows_its_reader_has_both_in_its_svg_and_is_light_elsewhere(engine, monkeypatch):
    monkeypatch.setenv("MICROGRID_DOT", engine)
    run = Sheet.read(DEMOS / "two_input_matrices.sheet").run()
    light, auto = draw(run), draw(run, theme="auto")
    assert light.source == auto.source and light.pipe("png") == auto.pipe("png")
    plain, styled = light.pipe("svg", encoding="utf-8"), auto.pipe("svg", encoding="utf-8")
    style = re.search("<style>(.*?)</style>", styled)[1]
    assert styled.replace(f"\n<style>{style}</style>", "").replace(' class="microgrid"', "") == plain
    rules = dict(re.findall(r'\[\w+="(#\w+)"\] \{\w+: (#\w+)\}', style))
    seen = set(re.findall(r'(?:fill|stroke)="(#\w+)"', plain))
    assert rules == {each: theme.dark(each) for each in seen} and len(seen) > 10
    assert ET.fromstring(styled).get("class") == "microgrid"


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_stands_out_from_its_cell_in_every_theme(name):
    for subject in (worked(), run(DEMOS / "two_input_matrices.sheet"), scored([2, 1])):
        source = draw(subject, theme=name, marks=answers.check(subject) if subject is worked() else ()).source
        for ground, ink in re.findall(r'BGCOLOR="(#\w+)">(?:<B>)?<FONT(?: POINT-SIZE="\d+")? COLOR="(#\w+)"', source):
            assert contrast(ground, ink) >= 4.5, (ground, ink)


# ── a size to fit ──


def smallest(svg: str) -> float:
    scale = float(re.search(r"scale\(([\d.]+)", svg)[1])
    return scale * min(map(float, re.findall(r'font-size="([\d.]+)"', svg)))


@pytest.mark.parametrize("path", SHEETS, ids=[each.stem for each in SHEETS])
def test_every_demo_fits_on_a_slide_with_no_text_under_12_points(path):
    figure = draw(run(path), fit=(13.3, 7.5))
    svg = figure.pipe("svg", encoding="utf-8")
    width, height = (float(each) for each in re.search(r'width="(\d+)pt" height="(\d+)pt"', svg).groups())
    assert width <= 13.3 * 72 + 2 and height <= 7.5 * 72 + 2
    assert 12 <= smallest(svg) + 0.02 <= 29
    words = said(figure.source)
    assert "would be too small to read here" not in words or words.count("One box for each") == 2


@each_engine
def test_both_engines_draw_at_the_size(engine):
    figure = draw(worked(), fit=(13.3, 7.5))
    svg = drawn(figure, engine)
    assert float(svg.get("width").removesuffix("pt")) <= 13.3 * 72 + 12
    assert smallest(ET.tostring(svg, encoding="unicode")) >= 11.8


def test_a_level_that_does_not_fit_is_refused_and_one_that_does_is_named():
    subject = run(DEMOS / "attention.sheet")
    message = r"^at 13\.3 × 7\.5 inches the text would be \d\.\d pt, and 12 is the least; level='(\w+)' fits$"
    with pytest.raises(GraphError, match=message) as caught:
        draw(subject, level="element", fit=(13.3, 7.5))
    figure = draw(subject, level=re.match(message, str(caught.value))[1], fit=(13.3, 7.5))
    assert smallest(figure.pipe("svg", encoding="utf-8")) >= 11.98
    with pytest.raises(GraphError, match=r"is the least; ([\d.]+) × ([\d.]+) would do") as caught:
        draw(worked(), fit=(1, 1))
    across, down = map(float, re.search(r"([\d.]+) × ([\d.]+) would", str(caught.value)).groups())
    assert smallest(draw(worked(), fit=(across, down)).pipe("svg", encoding="utf-8")) >= 11.98


def test_what_is_told_stays_where_it_has_to_fit():
    wide = draw(network(), fit=(30, 20), direction="TB", legend="none")
    assert "rankdir=TB" in wide.source and "data: value" not in said(wide.source)


def test_a_small_picture_is_no_poster():
    x = Value(2.0, label="x")
    assert smallest(draw(x * x, fit=(40, 30)).pipe("svg", encoding="utf-8")) == pytest.approx(fitting.LARGEST, abs=0.2)


# ── legends and titles ──


def test_the_title_is_above_the_cards_and_the_legend_below():
    for direction in ("TB", "LR"):
        svg = ET.fromstring(draw(run(DEMOS / "simple_network.sheet"), direction=direction).pipe())
        heights = [(str(text.text).strip(), float(text.get("y")), text) for text in svg.iter(f"{SVG}text")]
        cards = [y for text, y, _ in heights if text.startswith(("data ", "∂ "))]
        (title,) = (y for _, y, text in heights if float(text.get("font-size")) == 14)
        (keys,) = (y for text, y, _ in heights if text.startswith("∂: local"))
        assert title < min(cards) < max(cards) < keys


@pytest.mark.parametrize(("legend", "lines"), [("full", 3), ("compact", 2), ("none", 0)])
def test_a_legend_may_be_shorter(legend, lines):
    words = said(draw(worked(), legend=legend).source)
    found = ["data: value" in words, "One box for each line" in words, "the sum, over its uses" in words]
    assert sum(found) == lines


def test_a_legend_does_not_make_a_small_picture_wide():
    x = Value(2.0, label="x")
    width = float(ET.fromstring(draw((x * x).tanh()).pipe()).get("width").removesuffix("pt"))
    assert width < 420


# ── exercises ──


@pytest.mark.parametrize("level", ["op", "named", "vector", "fold"])
@each_direction
def test_without_numbers_none_is_there(level, direction):
    inputs = "".join(f"input x{i} = 0.{i}7777\n" for i in range(3))
    run = Sheet.parse(inputs + "param W = [0.87777 0.97777 0.67777]\nx = [x0, x1, x2]\nz = W @ x\nL = z^2").run()
    figure = draw(run, level=level, direction=direction, numbers=False)
    plain = re.sub(r'\b(WIDTH|id|ID|penwidth|weight|PORT|nodesep|ranksep|pad|arrowsize)="?[\w.]+"?', "", figure.source)
    assert not re.findall(r"\d\.\d{2,}|−\d|[=>] ?\d\.\d", plain) and "penwidth=1.00" in figure.source
    assert {"grad", "data"} & set(texts(ET.fromstring(figure.pipe())))


# ── no text leaves its box ──


@cache
def fonts():
    matplotlib = pytest.importorskip("matplotlib")
    from fontTools.ttLib import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return {bold: TTFont(folder / f"DejaVuSans{'-Bold' * bold}.ttf") for bold in (False, True)}


def real_width(text: str, size: float, bold: bool) -> float:
    font = fonts()[bold]
    names, widths, units = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    return sum(widths[names[ord(each)]][0] if ord(each) in names else units for each in text) * size / units


def test_the_measure_is_that_of_the_widest_font():
    for text in ("z₁ = w₁₁·x₁ + w₁₂·x₂ + b₁", "grad −0.03478", "∂ 1.234e−05", "Layer 1 · neuron 12", "ŷ = σ(z)"):
        for bold in (False, True):
            assert 1.0 <= metrics.width(text, 11, bold) / real_width(text, 11, bold) * 1.001 < 1.13, text


def boxes_of(group):
    for polygon in group.iter(f"{SVG}polygon"):
        points = [tuple(map(float, pair.split(","))) for pair in polygon.get("points").split()]
        xs, ys = zip(*points)
        yield min(xs), max(xs), min(ys), max(ys)


def overflowing(svg) -> list[str]:
    """The texts of cards that would leave their cell, were they drawn in DejaVu Sans."""
    found = []
    for group in (each for each in svg.iter(f"{SVG}g") if "value" in each.get("class", "").split()):
        cells = list(boxes_of(group))
        for text in group.iter(f"{SVG}text"):
            x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
            words = str(text.text).replace("\xa0", " ")
            end = x + real_width(words, size, text.get("font-weight") == "bold")
            around = [box for box in cells if box[0] <= x <= box[1] and box[2] <= y <= box[3]]
            narrowest = min(around, key=lambda box: (box[1] - box[0]) * (box[3] - box[2]))
            if end > narrowest[1] + 0.5:
                found.append(f"{words}: {end - narrowest[1]:.1f}")
    return found


@each_engine
def test_no_text_leaves_its_box_where_there_is_only_dejavu(engine):
    for path in SHEETS[engine == render.pure_path() :: 2]:
        figure = draw(run(path), marks=answers.check(run(path)), direction="LR" if len(path.stem) % 2 else "TB")
        assert overflowing(drawn(figure, engine)) == [], path.stem
    for level, direction in (("op", "TB"), ("neuron", "LR"), ("layer", "TB"), ("fold", "LR")):
        assert overflowing(drawn(draw(scored(), level=level, direction=direction), engine)) == [], level


# ── wires strike through no words ──


def curve(path: str, steps: int = 12):
    numbers = [tuple(map(float, pair.split(","))) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", path)]
    for i in range(0, len(numbers) - 3, 3):
        a, b, c, d = numbers[i : i + 4]
        for k in range(steps + 1):
            t = k / steps
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            yield tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d))) for axis in (0, 1))


def struck(svg) -> list[str]:
    """The words outside cards that a wire runs through."""
    parents = {child: parent for parent in svg.iter() for child in parent}
    words = []
    for text in svg.iter(f"{SVG}text"):
        above, inside = text, False
        while above in parents:
            above = parents[above]
            inside = inside or "value" in above.get("class", "").split()
        if not inside and text.text:
            x, y, size = (float(text.get(name)) for name in ("x", "y", "font-size"))
            words.append((x, x + real_width(text.text, size, False), y - size, y + 2, text.text))
    found = []
    for edge in (each for each in svg.iter(f"{SVG}g") if "local" in each.get("class", "").split()):
        points = list(curve(next(edge.iter(f"{SVG}path")).get("d")))
        for left, right, top, bottom, text in words:
            if any(left < x < right and top < y < bottom for x, y in points):
                found.append(text)
    return found


@each_engine
@each_direction
def test_no_wire_runs_through_a_title_a_legend_or_the_name_of_a_frame(engine, direction):
    for path in SHEETS[engine == render.pure_path() :: 2]:
        assert struck(drawn(draw(run(path), direction=direction), engine)) == [], path.stem
    for make in (network, lambda: scored([3, 2]), lambda: scored([3, 2], expanded=True)):
        subject = SimpleNamespace(root=after_backward(make) if make is network else make(), title="A network")
        assert struck(drawn(draw(subject, direction=direction, level="op"), engine)) == []


# ── formulas ──


@pytest.mark.parametrize(
    ("formula", "longest", "text"),
    [
        ("-(y1*log(a1) + (1-y1)*log(1-a1) + y2*log(a2))", 60, "−(y1·ln(a1) + (1 − y1)·ln(1 − a1) + y2·ln(a2))"),
        ("-(y1*log(a1) + (1-y1)*log(1-a1) + y2*log(a2))", 44, "−(y1·ln(a1) + … + y2·ln(a2))"),
        ("-(y1*log(a1) + (1-y1)*log(1-a1) + y2*log(a2))", 24, "−(y1·… + … + y2·ln(a2))"),
        ("a1 - a2 - a3 + a4*a5", 16, "a1 + … + a4·a5"),
        ("softmax(z0, z1, z2, z3, 4)", 44, "softmax(z0, z1, z2, z3) at z3"),
        ("softmax(z0, z1, z2, z3, 4)", 27, "softmax(z0, …, z3) at z3"),
        ("softmax(z0, z1, z2, z3, z4, 3)", 32, "softmax(z0, …, z2, …, z4) at z2"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa*bbbbbbbbbbbbbbbbbbb", 20, "…"),
    ],
)
def test_a_formula_is_cut_at_its_terms(formula, longest, text):
    assert fitted(parse(formula), None, longest) == text


def test_brackets_of_every_title_are_closed():
    for path in SHEETS:
        for title in titles(draw(run(path))):
            assert title.count("(") == title.count(")"), title


def test_a_long_label_is_whole_once_where_a_pointer_asks():
    label = "a name with <b>&quot; " + "very " * 20 + "long"
    x = Value(2.0, label=label)
    for root in (x * x, x.tanh()):  # a card, and a row
        svg = ET.fromstring(draw(root).pipe())
        said_of = [each.get(f"{LINK}title") for each in svg.iter(f"{SVG}a")]
        assert sum(label in (each or "") for each in said_of) == 1


# ── what would take too long ──


def test_where_graphviz_takes_too_long_a_coarser_picture_is_drawn_and_says_so(monkeypatch, tmp_path):
    true_run, drawn_sources = render.run, []

    def slow(engine, command, source):
        drawn_sources.append(source)
        if "By level" not in source:
            raise render.TooSlow("too slow")
        return true_run(engine, command, source)

    monkeypatch.setattr(render, "run", slow)
    svg = draw(worked(), level="op").pipe("svg", encoding="utf-8")
    assert "By level 'op' it would take Graphviz too long." in " ".join(texts(ET.fromstring(svg)))
    assert len(drawn_sources) == 2
    with pytest.raises(RenderError, match="too slow"):
        draw(worked(), level="fold").pipe("svg")


def test_an_engine_has_so_many_seconds(monkeypatch):
    monkeypatch.setattr(render, "SECONDS", 0.0001)
    with pytest.raises(RenderError, match=r"did not draw the picture in 0\.0001 s; a coarser level has fewer boxes"):
        render.rendered(draw(network()).source)


# ── the command ──


def test_the_command_has_the_same_choices(tmp_path, capsys):
    source, one, other = DEMOS / "two_relus.sheet", tmp_path / "a.dot", tmp_path / "b.dot"
    options = ["--theme", "dark", "--legend", "compact", "--fit", "16x9", "--blank", "--round", "2"]
    assert main(["draw", str(source), "-o", str(one), *options]) == 0
    figure = draw(run(source), theme="dark", legend="compact", fit=(16, 9), numbers=False, round=2)
    figure.save(other)
    assert one.read_text(encoding="utf-8") == other.read_text(encoding="utf-8")
    assert draw(run(source), round=2).source == draw(run(source), round_number=2).source
    assert main(["draw", str(source), "-o", str(one), "--fit", "1x1"]) == 2
    assert "at 1 × 1 inches the text would be" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["draw", str(source), "-o", str(one), "--fit", "large"])
    assert "'large' is no width and height in inches, such as 13.3x7.5" in capsys.readouterr().err


# ── large graphs fold ──


def test_any_large_graph_folds_into_a_few_boxes_that_count():
    x = Value(0.5, label="x")
    y = x
    weights = [Value(0.9 + i / 1e5, label=f"w{i}", role="parameter") for i in range(2000)]
    for w in weights:
        y = (y * w).tanh() + 0.01
    loss = labelled(y, "L")
    loss.backward()
    figure = draw(loss)
    boxes = [line for name, line in statements(figure.source).items() if name[0] == "v"]
    assert 4 < len(boxes) < 14 and "f(…)" not in figure.source
    counted = sum(int(each.replace(",", "")) for each in re.findall(r">([\d,]+) (?:values|parameters)<", figure.source))
    constants = sum(node.role == "constant" for node in Graph(loss))
    assert counted + constants + 2 == len(Graph(loss))  # x is a row, and L a card
    assert [
        (a, b) for a, b in pairwise(sorted(int(n[1:]) for n in statements(figure.source) if n[0] == "v")) if a >= b
    ] == []


def test_a_network_by_its_neurons_fits_a_screen():
    svg = ET.fromstring(draw(scored([16, 16, 1], nin=2), level="neuron", direction="LR").pipe())
    width, height = (float(svg.get(side).removesuffix("pt")) for side in ("width", "height"))
    assert width < 1500 and height < 1500
