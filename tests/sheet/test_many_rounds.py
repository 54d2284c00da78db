"""Thousands of rounds: linear, and a few pages of output."""

import re

import pytest
from work import calls, is_linear

from microgrid import Sheet
from microgrid.answers import check
from microgrid.cli import main

DIVERGING = "param w = 3\ninput x = 2\nL = (w*x)^2\n"


def course(count):
    check(Sheet.parse(DIVERGING + "update 0.5\n" * count).run())


def test_rounds_that_diverge_take_the_same_work_each():
    assert is_linear(course, 200, 1000)
    assert calls(course, 1000) - calls(course, 500) < 500 * 1000


@pytest.mark.parametrize(
    ("options", "rounds", "passed"),
    [
        ([], [1, 40, 501], ["… rounds 2 to 39 have no checks", "… rounds 41 to 500 have no checks"]),
        (["--round", "7"], [7], []),
        (["--all"], list(range(1, 502)), []),
    ],
)
def test_run_shows_the_first_the_last_and_those_with_checks(tmp_path, capsys, options, rounds, passed):
    path = tmp_path / "long.sheet"
    path.write_text("param w = 1\nL = w^2\nupdate 0.1 × 500\nat round 40: w ~= 0.00016615\n", encoding="utf-8")
    assert main(["run", str(path), *options]) == 0
    said = capsys.readouterr().out
    assert [int(each) for each in re.findall(r"^Forward · round (\d+)$", said, re.MULTILINE)] == rounds
    assert re.findall(r"^… [^;]*", said, re.MULTILINE) == passed


def test_a_course_of_a_few_rounds_is_shown_whole(tmp_path, capsys):
    path = tmp_path / "short.sheet"
    path.write_text("param w = 1\nL = w^2\nupdate 0.1 × 4\n", encoding="utf-8")
    assert main(["run", str(path)]) == 0
    assert capsys.readouterr().out.count("Forward · ") == 5
