"""How long a person waits before microgrid does anything.

    python -m pip install . && python benchmarks/startup.py

Each command runs in a new interpreter, its bytecode cached, and the commands take turns; the
figures are medians. The import is what it adds to an interpreter that imports NumPy. `check` takes in
a sheet with slips, for which it has to look for the mistakes, and one whose formula it has to prove.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROUNDS = 15
SHEET = Path(__file__).parents[1] / "demos" / "two_input_sigmoid.sheet"
FORMULA = "input x = 0.5\ntarget t = 1\nparam w = 0.7, b = 0.2\nz = w*x + b\nL = (z - t)^2/2\ndL/dw == (z - t)*x\n"


class Command(NamedTuple):
    """What an interpreter is started with, and its exit code: `check` says 1 of a sheet with slips."""

    arguments: tuple[str, ...]
    code: int = 0


def commands(formula: Path) -> dict[str, Command]:
    """What is timed; `formula` is a sheet with one published formula."""
    return {
        "numpy": Command(("-c", "import numpy")),
        "value": Command(("-c", "import numpy; from microgrid import Value")),
        "help": Command(("-m", "microgrid", "--help")),
        "run": Command(("-m", "microgrid", "run", str(SHEET))),
        "check": Command(("-m", "microgrid", "check", str(SHEET)), code=1),
        "prove": Command(("-m", "microgrid", "check", str(formula))),
    }


def seconds(command: Command) -> float:
    """How long a new interpreter takes with a command."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *command.arguments], stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - start
    if done.returncode != command.code:
        raise SystemExit(f"{' '.join(command.arguments)} ended with {done.returncode}, not {command.code}")
    return taken


def medians() -> dict[str, float]:
    """The median time of each command, taken in turns after a round that only fills the caches."""
    with tempfile.TemporaryDirectory() as folder:
        formula = Path(folder) / "formula.sheet"
        formula.write_text(FORMULA, encoding="utf-8")
        asked = commands(formula)
        rounds = [[seconds(command) for command in asked.values()] for _ in range(ROUNDS + 1)]
    return dict(zip(asked, map(statistics.median, zip(*rounds[1:]))))


def row(name: str, taken: float, wanted: float) -> None:
    print(f"{name:<44} {taken:7.3f} s   (wanted ≤ {wanted:.2f})")


def main() -> None:
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {ROUNDS} rounds")
    taken = medians()
    row("from microgrid import Value, beyond NumPy", taken["value"] - taken["numpy"], 0.15)
    row("microgrid --help", taken["help"], 0.3)
    row(f"microgrid run demos/{SHEET.name}", taken["run"], 0.6)
    row(f"microgrid check demos/{SHEET.name}", taken["check"], 0.5)
    row("microgrid check, one formula to prove", taken["prove"], 0.4)


if __name__ == "__main__":
    main()
