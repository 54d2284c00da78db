"""Gradients that people write down at once: ∂L/∂z = p − t, of softmax or a sigmoid with its cross-entropy.

Which gradients these are is seen from the numbers: the difference of a computed quantity and a target is the
gradient in every round, and elsewhere too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from microgrid.errors import MicrogridError
from microgrid.sheet import Round, Run

__all__ = ["closed_forms"]

MOST = 200  # quantities: in a larger sheet nobody works by heart
MOVED = 1.07, 0.013  # how the other numbers are made: times, and plus


def closed_forms(run: Run) -> dict[str, tuple[str, str]]:
    """For each quantity by which the gradient of the loss is a p − t, this p and t.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("target t = 1\\nparam z = 0.3\\np = sigmoid(z)\\nL = -t*log(p) - (1 - t)*log(1 - p)")
    >>> closed_forms(sheet.run())
    {'z': ('p', 't')}
    """
    targets = [leaf.name for leaf in run.sheet.leaves if leaf.keyword == "target"]
    if not targets or not run.sheet.loss or len(run.sheet.quantities) > MOST:
        return {}
    here, *others = [*run.rounds, *elsewhere(run)]
    found = {by: pair for by in here.gradients for pair in differences(here, by, targets)}
    return {by: pair for by, pair in found.items() if all(holds(other, by, *pair) for other in others)}


def elsewhere(run: Run) -> Iterator[Round]:
    """The sheet at other numbers, its targets as they are."""
    factor, shift = MOVED
    moved = {leaf.name: factor * run.sheet.start[leaf.name] + shift for leaf in run.sheet.leaves}
    targets = {leaf.name: run.sheet.start[leaf.name] for leaf in run.sheet.leaves if leaf.keyword == "target"}
    try:
        yield run.sheet.at(moved | targets)
    except MicrogridError:
        return


def differences(here: Round, by: str, targets: list[str]) -> Iterator[tuple[str, str]]:
    """The differences p − t that the gradient is, at these numbers."""
    return ((p, t) for t in targets for p in here.sheet.formulas if p != here.sheet.loss and holds(here, by, p, t))


def holds(here: Round, by: str, p: str, t: str) -> bool:
    """Whether the gradient is p − t, at these numbers."""
    slope = here.derivative(here.sheet.loss, by)
    return slope != 0 and math.isclose(slope, here[p].data - here[t].data, rel_tol=1e-11)
