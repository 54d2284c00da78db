"""What a derivation holds: derivatives found one after another, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from microgrid.formula import Formula, Number, fold
from microgrid.streams import carrying

from .chains import Term
from .question import ArrayDescent, Descent
from .ties import has_tie

__all__ = ["ArrayStep", "Definition", "Findings", "Step", "in_lists"]


@carrying
@dataclass(frozen=True)
class Step:
    """One derivative, found.

    quantity  what is found: ∂of/∂by, or d where the two kinds differ
    chains    the chain rule over local derivatives; with paths also the sum over all paths
    formulas  the last of the chains with each local derivative's formula
    inserted  the same with a number for every name
    numbers   the same with one number for each local derivative
    terms     the contributions that it is the sum of
    """

    of: str
    by: str
    quantity: Formula
    value: float
    chains: tuple[Formula, ...]
    formulas: Formula
    inserted: Formula
    numbers: Formula
    terms: tuple[Term, ...]

    @property
    def sides(self) -> tuple[Formula, ...]:
        """What it is equal to, over and over, until it is a number."""
        shown = (*self.chains, self.formulas, self.inserted, self.numbers)
        return (*(shown[:-1] if self.has_closed else shown), Number(self.value))

    @property
    def has_closed(self) -> bool:
        """Whether one of its terms is 0 because a branch is closed, whatever stands behind that."""
        return any(each.is_closed for each in self.terms)

    @property
    def has_tie(self) -> bool:
        """Whether two numbers are equal where max or min asks which is above the other."""
        return has_tie(self.formulas, self.inserted)


@carrying
@dataclass(frozen=True)
class ArrayStep:
    """The derivative by an array, found: in matrices, and of one of its elements.

    quantity  what is found: ∂L/∂W1                 value     what it comes to, as an array that is typed
    formula   over the derivatives before it; None where no formula over arrays says it
    inserted  the same with numbers                 element   one element of it, in the same steps; None for a number
    """

    of: str
    by: str
    quantity: Formula
    value: Formula
    formula: Formula | None
    inserted: Formula | None
    element: ArrayStep | None
    has_closed: bool = False
    has_tie: bool = False

    @property
    def sides(self) -> tuple[Formula, ...]:
        """What it is equal to, over and over, until it is of numbers."""
        return (*(each for each in (self.formula, self.inserted) if each is not None), self.value)


@carrying
@dataclass(frozen=True)
class Definition:
    """What a quantity without a label of its own is computed by."""

    name: str
    formula: Formula


def in_lists(formula: Formula) -> Any:
    """An array that is typed, as lists of numbers."""
    return fold(formula, lambda node, inputs: node.value if isinstance(node, Number) else inputs)


@carrying
@dataclass(frozen=True)
class Findings:
    """The answer to a question, before anybody writes it down.

    target       what was derived, by `wrt`; None is the whole backward pass
    level        of the graph that it was found in
    steps        the derivatives found, from the target down, each resting on those before it
    definitions  what they mention and nobody named
    descents     the steps of gradient descent that follow, in a sheet
    title        of the sheet        digits  significant ones, as it will be written
    remark       what has to be said before all        sample  `sample 1`, of which it is, as a sheet has it
    """

    target: str
    wrt: str | None
    level: str
    steps: tuple[Step | ArrayStep, ...]
    definitions: tuple[Definition, ...] = ()
    descents: tuple[Descent | ArrayDescent, ...] = ()
    title: str = ""
    digits: int = 6
    remark: str = ""
    sample: str = ""

    @property
    def is_written(self) -> bool:
        """Whether a formula over arrays says how each of its steps comes about."""
        return all(not isinstance(each, ArrayStep) or each.formula is not None for each in self.steps)

    @property
    def value(self) -> float | list[Any]:
        """The derivative that was asked for: the last one found; of an array its rows."""
        found = self.steps[-1].value
        return found if isinstance(found, float) else in_lists(found)
