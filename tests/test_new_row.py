"""A new operation is one new line of the table, and everything else follows from it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from outside import PATIENCE

import microgrid

PACKAGE = Path(microgrid.__file__).parent
LAST_ROW = '    op("step(x)",'
NEW_ROW = '    op("swish(x)", "x * sigmoid(x)", "sigmoid(x) + x * sigmoid(x) * sigmoid(-x)", symbol="swish"),\n'

USES = """
import math
from microgrid import OPS, Graph, Sheet, Value, draw
from microgrid.formula import derivative
from microgrid.formula import Call, Name
from microgrid.formula import render
from microgrid.engine.type_stub import stub
from microgrid.formula.ops import ROW_LATEX

x = Value(0.7, label="x")
y = x.swish()
y.label = "y"
y.backward()
s = 1 / (1 + math.exp(-0.7))
assert abs(y.data - 0.7 * s) < 1e-15 and abs(x.grad - (s + 0.7 * s * (1 - s))) < 1e-15
assert "d/dx" in Value.swish.__doc__
assert "def swish(self) -> Value: ..." in stub()
assert "y = swish(x)" in draw(y).source
call = Call("swish", (Name("z1"),))
assert render(call, ROW_LATEX) == r"\\operatorname{swish}\\left(z_{1}\\right)"
assert render(derivative(call, "z1")) == "sigmoid(z1) + z1*sigmoid(z1)*sigmoid(-z1)"
here = Sheet.parse("param w = 0.7\\nL = swish(w)\\n").run().rounds[0]
assert here["L"].data == y.data and here.derivative("L", "w") == x.grad
print("all of it follows")
"""


@pytest.fixture
def copied(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "microgrid", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_one_line_is_enough(copied):
    table = copied / "microgrid" / "formula" / "ops.py"
    text = table.read_text(encoding="utf-8")
    assert text.count(LAST_ROW) == 1
    table.write_text(text.replace(LAST_ROW, NEW_ROW + LAST_ROW), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", USES], cwd=copied, env={**os.environ, "PYTHONPATH": str(copied)},
        capture_output=True, encoding="utf-8", timeout=PATIENCE,
    )  # fmt: skip
    assert done.stdout == "all of it follows\n", done.stderr


def test_a_row_that_no_other_uses_can_go(copied):
    table = copied / "microgrid" / "formula" / "ops.py"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.lstrip().startswith('op("softplus(x)"')]
    assert len(kept) == len(lines) - 1
    table.write_text("".join(kept), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import microgrid; print(hasattr(microgrid.Value, 'softplus'))"], cwd=copied,
        env={**os.environ, "PYTHONPATH": str(copied)}, capture_output=True, encoding="utf-8", timeout=PATIENCE,
    )  # fmt: skip
    assert done.stdout == "False\n", done.stderr
