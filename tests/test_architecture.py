"""The shape of the package: which wing may know which, and what no module may hold."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import pytest
from outside import PATIENCE

import microgrid
from microgrid.moved import MOVED

PACKAGE = Path(microgrid.__file__).parent

# A wing imports only from wings before it.
WINGS = """
    look_alikes  streams  errors  files  moved
    formula  engine  sheet
    derivation  picture  tape  answers
    nn  program  training  auditing
    terminal  web  debugger  workbench
    cli  __init__  __main__
""".split()
# Where a wing has folders, a folder or module of it imports only from those before it.
ROOMS = {
    "sheet": (
        "numbers encoding lines statements other_rounds arrays remedies left_sides demands names transitions check_sides functions derivations cascade array_lines "
        "array_checks sample_lines printed_tables line_kinds rules update_lines course published reader remarks evaluation round_table sheet "
        "highlighting lexer reference"
    ).split(),
    "program": "rules lowering estimate repetition intake verification passes array_code native exports program".split(),
    "nn": "activations arrays parameters samples checkpoint neurons sheets torch_export mlp matrices torch_trace".split(),
    "debugger": "beyond places lookup array_lookup stops source session commands prompt debugger".split(),
}
FEWEST_LINES = 3  # of a face

# (importer, function, imported): imports that point up, each with its reason.
UPWARD = {
    ("cli", "", "__init__"): "the version is written down once, in the package",
    ("sheet.sheet", "model", "nn"): "a sheet of layers as a network; only then networks are imported",
    ("engine.graph", "_picture", "picture"): "a notebook shows a small graph as its picture; only then it is drawn",
}
RENAMED = {"points", "looks", "ways", "trials", "handouts", "workings"}  # they said nothing of what a command does

HEAVY = {"asyncio", "cmd", "graphviz", "jax", "matplotlib", "onnx", "readline", "rich", "sympy", "torch"}
# They compile rows of the table: code of ours, never of a user.
WRITES_CODE = {
    "formula.operation",
    "formula.optimisers",
    "engine.methods",
    "program.array_code.runner",
    "program.array_code.float_code",
    "program.native.cache",
}

# Functions that come back to themselves, each with the reason why that ends soon.
RECURSIVE = {
    **dict.fromkeys(
        (f"formula.parser.Parser.{name}" for name in ("sum",)),
        "refuses a formula nested deeper than MAX_DEPTH",
    ),
    "web.scripts.take": "the page's modules, which are few",
    "program.rules.written_out": "a row uses only the rows above it",
    **dict.fromkeys(
        ("program.lowering.sums.summed", "program.lowering.sums.combined"),
        "what is added up apart is all of one space, and not cut again",
    ),
    "formula.printing.unicode_name": "for a part of the name, which is shorter",
    "formula.printing.latex_name": "for a part of the name, which is shorter",
    "sheet.arrays.expansion.Expansion.meaning": "for a part of the name, which is shorter",
    "formula.printing.latex_of_parts": "for a part of the name, which is shorter",
    "engine.graph.Graph.name": "the error names the root, which is there",
    "engine.graph.Graph._at": "the error names the root, which is there",
}

FUNCTION_LINES = 30
MODULE_LINES = 400
FILES = 9  # beside the wings

Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def dotted(path: Path, package: Path = PACKAGE) -> str:
    """The name of a module inside the package; a face is called as its wing."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}
FACES = sorted(name for name, path in MODULES.items() if path.stem == "__init__" and name != "__init__")
# What needs numba is asked in `program/test_native.py` where there is none.
HAS_NUMBA = importlib.util.find_spec("numba") is not None
IMPORTABLE = [name for name in MODULES if name != "__main__" and (HAS_NUMBA or "program.native." not in name)]


@cache  # and not before a test asks: whoever collects the tests would wait for it
def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


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


@cache
def imports_of(module: str) -> list[Import]:
    return list(imports(module, parsed(module), MODULES, module in FACES or module == "__init__"))


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """Nodes that lead back to themselves; none where there is no circle."""
    left = {name: set(targets) for name, targets in arrows.items()}
    while free := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(parsed(module)) if isinstance(node, Function))


@cache
def calls(module: str) -> dict[str, set[str]]:
    """What each function and method of a module calls there, by qualified name."""
    found: dict[str, set[str]] = {}
    stack: list[tuple[ast.AST, str]] = [(parsed(module), module)]
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
    assert {part for name in MODULES for part in name.split(".")} & RENAMED == set()


def test_a_wing_imports_only_from_wings_before_it() -> None:
    rank = {name: i for i, name in enumerate(WINGS)}
    upward = {
        (module, each.function, each.module)
        for module in MODULES
        for each in imports_of(module)
        if rank[wing(each.module)] > rank[wing(module)] or (each.module == "__init__" and module != "__main__")
    }
    assert upward == UPWARD.keys()


def test_no_circle_of_imports() -> None:
    arrows = {
        name: {each.module for each in imports_of(name) if not each.function and each.module != name}
        for name in MODULES
    }
    assert circle(arrows) == []


@pytest.mark.parametrize("name", sorted({face.partition(".")[0] for face in FACES if "." in face}))
def test_a_room_imports_only_from_rooms_before_it(name: str) -> None:
    """Of a wing with folders; imports inside of functions count as well."""
    inside = {module: module.split(".")[1] for module in MODULES if module.startswith(f"{name}.")}
    assert sorted(set(inside.values())) == sorted(ROOMS[name])
    rank = {room: i for i, room in enumerate(ROOMS[name])}
    upward = {
        (module, each.module)
        for module, room in inside.items()
        for each in imports_of(module)
        if each.module == name or (each.module in inside and rank[inside[each.module]] > rank[room])
    }
    assert upward == set()


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


def test_dots_stay_inside_a_wing() -> None:
    dotted_away = [
        (module, each.module)
        for module in MODULES
        if wing(module) not in ("__init__", "cli", "__main__")
        for each in imports_of(module)
        if each.level and wing(each.module) != wing(module)
    ]
    assert dotted_away == []


def test_names_that_cross_from_wing_to_wing_are_public() -> None:
    private = [
        (module, each.module, each.name)
        for module in MODULES
        for each in imports_of(module)
        if each.name and wing(each.module) not in (wing(module), "__init__")
        if each.name not in imported(each.module).__all__
    ]
    assert private == []


# ── faces ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("face", FACES)
def test_every_wing_has_a_face(face: str) -> None:
    text = ast.get_docstring(parsed(face))
    assert text and len(text.splitlines()) >= FEWEST_LINES
    given = {alias.asname or alias.name for node in parsed(face).body if isinstance(node, ast.ImportFrom)
             for alias in node.names}  # fmt: skip
    assert set(imported(face).__all__) == given - {"annotations"}


def test_the_wings_are_the_folders() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {name for name in FACES if "." not in name}


# ── names ──────────────────────────────────────────────────────────────────────────────────


def test_every_module_says_what_is_public() -> None:
    public = {name: imported(name) for name in IMPORTABLE}
    assert [name for name, module in public.items() if len(set(module.__all__)) < len(module.__all__)] == []
    assert [
        (name, each) for name, module in public.items() for each in module.__all__ if not hasattr(module, each)
    ] == []


def test_the_package_gives_away_what_its_table_says() -> None:
    """What editors read of the imports, what the table finds when it runs, and what is public are the same names."""
    (block,) = (node for node in parsed("__init__").body if isinstance(node, ast.If))
    seen = {(alias.name, node.module) for node in ast.walk(block) if isinstance(node, ast.ImportFrom)
            for alias in node.names}  # fmt: skip
    assert seen == {*microgrid.FOUND_IN.items(), ("nn", None)}
    assert sorted({*microgrid.FOUND_IN, "nn"}) == sorted(microgrid.__all__)
    assert [*microgrid.PARTS] == [name for name in WINGS if name not in ("moved", "cli", "__init__", "__main__")]


LATE = """
import pickle, sys, microgrid
assert not [name for name in {names} if name in vars(microgrid)], "they are looked for, not found"
for name in {names}:
    assert getattr(microgrid, name) is getattr(microgrid, name) is vars(microgrid)[name]
for part in microgrid.PARTS:
    assert getattr(microgrid, part) is sys.modules["microgrid." + part]
bound = {{}}
exec("from microgrid import *", bound)
assert all(bound[name] is getattr(microgrid, name) for name in {names})
assert pickle.loads(pickle.dumps(microgrid.fit)) is microgrid.fit
"""


@pytest.mark.parametrize("names", [sorted(microgrid.__all__), sorted(microgrid.__all__, reverse=True)], ids=["a", "z"])
def test_every_public_name_is_found_when_it_is_asked_for(names: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATE.format(names=names)], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_everything_public_is_documented() -> None:
    assert [module for module in IMPORTABLE if not ast.get_docstring(parsed(module))] == []
    undocumented = [
        (module, node.name)
        for module in IMPORTABLE
        for node in parsed(module).body
        if isinstance(node, (*Function, ast.ClassDef)) and not ast.get_docstring(node)
        if node.name in imported(module).__all__
    ]
    assert undocumented == []


# ── what an import costs ───────────────────────────────────────────────────────────────────


def loaded_by(statement: str) -> set[str]:
    """The modules of a new interpreter after that statement."""
    program = f"import sys; {statement}; print(*sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE)
    return set(done.stderr.split())


def parts_loaded_by(statement: str) -> set[str]:
    """The parts of microgrid that a new interpreter has loaded after that statement."""
    loaded = (name.split(".") for name in loaded_by(statement))
    return {name[1] for name in loaded if name[0] == "microgrid" and len(name) > 1} - MOVED.keys()


def test_heavy_modules_wait_until_they_are_used() -> None:
    loaded = loaded_by(f"import microgrid.cli; from microgrid import {', '.join(microgrid.__all__)}")
    assert "microgrid.program" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()


VERB = "from contextlib import suppress; from microgrid.cli import main\nwith suppress(SystemExit): main({})\n1"
NEEDED = {
    "import microgrid": "",
    "from microgrid import Value": "look_alikes streams errors formula engine",
    "from microgrid import nn": "look_alikes streams errors files formula engine nn",
    "from microgrid import Sheet": "look_alikes streams errors files formula engine sheet",
    VERB.format(["--help"]): "cli look_alikes streams errors files terminal",
    VERB.format(["check", "--help"]): "cli look_alikes streams errors files terminal",
    VERB.format(
        ["check", "demos/two_relus.sheet"]
    ): "cli look_alikes streams errors files terminal files formula engine sheet answers terminal",
    VERB.format(
        ["explain", "demos/two_relus.sheet"]
    ): "cli look_alikes streams errors files terminal formula engine sheet derivation",
}


@pytest.mark.parametrize(("statement", "parts"), NEEDED.items())
def test_only_what_is_needed_is_loaded(statement: str, parts: str) -> None:
    assert parts_loaded_by(statement) == {"moved", *parts.split()}


def test_a_judge_loads_hints_and_proofs_only_where_there_is_a_slip_or_a_formula() -> None:
    loaded = loaded_by(VERB.format(["check", "demos/two_relus.sheet"]))
    assert "microgrid.answers.verdicts" in loaded
    assert loaded & {"microgrid.answers.hints", "microgrid.answers.identities"} == set()


# ── what no module holds ───────────────────────────────────────────────────────────────────


def test_no_mistake_of_a_user_meets_an_assert() -> None:
    found = [(name, node.lineno) for name in MODULES for node in ast.walk(parsed(name)) if isinstance(node, ast.Assert)]
    assert found == []


def test_no_text_is_run_as_python() -> None:
    running = {"eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"}
    used = {
        module: running & {ast.unparse(node.func) for node in ast.walk(parsed(module)) if isinstance(node, ast.Call)}
        for module in MODULES
    }
    assert {module: words for module, words in used.items() if words} == {
        each: {"exec", "compile"} for each in WRITES_CODE
    }


@cache
def reached(module: str) -> dict[str, set[str]]:
    """What each function of a module calls there, itself or through others."""
    reach = dict(calls(module))
    for middle in reach:
        for name in reach:
            if middle in reach[name]:
                reach[name] = reach[name] | reach[middle]
    return reach


def test_no_function_calls_itself() -> None:
    found = {name for module in MODULES for name, reach in reached(module).items() if name in reach}
    assert found == RECURSIVE.keys()


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    return lines


def test_functions_fit_on_a_screen() -> None:
    lines = {(name, each.name): lines_of_code(each) for name in MODULES for each in functions(name)}
    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES} == {}


def test_modules_can_be_read_in_one_sitting() -> None:
    folders = [PACKAGE / wing / "assets" for wing in ("web", "workbench")]
    assets = {path.name: path for folder in folders for path in folder.iterdir() if ".min." not in path.name}
    files = {**MODULES, **assets}.items()
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in files}
    assert {name: count for name, count in lines.items() if count > MODULE_LINES} == {}
