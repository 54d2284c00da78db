"""What the instructions of a native tape do, each over the rows that it names: see `machine.py`.

`p` is where in the code the parts of an instruction begin; M, F and code are pointers.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from .words import exp, log

__all__ = [
    "dot", "dot_back", "extreme", "extreme_back", "fill", "gather", "scatter", "shares_back", "soft", "soft_back",
    "spread", "spread_back", "summed", "zero",
]  # fmt: skip

ANY_ORDER = {"contract", "reassoc", "nsz"}  # of sums over the samples
compiled = njit(error_model="numpy")  # products are rounded as everywhere else: what cancels, cancels

# ── rows ───────────────────────────────────────────────────────────────────────────────────


@njit(error_model="numpy", fastmath=ANY_ORDER)
def product(M: Any, a: Any, b: Any, width: Any) -> Any:
    """Σ over the samples of one row times another, in whatever order is fastest."""
    total = 0.0
    for j in range(width):
        total += M[a + j] * M[b + j]
    return total


@njit(error_model="numpy", fastmath=ANY_ORDER)
def total_of(M: Any, a: Any, width: Any) -> Any:
    """The sum of a row, in whatever order is fastest."""
    total = 0.0
    for j in range(width):
        total += M[a + j]
    return total


@compiled
def put(M: Any, to: Any, first: Any, source: Any, width: Any) -> None:
    """A contribution to a gradient."""
    if first:
        for j in range(width):
            M[to + j] = M[source + j]
    else:
        for j in range(width):
            M[to + j] += M[source + j]


@njit(error_model="numpy", fastmath={"contract"})
def put_scaled(M: Any, to: Any, first: Any, factor: Any, source: Any, width: Any) -> None:
    """A number times a row, as a contribution."""
    if first:
        for j in range(width):
            M[to + j] = factor * M[source + j]
    else:
        for j in range(width):
            M[to + j] += factor * M[source + j]


@compiled
def fill(M: Any, to: Any, number: Any, width: Any) -> None:
    """One number in every place of a row."""
    for j in range(width):
        M[to + j] = number


@compiled
def higher(M: Any, best: Any, x: Any, sign: Any, width: Any) -> None:
    """Whichever is the larger, or with the sign -1 the smaller; nan if either is."""
    for j in range(width):
        each, before = M[x + j], M[best + j]
        M[best + j] = each if sign * each > sign * before or each != each else before


# ── instructions ───────────────────────────────────────────────────────────────────────────


@njit(error_model="numpy", fastmath={"contract"})
def add_four(M: Any, out: Any, a: Any, b: Any, c: Any, d: Any, wa: Any, wb: Any, wc: Any, wd: Any, width: Any) -> None:
    """Four terms of a longer sum, whose order is another than the recorded one anyway: so fused, as in BLAS."""
    for j in range(width):
        M[out + j] += wa * M[a + j] + wb * M[b + j] + wc * M[c + j] + wd * M[d + j]


@compiled
def dot(code: Any, p: Any, M: Any, F: Any, width: Any) -> None:
    """Σ w x + b."""
    n, out, bias = code[p], code[p + 1] * width, code[p + 2]
    x, w = p + 3, p + 3 + n
    total, i = F[bias] if bias >= 0 else 0.0, 0
    while width == 1 and i < n:
        total += F[code[w + i]] * M[code[x + i]]
        i += 1
    fill(M, out, total, width)
    while i + 4 <= n:  # four at a time: the sum is read and written a quarter as often
        a, b = code[x + i] * width, code[x + i + 1] * width
        c, d = code[x + i + 2] * width, code[x + i + 3] * width
        wa, wb, wc, wd = F[code[w + i]], F[code[w + i + 1]], F[code[w + i + 2]], F[code[w + i + 3]]
        add_four(M, out, a, b, c, d, wa, wb, wc, wd, width)
        i += 4
    while i < n:
        a, wa = code[x + i] * width, F[code[w + i]]
        for j in range(width):
            M[out + j] += wa * M[a + j]
        i += 1


@compiled
def dot_back(code: Any, p: Any, M: Any, F: Any, width: Any, samples: Any) -> None:
    """The gradients by w and b, summed over the samples, and w · g for each x."""
    n, g, bias = code[p], code[p + 1] * width, code[p + 2]
    x, w, d_w, d_x = p + 3, p + 3 + n, p + 3 + 2 * n, p + 3 + 3 * n
    if bias >= 0:
        F[bias] += total_of(M, g, samples)
    if width == 1:
        dot_back_of_one(code, n, M[g], x, w, d_w, d_x, M, F)
        return
    for i in range(n):
        if code[d_w + i] >= 0:
            F[code[d_w + i]] += product(M, g, code[x + i] * width, samples)
        if code[d_x + 2 * i] >= 0:
            put_scaled(M, code[d_x + 2 * i] * width, code[d_x + 2 * i + 1], F[code[w + i]], g, width)


@compiled
def dot_back_of_one(code: Any, n: Any, g: Any, x: Any, w: Any, d_w: Any, d_x: Any, M: Any, F: Any) -> None:
    """The same for a single sample: no sums, and no rows."""
    for i in range(n):
        if code[d_w + i] >= 0:
            F[code[d_w + i]] += g * M[code[x + i]]
        to, first = code[d_x + 2 * i], code[d_x + 2 * i + 1]
        if to >= 0:
            M[to] = F[code[w + i]] * g if first else M[to] + F[code[w + i]] * g


@compiled
def summed(code: Any, p: Any, M: Any, width: Any) -> None:
    """The sum of its terms, first to last."""
    n, out, terms = code[p], code[p + 1] * width, p + 2
    if width == 1:
        total = M[code[terms]]
        for i in range(1, n):
            total += M[code[terms + i]]
        M[out] = total
    else:
        for i in range(n):
            put(M, out, i == 0, code[terms + i] * width, width)


@compiled
def soft(code: Any, p: Any, M: Any, width: Any) -> None:
    """The shares of a softmax, behind them two rows to work in; the logarithm of their sum where a row wants it."""
    n, out, shares = code[p], code[p + 1] * width, code[p + 2] * width
    top, total = shares + n * width, shares + (n + 1) * width
    put(M, top, True, code[p + 3] * width, width)
    for i in range(1, n):
        higher(M, top, code[p + 3 + i] * width, 1.0, width)
    fill(M, total, 0.0, width)
    for i in range(n):
        x, share = code[p + 3 + i] * width, shares + i * width
        for j in range(width):
            M[share + j] = exp(0.0 if M[x + j] == M[top + j] else M[x + j] - M[top + j])  # equal infinities too
        put(M, total, False, share, width)
    for i in range(n):
        share = shares + i * width
        for j in range(width):
            M[share + j] /= M[total + j]
    if out >= 0:
        for j in range(width):
            M[out + j] = M[top + j] + log(M[total + j])


@compiled
def soft_back(code: Any, p: Any, M: Any, width: Any) -> None:
    """share · g of one sum to each term."""
    n, shares, g, d = code[p], code[p + 1], code[p + 2] * width, p + 3
    room = (shares + n) * width
    for i in range(n):
        if code[d + 2 * i] >= 0:
            share = (shares + i) * width
            for j in range(width):
                M[room + j] = M[share + j] * M[g + j]
            put(M, code[d + 2 * i] * width, code[d + 2 * i + 1], room, width)


@compiled
def shares_back(code: Any, p: Any, M: Any, width: Any) -> None:
    """pᵢ (gᵢ - Σ pⱼ gⱼ)."""
    n, shares, g, d = code[p], code[p + 1], p + 2, p + 2 + code[p]
    room, total = (shares + n) * width, (shares + n + 1) * width
    fill(M, total, 0.0, width)
    for i in range(n):
        if code[g + i] >= 0:
            share, own = (shares + i) * width, code[g + i] * width
            for j in range(width):
                M[total + j] += M[share + j] * M[own + j]
    for i in range(n):
        if code[d + 2 * i] >= 0:
            share, own = (shares + i) * width, (max(code[g + i], 0) * width)
            factor = 1.0 if code[g + i] >= 0 else 0.0
            for j in range(width):
                M[room + j] = M[share + j] * (factor * M[own + j] - M[total + j])
            put(M, code[d + 2 * i] * width, code[d + 2 * i + 1], room, width)


@compiled
def extreme(code: Any, p: Any, M: Any, width: Any) -> None:
    """The largest of its terms, or the smallest."""
    n, out, sign = code[p], code[p + 1] * width, float(code[p + 2])
    put(M, out, True, code[p + 3] * width, width)
    for i in range(1, n):
        higher(M, out, code[p + 3 + i] * width, sign, width)


@compiled
def extreme_back(code: Any, p: Any, M: Any, width: Any) -> None:
    """A part for each of those that are the result; nan for all where it is nan."""
    n, out, g, x, d = code[p], code[p + 1] * width, code[p + 2] * width, p + 3, p + 3 + code[p]
    for j in range(width):
        tied = 0.0
        for i in range(n):
            tied += M[code[x + i] * width + j] == M[out + j]
        for i in range(n):
            to = code[d + 2 * i] * width
            if to >= 0:
                is_best = M[code[x + i] * width + j] == M[out + j]
                share = M[g + j] / tied if is_best else 0.0 if tied else math.nan
                M[to + j] = share if code[d + 2 * i + 1] else M[to + j] + share


@compiled
def gather(code: Any, p: Any, M: Any, width: Any) -> None:
    """Copies of rows, one behind the other."""
    to, rows = code[p + 1] * width, p + 2
    if width == 1:
        for i in range(code[p]):
            M[to + i] = M[code[rows + i]]
    else:
        for i in range(code[p]):
            put(M, to + i * width, True, code[rows + i] * width, width)


@compiled
def scatter(code: Any, p: Any, M: Any, width: Any) -> None:
    """Contributions to gradients: those that are written, then those that are added."""
    n, m, pairs = code[p], code[p + 1], p + 2
    for i in range(m):
        source, to = code[pairs + 2 * i], code[pairs + 2 * i + 1]
        if width == 1:
            M[to] = M[source]
        else:
            put(M, to * width, True, source * width, width)
    for i in range(m, m + n):
        source, to = code[pairs + 2 * i], code[pairs + 2 * i + 1]
        if width == 1:
            M[to] += M[source]
        else:
            put(M, to * width, False, source * width, width)


@compiled
def zero(code: Any, p: Any, M: Any, width: Any) -> None:
    """Rows of zeros."""
    for i in range(code[p]):
        fill(M, code[p + 1 + i] * width, 0.0, width)


@compiled
def spread(code: Any, p: Any, M: Any, F: Any, width: Any) -> None:
    """A number of F for every sample."""
    for i in range(code[p]):
        fill(M, code[p + 2 + 2 * i] * width, F[code[p + 1 + 2 * i]], width)


@compiled
def spread_back(code: Any, p: Any, M: Any, F: Any, width: Any, samples: Any) -> None:
    """What all samples have left for it."""
    for i in range(code[p]):
        F[code[p + 1 + 2 * i]] += total_of(M, code[p + 2 + 2 * i] * width, samples)
