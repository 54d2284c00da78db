"""Worked examples as text: read a sheet, run it, round by round.

    title   Two ReLU neurons in a row
    input   x = 3
    target  y = 2
    param   w1 = 0.5, w2 = 0.8
    a1 = relu(w1*x)
    J  = (y - relu(w2*a1))^2 / 2
    J       ~= 0.32                  # a published number, checked to its printed digits
    dJ/dw1  ~= -1.92                 # any derivative of any quantity by any other
    dJ/da1  == -(y - w2*a1)*w2       # a published formula, checked as an identity
    update 0.1                       # one gradient-descent step on every param

Nothing in a sheet is ever executed as Python: the parser of `formula/` reads it, word by word.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from microgrid.engine import FUNCTIONS, Value, gradients, topological_order
from microgrid.engine.origins import Origin
from microgrid.engine.watch import computed_at
from microgrid.errors import MicrogridError, Mistake, SheetError, counted, file_named
from microgrid.files import file_content
from microgrid.formula import Call, Formula, Name, Number, evaluate, free_names
from microgrid.formula.budget import in_line, spend
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.lettering import number, plain, shown
from microgrid.streams import carrying

from .arrays import Algebra, Arrays
from .arrays.wholes import Whole, wholes
from .demands import MANY_RESULTS
from .encoding import decoded
from .evaluation import STEP, Words, derived, gone_back, in_budget, work
from .names import ROLE_OF
from .other_rounds import CHANGE, earlier, placed
from .reader import read
from .remarks import remarks
from .round_table import round_table
from .statements import Equation, Quantity, Script, Update, has_derivative, names_in, quantity_called, quantity_of
from .transitions import advanced

__all__ = ["Round", "Run", "Sheet"]

TITLE, LOSS = 28, 12  # characters of a title, or of the name of a file, and of the loss at the prompt
ROUNDS = 4  # that a notebook shows: of more the first ones and the last
HANDED_ON = ("rate", "state")  # from round to round: they are shown where they are used


@carrying
@dataclass(frozen=True)
class Sheet(Script):
    """A worked example, read and checked for mistakes, not yet computed.

    >>> sheet = Sheet.parse("param w = 3\\nL = w^2\\ndL/dw ~= 6")
    >>> sheet.run().rounds[0]["L"].data
    9.0
    """

    def __repr__(self) -> str:
        kinds = {"number": self.leaves, "equation": self.equations, "check": self.checks, "update": self.updates}
        parts = ", ".join(counted(len(each), kind) for kind, each in kinds.items() if each)
        return f"<Sheet {plain(Path(self.name).name, TITLE)}: {parts or 'empty'}>"

    @staticmethod
    def read(path: str | Path) -> Sheet:
        """The sheet in a file. Raises SheetError with file:line:column, OSError for no file."""
        return Sheet.parse(decoded(file_content(path), str(path)), str(path))

    @staticmethod
    def parse(text: str, name: str = "<sheet>") -> Sheet:
        """The sheet in a text; `name` stands for the file in messages. Raises SheetError."""
        return Sheet(**vars(read(text, name)))

    @cached_property
    def quantities(self) -> tuple[str, ...]:
        """Every name, in the order of the sheet."""
        return (*(leaf.name for leaf in self.leaves), *(name for each in self.equations for name in each.names))

    @cached_property
    def formulas(self) -> dict[str, Formula]:
        """The formulas of the quantities that are computed from others; softmax has the number of its result as last.

        What computes with a derivative has none: its graph is that of the gradient.
        """
        found: dict[str, Formula] = {}
        for equation in self.equations:
            if has_derivative(equation.formula):
                continue
            formula = equation.formula
            for i, name in enumerate(equation.names, 1):
                if isinstance(formula, Call) and formula.function == MANY_RESULTS:
                    found[name] = Call(MANY_RESULTS, (*formula.arguments, Number(float(i))))
                else:
                    found[name] = formula
        return found

    @cached_property
    def unnamed(self) -> dict[str, Formula]:
        """The formulas of what is checked and has no name: `w*a` by its text."""
        return {each.text: each.formula for each in self.expressions}

    @cached_property
    def beside_each(self) -> dict[str, tuple[str, ...]]:
        """Of each element of an array all those of that array."""
        return {name: array.elements for array in self.arrays for name in array.elements}

    @cached_property
    def algebra(self) -> Algebra:
        """Its formulas over arrays."""
        return Algebra(Arrays.of(self), {each.name: each for each in self.definitions})

    def as_arrays(self, names: Iterable[str]) -> list[str]:
        """The names with that of an array in place of its elements."""
        return list(dict.fromkeys(map(self.algebra.arrays.owned, names)))

    @cached_property
    def lines_over_arrays(self) -> dict[str, Formula]:
        """What each line computes, as it is written: by the name of a number or an array, of each sample its own."""
        return self.algebra.lines(self)

    @cached_property
    def wholes(self) -> tuple[Whole, ...]:
        """What it is about, as its author has it: numbers, vectors and matrices."""
        return tuple(wholes(self, self.algebra))

    @property
    def has_arrays(self) -> bool:
        """Whether something in it is no single number: a vector, a matrix, or what each sample has of its own."""
        return bool(self.arrays or self.samples)

    def require_sample(self, number: int) -> None:
        """Raise SheetError where there is no such sample."""
        if not 1 <= number <= max(self.samples, 1):
            has = f"samples go from 1 to {self.samples:,}" if self.samples else "the sheet has no samples"
            raise SheetError(f"{file_named(self.name)}: there is no sample {number:,}; {has}")

    @cached_property
    def start(self) -> dict[str, float]:
        """The numbers that the leaves are given."""
        return {leaf.name: float(evaluate(leaf.formula, CONSTANTS, FUNCTIONS)) for leaf in self.leaves}

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(leaf.name for leaf in self.leaves if leaf.keyword == "param")

    @property
    def remarks(self) -> list[str]:
        """What its reader should be told: a loss that nothing descends."""
        return remarks(self, {**self.formulas, **self.leading})

    @cached_property
    def behind_loss(self) -> frozenset[str]:
        """The quantities that the sheet computes from its loss, or from a derivative of it."""
        found = {self.loss}
        for equation in self.equations:
            if not found.isdisjoint(names_in(equation.formula)):
                found.update(equation.names)
        return frozenset(found - {self.loss})

    @cached_property
    def leading(self) -> dict[str, Formula]:
        """Of each quantity that computes with a derivative what leads to it: what that is of, and by."""
        found: dict[str, Formula] = {}
        for equation in self.equations:
            if has_derivative(equation.formula):
                names = dict.fromkeys(names_in(equation.formula))
                found |= dict.fromkeys(equation.names, Call("sum", tuple(map(Name, names))))
        return found

    def model(self, **options: Any) -> Any:
        """The network whose layers the sheet has; see `nn.MLP.from_sheet`. Raises GraphError where it is none."""
        from microgrid.nn import MLP

        return MLP.from_sheet(self, **options)

    def run(self) -> Run:
        """Compute every round: forward, backward, update, and forward again. Raises SheetError, also for too many."""
        with in_budget(self.name, self.text):
            rounds = [self.at(self.start, 1, dict.fromkeys(self.moments, 0.0))]
            for update in self.updates:
                with in_line(update.line):
                    rounds.append(rounds[-1].followed(update))
        return Run(self, tuple(rounds))

    @cached_property
    def work(self) -> int:
        """How many operations and numbers one round of it has, those of derivatives apart."""
        return len(self.leaves) + sum(map(work, self.equations))

    def at(self, leaves: Mapping[str, float], number: int = 0, memory: Mapping[str, float] | None = None) -> Round:
        """One round, forward and backward, from the leaves' numbers.

        number  which round of the sheet it is, from 1; 0 where it is none of them
        memory  what optimisers remember, m(w), and the numbers of the round before that are asked for, before(w)
        Raises SheetError where an operation cannot take what it is given.
        """
        spend(self.work)
        values = (Value(leaves[each.name], label=each.name, role=ROLE_OF[each.keyword]) for each in self.leaves)
        nodes = Words(((each.label, each) for each in values), self.beside_each)
        for equation in self.equations:
            for name, node in zip(equation.names, self._computed(equation, nodes)):
                node.label = name
                nodes[name] = node
        if self.loss:
            gone_back(nodes[self.loss], self.equations if self.leading else ())
        found = {self.loss: {node: node.grad for node in nodes.values()}} if self.loss else {}
        return Round(self, dict(nodes), number, memory or {}, found)

    def _computed(self, equation: Equation, nodes: Words) -> tuple[Value, ...]:
        """The nodes of an equation: each new, so that it can have a name of its own."""
        try:
            return self._evaluated(equation, nodes)
        except MicrogridError as error:
            place, name = [Mistake(equation.line, 0, 0, str(error))], file_named(self.name)
            raise SheetError(f"{name}:{equation.line}: {error}\n    {plain(equation.text)}", place) from None

    def _evaluated(self, equation: Equation, nodes: Words) -> tuple[Value, ...]:
        """The same; raises what its operations raise."""
        with in_line(equation.line), computed_at(Origin(self.name, equation.line, equation.text), equation.title):
            if isinstance(formula := equation.formula, Name):
                result = FUNCTIONS["identity"](nodes[formula.name])
            else:
                result = equation.prepared(nodes, FUNCTIONS)
        results = result if isinstance(result, tuple) else (result,)
        return tuple(each if isinstance(each, Value) else Value(each, role="constant") for each in results)


# ── what comes of it ───────────────────────────────────────────────────────────────────────


@carrying
@dataclass(frozen=True)
class Round:
    """One forward and backward pass: every named quantity as a Value."""

    sheet: Sheet
    nodes: Mapping[str, Value]
    number: int = field(default=0, compare=False)  # from 1; 0 is none of the sheet's own
    memory: Mapping[str, float] = field(default_factory=dict)  # m(w), v(w) …, and before(w) where that is asked for
    _gradients: dict[str, dict[Value, float]] = field(default_factory=dict, repr=False)  # by named values, at least

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update({"memory": {}, **state})  # pickles from before the wings have none

    def __getitem__(self, name: str) -> Value:
        return self.nodes[name]

    def __repr__(self) -> str:
        which = f" {self.number}" if self.number and self.sheet.updates else ""
        return f"<Round{which} of {titled(self.sheet)}: {counted(len(self.nodes), 'value')}{losses(self)}>"

    def _repr_html_(self) -> str:
        return self._html(self.sheet.title or self.sheet.name)

    def _html(self, caption: str) -> str:
        """Every quantity with its formula, its number and its gradient."""
        return round_table(self, caption)

    def derivative(self, of: str, by: str) -> float:
        """d(of)/d(by); 0 where `of` does not depend on it."""
        if of not in self._gradients:
            first = quantity_of(Name(of))
            self._gradients[of] = gradients(derived(first, self.nodes) if first.by else self.nodes[of])
        return self._gradients[of].get(self.nodes[by], 0.0)

    def value(self, quantity: Quantity) -> float:
        """What a named value, a derivative or a checked expression comes to."""
        if quantity.of in self.sheet.unnamed:
            return self.evaluate(self.sheet.unnamed[quantity.of])
        return self._named(quantity)

    def _named(self, quantity: Quantity) -> float:
        """What a named value or a derivative comes to."""
        if quantity.by:
            return self.derivative(quantity.of, quantity.by)
        if quantity.of in self.nodes:
            return float(self.nodes[quantity.of].data)
        if quantity.of in self.memory:
            return self.memory[quantity.of]
        name = quantity.of.removeprefix(CHANGE)
        return float(self.nodes[name].data - self.memory[earlier(name)])

    def node(self, name: str) -> Value:
        """The Value of a quantity, or of a checked expression."""
        if name not in self.sheet.unnamed:
            return self.nodes[name]
        equation = next(each for each in self.sheet.expressions if each.text == name)
        memory = {name: Value(number, role="constant") for name, number in self.memory.items()}
        return self.sheet._computed(equation, Words({**memory, **self.nodes}.items()))[0]

    def evaluate(self, formula: Formula) -> float:
        """What a formula over names and derivatives comes to."""
        words = (each for each in free_names(formula) if each.name not in CONSTANTS)
        names = {each.name: self._named(quantity_of(each)) for each in words}
        return float(evaluate(formula, {**CONSTANTS, **names}, FUNCTIONS))

    @property
    def values(self) -> dict[str, float]:
        return {name: node.data for name, node in self.nodes.items()}

    @property
    def gradients(self) -> dict[str, float]:
        """d(loss)/d(quantity) for every named quantity."""
        if not self.sheet.loss:
            return {}
        return {name: self.derivative(self.sheet.loss, name) for name in self.nodes}

    def number_of(self, name: str) -> float:
        """The number of a name in a formula."""
        return self.value(quantity_called(name))

    def followed(self, update: Update) -> Round:
        """The round that an update leads to."""
        spend(STEP * len(update.assignments))
        new = advanced(update, self.number_of)
        leaves = {leaf.name: new.get(leaf.name, self.nodes[leaf.name].data) for leaf in self.sheet.leaves}
        memory = {name: new.get(name, self.memory[name]) for name in self.sheet.moments}
        memory |= {name: self.value(placed(name).quantity) for name in self.sheet.asked}
        return self.sheet.at(leaves, self.number + 1, memory)


def titled(sheet: Sheet) -> str:
    """What a sheet is called at the prompt."""
    return plain(sheet.title or Path(sheet.name).name, TITLE)


def losses(*rounds: Round) -> str:
    """What the loss comes to in each of some rounds."""
    loss = rounds[0].sheet.loss
    return f", {shown(loss, LOSS)} = {' → '.join(number(each[loss].data, 6) for each in rounds)}" if loss else ""


@carrying
@dataclass(frozen=True)
class Run:
    """A worked sheet: every round of it."""

    sheet: Sheet
    rounds: tuple[Round, ...]

    def __repr__(self) -> str:
        ends = (self.rounds[0], self.rounds[-1])[: len(self.rounds)]
        return f"<Run of {titled(self.sheet)}: {counted(len(self.rounds), 'round')}{losses(*ends)}>"

    def _repr_html_(self) -> str:
        """A table for each round."""
        count = len(self.rounds)
        some = range(count) if count <= ROUNDS else (*range(ROUNDS - 1), count - 1)
        several = [f": round {i + 1} of {count:,}" if count > 1 else "" for i in some]
        title = self.title or self.sheet.name
        return "\n".join(self.rounds[i]._html(f"{title}{said}") for i, said in zip(some, several))

    @property
    def title(self) -> str:
        return self.sheet.title

    def only(self, number: int) -> Run:
        """That round alone, from 1. Raises SheetError where there is no such round."""
        if not 1 <= number <= len(self.rounds):
            has = counted(len(self.rounds), "round")
            raise SheetError(f"{file_named(self.sheet.name)}: there is no round {number:,}; the sheet has {has}")
        return Run(self.sheet, (self.rounds[number - 1],))

    def outside(self, graph: Container[Value]) -> list[str]:
        """What a graph does not show of the sheet; rates and states apart, which are shown where they are used."""
        handed_on = {leaf.name for leaf in self.sheet.leaves if leaf.keyword in HANDED_ON}
        return [name for name, node in self.rounds[0].nodes.items() if node not in graph and name not in handed_on]

    def left_out(self, graph: Container[Value]) -> list[str]:
        """A sentence about what is computed from the loss, so that no step is about it, and about what is left out."""
        names, behind = self.outside(graph), self.sheet.behind_loss
        said = {
            f"not among the steps, since computed from {self.sheet.loss}": [name for name in names if name in behind],
            f"not here, since {self.sheet.loss} does not depend on it": [name for name in names if name not in behind],
        }
        whole = {why: self.sheet.as_arrays(some) for why, some in said.items() if some}
        return [f"{why}: {', '.join(some[:8] + ['…'] * (len(some) > 8))}" for why, some in whole.items()]

    @property
    def beside(self) -> list[Value]:
        """What the first of the rounds has besides its loss, inputs too: what neither leads to it nor comes from it."""
        leading, behind = set(topological_order(self.root)), self.sheet.behind_loss
        leaves = (leaf.name for leaf in self.sheet.leaves if leaf.keyword not in HANDED_ON)
        names = [*leaves, *self.sheet.formulas]
        others = [self.rounds[0][name] for name in names if name not in behind]
        return [node for node in others if node not in leading and self.root not in topological_order(node)]

    @property
    def root(self) -> Value:
        """The loss in the first of the rounds: what pictures are drawn from."""
        if not self.sheet.loss:
            raise SheetError(f"{file_named(self.sheet.name)}: there is no equation to draw; write one: L = (p - y)^2")
        return self.rounds[0][self.sheet.loss]
