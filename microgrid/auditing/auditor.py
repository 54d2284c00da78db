"""Where is my backward pass wrong? Gradients that were worked by hand, held against a recorded graph.

Each is compared with the recorded gradient, and with what follows from the gradients that were given before it: so one
that is wrong by itself is told from one that only follows from it. Of the first kind the cause is looked for in the
catalogue, `causes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from microgrid.engine import Graph, Value
from microgrid.engine.variables import given as names_given
from microgrid.errors import GraphError, type_named
from microgrid.formula.printing import told_apart

from .causes import cause_of
from .claims import SINGLE, Claim, claims_of, gradients_among, is_single
from .findings import Finding, Report
from .flow import Flow
from .holdings import Holding, holdings
from .time_steps import of_their_steps
from .trial import described
from .witness import witnessed
from .work import Line, Work, alike

__all__ = ["audit"]


def audit(subject: Any, given: Any = None, claimed: Any = None, *, names: Mapping[str, Any] | None = None) -> Report:
    """Judge the gradients of a backward pass that was written by hand, and name the first that is wrong, and why.

    >>> import numpy as np
    >>> from microgrid import values_like
    >>> X, W = np.array([[1.0, 2.0], [3.0, 5.0]]), values_like([[0.5, -1.0], [0.25, 2.0]])
    >>> z = X @ W
    >>> h = np.tanh(z)
    >>> loss = (h ** 2).sum()
    >>> a = np.tanh(X @ [[0.5, -1.0], [0.25, 2.0]])
    >>> dh = 2 * a
    >>> dz = dh * (1 - a ** 2)
    >>> print(audit(loss, {"dh": dh, "dz": dz, "dW": (X.T @ dz).T}, names={"W": W, "z": z, "h": h}))
    ✓ dh  right
    ✓ dz  right
    ✗ dW  wrong: transposed; it follows your dz, which is right
    the first wrong one is dW: transposed

    subject  the loss, a Value: a forward pass in NumPy over `values_like(W)`, or over lists of Values, records it
    given    the gradients by name, as arrays, nested lists or tensors of PyTorch. "dW", "grad_W", "W.grad", "W_grad"
             and "W" are the gradient of W; or {"any name": (W, gradient)} says of what it is. Without it all variables
             that are called like the gradient of another
    names    what holds the Values: a mapping such as `locals()`, or {"W": W}; without it the variables of the caller
    claimed  of audit(f, x, g): the subject is a function, given are its arguments, as for `gradcheck`, and this is its
             gradient by each of them, in the same nesting; differences of the function are the witness

    How far rounding may lead is found by working the graph again with its numbers moved: by 2⁻²³ where gradients or
    parameters are of single precision, else by 2⁻⁵². Each gradient is

    right      it is the recorded one
    wrong      it is not, nor does it follow from those before it; `cause` says what was done instead, if that shows
    carried    it follows from a wrong one before it
    undefined  the recorded gradient itself is inf or nan

    Returns a Report: print it, or ask `report.first`, `report.is_right`, `report["dW"].cause`. Raises GraphError for
    what is the gradient of nothing here.
    """
    if callable(subject) and not isinstance(subject, Value):
        return reported(*witnessed(subject, given, claimed))
    if not isinstance(subject, Value):
        raise GraphError(f"audit needs the loss as a Value, not a {type_named(subject)}; record it with values_like(W)")
    if claimed is not None:
        raise GraphError("audit(f, x, g) takes a function first, not a Value; give audit(loss, {'dW': dW})")
    known = names_given(names)
    graph = Graph(subject, known)
    arrays = holdings(known, graph)
    claims = claims_of(gradients_among(known, arrays) if given is None else given, arrays, graph)
    if given is None:
        claims = of_their_steps(claims, arrays, graph)
    if is_single(each for each in arrays.values() if each.in_graph):
        claims = [replace(each, epsilon=max(each.epsilon, SINGLE)) for each in claims]
    return reported(Work(decided(graph, claims, arrays), claims, arrays))


def decided(graph: Graph, claims: Sequence[Claim], arrays: Mapping[str, Holding]) -> Flow:
    """The graph with the slopes at its kinks as recorded, or all 0, or all 1: as most of the gradients have them."""
    first = Flow(graph)
    if not first.at_kinks:
        return first
    flows = [first, Flow(graph, 0.0), Flow(graph, 1.0)]
    works = [Work(each, claims, arrays) for each in flows]
    right = [sum(verdict(work, each) in ("right", "carried") for each in claims) for work in works]
    return flows[right.index(max(right))]


def reported(work: Work, remarks: tuple[str, ...] = ()) -> Report:
    """The findings on all gradients, in the order of the backward pass."""
    verdicts = {claim: verdict(work, claim) for claim in work.claims}
    found = [finding(work, claim, verdicts) for claim in work.claims]
    return Report(work.flow.graph.name(work.flow.graph.root), tuple(found), remarks)


def verdict(work: Work, claim: Claim) -> str:
    """What a gradient is: what was recorded, what follows, or neither."""
    true, line = work.from_recorded(claim), work.lines[claim]
    if not np.isfinite(true.right[claim.quantity.places >= 0]).all():
        return "undefined"
    if not claim.fits:
        return "wrong"
    return "right" if true.is_right(true.given) else "carried" if line.is_right(line.given) else "wrong"


def finding(work: Work, claim: Claim, verdicts: Mapping[Claim, str]) -> Finding:
    """A verdict with its reasons."""
    line, found = work.lines[claim], verdicts[claim]
    before = [each for each in line.before if found == "carried" or claim not in work.lines[each].before]
    astray = tuple(each.key for each in before if verdicts[each] != "right")
    cause, detail = "", ""
    if found == "wrong":
        cause = cause_of(line) or (cause_of(work.from_recorded(claim)) if astray else "")
        detail = difference(line)
    elif found != "carried":
        detail = broadcast(claim) if found == "right" else undefined(line)
    follows = tuple(each.key for each in before)
    return Finding(
        claim.key, claim.quantity.name, claim.numbers.shape, found, cause, detail, follows, astray, claim.place
    )


def undefined(line: Line) -> str:
    """Where the recorded gradient is inf or nan, and the operation with which that begins."""
    numbers, graph = line.array.of(line.work.recorded.arrived), line.flow.graph
    at = tuple(np.argwhere((line.array.places >= 0) & ~np.isfinite(numbers))[0].tolist())
    found = zip(graph.nodes, graph.data, graph.partials)
    first = next((node for node, data, partials in found if not np.isfinite([data, *partials]).all()), None)
    begins = f"; it begins at {described(graph, first)}" if first is not None else ""
    return f"the recorded gradient of {place(line.array.name, at)} is itself {numbers[at]}{begins}"


def broadcast(claim: Claim) -> str:
    """What is said of another shape that holds the same."""
    if claim.numbers.shape == claim.quantity.shape:
        return ""
    return f"its shape is {claim.numbers.shape}, that of {claim.quantity.name} {claim.quantity.shape}"


def place(name: str, at: tuple[int, ...]) -> str:
    """An element of an array, as Python writes it."""
    return name + "".join(f"[{each}]" for each in at)


def difference(line: Line) -> str:
    """How many numbers are wrong, and the first of them beside the right one."""
    claim = line.claim
    if not claim.fits:
        return f"its shape is {claim.numbers.shape}, that of {claim.quantity.name} {claim.quantity.shape}"
    wrong = np.argwhere(~alike(line.given, line.right, line.slack))
    at = tuple(wrong[0].tolist())
    given, right = told_apart(float(line.given[at]), float(line.right[at]))
    count = f"{len(wrong):,} of {line.given.size:,} numbers, " if line.given.size > 1 else ""
    return f"{count}{place(claim.key, at)} is {given}, not {right}"
