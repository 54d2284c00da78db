"""What each step of a tape says in words, with its numbers.

    forward    z1 = w11·x1 + b1 = 0.2·0.5 + 0.1 = 0.2
    backward   ∂L/∂z1 += ∂a1/∂z1 · ∂L/∂a1 = 0.2464 · (−0.1411) = −0.03478
    update     w11 ← w11 − 0.01·∂L/∂w11 = 0.2 − 0.01·(−0.01739) = 0.2002

A sentence is a template first, with a mark where each number goes: the numbers of a graph may
change, its sentences do not. The terminal fills in those of the tape, the page those of the moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from microgrid.derivation.array_derivation import in_sums
from microgrid.formula import Formula, Name, number_text, printable, substitute
from microgrid.formula.lettering import indexed
from microgrid.formula.printing import has_raised, text_name
from microgrid.formula.regexes import regex
from microgrid.formula.writing import minus, text
from microgrid.picture import Subject
from microgrid.picture.card import composed, size

from .array_events import Together
from .array_wording import ArrayWords, of_one_sample
from .events import Assigned, Backward, Complete, Forward, Seed, Step, Update
from .rounds import uses
from .tape import ELEMENT, VECTOR, Tape

__all__ = ["MARK", "Wording", "filled", "mark"]

LONGEST = 60  # formulas of more parts than this are not written out
MARK = regex("\ue000([^\ue001]*)\ue001")  # private letters, which no label keeps
ALONE = "=(←,:{"  # after these a negative number needs no parentheses
BLANK = "□"  # a label of spaces
RAISED = "^⁰¹²³⁴⁵⁶⁷⁸⁹"  # unless it is raised to a power


def mark(what: str) -> str:
    """Where a number goes: `d3`, the value at place 3 of the graph; or a number of the step itself.

    p  the local derivative     u  the gradient above it     c  the contribution
    b  the number before        a  the number after          r  the rate      g  the gradient
    n0, n1, …  the numbers of the names in a rule
    """
    return f"\ue000{what}\ue001"


def filled(template: str, number: Callable[[str], float], digits: int | None) -> str:
    """The sentence with its numbers.

    >>> filled(f"{mark('p')} · {mark('u')} = {mark('c')}", {"p": 0.25, "u": -2.0, "c": -0.5}.__getitem__, 4)
    '0.25 · (−2) = −0.5'
    """

    def put(match: re.Match[str]) -> str:
        shown = minus(number_text(number(match[1]), digits))
        before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :][:1]
        raised = bool(after) and after in RAISED
        bare = not raised and (not before or before in ALONE or before.isalpha())
        return f"({shown})" if (shown[0] == "−" and not bare) or (raised and "e" in shown) else shown

    found: list[str] = []
    for side in template.split(" = "):
        text = MARK.sub(put, side)
        if not found or text != found[-1] or text == side:  # the same number again says nothing
            found.append(text)
    return " = ".join(found)


class Wording:
    """The sentences of a tape.

    >>> from microgrid import Sheet
    >>> from microgrid import steps
    >>> sheet = Sheet.parse("param w = 0.5\\ninput x = 3\\na = w*x\\nL = (a - 2)^2")
    >>> tape = steps(sheet.run())
    >>> words = Wording(tape, sheet.formulas)
    >>> print(words(tape[0]), words(tape[4]), words(tape[6]), sep="\\n")
    a = w·x = 0.5·3 = 1.5
    ∂L/∂a += ∂L/∂a · ∂L/∂L = −1 · 1 = −1
    ∂L/∂w += ∂a/∂w · ∂L/∂a = 3 · (−1) = −3

    equations  the author's own formulas, by the name that each defines
    names      how names are written: as they are, or with their index below the line (`unicode_name`)
    digits     significant digits, None for all
    symbols    whether functions are written as pictures have them: σ(z), ln(z)
    """

    def __init__(
        self,
        tape: Tape,
        equations: Mapping[str, Formula] | None = None,
        names: Callable[[str], str] = str,
        digits: int | None = 4,
        symbols: bool = False,
    ) -> None:
        self.tape, self.digits, self.symbols = tape, digits, symbols
        self.names = names
        self.equations = dict(equations or {}) if tape.level != "op" else {}
        self.subject = Subject(tape.graph, tape.view)
        self.uses = uses(tape.view)
        self._marks = [mark(f"d{i}") for i in range(len(tape.graph))]
        self._places = {name: i for i, name in enumerate(tape.graph.display_names)}
        self._formulas: dict[int, str] = {}
        self._assignments: dict[tuple[str, int], tuple[Formula, str]] = {}  # by the formula itself: rounds share it
        given = zip(tape.view.nodes, tape.view.labels, tape.names, tape.view.data)
        self._literals = {
            name: minus(number_text(data, 6)) for node, label, name, data in given if is_literal(node, label)
        }

    @cached_property
    def arrays(self) -> ArrayWords:
        """The sentences about the events of arrays."""
        return ArrayWords(self.tape, self.word, self.digits, self.symbols)

    def __call__(self, step: Step | Together) -> str:
        """The sentence about a step, or about an event of arrays, with the numbers of the tape."""
        said = self.arrays(step) if isinstance(step, Together) else self._sentence(step)
        return of_one_sample(said) if self.has_samples else said

    @cached_property
    def has_samples(self) -> bool:
        """Whether a step may be about one of many samples."""
        return self.tape.level in (VECTOR, ELEMENT) and bool(self.tape.sheet and self.tape.sheet.samples)

    def plan(self, step: Step | Together) -> str:
        """What a step or event will do, with marks for the numbers that nobody has computed yet."""
        said = self.arrays.plan(step) if isinstance(step, Together) else self.template(step)
        return of_one_sample(said) if self.has_samples else said

    def _sentence(self, step: Step) -> str:
        here = self.tape.rounds[step.round - 1]
        own = numbers(step)
        return filled(self.template(step), lambda what: own[what] if what in own else here.graph.data[int(what[1:])],
                      self.digits)  # fmt: skip

    def template(self, step: Step) -> str:
        """The sentence about a step, with marks for its numbers."""
        node, root = self.name(step.name), self.tape.names[-1]
        grad = self.gradient(step.name)
        if isinstance(step, Forward):
            return self.computation(step)
        if isinstance(step, Seed):
            return f"backward begins: {grad} = 1"
        if isinstance(step, Backward):
            chain = f"{grad} += {self.local(step.child_name, step.name)} · {self.gradient(step.child_name)}"
            several = self.uses[self.tape.view.index[step.node]] > 1
            total = f", so far {mark('a')}" if several else ""
            return f"{chain} = {mark('p')} · {mark('u')} = {mark('c')}{total}"
        if isinstance(step, Complete):
            by_element = self.uses[self.tape.view.index[step.node]]
            shares = self.arrays.uses(step.name) if self.tape.owners.arrays else by_element
            return f"{grad} = {mark('g')} is complete" + (f": the sum of {shares} shares" if shares > 1 else "")
        if isinstance(step, Update):
            slope = f"∂{bracketed(self.name(step.loss))}/∂{bracketed(node)}"
            right = f"{mark('b')} − {mark('r')}·{mark('g')}"
            return f"{node} ← {node} − {mark('r')}·{slope} = {right} = {mark('a')}"
        if isinstance(step, Assigned):
            return self.assignment(step)
        return f"round {step.round} begins: {self.name(root)} is computed again, and every gradient is 0"

    def assignment(self, step: Assigned) -> str:
        """`m ← 0.9·m + 0.1·∂L/∂w = 0.9·0 + 0.1·(−3) = −0.3`"""
        key = step.name, id(step.formula)
        if key not in self._assignments:
            self._assignments[key] = step.formula, self.assigned(step)
        return self._assignments[key][1]

    def assigned(self, step: Assigned) -> str:
        write = text(self.digits and max(self.digits, 6), lambda name: name if MARK.search(name) else self.word(name),
                         symbols=self.symbols)  # fmt: skip
        marked = {name: Name(mark(f"n{i}")) for i, (name, _) in enumerate(step.numbers)}
        inserted = [write(substitute(step.formula, marked))] if marked and size(step.formula) <= LONGEST else []
        sides = dict.fromkeys((*([write(step.formula)] if marked else []), *inserted, mark("a")))
        return f"{self.word(step.name)} ← {' = '.join(sides)}"

    def word(self, name: str) -> str:
        """A name in a rule of a sheet: m(w) and `next t` too."""
        return self.names(text_name(printable(name)))

    def name(self, name: str) -> str:
        """A name as it is written; a number that stood in a formula is itself."""
        return self._literals.get(name) or self.names(printable(name)) or BLANK

    def gradient(self, name: str) -> str:
        """What the gradient of a value is called."""
        return self.local(self.tape.names[-1], name)

    def local(self, of: str, by: str) -> str:
        return f"∂{bracketed(self.name(of))}/∂{bracketed(self.name(by))}"

    # ── how a value is computed ──

    def computation(self, step: Forward) -> str:
        """`z = w·x + b = 0.5·3 + 1 = 2.5`"""
        value = self._marks[self.tape.graph.index[step.node]]
        if self.tape.owners.arrays and (said := self.arrays.computation(step.name)):
            return f"{self.name(step.name)} = {said} = {value}"
        formula = self.formula(step.node)
        sides = [self.name(step.name), self.in_names(formula), *([formula] if MARK.search(formula) else []), value]
        return " = ".join(side for i, side in enumerate(sides) if side and side not in sides[:i])

    def formula(self, node: Any) -> str:
        """How a value is computed, with marks for the values in it; `f(x, w)` where that would be too long."""
        i = self.tape.view.index[node]
        if i not in self._formulas:
            found = self._marked(i)
            short = found is not None and size(found) <= LONGEST
            write = text(self.digits and max(self.digits, 6), str, symbols=self.symbols)
            self._formulas[i] = indexed(found, write) if found and short else self.dependence(i)
        return self._formulas[i]

    def _marked(self, i: int) -> Formula | None:
        """The author's equation or the operations, over marks instead of names."""
        label = self.tape.view.labels[i]
        if label in self.equations:
            written = self.equations[label] if self.tape.sheet is None else in_sums(self.equations[label])
            return substitute(written, {name: Name(self._marks[k]) for name, k in self._places.items()})
        return composed(self.subject, i, self._marks)

    def dependence(self, i: int) -> str:
        """`f(x, w, …)`: what a value is computed from, where how would take too long to say."""
        inputs = [self._marks[self.tape.graph.index[each]] for each in dict.fromkeys(self.tape.view.parents[i])]
        return f"f({', '.join(inputs[:3] + ['…'] * (len(inputs) > 3))})"

    def in_names(self, template: str) -> str:
        """The template with names instead of numbers."""
        tape = self.tape

        def put(match: re.Match[str]) -> str:
            node = tape.graph.nodes[int(match[1][1:])]
            place = tape.view.index.get(node)
            name = self.name(tape.graph.name(node) if place is None else tape.names[place])
            power = has_raised(template[match.end() : match.end() + 1])
            return f"({name})" if power and has_raised(name) else name

        return MARK.sub(put, template)


def numbers(step: Step) -> dict[str, float]:
    """The numbers of a step itself, by the letters that stand for them."""
    if isinstance(step, Backward):
        return {"p": step.partial, "u": step.upstream, "c": step.contribution, "b": step.before, "a": step.after}
    if isinstance(step, Complete):
        return {"g": step.gradient}
    if isinstance(step, Assigned):
        return {"b": step.before, "a": step.after, **{f"n{i}": number for i, (_, number) in enumerate(step.numbers)}}
    if isinstance(step, Update):
        return {"r": step.rate, "g": step.gradient, "b": step.before, "a": step.after}
    return {}


def is_literal(node: Any, label: str) -> bool:
    """Whether a value is a number that stood in a formula."""
    return node.role == "constant" and not label


def bracketed(name: str) -> str:
    """A name that is more than one word, in parentheses."""
    return f"({name})" if " " in name else name
