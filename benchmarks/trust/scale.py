"""How large things may be: measured here and now, in seconds of this process's own."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from microgrid import Program, Sheet, Value, explain, gc_paused
from microgrid.answers import check
from microgrid.engine.functions import total


def seconds(done: Callable[[], object]) -> float:
    """The best of three."""
    found = []
    for _ in range(3):
        start = time.process_time()
        done()
        found.append(time.process_time() - start)
    return min(found)


def deep() -> None:
    """A chain of a million nodes: built, differentiated, freed."""
    with gc_paused():
        node, b, c = Value(1.0), Value(0.999999), Value(1e-6)
        for _ in range(500_000):
            node = node * b + c
        node.backward()


def wide() -> None:
    with gc_paused():
        total([Value(1.0) for _ in range(100_000)]).backward()


def lines(count: int) -> str:
    """A sheet whose every other line is a published number, and right."""
    text = ["param w = 0.5", "a0 = w"]
    for i in range(1, count // 2):
        text += [f"a{i} = tanh(a{i - 1}*w + 1)"]
    values = Sheet.parse("\n".join(text)).run().rounds[0].values
    return "\n".join([*text, *(f"a{i} ~= {values[f'a{i}']:.4f}" for i in range(1, count // 2))])


def checked() -> str:
    text = lines(2000)
    return per(2000, "lines", lambda: check(Sheet.parse(text).run()))


def worked() -> str:
    text = "param w = 1, b = 0\nL = (w*2 + b - 3)^2\nupdate 0.01 × 2000"
    return per(2000, "rounds", lambda: Sheet.parse(text).run())


def compiled() -> str:
    x, y, w = Value(1.0), Value(2.0), Value(0.5)
    program, batch = Program((w * x - y).tanh() ** 2, inputs=[x, y], params=[w]), np.ones((100_000, 2))
    return per(len(batch), "samples", lambda: program.value_and_grad(batch))


def explained() -> str:
    node = x = Value(0.5, label="x")
    for _ in range(1500):
        node = node.sin()
    return f"{seconds(lambda: explain(node, wrt=x).text()):.2f} s"


FIGURES: dict[str, Callable[[], str]] = {
    "a chain of 1,000,000 nodes built, differentiated and freed": lambda: f"{seconds(deep):.1f} s",
    "a sum of 100,000 terms built, differentiated and freed": lambda: f"{seconds(wide):.2f} s",
    "a sheet read, worked and checked, every other line a published number": checked,
    "a small sheet worked for 2,000 rounds": worked,
    "a compiled network of one neuron, values and gradients": compiled,
    "a chain of 1,500 local derivatives written out": explained,
}


def measured() -> dict[str, object]:
    """Each figure by what it is of."""
    return {"machine": machine(), "figures": {what: measure() for what, measure in FIGURES.items()}}


def per(count: int, things: str, done: Callable[[], object]) -> str:
    """How many a second, to two digits."""
    rate = count / seconds(done)
    digits = 10 ** max(0, len(str(int(rate))) - 2)
    return f"{round(rate / digits) * digits:,} {things}/s"


def machine() -> str:
    told = Path("/proc/cpuinfo")
    rows = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [row.partition(":")[2].strip() for row in rows if row.startswith("model name")]
    parts = [*(names or [platform.machine()])[:1], f"{os.cpu_count()} cores", platform.system()]
    return ", ".join([*parts, f"CPython {platform.python_version()}", f"NumPy {np.__version__}"])
