"""Another name in a line than the right one, or another quantity than the one that the line is for."""

from __future__ import annotations

from collections.abc import Iterable

from microgrid.formula import Name, Number, substitute
from microgrid.formula.expression import CONSTANTS

from .changes import Found, Make
from .kin import kin_of
from .lines import Line, name_of
from .parts import Place, places, replaced

__all__ = ["gradients", "names", "neighbours", "numbers", "partners"]

MOST = 24  # gradients that one is taken for


def names(near: bool) -> Make:
    """A name for another of its kind, wherever that stands, or in one place."""

    def made(line: Line) -> Found:
        spots: dict[str, list[Place]] = {}
        for place in places(line.formula):
            if isinstance(place.formula, Name) and place.formula.name not in CONSTANTS:
                spots.setdefault(place.formula.name, []).append(place)
        for old, found in spots.items():
            for new in kin_of(line.pages).alike(old, spots, near):
                yield substitute(line.formula, {old: Name(new)}), (Name(new), Name(old))
                for place in found if len(found) > 1 else ():
                    yield replaced(line.formula, place.path, Name(new)), (Name(new), Name(old))

    return made


def numbers(line: Line) -> Found:
    """The number that a name has on the sheet, for the name: who writes p − 1 for p − y is right here alone."""
    given = {leaf.name for leaf in line.pages.sheet.leaves}
    for name in dict.fromkeys(place.formula.name for place in places(line.formula) if isinstance(place.formula, Name)):
        if name in given:
            number = Number(line.pages.run.rounds[line.round][name].data)
            yield substitute(line.formula, {name: number}), (number, Name(name))


# ── the whole line ─────────────────────────────────────────────────────────────────────────


def neighbours(line: Line) -> Found:
    """Another quantity of the work: beside this one, or of its kind."""
    item, pages = line.item, line.pages
    name = item.by or item.of
    beside = [*pages.names_in(name), *(pages.consumers(item) if item.by else pages.uses.get(name, ()))]
    return others(line, [*beside, *kin_of(pages).alike(name, (), near=True)])


def partners(line: Line) -> Found:
    """The gradient of what stands beside the quantity in an equation: of b for that of w, in w·x + b."""
    return others(line, [each for name in line.pages.consumers(line.item) for each in line.pages.names_in(name)])


def gradients(line: Line) -> Found:
    """The gradient of any other quantity, the nearest first."""
    places = {name: i for i, name in enumerate(line.pages.sheet.quantities)}
    near = sorted(places, key=lambda each: abs(places[each] - places[line.item.by]))
    return others(line, near[: MOST + 1])


def others(line: Line, names: Iterable[str]) -> Found:
    """Other quantities in place of the one that a line is for; of gradients, those that lead to the same end."""
    item, sources = line.item, line.pages.sources(line.item.of)
    name = item.by or item.of
    for other in dict.fromkeys(names):
        if other != name and not (item.by and (other == item.of or other not in sources)):
            shown = name_of(item._replace(by=other) if item.by else item._replace(of=other))
            yield shown, (shown, name_of(item))
