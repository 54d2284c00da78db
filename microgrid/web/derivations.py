"""Derivations with blanks for their numbers: what a page says of a chosen value, whatever the numbers are.

A blank is a mark, as in `tape/wording.py`:  d3 is the value at place 3 of the graph, g3 the gradient at place
3 of the view, p5_3 the local derivative of place 5 by place 3 of the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microgrid.derivation import Network, Step
from microgrid.derivation.derivation import derived, quantity, replaced
from microgrid.engine.views import left_out
from microgrid.errors import GraphError
from microgrid.formula import Formula, Name, Number, printable, substitute, unicode_name
from microgrid.formula.path_sums import local
from microgrid.formula.printing import Place
from microgrid.formula.writing import text
from microgrid.tape import Tape
from microgrid.tape.wording import mark

from .recipe import is_given

__all__ = ["workings"]

MOST_TERMS = 8  # of a sum that is written out
TOO_LONG = 480  # characters of numbers put in: nobody follows them


def workings(tape: Tape, equations: Mapping[str, Formula], order: Sequence[str]) -> dict[int, list[list[str]]]:
    """For each value, by its place in the view, the steps of the derivation of its gradient; each step is lines.

    equations  the author's own, by the name that each defines
    order      the names of a sheet's quantities, in their order
    """
    found, known = {}, None
    formulas: dict[str, Formula | None] = dict(equations)
    if tape.level in ("neuron", "layer"):  # formulas over neurons would be pages long
        formulas = dict.fromkeys(tape.view.display_names)
    for i, node in enumerate(tape.view.nodes):
        if not node.parents and not is_given(tape.graph, tape.graph.index[node]):
            continue
        network = known = Network(tape.graph, tape.view, formulas, {}, node, known)
        try:
            found[i] = [lines(tape, network, step) for step in derived(network, i, False, order)]
        except GraphError:  # nothing that has a name leads there, or it is too long for anybody
            continue
    return found


def lines(tape: Tape, network: Network, step: Step) -> list[str]:
    """One derivative: its name, the chain, in the names of the network, in numbers, its value."""
    called = dict(zip(network.names, tape.names))
    places: dict[str, Place] = {name: name for name in tape.names if isinstance(name, Place)}
    write, put = text(6, lambda name: typeset(called.get(name, name), places), symbols=True), text(6, str, symbols=True)
    value = mark(f"g{network.places[step.by]}")
    if len(step.terms) > MOST_TERMS:
        return [write(step.quantity), f"the sum of what its {len(step.terms)} outgoing wires carry", value]
    chain = step.chains[-1] if step.chains else Number(1.0)
    formulas, inserted, numbers = blanks(tape, network, step)
    found = [write(step.quantity), *map(write, step.chains)]
    if formulas:
        found.append(write(replaced(chain, formulas)))
    with_numbers = put(replaced(chain, inserted))
    if len(with_numbers) <= TOO_LONG:
        found.append(with_numbers)
    return [*found, put(replaced(chain, numbers)), value]


def typeset(name: str, places: Mapping[str, Place]) -> str:
    """A name as the page shows it; in a derivative by a place such as W[0][1], Python's own."""
    of, _, by = name.removeprefix("∂").partition("/∂")
    if name[:1] == "∂" and (of in places or by in places):
        return "/".join("∂" + unicode_name(printable(places.get(each, each))) for each in (of, by))
    return unicode_name(printable(places.get(name, name)))


Blanks = dict[Formula, Formula]


def blanks(tape: Tape, network: Network, step: Step) -> tuple[Blanks, Blanks, Blanks]:
    """For each derivative in the chain its formula, if there is one; that with blanks; and one blank for it."""
    names = {name: Name(mark(f"d{tape.graph.index[node]}")) for name, node in zip(network.names, tape.view.nodes)}
    formulas: Blanks = {}
    inserted: Blanks = {}
    numbers: Blanks = {}
    for term in step.terms:
        for each in term.factors:
            of, by, symbol = network.places[each.of], network.places[each.by], local(each.of, each.by)
            numbers[symbol] = inserted[symbol] = Name(mark(f"p{of}_{by}"))
            if each.formula is not None and not hides_leaves(tape, of):
                formulas[symbol], inserted[symbol] = each.formula, substitute(each.formula, names)
        if term.upstream:
            above = network.places[term.upstream]
            symbol = quantity(network, above)
            numbers[symbol] = inserted[symbol] = Name(mark(f"g{above}"))
    return formulas, inserted, numbers


def hides_leaves(tape: Tape, i: int) -> bool:
    """Whether a card stands for leaves besides its own value, which a formula over cards does not name."""
    inside = left_out(tape.graph, tape.graph.index[tape.view.nodes[i]], tape.view.index)
    return any(is_given(tape.graph, k) for k in inside)
