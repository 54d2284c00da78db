"""The length of a gradient, and gradients that are cut to one."""

from __future__ import annotations

import math
from collections.abc import Iterable

from microgrid.engine import Value
from microgrid.errors import GraphError

from .schedules import above_zero

__all__ = ["clip_by_norm", "gradient_norm", "refuse_endless"]


def gradient_norm(parameters: Iterable[Value]) -> float:
    """The length of the gradient: √Σ g², without overflow.

    >>> a, b = Value(3.0), Value(4.0)
    >>> ((a * a + b * b) / 2).backward()
    >>> gradient_norm([a, b])
    5.0
    """
    return math.hypot(*(parameter.grad or 0.0 for parameter in parameters))


def clip_by_norm(parameters: Iterable[Value], largest: float) -> float:
    """Shorten the gradient to a length of at most `largest`; returns the length it had.

    g ← g · largest / ‖g‖   where ‖g‖ > largest

    >>> a, b = Value(3.0), Value(4.0)
    >>> ((a * a + b * b) / 2).backward()
    >>> clip_by_norm([a, b], 1.0), a.grad, b.grad
    (5.0, 0.6, 0.8)

    largest  above 0
    Raises GraphError for a length that is inf or nan, or `largest` out of range.
    Source: Pascanu, Mikolov, Bengio (2013), algorithm 1.
    """
    above_zero("largest", largest, "1.0")
    chosen = list(parameters)
    norm = gradient_norm(chosen)
    refuse_endless(norm)
    if norm > largest:
        for parameter in chosen:
            parameter.grad = (parameter.grad or 0.0) / norm * largest
    return norm


def refuse_endless(norm: float) -> None:
    """Raise GraphError for the length of a gradient that cannot be shortened."""
    if not math.isfinite(norm):
        raise GraphError(f"the gradient has length {norm} and cannot be clipped; raise_nonfinite() finds its node")
