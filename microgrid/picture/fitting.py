"""A picture that fits on a slide: as large as possible, with no text under 12 points."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from microgrid.errors import GraphError

from .levels import EVERY_LEVEL, coarser, usual
from .marks import Verdicts
from .metrics import SIZE
from .options import DIRECTIONS, Options
from .snapshot import Snapshot

if TYPE_CHECKING:
    from .figure import Figure

__all__ = ["SMALLEST", "fitted"]

SMALLEST, LARGEST = 12.0, 28.0  # points of the smallest text
FORMS = (("full", False, False), ("compact", False, False), ("compact", True, False), ("compact", True, True))
POINTS = 72  # to the inch
Maker = Callable[[Snapshot, Verdicts, Options], "Figure"]


def fitted(subject: Snapshot, judged: Verdicts, options: Options, make: Maker) -> Figure:
    """The finest picture that fits. Raises GraphError where that of the level that was told does not."""
    first = options.level or usual(subject)
    levels = [first, *coarser(subject, first)]
    best = 0.0
    for level in levels:
        figures = (make(subject, judged, each) for each in ways(options, level, first))
        found = [(scale_of(figure, options), figure) for figure in figures]
        good = [(scale, figure) for scale, figure in found if scale * SIZE >= SMALLEST]
        best = best or max(scale for scale, _ in found)
        if good and options.level in (None, level):
            return sized(good[0][1], good[0][0])
        if good:
            raise GraphError(f"{too_small(options, best)}; level={level!r} fits")
    enough = " × ".join(f"{side * SMALLEST / SIZE / best + 0.05:.1f}" for side in options.fit or ())
    raise GraphError(f"{too_small(options, best)}; {enough} would do, or draw a part of it: any value inside")


def ways(options: Options, level: str, first: str) -> Iterator[Options]:
    """What a level may look like, the fullest first: both directions, a shorter legend, closer and briefer cards."""
    told = options.direction
    why = () if level == first else (f"{EVERY_LEVEL[first].capitalize()} would be too small to read here.",)
    for legend, close, brief in FORMS:
        for direction in (told,) if told else DIRECTIONS[::-1]:
            chosen = replace(options, level=level if options.level or why else None, direction=direction)
            yield replace(chosen, legend=options.legend or legend, remarks=why, close=close, brief=brief)


def scale_of(figure: Figure, options: Options) -> float:
    """How much larger the picture may be."""
    width, height = size_of(figure)
    across, down = options.fit or (0.0, 0.0)
    return min(across * POINTS / width, down * POINTS / height)


def size_of(figure: Figure) -> tuple[float, float]:
    """Its width and height in points."""
    match = re.search(r'viewBox="0\.00 0\.00 ([\d.]+) ([\d.]+)"', figure.pipe("svg", encoding="utf-8"))
    return (float(match[1]), float(match[2])) if match else (1.0, 1.0)


def sized(figure: Figure, scale: float) -> Figure:
    """The figure at that scale."""
    width, height = size_of(figure)
    scale = min(scale, LARGEST / SIZE)
    figure.graph_attr["size"] = f"{width * scale / POINTS:.3f},{height * scale / POINTS:.3f}!"
    return figure


def too_small(options: Options, scale: float) -> str:
    across, down = options.fit or (0.0, 0.0)
    return f"at {across:g} × {down:g} inches the text would be {scale * SIZE:.1f} pt, and {SMALLEST:g} is the least"
