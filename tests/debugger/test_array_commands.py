"""The debugger over vectors and matrices: each command, and what it answers."""

from __future__ import annotations

import pytest
from array_sheets import STEPPED_SHEETS as SHEETS

from microgrid import Sheet
from microgrid.debugger.commands.table import split
from microgrid.debugger.prompt import follow
from microgrid.debugger.session import Session

SAID = [
    ("network", "n; n", "(round 1 fwd 1/4) n\na1 = sigmoid(z1) = [0.559714, 0.603483]"),
    ("network", "n; s", "a1[1] = sigmoid(z1[1]) = sigmoid(0.24) = 0.559714"),
    ("network", "s; s; s; p x", "(round 1 fwd 1/4 + 1/2) p x"),
    ("network", "s", "z1[1] = W1[1,1]·x[1] + W1[1,2]·x[2] + b1[1]"),
    ("network", "unt z1; p z1", "z1 = [0.24, 0.42]"),
    ("network", "p z1", "z1 is not computed yet at round 1 fwd 0/4; unt z1 goes there"),
    ("network", "p W1 @ x, W1[2,:]", "W1 @ x = [0.14, 0.22]"),
    ("network", "p W1[2,1]; p dL/dW1", "dL/dW1 = [−0.0173913 −0.00347825; −0.0253307 −0.00506615]"),
    ("network", "r; r; p z1.grad", "∂L/∂z1 = [−0.0347825, −0.0506615]"),
    ("network", "p zz + x", "no value is called 'zz'"),
    ("network", "p W1 @ [1, 2, 3]", "W1 is 2 × 2 and [1, 2, 3] has 3 rows"),
    ("network", "b a1; c; c", "∂L/∂a1 += W2ᵀ·∂L/∂ŷ·ŷ(1 − ŷ) = [−0.141143, −0.211715]"),
    ("network", "b a1[2]; c", "stop 1: b a1[2]"),
    ("network", "b op:sigmoid; c", "a1 = sigmoid(z1) = [0.559714, 0.603483]"),
    ("network", "watch W1.grad; c", "stop 1: watch W1.grad: – → [−0.0173913 −0.00347825; −0.0253307 −0.00506615]"),
    ("network", "watch z1; c; c", "stop 1: watch z1: [0.24, 0.42] → [0.244383, 0.426383]"),
    ("network", "watch x", "x is a leaf that no step changes; watch x.grad would stop"),
    ("network", "display z1; n; n", "  z1 = [0.24, 0.42]"),
    ("network", "r; set W1[2,1] = 0.5; p z1", "z1 = [0.24, 0.52]"),
    ("network", "r; set x = [0.1, 0.2]; p z1", "z1 = [0.2, 0.37]"),
    ("network", "r; set W1 = [1 0; 0 1]; p z1", "z1 = [0.6, 0.3]"),
    ("network", "r; set W1 = W1/2; p W1", "W1 = [0.1 0.2; 0.15 0.35]"),
    ("network", "set x = [1, 2, 3]", "x is a vector of 2, and [1, 2, 3] is a vector of 3"),
    ("network", "set z1 = 3", "z1 is computed, from W1, x, b1; set one of these"),
    ("network", "r; set x = 0; undo; p x", "x = [0.5, 0.1]"),
    ("network", "in z1", "W1       [0.2 0.4; 0.3 0.7]"),
    ("network", "r; r; out z1", "∂L/∂a1 ⊙"),
    ("network", "in x", "x is a leaf, input: it is computed from nothing"),
    ("network", "w z1", "z1 is a vector of 2; z1[1] is a number"),
    ("network", "e W1", "∂L/∂W1 = ∂L/∂z1 @ xᵀ"),
    ("network", "origin a1", "a1 = σ(z1)"),
    ("network", "r; check z1 [0.24, 0.41]", "slip: z1[2] = 0.42, not 0.41"),
    ("network", "r; check dL/dW1 ~= [-0.0174 -0.00348; -0.0253 -0.00507]", "exact: ∂L/∂W1[2,2] = −0.00506615"),
    ("network", "update 0.1 W1", "W1 ← W1 − 0.1·∂L/∂W1 = [0.201739 0.400348; 0.302533 0.700507]"),
    ("network", "goto round 2; p ΔW1", "ΔW1 = [0.00173913 0.000347825; 0.00253307 0.000506615]"),
    ("network", "goto round 2; r; rn; rn", "back: ŷ = sigmoid(W2 @ a1 + b2)"),
    ("network", "goto bwd 3; l", "∂L/∂W2 = … is complete"),
    ("network", "goto 2", "a1 = sigmoid(z1) = [0.559714, 0.603483]"),
    ("network", "goto end", "the end of the tape, after"),
    ("samples", "unt z at sample 2; p z", "z at sample 2 = [−0.2, 0.7]"),
    ("samples", "r; p z at sample 3 - z at sample 1", "z at sample 3 - z at sample 1 = [0.2, 1]"),
    ("samples", "r; p mean over samples of L", "mean over samples of L = 0.8"),
    ("family", "r; p W[2] @ a[1] + b[2]", "W[2] @ a[1] + b[2] = 1.17896"),
    ("softmax", "r; r; r; p velocity(W)", "velocity(W) = [0.242433 0.484866; −0.901434 −1.80287; 0.659001 1.318]"),
    ("softmax", "r; p sum(softmax(z)), p - t", "p - t = [0.242433, −0.901434, 0.659001]"),
    ("softmax", "goto fwd 1; goto upd 1", "velocity(W) ← 0.9·velocity(W) + ∂L/∂W"),
    ("convolution", "goto end", "∂L/∂c = 7.8 is complete"),
    ("large", "n; p W", "W = [0.01 0.01 0.01 … 0.01; …; 0.01 0.01 0.01 … 0.01]"),
]


@pytest.mark.parametrize(("name", "commands", "answer"), SAID)
def test_a_command_answers(name, commands, answer, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    session = Session(Sheet.parse(SHEETS[name], name).run())
    follow(session, [commands])
    out, errors = capsys.readouterr()
    assert answer in out + errors, out + errors


def test_a_sign_between_rows_separates_no_commands():
    assert split("n; p [1 2; 3 4]; s") == ["n", "p [1 2; 3 4]", "s"]


@pytest.mark.parametrize("name", SHEETS)
def test_the_prompt_counts_events(name, capsys):
    session = Session(Sheet.parse(SHEETS[name], name).run())
    tape, prompts = session.tape, []
    for position in range(1, len(tape) + 1):
        session.cursor.go(position)
        assert ("+" in session.prompt) == (position not in tape.events.ends)
        prompts += [session.prompt] if position in tape.events.ends else []
    assert len(set(prompts)) == len(prompts) == len(tape.events) < len(tape)


def test_a_number_is_judged_after_another_was_tried_where_an_array_of_a_later_round_is_published(capsys):
    text = SHEETS["network"] + "W1 ~= [0.2017 0.4003; 0.3025 0.7005]\n"
    commands = ["c", "c", "set b2 = 0.1", "check W2 [1 2]"]
    follow(Session(Sheet.parse(text, "network.sheet").run()), commands)
    assert "slip: W2[1,2] = " in capsys.readouterr().out


OF_SAMPLES = "samples x1 t\n  1 2\n  2 3\nparam w = 0.5\ny = w*x1\nL = (y - t)^2\nC = mean over samples of L"
OF_ONE = [
    ("in L", "into L at sample 1"), ("set x1 = 3", "x1 at sample 1: 1 → 3"), ("out y", "uses of y at sample 1"),
    ("unt y at sample 2; in L", "into L at sample 2"), ("origin L", "L = (y - t)^2"), ("set x1 at sample 2 = 5", "x1 at sample 2: 2 → 5"),
]  # fmt: skip


@pytest.mark.parametrize(("commands", "said"), OF_ONE)
def test_a_name_without_a_sample_is_of_the_sample_at_hand(commands, said, capsys):
    follow(Session(Sheet.parse(OF_SAMPLES).run()), commands.split("; "))
    assert said in capsys.readouterr().out
