"""The progress bar of a training, with its losses and speed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from microgrid.streams import AnyText, carried

__all__ = ["Bar", "bar"]

WIDE, MEDIUM = 100, 80  # from how many columns on there is room for the speed too, and for the time


class Bar:
    """The state of a training on its way to the screen; `update` takes what has changed."""

    def __init__(self, epochs: int, update: Callable[..., Any] | None = None) -> None:
        self.epochs, self.update = epochs, update
        self.start, self.seen = time.perf_counter(), 0

    def step(self, done: float, loss: float, samples: int) -> None:
        """So many epochs are done, with that loss, and so many samples were seen since the last step."""
        self.seen += samples
        if self.update:
            speed = f"{self.seen / (time.perf_counter() - self.start):,.0f}"
            self.update(completed=done, epoch=min(int(done) + 1, self.epochs), loss=f"{loss:.4g}", speed=speed)

    def prepare(self) -> None:
        """Before the first epoch, which may take its time."""
        if self.update:
            self.update(loss=carried("– · compiling"))

    def look(self, loss: float) -> None:
        """The loss of the validation samples."""
        if self.update:
            self.update(validation=carried(f" · validation {loss:.4g}"))


@contextmanager
def bar(progress: bool | None, epochs: int) -> Iterator[Bar]:
    """What to tell the state of a training; it shows a bar, or nothing.

    >>> with bar(False, epochs=10) as shown:
    ...     shown.step(0.5, 0.25, 16)

    progress  whether to show the bar; None shows it where standard output is a terminal
    """
    if not (sys.stdout.isatty() if progress is None else progress):
        yield Bar(epochs)
        return
    from functools import partial

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    stream: Any = AnyText(sys.stdout)  # rich cuts what does not fit with a sign of its own
    console = Console(file=stream)
    speed = " · {task.fields[speed]} samples/s" if console.width >= WIDE else ""  # a bar cut off tells nothing
    columns = [
        TextColumn("epoch {task.fields[epoch]}/{task.total}"),
        BarColumn(bar_width=None),
        TextColumn("loss {task.fields[loss]}{task.fields[validation]}" + carried(speed)),
        *([TimeRemainingColumn()] if console.width >= MEDIUM else []),
    ]
    with Progress(*columns, console=console, expand=True) as screen:
        task = screen.add_task("", total=epochs, epoch=0, loss=carried("–"), validation="", speed=carried("–"))
        yield Bar(epochs, partial(screen.update, task))
