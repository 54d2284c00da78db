"""The machine that a native tape runs on: instructions as whole numbers, over one array of doubles.

    M       the rows of the tape, `width` numbers each: row r begins at M[r · width]
    F       the numbers that no sample changes, and behind them their gradients
    S       the fixed numbers of the operations
    code    a heading, as in `HEAD`, then instruction after instruction: what it is, how long it is, and then

    MAP          kernel, settings, rows, at …                    a kernel over rows that stand one behind the other
    MAP_BACK     kernel, settings, rows, flags, at …
    GATHER       n, to, rows …                                   copies, one behind the other
    SCATTER      n, m, (from, to) …                              what is left for gradients: m are written, n added
    ZERO         n, rows …
    DOT          n, out, bias, x …, w …                          Σ w x + b: the w and b are places in F, -1 for none
    DOT_BACK     n, g, d_bias, x …, w …, d_w …, (d_x, first) …
    SUM          n, out, terms …
    SPREAD       n, (place in F, row) …                          one number for every sample
    SPREAD_BACK  n, (place in F, row) …
    SOFT         n, out, shares, terms …                         ln Σ exp where out is a row, not -1; the shares are
                                                                 rows one behind the other, with two behind them
    SOFT_BACK    n, shares, g, (d, first) …                      of a logsumexp
    SHARES_BACK  n, shares, g …, (d, first) …                    of a softmax, -1 where nothing came back
    EXTREME      n, out, sign, terms …
    EXTREME_BACK n, out, g, terms …, (d, first) …

In pairs (row, first) a row of -1 is nobody who wants a gradient; the first contribution to one is written, others are
added, so that nothing has to be cleared. A kernel is called at its address. Arrays are pointers here: an index of an
array may be negative, and what is made for that prevents vector instructions.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from .words import exp, log

__all__ = ["HEAD", "run"]

(MAP, MAP_BACK, GATHER, SCATTER, ZERO, DOT, DOT_BACK, SUM, SPREAD, SPREAD_BACK, SOFT, SOFT_BACK, SHARES_BACK,
 EXTREME, EXTREME_BACK) = range(15)  # fmt: skip
(FREE_FRONT, FRONT, BACK, FREE_BACK, END, WIDTH, SEED, ROOT, FREE_GRAD, PLACES, OUTPUTS, INPUTS, PARAMS, LEAVES, FREE,
 GRADIENT, SETTINGS) = range(17)  # fmt: skip
HEAD = {
    "FREE_FRONT": "where the instructions over F begin that come first", "FRONT": "those over the samples, there",
    "BACK": "… and back", "FREE_BACK": "those over F that come last", "END": "where they end",
    "WIDTH": "how many samples a block has", "SEED": "the row of d(root)/d(root), -1 where the root is in F",
    "ROOT": "the row of the root, or its place in F", "FREE_GRAD": "the place of its gradient there",
    "PLACES": "where the rows of the outputs begin, and behind them those of the gradients by the inputs",
    "OUTPUTS": "how many outputs, each a row, or -2 - its place in F; -1 is nothing but 0", "INPUTS": "how many inputs",
    "PARAMS": "how many parameters, first in F", "LEAVES": "how many with the constants",
    "FREE": "how many numbers F has", "GRADIENT": "where in F the gradient by the parameters begins",
    "SETTINGS": "how many numbers S has",
}  # fmt: skip

SHORT = 64  # samples of a row that is filled up to whole vectors of four
FAST = {"contract"}
ANY_ORDER = {"contract", "reassoc", "nsz"}
compiled = njit(error_model="numpy", fastmath=FAST)


@intrinsic
def pointer(typing: Any, array: Any, offset: Any) -> Any:
    """Where an array begins, or goes on behind so many elements."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.gep(data, [arguments[1]])

    return types.CPointer(array.dtype)(array, types.int64), build


def call(types_of: Any) -> Any:
    """The type of a call of a kernel, and what makes it: the address, M, code, where in it, S, where in it, numbers."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, M, code, place, S, setting, *numbers = arguments
        given = [M, builder.gep(code, [place]), builder.gep(S, [setting]), *numbers]
        kind = ir.FunctionType(ir.VoidType(), [each.type for each in given])
        builder.call(builder.inttoptr(address, kind.as_pointer()), given)
        return context.get_dummy_value()

    return types.void(*types_of), build


@intrinsic
def call_forward(typing: Any, address: Any, M: Any, code: Any, p: Any, S: Any, s: Any, rows: Any, width: Any) -> Any:
    return call((address, M, code, p, S, s, rows, width))


@intrinsic
def call_backward(
    typing: Any, address: Any, M: Any, code: Any, p: Any, S: Any, s: Any, rows: Any, width: Any, flags: Any
) -> Any:
    return call((address, M, code, p, S, s, rows, width, flags))


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


@compiled
def put_scaled(M: Any, to: Any, first: Any, factor: Any, source: Any, width: Any) -> None:
    if first:
        for j in range(width):
            M[to + j] = factor * M[source + j]
    else:
        for j in range(width):
            M[to + j] += factor * M[source + j]


@compiled
def fill(M: Any, to: Any, number: Any, width: Any) -> None:
    for j in range(width):
        M[to + j] = number


@compiled
def higher(M: Any, best: Any, x: Any, sign: Any, width: Any) -> None:
    """Whichever is the larger, or with the sign -1 the smaller; nan if either is."""
    for j in range(width):
        each, before = M[x + j], M[best + j]
        M[best + j] = each if sign * each > sign * before or each != each else before


# ── instructions: `p` is where in the code the parts of one begin ──────────────────────────


@compiled
def dot(code: Any, p: Any, M: Any, F: Any, width: Any) -> None:
    n, out, bias = code[p], code[p + 1] * width, code[p + 2]
    x, w = p + 3, p + 3 + n
    fill(M, out, F[bias] if bias >= 0 else 0.0, width)
    i = 0
    while i + 4 <= n:  # four at a time: the sum is read and written a quarter as often
        a, b = code[x + i] * width, code[x + i + 1] * width
        c, d = code[x + i + 2] * width, code[x + i + 3] * width
        wa, wb, wc, wd = F[code[w + i]], F[code[w + i + 1]], F[code[w + i + 2]], F[code[w + i + 3]]
        for j in range(width):
            M[out + j] += wa * M[a + j] + wb * M[b + j] + wc * M[c + j] + wd * M[d + j]
        i += 4
    while i < n:
        a, wa = code[x + i] * width, F[code[w + i]]
        for j in range(width):
            M[out + j] += wa * M[a + j]
        i += 1


@compiled
def dot_back(code: Any, p: Any, M: Any, F: Any, width: Any, samples: Any) -> None:
    n, g, bias = code[p], code[p + 1] * width, code[p + 2]
    x, w, d_w, d_x = p + 3, p + 3 + n, p + 3 + 2 * n, p + 3 + 3 * n
    if bias >= 0:
        F[bias] += total_of(M, g, samples)
    for i in range(n):
        if code[d_w + i] >= 0:
            F[code[d_w + i]] += product(M, g, code[x + i] * width, samples)
        if code[d_x + 2 * i] >= 0:
            put_scaled(M, code[d_x + 2 * i] * width, code[d_x + 2 * i + 1], F[code[w + i]], g, width)


@compiled
def summed(code: Any, p: Any, M: Any, width: Any) -> None:
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
def moved(code: Any, p: Any, M: Any, F: Any, width: Any, samples: Any) -> None:
    """Everything that only copies or adds."""
    what, n = code[p - 2], code[p]
    if what == GATHER:
        gather(code, p, M, width)
    elif what == SCATTER:
        scatter(code, p, M, width)
    elif what == ZERO:
        for i in range(n):
            fill(M, code[p + 1 + i] * width, 0.0, width)
    elif what == SPREAD:
        for i in range(n):
            fill(M, code[p + 2 + 2 * i] * width, F[code[p + 1 + 2 * i]], width)
    else:
        for i in range(n):
            F[code[p + 1 + 2 * i]] += total_of(M, code[p + 2 + 2 * i] * width, samples)


@compiled
def gather(code: Any, p: Any, M: Any, width: Any) -> None:
    to, rows = code[p + 1] * width, p + 2
    if width == 1:
        for i in range(code[p]):
            M[to + i] = M[code[rows + i]]
    else:
        for i in range(code[p]):
            put(M, to + i * width, True, code[rows + i] * width, width)


@compiled
def scatter(code: Any, p: Any, M: Any, width: Any) -> None:
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
def follow(code: Any, p: Any, end: Any, M: Any, F: Any, S: Any, width: Any, samples: Any) -> None:
    """The instructions from p to the end, one after the other; only the first samples of a row count."""
    while p < end:
        what, size = code[p], code[p + 1]
        p += 2
        if what == MAP:
            call_forward(code[p], M, code, p + 3, S, code[p + 1], code[p + 2], width)
        elif what == MAP_BACK:
            call_backward(code[p], M, code, p + 4, S, code[p + 1], code[p + 2], width, code[p + 3])
        elif what == DOT:
            dot(code, p, M, F, width)
        elif what == DOT_BACK:
            dot_back(code, p, M, F, width, samples)
        elif what == SUM:
            summed(code, p, M, width)
        elif what == SOFT:
            soft(code, p, M, width)
        elif what == SOFT_BACK:
            soft_back(code, p, M, width)
        elif what == SHARES_BACK:
            shares_back(code, p, M, width)
        elif what == EXTREME:
            extreme(code, p, M, width)
        elif what == EXTREME_BACK:
            extreme_back(code, p, M, width)
        else:
            moved(code, p, M, F, width, samples)
        p += size - 2


@compiled
def taken(M: Any, F: Any, place: Any, found: Any, begin: Any, column: Any, width: Any, samples: Any) -> None:
    """A row as a column of a result."""
    for j in range(samples):
        found[begin + j, column] = M[place * width + j] if place >= 0 else F[-2 - place] if place < -1 else 0.0


@compiled
def seeded(code: Any, M: Any, F: Any, weights: Any, begin: Any, width: Any, samples: Any) -> None:
    """What each sample counts, as the gradient of the root."""
    row = code[SEED]
    for j in range(width):
        weight = 0.0 if j >= samples else weights[begin + j] if weights.size else 1.0
        if row >= 0:
            M[row * width + j] = weight
        else:
            F[code[FREE_GRAD]] += weight


@compiled
def block(
    code: Any, M: Any, F: Any, S: Any, X: Any, weights: Any, values: Any, others: Any,
    begin: Any, samples: Any, back: Any,
) -> None:  # fmt: skip
    """Some samples, there and back. Short rows are filled up with the last sample, so that they are whole vectors."""
    width = samples if samples == 1 or samples > SHORT else (samples + 3) // 4 * 4
    for i in range(X.shape[1]):
        for j in range(width):
            M[i * width + j] = X[begin + min(j, samples - 1), i]
    follow(code, code[FRONT], code[BACK], M, F, S, width, samples)
    for j in range(samples):
        values[begin + j] = F[code[ROOT]] if code[SEED] < 0 else M[code[ROOT] * width + j]
    for k in range(code[OUTPUTS]):
        taken(M, F, code[code[PLACES] + k], others, begin, k, width, samples)
    if back:
        seeded(code, M, F, weights, begin, width, samples)
        follow(code, code[BACK], code[FREE_BACK], M, F, S, width, samples)
        for k in range(code[OUTPUTS], code[OUTPUTS] + code[INPUTS]):
            taken(M, F, code[code[PLACES] + k], others, begin, k, width, samples)


@njit(error_model="numpy", fastmath=FAST, nogil=True, cache=True)
def run(
    table: Any, memory: Any, X: Any, P: Any, weights: Any, values: Any, gradient: Any, others: Any, back: Any
) -> None:
    """A tape over all samples, a block at a time.

    table   the heading and the instructions         memory  S, F and M, one behind the other
    values  by sample                                others  by sample the outputs, and the gradient by the inputs
    weights of the samples; none at all is 1         back    whether it goes back, too
    """
    code = pointer(table, 0)
    S, F = pointer(memory, 0), pointer(memory, code[SETTINGS])
    M = pointer(memory, code[SETTINGS] + code[FREE])
    for i in range(code[PARAMS]):
        F[i] = P[i]
    fill(F, code[LEAVES], 0.0, code[FREE] - code[LEAVES])
    follow(code, code[FREE_FRONT], code[FRONT], F, F, S, 1, 1)
    for begin in range(0, X.shape[0], code[WIDTH]):
        block(code, M, F, S, X, weights, values, others, begin, min(code[WIDTH], X.shape[0] - begin), back)
    if back:
        follow(code, code[FREE_BACK], code[END], F, F, S, 1, 1)
        for i in range(code[PARAMS]):
            gradient[i] = F[code[GRADIENT] + i]
