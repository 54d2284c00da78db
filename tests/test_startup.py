"""What an interpreter does not make before it is used: counted in a new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COUNTED = """

from microgrid import Value
from microgrid.engine.methods import LateMethod
from microgrid.formula import OPS
def written():
    return sorted(name for name, each in vars(Value).items() if isinstance(each, LateMethod))
def read():
    return sorted(name for name, row in OPS.items() if "value" in vars(row.stable) or "forward" in vars(row))
late, before = len(written()), read()
x = Value(2.0)
y = x * x + 1
assert (y.data, x.tanh().data > 0.9, Value.arcsinh is Value.asinh) == (5.0, True, True)
assert sorted({"__mul__", "__add__", "tanh", "asinh", "arcsinh"} & {*written()}) == []
print(late > 50, before, len(written()) - late, read())
"""
CHECKED = """
import sys
from microgrid.cli import main
code = main(["check", "demos/two_relus.sheet"])
print(code, sorted(each for each in ("rich.console", "rich.table", "sympy", "numpy") if each in sys.modules))
"""


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_rows_and_methods_are_made_when_they_are_used():
    assert said(COUNTED) == "True [] -5 ['add', 'asinh', 'mul', 'tanh']"


def test_a_check_into_a_pipe_loads_nothing_heavy():
    assert said(CHECKED) == "0 []"
