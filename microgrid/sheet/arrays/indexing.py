"""Elements, rows and columns: W[2,1], W[2,:], W[:,1], x[1..3], and the members of a family, z[2]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgrid.errors import FormulaError
from microgrid.formula import Call, Formula

from .elements import All, Elements, Family, Range
from .functions import whole
from .registry import Arrays
from .shapes import columns_of, described, rows_of, tidy
from .writing import written

__all__ = ["indexed", "member_names", "vector_of"]


def indexed(node: Call, arguments: Sequence[Any], arrays: Arrays) -> Any:
    """`W[2,1]`: a number, a row, a column, a part; or a member of a family."""
    base, *indices = arguments
    if isinstance(base, Family):
        return member(node, base, indices, arrays)
    text = written(node.arguments[0])
    if not base.shape:
        raise FormulaError(f"{text} is a number, which has no elements", node.at, node.at + len(text))
    if len(indices) != len(base.shape):
        raise FormulaError(wrong_count(text, base.shape), node.at, node.at + len(text))
    sizes = base.shape if len(base.shape) == 2 else (*base.shape, 1)
    chosen = [part(node, raw, each, size) for raw, each, size in zip(node.arguments[1:], indices, sizes)]
    rows, columns = (*chosen, [0])[:2]
    width = columns_of(base.shape)
    items = tuple(base.items[i * width + j] for i in rows for j in columns)
    return base._replace(shape=tidy(len(rows), len(columns)), items=items, together=None)


def wrong_count(text: str, shape: tuple[int, ...]) -> str:
    """What to say of x[1,2], and of W[1]."""
    if len(shape) == 1:
        return f"{text} has {shape[0]:,} rows and is a vector; an element of it is {text}[1]"
    return f"{text} is {described(shape)}; an element of it is {text}[1,1], a row {text}[1,:], a column {text}[:,1]"


def part(node: Call, raw: Formula, index: Any, size: int) -> list[int]:
    """The places, from 0, that an index means."""
    if isinstance(index, All):
        return list(range(size))
    low, high = index if isinstance(index, Range) else (whole(node, raw, index, 0),) * 2
    if not 1 <= low <= high <= size:
        said = f"{low}..{high}" if isinstance(index, Range) else str(low)
        text = written(node.arguments[0])
        fact = f"{text} has nothing at {said}; there its indices go from 1 to {size:,}"
        raise FormulaError(fact, raw.at, raw.at + 1)
    return list(range(low - 1, high))


# ── families ───────────────────────────────────────────────────────────────────────────────


def member(node: Call, family: Family, indices: Sequence[Any], arrays: Arrays) -> Elements:
    """`z[2]`, one of a family."""
    place = tuple(whole(node, raw, each, 0) for raw, each in zip(node.arguments[1:], indices))
    if place not in family.members:
        wanted = f"{family.base}[{','.join(map(str, place))}]"
        so_far = member_names(family.base, family.members)
        raise FormulaError(
            f"{wanted!r} is not defined yet; so far there are {so_far}", node.at, node.at + len(family.base)
        )
    return arrays.member(family, place)


def member_names(base: str, members: Any) -> str:
    """The members of a family, in a few words: z[1] … z[3]."""
    is_few = len(members) < 4
    places = sorted(members) if is_few else (min(members), max(members))
    names = [f"{base}[{','.join(map(str, place))}]" for place in places]
    return (", " if is_few else " … ").join(names)


def vector_of(raw: Formula, family: Family, arrays: Arrays) -> Elements:
    """A family of numbers from 1 on, as the vector or matrix that it is."""
    places = sorted(family.members)
    shape = places[-1] if places else ()
    found = [arrays.member(family, place) for place in places]
    count = 1
    for each in shape:
        count *= each
    is_whole = min(map(min, places), default=0) >= 1 and len(places) == count and len(shape) < 3
    if not is_whole or any(each.shape for each in found):
        fact = f"{family.base} is a family, {member_names(family.base, family.members)}, and no vector; name one of it"
        raise FormulaError(fact, raw.at, raw.at + len(family.base))
    arrays.used_whole.setdefault(family.base, None)
    items = tuple(item for each in found for item in each.items)
    return Elements(tidy(rows_of(shape), columns_of(shape)) if len(shape) < 2 else tidy(*shape), items)
