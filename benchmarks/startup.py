"""How long a person waits before microgrid does anything.

    python -m pip install . && python benchmarks/startup.py

Each command runs in a new interpreter, its bytecode cached, and the commands take turns; the
figures are medians. The import is what it adds to an interpreter that imports NumPy.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
SHEET = Path(__file__).parents[1] / "demos" / "two_input_sigmoid.sheet"
COMMANDS = {
    "numpy": ["-c", "import numpy"],
    "value": ["-c", "import numpy; from microgrid import Value"],
    "help": ["-m", "microgrid", "--help"],
    "run": ["-m", "microgrid", "run", str(SHEET)],
}


def seconds(arguments: list[str]) -> float:
    """How long a new interpreter takes with these arguments."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def medians() -> dict[str, float]:
    """The median time of each command, taken in turns after a round that only fills the caches."""
    rounds = [[seconds(arguments) for arguments in COMMANDS.values()] for _ in range(ROUNDS + 1)]
    return dict(zip(COMMANDS, map(statistics.median, zip(*rounds[1:]))))


def row(name: str, taken: float, wanted: float) -> None:
    print(f"{name:<44} {taken:7.3f} s   (wanted ≤ {wanted:.2f})")


def main() -> None:
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {ROUNDS} rounds")
    taken = medians()
    row("from microgrid import Value, beyond NumPy", taken["value"] - taken["numpy"], 0.15)
    row("microgrid --help", taken["help"], 0.3)
    row(f"microgrid run demos/{SHEET.name}", taken["run"], 0.6)


if __name__ == "__main__":
    main()
