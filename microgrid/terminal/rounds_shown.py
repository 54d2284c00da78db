"""Which rounds of a long course are printed."""

from __future__ import annotations

from collections.abc import Container, Iterable

from microgrid.answers import Answer

__all__ = ["by_round", "passed_over", "rounds_shown"]

FEW = 5  # rounds; of more, those without checks are left out


def by_round(answers: Iterable[Answer]) -> dict[int, list[Answer]]:
    """The answers of each round that has some."""
    found: dict[int, list[Answer]] = {}
    for each in answers:
        found.setdefault(each.round, []).append(each)
    return found


def rounds_shown(count: int, published: Container[int], every: bool) -> list[int]:
    """The rounds that are printed of so many: of more than a few the first, the last, and those with checks.

    >>> rounds_shown(9, {4, 5}, every=False), rounds_shown(3, {}, every=False)
    ([1, 4, 5, 9], [1, 2, 3])
    """
    if every or count <= FEW:
        return list(range(1, count + 1))
    return [number for number in range(1, count + 1) if number in (1, count) or number in published]


def passed_over(before: int, number: int) -> str:
    """What stands in the place of the rounds between two that are printed, if there are any.

    >>> passed_over(1, 4)
    '… rounds 2 to 3 have no checks; --all shows them, --round 2 one'
    >>> passed_over(1, 3), passed_over(1, 2)
    ('… round 2 has no checks; --round 2 shows it', '')
    """
    first, last = before + 1, number - 1
    if last <= first:
        return f"… round {first:,} has no checks; --round {first} shows it" if first == last else ""
    return f"… rounds {first:,} to {last:,} have no checks; --all shows them, --round {first} one"
