"""Determinants, inverses, systems of equations and Cholesky's factors, number by number, as people work them by hand.

Which row comes next in an elimination is chosen by the numbers, as LAPACK chooses it, and has no slope. Small matrices
are meant: each number of an inverse depends on all numbers of the matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from .calls import Call
from .masks import OPEN, plain
from .reductions import number, product, total

__all__ = ["LINEAR_ALGEBRA"]

EXPANDED = 3  # up to so many rows a determinant is a sum of products, which singular matrices have too


def minus(a: Any, b: Any, c: Any) -> Any:
    """a − b·c, without what a 0 or a 1 leaves to do."""
    if not isinstance(b, float) or b:
        return a - (c if isinstance(b, float) and b == 1 else b * c)
    return a


def eliminated(matrix: Any, right: Any) -> tuple[Any, Any, float]:
    """The matrix with zeros below its diagonal, what stands right of it, and the sign of the exchanges of rows."""
    a, b, sign = matrix.copy(), right.copy(), 1.0
    for k in range(len(a)):
        best = max(range(k, len(a)), key=lambda i: abs(number(a[i, k])))
        if number(a[best, k]) == 0:
            raise ValueError("a singular matrix")
        if best != k:
            a[[k, best]], b[[k, best]], sign = a[[best, k]], b[[best, k]], -sign
        for i in range(k + 1, len(a)):
            factor = OPEN["div"](a[i, k], a[k, k])
            for j in range(k + 1, len(a)):
                a[i, j] = minus(a[i, j], factor, a[k, j])
            for j in range(b.shape[1]):
                b[i, j] = minus(b[i, j], factor, b[k, j])
            a[i, k] = 0.0
    return a, b, sign


def substituted(matrix: Any, right: Any, upper: bool = True, unit: bool = False) -> Any:
    """The solution of a triangular system, from its shortest row on."""
    found, order = right.copy(), range(len(matrix))
    for i in reversed(order) if upper else order:
        known = range(i + 1, len(matrix)) if upper else range(i)
        for j in range(right.shape[1]):
            rest = right[i, j]
            for k in known:
                rest = minus(rest, matrix[i, k], found[k, j])
            found[i, j] = rest if unit else OPEN["div"](rest, matrix[i, i])
    return found


def solved(matrix: Any, right: Any) -> Any:
    upper, turned, _ = eliminated(matrix, right)
    return substituted(upper, turned)


def inverse(matrix: Any) -> Any:
    return solved(matrix, np.eye(len(matrix)).astype(object))


def determinant(matrix: Any) -> Any:
    if len(matrix) > EXPANDED:
        upper, _, sign = eliminated(matrix, np.empty((len(matrix), 0), object))
        return product([sign, *np.diagonal(upper)])
    orders = permutations(range(len(matrix)))
    return total([product([sign_of(order), *(matrix[i, k] for i, k in enumerate(order))]) for order in orders])


def sign_of(order: Sequence[int]) -> float:
    """Whether an even or an odd number of exchanges makes the order."""
    return (-1.0) ** sum(one > other for k, other in enumerate(order) for one in order[:k])


def log_determinant(matrix: Any) -> tuple[float, Any]:
    """The sign of the determinant, and the logarithm of its size."""
    upper, _, sign = eliminated(matrix, np.empty((len(matrix), 0), object))
    pivots = list(np.diagonal(upper))
    logs = [OPEN["log"](OPEN["abs"](pivot)) for pivot in pivots]
    return sign * math.prod(math.copysign(1.0, number(each)) for each in pivots), total(logs)


def cholesky(matrix: Any) -> Any:
    """The lower factor of a symmetric matrix; what stands on both sides of the diagonal counts half each."""
    found = np.zeros(matrix.shape).astype(object)
    for i in range(len(matrix)):
        for j in range(i + 1):
            rest = matrix[i, i] if i == j else (matrix[i, j] + matrix[j, i]) * 0.5
            for k in range(j):
                rest = minus(rest, found[i, k], found[j, k])
            found[i, j] = OPEN["sqrt"](rest) if i == j else OPEN["div"](rest, found[j, j])
    return found


# ── the rows ───────────────────────────────────────────────────────────────────────────────


def each_matrix(call: Callable[..., Any], *arrays: Any) -> Any:
    """A function of matrices, for each place of the axes before the last two."""
    batch = np.broadcast_shapes(*(each.shape[:-2] for each in arrays))
    whole = [np.broadcast_to(each, (*batch, *each.shape[-2:])) for each in arrays]
    found: Any = None
    for place in np.ndindex(*batch):
        first = plain(call(*(each[place] for each in whole)))
        found = np.empty((*batch, *first.shape), object) if found is None else found
        found[place] = first if first.ndim else first.item()
    return found


def solution(call: Call) -> list[Any]:
    """A X = B, or X A = B, of vectors or matrices."""
    a, b = call["A"], call["B"]
    is_vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    b = b[..., None] if is_vector else b
    if call.given.get("left", True):
        found = each_matrix(solved, a, b)
    else:
        found = each_matrix(lambda m, right: solved(m.T, right.T).T, a, b)
    return only(call, found[..., 0] if is_vector else found)


def triangular(call: Call) -> list[Any]:
    upper, unit, left = call["upper"], call["unitriangular"], call.given.get("left", True)

    def one(matrix: Any, right: Any) -> Any:
        if left:
            return substituted(matrix, right, upper, unit)
        return substituted(matrix.T, right.T, not upper, unit).T

    return only(call, each_matrix(one, call["self"], call["B"]))


def only(call: Call, *found: Any) -> list[Any]:
    """The results that have a slope; the others, such as the order of the rows, are numbers."""
    return [*found, *[None] * (len(call.results) - len(found))]


def log_size(call: Call) -> list[Any]:
    return only(call, None, each_matrix(lambda matrix: log_determinant(matrix)[1], call["A"]))


def factor(call: Call) -> list[Any]:
    found = each_matrix(cholesky, call["self"])
    return only(call, found.swapaxes(-1, -2) if call["upper"] else found)


LINEAR_ALGEBRA: dict[str, Callable[[Call], list[Any]]] = {
    "linalg_inv_ex": lambda call: only(call, each_matrix(inverse, call["A"])),
    "_linalg_solve_ex": solution,
    "linalg_solve_triangular": triangular,
    "_linalg_det": lambda call: only(call, each_matrix(determinant, call["A"])),
    "_linalg_slogdet": log_size,
    "linalg_cholesky_ex": factor,
    "cholesky": factor,
}
