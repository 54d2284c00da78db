"""What may not be there, a package or a process of one's own."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

__all__ = [
    "CI",
    "DRIVER",
    "PATIENCE",
    "ROOT",
    "SWITCHES",
    "apart",
    "engine",
    "microgrid",
    "one_by_one",
    "written_alike",
]

ROOT = Path(__file__).parents[1]
CI = bool(os.environ.get("CI"))
# How Chromium starts without a screen, as root, and calls nobody.
SWITCHES = "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run"
# Seconds until a process that waits for ever is stopped: how busy a machine is is no property of the code.
PATIENCE = 600


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
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "timeout": PATIENCE}
    settings = {**piped, "cwd": ROOT, "env": {**os.environ, "COLUMNS": "80"}, **settings}
    return subprocess.run([sys.executable, "-m", "microgrid", *arguments], **settings)


# One process runs many commands, since starting takes its time.
DRIVER = """
import json, sys
from microgrid.cli import main
for name, arguments in json.loads(sys.argv[1]).items():
    print("\\x01" + name, flush=True)
    print("\\x01" + name, file=sys.stderr, flush=True)
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code or 0
    print("\\x02" + str(code), flush=True)
"""


def apart(out: str, errors: str) -> dict[str, tuple[int, str, str]]:
    """What the driver wrote, by the name of the command: its exit code, its output, its errors."""
    said = dict(part.split("\n", 1) for part in errors.split("\x01")[1:])
    found = {}
    for part in out.split("\x01")[1:]:
        name, rest = part.split("\n", 1)
        shown, _, code = rest.rpartition("\x02")
        found[name] = int(code), shown, said[name]
    return found


def one_by_one(commands: dict[str, list[str]]) -> dict[str, tuple[int, str, str]]:
    """What each command comes to: its exit code, its output, its errors."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(commands)],
        cwd=ROOT, env={**os.environ, "COLUMNS": "80"}, capture_output=True, encoding="utf-8", timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return apart(done.stdout, done.stderr)
