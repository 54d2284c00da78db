"""The chain rule over a view of a graph: local derivatives with their formulas, contributions, paths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgrid.engine import FUNCTIONS, Graph
from microgrid.engine.views import composite
from microgrid.errors import FormulaError, GraphError
from microgrid.formula import Call, Formula, Name, Number, derivative, evaluate, fold, free_names, simplified
from microgrid.formula.algebra import size, unshifted
from microgrid.formula.definitions import together
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.operation import CLOSED, no_formula
from microgrid.formula.path_sums import total
from microgrid.sheet.statements import has_derivative
from microgrid.streams import carrying

from .rounding import settled, sizes_of, without_rounding, without_signs

__all__ = ["MOST_PATHS", "SHOWN", "Factor", "Network", "Term"]

MOST_PATHS = 100  # that are written out
LONGEST, DEEPEST = 2000, 40  # formulas of more parts, or nested deeper, are not derived
SHOWN = 120  # and derivatives of more parts than this are not shown


@carrying
@dataclass(frozen=True)
class Factor:
    """A local derivative, d(of)/d(by) with all other inputs held: its formula, if there is one, and its number."""

    of: str
    by: str
    formula: Formula | None
    value: float


@carrying
@dataclass(frozen=True)
class Term:
    """One contribution to a derivative: a chain of local derivatives, from the target down.

    via       the quantity through which it comes
    upstream  the quantity whose derivative, found before, the chain begins with; '' for none
    value     its number, that derivative included
    """

    via: str
    upstream: str
    factors: tuple[Factor, ...]
    value: float

    @property
    def is_closed(self) -> bool:
        """Whether a closed branch keeps from the sum what is inf or nan behind it."""
        return math.isfinite(self.value) and not all(math.isfinite(each.value) for each in self.factors)


class Network:
    """The kept nodes of a graph between a quantity and its root, by their places in the view.

    graph      everything that the root was computed from
    view       the nodes that are written about
    equations  the author's own equations, by name; what has none is put together from its operations
    numbers    of whatever else the formulas may mention
    by         only what lies between this node and the root counts; None for all
    known      a network over the same view: its formulas are those of this one
    """

    def __init__(
        self, graph: Graph, view: Graph, equations: Mapping[str, Formula | None], numbers: Mapping[str, float],
        by: Any = None, known: Network | None = None,
    ) -> None:  # fmt: skip
        self.graph, self.view, self.names = graph, view, view.display_names
        self.places = {name: i for i, name in enumerate(self.names)}
        self.values: dict[str, Formula] = {name: Number(data) for name, data in numbers.items()}
        rest = sizes_of(graph)
        data = (without_rounding(each, rest[graph.index[node]]) for node, each in zip(view.nodes, view.data))
        self.values |= {name: Number(each) for name, each in zip(self.names, data)}
        self.root = len(view) - 1
        self._lines = {name for name, each in equations.items() if each is not None and not has_derivative(each)}
        self._formulas: dict[str, Formula | None] = known._formulas if known else as_recorded(equations)
        self._factors: dict[tuple[int, int], Factor] = known._factors if known else {}
        edges = list(self._edges(by))
        self.sizes = [merged((j, size) for j, _, size in each) for each in edges]
        partials = (merged((j, partial) for j, partial, _ in each) for each in edges)
        self.inputs = list(map(settled, partials, self.sizes))
        self.uses: list[dict[int, float]] = [{} for _ in view.nodes]
        leading = self._leading()
        for child, inputs in enumerate(self.inputs):
            for parent, partial in inputs.items() if child in leading else ():
                self.uses[parent][child] = partial
        self.totals = self._totals()

    def _edges(self, by: Any) -> Iterator[list[tuple[int, float, float]]]:
        """The inputs of each node that count, its local derivatives by them, and their sizes if nothing cancelled."""
        place, unsigned = self.view.index, without_signs(self.graph)
        reached = set() if by is not None else set(range(len(self.view)))
        if by is not None:
            reached.add(place[by])
        for i, node in enumerate(self.view.nodes):
            if reached.isdisjoint(place[parent] for parent in self.view.parents[i]):
                yield []
                continue
            sizes = composite(unsigned, self.graph.index[node], place)
            triples = ((place[parent], partial, size) for (parent, size), partial in zip(sizes, self.view.partials[i]))
            kept = [each for each in triples if each[0] in reached and not self.is_number(each[0])]
            if kept:
                reached.add(i)
            yield kept

    def _leading(self) -> set[int]:
        """The nodes that lead to the root: others may stand beside them."""
        found = {self.root}
        for child in range(self.root, -1, -1):
            if child in found:
                found.update(self.inputs[child])
        return found

    def is_number(self, i: int) -> bool:
        """Whether a node is a number that stood in a formula: nothing to derive by."""
        return self.view.nodes[i].role == "constant" and not self.view.labels[i]

    def _totals(self) -> list[float]:
        """d(root)/d(node) for each node."""
        found: list[float] = [CLOSED] * len(self.view)
        sizes = [0.0] * len(self.view)
        found[self.root] = sizes[self.root] = 1.0
        for i in range(self.root - 1, -1, -1):
            for child, partial in self.uses[i].items():
                found[i] += partial * found[child]
                sizes[i] += self.sizes[child][i] * sizes[child]
            found[i] = without_rounding(found[i], sizes[i])
        return found

    # ── formulas ──

    def formula(self, i: int) -> Formula | None:
        """What a node is computed by, over the names of kept nodes; None where that would be too long."""
        name = self.names[i]
        if name not in self._formulas:
            self._formulas[name] = self._composed(i)
        return self._formulas[name]

    def _composed(self, i: int) -> Formula | None:
        """The operations between a node and the kept nodes above it, as one formula."""
        graph, node = self.graph, self.view.nodes[i]
        between: set[int] = set()
        pending = [graph.index[node]]
        while pending:
            k = pending.pop()
            if k not in between and graph.parents[k]:
                if graph.nodes[k].op.forward is no_formula or len(between) == LONGEST:
                    return None
                between.add(k)
                pending += (graph.index[each] for each in graph.parents[k] if each not in self.view.index)
        written: dict[int, Formula] = {}
        sizes: dict[int, int] = {}
        for k in sorted(between):
            inputs = [graph.index[each] for each in graph.parents[k]]
            sizes[k] = 1 + sum(sizes.get(each, 1) for each in inputs)
            if sizes[k] > LONGEST:
                return None
            written[k] = graph.nodes[k].op.applied(*(self._operand(each, written) for each in inputs))
        return written.get(graph.index[node])

    def _operand(self, k: int, written: Mapping[int, Formula]) -> Formula:
        node = self.graph.nodes[k]
        place = self.view.index.get(node)
        if place is not None:
            return Number(self.view.data[place]) if self.is_number(place) else Name(self.names[place])
        return written[k] if k in written else Number(self.graph.data[k])

    def factor(self, child: int, parent: int) -> Factor:
        """The local derivative of a node by one of its inputs."""
        key = child, parent
        if key not in self._factors:
            of, by = self.names[child], self.names[parent]
            value = self.inputs[child][parent]
            self._factors[key] = Factor(of, by, self._slope(child, by, math.isfinite(value)), value)
        return self._factors[key]

    def _slope(self, child: int, by: str, is_finite: bool) -> Formula | None:
        """Its formula; none where that is too long, or a number that the derivative, inf or nan, is not."""
        formula = self.formula(child)
        if formula is None or size(formula) > LONGEST or nesting(formula) > DEEPEST:
            return None
        try:
            slope = softmax_slope(formula, by, self._formulas) or derivative(unshifted(formula), by, self.names[child])
        except FormulaError:
            return None
        shown = together(simplified(slope)) if size(slope) <= LONGEST else slope
        if not is_finite and self._is_finite(shown):  # it has cancelled what made the inf or nan
            shown = slope
        hidden = not is_finite and self._is_finite(shown)
        return None if hidden or size(shown) > SHOWN else shown

    def _is_finite(self, formula: Formula) -> bool:
        """Whether a formula comes to a finite number here."""
        known = {each.name: self.values.get(each.name) for each in free_names(formula)}
        here = {name: each.value for name, each in known.items() if isinstance(each, Number)}
        try:
            found = evaluate(formula, {**CONSTANTS, **here}, FUNCTIONS)
        except FormulaError:  # it mentions what has no number
            return False
        return isinstance(found, float) and math.isfinite(found)

    # ── contributions ──

    def is_total(self, i: int) -> bool:
        """Whether the root uses a node directly and in other ways too, so that ∂ and d differ."""
        return self.root in self.uses[i] and len(self.uses[i]) > 1

    def is_read_as_whole(self, of: str, by: str) -> bool:
        """Whether ∂of/∂by is no local derivative to a sheet: no line of it says what is held, as of is a derivative."""
        if not self._lines or of in self._lines:
            return False
        source = self.places[by]
        pending = [i for i in self.inputs[self.places[of]] if i != source]
        seen = set(pending)
        while pending:
            above = self.inputs[pending.pop()]
            if source in above:
                return True
            pending += above.keys() - seen
            seen.update(above)
        return False

    def milestones(self, source: int | None, order: Sequence[str]) -> list[int]:
        """The nodes whose derivatives are found one by one, from the root down to the source; for no source, all.

        A chain passes over a node between two others; one where ways part or meet is found first,
        so that no factor is written twice. What was computed comes in the reverse of the given
        order, the leaves behind it.
        """
        between = [i for i in range(self.root) if self.uses[i]]
        if source is not None:
            between = [i for i in between if i == source or len(self.uses[i]) > 1 or len(self.inputs[i]) > 1]
        place = {name: i for i, name in enumerate(order)}
        if all(self.names[i] in place for i in between):
            between.sort(key=lambda i: place[self.names[i]])
        inner = [i for i in between if self.inputs[i]]
        return inner[::-1] + [i for i in between if not self.inputs[i]]

    def terms(self, i: int, found: set[int]) -> list[Term]:
        """The contributions to d(root)/d(node), one for each consumer, direct ones first."""
        consumers = sorted(self.uses[i], key=lambda child: (child != self.root, child))
        return [self._term(i, child, found) for child in consumers]

    def _term(self, i: int, child: int, found: set[int]) -> Term:
        chain = [self.factor(child, i)]
        via = self.names[child]
        while child != self.root and child not in found:
            above = next(iter(self.uses[child]))
            chain.append(self.factor(above, child))
            child = above
        value = self.totals[child]
        for each in reversed(chain):
            value = each.value * value
        return Term(via, "" if child == self.root else self.names[child], tuple(reversed(chain)), value)

    # ── paths ──

    def paths(self, source: int) -> list[tuple[int, ...]]:
        """Every path from the root down to a node, those through the root's first input first.

        Raises GraphError where there are more than anybody would read.
        """
        counts = [0] * len(self.view)
        counts[source] = 1
        for i in range(source + 1, len(self.view)):
            counts[i] = sum(counts[parent] for parent in self.inputs[i])
        if counts[self.root] > MOST_PATHS:
            raise GraphError(
                f"{counts[self.root]:,} paths lead from {self.names[source]!r} to {self.names[self.root]!r}; at most "
                f"{MOST_PATHS} are written out. Without paths, the derivation grows with the graph alone"
            )
        found: list[tuple[int, ...]] = []
        pending: list[tuple[int, ...]] = [(self.root,)]
        while pending:
            path = pending.pop()
            if path[-1] == source:
                found.append(path)
            pending += ((*path, each) for each in reversed(self._in_order(path[-1])) if counts[each])
        return found

    def _in_order(self, i: int) -> list[int]:
        """The inputs of a node in the order in which its formula names them."""
        formula = self.formula(i)
        order = {each.name: place for place, each in enumerate(free_names(formula))} if formula else {}
        return sorted(self.inputs[i], key=lambda each: order.get(self.names[each], len(order)))


def nesting(formula: Formula) -> int:
    """How deep functions and products stand inside each other; sums are level ground."""

    def visit(node: Formula, depths: list[int]) -> int:
        return max(depths, default=0) + (isinstance(node, Call) and node.function not in "+-")

    return int(fold(formula, visit))


def merged(pairs: Iterable[tuple[int, float]]) -> dict[int, float]:
    """One local derivative for each input, however often it is used."""
    found: dict[int, float] = {}
    for parent, partial in pairs:
        found[parent] = found[parent] + partial if parent in found else partial
    return found


def softmax_slope(formula: Formula, by: str, formulas: Mapping[str, Formula | None]) -> Formula | None:
    """p₁(1 - p₁) and -p₁p₂, where the formula is one result of softmax and the others have names."""
    if not (isinstance(formula, Call) and formula.function == "softmax"):
        return None
    *logits, which = formula.arguments
    results: dict[Formula, Name] = {}
    for name, other in formulas.items():
        if isinstance(other, Call) and other.function == "softmax" and other.arguments[:-1] == tuple(logits):
            results[other.arguments[-1]] = Name(name)
    if len(results) < len(logits):
        return None
    mine, terms = results[which], []
    for i, logit in enumerate(logits):
        p = results[Number(i + 1.0)]
        slope = Call("*", (mine, Call("-", (Number(1.0), mine)) if p == mine else Call("neg", (p,))))
        terms.append(Call("*", (slope, derivative(logit, by))))
    return simplified(total(terms))


def as_recorded(equations: Mapping[str, Formula | None]) -> dict[str, Formula | None]:
    """The equations as the engine records them: the largest of several is one operation."""
    return {name: formula and together(formula) for name, formula in equations.items()}
