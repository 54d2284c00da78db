"""The tape: everything that happens in a computation, one step after another.

    forward    a value is computed from its inputs
    seed       backward begins: the gradient of the root is 1
    backward   one use of a value adds its share:  parent.grad += partial * child.grad
    complete   a gradient has all its shares
    update     a parameter goes one step down:  new = old - rate * gradient
    round      the next round begins: the gradients are 0 again, and forward comes next

Leaves are there from the start. A `Tape` makes its steps when they are asked for, and holds 16 bytes
for each; a `Cursor` walks it in both directions, with every number as it stood. The terminal
debugger and the page both read this tape: there is no second algorithm.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, overload

from microgrid.engine import Graph, Value
from microgrid.engine.variables import given
from microgrid.errors import GraphError, counted, type_named
from microgrid.formula import unicode_name
from microgrid.formula.lettering import LABEL, plain
from microgrid.formula.regexes import regex
from microgrid.formula.tables import html_table
from microgrid.sheet import Run, Sheet
from microgrid.streams import carrying, line_of

from .array_events import Owners, by_array, gathered
from .event_list import Events
from .events import Backward, Complete, Forward, NextRound, Seed, Step
from .rounds import Round, rounds, uses
from .transitions import Rule, Transition, rules_of, start_of

__all__ = ["ELEMENT", "NEURON", "VECTOR", "Tape", "steps"]

VECTOR, ELEMENT = "vector", "element"  # levels of a sheet with vectors and matrices
COMPLETE = -1  # stands for a slot in the order of the backward pass


def steps(
    target: Any, level: str | None = None, *, names: Mapping[str, Any] | None = None, rules: Sequence[Rule] = ()
) -> Tape:
    """The tape of a computation: every step of its forward and backward pass, and of its updates.

    parent.grad += partial · child.grad, one step for each use of each value

    >>> x = Value(3.0, label="x")
    >>> L = x * x
    >>> L.label = "L"
    >>> for step in steps(L):
    ...     print(step.kind, step.name, getattr(step, "after", step[-1]))
    forward L 9.0
    seed L 1.0
    complete L 1.0
    backward x 3.0
    backward x 6.0
    complete x 6.0

    target  a Value, or a worked sheet (`Sheet.run()`) with its updates and rounds
    level   "op", every operation; "named", what has a label; "neuron"; or "layer"; of a sheet also
            "vector", where each vector and matrix has events of its own, and "element". Unless told, a
            sheet's steps are its lines, anything else's its operations
    names   what holds Values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are then
            W[0][1]; unless told, the variables of the caller
    rules   updates to make, one after each round; after those of a sheet
    Returns a Tape; no Value changes. After a round's last backward step the gradients are those of
    `backward()` from 0, at level "op" to the bit. Raises GraphError for what is no computation.
    """
    if isinstance(target, Run):
        graph = Graph(target.root, names, target.beside)
        every, sheet = (*rules_of(target, graph), *rules), target.sheet
        level = level or (VECTOR if sheet.has_arrays else "named")
        return Tape.of(graph, level, every, sheet.quantities, start_of(target, graph), sheet)
    root = target if isinstance(target, Value) else getattr(target, "root", None)
    if not isinstance(root, Value):
        raise GraphError(f"steps lead to a Value, or to a worked sheet, Sheet.run(), not to a {type_named(target)}")
    return Tape.of(Graph(root, given(names)), level or "op", rules)


# ── the tape ───────────────────────────────────────────────────────────────────────────────


@carrying
class Tape(Sequence[Step]):
    """Every step, in order; made when it is asked for.

    rounds  the numbers of each round        level  what the steps are about
    view    the values, in the order in which they are computed; `names` their names
    rules   the updates between the rounds
    sheet   whose vectors and matrices the values are
    events  what happens, an event for each array; where there are none, the steps
    A position on the tape is the number of steps taken: `tape[position]` is the next one.
    """

    def __init__(
        self,
        rounds: Sequence[Round],
        level: str,
        rules: Sequence[Rule | Transition],
        order: Sequence[str] = (),
        sheet: Sheet | None = None,
    ) -> None:
        self.level, self.rules, self.order, self.sheet = level, tuple(rules), order, sheet
        self.owners = Owners(arrays_of(sheet) if sheet and level == VECTOR else {})
        self.rounds = tuple(gathered(each, self.owners) for each in rounds)
        self.graph, self.view = self.rounds[0].graph, self.rounds[0].view
        self.names = spoken(self.view, level)
        self.computed = array("i", (i for i, node in enumerate(self.view.nodes) if node.parents))
        self.children, self.slots = schedule(self.view)
        self.turns: Sequence[int] = range(len(self.children))  # the places of these in the order of the engine
        if self.owners.arrays:
            natural = list(zip(self.children, self.slots))
            self.turns = by_array(self.view, list(map(self.owners, self.names)), natural)
            self.children, self.slots = (array("i", each) for each in zip(*(natural[at] for at in self.turns)))
        once = len(self.computed) + 1 + len(self.children)
        lengths = (once + len(each.updates) + (each.number > 1) for each in self.rounds)
        self.starts = [0, *accumulate(lengths)]

    @classmethod
    def of(
        cls,
        graph: Graph,
        level: str,
        rules: Sequence[Rule | Transition] = (),
        order: Sequence[str] = (),
        memory: Mapping[str, float] | None = None,
        sheet: Sheet | None = None,
    ) -> Tape:
        """The tape of a graph; `order` are labels in the order in which they are computed.

        memory  numbers at the start of what is no value of the graph
        """
        return cls(tuple(rounds(graph, looking(level, order), rules, memory=memory)), level, rules, order, sheet)

    def __setstate__(self, state: dict[str, Any]) -> None:
        pickled_before = {"sheet": None, "owners": Owners({}), "turns": range(len(state["children"]))}  # had no arrays
        vars(self).update(pickled_before | state)

    def __len__(self) -> int:
        return self.starts[-1]

    def __repr__(self) -> str:
        many = f", {len(self.rounds):,} rounds" if len(self.rounds) > 1 else ""
        return f"<Tape of {plain(self.names[-1], LABEL)}: {counted(len(self), 'step')}{many}>"

    def _repr_html_(self) -> str:
        """Its steps in words."""
        from .wording import Wording  # it reads tapes

        words = Wording(self, names=unicode_name)

        def row(i: int) -> tuple[str, ...]:
            return f"{i + 1:,}", self.events[i].kind, words(self.events[i])

        return html_table((">step", "<", "<what happens"), len(self.events), row, line_of(self))

    @cached_property
    def events(self) -> Events:
        """What happens, an event for each array."""
        passes = len(self.computed) + 1 + len(self.children)
        return Events(self, self.owners, passes, self.rounds, self.phase)

    @overload
    def __getitem__(self, position: int) -> Step: ...
    @overload
    def __getitem__(self, position: slice) -> list[Step]: ...
    def __getitem__(self, position: int | slice) -> Step | list[Step]:
        if isinstance(position, slice):
            return [self[i] for i in range(*position.indices(len(self)))]
        at = position + len(self) if position < 0 else position
        if not 0 <= at < len(self):
            raise IndexError(f"step {position} of {len(self)}")
        here = self.rounds[self.round_at(at)]
        at -= self.starts[here.number - 1]
        if here.number > 1:
            if at == 0:
                return NextRound(here.number, self.view.root, self.names[-1])
            at -= 1
        if at < len(self.computed):
            return self._forward(here, self.computed[at])
        return self._after_forward(here, at - len(self.computed))

    def _forward(self, here: Round, i: int) -> Forward:
        view = here.view
        places = [view.index[parent] for parent in view.parents[i]]
        inputs = tuple((self.names[k], view.data[k]) for k in places)
        return Forward(here.number, view.nodes[i], self.names[i], view.nodes[i].op, inputs, view.data[i])

    def _after_forward(self, here: Round, at: int) -> Step:
        if at == 0:
            return Seed(here.number, self.view.root, self.names[-1], 0.0, 1.0)
        at -= 1
        if at >= len(self.children):
            return here.updates[at - len(self.children)]
        view, child, slot, number = here.view, self.children[at], self.slots[at], here.backward[self.turns[at]]
        if slot == COMPLETE:
            return Complete(here.number, view.nodes[child], self.names[child], number)
        parent, partial, grad = view.parents[child][slot], view.partials[child][slot], here.grad[child]
        share = partial * grad
        return Backward(
            here.number, parent, self.names[view.index[parent]], view.nodes[child], self.names[child],
            slot, partial, grad, share, number, number + share,
        )  # fmt: skip

    def round_at(self, position: int) -> int:
        """The place in `rounds` of the round that the step at a position belongs to."""
        return min(bisect_right(self.starts, position), len(self.rounds)) - 1

    def phase(self, position: int) -> tuple[str, int, int]:
        """Where a position is: "fwd", "bwd" or "upd", how many steps of that phase are taken, and of how many."""
        here = self.rounds[self.round_at(max(position - 1, 0))]
        at = position - self.starts[here.number - 1]
        forward = len(self.computed) + (here.number > 1)
        if at <= forward:
            return "fwd", at, forward
        backward = 1 + len(self.children)
        if at <= forward + backward:
            return "bwd", at - forward, backward
        return "upd", at - forward - backward, len(here.updates)

    # ── what if ──

    def with_numbers(self, numbers: Mapping[Any, float], number: int = 1) -> Tape:
        """The tape with other numbers in some leaves, from that round on. Raises GraphError for no such round."""
        if not 1 <= number <= len(self.rounds):
            raise GraphError(f"no round {number} on this tape; it has {len(self.rounds)}")
        return self._from(number, self.rounds[number - 1].graph.replayed(numbers), self.rules)

    def with_rule(self, rule: Rule | Transition) -> Tape:
        """The tape with one more update, and the round after it."""
        return self._from(len(self.rounds), self.rounds[-1].graph, (*self.rules, rule))

    def _from(self, number: int, graph: Graph, rules: Sequence[Rule | Transition]) -> Tape:
        """The rounds before that number, and then those that start from the graph."""
        memory = self.rounds[number - 1].memory
        rest = rounds(graph, looking(self.level, self.order), rules[number - 1 :], number, memory)
        return self.with_rounds((*self.rounds[: number - 1], *rest), rules)

    def with_rounds(self, rounds: Sequence[Round], rules: Sequence[Rule | Transition]) -> Tape:
        """The tape of other rounds, about the same."""
        return Tape(rounds, self.level, rules, self.order, self.sheet)


def looking(level: str, order: Sequence[str]) -> Callable[[Graph], Graph]:
    """How each round is seen; every operation in the engine's own order, so that sums come out to the bit."""
    kept = "named" if level in (VECTOR, ELEMENT) else level
    return lambda graph: graph.view(kept, order if level != "op" else ())


def arrays_of(sheet: Sheet) -> dict[str, str]:
    """The array of each element of a sheet, at each of its samples."""
    return {element: each.called for each in sheet.wholes if each.shape for element in each.elements}


NEURON = regex(r"Layer (\d+) · neuron (\d+)")


def spoken(view: Graph, level: str) -> tuple[str, ...]:
    """The names of the values; by neurons, what has none of its own is called after its neuron: `n1_3`."""
    if level not in ("neuron", "layer"):
        return view.display_names
    taken = set(view.labels)
    found = []
    for node, label, name in zip(view.nodes, view.labels, view.display_names):
        match = NEURON.fullmatch(node.scope or "")
        called = f"n{match[1]}_{match[2]}" if match and node.parents and not label else ""
        found.append(called if called and called not in taken else name)
        taken.add(called)
    return tuple(found)


def schedule(view: Graph) -> tuple[array[int], array[int]]:
    """The order of the backward pass: a child and a slot for each use, COMPLETE where a gradient is."""
    needed, last = uses(view), len(view) - 1
    waiting = list(needed)
    children, slots = array("i", [last]), array("i", [COMPLETE])
    for child in range(last, -1, -1):
        for slot, parent in enumerate(view.parents[child] if needed[child] or child == last else ()):
            place = view.index[parent]
            children.append(child)
            slots.append(slot)
            waiting[place] -= 1
            if not waiting[place]:
                children.append(place)
                slots.append(COMPLETE)
    return children, slots
