"""How a round of the tape ends: by plain gradient descent, or as a sheet says, its rules and optimisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.formula import free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.sheet import Assignment, Run, Sheet
from microgrid.sheet import Update as Written
from microgrid.sheet.other_rounds import placed
from microgrid.sheet.transitions import advanced, numbers_in, worked_out

from .events import Assigned, Update

__all__ = ["Rule", "Transition", "rules_of", "start_of"]

Slopes = Callable[[Any, Any], float]
Memory = Mapping[str, float]


class Rule(NamedTuple):
    """How a round ends: each of the parameters goes `rate` times its gradient of `loss` down."""

    rate: float
    loss: Any
    parameters: tuple[Any, ...]

    def updates(
        self, number: int, graph: Graph, memory: Memory, slope: Slopes
    ) -> tuple[list[Update | Assigned], Memory]:
        """The updates that end a round, and what is remembered after them."""
        found: list[Update | Assigned] = []
        for node in dict.fromkeys(self.parameters):
            gradient, old = slope(self.loss, node), graph.data_of(node)
            loss, name = graph.name(self.loss), graph.name(node)
            found.append(Update(number, node, name, loss, self.rate, gradient, old, old - self.rate * gradient))
        return found, memory


class Transition(NamedTuple):
    """How a round of a sheet ends, as a line of it says.

    written  the line                               nodes   the values of the sheet by their names
    shown    what has a step of its own, though it is no value of the graph: states, m(w)
    sheet    where the line needs numbers that the graph has not: it is worked again, round by round
    """

    written: Written
    nodes: Mapping[str, Any]
    shown: frozenset[str]
    sheet: Sheet | None = None

    def updates(
        self, number: int, graph: Graph, memory: Memory, slope: Slopes
    ) -> tuple[list[Update | Assigned], Memory]:
        """The updates that end a round, and what is remembered after them: numbers of what is not in the graph."""
        known = worked(self.sheet, self.nodes, graph, memory) if self.sheet else self.found(graph, memory, slope)
        new = advanced(self.written, known)
        updates = [
            event(number, self.nodes.get(each.name), each, known, new)
            for each in self.written.assignments
            if each.name not in memory or each.name in self.shown
        ]
        return updates, {name: new.get(name, before) for name, before in memory.items()}

    def found(self, graph: Graph, memory: Memory, slope: Slopes) -> Callable[[str], float]:
        """The number of a name in the round, as the graph has it."""

        def known(name: str) -> float:
            quantity = placed(name).quantity
            if quantity.by:
                return slope(self.nodes[quantity.of], self.nodes[quantity.by])
            return memory[name] if name in memory else graph.data_of(self.nodes[name])

        return known


def worked(sheet: Sheet, nodes: Mapping[str, Any], graph: Graph, memory: Memory) -> Callable[[str], float]:
    """The number of a name in the round, as the sheet has it."""
    names = [each.name for each in sheet.leaves]
    numbers = {name: memory[name] if name in memory else graph.data_of(nodes[name]) for name in names}
    return sheet.at(numbers, memory=memory).number_of


def event(
    number: int, node: Any, each: Assignment, known: Callable[[str], float], new: Mapping[str, float]
) -> Update | Assigned:
    """The step that gives one name its new number."""

    before, after = known(each.name), new[each.name]
    if each.descent is None:
        numbers = numbers_in(each.formula, known, new.__getitem__)
        return Assigned(number, node, each.name, each.formula, tuple(numbers.items()), before, after)
    rate, loss = each.descent
    step = worked_out(rate, numbers_in(rate, known, new.__getitem__))
    return Update(number, node, each.name, loss, step, known(f"∂{loss}/∂{each.name}"), before, after)


# ── of a sheet ─────────────────────────────────────────────────────────────────────────────


def rules_of(run: Run, graph: Graph) -> tuple[Rule | Transition, ...]:
    """How the rounds of a sheet end, up to the first that descends a loss which is not in the graph of its own."""
    states = (leaf.name for leaf in run.sheet.leaves if leaf.keyword == "state")
    shown, outside = frozenset({*run.sheet.moments, *states}), start_of(run, graph)
    found: list[Rule | Transition] = []
    made: dict[int, Rule | Transition] = {}
    for update in run.sheet.updates:
        if id(update) not in made:
            sheet = None if is_within(update, run, graph, outside) else run.sheet
            if sheet and update.descends:
                break
            plain = None if sheet else plain_rule(update, run, graph)
            made[id(update)] = plain or Transition(update, run.rounds[0].nodes, shown, sheet)
        found.append(made[id(update)])
    return tuple(found)


def is_within(update: Written, run: Run, graph: Graph, outside: Memory) -> bool:
    """Whether the graph has the numbers that an update needs, or they are handed on beside it."""
    nodes = run.rounds[0].nodes
    names = dict.fromkeys(name for each in update.assignments for name in each.prepared.names)
    needed = [placed(name).quantity.of for name in names if name not in CONSTANTS]
    return all(name in outside or (name in nodes and nodes[name] in graph) for name in needed)


def plain_rule(update: Written, run: Run, graph: Graph) -> Rule | None:
    """Plain gradient descent by a rate that no round changes; None for any other update."""
    step = update.assignments[0].descent if update.descends else None
    if step is None:
        return None
    (rate, loss), nodes = step, run.rounds[0].nodes
    fixed = {leaf.name: nodes[leaf.name].data for leaf in run.sheet.leaves if leaf.keyword == "rate"}
    if not {each.name for each in free_names(rate)} <= fixed.keys() | CONSTANTS.keys():
        return None
    return Rule(
        worked_out(rate, fixed), nodes[loss], tuple(nodes[name] for name in update.names if nodes[name] in graph)
    )


def start_of(run: Run, graph: Graph) -> dict[str, float]:
    """The numbers at the start of what rounds hand on besides the values of the graph."""
    leaves = {leaf.name: run.rounds[0][leaf.name] for leaf in run.sheet.leaves}
    outside = {name: node.data for name, node in leaves.items() if node not in graph}
    return {**outside, **dict.fromkeys(run.sheet.moments, 0.0)}
