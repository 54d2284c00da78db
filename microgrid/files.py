"""Files that are written whole or not at all, and read as far as anybody could want."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

__all__ = ["LARGEST", "file_content", "replace_file"]

LARGEST = 16 * 2**20  # bytes of a file that is read, unless somebody says otherwise
CHUNK = 2**16  # bytes that are read at once
AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def file_content(path: str | os.PathLike[str], most: int = LARGEST) -> bytes:
    """What stands in a file, in a pipe that somebody writes to, or comes from a device.

    A pipe without anybody at its other end is empty, and no reason to wait. Raises OSError, with the path, for no file
    and for one of more bytes than that, such as /dev/zero.
    """
    try:
        with os.fdopen(os.open(path, AT_ONCE), "rb") as file:
            if hasattr(os, "set_blocking"):
                os.set_blocking(file.fileno(), True)
            parts = list(islice(iter(lambda: file.read(CHUNK), b""), most // CHUNK + 2))
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, os.fspath(path)) from None
    content = b"".join(parts)
    if len(content) > most:
        fact = f"more than {most:,} bytes, which is as much as is read of one file; name a smaller one"
        raise OSError(errno.EFBIG, fact, os.fspath(path))
    return content


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
