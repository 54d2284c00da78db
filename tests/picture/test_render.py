"""Which Graphviz draws: the order of the engines, what follows a failure, and what the errors say."""

from __future__ import annotations

import os
import struct
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from drawings import needs_pure
from graphviz.backend import dot_command

from microgrid import RenderError
from microgrid.picture import render
from microgrid.picture.render import engines, known_format, pure_path, recorded_path, rendered

DOT = 'digraph { a [label="∂ σ(z₁) ŷ"]; a -> b }'
NOWHERE = str(Path("no", "such", "engine"))

posix = pytest.mark.skipif(os.name == "nt", reason="an engine made of a script needs a #! line")


@pytest.fixture
def engine(tmp_path: Path):
    """Makes an engine of a few lines of Python; the lines see nothing but standard input."""

    def make(lines: str, name: str = "engine") -> str:
        path = tmp_path / name
        path.write_text(f"#!{sys.executable}\nimport os, sys\n{lines}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch):
    """Only these engines are there: the chosen one, and the system's."""

    def only(chosen: str = "", system: str = NOWHERE) -> None:
        monkeypatch.setenv("MICROGRID_DOT", chosen)
        monkeypatch.setattr(dot_command, "DOT_BINARY", system)
        monkeypatch.setattr(render, "pure_path", lambda: None)

    return only


def test_svg_and_png_are_drawn_here_and_now():
    assert ET.fromstring(rendered(DOT)).tag == "{http://www.w3.org/2000/svg}svg"
    assert rendered(DOT, "png").startswith(b"\x89PNG\r\n")
    assert rendered(DOT, "PNG") == rendered(DOT, "png")


def test_png_has_192_dots_per_inch():
    width = float(str(ET.fromstring(rendered(DOT)).get("width")).removesuffix("pt"))
    (pixels,) = struct.unpack(">I", rendered(DOT, "png")[16:20])
    assert pixels == pytest.approx(width / 72 * 192, abs=3)


def test_drawing_is_quiet(capfd: pytest.CaptureFixture[str]):
    rendered(DOT)
    rendered("digraph { a [shape=nosuchshape] }")
    assert capfd.readouterr() == ("", "")


# ── the order of the engines ───────────────────────────────────────────────────────────────


def test_the_chosen_engine_comes_first_then_dot_then_the_one_from_pip(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(render, "pure_path", lambda: "/x/graphviz-pure")
    monkeypatch.delenv("MICROGRID_DOT", raising=False)
    assert list(engines()) == ["dot", "/x/graphviz-pure"]
    monkeypatch.setenv("MICROGRID_DOT", "/my/dot")
    assert list(engines()) == ["/my/dot", "dot", "/x/graphviz-pure"]
    monkeypatch.setenv("MICROGRID_DOT", "graphviz-pure")  # by its name, wherever pip has put it
    assert next(engines()) == "/x/graphviz-pure"


@posix
def test_the_chosen_engine_draws(engine, alone):
    alone(engine("sys.stdout.write('chosen ' + ' '.join(sys.argv[1:]) + sys.stdin.read()[:7])"))
    assert rendered(DOT, "svg", "neato") == b"chosen -Kneato -Tsvgdigraph"


FAILURES = {
    "an error": "sys.exit('it broke')",
    "a status": "sys.exit(3)",
    "a crash": "os.abort()",
    "silence": "sys.stdin.read()",
    "not reading": "os.close(0); sys.exit(1)",
}


@posix
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_after_a_failure_the_next_engine_draws(engine, alone, failure):
    alone(engine(failure, "bad"), system=engine("sys.stdout.write('good')", "good"))
    assert rendered(DOT * 10_000) == b"good"


@posix
@pytest.mark.parametrize("mode", [0o644, 0o755])
def test_what_is_no_program_is_passed_over(tmp_path, engine, alone, mode):
    chosen = tmp_path / "notes.txt"
    chosen.write_bytes(b"\x00\x01 no program")
    chosen.chmod(mode)
    alone(str(chosen), system=engine("sys.stdout.write('good')"))
    assert rendered(DOT) == b"good"


@needs_pure
def test_the_engine_from_pip_draws_without_dot_on_the_path(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MICROGRID_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    assert b"graphviz-pure" in rendered(DOT)[:400]


@needs_pure
def test_the_list_of_its_files_says_where_it_is():
    path = recorded_path()
    assert path is not None and Path(path).samefile(str(pure_path()))


def test_an_engine_that_is_not_installed_is_nowhere(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(render, "PURE", "graphviz-purer-still")
    assert pure_path() is None


def test_threads_do_not_meet(monkeypatch: pytest.MonkeyPatch):
    names = [f"node{i}" for i in range(24)]
    with ThreadPoolExecutor(8) as pool:
        drawings = list(pool.map(lambda name: rendered(f"digraph {{ {name} }}"), names))
    assert [name.encode() in drawing for name, drawing in zip(names, drawings)] == [True] * len(names)
    assert str(dot_command.DOT_BINARY) == "dot"


# ── errors: fact, numbers, remedy ──────────────────────────────────────────────────────────


def test_without_an_engine_the_error_says_how_to_get_one(alone):
    alone()
    with pytest.raises(RenderError) as caught:
        rendered(DOT)
    assert str(caught.value) == (
        "no Graphviz engine could draw the svg (engine: not found); `pip install graphviz-pure`, or install Graphviz "
        "from https://graphviz.org; `.source` holds the DOT text"
    )


@posix
def test_the_error_repeats_what_each_engine_said(engine, alone):
    alone(engine("sys.exit('syntax error in line 7\\nmore')", "mine"), system=engine("sys.exit(3)", "theirs"))
    with pytest.raises(RenderError, match=r"\(mine: syntax error in line 7; theirs: ended with status 3\)"):
        rendered(DOT)


@needs_pure
def test_pdf_needs_dot_and_the_error_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MICROGRID_DOT", raising=False)
    monkeypatch.setattr(dot_command, "DOT_BINARY", NOWHERE)
    with pytest.raises(RenderError, match=r"the pdf .* it needs the `dot` of https://graphviz\.org.* `\.source` holds"):
        rendered(DOT, "pdf")


@pytest.mark.graphviz
def test_dot_draws_pdf():
    assert rendered(DOT, "pdf").startswith(b"%PDF")


@pytest.mark.parametrize(
    ("format", "hint"),
    [("pgn", "; did you mean 'png'?"), ("svgg", "; did you mean 'svg'?"), ("", "; there are svg, png and pdf")],
)
def test_an_unknown_format_is_refused(format, hint):
    with pytest.raises(RenderError) as caught:
        known_format(format)
    assert str(caught.value) == f"no picture format is called {format!r}{hint}"
