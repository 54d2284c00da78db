"""The methods that the table gives to `Value` are ordinary functions, and editors know them."""

from __future__ import annotations

import ast
import doctest
import inspect
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from outside import PATIENCE

import microgrid
from microgrid import OPS, Value
from microgrid.engine.methods import SPECIAL, method_name, numpy_name, source
from microgrid.engine.type_stub import stub

every_row = pytest.mark.parametrize("row", OPS.values(), ids=list(OPS))
PACKAGE = Path(microgrid.engine.methods.__file__).parent


def test_the_stub_is_up_to_date():
    assert (PACKAGE / "_methods.pyi").read_text(encoding="utf-8") == stub(), "python -m microgrid.engine.type_stub"


def test_the_stub_is_python_and_names_every_method():
    tree = ast.parse(stub())
    named = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert len(named) == len(set(named))
    assert set(named) == {name for row in OPS.values() for name in (method_name(row), numpy_name(row.name)) if name}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            own = inspect.signature(getattr(Value, node.name))
            assert [arg.arg for arg in node.args.args] == list(own.parameters)
            assert len(node.args.defaults) == sum(p.default is not p.empty for p in own.parameters.values())


@every_row
def test_a_method_is_a_plain_function(row):
    method = getattr(Value, method_name(row))
    assert inspect.isfunction(method)
    assert method.__name__ == method_name(row)
    assert method.__qualname__ == f"Value.{method_name(row)}"
    assert method.__module__ == Value.__module__
    assert inspect.getsource(method) == source(row)
    parameters = list(inspect.signature(method).parameters.values())
    assert [p.name for p in parameters] == ["self", "other", "another"][: len(row.stable.inputs)] + list(row.fixed)
    assert [p.default for p in parameters if p.default is not p.empty] == list(row.settings.values())


@every_row
def test_a_method_says_its_formula_and_its_derivatives(row):
    text = getattr(Value, method_name(row)).__doc__
    assert text.startswith(f"{row.name}({', '.join((*row.stable.inputs, *row.fixed))})")
    assert all(f"d/d{name} = " in text for name in row.stable.inputs)


def test_docstrings_read_like_a_textbook():
    assert Value.tanh.__doc__ == "tanh(x);  d/dx = 1 - out^2"
    assert Value.sigmoid.__doc__ == "sigmoid(x) = 1/(1 + exp(-x));  d/dx = out*(1 - out)"
    assert Value.pow.__doc__ == "pow(x, n) = x^n;  d/dx = n*x^(n - 1)"
    assert Value.__mul__.__doc__ == "mul(x, y) = x*y;  d/dx = y,  d/dy = x"


def test_numpy_spells_the_inverse_functions_its_own_way():
    assert {name: numpy_name(name) for name in OPS if numpy_name(name)} == {
        "asin": "arcsin",
        "acos": "arccos",
        "atan": "arctan",
        "atan2": "arctan2",
        "asinh": "arcsinh",
        "acosh": "arccosh",
        "atanh": "arctanh",
    }
    assert Value.arctan2 is Value.atan2


def test_signs_are_special_methods():
    assert {name: method_name(OPS[name]) for name in SPECIAL} == SPECIAL
    assert method_name(OPS["tanh"]) == "tanh"


def test_a_traceback_shows_the_line_of_the_method():
    try:
        Value(1.0).hypot("a")
    except TypeError:
        text = traceback.format_exc()
    assert 'File "<microgrid hypot>"' in text
    assert "other = lift(other, type(self))" in text


def test_value_can_be_inspected_and_helped():
    assert "tanh" in dict(inspect.getmembers(Value))
    assert inspect.getdoc(Value)
    assert doctest.DocTestFinder().find(Value, "Value")
    shown = subprocess.run(
        [sys.executable, "-c", "import microgrid; help(microgrid.Value)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parents[1],
        timeout=PATIENCE,
    )
    assert "sigmoid(x) = 1/(1 + exp(-x))" in shown.stdout


def test_writing_the_stub_changes_nothing(tmp_path):
    shutil.copytree(PACKAGE.parent, tmp_path / "microgrid", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "microgrid.engine.type_stub"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "microgrid" / "engine" / "_methods.pyi").read_text(encoding="utf-8") == stub()
