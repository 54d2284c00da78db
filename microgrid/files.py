"""Files, read as far as anybody could want, and written whole or not at all: every file of the package is written here.

A file is written beside its place, and then put there. Whatever happens meanwhile (a full disk, Ctrl-C, a kill, a loss
of power), there stands what was there before, or all of the new; beside it something is left by a kill alone.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

__all__ = ["LARGEST", "ended_in_order", "file_content", "is_read_only", "refuse_odd_name", "replace_file"]

LARGEST = 16 * 2**20  # bytes of a file that is read, unless somebody says otherwise
CHUNK = 2**16  # bytes that are read at once
WRITABLE = 0o222  # by anybody
ENDING = ("SIGTERM", "SIGHUP")  # a program is asked to end; its terminal has closed
AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def file_content(path: str | os.PathLike[str], most: int = LARGEST) -> bytes:
    """What stands in a file, in a pipe that somebody writes to, or comes from a device.

    A pipe without anybody at its other end is empty, and no reason to wait. Raises OSError, with the path, for no file
    and for one of more bytes than that, such as /dev/zero.
    """
    try:
        file = os.open(path, AT_ONCE)
        try:
            if hasattr(os, "set_blocking"):
                os.set_blocking(file, True)
            parts = list(islice(iter(lambda: os.read(file, CHUNK), b""), most // CHUNK + 2))
        finally:
            os.close(file)
    except OSError as problem:
        raise OSError(problem.errno, problem.strerror, os.fspath(path)) from None
    content = b"".join(parts)
    if len(content) > most:
        fact = f"more than {most:,} bytes, which is as much as is read of one file; name a smaller one"
        raise OSError(errno.EFBIG, fact, os.fspath(path))
    return content


def replace_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file whole or not at all; a link stays a link, and who owns it and may read it stays as it was.

    A pipe or a device is written to, and stays what it is.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "net.json"
    >>> replace_file(path, b"old"), replace_file(path, b"new"), path.read_bytes()
    (None, None, b'new')

    path     of a file that is there, or not yet; its folder has to be there
    content  all that will stand in it
    Raises OSError, with the path as it was given, where no file can be, or one that nobody may write.
    """
    refuse_odd_name(path)
    try:
        before = known(path)
        if before and not (stat.S_ISREG(before.st_mode) or stat.S_ISDIR(before.st_mode)):
            Path(path).write_bytes(content)
            return
        if before and is_read_only(path):
            raise PermissionError(errno.EACCES, "read-only; make it writable, or name another file")
        put(Path(os.path.realpath(path)), content, before)
    except OSError as problem:
        if problem.errno:  # it names the file beside, which nobody asked for
            raise OSError(problem.errno, problem.strerror, os.fspath(path)) from None
        raise


def refuse_odd_name(path: str | os.PathLike[str]) -> None:
    """Raise OSError for a name that no file can have: with a NUL in it, or half a character."""
    try:
        os.fsencode(path).index(0)
    except ValueError as problem:
        if not isinstance(problem, UnicodeError):
            return
    raise OSError(errno.EINVAL, "no file can be called so", os.fspath(path))


def put(place: Path, content: bytes, before: os.stat_result | None) -> None:
    """The content beside its place, then in it."""
    beside = place.with_name(f".{os.urandom(8).hex()}.tmp")  # a name that nobody can have prepared
    try:
        with beside.open("xb") as file:
            if before:
                give(beside, before)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def give(path: Path, before: os.stat_result) -> None:
    """The owner and the mode that a file had, where the system has them and lets us."""
    with suppress(OSError, AttributeError):
        os.chown(path, before.st_uid, before.st_gid)
    with suppress(OSError):
        path.chmod(before.st_mode & 0o777)


def known(path: str | os.PathLike[str]) -> os.stat_result | None:
    """What the system knows of a file; None where there is none."""
    try:
        return Path(path).stat()
    except FileNotFoundError:
        return None


def is_read_only(path: str | os.PathLike[str]) -> bool:
    """Whether nobody may write a file that is there, or this user may not; `root` keeps to it, too."""
    found = known(path)
    return found is not None and not (found.st_mode & WRITABLE and os.access(path, os.W_OK))


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Let the signals that end a program end it as Ctrl-C does, so that no half of a file stays behind."""

    def end(number: int, _: Any) -> None:
        sys.exit(128 + number)

    replaced = []
    with suppress(ValueError):  # of a thread, which no signal reaches
        for each in (getattr(signal, name, None) for name in ENDING):
            if each is not None and signal.getsignal(each) is signal.SIG_DFL:  # `nohup` has it ignored
                signal.signal(each, end)
                replaced.append(each)
    try:
        yield
    finally:
        for each in replaced:
            signal.signal(each, signal.SIG_DFL)
