"""How long a picture takes: values against seconds, by each Graphviz engine that is there.

    python benchmarks/layout.py [--rounds N] [--markdown]

A chain in which every link multiplies by the same weight, which made Graphviz slower than any power of its length; a
network of layers, every neuron a card; and a net of random links. A picture is drawn from the values to the bytes of an
SVG, at the level that is chosen unless told, and the chain also with a card for every operation. Figures are medians of
the rounds; what an engine does not finish in its time is said.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from microgrid import Value, draw
from microgrid.errors import RenderError
from microgrid.nn import MLP
from microgrid.picture.render import engines

ROUNDS = 3


def chain(values: int) -> Value:
    """tanh(w a) of tanh(w a), over and over: two values a link, and one weight for all."""
    w, a = Value(0.9, label="w"), Value(0.5, label="x")
    for _ in range(values // 2):
        a = (w * a).tanh()
    return a


def network(values: int) -> Value:
    """Three layers, every neuron a card of its own."""
    width = max(2, int((values / 3) ** 0.5))
    model = MLP(width, [width, width, 1], seed=1)
    out: Value = model([Value(0.1 * i, label=f"x{i}") for i in range(width)])
    return out


def tangle(values: int) -> Value:
    """Sums and products of what came before, chosen at random."""
    rng, nodes = random.Random(0), [Value(0.5, label="a"), Value(0.3, label="b")]
    while len(nodes) < values:
        a, b = rng.choice(nodes[-12:]), rng.choice(nodes[-40:])
        nodes.append(a * b if rng.random() < 0.5 else a + b)
    return sum(nodes[-4:], Value(0.0))


SHAPES: dict[str, tuple[Callable[[int], Value], str | None, tuple[int, ...]]] = {
    "a chain with one weight": (chain, None, (100, 400, 1000)),
    "each of its operations": (chain, "op", (100, 400, 1000)),
    "layers": (network, None, (50, 150)),
    "a tangle": (tangle, None, (50, 150)),
}


def seconds(root: Value, level: str | None) -> tuple[float, str]:
    """What the picture took, and what it shows; or why there is none."""
    start = time.perf_counter()
    try:
        figure = draw(root, level=level)
        figure.pipe("svg")
        return time.perf_counter() - start, repr(figure).split(": ")[-1].rstrip(">")
    except RenderError as error:
        return time.perf_counter() - start, str(error).split(";")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a picture takes, by each Graphviz engine.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--markdown", action="store_true", help="a table in Markdown")
    given = parser.parse_args()
    row = "| {} | {} | {} | {} | {} |" if given.markdown else "{:<26}{:>7}  {:<15}{:>8}  {}"
    print(row.format("picture", "values", "engine", "seconds", "shown"))
    if given.markdown:
        print("|---|--:|---|--:|---|")
    for name, (make, level, sizes) in SHAPES.items():
        for size in sizes:
            root = make(size)
            root.backward()
            for engine in dict.fromkeys(engines()):
                os.environ["MICROGRID_DOT"] = engine
                found = [seconds(root, level) for _ in range(given.rounds)]
                spent = statistics.median(each for each, _ in found)
                print(row.format(name, f"{size:,}", Path(engine).name, f"{spent:.2f}", found[0][1]), flush=True)
                del os.environ["MICROGRID_DOT"]


if __name__ == "__main__":
    main()
