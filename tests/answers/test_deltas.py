"""The name of a derivative, δ = dL/dz, is judged as the derivative is, number by number."""

import random

import pytest

from microgrid import Sheet
from microgrid.answers import check

SHEET = """
input x1 = 0.5, x2 = 0.1
target y = 1
param w1 = 0.2, w2 = 0.4, b = 0.1, v = 0.7
z1 = w1*x1 + w2*x2 + b
a1 = σ(z1)
z2 = v*a1
ŷ = σ(z2)
L = −y·ln ŷ − (1 − y)·ln(1 − ŷ)
δ2 = dL/dz2
δ1 = dL/dz1
g = dL/dw1
update 0.5
"""
NAMES = {"δ2": "dL/dz2", "δ1": "dL/dz1", "g": "dL/dw1"}


def drawn(rng, run):
    """Checks of a sheet in two ways: with the names of the derivatives, and without."""
    named, plain = [], []
    for number in (1, 2):
        for name in ("a1", "ŷ", *NAMES, "v"):
            value = run.rounds[number - 1][name].data
            wrong = value * rng.choice((1, 1, 1, -1, 1.5, 2, 1 - run.rounds[0]["ŷ"].data, 1 + rng.random() / 50))
            printed = f"{wrong:.{rng.choice((2, 3, 4))}f}"
            if rng.random() < 0.3:
                continue
            at = f"at round {number}: "
            named.append(f"{at}{name} ~= {printed}")
            plain.append(f"{at}{NAMES.get(name, name)} ~= {printed}")
    return named, plain


@pytest.mark.parametrize("seed", range(6))
def test_the_verdicts_and_their_reasons_are_those_of_the_derivative(seed):
    named, plain = drawn(random.Random(seed), Sheet.parse(SHEET).run())
    one, other = (check(Sheet.parse(SHEET + "\n".join(lines)).run()) for lines in (named, plain))
    slopes = {slope: name for name, slope in NAMES.items()}
    for mine, theirs in zip(one, other, strict=True):
        assert mine.verdict == theirs.verdict, (mine, theirs)
        assert mine.carried_from == tuple(
            " ".join(slopes.get(word, word) for word in each.split(" ")) for each in theirs.carried_from
        )
        assert mine.follows == theirs.follows and mine.precision == theirs.precision
        if mine.verdict == "slip":
            assert mine.why == theirs.why


def test_a_slip_in_a_delta_is_found_and_what_follows_is_carried():
    y = Sheet.parse(SHEET).run().rounds[0]["ŷ"].data
    wrong = (y - 1) * -1
    lines = f"{SHEET}at round 1: δ2 ~= {wrong:.4f}\nat round 1: dL/dv ~= {wrong * 0.5597:.4f}"
    slip, carried = check(Sheet.parse(lines.replace("update 0.5\n", "")).run())
    assert slip.verdict == "slip" and "sign" in slip.why
    assert (carried.verdict, carried.carried_from) == ("carried", ("δ2",))
