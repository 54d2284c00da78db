"""What a derivation is asked for: which derivative, of which graph, with whose equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgrid.engine import Graph, Value
from microgrid.errors import GraphError, file_named, type_named
from microgrid.formula import Call, Formula, Number, substitute, unicode_name
from microgrid.formula.regexes import regex
from microgrid.formula.signs import Names
from microgrid.sheet import Assignment, Round, Run
from microgrid.sheet.arrays.registry import sampled, unsampled
from microgrid.sheet.transitions import numbers_in, worked_out
from microgrid.streams import carried, carrying

from .asking import second_end, second_of, sheet_name
from .chains import Network

__all__ = ["ArrayDescent", "ArrayQuestion", "Descent", "Question", "asked", "ends"]


@carrying
@dataclass(frozen=True)
class Descent:
    """How a number goes on: new = old − rate · slope; or by a rule of the sheet, in its names and in numbers.

    sides    what it is equal to before its number: nothing for a number that is given
    numbers  of plain gradient descent: its rate and slope
    of       what that descends
    """

    name: str
    old: float
    new: float
    sides: tuple[Formula, ...]
    numbers: Mapping[str, float]
    of: str = ""

    @property
    def written(self) -> Formula:
        """The number that it has then."""
        return Number(self.new)

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "rate" in state:  # as pickles from before the wings have it
            numbers = {each: state.pop(each) for each in ("rate", "slope")}
            state |= {"numbers": numbers, "sides": (descended(state["old"], **numbers),)}
        vars(self).update(state)


@carrying
@dataclass(frozen=True)
class ArrayDescent:
    """How an array goes on by gradient descent: in its names, then with its numbers, typed as in a sheet."""

    name: str
    old: Formula
    new: Formula
    sides: tuple[Formula, ...]
    slopes: Formula

    @property
    def written(self) -> Formula:
        """The numbers that it has then."""
        return self.new


def descended(old: float, rate: float, slope: float) -> Formula:
    """old − rate · slope"""
    return Call("-", (Number(old), Call("*", (Number(rate), Number(slope)))))


QUOTIENT = regex(r"\s*[d∂](.+?)\s*/\s*[d∂](.+?)\s*")


@carrying
@dataclass(frozen=True)
class ArrayQuestion:
    """Which derivative by an array, in which round: of a number, by an array or by all of them; at which sample.

    Where there are samples also by a number: what is added up over all of them is told of one.
    """

    here: Round
    of: str
    by: str | None
    sample: int = 1


@carrying
@dataclass(frozen=True)
class Question:
    """Which derivative, in which graph."""

    graph: Graph
    by: Any
    equations: Mapping[str, Formula]
    numbers: Mapping[str, float]
    order: tuple[str, ...] = ()
    descents: tuple[Descent, ...] = ()
    title: str = ""
    arrays: ArrayQuestion | None = None

    def network(self, level: str) -> Network:
        """The nodes of a level, the asked one always among them."""
        view = self.graph.view(level)
        if self.by is not None and self.by not in view:
            kept = {*view.nodes, self.by}
            view = self.graph.view(lambda node: node in kept)
        return Network(self.graph, view, self.equations if level == "named" else {}, self.numbers, self.by)


def asked(target: Any, wrt: Any, names: Mapping[str, Any], round_number: int, sample: int = 1) -> Question:
    """The question that the arguments of `explain` put. Raises GraphError where they put none."""
    if not (wrt is None or isinstance(wrt, (str, Value))):
        raise GraphError(f"a derivative is by a Value or a name, not by a {type(wrt).__name__}")
    if isinstance(target, Run):
        return asked_of_sheet(target, wrt, round_number, sample)
    if isinstance(target, Graph):
        return asked_of_graph(target, wrt)
    target = target if isinstance(target, Value) else getattr(target, "root", target)
    if not isinstance(target, Value):
        raise GraphError(f"explain takes a Value, a worked sheet, Sheet.run(), or a Graph, not {type_named(target)}")
    whole = Graph(target, names)
    if isinstance(wrt, str) and (second := second_of(wrt, whole.display_names)):
        root, by = second_end({each: whole[each] for each in second}, *second[:2]), whole[second[2]]
        return Question(leading(Graph(root, names), by), by, {}, {})
    of, by = ends(wrt, whole.display_names)
    graph = Graph(whole[of], names) if of else whole
    if isinstance(by, str):
        by = whole[by]
    return Question(leading(graph, by), by, {}, {})


def asked_of_graph(whole: Graph, wrt: Any) -> Question:
    """The question about the numbers that a graph holds."""
    of, by = ends(wrt, whole.display_names)
    graph = whole.leading_to(whole[of] if of else whole.root)
    by = whole[by] if isinstance(by, str) else by
    return Question(leading(graph, by), by, {}, {})


def asked_of_sheet(run: Run, wrt: Any, round_number: int, sample: int) -> Question:
    if not 1 <= round_number <= len(run.rounds):
        raise GraphError(f"the sheet has no round {round_number}; it has {len(run.rounds)}")
    here = run.rounds[round_number - 1]
    run.sheet.require_sample(sample)
    ends_here = ends_at(wrt, run, here, sample)
    arrays = asked_of_arrays(*ends_here, run, here, sample)
    if arrays and unsampled(arrays.by or "")[0] in run.sheet.algebra.arrays.known:
        return Question(Graph(here[arrays.of]), None, {}, {}, arrays=arrays)
    root, by = ends_in_sheet(wrt, *ends_here, run, here)
    graph = leading(Graph(root), by)
    several = f", round {round_number}" if len(run.rounds) > 1 else ""
    title = f"{run.title}: the backward pass{several}" if run.title else ""
    lines = descents(run, here, round_number)
    return Question(graph, by, run.sheet.formulas, here.values, run.sheet.quantities, lines, title, arrays)


def ends_at(wrt: Any, run: Run, here: Round, sample: int) -> tuple[str, Any]:
    """The two ends of "dL/dz" as a sheet calls them; what has a number for each sample, at that sample."""
    arrays = run.sheet.algebra.arrays

    def placed(word: str) -> str:
        name, own = unsampled(word)
        name = name if name in arrays.known or name in arrays.varying else arrays.find(name) or name
        return sampled(name, own or sample) if arrays.owned(name) in arrays.varying else word

    of, by = ends(wrt, (*here.nodes, *arrays.known, *arrays.varying))
    given = [unsampled(each)[1] for each in (of, by) if isinstance(each, str)]
    sample = next(filter(None, given), sample)  # what one end says is of the other too
    return placed(of) if of else "", placed(by) if isinstance(by, str) else by


def asked_of_arrays(of: str, by: Any, run: Run, here: Round, sample: int) -> ArrayQuestion | None:
    """The question about arrays or samples; None where it is about numbers alone. Raises GraphError for a Jacobian."""
    arrays, samples = run.sheet.algebra.arrays.known, run.sheet.samples
    if not (arrays or samples) or not (by is None or isinstance(by, str)):
        return None
    of = of or run.sheet.loss
    (name, own), (below, of_below) = unsampled(of), unsampled(by or "")
    if name in arrays:
        first = sampled(arrays[name].elements[0], own)
        turned = f"; or did you mean d{by}/d{of}?" if by and below not in arrays else ""
        raise GraphError(f"{of} is an array: derive one of its elements, d{first}/d{by}{turned}")
    is_number = samples and by in here.nodes and run.sheet.algebra.arrays.owned(below) == below
    if not of or (by is not None and below not in arrays and not is_number):
        return None
    return ArrayQuestion(here, sheet_name(of, run), by, own or of_below or sample)


def ends_in_sheet(wrt: Any, of: str, by: Any, run: Run, here: Round) -> tuple[Value, Any]:
    """The two ends as Values of a round: what is derived, and by what."""
    if isinstance(wrt, str) and (second := second_of(wrt, here.nodes)):
        above, below, again = second
        return second_end(here.nodes, above, below), here[again]
    if not (of or run.sheet.loss):
        raise GraphError(
            f"{file_named(run.sheet.name)}: there is no equation to derive; write one, such as L = (p - y)^2"
        )
    root = here[sheet_name(of or run.sheet.loss, run)]
    return root, here[sheet_name(by, run)] if isinstance(by, str) else by


def ends(wrt: Any, names: Sequence[str]) -> tuple[str, Any]:
    """The two ends of "dL/dw"; of a name or a Value, the lower end alone."""
    if not isinstance(wrt, str):
        return "", wrt
    match = None if wrt in names else QUOTIENT.fullmatch(wrt)
    return (spelt(match[1], names), spelt(match[2], names)) if match else ("", spelt(wrt, names))


def spelt(name: str, names: Sequence[str]) -> str:
    """The name as it was given, of one that is written otherwise: w1_12 of w¹₁₂, w11 of w_{11}, ŷ of yhat."""
    if name in names:
        return name
    return Names(names).find(name) or next(
        (each for each in names if name in (unicode_name(each), carried(each, "ascii"))), name
    )


def leading(graph: Graph, by: Any) -> Graph:
    """The graph, once it is certain that the node leads to its root."""
    if by is not None and by not in graph:
        name = by.label or repr(by)
        leads = [label for label in graph.labels[:-1] if label]
        more = f" and {len(leads) - 8} more" if len(leads) > 8 else ""
        listed = f"; nodes that do: {', '.join(leads[:8])}{more}" if leads else ""
        if graph.root in Graph(by):
            listed = f"; did you mean d{name}/d{graph.name(graph.root)}?"
        raise GraphError(f"{name!r} does not lead to {graph.name(graph.root)!r}{listed}")
    return graph


def descents(run: Run, here: Round, round_number: int) -> tuple[Descent, ...]:
    """The steps that the update behind a round takes."""
    if round_number == len(run.rounds):
        return ()
    after = run.rounds[round_number]
    return tuple(gone_on(each, here, after) for each in run.sheet.updates[round_number - 1].assignments)


def gone_on(each: Assignment, here: Round, after: Round) -> Descent:
    """One of them."""
    old, new = here.number_of(each.name), after.number_of(each.name)
    numbers = numbers_in(each.formula, here.number_of, after.number_of)
    inserted = substitute(each.formula, {name: Number(number) for name, number in numbers.items()})
    if each.descent is None:
        return Descent(each.name, old, new, (each.formula, inserted) if numbers else (), {})
    rate, loss = each.descent
    step = worked_out(rate, numbers_in(rate, here.number_of, after.number_of))
    plain = {"rate": step, "slope": here.derivative(loss, each.name)}
    return Descent(each.name, old, new, (descended(old, **plain),), plain, loss)
