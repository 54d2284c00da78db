"""What the given numbers of a sheet keep to: targets that are 0 or 1, that add to 1, that are one-hot; open ReLUs.

    each 0 or 1   a target that is given as 0 or 1
    sum to 1      targets that are given so, or inputs that are given so and are neither 0 nor 1, whose names differ
                  in an index alone, that stand on one line, or that one equation names
    one-hot       both
    open          what a ReLU is taken of is above 0, or below: that of closed ones

Inputs are 0 or 1 each where there are several and all of them are so, as in the row of a truth table. One that no
equation names beside a parameter may be a target too. Under a condition some leaves follow from the others, in one of
several cases: y3 = 1 - y1 - y2; or y1 = 0, y2 = 1, y3 = 0. What holds in each case holds.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import product

from microgrid.formula import Call, Formula, Name, Number, evaluate, free_names
from microgrid.formula.regexes import regex
from microgrid.sheet import Sheet

from .gates import Gate

__all__ = ["FREE", "Condition", "kept", "with_inputs"]

MOST = 16  # cases that are looked into one by one
SEVERAL = 2  # inputs: a single one is 1 by chance

Case = Mapping[str, Formula]


@dataclass(frozen=True)
class Condition:
    """Leaves that are 0 or 1 each, groups of leaves that add to 1, and ReLUs that are open or closed."""

    binary: tuple[str, ...] = ()
    sums: tuple[tuple[str, ...], ...] = ()
    gates: tuple[Gate, ...] = ()

    def __str__(self) -> str:
        said = [
            f"one of {', '.join(group)} is 1 and {'the others are' if group[2:] else 'the other is'} 0"
            if self.is_one_hot(group)
            else f"{' + '.join(group)} = 1"
            for group in self.sums
        ]
        if self.single:
            *some, last = self.single
            said.append(f"{' and '.join([', '.join(some), last]) if some else last} {'are' if some else 'is'} 0 or 1")
        return " and ".join([*said, *map(str, self.gates)])

    def is_one_hot(self, group: Collection[str]) -> bool:
        """Whether one of a group is 1 and the others are 0."""
        return set(group) <= set(self.binary)

    @property
    def single(self) -> tuple[str, ...]:
        """Those that are 0 or 1 whatever others are."""
        return tuple(
            name for name in self.binary if not any(name in each for each in self.sums if self.is_one_hot(each))
        )

    def weaker(self) -> Iterator[Condition]:
        """The conditions with one part less."""
        for gate in self.gates:
            yield replace(self, gates=tuple(each for each in self.gates if each != gate))
        for name in self.single:
            yield replace(self, binary=tuple(each for each in self.binary if each != name))
        for group in self.sums:
            yield replace(self, sums=tuple(each for each in self.sums if each != group))
            if self.is_one_hot(group):
                yield replace(self, binary=tuple(each for each in self.binary if each not in group))

    # ── cases ──

    @property
    def is_complete(self) -> bool:
        """Whether `cases` are all there are."""
        return math.prod(map(len, self.choices)) <= MOST

    @cached_property
    def choices(self) -> list[list[Case]]:
        """What each part of the condition can be, independently of the others."""
        zero, one = Number(0.0), Number(1.0)
        found: list[list[Case]] = [[{name: zero}, {name: one}] for name in self.single]
        for group in self.sums:
            hot: list[Case] = [{**dict.fromkeys(group, zero), each: one} for each in group]
            found.append(hot if self.is_one_hot(group) else [self.rest(group)])
        return found

    def rest(self, group: tuple[str, ...]) -> Case:
        """The last one of a group is what the others leave of 1."""
        *_, last = (name for name in group if name not in self.binary)
        left: Formula = Number(1.0)
        for name in group:
            left = left if name == last else Call("-", (left, Name(name)))
        return {last: left}

    @cached_property
    def cases(self) -> list[Case]:
        """The cases, each with what follows from what, in order; some of them where there are too many."""
        rng = random.Random(0)
        if self.is_complete:
            return [reduce(lambda a, b: {**a, **b}, each, {}) for each in product(*self.choices)]
        return [reduce(lambda a, b: {**a, **b}, map(rng.choice, self.choices), {}) for _ in range(MOST)]

    def bent(self, point: Mapping[str, float], i: int) -> Mapping[str, float]:
        """The point moved to where the condition is met, in the i-th case; the same one where it need not be moved."""
        if not self.cases[i % len(self.cases)]:
            return point
        found = dict(point)
        for name, formula in self.cases[i % len(self.cases)].items():
            found[name] = float(evaluate(formula, found))
        return found


FREE = Condition()


# ── what the given numbers keep to ─────────────────────────────────────────────────────────

INDEX = regex("[0-9₀-₉]+")


def kept(sheet: Sheet, leaves: Mapping[str, float]) -> Condition:
    """The strongest condition that the given numbers meet.

    >>> sheet = Sheet.parse("target y1 = 0, y2 = 1, t = 1")
    >>> str(kept(sheet, sheet.start))
    'one of y1, y2 is 1 and the other is 0 and t is 0 or 1'

    leaves  those that count, with their numbers
    """
    targets, inputs = ({leaf.name for leaf in sheet.leaves if leaf.keyword == word} for word in ("target", "input"))
    loose = targets | inputs.difference(*beside_params(sheet))
    sums: list[tuple[str, ...]] = []
    for group in groups(sheet):
        numbers = [leaves.get(name, math.nan) for name in group]
        are_shares = len(group) > 1 and all(0 <= each < 2 for each in numbers)
        adds_up = are_shares and math.isclose(math.fsum(numbers), 1, abs_tol=1e-9)
        of_a_kind = loose.issuperset(group) or (inputs.issuperset(group) and 0 not in numbers)
        if adds_up and of_a_kind and not any(set(group) & set(each) for each in sums):
            sums.append(group)
    hot = {name for group in sums if all(leaves[each] in (0, 1) for each in group) for name in group}
    return Condition(tuple(name for name in leaves if leaves[name] in (0, 1) and name in targets | hot), tuple(sums))


def with_inputs(condition: Condition, sheet: Sheet) -> Condition:
    """The condition, and that the inputs are 0 or 1 each, if all of several are."""
    grouped = {name for group in condition.sums for name in group}
    inputs = [leaf.name for leaf in sheet.leaves if leaf.keyword == "input" and leaf.name not in grouped]
    if len(inputs) < SEVERAL or any(sheet.start[name] not in (0, 1) for name in inputs):
        return condition
    return replace(condition, binary=(*dict.fromkeys((*condition.binary, *inputs)),))


def beside_params(sheet: Sheet) -> Iterator[set[str]]:
    """The names that stand in one equation with a parameter."""
    for equation in sheet.equations:
        names = {each.name for each in free_names(equation.formula)}
        if not names.isdisjoint(sheet.params):
            yield names


def groups(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    """Leaves that may belong together: by their names, their lines, the equations that name them."""
    leaves = [leaf for leaf in sheet.leaves if leaf.keyword != "param"]
    found: dict[Hashable, list[str]] = {}
    for leaf in leaves:
        for stem in stems(leaf.name):
            found.setdefault((leaf.keyword, stem), []).append(leaf.name)
    for leaf in leaves:
        found.setdefault((leaf.keyword, leaf.line), []).append(leaf.name)
    for equation in sheet.equations:
        names = {each.name for each in free_names(equation.formula)}
        for leaf in leaves:
            if leaf.name in names:
                found.setdefault((leaf.keyword, "in", equation.line), []).append(leaf.name)
    yield from dict.fromkeys(map(tuple, found.values()))


def stems(name: str) -> Iterator[str]:
    """A name without one of its indices, the last one first: of `y12` also without its last digit."""
    for match in reversed(list(INDEX.finditer(name))):
        for first in dict.fromkeys((match.end() - 1, match.start())):
            yield f"{name[:first]}#{name[match.end() :]}"
