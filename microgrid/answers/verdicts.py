"""The verdict on each published number: is it right, where did the arithmetic first go wrong, what follows.

The printed string sets the unit u: that of `0.50` is 0.01. The verdicts, in this order:

    undefined  there is no such number: the true value is inf or nan
    exact      within u/2 of the true value
    rounding   the true value cut off; or working by hand gives it, from the numbers before it as printed,
               each step that is not printed rounded, or cut off, at the author's working precision
    carried    it follows from numbers before it that are wrong
    close      between the numbers that working by hand gives, or beside them: neither right nor wrong
    slip       none of these: the arithmetic went wrong exactly here

What is wrong before a number is read as printed; put right, every one of it; or all as printed but one:
authors work past misprints. A number that is right is read as it is printed, or as a calculator keeps it; what is
right only as rounding may lead to it, as it should be, too. `handwork.py` works by hand.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice

from microgrid.formula import number_text
from microgrid.sheet import Check, Grid, Identity, Quantity, Run
from microgrid.sheet.numbers import BLANK

from .answer import Answer
from .follow_through import Item, Pages
from .grids import Grids
from .handwork import Accepted, Way, accepted, extent
from .machine import MACHINES, machine_of, scatter
from .precision import Habit, habit
from .printed import Printed, printed_of
from .readings import PUT_RIGHT, Reading, read_as
from .undefined import undefined

__all__ = ["Judge", "answer_alone", "check", "judge"]


Stretch = tuple[list[Item], list[Item]]
ROUGH = 0.05  # of a number: what is farther off has not two digits of it
TINY = 1e-9  # below it, a value may be all rounding
FEW = 3  # units: what is farther off is no rounding


def judge(printed: str, value: float) -> str:
    """The verdict on one published number of which nothing is known but its true value.

    >>> judge("0.562", 0.5616), judge("2.080", 2.0809165621704553), judge("0.25", 0.24), judge("1", 0.56)
    ('exact', 'rounding', 'slip', 'close')
    """
    return answer_alone("", Check(0, 0, Quantity(""), printed), value).verdict


def answer_alone(quantity: str, asked: Check, value: float) -> Answer:
    """The same as an answer, which says what the number should be."""
    number = printed_of(asked)
    verdict, why = alone(number, value, Habit())
    should = f"should be {number.like(value)}"
    return Answer(0, 1, quantity, asked.printed, value, verdict or "slip", why if verdict else should)


def alone(printed: Printed, value: float, author: Habit) -> tuple[str, str]:
    """The verdict that the true value alone decides, and why; '' where it does not."""
    if not math.isfinite(value):
        return "undefined", ""
    rounds = printed.rounds(value)
    if not rounds and not (printed.truncates(value) and printed.number):
        return "", ""
    if value and not printed.number and not printed.decimals and author.decimals != 0:  # 0 for what is not
        return "", ""
    enough = printed.error(value) <= (ROUGH if rounds else 2 * ROUGH) or author.decimals == printed.decimals
    if not enough:
        how = "rounds to" if rounds else "is cut off to"
        return "close", f"{number_text(value, 4)} {how} it, and it says little: print more digits"
    return ("exact", "") if rounds else ("rounding", "cut off, not rounded")


def check(run: Run) -> list[Answer]:
    """Every published number and formula of a worked sheet, judged, in the order of its lines.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("param w = 3\\na = 2*w\\nL = a^2\\na ~= 5\\nL ~= 25\\ndL/da ~= 12")
    >>> [(answer.quantity, answer.verdict, answer.why) for answer in check(sheet.run())]
    [('a', 'slip', 'should be 6; one unit off'), ('L', 'carried', 'from a: 25'), ('dL/da', 'exact', '')]
    """
    return Judge(run).answers()


class Judge:
    """Judges the published numbers of a sheet, in the order in which they follow from each other."""

    def __init__(self, run: Run) -> None:
        self.pages = Pages(run)
        self.grids = Grids(self.pages)
        self.published: dict[Item, list[Check]] = {}
        for each in run.sheet.checks:
            if isinstance(each, Check) and not each.is_blank:
                self.published.setdefault(self.pages.item(each.round, each.quantity), []).append(each)
        self.printed = {item: printed_of(each[0]).number for item, each in self.published.items()}
        self.readings: dict[Item, Reading] = {}
        self._way: tuple[tuple[Item, int] | None, Stretch] = (None, ([], []))

    @cached_property
    def author(self) -> Habit:
        """How the author rounds, as his numbers show it."""
        return self.author_beside(None)

    def author_beside(self, asked: Item | None) -> Habit:
        """The same, as the numbers beside one show it: it does not show by itself how it is printed."""
        return habit((printed, value) for item, printed, value in self.shown if item != asked)

    @cached_property
    def shown(self) -> list[tuple[Item, Printed, float]]:
        """Every published number with its true value."""
        return [
            (item, printed_of(each), self.pages.true(item))
            for item, checks in self.published.items()
            for each in checks
        ]

    def answers(self) -> list[Answer]:
        """The verdicts, in the order of the sheet's lines; one for an array."""
        grids = {grid.checks[0]: grid for grid in self.pages.sheet.grids}
        found, checks = list[Answer](), iter(self.pages.sheet.checks)
        for each in checks:
            if grid := grids.get(each):  # its elements stand behind each other
                found.append(self.whole(grid))
                deque(islice(checks, len(grid.checks) - 1), maxlen=0)
            else:
                found.append(self.numbers.get(each) or self.beside(each))
        return found

    def whole(self, grid: Grid) -> Answer:
        """The answer to what is published for an array."""
        if isinstance(grid.checks[0], Identity):
            from .array_formulas import formula_of_array

            return formula_of_array(self.pages, grid)
        return self.grids.answer(grid, [self.numbers.get(each) or self.beside(each) for each in grid.checks])

    def beside(self, asked: Check | Identity) -> Answer:
        """The answer to what is no published number: to a formula, or a blank."""
        value = self.pages.run.rounds[asked.round].value(asked.quantity)
        answer = Answer(asked.line, asked.round + 1, asked.quantity.name, BLANK, value, "open", "")
        if isinstance(asked, Check):
            return answer
        from .identities import compared  # proofs are loaded where there is a formula, hints where a slip

        found = compared(self.pages, asked)
        return replace(answer, printed=asked.text, verdict=found.verdict, why=found.said, is_formula=True)

    @cached_property
    def numbers(self) -> dict[Check | Identity, Answer]:
        """The verdict on each published number."""
        found: dict[Check | Identity, Answer] = {}
        for item in self.pages.order(self.published):
            for each in self.published.get(item, ()):
                found[each] = answer = self.examine(item, each)
                self.readings.setdefault(item, self.read(item, answer, printed_of(each)))
        return found

    def ask(self, item: Item, printed: str | Check) -> Answer:
        """The verdict on one more number, as if it stood in the sheet behind all others.

        printed  what is printed; a check, of which only that counts
        """
        before = {each: self.readings[each] for each in self.published if each != item and self.numbers}
        asked = Judge(self.pages.run)
        asked.readings = before
        what = printed if isinstance(printed, Check) else Check(0, 0, Quantity(""), printed)
        return asked.examine(item, replace(what, line=0, round=item.round, quantity=Quantity(item.of, item.by)))

    # ── one number ──

    def examine(self, item: Item, asked: Check) -> Answer:
        """The verdict on one published number."""
        printed, value = printed_of(asked), self.value(item)
        answer = Answer(asked.line, asked.round + 1, asked.quantity.name, asked.printed, value, "", "")
        verdict, why = alone(printed, value, self.author)
        if verdict == "undefined":
            why = undefined(self.pages.run, item)
        machine = "" if verdict else machine_of(self.pages, item, printed)
        if machine == "double" or (machine and not self.author.works_by_hand):
            verdict, why = ("exact", "") if machine == "double" else ("rounding", f"as a {machine} program computes it")
        if verdict:
            return replace(answer, verdict=verdict, why=why)
        return self.by_hand(answer, item, printed) or self.slip(answer, item, printed)

    def value(self, item: Item) -> float:
        """The true value; 0 where all that is left of it is rounding."""
        value = self.pages.true(item)
        tiny = 0 < abs(value) < TINY
        return 0.0 if tiny and abs(value) <= FEW * scatter(self.pages, item, MACHINES[0].epsilon) else value

    def by_hand(self, answer: Answer, item: Item, printed: Printed) -> Answer | None:
        """What working by hand explains: exactly, or else rounded on the way; or nearly."""
        ways = self.ways(item)
        doubtful: list[Accepted] = []
        put_right = [way for way in ways[2:] if not way.tainted]
        return (
            self.explained(answer, item, printed, ways, doubtful)
            or self.explained(answer, item, printed, self.loose_ways(item), doubtful)
            or self.close(answer, next(iter(doubtful), None), printed)
            or self.nearly(answer, item, printed, [ways[min(1, len(ways) - 1)], *put_right])
        )

    def explained(
        self, answer: Answer, item: Item, printed: Printed, ways: Sequence[Way], doubtful: list[Accepted]
    ) -> Answer | None:
        """What explains a number on one of the ways; what does so only in doubt is noted down."""
        for how in ((), self.author.of(printed)):
            for way in ways:
                found = accepted(self.pages, item, way, printed, how, self.author)
                if not found.explains:
                    continue
                if sources := self.to_blame(item, way, found.form):
                    return self.carried(answer, item, found, sources)
                if self.is_sound(answer, found, printed):
                    return self.rounded(answer, found, printed)
                if not found.precision and (sources := self.to_blame(item, way, found.form, self.close_in(way))):
                    return self.carried(answer, item, found, sources)
                doubtful.append(found)
        return None

    def nearly(self, answer: Answer, item: Item, printed: Printed, ways: Iterable[Way]) -> Answer | None:
        """What nearly follows from the numbers as they are printed, or what is wrong of them put right."""
        for way in ways:
            found = accepted(self.pages, item, way, printed, self.author.of(printed), self.author)
            if found.nearly and (sources := self.to_blame(item, way, found.form)):
                return self.carried(answer, item, found, sources)
            if found.nearly and (near := self.close(answer, found, printed)):
                return near
        return None

    def carried(self, answer: Answer, item: Item, found: Accepted, sources: Sequence[Item]) -> Answer:
        """A number that follows from wrong ones."""
        names = tuple(named(each, item.round) for each in sources)
        why = f"from {', '.join(names)}: {number_text(found.exactly, 6)}"
        return replace(answer, verdict="carried", why=why, follows=found.exactly, carried_from=names)

    def is_sound(self, answer: Answer, found: Accepted, printed: Printed) -> bool:
        """Whether a number is right: one way to work gives it, of the true sign, and near; or it follows exactly."""
        if printed.is_exact:  # who works by hand from rounded numbers comes to no fraction
            return False
        near = abs(printed.number - answer.value) <= FEW * printed.unit
        return found.gives and same_sign(printed, answer.value) and (near or self.author.prints(printed, found.exactly))

    def rounded(self, answer: Answer, found: Accepted, printed: Printed) -> Answer:
        """A number that is right, but for rounding on the way."""
        why = span(found, printed) if found.precision else f"{number_text(found.exactly, 6)}, rounded on the way"
        return self.with_span(answer, found, "rounding", why)

    def close(self, answer: Answer, found: Accepted | None, printed: Printed) -> Answer | None:
        """A number that is nearly right, if it is."""
        if found is None or printed.is_exact:
            return None
        if found.precision and printed.number and not same_sign(printed, answer.value):
            return None
        if not printed.number and self.author.decimals != printed.decimals:  # 0 for what is not
            return None
        why = f"about {printed.like(found.exactly)}: working by hand gives {span(found, printed)}"
        return self.with_span(answer, found, "close", why)

    def with_span(self, answer: Answer, found: Accepted, verdict: str, why: str) -> Answer:
        """The answer with what working by hand accepts."""
        precision = str(found.precision or "")
        return replace(
            answer, verdict=verdict, why=why, follows=found.exactly, accepted=found.span, precision=precision
        )

    def slip(self, answer: Answer, item: Item, printed: Printed) -> Answer:
        """What it should be: what follows from the numbers before it, as printed or put right."""
        from .hints import NOTHING, hint

        number, (sound, *mixed) = printed.number, self.ways(item, ("correct", "true"))
        likely = [way for way in mixed if not way.tainted] + mixed[:1] or [sound]
        values = [way.exactly(self.pages, item) for way in likely]
        known = [each for each in values if not (math.isnan(each) or printed.is_exact)]  # a closed branch is not seen
        should = min(known or [answer.value], key=lambda each: (each * answer.value < 0, abs(each - number)))
        asked = self.pages, item, printed, should, self.printed, self.author_beside(item)
        found = NOTHING if item in self.grids.unhinted else hint(*asked)
        should = found.should if math.isfinite(found.should) else should
        should = 0.0 if not answer.value and abs(should) < TINY else should
        return replace(answer, verdict="slip", why=f"should be {printed.like(should)}{found.words}", follows=should)

    # ── the numbers before it ──

    def way(self, item: Item) -> Stretch:
        """The numbers read before it that it follows from, and the unprinted ones on the way."""
        key = item, len(self.readings)
        if self._way[0] != key:
            self._way = key, self.pages.way(item, self.readings.__contains__)
        return self._way[1]

    def ways(self, item: Item, put_right: Sequence[str] = PUT_RIGHT) -> list[Way]:
        """From right numbers alone; then, where wrong ones are before it, every way to read these."""
        before, steps = right, between = self.way(item)
        if any(self.readings[each].wrong for each in before):
            sound = (each for each, reading in self.readings.items() if not reading.wrong)
            right, between = self.pages.way(item, set(sound).__contains__)
        sound_way = Way({each: self.readings[each].printed for each in right}, between)
        choices = list(read_as({each: self.readings[each] for each in before}, put_right))
        return [sound_way, *(self.mixed(before, steps, choice) for choice in choices)]

    def loose_ways(self, item: Item) -> list[Way]:
        """With one of the numbers read as it should be that are right only as rounding may lead to them."""
        before, steps = self.way(item)
        loose = [each for each in before if self.readings[each].loose]
        return [self.mixed(before, steps, {each: how}) for each in loose for how in ("correct", "true")]

    def mixed(self, before: Sequence[Item], steps: Sequence[Item], choice: Mapping[Item, str]) -> Way:
        """The way on which each wrong number is read as chosen."""
        numbers = {each: getattr(self.readings[each], choice.get(each, "printed")) for each in before}
        tainted = tuple(
            each for each in before if choice.get(each, "printed") in ("printed", "kept") and self.readings[each].wrong
        )
        known_to_a_digit = tainted or [each for each, how in choice.items() if how in ("least", "most")]
        return Way(numbers, steps, tainted, {each: self.readings[each].unit / 2 for each in known_to_a_digit})

    def close_in(self, way: Way) -> list[Item]:
        """The numbers of a way that are only close."""
        return [each for each in way.numbers if self.readings[each].verdict == "close"]

    def to_blame(self, item: Item, way: Way, form: str, suspects: Sequence[Item] | None = None) -> tuple[Item, ...]:
        """Those of the wrong numbers of a way, or of suspects, that reach the number: put right, they change it."""
        found, blamed = way.exactly(self.pages, item, form), []
        for each in way.tainted if suspects is None else suspects:
            put_right = {**way.numbers, each: self.readings[each].true}
            if not math.isclose(found, way.followed(self.pages, item, put_right, form), rel_tol=1e-12):
                blamed.append(each)
        return tuple(blamed)

    def read(self, item: Item, answer: Answer, printed: Printed) -> Reading:
        """How the numbers after it may read this one."""
        verdict = answer.verdict
        before, steps = self.way(item)
        number, correct = printed.number, self.author.noted(answer.value)
        kept = Way({each: self.readings[each].kept for each in before}, steps).exactly(self.pages, item)
        kept = kept if printed.agrees(kept) else number  # what is printed is what was read
        loose = verdict == "rounding" and bool(answer.precision)
        ends = (number, number)
        if printed.is_exact:
            correct, ends = answer.value, (answer.value, answer.value)
        elif loose or verdict == "slip":
            way = Way({each: self.readings[each].printed for each in before}, steps)
            usual = Printed(printed.like(correct))
            correct = self.author.noted(way.exactly(self.pages, item))
            ends = extent(self.pages, item, way, usual, self.author)
        return Reading(number, kept, correct, answer.value, *ends, verdict, printed.unit, loose)


def same_sign(printed: Printed, value: float) -> bool:
    """Whether a printed number has the sign of the true one, and is 0 only where that is."""
    return value == 0 or (printed.number != 0 and (printed.number > 0) == (value > 0))


def span(found: Accepted, printed: Printed) -> str:
    """`−0.6867 … −0.6839 by three decimals`: from where to where rounding leads."""
    low, high = (number_text(each, printed.significant + 2) for each in found.span)
    by = f" by {found.precision}" if found.precision else ""
    return f"{low} … {high}{by}" if low != high else f"{low}{by}"


def named(item: Item, number: int) -> str:
    """A number's name, with its round where that is another."""
    return str(item) if item.round == number else f"{item} of round {item.round + 1}"
