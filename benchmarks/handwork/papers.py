"""Papers: a sheet, and what a person with a habit has written under it, honestly or with slips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from random import Random
from typing import NamedTuple

from .exercises import NETWORKS, Network
from .formulas import Formula, names
from .habits import NOTES, Habit, worked
from .lines import Line, lines_of
from .slips import KINDS, explanations, slips

__all__ = ["Paper", "Slip", "distinct", "written"]

LARGE, SMALL = 60, Decimal("0.001")  # exercises have numbers between these
FOLLOWED = 0.7  # of the slips; past the others the work goes on with the right number
WORKINGS = 200  # honest workings to tell whether rounding could have made a number
NEAR = 3  # units from these
READ = ("written", "put right", "either", "true")  # how the numbers before it are read


class Slip(NamedTuple):
    """A planted slip: its kind, the honest number, and all kinds of slip that lead to what is written."""

    kind: str
    honest: Decimal
    explanations: set[str]


@dataclass
class Paper:
    """A sheet with what a person has written under it.

    true     every number, to 28 digits      written   what stands there, by line of the work
    slips    those that were planted         at        the line of the work, by line of the sheet
    """

    network: Network
    lines: list[Line]
    rates: list[Decimal]
    last: bool
    habit: Habit
    true: dict[str, Decimal] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    slips: dict[str, Slip] = field(default_factory=dict)

    def text(self) -> str:
        """The sheet."""
        return "\n".join(line for line, _ in self.rows())

    @property
    def at(self) -> dict[int, str]:
        """The line of the work, by line of the sheet."""
        return {number: name for number, (_, name) in enumerate(self.rows(), 1) if name}

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the sheet, each with its line of the work."""
        found = [(line, "") for line in self.network.text().split("\n")]
        updates = 0
        for line in self.lines:
            if line.name.count("'") > updates:
                found.append((f"update {self.rates[updates]}", ""))
                updates += 1
            if line.name in self.written:
                found.append((f"{line.quantity} ~= {self.written[line.name]}", line.name))
        return found

    def is_true(self, name: str) -> bool:
        """Whether what is written is the true number, rounded."""
        number = Decimal(self.written[name])
        return abs(number - self.true[name]) <= Decimal(1).scaleb(number.as_tuple().exponent) / 2


def written(rng: Random, habit: Habit, share: float, count: int) -> Paper:
    """A random exercise worked by habit, a share of its lines printed, with so many slips.

    share   0 prints nothing but what is asked for, or some of it
    """
    while True:
        paper = exercise(rng, habit)
        shown = [line.name for line in paper.lines if (rng.random() < share if share else line.end) and not line.hidden]
        if len(shown) < max(1, count):
            continue
        if not share:
            shown = rng.sample(shown, rng.randint(max(1, count), len(shown)))
        try:
            paper.true = truth(paper)
            if work(paper, shown, rng, count):
                return paper
        except ArithmeticError:  # 1 − p rounds to 0 and has no logarithm
            continue


def exercise(rng: Random, habit: Habit) -> Paper:
    """An exercise before it is worked."""
    network = NETWORKS[rng.choice(list(NETWORKS))](rng)
    updates, last = rng.choice(((0, True), (0, True), (1, False), (1, True), (2, False)))
    rates = [Decimal(rng.choice(("0.1", "0.5", "0.05")))] * updates
    shortcuts = rng.random() < 0.5 or bool(network.typed)  # who writes softmax(z) knows its slope by heart
    lines = lines_of(network, rates, last=last, slopes=rng.random() < 0.5, shortcuts=shortcuts)
    return Paper(network, lines, rates, last, habit)


def truth(paper: Paper) -> dict[str, Decimal]:
    """Every number, nothing rounded; ArithmeticError if one is no number for an exercise."""
    numbers, exactly = paper.network.numbers, Habit(0, notes="nothing")
    for line in paper.lines:
        found = numbers[line.name] = worked(line.formula, numbers, exactly)
        if found and not SMALL < abs(found) < LARGE:
            raise ArithmeticError(line.name)
    return numbers


def work(paper: Paper, shown: Sequence[str], rng: Random, count: int) -> bool:
    """Works the lines, one from another, and writes down those that are shown; whether the slips could be made."""
    numbers, habit = paper.network.numbers, paper.habit
    wrong = set(rng.sample(shown, count))
    for line in paper.lines:
        kept = habit.note("line", worked(line.formula, numbers, habit))
        text = habit.printed(kept)
        if line.name in wrong:
            found = slipped(line, numbers, kept, habit, rng)
            if found is None:
                return False
            paper.slips[line.name], other, text = found
            kept = other if rng.random() < FOLLOWED else kept
        numbers[line.name] = kept
        if line.name in shown:
            paper.written[line.name] = text
    return all(abs(number) < 10 * LARGE for number in numbers.values())


def slipped(
    line: Line, numbers: Mapping[str, Decimal], honest: Decimal, habit: Habit, rng: Random
) -> tuple[Slip, Decimal, str] | None:
    """A random slip in a line, what the work goes on with, and what is written."""
    for kind in rng.sample(KINDS, len(KINDS)):
        found = list(slips(kind, line.formula, numbers, honest, habit, rng))
        for wrong, text in rng.sample(found, len(found)):
            if Decimal(text) != habit.rounded(honest) and abs(wrong) < LARGE:
                known = explanations(text, line.formula, numbers, honest, habit)
                return Slip(kind, honest, known), wrong, text
    return None


# ── what rounding could have made ──────────────────────────────────────────────────────────


def distinct(paper: Paper, name: str, rng: Random) -> str:
    """Whether a planted number is the "same" as one that honest work may give, "near" one, or "clear" of all.

    Honest work by that habit: from the numbers before it as they are written, or put right, or true; every
    line between noted down in one of the ways that people have, shortcuts or not, the factors of a product in
    any order; written to as many digits as the number. Where the numbers before it leave rounding no choice,
    nothing is near.
    """
    ways, number = list(ways_to(paper, name)), Decimal(paper.written[name])
    unit, gap, as_written = Decimal(1).scaleb(number.as_tuple().exponent), Decimal("Infinity"), set()
    for i in range(WORKINGS):
        read = READ[i % len(READ)]
        found = honest(paper, *ways[i // len(READ) % len(ways)], read, rng)
        gap = min(gap, abs(found - number))
        if gap <= unit / 2 or found.quantize(unit, ROUND_DOWN) == number:
            return "same"
        if read == "written":
            as_written.add(paper.habit.rounded(found))
        if i == 4 * len(READ) and gap > 100 * unit and gap > abs(number) / 5:
            break
    return "near" if gap <= NEAR * unit and len(as_written) > 1 else "clear"


def ways_to(paper: Paper, name: str) -> Iterator[tuple[list[Line], list[str]]]:
    """The lines from the nearest written numbers to this one, and these numbers; with a shortcut and without."""
    for shortcuts, slopes in ((True, False), (False, True), (False, False)):
        needed, way = {name}, []
        lines = lines_of(paper.network, paper.rates, last=paper.last, slopes=slopes, shortcuts=shortcuts)
        for line in reversed(lines):
            if line.name == name or (line.name in needed and line.name not in paper.written):
                needed.update(names(line.formula))
                way.insert(0, line)
        if way:  # a slope may have no line of its own
            yield way, [each for each in paper.written if each in needed and each != name]


def honest(paper: Paper, way: Sequence[Line], before: Iterable[str], read: str, rng: Random) -> Decimal:
    """The last number on a way, as someone with that habit may have found it."""
    numbers = paper.network.numbers
    for name in before:
        numbers[name] = paper.true[name] if read == "true" else Decimal(paper.written[name])
        if name in paper.slips and (read == "put right" or (read == "either" and rng.random() < 0.5)):
            numbers[name] = paper.slips[name].honest
    always = rng.choice((*NOTES, "nothing", ""))
    for line in way:
        habit = paper.habit._replace(notes=always or rng.choice((*NOTES, "nothing")))
        try:
            formula = line.formula if rng.random() < 0.5 else shuffled(line.formula, rng)
            numbers[line.name] = habit.note("line", worked(formula, numbers, habit))
        except ArithmeticError:
            return Decimal(LARGE)
    return numbers[way[-1].name]


def shuffled(formula: Formula, rng: Random) -> Formula:
    """The formula with the factors of each product in another order."""
    return tuple(term._replace(factors=tuple(rng.sample(term.factors, len(term.factors)))) for term in formula)
