"""Who made an inf or nan: the first step with one that its inputs do not account for, and inside it the operation.

A step that only hands on an inf or nan is not to blame; one that turns infs into a nan is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.engine.remedies import BEYOND, ENDLESS, remedy
from microgrid.engine.views import left_out
from microgrid.formula import Formula, Name, Number, free_names, number_text, substitute
from microgrid.formula.operation import no_formula
from microgrid.formula.writing import minus, text
from microgrid.picture.card import expression, size
from microgrid.streams import carrying

from .events import Assigned, Backward, Forward, Step, Update
from .tape import Tape
from .wording import mark

__all__ = ["Culprit", "culprit", "made", "offences", "suspects"]

LONGEST = 40  # formulas of more parts are not written out


@carrying
class Culprit(NamedTuple):
    """What made an inf or nan.

    kind    "inf" or "nan"
    fact    what it is and how it came about, with its numbers
    remedy  what to do, or ''
    node    the value of the graph that it happened in
    """

    kind: str
    fact: str
    remedy: str
    node: Any


def made(result: float, sources: Iterable[float]) -> str:
    """ "nan" or "inf" where the result is one and no source accounts for it; else ''.

    >>> made(math.inf, [1e308, 10.0]), made(math.nan, [math.inf, 0.0]), made(math.inf, [math.inf])
    ('inf', 'nan', '')
    """
    if math.isnan(result):
        return "" if any(map(math.isnan, sources)) else "nan"
    return "inf" if math.isinf(result) and all(map(math.isfinite, sources)) else ""


def suspects(tape: Tape) -> list[int]:
    """The rounds, by their place, in which some number is not finite."""
    return [i for i, each in enumerate(tape.rounds) if not is_finite(each)]


def is_finite(here: Any) -> bool:
    """Whether every number of a round is finite."""
    view = here.view
    numbers: Sequence[Iterable[float]] = (view.data, here.grad, *view.partials, (each.after for each in here.updates))
    return all(math.isfinite(number) for group in numbers for number in group)


def offences(tape: Tape, step: Step) -> list[tuple[str, str]]:
    """What a step makes, "nan" or "inf", and in which of its numbers; nothing as a rule."""
    if isinstance(step, Forward):
        found = [(made(step.value, [value for _, value in step.inputs]), "value")]
    elif isinstance(step, Update):
        found = [(made(step.after, (step.before, step.gradient)), "update")]
    elif isinstance(step, Assigned):
        found = [(made(step.after, [number for _, number in step.numbers]), "update")]
    elif isinstance(step, Backward):
        view = tape.rounds[step.round - 1].view
        child = view.index[step.child]
        behind = [view.data[child], *(view.data[view.index[parent]] for parent in view.parents[child])]
        found = [
            (made(step.partial, behind), "derivative"),
            (made(step.contribution, (step.partial, step.upstream)), "share"),
            (made(step.after, (step.before, step.contribution)), "sum"),
        ]
    else:
        return []
    return [(kind, what) for kind, what in found if kind]


# ── inside a step ──────────────────────────────────────────────────────────────────────────


class Writer:
    """Writes what happened at a step in words, with names of the tape and numbers of its round."""

    def __init__(self, tape: Tape, number: int, digits: int | None) -> None:
        self.tape, self.digits = tape, digits
        self.graph: Graph = tape.rounds[number - 1].graph
        self.kept = tape.view.index
        shown = zip(tape.graph.nodes, tape.graph.display_names)
        self.names = [tape.names[self.kept[node]] if node in self.kept else name for node, name in shown]
        self.marks = [mark(f"d{i}") for i in range(len(self.names))]
        self.write = text(digits)

    def data(self, node: Any) -> float:
        return float(self.graph.data[self.graph.index[node]])

    def shown(self, number: float) -> str:
        return minus(number_text(number, self.digits))

    def bracketed(self, number: float) -> str:
        shown = self.shown(number)
        return f"({shown})" if shown[0] == "−" else shown

    def expression(self, node: Any, whole: bool = False) -> Formula:
        """How a value is written: by its name; one that has none, or the `whole` of any, by its operations."""
        k = self.graph.index[node]
        if not node.parents:
            nameless = node.role == "constant" and not self.graph.labels[k]
            return Number(self.graph.data[k]) if nameless else Name(self.names[k])
        if node in self.kept and not whole:
            return Name(self.names[k])
        found = expression(self.graph, node, self.kept, self.marks)
        if found is None or size(found) > LONGEST:
            return Name(f"{node.op.name}(…)")
        return substitute(found, {mark: Name(name) for mark, name in zip(self.marks, self.names)})

    def inserted(self, node: Any) -> str:
        """The operation over the numbers of its inputs."""
        numbers = [Number(self.data(parent)) for parent in node.parents]
        if node.op.forward is no_formula or len(numbers) > LONGEST // 2:
            return f"{node.op.name} of {len(numbers)} inputs"
        return self.write(node.op.applied(*numbers))

    def name(self, node: Any) -> str:
        return self.write(self.expression(node))

    def computed(self, node: Any) -> str:
        """`log(1 − ŷ) = log(0) = −∞, where ŷ = 1`"""
        formula = self.expression(node, whole=True)
        sides = dict.fromkeys((self.write(formula), self.inserted(node), self.shown(self.data(node))))
        return ", ".join([" = ".join(sides), *self.given(node, formula)])

    def given(self, node: Any, formula: Formula) -> list[str]:
        """What else there is to know: the numbers inside its inputs, or how these were computed."""
        parents = {self.names[self.graph.index[parent]] for parent in node.parents}
        deeper = [each.name for each in free_names(formula) if each.name not in parents and each.name in self.names]
        numbers = ((name, self.data(self.graph.nodes[self.names.index(name)])) for name in deeper[:3])
        found = [f"{name} = {self.shown(number)}" for name, number in numbers]
        nameless = (each for each in dict.fromkeys(node.parents[:2]) if each.parents and not self.graph.label(each))
        steps = (each for each in nameless if each in self.kept)
        found += (f"{self.name(each)} = {self.write(self.expression(each, whole=True))}" for each in steps)
        return [f"where {', '.join(found)}"] if found else []

    def slope(self, node: Any, slot: int) -> str:
        """`∂sqrt(x)/∂x = ∞ at x = 0`"""
        parent = node.parents[slot]
        by = self.name(parent)
        of = self.write(self.expression(node, whole=True))
        partial = self.graph.partials[self.graph.index[node]][slot]
        left = f"∂{f'({of})' if node.op.is_operator else of}/∂{f'({by})' if ' ' in by else by}"
        return f"{left} = {self.shown(partial)} at {by} = {self.shown(self.data(parent))}"


def culprit(tape: Tape, step: Step, kind: str, digits: int | None = None) -> Culprit | None:
    """What made an inf, or a nan, at a step; None where nothing did."""
    what = dict(reversed(offences(tape, step))).get(kind)
    if what is None:
        return None
    writer = Writer(tape, step.round, digits)
    if isinstance(step, Backward):
        return of_backward(writer, step, kind, what)
    if isinstance(step, Update):
        fact = f"{step.name} − {writer.shown(step.rate)}·{writer.bracketed(step.gradient)} = {writer.shown(step.after)}"
        return Culprit(kind, fact, "take a smaller rate", step.node)
    if isinstance(step, Assigned):
        return of_assigned(writer, step, kind)
    return inside(writer, step.node, slopes=False) or Culprit(kind, writer.computed(step.node), "", step.node)


def of_assigned(writer: Writer, step: Assigned, kind: str) -> Culprit:
    """What made it in a rule of a sheet."""
    inserted = substitute(step.formula, {name: Number(number) for name, number in step.numbers})
    sides = dict.fromkeys((writer.write(step.formula), writer.write(inserted), writer.shown(step.after)))
    return Culprit(kind, f"{step.name} ← {' = '.join(sides)}", "", step.node)


def of_backward(writer: Writer, step: Backward, kind: str, what: str) -> Culprit:
    """What made it in the use of a value by another."""
    shown, bracketed = writer.shown, writer.bracketed
    if what == "derivative":
        found = inside(writer, step.child, slopes=True)
        fact = f"the derivatives inside {step.child_name} come to {shown(step.partial)}"
        return found or Culprit(kind, fact, "step through it with --level op", step.child)
    if what == "share":
        fact = f"{shown(step.partial)} · {bracketed(step.upstream)} = {shown(step.contribution)}"
        fact += ", the local derivative times the gradient above it"
        return Culprit(kind, fact, ENDLESS["mul"] if kind == "nan" else BEYOND, step.child)
    fact = f"{shown(step.before)} + {bracketed(step.contribution)} = {shown(step.after)}, the sum of the shares"
    return Culprit(kind, fact, ENDLESS["add"] if kind == "nan" else BEYOND, step.node)


def inside(writer: Writer, node: Any, slopes: bool) -> Culprit | None:
    """The first operation that made one, of those that compute a value; with `slopes` in a local derivative too."""
    graph = writer.graph
    at = graph.index[node]
    places = (*left_out(graph, at, writer.kept), at)
    for k in places:
        each, data = graph.nodes[k], graph.data[k]
        kind = made(data, [writer.data(parent) for parent in each.parents])
        if kind and not each.parents:
            return Culprit(kind, f"{writer.name(each)} is given as {writer.shown(data)}", "give a finite number", each)
        if kind:
            return Culprit(kind, writer.computed(each), remedy(each, writer.data, writer.name), each)
    for k in places if slopes else ():
        each = graph.nodes[k]
        behind = [graph.data[k], *(writer.data(parent) for parent in each.parents)]
        for slot, partial in enumerate(graph.partials[k]):
            if kind := made(partial, behind):
                return Culprit(kind, writer.slope(each, slot), remedy(each, writer.data, writer.name), each)
    return None
