"""Vectors and matrices as cards: one card for all the elements of an array, and of many samples one.

The elements are values with names; a card shows them in a grid. Where a wire joins an array, its ∂ cell says what the
gradient is multiplied by on its way back, which `multipliers` reads off the line of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from microgrid.engine import Graph
from microgrid.formula import Call, Formula, Name, fold, free_names
from microgrid.formula.lettering import shown, written
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.registry import unsampled, without_sample
from microgrid.sheet.arrays.writing import with_parts_named

from .abridging import fitted
from .card import LINE, UNSAID, Card, Grid, Numbers, Slope, Subject, Words, card
from .layers import rms
from .multipliers import Multipliers

__all__ = ["Bundle", "Group", "array_cards", "bundled", "grouped_by_name", "homes"]


Bundle = tuple[int, list[tuple[int, int]]]  # the card that a wire comes from; the uses, each a value and a slot of it


class Group(NamedTuple):
    """What one card shows: a number, a vector or a matrix.

    name     of it, without its sample
    members  the places of its elements in the view, row by row; of several samples those of each
    shape    of it; () for a number
    """

    name: str
    members: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...] = ()

    def at(self, sample: int) -> tuple[int, ...]:
        """Its elements at a sample, from 1."""
        return self.members[min(sample, len(self.members)) - 1]


def grouped_by_name(sheet: Sheet, view: Graph, whole: bool = True) -> list[Group]:
    """The groups of a view of a sheet, the root's last.

    whole  whether the elements of an array are one group; else each is one
    """
    owned, known = sheet.algebra.arrays.owned, sheet.algebra.arrays.known
    found: dict[str, dict[int, list[int]]] = {}
    for i, label in enumerate(view.labels):
        name, sample = unsampled(label)
        array = owned(name) if whole and known else name
        found.setdefault(array or f"#{i}", {}).setdefault(sample, []).append(i)
    groups: list[Group] = []
    for name, samples in found.items():
        members = [
            in_order(each, view, known[name].elements if name in known else ()) for _, each in sorted(samples.items())
        ]
        shape = known[name].shape if name in known else ()
        if shape and any(len(each) != len(known[name].elements) for each in members):  # some are computed from the loss
            groups += [Group(view.labels[i], ((i,),)) for each in members for i in each]
        else:
            groups.append(Group(name, tuple(members), shape))
    return sorted(groups, key=lambda group: max(group.members[-1]))


def in_order(members: Sequence[int], view: Graph, elements: Sequence[str]) -> tuple[int, ...]:
    """The values row by row, whatever their order in the view."""
    place = {name: k for k, name in enumerate(elements)}
    return tuple(sorted(members, key=lambda i: place.get(unsampled(view.labels[i])[0], 0)))


def bundled(groups: Sequence[Group], view: Graph, sample: int = 1) -> list[list[Bundle]]:
    """For each group the wires into it, in the order of the first use of what they come from.

    A number that takes a number has a wire for each use, all others one wire for all uses.
    """
    place = {i: at for at, group in enumerate(groups) for i in group.at(sample)}
    found: list[list[Bundle]] = []
    for group in groups:
        by_tail: dict[int, list[tuple[int, int]]] = {}
        for i in group.at(sample):
            for slot, parent in enumerate(view.parents[i]):
                tail = place.get(view.index[parent])
                if tail is not None:
                    by_tail.setdefault(tail, []).append((i, slot))
        wires: list[Bundle] = []
        for tail, uses in by_tail.items():
            is_one = bool(group.shape or groups[tail].shape)
            wires += [(tail, uses)] if is_one else [(tail, [use]) for use in uses]
        found.append(wires)
    return found


def homes(groups: Sequence[Group], labels: Sequence[str], sample: int) -> dict[str, tuple[int, int]]:
    """Of each value that is shown its card, and its place in the grid."""
    return {labels[i]: (at, place) for at, group in enumerate(groups) for place, i in enumerate(group.at(sample))}


def array_cards(
    sheet: Sheet, subject: Subject, groups: Sequence[Group], sample: int = 1, digits: int = 4
) -> list[Card]:
    """One card for each group, with the numbers of that sample."""
    return Cards(sheet, subject, groups, sample, digits).made


class Cards:
    """Makes the cards of the groups of a view."""

    def __init__(self, sheet: Sheet, subject: Subject, groups: Sequence[Group], sample: int, digits: int) -> None:
        self.subject, self.groups, self.sample, self.digits = subject, groups, sample, digits
        self.multipliers = Multipliers(sheet, subject.view.labels[-1])
        self.raw = {each.name: each.formula for each in sheet.arrays if not each.keyword} | dict(sheet.over_arrays)
        self.resolved, self.formulas = sheet.algebra.resolved, sheet.formulas
        shown = {group.name for group in groups if group.shape}
        self.hidden = sheet.algebra.arrays.known.keys() - shown  # arrays whose elements have a card each

    @property
    def made(self) -> list[Card]:
        """The cards."""
        bundles = bundled(self.groups, self.subject.view, self.sample)
        return [self.card(*each) for each in zip(self.groups, bundles)]

    def card(self, group: Group, bundles: Sequence[Bundle]) -> Card:
        """The card of a group: that of its first element, with the numbers of all."""
        members, view = group.at(self.sample), self.subject.view
        first = card(self.subject, members[0], self.digits)
        name = shown(group.name) if first.named else first.name
        formula = self.formula(group, view.labels[members[0]]) if first.inputs else None
        numbers = tuple(view.data[i] for i in members)
        grads = tuple(view.grad[i] for i in members)
        found = replace(
            first,
            name=name,
            data=gridded(group.shape, numbers),
            grad=gridded(group.shape, grads) if self.subject.known else None,
            inputs=tuple(self.inputs(group, bundles)),
        )
        if formula is not None:
            return replace(found, title=f"{name} = {fitted(formula, None, LINE - len(name), shown)}",
                           formula=written(formula, name=shown))  # fmt: skip
        return replace(found, title=name) if group.shape or not (first.inputs or first.role == "constant") else found

    def formula(self, group: Group, label: str) -> Formula | None:
        """The author's formula; where it names arrays whose elements have a card each, that over the elements."""
        formula = self.raw.get(group.name)
        if formula is not None and self.hidden.isdisjoint(names_in(self.resolved(formula))):
            return with_parts_named(self.resolved(over_samples(formula)))
        formula = self.formulas.get(label)
        return None if formula is None or group.shape else without_sample(formula, unsampled(label)[1])

    def inputs(self, group: Group, bundles: Sequence[Bundle]) -> Iterable[tuple[int, Slope]]:
        """What stands on the wires into a group."""
        view = self.subject.view
        shapes = [group.shape or self.groups[tail].shape for tail, _ in bundles]
        words = self.multipliers.into(self.key(group)) if any(shapes) else {}
        for (tail, uses), shape in zip(bundles, shapes):
            if not shape:
                ((i, slot),) = uses
                yield tail, view.partials[i][slot]
                continue
            carries = rms([view.partials[i][slot] * view.grad[i] for i, slot in uses]) if self.subject.known else None
            yield tail, Words(words.get(self.key(self.groups[tail]), UNSAID), carries)

    def key(self, group: Group) -> str:
        """What a group is called in the lines of the sheet."""
        _, sample = unsampled(self.subject.view.labels[group.at(self.sample)[0]])
        return f"{group.name} at sample {sample}" if sample else group.name


def names_in(formula: Formula) -> set[str]:
    """The quantities that a formula names, whatever their sample."""
    return {unsampled(each.name)[0] for each in free_names(formula)}


def gridded(shape: tuple[int, ...], numbers: tuple[float, ...]) -> Numbers:
    return Grid(shape, numbers) if shape else numbers[0]


def of_every_sample(call: Call) -> Formula | None:
    """What a mean over samples is of; None for any other."""
    match call.arguments:
        case (Call("items", arguments=terms),) if all(isinstance(each, Name) for each in terms):
            names = [unsampled(each.name) for each in terms if isinstance(each, Name)]
            same = [name for name, _ in names] == [names[0][0]] * len(names)
            return Name(names[0][0]) if same and [k for _, k in names] == list(range(1, len(names) + 1)) else None
    return None


def over_samples(formula: Formula) -> Formula:
    """The formula with a mean over samples as it is typed."""

    def visit(node: Any, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node  # type: ignore[no-any-return]
        same = of_every_sample(node)
        return Call(f"{node.function} over samples", (same,)) if same else Call(node.function, tuple(arguments))

    return fold(formula, visit)  # type: ignore[no-any-return]
