"""The lanes: each wing has something quick, and what needs a program is left out, skipped or failed as it should be."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ONCE, PROGRAMS, QUICK, SLOW
from outside import PATIENCE
from test_architecture import PACKAGE, WINGS

TESTS = Path(__file__).parent
FOLDERS = {path.parent.name for path in TESTS.glob("*/test_*.py")}


@pytest.mark.parametrize("beginning", [*QUICK, *SLOW, *ONCE])
def test_a_table_of_lanes_names_what_is_there(beginning):
    path, _, name = beginning.partition("::")
    text = "".join(
        each.read_text(encoding="utf-8") for each in [TESTS / path, *(TESTS / path).glob("test_*.py")] if each.is_file()
    )
    assert text and f"def {name}" in text


def test_no_two_modules_have_one_name():
    """They are no packages: of two that share a name, pytest finds the first."""
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert len(names) == len(set(names)), sorted(each for each in set(names) if names.count(each) > 1)


def test_the_quick_tests_are_of_every_folder():
    assert {each.partition("/")[0] for each in QUICK if "/" in each} == FOLDERS


# Where wings are tried that have neither a folder of tests nor examples.
ELSEWHERE = {
    "cli": "test_cli.py::",
    "files": "test_cli.py::test_a_pile_",
    "terminal": "test_cli.py::test_run_",
    "moved": "test_moved.py",
}


@pytest.mark.parametrize("wing", [each for each in WINGS if not each.startswith("__")])
def test_the_quick_ones_try_every_wing(wing):
    """By its own tests, or by the examples in its docstrings."""
    paths = [PACKAGE / f"{wing}.py", *(PACKAGE / wing).rglob("*.py")]
    examples = any(">>> " in path.read_text(encoding="utf-8") for path in paths if path.is_file())
    assert examples or any(each.startswith(ELSEWHERE.get(wing, f"{wing}/")) for each in QUICK)


def test_on_the_newest_python_nothing_is_left_out():
    """And what is left out on the others is of a lane, and not the engines: those have a run of their own."""
    script = (TESTS.parent / ".ci" / "run").read_text(encoding="utf-8")
    versions = re.search(r'^VERSIONS="(.+)" ', script, re.M)[1].split()
    setup = configparser.ConfigParser(interpolation=None)
    setup.read(TESTS.parent / "setup.cfg", encoding="utf-8")
    named = re.findall(r"Python :: (3\.\d+)$", setup["metadata"]["classifiers"], re.M)
    assert versions == named[::-1]
    assert 'for version in $VERSIONS; do\n    python=$(python_of "$version")\n' in script
    assert 'everything() { tested "${pythons[0]}"; }\n' in script
    assert 'for python in "${pythons[@]:1}"; do\n        tested "$python" "$SAME_EVERYWHERE"\n' in script
    left_out = re.search(r'^SAME_EVERYWHERE="not (.+)"$', script, re.M)[1].split(" and not ")
    assert set(left_out) <= {*PROGRAMS, "demo", "once"}


def test_a_browser_is_opened_by_a_fixture_of_that_name_alone():
    """So that whatever opens one is in the lane of the browser."""
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__)]
    before = [text.partition("sync_playwright() as")[0] for text in texts if "sync_playwright() as" in text]
    assert before
    for text in before:
        assert text.rpartition("\ndef ")[2].startswith("browser():")


MADE_UP = """
import pytest

@pytest.mark.browser
def test_a_page(): pass

@pytest.mark.graphviz
def test_a_pdf(): pass

def test_javascript(node): pass

def test_of_an_engine(torch): pass

def test_of_nothing_but_python(): pass
"""


@pytest.fixture
def made_up(tmp_path):
    """Runs five tests of every lane where no program is on the PATH, and counts what comes of them."""
    (tmp_path / "tests" / "web").mkdir(parents=True)
    for name in ("conftest.py", "outside.py"):
        shutil.copy(TESTS / name, tmp_path / "tests")
    shutil.copy(TESTS.parent / "setup.cfg", tmp_path)
    (tmp_path / "tests" / "web" / "test_made_up.py").write_text(MADE_UP, encoding="utf-8")
    hidden = tmp_path / "hidden" / "torch.py"
    hidden.parent.mkdir()
    hidden.write_text("raise ImportError('no torch')\n", encoding="utf-8")

    def run(*arguments, **variables):
        kept = {
            name: text for name, text in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS", "MICROGRID_ENGINES")
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments, "tests"],
            cwd=tmp_path, env={**kept, "PATH": "", "PYTHONPATH": str(hidden.parent), **variables},
            capture_output=True, encoding="utf-8", timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout.splitlines()[-1].rpartition(" in ")[0]

    return run


@pytest.mark.parametrize(
    ("arguments", "variables", "came"),
    [
        ([], {}, "1 passed, 4 skipped"),
        ([], {"CI": "true"}, "1 passed, 1 skipped, 3 errors"),
        ([], {"MICROGRID_ENGINES": "required"}, "1 passed, 3 skipped, 1 error"),
        (["-m", "not browser"], {"CI": "true"}, "1 passed, 1 skipped, 1 deselected, 2 errors"),
        (["-m", "not browser and not node and not graphviz"], {"CI": "true"}, "1 passed, 1 skipped, 3 deselected"),
        (["-m", "engine"], {}, "1 skipped, 4 deselected"),
    ],
)
def test_what_is_missing_is_skipped_but_not_in_ci(made_up, arguments, variables, came):
    assert made_up(*arguments, **variables) == came
