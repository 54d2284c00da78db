"""What the reader of a sheet should be told, though nothing in it is a mistake."""

from __future__ import annotations

from collections.abc import Mapping

from microgrid.formula import Call, Formula, Number, derivative, fold, free_names

from .statements import Script, usual_loss

__all__ = ["remarks"]

# Operations that no small change of an input changes, those of all slopes 0: a loss is no use behind them.
FLAT = {"above", "sign", "step"}


def remarks(sheet: Script, formulas: Mapping[str, Formula]) -> list[str]:
    """One sentence for each loss that no descent can change.

    >>> from microgrid import Sheet
    >>> sheet = Sheet.parse("param w = 3\\nL = (2*w - 5)^2\\nright = step(w - 2)")
    >>> print(*remarks(sheet, sheet.formulas))
    right, the last equation, is taken for the loss, and nothing descends: no small change of a param changes it; write `loss L` to descend L
    """  # noqa: E501
    params = {leaf.name for leaf in sheet.leaves if leaf.keyword == "param"}
    losses = dict.fromkeys([sheet.loss, *(update.loss for update in sheet.updates)])
    idle = [f"{', '.join(sheet.idle)}: no round goes on by that; write round behind it"] if sheet.idle else []
    return idle + [stuck(sheet, each, formulas, params) for each in losses if each and is_stuck(each, formulas, params)]


def is_stuck(loss: str, formulas: Mapping[str, Formula], params: set[str]) -> bool:
    """Whether there are parameters, and none of them moves the loss."""
    return bool(params) and params.isdisjoint(moved_by(loss, formulas))


def stuck(sheet: Script, loss: str, formulas: Mapping[str, Formula], params: set[str]) -> str:
    """What to say of a loss that nothing moves, and which other there is."""
    usual = loss == usual_loss(sheet.equations)
    taken = f"{loss}, the last equation, is taken for the loss" if usual else f"{loss} is the loss"
    others = [name for name in formulas if not params.isdisjoint(moved_by(name, formulas))]
    remedy = f"; write `loss {others[-1]}` to descend {others[-1]}" if others else ""
    return f"{taken}, and nothing descends: no small change of a param changes it{remedy}"


def moved_by(name: str, formulas: Mapping[str, Formula]) -> set[str]:
    """The quantities that move a quantity: those it depends on by slopes that are not 0 everywhere."""
    found, pending = set(), [name]
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending += slopes(formulas[each]) if each in formulas else []
    return found


def slopes(formula: Formula) -> list[str]:
    """The names in a formula by which it has a slope."""
    names = [each.name for each in free_names(formula)]
    if not fold(formula, lambda node, flat: any(flat) or (isinstance(node, Call) and node.function in FLAT)):
        return names
    return [each for each in names if derivative(formula, each) != Number(0.0)]
