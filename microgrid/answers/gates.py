"""Which branch of a ReLU, an absolute value or a maximum is taken at the sheet's numbers: formulas may hold there.

relu(z), max(0, z)   z > 0 where it is open       abs(y - t)   y < t where that is so
max(x, w)            x > w                        sqrt(w^2)    w > 0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from microgrid.formula import Call, Formula, Number, render

from .parts import places

__all__ = ["Gate", "gates"]

MOST = 12  # in a larger network nobody says of each which branch is taken
ON_THE_KINK = 1e-12
NOTHING: Formula = Number(0.0)
BRANCHES = ("relu", "leaky_relu", "abs")


class Gate(NamedTuple):
    """What a branch turns on, and whether it is above 0; None where it only has to be another number than 0."""

    inside: Formula
    is_open: bool | None

    def __str__(self) -> str:
        sign = "≠" if self.is_open is None else ">" if self.is_open else "<"
        match self.inside:
            case Call("-", (left, right)):
                return f"{render(left)} {sign} {render(right)}"
        return f"{render(self.inside)} {sign} 0"

    def keeps(self, number: float) -> bool:
        """Whether a number of it is on the same side of 0."""
        if self.is_open is None:
            return number != 0
        return number > 0 if self.is_open else number < 0


def gates(
    formulas: Iterable[Formula], value: Callable[[Formula], float], published: Formula = NOTHING
) -> tuple[Gate, ...]:
    """The branches in some formulas, each once; none of them on its kink, and not too many.

    Of a published formula not those that it alone has and that are 0 here: they have shown nothing.

    >>> from microgrid.formula import parse
    >>> [str(each) for each in gates([parse("relu(z) + max(0, u)")], {parse("z"): 2.0, parse("u"): -1.0}.__getitem__)]
    ['z > 0', 'u < 0']
    >>> [str(each) for each in gates([parse("abs(y - t)")], {parse("y - t"): -1.0}.__getitem__)]
    ['y < t']
    >>> [str(each) for each in gates([], {parse("x - 9"): -8.0}.__getitem__, parse("x + relu(x - 9)"))]
    []

    value  what a formula comes to at the sheet's numbers
    """
    own = dict.fromkeys(inside for formula in formulas for inside in insides(formula))
    idle = {inside for inside, sign in vanishing(published) if inside not in own and sign * value(inside) < 0}
    found = {**own, **dict.fromkeys(each for each in insides(published) if each not in idle)}
    numbers = ((inside, value(inside)) for inside in found) if len(found) <= MOST else ()
    return tuple(Gate(inside, number > 0) for inside, number in numbers if abs(number) > ON_THE_KINK)


def vanishing(formula: Formula) -> Iterator[tuple[Formula, int]]:
    """What each branch in a formula turns on that is 0 on one side, and where it is not: above 0, 1, or below, -1."""
    for place in places(formula):
        match place.formula:
            case Call("relu", (inside, *_)):
                yield inside, 1
            case Call("max" | "min" as function, (inside, Number(0.0)) | (Number(0.0), inside)):
                yield inside, 1 if function == "max" else -1


def insides(formula: Formula) -> Iterator[Formula]:
    """What each branch in a formula turns on."""
    for place in places(formula):
        match place.formula:
            case Call(function, (inside, *_)) if function in BRANCHES:
                yield inside
            case Call("max" | "min", (inside, Number(0.0)) | (Number(0.0), inside)):
                yield inside
            case Call("max" | "min", (one, other)):
                yield Call("-", (one, other))
            case Call("sqrt", (Call("**", (inside, Number(2.0))),)):
                yield inside
            case Call("**", (Call("**", (inside, Number(2.0))), Number(0.5))):
                yield inside
