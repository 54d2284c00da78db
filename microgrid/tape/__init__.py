"""The tape: everything that happens in a computation, one step after another, walked both ways.

Read `events` first, the kinds of step; then `rounds`, the numbers of each pass; then `tape`, a lazy sequence of
steps, and `cursor`, which walks it with every number as it stood. `wording` says each step in a sentence,
`timetable` finds where the steps of a kind stand, `nonfinite` who made an inf or nan. All debuggers read this tape:
there is no second one.

step     one event, at one position     round   a forward and a backward pass, and the update after them
"""

from .cursor import Cursor
from .events import Backward, Complete, Forward, NextRound, Seed, Step, Update
from .tape import Tape, steps

__all__ = ["Backward", "Complete", "Cursor", "Forward", "NextRound", "Seed", "Step", "Tape", "Update", "steps"]
