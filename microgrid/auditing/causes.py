"""The catalogue of mistakes in a backward pass: a row for each, the simplest first.

A row says what is said of the mistake, and how the mistaken array comes about: from the graph, and from the gradients
that were given before it. The first row that makes the numbers that were given is the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .array_slips import (
    averages,
    beside,
    constant,
    elsewhere,
    extra,
    mirrored,
    of_another,
    places,
    products,
    stage,
    stages_mistaken,
    sums,
    targets,
    whole,
)
from .local_slips import Make, exchanged, is_function, is_mask, local, masks, mistaken, of, shifted
from .path_slips import paths, steps
from .work import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CAUSES", "Cause", "cause_of"]


class Cause(NamedTuple):
    """One kind of mistake.

    words  what is said of it; in the brackets comes what the maker names
    make   the mistaken arrays
    """

    words: str
    make: Make


# fmt: off
CAUSES = [
    # the whole array
    Cause("nothing but zeros: it was never filled",              constant(0.0)),
    Cause("transposed",                                          mirrored),
    Cause("{}",                                                  averages),
    Cause("the local derivative {} is missing",                  local(is_function, lambda p, y: np.ones_like(p))),
    Cause("the mask {} is missing",                              local(is_mask, lambda p, y: np.ones_like(p))),
    Cause("∂{}/∂{} is missing",                                  stage(lambda g, s, x, y: s)),
    Cause("{}",                                                  whole),
    # sums over paths
    Cause("{} is missing",                                       paths(lambda g, part: g - part)),
    Cause("only {} is there: = where += belongs",                paths(lambda g, part: part, 3)),
    Cause("{} has the wrong sign",                               paths(lambda g, part: g - 2 * part)),
    Cause("{} is twice as large",                                paths(lambda g, part: g + part)),
    Cause("{} is half as large",                                 paths(lambda g, part: g - part / 2)),
    Cause("of {1}, the paths through {0} are missing",           steps),
    Cause("only the last entry of {} counts: = where += belongs", elsewhere),
    # local derivatives
    Cause("the mask is that of {}, not {}",                      masks),
    Cause("the mask {} is upside down",                          local(is_mask, lambda p, y: 1 - p)),
    Cause("{} is {}, not {}",                                    mistaken),
    Cause("{} is {}, not {}",                                    stages_mistaken),
    Cause("{} stands where {} belongs",                          exchanged),
    Cause("{} stands where {} belongs",                          shifted),
    Cause("the factor {1} is missing",                           local(of("mul"), lambda p, y: np.ones_like(p))),
    Cause("the division by {1} is missing",                      local(of("div"), lambda p, y: np.ones_like(p))),
    Cause("divided by {1} twice",                                local(of("div"), lambda p, y: p * p)),
    Cause("multiplied by {1}, not divided",                      local(of("div"), lambda p, y: 1 / p)),
    Cause("divided by {1}, not multiplied",                      local(of("mul"), lambda p, y: 1 / p)),
    Cause("the factor {1} is there twice",                       local(of("mul"), lambda p, y: p * p)),
    Cause("divided by one less than {1}",                        local(of("div"), lambda p, y: 1 / (y - 1))),
    Cause("{} has the wrong sign",                               local(of("sub", slot=1), np.negative)),
    Cause("{} has the wrong sign",                               local(of("div", slot=1), np.negative)),
    Cause("the local derivative {} has the wrong sign",          local(is_function, np.negative)),
    Cause("the local derivative {} is twice as large",           local(is_function, lambda p, y: 2 * p)),
    Cause("the local derivative {} is half as large",            local(is_function, lambda p, y: p / 2)),
    Cause("the local derivative {} is there twice",              local(is_function, lambda p, y: p * p)),
    # softmax and cross-entropy
    Cause("{0}(1 − {0}), the slope of softmax or sigmoid, is there once more: it cancels",
                                                                 stage(lambda g, s, x, y: g * y * (1 - y))),
    Cause("divided by {0}(1 − {0}), the slope of softmax or sigmoid: it cancels",
                                                                 stage(lambda g, s, x, y: g / (y * (1 - y)))),
    Cause("multiplied by {0} once more",                         stage(lambda g, s, x, y: g * y)),
    Cause("divided by {0} once more",                            stage(lambda g, s, x, y: g / y)),
    Cause("only the diagonal of ∂{0}/∂{1} is there",             stage(lambda g, s, x, y: s * y * (1 - y))),
    Cause("{0} alone, from which no target is subtracted",       targets(lambda p, y: p)),
    Cause("1 is subtracted from {0} in every row of these columns, not in each row's own",
                                                                 targets(lambda p, y: p - y.any(0))),
    # other places, other arrays
    Cause("{}",                                                  places),
    Cause("this is {}",                                          sums),
    Cause("{} stands where {} belongs",                          products),
    Cause("this is d{}, not d{}",                                of_another),
    Cause("{} is there besides: the loss has no such regularisation", extra),
    Cause("multiplied by {0} besides",                           beside(lambda g, y: g * y)),
    Cause("{0} is added",                                        beside(lambda g, y: g + y)),
]
# fmt: on


class Misshaped(NamedTuple):
    """A mistake by which an array has another shape: what is said of it, and how the right one comes of it."""

    words: str
    mend: Callable[[NDArray[np.float64]], Iterator[tuple[NDArray[np.float64], str]]]


def over_axes(mend: Callable[[NDArray[np.float64], int], NDArray[np.float64]]) -> Any:
    """Along each axis of an array of several."""
    return lambda given: ((mend(given, axis), f"{axis}, {given.shape[axis]} long") for axis in range(given.ndim))


SHAPES = [
    Misshaped("transposed", lambda given: iter([(given.T, "")])),
    Misshaped("not summed over the batch, axis {}", over_axes(lambda given, axis: given.sum(axis))),
    Misshaped("not averaged over the batch, axis {}", over_axes(lambda given, axis: given.mean(axis))),
    Misshaped("in another shape", lambda given: iter([(given.ravel(), "")])),
]


def cause_of(line: Line) -> str:
    """What was done instead, in words; '' where none of the mistakes makes what was given."""
    for cause in CAUSES if line.claim.fits else ():
        for numbers, shown in cause.make(line):
            if line.is_made(numbers):
                return cause.words.format(*shown)
    return "" if line.claim.fits else cause_of_shape(line)


def cause_of_shape(line: Line) -> str:
    """What was done instead, where it changed the shape."""
    for row in SHAPES:
        for numbers, shown in row.mend(line.claim.numbers):
            if numbers.size == line.right.size and line.is_right(numbers.reshape(line.right.shape)):
                if row.words != "in another shape" or numbers.ndim == 1:
                    return row.words.format(shown)
    return ""
