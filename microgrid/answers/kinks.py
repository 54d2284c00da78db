"""Kinks: where the slope of an operation jumps, and books differ in what it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microgrid.formula import OPS, Formula, Op, evaluate
from microgrid.formula.operation import VOCABULARY, functions_of

__all__ = ["Kinks", "Words"]

Words = Mapping[str, Callable[..., Any]]

TIE = 1e-12  # so near to a kink, rounding may have put a number on either side of it
JUMPS = ("step", "sign", "above")  # what the rows of the table write their kinks with


class Kinks:
    """Notes whether a computation comes upon a kink.

    >>> kinks = Kinks(slopes=True)
    >>> relu = kinks.watched(VOCABULARY)["relu"]
    >>> relu(-1.0), kinks.met, relu(0.0), kinks.met
    (0.0, False, 0.0, True)

    met     whether it did
    slopes  whether slopes count; of values only that of a step jumps
    """

    def __init__(self, slopes: bool) -> None:
        self.met, self.slopes = False, slopes
        self.rows = KINKED if slopes else STEPS
        self.jumps = {**VOCABULARY, **{name: self.noting(VOCABULARY[name]) for name in JUMPS}}

    def watched(self, words: Words) -> Words:
        """The words, those with a kink watched."""
        return {**words, **{name: self.watching(words[name], row) for name, row in self.rows.items() if name in words}}

    def noting(self, jump: Callable[..., float]) -> Callable[..., float]:
        """A jump that is noted where it happens."""

        def call(x: float, y: float = 0.0) -> float:
            self.met = self.met or abs(x - y) <= TIE * max(1.0, abs(x), abs(y))
            return jump(x, y) if jump is VOCABULARY["above"] else jump(x)

        return call

    def watching(self, word: Callable[..., Any], row: Op) -> Callable[..., Any]:
        """An operation, and beside it the jumps in its textbook row."""

        def call(*arguments: Any) -> Any:
            numbers = [float(getattr(each, "data", each)) for each in arguments]
            names = dict(zip((*row.book.inputs, *row.fixed), (*numbers, *row.settings.values())))
            for formula in jumping(row):
                evaluate(formula, {"out": 0.0, **names}, self.jumps)
            return word(*arguments)

        return call


def jumping(row: Op) -> list[Formula]:
    """The textbook formulas of an operation that jump."""
    return [each for each in (row.book.value, *row.book.partials) if functions_of([each]) & {*JUMPS}]


KINKED = {name: row for name, row in OPS.items() if row.book.inputs and jumping(row)}
STEPS = {name: row for name, row in KINKED.items() if row.book.value in jumping(row)}
