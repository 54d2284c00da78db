"""Where in its source a value was computed: the file, the line, and the very expression.

While recording is on, a value keeps the code that was running and how far it had come: two
references. What they mean is worked out when somebody asks.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterable
from dis import get_instructions
from functools import lru_cache
from itertools import dropwhile, islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from microgrid.streams import carrying

__all__ = ["PACKAGE", "Origin", "here", "instruction", "located", "place", "running", "variable_of"]

PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"


@carrying
class Origin(NamedTuple):
    """Where a value was computed.

    line        counted from 1; `text` is that line
    column      where in the line the expression begins, counted from 0; None where that is not known
    end         where it ends, or the line does
    expression  the expression, on one line
    variable    where it was held when recording ended, such as z[1]; else the variable that it was assigned to
    """

    file: str
    line: int
    text: str = ""
    column: int | None = None
    end: int | None = None
    expression: str = ""
    variable: str = ""

    @property
    def place(self) -> str:
        """`file:line`"""
        return f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return self.place


Mark = Origin | tuple[CodeType, int] | tuple[CodeType, int, str]  # the last: where the value was held


def running() -> FrameType:
    """The frame of the code outside this package that is running now."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith((PACKAGE, "<microgrid")):
        frame = frame.f_back
    return frame


def here() -> Mark:
    """The code outside this package that is running now, and how far it has come."""
    frame = running()
    return frame.f_code, frame.f_lasti


def variable_of(mark: Mark | None) -> str:
    """The variable of a value: `z[1]` where it was held, or the name that it was assigned to; "" for none."""
    if mark is None or isinstance(mark, Origin):
        return mark.variable if mark else ""
    return mark[2] if len(mark) == 3 else assigned(*mark)


@lru_cache(maxsize=4096)
def assigned(code: CodeType, at: int) -> str:
    """The name that the result of an instruction is stored under by the next one; "" for none.

    >>> assigned(compile("y = x * 2", "", "exec"), 6 if sys.version_info >= (3, 11) else 4)
    'y'
    """
    _, at = instruction((code, at))[:2]
    after = dropwhile(lambda each: each.offset <= int(at), get_instructions(code))
    follows = next((each for each in after if each.opname != "CACHE"), None)
    is_stored = follows is not None and follows.opname in ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")
    name = str(follows.argval) if follows is not None and is_stored else ""
    return "" if name.startswith("_") else name


def instruction(mark: Mark) -> Mark:
    """The mark of the instruction itself, for comparing.

    An instruction that calls Python code may say that it has come to the end of its inline cache: in Python 3.11
    and 3.12, and only after it has run often enough to be specialized.
    """
    if isinstance(mark, Origin):
        return mark
    code, at = mark[:2]
    text = code.co_code  # as compiled: a cache is zeros there, and no instruction is
    while at > 0 and text[at] == 0:
        at -= 2
    return code, at


def place(mark: Mark) -> str:
    """`file:line`"""
    return mark.place if isinstance(mark, Origin) else f"{mark[0].co_filename}:{line_of(*mark[:2])}"


def located(mark: Mark) -> Origin:
    """What a mark means; from Python 3.11 on, to the column."""
    if isinstance(mark, Origin):
        return mark
    code, at = mark[:2]
    name = variable_of(mark)
    file, first, last, column, end = code.co_filename, line_of(code, at), *columns(code, at)
    lines = [linecache.getline(file, line).rstrip("\n") for line in range(first, (last or first) + 1)]
    if column is None or end is None or not lines[0]:
        return Origin(file, first, lines[0], variable=name)
    start, stop = letters(lines[0], column), letters(lines[-1], end)
    if len(lines) == 1:
        return Origin(file, first, lines[0], start, stop, lines[0][start:stop], name)
    whole = " ".join(map(str.strip, (lines[0][start:], *lines[1:-1], lines[-1][:stop])))
    return Origin(file, first, lines[0], start, len(lines[0]), whole, name)


def line_of(code: CodeType, at: int) -> int:
    """The line of the instruction at that place."""
    lines = (line for start, end, line in code.co_lines() if start <= at < end)
    return next(lines, None) or code.co_firstlineno


def columns(code: CodeType, at: int) -> tuple[int | None, int | None, int | None]:
    """The last line of the expression that an instruction belongs to, and its columns in bytes."""
    positions: Iterable[Any] = code.co_positions() if sys.version_info >= (3, 11) else ()
    _, last, column, end = next(islice(positions, at // 2, None), (None,) * 4)
    return last, column, end


def letters(line: str, count: int) -> int:
    """How many letters the first so many bytes of a line are."""
    return len(line.encode()[:count].decode(errors="ignore"))
