"""What numba has compiled, kept in the user's cache directory under names that say everything it depends on."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numba

from microgrid.files import replace_file
from microgrid.formula import floats, normal

from . import words

__all__ = ["compiled", "is_compiled"]

DEPENDS = "\n".join([*map(inspect.getsource, (words, floats, normal)), numba.__version__, sys.version])
IN_MEMORY: set[Path] = set()  # what this process has compiled or read


def compiled(name: str, source: str, globals_: Mapping[str, Any], make: Callable[[ModuleType, bool], Any]) -> Any:
    """What `make(module, is_kept)` compiles of a module of that source, read from the cache where it is there.

    globals_  what the source knows
    A cache that cannot be read is thrown away, and one that cannot be written done without.
    """
    place = file_of(name, source)
    for is_kept in (True, True, False):
        found = attempt(lambda: make(module_of(place, source, globals_, is_kept), is_kept), place, is_kept)  # noqa: B023
        if found is not None:
            IN_MEMORY.add(place)
            return found
    raise AssertionError  # the last attempt returns or raises


def attempt(make: Callable[[], Any], place: Path, is_kept: bool) -> Any:
    """What is made; None where what was kept of it is to blame, which is then thrown away."""
    try:
        return make()
    except Exception:
        if not is_kept:
            raise
        for each in place.parent.glob(f"__pycache__/{place.stem}.*"):
            with suppress(OSError):
                each.unlink()
        return None


def is_compiled(name: str, source: str) -> bool:
    """Whether this process has it, or this computer kept it."""
    place = file_of(name, source)
    return place in IN_MEMORY or any(place.parent.glob(f"__pycache__/{place.stem}.*.nbi"))


def module_of(place: Path, source: str, globals_: Mapping[str, Any], is_kept: bool) -> ModuleType:
    """The source as a module, in a file where it is to be kept: numba keeps what stands in files."""
    if is_kept:
        write(place, source.encode())
        spec = importlib.util.spec_from_file_location(place.stem, place)
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    else:
        module = ModuleType(place.stem)
    sys.modules[module.__name__] = module  # where numba looks for what it has kept
    vars(module).update(globals_, inf=float("inf"), nan=float("nan"))
    exec(compile(source, str(place) if is_kept else f"<microgrid {place.stem}>", "exec"), vars(module))
    return module


def write(place: Path, content: bytes) -> None:
    """The file, unless it is there and whole."""
    with suppress(OSError):
        if place.read_bytes() == content:
            return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(place, content)


def file_of(name: str, source: str) -> Path:
    return directory() / f"{name}_{hashlib.sha256(f'{source}{DEPENDS}'.encode()).hexdigest()[:16]}.py"


def directory() -> Path:
    """MICROGRID_CACHE where it is set, else `microgrid` in the user's cache directory."""
    told = os.environ.get("MICROGRID_CACHE")
    if told:
        return Path(told)
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    usual = "~/AppData/Local" if sys.platform == "win32" else "~/.cache"
    return Path(named or os.path.expanduser(usual)) / "microgrid"  # noqa: PTH111 - which never raises
