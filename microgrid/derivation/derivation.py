"""`explain`: a derivative, or a whole backward pass, written out as a worked solution.

    ∂C/∂w1 = ∂C/∂y · ∂y/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂w1       the chain
           = (y − t) · y(1 − y) · w2 · 1{z1 > 0} · x            in the names of the network
           = −0.759511 · 0.182654 · (−5) · 1 · 3                in numbers
           = 2.08092

Where ways part and meet again the contributions add, and each derivative is found once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from microgrid.engine.variables import given
from microgrid.errors import GraphError, counted
from microgrid.formula import Call, Formula, Name, Number, fold, substitute
from microgrid.formula.algebra import size
from microgrid.formula.lettering import number, plain
from microgrid.formula.path_sums import factored, local, product, spelled, total
from microgrid.formula.writing import text
from microgrid.sheet.arrays.registry import unsampled
from microgrid.streams import carrying, encoding_of

from .array_derivation import ArrayDerivation, array_descents
from .chains import SHOWN, Factor, Network, Term
from .findings import Definition, Findings, Step
from .question import ArrayQuestion, Question, asked
from .solution import as_json, as_latex, as_markdown, as_text
from .ties import with_ties

__all__ = ["Derivation", "derive", "derived", "explain", "quantity", "replaced"]

VECTOR, ELEMENT = "vector", "element"  # levels of a sheet with arrays
MOST_FACTORS = 2000  # in one derivation
LABEL = 16  # characters of a name, where a derivation is told in one line


@carrying
@dataclass(frozen=True, repr=False)
class Derivation(Findings):
    """A derivation: its steps, from the target down, each resting on those before it.

    >>> from microgrid import Value
    >>> x, w = Value(3.0, label="x"), Value(2.0, label="w")
    >>> L = (w * x) ** 2
    >>> L.label = "L"
    >>> print(explain(L, wrt=w))
    ∂L/∂w = 2·w·x² = 2·2·3² = 36

    It prints as text; `text`, `markdown`, `latex` and `json` give it in full, and notebooks show it.
    """

    def __repr__(self) -> str:
        name = text(None, lambda label: plain(label, LABEL))
        what = f"the backward pass of {plain(self.target, LABEL)}"
        if self.wrt is not None:
            value = self.value
            what = name(self.steps[-1].quantity) + (f" = {number(value, 6)}" if isinstance(value, float) else "")
        return f"<Derivation of {what} at level {self.level}, {counted(len(self.steps), 'step')}>"

    def __str__(self) -> str:
        return self.text(encoding=encoding_of())

    def text(self, width: int = 80, encoding: str = "utf-8") -> str:
        """Plain text in lines of at most that many columns, broken before operators.

        encoding  of what it is written to; signs that it does not have are written in ASCII
        """
        return as_text(self, width, encoding)

    def markdown(self) -> str:
        """Markdown with its formulas between dollar signs."""
        return as_markdown(self)

    def latex(self) -> str:
        """One `aligned` block, to stand where LaTeX expects mathematics."""
        return as_latex(self)

    def json(self) -> dict[str, Any]:
        """The steps as plain data at full precision; inf and nan, which JSON has not, are strings."""
        return as_json(self)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex()}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown()


def explain(
    target: Any,
    wrt: Any = None,
    level: str | None = None,
    *,
    names: Mapping[str, Any] | None = None,
    digits: int = 6,
    paths: bool = False,
    round_number: int = 1,
    sample: int = 1,
) -> Derivation:
    """Write out how a derivative comes about: the chain rule, its formulas, its numbers.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("input x = 3\\nparam w = 0.5\\na = tanh(w*x)\\nL = (a - 1)^2")
    >>> print(explain(sheet.run(), wrt="w", digits=4))
    ∂L/∂w = ∂L/∂a · ∂a/∂w
          = 2·(a − 1) · (1 − a²)·x
          = 2·(0.9051 − 1) · (1 − 0.9051²)·3
          = −0.1897 · 0.5421
          = −0.1028

    target  a Value, or a worked sheet (`Sheet.run()`), which stands for its loss; a Graph, with the
            numbers that it holds; or anything whose `root` is a Value
    wrt     a Value or a name; also both ends at once, "dL/dw". None for the whole backward pass
    level   "op" for every operation, "named" for what has a label: the lines of the book. Of a sheet with arrays these
            are "vector", each array as a whole and one of its elements beside it, and "element", one by one
    names   what holds Values that have no label: a mapping such as `locals()`, or {"W": W}, whose elements are then
            W[0][1]; unless told, the variables of the caller
    paths   also write the sum over all paths, and what remains of it with shared factors taken out
    round_number  of a sheet: which of its rounds, from 1      sample  which of its samples, from 1
    Returns a Derivation. Raises GraphError where `wrt` does not lead to the target, and where
    there is more to write than anybody would read.
    """
    return derive(asked(target, wrt, given(names), round_number, sample), level, digits=digits, paths=paths)


def derive(question: Question, level: str | None = None, *, digits: int = 6, paths: bool = False) -> Derivation:
    """The derivation that answers a question; `explain` says what the settings mean."""
    if question.arrays and level in (None, VECTOR) and not (paths and question.by):
        found = derived_in_arrays(question, question.arrays, digits)
        if question.by is None or found.is_written:
            return found
    if question.arrays and question.arrays.by and question.by is None:
        (of, _), (array, _) = unsampled(question.arrays.of), unsampled(question.arrays.by)
        first = question.arrays.here.sheet.algebra.arrays.known[array].elements[0]
        raise GraphError(f"{array} is an array: derive one of its elements, d{of}/d{first}")
    level = "named" if level in (None, VECTOR, ELEMENT) else level
    network = question.network(level)
    by = None if question.by is None else network.view.index[question.by]
    steps = tuple(derived(network, by, paths, question.order))
    whole = by is None
    return Derivation(
        network.names[network.root],
        None if by is None else network.names[by],
        level,
        steps,
        tuple(definitions(network, steps)),
        question.descents if whole else (),
        question.title if whole else "",
        digits,
        remark(network, by, steps),
    )


def derived_in_arrays(question: Question, asked: ArrayQuestion, digits: int) -> Derivation:
    """The derivation by an array, or by all of them."""
    found = ArrayDerivation(asked.here, asked.of, asked.sample)
    steps = found.steps(asked.by)
    descents = tuple(array_descents(question.descents, asked.here)) if asked.by is None else ()
    return Derivation(
        asked.of, asked.by, VECTOR, steps, (), descents, question.title, digits, found.remark, found.sample
    )  # fmt: skip


# ── the derivation ─────────────────────────────────────────────────────────────────────────


def derived(network: Network, by: int | None, paths: bool, order: Sequence[str]) -> Iterator[Step]:
    """The steps of a derivation, from the target down."""
    if by == network.root:
        name = network.names[network.root]
        one = Number(1.0)
        yield Step(name, name, local(name, name), 1.0, (), one, one, one, ())
        return
    milestones = network.milestones(by, order)
    if not milestones:
        remedy = "; label some, pass names=locals(), or take level='op'" if network.graph.root.parents else ""
        raise GraphError(f"{network.names[network.root]!r} was computed from nothing that has a name{remedy}")
    found, length = set(milestones), factors_of(network)
    if length > MOST_FACTORS and (by is None or paths):
        shorter = "ask for one derivative, or for a coarser level" if by is None else "ask without paths"
        raise GraphError(f"{length:,} local derivatives are too many to write out; {shorter}")
    for i in milestones if by is None or not (paths or length > MOST_FACTORS) else [by]:
        yield step(network, i, found, paths)


def factors_of(network: Network) -> int:
    """How many local derivatives a network has."""
    return sum(map(len, network.inputs))


def remark(network: Network, by: int | None, steps: Sequence[Step]) -> str:
    """What has to be said where only the last of many steps is written out."""
    length = factors_of(network)
    if by is None or length <= MOST_FACTORS or not steps:
        return ""
    root, last = network.names[network.root], next((each.upstream for each in steps[0].terms if each.upstream), "")
    such = f", such as d{root}/d{last}" if last else ""
    return (
        f"The last step of the chain rule; {length:,} local derivatives lead to {root}. Ask for those before it{such}."
    )


def definitions(network: Network, steps: Sequence[Step]) -> Iterator[Definition]:
    """What the steps mention and nobody named, in the order of computing it."""
    terms = [term for step in steps for term in step.terms]
    mentioned = {name for term in terms for each in term.factors for name in (each.of, each.by)}
    for i, name in enumerate(network.names):
        formula = network.formula(i) if name in mentioned and not network.view.labels[i] else None
        if formula is not None and size(formula) <= SHOWN:
            yield Definition(name, formula)


def step(network: Network, i: int, found: set[int], paths: bool) -> Step:
    """How the derivative by one node comes about."""
    terms = network.terms(i, found)
    chains = [chain(network, terms)]
    factors = [each for term in terms for each in term.factors]
    if paths:
        ways = network.paths(i)
        chains = [total([spelled(path, network.names) for path in ways]), factored(ways, network.names)]
        factors = [network.factor(*pair) for path in ways for pair in pairwise(path)]
    formulas = {local(each.of, each.by): each.formula for each in factors if each.formula}
    numbers: dict[Formula, Formula] = {local(each.of, each.by): Number(each.value) for each in factors}
    for term in terms:
        if term.upstream:
            above = network.places[term.upstream]
            numbers[quantity(network, above)] = Number(network.totals[above])
    inserted = numbers | {symbol: with_ties(substitute(each, network.values)) for symbol, each in formulas.items()}
    in_names, in_numbers, multiplied = (replaced(chains[-1], each) for each in (formulas, inserted, numbers))
    unnamed = without_names(network, factors)
    if None in unnamed.values():
        chains, in_names = [], in_numbers
    chains = [substituted(each, unnamed) for each in chains]  # type: ignore[arg-type]
    return Step(
        network.names[network.root], network.names[i], quantity(network, i), network.totals[i],
        tuple(chains), in_names, in_numbers, multiplied, tuple(terms),
    )  # fmt: skip


def without_names(network: Network, factors: Sequence[Factor]) -> dict[Formula, Formula | None]:
    """What stands for local derivatives that a sheet would read as whole ones."""
    found = [each for each in factors if network.is_read_as_whole(each.of, each.by)]
    return {local(each.of, each.by): each.formula for each in found}


def quantity(network: Network, i: int) -> Formula:
    """What the derivative of the root by a node is called."""
    sign = "d" if network.is_total(i) else "∂"
    return Call(sign, (Name(network.names[network.root]), Name(network.names[i])))


def chain(network: Network, terms: Sequence[Term]) -> Formula:
    """The chain rule: contributions added, each the derivative above it times local ones."""
    parts = []
    for term in terms:
        above = [quantity(network, network.places[term.upstream])] if term.upstream else []
        part = product([*above, *(local(each.of, each.by) for each in term.factors)])
        if len(terms) > 1:
            direct = not term.upstream and len(term.factors) == 1
            part = Call("directly", (part,)) if direct else Call("via", (part, Name(term.via)))
        parts.append(part)
    return total(parts)


def replaced(formula: Formula, symbols: Mapping[Formula, Formula]) -> Formula:
    """A chain with something else for each of its derivatives, and without its remarks."""

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        return inputs[0] if isinstance(node, Call) and node.function in ("via", "directly") else again(node, inputs)

    return substituted(fold(formula, visit), symbols)


def substituted(formula: Formula, symbols: Mapping[Formula, Formula]) -> Formula:
    """A chain with something else for some of its derivatives."""

    def visit(node: Formula, inputs: list[Formula]) -> Formula:
        made = again(node, inputs)
        return symbols.get(made, made) if isinstance(made, Call) and made.function in ("∂", "d") else made

    return fold(formula, visit) if symbols else formula


def again(node: Formula, inputs: list[Formula]) -> Formula:
    """The same part of a formula, of other inputs."""
    return Call(node.function, tuple(inputs)) if isinstance(node, Call) else node
