"""How long a person waits before microgrid does anything.

    python -m pip install . && python benchmarks/startup.py [--than FOLDER]

Each command runs in a new interpreter, its bytecode cached, and the commands take turns; the
figures are medians. The import is what it adds to an interpreter that imports NumPy. `check` takes in
a sheet that is right, one with slips, for which it has to look for the mistakes, and one whose formula
it has to prove. Beside a FOLDER with another version of microgrid both take turns, and the last column is
how long this one takes of each second of that one.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROUNDS = 15
HERE = Path(__file__).parents[1]
SHEET, RIGHT = HERE / "demos" / "two_input_sigmoid.sheet", HERE / "demos" / "two_relus.sheet"
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
        "right": Command(("-m", "microgrid", "check", str(RIGHT))),
        "check": Command(("-m", "microgrid", "check", str(SHEET)), code=1),
        "prove": Command(("-m", "microgrid", "check", str(formula))),
    }


def seconds(command: Command, package: Path) -> float:
    """How long a new interpreter takes with a command of a version of the package."""
    environment = {**os.environ, "PYTHONPATH": str(package)}
    whole = [sys.executable, *command.arguments]
    start = time.perf_counter()
    done = subprocess.run(whole, stdout=subprocess.DEVNULL, cwd=package, env=environment, check=False)
    taken = time.perf_counter() - start
    if done.returncode != command.code:
        raise SystemExit(f"{' '.join(command.arguments)} ended with {done.returncode}, not {command.code}")
    return taken


def medians(packages: list[Path]) -> list[dict[str, float]]:
    """The median time of each command with each package, taken in turns after a round that only fills the caches."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        formula = Path(folder) / "formula.sheet"
        formula.write_text(FORMULA, encoding="utf-8")
        asked = commands(formula)
        rounds = [
            [[seconds(command, package) for package in packages] for command in asked.values()]
            for _ in range(ROUNDS + 1)
        ]
    return [
        dict(zip(asked, (statistics.median(each[k] for each in taken) for taken in zip(*rounds[1:]))))
        for k in range(len(packages))
    ]


def row(name: str, taken: list[float], wanted: float) -> None:
    beside = "".join(f"{each:9.3f} s {taken[0] / each:8.2f}" for each in taken[1:])
    print(f"{name:<44} {taken[0]:7.3f} s   (wanted ≤ {wanted:.2f}){beside}")


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a person waits before microgrid does anything.")
    parser.add_argument("--than", type=Path, help="a folder with another version of the package")
    other = parser.parse_args().than
    print(f"Python {platform.python_version()} on {platform.machine()}, medians of {ROUNDS} rounds")
    taken = medians([HERE, *filter(None, [other and other.resolve()])])
    row("from microgrid import Value, beyond NumPy", [each["value"] - each["numpy"] for each in taken], 0.05)
    row("microgrid --help", [each["help"] for each in taken], 0.1)
    row(f"microgrid run demos/{SHEET.name}", [each["run"] for each in taken], 0.4)
    row(f"microgrid check demos/{RIGHT.name}", [each["right"] for each in taken], 0.25)
    row(f"microgrid check demos/{SHEET.name}", [each["check"] for each in taken], 0.35)
    row("microgrid check, one formula to prove", [each["prove"] for each in taken], 0.35)


if __name__ == "__main__":
    main()
