"""From one round to the next: the assignments that an optimiser stands for, and the numbers that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from microgrid.formula import Call, Formula, Name, Number, evaluate, fold, free_names, substitute
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.optimisers import GRADIENT, NEXT, PARAMETER, Optimiser
from microgrid.formula.words import WORDS

from .statements import Assignment, Update

__all__ = ["advanced", "moment", "moments_of", "numbers_in", "stepped", "worked_out"]


def moment(what: str, name: str) -> str:
    """What a number that an optimiser remembers of a parameter is called."""
    return f"{what}({name})"


def moments_of(rule: Optimiser, name: str) -> list[str]:
    """Everything that an optimiser remembers of a parameter, and what books name besides."""
    return [moment(each, name) for each in (*rule.memory, *rule.hats)]


def stepped(rule: Optimiser, settings: Mapping[str, Formula], name: str, loss: str) -> Iterator[Assignment]:
    """One step of an optimiser for one parameter.

    >>> from microgrid.formula import Number, render
    >>> from microgrid.formula.optimisers import OPTIMISERS
    >>> settings = {"rate": Name("η"), "momentum": Number(0.9)}
    >>> for each in stepped(OPTIMISERS["momentum"], settings, "w", "L"):
    ...     print(each.name, "←", render(each.formula))
    velocity(w) ← 0.9*velocity(w) + ∂L/∂w
    w ← w - η*next velocity(w)
    """
    words = {PARAMETER: Name(name), GRADIENT: Name(f"∂{loss}/∂{name}"), **settings}
    for each in (*rule.memory, *rule.hats):
        words |= {each: Name(moment(each, name)), NEXT + each: Name(NEXT + moment(each, name))}
    for each, formula in {**rule.memory, **rule.hats, PARAMETER: rule.step}.items():
        target, computed = name if each == PARAMETER else moment(each, name), substitute(formula, words)
        book = short(substitute(rule.book.get(each, formula), words))
        yield Assignment(target, book, None if book == computed else computed)


def short(formula: Formula) -> Formula:
    """The formula with 0.1 for 1 − 0.9, as a book writes it."""

    def visit(node: Formula, arguments: list[Formula]) -> Formula:
        if not isinstance(node, Call):
            return node
        call = Call(node.function, tuple(arguments), node.at)
        is_number = all(isinstance(each, Number) for each in arguments)
        return Number(float(f"{evaluate(call, {}, WORDS):.12g}")) if is_number else call

    return fold(formula, visit)  # type: ignore[no-any-return]


def advanced(update: Update, known: Callable[[str], float]) -> dict[str, float]:
    """The new numbers of an update, by the names that it gives them.

    known  the number of a name or derivative in the round before
    """
    found: dict[str, float] = {}
    for each in update.assignments:
        names = (name for name in each.prepared.names if name not in CONSTANTS)
        numbers = {name: number_for(name, known, found.__getitem__) for name in names}
        found[each.name] = float(each.prepared({**CONSTANTS, **numbers}, WORDS))
    return found


def numbers_in(formula: Formula, known: Callable[[str], float], new: Callable[[str], float]) -> dict[str, float]:
    """The numbers of the names in a rule: `known` of the round before, `new` of `next t`."""
    names = (each.name for each in free_names(formula) if each.name not in CONSTANTS)
    return {name: number_for(name, known, new) for name in names}


def number_for(name: str, known: Callable[[str], float], new: Callable[[str], float]) -> float:
    """The number of one name."""
    return new(name.removeprefix(NEXT)) if name.startswith(NEXT) else known(name)


def worked_out(formula: Formula, numbers: Mapping[str, float]) -> float:
    """What a formula comes to with these numbers for its names."""
    return float(evaluate(formula, {**CONSTANTS, **numbers}, WORDS))
