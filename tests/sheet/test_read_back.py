"""Random sheets, printed in every notation, are read back as they were.

Some hundreds of them here, ten thousand with MICROGRID_SHEETS=10000 python -m pytest tests/sheet/test_read_back.py
"""

import os
import random

import pytest
from formulas import drawn, unsigned

from microgrid import Sheet
from microgrid.formula import Call, Name, Number, fold, number_text, render
from microgrid.formula.lettering import shown, written
from microgrid.formula.ops import ROW_UNICODE
from microgrid.formula.printing import LATEX, PYTHON, TEXT, UNICODE
from microgrid.formula.writing import latex, text

COUNT = int(os.environ.get("MICROGRID_SHEETS", "800"))
PARTS = 8  # of them, each with seeds of its own

# Names as they are defined, each in the ways of books.
SPELLED = [
    ["w11", "w_{11}", "w₁₁", "w_11"], ["h_2", "h₂", "h2", "h_{2}"], ["ŷ"], ["θ1", "θ₁", "theta_1"], ["b"], ["x_3", "x₃", "x3"],
    ["w2_12", "w²₁₂"], ["δ⁽²⁾", "δ^(2)", "δ^{(2)}", "δ^[2]"], ["a₁⁽¹⁾", "a_1^(1)", "a_{1}^{(1)}"], ["loss_1", "loss₁"], ["t"], ["вес"],
    ["x"], ["x2", "x₂", "x_2"], ["w1", "w₁"], ["x2y"],  # of which x² and w₁² and x²y are none
]  # fmt: skip
NOTATIONS = [
    lambda formula: render(formula, TEXT),
    lambda formula: render(formula, UNICODE),
    lambda formula: render(formula, ROW_UNICODE),
    lambda formula: render(formula, PYTHON),
    lambda formula: written(formula, name=shown),
    lambda formula: render(formula, LATEX),
    latex(17),
    text(None),
]


class Drawn:
    """A sheet drawn at random: its names, numbers, formulas and checks, and the same as text."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        pool = self.rng.sample(SPELLED, self.rng.randint(4, 8))
        self.names = [each[0] for each in pool]
        count = self.rng.randint(1, 3)
        self.numbers = [self.rng.choice((0.0, 2.0, -1.5, 1e-3, 12345.678)) for _ in range(count)]
        self.formulas, self.identities, lines = [], [], []
        for each, number in zip(pool, self.numbers):
            keyword = self.rng.choice(("input", "target", "param"))
            lines.append(f"{keyword} {self.rng.choice(each)} = {number_text(number)}")
        for i in range(count, len(pool)):
            self.formulas.append(self.formula(self.names[:i]))
            lines.append(f"{self.rng.choice(pool[i])} = {self.write(self.formulas[-1])}")
        for _ in range(2):
            of, by = self.names[-1], self.rng.choice(self.names)
            self.identities.append(self.formula([*self.names, f"∂{of}/∂{by}"]))
            lines.append(f"{self.rng.choice(pool[-1])} == {self.write(self.identities[-1])}")
        self.text = "\n".join(lines)

    def formula(self, names):
        """A formula in which something is computed."""
        return Call("+", (Name(self.rng.choice(names)), drawn(self.rng, names, self.rng.randint(1, 4))))

    def write(self, formula):
        """It in one of the notations; a picture leaves out the middle of what is too long."""
        lines = [write(formula) for write in self.rng.sample(NOTATIONS, 2)]
        return next(line for line in [*lines, render(formula, TEXT)] if "…" not in line)


def called(formula, names):
    """The formula with these names for those of a sheet."""

    def visit(node, arguments):
        if isinstance(node, Number):
            return node
        if isinstance(node, Call):
            return Call(node.function, tuple(arguments))
        return Name("/".join(names.get(each, f"∂{names.get(each.lstrip('∂'))}") for each in node.name.split("/")))

    return fold(formula, visit)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_random_sheet_in_every_notation_is_read_back(part):
    for seed in range(part, COUNT, PARTS):
        made = Drawn(seed)
        sheet = Sheet.parse(made.text)
        names = dict(zip(sheet.quantities, made.names, strict=True))
        assert list(sheet.start.values()) == made.numbers, made.text
        found = [each.formula for each in (*sheet.equations, *sheet.checks)]
        for one, other in zip(found, [*made.formulas, *made.identities], strict=True):
            assert unsigned(called(one, names)) == unsigned(other), (made.text, one)
