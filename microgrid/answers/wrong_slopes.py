"""Local derivatives as people mistake them: left out, or another function's, or with z for a."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from microgrid.formula import OPS, Call, Formula, Name, derivative, free_names, parse, substitute
from microgrid.formula.algebra import size

from .changes import Found
from .lines import LARGEST, Line, Path, summed
from .parts import ONE, called, places, replaced

__all__ = ["partners_mistaken", "slopes_again", "slopes_left_out", "slopes_mistaken", "slopes_of", "written"]

# What is written for the derivative of a function; x is its argument, out its value.
MISTAKEN: Mapping[str, tuple[str, ...]] = {
    "sigmoid": ("1 - out", "1 - out^2", "out^2"),
    "tanh": ("1 - out", "out*(1 - out)", "1 + out^2", "out^2", "(1 - out)^2"),
    "silu": ("sigmoid(x)", "sigmoid(x)*(1 - sigmoid(x))"),
    "exp": ("x*out",),
    "log": ("-1/x^2", "1/x^2", "x"),
    "sqrt": ("1/sqrt(x)", "1/(2*x)"),
    "sin": ("-cos(x)",),
    "cos": ("sin(x)",),
    "softplus": ("sigmoid(x)*(1 - sigmoid(x))",),
}
INSIDE = "·"  # no name of a sheet


class Slope(NamedTuple):
    """The derivative of one function in the equation of a path, and the local derivative around it.

    shown   what it is called: ∂h1/∂z1, or tanh′ where there is more in the equation
    right   as it should be
    wrong   as it is mistaken
    around  the factor before it, by the chain rule
    inner   the factor behind it
    rest    what else the quantity adds to the local derivative
    """

    shown: str
    right: Formula
    wrong: tuple[Formula, ...]
    around: Formula
    inner: Formula
    rest: Formula

    def put(self, slope: Formula) -> Formula:
        """The local derivative of the equation with another one in its place."""
        product = called("*", (called("*", (self.around, slope)), self.inner))
        return called("+", (self.rest, product))


def partners_mistaken(line: Line) -> Found:
    """The quantity itself where its partner in a product is the slope: w for x, where z = w·x."""
    for i, path in enumerate(line.paths):
        if isinstance(path.rule, Name) and path.rule.name != path.by:
            yield with_slope(line, i, Name(path.by)), (Name(path.by), path.rule)


def slopes_left_out(line: Line) -> Found:
    """The local derivative of a path, or of one function in its equation."""
    for i, path in enumerate(line.paths):
        if path.gradient is not None and isinstance(path.rule, Call):
            yield with_slope(line, i, ONE), (f"∂{path.of}/∂{path.by}", path.rule)
        for slope in slopes(line, path):
            if not slope.shown.startswith("∂"):
                yield with_slope(line, i, slope.put(ONE)), (slope.shown, slope.right)


def slopes_mistaken(line: Line) -> Found:
    """Another formula for the derivative of one function."""
    for i, path in enumerate(line.paths):
        for slope in slopes(line, path):
            for wrong in slope.wrong:
                yield with_slope(line, i, slope.put(wrong)), (slope.shown, slope.right, wrong)


def slopes_again(line: Line) -> Found:
    """(p − t)·p(1 − p) for p − t: the slope of the activation, which the slope of the cross-entropy has cancelled."""
    match line.formula:
        case Call("-", (Name(of), target)) if line.item.by in line.pages.names_in(of):
            slope = line.pages.slope(of, line.item.by, by_value=True)
            yield Call("*", (Call("-", (Name(of), target)), slope)), (f"∂{of}/∂{line.item.by}", slope)


def with_slope(line: Line, i: int, slope: Formula) -> Formula:
    """The line's formula with another local derivative in a path."""
    return summed([each.product(slope if i == j else each.slope) for j, each in enumerate(line.paths)])


def slopes(line: Line, path: Path) -> tuple[Slope, ...]:
    """The derivatives of the functions in the equation of a path that lead to its quantity."""
    equation = line.pages.formulas[path.of]
    return slopes_of(equation, path.of, path.by) if size(equation) <= LARGEST else ()


@lru_cache(maxsize=1024)
def slopes_of(equation: Formula, of: str, by: str) -> tuple[Slope, ...]:
    """The same for an equation, of what it computes by one of its names."""
    found = []
    for place in places(equation):
        match place.formula:
            case Call(function, (inside,)) if function in OPS and Name(by) in free_names(inside):
                outer = replaced(equation, place.path, Name(INSIDE))
                value = place.formula if place.path else Name(of)
                names = {"x": inside, "out": value}
                right, *wrong = (substitute(each, names) for each in written(function))
                around, rest = derivative(outer, INSIDE), derivative(outer, by)
                around, rest = (substitute(each, {INSIDE: value}) for each in (around, rest))
                plain = not place.path and inside == Name(by)
                shown = f"∂{of}/∂{by}" if plain else f"{function}′"
                found.append(Slope(shown, right, tuple(wrong), around, derivative(inside, by), rest))
    return tuple(found)


@lru_cache(maxsize=64)
def written(function: str) -> tuple[Formula, ...]:
    """The derivative of a function in the words of `x` and `out`, and what people write for it."""
    right = derivative(Call(function, (Name("x"),)), "x", out="out")
    by_argument = substitute(right, {"out": Name("x")})
    others = (*map(parse, MISTAKEN.get(function, ())), by_argument, Name("out"))
    return right, *(each for each in dict.fromkeys(others) if each != right)
