"""What is drawn: a graph with the numbers that it holds; of a sheet also its lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from microgrid.engine import Graph, Value
from microgrid.engine.variables import given
from microgrid.errors import GraphError, type_named
from microgrid.formula import Formula
from microgrid.sheet import Run, Sheet

__all__ = ["Snapshot", "check_sample", "equations", "snapshot"]


class Snapshot(NamedTuple):
    """What is drawn: a graph with the numbers that it holds; of a sheet also its lines, and itself; and the heading."""

    graph: Graph
    lines: Mapping[str, Formula] | None = None
    title: Any = None
    sheet: Sheet | None = None


def snapshot(target: Any, names: Mapping[str, Any] | None) -> Snapshot:
    """What is drawn of a target, its values named by what holds them."""
    if isinstance(target, Snapshot):
        return target
    graph = target if isinstance(target, Graph) else Graph(root_of(target), given(names), getattr(target, "beside", ()))
    sheet = target.sheet if isinstance(target, Run) else None
    return Snapshot(graph, equations(target), getattr(target, "title", None), sheet)


def root_of(target: Any) -> Value:
    root = target if isinstance(target, Value) else getattr(target, "root", None)
    if not isinstance(root, Value):
        several = "; draw its elements one by one" if isinstance(target, (list, tuple)) else ""
        raise GraphError(f"a Value can be drawn, or what has one as its root, not {type_named(target)}{several}")
    return root


def equations(target: Any) -> dict[str, Formula] | None:
    """The lines of a sheet, by the name that each defines; softmax defines several by one."""
    if not isinstance(target, Run):
        return None
    return {each.names[0]: each.formula for each in target.sheet.equations if len(each.names) == 1}


def check_sample(sample: int, sheet: Sheet | None) -> None:
    """Raise GraphError where there is no such sample."""
    count = sheet.samples if sheet else 0
    if not isinstance(sample, int) or not 1 <= sample <= max(count, 1):
        has = f"samples go from 1 to {count:,}" if count else "there are no samples"
        raise GraphError(f"there is no sample {sample}; {has}")
