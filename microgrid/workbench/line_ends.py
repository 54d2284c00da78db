"""What stands at the end of a line in the editor: its values and gradients, or the verdict on what it publishes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from microgrid.answers import VERDICTS, Answer
from microgrid.formula import number_text, printable
from microgrid.formula.lettering import shown
from microgrid.formula.writing import minus
from microgrid.sheet import Round, Run

__all__ = ["LineEnd", "line_ends"]

DIGITS, FULL = 4, 9  # significant digits at the end of a line, and of the sentence about it
MOST = 6  # numbers of one line, and rounds of one number
LONGEST_LOSS = 6  # characters of a name that fits into a line end
T = TypeVar("T")


class LineEnd(NamedTuple):
    """The end of a line.

    line   from 1
    parts  of what stands there: "data", "grad", "why", or what a verdict counts as, and the text
    said   the same in a sentence, with every round
    """

    line: int
    parts: tuple[tuple[str, str], ...]
    said: str


def line_ends(run: Run, answers: Iterable[Answer]) -> list[LineEnd]:
    """The ends of all lines that give a number, compute one or publish one; of a round those of the first.

    >>> from microgrid import Sheet
    >>> from microgrid.answers import check
    >>> run = Sheet.parse("param w = 3\\nL = w^2\\ndL/dw ~= 5").run()
    >>> for each in line_ends(run, check(run)):
    ...     print(each.line, each.parts[:2])
    1 (('grad', '∂L 6'),)
    2 (('data', '9'), ('grad', '∂L 1'))
    3 (('wrong', '✗ slip'), ('data', '6'))
    """
    given = by_line((leaf.line, [leaf.name]) for leaf in run.sheet.leaves)
    computed = by_line((each.line, list(each.names)) for each in run.sheet.equations)
    published = by_line((each.line, (each,)) for each in answers)
    found = [of_numbers(run, line, names, False) for line, names in given.items()]
    found += [of_numbers(run, line, names, True) for line, names in computed.items()]
    found += [of_verdicts(line, some) for line, some in published.items()]
    return sorted((each for each in found if each.parts), key=lambda each: each.line)


def by_line(pairs: Iterable[tuple[int, Sequence[T]]]) -> dict[int, list[T]]:
    """What belongs to each line."""
    found: dict[int, list[T]] = {}
    for line, some in pairs:
        found.setdefault(line, []).extend(some)
    return found


# ── values and gradients ───────────────────────────────────────────────────────────────────


def of_numbers(run: Run, line: int, names: Sequence[str], is_computed: bool) -> LineEnd:
    """Of a line that gives or computes numbers: what was typed in it is not repeated."""
    first, loss = run.rounds[0], run.sheet.loss
    some = names[:MOST]
    data = in_row([first[name].data for name in some], len(names)) if is_computed else ""
    slopes = gradients(first, some)
    grad = in_row([each for each in slopes if each is not None], len(names)) if any(map(is_number, slopes)) else ""
    head = f"∂{shown(loss)}" if len(loss) <= LONGEST_LOSS else "∂"
    parts = [("data", data), ("grad", grad and f"{head} {grad}")]
    said = "; ".join(sentence_about(run, name) for name in some)
    return LineEnd(line, tuple(part for part in parts if part[1]), said + "; …" * (len(names) > MOST))


def gradients(here: Round, names: Sequence[str]) -> list[float | None]:
    """d(loss)/d(name) of each; None where the loss does not depend on it, or comes before it."""
    loss, behind = here.sheet.loss, here.sheet.behind_loss
    return [here.derivative(loss, name) if loss and name not in behind else None for name in names]


def is_number(slope: float | None) -> bool:
    return slope is not None


def in_row(numbers: Sequence[float], count: int) -> str:
    """Numbers side by side, and whether there are more."""
    return "  ".join(minus(number_text(each, DIGITS)) for each in numbers) + "  …" * (count > len(numbers))


def sentence_about(run: Run, name: str) -> str:
    """A quantity with its gradient, round by round."""
    rounds = run.rounds[:MOST]
    more = " → …" * (len(run.rounds) > MOST)
    said = f"{printable(name)} = {course([each[name].data for each in rounds])}{more}"
    slopes = [slope for each in rounds for slope in gradients(each, [name]) if slope is not None]
    loss = printable(run.sheet.loss)
    return f"{said}, ∂{loss}/∂{printable(name)} = {course(slopes)}{more}" if slopes else said


def course(numbers: Sequence[float]) -> str:
    """What a number is in each round; once where it stays the same."""
    texts = [minus(number_text(each, FULL)) for each in numbers]
    return texts[0] if len(set(texts)) == 1 else " → ".join(texts)


# ── verdicts ───────────────────────────────────────────────────────────────────────────────


def of_verdicts(line: int, answers: Sequence[Answer]) -> LineEnd:
    """Of a line that publishes numbers or formulas: of several that which is worst, and how many there are."""
    worst = min(answers, key=lambda each: ORDER.index(VERDICTS[each.verdict].counts))
    verdict = VERDICTS[worst.verdict]
    count = f" ({len(answers)})" if len(answers) > 1 else ""
    has_number = not (worst.is_formula or worst.is_open or worst.shape)
    number = minus(number_text(worst.value, max(DIGITS, digits_of(worst.printed)))) if has_number else ""
    parts = [(verdict.counts, f"{verdict.mark} {worst.verdict}{count}"), ("data", number), ("why", worst.why)]
    said = "; ".join(told(each) for each in answers[:MOST]) + "; …" * (len(answers) > MOST)
    return LineEnd(line, tuple(part for part in parts if part[1]), said)


ORDER = ("wrong", "carried", "close", "open", "right")


def digits_of(printed: str) -> int:
    """So many digits that the value can be held against what was printed."""
    return min(FULL, sum(each.isdecimal() for each in printed.partition("e")[0].lstrip("-−0.")))


def told(answer: Answer) -> str:
    """A verdict as a sentence."""
    value = "" if answer.is_formula or answer.is_open or answer.shape else minus(number_text(answer.value, FULL))
    sign = "==" if answer.is_formula else "~="
    about = f"{printable(answer.quantity)} {sign} {printable(answer.printed)}: {answer.verdict}"
    return ", ".join(filter(None, [about, value and f"the value is {value}", answer.why]))
