"""Things to draw, and what can be read off a picture."""

from __future__ import annotations

import html
import math
import random
import re
import shutil
import xml.etree.ElementTree as ET

import graphviz
import pytest

from microgrid import Value, nn
from microgrid.engine import computed, scope
from microgrid.formula.ops import ADDED
from microgrid.picture import render

SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"

PURE = render.pure_path()
needs_pure = pytest.mark.skipif(PURE is None, reason="graphviz-pure is not installed")
each_engine = pytest.mark.parametrize(
    "engine",
    [
        pytest.param(shutil.which("dot"), id="dot", marks=pytest.mark.graphviz),
        pytest.param(PURE, id="graphviz-pure", marks=needs_pure),
    ],
)
each_direction = pytest.mark.parametrize("direction", ["TB", "LR"])


def parameter(data: float, label: str) -> Value:
    return Value(data, label=label, role="parameter")


# ── things to draw ─────────────────────────────────────────────────────────────────────────


def network() -> Value:
    """Two inputs, two sigmoid units, one sigmoid output, the loss −ln ŷ: 28 values."""
    x1, x2 = Value(0.05, label="x1"), Value(0.1, label="x2")
    w11, w12, w21, w22 = (parameter(d, f"w{i}") for d, i in ((0.15, 11), (0.2, 12), (0.25, 21), (0.3, 22)))
    b1, b2, v1, v2, c = (
        parameter(d, n) for d, n in ((0.35, "b1"), (0.35, "b2"), (0.4, "v1"), (0.45, "v2"), (0.6, "c"))
    )
    with scope("Hidden h₁"):
        (z1 := w11 * x1 + w12 * x2 + b1).label = "z1"
        (h1 := z1.sigmoid()).label = "h1"
    with scope("Hidden h₂"):
        (z2 := w21 * x1 + w22 * x2 + b2).label = "z2"
        (h2 := z2.sigmoid()).label = "h2"
    with scope("Output"):
        (z3 := v1 * h1 + v2 * h2 + c).label = "z3"
        (y := z3.sigmoid()).label = "ŷ"
    loss = -y.log()
    loss.label = "L"
    return loss


def perceptron(*, expanded: bool = False) -> Value:
    random.seed(1337)
    inputs = [Value(x, label=f"x{i}") for i, x in enumerate((2.0, 3.0, -1.0))]
    return (nn.MLP(3, [4, 4, 1], expanded=expanded)(inputs) - 1) ** 2


def twice() -> Value:
    a = Value(3.0, label="a")
    return a + a


def kinks() -> Value:
    """Branches not taken, infinities and nan, in data, local derivatives and gradients."""
    zero, big, nan = Value(0.0, label="zero"), Value(math.inf, label="big"), Value(math.nan, label="nan")
    return (zero - 1).relu() * big + zero.sqrt().max(nan) + Value(-1.0, label="m").log() + (1 / zero).relu()


def chain(cards: int) -> Value:
    """A graph of exactly that many cards."""
    x = Value(1.0, label="x")
    for _ in range(cards - 1):
        x = x.tanh()
    return x


def tangle(seed: int) -> Value:
    """A random graph with much sharing: every value may be used several times."""
    rng = random.Random(seed)
    values = [Value(rng.uniform(-2, 2), label=f"a{i}") for i in range(4)]
    for _ in range(30):
        x, y = rng.choice(values), rng.choice(values)
        values.append(rng.choice([x + y, x * y, x - y, x.tanh(), (x * y).sigmoid(), x**2 * 0.1, abs(x), 2 - y]))
    return computed(ADDED, values[-8:])


def after_backward(make) -> Value:
    root = make()
    root.backward()
    return root


# ── what can be read off a picture ─────────────────────────────────────────────────────────


def drawn(figure: graphviz.Digraph, engine: str) -> ET.Element:
    """The picture as that engine draws it, and no other."""
    image, failure = render.run(engine, ["-Kdot", "-Tsvg"], figure.source)
    assert not failure or image, failure
    return ET.fromstring(image)


def statements(source: str) -> dict[str, str]:
    """The DOT statement of each id."""
    return {match[1]: line for line in source.splitlines() if (match := re.search(r' id="?([\w.-]+)"? ', line))}


def number_of(text: str) -> float:
    """A number as it stands on a card, its word left out."""
    text = re.sub(r"^(data|grad|∂)( \+=)?", "", text).strip()
    return float(text.replace("−", "-").replace("∞", "inf").replace("–", "nan"))


def rows(statement: str) -> list[str]:
    """The rows of a card."""
    return statement.split("<TR>")


def inked(row: str) -> list[str]:
    """The texts of a row that are a value, and those that are a gradient."""
    return re.findall(r'COLOR="#(?:0072B2|00527F|C24E00)">(.*?)</FONT>', row)


def cells(statement: str) -> dict[str, float]:
    """The numbers that stand on a card: `i0`, `i1`, … and `data` and `grad`."""
    found = dict(re.findall(r'PORT="(i\d+)".*?∂ (.*?)</FONT>', statement))
    found |= {f"i{slot}": text for slot, text in re.findall(r'ID="[\w.-]*?e\d+_(\d+)".*?∂ (.*?)</FONT>', statement)}
    found |= dict(zip(("data", "grad"), inked(next(row for row in rows(statement)[::-1] if len(inked(row)) == 2))
                      if len(inked(statement)) > 1 else ()))  # fmt: skip
    return {name: number_of(text) for name, text in found.items()}


def leaves(source: str) -> dict[str, dict[str, float]]:
    """The numbers of the leaves that are rows of the one card that uses them."""
    found = {}
    for row in source.split("<TR>"):
        if match := re.search(r'<TD ID="(?:[\w.-]*?)(v\d+)" HREF', row):
            found[match[1]] = dict(zip(("data", "grad"), map(number_of, inked(row))))  # a constant has no grad
    return found


def wires(source: str) -> list[tuple[str, str, str]]:
    """(tail, head, port) of every wire."""
    return re.findall(r"^\t+(v\d+):[se] -> (v\d+):(i\d+):[nw] ", source, re.MULTILINE)


def uses(source: str) -> list[tuple[str, str, str]]:
    """(tail, head, port) of every use of a value: those that are wires, and those that are rows."""
    said = {
        re.search(r'tooltip="(.*?)" *\]', line)[1].replace("\\\\", "\\"): name
        for name, line in statements(source).items()
        if name[0] == "v"
    }
    found = wires(source)
    for head, line in statements(source).items():
        for own, tip, slot in re.findall(
            r'<TD (?:ID="(v\d+)" )?HREF="" TITLE="([^"]*)"[^>]*>.*?<TD ID="e\d+_(\d+)"', line
        ):
            found.append((own or said.get(tip, ""), head, f"i{slot}"))
    return sorted(found, key=lambda use: (int(use[1][1:]), int(use[2][1:])))


def tooltips(svg: ET.Element) -> dict[str, str]:
    """The tooltip of everything that has an id."""
    found = {}
    for group in svg.iter(f"{SVG}g"):
        for link in group.findall(f"{SVG}a"):
            found[group.attrib["id"].removeprefix("a_")] = str(link.get(f"{LINK}title"))
    return found


def texts(svg: ET.Element) -> list[str]:
    return [str(text.text).replace("\xa0", " ").strip() for text in svg.iter(f"{SVG}text")]


def said(source: str) -> str:
    """The words of a picture, those of its legend on one line."""
    return " ".join(html.unescape(re.sub("<[^<>]*>", " ", source)).split())


def titles(figure: graphviz.Digraph) -> list[str]:
    """The titles of the cards, in their order; of a leaf its name."""
    found = []
    for line in figure.source.splitlines():
        if re.match(r"\t+v\d+ \[", line):
            computed = re.search(
                r'<TD COLSPAN="4" ALIGN="LEFT" WIDTH="\d+" BGCOLOR="#\w+">(?!<FONT)(.*?)(<BR|</TD>)', line
            )
            found.append((computed or re.search(r'<FONT COLOR="#(?:1F2933|4B5563)">(.*?)(</FONT>)', line))[1])
    return [html.unescape(re.sub("</?B>", "", title)) for title in found]


def labelled(value: Value, label: str) -> Value:
    value.label = label
    return value


def scored(sizes: list[int] | None = None, nin: int = 3, *, expanded: bool = False, samples: int = 1) -> Value:
    """The squared error of a perceptron, backward done; its weights and inputs are always the same."""
    rng = random.Random(5)
    random.seed(1337)
    model = nn.MLP(nin, sizes or [4, 4, 1], expanded=expanded)
    loss: Value | None = None
    for _ in range(samples):
        out = model([Value(rng.uniform(-1, 1), label=f"x{i}") for i in range(nin)])
        error = sum(((each - 1) ** 2 for each in (out if isinstance(out, list) else [out])), Value(0, role="constant"))
        loss = error if loss is None else loss + error
    assert loss is not None
    loss.backward()
    return labelled(loss, "loss")
