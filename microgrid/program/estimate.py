"""Which engine is faster for how many samples, by an estimate: NumPy, or the native tape.

Both take some time for a call, and some for each sample. NumPy pays for every array call, and is hardly to be beaten
at the matrix products of wide layers; a tape pays a few nanoseconds for an operation. The figures were measured on
two cores of a Zen 3; only their ratios count.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, inf
from typing import NamedTuple

from microgrid.formula.operation import functions_of

from .lowering.groups import Group
from .lowering.plan import Plan
from .rules import QUICK, rule

__all__ = ["from_samples"]

CALL, INSTRUCTION = 700.0, 7.0  # nanoseconds of an array call, and of an operation of a tape
WORTH = 50_000.0  # what NumPy must take for a call before another engine is loaded for it
GAIN = 0.6  # … and what part of it that engine may take


class Cost(NamedTuple):
    """Nanoseconds for one number of a sample, there and back."""

    numpy: float
    native: float


LIGHT, HEAVY, PRODUCT = Cost(2.0, 0.5), Cost(8.0, 2.0), Cost(0.1, 0.17)


def from_samples(plan: Plan) -> float:
    """From how many samples on the native tape is estimated to be worth it; inf is never."""
    numpy, native = CALL * plan.calls, INSTRUCTION * len(plan.record)
    each = [Cost(*map(sum, zip(*costs(plan, batched)))) for batched in (False, True)]
    numpy, native = numpy + each[0].numpy, native + each[0].native
    gain = GAIN * each[1].numpy - each[1].native
    if gain <= 0 and not (each[1].numpy == 0 and native < GAIN * numpy):
        return inf
    if not each[1].numpy:
        return 1 if numpy > WORTH else inf
    return max(1, ceil((WORTH - numpy) / each[1].numpy), ceil((native - GAIN * numpy) / gain))


def costs(plan: Plan, batched: bool) -> Iterator[Cost]:
    """What each group takes that has a number for each sample, or one for all."""
    yield Cost(0.0, 0.0)
    for group in plan.groups:
        if group.batched == batched:
            count = numbers(group)
            each = PRODUCT if group.kind == "dense" else HEAVY if is_heavy(group) else LIGHT
            yield Cost(count * each.numpy, count * each.native)


def numbers(group: Group) -> int:
    """How many numbers it works out, or products it adds up."""
    terms = 1 if group.kind == "map" else max(len(group.operands), 1)
    return len(group.nodes) * terms


def is_heavy(group: Group) -> bool:
    """Whether it calls functions such as exp."""
    if group.kind != "map" or group.op is None:
        return group.kind in ("softmax", "logsumexp")
    return bool(functions_of([rule(group.op, len(group.operands)).value]) - QUICK)
