"""`draw`: one card per value, one wire per use of it, drawn by Graphviz.

Read `picture` first, which chooses the level; then `card`, what stands on a card, `box`, how that looks, and `dot`,
wires, frames and legend. `layers` sums a layer up in one card, `array_cards` shows a vector or a matrix in one,
`container_cards` a list or an array of Python, its numbers in a `grid`, on its wires what `multipliers` reads off the
line; `marks` shows verdicts, `svg` leaves hooks for a page. `figure` is the `graphviz.Digraph` that comes back;
`render` finds a Graphviz to draw it. Other wings call `draw`; a page is built of the same cards.

card      the box of a value, with its ∂ cells       wire     one use of a value; it ends in its ∂ cell
"""

from .card import Subject
from .picture import Snapshot, draw, draw_dot, save, trace

__all__ = ["Snapshot", "Subject", "draw", "draw_dot", "save", "trace"]
