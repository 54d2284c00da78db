"""The shape of the package: which module may know which, and what no module may hold."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

import pytest

import microgrid

PACKAGE = Path(microgrid.__file__).parent

# The shelf: a module imports only from lines above its own.
SHELF = """
    errors  files
    views  reals  misspelt  origins  differences
    formula  graph  floats
    language  copies  statements
    operation
    ops
    lettering  javascript
    methods  calculus  algebra  notation  paths  remedies
    engine  rules
    functions  watch  simplify  activations  arrays  samples  replay
    checkpoint  torch_export
    neurons  record  targets
    losses  gradcheck  sums  repetition
    nn  reader  card  render  chains  groups  intake
    box  layers  marks  matrices  svg  layout
    sheet  figure  printed  solution  wayback
    dot  plan
    numpy_writer  forward_pass
    numpy_code  array_pass
    runner  verification
    float_code  jax_program  onnx_export
    program
    followthrough  picture  question  events
    rounds  schedules  history  progress
    optim
    sweep
    descent  plots
    training
    steps
    cursor  wording  recipe
    derivation
    workings
    hints  identities
    answers  scene
    report  document
    page
    timetable  source  hunt
    lookup
    stops  screen
    session
    moves  points  looks  ways  handouts
    trials
    commands
    prompt
    debugger
    cli
    __init__  __main__
"""
RANKS = {name: rank for rank, line in enumerate(SHELF.split("\n")) for name in line.split()}

# (importer, function, imported): imports that point up the shelf, each with its reason.
UPWARD = {
    ("operation", "restored", "ops"): "a pickle holds an operation's name; only unpickling looks it up in the table",
    ("cli", "", "__init__"): "the version is written down once, in the package",
}

HEAVY = {"asyncio", "cmd", "graphviz", "jax", "matplotlib", "onnx", "readline", "rich", "sympy", "torch"}
WRITES_CODE = {
    "operation",
    "methods",
    "runner",
    "float_code",
}  # they compile rows of the table: code of ours, never of a user

# Functions that come back to themselves, each with the reason why that ends soon.
RECURSIVE = {
    **dict.fromkeys(
        (f"formula.Parser.{name}" for name in ("sum", "unary", "power", "atom", "bracketed", "call")),
        "refuses a formula nested deeper than MAX_DEPTH",
    ),
    "rules.written_out": "a row uses only the rows above it",
    **dict.fromkeys(("sums.summed", "sums.combined"), "what is added up apart is all of one space, and not cut again"),
    "language.unicode_name": "once, for the two halves of a derivative",
    "language.latex_name": "once, for the two halves of a derivative",
    "graph.Graph.name": "the error names the root, which is there",
    "graph.Graph._at": "the error names the root, which is there",
}

FUNCTION_LINES = 30
MODULE_LINES = 400

MODULES = {path.stem: path for path in sorted(PACKAGE.glob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
each_module = pytest.mark.parametrize("module", MODULES)
each_importable = pytest.mark.parametrize("module", [name for name in MODULES if name != "__main__"])

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def imported(module: str) -> Any:
    return importlib.import_module("microgrid" if module == "__init__" else f"microgrid.{module}")


def is_type_checking(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def imports(node: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Every module of the package imported under `node`, with the function that does it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom):
            yield from ((function, name) for name in imported_from(child))
        elif isinstance(child, ast.Import):
            names = [alias.name.split(".") for alias in child.names]
            yield from ((function, name[1] if name[1:] else "__init__") for name in names if name[0] == "microgrid")
        elif is_type_checking(child):
            for other in child.orelse:
                yield from imports(ast.Module([other], []), function)
        else:
            yield from imports(child, child.name if isinstance(child, Function) else function)


def imported_from(node: ast.ImportFrom) -> list[str]:
    path = (node.module or "").split(".")
    if node.level == 0 and path.pop(0) != "microgrid":
        return []
    if path and path[0]:
        return [path[0]]
    return [alias.name if alias.name in MODULES else "__init__" for alias in node.names]


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(TREES[module]) if isinstance(node, Function))


def calls(module: str) -> dict[str, set[str]]:
    """What each function and method of a module calls there, by qualified name."""
    found: dict[str, set[str]] = {}
    stack: list[tuple[ast.AST, str]] = [(TREES[module], module)]
    while stack:
        node, owner = stack.pop()
        inside = f"{owner}.{node.name}" if isinstance(node, ast.ClassDef) else owner
        if isinstance(node, Function):
            inside = module
            found.setdefault(f"{owner}.{node.name}", set()).update(called(node, owner, module))
        stack += ((child, inside) for child in ast.iter_child_nodes(node))
    return found


def called(function: ast.AST, owner: str, module: str) -> set[str]:
    """The functions and own methods that a function calls, those it imports itself left out."""
    nodes = list(ast.walk(function))
    elsewhere = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    targets = [node.func for node in nodes if isinstance(node, ast.Call)]
    names = {each.id for each in targets if isinstance(each, ast.Name)} - elsewhere
    return {*(f"{module}.{name}" for name in names), *(f"{owner}.{each.attr}" for each in targets if is_own(each))}


def is_own(target: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(target, ast.Attribute) and ast.unparse(target.value) in ("self", "cls")


# ── the shelf ──────────────────────────────────────────────────────────────────────────────


def test_every_module_stands_on_the_shelf() -> None:
    assert sorted(RANKS) == sorted(MODULES)


@each_module
def test_imports_point_down_the_shelf(module: str) -> None:
    upward = {(module, function, name) for function, name in imports(TREES[module]) if RANKS[name] >= RANKS[module]}
    assert upward == {each for each in UPWARD if each[0] == module}


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
        import os, microgrid.ops
        from . import nn, Value
        from .engine import Value
        from microgrid.engine import Graph
        from numpy import array
        if TYPE_CHECKING:
            from .cli import main
        else:
            from .render import run
        def late():
            with open("x"):
                from .sheet import read
    """
    found = list(imports(ast.parse("if True:" + source)))
    own = ["ops", "nn", "__init__", "engine", "graph", "render"]
    assert found == [*(("", name) for name in own), ("late", "sheet")]


# ── names ──────────────────────────────────────────────────────────────────────────────────


@each_importable
def test_every_module_says_what_is_public(module: str) -> None:
    public = imported(module)
    assert len(set(public.__all__)) == len(public.__all__)
    assert [name for name in public.__all__ if not hasattr(public, name)] == []


def test_the_package_gives_away_all_that_it_imports() -> None:
    names = {
        alias.asname or alias.name
        for node in TREES["__init__"].body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {name for name in names if name[0] != "_" and name != "annotations"} <= set(microgrid.__all__)


@each_importable
def test_everything_public_is_documented(module: str) -> None:
    assert ast.get_docstring(TREES[module])
    public = imported(module).__all__
    nodes = [node for node in TREES[module].body if isinstance(node, (*Function, ast.ClassDef))]
    assert [node.name for node in nodes if node.name in public and not ast.get_docstring(node)] == []


# ── what an import costs ───────────────────────────────────────────────────────────────────


def loaded_by(statement: str) -> set[str]:
    """The top-level modules of a new interpreter after that statement."""
    program = f"import sys; {statement}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", ["microgrid", "microgrid.cli"])
def test_heavy_modules_wait_until_they_are_used(module: str) -> None:
    loaded = loaded_by(f"import {module}")
    assert "microgrid" in loaded
    assert HEAVY & loaded == set()


# ── what no module holds ───────────────────────────────────────────────────────────────────


@each_module
def test_no_mistake_of_a_user_meets_an_assert(module: str) -> None:
    assert [node.lineno for node in ast.walk(TREES[module]) if isinstance(node, ast.Assert)] == []


@each_module
def test_no_text_is_run_as_python(module: str) -> None:
    used = {ast.unparse(node.func) for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)}
    allowed = {"exec", "compile"} if module in WRITES_CODE else set()
    assert used & {"eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"} == allowed


@each_module
def test_no_function_calls_itself(module: str) -> None:
    reach = calls(module)
    for middle in reach:
        for name in reach:
            if middle in reach[name]:
                reach[name] = reach[name] | reach[middle]
    allowed = {name for name in RECURSIVE if name.startswith(f"{module}.")}
    assert {name for name in reach if name in reach[name]} == allowed


@each_module
def test_functions_fit_on_a_screen(module: str) -> None:
    long = {}
    for function in functions(module):
        lines = (function.end_lineno or 0) - function.lineno + 1
        if ast.get_docstring(function) is not None:
            lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
        if lines > FUNCTION_LINES:
            long[function.name] = lines
    assert long == {}


@each_module
def test_modules_can_be_read_in_one_sitting(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MODULE_LINES
