"""A compiled program against NumPy by hand, and against other libraries, in one process.

    python benchmarks/compiled.py [--quick] [--markdown]

A step is forward and backward: from the user's array of samples to the value of each and the gradients
by the parameters as NumPy arrays, conversions included. Every figure is processor time, of all threads, and a
median over rounds, every ratio the median of the ratios within a round; a round runs each contestant once, for
some milliseconds.
What is not installed is left out. Each contestant is first checked to give the program's numbers.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy starts them
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["VECLIB_MAXIMUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import argparse
import gc
import platform
import statistics
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import truediv
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from peers import CONTESTANTS, Digits, Irregular, Moons, NotWritten, Regression, Step, TwoInput, program_of, total

from microgrid.engine import Value
from microgrid.program import Program

ROUNDS, SLICE = 25, 0.008  # seconds that a contestant has in a round
SLOW, FEW = 0.05, 3  # a step that takes so many seconds is in so many rounds
SAME = 1e-9  # how far a contestant may be from the program, relative to the largest number or to 1
PATIENCE = 40.0  # seconds that the next larger graph may be expected to take

COMPARED = 23, 8, 10, 7, 7, 9, 7, 6, 7, 7, 10, 9, 10  # how wide columns are
NARROW = 24, 12, 12, 13, 17

Workload = tuple[str, Callable[[int], Any], int]  # its name, what makes its task, and for how many samples

WORKLOADS: list[Workload] = [
    *(("MLP(2,[16,16,1])", Regression, samples) for samples in (10, 100, 1000)),
    ("MLP(64,[32,10]) softmax", Digits, 128),
    *(("2-input sigmoid network", TwoInput, samples) for samples in (1, 10_000)),
    *(("5,000 operations", Irregular, samples) for samples in (1, 10, 100, 1000)),
    ("moons, the whole loss", lambda _: Moons(), 1),
]
QUICK = [WORKLOADS[1], WORKLOADS[3], WORKLOADS[4]]


class Table:
    """Cells in columns, as text or as Markdown; the first column stands left."""

    def __init__(self, markdown: bool, title: str, heads: Sequence[str], widths: Sequence[int]) -> None:
        self.markdown, self.widths = markdown, widths
        print(f"\n{title}\n" if markdown else f"\n{title}")
        self.row(*heads)
        if markdown:
            self.row("---", *["--:"] * (len(heads) - 1))

    def row(self, *cells: str) -> None:
        if self.markdown:
            print(f"| {' | '.join(cells)} |", flush=True)
        else:
            first, *rest = (f"{cell:>{width}}" for cell, width in zip(cells, self.widths))
            print(f"{cells[0]:<{len(first)}}" + "".join(rest), flush=True)


def figure(number: float) -> str:
    """Three digits, or as many as stand before the point; two of what is small."""
    for below, digits in ((0.0995, 3), (9.995, 2), (99.95, 1)):
        if number < below:
            return f"{number:.{digits}f}"
    return f"{number:,.0f}"


# ── contestants in turns ───────────────────────────────────────────────────────────────────


class Entry(NamedTuple):
    """A contestant that is ready: its step, how often it runs in a round, in how many rounds, and for how many."""

    step: Step
    calls: int
    rounds: int
    scale: float


def entry(make: Callable[[Any], Step], task: Any, program: Program, rounds: int) -> Entry | str:
    """A contestant for the task; or why it does not take part."""
    try:
        step = make(task)
        samples = agreed(task, program, step())
        spent = min(seconds(step, 1) for _ in range(2))
    except ModuleNotFoundError:
        return "not installed"
    except NotWritten as reason:
        return str(reason)
    except Exception as error:  # whatever a library raises, the others go on
        return f"{type(task).__name__}: {type(error).__name__}: {str(error).split(chr(10))[0][:80]}"
    often = min(rounds, FEW) if spent > SLOW else rounds
    return Entry(step, int(SLICE / spent) + 1, often, len(task.table) / samples)


def agreed(task: Any, program: Program, found: tuple[Any, Any]) -> int:
    """How many samples a step ran. Raises ValueError where it found other numbers than the program."""
    values, gradient = found[0], found[1] if isinstance(found[1], np.ndarray) else task.flat(found[1])
    for theirs, ours in zip((values, gradient), program.value_and_grad(task.table[: len(values)], task.theta)):
        error = np.abs(theirs - ours).max() / max(1.0, np.abs(ours).max())
        if not error <= SAME:
            raise ValueError(f"differs from the program by {error:.0e}")
    return len(values)


def seconds(step: Step, calls: int) -> float:
    """The processor time of a step, all threads together, in the mean over so many."""
    start = time.process_time()
    for _ in range(calls):
        step()
    return (time.process_time() - start) / calls


def typical(step: Step) -> float:
    """The median of five times, after one that is not counted."""
    calls = int(SLICE / seconds(step, 1)) + 1
    return statistics.median(seconds(step, calls) for _ in range(5))


def in_turns(found: dict[str, Entry], rounds: int) -> dict[str, list[float]]:
    """The time of each contestant in each round, for all samples."""
    times: dict[str, list[float]] = {name: [] for name in found}
    gc.collect()
    gc.freeze()  # what collections in a round look at is what the round made
    for k in range(rounds):
        for name, entry in found.items():
            if k < entry.rounds:
                gc.collect()  # nobody pays for what the one before left
                times[name].append(seconds(entry.step, entry.calls) * entry.scale)
    gc.unfreeze()
    return times


def compare(workloads: Sequence[Workload], rounds: int, markdown: bool) -> None:
    peers, notes = list(CONTESTANTS)[2:], []
    title = "A step of the program, divided by that by hand; and how many times as long others take"
    table = Table(markdown, title, ["forward + backward", "samples", "program", "÷ hand", *peers], COMPARED)
    for name, make, samples in workloads:
        task = make(samples)
        program = program_of(task)
        tried = {each: entry(make, task, program, rounds) for each, make in CONTESTANTS.items()}
        notes += [f"{each}: {found}" for each, found in tried.items() if isinstance(found, str)]
        table.row(name, f"{samples:,}", *measured({k: e for k, e in tried.items() if isinstance(e, Entry)}, rounds))
    print("\n~ from fewer samples, one after the other")
    print("ddx-ad: LLVM compiled the graphs beforehand; that of moons is walked, as compiling it takes a minute")
    print(*dict.fromkeys(notes), sep="\n")


def measured(found: dict[str, Entry], rounds: int) -> list[str]:
    """The cells of a row: microseconds of the program, what part of hand that is, and the peers."""
    times = in_turns(found, rounds)
    if "program" not in times:
        return []
    ratios = {name: statistics.median(map(truediv, times[name], times["program"])) for name in found}
    shown = {name: "~" * (found[name].scale > 1) + figure(ratio) for name, ratio in ratios.items()}
    shown["hand"] = figure(1 / ratios["hand"]) if "hand" in ratios else "–"
    shown["program"] = f"{figure(statistics.median(times['program']) * 1e6)} µs"
    return [shown.get(name, "–") for name in CONTESTANTS]


# ── what compiling costs ───────────────────────────────────────────────────────────────────


def lowered(root: Value, inputs: Sequence[Value], params: Sequence[Value]) -> tuple[Program, float]:
    """A program that is ready to run, and what that took: record, plan, source, exec."""
    start = time.perf_counter()
    program = Program(root, inputs, params)
    program.source  # noqa: B018
    return program, time.perf_counter() - start


def show_lowering(quick: bool, markdown: bool) -> None:
    heads = ["a graph", "nodes", "lower: ms", "µs a node"]
    table = Table(markdown, "Cost of lowering: record, plan, source, exec", heads, NARROW)
    graphs = {"MLP(2,[16,16,1])": partial(Regression, 1, expanded=True), "5,000 operations": partial(Irregular, 1)}
    for name, make in (graphs if quick else {**graphs, "moons, the whole loss": Moons}).items():
        task = make()
        inputs = list(map(Value, task.table[0].tolist()))
        root = task.recorded(inputs)
        found = [lowered(root, inputs, task.parameters) for _ in range(3)]
        spent, nodes = statistics.median(each for _, each in found), len(found[0][0].record)
        table.row(name, f"{nodes:,}", figure(spent * 1e3), figure(spent / nodes * 1e6))


def wide(nodes: int) -> tuple[Value, list[Value], list[Value]]:
    """Σ tanh(w x + k): five nodes a term."""
    x, w = Value(0.3), [Value(i / 10, role="parameter") for i in range(10)]
    return total((w[k % 10] * x + float(k)).tanh() for k in range(nodes // 5)), [x], w


def deep(nodes: int) -> tuple[Value, list[Value], list[Value]]:
    """x w + b, over and over: two nodes a level."""
    x, w, b = Value(0.3), Value(0.5, role="parameter"), Value(0.1, role="parameter")
    root = x
    for _ in range(nodes // 2):
        root = root * w + b
    return root, [x], [w, b]


def growth(kind: Callable[[int], Any], sizes: Sequence[int]) -> Iterator[tuple[int, float, float]]:
    """Nodes, and seconds to lower and to step one sample; ends where the next size would take too long."""
    before, expected = 0.0, 0.0
    for size in sizes:
        if expected > PATIENCE:
            return
        graph = kind(size)
        program, spent = lowered(*graph)
        yield len(program.record), spent, typical(partial(program.value_and_grad, np.array([[0.3]])))
        expected, before = spent * max(10.0, spent / before if before else 0.0), spent


def show_growth(quick: bool, markdown: bool) -> None:
    heads = ["a graph of one sample", "nodes", "lower: ms", "µs a node", "step: ns a node"]
    table = Table(markdown, "Cost against nodes", heads, NARROW)
    largest = 3 if quick else 6
    for name, kind, most in (("wide: Σ tanh(w x + k)", wide, 6), ("deep: x w + b, repeated", deep, 5)):
        sizes = [10**k for k in range(2, min(largest, most) + 1)]
        rows = list(growth(kind, sizes))
        for nodes, lower, step in rows:
            table.row(name, f"{nodes:,}", figure(lower * 1e3), figure(lower / nodes * 1e6), figure(step / nodes * 1e9))
        if len(rows) < len(sizes):
            table.row(name, f"{sizes[len(rows)]:,}", f"> {PATIENCE * 1e3:,.0f}", "", "")


def show_batches(quick: bool, markdown: bool) -> None:
    title = "Cost against samples; the peak is that of the program's arrays and of the values"
    table = Table(markdown, title, ["MLP(2,[16,16,1])", "samples", "µs a step", "ns a sample", "peak MB"], NARROW)
    for samples in [10**k for k in range(5 if quick else 7)]:
        task = Regression(samples)
        program = program_of(task)
        tracemalloc.start()
        program.value_and_grad(task.table, task.theta)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        step = typical(partial(program.value_and_grad, task.table, task.theta))
        table.row("", f"{samples:,}", figure(step * 1e6), figure(step / samples * 1e9), figure(peak / 1e6))


# ── all of it ──────────────────────────────────────────────────────────────────────────────


def processor() -> str:
    """What the processor is called, as far as the system says."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def main() -> None:
    parser = argparse.ArgumentParser(description="A compiled program against NumPy by hand and other libraries.")
    parser.add_argument("--quick", action="store_true", help="the main rows, few rounds")
    parser.add_argument("--markdown", action="store_true", help="tables in Markdown")
    given = parser.parse_args()
    rounds = 5 if given.quick else ROUNDS
    print(f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, NumPy {np.__version__}")
    print(f"float64, 1 BLAS thread, medians of {rounds} rounds")
    compare(QUICK if given.quick else WORKLOADS, rounds, given.markdown)
    for show in (show_lowering, show_growth, show_batches):
        show(given.quick, given.markdown)


if __name__ == "__main__":
    # micrograd's backward recurses a level for each node; ours needs neither line.
    sys.setrecursionlimit(10**6)
    threading.stack_size(512 * 1024 * 1024)
    with ThreadPoolExecutor(1) as worker:
        worker.submit(main).result()
