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


# ── hostile ones: every binade, the neighbours of every turn, pairs on both sides of every overflow ────────

# Where rows turn, saturate, cancel or change their formula, and what pairs are made of: powers of two.
TURNS = (0.25, 0.45, 0.5, 0.75, 0.7517915246935645, 1, 1.1924312145154952, 1.2784645427610737, 1.3, math.pi / 2, 2, 2.9)
TURNS += (
    3,
    math.pi,
    4,
    6,
    19,
    22,
    27.3,
    30,
    36.7,
    38.07,
    38.6,
    45,
    344,
    373,
    690,
    700,
    709,
    709.78271,
    710.4758,
    745.13321,
    800,
)
EXPONENTS = (-1074, -1060, -1023, -1022, -1021, -1000, -700, -538, -512, -511, -300, -54, -27, -10, -3, -1)
EXPONENTS += (0, 1, 3, 10, 27, 53, 54, 300, 510, 511, 512, 700, 1000, 1020, 1022, 1023)
# log₂ of powers: around where doubles end on both sides, and so do their slopes
LOGARITHMS = (-2200, -1200, -1100, -1076, -1074, -1050, -1024, -1022, -1020, -900, -60, -1, 0, 1, 60, 900, 1020, 1024)
LOGARITHMS += (1026, 1050, 1100, 1200, 2100)


def of_binade(rng, exponent):
    return rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), exponent)


def near(rng, x):
    """A number next to another, or some way off: by any number of its bits."""
    return x * (1 + rng.choice((-1, 1)) * 2.0 ** rng.randint(-53, -1))


def hostile_numbers(rng):
    """One of every binade, subnormals too, and some about every turn; of the largest one binade in eight."""
    found = [of_binade(rng, exponent) for exponent in (*range(-1074, 16), *range(rng.randint(16, 23), 1024, 8))]
    found += [rng.choice((-1, 1)) * near(rng, x) for x in TURNS for _ in range(40)]
    return found + [sign * x for x in TURNS for sign in (1, -1)]


def hostile_pairs(rng):
    """Huge, tiny and equal ones; and x, n whose power, or its slope, is about to overflow or to vanish."""
    found = [(of_binade(rng, j), of_binade(rng, k)) for j, k in product(EXPONENTS, repeat=2)]
    equal = [of_binade(rng, k) for k in EXPONENTS for _ in range(4)]
    found += [(x, rng.choice((-1, 1)) * near(rng, x)) for x in equal]
    bases = [abs(of_binade(rng, k)) for k in EXPONENTS] + [near(rng, 1.0) for _ in range(60)]
    powers = [(x, near(rng, t / math.log2(x))) for x in bases if x != 1 for t in LOGARITHMS]
    whole = [(-x, float(round(n))) for x, n in powers if abs(n) >= 1]
    return found + powers + whole


def hostile(row, seed=0):
    """Points for all the numbers that a row takes, at the edges of what doubles can hold."""
    rng = random.Random(f"hostile {row.name}{seed}")
    count = len(row.stable.inputs) + len(row.fixed)
    if count == 1:
        return [(x,) for x in hostile_numbers(rng)]
    if row.fixed and row.name != "pow":
        return [(x, *rng.choice(SETTINGS[row.name])) for x in hostile_numbers(rng)]
    pairs = hostile_pairs(rng)
    return [(rng.choice((0.0, 1.0, -5e-324)), *pair) for pair in pairs] if count == 3 else pairs
