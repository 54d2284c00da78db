"""How the rounds of a page go on: the rules of its tape as plain data, their formulas as JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from microgrid.engine import Graph
from microgrid.formula import OPS, Call, Formula, Name, Op, fold, free_names, substitute
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.floats import FLOATS
from microgrid.formula.javascript import expression
from microgrid.formula.operation import constant_folded, functions_of
from microgrid.formula.optimisers import NEXT
from microgrid.sheet import Assignment
from microgrid.sheet.other_rounds import placed
from microgrid.tape import Tape
from microgrid.tape.transitions import Rule, Transition

__all__ = ["Transitions"]


class Transitions:
    """The rules of a tape for the page.

    data        one object for each rule: of plain gradient descent its rate, loss and parameters; else its moves
    operations  that the formulas of the moves use
    script      the statement that defines FORMULAS: functions numbers → number
    """

    def __init__(self, tape: Tape) -> None:
        self.graph: Graph = tape.graph
        self.memory = dict(tape.rounds[0].memory)
        self._formulas: dict[Formula, int] = {}
        made = {id(rule): self.rule(rule) for rule in {id(rule): rule for rule in tape.rules}.values()}
        self.data = [made[id(rule)] for rule in tape.rules]

    @property
    def operations(self) -> list[Op]:
        """The rows of the table that the formulas use."""
        used = functions_of(list(self._formulas)) - FLOATS.keys()
        return [OPS[name] for name in sorted(used) if name in OPS]

    @property
    def script(self) -> str:
        """FORMULAS, as JavaScript."""
        lines = [f"  (n) => {expression(formula)},\n" for formula in self._formulas]
        return f"const FORMULAS = [\n{''.join(lines)}];"

    def rule(self, rule: Rule | Transition) -> dict[str, Any]:
        """One rule as plain data."""
        if isinstance(rule, Rule):
            index = self.graph.index
            parameters = [index[node] for node in rule.parameters]
            return {"rate": rule.rate, "loss": index[rule.loss], "parameters": parameters}
        return {"moves": [self.move(rule, each) for each in rule.written.assignments]}

    def move(self, rule: Transition, each: Assignment) -> dict[str, Any]:
        """One new number: what it is for, how it is computed, and which numbers its sentence names."""
        place = self.place(rule, each.name)
        named = {f"n{i}": self.source(rule, name.name) for i, name in enumerate(named_in(each.formula))}
        if each.descent:
            rate, loss = each.descent
            named = {"g": self.source(rule, f"∂{loss}/∂{each.name}")}
            rate_by = self.formula(rule, rate)
        else:
            rate_by = None
        return {
            "name": each.name, "place": place, "by": self.formula(rule, each.computed or each.formula), "named": named,
            "rate": rate_by, "shown": place >= 0 or each.name in rule.shown,
        }  # fmt: skip

    def formula(self, rule: Transition, formula: Formula) -> dict[str, Any]:
        """A formula, by its place in FORMULAS, and where its numbers come from."""
        names = named_in(formula)
        numbered = substitute(plain(formula), {each.name: Name(f"n[{i}]") for i, each in enumerate(names)})
        move = self._formulas.setdefault(constant_folded(numbered), len(self._formulas))
        return {"move": move, "of": [self.source(rule, each.name) for each in names]}

    def place(self, rule: Transition, name: str) -> int:
        """The place of a value in the graph; -1 for none."""
        node = rule.nodes.get(name)
        return self.graph.index.get(node, -1) if node is not None else -1

    def source(self, rule: Transition, name: str) -> list[Any]:
        """Where a number comes from: a value, a slope, what is remembered, or a new number."""
        if name.startswith(NEXT):
            return ["next", name.removeprefix(NEXT)]
        quantity = placed(name).quantity
        if quantity.by:
            return ["slope", self.place(rule, quantity.of), self.place(rule, quantity.by)]
        return ["memory", name] if name in self.memory else ["value", self.place(rule, name)]


def named_in(formula: Formula) -> list[Name]:
    """The names in a formula that stand for numbers of the page."""
    return [each for each in free_names(formula) if each.name not in CONSTANTS]


def plain(formula: Formula) -> Formula:
    """The formula without the operations of any number of inputs."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if isinstance(node, Call) and node.function in WRITTEN_OUT:
            return WRITTEN_OUT[node.function](arguments)
        return Call(node.function, tuple(arguments)) if isinstance(node, Call) else node

    return fold(formula, visit)  # type: ignore[no-any-return]


def added(terms: Iterable[Formula]) -> Formula:
    return reduce(lambda left, right: Call("+", (left, right)), terms)


def weighed(terms: Sequence[Formula]) -> Formula:
    half = len(terms) // 2
    return added([*(Call("*", pair) for pair in zip(terms, terms[half:-1])), terms[-1]])


WRITTEN_OUT: dict[str, Callable[[list[Formula]], Formula]] = {
    "sum": added,
    "affine": weighed,
    "amax": lambda terms: reduce(lambda left, right: Call("max", (left, right)), terms),
    "amin": lambda terms: reduce(lambda left, right: Call("min", (left, right)), terms),
    "logsumexp": lambda terms: Call("log", (added(Call("exp", (each,)) for each in terms),)),
}
