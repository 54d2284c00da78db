"""How fast the engine records and differentiates, against micrograd and against microgpt's way to be a Value.

    python -m pip install micrograd && python benchmarks/eager.py [--rounds N]

A round builds each graph, runs backward and releases it, one contestant after the other in one process. Every figure is
the median of the rounds' ratios, in processor time of this thread, with the lowest and the highest of them: these tell
how far the machine's other work, its caches and the collector move it. The release is part of the round: nodes of
micrograd stand in reference cycles, which only the collector can free. On, it runs when it likes, as for a user; off,
as under `gc_paused()`, once, at the end of the round. Memory is what a node of a chain takes.
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from local_grads import LocalGrads
from micrograd.engine import Value as Peer
from micrograd.nn import MLP as PeerMLP

from microgrid.engine import Value
from microgrid.nn import MLP

ROUNDS = 7
SAMPLES = 100
NODES = 100_000
Work = Callable[[], Any]


def chain(kind: type, nodes: int = NODES) -> Any:
    """x·b + c, over and over: a graph as deep as it is large."""
    x, b, c = kind(1.0), kind(0.999999), kind(0.5)
    for _ in range(nodes // 2):
        x = x * b + c
    return x


def moons_step(kind: type, model: Any, inputs: list[list[float]], labels: list[int]) -> None:
    """One step of micrograd's demo: hinge loss of 100 samples, L2, backward."""
    scores = [model(list(map(kind, row))) for row in inputs]
    losses = [(1 + score * -y).relu() for y, score in zip(labels, scores)]
    loss = sum(losses) * (1.0 / len(losses)) + sum(p * p for p in model.parameters()) * 1e-4
    for each in model.parameters():
        each.grad = 0
    loss.backward()


def of_kind(kind: Any, model: Any) -> Any:
    """micrograd's network with parameters of another kind."""
    for neuron in (each for layer in model.layers for each in layer.neurons):
        neuron.w, neuron.b = [kind(each.data) for each in neuron.w], kind(neuron.b.data)
    return model


def moons() -> dict[str, Work]:
    """The step by micrograd, by microgpt's Value, and by ours: every node, then one node a neuron."""
    rng = random.Random(1)
    inputs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(SAMPLES)]
    labels = [rng.choice((-1, 1)) for _ in range(SAMPLES)]
    sizes = 2, [16, 16, 1]
    models: dict[str, tuple[Any, Any]] = {
        "micrograd": (Peer, PeerMLP(*sizes)),
        "microgpt": (LocalGrads, of_kind(LocalGrads, PeerMLP(*sizes))),
        "every node": (Value, MLP(*sizes, expanded=True)),
        "affine": (Value, MLP(*sizes)),
    }
    return {name: (lambda each=each: moons_step(*each, inputs, labels)) for name, each in models.items()}


def chains() -> dict[str, Work]:
    kinds = {"micrograd": Peer, "microgpt": LocalGrads, "chain": Value}
    return {name: (lambda kind=kind: chain(kind).backward()) for name, kind in kinds.items()}


# ── measuring ──────────────────────────────────────────────────────────────────────────────


def seconds(work: Work, collecting: bool) -> float:
    """The processor time of the work and of the release of what it made; the collector runs in between, or does not."""
    gc.collect()
    if not collecting:
        gc.disable()
    start = time.thread_time()
    work()
    gc.collect()
    taken = time.thread_time() - start
    gc.enable()
    return taken


def timed(works: dict[str, Work], rounds: int, collecting: bool) -> dict[str, list[float]]:
    """The times of each work, taken in turns."""
    found = [{name: seconds(work, collecting) for name, work in works.items()} for _ in range(rounds)]
    return {name: [each[name] for each in found] for name in works}


def ratio(peer: Sequence[float], ours: Sequence[float]) -> str:
    """How many times as fast ours is: the median of the rounds' ratios, the lowest and the highest."""
    found = [one / other for one, other in zip(peer, ours)]
    return f"{statistics.median(found):5.1f} ({min(found):.1f}–{max(found):.1f})"


def compare(works: dict[str, Work], rows: dict[str, str], rounds: int) -> None:
    """A line for each of our ways, with both peers and both modes of the collector."""
    on, off = (timed(works, rounds, collecting) for collecting in (True, False))
    for name, title in rows.items():
        cells = [ratio(mode[peer], mode[name]) for peer in ("micrograd", "microgpt") for mode in (on, off)]
        print(f"{title:28}" + "".join(f"{each:>20}" for each in cells) + f"{1e3 * statistics.median(on[name]):9.1f} ms")


def bytes_per_node(kind: type) -> float:
    gc.collect()
    tracemalloc.start()
    graph = chain(kind)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del graph
    gc.collect()
    return size / NODES


def compare_memory() -> None:
    peer, other, ours = map(bytes_per_node, (Peer, LocalGrads, Value))
    shares = f"{ours / peer:.2f} of micrograd's {peer:.0f}, {ours / other:.2f} of microgpt's {other:.0f}"
    print(f"{'memory a node':28}  {ours:.0f} bytes: {shares}")


def show_growth() -> None:
    """Nanoseconds a node, from a thousand nodes to a million deep."""
    for nodes in (1_000, 10_000, 100_000, 1_000_000):
        taken = statistics.median(seconds(lambda size=nodes: chain(Value, size).backward(), True) for _ in range(3))
        print(f"  {nodes:>9,} nodes deep: {taken / nodes * 1e9:6.0f} ns a node")


def main(rounds: int) -> None:
    gc.freeze()  # the collections of a round look at what the round made, not at loaded modules
    print(f"Python {platform.python_version()} on {platform.machine()}, {rounds} rounds: how many times as fast,")
    print("median (lowest–highest), the collector on and off")
    print(" " * 28 + f"{'× micrograd, on':>20}{'off':>20}{'× microgpt, on':>20}{'off':>20}{'ours':>9}")
    compare(chains(), {"chain": f"a chain of {NODES:,} nodes"}, rounds)
    compare(moons(), {"every node": "moons, every × and + a node", "affine": "moons, one node a neuron"}, rounds)
    compare_memory()
    show_growth()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The engine against micrograd and microgpt's Value.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args().rounds
    # the peers' backward recurses a level for each node; ours needs neither line
    sys.setrecursionlimit(10**6)
    threading.stack_size(512 * 1024 * 1024)
    worker = threading.Thread(target=main, args=(asked,))
    worker.start()
    worker.join()
