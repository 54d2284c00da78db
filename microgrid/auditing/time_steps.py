"""What a loop has left: after it a variable holds the array of the last step, and one of a backward loop that of the
first. A gradient that was found by its name may therefore be that of another step than its variable holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgrid.engine import Graph, Value, gradients

from .claims import Claim
from .holdings import Holding

__all__ = ["of_their_steps"]

NEAR = 0.6  # the power of the precision to which it must be that of the other step
FEWEST = 2  # numbers that are no coincidence


def of_their_steps(claims: Sequence[Claim], arrays: Mapping[str, Holding], graph: Graph) -> list[Claim]:
    """The claims, each on the array whose gradient it is, where that is the one of another step."""
    slopes = gradients(graph.root)
    named = {id(one) for name, array in arrays.items() if "[" not in name for one in array.things.flat}
    return [of_its_step(claim, slopes, named, graph) if claim.fits else claim for claim in claims]


def of_its_step(claim: Claim, slopes: Mapping[Value, float], named: set[int], graph: Graph) -> Claim:
    """The claim on what was computed as its own array is, is no variable, and has that gradient in every place."""
    own, numbers = claim.quantity.things, claim.fitted
    near = claim.epsilon**NEAR * np.abs(numbers).max(initial=0.0)
    if numbers.size < FEWEST or not near or not all(isinstance(one, Value) and one.parents for one in own.flat):
        return claim
    there = [slopes.get(one, 0.0) for one in own.flat]
    if np.allclose(there, numbers.ravel(), rtol=0.0, atol=near):
        return claim
    others = [node for node in graph.nodes if node.parents and id(node) not in named]
    ops = {one.op for one in own.flat}
    alike = [node for node in others if node.op in ops]
    found = nearest(numbers.ravel(), np.array([slopes.get(node, 0.0) for node in alike]), near)
    if found is None:
        return claim
    things = np.empty(own.size, object)
    things[:] = [alike[k] for k in found]
    return replace(claim, quantity=Holding(claim.quantity.name, things.reshape(own.shape), graph))


def nearest(numbers: Any, slopes: Any, near: float) -> list[int] | None:
    """For each number a place of its own with that slope; None where one has none."""
    taken: set[int] = set()
    found = []
    for number in numbers.tolist():
        options = (k for k in np.flatnonzero(np.abs(slopes - number) <= near).tolist() if k not in taken)
        at = next(options, None)
        if at is None:
            return None
        taken.add(at)
        found.append(at)
    return found
