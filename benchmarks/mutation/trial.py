"""Whether the tests notice a planted mistake, in a copy of the tree, the quickest first.

A mistake inside a function is put into the functions of a process that has collected all tests. One that is
made while modules are imported, and one that other processes run too, is written into the copy's file.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .chooser import CHOSEN
from .copies import environment
from .plants import Plant
from .server import NOWHERE, SERVES

RUNS = 1.0, 20.0  # seconds of tests, all together, after a first and a second run
MOST = RUNS[-1]
HANGS = 10  # times as long as it takes is no longer slow
STARTS = 20.0  # seconds of processor time to begin with
MEMORY = 8 << 30  # bytes
TEN_YEARS = 315_000_000  # seconds
COLLECTED = ("tests", "microgrid", "README.md")


class Bench:
    """A copy of the tree, in which one mistake after another is tried."""

    def __init__(self, tree: Path, took: dict[str, float], starts: float = STARTS) -> None:
        self.tree, self.took, self.starts, self.clock = tree, took, starts, int(time.time()) - TEN_YEARS

    def verdict(self, module: str, plant: Plant, tests: Sequence[str], imported: bool = True) -> tuple[str, str]:
        """ "noticed" with the first test that fails, "hang", or "survived".

        imported  whether the line also runs while modules are imported and tests are collected, or in none of them
        """
        file = self.tree / module
        text = file.read_text(encoding="utf-8")
        if not is_outside(text, plant.put(text)):
            found = self.in_a_child(module, text, plant, tests)
            if found[0] in ("noticed", "hang") or (found[0] == "survived" and not imported):
                return found
        return self.in_the_file(file, text, plant, tests)

    # ── in the functions that are there ──

    def in_a_child(self, module: str, text: str, plant: Plant, tests: Sequence[str]) -> tuple[str, str]:
        trial = {"module": module, "before": text, "after": plant.put(text), "tests": list(tests)}
        found = self.asked({**trial, "seconds": self.seconds(tests)})
        if found == NOWHERE or found.startswith("signal"):
            return (NOWHERE if found == NOWHERE else "hang"), found
        return ("noticed", found) if found else ("survived", f"{len(tests)} tests")

    def seconds(self, tests: Sequence[str]) -> int:
        return int(self.starts + HANGS * sum(self.took.get(test, 0.0) for test in tests))

    def asked(self, trial: dict[str, object]) -> str:
        if not hasattr(self, "server"):
            self.serve()
        print(json.dumps(trial), file=self.trials, flush=True)
        return json.loads(self.answers.readline())

    def serve(self) -> None:
        """Start the process that has collected all tests, and wait until it has."""
        (reads, writes), (hears, says) = os.pipe(), os.pipe()
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
        command += ["-p", "benchmarks.mutation.server", *(each for each in COLLECTED if (self.tree / each).exists())]
        nothing = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        variables = environment(self.tree, **{SERVES: f"{reads} {says}"})
        self.server = subprocess.Popen(
            command, cwd=self.tree, env=variables, pass_fds=(reads, says), preexec_fn=bounded, **nothing
        )
        os.close(reads)
        os.close(says)
        self.trials, self.answers = os.fdopen(writes, "w"), os.fdopen(hears)
        assert json.loads(self.answers.readline()) == "ready"

    def close(self) -> None:
        if hasattr(self, "server"):
            self.trials.close()
            self.server.wait()
            self.answers.close()

    # ── in the file ──

    def in_the_file(self, file: Path, text: str, plant: Plant, tests: Sequence[str]) -> tuple[str, str]:
        self.write(file, plant.put(text))
        try:
            for batch in batches(tests, self.took):
                found = self.run(batch)
                if found[0] != "survived":
                    return found
            return "survived", f"{len(tests)} tests"
        finally:
            self.write(file, text)

    def write(self, file: Path, text: str) -> None:
        """Each text is of another second, long ago, so that nobody takes it for the compiled one before."""
        file.write_text(text, encoding="utf-8")
        self.clock += 1
        os.utime(file, (self.clock, self.clock))

    def run(self, tests: Sequence[str]) -> tuple[str, str]:
        """What a process of its own finds; one that waits for something for ever is stopped as well."""
        chosen = Path(f"{self.tree}.chosen")
        chosen.write_text("\n".join(tests), encoding="utf-8")
        seconds = self.seconds(tests)
        command = [sys.executable, "-m", "pytest", "-xq", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist"]
        command += ["-p", "benchmarks.mutation.chooser", *sorted({test.partition("::")[0] for test in tests})]
        own = {"cwd": self.tree, "env": environment(self.tree, **{CHOSEN: str(chosen)}), "stdin": subprocess.DEVNULL}
        own |= {"capture_output": True, "encoding": "utf-8", "errors": "replace", "timeout": 600 + 5 * seconds}
        try:
            done = subprocess.run(command, preexec_fn=lambda: bounded(seconds), **own)
        except subprocess.TimeoutExpired:
            return "hang", "it waits"
        return ended(done)


def ended(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    if done.returncode < 0:
        return "hang", f"signal {-done.returncode}"
    if done.returncode in (0, 5):
        return "survived", ""
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return "noticed", lines[0].partition(" - ")[0] if lines else (done.stdout + done.stderr)[-300:]


def bounded(seconds: int = 0) -> None:
    """Bounds for a process and what it starts: memory, and time of the processor."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def batches(tests: Sequence[str], took: dict[str, float]) -> list[list[str]]:
    """The tests of each run: most mistakes are noticed in the first, which is short."""
    found: list[list[str]] = [[] for _ in RUNS]
    sum_ = 0.0
    for test in tests:
        sum_ += took.get(test, 0.0)
        found[next((at for at, most in enumerate(RUNS) if sum_ <= most), len(RUNS) - 1)].append(test)
    return [each for each in found if each]


def is_outside(before: str, after: str) -> bool:
    """Whether texts differ outside the bodies of functions, where they are run while they are imported."""
    return bare(before) != bare(after)


def bare(text: str) -> str:
    """A text without the bodies of its functions."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.body = []
        elif isinstance(node, ast.Lambda):
            node.body = ast.Constant(0)
    return ast.dump(tree)
