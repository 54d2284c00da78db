"""The command line, as a person meets it: in a terminal, in a pipe, and when things go wrong."""

import csv
import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from outside import DRIVER, PATIENCE, ROOT, microgrid, one_by_one

from microgrid.cli import main
from microgrid.formula.writing import columns as columns_of

SHEETS = sorted((ROOT / "demos").glob("*.sheet"))
WRONG_SHEETS = {"sigmoid_derivative.sheet", "two_input_sigmoid.sheet", "two_relus_table.sheet"}
SCRIPT = "from microgrid import Value\na = Value(2.0)\nloss = a * a\nloss.backward()\nword = 'x'\n"


def in_terminal(*arguments, columns=80, program=("-m", "microgrid"), **variables):
    """What the command, or another program, shows in a terminal of that many columns."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    unset = {"NO_COLOR", "COLUMNS", "FORCE_COLOR"}
    environment = {k: v for k, v in os.environ.items() if k not in unset} | {"TERM": "xterm-256color", **variables}
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(60), shown.decode()


def without_colour(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def squeezed(line):
    return " ".join(line.split())


# ── the verbs ──


def test_run_works_the_two_input_network_out():
    done = microgrid("run", "demos/two_input_sigmoid.sheet")
    assert done.returncode == 0 and done.stderr == ""
    for line in (
        "Two-input sigmoid network with binary cross-entropy",
        "z1 w11*x1 + w12*x2 + b1",
        "0.2*0.5 + 0.4*0.1 + 0.1 0.24",
        "dL/dŷ ∂L/∂ŷ -1.3076",
        "dL/dz ∂ŷ/∂z·dL/dŷ",
        "0.179901·(-1.3076) -0.235239",
        "dL/dx1 ∂z1/∂x1·dL/dz1 + ∂z2/∂x1·dL/dz2",
        "w11 0.2 − 0.01·(-0.0173913) 0.200174",
        "✗ 22 z1 0.25 0.24 slip should be 0.24; one unit",
        "↳ 24 a1 0.562 0.559714 carried from z1: 0.562177",
        "✓ 33 dL/dv1 -0.131 -0.131666 rounding cut off, not rounded",
        "Forward · round 2",
    ):
        assert line in map(squeezed, done.stdout.splitlines()), line


def test_one_round_of_a_sheet(tmp_path):
    sheet, picture, html = (str(tmp_path / name) for name in ("a.sheet", "a.svg", "a.html"))
    Path(sheet).write_text("param w = 3\nL = w^2\nupdate 0.1 × 2\nw ~= 1.92", encoding="utf-8")
    verbs = {
        "run": [],
        "explain": ["dL/dw"],
        "draw": ["-o", picture],
        "page": ["-o", html],
        "step": ["--commands", "l"],
    }
    orders = {verb: [verb, sheet, *more, "--round", "3"] for verb, more in verbs.items()}
    beyond = {f"{verb} 4": [verb, sheet, *more, "--round", "4"] for verb, more in verbs.items()}
    told = one_by_one({**orders, **beyond})
    assert [told[verb][0] for verb in verbs] == [0] * 5
    assert (
        "Published · round 3" in told["run"][1] and "round 2" not in told["run"][1] and "Update" not in told["run"][1]
    )
    assert "3.84" in told["explain"][1] and "round 3 begins" in told["step"][1]
    for verb in verbs:
        code, _, error = told[f"{verb} 4"]
        assert code == 2 and error == f"microgrid: {sheet}: there is no round 4; the sheet has 3 rounds\n"
    assert "'0' is no round; they count from 1" in microgrid("run", sheet, "--round", "0").stderr


def test_digits():
    assert "0.559713649267" in microgrid("run", "demos/two_input_sigmoid.sheet", "--digits", "12").stdout
    short = microgrid("run", "demos/two_input_sigmoid.sheet", "--digits", "2").stdout
    assert "sigmoid(0.24) 0.56" in map(squeezed, short.splitlines())


def test_check_judges_every_demo():
    told = one_by_one({f"{verb} {sheet.name}": [verb, str(sheet)] for verb in ("check", "run") for sheet in SHEETS})
    assert len(told) == 2 * len(SHEETS)
    for name, (code, shown, errors) in told.items():
        verb, _, sheet = name.partition(" ")
        wrong = verb == "check" and sheet in WRONG_SHEETS
        assert (name, code, errors) == (name, int(wrong), "")
        assert verb == "run" or ("✗" in shown) == wrong, name


def test_check_of_several_sheets_fails_if_one_does():
    sheets = ["chain_rule", "simple_network_student", "structural_quiz", "two_relus_table"]
    right = [f"demos/{name}.sheet" for name in sheets if f"{name}.sheet" not in WRONG_SHEETS]
    assert right and microgrid("check", *right).returncode == 0
    assert microgrid("check", right[0], f"demos/{min(WRONG_SHEETS)}", right[-1]).returncode == 1


def test_json_has_every_number_in_full():
    done = microgrid("run", "demos/simple_network.sheet", "--json")
    found = json.loads(done.stdout)
    assert list(found) == ["file", "title", "source", "loss", "notes", "rounds", "checks"]
    assert found["loss"] == "C"
    assert found["rounds"][0]["values"]["C"] == 0.28842841648243966
    assert found["rounds"][0]["gradients"]["b"] == pytest.approx(-0.13872777081136367, rel=1e-15)
    check = found["checks"][1]
    assert list(check) == [
        "line",
        "round",
        "quantity",
        "printed",
        "value",
        "verdict",
        "why",
        "follows",
        "from",
        "accepted",
        "precision",
    ]
    assert check["quantity"] == "dC/dw1" and check["printed"] == "2.0809165621704553" and check["verdict"] == "exact"
    assert found["checks"][4]["verdict"] == "proved"


def test_json_of_one_round_is_that_round_and_its_checks(tmp_path):
    sheet = tmp_path / "rounds.sheet"
    sheet.write_text("param w = 3\nL = w^2\nw ~= 3\nupdate 0.25\nw ~= 1.5\nupdate momentum 0.25 0.5\nw ~= 0.75\n")
    whole, one = (json.loads(microgrid("run", str(sheet), "--json", *more).stdout) for more in ((), ("--round", "2")))
    assert [each["round"] for each in whole["rounds"]] == [1, 2, 3]
    assert one["rounds"] == whole["rounds"][1:2] and one["rounds"][0]["values"] == {"w": 1.5, "L": 2.25}
    assert one["rounds"][0]["remembered"] == {"velocity(w)": 0.0}
    assert one["checks"] == [each for each in whole["checks"] if each["round"] == 2] and len(one["checks"]) == 1


def test_check_json_is_one_object_a_line():
    done = microgrid("check", "demos/simple_network.sheet", "demos/two_input_sigmoid.sheet", "--json")
    first, second = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert {check["verdict"] for check in first["checks"]} == {"exact", "proved"}
    slip, _, carried, *_ = second["checks"]
    assert slip | {"value": 0, "line": 0, "follows": 0} == {
        "line": 0, "round": 1, "quantity": "z1", "printed": "0.25", "value": 0,
        "verdict": "slip", "why": "should be 0.24; one unit off", "follows": 0, "from": [],
        "accepted": None, "precision": "",
    }  # fmt: skip
    assert carried["verdict"] == "carried" and carried["from"] == ["z1"]
    assert carried["follows"] == pytest.approx(0.5621765008857981, rel=1e-15)


def test_json_writes_inf_as_text(tmp_path):
    (tmp_path / "inf.sheet").write_text("input x = 0\nL = 1/x")
    found = json.loads(microgrid("run", str(tmp_path / "inf.sheet"), "--json").stdout)
    numbers = {"values": {"x": 0.0, "L": "inf"}, "gradients": {"x": "-inf", "L": 1.0}}
    assert found["rounds"] == [{"round": 1, **numbers}]


SIGNATURES = {".svg": b"<?xml", ".png": b"\x89PNG", ".dot": b"digraph"}


@pytest.mark.parametrize("suffix", SIGNATURES)
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_draw_writes_what_the_name_says(suffix, direction, tmp_path):
    file = tmp_path / f"net{suffix}"
    done = microgrid("draw", "demos/two_input_sigmoid.sheet", "-o", str(file), "--direction", direction)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"wrote {file}\n"
    assert file.read_bytes().startswith(SIGNATURES[suffix])


def test_draw_a_value_of_a_script(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = microgrid("draw", f"{tmp_path}/script.py:loss", "-o", str(tmp_path / "net.dot"))
    assert done.returncode == 0
    assert "loss" in (tmp_path / "net.dot").read_text() and ">a<" in (tmp_path / "net.dot").read_text()


# ── in a terminal ──


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_colours_and_never_breaks_its_width(columns):
    sheets = SHEETS if columns == 80 else SHEETS[::3]
    commands = {f"{verb} {sheet.name}": [verb, str(sheet)] for verb in ("run", "check") for sheet in sheets}
    code, shown = in_terminal(json.dumps(commands), columns=columns, program=("-c", DRIVER))
    assert code == 0
    told = dict(part.split("\r\n", 1) for part in shown.split("\x01")[1:])
    assert list(told) == list(commands)
    for name, text in told.items():
        text, _, code = text.rpartition("\x02")
        assert int(code) in (0, 1), name
        assert "\x1b[" in text, name
        assert max(columns_of(line.rstrip()) for line in without_colour(text).splitlines()) <= columns, name


def test_no_color_is_honoured():
    _, shown = in_terminal("run", "demos/two_relus.sheet", NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


def test_a_pipe_gets_plain_text():
    done = microgrid("run", "demos/two_relus.sheet")
    assert "\x1b" not in done.stdout
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())


NARROW = """input a_rather_long_name = 123456.789, another_rather_long_name = 0.000012345678
param weight_of_the_first = 1234567.875, weight_of_the_second = -0.333333333333
state_one = weight_of_the_first*a_rather_long_name + weight_of_the_second*another_rather_long_name
L = (tanh(state_one/1e12) - 0.125)^2
accuracy = step(L)
state_one ~= 152415787501.9
dL/dweight_of_the_first ~= 0.00000000123456789
dL/dweight_of_the_second ~= -123456789.123456
"""


def test_a_number_is_not_broken_where_there_is_room_for_it(tmp_path):
    (tmp_path / "narrow.sheet").write_text(NARROW)
    for verb, numbers in (
        ("check", ("152415787501.9", "152415785650.1", "0.00000000123456789", "-123456789.123456")),
        ("run", ("123456.789", "1.2345678e-5", "1234567.875", "-0.333333333333", "0.00000000123456789")),
    ):
        done = microgrid(verb, str(tmp_path / "narrow.sheet"), "--digits", "12")
        assert max(map(len, done.stdout.splitlines()[1:])) <= 80  # below the path, which is as long as it is
        assert all(number in done.stdout.split() for number in numbers), done.stdout


@pytest.mark.parametrize("columns", [50, 60, 66, 72, 80, 100])
def test_a_paragraph_ends_without_blanks_and_with_more_than_a_word(tmp_path, columns):
    (tmp_path / "narrow.sheet").write_text(NARROW)
    done = microgrid("check", str(tmp_path / "narrow.sheet"), env={**os.environ, "COLUMNS": str(columns)})
    note = re.search(r"^note: (?:.+\n)+?(?=   line)", done.stdout, re.M)[0].splitlines()
    assert not any(line != line.rstrip() for line in done.stdout.splitlines())
    assert max(map(len, note)) <= columns and (len(note) == 1 or " " in note[-1])


def test_a_pipe_that_closes_early_is_no_error():
    command = f"{sys.executable} -m microgrid run demos/two_input_sigmoid.sheet | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert (done.stderr, done.returncode) == ("", 0) and done.stdout.startswith("Two-input")


def test_a_terminal_without_unicode_gets_no_traceback():
    done = microgrid("run", "demos/two_relus.sheet", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and "dJ/dyhat" in done.stdout


def test_help_has_an_example_and_fits_80_columns():
    verbs = [[], ["run"], ["check"], ["draw"], ["step"], ["page"], ["edit"], ["audit"]]
    told = one_by_one({" ".join(verb): [*verb, "--help"] for verb in verbs})
    assert len(told) == len(verbs)
    for verb, (code, shown, _) in told.items():
        assert (verb, code) == (verb, 0)
        assert "microgrid" in shown and "example" in shown, verb
        assert max(map(len, shown.splitlines())) <= 80, verb


def test_version():
    from microgrid import __version__

    assert microgrid("--version").stdout == f"microgrid {__version__}\n"


# ── when things go wrong ──

BAD = [
    (["run", "demos/two_relu.sheet"], "microgrid: there is no file demos/two_relu.sheet; did you mean 'two_relus.sheet'?"),
    (["run", "demos"], "microgrid: demos is a folder; name a file in it"),
    (["run", "demos/two_relus.py"], "microgrid: demos/two_relus.py is a Python file; this command works on sheets"),
    (["draw", "demos/two_relus.py:K", "-o", "x.svg"], "microgrid: demos/two_relus.py has no 'K'; Values there: x, y, w1, w2, z1, a1, z2, ŷ, J"),
    (["draw", "demos/two_relus.py:Graph", "-o", "x.svg"], "microgrid: Graph in demos/two_relus.py is a type, no Value; Values there: x, y, w1, w2, z1, a1, z2, ŷ, J"),
    (["draw", "demos/two_relus.py", "-o", "x.svg"], "microgrid: which Value of demos/two_relus.py? It has x, y, w1, w2, z1, a1, z2, ŷ, J; write demos/two_relus.py:J"),
]  # fmt: skip


def test_bad_targets():
    told = one_by_one({message: arguments for arguments, message in BAD})
    assert len(told) == len(BAD)
    for message, (code, _, errors) in told.items():
        assert (code, errors.splitlines()[-1]) == (2, message)


BAD_USAGE = [
    [],
    ["fly"],
    ["run"],
    ["draw", "demos/two_relus.sheet"],
    ["run", "x", "--digits", "0"],
    ["draw", "x", "-o", "y", "--direction", "UP"],
    ["edit"],
    ["edit", "x", "--port", "x"],
]


def test_bad_usage_is_exit_code_2_without_a_traceback():
    told = one_by_one({" ".join(arguments): arguments for arguments in BAD_USAGE})
    assert len(told) == len(BAD_USAGE)
    for typed, (code, _, errors) in told.items():
        assert (typed, code) == (typed, 2)
        assert errors.startswith("usage:") and "Traceback" not in errors, typed


def test_a_mistake_in_a_sheet(tmp_path):
    (tmp_path / "bad.sheet").write_text("param w = 1\nz2 = w\nh2 = sigmoid(zz)\n")
    done = microgrid("check", "bad.sheet", cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 2
    assert done.stderr == (
        "microgrid: bad.sheet:3:14: 'zz' is not defined yet; did you mean 'z2'?\n    h2 = sigmoid(zz)\n                 ^^\n"
    )


@pytest.mark.parametrize("suffix", [".gif", "", ".txt"])
def test_a_picture_of_no_known_kind(suffix, tmp_path):
    done = microgrid("draw", "demos/two_relus.sheet", "-o", str(tmp_path / f"net{suffix}"))
    assert done.returncode == 2 and done.stderr.startswith("microgrid: ") and "svg" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_picture_in_a_new_folder_makes_it(tmp_path):
    assert microgrid("draw", "demos/two_relus.sheet", "-o", str(tmp_path / "new" / "net.svg")).returncode == 0
    assert (tmp_path / "new" / "net.svg").exists()


def test_a_picture_where_a_file_stands_in_the_way(tmp_path):
    (tmp_path / "file").write_text("")
    done = microgrid("draw", "demos/two_relus.sheet", "-o", str(tmp_path / "file" / "net.svg"))
    assert done.returncode == 2 and done.stderr.startswith("microgrid: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("1/0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit(3)", "ended itself with exit code 3"),
        ("import microgrid\nmicrogrid.Value('a')", "NotRealError: a real number belongs here"),
    ],
)
def test_a_script_that_fails_is_one_line(script, message, tmp_path):
    (tmp_path / "bad.py").write_text(script)
    done = microgrid("draw", f"{tmp_path}/bad.py:loss", "-o", str(tmp_path / "x.svg"))
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 1


def test_ctrl_c_leaves_quietly(monkeypatch, capsys):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("microgrid.cli.sheet", interrupted)
    assert main(["run", "x"]) == 130
    assert capsys.readouterr().err == ""


# ── piles of sheets ──


def pile_of(folder, count, broken):
    """So many sheets with a right number, a close one and a slip each, some of them with a typo."""
    for i in range(count):
        text = "param w = 3\ny = 2*w\nL = y^2\ny ~= 6\nL ~= 37\n" if i not in broken else "param w = 3\nL = ww^2\n"
        (folder / f"s{i:02}.sheet").write_text(text)
    return sorted(map(str, folder.glob("s*.sheet")))


def test_the_key_is_the_sheet_with_its_blanks_filled(tmp_path):
    asked = "\ufeffparam w = 3  # ŵ?\r\nL = w^2/7\rL ~= ?\t# L?\ndL/dw ≈\n  ?\n2*w ~= ?".encode()
    key = "\ufeffparam w = 3  # ŵ?\r\nL = w^2/7\rL ~= 1.286\t# L?\ndL/dw ≈\n  0.8571\n2*w ~= 6".encode()
    sheet = tmp_path / "asked.sheet"
    sheet.write_bytes(asked)
    for name, given in ((str(sheet), b""), ("-", asked)):
        command = [sys.executable, "-m", "microgrid", "check", name, "--key"]
        for encoding in ("utf-8", "ascii"):
            env = {**os.environ, "PYTHONIOENCODING": encoding}
            done = subprocess.run(command, input=given, capture_output=True, cwd=ROOT, env=env)
            assert (done.returncode, done.stdout, done.stderr) == (0, key, b"")
    assert sheet.read_bytes() == asked
    assert microgrid("check", str(sheet)).returncode == microgrid("check", str(sheet), "--strict").returncode == 0
    for others in (["demos/two_relus.sheet"], ["--json"], ["--csv", str(tmp_path / "a.csv")]):
        done = microgrid("check", "--key", str(sheet), *others)
        assert done.returncode == 2 and not done.stdout
        assert done.stderr == "microgrid: --key prints one sheet as text; name one, without --json and --csv\n"
    assert "there is no file" in microgrid("check", "--key", "no.sheet").stderr


def test_a_pile_is_judged_whole_whatever_is_wrong_in_one(tmp_path):
    names = pile_of(tmp_path, 30, broken={1, 5, 29})
    done = microgrid("check", *names, "--csv", str(tmp_path / "pile.csv"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3 * 3 and done.stderr.count("did you mean 'w'?") == 3
    rows = list(csv.reader((tmp_path / "pile.csv").read_text(encoding="utf-8-sig").splitlines()))  # a line each
    assert len(rows) == 31 and rows[0] == ["file", "right", "close", "carried", "slips", "first slip"]
    assert [row[0] for row in rows[1:]] == names
    assert rows[1][1:5] == ["1", "0", "0", "1"] and rows[1][5].startswith("line 5, L: should be 36")
    assert rows[2][1:5] == ["", "", "", ""] and "'ww' is not defined" in rows[2][5]
    assert all(Path(name).name in done.stdout for name in names)


def test_a_pile_with_a_slip_ends_with_1_and_one_without_with_0(tmp_path):
    good, empty, slip = tmp_path / "good.sheet", tmp_path / "empty.sheet", tmp_path / "slip.sheet"
    good.write_text("param w = 3\nL = w^2\nL ~= 9")
    empty.write_text("param w = 3\nL = w^2")
    slip.write_text("param w = 3\nL = w^2\nL ~= 8")
    done = microgrid("check", str(good), str(empty))
    assert done.returncode == 0 and "nothing published to" in done.stdout
    assert microgrid("check", str(good), str(slip), str(empty)).returncode == 1


@pytest.mark.parametrize("table", ["a.sheet", "other.sheet", "-"])
def test_the_table_does_not_replace_a_sheet(tmp_path, table):
    for name in ("a.sheet", "b.sheet", "other.sheet"):
        (tmp_path / name).write_text("param w = 3\nL = w^2\nL ~= 9")
    done = microgrid("check", "a.sheet", "b.sheet", "--csv", table, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and "name a file for it: --csv marks.csv" in done.stderr
    assert {each.read_text()[:5] for each in tmp_path.iterdir()} == {"param"}


def test_several_sheets_have_their_names(tmp_path):
    names = pile_of(tmp_path, 2, broken=())
    assert [json.loads(line)["file"] for line in microgrid("check", *names, "--json").stdout.splitlines()] == names
    shown = microgrid("run", *names).stdout.splitlines()
    assert [line for line in shown if line.endswith(".sheet")] == names


@pytest.mark.parametrize("terms", [300, 3000])
def test_a_long_sum_is_judged_like_any_other(tmp_path, terms):
    long = tmp_path / "long.sheet"
    long.write_text(f"param w = 2\nz = {' + '.join(['w'] * terms)}\nL = z^2\ndz/dw == {terms}\nz ~= {2 * terms}")
    done = microgrid("check", str(long))
    assert (done.returncode, done.stderr) == (0, "") and "2 right" in done.stdout


def test_a_close_number_counts_only_where_one_is_strict(tmp_path):
    sheet = tmp_path / "close.sheet"
    sheet.write_text("param a = .5646\nL = a*1\nL ~= 1")
    done = microgrid("check", str(sheet))
    assert done.returncode == 0 and "~" in done.stdout and "1 close, 0 right" in done.stdout
    assert microgrid("check", str(sheet), "--strict").returncode == 1


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_dash_reads_the_input(verb):
    done = subprocess.run(
        [sys.executable, "-m", "microgrid", verb, "-"], cwd=ROOT, input="param w = 3\nL = w^2\nL ~= 9",
        capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"}, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "") and "1 right" in done.stdout


def test_run_takes_several_sheets():
    done = microgrid("run", "demos/two_relus.sheet", "demos/nowhere.sheet", "demos/simple_network.sheet", "--json")
    assert done.returncode == 2 and "there is no file demos/nowhere.sheet" in done.stderr
    first, broken, last = map(json.loads, done.stdout.splitlines())
    assert (first["loss"], last["loss"]) == ("J", "C")
    assert list(broken) == ["file", "error"] and "there is no file" in broken["error"]


def test_a_loss_that_nothing_descends_is_said(tmp_path):
    text = "input x = 2\nparam w = 3\ny = w*x\nL = (y - 1)^2\nright = step(y - 5)\nupdate 0.1\n"
    guessed, named = tmp_path / "guessed.sheet", tmp_path / "named.sheet"
    guessed.write_text(text)
    named.write_text(f"loss L\n{text}")
    others = {"explain": (), "draw": ("-o", str(tmp_path / "a.dot")), "page": ("-o", str(tmp_path / "a.html")),
              "step": ("--commands", "q")}  # fmt: skip
    verbs = {"run": (), "check": (), **others}
    told = one_by_one({f"{verb} {sheet.stem}": [verb, str(sheet), *options]
                       for sheet in (guessed, named) for verb, options in verbs.items()}
                      | {"slope": ["explain", str(guessed), "dL/dw"]})  # fmt: skip
    for verb in ("run", "check"):
        shown = " ".join(told[f"{verb} guessed"][1].split())
        assert "note: right, the last equation, is taken for the loss" in shown and "`loss L`" in shown
    for verb in others:
        _, shown, errors = told[f"{verb} guessed"]
        assert errors.startswith("microgrid: note: right, the last equation") and "note" not in shown
    assert not told["slope"][2]
    for verb in verbs:
        code, shown, errors = told[f"{verb} named"]
        assert code == 0 and "note" not in shown + errors


def test_an_inf_is_named_where_it_starts(tmp_path):
    sheet = tmp_path / "inf.sheet"
    sheet.write_text("input x = 2\nz = log(x - 2)\nL = 1/z + z\n")
    for verb in ("run", "check"):
        done = microgrid(verb, str(sheet))
        assert "note: line 2: log(x − 2) = log(0) = −∞, where x = 2" in " ".join(done.stdout.split())
