"""The backward pass that somebody worked by hand, beside the graph: what each gradient follows from, and how nearly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .claims import Claim
from .flow import NOTHING, Flow, Held
from .holdings import Holding
from .homes import Homes

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GRAIN", "Line", "Work", "alike"]

MATRICES = 40  # of which products are tried
LARGE = 1e9  # times: so much rounding grows with what a mistake makes
GRAIN = 64  # units in the last place of the largest number of a mistaken array: by so much another one may be rounded


class Work:
    """All gradients that were given, in the order of the backward pass, over the graph of the loss.

    claims   the gradients, those nearer to the loss first      arrays  what the variables hold, by name
    witness  by places in the graph gradients that are known better than those that were recorded, and how far off
    """

    def __init__(
        self,
        flow: Flow,
        claims: Sequence[Claim],
        arrays: Mapping[str, Holding],
        witness: Mapping[int, tuple[float, float]] | None = None,
    ) -> None:
        self.witness = witness or {}
        self.flow, self.arrays = flow, arrays
        self.claims = list(claims)
        self.homes = Homes(self.flow, [*(each.quantity for each in claims), *arrays.values()])
        self.epsilon = max(each.epsilon for each in claims)
        self.held = self.holding({each.quantity: each.fitted for each in reversed(self.claims) if each.fits})
        self.claims = self.in_order()

    def in_order(self) -> list[Claim]:
        """The gradients in the order of the backward pass; those that may stand in any order as they were given."""
        heights = {each: self.flow.height[each.quantity.places[each.quantity.places >= 0]] for each in self.claims}
        left, found = sorted(self.claims, key=lambda each: heights[each].max()), list[Claim]()
        while left:
            found.append(next((each for each in left if not self.waits(each, left, heights)), left[0]))
            left.remove(found[-1])
        return found

    def waits(self, claim: Claim, left: list[Claim], heights: Mapping[Claim, NDArray[np.intp]]) -> bool:
        """Whether others are to be worked first; of two that follow from each other, that nearer to the root is."""
        before = [each for each in self.lines[claim].before if each in left]
        nearest = heights[claim].min()
        return any(claim not in self.lines[each].before or heights[each].min() < nearest for each in before)

    def holding(self, numbers: Mapping[Holding, NDArray[np.float64]], but: Held = NOTHING) -> Held:
        """Nodes held at these gradients, and others as before."""
        found, there = np.zeros(len(self.flow)), np.zeros(len(self.flow), bool)
        found[but.places], there[but.places] = but.numbers, True
        for array, each in numbers.items():
            places = array.places[array.places >= 0]
            found[places], there[places] = totals(array, each, len(self.flow))[places], True
        return Held(np.flatnonzero(there), found[there])

    @cached_property
    def stops(self) -> NDArray[np.bool_]:
        """The nodes whose gradient was given."""
        found = np.zeros(len(self.flow), bool)
        found[self.held.places] = True
        return found

    @cached_property
    def recorded(self) -> Pass:
        """The backward pass as it was recorded."""
        return Pass(self, NOTHING)

    @cached_property
    def lines(self) -> dict[Claim, Line]:
        """How each of the gradients follows from those given before it."""
        given = Pass(self, self.held)
        return {each: Line(self, each, given) for each in self.claims}

    def from_recorded(self, claim: Claim) -> Line:
        """How one of them follows from the recorded ones."""
        return Line(self, claim, self.recorded)


class Pass:
    """A backward pass over the graph.

    held  the gradients that are held at numbers
    """

    def __init__(self, work: Work, held: Held) -> None:
        self.work, self.held = work, held

    @cached_property
    def arrived(self) -> NDArray[np.float64]:
        """The gradient of each node."""
        return self.corrected(self.work.flow.arrived(held=self.held), 0)

    @cached_property
    def grain(self) -> NDArray[np.float64]:
        """How far rounding may lead where no digits cancel, which is found at once."""
        return self.corrected(self.work.flow.grain(self.work.epsilon, self.held), 1)

    @cached_property
    def slack(self) -> NDArray[np.float64]:
        """How far rounding may lead."""
        return self.corrected(self.work.flow.rounding(self.work.epsilon, self.held), 1)

    def corrected(self, numbers: NDArray[np.float64], which: int) -> NDArray[np.float64]:
        """The numbers of the nodes, with those of a better witness in their places."""
        for place, known in self.work.witness.items():
            numbers[place] = known[which]
        return numbers


class Line:
    """One gradient, and how it follows.

    claim  what was given                   array    of what it is the gradient
    whole  the pass that it stands in       arrived  what comes to each node there
    held   the gradients before it          right    what follows for it
    """

    def __init__(self, work: Work, claim: Claim, whole: Pass) -> None:
        self.work, self.claim, self.whole, self.array = work, claim, whole, claim.quantity
        self.held, self.arrived = whole.held, whole.arrived
        self.flow, self.homes = work.flow, work.homes
        self._kept: dict[tuple[Any, ...], Any] = {}
        first = self.twin if whole.held is work.held else None
        arrived = totals(first.quantity, first.fitted, len(self.flow)) if first else self.arrived
        self.right = self.array.of(arrived)

    @cached_property
    def twin(self) -> Claim | None:
        """A gradient that was given before it of the same Values in other places, as of rows looked up in a table."""
        mine, earlier = (
            self.array.places[self.array.places >= 0],
            self.work.claims[: self.work.claims.index(self.claim)],
        )
        return next((each for each in earlier if each.fits and np.isin(mine, each.quantity.places).all()), None)

    @cached_property
    def slack(self) -> NDArray[np.float64]:
        """How far rounding may lead."""
        return self.array.of(self.whole.slack)

    @cached_property
    def given(self) -> NDArray[np.float64]:
        """Its numbers; where a node stands in the array more than once, what is given for it in all."""
        found = self.array.of(totals(self.array, self.claim.fitted, len(self.flow)))
        return np.where(self.array.places < 0, self.claim.fitted + self.array.outside, found)

    @cached_property
    def reach(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """The nodes between it and those before it, itself counted; and the first of those."""
        stops = np.zeros(len(self.flow), bool)
        stops[self.held.places] = True
        return self.homes.between(self.array.places[self.array.places >= 0], stops)

    @cached_property
    def before(self) -> tuple[Claim, ...]:
        """The gradients given before it that it follows from."""
        _, ends = self.reach
        if self.twin:
            return (self.twin,)
        return tuple(each for each in self.work.claims if each is not self.claim and each.fits
                     and ends[each.quantity.places[each.quantity.places >= 0]].any())  # fmt: skip

    @cached_property
    def arrays(self) -> list[Holding]:
        """The arrays between it and those before it, these counted, itself not."""
        seen = self.reach[0] | self.reach[1]
        mine = set(self.array.places.ravel())
        return [each for each in self.homes.all if seen[each.places[each.places >= 0]].any()
                and not mine.issuperset(each.places.ravel())]  # fmt: skip

    @cached_property
    def inner(self) -> list[Holding]:
        """Those of them whose gradient was not given."""
        return [each for each in self.arrays if not self.work.stops[each.places].any() and each.places.min() >= 0]

    @cached_property
    def matrices(self) -> list[Holding]:
        """All arrays of two dimensions."""
        every = dict.fromkeys([*self.homes.all, *self.work.arrays.values()])
        return [each for each in every if len(each.shape) == 2][:MATRICES]

    def like(self, array: Holding) -> list[Holding]:
        """Other arrays of that shape, of Values or of numbers; not what was given for this line."""
        every = dict.fromkeys([*self.homes.all, *self.work.arrays.values()])
        same = [each for each in every if each.shape == array.shape and not np.array_equal(each.data, array.data)]
        return [each for each in same if each.in_graph or not np.array_equal(each.data, self.claim.numbers)]

    def kept(self, make: Callable[..., Any], *things: Any) -> Any:
        """What is made of the line and these things, once."""
        key = (make, *things)
        if key not in self._kept:
            self._kept[key] = make(self, *things)
        return self._kept[key]

    # ── what comes of a mistake ──

    @cached_property
    def gradients(self) -> NDArray[np.float64]:
        """The gradient of each node, as it was given, or else as it follows."""
        numbers = self.arrived.copy()
        numbers[self.held.places] = self.held.numbers
        return numbers

    def sent(self, array: Holding) -> NDArray[np.float64]:
        """The gradient of another array, as it was given, or else as it follows."""
        return array.of(self.gradients)

    def after(self, partial: NDArray[np.float64]) -> NDArray[np.float64]:
        """What it would be with other local derivatives."""
        return self.array.of(self.flow.arrived(partial, self.held))

    def holding(self, array: Holding, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """What it would be with another gradient of an array, itself or one that it leads to."""
        if array is self.array:
            return numbers
        return self.array.of(self.flow.arrived(held=self.work.holding({array: numbers}, self.held)))

    def is_right(self, numbers: NDArray[np.float64]) -> bool:
        """Whether these are the numbers that follow."""
        grain = self.array.of(self.whole.grain)
        return bool(alike(numbers, self.right, grain).all() or alike(numbers, self.right, self.slack).all())

    def is_made(self, numbers: NDArray[np.float64]) -> bool:
        """Whether a mistake that makes these numbers makes those that were given, and no right ones."""
        if numbers.shape != self.given.shape:
            return False
        with np.errstate(all="ignore"):
            size, right = (np.nanmax(np.abs(each), initial=0.0) for each in (numbers, self.right))
            grown = size / right
        if not np.isfinite(size):
            return bool(np.isnan(self.given).any() and alike(numbers, self.given, self.slack).all())
        slack = self.slack * (grown if 1 < grown < LARGE else 1.0) + GRAIN * self.work.epsilon * size
        return bool(alike(numbers, self.given, slack).all())


def totals(array: Holding, numbers: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The numbers of an array at its nodes; what is given for one node in several places is added up."""
    found, there = np.zeros(count), array.places >= 0
    np.add.at(found, array.places[there], numbers[there])
    return found


def alike(one: NDArray[np.float64], other: NDArray[np.float64], slack: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where two arrays have the same numbers, but for rounding; nan is like nan, and like what was not recorded."""
    with np.errstate(all="ignore"):
        found: NDArray[np.bool_] = (np.abs(one - other) <= slack) | (one == other) | (np.isnan(one) & np.isnan(other))
        return found
