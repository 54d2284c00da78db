"""Cards, the boxes of a picture: what stands on each.

A `Card` is plain words and numbers. `cards` makes one for every value of a graph, or of a coarser
view of it; `layers.py` makes one for every layer, and `box.py` lays out whatever it is given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.engine.views import layer_of, left_out
from microgrid.formula import Formula, Name, Number, fold, printable
from microgrid.formula.lettering import LABEL, number, plain, shown, written
from microgrid.formula.operation import CLOSED, no_formula

from .abridging import BLANK, fitted

__all__ = [
    "LINE",
    "TITLE",
    "UNSAID",
    "Card",
    "Grid",
    "Mark",
    "Range",
    "Subject",
    "Wire",
    "Words",
    "card",
    "cards",
    "composed",
    "expression",
    "is_closed",
    "size",
    "wires",
]

TITLE, LINE = 32, 44  # the longest title, and line of a sheet, in characters
PARTS = 60  # formulas of more parts than this are not written out


class Range(NamedTuple):
    """Many numbers at once: the smallest and the largest. `carries`: RMS of what a bundle of wires carries."""

    low: float
    high: float
    carries: float | None = None

    @classmethod
    def of(cls, numbers: Iterable[float], carries: float | None = None) -> Range:
        """The range of some numbers; nan if one of them is."""
        found = list(numbers)
        nan = any(map(math.isnan, found))
        return cls(math.nan, math.nan, carries) if nan else cls(min(found), max(found), carries)


class Grid(NamedTuple):
    """The numbers of a vector or a matrix, row by row, None where there is nothing; a vector is a column."""

    shape: tuple[int, ...]
    numbers: tuple[float | None, ...]

    @property
    def columns(self) -> int:
        """How many numbers stand side by side."""
        return self.shape[1] if len(self.shape) > 1 else 1

    @property
    def range(self) -> Range:
        """From the smallest to the largest."""
        return Range.of(each for each in self.numbers if each is not None)


UNSAID = "…"  # what no formula over arrays says, or is too long for a cell


class Words(NamedTuple):
    """A local derivative that is no number: what the gradient is multiplied by on its way back.

    carries  RMS of what goes back
    """

    text: str
    carries: float | None = None


Numbers = float | Range | Grid
Slope = float | Range | Words


class Mark(NamedTuple):
    """What is wrong with a published number: its verdict, "slip" or "carried", and how it was printed.

    what   "data", "grad", or the local derivative that was published
    place  of the number in a grid, from 0
    """

    what: str
    verdict: str
    printed: str
    place: int = 0


@dataclass(frozen=True)
class Card:
    """One box of a picture.

    name     what tooltips call it             title    the line across the box
    role     "input", "parameter", "constant", "operation" or "loss"
    data     its number                        grad     d(loss)/d(card); None before backward
    inputs   for each input the place of its card in the list, and the local derivative by it
    scope    the frame that it is drawn in     named    whether a person named it: its title is bold
    formula  how it was computed, in full      notes    small lines below the title
    row      cards of the same row stand side by side, in their order
    marks    published numbers that are wrong
    whole    the whole name, where `name` is a shortened one
    beside   whether it lies beside the loss and does not lead to it, so that nothing comes back through it
    A card that stands for many values has ranges or grids for numbers.
    """

    name: str
    title: str
    role: str
    data: Numbers
    grad: Numbers | None = None
    inputs: tuple[tuple[int, Slope], ...] = ()
    scope: str = ""
    named: bool = False
    formula: str = ""
    notes: tuple[str, ...] = ()
    row: str = ""
    marks: tuple[Mark, ...] = ()
    beside: bool = False
    whole: str = ""


def is_closed(card: Card, slot: int) -> bool:
    """Whether a local derivative is inf or nan behind a closed branch: it passes nothing back all the same."""
    _, partial = card.inputs[slot]
    behind = card.grad is CLOSED and not card.beside
    return behind and not isinstance(partial, (Range, Words)) and not math.isfinite(partial)


class Wire(NamedTuple):
    """One use of a card by another; it carries ∂ · grad back from the head to the tail."""

    tail: int
    head: int
    slot: int
    partial: Slope
    carries: float | None


def wires(boxes: Sequence[Card]) -> list[Wire]:
    """Every wire between the cards, in the order of the cards and of their inputs."""
    return [
        Wire(tail, head, slot, partial, carried(partial, card.grad))
        for head, card in enumerate(boxes)
        for slot, (tail, partial) in enumerate(card.inputs)
    ]


def carried(partial: Slope, grad: Numbers | None) -> float | None:
    if isinstance(partial, (Range, Words)):
        return partial.carries
    return None if grad is None or isinstance(grad, (Range, Grid)) else partial * grad


# ── from values to cards ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Subject:
    """What is drawn: a graph, the view of it with a card for each node, and what an author wrote.

    equations  the lines of a sheet, by the name that each defines: then a card is a line
    neurons    whether a card is what leaves a scope: then its title is that of the scope
    """

    graph: Graph
    view: Graph
    equations: Mapping[str, Formula] = field(default_factory=dict)
    neurons: bool = False

    @property
    def known(self) -> bool:
        """Whether backward has run."""
        return bool(self.view.grad[-1] != 0)

    @cached_property
    def leading(self) -> frozenset[int]:
        """The cards that lead to the last one, and that one."""
        found, places = {len(self.view) - 1}, range(len(self.view) - 1, -1, -1)
        for i in places:
            found.update(self.view.index[each] for each in self.view.parents[i] if i in found)
        return frozenset(found)

    def inside(self, i: int) -> list[int]:
        """The places in the graph of what card i stands for besides its own value."""
        return left_out(self.graph, self.graph.index[self.view.nodes[i]], self.view.index)

    def heading(self, i: int) -> str:
        """The scope that card i stands for, or ''."""
        return (self.view.nodes[i].scope or "") if self.neurons and self.view.nodes[i].parents else ""


def cards(graph: Graph | Subject, digits: int = 4) -> list[Card]:
    """One card for every value of the graph, or of the view of it, in its order.

    >>> from microgrid import Value
    >>> w, x = Value(3.0, label="w1"), Value(2.0, label="x")
    >>> [card.title for card in cards(Graph(w * x + 1))][-2:]
    ['w₁·x', '… + 1']
    """
    subject = graph if isinstance(graph, Subject) else Subject(graph, graph)
    return numbered([card(subject, i, digits) for i in range(len(subject.view))], subject)


def numbered(boxes: list[Card], subject: Subject) -> list[Card]:
    """The cards, those that share a heading told apart: `neuron 1`, `neuron 1 #2`."""
    counts: Counter[str] = Counter()
    for i, box in enumerate(boxes):
        heading = subject.heading(i)
        counts[heading] += 1
        if heading and counts[heading] > 1:
            number = f" #{counts[heading]}"
            name = box.name if subject.view.labels[i] else box.name + number
            boxes[i] = replace(box, title=box.title + number, name=name)
    return boxes


def card(subject: Subject, i: int, digits: int) -> Card:
    """The card of one value."""
    view = subject.view
    node, parents, heading = view.nodes[i], view.parents[i], subject.heading(i)
    computed = bool(node.parents)
    framed = computed and not subject.equations and not subject.neurons
    return Card(
        name=plain(heading, TITLE) if heading and not view.labels[i] else shown(view.display_names[i]),
        title=plain(heading, TITLE) if heading else title(subject, i, digits),
        role="loss" if computed and i == len(view) - 1 else node.role,
        data=view.data[i],
        grad=view.grad[i] if subject.known else None,
        inputs=tuple((view.index[parent], partial) for parent, partial in zip(parents, view.partials[i])),
        scope=in_whole(node.scope or "", 0) if framed else "",
        named=bool(view.labels[i] or heading),
        formula=in_full(subject, i) if computed else "",
        notes=notes(subject, i),
        row=row(subject, i),
        beside=i not in subject.leading,
        whole=in_whole(view.labels[i]),
    )


def in_whole(label: str, longest: int = LABEL) -> str:
    """A label, where it is shortened to so many characters: all of it, however long."""
    return plain(label, 2 * len(label)) if len(label) > longest else ""  # twice: what is composed may come apart


def notes(subject: Subject, i: int) -> tuple[str, ...]:
    """What a card stands for besides its title: the label that a heading hides, and parameters."""
    label = shown(subject.view.labels[i]) if subject.heading(i) else ""
    count = sum(subject.graph.nodes[k].role == "parameter" for k in subject.inside(i))
    parameters = f"{count} parameter{'s' * (count != 1)}" if count else ""
    return (", ".join(filter(None, (label, parameters))),) if label or parameters else ()


def row(subject: Subject, i: int) -> str:
    """The layer of a neuron; all inputs are one row."""
    if not subject.neurons or (subject.view.nodes[i].parents and not subject.heading(i)):
        return ""
    return layer_of(subject.heading(i)) or "inputs"


# ── titles ─────────────────────────────────────────────────────────────────────────────────


def title(subject: Subject, i: int, digits: int) -> str:
    """`z₁ = … + b₁`: a node's label, and its line in the sheet, or its operation over the labels of its inputs."""
    view = subject.view
    node, label = view.nodes[i], shown(view.labels[i])
    if view.labels[i] in subject.equations:
        right = fitted(subject.equations[view.labels[i]], None, LINE - len(label), shown)
    elif node.parents:
        right = computation(subject, i, digits)
    elif node.role == "constant":
        right = number(view.data[i], digits)
    else:
        return label or str(node.role)
    return f"{label} = {right}" if label and right else label or right


def computation(subject: Subject, i: int, digits: int) -> str:
    """The operations over the inputs, `…` for one without a label; a sign where little is left, '' for many."""
    node, label = subject.view.nodes[i], subject.view.labels[i]
    graph, at = subject.graph, subject.graph.index
    if subject.inside(i):
        formula = composed(subject, i, graph.labels)
        text = fitted(formula, digits, TITLE) if formula else BLANK
        return text if text != BLANK else "" if label else "f(…)"
    hidden = sum(not graph.labels[at[parent]] and parent.role != "constant" for parent in node.parents)
    bare = hidden == len(node.parents) and not label and not node.op.settings
    if bare or (len(node.parents) > 2 and 2 * hidden > len(node.parents)):
        return plain(node.op.symbol or node.op.name, LABEL)
    return fitted(applied(graph, at[node], graph.labels, {}), digits, TITLE)


def in_full(subject: Subject, i: int) -> str:
    """The author's formula, or the operations over the names of the inputs."""
    label = subject.view.labels[i]
    if label in subject.equations:
        return written(subject.equations[label], name=shown)
    formula = composed(subject, i, subject.graph.display_names)
    return written(formula) if formula else dependence(subject, i)


def dependence(subject: Subject, i: int) -> str:
    """`f(x, w)`: what it is computed from, where how would take too long to say."""
    view = subject.view
    names = [shown(view.display_names[view.index[each]]) for each in dict.fromkeys(view.parents[i])]
    return f"f({', '.join(names[:3] + ['…'] * (len(names) > 3))})"


def composed(subject: Subject, i: int, names: Sequence[str]) -> Formula | None:
    """The operations between a node and the kept nodes above it as one formula; None for a long one."""
    return expression(subject.graph, subject.view.nodes[i], subject.view.index, names)


def expression(graph: Graph, node: Any, kept: Container[Any], names: Sequence[str]) -> Formula | None:
    """The operations between any node and the kept nodes above it; None for a long formula."""
    parts, at = 0, graph.index[node]
    inner = left_out(graph, at, kept)
    written: dict[int, Formula] = {}
    for k in (*inner, at):
        if graph.parents[k]:
            written[k] = applied(graph, k, names, written)
            parts = size(written[k])
            if inner and (parts > PARTS or graph.nodes[k].op.forward is no_formula):
                return None
    return written[at]


def size(formula: Formula) -> int:
    """How many parts a formula has."""
    return int(fold(formula, lambda _, sizes: 1 + sum(sizes)))


def applied(graph: Graph, k: int, names: Sequence[str], written: Mapping[int, Formula]) -> Formula:
    """An operation over operands of these names; a number that stood in a formula is itself."""
    node, parents = graph.nodes[k], graph.parents[k]
    blank = "(…)" if node.op.is_operator and len(parents) == 1 else "…"
    if node.op.forward is no_formula:  # recorded by hand: its name may be anything
        shown_names = (shown(names[graph.index[each]]) or blank for each in parents)
        return Name(f"{printable(plain(node.op.name, LABEL))}({', '.join(shown_names)})")
    return node.op.applied(*(operand(graph, each, names, written, blank) for each in parents))  # type: ignore[no-any-return]


def operand(graph: Graph, node: Any, names: Sequence[str], written: Mapping[int, Formula], blank: str) -> Formula:
    k = graph.index[node]
    if k in written:
        return written[k]
    return Number(graph.data[k]) if node.role == "constant" and not node.label else Name(shown(names[k]) or blank)
