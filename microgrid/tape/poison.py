"""How an inf or nan comes about and where it goes: the way forward and the way back, in sentences, and as a sheet.

    s = w·x → L, and ∂L/∂w is nan: a branch that was not taken is sent 0, and its slope is ∞.

`nonfinite` says what one operation did; this follows the number to it, from the loss or from a gradient.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgrid.engine import Graph, Value
from microgrid.engine.remedies import BEYOND
from microgrid.engine.variables import given
from microgrid.errors import GraphError, counted, type_named
from microgrid.formula import OPS
from microgrid.sheet import Sheet
from microgrid.streams import carrying

from .nonfinite import Culprit, Writer, inside
from .tape import Tape

__all__ = ["Poison", "hunt"]

SHOWN = 6  # values on a path
MASKED = "a softmax of nothing but −∞ has no value: leave one place of the row unmasked"
SAFE = {"asin": 0, "acos": 0, "atanh": 0, "acosh": 2}  # numbers at which a slope is finite; of others it is at 1
NOT_TAKEN = "guard the input of {}, not its output"


@carrying
@dataclass(frozen=True, repr=False)
class Poison:
    """Where an inf or nan comes from, and where it goes.

    kind      "inf" or "nan", as it arrives
    node      the value whose operation made it
    fact      what happened there, with its numbers
    remedy    what to do, or ''
    origin    the file and line of the operation, or ''
    forward   how it comes about, and goes on to the loss: a sentence for each step
    backward  the same of the gradients
    edge      the input of the node whose local derivative it came through; None where its value is not finite
    """

    kind: str
    node: Any
    fact: str
    remedy: str
    origin: str
    forward: tuple[str, ...]
    backward: tuple[str, ...]
    edge: int | None
    graph: Graph
    upstream: float = 1.0

    def __str__(self) -> str:
        parts = [*titled("forward", self.forward), *titled("back", self.backward)]
        return "\n".join([*parts, *([f"remedy  {self.remedy}"] if self.remedy else [])])

    def __repr__(self) -> str:
        where = f" ({self.origin})" if self.origin else ""
        return f"<Poison {self.kind}: {self.fact}{where}>"

    def sheet(self) -> Sheet:
        """The smallest part of the graph that does the same, as a sheet: `found.sheet().text` is its text.

        What comes back to it from the rest is g, and L = g·z has the same gradient. Raises GraphError for a part with
        an operation recorded by hand.
        """
        from .poison_sheet import sheet_of

        return sheet_of(self)


def titled(title: str, sentences: Sequence[str]) -> list[str]:
    """Sentences one below the other, beside what they are about."""
    return [f"{title if not k else '':<8}{sentence}" for k, sentence in enumerate(sentences)]


def hunt(target: Any, names: Mapping[str, Any] | None = None, digits: int | None = 6) -> Poison | None:
    """Find who made the inf or nan that a loss, or a gradient, has come to; None where every number is finite.

    >>> from microgrid import Value
    >>> x = Value(0.0, label="x")
    >>> L = 0 * x.sqrt()
    >>> L.label = "L"
    >>> print(hunt(L))
    forward v2 = sqrt(x) = sqrt(0) = 0
    back    0 comes back to v2, and ∂sqrt(x)/∂x = ∞ at x = 0: 0 · ∞ = nan
            so ∂L/∂x is nan
    remedy  sqrt needs a number above 0, and is vertical at 0

    target  a Value, or what `from_torch` returns: whatever has a `root`
    names   what holds Values that have no label; unless told, the variables of the caller
    digits  significant digits of the numbers
    Returns a Poison: it prints as sentences, `.sheet()` is the smallest part that does the same. Raises GraphError for
    what is no computation.
    """
    root = target if isinstance(target, Value) else getattr(target, "root", None)
    if not isinstance(root, Value):
        raise GraphError(f"hunt takes a Value, or a module that was traced, not a {type_named(target)}")
    graph = Graph(root, given(names))
    found = Hunter(Tape.of(graph, "op"), digits).found()
    return found or next((beyond(graph, *each) for each in getattr(target, "overflows", ())), None)


def beyond(graph: Graph, fact: str, node: Any) -> Poison:
    """What overflowed in numbers with less room, where doubles do not."""
    remedy = "keep it smaller, or compute this part in float64"
    return Poison("inf", node, fact, remedy, node.origin or "", (fact,), (), None, graph)


class Hunter:
    """Follows what is not finite through one graph."""

    def __init__(self, tape: Tape, digits: int | None) -> None:
        self.tape, self.graph = tape, tape.graph
        self.writer = Writer(tape, 1, digits)
        self.grad = tape.rounds[0].grad

    def found(self) -> Poison | None:
        root = len(self.graph) - 1
        if not math.isfinite(self.graph.data[root]):
            return self.in_value(root)
        leaf = self.poisoned_leaf()
        return None if leaf is None else self.in_gradient(leaf)

    # ── the way forward ──

    def source(self, at: int) -> list[int]:
        """The way up from a value that is not finite to one whose inputs are: the first of it, and what leads on."""
        way = [at]
        while worse := self.worst_input(way[-1]):
            way.append(worse[0])
        return way[::-1]

    def worst_input(self, at: int) -> list[int]:
        """The input that a value has its inf or nan from, in a list; of several the nan."""
        places = [self.graph.index[each] for each in self.graph.parents[at]]
        found = [place for place in places if not math.isfinite(self.graph.data[place])]
        return sorted(found, key=lambda place: not math.isnan(self.graph.data[place]))[:1]

    def in_value(self, root: int) -> Poison:
        """The loss itself is not finite."""
        way = self.source(root)
        makers = [at for at in way if inside(self.writer, self.graph.nodes[at], slopes=False)]
        makers = [at for at in makers if self.graph.nodes[at].parents] or way[1:2] or way
        facts = [self.told(at) for at in makers]
        sentences = [self.sentence(at) for at in makers]
        rest = way[way.index(makers[-1]) :]
        if len(rest) > 1:
            sentences.append(f"it goes on: {self.chain(rest)} = {self.shown(self.graph.data[root])}")
        leaf = self.poisoned_leaf()
        kind = "nan" if math.isnan(self.graph.data[root]) else "inf"
        remedy = MASKED if self.is_masked(makers[0]) else next((each.remedy for each in facts if each.remedy), "")
        return Poison(
            kind, self.graph.nodes[makers[-1]], facts[0].fact, remedy, self.graph.nodes[makers[0]].origin or "",
            tuple(sentences), () if leaf is None else tuple(self.way_back(leaf)[-1]), None, self.graph,
        )  # fmt: skip

    def is_masked(self, at: int) -> bool:
        """Whether it is −∞ − (−∞), on its way into an exponential: a softmax of nothing but −∞."""
        node = self.graph.nodes[at]
        numbers = [self.graph.data_of(each) for each in node.parents]
        into = {edge.child.op.name for edge in self.graph.consumers(node)}
        return node.op.name == "sub" and numbers == [-math.inf, -math.inf] and "exp" in into

    def told(self, at: int) -> Culprit:
        """What happened at a value."""
        node = self.graph.nodes[at]
        found = inside(self.writer, node, slopes=False)
        if found or not node.parents:
            shown = f"{self.name(at)} is given as {self.shown(self.graph.data[at])}"
            return found or Culprit("nan", shown, "give a finite number", node)
        bad = next((each for each in node.parents if not math.isfinite(self.graph.data_of(each))), None)
        remedy = "give a finite number" if bad is not None and not bad.parents else ""
        return Culprit("nan", self.writer.computed(node), remedy, node)

    def sentence(self, at: int) -> str:
        """`p = log(q) = log(0) = −∞ (net.py:7)`"""
        name = f"{self.name(at)} = " if self.graph.parents[at] else ""
        return name + self.told(at).fact + self.place_of(at)

    # ── the way back ──

    def poisoned_leaf(self) -> int | None:
        """The first leaf whose gradient is not finite; a parameter, if there is one."""
        nodes = self.graph.nodes
        leaves = [i for i, node in enumerate(nodes) if not node.parents and not math.isfinite(self.grad[i])]
        told = [i for i in leaves if nodes[i].role != "constant" or self.graph.labels[i]]
        return next((i for i in told if nodes[i].role == "parameter"), told[0] if told else None)

    def in_gradient(self, leaf: int) -> Poison:
        """The loss is finite, and a gradient is not."""
        child, slot, sentences = self.way_back(leaf)
        node, said = self.graph.nodes[child], self.slope(child, slot)
        forward, why = self.before(child)
        kind = "nan" if math.isnan(self.grad[leaf]) else "inf"
        remedy = NOT_TAKEN.format(node.op.name) + self.guarded(node) if why else said.remedy if said else BEYOND
        return Poison(
            kind, node, sentences[0], remedy, node.origin or "", tuple(forward), (*why, *sentences), slot,
            self.graph, self.grad[child],
        )  # fmt: skip

    def way_back(self, leaf: int) -> tuple[int, int, list[str]]:
        """Follow the share that brought it up to where it was made: in which use, and how it goes on."""
        way, uses = [leaf], [self.bringer(leaf)]
        while not math.isfinite(self.grad[uses[-1][0]]):
            way.append(uses[-1][0])
            uses.append(self.bringer(way[-1]))
        child, slot = uses[-1]
        turns = [use for use in uses[:-1] if self.turns_nan(*use)]
        said = [self.share(*use, self.slope(*use)) for use in (uses[-1], *turns)]
        return child, slot, [*said, *self.onward(way[::-1])]

    def turns_nan(self, child: int, slot: int) -> bool:
        """Whether an infinite gradient becomes nan there, as ∞ · 0 does."""
        share = self.graph.partials[child][slot] * self.grad[child]
        return math.isinf(self.grad[child]) and math.isnan(share)

    def bringer(self, at: int) -> tuple[int, int]:
        """The use of a value whose share of its gradient is not finite: the value that uses it, and in which input."""
        for edge in self.graph.consumers(self.graph.nodes[at]):
            child = self.graph.index[edge.child]
            if not math.isfinite(edge.partial * self.grad[child]):
                return child, edge.slot
        edge = self.graph.consumers(self.graph.nodes[at])[0]  # finite shares, whose sum is not
        return self.graph.index[edge.child], edge.slot

    def slope(self, child: int, slot: int) -> Culprit | None:
        """What is wrong with the local derivative; None where it is finite."""
        node = self.graph.nodes[child]
        if math.isfinite(self.graph.partials[child][slot]):
            return None
        return inside(self.writer, node, slopes=True) or self.told(self.source(child)[0])

    def share(self, child: int, slot: int, said: Culprit | None) -> str:
        partial, upstream = self.graph.partials[child][slot], self.grad[child]
        numbers = f"{self.shown(upstream)} · {self.writer.bracketed(partial)} = {self.shown(partial * upstream)}"
        slope = said.fact if said and "∂" in said.fact else f"its local derivative is {self.shown(partial)}"
        return f"{self.shown(upstream)} comes back to {self.name(child)}, and {slope}: {numbers}"

    def before(self, child: int) -> tuple[list[str], list[str]]:
        """What went forward there, and who did not take it."""
        way = self.source(child)
        forward = [self.sentence(at) for at in dict.fromkeys((way[0], child))]
        closed = self.not_taken_by(child) if self.grad[child] == 0 else None
        if closed is None:
            return forward, []
        name = f"{self.name(closed)} = {self.graph.nodes[closed].op.name}(…)"
        forward.append(f"{name} did not take it{self.place_of(closed)}")
        return forward, [f"the branch not taken is sent 0: {name} passes nothing to {self.name(child)}"]

    def not_taken_by(self, at: int) -> int | None:
        """The nearest value after one, that chose another branch: where its gradient of 0 comes from."""
        level, seen = [at], {at}
        while level:
            uses = [edge for place in level for edge in self.graph.consumers(self.graph.nodes[place])]
            for edge in uses:
                child = self.graph.index[edge.child]
                row = OPS.get(edge.child.op.name)
                if edge.partial == 0 and row is not None and row.masks:
                    return child
            places = {self.graph.index[edge.child] for edge in uses} - seen
            level = [place for place in places if self.grad[place] == 0]
            seen |= places
        return None

    def guarded(self, node: Any) -> str:
        """`: sqrt(where(…, x, 1))`, where the operation takes one input, or divides."""
        word = node.op.name
        if len(node.parents) > 1 and word != "div":
            return ""
        safe = f"where(…, {self.name(self.graph.index[node.parents[-1]])}, {SAFE.get(word, 1)})"
        return f": {'… / ' + safe if word == 'div' else f'{word}({safe})'}"

    def onward(self, way: Sequence[int]) -> list[str]:
        """Where it goes from there, and how many gradients it reaches."""
        found = [self.grad[i] for i, node in enumerate(self.graph.nodes) if node.role == "parameter"]
        bad = len(found) - sum(map(math.isfinite, found))
        reach = [f"of {counted(len(found), 'parameter')} {bad:,} have no finite gradient"] if len(found) > 1 else []
        through = f", by way of {self.chain(way[:-1])}" if len(way) > 1 else ""
        root, leaf = self.name(len(self.graph) - 1), self.name(way[-1])
        return [f"so ∂{root}/∂{leaf} is {self.shown(self.grad[way[-1]])}{through}", *reach]

    # ── words ──

    def name(self, at: int) -> str:
        return self.writer.name(self.graph.nodes[at])

    def shown(self, number: float) -> str:
        return self.writer.shown(number)

    def place_of(self, at: int) -> str:
        origin = self.graph.nodes[at].origin
        return f" ({origin})" if origin else ""

    def chain(self, way: Sequence[int]) -> str:
        """`z → p → L`, its middle left out where it is long."""
        names: Iterator[str] = (self.name(at) for at in way)
        if len(way) <= SHOWN:
            return " → ".join(names)
        ends = [*way[: SHOWN // 2], *way[-SHOWN // 2 :]]
        shown = [self.name(at) for at in ends]
        return " → ".join([*shown[: SHOWN // 2], "…", *shown[SHOWN // 2 :]])
