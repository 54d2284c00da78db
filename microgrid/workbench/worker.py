"""The one computation of a workbench, in a process of its own: it can be given up, whatever it computes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import IO, Any

from .reading import Reader, first_line

__all__ = ["BOUND", "BusyError", "Worker", "answer"]

BOUND = 10.0  # seconds that a computation may take
PATIENCE = 0.5  # seconds that a request waits for the one before it
CHILD = "import sys; sys.path[:] = sys.argv[2:]; from microgrid.workbench.worker import answer; answer(sys.argv[1])"
ENDED = "the computation ended by itself, for want of memory perhaps; make the sheet smaller"


class BusyError(Exception):
    """Another computation is under way."""


class Worker:
    """Computes one thing at a time in a child process, and gives up what takes too long.

    name   of the sheet, for messages
    bound  seconds that a computation may take, over 0
    """

    def __init__(self, name: str, bound: float = BOUND) -> None:
        self.name, self.bound = name, bound
        self.turn = threading.Lock()
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """The child, which is started where there is none; Ctrl-C does not reach it."""
        if self.process is None or self.process.poll() is not None:
            self.stop()
            self.process = subprocess.Popen(
                [sys.executable, "-c", CHILD, self.name, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        return self.process

    def ask(self, task: str, *given: str) -> dict[str, Any]:
        """What the child answers: of `read` a reading, of `draw` a page, or a `problem`.

        Raises BusyError while it computes something else.
        """
        if not self.turn.acquire(timeout=PATIENCE):
            raise BusyError
        try:
            return self.answered(self.start(), [task, *given])
        finally:
            self.turn.release()

    def answered(self, process: subprocess.Popen[str], task: list[str]) -> dict[str, Any]:
        """The answer of the child, or why there is none."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self.bound, give_up)
        timer.daemon = True
        timer.start()
        try:
            write(process.stdin, task)
            line = process.stdout.readline() if process.stdout else ""
        except OSError:
            line = ""
        finally:
            timer.cancel()
        if line.endswith("\n"):
            return dict(json.loads(line))
        self.stop()
        why = f"this took more than {self.bound:g} seconds, and was given up; make the sheet smaller"
        return {"problem": why if late.is_set() else ENDED}

    def stop(self) -> None:
        """End the child."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()


def write(stream: IO[str] | None, message: Any) -> None:
    """A message, on a line of its own."""
    if stream is not None:
        stream.write(json.dumps(message) + "\n")
        stream.flush()


def answer(name: str) -> None:
    """Answer one task on the standard input after the other, until nobody asks any more."""
    out, sys.stdout = sys.stdout, sys.stderr  # whatever else prints does not answer
    reader = Reader(name)
    for line in sys.stdin:
        write(out, done(reader, *json.loads(line)))


def done(reader: Reader, task: str, *given: str) -> dict[str, Any]:
    """A task, done; a mistake of ours is told like any other."""
    try:
        return reader.read(*given) if task == "read" else reader.draw()
    except Exception as error:
        return {"problem": f"{type(error).__name__}: {first_line(error)}; this is a mistake of microgrid, not of yours"}
