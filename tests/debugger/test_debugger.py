"""The debugger without a terminal: every command, scripts, transcripts, and what it may not change."""

from __future__ import annotations

import importlib
import io
import os
import random
import re
import subprocess
import sys
import threading
from functools import partial
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outside import PATIENCE, ROOT, microgrid
from sheets import DEMOS, worked
from work import seconds

from microgrid import GraphError, Sheet, Value, debug, nn, record_origins
from microgrid.cli import main
from microgrid.debugger.commands.navigation import interruptible
from microgrid.debugger.commands.table import COMMANDS, GROUPS, obey, split
from microgrid.debugger.debugger import in_notebook
from microgrid.debugger.prompt import Prompt, converse, follow
from microgrid.debugger.session import Session
from microgrid.errors import SheetError
from microgrid.formula.writing import columns
from microgrid.tape import Cursor, steps

DEMO = DEMOS / "two_input_sigmoid.sheet"
SHEETS = sorted(path.stem for path in DEMOS.glob("*.sheet"))
EVERY = {command.usage: command for group in GROUPS.values() for command in group}
each_command = pytest.mark.parametrize("command", EVERY.values(), ids=[each.names[0] for each in EVERY.values()])


def perceptron():
    random.seed(1)
    loss = (nn.MLP(2, [3, 2, 1])([Value(1.0, label="x0"), Value(-2.0, label="x1")]) - 1) ** 2
    loss.label = "loss"
    return loss


def chain(length):
    value = Value(1.0, label="x")
    for i in range(length):
        value = value * 1.00001 if i % 2 else value + 0.001
    value.label = "y"
    return value


@pytest.fixture
def talk(capsys, tmp_path, monkeypatch):
    """A session that answers commands with what they print; the errors, where there are any."""
    monkeypatch.chdir(tmp_path)

    def begin(target=None, level=None, names=None, digits=6):
        session = Session(worked() if target is None else target, level, names or {}, digits)

        def raw(text):
            for command in split(text):
                obey(session, command)
            return capsys.readouterr()

        def tell(text):
            shown = raw(text)
            return shown.out + re.sub(r"\n(?!\*\*\*|$)", " ", shown.err)  # an error on one line, however long

        tell.raw = lambda text: "".join(raw(text))
        tell.session = session
        return tell

    return begin


def state(cursor):
    return cursor.position, list(map(repr, cursor.data)), list(map(repr, cursor.grad)), cursor.shares


# ── the table of commands ──────────────────────────────────────────────────────────────────


@each_command
def test_every_example_runs_on_the_demo(command, talk):
    tell = talk()
    shown = tell(command.example)
    assert not tell.session.failed, shown
    assert max(map(columns, shown.splitlines()), default=0) <= 80
    assert shown or command.names[0] in ("q", "undisplay")


@each_command
def test_every_command_has_help_with_an_example(command, talk):
    tell = talk()
    for name in command.names:
        shown = tell(f"h {name}")
        assert f"example: {command.example}" in " ".join(shown.split()) and command.names[0] in shown
        assert max(map(columns, shown.splitlines())) <= 80
    assert command.usage.replace("  ", " ") in tell("h")


def test_help_fits_one_screen_and_80_columns(talk):
    lines = talk()("h").splitlines()
    assert len(lines) <= 40 and max(map(columns, lines)) <= 80


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("level", ["named", "op"])
def test_everything_about_every_demo_fits_80_columns(name, level, talk):
    tell = talk(worked(name), level)
    names = [each for each in tell.session.lookup.names if re.fullmatch(r"\w+", each)]
    looks = [f"{word} {each}" for each in names[:8] for word in ("in", "out", "w", "e", "p", "origin")]
    script = ["h", "l", "n 3", "catch zero", "r", "l", "r", "n", "rn", "e", *looks, "update 0.1 " + names[0], "c", "l"]
    shown = tell.raw("; ".join(script))
    assert max(map(columns, shown.splitlines())) <= 80
    assert "itself went wrong" not in shown and "\x1b" not in shown
    assert not any(line != line.rstrip() for line in shown.splitlines())


# ── moving ─────────────────────────────────────────────────────────────────────────────────


def test_steps_forward_and_back(talk):
    tell = talk()
    assert tell("s") == "z1 = w11·x1 + w12·x2 + b1 = 0.2·0.5 + 0.4·0.1 + 0.1 = 0.24\n"
    assert tell("n").startswith("z2 = ") and tell.session.prompt == "(round 1 fwd 2/7) "
    assert tell("r").startswith("L = (−y)·log(ŷ)") and tell.session.prompt == "(round 1 fwd 7/7) "
    assert tell("s 2") == "backward begins: ∂L/∂L = 1\n∂L/∂L = 1 is complete\n"
    assert tell("rs") == "back: ∂L/∂L = 1 is complete\n"
    assert tell("unt z1") == "∂L/∂z1 = −0.0347825 is complete\n"
    assert tell("rn") == (
        "back: ∂L/∂z1 = −0.0347825 is complete\n"
        "back: ∂L/∂z1 += ∂a1/∂z1 · ∂L/∂a1 = 0.246434 · (−0.141143) = −0.0347825\n"
    )
    assert tell("r") == "∂L/∂b1 = −0.0347825 is complete\n"
    assert tell("r").startswith("c ← c − 0.01·∂L/∂c") and tell.session.prompt == "(round 1 upd 9/9) "
    assert tell("s") == "round 2 begins: L is computed again, and every gradient is 0\n"
    assert tell("c").endswith("the end of the tape, after 104 steps\n")
    assert tell("c") == "the tape ends here, after 104 steps: rs or goto goes back, update 0.1 goes on\n"
    assert tell("rc") == "back over 104 steps\nthe start of the tape: only the leaves have numbers\n"
    assert tell("rs; rn; rc") == "the tape begins here: s takes the first step\n" * 3


def test_going_to_a_place(talk):
    tell = talk()
    assert tell("goto 12").startswith("∂L/∂ŷ += ") and tell.session.prompt == "(round 1 bwd 5/40) "
    assert tell("goto bwd 7").startswith("∂L/∂z += ") and tell.session.prompt == "(round 1 bwd 7/40) "
    assert tell("goto upd 9").startswith("c ← ")
    assert "the end" in tell("goto end") and tell.session.cursor.position == 104
    assert tell("goto fwd 1").splitlines()[-1].startswith("round 2 begins")
    assert tell("goto start").endswith("only the leaves have numbers\n")
    assert tell("goto 105") == "*** no step 105 on this tape; it has 104\n"
    assert tell("goto upd 10") == "*** no step upd 10 in round 1; upd has 9\n"
    assert tell("goto ende").endswith("did you mean 'end'?\n")
    tell("b z1; goto end")
    assert tell.session.cursor.position == 104  # nothing stops it
    tell("restart")
    assert tell.session.cursor.position == 0


def test_a_move_prints_few_sentences(talk):
    many = sum((Value(float(i), label=f"w{i}") for i in range(50)), Value(0.0))
    tell = talk(many * many)
    shown = tell("s 100").splitlines()
    assert len(shown) == 10 and shown[-2] == "… 91 more"
    assert tell("rs 100").splitlines()[-2] == "… 91 more"
    assert len(tell("c").splitlines()) == 2


MOVES = [
    "s",
    "n",
    "c",
    "r",
    "rs",
    "rn",
    "rc",
    "s 3",
    "n 2",
    "rs 5",
    "unt ŷ",
    "unt w11",
    "restart",
    "goto 30",
    "goto end",
]


@given(st.lists(st.sampled_from([*MOVES, "b a1", "watch x1.grad", "cl", "catch zero"]), max_size=12))
@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("level", ["named", "op"])
def test_after_any_moves_the_numbers_are_those_of_the_place(level, moves):
    session = Session(worked(), level)
    for move in moves:
        obey(session, move)
        assert state(session.cursor) == state(Cursor(session.tape, session.cursor.position))


def test_moves_that_make_no_sense(talk):
    tell = talk()
    assert tell("s x") == "*** 'x' is no number of times; s 3 takes three steps\n"
    assert tell("s 0") == "*** '0' is no number of times; s 3 takes three steps\n"
    assert tell("c now") == "*** c takes nothing, not 'now'; h c tells more\n"
    assert tell("unt zz") == "*** no value is called 'zz'; did you mean 'z'?\n"
    assert tell("unt u1") == "*** no step is about u1: it is inside L; --level op steps through it\n"
    assert tell("goto end; unt z1").endswith("its gradient is complete; rs, rn and rc go back\n")


# ── looking ────────────────────────────────────────────────────────────────────────────────


def test_numbers(talk):
    tell = talk()
    assert tell("p z1") == "z1 is not computed yet at round 1 fwd 0/7; unt z1 goes there\n"
    assert tell("p w11, 2*w11 + sigmoid(0)") == "w11 = 0.2\n2*w11 + sigmoid(0) = 0.9\n"
    assert tell("p z1.grad").startswith("the gradient of z1 has 0 of 1 shares at round 1 fwd 0/7")
    assert tell("goto bwd 30; p x1.grad").endswith("∂L/∂x1 = −0.0151984 so far, 1 of 2 shares\n")
    assert tell("p dL/dx1, d L/d x1, ∂L/∂x1, da1/dz1") == "∂L/∂x1 = −0.022155\n" * 3 + "∂a1/∂z1 = 0.246434\n"
    assert tell("p z1.data, -z1.grad") == "z1 = 0.24\n-z1.grad = 0.0347825\n"
    assert not tell.session.failed


def test_numbers_that_are_none(talk):
    tell = talk()
    assert tell("p") == "*** p what? p z1, p z1.grad, p dL/dw1 or any formula over them\n"
    assert tell("p zz") == "*** no value is called 'zz'; did you mean 'z'?\n"
    assert tell("p z1.gard") == "*** a value has no 'gard'; did you mean 'z1.grad'?\n"
    assert tell("p z1.foo") == "*** a value has no 'foo'; there are z1 and z1.grad\n"
    assert tell("p w11 +") == "*** column 6: something is missing after '+'\n"
    assert tell("p softmax(x1, x2)").startswith("*** softmax gives several results")
    assert tell("p sigmod(w11)") == "*** column 1: no function is called 'sigmod'; did you mean 'sigmoid'?\n"
    assert "longest" in tell("p " + "1+" * 9000 + "1")
    assert tell.session.failed


def test_the_list_hides_what_is_not_computed_yet(talk):
    tell = talk()
    assert tell("n; l").splitlines()[1:4] == [
        "  0  the start",
        "→ 1  z1 = w11·x1 + w12·x2 + b1 = 0.2·0.5 + 0.4·0.1 + 0.1 = 0.24",
        "  2  z2 = w21·x1 + w22·x2 + b2",
    ]
    assert "  11  ∂L/∂y = … is complete" in tell("goto 8; l").splitlines()
    assert "  48  w11 ← w11 − 0.01·∂L/∂w11" in tell("goto 45; l").splitlines()
    assert tell("l 104").splitlines()[-1] == "  104  ∂L/∂b1 = … is complete"
    assert tell("l x") == "*** 'x' is no step; l 12 lists the steps around the 12th\n"


def test_the_path_to_the_loss(talk):
    tell = talk()
    assert [" ".join(line.split()) for line in tell("goto bwd 40; w").splitlines()[1:]] == [
        "from here local derivative product so far",
        "b1 ∂z1/∂b1 = 1 1",
        "z1 ∂a1/∂z1 = 0.246434 0.246434",
        "a1 ∂z/∂a1 = 0.6 0.147861",
        "z ∂ŷ/∂z = 0.179901 0.0266003",
        "ŷ ∂L/∂ŷ = −1.3076 −0.0347825",
        "L",
        "the only path, so its product is ∂L/∂b1",
    ]
    assert tell("w x1").splitlines()[-1] == "one path of 2: ∂L/∂x1 is the sum over all"
    assert tell("w L").splitlines()[-1] == "L is where the backward pass begins: ∂L/∂L = 1"
    assert "∂a1/∂z1 = –" in tell("restart; w z1")
    assert "x1         ∂z2/∂x1 = 0.3 " in tell("restart; goto bwd 25; w")  # the use that the step was about
    assert "x1         ∂z1/∂x1 = 0.2 " in tell("goto bwd 33; w")


def test_inputs_and_uses(talk):
    tell = talk()
    assert "∂a1/∂z1 = –" in tell("n; in a1")
    shown = [" ".join(line.split()) for line in tell("goto bwd 40; in L; out x1").splitlines()]
    assert "ŷ 0.764761 ∂L/∂ŷ = −1.3076" in shown
    assert "z1 ∂z1/∂x1 = 0.2 ∂L/∂z1 = −0.0347825 −0.00695651" in shown
    assert tell("in x1") == "x1 is a leaf, input: it is computed from nothing\n"
    assert tell("out L") == "L is where everything leads: nothing uses it\n"
    assert tell("in").startswith("*** a name is missing; there are y, w11, x1,")
    assert [" ".join(line.split()) for line in tell("in u3; out u3").splitlines()] == [
        "into u3 value local derivative", "y 1 ∂u3/∂y = −1",
        "uses of u3 local derivative gradient above it share", "u14 ∂u14/∂u3 = −0.268191 ∂L/∂u14 = 1 −0.268191",
    ]  # fmt: skip


def test_a_gradient_that_is_not_complete_passes_nothing_on(talk):
    x = Value(2.0, label="x")
    y = x * x
    y.label = "y"
    z = y * y + y
    tell = talk(z)
    place = tell.session.lookup.step_of("y")
    tell("n")
    while tell.session.cursor.shares[place] < 1:
        tell("s")
    assert "∂v2/∂y = –" in tell("out x")


def test_explaining_after_set_shows_the_changed_numbers(talk):
    tell = talk(digits=4)
    assert "−0.01739" in tell("e w11")
    tell("set w11 = 0.7")
    shown = tell("e w11")
    value = tell.session.lookup.number("dL/dw11")
    assert shown.splitlines()[-1].strip() == f"= −{abs(value):.4g}"
    assert "a1(1 − a1)" in shown and "0.6201·(1 − 0.6201)" in shown
    assert tell("e da1/dz1").splitlines()[0] == "∂a1/∂z1 = a1(1 − a1) = 0.6201·(1 − 0.6201) = 0.2356"
    assert talk(worked(), "op")("e u1") == "*** u1 is the number 1 of a formula: nothing to derive by\n"
    assert tell("e dw11/dz1") == "*** z1 does not lead to w11: the derivative is 0\n"
    assert "the whole" not in tell("e") and "∂L/∂w22" in tell("e")


def test_softmax_is_explained_with_the_changed_numbers(talk):
    tell = talk(worked("softmax_nll"))
    tell("set z1 = 0")
    assert tell("e z0").splitlines()[-1].endswith(f"= {tell.session.lookup.number('dL/dz0'):.6g}")


def test_where_a_value_was_computed(talk, tmp_path):
    tell = talk()
    assert tell("origin L") == (f"  {DEMO}:19\n    L  = -y*log(ŷ) - (1 - y)*log(1 - ŷ)\n         {'^' * 30}\n")
    assert "param w11 = 0.2" in tell("origin w11")
    tell = talk(worked(), "op")
    logs = [node for node in tell.session.tape.graph if node.op.name == "log"]
    shown = tell(f"origin {tell.session.tape.graph.name(logs[1])}").splitlines()
    assert shown[2].strip() == "^" * len("log(1 - ŷ)")
    assert shown[1][shown[2].index("^") :].startswith("log(1 - ŷ)")


def test_an_origin_that_nobody_recorded(talk):
    x = Value(2.0, label="x")
    y = x * 3
    y.label = "y"
    tell = talk(y)
    assert tell("origin y") == "*** nobody recorded which line made y; compute it inside `with record_origins():`\n"
    assert tell("origin v1") == "v1 is the number 3, written in a formula\n"
    with record_origins():
        z = (y +
             x.tanh())  # fmt: skip
    z.label = "z"
    shown = talk(z)("origin z").splitlines()
    assert shown[0].startswith(f"  {__file__}:") and shown[1].strip() == "z = (y +"
    if sys.version_info >= (3, 11):
        assert shown[2].strip() == "^" * len("y +")


def test_displays_mark_what_has_changed(talk):
    tell = talk()
    assert tell("display ŷ; display z1.grad") == "  ŷ = –\n  ŷ = –\n  z1.grad = –\n"
    assert tell("r").splitlines()[-2:] == ["  ŷ = 0.764761", "  z1.grad = –"]
    assert tell("set w11 = 0.7").splitlines()[-2] == "* ŷ = 0.771218 (was 0.764761)"
    assert tell("s").splitlines()[-2] == "  ŷ = 0.771218"
    assert tell("display z1 +").startswith("*** column 5")
    assert tell("undisplay zz") == "*** zz is not displayed; there is ŷ, z1.grad\n"
    assert tell("undisplay ŷ; undisplay; display").endswith("shows it after every move\n")


@pytest.mark.parametrize("file", ["net.svg", "net.dot"])
def test_the_picture_has_the_changed_numbers(file, talk, tmp_path):
    tell = talk()
    before = tell("draw before.dot")
    assert before == "wrote before.dot\n"
    assert tell(f"set w11 = 0.7; draw {file}").endswith(f"wrote {file}\n")
    text = (tmp_path / file).read_text(encoding="utf-8")
    for number in ("0.7712", "−0.03234"):  # ŷ, and the gradient of z1
        assert number in text and number not in (tmp_path / "before.dot").read_text(encoding="utf-8")
    assert tell("draw").startswith("*** draw which file?") and "not as gif" in tell("draw x.gif")


def test_the_page_of_the_tape(talk, tmp_path):
    tell = talk()
    assert tell("page net.html") == "wrote net.html\n"
    assert "<html" in (tmp_path / "net.html").read_text(encoding="utf-8")
    assert tell("page") == "*** page which file? page net.html\n"


# ── trying ─────────────────────────────────────────────────────────────────────────────────


def test_set_computes_again_from_there(talk):
    tell = talk()
    shown = [" ".join(line.split()) for line in tell("goto bwd 22; set w11 = 0.7").splitlines()]
    assert "w11: 0.2 → 0.7, and all that follows from it" in shown
    assert "z1 0.24 → 0.49" in shown and "∂L/∂z1 −0.0347825 → −0.0323372" in shown
    assert tell.session.cursor.position == 29
    assert tell("undo") == "taken back: set w11 = 0.7; here again:\n∂L/∂z1 = −0.0347825 is complete\n"
    assert tell("set w11 2*w11; p w11").endswith("w11 = 0.4\n")
    assert tell("set w11 = 0.4") == "w11 is 0.4 already\n"
    assert tell("p z2") == "z2 = 0.42\n"


def test_set_refuses_what_is_computed(talk):
    tell = talk()
    assert tell("set z1 = 3") == "*** z1 is computed, from w11, x1, w12, x2, b1; set one of these\n"
    assert tell("set w11") == "*** set what? set w1 = 0.7, for any leaf\n"
    assert tell("set w11 = z1") == "*** z1 is not computed yet at round 1 fwd 0/7; unt z1 goes there\n"
    assert tell("goto upd 3; set w11 = 3").splitlines()[-1].startswith("*** w11 is being updated here")
    x = Value(2.0, label="x")
    y = 3 * x
    tell = talk(y)
    assert tell("set v1 = 2").startswith("*** v1 is the number 3 of a formula; make it a Value with a label")
    own = Value(9.0, (x,), (6.0,), "own")
    assert "recorded by hand" in talk(own * 2)("set x = 1")


def test_set_in_a_later_round_leaves_the_rounds_before(talk):
    tell = talk()
    tell("c; set x1 = 1")
    assert tell("p z1") == "z1 = 0.340525\n"
    assert tell("goto 1").endswith("= 0.24\n")


def test_an_update_walks_to_the_next_round(talk):
    tell = talk()
    shown = tell("r; r; update 0.1").splitlines()
    assert "in place of the update 0.01 that followed:" in shown
    assert "w11 ← w11 − 0.1·∂L/∂w11 = 0.2 − 0.1·(−0.0173913) = 0.201739" in shown
    assert shown[-1].startswith("round 2 begins") and tell.session.prompt == "(round 2 fwd 1/8) "
    assert len(tell.session.tape.rounds) == 2
    tell("update 0.1 w11, w12")
    assert [len(each.updates) for each in tell.session.tape.rounds] == [9, 2, 0]
    assert tell("undo").startswith("taken back: update 0.1;") and tell.session.prompt == "(round 2 fwd 1/8) "
    tell("undo")
    assert tell.session.prompt == "(round 1 bwd 40/40) "
    assert tell("undo") == "*** nothing to take back; undo takes back set and update\n"


def test_an_update_of_nothing(talk):
    tell = talk()
    assert tell("update") == "*** a learning rate is missing; update 0.1 takes a step of gradient descent\n"
    assert tell("update fast").startswith("*** 'fast' is no learning rate")
    assert tell("update 1e999").startswith("*** '1e999' is no learning rate")
    assert tell("update 0.1 z1") == "*** z1 is no leaf, and only leaves are updated\n"
    x = Value(2.0, label="x")
    tell = talk(x * x)
    assert "role='parameter'" in tell("update 0.1")
    assert "x ← x − 0.1·∂v1/∂x = 2 − 0.1·4 = 1.6" in tell("update 0.1 x")


def test_the_verdict_on_a_published_number(talk):
    tell = talk()
    assert tell("check dL/dw11 -0.0174") == "✓ exact: ∂L/∂w11 = −0.0173913\n"
    assert tell("r; check z1 0.25").endswith("✗ slip: z1 = 0.24, not 0.25; should be 0.24; one unit off\n")
    assert tell("check dL/dv1 −0.131").startswith("✓ rounding: ∂L/∂v1 = −0.131666; cut off, not rounded")
    assert tell("check z1 ~= 0.24; check ŷ ≈ 0.765") == "✓ exact: z1 = 0.24\n✓ exact: ŷ = 0.764761\n"
    assert tell("check z1").startswith("*** check what?") and "out of range" in tell("check z1 1e-99999")
    assert tell("restart; check z1 0.24").endswith("*** z1 is not computed yet at round 1 fwd 0/7; unt z1 goes there\n")


BEHIND = "param w = 3, v = 2\nL = w^2*v/2\nloss L\nq = exp(L/9)\ng = dL/dw\nacc = step(q - 1)*v\nupdate 0.1\n"


@pytest.mark.parametrize("name", ["q", "g", "acc"])
def test_what_is_computed_from_the_loss_has_a_number(talk, name):
    run = Sheet.parse(BEHIND).run()
    tell = talk(run)
    assert tell(f"p {name}") == f"{name} is not computed yet at round 1 fwd 0/1; unt L goes there\n"
    for number, here in enumerate(run.rounds, 1):
        value = session_number(run, name, number)
        assert value == here[name].data
    assert tell(f"b {name}").startswith(f"*** no step is about {name}: it does not lead to L; p {name} tells")
    assert tell(f"p {name}.grad").startswith(f"*** no step is about {name}")


def session_number(run, name, number):
    """What the debugger says of a name at the end of a round."""
    session = Session(run)
    session.cursor.go(session.tape.starts[number] - 1 if number < len(run.rounds) else len(session.tape))
    return session.lookup.number(name)


def test_what_is_computed_from_the_loss_follows_what_is_tried_and_is_judged(talk):
    tell = talk(Sheet.parse(BEHIND).run())
    tell("s")
    assert tell("check q 2.718") == "✓ exact: q = 2.71828\n"
    assert tell("check q 2.5").startswith("✗ slip: q = 2.71828, not 2.5; should be 2.7")
    assert tell("p acc + 2*q") == "acc + 2*q = 7.43656\n"
    tell("set w = 6")
    assert tell("p q") == "q = 54.5982\n"
    tell("undo")
    assert tell("p q") == "q = 2.71828\n"


@pytest.mark.parametrize("printed", ["1/0", "log(0)", "0/0", "sqrt(-1)", "1e200*1e200", "asin(2)", "(-1)^0.5", "-1/0"])
def test_what_has_no_value_is_no_printed_number(printed):
    text = "param w = 3\nz = 2*w\nL = z^2\n"
    said = f"{printed} has no value that could be printed"
    session = Session(Sheet.parse(text).run())
    with pytest.raises(GraphError) as caught:
        COMMANDS["check"].run(session, f"z {printed}")
    assert str(caught.value) == said
    with pytest.raises(SheetError) as caught:
        Sheet.parse(f"{text}z ~= {printed}")
    assert said in str(caught.value)


def test_the_verdict_on_an_expression_or_a_closed_form(talk):
    tell = talk(Sheet.parse("input x = 3/5\nparam w = 1/2\nz = w*x\nL = (z - 1)^2\nz ~= 0.4").run())
    tell("c")
    assert tell("check w*x 0.31") == "✗ slip: w*x = 0.3, not 0.31; should be 0.30; one unit off\n"
    assert tell("check w * x ~= 0.3") == "✓ exact: w * x = 0.3\n"
    assert tell("check w*z 0.20") == "↳ carried: w*z = 0.15; from z: 0.2\n"
    assert tell("check w*dL/dz -0.7") == "✓ exact: w*dL/dz = −0.7\n"
    assert tell("check z 3/10") == tell("check z ~= 3/10") == "✓ exact: z = 0.3\n"
    assert tell("check L 1/9") == "✗ slip: L = 0.49, not 1/9; should be 0.49 = 49/100\n"
    assert tell("check z w/3") == "*** w/3 is no printed number: a number has no names in it\n"
    assert tell("check z ?").startswith("*** check what?")
    tell("set w = 1")
    assert tell("check w*x 0.6") == "✓ exact: w*x = 0.6\n"  # as it stands, not as the sheet had it


SCRIPT = (
    "n 9; set w11 = 0.7; r; r; update 0.1; c; rc; undo; e; e w11; draw a.dot; check z1 0.2; page a.html; in L; w x1"
)


@pytest.mark.parametrize("level", ["named", "op", "neuron"])
def test_no_value_of_the_person_changes(level, talk):
    for target in (worked(), perceptron()):
        root = target if isinstance(target, Value) else target.root
        root.backward()
        tape = steps(target, "op")
        before = [(node.data, node.grad, node.partials, node.label, node.parents) for node in tape.graph]
        talk(target, level)(SCRIPT)
        assert [(node.data, node.grad, node.partials, node.label, node.parents) for node in tape.graph] == before


# ── levels ─────────────────────────────────────────────────────────────────────────────────


def test_neurons_have_names_and_what_is_inside_can_be_asked_for(talk):
    tell = talk(perceptron(), "neuron")
    assert tell("n") == "n1_1 = relu(v1·x0 + v2·x1 + v3) = relu(−0.731272·1 + 0.694867·(−2) + 0) = 0\n"
    assert "∂loss/∂n1_2" in tell("e n1_2")
    assert tell("b v3").startswith("*** no step is about v3: it is inside n1_1")
    assert tell("p v1") == "v1 = −0.731272\n"
    assert "has 0 of 1 shares" in tell("p v4.grad")
    assert re.fullmatch(r"∂loss/∂v4 = −?[0-9.]+\n", tell("r; r; p v4.grad").splitlines(True)[-1])
    tell("update 0.1")
    assert "v4 = " in tell("p v4") and tell.session.lookup.number("v4") != -0.731272
    restarted = tell("restart")
    assert "itself" not in restarted and tell.session.cursor.position == 0


def test_a_value_that_stands_alone(talk):
    tell = talk(Value(3.0, label="x"))
    shown = tell("h; l; s; s; s; w; in x; out x; e; e x; p x.grad; rc; set x = 2; update 0.1 x; undo; origin x")
    assert "∂x/∂x = 1" in shown and "itself" not in shown


# ── what is typed ──────────────────────────────────────────────────────────────────────────


def test_unknown_commands(talk):
    tell = talk()
    assert tell("nxt") == "*** no command is called 'nxt'; did you mean 'next'?\n"
    assert tell("frobnicate") == "*** no command is called 'frobnicate'; h lists them\n"
    assert tell("z1") == "*** z1 is a number, no command; p z1 shows it\n"
    assert tell("dL/dw11") == "*** dL/dw11 is a number, no command; p dL/dw11 shows it\n"
    assert tell("h nxt") == "*** no command is called 'nxt'; did you mean 'next'?\n"


def test_a_mistake_of_ours_does_not_end_the_session(talk, monkeypatch):
    tell = talk()
    monkeypatch.setattr(tell.session, "words", None)
    assert tell("s").startswith("*** microgrid itself went wrong: TypeError")


PIECES = [
    "z1", "w11", "ŷ", "L", "x1", "v1", ".grad", ".data", "dL/dw11", "∂L/∂z1", "d L/d w11", "+", "-", "*", "/", "^", "(",
    ")", ",", "<", "==", "0.7", "1e400", "-1", "nan", "\0", "\x1b[31m", "\u202e", "ｘ", "😀", "'", "%s", "{}", "#2", "op:",
    "phase:", "log", "off", "zero", "explode>", "1" * 400, "x" * 3000, " ", " if ", "9" * 30, "bwd 3", "end", "affine(1,2)",
    "softmax(1,2)", "~=", "=", "−0.5", "\udcff",
]  # fmt: skip
SAFE = sorted(set(COMMANDS) - {"draw", "page"})


@given(st.lists(st.tuples(st.sampled_from(SAFE), st.lists(st.sampled_from(PIECES), max_size=5)), max_size=8))
@settings(deadline=None, max_examples=80)
def test_whatever_is_typed_is_answered_in_a_line(typed):
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", errors)
        session = Session(worked())
        for command, pieces in typed:
            for text in split(f"{command} {''.join(pieces)}"):
                obey(session, text)
    shown = out.getvalue() + errors.getvalue()
    assert "itself went wrong" not in shown and not re.search("[\0\x1b\u202e]", shown)
    assert max((columns(line) for line in shown.splitlines()), default=0) <= 80


# ── scripts ────────────────────────────────────────────────────────────────────────────────

TRANSCRIPT = """\
Two-input sigmoid network with binary cross-entropy
L: 7 steps forward, 40 back, in each of 2 rounds; h is help, q leaves
(round 1 fwd 0/7) b ŷ
stop 1: b ŷ, at 6 steps of the tape
(round 1 fwd 0/7) c
ŷ = sigmoid(z) = sigmoid(1.17896) = 0.764761
stop 1: b ŷ
(round 1 fwd 6/7) p z1
z1 = 0.24
"""


stepping = partial(microgrid, "step")


@pytest.mark.parametrize("script", ["b ŷ; c; p z1", "b ŷ\nc\n\n# a remark\np z1\n"], ids=["commands", "standard input"])
def test_a_script_reads_as_if_it_was_typed(script):
    piped = "\n" in script
    arguments = [] if piped else ["--commands", script]
    done = stepping("demos/two_input_sigmoid.sheet", *arguments, input=script if piped else "")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", TRANSCRIPT)


def test_a_script_goes_on_after_a_mistake_and_ends_with_2():
    done = stepping("demos/two_input_sigmoid.sheet", "--commands", "n; foo; p zz; p z1; q; n")
    assert done.returncode == 2
    assert done.stderr == (
        "*** no command is called 'foo'; did you mean 'goto'?\n*** no value is called 'zz'; did you mean 'z'?\n"
    )
    assert done.stdout.endswith("(round 1 fwd 1/7) p z1\nz1 = 0.24\n(round 1 fwd 1/7) q\n")


def test_bytes_that_are_no_text():
    done = stepping("demos/two_relus.sheet", input=b"n\n\xff\xfe\np z1\n", encoding=None)
    assert done.returncode == 2 and b"Traceback" not in done.stderr and b"z1 = 1.5" in done.stdout


def test_bad_targets_and_options():
    assert stepping("demos/no.sheet").returncode == 2
    assert stepping("demos/two_relus.sheet", "--level", "fine").returncode == 2
    assert stepping("demos/two_relus.py", "--commands", "n").returncode == 2
    nothing = stepping("demos/perceptron.sheet", "--commands", "c")
    assert nothing.returncode == 0 and "Traceback" not in nothing.stderr


def test_a_script_of_python_is_run_with_its_origins():
    done = stepping("demos/two_relus.py:J", "--commands", "origin a1; unt a1; p w1.grad; in a1", "--digits", "3")
    assert done.returncode == 0 and "  demos/two_relus.py:12\n    a1 = z1.relu()\n" in done.stdout


def test_a_pipe_that_closes_early_is_no_error():
    command = f"{sys.executable} -m microgrid step demos/two_relus.sheet --commands '{'h; ' * 200}' | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_log_of_a_saturated_sigmoid_is_found(tmp_path):
    script = tmp_path / "saturated.py"
    script.write_text(
        "from microgrid import Value\n\nz, y = Value(800.0, label='z'), Value(1.0, label='y')\nŷ = z.sigmoid()\n"
        "loss = -y * ŷ.log() - (1 - y) * (1 - ŷ).log()\n",
        encoding="utf-8",
    )
    done = stepping(f"{script}:loss", "--commands", "c; c")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and done.stderr == ""
    assert lines[2] == "v8 = log(v7) = log(0) = −∞"
    assert lines[3] == "caught inf: log(v7) = log(0) = −∞, where v7 = 1 − ŷ"
    assert lines[4:6] == [f"  {script}:5", "    loss = -y * ŷ.log() - (1 - y) * (1 - ŷ).log()"]
    at = 5
    if sys.version_info >= (3, 11):
        at = 6
        assert lines[6].strip() == "^" * len("(1 - ŷ).log()") and lines[5].endswith("(1 - ŷ).log()")
        assert lines[6].index("^") == lines[5].index("(1 - ŷ).log()")
    assert lines[at + 1] == "  log of 1 - a saturated sigmoid: take logsigmoid(-z)"
    assert lines[at + 3] == "v9 = v6·v8 = 0·(−∞) = nan"
    assert lines[at + 4].startswith("caught nan: v6·v8 = 0·(−∞) = nan")


def test_a_line_of_a_sheet_is_looked_into(tmp_path):
    (tmp_path / "s.sheet").write_text(
        "input z = 800\ntarget y = 1\nŷ = sigmoid(z)\nL = -y*log(ŷ) - (1 - y)*log(1 - ŷ)\n", encoding="utf-8"
    )
    done = stepping("s.sheet", "--commands", "s 2", cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout.splitlines()[-5:] == [
        "caught nan: it begins with log(1 − ŷ) = log(0) = −∞, where ŷ = 1",
        "  s.sheet:4",
        "    L = -y*log(ŷ) - (1 - y)*log(1 - ŷ)",
        "                            ^^^^^^^^^^",
        "  log of 1 - a saturated sigmoid: take logsigmoid(-z)",
    ]


# ── Python ─────────────────────────────────────────────────────────────────────────────────


def test_debug_reads_the_standard_input_where_there_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\np y.grad\nq\nn\n"))
    x = Value(3.0)
    y = x * x
    assert debug(y, names={"x": x, "y": y}) is None
    shown = capsys.readouterr().out
    assert shown.startswith("y: 1 step forward, 5 back; h is help, q leaves\n(fwd 0/1) n\ny = x·x = 3·3 = 9\n")
    assert shown.endswith("(fwd 1/1) q\n") and (x.grad, y.grad) == (0.0, 0.0)


def test_two_sessions_share_the_standard_input():
    program = "from microgrid import Value, debug\nfor i in range(3):\n    debug(Value(float(i)).exp())\nprint('over')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="n\nq\np 1 + 2\nq\n",
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if "h is help" not in line] == [
        "(fwd 0/1) n", "v2 = exp(v1) = exp(0) = 1", "(fwd 1/1) q", "(fwd 0/1) p 1 + 2", "1 + 2 = 3", "(fwd 0/1) q", "over",
    ]  # fmt: skip


def test_debug_without_any_input(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    debug(Value(1.0).exp(), level="op", digits=3)
    assert "step forward" in capsys.readouterr().out
    with pytest.raises(GraphError, match="steps lead to a Value"):
        debug("no value")


def test_debug_in_a_thread(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO("c\nrc\n"))
    thread = threading.Thread(target=debug, args=(Value(1.0).exp(),))
    thread.start()
    thread.join()
    assert "the start of the tape" in capsys.readouterr().out


def test_ctrl_c_in_a_script_leaves_debug(monkeypatch, capsys):
    def interrupted():
        yield "n\n"
        raise KeyboardInterrupt

    stream = SimpleNamespace(isatty=lambda: False, __iter__=None)
    monkeypatch.setattr(sys, "stdin", stream)
    monkeypatch.setattr("microgrid.debugger.prompt.lines_of", lambda stream: interrupted())
    debug(Value(1.0).exp())
    assert capsys.readouterr().out.endswith("= 2.71828\n\n")


def test_in_a_notebook_there_is_a_page(monkeypatch):
    class ZMQInteractiveShell:
        pass

    shown, asked = [], []
    ipython = SimpleNamespace(get_ipython=ZMQInteractiveShell, display=SimpleNamespace(display=shown.append))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr(
        importlib.import_module("microgrid.web"),
        "page",
        lambda *arguments, **names: asked.append((arguments, names)) or "page",
    )
    x = Value(2.0)
    assert in_notebook()
    debug(x, "op", {"x": x})
    assert shown == ["page"] and asked == [((x, "op"), {"names": {"x": x}})]
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not in_notebook()


# ── at the prompt, without a terminal ──────────────────────────────────────────────────────


def test_an_empty_line_repeats(capsys):
    prompt = Prompt(Session(worked()))
    assert not prompt.onecmd("n 2; p z1") and not prompt.onecmd("")
    assert capsys.readouterr().out.count("\nz1 = 0.24\n") == 2
    assert prompt.prompt == "(round 1 fwd 4/7) "
    assert prompt.onecmd("q") and prompt.onecmd("EOF")
    Prompt(Session(worked())).onecmd("")


def test_completion():
    prompt = Prompt(Session(worked()))
    assert prompt.completenames("un") == ["undisplay", "undo", "unt", "until"]

    def completed(line):
        text = line[max(line.rfind(letter) for letter in " ;=<>+-*/^(),") + 1 :]
        return prompt.completedefault(text, line, len(line) - len(text), len(line))

    assert completed("unt w1") == ["w11", "w12"]
    assert completed("p z1.g") == ["z1.grad"]
    assert completed("p dL/dw1") == ["dw11", "dw12"]
    assert completed("p sigm") == ["sigmoid"]
    assert completed("b op:s") == ["op:sigmoid", "op:sub"]
    assert completed("b phase:") == ["phase:backward", "phase:forward", "phase:update"]
    assert completed("catch z") == ["zero"]
    assert completed("n; undis") == ["undisplay"]
    assert completed("n; set w2") == ["w21", "w22"]
    assert completed("h unt") == ["unt", "until"] and completed("foo x") == [] and completed("page x") == []


def test_ctrl_c_in_a_command_returns_to_the_prompt(monkeypatch, capsys):
    session = Session(worked())

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(session.words, "template", interrupted)
    assert Prompt(session).onecmd("n; n") is False
    assert capsys.readouterr().out == "interrupted\n"


def test_ctrl_c_in_a_long_move_stops_there(monkeypatch, capsys):
    session = Session(chain(500))
    obey(session, "b op:add if x.grad > 1e9")
    presses = iter([False, False, False, True])
    monkeypatch.setattr("microgrid.debugger.commands.navigation.interruptible", lambda: Presses(presses))
    obey(session, "c")
    assert 0 < session.cursor.position < len(session.tape)
    assert "interrupted, after step" in capsys.readouterr().out
    assert state(session.cursor) == state(Cursor(session.tape, session.cursor.position))


class Presses:
    def __init__(self, presses):
        self.presses = presses

    def __enter__(self):
        return lambda: next(self.presses)

    def __exit__(self, *_):
        pass


def test_ctrl_c_is_noted_and_given_back():
    import signal

    before = signal.getsignal(signal.SIGINT)
    with interruptible() as pressed:
        assert not pressed()
        signal.raise_signal(signal.SIGINT)
        assert pressed()
    assert signal.getsignal(signal.SIGINT) is before
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with interruptible():
            pass
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


# ── large tapes ────────────────────────────────────────────────────────────────────────────


def test_a_large_tape_is_quick(talk):
    value = chain(100_000)
    with seconds(60):
        tell = talk(value)
        assert tell("c").endswith("the end of the tape, after 500,002 steps\n")
        assert tell("rc").startswith("back over 500,002 steps\n")
        assert tell("b x; c").splitlines()[-1] == "stop 1: b x"
        assert len(tell("w; l; in y; out x").splitlines()) < 60
        assert "and 199,989 more" in tell("p nosuchvalue").replace("\n", " ")


def test_a_session_of_no_commands(capsys):
    assert converse(Session(worked()), "") == 0 and follow(Session(worked()), []) == 0
    assert capsys.readouterr().out.startswith("Two-input sigmoid")
    assert main(["step", str(DEMO), "--commands", "q"]) == 0


def test_a_leaf_that_is_no_number_is_named_at_once(capsys):
    session = Session(Value(float("nan"), label="w") * 2)
    session.greet()
    assert "w is given as nan; set w = 1 tries another\n" in capsys.readouterr().out


def test_p_shows_what_a_container_holds(talk):
    W, b = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]], {"first": Value(0.5), "second": Value(0.0)}
    z = [sum(w * x for w, x in zip(row, (1.0, 2.0))) + bias for row, bias in zip(W, b.values())]
    say = talk(z[0] * z[1], names={"W": W, "b": b, "z": z})
    assert say("p z").startswith("z[0] is not computed yet at fwd 0/9; unt z[0] goes there")
    say("c")
    for text, shown in {
        "W": "W = [1 2; 3 4]",
        "W[1]": "W[1] = [3, 4]",
        "z": "z = [5.5, 11]",
        "z.grad": "∂v11/∂z = [11, 5.5]",
        "W.grad": "∂v11/∂W = [11 22; 5.5 11]",
        "b": "b: ['first'] 0.5, ['second'] 0",
        "b.grad": "∂v11/∂b: ['first'] 11, ['second'] 5.5",
    }.items():
        assert say(f"p {text}").splitlines()[-1] == shown
