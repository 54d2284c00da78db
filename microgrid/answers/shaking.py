"""What rounding can do to a computation: the same with every step off in its last bits, and with its sizes watched.

An exponent that was whole stays whole: otherwise a negative number to that power would be nan.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .kinks import Words

__all__ = ["Shaking"]

ROUNDING = 4 * 2.0**-52  # how far a step is off
HUGE, SMALL = 1e30, 1e-30  # beyond, a product of a few numbers may leave the doubles, and all its digits with them
NEVER_ZERO = ("exp", "sigmoid", "softplus", "softmax")  # but where they underflow
MANY, NEAR = 1e6, 1e-9  # exponents that may have been whole, and how nearly they are
ZERO_FROM_ZERO = ("*", "/", "**")


class Shaking:
    """Shakes numbers, and words in what they give; notes where one is so large or small that doubles may not hold it.

    >>> from microgrid.formula.floats import FLOATS
    >>> shaking = Shaking(0)
    >>> words = shaking.words(FLOATS)
    >>> 0 < abs(words["+"](1.0, 2.0) - 3) < 1e-14, shaking.is_extreme, words["exp"](-2000.0), shaking.is_extreme
    (True, False, 0.0, True)

    seed  of the random numbers
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.is_extreme = False

    def factor(self) -> float:
        """Nearly 1."""
        return 1 + ROUNDING * self.rng.uniform(-1, 1)

    def words(self, words: Words) -> Words:
        """The words, each of which is shaken and watched."""
        return {name: self.shaken(name, word) for name, word in words.items()}

    def shaken(self, name: str, word: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            found = word(*(map(whole, arguments) if name == "**" else arguments))
            results = found if isinstance(found, tuple) else (found,)
            self.is_extreme = self.is_extreme or any(is_extreme(name, number_of(each), arguments) for each in results)
            results = tuple(each * self.factor() for each in results)
            if isinstance(found, tuple):
                return results
            [result] = results
            return result

        return call


def is_extreme(name: str, number: float, arguments: tuple[Any, ...]) -> bool:
    """Whether a result is so large or small that doubles may not hold what comes of it."""
    if number:
        return not SMALL < abs(number) < HUGE
    return name in NEVER_ZERO or (name in ZERO_FROM_ZERO and all(map(number_of, arguments)))


def whole(each: Any) -> Any:
    """A number that is whole but for rounding, whole."""
    if not isinstance(each, float) or not abs(each) < MANY:
        return each
    return float(round(each)) if abs(each - round(each)) < NEAR else each


def number_of(each: Any) -> float:
    return float(getattr(each, "data", each))
