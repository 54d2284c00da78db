"""`page`: a computation in one HTML file, to step through, to edit and to train."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .document import Page

__all__ = ["page"]


def page(
    target: Any,
    level: str | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    title: str = "",
    round_number: int = 1,
    sample: int = 1,
) -> Page:
    """A computation as a live page: one HTML file, to step through, to edit and to train.

    >>> from microgrid import Value
    >>> x = Value(3.0, label="x")
    >>> page(x * x).html[:15]
    '<!doctype html>'

    target  a Value, a worked sheet (`Sheet.run()`), or a Tape
    level   the one to begin with: "op", "named", "neuron" or "layer"; of a sheet with arrays "vector" or
            "element"; unless told, what fits best. The others that a person can read are there to switch to
    names   what holds Values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are then
            W[0][1]; unless told, the variables of the caller
    title   the heading, unless the sheet has one
    round_number  of a sheet: the round that it opens at, from 1
    sample  of a sheet with samples: the one that is shown first, from 1
    Returns a Page: `.html`, `.save("net.html")`; a notebook shows it. Raises GraphError where there
    are more values than anybody could read, RenderError where no Graphviz could draw them.
    """
    from .document import document

    return document(target, level, names, title, round_number, sample)
