"""Derivatives by differences of doubles, each with the error that it may have.

    f′(x) ≈ (f(x + h) - f(x - h)) / 2h

A large h takes in what bends, a small one the rounding of f; and how large is large depends on f, not on x.
So h = 2^k climbs a ladder, from a few ulps of x to the size of x and beyond:

    surveyed   the quotient E at every sixth power of 2, and σ = noise / h, what rounding may do to it
    settled    the highest rung whose E fits those of all the rungs below, each ± 4σ: above it f bends
    refined    from there upwards, E over h, h/4 and h/16 extrapolated to h = 0, while it fits all below
    error      4 times as much as the last extrapolation moved it, for what bends, + σ, for rounding

A feature of f, however narrow, contradicts what wider steps say of f; noise contradicts nothing. How much noise
there is, the caller says; where that does not explain the ladder, the doubles next to x do.
Sources: Ridders (1982), Advances in Engineering Software 4; Moré and Wild (2011), SIAM J. Sci. Comput. 33.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["EPSILON", "REMEDY", "Estimate", "estimate"]

EPSILON = 2.0**-52  # from 1 to the next double
SURE = 4  # errors: what is further off than so many of them is elsewhere
FINE = 1e-10  # a relative error that no better step is looked for
NARROW = 2.0**-16  # relative to x: stairs of f that are narrower are rounding; relative to f: so are lower jumps
ROUGH = 2.0**-20  # relative to f: more noise is none
SURVEY = 6  # powers of 2 from one rung of the survey to the next
LEAST = 1e-8  # of the slopes around: less is none
BEYOND = 60  # powers of 2 that a ladder may grow at its top, where f is nearly straight
OFFSETS = (-1571, -893, -389, 0, 311, 1013, 1637)  # in ulps of x: at even distances rounding can repeat itself
REMEDY = "compute it by operations of Values, and their formulas are replayed at 60 digits"


class Estimate(NamedTuple):
    """A derivative by differences.

    numeric, error  the derivative, and how far off it may be     step    the step that it was found with
    left, right     the slopes on the two sides of x              kink    whether they differ at x itself
    around          the steepest slope within that step           doubt   why nothing can be told, else ""
    """

    numeric: float
    error: float
    left: float = math.nan
    right: float = math.nan
    kink: bool = False
    step: float = 0.0
    around: float = 0.0
    doubt: str = ""


class Rung(NamedTuple):
    """The central difference quotient of one step, what rounding may do to it, and the two values."""

    step: float
    central: float
    sigma: float
    up: float
    down: float


def estimate(f: Callable[[float], float], x: float, middle: float, noise: float) -> Estimate:
    """The derivative of f at x, where it is `middle`; its numbers are sure to ± `noise`.

    >>> found = estimate(lambda x: x * x, 3.0, 9.0, 1e-15)
    >>> round(found.numeric, 6), found.error < 1e-9, found.kink
    (6.0, True, False)

    f    numbers → numbers; nan or inf where it has no value
    """
    ladder = Ladder(f, x, middle, noise)
    if not math.isfinite(middle):
        return Estimate(math.nan, math.inf, doubt=f"the result is {middle} here; check it where it is finite")
    rungs = ladder.surveyed()
    if len(rungs) < 3:
        return Estimate(math.nan, math.inf, doubt=ladder.missing())
    jump = ladder.jump(rungs)
    if jump:
        return jump
    top = ladder.settled(rungs)
    if top + 3 < len(rungs):
        restless = ladder.neighbours()
        if restless > ROUGH * max(abs(middle), *(max(abs(each.up), abs(each.down)) for each in rungs)):
            doubt = f"the result moves by {restless:.1g} from one double to the next; {REMEDY}"
            return Estimate(math.nan, math.inf, doubt=doubt)
        rungs = ladder.rougher(max(noise, restless, ladder.stairs(rungs)))
        top = ladder.settled(rungs)
    return ladder.refined(rungs, top)


class Ladder:
    """The steps around x that were tried, by their powers of 2."""

    def __init__(self, f: Callable[[float], float], x: float, middle: float, noise: float) -> None:
        self.f, self.x, self.middle, self.noise = f, x, middle, noise
        self.rungs: dict[int, Rung | None] = {}

    def rung(self, power: int) -> Rung | None:
        """The quotient of the step 2^power; None where it is no step, or leads to where f is not finite."""
        if power not in self.rungs:
            self.rungs[power] = self.climbed(math.ldexp(1.0, min(power, 1023)))
        return self.rungs[power]

    def climbed(self, step: float) -> Rung | None:
        above, below = self.x + step, self.x - step
        if not below < self.x < above or math.isinf(above - below):
            return None
        up, down = self.f(above), self.f(below)
        sigma = (self.noise + EPSILON * max(abs(up), abs(down))) / step
        rung = Rung(step, (up - down) / (above - below), sigma, up, down)
        left, right = self.x - below, above - self.x
        if left != right:  # where doubles get twice as dense, x ± h are rounded apart: what f bends must not count
            slopes = self.sides(rung)
            rung = rung._replace(central=(right * slopes[0] + left * slopes[1]) / (left + right))
        return rung if math.isfinite(rung.central) and math.isfinite(sigma) else None

    def sides(self, rung: Rung) -> tuple[float, float]:
        """The slopes on the left and on the right."""
        x, step, middle = self.x, rung.step, self.middle
        return (middle - rung.down) / (x - (x - step)), (rung.up - middle) / ((x + step) - x)

    def rougher(self, noise: float) -> list[Rung]:
        """The same rungs, where f is sure to ± `noise` only."""
        more, self.noise = noise - self.noise, noise
        kept = {power: rung for power, rung in self.rungs.items() if rung}
        self.rungs |= {power: rung._replace(sigma=rung.sigma + more / rung.step) for power, rung in kept.items()}
        return sorted(rung for rung in self.rungs.values() if rung)

    def surveyed(self) -> list[Rung]:
        """Rungs from 4 ulps of x to a quarter of it, and a few up to 2^-6 where x is smaller."""
        size = math.frexp(self.x)[1]
        powers = list(range(size - 51, size - 2, SURVEY)) if self.x else []
        powers += [power for power in range(-102, -2, 2 * SURVEY) if not powers or power >= powers[-1] + SURVEY]
        return [rung for rung in map(self.rung, powers) if rung]

    def settled(self, rungs: Sequence[Rung]) -> int:
        """How far up the rungs still agree, each within SURE times what rounding may have done."""
        low, high = -math.inf, math.inf
        for i, rung in enumerate(rungs):
            slack = SURE * rung.sigma
            low, high = max(low, rung.central - slack), min(high, rung.central + slack)
            if low > high:
                return i - 1
        return len(rungs) - 1

    def refined(self, rungs: Sequence[Rung], top: int) -> Estimate:
        """The best extrapolation to h = 0 from the settled rung upwards, while all that is below fits."""
        lowest, highest = (exponent(rungs[i].step) for i in (0, -1))
        quiet = min(range(top + 1), key=lambda i: rungs[i].sigma)
        best, error, used, worse = rungs[quiet].central, math.inf, rungs[max(quiet - 1, 0) : quiet + 1], 0
        start = max(exponent(rungs[quiet].step), lowest + 4)
        for power in range(start, max(start + BEYOND, highest + 1), 2):
            triple = [rung for rung in map(self.rung, (power, power - 2, power - 4)) if rung]
            if len(triple) < 3:
                break
            found, slack = self.extrapolated(*triple)
            flat = triple[0].up == triple[0].down == self.middle  # the wider, the surer
            better = (flat or slack < error) and self.fits(found, slack, triple[-1].step)
            best, error, used, worse = (found, slack, triple, 0) if better else (best, error, used, worse + 1)
            done = power >= highest if flat else error <= FINE * max(abs(best), *map(abs, self.sides(used[0])))
            if worse > 2 or done:
                break
        if error == math.inf:
            error = used[-1].sigma + abs(used[-1].central - used[0].central)
        return self.with_sides(best, SURE * error, used)

    def extrapolated(self, coarse: Rung, middle: Rung, fine: Rung) -> tuple[float, float]:
        """The quotient for h = 0 by those of h, h/4 and h/16, whose errors go as h² and h⁴; and its error."""
        once = middle.central + (middle.central - coarse.central) / 15
        again = fine.central + (fine.central - middle.central) / 15
        return again + (again - once) / 255, abs(again - once) + fine.sigma

    def fits(self, slope: float, slack: float, step: float) -> bool:
        """Whether every rung below that step allows for the slope."""
        below = (rung for rung in self.rungs.values() if rung and rung.step < step)
        return all(abs(rung.central - slope) <= SURE * rung.sigma + slack for rung in below)

    def with_sides(self, slope: float, error: float, used: Sequence[Rung]) -> Estimate:
        """The slope with its sides: at a kink they stay apart as the steps get smaller."""
        coarse, fine = max(used), min(used)
        (left, right), (outer_left, outer_right) = self.sides(fine), self.sides(coarse)
        gap, before, around = right - left, outer_right - outer_left, max(abs(left), abs(right))
        clear = coarse.step > fine.step and abs(gap) > max(2 * SURE * fine.sigma, around / 10000)
        kink = clear and 1 / 8 < before / gap < 2 and self.stays(abs(gap), fine.step)
        if not around:  # so little moves that rounding may have kept it: of numbers near 1, for all that is known
            error = max(error, EPSILON * max(abs(self.middle), 1.0) / fine.step)
        if not self.x and not self.middle:  # nothing else says what is much
            around = max(around, EPSILON / LEAST)
        return Estimate(slope, error, left, right, kink, coarse.step, around)

    def stays(self, gap: float, step: float) -> bool:
        """Whether no rung below a step shows that the sides come together closer to x: a flat floor, a round corner."""
        below = [rung for rung in self.rungs.values() if rung and rung.step < step]
        gaps = [abs(right - left) + 2 * SURE * rung.sigma for rung in below for left, right in [self.sides(rung)]]
        return all(each > gap / 2 for each in gaps)

    # ── what is not smooth ──

    def missing(self) -> str:
        """Where f has no value, as close to x as can be."""
        step = 4 * math.ulp(self.x) if self.x else 2.0**-100
        sides = {"below": self.f(self.x - step), "above": self.f(self.x + step)}
        without = [side for side, value in sides.items() if not math.isfinite(value)]
        where = " or ".join(without) or "further away from"
        return f"the result has no finite value {where} {self.x!r}; check it further inside"

    def jump(self, rungs: Sequence[Rung]) -> Estimate | None:
        """A jump at x itself: there f does not lead to its value at x, on one side or on both."""
        fine, middle = rungs[:3], self.middle
        least = NARROW * max(abs(number) for rung in fine for number in (rung.up, rung.down, middle))
        rises = [middle - rung.down for rung in fine], [rung.up - middle for rung in fine]
        jumps = [least < max(map(abs, side)) <= 1.01 * min(map(abs, side)) for side in rises]
        if not any(jumps):
            return None
        settled = self.sides(rungs[len(rungs) // 2])
        left, right = (math.copysign(math.inf, rises[i][0]) if jumps[i] else settled[i] for i in (0, 1))
        doubt = "the result jumps here; check it beside the jump"
        return Estimate(math.nan, math.inf, left, right, not all(jumps), rungs[0].step, doubt=doubt)

    def neighbours(self) -> float:
        """The noise that doubles next to x show: how far each is off the parabola through the next three."""
        ulp = math.ulp(self.x) if self.x else 2.0**-100
        values = [self.f(self.x + offset * ulp) if offset else self.middle for offset in OFFSETS]
        found = [abs(sum(w * y for w, y in zip(row, values[i:]))) for i, row in enumerate(WEIGHTS)]
        return 2 * max(found) if all(map(math.isfinite, found)) else 0.0

    def stairs(self, rungs: Sequence[Rung]) -> float:
        """The height of a stair, where f stands still at x and goes up by narrow stairs further off; else 0."""
        still = [rung.up == rung.down == self.middle for rung in rungs]
        at = still.index(False) if False in still else 0
        if not at or rungs[at].step > NARROW * max(abs(self.x), 1.0):
            return 0.0
        step, gap = rungs[at].step, rungs[at - 1].step / 4
        values = [self.f(self.x + side * (step + i * gap)) for side in (1, -1) for i in range(4)]
        if sum(a == b for a, b in pairwise(values)) < 4:  # a slope: all are different
            return 0.0
        levels = sorted({*values, self.middle, rungs[at].up, rungs[at].down})
        return max(b - a for a, b in pairwise(levels))


def exponent(step: float) -> int:
    """k of 2^k"""
    return math.frexp(step)[1] - 1


def residuals(at: Sequence[int]) -> list[list[float]]:
    """Of each four points next to each other the weights of their third difference, of length 1."""
    rows = []
    for i in range(len(at) - 3):
        four = at[i : i + 4]
        weights = [1 / math.prod(a - b for b in four if b != a) for a in four]
        length = math.hypot(*weights)
        rows.append([weight / length for weight in weights])
    return rows


WEIGHTS = residuals(OFFSETS)
