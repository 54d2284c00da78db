"""What is done with an input of each kind, and what must hold of it. A complaint is a sentence; none is good."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from microgrid import nn
from microgrid.cli import main
from microgrid.errors import FormulaError, GraphError, SheetError
from microgrid.formula import Formula, Vocabulary, derivative, evaluate, free_names, parse, render
from microgrid.formula.definitions import ALIASES, FUNCTIONS, HINTS, expanded
from microgrid.formula.expression import CONSTANTS
from microgrid.formula.ops import EVERY_OP
from microgrid.formula.printing import LATEX, PYTHON, TEXT, UNICODE
from microgrid.formula.signs import Names, plain_name
from microgrid.formula.slopes import slope_rows
from microgrid.formula.words import WORDS
from microgrid.sheet import Sheet

from .commands_written import sandbox
from .formulas import NAMES
from .served import serving
from .watching import events

__all__ = ["ATTEMPTS", "Attempt"]

Attempt = Callable[[Any], list[str]]
KNOWN = {*map(plain_name, NAMES), "L"}
ONE_RESULT = {name: takes for name, takes in FUNCTIONS.items() if name != "softmax"}
BOOK = Vocabulary(ONE_RESULT, lambda y, x: True, Names([*KNOWN]).find, ALIASES, HINTS)
LIBRARY = re.compile(r"Traceback|(?<!fails.py:1: )\b[A-Z]\w+(?:Error|Exception)\b|<\w+ object at|\bNoneType\b")
ECHO = re.compile("^    .*$", re.MULTILINE)  # a line of the input, repeated
VERBS = (
    ["run"], ["run", "--json"], ["run", "--all"], ["check"], ["check", "--json"], ["check", "--strict", "--key"], ["explain"],
    ["explain", "--paths"], ["explain", "--format", "latex"], ["explain", "--format", "json"], ["step", "--commands", "c; c; l; rc; i; w; stats; n; tree"],
    ["page", "-o", "out.html"], ["draw", "-o", "out.dot"], ["draw", "--level", "fold", "-o", "out.gv"], ["check"], ["run"],
)  # fmt: skip


# ── reading ──


@contextmanager
def reading() -> Iterator[Attempt]:
    """A text is read as a sheet, or refused; nothing is run, opened or loaded."""
    for text in (
        "param w = 2\nf(z) = z^2\nL = f'(w) + mean(w, 1)\ndL/dw ~= 2.5",
        "param w = 2\nL = ww",
        "param W = [1]\nL = W @ W\nL = 3",
    ):
        with contextlib.suppress(SheetError):
            Sheet.parse(text)
    compiled()

    def attempt(text: str) -> list[str]:
        with events(reading=True, allowed=partial(is_table_of, text)) as found, contextlib.suppress(SheetError):
            Sheet.parse(text)
        return found

    yield attempt


def is_table_of(text: str, path: str) -> bool:
    """Whether a sheet asks for a file by its name, as in `samples xor.csv`: that one alone it opens."""
    return "samples" in text and path.endswith(".csv") and path in text


@contextmanager
def formulas() -> Iterator[Attempt]:
    """A formula is read or refused; one that is read is evaluated, differentiated, and printed so that it is read back."""
    for text in ("sigmoid(x)^2 + max(x, w)", "xx", r"\frac{1}{x}", "sigmod(x)"):
        with contextlib.suppress(FormulaError):
            derivative(read(text), "x")
    compiled()

    def attempt(text: str) -> list[str]:
        with events(reading=True) as found:
            try:
                formula = read(text)
            except FormulaError as error:
                return found + ([] if "\n" not in str(error) else [f"an error of several lines: {error!s:.200}"])
        names = sorted({each.name for each in free_names(formula)} - {*CONSTANTS})
        if not {*names} <= KNOWN:  # a sheet says that they mean nothing
            return found
        numbers = {**CONSTANTS, **{name: 0.3 + 0.1 * place for place, name in enumerate(names)}}
        before = evaluate(formula, numbers, WORDS)
        for language in (TEXT, UNICODE, LATEX, PYTHON):
            again = render(formula, language)
            if not same(after := evaluate(read(again), numbers, WORDS), before):
                found.append(f"{before!r}, but read back {after!r}: {again}")
        for name in names[:2]:
            with contextlib.suppress(FormulaError):  # what has no derivative says so
                evaluate(derivative(formula, name), numbers, WORDS)
        return found

    yield attempt


def read(text: str) -> Formula:
    return expanded(parse(text, BOOK))


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-6)


def compiled() -> None:
    """The rows become Python when they are first used, whatever is read."""
    for row in (*EVERY_OP.values(), *slope_rows().values()):
        _ = row.forward


@contextmanager
def networks() -> Iterator[Attempt]:
    """A file is a network or refused; one that is read is saved and comes back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.json"
        nn.MLP(1, [1]).save(path)
        nn.MLP.load(path)
        path.write_text(path.read_text().replace("linear", "liner").replace("tanh", "tahn"))
        with contextlib.suppress(GraphError):  # what looks for the word that was meant is loaded
            nn.MLP.load(path)

        def attempt(text: str) -> list[str]:
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
            with events(reading=True, allowed=lambda name: name == str(path)) as found:
                try:
                    model = nn.MLP.load(path)
                except GraphError as error:
                    said = str(error)
                    return found + (
                        [f"an error of several lines: {said:.200}"]
                        if len(said.splitlines()) > 1 or len(said) > 1000
                        else []
                    )
            model.save(path)
            if repr(nn.MLP.load(path).state_dict()) != repr(model.state_dict()):
                found.append("what is saved does not come back")
            return found

        yield attempt


# ── the command line ──


def typed(arguments: list[str], given: bytes = b"") -> tuple[Any, str, str]:
    """The exit code of a command, its output and its errors."""
    streams = [
        io.TextIOWrapper(io.BytesIO(each), encoding="utf-8", errors="surrogateescape") for each in (given, b"", b"")
    ]
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        code = main(arguments)
    except SystemExit as end:
        code = f"usage {end.code}"
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
    for each in streams[1:]:
        each.flush()
    return code, *(each.buffer.getvalue().decode("utf-8", "replace") for each in streams[1:])  # type: ignore[attr-defined]


def complaints(arguments: list[str], code: Any, out: str, errors: str) -> list[str]:
    """What is wrong with how a command ended."""
    found = []
    if code not in (0, 1, 2, "usage 0", "usage 2"):
        found.append(f"exit code {code}")
    if code == 1 and arguments[:1] not in (["check"], ["audit"]):
        found.append("exit code 1 of a command that judges nothing")
    if code == 2 and not errors.strip() and arguments[:1] != ["step"]:
        found.append("exit code 2, and nothing is said")
    if (
        code == 2
        and errors
        and not errors.startswith(("microgrid: ", "*** ") if arguments[:1] == ["step"] else "microgrid: ")
    ):
        found.append(f"errors begin with {errors[:60]!r}")
    if errors.startswith("microgrid: column "):
        found.append(f"neither a sheet nor a line is named: {errors[:200]!r}")
    told = ECHO.sub("", errors)
    if match := LIBRARY.search(told) or LIBRARY.search(out):
        found.append(f"{match[0]!r} is shown: {(errors or out)[-300:]!r}")
    shown = errors if "--key" in arguments else out + errors  # a key is the sheet itself, to the byte
    if any(ord(each) < 32 and each not in "\n\t" for each in shown):
        found.append("control characters are shown")
    if code in (0, 1) and "--json" in arguments and out:
        for line in [out] if out.startswith("{\n") else out.splitlines():
            json.loads(line)
    return found


@contextmanager
def verbs() -> Iterator[Attempt]:
    """A sheet goes through a command; only what was asked for is written."""
    with tempfile.TemporaryDirectory() as folder, inside(folder):

        def attempt(given: list[Any]) -> list[str]:
            words, text = given
            if isinstance(words, int):
                first, *others = VERBS[words % len(VERBS)]
                words = [first, "-", *others]
            with events(allowed=lambda path: is_output(path, "out.html", "out.dot", "out.gv")) as found:
                said = typed(words, text.encode("utf-8", "surrogatepass"))
            return found + complaints(words, *said)

        yield attempt


@contextmanager
def command_lines() -> Iterator[Attempt]:
    """A command line, in a folder of its own; what stands there before is as it was, unless it was named to be written."""
    import webbrowser

    from microgrid.workbench import server, watch

    webbrowser.open = lambda *_, **__: True
    server.Server.serve = lambda *_: None  # type: ignore[method-assign]
    watch.time = Interrupting  # type: ignore[attr-defined]

    def attempt(arguments: list[str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder, inside(folder):
            sandbox(Path())
            before = standing()
            outputs = asked_for(arguments)
            with events(allowed=lambda path: is_output(path, *outputs)) as found:
                said = typed(arguments, b"param w = 3\nL = w^2\n")
            now = standing()
            changed = {name for name in before | now if before.get(name) != now.get(name)} - {
                os.path.normpath(each) for each in outputs
            }
            found += [
                f"{name!r:.80} was changed"
                for name in changed
                if not any(each.startswith(f"{name}/") for each in outputs)
            ]
        return found + complaints(arguments, *said)

    yield attempt


class Interrupting:
    """A clock that nobody waits for."""

    @staticmethod
    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt


@contextmanager
def inside(folder: str) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def standing() -> dict[str, bytes | None]:
    return {
        str(path): path.read_bytes() if path.is_file() else None
        for path in Path().rglob("*")
        if "__pycache__" not in path.parts
    }


def asked_for(arguments: list[str]) -> list[str]:
    """Every word that may name a file to write: behind -o or --csv, in --output=x, in a script of the debugger."""
    found = ["/dev/null"]
    for word, following in zip(arguments, [*arguments[1:], ""]):
        if word.startswith(("-o", "--o", "--c")) and not word.startswith("--commands"):
            found += [following, word.partition("=")[2], word[2:]]
        if word.startswith("--com"):
            text = following if "=" not in word else word.partition("=")[2]
            found += [each.strip().partition(" ")[2].strip() for each in re.split(r"[;\n]", text)]
            found += [piece for each in re.split(r"[;\n]", text) for piece in each.split()]
    return [each for each in found if each]


def is_output(path: str, *outputs: str) -> bool:
    """Whether a file was asked for, lies beside such a one until it is whole, or is a folder above it."""
    place = absolute(path)
    wanted = {absolute(each) for each in outputs} | {
        Path(os.path.realpath(each)) for each in outputs if "\0" not in each
    }
    is_beside = re.fullmatch(r"\.[0-9a-f]{16}\.tmp", place.name) and place.parent in {each.parent for each in wanted}
    return place in wanted or bool(is_beside) or any(place in each.parents for each in wanted)


def absolute(path: str) -> Path:
    return Path(os.path.normpath(Path(path).absolute()))


ATTEMPTS: dict[str, Callable[[], Any]] = {
    "reading": reading, "formula": formulas, "network": networks, "verb": verbs, "arguments": command_lines, "requests": serving,
}  # fmt: skip
