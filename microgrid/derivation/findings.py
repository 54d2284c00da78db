"""What a derivation holds: derivatives found one after another, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass

from microgrid.formula import Formula
from microgrid.streams import carrying

from .chains import Term
from .question import Descent
from .ties import has_tie

__all__ = ["Definition", "Findings", "Step"]


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
    def has_closed(self) -> bool:
        """Whether one of its terms is 0 because a branch is closed, whatever stands behind that."""
        return any(each.is_closed for each in self.terms)

    @property
    def has_tie(self) -> bool:
        """Whether two numbers are equal where max or min asks which is above the other."""
        return has_tie(self.formulas, self.inserted)


@carrying
@dataclass(frozen=True)
class Definition:
    """What a quantity without a label of its own is computed by."""

    name: str
    formula: Formula


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
    """

    target: str
    wrt: str | None
    level: str
    steps: tuple[Step, ...]
    definitions: tuple[Definition, ...] = ()
    descents: tuple[Descent, ...] = ()
    title: str = ""
    digits: int = 6

    @property
    def value(self) -> float:
        """The derivative that was asked for: the last one found."""
        return self.steps[-1].value
