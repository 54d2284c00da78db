"""How far numbers of few digits sway what is computed from them, where its steps are not worked by hand."""

from __future__ import annotations

import math

from microgrid.errors import MicrogridError
from microgrid.formula.budget import TooLong
from microgrid.sheet import Quantity, Run

from .follow_through import Item
from .precision import SURE
from .printed import Printed

__all__ = ["sway"]

MOST = 60  # given numbers: with more nobody works by hand


def sway(run: Run, item: Item, printed: Printed) -> float:
    """The sum of what a number moves if each given number is off by half a unit of its digits, or of three.

    A given number that may not be off, as 1 in asin(1), counts nothing.

    >>> from microgrid import Sheet
    >>> run = Sheet.parse("param w = 2\\nL = w^3").run()
    >>> round(sway(run, Item(0, "∂L/∂w", "w"), Printed("12.0")), 3)
    0.06
    """
    if not printed.significant:
        return 0.0
    share, quantity = 5 * 10.0 ** -max(printed.significant, SURE), Quantity(item.of, item.by)
    here, names = run.rounds[item.round], [leaf.name for leaf in run.sheet.leaves]
    numbers = {name: here[name].data for name in names}
    value, total = here.value(quantity), 0.0
    for tried, name in enumerate(names if len(names) <= MOST else ()):
        try:
            moved = run.sheet.at({**numbers, name: numbers[name] * (1 + share)}).value(quantity)
        except MicrogridError:
            moved = math.nan
        except TooLong:  # of the others each moves as much
            return total * len(names) / tried if tried else 0.0
        total += abs(moved - value) if math.isfinite(moved) else 0.0
    return total
