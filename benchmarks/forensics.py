"""What the judge says to honest work and to slips, by working habit and by the share of steps that is printed.

    python benchmarks/forensics.py [--count N] [--quick] [--markdown] [--misses FILE]

Random small networks are worked by hand (`handwork`, which uses nothing of the library): honestly, with one
slip, which later steps follow or work past, and with two to six. One row for each habit and share; then what
is wanted of the judge, and whether it holds: the exit code is 1 if anything does not.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

from handwork import NOTES, Habit, Paper, distinct, written

from microgrid import Sheet
from microgrid.answers import Answer, check

HABITS = {
    "3 decimals":            Habit(3),
    "4 decimals":            Habit(4),
    "6 decimals":            Habit(6),
    "3 significant digits":  Habit(3, significant=True),
    "4 significant digits":  Habit(4, significant=True),
    "cut off to 3 decimals": Habit(3, cuts=True),
    "cut off to 4 decimals": Habit(4, cuts=True),
    "calculator":            Habit(0, notes="nothing"),
}  # fmt: skip
SHARES = {"all": 1.0, "3/4": 0.75, "half": 0.5, "end": 0.0}
PLAIN = 0.25  # of the people write 0.5 for 0.500
HONEST = {"all": 1, "3/4": 1, "half": 2, "end": 4}  # papers for one of --count: the less stands there, the more
ONE, SEVERAL = 3, 2

# What the judge may say to a slip, by how it differs from honest work.
ENOUGH = {
    "clear": ("slip",),
    "near":  ("slip", "close", "carried"),
    "same":  ("slip", "close", "carried", "exact", "rounding"),
}  # fmt: skip

# What a hint says to each kind of slip.
HINTS = {
    "sign":    "sign",
    "factor":  "missing|half as large|this is the gradient",
    "path":    "missing|this is the old",
    "name":    "stands where|this is",
    "twice":   "twice as large|there twice|taken twice|1/2 is missing",
    "swapped": "changed places",
    "lost":    "lost",
    "doubled": "written twice",
    "digit":   "one digit",
    "point":   "point|ten times",
}  # fmt: skip
FACT = "one unit off"  # is no explanation, and never wrong


# ── one paper ──────────────────────────────────────────────────────────────────────────────


class Miss(NamedTuple):
    """Where the judge failed: on a sheet, at a line of it."""

    what: str
    cell: str
    paper: Paper
    answer: Answer

    def __str__(self) -> str:
        paper, answer = self.paper, self.answer
        planted = [f"{name} ({slip.kind}, honest {slip.honest:.9g})" for name, slip in paper.slips.items()]
        said = f"{answer.quantity} ~= {answer.printed}: {answer.verdict} ({answer.why}); true {answer.value:.9g}"
        head = (f"{self.what}  [{self.cell}]", f"planted: {', '.join(planted) or 'nothing'}; {paper.habit}")
        return "\n".join([*(f"# {each}" for each in (*head, f"line {answer.line}: {said}")), paper.text(), ""])


class Count:
    """Of how many things what holds, in one cell of the table; and where the judge failed."""

    def __init__(self, cell: str = "") -> None:
        self.cell = cell
        self.asked: Counter[str] = Counter()
        self.holds: Counter[str] = Counter()
        self.misses: list[Miss] = []

    def add(self, what: str, holds: bool) -> None:
        """One thing more, and whether it holds."""
        self.asked[what] += 1
        self.holds[what] += holds

    def miss(self, what: str, paper: Paper, answers: Iterable[Answer]) -> None:
        """The judge failed at these lines."""
        self.misses += [Miss(what, self.cell, paper, answer) for answer in answers]

    def share(self, what: str) -> float:
        """Of how many it holds, of 1."""
        return self.holds[what] / self.asked[what] if self.asked[what] else float("nan")

    def __add__(self, other: Count) -> Count:
        total = Count()
        total.asked, total.holds = self.asked + other.asked, self.holds + other.holds
        total.misses = self.misses + other.misses
        return total


def examine(paper: Paper, count: Count) -> None:
    """One paper judged, and counted."""
    answers = {paper.at[answer.line]: answer for answer in check(Sheet.parse(paper.text()).run())}
    if not paper.slips:
        for answer in answers.values():
            count.add("right", answer.right)
            count.add("accepted", answer.right or answer.verdict == "close")
            count.add("accused", answer.verdict == "slip")
            count.miss(f"honest work is {answer.verdict}", paper, [] if answer.right else [answer])
        return
    states = {name: distinct(paper, name, Random(name)) for name in paper.slips}
    for name, state in states.items():
        answer = answers[name]
        count.add("ticked", answer.right)
        count.add("same", state == "same")
        if state != "same":
            count.add("ticked wrongly", answer.right)
        count.miss(f"a slip is {answer.verdict}, {state}", paper, [answer] if answer.right and state != "same" else [])
        if state == "clear" and answer.verdict == "slip" and len(Decimal(answer.printed).as_tuple().digits) >= 3:
            weigh_hint(paper, name, answer, count)
    blame(paper, answers, states, count)


def blame(paper: Paper, answers: Mapping[str, Answer], states: Mapping[str, str], count: Count) -> None:
    """Whether the slips are called slips, and nothing else is. Near honest work, doubt is good enough."""
    unnamed = [answers[name] for name, state in states.items() if answers[name].verdict not in ENOUGH[state]]
    others = {name: answer for name, answer in answers.items() if name not in states}
    innocent = [answer for answer in others.values() if answer.verdict == "slip"]
    if len(states) == 1 and "same" not in states.values():
        count.add("alone", not unnamed and not innocent)
    if len(states) > 1:
        count.add("all named", not unnamed)
        for name, answer in others.items():
            count.add("innocent accused", answer.verdict == "slip")
            count.add("exact accused", answer.verdict == "slip" and paper.is_true(name))
    sort = "one of several slips" if len(states) > 1 else "one slip"
    count.miss(f"{sort} is not named", paper, unnamed)
    count.miss(f"an innocent number is accused beside {sort}", paper, innocent)


def weigh_hint(paper: Paper, name: str, answer: Answer, count: Count) -> None:
    """Whether the hint names the slip, or another that leads to the same number."""
    given, slip = answer.why.partition("; ")[2].replace(FACT, ""), paper.slips[name]
    fits = any(re.search(HINTS[kind], given) for kind in {slip.kind, *slip.explanations} - {"random"})
    if slip.explanations - {"digit"}:  # of a single wrong digit, or any number, nothing can be said
        count.add("hint", fits)
        count.add(f"hint: {slip.kind}", fits)
        count.miss(f"no hint: {slip.kind}", paper, [] if given else [answer])
    count.add("hint wrong", bool(given) and not fits)
    count.miss(f"a wrong hint: {slip.kind}", paper, [answer] if given and not fits else [])


# ── the table ──────────────────────────────────────────────────────────────────────────────


class Floor(NamedTuple):
    """What is wanted of the judge: at least or at most so many; of the cells with these shares."""

    says: str
    what: str
    least: float = 0.0
    most: float = 1.0
    shares: Sequence[str] = tuple(SHARES)

    def wanted(self) -> str:
        return f"≥ {100 * self.least:g} %" if self.least else f"≤ {100 * self.most:g} %"

    def is_met(self, found: float) -> bool:
        return self.least <= found <= self.most


PRINTED = ("all", "3/4", "half")
FLOORS = (
    Floor("honest work accepted: right or close", "accepted", least=0.995),
    Floor("honest work called right", "right", least=0.97),
    Floor("slips called right, steps printed", "ticked wrongly", most=0.005, shares=PRINTED),
    Floor("slips called right, only the end printed", "ticked wrongly", most=0.02, shares=("end",)),
    Floor("one slip: its line called a slip, and no other", "alone", least=0.995),
    Floor("two to six slips: every one called a slip", "all named", least=0.97),
    Floor("two to six slips: exact numbers called slips", "exact accused", most=0.0),
    Floor("hints that name the slip", "hint", least=0.90),
    Floor("hints that name another", "hint wrong", most=0.02),
)

COLUMNS = {
    "right": "right", "accepted": "accepted", "slip": "accused",  # honest work
    "ticked": "ticked", "same": "same", "wrongly": "ticked wrongly",  # planted slips
    "alone": "alone",  # one slip
    "named": "all named", "others": "innocent accused",  # several
    "hint": "hint", "wrong hint": "hint wrong",
}  # fmt: skip


def cell(habit_name: str, share_name: str, papers: int) -> Count:
    """All papers of a habit, a share of whose steps is printed."""
    count = Count(f"{habit_name}, {share_name} printed")
    sorts = {"honest": HONEST[share_name] * papers, "one": ONE * papers, "several": SEVERAL * papers}
    for sort, i in ((sort, i) for sort, number in sorts.items() for i in range(number)):
        rng, habit = Random(f"{habit_name}, {share_name}, {sort}, {i}"), HABITS[habit_name]
        if habit.notes == "nothing":
            habit = rng.choice(list(HABITS.values())[:-1])._replace(notes="nothing")
        else:
            habit = habit._replace(notes=rng.choice(NOTES))
        habit = habit._replace(plain=rng.random() < PLAIN)
        slips = {"honest": 0, "one": 1, "several": rng.randint(2, 6)}[sort]
        examine(written(rng, habit, SHARES[share_name], slips), count)
    return count


def table(cells: Mapping[tuple[str, str], Count], markdown: bool) -> Iterator[str]:
    """A row for each cell, in percent, and one for all."""
    rows = [*cells.items(), (("all together", ""), sum(cells.values(), Count()))]
    texts = [["habit", "printed", *COLUMNS]]
    texts += [[*names, *(f"{100 * count.share(what):.1f}" for what in COLUMNS.values())] for names, count in rows]
    if markdown:
        texts.insert(1, ["---", "---", *["--:"] * len(COLUMNS)])
        yield from (f"| {' | '.join(each)} |" for each in texts)
        return
    for first, second, *others in texts:
        cells_of_row = (f"{text:>{max(5, len(head)) + 2}}" for text, head in zip(others, COLUMNS))
        yield f"{first:<22}{second:<8}{''.join(cells_of_row)}"


def floors(cells: Mapping[tuple[str, str], Count], markdown: bool) -> Iterator[tuple[str, bool]]:
    """What is wanted, what was found, and whether that is met."""
    if markdown:
        yield "| wanted | | found | of | |\n| --- | --: | --: | --: | --- |", True
    for floor in FLOORS:
        count = sum((count for (_, share), count in cells.items() if share in floor.shares), Count())
        found, asked = count.share(floor.what), count.asked[floor.what]
        met = floor.is_met(found)
        texts = (floor.says, floor.wanted(), f"{100 * found:.2f} %", f"{asked:,}", "met" if met else "missed")
        yield f"| {' | '.join(texts)} |" if markdown else "{:<52}{:>9}{:>10}  of {:<7}{}".format(*texts), met


def main() -> int:
    parser = argparse.ArgumentParser(description="What the judge says to work by hand, honest and not.")
    parser.add_argument("--count", type=int, default=8, help="papers: six to nine times as many for each row (8)")
    parser.add_argument("--quick", action="store_true", help="--count 1")
    parser.add_argument("--markdown", action="store_true", help="tables for a document")
    parser.add_argument("--misses", type=Path, metavar="FILE", help="writes down every sheet on which the judge failed")
    options = parser.parse_args()
    keys, start = list(product(HABITS, SHARES)), time.perf_counter()
    papers = 1 if options.quick else options.count
    with ProcessPoolExecutor() as pool:
        cells = dict(zip(keys, pool.map(cell, *zip(*keys), [papers] * len(keys))))
    print("\n".join(table(cells, options.markdown)), end="\n\n")
    lines, met = zip(*floors(cells, options.markdown))
    print("\n".join(lines))
    count = papers * sum(HONEST[share] + ONE + SEVERAL for _, share in keys)
    print(f"\n{count:,} sheets in {time.perf_counter() - start:.0f} s")
    if options.misses:
        misses = [miss for count in cells.values() for miss in count.misses]
        options.misses.write_text("\n".join(map(str, sorted(misses, key=lambda miss: miss.what))), encoding="utf-8")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
