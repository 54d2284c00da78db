"""What an input does beside answering: which events of Python it leads to, how long it takes, what it writes."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Hang", "bounded", "events"]

READING = {
    "compile",
    "exec",
    "open",
    "import",
    "os.system",
    "subprocess.Popen",
    "socket.connect",
    "pickle.find_class",
    "ctypes.dlopen",
}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PLACES = (
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.truncate",
    "os.symlink",
    "os.link",
    "os.chmod",
    "os.chown",
)
SECONDS = 5.0  # of processor time that an input may take, and one more for each KB


class Hang(BaseException):
    """An input that takes longer than it may."""


class Watch:
    """What is called on each event while somebody looks; hooks of Python cannot be taken away."""

    heard: Callable[[str, tuple], None] | None = None
    is_there = False


def hook(event: str, arguments: tuple) -> None:
    if Watch.heard is not None:
        Watch.heard(event, arguments)


@contextmanager
def events(reading: bool = False, allowed: Callable[[str], bool] = lambda path: False) -> Iterator[list[str]]:
    """The events that may not be: of `reading` all that lead anywhere, else writing where it was not asked for."""
    found: list[str] = []

    def heard(event: str, arguments: tuple) -> None:
        if reading and event in READING and not (event == "open" and allowed(str(arguments[0]))):
            found.append(f"{event} {arguments[:1]!r:.100}")
        elif (
            not reading
            and event == "open"
            and not isinstance(arguments[0], int)
            and (arguments[2] or 0) & WRITES
            and not allowed(str(arguments[0]))
        ):
            found.append(f"writes {arguments[0]!r:.100}")
        elif (
            not reading
            and event in PLACES
            and not all(allowed(str(each)) for each in arguments[:2] if isinstance(each, (str, bytes, Path)))
        ):
            found.append(f"{event} {arguments!r:.100}")

    if not Watch.is_there:
        sys.addaudithook(hook)
        Watch.is_there = True
    Watch.heard = heard
    try:
        yield found
    finally:
        Watch.heard = None


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Raise Hang where an input of so many characters takes too much processor time; a loop in C is killed later."""
    seconds = SECONDS + size / 1000

    def late(number, frame):
        raise Hang(f"more than {seconds:.0f} s")

    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + 3 * seconds + 2), hard))
    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
