"""Texts that mean to do something to whoever reads them: commands for a terminal, marks that turn a line around, words
of enormous length. Each is refused or shown in one harmless line, whichever verb meets it."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import nullcontext

import pytest
from test_cli import in_terminal

from microgrid.cli import main

pytestmark = pytest.mark.once

HOSTILE = "\x1b[2J\x1b]0;own\x07\x9b31m \u202eevil\u2066\u2028"
SHEET = "param w = 2\nL = w^2\nL ~= 4\nL ~= ?\n"
SCRIPT = f"from microgrid import Value\nw = Value(2.0, label='w{HOSTILE}')\nloss = w * w\nloss.label = 'L{HOSTILE}'\ndw = 3.0\n"
VERBS = {
    "run": ("{sheet}",), "check": ("{sheet}",), "check --key": ("{sheet}",), "check two": ("{sheet}", "{sheet}"),
    "explain": ("{sheet}", "dL/dw"), "step": ("{sheet}", "--commands", "c; w; p w; q"), "audit": ("{script}:loss",),
    "draw": ("{sheet}", "-o", "{folder}/a.svg"), "page": ("{sheet}", "-o", "{folder}/a.html"),
}  # fmt: skip


def command(verb, **places):
    word, *option = verb.split()
    return [word, *filter("two".__ne__, option), *(each.format(**places) for each in VERBS[verb])]


def commands_in(shown):
    """What a terminal would obey in a text, but for colours, and what would turn it around."""
    left = re.sub(r"\x1b\[[0-9;]*m|\r\n", "\n", shown)
    return sorted({f"U+{ord(each):04X}" for each in left if each not in "\n\t\r" and is_command(each)})


def is_command(sign):
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(sign) in BIDI


BIDI = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


# ── control characters, and those that turn a text around ──────────────────────────────────


@pytest.mark.parametrize("part", ["title ", "source ", "# ", "q = 3 # "])
def test_a_sheet_may_not_have_them_wherever_it_is_only_read(tmp_path, capsys, part):
    for sign in "\x00\x07\x1b\x0c\x7f\x85\x9b\u061c\u200e\u200f\u2028\u202a\u202e\u2066\u2069":
        place = tmp_path / "a.sheet"
        place.write_text(f"{part}a{sign}b\n{SHEET}", encoding="utf-8", newline="")
        for verb in VERBS.keys() - {"audit"} if sign == "\u202e" else ["run"]:
            assert main(command(verb, sheet=place, folder=tmp_path)) == 2
            out, err = capsys.readouterr()
            assert f":1:{len(part) + 2}: " in err and (f"U+{ord(sign):04X}" in err or sign == "\0"), (verb, err)
            assert commands_in(out + err) == [], verb
    place.write_text(f"{part}a\tb – “c” שלום\n{SHEET}", encoding="utf-8")
    assert main(["check", str(place)]) == 0


def test_no_verb_gives_them_to_a_terminal(tmp_path):
    """Be they in the name of a file or in a label; the file itself is found."""
    place, script = tmp_path / f"a{HOSTILE}.sheet", tmp_path / "a.py"
    place.write_text(SHEET, encoding="utf-8")
    script.write_text(SCRIPT, encoding="utf-8")
    for verb in VERBS:
        for places in ({"sheet": place}, {"sheet": f"{script}:loss"}, {"sheet": tmp_path / f"no{HOSTILE}\nfile"}):
            arguments = command(verb, script=script, folder=tmp_path, **places)
            code, shown = in_terminal(*arguments)
            assert commands_in(shown) == [], (verb, places, shown)
            assert code == (verb == "audit") or places["sheet"] != place, (verb, shown)


def test_json_has_them_as_numbers(tmp_path, capsys):
    place = tmp_path / f"a{HOSTILE}.sheet"
    place.write_text(SHEET.replace("w", "wŷ"), encoding="utf-8")
    for arguments in (["run", "--json"], ["check", "--json"]):
        assert main([*arguments, str(place)]) == 0
        out = capsys.readouterr().out
        assert commands_in(out) == [] and "\\u202e" in out and "ŷ" in out
        assert any(HOSTILE in str(each) for each in json.loads(out).values())  # and they are still what they were


# ── numbers, names and files of thousands of letters ───────────────────────────────────────

MANY = "7" * 5000
LONG = "f" * 5000


def said(capsys, *arguments):
    """What a command says of what it cannot take: the last line, which repeats no more than anybody reads."""
    with pytest.raises(SystemExit) if "--" in arguments[-2] else nullcontext() as left:
        assert main(list(arguments)) == 2
    assert left is None or left.value.code == 2
    out, err = capsys.readouterr()
    line = next(each for each in reversed(err.splitlines()) if "microgrid" in each)
    assert out == "" and len(line) < 600 and "Traceback" not in err, line
    return line


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("update 0.1 × {}", "77777"),
        ("repeat {}: update 0.1", "77777"),
        ("at round {}: L ~= 4", "77777"),
        ("L ~= {}", "777"),
        ("update {}", "777"),
        ("for i = 1..{}: L ~= 4", ""),
        ("L ~= w[{}]", ""),
        ("q = w^{}", ""),
        ("param q = {}", "777"),
        ("next w = {}", ""),
        ("q = sum(k for k in 1..{})", ""),
        ("L at sample {} ~= 3", ""),
    ],
)
def test_a_number_is_told_as_it_was_typed_and_shortened(tmp_path, capsys, line, kept):
    place = tmp_path / "a.sheet"
    for number in (MANY, "77777777777777777777"):
        place.write_text(f"param w = 2\nL = w^2\n{line.format(number)}\n", encoding="utf-8")
        if main(["check", str(place)]) == 2:
            err = capsys.readouterr().err
            assert (
                kept in err.splitlines()[0].replace(",", "")
                and max(map(len, err.splitlines())) < 600
                and "limit" not in err
            ), err
            assert "999" not in err and "1,000,000,000" not in err
    place.write_text(f"param w = 2\nL = w^2\nupdate 0.1 × {'9' * 20}\n", encoding="utf-8")
    assert main(["check", str(place)]) == 2
    assert "that makes 100,000,000,000,000,000,000 rounds" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--round", "--sample", "--digits", "--port", "--fit", "--level", "--csv", "--foo"])
def test_an_option_is_repeated_shortened(tmp_path, capsys, option):
    place = tmp_path / "a.sheet"
    place.write_text(SHEET, encoding="utf-8")
    verb = {"--port": "edit", "--fit": "draw", "--level": "draw", "--csv": "check"}.get(option, "run")
    if option != "--csv":
        assert "777…777" in said(capsys, verb, str(place), option, MANY).replace("7'", "7") or option == "--foo"
    assert main(["run", str(place), "--round", "77777777"]) == 2
    assert "there is no round 77,777,777; " in capsys.readouterr().err


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "audit"])
def test_a_file_is_named_in_one_line_and_shortened(tmp_path, capsys, verb):
    """Whether it is there, or not, or cannot be; and the message of a sheet goes on with its lines below."""
    wrong = tmp_path / "a\nb\r.sheet"
    wrong.write_text("L = x\n", encoding="utf-8")
    for path, told in ((tmp_path / LONG, "…fff"), (tmp_path / "no\nfile", "no"), (wrong, "1:5: 'x' is not defined")):
        assert main(command(verb, sheet=path, folder=tmp_path)) == 2
        first, *more = capsys.readouterr().err.splitlines()
        assert told in first and first.startswith("microgrid: ") and len(first) < 600
        assert [each for each in more if not each.startswith("    ")] in ([], [first])


def test_a_look_alike_in_a_command_is_named(tmp_path, capsys):
    place = tmp_path / "a.sheet"
    place.write_text(SHEET, encoding="utf-8")
    for arguments, sign, meant in (
        (["сheck", place], "с", "the Latin c"), (["check", place, "--сsv", "m.csv"], "с", "the Latin c"),
        (["run", place, "--digits", "６"], "６", "6"), (["run", place, "--round", "１"], "１", "1"),
        (["draw", place, "-o", "a.svg", "--level", "nаmed"], "а", "the Latin a"), (["edit", place, "--port", "８０００"], "８", "8"),
        (["explain", place, "dL/dw", "--format", "lаtex"], "а", "the Latin a"),
    ):  # fmt: skip
        with pytest.raises(SystemExit) as left:
            main(list(map(str, arguments)))
        err = capsys.readouterr().err.splitlines()[-1]
        code = f"{sign!r} is U+{ord(sign):04X}, {unicodedata.name(sign).lower()}; type {meant}"
        assert left.value.code == 2 and err.endswith(code), err
    assert main(["check", str(place), "——csv"]) == 2
    assert capsys.readouterr().err.endswith("there is no file ——csv; '—' is U+2014, em dash; type -\n")
