"""The picture of a recorded computation: one card per value, one wire per use of it, leaves as rows.

Each wire ends in the cell that holds its local derivative ∂, and a leaf that is used once is a row with its own, so
that the gradient of a card can be read off: it is the sum, over its uses, of ∂ there × the grad of the card that uses
it. A coarser level has fewer cards, and the same holds; only a picture by layers is a summary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from microgrid.engine import topological_order
from microgrid.errors import GraphError
from microgrid.formula.lettering import plain
from microgrid.sheet import Run

from .dot import drawn, visible
from .fitting import fitted
from .levels import FIGURES, OF_SAMPLES, absent, boxed, coarser, readable, remarks, usual
from .look import looks
from .marks import Judged, Verdicts, single, unmarked
from .options import Options
from .snapshot import Snapshot, check_sample, equations, snapshot

if TYPE_CHECKING:
    from .figure import Figure

__all__ = [
    "Snapshot",
    "check_sample",
    "draw",
    "draw_dot",
    "equations",
    "readable",
    "save",
    "trace",
]


def draw(
    target: Any,
    *,
    names: Mapping[str, Any] | None = None,
    direction: str | None = None,
    digits: int | None = None,
    id: str = "",
    level: str | None = None,
    marks: Iterable[Judged] = (),
    round: int = 1,  # noqa: A002 - the word that people type
    sample: int = 1,
    theme: str = "light",
    legend: str | None = None,
    numbers: bool = True,
    fit: tuple[float, float] | None = None,
    round_number: int | None = None,
) -> Figure:
    """The picture of everything that `target` was computed from.

    grad of a card = Σ over its uses of  ∂ there × grad of the card that uses it

    >>> from microgrid import Value
    >>> x = Value(3.0)
    >>> y = (x * x).tanh()
    >>> y.backward()
    >>> draw(y, names=locals())
    <picture of y: 3 cards, 3 wires>

    target     a Value, a worked sheet, or anything whose `root` is a Value; its `title` is the heading.
               Of a Graph, the numbers that it holds are drawn
    names      what holds values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are
               then W[0][1]; unless told, the variables of the caller
    direction  "TB", from the top down, or "LR", from left to right; unless told, TB, or what fits better
    digits     significant digits, 1 to 17: 4 unless told, 3 in a picture by neurons or layers; a
               picture of more than 60 cards has at most 3
    id         begins the id of every element, so that several pictures can share a page
    level      "op", a card for every value; "named", for every value with a label; "neuron"; or
               "layer", a summary; "vector", a card for every array of a sheet, or for every list or array
               that holds Values, a summary too; of a sheet "element", for every element of one; "fold", a
               summary of any graph, by families of names and stretches of operations. Unless
               told, a sheet with arrays has a card for every array, any other for every line; anything
               else a card for every value up to 150, and above that the finest level one can read
    marks      verdicts on published numbers, from `microgrid.answers.check`: slips, and what was
               carried from them, are marked where they stand
    round      of a sheet: which of its rounds, from 1; `round_number` is the same, as in `page` and `explain`
    sample     of a sheet with samples: which one is drawn, from 1
    theme      "light", "dark", or "auto": an SVG follows its reader's choice, other formats are light
    legend     "full", "compact" or "none"; unless told, full, or what fits
    numbers    False leaves data, grad and ∂ blank, for exercises
    fit        width and height in inches, as (13.3, 7.5) of a slide: as large as possible, no text under 12 pt
    Returns a `graphviz.Digraph`: `.save("net.svg")`, `.source`, `.render()`, `.pipe()`; a notebook
    shows it. Raises GraphError above 1200 cards, where nobody could read the picture, and where text would be too
    small; it says which level would fit.
    """
    options = Options(direction, digits, id, level, round_number or round, sample, theme, legend, numbers, fit)
    options.check()
    target = target.only(options.round) if isinstance(target, Run) else target
    subject = snapshot(target, names)
    check_sample(sample, subject.sheet)
    judged = single(marks if numbers else ())
    figure = fitted(subject, judged, options, pictured) if fit else pictured(subject, judged, options)
    figure.coarser = lambda: instead(subject, judged, options)
    return figure.themed(theme)


def pictured(subject: Snapshot, judged: Verdicts, options: Options) -> Figure:
    """The picture at a level."""
    graph, lines, heading, sheet = subject
    shown = options.level or usual(subject)
    figures = options.digits or FIGURES[shown]
    boxes = boxed(
        subject, shown, figures, lambda: [each for each in judged() if each.round == options.round], options.sample
    )
    fan = max(len(each.inputs) for each in boxes)
    look = looks(visible(boxes)[0], fan, options.direction or "TB", figures, shown)
    about = (*options.remarks, *remarks(graph, boxes, shown, lines is not None, told=options.level is not None))
    if sheet and sheet.samples and shown in ("vector", "element"):
        look = replace(look, whole=False)
        about += (OF_SAMPLES.format(options.sample, sheet.samples),)
    about += absent(graph, lines, sheet) + unmarked(boxes, judged(), options.round)
    several = f", round {options.round}" if heading and options.round > 1 else ""
    title = plain(heading, 120) + several if isinstance(heading, str) else ""
    look = replace(look, id=options.id, heading=title, remarks=about, legend=options.legend or "full")
    return drawn(boxes, replace(look, numbers=options.numbers, **options.closeness(look)))


def instead(subject: Snapshot, judged: Verdicts, options: Options) -> Iterator[Figure]:
    """What is drawn where a picture takes Graphviz too long: coarser ones, the finest first."""
    first = options.level or usual(subject)
    for level in coarser(subject, first):
        slow = f"By level {first!r} it would take Graphviz too long."
        try:
            figure = pictured(subject, judged, replace(options, level=level, remarks=(slow,)))
        except GraphError:  # too many cards
            continue
        yield figure.themed(options.theme)


def draw_dot(root: Any, format: str = "svg", rankdir: str = "LR") -> Figure:
    """micrograd's `draw_dot`: the picture of `root`, whose `.render()` writes that format."""
    from .render import known_format

    figure = draw(root, direction=rankdir)
    figure.format = known_format(format)
    return figure


def save(picture: Figure, path: Any) -> str:
    """Write a picture to a file, in the format of its suffix: svg, png, pdf, dot or gv; the path."""
    return picture.save(path)


def trace(root: Any) -> tuple[set[Any], set[tuple[Any, Any]]]:
    """micrograd's `trace`: the nodes that lead to `root`, and the pairs (parent, child).

    >>> from microgrid import Value
    >>> a = Value(2.0)
    >>> nodes, edges = trace(a + a)
    >>> len(nodes), len(edges)
    (2, 1)
    """
    nodes = topological_order(root)
    return set(nodes), {(parent, node) for node in nodes for parent in node.parents}
