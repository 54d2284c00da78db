"""Which ReLUs are open at the sheet's numbers, and which are closed: a condition under which formulas hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from microgrid.formula import Call, Formula, Number, render

from .parts import places

__all__ = ["Gate", "gates"]

MOST = 12  # in a larger network nobody says of each whether it is open
ON_THE_KINK = 1e-12
RELUS = ("relu", "leaky_relu")


class Gate(NamedTuple):
    """What a ReLU is taken of, and whether it is above 0."""

    inside: Formula
    is_open: bool

    def __str__(self) -> str:
        return f"{render(self.inside)} {'>' if self.is_open else '<'} 0"

    def keeps(self, number: float) -> bool:
        """Whether a number of it is on the same side of 0."""
        return number > 0 if self.is_open else number < 0


def gates(formulas: Iterable[Formula], value: Callable[[Formula], float]) -> tuple[Gate, ...]:
    """The ReLUs in some formulas, each once; none of them on its kink, and not too many.

    >>> from microgrid.formula import parse
    >>> [str(each) for each in gates([parse("relu(z) + max(0, u)")], {parse("z"): 2.0, parse("u"): -1.0}.__getitem__)]
    ['z > 0', 'u < 0']

    value  what a formula comes to at the sheet's numbers
    """
    found = dict.fromkeys(inside for formula in formulas for inside in insides(formula))
    numbers = ((inside, value(inside)) for inside in found) if len(found) <= MOST else ()
    return tuple(Gate(inside, number > 0) for inside, number in numbers if abs(number) > ON_THE_KINK)


def insides(formula: Formula) -> Iterator[Formula]:
    """What each ReLU in a formula is taken of."""
    for place in places(formula):
        match place.formula:
            case Call(function, (inside, *_)) if function in RELUS:
                yield inside
            case Call("max", (inside, Number(0.0)) | (Number(0.0), inside)):
                yield inside
