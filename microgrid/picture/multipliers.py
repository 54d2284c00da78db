"""What a gradient is multiplied by on its way back through a line over arrays: `W2ᵀ @`, `@ xᵀ`, `⊙ a1(1 − a1)`.

    z = W @ x + b     ∂L/∂W = ∂L/∂z @ xᵀ, so `@ xᵀ`;  ∂L/∂x = Wᵀ @ ∂L/∂z, so `Wᵀ @`;  ∂L/∂b = ∂L/∂z, so `1`

Where it stands inside another operation it is called "grad": `p ⊙ (grad − p·grad)`, back through a softmax.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from microgrid.derivation.array_chains import ArrayGradients, gradient_name
from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula, Name, Number, fold, free_names
from microgrid.formula.lettering import LABEL, plain, shown, written
from microgrid.formula.printing import unicode_name
from microgrid.sheet import Sheet
from microgrid.sheet.arrays.registry import unsampled
from microgrid.sheet.arrays.writing import with_parts_named

__all__ = ["Multipliers", "multiplier"]

GRAD = Name("grad")
ONE = Number(1.0)
LEFT, RIGHT = "… @", "@ …"
LONGEST = 34  # characters of a cell


class Multipliers:
    """What stands on the wires between the lines of a sheet, for the gradients of one number.

    >>> sheet = Sheet.parse("param W = [1 2; 3 4]\\ninput x = [1, 2]\\nz = W @ x\\nL = z·z")
    >>> Multipliers(sheet, "L").into("z")
    {'W': '@ xᵀ', 'x': 'Wᵀ @'}
    """

    def __init__(self, sheet: Sheet, root: str) -> None:
        self._gradients = ArrayGradients(sheet, root)

    @cached_property
    def lines(self) -> Mapping[str, Formula]:
        """The formula over arrays of each line, by what it defines."""
        return self._gradients.lines

    def into(self, name: str) -> dict[str, str]:
        """For each name in the line of `name` what the gradient is multiplied by on its way to it.

        Nothing for what no formula over arrays says, and where it would be too long to read.
        """
        if name not in self.lines:
            return {}
        upstream = Name(gradient_name(self._gradients.root, name))
        try:
            shares = self._gradients.shares(name, upstream)
        except FormulaError:  # nothing that could be written over these shapes
            return {}
        texts = {by: multiplier(each, upstream) for by, each in shares.items() if each is not None}
        return {by: text for by, text in texts.items() if text}

    def gradient(self, name: str) -> str:
        """The formula of a gradient, over those before it; '' where there is none over arrays of one sample."""
        formula = self._gradients.gradients.get(name)
        if formula is None or len({unsampled(each.name)[1] for each in free_names(formula)} - {0}) > 1:
            return ""
        return shown_of(formula)


class Part(NamedTuple):
    """A part of a formula: all of it, and what one of its factors is multiplied by there.

    without  None where that is no factor of it       side  where it stands: "@ …", "… @", "⊙ …", or "" of numbers
    """

    whole: Formula
    without: Formula | None = None
    side: str = ""
    holds: bool = False


def multiplier(formula: Formula, upstream: Formula) -> str:
    """What multiplies one of the factors of a product, and from which side; '' for what is too long to read.

    >>> u, w = Name("u"), Name("w")
    >>> multiplier(Call("@", (Call("ᵀ", (w,)), u)), u), multiplier(Call("@", (u, w)), u), multiplier(u, u)
    ('wᵀ @', '@ w', '1')
    """

    def visit(node: Formula, arguments: list[Part]) -> Part:
        if node == upstream:
            return Part(GRAD, ONE, "", True)
        if isinstance(node, Name) and isinstance(upstream, Name) and (place := place_in(node, upstream)):
            return Part(Name(GRAD.name + place))
        if not isinstance(node, Call):
            return Part(node)
        whole = Call(node.function, tuple(each.whole for each in arguments))
        return split(whole, arguments) if any(each.holds for each in arguments) else Part(whole)

    part = fold(formula, visit)
    text = shown_of(part.whole) if part.without is None else sided(part.without, part.side)
    return text if len(text) <= LONGEST else ""


def place_in(element: Name, array: Name) -> str:
    """Where an element stands in an array, `[2]`; '' for what is none of it.

    >>> place_in(Name("∂C/∂x[2] at sample 1"), Name("∂C/∂x at sample 1")), place_in(Name("x"), Name("∂C/∂x"))
    ('[2]', '')
    """
    (name, sample), (base, same) = unsampled(element.name), unsampled(array.name)
    return name.removeprefix(base) if sample == same and name.startswith(f"{base}[") else ""


def split(whole: Call, arguments: list[Part]) -> Part:
    """A call of which one part or several hold the factor."""
    kept = Part(whole, holds=True)
    if any(each.side in (LEFT, RIGHT) or (each.holds and each.without is None) for each in arguments):
        return kept
    if whole.function == "@" and GRAD in whole.arguments:
        left, right = whole.arguments
        return kept._replace(without=right if left == GRAD else left, side=RIGHT if left == GRAD else LEFT)
    without = [each.without for each in arguments if each.without is not None]
    side = next((each.side for each in arguments if each.side), whole.function if whole.function == "⊙" else "")
    if whole.function in ("neg", "+", "-") and len(without) == len(arguments):
        return kept._replace(without=Call(whole.function, tuple(without)), side=side)
    if whole.function in ("*", "⊙", "/") and len(without) == 1 and (whole.function != "/" or arguments[0].holds):
        left, right = (each.without or each.whole for each in arguments)
        alone = Call(whole.function, (left, right))
        if whole.function != "/" and ONE in without:
            alone = right if arguments[0].holds else left  # type: ignore[assignment]
        return kept._replace(without=alone, side=side)
    return kept


def sided(without: Formula, side: str) -> str:
    """The factor with the sign of its product: a sum in brackets."""
    mark = "□"
    if side == LEFT:
        return shown_of(Call("@", (without, Name(mark)))).removesuffix(f" {mark}")
    if side == RIGHT:
        return shown_of(Call("@", (Name(mark), without))).removeprefix(f"{mark} ")
    if side == "⊙":
        text = shown_of(Call("⊙", (without, Name(mark)))).removesuffix(f" ⊙ {mark}")
        return f"⊙ ({text})" if text[0] == "−" else f"⊙ {text}"
    return shown_of(without)


def shown_of(formula: Formula) -> str:
    """The formula with its names as cards have them, of the sample that is drawn."""

    def visit(node: Any, arguments: list[Formula]) -> Formula:
        if isinstance(node, Name):
            return Name(unsampled(node.name)[0])
        return Call(node.function, tuple(arguments)) if isinstance(node, Call) else node

    return written(with_parts_named(fold(formula, visit)), 4, name_of)


def name_of(word: str) -> str:
    """A name, or a derivative, below the line what belongs there."""
    return unicode_name(plain(word, 2 * LABEL)) if word[0] == "∂" else shown(word)
