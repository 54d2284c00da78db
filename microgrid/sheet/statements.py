"""What a worked-example sheet can say."""

from __future__ import annotations

import re
from dataclasses import dataclass

from microgrid.formula import Formula, Name, free_names
from microgrid.streams import carrying

__all__ = [
    "BLANK", "PRINTED", "Check", "Equation", "Identity", "Leaf", "Quantity", "Script", "Update",
    "has_derivative", "names_in", "names_of", "quantity_of",
]  # fmt: skip

PRINTED = re.compile(r"[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+−]?[0-9]+)?")
BLANK = "?"  # what is printed for a number that is asked for


@carrying
@dataclass(frozen=True)
class Quantity:
    """A named value, or the derivative of one named value by another; or an expression, called what it is: `w*a`."""

    of: str
    by: str = ""

    @property
    def name(self) -> str:
        """What it is called in a sheet: `L`, `dL/dw` or `d²L/dw²`."""
        if not self.by:
            return self.of
        first = quantity_of(Name(self.of))
        if not first.by:
            return f"d{self.of}/d{self.by}"
        return f"d²{first.of}/d{first.by}{'²' if first.by == self.by else f'd{self.by}'}"

    def __str__(self) -> str:
        return self.name


@carrying
@dataclass(frozen=True)
class Leaf:
    """`input x = 3`: a number that is given."""

    line: int
    name: str
    keyword: str
    formula: Formula


@carrying
@dataclass(frozen=True)
class Equation:
    """`z = w*x + b`: a quantity computed from others; several at once for softmax."""

    line: int
    names: tuple[str, ...]
    formula: Formula
    text: str


@carrying
@dataclass(frozen=True)
class Check:
    """`z ~= 0.25`: a published number, as it was printed; `?` for one that is asked for.

    number  what a closed form comes to: that of `z ~= 13/35`
    """

    line: int
    round: int
    quantity: Quantity
    printed: str
    number: float | None = None

    @property
    def is_blank(self) -> bool:
        """Whether the number is asked for."""
        return self.printed == BLANK


@carrying
@dataclass(frozen=True)
class Identity:
    """`dp/dz == p*(1 - p)`: a published formula."""

    line: int
    round: int
    quantity: Quantity
    formula: Formula
    text: str


@carrying
@dataclass(frozen=True)
class Update:
    """`update 0.01 of L w1, w2`: one step of gradient descent."""

    line: int
    rate: float
    loss: str
    names: tuple[str, ...]


@carrying
@dataclass(frozen=True)
class Script:
    """Everything that a sheet says, in its order."""

    name: str
    title: str
    source: str
    loss: str
    leaves: tuple[Leaf, ...]
    equations: tuple[Equation, ...]
    checks: tuple[Check | Identity, ...]
    updates: tuple[Update, ...]
    expressions: tuple[Equation, ...] = ()  # what is checked and has no name: `w*a ~= 0.3`


def has_derivative(formula: Formula) -> bool:
    """Whether a formula computes with a derivative."""
    return any(each.name[0] == "∂" for each in free_names(formula))


def names_in(formula: Formula) -> list[str]:
    """The quantities in a formula, and in its derivatives."""
    return [name for each in free_names(formula) for name in names_of(quantity_of(each))]


def names_of(quantity: Quantity) -> list[str]:
    """The quantities that a derivative is of and by: of ∂²L/∂w∂b these are L, w and b."""
    return [*(part.lstrip("∂") for part in quantity.of.split("/∂")), *filter(None, [quantity.by])]


def quantity_of(name: Name) -> Quantity:
    """`∂L/∂w` as the derivative it means; of `∂∂L/∂w/∂w`, that of `∂L/∂w`."""
    if name.name[0] != "∂":
        return Quantity(name.name)
    of, by = name.name.rsplit("/∂", 1)
    return Quantity(of[1:], by)
