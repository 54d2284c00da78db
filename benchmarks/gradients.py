"""How surely `gradcheck` tells a right derivative from a wrong one.

    python benchmarks/gradients.py [how many]

Random functions of one number, of widths from 1e-6 to 1e6: bells, steep sigmoids, waves, poles, logarithms and roots
near their edge, kinks near by, overflow near by, sums that lose digits, and pairs of all these. The true derivative
is mpmath's, a difference over its numbers of the same text. Each function is checked with its right derivative and
with four wrong ones: off by 1 % to 50 %, of the other sign, twice as large, 0. It is recorded operation by operation,
and as one node by hand, which has no formula; torch, where it is installed, is asked about the same numbers, as a
Function with a backward of its own.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from mpmath import mp

from microgrid import Value, gradcheck
from microgrid.engine import FUNCTIONS

Function = Callable[[Any, Any], Any]

WORDS = "exp log sqrt sin cos tanh".split()
FLOATS = SimpleNamespace(**{word: getattr(math, word) for word in WORDS}, max=max, abs=abs)
VALUES = SimpleNamespace(**{word: FUNCTIONS[word] for word in WORDS}, max=FUNCTIONS["max"], abs=abs)
DIGITS = SimpleNamespace(**{word: getattr(mp, word) for word in WORDS}, max=max, abs=abs)
MISTAKES = ("off", "sign", "twice", "zero")
ANSWERS = ("right", "wrong", "undecided")


class Case(NamedTuple):
    """A function over any arithmetic, a point, its derivative there, and the factors of wrong ones."""

    kind: str
    function: Function
    x: float
    slope: float
    factors: dict[str, float]


# ── the functions: of the width w around the point c, looked at t widths from it ───────────


def bell(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    floor = rng.choice((0.0, 0.0, 1.0, rng.uniform(-3, 3)))
    return lambda x, m: m.exp(-0.5 * ((x - c) / w) ** 2) + floor, c + w * rng.uniform(-3, 3)


def sigmoid(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    return lambda x, m: 1 / (1 + m.exp((c - x) / w)), c + w * rng.uniform(-8, 8)


def tanh(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    slope = rng.uniform(-2, 2)
    return lambda x, m: m.tanh((x - c) / w) + slope * x, c + w * rng.uniform(-5, 5)


def wave(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    shift = rng.uniform(0, 6)
    return lambda x, m: m.sin(x / w + shift), c + w * rng.uniform(-3, 3)


def chirp(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    return lambda x, m: m.cos(((x - c) / w) ** 2), c + w * rng.uniform(-5, 5)


def pole(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    power = rng.choice((1, 1, 2, 3))
    return lambda x, m: 1 / (x - c) ** power, c + w * rng.choice((-1, 1)) * rng.uniform(0.2, 3)


def logarithm(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    return lambda x, m: m.log((x - c) / w) * (x - c), c + w * rng.uniform(0.05, 3)


def root(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    return lambda x, m: m.sqrt((x - c) / w), c + w * rng.uniform(0.05, 3)


def corner(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    slope, bend = rng.uniform(-3, 3), rng.uniform(-3, 3)
    return lambda x, m: bend * m.abs(x - c) + slope * x, c + w * rng.choice((-1, 1)) * rng.uniform(0.5, 3)


def rectified(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    slope = rng.choice((0.0, rng.uniform(-1, 1)))
    return lambda x, m: m.max((x - c) / w, 0.0) + slope * x, c + w * rng.choice((-1, 1)) * rng.uniform(0.5, 3)


def square(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    power, near = rng.choice((2, 2, 3, 4)), 10 ** rng.uniform(-8, 0)
    return lambda x, m: ((x - c) / w) ** power, c + w * near


def product(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    shift = rng.choice((0.0, 1.0, c))
    return lambda x, m: x * (x + shift), w * 10 ** rng.uniform(-9, 0)


def overflowing(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    return lambda x, m: m.exp(x / w), w * rng.uniform(690, 709.7)


def edge_of_overflow(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    return lambda x, m: (x / w) ** 8, w * rng.choice((-1, 1)) * 10 ** rng.uniform(37, 38.5)


def noisy(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    inner, x = rng.choice((bell, tanh, wave))(rng, c, w)
    big = 10 ** rng.uniform(2, 9)
    return lambda x, m: inner(x, m) + big - big, x


def far_wave(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    turns = 10 ** rng.uniform(2, 7)
    return lambda x, m: m.sin(x / w), w * turns


def sharp_on_wide(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    inner, x = rng.choice((bell, sigmoid, wave, tanh))(rng, c, w)
    wide, _ = rng.choice((bell, sigmoid, wave, tanh))(rng, c, w * 10 ** rng.uniform(1, 6))
    share = 10 ** rng.uniform(-4, 0)
    return lambda x, m: share * inner(x, m) + wide(x, m), x


def pair(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    first, x = rng.choice((bell, sigmoid, tanh, wave, pole, root, square))(rng, c, w)
    second, _ = rng.choice((bell, sigmoid, tanh, wave))(rng, c, w * 10 ** rng.uniform(-1, 1))
    return lambda x, m: first(x, m) * second(x, m), x


def nested(rng: random.Random, c: float, w: float) -> tuple[Function, float]:
    inner, x = rng.choice((bell, sigmoid, tanh, wave, corner, root))(rng, c, w)
    outer, _ = rng.choice((sigmoid, tanh, wave))(rng, 0.0, 10 ** rng.uniform(-1, 1))
    return lambda x, m: outer(inner(x, m), m), x


KINDS = (
    bell, sigmoid, tanh, wave, chirp, pole, logarithm, root, corner, rectified, square, product,
    overflowing, edge_of_overflow, noisy, far_wave, sharp_on_wide, pair, nested,
)  # fmt: skip


def slope_of(function: Function, x: float) -> float:
    """The derivative by mpmath: a difference over a 1e-40th of x, in 160 digits."""
    with mp.workdps(160):
        x, h = mp.mpf(x), mp.mpf(10) ** -40 * (abs(mp.mpf(x)) or 1)
        return float((function(x + h, DIGITS) - function(x - h, DIGITS)) / (2 * h))


def cases(count: int, seed: int = 0) -> Iterator[Case]:
    """Random functions that have a value and a derivative, not 0, at their point."""
    rng = random.Random(seed)
    while count:
        kind = rng.choice(KINDS)
        w = 10 ** rng.uniform(-6, 6)
        c = rng.choice((0.0, 1.0, rng.uniform(-3, 3), w * rng.uniform(-100, 100), 10 ** rng.uniform(-3, 3)))
        function, x = kind(rng, c, w)
        off = 1 + rng.choice((-1, 1)) * 10 ** rng.uniform(-2, math.log10(0.5))
        try:
            value, slope = function(x, FLOATS), slope_of(function, x)
        except (ArithmeticError, ValueError):
            continue
        if math.isfinite(value) and 0 < abs(slope) < 1e308:
            count -= 1
            yield Case(kind.__name__, function, x, slope, dict(zip(MISTAKES, (off, -1.0, 2.0, 0.0))))


# ── the judges: each is told a function, a point and a derivative, and answers ─────────────


def by_operations(case: Case, factor: float) -> str:
    """gradcheck of the function recorded operation by operation, the last with its slopes times a factor."""

    def function(x: Value) -> Value:
        node = case.function(x, VALUES)
        node.partials = tuple(factor * partial for partial in node.partials)
        return node

    return gradcheck(function, [case.x]).rows[0].verdict


def by_hand(case: Case, factor: float) -> str:
    """gradcheck of the function recorded as one node, which has no formula."""
    slope = factor * case.slope
    return gradcheck(lambda x: Value(case.function(x.data, FLOATS), (x,), (slope,)), [case.x]).rows[0].verdict


def by_torch() -> Callable[[Case, float], str] | None:
    """PyTorch's gradcheck of a Function with that backward; None where there is no torch."""
    try:
        import torch
    except ImportError:
        return None

    def judge(case: Case, factor: float) -> str:
        class Given(torch.autograd.Function):
            @staticmethod
            def forward(context: Any, x: Any) -> Any:
                return torch.tensor(case.function(float(x), FLOATS), dtype=torch.float64)

            @staticmethod
            def backward(context: Any, grad: Any) -> Any:
                return grad * factor * case.slope

        x = torch.tensor(case.x, dtype=torch.float64, requires_grad=True)
        return "right" if torch.autograd.gradcheck(Given.apply, (x,), raise_exception=False) else "wrong"

    return judge


class Tally:
    """What one judge answered, and how long it took."""

    def __init__(self, name: str, judge: Callable[[Case, float], str]) -> None:
        self.name, self.judge = name, judge
        self.right: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.seconds = 0.0

    def ask(self, case: Case) -> None:
        start = time.perf_counter()
        self.right[self.answer(case, 1.0)] += 1
        self.seconds += time.perf_counter() - start
        for mistake, factor in case.factors.items():
            answer = self.answer(case, factor)
            self.wrong[answer] += 1
            self.accepted[mistake] += answer == "right"

    def answer(self, case: Case, factor: float) -> str:
        try:
            verdict = self.judge(case, factor)
        except (ArithmeticError, ValueError):  # where it looked, the function has no value
            return "undecided"
        return verdict if verdict in ANSWERS else "undecided"

    def row(self) -> str:
        right, wrong = (
            "".join(f"{100 * found[answer] / max(found.total(), 1):10.2f}" for answer in ANSWERS)
            for found in (self.right, self.wrong)
        )
        return f"{self.name:<24}{right} |{wrong}{1e6 * self.seconds / self.right.total():9,.0f}"

    def mistakes(self) -> str:
        count = self.right.total()
        return f"{self.name:<24}" + "".join(f"{100 * self.accepted[each] / count:10.2f}" for each in MISTAKES)


def judged(count: int, seed: int = 0, others: bool = True) -> list[Tally]:
    """All judges on so many functions."""
    tallies = [Tally("gradcheck, operations", by_operations), Tally("gradcheck, by hand", by_hand)]
    torch = by_torch() if others else None
    tallies += [Tally("torch.autograd.gradcheck", torch)] if torch else []
    for case in cases(count, seed):
        for tally in tallies:
            tally.ask(case)
    return tallies


def main(count: int, others: bool = True) -> None:
    tallies = judged(count, others=others)
    answers = "".join(f"{answer:>10}" for answer in ANSWERS)
    print(f"{count} functions; answers in %")
    print(f"{'':24}{'of right derivatives':>30} |{'of wrong derivatives':>30}  µs each")
    print(f"{'':24}{answers} |{answers}")
    print(*(tally.row() for tally in tallies), sep="\n")
    print("\nwrong ones called right, in % of those with that mistake")
    print(" " * 24 + "".join(f"{mistake:>10}" for mistake in MISTAKES))
    print(*(tally.mistakes() for tally in tallies), sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
