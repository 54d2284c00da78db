"""How long each verb takes on a long sheet: lines against seconds of processor time.

    python benchmarks/sheets.py [--lines 200 2000 20000] [--rounds N]

Two shapes: a chain, in which each neuron takes in the one before, through one weight; and a layer, of neurons with
weights of their own, summed by tens. Every number is printed beside its equation, and one in twenty of the z is off.
Each verb runs in a new interpreter, its output read from a pipe; start-up is part of it. Figures are medians of the
rounds, and how many times as long that is as at the size before. `explain` writes out the whole backward pass, and says
from some size on that it is too long; so does `draw`.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROUNDS, LINES = 3, (200, 2_000, 20_000)
EVERY = 20  # z, of which one is off
VERBS = {
    "run": (),
    "check": (),
    "explain": (),
    "draw": ("-o", "net.svg"),
    "step": ("--commands", "c"),
}


def neuron(i: int, weight: str, w: float, of: str, x: float) -> tuple[list[str], float]:
    """The four lines of a neuron, and its number."""
    z = w * x + 0.2
    a = 1 / (1 + math.exp(-z))
    off = 0.01 * (i % EVERY == 0)
    return [
        f"z{i} = {weight}*{of} + b", f"a{i} = sigmoid(z{i})", f"z{i} ~= {z + off:.4f}", f"a{i} ~= {a:.4f}",
    ], a  # fmt: skip


HEAD = ["input x = 0.5", "target t = 1", "param w = 0.7, b = 0.2"]


def chain(lines: int) -> list[str]:
    found, before, number = list(HEAD), "x", 0.5
    for i in range(1, lines // 4):
        more, number = neuron(i, "w", 0.7, before, number)
        found += more
        before = f"a{i}"
    return [*found, f"L = ({before} - t)^2/2"]


def layer(lines: int) -> list[str]:
    found, neurons = list(HEAD), lines // 6
    for i in range(1, neurons):
        w = 0.5 + 0.001 * (i % 300)
        found += [f"param w{i} = {w:.3f}", *neuron(i, f"w{i}", round(w, 3), "x", 0.5)[0]]
    return [*found, *tens([f"a{i}" for i in range(1, neurons)]), f"L = (s - {neurons})^2/2"]


def tens(names: list[str], depth: int = 1) -> Iterator[str]:
    """Sums of ten, of these again, down to one, s."""
    if len(names) <= 10:
        yield f"s = {' + '.join(names)}"
        return
    sums = []
    for k in range(0, len(names), 10):
        sums.append(f"s{depth}_{k // 10}")
        yield f"{sums[-1]} = {' + '.join(names[k : k + 10])}"
    yield from tens(sums, depth + 1)


def seconds(verb: str, file: Path, folder: Path) -> float:
    """The processor time of a verb in an interpreter of its own."""
    more = [str(folder / each) if each.endswith(".svg") else each for each in VERBS[verb]]
    before = os.times()
    done = subprocess.run([sys.executable, "-m", "microgrid", verb, str(file), *more], capture_output=True, check=False)
    after = os.times()
    if done.returncode not in (0, 1, 2) or b"Traceback" in done.stderr:
        raise SystemExit(f"{verb} {file.name}: {done.stderr.decode()}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description="Each verb on sheets of more and more lines.")
    parser.add_argument("--lines", type=int, nargs="+", default=LINES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {asked.rounds} rounds")
    print(f"{'':16}" + "".join(f"{f'{lines:,} lines':>16}{'':9}" for lines in asked.lines))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for shape in (chain, layer):
            files = [folder / f"{shape.__name__}{lines}.sheet" for lines in asked.lines]
            for file, lines in zip(files, asked.lines):
                file.write_text("\n".join(shape(lines)) + "\n", encoding="utf-8")
            for verb in VERBS:
                taken = [statistics.median(seconds(verb, file, folder) for _ in range(asked.rounds)) for file in files]
                times = ["", *(f"× {after / before:.1f}" for before, after in pairwise(taken))]
                cells = (f"{each:14.2f} s{more:>9}" for each, more in zip(taken, times))
                print(f"{shape.__name__ + ' ' + verb:16}" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
