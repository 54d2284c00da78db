"""Predictions beside their targets: as many of the one as of the other, and targets in their range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from microgrid.engine import Value
from microgrid.engine.functions import lifted
from microgrid.errors import GraphError, counted
from microgrid.formula import number_text, real
from microgrid.nn.parameters import number

__all__ = [
    "check_probability",
    "check_target",
    "class_of",
    "class_weights",
    "is_many",
    "many",
    "matched",
    "pairs",
    "without_row",
]

SUM_TO_1 = 1e-6  # how far the probabilities of a target may be from adding up to 1: float32 is enough
ROUNDING = 64 * 2.0**-52  # how far beyond 0 or 1 rounding may take a sum of a few dozen probabilities


def is_many(thing: Any) -> bool:
    """Whether it is a sequence: a list, a tuple, an array; not a number, a Value or a text."""
    return hasattr(thing, "__iter__") and getattr(thing, "ndim", 1) != 0 and not isinstance(thing, (str, bytes))


def many(thing: Any) -> list[Any]:
    """The things, or the one thing in a list."""
    return list(thing) if is_many(thing) else [thing]


def pairs(name: str, predictions: Any, targets: Any) -> list[tuple[Value, Any]]:
    """Every prediction with its target: a Value with a float or a Value."""
    found: list[tuple[Any, Any]] = []
    for i, (y, t) in enumerate(matched(name, "prediction", predictions, targets)):
        row = is_many(y) or is_many(t)
        found += matched(name, "prediction", y, t, f" in sample {i}") if row else [(y, t)]
    values = lifted(y for y, _ in found)
    return [(y, t if isinstance(t, Value) else real(t)) for y, (_, t) in zip(values, found)]


def matched(name: str, what: str, predictions: Any, targets: Any, where: str = "") -> list[tuple[Any, Any]]:
    """The predictions one by one with their targets, as many of the one as of the other."""
    left, right = many(predictions), many(targets)
    if not left and not right:
        raise GraphError(f"{name} of nothing{where}; give it at least one {what}")
    if len(left) != len(right):
        have, need = counted(len(left), what), counted(len(right), "target")
        raise GraphError(f"{name} has {have} for {need}{where}; each {what} has one target")
    return list(zip(left, right))


def check_target(name: str, target: Any) -> None:
    """Raise GraphError for a target that is no probability."""
    t = number(target)
    if not -ROUNDING <= t <= 1 + ROUNDING:
        raise GraphError(f"a {name} target is {number_text(t)}, outside [0, 1]; it is 0, 1 or a probability")


def check_probability(what: str, p: float, instead: str) -> None:
    """Raise GraphError for what is no probability; nan goes on, as through every operation, and 1 and a rounding."""
    if p < 0 or p > 1 + ROUNDING:
        raise GraphError(f"{what} probability is {number_text(p)}, outside [0, 1]; for logits use {instead}")


def class_of(name: str, what: str, target: Any, classes: int) -> int:
    """The index of a class, checked."""
    index = number(target)
    if index not in range(classes):
        remedy = f"the classes are 0 to {classes - 1}" if classes > 1 else "the only class is 0"
        raise GraphError(f"{name} of {counted(classes, what)} has no class {number_text(index)}; {remedy}")
    return int(index)


def without_row(target: Any, classes: int) -> Any:
    """The target of one sample; where it is a class in a row of its own, as in y of shape (n, 1), the class."""
    only = many(target)
    return only[0] if classes > 1 and len(only) == 1 else target


def class_weights(name: str, what: str, values: Sequence[Value], target: Any) -> tuple[list[Any], list[float]]:
    """The targets of one sample, and their numbers: probabilities, or GraphError."""
    weights = [t for _, t in matched(name, what, values, target)]
    amounts = [number(t) for t in weights]
    for i, amount in enumerate(amounts):
        if not -ROUNDING <= amount <= 1 + ROUNDING:
            remedy = "give probabilities, or the index of the class"
            raise GraphError(f"the {name} target of class {i} is {number_text(amount)}, outside [0, 1]; {remedy}")
    mass = math.fsum(amounts)
    if abs(mass - 1) > SUM_TO_1:
        remedy = "divide each by the sum, or use multilabel_bce for several labels at once"
        raise GraphError(f"the {name} targets add up to {number_text(mass)}, not 1; {remedy}")
    return weights, amounts
