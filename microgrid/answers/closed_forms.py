"""Gradients that people write down at once: ∂L/∂z = p − t, of softmax or a sigmoid with its cross-entropy.

Which gradients these are is seen from the numbers: the difference of a computed quantity and a target is the
gradient in every round, and elsewhere too.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from microgrid.errors import MicrogridError
from microgrid.sheet import Round, Run

__all__ = ["closed_forms"]

MOST = 200  # quantities: in a larger sheet nobody works by heart
MOVED = 1.07, 0.013  # how other numbers are made: times, and plus


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
    here, *others = [*run.rounds, *moved(run, {leaf.name for leaf in run.sheet.leaves} - {*targets})]
    found: dict[str, list[tuple[str, str]]] = {}
    for by in here.gradients:
        for pair in differences(here, by, targets):
            if all(holds(other, by, *pair) for other in others):
                found.setdefault(by, []).append(pair)
    return {by: belonging(run, by, pairs) for by, pairs in found.items()}


def belonging(run: Run, by: str, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Of differences with targets of equal value, the one with the target that belongs to the quantity.

    Where that target rises, the gradient p − t falls; another leaves it as it is, or softmax lifts it.
    """

    def gradient(pair: tuple[str, str]) -> float:
        _, target = pair
        return min((at.derivative(at.sheet.loss, by) for at in moved(run, {target})), default=math.inf)

    first, *others = pairs
    return min(pairs, key=gradient) if others else first


def moved(run: Run, names: Collection[str]) -> Iterator[Round]:
    """The sheet with other numbers for some names, if it has a value there."""
    factor, shift = MOVED
    numbers = {leaf.name: run.sheet.start[leaf.name] for leaf in run.sheet.leaves}
    try:
        yield run.sheet.at(numbers | {name: factor * numbers[name] + shift for name in names})
    except MicrogridError:
        return


def differences(here: Round, by: str, targets: list[str]) -> Iterator[tuple[str, str]]:
    """The differences p − t that the gradient is, at these numbers."""
    return ((p, t) for t in targets for p in here.sheet.formulas if p != here.sheet.loss and holds(here, by, p, t))


def holds(here: Round, by: str, p: str, t: str) -> bool:
    """Whether the gradient is p − t, at these numbers."""
    slope = here.derivative(here.sheet.loss, by)
    return slope != 0 and math.isclose(slope, here[p].data - here[t].data, rel_tol=1e-11)
