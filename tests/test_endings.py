"""How a command ends when nobody reads it, when there is no room, and when it is told to end."""

import json
import os
import signal
import subprocess
import sys
import threading

from outside import ROOT
from whole_files import OLD

from microgrid.cli import main

ENDING = (signal.SIGTERM, signal.SIGHUP)
SHEET = "demos/two_relus.sheet"

# Each command ends in a process of its own, forked when all has been imported: what Python does at its end counts.
DRIVER = """
import contextlib, io, json, os, signal, sys, tempfile
sys.path.insert(0, "tests")
from pathlib import Path
from whole_files import OLD, struck
import microgrid.answers, microgrid.derivation, microgrid.picture, microgrid.terminal.report, microgrid.web
from microgrid.cli import main

def attempt(case, errors):
    os.dup2(errors, 2)
    reader, writer = os.pipe()
    os.close(reader)
    to = {"full": os.open("/dev/full", os.O_WRONLY), "gone": writer, "kept": os.open(os.devnull, os.O_WRONLY)}
    for number, name in ((1, "stdout"), (2, "stderr")):
        if case.get(name) == "shut":
            os.close(number), setattr(sys, name, None)
        elif case.get(name, "kept") != "kept" or number == 1:
            os.dup2(to[case.get(name, "kept")], number)
    if case.get("stdin") == "shut":
        os.close(0), setattr(sys, "stdin", None)
    if "signal" in case:
        number = getattr(signal, case["signal"])  # which whoever started the tests may ignore, as nohup does
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        sys.exit(struck(lambda: main(case["arguments"]), case["moment"], lambda: os.kill(os.getpid(), number)))
    sys.exit(main(case["arguments"]))

sys.stdout = open(1, "w", closefd=False)  # with the buffer that a pipe has, whatever the environment says
results, cases = [], json.load(sys.stdin)
with contextlib.redirect_stdout(io.StringIO()):  # what is imported only where it is needed is no part of writing
    main(cases[0]["arguments"]) if "signal" in cases[0] else None
for case in cases:
    errors = tempfile.TemporaryFile()
    if "path" in case:
        Path(case["path"]).write_bytes(OLD)
    child = os.fork()
    if not child:
        attempt(case, errors.fileno())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    errors.seek(0)
    beside = [*map(str, Path(case["path"]).parent.iterdir())] if "path" in case else []
    now = Path(case["path"]).read_text() if "path" in case else ""
    results.append([status, errors.read().decode(), now, beside])
print(json.dumps(results))
"""


def ended(cases):
    """Of each the exit code, the errors, what stands in its file then, and all that lies there."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], input=json.dumps(cases), cwd=ROOT, capture_output=True, encoding="utf-8",
        env={**environment, "PYTHONPATH": str(ROOT)}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [*map(tuple, json.loads(done.stdout))]


def commands(folder):
    return {
        "help of all": ["--help"], "version": ["--version"], "help": ["help", "sheet"], "run": ["run", SHEET],
        "json": ["run", SHEET, "--json"], "check": ["check", SHEET], "slips": ["check", "demos/two_input_sigmoid.sheet"],
        "key": ["check", "--key", SHEET], "explain": ["explain", SHEET], "step": ["step", SHEET, "--commands", "c; c; l"],
        "draw": ["draw", SHEET, "-o", f"{folder}/net.dot"], "page": ["page", SHEET, "-o", f"{folder}/net.html"],
    }  # fmt: skip


def test_whoever_does_not_listen_gets_no_traceback(tmp_path):
    told = commands(tmp_path)
    full, unknown = "microgrid: No space left on device\n", "microgrid: there is no file nowhere/nothing.sheet\n"
    empty = "microgrid: <stdin>: nothing is defined; a sheet has lines such as `z = w*x + b`\n"
    wrong, usage = ["run", "nowhere/nothing.sheet"], ["run", SHEET, "--digits", "99"]
    expected = [
        *(({"arguments": each, "stdout": "full"}, 2, full) for each in told.values()),
        *(({"arguments": each, "stdout": "gone"}, 0, "") for each in told.values()),
        *(({"arguments": each, "stdout": "shut"}, int(name == "slips"), "") for name, each in told.items()),
        *(({"arguments": wrong, "stderr": how}, 2, "") for how in ("full", "gone", "shut")),
        *(({"arguments": usage, "stderr": how}, 2, "") for how in ("full", "gone", "shut")),
        ({"arguments": wrong, "stdout": "full"}, 2, unknown),
        *(({"arguments": [*verb, "-"], "stdin": "shut"}, 2, empty) for verb in (["run"], ["check", "--key"], ["explain"])),
        ({"arguments": ["step", SHEET], "stdin": "shut"}, 0, ""),
    ]  # fmt: skip
    for (case, code, said), found in zip(expected, ended([case for case, _, _ in expected]), strict=True):
        assert found[:2] == (code, said), case


def test_a_command_that_is_told_to_end_leaves_no_half_of_a_file(tmp_path):
    path = tmp_path / "net.dot"
    arguments = ["draw", SHEET, "-o", str(path)]
    codes = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
    cases = [
        {"arguments": arguments, "signal": name, "moment": moment, "path": str(path)}
        for name in codes
        for moment in range(1, 40 if name == "SIGINT" else 25)
    ]
    found = ended(cases)
    new = found[38][2]  # it was over before that moment
    assert new.startswith("digraph")
    for case, (code, said, now, beside) in zip(cases, found, strict=True):
        assert (said, beside) == ("", [str(path)]) and code in (0, codes[case["signal"]]), case
        assert now == new if code == 0 else now in (OLD.decode(), new), case
    assert sum(code != 0 for code, *_ in found) >= 20 * len(codes)


def test_a_command_is_not_told_to_end_by_what_is_ignored(monkeypatch):
    """As under `nohup`; and afterwards the signals do what they did."""
    seen = []
    monkeypatch.setattr("microgrid.cli.obeyed", lambda _: seen.append([*map(signal.getsignal, ENDING)]) or 0)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert main(["version"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    (during,) = seen
    assert during[1] is signal.SIG_IGN and callable(during[0])
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    thread = threading.Thread(target=main, args=[["version"]])
    thread.start()
    thread.join()
    assert seen[1] == [signal.SIG_DFL, before]
