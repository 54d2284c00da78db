"""What may not be there, a package or a process of one's own."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["CI", "ROOT", "engine", "microgrid", "written_alike"]

ROOT = Path(__file__).parents[1]
CI = bool(os.environ.get("CI"))


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


def microgrid(*arguments: str, **settings) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, its output piped unless the settings say otherwise."""
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "timeout": 60}
    settings = {**piped, "cwd": ROOT, "env": {**os.environ, "COLUMNS": "80"}, **settings}
    return subprocess.run([sys.executable, "-m", "microgrid", *arguments], **settings)
