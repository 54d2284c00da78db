"""`draw`: one card per value, one wire per use of it, drawn by Graphviz.

Read `picture` first, and `levels`, which chooses what of a `snapshot` has a card; then `card`, what stands on one, its
formula made short by `abridging`, `leaf_rows`, which leaves are rows of others, `box`, how that looks, and `dot`, wires
and frames in a `look`; `legend` and `tooltips` say the rest. `layers` and `folds` sum many values up in one card,
`array_cards` shows a vector or a matrix in one, `container_cards` a list or an array of Python, its numbers in a
`grid`, on its wires what `multipliers` reads off the line; `marks` shows verdicts. `options` are what a maker may
choose: a `theme`, or a size by `fitting`, for which `metrics` knows how wide text is in any font. `figure` is the
`graphviz.Digraph` that comes back; `render` finds a Graphviz to draw it. Other wings call `draw`; a page is made of
the same cards.

card      the box of a value, with a row for each input      wire     one use of a value; it ends in a row
"""

from .card import Subject
from .picture import Snapshot, draw, draw_dot, save, trace

__all__ = ["Snapshot", "Subject", "draw", "draw_dot", "save", "trace"]
