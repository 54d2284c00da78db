"""How a line of work with a mistake in it comes about; the catalogue in `edits` says what each mistake is.

Each of these functions takes a line and gives its edited formulas, each with what the words of the catalogue
name; or it takes what is changed, and gives such a function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from microgrid.formula import OPS, Call, Formula, Name, Number, free_names, parse, substitute
from microgrid.sheet import Sheet

from .lines import Line, name_of
from .parts import MINUS, ONE, Part, Parts, Place, added, multiplied, places, products, replaced, sums

__all__ = [
    "Change",
    "Found",
    "Make",
    "Shown",
    "alone",
    "brackets",
    "doubled",
    "exchanged",
    "exchanged_everywhere",
    "factors",
    "functions",
    "insides",
    "inverted",
    "left_out",
    "next_weight",
    "number_left_out",
    "powers",
    "products_as_sums",
    "scaled",
    "step",
    "sums_as_products",
    "terms",
    "turned",
    "whole",
]

Shown = Formula | str | tuple[Formula, Formula]  # what is named, or "this of that"
Found = Iterator[tuple[Formula, tuple[Shown, ...]]]
Make = Callable[[Line], Found]
Change = Callable[[Parts, int], Parts]

# ── one part of a sum, of a product ─────────────────────────────────────────────────────────


def left_out(parts: Parts, i: int) -> Parts:
    """The parts without that one."""
    return [*parts[:i], *parts[i + 1 :]]


def alone(parts: Parts, i: int) -> Parts:
    """That part alone, where there are others."""
    return [parts[i]] if len(parts) > 2 else parts


def doubled(parts: Parts, i: int) -> Parts:
    """The parts with that one twice."""
    return [*parts[: i + 1], *parts[i:]]


def turned(parts: Parts, i: int) -> Parts:
    """A term with the other sign; a factor that divides instead of multiplying."""
    return [*parts[:i], Part(-parts[i].sign, parts[i].formula), *parts[i + 1 :]]


def scaled(number: float) -> Change:
    """The change that multiplies a part by a number."""

    def change(parts: Parts, i: int) -> Parts:
        return [*parts[:i], Part(parts[i].sign, Call("*", (Number(number), parts[i].formula))), *parts[i + 1 :]]

    return change


def terms(change: Change) -> Make:
    """Each term of each sum."""

    def made(line: Line) -> Found:
        for place, parts in sums(line.formula):
            if place.path or len(line.paths) < 2:
                for i, (_, part) in enumerate(parts):
                    shown = (part, place.formula) if isinstance(part, Number) else part  # which 1?
                    yield replaced(line.formula, place.path, added(change(parts, i))), (shown,)

    return made


def factors(change: Change) -> Make:
    """Each factor of each product, but signs."""

    def made(line: Line) -> Found:
        for place, parts in products(line.formula):
            for i, part in enumerate(parts):
                if part.formula != MINUS:
                    shown = part.formula if part.sign > 0 else Call("/", (ONE, part.formula))
                    yield replaced(line.formula, place.path, multiplied(change(parts, i))), (shown,)

    return made


def inverted(strokes: bool) -> Make:
    """Each factor divides instead of multiplying, or the reverse, in products that have a fraction stroke, or none."""

    def made(line: Line) -> Found:
        flat = [place.path for place, parts in products(line.formula) if all(each.sign > 0 for each in parts)]
        for place, parts in products(line.formula):
            for i, part in enumerate(parts):
                if part.formula != MINUS and (place.path not in flat) == strokes:
                    shown = part.formula if part.sign > 0 else Call("/", (ONE, part.formula))
                    yield replaced(line.formula, place.path, multiplied(turned(parts, i))), (shown,)

    return made


def number_left_out(number: float) -> Make:
    """A factor of the whole line that is that number."""

    def made(line: Line) -> Found:
        for place, parts in products(line.formula):
            for i, (sign, part) in enumerate(parts):
                if not place.path and isinstance(part, Number) and part.value == number**sign:
                    yield multiplied(left_out(parts, i)), ()

    return made


def products_as_sums(line: Line) -> Found:
    """+ for ×."""
    for place, parts in products(line.formula):
        if len(parts) == 2 and all(each.sign > 0 and each.formula != MINUS for each in parts):
            yield replaced(line.formula, place.path, added(parts)), tuple(each.formula for each in parts)


def sums_as_products(line: Line) -> Found:
    """× for +."""
    for place, parts in sums(line.formula):
        if len(parts) == 2 and all(each.sign > 0 for each in parts) and (place.path or not line.paths):
            yield replaced(line.formula, place.path, multiplied(parts)), tuple(each.formula for each in parts)


def brackets(line: Line) -> Found:
    """A factor that multiplies one term of a sum, the first or the last, instead of all."""
    for place, parts in products(line.formula):
        for i, part in enumerate(parts):
            inner = next((found for at, found in sums(part.formula) if not at.path), [])
            others = left_out(parts, i)
            if part.sign < 0 or not inner or not others:
                continue
            for j in (0, len(inner) - 1):
                term = Part(inner[j].sign, multiplied([Part(1, inner[j].formula), *others]))
                yield replaced(line.formula, place.path, added([*inner[:j], term, *inner[j + 1 :]])), (part.formula,)


# ── the whole line, in the words of a formula ───────────────────────────────────────────────


def whole(text: str) -> Make:
    """A formula of the `right` one."""
    pattern = parse(text)

    def made(line: Line) -> Found:
        yield substitute(pattern, {"right": line.formula}), ()

    return made


def step(text: str) -> Make:
    """A formula of the `old` number, the `rate` and the `gradient` of an update."""
    pattern = parse(text)

    def made(line: Line) -> Found:
        names = parts_of_step(line.formula)
        yield substitute(pattern, names), (names["old"], names["gradient"], names["rate"])

    return made


def parts_of_step(formula: Formula) -> Mapping[str, Formula]:
    """What an update is made of."""
    match formula:
        case Call("-", (old, Call("*", (rate, gradient)))):
            return {"old": old, "rate": rate, "gradient": gradient}
    raise ValueError(formula)


def next_weight(text: str) -> Make:
    """A formula of the `right` gradient, and of the `old` number and the `rate` of the update that it is for."""
    pattern = parse(text)

    def made(line: Line) -> Found:
        sheet, (round_, of, by, *_) = line.pages.sheet, line.item
        names = {"right": line.formula, "old": Name(by)}
        if of == sheet.loss and by in sheet.params:
            if rate := rate_for(sheet, round_, by):
                names["rate"] = rate
            if all(each.name in names for each in free_names(pattern)):
                yield substitute(pattern, names), (Name(by), name_of(line.item))

    return made


def rate_for(sheet: Sheet, number: int, by: str) -> Formula | None:
    """The rate by which a round is left, if it is by plain gradient descent."""
    steps = sheet.updates[number].by_name if number < len(sheet.updates) else {}
    descents = (each.descent for each in (steps.get(by), *steps.values()) if each)
    return next((rate for rate, _ in filter(None, descents)), None)


# ── functions ──────────────────────────────────────────────────────────────────────────────

SIGNS = ("neg", "step", "sign")  # no functions that people write
ALIKE = (
    ("sigmoid", "tanh", "relu", "softplus"), ("sigmoid", "leaky_relu"), ("relu", "leaky_relu"), ("tanh", "sinh"),
    ("log", "log10", "log2"), ("sin", "cos", "tan"), ("sinh", "cosh"), ("max", "min"),
)  # fmt: skip


def unary(line: Line, functions: Collection[str] = ()) -> Iterator[tuple[Place, str, Formula]]:
    """The functions of one argument in a line, one of some: their places, their names, their arguments."""
    for place in places(line.formula):
        match place.formula:
            case Call(function, (inside,)) if function in functions or not (functions or function in SIGNS):
                yield place, function, inside


def exchanged(line: Line) -> Found:
    """A function for another of its kind."""
    for place in places(line.formula):
        if isinstance(place.formula, Call):
            function, arguments = place.formula.function, place.formula.arguments
            for other in dict.fromkeys(each for family in ALIKE if function in family for each in family):
                if other != function and len(arguments) in OPS[other].takes:
                    yield replaced(line.formula, place.path, Call(other, arguments)), (other, function)


def exchanged_everywhere(line: Line) -> Found:
    """A function for another of its kind, wherever it stands: log₁₀ for ln in a cross-entropy."""
    spots = [(place, place.formula) for place in places(line.formula) if isinstance(place.formula, Call)]
    for function in dict.fromkeys(call.function for _, call in spots):
        same = [place for place, call in spots if call.function == function]
        counts = {len(call.arguments) for _, call in spots if call.function == function}
        for other in dict.fromkeys(each for family in ALIKE if function in family for each in family if len(same) > 1):
            if other != function and counts <= {*OPS[other].takes}:
                yield renamed(line.formula, same, other), (other, function)


def renamed(formula: Formula, spots: Iterable[Place], function: str) -> Formula:
    """The formula with another function at some places, the innermost first."""
    for place in sorted(spots, key=lambda each: -len(each.path)):
        inside = formula
        for i in place.path:
            inside = inside.arguments[i] if isinstance(inside, Call) else inside
        if isinstance(inside, Call):
            formula = replaced(formula, place.path, Call(function, inside.arguments))
    return formula


def functions(text: str, *some: str) -> Make:
    """A formula of the argument `x` and the value `f` in place of a function."""
    pattern = parse(text)

    def made(line: Line) -> Found:
        for place, function, inside in unary(line, some):
            edited = substitute(pattern, {"x": inside, "f": place.formula})
            yield replaced(line.formula, place.path, edited), (function, inside)

    return made


def insides(text: str, *some: str) -> Make:
    """A function of a formula of its argument `x`."""
    pattern = parse(text)

    def made(line: Line) -> Found:
        for place, function, inside in unary(line, some):
            edited = substitute(pattern, {"x": inside, "degree": Number(math.pi / 180)})
            yield replaced(line.formula, place.path, Call(function, (edited,))), (function, inside)

    return made


def powers(text: str) -> Make:
    """A formula of `x` and `n` in place of x to the n."""
    pattern = parse(text)

    def made(line: Line) -> Found:
        for place in places(line.formula):
            match place.formula:
                case Call("**", (x, Number() as n)):
                    yield replaced(line.formula, place.path, substitute(pattern, {"x": x, "n": n})), (n, x)

    return made
