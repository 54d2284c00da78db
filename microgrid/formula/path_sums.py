"""Sums over paths, as formulas: chains of local derivatives, added up and factored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise

from .expression import Call, Formula, Name

__all__ = ["factored", "local", "product", "spelled", "total"]


def local(of: str, by: str) -> Formula:
    """∂of/∂by."""
    return Call("∂", (Name(of), Name(by)))


def joined(sign: str, parts: Sequence[Formula]) -> Formula:
    return reduce(lambda whole, each: Call(sign, (whole, each)), parts)


def product(factors: Sequence[Formula]) -> Formula:
    """The factors along a chain."""
    return joined("·", factors)


def total(terms: Sequence[Formula]) -> Formula:
    """Contributions, added."""
    return joined("+", terms)


def spelled(path: Sequence[int], names: Sequence[str]) -> Formula:
    """The local derivatives along a path."""
    return product([local(names[of], names[by]) for of, by in pairwise(path)])


def factored(paths: Sequence[tuple[int, ...]], names: Sequence[str]) -> Formula:
    """A sum over paths with what they share taken out.

    >>> from microgrid.formula.writing import text
    >>> print(text(4)(factored([(4, 1, 0), (4, 2, 0), (4, 3, 2, 0)], "xcdey")))
    ∂y/∂c · ∂c/∂x + (∂y/∂d + ∂y/∂e · ∂e/∂d) · ∂d/∂x

    Paths that meet at a node are the ways above it times the ways below it. The node that saves
    the most factors is taken first, then the next in each of the parts.
    """
    sums: list[list[Formula]] = []
    pending: list[list[tuple[int, ...]] | str] = [list(paths)]
    while pending:
        group = pending.pop()
        if isinstance(group, str):
            right, left = sums.pop(), sums.pop()
            sums.append(left + right if group == "+" else [product([total(left), total(right)])])
            continue
        middle = best_middle(group)
        if middle is None:
            sums.append([spelled(path, names) for path in group])
            continue
        above, below, rest = divided(group, middle)
        parts: list[list[tuple[int, ...]] | str] = [above, below, "·"]
        if rest:
            parts = [rest, *parts, "+"] if rest[0] == group[0] else [*parts, rest, "+"]
        pending += reversed(parts)
    [found] = sums
    return total(found)


def divided(group: Sequence[tuple[int, ...]], middle: int) -> tuple[list[tuple[int, ...]], ...]:
    """The ways above a node, the ways below it, and the paths that pass it by."""
    through = [path for path in group if middle in path]
    above = dict.fromkeys(path[: path.index(middle) + 1] for path in through)
    below = dict.fromkeys(path[path.index(middle) :] for path in through)
    return list(above), list(below), [path for path in group if middle not in path]


def best_middle(group: Sequence[tuple[int, ...]]) -> int | None:
    """The node that saves the most factors when the paths through it are written as a product."""
    best, saved = None, 0
    for node in dict.fromkeys(each for path in group for each in path[1:-1]) if len(group) > 1 else ():
        above, below, rest = divided(group, node)
        saving = factors(group) - factors(rest) - factors(above) - factors(below)
        if saving > saved:
            best, saved = node, saving
    return best


def factors(paths: Sequence[tuple[int, ...]]) -> int:
    return sum(len(path) - 1 for path in paths)
