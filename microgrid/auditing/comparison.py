"""The verdicts of a gradient check: each recorded derivative beside the one that was found, and all in a table.

right     they agree, and the one that was found is sure to a thousandth, or to what rounding leaves of it
wrong     they are further apart than its error allows
kink      the slopes on the two sides differ, and the recorded one lies between them
unclear   it cannot be told, and the comparison says why
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from microgrid.errors import GradientError, counted
from microgrid.formula import number_text
from microgrid.formula.lettering import LABEL, number, plain
from microgrid.formula.tables import html_table
from microgrid.streams import carried, carrying, encoding_of, line_of

from .differences import LEAST, REMEDY, Estimate

__all__ = ["Check", "Comparison", "judged"]

RELATIVE = LEAST  # how far a right derivative may be from a good difference: relative
COARSE = 1e-3  # an error above this part of the derivative settles nothing
VERDICTS = ("wrong", "unclear", "kink", "right")
SHOWN = 20  # rows of a table that a person still reads
TOLD = 3  # of these in whole sentences
HEAD = ("", "recorded", "differences", "apart", "at most", "")
LINE = "{:<16}  {:>15}  {:>15}  {:>8}  {:>8}  {}"  # 16 + 15 + 15 + 8 + 8 + 7, and 2 between


@carrying
@dataclass(frozen=True)
class Comparison:
    """One recorded derivative and the difference quotient beside it.

    name       of the input or parameter         recorded   the gradient that backward gives it
    numeric    the derivative by differences     tolerance  how far apart the two may be
    verdict    "right", "wrong", "kink" or "unclear"
    left       the slope on the left side        right      … and on the right
    culprit    of a wrong one the first node whose own local derivatives do not fit, or the line that lost the link
    doubt      of an unclear one why it cannot be told, and what to do
    """

    name: str
    recorded: float
    numeric: float
    tolerance: float
    verdict: str
    left: float
    right: float
    culprit: str = ""
    doubt: str = ""

    @property
    def difference(self) -> float:
        """|recorded - numeric|"""
        return 0.0 if self.recorded == self.numeric else abs(self.recorded - self.numeric)

    @property
    def apart(self) -> float:
        """The same, of the larger of both."""
        largest = max(abs(self.recorded), abs(self.numeric))
        return self.difference / largest if 0 < largest < math.inf else 1.0

    @property
    def gravity(self) -> tuple[int, float]:
        """The gravest first: by verdict, then by how far apart the two are in tolerances."""
        ratio = self.difference / (self.tolerance or 5e-324)
        return VERDICTS.index(self.verdict), -ratio if ratio == ratio else -math.inf

    def cells(self, write: Callable[[float, int], str] = number_text) -> tuple[str, ...]:
        """Its row in a table: name, recorded, differences, apart, at most, verdict; `write` says how numbers are."""
        numbers = write(self.recorded, 8), write(self.numeric, 8), write(self.difference, 2), write(self.tolerance, 2)
        return self.name, *numbers, self.verdict

    def __repr__(self) -> str:
        found = f"recorded {number_text(self.recorded, 6)}, differences {number_text(self.numeric, 6)}"
        return f"<Comparison by {plain(self.name, LABEL)}: {self.verdict}, {found}>"

    def __str__(self) -> str:
        found = f"differences give {number_text(self.numeric, 10)} ± {number_text(self.tolerance, 2)}"
        if self.verdict == "unclear" and self.doubt:
            found = f"which cannot be told: {self.doubt}"
        elif self.verdict == "kink":
            found = f"at a kink: {number_text(self.left, 6)} on the left, {number_text(self.right, 6)} on the right"
        remedy = f"; look at {self.culprit}" if self.culprit else ""
        return f"the derivative by {self.name} is recorded as {number_text(self.recorded, 10)}, {found}{remedy}"


@carrying
@dataclass(frozen=True)
class Check:
    """What a gradient check found: a row for each derivative, in the order of the inputs."""

    rows: tuple[Comparison, ...]

    @property
    def ok(self) -> bool:
        """Whether none is wrong; kinks and what is unclear do not count against it."""
        return not self.having("wrong")

    def __bool__(self) -> bool:
        """The same: `assert gradcheck(f, inputs)` fails where a derivative is wrong."""
        return self.ok

    @property
    def worst(self) -> Comparison:
        """The derivative with the gravest verdict, and the largest difference for its tolerance."""
        return min(self.rows, key=lambda row: row.gravity)

    def having(self, verdict: str) -> tuple[Comparison, ...]:
        """The rows of one verdict: "right", "wrong", "kink" or "unclear"."""
        return tuple(row for row in self.rows if row.verdict == verdict)

    def raise_if_wrong(self) -> Check:
        """The check itself, or GradientError with a line for each wrong derivative, the first 20 of them."""
        if not self.ok:
            raise GradientError("\n".join(map(str, self.having("wrong")[:SHOWN])))
        return self

    def table(self, rows: int | None = None, encoding: str = "utf-8") -> str:
        """The rows as text of at most 80 columns, the gravest first where only some are shown.

        encoding  of what it is written to; signs that it does not have are written in ASCII
        """
        few = rows is not None and len(self.rows) > rows
        dots = carried("…", encoding)
        lines = [LINE.format(*HEAD).rstrip()]
        for row in self._gravest()[:rows] if few else self.rows:
            name, *cells = row.cells()
            name = carried(name, encoding)
            name = name if len(name) <= 16 else name[: 16 - len(dots)] + dots
            lines.append(LINE.format(name, *cells))
        return "\n".join(lines)

    def _gravest(self) -> list[Comparison]:
        return sorted(self.rows, key=lambda row: row.gravity)

    def __repr__(self) -> str:
        return f"<Check of {counted(len(self.rows), 'derivative')}: {self._counts()}>"

    def __str__(self) -> str:
        told = [
            f"{row.verdict}: {row}" for row in self._gravest() if row.verdict == "wrong" or row.culprit or row.doubt
        ]
        return "\n".join([self.table(SHOWN, encoding_of()), self._counts(), *told[:TOLD]])

    def _repr_html_(self) -> str:
        """The same as a table for a notebook."""
        found = self.rows if len(self.rows) <= SHOWN else self._gravest()
        columns = [f"{side}{title}" for side, title in zip("<>>>><", HEAD)]
        return html_table(columns, len(found), lambda i: found[i].cells(number), line_of(self))

    def _counts(self) -> str:
        """How often each verdict was given."""
        return ", ".join(f"{len(self.having(each)):,} {each}" for each in reversed(VERDICTS) if self.having(each))


def judged(name: str, recorded: float, found: Estimate, rounding: float = 0.0) -> Comparison:
    """The verdict on one derivative.

    rounding  what rounding may have done to the recorded one
    """
    size = max(abs(recorded) if math.isfinite(recorded) else 0.0, abs(found.numeric))
    tolerance = found.error + RELATIVE * abs(found.numeric) + rounding
    sure = size == 0 or found.error <= max(COARSE * size, RELATIVE * found.around)
    if found.kink and lies_between(recorded, found, tolerance):
        verdict = "kink"
    elif recorded == found.numeric or abs(recorded - found.numeric) <= tolerance:
        verdict = "right" if sure else "unclear"
    elif math.isnan(found.numeric) or not (math.isfinite(recorded) or (sure and not found.kink)):
        verdict = "unclear"
    else:
        verdict = "wrong"
    doubt = reason(found) if verdict == "unclear" else ""
    return Comparison(name, recorded, found.numeric, tolerance, verdict, found.left, found.right, doubt=doubt)


def reason(found: Estimate) -> str:
    """Why nothing can be told, and what to do."""
    if found.kink and not found.doubt:
        sides = f"{number_text(found.left, 4)} on the left, {number_text(found.right, 4)} on the right"
        return f"the slopes are {sides}; check it beside this kink"
    sight = f"differences give {number_text(found.numeric, 4)} ± {number_text(found.error, 2)}"
    return found.doubt or f"{sight}, and rounding hides the rest; {REMEDY}"


def lies_between(recorded: float, found: Estimate, tolerance: float) -> bool:
    """Whether a derivative is one of those that a kink allows; at a jump one of its sides is infinite."""
    low, high = sorted((found.left, found.right))
    slack = tolerance if math.isfinite(tolerance) else RELATIVE * abs(recorded)
    return low - slack <= recorded <= high + slack
