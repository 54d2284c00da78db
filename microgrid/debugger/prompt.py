"""Talking to the debugger: line by line at a prompt, or from a script."""

from __future__ import annotations

import cmd
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from microgrid.formula import EVERY_OP
from microgrid.formula.definitions import FUNCTIONS

from .commands.table import COMMANDS, obey, split
from .session import Session
from .stops import CATCHES, PHASES

__all__ = ["Prompt", "converse", "follow"]

BREAKS = " \t;=<>+-*/^(),"  # what ends a word for completion
MOST = 200  # completions


def converse(session: Session, commands: str | None = None) -> int:
    """A session from its greeting to its end; the exit code.

    commands  a script, its commands separated by ; instead of what is typed, or read from a pipe
    """
    session.greet()
    if commands is None and sys.stdin is not None and sys.stdin.isatty():
        return talk(session)
    return follow(session, [commands] if commands is not None else lines_of(sys.stdin))


# ── a script ───────────────────────────────────────────────────────────────────────────────


def follow(session: Session, lines: Iterable[str]) -> int:
    """The commands of a script, shown as if they were typed; 2 if one of them went wrong, else 0.

    Blank lines, and lines that begin with #, are layout.
    """
    for line in lines:
        for command in split(line) if line.strip()[:1] != "#" else ():
            session.screen.line(f"{session.prompt}{command}")
            obey(session, command)
            if session.over:
                break
        if session.over:
            break
    return 2 if session.failed else 0


def lines_of(stream: Any) -> Iterator[str]:
    """The lines of a stream, one at a time, so that the next session goes on with the next one.

    Bytes that are no text become question marks; where the program has read before us, the end.
    """
    if stream is None:
        return
    with suppress(AttributeError, OSError):  # no reader of bytes, or one that has begun to read
        stream.reconfigure(errors="replace")
    try:
        while line := stream.readline():
            yield line
    except UnicodeDecodeError:
        yield "\ufffd"


# ── a person ───────────────────────────────────────────────────────────────────────────────


def talk(session: Session) -> int:
    """Commands as they are typed, until the person leaves; 130 for Ctrl-C at the prompt."""
    with line_editing():
        try:
            Prompt(session).cmdloop()
        except KeyboardInterrupt:
            session.screen.line("")
            return 130
    return 0


@contextmanager
def line_editing() -> Iterator[None]:
    """Line editing for the session alone: its history is forgotten, what was set before comes back."""
    try:
        import readline
    except ImportError:  # there it works without
        yield
        return
    delimiters, before = readline.get_completer_delims(), readline.get_current_history_length()
    readline.set_completer_delims(BREAKS)
    try:
        yield
    finally:
        readline.set_completer_delims(delimiters)
        with suppress(ValueError):
            for place in range(readline.get_current_history_length() - 1, before - 1, -1):
                readline.remove_history_item(place)


class Prompt(cmd.Cmd):
    """The prompt: it says where we are, completes words, and repeats the last line for an empty one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.again = ""

    @property
    def prompt(self) -> str:  # type: ignore[override]
        """Where we are."""
        return self.session.prompt

    def onecmd(self, line: str) -> bool:
        """Do what a line says; whether that was the last one."""
        if line == "EOF":
            self.session.screen.line("")
            return True
        self.again = line if line.strip() else self.again
        for command in split(self.again):
            try:
                obey(self.session, command)
            except KeyboardInterrupt:
                self.session.screen.line("interrupted")
                break
            if self.session.over:
                return True
        return False

    # ── completion ──

    def completenames(self, text: str, *_: Any) -> list[str]:
        """Commands that begin so."""
        return sorted(name for name in COMMANDS if name.startswith(text))

    def completedefault(self, text: str, line: str, begidx: int, endidx: int) -> list[str]:
        """What may follow a command."""
        before = line[:begidx].rpartition(";")[2].split()
        if not before:
            return self.completenames(text)
        command = COMMANDS.get(before[0])
        words = self.words(command.takes, text) if command else ()
        return sorted(islice((word for word in words if word.startswith(text)), MOST))

    complete_help = completedefault

    def words(self, takes: str, text: str) -> Iterator[str]:
        """The words that a command takes."""
        session = self.session
        names = [*session.lookup.names, *session.lookup.arrays.called]
        if takes in ("name", "gradient", "formula", "stop", "leaf"):
            yield from names
        if takes in ("gradient", "formula"):
            yield from (f"{name}.grad" for name in names)
        if takes == "formula":
            yield from FUNCTIONS
            yield from (f"{text[:1]}{name}" for name in session.lookup.names if text[:1] in ("d", "∂"))
        if takes == "stop":
            present = {node.op.name for node in session.tape.graph.nodes if node.parents}
            yield from (f"op:{name}" for name in EVERY_OP if name in present)
            yield from (f"phase:{name}" for name in PHASES)
        yield from {"catch": CATCHES, "command": COMMANDS, "displayed": session.displays}.get(takes, ())
