"""Inputs of every kind, nearly right, lead to answers alone: some now, and `python -m tests.fuzzing --minutes 10` more."""

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

from fuzzing import figures, labelled, running, watching
from fuzzing.inputs import INPUTS, drawn
from fuzzing.running import cases, kept, shrunk
from outside import ROOT

from microgrid import Sheet, SheetError

WITHOUT_BROWSER = [kind for kind in INPUTS if kind != "labels"]


def fuzzed(*words):
    """The command, and what it says: how many of each kind, how many cases, and what was found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing", *words], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=600,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    assert not done.stderr, done.stderr[-3000:]
    counts = {what: int(count.replace(",", "")) for count, what in re.findall(r"^ *([\d,]+)  (.+)$", done.stdout, re.M)}
    return done.returncode, counts, done.stdout


def test_some_inputs_of_every_kind_and_all_that_was_ever_found():
    code, counts, said = fuzzed("--batches", "1", "--replay", "--kinds", ",".join(WITHOUT_BROWSER))
    assert code == 0 and said.rstrip().endswith(": 0 crashes, 0 hangs, 0 events, 0 answers"), said[-5000:]
    assert counts["cases"] == len(cases()) >= 50
    assert (
        counts["sheets read"] >= 250
        and counts["formulas in every notation"] >= 300
        and counts["sheets worked by a command"] >= 150
        and len(counts) == len(WITHOUT_BROWSER) + 2
    )


def test_an_input_is_known_by_its_number():
    for kind in INPUTS:
        assert drawn(kind, 1, 3) == drawn(kind, 1, 3) and len({repr(drawn(kind, 1, i)) for i in range(20)}) > 5, kind


# ── the fuzzer notices ──


def crash(given):
    raise KeyError(given)


def ended(given):
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs(given):
    while True:
        pass


def grows(given):
    return [str(len(bytearray(10**9)))]


def opens(given):
    with watching.events(reading=True) as found:
        compile("1", "planted", "eval")
    return found


def writes(given):
    with watching.events(allowed=lambda path: path.endswith("mine")) as found:
        for name in ("mine", "theirs"):
            (Path(os.environ["PLANTED"]) / name).write_text("")
    return found


PLANTED = {
    crash: "crash: KeyError: ", ended: "crash: the process ended with ", hangs: "hang: more than", grows: "crash: MemoryError",
    opens: "event: compile ", writes: "event: writes '/", lambda given: ["wrong"] if "x" in given else []: "answer: wrong",
}  # fmt: skip
FORKING = """
import sys
sys.path.insert(0, "tests")
import test_fuzzing
test_fuzzing.tell_planted()
"""


def tell_planted():
    """What is said of each planted attempt; in a process that may fork."""
    watching.SECONDS = 0.5
    for attempt in PLANTED:
        running.ATTEMPTS["planted"] = planting(attempt)
        sys.stdout.write(running.tried("planted", "x") + "\n")
    sys.stdout.write(shrunk(running.Finding("planted", "a\nbcxde", "answer: wrong")).input + "\n")
    running.drawn = lambda kind, seed, number: "x" if number in (3, 5) else "a"
    found = running.batch("planted", 1, 0, 8)
    sys.stdout.write(f"{found.tried} {len(found.findings)}\n")


def planting(attempt):
    @contextmanager
    def planted():
        yield attempt

    return planted


def test_what_goes_wrong_is_noticed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FORKING], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PLANTED": str(tmp_path)},
    )  # fmt: skip
    *said, small, batch = done.stdout.splitlines()
    assert len(said) == len(PLANTED), done.stderr[-2000:]
    for found, wanted in zip(said, PLANTED.values()):
        assert found.startswith(wanted), (found, wanted)
    assert "mine" not in said[5] and "theirs" in said[5]
    assert small == "x" and batch == "8 2"


def test_a_finding_becomes_a_case(tmp_path):
    given = ["POST \x80\r\n\ud800", "é"]
    path = kept(running.Finding("requests", given, "crash: x"), tmp_path)
    assert path.read_bytes().isascii() and path.parent == tmp_path
    running.CASES, before = tmp_path, running.CASES
    try:
        assert cases() == [(path.stem, "requests", given)]
    finally:
        running.CASES = before


def test_the_figures_are_those_of_a_long_run():
    found = figures.figures()
    assert found["minutes"] >= 10 and len(found["tried"]) == len(INPUTS)
    assert [found[each] for each in ("crashes", "hangs", "events", "answers")] == [0, 0, 0, 0]


# ── in the browser ──


def test_labels_are_text_and_nothing_else(browser, tmp_path):
    for number in range(3):
        found = drawn("labels", 1, number)
        assert labelled.judged(browser, tmp_path, found) == [], found


def test_a_label_that_is_more_than_text_is_noticed(browser, tmp_path, monkeypatch):
    make, found = labelled.page, drawn("labels", 1, 0)
    planted = {
        "<img src=x onerror='owned=1'>": "img onerror",
        "<script>owned = 1</script>": "script × ",
        "<p style=x>": "p style",
    }

    def careless(*given, title, **settings):
        made = make(*given, title="", **settings)
        vars(made)["html"] = made.html.replace("</body>", f"{title}</body>", 1)
        return made

    monkeypatch.setattr(labelled, "page", careless)
    for label, said in planted.items():
        assert any(
            each.startswith(f"an element of its own: {said}")
            for each in labelled.judged(browser, tmp_path, [*found[:-1], label])
        )


def test_most_sheets_that_a_command_works_are_read():
    """Else it is tried what refusals say, and little else."""
    texts = [drawn("verb", 7, number)[1] for number in range(120)]
    read = 0
    for text in texts:
        with suppress(SheetError):
            Sheet.parse(text)
            read += 1
    assert read > 70, read
