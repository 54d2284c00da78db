"""Names as numbers drawn at random, where proofs have kernels: what differs there is not to be proved.

Trying that takes no time, and writing both sides out may take very long.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from microgrid.formula.words import WORDS

__all__ = ["Sampled", "differ"]

APART = 1e-6  # of numbers about 1, or larger ones, in whose difference rounding counts for less


class Sampled:
    """The words of formulas over floats; every variable is a number above 0, the same for the same name and seed.

    >>> first = Sampled(0)
    >>> first.variable("w") == first.variable("w") != first.variable("v")
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.words: Mapping[str, Callable[..., Any]] = WORDS

    def variable(self, name: str) -> float:
        """The number of a name."""
        return random.Random(f"{self.seed} {name}").uniform(0.3, 2.0)

    def slope(self, _: Any, __: str) -> float:
        """A number has no derivative. Raises ArithmeticError."""
        raise ArithmeticError("a number has no derivative")

    def hold(self, _: Any, __: bool) -> None:
        """Nothing is known of branches: numbers take the one that they take."""


def differ(left: float, right: float) -> bool:
    """Whether two numbers are surely not one that was computed in two ways.

    >>> differ(1.0, 1.00001), differ(1.0, 1.0 + 1e-9), differ(math.inf, 1.0), differ(1.0, math.nan)
    (True, False, False, False)
    """
    are_numbers = math.isfinite(left) and math.isfinite(right)
    return are_numbers and not math.isclose(left, right, rel_tol=APART, abs_tol=APART)
