"""The tape: everything that happens in a computation, one step after another, walked both ways.

Read `events` first, the kinds of step; then `rounds`, the numbers of each pass, and `transitions`, how one leads to the
next; then `tape`, a lazy sequence of steps, and `cursor`, which walks it with every number as it stood. `wording` says
each step in a sentence, `timetable` finds where the steps of a kind stand, `nonfinite` who made an inf or nan;
`poison` follows it from the loss to there and back, `poison_sheet` writes the smallest part that does the same.
`array_events` takes the steps about a vector or a matrix together, `event_list` has all that happens so, `array_shares`
the formula of what each line passes back, `array_wording` the sentences.
Debugger, page and judge all read this tape: there is no second one.

step      one event, at one position                 round    a pass forward and back, and the updates after it
"""

from .array_events import Together
from .cursor import Cursor
from .events import Assigned, Backward, Complete, Forward, NextRound, Seed, Step, Update
from .poison import Poison, hunt
from .tape import ELEMENT, VECTOR, Tape, steps

__all__ = [
    "ELEMENT",
    "VECTOR",
    "Assigned",
    "Backward",
    "Complete",
    "Cursor",
    "Forward",
    "NextRound",
    "Poison",
    "Seed",
    "Step",
    "Tape",
    "Together",
    "Update",
    "hunt",
    "steps",
]
