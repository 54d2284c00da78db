"""How far the rows of the table are from the truth, over all the doubles: the sweep, and what it found worst."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from doubles import ROWS, TINY, hostile, inputs
from mpmath import mp, mpf
from truth import NotReal, true_row, ulps

from microgrid import Value
from microgrid.formula import Op
from microgrid.formula.ops import VARIADIC

DIGITS = 400  # 1 - tanh(x)² of the textbook loses 300

# What is promised, in ulps: of a value, and of a local derivative. The README has it in words.
PROMISED = (2.5, 3.5)
ROWS_APART = {"cbrt": (2.5, 5), "mish": (3, 4), "gelu": (3, 4)}
SUMS_APART = 3  # and one more for each number of softmax, and of a slope of logsumexp
SUBNORMAL_GELU = 20  # its local derivative where it is below TINY


class Worst(NamedTuple):
    """The number that is furthest from the truth: by how many ulps, at which arguments, and what it should be."""

    ulps: float
    at: tuple[float, ...] = ()
    found: float = math.nan
    true: float = math.nan


class Parted(NamedTuple):
    """The worst of a value and of each local derivative, where doubles have all their digits and where they have fewer.

    usual      the number should be normal, or 0
    subnormal  it should be below TINY, or is the slope of a quotient whose numerator is
    """

    usual: list[Worst]
    subnormal: list[Worst]


def worst_ulps(rounds: int = 1, rows: Iterable[Op] = ROWS) -> dict[str, Parted]:
    """By the name of each row the worst of its value, then of each local derivative.

    rounds  how many times points are drawn for each row; they are the same in every run
    """
    with mp.workdps(DIGITS):
        return {row.name: parted(row, (each for seed in range(rounds) for each in points(row, seed))) for row in rows}


def points(row: Op, seed: int = 0) -> Iterator[tuple[float, ...]]:
    """Ordinary ones and hostile ones, for all the numbers that a row takes."""
    yield from inputs(row, 1000, seed)
    yield from hostile(row, seed)


def worst(row: Op, where: Iterable[Sequence[float]]) -> list[Worst]:
    """The worst of the value and of each local derivative, as far as they are promised, wherever they are."""
    found = [Worst(0.0)] * (1 + len(row.stable.inputs))
    for arguments in where:
        for k, each in enumerate(compared(row, tuple(arguments))):
            if not (k and is_apart(row, each)):
                found[k] = worse(found[k], each)
    return found


def parted(row: Op, where: Iterable[Sequence[float]]) -> Parted:
    """The same of all that there is: of what has all its digits, and apart from it of what has fewer."""
    found = Parted(*([Worst(0.0)] * (1 + len(row.stable.inputs)) for _ in range(2)))
    for arguments in where:
        for k, each in enumerate(compared(row, tuple(arguments))):
            part = found[is_subnormal(each) or bool(k and divides_subnormal(row, each))]
            part[k] = worse(part[k], each)
    return found


def worse(one: Worst, other: Worst) -> Worst:
    return max(other, one, key=lambda worst: worst.ulps)


def compared(row: Op, arguments: tuple[float, ...]) -> Iterator[Worst]:
    """The value and the local derivatives at one point beside the truth; nothing where there is none."""
    try:
        value, slopes = true_row(row, arguments)
    except NotReal:
        return
    out, partials = row.forward(*arguments)
    for found, true in zip((out, *partials), (value, *slopes), strict=True):
        yield Worst(ulps(found, true), arguments, float(found), float(true))


def is_apart(row: Op, slope: Worst) -> bool:
    """Whether the promise leaves a local derivative out: it divides a subnormal number, or it is one and GELU's."""
    if row.name == "gelu":
        return abs(slope.true) < TINY and slope.ulps <= SUBNORMAL_GELU
    return divides_subnormal(row, slope)


def divides_subnormal(row: Op, slope: Worst) -> bool:
    """Whether a local derivative is that of a quotient whose numerator has lost digits already."""
    numerators = {"div": slope.at[:1], "atan2": slope.at}.get(row.name, ())
    return any(0 < abs(each) < TINY for each in numerators)


def is_subnormal(number: Worst) -> bool:
    """Whether a number should be one that doubles have fewer digits for; 0 itself is exact."""
    return 0 < abs(number.true) < TINY or (number.true == 0 and number.ulps > 0)


# ── operations of any number of inputs ─────────────────────────────────────────────────────

COUNTS = (2, 10, 100, 1000)  # of inputs
OF_LARGEST = "of its largest number"
OF_ALL = "of the sum of the magnitudes"
LAST_PLACE = "of the number itself"
UNITS = {"sum": OF_ALL, "prod": LAST_PLACE, "logsumexp": OF_LARGEST, "softmax": LAST_PLACE}


class Several(NamedTuple):
    """The worst of an operation of several inputs: of its value, in which units, and of its local derivatives."""

    count: int
    units: str
    value: float
    slopes: float


def worst_of_several(trials: int = 20_000, counts: Iterable[int] = COUNTS) -> dict[str, list[Several]]:
    """By the name of each such operation what is furthest from the truth, for each number of inputs.

    trials  how many inputs are drawn for each, all in all; they are the same in every run
    """
    with mp.workdps(DIGITS):
        return {name: [several(name, count, max(3, trials // count)) for count in counts] for name in UNITS}


def several(name: str, count: int, times: int) -> Several:
    """The worst of some draws, where results have all their digits."""
    rng, values, slopes = random.Random(f"{name}{count}"), [0.0], [0.0]
    for _ in range(min(times, 400)):
        value, unit, pairs = TRIED[name](drawn(name, rng, count))
        values.append(float(abs(mpf(value[0]) - value[1]) / mpf(math.ulp(unit))))
        slopes += [ulps(got, true) for got, true in pairs if abs(true) >= TINY]
    return Several(count, UNITS[name], max(values), max(slopes))


def drawn(name: str, rng: random.Random, count: int) -> list[float]:
    """Inputs whose powers are far apart or near each other; factors about 1, whose product is a double."""
    if name == "prod":
        return [rng.choice((-1, 1)) * rng.uniform(0.5, 1.9) for _ in range(count)]
    width = rng.choice((1e-9, 0.1, 1, 5, 30, 700, 800))
    middle = rng.choice((0, 0, rng.uniform(-800, 800)))
    return [middle + rng.uniform(-width, width) for _ in range(count)]


Tried = tuple[tuple[float, mpf], float, list[tuple[float, mpf]]]  # the value, its unit, the local derivatives


def sums(x: list[float]) -> Tried:
    value, slopes = VARIADIC["sum"].forward(*x)
    return (value, mp.fsum(map(mpf, x))), math.fsum(map(abs, x)), [(each, mpf(1)) for each in slopes]


def products(x: list[float]) -> Tried:
    """As a graph has them: factor by factor, and back."""
    factors = [Value(each) for each in x]
    out = math.prod(factors[1:], start=factors[0])
    out.backward()
    whole = mp.fprod(map(mpf, x))
    return (out.data, whole), out.data, [(each.grad, whole / mpf(each.data)) for each in factors]


def logs_of_sums(x: list[float]) -> Tried:
    value, slopes = VARIADIC["logsumexp"].forward(*x)
    powers = [mp.exp(mpf(each)) for each in x]
    whole = mp.fsum(powers)
    return (value, mp.log(whole)), max(abs(value), abs(max(x))), [(s, p / whole) for s, p in zip(slopes, powers)]


def shares(x: list[float]) -> Tried:
    """One share of softmax, and how each input moves it; of an input as good as any."""
    chosen = max(range(len(x)), key=lambda k: (x[k] - max(x) > -600, -x[k]))  # the smallest that is no subnormal
    value, slopes = VARIADIC["softmax"].at(float(chosen + 1)).forward(*x)
    powers = [mp.exp(mpf(each)) for each in x]
    whole = mp.fsum(powers)
    out = powers[chosen] / whole
    true = [out * (whole - p) / whole if k == chosen else -out * p / whole for k, p in enumerate(powers)]
    return (value, out), value, list(zip(slopes, true))


TRIED = {"sum": sums, "prod": products, "logsumexp": logs_of_sums, "softmax": shares}
