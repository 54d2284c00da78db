"""Following a file: something is made of it again whenever it changes, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from microgrid.errors import MicrogridError
from microgrid.formula import printable
from microgrid.streams import tell
from microgrid.terminal.targets import TargetError, existing

__all__ = ["follow"]

PAUSE = 0.25  # seconds between two looks


def follow(target: str, make: Callable[[], object], told: Callable[[Exception], str] = str) -> int:
    """Call `make` now, and again whenever the file of the target has changed; 0 at Ctrl-C.

    While the file is gone, as in the middle of being replaced, nothing is made.

    target  a sheet or script.py:name, as on the command line
    make    what is done; a MicrogridError or OSError is told, and the next change waited for
    told    what such an error says, in one line
    Raises TargetError where there is no such file.
    """
    path, before = file_of(target), None
    with suppress(KeyboardInterrupt):
        sys.stdout.write(f"following {printable(str(path))}; Ctrl-C leaves\n")
        while True:
            now = stamp(path)
            if now and now != before:
                before = now
                attempt(make, told)
            sys.stdout.flush()
            time.sleep(PAUSE)
    below = "\n" * sys.stdout.isatty()  # the ^C of a terminal
    sys.stdout.write(f"{below}left {printable(str(path))}\n")
    return 0


def attempt(make: Callable[[], object], told: Callable[[Exception], str]) -> None:
    try:
        make()
    except (MicrogridError, OSError) as error:
        tell(told(error))


def file_of(target: str) -> Path:
    """The file of a target. Raises TargetError for the standard input."""
    if target == "-":
        raise TargetError("--watch follows a file, and - is the input; name a file")
    file, _, _ = target.rpartition(":")
    return existing(file if file.endswith(".py") else target)


def stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file does; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
