"""Gradients against differences: is what was recorded the derivative of what was computed?

`gradcheck` runs a Python function again with each number moved a little to both sides, and needs
no formula at all. `gradcheck_exactly` replays the formulas of the recorded graph with as many
digits as it takes, and so settles what differences of doubles cannot.

Each derivative gets a verdict:

    right     recorded and difference agree
    wrong     they do not
    kink      the slopes on the two sides differ, and the recorded one lies between them
    unclear   nothing against it, but the differences are too coarse to tell, or not finite
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from microgrid.engine import Graph, Value, gradients, topological_order
from microgrid.engine.value import lift
from microgrid.errors import GradientError, GraphError, counted
from microgrid.formula import number_text
from microgrid.formula.lettering import LABEL, plain
from microgrid.formula.operation import no_formula
from microgrid.formula.tables import html_table
from microgrid.streams import carried, carrying, encoding_of

from .differences import EPSILON, Estimate, best, slopes
from .replay import Replay

__all__ = ["Check", "Comparison", "GradientError", "gradcheck", "gradcheck_exactly"]

RELATIVE = 1e-8  # how far a right derivative may be from a good difference: relative
COARSE = 1e-3  # an error above this part of the derivative settles nothing
VERDICTS = ("wrong", "unclear", "kink", "right")
SHOWN = 20  # rows of a table that a person still reads
HEAD = ("", "recorded", "differences", "apart", "at most", "")
LINE = "{:<16}  {:>15}  {:>15}  {:>8}  {:>8}  {}"  # 16 + 15 + 15 + 8 + 8 + 7, and 2 between


@carrying
@dataclass(frozen=True)
class Comparison:
    """One recorded derivative and the difference quotient beside it.

    name       of the input or parameter         recorded   the gradient that backward gives it
    numeric    the central difference            tolerance  how far apart the two may be
    verdict    "right", "wrong", "kink" or "unclear"
    left       the slope on the left side        right      … and on the right
    culprit    of a wrong one the first node whose own local derivatives do not fit, where it is found
    """

    name: str
    recorded: float
    numeric: float
    tolerance: float
    verdict: str
    left: float
    right: float
    culprit: str = ""

    @property
    def difference(self) -> float:
        """|recorded - numeric|"""
        return 0.0 if self.recorded == self.numeric else abs(self.recorded - self.numeric)

    @property
    def gravity(self) -> tuple[int, float]:
        """The gravest first: by verdict, then by how far apart the two are in tolerances."""
        ratio = self.difference / (self.tolerance or 5e-324)
        return VERDICTS.index(self.verdict), -ratio if ratio == ratio else -math.inf

    def cells(self) -> tuple[str, ...]:
        """Its row in a table: name, recorded, differences, apart, at most, verdict."""
        numbers = number_text(self.recorded, 8), number_text(self.numeric, 8)
        return self.name, *numbers, number_text(self.difference, 2), number_text(self.tolerance, 2), self.verdict

    def __repr__(self) -> str:
        found = f"recorded {number_text(self.recorded, 6)}, differences {number_text(self.numeric, 6)}"
        return f"<Comparison by {plain(self.name, LABEL)}: {self.verdict}, {found}>"

    def __str__(self) -> str:
        found = f"differences give {number_text(self.numeric, 10)} ± {number_text(self.tolerance, 2)}"
        if self.verdict == "kink":
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
        return f"{self.table(SHOWN, encoding_of())}\n{self._counts()}"

    def _repr_html_(self) -> str:
        """The same as a table for a notebook."""
        found = self.rows if len(self.rows) <= SHOWN else self._gravest()
        columns = [f"{side}{title}" for side, title in zip("<>>>><", HEAD)]
        return html_table(columns, len(found), lambda i: found[i].cells(), repr(self)[1:-1])

    def _counts(self) -> str:
        """How often each verdict was given."""
        return ", ".join(f"{len(self.having(each)):,} {each}" for each in reversed(VERDICTS) if self.having(each))


# ── the two checks ─────────────────────────────────────────────────────────────────────────


def gradcheck(function: Callable[..., Value], inputs: Any = (), parameters: Any = ()) -> Check:
    """Compare recorded gradients with central differences of the function, which runs again and again.

    ∂f/∂x ≈ (f(x + h) - f(x - h)) / 2h, with h fitted to the size of x and to the rounding of f

    >>> check = gradcheck(lambda x, y: x * y + x.tanh(), {"x": 0.5, "y": 2.0})
    >>> check.ok, [row.name for row in check.rows], round(check.rows[1].numeric, 6)
    (True, ['x', 'y'], 0.5)

    function    Values → one Value, computed anew at each call; a closure takes none
    inputs      its arguments: numbers or Values; or a mapping from names to them, in their order
    parameters  leaves that it uses besides: a module, a sequence of Values or a mapping from names
    Returns a Check; its `raise_if_wrong()` is for tests. Every Value has its number back at the end.
    Raises GraphError for a function whose result is no Value, or another one each time.
    Source: Bishop (2006), sec. 5.3.3, eq. 5.69.
    """
    trial = Trial(function, inputs, parameters)
    return Check(tuple(trial.compared(name, leaf) for name, leaf in trial.leaves))


def gradcheck_exactly(function: Callable[..., Value], inputs: Any = (), parameters: Any = ()) -> Check:
    """Compare recorded gradients with differences of the recorded formulas, at 60 digits or more.

    >>> x = Value(40.0, label="x")
    >>> f = lambda x: 1 + x.sigmoid()
    >>> gradcheck(f, [x]).rows[0].verdict, gradcheck_exactly(f, [x]).rows[0].verdict
    ('unclear', 'right')

    function, inputs, parameters  as for `gradcheck`; the function only records, its textbook formulas are run again
    Returns a Check. Raises GraphError besides where a node was recorded by hand: it has no formula.
    Source: Bishop (2006), sec. 5.3.3; the digits are those of mpmath.
    """
    trial = Trial(function, inputs, parameters)
    replay = Replay(trial.root, trial.recorded)
    return Check(
        tuple(
            judged(name, trial.recorded.get(leaf, 0.0), replay.estimate(leaf), replay.rounding(leaf))
            for name, leaf in trial.leaves
        )
    )


def judged(name: str, recorded: float, found: Estimate, rounding: float = 0.0, culprit: str = "") -> Comparison:
    """The verdict on one derivative."""
    size = max(abs(recorded), abs(found.numeric))
    tolerance = found.error + RELATIVE * abs(found.numeric) + rounding
    low, high = sorted((found.left, found.right))
    if found.kink and low - tolerance <= recorded <= high + tolerance:
        verdict = "kink"
    elif not math.isfinite(found.numeric):
        verdict = "right" if recorded == found.numeric else "unclear"
    elif not abs(recorded - found.numeric) <= tolerance:
        verdict = "wrong"
    else:
        verdict = "right" if size == 0 or found.error <= COARSE * size else "unclear"
    return Comparison(name, recorded, found.numeric, tolerance, verdict, found.left, found.right, culprit)


# ── running a Python function again ────────────────────────────────────────────────────────


class Trial:
    """A function at a point, its recorded gradients, and its values around that point."""

    def __init__(self, function: Any, inputs: Any, parameters: Any) -> None:
        if not callable(function):
            remedy = "give it a function of Values, such as lambda x: x.tanh()"
            raise GraphError(f"gradcheck runs a function, not a {type(function).__name__}; {remedy}")
        self.function = function
        arguments = named(inputs, "x")
        if hasattr(function, "parameters"):
            remedy = "write gradcheck(lambda *x: model(x), inputs, model)"
            raise GraphError(f"a network takes one list, and gradcheck gives its function number by number; {remedy}")
        self.arguments = [value for _, value in arguments]
        self.leaves = arguments + named(parameters, "p")
        if not self.leaves:
            raise GraphError("gradcheck of nothing; give it inputs, or the parameters that the function uses")
        self.root = self.run()
        again = self.run()
        if again is self.root and again.parents:
            raise GraphError(f"the function gave {again!r} twice, not computed anew; compute it inside the function")
        if again.data != self.root.data and again.data == again.data:
            numbers = f"{self.root.data!r}, then {again.data!r}"
            raise GraphError(f"the function gave {numbers} for the same numbers; let it draw no random ones")
        self.recorded = gradients(self.root)
        parts = [abs(node.data * grad) for node, grad in self.recorded.items()]  # what rounding may move, in ulps
        self.noise = 4 * EPSILON * math.fsum(part for part in parts if math.isfinite(part))

    def run(self) -> Value:
        root: Any = self.function(*self.arguments)
        if isinstance(root, Value):
            return root
        remedy = "add its outputs up, or check them one at a time"
        raise GraphError(f"gradcheck needs one Value as the result, not {type(root).__name__}; {remedy}")

    def at(self, leaf: Value, number: float) -> Value:
        """The result with another number in one leaf."""
        before = leaf.data
        try:
            leaf.data = number
            return self.run()
        finally:
            leaf.data = before

    def estimate(self, leaf: Value) -> Estimate:
        """By steps that start at the size of the number or at 1, the larger first; the other where that is no good."""
        x, found = leaf.data, list[Estimate]()
        for size in sorted({max(abs(x), 1.0), min(abs(x), 1.0) or 1.0}, reverse=True):
            steps = [size * 4.0**-k for k in range(2, 11)]
            found.append(
                best([slopes(lambda y: self.at(leaf, y).data, x, self.root.data, step, self.noise) for step in steps])
            )
            if found[-1].error <= 1e-6 * abs(found[-1].numeric) and not found[-1].kink:
                break
        return min(found, key=lambda each: (each.kink, each.error))

    def compared(self, name: str, leaf: Value) -> Comparison:
        recorded, found = self.recorded.get(leaf, 0.0), self.estimate(leaf)
        row = judged(name, recorded, found)
        return judged(name, recorded, found, culprit=self.culprit(leaf)) if row.verdict == "wrong" else row

    def culprit(self, leaf: Value) -> str:
        """The first node that moves otherwise than its inputs and its local derivatives say."""
        step = 1e-6 * (abs(leaf.data) or 1.0)
        graph = Graph(self.root, dict(self.leaves))
        below, above = (topological_order(self.at(leaf, leaf.data + sign * step)) for sign in (-1, 1))
        if not len(below) == len(above) == len(graph):
            return ""
        moved = {node: b.data - a.data for node, a, b in zip(graph.nodes, below, above)}
        moved[leaf] = 2 * step
        for node in graph.nodes:
            parts = [partial * moved[parent] for parent, partial in zip(node.parents, node.partials)]
            apart = abs(moved[node] - sum(parts)) - 8 * EPSILON * abs(node.data)
            if parts and not apart <= 1e-3 * max(map(abs, (moved[node], *parts))):
                return described(graph, node)
        return ""


def described(graph: Graph, node: Value) -> str:
    inputs = ", ".join([graph.name(parent) for parent in node.parents[:4]] + ["…"] * (len(node.parents) > 4))
    by_hand = ", recorded by hand" if node.op.forward is no_formula else ""
    return f"{graph.name(node)} = {node.op.name}({inputs}){by_hand}"


def named(things: Any, stem: str) -> list[tuple[str, Value]]:
    """Values with names: those of a mapping or a module, else their labels, else x1, x2, …"""
    if hasattr(things, "named_parameters"):
        things = dict(things.named_parameters())
    elif hasattr(things, "parameters"):
        things = things.parameters()
    if isinstance(things, Mapping):
        return [(str(name), lift(thing)) for name, thing in things.items()]
    values = [lift(thing) for thing in (things if hasattr(things, "__iter__") else [things])]
    return [(value.label or f"{stem}{i + 1}", value) for i, value in enumerate(values)]
