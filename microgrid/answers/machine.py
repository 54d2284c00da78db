"""Numbers that a program printed: they may differ by its rounding error, not by their last digit.

How large that error is depends on the computation. It is found by computing again with every
operation off by a random part of the machine's precision, a few times: the results scatter as far
as rounding can move them.
Source: Vignes (1993), "A stochastic arithmetic for reliable scientific computation".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from struct import pack, unpack
from typing import NamedTuple

from .follow_through import Item, Pages
from .precision import WORDS, Words
from .printed import Printed

__all__ = ["machine_of"]

TIMES = 6  # how often it is computed again
ROOM = 4  # times the largest scatter seen
LARGEST = 3e38  # of a float32
HASHED = (1 << 20) - 1


class Machine(NamedTuple):
    """A kind of floating-point number, by how much an operation may be off, and what its numbers look like."""

    name: str
    epsilon: float
    prints: Callable[[Printed], bool]


def is_float32(printed: Printed) -> bool:
    """Whether a number has the seven to nine digits of a float32, or more and is one."""
    number = printed.number
    wide = printed.significant > 9 and abs(number) < LARGEST and unpack("f", pack("f", number))[0] == number
    return not printed.is_exact and (7 <= printed.significant <= 9 or wide)


MACHINES = (
    Machine("double", 2.0**-53, lambda printed: printed.significant >= 15),
    Machine("float32", 2.0**-24, is_float32),
)


def machine_of(pages: Pages, item: Item, printed: Printed) -> str:
    """The machine whose rounding error explains a printed number: "double", "float32", or ''."""
    value = pages.true(item)
    for machine in MACHINES:
        if machine.prints(printed):
            room = ROOM * scatter(pages, item, machine.epsilon) + abs(value) * machine.epsilon
            if abs(printed.number - value) <= room + printed.unit / 2:
                return machine.name
    return ""


def scatter(pages: Pages, item: Item, epsilon: float) -> float:
    """How far the number moves when every operation is off by up to `epsilon` of its result."""
    if epsilon not in pages.inexact:
        pages.inexact[epsilon] = [Course(pages, Inexact(epsilon, seed)) for seed in range(TIMES)]
    value = pages.true(item)
    moved = [each.number(item) for each in pages.inexact[epsilon]]
    return max((abs(each - value) for each in moved if math.isfinite(each)), default=0.0)


class Course:
    """The numbers of a sheet as a machine computes them: each once, whatever follows from it."""

    def __init__(self, pages: Pages, machine: Inexact) -> None:
        self.pages, self.machine = pages, machine
        self.numbers: dict[Item, float] = {}

    def number(self, item: Item) -> float:
        """One of them."""
        steps = self.pages.order([item], self.numbers.__contains__)
        return self.pages.followed(item, steps, self.numbers, "value", self.machine)


class Inexact:
    """A way to compute in which no operation is exact, and no number that is given."""

    notes = "everything"

    def __init__(self, epsilon: float, seed: int) -> None:
        self.epsilon, self.seed = epsilon, seed
        self.words: Words = {name: self.inexact(word) for name, word in WORDS.items()}

    def inexact(self, word: Callable[..., float]) -> Callable[..., float]:
        return lambda *numbers: self.noted(word(*numbers))

    def noted(self, number: float) -> float:
        """The number, off by a part of `epsilon` that is its own: the same in whatever order numbers are asked for."""
        part = (hash((self.seed, number)) & HASHED) / HASHED
        return number * (1 + self.epsilon * (2 * part - 1))
