"""What the tape of a large graph costs: to make, to hold, and to walk.

    python benchmarks/tape.py [how many nodes]

The graph is random: a node is computed from the one before it and from one of the fifty before
that. The times are medians; a walk goes over the whole tape, step by step.
"""

from __future__ import annotations

import gc
import platform
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

from microgrid.engine import Value, gc_paused
from microgrid.tape import Cursor, Tape, steps
from microgrid.tape.rounds import Rule

NODES = 100_000
ROUNDS = 5
OPERATIONS: list[Callable[[Value, Value], Value]] = [
    lambda x, y: x + y,
    lambda x, y: x * y,
    lambda x, y: x - y,
    lambda x, y: x.max(y),
    lambda x, y: (x + y).tanh(),
]


def tangle(nodes: int) -> Value:
    """A graph of about that many nodes, each of which leads to the root."""
    rng = random.Random(0)
    found = [Value(rng.uniform(-1, 1), label=f"x{i}", role="parameter") for i in range(50)]
    while len(found) < nodes * 5 // 6:  # every fifth operation is two
        found.append(rng.choice(OPERATIONS)(found[-1], rng.choice(found[-50:])))
    return found[-1]


def median(work: Callable[[], Any]) -> float:
    """How long the work takes, in seconds."""
    taken = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def held(make: Callable[[], Any]) -> int:
    """How many bytes what is made holds."""
    gc.collect()
    tracemalloc.start()
    made = make()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return size


def read(tape: Tape) -> Tape:
    """The tape, its gradients computed: they are when the first of them is asked for."""
    tape[-1]
    return tape


def row(name: str, figure: str) -> None:
    print(f"{name:<44} {figure:>12}")


def show_making(root: Value) -> None:
    tape = steps(root)
    print(f"{len(tape.view):,} nodes, {len(tape):,} steps")
    row("made", f"{median(lambda: steps(root)):.2f} s")
    row("made, and its gradients", f"{median(lambda: read(steps(root))):.2f} s")
    row("held, a step", f"{held(lambda: steps(root)) / len(tape):.0f} bytes")
    row("held with its gradients, a step", f"{held(lambda: read(steps(root))) / len(tape):.0f} bytes")


def seconds(move: Callable[[], Any], times: int) -> float:
    """How long so many moves take."""
    start = time.perf_counter()
    for _ in range(times):
        move()
    return time.perf_counter() - start


def show_walking(root: Value) -> None:
    parameters = tuple(node for node in steps(root).graph.leaves if node.role == "parameter")
    for tape in (read(steps(root)), read(steps(root, rules=[Rule(1e-3, root, parameters)]))):
        cursor, size = Cursor(tape), len(tape)
        rounds = f"{len(tape.rounds)} round{'s' * (len(tape.rounds) > 1)}"
        row(f"forward, a step, {rounds}", f"{seconds(cursor.forward, size) / size * 1e6:.1f} µs")
        row(f"back, a step, {rounds}", f"{seconds(cursor.back, size) / size * 1e6:.1f} µs")
        row(f"to a quarter at once, {rounds}", f"{seconds(partial(cursor.go, size // 4), 1):.2f} s")


def main() -> None:
    nodes = int(sys.argv[1]) if sys.argv[1:] else NODES
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {ROUNDS} rounds")
    with gc_paused():
        root = tangle(nodes)
    gc.freeze()  # the collections of a round look at what the round made, not at the graph
    show_making(root)
    show_walking(root)


if __name__ == "__main__":
    main()
