"""Whether the tests notice a planted mistake: run in a copy of the tree, the quickest first."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .chooser import CHOSEN
from .copies import environment
from .plants import Plant

RUNS = 1.0, 10.0, 40.0  # seconds of tests, all together, after a first, a second and a third run
MOST = RUNS[-1]
HANGS = 10  # times as long as it takes is no longer slow
STARTS = 20.0  # seconds of processor time to begin with
MEMORY = 8 << 30  # bytes
TEN_YEARS = 315_000_000  # seconds


class Bench:
    """A copy of the tree, in which one mistake after another is tried."""

    def __init__(self, tree: Path, took: dict[str, float], starts: float = STARTS) -> None:
        self.tree, self.took, self.starts, self.clock = tree, took, starts, int(time.time()) - TEN_YEARS

    def write(self, file: Path, text: str) -> None:
        """Each text is of another second, long ago, so that nobody takes it for the compiled one before."""
        file.write_text(text, encoding="utf-8")
        self.clock += 1
        os.utime(file, (self.clock, self.clock))

    def verdict(self, module: str, plant: Plant, tests: Sequence[str]) -> tuple[str, str]:
        """ "noticed" with the first test that fails, "hang", or "survived"."""
        file = self.tree / module
        text = file.read_text(encoding="utf-8")
        self.write(file, plant.put(text))
        try:
            for batch in batches(tests, self.took):
                found = self.run(batch)
                if found[0] != "survived":
                    return found
            return "survived", f"{len(tests)} tests"
        finally:
            self.write(file, text)

    def run(self, tests: Sequence[str]) -> tuple[str, str]:
        chosen = Path(f"{self.tree}.chosen")
        chosen.write_text("\n".join(tests), encoding="utf-8")
        files = sorted({test.partition("::")[0] for test in tests})
        command = [sys.executable, "-m", "pytest", "-xq", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
        command += ["-p", "benchmarks.mutation.chooser", *files]
        seconds = self.starts + HANGS * sum(self.took.get(test, 0.0) for test in tests)
        return self.said(command, environment(self.tree, **{CHOSEN: str(chosen)}), seconds)

    def said(self, command: list[str], variables: dict[str, str], seconds: float) -> tuple[str, str]:
        """What a run found; one that waits for something for ever is stopped as well."""
        own = {"cwd": self.tree, "env": variables, "preexec_fn": bounded(seconds), "stdin": subprocess.DEVNULL}
        try:
            done = subprocess.run(
                command, capture_output=True, encoding="utf-8", errors="replace", timeout=600 + 5 * seconds, **own
            )
        except subprocess.TimeoutExpired:
            return "hang", "it waits"
        if done.returncode < 0:
            return "hang", f"signal {-done.returncode}"
        if done.returncode in (0, 5):
            return "survived", ""
        lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return "noticed", lines[0].partition(" - ")[0] if lines else done.stdout[-300:] + done.stderr[-300:]


def bounded(seconds: float) -> Callable[[], None]:
    """Bounds for a process and what it starts: time of the processor, and memory."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    return bound


def batches(tests: Sequence[str], took: dict[str, float]) -> list[list[str]]:
    """The tests of each run: most mistakes are noticed in the first, which is short."""
    found: list[list[str]] = [[] for _ in RUNS]
    sum_ = 0.0
    for test in tests:
        sum_ += took.get(test, 0.0)
        found[next((at for at, most in enumerate(RUNS) if sum_ <= most), len(RUNS) - 1)].append(test)
    return [each for each in found if each]
