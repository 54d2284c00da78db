"""The benchmarks: that they run, and what they show. How fast anything is depends on the machine."""

import subprocess
import sys
from pathlib import Path

from outside import PATIENCE

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

ROWS = [
    "MLP(2,[16,16,1]) 100",
    "MLP(64,[32,10]) softmax 128",
    "2-input sigmoid network 1",
    "MLP(2,[16,16,1]) 982",
    "5,000 operations 5,070",
    "wide: Σ tanh(w x + k) 1,010",
    "deep: x w + b, repeated 1,003",
]


def test_the_compiled_program_is_compared():
    """By hand and as an engine for numbers everybody has it; what else is installed takes part."""
    command = [sys.executable, "-X", "utf8", BENCHMARKS / "compiled.py", "--quick"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    for row in ROWS:
        [line] = [line for line in done.stdout.splitlines() if row_of(line).startswith(row_of(row))]
        assert len(line) <= 120
    assert "differs from the program" not in done.stdout


def test_the_distance_from_the_truth_is_told():
    command = [sys.executable, "-X", "utf8", BENCHMARKS / "ulps.py", "--markdown", "hypot", "cbrt"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    _, _, hypot, cbrt = done.stdout.splitlines()
    for line, name, slopes in ((hypot, "hypot", 2), (cbrt, "cbrt", 1)):
        told, value, partials, small, _ = line.strip("| ").split(" | ")
        found = [float(value), *map(float, partials.split(", "))]
        assert told == name and len(found) == 1 + slopes and small.count(",") == slopes - 1
        assert 0 < found[0] <= 2 and all(0 < each <= 4 for each in found[1:])


def row_of(line):
    """A line, however wide its columns are."""
    return " ".join(line.split()) + " "
