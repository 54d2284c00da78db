"""Command lines, from the table of the commands itself: each option with what it takes, or with what it does not."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from microgrid.cli import VERBS
from microgrid.debugger.commands.table import COMMANDS
from microgrid.terminal.options import OPTIONS

from .formulas import NOTATIONS, written
from .signs import HARMFUL, SIGNS, mutated, texts

__all__ = ["arguments", "of_sheet", "sandbox"]

FILES = {
    "relus.sheet": "title Two\ninput x = 3\ntarget y = 2\nparam w1 = 0.5, w2 = 0.8\nz1 = w1*x\na1 = relu(z1)\nz2 = w2*a1\n"
    "L = (y - z2)^2/2\nz1 ~= 1.5\ndL/dw1 ~= 0.1\ndL/dw2 == (z2 - y)*a1\nupdate 0.1\nw1 ~= 0.7\n",
    "arrays.sheet": "samples x1 x2 | y\n 0 1 | 1\n 1 1 | 0\nparam W = [0.5 -0.3; 0.2 0.8], v = [0.7 -0.4]\nz = W @ [x1, x2]\n"
    "p = σ(v @ tanh(z))\nL = −y ln p − (1 − y) ln(1 − p)\nC = mean over samples of L\nC ~= ?\ndC/dW ~= [0 0; 0 0]\n",
    "wrong.sheet": "param w = 3\nL = sigmod(w)\nM = \n",
    "nan.sheet": "param w = 0\nL = log(w)*0\nL ~= 1\n",
    "empty.sheet": "",
    "odd\n\x1b[31m.sheet": "param w = 3\nL = w^2\nL ~= 8\n",
    "odd\x1b.py": "from microgrid import Value\nw = Value(2.0, label='w')\nloss = w*w\n",
    "lat\udce9.sheet": "param w = 3\nL = w^2\nL ~= 8\n",  # of bytes that are no UTF-8
    "<b>.sheet": "param w = 3\nL = w^2\n",
    "net.py": "from microgrid import Value\nw, x = Value(2.0, label='w'), Value(3.0)\nloss = (w*x).tanh()\nloss.backward()\n"
    "dw = 1.0\ntext = 'no Value'\n",
    "fails.py": "raise ValueError('a\\nb')\n",
    "ends.py": "import sys\nsys.exit(3)\n",
}  # fmt: skip
WHERE = [*FILES, "binary.sheet", "latin.sheet", "grads.npz", "folder", "folder/x", "nowhere.sheet", "-", "", ".", "net.py:loss",
         "net.py:text", "net.py:", "net.py:los", "fails.py:loss", "ends.py:x", "nowhere.py:x", "relus.sheet:loss", "a\nb.sheet", "\x1b[31m.sheet", "n" * 300,
         "/dev/null", "--", "\ud800.sheet", "a\0b"]  # fmt: skip
GOOD = ["relus.sheet", "arrays.sheet", "relus.sheet", "nan.sheet", "net.py:loss"]
OUT = ["out.svg", "out.dot", "out.dot", "out.gv", "out.html", "out.html", "out.csv", "made/out.dot", "out.txt", "relus.sheet", "folder", "folder/x.dot", "",
       "net.py", "a\nb.dot", "/dev/null", "out.DOT", ".dot", "<b>.dot", "n" * 250 + ".dot", "\ud800.dot"]  # fmt: skip
NUMERALS = ["1", "2", "3", "0", "-1", "17", "18", "99999999999999999999", "1e3", "٣", "²", "x", "", "4", "6"]
ASKED = [
    "dL/dw1",
    "dL/dw",
    "dC/dW",
    "dC/dW[2,1]",
    "dL/dz1",
    "d²L/dw1²",
    "z1",
    "L",
    "dL/dq",
    "∂L/∂z",
    "d/d",
    "dL",
    "x",
    "d²C/dW[1,1]²",
    "dz1/dL",
    "W",
    "dL/dL",
]
NAMES = re.compile(r"(?<![\w\\])[^\W\d]\w{0,9}(?:\[[0-9](?:,[0-9])?\])?")  # of quantities, and words like them
WRITING = ("draw", "page", "q", "quit", "exit")
LEFT_OUT = ("step", "edit", "audit")  # these three times less: they say more


def arguments(rng: random.Random) -> list[str]:
    """The words of a command line."""
    verbs = {verb.__name__: options for verb, (_, _, options) in VERBS.items()}
    verb = rng.choice([*verbs, *(each for each in verbs if each not in LEFT_OUT)])
    words = [verb]
    for option in verbs[verb]:
        names, settings = OPTIONS[option]
        if not names[0].startswith("-"):
            many = rng.choice((0, 1, 1, 2, 3)) if settings.get("nargs") else 1
            words += [positional(rng, settings.get("metavar", "")) for _ in range(many)]
        elif settings.get("required") or rng.random() < 0.3:
            words += given(rng, names, settings)
    if rng.random() < 0.15:
        words.insert(
            rng.randrange(len(words) + 1), rng.choice(("--help", "-h", "--version", "--nothing", "-x", "--", "-o"))
        )
    if rng.random() < 0.1:
        words[rng.randrange(len(words))] = mutated(rng, rng.choice(words), SIGNS, 2)
    return words


def of_sheet(rng: random.Random, text: str) -> list[str]:
    """A command that works the sheet which is typed, with options, and about the names that are in it."""
    verbs = {verb.__name__: options for verb, (_, _, options) in VERBS.items()}
    names = sorted({*NAMES.findall(text)})[:60] or ["L"]
    verb = rng.choice(("run", "check", "check", "explain", "explain", "step", "step", "page", "draw"))
    words = [verb, "-"]
    for option in verbs[verb]:
        of_option, settings = OPTIONS[option]
        metavar = settings.get("metavar", "")
        if metavar == "dL/dw":
            words += [asked(rng, names) for _ in range(rng.choice((0, 1, 1, 2)))]
        elif option == "commands":
            words += ["--commands", questions(rng, names)]
        elif option in ("output", "html"):
            words += ["-o", "out.html" if verb == "page" else rng.choice(("out.dot", "out.gv"))]
        elif "FILE" not in metavar and of_option[0].startswith("-") and option not in ("open", "watch", "key"):
            words += given(rng, of_option, settings) if rng.random() < 0.2 else []
    return words


def asked(rng: random.Random, names: Sequence[str]) -> str:
    """A derivative, as somebody asks for it who has read the sheet, or nearly."""
    of, by = rng.choice(("L", "C", *names)), rng.choice(names)
    place = rng.choice(("", "", "", "[1]", "[1,2]", " at sample 1", " at sample 2"))
    forms = (
        f"d{of}/d{by}{place}",
        f"∂{of}/∂{by}",
        f"d²{of}/d{by}²",
        f"d{of}{place}/d{by}",
        by + place,
        f"d²{of}/d{by}d{of}",
    )
    return rng.choice((forms[0], *forms))


def questions(rng: random.Random, names: Sequence[str]) -> str:
    """Commands for the debugger about the names of a sheet; none writes a file."""
    found = []
    for _ in range(rng.randrange(1, 12)):
        name, other = rng.choice(names), rng.choice(names)
        argument = rng.choice(("", "", name, f"{name}.grad", asked(rng, names), f"{name} = 0.7", f"{name} if {other} > 0", f"{name} 0.5",
                               f"before({name})", f"Δ{name}", f"m({name})", "2", "9", "-1", "0.1", f"0.1 {name}", f"{name}[1]", f"{name} at sample 2",
                               "phase:backward", "op:tanh", "nan", written(rng, names, 2, rng.choice(NOTATIONS))))  # fmt: skip
        found.append(f"{rng.choice([each for each in COMMANDS if each not in WRITING])} {argument}")
    return "; ".join(found)


def positional(rng: random.Random, metavar: str) -> str:
    if metavar == "dL/dw":
        return mutated(rng, rng.choice(ASKED), SIGNS, 1) if rng.random() < 0.3 else rng.choice(ASKED)
    if metavar == "SCRIPT.PY:NAME" and rng.random() < 0.6:
        return "net.py:loss"
    return rng.choice(GOOD) if rng.random() < 0.7 else rng.choice(WHERE)


def given(rng: random.Random, names: tuple[str, ...], settings: dict) -> list[str]:
    name = rng.choice(names)
    if settings.get("action") == "store_true":
        return [name]
    if "choices" in settings and rng.random() < 0.85:
        return [name, rng.choice(settings["choices"])]
    taken = {"--commands": script, "--given": lambda rng: rng.choice(("grads.npz", *WHERE)), "--fit": sizes}
    metavar = settings.get("metavar", "")
    if name in taken:
        value = taken[name](rng)
    elif "FILE" in metavar or name in ("-o", "--output"):
        value = rng.choice(OUT)
    else:
        value = rng.choice(NUMERALS)
    return [f"{name}={value}"] if name.startswith("--") and rng.random() < 0.2 else [name, value]


def sizes(rng: random.Random) -> str:
    return rng.choice(("13.3x7.5", "1x1", "0x0", "nanxnan", "infx1", "-1x3", "1e308x1", "3×2", "x", "1e-9x1e-9"))


def script(rng: random.Random) -> str:
    """Commands for the debugger."""
    found = []
    for _ in range(rng.randrange(1, 9)):
        name = rng.choice([*COMMANDS])
        argument = rng.choice(("", "", *ASKED, "w1", "z1.grad", "2", "-3", "99", "op:relu", "phase:backward", "nan", "end", "round 2",
                               "w1 = 3", "W[2,1] = 1", "z1 if z1.grad < 0", "W @ W", "out.dot", "out.html", "out.svg", written(rng, ["w1", "z1", "L", "W"], 3, rng.choice(NOTATIONS)),
                               rng.choice(HARMFUL)))  # fmt: skip
        found.append(f"{name} {argument}")
    text = rng.choice(("; ", ";", "\n")).join(found)
    return mutated(rng, text, SIGNS, 2) if rng.random() < 0.2 else text


def sandbox(folder: Path) -> None:
    """The files that command lines are about."""
    for name, text in FILES.items():
        with suppress(OSError):  # not every system has every name
            (folder / name).write_text(text, encoding="utf-8")
    (folder / "binary.sheet").write_bytes(bytes(range(256)) * 4)
    (folder / "latin.sheet").write_bytes("title é\nparam w = 3\nL = w\n".encode("latin-1"))
    (folder / "folder").mkdir()
    np.savez(folder / "grads.npz", dw=np.ones(()))
    (folder / "demo.sheet").write_text(texts()[0], encoding="utf-8")
