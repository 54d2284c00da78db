"""What a worked-example sheet can say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from microgrid.errors import counted
from microgrid.formula import Call, Formula, Name, Number, free_names, render, unicode_name
from microgrid.formula.definitions import Definition, together
from microgrid.formula.expression import Prepared
from microgrid.formula.lettering import plain
from microgrid.formula.ops import ROW_UNICODE
from microgrid.formula.printing import AT
from microgrid.streams import carrying

from .numbers import BLANK

__all__ = [
    "Array", "Assignment", "Check", "Equation", "Grid", "Identity", "Leaf", "Quantity", "Script", "Update",
    "has_derivative", "names_in", "names_of", "quantity_called", "quantity_of", "usual_loss",
]  # fmt: skip

LONGEST = 40  # characters of a line at the prompt
LONG = 40  # names in a formula that is written out above its operations


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
            return self.of.replace("(∂", "(d").replace("/∂", "/d")
        first = quantity_of(Name(self.of))
        if not first.by:
            (of, _, at), (by, _, there) = self.of.partition(AT), self.by.partition(AT)
            if ((at or there) and at in ("", there)) or not there:  # dL/dz at sample 2, and what does not vary
                return f"d{of}/d{by}" + (AT + (at or there) if at or there else "")
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

    @cached_property
    def prepared(self) -> Prepared:
        """The formula as it is recorded, round after round: the largest of several is one operation."""
        return Prepared(together(self.formula))

    @cached_property
    def title(self) -> str:
        """What a frame around its operations is called, where they are several: itself, or its line if it is long."""
        if operations(self.formula) < 2:
            return ""
        if len(free_names(self.formula)) > LONG:
            return self.text
        return f"{', '.join(map(unicode_name, self.names))} = {render(self.formula, ROW_UNICODE)}"


def operations(formula: Formula) -> int:
    """How many operations a formula takes."""
    count, pending = 0, [formula] if isinstance(formula, Call) else []
    while pending:
        count += 1
        pending += [each for each in pending.pop().arguments if isinstance(each, Call)]
    return count


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
class Assignment:
    """`w ← w − η·∂L/∂w`: the number that a name has in the next round, by the numbers of this one.

    formula   over names and derivatives of the round before, and new numbers: `next t`
    computed  the same in the order in which a program computes it, where that is another
    """

    name: str
    formula: Formula
    computed: Formula | None = None

    @cached_property
    def prepared(self) -> Prepared:
        """What is computed, ready to be evaluated."""
        return Prepared(self.computed or self.formula)

    @cached_property
    def by_hand(self) -> Prepared:
        """What a person computes, ready to be evaluated."""
        return Prepared(self.formula)

    @cached_property
    def descent(self) -> tuple[Formula, str] | None:
        """The rate and the loss of a plain step of gradient descent; None for what is none.

        >>> Assignment("w", Call("-", (Name("w"), Call("*", (Name("η"), Name("∂L/∂w")))))).descent
        (Name(name='η'), 'L')
        """
        match self.formula:
            case Call("-", (Name(old), Call("*", (rate, Name(slope))))) if old == self.name and slope[0] == "∂":
                quantity = quantity_of(Name(slope))
                return (rate, quantity.of) if quantity.by == old else None
        return None


@carrying
@dataclass(frozen=True)
class Array:
    """`W1 = [0.2 0.4; 0.3 0.7]`: quantities that belong together, and how they were written.

    shape     (2, 3) of 2 rows and 3 columns, (3,) of a vector, which is a column
    elements  what they are called, row by row: W1[1,1], W1[1,2] …; without their sample, where each has its own
    keyword   what it is given as; '' for what is computed
    formula   what it is computed from, over arrays, in calls of `formula.array_parser`
    text      the line
    """

    line: int
    name: str
    shape: tuple[int, ...]
    elements: tuple[str, ...]
    keyword: str
    formula: Formula
    text: str


@carrying
@dataclass(frozen=True)
class Grid:
    """`dL/dW ~= [1 2; 3 4]`, `dL/dW == δ @ xᵀ`: what is published for an array, as a whole.

    name    of what is judged: dL/dW             text    what is published for it, as it was typed
    shape   of both                              checks  the numbers or formulas of the elements, row by row
    """

    line: int
    round: int
    name: str
    text: str
    shape: tuple[int, ...]
    checks: tuple[Check, ...] | tuple[Identity, ...]


@carrying
@dataclass(frozen=True)
class Update:
    """`update 0.01 of L w1, w2`, `round with x = 2`, `restart`: how one round leads to the next.

    text         the line
    assignments  the new numbers, each after those that it names; what is not among them stays as it is
    loss         what an `update` descends; '' for the others
    """

    line: int
    text: str
    assignments: tuple[Assignment, ...]
    loss: str = ""

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "rate" in state:  # as pickles from before the wings have it: plain gradient descent
            loss, rate = state["loss"], Number(state.pop("rate"))
            slopes = {name: Call("*", (rate, Name(f"∂{loss}/∂{name}"))) for name in state.pop("names")}
            steps = (Assignment(name, Call("-", (Name(name), slope))) for name, slope in slopes.items())
            state |= {"text": f"update {rate.value:g}", "assignments": tuple(steps)}
        vars(self).update(state)

    def __repr__(self) -> str:
        numbers = counted(len(self.assignments), "number")
        return f"<Update in line {self.line:,}: {plain(self.text, LONGEST)}, {numbers}>"

    @property
    def names(self) -> tuple[str, ...]:
        """What has a new number."""
        return tuple(each.name for each in self.assignments)

    @cached_property
    def by_name(self) -> dict[str, Assignment]:
        """The assignments, by the name that each gives a number."""
        return {each.name: each for each in self.assignments}

    @cached_property
    def descends(self) -> bool:
        """Whether it is a plain step of gradient descent, of one loss by one rate, and nothing else."""
        steps = {each.descent for each in self.assignments}
        return len(steps) == 1 and None not in steps


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
    moments: tuple[str, ...] = ()  # what its optimisers remember of each parameter, from 0 on: m(w), v(w)
    asked: tuple[str, ...] = ()  # numbers of the round before that some line names: before(w)
    expressions: tuple[Equation, ...] = ()  # what is checked and has no name: `w*a ~= 0.3`
    idle: tuple[str, ...] = ()  # rules and states by which no round goes on: `next w`
    arrays: tuple[Array, ...] = ()  # vectors and matrices, whose elements are quantities
    families: tuple[tuple[str, tuple[str, ...]], ...] = ()  # z, and its members z[1], z[2] …
    samples: int = 0  # how many there are; then what varies has a quantity for each: `z1 at sample 2`
    varying: tuple[str, ...] = ()  # quantities and arrays that each sample has of its own: z1
    grids: tuple[Grid, ...] = ()  # what is published for arrays, whose elements `checks` has one by one
    definitions: tuple[Definition, ...] = ()  # its functions: `f(z) = z^2`
    text: str = ""  # all of it, as it was typed
    over_arrays: tuple[tuple[str, Formula], ...] = ()  # numbers computed from arrays, as written: ŷ = σ(W2 @ a1 + b2)


def has_derivative(formula: Formula) -> bool:
    """Whether a formula computes with a derivative."""
    return any(each.name[0] == "∂" for each in free_names(formula))


def usual_loss(equations: Sequence[Equation], is_number: Callable[[str], bool] = bool) -> str:
    """The loss of a sheet that names none: the last quantity that no derivative stands behind, else the last.

    Gradients, steps and new weights are written below the loss whose derivatives they are made of. `is_number` says of
    a name whether it may be the loss: no element of an array is.
    """
    behind: set[str] = set()
    found = ""
    for each in equations:
        if has_derivative(each.formula) or (behind and not behind.isdisjoint(names_in(each.formula))):
            behind.update(each.names)
        else:
            found = each.names[-1] if is_number(each.names[-1]) else found
    return found or next((each.names[-1] for each in reversed(equations) if is_number(each.names[-1])), "")


def names_in(formula: Formula) -> list[str]:
    """The quantities in a formula, and in its derivatives."""
    return [name for each in free_names(formula) for name in names_of(quantity_of(each))]


def names_of(quantity: Quantity) -> list[str]:
    """The quantities that a derivative is of and by: of ∂²L/∂w∂b these are L, w and b."""
    return [*(part.lstrip("∂") for part in quantity.of.split("/∂")), *filter(None, [quantity.by])]


@lru_cache(maxsize=1024)
def quantity_called(name: str) -> Quantity:
    """The quantity of that name in a formula, asked for round after round."""
    return quantity_of(Name(name))


def quantity_of(name: Name) -> Quantity:
    """`∂L/∂w` as the derivative it means; of `∂∂L/∂w/∂w`, that of `∂L/∂w`."""
    if name.name[0] != "∂":
        return Quantity(name.name)
    of, by = name.name.rsplit("/∂", 1)
    return Quantity(of[1:], by)
