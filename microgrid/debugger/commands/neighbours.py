"""The commands that look around in the graph: the way to the loss, the inputs of a value, its uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from microgrid.debugger.lookup import Found, NotYet
from microgrid.debugger.session import Session
from microgrid.engine import Graph
from microgrid.formula import printable
from microgrid.sheet.arrays.wholes import Whole
from microgrid.terminal.screen import GRADIENT, NOTHING, VALUE

__all__ = ["inputs", "users", "where"]

MOST = 20  # rows of a table
Row = tuple["tuple[str, str] | str", ...]


class Way(NamedTuple):
    """One value on the way to the loss, and the local derivative of the next one by it."""

    place: int
    partial: float
    child: int


def where(session: Session, argument: str) -> None:
    """The path from here to the loss, with its running product."""
    found = session.lookup.find(argument) if argument else here_on(session)
    place = session.lookup.step_of(found.name)
    if not session.lookup.leads_to_root(place):
        root, name = printable(session.tape.names[-1]), printable(found.name)
        session.screen.line(f"{root} does not depend on {name}: no path leads there")
        return
    path = list(path_from(session, place))
    products = list(accumulate((each.partial for each in path), mul))
    rows = table_of(len(path), lambda i: passed(session, path[i], products[i]))
    rows.append((printable(session.tape.names[-1]), "", ""))
    session.screen.rows(("<from here", "<local derivative", ">product so far"), rows)
    session.screen.line(about_paths(session, place))


def passed(session: Session, way: Way, product: float) -> Row:
    """A value on the way; its numbers where they are computed."""
    names, there = session.tape.names, session.cursor.data[way.child] is not None
    partial, total = (session.screen.number(number if there else None) for number in (way.partial, product))
    local = f"{session.words.local(names[way.child], names[way.place])} = {partial}"
    return printable(names[way.place]), local, (total, GRADIENT)


def about_paths(session: Session, place: int) -> str:
    """What the product of a path is."""
    view, names = session.tape.view, session.tape.names
    of, ways = session.words.gradient(names[place]), view.count_paths(view.nodes[place])
    if place == len(view) - 1:
        return f"{printable(names[-1])} is where the backward pass begins: {of} = 1"
    if ways > 1:
        many = f"{ways:,}" if ways < 10**15 else "more than 10¹⁵"
        return f"one path of {many}: {of} is the sum over all"
    return f"the only path, so its product is {of}"


def table_of(count: int, row: Callable[[int], Row]) -> list[Row]:
    """The rows of a table; of many the first and the last ones."""
    if count <= MOST + 1:
        return [row(i) for i in range(count)]
    half = MOST // 2
    return [*map(row, range(half)), (f"… {count - MOST:,} more",), *map(row, range(count - half, count))]


def here_on(session: Session) -> Found:
    """The value that the last step was about, or else the next one."""
    step = session.cursor.last or session.cursor.next
    place = session.tape.view.index.get(step.node) if step else None
    name = step.name if step and place is None else session.tape.names[place or 0]
    return session.lookup.find(name)


def path_from(session: Session, place: int) -> Iterator[Way]:
    """A way from a value to the root: through the use that the last step was about, and then the first of each."""
    view = session.cursor.round.view
    step = session.cursor.last
    child = getattr(step, "child", None) if step is not None and view.index.get(step.node) == place else None
    while place != len(view) - 1:
        every = session.tape.view.consumers(view.nodes[place])
        uses = [each for each in every if session.lookup.leads_to_root(view.index[each.child])]
        use = next((each for each in uses if each.child is child), uses[0])
        above = view.index[use.child]
        yield Way(place, view.partials[above][use.slot], above)
        place, child = above, None


# ── around a value ─────────────────────────────────────────────────────────────────────────


def around(session: Session, name: str) -> tuple[Found, Graph, list[str]]:
    """A value, the graph to look at it in, with the numbers of this round, and the names there."""
    found = session.lookup.find(name)
    here = session.cursor.round
    if found.place is not None:
        return found, here.view, list(session.tape.names)
    return found, here.graph, list(session.tape.graph.display_names)


def value_of(session: Session, name: str) -> str:
    try:
        return session.screen.number(session.lookup.value(session.lookup.find(name)))
    except NotYet:
        return NOTHING


def gradient_of(session: Session, name: str) -> float | None:
    """The gradient of a value, where it is complete."""
    found = session.lookup.find(name)
    have, needed = session.lookup.shares(found)
    return session.lookup.gradient(found) if have == needed else None


def inputs(session: Session, argument: str) -> None:
    """What a value is computed from."""
    if (array := session.lookup.arrays.find(argument)) is not None:
        into_array(session, array)
        return
    found, graph, names = around(session, argument)
    edges = graph.inputs(found.node)
    there = value_of(session, found.name) != NOTHING

    def row(i: int) -> Row:
        parent = names[graph.index[edges[i].parent]]
        partial = session.screen.number(edges[i].partial if there else None)
        local = f"{session.words.local(found.name, parent)} = {partial}"
        return printable(parent), (value_of(session, parent), VALUE), local

    if edges:
        title = f"<into {printable(found.name)}"
        session.screen.rows((title, ">value", "<local derivative"), table_of(len(edges), row))
    else:
        session.screen.line(f"{printable(found.name)} is a leaf, {found.node.role}: it is computed from nothing")


def users(session: Session, argument: str) -> None:
    """What uses a value, and what each use adds to its gradient."""
    if (array := session.lookup.arrays.find(argument)) is not None:
        out_of_array(session, array)
        return
    found, graph, names = around(session, argument)
    edges, shown = graph.consumers(found.node), session.screen.number

    def row(i: int) -> Row:
        child = names[graph.index[edges[i].child]]
        there, above = value_of(session, child) != NOTHING, gradient_of(session, child)
        local = f"{session.words.local(child, found.name)} = {shown(edges[i].partial if there else None)}"
        share = shown(None if above is None else edges[i].partial * above)
        return printable(child), local, f"{session.words.gradient(child)} = {shown(above)}", (share, GRADIENT)

    if edges:
        titles = (f"<uses of {printable(found.name)}", "<local derivative", "<gradient above it", ">share")
        session.screen.rows(titles, table_of(len(edges), row))
    else:
        session.screen.line(f"{printable(found.name)} is where everything leads: nothing uses it")


# ── around a vector or a matrix ────────────────────────────────────────────────────────────


def numbers_of(session: Session, whole: Whole, grad: bool = False) -> str:
    """The numbers of a number or an array, or its gradient; a dash where they are not there yet."""
    found = [session.lookup.find(each) for each in whole.elements]
    try:
        read = session.lookup.gradient if grad else session.lookup.value
        return session.screen.array(whole.shape, [read(each) for each in found])
    except NotYet:
        return NOTHING


def into_array(session: Session, array: Whole) -> None:
    """What an array is computed from."""
    shares = session.words.arrays.shares
    used = [name for name in shares.wholes if array.called in shares.users.get(name, ())]
    if not used:
        kind = f"a leaf, {array.keyword}" if array.keyword else "of numbers alone"
        session.screen.line(f"{printable(array.called)} is {kind}: it is computed from nothing")
        return
    rows = [(printable(name), (numbers_of(session, shares.wholes[name]), VALUE)) for name in used]
    session.screen.rows((f"<into {printable(array.called)}", "<value"), rows)


def out_of_array(session: Session, array: Whole) -> None:
    """What uses an array, and what each use passes back to its gradient."""
    words = session.words.arrays
    used = words.shares.users.get(array.called, [])
    if not used:
        session.screen.line(f"nothing that leads on uses {printable(array.called)}")
        return
    rows = [(printable(child), words.share(child, array.called), numbers_of(session, words.wholes[child], grad=True))
            for child in used]  # fmt: skip
    titles = (f"<uses of {printable(array.called)}", "<share of its gradient", "<gradient above it")
    session.screen.rows(titles, [(name, share, (numbers, GRADIENT)) for name, share, numbers in rows])
