"""Resource bombs: whatever a sheet says, every verb answers it soon, in little memory, and never with a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from bombs import BEYOND, BOMBS, beyond
from work import is_linear

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
LEAST, SLACK = 5, 3  # seconds for a short sheet, and one for each kilobyte; times that on a machine with other work
MEGABYTES = 500
FORBIDDEN = ("Traceback", "RecursionError", "MemoryError")


# A process counts the largest memory of the one that it was forked from, so a small one forks it.
APART = """
import json, os, resource, sys

most, *command = sys.argv[1:]
pid = os.fork()
if not pid:
    resource.setrlimit(resource.RLIMIT_CPU, (int(most) + 1, int(most) + 5))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    os.execv(command[0], command)
_, status, used = os.wait4(pid, 0)
figures = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss
open(os.environ["FIGURES"], "w").write(json.dumps(figures))
"""


class Answer(NamedTuple):
    """What a command came to: its exit code, the processor's seconds, megabytes, and what it wrote."""

    code: int
    seconds: float
    megabytes: float
    out: str
    err: str


def answered(arguments, folder, most):
    """Run a command in a process of its own, which is stopped after so many seconds of the processor."""

    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONUTF8": "1"}
    environment.pop("MICROGRID_PATIENCE", None)
    out, err = folder / "out", folder / "err"
    with out.open("wb") as told, err.open("wb") as wrong:
        done = subprocess.run(
            [sys.executable, "-S", "-c", APART, str(int(most)), sys.executable, "-m", "microgrid", *arguments],
            stdin=subprocess.DEVNULL, stdout=told, stderr=wrong, cwd=folder,
            env={**environment, "FIGURES": str(folder / "figures")}, check=True,
        )  # fmt: skip
    assert done.returncode == 0
    code, seconds, memory = json.loads((folder / "figures").read_text(encoding="ascii"))
    texts = [each.read_text(encoding="utf-8", errors="replace") for each in (out, err)]
    return Answer(code, seconds, memory / (1 << 20 if sys.platform == "darwin" else 1 << 10), *texts)


def judge(verb, text, folder, *options):
    """Run a verb on a sheet, and see that it kept within the bounds."""
    sheet = folder / "bomb.sheet"
    sheet.write_text(text, encoding="utf-8")
    most = SLACK * max(LEAST, len(text.encode()) / 1024)
    found = answered([verb, str(sheet), *options], folder, most)
    assert found.code in (0, 1, 2), (found, most)
    assert found.seconds < most and found.megabytes < MEGABYTES, found[:3]
    assert not any(each in found.err for each in FORBIDDEN), found.err[-2000:]
    assert found.code != 2 or (found.err.startswith("microgrid: ") and len(found.err) < 6000), found.err[:2000]
    assert found.code == 2 or found.out, found
    return found


@pytest.mark.parametrize("name", BOMBS)
def test_check_answers_every_bomb(name, tmp_path):
    judge("check", BOMBS[name](), tmp_path)


VERBS = {
    "run": [],
    "explain": [],
    "draw": ["-o", "net.svg"],
    "page": ["-o", "net.html"],
    "step": ["--commands", "n; c; w; p L; rs; q"],
}
# What is read, and then shown: the others end where they are read, and in no other way than for check.
SHOWN = {
    "run": ["a rule of matrices", "a Jacobian as a quantity", "a wide table", "many parameters", "paths", "rounds of Adam", "a softmax"],
    "explain": ["paths through a network", "a huge power of a sum", "many results", "nested rational functions", "a slope of a deep chain", "a large matrix"],
    "draw": ["a rule of Adam", "paths", "many quantities", "paths through a network", "a wrong sum", "a softmax", "a long product"],
    "page": ["a long line", "nested rational functions", "paths through a network", "a softmax", "rounds", "a long product", "a long quotient", "derivatives of derivatives"],
    "step": ["a long product", "many quantities", "paths through a network", "rounds", "samples"],
}  # fmt: skip


@pytest.mark.parametrize(("verb", "name"), [(verb, name) for verb, names in SHOWN.items() for name in names])
def test_every_verb_answers(verb, name, tmp_path):
    judge(verb, BOMBS[name](), tmp_path, *VERBS[verb])


def test_patience_is_what_the_error_says(tmp_path, monkeypatch):
    """The bound that was met is named with the way to raise it, and that raises it."""
    from microgrid import Sheet
    from microgrid.errors import SheetError

    sheet = "param x = ones(200, 200)\n" + "\n".join(f"y{i} = x*x + x" for i in range(3)) + "\nL = y2[1,1]"
    with pytest.raises(SheetError, match="600,000 parts of all formulas, written out; MICROGRID_PATIENCE=10 allows"):
        Sheet.parse(sheet)
    monkeypatch.setenv("MICROGRID_PATIENCE", "10")
    assert Sheet.parse(sheet).loss == "L"


PATIENT = [  # each beyond one bound, and what it is told
    ("param x = 1\nfor i = 1..10001: a[i] = x*i\nL = a[1]", "6,000 lines"),
    ("param x = 1\nL = sum(x*i for i in 1..40000)", "100,000 parts"),
    ("param w = 1\nL = w^2\nupdate 0.1 × 100000", "at most 100,000"),
]


@pytest.mark.parametrize(("sheet", "bound"), PATIENT)
def test_every_bound_on_what_is_written_out_can_be_raised(sheet, bound, monkeypatch):
    from microgrid import Sheet
    from microgrid.errors import SheetError

    with pytest.raises(SheetError, match=f"{bound}.*MICROGRID_PATIENCE=10 allows 10 times as many"):
        Sheet.parse(sheet)
    monkeypatch.setenv("MICROGRID_PATIENCE", "10")
    assert Sheet.parse(sheet).loss == "L"


def test_a_bound_that_cannot_be_raised_does_not_say_so():
    from microgrid import Sheet
    from microgrid.errors import SheetError

    for line in ("L = " + "(" * 70 + "x" + ")" * 70, f"L = x + {'1' * 100_001}"):
        with pytest.raises(SheetError) as told:
            Sheet.parse(f"param x = 1\n{line}")
        assert "MICROGRID_PATIENCE" not in str(told.value)


@pytest.mark.parametrize("verb", ["check", "explain", "page", "draw"])
def test_numbers_that_no_double_is_are_no_error_of_any_verb(verb, tmp_path, capsys):
    """Constants that overflow when they are multiplied out, in every verb that works with slopes by hand."""
    from microgrid.cli import main

    for at, formula in enumerate(BEYOND):
        (tmp_path / f"{at}.sheet").write_text(beyond(formula), encoding="utf-8")
        to = ["-o", str(tmp_path / VERBS[verb][1])] if verb in ("page", "draw") else []
        code = main([verb, str(tmp_path / f"{at}.sheet"), *to])
        out, err = capsys.readouterr()
        assert code in (0, 1) and out and not err, (formula, err)


def test_equal_mistakes_are_said_once():
    from microgrid import Sheet
    from microgrid.errors import SheetError

    with pytest.raises(SheetError) as told:
        Sheet.parse(BOMBS["equal mistakes"]())
    assert str(told.value).count("'v'") == 1 and "and 4,999 more" in str(told.value)
    assert len(told.value.mistakes) == 5_000


def test_the_last_line_of_a_report_is_one_line(tmp_path, capsys):
    from microgrid.cli import main

    (tmp_path / "a.sheet").write_text("param w = 0.3\nL = w²\nfor k = 1..2000: L ~= 3", encoding="utf-8")
    assert main(["check", str(tmp_path / "a.sheet")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2,000 slips (L and 1,999 more), 0 right"


def test_what_is_typed_in_a_row_is_read_in_one_pass():
    from microgrid.debugger.commands.table import split
    from microgrid.errors import did_you_mean
    from microgrid.formula import parse
    from microgrid.picture.abridging import fitted

    assert split("n; set W = [1 2; 3 4]; [a; p ]; b ; [c") == ["n", "set W = [1 2; 3 4]", "[a; p ]", "b", "[c"]
    assert is_linear(lambda size: split(";" * size), 500, 5_000)
    assert is_linear(lambda size: split("[];" * size), 500, 5_000)
    assert is_linear(lambda size: did_you_mean("abcd1", [f"abc{i}" for i in range(size)]), 2_000, 20_000)
    assert is_linear(lambda size: fitted(parse("*".join(["(x + 1)"] * size)), None, 40), 100, 1_000)
