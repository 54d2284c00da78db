"""The language of sheets on one page: what can be typed, each with an example that is read as it stands.

`microgrid help sheet` prints it; docs/sheets.md is the long form.
"""

from __future__ import annotations

from textwrap import wrap
from typing import NamedTuple

from microgrid.formula import EVERY_OP
from microgrid.formula.definitions import FUNCTIONS

from .names import OF_ARRAYS

__all__ = ["REFERENCE", "Section", "page"]

WIDTH = 80
COLUMN = 34  # where the meaning begins


class Section(NamedTuple):
    """What belongs together: a heading, and rows of an example and what it says."""

    title: str
    rows: tuple[tuple[str, str], ...]


REFERENCE = (
    Section("A line says one thing; what stands behind a # is a comment", (
        ("title Two inputs", "what the example is; source: where it stands"),
        ("input x = 0.5, x2 = ½", "numbers that are given; target: wanted ones"),
        ("param w = 0.2, b = 1/10", "numbers that updates change"),
        ("z = w*x + b", "a quantity, computed from those above it"),
        ("p1, p2 = softmax(z1, z2)", "several results"),
        ("f(u) = 1/(1 + e^(-u))", "a function of the sheet: f(z), f'(z)"),
        ("g = dL/dw", "a derivative to compute with; d²L/dw² too"),
        ("loss L", "where the loss is not the last equation"),
    )),
    Section("What was published, checked", (
        ("z ~= 0.24", "a number, to its printed digits; ≈ too"),
        ("dL/dw ~= -0.0173", "any derivative of any quantity; ∂L/∂w too"),
        ("w*x + b ~= 0.24", "an expression"),
        ("z ~= 6/25", "a closed form: exactly that"),
        ("dL/dz == 2*(z - y)", "a formula: proved, or refuted at a point"),
        ("dL/dw ~= ?", "a blank, for a student"),
    )),
    Section("Vectors and matrices, families, samples", (
        ("param W = [1 2; 3 4], d = [5,6]", "a matrix, row by row; a vector is a column"),
        ("q = tanh(W @ d) ⊙ d − 2Wᵀ @ d", "products; ⊙ + − / and functions by elements"),
        ("q ~= [-41, -62]", "W[2,1], W[2,:]; dq/dd is the Jacobian"),
        ("for t = 1..3: h[t] = t*v", "h[1], h[2], h[3]; or more lines, then end"),
        ("r = sum(d[k]^k for k in 1..2)", "Σ over a range"),
        ("samples i1 | t1", "above all equations, and a line for each:"),
        ("0.5 | 1", "L at sample 1, C = mean over samples of L"),
    )),
    Section("Rounds: each is a pass forward and back, and an update leads to the next", (
        ("rate η = 0.1", "a number with a name, for updates and formulas"),
        ("update η", "every param a step further, then forward again"),
        ("w ~= 0.21", "behind it, of the numbers after the step"),
        ("Δw ~= 0.01", "how far it went; before(w), before(dL/dw)"),
        ("update 0.1 of L w", "of one loss, and of these alone"),
        ("update η × 3", "three rounds of it; repeat 3: update η"),
        ("update adam 0.001", "momentum, nesterov, rmsprop, adagrad; m(w)"),
        ("at round 2: w ~= 0.21", "a check of any round"),
        ("table round w L", "a printed table, one line a round:"),
        ("2 0.21 .", "a point where nothing is printed"),
        ("restart", "the first numbers again; restart with w = 2"),
    )),
    Section("Rules of your own, for any optimiser", (
        ("state m = 0", "a number that goes on from round to round"),
        ("next m = 0.9m + dL/dw", "its rule"),
        ("next w = w - η*next m", "next m is the new one, m this round's"),
        ("round", "the next round by these rules; round × 3"),
        ("round with x = 2", "with another sample"),
    )),
    Section("Signs: as a book prints them, or as they are typed", (
        ("w₁₁·x + ½(y − t)² + 2x", "w11*x + 0.5*(y - t)^2 + 2*x"),
        ("σ(z) + ln y + √x + |z|", "sigmoid(z) + log(y) + sqrt(x) + abs(z)"),
        ("e^(-z) + x² + w_{11}", "exp(-z) + x^2 + w11"),
        ("1{z > 0}·y(1 − y) + t ln y", "step(z)*y*(1 - y) + t*log(y)"),
    )),
)  # fmt: skip


def page() -> str:
    """The whole language, in lines of at most 80 columns.

    >>> print(page().splitlines()[1])
      title Two inputs                what the example is; source: where it stands
    """
    lines: list[str] = []
    for section in REFERENCE:
        lines += [section.title, *(f"  {example:<{COLUMN - 2}}{meaning}" for example, meaning in section.rows), ""]
    known = [*FUNCTIONS, *OF_ARRAYS]
    shown = [name for name in known if name not in EVERY_OP or not EVERY_OP[name].is_operator]
    lines += ["Functions", *wrap(" ".join(sorted(shown)), WIDTH - 2, initial_indent="  ", subsequent_indent="  ")]
    return "\n".join([*lines, "docs/sheets.md says more; every mistake in a sheet is shown with what to type."])
