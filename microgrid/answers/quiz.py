"""What a page has to know to judge an answer as the judge does: where working by hand leads, and likely mistakes.

A page knows the true numbers, but cannot work by hand. So it is done beforehand: each way to work is gone
through once for all numbers of a round, and what they lead to is written down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from microgrid.formula.algebra import size
from microgrid.formula.budget import Budget, TooLong

from .follow_through import BY_FACTORS, Item, Pages
from .hints import rows
from .machine import MACHINES, scatter
from .precision import EXACTLY, MOST_BY_HAND, SURE, Arithmetic, Precision, workings

__all__ = ["Known", "known"]

DECIMALS = range(MOST_BY_HAND + 1)
SIGNIFICANT = range(SURE, MOST_BY_HAND + 1)
MOST = 60  # quantities: of a larger sheet nobody is asked every number
MOST_PARTS = 5_000  # of all formulas: each is worked in every way to round


class Known(NamedTuple):
    """What is known of one number.

    spans    where each precision leads: decimals or significant digits, rounded and cut off, as
             [significant, digits, cuts, *results], 1 for yes and 0 for no, the results in order
    scatter  how far rounding moves it as a double, and as a float32
    edits    likely mistakes: the number that one gives, what to say of it, and whether one digit shows it
    """

    spans: list[list[Any]]
    scatter: list[float]
    edits: list[tuple[float, str, bool]]


def known(pages: Pages, items: Sequence[Item]) -> dict[Item, Known]:
    """What is known of the numbers of a sheet of which nothing is printed; nothing of a large one."""
    if len(pages.sheet.quantities) > MOST or sum(map(size, pages.sheet.formulas.values())) > MOST_PARTS:
        return {}
    found: dict[Item, list[list[Any]]] = {item: [] for item in items}
    try:
        with Budget(MOST_PARTS, "parts of slopes").in_force():
            order = pages.order(items)
    except TooLong:
        return {}
    exact = [worked(pages, order, EXACTLY, form) for form in pages.forms(order)]
    if pages.parts_worked > MOST_PARTS:
        return {}
    for precision in precisions():
        for cuts in (False, True):
            every = [*exact, *all_worked(pages, order, precision, cuts)]
            for item, spans in found.items():
                results = distinct([*(each[item] for each in every), pages.true(item)], precision)
                spans.append([int(precision.significant), precision.digits, int(cuts), *results])
    return {
        item: Known(spans, [scatter(pages, item, each.epsilon) for each in MACHINES], rows(pages, item))
        for item, spans in found.items()
    }


def precisions() -> Iterator[Precision]:
    """The precisions that may be behind an answer of which nothing else is known."""
    yield from (Precision(digits, least=SURE) for digits in DECIMALS)
    yield from (Precision(digits, significant=True) for digits in SIGNIFICANT)


def all_worked(pages: Pages, order: Sequence[Item], precision: Precision, cuts: bool) -> Iterator[dict[Item, float]]:
    """Every number, as each way to work at a precision gives it."""
    for working in workings(precision, cuts):
        for form in pages.forms(order):
            yield worked(pages, order, working, form)


def worked(pages: Pages, order: Iterable[Item], working: Arithmetic, form: str) -> dict[Item, float]:
    """Every number from those noted down before it."""
    noted: dict[Item, float] = {}
    found: dict[Item, float] = {}
    for item in order:
        found[item] = pages.number(item, noted, form, working.words)
        if form not in BY_FACTORS or not pages.is_slope(item):
            noted[item] = working.noted(found[item]) if pages.is_noted(item, working.notes) else found[item]
    return found


def distinct(numbers: Iterable[float], precision: Precision) -> list[float]:
    """Those that are finite, in order; of several that are printed alike whatever is dropped, the outer two."""
    found: dict[tuple[float, float], list[float]] = {}
    for each in sorted(each for each in numbers if math.isfinite(each)):
        found.setdefault((precision.rounded(each), precision.cut(each)), []).append(each)
    outer = (each for alike in found.values() for each in (alike[0], alike[-1]))
    return list(dict.fromkeys(float(f"{each:.14g}") for each in outer))
