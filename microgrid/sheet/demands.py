"""What a formula of a sheet has to be, besides being a formula."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from microgrid.errors import FormulaError, counted
from microgrid.formula import EVERY_OP, Call, Formula, fold, free_names

__all__ = ["MANY_RESULTS", "check_elements", "check_results", "check_rule", "check_settings", "check_single"]

MANY_RESULTS = "softmax"


def check_results(names: tuple[str, ...], formula: Formula) -> None:
    """softmax gives one result for each input; everything else gives one."""
    gives = len(formula.arguments) if isinstance(formula, Call) and formula.function == MANY_RESULTS else 1
    if softmax_in(formula) is not formula:
        check_single(formula)
    if gives != len(names):
        left = counted(len(names), "name")
        raise FormulaError(f"the right side gives {counted(gives, 'result')}, the left side has {left}")


def check_rule(name: str, formula: Formula) -> None:
    """What a rule of the next round has to be."""
    check_settings(formula)
    check_results((name,), formula)


def check_single(formula: Formula) -> None:
    """What is one number has no softmax in it."""
    inside = softmax_in(formula)
    if inside is not None:
        fact = "softmax gives several results; give it a line of its own: p1, p2 = softmax(z1, z2)"
        raise FormulaError(fact, inside.at, inside.at + len(MANY_RESULTS))


def check_elements(formulas: Iterable[Formula], several: bool) -> None:
    """Elements have no softmax in them; what may have several results may be one."""
    for each in formulas:
        if not (several and many(each)):
            check_single(each)


def softmax_in(formula: Formula) -> Any:
    """The innermost softmax, if there is one."""
    return fold(formula, lambda node, found: next(filter(None, found), None) or many(node))


def many(node: Any) -> Any:
    return node if isinstance(node, Call) and node.function == MANY_RESULTS else None


def check_settings(formula: Formula) -> None:
    """What has no derivative is a number; and affine pairs its weights with its inputs."""

    def visit(node: Any, _: Any) -> None:
        if not isinstance(node, Call):
            return
        operation, end = EVERY_OP.get(node.function), node.at + len(node.function)
        for argument in (
            node.arguments[len(operation.stable.inputs) :] if operation and operation.takes and operation.fixed else ()
        ):
            if free_names(argument):
                setting = next(iter(operation.fixed)) if operation else ""
                raise FormulaError(f"the {setting} of {node.function} is a fixed number, such as 0.1", node.at, end)
        if node.function == "affine" and len(node.arguments) % 2 == 0:
            fact = "affine takes the weights, as many inputs, then the bias: affine(w1, w2, x1, x2, b)"
            raise FormulaError(fact, node.at, end)

    fold(formula, visit)
