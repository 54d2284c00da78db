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
    SUM          n, out, terms …
    DOT          n, out, bias, x …, w …                          Σ w x + b: the w and b are places in F, -1 for none
    DOT_BACK     n, g, d_bias, x …, w …, d_w …, (d_x, first) …
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

import inspect
import sys
from functools import lru_cache
from hashlib import sha256
from types import ModuleType
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from .cache import compiled as from_cache
from .cache import is_compiled
from .loops import (
    dot,
    dot_back,
    extreme,
    extreme_back,
    fill,
    gather,
    scatter,
    shares_back,
    soft,
    soft_back,
    spread,
    spread_back,
    summed,
    zero,
)  # fmt: skip

__all__ = ["HEAD", "machine", "machine_is_compiled"]

(MAP, MAP_BACK, GATHER, SCATTER, ZERO, SUM, DOT, DOT_BACK, SPREAD, SPREAD_BACK, SOFT, SOFT_BACK, SHARES_BACK,
 EXTREME, EXTREME_BACK) = range(15)  # fmt: skip
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
(FREE_FRONT, FRONT, BACK, FREE_BACK, END, WIDTH, SEED, ROOT, FREE_GRAD, PLACES, OUTPUTS, INPUTS, PARAMS, LEAVES, FREE,
 GRADIENT, SETTINGS) = range(len(HEAD))  # fmt: skip

SHORT = 64  # samples of a row that is filled up to whole vectors of four
compiled = njit(error_model="numpy")


@intrinsic
def pointer(typing: Any, array: Any) -> Any:
    """Where an array begins."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return types.CPointer(array.dtype)(array), build


@intrinsic
def shifted(typing: Any, place: Any, count: Any) -> Any:
    """So many elements behind a place."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return place(place, types.int64), build


def kernel_call(types_of: Any) -> Any:
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
    return kernel_call((address, M, code, p, S, s, rows, width))


@intrinsic
def call_backward(
    typing: Any, address: Any, M: Any, code: Any, p: Any, S: Any, s: Any, rows: Any, width: Any, flags: Any
) -> Any:
    return kernel_call((address, M, code, p, S, s, rows, width, flags))


# ── following ──────────────────────────────────────────────────────────────────────────────


@compiled
def follow(code: Any, p: Any, end: Any, M: Any, F: Any, S: Any, width: Any, samples: Any) -> None:
    """The instructions from p to the end, one after the other; only the first samples of a row count."""
    while p < end:
        what, here = code[p], p + 2
        if what == MAP:
            call_forward(code[here], M, code, here + 3, S, code[here + 1], code[here + 2], width)
        elif what == MAP_BACK:
            flags = code[here + 3]
            call_backward(code[here], M, code, here + 4, S, code[here + 1], code[here + 2], width, flags)
        elif what <= SUM:
            moved(what, code, here, M, width)
        elif what <= SPREAD_BACK:
            weighed(what, code, here, M, F, width, samples)
        else:
            compared(what, code, here, M, width)
        p += code[p + 1]


@compiled
def moved(what: Any, code: Any, p: Any, M: Any, width: Any) -> None:
    """What copies rows, or adds them."""
    if what == GATHER:
        gather(code, p, M, width)
    elif what == SCATTER:
        scatter(code, p, M, width)
    elif what == ZERO:
        zero(code, p, M, width)
    else:
        summed(code, p, M, width)


@compiled
def weighed(what: Any, code: Any, p: Any, M: Any, F: Any, width: Any, samples: Any) -> None:
    """What reads F, or adds to it."""
    if what == DOT:
        dot(code, p, M, F, width)
    elif what == DOT_BACK:
        dot_back(code, p, M, F, width, samples)
    elif what == SPREAD:
        spread(code, p, M, F, width)
    else:
        spread_back(code, p, M, F, width, samples)


@compiled
def compared(what: Any, code: Any, p: Any, M: Any, width: Any) -> None:
    """What looks at all its terms first."""
    if what == SOFT:
        soft(code, p, M, width)
    elif what == SOFT_BACK:
        soft_back(code, p, M, width)
    elif what == SHARES_BACK:
        shares_back(code, p, M, width)
    elif what == EXTREME:
        extreme(code, p, M, width)
    else:
        extreme_back(code, p, M, width)


@compiled
def copy_in(M: Any, X: Any, inputs: Any, width: Any, samples: Any) -> Any:
    """The inputs as rows, and 0 if all are finite. Short rows are filled up with the last sample."""
    off = 0.0
    for i in range(inputs):
        for j in range(width):
            number = X[min(j, samples - 1) * inputs + i]
            M[i * width + j] = number
            off += number - number
    return off


@compiled
def copy_out(M: Any, F: Any, place: Any, found: Any, column: Any, columns: Any, width: Any, samples: Any) -> None:
    """A row as a column of a result."""
    for j in range(samples):
        found[j * columns + column] = M[place * width + j] if place >= 0 else F[-2 - place] if place < -1 else 0.0


@compiled
def seed_gradient(code: Any, M: Any, F: Any, weights: Any, weighted: Any, width: Any, samples: Any) -> None:
    """What each sample counts, as the gradient of the root."""
    row = code[SEED]
    for j in range(width):
        weight = 0.0 if j >= samples else weights[j] if weighted else 1.0
        if row >= 0:
            M[row * width + j] = weight
        else:
            F[code[FREE_GRAD]] += weight


@compiled
def block(
    code: Any, M: Any, F: Any, S: Any, X: Any, inputs: Any, weights: Any, weighted: Any, values: Any, others: Any,
    samples: Any, back: Any,
) -> Any:  # fmt: skip
    """Some samples, there and back; 0 if all their inputs are finite. Short rows are made whole vectors."""
    width = samples if samples == 1 or samples > SHORT else (samples + 3) // 4 * 4
    off, outputs, columns = copy_in(M, X, inputs, width, samples), code[OUTPUTS], code[OUTPUTS] + code[INPUTS]
    follow(code, code[FRONT], code[BACK], M, F, S, width, samples)
    for j in range(samples):
        values[j] = F[code[ROOT]] if code[SEED] < 0 else M[code[ROOT] * width + j]
    for k in range(outputs):
        copy_out(M, F, code[code[PLACES] + k], others, k, columns, width, samples)
    if back:
        seed_gradient(code, M, F, weights, weighted, width, samples)
        follow(code, code[BACK], code[FREE_BACK], M, F, S, width, samples)
        for k in range(outputs, columns):
            copy_out(M, F, code[code[PLACES] + k], others, k, columns, width, samples)
    return off


@compiled
def follow_all(
    code: Any, memory: Any, X: Any, samples: Any, inputs: Any, P: Any, weights: Any, weighted: Any, found: Any,
    back: Any,
) -> Any:  # fmt: skip
    """A tape over all samples, a block at a time; whether all inputs are finite.

    code     the heading and the instructions        memory  S, F and M, one behind the other
    found    the values, the gradient by the parameters, and sample after sample the outputs and the gradient by the
             inputs, all one behind the other
    weights  of the samples, if weighted; else 1     back    whether it goes back, too
    """
    S, F, off = memory, shifted(memory, code[SETTINGS]), 0.0
    M, columns = shifted(F, code[FREE]), code[OUTPUTS] + code[INPUTS]
    for i in range(code[PARAMS]):
        F[i] = P[i]
    fill(F, code[LEAVES], 0.0, code[FREE] - code[LEAVES])
    follow(code, code[FREE_FRONT], code[FRONT], F, F, S, 1, 1)
    for begin in range(0, samples, code[WIDTH]):
        others = shifted(found, samples + code[PARAMS] + begin * columns)
        theirs, values, some = shifted(weights, begin), shifted(found, begin), min(code[WIDTH], samples - begin)
        rows = shifted(X, begin * inputs)
        off += block(code, M, F, S, rows, inputs, theirs, weighted, values, others, some, back)
    if back:
        follow(code, code[FREE_BACK], code[END], F, F, S, 1, 1)
        for i in range(code[PARAMS]):
            found[samples + i] = F[code[GRADIENT] + i]
    return off == 0.0


# What is compiled stands in a file of its own, whose name depends on all that it calls.
CALLED = "".join(inspect.getsource(sys.modules[each]) for each in (dot.__module__, __name__))
SOURCE = f"""def run(table, memory, X, P, weights, found, back):  # {sha256(CALLED.encode()).hexdigest()}
    code, room, rows, theta = pointer(table), pointer(memory), pointer(X), pointer(P)
    weighted = weights.size > 0
    return follow_all(
        code, room, rows, X.shape[0], X.shape[1], theta, pointer(weights), weighted, pointer(found), back
    )
"""
WHOLE, LINE, TABLE = types.int64[::1], types.float64[::1], types.float64[:, ::1]
RUN = types.boolean(WHOLE, LINE, TABLE, LINE, LINE, LINE, types.boolean)


@lru_cache(maxsize=1)
def machine() -> Any:
    """`follow_all` in machine code, from the cache where it is there."""
    return from_cache("machine", SOURCE, {"follow_all": follow_all, "pointer": pointer}, compiled_run)


def machine_is_compiled() -> bool:
    """Whether this process has it, or this computer kept it."""
    return is_compiled("machine", SOURCE)


def compiled_run(module: ModuleType, is_kept: bool) -> Any:
    return njit(RUN, error_model="numpy", nogil=True, cache=is_kept)(module.run)
