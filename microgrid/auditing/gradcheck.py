"""Gradients against differences: is what was recorded the derivative of what was computed?

`gradcheck` runs a Python function again with each number moved a little to both sides, and needs no formula at
all. Where differences of doubles cannot tell, or speak against what was recorded, the recorded graph is the second
witness: its formulas replayed with as many digits as it takes. `gradcheck_exactly` hears that one alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from microgrid.engine import Graph, Value
from microgrid.errors import GradientError
from microgrid.formula import number_text

from .comparison import Check, Comparison, judged
from .differences import Estimate
from .links import lost_link
from .replay import Replay
from .trial import Trial, described

__all__ = ["Check", "Comparison", "GradientError", "gradcheck", "gradcheck_exactly"]

CLEAR = 1e-3  # by so much of it a node moves otherwise than its local derivatives say, if these are wrong
ROUNDED = "rounding inside the graph alone moves it by {}; write the formula so that it keeps its digits"


def gradcheck(function: Callable[..., Value], inputs: Any = (), parameters: Any = ()) -> Check:
    """Compare recorded gradients with differences of the function, which runs again and again.

    ∂f/∂x ≈ (f(x + h) - f(x - h)) / 2h, extrapolated to h = 0, over the steps h that f itself shows to be good

    >>> check = gradcheck(lambda x, y: x * y + x.tanh(), {"x": 0.5, "y": 2.0})
    >>> check.ok, [row.name for row in check.rows], round(check.rows[1].numeric, 6)
    (True, ['x', 'y'], 0.5)

    function    Values → one Value, computed anew at each call; a closure takes none
    inputs      its arguments: numbers, Values, arrays, nested lists and dicts of these; or a mapping from names to
                them, in their order. The function gets the same nesting, Values in place of numbers
    parameters  leaves that it uses besides: a module, a sequence of Values or a mapping from names

    The verdict on each derivative is one of

    right     it is what was found, up to the error of that, which is below a thousandth (at a flat point: below
              1e-8 of the slopes around it)
    wrong     it is not; `culprit` names the node whose local derivative is wrong, or the line where a Value became
              a plain number, as far as that can be found
    kink      the slopes on both sides differ, and it is one of those between them
    unclear   it cannot be told; `doubt` says why, and what to do. So it is where the function is rounded inside, as by
              round(x, 3) or to half precision, and it is the slope over many of these steps

    Returns a Check; its `raise_if_wrong()` is for tests. Every Value has its number back at the end.
    Raises GraphError for a function whose result is no Value, or another one each time.
    Source: Ridders (1982), Advances in Engineering Software 4; Bishop (2006), sec. 5.3.3, eq. 5.69.
    """
    trial = Trial(function, inputs, parameters)
    return Check(tuple(compared(trial, name, leaf) for name, leaf in trial.leaves))


def gradcheck_exactly(function: Callable[..., Value], inputs: Any = (), parameters: Any = ()) -> Check:
    """Compare recorded gradients with differences of the recorded formulas, at 60 digits or more.

    >>> gradcheck_exactly(lambda v: (1 - v.sigmoid()).log(), {"z": 40.0}).rows
    (<Comparison by z: wrong, recorded -inf, differences -1>,)

    function, inputs, parameters  as for `gradcheck`; the function only records, its textbook formulas are run again
    Returns a Check. Raises GraphError besides where a node was recorded by hand: it has no formula.
    Source: Bishop (2006), sec. 5.3.3; the digits are those of mpmath.
    """
    trial = Trial(function, inputs, parameters)
    replay = Replay(trial.root, trial.recorded)
    return Check(tuple(replayed(trial, replay, name, leaf) for name, leaf in trial.leaves))


def compared(trial: Trial, name: str, leaf: Value) -> Comparison:
    """The verdict of differences on one derivative, and where it is not "right", of the replay, and of wide steps."""
    found = trial.estimate(leaf)
    row = judged(name, trial.recorded.get(leaf, 0.0), found, trial.rounding(leaf))
    if row.verdict == "right" or (row.verdict == "kink" and math.isfinite(found.numeric)):
        return row
    step = found.step or 2.0**-20 * (abs(leaf.data) or 1.0)
    replay = trial.replay_of(leaf, step)
    stairs = None if replay else trial.stairs(leaf, found)
    if stairs:
        return on_stairs(trial, name, leaf, stairs)
    row = replayed(trial, replay, name, leaf) if replay else row
    if row.verdict == "wrong" and not row.culprit:
        row = replace(row, culprit=trial.culprit(leaf, step / 16, min(row.apart / 4, CLEAR)))
    if row.verdict in ("wrong", "unclear") and not row.culprit and trial.patience >= 0:
        row = replace(row, culprit=lost_link(trial, leaf, step))
    return row


def on_stairs(trial: Trial, name: str, leaf: Value, stairs: Estimate) -> Comparison:
    """The verdict on a derivative of what is rounded: wrong, if it is far from the slope over many stairs, or none."""
    row = judged(name, trial.recorded.get(leaf, 0.0), stairs, trial.rounding(leaf))
    if row.verdict == "wrong":
        return replace(row, culprit=trial.culprit(leaf, stairs.step, row.apart / 4))
    return replace(row, verdict="unclear", doubt=stairs.doubt)


def replayed(trial: Trial, replay: Replay, name: str, leaf: Value) -> Comparison:
    """The verdict of the formulas on one derivative."""
    recorded, found = trial.recorded.get(leaf, 0.0), replay.estimate(leaf)
    row = judged(name, recorded, found, trial.rounding(leaf))
    if row.verdict != "wrong":
        return row
    low, high = replay.doubles.get(leaf, (0.0, 0.0))
    if not low - row.tolerance <= recorded <= high + row.tolerance:
        culprit = replay.culprit(leaf)
        return replace(row, culprit=described(Graph(trial.root, dict(trial.leaves)), culprit)) if culprit else row
    if not math.isfinite(high - low):
        return row
    # Backward is right about the numbers that it had; these were rounded, if only onto a kink.
    kink = high - low > row.tolerance
    doubt = ROUNDED.format(number_text(row.difference, 2))
    rounded = found._replace(error=row.difference, left=low, right=high, kink=kink, doubt=doubt)
    return judged(name, recorded, rounded, trial.rounding(leaf))
