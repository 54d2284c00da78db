"""The shape of the package: which wing may know which, and what no module may hold."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import pytest

import microgrid

PACKAGE = Path(microgrid.__file__).parent

# A wing imports only from wings before it.
WINGS = """
    streams  errors  files  moved
    formula  engine  sheet
    derivation  picture  tape  answers
    nn  program  training  auditing
    terminal  web  debugger
    cli  __init__  __main__
""".split()
FEWEST_LINES = 3  # of a face

# (importer, function, imported): imports that point up, each with its reason.
UPWARD = {
    ("formula.operation", "restored", "formula.ops"): "a pickle holds an operation's name; only unpickling looks it up",
    ("cli", "", "__init__"): "the version is written down once, in the package",
}
RENAMED = {"points", "looks", "ways", "trials", "handouts", "workings"}  # they said nothing of what a command does

HEAVY = {"asyncio", "cmd", "graphviz", "jax", "matplotlib", "onnx", "readline", "rich", "sympy", "torch"}
# They compile rows of the table: code of ours, never of a user.
WRITES_CODE = {
    "formula.operation",
    "engine.methods",
    "program.array_code.runner",
    "program.array_code.float_code",
}

# Functions that come back to themselves, each with the reason why that ends soon.
RECURSIVE = {
    **dict.fromkeys(
        (f"formula.parser.Parser.{name}" for name in ("sum", "beside", "bracketed")),
        "refuses a formula nested deeper than MAX_DEPTH",
    ),
    "program.array_code.rules.written_out": "a row uses only the rows above it",
    **dict.fromkeys(
        ("program.lowering.sums.summed", "program.lowering.sums.combined"),
        "what is added up apart is all of one space, and not cut again",
    ),
    "formula.printing.unicode_name": "once, for the two halves of a derivative",
    "formula.printing.latex_name": "once, for the two halves of a derivative",
    "engine.graph.Graph.name": "the error names the root, which is there",
    "engine.graph.Graph._at": "the error names the root, which is there",
}

FUNCTION_LINES = 30
MODULE_LINES = 400
FILES = 8  # beside the wings

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def dotted(path: Path, package: Path = PACKAGE) -> str:
    """The name of a module inside the package; a face is called as its wing."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
FACES = sorted(name for name, path in MODULES.items() if path.stem == "__init__" and name != "__init__")
each_module = pytest.mark.parametrize("module", MODULES)
each_face = pytest.mark.parametrize("face", FACES)
each_importable = pytest.mark.parametrize("module", [name for name in MODULES if name != "__main__"])


class Import(NamedTuple):
    """A name imported from a module, in a function or outside of all."""

    function: str
    module: str
    name: str
    level: int


def wing(module: str) -> str:
    return module.partition(".")[0]


def imported(module: str) -> Any:
    return importlib.import_module("microgrid" if module == "__init__" else f"microgrid.{module}")


def imports(module: str, tree: ast.AST, modules: Iterable[str], is_face: bool, function: str = "") -> Iterator[Import]:
    """Every import from the package under a tree, those of TYPE_CHECKING too, with the function that does it."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.ImportFrom):
            yield from imported_from(module, child, set(modules), is_face, function)
        elif isinstance(child, ast.Import):
            names = [alias.name.split(".") for alias in child.names]
            yield from (Import(function, ".".join(n[1:]) or "__init__", "", 0) for n in names if n[0] == "microgrid")
        else:
            inside = child.name if isinstance(child, Function) else function
            yield from imports(module, child, modules, is_face, inside)


def imported_from(module: str, node: ast.ImportFrom, modules: set[str], is_face: bool, function: str) -> list[Import]:
    path = node.module.split(".") if node.module else []
    if node.level == 0:
        if not path or path.pop(0) != "microgrid":
            return []
    else:
        here = [] if module == "__init__" else module.split(".")
        path = here[: len(here) - node.level + is_face] + path
    found = []
    for alias in node.names:
        whole = ".".join([*path, alias.name])
        target, name = (whole, "") if whole in modules else (".".join(path) or "__init__", alias.name)
        found.append(Import(function, target, name, node.level))
    return found


IMPORTS = {
    name: list(imports(name, tree, MODULES, name in FACES or name == "__init__")) for name, tree in TREES.items()
}


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Nodes that lead back to themselves; none where there is no circle."""
    left = {name: set(targets) for name, targets in arrows.items()}
    while free := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(TREES[module]) if isinstance(node, Function))


@cache
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


# ── the wings ──────────────────────────────────────────────────────────────────────────────


def test_every_module_stands_in_a_wing() -> None:
    assert {wing(name) for name in MODULES} == set(WINGS)
    assert len([path for path in PACKAGE.iterdir() if path.is_file()]) <= FILES
    assert {name.rpartition(".")[2] for name in MODULES if wing(name) in ("debugger", "web")} & RENAMED == set()


@each_module
def test_a_wing_imports_only_from_wings_before_it(module: str) -> None:
    rank = {name: i for i, name in enumerate(WINGS)}
    upward = {
        (module, each.function, each.module)
        for each in IMPORTS[module]
        if rank[wing(each.module)] > rank[wing(module)] or (each.module == "__init__" and module != "__main__")
    }
    assert upward == {each for each in UPWARD if each[0] == module and wing(each[2]) != wing(module)}


def test_no_circle_of_imports() -> None:
    arrows = {
        name: {each.module for each in found if not each.function and each.module != name}
        for name, found in IMPORTS.items()
    }
    arrows["cli"].discard("__init__")
    assert circle(arrows) == []


def test_circles_and_imports_are_found_wherever_they_stand() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == ["a", "b", "c", "d"]
    source = """if True:
        import os, microgrid.nn
        from . import value, other
        from .graph import Graph
        from microgrid.formula import OPS
        from ..cli import main
        from numpy import array
        if TYPE_CHECKING:
            from microgrid.web.page import page
        def late():
            with open("x"):
                from .views import view
    """
    modules = ["engine.value", "engine.graph", "engine.views", "formula", "cli", "web.page"]
    found = list(imports("engine.methods", ast.parse(source), modules, is_face=False))
    assert [(each.function, each.module, each.name) for each in found] == [
        ("", "nn", ""),
        ("", "engine.value", ""),
        ("", "engine", "other"),
        ("", "engine.graph", "Graph"),
        ("", "formula", "OPS"),
        ("", "cli", "main"),
        ("", "web.page", "page"),
        ("late", "engine.views", "view"),
    ]
    (face,) = imports("engine", ast.parse("from .value import Value"), modules, is_face=True)
    assert face == Import("", "engine.value", "Value", 1)


@each_module
def test_dots_stay_inside_a_wing(module: str) -> None:
    assert [each for each in IMPORTS[module] if each.level and wing(each.module) != wing(module) and module != "__init__"
            and wing(module) not in ("cli", "__main__")] == []  # fmt: skip


@each_module
def test_names_that_cross_from_wing_to_wing_are_public(module: str) -> None:
    crossing = [each for each in IMPORTS[module] if each.name and wing(each.module) != wing(module)]
    private = [
        each for each in crossing if each.module != "__init__" and each.name not in imported(each.module).__all__
    ]
    assert private == []


# ── faces ──────────────────────────────────────────────────────────────────────────────────


@each_face
def test_every_wing_has_a_face(face: str) -> None:
    text = ast.get_docstring(TREES[face])
    assert text and len(text.splitlines()) >= FEWEST_LINES
    given = {alias.asname or alias.name for node in TREES[face].body if isinstance(node, ast.ImportFrom)
             for alias in node.names}  # fmt: skip
    assert set(imported(face).__all__) == given - {"annotations"}


def test_the_wings_are_the_folders() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {name for name in FACES if "." not in name}


# ── names ──────────────────────────────────────────────────────────────────────────────────


@each_importable
def test_every_module_says_what_is_public(module: str) -> None:
    public = imported(module)
    assert len(set(public.__all__)) == len(public.__all__)
    assert [name for name in public.__all__ if not hasattr(public, name)] == []


def test_the_package_gives_away_all_that_it_imports() -> None:
    nodes = [node for node in TREES["__init__"].body if isinstance(node, ast.ImportFrom) and node.module != "moved"]
    names = {alias.asname or alias.name for node in nodes for alias in node.names}
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
    reach = dict(calls(module))
    for middle in reach:
        for name in reach:
            if middle in reach[name]:
                reach[name] = reach[name] | reach[middle]
    assert {name for name in reach if name in reach[name]} == RECURSIVE.keys() & reach.keys()


def test_every_exception_is_still_needed() -> None:
    assert RECURSIVE.keys() <= {name for module in MODULES for name in calls(module)}
    assert MODULES.keys() >= WRITES_CODE


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
