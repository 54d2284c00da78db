"""The commands that hand something out: a derivation, a picture, a page."""

from __future__ import annotations

from copy import copy

from microgrid.debugger.beyond import worked
from microgrid.debugger.lookup import is_number
from microgrid.debugger.session import Session
from microgrid.derivation import Derivation, Question, derive
from microgrid.derivation.question import asked as of_run
from microgrid.derivation.question import ends
from microgrid.engine import Graph
from microgrid.errors import GraphError
from microgrid.streams import encoding_of
from microgrid.tape import ELEMENT, VECTOR
from microgrid.tape.rounds import shares

__all__ = ["draw", "explain", "page"]


def explain(session: Session, argument: str) -> None:
    """A derivative of this round as a worked solution; without a name, the whole backward pass."""
    tape = session.tape
    array = session.lookup.arrays.find(argument.partition("/")[2].lstrip("d∂") or argument) if argument else None
    if session.run is not None and session.run.sheet.has_arrays and (array or not argument) and tape.level == VECTOR:
        run, number = worked(session.run, session.cursor, bool(session.changes))
        question = of_run(run, argument if "/" in argument else array.called if array else None, {}, number + 1)
        say(session, derive(question, digits=session.screen.digits))
        return
    level = level_of(session) if isinstance(tape.level, str) else "op"
    question = asked(session, argument)
    derivation = derive(question, level, digits=session.screen.digits)
    say(session, derivation)


def level_of(session: Session) -> str:
    """The level of the steps; of arrays and their elements, that of the values with names."""
    return "named" if session.tape.level in (VECTOR, ELEMENT) else session.tape.level


def say(session: Session, derivation: Derivation) -> None:
    """A derivation, line by line."""
    for line in derivation.text(session.screen.width, encoding_of()).split("\n"):
        session.screen.listed(line)


def asked(session: Session, argument: str) -> Question:
    """`w1`, `dL/dw1` or nothing: the question, with the numbers of this round."""
    graph, by = called_as_steps_are(session), None
    lookup = session.lookup
    of, lower = ends(argument or None, tuple(lookup.names))
    graph = graph.leading_to(lookup.find(of).node if of else graph.root)
    if lower:
        found = lookup.find(str(lower))
        if found.node not in graph:
            raise GraphError(f"{found.name} does not lead to {graph.name(graph.root)}: the derivative is 0")
        if is_number(found.node):
            raise GraphError(f"{found.name} is the number {found.node.data:g} of a formula: nothing to derive by")
        by = found.node
    question = Question(graph, by, {}, {})
    if session.run is None:
        return question
    sheet = session.run.sheet
    here = session.cursor.round.graph
    numbers = {leaf.name: session.run.rounds[0].nodes[leaf.name] for leaf in sheet.leaves}
    known = {name: here.data[here.index[node]] if node in here else node.data for name, node in numbers.items()}
    return Question(question.graph, by, sheet.formulas, sheet.at(known).values, sheet.quantities)


def called_as_steps_are(session: Session) -> Graph:
    """The graph of this round, its values by the names that the steps have."""
    tape, graph = session.tape, session.cursor.round.graph
    if tape.names == tape.view.display_names:
        return graph
    names = dict(zip(tape.view.nodes, tape.names))
    other = copy(graph)
    vars(other)["display_names"] = tuple(names.get(node, name) for node, name in zip(graph, graph.display_names))
    return other


# ── files ──────────────────────────────────────────────────────────────────────────────────


def draw(session: Session, argument: str) -> None:
    """The picture of this round, with its numbers."""
    from microgrid.picture import draw
    from microgrid.picture.picture import Snapshot, equations

    if not argument:
        raise GraphError("draw which file? draw net.svg, or .png, .pdf, .dot, .gv")
    graph = with_gradients(called_as_steps_are(session))
    subject = Snapshot(graph, equations(session.run), session.run.title if session.run else None)
    session.screen.path(f"wrote {draw(subject, level=level_of(session)).save(argument)}")


def with_gradients(graph: Graph) -> Graph:
    """The graph with the gradients that its own numbers have."""
    found = {len(graph) - 1: 1.0}
    found |= {share.parent: share.after for share in shares(graph, len(graph) - 1)}
    other = copy(graph)
    other.grad = tuple(found.get(i, 0.0) for i in range(len(graph)))
    return other


def page(session: Session, argument: str) -> None:
    """The live page of this tape."""
    from microgrid.web import page

    if not argument:
        raise GraphError("page which file? page net.html")
    session.screen.path(f"wrote {page(session.tape, level_of(session), title=session.title).save(argument)}")
