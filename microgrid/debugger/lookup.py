"""Names and formulas, read as the numbers stand at a place on the tape. Nothing is ever executed as Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import islice
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple

from microgrid.engine import FUNCTIONS as OPERATIONS
from microgrid.engine.variables import held, in_full, members
from microgrid.errors import FormulaError, GraphError, counted, did_you_mean
from microgrid.formula import Formula, Name, Vocabulary, evaluate, free_names, parse, printable, substitute
from microgrid.formula.definitions import ALIASES, HINTS, expanded, functions
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.lettering import repeated, shortened
from microgrid.formula.regexes import regex
from microgrid.formula.signs import Names
from microgrid.formula.tokens import SPELLED as QUANTITY
from microgrid.sheet import Quantity
from microgrid.sheet.other_rounds import CHANGE, change_of, earlier_of, parts, placed, with_hat
from microgrid.sheet.statements import quantity_of
from microgrid.streams import carried
from microgrid.tape import Cursor, Tape
from microgrid.tape.rounds import derivative, uses
from microgrid.tape.timetable import Timetable

from .beyond import NOTHING, Beyond
from .places import put_back, refuse_attributes, with_words

__all__ = ["Comparison", "Found", "Lookup", "NotYet", "is_number", "nearest"]

LONGEST = 10_000  # characters of a formula
MOST = 2000  # names that are searched for a near one
RELATIONS: dict[str, Callable[[float, float], bool]] = {"<=": le, ">=": ge, "==": eq, "!=": ne, "<": lt, ">": gt}
RELATION = regex("|".join(RELATIONS))
SPACED = regex(rf"(?<![\w.])([d∂])(\s*)({QUANTITY})(\s*)/(\s*)[d∂]\s*({QUANTITY})(?![\w.])")


class NotYet(GraphError):
    """A number that is not there yet, at this place on the tape."""


class Found(NamedTuple):
    """A value by its name. `place` in the view of the tape; None where the view has left it out."""

    node: Any
    name: str
    place: int | None


class Comparison(NamedTuple):
    """`z1 > 0.5`: a formula on each side."""

    left: Formula
    relation: str
    right: Formula


def nearest(word: str, names: Iterable[str], otherwise: str = "") -> str:
    """The end of an error message, as `did_you_mean` has it; quick for any number of names."""
    wanted = shortened(word, 60)
    near = (name for name in names if abs(len(name) - len(wanted)) <= 3 and set(name.lower()) & set(wanted.lower()))
    return did_you_mean(wanted, islice(near, MOST)) or otherwise


def is_number(node: Any) -> bool:
    """Whether a node is a number that stood in a formula."""
    return bool(node.role == "constant" and not node.label)


class Lookup:
    """What names and formulas come to where a cursor stands.

    >>> from microgrid import Value
    >>> from microgrid import steps
    >>> x = Value(3.0, label="x")
    >>> lookup = Lookup(Cursor(steps(x * x), 5))
    >>> lookup.number("2*x + x.grad"), lookup.number("dv1/dx")
    (12.0, 6.0)
    """

    def __init__(self, cursor: Cursor, beyond: Beyond = NOTHING) -> None:
        self.cursor, self.beyond = cursor, beyond
        self.tape: Tape = cursor.tape

    # ── names ──

    @cached_property
    def timetable(self) -> Timetable:
        """Where on the tape each kind of step stands."""
        return Timetable(self.tape)

    @cached_property
    def _found(self) -> dict[str, Found]:
        tape = self.tape
        found: dict[str, Found] = {}
        for i, (node, name) in enumerate(zip(tape.view.nodes, tape.names)):
            found[name] = Found(node, name, i)
        for node, name in zip(tape.graph.nodes, tape.graph.display_names):
            if name not in found:
                place = tape.view.index.get(node)
                found[name] = Found(node, name if place is None else tape.names[place], place)
        for name in [name for name in found if not name.isascii()]:
            found.setdefault(unicodedata.normalize("NFC", name), found[name])
        return found

    @cached_property
    def _typed(self) -> dict[str, Found]:
        """The same by the names that a terminal of ASCII shows, and that can be typed there: yhat of ŷ."""
        return {carried(name, "ascii"): found for name, found in self._found.items() if not name.isascii()}

    @cached_property
    def _spellings(self) -> Names:
        """The same, however they are spelled."""
        return Names(self._found)

    def meant(self, word: str) -> str:
        """The name that a word means, also before(w) and Δw; '' for none."""
        if self.is_change(word):
            return change_of(word, self.meant_here)
        earlier = "before" not in self._found and earlier_of(word, lambda inside: self.meant_here(inside) or inside)
        return earlier or self.meant_here(word)

    def is_change(self, word: str) -> bool:
        """Whether it is a Δw that is no value of its own."""
        return word[:1] == CHANGE and word not in self._found

    def meant_here(self, word: str) -> str:
        """The name of this round that a word means, also m(w); '' for none."""
        if self.is_remembered(other := with_hat(word)):
            return other
        if word in self._typed and word not in self._found:
            return self._typed[word].name
        return word if word in self._found else self._spellings.find(word)

    @property
    def names(self) -> Iterable[str]:
        """Every name that can be asked for: those of the steps first."""
        return self._found

    def find(self, name: str) -> Found:
        """The value of that name. Raises GraphError for a name that is not there."""
        wanted = unicodedata.normalize("NFC", name.strip())
        if wanted in self._found:
            return self._found[wanted]
        if (meant := self.meant(wanted)) in self._found:
            return self._found[meant]
        if meant and meant.removesuffix(".grad") not in self.beyond.names:
            shows = f"p {printable(meant)} shows it, and b phase:update stops where such numbers change"
            raise GraphError(f"no step of a pass is about {printable(meant)}; {shows}")
        if full := in_full(wanted, self._found):
            return self._found[full]
        if not wanted:
            raise GraphError(f"a name is missing; there are {self._some()}")
        shown = repeated(wanted)
        if wanted in self.beyond.names:
            root = printable(self.tape.names[-1])
            raise GraphError(f"no step is about {shown}: it does not lead to {root}; p {shown} tells its number")
        if inside := members(wanted, self._found):
            ends = " to ".join(map(printable, dict.fromkeys((inside[0], inside[-1]))))
            raise GraphError(f"{shown} holds {counted(len(inside), 'value')}, {ends}; name one; p {shown} shows them")
        there = held(wanted, self._found) or nearest(wanted, self._found, f"; there are {self._some()}")
        raise GraphError(f"no value is called {shown!r}{printable(there)}")

    def _computed_by(self, text: str) -> str:
        """The value that a formula is the line of: a, of f(z) where a = f(z); '' for none."""
        if not self.beyond.lines or re.fullmatch(QUANTITY, text):
            return ""
        try:
            return self.beyond.computed_by(self.formula(text))
        except (FormulaError, GraphError):
            return ""

    def step_of(self, name: str) -> int:
        """The place in the view of a name that steps are about, or of the formula that it is computed by.

        Raises GraphError for one inside a line.
        """
        found = self.find(self._computed_by(name) or name)
        if found.place is None:
            inside = ", ".join(sorted(self.tape.names[place] for place in islice(self.keepers(found.node), 3)))
            raise GraphError(
                f"no step is about {printable(found.name)}: it is inside {inside}; --level op steps through it"
            )
        return found.place

    @property
    def spoken(self) -> Sequence[str]:
        """The names that a message lists."""
        return self.tape.names

    def _some(self) -> str:
        names = [printable(name) for name in self.spoken]
        return ", ".join(names[:12]) + (f" and {len(names) - 12:,} more" if len(names) > 12 else "")

    def keepers(self, node: Any) -> list[int]:
        """The places in the view of the values that a node left out is inside of."""
        found: set[int] = set()
        seen, pending = {node}, [node]
        while pending:
            for edge in self.tape.graph.consumers(pending.pop()):
                place = self.tape.view.index.get(edge.child)
                if place is not None:
                    found.add(place)
                elif edge.child not in seen:
                    seen.add(edge.child)
                    pending.append(edge.child)
        return sorted(found)

    # ── numbers ──

    def where(self) -> str:
        """`fwd 3/7`, in several rounds `round 2 fwd 3/8`: how far a pass is; within an array `fwd 3/7 + 1/2`."""
        phase, taken, events = self.tape.events.phase(self.cursor.position)
        several = f"round {self.cursor.round.number} " if len(self.tape.rounds) > 1 else ""
        done, steps = self.tape.events.inside(self.cursor.position)
        inside = f" + {done}/{steps}" if done else ""
        return f"{several}{phase} {taken}/{events}{inside}"

    def value(self, found: Found) -> float:
        """The value as it stands. Raises NotYet where it is not computed."""
        data = self._inside(found) if found.place is None else self.cursor.data[found.place]
        if data is None:
            goes = "" if found.place is None else f"; unt {printable(found.name)} goes there"
            raise NotYet(f"{printable(found.name)} is not computed yet at {self.where()}{goes}")
        return data

    def _inside(self, found: Found) -> float | None:
        """The value of a node that the view has left out: there once a value is that it is inside of."""
        cursor, here = self.cursor, self.cursor.round
        data = here.graph.data[here.graph.index[found.node]]
        if found.node.parents:
            return data if any(cursor.data[place] is not None for place in self.keepers(found.node)) else None
        phase, taken, _ = self.tape.phase(cursor.position)
        changes = here.updates[:taken] if phase == "upd" else ()
        return next((update.after for update in changes if update.node is found.node), data)

    @cached_property
    def _uses(self) -> list[int]:
        return uses(self.tape.view)

    def leads_to_root(self, place: int) -> bool:
        """Whether the root depends on a value; others may stand beside it."""
        return bool(self._uses[place]) or place == len(self.tape.view) - 1

    def shares(self, found: Found) -> tuple[int, int]:
        """How many of its shares the gradient of a value has, and of how many."""
        if found.place is not None:
            alone = self.leads_to_root(found.place)  # what leads nowhere waits for no share
            return self.cursor.shares[found.place], self._uses[found.place] or int(alone)
        keepers = self.keepers(found.node)
        return sum(self._has_passed(place) for place in keepers), len(keepers)

    def _has_passed(self, place: int) -> bool:
        """Whether every step of this round that takes a gradient through a node is taken."""
        start = self.tape.starts[self.cursor.round.number - 1]
        here = self.timetable.last_share(place)
        here = here[(here > start) & (here <= self.tape.starts[self.cursor.round.number])]
        return bool(len(here) and here[-1] <= self.cursor.position)

    def gradient(self, found: Found) -> float:
        """d(root)/d(value), as far as it has come. Raises NotYet where it has no share."""
        if found.place is not None and not self.leads_to_root(found.place):
            return 0.0
        have, needed = self.shares(found)
        if not have or (found.place is None and have < needed):
            name = printable(found.name)
            goes = "" if found.place is None else f"; unt {name} goes on to the last"
            raise NotYet(f"the gradient of {name} has {have} of {needed} shares at {self.where()}{goes}")
        if found.place is not None:
            return self.cursor.grad[found.place]
        return self.derivative(self.find(self.tape.names[-1]), found)

    def derivative(self, of: Found, by: Found) -> float:
        """d(of)/d(by), complete, in this round."""
        return derivative(self.cursor.round.graph, of.node, by.node)

    def quantity(self, name: str) -> float:
        """What one word of a formula stands for."""
        if self.is_change(name):
            return self.in_this_round(name[1:]) - self.in_round_before(Quantity(name[1:]))
        if placed(name).rounds:
            return self.in_round_before(placed(name).quantity)
        return self.quantity_here(name)

    def quantity_here(self, name: str) -> float:
        """The same of a word of this round."""
        if name[0] == "∂":
            asked = quantity_of(Name(name))
            if asked.of[0] == "∂":
                return self.beyond.second(asked)
            return self.derivative(self.find(asked.of), self.find(asked.by))
        if self.is_remembered(name):
            return self.remembered(name)
        if name.endswith(".grad") and name not in self._found:
            return self.gradient(self.find(name.removesuffix(".grad")))
        return self.value(self.find(name if name in self._found else name.removesuffix(".data")))

    def in_this_round(self, name: str) -> float:
        """A number as it is in this round, also where its update is taken already."""
        here, phase = self.cursor.round, self.tape.phase(self.cursor.position)[0]
        changed = {each.name: each.before for each in here.updates} if phase == "upd" else {}
        return changed[name] if name in changed else self.quantity_here(name)

    def in_round_before(self, asked: Quantity) -> float:
        """What a value or derivative came to in the round before. Raises NotYet in the first."""
        number = self.cursor.round.number
        if number == 1:
            raise NotYet("round 1 has no round before it")
        before = self.tape.rounds[number - 2]
        if asked.by:
            return derivative(before.graph, self.find(asked.of).node, self.find(asked.by).node)
        if asked.of in before.memory and asked.of not in self._found:
            return before.memory[asked.of]
        return float(before.graph.data_of(self.find(asked.of).node))

    def is_remembered(self, name: str) -> bool:
        """Whether no step is about a name, and a sheet has a number for it all the same."""
        return name not in self._found and (name in self.cursor.round.memory or name in self.beyond.names)

    def remembered(self, name: str) -> float:
        """A number of a sheet besides its values: a state, m(w), as it stands; what is computed from the loss."""
        if name in self.beyond.names and name not in self.cursor.round.memory:
            if self.cursor.data[-1] is None:
                root = printable(self.tape.names[-1])
                raise NotYet(f"{printable(name)} is not computed yet at {self.where()}; unt {root} goes there")
            return self.beyond.number(name)
        here, (phase, taken, _) = self.cursor.round, self.tape.phase(self.cursor.position)
        changes = here.updates[:taken] if phase == "upd" else ()
        return next((each.after for each in changes if each.name == name), here.memory[name])

    # ── formulas ──

    def formula(self, text: str) -> Formula:
        """A formula over names, gradients and derivatives. Raises FormulaError, or GraphError for a name."""
        if len(text) > LONGEST:
            raise GraphError(f"a formula of {len(text):,} characters; the longest may have {LONGEST:,}")
        text, places = with_words(text, self._found, self.find)
        refuse_attributes(text, places)
        known = functions(self.beyond.definitions.values())
        vocabulary = Vocabulary(known, self.is_derivative, self.meant, ALIASES, HINTS)
        found = expanded(parse(SPACED.sub(self._joined, text), vocabulary), self.beyond.definitions)
        found = substitute(found, {each.name: Name(put_back(each.name, places)) for each in free_names(found)})
        for each in free_names(found):
            for name in parts(each.name.removeprefix(CHANGE) if self.is_change(each.name) else each.name):
                if name not in CONSTANTS and name not in self._found and not self.is_remembered(name):
                    self.find(name.removesuffix(".grad").removesuffix(".data"))
        return found

    def _joined(self, match: re.Match[str]) -> str:
        """`d L/d w` as one word, where it means a derivative."""
        sign, space, of, *gaps, by = match.groups()
        meant = sign == "∂" or ((space or any(gaps)) and self.is_derivative(of, by))
        return f"∂{of}/∂{by}" if meant else match[0]

    def is_derivative(self, of: str, by: str) -> bool:
        """Whether dA/dB is a derivative: A and B are names, or nothing else is; and it is no quotient of two others."""
        known, over, under = self._found, f"d{of}", f"d{by}"
        if of in known and by in known:
            return not (over in known and under in known)
        return over not in known and under not in known

    def evaluate(self, formula: Formula) -> float:
        """What a formula comes to here. Raises NotYet where a number of it is not there."""
        words = [each.name for each in free_names(formula) if each.name in self._found or each.name not in CONSTANTS]
        try:
            return float(evaluate(formula, {**CONSTANTS, **{word: self.quantity(word) for word in words}}, OPERATIONS))
        except TypeError:  # all else is a number
            raise GraphError("softmax gives several results; exp(z1)/(exp(z1) + exp(z2)) is one of them") from None

    def number(self, text: str) -> float:
        """What a text comes to: a name of any kind, or a formula."""
        bare = text.strip()
        if bare in self._found:
            return self.quantity(bare)
        if bare.removesuffix(".grad") in self._found:
            return self.gradient(self.find(bare.removesuffix(".grad")))
        return self.evaluate(self.formula(text))

    def comparison(self, text: str) -> Comparison:
        """`z1 > 0.5`. Raises GraphError for what compares nothing."""
        signs = list(RELATION.finditer(text))
        if len(signs) != 1:
            raise GraphError(f"a condition has one of {' '.join(RELATIONS)}, such as z1 > 0.5, not {len(signs)}")
        sign = signs[0]
        return Comparison(self.formula(text[: sign.start()]), sign.group(), self.formula(text[sign.end() :]))

    def holds(self, comparison: Comparison) -> bool:
        """Whether a comparison is true here; what is not there yet makes it false."""
        try:
            left, right = self.evaluate(comparison.left), self.evaluate(comparison.right)
        except NotYet:
            return False
        return RELATIONS[comparison.relation](left, right)
