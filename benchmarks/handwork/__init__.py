"""Exercises worked by hand: random small networks, worked as people work, with and without slips.

This stands beside the library and uses none of it: its own formulas, chain rule and arithmetic, so that
it can bear witness. Read `formulas` first, then `exercises` (the networks), `lines` (what a person writes),
`habits` (how a person rounds), `slips` (what goes wrong), `papers` (a sheet with all that under it).
"""

from .exercises import NETWORKS, Network
from .habits import NOTES, Habit, worked
from .lines import Line, lines_of
from .papers import Paper, Slip, distinct, written

__all__ = [
    "NETWORKS",
    "NOTES",
    "Habit",
    "Line",
    "Network",
    "Paper",
    "Slip",
    "distinct",
    "lines_of",
    "worked",
    "written",
]
