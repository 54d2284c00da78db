"""The progress bar of a training, with its loss and speed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Show", "bar"]

Show = Callable[[float, float, int], None]  # (epochs done, loss, samples since the last call)


@contextmanager
def bar(progress: bool | None, epochs: int) -> Iterator[Show]:
    """What to call with the state of a training; it shows a bar, or nothing.

    >>> with bar(False, epochs=10) as show:
    ...     show(0.5, 0.25, 16)

    progress  whether to show the bar; None shows it where standard output is a terminal
    """
    if not (sys.stdout.isatty() if progress is None else progress):
        yield lambda done, loss, samples: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [
        TextColumn("epoch {task.fields[epoch]}/{task.total}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]:.4g} · {task.fields[speed]:,.0f} samples/s"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns) as shown:
        task = shown.add_task("", total=epochs, epoch=0, loss=float("nan"), speed=0.0)
        start, seen = time.perf_counter(), 0

        def show(done: float, loss: float, samples: int) -> None:
            nonlocal seen
            seen += samples
            speed = seen / (time.perf_counter() - start)
            shown.update(task, completed=done, epoch=min(int(done) + 1, epochs), loss=loss, speed=speed)

        yield show
