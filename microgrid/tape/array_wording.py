"""What the events of vectors and matrices say in words, with their numbers.

forward    z1 = W1 @ x + b1 = [0.24, 0.42]
backward   ∂L/∂W1 += ∂L/∂z1 @ xᵀ = [−0.01739 −0.003478; −0.02533 −0.005066]
update     W1 ← W1 − 0.01·∂L/∂W1 = [0.2002 0.4; 0.3003 0.7001]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import cast

from microgrid.formula import Call, Formula, free_names, number_text
from microgrid.formula.array_parser import OVER
from microgrid.formula.printing import AT
from microgrid.formula.regexes import regex
from microgrid.formula.writing import minus, text
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.grids import MOST, inline
from microgrid.sheet.arrays.wholes import Whole
from microgrid.sheet.arrays.writing import with_parts_named

from .array_events import Together, inner
from .array_shares import ArrayShares
from .events import Assigned, Backward, Complete, Forward, Step, Update
from .tape import Tape

__all__ = ["ArrayWords", "of_one_sample"]

LONGEST = 200  # characters of a formula
AT_SAMPLE = regex(rf"{AT}([0-9]+)")
IN_BRACKETS = regex(rf"(?<=∂)\(([^() ]+){AT}[0-9]+\)")


class ArrayWords:
    """The sentences about the events of arrays.

    tape  of a sheet      names  how names are written      digits  significant digits, None for all
    symbols  whether functions are written as pictures have them: σ(z), ln(z)
    """

    def __init__(self, tape: Tape, names: Callable[[str], str], digits: int | None, symbols: bool = False) -> None:
        self.tape, self.names, self.digits = tape, names, digits
        sheet = cast(Sheet, tape.sheet)
        self._write = text(digits, names, symbols=symbols)
        first = tape.rounds[0]
        self.shares = ArrayShares(sheet, first.view, first.grad)

    @cached_property
    def wholes(self) -> Mapping[str, Whole]:
        """Numbers and arrays by their names, m(W) too."""
        return self.shares.wholes

    def write(self, formula: Formula) -> str:
        """A formula over arrays as text."""
        said, root = self._write(with_parts_named(formula)), self.tape.names[-1]
        return said.replace(f"∂{root}/∂", f"∂({root})/∂") if " " in root else said

    def computation(self, name: str) -> str:
        """How a number is computed, where that is from arrays: `W2 @ a1 + b2`; else ''."""
        formula = self.wholes[name].formula if name in self.wholes else None
        names = [each.name for each in free_names(formula)] if formula is not None else []
        over = isinstance(formula, Call) and formula.function in OVER
        if formula is None or not (over or any(each in self.arrays for each in names)):
            return ""
        said = self.write(formula)
        return "" if said == name else said if len(said) <= LONGEST else "…"

    @cached_property
    def arrays(self) -> frozenset[str]:
        """What is no number: vectors, matrices, families, and their parts."""
        sheet = cast(Sheet, self.tape.sheet)
        names = (each.name for each in sheet.wholes if each.shape)
        return frozenset([*names, *(base for base, _ in sheet.families)])

    def uses(self, name: str) -> int:
        """How many lines add to the gradient of a number."""
        return len(self.shares.users.get(name, ()))

    def __call__(self, event: Together) -> str:
        """The sentence about an event, with its numbers."""
        sides = [self.left(event), *self.formulas(event)]
        numbers = self.numbers(event)
        if event.kind == "complete":
            return f"{sides[0]} = {numbers} is complete"
        return f"{self.joined(event, sides)} = {numbers}{self.so_far(event)}"

    def plan(self, event: Together) -> str:
        """What an event will do, without the numbers that nobody has computed yet."""
        if event.kind == "complete":
            return f"{self.left(event)} = … is complete"
        return self.joined(event, [self.left(event), *self.formulas(event)])

    def joined(self, event: Together, sides: Sequence[str]) -> str:
        sign = {"backward": " += ", "update": " ← "}.get(event.kind, " = ")
        return sign.join(sides)

    def left(self, event: Together) -> str:
        """What an event is about."""
        return self.gradient(event.name) if event.kind in ("backward", "complete") else self.name(event.name)

    def name(self, name: str) -> str:
        return self.names(name)

    def gradient(self, name: str) -> str:
        """What the gradient of a number or an array is called."""
        return self.slope(self.tape.names[-1], name)

    def slope(self, number: str, name: str) -> str:
        """What the derivative of a number by another, or by an array, is called."""
        of, by = (f"({self.name(each)})" if " " in each else self.name(each) for each in (number, name))
        return f"∂{of}/∂{by}"

    def formulas(self, event: Together) -> list[str]:
        """How it comes about, where that can be written."""
        first = event.steps[0]
        if isinstance(first, Forward):
            formula = self.wholes[event.name].formula
        elif isinstance(first, Backward):
            return [self.share(event.child_name, event.name)]
        elif isinstance(first, Update):
            rate = minus(number_text(first.rate, self.digits))
            return [f"{self.name(event.name)} − {rate}·{self.slope(first.loss, event.name)}"]
        else:
            rules = {each.name: each.formula for each in event.steps if isinstance(each, Assigned)}
            formula = self.tape.owners.rule(rules)
        said = "" if formula is None else self.write(formula)
        return [said] if said and len(said) <= LONGEST else []

    def share(self, child: str, parent: str) -> str:
        """What a line passes back: a formula over arrays, or the chain rule over the elements of what is above."""
        formula = self.shares.formula(child, parent)
        said = "" if formula is None else self.write(formula)
        if said and len(said) <= LONGEST:
            return said
        shape = self.wholes[child].shape
        place = f"[{'i,j'[: 2 * len(shape) - 1]}]" if shape else ""
        local = f"∂{self.name(child)}{place}/∂{self.name(parent)}"
        return f"{'Σ ' * bool(place)}{local} · {self.gradient(child)}{place}"

    # ── numbers ──

    def numbers(self, event: Together) -> str:
        """What it comes to: the new numbers, or what is added to each."""
        found: dict[str, float] = {}
        for each in event.steps:
            if isinstance(each, Backward):
                found[each.name] = found.get(each.name, 0.0) + each.contribution
            else:
                found[each.name] = number(each)
        return self.array(event.name, found)

    def array(self, name: str, numbers: Mapping[str, float]) -> str:
        """The numbers of an array on a line; those that are missing are 0."""
        whole = self.wholes[inner(name)]
        known = [numbers.get(name.replace(inner(name), each), 0.0) for each in whole.elements]
        return inline(whole.shape, [minus(number_text(each, self.digits)) for each in known], MOST)

    def so_far(self, event: Together) -> str:
        """The gradient so far, where others add to it."""
        shares = [each for each in event.steps if isinstance(each, Backward)]
        known = {each.name: each.after for each in shares}
        first = {each.name: each.before for each in reversed(shares)}
        if not any(first.values()) or known.keys() != set(self.wholes[event.name].elements):
            return ""
        return f", so far {self.array(event.name, known)}"


def of_one_sample(sentence: str) -> str:
    """A sentence that is about one sample, which is said once.

    >>> of_one_sample("∂L/∂(z at sample 2) += v at sample 2 = 3"), of_one_sample("L at sample 1 + L at sample 2")
    ('sample 2: ∂L/∂z += v = 3', 'L at sample 1 + L at sample 2')
    """
    samples = set(AT_SAMPLE.findall(sentence))
    if len(samples) != 1:
        return sentence
    plain = AT_SAMPLE.sub("", IN_BRACKETS.sub(r"\1", sentence))
    return f"sample {samples.pop()}: {plain}"


def number(step: Step) -> float:
    if isinstance(step, Forward):
        return step.value
    if isinstance(step, Complete):
        return step.gradient
    return step.after  # type: ignore[union-attr]
