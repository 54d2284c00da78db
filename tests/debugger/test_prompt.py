"""The debugger as a person meets it: in a terminal, keys pressed one after another."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pexpect
import pytest
from outside import PATIENCE, ROOT

from microgrid.formula.writing import columns

PROMPT = r"\((?:round \d+ )?(?:fwd|bwd|upd) \d+/\d+\) "
COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A program in a terminal of so many columns; `tell` types a line and returns what comes before the next prompt."""

    def __init__(self, arguments, width=80, **variables):
        unset = {"NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR"}
        environment = {key: value for key, value in os.environ.items() if key not in unset}
        environment |= {"TERM": "xterm", "INPUTRC": os.devnull, "PYTHONPATH": str(ROOT), **variables}
        self.child = pexpect.spawn(
            sys.executable, arguments, dimensions=(40, width), encoding="utf-8", timeout=PATIENCE, env=environment, cwd=ROOT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background ignore it
        )  # fmt: skip
        self.width, self.shown = width, ""

    def prompt(self):
        self.child.expect(PROMPT)
        self.shown += self.child.before + self.child.after
        return COLOUR.sub("", self.child.after).strip()

    def tell(self, line):
        self.child.sendline(line)
        self.prompt()
        return COLOUR.sub("", self.child.before).replace("\r\n", "\n").partition("\n")[2]

    def end(self):
        """The exit code, once the program is over."""
        self.child.expect(pexpect.EOF)
        self.shown += self.child.before
        self.child.close()
        lines = COLOUR.sub("", self.shown).replace("\r", "").split("\n")
        assert max(map(columns, lines)) <= self.width and "Traceback" not in self.shown
        return self.child.exitstatus


def worked(pid):
    """The seconds of processor time that a process has had, in itself."""
    told = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True)
    minutes, seconds = told.stdout.split(":")[-2:]
    return 60 * int(minutes) + float(seconds)


def stepping(*arguments, **settings):
    return Terminal(["-m", "microgrid", "step", *arguments], **settings)


@pytest.mark.parametrize("width", [80, 120])
def test_the_two_input_network_both_ways(width):
    terminal = stepping("demos/two_input_sigmoid.sheet", width=width)
    assert terminal.prompt() == "(round 1 fwd 0/7)"
    assert terminal.tell("n") == "z1 = w11·x1 + w12·x2 + b1 = 0.2·0.5 + 0.4·0.1 + 0.1 = 0.24\n"
    assert terminal.tell("").startswith("z2 = ")  # Enter repeats
    assert terminal.tell("rs").startswith("back: z2 = ")
    assert terminal.tell("b a1").startswith("stop 1: b a1")
    assert terminal.tell("watch x1.grad") == "stop 2: watch x1.grad\n"
    assert terminal.tell("c").endswith("stop 1: b a1\n")
    assert terminal.tell("cl 1") == "stop 1 cleared: b a1\n"
    assert terminal.tell("c").endswith("stop 2: watch x1.grad: – → −0.0151984\n")
    assert terminal.tell("c").endswith("stop 2: watch x1.grad: −0.0151984 → −0.022155\n")
    assert "back over 8 steps" in terminal.tell("rc")
    lines = terminal.tell("r; r").splitlines()
    assert lines[0].startswith("∂L/∂x1 += ")
    assert terminal.tell("set w11 = 0.7").startswith("w11: 0.2 → 0.7, and all that follows from it\n")
    assert terminal.tell("undo").startswith("taken back: set w11 = 0.7; here again:\n")
    assert terminal.tell("update 0.1").splitlines()[-1].startswith("round 2 begins")
    whole = terminal.tell("r").splitlines()
    assert len(whole) == (3 if width == 80 else 1)  # a wide terminal has room for L on one line
    terminal.child.sendcontrol("d")
    assert terminal.end() == 0
    assert "\x1b[36m" in terminal.shown and "\x1b[35m" in terminal.shown  # values cyan, gradients magenta


def test_completion_with_tab():
    terminal = stepping("demos/two_input_sigmoid.sheet")
    terminal.prompt()
    terminal.child.send("undis\t")
    terminal.child.expect("undisplay")
    terminal.child.sendcontrol("u")
    terminal.child.send("p z1.g\t")
    terminal.child.expect(r"p z1\.grad")
    terminal.child.sendcontrol("u")
    terminal.child.send("b op:sig\t\n")
    terminal.child.expect("stop 1: b op:sigmoid")
    terminal.prompt()
    terminal.child.send("unt w\t\t")
    terminal.child.expect("w11 +w12 +w21 +w22")
    terminal.child.sendcontrol("u")
    terminal.child.send("\x1b[A")  # the history
    terminal.child.expect("b op:sigmoid")
    terminal.child.sendcontrol("u")
    terminal.child.sendline("q")
    assert terminal.end() == 0


def test_ctrl_c_at_the_prompt_leaves():
    terminal = stepping("demos/two_input_sigmoid.sheet")
    terminal.prompt()
    terminal.child.send("half a li")
    terminal.child.expect("half a li")
    terminal.child.sendcontrol("c")
    assert terminal.end() == 130


def test_ctrl_c_in_a_long_move_returns_to_the_prompt(tmp_path):
    (tmp_path / "long.py").write_text(
        "from microgrid import Value\nx = y = Value(1.0)\nfor i in range(20000):\n    y = y * 1.0001\n",
        encoding="utf-8",
    )
    terminal = stepping(f"{tmp_path}/long.py:y")
    terminal.prompt()
    terminal.tell("b op:mul if dy/dx > 1e9")  # a derivative of the whole graph at each of 60,000 steps
    before = worked(terminal.child.pid)
    terminal.child.sendline("c")
    while worked(terminal.child.pid) < before + 1:  # it is under way: the whole of it would take minutes
        time.sleep(0.1)
    terminal.child.sendcontrol("c")
    assert terminal.prompt() != "(fwd 0/20000)"
    assert "interrupted, after step" in terminal.child.before
    assert terminal.tell("p 1 + 1") == "1 + 1 = 2\n"
    terminal.child.sendcontrol("d")
    assert terminal.end() == 0


def test_mistakes_are_one_line_and_the_session_goes_on():
    terminal = stepping("demos/two_relus.sheet")
    terminal.prompt()
    assert terminal.tell("nxt") == "*** no command is called 'nxt'; did you mean 'next'?\n"
    assert terminal.tell("p zz").startswith("*** no value is called 'zz'; did you mean 'z")
    assert terminal.tell("set z1 = 2") == "*** z1 is computed, from w1, x; set one of these\n"
    assert terminal.tell("n").startswith("z1 = ")
    terminal.child.sendline("quit")
    assert terminal.end() == 0  # at a prompt a mistake is no failure


def test_debug_in_a_program_gives_its_terminal_back(tmp_path):
    (tmp_path / "program.py").write_text(
        "import readline\nfrom microgrid import Value, debug\n"
        "readline.add_history('mine')\nbefore = readline.get_completer_delims()\n"
        "w = Value(3.0, label='w')\nloss = w * w\ndebug(loss, names=globals())\n"
        "assert readline.get_completer_delims() == before\n"
        "print('history', readline.get_current_history_length(), 'grad', w.grad)\n",
        encoding="utf-8",
    )
    terminal = Terminal([str(tmp_path / "program.py")])
    assert terminal.prompt() == "(fwd 0/1)"
    assert terminal.tell("c").startswith("∂loss/∂w = 6 is complete")
    terminal.tell("set w = 5; p loss")
    terminal.child.sendline("q")
    terminal.child.expect("history 1 grad 0.0")
    assert terminal.end() == 0


def test_a_terminal_without_colour():
    terminal = stepping("demos/two_relus.sheet", NO_COLOR="1")
    terminal.prompt()
    terminal.tell("n")
    terminal.child.sendcontrol("d")
    assert terminal.end() == 0 and "\x1b[3" not in terminal.shown


def test_a_saturated_sigmoid_is_hunted_down(tmp_path):
    (tmp_path / "saturated.py").write_text(
        "from microgrid import Value\nz, y = Value(800.0), Value(1.0)\np = z.sigmoid()\n"
        "loss = -y * p.log() - (1 - y) * (1 - p).log()\n",
        encoding="utf-8",
    )
    terminal = stepping(f"{tmp_path}/saturated.py:loss", width=120)
    terminal.prompt()
    shown = terminal.tell("c")
    assert "caught inf: log(v7) = log(0) = −∞" in shown and f"{tmp_path}/saturated.py:4" in shown
    assert "take logsigmoid(-z)" in shown
    if sys.version_info >= (3, 11):
        line, carets = (each for each in shown.splitlines() if "(1 - p).log()" in each or "^" in each)
        assert line[carets.index("^") :] == "(1 - p).log()" and carets.count("^") == len("(1 - p).log()")
    terminal.child.sendcontrol("d")
    assert terminal.end() == 0
