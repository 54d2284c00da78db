"""Averages: a number that divides all samples of a batch alike, and what is worked out without it, or with it twice.

In L = ((y1 - t1)² + (y2 - t2)² + (y3 - t3)²)/3 + λ·w² every path by way of y1, y2 or y3 has the factor 1/3, and
none of them shows it where dL/dy1 … is printed; the path of the penalty has it not, or somebody divides that, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeVar

from microgrid.formula import Call, Formula, Name, Number, derivative, free_names

from .follow_through import Pages
from .lines import Line, Path, summed
from .parts import Part, Place, added, places, products, replaced, sums

__all__ = ["divided_again", "rest_divided", "squares_undivided", "undivided"]

LARGEST = 1e300  # number of things that an average is of
MOST = 8  # averages that are looked at, those nearest to the end
PART = "what is averaged"
LEAST = 3  # samples of a total that has a name: half of one number is no average

Edited = Iterator[tuple[Formula, tuple[Formula | str, ...]]]


class Average(NamedTuple):
    """A part of an equation that is divided by a number, one share for each sample."""

    of: str
    place: Place
    number: int

    def inside(self) -> set[str]:
        """The names that it averages."""
        return {each.name for each in free_names(self.place.formula)}

    def scaled(self, pages: Pages, scale: float) -> Formula:
        """The equation with so many times the average."""
        changed = Call("*", (Number(scale), self.place.formula)) if scale else Number(0.0)
        return replaced(pages.sheet.formulas[self.of], self.place.path, changed)


class Rest(NamedTuple):
    """What stands beside averages in a sum, and is not divided: the penalty of a loss."""

    of: str
    averages: tuple[Part, ...]
    terms: tuple[Part, ...]
    number: int

    def inside(self) -> set[str]:
        """The names in it."""
        return {each.name for each in free_names(added(self.terms))}

    def scaled(self, pages: Pages, scale: float) -> Formula:
        """The equation with so many times the rest."""
        changed = [Part(each.sign, Call("*", (Number(scale), each.formula))) for each in self.terms if scale]
        return added([*self.averages, *changed])


@lru_cache(maxsize=4)
def averages_of(pages: Pages) -> list[Average]:
    """All averages of a sheet, the last first."""
    found = [Average(of, *each) for of, formula in pages.sheet.formulas.items() for each in averages_in(pages, formula)]
    return list(dict.fromkeys(reversed(found)))


@lru_cache(maxsize=4)
def rests_of(pages: Pages) -> list[Rest]:
    """What stands beside the averages of a sheet."""
    found = []
    for of, formula in pages.sheet.formulas.items():
        for terms in (terms for place, terms in sums(formula) if not place.path):
            numbers = [averaged_over(pages, each) for each in terms]
            averages, rest = ([each for each, n in zip(terms, numbers) if bool(n) is kind] for kind in (True, False))
            if rest and len(set(filter(None, numbers))) == 1:
                found.append(Rest(of, tuple(averages), tuple(rest), max(numbers)))
    return found


def averaged_over(pages: Pages, term: Part) -> int:
    """n, of a term that is a sum of n terms over n, or the name of one; 0 of another."""
    formula = term.formula
    formula = pages.sheet.formulas.get(formula.name, formula) if isinstance(formula, Name) else formula
    counted = [
        (len(terms_of(pages, each)), factors) for at, factors in products(formula) if not at.path for each in factors
    ]
    return next((n for n, factors in counted for by in map(divisor, factors) if n > 1 and by and by % n == 0), 0)


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
    value = factor.formula.value
    by = value if factor.sign < 0 else 1 / value if value > 1 / LARGEST else 0.0
    return round(by) if 1 < by < LARGEST and abs(by - round(by)) < 1e-9 * by else 0


Divided = TypeVar("Divided", Average, Rest)

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


def rest_divided(line: Line) -> Edited:
    """The line with what stands beside an average divided by its number, too."""
    for rest in on_the_way(line, rests_of(line.pages)):
        if found := with_scaled(line, rest, 1 / rest.number):
            yield found, (added(rest.terms), str(rest.number))


def edited(
    line: Line,
    scale: Callable[[int], float],
    words: Callable[[int], str],
    wanted: Callable[[Average], bool] | None = None,
) -> Edited:
    """The line with every average in it, or on the way behind it, scaled."""
    averages = on_the_way(line, averages_of(line.pages))[:MOST]
    for average in filter(wanted, averages) if wanted else averages:
        if found := with_scaled(line, average, scale(average.number)):
            yield found, (words(average.number), str(average.number), "it" if is_all(line, average) else PART)


def on_the_way(line: Line, divided: list[Divided]) -> list[Divided]:
    """Those in the equation of a value; or behind a gradient."""
    sources = line.pages.sources(line.item.of)
    return [each for each in divided if each.of in sources and (line.paths or each.of == line.item.of)]


def is_all(line: Line, average: Average) -> bool:
    """Whether everything in a line is part of an average: nothing stands beside it that does not pass through."""
    if not line.paths:
        return not average.place.path
    if line.item.of != average.of and line.item.of in reached_from(line.pages, line.item.by, average.of):
        return False
    beside = outside(line, average) & line.pages.sources(average.of)
    return all(line.item.by not in line.pages.sources(each) for each in beside)


def with_scaled(line: Line, divided: Average | Rest, scale: float) -> Formula | None:
    """The line with an average, or what is beside one, scaled; None where that is not to be seen."""
    equation = divided.scaled(line.pages, scale)
    found = through(line, divided, equation, scale) if line.paths else equation
    return None if found == line.formula else found


def outside(line: Line, divided: Average | Rest) -> set[str]:
    """The names in its equation that stand outside."""
    return {each.name for each in free_names(divided.scaled(line.pages, 0.0))}


def through(line: Line, divided: Average | Rest, equation: Formula, scale: float) -> Formula | None:
    """A gradient's line with every path that leads there scaled; None where a path does so only in part."""
    paths = [scaled(line, each, divided, equation, scale) for each in line.paths]
    known = [each for each in paths if each is not None]
    return summed(known) if len(known) == len(paths) else None


def scaled(line: Line, path: Path, divided: Average | Rest, equation: Formula, scale: float) -> Formula | None:
    """A path with the other equation; None where another way leads past that, too."""
    if path.of == divided.of:
        return path.product(derivative(equation, path.by))
    inside = divided.inside()
    reached = reached_from(line.pages, path.of, divided.of)
    whole = path.product(path.slope)
    if inside.isdisjoint(reached):
        return whole
    past = not outside(line, divided).isdisjoint(reached) or line.item.of in reached
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
