"""The numbers of vectors and matrices as text: on one line, as rows that stand below each other, and as lists.

What is written can be typed in a sheet; where there are many numbers, `…` stands for those in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from .shapes import Shape, columns_of

__all__ = ["MOST", "block", "inline", "nested", "rows_of"]

ROWS, LAST_ROWS = 6, 1  # rows that are shown of more, and how many of these are the last ones
MOST = 8  # numbers on one line
FEW, FEW_COLUMNS = 6, 4  # of a vector, and of a row of a matrix, from which none is left out
DOTS = "…"
T = TypeVar("T")


def nested(shape: Shape, items: Sequence[T]) -> list[T] | list[list[T]] | T:
    """The elements of an array as lists, row by row.

    >>> nested((2, 2), [1, 2, 3, 4]), nested((2,), [1, 2])
    ([[1, 2], [3, 4]], [1, 2])
    """
    if len(shape) < 2:
        return list(items) if shape else items[0]
    return rows_of(shape, items)


def rows_of(shape: Shape, items: Sequence[T]) -> list[list[T]]:
    """The elements of a matrix row by row."""
    width = columns_of(shape)
    return [list(items[i : i + width]) for i in range(0, len(items), width)]


def inline(shape: Shape, numbers: Sequence[str], most: int = MOST) -> str:
    """An array on one line; of more numbers than `most` the first and the last.

    >>> inline((2, 2), ["1", "2", "3", "4"]), inline((2,), ["0.24", "0.42"]), inline((40,), list("1234") * 10, 4)
    ('[1 2; 3 4]', '[0.24, 0.42]', '[1, 2, 3, …, 4]')
    """
    if len(shape) < 2:
        return f"[{', '.join(some(numbers, most))}]" if shape else numbers[0]
    rows = rows_of(shape, numbers)
    if len(numbers) > most:
        width = min(len(rows[0]), max(2, most // 2))
        rows = some(rows, max(2, most // width), [DOTS])
        rows = [some(row, width) for row in rows]
    return f"[{'; '.join(' '.join(row) for row in rows)}]"


def block(shape: Shape, numbers: Sequence[str], room: int, every: bool = False) -> list[str]:
    """An array in lines of at most `room` columns, its columns below each other.

    >>> print(*block((2, 2), ["0.2", "0.4", "0.3", "−0.7"], 30), sep="\\n")
    [0.2  0.4;
     0.3 −0.7]
    >>> block((7,), ["0.125"] * 7, 24), block((5,), ["0.125"] * 5, 24)
    (['[0.125, 0.125, …, 0.125]'], ['[0.125, 0.125, 0.125,', ' 0.125, 0.125]'])

    every  whether all are shown, on more lines where need be; else what does not fit is left out in the middle
    """
    if len(shape) < 2:
        return vector(numbers, room, every) if shape else [numbers[0]]
    rows = rows_of(shape, numbers)
    longest = max(map(len, numbers))
    if not every:
        rows = [some(row, max(fitting(longest, 1, room), len(row) * (len(row) <= FEW_COLUMNS))) for row in rows]
        rows = some(rows, ROWS, [DOTS] * len(rows[0]), LAST_ROWS)
    sizes = [max(map(len, column)) for column in zip(*rows)]
    lines = [" ".join(each.rjust(size) for each, size in zip(row, sizes)) for row in rows]
    broken = [broken_line(line.split(" ") if every and len(line) > room - 2 else [line], " ", room) for line in lines]
    return bracketed([f"{line};" if i == len(row) - 1 else line for row in broken for i, line in enumerate(row)])


def vector(numbers: Sequence[str], room: int, every: bool) -> list[str]:
    """A vector on one line, or on several."""
    if not every and len(numbers) > FEW:
        whole = f"[{', '.join(numbers)}]"
        fits = len(whole) <= room
        return [whole if fits else inline((1,), some(numbers, fitting(max(map(len, numbers)), 2, room)), len(numbers))]
    lines = broken_line(numbers, ", ", room)
    return bracketed([f"{line.rstrip()}," for line in lines])


def bracketed(lines: Sequence[str]) -> list[str]:
    """Lines, the last without the sign that ends it, in brackets."""
    return ["[ "[i > 0] + line[: len(line) - (i == len(lines) - 1)] + "]" * (i == len(lines) - 1)
            for i, line in enumerate(lines)]  # fmt: skip


def broken_line(words: Sequence[str], between: str, room: int) -> list[str]:
    """Words on lines of at most so many columns, without a bracket and a sign at their ends."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(between) + len(word) + 2 <= room:
            lines[-1] += between + word
        else:
            lines.append(word)
    return lines


def fitting(longest: int, between: int, room: int) -> int:
    """How many numbers fit on a line, the dots among them not counted."""
    whole = (room - 2 + between) // (longest + between)
    return max(2, whole)


def some(items: Sequence[T], most: int, dots: T | str = DOTS, last: int = 1) -> list[T]:
    """The items; of more than `most` the first ones, dots, and the last."""
    if len(items) <= most:
        return list(items)
    return [*items[: max(most - last, 1)], dots, *items[-last:]]  # type: ignore[list-item]
