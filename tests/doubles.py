"""The rows of the table, and points over all the doubles to try them at."""

from __future__ import annotations

import math
import random
import struct
import sys
from itertools import product

from microgrid.formula import OPS

ROWS = list(OPS.values())
TINY = sys.float_info.min  # below it a result may flush to 0
SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e308, -1e308, 0.5, -0.5, 2.0, -2.0]
SETTINGS = {
    "pow": [(n,) for n in (-1.0, 0.0, 1.0, 2.0, 3.0, 0.5, 2.5, -1.5)],
    "leaky_relu": [(slope,) for slope in (0.01, 0.3, 0.0, -1.0)],
    "elu": [(alpha,) for alpha in (1.0, 0.3, 0.0, -2.0)],
    "clamp": [(0.0, 1.0), (-1.0, 1.0), (-0.5, 0.5), (2.0, -2.0)],
    "hardtanh": [(-1.0, 1.0), (0.0, 6.0), (-0.5, 3.0), (2.0, -2.0)],
}


def same(x, y):
    """The same double to the bit, any nan for any nan."""
    return struct.pack("d", x) == struct.pack("d", y) or (x != x and y != y)


def any_double(rng):
    """A normal double, every exponent as likely as any other."""
    return rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), rng.randint(-1022, 1023))


def points(rng, count):
    """Doubles over the whole line, dense where functions turn, saturate, overflow and cancel."""
    fixed = [0.0, 1e-300, 1e300, 1e-8, 1e-16, 1e-5, 0.5, 1.0, 1.5, 2.0, 3.0, 20.0, 40.0, 700.0, 709.7, 745.0, 1e16]
    fixed += [1.0 + sign * 2.0**-k for k in (1, 4, 10, 20, 30, 45, 52) for sign in (1, -1)]
    found = [sign * x for x in fixed for sign in (1, -1)]
    found += [x + rng.gauss(0, 0.01) for x in (-1, 1) for _ in range(count // 16)]
    for width in (1, 6, 30, 710, 800):
        found += [rng.uniform(-width, width) for _ in range(count // 8)]
    found += [any_double(rng) for _ in range(max(0, count - len(found)))]
    return found


def inputs(row, count, seed=0):
    """Points for all the numbers that a row takes."""
    rng = random.Random(f"{row.name}{seed}")
    first = points(rng, count)
    powers = (2.0, 3.0, -1.0, 0.5, 1 / 3, -2.5, 1.0, 0.0, 7.0, 100.0, -33.0, 1e-5, 1e-12, 1e15)
    settings = {**SETTINGS, "pow": [(n,) for n in powers]}
    if row.name in settings:
        return [(x, *rng.choice(settings[row.name])) for x in first]
    if len(row.stable.inputs) == 1:
        return [(x,) for x in first]
    if row.name == "where":
        return [(rng.choice((0.0, 1.0, 1.0, -2.0, 1e-300)), x, rng.choice(first)) for x in first]
    second = points(rng, count)
    rng.shuffle(second)
    pairs = list(zip(first, second)) + [(x, x) for x in first[::8]]
    pairs += [(x, x * rng.uniform(-2, 2)) for x in first[::4]]
    return pairs + list(product((-2.0, -1.0, 0.5, 1.0, 3.0), repeat=2))
