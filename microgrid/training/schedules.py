"""Learning rates that change while a network learns: given to an optimiser in place of its `rate`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import signature
from typing import Any

from microgrid.errors import GraphError, counted
from microgrid.formula import number_text, real

__all__ = ["Constant", "Cosine", "Schedule", "StepDecay", "schedule"]

Schedule = Callable[[int], float]  # the rate of the step that comes after so many steps

# What other packages call the settings of an optimiser.
ELSEWHERE = {
    **dict.fromkeys(("lr", "learning_rate", "eta"), "rate"),
    **dict.fromkeys(("params", "param_groups"), "parameters"),
    **dict.fromkeys(("decay_rate", "l2", "wd"), "weight_decay"),
    **dict.fromkeys(("beta", "beta1", "beta2"), "betas"),
    "eps": "epsilon",
}


class Settings:
    """What is made from settings by name: another name is refused before anything else."""

    def __new__(cls, *_: Any, **settings: Any) -> Any:
        refuse_unknown(cls, settings)
        return super().__new__(cls)


def refuse_unknown(kind: type, settings: Iterable[str]) -> None:
    """Raise GraphError for settings under names that are not there, such as `lr`."""
    made = signature(kind.__init__)  # type: ignore[misc]  # of a class, and no instance
    known = [name for name in made.parameters if name not in ("self", "parameters", "unknown")]
    for name in settings:
        if name not in known and name != "parameters":
            raise GraphError(f"{kind.__name__} has no setting {name!r}; it has {', '.join(known)}")


@dataclass(frozen=True)
class Constant(Settings):
    """The same rate at every step.

    rate(t) = rate

    >>> Constant(0.1)(1000)
    0.1

    rate  a number above 0
    Raises GraphError for any other.
    """

    rate: float

    def __post_init__(self) -> None:
        above_zero("rate", self.rate, "0.01")

    def __call__(self, taken: int) -> float:
        return self.rate


@dataclass(frozen=True)
class StepDecay(Settings):
    """A rate that falls by a factor every so many steps.

    rate(t) = rate · factor^⌊t / every⌋

    >>> [StepDecay(0.1, every=2, factor=0.5)(t) for t in range(5)]
    [0.1, 0.1, 0.05, 0.05, 0.025]

    rate    a number above 0, of the first steps
    every   how many steps of the optimiser each rate lasts, at least 1
    factor  in (0, 1]
    Raises GraphError for a setting out of range. Source: PyTorch's `StepLR`, counted in steps.
    """

    rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        above_zero("rate", self.rate, "0.01")
        at_least_one("every", self.every, "100")
        if not 0 < real(self.factor) <= 1:
            raise GraphError(
                f"factor = {self.factor}, which a rate is multiplied with, is outside (0, 1]; 0.1 is usual"
            )

    def __call__(self, taken: int) -> float:
        return self.rate * self.factor ** (taken // self.every)


@dataclass(frozen=True)
class Cosine(Settings):
    """A rate that falls along half a cosine, and then stays.

    rate(t) = least + (rate − least) · (1 + cos(π t / steps)) / 2   for t ≤ steps, then least

    >>> [round(Cosine(0.1, steps=4)(t), 4) for t in range(6)]
    [0.1, 0.0854, 0.05, 0.0146, 0.0, 0.0]

    rate   a number above 0, of the first step
    steps  after how many steps of the optimiser it ends, at least 1
    least  where it ends, in [0, rate]
    Raises GraphError for a setting out of range.
    Source: Loshchilov and Hutter (2017), SGDR, eq. 5, without restarts; PyTorch's `CosineAnnealingLR`.
    """

    rate: float
    steps: int
    least: float = 0.0

    def __post_init__(self) -> None:
        above_zero("rate", self.rate, "0.01")
        at_least_one("steps", self.steps, "1000")
        if not 0 <= real(self.least) <= self.rate:
            raise GraphError(f"least = {self.least} is outside [0, rate] = [0, {self.rate}]; 0 is usual")

    def __call__(self, taken: int) -> float:
        share = min(taken, self.steps) / self.steps
        return self.least + (self.rate - self.least) * (1 + math.cos(math.pi * share)) / 2


def schedule(rate: Any) -> Schedule:
    """The schedule itself, or a constant one for a number.

    >>> schedule(0.1)
    Constant(rate=0.1)

    rate  a number above 0, or a function: steps taken → rate
    Raises GraphError for a number out of range, NotRealError for anything else.
    """
    return rate if callable(rate) else Constant(real(rate))


# ── settings in range ──────────────────────────────────────────────────────────────────────


def above_zero(name: str, number: Any, usual: str) -> None:
    if not 0 < real(number) < math.inf:
        raise GraphError(f"{name} = {number_text(real(number))} is no finite number above 0; {usual} is usual")


def not_negative(name: str, number: Any, usual: str) -> None:
    if not 0 <= real(number) < math.inf:
        raise GraphError(f"{name} = {number_text(real(number))} is no finite number of at least 0; {usual} is usual")


def share(name: str, number: Any, usual: str) -> None:
    if not 0 <= real(number) < 1:
        raise GraphError(f"{name} = {number} is outside [0, 1); {usual} is usual")


def two_shares(betas: Any) -> tuple[float, float]:
    """β₁ and β₂, from any sequence of two. Raises GraphError for another number of them, and out of range."""
    found = list(betas) if hasattr(betas, "__iter__") and getattr(betas, "ndim", 1) != 0 else [betas]
    if len(found) != 2:
        raise GraphError(f"betas has {counted(len(found), 'number')}; (0.9, 0.999) has the two that Adam takes")
    share("betas[0]", found[0], "0.9")
    share("betas[1]", found[1], "0.999")
    return real(found[0]), real(found[1])


def at_least_one(name: str, number: Any, usual: str) -> None:
    if not hasattr(number, "__index__") or number < 1:
        raise GraphError(f"{name} = {number!r} is no whole number of at least 1; {usual} is usual")
