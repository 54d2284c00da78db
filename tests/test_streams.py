"""Text on any stream: the command line, the debugger, and whatever can be printed, where there is no ŷ, no ∂ and no σ.

A program that prints runs in a process of its own, its streams in an encoding that lacks some or all of the signs,
and strict: what it cannot write is a traceback. One process runs many commands, since starting takes its time.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys

import pexpect
import pytest
from outside import DRIVER, PATIENCE, ROOT, apart

from microgrid.streams import AnyText, carried, carries, encoding_of

ENCODINGS = ("ascii", "cp1252", "latin-1", "cp437")
each_encoding = pytest.mark.parametrize("encoding", ENCODINGS)

# ── one sign after the other ───────────────────────────────────────────────────────────────

WRITTEN = {
    "∂L/∂w": "dL/dw",
    "2·x × 3 ÷ 4 − 1": "2*x x 3 / 4 - 1",
    "ŷ x̄ ñ ẋ z̃": "yhat xbar ntilde xdot ztilde",
    "dŷ/dz": "dyhat/dz",
    "España, tête, Ångström, Øre, Straße": "Espana, tete, Angstrom, Ore, Strasse",
    "σ(z) Σ δ Δ θ α₁ ς": "sigma(z) Sigma delta Delta theta alpha_1 sigma",
    "g′(z) ± ½": "g'(z) +/- 1/2",
    "a ≤ b ≥ c ≠ d ≈ e": "a <= b >= c != d ~= e",
    "w₁₁ w¹₁₂ w²₁₀,₃": "w_11 w^1_12 w^2_10,3",
    "x² + 10⁻⁷ + aᵢxⱼ + Wᵀ": "x^2 + 10^-7 + a_ix_j + W^T",
    "a → b ← c ↳ d ⇒ e": "a -> b <- c -> d => e",
    "✓ ✗ … – — • ‼": "ok X ... - - * !!",
    "∞ −∞ √x ∇C a⊙b ‖g‖ ⌊x⌋": "inf -inf sqrtx gradC a.*b ||g|| [x]",
    "┌─┬─┐ │ ║ ═ └─┴─┘ ┼ ┄": "+-+-+ | | - +-+-+ + -",
    "‘a’ “b”": "'a' \"b\"",
    "损失 😀 \ud800": "\\u635f\\u5931 \\U0001f600 \\ud800",
    "full-width ＡＢ ﬁ": "full-width AB fi",
    "a\u00a0b": "a b",
    "plain ASCII ~ ^ _ \\ ?": "plain ASCII ~ ^ _ \\ ?",
    "": "",
}


@pytest.mark.parametrize(("text", "written"), WRITTEN.items())
def test_what_a_sign_is_in_ascii(text, written):
    assert carried(text, "ascii") == written
    assert carried(written, "ascii") == written


PARTLY = {
    "cp1252": ("∂ŷ·x² – σ ≤ 10⁴ é…", "dyhat·x² – sigma <= 10^4 é…"),
    "latin-1": ("∂ŷ·x² – σ ≤ 10⁴ é…", "dyhat·x² - sigma <= 10^4 é..."),
    "cp437": ("∂ŷ·x² – σ ≤ 10⁴ é… ─│", "dyhat·x² - σ ≤ 10^4 é... ─│"),
    "utf-8": ("∂ŷ·x² – σ ≤ 10⁴ é… 损", "∂ŷ·x² – σ ≤ 10⁴ é… 损"),
    "utf-16": ("∂ŷ·x²", "∂ŷ·x²"),
    "shift_jis": ("∂ŷ·σ", "∂yhat*σ"),
    "no-such-encoding": ("∂ŷ·x²", "dyhat*x^2"),
}


@pytest.mark.parametrize(("encoding", "text", "written"), [(name, *pair) for name, pair in PARTLY.items()])
def test_an_encoding_keeps_what_it_has(encoding, text, written):
    assert carried(text, encoding) == written
    assert carries(written, encoding)
    assert carries(text, encoding) == (text == written)


@pytest.mark.parametrize(
    "encoding", [*ENCODINGS, "utf-8", "cp850", "cp932", "koi8-r", "mac-roman", "gb18030", "utf-16"]
)
def test_any_text_can_be_written(encoding):
    text = "".join(
        map(chr, [*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10000), *range(0x1F300, 0x1F700)])
    )
    written = carried(text, encoding)
    written.encode(encoding)
    assert carried(written, encoding) == written


def test_the_encoding_of_a_stream():
    assert encoding_of("ascii") == "ascii"
    assert encoding_of(io.TextIOWrapper(io.BytesIO(), encoding="cp437")) == "cp437"
    assert encoding_of(io.StringIO()) == "utf-8"
    assert encoding_of(object()) == "utf-8"


def test_a_stream_beside_another_takes_any_text():
    under = io.BytesIO()
    strict = io.TextIOWrapper(under, encoding="ascii")
    beside = AnyText(strict)
    beside.write("∂L/∂ŷ\n")
    beside.flush()
    assert under.getvalue() == b"dL/dyhat\n"
    assert (beside.encoding, strict.errors) == ("ascii", "strict")


# ── in a process of its own ────────────────────────────────────────────────────────────────


def python(program, encoding, *arguments, typed="", **variables):
    """What a program writes, and its errors: their bytes are text of that encoding."""
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": f"{encoding}:strict", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        input=typed.encode(encoding), capture_output=True, cwd=ROOT, timeout=PATIENCE, env={**environment, **variables},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(encoding), done.stderr.decode(encoding)


def bare(text):
    """The text without its layout: spaces, line breaks, the carets under a line."""
    return re.sub(r"\s|\^\^+", "", text)


# ── the command line ───────────────────────────────────────────────────────────────────────

SHEET = """\
title   Verlust – ŷ ≤ ½: 损失 [bold]
source  “Ångström”, ch. 2
input   x = 3
target  中 = 2
param   σ = 0.5, w1 = 0.8
ŷ = relu(w1*relu(σ*x))
L = (中 - ŷ)^2 / 2
ŷ       ~= 1.2
L       ~= 0.33
dL/dσ   ~= −1.92
dL/dŷ   == -(中 - ŷ)
update  0.1
"""
SCRIPT = """\
from microgrid import Value
ŷ, w = Value(2.0, label="ŷ 中 \\ud800 é"), Value(float("inf"), label="∂w")
h = (ŷ * w - ŷ ** 2).tanh()
loss = h * 2 + ŷ
h.label, loss.label = "h₁₂", "损失"
"""
COMMANDS = (
    "n; n; l; b ŷ; b; b op:relu; watch σ.grad; c; c; rc; p ŷ; p dL/dŷ; p σ.grad; w x; in ŷ; out σ; e dL/dŷ; e; origin ŷ; "
    "display L; r; r; h; h b; h display; catch; set σ = 0.7; update 0.1; check ŷ 1.2; check L 9; undo; p wrong中; q"
)
VERBS = {
    "run": ("run", "{sheet}"),
    "check": ("check", "{sheet}", "{sheet}"),
    "explain": ("explain", "{sheet}"),
    "explain paths": ("explain", "{sheet}", "dL/dσ", "--paths"),
    "explain typed": ("explain", "{sheet}", "dL/dsigma", "dL/dyhat"),
    "explain op": ("explain", "{sheet}", "--level", "op"),
    "explain script": ("explain", "{script}:loss"),
    "explain markdown": ("explain", "{sheet}", "--format", "markdown"),
    "explain latex": ("explain", "{script}:loss", "--format", "latex"),
    "draw": ("draw", "{sheet}", "-o", "{folder}/ŷ.svg"),
    "draw script": ("draw", "{script}:loss", "-o", "{folder}/损失.dot"),
    "page": ("page", "{sheet}", "-o", "{folder}/ŷ.html"),
    "step": ("step", "{sheet}", "--commands", COMMANDS),
    "step op": ("step", "{sheet}", "--level", "op", "--commands", "n; n; l; in ŷ; w σ; e; c"),
    "step script": ("step", "{script}:loss", "--commands", "catch nan; catch inf; c; l; origin v2; w; r; r"),
    "demo": ("run", "demos/two_input_sigmoid.sheet", "demos/softmax_nll.sheet"),
    "demo check": ("check", "demos/two_relus_table.sheet"),
    "demo explain": ("explain", "demos/softmax_nll.sheet"),
    "json": ("run", "{sheet}", "--json"),
    "explain json": ("explain", "{sheet}", "--format", "json"),
    "help": ("--help",),
    **{f"help {verb}": (verb, "--help") for verb in ("run", "check", "explain", "draw", "step", "page")},
    "no such file": ("run", "{folder}/ŷ 损失.sheet"),
    "no such name": ("explain", "{sheet}", "dL/dq̂"),
    "no such value": ("draw", "{script}:ŷŷ", "-o", "{folder}/a.svg"),
    "bad sheet": ("run", "{bad}"),
}
BAD = {"no such file": 2, "no such name": 2, "no such value": 2, "bad sheet": 2, "check": 1, "demo check": 1, "step": 2}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streams")
    texts = {"sheet": ("a.sheet", SHEET), "script": ("b.py", SCRIPT), "bad": ("c.sheet", "param σ = 1\nŷ = σ*损\n")}
    for file, text in texts.values():
        (folder / file).write_text(text, encoding="utf-8")
    return {"folder": str(folder)} | {name: str(folder / file) for name, (file, _) in texts.items()}


@pytest.fixture(scope="module")
def spoken(files):
    """What every command writes in an encoding, by its name: its exit code, its output, its errors."""
    made = {}

    def commands(encoding, columns=200):
        if (encoding, columns) not in made:
            verbs = {name: [each.format(**files) for each in arguments] for name, arguments in VERBS.items()}
            code, out, errors = python(DRIVER, encoding, json.dumps(verbs), COLUMNS=str(columns))
            assert (code, "Traceback" in errors) == (0, False), errors
            made[encoding, columns] = apart(out, errors)
        return made[encoding, columns]

    return commands


@pytest.mark.parametrize("verb", VERBS)
@each_encoding
def test_every_command_says_the_same_on_every_stream(spoken, encoding, verb):
    code, out, errors = spoken(encoding)[verb]
    wanted_code, wanted, wanted_errors = spoken("utf-8")[verb]
    assert code == wanted_code == BAD.get(verb, 0)
    assert bare(errors) == bare(carried(wanted_errors, encoding))
    if "json" in verb:
        assert json.loads(out) == json.loads(wanted)
    elif verb != "explain script":  # where d and ∂ are not the same
        assert bare(out) == bare(carried(wanted, encoding))


@pytest.mark.parametrize(
    "verb", ["run", "check", "explain", "explain op", "step", "step op", "step script", "demo", "demo explain"]
)
@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
def test_lines_are_laid_out_for_what_is_written(spoken, encoding, verb):
    code, out, errors = spoken(encoding, 60)[verb]
    assert code == BAD.get(verb, 0)
    lines = [line for line in (out + errors).splitlines() if "/" not in line[:3]]  # the path of a file is never broken
    assert max(map(len, lines)) <= 60


def test_a_stream_of_utf_8_has_every_sign(spoken):
    said = "".join(out for _, out, _ in spoken("utf-8").values())
    assert all(sign in said for sign in "∂ŷσ损·−→✓✗←–")


def test_tables_stand_in_columns_in_ascii_too(spoken):
    out = spoken("ascii")["run"][1]
    rows = [line for line in out.splitlines() if re.match(r"(ok|X|->) +[0-9]", line)]
    assert len(rows) >= 3
    starts = {line.index(quantity) for line, quantity in zip(rows, ("yhat", "L ", "dL/dsigma"))}
    assert len(starts) == 1


def test_equations_stand_under_each_other_in_ascii_too(spoken):
    for block in spoken("ascii")["demo explain"][1].split("\n\n"):
        first, *rest = block.splitlines()
        assert {line.index("=") for line in rest if line.lstrip()[:2] == "= "} <= {first.find("=")}


def test_without_a_partial_sign_the_whole_derivative_is_told_apart(spoken):
    whole, ascii_ = spoken("utf-8")["explain script"][1], spoken("ascii")["explain script"][1]
    assert "d is the whole derivative, over every way; ∂ the local one" in whole
    assert "D is the whole derivative, over every way; d the local one" in ascii_
    assert re.search(r"^D\\u635f\\u5931/Dyhat", ascii_, re.MULTILINE)


def test_carets_stand_under_what_is_shown(spoken):
    lines = spoken("ascii")["step"][1].splitlines()
    at = next(i for i, line in enumerate(lines) if line.endswith(") origin yhat")) + 2
    assert lines[at].strip() == "yhat = relu(w1*relu(sigma*x))"
    assert lines[at + 1].strip() == "^" * len("relu(w1*relu(sigma*x))")
    assert lines[at + 1].index("^") == lines[at].index("relu")


# ── what can be printed ────────────────────────────────────────────────────────────────────

PRINTED = """
import random, sys
from microgrid import *
from microgrid.answers import check
from microgrid.errors import *

w, ŷ = Value(2.0, label="w¹₁₂ 损失"), Value(3.0, label="ŷ")
L = (w * ŷ).tanh() * w + ŷ ** 2
L.label = "Loss ≤ ½"
L.backward()
sheet = Sheet.read(sys.argv[1])
run = sheet.run()
model = nn.MLP(2, [16, 1], activation="sigmoid", seed=1, labels=True)
history = fit(model, [[0, 1], [1, 0]], [0.0, 1.0], epochs=3)
model.zero_grad()
(model([0.5, 0.1]) ** 2).backward()
program = Program(L, [ŷ], [w])
found = gradcheck(lambda x: x * x, {"ŷ": 3.0})
tape = steps(run)
derivation = explain(L, wrt=w)
things = [
    w, L, L.op, Value(9.0, (w,), (6.0,), _op="σ").op, Graph(L), Graph(L).edges[0],
    derivation, explain(L), explain(run), *derivation.steps, *derivation.steps[0].terms, *explain(L).definitions,
    sheet, run, run.rounds[0], *sheet.leaves, *sheet.equations, *sheet.checks, *sheet.updates, *check(run),
    tape, tape.rounds[0], Cursor(tape, 3), *tape[:12], *tape[-12:], *steps(L), program, program.plan, history,
    matrices(model), matrices(model)[0], model, draw(L), page(run), found, found.rows[0],
    MicrogridError("∂L/∂ŷ 损失"), SheetError("σ"), FormulaError("ŷ", 3), GraphError("−1"), AttributeNameError("→"),
]
for i, thing in enumerate(things):
    print("\\x01", i, type(thing).__name__)
    print(thing)
    print([thing], repr(thing), sep="\\n")
for wrong in (lambda: explain(L, wrt="q̂"), lambda: Sheet.parse("ŷ = σ*损").run(), lambda: Value("损"), lambda: draw(run, level="ŷ")):
    try:
        wrong()
    except MicrogridError as error:
        print(error)
"""


@pytest.fixture(scope="module")
def printed(files):
    """What is printed where there is every sign."""
    return python(PRINTED, "utf-8", files["sheet"])[1]


@each_encoding
def test_whatever_there_is_can_be_printed(files, printed, encoding):
    code, out, errors = python(PRINTED, encoding, files["sheet"])
    assert (code, errors) == (0, "")
    pieces, all_wanted = out.split("\x01"), printed.split("\x01")
    assert len(pieces) == len(all_wanted) > 80
    for piece, right in zip(pieces, all_wanted):
        if "Figure" in piece or "Matrices" in piece or "whole derivative" in piece:
            continue  # they are laid out, or written, in another way
        assert bare(piece) == bare(carried(right, encoding))


def test_matrices_stand_in_columns_in_ascii_too(files):
    program = PRINTED.partition("program =")[0] + "print(matrices(model))"
    code, out, _ = python(program, "ascii", files["sheet"])
    tables = [block.splitlines() for block in out.split("\n\n") if block.lstrip().startswith("j ")]
    assert code == 0 and len(tables) == 4 and "..." in out and "delta = dC/db" in out
    assert all(len({len(line) for line in table if "..." not in line.split()[0]}) == 1 for table in tables)


@each_encoding
def test_a_printed_picture_is_a_graph_still(tmp_path, encoding):
    from microgrid.picture.render import rendered

    program = "from microgrid import *\nx = Value(2.0, label='ŷ ≤ 损')\nprint(draw((x * x).tanh()))"
    code, out, errors = python(program, encoding)
    assert (code, errors) == (0, "")
    assert "ŷ ≤ 损" in rendered(out, "svg", "dot").decode()


# ── the debugger and the progress bar in a program of somebody else ────────────────────────

DEBUGGED = """
import sys
from microgrid import Sheet, debug
debug(Sheet.read(sys.argv[1]).run())
print(sys.stdout.errors)
"""


@each_encoding
def test_debug_leaves_the_streams_as_they_are(files, encoding):
    typed = "n\nn\nl\np yhat\np sigma.grad\nb yhat\nc\ne dL/dyhat\nin yhat\nupdate 0.1\np nothing\nq\n"
    code, out, errors = python(DEBUGGED, encoding, files["sheet"], typed=typed)
    assert code == 0
    assert out.splitlines()[-1] == "strict"
    assert "yhat = 1.2" in out
    assert errors.startswith("*** no value is called 'nothing'") and "Traceback" not in errors


def test_a_terminal_of_ascii(files):
    """At the prompt, as a person: what is shown is what can be typed."""
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "TERM": "dumb", "INPUTRC": os.devnull}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "microgrid", "step", files["sheet"]],
        encoding="ascii",
        timeout=PATIENCE,
        env=environment,
        cwd=ROOT,
    )
    child.expect_exact("(round 1 fwd 0/2) ")
    child.sendline("n")
    child.expect_exact("yhat = relu(w1*relu(sigma*x)) = relu(0.8*relu(0.5*3)) = 1.2")
    child.sendline("p dL/dsigma")
    child.expect_exact("dL/dsigma = -1.92")
    child.sendline("h b")
    child.expect_exact("example: b z1")
    child.sendline("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


BAR = """
import os
from microgrid import fit, nn
for width in ("20", "60", "140"):
    os.environ["COLUMNS"] = width
    model = nn.MLP(2, [3, 1], seed=1)
    print("\\x01")
    fit(model, [[0, 1], [1, 0]], [0.0, 1.0], epochs=40, validation=([[1, 1]], [1.0]), progress=True)
"""


@each_encoding
def test_the_progress_bar(encoding):
    code, out, errors = python(BAR, encoding, FORCE_COLOR="1", TERM="xterm")
    assert (code, errors) == (0, "")
    bars = out.split("\x01")[1:]
    assert len(bars) == 3 and all("ep" in bar for bar in bars)
    assert len({len(bar) for bar in bars}) == 3
