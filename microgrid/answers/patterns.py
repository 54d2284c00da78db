"""What may be wrong with an array as a whole: transposed, two rows in each other's place, not averaged over samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

from microgrid.formula import Name, free_names
from microgrid.sheet import Grid, Run
from microgrid.sheet.arrays.registry import sampled, unsampled
from microgrid.sheet.statements import Array, quantity_of

__all__ = ["Pattern", "Rows", "changed_places", "patterns", "rows_of", "scales", "transposed"]

Rows = list[list[float]]
LARGEST = 12  # rows or columns, of which any two may have changed places
FACTORS = ((2.0, "twice as large"), (0.5, "half as large"), (10.0, "10 times as large"), (0.1, "a tenth as large"))


class Pattern(NamedTuple):
    """A mistake in a whole array: what is said of it, and what it makes of the right numbers."""

    words: str
    made: Callable[[Rows], Rows]


def rows_of(numbers: list[float], shape: tuple[int, ...]) -> Rows:
    """The numbers of an array row by row; of a vector, which is a column, one in each.

    >>> rows_of([1.0, 2.0, 3.0, 4.0], (2, 2)), rows_of([1.0, 2.0], (2,))
    ([[1.0, 2.0], [3.0, 4.0]], [[1.0], [2.0]])
    """
    width = shape[1] if len(shape) > 1 else 1
    return [numbers[i : i + width] for i in range(0, len(numbers), width)]


def patterns(run: Run, grid: Grid) -> Iterator[Pattern]:
    """The mistakes that an array may have as a whole, the likeliest first.

    >>> from microgrid import Sheet
    >>> run = Sheet.parse("param W = [1 2; 3 4]\\nL = sum(W)\\nW ~= [1 3; 2 4]").run()
    >>> first = next(patterns(run, run.sheet.grids[0]))
    >>> first.words, first.made([[1.0, 2.0], [3.0, 4.0]])
    ('transposed', [[1.0, 3.0], [2.0, 4.0]])
    """
    yield from moved(run, grid)
    yield from one_sample(run, grid)
    yield from others(run, grid)


def moved(run: Run, grid: Grid) -> Iterator[Pattern]:
    """The right numbers in other places, or all of them times a number."""
    height, width = (*grid.shape, 1)[:2]
    if height == width:
        yield Pattern("transposed", transposed)
    yield from changed_places(height, width)
    yield from scales(run.sheet.samples if is_over_samples(run, grid) else 0)


def scales(samples: int = 0) -> Iterator[Pattern]:
    """All numbers times a number: the sign, the number of samples if they are over such, 2, ½, 10.

    >>> [pattern.words for pattern in scales(samples=4)][:2]
    ['each has the wrong sign', 'not averaged over the 4 samples']
    """
    yield Pattern("each has the wrong sign", times(-1.0))
    if samples:
        yield Pattern(f"not averaged over the {samples:,} samples", times(samples))
        yield Pattern(f"divided by {samples:,}, the number of samples, once too often", times(1 / samples))
    yield from (Pattern(f"each is {words}", times(factor)) for factor, words in FACTORS)


def transposed(rows: Rows) -> Rows:
    """Rows for columns."""
    return [list(column) for column in zip(*rows)]


def times(factor: float) -> Callable[[Rows], Rows]:
    return lambda rows: [[factor * each for each in row] for row in rows]


# ── places ─────────────────────────────────────────────────────────────────────────────────


def changed_places(height: int, width: int) -> Iterator[Pattern]:
    """Two rows or columns in each other's place, or all of them from the last to the first."""
    rows = "rows" if width > 1 else "elements"
    for i, j in combinations(range(height), 2) if height <= LARGEST else ():
        yield Pattern(f"{rows} {i + 1} and {j + 1} have changed places", swapped(i, j))
    columns = "columns" if height > 1 else "elements"
    for i, j in combinations(range(width), 2) if width <= LARGEST else ():
        yield Pattern(f"{columns} {i + 1} and {j + 1} have changed places", beside(swapped(i, j)))
    yield Pattern(f"the {rows} are in the reverse order", reverse)
    yield Pattern(f"the {columns} are in the reverse order", beside(reverse))


def swapped(i: int, j: int) -> Callable[[Rows], Rows]:
    def made(rows: Rows) -> Rows:
        found = list(rows)
        found[i], found[j] = found[j], found[i]
        return found

    return made


def reverse(rows: Rows) -> Rows:
    return rows[::-1]


def beside(made: Callable[[Rows], Rows]) -> Callable[[Rows], Rows]:
    """The same with columns for rows."""
    return lambda rows: transposed(made(transposed(rows)))


# ── samples ────────────────────────────────────────────────────────────────────────────────


def is_over_samples(run: Run, grid: Grid) -> bool:
    """Whether an array is the gradient of something of all samples."""
    quantity = grid.checks[0].quantity
    return run.sheet.samples > 1 and bool(quantity.by) and not unsampled(quantity.of)[1]


def one_sample(run: Run, grid: Grid) -> Iterator[Pattern]:
    """The gradient of one sample for that of all of them."""
    quantity, here = grid.checks[0].quantity, run.rounds[grid.round]
    is_of_all = is_over_samples(run, grid) and not unsampled(quantity.by)[1]
    formula = run.sheet.formulas.get(quantity.of) if is_of_all else None
    for name in [each.name for each in free_names(formula)] if formula else ():
        _, sample = unsampled(name)
        if sample:
            numbers = [here.derivative(name, each.quantity.by) for each in grid.checks]
            yield Pattern(f"of sample {sample} alone", constantly(numbers, grid.shape))


def constantly(numbers: list[float], shape: tuple[int, ...]) -> Callable[[Rows], Rows]:
    return lambda rows: rows_of(numbers, shape)


# ── other arrays ───────────────────────────────────────────────────────────────────────────


def others(run: Run, grid: Grid) -> Iterator[Pattern]:
    """Another array of that shape, or the gradient by one; the same array of the round before, or of the next."""
    asked = tuple(each.quantity for each in grid.checks)
    for array in run.sheet.arrays:
        if array.shape == grid.shape:
            for place, numbers, words in readings(run, grid, array):
                if place != grid.round or asked != tuple(quantity_of(Name(each)) for each in numbers):
                    values = [run.rounds[place].number_of(each) for each in numbers]
                    yield Pattern(f"that is {words}", constantly(values, grid.shape))


def readings(run: Run, grid: Grid, array: Array) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """The names of the numbers of an array and of the gradient by it, with the round and how that is said."""
    loss, quantity = run.sheet.loss, grid.checks[0].quantity
    _, sample = unsampled(quantity.by or quantity.of)
    varies = array.name in run.sheet.varying
    if varies and not sample:
        return
    elements = tuple(sampled(each, sample * varies) for each in array.elements)
    name = sampled(array.name, sample * varies)
    yield grid.round, elements, name
    of = quantity.of if quantity.by else loss
    if of:
        slopes = tuple(f"∂{of}/∂{each}" for each in elements)
        yield grid.round, slopes, f"d{unsampled(of)[0]}/d{name}"
    if elements[0] == quantity.of and grid.round:
        yield grid.round - 1, elements, f"{array.name} before the step"
