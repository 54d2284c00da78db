"""The rows of the table: formulas, read from text when somebody looks at them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .expression import CONSTANTS, Formula, free_names
from .parser import parse

__all__ = ["LateRow", "Row", "signature"]


@dataclass(frozen=True)
class Row:
    """The formulas of an operation: its inputs, its value, one local derivative per input."""

    inputs: tuple[str, ...]
    value: Formula
    partials: tuple[Formula, ...]


class LateRow(Row):
    """A row that is read when somebody looks at it: most of a table nobody needs.

    written  its value and local derivatives, as the table has them
    """

    call: str
    known: Collection[str]
    written: tuple[str, ...]

    def __init__(self, call: str, inputs: tuple[str, ...], known: Collection[str], formulas: Sequence[str]) -> None:
        vars(self).update(call=call, inputs=inputs, known=known, written=tuple(formulas))

    def __getattr__(self, name: str) -> Any:
        if name not in ("value", "partials"):
            raise AttributeError(name)
        vars(self).update(vars(read_row(self.call, self.inputs, self.known, self.written)))
        return vars(self)[name]


def read_row(call: str, inputs: tuple[str, ...], known: Collection[str], formulas: Sequence[str]) -> Row:
    """A value and its local derivatives; there is one for each input, over names that are known."""
    value, *partials = map(parse, formulas)
    written = {each.name for formula in (value, *partials) for each in free_names(formula)}
    if len(partials) != len(inputs) or not written <= {*inputs, *known, *CONSTANTS, "out"}:
        raise ValueError(f"the row {call} has {len(partials)} local derivatives and the names {sorted(written)}")
    return Row(inputs, value, tuple(partials))


def signature(text: str) -> tuple[str, tuple[str, ...], dict[str, float | None]]:
    """`leaky_relu(x; slope=0.01)` → its name, its inputs and its fixed numbers."""
    name, _, rest = text.replace(" ", "").rstrip(")").partition("(")
    inputs, _, settings = rest.partition(";")
    pairs = (word.partition("=") for word in settings.split(",") if word)
    return name, tuple(inputs.split(",")), {key: float(default) if default else None for key, _, default in pairs}
