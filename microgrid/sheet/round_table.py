"""A round as a table for a notebook: every number, vector and matrix with its formula and its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from microgrid.formula.lettering import number, shown, written
from microgrid.formula.tables import html_table

from .arrays.grids import inline
from .arrays.registry import without_sample
from .arrays.writing import with_parts_named

__all__ = ["round_table"]


def round_table(here: Any, caption: str) -> str:
    """The table of a round; of many samples the first, which the caption says."""
    sheet, slopes = here.sheet, here.gradients
    rows = list(wholes_of(here, slopes) if sheet.has_arrays else numbers_of(here, slopes))
    about = f" · sample 1 of {sheet.samples:,}" if sheet.samples > 1 else ""
    gradient = (f">gradient of {shown(sheet.loss)}",) if slopes else ()
    columns = ("<quantity", "<computed from", ">value", *gradient)
    return html_table(columns, len(rows), rows.__getitem__, caption + about)


def numbers_of(here: Any, slopes: Mapping[str, float]) -> Iterator[tuple[str, ...]]:
    """A row for each number."""
    formulas = {name: written(formula, 6, shown) for name, formula in here.sheet.formulas.items()}
    keywords = {leaf.name: leaf.keyword for leaf in here.sheet.leaves}
    for name, node in here.nodes.items():
        slope = (number(slopes[name], 6),) if slopes else ()
        yield shown(name), formulas.get(name) or keywords[name], number(node.data, 6), *slope


def wholes_of(here: Any, slopes: Mapping[str, float]) -> Iterator[tuple[str, ...]]:
    """A row for each number, vector and matrix."""
    for each in here.sheet.wholes:
        if each.sample not in (0, 1):
            continue
        every = ([here[name].data for name in each.elements], [slopes[name] for name in each.elements if slopes])
        lines = [inline(each.shape, [number(item, 6) for item in numbers]) for numbers in every if numbers]
        said = each.keyword
        if each.formula is not None:
            said = written(with_parts_named(without_sample(each.formula, 1)), 6, shown)
        yield shown(each.name), said, *lines
