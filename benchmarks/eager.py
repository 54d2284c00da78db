"""How fast the engine records and differentiates, against micrograd in the same process.

    python -m pip install micrograd && python benchmarks/eager.py

Every figure is a ratio of medians over interleaved rounds. A round builds the graph, runs
backward and releases it, with the collector on, as a user runs it: nodes of micrograd stand in
reference cycles, so their release is the collector's work, and it is part of the round.
"""

from __future__ import annotations

import gc
import platform
import random
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from micrograd.engine import Value as Peer
from micrograd.nn import MLP as PeerMLP

from microgrid.engine import Value
from microgrid.nn import MLP

ROUNDS = 7
SAMPLES = 100


def chain(kind: type, nodes: int) -> Any:
    """x·b + c, over and over: a graph as deep as it is large."""
    x, b, c = kind(1.0), kind(0.999999), kind(0.5)
    for _ in range(nodes // 2):
        x = x * b + c
    return x


def moons_step(kind: type, model: Any, inputs: list[list[float]], labels: list[int]) -> None:
    """One step of micrograd's demo: hinge loss of 100 samples, L2, backward."""
    scores = [model(list(map(kind, row))) for row in inputs]
    losses = [(1 + -y * score).relu() for y, score in zip(labels, scores)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    loss.backward()


def seconds(work: Callable[[], Any]) -> float:
    """How long the work and the release of what it made take."""
    gc.collect()
    start = time.perf_counter()
    work()
    gc.collect()
    return time.perf_counter() - start


def medians(*works: Callable[[], Any]) -> list[float]:
    """The median time of each work, taken in turns."""
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds)]


def bytes_per_node(build: Callable[[], Any], nodes: int) -> float:
    gc.collect()
    tracemalloc.start()
    graph = build()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del graph
    gc.collect()
    return size / nodes


def row(name: str, ratio: float, wanted: str, detail: str) -> None:
    print(f"{name:<44} {ratio:7.2f} ×   (wanted {wanted:<8}) {detail}")


def compare_chain(nodes: int = 100_000) -> None:
    peer, ours = medians(lambda: chain(Peer, nodes).backward(), lambda: chain(Value, nodes).backward())
    row(f"chain of {nodes:,} nodes, faster", peer / ours, "≥ 5", f"{peer * 1e3:.0f} ms → {ours * 1e3:.0f} ms")


def compare_moons() -> None:
    rng = random.Random(1)
    inputs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(SAMPLES)]
    labels = [rng.choice((-1, 1)) for _ in range(SAMPLES)]
    sizes = 2, [16, 16, 1]
    models = [(Peer, PeerMLP(*sizes)), (Value, MLP(*sizes, expanded=True)), (Value, MLP(*sizes))]

    def step(kind: type, model: Any) -> Callable[[], None]:
        return lambda: [moons_step(kind, model, inputs, labels) for _ in range(3)] and None

    peer, expanded, affine = (time / 3 for time in medians(*(step(*each) for each in models)))
    row("moons step, all nodes, faster", peer / expanded, "≥ 8", f"{peer * 1e3:.0f} ms → {expanded * 1e3:.0f} ms")
    row("moons step, affine neurons, faster", peer / affine, "≥ 45", f"{peer * 1e3:.0f} ms → {affine * 1e3:.1f} ms")


def compare_memory(nodes: int = 100_000) -> None:
    peer = bytes_per_node(lambda: chain(Peer, nodes), nodes)
    ours = bytes_per_node(lambda: chain(Value, nodes), nodes)
    row("memory a node", ours / peer, "≤ 0.35", f"{peer:.0f} → {ours:.0f} bytes")


def show_growth() -> None:
    """Nanoseconds a node, from a thousand nodes to a million deep."""
    for nodes in (1_000, 10_000, 100_000, 1_000_000):
        time_taken = statistics.median(seconds(lambda size=nodes: chain(Value, size).backward()) for _ in range(3))
        print(f"  {nodes:>9,} nodes deep: {time_taken / nodes * 1e9:6.0f} ns a node")


def main() -> None:
    gc.freeze()  # the collections of a round look at what the round made, not at loaded modules
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {ROUNDS} rounds, against micrograd")
    compare_chain()
    compare_moons()
    compare_memory()
    show_growth()


if __name__ == "__main__":
    # micrograd's backward recurses a level for each node; ours needs neither line.
    sys.setrecursionlimit(10**6)
    threading.stack_size(512 * 1024 * 1024)
    worker = threading.Thread(target=main)
    worker.start()
    worker.join()
