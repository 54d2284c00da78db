"""How surely `check` finds one slip in a network worked by hand.

    python benchmarks/forensics.py [how many]

Random small networks are worked as a person would: every step from the rounded numbers before it,
rounded to 3, 4 or 6 decimals; a quarter of the steps stay in the notebook. Half of them get one
slip at a random published step, which the later steps then follow.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass

from microgrid import Sheet
from microgrid.answers import check
from microgrid.answers.follow_through import Item, Pages
from microgrid.engine import Value

SHAPES = ((2, 2, 1), (2, 3, 2))
ACTIVATIONS = ("sigmoid", "tanh", "relu")
UNPRINTED = 0.25
SLIPS = ("sign", "transposed", "dropped", "derivative")


@dataclass
class Worked:
    """A sheet with the numbers of a person, and the line of the seeded slip, if any."""

    text: str
    slip: str = ""
    kind: str = ""


def network(rng: random.Random) -> str:
    """The equations of a random network with random weights, without any published number."""
    nin, nhidden, nout = rng.choice(SHAPES)
    hidden, loss = rng.choice(ACTIVATIONS), rng.choice(("squared", "cross-entropy"))
    output = "sigmoid" if loss == "cross-entropy" else rng.choice(ACTIVATIONS)
    lines = [f"input x{i + 1} = {rng.uniform(-1, 1):.2f}" for i in range(nin)]
    lines += [f"target t{i + 1} = {rng.choice((0, 1))}" for i in range(nout)]
    before = [f"x{i + 1}" for i in range(nin)]
    for layer, (width, activation) in enumerate(((nhidden, hidden), (nout, output)), 1):
        names = []
        for i in range(1, width + 1):
            weights = [f"w{layer}_{i}{j + 1}" for j in range(len(before))]
            lines.append("param " + ", ".join(f"{w} = {rng.uniform(-1, 1):.2f}" for w in [*weights, f"b{layer}_{i}"]))
            total = " + ".join(f"{w}*{x}" for w, x in zip(weights, before))
            lines.append(f"z{layer}_{i} = {total} + b{layer}_{i}")
            lines.append(f"a{layer}_{i} = {activation}(z{layer}_{i})")
            names.append(f"a{layer}_{i}")
        before = names
    if loss == "squared":
        terms = [f"(t{i + 1} - {a})^2/2" for i, a in enumerate(before)]
        return "\n".join([*lines, "L = " + " + ".join(terms)])
    terms = [f"t{i + 1}*log({a}) - (1 - t{i + 1})*log(1 - {a})" for i, a in enumerate(before)]
    return "\n".join([*lines, "L = -" + " - ".join(terms)])


def steps(pages: Pages) -> list[Item]:
    """Every step of the work: the forward pass, local derivatives of activations, the backward pass."""
    sheet = pages.sheet
    forward = [Item(0, name) for each in sheet.equations for name in each.names]
    activations = [Item(0, f"a{item.of[1:]}", item.of) for item in forward if item.of[0] == "z"]
    names = [*reversed([item.of for item in forward[:-1]]), *sheet.params]
    items = [*forward, *activations, *(Item(0, "L", name) for name in names)]
    order = {item: i for i, item in enumerate(pages.order(items))}
    return sorted(dict.fromkeys(items), key=order.__getitem__)


def worked(text: str, rng: random.Random, seeded: bool) -> Worked | None:
    """The network worked by hand, with a slip in it if asked; None where no slip changed a number."""
    run = Sheet.parse(text).run()
    pages = Pages(run)
    decimals = rng.choice((3, 4, 6))
    items = steps(pages)
    unprinted = set(rng.sample(items, int(UNPRINTED * len(items))))
    candidates = [item for item in items if item not in unprinted]
    chosen = rng.choice(candidates) if seeded else None
    numbers: dict[Item, float] = {}
    lines, kind = [], ""
    for item in items:
        exact = by_hand(pages, item, numbers)
        if not math.isfinite(exact):  # 1 - p rounded to 0 has no logarithm
            return None
        number = round(exact, decimals)
        if item == chosen:
            kind, wrong = slipped(pages, item, numbers, exact, decimals, rng)
            if abs(wrong - exact) < 1.5 * 10**-decimals:
                return None
            number = wrong
        numbers[item] = number
        if item not in unprinted:
            lines.append(f"{item} ~= {number:.{decimals}f}")
    return Worked("\n".join([text, *lines]), str(chosen or ""), kind)


def by_hand(pages: Pages, item: Item, numbers: dict[Item, float]) -> float:
    """The step from the numbers in the notebook."""
    way = [each for each in pages.order(pages.inputs(item), numbers.__contains__) if each not in numbers]
    used = {each: numbers[each] for each in pages.order(pages.inputs(item), numbers.__contains__) if each in numbers}
    return pages.follow(item, way, used, by_value=True).value


def slipped(
    pages: Pages, item: Item, numbers: dict[Item, float], exact: float, decimals: int, rng: random.Random
) -> tuple[str, float]:
    """The step with a slip of a random kind."""
    kind = rng.choice(SLIPS)
    if kind == "sign":
        return kind, -round(exact, decimals)
    if kind == "transposed":
        digits = list(f"{exact:.{decimals}f}")
        i = rng.randrange(len(digits) - decimals, len(digits) - 1)
        digits[i], digits[i + 1] = digits[i + 1], digits[i]
        return kind, float("".join(digits))
    if kind == "dropped" and not item.by:
        inputs = pages.inputs(item)
        gone = rng.choice(inputs)
        without = {**{each: numbers.get(each, pages.true(each)) for each in inputs}, gone: 0.0}
        value = pages.computed(item, {each: Value(number) for each, number in without.items()}, True).data
        return kind, round(value, decimals) if abs(value) < 1e6 else -round(exact, decimals)
    if kind == "derivative" and item.by and len(pages.terms(item)) == 1 and len(pages.terms(item)[0]) == 2:
        return kind, round(numbers.get(pages.terms(item)[0][0], exact), decimals)
    return "sign", -round(exact, decimals)


def main(count: int) -> None:
    rng = random.Random(0)
    found, clean_false, seeded_total, clean_total = 0, 0, 0, 0
    misses: Counter[str] = Counter()
    start = time.perf_counter()
    while seeded_total < count or clean_total < count:
        seeded = seeded_total < count
        example = worked(network(rng), rng, seeded)
        if example is None:
            continue
        slips = [answer.quantity for answer in check(Sheet.parse(example.text).run()) if answer.verdict == "slip"]
        if seeded:
            seeded_total += 1
            found += slips == [example.slip]
            if slips != [example.slip]:
                misses[example.kind] += 1
        else:
            clean_total += 1
            clean_false += bool(slips)
    took = time.perf_counter() - start
    right, quiet = 100 * found / seeded_total, 100 - 100 * clean_false / clean_total
    print(f"{seeded_total} networks with one slip: the right line, alone, in {right:.2f} % (wanted ≥ 99.5)")
    print(f"{clean_total} networks without: no slip in {quiet:.2f} % (wanted ≥ 99.9)")
    print(f"{1e3 * took / (seeded_total + clean_total):.0f} ms a network; not found, by kind of slip: {dict(misses)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
