"""Letters and signs that only look like others: each is read as what is meant, or named with its code point."""

from __future__ import annotations

import re
import unicodedata

import pytest

from microgrid import Sheet
from microgrid.cli import main
from microgrid.errors import SheetError

BEFORE = "param a = 2, w = 3, v1 = 1\nL = (a*w - 1)^2\n"


def told(line):
    """What is said of a line behind those; '' where it is read."""
    try:
        Sheet.parse(BEFORE + line).run()
    except SheetError as error:
        return str(error).split("\n")[0]
    return ""


READ = [
    "z = a − w", "z = a – w", "z = a·w", "z = a × w", "z = a ⋅ w", "z = a ∗ w", "z = a\u00a0* w", "z = a\u202f*w", "z = a\t* w",
    "z = tanh′(a)", "z = tanh’(a)", "z = a⁻¹", "a ≈ 2", "a ~= −2", "a ~= –2", "title “x” — а ｘ", "z = a # а ｘ \u200b",
    "вес = a", "z = a/w", "ϵ = a", "ℓ = a",
]  # fmt: skip
# A line, the sign that is named in it, and what is to be typed.
NAMED = [
    # ── letters ──
    ("z = а*w", "а", "the Latin a"), ("ｘ = 2*w", "ｘ", "x"), ("z = 𝑤*a", "𝑤", "w"), ("z = ο*w", "ο", "the Latin o"),
    ("z = օ+a", "օ", "the Latin o"), ("Β = a", "Β", "the Latin B"), ("z = tаnh(a)", "а", "the Latin a"), ("z = ﬁ*a", "ﬁ", "fi"),
    ("z = µ*a", "µ", "μ"), ("z = ①*a", "①", "1"), ("z = Ⅻ*a", "Ⅻ", "XII"), ("∆a = 3", "∆", "Δ"), ("z = a х w", "х", "the Latin x"),
    ("updаte 0.1", "а", "the Latin a"), ("pаram q = 2", "а", "the Latin a"), ("at rоund 1: a ~= 2", "о", "the Latin o"),
    ("а ~= 2", "а", "the Latin a"), ("dL/dа ~= 3", "а", "the Latin a"), ("𝜕L/𝜕a ~= 3", "𝜕", "∂"),
    # ── minus signs, and other signs ──
    *((f"z = a {minus} w", minus, "-") for minus in "—‑‐‒―➖－﹣¯‾"),
    *((f"z = a {times} w", times, "*") for times in "•∘★✕✖⨯＊"), *((f"z = a {over} w", over, "/") for over in "∕⁄∶／"),
    ("z = a ＋ w", "＋", "+"), ("z ＝ a", "＝", "="), ("z = （a）", "（", "("), ("z = ｜a｜", "｜", "|"), ("z = ∣a∣", "∣", "|"),
    ("input p = 1， q = 2", "，", ","), ("input p = 1، q = 2", "،", ","), ("for k = 1..2： u[k] = a", "：", ":"), ("a ～= 2", "～", "~"),
    ("z = tanh‘(a)", "‘", "'"), ("z = tanh`(a)", "`", "'"), ("z = tanh´(a)", "´", "'"), ("z = tanhʼ(a)", "ʼ", "'"),
    ("z = aˆ2", "ˆ", "^"), ("z = a＾2", "＾", "^"), ("z = a\u3000* w", "\u3000", "a space"), ("z = a\u2028* w", "\u2028", "a new line"),
    # ── digits of other scripts ──
    ("z = ٣*a", "٣", "3"), ("z = ३*a", "३", "3"), ("z = ３*a", "３", "3"), ("z = 𝟑*a", "𝟑", "3"), ("input q = 1٣", "٣", "3"),
    # ── what stands for another sign of mathematics ──
    ("∂L/дw ~= 2", "д", "∂"), ("for і = 1..3: u[i] = a", "і", "the Latin i"), ("L ≡ 2*a", "≡", "= to define, == to check"),
    ("q ꞊ a*2", "꞊", "="), ("q ≔ a", "≔", "="), ("q = a⊤", "⊤", "ᵀ"), ("q = a⊺", "⊺", "ᵀ"), ("q = 0٫5", "٫", "."), ("q = 0。5", "。", "."),
    ("q = 0․5", "․", "."), ("a ~= 1٫5", "٫", "."), ("f(і) = і²", "і", "the Latin i"), ("q = sum(і for і in 1..3)", "і", "the Latin i"),
    ("input p = ３", "３", "3"), ("update 0.1 × ３", "３", "3"), ("at round ３: a ~= 2", "３", "3"), ("for k = 1..３: u[k] = a", "３", "3"),
    ("a ~= ２", "２", "2"), ("a ~= ٢", "٢", "2"), ("a ~= 2，0", "，", ","),
]  # fmt: skip
UNSEEN = (
    "\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u00ad\u034f\u115f\u3164\uffa0\u2800\ufe0f\U000e0041"
)


@pytest.mark.parametrize("line", READ)
def test_what_is_meant_is_read(line):
    assert told(line) == ""


def test_what_only_looks_like_another_sign_is_named():
    for line, sign, meant in NAMED:
        said = told(line)
        code = f"U+{ord(sign):04X}"
        assert code in said and said.endswith(f"; type {meant}"), (line, said)
        assert re.search(rf":3:{line.index(sign) + 1}: ", said), (line, said)


def test_what_cannot_be_seen_is_named_wherever_it_stands():
    for sign in UNSEEN:
        for line in (f"z = a{sign}*w", f"z{sign} = a", f"a{sign} ~= 2", f"dL/da{sign} ~= 2", f"upd{sign}ate 0.1"):
            said = told(line)
            assert f"an invisible character, U+{ord(sign):04X} ({unicodedata.name(sign).lower()}); delete it" in said, (
                line
            )


def test_a_letter_of_another_alphabet_is_named_where_its_twin_is_defined():
    assert "it has U+03B1, greek small letter alpha; 'a' is defined" in told("z = α*w")
    assert "it has U+03BD, greek small letter nu; 'v1' is defined" in told("z = ν1*w")
    assert told("z = β*w").endswith("'β' is not defined yet")


def test_letters_that_are_as_good_as_each_other_are_told_apart():
    for mine, theirs in ("ɑα", "ϵε", "εϵ", "ϕφ", "φϕ", "ɑa", "aɑ", "xχ", "ϑθ", "lI", "1l", "O0"):
        said = told(f"param q{theirs} = 2\nz = q{mine}*2")
        code = f"it has U+{ord(mine):04X}, {unicodedata.name(mine).lower()}; 'q{theirs}'"
        assert f"'q{mine}' is not defined yet; {code}" in said and said.endswith("is defined"), said
        assert theirs.isascii() or f"U+{ord(theirs):04X}" in said
    assert told("z = 2*ψ").endswith("'ψ' is not defined yet")


def test_a_letter_for_a_digit_is_told_wherever_a_number_belongs():
    for line, typed, meant in (
        ("param q = O.5", "O", "0.5"), ("param q = l", "l", "1"), ("param q = 1O", "O", "10"), ("q = 2*O.5", "O", "0.5"), ("a ~= O.5", "O", "0.5"),
        ("a ~= 2.l", "l", "2.1"), ("update O.1", "O", "0.1"), ("q = 3*l.5*a", "l", "1.5"), ("q = 5O + a", "O", "50"),
    ):  # fmt: skip
        said = told(line)
        code = f"{typed!r} is U+{ord(typed):04X}, {unicodedata.name(typed).lower()}; type {meant}"
        assert said.endswith(code), (line, said)
    for cell, code in (
        ("O", "'O' is U+004F, latin capital letter o; type 0"),
        ("３", "'３' is U+FF13, fullwidth digit three; type 3"),
    ):
        with pytest.raises(SheetError, match=re.escape(code)):
            Sheet.parse(f"samples p | q\n 2 | {cell}\nparam w = 2\nL = (w*p - q)^2")
    assert "U+" not in told("q = 3*O") + told("q = l*a") and told("O = 2\nq = 3*O") == ""


def test_a_mark_on_a_sign_is_told():
    for line in ("q =\u0338 a", "a ~=\u0338 2", "q = a +\u0302 2"):
        assert "a mark on the sign before it, U+03" in told(line), line
    assert told("ŷ = a") == told("y\u0302 = a") == ""


def test_so_it_is_where_a_person_asks(tmp_path, capsys):
    """For a derivative on the command line, and in the debugger."""
    sheet = tmp_path / "a.sheet"
    sheet.write_text(BEFORE, encoding="utf-8")
    for word, said in (
        ("а", "'а' is U+0430, cyrillic small letter a; type the Latin a"),
        ("ａ", "'ａ' is U+FF41, fullwidth latin small letter a; type a"),
        ("a\u200b", "U+200B (zero width space); delete it"),
        ("v１", "'１' is U+FF11, fullwidth digit one; type 1"),
    ):
        assert main(["explain", str(sheet), f"dL/d{word}"]) == 2
        assert said in capsys.readouterr().err
        main(["step", str(sheet), "--commands", f"p {word}; q"])
        assert said in " ".join(capsys.readouterr().err.split())  # a terminal breaks lines
    assert main(["explain", str(sheet), "dL/dα"]) == 2
    assert "it has U+03B1, greek small letter alpha; 'a' is defined" in capsys.readouterr().err
