"""Whatever stands in a sheet, reading it ends soon, in a Sheet or a SheetError, and runs nothing."""

import importlib
import os
import pkgutil
import re
import subprocess
import sys
import time

from outside import ROOT
from sheets import SHEETS

import microgrid.formula
import microgrid.sheet
from microgrid.formula.regexes import Late

SECONDS = float(os.environ.get("MICROGRID_FUZZ", "3"))  # a longer look: MICROGRID_FUZZ=120 python -m pytest …

READING = """
import random, sys, time
from microgrid import Sheet, SheetError
sheets, signs, seconds, start_of_words, heads, words = eval(sys.stdin.read())
for text in ("param w = 2\\nf(z) = z^2\\nL = f'(w) + mean(w, 1)\\ndL/dw ~= 2.5", "param w = 2\\nL = ww"):  # loads what it needs
    try:
        Sheet.parse(text)
    except SheetError:
        pass
from microgrid.formula.ops import EVERY_OP
from microgrid.formula.slopes import slope_rows
for each in (*EVERY_OP.values(), *slope_rows().values()):
    each.forward  # the rows of the table become Python when they are first used, whatever stands in a sheet
forbidden = []
sys.addaudithook(lambda event, _: forbidden.append(event) if event in ("exec", "compile", "open", "import") else None)
rng, end, count, slowest = random.Random(int(seconds)), time.monotonic() + seconds, 0, 0.0
while time.monotonic() < end:
    text = rng.choice(sheets)
    for _ in range(rng.choice((1, 2, 5, 30))):
        start = rng.randrange(len(text) + 1)
        stop = min(len(text), start + rng.choice((0, 0, 1, 3, 40)))
        piece = "".join(rng.choice(signs) for _ in range(rng.choice((0, 1, 1, 2, 6)))) * rng.choice((1, 1, 1, 300))
        text = text[:start] + piece + text[stop:]
    if rng.random() < 0.5:  # a sheet of words that belong in one, in any order
        lines = (rng.choice(heads) + rng.choice(("", " ")).join(rng.choices(words, k=rng.randrange(1, 8)))
                 for _ in range(9))
        text = "\\n".join((start_of_words, *lines))
    began = time.process_time()
    try:
        Sheet.parse(text)
    except SheetError:
        pass
    took, allowed = time.process_time() - began, 1.0 + len(text) / 1e6
    assert took < allowed, (took, text[:3000])
    count += 1
assert not forbidden, forbidden[:5]
print(count)
"""
SIGNS = [
    *"abwxyzLe01239.,=~≈()[]{}|+-*/^'′_#;:?!\\\"\n\n\n \t\0\u200b\u202e½²⁻¹√π∂σΣŷ×·−÷₁⁽⁾⁰ᵀ°∞а中",
    "param ", "input ", "target ", "update ", "loss ", "title ", "f(z) = ", "dL/dw", "∂L/∂w", "^(2)", "_{11}", "1{", "e^",
    "ln ", "next w = ", "next t", "round × 2", "round with ", "repeat 3: ", "restart", "at round 2: ", "table round w", "1 0.5 .",
    "for l = 1..3: ", "for t in 1..2:\n", "\nend\n", "z[l] = ", "W[2,1]", "[1 2; 3 4]", "[", "]", ";", " @ ", "ᵀ", ".T", "⊙", "‖", "..", ":", "&", "\\\\",
    "\\begin{bmatrix} ", " \\end{bmatrix}", " at sample 2", "samples a b\n1 2\n", "sample 1\n", "mean over samples of ", "sum(w[k] for k in 1..2)",
    "before(", "Δw", "rate η = ", "state m = 0", "update adam 0.1", "m(w)", "max(", "softmax(", "~= ", "== ", "1e308", "1e-400", "__import__('os')", "w.grad", "σ'(", "\r\n", "\u2028",
]  # fmt: skip


FIRST = "param w = 2, b = -1\nf(z) = z^2 + z\ng(u, v) = u*v\nL = f(w)"
HEADS = ["M = ", "f(z) = ", "param p = ", "next w = ", "table round ", "update ", "", "w_{11}^{(2)} = ", "δ^(2) = "]
WORDS = [
    *"w b e L f g z σ ln max sign mean softmax tanh relu atan2 exp log sqrt Σ hypot step".split(),
    *"' ′ ″ '' ^ ** ² ⁻¹ ⁿ + - − – * / · × ÷ ( ) [ ] { } | √ , . _ # ? = ~= == < > ≥ ≤ 1{ ^{ _{ ^( \\".split(),
    *"0 1 2 0.5 ½ 2e 2e+1 1e-3 π pi w₁ w_{11} w² dL/dw ∂L/∂w d²L/dw² d(L)/dw next before Δw m(w) round of with".split(),
    *r"\hat{w} \sigma \frac{1}{2} \frac \cdot if and not w.grad np.exp f'(w) f(w) g(w, b) σ(w) ln(w) ∑ ∇ ⊙ —".split(),
]  # fmt: skip


def test_reading_ends_soon_and_runs_nothing():
    sheets = [path.read_text(encoding="utf-8") for path in SHEETS]
    pages = (ROOT / "docs" / "sheets.md").read_text(encoding="utf-8")
    arrays = [block.replace("\n    ", "\n") for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", pages, re.MULTILINE)]
    sheets += [block for block in arrays if "[" in block and "param" in block] * 3
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", READING], input=repr((sheets, SIGNS, SECONDS, FIRST, HEADS, WORDS)), cwd=ROOT, text=True,
        capture_output=True, encoding="utf-8", timeout=SECONDS + 60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 20


PIECES = [
    *"_ 1 - = ~ < ½ ² ' a ( { } | \\ ₁ [ − , :".split(), " ", "₁,", "⁽a⁾", "⁽2⁾₁,₁", "_{a}", "^{(2)}₁", "^{[2]}", "a,", "(via ", "dw/", "∂w",
    "d²L", "next ", "\\hat{", "\\frac{", "\\sqrt{", "^{", "1.", "× ", "x ", "w=", "w = ", ".5", "0,", "w1_", "a(", "m(w", "before(",
    "²w", "e+", "of w", "with ", "| ", "- ", "1 ",
]  # fmt: skip


def patterns():
    """Every compiled pattern of the modules that read sheets, with where it stands."""
    for wing in (microgrid.formula, microgrid.sheet):
        for each in pkgutil.iter_modules(wing.__path__, f"{wing.__name__}."):
            if each.name.endswith(".lexer"):
                continue
            for name, thing in vars(importlib.import_module(each.name)).items():
                several = (
                    thing.values() if isinstance(thing, dict) else thing if isinstance(thing, tuple | list) else ()
                )
                for found in (thing, *several):
                    if isinstance(found, (re.Pattern, Late)):
                        yield f"{each.name}.{name}", found


def test_no_pattern_looks_for_more_ways_than_it_can_try():
    found = {pattern: name for name, pattern in patterns()}
    assert len(found) > 60
    texts = [first + (one + other) * 22 + "!" for one in PIECES for other in ("", *PIECES) for first in ("", "w")]
    for pattern, name in found.items():
        pattern.match("")  # compiled now, not while the time is taken
        for text in texts:
            began = time.process_time()
            pattern.match(text)
            assert time.process_time() - began < 0.1, (name, text)
