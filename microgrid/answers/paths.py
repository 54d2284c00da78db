"""The paths of a gradient that has several: one left out, turned or doubled, by the name that a person has for it."""

from __future__ import annotations

from collections.abc import Callable

from microgrid.formula import Call, Formula, Name, free_names
from microgrid.formula.algebra import size

from .changes import Change, Found, Make, Shown
from .lines import LARGEST, Line, Path
from .parts import Part, added, sums

__all__ = ["own_terms", "paths"]


def paths(change: Change) -> Make:
    """Each path of a gradient that has several, through another quantity."""
    return made_of_paths(change, lambda line, path: None if own_term(line, path) else path.of)


def own_terms(change: Change) -> Make:
    """The path that leads straight to the end, by a term of the equation there: the penalty of a loss."""
    return made_of_paths(change, own_term)


def made_of_paths(change: Change, shown: Callable[[Line, Path], Shown | None]) -> Make:
    """Each path of a gradient that has several, by what is shown of it; not where that is None."""

    def made(line: Line) -> Found:
        parts = [Part(1, path.product(path.slope)) for path in line.paths]
        for i, path in enumerate(line.paths if len(parts) > 1 else ()):
            if (named := shown(line, path)) is not None:
                yield added(change(parts, i)), (named,)

    return made


def own_term(line: Line, path: Path) -> Formula | None:
    """The only term of the last equation that names the quantity; None where there is none, or the path is longer."""
    part: Formula = line.pages.formulas[path.of]
    if path.of != line.item.of or size(part) > LARGEST:
        return None
    while isinstance(part, Call) and part.function in ("+", "-", "sum", "neg", "*", "/"):
        terms = [each.formula for place, found in sums(part) if not place.path for each in found]
        named = [each for each in terms or part.arguments if Name(path.by) in free_names(each)]
        if len(named) != 1:
            return None
        [own] = named
        if part.function == "/" and own is part.arguments[1]:
            return None
        if terms:
            return own
        part = own
    return None
