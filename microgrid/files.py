"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file beside its place, then put it there: what was there before stays until all of it is written.

    Who may read and write it stays as it was. Raises OSError, with the path, where no file can be.
    """
    place = Path(os.path.realpath(path))  # a link stays a link
    beside = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            with suppress(OSError):  # of a new file, and where a file system has no modes
                beside.chmod(place.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException as problem:
        with suppress(OSError):
            beside.unlink()
        if isinstance(problem, OSError) and problem.errno:  # it names the file beside, which nobody asked for
            raise OSError(problem.errno, problem.strerror, os.fspath(path)) from None
        raise
