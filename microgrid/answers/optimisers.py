"""Mistakes with weights that change: a step turned round, a bias correction left out, a new weight used too early."""

from __future__ import annotations

from microgrid.formula import Call, Formula, Name, Number, substitute
from microgrid.formula.writing import text

from .changes import Found
from .lines import Line
from .parts import ONE, multiplied, places, products, replaced

__all__ = ["corrections_left_out", "new_weights", "steps_turned"]

write = text(4)


def steps_turned(line: Line) -> Found:
    """old + step for old − step, by whatever rule; plain descent has a row of its own."""
    if line.item.by or not line.item.round or line.pages.step(line.item) is None:
        return
    match line.formula:
        case Call("-" | "+" as sign, (Name(old), step)) if old == line.item.of:
            meant = "subtracted" if sign == "-" else "added"
            yield Call("+" if sign == "-" else "-", (Name(old), step)), (meant,)


def corrections_left_out(line: Line) -> Found:
    """m for m̂ = m/(1 − 0.9ᵗ)."""
    for place, parts in products(line.formula):
        for i, (sign, part) in enumerate(parts):
            if sign < 0 and (shown := correction(line, part)):
                rest = [*parts[:i], *parts[i + 1 :]]
                yield replaced(line.formula, place.path, multiplied(rest)), (shown,)


def correction(line: Line, part: Formula) -> str:
    """1/(1 − 0.9²), of 1 − 0.9ᵗ where t is 2; '' of anything else."""
    match part:
        case Call("-", (Number(1.0), Call("**", (base, Name(counter))))):
            count = line.pages.true(line.at(counter))
            return write(Call("/", (ONE, Call("-", (ONE, Call("**", (base, Number(count))))))))
    return ""


def new_weights(line: Line) -> Found:
    """A weight as it is after the step, in a gradient that the step is taken with."""
    rounds, sheet = line.pages.run.rounds, line.pages.sheet
    if not line.item.by or line.round + 1 >= len(rounds):
        return
    for name in dict.fromkeys(each.formula.name for each in places(line.formula) if isinstance(each.formula, Name)):
        if name in sheet.params:
            new = Number(rounds[line.round + 1][name].data)
            yield substitute(line.formula, {name: new}), (Name(name),)
