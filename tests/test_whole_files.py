"""Whatever happens while a file is written: the old one stands there, or the new one, whole."""

import ast
import json
import os
import subprocess
import sys

import pytest
from outside import ROOT
from whole_files import WRITERS

from microgrid.cli import main

WHEREVER = [each for each in WRITERS if each not in ("net.onnx", "planted")]


def tried(*names):
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "whole_files.py"), *names], cwd=ROOT, capture_output=True,
        encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_writing_that_is_broken_off_leaves_the_old_file_or_the_new_one():
    found = tried(*WHEREVER)
    assert [*found] == WHEREVER
    for name, each in found.items():
        assert each["moments"] >= 50, name
        assert each["problems"] == [], name


def test_so_does_a_model_for_other_engines(onnx):
    assert tried("net.onnx")["net.onnx"]["problems"] == []


def test_a_writing_that_is_not_safe_is_noticed():
    problems = tried("planted")["planted"]["problems"]
    for each in (
        "killed at 3: 0 bytes",
        "interrupted at 3: 0 bytes",
        "full disk: 5500",
        "cut in two: 5500",
        "read-only: status 0",
    ):
        assert any(each in problem for problem in problems), each


def writings(text):
    """The calls in a module that write a file by themselves."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [*node.args, *(word.value for word in node.keywords)]
            modes = {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}
            is_file = name == "open" and any({*"wax+"} & {*mode} and len(mode) < 4 for mode in modes)
            if is_file or name in (
                "write_text",
                "write_bytes",
                "savefig",
                "savez",
                "savetxt",
                "tofile",
                "NamedTemporaryFile",
            ):
                yield f"{name}, line {node.lineno}"


@pytest.mark.parametrize("text", ["p.write_text('')", "open(p, 'w')", "p.open(mode='ab')", "np.savez(p, a)"])
def test_a_writing_is_found_in_a_text(text):
    assert [*writings(text)] and not [*writings("p.open('rb'); open(p); p.read_text()")]


def test_one_module_writes_files():
    found = {}
    for path in sorted((ROOT / "microgrid").rglob("*.py")):
        if calls := [*writings(path.read_text(encoding="utf-8"))]:
            found[path.relative_to(ROOT / "microgrid").as_posix()] = len(calls)
    assert found == {"files.py": 2}


COMMANDS = {
    "net.dot": ["draw", "demos/two_relus.sheet", "-o"], "net.svg": ["draw", "demos/two_relus.sheet", "-o"],
    "net.html": ["page", "demos/two_relus.sheet", "-o"], "marks.csv": ["check", "demos/two_relus.sheet", "--csv"],
}  # fmt: skip
IN_THE_WAY = {
    "read-only; make it writable, or name another file": lambda path: (path.write_bytes(b"old"), path.chmod(0o444)),
    "Is a directory": lambda path: path.mkdir(),
    "no file can be called so": lambda path: path.with_name(f"a\0{path.name}"),
    "File name too long": lambda path: path.with_name("n" * 300 + path.name),
    "Not a directory": lambda path: (path.write_bytes(b"old"), path / path.name)[1],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_where_no_file_can_be_one_line_says_why(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(ROOT)
    for place, (said, make) in enumerate(IN_THE_WAY.items()):
        (tmp_path / str(place)).mkdir()
        path = tmp_path / str(place) / name
        path = found if isinstance(found := make(path), type(path)) else path
        assert main([*COMMANDS[name], str(path)]) == 2
        told = capsys.readouterr().err
        assert told.startswith("microgrid: ") and told.count("\n") == 1, told
        assert said in told or (said == "Not a directory" and "File exists" in told), (said, told)
        left = [each for each in (tmp_path / str(place)).iterdir() if each.name != name]
        assert left == [], said
        assert said.startswith("File name") or not path.is_file() or path.read_bytes() == b"old", said


def test_the_debugger_says_so_too(tmp_path, capsys):
    path = tmp_path / "net.dot"
    path.write_bytes(b"old")
    path.chmod(0o444)
    commands = f"draw {path}; page {tmp_path}/no/x.html; n"
    assert main(["step", str(ROOT / "demos" / "two_relus.sheet"), "--commands", commands]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert told.count("***") == 2 and "read-only; make it writable" in told and "No such file or directory" in told
    assert path.read_bytes() == b"old" and [*tmp_path.iterdir()] == [path]
