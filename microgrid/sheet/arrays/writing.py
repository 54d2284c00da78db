"""Formulas over arrays as text, for messages: `W1ᵀ @ δ2[1]`."""

from __future__ import annotations

from microgrid.formula import Call, Formula, Name, render
from microgrid.formula.array_parser import OF_BRACKET, OVER
from microgrid.formula.expression import fold
from microgrid.formula.lettering import shortened
from microgrid.formula.printing import ATOM, TEXT, Form

from .elements import Elements
from .shapes import Operand

__all__ = ["operand", "with_parts_named", "written"]

LONGEST = 60
PRODUCT, SIGN, POWER = 2, 3, 4
ARRAYS = TEXT.knowing({
    **{sign: Form(f"{{}} {sign} {{}}", PRODUCT, (PRODUCT, SIGN)) for sign in "@⊙·"},
    "ᵀ": Form("{}ᵀ", ATOM, (ATOM,)),
    "[]": Form("{}[{}]", ATOM, (ATOM, 0)),
    "∂": Form("∂{}/∂{}", POWER, (ATOM, ATOM)),
    "..": Form("{}..{}", ATOM, (SIGN, SIGN)),
    ":": Form(":", ATOM, ()),
    "for": Form("{} for {} in {}..{}", ATOM, ()),
    **{over: Form(f"{over} of {{}}", PRODUCT, (PRODUCT,)) for over in OVER},
    "at sample": Form("{} at sample {}", 0, (ATOM, ATOM)),
})  # fmt: skip
BRACKETS = {"list": ("[", ", ", "]"), "rows": ("[", "; ", "]"), "row": ("", " ", "")}


def written(formula: Formula, longest: int = LONGEST) -> str:
    """The formula as it is typed, its middle left out where it is longer than so many characters.

    >>> written(Call("@", (Call("ᵀ", (Name("W"),)), Call("+", (Name("a"), Name("b"))))))
    'Wᵀ @ (a + b)'
    """
    return shortened(render(fold(formula, joined), ARRAYS), longest)


def joined(node: Formula, arguments: list[Formula]) -> Formula:
    """The node, of any number of arguments as two: the form of a language says how many there are."""
    if not isinstance(node, Call):
        return node
    if node.function in BRACKETS:
        opening, between, closing = BRACKETS[node.function]
        return Name(opening + between.join(render(each, ARRAYS) for each in arguments) + closing)
    if node.function in ("[]", OF_BRACKET):
        base, *indices = arguments
        return Call("[]", (base, Name(",".join(render(each, ARRAYS) for each in indices))))
    return Call(node.function, tuple(arguments), node.at)


def with_parts_named(formula: Formula, parts: dict[Formula, Formula] | None = None) -> Formula:
    """The formula with a name for each part of an array: `W[2,:]`, `x[1..3]`; `parts` is told what the names mean."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        if node.function in ("[]", OF_BRACKET):
            name = Name(render(joined(node, arguments), ARRAYS), node.at)
            if parts is not None:
                parts[name] = Call(node.function, tuple(arguments), node.at)
            return name
        return Call(node.function, tuple(arguments), node.at)

    return fold(formula, visit)  # type: ignore[no-any-return]


def operand(raw: Formula, found: Elements) -> Operand:
    """What a message says of an array: how it is written, and its shape."""
    return Operand(written(raw), found.shape)
