"""What a page asks about each local derivative: the right formula among those that people take for it, and by which
rule of the table it comes about.

Formulas of one shape are written once: as text with blanks, and as a function of the numbers that fill them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from microgrid.answers.parts import ONE, Part, added, multiplied, places, products, sums
from microgrid.answers.wrong_slopes import slopes_of
from microgrid.derivation import Network
from microgrid.errors import FormulaError
from microgrid.formula import OPS, Call, Formula, Name, Number, Op, derivative, free_names, substitute
from microgrid.formula.algebra import size, tidied
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.floats import FLOATS
from microgrid.formula.javascript import expression
from microgrid.formula.operation import VOCABULARY, constant_folded, functions_of
from microgrid.formula.simplification import agree
from microgrid.formula.writing import text
from microgrid.tape import Tape
from microgrid.tape.wording import mark

__all__ = ["Choices"]

MOST_VALUES, MOST_USES = 80, 400  # of a level: nobody is asked about each of more
MOST_PARTS = 400  # of a formula about which somebody is asked
LONGEST = 24  # parts of a formula that a person chooses among others
WRONG = 3  # formulas beside the right one
DIGITS = 6
SUM, SCALING, FUNCTION = 0, 1, 5  # how much a rule says: of all that a value depends through, the first one counts
RANKS = {"+": SUM, "-": SUM, "neg": SUM, "sum": SUM, "*": 2, "affine": 2, "/": 3, "**": 4}
LETTERS = "xyz"


class Choices:
    """The choices of all levels of a page, the shapes of their formulas, and the rules of the table behind them.

    data        the shapes as text with blanks n0, n1, …, and the rules: what each computes, and its local derivative
    operations  that the formulas use
    script      the statement that defines SHAPES: for each shape a function numbers → number
    """

    def __init__(self) -> None:
        self._shapes: dict[Formula, int] = {}
        self._rules: dict[tuple[Call, int], int] = {}

    def level(self, tape: Tape, equations: Mapping[str, Formula]) -> dict[str, Any]:
        """Of a level: the rule of each computed value, and of each use of a value the rule and its choices.

        equations  the author's own, by the name that each defines
        Each choice is a shape and the places in the graph of the numbers that fill it; the first one is right.
        """
        uses = sum(map(len, tape.view.parents))
        if len(tape.view) > MOST_VALUES or uses > MOST_USES:
            return {}
        network = Network(tape.graph, tape.view, dict(equations), {})
        by, slopes = {}, {}
        for i in tape.computed:
            formula = network.formula(i)
            if formula is not None and size(formula) <= MOST_PARTS and (found := list(calls(formula))):
                by[i] = self.rule(*max(found, key=rank))
                slopes[i] = [self.use(tape, network, i, formula, parent) for parent in tape.view.parents[i]]
        return {"rules": by, "slopes": slopes}

    def use(self, tape: Tape, network: Network, i: int, formula: Formula, parent: Any) -> list[Any] | None:
        """The rule of one use and its choices; None for a number that stood in a formula, or a value used twice."""
        place, name = tape.view.index[parent], tape.view.display_names[tape.view.index[parent]]
        through = list(calls(formula, name))
        if place not in network.inputs[i] or tape.view.parents[i].count(parent) > 1 or not through:
            return None
        here = {each: tape.graph.index[node] for each, node in zip(network.names, tape.view.nodes)}
        right = network.factor(i, place).formula
        some = choices(formula, network.names[i], name, right) if right is not None else []
        known = [each for each in some if {one.name for one in variables(each)} <= here.keys()]
        written = [self.choice(each, here) for each in known] if known[:1] == some[:1] and len(known) > 1 else []
        return [self.rule(*max(through, key=rank)), written]

    def choice(self, formula: Formula, here: Mapping[str, int]) -> list[int]:
        """The shape of a formula, and the places of its numbers."""
        names = variables(formula)
        shape = substitute(formula, {each.name: Name(mark(f"n{i}")) for i, each in enumerate(names)})
        return [self._shapes.setdefault(shape, len(self._shapes)), *(here[each.name] for each in names)]

    def rule(self, call: Call, by: int) -> int:
        """A rule of the table: an operation, and by which of its inputs it is differentiated."""
        return self._rules.setdefault(general(call, by), len(self._rules))

    @property
    def data(self) -> dict[str, Any]:
        write = text(DIGITS, str, symbols=True)
        return {"shapes": [write(each) for each in self._shapes], "rules": [said(*each) for each in self._rules]}

    @property
    def operations(self) -> list[Op]:
        """The rows of the table that the formulas use."""
        return [OPS[name] for name in sorted(functions_of(list(self._shapes)) - FLOATS.keys()) if name in OPS]

    @property
    def script(self) -> str:
        lines = (f"  (n) => {self.computed(each)},\n" for each in self._shapes)
        return f"const SHAPES = [\n{''.join(lines)}];"

    def computed(self, shape: Formula) -> str:
        """A shape as JavaScript."""
        blanks = {mark(f"n{i}"): Name(f"n[{i}]") for i in range(len(variables(shape)))}
        return expression(constant_folded(substitute(shape, blanks)))


def variables(formula: Formula) -> list[Name]:
    """The names in a formula that stand for numbers of the page."""
    return [each for each in free_names(formula) if each.name not in CONSTANTS]


# ── wrong ones ─────────────────────────────────────────────────────────────────────────────


def choices(formula: Formula, of: str, by: str, right: Formula) -> list[Formula]:
    """The right local derivative and some that people take for it, each another number than the others."""
    inside = {of: formula} if is_computed(formula) else {}
    found, expanded = [right], [substitute(right, inside)]
    if size(right) > LONGEST or not is_computed(right):
        return []
    for each in mistaken(formula, of, by, right):
        wrong = tidied(each)
        plain = substitute(wrong, inside)
        if size(wrong) > LONGEST or not is_computed(plain):
            continue
        if not any(agree(one, plain) or agree(plain, one) for one in expanded):
            found.append(wrong)
            expanded.append(plain)
        if len(found) > WRONG:
            break
    return found


def is_computed(formula: Formula) -> bool:
    """Whether it has no word of any number of inputs."""
    return functions_of([formula]) <= VOCABULARY.keys()


def mistaken(formula: Formula, of: str, by: str, right: Formula) -> Iterator[Formula]:
    """What is taken for a local derivative: one of each kind of mistake, the likeliest first; then more of them."""
    kinds: list[Iterator[Formula]] = [
        rules_mistaken(formula, of, by),
        turned(right),
        factors_left_out(right),
        iter([Name(by)] if right != Name(by) else []),
        iter([Call("*", (right, Name(by))), Name(of), Call("*", (Number(2.0), right)), Number(0.0)]),
    ]
    while kinds:
        for each in list(kinds):
            wrong = next(each, None)
            if wrong is None:
                kinds.remove(each)
            else:
                yield wrong


def rules_mistaken(formula: Formula, of: str, by: str) -> Iterator[Formula]:
    """The derivative of a function is another one's, has z for a, or is left out."""
    some = [slope for slope in slopes_of(formula, of, by) if slope.shown != "neg′"]
    for slope in some:
        yield slope.put(slope.wrong[-2] if len(slope.wrong) > 1 else ONE)
        yield from (slope.put(each) for each in (*slope.wrong, ONE))


def turned(right: Formula) -> Iterator[Formula]:
    """The other sign; of a sum, that of each term."""
    whole = right.arguments[0] if isinstance(right, Call) and right.function == "neg" else Call("neg", (right,))
    is_short = tidied(whole) != Call("neg", (right,))
    terms = next((parts for place, parts in sums(right) if not place.path), [])
    yield whole if is_short or not terms else added([Part(-each.sign, each.formula) for each in terms])


def factors_left_out(right: Formula) -> Iterator[Formula]:
    """One factor of the whole is missing."""
    for place, parts in products(right):
        if not place.path and len(parts) > 1:
            yield from (multiplied([*parts[:i], *parts[i + 1 :]]) for i in range(len(parts)))


# ── rules of the table ─────────────────────────────────────────────────────────────────────


def calls(formula: Formula, name: str = "") -> Iterator[tuple[Call, int]]:
    """The operations in a formula, from the outside inwards; those that a name goes through, and by which input."""
    for place in places(formula):
        if isinstance(place.formula, Call):
            inside = [i for i, each in enumerate(place.formula.arguments) if not name or has(each, name)]
            if inside:
                yield place.formula, inside[0]


def has(formula: Formula, name: str) -> bool:
    return Name(name) in free_names(formula)


def rank(found: tuple[Call, int]) -> int:
    """How much a rule says."""
    call, by = found
    others = [each for i, each in enumerate(call.arguments) if i != by]
    is_scaling = call.function in "*/" and all(isinstance(each, Number) for each in others)
    return SCALING if is_scaling else RANKS.get(call.function, FUNCTION)


def general(call: Call, by: int) -> tuple[Call, int]:
    """The operation over letters, with the numbers that it was written with; one of any number of inputs has none."""
    if len(call.arguments) > len(LETTERS) or call.function in ("sum", "affine", "softmax", "logsumexp"):
        return Call(call.function, ()), 0
    if call.function in "+*" and len(call.arguments) == 2:
        by = 0  # x + y and x·y by y are told as by x
    letters = [Name(each) for each in LETTERS]
    kept = call.function == "**" or rank((call, by)) == SCALING
    numbers = [kept and isinstance(each, Number) and i != by for i, each in enumerate(call.arguments)]
    arguments = (each if stays else letter for each, stays, letter in zip(call.arguments, numbers, letters))
    return Call(call.function, tuple(arguments)), by


def said(call: Call, by: int) -> list[str]:
    """A rule in words: the operation, what it computes where that is written otherwise, by what, and the derivative."""
    write = text(DIGITS, str, symbols=True)
    if not call.arguments:
        return [call.function, "", "", ""]
    value, letter = write(call), LETTERS[by]
    try:
        slope = write(tidied(derivative(call, letter)))
    except FormulaError:
        return [value, "", "", ""]
    return [value, definition(call), letter, slope]


def definition(call: Call) -> str:
    """How the row of a function computes its value."""
    row = OPS.get(call.function)
    if row is None or not row.book.inputs:
        return ""
    return text(DIGITS, str, symbols=True)(substitute(row.book.value, dict(zip(row.book.inputs, call.arguments))))
