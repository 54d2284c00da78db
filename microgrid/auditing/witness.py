"""A function and its claimed gradient, with differences of the function as the witness."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from microgrid.engine import Graph, Value
from microgrid.errors import GraphError, counted

from .claims import Claim, numbers_of
from .comparison import Comparison
from .flow import Flow
from .gradcheck import compared
from .holdings import Holding, stacked
from .nesting import parameters_of
from .trial import Trial
from .work import Work

__all__ = ["claims_on", "witnessed"]


def witnessed(function: Callable[..., Any], inputs: Any, claimed: Any) -> tuple[Work, tuple[str, ...]]:
    """The gradient that is claimed of a function, as work to judge; and what is to be said of the witnesses.

    Differences of the function confirm what is recorded; where they do not, they stand in its place.
    """
    if claimed is None:
        raise GraphError("audit(f, x, g) needs the gradient g that is claimed of f at x; give numbers, or a function")
    named = by_name(function, inputs)
    if callable(claimed):
        claimed = claimed(*named.values())
    trial = Trial(function, named, ())
    graph = Graph(trial.root, dict(zip(named, trial.arguments)))
    claims = claims_on(graph, dict(zip(named, trial.arguments)), in_order(named, claimed))
    arrays = {each.quantity.name: each.quantity for each in claims}
    rows = {leaf: compared(trial, name, leaf) for name, leaf in trial.leaves}
    remarks = [str(row) for row in rows.values() if row.verdict in ("wrong", "unclear")]
    return Work(Flow(graph), claims, arrays, witness(claims, rows)), tuple(remarks)


def by_name(function: Callable[..., Any], inputs: Any) -> dict[str, Any]:
    """The arguments of a function by name. An array, a number or a list is one; a tuple or a mapping are several."""
    if isinstance(inputs, Mapping):
        return {str(name): thing for name, thing in inputs.items()}
    things = inputs if isinstance(inputs, tuple) else (inputs,)
    names = parameters_of(function)
    return {names[i] if i < len(names) else f"x{i + 1}": plain(thing) for i, thing in enumerate(things)}


def plain(thing: Any) -> Any:
    """A tensor as an array; anything else as it is."""
    return numbers_of(thing, "x")[0] if hasattr(thing, "detach") else thing


def in_order(named: Mapping[str, Any], claimed: Any) -> dict[str, Any]:
    """The claimed gradients by the names of the arguments."""
    if isinstance(claimed, Mapping) and claimed.keys() >= named.keys():
        return {name: claimed[name] for name in named}
    things = claimed if len(named) > 1 and isinstance(claimed, (tuple, list)) else (claimed,)
    if len(things) != len(named):
        numbers = f"{counted(len(named), 'argument')}, and {counted(len(things), 'gradient')} claimed"
        raise GraphError(f"the function has {numbers}; give one for each, in a tuple")
    return dict(zip(named, things))


def claims_on(graph: Graph, arguments: Mapping[str, Any], claimed: Mapping[str, Any]) -> list[Claim]:
    """The claims on the arrays in the arguments, which may be nested."""
    found = []
    for name, thing, gradient in pairs(arguments, claimed):
        array = stacked(thing)
        if array is None:
            raise GraphError(f"{name} is no array of one shape; give its parts by name, as in {{'W': W, 'b': b}}")
        numbers, epsilon = numbers_of(gradient, f"d{name}")
        found.append(Claim(f"d{name}", Holding(name, array, graph), numbers, epsilon))
    return found


def pairs(arguments: Mapping[str, Any], claimed: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each array in the arguments, and the gradient that is claimed by it."""
    work = [(name, thing, claimed[name]) for name, thing in reversed([*arguments.items()])]
    while work:
        name, thing, gradient = work.pop()
        keys = list(thing) if isinstance(thing, dict) else list(range(len(thing))) if isinstance(thing, list) else []
        if isinstance(thing, dict) or (keys and stacked(thing) is None):
            try:
                work += [(f"{name}[{key!r}]", thing[key], gradient[key]) for key in reversed(keys)]
            except (KeyError, IndexError, TypeError):
                raise GraphError(f"the gradient by {name} is nested otherwise than {name}; give both alike") from None
        else:
            yield name, thing, gradient


def witness(claims: list[Claim], rows: Mapping[Value, Comparison]) -> dict[int, tuple[float, float]]:
    """By places in the graph what differences give where they speak against the record, and how far off it may be."""
    found = {}
    for claim in claims:
        given = claim.fitted.ravel() if claim.fits else np.full(claim.quantity.places.size, np.nan)
        for leaf, place, number in zip(claim.quantity.things.flat, claim.quantity.places.flat, given):
            row = rows.get(leaf)
            if row and place >= 0 and row.verdict == "kink":
                low, high = sorted((row.left, row.right))
                found[int(place)] = min(max(number, low), high) if number == number else row.numeric, row.tolerance
            elif row and place >= 0 and row.verdict == "wrong" and math.isfinite(row.numeric):
                found[int(place)] = row.numeric, row.tolerance
    return found
