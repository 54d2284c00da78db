"""What a test needs beside Python: a browser, Node, Graphviz, an engine; and processes of their own.

Where it is missing the test is skipped. Not in CI: there it has to be present, and the test fails
(an engine's only where MICROGRID_ENGINES=required).
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["CHROMIUM", "ROOT", "engine", "needs_browser", "needs_dot", "needs_node", "written_alike"]

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium")
CI = bool(os.environ.get("CI"))


def needs(program: str, lane: str):
    """Marks a test as one of that lane; it is skipped where the program is missing."""
    missing = pytest.mark.skipif(shutil.which(program) is None and not CI, reason=f"{program} is not installed")
    lane_mark = getattr(pytest.mark, lane)
    return lambda test: lane_mark(missing(test))


needs_browser = needs("chromium", "browser")
needs_dot = needs("dot", "graphviz")
needs_node = needs("node", "node")


def engine(name: str):
    """The module; where it is not installed the test is skipped, or fails if every engine is required."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get("MICROGRID_ENGINES") == "required":
            raise
        return pytest.skip(f"needs {name}")


def written_alike(program: str) -> bytes:
    """What the program writes, in two processes with hashes of their own: the same."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**environment, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    return runs.pop()
