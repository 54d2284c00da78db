"""How a sheet goes on from round to round: its updates, its rules, its restarts, as its lines tell them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn

from microgrid.errors import FormulaError
from microgrid.formula import Formula, Name, Number, free_names
from microgrid.formula.budget import MOST_TIMES, most, to_raise
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.optimisers import NEXT
from microgrid.formula.regexes import regex
from microgrid.formula.signs import plain_name

from .arrays.shapes import Shape, described
from .lines import Line, pieces
from .names import SheetNames
from .numbers import count_of
from .other_rounds import placed
from .statements import Assignment, Leaf, Update
from .transitions import moments_of
from .update_lines import Draft, draft, times

__all__ = ["Course"]

CHANGING = ("param", "state")
WITH = regex(r"\s*round\s+with\s")


class Course:
    """The rounds of a sheet.

    drafts  how each leads to the next                     leaves   what is given, and may have other numbers later
    rules   `next w = …`, by the name                      moments  what the optimisers remember
    """

    def __init__(self, names: SheetNames, leaves: Sequence[Leaf], refuse: Callable[[str, Formula], None]) -> None:
        self.names, self.leaves, self.refuse = names, leaves, refuse
        self.drafts: list[Draft] = []
        self.descents: list[tuple[Line, int]] = []  # of the loss of the sheet, whichever that is; and where each begins
        self.changed: set[str] = set()
        self.rules: dict[str, Assignment] = {}
        self.moments: dict[str, None] = {}
        self.lines: dict[str, int] = {}  # of the rules since the last restart
        self.owners: dict[str, str] = {}  # the optimisers that remember something since then
        self.texts: dict[str, tuple[Line, str, int]] = {}  # of the rules, and where their right sides begin
        self.line = Line(0, "", ())
        self.firsts = {0}  # the places of rounds before which there is none: the first, and those of restarts
        self.is_broken = False  # whether a mistake hides a rule or a round

    @property
    def here(self) -> int:
        """The place of the present round, from 0."""
        return len(self.drafts)

    def updates(self, loss: str, share: Callable[[str, int], str]) -> tuple[Update, ...]:
        """How each round leads to the next, once the loss is known; `share` is what of it is of one sample."""
        finished = {id(each): each.finished(loss, share) for each in {id(each): each for each in self.drafts}.values()}
        return tuple(finished[id(each)] for each in self.drafts)

    @property
    def idle(self) -> tuple[str, ...]:
        """The rules by which no round goes on; where there is but one round, the states too."""
        if any(each.rule is None for each in self.drafts):
            return ()
        states = [name for name, keyword in self.names.keywords.items() if keyword == "state" and not self.drafts]
        return (
            *(f"state {name}" for name in states if name not in self.rules),
            *(f"next {name}" for name in self.rules),
        )

    def fail(self, message: str, start: int, end: int) -> NoReturn:
        raise FormulaError(message, start, end)

    # ── the lines ──

    def read(self, kind: str, match: re.Match[str], line: Line) -> None:
        """A line of a kind that is known by how it begins."""
        self.line = line
        start = len(line.text) - len(line.text.lstrip())
        if kind == "next":
            self.rule(match, line.text)
        elif kind == "restart":
            self.restart(match, line.text)
        elif kind == "repeat":
            self.repeat(match, line.text)
        else:
            self.round(line.text, start, 1)

    def add(self, made: Draft, count: int, start: int) -> None:
        """So many rounds more."""
        end = len(self.line.text)
        if not count:
            self.fail("0 times is never; delete the line", start, end)
        if self.here + 1 + count > most(MOST_TIMES):
            fact = f"that makes {self.here + 1 + count:,} rounds; a sheet has at most {most(MOST_TIMES):,}"
            self.fail(f"{fact}; {to_raise()}", start, end)
        self.drafts += [made] * count
        self.changed.update(made.names, (each.name for each in made.assignments))

    def repeat(self, match: re.Match[str], text: str) -> None:
        """`repeat 13: update η`"""
        at, count = match.end(), count_of(match[1], match.start(1))
        if text.startswith("update", at):
            self.update(self.line, at + len("update"), count)
        else:
            self.round(text, at, count)

    def update(self, line: Line, start: int, count: int = 1) -> None:
        """`update η × 13`"""
        self.line = line
        text, count = times(line.text, count)
        start += len(text[start:]) - len(text[start:].lstrip())
        made = draft(self.names, line, text, start)
        if made.rule is not None:
            self.descents += [(line, start)] * (not made.loss)
            for name in made.names:
                self.remember(moments_of(made.rule, name), made.rule.name, start, len(text))
        self.add(made, count, start)

    def aimless(self, loss: str) -> Iterator[tuple[Line, FormulaError]]:
        """The updates of a sheet that has no loss, of arrays alone."""
        name = next(reversed(self.names.arrays.known), "z")
        for line, start in self.descents if not loss else ():
            fact = f"there is no loss to descend, which is a number; write one, such as L = sum({name})"
            yield line, FormulaError(fact, start, len(line.text))

    def remember(self, moments: Sequence[str], owner: str, start: int, end: int) -> None:
        """Give an optimiser its moments; those of another are not to be mixed with them."""
        for each in moments:
            if self.owners.setdefault(each, owner) != owner:
                self.fail(f"{each} is what {self.owners[each]} remembers so far; write restart first", start, end)
            self.moments[each] = None
            self.names.moments.add(each)

    # ── rules ──

    def rule(self, match: re.Match[str], text: str) -> None:
        """`next t = t + 1`"""
        base = match[1].partition("[")[0]
        name = self.names.find(base) or plain_name(base)
        if name in self.names.broken - self.names.defined.keys():
            self.is_broken = True
            return
        if name not in self.names.everywhere:
            self.fail(f"{name!r} is not defined; write state {name} = 0 first", *match.span(1))
        name = self.names.target(match[1], *match.span(1))
        keyword = self.names.keyword(name)
        if keyword not in CHANGING:
            remedy = f"write round with {name} = …" if keyword in ("input", "target") else f"write state {name} = 0"
            self.fail(f"{name!r} is no param and no state, and only these have a rule; {remedy}", *match.span(1))
        if name in self.lines:
            self.fail(f"{name!r} has a rule already, on line {self.lines[name]}", *match.span(1))
        self.rules |= self.assignments(name, text, match.end())
        self.lines[name] = self.line.number
        self.texts[name] = self.line, text, match.end()

    def assignments(self, name: str, text: str, start: int) -> dict[str, Assignment]:
        """The rule of a number, or those of the elements of an array."""
        array = self.names.arrays.known.get(name)
        names, shape = (array.elements, array.shape) if array else ((name,), ())
        formulas = self.going_on(name, shape, text[start:], start)
        return {each: Assignment(each, formula) for each, formula in zip(names, formulas)}

    def reread(self) -> None:
        """The rules once more, of another sample."""
        for name, (line, text, start) in self.texts.items():
            if name in self.rules or name in self.names.arrays.known:
                self.line = line
                self.rules |= self.assignments(name, text, start)

    def going_on(self, name: str, shape: Shape, text: str, start: int) -> tuple[Formula, ...]:
        """Formulas over the numbers of this round, and new ones: as many as that shape has elements."""
        self.names.in_rule = True
        try:
            raw = self.names.raw(text, start)
            self.names.check(raw, self.line)
            found = self.names.whole(raw)
        finally:
            self.names.in_rule = False
        self.keep_shape(name, shape, found.shape, text, start)
        for formula in found.formulas:
            self.refuse(name, formula)
            for each in free_names(formula):
                self.check_name(each)
        return found.formulas

    def keep_shape(self, name: str, shape: Shape, found: Shape, text: str, start: int) -> None:
        """Raise FormulaError for numbers of another shape than those that there were before."""
        if found != shape:
            fact = f"{name} is {described(shape)} and {text.strip()} is {described(found)}"
            start, end = start + len(text) - len(text.lstrip()), start + len(text)
            self.fail(f"{fact}: next {name} has the shape of {name}", start, end)

    def check_name(self, each: Name) -> None:
        """Raise FormulaError for what a rule cannot name."""
        rounds, quantity = placed(each.name)
        end = each.at + len(each.name)
        if rounds < 0:
            self.fail(f"a rule has the numbers of its own round; keep {quantity} in a state", each.at, end)
        if rounds > 0 and self.names.keywords.get(quantity.of) not in CHANGING:
            self.fail(f"{quantity.of!r} is no param and no state, and only these go on by rules", each.at, end)

    def round(self, text: str, start: int, count: int) -> None:
        """`round`, `round × 3`, `round with x = 2, y = 1`"""
        match = WITH.match(text, start)
        whole, count = (text, count) if match else times(text, count)
        inputs = [one for each in pieces(text, match.end()) for one in self.input(*each)] if match else []
        names = [each.name for each in inputs]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            self.fail(f"{twice!r} is given twice", start, len(text))
        if not (self.rules or inputs or self.is_broken):
            fact = "a round goes on by rules, and there is none yet; write next w = w - 0.1*dL/dw first, or update 0.1"
            self.fail(fact, start, len(text))
        steps = self.in_order([*self.rules.values(), *inputs], start, len(text))
        self.add(Draft(self.line.number, whole[start:].strip(), tuple(steps)), count, start)

    def input(self, piece: str, start: int) -> list[Assignment]:
        """`x = 2`: another number for an input, or other numbers for an array."""
        name, place, right, at = self.given(piece, start, "an input and its number belong here: round with x = 2")
        if self.names.keyword(name) not in ("input", "target") and name not in self.names.broken:
            self.fail(f"{name!r} is no input and no target; write next {name} = …", *place)
        return list(self.assignments(name, " " * at + right, at).values())

    def given(self, piece: str, start: int, missing: str) -> tuple[str, tuple[int, int], str, int]:
        """A name and where it stands, and the text of its number and where that does; what is said where they miss."""
        left, equals, right = piece.partition("=")
        begin, end = start + len(left) - len(left.lstrip()), start + len(left.rstrip())
        if not equals or end <= begin:
            self.fail(missing, begin, max(end, begin + 1))
        return self.names.target(left.strip(), begin, end), (begin, end), right, start + len(left) + 1

    def in_order(self, rules: Sequence[Assignment], start: int, end: int) -> list[Assignment]:
        """The rules, each after those whose new numbers it names."""
        found: dict[str, Assignment] = {}
        waiting = {each.name: each for each in rules}
        while waiting:
            free = [each for each in waiting.values() if found.keys() >= set(new_in(each))]
            if not free and self.is_broken:
                return []
            if not free:
                self.fail(stuck(waiting, self.rules), start, end)
            for each in free:
                found[each.name] = waiting.pop(each.name)
        return list(found.values())

    def restart(self, match: re.Match[str], text: str) -> None:
        """The first numbers again, `with w = 2` others for some."""
        start, behind = len(text) - len(text.lstrip()), text[match.end() :].strip()
        given = [self.other(*each) for each in pieces(text, match.end())] if behind else []
        others = {name: formula for each in given for name, formula in each.items()}
        if not (self.changed or others or self.is_broken):
            self.fail("restart puts back the first numbers, and nothing has changed them yet", start, len(text))
        self.changed.update(others)
        first = ((leaf.name, others.get(leaf.name, leaf.formula)) for leaf in self.leaves if leaf.name in self.changed)
        zeros = (Assignment(name, Number(0.0)) for name in self.moments)
        self.add(Draft(self.line.number, text.strip(), (*itertools.starmap(Assignment, first), *zeros)), 1, start)
        self.lines, self.owners = {}, {}
        self.firsts.add(self.here)

    def other(self, piece: str, start: int) -> dict[str, Formula]:
        """`w = 2`: another first number, or other first numbers of an array."""
        name, place, right, at = self.given(piece, start, "a name and its number belong here: restart with w = 2")
        if self.names.keyword(name) in ("", "rate") and name not in self.names.broken:
            self.fail(f"{name!r} is no param, input, target or state: it has no other first number", *place)
        raw = self.names.raw(right, at)
        if free := [each for each in free_names(raw) if each.name not in CONSTANTS]:
            self.fail(
                f"a first number is a number; {free[0].name!r} makes it a formula", free[0].at, start + len(piece)
            )
        found = self.names.whole(raw)
        self.keep_shape(name, self.names.arrays.shape(name), found.shape, right, at)
        return dict(zip(self.names.arrays.numbers(name), found.formulas))


def new_in(rule: Assignment) -> list[str]:
    """The names whose new numbers a rule names."""
    return [each.name.removeprefix(NEXT) for each in free_names(rule.formula) if each.name.startswith(NEXT)]


def stuck(waiting: Mapping[str, Assignment], rules: Mapping[str, Assignment]) -> str:
    """Why some rules have no number."""
    for each in waiting.values():
        for name in new_in(each):
            if name not in rules:
                return f"next {each.name} needs next {name}, which has no rule; write next {name} = …"
    circle = " and ".join(f"next {name}" for name in waiting)
    return f"{circle}: each needs another one first, a circle"
