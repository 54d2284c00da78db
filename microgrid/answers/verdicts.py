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
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, product

from microgrid.engine import gc_paused
from microgrid.formula import number_text
from microgrid.sheet import Check, Grid, Identity, Quantity, Run
from microgrid.sheet.numbers import BLANK
from microgrid.sheet.other_rounds import placed

from .answer import Answer
from .follow_through import Item, Pages
from .grids import Grids, lines
from .handwork import Accepted, Way, accepted, by_hand, extent, span
from .lone_numbers import alone
from .machine import MACHINES, machine_of, scatter
from .precision import Author, Evidence, Habit
from .printed import Printed, printed_of
from .readings import PUT_RIGHT, Reading, read_as
from .sway import sway
from .undefined import undefined

__all__ = ["Judge", "check"]

Stretch = tuple[list[Item], list[Item]]
TINY = 1e-9  # below it, a value may be all rounding
LOOKED_AT = 4  # numbers on the way to one, as long as one step by hand takes
FEW = 3  # units: what is farther off is no rounding
MOST, SHARE = 10, 0.01  # units, and of a number: what is farther off, and beside all that work gives, is not even close


def check(run: Run) -> list[Answer]:
    """Every published number and formula of a worked sheet, judged, in the order of its lines.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("param w = 3\\na = 2*w\\nL = a^2\\na ~= 5\\nL ~= 25\\ndL/da ~= 12")
    >>> [(answer.quantity, answer.verdict, answer.why) for answer in check(sheet.run())]
    [('a', 'slip', 'should be 6; one unit off'), ('L', 'carried', 'from a: 25'), ('dL/da', 'exact', '')]
    """
    with gc_paused():  # what is found out of a sheet lives to the end
        return Judge(run).answers()


class Judge:
    """Judges the published numbers of a sheet, in the order in which they follow from each other."""

    def __init__(self, run: Run, pages: Pages | None = None) -> None:
        self.pages = pages or Pages(run)
        self.grids = Grids(self.pages)
        self.published: dict[Item, list[Check]] = {}
        for each in run.sheet.checks:
            if isinstance(each, Check) and not each.is_blank:
                self.published.setdefault(self.pages.item(each.round, each.quantity), []).append(each)
        if not pages and any(isinstance(each, Identity) and each.quantity.by for each in run.sheet.checks):
            from .published_forms import published_forms  # proofs are loaded where there is a formula

            self.pages.published = published_forms(self.pages)
        self.printed = {item: printed_of(each[0]).number for item, each in self.published.items()}
        self.readings: dict[Item, Reading] = {}
        self.sound: set[Item] = set()  # those of them that are not wrong
        self.others: dict[Check | Identity, Answer] = {}  # formulas and blanks; what is there twice is judged once
        self._way: tuple[tuple[Item, int] | None, Stretch] = (None, ([], []))  # the last, and what it was of

    @cached_property
    def author(self) -> Habit:
        """How the author rounds, as his numbers show it."""
        return self.shown_by.beside()

    def author_beside(self, asked: Item) -> Habit:
        """The same, as the numbers beside one show it: it does not show by itself how it is printed."""
        return self.shown_by.beside(*self.shown.get(asked, ()))

    @cached_property
    def shown_by(self) -> Author:
        return Author(chain.from_iterable(self.shown.values()))

    @cached_property
    def shown(self) -> dict[Item, list[Evidence]]:
        """Every published number with its true value."""
        return {
            item: [Evidence(printed_of(each), self.pages.true(item)) for each in checks]
            for item, checks in self.published.items()
        }

    def answers(self) -> list[Answer]:
        """The verdicts, in the order of the sheet's lines; one for an array."""
        return [self.whole(grid) if grid else self.one(checks[0]) for grid, checks in lines(self.pages.sheet)]

    def one(self, asked: Check | Identity) -> Answer:
        """The answer to one of the lines."""
        known = self.numbers.get(asked) or self.others.get(asked)
        return known or self.others.setdefault(asked, self.beside(asked))

    def whole(self, grid: Grid) -> Answer:
        """The answer to what is published for an array."""
        if isinstance(grid.checks[0], Identity):
            from .array_formulas import formula_of_array

            return formula_of_array(self.pages, grid)
        return self.grids.answer(grid, [self.one(each) for each in grid.checks])

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
        for item in self.pages.reached(self.published):
            alike: dict[tuple[str, float | None], Answer] = {}
            for each in self.published.get(item, ()):
                known = alike.get((each.printed, each.number)) or self.examine(item, each)
                answer = replace(known, line=each.line, quantity=each.quantity.name)
                found[each] = alike[each.printed, each.number] = answer
                if item not in self.readings:
                    self.readings[item] = self.read(item, answer, self.as_printed(each))
                    self.sound |= set() if self.readings[item].wrong else {item}
        return found

    def ask(self, item: Item, printed: str | Check) -> Answer:
        """The verdict on one more number, as if it stood in the sheet behind all others.

        printed  what is printed; a check, of which only that counts
        """
        asked = Judge(self.pages.run, self.pages)
        asked.readings = {each: self.readings[each] for each in self.published if each != item and self.numbers}
        asked.sound, self.pages.hand.spent = self.sound - {item}, 0  # each has all the time for work by hand
        what = printed if isinstance(printed, Check) else Check(0, 0, Quantity(""), printed)
        return asked.examine(item, replace(what, line=0, round=item.round, quantity=Quantity(item.of, item.by)))

    # ── one number ──

    def as_printed(self, asked: Check) -> Printed:
        """What is printed; a mere 0 to as many decimals as the author's other numbers."""
        printed, decimals = printed_of(asked), self.author.decimals
        is_mere = not (printed.is_exact or printed.number or printed.exponent)
        return Printed(f"{0:.{decimals}f}") if is_mere and decimals else printed

    def examine(self, item: Item, asked: Check) -> Answer:
        """The verdict on one published number."""
        value = self.value(item, printed := self.as_printed(asked))
        answer = Answer(asked.line, asked.round + 1, asked.quantity.name, asked.printed, value, "", "")
        verdict, why = alone(printed, value, self.author)
        if verdict == "undefined":
            why = undefined(self.pages.run, item)
        machine = "" if verdict else machine_of(self.pages, item, printed)
        if machine == "double" or (machine and not self.author.works_by_hand):
            verdict, why = ("exact", "") if machine == "double" else ("rounding", f"as a {machine} program computes it")
        if verdict:
            return replace(answer, verdict=verdict, why=why)
        found = self.by_hand(answer, item, self.author.padded(printed)) if not self.pages.hand.is_spent else None
        found = found or (self.roughly(answer, item, printed) if self.pages.is_true(item) else None)
        return found or self.beyond(self.slip(answer, item, printed))

    def beyond(self, slip: Answer) -> Answer:
        """A slip; where not every way to work by hand was tried, or none, that is said."""
        pages = self.pages
        fact = f"; not every way to round was tried: {pages.hand.said}" if pages.hand.is_spent else ""
        fact = f"; how it was worked out was not followed: {pages.too_many}" if pages.too_many else fact
        return replace(slip, why=f"{slip.why}{fact}")

    def roughly(self, answer: Answer, item: Item, printed: Printed) -> Answer | None:
        """What may be right of a number that is not worked by hand here: a second derivative."""
        with self.pages.swaying.in_force():
            room = min(sway(self.pages.run, item, printed), abs(answer.value) / 2 or math.inf)
        if printed.is_exact or not printed.has_sign_of(answer.value) or not printed.rounds(answer.value, room):
            return None
        about = f"about {printed.like(answer.value)}"
        why = f"{about}: numbers with as many digits lead so far, and how it was worked out is not followed"
        return replace(answer, verdict="close", why=why)

    def value(self, item: Item, printed: Printed) -> float:
        """The true value; 0 where all that is left of it is rounding, unless just that is printed."""
        value = self.pages.true(item)
        tiny = 0 < abs(value) < TINY and not (printed.number and printed.agrees(value))
        return 0.0 if tiny and abs(value) <= FEW * scatter(self.pages, item, MACHINES[0].epsilon) else value

    def by_hand(self, answer: Answer, item: Item, printed: Printed) -> Answer | None:
        """What working by hand explains: exactly, or else rounded on the way; or nearly."""
        ways = self.ways(item)
        doubtful: list[Accepted] = []
        put_right = [way for way in ways[2:] if not way.tainted]
        return (
            self.explained(answer, item, printed, ways, doubtful)
            or self.explained(answer, item, printed, self.loose_ways(item, printed), doubtful)
            or self.close(answer, next(iter(doubtful), None), printed)
            or self.nearly(answer, item, printed, [ways[min(1, len(ways) - 1)], *put_right])
        )

    def explained(
        self, answer: Answer, item: Item, printed: Printed, ways: Sequence[Way], doubtful: list[Accepted]
    ) -> Answer | None:
        """What explains a number: exactly; or by rounding, right numbers first. What does so in doubt is noted down."""
        right, others = [way for way in ways if not way.rooms], [way for way in ways if way.rooms]
        rounding = self.author.of(printed)
        for way, how in (*product(ways, [()]), *product(right, [rounding]), *product(others, [rounding])):
            if self.pages.hand.is_spent:
                break
            found = accepted(self.pages, item, way, printed, how, self.author)
            if not found.explains:
                continue
            if sources := self.to_blame(item, way, found.form):
                if found.gives:
                    return self.carried(answer, item, found, sources, printed)
            elif self.is_sound(answer, found, printed):
                return self.rounded(answer, found, printed)
            elif not found.precision and (sources := self.to_blame(item, way, found.form, self.close_in(way))):
                return self.carried(answer, item, found, sources, printed)
            doubtful.append(found)
        return None

    def nearly(self, answer: Answer, item: Item, printed: Printed, ways: Iterable[Way]) -> Answer | None:
        """What nearly follows from the numbers as they are printed, or what is wrong of them put right."""
        for way in () if self.pages.hand.is_spent else ways:
            found = accepted(self.pages, item, way, printed, self.author.of(printed), self.author)
            if found.nearly and (near := self.close(answer, found, printed)):
                return near
        return None

    def carried(self, answer: Answer, item: Item, found: Accepted, sources: Sequence[Item], printed: Printed) -> Answer:
        """A number that follows from wrong ones."""
        names = tuple(self.called(each, item.round) for each in sources)
        low, high = found.span
        follows = span(found, printed) if low != high else number_text(found.exactly, 6)
        why = f"from {', '.join(names)}: {follows}"
        return replace(answer, verdict="carried", why=why, follows=found.exactly, carried_from=names)

    def called(self, item: Item, number: int) -> str:
        """A published number as it is published, with its round where that is another than one."""
        name = self.published[item][0].quantity.name if item in self.published else str(item)
        name = name if placed(name).rounds == 0 else str(item)
        return name if item.round == number else f"{name} of round {item.round + 1}"

    def is_sound(self, answer: Answer, found: Accepted, printed: Printed) -> bool:
        """Whether a number is right: one way to work gives it, of the true sign, and near; or it follows exactly."""
        if printed.is_exact:  # who works by hand from rounded numbers comes to no fraction
            return False
        is_near = printed.units_off(answer.value) <= FEW or self.author.prints(printed, found.exactly)
        return found.gives and printed.has_sign_of(answer.value) and is_near

    def rounded(self, answer: Answer, found: Accepted, printed: Printed) -> Answer:
        """A number that is right, but for rounding on the way."""
        why = span(found, printed) if found.precision else f"{number_text(found.exactly, 6)}, rounded on the way"
        return self.with_span(answer, found, "rounding", why)

    def close(self, answer: Answer, found: Accepted | None, printed: Printed) -> Answer | None:
        """A number that is nearly right, if it is."""
        if found is None or printed.is_exact:
            return None
        if found.precision and printed.number and not printed.has_sign_of(answer.value):
            return None
        if not printed.number and self.author.decimals != printed.decimals:  # 0 for what is not
            return None
        off, about = printed.units_off(answer.value), printed.like(found.exactly)
        room = max(MOST, SHARE * abs(answer.value) / printed.unit)
        if not found.gives and off > room and printed.units_off(found.nearest) > FEW:
            return None
        gives = f"working by hand gives {span(found, printed)}"
        why = f"about {about}: {gives}"
        if found.gives and off > FEW:
            why = f"{off:.0f} units off {printed.like(answer.value)}, as rounding on the way may lead: {gives}"
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

        if self.pages.hand.is_spent:
            return replace(answer, verdict="slip", why=f"should be {printed.like(answer.value)}", follows=answer.value)
        number, (sound, *mixed) = printed.number, self.ways(item, ("correct", "true"))
        likely = [way for way in mixed if not way.tainted] + mixed[:1] or [sound]
        values = [way.exactly(self.pages, item) for way in likely]
        known = [each for each in values if not (math.isnan(each) or printed.is_exact)]  # a closed branch is not seen
        should = min(known or [answer.value], key=lambda each: (each * answer.value < 0, abs(each - number)))
        asked = self.pages, item, printed, should, self.printed, self.author_beside(item)
        with by_hand(self.pages, 0):
            found = NOTHING if item in self.grids.unhinted or self.pages.hand.is_spent else hint(*asked)
        should = found.should if math.isfinite(found.should) else should
        should = 0.0 if not answer.value and abs(should) < TINY else should
        return replace(answer, verdict="slip", why=f"should be {printed.like(should)}{found.words}", follows=should)

    # ── the numbers before it ──

    def way(self, item: Item) -> Stretch:
        """The numbers read before it that it follows from, and the unprinted ones on the way."""
        key = item, len(self.readings)
        if self._way[0] != key:
            self._way = key, self.found_way(item, self.readings)
        return self._way[1]

    def found_way(self, item: Item, known: Container[Item]) -> Stretch:
        """The same from numbers that are known; to look for it is work too."""
        found = self.pages.way(item, known.__contains__)
        self.pages.hand.spent += sum(map(len, found)) // LOOKED_AT
        return found

    def ways(self, item: Item, put_right: Sequence[str] = PUT_RIGHT) -> list[Way]:
        """From right numbers alone; then, where wrong ones are before it, every way to read these."""
        before, steps = right, between = self.way(item)
        if any(self.readings[each].wrong for each in before):
            right, between = self.found_way(item, self.sound)
        sound_way = Way({each: self.readings[each].printed for each in right}, between)
        choices = list(read_as({each: self.readings[each] for each in before}, put_right))
        return [sound_way, *(self.mixed(before, steps, choice) for choice in choices)]

    def loose_ways(self, item: Item, printed: Printed) -> list[Way]:
        """With one of the numbers read as it should be that are right only as rounding may lead to them.

        Or with all of those read so that are printed to fewer digits: their author may have kept more.
        """
        before, steps = self.way(item)
        loose = [each for each in before if self.readings[each].loose]
        choices = [{each: how} for each in loose for how in ("correct", "true")]
        short = [each for each in before if self.readings[each].is_shorter_than(printed.unit)]
        choices += [dict.fromkeys(short, "true")] * bool(short)
        return [self.mixed(before, steps, choice) for choice in choices]

    def mixed(self, before: Sequence[Item], steps: Sequence[Item], choice: Mapping[Item, str]) -> Way:
        """The way on which each wrong number is read as chosen."""
        numbers = {each: getattr(self.readings[each], choice.get(each, "printed")) for each in before}
        tainted = tuple(
            each for each in before if choice.get(each, "printed") in ("printed", "kept") and self.readings[each].wrong
        )
        known_to_a_digit = tainted or [each for each, how in choice.items() if how in ("least", "most")]
        return Way(numbers, steps, tainted, {each: self.room(each, numbers[each]) for each in known_to_a_digit})

    def room(self, item: Item, number: float) -> tuple[float, float]:
        """From where to where a number may be of which one digit more or less is read: cut off, it was larger."""
        unit = self.readings[item].unit
        away = unit if number == self.readings[item].printed and True in self.author.manners else unit / 2
        return (number - unit / 2, number + away) if number > 0 else (number - away, number + unit / 2)

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
        verdict, unit = answer.verdict, self.author.padded(printed).unit
        number, correct = printed.number, self.author.noted(answer.value)
        if self.pages.hand.is_spent:
            return Reading(number, number, correct, answer.value, number, number, verdict, unit, loose=False)
        before, steps = self.way(item)
        kept = Way({each: self.readings[each].kept for each in before}, steps).exactly(self.pages, item)
        kept = kept if printed.agrees(kept) else number  # what is printed is what was read
        loose = verdict == "rounding" and bool(answer.precision)
        ends = (number, number)
        if printed.is_exact:
            correct, ends = answer.value, (answer.value, answer.value)
        elif loose or verdict in ("slip", "close"):
            way = Way({each: self.readings[each].printed for each in before}, steps)
            usual = Printed(printed.like(correct))
            correct = self.author.noted(way.exactly(self.pages, item))
            ends = extent(self.pages, item, way, usual, self.author)
        return Reading(number, kept, correct, answer.value, *ends, verdict, unit, loose)
