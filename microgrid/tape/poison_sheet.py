"""The smallest part of a graph that makes the same inf or nan, as a sheet: what is finite before it is an input."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from microgrid.errors import GraphError
from microgrid.formula import Formula, Name, Number, number_text, render
from microgrid.formula.operation import no_formula
from microgrid.sheet import Sheet

if TYPE_CHECKING:
    from .poison import Poison

__all__ = ["sheet_of"]

MOST = 200  # values in a sheet that somebody is to read
INFINITE = "1e308*10"  # a sheet has no word for it, and computes it


def sheet_of(found: Poison) -> Sheet:
    """The sheet of what was found; `Poison.sheet` says more."""
    return Sheet.parse("\n".join(lines(found)) + "\n", "<poison>")


def lines(found: Poison) -> Iterator[str]:
    """A title, the inputs with their numbers, what is computed, and what comes back."""
    graph = found.graph
    if found.edge is None and math.isfinite(graph.data_of(found.node)):
        raise GraphError(f"{graph.name(found.node)} is finite in doubles, in which a sheet computes")
    inner = part(found)
    outer = dict.fromkeys(each for node in inner for each in node.parents if each not in inner)
    count = len(inner) + len(outer)
    if count > MOST:
        raise GraphError(f"the part that does the same has {count} values, and a sheet at most {MOST}")
    names = {each: f"x{k}" for k, each in enumerate((each for each in outer if not is_number(graph, each)), 1)}
    names |= {each: f"z{k}" for k, each in enumerate(inner, 1)}
    yield f"title   Where {'a gradient' if found.edge is not None else 'a value'} becomes {found.kind}"
    yield f"# {found.fact}"
    yield from (f"# at {found.origin}",) if found.origin else ()
    yield ""
    for each in outer:
        if each in names:
            yield f"{given(names[each], graph.data_of(each))}  # {graph.name(each)}"
    if found.edge is not None:
        yield f"{given('g', found.upstream)}  # ∂{graph.name(graph.root)}/∂{graph.name(found.node)}, as it came back"
    yield ""
    for each in inner:
        yield f"{equation(each, names, graph)}  # {graph.name(each)}"
    yield f"L = {'g*' if found.edge is not None else ''}{names[inner[-1]]}"


def part(found: Poison) -> list[Any]:
    """The value that did it, and what is not finite before it, each after its inputs."""
    graph, wanted = found.graph, {found.node}
    for node in reversed(graph.nodes[: graph.index[found.node] + 1]):
        if node in wanted:
            wanted |= {each for each in node.parents if each.parents and not math.isfinite(graph.data_of(each))}
    inner = [node for node in graph.nodes if node in wanted and node.parents]
    by_hand = next((node for node in inner if node.op.forward is no_formula), None)
    if by_hand is not None or not inner:
        what = f"{graph.name(by_hand or found.node)} was {'recorded by hand' if inner else 'given'}"
        raise GraphError(f"{what}: there is no operation to show in a sheet")
    return inner


def is_number(graph: Any, node: Any) -> bool:
    """Whether it is a finite number that stood in a formula."""
    return node.role == "constant" and not graph.label(node) and math.isfinite(graph.data_of(node))


def given(name: str, number: float) -> str:
    """An input; one that is not finite is computed."""
    if math.isfinite(number):
        return f"input   {name} = {number_text(number)}"
    return f"{name} = " + (f"0*({INFINITE})" if math.isnan(number) else "-" * (number < 0) + INFINITE)


def equation(node: Any, names: dict[Any, str], graph: Any) -> str:
    """The line of a value: a name, and its operation over names."""
    parents = node.parents
    inputs: list[Formula] = [Name(names[each]) if each in names else Number(graph.data_of(each)) for each in parents]
    return f"{names[node]} = {render(node.op.applied(*inputs))}"
