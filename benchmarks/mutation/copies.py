"""Copies of the tree, in which nothing of it can be harmed, and what is kept of all runs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "microgrid-mutation"
LEFT_OUT = shutil.ignore_patterns(
    ".git", "__pycache__", "build", "dist", "*.egg-info", ".*_cache", ".venv*", ".hypothesis"
)


def copy_tree(place: Path) -> Path:
    """A copy of the working tree, in which nothing of it can be harmed."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(ROOT, place, ignore=LEFT_OUT, symlinks=True)
    return place


def environment(tree: Path, **more: str) -> dict[str, str]:
    """That of a run of tests in a copy of the tree: what is imported is the copy, how it runs is said here."""
    own = {"PYTHONPATH": str(tree), "PYTHONPYCACHEPREFIX": f"{tree}.pyc", **more}
    left_out = "PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS"
    return {name: text for name, text in os.environ.items() if name not in left_out} | own


def write(name: str, found: Mapping[str, object]) -> None:
    """Keep what was measured where the page of what can be relied on finds it."""
    file = ROOT / "docs" / "trust" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
