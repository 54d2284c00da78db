"""Averages: a number that divides all samples of a batch alike, and what is worked out without it, or with it twice.

In L = ((y1 - t1)² + (y2 - t2)² + (y3 - t3)²)/3 + λ·w² every path by way of y1, y2 or y3 has the factor 1/3, and
none of them shows it where dL/dy1 … is printed; the path of the penalty has it not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from microgrid.formula import Call, Formula, Name, Number, derivative, free_names

from .follow_through import Pages
from .lines import Line, Path, summed
from .parts import Part, Place, places, products, replaced, sums

__all__ = ["divided_again", "squares_undivided", "undivided"]

MOST = 8  # averages that are looked at, those nearest to the end
LEAST = 3  # samples of a total that has a name: half of one number is no average

Edited = Iterator[tuple[Formula, tuple[str, ...]]]


class Average(NamedTuple):
    """A part of an equation that is divided by a number, one share for each sample."""

    of: str
    place: Place
    number: int

    def inside(self) -> set[str]:
        """The names that it averages."""
        return {each.name for each in free_names(self.place.formula)}


@lru_cache(maxsize=4)
def averages_of(pages: Pages) -> list[Average]:
    """All averages of a sheet, the last first."""
    found = [Average(of, *each) for of, formula in pages.sheet.formulas.items() for each in averages_in(pages, formula)]
    return list(dict.fromkeys(reversed(found)))


def averages_in(pages: Pages, formula: Formula) -> Iterator[tuple[Place, int]]:
    """Sums of n terms over n, or a multiple of n; sums of n terms, each of them over n; a whole equation over n."""
    for place, factors in products(formula):
        counts = {len(terms_of(pages, each)) for each in factors}
        for by in filter(None, map(divisor, factors)):
            yield from ((place, n) for n in sorted(counts) if n > 1 and by % n == 0)
            if by >= LEAST and not place.path and len(factors) > 1:
                yield place, by
    for place, terms in sums(formula):
        shares = [
            {divisor(each) for each in parts} for term in terms for at, parts in products(term.formula) if not at.path
        ]
        if len(terms) > 1 and len(shares) == len(terms) and all(len(terms) in each for each in shares):
            yield place, len(terms)


def terms_of(pages: Pages, factor: Part) -> list[Part]:
    """The terms of a factor that is a sum, or the name of one."""
    formula = factor.formula
    formula = pages.sheet.formulas.get(formula.name, formula) if isinstance(formula, Name) else formula
    return next((terms for place, terms in sums(formula) if not place.path and factor.sign > 0), [])


def divisor(factor: Part) -> int:
    """n, of a factor 1/n; 0 of another."""
    if not isinstance(factor.formula, Number) or not factor.formula.value:
        return 0
    by = factor.formula.value**-factor.sign
    return round(by) if by > 1 and abs(by - round(by)) < 1e-9 * by else 0


# ── a line of work without it ──────────────────────────────────────────────────────────────


def undivided(line: Line) -> Edited:
    """The line as it is if nobody divided."""
    return edited(line, float, lambda n: "twice" if n == 2 else f"{n} times")


def divided_again(line: Line) -> Edited:
    """The line as it is if that was done twice."""
    return edited(line, lambda n: 1 / n, lambda n: "half" if n == 2 else f"1/{n}")


def squares_undivided(line: Line) -> Edited:
    """A gradient's line without the 2/n of an average of squares."""

    def of_squares(average: Average) -> bool:
        formulas = [average.place.formula, *map(line.pages.formulas.get, average.inside())]
        return any(is_square(place.formula) for each in formulas if each is not None for place in places(each))

    return edited(line, lambda n: n / 2, str, of_squares)


def is_square(formula: Formula) -> bool:
    """Whether a formula is something squared."""
    match formula:
        case Call("**", (_, Number(2.0))):
            return True
    return False


def edited(
    line: Line,
    scale: Callable[[int], float],
    words: Callable[[int], str],
    wanted: Callable[[Average], bool] | None = None,
) -> Edited:
    """The line with every average in it, or on the way behind it, scaled."""
    sources = line.pages.sources(line.item.of)
    averages = [
        each for each in averages_of(line.pages) if each.of in sources and (line.paths or each.of == line.item.of)
    ]
    for average in filter(wanted, averages[:MOST]) if wanted else averages[:MOST]:
        changed = Call("*", (Number(scale(average.number)), average.place.formula))
        equation = replaced(line.pages.sheet.formulas[average.of], average.place.path, changed)
        found = through(line, average, equation, scale(average.number)) if line.paths else equation
        if found is not None and found != line.formula:
            yield found, (words(average.number), str(average.number))


def through(line: Line, average: Average, equation: Formula, scale: float) -> Formula | None:
    """A gradient's line with every path that leads into an average scaled; None where a path does so only in part."""
    paths = [scaled(line, each, average, equation, scale) for each in line.paths]
    known = [each for each in paths if each is not None]
    return summed(known) if len(known) == len(paths) else None


def scaled(line: Line, path: Path, average: Average, equation: Formula, scale: float) -> Formula | None:
    """A path with the other equation of an average; None where another way leads past that, too."""
    if path.of == average.of:
        return path.product(derivative(equation, path.by))
    inside = average.inside()
    outside = {
        each.name
        for each in free_names(replaced(line.pages.sheet.formulas[average.of], average.place.path, Number(0.0)))
    }
    reached = reached_from(line.pages, path.of, average.of)
    whole = path.product(path.slope)
    if inside.isdisjoint(reached):
        return whole
    past = not outside.isdisjoint(reached) or line.item.of in reached
    return None if past else Call("*", (Number(scale), whole))


@lru_cache(maxsize=256)
def reached_from(pages: Pages, name: str, stop: str) -> frozenset[str]:
    """Everything that depends on a quantity, by ways that end at another one."""
    found, pending = {name}, [name]
    while pending:
        for each in pages.uses[pending.pop()]:
            if each != stop and each not in found:
                found.add(each)
                pending.append(each)
    return frozenset(found)
