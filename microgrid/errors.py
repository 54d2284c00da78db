"""Every error microgrid raises on purpose: fact, numbers, remedy.

Each is also the builtin error that it resembles:

    MicrogridError
    ├── FormulaError     (ValueError)            a formula that cannot be read or evaluated
    ├── SheetError       (ValueError)            a worked-example sheet with a mistake in it
    ├── NotRealError     (TypeError)             something that is not a real number where one belongs
    ├── RecordError      (TypeError)             a hand-recorded operation without its local derivatives
    ├── AttributeNameError (AttributeError)      a misspelt attribute
    ├── GraphError       (ValueError)            a question that the recorded graph cannot answer
    ├── GradientError    (ArithmeticError)       a recorded gradient that is not the derivative
    ├── NonFiniteError   (ArithmeticError)       an inf or nan, while `raise_nonfinite()` is on
    └── RenderError      (RuntimeError)          no Graphviz engine could draw the picture
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from typing import Any

from microgrid.streams import carried

__all__ = [
    "AttributeNameError",
    "FormulaError",
    "GradientError",
    "GraphError",
    "MicrogridError",
    "NonFiniteError",
    "NotRealError",
    "RecordError",
    "RenderError",
    "SheetError",
    "counted",
    "did_you_mean",
    "type_named",
]


class MicrogridError(Exception):
    """The root of them all."""

    def __str__(self) -> str:
        return carried(super().__str__())

    def __repr__(self) -> str:
        return carried(super().__repr__())


class FormulaError(MicrogridError, ValueError):
    """A formula that cannot be read or evaluated; `start` and `end` are its columns, from 0."""

    def __init__(self, message: str, start: int = 0, end: int | None = None) -> None:
        super().__init__(f"column {start + 1}: {message}")
        self.message = message
        self.start = start
        self.end = start + 1 if end is None else end

    def __reduce__(self) -> tuple[type, tuple[str, int, int]]:
        return type(self), (self.message, self.start, self.end)


class SheetError(MicrogridError, ValueError):
    """A worked-example sheet with a mistake in it."""


class NotRealError(MicrogridError, TypeError):
    """Something that is not a real number where one belongs."""


class RecordError(MicrogridError, TypeError):
    """A hand-recorded operation without its local derivatives."""


class AttributeNameError(MicrogridError, AttributeError):
    """A misspelt attribute."""


class GraphError(MicrogridError, ValueError):
    """A question that the recorded graph cannot answer."""


class GradientError(MicrogridError, ArithmeticError):
    """A recorded gradient that is not the derivative of what was computed."""


class NonFiniteError(MicrogridError, ArithmeticError):
    """An inf or nan, while `raise_nonfinite()` is on, or in `fit`; then `history` is what there was before it."""

    history: Any = None


class RenderError(MicrogridError, RuntimeError):
    """No Graphviz engine could draw the picture."""


def type_named(thing: Any) -> str:
    """The type of what stands where a Value belongs; of a plain number also how a Value becomes one.

    >>> type_named("0"), type_named(0)
    ('str', 'int; max(0, v) is the plain 0 where v is below, v.max(0) a Value')
    """
    hint = "; max(0, v) is the plain 0 where v is below, v.max(0) a Value" if isinstance(thing, Number) else ""
    return type(thing).__name__ + hint


def counted(count: int, what: str) -> str:
    """A number of things, in words.

    >>> counted(1, "sample"), counted(2, "box"), counted(1000, "target")
    ('1 sample', '2 boxes', '1,000 targets')
    """
    return f"{count:,} {what}" + ("" if count == 1 else "es" if what.endswith(("x", "ch")) else "s")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message: `; did you mean 'z2'?`, or nothing when nothing is close.

    >>> did_you_mean("sigmod", ["sigmoid", "tanh"])
    "; did you mean 'sigmoid'?"
    >>> did_you_mean("zz", ["x1", "x2"])
    ''
    """
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
