"""Lines that update: `update 0.1`, `update η of M v1, v2 × 13`, `update adam 0.001`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from microgrid.errors import FormulaError, other_name
from microgrid.formula import Formula, Number, evaluate, free_names
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.optimisers import OPTIMISERS, Optimiser
from microgrid.formula.regexes import regex
from microgrid.formula.tokens import SPELLED
from microgrid.formula.words import WORDS

from .lines import Line, pieces
from .names import SheetNames
from .numbers import PRINTED, check_range, count_of
from .statements import Assignment, Update
from .transitions import stepped

__all__ = ["Draft", "draft", "times"]

TIMES = regex(r"(?:\s*×\s*|\s+\*\s*|\s+x\s+)([0-9]+)\s*$")
NO_TIMES = regex(r"\s*(?:×|\s[*x]\s)\s*([-−]?[0-9]*\.?[0-9]+)\s*(.*)$")  # in the middle, or no whole number
WITH = regex(r"(.*?)\s+(with\s.+)")
OF = regex(rf"\s+of\s+({SPELLED}(?:\[[^\]]*\])*)")
WORD = regex(r"\S+")
SETTING = regex(r"[-+−.0-9½⅓⅔¼¾⅕]")  # how a setting begins
RANGES: Mapping[str, tuple[Callable[[float], bool], str]] = {
    **dict.fromkeys(("momentum", "beta1", "beta2", "decay"), (lambda x: 0 <= x < 1, "at least 0 and below 1")),
    "epsilon": (lambda x: x > 0, "above 0"),
}
EXAMPLES = {
    "momentum": "momentum 0.1 0.9", "nesterov": "nesterov 0.1 0.9", "adam": "adam 0.001", "rmsprop": "rmsprop 0.01",
    "adagrad": "adagrad 0.1",
}  # fmt: skip
ALSO_CALLED = {"gd": "sgd", "adamw": "adam", "nag": "nesterov", "rms": "rmsprop"}


@dataclass(frozen=True)
class Draft:
    """How one round leads to the next, as far as it is known before the loss is: '' stands for that of the sheet."""

    line: int
    text: str
    assignments: tuple[Assignment, ...] = ()
    rule: Optimiser | None = None
    settings: Mapping[str, Formula] | None = None
    names: tuple[str, ...] = ()
    loss: str = ""
    sample: int = 0

    def finished(self, loss: str, share: Callable[[str, int], str]) -> Update:
        """The same, with the loss of the sheet, its mean over the samples or its share of one."""
        if self.rule is None:
            return Update(self.line, self.text, self.assignments)
        of = share(self.loss or loss, self.sample)
        steps = (each for name in self.names for each in stepped(self.rule, self.settings or {}, name, of))
        return Update(self.line, self.text, tuple(steps), of)


class Word(str):
    """A word of a line, and where it stands."""

    start: int
    end: int


def words(text: str, start: int) -> Iterator[Word]:
    for match in WORD.finditer(text, start):
        word = Word(match.group())
        word.start, word.end = match.span()
        yield word


def times(text: str, most: int = 1) -> tuple[str, int]:
    """What stands before `× 13`, and so many times `most`."""
    match = TIMES.search(text)
    return (text[: match.start()], count_of(match[1], match.start(1)) * most) if match else (text, most)


def draft(names: SheetNames, line: Line, text: str, start: int) -> Draft:
    """What an update says, that begins with its rate or optimiser at a column of its line."""
    refuse_order(text, start)
    first = next(words(text, start), Word())
    if not first:
        raise FormulaError("update what? write update 0.01", start)
    is_rule = first in OPTIMISERS and names.keywords.get(names.find(first)) != "rate"
    rule, settings, at = named(names, text, start) if is_rule else plain(names, text, first)
    match = OF.match(text, at)
    loss = names.known_number(match[1], line, match.start(1), match.end(1)) if match else ""
    if not (names.has_equations or names.broken):
        fail("there is no loss to descend yet; write an equation first", start, len(text))
    some = params(names, line, text, match.end() if match else at)
    if not (some or names.broken):
        fail("there is no param to update; write one, such as param w = 0.5", start, len(text))
    return Draft(line.number, f"update {text[start:].strip()}", (), rule, settings, some, loss, names.sample)


def refuse_order(text: str, start: int) -> None:
    """Raise FormulaError for what stands in another place than it is read in."""
    said = text[start:].strip()
    if match := NO_TIMES.search(text, start):
        before, behind = text[start : match.start()].strip(), match[2].strip()
        if not match[1].isdecimal():
            fail(f"{match[1]} is no number of times; write update {before} × 3", match.start(1), match.end(1))
        fail(f"how often comes last: write update {before} {behind} × {match[1]}", match.start(), len(text))
    if match := WITH.fullmatch(said):
        fact = "an update has no other inputs; write the rule, next w = w - 0.1*dL/dw, and then"
        fail(f"{fact} round {match[2]}", start + match.start(2), len(text))


def fail(message: str, start: int, end: int) -> NoReturn:
    raise FormulaError(message, start, end)


# ── the rate, or the optimiser and its settings ─────────────────────────────────────────────


def plain(names: SheetNames, text: str, rate: Word) -> tuple[Optimiser, dict[str, Formula], int]:
    """The rate of `update 0.1`, and where it ends."""
    try:
        found = setting(names, rate)
    except FormulaError:
        if PRINTED.fullmatch(rate):  # out of range
            raise
        remedy = f"rate {rate} = 0.1 above" if is_unlike_param(names, rate) else instead(rate, text)
        fact = f"{rate!r} is no learning rate; write {remedy}"
        raise FormulaError(fact, rate.start, rate.end) from None
    behind = list(words(text, rate.end))
    if behind and behind[0] in OPTIMISERS and not names.find(behind[0]):
        remedy = " ".join(["update", behind[0], rate, *behind[1:]])
        fail(f"the optimiser comes first: write {remedy}", behind[0].start, behind[0].end)
    return OPTIMISERS["sgd"], {"rate": found}, rate.end


def is_unlike_param(names: SheetNames, word: str) -> bool:
    """Whether a word is called as if it were a rate: a quantity that is no param."""
    name = names.find(word)
    return name in names.defined and names.keywords.get(name) != "param"


def is_setting(names: SheetNames, word: str) -> bool:
    """Whether a word is a setting of an optimiser: a number, or a formula that begins with a rate."""
    first = re.match(SPELLED, word.lstrip("(-−"))
    of = names.find(first[0]) if first else ""
    return bool(SETTING.match(word)) or names.keywords.get(of) == "rate" or of in names.broken


def instead(word: str, text: str) -> str:
    """What to type instead of an update that begins with a word that is no rate."""
    name = ALSO_CALLED.get(word.lower()) or other_name(word, OPTIMISERS) or word.lower()
    if name == "sgd":
        return f"update {text.split(word, 1)[1].strip() or '0.01'}"
    return f"update {EXAMPLES.get(name, '0.01')}"


def named(names: SheetNames, text: str, start: int) -> tuple[Optimiser, dict[str, Formula], int]:
    """The optimiser of that name, its settings, and where they end."""
    first, *rest = words(text, start)
    rule = OPTIMISERS[first]
    if rule.name == "sgd":
        fail(f"plain descent has no name: write {instead(first, text)}", first.start, first.end)
    given: list[Word] = []
    for word in rest:
        if not is_setting(names, word):
            break
        given.append(word)
    at = [first, *given][-1].end
    needed = [name for name, usual in rule.settings.items() if usual is None]
    if not len(needed) <= len(given) <= len(rule.settings):
        takes = ", ".join(name if name in needed else f"[{name}]" for name in rule.settings)
        fail(f"{rule.name} takes {takes}; write update {EXAMPLES[rule.name]}", first.start, at)
    settings: dict[str, Formula] = {name: Number(usual or 0.0) for name, usual in rule.settings.items()}
    for name, word in zip(rule.settings, given):
        settings[name] = number = setting(names, word)
        holds, range_ = RANGES.get(name, (bool, "not 0"))
        if isinstance(number, Number) and not holds(number.value):
            fail(f"the {name} of {rule.name} is {range_}", word.start, word.end)
    return rule, settings, at


def setting(names: SheetNames, word: Word) -> Formula:
    """A number, or a formula of rates."""
    if PRINTED.fullmatch(word):
        check_range(word, word.start)
        return Number(float(word.replace("−", "-")))
    formula = names.formula(word, word.start)
    free = [each for each in free_names(formula) if each.name not in CONSTANTS]
    for each in free:
        if names.keywords.get(each.name) not in ("rate", "state") and each.name not in names.broken:
            fail(f"{each.name!r} is no rate; write rate {each.name} = 0.1 above", each.at, word.end)
    return formula if free else Number(float(evaluate(formula, CONSTANTS, WORDS)))


# ── what is updated ────────────────────────────────────────────────────────────────────────


def params(names: SheetNames, line: Line, text: str, at: int) -> tuple[str, ...]:
    """The params that an update names, or all there are."""
    found: list[str] = []
    for piece, start in pieces(text, at):
        if not piece.strip():
            continue
        begin = start + len(piece) - len(piece.lstrip())
        end = begin + len(piece.strip())
        name = names.known(piece.strip(), line, begin, end)
        numbers = names.arrays.numbers(name)
        if {names.keywords.get(each) for each in numbers} != {"param"} and name not in names.broken:
            fail(f"{name!r} is no param, and only params are updated", begin, end)
        if numbers[0] in found:
            fail(f"{name!r} is named twice; it takes one step", begin, end)
        found += numbers
    return tuple(found) or tuple(name for name, keyword in names.keywords.items() if keyword == "param")
