"""A large graph folded: by the containers of its values, by families of names, by scopes, and by order; with counts.

    attn                 4 × attn[…]
    attn[0]              a matrix, 5 × 5, with all that only its elements need
    attn[0][1]           a row
    attn[0][1][2]        an element, and the operations behind it

It is a tree over the operations: a page shows the top of it, and opens any of it in place. Leaves of the graph fold
likewise. What nobody named belongs to what it is for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from microgrid.engine import Graph
from microgrid.formula import printable, unicode_name
from microgrid.formula.regexes import regex

__all__ = ["folded_scene"]

MOST_CHILDREN = 32  # of a group: more are folded by their order
INDEX = regex(r"\[\d+\]")
FAMILY = regex(r"(.*?[^\d_])[\d_,]+")  # x12, w1_3, z_4
SCOPE = " · "
MOST_NAMED = 3  # of what a group is for, in its title

Path = tuple[str, ...]


@dataclass
class Group:
    """A part of a graph: parts of its own, and operations that are in none of them.

    shape  of a vector or matrix; its cells are the last operations of `elements`
    """

    title: str
    parts: dict[str, Group] = field(default_factory=dict)
    own: list[int] = field(default_factory=list)
    shape: tuple[int, ...] = ()

    def members(self) -> Iterator[int]:
        """All its operations, in any order."""
        waiting = [self]
        while waiting:
            group = waiting.pop()
            yield from group.own
            waiting += group.parts.values()


def folded_scene(graph: Graph) -> dict[str, Any]:
    """What a page needs to fold a graph: the groups, each after its parent, and the group of every operation."""
    top = Group("")
    for i, path in enumerate(paths(graph)):
        group = top
        for key in path:
            group = group.parts.setdefault(key, Group(key))
        group.own.append(i)
    trim(top)
    hoist(top)
    chunk(top, printable(graph.display_names[-1]), turns(graph))
    groups, of = written(top, graph)
    return {"level": "folded", "drawn": "folded", "groups": groups, "of": of}


# ── where each operation belongs ───────────────────────────────────────────────────────────


def paths(graph: Graph) -> list[Path]:
    """For each node the groups that it is in, from the outermost: by its name, its scope, or what it is for."""
    found: list[Path] = [()] * len(graph)
    users: list[list[int]] = [[] for _ in range(len(graph))]
    for i, parents in enumerate(graph.parents):
        for parent in parents:
            users[graph.index[parent]].append(i)
    families = family_sizes(graph)
    for i in range(len(graph) - 1, -1, -1):
        label = graph.labels[i]
        found[i] = named_path(label, families) if label else scoped_path(graph, i) or for_path(found, users[i])
    return found


def family_sizes(graph: Graph) -> Counter[str]:
    return Counter(match[1] for label in graph.labels if (match := FAMILY.fullmatch(label or "")))


def named_path(label: str, families: Counter[str]) -> Path:
    """`attn`, `attn[0]`, `attn[0][1]`, `attn[0][1][2]`; of x12, where there are several, `x…` and `x12`."""
    stem, *indices = re.split(r"(?=\[\d+\])", label)
    if indices and INDEX.sub("", label) == stem:
        return tuple(stem + "".join(indices[:k]) for k in range(len(indices) + 1))
    match = FAMILY.fullmatch(label)
    return (f"{match[1]}…", label) if match and families[match[1]] > 1 else (label,)


def scoped_path(graph: Graph, i: int) -> Path:
    """`Layer 1`, `Layer 1 · neuron 2`."""
    parts = (graph.nodes[i].scope or "").split(SCOPE) if graph.nodes[i].parents else [""]
    return tuple(SCOPE.join(parts[: k + 1]) for k in range(len(parts))) if parts[0] else ()


def for_path(found: Sequence[Path], users: Sequence[int]) -> Path:
    """What all that use a value have in common; if nothing, that it is for all of them."""
    some = [found[user] for user in users]
    if not some or all(path == some[0] for path in some):
        return some[0] if some else ()
    shared = takewhile(lambda keys: len(set(keys)) == 1, zip(*some))
    common: Path = tuple(keys[0] for keys in shared)
    if common or not all(some):
        return common
    tops = sorted({path[0].removeprefix("for ") for path in some})
    more = f" and {len(tops) - MOST_NAMED} more" if len(tops) > MOST_NAMED else ""
    return (f"for {', '.join(tops[:MOST_NAMED])}{more}",)


# ── the tree ───────────────────────────────────────────────────────────────────────────────


def inner(top: Group) -> list[Group]:
    """All groups, each after its parent."""
    found = [top]
    for group in found:
        found += group.parts.values()
    return found


def trim(top: Group) -> None:
    """Give arrays their shapes, and take out groups that hold one part, or one operation, and nothing else."""
    groups = inner(top)
    for group in reversed(groups):
        group.shape = shape_of(group)
    for group in reversed(groups):
        group.shape = group.shape if len(group.shape) <= 2 else ()
        for key, part in list(group.parts.items()):
            if not part.parts and len(part.own) == 1:
                group.own += part.own
                del group.parts[key]
            elif len(part.parts) == 1 and not part.own:
                (group.parts[key],) = part.parts.values()


def hoist(top: Group) -> None:
    """Open what is nearly all there is."""
    while len(top.parts) == 1 and len(top.own) < MOST_CHILDREN // 2:
        (part,) = top.parts.values()
        top.own, top.parts = [*top.own, *part.own], part.parts


def shape_of(group: Group) -> tuple[int, ...]:
    """The shape of what its elements fill: x[0], x[1], …, or x[0][0], x[0][1], …; its parts have theirs."""
    keys = [key for key in group.parts if key.startswith(f"{group.title}[")]
    if not keys:
        return ()
    count = 1 + max(int(key[len(group.title) + 1 : -1]) for key in keys)
    below = [group.parts[key].shape for key in keys]
    if any(len(each) > 1 for each in below):
        return (0, 0, 0)  # more than a matrix
    return (count, max(each[0] for each in below if each)) if any(below) else (count,)


def turns(graph: Graph) -> list[int]:
    """When each node has its turn; a leaf just before what first uses it."""
    found = list(range(len(graph)))
    for i in range(len(graph) - 1, -1, -1):
        for parent in graph.parents[i]:
            if not parent.parents:
                found[graph.index[parent]] = i
    return found


def chunk(top: Group, root: str, turn: Sequence[int]) -> None:
    """Fold what would be too many side by side: neighbours in the order of computing, again and again."""
    waiting = [top]
    while waiting:
        group = waiting.pop()
        if group.own and len(group.own) + len(group.parts) > MOST_CHILDREN and group.parts:
            title = f"operations of {group.title or root}"
            group.parts[title], group.own = Group(title, own=group.own), []
        if len(group.own) > MOST_CHILDREN:
            group.parts, group.own = {f"#{i}": Group("", own=[i]) for i in group.own}, []
        while len(group.parts) > MOST_CHILDREN:
            ordered = sorted(group.parts.values(), key=lambda part: max(turn[i] for i in part.members()))
            size = max(2, min(MOST_CHILDREN, round(len(ordered) ** 0.5)))
            blocks = [ordered[at : at + size] for at in range(0, len(ordered), size)]
            group.parts = {f"block {k}": merged(block) for k, block in enumerate(blocks)}
        single = [key for key, part in group.parts.items() if is_bare(part)]
        group.own += [group.parts.pop(key).own[0] for key in single]
        waiting += group.parts.values()


def is_bare(part: Group) -> bool:
    """Whether it is one operation that nobody named."""
    return not part.title and not part.parts and len(part.own) == 1


def merged(block: Sequence[Group]) -> Group:
    """Neighbours as one group; single operations are its own."""
    if len(block) == 1:
        return block[0]
    single = [part.own[0] for part in block if is_bare(part)]
    rest = [part for part in block if not is_bare(part)]
    return Group(spanned(rest), {f"{k} {part.title}": part for k, part in enumerate(rest)}, single)


def spanned(block: Sequence[Group]) -> str:
    """`x1 … x16`; nothing for what has no names."""
    titles = [each.title for each in block if each.title]
    if len(titles) > 1:
        return f"{titles[0].partition(' … ')[0]} … {titles[-1].rpartition(' … ')[2]}"
    return titles[0] if titles else ""


# ── as data ────────────────────────────────────────────────────────────────────────────────


def written(top: Group, graph: Graph) -> tuple[list[dict[str, Any]], list[int]]:
    """The groups as data: title, parent, and of arrays the cells; and the group of each operation, -1 for the top."""
    groups = inner(top)[1:]
    number = {id(group): k for k, group in enumerate(groups)}
    parent = {id(part): number.get(id(group), -1) for group in [top, *groups] for part in group.parts.values()}
    of = [-1] * len(graph)
    for group in groups:
        for i in group.own:
            of[i] = number[id(group)]
    place = {label: i for i, label in enumerate(graph.labels) if label}
    data = []
    for group in groups:
        each: dict[str, Any] = {"title": unicode_name(printable(group.title)), "in": parent[id(group)]}
        cells = cells_of(group, place) if group.shape else []
        if cells:
            each |= {"shape": group.shape, "cells": cells, "name": printable(group.title)}
        data.append(each)
    return data, of


def cells_of(group: Group, place: dict[str, int]) -> list[int]:
    """The places of the elements of an array, row by row; -1 where nothing is."""
    rows, columns = (*group.shape, 0)[:2]
    if not columns:
        return [place.get(f"{group.title}[{k}]", -1) for k in range(rows)]
    return [place.get(f"{group.title}[{j}][{k}]", -1) for j in range(rows) for k in range(columns)]
