"""The catalogue of mistakes in a backward pass: a row for each, the simplest first.

A row says what is said of the mistake, and how the mistaken array comes about: from the graph, and from the gradients
that were given before it. The first row that makes the numbers that were given is the cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

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
    share,
    skipped,
    stage,
    stages_mistaken,
    summed,
    sums,
    targets,
    whole,
)
from .local_slips import Make, exchanged, is_function, is_mask, local, masks, mistaken, of, shifted, slopes_shifted
from .path_slips import paths, steps
from .work import GRAIN, Line, alike

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

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
    # paths and local derivatives left out
    Cause("{} is missing",                                       paths(0.0)),
    Cause("the factor {1} is missing",                           local(of("mul"), lambda p, y: np.ones_like(p))),
    Cause("{0} is missing",                                      local(is_mask, lambda p, y: np.ones_like(p))),
    Cause("{0} is missing",                                      local(is_function, lambda p, y: np.ones_like(p))),
    Cause("∂{0}/∂{1} is missing",                                stage(lambda s, x, y: s)),
    Cause("{}",                                                  whole),
    # sums over paths
    Cause("only {} is there: = where += belongs",                paths(1.0, others=0.0, least=3)),
    Cause("{} has the wrong sign",                               paths(-1.0)),
    Cause("{} is twice as large",                                paths(2.0)),
    Cause("{} is half as large",                                 paths(0.5)),
    Cause("of {1}, the paths through {0} are missing",           steps),
    Cause("only the last entry of {} counts: = where += belongs", elsewhere),
    # local derivatives
    Cause("the mask is that of {}, where {} belongs",            masks),
    Cause("the mask {0} is upside down",                         local(is_mask, lambda p, y: 1 - p)),
    Cause("{1} stands where ∂{0}/∂{1} belongs",                  stage(lambda s, x, y: s * x)),
    Cause("{0} stands where ∂{0}/∂{1} belongs",                  stage(lambda s, x, y: s * y)),
    Cause("{} is taken as {}, not as {}",                        mistaken),
    Cause("{} is taken as {}, not as {}",                        stages_mistaken),
    Cause("{} stands where {} belongs",                          exchanged),
    Cause("{} is transposed in the product, or has to be",       partial(exchanged, turning=True)),
    Cause("{} stands where {} belongs",                          shifted),
    Cause("the slope at {} stands where that at {} belongs",     slopes_shifted),
    Cause("{} stands where {} belongs",                          skipped),
    Cause("the division by {1} is missing",                      local(of("div"), lambda p, y: np.ones_like(p))),
    Cause("divided by {1} twice",                                local(of("div"), lambda p, y: p * p)),
    Cause("multiplied by {1}, not divided",                      local(of("div"), lambda p, y: 1 / p)),
    Cause("divided by {1}, not multiplied",                      local(of("mul"), lambda p, y: 1 / p)),
    Cause("the factor {1} is there twice",                       local(of("mul"), lambda p, y: p * p)),
    Cause("divided by one less than {1}",                        local(of("div"), lambda p, y: 1 / (y - 1))),
    Cause("{0} has the wrong sign",                              local(of("sub", slot=1), np.negative)),
    Cause("{0} has the wrong sign",                              local(of("div", slot=1), np.negative)),
    Cause("{0} has the wrong sign",                              local(is_function, np.negative)),
    Cause("{0} is twice as large",                               local(is_function, lambda p, y: 2 * p)),
    Cause("{0} is half as large",                                local(is_function, lambda p, y: p / 2)),
    Cause("{0} is there twice",                                  local(is_function, lambda p, y: p * p)),
    # softmax and cross-entropy
    Cause("{0} alone, from which no target is subtracted",       targets(lambda p, y: p)),
    Cause("1 is subtracted from {0} in every row of these columns, not in each row's own",
                                                                 targets(lambda p, y: p - y.any(0))),
    Cause("{0}(1 − {0}) is there once more: it cancels",         share(lambda g, s, p: g * p * (1 - p))),
    Cause("divided by {0}(1 − {0}) once more: it cancels",       share(lambda g, s, p: g / (p * (1 - p)))),
    Cause("only the diagonal of ∂{0}/∂{1} is there",             share(lambda g, s, p: s * p * (1 - p))),
    # other places, other arrays
    Cause("{}",                                                  places),
    Cause("this is {}",                                          sums),
    Cause("{} stands where {} belongs",                          products),
    Cause("this is d{}, not d{}",                                of_another),
    Cause("{} is too much, as of another regularisation",        extra),
    Cause("multiplied by {0} once more",                         beside(lambda g, y: g * y)),
    Cause("divided by {0} once more",                            beside(lambda g, y: g / y)),
    Cause("multiplied by {0}, not divided",                      beside(lambda g, y: g * y * y)),
]
# fmt: on


class Misshaped(NamedTuple):
    """A mistake by which an array has another shape.

    words  what is said of it
    ends   of a line what was given, mended, and beside it what then should stand there, with what is named
    """

    words: str
    ends: Callable[[Line], Iterator[tuple[Numbers, Numbers, str]]]


def along(mend: Callable[[Numbers, int], Numbers]) -> Callable[[Line], Iterator[tuple[Numbers, Numbers, str]]]:
    """What was given, mended along each axis."""

    def ends(line: Line) -> Iterator[tuple[Numbers, Numbers, str]]:
        given = line.claim.numbers
        for axis, length in enumerate(given.shape):
            yield mend(given, axis), line.right, f"{axis}, {length} long"

    return ends


def told_shapes(line: Line) -> str:
    """Both shapes."""
    return f"{line.claim.numbers.shape}, not {line.right.shape}"


SHAPES = [
    Misshaped("transposed", lambda line: iter([(line.claim.numbers.T, line.right, "")] * (line.right.ndim > 1))),
    Misshaped("of shape {}: in a difference it is broadcast",
              lambda line: iter([(line.claim.numbers.ravel(), line.right.ravel(), told_shapes(line))])),
    Misshaped("not summed over axis {}", along(lambda given, axis: given.sum(axis))),
    Misshaped("not averaged over axis {}", along(lambda given, axis: given.mean(axis))),
    Misshaped("this is {}", lambda line: ((line.claim.numbers, numbers, words) for numbers, words in summed(line))),
]  # fmt: skip


def cause_of(line: Line) -> str:
    """What was done instead, in words; '' where none of the mistakes makes what was given."""
    with np.errstate(all="ignore"):  # some mistakes divide by 0
        return cause_of_numbers(line) if line.claim.fits else cause_of_shape(line)


def cause_of_numbers(line: Line) -> str:
    """What was done instead, where the shape is right."""
    for cause in CAUSES:
        for numbers, shown in cause.make(line):
            if line.is_made(numbers):
                return cause.words.format(*shown)
    return ""


def cause_of_shape(line: Line) -> str:
    """What was done instead, where it changed the shape."""
    slack = GRAIN * line.work.epsilon * np.abs(line.gradients).max() + line.slack.max()
    for row in SHAPES:
        for given, right, shown in row.ends(line):
            if given.shape == right.shape and alike(given, right, np.full(given.shape, slack)).all():
                return row.words.format(shown)
    return ""
